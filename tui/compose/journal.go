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
	stepped uint64 // what of its steps the store has
	loose   bool   // the draft that the store has was not left as it should
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
	mu      sync.Mutex
	done    uint64
	stepped uint64 // the newest write of steps
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

// steps writes the steps of a desk; nil: there are none to write. A draft that is
// left out does not take its steps with it.
func (p *pen) steps(seq uint64, f func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f == nil || seq < p.stepped {
		return nil
	}
	p.stepped = seq
	return f()
}

// remember sees to it that a change is journaled in time.
func (s *Screen) remember() tea.Cmd {
	k := &s.keep
	v := s.d.Table.Variant
	k.last, k.base = session.Draft{VariantID: v.ID, BaseID: s.d.Table.Base()}, v.Revision.Hash
	if k.ticking || s.desk == nil || s.desk.Version() == k.stored {
		return nil
	}
	s.gen++
	k.gen, k.ticking = s.gen, true
	return s.after(hold, s.gen, due{})
}

// Pending returns the work on the table that the store may not have yet.
func (s *Screen) Pending() (session.Draft, bool) {
	if !s.mine() || s.desk.Version() == s.keep.stored {
		return session.Draft{}, false
	}
	return s.draft(), true
}

// mine reports whether the desk on the table is the one that the screen has seen.
func (s *Screen) mine() bool { return s.desk != nil && s.d.Table.Desk == s.desk }

func (s *Screen) draft() session.Draft {
	v := s.d.Table.Variant
	return session.Draft{VariantID: v.ID, BaseID: s.d.Table.Base(), Content: s.desk.Content(), UpdatedMS: s.d.Now().UnixMilli()}
}

// Flush stores what is unsaved as left behind on purpose; nil when there is nothing
// to store. Whoever goes on writing makes it a draft in work again.
func (s *Screen) Flush() tea.Cmd {
	if !s.mine() || !s.keep.loose && s.desk.Version() == s.keep.stored {
		return nil
	}
	d := s.draft()
	d.Left = true
	s.keep.stored = s.desk.Version()
	return s.put(d, s.d.Table.Variant.Revision.Hash)
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

// put stores a draft of the desk that the screen has seen, with its steps.
func (s *Screen) put(d session.Draft, base string) tea.Cmd {
	s.keep.seq++
	s.keep.loose = !d.Left
	seq, pen, steps := s.keep.seq, s.keep.pen, s.steps(false)
	return s.ask(0, func(ctx context.Context) tea.Msg {
		if err := pen.steps(seq, steps.of(ctx, d.VariantID)); err != nil {
			return kept{seq, err}
		}
		return kept{seq, pen.write(seq, func() error {
			if d.Content.Hash() == base {
				return s.d.DropDraft(ctx, d.VariantID)
			}
			return s.d.PutDraft(ctx, d)
		})}
	})
}

// trail is the steps of a desk on their way to the store.
type trail struct {
	put          func(ctx context.Context, variantID int64, past, future []session.Step) error
	past, future []session.Step
}

// of writes the trail as a variant's; nil when there is nothing to write.
func (t *trail) of(ctx context.Context, variantID int64) func() error {
	if t == nil {
		return nil
	}
	return func() error { return t.put(ctx, variantID, t.past, t.future) }
}

// steps is the trail of the desk, nil if the store has it. It is kept before the
// content that it led to, so that no step is ever missing.
func (s *Screen) steps(anew bool) *trail {
	if s.d.PutSteps == nil || s.desk == nil || s.desk.Stepped() == s.keep.stepped && !anew {
		return nil
	}
	s.keep.stepped = s.desk.Stepped()
	past, future := s.desk.Steps()
	return &trail{s.d.PutSteps, past, future}
}

// wrote takes note of how a write went; one that failed is tried again.
func (s *Screen) wrote(msg kept) tea.Cmd {
	if msg.seq != s.keep.seq {
		return nil
	}
	was := s.keep.err
	s.keep.err = msg.err
	if msg.err == nil && s.d.Table.Dirty() {
		s.d.Table.Elsewhere = false // the other window has nothing of it in hand any more
	}
	if msg.err == nil || s.desk == nil {
		return nil
	}
	s.keep.stored = s.desk.Version() - 1
	s.keep.stepped = s.desk.Stepped() - 1
	cmd := s.remember()
	if was != nil { // said already, and the strip shows it
		return cmd
	}
	return tea.Batch(kit.Fail(msg.err), cmd)
}

// forsake journals unsaved work on a desk that is being left. Work on a variant
// that was taken off the table is gone with it.
func (s *Screen) forsake() tea.Cmd {
	if s.desk == nil || s.d.Table.Desk == nil || s.desk.Version() == s.keep.stored && !s.keep.loose {
		return nil
	}
	d := s.keep.last
	d.Content, d.UpdatedMS, d.Left = s.desk.Content(), s.d.Now().UnixMilli(), true
	return s.put(d, s.keep.base)
}
