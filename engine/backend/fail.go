package backend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"galley/session"
	"galley/session/text"
)

// Bounds of what is kept of an error.
const (
	errorBody    = 64 << 10 // bytes read
	errorEdge    = 4 << 10  // bytes left out at the end of what is longer: half a key may stand there
	errorMessage = 2000     // bytes kept
	longestWait  = 7 * 24 * time.Hour
)

// fail makes the error of a cell. Whatever the server wrote passes here, and
// the key is replaced in it by value.
func (c *client) fail(kind, format string, args ...any) *session.CallError {
	return &session.CallError{Kind: kind, Message: text.Raw(cut(c.safe(fmt.Sprintf(format, args...)), errorMessage))}
}

// badStatus says what a response that is no answer means.
func (c *client) badStatus(resp *http.Response, now time.Time) *session.CallError {
	body := c.rest(resp.Body)
	code := resp.StatusCode
	msg, mark := readError(body)
	if msg == "" {
		msg = describe(resp.Header.Get("Content-Type"), body)
	}
	kind, heals := kindOf(code, mark+" "+msg)
	e := c.fail(kind, "%d %s: %s", code, http.StatusText(code), msg)
	if code >= 300 && code < 400 {
		e = c.fail("protocol", "%d %s to %s: redirects are never followed; set base_url to where the server lives",
			code, http.StatusText(code), cut(c.safe(resp.Header.Get("Location")), 200))
	}
	e.Status, e.Retryable = code, heals
	after := retryAfter(resp.Header, now)
	if told := retryTold(body); code == http.StatusTooManyRequests && told > 0 {
		// Google's words are those of a used up quota even where it is one of a minute.
		e.Retryable = !strings.Contains(mark, "PerDay")
		after = max(after, told)
	}
	if e.Retryable {
		e.AfterMS = after.Milliseconds()
	}
	return e
}

// retryTold reads how long an error's body asks to wait, as Google writes it; 0:
// it does not say.
func retryTold(body []byte) time.Duration {
	var v struct {
		Error struct {
			Details []struct {
				Delay string `json:"retryDelay"`
			} `json:"details"`
		} `json:"error"`
	}
	if json.Unmarshal(unlisted(body), &v) != nil {
		return 0
	}
	for _, d := range v.Error.Details {
		if t, err := time.ParseDuration(d.Delay); err == nil && t > 0 {
			return min(t, longestWait)
		}
	}
	return 0
}

// unlisted is the first of a list of objects, as Google writes an error where a
// stream was to come, or the body itself.
func unlisted(body []byte) []byte {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		return list[0]
	}
	return body
}

// kindOf tells the kind of an HTTP error, and whether waiting can heal it.
func kindOf(code int, words string) (kind string, heals bool) {
	words = strings.ToLower(words)
	has := func(list ...string) bool {
		for _, w := range list {
			if strings.Contains(words, w) {
				return true
			}
		}
		return false
	}
	switch {
	case code == 401 || code == 403:
		return "auth", false
	case code == 402 || code == 429 && has("insufficient_quota", "exceeded your current quota", "billing"):
		return "rate_limit", false
	case code == 429:
		return "rate_limit", true
	case code == 404 || code == 405:
		return "not_found", false
	case code == 408 || code == 504:
		return "timeout", false
	case code == 400 || code == 413 || code == 422:
		if code == 413 || has("context_length", "exceed_context", "context length", "context size", "context window", "too many tokens",
			"prompt is too long", "input token count") {
			return "context", false
		}
		if has("api_key_invalid", "api key not valid", "api key expired") {
			return "auth", false
		}
		if has("credit balance is too low") {
			return "rate_limit", false
		}
		if has("model") && has("not found", "does not exist") {
			return "not_found", false
		}
		return "config", false
	case code == 500 || code == 502 || code == 503 || code == 529:
		return "server", true
	case code >= 500:
		return "server", false
	}
	return "protocol", false
}

// readError finds the message in the shapes that servers use, and the words by
// which a program knows it (its type and code).
func readError(body []byte) (msg, mark string) {
	var v struct {
		Error     json.RawMessage `json:"error"`
		Message   json.RawMessage `json:"message"`
		Detail    json.RawMessage `json:"detail"`
		Type      json.RawMessage `json:"type"`
		ErrorType json.RawMessage `json:"error_type"`
	}
	if json.Unmarshal(unlisted(body), &v) != nil {
		return "", ""
	}
	if len(v.Error) > 0 && v.Error[0] == '{' {
		var in struct {
			Message json.RawMessage `json:"message"`
			Type    json.RawMessage `json:"type"`
			Code    json.RawMessage `json:"code"`
			Status  json.RawMessage `json:"status"`
			Details json.RawMessage `json:"details"`
		}
		if json.Unmarshal(v.Error, &in) == nil {
			if msg = plain(in.Message); msg == "" {
				msg = string(v.Error)
			}
			return msg, plain(in.Type) + " " + plain(in.Code) + " " + plain(in.Status) + detailed(in.Details)
		}
	}
	for _, m := range []json.RawMessage{v.Error, v.Message, v.Detail} {
		if msg = plain(m); msg != "" {
			return msg, plain(v.Type) + " " + plain(v.ErrorType)
		}
	}
	return "", ""
}

// detailed are the words of an error's details by which a program knows it, as
// Google writes them.
func detailed(m json.RawMessage) string {
	var all []struct {
		Reason     string `json:"reason"`
		Violations []struct {
			Quota string `json:"quotaId"`
		} `json:"violations"`
	}
	if !present(m) || json.Unmarshal(m, &all) != nil {
		return ""
	}
	words := ""
	for _, d := range all {
		words += " " + d.Reason
		for _, v := range d.Violations {
			words += " " + v.Quota
		}
	}
	return words
}

// plain is a JSON value as words: a string's own, else the value as written.
func plain(m json.RawMessage) string {
	if len(m) == 0 || string(m) == "null" {
		return ""
	}
	if m[0] == '"' {
		var half surrogate
		s, err := half.unquote(m)
		if err != nil {
			return ""
		}
		return s + half.flush()
	}
	return string(m)
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.{0,200}?)</title>`)

// describe names what answered in one line.
func describe(contentType string, body []byte) string {
	switch {
	case len(body) == 0:
		return "an empty answer"
	case html(contentType, body):
		if m := title.FindSubmatch(body); m != nil {
			return `a web page titled "` + string(oneLine(string(m[1]), 120)) + `" answered; is base_url right?`
		}
		return "a web page answered; is base_url right?"
	}
	return string(oneLine(string(body), 300))
}

func html(contentType string, body []byte) bool {
	s := strings.ToLower(strings.TrimSpace(string(body[:min(len(body), 512)])))
	return strings.HasPrefix(contentType, "text/html") ||
		strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html") || strings.HasPrefix(s, "<head")
}

// retryAfter reads how long the server asks to wait; 0: it does not say, or says
// nonsense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	clamp := func(ms float64) time.Duration {
		if math.IsNaN(ms) || ms <= 0 {
			return 0
		}
		return time.Duration(min(ms, float64(longestWait.Milliseconds()))) * time.Millisecond
	}
	for _, k := range []string{"Retry-After-Ms", "X-Retry-After-Ms"} {
		if v, err := strconv.ParseFloat(strings.TrimSpace(h.Get(k)), 64); err == nil {
			return clamp(v)
		}
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		return clamp(math.Ceil(s * 1000))
	}
	if t, err := http.ParseTime(v); err == nil {
		if d, err := http.ParseTime(h.Get("Date")); err == nil {
			now = d // the server's clock is the one it spoke by
		}
		return clamp(float64(t.Sub(now).Milliseconds()))
	}
	return 0
}

// badConn says why there is no response, or why it broke off. No part of it is
// the proxy's address.
func (c *client) badConn(ctx context.Context, err error, began bool) *session.CallError {
	var (
		op    *net.OpError
		dns   *net.DNSError
		cert  *tls.CertificateVerificationError
		rec   tls.RecordHeaderError
		host  x509.HostnameError
		alert tls.AlertError
	)
	where := c.base.Scheme + "://" + c.base.Host
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return c.fail("timeout", "%s did not answer in time", where)
	case ctx.Err() != nil:
		return c.fail("network", "cancelled")
	case errors.Is(err, errProxy):
		return c.fail("config", "%v", err)
	case errors.Is(err, errKey):
		return c.fail("auth", "%v", err)
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return c.fail("network", "the proxy that the environment names did not connect")
	case errors.As(err, &dns):
		return c.fail("network", "%s: the host name is not known", where)
	case errors.As(err, &host), errors.As(err, &cert), errors.As(err, &alert):
		return c.fail("network", "%s: TLS refused: %v", where, err)
	case errors.As(err, &rec):
		return c.fail("network", "%s does not speak TLS; is it http?", where)
	case errors.Is(err, syscall.ECONNREFUSED):
		e := c.fail("network", "nothing listens at %s (connection refused)", where)
		e.Retryable = true
		return e
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		// The connection is one too many for this machine, not for the server: it
		// waits its turn, as after a 429.
		e := c.fail("rate_limit", "this machine has no more connections to give; lower concurrency, or raise ulimit -n")
		e.Retryable, e.AfterMS = true, 200
		return e
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return c.fail("limit", "%s sent more than %d KiB of headers", where, headerLimit>>10)
	case strings.Contains(err.Error(), "malformed HTTP"):
		return c.fail("protocol", "what listens at %s does not speak HTTP", where)
	case errors.As(err, &op) && op.Op == "dial":
		return c.fail("network", "%s can't be reached: %v", where, op.Err)
	}
	e := c.fail("network", "the connection to %s broke before an answer", where)
	if began {
		e = c.fail("network", "the connection to %s broke in the middle of the answer", where)
	}
	e.Retryable = true
	return e
}
