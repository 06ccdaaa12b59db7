package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
)

// What the cache holds is there at once, though it stands last behind a slow
// backend's cells, and its speed is nobody's speed.
func TestCachedCellsComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(30*time.Second, "a", "b"), traits: backend.Traits{Concurrency: 2}}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		m := matrix(100, "lab/m")
		old := m
		old.Cases = m.Cases[60:]
		if run, err := start(t, r, old).Wait(); err != nil || run.Done != 40 {
			t.Fatalf("%+v %v", run, err)
		}
		j := start(t, r, m)
		time.Sleep(time.Second)
		if p := j.Progress(); p.Cached != 40 || p.Done != 40 || p.Running != 2 || p.Waiting != 58 || p.Left != 0 || p.Requests != 2 {
			t.Errorf("%+v", p)
		}
		time.Sleep(time.Minute) // 2 done of 60, a minute each, two at once
		if p := j.Progress(); p.Done != 42 || p.Left != 29*time.Minute {
			t.Errorf("%+v", p)
		}
		if run, err := j.Wait(); err != nil || run.Done != 100 || run.Cached != 40 {
			t.Errorf("%+v %v", run, err)
		}
		sound(t, rec)
	})
}

// A server that reads a beginning once answers most requests at once and few after
// long: what is left takes the few too.
func TestLeftCountsTheSlowOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		f := &fake{traits: backend.Traits{Concurrency: 1}, play: func(ctx context.Context, i int, w session.Wire, yield func(backend.Chunk, error) bool) {
			d := time.Second
			if n++; n%10 == 1 {
				d = 31 * time.Second
			}
			says(d, "a")(ctx, i, w, yield)
		}}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(40, "lab/m"))
		time.Sleep(80*time.Second + time.Millisecond) // 20 of 40
		if p := j.Progress(); p.Done != 20 || p.Left != 80*time.Second {
			t.Errorf("%d done, %s left", p.Done, p.Left)
		}
		if _, err := j.Wait(); err != nil {
			t.Error(err)
		}
		sound(t, rec)
	})
}

// The time left is that of the backend that needs longest, and unknown while one
// of them has not answered yet.
func TestLeftIsByBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := &fake{play: says(time.Second, "ab"), traits: backend.Traits{Concurrency: 1, Free: true}}
		slow := &fake{play: says(10*time.Second, "ab"), traits: backend.Traits{Concurrency: 4}}
		dead := &fake{play: fails(session.CallError{Kind: "auth", Status: 401}), traits: backend.Traits{Concurrency: 1, Free: true}}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"quick": quick, "slow": slow, "dead": dead}, nil), rec, engine.Options{})
		j := start(t, r, matrix(20, "quick/m", "slow/m", "dead/m"))
		time.Sleep(5500 * time.Millisecond)
		if p := j.Progress(); p.Left != 0 || p.Done != 5 || p.Failed != 20 || p.Free {
			t.Errorf("the slow one has not answered: %+v", p)
		}
		time.Sleep(5 * time.Second) // quick: 10 to go, 1 s each; slow: 16 to go, 10 s each by four
		if p := j.Progress(); p.Left != 40*time.Second || p.CostUSD != nil {
			t.Errorf("%+v", p)
		}
		j.Cancel()
		if _, err := j.Wait(); err != nil {
			t.Error(err)
		}
		free := start(t, r, matrix(1, "quick/other"))
		if _, err := free.Wait(); err != nil || !free.Progress().Free || *free.Progress().CostUSD != 0 {
			t.Errorf("%+v %v", free.Progress(), err)
		}
		sound(t, rec)
	})
}

// A run that was begun without the cache goes on without it.
func TestResumeKeepsToNoCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "ab"), traits: backend.Traits{Concurrency: 1}}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		m := matrix(6, "lab/m")
		if _, err := start(t, r, m).Wait(); err != nil {
			t.Fatal(err)
		}
		m.NoCache = true
		j := start(t, r, m)
		time.Sleep(2500 * time.Millisecond)
		j.Cancel()
		run, err := j.Wait()
		if err != nil || run.Done != 2 || !run.NoCache {
			t.Fatalf("%+v %v", run, err)
		}
		if j, err = r.Resume(context.Background(), run.ID, false); err != nil {
			t.Fatal(err)
		}
		if run, err = j.Wait(); err != nil || run.Done != 6 || run.Cached != 0 {
			t.Errorf("%+v %v", run, err)
		}
		for _, res := range rec.Results(run.ID) {
			if len(res.Cell.CaseVars) != 1 || res.Cell.CaseVars[0].Name != "q" {
				t.Errorf("%+v", res.Cell)
			}
		}
		sound(t, rec)
	})
}

// An answer in one piece has no speed, and never ends before its first token.
func TestSpeedNeedsASpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for d, want := range map[time.Duration]float64{0: 0, 5 * time.Millisecond: 0, 100 * time.Millisecond: 10} {
			f := &fake{play: says(d, "a", "b", "c")}
			rec := &backendtest.Recorder{}
			run, err := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(1, "lab/m")).Wait()
			if err != nil {
				t.Fatal(err)
			}
			tm := rec.Results(run.ID)[0].Output.Timing
			if tm.TokensPerS != want || tm.TotalMS < tm.TTFTMS || tm.TTFTMS < 1 {
				t.Errorf("%s: %+v", d, tm)
			}
		}
	})
}
