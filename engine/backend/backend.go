// Package backend speaks to models: one file per kind, and a list of them. A
// backend turns a proof into exact request bytes, sends those bytes and nothing
// else, and reads what comes back. It knows nothing of runs, caches or files.
package backend

import (
	"context"
	"iter"
	"time"

	"galley/session"
	"galley/session/text"
)

// Request is a proof for one model and one take.
type Request struct {
	Model string // without the backend's name
	Proof session.Proof
	Take  int // from 1
}

// Backend is a way to reach models.
type Backend interface {
	// Wire returns the exact bytes that Stream will send. It is pure: the same
	// request gives the same bytes. An error says what of the proof this
	// backend can't say (text that is not UTF-8, say) and what to do.
	Wire(r Request) (session.Wire, error)
	// Stream sends the bytes and yields what comes back, in order, ending with
	// a chunk that is Done or with an error, which is always a
	// *session.CallError. Cancelling the context closes the connection.
	Stream(ctx context.Context, model string, w session.Wire) iter.Seq2[Chunk, error]
	// Models lists what can be asked; Ref is the model's own name, without the
	// backend's.
	Models(ctx context.Context) ([]session.ModelInfo, error)
	// Traits says how the runner is to treat the backend.
	Traits() Traits
}

// Chunk is a piece of an answer. One that is empty is a sign of life: the
// server answered, but no text came.
type Chunk struct {
	Text   text.Raw
	Reason text.Raw       // reasoning text, kept apart
	Done   bool           // the server said that the answer is complete
	Finish string         // finish_reason as the server wrote it, with Done
	Status session.Status // with Done: done, truncated, filtered, refused, empty, tool_calls
	Usage  *session.Usage // where the server counts, with Done at the latest
	Model  text.Raw       // as the server reports it, when it does
	Sent   time.Time      // set on a chunk of its own, once headers came: when the request was written
}

// Traits are what the runner needs to know of a backend.
type Traits struct {
	Concurrency int                       // cells at once by default
	Free        bool                      // costs nothing and needs no network
	Local       bool                      // on this machine
	CountHere   bool                      // it counts no tokens: the runner's tokenizer does
	Digest      func(model string) string // of the model, "" unknown; may be nil
	About       string                    // one line for people: what it is and what it is not
}

// Price is in US dollars per million tokens.
type Price struct{ Input, Output float64 }

// Config is a backend of the user's config file.
type Config struct {
	Name        string
	Kind        string
	BaseURL     string
	KeyEnv      string // name of the environment variable; never the key
	Concurrency int
	Prices      map[string]Price
	Models      []string // offered where the server can't list them
	Context     map[string]int
	Prefill     *bool // its models go on with a prefill; nil: as the kind knows
}

// Kind is one way of speaking to a server.
type Kind struct {
	Name string // "openai"
	Help string // one line
	// Open makes a backend. key looks an environment variable up; it is asked
	// when a request is sent and never before.
	Open func(c Config, key func(env string) string) (Backend, error)
}
