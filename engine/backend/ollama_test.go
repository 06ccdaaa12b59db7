package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// taped is one exchange with a real Ollama 0.17.4, as it was recorded.
type taped struct {
	method, path, ask string
	answer            backendtest.Answer
	body              string
}

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "ollama", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tape(t testing.TB, name string) taped {
	t.Helper()
	b := mustRead(t, name)
	var err error
	var x taped
	ask, answer, ok := strings.Cut(string(b), "\n< HTTP/1.1 ")
	if !ok {
		ask, answer, ok = strings.Cut(string(b), "\n< HTTP ")
	}
	if !ok {
		if ask, answer, ok = strings.Cut(string(b), "HTTP/1.1 "); !ok {
			t.Fatalf("%s: no answer", name)
		}
	}
	for line := range strings.Lines(ask) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == ">" && x.method == "" {
			x.method, x.path = f[1], f[2]
		}
	}
	if _, body, ok := strings.Cut(ask, "\n\n"); ok {
		x.ask = strings.TrimSpace(body)
	}
	head, body, ok := strings.Cut(answer, "\n\n")
	if !ok {
		head, body, _ = strings.Cut(answer, "\n")
	}
	x.answer.Header = map[string]string{}
	for i, line := range strings.Split(head, "\n") {
		if i == 0 {
			x.answer.Status, err = strconv.Atoi(line[:3])
			if err != nil {
				t.Fatalf("%s: %q", name, line)
			}
		} else if k, v, ok := strings.Cut(strings.TrimPrefix(line, "< "), ": "); ok && k == "Content-Type" {
			x.answer.Header[k] = v
		}
	}
	if x.answer.Header["Content-Type"] == "" {
		x.answer.Header["Content-Type"] = "application/json"
	}
	body, _, _ = strings.Cut(body, "\n# ") // a note of who recorded it
	if x.body = strings.TrimRight(body, "\n"); x.body != "" {
		x.body += "\n"
	}
	return x
}

// of is the exchange's answer in pieces.
func (x taped) of(pieces ...string) backendtest.Answer {
	a := x.answer
	a.Body = pieces
	return a
}

func (x taped) whole() backendtest.Answer { return x.of(x.body) }

func bytesOf(s string) []string {
	out := make([]string, len(s))
	for i := range len(s) {
		out[i] = s[i : i+1]
	}
	return out
}

func ollamaAt(t testing.TB, c Config, play func(backendtest.Request) backendtest.Answer) (*ollama, *backendtest.Server) {
	t.Helper()
	s := backendtest.NewServer(play)
	t.Cleanup(s.Close)
	c.Name, c.Kind, c.BaseURL = "ollama", ollamaName, s.URL
	o, err := newOllama(c, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.http.(keyed).next.(*http.Transport).CloseIdleConnections() })
	return o, s
}

func always(a backendtest.Answer) func(backendtest.Request) backendtest.Answer {
	return func(backendtest.Request) backendtest.Answer { return a }
}

func cook() session.Proof {
	return session.Proof{Messages: []session.Message{{Role: "system", Content: "You are a careful cook."}, {Role: "user", Content: "Write a short answer about bread."}}}
}

// What a real Ollama answered becomes the state, the text and the counts that it
// means, in whatever pieces it arrives.
func TestOllamaReplay(t *testing.T) {
	for _, c := range []struct {
		tape, text string
		status     session.Status
		in, out    int
		kind, says string // of an error
		heals      bool
	}{
		{"10-chat-stream", "The sh", session.StatusDone, 42, 3, "", "", false},
		{"11-chat-whole", "The sh", session.StatusDone, 42, 3, "", "", false},
		{"18-chat-prefill", "The answer again with the bread.", session.StatusDone, 56, 8, "", "", false},
		{"20-chat-format-schema", `{"answer": "no", "score": 10}`, session.StatusDone, 42, 13, "", "", false},
		{"21-chat-format-json", `{"name": false}`, session.StatusDone, 42, 8, "", "", false},
		{"22-chat-stop", "The sh", session.StatusDone, 42, 3, "", "", false},
		{"23-chat-length", "The", session.StatusTruncated, 42, 1, "", "", false},
		{"29-overflow-default", "The k is the", session.StatusTruncated, 4096, 4, "", "", false},
		{"34-unknown-option", "The", session.StatusTruncated, 42, 1, "", "", false},
		{"27-error-model-not-found", "", "", 0, 0, "not_found", "ollama pull m", false},
		{"30-overflow-truncate-false", "", "", 0, 0, "context", "[backends.ollama.context]", false},
		{"32-error-bad-json", "", "", 0, 0, "config", "invalid character", false},
		{"33-error-bad-option-type", "", "", 0, 0, "config", "float32", false},
		{"35-error-bad-format", "", "", 0, 0, "config", "invalid format", false},
		{"think-unsupported", "", "", 0, 0, "config", "set think to none", false},
		{"tools-unsupported", "", "", 0, 0, "config", "switch the tools block off", false},
		{"host-header-403", "", "", 0, 0, "auth", "http://127.0.0.1:11434", false},
		{"38-unload", "", "", 0, 0, "protocol", "", false}, // answers another question
	} {
		x := tape(t, c.tape)
		for how, a := range map[string]backendtest.Answer{"whole": x.whole(), "bytes": x.of(bytesOf(x.body)...)} {
			o, _ := ollamaAt(t, Config{}, always(a))
			h := listen(context.Background(), o, wireOf(t, o, "x"))
			if c.kind != "" {
				if h.err == nil || h.err.Kind != c.kind || !strings.Contains(string(h.err.Message), c.says) || h.err.Retryable != c.heals {
					t.Errorf("%s, %s: %+v", c.tape, how, h.err)
				}
				continue
			}
			if h.err != nil || h.text != c.text || h.last.Status != c.status {
				t.Errorf("%s, %s: %q %+v %v", c.tape, how, h.text, h.last, h.err)
				continue
			}
			if u := h.last.Usage; u == nil || u.Input != c.in || u.Output != c.out || u.Cached != nil || u.Source != "server" {
				t.Errorf("%s: usage %+v", c.tape, u)
			}
			if e := h.last.Evaluated; e == nil || e.Tokens != c.in || e.Source != session.EvidenceNone {
				t.Errorf("%s: evaluated %+v", c.tape, e)
			}
			if h.last.Model != "tiny-chatml" {
				t.Errorf("%s: model %q", c.tape, h.last.Model)
			}
		}
	}
}

// Nanoseconds become milliseconds; what is zero was left out and is unknown, and
// how much of the prompt was in the cache is never said.
func TestOllamaTiming(t *testing.T) {
	play := func(name string) *session.EngineTiming {
		o, _ := ollamaAt(t, Config{}, always(tape(t, name).whole()))
		return listen(context.Background(), o, wireOf(t, o, "x")).last.Engine
	}
	e := play("10-chat-stream")
	if e == nil || *e.LoadMS != 1.682573 || *e.PromptMS != 111.725898 || *e.GeneratedMS != 3.770526 || *e.GeneratedTokens != 3 || e.PromptTokens != nil || e.CachedTokens != nil {
		t.Errorf("%+v", e)
	}
	if e := play("23-chat-length"); e == nil || e.GeneratedMS != nil || *e.GeneratedTokens != 1 {
		t.Errorf("of one token: %+v", e)
	}
}

// An answer that is cut anywhere is whole only if the line that is done was.
func TestOllamaCutAnywhere(t *testing.T) {
	for _, name := range []string{"10-chat-stream", "20-chat-format-schema", "23-chat-length"} {
		x := tape(t, name)
		var a backendtest.Answer
		o, _ := ollamaAt(t, Config{}, func(backendtest.Request) backendtest.Answer { return a })
		w := wireOf(t, o, "x")
		a = x.whole()
		whole := listen(context.Background(), o, w)
		end := strings.LastIndexByte(x.body, '}') + 1
		for n := range len(x.body) + 1 {
			if thinned(n) {
				continue
			}
			for _, reset := range []bool{false, true} {
				a = x.of(x.body[:n])
				a.Reset = reset
				h := listen(context.Background(), o, w)
				if !strings.HasPrefix(whole.text, h.text) {
					t.Fatalf("%s cut at %d: %q", name, n, h.text)
				}
				if done := h.err == nil; done != (n >= end) && !(reset && n >= end) {
					t.Fatalf("%s cut at %d of %d, reset %v: %+v", name, n, len(x.body), reset, h)
				}
				if h.err == nil && !reflect.DeepEqual(h.last, whole.last) {
					t.Fatalf("%s cut at %d ends as %+v", name, n, h.last)
				}
				if n == 0 && !reset && (h.err == nil || h.err.Kind != "protocol") {
					t.Fatalf("%s: nothing at all: %+v", name, h.err)
				}
			}
		}
	}
}

// Lines in the shape of Ollama's own types, for what the tiny models can't do.
func TestOllamaLines(t *testing.T) {
	line := func(message, more string) string {
		return fmt.Sprintf(`{"model":"m","created_at":"2026-01-01T00:00:00Z","message":%s,"done":%s}`+"\n", message, more)
	}
	say := func(s string) string { return line(fmt.Sprintf(`{"role":"assistant","content":%s}`, s), "false") }
	end := line(`{"role":"assistant","content":""}`, `true,"done_reason":"stop","prompt_eval_count":7,"eval_count":2`)
	call := line(`{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"index":0,"name":"weather","arguments":{"b":1,"a":"é"}}}]}`, "false")
	for _, c := range []struct {
		name, body, text, reason string
		status                   session.Status
		err                      string
	}{
		{"thinking", line(`{"role":"assistant","content":"","thinking":"hm "}`, "false") + line(`{"role":"assistant","content":"","thinking":"so"}`, "false") + say(`"yes"`) + end, "yes", "hm so", session.StatusDone, ""},
		{"thought and said nothing", line(`{"role":"assistant","content":"","thinking":"hm"}`, "false") + end, "", "hm", session.StatusEmpty, ""},
		{"halves", say(`"x\ud83d"`) + say(`"\ude00y"`) + end, "x😀y", "", session.StatusDone, ""},
		{"half at the end", say(`"x\ud83d"`) + end, "x\uFFFD", "", session.StatusDone, ""},
		{"escaped", say(`"\u003cb\u003e & \u2028"`) + end, "<b> & \u2028", "", session.StatusDone, ""},
		{"tools", call + end, "", "", session.StatusToolCalls, ""},
		{"nothing", end, "", "", session.StatusEmpty, ""},
		{"after the end", say(`"a"`) + end + say(`"b"`), "a", "", session.StatusDone, ""},
		{"error in the stream", say(`"a"`) + `{"error":"an error was encountered while running the model: unexpected EOF"}` + "\n", "a", "", "", "unexpected EOF"},
		{"error object", say(`"a"`) + `{"error":{"message":"lost"}}` + "\n", "a", "", "", "lost"},
		{"no reason", say(`"a"`) + line(`{"role":"assistant","content":""}`, "true"), "a", "", "", "gave the answer up"},
		{"only loaded", line(`{"role":"assistant","content":""}`, `true,"done_reason":"load"`), "", "", "", "wrote nothing"},
		{"unknown reason", line(`{"role":"assistant","content":""}`, `true,"done_reason":"tired"`), "", "", "", "tired"},
		{"no end", say(`"a"`), "a", "", "", "incomplete"},
		{"another protocol", `{"choices":[]}`, "", "", "", "no answer of this kind"},
		{"a web page", "<html><title>Sign in</title></html>", "", "", "", "Sign in"},
		{"counts that are none", say(`"a"`) + line(`{"role":"assistant","content":""}`, `true,"done_reason":"stop","prompt_eval_count":-4,"eval_count":1e300,"load_duration":-1,"eval_duration":1e300`), "a", "", session.StatusDone, ""},
	} {
		a := backendtest.Answer{Header: map[string]string{"Content-Type": "application/x-ndjson"}}
		for _, pieces := range [][]string{{c.body}, bytesOf(c.body)} {
			a.Body = pieces
			o, _ := ollamaAt(t, Config{}, always(a))
			h := listen(context.Background(), o, wireOf(t, o, "x"))
			if c.err != "" {
				if h.err == nil || !strings.Contains(string(h.err.Message), c.err) || h.text != c.text {
					t.Errorf("%s: %q %+v", c.name, h.text, h.err)
				}
				continue
			}
			if h.err != nil || h.text != c.text || h.reason != c.reason || h.last.Status != c.status {
				t.Errorf("%s: %+v", c.name, h)
			}
			if c.name == "tools" && !reflect.DeepEqual(h.last.Tools, []session.ToolCall{{ID: "call_1", Name: "weather", Arguments: `{"b":1,"a":"é"}`}}) {
				t.Errorf("%+v", h.last.Tools)
			}
			if c.name == "counts that are none" && (h.last.Usage != nil || h.last.Engine != nil || h.last.Evaluated != nil) {
				t.Errorf("%+v", h.last)
			}
		}
	}
}

func TestOllamaExplains(t *testing.T) {
	for _, c := range []struct {
		status           int
		error, kind, has string
		heals            bool
	}{
		{500, "model requires more system memory (9.1 GiB) than is available (7.2 GiB)", "server", "unload another model", false},
		{500, "unable to load model: /x/blobs/sha256-1", "server", "unable", false},
		{500, "invalid JSON schema in format", "config", "invalid", false},
		{500, "something else", "server", "something", true},
		{503, "server busy, please try again.  maximum pending requests exceeded", "server", "busy", true},
		{400, `think value "high" is not supported for this model`, "config", "think to none", false},
		{404, "404 page not found", "not_found", "is base_url an Ollama?", false},
	} {
		body, _ := json.Marshal(map[string]string{"error": c.error})
		o, _ := ollamaAt(t, Config{}, always(backendtest.Answer{Status: c.status, Header: map[string]string{"Content-Type": "application/json"}, Body: []string{string(body)}}))
		h := listen(context.Background(), o, wireOf(t, o, "x"))
		if h.err == nil || h.err.Kind != c.kind || h.err.Retryable != c.heals || !strings.Contains(string(h.err.Message), c.has) {
			t.Errorf("%d %s: %+v", c.status, c.error, h.err)
		}
	}
}

func TestOllamaWire(t *testing.T) {
	temp, zero, k, rep, seed := 0.7, 0.0, 40, 1.1, int64(41)
	yes := true
	o, err := newOllama(Config{Name: "ollama", Context: map[string]int{"qwen3:latest": 16384}, Prefill: &yes}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, model, want string
		p                 session.Proof
		take              int
	}{
		{
			"all of it", "qwen3", `{"model":"qwen3","messages":[{"role":"user","content":"a\n<b>"},{"role":"assistant","content":"So"}],"stream":true,"truncate":false,"shift":false,"think":true,` +
				`"format":{"type": "object"},"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}],` +
				`"options":{"temperature":0.7,"top_k":40,"top_p":0,"min_p":0,"typical_p":1,"repeat_penalty":1.1,"repeat_last_n":64,"presence_penalty":0,"frequency_penalty":0,"seed":43,"num_predict":64,"stop":["\n\n","END"],"num_ctx":16384}}`,
			session.Proof{
				Messages: []session.Message{{Role: "user", Content: "a\n<b>"}, {Role: "assistant", Content: "So"}}, Prefill: true,
				Beside: session.Beside{Schema: " {\"type\": \"object\"}\n", Tools: `[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},{"name":"g"}]`},
				Params: session.Params{Temperature: &temp, TopP: &zero, TopK: &k, RepeatPenalty: &rep, MaxTokens: 64, Seed: &seed, Stop: []text.Raw{"\n\n", "END"}, Think: "on"},
			}, 3,
		},
		{
			"nothing set", "tiny", `{"model":"tiny","messages":[{"role":"user","content":"a"}],"stream":true,"truncate":false,"shift":false,` +
				`"options":{"temperature":1,"top_k":0,"top_p":1,"min_p":0,"typical_p":1,"repeat_penalty":1,"repeat_last_n":64,"presence_penalty":0,"frequency_penalty":0,"seed":1,"num_predict":-1}}`,
			session.Proof{Messages: []session.Message{{Role: "user", Content: "a"}}}, 1,
		},
		{
			"a level, and a context of its own", "qwen3", `{"model":"qwen3","messages":[{"role":"user","content":"a"}],"stream":true,"truncate":false,"shift":false,"think":"high",` +
				`"options":{"temperature":1,"top_k":0,"top_p":1,"min_p":0,"typical_p":1,"repeat_penalty":1,"repeat_last_n":64,"presence_penalty":0,"frequency_penalty":0,"seed":1,"num_predict":-1,"num_ctx":2048}}`,
			session.Proof{Messages: []session.Message{{Role: "user", Content: "a"}}, Params: session.Params{Think: "high", Context: 2048}}, 1,
		},
	} {
		w, err := o.Wire(Request{Model: c.model, Proof: c.p, Take: c.take})
		if err != nil || string(w.Body) != c.want || w.Method != "POST" || w.Path != "/api/chat" || !json.Valid(w.Body) {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, w.Body, c.want)
		}
	}
}

func TestOllamaRefuses(t *testing.T) {
	o, err := newOllama(Config{Name: "ollama"}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	user := []session.Message{{Role: "user", Content: "hi"}}
	nan, minus, last := 0.0, int64(-1), int64(1)<<32-1
	nan /= nan
	for _, c := range []struct {
		p    session.Proof
		want string
	}{
		{session.Proof{}, "empty"},
		{session.Proof{Prefill: true, Messages: append(user[:1:1], session.Message{Role: "assistant", Content: "{"})}, "switch the prefill block off"},
		{session.Proof{Messages: user, Beside: session.Beside{Grammar: "root ::= x"}}, "grammar"},
		{session.Proof{Messages: user, Beside: session.Beside{Schema: "{\n"}}, "schema"},
		{session.Proof{Messages: user, Beside: session.Beside{Tools: `{"name":"f"}`}}, "tools"},
		{session.Proof{Messages: []session.Message{{Role: "user", Content: "caf\xe9"}}}, "UTF-8"},
		{session.Proof{Messages: user, Params: session.Params{Temperature: &nan}}, "temperature"},
		{session.Proof{Messages: user, Params: session.Params{Stop: []text.Raw{"\xff"}}}, "UTF-8"},
		{session.Proof{Messages: user, Params: session.Params{Seed: &minus}}, "seed"},
		{session.Proof{Messages: user, Params: session.Params{Seed: &last}}, "seed"},
	} {
		if w, err := o.Wire(Request{Model: "m", Proof: c.p, Take: 1}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v %s", c.want, err, w.Body)
		}
	}
}

// The variable that Ollama shares with its own programs says where it listens on
// this machine, and never sends a prompt to another.
func TestOllamaAddress(t *testing.T) {
	for host, want := range map[string]string{
		"": ollamaBase, "  ": ollamaBase, "127.0.0.1": ollamaBase, "0.0.0.0": ollamaBase, "0.0.0.0:5000": "http://127.0.0.1:5000",
		"localhost:1234": "http://localhost:1234", "http://127.0.0.1:99/": "http://127.0.0.1:99", ":7000": "http://127.0.0.1:7000",
		"[::1]:80": "http://[::1]:80", "[::]": "http://[::1]:11434", "::1": "http://[::1]:11434", "127.0.0.1:nonsense": ollamaBase,
		"example.com": "", "https://127.0.0.1:443": "", "192.168.1.5:11434": "", "localhost.evil.test": "", "ollama.com": "", "127.0.0.1@evil.test": "", "file:///x": "",
	} {
		got, why := ollamaAddress(host)
		if got != want || (want == "") != (why != "") {
			t.Errorf("%q: %q %q, want %q", host, got, why, want)
		}
		o, err := newOllama(Config{Name: "ollama"}, func(env string) string {
			if env != "OLLAMA_HOST" {
				t.Errorf("asks for %s", env)
			}
			return host
		})
		var bad *ConfigError
		if (err == nil) != (want != "") || err != nil && (!errors.As(err, &bad) || bad.Field != "base_url") {
			t.Errorf("%q: %v", host, err)
		}
		if err == nil && !(o.Traits().Free && o.Traits().Local) {
			t.Errorf("%q is not this machine", host)
		}
	}
	if _, err := newOllama(Config{Name: "box"}, func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "base_url") {
		t.Errorf("a name without an address: %v", err)
	}
	far, err := newOllama(Config{Name: "box", BaseURL: "http://10.0.0.7:11434/v1/", Concurrency: 4}, func(string) string { t.Error("asked"); return "" })
	if err != nil {
		t.Fatal(err)
	}
	if tr := far.Traits(); tr.Free || tr.Local || tr.Concurrency != 4 || !tr.OneModel || tr.Prefix != PrefixPerSlot || far.base.Path != "" {
		t.Errorf("%+v %v", tr, far.base)
	}
}

// However the bytes arrive, they say the same; and an answer ends done or in error.
func FuzzOllama(f *testing.F) {
	for _, name := range []string{"10-chat-stream", "11-chat-whole", "20-chat-format-schema", "30-overflow-truncate-false"} {
		f.Add([]byte(tape(f, name).body))
	}
	f.Add([]byte(`{"message":{"content":"\ud83d","thinking":"a","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":false}` + "\n" + `{"done":true,"done_reason":"stop"}{"error":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		read := func(r io.Reader) heard {
			o, err := newOllama(Config{Name: "ollama"}, func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			o.http = round(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/x-ndjson"}}, Body: io.NopCloser(r)}, nil
			})
			return listen(context.Background(), o, session.NewWire("POST", "/x", []byte("{}")))
		}
		whole, cut := read(bytes.NewReader(b)), read(iotest.OneByteReader(bytes.NewReader(b)))
		if whole.text != cut.text || whole.reason != cut.reason || whole.last.Status != cut.last.Status || (whole.err == nil) != (cut.err == nil) {
			t.Fatalf("%q:\n%+v %v\n%+v %v", b, whole, whole.err, cut, cut.err)
		}
		if whole.err == nil && !whole.last.Done {
			t.Fatalf("%q ends neither done nor in error", b)
		}
	})
}

// A server on this machine costs nothing, but for the models that it passes on.
func TestOllamaPaid(t *testing.T) {
	t.Parallel()
	s, err := NewSet([]Config{{Name: "ollama", Kind: "ollama"}}, nil, Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	for model, free := range map[string]bool{
		"llama3.2:3b": true, "cloud": true, "my-cloud:latest": true, "gpt-oss:120b-cloud": false, "glm-4.6:cloud": false,
	} {
		if _, ok := s.Price("ollama/" + model); ok != free {
			t.Errorf("the price of %s is known: %v, want %v", model, ok, free)
		}
	}
}
