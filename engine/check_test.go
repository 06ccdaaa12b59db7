package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galley/engine"
	"galley/engine/assert"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
)

func suiteOf(t testing.TB, specs ...string) session.Suite {
	t.Helper()
	s := session.Suite{Name: "tone"}
	for _, spec := range specs {
		a, err := session.ParseAssertion(spec)
		if err != nil {
			t.Fatal(err)
		}
		s.Assertions = append(s.Assertions, a)
	}
	return s
}

func check(t testing.TB, r *engine.Runner, m engine.Matrix, s session.Suite) *engine.CheckJob {
	t.Helper()
	p, err := m.Plan()
	if err != nil {
		t.Fatal(err)
	}
	j, err := r.Check(context.Background(), p, s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func sum(cases []session.CaseCheck) session.Check {
	c := session.Check{Cases: cases}
	c.Sum()
	return c
}

// Cells are graded while others still run; nobody has to drain.
func TestCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{play: says(300*time.Millisecond, "a", "b")}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		s := suiteOf(t, "equals: ab", "not-contains: {{q}}", "latency: 600")
		s.Assertions = append(s.Assertions, session.Assertion{Kind: session.AssertContains, Value: "c", CaseName: "c7", Weight: 1})
		j := check(t, r, matrix(10, "lab/m"), s)
		var seen []int
		for range j.Bell() {
			if n := len(j.Graded()); len(seen) == 0 || n > seen[len(seen)-1] {
				seen = append(seen, n)
			}
		}
		if run, err := j.Wait(); err != nil || run.Done != 10 {
			t.Errorf("%+v %v", run, err)
		}
		got := j.Graded()
		if c := sum(got); c.Passed != 9 || c.Failed != 1 || c.Errors+c.NotRun != 0 || len(c.Contestants) != 1 {
			t.Errorf("%+v", c)
		}
		for i, k := range got {
			if k.Case.ID != int64(i+1) || k.Attempts != 1 || k.Cached || k.CellID == 0 || (k.Status == session.CheckFail) != (k.Case.Name == "c7") {
				t.Errorf("%+v", k)
			}
		}
		if len(seen) < 3 || len(j.Results()) != 10 {
			t.Errorf("graded at once: %v, %d results", seen, len(j.Results()))
		}
		updates, all := j.Drain(), ""
		for _, u := range updates {
			all += string(u.Text)
			if u.Final == nil {
				t.Errorf("%+v", u)
			}
		}
		if all != strings.Repeat("ab", 10) || len(j.Drain()) != 0 {
			t.Errorf("drained %q", all)
		}
		sound(t, rec)
	})
}

// What came from the cache says so, and what had to be asked again says how often.
func TestCheckCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := says(10*time.Millisecond, "ab")
		f := &fake{play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if n == 1 {
				yield(backend.Chunk{}, &session.CallError{Kind: "server", Status: 500, Retryable: true})
				return
			}
			ok(ctx, n, w, yield)
		}}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		s := suiteOf(t, "equals: ab", "latency: 5")
		first := check(t, r, matrix(1, "lab/m"), s)
		if _, err := first.Wait(); err != nil || first.Graded()[0].Attempts != 2 || first.Graded()[0].Cached {
			t.Errorf("%v %+v", err, first.Graded())
		}
		again := check(t, r, matrix(1, "lab/m"), s)
		if _, err := again.Wait(); err != nil {
			t.Error(err)
		}
		k := again.Graded()[0]
		if !k.Cached || k.Status != session.CheckFail || !strings.Contains(string(k.Assertions[1].Message), "10 ms when it was first asked for") || len(f.times()) != 2 {
			t.Errorf("%+v after %d calls", k, len(f.times()))
		}
		m := matrix(1, "lab/m")
		m.NoCache = true
		fresh := check(t, r, m, s)
		if _, err := fresh.Wait(); err != nil || fresh.Graded()[0].Cached || len(f.times()) != 3 {
			t.Errorf("%v %+v", err, fresh.Graded())
		}
	})
}

// Errors and cells that were never asked are no passes.
func TestCheckIncomplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := says(time.Second, "ab")
		f := &fake{traits: backend.Traits{Concurrency: 1}, play: func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
			if n == 2 {
				yield(backend.Chunk{}, &session.CallError{Kind: "config", Status: 400, Message: "no such thing"})
				return
			}
			ok(ctx, n, w, yield)
		}}
		rec := &backendtest.Recorder{}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
		m := matrix(6, "lab/m")
		m.Limits.MaxRequests = 3
		j := check(t, r, m, suiteOf(t, "not-contains: z"))
		if _, err := j.Wait(); err != nil {
			t.Error(err)
		}
		got := j.Graded()
		c := sum(got)
		if c.Passed != 2 || c.Failed != 0 || c.Errors+c.NotRun != 4 || len(got) != 6 {
			t.Errorf("%+v", c)
		}
		i := slices.IndexFunc(got, func(k session.CaseCheck) bool { return strings.Contains(string(k.Why), "no such thing") })
		if i < 0 || got[i].Status != session.CheckError {
			t.Errorf("%+v", got)
		}
		for _, k := range got {
			if k.Status != session.CheckPass && k.Why == "" {
				t.Errorf("%+v does not say why", k)
			}
		}
	})
}

// An answer in which there is nothing to read is empty, however it ended.
func TestCheckBlank(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for said, want := range map[string]session.CheckStatus{"\u200b\n": session.CheckError, "ab": session.CheckPass} {
			f := &fake{play: says(time.Second, said)}
			r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), &backendtest.Recorder{}, engine.Options{})
			j := check(t, r, matrix(1, "lab/m"), suiteOf(t, "not-contains: z"))
			if _, err := j.Wait(); err != nil {
				t.Error(err)
			}
			if k := j.Graded()[0]; k.Status != want || want == session.CheckError && !strings.Contains(string(k.Why), "empty") {
				t.Errorf("%q: %+v", said, k)
			}
		}
	})
}

func TestCheckCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{traits: backend.Traits{Concurrency: 1}, play: says(time.Hour, "ab")}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), &backendtest.Recorder{}, engine.Options{})
		j := check(t, r, matrix(3, "lab/m"), suiteOf(t, "not-contains: z"))
		time.Sleep(time.Second)
		j.Cancel()
		if run, err := j.Wait(); err != nil || run.State != session.RunStopped {
			t.Errorf("%+v %v", run, err)
		}
		if c := sum(j.Graded()); c.Passed+c.Failed != 0 || c.Errors != 1 || c.NotRun != 2 {
			t.Errorf("%+v", c)
		}
	})
}

// A run that is given up ends, however long its answers would take to grade.
func TestCheckGivenUp(t *testing.T) {
	t.Parallel()
	doc := "[" + strings.Repeat("1,", 200_000) + "1]"
	specs := make([]string, 400) // each is walked until it may take no more steps
	for i := range specs {
		specs[i] = fmt.Sprintf("not-json-path [.[]|[.]|[.]|[.]|[.,%d]]|length: 0", i)
	}
	for _, byContext := range []bool{false, true} {
		f := &fake{play: says(0, doc)}
		r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), &backendtest.Recorder{}, engine.Options{})
		p, err := matrix(20, "lab/m").Plan()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		j, err := r.Check(ctx, p, suiteOf(t, specs...))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		if byContext {
			cancel()
		} else {
			j.Cancel()
		}
		ended := make(chan error, 1)
		go func() { _, err := j.Wait(); ended <- err }()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second): // grading all takes minutes
			t.Fatal("still graded")
		}
		if c := sum(j.Graded()); c.Passed != 0 || len(c.Cases) != 20 {
			t.Errorf("%d of %d pass", c.Passed, len(c.Cases))
		}
		cancel()
	}
}

// A suite that can't be evaluated is refused before anything is sent.
func TestCheckRefused(t *testing.T) {
	f := &fake{play: says(0, "ab")}
	rec := &backendtest.Recorder{}
	r := engine.New(setOf(t, map[string]*fake{"lab": f}, nil), rec, engine.Options{})
	p, err := matrix(2, "lab/m").Plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []session.Suite{{}, suiteOf(t, "contains: a", "regex: (?=a)"), suiteOf(t, `is-json: {"$ref": "file:///etc/passwd"}`)} {
		if _, err := r.Check(context.Background(), p, s); err == nil || len(f.times()) != 0 || len(rec.Attempts()) != 0 {
			t.Errorf("%v after %d calls", err, len(f.times()))
		}
	}
}

// Over the wire and with the built-in baseline: what was recorded is what was
// graded.
func TestCheckRecorded(t *testing.T) {
	r, rec, _ := loop(t, 4, func(q backendtest.Request) backendtest.Answer {
		if q.Number%4 == 0 {
			return backendtest.Answer{Header: backendtest.Events().Header, Body: []string{backendtest.Delta("cut"), backendtest.Finish("length"), "data: [DONE]\n\n"}}
		}
		return backendtest.Says("yes ", fmt.Sprint(q.Number))
	})
	s := suiteOf(t, "starts-with: yes", "finish-reason: stop")
	j := check(t, r, matrix(12, "lab/m", "embedded/nearest"), s)
	run, err := j.Wait()
	if err != nil {
		t.Fatal(err)
	}
	want, err := assert.Grade(s, rec.Results(run.ID))
	if err != nil || len(want) != 24 {
		t.Fatal(want, err)
	}
	got := j.Graded()
	for i := range want {
		if g, w := fmt.Sprintf("%+v", got[i]), fmt.Sprintf("%+v", want[i]); g != w {
			t.Errorf("%s\n%s", g, w)
		}
	}
	if c := sum(got); c.Passed != 9 || c.Failed != 15 || c.Errors+c.NotRun != 0 {
		t.Errorf("%+v", c)
	}
}
