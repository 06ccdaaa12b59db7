package backend

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"galley/engine/backend/backendtest"
	"galley/session"
	"galley/session/text"
)

func TestMain(m *testing.M) {
	if playServer() {
		return
	}
	goleak.VerifyTestMain(m)
}

// round plays the part of the network.
type round func(*http.Request) (*http.Response, error)

func (f round) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// heard is what came out of one Stream.
type heard struct {
	text, reason string
	last         Chunk
	err          *session.CallError
}

func listen(ctx context.Context, b Backend, w session.Wire) (h heard) {
	for c, err := range b.Stream(ctx, "m", w) {
		if err != nil {
			if !errors.As(err, &h.err) {
				panic(fmt.Sprintf("%T is no CallError", err))
			}
			return h
		}
		h.text += string(c.Text)
		h.reason += string(c.Reason)
		if c.Done {
			h.last = c
			return h
		}
	}
	return h
}

func lab(t testing.TB, base, key string) *openai {
	t.Helper()
	c := Config{Name: "lab", Kind: "openai", BaseURL: base}
	if key != "" {
		c.KeyEnv = "LAB_KEY"
	}
	o, err := newOpenAI(c, func(string) string { return key })
	if err != nil {
		t.Fatal(err)
	}
	if tr, ok := o.http.(keyed).next.(*http.Transport); ok {
		t.Cleanup(tr.CloseIdleConnections)
	}
	return o
}

// reading gives a backend whose server answers with body.
func reading(t testing.TB, contentType string, body io.Reader) *openai {
	o := lab(t, "http://127.0.0.1:1/v1", "")
	o.http = round(func(r *http.Request) (*http.Response, error) {
		io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body)}, nil
	})
	return o
}

func wireOf(t testing.TB, b Backend, content string) session.Wire {
	t.Helper()
	w, err := b.Wire(Request{Model: "m", Take: 1, Proof: session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: text.Raw(content)}}}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWire(t *testing.T) {
	temp, zero, k, seed := 0.7, 0.0, 40, int64(41)
	p := session.Proof{
		Messages: []session.Message{{Role: "system", Content: "Be <brief> & \"exact\"."}, {Role: "user", Content: "a\n\t\\\x01\u2028é"}, {Role: "assistant", Content: "So"}},
		Prefill:  true,
		Params:   session.Params{Temperature: &temp, TopP: &zero, TopK: &k, MaxTokens: 64, Seed: &seed, Stop: []text.Raw{"\n\n", "END"}},
	}
	w, err := lab(t, "http://127.0.0.1:8000/v1", "").Wire(Request{Model: "qwen/3", Proof: p, Take: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"model":"qwen/3","messages":[{"role":"system","content":"Be <brief> & \"exact\"."},{"role":"user","content":"a\n\t\\\u0001` + "\u2028" +
		`é"},{"role":"assistant","content":"So"}],"temperature":0.7,"top_p":0,"presence_penalty":0,"frequency_penalty":0,"top_k":40,"max_tokens":64,"seed":43,"stop":["\n\n","END"],"stream":true,"stream_options":{"include_usage":true}}`
	if string(w.Body) != want {
		t.Errorf("\n%s\nwant\n%s", w.Body, want)
	}
	if w.Method != "POST" || w.Path != "/chat/completions" {
		t.Errorf("%s %s", w.Method, w.Path)
	}
}

func TestWireRefuses(t *testing.T) {
	nan, k := 0.0, 40
	nan /= nan
	msgs := []session.Message{{Role: "user", Content: "hi"}}
	hosted, err := newOpenAI(Config{Name: "openai", Kind: "openai", KeyEnv: "K"}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	here := lab(t, "http://localhost:1/v1", "")
	no, yes := false, true
	none := &openai{config: Config{Prefill: &no}, client: here.client}
	begun := session.Proof{Prefill: true, Messages: append(msgs[:1:1], session.Message{Role: "assistant", Content: "{"})}
	for _, c := range []struct {
		b    Backend
		p    session.Proof
		want string
	}{
		{hosted, begun, "already given; switch the prefill block off"},
		{none, begun, "as the config says; switch the prefill block off"},
		{here, session.Proof{}, "empty"},
		{here, session.Proof{Messages: []session.Message{{Role: "user", Content: "caf\xe9"}}}, "UTF-8"},
		{here, session.Proof{Messages: msgs, Params: session.Params{Temperature: &nan}}, "temperature"},
		{here, session.Proof{Messages: msgs, Params: session.Params{Stop: []text.Raw{"\xff"}}}, "UTF-8"},
		{hosted, session.Proof{Messages: msgs, Params: session.Params{TopK: &k}}, "top_k"},
	} {
		if _, err := c.b.Wire(Request{Model: "m", Proof: c.p, Take: 1}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	for _, b := range []Backend{here, &openai{config: Config{Prefill: &yes}, client: hosted.client, hosted: true}} {
		if w, err := b.Wire(Request{Model: "m", Proof: begun, Take: 1}); err != nil || !strings.Contains(string(w.Body), `"role":"assistant","content":"{"`) {
			t.Errorf("a prefill where one is taken: %s %v", w.Body, err)
		}
	}
	w, err := hosted.Wire(Request{Model: "gpt-5", Take: 1, Proof: session.Proof{Messages: msgs, Params: session.Params{MaxTokens: 9}}})
	if err != nil || !strings.Contains(string(w.Body), `"max_completion_tokens":9`) {
		t.Errorf("%s %v", w.Body, err)
	}
}

// Every byte that reaches the server is the wire's, whatever the text.
func TestSentIsWire(t *testing.T) {
	s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return backendtest.Says("ok") })
	defer s.Close()
	o := lab(t, s.URL, "sk-canary")
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"\x00\x1b[31m\u202e\u2028\ufeff", "</script>&<>", strings.Repeat("\"\\", 300), "👩‍👩‍👧‍👦", "{{x}} ${K} $(id)",
		})).Draw(t, "content")
		w, err := o.Wire(Request{Model: rapid.String().Draw(t, "model"), Take: rapid.IntRange(1, 9).Draw(t, "take"),
			Proof: session.Proof{Messages: []session.Message{{Role: "user", Content: text.Raw(content)}}}})
		if err != nil {
			t.Fatal(err)
		}
		var back struct{ Messages []struct{ Content string } }
		if json.Unmarshal(w.Body, &back) != nil || back.Messages[0].Content != content {
			t.Fatalf("%q reads back as %q", content, back.Messages)
		}
		if h := listen(context.Background(), o, w); h.err != nil || h.text != "ok" {
			t.Fatalf("%+v", h)
		}
		n++
		all := s.Requests()
		if got := all[len(all)-1]; len(all) != n || !bytes.Equal(got.Body, w.Body) || got.Path != "/v1/chat/completions" {
			t.Fatalf("request %d of %d: %s", n, len(all), got.Body)
		}
	})
	h := s.Requests()[0].Header
	if h.Get("Authorization") != "Bearer sk-canary" || h.Get("Accept-Encoding") != "identity" {
		t.Errorf("%v", h)
	}
}

// Answers that are no plain success, each with the state that it must lead to.
func TestScripts(t *testing.T) {
	type a = backendtest.Answer
	ev := backendtest.Events
	d, f, done := backendtest.Delta, backendtest.Finish, backendtest.Done
	obj := func(ct, body string) a { return a{Header: map[string]string{"Content-Type": ct}, Body: []string{body}} }
	tests := []struct {
		name   string
		answer a
		status session.Status // or
		kind   string
		text   string
		says   string
		heals  bool
	}{
		{name: "whole", answer: backendtest.Says("a", "b"), status: "done", text: "ab"},
		{name: "no DONE", answer: ev(d("a"), f("stop")), status: "done", text: "a"},
		{name: "length", answer: ev(d("a"), f("length"), done), status: "truncated", text: "a"},
		{name: "filter", answer: ev(d("a"), f("content_filter"), done), status: "filtered", text: "a"},
		{name: "tools", answer: ev(f("tool_calls"), done), status: "tool_calls"},
		{name: "tools that stop", answer: ev("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\n", f("stop")), status: "tool_calls"},
		{name: "refusal", answer: ev("data: {\"choices\":[{\"delta\":{\"refusal\":\"I can't.\"}}]}\n\n", f("stop"), done), status: "refused", text: "I can't."},
		{name: "empty", answer: ev(f("stop"), done), status: "empty"},
		{name: "empty with a role", answer: ev("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n", f("stop"), done), status: "empty"},
		{name: "abort", answer: ev(d("a"), f("abort"), done), kind: "protocol", text: "a", says: "abort"},
		{name: "reason unheard of", answer: ev(d("a"), f("because"), done), kind: "protocol", text: "a", says: "because"},
		{name: "closed without finish_reason", answer: ev(d("a")), kind: "protocol", text: "a", says: "incomplete"},
		{name: "DONE without finish_reason", answer: ev(d("a"), done), kind: "protocol", text: "a", says: "incomplete"},
		{name: "nothing", answer: ev(), kind: "protocol", says: "without a word"},
		{name: "pings only", answer: ev(": ping\n\n", ": ping\n\n"), kind: "protocol", says: "incomplete"},
		{name: "reset", answer: a{Header: ev().Header, Body: []string{d("a")}, Reset: true}, kind: "network", text: "a", says: "middle", heals: true},
		{name: "error in the stream", answer: ev(d("a"), "data: {\"error\":{\"message\":\"CUDA out of memory\",\"type\":\"server_error\"}}\n\n"), kind: "server", text: "a", says: "CUDA"},
		{name: "error event", answer: ev("event: error\ndata: overloaded\n\n"), kind: "server", says: "overloaded"},
		{name: "error of context in the stream", answer: ev("event: error\ndata: {\"error\":{\"message\":\"too long\",\"type\":\"exceed_context_size_error\"}}\n\n"), kind: "context", says: "too long"},
		{name: "error as a line of JSON", answer: obj("application/x-ndjson", "{\"error\":\"model is gone\"}\n"), kind: "server", says: "model is gone"},
		{name: "bare error line in the stream", answer: ev(d("a"), "{\"error\":\"model is gone\"}\n"), kind: "server", text: "a", says: "model is gone"},
		{name: "error object of status 200", answer: obj("application/json", `{"object":"error","message":"no","type":"x"}`), kind: "server", says: "no"},
		{name: "garbage in the stream", answer: ev("data: {oops\n\n"), kind: "protocol", says: "oops"},
		{name: "web page", answer: obj("text/html", "<!doctype html><title>Log  in</title>"), kind: "protocol", says: "Log in"},
		{name: "web page as a stream", answer: ev("<html><title>Proxy</title></html>"), kind: "protocol", says: "Proxy"},
		{name: "plain JSON", answer: obj("application/json", `{"model":"m2","choices":[{"index":0,"message":{"content":"whole"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}`), status: "done", text: "whole"},
		{name: "plain JSON cut", answer: obj("application/json", `{"choices":[{"index":0,"message":{"content":"wh`), kind: "protocol", says: "incomplete"},
		{name: "other JSON", answer: obj("application/json", `[1]`), kind: "protocol"},
		{name: "wrong content type", answer: a{Header: map[string]string{"Content-Type": "text/plain"}, Body: backendtest.Says("x").Body}, status: "done", text: "x"},
		{name: "gzip", answer: a{Header: map[string]string{"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}, Body: []string{"\x1f\x8b"}}, kind: "protocol", says: "compressed"},
		{name: "401", answer: backendtest.Fails(401, "invalid_api_key", "bad key"), kind: "auth", says: "bad key"},
		{name: "404", answer: backendtest.Fails(404, "model_not_found", "no such model"), kind: "not_found"},
		{name: "400 context", answer: backendtest.Fails(400, "context_length_exceeded", "too long"), kind: "context"},
		{name: "400", answer: backendtest.Fails(400, "invalid_request_error", "no"), kind: "config"},
		{name: "429", answer: backendtest.Fails(429, "rate_limit_exceeded", "slow down"), kind: "rate_limit", heals: true},
		{name: "quota", answer: backendtest.Fails(429, "insufficient_quota", "pay"), kind: "rate_limit"},
		{name: "500", answer: backendtest.Fails(500, "x", "oh"), kind: "server", heals: true},
		{name: "501", answer: backendtest.Fails(501, "x", "oh"), kind: "server"},
		{name: "502 page", answer: a{Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: []string{"<html><head><title>502 Bad Gateway</title>"}}, kind: "server", says: "502 Bad Gateway", heals: true},
		{name: "503 loading", answer: a{Status: 503, Body: []string{`{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`}}, kind: "server", says: "Loading", heals: true},
		{name: "529", answer: a{Status: 529, Body: []string{`{"error":"Overloaded"}`}}, kind: "server", heals: true},
		{name: "204", answer: a{Status: 204}, kind: "protocol"},
		{name: "not HTTP", answer: a{Raw: "SSH-2.0-OpenSSH_9.2\r\n"}, kind: "protocol", says: "HTTP"},
		{name: "closed at once", answer: a{Raw: " "}, kind: "protocol"},
		{name: "header of 400 KB", answer: a{Raw: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 400<<10) + "\r\n\r\n"}, kind: "limit", says: "headers"},
	}
	for _, k := range tests {
		t.Run(k.name, func(t *testing.T) {
			s := backendtest.NewServer(func(backendtest.Request) a { return k.answer })
			defer s.Close()
			o := lab(t, s.URL, "")
			h := listen(context.Background(), o, wireOf(t, o, "hi"))
			if h.text != k.text || h.last.Status != k.status {
				t.Errorf("%+v", h)
			}
			if (h.err == nil) != (k.kind == "") {
				t.Fatalf("error %v", h.err)
			}
			if h.err != nil && (h.err.Kind != k.kind || h.err.Retryable != k.heals || !strings.Contains(string(h.err.Message), k.says)) {
				t.Errorf("%+v", h.err)
			}
			if n := len(s.Requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestUsageAndModel(t *testing.T) {
	for body, want := range map[string]*session.Usage{
		`{"choices":[],"usage":{"prompt_tokens":42,"completion_tokens":3}}`:                                 {Input: 42, Output: 3, Source: "server"},
		`{"choices":[],"usage":{"prompt_tokens":"5","completion_tokens":"x"}}`:                              nil,
		`{"choices":[],"usage":"none"}`:                                                                     nil,
		`{"choices":[],"usage":null}`:                                                                       nil,
		`{"choices":[],"usage":{"prompt_tokens":-1,"completion_tokens":3}}`:                                 nil,
		`{"choices":[],"usage":{"prompt_tokens":1e300,"completion_tokens":3}}`:                              nil,
		`{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}`:                                  nil,
		`{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1},"model":"another than was asked"}`: {Input: 9, Output: 1, Source: "server"},
	} {
		for _, twice := range []string{"", "data: " + body + "\n\n"} {
			o := reading(t, "text/event-stream", strings.NewReader(twice+backendtest.Delta("x")+backendtest.Finish("stop")+"data: "+body+"\n\n"+backendtest.Done))
			h := listen(context.Background(), o, wireOf(t, o, "x"))
			if h.err != nil {
				t.Errorf("%s: %v", body, h.err)
			}
			if (h.last.Usage == nil) != (want == nil) || want != nil && *h.last.Usage != *want {
				t.Errorf("%s: %+v", body, h.last.Usage)
			}
			if strings.Contains(body, "another") && h.last.Model != "another than was asked" {
				t.Errorf("model %q", h.last.Model)
			}
		}
	}
}

// No error holds the key, however the server repeats it.
func TestKeyIsRedacted(t *testing.T) {
	const key = `sk-ca"n/ar+y&<1234567890`
	in, _ := json.Marshal(key)
	forms := []string{
		key, string(in), url.QueryEscape(key), url.PathEscape(key), "Bearer " + key,
		base64.StdEncoding.EncodeToString([]byte(key)), base64.RawURLEncoding.EncodeToString([]byte(key)),
		base64.StdEncoding.EncodeToString([]byte("Bearer " + key)),
	}
	for _, f := range forms {
		for _, a := range []backendtest.Answer{
			backendtest.Fails(401, "x", "you sent "+f),
			backendtest.Fails(500, f, f),
			{Status: 400, Body: []string{"plain " + f}},
			{Status: 302, Header: map[string]string{"Location": "http://x/?k=" + f}},
			{Header: map[string]string{"Content-Type": "text/html"}, Body: []string{"<html><title>" + f + "</title>"}},
			backendtest.Events("data: {\"error\":{\"message\":" + quoted(f) + "}}\n\n"),
			backendtest.Events("event: error\ndata: " + f + "\n\n"),
			backendtest.Events("data: {oops " + f + "\n\n"),
			backendtest.Events(backendtest.Delta("x"), backendtest.Finish(f)),
			{Header: map[string]string{"Content-Encoding": f}},
		} {
			s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return a })
			o := lab(t, s.URL, key)
			h := listen(context.Background(), o, wireOf(t, o, "x"))
			s.Close()
			if h.err == nil {
				t.Fatalf("%+v: no error", a)
			}
			for _, leak := range append(forms, "n/ar+y") {
				if strings.Contains(string(h.err.Message)+h.err.Error(), leak) {
					t.Errorf("%+v: %s", a, h.err.Message)
				}
			}
		}
	}
}

func quoted(s string) string { return string(appendString(nil, s)) }

func TestRedirectsAreNotFollowed(t *testing.T) {
	target := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return backendtest.Says("caught") })
	defer target.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{target.URL + "/chat/completions", "//127.0.0.1/x", "file:///etc/passwd", "http://169.254.169.254/latest"} {
			s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer {
				return backendtest.Answer{Status: code, Header: map[string]string{"Location": to}}
			})
			o := lab(t, s.URL, "sk-canary-1")
			h := listen(context.Background(), o, wireOf(t, o, "x"))
			_, err := o.Models(context.Background())
			s.Close()
			if h.err == nil || h.err.Kind != "protocol" || h.err.Retryable || err == nil {
				t.Errorf("%d to %s: %+v, %v", code, to, h.err, err)
			}
		}
	}
	if n := len(target.Requests()); n != 0 {
		t.Errorf("%d requests at the target", n)
	}
}

func TestBaseURL(t *testing.T) {
	for raw, good := range map[string]bool{
		"https://api.example.test/v1": true, "https://api.example.test:8443/v1/": true, "http://127.0.0.1:8000/v1": true,
		"http://localhost:8000": true, "http://[::1]:8000/v1": true, "https://10.0.0.7/v1": true,
		"http://api.example.test/v1": false, "http://10.0.0.7/v1": false, "http://127.0.0.1.evil.test/v1": false,
		"https://api.openai.com@evil.test/v1": false, "https://user:pass@evil.test/": false, "https://@evil.test/": false,
		"https://аpi.openai.com/v1": false, "https://api.openai.com./v1": false, "https://api.openai.com\\@evil.test/": false,
		"https://api\t.openai.com/": false, " https://x.test": false, "https://x.test ": false, "ftp://x.test": false, "file:///etc/passwd": false,
		"//x.test/v1": false, "x.test/v1": false, "https://": false, "https:///v1": false, "https://x.test/v1?k=1": false, "https://x.test/v1#f": false,
		"https://x.test:/v1": false, "https://x%2etest/v1": false, "https:x.test": false, "": false, "https://x.test/\r\nHost: y": false,
	} {
		_, why := parseBase(raw, true)
		if (why == "") != good {
			t.Errorf("%q: %q", raw, why)
		}
	}
}

// A key goes to its origin only, whoever builds the request.
func TestKeyStaysAtItsOrigin(t *testing.T) {
	base, _ := url.Parse("https://api.openai.com/v1")
	var got string
	k := keyed{round(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("Authorization")
		return nil, io.EOF
	}), originOf(base), func() string { return "sk-1" }, ""}
	for raw, want := range map[string]bool{
		"https://api.openai.com/v1/chat/completions": true, "https://api.openai.com:443/": true, "https://API.openai.com/": true,
		"http://api.openai.com/": false, "https://api.openai.com:8443/": false, "https://api.openai.com.evil.test/": false,
		"https://api.openai.com@evil.test/": false, "https://x@api.openai.com/": false, "http://127.0.0.1/": false, "https://openai.com/": false,
	} {
		r, err := http.NewRequest("GET", raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		got = ""
		k.RoundTrip(r)
		if (got != "") != want {
			t.Errorf("%s: %q", raw, got)
		}
	}
	o := lab(t, "http://127.0.0.1:1", "sk-1\n")
	h := listen(context.Background(), o, wireOf(t, o, "x"))
	if h.err == nil || h.err.Kind != "auth" || strings.Contains(string(h.err.Message), "sk-1") {
		t.Errorf("%+v", h.err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		k, v, date string
		want       time.Duration
	}{
		{"Retry-After", "7", "", 7 * time.Second}, {"Retry-After", "0.5", "", 500 * time.Millisecond}, {"Retry-After", " 3 ", "", 3 * time.Second},
		{"Retry-After", "86400", "", 24 * time.Hour}, {"Retry-After", "-5", "", 0}, {"Retry-After", "soon", "", 0}, {"Retry-After", "NaN", "", 0},
		{"Retry-After", "1e300", "", longestWait}, {"Retry-After-Ms", "250", "", 250 * time.Millisecond},
		{"Retry-After", "Sun, 22 Nov 2026 12:00:30 GMT", "", 30 * time.Second}, {"Retry-After", "Sun, 22 Nov 2026 11:00:30 GMT", "", 0},
		{"Retry-After", "Wed, 01 Jan 2020 00:01:00 GMT", "Wed, 01 Jan 2020 00:00:00 GMT", time.Minute},
		{"X", "", "", 0},
	} {
		h := http.Header{}
		h.Set(c.k, c.v)
		if c.date != "" {
			h.Set("Date", c.date)
		}
		if got := retryAfter(h, now); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.k, c.v, got, c.want)
		}
	}
}

// A server that closes idle connections gets no request that was not asked for.
func TestNoSilentSecondRequest(t *testing.T) {
	s := backendtest.NewServer(func(r backendtest.Request) backendtest.Answer {
		if r.Number%2 == 0 {
			return backendtest.Answer{Raw: "", Reset: true, Status: 0}
		}
		return backendtest.Says("x")
	})
	defer s.Close()
	o := lab(t, s.URL, "")
	for n := 1; n <= 20; n++ {
		listen(context.Background(), o, wireOf(t, o, "x"))
		if got := len(s.Requests()); got > n {
			t.Fatalf("%d requests after %d calls", got, n)
		}
	}
	// And one that accepts the connection and closes it before the answer.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var conns int
	served := make(chan bool)
	go func() {
		defer close(served)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns++
			c.Close()
		}
	}()
	o = lab(t, "http://"+l.Addr().String(), "")
	h := listen(context.Background(), o, wireOf(t, o, "x"))
	l.Close()
	<-served
	if conns != 1 || h.err == nil || h.err.Kind != "network" || !h.err.Retryable {
		t.Errorf("%d connections, %+v", conns, h.err)
	}
}

func TestCancelClosesTheConnection(t *testing.T) {
	for _, a := range []backendtest.Answer{
		{Wait: time.Hour}, {Header: backendtest.Events().Header, Body: []string{backendtest.Delta("a")}, Hang: true},
	} {
		s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return a })
		o := lab(t, s.URL, "")
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		began := time.Now()
		h := listen(ctx, o, wireOf(t, o, "x"))
		cancel()
		if d := time.Since(began); d > time.Second || h.err == nil {
			t.Errorf("%s %+v", d, h)
		}
		for range 100 {
			if open, _ := s.Hanging(); open == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if open, closed := s.Hanging(); open != 0 || a.Hang && closed != 1 {
			t.Errorf("%d open, %d closed", open, closed)
		}
		s.Close()
	}
}

func TestModels(t *testing.T) {
	s := backendtest.NewServer(func(r backendtest.Request) backendtest.Answer {
		if r.Method != "GET" || r.Path != "/v1/models" {
			return backendtest.Fails(404, "x", "x")
		}
		return backendtest.Answer{Body: []string{`{"data":[{"id":"b","max_model_len":4096},{"id":"a","meta":{"n_ctx":8192}},{"id":""}]}`}}
	})
	defer s.Close()
	got, err := lab(t, s.URL, "").Models(context.Background())
	if err != nil || len(got) != 2 || got[0].Ref != "a" || got[0].Context != 8192 || got[1].Context != 4096 {
		t.Errorf("%+v %v", got, err)
	}
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }))
	defer bad.Close()
	if _, err := lab(t, bad.URL, "").Models(context.Background()); err == nil {
		t.Error("a web page is no list of models")
	}
}

// Nothing listens: one clear sentence, and no other server is tried.
func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	o := lab(t, "http://"+addr, "")
	h := listen(context.Background(), o, wireOf(t, o, "x"))
	if h.err == nil || !h.err.Retryable || !strings.Contains(string(h.err.Message), "nothing listens at http://"+addr) {
		t.Errorf("%+v", h.err)
	}
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	o = lab(t, tls.URL, "")
	if h := listen(context.Background(), o, wireOf(t, o, "x")); h.err == nil || h.err.Retryable || !strings.Contains(string(h.err.Message), "TLS") {
		t.Errorf("%+v", h.err)
	}
	o = lab(t, strings.Replace(tls.URL, "https", "http", 1), "")
	if h := listen(context.Background(), o, wireOf(t, o, "x")); h.err == nil {
		t.Error("plain http to a TLS server")
	}
}

// No file descriptor left: the cell waits its turn, and is no error.
func TestNoDescriptorLeft(t *testing.T) {
	o := lab(t, "http://127.0.0.1:1", "")
	o.http = round(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	})
	if h := listen(context.Background(), o, wireOf(t, o, "x")); h.err == nil || !h.err.Retryable || h.err.Kind != "rate_limit" || h.err.AfterMS == 0 {
		t.Errorf("%+v", h.err)
	}
}
