// Package managed starts llama-server, watches it and stops it. It hands out a
// plain address with a key; what is said there it does not know. One server is up
// on a device at a time, in this process and in all others that share the state
// folder. What it starts comes from the user's config alone: a program, paths and
// arguments, never through a shell.
package managed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"galley/session"
	"galley/session/text"
)

// Options say what may be started.
type Options struct {
	Name    string            // of the backend, for logs and messages
	Program string            // "" is llama-server, looked for in PATH
	Args    []string          // handed on after ours
	Files   map[string]string // full path by the model's name
	Device  string            // servers on one device are never up together; "" is "gpu0"
	// StateDir holds logs, the lock of the device and what is known of the child. It
	// is made, 0700, when a server is first started.
	StateDir string
	Slots    int            // requests at once; 0: the server's own number
	Context  map[string]int // tokens of one request, by model; 0: the server's own number
	// Silence is how long a server that loads may neither log nor read; default 10
	// minutes. There is no other limit on loading.
	Silence time.Duration
	// Idle is how long a server that nobody uses stays up; 0: [UsualIdle], below 0:
	// until it is stopped.
	Idle time.Duration
	// Changed is called whenever a state changes, from any goroutine; may be nil.
	Changed func(ChildStatus)
}

// UsualIdle is how long a server that nobody uses stays up: longer than one reads
// answers before the next run, and not so long that it has the memory of the GPU for
// nothing.
const UsualIdle = 10 * time.Minute

// State of a model's server.
type State string

// The states of a server.
const (
	StateDown     State = "unloaded" // not started, or stopped in good order
	StateWaiting  State = "waiting"  // for the device
	StateStarting State = "starting"
	StateLoading  State = "loading"
	StateReady    State = "ready"
	StateStopping State = "stopping"
	StateFailed   State = "failed"
)

// ChildStatus is what a screen shows of one model's server.
type ChildStatus struct {
	Name  string
	State State
	// Share of the model's file that was read while it loads, 0 to 1; below 0: it
	// can't be told.
	Share float64
	Since time.Time // of the state; zero: from the beginning
	Why   text.Raw  // it failed, or waits
	PID   int       // 0: no process
	Port  int
	Users int        // requests in flight
	Tail  []text.Raw // the last lines of its log, the oldest first
	// Ends is when it will be stopped unless it is used; zero: it is in use, or stays.
	Ends time.Time
	// Rested tells that it was stopped because nobody used it.
	Rested bool
}

// mostRestarts is how often a model's server is started anew after it failed.
const mostRestarts = 3

// Supervisor owns the servers of one backend. It is safe for many goroutines.
type Supervisor struct {
	o        Options
	device   *device
	logs     map[string]*ring // by model
	patience patience

	// The device's mutex guards what follows.
	closed bool
	falls  map[string]fall
	last   map[string]ChildStatus // what is known of servers that are not up
}

// fall counts how often a model's server failed.
type fall struct {
	n   int
	why *session.CallError
}

// New checks what may be started, and starts nothing. An error is an *[ArgError].
func New(o Options) (*Supervisor, error) {
	o.Device = cmp.Or(o.Device, "gpu0")
	o.Program = cmp.Or(o.Program, "llama-server")
	o.Silence = cmp.Or(o.Silence, 10*time.Minute)
	o.Idle = cmp.Or(o.Idle, UsualIdle)
	if err := checkArgs(o); err != nil {
		return nil, err
	}
	s := &Supervisor{o: o, patience: usualPatience, logs: map[string]*ring{}, falls: map[string]fall{}, last: map[string]ChildStatus{}}
	for name := range o.Files {
		s.logs[name] = &ring{}
	}
	s.device = deviceOf(o.StateDir, o.Device)
	return s, nil
}

// Endpoint is a server that is up and was proved to be ours.
type Endpoint struct {
	Name    string
	BaseURL string // without a path
	Key     string // random, of this start alone
	Server  string // its version, as the program says it
	PID     int
	Port    int
	Slots   int           // requests at once; 0: it did not say
	Context int           // tokens of one request; 0: it did not say
	Waited  time.Duration // for it to be started; 0: it was up
	// Stopping is closed when it is about to be stopped: whoever has a stream open
	// closes it. Done is closed when the process has ended.
	Stopping, Done <-chan struct{}

	c *child
}

// Why says why the server ended, in its own last words; nil: it has not, or was
// stopped.
func (e Endpoint) Why() *session.CallError {
	d := e.c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	return cmp.Or(e.c.err, e.c.hung)
}

// Answered tells how a request ended: failure is what the server said with status
// 500, "" for any answer. A server that answers its first three requests so is
// broken, and is started anew.
func (e Endpoint) Answered(failure string) {
	d := e.c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case failure == "":
		e.c.sound = true
	case !e.c.sound:
		if e.c.bad++; e.c.bad >= 3 && e.c.sick == "" {
			e.c.sick = failure
			d.tell()
		}
	}
}

// Use starts the model's server if it is not up, waits until it is ready, and
// counts its users until release is called. Another model on the same device
// waits until nobody uses the first, which is then stopped. An error is a
// *[session.CallError].
func (s *Supervisor) Use(ctx context.Context, name string) (e Endpoint, release func(), err error) {
	if err := s.knows(name); err != nil {
		return Endpoint{}, nil, err
	}
	began := time.Now()
	for {
		c, wait, err := s.join(name)
		if err != nil {
			return Endpoint{}, nil, err
		}
		if c == nil {
			if err := wait.wait(ctx); err != nil {
				return Endpoint{}, nil, err
			}
			continue
		}
		up := isClosed(c.ready)
		select {
		case <-c.ready:
		case <-ctx.Done():
			c.leave()
			return Endpoint{}, nil, cancelled()
		}
		e, err := c.endpoint()
		switch {
		case err != nil:
			c.leave()
			return Endpoint{}, nil, err
		case e.c == nil: // it was stopped while it was waited for
			c.leave()
			continue
		}
		if !up {
			e.Waited = time.Since(began)
		}
		return e, sync.OnceFunc(c.leave), nil
	}
}

// Peek is Use of a server that is up already, and false otherwise. Looking at a
// server does not keep it up.
func (s *Supervisor) Peek(name string) (Endpoint, func(), bool) {
	d := s.device
	d.mu.Lock()
	c := d.cur
	if c == nil || c.of != s || c.name != name || c.state != StateReady {
		d.mu.Unlock()
		return Endpoint{}, nil, false
	}
	c.users++
	c.looks++
	d.mu.Unlock()
	e, err := c.endpoint()
	if err != nil || e.c == nil {
		c.look()
		return Endpoint{}, nil, false
	}
	return e, sync.OnceFunc(c.look), true
}

// Load starts a model's server as Use does, and forgets how often it failed.
func (s *Supervisor) Load(ctx context.Context, name string) error {
	s.device.mu.Lock()
	delete(s.falls, name)
	s.device.mu.Unlock()
	_, release, err := s.Use(ctx, name)
	if err != nil {
		return err
	}
	release()
	return nil
}

// Unload stops a model's server and waits until it has ended. One that is in use
// is left as it is.
func (s *Supervisor) Unload(ctx context.Context, name string) error {
	if err := s.knows(name); err != nil {
		return err
	}
	d := s.device
	d.mu.Lock()
	c := d.cur
	if c == nil || c.of != s || c.name != name {
		d.mu.Unlock()
		return nil
	}
	if n := c.users; n > 0 && c.state == StateReady {
		d.mu.Unlock()
		return fail("config", "%s is at work on %s; stop the run first", name, count(n, "request"))
	}
	c.cancel()
	d.mu.Unlock()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return cancelled()
	}
}

// Status tells of every model, in the order of their names.
func (s *Supervisor) Status() []ChildStatus {
	d := s.device
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []ChildStatus
	for _, name := range slices.Sorted(maps.Keys(s.o.Files)) {
		out = append(out, s.status(name))
	}
	return out
}

// status is of one model; the mutex is held.
func (s *Supervisor) status(name string) ChildStatus {
	st := ChildStatus{Name: name, State: StateDown, Share: -1}
	if l, ok := s.last[name]; ok {
		st = l
	}
	if c := s.device.cur; c != nil && c.of == s && c.name == name {
		st = ChildStatus{Name: name, State: c.state, Share: c.share, Since: c.since, Why: c.note, Users: c.users}
		if c.proc != nil {
			st.PID, st.Port = c.proc.pid, c.proc.port
		}
		if s.o.Idle > 0 && c.users-c.looks == 0 && c.state == StateReady && c.ctx.Err() == nil {
			st.Ends = c.idle.Add(s.o.Idle)
		}
	}
	st.Tail = s.logs[name].lines()
	return st
}

// PIDs are the processes that are up.
func (s *Supervisor) PIDs() []int {
	var out []int
	for _, c := range s.Status() {
		if c.PID > 0 {
			out = append(out, c.PID)
		}
	}
	return out
}

// Close stops what was started and waits until it has ended. Nothing is started
// afterwards.
func (s *Supervisor) Close() error {
	d := s.device
	d.mu.Lock()
	s.closed = true
	c := d.cur
	if c == nil || c.of != s {
		d.tell()
		d.mu.Unlock()
		return nil
	}
	c.cancel()
	d.tell()
	d.mu.Unlock()
	<-c.done
	return nil
}

func (s *Supervisor) knows(name string) error {
	if _, ok := s.o.Files[name]; ok {
		return nil
	}
	return fail("not_found", "backend %s has no model %q; its models are %s",
		text.Raw(s.o.Name), text.Raw(name), text.Raw(strings.Join(slices.Sorted(maps.Keys(s.o.Files)), ", ")))
}

func fail(kind, format string, args ...any) *session.CallError {
	return &session.CallError{Kind: kind, Message: text.Raw(fmt.Sprintf(format, args...))}
}

func cancelled() *session.CallError { return fail("network", "cancelled") }

// asCall is err as what a cell keeps.
func asCall(err error) *session.CallError {
	var e *session.CallError
	if errors.As(err, &e) {
		return e
	}
	return fail("server", "%v", err)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
