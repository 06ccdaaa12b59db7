package store

import (
	"testing"

	"galley/session"
)

// The newest answer to a context is that of the model and of no study, and an answer
// that did not come is none.
func TestNewest(t *testing.T) {
	s, ctx := create(t), t.Context()
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "Sort {{x}}")
	put := func(model string, study int64, status session.Status) session.Cell {
		t.Helper()
		run, proofs, cells := matrix(v, 1)
		run.StudyID = study
		cells = cells[:1]
		cells[0].Contestant.Model = model
		run, cells, err := s.StartRun(ctx, run, proofs, cells, "me")
		must(t, err)
		must(t, ask(s, cells[0], session.Output{Status: status, Text: "x"}))
		_, err = s.EndRun(ctx, run.ID, "me", session.RunDone)
		must(t, err)
		return cells[0]
	}
	first := put("a/m", 0, session.StatusDone)
	hash := first.Proof
	if hash == "" {
		t.Fatal("the cell has no proof")
	}
	want := put("a/m", 0, session.StatusTruncated)
	put("b/m", 0, session.StatusDone)
	put("a/m", 0, session.StatusError)
	st, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "why", Spec: []byte("{}")})
	must(t, err)
	put("a/m", st.ID, session.StatusDone)
	r, ok, err := s.Newest(ctx, p.ID, "a/m", hash)
	must(t, err)
	if !ok || r.Cell.ID != want.ID || r.Output.Status != session.StatusTruncated {
		t.Errorf("cell %d, not %d", r.Cell.ID, want.ID)
	}
	for _, none := range [][2]string{{"a/m", ""}, {"c/m", hash}, {"a/m", "sha256:0"}} {
		if _, ok, err := s.Newest(ctx, p.ID, none[0], none[1]); ok || err != nil {
			t.Errorf("%v: %v %v", none, ok, err)
		}
	}
	if _, ok, _ := s.Newest(ctx, p.ID+1, "a/m", hash); ok {
		t.Error("an answer of another prompt")
	}
}
