package backend

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"galley/session"
	"galley/session/text"
)

const (
	openAIName = "openai"
	openAIBase = "https://api.openai.com/v1"
	openAIHost = "api.openai.com"

	// afterFinish is how long the count of tokens is waited for once the answer
	// is whole.
	afterFinish = 5 * time.Second
	modelsLimit = 8 << 20 // bytes of a list of models
	modelsTime  = 10 * time.Second
)

// openAI is the kind for OpenAI and every server that speaks its chat
// completions.
func openAI() Kind {
	return Kind{
		Name: openAIName,
		Help: "OpenAI, and any server that speaks its /chat/completions (llama-server, vLLM, LM Studio, Ollama)",
		Open: func(c Config, key func(string) string) (Backend, error) { return newOpenAI(c, key) },
	}
}

type openai struct {
	config Config
	base   *url.URL
	hosted bool // OpenAI's own
	key    func() string
	http   http.RoundTripper
	forms  atomic.Pointer[forms] // of the key that was looked for last
}

func newOpenAI(c Config, key func(string) string) (*openai, error) {
	raw := c.BaseURL
	if raw == "" {
		if c.Name != openAIName {
			return nil, &ConfigError{text.Raw(c.Name), "base_url", `is missing; only the name "openai" has one of its own`}
		}
		raw = openAIBase
	}
	base, why := parseBase(raw, c.KeyEnv != "")
	if why != "" {
		return nil, &ConfigError{text.Raw(c.Name), "base_url", why}
	}
	o := &openai{config: c, base: base, hosted: originOf(base).host == openAIHost, key: func() string { return "" }}
	if c.KeyEnv != "" {
		o.key = func() string { return key(c.KeyEnv) }
	}
	o.http = keyed{newTransport(o.Traits().Concurrency), originOf(base), o.key}
	return o, nil
}

// Traits says how the runner is to treat the backend.
func (o *openai) Traits() Traits {
	n := o.config.Concurrency
	if n == 0 {
		n = 4
	}
	return Traits{
		Concurrency: n,
		Local:       originOf(o.base).loopback(),
		About:       "chat completions at " + o.base.String(),
	}
}

// noPrefill refuses the beginning of an answer where it would be read as an
// answer that was already given, and says what to do instead.
func (o *openai) noPrefill(p session.Proof) error {
	const instead = "; switch the prefill block off, and ask for the format in the instructions"
	switch takes := o.config.Prefill; {
	case !p.Prefill || takes != nil && *takes:
		return nil
	case takes != nil:
		return errors.New("it takes no prefill, as the config says" + instead)
	case o.hosted:
		return errors.New("OpenAI's models take no prefill: they read it as an answer that was already given" + instead)
	}
	return nil
}

// Wire returns the request's bytes. Values that are not set are not sent.
func (o *openai) Wire(r Request) (session.Wire, error) {
	if len(r.Proof.Messages) == 0 {
		return session.Wire{}, errors.New("the context is empty: no block has anything to say")
	}
	if why := o.noPrefill(r.Proof); why != nil {
		return session.Wire{}, why
	}
	p := r.Proof.Params
	if o.hosted && (p.TopK != nil || p.MinP != nil || p.RepeatPenalty != nil) {
		return session.Wire{}, errors.New("OpenAI knows no top_k, min_p or repeat_penalty; unset them in the variant")
	}
	b := newObject()
	b.str("model", r.Model)
	b.messages(r.Proof.Messages)
	b.num("temperature", p.Temperature)
	b.num("top_p", p.TopP)
	if p.TopK != nil {
		b.int("top_k", int64(*p.TopK))
	}
	b.num("min_p", p.MinP)
	b.num("repeat_penalty", p.RepeatPenalty)
	if p.MaxTokens > 0 {
		if o.hosted {
			b.int("max_completion_tokens", int64(p.MaxTokens))
		} else {
			b.int("max_tokens", int64(p.MaxTokens))
		}
	}
	if p.Seed != nil {
		b.int("seed", *p.Seed+int64(r.Take)-1)
	}
	if len(p.Stop) > 0 {
		b.strings("stop", p.Stop)
	}
	b.flag("stream", true)
	b.key("stream_options")
	b.b = append(b.b, `{"include_usage":true}`...)
	body, err := b.bytes()
	if err != nil {
		return session.Wire{}, err
	}
	return session.NewWire(http.MethodPost, "/chat/completions", body), nil
}

// Stream sends the request once and yields the answer.
func (o *openai) Stream(ctx context.Context, _ string, w session.Wire) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		var sent atomic.Pointer[time.Time]
		ctx := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { now := time.Now(); sent.Store(&now) },
		})
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, w.Method, o.base.String()+w.Path, bytes.NewReader(w.Body))
		if err != nil {
			yield(Chunk{}, o.fail("config", "the request can't be made: %v", err))
			return
		}
		req.GetBody = nil // nobody sends it a second time
		req.Header = http.Header{
			"Content-Type":    {"application/json"},
			"Accept":          {"text/event-stream"},
			"Accept-Encoding": {"identity"},
			"User-Agent":      {"galley"},
		}
		resp, err := o.http.RoundTrip(req)
		if err != nil {
			yield(Chunk{}, o.badConn(ctx, err, false))
			return
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			yield(Chunk{}, o.badStatus(resp, time.Now()))
			return
		}
		if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
			yield(Chunk{}, o.fail("protocol", "the answer is compressed (%s), which was not asked for", cut(o.safe(e), 40)))
			return
		}
		if t := sent.Load(); t != nil && !yield(Chunk{Sent: *t}, nil) {
			return
		}
		s := &stream{o: o, ctx: ctx, body: resp.Body, yield: yield}
		s.read(resp.Header.Get("Content-Type"))
	}
}

// stream is one answer being read.
type stream struct {
	o      *openai
	ctx    context.Context
	body   io.ReadCloser
	yield  func(Chunk, error) bool
	answer answer
	closer *time.Timer
	over   bool // nothing more may be yielded
}

func (s *stream) fail(e *session.CallError) {
	if !s.over {
		s.over = true
		s.yield(Chunk{}, e)
	}
}

func (s *stream) give(c Chunk) {
	if !s.over && !s.yield(c, nil) {
		s.over = true
	}
}

func (s *stream) read(contentType string) {
	defer func() {
		if s.closer != nil {
			s.closer.Stop()
		}
	}()
	kind, _, _ := mime.ParseMediaType(contentType)
	r := bufio.NewReaderSize(s.body, 4<<10)
	if kind != "text/event-stream" {
		switch head := peek(r); {
		case html(kind, head):
			s.fail(s.o.fail("protocol", "%s", describe(kind, s.o.rest(r))))
			return
		case len(head) > 0 && head[0] == '{':
			s.values(r)
			return
		case kind == "application/json":
			s.fail(s.o.fail("protocol", "the answer is no chat completion: %s", describe(kind, s.o.rest(r))))
			return
		}
	}
	s.events(r)
}

// peek returns the beginning of the body from its first byte that is no space.
func peek(r *bufio.Reader) []byte {
	for {
		b, err := r.Peek(1)
		if err != nil {
			return nil
		}
		if b[0] != ' ' && b[0] != '\n' && b[0] != '\r' && b[0] != '\t' {
			b, _ = r.Peek(r.Buffered())
			return b
		}
		_, _ = r.Discard(1) // it was just seen
	}
}

// rest is what a body still holds, as far as it is wanted of an error, without
// the key.
func (o *openai) rest(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, errorBody+1))
	return []byte(o.safe(string(b)))
}

// values reads an answer that is JSON and no stream of events: one document, or
// one to a line.
func (s *stream) values(r io.Reader) {
	d := json.NewDecoder(io.LimitReader(r, eventLimit))
	for !s.over {
		var raw json.RawMessage
		err := d.Decode(&raw)
		switch {
		case errors.Is(err, io.EOF):
			s.end(nil)
			return
		case errors.Is(err, io.ErrUnexpectedEOF):
			s.end(fmt.Errorf("the answer was cut off"))
			return
		case err != nil:
			s.end(err)
			return
		}
		if !s.take(raw, "") {
			return
		}
	}
}

func (s *stream) events(r io.Reader) {
	ev := newEvents(r)
	some := false
	for !s.over {
		e, err := ev.next()
		switch {
		case errors.Is(err, io.EOF) && !some:
			s.fail(s.o.fail("protocol", "the server closed the connection without a word"))
			return
		case errors.Is(err, io.EOF):
			s.end(nil)
			return
		case err != nil:
			s.end(err)
			return
		case e.ping:
			some = true
			s.give(Chunk{})
			continue
		case len(e.data) == 0:
			continue
		}
		some = true
		data := bytes.TrimSpace(e.data)
		switch {
		case string(data) == "[DONE]":
			s.end(nil)
			return
		case e.bare && data[0] == '<':
			s.fail(s.o.fail("protocol", "%s", describe("", append([]byte(s.o.safe(string(data))), s.o.rest(r)...))))
			return
		case e.cut && !json.Valid(data):
			continue // the stream ended inside of it
		}
		if !s.take(data, e.name) {
			return
		}
	}
}

// take hands on what one object says; false: the answer is over.
func (s *stream) take(data []byte, name string) bool {
	if name == "error" {
		msg, mark := readError(data)
		if msg == "" {
			msg = string(oneLine(s.o.safe(string(data)), 300))
		}
		s.fail(s.o.inBand(msg, mark))
		return false
	}
	c, err := s.answer.take(data)
	var se *serverError
	switch {
	case errors.As(err, &se):
		s.fail(s.o.inBand(se.msg, se.mark))
		return false
	case err != nil:
		s.fail(s.o.fail("protocol", "the stream holds what is no chat completion: %s", oneLine(s.o.safe(string(data)), 200)))
		return false
	}
	if s.answer.finished && s.closer == nil {
		s.closer = time.AfterFunc(afterFinish, func() { _ = s.body.Close() })
	}
	s.give(c)
	return !s.over
}

// inBand is an error that came after status 200.
func (o *openai) inBand(msg, mark string) *session.CallError {
	kind, _ := kindOf(400, mark+" "+msg)
	if kind == "config" {
		kind = "server"
	}
	if strings.Contains(mark, "rate_limit") {
		kind = "rate_limit"
	}
	return o.fail(kind, "%s", msg)
}

// end ends the answer: err is why reading stopped, nil a clean end.
func (s *stream) end(err error) {
	if s.answer.finished {
		s.answer.finish, s.answer.model = s.o.safe(s.answer.finish), s.o.safe(s.answer.model)
		c, why := s.answer.done()
		if why != nil {
			s.fail(s.o.fail("protocol", "%v", why))
			return
		}
		s.give(c)
		s.over = true
		return
	}
	switch {
	case err == nil:
		s.fail(s.o.fail("protocol", "incomplete: the stream ended without a finish_reason"))
	case errors.Is(err, errTooLong):
		s.fail(s.o.fail("limit", "%v", err))
	case s.ctx.Err() == nil && errors.Is(err, io.ErrUnexpectedEOF):
		e := s.o.badConn(s.ctx, err, true)
		s.fail(e)
	case s.isSyntax(err):
		s.fail(s.o.fail("protocol", "incomplete: %v", err))
	default:
		s.fail(s.o.badConn(s.ctx, err, true))
	}
}

func (s *stream) isSyntax(err error) bool {
	var syntax *json.SyntaxError
	return errors.As(err, &syntax) || err.Error() == "the answer was cut off"
}

// Models asks for the list of models. Their Ref is the model's own name.
func (o *openai) Models(ctx context.Context) ([]session.ModelInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, modelsTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.base.String()+"/models", nil)
	if err != nil {
		return nil, o.fail("config", "the request can't be made: %v", err)
	}
	req.Header = http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"identity"}, "User-Agent": {"galley"}}
	resp, err := o.http.RoundTrip(req)
	if err != nil {
		return nil, o.badConn(ctx, err, false)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, o.badStatus(resp, time.Now())
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, modelsLimit))
	if err != nil {
		return nil, o.badConn(ctx, err, true)
	}
	var list struct {
		Data []struct {
			ID      string  `json:"id"`
			MaxLen  float64 `json:"max_model_len"`
			Context float64 `json:"context_length"`
			Meta    struct {
				Ctx float64 `json:"n_ctx"`
			} `json:"meta"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &list) != nil || list.Data == nil {
		return nil, o.fail("protocol", "the list of models can't be read: %s", describe(resp.Header.Get("Content-Type"), []byte(o.safe(string(body)))))
	}
	var out []session.ModelInfo
	for _, m := range list.Data {
		if m.ID == "" {
			continue
		}
		n := max(m.MaxLen, m.Context, m.Meta.Ctx)
		if n < 0 || n > maxUsage {
			n = 0
		}
		out = append(out, session.ModelInfo{Ref: o.safe(m.ID), Context: int(n)})
	}
	slices.SortFunc(out, func(a, b session.ModelInfo) int { return strings.Compare(a.Ref, b.Ref) })
	return out, nil
}
