package kit

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// twice is how soon after a click the next one in the same cell is a double one.
const twice = 400 * time.Millisecond

// clicks are clicks in one cell that follow each other.
type clicks struct {
	n    int
	x, y int
	last time.Time
}

func (c *clicks) count(x, y int) int {
	now := time.Now()
	if c.n == 0 || c.x != x || c.y != y || now.Sub(c.last) > twice {
		c.n = 0
	}
	*c = clicks{c.n%3 + 1, x, y, now}
	return c.n
}

// click puts the caret under the mouse; two clicks select a word, three a line.
func (e *Editor) click(msg tea.MouseClickMsg) {
	if msg.Y >= e.h && e.bar != nil {
		return
	}
	e.CloseFind()
	p := e.at(msg.X, msg.Y)
	switch n := e.clicks.count(msg.X, msg.Y); {
	case msg.Mod.Contains(tea.ModShift):
		e.moveTo(p, true)
	case n == 2:
		e.SelectWord(p)
	case n == 3:
		end := Pos{p.Line + 1, 0}
		if end.Line == len(e.buf.lines) {
			end = e.buf.last()
		}
		e.moveTo(Pos{p.Line, 0}, false)
		e.moveTo(end, true)
	default:
		e.moveTo(p, false)
	}
}

// drag selects up to the mouse; at the edges the text moves under it.
func (e *Editor) drag(msg tea.MouseMotionMsg) {
	if msg.Y < 0 {
		e.scroll(-1)
	} else if msg.Y >= e.h {
		e.scroll(1)
	}
	e.moveTo(e.at(msg.X, msg.Y), true)
}

// SelectWord selects the word, the run of signs or the space at a place.
func (e *Editor) SelectWord(p Pos) {
	end := e.buf.end(p.Line)
	if p.Byte >= end && p.Byte > 0 { // behind the last character
		p = e.buf.prev(p)
	}
	from, to := p, p
	for p.Byte < end && to.Byte < end && e.class(to) == e.class(p) {
		to = e.buf.next(to)
	}
	for from.Byte > 0 && e.class(e.buf.prev(from)) == e.class(p) {
		from = e.buf.prev(from)
	}
	e.moveTo(from, false)
	e.moveTo(to, true)
}
