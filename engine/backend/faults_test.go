package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"galley/engine/backend/backendtest"
	"galley/session"
)

// speakers are the kinds that speak HTTP: every one plays every fault.
var speakers = []struct {
	kind   string
	tongue backendtest.Tongue
	path   string // of its base_url
	// stays: what breaks stays broken, so that of its own errors only the one that
	// says that a model is loading is waited for.
	stays bool
}{
	{"openai", backendtest.Chat(), "/v1", false},
	{"llamacpp", backendtest.Chat(), "", true},
	{"vllm", backendtest.Chat(), "/v1", false},
	{"anthropic", backendtest.Claude(), "/v1", false},
	{"gemini", backendtest.Gemini(), "/v1beta", false},
	{"ollama", backendtest.Ollama(), "", false},
}

// silent are the kinds that speak no HTTP themselves.
var silent = []string{"embedded", "human", "llama-server"}

func TestEveryKindIsInTheTable(t *testing.T) {
	for _, k := range All() {
		spoken := false
		for _, sp := range speakers {
			spoken = spoken || sp.kind == k.Name
		}
		if spoken == slices.Contains(silent, k.Name) {
			t.Errorf("%s is in neither list of faults_test.go, or in both", k.Name)
		}
	}
}

const faultKey = `sk-canary-9f"8e/7d+6c&5b4a3`

// speaker opens the kind on the server.
func speaker(t *testing.T, kind, base string) Backend {
	t.Helper()
	return speakerWith(t, kind, base, faultKey)
}

func speakerWith(t *testing.T, kind, base, key string) Backend {
	t.Helper()
	for _, k := range All() {
		if k.Name != kind {
			continue
		}
		b, err := k.Open(Config{Name: "lab", Kind: kind, BaseURL: base, KeyEnv: "LAB_KEY"}, func(string) string { return key })
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	t.Fatalf("no kind %s", kind)
	return nil
}

// minute ends a test that hangs.
func minute(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Every fault of a server leads every adapter to the right state: never to an
// answer that is none, never with the key in an error, never to another server.
func TestFaults(t *testing.T) {
	for _, sp := range speakers {
		t.Run(sp.kind, func(t *testing.T) {
			t.Parallel()
			var now backendtest.Fault
			s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return now.Answer })
			defer s.Close()
			target := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return sp.tongue.Says("caught") })
			defer target.Close()
			b := speaker(t, sp.kind, strings.TrimSuffix(s.URL, "/v1")+sp.path)
			w := wireOf(t, b, "hi")
			for _, now = range backendtest.Faults(sp.tongue, faultKey, target.URL+"/chat/completions") {
				asked := len(s.Requests())
				h := suffer(minute(t), b, w, now, s)
				f := now
				f.Heals = f.Heals && (f.Kind != "server" || !sp.stays || strings.Contains(f.Name, "loading"))
				judge(t, f, h)
				if n := len(s.Requests()) - asked; n != 1 {
					t.Errorf("%s: %d requests", now.Name, n)
				}
				if now.Endless || now.Answer.Flood != "" {
					awaitClosed(t, now.Name, s)
				}
			}
			if n := len(target.Requests()); n != 0 {
				t.Errorf("%d requests where a redirect led", n)
			}
		})
	}
}

// suffer asks once. From an answer without end it goes away once its text came
// and the server hangs.
func suffer(ctx context.Context, b Backend, w session.Wire, f backendtest.Fault, s *backendtest.Server) (h heard) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var came atomic.Bool
	came.Store(f.Text == "")
	if f.Endless {
		go func() {
			for ctx.Err() == nil {
				if open, _ := s.Hanging(); open > 0 && came.Load() {
					time.Sleep(20 * time.Millisecond) // some more of it
					cancel()
				}
				time.Sleep(time.Millisecond)
			}
		}()
	}
	for c, err := range b.Stream(ctx, "m", w) {
		if err != nil {
			if !errors.As(err, &h.err) {
				panic("no CallError: " + err.Error())
			}
			return h
		}
		h.text += string(c.Text)
		h.reason += string(c.Reason)
		came.Store(came.Load() || h.text != "")
		if c.Done {
			h.last = c
			return h
		}
	}
	return h
}

// What can't be listed is said, without the key, and nobody is asked elsewhere.
func TestFaultsOfModels(t *testing.T) {
	for _, sp := range speakers {
		t.Run(sp.kind, func(t *testing.T) {
			t.Parallel()
			var now backendtest.Fault
			s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return now.Answer })
			defer s.Close()
			target := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return sp.tongue.Says("caught") })
			defer target.Close()
			b := speaker(t, sp.kind, strings.TrimSuffix(s.URL, "/v1")+sp.path)
			for _, now = range backendtest.Faults(sp.tongue, faultKey, target.URL+"/models") {
				if now.Endless || now.Kind == "" {
					continue
				}
				all, err := b.Models(minute(t))
				var ce *session.CallError
				switch {
				case err != nil && !errors.As(err, &ce):
					t.Errorf("%s: %T is no CallError", now.Name, err)
				case err != nil:
					keyless(t, now.Name, string(ce.Message))
				case now.Answer.Status >= 300 || len(all) > 0:
					t.Errorf("%s: models %+v", now.Name, all)
				}
			}
			if n := len(target.Requests()); n != 0 {
				t.Errorf("%d requests where a redirect led", n)
			}
		})
	}
}

// judge compares what was heard with what must come of the fault.
func judge(t *testing.T, f backendtest.Fault, h heard) {
	t.Helper()
	if h.text != f.Text {
		t.Errorf("%s: text %q, want %q", f.Name, cut(h.text, 80), f.Text)
	}
	want := f.Kind
	if f.Endless {
		want = "network" // cancelled, by us
	}
	if want != "" {
		switch {
		case h.err == nil || h.last.Done:
			t.Errorf("%s: no error: %+v", f.Name, h.last)
		case want != "*" && (h.err.Kind != want || h.err.Retryable != f.Heals || h.err.AfterMS < f.After.Milliseconds() || f.After > 0 && h.err.AfterMS != f.After.Milliseconds()):
			t.Errorf("%s: %+v, want %s, heals %v, after %s", f.Name, h.err, want, f.Heals, f.After)
		case !strings.Contains(string(h.err.Message), f.Says):
			t.Errorf("%s: %s, want %q in it", f.Name, h.err.Message, f.Says)
		}
		if h.err != nil {
			keyless(t, f.Name, string(h.err.Message))
		}
		return
	}
	switch {
	case h.err != nil:
		t.Errorf("%s: %v", f.Name, h.err)
	case !h.last.Done || h.last.Status != f.Status:
		t.Errorf("%s: %+v, want %s", f.Name, h.last, f.Status)
	case f.Model != "" && string(h.last.Model) != f.Model:
		t.Errorf("%s: model %q, want %q", f.Name, h.last.Model, f.Model)
	case f.Counts && (h.last.Usage == nil) != (f.Usage == nil), f.Counts && f.Usage != nil && *h.last.Usage != *f.Usage:
		t.Errorf("%s: usage %+v, want %+v", f.Name, h.last.Usage, f.Usage)
	}
	keyless(t, f.Name, string(h.last.Model)+h.last.Finish+h.last.Server)
}

// keyless finds the key, and any part of it that would do harm.
func keyless(t *testing.T, name, s string) {
	t.Helper()
	for _, leak := range []string{faultKey, "canary-9f", "7d+6c", "5b4a3", strings.ReplaceAll(faultKey, `"`, `\"`)} {
		if strings.Contains(s, leak) {
			t.Errorf("%s: the key is in %q", name, s)
		}
	}
}

// awaitClosed waits until the server sees that its client is gone.
func awaitClosed(t *testing.T, name string, s *backendtest.Server) {
	t.Helper()
	for range 6000 {
		if open, _ := s.Hanging(); open == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: the connection is open", name)
}

// A flood costs no memory beyond what is handed on, and a piece without end is
// ended at the limit.
func TestFloods(t *testing.T) {
	enough := 48 << 20
	if testing.Short() {
		enough = 16 << 20
	}
	for _, sp := range speakers {
		var now backendtest.Answer
		s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return now })
		// A key as keys are: one that holds what escapes are written with is looked for
		// by a pattern, at a hundredth of the speed.
		b := speakerWith(t, sp.kind, strings.TrimSuffix(s.URL, "/v1")+sp.path, "sk-canary-9f8e7d6c5b4a3f2e1d0c")
		w := wireOf(t, b, "hi")
		now = backendtest.Flood(sp.tongue)
		base, most, got := heap(), uint64(0), 0
		next := 8 << 20
		for c, err := range b.Stream(minute(t), "m", w) {
			if err != nil {
				t.Fatalf("%s: %v", sp.kind, err)
			}
			if got += len(c.Text); got > next {
				most = max(most, heap())
				next += 8 << 20
			}
			if got > enough {
				break
			}
		}
		if most > base+8<<20 {
			t.Errorf("%s: a flood of %d MiB holds %d MiB", sp.kind, got>>20, (most-base)>>20)
		}
		awaitClosed(t, sp.kind+" flood", s)
		now = backendtest.Line(sp.tongue)
		h := listen(minute(t), b, w)
		if h.err == nil || h.err.Kind != "limit" {
			t.Errorf("%s: a line without end: %+v", sp.kind, h.err)
		}
		awaitClosed(t, sp.kind+" line", s)
		if n := s.Flooded(); n > 2*(enough+eventLimit)+8<<20 {
			t.Errorf("%s: %d MiB were taken", sp.kind, n>>20)
		}
		s.Close()
	}
}

// heap is what is held after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Whatever bytes come, an adapter ends with an answer or an error, and says the
// same however they are cut.
func FuzzAdapters(f *testing.F) {
	for i, tg := range backendtest.Tongues() {
		f.Add(i, []byte(tg.Start+tg.Text("a\U0001f600")+tg.Ping+tg.End("7", "2")))
		f.Add(i, []byte(tg.Start+tg.Text("a")+tg.Error("no")))
	}
	f.Add(1, []byte(claudeStream))
	f.Add(2, []byte(geminiStream))
	f.Fuzz(func(t *testing.T, which int, b []byte) {
		decoders := []func() decoder{
			func() decoder { return &answer{} }, func() decoder { return &claudeAnswer{} }, func() decoder { return &geminiAnswer{} },
		}
		hear := func(r io.Reader) heard {
			o := lab(t, "http://127.0.0.1:1/v1", "")
			said(o.client, "", r)
			return listen(context.Background(), decoded{o, decoders[uint(which)%uint(len(decoders))]()}, session.NewWire("POST", "/x", nil))
		}
		whole, bytewise := hear(bytes.NewReader(b)), hear(iotest.OneByteReader(bytes.NewReader(b)))
		if whole.err == nil && !whole.last.Done {
			t.Fatalf("%q ends neither done nor in error", b)
		}
		if whole.text != bytewise.text || whole.reason != bytewise.reason || whole.last.Status != bytewise.last.Status || fmt.Sprint(whole.err) != fmt.Sprint(bytewise.err) {
			t.Fatalf("%q:\n%+v\n%+v", b, whole, bytewise)
		}
	})
}

// decoded is a backend that reads with a decoder of its own.
type decoded struct {
	*openai
	d decoder
}

// Stream reads what the server says.
func (x decoded) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return x.stream(ctx, w, "text/event-stream", x.d)
}
