package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// Input is a text field of one line. It keeps bytes as the Editor does and
// scrolls sideways. Line feeds in a paste become spaces.
type Input struct {
	ed  *Editor
	w   int
	off int // cells scrolled away at the left
}

// inputWidth is the width at which an Input would wrap.
const inputWidth = 1 << 20

// NewInput makes an empty field that has focus.
func NewInput(st *themes.Styles) *Input {
	in := &Input{ed: NewEditor(st), w: 40}
	in.ed.single = true
	in.ed.Resize(inputWidth, 1)
	return in
}

// SetStyles changes the theme.
func (in *Input) SetStyles(st *themes.Styles) { in.ed.SetStyles(st) }

// SetValue replaces the text and puts the caret at its end.
func (in *Input) SetValue(r text.Raw) {
	in.ed.SetValue(text.Raw(strings.ReplaceAll(string(r), "\n", " ")))
	in.ed.moveTo(in.ed.buf.last(), false)
}

// Value returns the text.
func (in *Input) Value() text.Raw { return in.ed.Value() }

// SelectAll selects the text, so that typing replaces it.
func (in *Input) SelectAll() { in.ed.SelectAll() }

// SetPlaceholder says what an empty field shows.
func (in *Input) SetPlaceholder(s string) { in.ed.SetPlaceholder(s) }

// SetFocus says whether keys go to the field.
func (in *Input) SetFocus(on bool) { in.ed.SetFocus(on) }

// Resize gives the field its width.
func (in *Input) Resize(w int) { in.w = max(1, w) }

// Update takes keys, pastes and clicks, and reports whether the text changed.
func (in *Input) Update(msg tea.Msg) (changed bool, cmd tea.Cmd) {
	if m, ok := msg.(tea.MouseClickMsg); ok {
		m.X += in.off
		m.Y = 0
		msg = m
	}
	return in.ed.Update(msg)
}

// View draws the field in one line of exactly its width.
func (in *Input) View() string {
	if in.ed.buf.lines[0].s == "" {
		return Fit(newInk(in.ed.st.Faint).text(text.Of(in.ed.hint).Truncate(in.w).String()), in.w)
	}
	in.follow()
	var b strings.Builder
	col := in.ed.rowFrom(&b, in.off, in.w)
	return clip(b.String(), in.w, col)
}

// Cursor is where the terminal's cursor stands, relative to the field.
func (in *Input) Cursor() *tea.Cursor {
	if !in.ed.focus {
		return nil
	}
	in.follow()
	c := tea.NewCursor(min(in.w-1, in.column()-in.off), 0)
	c.Shape = tea.CursorBar
	return c
}

func (in *Input) column() int { return in.ed.column(visual{}, in.ed.caret.Byte) }

// follow scrolls so that the caret can be seen.
func (in *Input) follow() {
	col := in.column()
	in.off = min(in.off, col)
	in.off = max(in.off, col-in.w+1)
}
