package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"galley/session"
	"galley/session/text"
)

// people is the name of the backend whose models are persons; it is always there.
const people = "human"

const humanAbout = "a person: reads the exact context and types the answer, which stands beside those of the models"

// human is the kind of the built-in backend in which a person answers.
func human() Kind {
	return Kind{
		Name: people,
		Help: "built in: " + humanAbout,
		Open: func(c Config, _ func(string) string) (Backend, error) {
			if c.BaseURL != "" || c.KeyEnv != "" {
				return nil, &ConfigError{text.Raw(c.Name), "", "a person has no base_url and no key_env; leave them out"}
			}
			return &Human{names: slices.Clone(c.Models), bell: make(chan struct{}, 1)}, nil
		},
	}
}

// Human is the backend in which persons answer. Questions wait in a queue until
// whoever attends it answers or declines them. It is safe for many goroutines.
type Human struct {
	mu       sync.Mutex
	names    []string
	attended bool
	last     int64
	queue    []*question
	bell     chan struct{}
}

// Ask is a question that waits for a person: the exact context, and nothing that
// says who else is asked.
type Ask struct {
	ID       int64
	Who      string // the person, without the backend's name
	Messages []session.Message
	Prefill  bool // the last message is the beginning of the answer, to be gone on with
	Beside   session.Beside
	Since    time.Time
}

type question struct {
	ask   Ask
	reply chan Chunk // holds one
}

// ErrNotAsked says that a question is not, or no longer, in the queue.
var ErrNotAsked = errors.New("this question does not wait any more: it was answered, or its run was stopped")

// personal is the body of a question's wire.
type personal struct {
	Person   string `json:"person"`
	Messages []struct {
		Role    session.Role `json:"role"`
		Content text.Raw     `json:"content"`
		CallID  text.Raw     `json:"tool_call_id"`
		Calls   []struct {
			ID       text.Raw `json:"id"`
			Function struct {
				Name      text.Raw `json:"name"`
				Arguments text.Raw `json:"arguments"`
			} `json:"function"`
		} `json:"tool_calls"`
	} `json:"messages"`
	Prefill bool     `json:"prefill"`
	Tools   text.Raw `json:"tools"`
	Schema  text.Raw `json:"schema"`
	Grammar text.Raw `json:"grammar"`
}

// Name adds a person to those of the config; any other whose name is a judge's can
// be asked as well.
func (h *Human) Name(who string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.names, who) {
		h.names = append(h.names, who)
	}
}

// Attend says whether somebody looks at the queue. Where nobody does, a question
// fails at once, and so do those that wait when the last one leaves.
func (h *Human) Attend(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attended = on
	if !on {
		for _, q := range h.queue {
			close(q.reply)
		}
		h.queue = nil
	}
	h.ring()
}

// Asks lists the questions that wait, the oldest first.
func (h *Human) Asks() []Ask {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Ask, len(h.queue))
	for i, q := range h.queue {
		out[i] = q.ask
	}
	return out
}

// Bell rings when a question comes or goes. It has room for one ring, and is for
// one listener.
func (h *Human) Bell() <-chan struct{} { return h.bell }

// Answer gives the answer to a question, to the byte.
func (h *Human) Answer(id int64, t text.Raw) error {
	c := Chunk{Text: t, Done: true, Finish: "stop", Status: session.StatusDone}
	if t == "" {
		c.Status = session.StatusEmpty
	}
	return h.reply(id, c)
}

// Skip declines a question, with a word on why: that is a refusal and no answer.
func (h *Human) Skip(id int64, why text.Raw) error {
	return h.reply(id, Chunk{Text: why, Done: true, Finish: session.FinishSkipped, Status: session.StatusRefused})
}

func (h *Human) reply(id int64, c Chunk) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	q := h.drop(id)
	if q == nil {
		return ErrNotAsked
	}
	c.Model = text.Raw(people + "/" + q.ask.Who)
	q.reply <- c
	return nil
}

// drop takes a question out of the queue; nil: it is not in it. The mutex is held.
func (h *Human) drop(id int64) *question {
	i := slices.IndexFunc(h.queue, func(q *question) bool { return q.ask.ID == id })
	if i < 0 {
		return nil
	}
	q := h.queue[i]
	h.queue = slices.Delete(h.queue, i, i+1)
	h.ring()
	return q
}

func (h *Human) ring() {
	select {
	case h.bell <- struct{}{}:
	default:
	}
}

// Traits says how the runner is to treat a person: one question at a time, and
// no silence is too long.
func (h *Human) Traits() Traits {
	return Traits{Concurrency: 1, Patient: true, Free: true, Local: true, About: humanAbout}
}

// Models lists the persons.
func (h *Human) Models(context.Context) ([]session.ModelInfo, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := h.names
	if len(names) == 0 {
		names = []string{"me"}
	}
	var out []session.ModelInfo
	for _, n := range names {
		out = append(out, session.ModelInfo{Ref: n, About: humanAbout})
	}
	return out, nil
}

// Wire returns the context as the person will read it, as JSON. Sampler values
// say nothing to a person and play no part: the same context is the same
// question.
func (h *Human) Wire(r Request) (session.Wire, error) {
	if err := session.CheckJudge(text.Raw(r.Model)); err != nil {
		return session.Wire{}, fmt.Errorf("human/%s is no person: %w", text.Raw(r.Model), err)
	}
	o := newObject()
	o.str("person", r.Model)
	o.messages(r.Proof.Messages)
	o.flag("prefill", r.Proof.Prefill)
	for _, b := range []struct {
		key  string
		text text.Raw
	}{{"tools", r.Proof.Beside.Tools}, {"schema", r.Proof.Beside.Schema}, {"grammar", r.Proof.Beside.Grammar}} {
		if b.text != "" {
			o.str(b.key, string(b.text))
		}
	}
	body, err := o.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire("ASK", "/"+r.Model, body), nil
}

// Stream puts the question into the queue and waits for the person. A question
// whose context is cancelled is taken out again.
func (h *Human) Stream(ctx context.Context, model string, w session.Wire) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		fail := func(kind, why string) { yield(Chunk{}, &session.CallError{Kind: kind, Message: text.Raw(why)}) }
		var p personal
		if err := json.Unmarshal(w.Body, &p); err != nil {
			fail("protocol", "the request is not a question for a person")
			return
		}
		a := Ask{Who: model, Prefill: p.Prefill, Beside: session.Beside{Tools: p.Tools, Schema: p.Schema, Grammar: p.Grammar}, Since: time.Now()}
		for _, m := range p.Messages {
			q := session.Message{Role: m.Role, Content: m.Content, CallID: m.CallID}
			for _, c := range m.Calls { // a person reads them where the answer would stand
				q.Calls = append(q.Calls, session.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments})
				q.Content += "calls " + c.Function.Name + " with " + c.Function.Arguments + "\n"
			}
			a.Messages = append(a.Messages, q)
		}
		q := h.put(a)
		if q == nil {
			fail("config", "nobody is here to answer as human/"+text.Raw(model).String()+": galley run on a terminal asks there, and the workbench asks in Bench")
			return
		}
		select {
		case <-ctx.Done():
			h.mu.Lock()
			h.drop(q.ask.ID)
			h.mu.Unlock()
			fail("network", "cancelled")
		case c, ok := <-q.reply:
			if !ok {
				fail("config", "nobody answered as human/"+text.Raw(model).String())
				return
			}
			yield(c, nil)
		}
	}
}

// put adds a question to the queue; nil: nobody looks at it.
func (h *Human) put(a Ask) *question {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.attended {
		return nil
	}
	h.last++
	a.ID = h.last
	q := &question{ask: a, reply: make(chan Chunk, 1)}
	h.queue = append(h.queue, q)
	h.ring()
	return q
}
