package backend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"galley/engine/backend/managed"
	"galley/session"
	"galley/session/text"
)

const (
	serverName = "llama-server"
	serverKey  = "LLAMA_API_KEY" // under this name the key of a start is asked for; it is in no environment of ours
	lastWords  = 500 * time.Millisecond
	nobody     = "http://127.0.0.1:9"
)

// llamaServer is the kind for a llama-server that is started, watched and stopped
// here.
func llamaServer() Kind {
	return Kind{
		Name: serverName,
		Help: "llama-server (llama.cpp) started, watched and stopped by Galley: GGUF files on this machine, one at a time on a device",
		Open: func(c Config, _ func(string) string) (Backend, error) { return newLlamaServer(c) },
	}
}

// started is a backend whose servers are started here. What is said to them is
// said by a [llama] at the address of the start.
type started struct {
	config Config
	sup    *managed.Supervisor
	plain  *llama // of no address: it makes the wire

	mu    sync.Mutex
	at    map[string]spoken            // by model
	known map[string]session.ModelInfo // what a model that was up said of itself
}

// spoken is how a start of a model's server is spoken to.
type spoken struct {
	key   string // of the start
	llama *llama
}

func newLlamaServer(c Config) (*started, error) {
	bad := func(field, why string, args ...any) error {
		return &ConfigError{text.Raw(c.Name), field, fmt.Sprintf(why, args...)}
	}
	switch {
	case c.BaseURL != "":
		return nil, bad("base_url", `is not for kind "llama-server", which is started at an address of its own; for a server that runs already write kind = "llamacpp"`)
	case c.KeyEnv != "":
		return nil, bad("key_env", `is not for kind "llama-server": each start has a key of its own`)
	case strings.ContainsAny(c.Program, `/\`) && !filepath.IsAbs(c.Program):
		return nil, bad("program", "is a name that is in PATH, or a full path")
	case c.Model == "" && len(c.Files) == 0:
		return nil, bad("model", "is missing; write the path of a GGUF file, or several under [backends.%s.files]", text.Raw(c.Name))
	}
	files := maps.Clone(c.Files)
	if files == nil {
		files = map[string]string{}
	}
	if c.Model != "" {
		name := managed.NameOf(c.Model)
		if other, ok := files[name]; ok && other != c.Model {
			return nil, bad("model", "has the name %q, which stands under files for another", text.Raw(name))
		}
		files[name] = c.Model
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !filepath.IsAbs(files[name]) {
			return nil, bad("files", "%q is not the full path of a file", text.Raw(files[name]))
		}
	}
	sup, err := managed.New(managed.Options{
		Name: c.Name, Program: c.Program, Args: c.Args, Files: files, Device: c.Device, StateDir: c.StateDir,
		Slots: c.Concurrency, Context: c.Context, Idle: c.Idle,
	})
	var arg *managed.ArgError
	if errors.As(err, &arg) {
		return nil, bad(arg.Field, "%s", arg.Why)
	}
	if err != nil {
		return nil, bad("", "%v", err)
	}
	s := &started{config: c, sup: sup, at: map[string]spoken{}, known: map[string]session.ModelInfo{}}
	s.plain, err = s.speaker(nobody, "")
	return s, err
}

// speaker is a llama at an address.
func (s *started) speaker(base, key string) (*llama, error) {
	l, err := newLlamaCpp(Config{
		Name: s.config.Name, Kind: llamaName, BaseURL: base, KeyEnv: serverKey, Concurrency: s.sup.Slots(), Prefill: s.config.Prefill,
	}, func(string) string { return key })
	if err == nil {
		l.own = true
	}
	return l, err
}

// Traits says how the runner is to treat the backend.
func (s *started) Traits() Traits {
	return Traits{
		Concurrency: s.sup.Slots(),
		Prefix:      PrefixPerSlot,
		OneModel:    true,
		Restarts:    true,
		Free:        true,
		Local:       true,
		Digest:      s.digest,
		About:       "llama-server started here when it is asked, " + counted(len(s.sup.Status()), "model"),
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// digest names the file and the arguments under which it is read: a template or an
// adapter among them makes it another model.
func (s *started) digest(model string) string {
	f, err := s.sup.File(model)
	if err != nil {
		return ""
	}
	return f.Digest + s.sup.Mark()
}

// Wire returns the exact bytes that Stream will send. A context in the variant is
// taken where the config starts the server with it.
func (s *started) Wire(r Request) (session.Wire, error) {
	if n := r.Proof.Params.Context; n > 0 {
		if s.config.Context[r.Model] != n {
			return session.Wire{}, fmt.Errorf("the variant wants a context of %d tokens, and the server is not started with it: write %q = %d under [backends.%s.context]",
				n, text.Raw(r.Model), n, text.Raw(s.config.Name))
		}
		r.Proof.Params.Context = 0
	}
	return s.plain.Wire(r)
}

// up is a model's server in use.
type up struct {
	managed.Endpoint
	*llama
	release func()
}

// use starts the server if need be, and counts a use until release.
func (s *started) use(ctx context.Context, model string) (up, error) {
	e, release, err := s.sup.Use(ctx, model)
	if err != nil {
		return up{}, err
	}
	l, err := s.speak(model, e)
	if err != nil {
		release()
		return up{}, err
	}
	return up{e, l, release}, nil
}

// peek is use of a server that is up already.
func (s *started) peek(model string) (up, bool) {
	e, release, ok := s.sup.Peek(model)
	if !ok {
		return up{}, false
	}
	l, err := s.speak(model, e)
	if err != nil {
		release()
		return up{}, false
	}
	return up{e, l, release}, true
}

// speak is the llama of a start; one that is new knows nothing of the one before.
func (s *started) speak(model string, e managed.Endpoint) (*llama, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if had, ok := s.at[model]; ok && had.key == e.Key {
		return had.llama, nil
	}
	l, err := s.speaker(e.BaseURL, e.Key)
	if err != nil {
		return nil, err
	}
	s.at[model] = spoken{e.Key, l}
	return l, nil
}

// held is ctx that also ends when the server is about to be stopped, or has ended.
func (u up) held(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-u.Stopping:
		case <-u.Done: // what it had written is there to be read, and then the connection ends
			last := time.NewTimer(lastWords)
			defer last.Stop()
			select {
			case <-last.C:
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
		cancel()
	}()
	return ctx, cancel
}

// Stream starts the model's server if it is not up, telling how far it is, and
// sends the request once.
func (s *started) Stream(ctx context.Context, model string, w session.Wire) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		u, on, err := s.await(ctx, model, yield)
		if !on {
			return
		}
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		defer u.release()
		held, cancel := u.held(ctx)
		defer cancel()
		for c, err := range u.llama.Stream(held, model, w) {
			if err != nil {
				yield(Chunk{}, u.broke(ctx, err))
				return
			}
			u.Heard()
			if c.Text != "" || c.Reason != "" || c.Done {
				u.Answered("")
			}
			if ms := float64(u.Waited.Milliseconds()); c.Done && ms > 0 {
				e := session.EngineTiming{}
				if c.Engine != nil {
					e = *c.Engine
				}
				e.LoadMS = &ms
				c.Engine = &e
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}
