package backend

import (
	"bytes"
	"encoding/json"
	"strings"

	"galley/session"
	"galley/session/text"
)

// llamaAnswer puts an answer together from chat completions and from what
// llama-server says besides: how far it has read, its timings, and the context
// that it evaluated.
type llamaAnswer struct {
	answer
	body []byte // of the request

	timings llamaTimings
	verbose *llamaVerbose
	echoed  bool // a whole answer began with the prefill, which was cut off
	wrote   bool // text that is the answer's own came
}

type llamaTimings struct {
	Cached      *float64 `json:"cache_n"`
	Prompt      *float64 `json:"prompt_n"`
	PromptMS    *float64 `json:"prompt_ms"`
	Predicted   *float64 `json:"predicted_n"`
	PredictedMS *float64 `json:"predicted_ms"`
}

type llamaVerbose struct {
	Prompt    json.RawMessage `json:"prompt"`
	Evaluated float64         `json:"tokens_evaluated"`
	Truncated bool            `json:"truncated"`
}

// llamaKeys are what an object must hold to be worth reading a second time: most
// are a few bytes of text and nothing else.
var llamaKeys = [][]byte{[]byte(`"timings"`), []byte(`"__verbose"`), []byte(`"prompt_progress"`), []byte(`"message"`)}

// take reads one object and returns what of it is new.
func (a *llamaAnswer) take(name string, data []byte) (Chunk, error) {
	c, err := a.answer.take(name, data)
	if err != nil {
		return c, err
	}
	for _, k := range llamaKeys {
		if bytes.Contains(data, k) {
			a.more(data, &c)
			break
		}
	}
	a.wrote = a.wrote || c.Text != ""
	return c, nil
}

// more reads what is llama-server's own. What of it makes no sense is unknown, and
// no answer fails of it.
func (a *llamaAnswer) more(data []byte, c *Chunk) {
	var w struct {
		Timings  json.RawMessage `json:"timings"`
		Verbose  json.RawMessage `json:"__verbose"`
		Progress json.RawMessage `json:"prompt_progress"`
		Choices  []struct {
			Message json.RawMessage `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal(data, &w) != nil {
		return
	}
	if present(w.Timings) {
		var t llamaTimings
		if json.Unmarshal(w.Timings, &t) == nil {
			a.timings = t
		}
	}
	if present(w.Verbose) {
		var v llamaVerbose
		if json.Unmarshal(w.Verbose, &v) == nil {
			a.verbose = &v
		}
	}
	if present(w.Progress) {
		var p struct {
			Total float64 `json:"total"`
			Done  float64 `json:"processed"` // those in its cache among them
		}
		if json.Unmarshal(w.Progress, &p) == nil && counts(p.Total) && counts(p.Done) && p.Done <= p.Total {
			c.Read, c.Total = int(p.Done), int(p.Total)
		}
	}
	if len(w.Choices) > 0 && present(w.Choices[0].Message) {
		a.unecho(c)
	}
}

// unecho cuts the prefill off an answer that is one whole message: there, and not
// in a stream, llama-server repeats it.
func (a *llamaAnswer) unecho(c *Chunk) {
	pre := prefillIn(a.body)
	if rest, ok := strings.CutPrefix(string(c.Text), pre); ok && pre != "" {
		c.Text, a.echoed = text.Raw(rest), true
	}
}

// prefillIn is the text that a request's answer is to go on with, or "".
func prefillIn(body []byte) string {
	var w struct {
		Messages []struct {
			Content string `json:"content"`
		} `json:"messages"`
		Continue bool `json:"continue_final_message"`
	}
	if json.Unmarshal(body, &w) != nil || !w.Continue || len(w.Messages) == 0 {
		return ""
	}
	return w.Messages[len(w.Messages)-1].Content
}

// done is the last chunk of a finished answer.
func (a *llamaAnswer) done() (Chunk, error) {
	c, err := a.answer.done()
	if err != nil {
		return c, err
	}
	if a.echoed && !a.wrote && c.Text == "" && c.Status == session.StatusDone {
		c.Status = session.StatusEmpty // nothing came but the prefill
	}
	if c.Server != "" {
		c.Server = llamaBuild(c.Server)
	}
	t := a.timings
	if c.Usage == nil && t.Cached != nil && t.Prompt != nil && t.Predicted != nil {
		if c.Usage = usageOf(*t.Cached+*t.Prompt, *t.Predicted); c.Usage != nil {
			c.Usage.Cached = partOf(t.Cached, c.Usage.Input)
		}
	}
	c.Engine = t.timing()
	if v := a.verbose; v != nil {
		if s := plain(v.Prompt); s != "" {
			e := &session.Evaluated{Text: text.Raw(s), Source: session.EvidenceText, Cut: v.Truncated}
			switch {
			case c.Usage != nil:
				e.Tokens = c.Usage.Input
			case counts(v.Evaluated):
				e.Tokens = int(v.Evaluated)
			}
			if v.Truncated {
				e.Differs = "the server dropped a part of the context to make room (context shift)"
			}
			c.Evaluated = e
		}
	}
	return c, nil
}

// llamaBuild names a server by its build.
func llamaBuild(build string) string { return "llama.cpp " + build }

// timing is what the server measured; nil where it said nothing.
func (t llamaTimings) timing() *session.EngineTiming {
	e := session.EngineTiming{
		PromptTokens: partOf(t.Prompt, maxUsage), CachedTokens: partOf(t.Cached, maxUsage), PromptMS: duration(t.PromptMS),
		GeneratedTokens: partOf(t.Predicted, maxUsage), GeneratedMS: duration(t.PredictedMS),
	}
	if e.GeneratedTokens != nil && *e.GeneratedTokens < 2 {
		e.GeneratedMS = nil // the first token comes with the prompt: the server writes 0.001
	}
	if e == (session.EngineTiming{}) {
		return nil
	}
	return &e
}

// duration is a measure that can be one, in whatever unit.
func duration(v *float64) *float64 {
	if v == nil || *v < 0 || *v > 1e12 {
		return nil
	}
	return v
}
