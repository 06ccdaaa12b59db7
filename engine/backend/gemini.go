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
	"galley/session/text"
)

const (
	geminiKindName = "gemini"
	geminiBase     = "https://generativelanguage.googleapis.com/v1beta"
	geminiHost     = "generativelanguage.googleapis.com"
)

// geminiKind is the kind for Google's own protocol. No answer of it was recorded:
// the shapes are those of its documentation.
func geminiKind() Kind {
	return Kind{
		Name: geminiKindName,
		Help: "Google's Gemini, by its own :streamGenerateContent",
		Open: func(c Config, key func(string) string) (Backend, error) { return newGemini(c, key) },
	}
}

type gemini struct {
	*client
	config Config
}

func newGemini(c Config, key func(string) string) (*gemini, error) {
	o := clientOptions{header: "X-Goog-Api-Key", conns: hostedWorkers(c)}
	if c.Name == geminiKindName {
		o.base = geminiBase
	}
	cl, err := newClient(c, key, o)
	if err != nil {
		return nil, err
	}
	return &gemini{client: cl, config: c}, nil
}

// Traits says how the runner is to treat the backend.
func (g *gemini) Traits() Traits {
	return hostedTraits(g.config, g.client, "generateContent at "+g.base.String())
}

// geminiPath is where a model is asked. Its name stands in the address, so nothing
// but what names hold may be in it.
func geminiPath(model string) (string, error) {
	if !strings.Contains(model, "/") {
		model = "models/" + model
	}
	for _, part := range strings.Split(model, "/") {
		if part == "" || part == "." || part == ".." {
			return "", fmt.Errorf("%q is no name of a model; write it as gemini-2.5-flash", text.Raw(model))
		}
	}
	for i := range len(model) {
		c := model[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_./@", c) >= 0 {
			continue
		}
		return "", fmt.Errorf("%q is no name of a model; write it as gemini-2.5-flash", text.Raw(model))
	}
	return "/" + model + ":streamGenerateContent?alt=sse", nil
}

// Wire returns the request's bytes. Temperature and top_p stand in them wherever
// the model heeds them; penalties only where they are not neutral, because some models refuse any, and
// top_k, which has no word for off, where it is set.
func (g *gemini) Wire(r Request) (session.Wire, error) {
	path, err := geminiPath(r.Model)
	if err != nil {
		return session.Wire{}, err
	}
	system, msgs, err := apart(r.Proof, "Gemini")
	if err != nil {
		return session.Wire{}, err
	}
	m := geminiOf(r.Model)
	if err := m.refuse(r, g.config.Prefill); err != nil {
		return session.Wire{}, err
	}
	b := newObject()
	if len(system) > 0 {
		b.object("systemInstruction", func(b *object) { geminiParts(b, system) })
	}
	b.geminiContents(msgs)
	tools, err := toolsOf(r.Proof.Beside)
	if err != nil {
		return session.Wire{}, err
	}
	if len(tools) > 0 {
		b.list("tools", 1, func(_ int, b *object) {
			b.list("functionDeclarations", len(tools), func(i int, b *object) {
				b.str("name", tools[i].Name)
				if tools[i].Description != "" {
					b.str("description", tools[i].Description)
				}
				if tools[i].Parameters != nil {
					b.raw("parametersJsonSchema", tools[i].Parameters)
				}
			})
		})
	}
	schema, err := schemaOf(r.Proof.Beside)
	if err != nil {
		return session.Wire{}, err
	}
	b.object("generationConfig", func(b *object) { m.config(b, r, schema) })
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, path, body), nil
}

// geminiParts puts messages as the parts of one content.
func geminiParts(b *object, msgs []session.Message) {
	b.list("parts", len(msgs), func(i int, b *object) { b.content("text", msgs[i]) })
}

// config puts what decides how the answer is drawn.
func (g geminiModel) config(b *object, r Request, schema json.RawMessage) {
	p := r.Proof.Params
	s := samplerOf(p, r.Take)
	if !g.unruled {
		b.num("temperature", &s.Temperature)
		b.num("topP", &s.TopP)
		if s.TopK > 0 {
			b.int("topK", int64(s.TopK))
		}
	}
	if s.Presence != neutral.Presence {
		b.num("presencePenalty", &s.Presence)
	}
	if s.Frequency != neutral.Frequency {
		b.num("frequencyPenalty", &s.Frequency)
	}
	if p.MaxTokens > 0 {
		b.int("maxOutputTokens", int64(p.MaxTokens))
	}
	if p.Seed != nil {
		b.int("seed", s.Seed)
	}
	if len(p.Stop) > 0 {
		b.strings("stopSequences", p.Stop)
	}
	if schema != nil {
		b.str("responseMimeType", "application/json")
		name := "responseJsonSchema"
		if g.version < 2.5 {
			name = "responseSchema" // they know a part of JSON Schema only, and say so
		}
		b.raw(name, schema)
	}
	g.think(b, p.Think)
}

// Stream sends the request once and yields the answer.
func (g *gemini) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return g.stream(ctx, w, "text/event-stream", &geminiAnswer{})
}

// Models asks for the list of models that can answer, page by page.
func (g *gemini) Models(ctx context.Context) ([]session.ModelInfo, error) {
	return g.pages(ctx, "/models?pageSize=1000", func(body []byte) (p page, ok bool) {
		var list struct {
			Models []struct {
				Name    string   `json:"name"`
				Title   string   `json:"displayName"`
				Input   float64  `json:"inputTokenLimit"`
				Methods []string `json:"supportedGenerationMethods"`
			} `json:"models"`
			Next string `json:"nextPageToken"`
		}
		ok = json.Unmarshal(body, &list) == nil && list.Models != nil
		p.listed = len(list.Models)
		for _, m := range list.Models {
			if m.Name == "" || m.Methods != nil && !slices.Contains(m.Methods, "generateContent") {
				continue
			}
			name := strings.TrimPrefix(m.Name, "models/")
			p.models = append(p.models, session.ModelInfo{Ref: g.safe(name), Context: contextOf(m.Input), About: g.safe(m.Title)})
		}
		if list.Next != "" {
			p.next = "&pageToken=" + url.QueryEscape(list.Next)
		}
		return p, ok
	})
}

// geminiAnswer puts an answer together from the responses of a stream, or from one
// whole response. Some models say with each piece that they are finished: only
// that nothing more comes proves it, see repeats.
type geminiAnswer struct {
	text, reason surrogate
	calls        calls

	some    bool
	finish  string
	message string // what was said of the finish
	blocked bool   // the prompt was refused
	usage   *session.Usage
	model   string
}

type geminiResponse struct {
	Candidates []struct {
		Index   int `json:"index"`
		Content struct {
			Parts []geminiPart `json:"parts"`
		} `json:"content"`
		Finish  string          `json:"finishReason"`
		Message json.RawMessage `json:"finishMessage"`
	} `json:"candidates"`
	Feedback struct {
		Block   string          `json:"blockReason"`
		Message json.RawMessage `json:"blockReasonMessage"`
	} `json:"promptFeedback"`
	Usage json.RawMessage `json:"usageMetadata"`
	Model string          `json:"modelVersion"`
	Error json.RawMessage `json:"error"`
}

type geminiPart struct {
	Text    json.RawMessage `json:"text"`
	Thought bool            `json:"thought"`
	Call    *struct {
		ID   string          `json:"id"`
		Name string          `json:"name"`
		Args json.RawMessage `json:"args"`
	} `json:"functionCall"`
}

var errNoResponse = errors.New("an object that is no response")

// take reads one response and returns what of it is new.
func (a *geminiAnswer) take(_ string, data []byte) (Chunk, error) {
	var w geminiResponse
	if err := json.Unmarshal(data, &w); err != nil {
		return Chunk{}, fmt.Errorf("%w: %w", errNotJSON, err)
	}
	if present(w.Error) {
		return Chunk{}, saidError(data)
	}
	if w.Model != "" {
		a.model = w.Model
	}
	if present(w.Usage) {
		a.usage = geminiUsage(w.Usage)
	}
	if w.Candidates == nil && w.Feedback.Block == "" && !present(w.Usage) && w.Model == "" {
		return Chunk{}, errNoResponse
	}
	var c Chunk
	for _, k := range w.Candidates {
		if k.Index != 0 {
			continue
		}
		for _, p := range k.Content.Parts {
			if err := a.part(p, &c); err != nil {
				return Chunk{}, err
			}
		}
		if k.Finish != "" {
			a.finish, a.message = k.Finish, plain(k.Message)
		}
	}
	if w.Feedback.Block != "" && a.finish == "" {
		a.blocked, a.finish, a.message = true, w.Feedback.Block, plain(w.Feedback.Message)
	}
	return c, nil
}

func (a *geminiAnswer) part(p geminiPart, c *Chunk) error {
	if k := p.Call; k != nil {
		args := string(k.Args)
		if !present(k.Args) {
			args = "{}"
		}
		if err := a.calls.add(k.ID, k.Name, args); err != nil {
			return err
		}
	}
	half := &a.text
	if p.Thought {
		half = &a.reason
	}
	s, err := half.content(p.Text)
	if err != nil {
		return err
	}
	if p.Thought {
		c.Reason += text.Raw(s)
		return nil
	}
	a.some = a.some || s != ""
	c.Text += text.Raw(s)
	return nil
}

// geminiUsage takes the counts: thoughts are output that is counted apart.
func geminiUsage(m json.RawMessage) *session.Usage {
	var u struct {
		Prompt  float64  `json:"promptTokenCount"`
		Tools   float64  `json:"toolUsePromptTokenCount"`
		Out     float64  `json:"candidatesTokenCount"`
		Thought *float64 `json:"thoughtsTokenCount"`
		Cached  *float64 `json:"cachedContentTokenCount"`
	}
	if json.Unmarshal(m, &u) != nil || !counts(u.Tools) {
		return nil // what is no count is unknown
	}
	thought := 0.0
	if u.Thought != nil {
		thought = *u.Thought
	}
	if !counts(thought) || !counts(u.Out) {
		return nil
	}
	out := usageOf(u.Prompt+u.Tools, u.Out+thought)
	if out != nil {
		out.Cached, out.Reasoning = partOf(u.Cached, out.Input), partOf(u.Thought, out.Output)
	}
	return out
}

// finished reports whether a finishReason came; more may follow it.
func (a *geminiAnswer) finished() (whole, over bool) { return a.finish != "", false }

// repeats: a finishReason may come with a piece that is not the last.
func (a *geminiAnswer) repeats() {}

// done is the last chunk of a finished answer.
func (a *geminiAnswer) done() (Chunk, error) {
	c := Chunk{
		Text:   text.Raw(a.text.flush()),
		Reason: text.Raw(a.reason.flush()),
		Tools:  a.calls.whole(),
		Done:   true, Finish: a.finish, Usage: a.usage, Model: text.Raw(a.model),
	}
	a.some = a.some || c.Text != ""
	if a.blocked {
		c.Status = session.StatusFiltered
		return c, nil
	}
	switch a.finish {
	case "STOP":
		switch {
		case len(c.Tools) > 0:
			c.Status = session.StatusToolCalls
		case !a.some:
			c.Status = session.StatusEmpty
		default:
			c.Status = session.StatusDone
		}
	case "MAX_TOKENS":
		c.Status = session.StatusTruncated
	case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE",
		"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION":
		c.Status = session.StatusFiltered
	default: // OTHER, MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL and what is not known here
		why := "the server gave the answer up (finishReason " + a.finish + ")"
		if a.message != "" {
			why += ": " + a.message
		}
		return Chunk{}, errors.New(why)
	}
	return c, nil
}
