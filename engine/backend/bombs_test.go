package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"galley/session"
)

// openAt is the kind's backend on a server that plays h.
func openAt(t *testing.T, kind, path string, h http.HandlerFunc) Backend {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	for _, k := range All() {
		if k.Name == kind {
			b, err := k.Open(Config{Name: "lab", Kind: kind, BaseURL: s.URL + path}, func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatalf("no kind %s", kind)
	return nil
}

// Calls of tools are no text, and have limits of their own.
func TestEndlessCalls(t *testing.T) {
	for _, sp := range speakers {
		piece := strings.Repeat("z", 60_000)
		line := map[string]string{
			"ollama": fmt.Sprintf(`{"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":%q}}}]}}`+"\n", piece),
			"anthropic": `event: content_block_start` + "\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"b","input":{}}}` + "\n\n" +
				fmt.Sprintf("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":%q}}\n\n", piece),
			"gemini": fmt.Sprintf("data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":%q}}}]}}]}\n\n", piece),
		}[sp.kind]
		if line == "" {
			line = fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":%q}}]}}]}\n\n", piece)
		}
		var sent atomic.Int64
		b := openAt(t, sp.kind, sp.path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			if sp.kind == "ollama" {
				w.Header().Set("Content-Type", "application/x-ndjson")
			}
			for sent.Load() < 256<<20 {
				sent.Add(int64(len(line)))
				if _, err := w.Write([]byte(line)); err != nil {
					return
				}
			}
		})
		h := listen(context.Background(), b, session.NewWire("POST", "/x", []byte("{}")))
		if h.err == nil || h.err.Kind != "limit" && h.err.Kind != "protocol" {
			t.Errorf("%s: %v", sp.kind, h.err)
		}
		if sent.Load() > 64<<20 {
			t.Errorf("%s: %d MiB were read", sp.kind, sent.Load()>>20)
		}
	}
}

// White space is no answer, however much of it comes.
func TestEndlessBlanks(t *testing.T) {
	for _, sp := range speakers {
		for _, kind := range []string{"application/json", "text/event-stream", "application/x-ndjson", "text/plain"} {
			for _, unit := range []string{" ", "\n", "\r\n", " \n"} {
				line, sent := strings.Repeat(unit, 32<<10), atomic.Int64{}
				b := openAt(t, sp.kind, sp.path, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", kind)
					for sent.Load() < 256<<20 {
						sent.Add(int64(len(line)))
						if _, err := w.Write([]byte(line)); err != nil {
							return
						}
					}
				})
				h := listen(context.Background(), b, session.NewWire("POST", "/x", []byte("{}")))
				if h.err == nil || h.err.Kind != "limit" || h.err.Retryable || sent.Load() > 128<<20 {
					t.Errorf("%s, %s, %q: %v, %d MiB", sp.kind, kind, unit, h.err, sent.Load()>>20)
				}
			}
		}
	}
}

// A list of models that nobody can mean is refused before each is asked about.
func TestEndlessModels(t *testing.T) {
	var asked atomic.Int64
	for _, sp := range speakers {
		b := openAt(t, sp.kind, sp.path, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Type", "application/json")
			one, list := `{"id":"m","name":"m"}`, "data"
			if sp.kind == "ollama" || sp.kind == "gemini" {
				list = "models"
			}
			_, _ = fmt.Fprintf(w, `{"object":"list",%q:[%s]}`, list, strings.TrimSuffix(strings.Repeat(one+",", mostModels+1), ","))
		})
		if all, err := b.Models(context.Background()); err == nil || !strings.Contains(err.Error(), "the list of models has 10001") {
			t.Errorf("%s: %d models, %v", sp.kind, len(all), err)
		}
	}
	if asked.Load() > int64(len(speakers)) {
		t.Errorf("%d questions", asked.Load())
	}
}

// A short text has no millions of tokens, and a server that says so is not believed.
func TestEndlessTokens(t *testing.T) {
	b := openAt(t, "llamacpp", "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"tokens":[` + strings.Repeat("0,", 200_000) + `0]}`))
	})
	if got, err := b.(Tokenizer).Tokenize(context.Background(), "m", "short", false); err == nil || !strings.Contains(err.Error(), "more tokens than 5 bytes") {
		t.Errorf("%d tokens, %v", len(got), err)
	}
	for _, s := range []string{"", "null", "{}", `"x"`, "[1,", "[[]]", "[1 2]"} {
		if got, err := llamaTokensOf(json.RawMessage(s), 9); err == nil && got != nil {
			t.Errorf("%q are %d tokens", s, len(got))
		}
	}
}

// What a list says of a model is as long as lists can show, and a name that nobody
// can write is none.
func TestLongWordsOfModels(t *testing.T) {
	long := strings.Repeat("w", 50_000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"models":[{"name":%q},{"name":"m","digest":%q,"details":{"quantization_level":%q}}]}`, long, long, long)
	}))
	defer s.Close()
	set, err := NewSet([]Config{{Name: "lab", Kind: "ollama", BaseURL: s.URL}}, nil, Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	l := set.List(context.Background(), "lab")
	if len(l.Models) != 1 || l.Models[0].Ref != "lab/m" || len(l.Models[0].Digest) > longestWord+3 || len(l.Models[0].Quant) > longestWord+3 {
		t.Errorf("%d models, %v", len(l.Models), l.Err)
	}
}
