package store

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

// A proof with calls of tools comes back as it was; one without stands as ever.
func TestMessagesWithCalls(t *testing.T) {
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort {{x}}")
	run, proofs, cells := matrix(v, 1)
	p := proofs[0]
	p.Messages = []session.Message{
		{Role: session.RoleUser, Content: "plain"},
		{Role: session.RoleAssistant, Calls: []session.ToolCall{{ID: "c1", Name: "find", Arguments: `{"q":"<\u0000>"}`}, {ID: "c2", Name: "n"}}},
		{Role: session.RoleTool, Content: "found \"it\"", CallID: "c1"},
		{Role: session.RoleTool, CallID: "c2"},
	}
	p.Spans, p.Hash = nil, p.Name()
	cells[0].Proof = p.Hash
	_, cells, err := s.StartRun(t.Context(), run, []session.Proof{p}, cells, "me")
	must(t, err)
	got, err := s.Proof(t.Context(), cells[0].ProofKey)
	if diff := cmp.Diff(p, got, cmp.AllowUnexported(session.Order{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	var kept string
	must(t, s.read.QueryRowContext(t.Context(), `SELECT messages FROM proofs WHERE hash = ?`, p.Hash).Scan(&kept))
	if want := `[["user","plain"],["assistant","","",[["c1","find","{\"q\":\"<\\u0000>\"}"],["c2","n",""]]],["tool","found \"it\"","c1",[]],["tool","","c2",[]]]`; kept != want {
		t.Errorf("kept as\n%s", kept)
	}
	p.Messages[2].CallID = "\xff"
	p.Hash = p.Name()
	var bad *Invalid
	if _, _, err := s.StartRun(t.Context(), run, []session.Proof{p}, nil, "me"); !errors.As(err, &bad) || bad.Where != "message 3" {
		t.Errorf("%v", err)
	}
	for _, odd := range []string{`[["user"]]`, `[["user","x","y"]]`, `[["user","x","c1",[["a"]],1]]`, `{}`, `[["user",1]]`} {
		if m, err := parseMessages(odd); err == nil {
			t.Errorf("%s reads as %+v", odd, m)
		}
	}
}

func TestShotsKeepCallsAndPin(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	want := session.Shot{
		Name: "s", Input: "where is it", Output: "there", Tags: []text.Raw{"a"}, Pin: session.PinLast,
		Calls: []session.ShotCall{{Name: "find", Arguments: `{"q":1}`, Result: "<x>\x00"}, {Name: "look", Arguments: "{}"}},
	}
	made, err := s.CreateShots(ctx, p.ID, []session.Shot{want})
	must(t, err)
	got, err := s.Shot(ctx, p.ID, "s")
	if diff := cmp.Diff(made[0], got); err != nil || diff != "" || got.Pin != session.PinLast {
		t.Errorf("%v\n%s", err, diff)
	}
	if hits, err := s.Search(ctx, "look", 0); err != nil || len(hits) != 1 || hits[0].Noun != "shot" {
		t.Errorf("a tool that a shot calls is not found: %v, %v", hits, err)
	}
	got.Calls, got.Pin = nil, session.PinFirst
	must(t, s.UpdateShot(ctx, got))
	if now, err := s.Shot(ctx, p.ID, "s"); err != nil || now.Calls != nil || now.Pin != session.PinFirst {
		t.Errorf("%+v, %v", now, err)
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if now, err := s.Shot(ctx, p.ID, "s"); err != nil || cmp.Diff(made[0], now) != "" {
		t.Errorf("%+v, %v", now, err)
	}
	got.Pin = "middle"
	if err := s.UpdateShot(ctx, got); RowOf(err) != 0 {
		t.Errorf("a pin in the middle: %v", err)
	}
	got.Pin, got.Calls = "", []session.ShotCall{{Name: "\xff"}}
	var bad *Invalid
	if err := s.UpdateShot(ctx, got); !errors.As(err, &bad) {
		t.Errorf("%v", err)
	}
}

// asked is a run with one answer each of two contestants, one of them an arm where
// the run is a study's.
func asked(t *testing.T, s *Store, v session.VariantInfo, study int64, holdout int) session.Run {
	t.Helper()
	run, proofs, cells := matrix(v, 2)
	run.StudyID, run.Holdout = study, holdout
	if study != 0 {
		cells[1].Contestant.Arm = "without Rules"
	}
	cells[1].CaseName = cells[0].CaseName
	run, cells, err := s.StartRun(t.Context(), run, proofs, cells, "me")
	must(t, err)
	for _, c := range cells {
		must(t, ask(s, c, session.Output{Status: session.StatusDone, Text: text.Raw("answer " + run.Name()), Timing: session.Timing{TotalMS: 7}}))
	}
	run, err = s.EndRun(t.Context(), run.ID, "me", session.RunDone)
	must(t, err)
	return run
}

func TestStudies(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "Sort {{x}}")
	if _, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "guess", Spec: json.RawMessage(`{}`)}); err == nil {
		t.Error("a study of a kind that is none")
	}
	if _, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "order", Spec: json.RawMessage(`{`)}); err == nil {
		t.Error("a plan that is no JSON")
	}
	a, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "order", Spec: json.RawMessage(`{"k":14}`)})
	must(t, err)
	b, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "drop", Spec: json.RawMessage(`{}`)})
	must(t, err)
	r1, r2 := asked(t, s, v, a.ID, 0), asked(t, s, v, a.ID, 3)
	if r2.StudyID != a.ID || r2.Holdout != 3 {
		t.Errorf("%+v", r2)
	}
	a.Runs = []int64{r1.ID, r2.ID}
	list, err := s.Studies(ctx, p.ID)
	if diff := cmp.Diff([]session.Study{b, a}, list); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	res, err := s.StudyResults(ctx, a.ID)
	if err != nil || len(res) != 4 || res[1].Cell.Contestant.Arm != "without Rules" || res[2].Cell.RunID != r2.ID {
		t.Errorf("%+v, %v", res, err)
	}
	must(t, s.DeleteRun(ctx, r1.ID))
	if got, err := s.Study(ctx, a.ID); err != nil || len(got.Runs) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	must(t, s.DeleteStudy(ctx, a.ID))
	var n *NotFound
	if _, err := s.Study(ctx, a.ID); !errors.As(err, &n) {
		t.Error(err)
	}
	if _, err := s.Run(ctx, r2.ID); !errors.As(err, &n) {
		t.Error("its runs are there:", err)
	}
	if log := history(t, s); log[0].Verb != "delete" || log[0].Noun != "study" || log[0].Name != "triage" || log[0].Detail != "order, with 1 of its runs" {
		t.Errorf("%+v", log[0])
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	if got, err := s.Study(ctx, a.ID); err != nil || cmp.Diff(a, got) != "" {
		t.Errorf("%+v, %v", got, err)
	}
	started, _, err := s.StartRun(ctx, session.Run{PromptID: p.ID, Prompt: "triage", StudyID: b.ID}, nil, nil, "me")
	must(t, err)
	var held *LeaseHeld
	if err := s.DeleteStudy(ctx, b.ID); !errors.As(err, &held) || held.Run != started.Name() {
		t.Errorf("%v", err)
	}
	must(t, s.DeletePrompt(ctx, p.ID))
	if list, err := s.Studies(ctx, 0); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// What a study asked is no output of a contestant, but what it paid for is kept.
func TestWhereStudiesTakePart(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "Sort {{x}}")
	st, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "drop", Spec: json.RawMessage(`{}`)})
	must(t, err)
	studied := asked(t, s, v, st.ID, 0)
	info, err := s.Prompt(ctx, "triage")
	if err != nil || info.Runs != 0 || info.LastRun != "" || info.LastRunMS != 0 || info.Outputs != 0 {
		t.Errorf("it ran: %+v, %v", info, err)
	}
	own := asked(t, s, v, 0, 0)
	last := asked(t, s, v, st.ID, 0)
	if info, err = s.Prompt(ctx, "triage"); err != nil || info.Runs != 1 || info.LastRun != own.Name() || info.Outputs != 2 {
		t.Errorf("%+v, %v", info, err)
	}
	if all, err := s.Runs(ctx, p.ID); err != nil || len(all) != 3 {
		t.Errorf("%v, %v", all, err)
	}
	if runs, err := s.OwnRuns(ctx, p.ID); err != nil || len(runs) != 1 || runs[0].ID != own.ID {
		t.Errorf("%v, %v", runs, err)
	}
	if by, err := s.RunContestants(ctx, p.ID); err != nil || len(by) != 1 || len(by[own.ID]) != 1 {
		t.Errorf("to judge: %v, %v", by, err)
	}
	for _, sample := range []int{0, 10} {
		got, n, err := s.Readings(ctx, session.ReadQuery{PromptID: p.ID, Sample: sample})
		if err != nil || n != 2 || got[0].Cell.RunID != own.ID || got[1].Cell.RunID != own.ID {
			t.Errorf("to read, a sample of %d: %+v, %v", sample, got, err)
		}
	}
	if got, n, err := s.Readings(ctx, session.ReadQuery{RunID: last.ID}); err != nil || n != 2 || len(got) != 2 {
		t.Errorf("a study's run by name: %+v, %v", got, err)
	}
	newest, err := s.LatestResults(ctx, p.ID, []session.Contestant{{RevisionID: v.Revision.ID, Model: "embedded/nearest"}})
	if err != nil || len(newest) != 1 || newest[0].Cell.RunID != own.ID {
		t.Errorf("newest: %+v, %v", newest, err)
	}
	mode, err := s.CreateMode(ctx, p.ID, "too long")
	must(t, err)
	if w, err := s.ModeSpread(ctx, mode.ID); err != nil || len(w) != 1 || w[0].Outputs != 2 {
		t.Errorf("where a mode stands: %+v, %v", w, err)
	}
	if sp, err := s.Speeds(ctx, []string{"embedded/nearest"}); err != nil || sp["embedded/nearest"].Answers != 6 {
		t.Errorf("speeds: %+v, %v", sp, err)
	}
	out, ok, err := s.CachedOutput(ctx, session.CacheKey{Request: wire(0).Hash, Model: "embedded/nearest", Take: 1})
	if err != nil || !ok || out.Text != text.Raw("answer "+studied.Name()) {
		t.Errorf("cache: %+v, %v, %v", out, ok, err)
	}
}

// An arm has no place on a docket, whoever hands it over.
func TestAnArmIsNeverJudged(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "Sort {{x}}")
	st, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "drop", Spec: json.RawMessage(`{}`)})
	must(t, err)
	asked(t, s, v, st.ID, 0)
	res, err := s.StudyResults(ctx, st.ID)
	must(t, err)
	for _, m := range []session.JudgeMode{session.JudgePassFail, session.JudgePairs} {
		d := session.NewDocket(session.Sitting{Judge: "me", Mode: m, PromptID: p.ID, Of: 9}, "", res[1:], nil, nil)
		if n := d.Waiting(); n != 0 {
			t.Errorf("%s: %d wait", m, n)
		}
	}
}
