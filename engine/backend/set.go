package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"galley/session"
	"galley/session/text"
)

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
// "embedded". It is safe for many goroutines.
type Set struct {
	names []string // in the order of the config, embedded last
	open  map[string]opened
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
	_ = e
	return s, errors.New("not yet")
}

// Names lists the backends.
func (s *Set) Names() []string { return s.names }

// Lookup finds the backend of BACKEND/MODEL without asking whether its key is
// set: enough to show a request. An error is an [*AccessError], or says how a
// model is named.
func (s *Set) Lookup(ref string) (Backend, string, error) {
	name, model, err := session.ParseModelRef(ref)
	if err != nil {
		return nil, "", err
	}
	o, ok := s.open[name]
	if !ok {
		return nil, "", &AccessError{Backend: text.Raw(name), Why: "no backend"}
	}
	return o.backend, model, nil
}

// Resolve is Lookup for a request that is to be sent: a key that the config
// names must be set. It asks no server.
func (s *Set) Resolve(ref string) (Backend, string, error) { return s.Lookup(ref) }

// Price is what the config says that a model costs.
func (s *Set) Price(ref string) (Price, bool) { return Price{}, false }

// Context is the model's context in tokens as the config says, 0: unknown.
func (s *Set) Context(ref string) int { return 0 }

// Listing is what one backend offers.
type Listing struct {
	Backend string
	About   string // one line for people
	Models  []session.ModelInfo
	Err     error // why it could not be asked; Models are then the config's
}

// Models asks every backend what it offers, all at once.
func (s *Set) Models(ctx context.Context) []Listing { return nil }
