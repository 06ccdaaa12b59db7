package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"galley/session"
)

// A server that repeats the key, in whatever it writes and cut anywhere, puts it
// into nothing that is kept of its answer.
func TestAnswersHoldNoKey(t *testing.T) {
	for _, key := range []string{"sk-canary-0123456789abcdefABCDEF", faultKey} {
		for _, sp := range speakers {
			for _, at := range []int{1, 5, len(key) - 1, len(key)} {
				half := []string{key[:at], key[at:]}
				answer := echo(sp.kind, key, half)
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", answer.kind)
					w.Header().Set("X-Echo", key)
					_, _ = w.Write([]byte(answer.body))
				}))
				var b Backend
				for _, k := range All() {
					if k.Name == sp.kind {
						var err error
						if b, err = k.Open(Config{Name: "lab", Kind: sp.kind, BaseURL: s.URL + sp.path, KeyEnv: "LAB_KEY"}, func(string) string { return key }); err != nil {
							t.Fatal(err)
						}
					}
				}
				tap := &Tap{}
				var kept bytes.Buffer
				words := ""
				for c, err := range b.Stream(WithTap(context.Background(), tap), "m", session.NewWire("POST", "/x", []byte("{}"))) {
					if err != nil {
						t.Fatalf("%s: %v", sp.kind, err)
					}
					words += string(c.Text)
					kept.WriteString(string(c.Reason))
					if c.Evaluated != nil {
						kept.WriteString(string(c.Evaluated.Text))
					}
					for _, call := range c.Tools {
						fmt.Fprint(&kept, string(call.ID), string(call.Name), string(call.Arguments))
					}
					fmt.Fprint(&kept, c.Finish, string(c.Model), c.Server)
				}
				s.Close()
				if words != "a [key] sk b s" {
					t.Errorf("%s, cut at %d: %q", sp.kind, at, words)
				}
				if strings.Contains(kept.String(), key) || strings.Contains(kept.String(), `canary`) {
					t.Errorf("%s: the key stands in %q", sp.kind, kept.String())
				}
				if strings.Contains(string(tap.Bytes()), "canary") {
					t.Errorf("%s: the key stands in what was received:\n%s", sp.kind, tap.Bytes())
				}
			}
		}
	}
}

// A word in place of a key is no secret, and an answer may hold it.
func TestWordInPlaceOfKey(t *testing.T) {
	a := echo("openai", "ollama", []string{"olla", "ma"})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", a.kind)
		_, _ = w.Write([]byte(a.body))
	}))
	defer s.Close()
	o := lab(t, s.URL, "ollama")
	if h := listen(context.Background(), o, wireOf(t, o, "x")); h.err != nil || h.text != "a ollama sk b s" {
		t.Errorf("%q %v", h.text, h.err)
	}
}

type echoed struct{ kind, body string }

// echo is an answer of the kind with the key in all of its parts, its text in the
// halves.
func echo(kind, key string, half []string) echoed {
	js := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	type m = map[string]any
	pieces := []string{"a " + half[0], half[1] + " s", "k b", " s"}
	var b strings.Builder
	data := func(v any) { b.WriteString("data: " + js(v) + "\n\n") }
	switch kind {
	case "ollama":
		for _, p := range pieces {
			b.WriteString(js(m{"message": m{"content": p, "thinking": key}}) + "\n")
		}
		b.WriteString(js(m{"message": m{"content": "", "tool_calls": []m{{"id": key, "function": m{"name": key, "arguments": m{"x": key}}}}}}) + "\n")
		b.WriteString(js(m{"model": key, "done": true, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 2}) + "\n")
		return echoed{"application/x-ndjson", b.String()}
	case "anthropic":
		ev := func(name string, v m) {
			v["type"] = name
			b.WriteString("event: " + name + "\n")
			data(v)
		}
		ev("message_start", m{"message": m{"model": key, "usage": m{"input_tokens": 3}}})
		ev("content_block_start", m{"index": 0, "content_block": m{"type": "text", "text": ""}})
		for _, p := range pieces {
			ev("content_block_delta", m{"index": 0, "delta": m{"type": "text_delta", "text": p}})
		}
		ev("content_block_start", m{"index": 1, "content_block": m{"type": "tool_use", "id": key, "name": key, "input": m{}}})
		ev("content_block_delta", m{"index": 1, "delta": m{"type": "input_json_delta", "partial_json": js(m{"x": key})}})
		ev("content_block_stop", m{"index": 1})
		ev("message_delta", m{"delta": m{"stop_reason": "tool_use"}, "usage": m{"output_tokens": 2}})
		ev("message_stop", m{})
	case "gemini":
		for i, p := range pieces {
			parts := []m{{"text": p}}
			one := m{"content": m{"parts": parts}}
			if i == len(pieces)-1 {
				one["content"] = m{"parts": append(parts, m{"functionCall": m{"name": key, "args": m{"x": key}}})}
				one["finishReason"] = "STOP"
			}
			data(m{"candidates": []m{one}, "modelVersion": key})
		}
	default:
		for _, p := range pieces {
			data(m{"model": key, "prompt_text": key, "choices": []m{{"index": 0, "delta": m{"content": p, "reasoning_content": key}}}})
		}
		data(m{"choices": []m{{"index": 0, "delta": m{"tool_calls": []m{{"index": 0, "id": key, "function": m{"name": key, "arguments": js(m{"x": key})}}}}}}})
		data(m{"system_fingerprint": key, "choices": []m{{"index": 0, "delta": m{}, "finish_reason": "stop"}}, "__verbose": m{"prompt": key}})
		b.WriteString("data: [DONE]\n\n")
	}
	return echoed{"text/event-stream", b.String()}
}
