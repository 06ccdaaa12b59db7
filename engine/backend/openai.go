package backend

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"time"

	"galley/session"
)

const (
	openAIName = "openai"
	openAIBase = "https://api.openai.com/v1"
	openAIHost = "api.openai.com"

	modelsLimit = 8 << 20 // bytes of a list of models
	modelsTime  = 10 * time.Second
	mostModels  = 10_000 // of one server

	hostedCeiling = 16 // cells at once that a hosted service is tried with
)

// openAI is the kind for OpenAI and every server that speaks its chat
// completions.
func openAI() Kind {
	return Kind{
		Name: openAIName,
		Help: "OpenAI, and any server that speaks its /chat/completions (llama-server, vLLM, LM Studio, Ollama)",
		Open: func(c Config, key func(string) string) (Backend, error) { return newOpenAI(c, key) },
	}
}

type openai struct {
	*client
	config Config
	hosted bool // OpenAI's own
}

func newOpenAI(c Config, key func(string) string) (*openai, error) {
	base := ""
	if c.Name == openAIName {
		base = openAIBase
	}
	o := &openai{config: c}
	cl, err := newClient(c, key, clientOptions{base: base, conns: o.workers()})
	if err != nil {
		return nil, err
	}
	o.client, o.hosted = cl, originOf(cl.base).host == openAIHost
	return o, nil
}

func (o *openai) workers() int {
	if n := o.config.Concurrency; n > 0 {
		return n
	}
	return 4
}

// Traits says how the runner is to treat the backend.
func (o *openai) Traits() Traits {
	t := Traits{
		Concurrency: o.workers(),
		Local:       originOf(o.base).loopback(),
		About:       "chat completions at " + o.base.String(),
	}
	if o.hosted && o.config.Concurrency == 0 {
		t.Ceiling = hostedCeiling
	}
	return t
}

// Wire returns the request's bytes. The standard sampler values always stand in
// them, neutral where the variant leaves them unset, but for models that reason,
// which take none; top_k, min_p and repeat_penalty, which not every server knows,
// only where they are set.
func (o *openai) Wire(r Request) (session.Wire, error) {
	if len(r.Proof.Messages) == 0 {
		return session.Wire{}, errors.New("the context is empty: no block has anything to say")
	}
	if why := o.noPrefill(r.Proof); why != nil {
		return session.Wire{}, why
	}
	var g gpt
	if o.hosted {
		g = gptOf(r.Model)
		if err := g.refuse(r); err != nil {
			return session.Wire{}, err
		}
	} else if err := fixedContext(r.Proof.Params, "a server of this kind"); err != nil {
		return session.Wire{}, err
	}
	if o.hosted {
		if err := refuseUnanswered(r.Proof.Messages, "OpenAI"); err != nil {
			return session.Wire{}, err
		}
	}
	b := newObject()
	b.str("model", r.Model)
	b.messages(r.Proof.Messages)
	if err := o.beside(b, r.Proof.Beside); err != nil {
		return session.Wire{}, err
	}
	if err := o.params(b, r, g); err != nil {
		return session.Wire{}, err
	}
	b.flag("stream", true)
	b.raw("stream_options", []byte(`{"include_usage":true}`))
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, "/chat/completions", body), nil
}

// beside puts the tools and the schema. Strict is asked for where the schema keeps
// to the rules of that mode: elsewhere a server would refuse it.
func (o *openai) beside(b *object, beside session.Beside) error {
	if err := grammarless(beside, "this kind of server"); err != nil {
		return err
	}
	tools, err := toolsOf(beside)
	if err != nil {
		return err
	}
	if len(tools) > 0 {
		b.list("tools", len(tools), func(i int, b *object) {
			b.str("type", "function")
			b.object("function", func(b *object) { chatFunction(b, tools[i]) })
		})
	}
	schema, err := schemaOf(beside)
	if err != nil || schema == nil {
		return err
	}
	b.object("response_format", func(b *object) {
		b.str("type", "json_schema")
		b.object("json_schema", func(b *object) {
			b.str("name", "answer")
			if strictSchema(schema) {
				b.flag("strict", true)
			}
			b.raw("schema", schema)
		})
	})
	return nil
}

// chatFunction puts a tool as chat completions want its inside.
func chatFunction(b *object, t toolDef) {
	b.str("name", t.Name)
	if t.Description != "" {
		b.str("description", t.Description)
	}
	if t.Parameters != nil {
		b.raw("parameters", t.Parameters)
	}
	if t.Strict != nil {
		b.flag("strict", *t.Strict)
	}
}

// params puts what decides how the answer is drawn.
func (o *openai) params(b *object, r Request, g gpt) error {
	p := r.Proof.Params
	s := samplerOf(p, r.Take)
	effort := ""
	if o.hosted {
		var err error
		if effort, err = g.effort(r.Model, p.Think); err != nil {
			return err
		}
	}
	if !g.reasons || effort == "none" {
		b.num("temperature", &s.Temperature)
		b.num("top_p", &s.TopP)
	}
	if !g.reasons {
		b.num("presence_penalty", &s.Presence)
		b.num("frequency_penalty", &s.Frequency)
	}
	if !o.hosted {
		if p.TopK != nil {
			b.int("top_k", int64(*p.TopK))
		}
		b.num("min_p", p.MinP)
		b.num("repeat_penalty", p.RepeatPenalty)
	}
	if p.MaxTokens > 0 {
		name := "max_tokens"
		if o.hosted {
			name = "max_completion_tokens"
		}
		b.int(name, int64(p.MaxTokens))
	}
	if p.Seed != nil {
		b.int("seed", s.Seed)
	}
	if len(p.Stop) > 0 {
		b.strings("stop", p.Stop)
	}
	switch {
	case o.hosted && effort != "":
		b.str("reasoning_effort", effort)
	case o.hosted || p.Think == "":
	case p.Think == "on" || p.Think == "off": // what llama-server, vLLM and SGLang know it by
		b.object("chat_template_kwargs", func(b *object) { b.flag("enable_thinking", p.Think == "on") })
	default:
		b.str("reasoning_effort", p.Think)
	}
	return nil
}

// Stream sends the request once and yields the answer.
func (o *openai) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return o.stream(ctx, w, "text/event-stream", &answer{})
}

// tooMany refuses a list that nobody can mean: each model in it may be asked about.
func (c *client) tooMany(n int) error {
	if n > mostModels {
		return c.fail("limit", "the list of models has %d of them, and %d is the most that is read; models can be asked by name", n, mostModels)
	}
	return nil
}

// Models asks for the list of models. Their Ref is the model's own name.
func (o *openai) Models(ctx context.Context) ([]session.ModelInfo, error) {
	body, head, err := o.call(ctx, http.MethodGet, "/models", nil, modelsTime, modelsLimit)
	if err != nil {
		return nil, err
	}
	var list struct {
		Data []struct {
			ID      string  `json:"id"`
			MaxLen  float64 `json:"max_model_len"`
			Context float64 `json:"context_length"`
			Meta    struct {
				Ctx float64 `json:"n_ctx"`
			} `json:"meta"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &list) != nil || list.Data == nil {
		return nil, o.noList(head, body)
	}
	if err := o.tooMany(len(list.Data)); err != nil {
		return nil, err
	}
	var out []session.ModelInfo
	for _, m := range list.Data {
		if m.ID == "" {
			continue
		}
		out = append(out, session.ModelInfo{Ref: o.safe(m.ID), Context: contextOf(max(m.MaxLen, m.Context, m.Meta.Ctx))})
	}
	sortModels(out)
	return out, nil
}
