package managed

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"galley/session"
	"galley/session/text"
)

// child is one model's server, from the wish for it to its end.
type child struct {
	of     *Supervisor
	name   string
	ctx    context.Context // ends when it is to be stopped
	cancel context.CancelFunc
	ready  chan struct{} // closed when it is up, or has failed to come up
	done   chan struct{} // closed when it is over and the device is free
	born   time.Time
	heard  atomic.Int64 // when a sign of life came last, from when it was born

	// The device's mutex guards what follows.
	state State
	share float64
	since time.Time
	note  text.Raw // for people
	users int
	looks int       // of the users, those who only look
	idle  time.Time // when somebody used it last
	rests bool      // it is stopped because nobody uses it
	err   *session.CallError
	proc  *proc
	props props
	was   bool   // it was ready once
	sound bool   // it has answered a request
	bad   int    // requests that it failed before it answered one
	sick  string // what it says to all of them
	hung  *session.CallError
	pulse
}

// begin starts to start a server; the device's mutex is held.
func (s *Supervisor) begin(name string) *child {
	c := &child{of: s, name: name, state: StateStarting, share: -1, since: time.Now(), born: time.Now(), ready: make(chan struct{}), done: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	s.device.cur = c
	go c.run()
	return c
}

// leave ends one use.
func (c *child) leave() {
	d := c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	c.idle = time.Now()
	c.users--
	if c.users == 0 && c.state == StateWaiting {
		c.cancel() // nobody waits for it any more
	}
	d.tell()
}

// look ends one look.
func (c *child) look() {
	d := c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	c.users--
	c.looks--
	d.tell()
}

// endpoint is what users get; its zero value: the server was stopped.
func (c *child) endpoint() (Endpoint, error) {
	d := c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case c.state == StateReady:
		p := c.proc
		return Endpoint{
			Name: c.name, BaseURL: p.base(), Key: p.key, Server: c.props.server, PID: p.pid, Port: p.port,
			Slots: c.props.slots, Context: c.props.context, Stopping: c.ctx.Done(), Done: c.done, c: c,
		}, nil
	case c.err != nil:
		return Endpoint{}, c.err
	case c.of.closed:
		return Endpoint{}, fail("server", "the backend is closed")
	case c.ctx.Err() != nil && !c.was:
		return Endpoint{}, fail("server", "%s was stopped while it was loading", c.name)
	}
	return Endpoint{}, nil
}

// set tells a new state.
func (c *child) set(state State, share float64, note string) {
	d := c.of.device
	d.mu.Lock()
	if state == c.state && share == c.share && note == string(c.note) {
		d.mu.Unlock()
		return
	}
	if state != c.state {
		c.since = time.Now()
	}
	c.state, c.share, c.note = state, share, text.Raw(note)
	if state == StateReady {
		c.idle = time.Now()
	}
	c.was = c.was || state == StateReady
	d.tell()
	st := c.of.status(c.name)
	d.mu.Unlock()
	c.of.report(st)
}

func (s *Supervisor) report(st ChildStatus) {
	if s.o.Changed != nil {
		s.o.Changed(st)
	}
}

// run brings the server up, watches it, and gives the device back at its end.
func (c *child) run() {
	d := c.of.device
	lock, err := d.lock(c.ctx, func(pid int) {
		who := "another Galley"
		if pid > 0 {
			who = fmt.Sprintf("another Galley (process %d)", pid)
		}
		c.set(StateWaiting, -1, who+" has a server on "+d.name)
	})
	if err == nil {
		c.set(StateStarting, -1, "")
		if err = d.sweep(); err == nil {
			err = c.bringUp()
		}
	}
	if err == nil {
		c.set(StateReady, 1, "")
		close(c.ready)
		err = c.watch()
	}
	c.end(err, lock)
}

// end writes down how the server ended, and frees the device.
func (c *child) end(err error, lock *os.File) {
	s, d := c.of, c.of.device
	stopped := c.ctx.Err() != nil
	if c.proc != nil {
		if !isClosed(c.proc.done) {
			c.set(StateStopping, -1, "")
		}
		if c.hangs() != nil {
			signalGroup(c.proc.pid, true) // it would not hear that it is asked to end
		}
		c.proc.stop(c.patience())
		_ = os.Remove(d.file("pid"))
	}
	if lock != nil {
		_ = lock.Close() // and with it the lock
	}
	d.mu.Lock()
	broken := c.sick != "" || c.hung != nil
	switch {
	case c.hung != nil:
		err = c.hung
	case broken:
		err = fail("server", "it answered every request with an error: %s", c.sick)
	}
	st := ChildStatus{Name: c.name, State: StateDown, Share: -1, Since: time.Now(), Rested: c.rests}
	if err != nil && (!stopped || broken) {
		c.err = asCall(err)
		if c.proc != nil { // what is wrong with a file or a program is looked for anew each time
			s.fell(c)
		}
		st.State, st.Why = StateFailed, c.err.Message
	}
	c.state, s.last[c.name] = st.State, st
	d.cur = nil
	if !isClosed(c.ready) {
		close(c.ready)
	}
	close(c.done)
	c.cancel()
	st = s.status(c.name)
	d.tell()
	d.mu.Unlock()
	s.report(st)
}

// fell counts a failure; the device's mutex is held.
func (s *Supervisor) fell(c *child) {
	f := s.falls[c.name]
	f.n, f.why = f.n+1, c.err
	if c.err.Kind == "config" && !c.was {
		f.n = mostRestarts + 1 // the same start would end the same
	}
	s.falls[c.name] = f
}

// watch waits until the server ends (an error), or is to be stopped (nil).
func (c *child) watch() error {
	d := c.of.device
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-c.proc.done:
			if c.ctx.Err() != nil {
				return nil
			}
			e := c.proc.reason(c.name + " ended while it was in use")
			e.Kind, e.Retryable = "server", true
			return e
		case <-c.ctx.Done():
			if c.hangs() == nil {
				c.drain()
			}
			return nil
		case <-tick.C:
			d.mu.Lock()
			c.watchPulse()
			switch long := time.Since(c.idle); {
			case c.users > 0:
			case long >= grace && d.wanted():
				c.cancel()
			case c.of.o.Idle > 0 && long >= c.of.o.Idle:
				c.rests = true
				c.cancel()
			}
			d.mu.Unlock()
		}
	}
}

// patience is how long the server has to end. Somebody waits where the program ends,
// and a server that only reads its model has nothing to lose.
func (c *child) patience() time.Duration {
	d := c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.of.closed {
		return leaveTime
	}
	return stopTime
}

// hangs is why the server was taken as dead, nil: it was not.
func (c *child) hangs() *session.CallError {
	d := c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	return c.hung
}

// drain waits a moment for streams to be closed: a server that is at one when it
// is told to end may not.
func (c *child) drain() {
	c.set(StateStopping, -1, "")
	d := c.of.device
	end := time.NewTimer(time.Second)
	defer end.Stop()
	for {
		d.mu.Lock()
		n, changed := c.users, d.changed
		d.mu.Unlock()
		if n == 0 {
			return
		}
		select {
		case <-changed:
		case <-c.proc.done:
			return
		case <-end.C:
			return
		}
	}
}

// Reasons to try another port.
var (
	errPort     = errors.New("the port was taken")
	errStranger = errors.New("another program answers on the port")
)

// bringUp starts the program, up to three times where its port is taken, and
// returns when the server is ready and proved to be ours.
func (c *child) bringUp() error {
	s := c.of
	path := s.o.Files[c.name]
	if err := checkFile(path); err != nil {
		return err
	}
	prog, err := Probe(c.ctx, s.o.Program)
	if err != nil {
		return err
	}
	var last error
	for range 3 {
		port, err := freePort()
		if err != nil {
			return fail("server", "no port is free: %v", err)
		}
		p, err := s.launch(c.name, prog, port)
		if err != nil {
			return fail("config", "%s can't be started: %v", text.Raw(prog.path), err)
		}
		d := s.device
		d.mu.Lock()
		c.proc = p
		d.mu.Unlock()
		start, _, _ := processOf(p.pid)
		if err := d.writeRecord(record{p.pid, start, markOf(prog.path, path), os.Getpid()}); err != nil {
			return fail("config", "what was started can't be written down: %v", err)
		}
		pr, err := c.becomeReady(p, path)
		if err == nil {
			pr.server = prog.Version
			d.mu.Lock()
			c.props = pr
			d.mu.Unlock()
			return nil
		}
		if !errors.Is(err, errPort) && !errors.Is(err, errStranger) {
			return err
		}
		last = err
		p.stop(stopTime)
		if c.ctx.Err() != nil {
			return cancelled()
		}
		c.set(StateStarting, -1, last.Error()+"; tries another")
	}
	e := fail("server", "%s did not come up on any of three ports: %v", c.name, last)
	e.Retryable = true
	return e
}

// freePort is one that nobody had a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func newKey() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}
