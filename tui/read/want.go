package read

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
)

// whyWant says why the output in hand can't become what its case wants.
func (s *Screen) whyWant() string {
	if why := s.whyLabel(); why != "" {
		return why
	}
	switch {
	case s.deps.Want == nil:
		return "wanted answers can't be kept here"
	case s.current().Cell.CaseName == "":
		return "the output is of no case"
	}
	return ""
}

// want keeps the answer as it is as what its case wants.
func (s *Screen) want() tea.Cmd {
	r, keep := s.current(), s.deps.Want
	cell := r.Cell.ID
	s.busy = "the wanted answer is being written"
	return s.ask(askDeed, func(ctx context.Context) tea.Msg {
		said, err := keep(ctx, cell)
		return did{cell: cell, said: said + " (u takes it back)", err: err, apply: func(*session.Reading) {}}
	})
}
