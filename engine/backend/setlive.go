package backend

import (
	"context"

	"galley/session"
)

// at is the backend of a name.
func (s *Set) at(name string) (opened, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.open[name]
	return o, ok
}

// Add opens one backend more: one that the user has just written into the config.
// No connection is made. An error is a [*ConfigError].
func (s *Set) Add(c Config) error { return s.add(c, All(), Embedded{}) }

// Configs lists the backends as the config has them, in the order of Names.
func (s *Set) Configs() []Config {
	var out []Config
	for _, name := range s.Names() {
		o, _ := s.at(name)
		out = append(out, o.config)
	}
	return out
}

// List asks one backend what it offers, as Models does all.
func (s *Set) List(ctx context.Context, name string) Listing {
	if _, ok := s.at(name); !ok {
		return Listing{Backend: name, Err: unknown(name)}
	}
	return s.list(ctx, name)
}

// Backend is the backend of a name, without asking whether its key is set; false:
// there is none.
func (s *Set) Backend(name string) (Backend, bool) {
	o, ok := s.at(name)
	return o.backend, ok
}

// Bounds of what a server says of one model, in bytes.
const (
	longestName = 1024
	longestWord = 256
)

// brief is what a server says of a model, as far as lists show it.
func brief(m session.ModelInfo) session.ModelInfo {
	for _, s := range []*string{&m.State, &m.About, &m.Quant, &m.Params, &m.Digest} {
		*s = cut(*s, longestWord)
	}
	m.Why = cut(m.Why, errorMessage)
	return m
}
