package backend

import (
	"encoding/json"
	"fmt"

	"galley/session"
	"galley/session/text"
)

// ollamaAnswer puts an answer together from the lines of a stream. The line that
// is done holds all counts; what follows it is no part of the answer.
type ollamaAnswer struct {
	safe func(string) string // takes the key out

	text, reason surrogate

	some  bool // text came
	whole bool
	last  ollamaLine
	calls calls
}

type ollamaLine struct {
	Model       string          `json:"model"`
	RemoteModel string          `json:"remote_model"`
	RemoteHost  string          `json:"remote_host"`
	Message     *ollamaMessage  `json:"message"`
	Done        bool            `json:"done"`
	Reason      string          `json:"done_reason"`
	Error       json.RawMessage `json:"error"`

	// What is zero is left out.
	Load       float64 `json:"load_duration"` // nanoseconds, all of them
	PromptN    float64 `json:"prompt_eval_count"`
	PromptTime float64 `json:"prompt_eval_duration"`
	EvalN      float64 `json:"eval_count"`
	EvalTime   float64 `json:"eval_duration"`
}

type ollamaMessage struct {
	Content  json.RawMessage  `json:"content"`
	Thinking json.RawMessage  `json:"thinking"`
	Tools    []ollamaToolCall `json:"tool_calls"`
}

type ollamaToolCall struct {
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// take reads one line and returns what of it is new.
func (a *ollamaAnswer) take(_ string, data []byte) (Chunk, error) {
	if a.whole {
		return Chunk{}, nil
	}
	var l ollamaLine
	if err := json.Unmarshal(data, &l); err != nil {
		return Chunk{}, fmt.Errorf("%w: %w", errNotJSON, err)
	}
	if present(l.Error) {
		msg, mark := readError(data)
		if msg == "" {
			msg = string(data) // its reader takes the key out, and cuts
		}
		return Chunk{}, &serverError{msg, mark}
	}
	if l.Message == nil && !l.Done {
		return Chunk{}, fmt.Errorf("%w: a line holds neither a message nor an end", errNotJSON)
	}
	var c Chunk
	if m := l.Message; m != nil {
		s, err := a.text.content(m.Content)
		if err != nil {
			return Chunk{}, err
		}
		r, err := a.reason.content(m.Thinking)
		if err != nil {
			return Chunk{}, err
		}
		a.some = a.some || s != ""
		c.Text, c.Reason = text.Raw(s), text.Raw(r)
		for _, t := range m.Tools {
			if err := a.calls.add(t.ID, t.Function.Name, string(t.Function.Arguments)); err != nil {
				return Chunk{}, err
			}
		}
	}
	if l.Done {
		a.whole, a.last = true, l
	}
	return c, nil
}

// finished reports whether the line that is done came. The connection's end is
// waited for, so that the connection can be used again.
func (a *ollamaAnswer) finished() (whole, over bool) { return a.whole, false }

// done is the last chunk of a finished answer.
func (a *ollamaAnswer) done() (Chunk, error) {
	l := a.last
	c := Chunk{
		Text:   text.Raw(a.text.flush()),
		Reason: text.Raw(a.reason.flush()),
		Tools:  a.calls.whole(),
		Done:   true, Finish: l.Reason, Model: text.Raw(l.Model),
		Engine: l.timing(),
	}
	if l.RemoteHost != "" { // it ran elsewhere, under another name
		c.Server = a.safe("ollama, for " + l.RemoteHost)
		if l.RemoteModel != "" {
			c.Model = text.Raw(l.RemoteModel)
		}
	}
	if c.Usage = usageOf(l.PromptN, l.EvalN); c.Usage != nil {
		c.Evaluated = &session.Evaluated{Tokens: c.Usage.Input}
	}
	a.some = a.some || c.Text != ""
	switch l.Reason {
	case "stop":
		c.Status = session.StatusDone
		switch {
		case len(a.calls.all) > 0:
			c.Status = session.StatusToolCalls
		case !a.some:
			c.Status = session.StatusEmpty
		}
	case "length":
		c.Status = session.StatusTruncated
	case "load", "unload":
		return Chunk{}, fmt.Errorf("the server only loaded or unloaded the model and wrote nothing (done_reason %s)", l.Reason)
	case "":
		return Chunk{}, fmt.Errorf("the server gave the answer up: it ends without a done_reason")
	default:
		return Chunk{}, fmt.Errorf("the answer ended for a reason that is not known here (done_reason %s)", l.Reason)
	}
	return c, nil
}

// timing is what the server measured. It counts the tokens of the whole prompt,
// whether it had them or not: how many it computed, and how many were in its
// cache, is not reported.
func (l ollamaLine) timing() *session.EngineTiming {
	t := &session.EngineTiming{LoadMS: nanosMS(l.Load), PromptMS: nanosMS(l.PromptTime), GeneratedMS: nanosMS(l.EvalTime)}
	if n := int(l.EvalN); counts(l.EvalN) && n > 0 {
		t.GeneratedTokens = &n
	}
	if *t == (session.EngineTiming{}) {
		return nil
	}
	return t
}

// nanosMS is a duration in milliseconds; nil for none.
func nanosMS(ns float64) *float64 {
	const most = 1e18 // 31 years
	if !(ns > 0 && ns < most) {
		return nil
	}
	ms := ns / 1e6
	return &ms
}
