package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"galley/session"
	"galley/session/study"
	studies "galley/tui/study"
)

// TestStudyOfWhatWasCounted wants no study to start on more cases than its cost was
// counted for: they came in from elsewhere since.
func TestStudyOfWhatWasCounted(t *testing.T) {
	d := sampleDesk(t)
	ctx := context.Background()
	p, err := d.store.Prompt(ctx, "triage")
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.variant(ctx, "five-shot", "triage")
	if err != nil {
		t.Fatal(err)
	}
	c := studies.Choice{PromptID: p.ID, K: 2, Spec: study.Spec{
		Kind: study.KindOrder, Variant: v.Ref().String(), RevisionID: v.Revision.ID, Model: "embedded/nearest", Cases: "dev", Takes: 1,
		Of: []study.Of{study.OfShots}, Repeats: 2, Seed: 1,
	}}
	e, err := d.estimateStudy(ctx, c)
	if err != nil || e.Cases == 0 {
		t.Fatal(e, err)
	}
	c.Cases = e.Cases
	if _, err := d.store.CreateCases(ctx, p.ID, []session.Case{{Name: "late", Split: session.SplitDev, Vars: []session.Var{{Name: "ticket", Value: "hi"}}}}); err != nil {
		t.Fatal(err)
	}
	_, err = d.startStudy(ctx, c)
	if want := fmt.Sprintf("there are %d cases by now, and not %d", e.Cases+1, e.Cases); err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("it started, or said %v", err)
	}
	if kept, err := d.store.Studies(ctx, p.ID); err != nil || len(kept) != 0 {
		t.Fatal(kept, err)
	}
}
