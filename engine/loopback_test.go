package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"galley/engine"
	"galley/engine/backend"
	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// loop is a runner over a loopback model.
func loop(t testing.TB, conns int, play func(backendtest.Request) backendtest.Answer) (*engine.Runner, *backendtest.Recorder, *backendtest.Server) {
	t.Helper()
	s := backendtest.NewServer(play)
	t.Cleanup(s.Close)
	set, err := backend.NewSet([]backend.Config{{Name: "lab", Kind: "openai", BaseURL: s.URL, KeyEnv: "K", Concurrency: conns}}, func(string) string { return "sk-canary-42" }, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	rec := &backendtest.Recorder{}
	r := engine.New(set, rec, engine.Options{})
	t.Cleanup(r.Close)
	return r, rec, s
}

// What the server got is what was written down before, byte for byte, once
// each; and what was written down is what the proof becomes.
func TestSentIsWrittenDown(t *testing.T) {
	r, rec, s := loop(t, 4, backendtest.Echo)
	m := matrix(12, "lab/m")
	m.Takes = 2
	for i := range m.Cases {
		m.Cases[i].Vars[0].Value = text.Raw([]string{"\x00\x1b[2J", "{{q}}", "é\u2028\u202e", "\"\\\n</x>", "👩‍🚀 ok"}[i%5] + fmt.Sprint(i))
	}
	run, err := start(t, r, m).Wait()
	if err != nil || run.Done != 24 {
		t.Fatalf("%+v %v", run, err)
	}
	sent := map[string]int{}
	for _, q := range s.Requests() {
		sent[string(q.Body)]++
	}
	attempts := rec.Attempts()
	if len(s.Requests()) != len(attempts) || len(attempts) != 24 {
		t.Errorf("%d requests, %d attempts", len(s.Requests()), len(attempts))
	}
	for _, a := range attempts {
		if sent[string(a.Wire.Body)]--; sent[string(a.Wire.Body)] < 0 {
			t.Errorf("never sent: %s", a.Wire.Body)
		}
	}
	p, _ := m.Plan()
	for i, res := range rec.Results(run.ID) {
		w, err := r.Wire("lab/m", p.Proofs[p.Cells[i].Proof], res.Cell.Take)
		if err != nil || w.Hash != res.Cell.Wire {
			t.Errorf("cell %d: %s, the proof becomes %s", i, res.Cell.Wire, w.Hash)
		}
		if want := p.Proofs[p.Cells[i].Proof].Messages[0].Content; res.Output.Text != want {
			t.Errorf("cell %d: %q came back as %q", i, want, res.Output.Text)
		}
	}
	sound(t, rec)
}

// Cancelling closes the connections, and the server sees it.
func TestCancelReachesTheServer(t *testing.T) {
	r, rec, s := loop(t, 4, func(backendtest.Request) backendtest.Answer {
		return backendtest.Answer{Header: backendtest.Events().Header, Body: []string{backendtest.Delta("so far")}, Hang: true}
	})
	j := start(t, r, matrix(10, "lab/m"))
	for open, _ := s.Hanging(); open < 4; open, _ = s.Hanging() {
		time.Sleep(5 * time.Millisecond)
	}
	began := time.Now()
	j.Cancel()
	run, err := j.Wait()
	if err != nil || time.Since(began) > time.Second || run.State != session.RunStopped {
		t.Errorf("%+v %v after %s", run, err, time.Since(began))
	}
	for open, closed := s.Hanging(); open != 0 || closed != 4; open, closed = s.Hanging() {
		if time.Since(began) > 2*time.Second {
			t.Fatalf("%d open, %d closed", open, closed)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if n := count(rec, run.ID); n[session.StatusStopped] != 4 || n[session.StatusWaiting] != 6 {
		t.Errorf("%v", n)
	}
	sound(t, rec)
}

// The server drops idle connections between answers: attempts are requests.
func TestAttemptsAreRequests(t *testing.T) {
	r, rec, s := loop(t, 2, func(q backendtest.Request) backendtest.Answer {
		a := backendtest.Says("ab")
		if q.Number%3 == 0 {
			a.Header = map[string]string{"Content-Type": "text/event-stream", "Connection": "close"}
		}
		if q.Number%5 == 0 {
			return backendtest.Answer{Raw: "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}
		}
		return a
	})
	run, err := start(t, r, matrix(15, "lab/m")).Wait()
	if err != nil || run.Done != 15 {
		t.Errorf("%+v %v", run, err)
	}
	if len(s.Requests()) != len(rec.Attempts()) {
		t.Errorf("%d requests, %d attempts", len(s.Requests()), len(rec.Attempts()))
	}
	sound(t, rec)
}

// The demo's path: the built-in baseline, end to end, with its own tokens.
func TestEmbeddedRun(t *testing.T) {
	set, err := backend.NewSet(nil, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	rec := &backendtest.Recorder{}
	r := engine.New(set, rec, engine.Options{})
	m := matrix(3, "embedded/nearest", "embedded/extract")
	run, err := start(t, r, m).Wait()
	if err != nil || run.Done != 6 {
		t.Fatalf("%+v %v", run, err)
	}
	for _, res := range rec.Results(run.ID) {
		if o := res.Output; o.Text != backend.Unknown || o.Usage.Source != "tokenizer" || o.Usage.Input == 0 || o.CostUSD == nil || *o.CostUSD != 0 || o.Digest == "" {
			t.Errorf("%+v", o)
		}
	}
	sound(t, rec)
}

// BenchmarkRequests runs the same requests through a bare loop and through the
// Runner; the ratio of the two is what the Runner costs.
func BenchmarkRequests(b *testing.B) {
	const conns, cells = 8, 400
	r, _, s := loop(b, conns, func(backendtest.Request) backendtest.Answer { return backendtest.Says("ab") })
	m := matrix(cells, "lab/m")
	m.NoCache = true
	plan, err := m.Plan()
	if err != nil {
		b.Fatal(err)
	}
	var bare, ours time.Duration
	for b.Loop() {
		began := time.Now()
		bareLoop(b, s.URL, conns, cells)
		bare += time.Since(began)
		began = time.Now()
		j, err := r.Start(context.Background(), plan)
		if err != nil {
			b.Fatal(err)
		}
		if run, err := j.Wait(); err != nil || run.Done != cells {
			b.Fatal(run, err)
		}
		ours += time.Since(began)
	}
	n := float64(b.N * cells)
	b.ReportMetric(n/bare.Seconds(), "bare-req/s")
	b.ReportMetric(n/ours.Seconds(), "req/s")
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "times-bare")
}

func bareLoop(b *testing.B, url string, conns, cells int) {
	tr := &http.Transport{MaxIdleConnsPerHost: conns}
	defer tr.CloseIdleConnections()
	body := []byte(`{"model":"m","messages":[{"role":"user","content":"question"}],"stream":true}`)
	next := make(chan int)
	var wg sync.WaitGroup
	for range conns {
		wg.Go(func() {
			for range next {
				req, err := http.NewRequest("POST", url+"/chat/completions", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				resp, err := tr.RoundTrip(req)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	for i := range cells {
		next <- i
	}
	close(next)
	wg.Wait()
}

// BenchmarkStreaming is 64 cells that stream at once, drained 30 times a second.
func BenchmarkStreaming(b *testing.B) {
	pieces := make([]string, 400)
	for i := range pieces {
		pieces[i] = "token "
	}
	f := &fake{play: says(0, pieces...), traits: backend.Traits{Concurrency: 64}}
	r := engine.New(setOf(b, map[string]*fake{"lab": f}, nil), &backendtest.Recorder{}, engine.Options{})
	m := matrix(64, "lab/m")
	m.NoCache = true
	plan, err := m.Plan()
	if err != nil {
		b.Fatal(err)
	}
	total := 0
	for b.Loop() {
		j, err := r.Start(context.Background(), plan)
		if err != nil {
			b.Fatal(err)
		}
		for range j.Bell() {
			for _, u := range j.Drain() {
				total += len(u.Text)
			}
		}
		for _, u := range j.Drain() {
			total += len(u.Text)
		}
	}
	if total != b.N*64*400*6 {
		b.Fatalf("%d bytes", total)
	}
	b.ReportMetric(float64(total)/6/b.Elapsed().Seconds(), "tokens/s")
}
