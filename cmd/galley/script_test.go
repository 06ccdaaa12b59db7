package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"galley/engine/backend/backendtest"
)

// asMain in the environment makes the test binary be galley.
const asMain = "GALLEY_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	spareProc() // what is measured here runs as galley does
	testscript.Main(m, map[string]func(){"galley": main})
}

// asGalley is the environment in which the test binary is galley, with a home of
// its own.
func asGalley(home string) []string {
	return []string{
		asMain + "=1", "HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "XDG_STATE_HOME=" + filepath.Join(home, ".local", "state"),
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "LC_ALL=C.UTF-8",
	}
}

// TestScripts runs the real binary as testdata/script says, each script with an
// empty home, a loopback model at $LAB and the config lab.toml that names it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    cmdExits,
			"json":     cmdJSON,
			"keys":     cmdKeys,
			"spans":    cmdSpans,
			"plain":    cmdPlain,
			"requests": cmdRequests,
			"request":  cmdRequest,
			"bytes":    cmdBytes,
			"until":    cmdUntil,
			"signal":   cmdSignal,
			"refused":  cmdRefused,
			"decide":   cmdDecide,
			"newer":    cmdNewer,
			"foreign":  cmdForeign,
		},
	})
}

// serverKey is where a script's loopback model is kept.
type serverKey struct{}

func setupScript(e *testscript.Env) error {
	srv := backendtest.NewServer(play)
	e.Defer(srv.Close)
	e.Values[serverKey{}] = srv
	home := filepath.Join(e.WorkDir, ".home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	e.Setenv("HOME", home)
	e.Setenv("LAB", srv.URL)
	e.Setenv("LABPORT", strings.TrimSuffix(srv.URL[strings.LastIndexByte(srv.URL, ':')+1:], "/v1"))
	e.Setenv("LC_ALL", "C.UTF-8")
	e.Setenv("LAB_KEY", "canary-key-0123456789")
	config := fmt.Sprintf("[backends.lab]\nkind = \"openai\"\nbase_url = %q\nkey_env = \"LAB_KEY\"\nconcurrency = 2\nmodels = [\"m\"]\n", srv.URL)
	return os.WriteFile(filepath.Join(e.WorkDir, "lab.toml"), []byte(config), 0o600)
}

// play answers by the model's name.
func play(r backendtest.Request) backendtest.Answer {
	var v struct {
		Model string `json:"model"`
	}
	_ = json.Unmarshal(r.Body, &v)
	switch v.Model {
	case "hang":
		a := backendtest.Events(backendtest.Delta("so far "))
		a.Hang = true
		return a
	case "third": // the third request and those after it hang
		a := backendtest.Says("bil", "ling")
		if r.Number >= 3 {
			a = backendtest.Events(backendtest.Delta("so far "))
			a.Hang = true
		}
		return a
	case "deny":
		return backendtest.Fails(401, "invalid_api_key", "no such key: "+r.Header.Get("Authorization"))
	case "cut":
		return backendtest.Events(backendtest.Delta("bil"), backendtest.Finish("length"))
	case "tight": // one ticket takes more than 16 tokens
		if body := string(r.Body); strings.Contains(body, "it said 50") && strings.Contains(body, `_tokens":16`) {
			return backendtest.Events(backendtest.Delta("bil"), backendtest.Finish("length"))
		}
		return backendtest.Says("bil", "ling")
	case "mute":
		return backendtest.Events(backendtest.Finish("stop"))
	case "bad":
		return backendtest.Fails(400, "bad_request", "toy says \x1b[31mno")
	case "limited":
		a := backendtest.Fails(429, "rate_limit_exceeded", "too many")
		a.Header["Retry-After"] = "1"
		return a
	case "renamed": // between one request and the next
		a := backendtest.Says("bil", "ling")
		for i := range a.Body {
			a.Body[i] = strings.ReplaceAll(a.Body[i], `"model":"script"`, fmt.Sprintf(`"model":"script-%d"`, r.Number%2))
		}
		return a
	case "tools":
		return backendtest.Events(
			`data: {"choices":[{"index":0,"delta":{"reasoning_content":"Look it up."},"finish_reason":null}],"model":"script"}`+"\n\n",
			`data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"find","arguments":"{\"q\":"}}]},"finish_reason":null}],"model":"script"}`+"\n\n",
			`data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"one\"}"}}]},"finish_reason":null}],"model":"script"}`+"\n\n",
			backendtest.Finish("tool_calls"),
			`data: {"choices":[],"model":"script","usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":3}}}`+"\n\n",
			backendtest.Done)
	case "evil":
		return backendtest.Says("\x1b]0;title\x07", "\x1b[31m", "red\u009b31m\u202e")
	}
	if r.Method == "GET" {
		return backendtest.Answer{Header: map[string]string{"Content-Type": "application/json"}, Body: []string{`{"object":"list","data":[{"id":"m"},{"id":"hang"}]}`}}
	}
	return backendtest.Says("bil", "ling")
}

// cmdExits runs a program and wants its exit code: exits 2 galley list.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if err != nil || neg {
		ts.Fatalf("use: exits CODE PROGRAM ARGS")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// documents returns the JSON of a file: one document, or a list of its lines. A key
// that stands twice in an object is an error.
func documents(ts *testscript.TestScript, name string) any {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(name)))
	d.UseNumber()
	var docs []any
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			ts.Fatalf("%s is not JSON: %v", name, err)
		}
		docs = append(docs, v)
	}
	if len(docs) == 1 {
		return docs[0]
	}
	return docs
}

// at goes down a path: keys, places from 0 (or -1, the last) and # for a length,
// with dots between.
func at(ts *testscript.TestScript, v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			y, ok := x[step]
			if !ok {
				ts.Fatalf("%s: there is no key %q", path, step)
			}
			v = y
		case []any:
			if step == "#" {
				v = json.Number(strconv.Itoa(len(x)))
				continue
			}
			i, err := strconv.Atoi(step)
			if err == nil && i < 0 {
				i += len(x)
			}
			if err != nil || i < 0 || i >= len(x) {
				ts.Fatalf("%s: there is no place %q in a list of %d", path, step, len(x))
			}
			v = x[i]
		default:
			ts.Fatalf("%s: %q leads nowhere", path, step)
		}
	}
	return v
}

// cmdJSON compares a value: json stdout 0.name triage. A value that is no text
// is compared as compact JSON.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("use: json FILE PATH VALUE")
	}
	got := at(ts, documents(ts, args[0]), args[1])
	s, ok := got.(string)
	if !ok {
		b, err := json.Marshal(got)
		ts.Check(err)
		s = string(b)
	}
	if (s == args[2]) == neg {
		ts.Fatalf("%s is %s", args[1], s)
	}
}

// cmdKeys wants an object to have keys: keys stdout 0 id,vars; . is the whole.
func cmdKeys(ts *testscript.TestScript, neg bool, args []string) {
	v := documents(ts, args[0])
	if args[1] != "." {
		v = at(ts, v, args[1])
	}
	m, ok := v.(map[string]any)
	if !ok || neg {
		ts.Fatalf("%s is no object", args[1])
	}
	for _, k := range strings.Split(args[2], ",") {
		if _, ok := m[k]; !ok {
			ts.Fatalf("%s has no key %q", args[1], k)
		}
	}
}

// cmdSpans wants the spans of galley proof --json to cover every byte of every
// message exactly once.
func cmdSpans(ts *testscript.TestScript, neg bool, args []string) {
	var p struct {
		Messages []struct{ Content string }
		Spans    []struct{ Message, Start, End, Tokens int }
		Tokens   struct{ Total, Template int }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &p))
	m, end, tokens := 0, 0, p.Tokens.Template
	for _, s := range p.Spans {
		for m < len(p.Messages) && end == len(p.Messages[m].Content) && s.Message > m {
			m, end = m+1, 0
		}
		if s.Message != m || s.Start != end || s.End <= s.Start {
			ts.Fatalf("span %+v does not follow message %d, byte %d", s, m, end)
		}
		end = s.End
		tokens += s.Tokens
	}
	if m != len(p.Messages)-1 || end != len(p.Messages[m].Content) {
		ts.Fatalf("the spans end in message %d at byte %d", m, end)
	}
	if tokens != p.Tokens.Total {
		ts.Fatalf("the spans have %d tokens, the whole %d", tokens, p.Tokens.Total)
	}
}

// cmdPlain wants texts without anything that a terminal obeys.
func cmdPlain(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		data := ts.ReadFile(name)
		bad := strings.IndexFunc(data, func(r rune) bool {
			return r < 0x20 && r != '\n' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r == utf8.RuneError
		})
		if (bad >= 0) != neg {
			ts.Fatalf("%s: byte %d of %q", name, bad, data)
		}
	}
}

// cmdRequests wants the number of requests that the loopback model got.
func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	got := len(ts.Value(serverKey{}).(*backendtest.Server).Requests())
	if (strconv.Itoa(got) == args[0]) == neg {
		ts.Fatalf("%d requests came", got)
	}
}

// cmdRequest writes the body of the Nth request that the loopback model got.
func cmdRequest(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	all := ts.Value(serverKey{}).(*backendtest.Server).Requests()
	if n < 1 || n > len(all) {
		ts.Fatalf("%d requests came", len(all))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), all[n-1].Body, 0o600))
}

// cmdBytes writes a file from a Go string: bytes F 'a\x00b'.
func cmdBytes(ts *testscript.TestScript, _ bool, args []string) {
	s, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(s), 0o600))
}

// cmdUntil waits until the loopback model has got so many requests.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	waitFor(ts, func() bool { return len(ts.Value(serverKey{}).(*backendtest.Server).Requests()) >= n })
}

// cmdSignal runs galley in the workspace, sends it a signal when the loopback
// model has got so many requests and hangs in the last, and wants its exit code:
// signal TERM 3 143 run …
func cmdSignal(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	var out, talk bytes.Buffer
	c := exec.Command(os.Args[0], args[3:]...)
	c.Dir = ts.Getenv("WORK")
	c.Env = append(asGalley(ts.Getenv("HOME")), "LAB_KEY="+ts.Getenv("LAB_KEY"), "GALLEY_WORKSPACE="+ts.Getenv("GALLEY_WORKSPACE"), "GALLEY_CONFIG="+ts.Getenv("GALLEY_CONFIG"))
	c.Stdout, c.Stderr = &out, &talk
	ts.Check(c.Start())
	srv := ts.Value(serverKey{}).(*backendtest.Server)
	waitFor(ts, func() bool {
		open, _ := srv.Hanging()
		return open > 0 && len(srv.Requests()) >= n
	})
	time.Sleep(200 * time.Millisecond) // what was sent before it hangs is read
	ts.Check(c.Process.Signal(signals[args[0]]))
	_ = c.Wait()
	ts.Check(os.WriteFile(ts.MkAbs("out"), out.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("talk"), talk.Bytes(), 0o600))
	if got := c.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, out.Bytes(), talk.Bytes())
	}
}

// cmdRefused imports a file that holds a Go string and wants exit code 2, the
// line in the message and nothing changed: refused cases bad.csv 3 'a,b\n…'.
func cmdRefused(ts *testscript.TestScript, _ bool, args []string) {
	noun, name, line, data := args[0], args[1], args[2], args[3]
	cmdBytes(ts, false, []string{name, data})
	cmdExits(ts, false, []string{"2", "galley", "import", noun, name})
	got := ts.ReadFile("stderr")
	if !strings.HasPrefix(got, "galley: "+name+":"+line+": ") || strings.Count(got, "\n") != 1 {
		ts.Fatalf("stderr is %q; want %s:%s", got, name, line)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout is %q", out)
	}
	cmdExits(ts, false, []string{"0", "galley", "list", noun, "--json"})
	if out := ts.ReadFile("stdout"); out != "[]\n" {
		ts.Fatalf("there are %s: %s", noun, out)
	}
}

// cmdDecide keeps a verdict on the duel that galley judge --next --json wrote into
// a file: decide first.json left -p triage. What it says is left in stdout and stderr.
func cmdDecide(ts *testscript.TestScript, _ bool, args []string) {
	token, ok := at(ts, documents(ts, args[0]), "token").(string)
	if !ok {
		ts.Fatalf("%s has no token", args[0])
	}
	_ = ts.Exec("galley", append([]string{"judge", "--decide", token, args[1], "--json"}, args[2:]...)...)
}

// patch copies a workspace with four bytes of SQLite's header changed.
func patch(ts *testscript.TestScript, from, to string, at int, v uint32) {
	data := []byte(ts.ReadFile(from))
	binary.BigEndian.PutUint32(data[at:], v)
	ts.Check(os.WriteFile(ts.MkAbs(to), data, 0o600))
}

// cmdNewer copies a workspace as one that a newer galley made.
func cmdNewer(ts *testscript.TestScript, _ bool, args []string) {
	patch(ts, args[0], args[1], 60, 999) // user_version
}

// cmdForeign copies a workspace as a database of another program.
func cmdForeign(ts *testscript.TestScript, _ bool, args []string) {
	patch(ts, args[0], args[1], 68, 0x12345678) // application_id
}

var signals = map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}

// waitFor waits until done, at most half a minute.
func waitFor(ts *testscript.TestScript, done func() bool) {
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("it did not come about in 30 s")
		}
	}
}
