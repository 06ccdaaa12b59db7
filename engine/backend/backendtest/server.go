// Package backendtest is a loopback model that plays a script, faults included,
// and a recorder that keeps a run in memory. It is for tests, and for trying
// Galley by hand; it knows no prompts and no runs.
package backendtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Request is what came in, to the byte.
type Request struct {
	Method, Path string
	Header       http.Header
	Body         []byte
	Number       int // from 1
}

// Answer is one response, played in the order of its fields.
type Answer struct {
	Wait   time.Duration // before anything
	Raw    string        // written to the connection in place of a response
	Status int           // 0 is 200
	Header map[string]string
	Body   []string      // each written and flushed by itself
	Pause  time.Duration // between them
	Flood  string        // then this again and again, with Pause between, until the client goes
	Hang   bool          // then nothing more, until the client goes
	Reset  bool          // then the connection is reset
}

// Server answers on loopback.
type Server struct {
	URL string // base URL, to be set as base_url

	http *httptest.Server
	play func(Request) Answer

	mu       sync.Mutex
	requests []Request
	open     int // hanging answers
	closed   int // of them, those whose client went away
	flooded  int // bytes written in floods
}

// NewServer plays what play returns for each request. Close it.
func NewServer(play func(Request) Answer) *Server {
	s := &Server{play: play}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL + "/v1"
	return s
}

// Close ends the server and every connection.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Requests returns what came in so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Hanging returns how many answers hang, and how many did until their client
// closed the connection.
func (s *Server) Hanging() (open, closed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open, s.closed
}

// Flooded returns how many bytes floods wrote until now.
func (s *Server) Flooded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flooded
}

// ServeHTTP plays one answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	req := Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body}
	s.mu.Lock()
	req.Number = len(s.requests) + 1
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	a := s.play(req)
	if a.Wait > 0 {
		s.count(1, 0)
		if !wait(r, a.Wait) {
			s.count(-1, 1)
			return
		}
		s.count(-1, 0)
	}
	if a.Raw != "" {
		s.raw(w, a)
		return
	}
	for k, v := range a.Header {
		w.Header().Set(k, v)
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	w.WriteHeader(a.Status)
	flush := w.(http.Flusher)
	flush.Flush()
	for i, b := range a.Body {
		if i > 0 && !wait(r, a.Pause) {
			return
		}
		io.WriteString(w, b)
		flush.Flush()
	}
	switch {
	case a.Flood != "":
		s.flood(w, r, a)
	case a.Hang:
		s.count(1, 0)
		<-r.Context().Done()
		s.count(-1, 1)
	case a.Reset:
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			if t, ok := c.(*net.TCPConn); ok {
				t.SetLinger(0)
			}
			c.Close()
		}
	}
}

func (s *Server) raw(w http.ResponseWriter, a Answer) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	io.WriteString(c, a.Raw)
	if t, ok := c.(*net.TCPConn); ok && a.Reset {
		t.SetLinger(0)
	}
	c.Close()
}

// flood writes without end. It hangs like any answer that never ends.
func (s *Server) flood(w http.ResponseWriter, r *http.Request, a Answer) {
	s.count(1, 0)
	defer s.count(-1, 1)
	flush := w.(http.Flusher)
	for r.Context().Err() == nil && wait(r, a.Pause) {
		n, err := io.WriteString(w, a.Flood)
		s.mu.Lock()
		s.flooded += n
		s.mu.Unlock()
		if err != nil {
			return
		}
		flush.Flush()
	}
}

func (s *Server) count(open, closed int) {
	s.mu.Lock()
	s.open += open
	s.closed += closed
	s.mu.Unlock()
}

func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// Delta is an event with a piece of an answer.
func Delta(s string) string {
	return fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s},\"finish_reason\":null}],\"model\":\"script\"}\n\n", quote(s))
}

// Finish is the event that ends an answer.
func Finish(reason string) string {
	return fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":%s}],\"model\":\"script\"}\n\n", quote(reason))
}

// Usage is the event with the count of tokens.
func Usage(in, out int) string {
	return fmt.Sprintf("data: {\"choices\":[],\"model\":\"script\",\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}\n\n", in, out)
}

// Done is the mark that ends a stream.
const Done = "data: [DONE]\n\n"

// Events is a stream of server-sent events.
func Events(body ...string) Answer {
	return Answer{Header: map[string]string{"Content-Type": "text/event-stream"}, Body: body}
}

// Says is a whole answer in pieces, with a count of tokens.
func Says(pieces ...string) Answer {
	var b []string
	for _, p := range pieces {
		b = append(b, Delta(p))
	}
	return Events(append(b, Finish("stop"), Usage(7, len(pieces)), Done)...)
}

// Fails is an error as OpenAI writes it.
func Fails(status int, code, message string) Answer {
	return Answer{
		Status: status, Header: map[string]string{"Content-Type": "application/json"},
		Body: []string{fmt.Sprintf(`{"error":{"message":%s,"type":%s,"code":%s}}`, quote(message), quote(code), quote(code))},
	}
}

// Echo answers with the last message, word by word.
func Echo(r Request) Answer {
	var v struct {
		Messages []struct{ Content string } `json:"messages"`
	}
	if json.Unmarshal(r.Body, &v) != nil || len(v.Messages) == 0 {
		return Fails(400, "invalid_request_error", "no messages")
	}
	return Says(strings.SplitAfter(v.Messages[len(v.Messages)-1].Content, " ")...)
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
