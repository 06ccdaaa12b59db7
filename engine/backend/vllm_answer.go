package backend

import (
	"bytes"
	"encoding/json"

	"galley/session"
	"galley/session/text"
)

// vllmAnswer is an answer with what vLLM tells of the prompt that it evaluated,
// which stands in the first object, and of its own times, in the last.
type vllmAnswer struct {
	answer
	ids    []int
	prompt text.Raw
	timing *session.EngineTiming
}

// take reads one object and returns what of it is new.
func (a *vllmAnswer) take(name string, data []byte) (Chunk, error) {
	c, err := a.answer.take(name, data)
	if err != nil {
		return c, err
	}
	if a.ids == nil && bytes.Contains(data, []byte(`"prompt_token_ids"`)) || a.prompt == "" && bytes.Contains(data, []byte(`"prompt_text"`)) {
		a.evaluated(data)
	}
	if bytes.Contains(data, []byte(`"metrics"`)) {
		a.times(data)
	}
	return c, nil
}

// evaluated takes the prompt in. What can't be read makes no answer fail: it is
// not known then.
func (a *vllmAnswer) evaluated(data []byte) {
	var w struct {
		IDs  json.RawMessage `json:"prompt_token_ids"`
		Text json.RawMessage `json:"prompt_text"`
	}
	if json.Unmarshal(data, &w) != nil {
		return
	}
	if present(w.IDs) {
		a.ids = tokenIDs(w.IDs)
	}
	if present(w.Text) {
		a.prompt = text.Raw(plain(w.Text))
	}
}

// tokenIDs reads a list of token ids; nil: it is none.
func tokenIDs(m json.RawMessage) []int {
	var ids []int
	if json.Unmarshal(m, &ids) != nil || len(ids) > mostTokens {
		return nil
	}
	for _, id := range ids {
		if id < 0 {
			return nil
		}
	}
	return ids
}

func (a *vllmAnswer) times(data []byte) {
	var w struct {
		Metrics *struct {
			First    float64 `json:"time_to_first_token_ms"` // from the queue's end to the first token
			Generate float64 `json:"generation_time_ms"`     // from the first token to the last
			Queue    float64 `json:"queue_time_ms"`
		} `json:"metrics"`
	}
	if json.Unmarshal(data, &w) != nil || w.Metrics == nil {
		return
	}
	const ns = 1e6
	t := &session.EngineTiming{PromptMS: nanosMS(w.Metrics.First * ns), GeneratedMS: nanosMS(w.Metrics.Generate * ns), QueueMS: nanosMS(w.Metrics.Queue * ns)}
	if *t != (session.EngineTiming{}) {
		a.timing = t
	}
}

// done is the last chunk of a finished answer.
func (a *vllmAnswer) done() (Chunk, error) {
	c, err := a.answer.done()
	if err != nil {
		return c, err
	}
	c.Engine = a.timing
	if u := c.Usage; u != nil {
		if c.Engine == nil {
			c.Engine = &session.EngineTiming{}
		}
		out := u.Output
		c.Engine.GeneratedTokens = &out
		if u.Cached != nil {
			cached, fresh := *u.Cached, u.Input-*u.Cached
			c.Engine.CachedTokens, c.Engine.PromptTokens = &cached, &fresh
		}
	}
	e := session.Evaluated{Text: a.prompt, IDs: a.ids}
	switch {
	case a.ids != nil:
		e.Source = session.EvidenceIDs
	case a.prompt != "":
		e.Source = session.EvidenceText
	}
	if c.Usage != nil {
		e.Tokens = c.Usage.Input
	}
	if e.Tokens > 0 || e.Source != session.EvidenceNone {
		c.Evaluated = &e
	}
	return c, nil
}
