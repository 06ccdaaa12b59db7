package bench

import (
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session/stats"
	"galley/session/text"
	"galley/tui/kit"
)

// tagsView is how often each column was right, by tag of the case.
type tagsView struct {
	s     *Screen
	table *kit.Table
	rows  []tagRow
	of    *board
	ver   uint64
	w, h  int
	scale int // cells of the scale, 0: none is drawn
}

// tagRow is one column's rate on the cases with a tag.
type tagRow struct {
	tag   text.Shown // empty where it repeats
	col   int
	cases int
	t     totals
	gap   bool // an empty row between tags
}

func newTags(s *Screen) *tagsView {
	v := &tagsView{s: s}
	v.table = kit.NewTable(s.deps.Styles, nil, v.cell)
	v.table.SetEmpty("No case wants an answer, so there is nothing to count.")
	return v
}

// resize chooses the columns: the scale is drawn where there is room for one
// that says something.
func (v *tagsView) resize(w, h int) {
	v.w, v.h, v.scale = w, h, 0
	cols := []kit.Column{
		{Title: "tag", Min: 9, Max: 22, Flex: 1},
		{Title: "cases", Min: 5, Right: true, Hide: 2},
		{Title: "column", Min: 13, Max: 36, Flex: 2},
		{Title: "right (95% interval)", Min: 26, Max: 34, Flex: 1},
	}
	if w >= 100 {
		v.scale = min(61, w-78) | 1
		cols = append(cols, kit.Column{Title: scaleTitle(v.scale), Min: v.scale})
	}
	v.table.SetColumns(cols)
	v.table.Resize(w, h)
}

// scaleTitle writes the ends and the middle of a scale of w cells above it.
func scaleTitle(w int) string {
	before := w/2 - 3
	after := w - 2 - before - 3 - 4
	return "0%" + strings.Repeat(" ", before) + "50%" + strings.Repeat(" ", max(0, after)) + "100%"
}

// refresh counts again after a change.
func (v *tagsView) refresh() {
	b := v.s.board
	if b == nil || v.s.view != viewTags || b == v.of && b.ver == v.ver {
		return
	}
	if b != v.of {
		v.table.SetRow(0)
	}
	v.of, v.ver = b, b.ver
	v.rows = nil
	if !b.graded() {
		v.table.SetRows(0)
		return
	}
	v.add(text.Of("all cases"), func(caseRow) bool { return true })
	for _, t := range b.tags() {
		v.add(text.Show(t).OneLine(), func(c caseRow) bool {
			for _, o := range c.tags {
				if o == t {
					return true
				}
			}
			return false
		})
	}
	v.table.SetRows(len(v.rows))
}

func (v *tagsView) add(tag text.Shown, in func(caseRow) bool) {
	b := v.of
	if len(v.rows) > 0 {
		v.rows = append(v.rows, tagRow{gap: true})
	}
	first := len(v.rows)
	for c := range b.cols {
		v.rows = append(v.rows, tagRow{col: c})
	}
	v.rows[first].tag = tag
	cases := 0
	for r, c := range b.cases {
		if !in(c) {
			continue
		}
		cases++
		for col := range b.cols {
			for take := 1; take <= b.takes; take++ {
				if x := b.at(r, col, take); x != nil {
					v.rows[first+col].t.count(x, 1)
				}
			}
		}
	}
	for c := range b.cols {
		v.rows[first+c].cases = cases
	}
}

func (v *tagsView) cell(row, col int) (text.Shown, lipgloss.Style) {
	st := v.s.deps.Styles
	if row >= len(v.rows) || v.rows[row].gap {
		return text.Shown{}, st.Text
	}
	r := v.rows[row]
	switch col {
	case 0:
		return r.tag, st.Strong
	case 1:
		if r.tag.Empty() {
			return text.Shown{}, st.Dim
		}
		return text.Of(kit.Thousands(r.cases)), st.Dim
	case 2:
		return text.Of(v.s.colName(r.col)), st.Text
	case 3:
		return text.Of(rate(r.t, 30)), st.Text
	}
	return text.Of(scale(r.t, v.scale)), st.Accent
}

// scale draws a rate and its interval from 0 to 100%: ├──●──┤.
func scale(t totals, w int) string {
	if t.graded == 0 {
		return ""
	}
	lo, hi := stats.WilsonOver(t.right, t.graded, len(t.repeats))
	at := func(f float64) int { return int(f*float64(w-1) + 0.5) }
	l, p, h := at(lo), at(float64(t.right)/float64(t.graded)), at(hi)
	var b strings.Builder
	for x := range w {
		switch {
		case x == p:
			b.WriteString("●")
		case x == l:
			b.WriteString("├")
		case x == h:
			b.WriteString("┤")
		case x > l && x < h:
			b.WriteString("─")
		case x == (w-1)/2:
			b.WriteString("┊")
		default:
			b.WriteString("·")
		}
	}
	return b.String()
}

func (v *tagsView) view(w, h int) string {
	st := v.s.deps.Styles
	if len(v.rows) == 0 {
		return v.s.note(w, h, "Nothing to count by tag", "No case of this run says what answer it wants. They get one by import: galley import cases FILE --map wanted=COLUMN.")
	}
	if h < 8 {
		return kit.Fill(v.table.View(), w, h)
	}
	v.table.Resize(w, h-1)
	const foot = " 95% intervals (Wilson). Where they overlap widely, more cases would tell."
	return kit.Fill(kit.Stack(v.table.View(), kit.Fit(st.Faint.Render(text.Of(foot).Truncate(w).String()), w)), w, h)
}
