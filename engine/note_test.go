package engine

import (
	"testing"

	"galley/session"
)

// The note of a cell that is tried again says in a few words why.
func TestTersely(t *testing.T) {
	for _, tt := range []struct {
		e    session.CallError
		want string
	}{
		{session.CallError{Kind: "rate_limit", Status: 429, Message: "429 Too Many Requests: a long story"}, "the server asked to slow down"},
		{session.CallError{Kind: "server", Status: 503, Message: "503 Service Unavailable: loading"}, "503 Service Unavailable: loading"},
		{session.CallError{Kind: "network", Message: "nothing listens at http://127.0.0.1:9\x1b[31m"}, "nothing listens at http://127.0.0.1:9␛[31m"},
	} {
		if got := tersely(&tt.e); got != tt.want {
			t.Errorf("%+v is said %q, want %q", tt.e, got, tt.want)
		}
	}
}
