package backend

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"

	"galley/session"
	"galley/session/text"
)

const (
	vllmName  = "vllm"
	vllmChat  = "/v1/chat/completions"
	vllmFirst = 16  // requests at once to begin with
	vllmMost  = 256 // and at most, while its queue is empty
)

// vllmKind is the kind for a running vLLM server. It is written from vLLM's own
// protocol files and documentation and tested against answers in their shape: no
// vLLM was at hand to see it live.
func vllmKind() Kind {
	return Kind{
		Name: vllmName,
		Help: "a vLLM server: the token ids that it evaluated, grammars, prefill, many requests at once",
		Open: func(c Config, key func(string) string) (Backend, error) { return newVLLM(c, key) },
	}
}

type vllm struct {
	*client
	config Config
}

func newVLLM(c Config, key func(string) string) (*vllm, error) {
	if c.BaseURL == "" {
		return nil, &ConfigError{text.Raw(c.Name), "base_url", "is missing; write the address of the server, as in http://127.0.0.1:8000"}
	}
	c.BaseURL = strings.TrimSuffix(strings.TrimRight(c.BaseURL, "/"), "/v1")
	v := &vllm{config: c}
	cl, err := newClient(c, key, clientOptions{conns: max(c.Concurrency, vllmMost)})
	if err != nil {
		return nil, err
	}
	v.client = cl
	return v, nil
}

// Traits says how the runner is to treat the backend.
func (v *vllm) Traits() Traits {
	here := originOf(v.base).loopback()
	t := Traits{
		Concurrency: vllmFirst, Ceiling: vllmMost,
		Prefix: PrefixShared,
		Free:   here, Local: here,
		About: "vLLM at " + v.base.String(),
	}
	if n := v.config.Concurrency; n > 0 {
		t.Concurrency, t.Ceiling = n, 0
	}
	return t
}

// Wire returns the request's bytes. Every sampler value is sent, so that the
// model's generation_config.json decides none; but for the number of tokens, which
// has no neutral value. The ids and the text of the prompt are asked back: a server
// that is too old for one of them passes over it.
func (v *vllm) Wire(r Request) (session.Wire, error) {
	if len(r.Proof.Messages) == 0 {
		return session.Wire{}, errors.New("the context is empty: no block has anything to say")
	}
	p := r.Proof.Params
	if err := fixedContext(p, "vLLM"); err != nil {
		return session.Wire{}, err
	}
	s := samplerOf(p, r.Take)
	if s.Seed == -1 {
		return session.Wire{}, errors.New("seed -1 asks vLLM to draw one; set another in the variant")
	}
	b := newObject()
	if err := v.context(b, r); err != nil {
		return session.Wire{}, err
	}
	if err := v.held(b, r.Proof.Beside); err != nil {
		return session.Wire{}, err
	}
	if p.Think != "" && p.Think != "on" && p.Think != "off" {
		b.str("reasoning_effort", p.Think)
	}
	b.num("temperature", &s.Temperature)
	b.num("top_p", &s.TopP)
	if s.TopK == 0 {
		s.TopK = -1 // off, to every version; 0 once was an error
	}
	b.int("top_k", int64(s.TopK))
	b.num("min_p", &s.MinP)
	b.num("repetition_penalty", &s.RepeatPenalty)
	b.num("presence_penalty", &s.Presence)
	b.num("frequency_penalty", &s.Frequency)
	b.int("seed", s.Seed)
	if s.MaxTokens > 0 {
		b.int("max_tokens", int64(s.MaxTokens))
	}
	if len(s.Stop) > 0 {
		b.strings("stop", s.Stop)
	}
	b.flag("return_token_ids", true)
	b.flag("return_prompt_text", true)
	b.flag("stream", true)
	b.raw("stream_options", []byte(`{"include_usage":true}`))
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, vllmChat, body), nil
}

// context puts what decides the prompt: it is the same for an answer and for
// [vllm.Render]. A prefill is gone on with, in the message that stays open.
func (v *vllm) context(b *object, r Request) error {
	b.str("model", r.Model)
	b.messages(r.Proof.Messages)
	if r.Proof.Prefill {
		if takes := v.config.Prefill; takes != nil && !*takes {
			return errors.New("it takes no prefill, as the config says; switch the prefill block off, and ask for the format in the instructions")
		}
		b.flag("add_generation_prompt", false)
		b.flag("continue_final_message", true)
	}
	tools, err := toolsOf(r.Proof.Beside)
	if err != nil {
		return err
	}
	if len(tools) > 0 {
		putFunctions(b, tools)
	}
	switch r.Proof.Params.Think {
	case "":
	case "on", "off":
		b.object("chat_template_kwargs", func(b *object) { b.flag("enable_thinking", r.Proof.Params.Think == "on") })
	default:
		b.object("chat_template_kwargs", func(b *object) {
			b.flag("enable_thinking", true)
			b.str("reasoning_effort", r.Proof.Params.Think)
		})
	}
	return nil
}

// held puts what the answer is held to: a schema or a grammar.
func (v *vllm) held(b *object, beside session.Beside) error {
	schema, err := schemaOf(beside)
	if err != nil {
		return err
	}
	grammar := strings.TrimSpace(string(beside.Grammar))
	switch {
	case schema != nil && grammar != "":
		return errors.New("vLLM holds an answer to a schema or to a grammar and not to both; switch one of the blocks off")
	case schema != nil:
		b.object("response_format", func(b *object) {
			b.str("type", "json_schema")
			b.object("json_schema", func(b *object) {
				b.str("name", "answer")
				b.raw("schema", schema)
			})
		})
	case grammar != "":
		b.object("structured_outputs", func(b *object) { b.str("grammar", string(beside.Grammar)) })
	}
	return nil
}

// Stream sends the request once and yields the answer.
func (v *vllm) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for c, err := range v.stream(ctx, w, "text/event-stream", &vllmAnswer{}) {
			if err != nil {
				err = v.explain(err)
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// explain adds to an error of vLLM what can be done about it.
func (v *vllm) explain(err error) error {
	var e *session.CallError
	if !errors.As(err, &e) {
		return err
	}
	words := strings.ToLower(string(e.Message))
	switch {
	case strings.Contains(words, "tool choice requires"):
		e.Message += "; the server must be started with both, or switch the tools block off"
	case e.Kind == "context":
		e.Message += "; shorten it, set a smaller max_tokens, or start the server with a larger --max-model-len"
	case strings.Contains(words, "continue_final_message") || strings.Contains(words, "final message"):
		e.Message += "; the template does not go on with a prefill: switch the prefill block off"
	}
	return e
}
