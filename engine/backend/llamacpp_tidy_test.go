package backend

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"galley/session"
	"galley/session/text"
)

// What a real llama-server reported of a text with such spaces, to the byte.
func TestTidied(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " ": " ", "'": "'", " '": " '", ".": ".", " .": ".", "a": "a", "a  .": "a .",
		"Reply with 'copy' or 'refund' . Hm ? I 's fine ' ok ' see ./x , and .gitignore\nend .": "Reply with 'copy' or'refund'. Hm? I's fine'ok'see./x, and.gitignore\nend.",
		"he 'll, we 're, they 've, I 'm, it 'd":                                                 "he 'll, we're, they've, I'm, it 'd",
		"a ' ' b":                                                                               "a'' b",
	} {
		if got := tidied(in); got != want {
			t.Errorf("tidied(%q) = %q, want %q", in, got, want)
		}
	}
}

// A server that tidies its report has evaluated all the same what was composed; one
// that reports less has not, however many spaces stand in it.
func TestLlamaTidiedReport(t *testing.T) {
	const whole = "<user>say 'copy' or 'refund' .<end>"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var a struct{ Content string }
		_ = json.NewDecoder(r.Body).Decode(&a)
		switch r.URL.Path {
		case "/apply-template":
			_ = json.NewEncoder(w).Encode(map[string]string{"prompt": whole})
		case "/tokenize": // a byte is a token
			tokens := []map[string]any{}
			for _, c := range []byte(a.Content) {
				tokens = append(tokens, map[string]any{"id": c, "piece": string(c)})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"tokens": tokens})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	l, err := newLlamaCpp(Config{Name: "l", BaseURL: srv.URL}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Model: "m", Proof: proofOf(says(session.RoleUser, "say 'copy' or 'refund' .")), Take: 1}
	w, err := l.Wire(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, reported string
		tokens         int
		text           string
		cut            bool
	}{
		{"tidied", "<user>say 'copy' or'refund'.<end>", len(whole), whole, false},
		{"cut", "<user>say 'copy' or<end>", len("<user>say 'copy' or<end>"), "<user>say 'copy' or<end>", true},
		{"another count", "<user>say 'copy' or'refund'.<end>", len(whole) - 2, "<user>say 'copy' or'refund'.<end>", true},
	} {
		got, err := l.Evidence(context.Background(), r, w, session.Evaluated{Text: text.Raw(c.reported), Tokens: c.tokens, Source: session.EvidenceText})
		if err != nil {
			t.Fatal(err)
		}
		if string(got.Text) != c.text || got.Cut != c.cut || (got.Differs == "") == c.cut || len(got.IDs) != len(c.text) {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.name == "tidied" && !got.Proved() {
			t.Errorf("%s: not proved: %+v", c.name, got)
		}
	}
}
