package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

// How a run deals with a backend that does not answer as it should.
const (
	triesRestart = 2 // of one cell, where its server ended and is started again
	triesServer  = 3 // of one cell, where the server or the way to it failed
	triesRate    = 8 // of one cell, where the server asked to wait
	firstPause   = 500 * time.Millisecond
	lastPause    = 20 * time.Second

	// breakAt failed cells in a row, and the backend is asked by one cell at a
	// time, once each; giveUpAt, and the cells that are left fail unasked.
	breakAt  = 3
	giveUpAt = 10
	// giveUpHere likewise, where nothing listens on this machine.
	giveUpHere = 5

	loadTime = 10 * time.Minute // that a server may take to load a model
	lastLoad = 5 * time.Second  // between two questions whether it has
)

// gate is the wait that a backend asked for. All jobs of a runner share it: a
// 429 holds up every request to that backend.
type gate struct {
	mu    sync.Mutex
	until time.Time
	why   string
	going int // requests under way, of all jobs
	began int // requests ever
}

// pass counts a request that goes out. When it is over, alone tells whether no
// other was under way meanwhile.
func (g *gate) pass() (over func() (alone bool)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.going++
	g.began++
	first, mine := g.going == 1, g.began
	return func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.going--
		return first && g.began == mine
	}
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

// lane is one backend of a job: its cells, and how it fares.
type lane struct {
	name    string
	backend backend.Backend
	traits  backend.Traits
	gate    *gate
	dealer  *dealer
	pacer   *pacer

	count int     // cells
	cells []dealt // in order, until they are with the dealer
	pace  *pace

	mu      sync.Mutex
	failed  int // cells in a row
	dead    *session.CallError
	falls   int           // of its server, which was started again
	fell    text.Raw      // why, the last time
	down    bool          // it has not answered since
	loading time.Time     // since when its server loads a model; zero: it does not
	probe   chan struct{} // holds one token
	halted  chan struct{} // closed when no cell is to begin any more
}

func newLane(name string, b backend.Backend, g *gate, halted chan struct{}) *lane {
	l := &lane{name: name, backend: b, traits: b.Traits(), gate: g, probe: make(chan struct{}, 1), halted: halted}
	l.probe <- struct{}{}
	return l
}

// broken reports whether the backend is asked by one cell at a time.
func (l *lane) broken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed >= breakAt || !l.loading.IsZero()
}

// gone is why the backend is not asked any more, nil: it is.
func (l *lane) gone() *session.CallError {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// enter waits until the backend may be asked. release must be called when the
// request is over. An error is the context's.
func (l *lane) enter(ctx context.Context, t *turn) (release func(), err error) {
	release = func() {}
	if l.broken() {
		l.dealer.yield(t)
		select {
		case <-l.probe:
			release = sync.OnceFunc(func() { l.probe <- struct{}{} })
		case <-ctx.Done():
			return release, context.Cause(ctx)
		case <-l.halted:
			return release, errCancelled
		}
	}
	if err := l.wait(ctx, t); err != nil {
		release()
		return func() {}, err
	}
	return release, nil
}

// wait waits for the gate. Those who wait do not all start at once.
func (l *lane) wait(ctx context.Context, t *turn) error {
	for {
		left, _ := l.gate.left()
		if left <= 0 {
			return context.Cause(ctx)
		}
		l.dealer.yield(t)
		jitter := time.Duration(rand.Float64() * float64(min(left/10, time.Second)))
		timer := time.NewTimer(left + jitter)
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-l.halted:
			timer.Stop()
			return errCancelled
		}
		timer.Stop()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// learn notes how a cell ended with the backend.
func (l *lane) learn(e *session.CallError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e == nil || !isLoading(e) {
		l.loading = time.Time{}
	}
	switch {
	case e == nil:
		l.failed, l.down = 0, false
		return
	case e.Kind == "auth" && e.Status == 401, e.Kind == "rate_limit" && !e.Retryable:
		l.dead = e // no cell can fare better
		return
	case e.Kind != "network" && e.Kind != "server" && e.Kind != "timeout" && e.Kind != "rate_limit":
		l.failed = 0 // it answered
		return
	}
	l.failed++
	if l.failed >= giveUpAt || l.failed >= giveUpHere && l.traits.Local && e.Kind == "network" {
		l.dead = e // nothing on this machine comes up by being asked
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

// isLoading reports whether a server answered that its model is not there yet.
func isLoading(e *session.CallError) bool {
	return e.Status == 503 && strings.Contains(strings.ToLower(string(e.Message)), "loading")
}

// overloaded reports whether an error says that there were too many requests.
func overloaded(e *session.CallError) bool {
	return e.Retryable && (e.Kind == "rate_limit" || (e.Status == 503 || e.Status == 529) && !isLoading(e))
}

// heals reports whether asking again can end better. An engine on this machine
// does not get over an error of its own by being asked twice.
func (l *lane) heals(e *session.CallError) bool {
	if !l.traits.Local {
		return e.Retryable
	}
	return e.Retryable && (e.Kind == "rate_limit" || e.Status == 503 || e.Status == 529)
}

// restarts reports whether an error says that the server ended, and it will be
// started again.
func (l *lane) restarts(e *session.CallError) bool {
	return e != nil && l.traits.Restarts && e.Retryable && e.Kind == "server" && e.Status == 0
}

// again tells whether a cell is tried again after its n-th request, and after
// what pause. Text that came was paid for: such a cell is not asked again by
// itself. Where the server ended, and will be started again, it is asked once more,
// whatever came of it: a run costs nothing there, and the request may be what ended it.
func (l *lane) again(e *session.CallError, n int, some bool, on OnLimit) (time.Duration, bool) {
	if l.restarts(e) && l.gone() == nil {
		l.fall(e)
		return firstPause, n < triesRestart
	}
	if !l.heals(e) || some || l.gone() != nil {
		return 0, false
	}
	asked := time.Duration(e.AfterMS) * time.Millisecond
	if e.Kind == "rate_limit" {
		if asked <= 0 {
			asked = pause(n)
		}
		l.gate.hold(asked, "the server asked to wait")
		return 0, n < triesRate && on == LimitWait // the gate waits
	}
	if isLoading(e) {
		return l.load(asked)
	}
	if l.broken() || n >= triesServer {
		return 0, false
	}
	d := pause(n)
	return max(asked, d/2+time.Duration(rand.Float64()*float64(d)/2)), true
}

// fall notes that the server ended; all that was under way says so.
func (l *lane) fall(e *session.CallError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.down {
		l.falls++
		l.fell, l.down = e.Message, true
	}
}

// fallen is how often the server ended and was started again, and why the last time.
func (l *lane) fallen() (n int, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.falls, string(l.fell)
}

// load waits for a server that loads its model: one cell asks, the others wait.
func (l *lane) load(asked time.Duration) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loading.IsZero() {
		l.loading = time.Now()
	}
	d := max(asked, min(firstPause+time.Since(l.loading)/10, lastLoad))
	l.gate.hold(d, "loading the model")
	return 0, time.Since(l.loading) < loadTime
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
