package backend

import (
	"errors"
	"net/http"
	"strings"

	"galley/session"
)

// Wire returns the request's bytes: every value that decides how tokens are drawn,
// so that no flag of the server decides instead, and the wishes to be told what
// was evaluated and how far the prompt has been read.
func (l *llama) Wire(r Request) (session.Wire, error) {
	p := r.Proof
	if err := l.refuse(p); err != nil {
		return session.Wire{}, err
	}
	if err := l.refuseCalls(r); err != nil {
		return session.Wire{}, err
	}
	s := samplerOf(p.Params, r.Take)
	if err := s.seed32(); err != nil {
		return session.Wire{}, err
	}
	b := newObject()
	b.str("model", r.Model)
	b.messages(p.Messages)
	if err := llamaBeside(b, p.Beside); err != nil {
		return session.Wire{}, err
	}
	llamaThink(b, p.Params.Think)
	if p.Prefill {
		// The server goes on with it by default; asked so it does even where that
		// was turned off.
		b.flag("continue_final_message", true)
		b.flag("add_generation_prompt", false)
	}
	llamaSampler(b, s)
	b.flag("cache_prompt", !r.Repeatable)
	b.flag("stream", true)
	b.raw("stream_options", []byte(`{"include_usage":true}`))
	b.flag("verbose", true)
	b.flag("return_progress", true)
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, llamaChat, body), nil
}

// refuse says what of a proof a llama-server would do otherwise than it says.
func (l *llama) refuse(p session.Proof) error {
	n := len(p.Messages)
	assistant := func(i int) bool { return i >= 0 && p.Messages[i].Role == session.RoleAssistant }
	switch takes := l.config.Prefill; {
	case n == 0:
		return errors.New("the context is empty: no block has anything to say")
	case p.Prefill && takes != nil && !*takes:
		return errors.New("it takes no prefill, as the config says; switch the prefill block off, and ask for the format in the instructions")
	case p.Prefill && assistant(n-2):
		return errors.New("a prefill can't follow an assistant message, llama-server refuses two at the end; put a user message between them")
	case !p.Prefill && assistant(n-1):
		return errors.New("llama-server goes on with an assistant message at the end as if it were a prefill; end with a user message, or make it a prefill block")
	case p.Params.Context > 0:
		return errors.New("a llama-server has its context from its start (-c, shared by its slots) and no request can set it; set context to none in the variant")
	case strings.ContainsRune(string(p.Beside.Grammar), 0):
		return errors.New("the grammar holds a zero byte, and llama-server reads nothing behind it; take it out")
	case p.Beside.Grammar != "" && p.Beside.Schema != "":
		return errors.New("llama-server takes a grammar or a schema, not both; switch one of the blocks off")
	case p.Beside.Grammar != "" && p.Beside.Tools != "":
		return errors.New("llama-server takes no grammar beside tools; switch one of the blocks off")
	}
	return nil
}

// llamaBeside puts tools, schema and grammar.
func llamaBeside(b *object, beside session.Beside) error {
	tools, err := toolsOf(beside)
	if err != nil {
		return err
	}
	if len(tools) > 0 {
		b.list("tools", len(tools), func(i int, b *object) {
			b.str("type", "function")
			b.object("function", func(b *object) {
				t := tools[i]
				if t.Parameters == nil { // it must have them
					t.Parameters = []byte(`{"type":"object","properties":{}}`)
				}
				chatFunction(b, t)
			})
		})
	}
	schema, err := schemaOf(beside)
	if err != nil {
		return err
	}
	if schema != nil {
		b.object("response_format", func(b *object) {
			b.str("type", "json_schema")
			b.object("json_schema", func(b *object) {
				b.str("name", "answer")
				b.flag("strict", true)
				b.raw("schema", schema)
			})
		})
	}
	if strings.TrimSpace(string(beside.Grammar)) != "" {
		b.str("grammar", string(beside.Grammar))
	}
	return nil
}

// llamaThink puts what the chat template is to do about reasoning. That is kept
// apart from the answer whatever the server was started with.
func llamaThink(b *object, think string) {
	if think != "" {
		b.object("chat_template_kwargs", func(b *object) {
			b.flag("enable_thinking", think != "off")
			if think != "on" && think != "off" {
				b.str("reasoning_effort", think)
			}
		})
	}
	b.str("reasoning_format", "deepseek")
}

// llamaSampler puts the sampler: its chain in the order that llama.cpp has by
// default, reduced to what a variant can set, and neutral values for what works
// outside of the chain. Temperature 0 is greedy.
func llamaSampler(b *object, s sampler) {
	b.raw("samplers", []byte(`["penalties","top_k","top_p","min_p","temperature"]`))
	b.num("temperature", &s.Temperature)
	b.int("top_k", int64(s.TopK))
	b.num("top_p", &s.TopP)
	b.num("min_p", &s.MinP)
	b.num("repeat_penalty", &s.RepeatPenalty)
	b.int("repeat_last_n", 64)
	b.num("presence_penalty", &s.Presence)
	b.num("frequency_penalty", &s.Frequency)
	b.int("dynatemp_range", 0)
	b.int("mirostat", 0)
	b.flag("ignore_eos", false)
	b.int("seed", s.Seed)
	most := int64(-1) // until the context is full
	if s.MaxTokens > 0 {
		most = int64(s.MaxTokens)
	}
	b.int("max_tokens", most)
	b.strings("stop", s.Stop)
}
