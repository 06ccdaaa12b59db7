package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"galley/tui/suite"
)

// TestSourcesNewestFirst wants what was judged last on top: one comes to propose
// from it.
func TestSourcesNewestFirst(t *testing.T) {
	d := sampleDesk(t)
	ctx := context.Background()
	p, err := d.store.Prompt(ctx, "reply")
	if err != nil {
		t.Fatal(err)
	}
	before, err := d.sources(ctx, p.ID)
	if err != nil || len(before) < 3 {
		t.Fatal(len(before), err)
	}
	runs, err := d.store.Runs(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	results, err := d.store.ResultsPage(ctx, runs[0].ID, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Millisecond)
	if _, err := d.store.Correct(ctx, results[0].Cell.ID, "ann", "You will have it on Friday."); err != nil {
		t.Fatal(err)
	}
	all, err := d.sources(ctx, p.ID)
	if err != nil || len(all) != len(before)+1 {
		t.Fatal(len(all), err)
	}
	if all[0].Kind != "correction" {
		t.Fatalf("%s %s stands before what was said last", all[0].Kind, all[0].Label)
	}
	if !slices.IsSortedFunc(all, func(a, b suite.Source) int { return int(b.AtMS - a.AtMS) }) {
		t.Fatalf("%+v", all)
	}
}

// TestShortest writes a path as CI will see it: from the folder one is in, where it
// lies below that.
func TestShortest(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"evals/reply":                         "evals/reply",
		"./evals/../evals/reply":              "evals/reply",
		filepath.Join(here, "evals", "reply"): "evals/reply",
		filepath.Join(here, "..", "other"):    filepath.Join(filepath.Dir(here), "other"),
		"/elsewhere/reply":                    "/elsewhere/reply",
		"..a":                                 "..a",
	} {
		if got := shortest(filepath.FromSlash(in)); got != filepath.FromSlash(want) {
			t.Errorf("%s is written %s, want %s", in, got, want)
		}
	}
}
