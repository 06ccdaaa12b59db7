package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"galley/session"
)

const (
	anthropicName    = "anthropic"
	anthropicBase    = "https://api.anthropic.com/v1"
	anthropicHost    = "api.anthropic.com"
	anthropicVersion = "2023-06-01" // of the protocol: there is no later one

	modelPages = 20 // of a list of models that are read
)

// anthropicKind is the kind for Anthropic's own protocol. No answer of it was
// recorded: the shapes are those of its documentation.
func anthropicKind() Kind {
	return Kind{
		Name: anthropicName,
		Help: "Anthropic's Claude, by its own /v1/messages",
		Open: func(c Config, key func(string) string) (Backend, error) { return newAnthropic(c, key) },
	}
}

type anthropic struct {
	*client
	config Config
}

func newAnthropic(c Config, key func(string) string) (*anthropic, error) {
	o := clientOptions{
		header: "X-Api-Key", conns: hostedWorkers(c),
		extra: http.Header{"Anthropic-Version": {anthropicVersion}},
	}
	if c.Name == anthropicName {
		o.base = anthropicBase
	}
	cl, err := newClient(c, key, o)
	if err != nil {
		return nil, err
	}
	return &anthropic{client: cl, config: c}, nil
}

// hostedWorkers is how many cells a hosted service is asked for at once.
func hostedWorkers(c Config) int {
	if c.Concurrency > 0 {
		return c.Concurrency
	}
	return 4
}

// hostedTraits are the traits of a hosted service that is reached by the client.
func hostedTraits(c Config, cl *client, about string) Traits {
	t := Traits{Concurrency: hostedWorkers(c), Local: originOf(cl.base).loopback(), About: about}
	if c.Concurrency == 0 && !t.Local {
		t.Ceiling = hostedCeiling
	}
	return t
}

// Traits says how the runner is to treat the backend.
func (a *anthropic) Traits() Traits {
	return hostedTraits(a.config, a.client, "messages at "+a.base.String()+"; it knows no seeds: a seed is not sent, and takes differ by chance")
}

// Wire returns the request's bytes. What the variant leaves unset is sent neutral
// where the model takes it. A limit must always be sent: without one in the
// variant it is the longest answer that the model can give.
func (a *anthropic) Wire(r Request) (session.Wire, error) {
	system, msgs, err := apart(r.Proof, "Anthropic")
	if err != nil {
		return session.Wire{}, err
	}
	c := claudeOf(r.Model)
	if err := c.refuse(r, a.config.Prefill); err != nil {
		return session.Wire{}, err
	}
	b := newObject()
	b.str("model", r.Model)
	most := r.Proof.Params.MaxTokens
	if most == 0 {
		most = c.most
	}
	b.int("max_tokens", int64(most))
	switch len(system) {
	case 0:
	case 1:
		b.content("system", system[0])
	default: // each a block of its own, so that where one ends stays known
		b.list("system", len(system), func(i int, b *object) {
			b.str("type", "text")
			b.content("text", system[i])
		})
	}
	b.claudeMessages(msgs)
	if err := a.beside(b, c, r.Proof); err != nil {
		return session.Wire{}, err
	}
	c.params(b, r)
	b.flag("stream", true)
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, "/messages", body), nil
}

// apart takes the system messages off the beginning, for protocols in which they
// stand by themselves. An error says what they can't say.
func apart(p session.Proof, who string) (system, rest []session.Message, err error) {
	if len(p.Messages) == 0 {
		return nil, nil, errors.New("the context is empty: no block has anything to say")
	}
	n := 0
	for n < len(p.Messages) && p.Messages[n].Role == session.RoleSystem {
		n++
	}
	system, rest = p.Messages[:n], p.Messages[n:]
	if len(rest) == 0 {
		return nil, nil, fmt.Errorf("%s wants a message of the user, and the context has system text only; give a block the role user", who)
	}
	for i, m := range p.Messages {
		switch {
		case i >= n && m.Role == session.RoleSystem:
			return nil, nil, fmt.Errorf("message %d is system text after the conversation began, and %s takes it at the beginning only; move its block up, or give it the role user", i+1, who)
		case strings.TrimSpace(string(m.Content)) == "" && len(m.Calls) == 0 && m.Role != session.RoleTool:
			return nil, nil, fmt.Errorf("message %d (%s) is empty, which %s refuses; give its block something to say, or switch it off", i+1, m.Role, who)
		}
	}
	return system, rest, refuseUnanswered(p.Messages, who)
}

// beside puts the tools, and what the answer is held to.
func (a *anthropic) beside(b *object, c claude, p session.Proof) error {
	tools, err := toolsOf(p.Beside)
	if err != nil {
		return err
	}
	if len(tools) > 0 {
		b.list("tools", len(tools), func(i int, b *object) {
			t := tools[i]
			b.str("name", t.Name)
			if t.Description != "" {
				b.str("description", t.Description)
			}
			if t.Parameters == nil {
				t.Parameters = json.RawMessage(`{"type":"object"}`) // it must have one
			}
			b.raw("input_schema", t.Parameters)
			if t.Strict != nil {
				b.flag("strict", *t.Strict)
			}
		})
	}
	schema, err := schemaOf(p.Beside)
	if err != nil {
		return err
	}
	effort := ""
	if c.thinking == thinkAdaptive && p.Params.Think != "on" && p.Params.Think != "off" {
		effort = p.Params.Think
	}
	if schema == nil && effort == "" {
		return nil
	}
	b.object("output_config", func(b *object) {
		if effort != "" {
			b.str("effort", effort)
		}
		if schema != nil {
			b.object("format", func(b *object) {
				b.str("type", "json_schema")
				b.raw("schema", schema)
			})
		}
	})
	return nil
}

// params puts what decides how the answer is drawn, as far as the model takes it.
func (c claude) params(b *object, r Request) {
	p := r.Proof.Params
	s := samplerOf(p, r.Take)
	budget := c.budget(p.Think)
	switch {
	case c.sampling == sampleNone:
	case c.sampling == sampleBoth:
		b.num("temperature", &s.Temperature)
		b.num("top_p", &s.TopP)
	case s.TopP != neutral.TopP:
		b.num("top_p", &s.TopP)
	default:
		b.num("temperature", &s.Temperature)
	}
	if s.TopK > 0 && c.sampling != sampleNone {
		b.int("top_k", int64(s.TopK))
	}
	if len(p.Stop) > 0 {
		b.strings("stop_sequences", p.Stop)
	}
	switch {
	case p.Think == "" || p.Think == "off" && c.thinking == thinkNever:
	case p.Think == "off" && c.between:
		b.raw("thinking", []byte(`{"type":"between_tools"}`))
	case p.Think == "off":
		b.raw("thinking", []byte(`{"type":"disabled"}`))
	case budget > 0:
		b.raw("thinking", fmt.Appendf(nil, `{"type":"enabled","budget_tokens":%d}`, budget))
	case c.thinking == thinkAdaptive && c.version >= 407: // which else thinks without a word
		b.raw("thinking", []byte(`{"type":"adaptive","display":"summarized"}`))
	case c.thinking == thinkAdaptive:
		b.raw("thinking", []byte(`{"type":"adaptive"}`))
	default: // of somebody else, whose rules are not known
		b.raw("thinking", fmt.Appendf(nil, `{"type":"enabled","budget_tokens":%d}`, budgetMedium))
	}
}

// Stream sends the request once and yields the answer.
func (a *anthropic) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return a.stream(ctx, w, "text/event-stream", &claudeAnswer{})
}

// Models asks for the list of models, page by page.
func (a *anthropic) Models(ctx context.Context) ([]session.ModelInfo, error) {
	return a.pages(ctx, "/models?limit=1000", func(body []byte) (p page, ok bool) {
		var list struct {
			Data []struct {
				ID    string  `json:"id"`
				Name  string  `json:"display_name"`
				Input float64 `json:"max_input_tokens"`
			} `json:"data"`
			More bool   `json:"has_more"`
			Last string `json:"last_id"`
		}
		ok = json.Unmarshal(body, &list) == nil && list.Data != nil
		p.listed = len(list.Data)
		for _, m := range list.Data {
			if m.ID != "" {
				p.models = append(p.models, session.ModelInfo{Ref: a.safe(m.ID), Context: contextOf(m.Input), About: a.safe(m.Name)})
			}
		}
		if list.More && list.Last != "" {
			p.next = "&after_id=" + url.QueryEscape(list.Last)
		}
		return p, ok
	})
}

// page is a page of a list of models.
type page struct {
	listed int // how many it names, of use or not
	models []session.ModelInfo
	next   string // what the next one is asked for with, "" for the last
}

// pages asks for a list of models that comes in pages. read takes one apart, and
// says whether it is one.
func (c *client) pages(ctx context.Context, path string, read func(body []byte) (page, bool)) ([]session.ModelInfo, error) {
	var out []session.ModelInfo
	next := ""
	for range modelPages {
		body, head, err := c.call(ctx, http.MethodGet, path+next, nil, modelsTime, modelsLimit)
		if err != nil {
			return nil, err
		}
		p, ok := read(body)
		if !ok {
			return nil, c.noList(head, body)
		}
		if err := c.tooMany(len(out) + p.listed); err != nil {
			return nil, err
		}
		out = append(out, p.models...)
		if next = p.next; next == "" {
			break
		}
	}
	sortModels(out)
	return out, nil
}

// noList is the error of a list of models that is none.
func (c *client) noList(head http.Header, body []byte) error {
	return c.fail("protocol", "the list of models can't be read: %s", describe(head.Get("Content-Type"), []byte(c.safe(string(body)))))
}

// contextOf is a size that a server told, 0 where it can't be one.
func contextOf(n float64) int {
	if !counts(n) {
		return 0
	}
	return int(n)
}

func sortModels(all []session.ModelInfo) {
	slices.SortFunc(all, func(a, b session.ModelInfo) int { return strings.Compare(a.Ref, b.Ref) })
}
