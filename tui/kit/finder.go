package kit

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// Finder is the line above a list in which one types what of it is to be shown.
// What it finds is its owner's affair, who fills the list anew after each change.
type Finder struct {
	in *Input
	st *themes.Styles
	on bool
}

// NewFinder makes an empty line. The hint says what is understood in it.
func NewFinder(st *themes.Styles, hint string) *Finder {
	f := &Finder{in: NewInput(st), st: st}
	f.in.SetPlaceholder(hint)
	f.in.SetFocus(false)
	return f
}

// Typing reports whether keys go to the line.
func (f *Finder) Typing() bool { return f.on }

// Narrows reports whether the line is to be seen: it is being typed in, or
// something stands there.
func (f *Finder) Narrows() bool { return f.on || f.in.Value() != "" }

// Words are what is looked for, in lower case.
func (f *Finder) Words() []string { return strings.Fields(strings.ToLower(string(f.in.Value()))) }

// Start gives the keys to the line.
func (f *Finder) Start() { f.focus(true) }

// End takes the keys from the line; all empties it too.
func (f *Finder) End(all bool) {
	f.focus(false)
	if all {
		f.in.SetValue("")
	}
}

func (f *Finder) focus(on bool) {
	f.on = on
	f.in.SetFocus(on)
}

// Update takes what is typed. Enter and esc end it, the arrows move the list below
// instead, which is reported.
func (f *Finder) Update(msg tea.Msg, list *Table) (moved bool, cmd tea.Cmd) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "enter", "esc":
			f.End(k.String() == "esc")
			return false, nil
		case "up", "down", "pgup", "pgdown":
			list.Update(msg)
			return true, nil
		}
	}
	_, cmd = f.in.Update(msg)
	return false, cmd
}

// SetStyles changes the theme.
func (f *Finder) SetStyles(st *themes.Styles) {
	f.st = st
	f.in.SetStyles(st)
}

// Resize gives the line the width of the pane that it stands in.
func (f *Finder) Resize(w int) { f.in.Resize(max(1, w-20)) }

// Above draws the line in w cells above a list, with how many were found, where it
// narrows it.
func (f *Finder) Above(list string, w, found, all int) string {
	if !f.Narrows() {
		return list
	}
	count := Render(text.Of(fmt.Sprintf(" %d of %d ", found, all)), f.st.Faint, f.st.Mark)
	head := " " + Render(text.Of("/ "), f.st.Key, f.st.Mark) + f.in.View()
	return Stack(Fit(head, max(0, w-Width(count)))+count, list)
}

// Cursor is where is typed, for a pane whose corner is at x and y, or nil.
func (f *Finder) Cursor(x, y int) *tea.Cursor {
	if !f.on {
		return nil
	}
	return CursorAt(f.in.Cursor(), x+4, y+1)
}
