package backend

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"galley/session"
	"galley/session/text"
)

// client is the way to one server: it holds the address, and attaches the key to
// requests to that address and to no others. Every adapter that speaks HTTP has
// one.
type client struct {
	name  string
	base  *url.URL
	key   func() string // "" none
	http  http.RoundTripper
	extra http.Header           // of every request
	forms atomic.Pointer[forms] // of the key that was looked for last
	idle  func()                // closes the connections that nobody uses
	alone atomic.Bool           // each request has a connection of its own
}

type clientOptions struct {
	base   string      // where the config names none; "" it must
	header string      // that carries the key; "" is Authorization, after "Bearer "
	extra  http.Header // of every request
	conns  int         // kept open
}

// newClient opens the way to the server of c. No connection is made. An error is
// a [*ConfigError].
func newClient(c Config, key func(env string) string, o clientOptions) (*client, error) {
	raw := c.BaseURL
	if raw == "" {
		raw = o.base
	}
	if raw == "" {
		return nil, &ConfigError{text.Raw(c.Name), "base_url", "is missing; write the address of the server"}
	}
	base, why := parseBase(raw, c.KeyEnv != "")
	if why != "" {
		return nil, &ConfigError{text.Raw(c.Name), "base_url", why}
	}
	cl := &client{name: c.Name, base: base, key: func() string { return "" }, extra: o.extra}
	if c.KeyEnv != "" {
		cl.key = func() string { return key(c.KeyEnv) }
	}
	way := newTransport(max(o.conns, 1))
	cl.http, cl.idle = keyed{way, originOf(base), cl.key, o.header}, way.CloseIdleConnections
	return cl, nil
}

func (c *client) request(ctx context.Context, method, path, accept string, body []byte) (*http.Request, error) {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, r)
	if err != nil {
		return nil, err
	}
	req.GetBody = nil // nobody sends it a second time
	req.Close = c.alone.Load()
	req.Header = http.Header{"Accept": {accept}, "Accept-Encoding": {"identity"}, "User-Agent": {"galley"}}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range c.extra {
		req.Header[k] = v
	}
	return req, nil
}

// call sends one request and returns the whole answer, at most limit bytes of
// it. An error is a [*session.CallError]. limit of time: within.
func (c *client) call(ctx context.Context, method, path string, body []byte, within time.Duration, limit int64) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := c.request(ctx, method, path, "application/json", body)
	if err != nil {
		return nil, nil, c.fail("config", "the request can't be made: %v", err)
	}
	resp, err := c.http.RoundTrip(req)
	if err != nil {
		return nil, nil, c.badConn(ctx, err, false)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, resp.Header, c.badStatus(resp, time.Now())
	}
	all, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, resp.Header, c.badConn(ctx, err, true)
	case int64(len(all)) > limit:
		return nil, resp.Header, c.fail("limit", "the answer to %s is longer than %d KiB", path, limit>>10)
	}
	return c.veilBytes(all), resp.Header, nil
}

// decoder puts an answer together from the objects of a stream, or from one
// whole object. It is finished when the server said so: that the connection
// closed says nothing.
type decoder interface {
	// take reads one object (of server-sent events: the data of the event called
	// name) and returns what of it is new. A *serverError says that the server
	// gave no answer; any other error that the object is none of this protocol.
	take(name string, data []byte) (Chunk, error)
	// finished reports that the answer is whole, and over that nothing more will
	// come, not even counts.
	finished() (whole, over bool)
	// done is the last chunk of a finished answer.
	done() (Chunk, error)
}

// stream sends the request once and yields the answer, put together by d.
func (c *client) stream(ctx context.Context, w session.Wire, accept string, d decoder) iter.Seq2[Chunk, error] {
	return func(out func(Chunk, error) bool) {
		tap := tapOf(ctx)
		yield := c.veiled(out, tap)
		var sent atomic.Pointer[time.Time]
		ctx := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { now := time.Now(); sent.Store(&now) },
		})
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		req, err := c.request(ctx, w.Method, w.Path, accept, w.Body)
		if err != nil {
			yield(Chunk{}, c.fail("config", "the request can't be made: %v", err))
			return
		}
		resp, err := c.http.RoundTrip(req)
		if err != nil {
			yield(Chunk{}, c.badConn(ctx, err, false))
			return
		}
		defer resp.Body.Close()
		if resp.Header.Get("Server") == "llama.cpp" && !req.Close {
			// After a stream a llama-server closes the connection that it promised to
			// keep: a request that is sent on it just then would be lost.
			c.alone.Store(true)
			defer c.idle()
		}
		if tap != nil {
			tap.begin(c, resp)
			resp.Body = tapped{resp.Body, tap}
		}
		if resp.StatusCode != http.StatusOK {
			yield(Chunk{}, c.badStatus(resp, time.Now()))
			return
		}
		if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
			yield(Chunk{}, c.fail("protocol", "the answer is compressed (%s), which was not asked for", cut(c.safe(e), 40)))
			return
		}
		if t := sent.Load(); t != nil && !yield(Chunk{Sent: *t}, nil) {
			return
		}
		s := &stream{c: c, ctx: ctx, body: resp.Body, yield: yield, answer: d}
		s.read(resp.Header.Get("Content-Type"))
	}
}

// TapLimit is how many bytes of one answer a [Tap] keeps, and headLimit how many
// of its headers.
const (
	TapLimit  = 4 << 20
	headLimit = 16 << 10
)

// Tap keeps what a server sent in one call, as it came: the status, the headers
// and the body. It is for one call at a time, and read when that is over.
type Tap struct {
	from *client
	buf  []byte
	head int  // bytes of buf that are the status and the headers
	lost int  // bytes beyond the limit
	hide bool // the body holds the key in pieces
}

type tapKey struct{}

// WithTap returns a context under which Stream keeps what it receives in t.
func WithTap(ctx context.Context, t *Tap) context.Context {
	return context.WithValue(ctx, tapKey{}, t)
}

func tapOf(ctx context.Context) *Tap {
	t, _ := ctx.Value(tapKey{}).(*Tap)
	return t
}

type runKey struct{}

// WithRun returns the context of a request that may end before run does: why it took
// too long is found out for as long as run goes on.
func WithRun(ctx, run context.Context) context.Context {
	return context.WithValue(ctx, runKey{}, run)
}

func runOf(ctx context.Context) context.Context {
	if run, ok := ctx.Value(runKey{}).(context.Context); ok {
		return run
	}
	return context.WithoutCancel(ctx)
}

func (t *Tap) begin(c *client, resp *http.Response) {
	t.from, t.lost, t.hide = c, 0, false
	head := t.buf[:0]
	head = append(head, resp.Proto+" "+resp.Status+"\r\n"...)
	for _, k := range sortedKeys(resp.Header) {
		if k == "Set-Cookie" {
			continue // what is to be kept secret by who gets it
		}
		for _, v := range resp.Header[k] {
			if len(head) < headLimit {
				head = append(head, k+": "+v+"\r\n"...)
			}
		}
	}
	head = append(head, "\r\n"...)
	t.buf, t.head = head, len(head)
}

func sortedKeys(h http.Header) []string {
	keys := make([]string, 0, len(h))
	for k := range h {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (t *Tap) add(b []byte) {
	room := min(max(TapLimit-len(t.buf), 0), len(b))
	t.buf = append(t.buf, b[:room]...)
	t.lost += len(b) - room
}

// Bytes returns what was received, keys replaced in it by value; nil: nothing
// was. What is beyond [TapLimit] is left out, and that is said at the end.
func (t *Tap) Bytes() []byte {
	if t.from == nil {
		return nil
	}
	out := t.buf
	if t.hide {
		return []byte(t.from.redact(string(out[:t.head])) + "[the answer repeats the key in pieces, and is not kept as it came]")
	}
	if key := t.from.key(); key != "" {
		out = []byte(t.from.redact(string(out)))
		if t.lost > 0 { // the first half of a key may stand at the end
			half := min(len(out), errorEdge)
			t.lost += half
			out = out[:len(out)-half]
		}
	}
	if t.lost > 0 {
		out = fmt.Appendf(slices.Clip(out), "\n[%d bytes more are not kept]", t.lost)
	}
	return out
}

type tapped struct {
	io.ReadCloser
	tap *Tap
}

// Read reads, and keeps what was read.
func (t tapped) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	t.tap.add(b[:n])
	return n, err
}
