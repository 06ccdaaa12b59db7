package backend

import (
	"context"
	"errors"
	"fmt"
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

func llamaAt(t testing.TB, c Config, play func(backendtest.Request) backendtest.Answer) (*llama, *backendtest.Server) {
	t.Helper()
	s := backendtest.NewServer(play)
	t.Cleanup(s.Close)
	c.Name, c.Kind, c.BaseURL = "here", llamaName, s.URL
	l, err := newLlamaCpp(c, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.http.(keyed).next.(*http.Transport).CloseIdleConnections)
	return l, s
}

// llamaSaid is what a real llama-server answered, as it was recorded.
func llamaSaid(t testing.TB, name string) backendtest.Answer {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "llamacpp", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "\n< HTTP")
	if !ok {
		t.Fatalf("%s holds no answer", name)
	}
	head, body, _ := strings.Cut(rest, "\n\n")
	a := backendtest.Answer{Header: map[string]string{"Content-Type": "application/json"}}
	if _, err := fmt.Sscanf(strings.TrimPrefix(head, "/1.1"), " %d", &a.Status); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for line := range strings.Lines(head) {
		if k, v, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "< "), ": "); ok && k == "Content-Type" {
			a.Header[k] = v
		}
	}
	if i := strings.Index(body, "\n# "); i >= 0 && strings.HasPrefix(body, "data:") {
		body = body[:i] // a note of who recorded it
	}
	a.Body = []string{body}
	return a
}

// cutAt is the answer of which n bytes come; with the connection closed after them,
// or held open.
func cutAt(a backendtest.Answer, n int) backendtest.Answer {
	a.Body = []string{a.Body[0][:n]}
	return a
}

func inBytes(a backendtest.Answer) backendtest.Answer {
	var out []string
	for i := range len(a.Body[0]) {
		out = append(out, a.Body[0][i:i+1])
	}
	a.Body = out
	return a
}

func plays(a backendtest.Answer) func(backendtest.Request) backendtest.Answer {
	return func(backendtest.Request) backendtest.Answer { return a }
}

func llamaHi(t testing.TB, l *llama, prefill string) session.Wire {
	t.Helper()
	p := proofOf(says(session.RoleUser, "Hi"))
	if prefill != "" {
		p.Messages, p.Prefill = append(p.Messages, says(session.RoleAssistant, prefill)), true
	}
	w, err := l.Wire(Request{Model: "m", Proof: p, Take: 1})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// callError is the error of a call; one of no kind where there is none.
func callError(err error) session.CallError {
	var e *session.CallError
	if errors.As(err, &e) {
		return *e
	}
	return session.CallError{}
}

func number[T any](v T) *T { return &v }

// Every value that decides the answer is on the wire, whatever is unset.
func TestLlamaWire(t *testing.T) {
	t.Parallel()
	p := session.Params{Temperature: number(0.0), TopK: number(5), TopP: number(0.25), MinP: number(0.125), RepeatPenalty: number(1.5), Presence: number(-1.0), Frequency: number(2.0),
		Seed: number(int64(7)), MaxTokens: 9, Stop: []text.Raw{"\n", "END"}, Think: "low"}
	beside := session.Beside{Tools: `[{"name":"now"}]`, Schema: "\n{\"type\": \"object\"} "}
	hi := says(session.RoleUser, "Hi\x01 \"é\"")
	const (
		head = `{"model":"a/b","messages":[{"role":"user","content":"Hi\u0001 \"é\""}`
		tail = `,"stream":true,"stream_options":{"include_usage":true},"verbose":true,"return_progress":true}`
	)
	for name, c := range map[string]struct {
		proof      session.Proof
		take       int
		repeatable bool
		want       string
	}{
		"nothing set": {session.Proof{Messages: []session.Message{hi}}, 2, false,
			head + `],"reasoning_format":"deepseek","samplers":["penalties","top_k","top_p","min_p","temperature"],"temperature":1,"top_k":0,"top_p":1,"min_p":0,"repeat_penalty":1,"repeat_last_n":64,"presence_penalty":0,"frequency_penalty":0,"dynatemp_range":0,"mirostat":0,"ignore_eos":false,"seed":2,"max_tokens":-1,"stop":[],"cache_prompt":true` + tail},
		"all set": {session.Proof{Messages: []session.Message{hi, says(session.RoleAssistant, "So")}, Prefill: true, Params: p, Beside: beside}, 1, true,
			head + `,{"role":"assistant","content":"So"}],"tools":[{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type": "object"}}},"chat_template_kwargs":{"enable_thinking":true,"reasoning_effort":"low"},"reasoning_format":"deepseek","continue_final_message":true,"add_generation_prompt":false,"samplers":["penalties","top_k","top_p","min_p","temperature"],"temperature":0,"top_k":5,"top_p":0.25,"min_p":0.125,"repeat_penalty":1.5,"repeat_last_n":64,"presence_penalty":-1,"frequency_penalty":2,"dynatemp_range":0,"mirostat":0,"ignore_eos":false,"seed":7,"max_tokens":9,"stop":["\n","END"],"cache_prompt":false` + tail},
	} {
		l, s := llamaAt(t, Config{}, plays(llamaSaid(t, "18-chat-stream-usage")))
		w, err := l.Wire(Request{Model: "a/b", Proof: c.proof, Take: c.take, Repeatable: c.repeatable})
		if err != nil || string(w.Body) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, w.Body, c.want)
			continue
		}
		if h := listen(context.Background(), l, w); h.err != nil {
			t.Errorf("%s: %v", name, h.err)
		}
		if r := s.Requests(); len(r) != 1 || r[0].Path != "/v1/chat/completions" || string(r[0].Body) != c.want {
			t.Errorf("%s: what came in is not what was shown: %+v", name, r)
		}
	}
}

// What llama-server would do otherwise than the proof says is refused, with what
// to do.
func TestLlamaRefuses(t *testing.T) {
	t.Parallel()
	user, assistant := says(session.RoleUser, "Hi"), says(session.RoleAssistant, "So")
	with := func(f func(*session.Proof), m ...session.Message) session.Proof {
		p := proofOf(m...)
		f(&p)
		return p
	}
	none := func(*session.Proof) {}
	for _, c := range []struct {
		config Config
		proof  session.Proof
		says   string
	}{
		{Config{}, with(none), "no block has anything to say"},
		{Config{}, with(none, user, assistant), "as if it were a prefill"},
		{Config{Prefill: number(false)}, with(func(p *session.Proof) { p.Prefill = true }, user, assistant), "as the config says"},
		{Config{}, with(func(p *session.Proof) { p.Prefill = true }, user, assistant, assistant), "two at the end"},
		{Config{}, with(func(p *session.Proof) { p.Params.Context = 9 }, user), "set context to none"},
		{Config{}, with(func(p *session.Proof) { p.Params.Seed = number(int64(-1)) }, user), "seed -1"},
		{Config{}, with(func(p *session.Proof) { p.Params.Seed = number(int64(1) << 32) }, user), "seed 4294967296"},
		{Config{}, with(func(p *session.Proof) { p.Beside = session.Beside{Schema: "{}", Grammar: "a"} }, user), "not both"},
		{Config{}, with(func(p *session.Proof) { p.Beside = session.Beside{Grammar: "root ::= \"a\"\x00\"b\""} }, user), "zero byte"},
		{Config{}, with(func(p *session.Proof) { p.Beside = session.Beside{Tools: "[]", Grammar: "a"} }, user), "no grammar beside tools"},
		{Config{}, with(func(p *session.Proof) { p.Beside.Schema = "{\n\n  nonsense" }, user), "line 3"},
		{Config{}, with(func(p *session.Proof) { p.Beside.Tools = `{"a":1}` }, user), "tools block is no JSON list"},
		{Config{}, with(func(p *session.Proof) { p.Beside.Grammar = "root ::= \xff" }, user), "grammar"},
		{Config{}, with(none, says(session.RoleUser, "\xff")), "not UTF-8"},
	} {
		l, _ := llamaAt(t, c.config, plays(backendtest.Answer{}))
		if w, err := l.Wire(Request{Model: "m", Proof: c.proof, Take: 1}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v\n%s", c.says, err, w.Body)
		}
	}
}

func TestLlamaAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, root, says string }{
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080", ""},
		{"https://gpu.lan/llama/v1", "https://gpu.lan/llama", ""},
		{"", "", "where the llama-server listens"},
		{"http://127.0.0.1:8080/v1/chat/completions", "", "names one endpoint"},
		{"http://127.0.0.1:8080/completion", "", "names one endpoint"},
		{"127.0.0.1:8080", "", "http://"},
	} {
		l, err := newLlamaCpp(Config{Name: "here", BaseURL: c.base}, nil)
		switch {
		case c.says != "":
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "base_url") {
				t.Errorf("%q: %v", c.base, err)
			}
		case err != nil || l.base.String() != c.root:
			t.Errorf("%q: %v", c.base, err)
		}
	}
	l, err := newLlamaCpp(Config{Name: "here", BaseURL: "https://gpu.lan"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tr := l.Traits(); tr.Free || tr.Local || tr.Prefix != PrefixPerSlot || !tr.OneModel || tr.Concurrency != 4 {
		t.Errorf("%+v", tr)
	}
}

// llamaAnswersTold is what recorded answers mean.
var llamaAnswersTold = []struct {
	tape, prefill, text, reason string
	status                      session.Status
	in, out, cached             int // of the usage
	computed                    int // prompt tokens, by the server's timings
	ms                          float64
	read                        int // how far the prompt was read at last
	evaluated                   string
}{
	{"18-chat-stream-usage", "", "The sh", "", session.StatusDone, 42, 3, 41, 1, 0.918, 0, ""},
	{"19-chat-stream-plain", "", "The sh", "", session.StatusDone, 42, 3, 41, 1, 0.844, 0, ""},
	{"20-chat-stream-progress-timings", "", "The galThe", "", session.StatusTruncated, 1334, 3, 0, 1334, 55.94, 1334, ""},
	{"16-chat", "", "The sh", "", session.StatusDone, 42, 3, 0, 42, 487.771, 0, ""},
	{"17-chat-verbose", "", "The sh", "", session.StatusDone, 42, 3, 41, 1, 419.664, 0,
		"<|im_start|>system\nYou are a careful cook.<|im_end|>\n<|im_start|>user\nWrite a short answer about bread.<|im_end|>\n<|im_start|>assistant\n"},
	{"23-chat-stop", "", "The sh", "", session.StatusDone, 42, 3, 41, 1, 0.597, 0, ""},
	{"24-chat-length", "", "The", "", session.StatusTruncated, 42, 1, 41, 1, 0, 0, ""},
	{"25-chat-json-schema", "", `{"answer": "no", "score": 10}`, "", session.StatusDone, 42, 13, 41, 1, 100.99, 0, ""},
	{"30-chat-prefill", "Sure! The bread", ".", "", session.StatusDone, 48, 2, 42, 6, 1.159, 0, ""},
	{"37-error-unknown-model-single", "", "The", "", session.StatusTruncated, 42, 1, 41, 1, 0, 0, ""},
	{"more-prefill-whole", "Sure! The", "", "", session.StatusEmpty, 52, 1, 0, 52, 0, 0, ""},
	{"more-prefill-stream", "Sure! The", "", "", session.StatusEmpty, 52, 1, 51, 1, 0, 0, ""},
	{"more-stream-verbose", "", "", "", "", 36, 2, 35, 1, 2.938, 0, llamaThinks + "Hi" + chatmlEnd},
	{"more-think-stream", "", "\n\nyes", "\nthe soup\n", session.StatusDone, 36, 27, 35, 1, 13.716, 0, ""},
	{"more-utf8-split-stream", "", "café 🍞!", "", session.StatusDone, 36, 12, 35, 1, 6.262, 0, ""},
	{"more-router-07-chat-autoload", "", " w", "", session.StatusTruncated, 15, 2, 0, 15, 0.792, 0, ""},
}

// What a real llama-server answered becomes the text, the state, the counts and the
// context that it means, in whatever pieces it arrives.
func TestLlamaReplay(t *testing.T) {
	t.Parallel()
	for _, c := range llamaAnswersTold {
		a := llamaSaid(t, c.tape)
		var first Chunk
		for how, a := range map[string]backendtest.Answer{"whole": a, "bytes": inBytes(a)} {
			l, _ := llamaAt(t, Config{}, plays(a))
			var said, reason string
			var last Chunk
			read := 0
			for k, err := range l.Stream(context.Background(), "m", llamaHi(t, l, c.prefill)) {
				if err != nil {
					t.Fatalf("%s, %s: %v", c.tape, how, err)
				}
				said, reason, read, last = said+string(k.Text), reason+string(k.Reason), max(read, k.Read), k
			}
			u, e := last.Usage, last.Engine
			if !last.Done || u == nil || u.Cached == nil || e == nil {
				t.Fatalf("%s, %s: %+v", c.tape, how, last)
			}
			if c.status != "" && (said != c.text || last.Status != c.status) || reason != c.reason || read != c.read {
				t.Errorf("%s, %s: %q, reason %q, %s, read %d", c.tape, how, said, reason, last.Status, read)
			}
			if u.Input != c.in || u.Output != c.out || *u.Cached != c.cached || *e.PromptTokens != c.computed || *e.CachedTokens != c.cached || *e.GeneratedTokens != c.out {
				t.Errorf("%s, %s: %+v %+v", c.tape, how, u, e)
			}
			if ms := e.GeneratedMS; (ms == nil) != (c.ms == 0) || ms != nil && *ms != c.ms {
				t.Errorf("%s, %s: generated in %v, want %v", c.tape, how, ms, c.ms)
			}
			if v := last.Evaluated; (v == nil) != (c.evaluated == "") ||
				v != nil && (string(v.Text) != c.evaluated || v.Tokens != c.in || v.Source != session.EvidenceText) {
				t.Errorf("%s, %s: evaluated %+v", c.tape, how, v)
			}
			if last.Server != "llama.cpp b11669-Debian" || !strings.HasPrefix(string(last.Model), "tiny-") {
				t.Errorf("%s, %s: %q %q", c.tape, how, last.Server, last.Model)
			}
			if first.Done && !reflect.DeepEqual(first, last) {
				t.Errorf("%s: in pieces it ends as\n%+v, whole as\n%+v", c.tape, first, last)
			}
			first = last
		}
	}
}

// An answer that ends in the middle is none, wherever it is cut: only one whose
// end the server wrote is whole, and its text is all there.
func TestLlamaCut(t *testing.T) {
	t.Parallel()
	for _, c := range llamaAnswersTold {
		a := llamaSaid(t, c.tape)
		full := a.Body[0]
		ends := strings.Index(full, `"finish_reason":"`)
		if !strings.HasPrefix(full, "data:") {
			ends = strings.LastIndex(full, "}") // a document is whole with its last brace
		}
		at := 0
		l, _ := llamaAt(t, Config{}, func(backendtest.Request) backendtest.Answer { return cutAt(a, at) })
		w := llamaHi(t, l, c.prefill)
		whole := listen(context.Background(), l, func() session.Wire { at = len(full); return w }())
		if whole.err != nil {
			t.Fatal(whole.err)
		}
		for at = range full {
			if thinned(at) {
				continue
			}
			h := listen(context.Background(), l, w)
			switch {
			case h.err == nil && !h.last.Done:
				t.Fatalf("%s cut at %d: neither an end nor an error", c.tape, at)
			case h.last.Done && at <= ends:
				t.Fatalf("%s cut at %d: whole, before its end was written", c.tape, at)
			case h.last.Done && (h.text != whole.text || h.reason != whole.reason || h.last.Status != whole.last.Status):
				t.Fatalf("%s cut at %d: %q, %s", c.tape, at, h.text, h.last.Status)
			case h.err != nil && !strings.HasPrefix(whole.text, h.text):
				t.Fatalf("%s cut at %d: %q is no beginning of the answer", c.tape, at, h.text)
			}
		}
	}
}

// Errors say what they mean, what to do, and whether waiting heals them.
func TestLlamaErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tape, kind string
		heals      bool
		after      int64
		says       []string
	}{
		{"27-chat-bad-grammar", "config", false, 0, []string{"failed to parse grammar"}},
		{"28-chat-bad-schema", "config", false, 0, []string{"unrecognized type nonsense"}},
		{"35-error-context-overflow", "context", false, 0, []string{"6015 tokens", "4096 tokens", "-np"}},
		{"36-error-context-overflow-stream", "context", false, 0, []string{"6015 tokens", "larger -c"}},
		{"more-auth-401", "auth", false, 0, []string{"Invalid API Key"}},
		{"more-loading-chat-503", "server", true, loadingMS, []string{"Loading model"}},
		{"more-router-04-chat-no-model", "config", false, 0, []string{"model name is missing"}},
		{"more-router-05-chat-unknown-model", "not_found", false, 0, []string{"model 'no-such-model' not found"}},
		{"more-router-17-chat-broken", "server", false, 0, []string{"failed to load", "log says why"}},
	} {
		l, _ := llamaAt(t, Config{}, plays(llamaSaid(t, c.tape)))
		h := listen(context.Background(), l, llamaHi(t, l, ""))
		if h.err == nil || h.err.Kind != c.kind || h.err.Retryable != c.heals || h.err.AfterMS != c.after {
			t.Errorf("%s: %+v", c.tape, h.err)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(string(h.err.Message), s) {
				t.Errorf("%s does not say %q: %v", c.tape, s, h.err)
			}
		}
	}
	l, _ := llamaAt(t, Config{}, plays(llamaSaid(t, "35-error-context-overflow")))
	l.own = true
	h := listen(context.Background(), l, llamaHi(t, l, ""))
	if h.err == nil || !strings.Contains(string(h.err.Message), "more under [backends."+l.config.Name+".context]") || strings.Contains(string(h.err.Message), "-np") {
		t.Errorf("of a server that is started here it says: %v", h.err)
	}
	for said, c := range map[string]struct {
		status int
		kind   string
		heals  bool
	}{
		"Failed to parse tools: Missing tool type":        {500, "config", false},
		"Cannot use both json_schema and grammar":         {500, "config", false},
		"Failed to parse input at pos 4":                  {500, "server", false},
		"no slot available":                               {503, "server", false},
		"model is not loaded":                             {400, "config", false},
		"too many":                                        {429, "rate_limit", true},
		"the request exceeds the available context size.": {400, "context", false},
	} {
		l, _ := llamaAt(t, Config{}, plays(backendtest.Fails(c.status, "x", said)))
		if h := listen(context.Background(), l, llamaHi(t, l, "")); h.err == nil || h.err.Kind != c.kind || h.err.Retryable != c.heals {
			t.Errorf("%q: %+v", said, h.err)
		}
	}
	l, s := llamaAt(t, Config{}, plays(backendtest.Answer{}))
	s.Close()
	if h := listen(context.Background(), l, llamaHi(t, l, "")); h.err == nil || h.err.Retryable || !strings.Contains(string(h.err.Message), "start llama-server") {
		t.Errorf("nobody there: %+v", h.err)
	}
}

// What is nonsense in what a server says besides its answer is unknown, and the
// answer stands.
func TestLlamaNonsense(t *testing.T) {
	t.Parallel()
	const end = `data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"system_fingerprint":"b1"%s}` + "\n\ndata: [DONE]\n\n"
	for _, more := range []string{
		``, `,"timings":7`, `,"timings":{"cache_n":"x"}`, `,"timings":{"cache_n":-1,"prompt_n":1e99,"prompt_ms":-5,"predicted_n":1.5,"predicted_ms":1e300}`,
		`,"__verbose":[]`, `,"__verbose":{"prompt":7.5e99}`, `,"__verbose":{"prompt":["a"],"tokens_evaluated":-1}`, `,"prompt_progress":{"total":1,"processed":2}`, `,"prompt_progress":{"total":-1}`,
	} {
		l, _ := llamaAt(t, Config{}, plays(backendtest.Events(fmt.Sprintf(end, more))))
		h := listen(context.Background(), l, llamaHi(t, l, ""))
		if h.err != nil || h.text != "x" || h.last.Status != session.StatusDone || h.last.Usage != nil || h.last.Engine != nil {
			t.Errorf("%s: %+v %v", more, h.last, h.err)
		}
		if e := h.last.Evaluated; e != nil && e.Tokens != 0 {
			t.Errorf("%s: evaluated %+v", more, e)
		}
	}
	l, _ := llamaAt(t, Config{}, plays(backendtest.Events(fmt.Sprintf(end, `,"__verbose":{"prompt":"… Hi","tokens_evaluated":3,"truncated":true}`))))
	h := listen(context.Background(), l, llamaHi(t, l, ""))
	if e := h.last.Evaluated; h.err != nil || e == nil || !e.Cut || e.Tokens != 3 || !strings.Contains(string(e.Differs), "context shift") {
		t.Errorf("a shifted context: %+v %v", h.last.Evaluated, h.err)
	}
}

func TestLlamaTokenize(t *testing.T) {
	t.Parallel()
	const said = "<|im_start|>user\nPut 25g of béarnaise 🍞 on it.<|im_end|>\n"
	whole, plainly := llamaSaid(t, "12-tokenize-pieces"), llamaSaid(t, "13-tokenize-plain-special")
	l, _ := llamaAt(t, Config{}, func(r backendtest.Request) backendtest.Answer {
		switch body := string(r.Body); {
		case strings.Contains(body, `"content":"<|im_end|>"`) && strings.Contains(body, `"parse_special":false`):
			return plainly
		case strings.Contains(body, `"content":"<|im_end|>"`):
			return backendtest.Answer{Body: []string{`{"tokens":[{"id":3,"piece":"<|im_end|>"}]}`}}
		case strings.Contains(body, `"content":"<|im_start|>"`):
			return backendtest.Answer{Body: []string{`{"tokens":[{"id":2,"piece":"<|im_start|>"}]}`}} // in either reading: then it is text
		case strings.Contains(body, `"parse_special":false`):
			return backendtest.Answer{Body: []string{`{"tokens":[]}`}}
		case !strings.Contains(body, `"add_special":false`):
			t.Errorf("something is put in front: %s", body)
		case strings.Contains(body, `"content":"`+strings.ReplaceAll(said, "\n", `\n`)+`"`):
			return whole
		}
		return backendtest.Answer{Body: []string{`{"tokens":[{"id":1,"piece":"a"},{"id":1,"piece":"a"}]}`}}
	})
	got, err := l.Tokenize(context.Background(), "m", said, true)
	if err != nil || len(got) != 30 || tokensText(got) != said {
		t.Fatalf("%+v %v", got, err)
	}
	for i, k := range got {
		if k.Special != (k.Text == "<|im_end|>") {
			t.Errorf("token %d: %+v", i, k)
		}
	}
	if got[21] != (session.Token{ID: 247, Text: "\xf0"}) {
		t.Errorf("a part of a character: %+v", got[21])
	}
	if _, err := l.Tokenize(context.Background(), "m", "\xff", false); err == nil {
		t.Error("what is not UTF-8 was sent")
	}
	for _, answer := range []string{`{}`, `7`, `{"tokens":{}}`, `{"tokens":[{"id":1,"piece":[256]}]}`, `{"tokens":[{"id":1,"piece":[-1]}]}`, `{"tokens":["a"]}`, `{"tokens":[1,2]}`} {
		l, _ := llamaAt(t, Config{}, plays(backendtest.Answer{Body: []string{answer}}))
		if got, err := l.Tokenize(context.Background(), "m", "ab", false); err == nil {
			t.Errorf("%s: %+v", answer, got)
		}
	}
}

// A server of an older build tells less, and what it can't tell is said.
func TestLlamaOlder(t *testing.T) {
	t.Parallel()
	r := Request{Model: "m", Take: 1, Proof: proofOf(says(session.RoleUser, "Hi"))}
	lacking := plays(backendtest.Fails(404, "not_found_error", "File Not Found"))
	l, _ := llamaAt(t, Config{}, lacking)
	seen, err := l.Render(context.Background(), r)
	if err != nil || seen.Source != "unavailable" || seen.Note == "" || seen.Total != 0 {
		t.Errorf("%+v %v", seen, err)
	}
	w, _ := l.Wire(r)
	if got, err := l.Evidence(context.Background(), r, w, session.Evaluated{Tokens: 4}); err != nil || got.Source != session.EvidenceNone || got.Tokens != 4 {
		t.Errorf("%+v %v", got, err)
	}
	l, _ = llamaAt(t, Config{}, func(q backendtest.Request) backendtest.Answer {
		body := map[string]string{"/apply-template": `{"prompt":"[Hi]"}`, "/tokenize": `{"tokens":[1,5,6]}`, "/detokenize": `{"content":"<s>[Hi]"}`}[q.Path]
		return backendtest.Answer{Body: []string{body}}
	})
	seen, err = l.Render(context.Background(), r)
	if err != nil || seen.Text != "<s>[Hi]" || seen.Total != 3 || seen.Tokens != nil || seen.Note == "" {
		t.Errorf("%+v %v", seen, err)
	}
	got, err := l.Evidence(context.Background(), r, w, session.Evaluated{Tokens: 4})
	if err != nil || got.Source != session.EvidenceRendered || got.Proved() || got.Counted != 3 || !strings.Contains(string(got.Differs), "3 tokens, and it evaluated 4") {
		t.Errorf("%+v %v", got, err)
	}
}

func TestLlamaModels(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	single := func(q backendtest.Request) backendtest.Answer {
		asked[q.Path]++
		body := string(q.Body)
		switch q.Path {
		case "/v1/models":
			return llamaSaid(t, "02-v1-models")
		case "/props":
			return llamaSaid(t, "03-props")
		case "/slots":
			return llamaSaid(t, "04-slots-idle")
		case "/metrics":
			return llamaSaid(t, "05-metrics")
		case "/tokenize":
			return backendtest.Answer{Body: []string{`{"tokens":[{"id":1,"piece":"a"}]}`}}
		case "/apply-template":
			switch {
			case strings.Contains(body, `"response_format"`):
				return llamaSaid(t, "28-chat-bad-schema")
			case strings.Contains(body, `"grammar"`):
				return backendtest.Fails(500, "server_error", "Cannot use both json_schema and grammar")
			case strings.Contains(body, "galley\"}"):
				return backendtest.Answer{Body: []string{`{"prompt":"<user>a<assistant>galley"}`}}
			}
			return backendtest.Answer{Body: []string{`{"prompt":"<user>a<assistant>"}`}}
		}
		return backendtest.Fails(404, "not_found_error", "File Not Found")
	}
	l, _ := llamaAt(t, Config{}, single)
	ctx := context.Background()
	var first []session.ModelInfo
	for range 2 {
		got, err := l.Models(ctx)
		if err != nil || len(got) != 1 {
			t.Fatalf("%+v %v", got, err)
		}
		m := got[0]
		want := session.ModelInfo{Ref: "tiny-chatml", State: "loaded", Context: 4096, Trained: 8192, Quant: "F16", Params: "3.7M", Bytes: 7350272, Slots: 4, Digest: m.Digest,
			Abilities: []string{"render", "tokenize", "schema", "grammar", "prefill", "gauge"}}
		if !reflect.DeepEqual(m, want) || !strings.HasPrefix(m.Digest, "llamacpp:") {
			t.Errorf("%+v, want %+v", m, want)
		}
		if first != nil && !reflect.DeepEqual(first, got) {
			t.Errorf("%+v, and before %+v", got, first)
		}
		first = got
	}
	if asked["/apply-template"] != 7 {
		t.Errorf("abilities were asked for %d times, want 7 questions once", asked["/apply-template"])
	}
	if l.Traits().Concurrency != 4 || l.Traits().Digest("tiny-chatml") != first[0].Digest {
		t.Errorf("%+v", l.Traits())
	}
	pin, err := l.Pin(ctx, "whatever")
	if err != nil || pin != (session.Pin{Digest: first[0].Digest, Server: "llama.cpp b11669-Debian", Slots: 4, Context: 4096}) {
		t.Errorf("%+v %v", pin, err)
	}
	if err := l.Load(ctx, "tiny-chatml"); err != nil {
		t.Error(err)
	}
	if err := l.Load(ctx, "other"); err == nil || !strings.Contains(err.Error(), "start it as a router") {
		t.Error(err)
	}
	if err := l.Unload(ctx, "tiny-chatml"); err == nil || !strings.Contains(err.Error(), "stop the server") {
		t.Error(err)
	}
}

// A router lists what it could load; what it has not loaded is not asked about, and
// a load that fails is an error with its exit code.
func TestLlamaRouter(t *testing.T) {
	t.Parallel()
	list := "more-router-02-models"
	var ordered []string
	l, _ := llamaAt(t, Config{}, func(q backendtest.Request) backendtest.Answer {
		switch q.Path {
		case "/v1/models":
			return llamaSaid(t, list)
		case "/props":
			return llamaSaid(t, "more-router-03-props")
		case "/models/load", "/models/unload":
			ordered = append(ordered, q.Path+" "+string(q.Body))
			list = "more-router-11-models-after-broken"
			return backendtest.Answer{Body: []string{`{"success":true}`}}
		}
		return backendtest.Fails(404, "not_found_error", "File Not Found")
	})
	ctx := context.Background()
	got, err := l.Models(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, m := range got {
		states = append(states, m.Ref+" "+m.State)
		if !slices.Equal(m.Abilities, []string{"load"}) || m.Ref != "broken" && m.Trained != 8192 {
			t.Errorf("%+v", m)
		}
	}
	if s := strings.Join(states, ", "); s != "broken unloaded, tiny-chatml unloaded, tiny-llama3 unloaded, tiny-opinionated unloaded" {
		t.Error(s)
	}
	if pin, err := l.Pin(ctx, "tiny-llama3"); err != nil || pin != (session.Pin{Server: "llama.cpp b11669-Debian"}) {
		t.Errorf("%+v %v", pin, err)
	}
	if _, err := l.Pin(ctx, "nobody"); callError(err).Kind != "not_found" {
		t.Error(err)
	}
	if err := l.Load(ctx, "broken"); err == nil || !strings.Contains(err.Error(), "exit code 1") {
		t.Error(err)
	}
	if got, err = l.Models(ctx); err != nil || got[0].State != "failed" || !strings.Contains(got[0].Why, "exit code 1") {
		t.Errorf("%+v %v", got, err)
	}
	if err := l.Unload(ctx, "tiny-chatml"); err != nil { // it is out already
		t.Error(err)
	}
	if want := []string{`/models/load {"model":"broken"}`}; !slices.Equal(ordered, want) {
		t.Errorf("ordered %q", ordered)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if err := l.Load(stopped, "tiny-chatml"); err == nil || !strings.Contains(err.Error(), "cancelled") {
		t.Error(err)
	}
}

func TestLlamaGauge(t *testing.T) {
	t.Parallel()
	busy := llamaSaid(t, "43-slots-busy")
	all, err := os.ReadFile(filepath.Join("testdata", "llamacpp", "44-metrics-busy.txt"))
	if err != nil {
		t.Fatal(err)
	}
	off := func(what string) backendtest.Answer {
		return backendtest.Fails(501, "not_supported_error", "This server does not support "+what)
	}
	metrics := backendtest.Answer{Header: map[string]string{"Content-Type": "text/plain"}, Body: []string{string(all)}}
	for name, c := range map[string]struct {
		slots, metrics backendtest.Answer
		want           session.Load
	}{
		"both":        {busy, metrics, session.Load{Slots: number(4), Busy: number(4), Waiting: number(2), CacheHits: number(502.0 / 1932), TokensPerS: number(18.0925)}},
		"no metrics":  {busy, off("metrics endpoint"), session.Load{Slots: number(4), Busy: number(4)}},
		"no slots":    {off("slots endpoint"), metrics, session.Load{Busy: number(4), Waiting: number(2), CacheHits: number(502.0 / 1932), TokensPerS: number(18.0925)}},
		"neither":     {off("slots endpoint"), off("metrics endpoint"), session.Load{}},
		"not loaded":  {backendtest.Fails(400, "x", "model is not loaded"), metrics, session.Load{}},
		"of nonsense": {backendtest.Answer{Body: []string{`{"a":1}`}}, backendtest.Answer{Body: []string{"llamacpp:requests_deferred -1\nllamacpp:requests_processing NaN\nx\n\x00"}}, session.Load{}},
	} {
		l, _ := llamaAt(t, Config{}, func(q backendtest.Request) backendtest.Answer {
			if q.Path == "/slots" {
				return c.slots
			}
			return c.metrics
		})
		if got, err := l.Gauge(context.Background(), "m"); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	l, _ := llamaAt(t, Config{}, plays(llamaSaid(t, "more-loading-chat-503")))
	if _, err := l.Gauge(context.Background(), "m"); !callError(err).Retryable {
		t.Errorf("while it loads: %v", err)
	}
}

func TestLlamaScale(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{0: "", 999: "", 3672576: "3.7M", 8.19e9: "8.2B", 1.2e12: "1.2T", -1: "", 1e300: ""} {
		if got := llamaScale(n); got != want {
			t.Errorf("%v: %q, want %q", n, got, want)
		}
	}
}
