package backend

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// The answers of these tests are written in the shape that vLLM documents; none
// was recorded.

func vllmFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "vllm", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func vllmAt(t testing.TB, c Config, play func(backendtest.Request) backendtest.Answer) (*vllm, *backendtest.Server) {
	t.Helper()
	s := backendtest.NewServer(play)
	t.Cleanup(s.Close)
	c.Name, c.Kind, c.BaseURL = "gpu", vllmName, s.URL
	v, err := newVLLM(c, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.http.(keyed).next.(*http.Transport).CloseIdleConnections() })
	return v, s
}

func TestVLLMStream(t *testing.T) {
	ids := []int{151644, 8948, 198, 2610, 525, 264, 16585, 4296, 13, 151645, 198}
	for _, c := range []struct {
		file, text, reason string
		status             session.Status
		eval               session.Evaluated
		cached             int // -1: not said
	}{
		{"stream", "Brötchen 👩‍🍳", "hm so", session.StatusDone, session.Evaluated{
			Text: "<|im_start|>system\nYou are a careful cook.<|im_end|>\n<|im_start|>user\nGrüße<|im_end|>\n<|im_start|>assistant\n", IDs: ids, Source: session.EvidenceIDs, Tokens: 11,
		}, 8},
		{"older", "Bread.", "", session.StatusTruncated, session.Evaluated{Tokens: 11}, -1},
		{"tools", "", "", session.StatusToolCalls, session.Evaluated{IDs: ids, Source: session.EvidenceIDs, Tokens: 11}, -1},
	} {
		body := vllmFile(t, c.file)
		for how, pieces := range map[string][]string{"whole": {body}, "bytes": bytesOf(body)} {
			v, _ := vllmAt(t, Config{}, always(backendtest.Events(pieces...)))
			h := listen(context.Background(), v, wireOf(t, v, "x"))
			if h.err != nil || h.text != c.text || h.reason != c.reason || h.last.Status != c.status || h.last.Model != "qwen" {
				t.Fatalf("%s, %s: %+v", c.file, how, h)
			}
			if h.last.Evaluated == nil || !reflect.DeepEqual(*h.last.Evaluated, c.eval) {
				t.Errorf("%s, %s: evaluated %+v", c.file, how, h.last.Evaluated)
			}
			e := h.last.Engine
			if c.cached < 0 && (e.CachedTokens != nil || e.PromptTokens != nil) || c.cached >= 0 && (*e.CachedTokens != c.cached || *e.PromptTokens != 11-c.cached) {
				t.Errorf("%s, %s: engine %+v", c.file, how, e)
			}
			switch c.file {
			case "stream":
				if *e.PromptMS != 85.2 || *e.GeneratedMS != 1240.5 || *e.QueueMS != 12.3 || *e.GeneratedTokens != 6 || *h.last.Usage.Reasoning != 2 || !strings.Contains(h.last.Server, "0.23.0") {
					t.Errorf("%s: %+v %+v %q", how, e, h.last.Usage, h.last.Server)
				}
			case "tools":
				if want := []session.ToolCall{{ID: "chatcmpl-tool-1", Name: "weather", Arguments: `{"city": "Köln"}`}}; !reflect.DeepEqual(h.last.Tools, want) {
					t.Errorf("%s: %+v", how, h.last.Tools)
				}
			}
		}
	}
	v, _ := vllmAt(t, Config{}, always(backendtest.Events(vllmFile(t, "error"))))
	if h := listen(context.Background(), v, wireOf(t, v, "x")); h.err == nil || h.err.Kind != "server" || h.text != "Br" {
		t.Errorf("%+v", h)
	}
}

func TestVLLMCutAnywhere(t *testing.T) {
	for _, name := range []string{"stream", "older", "tools"} {
		body := vllmFile(t, name)
		var a backendtest.Answer
		v, _ := vllmAt(t, Config{}, func(backendtest.Request) backendtest.Answer { return a })
		w := wireOf(t, v, "x")
		a = backendtest.Events(body)
		whole := listen(context.Background(), v, w)
		finish := strings.LastIndex(body, `"finish_reason":"`)
		for n := range len(body) + 1 {
			if thinned(n) {
				continue
			}
			for _, reset := range []bool{false, true} {
				a = backendtest.Events(body[:n])
				a.Reset = reset
				h := listen(context.Background(), v, w)
				if !strings.HasPrefix(whole.text, h.text) || n < finish && h.err == nil {
					t.Fatalf("%s cut at %d: %+v", name, n, h)
				}
				if h.err == nil && (h.text != whole.text || h.last.Status != whole.last.Status) {
					t.Fatalf("%s cut at %d: done with %q", name, n, h.text)
				}
			}
		}
	}
}

// What can't be read of the prompt makes no answer fail.
func TestVLLMOddPrompt(t *testing.T) {
	for _, ids := range []string{`null`, `"x"`, `[1,-2]`, `[1.5]`, `{}`} {
		body := `data: {"choices":[{"index":0,"delta":{"content":"a"}}],"prompt_token_ids":` + ids + `,"prompt_text":7}` + "\n\n" + backendtest.Finish("stop")
		v, _ := vllmAt(t, Config{}, always(backendtest.Events(body)))
		if h := listen(context.Background(), v, wireOf(t, v, "x")); h.err != nil || h.text != "a" || h.last.Evaluated != nil && h.last.Evaluated.IDs != nil {
			t.Errorf("%s: %+v", ids, h)
		}
	}
}

func TestVLLMWire(t *testing.T) {
	temp, pen := 0.2, 1.05
	v, _ := vllmAt(t, Config{}, always(backendtest.Answer{}))
	user := []session.Message{{Role: "user", Content: "a"}}
	const rest = `"min_p":0,"repetition_penalty":1,"presence_penalty":0,"frequency_penalty":0,"seed":1,"return_token_ids":true,"return_prompt_text":true,"stream":true,"stream_options":{"include_usage":true}}`
	for _, c := range []struct {
		name, want string
		p          session.Proof
		take       int
	}{
		{"nothing set", `{"model":"q","messages":[{"role":"user","content":"a"}],"temperature":1,"top_p":1,"top_k":-1,` + rest, session.Proof{Messages: user}, 1},
		{
			"prefill, tools, schema", `{"model":"q","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"So"}],"add_generation_prompt":false,"continue_final_message":true,` +
				`"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}],"chat_template_kwargs":{"enable_thinking":false},` +
				`"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}},"temperature":0.2,"top_p":1,"top_k":-1,"min_p":0,"repetition_penalty":1.05,` +
				`"presence_penalty":0,"frequency_penalty":0,"seed":3,"max_tokens":9,"stop":["."],"return_token_ids":true,"return_prompt_text":true,"stream":true,"stream_options":{"include_usage":true}}`,
			session.Proof{
				Messages: append(user[:1:1], session.Message{Role: "assistant", Content: "So"}), Prefill: true,
				Beside: session.Beside{Tools: `[{"name":"f"}]`, Schema: `{"type":"object"}`},
				Params: session.Params{Temperature: &temp, RepeatPenalty: &pen, MaxTokens: 9, Stop: []text.Raw{"."}, Think: "off"},
			}, 3,
		},
		{
			"grammar and effort", `{"model":"q","messages":[{"role":"user","content":"a"}],"chat_template_kwargs":{"enable_thinking":true,"reasoning_effort":"low"},"structured_outputs":{"grammar":"root ::= \"x\""},` +
				`"reasoning_effort":"low","temperature":1,"top_p":1,"top_k":-1,` + rest,
			session.Proof{Messages: user, Beside: session.Beside{Grammar: `root ::= "x"`}, Params: session.Params{Think: "low"}}, 1,
		},
	} {
		w, err := v.Wire(Request{Model: "q", Proof: c.p, Take: c.take})
		if err != nil || string(w.Body) != c.want || w.Path != "/v1/chat/completions" || !json.Valid(w.Body) {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, w.Body, c.want)
		}
	}
	minus, no := int64(-1), false
	never, _ := vllmAt(t, Config{Prefill: &no}, always(backendtest.Answer{}))
	for _, c := range []struct {
		b    *vllm
		p    session.Proof
		want string
	}{
		{v, session.Proof{}, "empty"},
		{v, session.Proof{Messages: user, Params: session.Params{Context: 100}}, "context"},
		{v, session.Proof{Messages: user, Params: session.Params{Seed: &minus}}, "seed"},
		{v, session.Proof{Messages: user, Beside: session.Beside{Schema: "{}", Grammar: "x"}}, "not to both"},
		{v, session.Proof{Messages: user, Beside: session.Beside{Schema: "{"}}, "schema"},
		{v, session.Proof{Messages: user, Beside: session.Beside{Tools: "{}"}}, "tools"},
		{v, session.Proof{Messages: user, Beside: session.Beside{Grammar: "\xff"}}, "UTF-8"},
		{never, session.Proof{Messages: append(user[:1:1], session.Message{Role: "assistant", Content: "{"}), Prefill: true}, "switch the prefill block off"},
	} {
		if w, err := c.b.Wire(Request{Model: "q", Proof: c.p, Take: 1}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v %s", c.want, err, w.Body)
		}
	}
}

func TestVLLMOpens(t *testing.T) {
	for base, path := range map[string]string{"http://127.0.0.1:8000": "", "http://127.0.0.1:8000/v1": "", "http://127.0.0.1:8000/v1/": "", "https://gpu.example/llm/v1": "/llm", "": "-"} {
		v, err := newVLLM(Config{Name: "gpu", BaseURL: base}, func(string) string { return "" })
		if path == "-" {
			if err == nil || !strings.Contains(err.Error(), "base_url") {
				t.Errorf("%v", err)
			}
			continue
		}
		if err != nil || v.base.Path != path {
			t.Errorf("%s: %v %v", base, v, err)
			continue
		}
		if tr := v.Traits(); tr.Local != (path == "") || tr.Free != tr.Local || tr.Concurrency != 16 || tr.Ceiling != 256 || tr.Prefix != PrefixShared || tr.OneModel {
			t.Errorf("%+v", tr)
		}
	}
}

// tokens of a small vocabulary that a server cuts text into, at <|…|> and spaces.
type vocabulary struct{ names []string }

func (y *vocabulary) cut(s string) (ids []int, names []string) {
	for s != "" {
		n := strings.IndexAny(s[1:], " <\n") + 1
		if strings.HasPrefix(s, "<|") {
			n = strings.Index(s, "|>") + 2
		}
		if n <= 0 {
			n = len(s)
		}
		name := s[:n]
		if !strings.HasPrefix(name, "<|") {
			name = ""
			for _, c := range []byte(s[:n]) { // as byte-level vocabularies name bytes
				name += string(runeOf(c))
			}
		}
		i := slices.Index(y.names, name)
		if i < 0 {
			i = len(y.names)
			y.names = append(y.names, name)
		}
		ids, names = append(ids, i), append(names, name)
		s = s[n:]
	}
	return ids, names
}

func runeOf(c byte) rune {
	for r := rune(0); r < 0x200; r++ {
		if b, ok := byteOf(r); ok && b == c {
			return r
		}
	}
	return -1
}

func (y *vocabulary) text(ids []int) string {
	var b strings.Builder
	for _, id := range ids {
		s, _ := byteLevel(y.names[id])
		b.WriteString(s)
	}
	return b.String()
}

func (y *vocabulary) play(t *testing.T, spoil func(string) string) func(backendtest.Request) backendtest.Answer {
	doc := func(v any) backendtest.Answer {
		b, _ := json.Marshal(v)
		return backendtest.Answer{Header: map[string]string{"Content-Type": "application/json"}, Body: []string{string(b)}}
	}
	return func(r backendtest.Request) backendtest.Answer {
		var ask struct {
			Prompt   *string
			Messages []struct{ Role, Content string }
			Add      *bool `json:"add_generation_prompt"`
			Special  *bool `json:"add_special_tokens"`
			Tokens   []int
		}
		if len(r.Body) > 0 && json.Unmarshal(r.Body, &ask) != nil {
			t.Errorf("no JSON: %s", r.Body)
		}
		switch r.Path {
		case "/tokenize":
			s := ""
			if ask.Prompt != nil {
				s = *ask.Prompt
				if ask.Special == nil || *ask.Special {
					t.Error("a BOS would be put before text that has one")
				}
			} else {
				for i, m := range ask.Messages {
					s += "<|start|>" + m.Role + "\n" + strings.TrimSpace(m.Content)
					if ask.Add == nil || *ask.Add || i < len(ask.Messages)-1 {
						s += "<|end|>"
					}
				}
				if ask.Add == nil || *ask.Add {
					s += "<|start|>assistant\n"
				}
			}
			ids, names := y.cut(s)
			return doc(map[string]any{"count": len(ids), "max_model_len": 99, "tokens": ids, "token_strs": names})
		case "/detokenize":
			return doc(map[string]any{"prompt": spoil(y.text(ask.Tokens))})
		case "/v1/models":
			return backendtest.Answer{Header: map[string]string{"Content-Type": "application/json"}, Body: []string{vllmFile(t, "models")}}
		case "/version":
			return doc(map[string]string{"version": "0.23.0"})
		case "/metrics":
			return backendtest.Answer{Header: map[string]string{"Content-Type": "text/plain"}, Body: []string{vllmFile(t, "metrics")}}
		}
		return backendtest.Answer{Status: 404}
	}
}

func as(s string) string { return s }

func TestVLLMRender(t *testing.T) {
	var y vocabulary
	v, _ := vllmAt(t, Config{}, y.play(t, as))
	p := session.Proof{Messages: []session.Message{{Role: "user", Content: "Grüße, <b>\n ok"}, {Role: "assistant", Content: "Yes, "}}, Prefill: true}
	r, err := v.Render(context.Background(), Request{Model: "qwen", Proof: p})
	if err != nil {
		t.Fatal(err)
	}
	joined, special := "", 0
	for _, k := range r.Tokens {
		joined += string(k.Text)
		if k.Special {
			special++
		}
	}
	if want := "<|start|>user\nGrüße, <b>\n ok<|end|><|start|>assistant\nYes,"; string(r.Text) != want || joined != want || r.Total != len(r.Tokens) || special != 3 || r.Source != "server" {
		t.Errorf("%+v", r)
	}
	v, _ = vllmAt(t, Config{}, y.play(t, strings.ToUpper)) // a tokenizer that cleans up
	if r, err = v.Render(context.Background(), Request{Model: "qwen", Proof: p}); err != nil || r.Tokens != nil || r.Total == 0 || r.Note == "" {
		t.Errorf("%+v %v", r, err)
	}
	v, _ = vllmAt(t, Config{}, always(backendtest.Answer{Status: 404}))
	if _, err = v.Render(context.Background(), Request{Model: "qwen", Proof: p}); err == nil {
		t.Error("a server without /tokenize renders nothing")
	}
}

func TestVLLMTokenize(t *testing.T) {
	var y vocabulary
	v, _ := vllmAt(t, Config{}, y.play(t, as))
	k, err := v.Tokenize(context.Background(), "qwen", "Grüße <|end|>", true)
	if err != nil || len(k) != 3 || k[0].Text != "Grüße" || k[1].Text != " " || !k[2].Special || k[2].Text != "<|end|>" {
		t.Errorf("%+v %v", k, err)
	}
}

func TestVLLMEvidence(t *testing.T) {
	var y vocabulary
	p := session.Proof{Messages: []session.Message{{Role: "user", Content: "a b"}}}
	const rendered = "<|start|>user\na b<|end|><|start|>assistant\n"
	ids, _ := y.cut(rendered)
	short, _ := y.cut("<|start|>user\n<|end|>")
	for _, c := range []struct {
		name    string
		got     session.Evaluated
		text    string
		source  session.Evidence
		proved  bool
		differs string
		cut     bool
	}{
		{"ids", session.Evaluated{IDs: ids, Source: session.EvidenceIDs, Tokens: len(ids)}, rendered, session.EvidenceIDs, true, "", false},
		{"text", session.Evaluated{Text: rendered, Source: session.EvidenceText, Tokens: len(ids)}, rendered, session.EvidenceText, true, "", false},
		{"asked again", session.Evaluated{Tokens: len(ids)}, rendered, session.EvidenceRendered, true, "", false},
		{"another count", session.Evaluated{IDs: ids, Source: session.EvidenceIDs, Tokens: 99}, rendered, session.EvidenceIDs, false, "99 tokens counted", false},
		{"cut", session.Evaluated{IDs: short, Source: session.EvidenceIDs, Tokens: len(short)}, "<|start|>user\n<|end|>", session.EvidenceIDs, true, "message 1 (user)", true},
	} {
		v, _ := vllmAt(t, Config{}, y.play(t, as))
		e, err := v.Evidence(context.Background(), Request{Model: "qwen", Proof: p}, session.Wire{}, c.got)
		if err != nil || string(e.Text) != c.text || e.Source != c.source || e.Proved() != c.proved || e.Cut != c.cut || (c.differs == "") != (e.Differs == "") || !strings.Contains(string(e.Differs), c.differs) {
			t.Errorf("%s: %+v %v", c.name, e, err)
		}
	}
}

func TestVLLMPinAndGauge(t *testing.T) {
	var y vocabulary
	v, _ := vllmAt(t, Config{}, y.play(t, as))
	p, err := v.Pin(context.Background(), "qwen")
	other, _ := v.Pin(context.Background(), "cook")
	if err != nil || p.Server != "vllm 0.23.0" || p.Context != 32768 || p.Digest == "" || p.Digest == other.Digest || p.Slots != 0 {
		t.Errorf("%+v %+v %v", p, other, err)
	}
	if _, err := v.Pin(context.Background(), "nix"); err == nil {
		t.Error("a model that is not there has no pin")
	}
	all, err := v.Models(context.Background())
	if err != nil || len(all) != 2 || all[0].Ref != "cook" || all[0].About != "an adapter on qwen" || all[0].Context != 0 || all[1].Context != 32768 {
		t.Errorf("%+v %v", all, err)
	}
	l, err := v.Gauge(context.Background(), "qwen")
	if err != nil || *l.Busy != 5 || *l.Waiting != 7 || *l.CacheHits != 0.75 || l.Slots != nil || l.TokensPerS != nil {
		t.Errorf("%+v %v", l, err)
	}
	if l := gaugeOf([]byte("vllm:num_requests_running NaN\nvllm:num_requests_waiting{ 3\nhello\n\n")); !reflect.DeepEqual(l, session.Load{}) {
		t.Errorf("%+v", l)
	}
}

func TestBordered(t *testing.T) {
	for _, c := range []struct {
		text  string
		names []string
		want  []string
	}{
		{"Grüße\n ok", []string{"GrÃ¼ÃŁe", "Ċ", "Ġok"}, []string{"Grüße", "\n", " ok"}},
		{"日", []string{"æĹ", "¥"}, []string{"\xe6\x97", "\xa5"}},
		{"<｜User｜>hi", []string{"<｜User｜>", "hi"}, []string{"<｜User｜>", "hi"}},
		{"Hello you\n", []string{"▁Hello", "▁you", "<0x0A>"}, []string{"Hello", " you", "\n"}},
		{"Hello", []string{"Hel", "la"}, nil},
		{"Hello", []string{"Hello", "x"}, nil},
		{"", nil, nil},
	} {
		ids := make([]int, len(c.names))
		var got []string
		for _, k := range bordered(ids, c.names, c.text) {
			got = append(got, string(k.Text))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q", c.text, got)
		}
	}
}
