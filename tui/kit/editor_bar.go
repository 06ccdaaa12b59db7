package kit

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
)

// findBar is the fields at the foot of an editor by which it finds and replaces.
type findBar struct {
	find, with *Input
	replacing  bool // the second field is there
	onWith     bool // and has the keys
	from       Pos  // where the search began
	said       string
}

// OpenFind opens the field to find by; what is selected within a line is what is
// looked for first. tab there opens the one to replace by.
func (e *Editor) OpenFind() {
	if e.single {
		return
	}
	if e.bar == nil {
		e.bar = &findBar{find: NewInput(e.st), with: NewInput(e.st)}
		e.bar.find.SetPlaceholder("words to find")
		e.bar.with.SetPlaceholder("nothing: delete them")
		e.bar.find.SetValue(e.lastTerm)
		e.bar.with.SetValue(e.lastWith)
	}
	a, z := e.span()
	e.bar.from = a
	if e.sel && a.Line == z.Line {
		e.bar.find.SetValue(e.Selection())
	}
	e.bar.find.SelectAll()
	e.bar.focus(false)
	e.Resize(e.w, e.tall)
	e.look()
}

// CloseFind takes the fields away; what was found stays selected.
func (e *Editor) CloseFind() {
	if e.bar == nil {
		return
	}
	e.lastTerm, e.lastWith = e.bar.find.Value(), e.bar.with.Value()
	e.bar = nil
	e.term, e.finds = "", nil
	e.Resize(e.w, e.tall)
}

// Finding reports whether the fields are open.
func (e *Editor) Finding() bool { return e.bar != nil }

func (b *findBar) focus(with bool) {
	b.onWith = with
	b.replacing = b.replacing || with
	b.find.SetFocus(!with)
	b.with.SetFocus(with)
}

func (e *Editor) barRows() int {
	switch {
	case e.bar == nil:
		return 0
	case e.bar.replacing && e.tall >= 3:
		return 2
	}
	return min(1, e.tall)
}

// look finds what the field holds, from where the search began.
func (e *Editor) look() {
	b := e.bar
	b.said = ""
	e.caret, e.sel = e.buf.clamp(b.from), false
	if !e.Find(string(b.find.Value())) {
		e.reveal()
	}
}

func (b *findBar) paste(e *Editor, msg tea.PasteMsg) {
	if b.onWith {
		b.with.Update(msg)
	} else if changed, _ := b.find.Update(msg); changed {
		e.look()
	}
	e.drawn = false
}

// key takes the keys while the fields are open.
func (b *findBar) key(e *Editor, msg tea.KeyPressMsg) tea.Cmd {
	e.drawn = false
	switch k := msg.String(); k {
	case "esc", "ctrl+c":
		e.CloseFind()
	case "tab", "shift+tab":
		b.focus(!b.onWith)
		if b.onWith {
			b.with.SelectAll()
		}
		e.Resize(e.w, e.tall)
	case "ctrl+f":
		b.focus(false)
		b.find.SelectAll()
	case "down":
		b.said = ""
		e.FindNext()
	case "up", "shift+enter":
		b.said = ""
		e.FindPrev()
	case "alt+enter", "ctrl+enter", "alt+a":
		b.all(e)
	case "enter":
		b.said = ""
		if b.onWith {
			e.Replace(b.with.Value())
		} else {
			e.FindNext()
		}
	case "ctrl+z":
		e.Undo()
	case "ctrl+y", "ctrl+shift+z":
		e.Redo()
	default:
		if b.onWith {
			b.with.Update(msg)
		} else if changed, _ := b.find.Update(msg); changed {
			e.look()
		}
	}
	return nil
}

// wants says which keys are the fields' before they are anybody's.
func (b *findBar) wants(k string, msg tea.KeyPressMsg) bool {
	switch k {
	case "esc", "ctrl+c", "tab", "enter", "alt+enter", "ctrl+enter", "alt+a", "ctrl+f", "ctrl+z", "ctrl+y", "up", "down":
		return true
	}
	in := b.find
	if b.onWith {
		in = b.with
	}
	return in.ed.Wants(msg)
}

// all replaces every match, once the field to replace by is in sight.
func (b *findBar) all(e *Editor) {
	if !b.replacing {
		b.focus(true)
		e.Resize(e.w, e.tall)
		return
	}
	n := e.ReplaceAll(b.with.Value())
	b.said = Plural(n, "replaced", "replaced") + ", ctrl+z takes them back"
	if n == 0 {
		b.said = "nothing to replace"
	}
}

// count is "3 of 12".
func (b *findBar) count(e *Editor) string {
	at, of := e.Matches()
	switch {
	case b.said != "":
		return b.said
	case b.find.Value() == "":
		return ""
	case of == 0:
		return "not there"
	case at == 0:
		return Plural(of, "match", "matches")
	}
	return fmt.Sprintf("%s of %s", Thousands(at), Thousands(of))
}

// draw draws the fields in as many rows as they have.
func (b *findBar) draw(e *Editor) string {
	rows := e.barRows()
	next, one := []string{"enter next  ↑ before  tab replace", "tab replace"}, []string{"enter one  alt+enter all"} // the longest first
	if b.replacing {
		next = []string{"enter next  ↑ before"}
	}
	lines := make([]string, 0, 2)
	line := func(label string, in *Input, said string, hints []string) {
		room := e.w - 7 // beside the label
		for _, hint := range hints {
			if n := text.Of(said).Width() + 2 + text.Of(hint).Width() + 2; room-n >= 10 {
				said = Join("  ", said, hint)
				break
			}
		}
		if n := text.Of(said).Width(); n > 0 && room-n-2 < 8 {
			said = text.Of(said).Truncate(max(0, room-10)).String()
		}
		n := 0
		if said != "" {
			n = text.Of(said).Width() + 2
		}
		in.SetStyles(e.st)
		in.Resize(max(1, room-n))
		row := newInk(e.st.Key).text(label+" › ") + in.View()
		if said != "" {
			row += "  " + newInk(e.st.Dim).text(said)
		}
		lines = append(lines, Fit(row, e.w))
	}
	if rows == 1 && b.onWith {
		line("with", b.with, b.count(e), nil)
	} else {
		line("find", b.find, b.count(e), next)
	}
	if rows == 2 {
		line("with", b.with, "", one)
	}
	return strings.Join(lines, "\n")
}

// cursor is where the terminal's cursor stands in the fields.
func (b *findBar) cursor(e *Editor) *tea.Cursor {
	in, y := b.find, e.h
	if b.onWith {
		in, y = b.with, e.tall-1
	}
	c := in.Cursor()
	if c == nil || e.w < 8 {
		return nil
	}
	c.X, c.Y = c.X+7, y
	return c
}
