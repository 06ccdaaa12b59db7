package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"galley/engine/backend"
	"galley/session/text"
)

type listingJSON struct {
	Backend string      `json:"backend"`
	Ready   bool        `json:"ready"` // its key, if it wants one, is set
	About   string      `json:"about"`
	Models  []modelJSON `json:"models"`
	Error   *text.Raw   `json:"error"`
}

type modelJSON struct {
	Model   string  `json:"model"` // BACKEND/MODEL
	About   string  `json:"about"`
	Context *int    `json:"context"`
	Digest  *string `json:"digest"`
}

func modelsCommand(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "models",
		Short: "List the models that the config's backends and the built-in one offer",
		Args:  wants(0, 0),
		RunE: headless(g, func(ctx context.Context, _ []string) error {
			c, err := readConfig(g.config)
			if err != nil {
				return err
			}
			set, err := c.open(backend.Embedded{})
			if err != nil {
				return err
			}
			return g.printModels(set.Models(ctx))
		}),
	}
	jsonFlag(c, g, "print a JSON list")
	return c
}

// printModels prints what every backend offers. One that could not be asked is
// exit code 3.
func (g *globals) printModels(all []backend.Listing) error {
	out := []listingJSON{}
	t := newTable("MODEL", "CONTEXT", "ABOUT").numbers(1)
	failed := 0
	for _, l := range all {
		var access *backend.AccessError
		keyless := errors.As(l.Err, &access)
		j := listingJSON{Backend: l.Backend, Ready: !keyless, About: l.About, Models: []modelJSON{}}
		for _, m := range l.Models {
			j.Models = append(j.Models, modelJSON{m.Ref, m.About, some(m.Context), some(m.Digest)})
			size := "–"
			if m.Context > 0 {
				size = itoa(m.Context)
			}
			about := m.About
			if about == "" {
				about = l.About
			}
			if keyless {
				about = "its key is not set, it can't be asked; " + about
			}
			t.row(text.Raw(m.Ref), size, text.Raw(about))
		}
		if l.Err != nil {
			failed++
			why := text.Raw(l.Err.Error())
			j.Error = &why
			if !g.json {
				g.talk("%s: %s", text.Raw(l.Backend), why)
			}
		}
		out = append(out, j)
	}
	if err := g.list(out, t); err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{exitIncomplete, fmt.Errorf("%s could not be asked", plural(failed, "backend", "backends"))}
	}
	return nil
}
