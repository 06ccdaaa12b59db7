package read

// rect is a rectangle in the screen's own cells; one without width is not drawn.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout says where the parts stand.
type layout struct {
	chips   int  // rows of the line of filters
	near    rect // the neighbours
	answer  rect // everything said of one output; its own sections divide it
	context rect // the exact context
	entry   int  // rows of the field at the foot
}

// Widths from which more stands side by side.
const (
	wide   = 110 // the neighbours, or the context, beside the answer
	widest = 150 // both
	low    = 10  // rows below which one line says who it is
)

// plan divides w by h cells. chips says that filters are in force, context that
// the context is to be seen, entry that a field is open.
func plan(w, h int, chips, context, entry bool) layout {
	var l layout
	if chips && h >= 8 {
		l.chips = 1
	}
	if entry {
		l.entry = min(rowsOfEntry, h)
	}
	top, left := l.chips, 0
	rows := max(0, h-l.chips-l.entry)
	if w >= wide && (!context || w >= widest) {
		n := max(27, min(w*22/100, 36))
		l.near = rect{0, top, n, rows}
		left = n + 1 // and a rule
	}
	rest := w - left
	switch {
	case !context:
		l.answer = rect{left, top, rest, rows}
	case w >= wide:
		n := (rest - 1) / 2
		l.answer = rect{left, top, n, rows}
		l.context = rect{left + n + 1, top, rest - n - 1, rows}
	default:
		l.context = rect{left, top, rest, rows}
	}
	return l
}
