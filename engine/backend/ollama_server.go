package backend

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"galley/session"
)

const (
	loadTime   = 10 * time.Minute // a model from a slow disk
	unloadTime = 5 * time.Second
	showLimit  = 32 << 20 // a whole vocabulary may be asked for
	showsAtOne = 4        // models asked about at once
)

// ollamaTags is a model that the server has.
type ollamaTags struct {
	Name       string `json:"name"`
	Model      string `json:"model"`
	RemoteHost string `json:"remote_host"`
	Size       int64  `json:"size"`
	Digest     string `json:"digest"`
	Details    struct {
		Params string `json:"parameter_size"`
		Quant  string `json:"quantization_level"`
	} `json:"details"`

	// Of a loaded one.
	VRAM    int64 `json:"size_vram"`
	Context int   `json:"context_length"`
}

func (t ollamaTags) name() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Model
}

// list reads a list of models: /api/tags of all, /api/ps of those in memory.
func (o *ollama) list(ctx context.Context, path string) ([]ollamaTags, error) {
	body, head, err := o.call(ctx, http.MethodGet, path, nil, modelsTime, modelsLimit)
	if err != nil {
		return nil, o.explain("", err)
	}
	var l struct {
		Models *[]ollamaTags `json:"models"`
	}
	if json.Unmarshal(body, &l) != nil || l.Models == nil {
		return nil, o.fail("protocol", "the list of models can't be read: %s", describe(head.Get("Content-Type"), []byte(o.safe(string(body)))))
	}
	if err := o.tooMany(len(*l.Models)); err != nil {
		return nil, err
	}
	return *l.Models, nil
}

func findModel(all []ollamaTags, model string) (ollamaTags, bool) {
	i := slices.IndexFunc(all, func(t ollamaTags) bool { return sameModel(t.name(), model) })
	if i < 0 {
		return ollamaTags{}, false
	}
	return all[i], true
}

// ollamaShow is what is known of one model.
type ollamaShow struct {
	Parameters   string                     `json:"parameters"`
	RemoteHost   string                     `json:"remote_host"`
	Capabilities []string                   `json:"capabilities"`
	Info         map[string]json.RawMessage `json:"model_info"`
}

func (o *ollama) show(ctx context.Context, model string, verbose bool) (ollamaShow, error) {
	b := newObject()
	b.str("model", model)
	if verbose {
		b.flag("verbose", true)
	}
	ask, err := b.bytes()
	if err != nil {
		return ollamaShow{}, o.fail("config", "%v", err)
	}
	body, head, err := o.call(ctx, http.MethodPost, "/api/show", ask, modelsTime, showLimit)
	if err != nil {
		return ollamaShow{}, o.explain(model, err)
	}
	var s ollamaShow
	if json.Unmarshal(body, &s) != nil {
		return ollamaShow{}, o.fail("protocol", "what the server says of the model can't be read: %s", describe(head.Get("Content-Type"), []byte(o.safe(string(body)))))
	}
	return s, nil
}

// number reads a count of the model's file; the keys of some begin with the name
// of its architecture. 0: it is not there.
func (s ollamaShow) number(key string) int {
	m, ok := s.Info[key]
	if !ok {
		var arch string
		if json.Unmarshal(s.Info["general.architecture"], &arch) != nil {
			return 0
		}
		m = s.Info[arch+"."+key]
	}
	var n float64
	if json.Unmarshal(m, &n) != nil || !counts(n) {
		return 0
	}
	return int(n)
}

// ownContext is the context that the Modelfile sets; 0: none.
func (s ollamaShow) ownContext() int {
	for line := range strings.Lines(s.Parameters) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "num_ctx" {
			n, _ := strconv.Atoi(f[1])
			return max(n, 0)
		}
	}
	return 0
}

// Models lists what the server has, and of each whether it is in memory, with
// what context, and what it can.
func (o *ollama) Models(ctx context.Context) ([]session.ModelInfo, error) {
	all, err := o.list(ctx, "/api/tags")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, modelsTime)
	defer cancel()
	loaded, loadedErr := o.list(ctx, "/api/ps") // without it the states are unknown
	here := make(map[string]ollamaTags, len(loaded))
	for _, t := range loaded {
		here[tagged(t.name())] = t
	}
	out := make([]session.ModelInfo, len(all))
	var wg sync.WaitGroup
	turn := make(chan struct{}, showsAtOne)
	for i, t := range all {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			out[i] = o.about(ctx, t, here, loadedErr == nil)
		})
	}
	wg.Wait()
	out = slices.DeleteFunc(out, func(m session.ModelInfo) bool { return m.Ref == "" })
	slices.SortFunc(out, func(a, b session.ModelInfo) int { return strings.Compare(a.Ref, b.Ref) })
	return out, nil
}

func (o *ollama) about(ctx context.Context, t ollamaTags, loaded map[string]ollamaTags, known bool) session.ModelInfo {
	m := session.ModelInfo{
		Ref: o.safe(t.name()), Digest: o.safe(t.Digest), Bytes: max(t.Size, 0),
		Quant: o.safe(t.Details.Quant), Params: o.safe(t.Details.Params),
	}
	if known {
		m.State = "unloaded"
	}
	if p, ok := loaded[tagged(t.name())]; ok {
		m.State, m.VRAM, m.Context = "loaded", max(p.VRAM, 0), max(p.Context, 0)
	}
	if t.RemoteHost != "" {
		m.State, m.About = "", "runs at "+o.safe(t.RemoteHost)+", not on this machine"
		return m
	}
	m.Abilities = []string{"load", "schema"}
	if o.renders.can.Load() == able {
		m.Abilities = append(m.Abilities, "render", "evaluated")
	}
	s, err := o.show(ctx, t.name(), false)
	if err != nil {
		return m
	}
	m.Trained = s.number("context_length")
	for _, c := range s.Capabilities {
		switch c {
		case "tools":
			m.Abilities = append(m.Abilities, "tools")
		case "thinking":
			m.Abilities = append(m.Abilities, "think")
		}
	}
	return m
}

// Pin tells what stands behind a model's name. Context is what a request will
// have: what this config or its Modelfile sets, or what it is loaded with; of a
// model that is not loaded it is otherwise the server's choice, which is not known.
func (o *ollama) Pin(ctx context.Context, model string) (session.Pin, error) {
	all, err := o.list(ctx, "/api/tags")
	if err != nil {
		return session.Pin{}, err
	}
	t, ok := findModel(all, model)
	if !ok {
		return session.Pin{}, o.explain(model, o.fail("not_found", "model %q not found", model))
	}
	p := session.Pin{Digest: o.safe(t.Digest), Server: ollamaName, Context: o.contextOf(model, 0)}
	if v, err := o.version(ctx); err == nil && v != "" {
		p.Server += " " + o.safe(v)
	}
	if p.Context == 0 {
		if loaded, err := o.list(ctx, "/api/ps"); err == nil {
			l, _ := findModel(loaded, model)
			p.Context = max(l.Context, 0)
		}
	}
	if s, err := o.show(ctx, model, false); err == nil {
		if p.Context == 0 {
			p.Context = s.ownContext()
		}
		if trained := s.number("context_length"); trained > 0 {
			p.Context = min(p.Context, trained) // more is cut to it
		}
	}
	return p, nil
}

func (o *ollama) version(ctx context.Context) (string, error) {
	body, _, err := o.call(ctx, http.MethodGet, "/api/version", nil, modelsTime, modelsLimit)
	if err != nil {
		return "", err
	}
	var v struct {
		Version string `json:"version"`
	}
	if json.Unmarshal(body, &v) != nil {
		return "", o.fail("protocol", "the version can't be read")
	}
	return cut(v.Version, 60), nil
}

// Load brings a model into memory, with the context that the config gives it, so
// that the first request does not load it again.
func (o *ollama) Load(ctx context.Context, model string) error {
	return o.control(ctx, model, "load", func(b *object) {
		if n := o.contextOf(model, 0); n > 0 {
			b.object("options", func(b *object) { b.int("num_ctx", int64(n)) })
		}
	})
}

// Unload takes a model out of memory, and waits a moment for it to go: the server
// answers before it is gone, and keeps one that is at work.
func (o *ollama) Unload(ctx context.Context, model string) error {
	if err := o.control(ctx, model, "unload", func(b *object) { b.int("keep_alive", 0) }); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, unloadTime)
	defer cancel()
	for {
		loaded, err := o.list(ctx, "/api/ps")
		if _, still := findModel(loaded, model); err != nil || !still {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// control sends a request without messages, which writes nothing.
func (o *ollama) control(ctx context.Context, model, want string, more func(*object)) error {
	b := newObject()
	b.str("model", model)
	b.raw("messages", []byte("[]"))
	b.flag("stream", false)
	more(b)
	ask, err := b.bytes()
	if err != nil {
		return o.fail("config", "%v", err)
	}
	body, head, err := o.call(ctx, http.MethodPost, ollamaChat, ask, loadTime, modelsLimit)
	if err != nil {
		return o.explain(model, err)
	}
	var l ollamaLine
	if json.Unmarshal(body, &l) != nil || l.Reason != want {
		return o.fail("protocol", "the server did not say that it did %s the model: %s", want, describe(head.Get("Content-Type"), []byte(o.safe(string(body)))))
	}
	return nil
}

// renders remembers whether a server can show what it renders, per version: it is
// asked once, with a request that costs one token where it can't.
type renders struct {
	mu      sync.Mutex // held while the server is asked
	version string
	can     atomic.Int32
}

// What is known of an ability.
const (
	unasked int32 = iota
	able
	unable
)

// ask returns what is known of the version, or finds it out.
func (r *renders) ask(version string, probe func() (bool, error)) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.can.Load(); known != unasked && r.version == version {
		return known == able, nil
	}
	can, err := probe()
	if err != nil {
		return false, err
	}
	r.version = version
	r.can.Store(unable)
	if can {
		r.can.Store(able)
	}
	return can, nil
}
