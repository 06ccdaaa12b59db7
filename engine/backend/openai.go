package backend

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"galley/session"
)

const (
	openAIName = "openai"
	openAIBase = "https://api.openai.com/v1"
	openAIHost = "api.openai.com"

	modelsLimit = 8 << 20 // bytes of a list of models
	modelsTime  = 10 * time.Second
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
	return Traits{
		Concurrency: o.workers(),
		Local:       originOf(o.base).loopback(),
		About:       "chat completions at " + o.base.String(),
	}
}

// noPrefill refuses the beginning of an answer where it would be read as an
// answer that was already given, and says what to do instead.
func (o *openai) noPrefill(p session.Proof) error {
	const instead = "; switch the prefill block off, and ask for the format in the instructions"
	switch takes := o.config.Prefill; {
	case !p.Prefill || takes != nil && *takes:
		return nil
	case takes != nil:
		return errors.New("it takes no prefill, as the config says" + instead)
	case o.hosted:
		return errors.New("OpenAI's models take no prefill: they read it as an answer that was already given" + instead)
	}
	return nil
}

// Wire returns the request's bytes. Values that are not set are not sent.
func (o *openai) Wire(r Request) (session.Wire, error) {
	if len(r.Proof.Messages) == 0 {
		return session.Wire{}, errors.New("the context is empty: no block has anything to say")
	}
	if why := o.noPrefill(r.Proof); why != nil {
		return session.Wire{}, why
	}
	p := r.Proof.Params
	if o.hosted && (p.TopK != nil || p.MinP != nil || p.RepeatPenalty != nil) {
		return session.Wire{}, errors.New("OpenAI knows no top_k, min_p or repeat_penalty; unset them in the variant")
	}
	b := newObject()
	b.str("model", r.Model)
	b.messages(r.Proof.Messages)
	b.num("temperature", p.Temperature)
	b.num("top_p", p.TopP)
	if p.TopK != nil {
		b.int("top_k", int64(*p.TopK))
	}
	b.num("min_p", p.MinP)
	b.num("repeat_penalty", p.RepeatPenalty)
	if p.MaxTokens > 0 {
		if o.hosted {
			b.int("max_completion_tokens", int64(p.MaxTokens))
		} else {
			b.int("max_tokens", int64(p.MaxTokens))
		}
	}
	if p.Seed != nil {
		b.int("seed", *p.Seed+int64(r.Take)-1)
	}
	if len(p.Stop) > 0 {
		b.strings("stop", p.Stop)
	}
	b.flag("stream", true)
	b.key("stream_options")
	b.b = append(b.b, `{"include_usage":true}`...)
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, "/chat/completions", body), nil
}

// Stream sends the request once and yields the answer.
func (o *openai) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return o.stream(ctx, w, "text/event-stream", &answer{})
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
		return nil, o.fail("protocol", "the list of models can't be read: %s", describe(head.Get("Content-Type"), []byte(o.safe(string(body)))))
	}
	var out []session.ModelInfo
	for _, m := range list.Data {
		if m.ID == "" {
			continue
		}
		n := max(m.MaxLen, m.Context, m.Meta.Ctx)
		if n < 0 || n > maxUsage {
			n = 0
		}
		out = append(out, session.ModelInfo{Ref: o.safe(m.ID), Context: int(n)})
	}
	slices.SortFunc(out, func(a, b session.ModelInfo) int { return strings.Compare(a.Ref, b.Ref) })
	return out, nil
}
