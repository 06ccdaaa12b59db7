package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// key does what a key says. Keys that are not the editor's do nothing.
func (e *Editor) key(msg tea.KeyPressMsg) tea.Cmd {
	k := msg.String()
	if name, ok := strings.CutPrefix(k, "shift+"); ok {
		if to, ok := e.target(name); ok {
			e.moveTo(to, true)
			e.keepGoal(name)
			return nil
		}
	} else if head, tail, ok := strings.Cut(k, "+shift+"); ok {
		if to, ok := e.target(head + "+" + tail); ok {
			e.moveTo(to, true)
			return nil
		}
	}
	if to, ok := e.target(k); ok {
		if a, b := e.span(); e.sel && (k == "left" || k == "right") {
			to = a
			if k == "right" {
				to = b
			}
		}
		e.moveTo(to, false)
		e.keepGoal(k)
		return nil
	}
	return e.deed(k, msg)
}

func (e *Editor) deed(k string, msg tea.KeyPressMsg) tea.Cmd {
	switch k {
	case "backspace", "shift+backspace", "ctrl+h":
		e.erase(e.buf.prev(e.caret), stepBack)
	case "delete", "ctrl+d":
		e.erase(e.buf.next(e.caret), stepForward)
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		e.erase(e.wordLeft(e.caret), stepOther)
	case "alt+d", "ctrl+delete", "alt+delete":
		e.erase(e.wordRight(e.caret), stepOther)
	case "ctrl+u":
		e.erase(Pos{e.caret.Line, e.buf.rowStart(e.caret.Line, e.caret.Byte)}, stepOther)
	case "enter", "shift+enter", "ctrl+j":
		switch {
		case e.single:
		case e.crlf:
			e.Insert("\r\n")
		default:
			e.Insert("\n")
		}
	case "tab":
		if !e.single {
			e.edit("\t", stepType)
		}
	case "ctrl+a":
		e.SelectAll()
	case "ctrl+z":
		e.Undo()
	case "ctrl+y", "ctrl+shift+z":
		e.Redo()
	case "ctrl+x":
		return e.Cut()
	case "ctrl+c", "alt+w":
		return e.Copy()
	case "ctrl+v":
		if e.clip != "" {
			e.Insert(e.clip)
		}
	case "ctrl+f":
		e.OpenFind()
	case "esc":
		e.sel, e.drawn = false, false
	default:
		if msg.Text != "" && !msg.Mod.Contains(tea.ModCtrl) && !msg.Mod.Contains(tea.ModAlt) {
			e.edit(msg.Text, stepType)
		}
	}
	return nil
}

// Wants reports whether a key would do something in the editor, for those who
// must decide between it and an action of theirs.
func (e *Editor) Wants(msg tea.KeyPressMsg) bool {
	k := strings.ReplaceAll(msg.String(), "shift+", "")
	if e.bar != nil {
		return e.bar.wants(k, msg)
	}
	if _, ok := e.target(k); ok {
		return true
	}
	switch k {
	case "backspace", "delete", "ctrl+d", "ctrl+h", "ctrl+w", "alt+backspace", "ctrl+backspace", "alt+d", "ctrl+delete", "alt+delete",
		"ctrl+u", "ctrl+a", "ctrl+z", "ctrl+y":
		return true
	case "enter", "ctrl+j", "tab", "ctrl+f":
		return !e.single
	case "ctrl+v":
		return e.clip != ""
	case "ctrl+x", "ctrl+c", "alt+w", "esc":
		return e.sel
	}
	return msg.Text != "" && !msg.Mod.Contains(tea.ModCtrl) && !msg.Mod.Contains(tea.ModAlt)
}

// Copy asks the root model to put the selection on the clipboard.
func (e *Editor) Copy() tea.Cmd {
	if !e.sel {
		return nil
	}
	e.clip = e.Selection()
	return ToClipboard(e.clip)
}

// Cut is Copy, and deletes the selection.
func (e *Editor) Cut() tea.Cmd {
	if !e.sel {
		return nil
	}
	cmd := e.Copy()
	e.Insert("")
	return cmd
}

// target returns where a key that moves the caret moves it to.
func (e *Editor) target(k string) (Pos, bool) {
	p, l := e.caret, e.caret.Line
	if k == "ctrl+f" && !e.single {
		return p, false
	}
	switch k {
	case "left", "ctrl+b":
		return e.buf.prev(p), true
	case "right", "ctrl+f":
		return e.buf.next(p), true
	case "up", "ctrl+p":
		return e.vertical(-1), true
	case "down", "ctrl+n":
		return e.vertical(1), true
	case "pgup":
		return e.vertical(-max(1, e.h-1)), true
	case "pgdown":
		return e.vertical(max(1, e.h-1)), true
	case "ctrl+left", "alt+left", "alt+b":
		return e.wordLeft(p), true
	case "ctrl+right", "alt+right", "alt+f":
		return e.wordRight(p), true
	case "home":
		if at := e.buf.rowStart(l, p.Byte); at != p.Byte {
			return Pos{l, at}, true
		}
		return Pos{l, 0}, true
	case "end", "ctrl+e":
		if at := e.rowLast(p); at != p.Byte {
			return Pos{l, at}, true
		}
		return Pos{l, e.buf.end(l)}, true
	case "ctrl+home":
		return Pos{}, true
	case "ctrl+end":
		return e.buf.last(), true
	}
	return p, false
}

// rowLast is the last place of the caret's row: before the character at which
// it breaks, or the end of the line.
func (e *Editor) rowLast(p Pos) int {
	rows := e.buf.rows(p.Line)
	r := rowOf(rows, p.Byte)
	if r == len(rows)-1 {
		return e.buf.end(p.Line)
	}
	return e.buf.prev(Pos{p.Line, int(rows[r+1])}).Byte
}

// moveTo puts the caret somewhere; with extend the selection grows to there.
func (e *Editor) moveTo(to Pos, extend bool) {
	if extend && !e.sel {
		e.anchor = e.caret
	}
	e.caret = to
	e.sel = extend && e.caret != e.anchor
	if !extend {
		e.sel = false
	}
	e.goal, e.sealed = -1, true
	e.reveal()
}

// keepGoal remembers the column that the caret came from, after a key that moves
// by rows.
func (e *Editor) keepGoal(k string) {
	switch k {
	case "up", "down", "pgup", "pgdown", "ctrl+p", "ctrl+n":
		e.goal = e.wanted
	}
}

// vertical returns the place some rows below the caret, or above it, in the
// column that the caret had when it began to move by rows.
func (e *Editor) vertical(by int) Pos {
	from := e.visualOf(e.caret)
	e.wanted = e.goal
	if e.wanted < 0 {
		e.wanted = e.column(from, e.caret.Byte)
	}
	to := e.down(from, by)
	if by < 0 {
		to = e.up(from, -by)
	}
	if to == from {
		if by < 0 {
			return Pos{}
		}
		return e.buf.last()
	}
	return e.inRow(to, e.wanted)
}

// wordLeft and wordRight step over space and then over one word or one run of
// signs.
func (e *Editor) wordRight(p Pos) Pos {
	if p.Byte >= e.buf.end(p.Line) {
		return e.buf.next(p)
	}
	end := e.buf.end(p.Line)
	for p.Byte < end && e.class(p) == ' ' {
		p = e.buf.next(p)
	}
	if p.Byte < end {
		for c := e.class(p); p.Byte < end && e.class(p) == c; {
			p = e.buf.next(p)
		}
	}
	return p
}

func (e *Editor) wordLeft(p Pos) Pos {
	if p.Byte == 0 {
		return e.buf.prev(p)
	}
	back := e.buf.prev
	for p.Byte > 0 && e.class(back(p)) == ' ' {
		p = back(p)
	}
	if p.Byte > 0 {
		for c := e.class(back(p)); p.Byte > 0 && e.class(back(p)) == c; {
			p = back(p)
		}
	}
	return p
}

// class is what kind of character stands after a place: space, letter or sign.
func (e *Editor) class(p Pos) byte {
	x, _ := utf8.DecodeRuneInString(e.buf.lines[p.Line].s[p.Byte:])
	switch {
	case unicode.IsSpace(x):
		return ' '
	case unicode.IsLetter(x), unicode.IsNumber(x), unicode.IsMark(x), x == '_':
		return 'a'
	}
	return '.'
}

// erase deletes the selection, or what is between the caret and a place.
func (e *Editor) erase(to Pos, k step) {
	if !e.sel {
		if to == e.caret {
			return
		}
		e.anchor, e.sel = to, true
	} else {
		k = stepOther
	}
	e.edit("", k)
}
