package cases

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// View draws the page.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	s.dress()
	var out string
	switch {
	case s.prompt == 0:
		out = s.notice("No prompt is open", "Cases belong to a prompt. esc goes to Library: put the cursor on one there, and c opens its cases.")
	case s.err != nil:
		out = s.notice("The cases can't be read", s.err.Error(), "R tries again.")
	case !s.loaded:
		out = s.notice("", "Reading the cases …")
	case s.mode == onForm:
		out = s.formView()
	case s.mode == onMapping:
		out = s.mappingView()
	case len(s.rows.cases) == 0:
		out = s.notice("No case yet of "+s.here.Prompt.Name.String(),
			"A case is one row to try the prompt on: a value for each variable"+s.askedFor()+", and the wanted answer where it is known.",
			"n writes the first one, i brings them from a CSV or JSON file, * makes them of lists of values, b borrows those of another prompt.")
	default:
		out = kit.Stack(s.gridPane(), s.cellPane())
	}
	return kit.Fill(out, s.w, s.h)
}

func (s *Screen) askedFor() string {
	if len(s.here.Asked) == 0 {
		return ""
	}
	return " (" + strings.Join(s.here.Asked, ", ") + ")"
}

// Cursor is where a text is being typed.
func (s *Screen) Cursor() *tea.Cursor {
	var c *tea.Cursor
	switch s.mode {
	case onSearch:
		if c = s.find.Cursor(); c != nil {
			at := *c
			at.X, at.Y = at.X+s.lay.grid.x+4, at.Y+s.lay.grid.y+1+max(0, s.lay.heads-1)
			return &at
		}
	case onCell:
		if c = s.cell.ed.Cursor(); c != nil {
			at := *c
			at.X, at.Y = at.X+s.cell.at.x, at.Y+s.cell.at.y
			return &at
		}
	case onForm:
		return s.form.caret
	}
	return nil
}

// dress follows a change of theme.
func (s *Screen) dress() {
	if s.theme == s.d.Styles.Theme.Name {
		return
	}
	s.theme = s.d.Styles.Theme.Name
	s.table.SetStyles(s.d.Styles)
	s.find.SetStyles(s.d.Styles)
	if s.cell != nil {
		s.cell.ed.SetStyles(s.d.Styles)
	}
	if s.form != nil {
		for i := range s.form.fields {
			s.form.fields[i].ed.SetStyles(s.d.Styles)
		}
	}
	if s.brings != nil {
		s.brings.table.SetStyles(s.d.Styles)
	}
}

func (s *Screen) paint(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.d.Styles.Mark)
}

func (s *Screen) say(st lipgloss.Style, ours string) string { return s.paint(st, text.Of(ours)) }

// notice is what stands where there is no grid.
func (s *Screen) notice(title string, lines ...string) string {
	return kit.Notice(title, lines, 62, s.w, s.h, s.d.Styles)
}

// head is a line above the grid, in the style that it is drawn in.
type head struct {
	style lipgloss.Style
	says  text.Shown
}

// heads is what is to be said above the grid, what matters most first.
func (s *Screen) heads() []head {
	st := s.d.Styles
	var out []head
	for _, b := range s.here.Bindings {
		line := boundShown(b.Binding).Append(text.Of("  ")).Append(text.Head(text.Raw(variantOf(b.Contestant)), 30)).Append(text.Of(" ")).Append(text.Head(text.Raw(b.Contestant.Model), 30))
		switch {
		case b.Gone != "":
			out = append(out, head{st.Bad, text.Of("! ").Append(line).Append(text.Of(": " + b.Gone + "; b binds it anew"))})
		case b.Newer != 0:
			out = append(out, head{st.Info, line.Append(text.Of(fmt.Sprintf("; %s is newer, b takes it", session.Run{ID: b.Newer}.Name())))})
		default:
			out = append(out, head{st.Info, line})
		}
	}
	if said := s.looks(); said != "" {
		style := st.Dim
		if s.here.Looks.Times > 0 {
			style = st.Warn
		}
		out = append(out, head{style, text.Of(said)})
	}
	if s.mode == onSearch || s.rows.query != "" || s.rows.filter != (filter{}) {
		out = append(out, head{}) // the search, drawn by itself
	}
	return out
}

// looks says how often the holdout was looked at.
func (s *Screen) looks() string {
	l := s.here.Looks
	when := ""
	if l.LastMS > 0 {
		when = kit.When(l.LastMS, s.d.Now())
	}
	said := l.Say(when)
	if short, _, ok := strings.Cut(said, ":"); ok && text.Of(said).Width() > s.w-4 {
		return short
	}
	return said
}

func (s *Screen) gridPane() string {
	r, st := s.lay.grid, s.d.Styles
	if r.h <= 0 {
		return ""
	}
	var out []string
	heads := s.heads()
	skip := len(heads) - s.lay.heads // the search stands last and stays
	for i, h := range heads {
		if i < skip {
			continue
		}
		if h.says.Empty() {
			out = append(out, s.searchLine(r.w-2))
			continue
		}
		out = append(out, " "+s.paint(h.style, h.says.OneLine().Truncate(max(0, r.w-4))))
	}
	if len(s.rows.shown) == 0 {
		s.table.SetEmpty("no case fits; / with esc and F show all again")
	}
	out = append(out, s.table.View())
	return kit.PaneWith("Cases of "+s.here.Prompt.Name.String(), s.count(), strings.Join(out, "\n"), r.w, r.h, s.mode != onCell, st)
}

// count is the label of the grid.
func (s *Screen) count() string {
	n, hold, lent := len(s.rows.cases), 0, 0
	for i := range s.rows.cases {
		if s.rows.cases[i].Split == session.SplitHoldout {
			hold++
		}
		if s.rows.cases[i].Borrowed != "" {
			lent++
		}
	}
	parts := []string{kit.Plural(n, "case", "cases")}
	if hold > 0 {
		parts = append(parts, kit.Thousands(hold)+" holdout")
	}
	if lent > 0 {
		parts = append(parts, kit.Thousands(lent)+" borrowed")
	}
	if m := len(s.rows.marked); m > 0 {
		parts = append(parts, kit.Thousands(m)+" marked")
	}
	return strings.Join(parts, ", ")
}

// searchLine is the search with what it found.
func (s *Screen) searchLine(w int) string {
	st := s.d.Styles
	found := fmt.Sprintf(" %s of %s ", kit.Thousands(len(s.rows.shown)), kit.Thousands(len(s.rows.cases)))
	if f := s.rows.filter.says(); f != "" {
		found = " " + f + "," + found
	}
	right := s.say(st.Faint, found)
	room := max(1, w-kit.Width(right)-3)
	s.find.Resize(room)
	left := " " + s.say(st.Key, "/ ") + s.find.View()
	if s.mode != onSearch && s.rows.query == "" {
		left = ""
	}
	return kit.Fit(left, max(0, w-kit.Width(right))) + right
}

// cellPane is the whole of the cell with the cursor, or the editor of it.
func (s *Screen) cellPane() string {
	r, st := s.lay.cell, s.d.Styles
	if r.h <= 0 {
		return ""
	}
	if s.mode == onCell {
		return s.editorPane(r)
	}
	c := s.current()
	if c == nil {
		return kit.Pane("", "", r.w, r.h, false, st)
	}
	title, body := s.cellFacts(c)
	lines := body.says.Wrap(max(1, r.w-4))
	label := ""
	if more := len(lines) - (r.h - 2); more > 0 {
		label = kit.Plural(more, "line more", "lines more")
	}
	var out []string
	for _, l := range lines[:min(len(lines), max(0, r.h-2))] {
		out = append(out, " "+s.paint(body.style, l))
	}
	return kit.PaneWith(title, label, strings.Join(out, "\n"), r.w, r.h, false, st)
}

// most is how much of a cell is laid out below the grid.
const most = 8 << 10

// cellFacts is the cell with the cursor in full, and how it is called.
func (s *Screen) cellFacts(c *session.Case) (string, head) {
	st, col := s.d.Styles, s.column()
	name := c.Name.String()
	whole := func(v text.Raw) text.Shown {
		if len(v) > most {
			return text.Show(v[:most]).Append(text.Of(" …"))
		}
		return text.Show(v)
	}
	switch col.kind {
	case colWanted:
		var v text.Shown
		style := st.Text
		switch {
		case c.Wanted == nil:
			v, style = text.Of("Nothing is wanted: no answer to it is right or wrong. enter writes what is."), st.Faint
		case *c.Wanted == "":
			v, style = text.Of("An empty answer is wanted. c wants nothing instead."), st.Faint
		default:
			v = whole(*c.Wanted)
		}
		return name + " · wanted", head{style, v}
	case colVar:
		title := name + " · " + text.Head(col.name, 30).String()
		if b := col.bound; b != nil && c.Borrowed != "" {
			title += " ← " + b.From.String() + " " + session.Run{ID: b.RunID}.Name()
		}
		v, ok := c.Lookup(string(col.name))
		switch {
		case !ok:
			return title, head{st.Faint, text.Of("The case has no such variable: where a variant asks for it, nothing stands there.")}
		case v == "":
			return title, head{st.Faint, text.Of("It is empty.")}
		}
		return title, head{st.Text, whole(v)}
	case colTags:
		return name + " · tags", head{st.Text, tagsShown(c.Tags)}
	case colSplit:
		return name + " · split", head{st.Text, text.Of(splitWords(c.Split))}
	}
	facts := text.Of("made " + kit.When(c.CreatedMS, s.d.Now()))
	if c.Borrowed != "" {
		facts = text.Of("borrowed from ").Append(text.Head(c.Borrowed, 40)).Append(text.Of(", and changed there"))
	}
	return name, head{st.Dim, glance(c).Append(facts)}
}

// glance is a case's values and what it wants, a line each.
func glance(c *session.Case) text.Shown {
	var out text.Shown
	wide := len("wanted")
	for _, v := range c.Vars {
		wide = max(wide, min(16, text.Head(v.Name, 30).OneLine().Width()))
	}
	line := func(name text.Shown, v text.Raw) {
		gap := strings.Repeat(" ", max(0, wide-name.Width())+2)
		out = out.Append(name).Append(text.Of(gap)).Append(text.Head(v, 400).OneLine()).Append(text.Of("\n"))
	}
	for _, v := range c.Vars {
		line(text.Head(v.Name, 30).OneLine(), v.Value)
	}
	if c.Wanted != nil {
		line(text.Of("wanted"), *c.Wanted)
	}
	return out
}

func splitWords(s session.Split) string {
	if s == session.SplitHoldout {
		return "holdout: to look at rarely, at the end"
	}
	return "dev: to work on"
}

// editorPane is where a cell is written.
func (s *Screen) editorPane(r rect) string {
	e, st := s.cell, s.d.Styles
	foot := 1
	if r.h < 4 {
		foot = 0
	}
	e.at = rect{r.x + 2, r.y + 1, max(1, r.w-4), max(1, r.h-2-foot)}
	e.ed.Resize(e.at.w, e.at.h)
	var out []string
	for _, l := range strings.Split(e.ed.View(), "\n") {
		out = append(out, " "+l)
	}
	if foot > 0 {
		line := s.say(st.Faint, " enter keeps · alt+enter new line · tab keeps and goes on · esc leaves")
		switch {
		case s.busy != "":
			line = s.say(st.Faint, " writing …")
		case e.err != "":
			line = " " + s.paint(st.Bad, text.Of("! "+e.err).OneLine().Truncate(max(1, r.w-4)))
		case e.sure:
			line = s.say(st.Warn, " ! what you wrote is not kept: esc again leaves it, enter keeps it")
		}
		out = append(out, line)
	}
	return kit.PaneWith(e.label(), fmt.Sprintf("%s bytes", kit.Thousands(len(e.ed.Value()))), strings.Join(out, "\n"), r.w, r.h, true, st)
}
