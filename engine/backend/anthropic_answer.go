package backend

import (
	"encoding/json"
	"fmt"

	"galley/session"
	"galley/session/text"
)

// claudeAnswer puts an answer together from the events of a message, or from a
// whole message. It is finished when a stop_reason was seen.
type claudeAnswer struct {
	text, reason surrogate
	blocks       map[int]*claudeCall // the tool calls, by the index of their block
	calls        calls

	some bool
	stop string
	over bool
	model,
	why string // what was said of a refusal
	use claudeUsage
}

// claudeCall is a call whose input comes in pieces of JSON text.
type claudeCall struct {
	*call
	whole json.RawMessage // the input that it began with, in force where no piece came
}

type claudeEvent struct {
	Type    string          `json:"type"`
	Index   int             `json:"index"`
	Message *claudeMessage  `json:"message"`
	Block   *claudeBlock    `json:"content_block"`
	Delta   json.RawMessage `json:"delta"`
	Usage   json.RawMessage `json:"usage"`
	Error   json.RawMessage `json:"error"`
	claudeMessage
}

type claudeMessage struct {
	Model   string          `json:"model"`
	Content []claudeBlock   `json:"content"`
	Stop    json.RawMessage `json:"stop_reason"`
	Details json.RawMessage `json:"stop_details"`
}

type claudeBlock struct {
	Type     string          `json:"type"`
	Text     json.RawMessage `json:"text"`
	Thinking json.RawMessage `json:"thinking"`
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Input    json.RawMessage `json:"input"`
}

// claudeUsage counts as the server does so far: what of the prompt was new, what
// was put into its cache, and what came out of it.
type claudeUsage struct {
	input, created, read, output *float64
	thought                      *float64
}

func (u *claudeUsage) take(m json.RawMessage) {
	if !present(m) {
		return
	}
	var w struct {
		Input   *float64        `json:"input_tokens"`
		Created *float64        `json:"cache_creation_input_tokens"`
		Read    *float64        `json:"cache_read_input_tokens"`
		Output  *float64        `json:"output_tokens"`
		Details json.RawMessage `json:"output_tokens_details"`
	}
	if json.Unmarshal(m, &w) != nil {
		return // what is no count is unknown
	}
	for _, p := range []struct{ at, v **float64 }{{&u.input, &w.Input}, {&u.created, &w.Created}, {&u.read, &w.Read}, {&u.output, &w.Output}} {
		if *p.v != nil {
			*p.at = *p.v // totals, each newer than the last
		}
	}
	var d struct {
		Thinking *float64 `json:"thinking_tokens"`
	}
	if present(w.Details) && json.Unmarshal(w.Details, &d) == nil && d.Thinking != nil {
		u.thought = d.Thinking
	}
}

// whole is the usage in the words of all backends: Input is the whole prompt.
func (u *claudeUsage) whole() *session.Usage {
	if u.input == nil || u.output == nil {
		return nil
	}
	in := *u.input
	for _, p := range []*float64{u.created, u.read} {
		switch {
		case p == nil:
		case !counts(*p):
			return nil
		default:
			in += *p
		}
	}
	out := usageOf(in, *u.output)
	if out != nil {
		out.Cached, out.Reasoning = partOf(u.read, out.Input), partOf(u.thought, out.Output)
		out.Written = rest(partOf(u.created, out.Input), out)
	}
	return out
}

// take reads one event, or one whole message.
func (a *claudeAnswer) take(_ string, data []byte) (Chunk, error) {
	var e claudeEvent
	if err := json.Unmarshal(data, &e); err != nil {
		return Chunk{}, fmt.Errorf("%w: %w", errNotJSON, err)
	}
	if present(e.Error) || e.Type == "error" {
		return Chunk{}, saidError(data)
	}
	var c Chunk
	var err error
	switch e.Type {
	case "message_start":
		if e.Message == nil {
			return Chunk{}, fmt.Errorf("%w: a message_start without a message", errNotJSON)
		}
		var in struct {
			Message struct {
				Usage json.RawMessage `json:"usage"`
			} `json:"message"`
		}
		if json.Unmarshal(data, &in) == nil {
			a.use.take(in.Message.Usage)
		}
		err = a.message(*e.Message, &c)
	case "message":
		a.use.take(e.Usage)
		err = a.message(e.claudeMessage, &c)
		a.over = a.stop != ""
	case "content_block_start":
		if e.Block != nil {
			err = a.block(e.Index, *e.Block, &c)
		}
	case "content_block_delta":
		err = a.delta(e.Index, e.Delta, &c)
	case "message_delta":
		a.use.take(e.Usage)
		var d claudeMessage
		if present(e.Delta) {
			if json.Unmarshal(e.Delta, &d) != nil {
				return Chunk{}, fmt.Errorf("%w: a message_delta of another kind", errNotJSON)
			}
			a.stopped(d)
		}
	case "message_stop":
		a.over = true
	case "": // nothing of this protocol says so little
		return Chunk{}, fmt.Errorf("%w: an event without a type", errNotJSON)
	}
	return c, err // of what is not known here no text comes: a sign of life
}

func (a *claudeAnswer) message(m claudeMessage, c *Chunk) error {
	if m.Model != "" {
		a.model = m.Model
	}
	for i, b := range m.Content {
		if err := a.block(i, b, c); err != nil {
			return err
		}
	}
	a.stopped(m)
	return nil
}

func (a *claudeAnswer) stopped(m claudeMessage) {
	if present(m.Stop) {
		a.stop = plain(m.Stop)
	}
	var d struct {
		Explanation json.RawMessage `json:"explanation"`
	}
	if present(m.Details) && json.Unmarshal(m.Details, &d) == nil && present(d.Explanation) {
		a.why = plain(d.Explanation)
	}
}

func (a *claudeAnswer) block(index int, b claudeBlock, c *Chunk) error {
	switch b.Type {
	case "text":
		return a.said(b.Text, c)
	case "thinking":
		return a.thought(b.Thinking, c)
	case "tool_use":
		k := a.calls.find(&index, b.ID)
		if len(a.calls.all) > maxCalls {
			return errTooMany
		}
		k.id, k.name = b.ID, []byte(b.Name)
		if a.blocks == nil {
			a.blocks = map[int]*claudeCall{}
		}
		a.blocks[index] = &claudeCall{call: k, whole: b.Input}
		return a.calls.grow(len(b.ID) + len(b.Name) + len(b.Input))
	}
	return nil
}

func (a *claudeAnswer) delta(index int, data json.RawMessage, c *Chunk) error {
	var d struct {
		Type     string          `json:"type"`
		Text     json.RawMessage `json:"text"`
		Thinking json.RawMessage `json:"thinking"`
		Partial  json.RawMessage `json:"partial_json"`
	}
	if !present(data) || json.Unmarshal(data, &d) != nil {
		return fmt.Errorf("%w: a delta of another kind", errNotJSON)
	}
	switch d.Type {
	case "text_delta":
		return a.said(d.Text, c)
	case "thinking_delta":
		return a.thought(d.Thinking, c)
	case "input_json_delta":
		k := a.blocks[index]
		if k == nil {
			return nil // of a tool that runs at the server
		}
		s, err := k.half.content(d.Partial)
		if err != nil {
			return err
		}
		k.args = append(k.args, s...)
		return a.calls.grow(len(s))
	}
	return nil
}

func (a *claudeAnswer) said(m json.RawMessage, c *Chunk) error {
	s, err := a.text.content(m)
	a.some = a.some || s != ""
	c.Text += text.Raw(s)
	return err
}

func (a *claudeAnswer) thought(m json.RawMessage, c *Chunk) error {
	s, err := a.reason.content(m)
	c.Reason += text.Raw(s)
	return err
}

// finished reports whether a stop_reason came; counts come with it.
func (a *claudeAnswer) finished() (whole, over bool) { return a.stop != "", a.over }

// done is the last chunk of a finished answer.
func (a *claudeAnswer) done() (Chunk, error) {
	for _, k := range a.blocks {
		if len(k.args) == 0 && k.half.high == 0 && present(k.whole) {
			k.args = append(k.args, k.whole...)
		}
	}
	c := Chunk{
		Text:   text.Raw(a.text.flush()),
		Reason: text.Raw(a.reason.flush()),
		Tools:  a.calls.whole(),
		Done:   true, Finish: a.stop, Usage: a.use.whole(), Model: text.Raw(a.model),
	}
	a.some = a.some || c.Text != ""
	switch a.stop {
	case "end_turn", "stop_sequence":
		c.Status = session.StatusDone
		if !a.some {
			c.Status = session.StatusEmpty
		}
		if len(c.Tools) > 0 {
			c.Status = session.StatusToolCalls
		}
	case "max_tokens", "model_context_window_exceeded", "pause_turn":
		c.Status = session.StatusTruncated // a pause is to be gone on from, which a cell never is
	case "tool_use":
		c.Status = session.StatusToolCalls
	case "refusal":
		c.Status = session.StatusRefused
		if !a.some {
			c.Text += text.Raw(a.why) // what stands in an answer's place
		}
	default:
		return Chunk{}, fmt.Errorf("the answer ended for a reason that is not known here (stop_reason %s)", a.stop)
	}
	return c, nil
}
