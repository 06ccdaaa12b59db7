package backend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"galley/session"
	"galley/session/text"
)

const (
	llamaName = "llamacpp"
	llamaChat = "/v1/chat/completions"

	llamaWorkers = 4   // cells at once where no slots are known: what llama-server opens by itself
	loadingMS    = 500 // until a server that loads its model is asked again
)

// llamaCpp is the kind for a llama-server that is up already, with one model or
// as a router of several.
func llamaCpp() Kind {
	return Kind{
		Name: llamaName,
		Help: "a running llama-server (llama.cpp), one model or router: the evaluated context, tokens, grammars, load and unload",
		Open: func(c Config, key func(string) string) (Backend, error) { return newLlamaCpp(c, key) },
	}
}

// llama speaks to one llama-server in its own words. It does not know who started
// the server.
type llama struct {
	*client
	config Config
	own    bool        // it is started here, as the config says
	shows  atomic.Bool // an answer came with the context that was evaluated

	mu       sync.Mutex
	pins     map[string]session.Pin     // by model, as they were last asked for
	able     map[string][]string        // abilities by model and build
	callless map[string]bool            // by model: its chat template leaves calls of tools out
	specials map[string]map[string]bool // whether a piece is a special token, by model
}

func newLlamaCpp(c Config, key func(string) string) (*llama, error) {
	if c.BaseURL == "" {
		return nil, &ConfigError{text.Raw(c.Name), "base_url", "is missing; write where the llama-server listens, as in http://127.0.0.1:8080"}
	}
	l := &llama{config: c, pins: map[string]session.Pin{}, able: map[string][]string{}, callless: map[string]bool{}, specials: map[string]map[string]bool{}}
	// After a stream a llama-server closes the connection that it promised to keep:
	// a request that is sent on it just then is lost.
	cl, err := newClient(c, key, clientOptions{conns: max(c.Concurrency, llamaWorkers), extra: http.Header{"Connection": {"close"}}})
	if err != nil {
		return nil, err
	}
	cl.base.Path = strings.TrimSuffix(cl.base.Path, "/v1")
	if slices.Contains(llamaEndpoints, path.Base(cl.base.Path)) {
		return nil, &ConfigError{text.Raw(c.Name), "base_url", "names one endpoint; write the server's root, as in http://127.0.0.1:8080, with or without /v1"}
	}
	l.client = cl
	return l, nil
}

// llamaEndpoints are ends of addresses that people copy where the root is wanted.
var llamaEndpoints = []string{"completions", "completion", "chat", "models", "props", "health", "slots", "metrics", "tokenize", "apply-template"}

// Traits says how the runner is to treat the backend. Each slot keeps its own
// prompt, and one model at a time is right for a router too: two models on one GPU
// stand in each other's way even where both fit.
func (l *llama) Traits() Traits {
	here := originOf(l.base).loopback()
	return Traits{
		Concurrency: l.workers(),
		Prefix:      PrefixPerSlot,
		OneModel:    true,
		Free:        here,
		Local:       here,
		Digest:      func(model string) string { return l.pinned(model).Digest },
		About:       "llama-server at " + l.base.String(),
	}
}

// workers is the config's number, else the slots that the server last told of:
// more workers than slots gain nothing.
func (l *llama) workers() int {
	if n := l.config.Concurrency; n > 0 {
		return n
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, p := range l.pins {
		if p.Slots > 0 && (n == 0 || p.Slots < n) {
			n = p.Slots
		}
	}
	if n == 0 {
		return llamaWorkers
	}
	return n
}

func (l *llama) pinned(model string) session.Pin {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pins[model]
}

// Stream sends the request once and yields the answer.
func (l *llama) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for c, err := range l.stream(ctx, w, "text/event-stream", &llamaAnswer{body: w.Body}) {
			if c.Evaluated != nil {
				c.Evaluated.Text = text.Raw(l.redact(string(c.Evaluated.Text)))
				l.shows.Store(true)
			}
			if !yield(c, l.explain(err)) {
				return
			}
		}
	}
}

// explain says what an error of a llama-server means, what to do, and whether
// waiting heals it. Of a server on this machine only a model that is still loading
// does, or a gateway that asks to wait: the same request breaks it again.
func (l *llama) explain(err error) error {
	var e *session.CallError
	if !errors.As(err, &e) {
		return err
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(string(e.Message), w) })
	}
	advise := func(s string) { e.Message += text.Raw("; " + s) }
	here := originOf(l.base).loopback()
	switch {
	case e.Status == 503 && has("Loading model"):
		e.Kind, e.Retryable = "server", true
		if e.AfterMS == 0 {
			e.AfterMS = loadingMS
		}
	case has("failed to load"):
		e.Retryable = false
		advise("the router's log says why")
	case has("model is not loaded"):
		e.Kind = "config"
		advise("load it first")
	case has("Failed to parse tools", "Cannot use both", "Cannot use custom grammar"):
		e.Kind, e.Retryable = "config", false
	case e.Kind == "context" && l.own:
		advise(fmt.Sprintf("give the model more under [backends.%s.context], or shorten the context", text.Raw(l.config.Name)))
	case e.Kind == "context":
		advise("start the server with a larger -c or with fewer slots (-np), which share it, or shorten the context")
	case here && e.Retryable && e.Kind == "network" && has("connection refused"):
		e.Retryable = false
		advise("start llama-server there")
	case here && e.Retryable && e.Status >= 500:
		e.Retryable = false
	}
	return e
}
