package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// gridView is the table of all cells.
type gridView struct {
	s      *Screen
	table  *kit.Table
	filter *kit.Input
	typing bool
	sort   int // index into sortings
	down   bool
	order  []int32 // cells in the order and selection shown; nil: all as they are
	of     *board
	ver    uint64
	made   time.Time
	cols   []gridCol
	w, h   int
}

type gridCol struct {
	kit.Column
	cell func(x *slot) (text.Shown, lipgloss.Style)
}

// sorting is a way to sort cells; the run's own order is the first.
type sorting struct {
	name string
	by   func(a, b *slot) int
}

var sortings = []sorting{
	{"run", nil},
	{"case", func(a, b *slot) int { return cmp.Compare(a.row, b.row) }},
	{"state", func(a, b *slot) int { return cmp.Compare(stateRank(a.status), stateRank(b.status)) }},
	{"wrong first", func(a, b *slot) int { return -cmp.Compare(a.grade, b.grade) }},
	{"first token", func(a, b *slot) int { return cmp.Compare(ttft(a), ttft(b)) }},
	{"speed", func(a, b *slot) int { return cmp.Compare(tps(a), tps(b)) }},
	{"cost", func(a, b *slot) int { return cmp.Compare(usd(a), usd(b)) }},
	{"text", func(a, b *slot) int { return cmp.Compare(a.text(), b.text()) }},
}

func stateRank(s session.Status) int {
	switch {
	case s.Failed():
		return 0
	case s == session.StatusRunning:
		return 2
	case s == session.StatusWaiting:
		return 3
	case s == session.StatusDone:
		return 4
	}
	return 1
}

func ttft(x *slot) int64 {
	if x.out == nil {
		return 1 << 60
	}
	return x.out.Timing.TTFTMS
}

func tps(x *slot) float64 {
	if x.out == nil {
		return -1
	}
	return x.out.Timing.TokensPerS
}

func usd(x *slot) float64 {
	if x.out == nil || x.out.CostUSD == nil {
		return -1
	}
	return *x.out.CostUSD
}

func newGrid(s *Screen) *gridView {
	g := &gridView{s: s, filter: kit.NewInput(s.deps.Styles)}
	g.filter.SetPlaceholder("case, variant, model, state, right, wrong, or words of the text")
	g.table = kit.NewTable(s.deps.Styles, nil, g.cell)
	g.table.SetEmpty("No cell matches. Esc shows all again.")
	return g
}

func (g *gridView) resize(w, h int) {
	g.w, g.h = w, h
	g.fit()
	g.table.Resize(w, max(0, h-g.lines()))
}

// lines is the number of rows above the table.
func (g *gridView) lines() int {
	if g.typing || g.filter.Value() != "" || g.sort != 0 {
		return 1
	}
	return 0
}

// refresh looks whether the rows are still right. Sorting waits a second while
// cells keep changing, unless it is forced.
func (g *gridView) refresh(force bool) {
	b := g.s.board
	if b == nil {
		g.of, g.order = nil, nil
		g.table.SetRows(0)
		return
	}
	if b != g.of {
		g.of, force = b, true
		g.layout()
	}
	if g.s.view != viewGrid && !force {
		return
	}
	if g.sort == 0 && g.filter.Value() == "" {
		g.order = nil
		g.table.SetRows(len(b.cells))
		return
	}
	if force || b.ver != g.ver && time.Since(g.made) > time.Second {
		g.ver, g.made = b.ver, time.Now()
		g.arrange()
	}
}

// arrange filters and sorts.
func (g *gridView) arrange() {
	b := g.of
	q := strings.ToLower(strings.TrimSpace(g.filter.Value().String()))
	g.order = make([]int32, 0, len(b.cells))
	for i := range b.cells {
		if q == "" || g.match(&b.cells[i], q) {
			g.order = append(g.order, int32(i))
		}
	}
	if by := sortings[g.sort].by; by != nil {
		slices.SortStableFunc(g.order, func(x, y int32) int {
			n := by(&b.cells[x], &b.cells[y])
			if g.down {
				n = -n
			}
			return n
		})
	}
	g.table.SetRows(len(g.order))
	g.fit()
}

// fit gives the field of the filter what the note beside it leaves.
func (g *gridView) fit() { g.filter.Resize(max(1, g.w-text.Of(g.note()).Width()-5)) }

// note says how many cells the filter shows, and how they are sorted.
func (g *gridView) note() string {
	note := ""
	if g.of != nil && g.order != nil && len(g.order) != len(g.of.cells) {
		note = kit.Thousands(len(g.order)) + " of " + kit.Plural(len(g.of.cells), "cell", "cells")
	}
	if g.sort != 0 {
		dir := "↑"
		if g.down {
			dir = "↓"
		}
		note = kit.Join(" · ", note, "by "+sortings[g.sort].name+" "+dir)
	}
	return note
}

// match looks for the query in everything a row shows.
func (g *gridView) match(x *slot, q string) bool {
	_, st := x.status.Sign()
	_, gr := grade(x.grade)
	if st == q || gr == q {
		return true
	}
	c := x.cell
	for _, f := range []string{c.Contestant.String(), st, c.Order.String()} {
		if foldContains(f, q) {
			return true
		}
	}
	for _, t := range c.CaseTags {
		if holds(t, q) {
			return true
		}
	}
	if q == "right" || q == "wrong" {
		return false
	}
	return holds(c.CaseName, q) || holds(x.text(), q)
}

// holds reports whether r holds the lower-case q.
func holds(r text.Raw, q string) bool { return foldContains(string(r), q) }

// foldContains reports whether s holds the lower-case q, whatever the case of
// its ASCII letters.
func foldContains(s, q string) bool {
	if q == "" {
		return true
	}
	lo, up := q[0], q[0]
	if lo >= 'a' && lo <= 'z' {
		up = lo - 'a' + 'A'
	}
	for i := 0; i+len(q) <= len(s); i++ {
		if c := s[i]; (c == lo || c == up) && strings.EqualFold(s[i:i+len(q)], q) {
			return true
		}
	}
	return false
}

// layout chooses the columns for the run: those that are all alike are left out.
func (g *gridView) layout() {
	s, b, st := g.s, g.of, g.s.deps.Styles
	plain := func(v string, style lipgloss.Style) (text.Shown, lipgloss.Style) { return text.Of(v), style }
	add := func(c kit.Column, f func(x *slot) (text.Shown, lipgloss.Style)) {
		g.cols = append(g.cols, gridCol{c, f})
	}
	g.cols = nil
	add(kit.Column{Title: "case", Min: 6, Max: 16, Flex: 1}, func(x *slot) (text.Shown, lipgloss.Style) {
		return text.Show(x.cell.CaseName), st.Text
	})
	short, least := s.apart(), 13
	for _, name := range short {
		least = min(narrowName, max(least, text.Of(name).Width()))
	}
	add(kit.Column{Title: "column", Min: least, Max: 36, Flex: 3}, func(x *slot) (text.Shown, lipgloss.Style) {
		if g.w < 120 {
			return plain(middle(short[x.col], narrowName), st.Text)
		}
		return plain(middle(s.colName(x.col), 36), st.Text)
	})
	if b.takes > 1 {
		add(kit.Column{Title: "take", Min: 4, Right: true, Hide: 3}, func(x *slot) (text.Shown, lipgloss.Style) { return plain(fmt.Sprint(x.cell.Take), st.Dim) })
	}
	add(kit.Column{Title: "state", Min: 11, Max: 20, Flex: 1}, func(x *slot) (text.Shown, lipgloss.Style) {
		sign, w := s.stateOf(x)
		if x.out != nil && x.out.Cut {
			return plain("! input cut"+s.noted(x), st.Bad)
		}
		return plain(sign+" "+w+s.noted(x), stateStyle(st, x.status))
	})
	if t := b.graded(); t {
		add(kit.Column{Title: "", Min: 7}, func(x *slot) (text.Shown, lipgloss.Style) {
			sign, w := grade(x.grade)
			return plain(strings.TrimSpace(sign+" "+w), gradeStyle(st, x.grade))
		})
	}
	add(kit.Column{Title: "first", Min: 8, Right: true, Hide: 5}, func(x *slot) (text.Shown, lipgloss.Style) {
		if x.out == nil || x.out.Timing.TTFTMS <= 0 {
			return plain("–", st.Faint)
		}
		return plain(millis(x.out.Timing.TTFTMS), st.Dim)
	})
	add(kit.Column{Title: "tok/s", Min: 6, Right: true, Hide: 6}, func(x *slot) (text.Shown, lipgloss.Style) {
		if x.out == nil || x.out.Timing.TokensPerS <= 0 {
			return plain("–", st.Faint)
		}
		return plain(strings.TrimSuffix(speed(x.out.Timing.TokensPerS), " tok/s"), st.Dim)
	})
	add(kit.Column{Title: "cost", Min: 8, Right: true, Hide: 7}, func(x *slot) (text.Shown, lipgloss.Style) {
		switch {
		case x.out == nil:
			return plain("–", st.Faint)
		case x.out.Cached:
			return plain("cached", st.Faint)
		case x.out.CostUSD == nil:
			return plain("unknown", st.Faint)
		}
		return plain(money(x.out.CostUSD), st.Dim)
	})
	add(kit.Column{Title: "text", Min: 16, Flex: 6}, func(x *slot) (text.Shown, lipgloss.Style) {
		return gridText(x, st)
	})
	cols := make([]kit.Column, len(g.cols))
	for i, c := range g.cols {
		cols[i] = c.Column
	}
	g.table.SetColumns(cols)
	g.table.SetRow(0)
}

// gridText is what a row says of its cell's text.
func gridText(x *slot, st *themes.Styles) (text.Shown, lipgloss.Style) {
	switch {
	case x.out != nil && x.out.Cut:
		return cutWords(x), st.Bad
	case x.status.Ended() && !x.answered():
		return reason(x).OneLine(), stateStyle(st, x.status)
	case x.out == nil && len(x.buf) == 0 && x.status == session.StatusRunning:
		return text.Of(x.note).OneLine(), st.Faint
	case x.out == nil:
		return text.Show(tail(x.buf, 240)).OneLine(), st.Dim
	}
	return text.Head(x.text(), 240), st.Text
}

// tail is the last line of what streamed so far, at most n bytes of it.
func tail(b []byte, n int) text.Raw {
	b = b[max(0, len(b)-n):]
	for len(b) > 0 && b[0]&0xc0 == 0x80 {
		b = b[1:]
	}
	return whole(b)
}

// graded reports whether any case of the run wants an answer.
func (b *board) graded() bool {
	return slices.ContainsFunc(b.cases, func(c caseRow) bool { return c.wanted != nil })
}

func (g *gridView) slot(row int) *slot {
	if g.of == nil || row < 0 {
		return nil
	}
	if g.order != nil {
		if row >= len(g.order) {
			return nil
		}
		row = int(g.order[row])
	}
	if row >= len(g.of.cells) {
		return nil
	}
	return &g.of.cells[row]
}

func (g *gridView) cell(row, col int) (text.Shown, lipgloss.Style) {
	x := g.slot(row)
	if x == nil || col >= len(g.cols) {
		return text.Shown{}, lipgloss.NewStyle()
	}
	return g.cols[col].cell(x)
}

func (g *gridView) update(msg tea.Msg) tea.Cmd {
	if g.typing {
		g.typed(msg)
		return nil
	}
	if m, ok := msg.(tea.MouseMsg); ok {
		msg = shift(m, g.s.headRows()+g.lines())
	}
	if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == "esc" && g.filter.Value() != "" {
		g.filter.SetValue("")
		g.resize(g.w, g.h)
		g.refresh(true)
		return nil
	}
	g.table.Update(msg)
	return nil
}

// shift moves a mouse message up by rows.
func shift(m tea.MouseMsg, rows int) tea.Msg {
	at := m.Mouse()
	at.Y -= rows
	switch m.(type) {
	case tea.MouseClickMsg:
		return tea.MouseClickMsg(at)
	case tea.MouseWheelMsg:
		return tea.MouseWheelMsg(at)
	}
	return m
}

func (g *gridView) typed(msg tea.Msg) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "enter":
			g.typing = false
			g.resize(g.w, g.h)
			return
		case "esc":
			g.typing = false
			g.filter.SetValue("")
			g.resize(g.w, g.h)
			g.refresh(true)
			return
		case "up", "down", "pgup", "pgdown":
			g.table.Update(msg)
			return
		}
	}
	if changed, _ := g.filter.Update(msg); changed {
		g.refresh(true)
		g.table.SetRow(0)
	}
}

func (g *gridView) view(w, h int) string {
	st := g.s.deps.Styles
	line := ""
	if g.lines() > 0 {
		var parts []string
		if g.typing || g.filter.Value() != "" {
			q := g.filter.View()
			if !g.typing {
				q = kit.Render(text.Show(g.filter.Value()).Truncate(max(4, w/3)), st.Text, st.Mark)
			}
			parts = append(parts, " "+st.Key.Render("/")+" "+q)
		}
		note := g.note()
		left := strings.Join(parts, "")
		line = kit.Fit(left, max(0, w-text.Of(note).Width()-2)) + " " + st.Faint.Render(note) + " "
		line = kit.Fit(line, w)
	}
	return kit.Fill(kit.Stack(line, g.table.View()), w, h)
}
