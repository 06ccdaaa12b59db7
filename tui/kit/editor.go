package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// Editor edits a text and keeps every byte of it that was not edited: tabs,
// carriage returns, control characters, bytes that are not UTF-8, a last line
// feed or none. It wraps softly and draws only what can be seen. The zero value
// is not ready; see NewEditor.
type Editor struct {
	st      *themes.Styles
	ink     editorInk
	buf     *buffer
	version uint64

	caret  Pos
	anchor Pos // the other end of the selection
	sel    bool
	goal   int // the column that up and down aim for, -1: the caret's
	wanted int // the one they aimed for last

	w, h    int    // of the text
	tall    int    // rows of text and bar
	top     visual // the first row drawn
	focus   bool
	numbers bool
	single  bool // one line: no line feed gets in
	json    bool // coloured as JSON
	hint    string

	done, undone []change
	sealed       bool // the next edit is a step of its own
	crlf         bool // lines end in CR LF
	term         string
	finds        finds
	hits         []match // where the term stands,
	found        uint64  // in the text of this version
	known        func(name string) bool
	bar          *findBar // the fields to find and replace by; nil: closed
	lastTerm     text.Raw // of the bar when it was closed
	lastWith     text.Raw
	clip         text.Raw // what was cut or copied here last
	clicks       clicks

	value  text.Raw // of valued
	valued uint64
	view   string
	drawn  bool // view is up to date
}

// visual is a row on the screen: a row of a line.
type visual struct{ line, row int }

// NewEditor makes an empty editor that has focus.
func NewEditor(st *themes.Styles) *Editor {
	e := &Editor{buf: newBuffer("", 80), focus: true, goal: -1, version: 1, w: 80, h: 24, tall: 24, sealed: true}
	e.SetStyles(st)
	return e
}

// SetStyles changes the theme.
func (e *Editor) SetStyles(st *themes.Styles) {
	e.st = st
	e.ink = newEditorInk(st)
	e.drawn = false
}

// SetValue replaces the text, puts the caret at its beginning and forgets what
// could be undone.
func (e *Editor) SetValue(r text.Raw) {
	e.buf = newBuffer(string(r), e.buf.width)
	e.caret, e.sel, e.top, e.goal = Pos{}, false, visual{}, -1
	e.done, e.undone, e.sealed = nil, nil, true
	e.crlf = strings.Contains(string(r), "\r\n")
	e.touch()
}

// Value returns the text.
func (e *Editor) Value() text.Raw {
	if e.valued != e.version {
		e.value, e.valued = text.Raw(e.buf.String()), e.version
	}
	return e.value
}

// Version changes with every change of the text.
func (e *Editor) Version() uint64 { return e.version }

// SetKnown tells which {{variables}} exist. nil draws them all as known.
func (e *Editor) SetKnown(known func(name string) bool) {
	e.known = known
	e.drawn = false
}

// SetPlaceholder says what an empty editor shows.
func (e *Editor) SetPlaceholder(s string) {
	e.hint = s
	e.drawn = false
}

// SetNumbers shows or hides line numbers.
func (e *Editor) SetNumbers(on bool) {
	e.numbers = on
	e.Resize(e.w, e.h)
}

// SetFocus says whether keys go to the editor, and so whether it has a cursor.
func (e *Editor) SetFocus(on bool) {
	e.focus = on
	e.drawn = false
}

// Focused reports whether the editor has focus.
func (e *Editor) Focused() bool { return e.focus }

// Resize gives the editor its size in cells.
func (e *Editor) Resize(w, h int) {
	e.w, e.tall = max(0, w), max(0, h)
	e.h = e.tall - e.barRows()
	e.buf.setWidth(max(1, e.textWidth()-1)) // the last column is the caret's
	e.top = visual{min(e.top.line, len(e.buf.lines)-1), 0}
	e.reveal()
}

// touch notes a change of the text. More lines may need wider numbers.
func (e *Editor) touch() {
	e.version++
	e.buf.setWidth(max(1, e.textWidth()-1))
	e.drawn = false
}

// Caret returns the place of the caret and its byte in the whole text.
func (e *Editor) Caret() (Pos, int) { return e.caret, e.buf.offset(e.caret) }

// Lines is the number of lines.
func (e *Editor) Lines() int { return len(e.buf.lines) }

// Selection returns the selected text.
func (e *Editor) Selection() text.Raw {
	if !e.sel {
		return ""
	}
	a, b := e.span()
	return text.Raw(e.buf.slice(a, b))
}

// SelectionBytes returns the selected bytes of the whole text; both are the
// caret's when nothing is selected.
func (e *Editor) SelectionBytes() (start, end int) {
	a, b := e.span()
	return e.buf.offset(a), e.buf.offset(b)
}

// span is the selection in order, or the caret twice.
func (e *Editor) span() (Pos, Pos) {
	switch {
	case !e.sel:
		return e.caret, e.caret
	case e.anchor.Before(e.caret):
		return e.anchor, e.caret
	}
	return e.caret, e.anchor
}

// GotoByte puts the caret at byte start of the text and, when end is greater,
// selects up to there. The place comes into sight with room around it.
func (e *Editor) GotoByte(start, end int) {
	e.anchor = e.buf.clamp(e.buf.pos(start))
	e.caret = e.anchor
	if end > start {
		e.caret = e.buf.clamp(e.buf.pos(end))
	}
	e.sel = e.caret != e.anchor
	e.goal, e.sealed = -1, true
	if !e.visible() {
		e.top = e.up(e.visualOf(e.caret), e.h/3)
	}
	e.reveal()
}

// SelectAll selects the whole text.
func (e *Editor) SelectAll() {
	e.anchor, e.caret, e.sel = Pos{}, e.buf.last(), true
	e.sealed = true
	e.reveal()
}

// Insert puts text in the place of the selection, as one step of undo.
func (e *Editor) Insert(r text.Raw) {
	e.sealed = true
	e.edit(string(r), stepOther)
	e.sealed = true
}

// Paste inserts what somebody pasted: line ends become those of the text.
func (e *Editor) Paste(s string) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	if e.single {
		s = strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", " ")
	} else if e.crlf {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	if s != "" {
		e.Insert(text.Raw(s))
	}
}

// Update takes keys, pastes and the mouse (relative to the editor), and reports
// whether the text changed.
func (e *Editor) Update(msg tea.Msg) (changed bool, cmd tea.Cmd) {
	was := e.version
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if e.bar != nil {
			cmd = e.bar.key(e, msg)
			break
		}
		cmd = e.key(msg)
	case tea.PasteMsg:
		if e.bar != nil {
			e.bar.paste(e, msg)
			break
		}
		e.Paste(msg.Content)
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			e.click(msg)
		}
	case tea.MouseMotionMsg:
		if msg.Button == tea.MouseLeft {
			e.drag(msg)
		}
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			e.scroll(-3)
		case tea.MouseWheelDown:
			e.scroll(3)
		}
	}
	return e.version != was, cmd
}
