package store

import (
	"testing"

	"galley/session"
)

func TestOffers(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "digest")
	cases, err := s.CreateCases(ctx, p.ID, []session.Case{{Name: "a"}, {Name: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	who := session.Contestant{Variant: session.VariantRef{Prompt: "digest", Variant: "plain", Revision: 1}, Model: "m/x"}
	bring := func(model string, status ...session.Status) session.Run {
		var results []session.Result
		for i, st := range status {
			c := who
			c.Model = model
			results = append(results, session.Result{
				Cell:   session.Cell{Index: i, Contestant: c, CaseID: cases[i%2].ID, CaseName: cases[i%2].Name, Take: 1 + i/2},
				Output: session.Output{Status: st, Text: "x"},
			})
		}
		run, err := s.ImportRun(ctx, session.Run{PromptID: p.ID, Prompt: "digest", State: session.RunDone}, nil, results)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	first := bring("m/x", session.StatusDone, session.StatusError, session.StatusDone, session.StatusEmpty)
	second := bring("m/y", session.StatusDone, session.StatusDone)
	bring("m/z", session.StatusError, session.StatusError) // no whole answer is no offer
	got, err := s.Offers(ctx, p.ID)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if o := got[0]; o.RunID != second.ID || o.Contestant.Model != "m/y" || o.Answered != 2 || o.Cases != 2 || o.Takes != 1 {
		t.Errorf("the newest first: %+v", o)
	}
	if o := got[1]; o.RunID != first.ID || o.Answered != 1 || o.Cases != 2 || o.Takes != 2 {
		t.Errorf("%+v", o)
	}
	if err := s.DeleteRun(ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Offers(ctx, p.ID); err != nil || len(got) != 1 {
		t.Errorf("a deleted run is offered: %+v, %v", got, err)
	}
}
