package bench

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
)

// keepShot puts the answer of the cell that is open, or its correction, into the
// prompt's bank of shots.
func (s *Screen) keepShot() tea.Cmd {
	keep, id := s.deps.KeepShot, s.close.slot.cell.ID
	return s.ask(askWant, func(ctx context.Context) tea.Msg {
		said, err := keep(ctx, id)
		return wantMsg{said, err}
	})
}

func (s *Screen) noShot() string {
	switch {
	case s.deps.KeepShot == nil:
		return "shots can't be made here"
	case s.close == nil || s.close.slot.out == nil:
		return "there is no answer yet"
	}
	if st := s.close.slot.out.Status; st != session.StatusDone && st != session.StatusToolCalls {
		return "it is no whole answer"
	}
	return ""
}
