package backend

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

func answerWith(contentType string, body io.Reader) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body)}, nil
	}
}

func geminiAt(t testing.TB, base, key string) *gemini {
	t.Helper()
	c := Config{Name: "lab", Kind: geminiKindName, BaseURL: base}
	if key != "" {
		c.KeyEnv = "LAB_KEY"
	}
	g, err := newGemini(c, func(string) string { return key })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// geminiStream is a streamed answer in the shape that Google documents: none was
// recorded. Older models say STOP with every piece.
const geminiStream = `data: {"candidates": [{"content": {"parts": [{"text": "Let me see.","thought": true}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 12,"totalTokenCount": 30,"thoughtsTokenCount": 18},"modelVersion": "gemini-2.5-flash","responseId": "x"}

data: {"candidates": [{"content": {"parts": [{"text": "Grüße, \ud83d"}],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 12,"candidatesTokenCount": 2,"totalTokenCount": 32,"thoughtsTokenCount": 18},"modelVersion": "gemini-2.5-flash"}

data: {"candidates": [{"content": {"parts": [{"text": "\ude00"},{"functionCall": {"id":"c1","name": "look","args": {"city": "Paris"}}},{"functionCall": {"name": "now"},"thoughtSignature":"xx"}],"role": "model"},"index": 0}],"modelVersion": "gemini-2.5-flash"}

data: {"candidates": [{"content": {"parts": [{"text": ""}],"role": "model"},"finishReason": "STOP","index": 0,"safetyRatings": []}],"usageMetadata": {"promptTokenCount": 12,"candidatesTokenCount": 25,"totalTokenCount": 55,"cachedContentTokenCount": 8,"thoughtsTokenCount": 18,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 12}]},"modelVersion": "gemini-2.5-flash"}

`

func TestGeminiStream(t *testing.T) {
	for how, wrap := range map[string]func(io.Reader) io.Reader{
		"whole": unwrapped, "halves": iotest.HalfReader, "bytes": iotest.OneByteReader, "data and EOF": iotest.DataErrReader,
	} {
		g := geminiAt(t, "http://127.0.0.1:1/v1beta", "")
		said(g.client, "text/event-stream", wrap(strings.NewReader(geminiStream)))
		h := listen(context.Background(), g, session.NewWire("POST", "/x", nil))
		if h.err != nil || h.text != "Grüße, 😀" || h.reason != "Let me see." || h.last.Status != session.StatusToolCalls || h.last.Finish != "STOP" {
			t.Fatalf("%s: %+v %v", how, h, h.err)
		}
		if len(h.last.Tools) != 2 || h.last.Tools[0] != (session.ToolCall{ID: "c1", Name: "look", Arguments: `{"city": "Paris"}`}) || h.last.Tools[1].Arguments != "{}" {
			t.Errorf("%+v", h.last.Tools)
		}
		u := h.last.Usage
		if u == nil || u.Input != 12 || u.Output != 43 || *u.Cached != 8 || *u.Reasoning != 18 || h.last.Model != "gemini-2.5-flash" {
			t.Errorf("%+v", h.last)
		}
	}
}

// A stream that breaks off after a piece that said STOP is not whole: more may
// have followed.
func TestGeminiCutAnywhere(t *testing.T) {
	t.Parallel()
	g := geminiAt(t, "http://127.0.0.1:1/v1beta", "")
	hear := func(r io.Reader) heard {
		said(g.client, "text/event-stream", r)
		return listen(context.Background(), g, session.NewWire("POST", "/x", nil))
	}
	once := strings.Replace(geminiStream, `"finishReason": "STOP",`, "", 1)
	cutAnywhere(t, once, `"finishReason": "STOP"`, true, hear)
	for n := range len(geminiStream) {
		if thinned(n) {
			continue
		}
		h := hear(io.MultiReader(strings.NewReader(geminiStream[:n]), iotest.ErrReader(io.ErrUnexpectedEOF)))
		if h.err == nil {
			t.Fatalf("broken at %d: %+v", n, h)
		}
	}
}

func TestGeminiStops(t *testing.T) {
	for _, k := range []struct {
		finish string
		status session.Status
		says   string
	}{
		{"STOP", session.StatusDone, ""}, {"MAX_TOKENS", session.StatusTruncated, ""},
		{"SAFETY", session.StatusFiltered, ""}, {"RECITATION", session.StatusFiltered, ""}, {"BLOCKLIST", session.StatusFiltered, ""},
		{"PROHIBITED_CONTENT", session.StatusFiltered, ""}, {"SPII", session.StatusFiltered, ""}, {"LANGUAGE", session.StatusFiltered, ""},
		{"MALFORMED_FUNCTION_CALL", "", "MALFORMED_FUNCTION_CALL"}, {"OTHER", "", "OTHER"}, {"UNEXPECTED_TOOL_CALL", "", "UNEXPECTED"}, {"NEW_ONE", "", "NEW_ONE"},
	} {
		body := `{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"` + k.finish + `","finishMessage":"why so"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1}}`
		for ct, b := range map[string]string{"application/json": body, "text/event-stream": "data: " + body + "\r\n\r\n"} {
			g := geminiAt(t, "http://127.0.0.1:1/v1beta", "")
			said(g.client, ct, strings.NewReader(b))
			h := listen(context.Background(), g, session.NewWire("POST", "/x", nil))
			if k.says != "" {
				if h.err == nil || !strings.Contains(string(h.err.Message), k.says) || !strings.Contains(string(h.err.Message), "why so") {
					t.Errorf("%s: %+v", k.finish, h)
				}
				continue
			}
			if h.err != nil || h.last.Status != k.status || h.last.Finish != k.finish || h.text != "a" {
				t.Errorf("%s: %+v %v", k.finish, h, h.err)
			}
		}
	}
	for name, k := range map[string]struct {
		body   string
		status session.Status
		finish string
	}{
		"blocked": {`{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9},"modelVersion":"m"}`, session.StatusFiltered, "PROHIBITED_CONTENT"},
		"empty":   {`{"candidates":[{"content":{},"finishReason":"STOP"}]}`, session.StatusEmpty, "STOP"},
		"no room": {`{"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":9,"thoughtsTokenCount":50}}`, session.StatusTruncated, "MAX_TOKENS"},
	} {
		g := geminiAt(t, "http://127.0.0.1:1/v1beta", "")
		said(g.client, "text/event-stream", strings.NewReader("data: "+k.body+"\n\n"))
		h := listen(context.Background(), g, session.NewWire("POST", "/x", nil))
		if h.err != nil || h.last.Status != k.status || h.last.Finish != k.finish || h.text != "" {
			t.Errorf("%s: %+v %v", name, h, h.err)
		}
	}
}

func TestGeminiErrors(t *testing.T) {
	const limited = `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"QUOTA"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"36.5s"}]}}`
	for name, k := range map[string]struct {
		status int
		body   string
		kind   string
		heals  bool
		after  int64
	}{
		"a minute's quota": {429, strings.ReplaceAll(limited, "QUOTA", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), "rate_limit", true, 36500},
		"a day's quota":    {429, strings.ReplaceAll(limited, "QUOTA", "GenerateRequestsPerDayPerProjectPerModel-FreeTier"), "rate_limit", false, 0},
		"in a list":        {429, "[" + strings.ReplaceAll(limited, "QUOTA", "PerMinute") + "]", "rate_limit", true, 36500},
		"no money":         {429, `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED"}}`, "rate_limit", false, 0},
		"bad key":          {400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}`, "auth", false, 0},
		"denied":           {403, `{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}`, "auth", false, 0},
		"no model":         {404, `{"error":{"code":404,"message":"models/x is not found for API version v1beta","status":"NOT_FOUND"}}`, "not_found", false, 0},
		"too long":         {400, `{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}`, "context", false, 0},
		"overloaded":       {503, `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`, "server", true, 0},
		"in the stream":    {200, "data: " + `{"error":{"code":500,"message":"Internal error","status":"INTERNAL"}}` + "\n\n", "server", false, 0},
		"something else":   {200, "data: {}\n\n", "protocol", false, 0},
	} {
		s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer {
			return backendtest.Answer{Status: k.status, Body: []string{k.body}}
		})
		g := geminiAt(t, s.URL, "AIza-canary-1234")
		h := listen(context.Background(), g, wireOf(t, g, "hi"))
		got := s.Requests()
		s.Close()
		if h.err == nil || h.err.Kind != k.kind || h.err.Retryable != k.heals || h.err.AfterMS != k.after {
			t.Errorf("%s: %+v", name, h.err)
		}
		if len(got) != 1 || got[0].Path != "/v1/models/m:streamGenerateContent" || got[0].Header.Get("X-Goog-Api-Key") != "AIza-canary-1234" || got[0].Header.Get("Authorization") != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestGeminiWire(t *testing.T) {
	user := []session.Message{{Role: "user", Content: "Hi"}}
	talk := []session.Message{{Role: "system", Content: "Be brief."}, {Role: "user", Content: "a"}, {Role: "assistant", Content: "b"}, {Role: "user", Content: "c"}}
	tools := session.Beside{Tools: `[{"name":"look","description":"Look.","parameters":{"type":"object"}},{"name":"bare"}]`}
	for name, k := range map[string]struct {
		model string
		p     session.Proof
		path  string
		want  string
	}{
		"bare":      {"gemini-2.5-flash", session.Proof{Messages: user}, "/models/gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"temperature":1,"topP":1}}`},
		"all":       {"models/gemini-2.5-pro", session.Proof{Messages: talk, Params: session.Params{Temperature: ptr(0.0), TopP: ptr(0.5), TopK: ptr(7), Presence: ptr(0.5), Frequency: ptr(-0.5), MaxTokens: 9, Seed: ptr(int64(4)), Stop: []text.Raw{"END"}, Think: "on"}}, "/models/gemini-2.5-pro", `{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"c"}]}],"generationConfig":{"temperature":0,"topP":0.5,"topK":7,"presencePenalty":0.5,"frequencyPenalty":-0.5,"maxOutputTokens":9,"seed":5,"stopSequences":["END"],"thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1}}}`},
		"off":       {"gemini-2.5-flash", session.Proof{Messages: user, Params: session.Params{Think: "off"}}, "/models/gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"temperature":1,"topP":1,"thinkingConfig":{"thinkingBudget":0}}}`},
		"level":     {"gemini-3.1-pro-preview", session.Proof{Messages: user, Params: session.Params{Think: "low"}}, "/models/gemini-3.1-pro-preview", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"temperature":1,"topP":1,"thinkingConfig":{"includeThoughts":true,"thinkingLevel":"low"}}}`},
		"newest":    {"gemini-flash-latest", session.Proof{Messages: user, Params: session.Params{Think: "off"}}, "/models/gemini-flash-latest", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"minimal"}}}`},
		"tools":     {"gemini-2.5-flash", session.Proof{Messages: user, Beside: tools}, "/models/gemini-2.5-flash", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"tools":[{"functionDeclarations":[{"name":"look","description":"Look.","parametersJsonSchema":{"type":"object"}},{"name":"bare"}]}],"generationConfig":{"temperature":1,"topP":1}}`},
		"schema":    {"gemini-3.8-flash", session.Proof{Messages: user, Beside: session.Beside{Schema: "{\"type\":\"string\"}\n"}}, "/models/gemini-3.8-flash", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"string"}}}`},
		"old":       {"gemini-2.0-flash-001", session.Proof{Messages: user, Beside: session.Beside{Schema: `{"type":"string"}`}}, "/models/gemini-2.0-flash-001", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"temperature":1,"topP":1,"responseMimeType":"application/json","responseSchema":{"type":"string"}}}`},
		"the own":   {"tunedModels/mine-1", session.Proof{Messages: user}, "/tunedModels/mine-1", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"temperature":1,"topP":1}}`},
		"in a line": {"gemma-4-27b-it", session.Proof{Messages: user}, "/models/gemma-4-27b-it", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"temperature":1,"topP":1}}`},
	} {
		w, err := geminiAt(t, "http://127.0.0.1:1/v1beta", "").Wire(Request{Model: k.model, Proof: k.p, Take: 2})
		if err != nil || string(w.Body) != k.want || w.Path != k.path+":streamGenerateContent?alt=sse" {
			t.Errorf("%s: %v %s\n%s\nwant\n%s", name, err, w.Path, w.Body, k.want)
		}
	}
}

func TestGeminiRefuses(t *testing.T) {
	user := []session.Message{{Role: "user", Content: "Hi"}}
	begun := session.Proof{Prefill: true, Messages: append(user[:1:1], session.Message{Role: "assistant", Content: "{"})}
	with := func(p session.Params) session.Proof { return session.Proof{Messages: user, Params: p} }
	for _, k := range []struct {
		model string
		p     session.Proof
		says  string
	}{
		{"gemini-2.5-flash", begun, "prefill = true"}, {"gemini-2.5-flash", session.Proof{Messages: begun.Messages}, "already given"},
		{"../models", session.Proof{Messages: user}, "no name of a model"}, {"a b", session.Proof{Messages: user}, "no name of a model"},
		{"x?key=1", session.Proof{Messages: user}, "no name of a model"}, {"a%2e", session.Proof{Messages: user}, "no name of a model"},
		{"gemini-2.5-pro", with(session.Params{Think: "off"}), "think to low"}, {"gemini-2.0-flash", with(session.Params{Think: "on"}), "think to none"},
		{"gemma-4", with(session.Params{Think: "low"}), "think to none"}, {"gemini-3.6-flash", with(session.Params{Temperature: ptr(0.7)}), "would ignore it"},
		{"gemini-3.5-flash-lite", with(session.Params{TopK: ptr(7)}), "would ignore it"}, {"gemini-2.5-flash", with(session.Params{Temperature: ptr(2.5)}), "0 to 2"},
		{"gemini-2.5-flash", with(session.Params{Seed: ptr(int64(1) << 40)}), "seed"}, {"gemini-2.5-flash", with(session.Params{RepeatPenalty: ptr(1.1)}), "repeat_penalty"},
		{"gemini-2.5-flash", with(session.Params{Context: 4}), "context"},
		{"gemini-2.5-flash", session.Proof{Messages: user, Beside: session.Beside{Grammar: "x"}}, "no grammars"},
		{"gemini-2.5-flash", session.Proof{Messages: user, Beside: session.Beside{Schema: "{}", Tools: "[]"}}, "not both"},
		{"gemini-2.5-flash", session.Proof{Messages: user, Beside: session.Beside{Schema: "[]"}}, "no JSON Schema"},
		{"gemini-2.5-flash", session.Proof{Messages: append(user[:1:1], session.Message{Role: "system", Content: "x"})}, "at the beginning only"},
	} {
		if _, err := geminiAt(t, "http://127.0.0.1:1/v1beta", "").Wire(Request{Model: k.model, Proof: k.p, Take: 1}); err == nil || !strings.Contains(err.Error(), k.says) {
			t.Errorf("%s, want %q: %v", k.model, k.says, err)
		}
	}
	yes := geminiAt(t, "http://127.0.0.1:1/v1beta", "")
	yes.config.Prefill = ptr(true)
	if w, err := yes.Wire(Request{Model: "gemini-2.0-flash", Proof: begun, Take: 1}); err != nil || !strings.Contains(string(w.Body), `{"role":"model","parts":[{"text":"{"}]}`) {
		t.Errorf("%s %v", w.Body, err)
	}
}

func TestGeminiModels(t *testing.T) {
	s := backendtest.NewServer(func(r backendtest.Request) backendtest.Answer {
		if r.Number == 1 {
			return backendtest.Answer{Body: []string{`{"models":[{"name":"models/gemini-b","displayName":"B","inputTokenLimit":1048576,"supportedGenerationMethods":["generateContent"]},{"name":"models/embed","supportedGenerationMethods":["embedContent"]}],"nextPageToken":"n&1"}`}}
		}
		return backendtest.Answer{Body: []string{`{"models":[{"name":"models/gemini-a"}]}`}}
	})
	defer s.Close()
	got, err := geminiAt(t, s.URL, "k").Models(context.Background())
	if err != nil || len(got) != 2 || got[0].Ref != "gemini-a" || got[1].Context != 1048576 || got[1].About != "B" {
		t.Errorf("%+v %v", got, err)
	}
}
