package backend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"galley/session"
	"galley/session/text"
)

// builtIn is the name of the backend that is always there.
const builtIn = "embedded"

// AccessError says that the user's config does not open a model: no request was
// sent to anyone. Fix is what to write into the config or the environment.
type AccessError struct {
	Backend text.Raw
	Why     string
	Fix     string
}

// Error is one sentence with the fix.
func (e *AccessError) Error() string { return e.Why + "; " + e.Fix }

// ConfigError says what is wrong with one backend of the user's config.
type ConfigError struct {
	Backend text.Raw
	Field   string // key in its table, "" for the table itself
	Why     string
}

// Error is one sentence.
func (e *ConfigError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("[backends.%s]: %s", e.Backend, e.Why)
	}
	return fmt.Sprintf("[backends.%s] %s: %s", e.Backend, e.Field, e.Why)
}

// Set holds the backends that the user's config names, and the built-in
// "embedded" and "human". A name that it does not hold gets nothing: no key, no prompt, no
// question. It is safe for many goroutines.
type Set struct {
	mu    sync.RWMutex // of what follows
	names []string     // in the order of the config, the built-in ones last
	open  map[string]opened
	heard map[string]int // contexts in tokens that backends told, by BACKEND/MODEL
	key   func(env string) string
}

type opened struct {
	backend Backend
	config  Config
}

// Embedded sets how the built-in backend behaves. The zero value is for tests:
// no delay, and the weight for place that everybody has.
type Embedded struct {
	Delay  time.Duration // between words, so that streaming is seen
	Weight *float64      // of place; nil: [PlaceWeight]
}

// NewSet opens the backends of the config. key looks up an environment variable;
// nil: none is set. No connection is made. An error is a [*ConfigError].
func NewSet(configs []Config, key func(env string) string, e Embedded) (*Set, error) {
	if key == nil {
		key = func(string) string { return "" }
	}
	s := &Set{open: map[string]opened{}, key: key}
	kinds := All()
	for _, c := range configs {
		if err := s.add(c, kinds, e); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{builtIn, people} {
		if _, ok := s.at(name); ok {
			continue
		}
		if err := s.add(Config{Name: name, Kind: name}, kinds, e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Set) add(c Config, kinds []Kind, e Embedded) error {
	bad := func(field, why string) error {
		return &ConfigError{Backend: text.Raw(c.Name), Field: field, Why: why}
	}
	switch {
	case c.Name == "" || strings.ContainsAny(c.Name, "/, \t\r\n"):
		return bad("", "a backend's name has no slash, comma or space")
	case c.Name == builtIn && c.Kind != builtIn:
		return bad("kind", `the name "embedded" belongs to the built-in backend`)
	case (c.Name == people) != (c.Kind == people):
		return bad("kind", `the name "human" belongs to the built-in backend in which a person answers, and it goes by no other`)
	case c.Concurrency < 0 || c.Concurrency > 1024:
		return bad("concurrency", "is a number from 1 to 1024; 0 or absent takes the default")
	}
	if _, ok := s.at(c.Name); ok {
		return bad("", "stands there twice")
	}
	for _, k := range kinds {
		if k.Name != c.Kind {
			continue
		}
		if k.Name == builtIn {
			k = embedded(e)
		}
		b, err := k.Open(c, s.key)
		if err != nil {
			return err
		}
		s.Put(c, b)
		return nil
	}
	var known []string
	for _, k := range kinds {
		known = append(known, k.Name)
	}
	return bad("kind", fmt.Sprintf("%q is none of %s", text.Raw(c.Kind), strings.Join(known, ", ")))
}

// Put adds or replaces a backend that is already open; tests give theirs so.
func (s *Set) Put(c Config, b Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.open[c.Name]; !ok {
		s.names = append(s.names, c.Name)
	}
	s.open[c.Name] = opened{b, c}
}

// Human is the built-in backend in which a person answers.
func (s *Set) Human() *Human {
	o, _ := s.at(people)
	h, _ := o.backend.(*Human)
	return h
}

// Close ends what the backends started: servers and their children.
func (s *Set) Close() error {
	var all []error
	for _, name := range s.Names() {
		o, _ := s.at(name)
		if c, ok := o.backend.(Closer); ok {
			all = append(all, c.Close())
		}
	}
	return errors.Join(all...)
}

// Names lists the backends.
func (s *Set) Names() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.names)
}

// Lookup finds the backend of BACKEND/MODEL without asking whether its key is
// set: enough to show a request. An error is an [*AccessError], or says how a
// model is named.
func (s *Set) Lookup(ref string) (Backend, string, error) {
	name, model, err := session.ParseModelRef(ref)
	if err != nil {
		return nil, "", err
	}
	o, ok := s.at(name)
	if !ok {
		return nil, "", unknown(name)
	}
	return o.backend, model, nil
}

func unknown(name string) error {
	shown := text.Raw(name)
	fix := fmt.Sprintf(`add [backends.%s] with kind = "openai" and its base_url`, shown)
	switch name {
	case openAIName, anthropicName, geminiKindName:
		fix = fmt.Sprintf(`add [backends.%s] with kind = "%s" and key_env = "%s_API_KEY"`, name, name, strings.ToUpper(name))
	case "ollama":
		fix = `add [backends.ollama] with kind = "ollama"`
	case "llamacpp", "vllm":
		fix = fmt.Sprintf(`add [backends.%s] with kind = "%s" and its base_url`, name, name)
	case "llama-server":
		fix = `add [backends.llama-server] with kind = "llama-server" and model, the path of a GGUF file`
	}
	return &AccessError{
		Backend: shown,
		Why:     fmt.Sprintf("your config has no backend %q, and a workspace can't bring one", shown),
		Fix:     fix,
	}
}

// Resolve is Lookup for a request that is to be sent: a key that the config
// names must be set. It asks no server.
func (s *Set) Resolve(ref string) (Backend, string, error) {
	b, model, err := s.Lookup(ref)
	if err != nil {
		return nil, "", err
	}
	name, _, _ := strings.Cut(ref, "/")
	if err := s.keyed(name); err != nil {
		return nil, "", err
	}
	return b, model, nil
}

// keyed is an [*AccessError] for a backend whose key is named and not set: it is
// asked nothing.
func (s *Set) keyed(name string) error {
	o, _ := s.at(name)
	env := o.config.KeyEnv
	if env == "" || s.key(env) != "" {
		return nil
	}
	return &AccessError{
		Backend: text.Raw(name),
		Why:     fmt.Sprintf("the key of backend %q is missing: its key_env is %s, and that variable is not set", text.Raw(name), text.Raw(env)),
		Fix:     fmt.Sprintf("set %s, or correct key_env under [backends.%s]", text.Raw(env), text.Raw(name)),
	}
}

// Price is what a model costs: as the config says, else as the list of its maker
// said on the day that stands with it, where it is asked at its maker's own
// address. false: nobody said, and it is unknown.
func (s *Set) Price(ref string) (Price, bool) {
	o, model, ok := s.find(ref)
	if !ok {
		return Price{}, false
	}
	if o.backend.Traits().FreeFor(model) {
		return Price{}, true
	}
	if p, ok := o.config.Prices[model]; ok {
		return p, true
	}
	l, ok := o.listed(model)
	if !ok {
		return Price{}, false
	}
	return l.price(), true
}

// Origin names the address at which a model is asked. The name does not show it, but who
// guesses the address can see that the guess is right. "" where there is none, or it is
// one of our own choice.
func (s *Set) Origin(ref string) string {
	name, _, _ := strings.Cut(ref, "/")
	o, _ := s.at(name)
	switch o.config.Kind {
	case "", builtIn, people, serverName:
		return ""
	}
	at := sha256.Sum256([]byte("galley origin 1\n" + o.config.Kind + "\n" + strings.TrimRight(o.config.BaseURL, "/")))
	return hex.EncodeToString(at[:8])
}

// Workers is how many cells at once the config gives the backend of a model, 0: it
// does not say.
func (s *Set) Workers(ref string) int {
	name, _, _ := strings.Cut(ref, "/")
	o, _ := s.at(name)
	return o.config.Concurrency
}

// Context is the model's context in tokens as the config says, else as its backend
// told when it was last listed, else as its maker did, 0: unknown.
func (s *Set) Context(ref string) int {
	o, model, ok := s.find(ref)
	if !ok {
		return 0
	}
	if n := o.config.Context[model]; n > 0 {
		return n
	}
	s.mu.RLock()
	told := s.heard[ref]
	s.mu.RUnlock()
	if told > 0 {
		return told
	}
	l, _ := o.listed(model)
	return l.context
}

// Learn lists the models of the backend of a model, so that their contexts are
// known. Nothing of a prompt is sent.
func (s *Set) Learn(ctx context.Context, ref string) {
	if name, _, err := session.ParseModelRef(ref); err == nil {
		if _, ok := s.at(name); ok {
			s.list(ctx, name)
		}
	}
}

// hear keeps the context that a backend told of a model.
func (s *Set) hear(ref string, tokens int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard == nil {
		s.heard = map[string]int{}
	}
	s.heard[ref] = tokens
}

func (s *Set) find(ref string) (o opened, model string, ok bool) {
	name, model, err := session.ParseModelRef(ref)
	if err != nil {
		return opened{}, "", false
	}
	o, ok = s.at(name)
	return o, model, ok
}

// listed is the model in the list of its maker.
func (o opened) listed(model string) (priceRow, bool) {
	b, ok := o.backend.(placed)
	if !ok {
		return priceRow{}, false
	}
	return listedAt(b.place(), model, time.Now())
}

// Listing is what one backend offers.
type Listing struct {
	Backend string
	About   string // one line for people
	Models  []session.ModelInfo
	Err     error // why it could not be asked; Models are then the config's
}

// Models asks every backend what it offers, all at once. One whose key is not
// set is not asked.
func (s *Set) Models(ctx context.Context) []Listing {
	names := s.Names()
	out := make([]Listing, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { out[i] = s.list(ctx, name) })
	}
	wg.Wait()
	return out
}

func (s *Set) list(ctx context.Context, name string) (l Listing) {
	o, _ := s.at(name)
	l = Listing{Backend: name, About: o.backend.Traits().About}
	defer func() {
		if r := recover(); r != nil {
			l.Err = &session.CallError{Kind: "server", Message: text.Raw(fmt.Sprint("the backend broke: ", r))}
		}
	}()
	var models []session.ModelInfo
	if l.Err = s.keyed(name); l.Err == nil {
		models, l.Err = o.backend.Models(ctx)
	}
	seen := map[string]bool{}
	for _, m := range models {
		if len(m.Ref) > longestName {
			continue // no config and no variant would name it
		}
		m = brief(m)
		if c := o.config.Context[m.Ref]; c > 0 {
			m.Context = c
		} else if m.Context == 0 {
			l, _ := o.listed(m.Ref)
			m.Context = l.context
		}
		seen[m.Ref] = true
		m.Ref = name + "/" + m.Ref
		if m.Context > 0 {
			s.hear(m.Ref, m.Context)
		}
		l.Models = append(l.Models, m)
	}
	for _, m := range o.config.Models {
		if !seen[m] {
			l.Models = append(l.Models, session.ModelInfo{Ref: name + "/" + m, Context: o.config.Context[m], About: "named in your config"})
		}
	}
	return l
}
