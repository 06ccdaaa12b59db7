package compose

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// hold is how long after a change at the latest its journaling begins; a kill
// costs at most a second.
const hold = 800 * time.Millisecond

// journal says what of the desk is stored as a draft.
type journal struct {
	pen     *pen
	stored  uint64 // version of the desk that the store has, as a revision or a draft
	seq     uint64 // of the newest write
	gen     uint64 // of the newest tick
	ticking bool
	err     error // why the newest write failed

	last session.Draft // of which variant and revision the work is
	base string        // hash of that revision
}

// pen writes drafts one after the other; a write that was asked for before one
// that is done already is left out.
type pen struct {
	mu   sync.Mutex
	done uint64
}

func (p *pen) write(seq uint64, f func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seq < p.done {
		return nil
	}
	p.done = seq
	return f()
}

// remember sees to it that a change is journaled in time.
func (s *Screen) remember() tea.Cmd {
	k := &s.keep
	v := s.d.Table.Variant
	k.last, k.base = session.Draft{VariantID: v.ID, BaseID: v.Revision.ID}, v.Revision.Hash
	if k.ticking || s.desk == nil || s.desk.Version() == k.stored {
		return nil
	}
	s.gen++
	k.gen, k.ticking = s.gen, true
	return s.after(hold, s.gen, due{})
}

// Pending returns the work on the table that the store may not have yet.
func (s *Screen) Pending() (session.Draft, bool) {
	t := s.d.Table
	if s.desk == nil || t.Desk != s.desk || s.desk.Version() == s.keep.stored {
		return session.Draft{}, false
	}
	return s.draft(), true
}

func (s *Screen) draft() session.Draft {
	v := s.d.Table.Variant
	return session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: s.desk.Content(), UpdatedMS: s.d.Now().UnixMilli()}
}

// Flush stores what is unsaved; nil when there is nothing to store.
func (s *Screen) Flush() tea.Cmd {
	if _, ok := s.Pending(); !ok {
		return nil
	}
	return s.write()
}

// write journals the content as it is now. Content that is the revision's needs
// no draft.
func (s *Screen) write() tea.Cmd {
	d, ok := s.Pending()
	if !ok {
		return nil
	}
	s.keep.stored = s.desk.Version()
	return s.put(d, s.d.Table.Variant.Revision.Hash)
}

func (s *Screen) put(d session.Draft, base string) tea.Cmd {
	s.keep.seq++
	seq, pen := s.keep.seq, s.keep.pen
	return s.ask(0, func(ctx context.Context) tea.Msg {
		return kept{seq, pen.write(seq, func() error {
			if d.Content.Hash() == base {
				return s.d.DropDraft(ctx, d.VariantID)
			}
			return s.d.PutDraft(ctx, d)
		})}
	})
}

// wrote takes note of how a write went; one that failed is tried again.
func (s *Screen) wrote(msg kept) tea.Cmd {
	if msg.seq != s.keep.seq {
		return nil
	}
	was := s.keep.err
	s.keep.err = msg.err
	if msg.err == nil || s.desk == nil {
		return nil
	}
	s.keep.stored = s.desk.Version() - 1
	cmd := s.remember()
	if was != nil { // said already, and the strip shows it
		return cmd
	}
	return tea.Batch(kit.Fail(msg.err), cmd)
}

// forsake journals unsaved work on a desk that is being left. Work on a variant
// that was taken off the table is gone with it.
func (s *Screen) forsake() tea.Cmd {
	if s.desk == nil || s.d.Table.Desk == nil || s.desk.Version() == s.keep.stored {
		return nil
	}
	d := s.keep.last
	d.Content, d.UpdatedMS = s.desk.Content(), s.d.Now().UnixMilli()
	return s.put(d, s.keep.base)
}
