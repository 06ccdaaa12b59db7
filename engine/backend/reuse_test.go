package backend

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"galley/engine/backend/backendtest"
)

// A whole answer leaves its connection to the next request, whatever the server
// writes last.
func TestConnectionsAreUsedAgain(t *testing.T) {
	for _, sp := range speakers {
		if sp.kind == "llamacpp" {
			continue // its server closes what it promised to keep: each request asks for a connection of its own
		}
		var conns atomic.Int32
		answer := sp.tongue.Says("a", "b")
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", sp.tongue.Type)
			for _, b := range strings.SplitAfter(answer.Body[0], "\n") {
				if _, err := w.Write([]byte(b)); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		}))
		s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
			if st == http.StateNew {
				conns.Add(1)
			}
		}
		s.Start()
		b := speaker(t, sp.kind, s.URL+sp.path)
		w := wireOf(t, b, "hi")
		for range 20 {
			if h := listen(context.Background(), b, w); h.err != nil || h.text != "ab" {
				t.Fatalf("%s: %+v", sp.kind, h)
			}
		}
		s.CloseClientConnections()
		s.Close()
		if n := conns.Load(); n != 1 {
			t.Errorf("%s: %d connections for 20 requests", sp.kind, n)
		}
	}
}

// A llama-server closes what it promised to keep, whichever adapter asks it: once
// it is known for one, every request has a connection of its own.
func TestLlamaServerIsAskedAlone(t *testing.T) {
	var conns, closing atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "llama.cpp")
		if r.Close {
			closing.Add(1)
		}
		_, _ = w.Write([]byte(backendtest.Chat().Says("a").Body[0]))
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	b := speaker(t, "openai", s.URL)
	w := wireOf(t, b, "hi")
	for range 10 {
		if h := listen(context.Background(), b, w); h.err != nil || h.text != "a" {
			t.Fatalf("%+v", h)
		}
	}
	if conns.Load() != 10 || closing.Load() != 9 {
		t.Errorf("%d connections for 10 requests, %d of them to be closed", conns.Load(), closing.Load())
	}
}
