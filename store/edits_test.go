package store

import (
	"context"
	"errors"
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

// state is everything that a person sees and an undo must bring back.
func state(t interface{ Fatal(...any) }, s *Store) string {
	var b strings.Builder
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	prompts, err := s.Prompts(ctx)
	check(err)
	for _, p := range prompts {
		fmt.Fprintf(&b, "%s %q %q %d\n", string(p.Name), string(p.Guideline), string(p.Note), p.UpdatedMS)
		variants, err := s.Variants(ctx, p.ID)
		check(err)
		for _, v := range variants {
			fmt.Fprintf(&b, "  variant %s@%d %s %d\n", string(v.Name), v.Head, v.Revision.Content.JSON(), v.UpdatedMS)
		}
		cases, err := s.Cases(ctx, p.ID)
		if unbound := (*Unbound)(nil); !errors.As(err, &unbound) {
			check(err)
		}
		for _, c := range cases {
			fmt.Fprintf(&b, "  case %s %q %v %q %s\n", string(c.Name), c.Vars, c.Wanted == nil, c.Tags, c.Split)
		}
		shots, err := s.Shots(ctx, p.ID)
		check(err)
		for _, x := range shots {
			fmt.Fprintf(&b, "  shot %s %q %q %v %v %q\n", string(x.Name), string(x.Input), string(x.Output), x.Off, x.Calls, x.Pin)
		}
		resources, err := s.Resources(ctx, p.ID)
		check(err)
		for _, x := range resources {
			fmt.Fprintf(&b, "  resource %s %q %d %q %q %v\n", string(x.Name), string(x.Source), x.Place, string(x.Text), x.Tags, x.Off)
		}
		for _, v := range variants {
			interns, err := s.InternsOf(ctx, v.ID)
			check(err)
			for _, x := range interns {
				fmt.Fprintf(&b, "  intern %d %d %q\n", x.RevisionID, x.Question, string(x.Text))
			}
		}
		silences, err := s.Silences(ctx, p.ID)
		check(err)
		for _, x := range silences {
			fmt.Fprintf(&b, "  silence %s %q %q\n", x.Rule, string(x.Quote), string(x.Reason))
		}
		marks, err := s.Relevances(ctx, p.ID)
		check(err)
		for _, x := range marks {
			fmt.Fprintf(&b, "  mark %d %s %d\n", x.CaseID, x.Hash, x.Grade)
		}
		bindings, err := s.Bindings(ctx, p.ID)
		check(err)
		for _, x := range bindings {
			fmt.Fprintf(&b, "  binding %q %d %d %d\n", string(x.Var), x.FromID, x.RunID, x.Take)
		}
	}
	runs, err := s.Runs(ctx, 0)
	check(err)
	for _, r := range runs {
		fmt.Fprintf(&b, "%s %d\n", r.Name(), r.Cells)
	}
	notes, err := s.Notes(ctx, 0)
	check(err)
	for _, n := range notes {
		fmt.Fprintf(&b, "note %d %q %q %d\n", n.CellID, string(n.Text), string(n.By), n.ModeID)
	}
	modes, err := s.Modes(ctx, 0)
	check(err)
	for _, m := range modes {
		fmt.Fprintf(&b, "mode %d %q %d\n", m.PromptID, string(m.Name), m.Notes)
	}
	corrections, err := s.Corrections(ctx, 0)
	check(err)
	for _, k := range corrections {
		fmt.Fprintf(&b, "correction %d %q %q\n", k.CellID, string(k.Judge), string(k.Text))
	}
	verdicts, err := s.Verdicts(ctx, session.VerdictQuery{})
	check(err)
	for _, v := range verdicts {
		fmt.Fprintf(&b, "verdict %d %q %s %q\n", v.PromptID, string(v.Judge), v.Choice, string(v.Reason))
	}
	suites, err := s.Suites(ctx, 0)
	check(err)
	for _, x := range suites {
		fmt.Fprintf(&b, "suite %d %q %q %v %v %d\n", x.PromptID, string(x.Name), string(x.Note), x.CaseIDs, deref(x.Threshold), x.UpdatedMS)
		for _, a := range x.Assertions {
			fmt.Fprintf(&b, "  %d %s %v %g %q %v %q\n", a.CaseID, a.Kind, a.Not, a.Weight, string(a.Value), deref(a.Min), string(a.CaseName))
		}
	}
	return b.String()
}

func deref(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

// found is what a search for a word that is in everything finds.
func searchable(t interface{ Fatal(...any) }, s *Store) string {
	hits, err := s.Search(context.Background(), "zebra", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprint(h.Noun, h.ID, string(h.Name)))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// deed makes one random change and reports whether it was an edit.
func deed(t *rapid.T, s *Store) error {
	ctx := context.Background()
	words := text.Raw("zebra " + rapid.StringMatching(`[a-zé\x00<{"']{0,6}`).Draw(t, "words"))
	name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "name")
	prompts, err := s.Prompts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	what := rapid.IntRange(0, 40).Draw(t, "deed")
	if what == 0 || len(prompts) == 0 {
		_, err := s.CreatePrompt(ctx, name, words, "")
		return err
	}
	p := rapid.SampledFrom(prompts).Draw(t, "prompt")
	variants, err := s.Variants(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := s.Cases(ctx, p.ID)
	cases = slices.DeleteFunc(cases, func(c session.Case) bool { return c.ID == 0 })
	shots, _ := s.Shots(ctx, p.ID)
	if what > 30 {
		return materialDeed(t, s, what, p, variants, cases, name, words)
	}
	if what > 18 {
		return judgment(t, s, what, p, cases, name, words)
	}
	switch {
	case what == 1:
		return s.RenamePrompt(ctx, p.ID, name)
	case what == 2:
		return s.DeletePrompt(ctx, p.ID)
	case what == 3:
		_, err := s.CopyPrompt(ctx, p.ID, name)
		return err
	case what == 4:
		return s.SetGuideline(ctx, p.ID, words)
	case what == 5:
		return s.SetPromptNote(ctx, p.ID, words)
	case what == 6 || len(variants) == 0:
		_, err := s.CreateVariant(ctx, p.ID, name, content(string(words)), words)
		return err
	case what <= 10:
		v := rapid.SampledFrom(variants).Draw(t, "variant")
		switch what {
		case 7:
			return s.RenameVariant(ctx, v.ID, name)
		case 8:
			return s.DeleteVariant(ctx, v.ID)
		case 9:
			_, err := s.CopyVariant(ctx, v.ID, name)
			return err
		}
		_, _, err := s.Save(ctx, v.ID, v.Revision.ID, content(string(words)), words)
		return err
	case what == 11 || len(cases) == 0:
		_, err := s.CreateCases(ctx, p.ID, []session.Case{{Vars: []session.Var{{Name: "x", Value: words}}}, {Wanted: &words}})
		return err
	case what == 12 || len(shots) == 0:
		_, err := s.CreateShots(ctx, p.ID, []session.Shot{{Input: words, Output: "o"}})
		return err
	case what <= 15:
		c := rapid.SampledFrom(cases).Draw(t, "case")
		switch what {
		case 13:
			return s.DeleteCase(ctx, c.ID)
		case 14:
			return s.RenameCase(ctx, c.ID, name)
		}
		c.Wanted, c.Tags, c.Split = &words, []text.Raw{words}, session.SplitHoldout
		return s.UpdateCase(ctx, c)
	case what == 16:
		x := rapid.SampledFrom(shots).Draw(t, "shot")
		x.Off, x.Output = !x.Off, words
		return s.UpdateShot(ctx, x)
	case what == 17:
		return s.DeleteShot(ctx, rapid.SampledFrom(shots).Draw(t, "shot").ID)
	}
	run, err := s.ImportRun(ctx, session.Run{PromptID: p.ID, Prompt: p.Name}, nil, []session.Result{{
		Cell:   session.Cell{Take: 1, CaseName: "c", Contestant: session.Contestant{Model: "m"}},
		Output: session.Output{Status: session.StatusDone, Text: words},
	}})
	if err != nil {
		return err
	}
	res, err := s.Results(ctx, run.ID)
	if err == nil {
		_, err = s.AddNote(ctx, res[0].Cell.ID, words)
	}
	return err
}

// judgment is a random deed of judging, reading or asserting.
func judgment(t *rapid.T, s *Store, what int, p session.PromptInfo, cases []session.Case, name string, words text.Raw) error {
	ctx := context.Background()
	readings, _, err := s.Readings(ctx, session.ReadQuery{PromptID: p.ID})
	if err != nil {
		t.Fatal(err)
	}
	cell := int64(0)
	if len(readings) > 0 {
		cell = rapid.SampledFrom(readings).Draw(t, "cell").Cell.ID
	}
	suites, _ := s.Suites(ctx, p.ID)
	modes, _ := s.Modes(ctx, p.ID)
	notes, _ := s.Notes(ctx, p.ID)
	half := rapid.SampledFrom([]float64{0, 0.5, 1, 2, 1e300}).Draw(t, "number")
	judge := text.Raw(rapid.SampledFrom([]string{"anna", "ben"}).Draw(t, "judge"))
	pass := session.Verdict{
		PromptID: p.ID, Judge: judge, Mode: session.JudgePassFail, Take: 1, Choice: session.ChoicePass, Reason: words, Left: session.Side{CellID: cell},
	}
	assertion := session.Assertion{Kind: session.AssertIContains, Value: words, Weight: half, Min: &half}
	if len(cases) > 0 {
		assertion.CaseID = cases[0].ID
	}
	switch {
	case what == 19 || cell == 0 && what <= 22:
		n := rapid.IntRange(1, 3).Draw(t, "verdicts")
		_, err = s.AddVerdicts(ctx, judgments(p.ID, n))
	case what == 20:
		_, _, err = s.UndoVerdict(ctx, p.ID, judge, session.JudgePassFail)
	case what == 21:
		_, err = s.Label(ctx, pass)
	case what == 22:
		_, err = s.Correct(ctx, cell, judge, words)
	case what == 23 || len(modes) == 0 && what <= 26:
		_, err = s.CreateMode(ctx, p.ID, "zebra "+name)
	case what == 24:
		err = s.RenameMode(ctx, rapid.SampledFrom(modes).Draw(t, "mode").ID, "zebra of "+name)
	case what == 25:
		err = s.DeleteMode(ctx, rapid.SampledFrom(modes).Draw(t, "mode").ID)
	case what == 26 && len(notes) > 0:
		err = s.SetNoteMode(ctx, rapid.SampledFrom(notes).Draw(t, "note").ID, rapid.SampledFrom(modes).Draw(t, "mode").ID)
	case what == 27 || len(suites) == 0:
		_, err = s.CreateSuite(ctx, p.ID, name, words)
	default:
		x := rapid.SampledFrom(suites).Draw(t, "suite")
		switch {
		case what == 28 && len(x.Assertions) > 0:
			if rapid.Bool().Draw(t, "delete") {
				return s.DeleteAssertion(ctx, x.Assertions[0].ID)
			}
			assertion.ID, assertion.Not = x.Assertions[0].ID, true
			return s.UpdateAssertion(ctx, assertion)
		case what == 29:
			x.Note, x.Threshold, x.CaseIDs = words, &half, nil
			for _, c := range cases {
				x.CaseIDs = append(x.CaseIDs, c.ID)
			}
			return s.SetSuite(ctx, x)
		case what == 30 && rapid.Bool().Draw(t, "whole"):
			if rapid.Bool().Draw(t, "delete") {
				return s.DeleteSuite(ctx, x.ID)
			}
			return s.RenameSuite(ctx, x.ID, name)
		}
		_, err = s.AddAssertions(ctx, x.ID, []session.Assertion{assertion, {Kind: session.AssertIsJSON, Weight: 1}})
	}
	return err
}

// The model of undo is a list of states and a place in it.
func TestUndoIsReplay(t *testing.T) {
	clock := newClock()
	i := 0
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		i++
		s, err := Open(context.Background(), filepath.Join(dir, fmt.Sprint(i)), Options{Create: true, Now: clock.now})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		type moment struct{ seen, found string }
		look := func() moment { return moment{state(rt, s), searchable(rt, s)} }
		past := []moment{look()} // by the number of edits in force
		var future []moment      // undone, the next to redo last
		entries := 0
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			clock.advance(1000)
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				n := rapid.IntRange(1, 3).Draw(rt, "n")
				done, err := s.Undo(context.Background(), n)
				if err != nil {
					rt.Fatal(err)
				}
				if want := min(n, len(past)-1); len(done) != want {
					rt.Fatalf("undid %d edits, want %d", len(done), want)
				}
				for range done {
					future = append(future, past[len(past)-1])
					past = past[:len(past)-1]
				}
				entries += len(done)
			case 1:
				n := rapid.IntRange(1, 3).Draw(rt, "n")
				done, err := s.Redo(context.Background(), n)
				if err != nil {
					rt.Fatal(err)
				}
				if want := min(n, len(future)); len(done) != want {
					rt.Fatalf("redid %d edits, want %d", len(done), want)
				}
				for range done {
					past = append(past, future[len(future)-1])
					future = future[:len(future)-1]
				}
				entries += len(done)
			default:
				before := len(history(rt, s))
				if err := deed(rt, s); err != nil {
					var e *Exists
					var n *NotFound
					if !errors.As(err, &e) && !errors.As(err, &n) {
						rt.Fatal(err)
					}
				}
				made := len(history(rt, s)) - before
				entries += made
				if made > 0 {
					future = nil
				}
				if made == 2 { // a run and its note: the state between is not in the model
					if _, err := s.Undo(context.Background(), 1); err != nil {
						rt.Fatal(err)
					}
					past = append(past, look())
					if _, err := s.Redo(context.Background(), 1); err != nil {
						rt.Fatal(err)
					}
					entries += 2
				}
				if made > 0 {
					past = append(past, look())
				}
			}
			if diff := cmp.Diff(past[len(past)-1], look(), cmp.AllowUnexported(moment{})); diff != "" {
				rt.Fatalf("the state is not that of the model (-want +got):\n%s", diff)
			}
			if got := len(history(rt, s)); got != entries {
				rt.Fatalf("the log has %d entries, want %d: it must only grow", got, entries)
			}
		}
	})
}

func history(t interface{ Fatal(...any) }, s *Store) []session.Edit {
	h, err := s.History(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestUndoRefusesWhatTheLogDoesNotKnow(t *testing.T) {
	s := create(t)
	p := prompt(t, s, "triage")
	must(t, s.RenamePrompt(t.Context(), p.ID, "sorting"))
	// Another program writes to the row behind our back.
	if _, err := s.write.Exec(`UPDATE prompts SET name = 'other'`); err != nil {
		t.Fatal(err)
	}
	var c *Changed
	if _, err := s.Undo(t.Context(), 2); !errors.As(err, &c) {
		t.Errorf("undo over a strange row: %v", err)
	}
	if got, err := s.Prompt(t.Context(), "other"); err != nil || got.ID != p.ID {
		t.Errorf("something was undone: %v, %v", got, err)
	}
}

func TestUndoBelievesOnlyItsColumns(t *testing.T) {
	for _, changes := range []string{
		`[{"t":"runs","id":1,"b":{"state":"done"},"a":{"state":"running"}}]`,
		`[{"t":"verdicts","id":1,"b":{"choice":"left"},"a":{"choice":"right"}}]`,
		`[{"t":"verdicts","id":1,"b":{"judge":"x"},"a":{"judge":"y"}}]`,
		`[{"t":"verdicts","id":1,"b":{"known":0},"a":{"known":1}}]`,
		`[{"t":"notes","id":1,"b":{"text":"x"},"a":{"text":"y"}}]`,
		`[{"t":"corrections","id":1,"b":{"text":"x"},"a":{"text":"y"}}]`,
		`[{"t":"assertions","id":1,"b":{"suite_id":1},"a":{"suite_id":2}}]`,
		`[{"t":"suites","id":1,"b":{"prompt_id":1},"a":{"prompt_id":2}}]`,
		`[{"t":"checks","id":1,"b":{"passed":1},"a":{"passed":2}}]`,
		`[{"t":"reveals","id":1,"b":{"judge":"x"},"a":{"judge":"y"}}]`,
		`[{"t":"sqlite_schema","id":1,"b":{"sql":"x"},"a":{"sql":"y"}}]`,
		`[{"t":"prompts","id":1,"b":{"name=name, uid":"x"},"a":{"name=name, uid":"y"}}]`,
		`not JSON`,
	} {
		s := create(t)
		prompt(t, s, "triage")
		if _, err := s.write.Exec(`INSERT INTO edits (uid, at_ms, verb, noun, name, changes) VALUES ('u', 1, 'set', 'prompt', 'triage', ?)`, changes); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Undo(t.Context(), 1); err == nil {
			t.Errorf("an edit from elsewhere was obeyed: %s", changes)
		}
		if _, err := s.Prompt(t.Context(), "triage"); err != nil {
			t.Error(err)
		}
	}
}

func TestHistorySaysWhatWasDone(t *testing.T) {
	s := create(t)
	ctx := t.Context()
	p := prompt(t, s, "triage")
	must(t, s.RenamePrompt(ctx, p.ID, "sorting"))
	undone, err := s.Undo(ctx, 1)
	must(t, err)
	if len(undone) != 1 || undone[0].Verb != "rename" || undone[0].Name != "triage" || !undone[0].Undone {
		t.Errorf("undone: %+v", undone)
	}
	h := history(t, s)
	if len(h) != 3 || h[0].Verb != "undo" || h[0].Undoes != h[1].ID || !h[1].Undone || h[2].Undone {
		t.Errorf("history: %+v", h)
	}
	redone, err := s.Redo(ctx, 5)
	must(t, err)
	if len(redone) != 1 || redone[0].Verb != "rename" {
		t.Errorf("redone: %+v", redone)
	}
	if h := history(t, s); len(h) != 4 || h[0].Verb != "redo" || h[2].Undone {
		t.Errorf("history: %+v", h)
	}
	if some, err := s.History(ctx, 2); err != nil || len(some) != 2 {
		t.Errorf("the last two: %v, %v", some, err)
	}
	// What changes nothing leaves no entry.
	must(t, s.RenamePrompt(ctx, p.ID, "sorting"))
	must(t, s.SetPromptNote(ctx, p.ID, ""))
	if h := history(t, s); len(h) != 4 {
		t.Errorf("history: %+v", h)
	}
}
