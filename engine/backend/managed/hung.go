package managed

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"galley/session"
)

// patience says when a server that says nothing is looked at, and when it is taken
// as dead.
type patience struct {
	quiet  time.Duration // nothing was heard of it while it was in use: it is asked whether it lives
	answer time.Duration // that the answer to that may take
	stuck  time.Duration // its work stands still for so long, although it answers
	dead   time.Duration // it answers nothing at all for so long, whoever still waits
}

var usualPatience = patience{quiet: 2 * time.Second, answer: 5 * time.Second, stuck: 30 * time.Second, dead: time.Minute}

// pulse is what is known of whether a server lives. The device's mutex guards it.
type pulse struct {
	asking bool
	well   time.Time // when it was last asked and found well
	mute   time.Time // since when it answers nothing; zero: it does
	stuck  time.Time // since when its work answers nothing
}

// Heard notes a sign of life.
func (e Endpoint) Heard() { e.c.hear() }

func (c *child) hear() { c.heard.Store(int64(time.Since(c.born))) }

func (c *child) lastHeard() time.Time { return c.born.Add(time.Duration(c.heard.Load())) }

// Hung is asked by somebody whose request got no answer in time. It is nil where
// the server lives, or ctx ended before that was known. One that does not even answer
// when it is asked whether it lives is ended, with all its requests, and that is the
// error: it heals, since the next request starts the server anew.
func (e Endpoint) Hung(ctx context.Context) *session.CallError {
	c := e.c
	d := c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	known := !c.mute.IsZero() || c.well.After(c.lastHeard()) && time.Since(c.well) < 2*c.of.patience.quiet
	if c.err == nil && c.hung == nil && c.state == StateReady && !known {
		d.mu.Unlock()
		felt := make(chan struct{})
		go func() {
			defer close(felt)
			c.feel()
		}()
		select {
		case <-felt:
		case <-ctx.Done():
		}
		d.mu.Lock()
	}
	switch p := c.of.patience; {
	case c.err != nil:
		return c.err
	case c.hung != nil || c.state != StateReady || c.ctx.Err() != nil:
	case c.silent(c.mute, 0):
		c.hang("it does not even answer when it is asked whether it lives (GET /health)")
	case c.silent(c.stuck, p.stuck):
		c.hang("it says that it lives, but its work stands still")
	}
	return c.hung
}

// silent reports whether nothing was heard for so long since; zero: it is well. The
// mutex is held.
func (c *child) silent(since time.Time, long time.Duration) bool {
	return !since.IsZero() && time.Since(since) >= long && c.lastHeard().Before(since)
}

// hang takes the server as dead; the mutex is held.
func (c *child) hang(how string) {
	quiet := time.Since(c.lastHeard()).Round(time.Second)
	c.hung = fail("server", "%s hung: nothing was heard of it for %v, and %s; it was ended", c.name, quiet, how)
	c.hung.Retryable = true
	c.cancel()
	c.of.device.tell()
}

// watchPulse looks after a server that is in use and silent; the mutex is held.
func (c *child) watchPulse() {
	if c.users == 0 {
		c.pulse = pulse{asking: c.asking}
		c.hear()
		return
	}
	if c.asking || time.Since(c.lastHeard()) < c.of.patience.quiet {
		return
	}
	c.asking = true
	go func() {
		c.feel()
		d := c.of.device
		d.mu.Lock()
		defer d.mu.Unlock()
		c.asking = false
		if c.hung == nil && c.ctx.Err() == nil && c.silent(c.mute, c.of.patience.dead) {
			c.hang(fmt.Sprintf("it did not answer for %v when it was asked whether it lives (GET /health)", c.of.patience.dead))
		}
	}()
}

// feel asks the server whether it lives, and its work whether it goes on: what it
// counts is told by the loop that answers requests, its health is not.
func (c *child) feel() {
	began := time.Now()
	lives := c.answers("/health", "")
	works := lives && c.answers("/metrics", c.proc.key)
	d := c.of.device
	d.mu.Lock()
	defer d.mu.Unlock()
	mark := func(t *time.Time, ok bool) {
		switch {
		case ok:
			*t = time.Time{}
		case t.IsZero():
			*t = began
		}
	}
	mark(&c.mute, lives)
	mark(&c.stuck, works || !lives)
	if works {
		c.well = time.Now()
	}
}

// answers reports whether there is any answer to a request, in time.
func (c *child) answers(path, key string) bool {
	ctx, cancel := context.WithTimeout(c.ctx, c.of.patience.answer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.proc.base()+path, nil)
	if err != nil {
		return false
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := local.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return true
}
