package session

import (
	"strings"
	"testing"
)

// Every status has a sign and words of its own, and all but done a sentence.
func TestStatusesAreSaid(t *testing.T) {
	all := []Status{StatusWaiting, StatusRunning, StatusDone, StatusTruncated, StatusFiltered, StatusRefused, StatusEmpty, StatusToolCalls, StatusError, StatusStopped, StatusInterrupted}
	seen := map[string]Status{}
	for _, s := range all {
		sign, words := s.Sign()
		if sign == "?" || words == "" || seen[words] != "" {
			t.Errorf("%s is said %q %q, as %s is", s, sign, words, seen[words])
		}
		seen[words] = s
		if m := s.Means(); (m == "") != (s == StatusDone) || m != "" && !strings.HasSuffix(m, ".") {
			t.Errorf("%s means %q", s, m)
		}
	}
	if sign, words := Status("new").Sign(); sign != "?" || words != "new" {
		t.Errorf("an unknown one is said %q %q", sign, words)
	}
}

func TestErrorsAreSaid(t *testing.T) {
	for _, tt := range []struct {
		e    CallError
		want string
	}{
		{CallError{Kind: "rate_limit", Status: 429}, "The server asked to slow down (HTTP 429)"},
		{CallError{Kind: "auth", Status: 401, Message: "401 Unauthorized"}, "The server refused the key"},
		{CallError{Kind: "timeout", Message: "30 s"}, "No answer in time"},
		{CallError{Kind: "what"}, "Failed"},
	} {
		if got := tt.e.Words(); got != tt.want {
			t.Errorf("%+v is said %q", tt.e, got)
		}
	}
}
