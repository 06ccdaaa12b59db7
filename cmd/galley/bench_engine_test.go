package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
	"galley/store"
)

// stub is a server that answers after a time, in pieces that say when they were
// written.
type stub struct {
	*httptest.Server
	latency time.Duration
	pieces  int // with gap between them
	gap     time.Duration
	full    int64 // answers at once from which on pieces say when they were written
	asked   atomic.Int64
	busy    atomic.Int64
	most    atomic.Int64
}

func newStub(b testing.TB, latency time.Duration) *stub {
	s := &stub{latency: latency, pieces: 1}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	b.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func (s *stub) answer(w http.ResponseWriter, r *http.Request) {
	n := s.busy.Add(1)
	defer s.busy.Add(-1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
	_, _ = io.Copy(io.Discard, r.Body)
	// Streams of one server are in no step with each other.
	time.Sleep(s.latency + s.gap*time.Duration(s.asked.Add(1)*37%100)/100)
	w.Header().Set("Content-Type", "text/event-stream")
	for i := range s.pieces {
		if i > 0 {
			time.Sleep(s.gap)
		}
		said := "-"
		if s.full > 0 && s.busy.Load() >= s.full {
			said = strconv.FormatInt(time.Now().UnixNano(), 10)
		}
		fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s the answer is short \"},\"finish_reason\":null}],\"model\":\"m\"}\n\n", said)
		w.(http.Flusher).Flush()
	}
	_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"model\":\"m\"}\n\ndata: {\"choices\":[],\"model\":\"m\",\"usage\":{\"prompt_tokens\":300,\"completion_tokens\":6}}\n\ndata: [DONE]\n\n")
}

// plant is a workspace on disk and a runner over a stub.
type plant struct {
	run   *engine.Runner
	entry engine.Entry
	id    int64
}

func newPlant(b testing.TB, s *stub, conns int) *plant {
	ctx := context.Background()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	st, err := store.Open(ctx, filepath.Join(b.TempDir(), "bench.db"), store.Options{Create: true})
	must(err)
	set, err := backend.NewSet([]backend.Config{{Name: "lab", Kind: "openai", BaseURL: s.URL + "/v1", Concurrency: conns}}, nil, backend.Embedded{})
	must(err)
	r := engine.New(set, st, engine.Options{})
	b.Cleanup(func() { r.Close(); _ = set.Close(); _ = st.Close() })
	p, err := st.CreatePrompt(ctx, "bench", "", "")
	must(err)
	v, err := st.CreateVariant(ctx, p.ID, "base", session.Content{
		Params: session.Params{MaxTokens: 100},
		Blocks: []session.Block{
			{UID: "b1", Kind: session.KindSystem, Role: session.RoleSystem, Text: text.Raw(strings.Repeat("A rule of the house. ", 50))},
			{UID: "b2", Kind: session.KindInput, Role: session.RoleUser, Text: "{{q}}"},
		},
	}, "begun")
	must(err)
	return &plant{r, engine.Entry{
		Contestant: session.Contestant{RevisionID: v.Revision.ID, Variant: v.Ref(), Model: "lab/m"}, Content: v.Revision.Content,
	}, p.ID}
}

// plan is n cells that the cache does not hold.
func (p *plant) plan(b testing.TB, n int) engine.Plan {
	m := engine.Matrix{PromptID: p.id, Prompt: "bench", NoCache: true, Entries: []engine.Entry{p.entry}}
	for i := range n {
		name := text.Raw(fmt.Sprint("c", i+1))
		m.Cases = append(m.Cases, session.Case{Name: name, Vars: []session.Var{{Name: "q", Value: "Question " + name}}})
	}
	plan, err := m.Plan()
	if err != nil {
		b.Fatal(err)
	}
	return plan
}

// bare asks the same with nothing but Go's client, conns at once, and hands each
// line of an answer to heard.
func bare(b testing.TB, s *stub, conns int, bodies [][]byte, heard func([]byte)) {
	tr := &http.Transport{MaxIdleConnsPerHost: conns, MaxIdleConns: conns}
	defer tr.CloseIdleConnections()
	next := make(chan []byte)
	var wg sync.WaitGroup
	for range conns {
		wg.Go(func() {
			for body := range next {
				req, err := http.NewRequest("POST", s.URL+"/v1/chat/completions", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				resp, err := tr.RoundTrip(req)
				if err != nil {
					b.Error(err)
					return
				}
				for in := bufio.NewScanner(resp.Body); in.Scan(); {
					heard(in.Bytes())
				}
				_ = resp.Body.Close()
			}
		})
	}
	for _, body := range bodies {
		next <- body
	}
	close(next)
	wg.Wait()
}

// bodiesOf are the requests that a plan becomes.
func (p *plant) bodiesOf(b testing.TB, plan engine.Plan) [][]byte {
	var out [][]byte
	for _, c := range plan.Cells {
		w, err := p.run.Wire("lab/m", plan.Proofs[c.Proof], 1)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, w.Body)
	}
	return out
}

// work runs a plan to its end; each is called with what is new whenever there is
// something. started is how long it took to write the plan down, took the rest.
func (p *plant) work(b testing.TB, plan engine.Plan, each func([]engine.Update)) (started, took time.Duration) {
	began := time.Now()
	j, err := p.run.Start(context.Background(), plan)
	if err != nil {
		b.Fatal(err)
	}
	started = time.Since(began)
	var screen sync.WaitGroup
	screen.Go(func() {
		for range j.Bell() {
			each(j.Drain())
		}
	})
	defer screen.Wait()
	run, err := j.Wait()
	took = time.Since(began) - started
	if err != nil || run.Done != len(plan.Cells) {
		b.Fatal(run, err)
	}
	return started, took
}

// frames drains as a screen does, thirty times a second.
func frames([]engine.Update) { time.Sleep(33 * time.Millisecond) }

// BenchmarkBesideBare is the requests a second of a run, 64 at once, against a
// server that takes 20 ms; everything is stored and indexed. Beside it is a loop
// that has nothing but Go's client.
func BenchmarkBesideBare(b *testing.B) {
	const conns, cells = 64, 4000
	s := newStub(b, 20*time.Millisecond)
	p := newPlant(b, s, conns)
	plan := p.plan(b, cells)
	bodies := p.bodiesOf(b, plan)
	var loop, ours, starts time.Duration
	for b.Loop() {
		began := time.Now()
		bare(b, s, conns, bodies, func([]byte) {})
		loop += time.Since(began)
		started, took := p.work(b, plan, frames)
		starts, ours = starts+started, ours+took
	}
	b.ReportMetric(inMS(starts)/float64(b.N), "start-ms")
	n := float64(b.N * cells)
	b.ReportMetric(n/loop.Seconds(), "bare-req/s")
	b.ReportMetric(n/ours.Seconds(), "req/s")
	b.ReportMetric(loop.Seconds()/ours.Seconds(), "of-bare")
	if m := s.most.Load(); m > conns {
		b.Errorf("%d requests at once", m)
	}
}

// lag is how late pieces came, by the time that stands in each.
type lag struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *lag) note(piece string) {
	now := time.Now().UnixNano()
	digits := strings.TrimLeft(piece, " ")
	end := strings.IndexByte(digits, ' ')
	if end < 0 {
		return
	}
	if at, err := strconv.ParseInt(digits[:end], 10, 64); err == nil {
		l.mu.Lock()
		l.all = append(l.all, time.Duration(now-at))
		l.mu.Unlock()
	}
}

func (l *lag) p99() time.Duration {
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	return l.all[len(l.all)*99/100]
}

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkStreams is how late a piece of an answer is there, while 1,000 answers
// stream at once, beside a loop that has nothing but Go's client.
func BenchmarkStreams(b *testing.B) {
	const streams = 1000
	s := newStub(b, 200*time.Millisecond)
	s.pieces, s.gap, s.full = 12, 500*time.Millisecond, streams
	p := newPlant(b, s, streams)
	plan := p.plan(b, streams)
	bodies := p.bodiesOf(b, plan)
	var loop, ours lag
	for b.Loop() {
		bare(b, s, streams, bodies, func(line []byte) {
			if _, piece, ok := bytes.Cut(line, []byte(`"content":"`)); ok {
				loop.note(string(piece))
			}
		})
		p.work(b, plan, func(all []engine.Update) {
			for _, u := range all {
				ours.note(string(u.Text))
			}
		})
	}
	if len(loop.all) < streams || len(ours.all) < streams {
		b.Fatalf("%d and %d pieces while all streamed", len(loop.all), len(ours.all))
	}
	b.ReportMetric(inMS(loop.p99()), "bare-p99-ms")
	b.ReportMetric(inMS(ours.p99()), "p99-ms")
	b.ReportMetric(inMS(ours.p99()-loop.p99()), "added-p99-ms")
}

// BenchmarkMemory is the memory of 10,000 cells, 256 at once.
func BenchmarkMemory(b *testing.B) {
	const conns, cells = 256, 10_000
	s := newStub(b, 20*time.Millisecond)
	p := newPlant(b, s, conns)
	plan := p.plan(b, cells)
	var heap, sys uint64
	for b.Loop() {
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			var m runtime.MemStats
			for {
				runtime.ReadMemStats(&m)
				heap, sys = max(heap, m.HeapInuse), max(sys, m.Sys-m.HeapReleased)
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
		p.work(b, plan, frames)
		close(stop)
		wg.Wait()
	}
	b.ReportMetric(float64(heap)/1e6, "heap-MB")
	b.ReportMetric(float64(sys)/1e6, "sys-MB")
}

// BenchmarkIdeal is the time of a run of 50 ms answers over what these answers
// take at least.
func BenchmarkIdeal(b *testing.B) {
	const conns, cells, latency = 16, 960, 50 * time.Millisecond
	s := newStub(b, latency)
	p := newPlant(b, s, conns)
	plan := p.plan(b, cells)
	bodies := p.bodiesOf(b, plan)
	var loop, ours time.Duration
	for b.Loop() {
		began := time.Now()
		bare(b, s, conns, bodies, func([]byte) {})
		loop += time.Since(began)
		_, took := p.work(b, plan, frames)
		ours += took
	}
	ideal := time.Duration(b.N) * latency * cells / conns
	b.ReportMetric(float64(loop)/float64(ideal), "bare-of-ideal")
	b.ReportMetric(float64(ours)/float64(ideal), "of-ideal")
}
