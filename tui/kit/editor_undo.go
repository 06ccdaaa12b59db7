package kit

import "unicode/utf8"

// step is the kind of an edit; edits of one kind in one place become one step of
// undo.
type step int

const (
	stepOther step = iota
	stepType
	stepBack
	stepForward
)

// change is one step of undo: at at, del became ins.
type change struct {
	at             Pos
	del, ins       string
	kind           step
	caret, anchor  Pos // before it
	sel            bool
	afterwardCaret Pos
}

// undoBytes and undoSteps bound what is kept for undo.
const (
	undoBytes = 32 << 20
	undoSteps = 5000
)

// edit puts s in the place of the selection.
func (e *Editor) edit(s string, k step) {
	a, b := e.span()
	del := e.buf.slice(a, b)
	if s == "" && del == "" {
		return
	}
	c := change{at: a, del: del, ins: s, kind: k, caret: e.caret, anchor: e.anchor, sel: e.sel}
	if k == stepBack || k == stepForward {
		c.sel = false
	}
	e.caret = e.buf.replace(a, b, s)
	c.afterwardCaret = e.caret
	e.sel, e.goal = false, -1
	e.undone = nil
	if e.sealed || !e.joins(&c) {
		e.done = append(e.done, c)
		e.forget()
	}
	e.sealed = false
	e.touch()
	e.reveal()
}

// joins adds a change to the last step of undo, if they are of a piece: letters
// of a word and the space after it, deletions in one direction.
func (e *Editor) joins(c *change) bool {
	if len(e.done) == 0 {
		return false
	}
	p := &e.done[len(e.done)-1]
	if p.kind != c.kind {
		return false
	}
	switch c.kind {
	case stepType:
		if c.del != "" || p.afterwardCaret != c.at || endsInSpace(p.ins) && !endsInSpace(c.ins) {
			return false
		}
		p.ins += c.ins
	case stepBack:
		if c.ins != "" || after(c.at, c.del) != p.at {
			return false
		}
		p.at, p.del = c.at, c.del+p.del
	case stepForward:
		if c.ins != "" || c.at != p.at {
			return false
		}
		p.del += c.del
	default:
		return false
	}
	p.afterwardCaret = c.afterwardCaret
	return true
}

func endsInSpace(s string) bool {
	x, _ := utf8.DecodeLastRuneInString(s)
	return x == ' ' || x == '\t' || x == '\n'
}

// forget drops the oldest steps beyond the bounds.
func (e *Editor) forget() {
	n, i := 0, len(e.done)
	for i > 0 && len(e.done)-i < undoSteps {
		c := e.done[i-1]
		n += len(c.del) + len(c.ins)
		if n > undoBytes && i < len(e.done) {
			break
		}
		i--
	}
	if i > 0 {
		e.done = append([]change(nil), e.done[i:]...)
	}
}

// CanUndo reports whether Undo would do something.
func (e *Editor) CanUndo() bool { return len(e.done) > 0 }

// CanRedo reports whether Redo would do something.
func (e *Editor) CanRedo() bool { return len(e.undone) > 0 }

// Undo takes the last step back and reports whether there was one.
func (e *Editor) Undo() bool {
	if len(e.done) == 0 {
		return false
	}
	c := e.done[len(e.done)-1]
	e.done = e.done[:len(e.done)-1]
	e.undone = append(e.undone, c)
	e.buf.replace(c.at, after(c.at, c.ins), c.del)
	e.caret, e.anchor, e.sel = c.caret, c.anchor, c.sel
	e.goal, e.sealed = -1, true
	e.touch()
	e.reveal()
	return true
}

// Redo does again what Undo took back and reports whether there was something.
func (e *Editor) Redo() bool {
	if len(e.undone) == 0 {
		return false
	}
	c := e.undone[len(e.undone)-1]
	e.undone = e.undone[:len(e.undone)-1]
	e.done = append(e.done, c)
	e.buf.replace(c.at, after(c.at, c.del), c.ins)
	e.caret, e.sel = c.afterwardCaret, false
	e.goal, e.sealed = -1, true
	e.touch()
	e.reveal()
	return true
}
