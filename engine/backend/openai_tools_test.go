package backend

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

// hostedAt is OpenAI itself, which no test asks.
func hostedAt(t testing.TB) *openai {
	t.Helper()
	o, err := newOpenAI(Config{Name: "openai", Kind: "openai", KeyEnv: "K"}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// toolStream holds two calls whose pieces are mixed, a character in two halves,
// counts with their parts, and what the server is.
var toolStream = strings.Join([]string{
	`data: {"model":"m","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"look","arguments":""}}]}}]}`,
	`data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"\ud83d"}}]}}]}`,
	`data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","function":{"name":"now","arguments":"{}"}}]}}]}`,
	`data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\ude00\"}"}}]}}]}`,
	`data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`,
	`data: {"choices":[],"usage":{"prompt_tokens":50,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":32,"cache_write_tokens":10},"completion_tokens_details":{"reasoning_tokens":12}}}`,
	`data: [DONE]`,
}, "\n\n") + "\n\n"

func TestToolCalls(t *testing.T) {
	two := []session.ToolCall{{ID: "call_a", Name: "look", Arguments: `{"city":"😀"}`}, {ID: "call_b", Name: "now", Arguments: "{}"}}
	fin := `data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n"
	delta := func(calls string) string {
		return `data: {"choices":[{"index":0,"delta":{"tool_calls":` + calls + `}}]}` + "\n\n"
	}
	for name, k := range map[string]struct {
		body string
		want []session.ToolCall
	}{
		"mixed":      {toolStream, two},
		"whole":      {`{"choices":[{"message":{"tool_calls":[{"id":"call_a","function":{"name":"look","arguments":"{\"city\":\"\ud83d\ude00\"}"}},{"id":"call_b","function":{"name":"now","arguments":{}}}]},"finish_reason":"tool_calls"}]}`, two},
		"no index":   {delta(`[{"id":"a","function":{"name":"x","arguments":"1"}}]`) + delta(`[{"function":{"arguments":"2"}}]`) + delta(`[{"id":"b","function":{"name":"y"}}]`) + fin, []session.ToolCall{{ID: "a", Name: "x", Arguments: "12"}, {ID: "b", Name: "y"}}},
		"the old":    {`data: {"choices":[{"delta":{"function_call":{"name":"x","arguments":"{"}}}]}` + "\n\n" + `data: {"choices":[{"delta":{"function_call":{"arguments":"}"}}}]}` + "\n\n" + strings.ReplaceAll(fin, "tool_calls", "function_call"), []session.ToolCall{{Name: "x", Arguments: "{}"}}},
		"a name cut": {delta(`[{"index":0,"id":"a","function":{"name":"lo"}}]`) + delta(`[{"index":0,"function":{"name":"ok"}}]`) + fin, []session.ToolCall{{ID: "a", Name: "look"}}},
		"none":       {delta(`[]`) + fin, nil},
		"odd index":  {delta(`[{"index":-7,"id":"a","function":{"name":"x"}}]`) + fin, []session.ToolCall{{ID: "a", Name: "x"}}},
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(k.body), "bytes": iotest.OneByteReader(strings.NewReader(k.body))} {
			ct := "text/event-stream"
			if k.body[0] == '{' {
				ct = "application/json"
			}
			h := listen(context.Background(), reading(t, ct, r), session.NewWire("POST", "/x", []byte("{}")))
			if h.err != nil || h.last.Status != session.StatusToolCalls || fmt.Sprint(h.last.Tools) != fmt.Sprint(k.want) {
				t.Errorf("%s, %s: %+v %v", name, how, h.last, h.err)
			}
		}
	}
	h := play(t, strings.NewReader(toolStream))
	if u := h.last.Usage; u == nil || u.Input != 50 || *u.Cached != 32 || *u.Written != 10 || *u.Reasoning != 12 || h.last.Server != "fp_1" || h.last.Model != "m" {
		t.Errorf("%+v", h.last)
	}
	cutAnywhere(t, toolStream, `"finish_reason":"tool_calls"`, false, func(r io.Reader) heard { return play(t, r) })
}

// Calls without end are ended by us.
func TestToolCallsBeyondBounds(t *testing.T) {
	var many strings.Builder
	for i := range maxCalls + 1 {
		fmt.Fprintf(&many, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"id\":\"c%d\"}]}}]}\n\n", i, i)
	}
	long := strings.Repeat(`data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"`+strings.Repeat("x", 1<<20)+`"}}]}}]}`+"\n\n", 18)
	for name, body := range map[string]string{"many": many.String(), "long": long} {
		if h := play(t, strings.NewReader(body)); h.err == nil || h.err.Kind != "limit" {
			t.Errorf("%s: %+v", name, h.err)
		}
	}
}

func TestUsageParts(t *testing.T) {
	for body, want := range map[string]string{
		`{"prompt_tokens":9,"completion_tokens":2}`:                                                                                   "9 2 - - -",
		`{"prompt_tokens":9,"completion_tokens":2,"prompt_cache_hit_tokens":4}`:                                                       "9 2 4 - -",
		`{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":null}`:      "9 2 0 - -",
		`{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":10}}`:                                      "9 2 - - -",
		`{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":5}}`:                "9 2 5 - -",
		`{"prompt_tokens":9,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":3}}`:                                "9 2 - - -",
		`{"prompt_tokens":9,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":"2"}}`:                              "9 2 - - -",
		`{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":"many","completion_tokens_details":{"reasoning_tokens":2}}`: "9 2 - 2 -",
	} {
		u := readUsage([]byte(body))
		if u == nil {
			t.Fatal(body)
		}
		show := func(n *int) string {
			if n == nil {
				return "-"
			}
			return fmt.Sprint(*n)
		}
		if got := fmt.Sprint(u.Input, u.Output, " ", show(u.Cached), " ", show(u.Reasoning), " ", show(u.Written)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// What OpenAI's own models take, and what goes to servers that speak like it.
func TestWireByModel(t *testing.T) {
	user := []session.Message{{Role: "user", Content: "Hi"}}
	const head = `"messages":[{"role":"user","content":"Hi"}]`
	const tail = `"stream":true,"stream_options":{"include_usage":true}}`
	const neutral4 = `,"temperature":1,"top_p":1,"presence_penalty":0,"frequency_penalty":0,`
	here := lab(t, "http://127.0.0.1:8000/v1", "")
	for name, k := range map[string]struct {
		b     *openai
		model string
		p     session.Params
		s     session.Beside
		want  string
	}{
		"chat":          {hostedAt(t), "gpt-4.1", session.Params{MaxTokens: 9}, session.Beside{}, head + neutral4 + `"max_completion_tokens":9,` + tail},
		"reasons":       {hostedAt(t), "gpt-5-mini-2025-08-07", session.Params{Temperature: ptr(1.0), TopP: ptr(1.0), Seed: ptr(int64(3)), Think: "high"}, session.Beside{}, head + `,"seed":3,"reasoning_effort":"high",` + tail},
		"o3":            {hostedAt(t), "o3", session.Params{Think: "on"}, session.Beside{}, head + `,"reasoning_effort":"medium",` + tail},
		"asked not to":  {hostedAt(t), "gpt-6-sol", session.Params{Think: "off", Temperature: ptr(0.5)}, session.Beside{}, head + `,"temperature":0.5,"top_p":1,"reasoning_effort":"none",` + tail},
		"5 that chats":  {hostedAt(t), "gpt-5-chat-latest", session.Params{Think: "off", Temperature: ptr(0.0)}, session.Beside{}, head + `,"temperature":0,"top_p":1,"presence_penalty":0,"frequency_penalty":0,` + tail},
		"template":      {here, "m", session.Params{Think: "off", MinP: ptr(0.1), RepeatPenalty: ptr(1.1)}, session.Beside{}, head + neutral4 + `"min_p":0.1,"repeat_penalty":1.1,"chat_template_kwargs":{"enable_thinking":false},` + tail},
		"effort":        {here, "m", session.Params{Think: "low"}, session.Beside{}, head + neutral4 + `"reasoning_effort":"low",` + tail},
		"tools":         {here, "m", session.Params{}, session.Beside{Tools: `[{"name":"look","description":"Look.","input_schema":{"type":"object"}},{"type":"function","strict":true,"function":{"name":"now"}}]`}, head + `,"tools":[{"type":"function","function":{"name":"look","description":"Look.","parameters":{"type":"object"}}},{"type":"function","function":{"name":"now","strict":true}}]` + neutral4 + tail},
		"strict schema": {here, "m", session.Params{}, session.Beside{Schema: `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`}, head + `,"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}` + neutral4 + tail},
		"loose schema":  {here, "m", session.Params{}, session.Beside{Schema: ` { "type" : "object" } `}, head + `,"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{ "type" : "object" }}}` + neutral4 + tail},
	} {
		w, err := k.b.Wire(Request{Model: k.model, Proof: session.Proof{Messages: user, Params: k.p, Beside: k.s}, Take: 1})
		if want := `{"model":"` + k.model + `",` + k.want; err != nil || string(w.Body) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, w.Body, want)
		}
	}
	for _, k := range []struct {
		b     *openai
		model string
		p     session.Params
		s     session.Beside
		says  string
	}{
		{hostedAt(t), "gpt-5", session.Params{Temperature: ptr(0.7)}, session.Beside{}, "gpt-5 takes no temperature; set temperature to none"},
		{hostedAt(t), "gpt-5.2", session.Params{TopP: ptr(0.7)}, session.Beside{}, "or think to off"},
		{hostedAt(t), "o4-mini", session.Params{Stop: []text.Raw{"x"}}, session.Beside{}, "no stop"},
		{hostedAt(t), "gpt-5.2", session.Params{Think: "off", Presence: ptr(1.0)}, session.Beside{}, "no presence_penalty"},
		{hostedAt(t), "gpt-6.1-sol", session.Params{Think: "off"}, session.Beside{}, "think to low"},
		{hostedAt(t), "gpt-5", session.Params{Think: "off"}, session.Beside{}, "think to low"},
		{hostedAt(t), "o3", session.Params{Think: "off"}, session.Beside{}, "think to low"},
		{hostedAt(t), "gpt-4o", session.Params{Think: "high"}, session.Beside{}, "does not reason"},
		{hostedAt(t), "gpt-4o", session.Params{MinP: ptr(0.5)}, session.Beside{}, "min_p"},
		{hostedAt(t), "gpt-4o", session.Params{Context: 5}, session.Beside{}, "context"},
		{here, "m", session.Params{Context: 5}, session.Beside{}, "context"},
		{here, "m", session.Params{}, session.Beside{Grammar: "root ::= x"}, "no grammars"},
		{here, "m", session.Params{}, session.Beside{Tools: "nope"}, "tools block is not JSON"},
		{here, "m", session.Params{}, session.Beside{Tools: `[{"name":"a","parameters":[]}]`}, "no JSON Schema"},
		{here, "m", session.Params{}, session.Beside{Tools: `[{"type":"function"}]`}, "tool 1 of the tools block has no name"},
		{here, "m", session.Params{}, session.Beside{Schema: "\"caf\xe9\""}, "UTF-8"},
	} {
		if _, err := k.b.Wire(Request{Model: k.model, Proof: session.Proof{Messages: user, Params: k.p, Beside: k.s}, Take: 1}); err == nil || !strings.Contains(err.Error(), k.says) {
			t.Errorf("%s, want %q: %v", k.model, k.says, err)
		}
	}
}

func TestStrictSchema(t *testing.T) {
	const closed = `"additionalProperties":false`
	deep := `{"type":"string"}`
	for range 12 {
		deep = `{"type":"object","properties":{"a":` + deep + `},"required":["a"],` + closed + `}`
	}
	for s, want := range map[string]bool{
		`{"type":"object","properties":{},"required":[],` + closed + `}`:                                                                                           true,
		`{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x",null]}},"required":["a"],` + closed + `}`:                                        true,
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"required":["a"],` + closed + `,"$defs":{"x":{"type":"object","properties":{},` + closed + `}}}`: true,
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"required":["a"],` + closed + `,"$defs":{"x":{"type":"object","properties":{}}}}`:                false,
		`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"number"}]}},"required":["a"],` + closed + `}`:                                     true,
		`{"type":"object","properties":{"a":{}},"required":[],` + closed + `}`:                                                                                     false,
		`{"type":"object","properties":{"a":{}},"required":["a"]}`:                                                                                                 false,
		`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],` + closed + `}`:                                          false,
		`{"anyOf":[{"type":"string"}]}`: false,
		`{"type":"array","items":{}}`:   false,
		`{"type":"object","properties":{"a":{"allOf":[]}},"required":["a"],` + closed + `}`:  false,
		`{"type":"object","properties":{"a":{"default":1}},"required":["a"],` + closed + `}`: false,
		`{"type":"object","properties":{"a":true},"required":["a"],` + closed + `}`:          false,
		`true`: false, deep: false,
	} {
		if got := strictSchema([]byte(s)); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
}

// A refusal, and a finish_reason of each kind, beside calls and without.
func TestEndsAreStates(t *testing.T) {
	call := `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"x"}}]}}]}` + "\n\n"
	for body, want := range map[string]session.Status{
		call + backendtest.Finish("stop"):                            session.StatusToolCalls,
		call + backendtest.Finish("length"):                          session.StatusTruncated,
		call + backendtest.Finish("content_filter"):                  session.StatusFiltered,
		backendtest.Delta("x") + backendtest.Finish("stop_sequence"): session.StatusDone,
	} {
		if h := play(t, strings.NewReader(body)); h.err != nil || h.last.Status != want {
			t.Errorf("%s: %+v %v", body, h.last, h.err)
		}
	}
}
