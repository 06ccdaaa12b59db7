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
	// Repeatable asks so that a seed repeats where the server can do that: without
	// its prompt cache.
	Repeatable bool
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
	Reason text.Raw // reasoning text, kept apart
	// Tools are the calls that the model asked for, whole, with Done.
	Tools []session.ToolCall
	// Read and Total are how far the server has read the prompt, in tokens; both 0:
	// it does not say.
	Read, Total int
	// Note says in our words what the server does meanwhile, on a chunk without
	// text: "loading the model, 40 %".
	Note   string
	Done   bool           // the server said that the answer is complete
	Finish string         // finish_reason as the server wrote it, with Done
	Status session.Status // with Done: done, truncated, filtered, refused, empty, tool_calls
	Usage  *session.Usage // where the server counts, with Done at the latest
	Model  text.Raw       // as the server reports it, when it does
	Server string         // its kind and build, with Done, when it says
	// Engine is what the server measured, and Evaluated what it says that it
	// evaluated, both with Done where there are any.
	Engine    *session.EngineTiming
	Evaluated *session.Evaluated
	Sent      time.Time // set on a chunk of its own, once headers came: when the request was written
}

// Traits are what the runner needs to know of a backend.
type Traits struct {
	Concurrency int                       // cells at once to begin with
	Ceiling     int                       // cells at once at most, found out by going up while the server bears it; 0: stays at Concurrency
	Prefix      PrefixCache               // how it keeps prompts that it has read
	OneModel    bool                      // one model at a time: changing it loads another
	Patient     bool                      // a person answers: no silence is too long
	Restarts    bool                      // a server that ended is started again for the next request
	Repeats     bool                      // the same request gives the same answer, however it is asked
	Free        bool                      // costs nothing and needs no network
	Paid        func(model string) bool   // of a free backend: models that it passes on to somebody who may send a bill; nil: none
	Local       bool                      // on this machine
	CountHere   bool                      // it counts no tokens: the runner's tokenizer does
	Digest      func(model string) string // of the model, "" unknown; may be nil
	About       string                    // one line for people: what it is and what it is not
}

// FreeFor reports whether asking the model costs nothing.
func (t Traits) FreeFor(model string) bool { return t.Free && (t.Paid == nil || !t.Paid(model)) }

// PrefixCache says how a server keeps what it has read of prompts.
type PrefixCache int

// The kinds of prefix caches.
const (
	PrefixUnknown PrefixCache = iota // it keeps nothing that is worth an order
	PrefixPerSlot                    // each slot its own: llama-server, Ollama
	PrefixShared                     // blocks that all requests share: vLLM, SGLang
)

// The optional abilities of a backend, asked for by type assertion. They ask the
// server, and never run by themselves.
type (
	// Renderer shows the context that a request would become, before it is sent.
	Renderer interface {
		Render(ctx context.Context, r Request) (session.Rendered, error)
	}
	// Tokenizer cuts text into the model's own tokens. special reads what looks
	// like a special token as one.
	Tokenizer interface {
		Tokenize(ctx context.Context, model string, t text.Raw, special bool) ([]session.Token, error)
	}
	// Loader loads a model into memory and takes it out.
	Loader interface {
		Load(ctx context.Context, model string) error
		Unload(ctx context.Context, model string) error
	}
	// Gauge tells how busy the server is.
	Gauge interface {
		Gauge(ctx context.Context, model string) (session.Load, error)
	}
	// Pinner tells what exactly stands behind a model's name.
	Pinner interface {
		Pin(ctx context.Context, model string) (session.Pin, error)
	}
	// Evidencer completes what is known of the context that was evaluated, after
	// the answer came: got is what the answer itself said (its zero value:
	// nothing). The runner asks once for each distinct context.
	Evidencer interface {
		Evidence(ctx context.Context, r Request, w session.Wire, got session.Evaluated) (session.Evaluated, error)
	}
	// Closer ends what the backend started.
	Closer interface {
		Close() error
	}
)

// Price is in US dollars per million tokens.
type Price struct {
	Input, Output float64
	Cached        *float64 // of input that the server had in its cache; nil: as Input
	AsOf          string   // the day of a price from the built-in table, "" from the config
	Written       *float64 // of input that the server puts into its cache; nil: as Input
	// Over is the price of a request with a prompt of more than UpTo tokens; nil:
	// one price for all.
	UpTo int
	Over *Price
}

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

	// Of a llama-server that is started here (kind "llama-server").
	Program string            // "" is llama-server, looked for in PATH
	Model   string            // path of the one model
	Files   map[string]string // path by name, for several in turn
	Args    []string          // handed on; never through a shell
	Device  string            // servers on one device are never up together; "" is "gpu0"
	Idle    time.Duration     // a server that nobody uses is stopped after it; 0: [managed.UsualIdle], below 0: never
	// StateDir is the folder for logs and locks of servers that are started here.
	StateDir string
}

// Kind is one way of speaking to a server.
type Kind struct {
	Name string // "openai"
	Help string // one line
	// Open makes a backend. key looks an environment variable up; it is asked
	// when a request is sent and never before.
	Open func(c Config, key func(env string) string) (Backend, error)
}
