package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"galley/engine/backend"
	"galley/session"
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

	State     *string   `json:"state"`
	Trained   *int      `json:"trained"`
	Quant     *string   `json:"quant"`
	Params    *string   `json:"params"`
	Bytes     *int64    `json:"bytes"`
	VRAM      *int64    `json:"vram"`
	Slots     *int      `json:"slots"`
	Abilities []string  `json:"abilities"`
	Why       *text.Raw `json:"why"`
}

// searchJSON is what a search prints: what was found, and nothing of backends that
// were not asked.
type searchJSON struct {
	Found []foundJSON `json:"found"`
}

type foundJSON struct {
	Engine  string      `json:"engine"`
	Kind    string      `json:"kind"`
	Name    string      `json:"name"`
	BaseURL string      `json:"base_url"`
	Version *text.Raw   `json:"version"`
	State   string      `json:"state"`
	Models  []modelJSON `json:"models"`
	Backend *string     `json:"backend"` // of the config, that it is already
	Lines   string      `json:"lines"`
}

func modelOf(ref string, m session.ModelInfo) modelJSON {
	why := text.Raw(m.Why)
	return modelJSON{
		Model: ref, About: m.About, Context: some(m.Context), Digest: some(m.Digest), State: some(m.State), Trained: some(m.Trained),
		Quant: some(m.Quant), Params: some(m.Params), Bytes: some(m.Bytes), VRAM: some(m.VRAM), Slots: some(m.Slots),
		Abilities: orEmpty(m.Abilities), Why: some(why),
	}
}

type modelsOptions struct {
	discover          bool
	add, load, unload string
	ports             []int
}

func modelsCommand(g *globals) *cobra.Command {
	var o modelsOptions
	c := &cobra.Command{
		Use:   "models",
		Short: "List the models that can be asked, find engines on this machine, load and unload",
		Long: `List the models that the config's backends and the built-in one offer.

--discover asks 127.0.0.1 at the ports where engines usually listen, and where OLLAMA_HOST, LLAMA_ARG_HOST and
LLAMA_ARG_PORT say if that is this machine: by GET, 300 ms a question. Nobody else is asked, the backends of your config
neither, and nothing is written; what is found is listed with the lines that the config needs to reach it. --add writes
them.`,
		Args: wants(0, 0),
		RunE: headless(g, func(ctx context.Context, _ []string) (err error) {
			c, err := readConfig(g.config)
			if err != nil {
				return err
			}
			set, err := c.open(backend.Embedded{})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, set.Close()) }()
			switch {
			case o.load != "":
				return g.loadModel(ctx, set, o.load, true)
			case o.unload != "":
				return g.loadModel(ctx, set, o.unload, false)
			case o.add != "":
				return g.addFound(ctx, c, o.add, o.ports)
			case o.discover:
				found := backend.Discover(ctx, searching(c, o.ports))
				if err := ctx.Err(); err != nil {
					return err
				}
				return g.printFound(found)
			}
			return g.printModels(set.Models(ctx))
		}),
	}
	f := c.Flags()
	f.BoolVar(&o.discover, "discover", false, "look for engines on this machine, and list what they need in the config")
	f.IntSliceVar(&o.ports, "ports", nil, "with --discover and --add: ask these `PORTS` instead of the usual ones, as in 8080,8081")
	f.StringVar(&o.add, "add", "", "look, and write the engine that --discover lists under this `NAME` into the config")
	f.StringVar(&o.load, "load", "", "load `MODEL` (BACKEND/MODEL) into memory")
	f.StringVar(&o.unload, "unload", "", "take `MODEL` out of memory")
	jsonFlag(c, g, "print a JSON list; with --discover an object")
	c.MarkFlagsMutuallyExclusive("add", "load", "unload")
	c.MarkFlagsMutuallyExclusive("discover", "load", "unload")
	return c
}

// searching says where engines are looked for, and what is known of them already.
func searching(c config, ports []int) backend.DiscoverOptions {
	return backend.DiscoverOptions{Ports: ports, Env: os.Getenv, Configured: c.backends()}
}

// addFound writes a found engine into the config.
func (g *globals) addFound(ctx context.Context, c config, name string, ports []int) error {
	found := backend.Discover(ctx, searching(c, ports))
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, there := c.Backends[name]; there {
		return usage("your config has a backend %s already; galley models --discover tells what is new", text.Raw(name))
	}
	i := slices.IndexFunc(found, func(f backend.Found) bool { return f.Name == name && f.As == "" })
	if i < 0 {
		var names []string
		for _, f := range found {
			if f.As == "" {
				names = append(names, f.Name)
			}
		}
		if len(names) == 0 {
			return usage("no engine was found on this machine that your config does not have; is it running?")
		}
		return usage("no engine was found under the name %s; there is %s", text.Raw(name), strings.Join(names, ", "))
	}
	f := found[i]
	if _, err := addBackend(c.path, f.Name, f.Lines); err != nil {
		return err
	}
	if g.json {
		return g.printJSON(foundOf(f))
	}
	g.say("added to %s:\n\n%s", text.Raw(c.path), strings.TrimSuffix(f.Lines, "\n"))
	if f.KeyEnv != "" {
		g.talk("it wants a key: set %s before you ask it", f.KeyEnv)
	}
	if len(f.Models) > 0 {
		g.talk("name its models as %s/%s", f.Name, text.Raw(f.Models[0].Ref))
	}
	return nil
}

// loadModel loads a model or takes it out, and says how long that took.
func (g *globals) loadModel(ctx context.Context, set *backend.Set, ref string, load bool) error {
	b, model, err := set.Resolve(ref)
	var access *backend.AccessError
	if errors.As(err, &access) {
		return err
	}
	if err != nil {
		return usage("%w", err)
	}
	name, _, _ := strings.Cut(ref, "/")
	loader, ok := b.(backend.Loader)
	if !ok {
		return usage("the models of %s can't be loaded and unloaded from here", text.Raw(name))
	}
	for _, c := range set.Configs() {
		if c.Name == name && c.Kind == "llama-server" {
			return usage("%s is a llama-server that Galley starts when it is asked and stops when it ends: what this command loads would be gone with it; galley run loads it, and so does l on the Models screen", text.Raw(name))
		}
	}
	began, deed, done := time.Now(), loader.Unload, "unloaded"
	if load {
		deed, done = loader.Load, "loaded"
	}
	if err := deed(ctx, model); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &exitError{exitIncomplete, fmt.Errorf("%s: %w", text.Raw(ref), err)}
	}
	g.talk("%s is %s, after %.1f s", text.Raw(ref), done, time.Since(began).Seconds())
	l := set.List(ctx, name)
	i := slices.IndexFunc(l.Models, func(m session.ModelInfo) bool { return m.Ref == ref || strings.TrimSuffix(m.Ref, ":latest") == ref })
	if g.json && i >= 0 {
		return g.printJSON(modelOf(ref, l.Models[i]))
	}
	return nil
}

func foundOf(f backend.Found) foundJSON {
	j := foundJSON{
		Engine: f.Engine, Kind: f.Kind, Name: f.Name, BaseURL: f.BaseURL, Version: some(f.Version), State: f.State, Models: []modelJSON{},
		Backend: some(f.As), Lines: f.Lines,
	}
	name := f.Name
	if f.As != "" {
		name = f.As
	}
	for _, m := range f.Models {
		j.Models = append(j.Models, modelOf(name+"/"+m.Ref, m))
	}
	return j
}

// printModels prints what every backend offers. One that could not be asked is exit
// code 3.
func (g *globals) printModels(all []backend.Listing) error {
	out := []listingJSON{}
	var rows []modelRow
	failed := 0
	for _, l := range all {
		var access *backend.AccessError
		keyless := errors.As(l.Err, &access)
		j := listingJSON{Backend: l.Backend, Ready: !keyless, About: l.About, Models: []modelJSON{}}
		for _, m := range l.Models {
			j.Models = append(j.Models, modelOf(m.Ref, m))
			rows = append(rows, modelRow{m, aboutModel(m, l.About, keyless)})
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
	if err := g.list(out, modelsTable(rows)); err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{exitIncomplete, fmt.Errorf("%s could not be asked", plural(failed, "backend", "backends"))}
	}
	return nil
}

// printFound prints the engines that a search found, with what to do about each.
func (g *globals) printFound(found []backend.Found) error {
	if g.json {
		j := searchJSON{Found: []foundJSON{}}
		for _, f := range found {
			j.Found = append(j.Found, foundOf(f))
		}
		return g.printJSON(j)
	}
	if len(found) == 0 {
		g.say("No engine was found on this machine. Start one, say with --ports where it listens, or write it into the config: galley help config.")
	}
	for i, f := range found {
		if i > 0 {
			g.say("")
		}
		g.say("%s", g.paint(styleHead, foundLine(f)))
		if f.As != "" {
			g.say("  your config has it: [backends.%s]", text.Raw(f.As))
			continue
		}
		g.say("  galley models --add %s writes into your config:", f.Name)
		for l := range strings.Lines(f.Lines) {
			g.say("    %s", strings.TrimSuffix(l, "\n"))
		}
	}
	return nil
}

// foundLine is "Ollama 0.17.4 at http://127.0.0.1:11434, 4 models".
func foundLine(f backend.Found) string {
	s := f.Engine
	if f.Version != "" {
		s += " " + text.Head(f.Version, 40).OneLine().String()
	}
	s += " at " + strings.TrimSuffix(f.BaseURL, "/v1")
	switch {
	case f.State != "ready":
		s += ", " + strings.Replace(f.State, "loading", "still loading its model", 1)
	case len(f.Models) == 1:
		s += ", with " + text.Head(text.Raw(f.Models[0].Ref), 60).OneLine().String()
	default:
		s += ", " + plural(len(f.Models), "model", "models")
	}
	return s
}
