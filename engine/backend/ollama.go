package backend

import (
	"context"
	"errors"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"galley/session"
	"galley/session/text"
)

const (
	ollamaName = "ollama"
	ollamaBase = "http://127.0.0.1:11434"
	ollamaHost = "OLLAMA_HOST"
	ollamaChat = "/api/chat"
)

// ollamaKind is the kind for Ollama's own API. Its /v1 is not used: it renders
// nothing to look at, takes no context size, and applies a chat template to what
// claims to be raw.
func ollamaKind() Kind {
	return Kind{
		Name: ollamaName,
		Help: "Ollama, by its own API: rendered context, load and unload, context size per model",
		Open: func(c Config, key func(string) string) (Backend, error) { return newOllama(c, key) },
	}
}

type ollama struct {
	*client
	config  Config
	renders renders  // whether the server can show what it renders
	words   sync.Map // texts of tokens, by the model's digest and the token's id
}

func newOllama(c Config, key func(string) string) (*ollama, error) {
	base := ""
	if c.BaseURL == "" {
		if c.Name != ollamaName {
			return nil, &ConfigError{text.Raw(c.Name), "base_url", `is missing; only the name "ollama" has one of its own`}
		}
		var why string
		if base, why = ollamaAddress(key(ollamaHost)); why != "" {
			return nil, &ConfigError{text.Raw(c.Name), "base_url", why}
		}
	}
	c.BaseURL = strings.TrimSuffix(strings.TrimRight(c.BaseURL, "/"), "/v1")
	o := &ollama{config: c}
	cl, err := newClient(c, key, clientOptions{base: base, conns: o.workers()})
	if err != nil {
		return nil, err
	}
	o.client = cl
	return o, nil
}

// ollamaAddress is where Ollama listens by the variable that it shares with its
// own programs. An address that is not this machine is refused: a variable is no
// place to decide where prompts go. why is "" when it will do.
func ollamaAddress(host string) (base, why string) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(host), "://")
	if !ok {
		scheme, rest = "http", scheme
	}
	rest, _, _ = strings.Cut(rest, "/")
	if rest == "" && scheme == "http" {
		return ollamaBase, ""
	}
	name, port, err := net.SplitHostPort(rest)
	if err != nil {
		name, port = strings.Trim(rest, "[]"), ""
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		port = "11434"
	}
	if name == "" {
		name = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(name); err == nil && ip.IsUnspecified() {
		name = "127.0.0.1" // where it listens on all addresses, it does so on this one
		if ip.Is6() {
			name = "::1"
		}
	}
	here := origin{host: strings.ToLower(name)}
	if scheme != "http" || !here.loopback() {
		return "", "is missing, and " + ollamaHost + " names what is not this machine; write base_url to send prompts there"
	}
	return "http://" + net.JoinHostPort(name, port), ""
}

// workers is 1: how many requests the server works at once (OLLAMA_NUM_PARALLEL)
// can't be seen, and its own default is 1.
func (o *ollama) workers() int { return max(o.config.Concurrency, 1) }

// Traits says how the runner is to treat the backend.
func (o *ollama) Traits() Traits {
	here := originOf(o.base).loopback()
	return Traits{
		Concurrency: o.workers(),
		Prefix:      PrefixPerSlot,
		OneModel:    true,
		Free:        here,
		Paid:        atCloud,
		Local:       here,
		About:       "Ollama at " + o.base.String() + "; it counts tokens but shows none, and keeps to itself how many requests it works at once",
	}
}

// Wire returns the request's bytes. Every option is sent, so that no Modelfile
// decides one: but the stops, which a Modelfile sets for its template, and which
// stay the model's where the variant has none. Nothing is cut to fit: a context
// that is too long is an error.
func (o *ollama) Wire(r Request) (session.Wire, error) {
	if len(r.Proof.Messages) == 0 {
		return session.Wire{}, errors.New("the context is empty: no block has anything to say")
	}
	if err := o.refuse(r.Proof); err != nil {
		return session.Wire{}, err
	}
	s := samplerOf(r.Proof.Params, r.Take)
	if err := s.seed32(); err != nil {
		return session.Wire{}, err
	}
	schema, err := schemaOf(r.Proof.Beside)
	if err != nil {
		return session.Wire{}, err
	}
	tools, err := toolsOf(r.Proof.Beside)
	if err != nil {
		return session.Wire{}, err
	}
	b := newObject()
	b.str("model", r.Model)
	b.ollamaMessages(r.Proof.Messages)
	b.flag("stream", true)
	b.flag("truncate", false)
	b.flag("shift", false)
	switch think := r.Proof.Params.Think; think {
	case "":
	case "on", "off":
		b.flag("think", think == "on")
	default:
		b.str("think", think)
	}
	if schema != nil {
		b.raw("format", schema)
	}
	if len(tools) > 0 {
		putFunctions(b, tools)
	}
	b.object("options", func(b *object) { ollamaOptions(b, s, o.contextOf(r.Model, r.Proof.Params.Context)) })
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, ollamaChat, body), nil
}

// refuse says what of the proof can't be had here, and what to do.
func (o *ollama) refuse(p session.Proof) error {
	if p.Prefill && (o.config.Prefill == nil || !*o.config.Prefill) {
		return errors.New("the templates of Ollama close the last message, so that a prefill is read as an answer that was already given; " +
			"switch the prefill block off and ask for the format in the instructions, or set prefill = true for a backend whose models leave it open")
	}
	return grammarless(p.Beside, "Ollama")
}

// putFunctions puts tools in the shape that OpenAI gave them and others took over.
func putFunctions(b *object, tools []toolDef) {
	b.list("tools", len(tools), func(i int, b *object) {
		t := tools[i]
		b.str("type", "function")
		b.object("function", func(b *object) {
			b.str("name", t.Name)
			if t.Description != "" {
				b.str("description", t.Description)
			}
			params := t.Parameters
			if params == nil {
				params = []byte(`{"type":"object","properties":{}}`)
			}
			b.raw("parameters", params)
		})
	})
}

// contextOf is the context that the model is to be loaded with: what the variant
// says, else the config; 0 leaves it to the server.
func (o *ollama) contextOf(model string, own int) int {
	if own > 0 {
		return own
	}
	if n := o.config.Context[model]; n > 0 {
		return n
	}
	for name, n := range o.config.Context {
		if sameModel(name, model) {
			return n
		}
	}
	return 0
}

// sameModel reports whether two names are one to Ollama: a name without a tag is
// that with "latest".
func sameModel(a, b string) bool { return tagged(a) == tagged(b) }

func tagged(name string) string {
	if i := strings.LastIndexByte(name, '/'); !strings.Contains(name[i+1:], ":") {
		name += ":latest"
	}
	return strings.ToLower(name)
}

// ollamaOptions are all options that change an answer: two that no variant knows
// are sent as off or as what Ollama takes, because a Modelfile may set them. Top-k
// 0 is off, num_predict -1 until the model ends or its context is full.
func ollamaOptions(b *object, s sampler, numCtx int) {
	b.num("temperature", &s.Temperature)
	b.int("top_k", int64(s.TopK))
	b.num("top_p", &s.TopP)
	b.num("min_p", &s.MinP)
	one := 1.0
	b.num("typical_p", &one)
	b.num("repeat_penalty", &s.RepeatPenalty)
	b.int("repeat_last_n", 64)
	b.num("presence_penalty", &s.Presence)
	b.num("frequency_penalty", &s.Frequency)
	b.int("seed", s.Seed)
	predict := int64(-1)
	if s.MaxTokens > 0 {
		predict = int64(s.MaxTokens)
	}
	b.int("num_predict", predict)
	if len(s.Stop) > 0 {
		b.strings("stop", s.Stop)
	}
	if numCtx > 0 {
		b.int("num_ctx", int64(numCtx))
	}
}

// Stream sends the request once and yields the answer.
func (o *ollama) Stream(ctx context.Context, model string, w session.Wire) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for c, err := range o.stream(ctx, w, "application/x-ndjson", &ollamaAnswer{safe: o.safe}) {
			if err != nil {
				err = o.explain(model, err)
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// explain adds to an error of Ollama what can be done about it, and takes back
// that asking again could heal what never heals.
func (o *ollama) explain(model string, err error) error {
	var e *session.CallError
	if !errors.As(err, &e) {
		return err
	}
	words := strings.ToLower(string(e.Message))
	has := func(s string) bool { return strings.Contains(words, s) }
	final := func(kind, todo string) { // of a status that heals elsewhere
		e.Kind, e.Retryable = kind, false
		e.Message += text.Raw(todo)
	}
	switch {
	case e.Status == http.StatusForbidden && strings.HasSuffix(words, "an empty answer"):
		e.Message += "; Ollama answers to no name but its own: write base_url with its number, as in " + ollamaBase
	case e.Status == http.StatusNotFound && has("page not found"):
		e.Message += "; is base_url an Ollama?"
	case e.Kind == "not_found" && has("not found") && model != "":
		e.Message += text.Raw("; fetch it with: ollama pull " + model)
	case has("does not support thinking"), has("think value"):
		e.Message += "; set think to none in the variant"
	case has("does not support tools"):
		e.Message += "; switch the tools block off, or take a model that knows tools"
	case has("exceeds the context length"):
		e.Kind = "context"
		e.Message += text.Raw("; shorten it, or set context in the variant or under [backends." + o.name + ".context]")
	case has("requires more system memory"), has("requires more memory"):
		final("server", "; unload another model, or set a smaller context")
	case e.Status == http.StatusInternalServerError && (has("invalid format") || has("invalid json schema") || has("must be of type")):
		final("config", "")
	case e.Status == http.StatusInternalServerError && (has("unable to load model") || has("error loading model")):
		final("server", "")
	}
	return e
}

// atCloud reports whether Ollama passes a model on to its own service, which its
// name says by the tag "cloud" or one that ends in "-cloud".
func atCloud(model string) bool {
	_, tag, _ := strings.Cut(model, ":")
	return tag == "cloud" || strings.HasSuffix(tag, "-cloud")
}
