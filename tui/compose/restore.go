package compose

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// history opens the page of the variant's revisions, which comes back here.
func (s *Screen) history() tea.Cmd {
	return func() tea.Msg { return kit.Goto{Screen: "revisions", Arg: "compose"} }
}

// origin is what a content went on from before and after a revision was restored.
type origin struct{ was, is int64 }

// restore takes the content of a revision into the draft; the next save goes on from
// that revision.
func (s *Screen) restore(r session.Revision) tea.Cmd {
	t := s.d.Table
	said := fmt.Sprintf("going on from @%d", r.Number)
	if s.origins == nil {
		s.origins = map[string]origin{}
	}
	s.origins[said] = origin{t.From, r.ID}
	t.From = r.ID
	if r.ID == t.Variant.Revision.ID {
		t.From = 0
	}
	return tea.Batch(s.change(said, func(c *session.Content) { *c = r.Content.Clone() }),
		kit.Say(fmt.Sprintf("The draft is now the content of @%d; u takes it back", r.Number)))
}

// rebased follows a step that was taken back, or made again, to what the content
// goes on from then.
func (s *Screen) rebased(step string, again bool) string {
	if o, ok := s.origins[step]; ok {
		s.d.Table.From = o.was
		if again {
			s.d.Table.From = o.is
		}
	}
	return step
}

// openRestored lays the variant of a revision on the table, where another lies
// there, and restores it.
func (s *Screen) openRestored(a session.Restore) tea.Cmd {
	if t := s.d.Table; t.Open() && t.Variant.ID == a.Revision.VariantID {
		cmd := s.sync()
		return tea.Batch(cmd, s.restore(a.Revision))
	}
	s.gen++
	s.asked = s.gen
	return tea.Sequence(s.Flush(), s.ask(s.gen, func(ctx context.Context) tea.Msg {
		l, err := s.d.Load(ctx, a.Of)
		return gotLaid{laid: l, restore: &a.Revision, err: err}
	}))
}

// laid lays what was asked for on the table.
func (s *Screen) laid(m gotLaid) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.d.Table.Lay(m.laid)
	if m.restore == nil {
		return nil
	}
	cmd := s.sync()
	return tea.Batch(cmd, s.restore(*m.restore))
}
