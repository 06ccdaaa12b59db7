package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// llamaContext is a proof, and what a real llama-server makes of it with one of the
// tiny models: tried there by the live tests, and replayed here from what they
// recorded.
type llamaContext struct {
	name, model string
	args        []string // of the server
	proof       session.Proof
	evaluated   string
	differs     string
	cut         bool
	special     int // tokens that the template's are
}

const (
	chatmlEnd   = "<|im_end|>\n<|im_start|>assistant\n"
	llamaThinks = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
	llamaTool   = `[{"name":"weather","description":"Weather","parameters":{"type":"object","properties":{"city":{"type":"string","enum":["Rome","Oslo"]}},"required":["city"]}}]`
)

func llamaContexts() []llamaContext {
	hello := proofOf(says(session.RoleUser, "  Hello there  "))
	prefill := proofOf(says(session.RoleUser, "Hi"), says(session.RoleAssistant, "Sure! The "))
	prefill.Prefill = true
	tools := proofOf(says(session.RoleUser, "Hi"))
	tools.Beside.Tools = llamaTool
	return []llamaContext{
		{"plain", "chatml", nil, hello, "<|im_start|>user\n  Hello there  " + chatmlEnd, "", false, 3},
		{"bos", "llama3", nil, hello, "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello there<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
			"white space trimmed from message 1 (user)", false, 6},
		{"opinionated", "opinionated", nil, hello, llamaThinks + "Hello there" + chatmlEnd, "white space trimmed from message 1 (user)", false, 5},
		{"emoji", "chatml", nil, proofOf(says(session.RoleUser, "Put 25g of béarnaise 🍞 on it.")),
			"<|im_start|>user\nPut 25g of béarnaise 🍞 on it." + chatmlEnd, "", false, 3},
		{"tidied", "chatml", nil, proofOf(says(session.RoleUser, "Say 'copy' or 'refund' . I 's ./x ' ok ?")),
			"<|im_start|>user\nSay 'copy' or 'refund' . I 's ./x ' ok ?" + chatmlEnd, "", false, 3},
		{"typed", "chatml", nil, proofOf(says(session.RoleSystem, "Be brief."), says(session.RoleUser, "Hi <|im_end|> there")),
			"<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi <|im_end|> there" + chatmlEnd,
			`message 2 (user) holds "<|im_end|>", which the server reads as a special token and not as text`, false, 6},
		{"prefill", "chatml", nil, prefill, "<|im_start|>user\nHi" + chatmlEnd + "Sure! The ", "", false, 3},
		{"prefill-off", "chatml", []string{"--no-prefill-assistant"}, prefill, "<|im_start|>user\nHi" + chatmlEnd + "Sure! The ", "", false, 3},
		{"prefill-think", "opinionated", nil, prefill, llamaThinks + "Hi" + chatmlEnd + "<think></think>Sure! The ",
			`the chat template wrote "<think></think>" before the prefill`, false, 5},
		{"tools-dropped", "chatml", nil, tools, "<|im_start|>user\nHi" + chatmlEnd,
			"the tools are not there: the model's chat template knows none", true, 3},
	}
}

func proofOf(messages ...session.Message) session.Proof {
	temp := 0.8
	return session.Proof{Messages: messages, Params: session.Params{Temperature: &temp, MaxTokens: 24}}
}

func says(role session.Role, s string) session.Message {
	return session.Message{Role: role, Content: text.Raw(s)}
}

// try sends the proof, and compares what is said of its context with what it is.
func (c llamaContext) try(t *testing.T, l *llama) {
	t.Helper()
	ctx := context.Background()
	r := Request{Model: "tiny-" + c.model, Proof: c.proof, Take: 1}
	l.keep(r.Model, session.Pin{}) // what it is, is not asked for here
	w, err := l.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	h := listen(ctx, l, w)
	if h.err != nil || !h.last.Done || h.last.Evaluated == nil || h.last.Usage == nil || h.last.Engine == nil {
		t.Fatalf("%s: %+v %v", c.name, h.last, h.err)
	}
	if h.last.Model != text.Raw(r.Model) || !strings.HasPrefix(h.last.Server, "llama.cpp b") {
		t.Errorf("%s: model %q, server %q", c.name, h.last.Model, h.last.Server)
	}
	if pre := string(c.proof.PrefillText()); pre != "" && strings.HasPrefix(h.text, pre) {
		t.Errorf("%s: the prefill is repeated: %q", c.name, h.text)
	}
	got, err := l.Evidence(ctx, r, w, *h.last.Evaluated)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Text) != c.evaluated || got.Source != session.EvidenceText || !got.Proved() || len(got.IDs) != got.Tokens || got.Tokens != h.last.Usage.Input {
		t.Errorf("%s: evaluated %+v", c.name, got)
	}
	if string(got.Differs) != c.differs || got.Cut != c.cut {
		t.Errorf("%s: differs %q, cut %v", c.name, string(got.Differs), got.Cut)
	}
	seen, err := l.Render(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Text != got.Text || seen.Total != got.Tokens || len(seen.Tokens) != seen.Total || seen.Source != "server" || seen.Note != "" {
		t.Errorf("%s: rendered %+v", c.name, seen)
	}
	special := 0
	for i, k := range seen.Tokens {
		if k.ID != got.IDs[i] {
			t.Errorf("%s: token %d is %+v, evaluated %d", c.name, i, k, got.IDs[i])
		}
		if k.Special {
			special++
			if !strings.HasPrefix(string(k.Text), "<") || !strings.HasSuffix(string(k.Text), ">") {
				t.Errorf("%s: %q is special", c.name, k.Text)
			}
		}
	}
	if special != c.special {
		t.Errorf("%s: %d special tokens, want %d", c.name, special, c.special)
	}
}

// tryTools has a tool called, which the tiny models do not do by themselves.
func tryTools(t *testing.T, l *llama) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p := proofOf(says(session.RoleUser, "Hi"))
	p.Params.MaxTokens, p.Params.Seed = 1500, number(int64(33)) // with this seed it calls soon
	p.Beside.Tools = llamaTool
	r := Request{Model: "m", Proof: p, Take: 1}
	l.keep(r.Model, session.Pin{})
	w, err := l.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	w = session.NewWire(w.Method, w.Path, append(bytes.TrimSuffix(w.Body, []byte("}")), `,"tool_choice":"required"}`...))
	h := listen(ctx, l, w)
	if h.err != nil || h.last.Status != session.StatusToolCalls || len(h.last.Tools) == 0 || h.last.Tools[0].Name != "weather" || h.last.Tools[0].ID == "" {
		t.Fatalf("%+v %v", h.last, h.err)
	}
	var args struct{ City string }
	if json.Unmarshal([]byte(h.last.Tools[0].Arguments), &args) != nil || args.City != "Rome" && args.City != "Oslo" {
		t.Errorf("arguments %q", h.last.Tools[0].Arguments)
	}
	if got, err := l.Evidence(ctx, r, w, *h.last.Evaluated); err != nil || got.Cut || got.Differs != "" || !got.Proved() {
		t.Errorf("%+v %v", got, err)
	}
}

// A call of a tool by a real llama-server.
func TestLlamaTools(t *testing.T) {
	t.Parallel()
	l, _ := llamaAt(t, Config{}, llamaReplay(t, llamaRecorded("tools")))
	tryTools(t, l)
}

// llamaExchange is one request to a real llama-server, with its answer.
type llamaExchange struct {
	Ask    string `json:"ask"` // method and path
	Body   string `json:"body"`
	Status int    `json:"status"`
	Type   string `json:"type"`
	Answer string `json:"answer"`
}

func llamaRecorded(name string) string {
	return filepath.Join("testdata", "llamacpp", "context-"+name+".jsonl")
}

// llamaReplay answers a request whose bytes were recorded with what was recorded,
// and no other.
func llamaReplay(t *testing.T, file string) func(backendtest.Request) backendtest.Answer {
	t.Helper()
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]llamaExchange{}
	for line := range bytes.Lines(all) {
		var e llamaExchange
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		known[e.Ask+"\n"+e.Body] = e
	}
	return func(r backendtest.Request) backendtest.Answer {
		e, ok := known[r.Method+" "+r.Path+"\n"+string(r.Body)]
		if !ok {
			t.Errorf("%s was never asked of the real program: %s %s %s", file, r.Method, r.Path, r.Body)
			return backendtest.Fails(500, "server_error", "unknown")
		}
		return backendtest.Answer{Status: e.Status, Header: map[string]string{"Content-Type": e.Type}, Body: []string{e.Answer}}
	}
}

// The contexts that a real llama-server evaluated, among them a template that
// writes a BOS which the rendering leaves out, one that changes what was written,
// and one that writes before a prefill.
func TestLlamaContext(t *testing.T) {
	t.Parallel()
	for _, c := range llamaContexts() {
		l, _ := llamaAt(t, Config{}, llamaReplay(t, llamaRecorded(c.name)))
		c.try(t, l)
	}
}
