package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/themes"
)

// Sheet is a page of lines that is laid out as it is drawn, and that keys and the
// wheel move: what a file holds, before it is taken in.
type Sheet struct {
	st        *themes.Styles
	w, h      int
	lines     []string
	top, most int
}

// Begin empties the sheet and gives it the cells of its pane.
func (s *Sheet) Begin(w, h int, st *themes.Styles) { s.st, s.w, s.h, s.lines = st, w, h, nil }

// Room is how many cells a line has.
func (s *Sheet) Room() int { return max(8, s.w-4) }

// Put adds lines that are drawn already.
func (s *Sheet) Put(lines ...string) { s.lines = append(s.lines, lines...) }

// Para adds a text, wrapped.
func (s *Sheet) Para(t text.Shown, style lipgloss.Style) {
	for _, l := range t.Wrap(s.Room()) {
		s.Put(Render(l, style, s.st.Mark))
	}
}

// Pair adds a name and, behind room cells, what is said of it.
func (s *Sheet) Pair(name text.Shown, room int, said string) {
	s.Put(Render(name, s.st.Strong, s.st.Mark) + strings.Repeat(" ", max(1, room-name.Width())) + said)
}

// Warn adds what was noted of a file, a paragraph each.
func (s *Sheet) Warn(notes []text.Raw) {
	for _, n := range notes {
		s.Para(text.Head(n, 400).OneLine(), s.st.Warn)
	}
}

// Sample adds a heading over the first few of what would be taken in.
func (s *Sheet) Sample(n int, line func(i int) string) {
	for i := range n {
		if i == 0 {
			s.Put("", Render(text.Of("the first ones"), s.st.Faint, s.st.Mark))
		}
		s.Put(line(i))
	}
}

// Update moves the sheet by a key or the wheel.
func (s *Sheet) Update(msg tea.Msg) {
	by := 0
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		by = map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -10, "pgdown": 10}[m.String()]
	case tea.MouseWheelMsg:
		by = map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[m.Button]
	}
	s.top = max(0, min(s.top+by, s.most))
}

// Pane draws the sheet. Its label says what is going on, or how much is out of
// sight below.
func (s *Sheet) Pane(title, busy string) string {
	rows := max(1, s.h-2)
	s.most = max(0, len(s.lines)-rows)
	lines := s.lines[min(s.top, s.most):]
	label := busy
	if more := len(lines) - rows; more > 0 && busy == "" {
		label = Plural(more, "line", "lines") + " more"
	}
	return Fill(PaneWith(title, label, Indent(strings.Join(lines, "\n"), 1), s.w, s.h, true, s.st), s.w, s.h)
}
