package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// Choice is one line of a Menu or a Multi.
type Choice struct {
	Key   string // Menu: chooses it at once; "" none
	Label text.Shown
	Note  text.Shown // in the same row, dim
	Long  text.Shown // a sentence, shown below while the cursor is on it
	Off   string     // why it can't be chosen; "" means it can
	On    bool       // Multi: checked
}

// choices is the list that menus share.
type choices struct {
	list *List[int]
	all  []Choice
	max  int
}

func newChoices(st *themes.Styles, all []Choice, check bool) *choices {
	c := &choices{all: all}
	c.list = NewList(st, func(i int) Row {
		ch := c.all[i]
		r := Row{Label: ch.Label, Note: ch.Note}
		if ch.Key != "" {
			r.Lead = newInk(st.Key).text(ch.Key)
		}
		if check {
			r.Lead = "[ ]"
			if ch.On {
				r.Lead = newInk(st.Accent).text("[x]")
			}
		}
		if ch.Off != "" {
			r.Note, r.Style = text.Of(ch.Off), &st.KeyOff
		}
		return r
	})
	items := make([]int, len(all))
	for i := range all {
		items[i] = i
		w := all[i].Label.Width() + 8
		if n := max(all[i].Note.Width(), text.Of(all[i].Off).Width()); n > 0 {
			w += n + 4
		}
		c.max = max(c.max, w)
	}
	c.list.SetItems(items)
	return c
}

func (c *choices) view(title, foot string, w, h int, st *themes.Styles) string {
	iw := max(Width(foot), max(c.max, text.Of(title).Width()+4))
	iw = max(4, min(max(iw, 36), min(72, w-6)))
	long := ""
	for _, ch := range c.all {
		if !ch.Long.Empty() {
			long = " "
		}
	}
	if i := c.list.Cursor(); i >= 0 && long != "" {
		if ch := c.all[i]; !ch.Long.Empty() {
			lines := strings.Split(Para(ch.Long, iw, st.Dim, st.Mark), "\n")
			long = strings.Join(lines[:min(len(lines), 3)], "\n")
		}
	}
	extra := 2
	if long != "" {
		extra += strings.Count(long, "\n") + 2
	}
	rows := max(1, min(len(c.all)+c.list.head(), h-4-extra))
	c.list.Resize(iw, rows)
	parts := []string{c.list.View()}
	if long != "" {
		parts = append(parts, " ", long)
	}
	parts = append(parts, " ", Fit(foot, min(iw, Width(foot))))
	return box(title, strings.Join(parts, "\n"), w, h, st)
}

// Menu chooses one of some things.
type Menu struct {
	Styles    *themes.Styles
	Heading   string
	Choices   []Choice
	Start     int                     // where the cursor begins
	Done      func(index int) tea.Cmd // called with the index in Choices
	Cancelled func() tea.Cmd          // may be nil
	Uninvited bool

	body *choices
	calm uninvited
}

func (m *Menu) get() *choices {
	if m.body == nil {
		m.body = newChoices(m.Styles, m.Choices, false)
		m.body.list.SetCursor(m.Start)
	}
	return m.body
}

// Title is the heading.
func (m *Menu) Title() string { return m.Heading }

// Update moves and chooses.
func (m *Menu) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	if m.Uninvited && m.calm.swallow(msg) {
		return false, nil
	}
	l := m.get().list
	if k, ok := msg.(tea.KeyPressMsg); ok && !(l.Typing() && k.String() != "enter") {
		switch k.String() {
		case "enter":
			i := l.Cursor()
			if i < 0 || m.Choices[i].Off != "" {
				return false, nil
			}
			if m.Done == nil {
				return true, nil
			}
			return true, m.Done(i)
		case "esc", "q", "ctrl+c":
			if k.String() == "esc" && l.Filter() != "" {
				l.SetFilter("")
				return false, nil
			}
			return true, call(m.Cancelled)
		}
		for i, c := range m.Choices {
			if c.Key == k.String() && c.Key != "" && c.Off == "" && m.Done != nil {
				return true, m.Done(i)
			}
		}
	}
	l.Update(msg)
	return false, nil
}

// View draws the dialog, at most w by h cells.
func (m *Menu) View(w, h int) string {
	m.calm.seen()
	return m.get().view(m.Heading, Hints(m.Styles, w-6, "enter", "choose", "/", "filter", "esc", "cancel"), w, h, m.Styles)
}

// Multi checks any number of things.
type Multi struct {
	Styles    *themes.Styles
	Heading   string
	Choices   []Choice
	Least     int                         // how many must be checked
	Done      func(checked []int) tea.Cmd // called with the indexes in Choices
	Cancelled func() tea.Cmd              // may be nil

	body *choices
}

func (m *Multi) get() *choices {
	if m.body == nil {
		m.body = newChoices(m.Styles, append([]Choice(nil), m.Choices...), true)
	}
	return m.body
}

// Title is the heading.
func (m *Multi) Title() string { return m.Heading }

// Update moves, checks and accepts.
func (m *Multi) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	b := m.get()
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || b.list.Typing() {
		b.list.Update(msg)
		return false, nil
	}
	switch k.String() {
	case "space", "x":
		if i := b.list.Cursor(); i >= 0 && b.all[i].Off == "" {
			b.all[i].On = !b.all[i].On
		}
	case "a":
		all := len(m.checked()) < m.possible()
		for i := range b.all {
			b.all[i].On = all && b.all[i].Off == ""
		}
	case "enter":
		c := m.checked()
		if len(c) < m.Least {
			return false, nil
		}
		if m.Done == nil {
			return true, nil
		}
		return true, m.Done(c)
	case "esc", "q", "ctrl+c":
		if k.String() == "esc" && b.list.Filter() != "" {
			b.list.SetFilter("")
			return false, nil
		}
		return true, call(m.Cancelled)
	default:
		b.list.Update(msg)
	}
	return false, nil
}

func (m *Multi) checked() []int {
	var out []int
	for i, c := range m.get().all {
		if c.On {
			out = append(out, i)
		}
	}
	return out
}

func (m *Multi) possible() int {
	n := 0
	for _, c := range m.get().all {
		if c.Off == "" {
			n++
		}
	}
	return n
}

// View draws the dialog, at most w by h cells.
func (m *Multi) View(w, h int) string {
	return m.get().view(m.Heading, Hints(m.Styles, w-6, "space", "check", "a", "all", "enter", "accept", "esc", "cancel"), w, h, m.Styles)
}
