package backend

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// claudeAt is an anthropic backend at an address.
func claudeAt(t testing.TB, base, key string) *anthropic {
	t.Helper()
	c := Config{Name: "lab", Kind: anthropicName, BaseURL: base}
	if key != "" {
		c.KeyEnv = "LAB_KEY"
	}
	a, err := newAnthropic(c, func(string) string { return key })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// said gives a backend whose server answers with body.
func said(cl *client, contentType string, body io.Reader) {
	cl.http = round(answerWith(contentType, body))
}

func ptr[T any](v T) *T { return &v }

// claudeStream is a streamed answer in the shape that Anthropic documents, with
// thinking, text and a tool call: none was recorded.
const claudeStream = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-sonnet-4-5-20250929","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"cache_creation_input_tokens":3,"cache_read_input_tokens":7,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me \ud83d"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\ude00 see."}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBCgIYAhIM1gbcDa9GJwZA2b3h"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüße, "}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"日本\n"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"look","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Par"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"is\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: something_new
data: {"type":"something_new","text":"not of the answer"}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89,"output_tokens_details":{"thinking_tokens":40}}}

event: message_stop
data: {"type":"message_stop"}

`

func TestClaudeStream(t *testing.T) {
	for how, wrap := range map[string]func(io.Reader) io.Reader{
		"whole": unwrapped, "halves": iotest.HalfReader, "bytes": iotest.OneByteReader, "data and EOF": iotest.DataErrReader,
	} {
		for name, body := range map[string]string{"LF": claudeStream, "CRLF": strings.ReplaceAll(claudeStream, "\n", "\r\n")} {
			a := claudeAt(t, "http://127.0.0.1:1/v1", "")
			said(a.client, "text/event-stream; charset=utf-8", wrap(strings.NewReader(body)))
			h := listen(context.Background(), a, session.NewWire("POST", "/x", nil))
			if h.err != nil || h.text != "Grüße, 日本\n" || h.reason != "Let me 😀 see." || h.last.Status != session.StatusToolCalls || h.last.Finish != "tool_use" {
				t.Fatalf("%s, %s: %+v", how, name, h)
			}
			if want := (session.ToolCall{ID: "toolu_1", Name: "look", Arguments: `{"city": "Paris"}`}); len(h.last.Tools) != 1 || h.last.Tools[0] != want {
				t.Errorf("%+v", h.last.Tools)
			}
			u := h.last.Usage
			if u == nil || u.Input != 30 || u.Output != 89 || *u.Cached != 7 || *u.Written != 3 || *u.Reasoning != 40 {
				t.Errorf("usage %+v", u)
			}
			if h.last.Model != "claude-sonnet-4-5-20250929" {
				t.Errorf("model %q", h.last.Model)
			}
		}
	}
}

func unwrapped(r io.Reader) io.Reader { return r }

// cutAnywhere cuts a stream at every byte, cleanly and not: it is whole only if
// what says that it is finished was read whole, and then it says all.
func cutAnywhere(t *testing.T, body, finish string, unclean bool, hear func(io.Reader) heard) {
	t.Helper()
	whole := hear(strings.NewReader(body))
	if whole.err != nil {
		t.Fatal(whole.err)
	}
	at := strings.Index(body, finish)
	for n := range len(body) {
		if thinned(n) {
			continue
		}
		for _, broken := range []bool{false, true} {
			var r io.Reader = strings.NewReader(body[:n])
			if broken {
				r = io.MultiReader(r, iotest.ErrReader(io.ErrUnexpectedEOF))
			}
			h := hear(r)
			switch {
			case h.err == nil && n < at, h.err == nil && broken && unclean:
				t.Fatalf("cut at %d of %d: whole: %+v", n, len(body), h)
			case h.err == nil && (h.text != whole.text || h.reason != whole.reason || h.last.Status != whole.last.Status || len(h.last.Tools) != len(whole.last.Tools)):
				t.Fatalf("cut at %d: done with %q, %+v", n, h.text, h.last)
			case !strings.HasPrefix(whole.text, strings.TrimSuffix(h.text, "\uFFFD")):
				t.Fatalf("cut at %d: %q", n, h.text)
			}
		}
	}
}

func TestClaudeCutAnywhere(t *testing.T) {
	t.Parallel()
	a := claudeAt(t, "http://127.0.0.1:1/v1", "")
	cutAnywhere(t, claudeStream, `"stop_reason":"tool_use"`, false, func(r io.Reader) heard {
		said(a.client, "text/event-stream", r)
		return listen(context.Background(), a, session.NewWire("POST", "/x", nil))
	})
}

func TestClaudeStops(t *testing.T) {
	for _, k := range []struct {
		stop, text string
		status     session.Status
		says       string // of the error
	}{
		{"end_turn", "a", session.StatusDone, ""}, {"end_turn", "", session.StatusEmpty, ""}, {"stop_sequence", "a", session.StatusDone, ""},
		{"max_tokens", "a", session.StatusTruncated, ""}, {"model_context_window_exceeded", "a", session.StatusTruncated, ""},
		{"pause_turn", "a", session.StatusTruncated, ""}, {"tool_use", "", session.StatusToolCalls, ""},
		{"refusal", "a", session.StatusRefused, ""}, {"because", "a", "", "because"},
	} {
		whole := `{"type":"message","model":"m","content":[{"type":"text","text":` + quoted(k.text) + `}],"stop_reason":"` + k.stop + `","usage":{"input_tokens":5,"output_tokens":2}}`
		stream := `data: {"type":"message_start","message":{"model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":5,"output_tokens":1}}}` + "\n\n" +
			`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + quoted(k.text) + `}}` + "\n\n" +
			`data: {"type":"message_delta","delta":{"stop_reason":"` + k.stop + `"},"usage":{"output_tokens":2}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n"
		for ct, body := range map[string]string{"application/json": whole, "text/event-stream": stream} {
			a := claudeAt(t, "http://127.0.0.1:1/v1", "")
			said(a.client, ct, strings.NewReader(body))
			h := listen(context.Background(), a, session.NewWire("POST", "/x", nil))
			if k.says != "" {
				if h.err == nil || !strings.Contains(string(h.err.Message), k.says) {
					t.Errorf("%s: %+v", k.stop, h)
				}
				continue
			}
			if h.err != nil || h.last.Status != k.status || h.text != k.text || h.last.Finish != k.stop || h.last.Usage == nil || *h.last.Usage != (session.Usage{Input: 5, Output: 2, Source: "server"}) {
				t.Errorf("%s, %s: %+v %v", k.stop, ct, h, h.err)
			}
		}
	}
}

// What Anthropic says where an answer should have been.
func TestClaudeErrors(t *testing.T) {
	for name, k := range map[string]struct {
		answer backendtest.Answer
		kind   string
		heals  bool
		after  int64
	}{
		"overloaded in the stream": {backendtest.Events("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"), "server", true, 0},
		"without its name":         {backendtest.Events("data: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"Internal\"}}\n\n"), "server", false, 0},
		"limited in the stream":    {backendtest.Events("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}\n\n"), "rate_limit", true, 0},
		"529":                      {claudeFails(529, "overloaded_error", "Overloaded", ""), "server", true, 0},
		"429":                      {claudeFails(429, "rate_limit_error", "This request would exceed your rate limit", "3"), "rate_limit", true, 3000},
		"401":                      {claudeFails(401, "authentication_error", "invalid x-api-key", ""), "auth", false, 0},
		"403":                      {claudeFails(403, "permission_error", "no", ""), "auth", false, 0},
		"404":                      {claudeFails(404, "not_found_error", "model: claude-nope", ""), "not_found", false, 0},
		"413":                      {claudeFails(413, "request_too_large", "Request exceeds the maximum size", ""), "context", false, 0},
		"too long":                 {claudeFails(400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum", ""), "context", false, 0},
		"no credit":                {claudeFails(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.", ""), "rate_limit", false, 0},
		"400":                      {claudeFails(400, "invalid_request_error", "max_tokens: Field required", ""), "config", false, 0},
	} {
		s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return k.answer })
		a := claudeAt(t, s.URL, "sk-ant-canary")
		h := listen(context.Background(), a, wireOf(t, a, "hi"))
		got := s.Requests()
		s.Close()
		if h.err == nil || h.err.Kind != k.kind || h.err.Retryable != k.heals || h.err.AfterMS != k.after {
			t.Errorf("%s: %+v", name, h.err)
		}
		if len(got) != 1 || got[0].Path != "/v1/messages" || got[0].Header.Get("X-Api-Key") != "sk-ant-canary" || got[0].Header.Get("Authorization") != "" || got[0].Header.Get("Anthropic-Version") != "2023-06-01" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func claudeFails(status int, kind, message, after string) backendtest.Answer {
	a := backendtest.Answer{Status: status, Header: map[string]string{"Content-Type": "application/json"},
		Body: []string{`{"type":"error","error":{"type":"` + kind + `","message":` + quoted(message) + `},"request_id":"req_1"}`}}
	if after != "" {
		a.Header["Retry-After"] = after
	}
	return a
}

func TestClaudeWire(t *testing.T) {
	user := []session.Message{{Role: "user", Content: "Hi \"you\"\n"}}
	sys := append([]session.Message{{Role: "system", Content: "Be brief."}}, user...)
	two := append([]session.Message{{Role: "system", Content: "Be brief."}, {Role: "system", Content: "Be kind."}}, user...)
	begun := slices.Concat(user, []session.Message{{Role: "assistant", Content: "{"}})
	tools := session.Beside{Tools: `[{"type":"function","function":{"name":"look","description":"Look.","parameters":{"type":"object","properties":{}}}},{"name":"bare"}]`}
	schema := session.Beside{Schema: ` {"type":"object"} `}
	for name, k := range map[string]struct {
		model string
		p     session.Proof
		want  string
	}{
		"bare":          {"claude-3-5-sonnet-20241022", session.Proof{Messages: user}, `{"model":"claude-3-5-sonnet-20241022","max_tokens":8192,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"temperature":1,"top_p":1,"stream":true}`},
		"system":        {"claude-opus-4-1-20250805", session.Proof{Messages: sys, Params: session.Params{MaxTokens: 9, TopK: ptr(5), Stop: []text.Raw{"END"}}}, `{"model":"claude-opus-4-1-20250805","max_tokens":9,"system":"Be brief.","messages":[{"role":"user","content":"Hi \"you\"\n"}],"temperature":1,"top_k":5,"stop_sequences":["END"],"stream":true}`},
		"two systems":   {"claude-sonnet-4-5", session.Proof{Messages: two, Params: session.Params{Temperature: ptr(0.2), TopP: ptr(1.0), Seed: ptr(int64(3))}}, `{"model":"claude-sonnet-4-5","max_tokens":64000,"system":[{"type":"text","text":"Be brief."},{"type":"text","text":"Be kind."}],"messages":[{"role":"user","content":"Hi \"you\"\n"}],"temperature":0.2,"stream":true}`},
		"top_p":         {"claude-sonnet-4-6", session.Proof{Messages: user, Params: session.Params{TopP: ptr(0.5), MaxTokens: 7}}, `{"model":"claude-sonnet-4-6","max_tokens":7,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"top_p":0.5,"stream":true}`},
		"no samplers":   {"claude-opus-4-7", session.Proof{Messages: user, Params: session.Params{Temperature: ptr(1.0), TopP: ptr(1.0)}}, `{"model":"claude-opus-4-7","max_tokens":128000,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"stream":true}`},
		"prefill":       {"claude-haiku-4-5", session.Proof{Messages: begun, Prefill: true, Params: session.Params{MaxTokens: 7}}, `{"model":"claude-haiku-4-5","max_tokens":7,"messages":[{"role":"user","content":"Hi \"you\"\n"},{"role":"assistant","content":"{"}],"temperature":1,"stream":true}`},
		"tools":         {"claude-haiku-4-5", session.Proof{Messages: user, Beside: tools, Params: session.Params{MaxTokens: 7}}, `{"model":"claude-haiku-4-5","max_tokens":7,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"tools":[{"name":"look","description":"Look.","input_schema":{"type":"object","properties":{}}},{"name":"bare","input_schema":{"type":"object"}}],"temperature":1,"stream":true}`},
		"schema":        {"claude-opus-4-6", session.Proof{Messages: user, Beside: schema, Params: session.Params{Think: "high"}}, `{"model":"claude-opus-4-6","max_tokens":128000,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}},"temperature":1,"thinking":{"type":"adaptive"},"stream":true}`},
		"budget":        {"claude-sonnet-4-5", session.Proof{Messages: user, Params: session.Params{Think: "low", MaxTokens: 2000}}, `{"model":"claude-sonnet-4-5","max_tokens":2000,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"temperature":1,"thinking":{"type":"enabled","budget_tokens":1024},"stream":true}`},
		"not thinking":  {"claude-sonnet-5", session.Proof{Messages: user, Params: session.Params{Think: "off"}}, `{"model":"claude-sonnet-5","max_tokens":128000,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"thinking":{"type":"disabled"},"stream":true}`},
		"between tools": {"claude-sonnet-5-5", session.Proof{Messages: user, Params: session.Params{Think: "off"}}, `{"model":"claude-sonnet-5-5","max_tokens":128000,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"thinking":{"type":"between_tools"},"stream":true}`},
		"thinking":      {"claude-opus-5-5", session.Proof{Messages: user, Params: session.Params{Think: "medium"}}, `{"model":"claude-opus-5-5","max_tokens":128000,"messages":[{"role":"user","content":"Hi \"you\"\n"}],"output_config":{"effort":"medium"},"thinking":{"type":"adaptive","display":"summarized"},"stream":true}`},
		"a stranger":    {"glm-9", session.Proof{Messages: begun, Prefill: true}, `{"model":"glm-9","max_tokens":4096,"messages":[{"role":"user","content":"Hi \"you\"\n"},{"role":"assistant","content":"{"}],"temperature":1,"top_p":1,"stream":true}`},
	} {
		w, err := claudeAt(t, "http://127.0.0.1:1/v1", "").Wire(Request{Model: k.model, Proof: k.p, Take: 1})
		if err != nil || string(w.Body) != k.want || w.Path != "/messages" || w.Method != "POST" {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, w.Body, k.want)
		}
	}
}

func TestClaudeRefuses(t *testing.T) {
	user := []session.Message{{Role: "user", Content: "Hi"}}
	begun := func(s text.Raw) session.Proof {
		return session.Proof{Prefill: true, Messages: append(user[:1:1], session.Message{Role: "assistant", Content: s})}
	}
	with := func(p session.Params) session.Proof { return session.Proof{Messages: user, Params: p} }
	both := begun("{")
	both.Beside.Schema = "{}"
	think := begun("{")
	think.Params = session.Params{Think: "on"}
	for _, k := range []struct {
		model string
		p     session.Proof
		says  []string
	}{
		{"claude-opus-4-6", begun("{"), []string{"claude-opus-4-6 takes no prefill", "4.6", "switch the prefill block off", "schema"}},
		{"claude-sonnet-4-6-20260217", begun("{"), []string{"takes no prefill"}},
		{"claude-haiku-5-5", begun("{"), []string{"takes no prefill"}},
		{"claude-mythos-preview", begun("{"), []string{"takes no prefill"}},
		{"us.anthropic.claude-opus-4-6-v1:0", begun("{"), []string{"takes no prefill"}},
		{"claude-sonnet-4-5", begun("{ "), []string{"white space", "take the space"}},
		{"claude-sonnet-4-5", both, []string{"prefill or a schema"}},
		{"claude-sonnet-4-5", think, []string{"while it thinks"}},
		{"claude-sonnet-4-5", session.Proof{Messages: begun("{").Messages}, []string{"already given"}},
		{"claude-3-opus-20240229", session.Proof{Messages: user, Beside: session.Beside{Schema: "{}"}}, []string{"schema block off", "4.5"}},
		{"m", session.Proof{Messages: user, Beside: session.Beside{Grammar: "root ::= x"}}, []string{"no grammars", "llamacpp"}},
		{"m", session.Proof{Messages: user, Beside: session.Beside{Tools: "[{}"}}, []string{"tools block is not JSON", "line 1"}},
		{"m", session.Proof{Messages: user, Beside: session.Beside{Tools: "{}"}}, []string{"no JSON list"}},
		{"m", session.Proof{Messages: user, Beside: session.Beside{Tools: `[{"name":"a"},{"name":"a"}]`}}, []string{"tool 2", "the name of another"}},
		{"m", session.Proof{Messages: user, Beside: session.Beside{Schema: "\n\n{\"a\":}"}}, []string{"schema block is not JSON", "line 3"}},
		{"m", session.Proof{Messages: user[:0]}, []string{"empty"}},
		{"m", session.Proof{Messages: []session.Message{{Role: "system", Content: "x"}}}, []string{"role user"}},
		{"m", session.Proof{Messages: append(user[:1:1], session.Message{Role: "system", Content: "x"})}, []string{"message 2 is system text", "move its block up"}},
		{"m", session.Proof{Messages: []session.Message{{Role: "user", Content: " \n"}}}, []string{"message 1 (user) is empty"}},
		{"m", session.Proof{Messages: []session.Message{{Role: "user", Content: "caf\xe9"}}}, []string{"UTF-8"}},
		{"m", with(session.Params{MinP: ptr(0.1)}), []string{"min_p to none"}},
		{"m", with(session.Params{Frequency: ptr(0.1)}), []string{"frequency_penalty"}},
		{"m", with(session.Params{Temperature: ptr(1.5)}), []string{"0 to 1"}},
		{"m", with(session.Params{Context: 9}), []string{"context to none"}},
		{"claude-opus-4-7", with(session.Params{Temperature: ptr(0.7)}), []string{"claude-opus-4-7 takes no temperature", "none"}},
		{"claude-opus-5", with(session.Params{TopK: ptr(7)}), []string{"top_k"}},
		{"claude-sonnet-4-5", with(session.Params{Temperature: ptr(0.7), TopP: ptr(0.9)}), []string{"not both"}},
		{"claude-3-5-sonnet-20241022", with(session.Params{Think: "on"}), []string{"can't think"}},
		{"claude-opus-5-5", with(session.Params{Think: "off"}), []string{"think to low"}},
		{"claude-fable-5", with(session.Params{Think: "off"}), []string{"think to low"}},
		{"claude-sonnet-4-5", with(session.Params{Think: "high", MaxTokens: 1024}), []string{"16384", "max_tokens above"}},
		{"claude-sonnet-4-5", with(session.Params{Think: "on", Temperature: ptr(0.5)}), []string{"while it thinks", "temperature"}},
		{"claude-opus-4-6", with(session.Params{Think: "on", Temperature: ptr(0.5)}), []string{"while it thinks", "temperature"}},
	} {
		_, err := claudeAt(t, "http://127.0.0.1:1/v1", "").Wire(Request{Model: k.model, Proof: k.p, Take: 1})
		for _, s := range k.says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("%s, want %q: %v", k.model, s, err)
			}
		}
	}
	no := claudeAt(t, "http://127.0.0.1:1/v1", "")
	no.config.Prefill = ptr(false)
	if _, err := no.Wire(Request{Model: "claude-3-5-sonnet-20241022", Proof: begun("{"), Take: 1}); err == nil || !strings.Contains(err.Error(), "as the config says") {
		t.Error(err)
	}
	no.config.Prefill = ptr(true)
	if _, err := no.Wire(Request{Model: "claude-opus-4-6", Proof: begun("{"), Take: 1}); err != nil {
		t.Error(err)
	}
}

func TestClaudeModels(t *testing.T) {
	s := backendtest.NewServer(func(r backendtest.Request) backendtest.Answer {
		if r.Path != "/v1/models" {
			return backendtest.Fails(404, "x", "x")
		}
		if r.Number == 1 {
			return backendtest.Answer{Body: []string{`{"data":[{"type":"model","id":"claude-b","display_name":"Claude B","max_input_tokens":200000}],"has_more":true,"last_id":"claude-b"}`}}
		}
		return backendtest.Answer{Body: []string{`{"data":[{"type":"model","id":"claude-a","display_name":"Claude A"}],"has_more":false,"last_id":"claude-a"}`}}
	})
	defer s.Close()
	got, err := claudeAt(t, s.URL, "k").Models(context.Background())
	if err != nil || len(got) != 2 || got[0].Ref != "claude-a" || got[1].Context != 200000 || got[1].About != "Claude B" {
		t.Errorf("%+v %v", got, err)
	}
}
