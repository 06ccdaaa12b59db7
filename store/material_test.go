package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// What undo takes back is what was done to resources, bindings, marks and answers,
// and redo does it again, whatever came between.
func TestUndoOfMaterial(t *testing.T) {
	clock := newClock()
	i, dir := 0, t.TempDir()
	bindings := 0
	names := []string{"facts", "summary", "title"}
	begin := fed(t, names)
	rapid.Check(t, func(rt *rapid.T) {
		i++
		ctx := context.Background()
		path := filepath.Join(dir, fmt.Sprint(i))
		must(t, os.WriteFile(path, begin, 0o600))
		s, err := Open(ctx, path, Options{Now: clock.now})
		must(t, err)
		defer s.Close()
		look := func() string { return state(rt, s) + searchable(rt, s) }
		past, future := []string{look()}, []string(nil)
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			clock.advance(1000)
			switch what := rapid.SampledFrom([]int{-1, -1, -1, 0, 0, 31, 33, 34, 35, 36, 37, 38, 39, 40, 40, 40}).Draw(rt, "what"); {
			case what < 0 && len(past) > 1:
				_, err := s.Undo(ctx, 1)
				must(t, err)
				future = append(future, past[len(past)-1])
				past = past[:len(past)-1]
			case what == 0 && len(future) > 0:
				_, err := s.Redo(ctx, 1)
				must(t, err)
				past = append(past, future[len(future)-1])
				future = future[:len(future)-1]
			case what > 0:
				before := len(history(rt, s))
				p, err := s.Prompt(ctx, rapid.SampledFrom(names).Draw(rt, "prompt"))
				must(t, err)
				variants, err := s.Variants(ctx, p.ID)
				must(t, err)
				own, err := ownCases(ctx, s.read, p.ID)
				must(t, err)
				name := rapid.SampledFrom([]string{"a", "b", "x"}).Draw(rt, "name")
				err = materialDeed(rt, s, what, p, variants, own, name, "zebra "+text.Raw(rapid.StringMatching(`[a-z\x00<]{0,3}`).Draw(rt, "words")))
				if e := (*Exists)(nil); err != nil && !errors.As(err, &e) {
					rt.Fatal(err)
				}
				if what == 40 && err == nil {
					bindings++
				}
				if len(history(rt, s)) > before {
					past, future = append(past, look()), nil
				}
			}
			if now := look(); now != past[len(past)-1] {
				rt.Fatalf("the state is\n%s\nwant\n%s", now, past[len(past)-1])
			}
		}
	})
	if bindings == 0 {
		t.Error("nothing was ever bound")
	}
}

// fed is a file with prompts that each have a case, resources and an imported run.
func fed(t *testing.T, names []string) []byte {
	t.Helper()
	ctx := t.Context()
	s := create(t)
	for _, n := range names {
		p := prompt(t, s, n)
		variant(t, s, p, "v", "Sort {{x}}")
		_, err := s.CreateCases(ctx, p.ID, []session.Case{{Name: "c", Vars: []session.Var{{Name: "x", Value: "1"}}}})
		must(t, err)
		_, err = s.ReplaceResources(ctx, p.ID, "a", []session.Resource{{Place: 1, Text: "zebra"}, {Place: 2, Text: "lion"}})
		must(t, err)
		_, err = s.ImportRun(ctx, session.Run{PromptID: p.ID, Prompt: p.Name}, nil, []session.Result{
			{Cell: session.Cell{Take: 1, CaseName: "c", Contestant: session.Contestant{Model: "m"}}, Output: saying("of " + p.Name)},
			{Cell: session.Cell{Index: 1, Take: 2, CaseName: "d", Contestant: session.Contestant{Model: "m"}}, Output: saying("and " + p.Name)},
		})
		must(t, err)
	}
	_, err := s.write.ExecContext(ctx, `DELETE FROM edits`) // what is undone begins here
	must(t, err)
	closed(t, s)
	data, err := os.ReadFile(s.Path())
	must(t, err)
	return data
}

// materialDeed is a random deed on what prompts are made of.
func materialDeed(t *rapid.T, s *Store, what int, p session.PromptInfo, variants []session.VariantInfo, cases []session.Case, name string, words text.Raw) error {
	ctx := context.Background()
	resources, err := s.Resources(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case what <= 32 || len(resources) == 0:
		var list []session.Resource
		for i := range rapid.IntRange(0, 3).Draw(t, "pieces") {
			list = append(list, session.Resource{Place: i + 1, Text: words + text.Raw(fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "text"))), Tags: []text.Raw{words}})
		}
		_, err := s.ReplaceResources(ctx, p.ID, text.Raw(name), list)
		return err
	case what <= 34:
		r := rapid.SampledFrom(resources).Draw(t, "resource")
		if what == 33 {
			return s.RenameResource(ctx, r.ID, name)
		}
		r.Off, r.Text = !r.Off, words
		return s.UpdateResources(ctx, []session.Resource{r})
	case what == 35:
		return s.DeleteResources(ctx, []int64{rapid.SampledFrom(resources).Draw(t, "resource").ID})
	case what == 36:
		_, err := s.PutSilence(ctx, session.Silence{PromptID: p.ID, Rule: name, Quote: "q", Reason: words})
		return err
	case what == 37 && len(variants) > 0:
		words = rapid.SampledFrom([]text.Raw{"", words}).Draw(t, "answer")
		return s.PutIntern(ctx, session.InternAnswer{RevisionID: variants[0].Revision.ID, Question: rapid.IntRange(1, 4).Draw(t, "question"), Text: words})
	case what == 38 && len(cases) > 0:
		return s.PutRelevance(ctx, session.Relevance{CaseID: cases[0].ID, Hash: resources[0].Hash, Grade: rapid.IntRange(-1, 3).Draw(t, "grade")})
	case what == 39:
		list, err := s.Bindings(ctx, p.ID)
		if err != nil || len(list) == 0 {
			return err
		}
		return s.DeleteBinding(ctx, list[0].ID)
	}
	runs, err := s.Runs(ctx, 0)
	if err != nil || len(runs) == 0 {
		return err
	}
	run := rapid.SampledFrom(runs).Draw(t, "run")
	_, err = s.PutBinding(ctx, session.Binding{PromptID: p.ID, Var: text.Raw(name), FromID: run.PromptID, RunID: run.ID, Contestant: session.Contestant{Model: "m"}})
	if c := (*Cycle)(nil); errors.As(err, &c) {
		return nil
	}
	return err
}
