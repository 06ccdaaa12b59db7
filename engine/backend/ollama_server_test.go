package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"galley/engine/backend/backendtest"
	"galley/session"
)

// kitchen is an Ollama made of recorded answers. show and render say what differs
// between models.
type kitchen struct {
	show    func(model string, verbose bool) string // "": the recorded one
	render  func(body []byte) string                // what a body is rendered as
	old     bool                                    // it does not know the wish to render
	version string                                  // "": the recorded one
	loaded  atomic.Bool
	asked   atomic.Int64 // for renders
	wrote   atomic.Int64 // answers, and most tokens of one
	most    atomic.Int64
}

func (k *kitchen) play(t *testing.T) func(backendtest.Request) backendtest.Answer {
	doc := func(s string) backendtest.Answer {
		return backendtest.Answer{Header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, Body: []string{s}}
	}
	return func(r backendtest.Request) backendtest.Answer {
		var ask struct {
			Model     string
			Verbose   bool
			Messages  []session.Message
			KeepAlive *int `json:"keep_alive"`
			Render    bool `json:"_debug_render_only"`
			Options   struct {
				Predict int64 `json:"num_predict"`
			}
		}
		if len(r.Body) > 0 && json.Unmarshal(r.Body, &ask) != nil {
			t.Errorf("no JSON: %s", r.Body)
		}
		switch strings.TrimPrefix(r.Path, "/v1") {
		case "/api/tags":
			return tape(t, "04-tags").whole()
		case "/api/version":
			if k.version != "" {
				return doc(`{"version":"` + k.version + `"}`)
			}
			return tape(t, "03-version").whole()
		case "/api/ps":
			if k.loaded.Load() {
				return tape(t, "09-ps-loaded").whole()
			}
			return tape(t, "07-ps-empty").whole()
		case "/api/show":
			if k.show != nil {
				if s := k.show(ask.Model, ask.Verbose); s != "" {
					return doc(s)
				}
			}
			return tape(t, "06-show").whole()
		case "/api/chat":
			switch {
			case len(ask.Messages) == 0 && ask.KeepAlive != nil:
				k.loaded.Store(false)
				return tape(t, "38-unload").whole()
			case len(ask.Messages) == 0:
				k.loaded.Store(true)
				return doc(`{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}`)
			case ask.Render && !k.old:
				k.asked.Add(1)
				b, _ := json.Marshal(k.render(r.Body))
				return doc(`{"model":"m","message":{"role":"","content":""},"done":false,"_debug_info":{"rendered_template":` + string(b) + `}}`)
			}
			k.wrote.Add(1)
			k.most.Store(max(k.most.Load(), ask.Options.Predict))
			return tape(t, "11-chat-whole").whole()
		}
		t.Errorf("asks %s %s", r.Method, r.Path)
		return backendtest.Answer{Status: 404}
	}
}

func TestOllamaModels(t *testing.T) {
	var k kitchen
	k.loaded.Store(true)
	o, _ := ollamaAt(t, Config{}, k.play(t))
	all, err := o.Models(context.Background())
	if err != nil || len(all) != 4 {
		t.Fatalf("%+v %v", all, err)
	}
	want := session.ModelInfo{
		Ref: "tiny-chatml:latest", Context: 4096, Digest: "a9a56f9cb6aaaa476556e79923f186426b5b3fb019229b779605d60219f54049",
		State: "loaded", Trained: 8192, Quant: "F16", Params: "3.67M", Bytes: 7364092, Abilities: []string{"load", "schema"},
	}
	if !reflect.DeepEqual(all[1], want) {
		t.Errorf("%+v", all[1])
	}
	if m := all[0]; m.Ref != "mid:latest" || m.State != "unloaded" || m.Context != 0 {
		t.Errorf("%+v", m)
	}
}

func TestOllamaAbilities(t *testing.T) {
	k := kitchen{
		render: func([]byte) string { return "x" },
		show: func(string, bool) string {
			return `{"capabilities":["completion","tools","thinking"],"model_info":{"general.architecture":"llama","llama.context_length":2e300,"tokenizer.ggml.add_bos_token":false}}`
		},
	}
	o, _ := ollamaAt(t, Config{}, k.play(t))
	if _, err := o.Render(context.Background(), Request{Model: "mid", Proof: cook()}); err != nil {
		t.Fatal(err)
	}
	all, err := o.Models(context.Background())
	if err != nil || !reflect.DeepEqual(all[0].Abilities, []string{"load", "schema", "render", "evaluated", "tools", "think"}) || all[0].Trained != 0 {
		t.Errorf("%+v %v", all, err)
	}
}

// A pin's context is what a request will have, and never what a model was trained
// with while nobody loaded it so.
func TestOllamaPin(t *testing.T) {
	const digest = "a9a56f9cb6aaaa476556e79923f186426b5b3fb019229b779605d60219f54049"
	own := func(string, bool) string {
		return `{"parameters":"num_ctx                        6000\nstop \"x\"","model_info":{"general.architecture":"llama","llama.context_length":8192}}`
	}
	for _, c := range []struct {
		name   string
		loaded bool
		config map[string]int
		show   func(string, bool) string
		want   int
	}{
		{"not loaded", false, nil, nil, 0},
		{"loaded", true, nil, nil, 4096},
		{"config", true, map[string]int{"tiny-chatml": 2048}, nil, 2048},
		{"more than it was trained with", true, map[string]int{"tiny-chatml:latest": 1 << 20}, nil, 8192},
		{"Modelfile", false, nil, own, 6000},
	} {
		k := kitchen{show: c.show}
		k.loaded.Store(c.loaded)
		o, _ := ollamaAt(t, Config{Context: c.config}, k.play(t))
		p, err := o.Pin(context.Background(), "tiny-chatml")
		if want := (session.Pin{Digest: digest, Server: "ollama 0.17.4", Context: c.want}); err != nil || p != want {
			t.Errorf("%s: %+v %v", c.name, p, err)
		}
		if _, err := o.Pin(context.Background(), "no-such-model"); err == nil || !strings.Contains(err.Error(), "ollama pull no-such-model") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOllamaLoads(t *testing.T) {
	var k kitchen
	o, s := ollamaAt(t, Config{Context: map[string]int{"tiny-chatml": 2048}}, k.play(t))
	if err := o.Load(context.Background(), "tiny-chatml"); err != nil || !k.loaded.Load() {
		t.Fatal(err)
	}
	if err := o.Unload(context.Background(), "tiny-chatml"); err != nil || k.loaded.Load() {
		t.Fatal(err)
	}
	all := s.Requests()
	for i, want := range []string{
		`{"model":"tiny-chatml","messages":[],"stream":false,"options":{"num_ctx":2048}}`,
		`{"model":"tiny-chatml","messages":[],"stream":false,"keep_alive":0}`,
	} {
		if string(all[i].Body) != want {
			t.Errorf("%s\nwant\n%s", all[i].Body, want)
		}
	}
	o, _ = ollamaAt(t, Config{}, always(tape(t, "27-error-model-not-found").whole()))
	if err := o.Load(context.Background(), "nix"); err == nil || !strings.Contains(err.Error(), "ollama pull nix") {
		t.Errorf("%v", err)
	}
	o, _ = ollamaAt(t, Config{}, always(tape(t, "11-chat-whole").whole()))
	if err := o.Load(context.Background(), "nix"); err == nil {
		t.Error("an answer is no load")
	}
}

const (
	saysBOS   = `{"model_info":{"tokenizer.ggml.add_bos_token":true,"tokenizer.ggml.bos_token_id":1,"tokenizer.ggml.tokens":%s}}`
	saysNone  = `{"model_info":{"tokenizer.ggml.add_bos_token":false,"tokenizer.ggml.bos_token_id":1}}`
	saysOther = `{"model_info":{"tokenizer.ggml.add_bos_token":false,"tokenizer.ggml.bos_token_id":1,"tokenizer.ggml.tokens":["a","<s>"]}}`
	saysMaybe = `{"model_info":{"tokenizer.ggml.bos_token_id":1,"tokenizer.ggml.tokens":%s}}`
	saysNoID  = `{"model_info":{"tokenizer.ggml.tokens":%s}}`
)

func showing(s string) func(string, bool) string {
	return func(_ string, verbose bool) string {
		if verbose {
			return strings.ReplaceAll(s, "%s", `["a","<s>","<|im_start|>","<|im_end|>"]`)
		}
		return strings.ReplaceAll(s, "%s", "null")
	}
}

func TestOllamaRender(t *testing.T) {
	var rendered struct {
		Debug struct {
			Text string `json:"rendered_template"`
		} `json:"_debug_info"`
	}
	if err := json.Unmarshal([]byte(tape(t, "12-chat-debug-render-only").body), &rendered); err != nil || rendered.Debug.Text == "" {
		t.Fatal(err)
	}
	text := rendered.Debug.Text
	for _, c := range []struct{ name, show, bos, note string }{
		{"none", saysNone, "", "no tokens"},
		{"added", saysBOS, "<s>", "no tokens"},
		{"not said", saysMaybe, "<s>", "does not say"},
		{"no id", saysNoID, "", "may stand"},
	} {
		k := kitchen{show: showing(c.show), render: func([]byte) string { return text }}
		o, s := ollamaAt(t, Config{}, k.play(t))
		for range 2 {
			r, err := o.Render(context.Background(), Request{Model: "tiny-chatml", Proof: cook(), Take: 1})
			if err != nil || string(r.Text) != c.bos+text || r.Source != "server" || !strings.Contains(r.Note, c.note) || r.Tokens != nil || r.Total != 0 {
				t.Errorf("%s: %+v %v", c.name, r, err)
			}
		}
		verbose, renders := 0, 0
		for _, q := range s.Requests() {
			verbose += bytes.Count(q.Body, []byte(`"verbose":true`))
			renders += bytes.Count(q.Body, []byte(debugRender))
		}
		if k.wrote.Load() != 0 || renders != 3 || c.bos != "" && verbose != 2 { // for the BOS, and for the marks of the template
			t.Errorf("%s: %d answers, %d renders, %d vocabularies", c.name, k.wrote.Load(), renders, verbose)
		}
	}
}

// A server that does not know the wish answers instead: it is asked once, for one
// token, and again when its version changes.
func TestOllamaRenderUnknown(t *testing.T) {
	k := kitchen{old: true, version: "0.3.0", show: showing(saysNone), render: func([]byte) string { return "now" }}
	o, _ := ollamaAt(t, Config{}, k.play(t))
	ask := func() session.Rendered {
		r, err := o.Render(context.Background(), Request{Model: "tiny-chatml", Proof: cook(), Take: 1})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for range 3 {
		if r := ask(); r.Source != "unavailable" || r.Text != "" || r.Note == "" {
			t.Errorf("%+v", r)
		}
	}
	if k.wrote.Load() != 1 || k.most.Load() != 1 {
		t.Errorf("%d answers of %d tokens", k.wrote.Load(), k.most.Load())
	}
	e, err := o.Evidence(context.Background(), Request{Model: "tiny-chatml", Proof: cook()}, session.Wire{Body: []byte("{}")}, session.Evaluated{Tokens: 42})
	if err != nil || !reflect.DeepEqual(e, session.Evaluated{Tokens: 42}) {
		t.Errorf("%+v %v", e, err)
	}
	k.old, k.version = false, "0.17.4"
	if r := ask(); r.Text != "now" {
		t.Errorf("%+v", r)
	}
	far := kitchen{show: func(string, bool) string { return `{"remote_host":"https://ollama.com:443","model_info":{}}` }}
	o, _ = ollamaAt(t, Config{}, far.play(t))
	if r := ask(); r.Source != "unavailable" || !strings.Contains(r.Note, "ollama.com") || far.wrote.Load() != 0 {
		t.Errorf("%+v", r)
	}
}

// Recorded with three models whose templates Ollama guessed: what it renders is
// laid beside what was composed, and what is missing is said.
func TestOllamaEvidence(t *testing.T) {
	var rendered []string
	for line := range strings.Lines(string(mustRead(t, "template-guess"))) {
		var r struct {
			Text *string `json:"rendered_template"`
		}
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &r) == nil && r.Text != nil {
			rendered = append(rendered, *r.Text)
		}
	}
	if len(rendered) != 6 {
		t.Fatal(rendered)
	}
	user := session.Proof{Messages: []session.Message{{Role: "user", Content: "  Hello there  "}}}
	begun := session.Proof{Messages: append(user.Messages[:1:1], session.Message{Role: "assistant", Content: "Sure! The "}), Prefill: true}
	full := session.Proof{Messages: append([]session.Message{{Role: "system", Content: "Be brief."}}, user.Messages...)}
	yes := true
	for _, c := range []struct {
		name, show, rendered string
		p                    session.Proof
		text, differs        string
		cut                  bool
	}{
		{"as composed", saysNone, rendered[0], user, rendered[0], "", false},
		{"with BOS", saysBOS, rendered[2], user, "<s>" + rendered[2], "", false},
		{"BOS twice", saysBOS, "<s>" + rendered[2], user, "<s><s>" + rendered[2], "twice", false},
		{"closed prefill", saysNone, rendered[1], begun, rendered[1], "the prefill was closed", false},
		{"open prefill", saysNone, "user: " + rendered[5], begun, "user: " + rendered[5], "", false},
		{"roles are gone", saysNone, rendered[4], user, rendered[4], "who speaks is not there", false},
		{"the template of another", saysOther, rendered[0], user, rendered[0], `"<|im_start|>", which is no token of this model`, false},
		{"marks of the user's", saysOther, "[u] <|x|> [/u]", session.Proof{Messages: []session.Message{{Role: "user", Content: "<|x|>"}}}, "[u] <|x|> [/u]", "", false},
		{"the system text is gone", saysNone, rendered[4], full, rendered[4], "message 1 (system)", true},
	} {
		k := kitchen{show: showing(c.show), render: func([]byte) string { return c.rendered }}
		o, s := ollamaAt(t, Config{Prefill: &yes}, k.play(t))
		r := Request{Model: "tiny-chatml", Proof: c.p, Take: 1}
		w, err := o.Wire(r)
		if err != nil {
			t.Fatal(err)
		}
		e, err := o.Evidence(context.Background(), r, w, session.Evaluated{Tokens: 24})
		if err != nil || string(e.Text) != c.text || e.Source != session.EvidenceRendered || e.Tokens != 24 || e.Counted != 0 || e.Proved() {
			t.Errorf("%s: %+v %v", c.name, e, err)
		}
		if e.Cut != c.cut || (c.differs == "") != (e.Differs == "") || !strings.Contains(string(e.Differs), c.differs) {
			t.Errorf("%s: differs %q, cut %v", c.name, e.Differs, e.Cut)
		}
		sent := false
		want := string(bytes.TrimSuffix(w.Body, []byte("}"))) + `,"_debug_render_only":true}`
		for _, q := range s.Requests() {
			sent = sent || string(q.Body) == want
		}
		if !sent {
			t.Errorf("%s: the body that was sent was not the one that was rendered", c.name)
		}
	}
}
