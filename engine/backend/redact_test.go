package backend

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"galley/engine/backend/backendtest"
)

// What is kept of an error is cut, and a key may stand across the cut.
func TestNoHalfOfAKey(t *testing.T) {
	const key = "sk-Ab/77+xQ=zz91abcdEFGH0123456789"
	every := func(format string) (s string) {
		for i := range len(key) {
			s += fmt.Sprintf(format, key[i])
		}
		return s
	}
	fill := func(n int) string { return strings.Repeat("x", n) }
	var all []backendtest.Answer
	for _, n := range []int{0, 1, 2, 12, 30, 70, 110, 190, 290, 1980} {
		for _, f := range []string{
			key, base64.StdEncoding.EncodeToString([]byte(fill(n%3) + key + fill(n%2))), base64.URLEncoding.EncodeToString([]byte("ab" + key)),
			strings.ReplaceAll(key, "/", `\\/`), every("%%%02X"), every("%%%02x"), every("&#%d;"),
		} {
			all = append(all,
				backendtest.Answer{Status: 401, Header: map[string]string{"Content-Type": "text/plain"}, Body: []string{fill(n) + f + fill(9)}},
				backendtest.Answer{Status: 401, Body: []string{strings.Repeat(" ", 64<<10-10) + f}},
				backendtest.Answer{Status: 401, Body: []string{`{"odd": "` + fill(n) + every(`\u%04x`) + `"}`}},
				backendtest.Answer{Status: 302, Header: map[string]string{"Location": "http://x/" + fill(n) + f}},
				backendtest.Answer{Header: map[string]string{"Content-Type": "text/html"}, Body: []string{"<title>" + fill(n) + f + "</title>"}},
				backendtest.Answer{Header: map[string]string{"Content-Encoding": fill(n) + f}},
				backendtest.Events("event: error\ndata: "+fill(n)+f+"\n\n"),
				backendtest.Events("data: {oops "+fill(n)+f+"\n\n"),
				backendtest.Events(`data: {"error": {"odd": "`+fill(n)+f+"\"}}\n\n"),
				backendtest.Events(backendtest.Delta("x"), backendtest.Finish(fill(n)+f)),
			)
		}
	}
	var a backendtest.Answer
	s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer { return a })
	defer s.Close()
	o := lab(t, s.URL, key)
	w := wireOf(t, o, "x")
	for _, a = range all {
		h := listen(context.Background(), o, w)
		if h.err == nil {
			t.Fatalf("%+v: no error", a)
		}
		m := string(h.err.Message)
		for i := range len(key) - 8 {
			part := key[i : i+8]
			for _, leak := range []string{part, base64.RawStdEncoding.EncodeToString([]byte(part[:6])), `\u00` + hex.EncodeToString([]byte{part[0]}), fmt.Sprintf("%%%02x", part[0])} {
				if strings.Contains(m, leak) {
					t.Fatalf("%q in %s", leak, m)
				}
			}
		}
	}
}

func TestModelNamesHoldNoKey(t *testing.T) {
	const key = "sk-Ab/77+xQ=zz91abcdEFGH0123456789"
	s := backendtest.NewServer(func(backendtest.Request) backendtest.Answer {
		return backendtest.Answer{Header: map[string]string{"Content-Type": "application/json"}, Body: []string{`{"data":[{"id":"a ` + key + `"},{"id":"b"}]}`}}
	})
	defer s.Close()
	got, err := lab(t, s.URL, key).Models(context.Background())
	if err != nil || len(got) != 2 || got[0].Ref != "a [key]" || got[1].Ref != "b" {
		t.Errorf("%+v %v", got, err)
	}
}
