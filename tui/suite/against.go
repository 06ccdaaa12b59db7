package suite

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// pickTag chooses the tag whose cases are shown.
func (s *Screen) pickTag() tea.Cmd {
	r := s.res
	count := map[text.Raw][]session.CaseCheck{}
	var tags []text.Raw
	for _, c := range r.check.Cases {
		for _, t := range c.CaseTags {
			if _, ok := count[t]; !ok {
				tags = append(tags, t)
			}
			count[t] = append(count[t], c)
		}
	}
	slices.Sort(tags)
	m := &kit.Menu{Styles: s.deps.Styles, Heading: "Only cases tagged"}
	m.Choices = append(m.Choices, kit.Choice{Label: text.Of("all cases"), Note: text.Of(rateNote(r.check.Cases))})
	for i, t := range tags {
		if r.tagged && t == r.tag {
			m.Start = i + 1
		}
		m.Choices = append(m.Choices, kit.Choice{Label: text.Show(t).OneLine(), Note: text.Of(rateNote(count[t]))})
	}
	m.Done = func(i int) tea.Cmd {
		r.tagged, r.tag = i > 0, ""
		if i > 0 {
			r.tag = tags[i-1]
		}
		r.at = -1
		s.lay()
		return nil
	}
	return kit.Open(m)
}

// rateNote is how many of some cases pass, counts alone.
func rateNote(cs []session.CaseCheck) string {
	c := session.Check{Cases: cs}
	c.Sum()
	return passing(c)
}

// pickBaseline chooses the check that the one shown is held against.
func (s *Screen) pickBaseline() tea.Cmd {
	before := int64(0)
	if s.res.before != nil {
		before = s.res.before.ID
	}
	return s.menuOfChecks("Hold it against", true, before, func(id int64) tea.Cmd {
		if id == 0 {
			s.res.before, s.res.change = nil, nil
			s.lay()
			return nil
		}
		d, now := s.deps, s.res.check
		return s.ask(askChange, func(ctx context.Context) tea.Msg {
			before, err := d.Check(ctx, id)
			if err != nil {
				return changeMsg{err: err}
			}
			c := d.Against(now, before)
			return changeMsg{before: &before, change: &c}
		})
	})
}

// pickCheck chooses the check that is shown.
func (s *Screen) pickCheck() tea.Cmd {
	return s.menuOfChecks("Checks of this suite", false, s.res.check.ID, func(id int64) tea.Cmd { return s.openCheck(id, true) })
}

type checksMsg struct {
	heading string
	none    bool
	at      int64 // the one that is chosen
	all     []session.Check
	done    func(id int64) tea.Cmd
	err     error
}

func (s *Screen) menuOfChecks(heading string, none bool, at int64, done func(id int64) tea.Cmd) tea.Cmd {
	d, id := s.deps, s.res.suite.ID
	if d.Checks == nil {
		return nil
	}
	return s.ask(askChange, func(ctx context.Context) tea.Msg {
		all, err := d.Checks(ctx, id)
		return checksMsg{heading, none, at, all, done, err}
	})
}

func (s *Screen) onChecks(m checksMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	menu := &kit.Menu{Styles: s.deps.Styles, Heading: m.heading}
	ids := []int64{}
	if m.none {
		menu.Choices, ids = append(menu.Choices, kit.Choice{Label: text.Of("nothing")}), append(ids, 0)
	}
	for _, c := range m.all {
		if m.none && s.res != nil && c.ID == s.res.check.ID {
			continue
		}
		who := text.Of(kit.Plural(len(c.Contestants), "contestant", "contestants"))
		if len(c.Contestants) == 1 {
			who = brief(c.Contestants[0])
		}
		menu.Choices = append(menu.Choices, kit.Choice{Label: text.Of(when(c.AtMS) + "  ").Append(who), Note: text.Of(passing(c))})
		if c.ID == m.at {
			menu.Start = len(ids)
		}
		ids = append(ids, c.ID)
	}
	if len(menu.Choices) == 0 {
		return kit.Say("this suite was never checked")
	}
	menu.Done = func(i int) tea.Cmd { return m.done(ids[i]) }
	return kit.Open(menu)
}
