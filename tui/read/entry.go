package read

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// entry is a field of one line at the foot of the screen: unlike a dialog it
// covers nothing of what one writes about.
type entry struct {
	label string
	hint  string // of keys
	in    *kit.Input
	check func(text.Raw) string
	done  func(text.Raw) tea.Cmd
	err   string
}

// rowsOfEntry is the room that a field takes.
const rowsOfEntry = 2

// write opens the field.
func (s *Screen) write(label, hint, placeholder string, value text.Raw, done func(text.Raw) tea.Cmd) *entry {
	e := &entry{label: label, hint: hint, in: kit.NewInput(s.styles()), done: done}
	e.in.SetPlaceholder(placeholder)
	e.in.SetValue(value)
	e.in.SelectAll()
	s.entry = e
	return e
}

func (s *Screen) updateEntry(msg tea.Msg) tea.Cmd {
	e := s.entry
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "esc", "ctrl+c":
			s.entry = nil
			return nil
		case "enter":
			v := e.in.Value()
			if e.check != nil {
				if e.err = e.check(v); e.err != "" {
					return nil
				}
			}
			s.entry = nil
			return e.done(v)
		}
	}
	if m, ok := msg.(tea.MouseClickMsg); ok {
		if m.Y != s.h-1 {
			return nil
		}
		m.X -= 3
		msg = m
	}
	changed, cmd := e.in.Update(msg)
	if changed {
		e.err = ""
	}
	return cmd
}

// view draws the field in two rows.
func (s *Screen) entryView(w int) string {
	st, e := s.styles(), s.entry
	e.in.Resize(max(1, w-4))
	label := st.Title.Render(text.Of(e.label).Truncate(max(1, w-2)).String())
	if e.err != "" {
		label = st.Bad.Render(text.Of("! " + e.err).Truncate(max(1, w-2)).String())
	}
	head := st.Rule.Render("─ ") + label
	if room := w - kit.Width(head) - 1; text.Of(e.hint).Width()+3 <= room {
		head += " " + st.Rule.Render(strings.Repeat("─", room-text.Of(e.hint).Width()-2)) + " " + st.Faint.Render(e.hint)
	}
	return kit.Fit(head, w) + "\n" + kit.Fit(" "+st.Key.Render("› ")+e.in.View(), w)
}
