package backend_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"galley/engine/backend"
)

// A backend can be added while others are asked, once, and is there at once.
func TestSetGrowsWhileItIsAsked(t *testing.T) {
	s, err := backend.NewSet(nil, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	was := len(s.Names())
	var wg sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprintf("lab%d", i)
		wg.Go(func() {
			if err := s.Add(backend.Config{Name: name, Kind: "openai", BaseURL: "http://127.0.0.1:9/v1", KeyEnv: "NOT_SET"}); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			_, _, _ = s.Lookup(name + "/m")
			s.Context(name + "/m")
			s.Configs()
			s.List(context.Background(), "embedded")
		})
	}
	wg.Wait()
	if n := len(s.Names()); n != was+8 || len(s.Configs()) != n {
		t.Errorf("%d names after %d, %d configs", n, was, len(s.Configs()))
	}
	if err := s.Add(backend.Config{Name: "lab0", Kind: "openai", BaseURL: "http://127.0.0.1:9/v1"}); err == nil {
		t.Error("a name was taken twice")
	}
	var access *backend.AccessError
	if l := s.List(context.Background(), "lab1"); !errors.As(l.Err, &access) {
		t.Errorf("one without its key was asked: %v", l.Err)
	}
	if l := s.List(context.Background(), "nowhere"); !errors.As(l.Err, &access) || l.Backend != "nowhere" {
		t.Errorf("one that is not there: %+v", l)
	}
}

// An origin tells two addresses apart and does not tell what they are.
func TestOrigin(t *testing.T) {
	s, err := backend.NewSet(nil, nil, backend.Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []backend.Config{
		{Name: "one", Kind: "openai", BaseURL: "http://127.0.0.1:1/v1"},
		{Name: "same", Kind: "openai", BaseURL: "http://127.0.0.1:1/v1/"},
		{Name: "two", Kind: "openai", BaseURL: "http://127.0.0.1:2/v1"},
	} {
		if err := s.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	one := s.Origin("one/m")
	if one == "" || one != s.Origin("same/other") || one == s.Origin("two/m") || strings.Contains(one, "127") {
		t.Errorf("one %q, same %q, two %q", one, s.Origin("same/m"), s.Origin("two/m"))
	}
	for _, ref := range []string{"embedded/nearest", "human/me", "nobody/m"} {
		if got := s.Origin(ref); got != "" {
			t.Errorf("%s has %q", ref, got)
		}
	}
}
