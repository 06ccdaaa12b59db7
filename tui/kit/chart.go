package kit

import (
	"math"
	"strings"
	"unicode/utf8"

	"galley/themes"
)

var (
	eighths = []rune(" ▏▎▍▌▋▊▉█")
	levels  = []rune("▁▂▃▄▅▆▇█")
)

// Spark draws values as a line of w columns, the newest at the right. The lowest
// value is the lowest block; NaN leaves a gap. Unstyled.
func Spark(values []float64, w int) string {
	if w <= 0 {
		return ""
	}
	if len(values) > w {
		values = values[len(values)-w:]
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	var b strings.Builder
	b.WriteString(spaces(w - len(values)))
	for _, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			b.WriteByte(' ')
		case hi == lo:
			b.WriteRune(levels[3])
		default:
			b.WriteRune(levels[min(7, int((v-lo)/(hi-lo)*8))])
		}
	}
	return b.String()
}

// Bar is a bar of frac of w cells, to an eighth of a cell, filled with spaces.
// Unstyled.
func Bar(frac float64, w int) string {
	s := barCells(frac, w)
	return s + spaces(w-utf8.RuneCountInString(s))
}

// barCells is the drawn part of a bar.
func barCells(frac float64, w int) string {
	if w <= 0 || math.IsNaN(frac) {
		return ""
	}
	n := int(math.Round(max(0, min(1, frac)) * float64(w) * 8))
	if frac > 0 {
		n = max(n, 1)
	}
	s := strings.Repeat("█", n/8)
	if n%8 > 0 {
		s += string(eighths[n%8])
	}
	return s
}

// BarStyled is Bar with the rest of its cells drawn as a thin line.
func BarStyled(frac float64, w int, st *themes.Styles) string {
	full := barCells(frac, w)
	return newInk(st.Bar).text(full) + newInk(st.BarEmpty).text(strings.Repeat("─", max(0, w-utf8.RuneCountInString(full))))
}

// Interval draws an estimate and its interval on a scale from 0 to 1 of w cells:
// ├──●──┤, with a mark at the middle of the scale. Values outside are cut.
func Interval(point, lo, hi float64, w int, st *themes.Styles) string {
	if w <= 0 {
		return ""
	}
	if math.IsNaN(point) {
		return newInk(st.BarEmpty).text(strings.Repeat("·", w))
	}
	at := func(v float64) int {
		if math.IsNaN(v) {
			v = point
		}
		return int(math.Round(max(0, min(1, v)) * float64(w-1)))
	}
	l, p, h := at(lo), at(point), at(hi)
	var b strings.Builder
	bar, dot, rest := newInk(st.Dim), newInk(st.Accent), newInk(st.BarEmpty)
	for x := range w {
		switch {
		case x == p:
			b.WriteString(dot.text("●"))
		case x == l && l < p:
			b.WriteString(bar.text("├"))
		case x == h && h > p:
			b.WriteString(bar.text("┤"))
		case x > l && x < h:
			b.WriteString(bar.text("─"))
		case x == (w-1)/2:
			b.WriteString(rest.text("┊"))
		default:
			b.WriteString(rest.text("·"))
		}
	}
	return b.String()
}

// Progress draws done of total as a bar with the numbers beside it, w cells in
// all.
func Progress(done, total, w int, st *themes.Styles) string {
	label := " " + Thousands(done) + " of " + Thousands(total)
	if total <= 0 {
		label = " " + Thousands(done)
	}
	if w-len(label) < 4 {
		return Fit(newInk(st.Dim).text(strings.TrimSpace(label)), w)
	}
	frac := 0.0
	if total > 0 {
		frac = float64(done) / float64(total)
	}
	return Fit(BarStyled(frac, w-len(label), st)+newInk(st.Dim).text(label), w)
}

// Histogram draws counts as columns of h rows, one cell each. Unstyled.
func Histogram(counts []int, h int) string {
	top := 0
	for _, c := range counts {
		top = max(top, c)
	}
	rows := make([]string, h)
	for y := range h {
		var b strings.Builder
		for _, c := range counts {
			n := 0
			if top > 0 {
				n = int(math.Ceil(float64(c) / float64(top) * float64(h*8)))
			}
			n = max(0, min(8, n-(h-1-y)*8))
			if n == 0 {
				b.WriteByte(' ')
			} else {
				b.WriteRune(levels[n-1])
			}
		}
		rows[y] = b.String()
	}
	return strings.Join(rows, "\n")
}
