package read

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
)

// whyShot says why no worked example can be made of the output in hand.
func (s *Screen) whyShot() string {
	if why := s.nothing(); why != "" {
		return why
	}
	if s.deps.KeepShot == nil {
		return "shots can't be made here"
	}
	r := s.current()
	if st := r.Output.Status; r.Correction == nil && st != session.StatusDone && st != session.StatusToolCalls {
		_, words := st.Sign()
		return "there is no answer to show as right: " + words
	}
	return ""
}

// keepShot puts the output, or its correction, into the prompt's bank of shots.
func (s *Screen) keepShot() tea.Cmd {
	keep, cell := s.deps.KeepShot, s.current().Cell.ID
	s.busy = "the shot is being written"
	return s.ask(askDeed, func(ctx context.Context) tea.Msg {
		said, err := keep(ctx, cell)
		return did{cell: cell, said: said + " (u takes it back)", err: err, apply: func(*session.Reading) {}}
	})
}
