package main

import (
	"context"
	"strings"
	"testing"

	"galley/session"
	"galley/tui/tuitest"
)

// A revision that is gone on from by keyboard is the parent of what is saved then, and
// the page draws the branch.
func TestRevisionsFromTheKeyboard(t *testing.T) {
	atDesk(t, 120, 36, func(d *desk, p *tuitest.Program) {
		ctx := context.Background()
		ref := session.VariantRef{Prompt: "triage", Variant: "twelve-shot"}
		p.Keys("alt+2")
		for range 2 { // a block is switched off, and the next
			p.Keys("space", "down", "ctrl+s")
			p.Type("change")
			p.Keys("enter")
		}
		p.Keys("h")
		sees(t, p, "Library › Revisions", "Revisions of twelve-shot", "3 revisions", "change")
		p.Keys("end", "enter", "ctrl+s")
		p.Type("as it began")
		p.Keys("enter")
		head, err := d.store.Variant(ctx, ref)
		if err != nil || head.Revision.Number != 4 || head.Parent != 1 || head.Revision.Intent != "as it began" {
			t.Fatalf("@%d from @%d, %q, %v", head.Revision.Number, head.Parent, head.Revision.Intent, err)
		}
		p.Keys("h", "up", "up", "up")
		sees(t, p, "●─╯", "from @1: as it began")
		p.Keys("down", "d")
		sees(t, p, "against @2", "on → off")
		p.Keys("esc")
		sees(t, p, "Proof of c01")
	})
}

// A variant that was deleted is still what its outputs answered: Bench and Read show
// their exact context, and verdicts count.
func TestDeletedVariantIsShown(t *testing.T) {
	atDesk(t, 120, 36, func(d *desk, p *tuitest.Program) {
		ctx := context.Background()
		v, err := d.store.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: "zero-shot"})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.store.DeleteVariant(ctx, v.ID); err != nil {
			t.Fatal(err)
		}
		read := d.readDeps("ann")
		got, n, err := read.Readings(ctx, session.ReadQuery{PromptID: v.PromptID, Variant: "zero-shot", Limit: 5})
		if err != nil || n == 0 || len(got) == 0 {
			t.Fatalf("%d outputs, %v", n, err)
		}
		for _, x := range got {
			kept, err := read.Proof(ctx, x.Cell.ProofKey)
			if err != nil {
				t.Fatal(err)
			}
			rev, err := d.benchDeps().Revision(ctx, x.Cell.Contestant.RevisionID)
			if err != nil || rev.VariantID != v.ID {
				t.Fatalf("its revision: %+v, %v", rev, err)
			}
			anew := session.Compose(rev.Content, session.Case{Vars: x.Cell.CaseVars, Wanted: x.Cell.Wanted}, x.Cell.Order)
			if anew.Hash != kept.Hash || len(kept.Messages) == 0 {
				t.Errorf("%s: the context that is kept is not the one that its revision gives", x.Cell.CaseName)
			}
		}
		if o, err := d.store.Outcomes(ctx, v.ID); err != nil || len(o) == 0 || o[0].Right+o[0].Wrong == 0 {
			t.Errorf("what came of it: %+v, %v", o, err)
		}
		p.Keys("alt+8", "e")
		if s := p.Screen(); !strings.Contains(s, "Quirebird") {
			t.Errorf("Read does not show a context:\n%s", s)
		}
	})
}
