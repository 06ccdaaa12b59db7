//go:build unix

package managed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"galley/session"
)

// The test binary is its own llama-server: under a name that begins with "stub-" it
// behaves as the rest of the name says, and as "parent" it is a Galley that starts
// one. What stubs write down lies in their working folder.
func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	if mode, ok := strings.CutPrefix(name, "stub-"); ok {
		os.Exit(stub(mode, os.Args[1:]))
	}
	if name == "parent" {
		os.Exit(parent(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func stub(mode string, args []string) int {
	switch args[0] {
	case "--version":
		if mode == "mute" {
			return 3
		}
		fmt.Fprintln(os.Stderr, "version: 9.9 (build 1, commit stub)")
		return 0
	case "--help":
		fmt.Println("-m, --model FNAME  model\n-a, --alias STRING\n--host HOST\n--port PORT\n--api-key KEY\n--offline\n--metrics\n--no-ui\n--log-jsonl, --no-log-jsonl\n-cram, --cache-ram N\n-kvu, --kv-unified")
		return 0
	}
	note("args", strings.Join(args, "\x00"))
	note("environ", strings.Join(os.Environ(), "\x00"))
	flag := func(name string) string {
		if i := slices.Index(args, name); i >= 0 {
			return args[i+1]
		}
		return ""
	}
	starts := note("starts", "x")
	say := func(level, msg string) {
		b, _ := json.Marshal(map[string]any{"type": "log", "level": level, "msg": msg + "\n"})
		fmt.Println(string(b))
	}
	say("info", "srv  llama_server: initializing ... key "+os.Getenv("LLAMA_API_KEY"))
	switch {
	case mode == "taken", mode == "taken-once" && starts == 1:
		say("error", "srv         start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: "+flag("--port"))
		return 1
	case mode == "badflag":
		fmt.Fprintln(os.Stderr, "error: invalid argument: --no-such-flag")
		return 1
	case mode == "oom":
		say("error", "ggml_aligned_malloc: insufficient memory (attempted to allocate 390625.00 MB)")
		say("error", "srv  llama_server: exiting due to model loading error")
		return 1
	case mode == "dies":
		say("error", "srv    load_model: the sky fell \x1b]0;pwned\x07")
		return 1
	case mode == "silent":
		time.Sleep(time.Hour)
	case mode == "deaf":
		signal.Ignore(syscall.SIGTERM)
	}
	return serveStub(mode, flag("-a"), flag("--port"), os.Getenv("LLAMA_API_KEY"), say)
}

func serveStub(mode, alias, port, key string, say func(level, msg string)) int {
	l, err := net.Listen("tcp4", "127.0.0.1:"+port)
	if err != nil {
		say("error", "couldn't bind HTTP server socket")
		return 1
	}
	var ready atomic.Bool
	ready.Store(mode != "slow" && mode != "never")
	if mode == "slow" {
		go func() {
			for range 10 {
				fmt.Println(".....")
				time.Sleep(60 * time.Millisecond)
			}
			ready.Store(true)
		}()
	}
	if mode == "impostor" {
		alias = "another"
	}
	mux := http.NewServeMux()
	var asked atomic.Bool // a prompt came
	hangs := func(r *http.Request) {
		if asked.Load() && (mode == "mute-later" || mode == "stuck" && r.URL.Path != "/health") {
			<-r.Context().Done()
		}
	}
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		hangs(r)
		if !ready.Load() {
			w.WriteHeader(503)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			note("prompts", "x")
			asked.Store(true)
		}
		hangs(r)
		if mode != "stranger" && r.Header.Get("Authorization") != "Bearer "+key {
			w.WriteHeader(401)
			return
		}
		if r.URL.Path == "/props" {
			fmt.Fprintf(w, `{"model_alias":%q,"total_slots":2,"default_generation_settings":{"n_ctx":512}}`, alias)
			return
		}
		switch mode {
		case "killed":
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		case "crash":
			say("error", "GGML_ASSERT: ggml.c:123: it broke")
			os.Exit(7)
		}
		fmt.Fprint(w, "{}")
	})
	_ = http.Serve(l, mux)
	return 0
}

// note appends to a file of the working folder, and counts what was appended.
func note(name, s string) int {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	_, _ = f.WriteString(s + "\n")
	b, _ := os.ReadFile(name)
	return strings.Count(string(b), "\n")
}

// bench is a supervisor of stubs in folders of its own.
type bench struct {
	*Supervisor
	state string
}

func newBench(t *testing.T, mode string, change func(*Options)) bench {
	t.Helper()
	o := Options{Name: "gpu", Program: link(t, "stub-"+mode), StateDir: filepath.Join(t.TempDir(), "state"), Files: map[string]string{}}
	for _, n := range []string{"one", "two"} {
		o.Files[n] = filepath.Join(t.TempDir(), n+".gguf")
		if err := os.WriteFile(o.Files[n], []byte("GGUF and what else"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return bench{s, o.StateDir}
}

func link(t *testing.T, name string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(exe, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// noted is what stubs wrote down.
func (b bench) noted(name string) string {
	s, _ := os.ReadFile(filepath.Join(b.state, name))
	return string(s)
}

func (b bench) starts() int { return strings.Count(b.noted("starts"), "\n") }

// minute ends a hang.
func minute(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func mustUse(t *testing.T, s *Supervisor, name string) (Endpoint, func()) {
	t.Helper()
	e, release, err := s.Use(minute(t), name)
	if err != nil {
		t.Fatalf("Use(%s): %v\n%v", name, err, s.Status())
	}
	return e, release
}

func wantErr(t *testing.T, err error, kind string, words ...string) {
	t.Helper()
	var e *session.CallError
	if !errors.As(err, &e) {
		t.Fatalf("the error is %v", err)
	}
	if e.Kind != kind {
		t.Errorf("kind %q, want %q: %v", e.Kind, kind, e)
	}
	for _, w := range words {
		if !strings.Contains(string(e.Message), w) {
			t.Errorf("%q is not in the message %q", w, string(e.Message))
		}
	}
}

func state(s *Supervisor, name string) ChildStatus {
	all := s.Status()
	return all[slices.IndexFunc(all, func(c ChildStatus) bool { return c.Name == name })]
}

// until waits for something that will come.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

func running(pid int) bool {
	_, _, ok := processOf(pid)
	return ok
}

func post(e Endpoint) (int, error) {
	req, _ := http.NewRequest(http.MethodPost, e.BaseURL+"/v1/chat/completions", strings.NewReader("{}"))
	req.Header.Set("Authorization", "Bearer "+e.Key)
	resp, err := local.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestUse(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-canary-of-a-key")
	t.Setenv("CUDA_SECRET_KEY", "sk-canary-of-a-key")
	t.Setenv("LLAMA_ARG_HOST", "0.0.0.0")
	t.Setenv("CUDA_VISIBLE_DEVICES", "0")
	b := newBench(t, "ok", func(o *Options) { o.Args = []string{"-t", "1", "; touch CANARY", "$(touch CANARY)"} })
	if st := state(b.Supervisor, "one"); st.State != StateDown || st.PID != 0 {
		t.Fatalf("before anything: %+v", st)
	}
	e, release := mustUse(t, b.Supervisor, "one")
	defer release()
	if e.Slots != 2 || e.Context != 512 || e.Waited <= 0 || e.Server != "llama-server 9.9 (build 1, commit stub)" {
		t.Errorf("the endpoint is %+v", e)
	}
	if code, err := post(e); code != 200 || err != nil {
		t.Errorf("a request: %d, %v", code, err)
	}
	again, also := mustUse(t, b.Supervisor, "one")
	defer also()
	if again.PID != e.PID || again.Waited != 0 {
		t.Errorf("the second use is %+v", again)
	}
	if st := state(b.Supervisor, "one"); st.State != StateReady || st.PID != e.PID || st.Port != e.Port || st.Users != 2 {
		t.Errorf("while it is used: %+v", st)
	}
	args := strings.Split(strings.TrimSpace(b.noted("args")), "\x00")
	want := []string{
		"-m", b.o.Files["one"], "-a", "one", "--host", "127.0.0.1", "--port", strconv.Itoa(e.Port),
		"--offline", "--metrics", "--log-jsonl", "--no-ui", "--cache-ram", "0", "-t", "1", "; touch CANARY", "$(touch CANARY)",
	}
	if !slices.Equal(args, want) {
		t.Errorf("the command line is %q\nwant %q", args, want)
	}
	env := b.noted("environ")
	for _, no := range []string{"canary", "LLAMA_ARG_HOST"} {
		if strings.Contains(env, no) {
			t.Errorf("%q is in the child's environment", no)
		}
	}
	for _, yes := range []string{"CUDA_VISIBLE_DEVICES=0", "PATH=", "LLAMA_API_KEY=" + e.Key} {
		if !strings.Contains(env, yes) {
			t.Errorf("%q is not in the child's environment", yes)
		}
	}
	if all := fmt.Sprint(state(b.Supervisor, "one").Tail); strings.Contains(all, e.Key) || !strings.Contains(all, "initializing ... key [key]") {
		t.Errorf("the log is %s", all)
	}
	log := filepath.Join(b.state, "gpu-one.log")
	if fi, err := os.Stat(log); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the log file: %v, %v", fi, err)
	}
	if s, _ := os.ReadFile(log); strings.Contains(string(s), e.Key) || !strings.Contains(string(s), "initializing") {
		t.Errorf("the log file says %q", s)
	}
	if _, _, err := b.Use(minute(t), "three"); err == nil {
		t.Error("a model that nobody named was started")
	} else {
		wantErr(t, err, "not_found", "three", "one, two")
	}
	release()
	also()
	if err := b.Unload(minute(t), "one"); err != nil {
		t.Fatal(err)
	}
	if running(e.PID) || b.starts() != 1 {
		t.Errorf("after it was unloaded: running %v, %d starts", running(e.PID), b.starts())
	}
	if _, err := os.Stat(filepath.Join(b.state, "CANARY")); err == nil {
		t.Error("a shell read the arguments")
	}
}

// Many ask at once for two models: never are two servers up, and each is started
// as seldom as can be.
func TestOneAtATime(t *testing.T) {
	b := newBench(t, "ok", nil)
	first, release := mustUse(t, b.Supervisor, "one")
	var wg sync.WaitGroup
	for i := range 16 {
		name := []string{"one", "two"}[i/8]
		wg.Go(func() {
			e, done, err := b.Use(minute(t), name)
			if err != nil {
				t.Error(err)
				return
			}
			defer done()
			if len(b.PIDs()) != 1 || e.Name != name {
				t.Errorf("%s got %+v; up are %v", name, e, b.PIDs())
			}
		})
	}
	until(t, "the first model's users", func() bool { return state(b.Supervisor, "one").Users >= 1 })
	if st := state(b.Supervisor, "two"); st.State != StateDown {
		t.Errorf("the second is %s while the first is in use", st.State)
	}
	release()
	wg.Wait()
	if running(first.PID) || b.starts() != 2 {
		t.Errorf("the first runs: %v; %d starts", running(first.PID), b.starts())
	}
}

func TestCancelledWait(t *testing.T) {
	b := newBench(t, "ok", nil)
	_, release := mustUse(t, b.Supervisor, "one")
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	went := make(chan error, 1)
	go func() {
		_, _, err := b.Use(ctx, "two")
		went <- err
	}()
	cancel()
	wantErr(t, <-went, "network", "cancelled")
	if _, _, ok := b.Peek("two"); ok {
		t.Error("a server that is not up was had")
	}
	wantErr(t, b.Unload(minute(t), "one"), "config", "1 request", "stop the run first")
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		mode, kind string
		words      []string
		starts     int // by one use
	}{
		{"taken", "server", []string{"three ports", "port was taken"}, 3},
		{"stranger", "server", []string{"three ports", "another program answers"}, 3},
		{"impostor", "server", []string{"three ports", "another program answers"}, 3},
		{"badflag", "config", []string{"one of the args", "invalid argument: --no-such-flag", "exit status 1"}, 1},
		{"oom", "config", []string{"not enough memory", "insufficient memory (attempted"}, 1},
		{"dies", "server", []string{"exit status 1", "the sky fell"}, 1},
		{"mute", "config", []string{"--version", "exit status 3"}, 0},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tt.mode, nil)
			_, _, err := b.Use(minute(t), "one")
			wantErr(t, err, tt.kind, tt.words...)
			if b.starts() != tt.starts {
				t.Errorf("%d starts, want %d", b.starts(), tt.starts)
			}
			st := state(b.Supervisor, "one")
			if st.State != StateFailed || st.PID != 0 || st.Why == "" {
				t.Errorf("the state is %+v", st)
			}
			if b.noted("prompts") != "" {
				t.Error("a prompt was sent")
			}
		})
	}
}

func TestPortTakenOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, "taken-once", nil)
	_, release := mustUse(t, b.Supervisor, "one")
	release()
	if b.starts() != 2 {
		t.Errorf("%d starts", b.starts())
	}
}

func TestFilesAndPrograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.gguf")
	if err := os.WriteFile(text, []byte("not a model"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		change  func(*Options)
		message string
	}{
		{"no file", func(o *Options) { o.Files["one"] = filepath.Join(dir, "none.gguf") }, "there is no file"},
		{"a folder", func(o *Options) { o.Files["one"] = dir }, "is no file"},
		{"no GGUF", func(o *Options) { o.Files["one"] = text }, "is no GGUF file"},
		{"no program", func(o *Options) { o.Program = filepath.Join(dir, "none") }, "no such file"},
		{"not in PATH", func(o *Options) { o.Program = "llama-server-that-is-nowhere" }, "is not in PATH"},
		{"no state folder", func(o *Options) { o.StateDir = "" }, "no state folder"},
		{"not executable", func(o *Options) { o.Program = text }, "permission denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "ok", tt.change)
			_, _, err := b.Use(minute(t), "one")
			wantErr(t, err, "config", tt.message)
		})
	}
}

// A file that is put in its place is found; a start that failed by what it was told
// is not made again.
func TestMended(t *testing.T) {
	t.Parallel()
	b := newBench(t, "ok", nil)
	file := b.o.Files["one"]
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	for range mostRestarts + 2 {
		_, _, err := b.Use(minute(t), "one")
		wantErr(t, err, "config", "there is no file")
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	_, release := mustUse(t, b.Supervisor, "one")
	release()

	b = newBench(t, "badflag", nil)
	for _, words := range []string{"did not start", "stays down", "stays down"} {
		_, _, err := b.Use(minute(t), "one")
		wantErr(t, err, "config", words, "invalid argument")
	}
	if b.starts() != 1 {
		t.Errorf("%d starts", b.starts())
	}
}

func TestArgsThatAreOurs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		ok   bool
	}{
		{[]string{"-ngl", "99", "--jinja", "-np", "2", "--chat-template-file", "/x.jinja"}, true},
		{[]string{"--host", "0.0.0.0"}, false},
		{[]string{"-t", "1", "--port", "1"}, false},
		{[]string{"--port=1"}, false},
		{[]string{"--api_key", "x"}, false},
		{[]string{"--log-file", "/tmp/x"}, false},
		{[]string{"--tools", "all"}, false},
		{[]string{"--mcp_servers_config=/tmp/x"}, false},
		{[]string{"-hfd", "x/y"}, false},
		{[]string{"-m", "/other.gguf"}, false},
		{[]string{"-hf", "somebody/model"}, false},
		{[]string{"--alias", "x"}, false},
		{[]string{"-t\x00", "1"}, false},
	} {
		_, err := New(Options{Args: tt.args, Files: map[string]string{"m": "/m.gguf"}})
		var bad *ArgError
		if tt.ok != (err == nil) || err != nil && !errors.As(err, &bad) {
			t.Errorf("%q: %v", tt.args, err)
		}
	}
	for _, name := range []string{"", "a,b", "a\nb", "a\x1b"} {
		if _, err := New(Options{Files: map[string]string{name: "/m.gguf"}}); err == nil {
			t.Errorf("the name %q is taken", name)
		}
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	prog := Program{knows: map[string]bool{"--kv-unified": true}}
	for _, tt := range []struct {
		name  string
		o     Options
		want  string
		slots int
	}{
		{"nothing said", Options{}, "", 4},
		{"slots", Options{Slots: 2}, "-np 2 --kv-unified", 2},
		{"context", Options{Context: map[string]int{"m": 1000}}, "-np 4 -c 4000", 4},
		{"both", Options{Slots: 3, Context: map[string]int{"m": 1000}}, "-np 3 -c 3000", 3},
		{"the user's slots", Options{Slots: 3, Args: []string{"-np", "2"}}, "", 2},
		{"the user's slots, our context", Options{Args: []string{"--parallel", "2"}, Context: map[string]int{"m": 1000}}, "-c 2000", 2},
		{"the user's context", Options{Slots: 3, Args: []string{"-c", "99"}, Context: map[string]int{"m": 1000}}, "-np 3", 3},
	} {
		tt.o.Files = map[string]string{"m": "/m.gguf"}
		s, err := New(tt.o)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.room(prog, "m"), " "); got != tt.want || s.Slots() != tt.slots {
			t.Errorf("%s: %q and %d slots, want %q and %d", tt.name, got, s.Slots(), tt.want, tt.slots)
		}
	}
}

// A server that ends in the middle takes its users with it, comes back three
// times, and then stays down until it is loaded by hand.
func TestCrash(t *testing.T) {
	t.Parallel()
	for mode, words := range map[string][]string{
		"killed": {"killed from outside", "signal: killed"},
		"crash":  {"it broke", "GGML_ASSERT", "exit status 7"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, mode, nil)
			for n := 1; n <= 4; n++ {
				e, release := mustUse(t, b.Supervisor, "one")
				if _, err := post(e); err == nil {
					t.Fatal("it answered")
				}
				<-e.Done
				why := e.Why()
				wantErr(t, why, "server", words...)
				if !why.Retryable {
					t.Error("it does not heal")
				}
				release()
				if b.starts() != n {
					t.Fatalf("%d starts after %d uses", b.starts(), n)
				}
			}
			_, _, err := b.Use(minute(t), "one")
			wantErr(t, err, "server", "stays down", words[0])
			if b.starts() != 4 {
				t.Errorf("%d starts", b.starts())
			}
			if err := b.Load(minute(t), "one"); err != nil {
				t.Errorf("by hand: %v", err)
			}
		})
	}
}

// A server that nobody uses is stopped after its time, and only then: looking at it
// does not keep it up, using it does, and the next use starts it again.
func TestIdle(t *testing.T) {
	t.Parallel()
	b := newBench(t, "ok", func(o *Options) { o.Idle = 1500 * time.Millisecond })
	e, release := mustUse(t, b.Supervisor, "one")
	if st := state(b.Supervisor, "one"); !st.Ends.IsZero() {
		t.Errorf("while it is used it ends at %v", st.Ends)
	}
	select {
	case <-e.Stopping:
		t.Fatal("it was stopped in use")
	case <-time.After(3 * time.Second):
	}
	release()
	left := time.Now()
	if st := state(b.Supervisor, "one"); st.Ends.Before(left) || st.Ends.After(left.Add(2*time.Second)) {
		t.Errorf("it ends at %v, left at %v", st.Ends, left)
	}
	if _, looked, ok := b.Peek("one"); ok {
		if st := state(b.Supervisor, "one"); st.Ends.IsZero() {
			t.Error("while it is looked at it seems to be in use")
		}
		looked()
	}
	until(t, "its end", func() bool {
		if _, looked, ok := b.Peek("one"); ok {
			looked()
		}
		return state(b.Supervisor, "one").State == StateDown
	})
	if st := state(b.Supervisor, "one"); !st.Rested || st.Why != "" || !st.Ends.IsZero() || running(e.PID) {
		t.Errorf("afterwards: %+v", st)
	}
	if stood := time.Since(left); stood < 1400*time.Millisecond {
		t.Errorf("it was stopped %v after its last use", stood)
	}
	_, again := mustUse(t, b.Supervisor, "one")
	again()
	if st := state(b.Supervisor, "one"); st.Rested || b.starts() != 2 {
		t.Errorf("after the next use: %+v, %d starts", st, b.starts())
	}

	for idle, ends := range map[time.Duration]bool{0: true, -1: false} {
		o := newBench(t, "ok", func(o *Options) { o.Idle = idle })
		_, done := mustUse(t, o.Supervisor, "one")
		done()
		if st := state(o.Supervisor, "one"); st.Ends.IsZero() == ends || ends && time.Until(st.Ends) < UsualIdle-time.Minute {
			t.Errorf("idle %v: it ends at %v", idle, st.Ends)
		}
	}
}

// hurried makes a supervisor find out sooner that a server hangs.
func hurried(s *Supervisor) {
	s.patience = patience{quiet: 50 * time.Millisecond, answer: 300 * time.Millisecond, stuck: 600 * time.Millisecond, dead: time.Hour}
}

// A server that hangs, whether it was stopped from outside, answers nothing any
// more, or answers but does nothing, is ended when somebody waited in vain, and is
// started anew for the next. One that is only slow is left alone.
func TestHung(t *testing.T) {
	t.Parallel()
	for mode, words := range map[string]string{
		"ok":         "does not even answer",
		"mute-later": "does not even answer",
		"stuck":      "its work stands still",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, mode, nil)
			hurried(b.Supervisor)
			e, release := mustUse(t, b.Supervisor, "one")
			defer release()
			other, also := mustUse(t, b.Supervisor, "one")
			defer also()
			if why := e.Hung(t.Context()); why != nil {
				t.Fatalf("while it is well: %v", why)
			}
			if mode == "ok" {
				_ = syscall.Kill(e.PID, syscall.SIGSTOP)
			} else {
				go func() { _, _ = post(e) }()
				until(t, "the prompt", func() bool { return b.noted("prompts") != "" })
			}
			began := time.Now()
			var why *session.CallError
			until(t, "that it is found out", func() bool { why = e.Hung(t.Context()); return why != nil })
			took := time.Since(began)
			wantErr(t, why, "server", "one hung", words, "was ended")
			if !why.Retryable || other.Why() == nil {
				t.Errorf("it heals: %v; the other is told %v", why.Retryable, other.Why())
			}
			if mode == "stuck" && took < 600*time.Millisecond {
				t.Errorf("it was taken as dead after %v", took)
			}
			<-e.Done
			if running(e.PID) {
				t.Error("it still runs")
			}
			wantErr(t, e.Why(), "server", "one hung")
			if st := state(b.Supervisor, "one"); st.State != StateFailed || !strings.Contains(string(st.Why), "one hung") {
				t.Errorf("the state is %+v", st)
			}
			release()
			also()
			anew, done := mustUse(t, b.Supervisor, "one")
			defer done()
			if anew.PID == e.PID || b.starts() != 2 || anew.Hung(t.Context()) != nil {
				t.Errorf("afterwards: process %d, was %d; %d starts", anew.PID, e.PID, b.starts())
			}
		})
	}
}

// Whether a server hangs is not waited for by a run that was cancelled.
func TestHungCancelled(t *testing.T) {
	t.Parallel()
	b := newBench(t, "ok", nil)
	b.patience.answer = time.Hour
	e, release := mustUse(t, b.Supervisor, "one")
	defer release()
	_ = syscall.Kill(e.PID, syscall.SIGSTOP)
	defer func() { _ = syscall.Kill(e.PID, syscall.SIGCONT) }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := make(chan *session.CallError)
	asked := false
	for range 100 { // the signal takes effect when the system has time for it
		e.Heard()
		go func() { said <- e.Hung(ctx) }()
		select {
		case why := <-said:
			if why != nil {
				t.Fatal("known before it could be:", why)
			}
			time.Sleep(50 * time.Millisecond)
			continue
		case <-time.After(200 * time.Millisecond):
		}
		asked = true
		break
	}
	if !asked {
		t.Fatal("a server that is stopped answers")
	}
	cancel()
	if why := <-said; why != nil || !running(e.PID) {
		t.Errorf("it was taken as dead: %v", why)
	}
}

// A server that answers nothing at all is ended although nobody's time is over yet;
// one that nobody uses is not even asked.
func TestHungUnasked(t *testing.T) {
	t.Parallel()
	b := newBench(t, "ok", nil)
	hurried(b.Supervisor)
	b.patience.dead = 500 * time.Millisecond
	e, release := mustUse(t, b.Supervisor, "one")
	_ = syscall.Kill(e.PID, syscall.SIGSTOP)
	select {
	case <-e.Stopping:
	case <-time.After(30 * time.Second):
		t.Fatal("it is left to hang")
	}
	wantErr(t, e.Why(), "server", "one hung", "did not answer for 500ms")
	release()
	again, done := mustUse(t, b.Supervisor, "one")
	done()
	_ = syscall.Kill(again.PID, syscall.SIGSTOP)
	select {
	case <-again.Stopping:
		t.Error("a server that nobody uses was ended")
	case <-time.After(3 * time.Second):
	}
}

// A server that is up but fails every request is started anew, three times.
func TestEveryRequestFails(t *testing.T) {
	t.Parallel()
	b := newBench(t, "ok", nil)
	for n := 1; n <= 4; n++ {
		e, release := mustUse(t, b.Supervisor, "one")
		for range 3 {
			e.Answered("500 Internal Server Error: compute failed")
		}
		release()
		until(t, "a new start, or none", func() bool {
			_, again, err := b.Use(minute(t), "one")
			if err == nil {
				again()
			}
			return err != nil || b.starts() == n+1
		})
	}
	_, _, err := b.Use(minute(t), "one")
	wantErr(t, err, "server", "stays down", "every request", "compute failed")
	if b.starts() != 4 {
		t.Errorf("%d starts", b.starts())
	}

	sound := newBench(t, "ok", nil)
	e, release := mustUse(t, sound.Supervisor, "one")
	e.Answered("")
	for range 9 {
		e.Answered("500")
	}
	release()
	again, release := mustUse(t, sound.Supervisor, "one")
	release()
	if again.PID != e.PID {
		t.Error("a server that has answered was started anew")
	}
}

func TestNeverReady(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"never", "silent"} {
		b := newBench(t, mode, func(o *Options) { o.Silence = 300 * time.Millisecond })
		_, _, err := b.Use(minute(t), "one")
		wantErr(t, err, "timeout", "not ready", "silent")
		if len(b.PIDs()) != 0 {
			t.Errorf("%s: it is still up", mode)
		}
	}
}

// Loading has no limit while the log moves, and its progress is told.
func TestLoads(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []ChildStatus
	b := newBench(t, "slow", func(o *Options) {
		o.Silence = 300 * time.Millisecond
		o.Changed = func(c ChildStatus) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, c)
		}
	})
	_, release := mustUse(t, b.Supervisor, "one")
	release()
	mu.Lock()
	defer mu.Unlock()
	var states []State
	between := false
	for _, c := range seen {
		if len(states) == 0 || states[len(states)-1] != c.State {
			states = append(states, c.State)
		}
		between = between || c.State == StateLoading && c.Share > 0 && c.Share < 1
	}
	if !slices.Equal(states, []State{StateLoading, StateReady}) && !slices.Equal(states, []State{StateStarting, StateLoading, StateReady}) || !between {
		t.Errorf("the states are %v, progress was seen: %v", states, between)
	}
}

func TestIgnoresTerm(t *testing.T) {
	t.Parallel()
	b := newBench(t, "deaf", nil)
	e, release := mustUse(t, b.Supervisor, "one")
	release()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if running(e.PID) {
		t.Error("it is still there")
	}
	_, _, err := b.Use(minute(t), "one")
	wantErr(t, err, "server", "closed")
}

// Close while it loads, and with a user: the user is told first.
func TestCloseWhileInUse(t *testing.T) {
	t.Parallel()
	b := newBench(t, "ok", nil)
	e, release := mustUse(t, b.Supervisor, "one")
	go func() {
		<-e.Stopping
		release()
	}()
	_ = b.Close()
	if running(e.PID) || e.Why() != nil {
		t.Errorf("running %v, why %v", running(e.PID), e.Why())
	}
	b = newBench(t, "never", nil)
	went := make(chan error, 1)
	go func() {
		_, _, err := b.Use(minute(t), "one")
		went <- err
	}()
	until(t, "loading", func() bool { return state(b.Supervisor, "one").State == StateLoading })
	_ = b.Close()
	wantErr(t, <-went, "server", "closed")
}

// What a killed Galley left is ended before the next start, and what only has its
// number is not.
func TestSweep(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("the system does not tell when a process began")
	}
	for _, same := range []bool{true, false} {
		b := newBench(t, "ok", nil)
		if err := os.MkdirAll(b.state, 0o700); err != nil {
			t.Fatal(err)
		}
		port, err := freePort()
		if err != nil {
			t.Fatal(err)
		}
		left := exec.Command(b.o.Program, "-m", b.o.Files["two"], "-a", "two", "--port", strconv.Itoa(port))
		left.Dir, left.SysProcAttr = t.TempDir(), &syscall.SysProcAttr{Setpgid: true}
		if err := left.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = left.Wait()
			close(ended)
		}()
		until(t, "the old server", func() bool { return health(context.Background(), "http://127.0.0.1:"+strconv.Itoa(port)) == 200 })
		start, _, _ := processOf(left.Process.Pid)
		if !same {
			start += "9"
		}
		if err := b.device.writeRecord(record{left.Process.Pid, start, b.o.Files["two"], 1}); err != nil {
			t.Fatal(err)
		}
		_, release := mustUse(t, b.Supervisor, "one")
		release()
		if running(left.Process.Pid) == same {
			t.Errorf("the same process: %v; it runs: %v", same, !same)
		}
		_ = left.Process.Kill()
		<-ended
		_ = b.Close()
		if _, err := os.Stat(filepath.Join(b.state, "gpu0.pid")); err == nil {
			t.Error("the record is still there")
		}
	}
}

// parent is a Galley in another process: it uses a model, tells the number of the
// server, and uses it until its input ends; then it stays idle.
func parent(args []string) int {
	s, err := New(Options{Name: "gpu", Program: args[0], StateDir: args[1], Files: map[string]string{"one": args[2]}, Args: args[3:]})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	e, release, err := s.Use(context.Background(), "one")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(e.PID)
	_, _ = io.Copy(io.Discard, os.Stdin)
	release()
	fmt.Println("idle")
	time.Sleep(time.Hour)
	return 0
}

// startParent starts one and returns the number of its server.
func startParent(t *testing.T, program, state, model string, args ...string) (cmd *exec.Cmd, in io.Closer, pid int) {
	t.Helper()
	cmd = exec.Command(link(t, "parent"), append([]string{program, state, model}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := fmt.Fscanln(out, &pid); err != nil || !running(pid) {
		t.Fatalf("the parent's server: %d, %v", pid, err)
	}
	return cmd, stdin, pid
}

// A server ends with its Galley, even when that is killed.
func TestParentKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child with its parent")
	}
	b := newBench(t, "deaf", nil)
	cmd, _, pid := startParent(t, b.o.Program, b.state, b.o.Files["one"])
	_ = cmd.Process.Kill()
	end := time.Now().Add(2 * time.Second)
	for running(pid) && time.Now().Before(end) {
		time.Sleep(10 * time.Millisecond)
	}
	if running(pid) {
		t.Error("the server is still there after two seconds")
	}
	e, release := mustUse(t, b.Supervisor, "one") // nothing stands in the way
	release()
	if e.PID == pid {
		t.Error("the same process")
	}
}

// A script that does not give its place to the server: nothing is left when its
// Galley ends, nor after the next start when that was killed.
func TestScript(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the members of a group can't be told")
	}
	b := newBench(t, "ok", func(o *Options) {
		script := filepath.Join(t.TempDir(), "wrapped")
		if err := os.WriteFile(script, []byte("#!/bin/sh\n"+o.Program+" \"$@\"\nexit $?\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		o.Program = script
	})
	server := func(pid int) int {
		all := membersOf(pid)
		if len(all) != 1 {
			t.Fatalf("the group has %v besides %d", all, pid)
		}
		return all[0]
	}
	e, release := mustUse(t, b.Supervisor, "one")
	release()
	inner := server(e.PID)
	if err := b.Unload(minute(t), "one"); err != nil {
		t.Error(err)
	}
	until(t, "the end of what the script had started", func() bool { return !running(inner) }) // it was killed, and may take a moment
	cmd, _, pid := startParent(t, b.o.Program, b.state, b.o.Files["two"])
	inner = server(pid)
	_ = cmd.Process.Kill()
	_, release = mustUse(t, b.Supervisor, "one")
	release()
	if running(inner) {
		t.Error("the server of the killed Galley is left")
	}
}

// Two Galleys on one device: the second waits while the first is at work, and gets
// it when the first is idle.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	b := newBench(t, "ok", nil)
	_, in, pid := startParent(t, b.o.Program, b.state, b.o.Files["one"])
	got := make(chan error, 1)
	go func() {
		_, release, err := b.Use(minute(t), "two")
		if err == nil {
			release()
		}
		got <- err
	}()
	until(t, "it waits", func() bool { return state(b.Supervisor, "two").State == StateWaiting })
	if st := state(b.Supervisor, "two"); !strings.Contains(string(st.Why), "another Galley (process") {
		t.Errorf("it says %q", st.Why)
	}
	select {
	case err := <-got:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	_ = in.Close()
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	if running(pid) {
		t.Error("two servers are up")
	}
}
