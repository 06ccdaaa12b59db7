package engine

import (
	"context"
	"slices"
	"time"
)

// coldWait is how long a request with new words waits at most until the server has
// a request of every other hand.
const coldWait = 3 * time.Second

// endsApart is how far apart two answers end for their server to have seen it in
// the same order, and how long after its end an answer is surely known here.
const endsApart = 50 * time.Millisecond

// sit waits until the request of a turn may be sent. Requests go out in the order
// in which their cells were dealt.
func (d *dealer) sit(ctx context.Context, t *turn) error {
	d.mu.Lock()
	if t.hand != nil {
		defer d.mu.Unlock()
		return d.sitHand(ctx, t)
	}
	here := make(chan struct{})
	t.here = here
	if !slices.Contains(d.line, t) {
		d.stray = append(d.stray, t)
	}
	d.grant()
	d.mu.Unlock()
	select {
	case <-here:
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave(t) // a seat that it got is given back by rise
	d.grant()
	return context.Cause(ctx)
}

// grant gives the seats that are free.
func (d *dealer) grant() {
	for d.seated < d.limit {
		var t *turn
		switch {
		case len(d.stray) > 0:
			t = d.stray[0]
		case len(d.line) > 0 && d.line[0].here != nil:
			t = d.line[0]
		default:
			return
		}
		here := t.here
		d.leave(t)
		t.sat = true
		d.seated++
		close(here)
	}
}

// leave takes a turn out of the lines.
func (d *dealer) leave(t *turn) {
	t.here = nil
	is := func(o *turn) bool { return o == t }
	d.line = slices.DeleteFunc(d.line, is)
	d.stray = slices.DeleteFunc(d.stray, is)
}

// yield says that a turn has to wait for something else first, which others need
// not: they go ahead.
func (d *dealer) yield(t *turn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.hand == nil {
		d.leave(t)
		d.grant()
	}
}

func (d *dealer) sitHand(ctx context.Context, t *turn) error {
	wake := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.seat.Broadcast()
	}
	defer context.AfterFunc(ctx, wake)()
	late := time.Now().Add(coldWait)
	if !t.group.alike(t.hand.last) {
		defer time.AfterFunc(coldWait, wake).Stop()
		if own := t.hand.ended; !own.IsZero() {
			soon := time.AfterFunc(time.Until(own.Add(endsApart)), wake)
			defer soon.Stop()
		}
	}
	for ctx.Err() == nil && !d.free(t, !time.Now().Before(late)) {
		d.seat.Wait()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	d.seated++
	t.sat = true
	h := t.hand
	h.cold, h.heard = !t.group.alike(h.last), false
	h.busy, h.last = true, t.group
	d.seat.Broadcast()
	return nil
}

// heard says that the server has the request of a turn.
func (d *dealer) heard(t *turn) {
	if t.hand == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t.hand.heard = true
	d.seat.Broadcast()
}

// free tells whether a request of a hand may be sent now. A server puts new words
// where something like them was asked, else where nothing was for longest: while
// another hand is between two requests, that could be its place.
func (d *dealer) free(t *turn, late bool) bool {
	if t.hand.busy || t.hand.cells[0] != t.cell {
		return false
	}
	if late || t.group.alike(t.hand.last) {
		return true
	}
	own := t.hand.ended // its place is free since then; zero: it is one that nobody had
	if !own.IsZero() && time.Since(own) < endsApart {
		return false
	}
	for _, h := range d.hands {
		if h == t.hand || !h.group.alike(h.last) || h.dealt == 0 && h.group.left == 0 {
			continue
		}
		if h.busy && (h.heard || h.cold) {
			continue
		}
		if (own.IsZero() || h.ended.Sub(own) > endsApart) && !akin(t.group, h.group) {
			continue
		}
		return false
	}
	return true
}

// rise says that the request of a turn is over.
func (d *dealer) rise(t *turn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !t.sat {
		return
	}
	t.sat = false
	d.seated--
	if t.hand != nil {
		t.hand.busy, t.hand.ended = false, time.Now()
		d.seat.Broadcast()
		return
	}
	d.grant()
}
