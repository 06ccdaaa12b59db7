package read

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// chip is a filter in force, in two or three words.
type chip struct {
	name  string
	value text.Shown
}

// chips are the filters in force.
func (s *Screen) chips() []chip {
	var out []chip
	q := s.q
	add := func(on bool, name string, v text.Shown) {
		if on {
			out = append(out, chip{name, v.OneLine()})
		}
	}
	add(q.PromptID != 0, "prompt", s.promptName(q.PromptID))
	add(q.RunID != 0, "run", text.Of(session.Run{ID: q.RunID}.Name()))
	add(q.Variant != "", "variant", text.Of(q.Variant))
	add(q.Model != "", "model", text.Of(q.Model))
	_, words := q.Status.Sign()
	add(q.Status != "", "status", text.Of(words))
	add(q.Tag != "", "tag", text.Show(q.Tag))
	add(q.ModeID != 0, "failure mode", s.modes.nameOf(q.ModeID))
	add(q.Unjudged, "", text.Of("not judged"))
	add(q.Noted, "", text.Of("notes without a mode"))
	add(len(q.CellIDs) > 0, "", text.Of(count(len(q.CellIDs), "chosen output")))
	add(q.Text != "", "", text.Of("“"+q.Text+"”"))
	return out
}

// filtered reports whether anything but the prompt on the table narrows what is
// read.
func (s *Screen) filtered() bool { return len(s.chips()) > 0 }

func (s *Screen) promptName(id int64) text.Shown {
	for _, p := range s.prompts {
		if p.ID == id {
			return text.Show(p.Name)
		}
	}
	if t := s.deps.Table; t.Open() && t.Prompt.ID == id {
		return text.Show(t.Prompt.Name)
	}
	return text.Of("that was chosen")
}

// back closes what is open, and then takes the filters away.
func (s *Screen) back() tea.Cmd {
	switch {
	case s.five != nil:
		return s.leaveFive()
	case s.contextShown() && s.w < wide: // it stands in the answer's place
		return s.toggleContext()
	}
	return s.widen(s.wider())
}

// wider is what esc goes back to: everything of the prompt, and from there
// everything.
func (s *Screen) wider() session.ReadQuery {
	if len(s.chips()) > 1 {
		return session.ReadQuery{PromptID: s.q.PromptID}
	}
	return session.ReadQuery{}
}

func (s *Screen) whyBack() string {
	if s.five == nil && !s.filtered() && (!s.contextShown() || s.w >= wide) {
		return "all outputs are shown"
	}
	return ""
}

func (s *Screen) search() tea.Cmd {
	s.write("show only outputs that say", "enter filters · esc leaves", "words of answers", text.Raw(s.q.Text), func(v text.Raw) tea.Cmd {
		q := s.q
		q.Text = strings.TrimSpace(v.String())
		s.five = nil
		return s.choose(q)
	})
	return nil
}

func (s *Screen) unjudged() tea.Cmd {
	q := s.q
	q.Unjudged = !q.Unjudged
	s.five = nil
	return s.choose(q)
}

// gotFacets is what can be filtered by; the dialog opens when it is here.
type gotFacets struct {
	facets Facets
	modes  []session.FailureMode
	err    error
}

// filter opens the filters once it is known what there is to choose from.
func (s *Screen) filter() tea.Cmd {
	facets, modes, id := s.deps.Facets, s.deps.Modes, s.q.PromptID
	here := s.seen()
	return s.ask(askFacets, func(ctx context.Context) tea.Msg {
		out := gotFacets{facets: here}
		if facets != nil {
			if out.facets, out.err = facets(ctx, id); out.err != nil {
				return out
			}
		}
		if modes != nil && id != 0 {
			out.modes, out.err = modes(ctx, id)
		}
		return out
	})
}

// seen is what the outputs read so far can be filtered by.
func (s *Screen) seen() Facets {
	var f Facets
	for i := range s.all.items {
		c := &s.all.items[i].Cell
		f.Models = append(f.Models, c.Contestant.Model)
		f.Variants = append(f.Variants, c.Contestant.Variant.Variant)
		f.Tags = append(f.Tags, c.CaseTags...)
	}
	slices.Sort(f.Models)
	slices.Sort(f.Variants)
	slices.Sort(f.Tags)
	f.Models, f.Variants, f.Tags = slices.Compact(f.Models), slices.Compact(f.Variants), slices.Compact(f.Tags)
	return f
}

// choice is a value that a filter can have.
type choice struct {
	label text.Shown
	set   func(q *session.ReadQuery)
	on    bool
}

func (s *Screen) haveFacets(m gotFacets) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.facets = m.facets
	s.modes.list = m.modes
	return s.filterMenu()
}

// filterMenu is what there is to filter by, each with what is chosen.
func (s *Screen) filterMenu() tea.Cmd {
	type field struct {
		name    string
		chosen  string // name of its chip
		choices func() []choice
	}
	fields := []field{
		{"prompt", "prompt", s.promptChoices},
		{"variant", "variant", s.variantChoices},
		{"model", "model", s.modelChoices},
		{"status", "status", s.statusChoices},
		{"tag of the case", "tag", s.tagChoices},
		{"failure mode", "failure mode", s.modeChoices},
	}
	menu := &kit.Menu{Styles: s.styles(), Heading: "Show which outputs?"}
	for _, f := range fields {
		c := kit.Choice{Label: text.Of(f.name), Note: text.Of("any")}
		for _, x := range s.chips() {
			if x.name == f.chosen {
				c.Note = x.value.Truncate(30)
			}
		}
		if len(f.choices()) == 0 {
			c.Off = "there is none to choose"
		}
		menu.Choices = append(menu.Choices, c)
	}
	toggle := func(label string, on bool) {
		c := kit.Choice{Label: text.Of(label), Note: text.Of("no")}
		if on {
			c.Note = text.Of("yes")
		}
		menu.Choices = append(menu.Choices, c)
	}
	toggle("only what nobody judged", s.q.Unjudged)
	toggle("only notes without a mode", s.q.Noted)
	menu.Done = func(i int) tea.Cmd {
		q := s.q
		s.five = nil
		switch {
		case i < len(fields):
			return s.valueMenu(fields[i].name, fields[i].choices())
		case i == len(fields):
			q.Unjudged = !q.Unjudged
		default:
			q.Noted = !q.Noted
		}
		return s.choose(q)
	}
	return kit.Open(menu)
}

func (s *Screen) valueMenu(name string, choices []choice) tea.Cmd {
	heading := strings.ToUpper(name[:1]) + name[1:]
	m := &kit.Menu{Styles: s.styles(), Heading: heading}
	for i, c := range choices {
		m.Choices = append(m.Choices, kit.Choice{Label: c.label})
		if c.on {
			m.Start = i
		}
	}
	m.Done = func(i int) tea.Cmd {
		q := s.q
		choices[i].set(&q)
		return s.choose(q)
	}
	return kit.Open(m)
}

// choicesOf are values with "any" before them; none where there are no values.
func choicesOf[T comparable](values []T, now T, label func(T) text.Shown, set func(q *session.ReadQuery, v T)) []choice {
	var none T
	out := []choice{{label: text.Of("any"), set: func(q *session.ReadQuery) { set(q, none) }}}
	for _, v := range values {
		if v == none {
			continue
		}
		out = append(out, choice{label(v).OneLine(), func(q *session.ReadQuery) { set(q, v) }, v == now})
	}
	if len(out) == 1 {
		return nil
	}
	return out
}

func (s *Screen) promptChoices() []choice {
	var ids []int64
	for _, p := range s.prompts {
		ids = append(ids, p.ID)
	}
	return choicesOf(ids, s.q.PromptID, s.promptName, func(q *session.ReadQuery, id int64) {
		if q.PromptID != id { // variants and modes are a prompt's own
			q.Variant, q.ModeID = "", 0
		}
		q.PromptID = id
	})
}

func (s *Screen) variantChoices() []choice {
	return choicesOf(s.facets.Variants, s.q.Variant, text.Of, func(q *session.ReadQuery, v string) { q.Variant = v })
}

func (s *Screen) modelChoices() []choice {
	return choicesOf(s.facets.Models, s.q.Model, text.Of, func(q *session.ReadQuery, v string) { q.Model = v })
}

func (s *Screen) tagChoices() []choice {
	return choicesOf(s.facets.Tags, s.q.Tag, text.Show, func(q *session.ReadQuery, v text.Raw) { q.Tag = v })
}

func (s *Screen) statusChoices() []choice {
	all := []session.Status{
		session.StatusDone, session.StatusTruncated, session.StatusEmpty, session.StatusRefused, session.StatusFiltered,
		session.StatusToolCalls, session.StatusError, session.StatusStopped, session.StatusInterrupted,
	}
	label := func(v session.Status) text.Shown {
		sign, words := v.Sign()
		return text.Of(sign + " " + words)
	}
	return choicesOf(all, s.q.Status, label, func(q *session.ReadQuery, v session.Status) { q.Status = v })
}

func (s *Screen) modeChoices() []choice {
	var ids []int64
	for _, m := range s.modes.list {
		ids = append(ids, m.ID)
	}
	return choicesOf(ids, s.q.ModeID, s.modes.nameOf, func(q *session.ReadQuery, id int64) { q.ModeID = id })
}
