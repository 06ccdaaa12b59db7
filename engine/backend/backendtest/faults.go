package backendtest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"galley/session"
)

// Fault is an answer that is no plain success, and what must come of it.
type Fault struct {
	Name   string
	Answer Answer
	Kind   string         // of the error; "" it is an answer after all
	Status session.Status // of the answer
	Heals  bool           // the error may be tried again
	After  time.Duration  // and not before
	Text   string         // what is kept of the text
	Says   string         // in the error
	Model  string         // that is told to have answered
	Usage  *session.Usage // that is counted, where Counts
	Counts bool
	// Endless: it does not end by itself. Its client gives up, and must be gone
	// at once.
	Endless bool
}

// Faults lists the faults that a server of the protocol can play. secret is
// repeated wherever a server could repeat a key; elsewhere is an address to which
// nobody may be sent.
func Faults(t Tongue, secret, elsewhere string) []Fault {
	var all []Fault
	all = append(all, statuses(secret)...)
	all = append(all, spellings(secret)...)
	all = append(all, waits(secret)...)
	all = append(all, redirects(secret, elsewhere)...)
	all = append(all, strangers(t, secret)...)
	all = append(all, streams(t, secret)...)
	all = append(all, counts(t)...)
	return append(all, endless(t)...)
}

const asJSON = "application/json"

func typed(ct, body string) Answer {
	return Answer{Header: map[string]string{"Content-Type": ct}, Body: []string{body}}
}

func failing(status int, body string) Answer {
	a := typed(asJSON, body)
	a.Status = status
	return a
}

// statuses are the errors by their HTTP status.
func statuses(secret string) []Fault {
	var out []Fault
	for _, s := range []struct {
		code  int
		kind  string
		heals bool
	}{
		{400, "config", false}, {401, "auth", false}, {402, "rate_limit", false}, {403, "auth", false}, {404, "not_found", false},
		{405, "not_found", false}, {408, "timeout", false}, {413, "context", false}, {418, "protocol", false}, {422, "config", false},
		{429, "rate_limit", true}, {500, "server", true}, {501, "server", false}, {502, "server", true}, {503, "server", true},
		{504, "timeout", false}, {529, "server", true}, {204, "protocol", false}, {206, "protocol", false},
	} {
		body := `{"error":{"message":` + quote("no, "+secret) + `,"type":"x","code":` + fmt.Sprint(s.code) + `}}`
		if s.code == 204 {
			body = ""
		}
		out = append(out, Fault{Name: fmt.Sprintf("status %d", s.code), Answer: failing(s.code, body), Kind: s.kind, Heals: s.heals, Says: fmt.Sprint(s.code)})
	}
	return out
}

// spellings are one error as different servers write it.
func spellings(secret string) []Fault {
	msg := quote("it broke; " + secret)
	var out []Fault
	for name, body := range map[string]string{
		"an object": `{"error":{"message":` + msg + `,"type":"server_error","param":null,"code":null}}`, "a text": `{"error":` + msg + `}`,
		"a message": `{"object":"error","message":` + msg + `,"code":500}`, "a detail": `{"detail":` + msg + `}`,
		"a type": `{"error":` + msg + `,"error_type":"generation"}`, "two levels": `{"type":"error","error":{"type":"api_error","message":` + msg + `},"request_id":"r"}`,
		"a status": `{"error":{"code":500,"message":` + msg + `,"status":"INTERNAL","details":[{"reason":"X"},7]}}`, "a list": `[{"error":{"code":500,"message":` + msg + `}}]`,
		"words": "it broke; " + secret, "JSON cut": `{"error":{"message":"it broke; ` + secret, "odd types": `{"error":{"message":{"text":` + msg + `},"type":7,"code":[1]}}`,
	} {
		out = append(out, Fault{Name: "error as " + name, Answer: failing(500, body), Kind: "server", Heals: true, Says: "it broke"})
	}
	return append(out,
		Fault{Name: "a model that is loading", Answer: failing(503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`), Kind: "server", Heals: true, Says: "Loading"},
		Fault{Name: "error as a page", Answer: Answer{Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: []string{"<html><head><title>Bad\n gateway " + secret + "</title>"}}, Kind: "server", Heals: true, Says: "Bad gateway"},
		Fault{Name: "error as nothing", Answer: Answer{Status: 500}, Kind: "server", Heals: true, Says: "an empty answer"},
		Fault{Name: "error without end", Answer: Answer{Status: 500, Flood: strings.Repeat("x", 8<<10)}, Kind: "server", Heals: true},
	)
}

// waits are the spellings of too many requests.
func waits(secret string) []Fault {
	limited := `{"error":{"message":` + quote("slow down, "+secret) + `,"type":"rate_limit_exceeded","code":"rate_limit_exceeded"}}`
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	var out []Fault
	for _, w := range []struct {
		name, header, value string
		after               time.Duration
	}{
		{"none", "", "", 0}, {"seconds", "Retry-After", "7", 7 * time.Second}, {"half a second", "Retry-After", "0.5", 500 * time.Millisecond},
		{"date", "Retry-After", at(30 * time.Second), 30 * time.Second}, {"date that is over", "Retry-After", at(-time.Hour), 0},
		{"ms", "Retry-After-Ms", "250", 250 * time.Millisecond}, {"a day", "Retry-After", "86400", 24 * time.Hour},
		{"nonsense", "Retry-After", "soon", 0}, {"negative", "Retry-After", "-5", 0}, {"no number", "Retry-After", "NaN", 0}, {"for ever", "Retry-After", "1e300", 7 * 24 * time.Hour},
	} {
		a := failing(429, limited)
		a.Header["Date"] = at(0) // the server's clock is the one that it speaks by
		if w.header != "" {
			a.Header[w.header] = w.value
		}
		out = append(out, Fault{Name: "429, " + w.name, Answer: a, Kind: "rate_limit", Heals: true, After: w.after, Says: "slow down"})
	}
	return append(out, Fault{
		Name: "429, quota", Kind: "rate_limit", Says: "quota",
		Answer: failing(429, `{"error":{"message":"You exceeded your current quota, please check your plan.","type":"insufficient_quota","code":"insufficient_quota"}}`),
	})
}

// redirects lead elsewhere, which nobody may follow.
func redirects(secret, elsewhere string) []Fault {
	var out []Fault
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{elsewhere, "//127.0.0.1/x?k=" + secret, "file:///etc/passwd", "http://169.254.169.254/latest"} {
			out = append(out, Fault{
				Name: fmt.Sprintf("%d to %.12s", code, to), Kind: "protocol", Says: "never followed",
				Answer: Answer{Status: code, Header: map[string]string{"Location": to}},
			})
		}
	}
	return out
}

// strangers are servers of another kind, or of none.
func strangers(t Tongue, secret string) []Fault {
	page := "<!doctype html><html><head><title>Log in, " + secret + "</title></head>"
	return []Fault{
		{Name: "a page", Answer: typed("text/html; charset=utf-8", page), Kind: "protocol", Says: "Log in"},
		{Name: "a page that is no stream", Answer: typed(t.Type, page), Kind: "protocol", Says: "Log in"},
		{Name: "not HTTP", Answer: Answer{Raw: "SSH-2.0-OpenSSH_9.2 " + secret + "\r\n"}, Kind: "protocol", Says: "does not speak HTTP"},
		{Name: "TLS", Answer: Answer{Raw: "\x15\x03\x01\x00\x02\x02\x16"}, Kind: "protocol", Says: "does not speak HTTP"},
		{Name: "closed at once", Answer: Answer{Raw: " "}, Kind: "protocol"},
		{Name: "reset at once", Answer: Answer{Raw: " ", Reset: true}, Kind: "*"},
		{Name: "400 KB of headers", Answer: Answer{Raw: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 400<<10) + "\r\n\r\n"}, Kind: "limit", Says: "headers"},
		{Name: "gzip", Answer: zipped(t), Kind: "protocol", Says: "compressed"},
		{Name: "another encoding", Answer: Answer{Header: map[string]string{"Content-Type": t.Type, "Content-Encoding": secret}, Body: []string{"x"}}, Kind: "protocol", Says: "compressed"},
		{Name: "a list", Answer: typed(asJSON, "[1]"), Kind: "protocol"},
		{Name: "a list as a stream", Answer: t.Stream("data: [1]\n\n"), Kind: "protocol"},
		{Name: "a number", Answer: typed(asJSON, "7"), Kind: "protocol"},
		{Name: "other JSON", Answer: typed(asJSON, `{"hello":"`+secret+`"}`), Kind: "protocol"},
		{Name: "other JSON as a stream", Answer: t.Stream("data: {\"hello\":\"" + secret + "\"}\n\n"), Kind: "protocol"},
		{Name: "nothing", Answer: t.Stream(), Kind: "protocol"},
		{Name: "garbage", Answer: t.Stream("data: {oops " + secret + "\n\n"), Kind: "protocol"},
		{Name: "plain words", Answer: typed("text/plain", "all is well, "+secret), Kind: "protocol"},
		{Name: "as plain text", Answer: typed("text/plain", t.Says("a", "b").Body[0]), Status: session.StatusDone, Text: "ab"},
		{Name: "without a type", Answer: typed("", t.Says("a", "b").Body[0]), Status: session.StatusDone, Text: "ab"},
	}
}

// zipped is an answer that was not asked to be compressed, and is.
func zipped(t Tongue) Answer {
	return Answer{Header: map[string]string{"Content-Type": t.Type, "Content-Encoding": "gzip"}, Body: []string{bomb()}}
}

// bomb is 200 MB of nothing, in 200 KB.
var bomb = sync.OnceValue(func() string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 200 {
		_, _ = z.Write(zeros) // a buffer takes all
	}
	_ = z.Close()
	return b.String()
})

// streams are answers that begin well.
func streams(t Tongue, secret string) []Fault {
	head := t.Start + t.Text("a")
	whole := head + t.End("7", "2")
	short := func(body string) Answer { // the connection closes before the length that it told
		return Answer{Raw: "HTTP/1.1 200 OK\r\nContent-Type: " + t.Type + "\r\nContent-Length: 100000\r\n\r\n" + body}
	}
	return []Fault{
		{Name: "whole", Answer: t.Stream(whole), Status: session.StatusDone, Text: "a", Model: "script"},
		{Name: "byte by byte", Answer: t.Stream(strings.Split(whole, "")...), Status: session.StatusDone, Text: "a"},
		{Name: "at the limit", Answer: t.Stream(head + t.Cut), Status: session.StatusTruncated, Text: "a"},
		{Name: "no word", Answer: t.Stream(t.Start + t.End("7", "2")), Status: session.StatusEmpty},
		{Name: "a reason unheard of", Answer: t.Stream(head + t.Odd), Kind: "protocol", Text: "a"},
		{Name: "closed in the middle", Answer: t.Stream(head), Kind: "protocol", Text: "a", Says: "incomplete"},
		{Name: "pings only", Answer: t.Stream(t.Ping + t.Ping), Kind: "protocol", Says: "incomplete"},
		{Name: "reset in the middle", Answer: Answer{Header: map[string]string{"Content-Type": t.Type}, Body: []string{head}, Reset: true}, Kind: "network", Heals: true, Text: "a", Says: "middle"},
		{Name: "less than was told", Answer: short(head), Kind: "network", Heals: true, Text: "a", Says: "middle"},
		{Name: "an error at once", Answer: t.Stream(t.Error("CUDA broke, " + secret)), Kind: "server", Says: "CUDA broke"},
		{Name: "an error in the middle", Answer: t.Stream(head + t.Error("CUDA broke, "+secret)), Kind: "server", Text: "a", Says: "CUDA broke"},
		{Name: "an error with another type", Answer: typed(asJSON, `{"error":{"message":`+quote("CUDA broke, "+secret)+`,"type":"server_error"}}`), Kind: "server", Says: "CUDA broke"},
		{Name: "an error as a line", Answer: typed("application/x-ndjson", `{"error":`+quote("CUDA broke, "+secret)+"}\n"), Kind: "server", Says: "CUDA broke"},
		{Name: "a named event", Answer: typed("text/event-stream", "event: error\ndata: {\"error\":{\"message\":"+quote("CUDA broke, "+secret)+"}}\n\n"), Kind: "server", Says: "CUDA broke"},
		{Name: "a named event of words", Answer: typed("text/event-stream", "event: error\ndata: CUDA broke, "+secret+"\n\n"), Kind: "server", Says: "CUDA broke"},
		{Name: "another model", Answer: t.Stream(t.replaced("quite-another")), Status: session.StatusDone, Text: "a", Model: "quite-another"},
		{Name: "a model that changes", Answer: t.Stream(head + t.Model("quite-another") + t.End("7", "2")), Status: session.StatusDone, Text: "a"},
		{Name: "a key for a model", Answer: t.Stream(t.replaced(secret)), Status: session.StatusDone, Text: "a"},
	}
}

// counts are counts of tokens that are none, or come twice.
func counts(t Tongue) []Fault {
	head := t.Start + t.Text("a")
	counted := func(name, in, out string, u *session.Usage) Fault {
		return Fault{Name: "usage " + name, Answer: t.Stream(head + t.End(in, out)), Status: session.StatusDone, Text: "a", Usage: u, Counts: true}
	}
	good := &session.Usage{Input: 40, Output: 3, Source: "server"}
	twice := t.End("40", "3")
	if i := strings.LastIndex(twice, Done); i > 0 {
		twice = twice[:i] + twice
	} else if t.Name == "gemini" {
		twice += twice
	}
	return []Fault{
		counted("as it should be", "40", "3", good), counted("missing", "", "", nil), counted("negative", "-1", "3", nil),
		counted("absurd", "1e300", "3", nil), counted("too large", "40", "99999999999", nil), counted("in parts", "40.5", "3", nil),
		{Name: "usage twice", Answer: t.Stream(head + twice), Status: session.StatusDone, Text: "a", Usage: good, Counts: true},
	}
}

// endless are answers that never end.
func endless(t Tongue) []Fault {
	head := t.Start + t.Text("a")
	with := func(a Answer) Answer {
		a.Header = map[string]string{"Content-Type": t.Type}
		return a
	}
	return []Fault{
		{Name: "hangs before its headers", Answer: Answer{Wait: time.Hour}, Endless: true},
		{Name: "hangs at once", Answer: with(Answer{Hang: true}), Endless: true},
		{Name: "hangs in the middle", Answer: with(Answer{Body: []string{head}, Hang: true}), Text: "a", Endless: true},
		{Name: "pings for ever", Answer: with(Answer{Body: []string{head}, Flood: t.Ping, Pause: time.Millisecond}), Text: "a", Endless: true},
		{Name: "a byte at a time", Answer: with(Answer{Body: []string{head}, Flood: " ", Pause: time.Millisecond}), Text: "a", Endless: true},
	}
}

// Flood is text without end in the protocol, in pieces of a kilobyte.
func Flood(t Tongue) Answer {
	return Answer{Header: map[string]string{"Content-Type": t.Type}, Body: []string{t.Start}, Flood: strings.Repeat(t.Text(strings.Repeat("x", 1<<10)), 16)}
}

// Line is one piece of the protocol that never ends.
func Line(t Tongue) Answer {
	head, _, _ := strings.Cut(t.Text("\x00"), `\u0000`)
	return Answer{Header: map[string]string{"Content-Type": t.Type}, Body: []string{t.Start + head}, Flood: strings.Repeat("x", 64<<10)}
}
