package bench

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// notesMsg is what was kept about the outputs of a prompt.
type notesMsg struct {
	notes []session.Note
	err   error
}

func (s *Screen) loadNotes() tea.Cmd {
	load, id := s.deps.Notes, s.prompt
	if load == nil {
		return nil
	}
	return s.ask(askNotes, func(ctx context.Context) tea.Msg {
		n, err := load(ctx, id)
		return notesMsg{n, err}
	})
}

func (s *Screen) takeNotes(notes []session.Note) {
	s.notes = map[int64][]session.Note{}
	for _, n := range notes {
		s.notes[n.CellID] = append(s.notes[n.CellID], n)
	}
}

// notesOf says how many notes a cell has, and the words of the newest.
func (s *Screen) notesOf(x *slot) text.Shown {
	ns := s.notes[x.cell.ID]
	if len(ns) == 0 {
		return text.Shown{}
	}
	out := text.Show(ns[0].Text)
	if len(ns) > 1 {
		out = text.Of(kit.Thousands(len(ns)) + ", newest: ").Append(out)
	}
	return out
}

// noted is the mark of a cell that has notes.
func (s *Screen) noted(x *slot) string {
	if len(s.notes[x.cell.ID]) > 0 {
		return " ✎"
	}
	return ""
}
