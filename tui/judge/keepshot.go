package judge

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// shotMsg is what came of making a shot.
type shotMsg struct {
	said string
	err  error
}

// right is the answer of the chosen verdict that is the right one to show: the
// winner, or one that passed.
func (s *Screen) right() (session.Side, bool) {
	v, ok := s.chosen()
	if !ok {
		return session.Side{}, false
	}
	if v.Mode == session.JudgePassFail {
		return v.Left, v.Choice == session.ChoicePass
	}
	won, _, ok := v.Winner()
	return won, ok
}

func (s *Screen) noShot() string {
	if s.deps.KeepShot == nil {
		return "shots can't be made here"
	}
	if _, ok := s.chosen(); !ok {
		return "no verdict is chosen: they stand on the page verdicts"
	}
	side, ok := s.right()
	switch {
	case !ok:
		return "nobody won here: a shot is made of a winner, or of one that passed"
	case side.CellID == 0:
		return "its answers are not kept here"
	}
	return ""
}

// keepShot puts the winner's answer, or its correction, into the prompt's bank of
// shots.
func (s *Screen) keepShot() tea.Cmd {
	side, ok := s.right()
	if !ok {
		return nil
	}
	keep := s.deps.KeepShot
	return s.ask(askShot, func(ctx context.Context) tea.Msg {
		said, err := keep(ctx, side.CellID)
		return shotMsg{said, err}
	})
}

func (s *Screen) onShot(m shotMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	return kit.Say(m.said + "; u in Shots takes it back")
}
