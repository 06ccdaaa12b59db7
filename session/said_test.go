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

// A person who skips a question has no refusal field.
func TestSkippedIsSaid(t *testing.T) {
	o := Output{Status: StatusRefused, Finish: FinishSkipped, Text: "not my field"}
	if got := o.Means(); !strings.Contains(got, "person") {
		t.Errorf("it means %q", got)
	}
	if o.Finish = "stop"; o.Means() != StatusRefused.Means() {
		t.Errorf("it means %q", o.Means())
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

func TestErrorsAreSaidInWords(t *testing.T) {
	for _, tt := range []struct {
		e    CallError
		want string
	}{
		{CallError{Kind: "rate_limit", Status: 429, Message: "slow down"}, "the server asked to slow down (HTTP 429): slow down"},
		{CallError{Kind: "rate_limit", Status: 429, Message: "429 Too Many Requests"}, "the server asked to slow down: 429 Too Many Requests"},
		{CallError{Kind: "config", Status: 400, Message: "400 Bad Request: bad schema"}, "the server refused the request: 400 Bad Request: bad schema"},
		{CallError{Kind: "not_found", Status: 404}, "the server has no such model or path (HTTP 404)"},
		{CallError{Kind: "network", Message: "nothing listens at http://127.0.0.1:9"}, "nothing listens at http://127.0.0.1:9"},
		{CallError{Kind: "timeout", Message: "no answer within 30s\x1b[31m"}, "no answer within 30s␛[31m"},
		{CallError{Kind: "timeout"}, "no answer in time"},
	} {
		if got := tt.e.Error(); got != tt.want {
			t.Errorf("%+v is said %q, want %q", tt.e, got, tt.want)
		}
	}
}
