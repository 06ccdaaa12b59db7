package backend

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// maxUsage is the largest number of tokens that is taken for a count.
const maxUsage = 1 << 30

// answer puts an answer together from the objects of a stream, or from one
// whole object. It is finished when a finish_reason was seen: that the
// connection closed, or that the server wrote [DONE], says nothing.
type answer struct {
	text, reason, refusal surrogate

	some    bool // text came
	refused bool
	tools   bool // calls came, readable or not
	calls   calls
	whole   bool
	finish  string
	usage   *session.Usage
	model   string
	server  string
}

type wireChunk struct {
	Choices []wireChoice    `json:"choices"`
	Usage   json.RawMessage `json:"usage"`
	Model   string          `json:"model"`
	Error   json.RawMessage `json:"error"`
	Finger  string          `json:"system_fingerprint"`
	Object  string          `json:"object"`
	Type    string          `json:"type"`
	Detail  json.RawMessage `json:"detail"`
}

type wireChoice struct {
	Index   int             `json:"index"`
	Delta   *wireDelta      `json:"delta"`
	Message *wireDelta      `json:"message"`
	Finish  json.RawMessage `json:"finish_reason"`
}

type wireDelta struct {
	Content   json.RawMessage `json:"content"`
	Thinking  json.RawMessage `json:"reasoning_content"`
	Reasoning json.RawMessage `json:"reasoning"`
	Refusal   json.RawMessage `json:"refusal"`
	Tools     json.RawMessage `json:"tool_calls"`
	Function  json.RawMessage `json:"function_call"`
}

type wireUsage struct {
	Prompt     float64         `json:"prompt_tokens"`
	Completion float64         `json:"completion_tokens"`
	Hit        *float64        `json:"prompt_cache_hit_tokens"` // DeepSeek's
	In         json.RawMessage `json:"prompt_tokens_details"`
	Out        json.RawMessage `json:"completion_tokens_details"`
}

var errNotJSON = errors.New("not JSON")

// serverError is an error that came where an answer should have been.
type serverError struct{ msg, mark string }

func (e *serverError) Error() string { return e.msg }

// saidError is an object that says an error where an answer should have been.
func saidError(data []byte) error {
	msg, mark := readError(data)
	if msg == "" {
		msg = string(oneLine(string(data), errorBody)) // its reader takes the key out, and cuts
	}
	return &serverError{msg, mark}
}

// take reads one object and returns what of it is new.
func (a *answer) take(_ string, data []byte) (Chunk, error) {
	var w wireChunk
	if err := json.Unmarshal(data, &w); err != nil {
		return Chunk{}, fmt.Errorf("%w: %w", errNotJSON, err)
	}
	if present(w.Error) || w.Object == "error" || w.Type == "error" || len(w.Choices) == 0 && present(w.Detail) {
		return Chunk{}, saidError(data)
	}
	if w.Model != "" {
		a.model = w.Model
	}
	if w.Finger != "" {
		a.server = w.Finger
	}
	if present(w.Usage) {
		a.usage = readUsage(w.Usage)
	}
	var c Chunk
	for _, ch := range w.Choices {
		if ch.Index != 0 {
			continue
		}
		for _, d := range []*wireDelta{ch.Delta, ch.Message} {
			if d == nil {
				continue
			}
			if err := a.delta(d, &c); err != nil {
				return Chunk{}, err
			}
		}
		if present(ch.Finish) {
			a.whole, a.finish = true, plain(ch.Finish)
		}
	}
	return c, nil
}

func (a *answer) delta(d *wireDelta, c *Chunk) error {
	s, err := a.text.content(d.Content)
	if err != nil {
		return err
	}
	thinking := d.Thinking
	if !present(thinking) {
		thinking = d.Reasoning
	}
	r, err := a.reason.content(thinking)
	if err != nil {
		return err
	}
	no, err := a.refusal.content(d.Refusal)
	if err != nil {
		return err
	}
	a.refused = a.refused || no != ""
	a.some = a.some || s != ""
	a.tools = a.tools || present(d.Tools) && string(d.Tools) != "[]" || present(d.Function)
	if err := a.calls.take(d.Tools, d.Function); err != nil {
		return err
	}
	c.Text += text.Raw(s + no)
	c.Reason += text.Raw(r)
	return nil
}

func present(m json.RawMessage) bool { return len(m) > 0 && string(m) != "null" }

// readUsage takes the counts of tokens. What is no count makes no answer fail:
// unknown stays unknown.
func readUsage(m json.RawMessage) *session.Usage {
	var u wireUsage
	if json.Unmarshal(m, &u) != nil {
		return nil
	}
	out := usageOf(u.Prompt, u.Completion)
	if out == nil {
		return nil
	}
	var in struct {
		Cached  *float64 `json:"cached_tokens"`
		Written *float64 `json:"cache_write_tokens"`
	}
	var gen struct {
		Reasoning *float64 `json:"reasoning_tokens"`
	}
	if present(u.In) && json.Unmarshal(u.In, &in) != nil {
		in.Cached, in.Written = nil, nil
	}
	if present(u.Out) && json.Unmarshal(u.Out, &gen) != nil {
		gen.Reasoning = nil
	}
	if in.Cached == nil {
		in.Cached = u.Hit
	}
	out.Cached, out.Reasoning = partOf(in.Cached, out.Input), partOf(gen.Reasoning, out.Output)
	out.Written = rest(partOf(in.Written, out.Input), out)
	return out
}

// usageOf is a count by the server; nil where it can't be one: no prompt is empty.
func usageOf(in, out float64) *session.Usage {
	if !counts(in) || !counts(out) || in == 0 {
		return nil
	}
	return &session.Usage{Input: int(in), Output: int(out), Source: "server"}
}

func counts(n float64) bool { return n >= 0 && n <= maxUsage && n == float64(int(n)) }

// rest is what was put into the cache, as far as it can be: none of it was there.
func rest(written *int, u *session.Usage) *int {
	if written != nil && u.Cached != nil && *written+*u.Cached > u.Input {
		return nil
	}
	return written
}

// partOf is a count of tokens that is part of another; nil: unknown.
func partOf(n *float64, whole int) *int {
	if n == nil || !counts(*n) || int(*n) > whole {
		return nil
	}
	v := int(*n)
	return &v
}

// finished reports whether a finish_reason came; counts may follow it.
func (a *answer) finished() (whole, over bool) { return a.whole, false }

// done is the last chunk of a finished answer.
func (a *answer) done() (Chunk, error) {
	c := Chunk{
		Text:   text.Raw(a.text.flush() + a.refusal.flush()),
		Reason: text.Raw(a.reason.flush()),
		Tools:  a.calls.whole(),
		Done:   true, Finish: a.finish, Usage: a.usage, Model: text.Raw(a.model), Server: a.server,
	}
	a.some = a.some || c.Text != ""
	switch a.finish {
	case "stop", "eos", "eos_token", "end_turn", "stop_sequence":
		c.Status = session.StatusDone
	case "length", "max_tokens":
		c.Status = session.StatusTruncated
	case "content_filter", "safety":
		c.Status = session.StatusFiltered
	case "tool_calls", "function_call":
		c.Status = session.StatusToolCalls
	case "abort", "error", "cancelled":
		return Chunk{}, fmt.Errorf("the server gave the answer up (finish_reason %s)", a.finish)
	default:
		return Chunk{}, fmt.Errorf("the answer ended for a reason that is not known here (finish_reason %s)", a.finish)
	}
	if c.Status == session.StatusDone {
		switch {
		case a.refused:
			c.Status = session.StatusRefused
		case a.tools:
			c.Status = session.StatusToolCalls
		case !a.some:
			c.Status = session.StatusEmpty
		}
	}
	return c, nil
}

// surrogate reads JSON strings that follow each other as one: a character whose
// two \u halves stand in two of them is put together. A half without its other
// becomes U+FFFD, which is seen.
type surrogate struct{ high rune }

// content reads a string, null, or a list of parts with texts.
func (h *surrogate) content(m json.RawMessage) (string, error) {
	switch {
	case !present(m):
		return "", nil
	case m[0] == '"':
		return h.unquote(m)
	case m[0] == '[':
		var parts []struct {
			Text json.RawMessage `json:"text"`
		}
		if err := json.Unmarshal(m, &parts); err != nil {
			return "", fmt.Errorf("%w: %w", errNotJSON, err)
		}
		all := ""
		for _, p := range parts {
			s, err := h.content(p.Text)
			if err != nil {
				return "", err
			}
			all += s
		}
		return all, nil
	}
	return "", fmt.Errorf("%w: content is neither text nor parts", errNotJSON)
}

// flush ends the strings.
func (h *surrogate) flush() string {
	if h.high == 0 {
		return ""
	}
	h.high = 0
	return "\uFFFD"
}

// unquote reads a JSON string, quotes included. encoding/json would put U+FFFD
// for each half of a character, and for bytes that are not UTF-8; these stay.
func (h *surrogate) unquote(m []byte) (string, error) {
	s := m[1 : len(m)-1]
	if h.high == 0 && !hasBackslash(s) {
		return string(s), nil
	}
	out := make([]byte, 0, len(s)+3)
	put := func(r rune) {
		if h.high != 0 {
			out = append(out, "\uFFFD"...)
			h.high = 0
		}
		out = utf8.AppendRune(out, r)
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			if h.high != 0 {
				out = append(out, "\uFFFD"...)
				h.high = 0
			}
			out = append(out, s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", errNotJSON
		}
		switch s[i] {
		case 'n':
			put('\n')
		case 't':
			put('\t')
		case 'r':
			put('\r')
		case 'b':
			put('\b')
		case 'f':
			put('\f')
		case 'u':
			r, ok := hex4(s[i+1:])
			if !ok {
				return "", errNotJSON
			}
			i += 4
			switch {
			case r >= 0xdc00 && r <= 0xdfff && h.high != 0:
				out = utf8.AppendRune(out, (h.high-0xd800)<<10+(r-0xdc00)+0x10000)
				h.high = 0
			case r >= 0xd800 && r <= 0xdbff:
				if h.high != 0 {
					out = append(out, "\uFFFD"...)
				}
				h.high = r
			default: // AppendRune writes U+FFFD for the second half alone
				put(r)
			}
		default:
			put(rune(s[i]))
		}
	}
	return string(out), nil
}

func hasBackslash(s []byte) bool {
	for _, c := range s {
		if c == '\\' {
			return true
		}
	}
	return false
}

func hex4(s []byte) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
