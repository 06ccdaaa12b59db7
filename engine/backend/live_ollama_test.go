//go:build ollama

package backend

import (
	"bytes"
	"context"
	"encoding/json"
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

// liveOllama starts the real program, which GALLEY_OLLAMA names, in a home of its
// own, makes models of the files in GALLEY_GGUF_DIR and returns its address.
func liveOllama(t *testing.T) string {
	t.Helper()
	program, dir := os.Getenv("GALLEY_OLLAMA"), os.Getenv("GALLEY_GGUF_DIR")
	if program == "" {
		t.Skip("GALLEY_OLLAMA names no ollama")
	}
	if dir == "" {
		t.Fatal("GALLEY_GGUF_DIR names no folder with the tiny models")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := free.Addr().String()
	_ = free.Close()
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "OLLAMA_MODELS="+filepath.Join(home, "models"), "OLLAMA_HOST="+host,
		"OLLAMA_NO_CLOUD=1", "OLLAMA_NOHISTORY=1", "OLLAMA_NUM_PARALLEL=1", "OLLAMA_CONTEXT_LENGTH=4096")
	var log bytes.Buffer
	serve := exec.Command(program, "serve")
	serve.Env, serve.Stdout, serve.Stderr = env, &log, &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	t.Cleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM) // a kill would leave its runner behind
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Errorf("ollama, process %d, does not end", serve.Process.Pid)
		}
		if t.Failed() {
			t.Logf("the server's log ends so:\n%s", log.Bytes()[max(0, log.Len()-6000):])
		}
	})
	base := "http://" + host
	for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(base + "/api/version"); err == nil {
			_ = r.Body.Close()
			break
		}
		if time.Now().After(until) {
			t.Fatal("ollama is not ready after a minute")
		}
	}
	for _, name := range []string{"tiny-chatml", "tiny-llama3", "tiny-opinionated"} {
		file := filepath.Join(home, name)
		if err := os.WriteFile(file, fmt.Appendf(nil, "FROM %s\n", filepath.Join(dir, name+".gguf")), 0o600); err != nil {
			t.Fatal(err)
		}
		create := exec.Command(program, "create", name, "-f", file)
		create.Env = env
		if out, err := create.CombinedOutput(); err != nil {
			t.Fatalf("create %s: %v\n%s", name, err, out)
		}
	}
	return base
}

func liveAt(t *testing.T, base string, c Config) *ollama {
	t.Helper()
	c.Name, c.Kind, c.BaseURL = "ollama", ollamaName, base
	o, err := newOllama(c, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.http.(keyed).next.(*http.Transport).CloseIdleConnections() })
	return o
}

// chat asks once and gives up after a minute.
func chat(t *testing.T, o *ollama, model string, p session.Proof) (heard, Request, session.Wire) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := Request{Model: model, Proof: p, Take: 1}
	w, err := o.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	return listen(ctx, o, w), r, w
}

// rawCount is how many tokens the server evaluates of a text that no template
// touches: with the beginning-of-text token that it puts before it.
func rawCount(t *testing.T, base, model, prompt string) int {
	t.Helper()
	ask, _ := json.Marshal(map[string]any{"model": model, "prompt": prompt, "raw": true, "stream": false, "options": map[string]int{"num_predict": 1}})
	resp, err := http.Post(base+"/api/generate", "application/json", bytes.NewReader(ask))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Count int `json:"prompt_eval_count"`
	}
	body, _ := io.ReadAll(resp.Body)
	if json.Unmarshal(body, &got) != nil || got.Count == 0 {
		t.Fatalf("%s", body)
	}
	return got.Count
}

func dish(n int) session.Params {
	temp := 0.8
	return session.Params{Temperature: &temp, MaxTokens: n}
}

func TestLiveOllama(t *testing.T) {
	base := liveOllama(t)
	o := liveAt(t, base, Config{})
	p := cook()
	p.Params = dish(40)

	t.Run("lists and pins", func(t *testing.T) {
		all, err := o.Models(t.Context())
		if err != nil || len(all) != 3 || all[0].Ref != "tiny-chatml:latest" || all[0].State != "unloaded" || all[0].Trained != 8192 || all[0].Quant != "F16" || len(all[0].Digest) != 64 {
			t.Fatalf("%+v %v", all, err)
		}
		pin, err := o.Pin(t.Context(), "tiny-chatml")
		if err != nil || pin.Digest != all[0].Digest || !strings.HasPrefix(pin.Server, "ollama ") || pin.Context != 0 {
			t.Errorf("%+v %v", pin, err)
		}
	})
	t.Run("loads and unloads", func(t *testing.T) {
		set := liveAt(t, base, Config{Context: map[string]int{"tiny-chatml": 2048}})
		if err := set.Load(t.Context(), "tiny-chatml"); err != nil {
			t.Fatal(err)
		}
		loaded, err := set.list(t.Context(), "/api/ps")
		if m, ok := findModel(loaded, "tiny-chatml"); err != nil || !ok || m.Context != 2048 {
			t.Errorf("%+v %v", loaded, err)
		}
		if pin, err := set.Pin(t.Context(), "tiny-chatml"); err != nil || pin.Context != 2048 {
			t.Errorf("%+v %v", pin, err)
		}
		if err := set.Unload(t.Context(), "tiny-chatml"); err != nil {
			t.Fatal(err)
		}
		if loaded, err := set.list(t.Context(), "/api/ps"); err != nil || len(loaded) != 0 {
			t.Errorf("%+v %v", loaded, err)
		}
		if err := set.Load(t.Context(), "no-such-model"); err == nil || !strings.Contains(err.Error(), "ollama pull") {
			t.Errorf("%v", err)
		}
	})
	t.Run("answers and counts", func(t *testing.T) {
		h, _, _ := chat(t, o, "tiny-chatml", p)
		if h.err != nil || h.text == "" || h.last.Status != session.StatusDone && h.last.Status != session.StatusTruncated {
			t.Fatalf("%+v", h)
		}
		if u, e := h.last.Usage, h.last.Engine; u == nil || u.Input != 42 || u.Output < 2 || e == nil || e.PromptMS == nil || e.LoadMS == nil || *e.GeneratedTokens != u.Output || e.CachedTokens != nil {
			t.Errorf("%+v %+v", u, e)
		}
	})
	t.Run("shows what it evaluates", func(t *testing.T) { liveEvidence(t, o, base) })
	t.Run("ends as it is asked to", func(t *testing.T) { liveEnds(t, o) })
	t.Run("refuses", func(t *testing.T) { liveRefusals(t, o) })
	t.Run("loads anew for another context", func(t *testing.T) {
		for _, n := range []int{1024, 2048} {
			q := p
			q.Params.Context = n
			if h, _, _ := chat(t, o, "tiny-chatml", q); h.err != nil {
				t.Fatalf("%+v", h)
			}
			loaded, err := o.list(t.Context(), "/api/ps")
			if m, _ := findModel(loaded, "tiny-chatml"); err != nil || m.Context != n {
				t.Errorf("%d: %+v %v", n, loaded, err)
			}
		}
	})
	t.Run("is cancelled", func(t *testing.T) {
		q := p
		q.Params.MaxTokens = 0
		q.Beside.Schema = `{"type":"array","items":{"type":"integer"},"minItems":1000}`
		w, err := o.Wire(Request{Model: "tiny-chatml", Proof: q, Take: 1})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for c, err := range o.Stream(ctx, "tiny-chatml", w) {
			if c.Done {
				t.Fatal("the answer ended by itself")
			}
			if c.Text != "" {
				cancel()
			}
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), "cancelled") {
			t.Errorf("%v", last)
		}
		// There is one slot: the next answer comes only if it is free again.
		if h, _, _ := chat(t, o, "tiny-chatml", p); h.err != nil || h.text == "" {
			t.Errorf("%+v", h)
		}
	})
}

// liveEvidence looks at what three files become: the rendered text has as many
// tokens as were evaluated, and what the template did to the messages is said.
func liveEvidence(t *testing.T, o *ollama, base string) {
	yes := true
	begins := liveAt(t, base, Config{Prefill: &yes})
	user := session.Message{Role: "user", Content: "  Hello there  "}
	for _, c := range []struct {
		model, bos, differs string
		messages            []session.Message
		prefill, cut        bool
	}{
		{"tiny-chatml", "", "", []session.Message{user}, false, false},
		{"tiny-llama3", "<|begin_of_text|>", "", []session.Message{user}, false, false},
		{"tiny-opinionated", "", "who speaks is not there", []session.Message{user}, false, false},
		{"tiny-opinionated", "", "message 1 (system)", []session.Message{{Role: "system", Content: "You are a careful cook."}, user}, false, true},
		{"tiny-chatml", "", "the prefill was closed", []session.Message{user, {Role: "assistant", Content: "Sure! The "}}, true, false},
	} {
		p := session.Proof{Messages: c.messages, Prefill: c.prefill, Params: dish(4)}
		h, r, w := chat(t, begins, c.model, p)
		if h.err != nil {
			t.Fatalf("%s: %+v", c.model, h.err)
		}
		e, err := begins.Evidence(t.Context(), r, w, *h.last.Evaluated)
		if err != nil || e.Source != session.EvidenceRendered || e.Tokens != h.last.Usage.Input || !strings.HasPrefix(string(e.Text), c.bos) {
			t.Fatalf("%s: %+v %v", c.model, e, err)
		}
		bare := strings.TrimPrefix(string(e.Text), c.bos)
		if n := rawCount(t, base, c.model, bare); n != e.Tokens {
			t.Errorf("%s: %q has %d tokens, and %d were evaluated", c.model, e.Text, n, e.Tokens)
		}
		if c.bos != "" {
			if n := rawCount(t, base, c.model, string(e.Text)); n != e.Tokens+1 {
				t.Errorf("%s: with its BOS written out, %d tokens, not one more than %d: who puts it there?", c.model, n, e.Tokens)
			}
		}
		if e.Cut != c.cut || (c.differs == "") != (e.Differs == "") || !strings.Contains(string(e.Differs), c.differs) {
			t.Errorf("%s: %q differs %q, cut %v", c.model, e.Text, e.Differs, e.Cut)
		}
		v, err := begins.Render(t.Context(), r)
		if err != nil || v.Text != e.Text || v.Source != "server" {
			t.Errorf("%s: %+v %v", c.model, v, err)
		}
	}
	all, err := begins.Models(t.Context())
	if err != nil || !slices.Contains(all[0].Abilities, "render") {
		t.Errorf("%+v %v", all, err)
	}
}

func liveEnds(t *testing.T, o *ollama) {
	p := cook()
	p.Params = dish(120)
	p.Beside.Schema = `{"type":"object","properties":{"answer":{"type":"string","enum":["yes","no"]},"score":{"type":"integer","minimum":0,"maximum":10}},"required":["answer","score"],"additionalProperties":false}`
	h, _, _ := chat(t, o, "tiny-chatml", p)
	var got struct {
		Answer string
		Score  *int
	}
	if h.err != nil || json.Unmarshal([]byte(h.text), &got) != nil || got.Answer != "yes" && got.Answer != "no" || got.Score == nil {
		t.Errorf("schema: %+v", h)
	}
	p = cook()
	p.Params = dish(2)
	if h, _, _ := chat(t, o, "tiny-chatml", p); h.err != nil || h.last.Status != session.StatusTruncated || h.last.Usage.Output != 2 {
		t.Errorf("length: %+v", h)
	}
	p.Params = dish(200)
	p.Params.Stop = []text.Raw{" "}
	if h, _, _ := chat(t, o, "tiny-chatml", p); h.err != nil || strings.Contains(h.text, " ") || h.last.Status != session.StatusDone {
		t.Errorf("stop: %+v", h)
	}
}

func liveRefusals(t *testing.T, o *ollama) {
	long := session.Proof{Messages: []session.Message{{Role: "system", Content: "You are a careful cook."}, {Role: "user", Content: text.Raw(strings.Repeat("bread ", 6000))}}, Params: dish(4)}
	tools, think, odd := cook(), cook(), cook()
	tools.Beside.Tools = `[{"name":"weather"}]`
	think.Params.Think = "on"
	odd.Beside.Schema = `{"type":"nonsense"}`
	for _, c := range []struct {
		name, model, kind, says string
		p                       session.Proof
	}{
		{"overflow", "tiny-chatml", "context", "shorten it", long},
		{"tools", "tiny-chatml", "config", "tools block off", tools},
		{"thinking", "tiny-chatml", "config", "think to none", think},
		{"schema", "tiny-chatml", "config", "invalid JSON schema", odd},
		{"no such model", "no-such-model", "not_found", "ollama pull", cook()},
	} {
		h, _, _ := chat(t, o, c.model, c.p)
		if h.err == nil || h.err.Kind != c.kind || h.err.Retryable || !strings.Contains(string(h.err.Message), c.says) {
			t.Errorf("%s: %+v %q", c.name, h.err, h.text)
		}
	}
}
