package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/session"
)

// A budget holds where the server counts more tokens than were estimated: one
// request is asked first, and the others are held to what it tells.
func TestBudgetOfEstimates(t *testing.T) {
	for _, more := range []int{1, 2, 3} {
		synctest.Test(t, func(t *testing.T) {
			first := time.Time{}
			f := &fake{traits: backend.Traits{Concurrency: 64}, play: func(_ context.Context, n int, _ session.Wire, yield func(backend.Chunk, error) bool) {
				time.Sleep(time.Second)
				if n == 1 {
					first = time.Now()
				}
				yield(backend.Chunk{Text: "a"}, nil)
				yield(backend.Chunk{Done: true, Finish: "stop", Status: session.StatusDone, Usage: &session.Usage{Input: 10 * more, Output: 1, Source: "server"}}, nil)
			}}
			r, rec := ableRunner(t, f, map[string]backend.Price{"m": {Input: 1e6}})
			m := matrix(1000, "lab/m")
			m.Limits = engine.Limits{MaxCostUSD: 1000}
			j := start(t, r, m)
			run, err := j.Wait()
			p := j.Progress()
			if err != nil || run.State != session.RunStopped || p.Stopped == "" {
				t.Fatalf("%+v %v %+v", run, err, p)
			}
			if *p.CostUSD > 1000 || *p.CostUSD < 900 {
				t.Errorf("times %d: %v USD of 1000", more, *p.CostUSD)
			}
			for i, at := range f.times()[1:] {
				if at.Before(first) {
					t.Errorf("times %d: request %d went out before the first was counted", more, i+2)
					break
				}
			}
			sound(t, rec)
		})
	}
}
