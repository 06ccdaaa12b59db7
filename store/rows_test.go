package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

// Many rows are changed as one edit, and one undo takes all of it back.
func TestManyRowsAreOneEdit(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	cases, err := s.CreateCases(ctx, p.ID, make([]session.Case, 40))
	must(t, err)
	shots, err := s.CreateShots(ctx, p.ID, make([]session.Shot, 7))
	must(t, err)
	before := state(t, s)
	for i := range cases {
		cases[i].Tags, cases[i].Split = []text.Raw{"hard"}, session.SplitHoldout
	}
	must(t, s.UpdateCases(ctx, cases))
	for i := range shots {
		shots[i].Off = i > 0 // the first stays as it is
	}
	must(t, s.UpdateShots(ctx, shots))
	must(t, s.UpdateCases(ctx, cases)) // changes nothing
	must(t, s.UpdateShots(ctx, nil))
	log, err := s.History(ctx, 2)
	must(t, err)
	if len(log) != 2 || log[0].Verb != "edit" || log[0].Noun != "shot" || log[0].Name != "triage" || log[0].Detail != "6 shots" || log[1].Detail != "40 cases" {
		t.Errorf("%+v", log)
	}
	after := state(t, s)
	if n := strings.Count(after, "holdout"); n != 40 {
		t.Errorf("%d of 40 are held out", n)
	}
	if _, err := s.Undo(ctx, 2); err != nil || state(t, s) != before {
		t.Errorf("%v\n%s", err, state(t, s))
	}
	if _, err := s.Redo(ctx, 2); err != nil || state(t, s) != after {
		t.Errorf("%v\n%s", err, state(t, s))
	}
	cases[3].Split = "spare"
	cases[2].Tags = nil
	if err := s.UpdateCases(ctx, cases); RowOf(err) != 3 || state(t, s) != after {
		t.Errorf("row %d: %v", RowOf(err), err)
	}
	shots[5].ID = 999
	if err := s.UpdateShots(ctx, shots); RowOf(err) != 5 || state(t, s) != after {
		t.Errorf("row %d: %v", RowOf(err), err)
	}
}

// A row that is not taken says which it is; trouble that is no row's says -1.
func TestRowErrors(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort {{x}}")
	named := func(names ...string) (cases []session.Case, shots []session.Shot) {
		for _, n := range names {
			cases = append(cases, session.Case{Name: text.Raw(n)})
			shots = append(shots, session.Shot{Name: text.Raw(n)})
		}
		return cases, shots
	}
	taken, _ := named("a")
	_, err := s.CreateCases(ctx, v.PromptID, taken)
	must(t, err)
	for _, names := range [][]string{{"x", "y", "x"}, {"x", "y", "no good"}, {"x", "y", "\xff"}} {
		cases, shots := named(names...)
		_, err := s.CreateCases(ctx, v.PromptID, cases)
		_, err2 := s.CreateShots(ctx, v.PromptID, shots)
		if RowOf(err) != 2 || RowOf(err2) != 2 || err.Error() == "" {
			t.Errorf("%q: %v, %v", names, err, err2)
		}
	}
	cases, _ := named("x", "a")
	var exists *Exists
	if _, err := s.CreateCases(ctx, v.PromptID, cases); RowOf(err) != 1 || !errors.As(err, &exists) || err.Error() != exists.Error() {
		t.Error(err)
	}
	if _, err := s.CreateCases(ctx, 999, cases); err == nil || RowOf(err) != -1 {
		t.Error(err)
	}
	_, proofs, cells := matrix(v, 3)
	var res []session.Result
	for _, c := range cells {
		res = append(res, session.Result{Cell: c, Output: session.Output{Status: session.StatusDone}})
	}
	res[1].Output.Status = session.StatusRunning
	if _, err := s.ImportRun(ctx, session.Run{PromptID: v.PromptID, Prompt: v.Prompt}, proofs, res); RowOf(err) != 1 {
		t.Errorf("row %d: %v", RowOf(err), err)
	}
	if RowOf(nil) != -1 || RowOf(fmt.Errorf("in a file: %w", &RowError{0, ErrClosed})) != 0 {
		t.Error("RowOf")
	}
	s.Close()
	if _, err := s.CreateCases(ctx, v.PromptID, cases); err == nil || RowOf(err) != -1 {
		t.Error(err)
	}
}
