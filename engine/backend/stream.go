package backend

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"sync/atomic"
	"time"

	"galley/session"
	"galley/session/text"
)

// afterFinish is how long the count of tokens is waited for once the answer
// is whole.
const afterFinish = 5 * time.Second

// What may stand behind a whole answer, and how long it is waited for.
const (
	behindTime  = 20 * time.Millisecond
	behindBytes = 4 << 10
)

// stream is one answer being read.
type stream struct {
	c      *client
	ctx    context.Context
	body   io.ReadCloser
	yield  func(Chunk, error) bool
	answer decoder
	closer *time.Timer
	closed atomic.Bool // by closer: nothing came any more
	over   bool        // nothing more may be yielded
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
		switch head, err := peek(r); {
		case errors.Is(err, errBlank):
			s.end(err)
			return
		case html(kind, head):
			s.fail(s.c.fail("protocol", "%s", describe(kind, s.c.rest(r))))
			return
		case len(head) > 0 && head[0] == '{':
			s.values(r)
			return
		case kind == "application/json":
			s.fail(s.c.fail("protocol", "the answer is not what this kind of server writes: %s", describe(kind, s.c.rest(r))))
			return
		}
	}
	s.events(r)
}

// peek returns the beginning of the body from its first byte that is no space.
func peek(r *bufio.Reader) ([]byte, error) {
	for range blankLimit {
		b, err := r.Peek(1)
		if err != nil {
			return nil, err
		}
		if b[0] != ' ' && b[0] != '\n' && b[0] != '\r' && b[0] != '\t' {
			return r.Peek(r.Buffered())
		}
		_, _ = r.Discard(1) // it was just seen
	}
	return nil, errBlank
}

// rest is what a body still holds, as far as it is wanted of an error, without
// the key.
func (c *client) rest(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, errorBody+1))
	return []byte(c.safe(string(b)))
}

// values reads an answer that is JSON and no stream of events: one document, or
// one to a line.
func (s *stream) values(r io.Reader) {
	most := &ration{r: r}
	d := json.NewDecoder(most)
	for !s.over {
		var raw json.RawMessage
		most.left = eventLimit
		err := d.Decode(&raw)
		switch {
		case err != nil && most.broke != nil:
			s.end(most.broke) // which the decoder would take for the end of a document
			return
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

// ration reads until what was allotted is used up, so that no one document is
// longer than that, however long all of them are.
type ration struct {
	r     io.Reader
	left  int
	broke error // why the connection broke, nil: it did not
}

// Read reads at most what is left.
func (r *ration) Read(b []byte) (int, error) {
	if r.left <= 0 {
		return 0, errTooLong
	}
	n, err := r.r.Read(b[:min(len(b), r.left)])
	r.left -= n
	if err != nil && !errors.Is(err, io.EOF) {
		r.broke = err
	}
	return n, err
}

func (s *stream) events(r io.Reader) {
	ev := newEvents(r)
	some := false
	for !s.over {
		e, err := ev.next()
		switch {
		case errors.Is(err, io.EOF) && !some:
			s.fail(s.c.fail("protocol", "the server closed the connection without a word"))
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
			s.fail(s.c.fail("protocol", "%s", describe("", append([]byte(s.c.safe(string(data))), s.c.rest(r)...))))
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
			msg = string(oneLine(s.c.safe(string(data)), 300))
		}
		s.fail(s.c.inBand(msg, mark))
		return false
	}
	c, err := s.answer.take(name, data)
	var se *serverError
	switch {
	case errors.As(err, &se):
		s.fail(s.c.inBand(se.msg, se.mark))
		return false
	case errors.Is(err, errTooLong), errors.Is(err, errTooMany):
		s.fail(s.c.fail("limit", "%v", err))
		return false
	case err != nil:
		s.fail(s.c.fail("protocol", "the stream holds what is no answer of this kind of server: %s", oneLine(s.c.safe(string(data)), 200)))
		return false
	}
	whole, over := s.answer.finished()
	_, again := s.answer.(repeater)
	switch {
	case !whole:
	case s.closer == nil:
		s.closer = time.AfterFunc(afterFinish, func() { s.closed.Store(true); _ = s.body.Close() })
	case again:
		s.closer.Reset(afterFinish)
	}
	s.give(c)
	if over {
		s.end(nil)
	}
	return !s.over
}

// repeater is the decoder of a protocol in which pieces may follow one that says
// that the answer is finished: it is, once the server ended the stream or nothing
// came any more.
type repeater interface{ repeats() }

// inBand is an error that came after status 200.
func (c *client) inBand(msg, mark string) *session.CallError {
	kind, _ := kindOf(400, mark+" "+msg)
	if kind == "config" {
		kind = "server"
	}
	if strings.Contains(mark, "rate_limit") {
		kind = "rate_limit"
	}
	e := c.fail(kind, "%s", msg)
	e.Retryable = strings.Contains(mark, "rate_limit") || strings.Contains(mark, "overloaded")
	return e
}

// end ends the answer: err is why reading stopped, nil a clean end.
func (s *stream) end(err error) {
	whole, _ := s.answer.finished()
	if _, again := s.answer.(repeater); again && err != nil && !s.closed.Load() {
		whole = false
	}
	if whole {
		c, why := s.answer.done()
		if why != nil {
			s.fail(s.c.fail("protocol", "%s", oneLine(s.c.safe(why.Error()), 300)))
			return
		}
		c.Finish, c.Model, c.Server = s.c.safe(c.Finish), text.Raw(s.c.safe(string(c.Model))), s.c.safe(c.Server)
		s.give(c)
		s.over = true
		if err == nil {
			s.behind()
		}
		return
	}
	switch {
	case err == nil:
		s.fail(s.c.fail("protocol", "incomplete: the stream ended without a finish_reason"))
	case errors.Is(err, errTooLong), errors.Is(err, errBlank):
		s.fail(s.c.fail("limit", "%v", err))
	case s.ctx.Err() == nil && errors.Is(err, io.ErrUnexpectedEOF):
		e := s.c.badConn(s.ctx, err, true)
		s.fail(e)
	case s.isSyntax(err):
		s.fail(s.c.fail("protocol", "incomplete: %v", err))
	default:
		s.fail(s.c.badConn(s.ctx, err, true))
	}
}

// behind reads the end of the response that stands behind a whole answer: only then
// is its connection there for the next request.
func (s *stream) behind() {
	late := time.AfterFunc(behindTime, func() { _ = s.body.Close() })
	defer late.Stop()
	_, _ = io.CopyN(io.Discard, s.body, behindBytes) // whatever it is
}

func (s *stream) isSyntax(err error) bool {
	var syntax *json.SyntaxError
	return errors.As(err, &syntax) || err.Error() == "the answer was cut off"
}
