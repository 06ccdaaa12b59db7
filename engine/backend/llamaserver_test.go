package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

// playServer is the test binary under the name "play-server": a llama-server that
// does what its prompts say. false: it is called otherwise.
func playServer() bool {
	if filepath.Base(os.Args[0]) != "play-server" {
		return false
	}
	args := os.Args[1:]
	switch args[0] {
	case "--version":
		fmt.Println("version: 9.9 (build 1, commit play)")
		return true
	case "--help":
		fmt.Println("--port PORT\n--api-key KEY")
		return true
	}
	after := func(flag string) string { return args[slices.Index(args, flag)+1] }
	alias, key := after("-a"), os.Getenv("LLAMA_API_KEY")
	l, err := net.Listen("tcp4", "127.0.0.1:"+after("--port"))
	if err != nil {
		fmt.Println("couldn't bind HTTP server socket")
		os.Exit(1)
	}
	up := time.Now()
	var hung atomic.Bool
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hung.Load() {
			<-r.Context().Done()
			return
		}
		switch {
		case r.URL.Path == "/health":
			if alias == "slow" && time.Since(up) < 1500*time.Millisecond {
				fmt.Println("....")
				w.WriteHeader(503)
			}
		case r.Header.Get("Authorization") != "Bearer "+key:
			w.WriteHeader(401)
		case r.URL.Path == "/props":
			fmt.Fprintf(w, `{"model_alias":%q,"total_slots":2,"default_generation_settings":{"n_ctx":512}}`, alias)
		case r.URL.Path == "/slots":
			fmt.Fprint(w, `[{"is_processing":true},{"is_processing":false}]`)
		case r.Method == http.MethodPost:
			if playAnswer(w, r, alias, key) {
				hung.Store(true)
				<-r.Context().Done()
			}
		default:
			w.WriteHeader(404)
		}
	}))
	return true
}

// playAnswer answers; hang: with a half, and never anything more to anybody.
func playAnswer(w http.ResponseWriter, r *http.Request, alias, key string) (hang bool) {
	body, _ := io.ReadAll(r.Body)
	event := func(s string) {
		fmt.Fprintf(w, "data: %s\n\n", s)
		_ = http.NewResponseController(w).Flush()
	}
	switch {
	case strings.Contains(string(body), "fail"):
		w.WriteHeader(500)
		fmt.Fprintf(w, `{"error":{"code":500,"message":"compute failed, key %s","type":"server_error"}}`, key)
		return false
	case strings.Contains(string(body), "die"):
		w.Header().Set("Content-Type", "text/event-stream")
		event(`{"choices":[{"index":0,"delta":{"content":"half"}}]}`)
		fmt.Println("GGML_ASSERT: ggml.c:1: it broke \x1b]0;x\x07 " + key)
		os.Exit(7)
	case strings.Contains(string(body), "hang"):
		w.Header().Set("Content-Type", "text/event-stream")
		event(`{"choices":[{"index":0,"delta":{"content":"half"}}]}`)
		<-r.Context().Done()
		return false
	case strings.Contains(string(body), "freeze"):
		w.Header().Set("Content-Type", "text/event-stream")
		event(`{"choices":[{"index":0,"delta":{"content":"half"}}]}`)
		return true
	}
	w.Header().Set("Content-Type", "text/event-stream")
	event(`{"choices":[{"index":0,"delta":{"content":"whole"}}],"model":"` + alias + `"}`)
	event(`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"model":"` + alias + `"}`)
	event(`[DONE]`)
	return false
}

// newPlay is a backend that starts the test binary for three models.
func newPlay(t *testing.T) *started {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the program is a symbolic link to this binary")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "play-server")
	if err := os.Symlink(exe, program); err != nil {
		t.Fatal(err)
	}
	c := Config{Name: "gpu", Kind: serverName, Program: program, StateDir: filepath.Join(dir, "state"), Files: map[string]string{}, Context: map[string]int{"one": 512}}
	for _, n := range []string{"one", "two", "slow"} {
		c.Files[n] = filepath.Join(dir, n+".gguf")
		if err := os.WriteFile(c.Files[n], []byte("GGUF of "+n), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newLlamaServer(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// hears asks a model once and returns its text, the notes before it and its error.
func (s *started) hears(t *testing.T, model, prompt string) (got text.Raw, notes []string, last Chunk, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w, err := s.Wire(askOf(model, prompt))
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range s.Stream(ctx, model, w) {
		if err != nil {
			return got, notes, last, err
		}
		if got += c.Text; c.Note != "" {
			notes = append(notes, c.Note)
		}
		last = c
	}
	return got, notes, last, nil
}

func askOf(model, prompt string) Request {
	return Request{Model: model, Take: 1, Proof: session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: text.Raw(prompt)}}}}
}

func TestServerConfig(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, field string
		c           Config
	}{
		{"an address", "base_url", Config{Model: "/m.gguf", BaseURL: "http://127.0.0.1:1"}},
		{"a key", "key_env", Config{Model: "/m.gguf", KeyEnv: "X"}},
		{"nothing", "model", Config{}},
		{"no full path", "files", Config{Model: "m.gguf"}},
		{"no full program", "program", Config{Model: "/m.gguf", Program: "./server"}},
		{"our arguments", "args", Config{Model: "/m.gguf", Args: []string{"--api-key", "x"}}},
		{"two of one name", "model", Config{Model: "/a/m.gguf", Files: map[string]string{"m": "/b/m.gguf"}}},
		{"a name with a comma", "files", Config{Files: map[string]string{"a,b": "/m.gguf"}}},
	} {
		tt.c.Name, tt.c.Kind = "gpu", serverName
		_, err := newLlamaServer(tt.c)
		var bad *ConfigError
		if !errors.As(err, &bad) || bad.Field != tt.field {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	s, err := newLlamaServer(Config{Name: "gpu", Model: "/models/Qwen3-8B-00001-of-00002.gguf", Files: map[string]string{"other": "/o.gguf"}})
	if err != nil {
		t.Fatal(err)
	}
	models, err := s.Models(context.Background())
	if err != nil || len(models) != 2 || models[0].Ref != "Qwen3-8B" || models[1].Ref != "other" || models[0].State != "failed" || !strings.Contains(models[0].Why, "there is no file") {
		t.Errorf("%+v, %v", models, err)
	}
}

// The bytes are those of a llama-server that runs already.
func TestServerWire(t *testing.T) {
	t.Parallel()
	s := newPlay(t)
	l, err := newLlamaCpp(Config{Name: "x", Kind: llamaName, BaseURL: "http://127.0.0.1:8080"}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	r := askOf("one", "Hi")
	want, err := l.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Wire(r)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
	r.Proof.Params.Context = 512
	if got, err = s.Wire(r); err != nil || string(got.Body) != string(want.Body) {
		t.Errorf("with the context that it is started with: %s, %v", got.Body, err)
	}
	r.Proof.Params.Context = 1024
	if _, err = s.Wire(r); err == nil || !strings.Contains(err.Error(), `"one" = 1024 under [backends.gpu.context]`) {
		t.Errorf("with another context: %v", err)
	}
	if n := len(s.sup.PIDs()); n != 0 {
		t.Errorf("%d servers are up", n)
	}
}

func TestServerAnswers(t *testing.T) {
	t.Parallel()
	s := newPlay(t)
	ctx := context.Background()
	pin, err := s.Pin(ctx, "one")
	if err != nil || !strings.HasPrefix(pin.Digest, "gguf-edges:") || pin.Server != "llama-server 9.9 (build 1, commit play)" || pin.Slots != 4 || pin.Context != 512 {
		t.Errorf("the pin is %+v, %v", pin, err)
	}
	if other, err := s.Pin(ctx, "two"); err != nil || other.Digest == pin.Digest || s.Traits().Digest("one") != pin.Digest {
		t.Errorf("the other's pin is %+v, %v", other, err)
	}
	if load, err := s.Gauge(ctx, "one"); err != nil || load != (session.Load{}) || len(s.sup.PIDs()) != 0 {
		t.Errorf("the gauge of one that is down: %+v, %v", load, err)
	}
	got, _, last, err := s.hears(t, "one", "Hi")
	if err != nil || got != "whole" || !last.Done || last.Engine == nil || last.Engine.LoadMS == nil {
		t.Fatalf("%q, %+v, %v", got, last, err)
	}
	if _, _, last, err = s.hears(t, "one", "Hi"); err != nil || last.Engine != nil && last.Engine.LoadMS != nil {
		t.Errorf("the second time: %+v, %v", last, err)
	}
	if load, err := s.Gauge(ctx, "one"); err != nil || load.Slots == nil || *load.Slots != 2 || *load.Busy != 1 {
		t.Errorf("the gauge: %+v, %v", load, err)
	}
	if pin, err = s.Pin(ctx, "one"); err != nil || pin.Slots != 2 || pin.Context != 512 {
		t.Errorf("the pin of one that is up: %+v, %v", pin, err)
	}
	if got, _, _, err = s.hears(t, "two", "Hi"); err != nil || got != "whole" {
		t.Errorf("the other model: %q, %v", got, err)
	}
	set := &Set{names: []string{"gpu"}, open: map[string]opened{"gpu": {s, s.config}}}
	if all := set.Started(); len(all) != 3 || all[0].Backend != "gpu" || len(set.StartedPIDs()) != 1 {
		t.Errorf("started are %+v", all)
	}
	if err := set.Close(); err != nil || len(set.StartedPIDs()) != 0 {
		t.Errorf("after the end: %v, %v", set.StartedPIDs(), err)
	}
}

// Who waits for a start is told how far it is.
func TestServerNotes(t *testing.T) {
	t.Parallel()
	s := newPlay(t)
	got, notes, _, err := s.hears(t, "slow", "Hi")
	loads := func(n string) bool { return strings.HasPrefix(n, "loading the model, ") }
	if err != nil || got != "whole" || !slices.ContainsFunc(notes, loads) {
		t.Errorf("%q, %q, %v", got, notes, err)
	}
}

// A server that answers nothing any more is ended when a request was waited for too
// long, and the error is its own, not the request's; the next request has a new one.
// Where it lives, the request was slow.
func TestServerHangs(t *testing.T) {
	t.Parallel()
	s, other := newPlay(t), newPlay(t)
	late := &session.CallError{Kind: "timeout", Message: "silent for 1s"}
	ask := func(s *started, prompt string) (got text.Raw, e *session.CallError) {
		run, stop := context.WithCancel(context.Background())
		defer stop()
		ctx, cancel := context.WithCancelCause(WithRun(run, run))
		defer cancel(nil)
		w, err := s.Wire(askOf("one", prompt))
		if err != nil {
			t.Fatal(err)
		}
		for c, err := range s.Stream(ctx, "one", w) {
			if got += c.Text; err != nil && !errors.As(err, &e) {
				t.Fatal(err)
			}
			if c.Text != "" {
				time.AfterFunc(100*time.Millisecond, func() {
					cancel(late)
					if prompt == "freeze, and stop" {
						stop()
					}
				})
			}
		}
		return got, e
	}
	if got, e := ask(s, "hang"); got != "half" || e == nil || e.Kind != "network" || e.Retryable {
		t.Errorf("a slow request: %q, %v", got, e)
	}
	if got, e := ask(other, "freeze, and stop"); got != "half" || e == nil || e.Kind != "network" || len(other.sup.PIDs()) != 1 {
		t.Errorf("a server that hangs, of which a run that was stopped does not wait to hear: %q, %v", got, e)
	}
	before := s.sup.PIDs()
	if got, e := ask(s, "freeze"); got != "half" || e == nil || e.Kind != "server" || !e.Retryable || !strings.Contains(string(e.Message), "one hung") {
		t.Errorf("a server that hangs: %q, %v", got, e)
	}
	got, _, _, err := s.hears(t, "one", "Hi")
	if now := s.sup.PIDs(); err != nil || got != "whole" || len(before) != 1 || len(now) != 1 || now[0] == before[0] {
		t.Errorf("afterwards: %q, %v; processes %v, then %v", got, err, before, now)
	}
}

// A server that ends in the middle is an error that says why, and heals.
func TestServerDies(t *testing.T) {
	t.Parallel()
	s := newPlay(t)
	for range 2 {
		got, _, _, err := s.hears(t, "one", "die")
		var e *session.CallError
		if !errors.As(err, &e) || e.Kind != "server" || !e.Retryable || got != "half" {
			t.Fatalf("%q, %v", got, err)
		}
		if m := string(e.Message); !strings.Contains(m, "GGML_ASSERT") || !strings.Contains(m, "exit status 7") || strings.Contains(m, s.at["one"].key) {
			t.Errorf("it says %q", m)
		}
	}
	if got, _, _, err := s.hears(t, "one", "Hi"); err != nil || got != "whole" {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

// A server that fails its first three requests is started anew for the fourth.
func TestServerFails(t *testing.T) {
	t.Parallel()
	s := newPlay(t)
	var first []int
	for range 3 {
		_, _, _, err := s.hears(t, "one", "fail")
		var e *session.CallError
		if !errors.As(err, &e) || e.Status != 500 || strings.Contains(string(e.Message), s.at["one"].key) {
			t.Fatalf("%v", err)
		}
		if first == nil {
			first = s.sup.PIDs()
		}
	}
	got, _, _, err := s.hears(t, "one", "Hi")
	if now := s.sup.PIDs(); err != nil || got != "whole" || slices.Equal(first, now) {
		t.Errorf("%q, %v; the process was %v, is %v", got, err, first, now)
	}
}

// Cancelling closes the stream and leaves the server; closing tells the stream.
func TestServerCancelledAndClosed(t *testing.T) {
	t.Parallel()
	s := newPlay(t)
	w, err := s.Wire(askOf("one", "hang"))
	if err != nil {
		t.Fatal(err)
	}
	for _, closes := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		var fault error
		var closed chan error
		for c, err := range s.Stream(ctx, "one", w) {
			if fault = err; err != nil || c.Text == "" {
				continue
			}
			if !closes {
				cancel()
				continue
			}
			closed = make(chan error, 1)
			go func() { closed <- s.Close() }()
		}
		want := "cancelled"
		if closes {
			want = "was stopped"
			if err := <-closed; err != nil {
				t.Error(err)
			}
		}
		cancel()
		if fault == nil || !strings.Contains(fault.Error(), want) {
			t.Errorf("the stream ended with %v, want %q", fault, want)
		}
		if up := len(s.sup.PIDs()); up != 1 && !closes || up != 0 && closes {
			t.Errorf("%d servers are up, closed: %v", up, closes)
		}
	}
}

// Whoever leaves while a server starts does not keep it from the next.
func TestServerLeft(t *testing.T) {
	t.Parallel()
	s := newPlay(t)
	w, err := s.Wire(askOf("slow", "Hi"))
	if err != nil {
		t.Fatal(err)
	}
	for c := range s.Stream(context.Background(), "slow", w) {
		if c.Note == "" {
			t.Errorf("the first chunk is %+v", c)
		}
		break
	}
	if got, _, _, err := s.hears(t, "one", "Hi"); err != nil || got != "whole" {
		t.Errorf("%q, %v", got, err)
	}
}

// For what an answer was made of no server is started: it would put another out.
func TestEvidenceStartsNoServer(t *testing.T) {
	s := newPlay(t)
	r := Request{Model: "one", Proof: session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: "a"}}}, Take: 1}
	w, err := s.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	had := session.Evaluated{Text: "a", Source: session.EvidenceText, Tokens: 3}
	got, err := s.Evidence(t.Context(), r, w, had)
	if err == nil || got.Text != had.Text || got.Source != had.Source || got.Tokens != 3 {
		t.Errorf("%+v %v", got, err)
	}
	for _, c := range s.sup.Status() {
		if c.PID != 0 {
			t.Errorf("%s was started", c.Name)
		}
	}
}
