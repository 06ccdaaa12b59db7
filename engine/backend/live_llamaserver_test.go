//go:build llama && unix

package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"galley/engine/backend/managed"
	"galley/session"
	"galley/session/text"
)

// liveStarted is a backend that starts the real program for the tiny models.
func liveStarted(t *testing.T, change func(*Config)) *started {
	t.Helper()
	program, dir := os.Getenv("GALLEY_LLAMA_SERVER"), os.Getenv("GALLEY_GGUF_DIR")
	if program == "" {
		t.Skip("GALLEY_LLAMA_SERVER names no llama-server")
	}
	c := Config{
		Name: "gpu", Kind: serverName, Program: program, StateDir: filepath.Join(t.TempDir(), "state"), Args: []string{"-t", "1"},
		Files: map[string]string{}, Concurrency: 2, Context: map[string]int{"tiny-chatml": 1024},
	}
	for _, n := range []string{"tiny-chatml", "tiny-llama3", "tiny-opinionated", "heavy"} {
		c.Files[n] = filepath.Join(dir, n+".gguf")
	}
	if change != nil {
		change(&c)
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

// say asks a model once.
func (s *started) say(ctx context.Context, model string, most int, prompt string) (last Chunk, notes []string, err error) {
	p := session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: text.Raw(prompt)}}, Params: session.Params{MaxTokens: most}}
	w, err := s.Wire(Request{Model: model, Proof: p, Take: 1})
	if err != nil {
		return Chunk{}, nil, err
	}
	var all text.Raw
	for c, err := range s.Stream(ctx, model, w) {
		if err != nil {
			return Chunk{Text: all}, notes, err
		}
		all += c.Text
		if c.Note != "" {
			notes = append(notes, c.Note)
		}
		last = c
	}
	last.Text = all
	return last, notes, nil
}

func stateOfModel(s *started, model string) managed.ChildStatus {
	all := s.sup.Status()
	return all[slices.IndexFunc(all, func(c managed.ChildStatus) bool { return c.Name == model })]
}

func exists(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// Several models in turn on one device: each answers, one at a time, with the key
// and nothing of ours in its environment, and nothing is left at the end.
func TestLiveStartedInTurn(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-canary-of-a-key")
	t.Setenv("LLAMA_ARG_N_PARALLEL", "7")
	s := liveStarted(t, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	before, err := s.Pin(ctx, "tiny-chatml")
	if err != nil || before.Digest == "" || before.Slots != 2 || before.Context != 1024 || !strings.HasPrefix(before.Server, "llama-server ") {
		t.Fatalf("the pin before anything is %+v, %v", before, err)
	}
	var pids []int
	for _, model := range []string{"tiny-chatml", "tiny-llama3", "tiny-chatml", "tiny-opinionated"} {
		began := time.Now()
		got, _, err := s.say(ctx, model, 8, "Write about bread.")
		if err != nil {
			t.Fatalf("%s: %v\n%v", model, err, stateOfModel(s, model).Tail)
		}
		if !got.Done || string(got.Model) != model || got.Evaluated == nil || got.Engine == nil || got.Engine.LoadMS == nil {
			t.Errorf("%s answered %+v", model, got)
		}
		t.Logf("%s: %v, of it %v ms to start", model, time.Since(began).Round(time.Millisecond), *got.Engine.LoadMS)
		st := stateOfModel(s, model)
		if st.State != managed.StateReady || st.PID == 0 || len(s.sup.PIDs()) != 1 {
			t.Errorf("%s is %+v, up are %v", model, st, s.sup.PIDs())
		}
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", st.PID))
		if err == nil && (strings.Contains(string(env), "canary") || strings.Contains(string(env), "LLAMA_ARG")) {
			t.Errorf("the environment of %s holds what is ours", model)
		}
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", st.PID))
		if e, done, ok := s.sup.Peek(model); ok {
			if strings.Contains(string(line), e.Key) {
				t.Error("the key is in the command line")
			}
			done()
		}
		if again, _, err := s.say(ctx, model, 8, "Write about bread."); err != nil || again.Engine.LoadMS != nil {
			t.Errorf("the second time: %+v, %v", again, err)
		}
		pids = append(pids, st.PID)
	}
	pin, err := s.Pin(ctx, "tiny-opinionated")
	if err != nil || pin.Slots != 2 || pin.Context == 0 {
		t.Errorf("the pin of one that is up is %+v, %v", pin, err)
	}
	infos, err := s.Models(ctx)
	if err != nil || len(infos) != 4 {
		t.Fatalf("the models are %+v, %v", infos, err)
	}
	for _, m := range infos {
		want := map[bool]string{true: "loaded", false: "unloaded"}[m.Ref == "tiny-opinionated"]
		if m.State != want || m.Bytes == 0 || m.Digest == "" || m.Trained == 0 || m.Quant == "" {
			t.Errorf("%+v", m)
		}
		if m.Ref == "tiny-opinionated" && (!slices.Contains(m.Abilities, "render") || !slices.Contains(m.Abilities, "load")) {
			t.Errorf("it can %v", m.Abilities)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if exists(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}

// The context that is rendered and counted by a server that was started for it.
func TestLiveStartedAbilities(t *testing.T) {
	s := liveStarted(t, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if load, err := s.Gauge(ctx, "tiny-llama3"); err != nil || load != (session.Load{}) || len(s.sup.PIDs()) != 0 {
		t.Errorf("a gauge started something: %+v, %v", load, err)
	}
	p := session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: "Hello there"}}}
	r := Request{Model: "tiny-llama3", Proof: p, Take: 1}
	seen, err := s.Render(ctx, r)
	if err != nil || seen.Source != "server" || seen.Total == 0 || !strings.Contains(string(seen.Text), "Hello there") {
		t.Fatalf("rendered: %+v, %v", seen, err)
	}
	if tokens, err := s.Tokenize(ctx, "tiny-llama3", "Hello", false); err != nil || len(tokens) == 0 {
		t.Errorf("tokens: %v, %v", tokens, err)
	}
	got, _, err := s.say(ctx, "tiny-llama3", 4, "Hello there")
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	ev, err := s.Evidence(ctx, r, w, *got.Evaluated)
	if err != nil || !ev.Proved() || ev.Text != seen.Text {
		t.Errorf("evidence: %+v, %v", ev, err)
	}
	load, err := s.Gauge(ctx, "tiny-llama3")
	if err != nil || load.Slots == nil || *load.Slots != 2 {
		t.Errorf("the gauge of one that is up: %+v, %v", load, err)
	}
}

// A server that is killed while it answers: the cell has an error that says why and
// heals, and the next request starts it again.
func TestLiveStartedCrash(t *testing.T) {
	s := liveStarted(t, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := s.Load(ctx, "heavy"); err != nil {
		t.Fatal(err)
	}
	first := stateOfModel(s, "heavy").PID
	go func() {
		for stateOfModel(s, "heavy").Users == 0 && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		_ = syscall.Kill(first, syscall.SIGKILL)
	}()
	_, _, err := s.say(ctx, "heavy", 2000, "Write a long story about bread.")
	var e *session.CallError
	if !errors.As(err, &e) || e.Kind != "server" || !e.Retryable || !strings.Contains(string(e.Message), "killed from outside") {
		t.Fatalf("the error is %v", err)
	}
	if got, _, err := s.say(ctx, "heavy", 4, "Again."); err != nil || !got.Done {
		t.Fatalf("after it: %+v, %v", got, err)
	}
	if pid := stateOfModel(s, "heavy").PID; pid == first || pid == 0 {
		t.Errorf("the process is %d, was %d", pid, first)
	}
}

// A server that is stopped while it answers, as by a debugger or a driver that
// hangs: the request that waited too long has an error that says so and heals, no
// process is left, and the next request starts it again.
func TestLiveStartedHangs(t *testing.T) {
	s := liveStarted(t, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := s.Load(ctx, "heavy"); err != nil {
		t.Fatal(err)
	}
	first := stateOfModel(s, "heavy").PID
	late, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		for stateOfModel(s, "heavy").Users == 0 && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		_ = syscall.Kill(first, syscall.SIGSTOP)
		time.Sleep(2 * time.Second)
		end(&session.CallError{Kind: "timeout", Message: "silent for 2s in the middle of the answer"})
	}()
	began := time.Now()
	_, _, err := s.say(late, "heavy", 2000, "Write a long story about bread.")
	var e *session.CallError
	if !errors.As(err, &e) || e.Kind != "server" || !e.Retryable || !strings.Contains(string(e.Message), "heavy hung") {
		t.Fatalf("the error is %v", err)
	}
	t.Logf("after %v: %v", time.Since(began).Round(time.Millisecond), err)
	if got, _, err := s.say(ctx, "heavy", 4, "Again."); err != nil || !got.Done {
		t.Fatalf("after it: %+v, %v", got, err)
	}
	if pid := stateOfModel(s, "heavy").PID; pid == first || pid == 0 || exists(first) {
		t.Errorf("the process is %d, was %d, which is there: %v", pid, first, exists(first))
	}
}

// Closing with a stream open: the stream ends with words, and the server with it.
func TestLiveStartedCloseWithStream(t *testing.T) {
	s := liveStarted(t, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := s.Load(ctx, "heavy"); err != nil {
		t.Fatal(err)
	}
	pid := stateOfModel(s, "heavy").PID
	ended := make(chan error, 1)
	go func() {
		_, _, err := s.say(ctx, "heavy", 2000, "Write a long story about bread.")
		ended <- err
	}()
	for stateOfModel(s, "heavy").Users == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	began := time.Now()
	if err := s.Unload(ctx, "heavy"); err == nil {
		t.Error("it was unloaded under a request")
	}
	_ = s.Close()
	t.Logf("closed in %v", time.Since(began).Round(time.Millisecond))
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "was stopped") {
		t.Errorf("the stream ended with %v", err)
	}
	if exists(pid) {
		t.Error("the server is left")
	}
}

// Cancelling while it loads answers at once, and the load is not lost.
func TestLiveStartedCancelled(t *testing.T) {
	s := liveStarted(t, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	short, stop := context.WithCancel(ctx)
	go func() {
		for stateOfModel(s, "heavy").State != managed.StateLoading && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		stop()
	}()
	_, _, err := s.say(short, "heavy", 4, "Hi")
	if err == nil || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("cancelled: %v", err)
	}
	pid := stateOfModel(s, "heavy").PID
	if got, _, err := s.say(ctx, "heavy", 4, "Hi"); err != nil || !got.Done || stateOfModel(s, "heavy").PID != pid {
		t.Errorf("afterwards: %+v, %v; the process is %d, was %d", got, err, stateOfModel(s, "heavy").PID, pid)
	}
}

// What goes wrong at a start is said with the line that tells it.
func TestLiveStartedFaults(t *testing.T) {
	dir := t.TempDir()
	tiny, err := os.ReadFile(filepath.Join(os.Getenv("GALLEY_GGUF_DIR"), "tiny-chatml.gguf"))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("GALLEY_LLAMA_SERVER") == "" {
		t.Skip("GALLEY_LLAMA_SERVER names no llama-server")
	}
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	files := map[string]string{
		"text": put("text.gguf", []byte("not a model")), "cut": put("cut.gguf", tiny[:len(tiny)/2]), "head": put("head.gguf", []byte("GGUF")),
		"none": filepath.Join(dir, "none.gguf"), "good": put("good.gguf", tiny),
	}
	for _, tt := range []struct {
		model string
		args  []string
		words []string
	}{
		{"text", nil, []string{"is no GGUF file"}},
		{"cut", nil, []string{"the file is cut off", "not within the file bounds", "exit status 1"}},
		{"head", nil, []string{"exit status 1"}},
		{"none", nil, []string{"there is no file"}},
		{"good", []string{"--no-such-flag"}, []string{"one of the args", "invalid argument: --no-such-flag"}},
	} {
		s := liveStarted(t, func(c *Config) {
			c.Files, c.Args = maps.Clone(files), append(c.Args, tt.args...)
		})
		_, _, err := s.say(context.Background(), tt.model, 4, "Hi")
		var e *session.CallError
		if !errors.As(err, &e) || e.Kind != "config" || e.Retryable {
			t.Errorf("%s: %v", tt.model, err)
			continue
		}
		for _, w := range tt.words {
			if !strings.Contains(string(e.Message), w) {
				t.Errorf("%s: %q is not in %q", tt.model, w, string(e.Message))
			}
		}
		t.Log(e)
		if len(s.sup.PIDs()) != 0 {
			t.Error("something is up")
		}
		_ = s.Close()
	}
}
