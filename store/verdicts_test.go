package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// answered is a prompt with a run whose cells all have an answer.
func answered(t testing.TB, s *Store, n int) (session.VariantInfo, session.Run, []session.Result) {
	t.Helper()
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	run, proofs, cells := matrix(v, n)
	cases := make([]session.Case, n)
	for i := range cases {
		cases[i].Name = cells[i].CaseName
	}
	cases, err := s.CreateCases(t.Context(), v.PromptID, cases)
	must(t, err)
	res := make([]session.Result, n)
	for i, c := range cells {
		c.CaseID = cases[i].ID
		res[i] = session.Result{Cell: c, Output: session.Output{Status: session.StatusDone, Text: text.Raw(fmt.Sprint("answer ", i))}}
	}
	run.Author = "typist"
	run, err = s.ImportRun(t.Context(), run, proofs, res)
	must(t, err)
	res, err = s.Results(t.Context(), run.ID)
	must(t, err)
	return v, run, res
}

// between is a verdict of anna's on two results.
func between(p int64, l, r session.Result) session.Verdict {
	return session.Verdict{
		PromptID: p, Judge: "anna", Mode: session.JudgePairs, Take: 1, Choice: session.ChoiceRight,
		Left:  session.Side{CellID: l.Cell.ID, Contestant: l.Cell.Contestant, Length: 7},
		Right: session.Side{CellID: r.Cell.ID, Contestant: r.Cell.Contestant, Length: 9},
		Case:  l.Cell.Case(), CaseTags: l.Cell.CaseTags,
	}
}

func verdicts(t testing.TB, s *Store, q session.VerdictQuery) []session.Verdict {
	t.Helper()
	out, err := s.Verdicts(t.Context(), q)
	must(t, err)
	return out
}

func TestASitting(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, Now: clock.now})
	p := prompt(t, s, "triage")
	want := session.Sitting{PromptID: p.ID, Judge: "anna", Mode: session.JudgePairs, RunIDs: []int64{3, 1}, Seed: 1<<64 - 1, Of: 20}
	sit, err := s.BeginSitting(ctx, want)
	must(t, err)
	want.ID, want.UID, want.CreatedMS = 1, sit.UID, clock.now()
	if diff := cmp.Diff(want, sit); diff != "" || sit.UID == "" {
		t.Error(diff)
	}
	second, err := s.BeginSitting(ctx, session.Sitting{PromptID: p.ID, Judge: "ben", Mode: session.JudgePassFail, Of: 5})
	must(t, err)
	clock.advance(1000)
	must(t, s.EndSitting(ctx, sit.ID))
	all, err := s.Sittings(ctx, p.ID)
	want.EndedMS = clock.now()
	if diff := cmp.Diff([]session.Sitting{second, want}, all); diff != "" || err != nil {
		t.Error(diff, err)
	}
	must(t, s.ExtendSitting(ctx, sit.ID, 40))
	all, err = s.Sittings(ctx, p.ID)
	if err != nil || all[1].Of != 40 || all[1].EndedMS != 0 {
		t.Errorf("%+v, %v", all[1], err)
	}
	if h := history(t, s); len(h) != 1 {
		t.Errorf("a sitting is an edit: %+v", h)
	}
	var missing *NotFound
	if err := s.EndSitting(ctx, 99); !errors.As(err, &missing) {
		t.Error(err)
	}
	for _, bad := range []session.Sitting{
		{PromptID: 99, Judge: "a", Mode: session.JudgePairs, Of: 1}, {PromptID: p.ID, Mode: session.JudgePairs, Of: 1},
		{PromptID: p.ID, Judge: "a\xff", Mode: session.JudgePairs, Of: 1}, {PromptID: p.ID, Judge: "a", Mode: "x", Of: 1},
		{PromptID: p.ID, Judge: "a", Mode: session.JudgePairs},
	} {
		if _, err := s.BeginSitting(ctx, bad); err == nil {
			t.Errorf("kept: %+v", bad)
		}
	}
	must(t, s.DeletePrompt(ctx, p.ID))
	if all, err := s.Sittings(ctx, 0); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}

func TestVerdictsAreKeptAsTheyAre(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, Now: clock.now})
	v, run, res := answered(t, s, 3)
	must(t, s.SetGuideline(ctx, v.PromptID, "be fair"))
	sit, err := s.BeginSitting(ctx, session.Sitting{PromptID: v.PromptID, Judge: "anna", Mode: session.JudgePairs, Of: 20})
	must(t, err)
	var want []session.Verdict
	for i, h := range hostile {
		d := between(v.PromptID, res[0], res[1])
		d.SittingID, d.Reason, d.ScreenMS, d.Known, d.GuidelineID, d.Seed = sit.ID, h, int64(i), i%2 == 1, 1, 1<<63+uint64(i)
		want = append(want, d)
	}
	want, err = s.AddVerdicts(ctx, want)
	must(t, err)
	repeat := between(v.PromptID, res[1], res[0])
	repeat.RepeatOf, repeat.Choice, repeat.AtMS = want[0].ID, session.ChoiceLeft, 12
	label := session.Verdict{
		PromptID: v.PromptID, Judge: "ben", Mode: session.JudgePassFail, Take: 2, Choice: session.ChoiceFail,
		Left: session.Side{CellID: res[2].Cell.ID, Contestant: res[2].Cell.Contestant}, Case: res[2].Cell.Case(),
	}
	outside := session.Verdict{
		PromptID: v.PromptID, Judge: "judge-model", Mode: session.JudgePairs, Take: 1, Choice: session.ChoiceBothBad,
		Left:  session.Side{Contestant: session.Contestant{Model: "elsewhere/a"}},
		Right: session.Side{Contestant: session.Contestant{Model: "elsewhere/b", Variant: session.VariantRef{Prompt: "\x00", Variant: "x", Revision: 2}}},
		Case:  session.CaseKey{Name: "\x1b[31m"}, CaseTags: []text.Raw{"a", "\x1b"},
	}
	more, err := s.AddVerdicts(ctx, []session.Verdict{repeat, label, outside})
	must(t, err)
	want = append(want, more...)
	for i, d := range want {
		if d.ID == 0 || d.UID == "" || d.AtMS != clock.now() && i != len(hostile) {
			t.Errorf("%d: %+v", i, d)
		}
	}
	if diff := cmp.Diff(want, verdicts(t, s, session.VerdictQuery{PromptID: v.PromptID})); diff != "" {
		t.Error(diff)
	}
	n := len(hostile)
	for name, c := range map[string]struct {
		q    session.VerdictQuery
		want []session.Verdict
	}{
		"all":      {session.VerdictQuery{}, want},
		"judge":    {session.VerdictQuery{Judge: "ben"}, want[n+1 : n+2]},
		"mode":     {session.VerdictQuery{Mode: session.JudgePassFail}, want[n+1 : n+2]},
		"run":      {session.VerdictQuery{RunIDs: []int64{run.ID}}, want[:n+2]},
		"no run":   {session.VerdictQuery{RunIDs: []int64{99}}, nil},
		"cells":    {session.VerdictQuery{CellIDs: []int64{res[2].Cell.ID, 99}}, want[n+1 : n+2]},
		"limit":    {session.VerdictQuery{Limit: 2}, want[n+1:]},
		"together": {session.VerdictQuery{PromptID: v.PromptID, Judge: "anna", Mode: session.JudgePairs, RunIDs: []int64{run.ID}, Limit: 1}, want[n : n+1]},
		"prompt":   {session.VerdictQuery{PromptID: 99}, nil},
	} {
		if diff := cmp.Diff(c.want, verdicts(t, s, c.q)); diff != "" {
			t.Error(name, diff)
		}
	}
	// What they say stays when what they are about is renamed, deleted and gone.
	must(t, s.RenameCase(ctx, res[0].Cell.CaseID, "renamed"))
	must(t, s.DeleteCase(ctx, res[0].Cell.CaseID))
	must(t, s.RenameVariant(ctx, v.ID, "other"))
	must(t, s.DeleteVariant(ctx, v.ID))
	must(t, s.DeleteRun(ctx, run.ID))
	if diff := cmp.Diff(want, verdicts(t, s, session.VerdictQuery{PromptID: v.PromptID})); diff != "" {
		t.Error(diff)
	}
	if got, err := s.ResultsOf(ctx, []int64{res[0].Cell.ID}); err != nil || len(got) != 0 {
		t.Errorf("the results of a deleted run are offered: %v, %v", got, err)
	}
	must(t, s.DeletePrompt(ctx, v.PromptID))
	if got := verdicts(t, s, session.VerdictQuery{}); len(got) != 0 {
		t.Errorf("%d verdicts of a deleted prompt", len(got))
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if got := verdicts(t, s, session.VerdictQuery{}); len(got) != len(want) {
		t.Errorf("%d verdicts are back", len(got))
	}
	must(t, s.Sound(ctx))
}

func TestVerdictsThatAreNone(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v, _, res := answered(t, s, 2)
	good := between(v.PromptID, res[0], res[1])
	for name, change := range map[string]func(*session.Verdict){
		"no judge":         func(d *session.Verdict) { d.Judge = "" },
		"judge not UTF-8":  func(d *session.Verdict) { d.Judge = "\xff" },
		"mode":             func(d *session.Verdict) { d.Mode = "stars" },
		"choice":           func(d *session.Verdict) { d.Choice = "pass" },
		"choice of none":   func(d *session.Verdict) { d.Choice = "" },
		"two sides":        func(d *session.Verdict) { d.Mode, d.Choice = session.JudgePassFail, session.ChoicePass },
		"take":             func(d *session.Verdict) { d.Take = 0 },
		"time":             func(d *session.Verdict) { d.ScreenMS = -1 },
		"no such prompt":   func(d *session.Verdict) { d.PromptID = 99 },
		"no such cell":     func(d *session.Verdict) { d.Left.CellID = 99 },
		"no such sitting":  func(d *session.Verdict) { d.SittingID = 99 },
		"repeat of nobody": func(d *session.Verdict) { d.RepeatOf = 99 },
	} {
		bad := good
		change(&bad)
		_, err := s.AddVerdicts(ctx, []session.Verdict{good, bad})
		if err == nil || RowOf(err) != 1 && !contains(err.Error(), "FOREIGN KEY") {
			t.Errorf("%s: row %d, %v", name, RowOf(err), err)
		}
	}
	if got := verdicts(t, s, session.VerdictQuery{Undone: true}); len(got) != 0 {
		t.Errorf("half of a list was kept: %+v", got)
	}
	before := len(history(t, s))
	if got, err := s.AddVerdicts(ctx, nil); err != nil || len(got) != 0 || len(history(t, s)) != before {
		t.Error(got, err)
	}
}

func TestUndoVerdict(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v, _, res := answered(t, s, 2)
	a := between(v.PromptID, res[0], res[1])
	b := a
	b.Judge = "ben"
	outside := a
	outside.Left.CellID, outside.Right.CellID = 0, 0
	var kept []session.Verdict
	for _, list := range [][]session.Verdict{{a}, {b}, {a, a}, {outside}} {
		got, err := s.AddVerdicts(ctx, list)
		must(t, err)
		kept = append(kept, got...)
	}
	inForce := func() (ids []int64) {
		for _, d := range verdicts(t, s, session.VerdictQuery{PromptID: v.PromptID}) {
			ids = append(ids, d.ID)
		}
		return ids
	}
	for _, want := range []int64{kept[3].ID, kept[2].ID, kept[0].ID} {
		got, ok, err := s.UndoVerdict(ctx, v.PromptID, "anna", session.JudgePairs)
		if err != nil || !ok || got.ID != want || !got.Undone {
			t.Errorf("%d: %+v, %v, %v", want, got, ok, err)
		}
	}
	if got, ok, err := s.UndoVerdict(ctx, v.PromptID, "anna", session.JudgePairs); ok || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, ok, err := s.UndoVerdict(ctx, v.PromptID, "ben", session.JudgePassFail); ok || err != nil {
		t.Error("another mode was taken back", err)
	}
	if got := inForce(); !slices.Equal(got, []int64{kept[1].ID, kept[4].ID}) {
		t.Errorf("%v: a verdict of somebody else was taken back", got)
	}
	if all := verdicts(t, s, session.VerdictQuery{Undone: true}); len(all) != 5 || !all[0].Undone || all[1].Undone {
		t.Errorf("%+v", all)
	}
	if h := history(t, s); h[0].Verb != "unjudge" || h[0].Noun != "verdict" || h[0].Name != "triage" || h[3].Verb != "judge" {
		t.Errorf("%+v", h[:4])
	}
	// What takes a verdict back can be taken back, and what gave several, at once.
	_, err := s.Undo(ctx, 1)
	must(t, err)
	if got := inForce(); !slices.Equal(got, []int64{kept[0].ID, kept[1].ID, kept[4].ID}) {
		t.Error(got)
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	if got := inForce(); len(got) != 5 {
		t.Error(got)
	}
	_, err = s.Undo(ctx, 2) // what came from outside, then both of one go
	must(t, err)
	if got := inForce(); !slices.Equal(got, []int64{kept[0].ID, kept[1].ID}) {
		t.Error(got)
	}
	_, err = s.Redo(ctx, 9)
	must(t, err)
	if got := inForce(); !slices.Equal(got, []int64{kept[1].ID, kept[4].ID}) {
		t.Error(got)
	}
}

func TestLabelReplacesOnesOwn(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v, _, res := answered(t, s, 2)
	label := func(judge text.Raw, cell int, c session.Choice) session.Verdict {
		return session.Verdict{
			PromptID: v.PromptID, Judge: judge, Mode: session.JudgePassFail, Take: 1, Choice: c, Case: res[cell].Cell.Case(),
			Left: session.Side{CellID: res[cell].Cell.ID, Contestant: res[cell].Cell.Contestant},
		}
	}
	sit, err := s.BeginSitting(ctx, session.Sitting{PromptID: v.PromptID, Judge: "anna", Mode: session.JudgePassFail, Of: 1})
	must(t, err)
	blind := label("anna", 0, session.ChoicePass)
	blind.SittingID = sit.ID
	_, err = s.AddVerdicts(ctx, []session.Verdict{blind})
	must(t, err)
	for _, l := range []session.Verdict{label("anna", 0, session.ChoicePass), label("ben", 0, session.ChoicePass), label("anna", 1, session.ChoiceFail), label("anna", 0, session.ChoiceFail)} {
		if got, err := s.Label(ctx, l); err != nil || got.ID == 0 {
			t.Fatal(got, err)
		}
	}
	see := func() (out []string) {
		for _, d := range verdicts(t, s, session.VerdictQuery{}) {
			out = append(out, fmt.Sprint(string(d.Judge), d.Left.CellID-res[0].Cell.ID, d.Choice, d.SittingID))
		}
		return out
	}
	if diff := cmp.Diff([]string{"anna0pass1", "ben0pass0", "anna1fail0", "anna0fail0"}, see()); diff != "" {
		t.Error(diff)
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if diff := cmp.Diff([]string{"anna0pass1", "anna0pass0", "ben0pass0", "anna1fail0"}, see()); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []session.Verdict{blind, between(v.PromptID, res[0], res[1]), label("", 0, session.ChoicePass)} {
		if _, err := s.Label(ctx, bad); err == nil {
			t.Errorf("kept: %+v", bad)
		}
	}
	if len(see()) != 4 {
		t.Error(see())
	}
}

func TestReveals(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v, _, res := answered(t, s, 1)
	c := res[0].Cell.Contestant
	other := session.Contestant{Model: "human/anna"}
	must(t, s.Reveal(ctx, v.PromptID, "anna", []session.Contestant{c, c}))
	must(t, s.Reveal(ctx, v.PromptID, "anna", []session.Contestant{other, c}))
	must(t, s.Reveal(ctx, v.PromptID, "ben", []session.Contestant{other}))
	got, err := s.Revealed(ctx, v.PromptID, "anna")
	if diff := cmp.Diff([]session.Contestant{c, other}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got, err := s.Revealed(ctx, v.PromptID, "cleo"); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
	before := history(t, s)
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if got, err := s.Revealed(ctx, v.PromptID, "anna"); err != nil || len(got) != 2 || len(history(t, s)) != len(before)+1 {
		t.Error("what was told can't be untold", got, err)
	}
	if err := s.Reveal(ctx, v.PromptID, "", []session.Contestant{c}); err == nil {
		t.Error("told to nobody")
	}
}

// replayed reads the log as it stands in the file, without the store's code: what
// every entry left in the rows of verdicts, in order.
func replayed(t interface{ Fatal(...any) }, s *Store) map[int64]bool {
	rows, err := s.read.Query(`SELECT changes FROM edits ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	inForce := map[int64]bool{}
	for rows.Next() {
		var changes string
		if err := rows.Scan(&changes); err != nil {
			t.Fatal(err)
		}
		var list []struct {
			T  string         `json:"t"`
			ID int64          `json:"id"`
			A  map[string]any `json:"a"`
		}
		if err := json.Unmarshal([]byte(changes), &list); err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.T == "verdicts" {
				if len(c.A) != 1 {
					t.Fatal("an edit changes more of a verdict than whether it stands: ", changes)
				}
				inForce[c.ID] = c.A["deleted_ms"] == nil
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return inForce
}

func TestVerdictsAreTheReplayOfTheLog(t *testing.T) {
	i, dir := 0, t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		i++
		ctx := context.Background()
		s, err := Open(ctx, filepath.Join(dir, fmt.Sprint(i)), Options{Create: true, Now: newClock().now})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		v, _, res := answered(t, s, 2)
		said := map[int64]session.Verdict{} // as they were given: nothing changes one
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			judge := text.Raw(rapid.SampledFrom([]string{"anna", "ben"}).Draw(rt, "judge"))
			d := between(v.PromptID, res[0], res[1])
			d.Judge, d.Choice = judge, rapid.SampledFrom([]session.Choice{session.ChoiceLeft, session.ChoiceRight, session.ChoiceTie}).Draw(rt, "choice")
			d.Reason = text.Raw(rapid.SampledFrom([]string{"", "warm"}).Draw(rt, "reason"))
			var got []session.Verdict
			switch rapid.IntRange(0, 7).Draw(rt, "what") {
			case 0, 1, 2:
				list := slices.Repeat([]session.Verdict{d}, rapid.IntRange(1, 3).Draw(rt, "n"))
				got, err = s.AddVerdicts(ctx, list)
			case 3:
				d.Mode, d.Choice, d.Right = session.JudgePassFail, session.ChoicePass, session.Side{}
				got = make([]session.Verdict, 1)
				got[0], err = s.Label(ctx, d)
			case 4:
				_, _, err = s.UndoVerdict(ctx, v.PromptID, judge, session.JudgePairs)
			case 5:
				if n := len(inForceEdits(rt, s)); n > 3 { // not the prompt and its run
					_, err = s.Undo(ctx, min(n-4, rapid.IntRange(1, 3).Draw(rt, "undo")))
				}
			case 6:
				_, err = s.Redo(ctx, rapid.IntRange(1, 3).Draw(rt, "redo"))
			case 7: // another edit ends what can be redone
				err = s.SetGuideline(ctx, v.PromptID, text.Raw(rapid.StringMatching(`[a-z]{3}`).Draw(rt, "guideline")))
			}
			if err != nil {
				rt.Fatal(err)
			}
			for _, g := range got {
				said[g.ID] = g
			}
			all, err := s.Verdicts(ctx, session.VerdictQuery{PromptID: v.PromptID, Undone: true})
			if err != nil {
				rt.Fatal(err)
			}
			want, have := replayed(rt, s), map[int64]bool{}
			for _, a := range all {
				have[a.ID] = !a.Undone
				a.Undone = false
				if diff := cmp.Diff(said[a.ID], a); diff != "" {
					rt.Fatal("a verdict was changed:\n", diff)
				}
			}
			if diff := cmp.Diff(want, have); diff != "" || len(have) != len(said) {
				rt.Fatal("the verdicts are not what the log says:\n", diff)
			}
		}
	})
}

// inForceEdits are the edits that an undo could take back.
func inForceEdits(t interface{ Fatal(...any) }, s *Store) (out []session.Edit) {
	for _, e := range history(t, s) {
		if e.Undoes == 0 && !e.Undone {
			out = append(out, e)
		}
	}
	return out
}
