package kit

import "testing"

// A bound that rests on an estimate says so.
func TestAtMost(t *testing.T) {
	usd := 1.25
	for source, want := range map[string]string{"estimate": "≈ $1.25 at most", "tokenizer": "$1.25 at most", "": "$1.25 at most"} {
		if got := AtMost(&usd, source); got != want {
			t.Errorf("%q: %q", source, got)
		}
	}
}
