package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"galley/engine/backend"
	"galley/engine/backend/managed"
	"galley/session"
	"galley/session/text"
	"galley/tui/models"
)

// usualPorts says where a search looks.
const usualPorts = "the ports of llama-server (8080, 9931), Ollama (11434), vLLM (8000), SGLang (30000), LM Studio (1234) and TGI (3000), and where OLLAMA_HOST and LLAMA_ARG_PORT say"

// modelsDeps are the functions of the Models station.
func (d *desk) modelsDeps() models.Deps {
	return models.Deps{
		Backends: d.backends, List: d.listing, Where: usualPorts, Config: shortPath(d.config.path), Find: d.find, Add: d.addFound,
		Load:   func(ctx context.Context, ref string) error { return d.loader(ctx, ref, backend.Loader.Load) },
		Unload: func(ctx context.Context, ref string) error { return d.loader(ctx, ref, backend.Loader.Unload) },
		Gauge:  d.gauge, Status: d.servers, Devices: d.devices,
		Rest: func() { d.reader().Rest() },
		Note: func() string { return d.reader().Note() },
	}
}

// backends lists what can be asked. Those that come with the program stand last.
func (d *desk) backends() []models.Backend {
	var out []models.Backend
	for _, c := range d.set.Configs() {
		b, ok := d.set.Backend(c.Name)
		if !ok {
			continue
		}
		_, loads := b.(backend.Loader)
		_, gauges := b.(backend.Gauge)
		var may []string
		if _, ok := b.(backend.Renderer); ok {
			may = append(may, "render")
		}
		if _, ok := b.(backend.Tokenizer); ok {
			may = append(may, "tokenize")
		}
		if _, ok := b.(backend.Evidencer); ok {
			may = append(may, "evaluated")
		}
		out = append(out, models.Backend{
			Name: c.Name, About: b.Traits().About, BuiltIn: c.Name == c.Kind && slices.Contains(builtIns, c.Kind), Loads: loads, Gauges: gauges,
			Ours: c.Kind == "llama-server", Idle: cmp.Or(c.Idle, managed.UsualIdle), May: may,
		})
	}
	slices.SortStableFunc(out, func(a, b models.Backend) int { return order(a.BuiltIn) - order(b.BuiltIn) })
	return out
}

// builtIns are the kinds that need no config.
var builtIns = []string{"embedded", "human"}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

// listing asks one backend for its models.
func (d *desk) listing(ctx context.Context, name string) models.Listing {
	l := d.set.List(ctx, name)
	out := models.Listing{Models: l.Models, Err: l.Err}
	var access *backend.AccessError
	if errors.As(l.Err, &access) {
		out.Off, out.Fix = access.Why, access.Fix
	}
	return out
}

// loader does a deed of a model's backend, which may be one that can't.
func (d *desk) loader(ctx context.Context, ref string, deed func(backend.Loader, context.Context, string) error) error {
	b, model, err := d.set.Resolve(ref)
	if err != nil {
		return err
	}
	l, ok := b.(backend.Loader)
	if !ok {
		return errors.New("its models can't be loaded and unloaded from here")
	}
	return deed(l, ctx, model)
}

// gauge asks how busy the engine of a model is; the zero value where it does not
// say.
func (d *desk) gauge(ctx context.Context, ref string) (session.Load, error) {
	b, model, err := d.set.Resolve(ref)
	if err != nil {
		return session.Load{}, err
	}
	g, ok := b.(backend.Gauge)
	if !ok {
		return session.Load{}, nil
	}
	return g.Gauge(ctx, model)
}

// servers tells of the servers that are started here.
func (d *desk) servers() []models.Status {
	var out []models.Status
	for _, c := range d.set.Started() {
		out = append(out, models.Status{
			Model: c.Backend + "/" + c.Name, State: string(c.State), Share: c.Share, Since: c.Since, Why: c.Why, Tail: c.Tail,
			Ends: c.Ends, Rested: c.Rested,
		})
	}
	return out
}

// find looks for engines on this machine. The config is read again: it may have
// been written to since.
func (d *desk) find(ctx context.Context) ([]models.Found, error) {
	o := searching(d.config, nil)
	for _, c := range d.set.Configs() {
		o.Taken = append(o.Taken, c.Name)
	}
	if data, err := os.ReadFile(d.config.path); err == nil {
		if c, err := parseConfig(d.config.path, data); err == nil {
			o.Configured = c.backends()
		}
	}
	var out []models.Found
	for _, f := range backend.Discover(ctx, o) {
		out = append(out, models.Found{
			Engine: f.Engine, Name: f.Name, Address: f.BaseURL, Version: f.Version, Models: f.Models, State: f.State, As: f.As, Lines: f.Lines, KeyEnv: f.KeyEnv,
		})
	}
	return out, ctx.Err()
}

// addFound writes a found engine into the config and opens it.
func (d *desk) addFound(_ context.Context, f models.Found) error {
	c, err := addBackend(d.config.path, f.Name, f.Lines)
	if err != nil {
		return err
	}
	return d.set.Add(c)
}

// shortPath is a path as people write it: their home is a tilde.
func shortPath(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		if rest, ok := strings.CutPrefix(path, home+string(os.PathSeparator)); ok {
			return "~" + string(os.PathSeparator) + rest
		}
	}
	return text.Raw(path).String()
}
