package compose

import (
	"context"
	"slices"
	"testing"

	"galley/session"
)

func TestRevisionsHaveAPage(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 80, 21)
		r.Keys("h")
		if r.Gone.Screen != "revisions" || r.Gone.Arg != "compose" {
			t.Errorf("h goes to %q with %v", r.Gone.Screen, r.Gone.Arg)
		}
	})
}

// A revision that is gone on from is one step of undo, and the parent of the next save
// for as long as it is not taken back.
func TestRestore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		r := open(t, d, 80, 21)
		head := d.table.Variant.Revision.ID
		r.Run(r.s.Open(session.Restore{Of: session.VariantRef{Prompt: "triage", Variant: "five-shot"}, Revision: d.revs[1]}))
		if n := len(r.content().Blocks); n != 2 || d.table.Base() != 112 {
			t.Fatalf("%d blocks on %d", n, d.table.Base())
		}
		r.Keys("u")
		if n := len(r.content().Blocks); n != 5 || d.table.Base() != head {
			t.Fatalf("after undo %d blocks on %d", n, d.table.Base())
		}
		r.Keys("ctrl+r")
		if n := len(r.content().Blocks); n != 2 || d.table.Base() != 112 {
			t.Fatalf("after redo %d blocks on %d", n, d.table.Base())
		}
		if x := d.drafts[11]; x.BaseID != 112 || len(x.Content.Blocks) != 2 {
			t.Errorf("the draft is journaled on %d with %d blocks", x.BaseID, len(x.Content.Blocks))
		}
		r.Keys("ctrl+s")
		r.Keys("x", "enter")
		if !slices.Contains(d.log, "save 11 on 112: x") || d.table.Base() != 114 {
			t.Errorf("%q, then on %d", d.log, d.table.Base())
		}
	})
}

func TestRestoreLaysItsVariant(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		deps := d.deps()
		deps.Load = func(_ context.Context, ref session.VariantRef) (session.Laid, error) {
			c, bank, cases := sample()
			l := laid(c, bank, cases)
			l.Variant.ID, l.Variant.Name, l.Variant.Revision.ID = 12, "other", 120
			return l, nil
		}
		r := staged(t, d, deps, 80, 21)
		old := d.revs[1]
		old.VariantID, old.ID = 12, 119
		r.Run(r.s.Open(session.Restore{Of: session.VariantRef{Prompt: "triage", Variant: "other"}, Revision: old}))
		if d.table.Variant.Name != "other" || len(d.table.Desk.Content().Blocks) != 2 || d.table.Base() != 119 {
			t.Fatalf("%q with %d blocks on %d", d.table.Variant.Name, len(d.table.Desk.Content().Blocks), d.table.Base())
		}
		r.Keys("u")
		if len(d.table.Desk.Content().Blocks) != 5 || d.table.Base() != 120 {
			t.Errorf("undo gives %d blocks on %d", len(d.table.Desk.Content().Blocks), d.table.Base())
		}
	})
}
