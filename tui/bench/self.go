package bench

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// answerSelf starts a run in which the person who looks on answers one case; the page
// for it opens when its question comes.
func (s *Screen) answerSelf(a session.AnswerAsk) tea.Cmd {
	run := s.deps.Start
	if run == nil || s.deps.Asks == nil {
		return kit.Say("nobody can be asked here")
	}
	if s.blank != nil {
		return kit.Say("a question is open: answer it first, or esc")
	}
	c := Choice{PromptID: s.deps.Table.Prompt.ID, Variants: []session.VariantRef{a.Variant}, Models: []string{a.Model}, Cases: []session.CaseKey{a.Case}, Takes: 1, NoCache: true}
	if !a.Order.AsIs() {
		c.Orders = []session.Order{a.Order}
	}
	s.wanted = true
	return s.ask(askStart, func(ctx context.Context) tea.Msg {
		live, err := run(ctx, c)
		if err != nil {
			return startedMsg{err: err}
		}
		return startedMsg{live: live, board: newBoard(live.RunID(), live.Cells())}
	})
}
