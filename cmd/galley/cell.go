package main

import (
	"encoding/base64"

	"galley/session"
	"galley/session/text"
)

// cellJSON is a finished cell as scripts read it.
type cellJSON struct {
	Type          string         `json:"type"`
	Run           string         `json:"run"`
	Cell          string         `json:"cell"`
	Output        string         `json:"output"` // its name: r7#3
	Variant       string         `json:"variant"`
	Arm           text.Raw       `json:"arm,omitempty"` // of a study: what was changed
	Model         string         `json:"model"`
	Case          text.Raw       `json:"case"`
	Take          int            `json:"take"`
	Order         string         `json:"order"`
	Status        session.Status `json:"status"`
	FinishReason  *string        `json:"finish_reason"`
	Text          text.Raw       `json:"text"`
	TextBase64    string         `json:"text_base64,omitempty"` // where text is not UTF-8, which JSON can't hold
	Prefill       text.Raw       `json:"prefill,omitempty"`
	Reasoning     text.Raw       `json:"reasoning,omitempty"`
	ToolCalls     []toolCallJSON `json:"tool_calls"`
	Usage         usageJSON      `json:"usage"`
	Timing        callTimeJSON   `json:"timing"`
	Engine        *engineJSON    `json:"engine"` // the same by the server's own clock
	CostUSD       *float64       `json:"cost_usd"`
	Cached        bool           `json:"cached"`
	Attempts      int            `json:"attempts"`
	ModelReported *text.Raw      `json:"model_reported"`
	ModelDigest   *string        `json:"model_digest"`
	Server        *text.Raw      `json:"server"`
	Repeatable    bool           `json:"repeatable"`
	InputCut      bool           `json:"input_cut"`
	Evaluated     *evaluatedJSON `json:"evaluated"`
	Unsure        int            `json:"unsure"` // requests that may have been billed without an answer
	Proof         string         `json:"proof"`
	Request       *string        `json:"request"`
	Error         *errorJSON     `json:"error"`
	Wanted        *text.Raw      `json:"wanted"`
	Right         *bool          `json:"right"` // against wanted; null: no whole answer, or nothing is wanted
}

type usageJSON struct {
	Input  *int    `json:"input_tokens"`
	Output *int    `json:"output_tokens"`
	Source *string `json:"source"` // null: nobody counted
	// Of the input that the server had in its cache, of the output that was
	// reasoning; null: it does not say.
	Cached    *int `json:"cached_tokens"`
	Reasoning *int `json:"reasoning_tokens"`
}

// callTimeJSON is how long a call took; null: nobody measured it, since nobody was
// asked, or no text came.
type callTimeJSON struct {
	QueueMS    *int64   `json:"queue_ms"`
	TTFTMS     *int64   `json:"ttft_ms"`
	TotalMS    *int64   `json:"total_ms"`
	TokensPerS *float64 `json:"tokens_per_s"`
}

func callTime(o session.Output) callTimeJSON {
	t := o.Timing
	if o.Attempts == 0 && !o.Cached {
		return callTimeJSON{}
	}
	j := callTimeJSON{QueueMS: &t.QueueMS, TTFTMS: &t.TTFTMS, TotalMS: &t.TotalMS, TokensPerS: some(t.TokensPerS)}
	if t.TTFTMS == 0 && o.Text == "" && o.Reason == "" && len(o.ToolCalls) == 0 {
		j.TTFTMS = nil
	}
	return j
}

type toolCallJSON struct {
	ID        text.Raw `json:"id"`
	Name      text.Raw `json:"name"`
	Arguments text.Raw `json:"arguments"` // as the model wrote them
}

type engineJSON struct {
	PromptTokens    *int     `json:"prompt_tokens"` // computed anew
	CachedTokens    *int     `json:"cached_tokens"`
	PromptMS        *float64 `json:"prompt_ms"`
	GeneratedTokens *int     `json:"generated_tokens"`
	GeneratedMS     *float64 `json:"generated_ms"`
	LoadMS          *float64 `json:"load_ms"`
	QueueMS         *float64 `json:"queue_ms"`
}

// evaluatedJSON says how it is known what context the engine evaluated.
type evaluatedJSON struct {
	Source  session.Evidence `json:"source"`
	Tokens  *int             `json:"tokens"`
	Counted *int             `json:"counted"` // equal to tokens: it is proved
	Differs *text.Raw        `json:"differs"` // from what was composed
}

func toEvaluatedJSON(o session.Output) *evaluatedJSON {
	j := evaluatedJSON{Source: o.Evidence, Differs: some(o.Differs)}
	if e := o.Evaluated; e != nil {
		j.Tokens, j.Counted = some(e.Tokens), some(e.Counted)
		if j.Source == "" {
			j.Source = e.Source
		}
		if j.Differs == nil {
			j.Differs = some(e.Differs)
		}
	}
	return some(j)
}

type errorJSON struct {
	Kind      string   `json:"kind"`
	Message   text.Raw `json:"message"`
	Status    *int     `json:"status"`
	Retryable bool     `json:"retryable"`
}

// some is a pointer to v, nil where v is zero: unknown.
func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func toCellJSON(r session.Result) cellJSON {
	c, o := r.Cell, r.Output
	j := cellJSON{
		Type: "cell", Run: session.Run{ID: c.RunID}.Name(), Cell: c.UID, Output: outputName(r), Variant: variantName(c.Contestant.Variant), Arm: text.Raw(c.Contestant.Arm), Model: c.Contestant.Model,
		Case: c.CaseName, Take: c.Take, Order: c.Order.String(), Status: o.Status, FinishReason: some(o.Finish),
		Text: o.Text, Prefill: o.Prefill, Reasoning: o.Reason, ToolCalls: []toolCallJSON{}, Timing: callTime(o), CostUSD: o.CostUSD, Cached: o.Cached,
		Attempts: o.Attempts, ModelReported: some(o.Model), ModelDigest: some(o.Digest), Proof: c.Proof, Request: some(c.Wire),
		Wanted: c.Wanted, Right: right(r.Grade()), Engine: some(engineJSON(o.Engine)), Server: some(text.Raw(o.Server)), Repeatable: o.Repeatable,
		InputCut: o.Cut, Evaluated: toEvaluatedJSON(o), Unsure: o.Unsure,
	}
	for _, t := range o.ToolCalls {
		j.ToolCalls = append(j.ToolCalls, toolCallJSON(t))
	}
	if !o.Text.Valid() {
		j.TextBase64 = base64.StdEncoding.EncodeToString([]byte(o.Text))
	}
	if o.Usage.Source != "" {
		j.Usage = usageJSON{&o.Usage.Input, &o.Usage.Output, &o.Usage.Source, o.Usage.Cached, o.Usage.Reasoning}
	}
	if e := o.Error; e != nil {
		j.Error = &errorJSON{e.Kind, e.Message, some(e.Status), e.Retryable}
	}
	return j
}

// variantName is a variant with its revision, "" where an answer has none.
func variantName(r session.VariantRef) string {
	if r.Variant == "" {
		return ""
	}
	return r.String()
}

// right is a grade as JSON has it: null where there is none.
func right(g session.Grade) *bool {
	if g == session.GradeNone {
		return nil
	}
	r := g == session.GradeRight
	return &r
}
