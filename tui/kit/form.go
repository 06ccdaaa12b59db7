package kit

import (
	"charm.land/lipgloss/v2"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// Field is one of the things that a Form asks for.
type Field struct {
	Name  string
	Hint  string   // what an empty one shows
	Value text.Raw // what it begins with
	Tall  bool     // of several lines
	JSON  bool
}

// Box is where a field stands in a form, its border included.
type Box struct{ Field, X, Y, W, H int }

// Form is fields to write in, one of which has focus. Where they stand is said by
// its owner: all at once, or only the one in focus where there is little room.
type Form struct {
	Err string // what is in the way of keeping it

	st     *themes.Styles
	fields []Field
	eds    []*Editor // of the tall fields
	ins    []*Input  // of the others
	plan   func(f *Form, w, h int) []Box
	boxes  []Box
	at     int
	w, h   int
	sure   bool // leaving was asked for once after a change
}

// NewForm makes a form whose first field has focus. plan divides its cells.
func NewForm(st *themes.Styles, plan func(f *Form, w, h int) []Box, fields ...Field) *Form {
	f := &Form{st: st, fields: fields, plan: plan, eds: make([]*Editor, len(fields)), ins: make([]*Input, len(fields))}
	for i, x := range fields {
		if x.Tall {
			f.eds[i] = NewEditor(st)
			f.eds[i].SetValue(x.Value)
			f.eds[i].SetJSON(x.JSON)
			f.eds[i].SetPlaceholder(x.Hint)
			continue
		}
		f.ins[i] = NewInput(st)
		f.ins[i].SetValue(x.Value)
		f.ins[i].SetPlaceholder(x.Hint)
	}
	f.Focus(0)
	return f
}

// Focus gives the keys to a field; the one behind the last is the first.
func (f *Form) Focus(at int) {
	f.at = (at + len(f.fields)) % len(f.fields)
	for i := range f.fields {
		if e := f.eds[i]; e != nil {
			e.SetFocus(i == f.at)
		} else {
			f.ins[i].SetFocus(i == f.at)
		}
	}
	f.Resize(f.w, f.h)
}

// At is the field in focus.
func (f *Form) At() int { return f.at }

// Move goes on by so many fields.
func (f *Form) Move(by int) tea.Cmd {
	f.Focus(f.at + by)
	return nil
}

// Name is what a field is called.
func (f *Form) Name(i int) string { return f.fields[(i+len(f.fields))%len(f.fields)].Name }

// Value is what stands in a field.
func (f *Form) Value(i int) text.Raw {
	if e := f.eds[i]; e != nil {
		return e.Value()
	}
	return f.ins[i].Value()
}

// Changed reports whether something was written.
func (f *Form) Changed() bool {
	for i, x := range f.fields {
		if f.Value(i) != x.Value {
			return true
		}
	}
	return false
}

// Editor is the tall field in focus, or nil.
func (f *Form) Editor() *Editor { return f.eds[f.at] }

// Replace puts another text into the tall field in focus, as one edit.
func (f *Form) Replace(t text.Raw) {
	if e := f.Editor(); e != nil {
		e.SelectAll()
		e.Insert(t)
	}
}

// Refuse says what is in the way, and goes to the field where it is.
func (f *Form) Refuse(at int, why string) {
	f.Err = why
	if at != f.at {
		f.Focus(at)
	}
}

// Leaves reports whether the form may be left: what was written is asked about
// once.
func (f *Form) Leaves() bool {
	if f.Changed() && !f.sure {
		f.sure = true
		return false
	}
	return true
}

// Wants reports whether the field in focus edits by a chord.
func (f *Form) Wants(msg tea.KeyPressMsg) bool {
	switch msg.String() {
	case "ctrl+s", "ctrl+g", "tab", "shift+tab":
		return false
	}
	e := f.Editor()
	return e != nil && e.Wants(msg)
}

// Update takes what is typed, pasted and clicked. Esc, where the field has no use
// for it, asks to leave.
func (f *Form) Update(msg tea.Msg) (leave bool, cmd tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		e := f.Editor()
		switch k := m.String(); {
		case k == "tab", k == "enter" && e == nil:
			return false, f.Move(1)
		case k == "shift+tab":
			return false, f.Move(-1)
		case k == "esc" && (e == nil || !e.Wants(m)):
			return true, nil
		}
		f.Err, f.sure = "", false
	case tea.MouseClickMsg:
		for _, b := range f.boxes {
			in := b.inner()
			if m.X < in.X || m.X >= in.X+in.W || m.Y < in.Y || m.Y >= in.Y+in.H {
				continue
			}
			if f.at != b.Field {
				f.Focus(b.Field)
			}
			return false, f.give(Shift(m, in.X, in.Y))
		}
		return false, nil
	case tea.MouseMsg:
		if in, ok := f.box(f.at); ok {
			return false, f.give(Shift(m, in.X, in.Y))
		}
	}
	return false, f.give(msg)
}

// give hands a message to the field in focus.
func (f *Form) give(msg tea.Msg) (cmd tea.Cmd) {
	if e := f.Editor(); e != nil {
		_, cmd = e.Update(msg)
	} else {
		_, cmd = f.ins[f.at].Update(msg)
	}
	return cmd
}

// SetStyles changes the theme.
func (f *Form) SetStyles(st *themes.Styles) {
	f.st = st
	for i := range f.fields {
		if e := f.eds[i]; e != nil {
			e.SetStyles(st)
		} else {
			f.ins[i].SetStyles(st)
		}
	}
}

// Resize divides w by h cells among the fields; the last row is the foot's.
func (f *Form) Resize(w, h int) {
	f.w, f.h = w, h
	f.boxes = f.plan(f, w, max(0, h-1))
	for _, b := range f.boxes {
		in := b.inner()
		if e := f.eds[b.Field]; e != nil {
			e.Resize(in.W, in.H)
		} else {
			f.ins[b.Field].Resize(in.W)
		}
	}
}

// inner is a box without its border and the cell beside it.
func (b Box) inner() Box { return Box{b.Field, b.X + 2, b.Y + 1, max(1, b.W-4), max(1, b.H-2)} }

// box is where the text of a field stands, if it is drawn.
func (f *Form) box(field int) (Box, bool) {
	for _, b := range f.boxes {
		if b.Field == field {
			return b.inner(), true
		}
	}
	return Box{}, false
}

// Cursor is where is typed.
func (f *Form) Cursor() *tea.Cursor {
	in, ok := f.box(f.at)
	if !ok {
		return nil
	}
	if e := f.Editor(); e != nil {
		return CursorAt(e.Cursor(), in.X, in.Y)
	}
	return CursorAt(f.ins[f.at].Cursor(), in.X, in.Y)
}

// Alone reports whether only the field in focus is drawn.
func (f *Form) Alone() bool { return len(f.boxes) < 2 }

// Pane draws a field in its border, if it is one of those that are drawn.
func (f *Form) Pane(field int, title, label string) string {
	for _, b := range f.boxes {
		if b.Field != field {
			continue
		}
		var body string
		if e := f.eds[field]; e != nil {
			body = e.View()
		} else {
			body = f.ins[field].View()
		}
		return PaneWith(title, label, Indent(body, 1), b.W, b.H, f.at == field, f.st)
	}
	return ""
}

// View stacks rows of fields over a foot, which says what is in the way, or else
// what its owner says of keeping.
func (f *Form) View(busy, said string, rows ...string) string {
	st := f.st.Faint
	switch {
	case busy != "":
		said, st = busy, f.st.Dim
	case f.Err != "":
		said, st = "! "+f.Err, f.st.Bad
	case f.sure:
		said, st = "! what you wrote is not kept: esc again leaves it, ctrl+s keeps it", f.st.Warn
	}
	return Fill(Stack(append(rows, f.foot(said, st))...), f.w, f.h)
}

func (f *Form) foot(said string, st lipgloss.Style) string {
	return " " + Render(text.Of(said).OneLine().Truncate(max(1, f.w-2)), st, f.st.Mark)
}
