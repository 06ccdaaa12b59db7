package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func ids(list []session.Reading) (out []int64) {
	for _, r := range list {
		out = append(out, r.Cell.ID)
	}
	return out
}

// Two runs of a prompt with all that can be told apart, as values that a test can
// filter by itself.
type shelf struct {
	s       *Store
	v       session.VariantInfo
	all     []session.Result // the oldest first
	notes   []session.Note
	mode    session.FailureMode
	correct []session.Correction
}

func newShelf(t *rapid.T, s *Store) *shelf {
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	h := &shelf{s: s}
	p, err := s.CreatePrompt(ctx, "triage", "", "")
	check(err)
	h.v, err = s.CreateVariant(ctx, p.ID, "v", content("Sort"), "")
	check(err)
	h.mode, err = s.CreateMode(ctx, p.ID, "too long")
	check(err)
	statuses := []session.Status{
		session.StatusDone, session.StatusTruncated, session.StatusRefused, session.StatusError, session.StatusStopped, session.StatusInterrupted,
	}
	for range 2 {
		run, proofs, cells := matrix(h.v, rapid.IntRange(1, 8).Draw(t, "cells"))
		var res []session.Result
		for _, c := range cells {
			c.Contestant.Model = rapid.SampledFrom([]string{"a/x", "b/y"}).Draw(t, "model")
			if rapid.Bool().Draw(t, "other") {
				c.Contestant.RevisionID, c.Contestant.Variant.Variant = 0, "w"
			}
			c.CaseTags = rapid.SampledFrom([][]text.Raw{nil, {"easy"}, {"not easy", ","}, {"hard", "easy"}}).Draw(t, "tags")
			res = append(res, session.Result{Cell: c, Output: session.Output{
				Status: rapid.SampledFrom(statuses).Draw(t, "status"), Text: text.Raw(rapid.SampledFrom([]string{"", "red fox", "blue fox"}).Draw(t, "text")),
			}})
		}
		run, err := s.ImportRun(ctx, run, proofs, res)
		check(err)
		res, err = s.Results(ctx, run.ID)
		check(err)
		h.all = append(h.all, res...)
	}
	for _, r := range h.all {
		switch rapid.IntRange(0, 9).Draw(t, "said") {
		case 0, 1:
			n, err := s.AddNoteBy(ctx, r.Cell.ID, "anna", "green owl")
			check(err)
			if rapid.Bool().Draw(t, "mode") {
				check(s.SetNoteMode(ctx, n.ID, h.mode.ID))
			}
		case 2:
			_, err := s.Correct(ctx, r.Cell.ID, "anna", "better")
			check(err)
		case 3, 4:
			o := rapid.SampledFrom(h.all).Draw(t, "against")
			d := between(p.ID, r, o)
			d.Choice = rapid.SampledFrom([]session.Choice{session.ChoiceLeft, session.ChoiceSkip}).Draw(t, "choice")
			d.Judge = text.Raw(rapid.SampledFrom([]string{"anna", session.JudgeIdentical}).Draw(t, "judge"))
			_, err := s.AddVerdicts(ctx, []session.Verdict{d})
			check(err)
		}
	}
	if rapid.Bool().Draw(t, "mode is gone") {
		check(s.DeleteMode(ctx, h.mode.ID))
	}
	if rapid.Bool().Draw(t, "verdict is gone") {
		_, _, err := s.UndoVerdict(ctx, p.ID, "anna", session.JudgePairs)
		check(err)
	}
	h.notes, err = s.Notes(ctx, p.ID)
	check(err)
	h.correct, err = s.Corrections(ctx, p.ID)
	check(err)
	return h
}

// judged says by the rules, from what the other methods tell.
func (h *shelf) judged(t *rapid.T, id int64) bool {
	all, err := h.s.Verdicts(context.Background(), session.VerdictQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if (v.Left.CellID == id || v.Right.CellID == id) && v.Choice != session.ChoiceSkip && v.Judge != session.JudgeIdentical {
			return true
		}
	}
	return slices.ContainsFunc(h.notes, func(n session.Note) bool { return n.CellID == id }) ||
		slices.ContainsFunc(h.correct, func(k session.Correction) bool { return k.CellID == id })
}

// fits reports whether an output is one that the query chooses.
func (h *shelf) fits(t *rapid.T, q session.ReadQuery, r session.Result) bool {
	noted := func(f func(session.Note) bool) bool {
		return slices.ContainsFunc(h.notes, func(n session.Note) bool { return n.CellID == r.Cell.ID && f(n) })
	}
	said := string(r.Output.Text)
	words := func(in string) bool {
		for _, w := range strings.Fields(q.Text) {
			if !strings.Contains(in, w) {
				return false
			}
		}
		return true
	}
	broken := r.Output.Status == session.StatusStopped || r.Output.Status == session.StatusInterrupted
	switch {
	case broken && said == "",
		q.PromptID != 0 && q.PromptID != h.v.PromptID,
		q.RunID != 0 && q.RunID != r.Cell.RunID,
		q.Model != "" && q.Model != r.Cell.Contestant.Model,
		q.Variant != "" && q.Variant != r.Cell.Contestant.Variant.Variant,
		q.Status != "" && q.Status != r.Output.Status,
		q.Tag != "" && !slices.Contains(r.Cell.CaseTags, q.Tag),
		q.ModeID != 0 && !noted(func(n session.Note) bool { return n.ModeID == q.ModeID }),
		q.Noted && !noted(func(n session.Note) bool { return n.ModeID == 0 }),
		q.Unjudged && h.judged(t, r.Cell.ID),
		len(q.CellIDs) > 0 && !slices.Contains(q.CellIDs, r.Cell.ID),
		q.Text != "" && !words(said) && !noted(func(session.Note) bool { return words("green owl") }):
		return false
	}
	return true
}

func TestReadingsAreThoseThatFit(t *testing.T) {
	i, dir := 0, t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		i++
		ctx := context.Background()
		s, err := Open(ctx, filepath.Join(dir, fmt.Sprint(i)), Options{Create: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		h := newShelf(rt, s)
		for range 6 {
			q := session.ReadQuery{
				PromptID: rapid.SampledFrom([]int64{0, 1, 1, 2}).Draw(rt, "prompt"),
				RunID:    rapid.SampledFrom([]int64{0, 0, 1, 2}).Draw(rt, "run"),
				Model:    rapid.SampledFrom([]string{"", "", "a/x"}).Draw(rt, "model"),
				Variant:  rapid.SampledFrom([]string{"", "", "v", "w"}).Draw(rt, "variant"),
				Status:   rapid.SampledFrom([]session.Status{"", "", "done", "error", "stopped"}).Draw(rt, "status"),
				Tag:      text.Raw(rapid.SampledFrom([]string{"", "", "", "easy", ","}).Draw(rt, "tag")),
				ModeID:   rapid.SampledFrom([]int64{0, 0, 0, 1}).Draw(rt, "mode"),
				Unjudged: rapid.IntRange(0, 3).Draw(rt, "unjudged") == 0,
				Noted:    rapid.IntRange(0, 3).Draw(rt, "noted") == 0,
				Text:     rapid.SampledFrom([]string{"", "", "fox", "red fox", "owl", "red owl"}).Draw(rt, "text"),
			}
			if rapid.IntRange(0, 3).Draw(rt, "some") == 0 {
				q.CellIDs = []int64{1, 3, 5, 99}
			}
			var want []int64
			for _, r := range slices.Backward(h.all) {
				if h.fits(rt, q, r) {
					want = append(want, r.Cell.ID)
				}
			}
			got, total, err := s.Readings(ctx, q)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, ids(got)); diff != "" || total != len(want) {
				rt.Fatalf("%+v: %d in all\n%s", q, total, diff)
			}
			q.Limit, q.Offset = rapid.IntRange(1, 4).Draw(rt, "limit"), rapid.IntRange(0, 6).Draw(rt, "offset")
			page, total, err := s.Readings(ctx, q)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want[min(q.Offset, len(want)):min(q.Offset+q.Limit, len(want))], ids(page), cmp.Transformer("nil", func(l []int64) string { return fmt.Sprint(l) })); diff != "" || total != len(want) {
				rt.Fatalf("%+v: %d in all\n%s", q, total, diff)
			}
			// A sample is drawn of the same, what nobody judged first.
			q.Sample, q.Seed, q.Offset, q.Limit = rapid.IntRange(1, 6).Draw(rt, "sample"), rapid.Uint64().Draw(rt, "seed"), 0, 0
			drawn, total, err := s.Readings(ctx, q)
			if err != nil {
				rt.Fatal(err)
			}
			if total != min(q.Sample, len(want)) || len(drawn) != total {
				rt.Fatalf("a sample of %d of %d has %d, %d", q.Sample, len(want), len(drawn), total)
			}
			fresh, seen, began := 0, map[int64]bool{}, false
			for _, id := range want {
				if !h.judged(rt, id) {
					fresh++
				}
			}
			for n, id := range ids(drawn) {
				if seen[id] || !slices.Contains(want, id) {
					rt.Fatalf("%d is twice in the sample, or does not fit", id)
				}
				seen[id] = true
				began = began || h.judged(rt, id)
				if began != (n >= fresh) {
					rt.Fatalf("a judged one comes at %d of %d that are not", n, fresh)
				}
			}
			if again, _, _ := s.Readings(ctx, q); !slices.Equal(ids(again), ids(drawn)) {
				rt.Fatal("the same seed draws others")
			}
		}
	})
}

func TestAReadingHasWhatWasSaid(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v, run, res := answered(t, s, 3)
	mode, err := s.CreateMode(ctx, v.PromptID, "too curt")
	must(t, err)
	id := res[1].Cell.ID
	first, err := s.AddNoteBy(ctx, id, "anna", "short\x00")
	must(t, err)
	must(t, s.SetNoteMode(ctx, first.ID, mode.ID))
	second, err := s.AddNote(ctx, id, "again")
	must(t, err)
	_, err = s.Correct(ctx, id, "anna", "old")
	must(t, err)
	_, err = s.Correct(ctx, id, "ben", "other")
	must(t, err)
	mine, err := s.Correct(ctx, id, "anna", "new")
	must(t, err)
	given, err := s.AddVerdicts(ctx, []session.Verdict{between(v.PromptID, res[0], res[1]), between(v.PromptID, res[1], res[2]), between(v.PromptID, res[0], res[2])})
	must(t, err)
	got, total, err := s.Readings(ctx, session.ReadQuery{PromptID: v.PromptID, CellIDs: []int64{id}})
	must(t, err)
	first.ModeID = mode.ID
	r, err := s.Result(ctx, id)
	must(t, err)
	want := []session.Reading{{
		Result: r, PromptID: v.PromptID, Run: run.Name(), Recorded: true, Notes: []session.Note{first, second},
		Verdicts: []session.Verdict{given[1], given[0]}, Correction: &mine,
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(session.Order{})); diff != "" || total != 1 {
		t.Error(diff, total)
	}
	if st := got[0].Standing(); st.Won != 1 || st.Lost != 1 || !st.Corrected {
		t.Errorf("%+v", st)
	}
	if first.By != "anna" || second.By != "" {
		t.Errorf("%+v", first)
	}
	if run.Author != "typist" {
		t.Errorf("%+v", run)
	}
	runs, err := s.Runs(ctx, v.PromptID)
	if err != nil || len(runs) != 1 || runs[0].Author != "typist" {
		t.Errorf("%+v, %v", runs, err)
	}
	must(t, s.DeleteRun(ctx, run.ID))
	if got, total, err := s.Readings(ctx, session.ReadQuery{}); err != nil || total != 0 || len(got) != 0 {
		t.Errorf("outputs of a deleted run are read: %v, %v", got, err)
	}
}

// What is said while one reads leaves the draw of the day as it was.
func TestASampleStaysWhileOneReads(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, Now: clock.now})
	v, _, res := answered(t, s, 30)
	_, err := s.AddNote(ctx, res[3].Cell.ID, "yesterday")
	must(t, err)
	clock.advance(1000)
	q := session.ReadQuery{PromptID: v.PromptID, Sample: 10, Seed: 7, AsOfMS: clock.now()}
	draw := func(q session.ReadQuery) []int64 {
		got, _, err := s.Readings(ctx, q)
		must(t, err)
		return ids(got)
	}
	before := draw(q)
	if slices.Contains(before, res[3].Cell.ID) {
		t.Error("what was judged yesterday is drawn before what nobody judged")
	}
	_, err = s.AddNote(ctx, before[0], "now")
	must(t, err)
	_, err = s.Label(ctx, session.Verdict{PromptID: v.PromptID, Judge: "a", Mode: session.JudgePassFail, Choice: session.ChoicePass, Take: 1, Left: session.Side{CellID: before[4]}})
	must(t, err)
	_, err = s.Correct(ctx, before[7], "a", "x")
	must(t, err)
	if after := draw(q); !slices.Equal(before, after) {
		t.Errorf("%v became %v", before, after)
	}
	q.AsOfMS = 0
	var left []int64
	for i, id := range before {
		if i != 0 && i != 4 && i != 7 {
			left = append(left, id)
		}
	}
	if after := draw(q); !slices.Equal(left, after[:7]) { // the others keep their order
		t.Errorf("%v: %v", left, after)
	}
	q.Seed = 8
	if slices.Equal(draw(q)[:7], left) {
		t.Error("another seed draws the same")
	}
	q.Sample, q.Offset, q.Limit = 10, 8, 5
	if got, total, err := s.Readings(ctx, q); err != nil || len(got) != 2 || total != 10 {
		t.Errorf("%d of %d, %v", len(got), total, err)
	}
}

// Every output is drawn about as often as any other.
func TestASampleIsFair(t *testing.T) {
	s := create(t)
	v, _, res := answered(t, s, 20)
	const draws = 2000
	count := map[int64]int{}
	for seed := range uint64(draws) {
		got, err := s.sample(t.Context(), session.ReadQuery{PromptID: v.PromptID, Sample: 5, Seed: seed})
		must(t, err)
		for _, id := range got {
			count[id]++
		}
	}
	for _, r := range res { // 500 expected, a standard deviation of 19.4; five of them either way
		if n := count[r.Cell.ID]; n < 403 || n > 597 {
			t.Errorf("output %d was drawn %d times", r.Cell.ID, n)
		}
	}
}

func TestLatestResults(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort")
	cases, err := s.CreateCases(ctx, v.PromptID, []session.Case{{Name: "a"}, {Name: "b"}})
	must(t, err)
	add := func(model string, statuses ...session.Status) session.Run {
		run, proofs, cells := matrix(v, len(statuses))
		var res []session.Result
		for i, c := range cells {
			k := cases[i/2%2]
			c.CaseID, c.CaseName, c.Take, c.Contestant.Model = k.ID, k.Name, 1+i%2, model
			res = append(res, session.Result{Cell: c, Output: session.Output{Status: statuses[i], Text: "x"}})
		}
		run, err := s.ImportRun(ctx, run, proofs, res)
		must(t, err)
		return run
	}
	done, stopped, failed := session.StatusDone, session.StatusStopped, session.StatusError
	add("m/1", done, done, done, done)
	second := add("m/1", done, failed, stopped)
	add("m/2", done)
	one := session.Contestant{RevisionID: v.Revision.ID, Variant: v.Ref(), Model: "m/1"}
	byName := session.Contestant{Variant: v.Ref(), Model: "m/2"}
	see := func(c ...session.Contestant) (out []string) {
		got, err := s.LatestResults(ctx, v.PromptID, c)
		must(t, err)
		for _, r := range got {
			out = append(out, fmt.Sprintf("r%d %s %s %d %s", r.Cell.RunID, r.Cell.Contestant.Model, r.Cell.CaseName, r.Cell.Take, r.Output.Status))
		}
		return out
	}
	want := []string{"r2 m/1 a 1 done", "r2 m/1 a 2 error", "r1 m/1 b 1 done", "r1 m/1 b 2 done", "r3 m/2 a 1 done"}
	if diff := cmp.Diff(want, see(one, byName)); diff != "" {
		t.Error(diff)
	}
	must(t, s.DeleteRun(ctx, second.ID))
	want[0], want[1] = "r1 m/1 a 1 done", "r1 m/1 a 2 done"
	if diff := cmp.Diff(want[:4], see(one)); diff != "" {
		t.Error(diff)
	}
	byName.Variant.Revision = 9
	if got := see(byName); got != nil {
		t.Error(got)
	}
	got, err := s.ResultsOf(ctx, []int64{3, 1, 99, 3})
	if err != nil || len(got) != 3 || got[0].Cell.ID != 3 || got[1].Cell.ID != 1 || got[2].Cell.ID != 3 {
		t.Error(got, err)
	}
}
