package compose

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// field is a row of a sheet: one of some options, a line, or a text of some rows.
type field struct {
	label, hint string
	options     []string // one of these,
	at          int
	in          *kit.Input  // or a line,
	ed          *kit.Editor // or a text
	shown       func() bool // nil: always
}

func (f *field) value() string {
	switch {
	case f.in != nil:
		return strings.TrimSpace(bytesOf(f.in.Value()))
	case f.ed != nil:
		return bytesOf(f.ed.Value())
	}
	return f.options[f.at]
}

// sheet is a dialog with a few fields and, below them, what they mean for the case in
// hand.
type sheet struct {
	st     *themes.Styles
	title  string
	fields []*field
	at     int
	err    string
	means  func(w, rows int) []string    // drawn lines; called when something changed
	check  func() (at *field, err error) // what is wrong
	done   func() tea.Cmd

	meant  []string
	meantW int
	cursor *tea.Cursor
}

// textRows are the rows of a text field.
const textRows = 5

func (d *sheet) line(label, hint, value, empty string, shown func() bool) *field {
	in := kit.NewInput(d.st)
	in.SetValue(rawOf(value))
	in.SetPlaceholder(empty)
	f := &field{label: label, hint: hint, in: in, shown: shown}
	d.fields = append(d.fields, f)
	return f
}

func (d *sheet) choice(label, hint string, options []string, value string, shown func() bool) *field {
	f := &field{label: label, hint: hint, options: options, at: max(0, slices.Index(options, value)), shown: shown}
	d.fields = append(d.fields, f)
	return f
}

func (d *sheet) text(label, hint string, value text.Raw, empty string) *field {
	ed := kit.NewEditor(d.st)
	ed.SetPlaceholder(empty)
	ed.SetValue(value)
	f := &field{label: label, hint: hint, ed: ed}
	d.fields = append(d.fields, f)
	return f
}

// visible are the fields that matter just now.
func (d *sheet) visible() []*field {
	var out []*field
	for _, f := range d.fields {
		if f.shown == nil || f.shown() {
			out = append(out, f)
		}
	}
	return out
}

func (d *sheet) focus(i int) {
	all := d.visible()
	d.at = (i + len(all)) % len(all)
	for _, f := range d.fields {
		on := f == all[d.at]
		if f.in != nil {
			f.in.SetFocus(on)
			if on {
				f.in.SelectAll()
			}
		}
		if f.ed != nil {
			f.ed.SetFocus(on)
		}
	}
}

// Title names the dialog.
func (d *sheet) Title() string { return d.title }

// Update types, moves and accepts.
func (d *sheet) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	f := d.visible()[d.at]
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return false, d.give(f, msg)
	}
	if f.ed != nil && f.ed.Finding() {
		return false, d.give(f, msg)
	}
	switch s := k.String(); {
	case s == "esc" || s == "ctrl+c":
		return true, nil
	case s == "tab" || s == "down" && f.ed == nil:
		d.focus(d.at + 1)
	case s == "shift+tab" || s == "up" && f.ed == nil:
		d.focus(d.at - 1)
	case s == "ctrl+s" || s == "enter" && f.ed == nil:
		if bad, err := d.check(); err != nil {
			if i := slices.Index(d.visible(), bad); i >= 0 {
				d.focus(i)
			}
			d.err = err.Error()
			return false, nil
		}
		return true, d.done()
	case f.options != nil:
		by := map[string]int{"left": -1, "right": 1, "space": 1, "h": -1, "l": 1}[s]
		f.at = (f.at + by + len(f.options)) % len(f.options)
		d.changed()
	default:
		return false, d.give(f, msg)
	}
	return false, nil
}

func (d *sheet) give(f *field, msg tea.Msg) (cmd tea.Cmd) {
	var changed bool
	switch {
	case f.in != nil:
		changed, cmd = f.in.Update(msg)
	case f.ed != nil:
		changed, cmd = f.ed.Update(msg)
	}
	if changed {
		d.changed()
	}
	return cmd
}

func (d *sheet) changed() {
	d.meant, d.err = nil, ""
	_, err := d.check()
	if err != nil {
		d.err = err.Error()
	}
}

// View draws the dialog, at most w by h cells.
func (d *sheet) View(w, h int) string {
	const labels = 13
	st := d.st
	iw := max(8, min(76, w-6))
	room := max(4, iw-labels)
	all := d.visible()
	d.at = min(d.at, len(all)-1)
	var lines []string
	top, foot := make([]int, len(all)), kit.Hints(st, iw, "enter", "set", "tab", "next field", "esc", "cancel")
	if all[d.at].ed != nil {
		foot = kit.Hints(st, iw, "ctrl+s", "set", "tab", "next field", "esc", "cancel")
	}
	for i, f := range all {
		top[i] = len(lines)
		look := st.Dim
		if i == d.at {
			look = st.Accent
		}
		label := kit.Fit(kit.Render(text.Of(f.label), look, st.Mark), labels)
		for j, body := range strings.Split(d.body(f, room, i == d.at), "\n") {
			if j > 0 {
				label = strings.Repeat(" ", labels)
			}
			lines = append(lines, kit.Fit(label+body, iw))
		}
	}
	say := kit.Render(text.Of(all[d.at].hint).Truncate(iw), st.Faint, st.Mark)
	if d.err != "" {
		say = kit.Render(text.Of("! "+d.err).Truncate(iw), st.Bad, st.Mark)
	}
	first, rows := 0, max(1, h-5) // what fits of the fields
	if len(lines) > rows {
		first = max(0, min(top[d.at], len(lines)-rows))
		lines = lines[first : first+rows]
	}
	lines = append(lines, say)
	edge := 0 // rows that a dialog leaves above and below, where there are enough
	if h >= 20 {
		edge = 2
	}
	if left := h - 2 - edge - len(lines) - 4; left >= 3 {
		if d.meant == nil || d.meantW != iw {
			d.meant, d.meantW = d.means(iw, 12), iw
		}
		lines = append(lines, "", kit.Rule(iw, st))
		lines = append(lines, d.meant[:min(len(d.meant), left-1)]...)
	}
	y := 1
	if h >= len(lines)+5 {
		lines = append(append([]string{""}, lines...), "")
		y++
	}
	lines = append(lines, foot)
	pad := either(w >= iw+6, 2, 1)
	f := all[d.at]
	d.cursor = nil
	switch {
	case f.in != nil:
		d.cursor = f.in.Cursor()
	case f.ed != nil:
		d.cursor = f.ed.Cursor()
	}
	if d.cursor != nil {
		d.cursor.X += 1 + pad + labels
		d.cursor.Y += y + top[d.at] - first
		if d.cursor.Y >= h-1 || d.cursor.X >= min(w, iw+2+2*pad)-1 {
			d.cursor = nil
		}
	}
	return kit.Pane(d.title, kit.Indent(strings.Join(lines, "\n"), pad), min(w, iw+2+2*pad), min(h, len(lines)+2), true, st)
}

// body draws a field's value.
func (d *sheet) body(f *field, room int, on bool) string {
	st := d.st
	switch {
	case f.in != nil:
		f.in.Resize(room)
		return f.in.View()
	case f.ed != nil:
		f.ed.Resize(room, textRows)
		return f.ed.View()
	}
	if !on {
		return kit.Render(text.Of(f.options[f.at]), st.Text, st.Mark)
	}
	return kit.Render(text.Of(f.options[f.at]), st.Strong, st.Mark) + kit.Render(text.Of("  ← →"), st.Accent, st.Mark)
}

// Cursor is where the terminal's cursor stands, relative to the View drawn last.
func (d *sheet) Cursor() *tea.Cursor { return d.cursor }
