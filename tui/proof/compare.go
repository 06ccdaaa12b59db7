package proof

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// comparison is the page on which two final contexts stand beside each other.
type comparison struct {
	still
	s     *Screen
	diff  *kit.Diff
	of    key // what is compared with
	head  string
	notes string
	w, h  int
}

type (
	comparedMsg struct {
		name  string
		kase  text.Raw // of the other
		age   int      // of the other: before 0 it is the older of two revisions, after 0 the newer
		other session.Proof
		parts []session.ContextPart
		here  session.Proof
	}
	otherVariantsMsg struct {
		list []session.VariantInfo
		err  error
	}
	revisionsMsg struct {
		list []session.Revision
		err  error
	}
)

// pickCompare asks what the context is to be compared with.
func (s *Screen) pickCompare() tea.Cmd {
	t := s.deps.Table
	m := &kit.Menu{Styles: s.deps.Styles, Heading: "Compare this final context with"}
	var do []func() tea.Cmd
	add := func(label, long, off string, f func() tea.Cmd) {
		m.Choices = append(m.Choices, kit.Choice{Label: text.Of(label), Long: text.Of(long), Off: off})
		do = append(do, f)
	}
	off := func(no bool, why string) string {
		if no {
			return why
		}
		return ""
	}
	add("another variant", "The same case in the words of another variant.", off(s.deps.Variants == nil, "they can't be listed here"), s.listVariants)
	add("another revision", "The same case in the words that this variant had.", off(s.deps.Revisions == nil, "they can't be listed here"), s.listRevisions)
	add("another case", "The same words for another case.", off(len(t.Cases) < 2, "there is one case at most"), s.listCases)
	add("what is saved", "The same case in the words of "+revisionName(t), off(!t.Dirty(), "nothing was changed"), func() tea.Cmd {
		return s.compareWith(revisionName(t)+" as it is saved", -1, t.Variant.Revision.Content, t.Case(), t.Order())
	})
	add("the variant's own order", "The same words, the shots as the variant has them.", off(t.Order().AsIs(), "they stand so"), func() tea.Cmd {
		return s.compareWith("the variant's own order", 0, t.Desk.Content().Clone(), t.Case(), session.Order{})
	})
	m.Done = func(i int) tea.Cmd { return do[i]() }
	return kit.Open(m)
}

func revisionName(t *session.Table) string {
	return text.Show(t.Variant.Name).OneLine().Truncate(24).String() + fmt.Sprintf("@%d", t.Variant.Revision.Number)
}

func (s *Screen) listVariants() tea.Cmd {
	list, prompt := s.deps.Variants, s.deps.Table.Prompt.ID
	return s.ask(askOthers, func(ctx context.Context) tea.Msg {
		vs, err := list(ctx, prompt)
		return otherVariantsMsg{vs, err}
	})
}

func (s *Screen) gotVariants(m otherVariantsMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	t := s.deps.Table
	var others []session.VariantInfo
	menu := &kit.Menu{Styles: s.deps.Styles, Heading: "Compare with the variant"}
	for _, v := range m.list {
		if v.ID != t.Variant.ID {
			others = append(others, v)
			menu.Choices = append(menu.Choices, kit.Choice{Label: text.Show(v.Name).OneLine(), Note: text.Of(fmt.Sprintf("@%d", v.Revision.Number)), Long: text.Show(v.Revision.Intent).OneLine()})
		}
	}
	if len(others) == 0 {
		return kit.Say("this prompt has no other variant: Library copies one")
	}
	menu.Done = func(i int) tea.Cmd {
		v := others[i]
		return s.compareWith(text.Show(v.Name).OneLine().Truncate(24).String()+fmt.Sprintf("@%d", v.Revision.Number), 0, v.Revision.Content, t.Case(), t.Order())
	}
	return kit.Open(menu)
}

func (s *Screen) listRevisions() tea.Cmd {
	list, id := s.deps.Revisions, s.deps.Table.Variant.ID
	return s.ask(askOthers, func(ctx context.Context) tea.Msg {
		rs, err := list(ctx, id)
		return revisionsMsg{rs, err}
	})
}

func (s *Screen) gotRevisions(m revisionsMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	t := s.deps.Table
	var others []session.Revision
	menu := &kit.Menu{Styles: s.deps.Styles, Heading: "Compare with the revision"}
	for _, r := range m.list {
		if r.ID != t.Variant.Revision.ID || t.Dirty() {
			others = append(others, r)
			menu.Choices = append(menu.Choices, kit.Choice{Label: text.Of(fmt.Sprintf("@%d  ", r.Number)).Append(text.Head(r.Intent, 50))})
		}
	}
	if len(others) == 0 {
		return kit.Say("this variant has one revision: the next save makes another")
	}
	menu.Done = func(i int) tea.Cmd {
		r := others[i]
		name := text.Show(t.Variant.Name).OneLine().Truncate(24).String() + fmt.Sprintf("@%d", r.Number)
		age := 1
		if t.Dirty() || r.Number < t.Variant.Revision.Number {
			age = -1
		}
		return s.compareWith(name, age, r.Content, t.Case(), t.Order())
	}
	return kit.Open(menu)
}

func (s *Screen) listCases() tea.Cmd {
	t := s.deps.Table
	menu := &kit.Menu{Styles: s.deps.Styles, Heading: "Compare with the case", Start: t.CaseAt()}
	for i, c := range t.Cases {
		first := text.Shown{}
		if len(c.Vars) > 0 {
			first = text.Head(c.Vars[0].Value, 48)
		}
		off := ""
		if i == t.CaseAt() {
			off = "it is in hand"
		}
		menu.Choices = append(menu.Choices, kit.Choice{Label: text.Show(c.Name).Append(text.Of("  ")).Append(first), Off: off})
	}
	menu.Done = func(i int) tea.Cmd {
		return s.compareWith(t.Cases[i].Name.String(), 0, t.Desk.Content().Clone(), t.Cases[i], t.Order())
	}
	return kit.Open(menu)
}

// compareWith composes the other context and lays both beside each other: what lies
// here first, unless the other is older.
func (s *Screen) compareWith(name string, age int, c session.Content, k session.Case, o session.Order) tea.Cmd {
	here := s.deps.Table.Proof()
	return s.ask(askCompare, func(context.Context) tea.Msg {
		m := comparedMsg{name: name, kase: k.Name, age: age, other: session.Compose(c, k, o), here: here}
		if age < 0 {
			m.parts = session.CompareContexts(m.other, here)
		} else {
			m.parts = session.CompareContexts(here, m.other)
		}
		return m
	})
}

func (s *Screen) compared(m comparedMsg) tea.Cmd {
	t := s.deps.Table
	c := &comparison{s: s, diff: kit.NewDiff(s.deps.Styles), of: s.of, head: "Two final contexts"}
	here := "what lies here"
	if !t.Dirty() {
		here = revisionName(t)
	}
	if len(t.Cases) > 0 {
		if name := t.Case().Name; m.kase == name {
			c.head += " of " + text.Head(name, 24).OneLine().String()
		} else {
			here += ", " + name.String()
		}
	}
	first, second, gone, come := here, m.name, "in the first alone", "in the second"
	if m.age < 0 {
		first, second = second, first
	}
	if m.age != 0 {
		first, second, gone, come = first+", the older", second+", the newer", "gone", "new"
	}
	var parts []kit.DiffPart
	for _, p := range m.parts {
		head := p.Head
		switch {
		case p.InA && !p.InB:
			head += ", only in " + first
		case p.InB && !p.InA:
			head += ", only in " + second
		case p.Same():
			head += ", the same"
		}
		parts = append(parts, kit.DiffPart{Head: head, A: p.TextA, B: p.TextB})
	}
	c.diff.SetParts(parts)
	c.diff.SetNames(first, second)
	c.notes = differ(c.diff, m.other.Hash == m.here.Hash, gone, come)
	s.openLeaf(c)
	return nil
}

// differ says how much two contexts differ.
func differ(d *kit.Diff, same bool, gone, come string) string {
	adds, dels := d.Stat()
	switch {
	case same:
		return "the two are the same to the byte"
	case adds+dels == 0:
		return "they differ, and not in a line of text"
	}
	lines := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return kit.Plural(n, "line", "lines") + " " + what
	}
	return kit.Join(", ", lines(dels, gone), lines(adds, come))
}

func (c *comparison) title() string { return "Compare" }

func (c *comparison) help() string {
	return "Two final contexts, message by message: everything that the model would get, with variables, shots and resources. " +
		"The head names both: what only the first has is marked with -, what only the second has with +, and within lines that are much alike the words. " +
		"The first is what lies here, and of two revisions the older. Equal lines far from any change are folded.\n\nn and N go through the changes, = puts both side by side or in one column, esc goes back."
}

func (c *comparison) actions() []kit.Action {
	here := func() string {
		if c.s == nil || c.diff == nil {
			return "nothing is compared"
		}
		return ""
	}
	return []kit.Action{
		act("compare.next", "next change", "Go to the next change.", true, here, func() tea.Cmd { c.diff.NextChange(); return nil }, "n"),
		act("compare.previous", "change before", "Go to the change before.", true, here, func() tea.Cmd { c.diff.PrevChange(); return nil }, "N"),
		act("compare.split", "side by side", "Show both side by side, or in one column.", true, here, func() tea.Cmd { c.diff.SetSplit(!c.diff.Split()); return nil }, "="),
		act("compare.other", "another", "Compare with something else.", true, here, func() tea.Cmd { return c.s.pickCompare() }, "d"),
		act("compare.leave", "back", "Go back to the proof.", true, here, func() tea.Cmd { return c.s.closeLeaf() }, "esc"),
	}
}

func (c *comparison) update(msg tea.Msg) tea.Cmd {
	c.diff.Update(msg)
	return nil
}

func (c *comparison) resize(w, h int) {
	c.w, c.h = w, h
	c.diff.SetSplit(w >= 130)
	c.diff.Resize(w, max(0, h-2))
}

func (c *comparison) restyle() { c.diff.SetStyles(c.s.deps.Styles) }

func (c *comparison) view() string {
	st := c.s.deps.Styles
	title := " " + st.Title.Render(c.head)
	note := text.Of(c.notes).Truncate(max(0, c.w-kit.Width(title)-3))
	head := title + kit.FitRight(kit.Render(note, st.Faint, st.Mark)+" ", max(0, c.w-kit.Width(title)))
	if c.h < 4 {
		return kit.Fill(kit.Fit(head, c.w), c.w, c.h)
	}
	return kit.Fill(strings.Join([]string{kit.Fit(head, c.w), kit.Rule(c.w, st), c.diff.View()}, "\n"), c.w, c.h)
}
