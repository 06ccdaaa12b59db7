package bench

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// looksMsg says how often the holdout of a prompt was looked at.
type looksMsg struct {
	prompt int64
	looks  session.Looks
	err    error
}

func (s *Screen) loadLooks() tea.Cmd {
	load, id := s.deps.Looks, s.prompt
	if load == nil || id == 0 {
		return nil
	}
	return s.ask(askLooks, func(ctx context.Context) tea.Msg {
		l, err := load(ctx, id)
		return looksMsg{id, l, err}
	})
}

// firstCases is the choice of cases that a panel begins with: what is there to work
// on, where some cases are held out. A look at those is chosen, not fallen into.
func firstCases(t *session.Table) caseSet {
	dev := caseSet{kind: setSplit, split: session.SplitDev}
	if n := len(pick(t, dev)); n > 0 && n < len(t.Cases) {
		return dev
	}
	return caseSet{}
}

// looksWords says, where the choice holds cases of the holdout, how often that was
// looked at; "" where it holds none.
func (p *setup) looksWords(s *Screen) string {
	held := 0
	chosen := map[session.CaseKey]bool{}
	for _, k := range pick(s.deps.Table, p.set) {
		chosen[k] = true
	}
	for _, c := range s.deps.Table.Cases {
		if c.Split == session.SplitHoldout && chosen[c.Key()] {
			held++
		}
	}
	if held == 0 || s.looks.prompt != s.prompt || s.looks.err != nil {
		return ""
	}
	l := s.looks.looks
	when := ""
	if l.LastMS > 0 {
		when = kit.When(l.LastMS, time.Now())
	}
	return sentence(l.Say(when))
}

// want keeps the answer of the cell that is open as what its case wants.
func (s *Screen) want() tea.Cmd {
	keep, id := s.deps.Want, s.close.slot.cell.ID
	return s.ask(askWant, func(ctx context.Context) tea.Msg {
		said, err := keep(ctx, id)
		return wantMsg{said, err}
	})
}

type wantMsg struct {
	said string
	err  error
}

func (s *Screen) onWant(m wantMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	return kit.Say(text.Of(m.said).OneLine().String() + "; u in Library takes it back")
}

func (s *Screen) noWant() string {
	switch {
	case s.deps.Want == nil:
		return "wanted answers can't be kept here"
	case s.close == nil || s.close.slot.out == nil:
		return "there is no answer yet"
	case s.close.slot.out.Status != session.StatusDone:
		return "it is no whole answer"
	}
	return ""
}
