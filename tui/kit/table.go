package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/themes"
)

// Column is one column of a Table.
type Column struct {
	Title string
	Min   int  // cells it never goes below
	Max   int  // cells it never goes above; 0: no limit
	Flex  int  // its share of the room that is left; 0: stays at Min
	Right bool // numbers stand at the right
	Hide  int  // hidden when narrow, the highest first; 0: never before those with a number
}

// Table shows rows by asking for the cells that can be seen. The zero value is
// not ready; see NewTable.
type Table struct {
	st    *themes.Styles
	cell  func(row, col int) (text.Shown, lipgloss.Style)
	cols  []Column
	n     int
	win   window
	w, h  int
	focus bool
	empty string

	cells bool // a cursor that has a column
	col   int  // of the cursor
	first int  // the first column drawn after column 0, when cells scroll
	width []int
}

// NewTable makes a table. cell is called for each cell that is drawn and for no
// other; its style may be the zero style for plain text.
func NewTable(st *themes.Styles, cols []Column, cell func(row, col int) (text.Shown, lipgloss.Style)) *Table {
	t := &Table{st: st, cell: cell, cols: cols, focus: true, empty: "nothing here yet", first: 1}
	return t
}

// SetColumns replaces the columns.
func (t *Table) SetColumns(cols []Column) {
	t.cols = cols
	t.col = max(0, min(t.col, len(cols)-1))
	t.layout()
}

// SetRows says how many rows there are.
func (t *Table) SetRows(n int) {
	t.n = n
	t.win.size(n, t.rows())
}

// SetStyles changes the theme.
func (t *Table) SetStyles(st *themes.Styles) { t.st = st }

// SetEmpty says what is written where there is no row.
func (t *Table) SetEmpty(s string) { t.empty = s }

// SetFocus says whether the table has focus.
func (t *Table) SetFocus(on bool) { t.focus = on }

// SetCellCursor gives the cursor a column: left and right move it, and columns
// that do not fit scroll instead of hiding; the first column stays.
func (t *Table) SetCellCursor(on bool) {
	t.cells = on
	t.layout()
}

// Resize gives the table its size, header included.
func (t *Table) Resize(w, h int) {
	t.w, t.h = w, h
	t.layout()
	t.win.size(t.n, t.rows())
}

// Row returns the row with the cursor, or -1.
func (t *Table) Row() int {
	if t.n == 0 {
		return -1
	}
	return t.win.cur
}

// Col returns the column with the cursor, 0 without SetCellCursor.
func (t *Table) Col() int { return t.col }

// SetRow moves the cursor.
func (t *Table) SetRow(i int) { t.win.move(i, t.n, t.rows()) }

// SetCol moves the cursor to a column.
func (t *Table) SetCol(i int) {
	t.col = max(0, min(i, len(t.cols)-1))
	t.layout()
}

// Window returns the rows that can be seen: from the first, up to and without
// the second.
func (t *Table) Window() (from, to int) { return t.win.top, min(t.n, t.win.top+t.rows()) }

// Update moves the cursor and reports whether the message was of use. Mouse
// places are relative to the table.
func (t *Table) Update(msg tea.Msg) (used bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		k := msg.String()
		if t.cells {
			switch k {
			case "left", "h":
				t.SetCol(t.col - 1)
				return true
			case "right", "l":
				t.SetCol(t.col + 1)
				return true
			}
		}
		return t.win.key(k, t.n, t.rows())
	case tea.MouseClickMsg:
		y := msg.Y - 1
		if y < 0 || t.win.top+y >= t.n {
			return false
		}
		t.win.move(t.win.top+y, t.n, t.rows())
		if c := t.colAt(msg.X); t.cells && c >= 0 {
			t.SetCol(c)
		}
		return true
	case tea.MouseWheelMsg:
		return t.win.wheel(msg.Button, t.n, t.rows())
	}
	return false
}

func (t *Table) rows() int { return max(0, t.h-1) }

const gap = 2 // cells between columns

// layout decides the width of each column; 0 hides it.
func (t *Table) layout() {
	n := len(t.cols)
	t.width = make([]int, n)
	shown := make([]bool, n)
	for i := range shown {
		shown[i] = true
	}
	room := t.w - 2 // the edge
	if t.cells {
		t.scroll(shown, room)
	} else {
		for t.need(shown) > room {
			i := t.victim(shown)
			if i < 0 {
				break
			}
			shown[i] = false
		}
	}
	for i, c := range t.cols {
		if shown[i] {
			t.width[i] = c.Min
		}
	}
	left := room - t.need(shown)
	if left < 0 { // one column is left and does not fit
		for i := range t.cols {
			if shown[i] {
				t.width[i] = max(1, t.width[i]+left)
				break
			}
		}
		return
	}
	t.grow(left)
}

func (t *Table) need(shown []bool) int {
	sum, k := 0, 0
	for i, c := range t.cols {
		if shown[i] {
			sum += c.Min
			k++
		}
	}
	return sum + gap*max(0, k-1)
}

// victim picks the column that hides next: the highest Hide, then the last.
func (t *Table) victim(shown []bool) int {
	best, count := -1, 0
	for i, c := range t.cols {
		if !shown[i] {
			continue
		}
		count++
		if best < 0 || c.Hide >= t.cols[best].Hide {
			best = i
		}
	}
	if count <= 1 {
		return -1
	}
	return best
}

// scroll keeps the first column and as many others as fit, the one with the
// cursor among them.
func (t *Table) scroll(shown []bool, room int) {
	if len(t.cols) == 0 {
		return
	}
	t.first = max(1, min(t.first, len(t.cols)-1))
	if t.col >= 1 {
		t.first = min(t.first, t.col)
	}
	last := func(first int) int { // the last column that fits
		used := t.cols[0].Min
		i := first
		for ; i < len(t.cols); i++ {
			if used += gap + t.cols[i].Min; used > room {
				break
			}
		}
		return max(i-1, first)
	}
	for t.first < len(t.cols)-1 && last(t.first) < t.col {
		t.first++
	}
	for t.first > 1 && last(t.first-1) == len(t.cols)-1 {
		t.first--
	}
	end := last(t.first)
	for i := range shown {
		shown[i] = i == 0 || i >= t.first && i <= end
	}
	if t.need(shown) > room && t.col >= 1 {
		shown[0] = false
	}
}

// grow shares the room that is left among the flexible columns.
func (t *Table) grow(left int) {
	for left > 0 {
		weights := make([]int, len(t.cols))
		found := false
		for i, c := range t.cols {
			if t.width[i] > 0 && c.Flex > 0 && (c.Max == 0 || t.width[i] < c.Max) {
				weights[i] = c.Flex
				found = true
			}
		}
		if !found {
			return
		}
		for i, add := range Split(left, weights...) {
			if c := t.cols[i]; c.Max > 0 {
				add = min(add, c.Max-t.width[i])
			}
			t.width[i] += add
			left -= add
		}
	}
}

func (t *Table) colAt(x int) int {
	at := 2
	for i, w := range t.width {
		if w == 0 {
			continue
		}
		if x >= at && x < at+w+gap {
			return i
		}
		at += w + gap
	}
	return -1
}

// View draws the table.
func (t *Table) View() string {
	if t.w <= 0 || t.h <= 0 {
		return ""
	}
	lines := make([]string, 0, t.h)
	lines = append(lines, t.header())
	if t.n == 0 {
		lines = append(lines, "", indent(Para(text.Of(t.empty), max(1, t.w-4), t.st.Faint, t.st.Mark), 2))
		return Fill(strings.Join(lines, "\n"), t.w, t.h)
	}
	for y := 0; y < t.rows() && t.win.top+y < t.n; y++ {
		lines = append(lines, t.line(t.win.top+y))
	}
	return Fill(strings.Join(lines, "\n"), t.w, t.h)
}

func (t *Table) header() string {
	dim, accent := newInk(t.st.Dim.Bold(true)), newInk(t.st.Title)
	var b strings.Builder
	b.WriteString("  ")
	seen := 0
	for i, w := range t.width {
		if w == 0 {
			continue
		}
		if seen > 0 {
			b.WriteString(spaces(gap))
		}
		seen++
		title := text.Of(t.cols[i].Title).Truncate(w)
		style := dim
		if t.cells && i == t.col && t.focus {
			style = accent
		}
		pad := spaces(w - title.Width())
		if t.cols[i].Right {
			b.WriteString(pad + style.text(title.String()))
		} else {
			b.WriteString(style.text(title.String()) + pad)
		}
	}
	if t.cells && t.first > 1 || t.hiddenRight() {
		return Fit(b.String(), t.w-1) + newInk(t.st.Faint).text("›")
	}
	return b.String()
}

func (t *Table) hiddenRight() bool {
	return t.cells && len(t.width) > 0 && t.width[len(t.width)-1] == 0
}

func (t *Table) line(row int) string {
	cur := row == t.win.cur
	bg, pad, edge := t.st.SelectedDim, ink{}, "  "
	if cur {
		if t.focus {
			bg, edge = t.st.Selected, "▌ "
		}
		pad = newInk(lipgloss.NewStyle().Background(bg.GetBackground()))
		edge = newInk(over(t.st.Accent, bg)).text(edge)
	}
	var b strings.Builder
	b.WriteString(edge)
	used, seen := 2, 0
	for i, w := range t.width {
		if w == 0 {
			continue
		}
		if seen > 0 {
			b.WriteString(pad.text(spaces(gap)))
			used += gap
		}
		seen++
		used += w
		s, st := t.cell(row, i)
		s = s.Truncate(w)
		if _, none := st.GetForeground().(lipgloss.NoColor); none {
			st = st.Foreground(t.st.Text.GetForeground())
		}
		mark := t.st.Mark
		if cur {
			st = over(st, bg)
			if t.cells && i == t.col && t.focus {
				st = t.st.MatchNow
			}
		}
		fill := pad.text(spaces(w - s.Width()))
		cell := newInk(st).shown(s, newInk(mark))
		if t.cols[i].Right {
			b.WriteString(fill + cell)
		} else {
			b.WriteString(cell + fill)
		}
	}
	if used < t.w {
		b.WriteString(pad.text(spaces(t.w - used)))
	}
	return b.String()
}
