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
		check(err)
		for _, c := range cases {
			fmt.Fprintf(&b, "  case %s %q %v %q %s\n", string(c.Name), c.Vars, c.Wanted == nil, c.Tags, c.Split)
		}
		shots, err := s.Shots(ctx, p.ID)
		check(err)
		for _, x := range shots {
			fmt.Fprintf(&b, "  shot %s %q %q %v\n", string(x.Name), string(x.Input), string(x.Output), x.Off)
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
		fmt.Fprintf(&b, "note %d %q\n", n.CellID, string(n.Text))
	}
	return b.String()
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
	what := rapid.IntRange(0, 18).Draw(t, "deed")
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
	shots, _ := s.Shots(ctx, p.ID)
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
