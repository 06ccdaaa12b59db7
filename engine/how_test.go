package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// able is a fake with the optional abilities. What it is asked again repeats
// where it is asked so.
type able struct {
	fake
	mu       sync.Mutex
	digest   string
	pinErr   error
	pins     int
	waiting  int // in its queue
	evidence int // times asked
	spoils   bool
}

func (a *able) Wire(r backend.Request) (session.Wire, error) {
	return session.NewWire("POST", "/x", []byte(fmt.Sprint(r.Model, r.Proof.Hash, r.Take, r.Repeatable))), nil
}

func (a *able) Pin(context.Context, string) (session.Pin, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pins++
	return session.Pin{Digest: a.digest}, a.pinErr
}

func (a *able) Gauge(context.Context, string) (session.Load, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.waiting
	return session.Load{Waiting: &n}, nil
}

func (a *able) Evidence(_ context.Context, r backend.Request, _ session.Wire, got session.Evaluated) (session.Evaluated, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.evidence++
	if a.spoils {
		return session.Evaluated{}, errors.New("no such endpoint")
	}
	got.Text, got.Source, got.Counted = "<s>"+r.Proof.Messages[0].Content, session.EvidenceRendered, 9
	return got, nil
}

func ableRunner(t *testing.T, a backend.Backend, prices map[string]backend.Price) (*engine.Runner, *backendtest.Recorder) {
	t.Helper()
	set, err := backend.NewSet(nil, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	set.Put(backend.Config{Name: "lab", Kind: "openai", Prices: prices}, a)
	rec := &backendtest.Recorder{}
	return engine.New(set, rec, engine.Options{}), rec
}

// A timing run asks one request at a time, of one backend after the other, warms
// each model up, and sends the same for every take; nothing comes from a cache.
func TestTimingRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		going, most := 0, 0
		var bodies []string
		a := &able{fake: fake{traits: backend.Traits{Concurrency: 8, Prefix: backend.PrefixPerSlot}}}
		a.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			mu.Lock()
			going++
			most = max(most, going)
			bodies = append(bodies, string(w.Body))
			mu.Unlock()
			says(time.Second, "a", "b")(ctx, n, w, yield)
			mu.Lock()
			going--
			mu.Unlock()
		}
		r, rec := ableRunner(t, a, nil)
		m := matrix(3, "lab/one", "lab/two")
		m.Takes = 4
		for range 2 { // the second takes nothing from the first
			m.How.Timing = true
			run, err := start(t, r, m).Wait()
			if err != nil || run.Done != 24 || run.Cached != 0 || !run.How.Timing {
				t.Fatalf("%+v %v", run, err)
			}
			if run.Requests != 26 {
				t.Errorf("%d requests: the warm-ups count", run.Requests)
			}
		}
		if most != 1 || len(bodies) != 52 {
			t.Errorf("%d at once, %d requests", most, len(bodies))
		}
		changes := 0
		for i, b := range bodies[:26] {
			if !strings.HasSuffix(b, "1 true") && !strings.HasSuffix(b, " 1 true") {
				t.Errorf("request %d is not that of take 1, asked to repeat: %s", i, b)
			}
			if i > 0 && b[:3] != bodies[i-1][:3] {
				changes++
			}
		}
		if changes != 1 {
			t.Errorf("the model changed %d times", changes)
		}
		warm := 0
		for _, e := range rec.Failed() {
			if e.Kind == "warm_up" {
				warm++
			}
		}
		if warm != 4 || len(rec.Failed()) != 4 {
			t.Errorf("%d warm-ups, %v", warm, rec.Failed())
		}
		sound(t, rec)
	})
}

// What was asked so that it repeats says so, where that held: a server that has no
// such way, and a request that is left to chance, do not.
func TestRepeatableIsRecordedWhereItHeld(t *testing.T) {
	for _, k := range []struct {
		name   string
		way    bool
		seed   bool
		second bool // another run at the same time
		want   bool
	}{
		{"held", true, true, false, true}, {"no way", false, true, false, false}, {"no seed", true, false, false, false}, {"not alone", true, true, true, false},
	} {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b backend.Backend
				f := fake{play: says(time.Second, "ab"), traits: backend.Traits{Concurrency: 8}}
				if b = &f; k.way {
					b = &able{fake: fake{play: f.play, traits: f.traits}}
				}
				r, rec := ableRunner(t, b, nil)
				m := matrix(6, "lab/m")
				m.NoCache = true
				m.How.Repeatable = true
				warm, seed := 0.7, int64(3)
				m.Entries[0].Content.Params.Temperature = &warm
				if k.seed {
					m.Entries[0].Content.Params.Seed = &seed
				}
				j := start(t, r, m)
				if k.second {
					other := m
					other.How = session.RunHow{}
					if _, err := start(t, r, other).Wait(); err != nil {
						t.Error(err)
					}
				}
				run, err := j.Wait()
				if err != nil || run.Done != 6 {
					t.Fatalf("%+v %v", run, err)
				}
				held := 0
				for _, res := range rec.Results(run.ID) {
					if res.Output.Repeatable {
						held++
					}
				}
				if k.want && held != 6 || !k.want && !k.second && held != 0 || k.second && held == 6 {
					t.Errorf("%d of 6 are recorded as repeatable", held)
				}
				sound(t, rec)
			})
		})
	}
}

// A model that changes in the middle of a run is seen in what is kept of it.
func TestChangedDigestIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &able{digest: "sha256:old", fake: fake{traits: backend.Traits{Concurrency: 1}, play: says(10*time.Second, "ab")}}
		r, rec := ableRunner(t, a, nil)
		j := start(t, r, matrix(12, "lab/m"))
		time.Sleep(55 * time.Second)
		a.mu.Lock()
		a.digest = "sha256:new"
		a.mu.Unlock()
		run, err := j.Wait()
		if err != nil || run.Done != 12 {
			t.Fatalf("%+v %v", run, err)
		}
		results := rec.Results(run.ID)
		if d := results[0].Output.Digest; d != "sha256:old" {
			t.Errorf("first: %q", d)
		}
		if d := results[11].Output.Digest; d != "sha256:new" {
			t.Errorf("last: %q", d)
		}
		if mixed := session.Mixed(results); len(mixed) != 1 || len(mixed[0].Digests) != 2 {
			t.Errorf("%+v", mixed)
		}
		if a.pins < 3 || a.pins > 8 {
			t.Errorf("asked %d times", a.pins)
		}
	})
}

// A server that broke may be another one afterwards: its model is asked for at once.
func TestBrokenServerIsPinnedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &able{digest: "sha256:old", fake: fake{traits: backend.Traits{Concurrency: 1}}}
		a.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if n == 3 {
				a.mu.Lock()
				a.digest = "sha256:new"
				a.mu.Unlock()
				yield(backend.Chunk{}, &session.CallError{Kind: "network", Message: "it broke"})
				return
			}
			says(100*time.Millisecond, "ab")(ctx, n, w, yield)
		}
		r, rec := ableRunner(t, a, nil)
		run, err := start(t, r, matrix(10, "lab/m")).Wait()
		if err != nil || run.Done != 9 {
			t.Fatalf("%+v %v", run, err)
		}
		n := map[string]int{}
		for _, r := range rec.Results(run.ID) {
			if r.Output.Status == session.StatusDone {
				n[r.Output.Digest]++
			}
		}
		if n["sha256:old"] < 2 || n["sha256:old"] > 3 || n["sha256:old"]+n["sha256:new"] != 9 {
			t.Errorf("%v", n)
		}
		sound(t, rec)
	})
}

// The pin is part of the cache's key: another model under the same name answers
// anew, and one that does not say is no hindrance.
func TestPinIsPartOfTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &able{digest: "d1", fake: fake{play: says(time.Second, "ab")}}
		r, rec := ableRunner(t, a, nil)
		m := matrix(5, "lab/m")
		for _, k := range []struct {
			digest string
			err    error
			cached int
		}{{"d1", nil, 0}, {"d1", nil, 5}, {"d2", nil, 0}, {"d1", nil, 5}, {"", errors.New("refused"), 0}} {
			time.Sleep(time.Minute) // what was heard a minute ago does not hold
			a.mu.Lock()
			a.digest, a.pinErr = k.digest, k.err
			a.mu.Unlock()
			p, err := m.Plan()
			if err != nil {
				t.Fatal(err)
			}
			est, err := r.Estimate(context.Background(), p)
			if err != nil || est.Cached != k.cached {
				t.Errorf("%+v: %+v %v", k, est, err)
			}
			if run, err := start(t, r, m).Wait(); err != nil || run.Done != 5 || run.Cached != k.cached {
				t.Errorf("%+v: %+v %v", k, run, err)
			}
		}
		sound(t, rec)
	})
}

// What was evaluated is asked for once for each context, and what can't be found
// out stays as the answer said.
func TestEvidenceIsAskedOnce(t *testing.T) {
	for _, spoils := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			a := &able{spoils: spoils, fake: fake{traits: backend.Traits{Concurrency: 2}}}
			a.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
				time.Sleep(time.Second)
				yield(backend.Chunk{Text: "ab", Done: true, Status: session.StatusDone, Server: "toy 1",
					Tools: []session.ToolCall{{ID: "c1", Name: "look"}}, Evaluated: &session.Evaluated{Tokens: 9}}, nil)
			}
			r, rec := ableRunner(t, a, nil)
			m := matrix(3, "lab/m")
			m.Takes = 5
			run, err := start(t, r, m).Wait()
			if err != nil || run.Done != 15 {
				t.Fatalf("%+v %v", run, err)
			}
			for _, res := range rec.Results(run.ID) {
				o := res.Output
				if o.Server != "toy 1" || len(o.ToolCalls) != 1 || o.Evaluated == nil || o.Evaluated.Tokens != 9 {
					t.Fatalf("%+v", o)
				}
				if !spoils && (o.Evidence != session.EvidenceRendered || !o.Evaluated.Proved() || o.Cut || !strings.Contains(string(o.Evaluated.Text), "question")) {
					t.Errorf("%+v %+v", o, o.Evaluated)
				}
				if spoils && (o.Evidence != session.EvidenceNone || o.Error != nil || o.Differs != "") {
					t.Errorf("%+v", o)
				}
			}
			if !spoils && (a.evidence < 3 || a.evidence > 4) { // two takes may ask at once
				t.Errorf("asked %d times for 3 contexts", a.evidence)
			}
			sound(t, rec)
		})
	}
}

// A part of what was composed that the engine did not evaluate is a cut.
func TestCutContextIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: func(_ context.Context, _ int, _ session.Wire, yield func(backend.Chunk, error) bool) {
			yield(backend.Chunk{Text: "ab", Done: true, Status: session.StatusDone, Evaluated: &session.Evaluated{Text: "<s>quest", Source: session.EvidenceText}}, nil)
		}}
		r, rec := ableRunner(t, f, nil)
		run, _ := start(t, r, matrix(1, "lab/m")).Wait()
		if o := rec.Results(run.ID)[0].Output; !o.Cut || !strings.Contains(string(o.Differs), "message 1") || o.Evidence != session.EvidenceText {
			t.Errorf("%+v", o)
		}
	})
}

// The number at once goes up while the server bears it, stops where its queue
// fills or answers come later, and goes down by half once for a refusal.
func TestAtOnceFollowsTheServer(t *testing.T) {
	var mu sync.Mutex
	for _, k := range []struct {
		name      string
		bears     int // requests before it refuses or queues
		queues    bool
		least     int
		most      int
		user      int
		waiting   bool
		want429   bool
		exactMost int
	}{
		{name: "up to its ceiling", bears: 1000, least: 32, most: 32},
		{name: "the user's number is the ceiling", bears: 1000, user: 6, least: 6, most: 6},
		{name: "refuses from 12 on", bears: 12, least: 8, most: 16, want429: true},
		{name: "later from 10 on", bears: 10, queues: true, least: 9, most: 16},
		{name: "its queue fills", bears: 1000, waiting: true, least: 4, most: 4},
	} {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				going, most, refused := 0, 0, 0
				a := &able{fake: fake{traits: backend.Traits{Concurrency: 4, Ceiling: 32}}}
				if k.waiting {
					a.waiting = 2
				}
				a.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
					mu.Lock()
					going++
					most = max(most, going)
					over := going - k.bears
					mu.Unlock()
					defer func() { mu.Lock(); going--; mu.Unlock() }()
					switch {
					case over > 0 && !k.queues:
						refused++
						yield(backend.Chunk{}, &session.CallError{Kind: "rate_limit", Status: 429, Retryable: true, AfterMS: 100})
						return
					case over > 0:
						time.Sleep(time.Duration(over) * time.Second)
					}
					says(400*time.Millisecond, "ab")(ctx, n, w, yield)
				}
				r, rec := ableRunner(t, a, nil)
				m := matrix(1500, "lab/m")
				m.Concurrency = k.user
				j := start(t, r, m)
				run, err := j.Wait()
				if err != nil || run.Done != 1500 {
					t.Fatalf("%+v %v", run, err)
				}
				if most < k.least || most > k.most || (refused > 0) != k.want429 {
					t.Errorf("%d at once, %d refused", most, refused)
				}
				if at := j.Progress().Backends; len(at) != 1 || at[0].Backend != "lab" || at[0].AtOnce > k.most || at[0].Left != 0 {
					t.Errorf("%+v", at)
				}
				sound(t, rec)
			})
		})
	}
}

// A budget is never passed, however many ask at once.
func TestBudgetsHoldWithManyWorkers(t *testing.T) {
	for _, k := range []struct {
		name   string
		limits engine.Limits
	}{{"requests", engine.Limits{MaxRequests: 137}}, {"dollars", engine.Limits{MaxCostUSD: 1000}}} {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{traits: backend.Traits{Concurrency: 64}, play: says(5*time.Millisecond, "a", "b")}
				r, rec := ableRunner(t, f, map[string]backend.Price{"m": {Input: 1e6, Output: 1e5}})
				m := matrix(1000, "lab/m")
				m.Limits = k.limits
				j := start(t, r, m)
				run, err := j.Wait()
				p := j.Progress()
				if err != nil || run.State != session.RunStopped || p.Stopped == "" {
					t.Fatalf("%+v %v %+v", run, err, p)
				}
				if k.limits.MaxRequests > 0 && len(f.times()) != 137 {
					t.Errorf("%d requests", len(f.times()))
				}
				if k.limits.MaxCostUSD > 0 && (*p.CostUSD > 1000 || *p.CostUSD < 950) {
					t.Errorf("%v USD", *p.CostUSD)
				}
				sound(t, rec)
			})
		})
	}
}

// What a run does when a server asks to wait is the user's to say.
func TestOnLimit(t *testing.T) {
	for on, want := range map[engine.OnLimit]struct{ done, failed, waiting int }{
		engine.LimitWait: {10, 0, 0}, engine.LimitSkip: {9, 1, 0}, engine.LimitStop: {4, 1, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			f := &fake{traits: backend.Traits{Concurrency: 1}, play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
				if n == 5 {
					yield(backend.Chunk{}, &session.CallError{Kind: "rate_limit", Status: 429, Retryable: true, AfterMS: 60_000})
					return
				}
				says(time.Second, "ab")(ctx, n, w, yield)
			}}
			r, rec := ableRunner(t, f, nil)
			m := matrix(10, "lab/m")
			m.OnLimit = on
			j := start(t, r, m)
			run, err := j.Wait()
			n := count(rec, run.ID)
			if err != nil || run.Done != want.done || n[session.StatusError] != want.failed || n[session.StatusWaiting] != want.waiting {
				t.Errorf("%q: %+v %v %v", on, run, n, err)
			}
			if on == engine.LimitStop && (j.Progress().Stopped == "" || time.Since(began) > 10*time.Second) {
				t.Errorf("%+v after %s", j.Progress(), time.Since(began))
			}
			sound(t, rec)
		})
	}
}

// A server that loads its model is waited for by one cell, for minutes, and says so.
func TestLoadingIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		f := &fake{traits: backend.Traits{Concurrency: 4, Local: true}}
		f.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if time.Since(began) < 4*time.Minute {
				yield(backend.Chunk{}, &session.CallError{Kind: "server", Status: 503, Retryable: true, Message: "503: Loading model"})
				return
			}
			says(time.Second, "ab")(ctx, n, w, yield)
		}
		r, rec := ableRunner(t, f, nil)
		j := start(t, r, matrix(20, "lab/m"))
		time.Sleep(time.Minute)
		p := j.Progress()
		for range 20 { // just now it may be asked whether it has
			if len(p.Waits) > 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
			p = j.Progress()
		}
		if len(p.Waits) != 1 || p.Waits[0].Why != "loading the model" || !p.Backends[0].Trying {
			t.Errorf("%+v", p)
		}
		run, err := j.Wait()
		if err != nil || run.Done != 20 || time.Since(began) > 5*time.Minute {
			t.Errorf("%+v %v after %s", run, err, time.Since(began))
		}
		if n := len(f.times()); n > 100 {
			t.Errorf("asked %d times", n)
		}
		sound(t, rec)
	})
	synctest.Test(t, func(t *testing.T) { // an engine here that fails is not asked again
		f := &fake{traits: backend.Traits{Concurrency: 1, Local: true}, play: fails(session.CallError{Kind: "server", Status: 500, Retryable: true})}
		r, rec := ableRunner(t, f, nil)
		if run, err := start(t, r, matrix(1, "lab/m")).Wait(); err != nil || run.Failed != 1 || len(f.times()) != 1 {
			t.Errorf("%+v %v, %d calls", run, err, len(f.times()))
		}
		sound(t, rec)
	})
}

// What a cell waits for is said, and counts.
func TestWaitsAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			time.Sleep(4500 * time.Millisecond)
			yield(backend.Chunk{Note: "loading the model, 40 %"}, nil)
			time.Sleep(4 * time.Second)
			yield(backend.Chunk{Read: 1200, Total: 4800}, nil)
			time.Sleep(4 * time.Second)
			yield(backend.Chunk{Read: 4800, Total: 4800, Text: "a"}, nil)
			time.Sleep(8 * time.Second)
			says(0, "b")(ctx, n, w, yield)
		}}
		r, rec := ableRunner(t, f, nil)
		j := start(t, r, matrix(1, "lab/m"))
		var said []string
		for range j.Bell() {
			for _, u := range j.Drain() {
				if u.Note != "" && (len(said) == 0 || said[len(said)-1] != u.Note) {
					said = append(said, u.Note)
				}
			}
		}
		all := strings.Join(said, "\n")
		for _, want := range []string{
			"waits for an answer, 3 s of at most 300 s", "waits for an answer, 4 s of at most 300 s", "loading the model, 40 %",
			"reading the prompt, 1,200 of 4,800 tokens", "silent for 6 s of at most 60 s",
		} {
			if !strings.Contains(all, want) {
				t.Errorf("%q is not said:\n%s", want, all)
			}
		}
		sound(t, rec)
	})
}

// A person is given all the time that they take.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{traits: backend.Traits{Concurrency: 1, Patient: true}, play: says(9*time.Hour, "ab")}
		r, rec := ableRunner(t, f, nil)
		if run, err := start(t, r, matrix(2, "lab/ana")).Wait(); err != nil || run.Done != 2 {
			t.Errorf("%+v %v", run, err)
		}
		sound(t, rec)
	})
}

// paced tells speeds.
type paced struct{ backendtest.Recorder }

func (*paced) Speeds(_ context.Context, models []string) (map[string]session.Speed, error) {
	out := map[string]session.Speed{}
	for _, m := range models {
		if m != "new/m" {
			out[m] = session.Speed{Answers: 5, TotalMS: 6000}
		}
	}
	return out, nil
}

// Before a run: how long it will take at the speed last seen, and what the cache
// saves.
func TestEstimateTimesAndSavings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(3*time.Second, "a", "b"), traits: backend.Traits{Concurrency: 4}}
		set := setOf(t, map[string]*fake{"lab": f, "new": f}, map[string]backend.Price{"m": {Input: 1e5, Output: 1e5, AsOf: "2026-05-01"}})
		r := engine.New(set, &paced{}, engine.Options{})
		old := matrix(8, "lab/m")
		if _, err := start(t, r, old).Wait(); err != nil {
			t.Fatal(err)
		}
		estimate := func(m engine.Matrix) engine.Estimate {
			p, err := m.Plan()
			if err != nil {
				t.Fatal(err)
			}
			e, err := r.Estimate(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		m := matrix(20, "lab/m")
		e := estimate(m) // 12 to go, 6 s each, four at once; 8 answers of 1.2 USD and 6 s are there
		if e.Cached != 8 || e.Calls != 12 || e.Left != 18*time.Second || e.Slowest != "lab" || e.Saved != 12*time.Second || e.PricedAt != "2026-05-01" {
			t.Errorf("%+v", e)
		}
		if e.SavedUSD == nil || *e.SavedUSD < 9.59 || *e.SavedUSD > 9.61 {
			t.Errorf("%v", e.SavedUSD)
		}
		m.How.Timing = true
		if e := estimate(m); e.Calls != 21 || e.Cached != 0 || e.Left != 126*time.Second {
			t.Errorf("%+v", e)
		}
		if e := estimate(matrix(20, "lab/m", "new/m")); e.Left != 0 {
			t.Errorf("a model that never answered has no speed: %+v", e)
		}
	})
}

// A plan that is right and yet costs more than it has to is told.
// What the limits of a run will cut off, and what does not fit into a model, is said
// before it begins.
func TestWarningsOfLimits(t *testing.T) {
	set := setOf(t, nil, nil)
	set.Put(backend.Config{Name: "lab", Kind: "openai", Prices: map[string]backend.Price{"m": {Input: 1e6, Output: 1e6}}, Context: map[string]int{"m": 40}}, &fake{})
	r := engine.New(set, &backendtest.Recorder{}, engine.Options{})
	warned := func(limits engine.Limits, long int) []string {
		m := matrix(8, "lab/m")
		m.Limits = limits
		for i := range long {
			m.Cases[i].Vars[0].Value = text.Raw(strings.Repeat("word ", 100*(i+1)))
		}
		p, err := m.Plan()
		if err != nil {
			t.Fatal(err)
		}
		e, err := r.Estimate(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		return e.Warnings
	}
	for _, k := range []struct {
		limits engine.Limits
		long   int
		want   string
	}{
		{engine.Limits{}, 0, ""},
		{engine.Limits{MaxRequests: 8, MaxCostUSD: 2000}, 0, ""},
		{engine.Limits{MaxRequests: 7}, 0, "it stops after 7 of 8 requests"},
		{engine.Limits{MaxCostUSD: 100}, 0, "and the budget is $100.00"},
		{engine.Limits{}, 2, "lab/m: 2 of 8 prompts do not fit into its context, by an estimate: the longest has 20"},
	} {
		got := warned(k.limits, k.long)
		if k.want == "" && len(got) > 0 || k.want != "" && (len(got) != 1 || !strings.Contains(got[0], k.want)) {
			t.Errorf("%+v, %d long: %q", k.limits, k.long, got)
		}
	}
}

func TestWarnings(t *testing.T) {
	f := &fake{traits: backend.Traits{OneModel: true}}
	r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), &backendtest.Recorder{}, engine.Options{})
	rule := text.Raw(strings.Repeat("The same rule for every case. ", 160))
	of := func(blocks ...text.Raw) engine.Matrix {
		m := matrix(3, "lab/m")
		m.Entries[0].Content.Blocks = nil
		for _, b := range blocks {
			m.Entries[0].Content.Blocks = append(m.Entries[0].Content.Blocks, session.Block{Kind: session.KindInstructions, Role: session.RoleUser, Text: b})
		}
		return m
	}
	two := matrix(2, "lab/m", "lab/m")
	two.Entries[1].Content.Params.Context = 8192
	for _, k := range []struct {
		name string
		m    engine.Matrix
		want string
	}{
		{"the case last", of(rule, "{{q}}"), ""},
		{"the case first", of("About {{q}}:", rule), "{{q}} in block 1 changes with each case and stands before 4,8"},
		{"and a short rest", of("About {{q}}:", "Be brief."), ""},
		{"two sizes of context", two, "lab/m is asked with contexts of different sizes (its own, 8,192)"},
		{"two models in turn", matrix(2, "lab/m", "lab/n"), "lab holds one model at a time: m, n"},
	} {
		p, err := k.m.Plan()
		if err != nil {
			t.Fatal(err)
		}
		e, err := r.Estimate(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(e.Warnings, "\n")
		if k.want == "" && all != "" || k.want != "" && (len(e.Warnings) != 1 || !strings.Contains(all, k.want)) {
			t.Errorf("%s: %q", k.name, all)
		}
	}
}
