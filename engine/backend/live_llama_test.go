//go:build llama

package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
)

// liveLlama starts the real program and returns a backend that speaks to it. It is
// named by GALLEY_LLAMA_SERVER, with the models of GALLEY_GGUF_DIR.
func liveLlama(t *testing.T, args ...string) *llama {
	t.Helper()
	program := os.Getenv("GALLEY_LLAMA_SERVER")
	if program == "" {
		t.Skip("GALLEY_LLAMA_SERVER names no llama-server")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(free.Addr().(*net.TCPAddr).Port)
	_ = free.Close()
	var log bytes.Buffer
	args = append([]string{"--host", "127.0.0.1", "--port", port, "--offline"}, args...)
	c := exec.Command(program, args...)
	c.Stdout, c.Stderr = &log, &log
	c.Env = append(os.Environ(), "LLAMA_CACHE="+t.TempDir())
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if t.Failed() {
			t.Logf("the server's log ends so:\n%s", log.Bytes()[max(0, log.Len()-4000):])
		}
	})
	base := "http://127.0.0.1:" + port
	for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(base + "/health"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				break
			}
		}
		select {
		case <-ended:
			t.Fatalf("the server ended:\n%s", log.Bytes())
		default:
		}
		if time.Now().After(until) {
			t.Fatalf("the server is not ready after a minute")
		}
	}
	l, err := newLlamaCpp(Config{Name: "here", Kind: llamaName, BaseURL: base}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.http.(keyed).next.(*http.Transport).CloseIdleConnections)
	return l
}

func liveModel(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("GALLEY_GGUF_DIR")
	if os.Getenv("GALLEY_LLAMA_SERVER") != "" && dir == "" {
		t.Fatal("GALLEY_GGUF_DIR names no folder with the tiny models")
	}
	return filepath.Join(dir, "tiny-"+name+".gguf")
}

// one serves a tiny model, two slots of 2048 tokens.
func one(t *testing.T, name string, more ...string) *llama {
	t.Helper()
	args := []string{"-m", liveModel(t, name), "-a", "tiny-" + name, "-np", "2", "-c", "4096", "-t", "1", "--cache-ram", "0"}
	return liveLlama(t, append(args, more...)...)
}

func liveAsk(t *testing.T, l *llama, model string, p session.Proof) (Request, session.Wire, heard) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r := Request{Model: model, Proof: p, Take: 1}
	w, err := l.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	return r, w, listen(ctx, l, w)
}

// What the answering request reports is what it evaluated, to the token, and what
// was rendered before is the same, whatever the template does.
func TestLiveLlamaContext(t *testing.T) {
	for _, c := range llamaContexts() {
		l := one(t, c.model, c.args...)
		tape := &llamaTape{next: l.http}
		l.http = tape
		c.try(t, l)
		if *recordLlama {
			tape.write(t, llamaRecorded(c.name))
		}
	}
}

var recordLlama = flag.Bool("record", false, "write what the real llama-server answers into testdata/llamacpp")

// llamaTape keeps what goes over the wire.
type llamaTape struct {
	next http.RoundTripper
	all  []llamaExchange
}

// RoundTrip sends the request, and keeps it with its whole answer.
func (l *llamaTape) RoundTrip(r *http.Request) (*http.Response, error) {
	var asked bytes.Buffer
	if r.Body != nil {
		if _, err := asked.ReadFrom(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(asked.Bytes()))
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(all))
	l.all = append(l.all, llamaExchange{r.Method + " " + r.URL.Path, asked.String(), resp.StatusCode, resp.Header.Get("Content-Type"), string(all)})
	return resp, nil
}

func (l *llamaTape) write(t *testing.T, file string) {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for _, x := range l.all {
		if err := e.Encode(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The values that were sent are those by which tokens were drawn.
func TestLiveLlamaSampler(t *testing.T) {
	l := one(t, "chatml", "--temp", "0.3", "--top-k", "7", "--repeat-penalty", "1.3", "--mirostat", "2", "--samplers", "top_k;temperature")
	var tap Tap
	k, p, seed := 12, 0.5, int64(77)
	proof := proofOf(says(session.RoleUser, "Hi"))
	proof.Params.TopK, proof.Params.TopP, proof.Params.Seed, proof.Params.Stop = &k, &p, &seed, []text.Raw{"xyzzy"}
	w, err := l.Wire(Request{Model: "m", Proof: proof, Take: 2})
	if err != nil {
		t.Fatal(err)
	}
	if h := listen(WithTap(context.Background(), &tap), l, w); h.err != nil {
		t.Fatal(h.err)
	}
	_, rest, _ := strings.Cut(string(tap.Bytes()), `"generation_settings":`)
	var used map[string]any
	if err := json.NewDecoder(strings.NewReader(rest)).Decode(&used); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"temperature": "0.8", "top_k": "12", "top_p": "0.5", "min_p": "0", "repeat_penalty": "1", "presence_penalty": "0", "frequency_penalty": "0",
		"seed": "78", "max_tokens": "24", "mirostat": "0", "dynatemp_range": "0", "ignore_eos": "false", "repeat_last_n": "64",
		"samplers": "[penalties top_k top_p min_p temperature]", "stop": "[xyzzy]", "reasoning_format": "deepseek",
	} {
		got := fmt.Sprint(used[name])
		if f, ok := used[name].(float64); ok {
			got = fmt.Sprintf("%.6g", f)
		}
		if got != want {
			t.Errorf("%s %s, want %s", name, got, want)
		}
	}
}

// Structured answers, stops and limits.
func TestLiveLlamaShapes(t *testing.T) {
	l := one(t, "chatml")
	hi := func(f func(*session.Proof)) session.Proof {
		p := proofOf(says(session.RoleSystem, "You are a careful cook."), says(session.RoleUser, "Write a short answer about bread."))
		p.Params.MaxTokens = 60
		f(&p)
		return p
	}
	for name, c := range map[string]struct {
		proof  session.Proof
		status session.Status
		holds  func(h heard) bool
	}{
		"schema": {hi(func(p *session.Proof) {
			p.Beside.Schema = `{"type":"object","properties":{"answer":{"type":"string","enum":["yes","no"]},"score":{"type":"integer","minimum":0,"maximum":10}},"required":["answer","score"],"additionalProperties":false}`
		}), session.StatusDone, func(h heard) bool {
			var v struct {
				Answer string
				Score  *int
			}
			return json.Unmarshal([]byte(h.text), &v) == nil && (v.Answer == "yes" || v.Answer == "no") && v.Score != nil
		}},
		"grammar": {hi(func(p *session.Proof) { p.Beside.Grammar = `root ::= ("yes" | "no")` }), session.StatusDone,
			func(h heard) bool { return h.text == "yes" || h.text == "no" }},
		"length": {hi(func(p *session.Proof) { p.Params.MaxTokens = 1 }), session.StatusTruncated,
			func(h heard) bool {
				return h.last.Usage.Output == 1 && h.last.Engine.GeneratedMS == nil && *h.last.Engine.GeneratedTokens == 1
			}},
		"stop": {hi(func(p *session.Proof) {
			p.Beside.Grammar, p.Params.Stop = `root ::= "one. two"`, []text.Raw{" t"}
		}), session.StatusDone, func(h heard) bool { return h.text == "one." }},
		"an emoji whose bytes are four tokens": {hi(func(p *session.Proof) { p.Beside.Grammar = `root ::= "café 🍞!"` }), session.StatusDone,
			func(h heard) bool { return h.text == "café 🍞!" }},
	} {
		_, _, h := liveAsk(t, l, "tiny-chatml", c.proof)
		if h.err != nil || h.last.Status != c.status || !c.holds(h) {
			t.Errorf("%s: %q %+v %v", name, h.text, h.last, h.err)
		}
	}
	for name, c := range map[string]struct {
		proof      session.Proof
		kind, says string
	}{
		"overflow": {proofOf(says(session.RoleUser, strings.Repeat("bread ", 3000))), "context", "available context size (2048 tokens)"},
		"grammar":  {hi(func(p *session.Proof) { p.Beside.Grammar = `root ::= (` }), "config", "failed to parse grammar"},
		"schema":   {hi(func(p *session.Proof) { p.Beside.Schema = `{"type":"nonsense"}` }), "config", "unrecognized type nonsense"},
	} {
		_, _, h := liveAsk(t, l, "tiny-chatml", c.proof)
		if h.err == nil || h.err.Kind != c.kind || h.err.Retryable || !strings.Contains(string(h.err.Message), c.says) {
			t.Errorf("%s: %+v", name, h.err)
		}
	}
}

// toolTemplate is a chat template that knows tools, and calls as bare objects.
const toolTemplate = `{%- if tools %}{{- '<|im_start|>system\nTools:' }}{%- for tool in tools %}{{- '\n' }}{{- tool | tojson }}{%- endfor %}{{- '\nCall one as:\n{"name": <name>, "arguments": <object>}<|im_end|>\n' }}{%- endif %}{%- for message in messages %}{%- if message.role == 'assistant' and message.tool_calls %}{{- '<|im_start|>assistant' }}{%- if message.content %}{{- '\n' + message.content }}{%- endif %}{%- for tool_call in message.tool_calls %}{{- '\n{"name": "' + tool_call.function.name + '", "arguments": ' }}{{- tool_call.function.arguments | tojson }}{{- '}' }}{%- endfor %}{{- '<|im_end|>\n' }}{%- else %}{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{%- endif %}{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}`

func TestLiveLlamaTools(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tools.jinja")
	if err := os.WriteFile(file, []byte(toolTemplate), 0o600); err != nil {
		t.Fatal(err)
	}
	l := one(t, "chatml", "--chat-template-file", file)
	tape := &llamaTape{next: l.http}
	l.http = tape
	tryTools(t, l)
	if *recordLlama {
		tape.write(t, llamaRecorded("tools"))
	}
}

// Reasoning is kept apart, and the template is asked for it or not.
func TestLiveLlamaThink(t *testing.T) {
	l := one(t, "opinionated", "--reasoning-format", "none")
	p := proofOf(says(session.RoleUser, "Hi"))
	p.Params.MaxTokens = 60
	p.Beside.Grammar = `root ::= "<think>\nthe soup\n</think>\n\nyes"`
	_, _, h := liveAsk(t, l, "m", p)
	if h.err != nil || strings.TrimSpace(h.reason) != "the soup" || strings.TrimSpace(h.text) != "yes" {
		t.Errorf("%q, %q, %v", h.reason, h.text, h.err)
	}
	p.Beside.Grammar, p.Params.Think = "", "off"
	_, _, h = liveAsk(t, l, "m", p)
	if h.err != nil || !strings.HasSuffix(string(h.last.Evaluated.Text), "<think>\n\n</think>\n\n") {
		t.Errorf("thinking off: %+v %v", h.last.Evaluated, h.err)
	}
	p.Params.Think = "on"
	_, _, h = liveAsk(t, l, "m", p)
	if h.err != nil || strings.Contains(string(h.last.Evaluated.Text), "<think>") {
		t.Errorf("thinking on: %+v %v", h.last.Evaluated, h.err)
	}
}

// A request that is cancelled gives its slot back, and one that is repeated finds
// its prompt there unless it is to be repeatable.
func TestLiveLlamaSlots(t *testing.T) {
	l := one(t, "chatml", "--metrics")
	p := proofOf(says(session.RoleUser, strings.Repeat("Write about bread. ", 20)))
	p.Params.MaxTokens = 0
	p.Beside.Grammar = `root ::= "a" root`
	w, err := l.Wire(Request{Model: "m", Proof: p, Take: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	read := 0
	for c, err := range l.Stream(ctx, "m", w) {
		if err != nil {
			break
		}
		read = max(read, c.Read)
		if c.Text != "" && ctx.Err() == nil {
			if g, err := l.Gauge(context.Background(), "m"); err != nil || *g.Slots != 2 || *g.Busy != 1 || *g.Waiting != 0 {
				t.Errorf("at work: %+v %v", g, err)
			}
			cancel()
		}
	}
	if read == 0 {
		t.Error("nothing was said of how far the prompt was read")
	}
	for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		g, err := l.Gauge(context.Background(), "m")
		if err != nil {
			t.Fatal(err)
		}
		if *g.Busy == 0 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the slot is still busy")
		}
	}
	p = proofOf(says(session.RoleUser, strings.Repeat("Write about soup. ", 20)))
	for i, repeatable := range []bool{false, false, true} {
		w, err := l.Wire(Request{Model: "m", Proof: p, Take: 1, Repeatable: repeatable})
		if err != nil {
			t.Fatal(err)
		}
		h := listen(context.Background(), l, w)
		if h.err != nil {
			t.Fatal(h.err)
		}
		e, u := h.last.Engine, h.last.Usage
		if *e.PromptTokens+*e.CachedTokens != u.Input || u.Cached == nil || *u.Cached != *e.CachedTokens {
			t.Errorf("request %d: %+v %+v", i, e, u)
		}
		if again := i == 1; again != (*e.CachedTokens > u.Input/2) {
			t.Errorf("request %d: %d of %d tokens were there", i, *e.CachedTokens, u.Input)
		}
	}
}

// A server with one model says what it is, and what it can't do.
func TestLiveLlamaSingle(t *testing.T) {
	l := one(t, "opinionated")
	ctx := context.Background()
	models, err := l.Models(ctx)
	if err != nil || len(models) != 1 {
		t.Fatalf("%+v %v", models, err)
	}
	m := models[0]
	if m.Ref != "tiny-opinionated" || m.State != "loaded" || m.Context != 2048 || m.Trained != 8192 || m.Quant != "F16" || m.Params != "3.7M" || m.Bytes == 0 || m.Slots != 2 {
		t.Errorf("%+v", m)
	}
	if want := []string{"render", "tokenize", "schema", "grammar", "think", "prefill", "gauge"}; !slices.Equal(m.Abilities, want) {
		t.Errorf("abilities %v", m.Abilities)
	}
	if n := l.Traits().Concurrency; n != 2 {
		t.Errorf("%d at once", n)
	}
	pin, err := l.Pin(ctx, "tiny-opinionated")
	if err != nil || pin.Digest == "" || pin.Digest != m.Digest || pin.Slots != 2 || pin.Context != 2048 || !strings.HasPrefix(pin.Server, "llama.cpp b") {
		t.Errorf("%+v %v", pin, err)
	}
	if err := l.Load(ctx, "tiny-opinionated"); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{"load": l.Load(ctx, "other"), "unload": l.Unload(ctx, "tiny-opinionated")} {
		if err == nil || !strings.Contains(err.Error(), "has one model") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A router loads, unloads, says which model failed, and is never made to load one
// by a look.
func TestLiveLlamaRouter(t *testing.T) {
	dir := t.TempDir()
	preset := "version = 1\n[*]\nc = 4096\nnp = 2\nt = 1\n[broken]\nmodel = " + filepath.Join(dir, "not-there.gguf") + "\n"
	for _, n := range []string{"chatml", "llama3"} {
		preset += "[tiny-" + n + "]\nmodel = " + liveModel(t, n) + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "presets.ini"), []byte(preset), 0o600); err != nil {
		t.Fatal(err)
	}
	l := liveLlama(t, "--models-preset", filepath.Join(dir, "presets.ini"), "--models-max", "1")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	states := func() string {
		t.Helper()
		list, err := l.Models(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range list {
			out = append(out, m.Ref+" "+m.State)
		}
		return strings.Join(out, ", ")
	}
	hi := proofOf(says(session.RoleUser, "Hi"))
	r := Request{Model: "tiny-llama3", Proof: hi, Take: 1}
	if _, err := l.Render(ctx, r); err == nil || !strings.Contains(err.Error(), "load it first") {
		t.Errorf("rendered by a model that is not loaded: %v", err)
	}
	if g, err := l.Gauge(ctx, "tiny-llama3"); err != nil || g != (session.Load{}) {
		t.Errorf("%+v %v", g, err)
	}
	if pin, err := l.Pin(ctx, "tiny-llama3"); err != nil || pin.Digest != "" || pin.Server == "" {
		t.Errorf("%+v %v", pin, err)
	}
	if s := states(); s != "broken unloaded, tiny-chatml unloaded, tiny-llama3 unloaded" {
		t.Errorf("before: %s", s)
	}
	if err := l.Load(ctx, "tiny-chatml"); err != nil {
		t.Fatal(err)
	}
	if s := states(); s != "broken unloaded, tiny-chatml loaded, tiny-llama3 unloaded" {
		t.Errorf("after loading: %s", s)
	}
	if err := l.Load(ctx, "tiny-chatml"); err != nil {
		t.Errorf("loaded again: %v", err)
	}
	r, w, h := liveAsk(t, l, "tiny-llama3", hi) // puts the other out
	if h.err != nil || h.last.Model != "tiny-llama3" {
		t.Fatalf("%+v %v", h.last, h.err)
	}
	got, err := l.Evidence(ctx, r, w, *h.last.Evaluated)
	if err != nil || !got.Proved() || l.Traits().Digest("tiny-llama3") == "" {
		t.Errorf("%+v %v, digest %q", got, err, l.Traits().Digest("tiny-llama3"))
	}
	if s := states(); s != "broken unloaded, tiny-chatml unloaded, tiny-llama3 loaded" {
		t.Errorf("after asking: %s", s)
	}
	if pin, err := l.Pin(ctx, "tiny-llama3"); err != nil || pin.Digest == "" || pin.Slots != 2 {
		t.Errorf("%+v %v", pin, err)
	}
	if err := l.Load(ctx, "broken"); err == nil || !strings.Contains(err.Error(), "exit code 1") {
		t.Errorf("a model that is not there: %v", err)
	}
	if s := states(); !strings.HasPrefix(s, "broken failed") {
		t.Errorf("after failing: %s", s)
	}
	_, _, h = liveAsk(t, l, "broken", hi)
	if h.err == nil || h.err.Kind != "server" || h.err.Retryable {
		t.Errorf("asked of a broken model: %+v", h.err)
	}
	_, _, h = liveAsk(t, l, "nobody", hi)
	if h.err == nil || h.err.Kind != "not_found" {
		t.Errorf("asked of an unknown model: %+v", h.err)
	}
	if err := l.Load(ctx, "tiny-llama3"); err != nil {
		t.Fatal(err)
	}
	if err := l.Unload(ctx, "tiny-llama3"); err != nil {
		t.Fatal(err)
	}
	if s := states(); s != "broken failed, tiny-chatml unloaded, tiny-llama3 unloaded" {
		t.Errorf("at the end: %s", s)
	}
	if err := l.Load(ctx, "nobody"); callError(err).Kind != "not_found" {
		t.Errorf("an unknown model: %v", err)
	}
}
