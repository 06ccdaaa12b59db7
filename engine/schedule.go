package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

// How a run deals with a backend that does not answer as it should.
const (
	triesServer = 3 // of one cell, where the server or the way to it failed
	triesRate   = 8 // of one cell, where the server asked to wait
	firstPause  = 500 * time.Millisecond
	lastPause   = 20 * time.Second

	// breakAt failed cells in a row, and the backend is asked by one cell at a
	// time, once each; giveUpAt, and the cells that are left fail unasked.
	breakAt  = 3
	giveUpAt = 10
)

// gate is the wait that a backend asked for. All jobs of a runner share it: a
// 429 holds up every request to that backend.
type gate struct {
	mu    sync.Mutex
	until time.Time
	why   string
}

// hold lets nothing through for d.
func (g *gate) hold(d time.Duration, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := time.Now().Add(d); t.After(g.until) {
		g.until, g.why = t, why
	}
}

// left is how long nothing goes through yet.
func (g *gate) left() (time.Duration, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.until), g.why
}

// lane is one backend of a job: its queue of cells, and how it fares.
type lane struct {
	name    string
	backend backend.Backend
	traits  backend.Traits
	gate    *gate
	workers int

	count int      // cells
	queue chan int // cells, in order, as they are fed
	pace  *pace

	mu     sync.Mutex
	failed int // cells in a row
	dead   *session.CallError
	probe  chan struct{} // holds one token
}

func newLane(name string, b backend.Backend, g *gate, workers int) *lane {
	l := &lane{name: name, backend: b, traits: b.Traits(), gate: g, workers: workers, probe: make(chan struct{}, 1)}
	if l.workers <= 0 {
		l.workers = max(l.traits.Concurrency, 1)
	}
	l.probe <- struct{}{}
	return l
}

// next is the next cell to ask; false: there are no more.
func (l *lane) next(ctx context.Context) (int, bool) {
	select {
	case i, ok := <-l.queue:
		return i, ok
	case <-ctx.Done():
		return 0, false
	}
}

func (l *lane) broken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed >= breakAt
}

// gone is why the backend is not asked any more, nil: it is.
func (l *lane) gone() *session.CallError {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// enter waits until the backend may be asked. release must be called when the
// request is over. An error is the context's.
func (l *lane) enter(ctx context.Context) (release func(), err error) {
	release = func() {}
	if l.broken() {
		select {
		case <-l.probe:
			release = sync.OnceFunc(func() { l.probe <- struct{}{} })
		case <-ctx.Done():
			return release, context.Cause(ctx)
		}
	}
	if err := l.wait(ctx); err != nil {
		release()
		return func() {}, err
	}
	return release, nil
}

// wait waits for the gate. Those who wait do not all start at once.
func (l *lane) wait(ctx context.Context) error {
	for {
		left, _ := l.gate.left()
		if left <= 0 {
			return context.Cause(ctx)
		}
		jitter := time.Duration(rand.Float64() * float64(min(left/10, time.Second)))
		if err := sleep(ctx, left+jitter); err != nil {
			return err
		}
	}
}

// learn notes how a cell ended with the backend.
func (l *lane) learn(e *session.CallError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case e == nil:
		l.failed = 0
		return
	case e.Kind == "auth" && e.Status == 401, e.Kind == "rate_limit" && !e.Retryable:
		l.dead = e // no cell can fare better
		return
	case e.Kind != "network" && e.Kind != "server" && e.Kind != "timeout" && e.Kind != "rate_limit":
		l.failed = 0 // it answered
		return
	}
	l.failed++
	if l.failed >= giveUpAt {
		l.dead = e
	}
	if l.failed >= breakAt {
		l.gate.hold(pause(l.failed-breakAt+1), fmt.Sprintf("%d cells in a row failed", l.failed))
	}
}

// learnTry notes a request that will be tried again: where the backend is not
// well already, the others wait with it.
func (l *lane) learnTry(e *session.CallError) {
	if d := time.Duration(e.AfterMS) * time.Millisecond; d > 0 && e.Kind == "server" {
		l.gate.hold(d, "the server asked to wait")
	}
}

// notAsked is the error of a cell that a dead backend never saw.
func (l *lane) notAsked(why *session.CallError) *session.CallError {
	return &session.CallError{
		Kind: why.Kind, Status: why.Status, Retryable: why.Retryable,
		Message: text.Raw("not asked, because others failed: " + string(why.Message)),
	}
}

// pause is the time before try n+1: half a second, doubling up to 20 s.
func pause(n int) time.Duration {
	d := firstPause
	for range n - 1 {
		if d *= 2; d >= lastPause {
			return lastPause
		}
	}
	return d
}

// again tells whether a cell is tried again after its n-th request, and after
// what pause. Text that came was paid for: such a cell is not asked again by
// itself.
func (l *lane) again(e *session.CallError, n int, some bool) (time.Duration, bool) {
	if !e.Retryable || some || l.gone() != nil {
		return 0, false
	}
	asked := time.Duration(e.AfterMS) * time.Millisecond
	if e.Kind == "rate_limit" {
		if asked <= 0 {
			asked = pause(n)
		}
		l.gate.hold(asked, "the server asked to wait")
		return 0, n < triesRate // the gate waits
	}
	if l.broken() || n >= triesServer {
		return 0, false
	}
	d := pause(n)
	return max(asked, d/2+time.Duration(rand.Float64()*float64(d)/2)), true
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return context.Cause(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
