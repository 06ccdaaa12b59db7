package bench

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// distinct is one answer and how often each column gave it.
type distinct struct {
	text  text.Raw
	n     int
	by    []int // per column
	right bool
}

// fold puts the whole answers of a case together: the same words are one
// answer, whatever space stands around them. Cells without an answer are
// counted apart.
func (b *board) fold(row int) (answers []distinct, none []int) {
	none = make([]int, len(b.cols))
	at := map[text.Raw]int{}
	for col := range b.cols {
		for take := 1; take <= b.takes; take++ {
			x := b.at(row, col, take)
			if x == nil || !x.status.Ended() {
				continue
			}
			if !x.answered() {
				none[col]++
				continue
			}
			k := trimmed(x.text())
			i, ok := at[k]
			if !ok {
				i = len(answers)
				at[k] = i
				answers = append(answers, distinct{text: k, by: make([]int, len(b.cols)), right: x.grade == 1})
			}
			answers[i].n++
			answers[i].by[col]++
		}
	}
	slices.SortStableFunc(answers, func(x, y distinct) int { return y.n - x.n })
	return answers, none
}

// trimmed is r without the white space around it: what makes two answers one.
func trimmed(r text.Raw) text.Raw { return text.Raw(strings.TrimSpace(string(r))) }

// changed counts the contestants that answered the case under more than one
// order of its shots at the same take, and those of them whose answers differ.
func (b *board) changed(row int) (changed, of int) {
	for c, col := range b.cols {
		first := true
		for _, d := range b.cols[:c] {
			first = first && d.who != col.who
		}
		if !first {
			continue
		}
		differs, several := false, false
		for take := 1; take <= b.takes; take++ {
			n, one := 0, text.Raw("")
			for d := c; d < len(b.cols); d++ {
				x := b.at(row, d, take)
				if b.cols[d].who != col.who || x == nil || !x.answered() {
					continue
				}
				words := trimmed(x.text())
				if n++; n > 1 {
					several = true
					differs = differs || words != one
				}
				one = words
			}
		}
		if several {
			of++
		}
		if differs {
			changed++
		}
	}
	return changed, of
}

// foldCache is what was counted over all cases.
type foldCache struct {
	ver         uint64
	at          time.Time
	changed, of int
	cases       int // with an answer that changes
}

// orderCount counts over all cases how many answers change with the order. While
// cells keep coming it counts once a second.
func (b *board) orderCount() foldCache {
	if b.folds.ver == b.ver || b.folds.ver != 0 && time.Since(b.folds.at) < time.Second {
		return b.folds
	}
	f := foldCache{ver: b.ver, at: time.Now()}
	for r := range b.cases {
		c, of := b.changed(r)
		f.changed += c
		f.of += of
		if c > 0 {
			f.cases++
		}
	}
	b.folds = f
	return f
}

// changes reports whether an answer of the case changes with the order.
func (s *Screen) changes(row int) bool {
	if s.board == nil || !s.board.orders() {
		return false
	}
	n, _ := s.board.changed(row)
	return n > 0
}

// answersView lists the cases with their distinct answers.
type answersView struct {
	s     *Screen
	table *kit.Table
	of    *board
	w, h  int
}

func newAnswers(s *Screen) *answersView {
	v := &answersView{s: s}
	v.table = kit.NewTable(s.deps.Styles, nil, v.cell)
	v.table.SetCellCursor(true)
	return v
}

// detail is the number of rows below the table.
func (v *answersView) detail() int {
	if v.h < 12 {
		return 0
	}
	return max(5, v.h*2/5)
}

func (v *answersView) resize(w, h int) {
	v.w, v.h = w, h
	v.table.Resize(w, max(0, h-1-v.detail()))
}

func (v *answersView) refresh() {
	b := v.s.board
	if b == nil || v.of == b {
		return
	}
	v.of = b
	cols := []kit.Column{{Title: "case", Min: 12, Max: 18, Flex: 1}}
	for i := range b.cols {
		cols = append(cols, kit.Column{Title: v.s.colName(i), Min: 18, Flex: 2})
	}
	v.table.SetColumns(cols)
	v.table.SetRows(len(b.cases))
	v.follow()
}

// follow puts the cursor where the case and the column in hand are.
func (v *answersView) follow() {
	v.table.SetRow(v.s.row)
	v.table.SetCol(v.s.col + 1)
}

func (v *answersView) update(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(tea.MouseMsg); ok {
		msg = shift(m, v.s.headRows()+1)
	}
	v.table.Update(msg)
	if c := v.table.Col(); c >= 1 {
		v.s.col = c - 1
	}
	if r := v.table.Row(); r >= 0 && r != v.s.row {
		return v.s.goRow(r)
	}
	return nil
}

func (v *answersView) cell(row, col int) (text.Shown, lipgloss.Style) {
	st, b := v.s.deps.Styles, v.of
	if b == nil || row >= len(b.cases) || col > len(b.cols) {
		return text.Shown{}, st.Text
	}
	if col == 0 {
		mark := ""
		if b.orders() {
			mark = "  "
		}
		if v.s.changes(row) {
			mark = "↻ "
		}
		return text.Of(mark).Append(text.Show(b.cases[row].name)), st.Strong
	}
	answers, none := b.fold(row)
	var out text.Shown
	style := st.Text
	n := 0
	graded := b.cases[row].wanted != nil
	if graded { // what is right stands out
		style = st.Dim
	}
	for _, a := range answers {
		k := a.by[col-1]
		if k == 0 {
			continue
		}
		if n++; n > 1 {
			out = out.Append(text.Of(" · "))
		}
		if graded {
			sign := "✗ "
			if a.right {
				sign, style = "✓ ", st.Text
			}
			out = out.Append(text.Of(sign))
		}
		out = out.Append(text.Head(a.text, 40))
		if k > 1 {
			out = out.Append(text.Of(fmt.Sprintf(" ×%d", k)))
		}
	}
	if k := none[col-1]; k > 0 {
		if n > 0 {
			out = out.Append(text.Of(" · "))
		}
		out = out.Append(text.Of(noAnswer(k)))
		if n == 0 {
			style = st.Warn
		}
	}
	if out.Empty() {
		return text.Of("–"), st.Faint
	}
	return out, style
}

func noAnswer(n int) string {
	if n == 1 {
		return "! no answer"
	}
	return fmt.Sprintf("! no answer ×%d", n)
}

func (v *answersView) view(w, h int) string {
	st, b := v.s.deps.Styles, v.s.board
	line := kit.Fit(" "+st.Dim.Render(v.summary()), w)
	if v.detail() == 0 {
		return kit.Fill(kit.Stack(line, v.table.View()), w, h)
	}
	rest := v.detail()
	answers, none := b.fold(v.s.row)
	lines := []string{kit.Rule(w, st)}
	headline := b.cases[v.s.row].name
	lines = append(lines, " "+kit.Render(text.Show(headline).Truncate(24), st.Strong, st.Mark)+
		st.Dim.Render(" · "+kit.Plural(len(answers), "distinct answer", "distinct answers")))
	for _, a := range answers {
		lines = append(lines, v.answer(a, w)...)
	}
	for c, n := range none {
		if n > 0 {
			lines = append(lines, "  "+st.Warn.Render(text.Of("! "+v.s.colName(c)+": "+kit.Plural(n, "cell", "cells")+" without an answer").Truncate(w-4).String()))
		}
	}
	if len(lines) > rest {
		lines = append(lines[:rest-1], st.Faint.Render(fmt.Sprintf("  … %d more lines; a taller terminal, or enter on a cell, shows them", len(lines)-rest+1)))
	}
	return kit.Fill(kit.Stack(line, v.table.View(), kit.Fill(strings.Join(lines, "\n"), w, rest)), w, h)
}

// summary says how the answers hang on the order, where several were tried.
func (v *answersView) summary() string {
	b := v.s.board
	if !b.orders() {
		if b.takes > 1 {
			return fmt.Sprintf("%d takes each; the same words count as one answer", b.takes)
		}
		return "one take each; the same words count as one answer"
	}
	f := b.orderCount()
	switch {
	case f.of == 0:
		return "no answer came under two orders yet"
	case f.changed == 0:
		return "none of " + kit.Plural(f.of, "answer changes", "answers changes") + " with the order"
	}
	verb := " answers change"
	if f.changed == 1 {
		verb = " answers changes"
	}
	return "↻ " + kit.Thousands(f.changed) + " of " + kit.Thousands(f.of) + verb + " with the order"
}

// answer draws a distinct answer: how often, its first lines, who gave it.
func (v *answersView) answer(a distinct, w int) []string {
	st := v.s.deps.Styles
	count := fmt.Sprintf("%4s ", fmt.Sprintf("×%d", a.n))
	var by []string
	for c, n := range a.by {
		if n > 0 {
			name := v.s.colName(c)
			if n > 1 {
				name += fmt.Sprintf(" ×%d", n)
			}
			by = append(by, name)
		}
	}
	sign := ""
	if v.of != nil && v.s.row < len(v.of.cases) && v.of.cases[v.s.row].wanted != nil {
		sign = st.Bad.Render("✗ ")
		if a.right {
			sign = st.Good.Render("✓ ")
		}
	}
	var out []string
	room := max(8, w-10-kit.Width(sign))
	for i, l := range text.Show(head(a.text, 4096)).Wrap(room) {
		if i == 3 {
			out[2] += st.Faint.Render(" …")
			break
		}
		lead := strings.Repeat(" ", len("     ")) + strings.Repeat(" ", kit.Width(sign))
		if i == 0 {
			lead = st.Accent.Render(count) + sign
		}
		out = append(out, " "+lead+kit.Render(l, st.Text, st.Mark))
	}
	return append(out, "      "+kit.Render(text.Of(strings.Join(by, " · ")).Truncate(max(1, w-8)), st.Faint, st.Mark))
}
