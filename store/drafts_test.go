package store

import (
	"errors"
	"testing"

	"galley/session"
	"galley/session/text"
)

// window opens a file as a window of a process: those in alive live, those in dead do
// not, and of others nothing is known.
func window(t *testing.T, path, owner string, c *clock, alive, dead map[string]bool) *Store {
	t.Helper()
	return open(t, path, Options{
		Owner: owner, Now: c.now,
		Lives: func(o string) bool { return alive[o] }, Gone: func(o string) bool { return dead[o] },
	})
}

func drafted(v session.VariantInfo, words string) session.Draft {
	c := v.Revision.Content.Clone()
	c.Blocks[0].Text = text.Raw(words)
	return session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: c}
}

func wantDraft(t *testing.T, s *Store, v session.VariantInfo, words string, live bool) session.Draft {
	t.Helper()
	d, err := s.Draft(t.Context(), v.ID)
	must(t, err)
	if d == nil || string(d.Content.Blocks[0].Text) != words || d.Live != live {
		t.Fatalf("%s sees %+v, want %q, live %v", s.owner, d, words, live)
	}
	return *d
}

// What one window has in hand, no other takes or writes over; when its process is
// gone it is there to be taken.
func TestADraftBelongsToItsWindow(t *testing.T) {
	base := create(t)
	v := variant(t, base, prompt(t, base, "p"), "a", "words")
	c := newClock()
	alive, dead := map[string]bool{"one": true, "two": true}, map[string]bool{}
	one, two := window(t, base.Path(), "one", c, alive, dead), window(t, base.Path(), "two", c, alive, dead)
	ctx := t.Context()
	held := func(err error, live bool) {
		t.Helper()
		var h *DraftHeld
		if !errors.As(err, &h) || h.Live != live {
			t.Errorf("want that it is held, live %v, not %v", live, err)
		}
	}
	must(t, one.PutDraft(ctx, drafted(v, "by one")))
	must(t, one.PutDraft(ctx, drafted(v, "by one, more")))
	wantDraft(t, one, v, "by one, more", false)
	wantDraft(t, two, v, "by one, more", true)
	if list, err := two.Drafts(ctx); err != nil || len(list) != 1 || !list[0].Live {
		t.Errorf("%+v, %v", list, err)
	}
	held(two.PutDraft(ctx, drafted(v, "by two")), true)
	held(two.PutSteps(ctx, v.ID, []session.Step{{What: "x", Content: v.Revision.Content}}, nil), true)
	must(t, two.DropDraft(ctx, v.ID))
	c2 := v.Revision.Content.Clone()
	c2.Blocks[0].Text = "saved by two"
	_, _, err := two.Save(ctx, v.ID, v.Revision.ID, c2, "why")
	must(t, err)
	wantDraft(t, one, v, "by one, more", false)

	// It is left: whoever read it may go on from it, and nobody else.
	left := drafted(v, "left by one")
	left.Left = true
	must(t, one.PutDraft(ctx, left))
	held(two.PutDraft(ctx, drafted(v, "by two")), false)
	two.TakeDraft(wantDraft(t, two, v, "left by one", false))
	must(t, two.PutDraft(ctx, drafted(v, "by two, after one")))
	wantDraft(t, one, v, "by two, after one", true)
	held(one.PutDraft(ctx, drafted(v, "by one again")), true)

	// The process is gone.
	alive["two"], dead["two"] = false, true
	one.TakeDraft(wantDraft(t, one, v, "by two, after one", false))
	must(t, one.PutDraft(ctx, drafted(v, "by one at last")))
	must(t, one.DropDraft(ctx, v.ID))
	if d, err := one.Draft(ctx, v.ID); d != nil || err != nil {
		t.Errorf("%v, %v", d, err)
	}
}

// Of a process that can't be asked after, as one of another machine, what was written
// lately counts as in hand. A store without an owner, as the command line's, writes
// over it.
func TestADraftOfAnotherMachine(t *testing.T) {
	base := create(t)
	v := variant(t, base, prompt(t, base, "p"), "a", "words")
	c := newClock()
	far := window(t, base.Path(), "far", c, nil, nil)
	near := window(t, base.Path(), "near", c, nil, nil)
	must(t, far.PutDraft(t.Context(), drafted(v, "from afar")))
	wantDraft(t, near, v, "from afar", true)
	c.advance(11 * 60_000 * 1_000_000)
	wantDraft(t, near, v, "from afar", false)
	must(t, base.PutDraft(t.Context(), drafted(v, "by a command")))
	wantDraft(t, near, v, "by a command", false)
	must(t, near.PutDraft(t.Context(), drafted(v, "near")))
	must(t, base.DropDraft(t.Context(), v.ID))
	if d, err := near.Draft(t.Context(), v.ID); d != nil || err != nil {
		t.Errorf("%v, %v", d, err)
	}
}
