package engine

import (
	"context"
	"slices"
	"time"

	"galley/engine/backend"
)

// next waits for a cell; false: there are no more, or the context ended.
func (d *dealer) next(ctx context.Context) (*turn, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.some.Broadcast()
	})()
	for ctx.Err() == nil {
		for len(d.stages) > 0 && d.stages[0].left == 0 {
			d.stages = d.stages[1:]
		}
		if len(d.stages) == 0 {
			return nil, false
		}
		if t, ok := d.pick(d.stages[0]); ok {
			return t, true
		}
		d.some.Wait()
	}
	return nil, false
}

// pick deals a cell of the stage, if one can be asked now.
func (d *dealer) pick(s *stage) (*turn, bool) {
	if d.active >= d.limit*(1+d.spare) {
		return nil, false
	}
	if d.kind == backend.PrefixPerSlot {
		return d.pickHand(s)
	}
	for k := 0; k < len(s.going); k++ {
		g := s.going[k]
		if c, ok := d.head(g); ok {
			return d.deal(&turn{cell: c, group: g}), true
		}
		if g.at == len(g.cells) {
			s.going = slices.Delete(s.going, k, k+1)
			k--
		}
	}
	for ; s.next < len(s.groups); s.next++ {
		g := s.groups[s.next]
		c, ok := d.head(g)
		if !ok && g.at < len(g.cells) {
			return nil, false // it is not known yet
		}
		if !ok {
			continue
		}
		s.next++
		if g.open {
			s.going = append(s.going, g)
		}
		return d.deal(&turn{cell: c, group: g}), true
	}
	return nil, false
}

// pickHand finds a hand that is free, and a cell for it. While a request of a
// hand is under way, only the next of its own group is dealt.
func (d *dealer) pickHand(s *stage) (*turn, bool) {
	for _, h := range d.hands[d.limit:] {
		if g := h.group; g != nil && h.dealt == 0 {
			h.group, g.taken = nil, false
			if g.left > 0 && g.stage == s {
				s.back = append(s.back, g)
			}
		}
	}
	for _, h := range d.hands[:d.limit] {
		if h.dealt > 0 {
			continue
		}
		if h.group == nil || h.group.left == 0 {
			h.group = d.take(s, h)
		}
		if h.group == nil {
			continue
		}
		if c, ok := d.head(h.group); ok {
			return d.deal(&turn{cell: c, group: h.group, hand: h}), true
		}
	}
	for _, h := range d.hands[:d.limit] {
		if d.spare == 0 || h.dealt != 1 || h.group == nil || !h.group.open {
			continue
		}
		if c, ok := d.head(h.group); ok {
			return d.deal(&turn{cell: c, group: h.group, hand: h}), true
		}
	}
	return nil, false
}

// take finds a group for a hand: one that nobody has, or a part of one.
func (d *dealer) take(s *stage, h *hand) *group {
	if n := len(s.back); n > 0 {
		g := s.back[n-1]
		s.back = s.back[:n-1]
		g.taken = true
		return g
	}
	for ; s.next < len(s.groups); s.next++ {
		g := s.groups[s.next]
		if g.begun || g.left == 0 {
			continue
		}
		if _, ok := d.head(g); !ok {
			return nil // it is not known yet
		}
		g = d.again(s, g, h)
		g.begun, g.taken = true, true
		return g
	}
	var alike, other *group
	for _, o := range d.hands {
		g := o.group
		if o == h || g == nil || g.stage != s || g.left < 2 {
			continue
		}
		if g.alike(h.last) {
			alike = longer(alike, g)
		} else {
			other = longer(other, g)
		}
	}
	switch {
	case alike != nil:
		other = alike // its words are read already
	case other == nil, !other.open, h.last == nil && other.left < splitFresh, h.last != nil && !other.pays():
		return nil
	}
	part := d.split(other, other.left/2)
	part.taken = true
	return part
}

// again is, in the place of a group, one of the same block whose words the hand has
// read already.
func (d *dealer) again(s *stage, g *group, h *hand) *group {
	for _, o := range s.groups[s.next:] {
		if o.block != g.block {
			break
		}
		if _, ok := d.head(o); ok && !o.begun && o.alike(h.last) {
			return o
		}
	}
	return g
}

func longer(a, b *group) *group {
	if a == nil || b.left > a.left {
		return b
	}
	return a
}

// pays tells whether a second hand that has to read the words of a group anew
// gets its half done sooner than the first alone.
func (g *group) pays() bool {
	return g.left >= splitTail && g.cold > 0 && g.warm > 0 && g.cold < time.Duration(g.left/2)*g.warm
}

// head is the next cell of a group, if it can be asked now.
func (d *dealer) head(g *group) (cell int, ok bool) {
	for g.at < len(g.cells) && d.state[g.cells[g.at]] >= cellDealt {
		g.at++
	}
	if g.at == len(g.cells) || d.state[g.cells[g.at]] != cellReady {
		return 0, false
	}
	return g.cells[g.at], true
}

func (d *dealer) deal(t *turn) *turn {
	d.state[t.cell] = cellDealt
	t.group.left--
	d.active++
	if t.hand != nil {
		t.hand.dealt++
		t.hand.cells = append(t.hand.cells, t.cell)
	} else {
		d.line = append(d.line, t)
	}
	return t
}

// answered says that a cell's place is free for the next of its stage. ttft and
// total are how long it took, 0 where there is no whole answer.
func (d *dealer) answered(t *turn, ttft, total time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.active--
	if t.hand != nil {
		t.hand.dealt--
		t.hand.cells = slices.DeleteFunc(t.hand.cells, func(c int) bool { return c == t.cell })
		d.seat.Broadcast()
	}
	d.leave(t)
	d.grant()
	g := t.group
	switch {
	case total <= 0:
	case g.cold == 0:
		g.cold = max(ttft, 1)
	default:
		g.warm = (3*g.warm + total) / 4
		if g.warm < total/2 {
			g.warm = total
		}
	}
	if !g.open {
		g.open = true
		if d.kind == backend.PrefixShared {
			s := g.stage
			s.going = append(s.going, g)
			if s.groups[len(s.groups)-1].block > g.block { // what a later block begins with is read
				for _, o := range s.groups[s.next:] {
					o.open = o.open || o.alike(g)
				}
			}
		}
		d.some.Broadcast()
	}
	d.pace(total)
	d.some.Signal()
}

// settled says that a cell needs its model no more, not even to find out what was
// evaluated: behind the last of a stage another model may be loaded.
func (d *dealer) settled(t *turn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended(t.group.stage)
}

// pace learns how long answers take. Where writing a request down takes a good
// part of that, the next is written down before the one under way is answered.
func (d *dealer) pace(total time.Duration) {
	switch {
	case total <= 0:
		d.quick = 0
	case d.quick == 0:
		d.quick = total
	default:
		d.quick = (7*d.quick + total) / 8
	}
	spare := 0
	if !d.plain && d.limit >= spareFrom && d.quick > 0 && d.quick < quickAnswer {
		spare = min(1+int(d.wrote/d.quick), spareMost)
	}
	if spare != d.spare {
		d.spare = spare
		d.some.Broadcast()
	}
}

// ahead tells whether there is a moment to write a request down with what comes
// meanwhile: every place is taken, and answers do not come so fast that one is free
// before that.
func (d *dealer) ahead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seated >= d.limit && d.quick >= leisure
}

// written learns how long it takes to write a request down.
func (d *dealer) written(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrote = (7*d.wrote + took) / 8
}
