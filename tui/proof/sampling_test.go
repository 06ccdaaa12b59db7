package proof

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
)

// The panel says what the request to the model in hand holds, whatever its engine
// calls it, and what of the variant's does not go out.
func TestSamplingAsSent(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want []string
		sum  string
	}{
		"a local engine": {
			`{"temperature":0,"top_k":0,"top_p":1,"min_p":0,"repeat_penalty":1,"presence_penalty":0,"frequency_penalty":0,"seed":1,"max_tokens":16}`,
			[]string{"sampling, as it is sent", "top_k          0  not set", "min_p          0  not set", "repeat penalty 1  not set", "presence       0  not set", "temperature    0.7  sent as 0 |"},
			"5 more sent, not set",
		},
		"options of their own": {
			`{"options":{"temperature":0,"top_k":0,"repeat_penalty":1,"num_ctx":2048,"num_predict":16,"seed":1,"top_p":1}}`,
			[]string{"top_k          0  not set", "min_p          not sent", "context        2048  not set"}, "3 more sent, not set",
		},
		"other spellings": {
			`{"generationConfig":{"temperature":0,"topP":1,"topK":40,"maxOutputTokens":16}}`,
			[]string{"top_k          40  not set", "seed           1  set, not sent", "repeat penalty not sent"}, "1 of these not sent · 2 sent otherwise · 1 more sent, not set",
		},
		"words that look like numbers": {`{"top_k":"7","min_p":null,"temperature":{}}`, []string{"top_k          not sent", "min_p          not sent"}, "4 of these not sent"},
		"no request":                   {`{`, []string{"sampling |", "top_k          not set"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := deps(triage(t))
			d.Wire = func(string, session.Proof, int) (session.Wire, error) {
				return session.NewWire("POST", "/x", []byte(tc.body)), nil
			}
			s := New(d)
			s.Resize(120, 38)
			drain(s, s.Enter())
			sec := s.samplingSection(60)
			got := sec.head + " |\n"
			for _, l := range sec.lines {
				got += strings.TrimRight(ansi.Strip(l), " ") + " |\n"
			}
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("%q is not in\n%s", w, got)
				}
			}
			if got := s.samplingWords(); !strings.HasSuffix(got, tc.sum) {
				t.Errorf("in a line: %q", got)
			}
		})
	}
}
