package kit

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// quietFor is how long the keyboard must have been still before a dialog that
// nobody asked for listens to it.
const quietFor = 400 * time.Millisecond

// uninvited swallows the keys that were meant for what the dialog covered.
type uninvited struct{ last time.Time }

func (u *uninvited) seen() {
	if u.last.IsZero() {
		u.last = time.Now()
	}
}

func (u *uninvited) swallow(msg tea.Msg) bool {
	if _, ok := msg.(tea.KeyPressMsg); !ok {
		return false
	}
	now := time.Now()
	early := u.last.IsZero() || now.Sub(u.last) < quietFor
	if early {
		u.last = now
	}
	return early
}

// Confirm asks a question that is answered by yes or no.
type Confirm struct {
	Styles    *themes.Styles
	Question  string         // the title: "Delete this variant?"
	Detail    text.Shown     // what follows from it
	YesLabel  string         // the deed: "delete"; "yes" when empty
	Yes       func() tea.Cmd // called when confirmed
	No        func() tea.Cmd // called when not; may be nil
	Danger    bool           // no way back: enter alone does not confirm
	Uninvited bool           // opens by itself: keys are swallowed until the keyboard is still

	onYes bool
	moved bool
	calm  uninvited
}

// Title is the question.
func (c *Confirm) Title() string { return c.Question }

// Update answers.
func (c *Confirm) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	if c.Uninvited && c.calm.swallow(msg) {
		return false, nil
	}
	m, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return false, nil
	}
	switch m.String() {
	case "y", "Y":
		return true, call(c.Yes)
	case "n", "N", "esc", "q", "ctrl+c":
		return true, call(c.No)
	case "left", "right", "tab", "shift+tab", "h", "l":
		c.onYes, c.moved = !c.yes(), true
	case "enter":
		if c.yes() {
			return true, call(c.Yes)
		}
		return true, call(c.No)
	}
	return false, nil
}

// yes reports whether enter means yes.
func (c *Confirm) yes() bool {
	if c.moved {
		return c.onYes
	}
	return !c.Danger
}

func call(f func() tea.Cmd) tea.Cmd {
	if f == nil {
		return nil
	}
	return f()
}

// View draws the dialog, at most w by h cells.
func (c *Confirm) View(w, h int) string {
	c.calm.seen()
	st := c.Styles
	label := c.YesLabel
	if label == "" {
		label = "yes"
	}
	var parts []string
	if !c.Detail.Empty() {
		parts = append(parts, Para(c.Detail, min(64, max(8, w-8)), st.Text, st.Mark), " ")
	}
	parts = append(parts, button("y", label, c.yes(), st)+"   "+button("n", "no", !c.yes(), st))
	return box(c.Question, strings.Join(parts, "\n"), w, h, st)
}

func button(key, label string, on bool, st *themes.Styles) string {
	if on {
		return newInk(st.BadgeHot).text(" " + key + " " + label + " ")
	}
	return newInk(st.Badge).text(" " + key + " " + label + " ")
}

// Prompt asks for one line of text.
type Prompt struct {
	Styles      *themes.Styles
	Heading     string // the title
	Label       string // above the field
	Placeholder string
	Value       text.Raw                     // to begin with; selected, so that typing replaces it
	Check       func(text.Raw) string        // what is wrong with it, or ""; may be nil
	Done        func(value text.Raw) tea.Cmd // called with what was entered
	Cancelled   func() tea.Cmd               // may be nil
	Uninvited   bool

	in   *Input
	err  string
	at   *tea.Cursor
	calm uninvited
}

func (p *Prompt) field() *Input {
	if p.in == nil {
		p.in = NewInput(p.Styles)
		p.in.SetPlaceholder(p.Placeholder)
		p.in.SetValue(p.Value)
		p.in.SelectAll()
	}
	return p.in
}

// Title is the heading.
func (p *Prompt) Title() string { return p.Heading }

// Update types into the field.
func (p *Prompt) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	if p.Uninvited && p.calm.swallow(msg) {
		return false, nil
	}
	if m, ok := msg.(tea.KeyPressMsg); ok {
		switch m.String() {
		case "esc", "ctrl+c":
			return true, call(p.Cancelled)
		case "enter":
			v := p.field().Value()
			if p.err = p.check(v); p.err != "" {
				return false, nil
			}
			if p.Done == nil {
				return true, nil
			}
			return true, p.Done(v)
		}
	}
	changed, cmd := p.field().Update(msg)
	if changed {
		p.err = p.check(p.field().Value())
	}
	return false, cmd
}

func (p *Prompt) check(v text.Raw) string {
	if p.Check == nil {
		return ""
	}
	return p.Check(v)
}

// View draws the dialog, at most w by h cells.
func (p *Prompt) View(w, h int) string {
	p.calm.seen()
	st := p.Styles
	fw := max(4, min(56, w-8))
	in := p.field()
	in.Resize(fw - 2)
	var parts []string
	y := 0
	if p.Label != "" {
		label := Para(text.Of(p.Label), fw, st.Dim, st.Mark)
		parts = append(parts, label)
		y = strings.Count(label, "\n") + 1
	}
	parts = append(parts, newInk(st.Key).text("› ")+in.View())
	switch {
	case p.err != "":
		parts = append(parts, Para(text.Of("! "+p.err), fw, st.Bad, st.Mark))
	default:
		parts = append(parts, " ")
	}
	parts = append(parts, Hints(st, fw, "enter", "accept", "esc", "cancel"))
	p.at = in.Cursor()
	view := box(p.Heading, strings.Join(parts, "\n"), w, h, st)
	if p.at != nil {
		p.at.X += 3 + 2
		p.at.Y += 2 + y
	}
	return view
}

// Cursor is where the terminal's cursor stands, relative to the View drawn last.
func (p *Prompt) Cursor() *tea.Cursor { return p.at }

// Hints is a line of keys and what they do, as many as stand whole in w cells: the
// last, which leaves, is the first to go, since the footer says it too, and then what
// stands in the middle.
func Hints(st *themes.Styles, w int, pairs ...string) string {
	key, label := newInk(st.Key), newInk(st.KeyLabel)
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, key.text(pairs[i])+" "+label.text(pairs[i+1]))
	}
	line := strings.Join(out, "  ")
	for i := len(out) - 1; len(out) > 1 && Width(line) > w; i = max(1, len(out)-2) {
		out = slices.Delete(out, i, i+1)
		line = strings.Join(out, "  ")
	}
	return line
}
