package kit

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/sahilm/fuzzy"

	"galley/session/text"
	"galley/themes"
)

// Row is how an item stands in a list.
type Row struct {
	Lead  string          // a sign of ours before the label, styled or not
	Label text.Shown      // what the filter looks at
	Note  text.Shown      // at the right end; gives way to the label
	Style *lipgloss.Style // of the label; nil is plain text
}

// List shows one row for each item, draws only what can be seen and can be
// filtered. The zero value is not ready; see NewList.
type List[T any] struct {
	st    *themes.Styles
	row   func(T) Row
	items []T
	win   window
	w, h  int
	focus bool
	empty string

	order  []int         // indexes of items that match; nil: all
	hits   map[int][]int // item: matched bytes of its label
	query  *Input
	typing bool
}

// NewList makes a list whose rows are made by row.
func NewList[T any](st *themes.Styles, row func(T) Row) *List[T] {
	l := &List[T]{st: st, row: row, focus: true, empty: "nothing here yet"}
	l.query = NewInput(st)
	l.query.SetPlaceholder("filter")
	return l
}

// SetItems replaces the items. The cursor stays at its place as far as it can;
// a filter stays.
func (l *List[T]) SetItems(items []T) {
	l.items = items
	l.refilter()
}

// Items returns what SetItems was given.
func (l *List[T]) Items() []T { return l.items }

// SetStyles changes the theme.
func (l *List[T]) SetStyles(st *themes.Styles) {
	l.st = st
	l.query.SetStyles(st)
}

// SetEmpty says what is written where there is no item.
func (l *List[T]) SetEmpty(s string) { l.empty = s }

// SetFocus says whether the list has focus.
func (l *List[T]) SetFocus(on bool) { l.focus = on }

// Resize gives the list its size.
func (l *List[T]) Resize(w, h int) {
	l.w, l.h = w, h
	l.win.size(l.shown(), l.rows())
	l.fitQuery()
}

// count says how many of the items match.
func (l *List[T]) count() string { return fmt.Sprintf(" %d of %d", l.shown(), len(l.items)) }

// queryRoom is what the field of the filter has beside its sign and the count.
func (l *List[T]) queryRoom() int { return max(1, l.w-2-len(l.count())) }

func (l *List[T]) fitQuery() { l.query.Resize(l.queryRoom()) }

// Len is the number of items that match the filter.
func (l *List[T]) Len() int { return l.shown() }

// Cursor returns the index in Items of the item with the cursor, or -1.
func (l *List[T]) Cursor() int {
	if l.shown() == 0 {
		return -1
	}
	return l.at(l.win.cur)
}

// Selected returns the item with the cursor.
func (l *List[T]) Selected() (item T, ok bool) {
	if i := l.Cursor(); i >= 0 {
		return l.items[i], true
	}
	return item, false
}

// SetCursor puts the cursor on the i-th of Items, if the filter shows it.
func (l *List[T]) SetCursor(i int) {
	if l.order == nil {
		l.win.move(i, l.shown(), l.rows())
		return
	}
	for n, j := range l.order {
		if j == i {
			l.win.move(n, l.shown(), l.rows())
		}
	}
}

// Typing reports whether the filter is being typed: all keys are the list's.
func (l *List[T]) Typing() bool { return l.typing }

// Filter returns the filter in force.
func (l *List[T]) Filter() string { return string(l.query.Value()) }

// SetFilter filters by s; "" shows all.
func (l *List[T]) SetFilter(s string) {
	l.query.SetValue(text.Raw(s))
	l.typing = false
	l.refilter()
}

// StartFilter opens the filter for typing, as the key / does.
func (l *List[T]) StartFilter() { l.typing = true }

// Update moves the cursor and types into the filter. It reports whether the
// message was of use to the list. Mouse places are relative to the list.
func (l *List[T]) Update(msg tea.Msg) (used bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if l.typing {
			return l.typeFilter(msg)
		}
		switch msg.String() {
		case "/":
			l.typing = true
			return true
		case "esc":
			if l.Filter() != "" {
				l.SetFilter("")
				return true
			}
			return false
		}
		return l.win.key(msg.String(), l.shown(), l.rows())
	case tea.PasteMsg:
		if l.typing {
			l.query.Update(msg)
			l.refilter()
			return true
		}
	case tea.MouseClickMsg:
		if y := msg.Y - l.head(); y >= 0 && l.win.top+y < l.shown() {
			l.win.move(l.win.top+y, l.shown(), l.rows())
			return true
		}
	case tea.MouseWheelMsg:
		return l.win.wheel(msg.Button, l.shown(), l.rows())
	}
	return false
}

func (l *List[T]) typeFilter(msg tea.KeyPressMsg) bool {
	switch msg.String() {
	case "enter":
		l.typing = false
		return true
	case "esc":
		l.SetFilter("")
		return true
	case "up", "down", "pgup", "pgdown":
		return l.win.key(msg.String(), l.shown(), l.rows())
	}
	if changed, _ := l.query.Update(msg); changed {
		l.refilter()
		l.win.move(0, l.shown(), l.rows())
	}
	return true
}

// head is the number of rows above the first item.
func (l *List[T]) head() int {
	if l.typing || l.Filter() != "" {
		return 1
	}
	return 0
}

func (l *List[T]) rows() int { return max(0, l.h-l.head()) }

func (l *List[T]) shown() int {
	if l.order != nil {
		return len(l.order)
	}
	return len(l.items)
}

func (l *List[T]) at(n int) int {
	if l.order != nil {
		return l.order[n]
	}
	return n
}

func (l *List[T]) refilter() {
	l.order, l.hits = nil, nil
	if q := l.Filter(); q != "" {
		l.order, l.hits = []int{}, map[int][]int{}
		for _, m := range fuzzy.FindFrom(q, labels[T]{l}) {
			l.order = append(l.order, m.Index)
			l.hits[m.Index] = m.MatchedIndexes
		}
	}
	l.win.move(l.win.cur, l.shown(), l.rows())
	l.fitQuery()
}

// labels is the list as the fuzzy search sees it.
type labels[T any] struct{ l *List[T] }

func (s labels[T]) String(i int) string { return s.l.row(s.l.items[i]).Label.String() }
func (s labels[T]) Len() int            { return len(s.l.items) }

// View draws the list.
func (l *List[T]) View() string {
	if l.w <= 0 || l.h <= 0 {
		return ""
	}
	lines := make([]string, 0, l.h)
	if l.head() > 0 {
		lines = append(lines, l.filterLine())
	}
	n := l.shown()
	if n == 0 {
		s := l.empty
		if len(l.items) > 0 {
			s = "nothing matches"
		}
		if l.rows() > 2 {
			lines = append(lines, "")
		}
		lines = append(lines, Para(text.Of(s), max(1, l.w-4), l.st.Faint, l.st.Mark))
		body := strings.Join(lines, "\n")
		return Fill(indent(body, 2), l.w, l.h)
	}
	for y := 0; y < l.rows() && l.win.top+y < n; y++ {
		i := l.at(l.win.top + y)
		lines = append(lines, l.line(i, l.win.top+y == l.win.cur))
	}
	return Fill(strings.Join(lines, "\n"), l.w, l.h)
}

func indent(s string, n int) string {
	return spaces(n) + strings.ReplaceAll(s, "\n", "\n"+spaces(n))
}

func (l *List[T]) filterLine() string {
	q := l.query.View()
	if !l.typing {
		q = Render(text.Show(l.query.Value()).OneLine(), l.st.Text, l.st.Mark)
	}
	return newInk(l.st.Key).text("/") + " " + Fit(q, l.queryRoom()) + newInk(l.st.Faint).text(l.count())
}

// QueryCursor is where the terminal's cursor stands while the filter is typed.
func (l *List[T]) QueryCursor() *tea.Cursor {
	if !l.typing {
		return nil
	}
	c := l.query.Cursor()
	if c != nil {
		c.X += 2
	}
	return c
}

func (l *List[T]) line(i int, cur bool) string {
	r := l.row(l.items[i])
	base := l.st.Text
	if r.Style != nil {
		base = *r.Style
	}
	note, match, pad, edge := l.st.Faint, l.st.Match, newInk(lipgloss.NewStyle()), "  "
	bg := l.st.SelectedDim
	if cur {
		if l.focus {
			bg = l.st.Selected
			edge = "▌ "
		}
		base, note = over(base, bg), over(l.st.Dim, bg)
		pad = newInk(lipgloss.NewStyle().Background(bg.GetBackground()))
	}
	room := l.w - 2
	lead := ""
	if r.Lead != "" {
		lead = r.Lead + " "
		room -= Width(lead)
	}
	n := r.Note.OneLine()
	if n.Width() > room/2 { // it has what a short label leaves, or a third
		n = n.Truncate(max(room/3, room-r.Label.Width()-3))
	}
	nw := n.Width()
	if nw > 0 {
		nw++
	}
	label := r.Label.Truncate(max(0, room-nw))
	var b strings.Builder
	if cur {
		edge = newInk(over(l.st.Accent, bg)).text(edge)
	}
	b.WriteString(edge)
	b.WriteString(repaint(lead, pad))
	b.WriteString(highlight(label, l.hits[i], newInk(base), newInk(match), newInk(l.st.Mark)))
	b.WriteString(pad.text(spaces(room - label.Width() - nw)))
	if nw > 0 {
		b.WriteString(pad.text(" "))
		b.WriteString(newInk(note).shown(n, newInk(l.st.Mark)))
	}
	return b.String()
}
