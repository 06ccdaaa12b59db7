package engine_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a backend without a network: play answers call n (from 1).
type fake struct {
	play   func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool)
	traits backend.Traits

	mu    sync.Mutex
	calls []time.Time
}

func (f *fake) Wire(r backend.Request) (session.Wire, error) {
	if len(r.Proof.Messages) == 0 || !r.Proof.Messages[0].Content.Valid() {
		return session.Wire{}, errors.New("not UTF-8")
	}
	return session.NewWire("POST", "/x", []byte(fmt.Sprint(r.Model, r.Proof.Hash, r.Take))), nil
}

func (f *fake) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[backend.Chunk, error] {
	return func(yield func(backend.Chunk, error) bool) {
		f.mu.Lock()
		f.calls = append(f.calls, time.Now())
		n := len(f.calls)
		f.mu.Unlock()
		f.play(ctx, n, w, yield)
	}
}

func (f *fake) Models(context.Context) ([]session.ModelInfo, error) { return nil, nil }

func (f *fake) Traits() backend.Traits {
	t := f.traits
	if t.Concurrency == 0 {
		t.Concurrency = 4
	}
	return t
}

func (f *fake) times() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// says answers s, a piece each d.
func says(d time.Duration, pieces ...string) func(context.Context, int, session.Wire, func(backend.Chunk, error) bool) {
	return func(ctx context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
		for _, p := range pieces {
			if d > 0 {
				select {
				case <-time.After(d):
				case <-ctx.Done():
				}
			}
			if ctx.Err() != nil {
				yield(backend.Chunk{}, &session.CallError{Kind: "network", Message: "cancelled"})
				return
			}
			if !yield(backend.Chunk{Text: text.Raw(p)}, nil) {
				return
			}
		}
		yield(backend.Chunk{Done: true, Finish: "stop", Status: session.StatusDone, Usage: &session.Usage{Input: 10, Output: len(pieces), Source: "server"}}, nil)
	}
}

func fails(e session.CallError) func(context.Context, int, session.Wire, func(backend.Chunk, error) bool) {
	return func(_ context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
		yield(backend.Chunk{}, &e)
	}
}

func setOf(t testing.TB, fakes map[string]*fake, prices map[string]backend.Price) *backend.Set {
	t.Helper()
	s, err := backend.NewSet(nil, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range fakes {
		s.Put(backend.Config{Name: name, Kind: "openai", Prices: prices}, f)
	}
	return s
}

// matrix is n cases for each model, one variant.
func matrix(n int, models ...string) engine.Matrix {
	m := engine.Matrix{PromptID: 1, Prompt: "p"}
	content := session.Content{Blocks: []session.Block{{Kind: session.KindInput, Role: session.RoleUser, Text: "{{q}}"}}, Params: session.Params{MaxTokens: 100}}
	for i, ref := range models {
		m.Entries = append(m.Entries, engine.Entry{Content: content, Contestant: session.Contestant{
			RevisionID: int64(i + 1), Model: ref, Variant: session.VariantRef{Prompt: "p", Variant: "v", Revision: 1}}})
	}
	for i := range n {
		want := text.Raw("ab")
		m.Cases = append(m.Cases, session.Case{ID: int64(i + 1), Name: text.Raw(fmt.Sprint("c", i+1)), Wanted: &want,
			Vars: []session.Var{{Name: "q", Value: text.Raw(fmt.Sprint("question ", i))}}})
	}
	return m
}

func start(t testing.TB, r *engine.Runner, m engine.Matrix) *engine.Job {
	t.Helper()
	p, err := m.Plan()
	if err != nil {
		t.Fatal(err)
	}
	j, err := r.Start(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func sound(t testing.TB, rec *backendtest.Recorder) {
	t.Helper()
	for _, b := range rec.Broken() {
		t.Error(b)
	}
}

func count(rec *backendtest.Recorder, run int64) map[session.Status]int {
	n := map[session.Status]int{}
	for _, r := range rec.Results(run) {
		n[r.Output.Status]++
	}
	return n
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(300*time.Millisecond, "a", "b")}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, map[string]backend.Price{"m": {Input: 1e6, Output: 2e6}}), rec, engine.Options{})
		j := start(t, r, matrix(10, "lab/m"))
		texts := make([]string, 10)
		finals := 0
		for range j.Bell() {
			time.Sleep(33 * time.Millisecond)
			for _, u := range j.Drain() {
				if u.Anew {
					texts[u.Index] = ""
				}
				texts[u.Index] += string(u.Text)
				if u.Final != nil {
					finals++
				}
			}
		}
		for _, u := range j.Drain() {
			texts[u.Index] += string(u.Text)
		}
		run, err := j.Wait()
		if err != nil || run.State != session.RunDone || run.Done != 10 || finals != 10 {
			t.Errorf("%+v %v, %d finals", run, err, finals)
		}
		for i, s := range texts {
			if s != "ab" {
				t.Errorf("cell %d was seen as %q", i, s)
			}
		}
		p := j.Progress()
		if p.Done != 10 || p.Right != 10 || p.Requests != 10 || p.InputTokens != 100 || p.CostUSD == nil || *p.CostUSD != 140 || p.State != session.RunDone {
			t.Errorf("%+v", p)
		}
		if p.Elapsed != 1800*time.Millisecond && p.Elapsed < 1800*time.Millisecond {
			t.Errorf("%s for ten cells of 600 ms, four at once", p.Elapsed)
		}
		for _, res := range rec.Results(run.ID) {
			o := res.Output
			if o.Timing.TTFTMS != 300 || o.Timing.TotalMS != 600 || o.Attempts != 1 || *o.CostUSD != 14 || o.Timing.TokensPerS < 3.3 || o.Timing.TokensPerS > 3.4 {
				t.Errorf("%+v", o)
			}
		}
		if rec.Checkpoints() == 0 {
			t.Error("nothing was checkpointed")
		}
		sound(t, rec)
	})
}

// Nobody drains: the run does not wait.
func TestNobodyDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(0, slices.Repeat([]string{"word "}, 5000)...)}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(20, "lab/m"))
		if run, err := j.Wait(); err != nil || run.Done != 20 {
			t.Errorf("%+v %v", run, err)
		}
		all := 0
		for _, u := range j.Drain() {
			all += len(u.Text)
			if u.Final == nil || string(u.Final.Text) != string(u.Text) {
				t.Errorf("cell %d", u.Index)
			}
		}
		if all != 20*25_000 {
			t.Errorf("%d bytes", all)
		}
		sound(t, rec)
	})
}

func TestRetries(t *testing.T) {
	for _, k := range []struct {
		name  string
		e     session.CallError
		calls int
		least time.Duration
	}{
		{"500", session.CallError{Kind: "server", Status: 500, Retryable: true}, 3, 750 * time.Millisecond},
		{"refused", session.CallError{Kind: "network", Retryable: true}, 3, 750 * time.Millisecond},
		{"400", session.CallError{Kind: "config", Status: 400}, 1, 0},
		{"401", session.CallError{Kind: "auth", Status: 401}, 1, 0},
		{"cut off", session.CallError{Kind: "protocol"}, 1, 0},
		{"quota", session.CallError{Kind: "rate_limit", Status: 429}, 1, 0},
		{"503 with a time", session.CallError{Kind: "server", Status: 503, Retryable: true, AfterMS: 5000}, 3, 10 * time.Second},
		{"429", session.CallError{Kind: "rate_limit", Status: 429, Retryable: true, AfterMS: 1000}, 8, 7 * time.Second},
	} {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{play: fails(k.e)}
				rec := &backendtest.Recorder{}
				j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(1, "lab/m"))
				began := time.Now()
				run, err := j.Wait()
				if err != nil || run.Failed != 1 || run.State != session.RunDone {
					t.Errorf("%+v %v", run, err)
				}
				calls := f.times()
				if len(calls) != k.calls || len(rec.Attempts()) != k.calls || time.Since(began) < k.least || time.Since(began) > 3*k.least+time.Second {
					t.Errorf("%d calls in %s", len(calls), time.Since(began))
				}
				if o := rec.Results(run.ID)[0].Output; o.Error == nil || o.Error.Kind != k.e.Kind || o.Attempts != k.calls {
					t.Errorf("%+v", o)
				}
				sound(t, rec)
			})
		})
	}
}

// Text that came was paid for: no second request by itself.
func TestNoRetryAfterText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: func(_ context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
			yield(backend.Chunk{Text: "half"}, nil)
			yield(backend.Chunk{}, &session.CallError{Kind: "network", Retryable: true})
		}}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(1, "lab/m"))
		run, _ := j.Wait()
		o := rec.Results(run.ID)[0].Output
		if len(f.times()) != 1 || o.Status != session.StatusError || o.Text != "half" {
			t.Errorf("%d calls, %+v", len(f.times()), o)
		}
		sound(t, rec)
	})
}

// A cell that is tried again says so, and its text begins afresh.
func TestAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := says(0, "ab")
		f := &fake{play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if n < 3 {
				yield(backend.Chunk{}, &session.CallError{Kind: "server", Status: 500, Retryable: true, Message: "oh"})
				return
			}
			ok(ctx, n, w, yield)
		}}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(1, "lab/m"))
		var notes, anew int
		for range j.Bell() {
			for _, u := range j.Drain() {
				if strings.Contains(u.Note, "oh") {
					notes++
				}
				if u.Anew {
					anew++
				}
			}
		}
		run, _ := j.Wait()
		if notes == 0 || anew == 0 || run.Done != 1 || len(rec.Failed()) != 2 || rec.Results(run.ID)[0].Output.Attempts != 3 {
			t.Errorf("%d notes, %d anew, %+v", notes, anew, run)
		}
		sound(t, rec)
	})
}

// One 429 holds up the whole backend: no request goes out before its time, but
// those in flight; and it holds up no other backend.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ok := says(100*time.Millisecond, "ab")
		f := &fake{play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if n == 9 {
				yield(backend.Chunk{}, &session.CallError{Kind: "rate_limit", Status: 429, Retryable: true, AfterMS: 30_000})
				return
			}
			ok(ctx, n, w, yield)
		}}
		g := &fake{play: ok}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f, "far": g}, nil), rec, engine.Options{}), matrix(50, "lab/m", "far/m"))
		time.Sleep(10 * time.Second)
		p := j.Progress()
		if len(p.Waits) != 1 || p.Waits[0].Backend != "lab" || len(g.times()) != 50 {
			t.Errorf("%+v, %d on the other", p.Waits, len(g.times()))
		}
		run, err := j.Wait()
		if err != nil || run.Done != 100 {
			t.Errorf("%+v %v", run, err)
		}
		limit := f.times()[8]
		early := 0
		for _, at := range f.times()[9:] {
			if at.Before(limit.Add(30 * time.Second)) {
				early++
			}
		}
		if early > 4 || time.Since(began) > 40*time.Second {
			t.Errorf("%d requests before their time, %s in all", early, time.Since(began))
		}
		sound(t, rec)
	})
}

// A dead backend is tried by one cell at a time, then given up; another is not
// slowed down.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const took = 100 * time.Millisecond
		dead := &fake{traits: backend.Traits{Concurrency: 8}, play: func(_ context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
			time.Sleep(took)
			yield(backend.Chunk{}, &session.CallError{Kind: "network", Retryable: true, Message: "refused"})
		}}
		good := &fake{play: says(100*time.Millisecond, "ab"), traits: backend.Traits{Concurrency: 8}}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"dead": dead, "good": good}, nil), rec, engine.Options{}), matrix(1000, "dead/m", "good/m"))
		began := time.Now()
		run, err := j.Wait()
		if err != nil || run.Done != 1000 || run.Failed != 1000 || run.State != session.RunDone {
			t.Errorf("%+v %v", run, err)
		}
		calls := good.times()
		if d := calls[len(calls)-1].Sub(calls[0]); d > 14*time.Second {
			t.Errorf("the good one took %s", d)
		}
		if n := len(dead.times()); n > 60 || time.Since(began) > 3*time.Minute {
			t.Errorf("%d requests to the dead one, %s", n, time.Since(began))
		}
		// What is asked after the third cell has failed is asked by one cell at a time.
		var ended []int64
		for _, res := range rec.Results(run.ID) {
			if res.Output.Status == session.StatusError && res.Output.Attempts > 0 {
				ended = append(ended, res.Output.EndedMS)
			}
		}
		slices.Sort(ended)
		if len(ended) < 3 {
			t.Fatalf("%d cells were tried and failed", len(ended))
		}
		var last time.Time
		later := 0
		for _, at := range dead.times() {
			if at.UnixMilli() <= ended[2] {
				continue
			}
			if later++; at.Sub(last) < took {
				t.Errorf("two cells at once tried a dead backend, %s after one another", at.Sub(last))
			}
			last = at
		}
		if later == 0 {
			t.Error("nobody tried the dead backend again")
		}
		sound(t, rec)
	})
}

func TestLimits(t *testing.T) {
	hang := func(first, ping bool) func(context.Context, int, session.Wire, func(backend.Chunk, error) bool) {
		return func(ctx context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
			if first {
				yield(backend.Chunk{Text: "a"}, nil)
			}
			for ping {
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
					ping = false
				}
				if ping && !yield(backend.Chunk{}, nil) {
					return
				}
			}
			<-ctx.Done()
			yield(backend.Chunk{}, &session.CallError{Kind: "network", Message: "cancelled"})
		}
	}
	drip := func(ctx context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
		for ctx.Err() == nil && yield(backend.Chunk{Text: "x"}, nil) {
			time.Sleep(time.Second)
		}
	}
	for _, k := range []struct {
		name   string
		play   func(context.Context, int, session.Wire, func(backend.Chunk, error) bool)
		limits engine.Limits
		kind   string
		says   string
		after  time.Duration
	}{
		{"no first byte", hang(false, false), engine.Limits{FirstByte: 9 * time.Second}, "timeout", "9s", 9 * time.Second},
		{"headers only", func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if yield(backend.Chunk{Sent: time.Now()}, nil) {
				hang(false, false)(ctx, n, w, yield)
			}
		}, engine.Limits{FirstByte: 90 * time.Second, Idle: time.Second}, "timeout", "no answer", 90 * time.Second},
		{"silence", hang(true, false), engine.Limits{Idle: 7 * time.Second}, "timeout", "silent", 7 * time.Second},
		{"pings only", hang(false, true), engine.Limits{FirstText: 20 * time.Second}, "timeout", "no text", 20 * time.Second},
		{"slow loris", drip, engine.Limits{Total: 25 * time.Second}, "timeout", "25s", 25 * time.Second},
		{"too long", drip, engine.Limits{MaxOutput: 10}, "limit", "longer", 10 * time.Second},
	} {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := &backendtest.Recorder{}
				m := matrix(1, "lab/m")
				m.Limits = k.limits
				j := start(t, engine.New(setOf(t, map[string]*fake{"lab": {play: k.play}}, nil), rec, engine.Options{}), m)
				began := time.Now()
				run, _ := j.Wait()
				o := rec.Results(run.ID)[0].Output
				if o.Status != session.StatusError || o.Error.Kind != k.kind || !strings.Contains(string(o.Error.Message), k.says) {
					t.Errorf("%+v %v", o, o.Error)
				}
				if d := time.Since(began) - k.after; d < 0 || d > 1100*time.Millisecond {
					t.Errorf("after %s", time.Since(began))
				}
				sound(t, rec)
			})
		})
	}
}

func TestCancelKeepsText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a", "b", "c", "d", "e", "f", "g", "h")}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		j := start(t, r, matrix(20, "lab/m"))
		time.Sleep(2500 * time.Millisecond)
		began := time.Now()
		j.Cancel()
		run, err := j.Wait()
		if err != nil || run.State != session.RunStopped || time.Since(began) > time.Second {
			t.Errorf("%+v %v after %s", run, err, time.Since(began))
		}
		n := count(rec, run.ID)
		if n[session.StatusStopped] != 4 || n[session.StatusWaiting] != 16 {
			t.Errorf("%v", n)
		}
		for _, res := range rec.Results(run.ID) {
			if res.Output.Status == session.StatusStopped && res.Output.Text != "ab" {
				t.Errorf("%+v", res.Output)
			}
		}
		// And resumed, only the rest is asked.
		before := len(rec.Attempts())
		j, err = r.Resume(context.Background(), run.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		run, err = j.Wait()
		if err != nil || run.State != session.RunDone || run.Done != 20 || len(rec.Attempts())-before != 20 {
			t.Errorf("%+v %v, %d attempts", run, err, len(rec.Attempts())-before)
		}
		j, err = r.Resume(context.Background(), run.ID, true)
		if err != nil {
			t.Fatal(err)
		}
		if run, err = j.Wait(); err != nil || run.State != session.RunDone || len(rec.Attempts())-before != 20 {
			t.Errorf("a finished run was asked again: %+v %v", run, err)
		}
		sound(t, rec)
	})
}

func TestResumeRetriesFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := says(0, "ab")
		bad := true
		f := &fake{traits: backend.Traits{Concurrency: 1}, play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if bad && n%2 == 0 {
				yield(backend.Chunk{}, &session.CallError{Kind: "protocol"})
				return
			}
			ok(ctx, n, w, yield)
		}}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		run, _ := start(t, r, matrix(10, "lab/m")).Wait()
		if run.Done != 5 || run.Failed != 5 {
			t.Fatalf("%+v", run)
		}
		bad = false
		for _, k := range []struct {
			retry bool
			calls int
		}{{false, 10}, {true, 15}} {
			j, err := r.Resume(context.Background(), run.ID, k.retry)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := j.Wait(); err != nil || len(f.times()) != k.calls {
				t.Errorf("%v: %d calls, %v", k.retry, len(f.times()), err)
			}
		}
		if n := count(rec, run.ID); n[session.StatusDone] != 10 {
			t.Errorf("%v", n)
		}
		sound(t, rec)
	})
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a", "b")}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(12, "lab/m"))
		time.Sleep(500 * time.Millisecond)
		j.Pause()
		time.Sleep(time.Hour)
		if p := j.Progress(); !p.Paused || p.Done != 4 || p.Running != 0 || len(f.times()) != 4 || p.Left > 5*time.Second {
			t.Errorf("%+v, %d calls", p, len(f.times()))
		}
		j.Resume()
		if run, err := j.Wait(); err != nil || run.Done != 12 {
			t.Errorf("%+v %v", run, err)
		}
		sound(t, rec)
	})
}

// What is done to a run that has ended does nothing.
func TestEndedRunIsLeftInPeace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a")}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), &backendtest.Recorder{}, engine.Options{}), matrix(1, "lab/m"))
		if _, err := j.Wait(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for range 3 { // the bell is closed, and its one place may be taken
			j.Pause()
			j.Resume()
			j.Cancel()
		}
		if p := j.Progress(); p.Done != 1 || p.State != session.RunDone {
			t.Errorf("%+v", p)
		}
	})
}

// A paused run that is cancelled ends, without being let go on first.
func TestPausedRunEndsWhenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a", "b")}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(12, "lab/m"))
		time.Sleep(500 * time.Millisecond)
		j.Pause()
		time.Sleep(time.Hour)
		j.Cancel()
		if run, err := j.Wait(); err != nil || run.State != session.RunStopped || run.Done != 4 || len(f.times()) != 4 {
			t.Errorf("%+v %v, %d calls", run, err, len(f.times()))
		}
		sound(t, rec)
	})
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a", "b")}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, map[string]backend.Price{"m": {Input: 1e6}}), rec, engine.Options{})
		m := matrix(3, "lab/m")
		m.Takes = 2
		first, _ := start(t, r, m).Wait()
		p, _ := m.Plan()
		est, err := r.Estimate(context.Background(), p)
		if err != nil || est.Cached != 6 || est.Calls != 0 {
			t.Errorf("%+v %v", est, err)
		}
		j := start(t, r, m)
		second, err := j.Wait()
		if err != nil || second.Cached != 6 || second.Requests != 0 || len(f.times()) != 6 {
			t.Errorf("%+v %v, %d calls", second, err, len(f.times()))
		}
		if p := j.Progress(); p.Cached != 6 || p.Done != 6 || p.CostUSD != nil || p.Requests != 0 {
			t.Errorf("%+v", p)
		}
		a, b := rec.Results(first.ID), rec.Results(second.ID)
		for i := range a {
			if !b[i].Output.Cached || b[i].Output.Text != a[i].Output.Text || b[i].Output.Timing != a[i].Output.Timing || *b[i].Output.CostUSD != *a[i].Output.CostUSD {
				t.Errorf("%+v\n%+v", a[i].Output, b[i].Output)
			}
		}
		for _, u := range j.Drain() {
			if u.Text != "ab" || u.Final == nil || !u.Final.Cached {
				t.Errorf("%+v", u)
			}
		}
		m.NoCache = true
		if third, _ := start(t, r, m).Wait(); third.Cached != 0 || len(f.times()) != 12 {
			t.Errorf("%+v", third)
		}
		sound(t, rec)
	})
}

func TestBudgets(t *testing.T) {
	for _, k := range []struct {
		name   string
		limits engine.Limits
		calls  int
	}{
		{"requests", engine.Limits{MaxRequests: 7}, 7},
		// A request costs 12 USD and at most 10 (as counted) + 100: the eighth could pass 200.
		{"dollars", engine.Limits{MaxCostUSD: 200}, 8},
	} {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{play: says(time.Second, "a", "b")}
				rec := &backendtest.Recorder{}
				r := engine.New(setOf(t, map[string]*fake{"lab": f}, map[string]backend.Price{"m": {Input: 1e6, Output: 1e6}}), rec, engine.Options{})
				m := matrix(30, "lab/m")
				m.Limits = k.limits
				j := start(t, r, m)
				run, err := j.Wait()
				p := j.Progress()
				if err != nil || run.State != session.RunStopped || p.Stopped == "" || p.Done != k.calls || len(f.times()) != k.calls {
					t.Errorf("%+v %v %+v, %d calls", run, err, p, len(f.times()))
				}
				if k.limits.MaxCostUSD > 0 && *p.CostUSD > k.limits.MaxCostUSD {
					t.Errorf("%v USD", *p.CostUSD)
				}
				if n := count(rec, run.ID); n[session.StatusWaiting] != 30-k.calls {
					t.Errorf("%v", n)
				}
				sound(t, rec)
			})
		})
	}
	m := matrix(1, "lab/m")
	m.Limits.MaxCostUSD = 1
	p, _ := m.Plan()
	r := engine.New(setOf(t, map[string]*fake{"lab": {play: says(0, "a")}}, nil), &backendtest.Recorder{}, engine.Options{})
	if _, err := r.Start(context.Background(), p); err == nil || !strings.Contains(err.Error(), "price") {
		t.Errorf("a budget without a price: %v", err)
	}
}

// A budget that is spent ends what is asked, not what the cache gives: of cases that were
// answered before, none is left out because new ones stand before them.
func TestASpentBudgetStillGivesWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a", "b")}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, map[string]backend.Price{"m": {Input: 1e6, Output: 1e6}}), rec, engine.Options{})
		m := matrix(300, "lab/m")
		known := m
		known.Cases = m.Cases[200:]
		if run, err := start(t, r, known).Wait(); err != nil || run.Done != 100 {
			t.Fatal(run, err)
		}
		for _, k := range []struct {
			limits engine.Limits
			cached int
			want   string
		}{
			{engine.Limits{MaxRequests: 3}, 100, "the limit on requests, 3, is reached"},
			{engine.Limits{MaxCostUSD: 130}, 103, "the next request may cost $112.00, and $24.00 of the budget of $130.00 are spent"},
		} {
			m.Limits = k.limits
			j := start(t, r, m)
			run, err := j.Wait()
			p := j.Progress()
			if err != nil || run.State != session.RunStopped || p.Cached != k.cached || p.Done != k.cached+run.Requests || p.Stopped != k.want {
				t.Errorf("%+v: %+v %v, %q", k.limits, run, err, p.Stopped)
			}
		}
		sound(t, rec)
	})
}

// Cells that ask the same are answered by the first of them, also when the budget is
// spent with that one.
func TestASpentBudgetStillGivesToTwins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "ab"), traits: backend.Traits{Concurrency: 1}}
		rec := &backendtest.Recorder{}
		m := matrix(6, "lab/m")
		m.Entries = append(m.Entries, m.Entries[0])
		m.Entries[1].Contestant.Variant.Variant = "twin"
		m.Limits.MaxRequests = 4
		run, err := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), m).Wait()
		if err != nil || run.State != session.RunStopped || run.Requests != 4 || run.Done != 8 || run.Cached != 4 {
			t.Errorf("%+v %v", run, err)
		}
		sound(t, rec)
	})
}

// The same name for another server is not the same model, unless the digests say so.
func TestTheCacheKnowsAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "ab")}
		rec := &backendtest.Recorder{}
		for i, k := range []struct {
			url    string
			cached int
		}{{"http://one:1/v1", 0}, {"http://two:1/v1", 0}, {"http://one:1/v1/", 3}} {
			set := setOf(t, nil, nil)
			set.Put(backend.Config{Name: "lab", Kind: "openai", BaseURL: k.url}, f)
			r := engine.New(set, rec, engine.Options{})
			m := matrix(3, "lab/m")
			p, _ := m.Plan()
			if est, err := r.Estimate(context.Background(), p); err != nil || est.Cached != k.cached {
				t.Errorf("%d: %+v %v", i, est, err)
			}
			if run, err := start(t, r, m).Wait(); err != nil || run.Cached != k.cached || run.Done != 3 {
				t.Errorf("%d: %+v %v", i, run, err)
			}
		}
		sound(t, rec)
	})
}

func TestPanicFailsTheCell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := says(0, "ab")
		f := &fake{play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if n == 3 {
				yield(backend.Chunk{Text: "half"}, nil)
				panic("boom \x1b]52;c;x\a")
			}
			ok(ctx, n, w, yield)
		}}
		rec := &backendtest.Recorder{}
		run, err := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(10, "lab/m")).Wait()
		n := count(rec, run.ID)
		if err != nil || n[session.StatusDone] != 9 || n[session.StatusError] != 1 {
			t.Errorf("%v %v", n, err)
		}
		for _, res := range rec.Results(run.ID) {
			if e := res.Output.Error; e != nil && (!strings.Contains(e.Error(), "boom") || strings.Contains(e.Error(), "\x1b")) {
				t.Error(e)
			}
		}
		sound(t, rec)
	})
}

// The disk is full for a while: answers stay in memory, no new cell starts, all
// is stored once there is room.
func TestDiskFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a", "b")}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(12, "lab/m"))
		time.Sleep(500 * time.Millisecond)
		rec.SetFail(func(m string) error { return errors.New("disk full") })
		time.Sleep(time.Minute)
		if p := j.Progress(); p.Unsaved != 4 || !strings.Contains(p.Trouble, "disk full") || p.Done != 0 || len(f.times()) != 4 {
			t.Errorf("%+v, %d calls", p, len(f.times()))
		}
		rec.SetFail(nil)
		run, err := j.Wait()
		if err != nil || run.Done != 12 || len(f.times()) != 12 {
			t.Errorf("%+v %v", run, err)
		}
		if p := j.Progress(); p.Unsaved != 0 || p.Trouble != "" {
			t.Errorf("%+v", p)
		}
		sound(t, rec)
	})
	synctest.Test(t, func(t *testing.T) { // and one that stays full
		f := &fake{play: says(time.Second, "a", "b")}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{SaveFor: time.Minute}), matrix(12, "lab/m"))
		time.Sleep(500 * time.Millisecond)
		rec.SetFail(func(m string) error { return errors.New("disk full") })
		_, err := j.Wait()
		var lost *engine.UnsavedError
		if !errors.As(err, &lost) || lost.Results != 4 || j.Progress().Stopped == "" {
			t.Errorf("%v %+v", err, j.Progress())
		}
	})
}

// A workspace that broke does not heal: nothing waits for it.
func TestDamagedIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, "a", "b")}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(12, "lab/m"))
		time.Sleep(500 * time.Millisecond)
		rec.SetFail(func(m string) error { return fmt.Errorf("page 7: %w", session.ErrDamaged) })
		began := time.Now()
		_, err := j.Wait()
		var lost *engine.UnsavedError
		if !errors.As(err, &lost) || lost.Results != 4 || j.Progress().Stopped == "" || len(f.times()) != 4 || time.Since(began) > 5*time.Second {
			t.Errorf("%v %+v after %s", err, j.Progress(), time.Since(began))
		}
	})
}

func TestLostLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, slices.Repeat([]string{"a"}, 60)...)}
		rec := &backendtest.Recorder{}
		j := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), matrix(12, "lab/m"))
		time.Sleep(5 * time.Second)
		rec.Seize(j.RunID())
		began := time.Now()
		_, err := j.Wait()
		if !errors.Is(err, session.ErrLease) || time.Since(began) > 4*time.Second || j.Progress().Stopped == "" {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if n := count(rec, j.RunID()); n[session.StatusRunning] != 4 || n[session.StatusWaiting] != 8 {
			t.Errorf("%v", n)
		}
		sound(t, rec)
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(time.Second, slices.Repeat([]string{"a"}, 60)...)}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		a, b := start(t, r, matrix(5, "lab/m")), start(t, r, matrix(5, "lab/m"))
		time.Sleep(1500 * time.Millisecond)
		r.Close()
		for _, j := range []*engine.Job{a, b} {
			if run, err := j.Wait(); err != nil || run.State != session.RunStopped {
				t.Errorf("%+v %v", run, err)
			}
		}
		sound(t, rec)
	})
}

func TestStartRefuses(t *testing.T) {
	r := engine.New(setOf(t, map[string]*fake{"lab": {play: says(0, "a")}}, nil), &backendtest.Recorder{}, engine.Options{})
	p, err := matrix(1, "nobody/m").Plan()
	if err != nil {
		t.Fatal(err)
	}
	var access *backend.AccessError
	if _, err := r.Start(context.Background(), p); !errors.As(err, &access) {
		t.Errorf("%v", err)
	}
	m := matrix(3, "lab/m")
	m.Cases[1].Vars[0].Value = "caf\xe9"
	p, _ = m.Plan()
	var cell *engine.CellError
	if _, err := r.Start(context.Background(), p); !errors.As(err, &cell) || cell.Cell.CaseName != "c2" {
		t.Errorf("%v", err)
	}
	for _, bad := range []engine.Matrix{{}, matrix(0, "lab/m"), matrix(1)} {
		if _, err := bad.Plan(); err == nil {
			t.Errorf("%+v", bad)
		}
	}
	if _, err := r.Resume(context.Background(), 99, false); err == nil {
		t.Error("a run that is not there resumes")
	}
}

func TestPlan(t *testing.T) {
	m := matrix(3, "lab/a", "lab/b")
	shots := session.Block{Kind: session.KindShots, Role: session.RoleUser, Layout: session.LayoutTurns,
		Shots: []session.Shot{{Input: "1", Output: "x"}, {Input: "2", Output: "y"}, {Input: "3", Output: "z"}}}
	for i := range m.Entries {
		c := m.Entries[i].Content.Clone()
		c.Blocks = append([]session.Block{shots}, c.Blocks...)
		m.Entries[i].Content = c
	}
	m.Takes = 2
	m.Orders = []session.Order{{}, session.Seeded(1), session.Seeded(2)}
	seed := int64(7)
	m.Seed = &seed
	p, err := m.Plan()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Cells) != 2*3*2*3 || len(p.Proofs) != 9 {
		t.Errorf("%d cells, %d proofs", len(p.Cells), len(p.Proofs))
	}
	for i, c := range p.Cells {
		if c.Cell.Index != i || *p.Proofs[c.Proof].Params.Seed != 7 || p.Proofs[c.Proof].Order != c.Cell.Order {
			t.Errorf("%d: %+v", i, c)
		}
	}
	if p.Cells[0].Cell.Contestant.Model != "lab/a" || p.Cells[1].Cell.Contestant.Model != "lab/b" || p.Cells[0].Proof != p.Cells[1].Proof {
		t.Error("contestants do not advance side by side")
	}
}

func TestEstimate(t *testing.T) {
	r := engine.New(setOf(t, map[string]*fake{"lab": {play: says(0, "a")}}, map[string]backend.Price{"m": {Input: 1, Output: 1}}), &backendtest.Recorder{}, engine.Options{})
	p, _ := matrix(4, "lab/m").Plan()
	est, err := r.Estimate(context.Background(), p)
	if err != nil || est.Calls != 4 || est.MaxOutput != 400 || est.InputTokens < 20 || est.Source != "estimate" || est.CostUSD == nil || est.Free {
		t.Errorf("%+v %v", est, err)
	}
	p, _ = matrix(4, "embedded/nearest").Plan()
	if est, err = r.Estimate(context.Background(), p); err != nil || !est.Free || est.CostUSD == nil || *est.CostUSD != 0 {
		t.Errorf("%+v %v", est, err)
	}
}

// The limits where nothing is said: a server on this machine may have to load
// its model first.
func TestDefaultLimits(t *testing.T) {
	for local, want := range map[bool]time.Duration{false: 300 * time.Second, true: 600 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{traits: backend.Traits{Local: local}, play: func(ctx context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
				<-ctx.Done()
				yield(backend.Chunk{}, &session.CallError{Kind: "network"})
			}}
			began := time.Now()
			run, _ := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), &backendtest.Recorder{}, engine.Options{}), matrix(1, "lab/m")).Wait()
			if d := time.Since(began); run.Failed != 1 || d < want || d > want+time.Second {
				t.Errorf("local %v: %s", local, d)
			}
		})
	}
}

// Text that keeps coming is no silence, however long it takes.
func TestSlowIsNotSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &backendtest.Recorder{}
		m := matrix(1, "lab/m")
		m.Limits = engine.Limits{Idle: 5 * time.Second}
		f := &fake{play: says(3*time.Second, slices.Repeat([]string{"a"}, 30)...)}
		if run, err := start(t, engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{}), m).Wait(); err != nil || run.Done != 1 {
			t.Errorf("%+v %v", run, err)
		}
		sound(t, rec)
	})
}
