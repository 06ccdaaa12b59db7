package backend

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"galley/session"
	"galley/session/text"
)

// llamaPoll is how often a router is asked whether it is done.
const llamaPoll = 100 * time.Millisecond

// llamaModel is a model as a server lists it: of a router with its state, of one
// that is loaded with what it is.
type llamaModel struct {
	ID      string   `json:"id"`
	Aliases []string `json:"aliases"`
	Status  *struct {
		Value  string   `json:"value"`
		Failed bool     `json:"failed"`
		Exit   *float64 `json:"exit_code"`
	} `json:"status"`
	Trained float64 `json:"context_length"`
	Meta    struct {
		Vocab   float64 `json:"n_vocab"`
		Ctx     float64 `json:"n_ctx"`
		Trained float64 `json:"n_ctx_train"`
		Embd    float64 `json:"n_embd"`
		Params  float64 `json:"n_params"`
		Size    float64 `json:"size"`
		Ftype   string  `json:"ftype"`
	} `json:"meta"`
}

// state is the model's, in the words of [session.ModelInfo].
func (m llamaModel) state() string {
	switch {
	case m.Status == nil:
		return "loaded" // a server with one model lists it once it is there
	case m.Status.Failed && m.Status.Value == "unloaded":
		return "failed"
	}
	return m.Status.Value
}

func (m llamaModel) why() string {
	if m.state() != "failed" {
		return ""
	}
	if m.Status.Exit != nil && counts(*m.Status.Exit) {
		return fmt.Sprintf("its server ended with exit code %d while it loaded; the router's log says why", int(*m.Status.Exit))
	}
	return "it could not be loaded; the router's log says why"
}

// llamaProps is what a server says of itself, or of one model of a router.
type llamaProps struct {
	Role     string  `json:"role"`
	Build    string  `json:"build_info"`
	Slots    float64 `json:"total_slots"`
	Alias    string  `json:"model_alias"`
	Path     string  `json:"model_path"`
	Ftype    string  `json:"model_ftype"`
	Template string  `json:"chat_template"`
	BOS      string  `json:"bos_token"`
	EOS      string  `json:"eos_token"`
	Sleeping bool    `json:"is_sleeping"`
	Can      struct {
		Calls *bool `json:"supports_tool_calls"`
	} `json:"chat_template_caps"`
	Default struct {
		Ctx float64 `json:"n_ctx"`
	} `json:"default_generation_settings"`
}

func (p llamaProps) router() bool { return p.Role == "router" }

func llamaCount(n float64) int {
	if !counts(n) {
		return 0
	}
	return int(n)
}

// props asks what the server is. of: a model; "" the server itself.
func (l *llama) props(ctx context.Context, of string) (llamaProps, error) {
	var p llamaProps
	var all []byte
	var err error
	if of == "" {
		all, _, err = l.call(ctx, http.MethodGet, "/props", nil, llamaAsk, modelsLimit)
		err = l.explain(err)
	} else {
		all, err = l.get(ctx, "/props", of)
	}
	if err != nil {
		return p, err
	}
	if json.Unmarshal(all, &p) != nil {
		return p, l.fail("protocol", "/props answered what is none of a llama-server's: %s", oneLine(l.safe(string(all)), 200))
	}
	return p, nil
}

func (l *llama) list(ctx context.Context) ([]llamaModel, error) {
	all, head, err := l.call(ctx, http.MethodGet, "/v1/models", nil, modelsTime, modelsLimit)
	if err != nil {
		return nil, l.explain(err)
	}
	var w struct {
		Data []llamaModel `json:"data"`
	}
	if json.Unmarshal(all, &w) != nil || w.Data == nil {
		return nil, l.fail("protocol", "the list of models can't be read: %s", describe(head.Get("Content-Type"), []byte(l.safe(string(all)))))
	}
	if err := l.tooMany(len(w.Data)); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(w.Data, func(m llamaModel) bool { return m.ID == "" }), nil
}

// llamaFind is the model of a list that a name stands for: of a server with one model
// that one, by whatever name.
func llamaFind(list []llamaModel, model string) (llamaModel, bool) {
	for _, m := range list {
		if m.ID == model || slices.Contains(m.Aliases, model) {
			return m, true
		}
	}
	if len(list) == 1 && list[0].Status == nil {
		return list[0], true
	}
	return llamaModel{}, false
}

// Models lists what the server has, with what it says of each. What a model can do
// is tried where it is loaded, by questions that make no tokens; none is loaded for
// it.
func (l *llama) Models(ctx context.Context) ([]session.ModelInfo, error) {
	list, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, modelsTime) // what is not told by then stays unknown
	defer cancel()
	var out []session.ModelInfo
	for _, m := range list {
		info := session.ModelInfo{
			Ref: l.safe(m.ID), State: l.safe(m.state()), Why: m.why(),
			Context: llamaCount(m.Meta.Ctx), Trained: max(llamaCount(m.Meta.Trained), llamaCount(m.Trained)),
			Quant: l.safe(m.Meta.Ftype), Params: llamaScale(m.Meta.Params),
		}
		if n := m.Meta.Size; n > 0 && n < 1<<53 {
			info.Bytes = int64(n)
		}
		if info.State == "loaded" {
			l.fill(ctx, m, &info)
		}
		if m.Status != nil { // a router's
			info.Abilities = append(info.Abilities, "load")
		}
		out = append(out, info)
	}
	slices.SortFunc(out, func(a, b session.ModelInfo) int { return strings.Compare(a.Ref, b.Ref) })
	return out, nil
}

// fill adds what a loaded model says of itself. What it does not say stays unknown.
func (l *llama) fill(ctx context.Context, m llamaModel, info *session.ModelInfo) {
	p, err := l.props(ctx, m.ID)
	if err != nil {
		return
	}
	if p.Sleeping {
		info.State = "sleeping"
	}
	if n := llamaCount(p.Default.Ctx); n > 0 {
		info.Context = n
	}
	l.learn(m.ID, p)
	info.Slots = llamaCount(p.Slots)
	info.Digest = l.keep(m.ID, l.pinOf(ctx, m, p)).Digest
	if !p.Sleeping { // asking would wake it
		info.Abilities = l.abilities(ctx, m.ID, p.Build+" "+info.Digest)
	}
}

// llamaScale writes a number of parameters as people do.
func llamaScale(n float64) string {
	for _, u := range []struct {
		of   float64
		name string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
		if n >= u.of && n < 1e15 {
			return strconv.FormatFloat(n/u.of, 'f', 1, 64) + u.name
		}
	}
	return ""
}

// Pin tells what stands behind a model's name as far as HTTP tells: see digest. Of
// a model that a router has not loaded only the server is known.
func (l *llama) Pin(ctx context.Context, model string) (session.Pin, error) {
	self, err := l.props(ctx, "")
	if err != nil {
		return session.Pin{}, err
	}
	list, err := l.list(ctx)
	if err != nil {
		return session.Pin{}, err
	}
	m, ok := llamaFind(list, model)
	if !ok {
		return session.Pin{}, l.fail("not_found", "the server has no model %q", text.Raw(model))
	}
	p := self
	if self.router() {
		if m.state() != "loaded" {
			return session.Pin{Server: llamaBuild(l.safe(self.Build))}, nil
		}
		if p, err = l.props(ctx, m.ID); err != nil {
			return session.Pin{}, err
		}
	}
	l.learn(model, p)
	return l.keep(model, l.pinOf(ctx, m, p)), nil
}

// learn keeps whether a model's chat template writes calls of tools: one that does
// not leaves them out without a word.
func (l *llama) learn(model string, p llamaProps) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.callless[model] = p.Can.Calls != nil && !*p.Can.Calls
}

// refuseCalls refuses calls of tools where the template is known to leave them out.
func (l *llama) refuseCalls(r Request) error {
	l.mu.Lock()
	callless := l.callless[r.Model]
	l.mu.Unlock()
	for i, m := range r.Proof.Messages {
		if len(m.Calls) > 0 && callless {
			return fmt.Errorf("message %d calls %s, and the chat template of %s leaves calls of tools out, as its server says; let the shots stand inline, or take a model that knows tools", i+1, text.Raw(m.Calls[0].Name), text.Raw(r.Model))
		}
	}
	return nil
}

func (l *llama) keep(model string, pin session.Pin) session.Pin {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pins[model] = pin
	return pin
}

// know asks once what stands behind the name of a model that answered and was not
// pinned before: a router loads it with its first request.
func (l *llama) know(ctx context.Context, model string) {
	l.mu.Lock()
	_, known := l.pins[model]
	l.mu.Unlock()
	if known {
		return
	}
	if pin, err := l.Pin(ctx, model); err != nil || pin.Digest == "" {
		l.keep(model, pin)
	}
}

func (l *llama) pinOf(ctx context.Context, m llamaModel, p llamaProps) session.Pin {
	pin := session.Pin{Slots: llamaCount(p.Slots), Context: llamaCount(p.Default.Ctx), Digest: l.digest(ctx, m, p)}
	if p.Build != "" {
		pin.Server = llamaBuild(l.safe(p.Build))
	}
	return pin
}

// digest names a model by what its server tells: path, sizes, quantisation,
// vocabulary, chat template and adapters. It is no hash of the file, which no
// endpoint gives: it changes with whatever of this changes, and a file that was
// replaced under its name by another of the same sizes keeps it.
func (l *llama) digest(ctx context.Context, m llamaModel, p llamaProps) string {
	if p.Path == "" {
		return ""
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "galley llama.cpp model 1\n%q %q %q %q %q\n%v %v %v %v %v\n", p.Path, p.Ftype, p.Template, p.BOS, p.EOS,
		m.Meta.Vocab, m.Meta.Trained, m.Meta.Embd, m.Meta.Params, m.Meta.Size)
	if adapters, err := l.get(ctx, "/lora-adapters", m.ID); err == nil {
		h.Write(adapters)
	}
	return "llamacpp:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Load has a router load a model, and returns when it is loaded.
func (l *llama) Load(ctx context.Context, model string) error {
	self, err := l.props(ctx, "")
	if err != nil {
		return err
	}
	list, err := l.list(ctx)
	if err != nil {
		return err
	}
	m, ok := llamaFind(list, model)
	switch {
	case !self.router() && ok && (m.ID == model || slices.Contains(m.Aliases, model)):
		return nil // it is what the server is
	case !self.router():
		return l.fail("config", "this llama-server has one model and can load no other; start it as a router (without -m, with --models-dir), or with %q", text.Raw(model))
	case !ok:
		return l.fail("not_found", "the router has no model %q", text.Raw(model))
	case m.state() == "loaded" || m.state() == "sleeping":
		return nil
	case m.state() != "loading" && m.state() != "downloading":
		if err := l.orderLoad(ctx, m.ID); err != nil {
			return err
		}
	}
	return l.await(ctx, m.ID, "loaded")
}

// orderLoad orders a load. A router that is just putting another model out says
// that its limit is reached and to come again, which is done for some seconds.
func (l *llama) orderLoad(ctx context.Context, id string) error {
	const tries = 50
	for n := 1; ; n++ {
		err := l.order(ctx, "/models/load", id)
		if err == nil || n == tries || !strings.Contains(err.Error(), "try again later") {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// Unload has a router take a model out of memory, and returns when it is out.
func (l *llama) Unload(ctx context.Context, model string) error {
	self, err := l.props(ctx, "")
	if err != nil {
		return err
	}
	if !self.router() {
		return l.fail("config", "this llama-server has one model, and holds it until it ends; stop the server, or start it as a router (without -m, with --models-dir)")
	}
	list, err := l.list(ctx)
	if err != nil {
		return err
	}
	m, ok := llamaFind(list, model)
	switch {
	case !ok:
		return l.fail("not_found", "the router has no model %q", text.Raw(model))
	case m.state() == "unloaded" || m.state() == "failed":
		return nil
	}
	if err := l.order(ctx, "/models/unload", m.ID); err != nil {
		return err
	}
	return l.await(ctx, m.ID, "unloaded")
}

func (l *llama) order(ctx context.Context, endpoint, model string) error {
	b := newObject()
	b.str("model", model)
	body, err := b.bytes()
	if err != nil {
		return l.fail("config", "%v", err)
	}
	_, _, err = l.call(ctx, http.MethodPost, endpoint, body, llamaAsk, errorBody)
	return l.explain(err)
}

// await asks until the model is in the state, for as long as ctx lasts: a big one
// takes minutes.
func (l *llama) await(ctx context.Context, model, state string) error {
	for {
		list, err := l.list(ctx)
		if err != nil {
			return err
		}
		m, ok := llamaFind(list, model)
		switch is := m.state(); {
		case !ok:
			return l.fail("not_found", "the router has no model %q any more", text.Raw(model))
		case is == state || is == "failed" && state == "unloaded" || is == "sleeping" && state == "loaded":
			return nil
		case is == "failed" || is == "unloaded":
			return l.fail("server", "%q was not loaded: %s", text.Raw(model), cmp.Or(m.why(), "the router took it out again"))
		}
		select {
		case <-ctx.Done():
			return l.fail("network", "cancelled")
		case <-time.After(llamaPoll):
		}
	}
}
