package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
)

// BenchmarkOpen opens a workspace with 10,000 outputs and reads what the first
// screen shows.
func BenchmarkOpen(b *testing.B) {
	s := create(b)
	v := variant(b, s, prompt(b, s, "triage"), "v", "Sort")
	run, proofs, cells := matrix(v, 10_000)
	res := make([]session.Result, len(cells))
	for i, c := range cells {
		res[i] = session.Result{Cell: c, Output: session.Output{Status: session.StatusDone, Text: text.Raw(strings.Repeat("some words ", 30))}}
	}
	_, err := s.ImportRun(b.Context(), run, proofs, res)
	must(b, err)
	path := s.Path()
	closed(b, s)
	for b.Loop() {
		s, err := Open(b.Context(), path, Options{})
		must(b, err)
		_, err = s.Prompts(b.Context())
		must(b, err)
		_, err = s.Variants(b.Context(), v.PromptID)
		must(b, err)
		_, err = s.Runs(b.Context(), 0)
		must(b, err)
		closed(b, s)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(bareOpen(b, path, b.N)), "x-bare")
}

// bareOpen is how long it takes to open the file n times with the bare driver and
// to count the outputs.
func bareOpen(b *testing.B, path string, n int) time.Duration {
	begin := time.Now()
	for range n {
		db, err := sql.Open("sqlite", "file:"+path)
		must(b, err)
		var rows int
		must(b, db.QueryRow(`SELECT count(*) FROM outputs`).Scan(&rows))
		must(b, db.Close())
	}
	return max(1, time.Since(begin))
}

// BenchmarkFinish ends 1,000 cells from 64 goroutines, each on disk before its
// goroutine goes on.
func BenchmarkFinish(b *testing.B) {
	s := create(b)
	v := variant(b, s, prompt(b, s, "triage"), "v", "Sort")
	body := text.Raw(strings.Repeat("some words ", 100))
	for b.Loop() {
		_, cells := start(b, s, v, 1000, "me")
		var wg sync.WaitGroup
		for w := range 64 {
			wg.Go(func() {
				for i := w; i < len(cells); i += 64 {
					if err := s.FinishCell(context.Background(), session.Output{CellID: cells[i].ID, Status: session.StatusDone, Text: body}, 0); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "cells/s")
}

// BenchmarkRecord keeps a run of answers that take 20 ms each, 64 at once, from
// the attempt to the end with all that came, beside the time that the waiting
// alone takes.
func BenchmarkRecord(b *testing.B) {
	const n, wide, latency = 2000, 64, 20 * time.Millisecond
	s := create(b)
	v := variant(b, s, prompt(b, s, "triage"), "v", "Sort")
	body := text.Raw(strings.Repeat("some words ", 20))
	sent := []byte(strings.Repeat(`data: {"choices":[{"index":0,"delta":{"content":"some words "}}]}`+"\n\n", 20))
	out := session.Output{Status: session.StatusDone, Text: body, Attempts: 1, Timing: session.Timing{TotalMS: 20}, Received: sent}
	work := func(do func(i int)) time.Duration {
		began := time.Now()
		var wg sync.WaitGroup
		for w := range wide {
			wg.Go(func() {
				for i := w; i < n; i += wide {
					do(i)
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}
	bare, kept := time.Duration(0), time.Duration(0)
	for b.Loop() {
		run, proofs, cells := matrix(v, n)
		for i := range cells {
			cells[i].Wire = wire(i).Hash
		}
		_, cells, err := s.StartRun(b.Context(), run, proofs, cells, "me")
		must(b, err)
		bare += work(func(int) { time.Sleep(latency) })
		kept += work(func(i int) {
			id, err := s.BeginAttempt(context.Background(), session.Attempt{CellID: cells[i].ID, Number: 1, Wire: wire(i)})
			if err != nil {
				b.Error(err)
			}
			time.Sleep(latency)
			o := out
			o.CellID = cells[i].ID
			if err := s.FinishCell(context.Background(), o, id); err != nil {
				b.Error(err)
			}
		})
	}
	b.ReportMetric(float64(bare)/float64(kept), "of-bare")
	b.ReportMetric(float64(b.N*n)/kept.Seconds(), "cells/s")
}

// BenchmarkImport adds 10,000 cases as one edit.
func BenchmarkImport(b *testing.B) {
	dir := b.TempDir()
	cases := make([]session.Case, 10_000)
	for i := range cases {
		cases[i].Vars = []session.Var{{Name: "x", Value: "I was charged twice for the same order"}}
	}
	i := 0
	for b.Loop() {
		i++
		s := open(b, filepath.Join(dir, string(rune('a'+i%26))+strings.Repeat("x", i/26)), Options{Create: true})
		p := prompt(b, s, "triage")
		if _, err := s.CreateCases(b.Context(), p.ID, cases); err != nil {
			b.Fatal(err)
		}
		closed(b, s)
	}
}

// judgments are n verdicts of a prompt between two contestants.
func judgments(promptID int64, n int) []session.Verdict {
	out := make([]session.Verdict, n)
	side := func(name string) session.Side {
		return session.Side{Contestant: session.Contestant{Variant: session.VariantRef{Prompt: "triage", Variant: name, Revision: 1}, Model: "embedded/nearest"}, Length: 321}
	}
	choices := []session.Choice{session.ChoiceLeft, session.ChoiceRight, session.ChoiceTie, session.ChoiceBothBad, session.ChoiceSkip}
	for i := range out {
		out[i] = session.Verdict{
			PromptID: promptID, Judge: "anna", Mode: session.JudgePairs, Left: side("zero-shot"), Right: side("five-shot"),
			Case: session.CaseKey{Name: text.Raw("c" + strings.Repeat("1", i%7))}, CaseTags: []text.Raw{"easy"}, Take: 1 + i%3,
			Choice: choices[i%5], ScreenMS: int64(i), Seed: uint64(i) << 60,
		}
	}
	return out
}

// BenchmarkVerdicts reads 100,000 verdicts of one prompt, as a report does.
func BenchmarkVerdicts(b *testing.B) {
	s := create(b)
	p := prompt(b, s, "triage")
	_, err := s.AddVerdicts(b.Context(), judgments(p.ID, 100_000))
	must(b, err)
	for b.Loop() {
		got, err := s.Verdicts(b.Context(), session.VerdictQuery{PromptID: p.ID})
		if err != nil || len(got) != 100_000 {
			b.Fatal(len(got), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(bareRows(b, s.Path(), b.N)), "x-bare")
}

// bareRows is how long it takes to read the table of verdicts n times with the
// bare driver into values that nobody looks at.
func bareRows(b *testing.B, path string, n int) time.Duration {
	db, err := sql.Open("sqlite", "file:"+path)
	must(b, err)
	defer db.Close()
	begin := time.Now()
	for range n {
		rows, err := db.Query(`SELECT * FROM verdicts`)
		must(b, err)
		columns, err := rows.Columns()
		must(b, err)
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(any)
		}
		for rows.Next() {
			must(b, rows.Scan(into...))
		}
		must(b, rows.Err())
	}
	return max(1, time.Since(begin))
}

// BenchmarkAddVerdicts keeps a sitting's worth at once.
func BenchmarkAddVerdicts(b *testing.B) {
	s := create(b)
	p := prompt(b, s, "triage")
	list := judgments(p.ID, session.SittingMore)
	for b.Loop() {
		_, err := s.AddVerdicts(b.Context(), list)
		must(b, err)
	}
}

// BenchmarkReadings reads pages and samples of 10,000 outputs, a tenth of them
// judged, and counts them.
func BenchmarkReadings(b *testing.B) {
	s := create(b)
	v := variant(b, s, prompt(b, s, "triage"), "v", "Sort")
	run, proofs, cells := matrix(v, 10_000)
	res := make([]session.Result, len(cells))
	for i, c := range cells {
		res[i] = session.Result{Cell: c, Output: session.Output{Status: session.StatusDone, Text: text.Raw(fmt.Sprint(strings.Repeat("some words ", 300), "n", i%100))}}
	}
	run, err := s.ImportRun(b.Context(), run, proofs, res)
	must(b, err)
	res, err = s.ResultsPage(b.Context(), run.ID, 0, 2000)
	must(b, err)
	var given []session.Verdict
	for i := 0; i < len(res); i += 4 {
		given = append(given, between(v.PromptID, res[i], res[i+1]))
	}
	_, err = s.AddVerdicts(b.Context(), given)
	must(b, err)
	for _, c := range []struct {
		name  string
		q     session.ReadQuery
		total int
	}{
		{"page", session.ReadQuery{PromptID: v.PromptID, Limit: 50}, 10_000},
		{"far", session.ReadQuery{PromptID: v.PromptID, Limit: 50, Offset: 9_900}, 10_000},
		{"tag", session.ReadQuery{PromptID: v.PromptID, Tag: "easy", Limit: 50}, 10_000},
		{"unjudged", session.ReadQuery{PromptID: v.PromptID, Unjudged: true, Limit: 50}, 9_000},
		{"text", session.ReadQuery{PromptID: v.PromptID, Text: "words n42", Limit: 50}, 100},
		{"sample", session.ReadQuery{PromptID: v.PromptID, Sample: 50, Seed: 1}, 50},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				list, total, err := s.Readings(b.Context(), c.q)
				if err != nil || total != c.total || len(list) != 50 {
					b.Fatal(len(list), total, err)
				}
			}
		})
	}
}
