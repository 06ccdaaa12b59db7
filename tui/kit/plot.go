package kit

import (
	"fmt"
	"math"
	"strings"

	"galley/themes"
)

// Scale is a stretch of numbers that a plot shows.
type Scale struct{ Lo, Hi float64 }

// ScaleOf is the stretch from the least to the greatest of the values, widened by a
// tenth at either end and to at least room, within 0 and 1.
func ScaleOf(room float64, values ...float64) Scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo > hi {
		return Scale{0, 1}
	}
	pad := max((hi-lo)/10, (room-(hi-lo))/2, 0)
	s := Scale{max(0, lo-pad), min(1, hi+pad)}
	if s.Hi <= s.Lo {
		return Scale{0, 1}
	}
	return s
}

// cell is the cell of w that a value falls in, cut at the ends; −1 where it is no
// number.
func (s Scale) cell(v float64, w int) int {
	if math.IsNaN(v) || w <= 0 {
		return -1
	}
	return int(math.Round(max(0, min(1, (v-s.Lo)/(s.Hi-s.Lo))) * float64(w-1)))
}

// Ticks writes the ends and the middle of a scale of percents above w cells.
func (s Scale) Ticks(w int, st *themes.Styles) string {
	label := func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) }
	lo, mid, hi := label(s.Lo), label((s.Lo+s.Hi)/2), label(s.Hi)
	if w < len(lo)+len(hi)+2 {
		return Fit(newInk(st.Faint).text(lo), w)
	}
	row := []byte(strings.Repeat(" ", w))
	copy(row, lo)
	if at := (w - len(mid)) / 2; w >= len(lo)+len(mid)+len(hi)+6 {
		copy(row[at:], mid)
	}
	copy(row[w-len(hi):], hi)
	return newInk(st.Faint).text(string(row))
}

// Dot draws a value as a dot on a scale of w cells, over a band of what is expected
// of nothing but chance. A band whose ends are no numbers is not drawn.
func Dot(s Scale, value, bandLo, bandHi float64, w int, st *themes.Styles) string {
	return inked(PlainDot(s, value, bandLo, bandHi, w), st)
}

// inked colours what the plain forms draw, sign by sign.
func inked(plain string, st *themes.Styles) string {
	dot, out, line, rest := newInk(st.Accent), newInk(st.Warn.Bold(true)), newInk(st.Dim), newInk(st.BarEmpty)
	var b strings.Builder
	for _, c := range plain {
		k := line
		switch c {
		case '●':
			k = dot
		case '◆':
			k = out
		case '·', '┊':
			k = rest
		}
		b.WriteString(k.text(string(c)))
	}
	return b.String()
}

// PlainDot is Dot without colours, for a cell of a table: what lies outside of the
// band is told by its shape.
func PlainDot(s Scale, value, bandLo, bandHi float64, w int) string {
	at, lo, hi := s.cell(value, w), s.cell(bandLo, w), s.cell(bandHi, w)
	row := []rune(strings.Repeat("·", max(0, w)))
	for x := range row {
		if lo >= 0 && hi >= 0 && x >= lo && x <= hi {
			row[x] = '▒'
		}
	}
	if at >= 0 {
		if row[at] == '▒' || lo < 0 || hi < 0 {
			row[at] = '●'
		} else {
			row[at] = '◆'
		}
	}
	return string(row)
}

// PlainSpan is Span without colours, for a cell of a table.
func PlainSpan(s Scale, value, lo, hi, mark float64, w int) string {
	p, l, h, m := s.cell(value, w), s.cell(lo, w), s.cell(hi, w), s.cell(mark, w)
	row := []rune(strings.Repeat("·", max(0, w)))
	for x := range row {
		switch inside := l >= 0 && x > l && x < h; {
		case x == p:
			row[x] = '●'
		case x == l && l < p:
			row[x] = '├'
		case x == h && h > p:
			row[x] = '┤'
		case inside && x == m:
			row[x] = '┼'
		case inside:
			row[x] = '─'
		case x == m:
			row[x] = '┊'
		}
	}
	return string(row)
}

// Span draws an interval on a scale of w cells with a mark at a value that it is
// compared with: ──┼──●──. A mark that is no number is not drawn.
func Span(s Scale, value, lo, hi, mark float64, w int, st *themes.Styles) string {
	return inked(PlainSpan(s, value, lo, hi, mark, w), st)
}

// Point is a column of a Curve.
type Point struct {
	Label     string
	Value     float64
	Lo, Hi    float64 // its interval; NaN none
	BelowText string  // under the label
}

// Curve draws points with their intervals as columns, the scale of percents at the
// left, in w by h cells.
func Curve(points []Point, s Scale, w, h int, st *themes.Styles) string {
	const axis = 6
	rows := h - 2 // labels, and what stands below them
	for _, p := range points {
		if p.BelowText != "" {
			rows = h - 3
			break
		}
	}
	if rows < 3 || len(points) == 0 || w < axis+3*len(points) {
		return Fill("", w, h)
	}
	faint, bar, dot := newInk(st.Faint), newInk(st.Dim), newInk(st.Accent)
	each := min(12, (w-axis)/len(points))
	row := func(v float64) int { // from the top
		c := s.cell(v, rows)
		if c < 0 {
			return -1
		}
		return rows - 1 - c
	}
	lines := make([]string, 0, h)
	for y := range rows {
		var b strings.Builder
		label := ""
		switch y {
		case 0:
			label = fmt.Sprintf("%.0f%%", 100*s.Hi)
		case (rows - 1) / 2:
			if rows >= 5 {
				label = fmt.Sprintf("%.0f%%", 100*(s.Hi-(s.Hi-s.Lo)*float64(y)/float64(rows-1)))
			}
		case rows - 1:
			label = fmt.Sprintf("%.0f%%", 100*s.Lo)
		}
		b.WriteString(faint.text(FitRight(label, axis-2) + " ┤"))
		for _, p := range points {
			at, hi, lo := row(p.Value), row(p.Hi), row(p.Lo)
			sign := " "
			switch {
			case at < 0:
			case y == at:
				sign = dot.text("●")
			case y == hi && hi < at:
				sign = bar.text("┬")
			case y == lo && lo > at:
				sign = bar.text("┴")
			case hi >= 0 && y > hi && y < at, lo >= 0 && y < lo && y > at:
				sign = bar.text("│")
			}
			left := each / 2
			b.WriteString(spaces(left) + sign + spaces(each-left-1))
		}
		lines = append(lines, b.String())
	}
	lines = append(lines, faint.text(spaces(axis-1)+"└"+strings.Repeat("─", each*len(points))))
	put := func(get func(Point) string, k ink) {
		var b strings.Builder
		b.WriteString(spaces(axis))
		for _, p := range points {
			t := get(p)
			if n := Width(t); n < each {
				t = spaces((each-n+1)/2) + t
			}
			b.WriteString(k.text(Fit(t, each)))
		}
		lines = append(lines, b.String())
	}
	put(func(p Point) string { return p.Label }, newInk(st.Text))
	if rows == h-3 {
		put(func(p Point) string { return p.BelowText }, faint)
	}
	return Fill(strings.Join(lines, "\n"), w, h)
}
