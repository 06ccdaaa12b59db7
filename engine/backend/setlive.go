package backend

import (
	"context"
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
