package library

// rect is a rectangle in the screen's own cells; one without width is not drawn.
type rect struct{ x, y, w, h int }

// layout says where the panes stand.
type layout struct {
	left, right rect
	table       int // rows of the right pane that are the table, its header included
	facts       int // rows at the foot of the left pane
}

const (
	wide  = 70 // cells from which the panes stand side by side
	tall  = 16 // rows from which they stand one below the other
	least = 24 // cells of the left pane at least
	most  = 46 // and at most
)

// plan divides w by h cells. rows is the number of variants; focus is the pane
// that stays where there is room for one.
func plan(w, h, rows int, focus pane) layout {
	var l layout
	switch {
	case w >= wide:
		n := max(least, min(w*36/100, most))
		l.left, l.right = rect{0, 0, n, h}, rect{n, 0, w - n, h}
	case h >= tall:
		n := max(5, h/3)
		l.left, l.right = rect{0, 0, w, n}, rect{0, n, w, h - n}
	case focus == onPrompts:
		l.left = rect{0, 0, w, h}
	default:
		l.right = rect{0, 0, w, h}
	}
	inner := l.right.h - 2
	l.table = min(rows+1, max(4, inner/2))
	if inner < 8 {
		l.table = max(0, inner)
	}
	if l.left.h >= 12 {
		l.facts = 5
	}
	return l
}

// arrange hands the sizes down.
func (s *Screen) arrange() {
	if s.left == nil || s.right == nil {
		return
	}
	s.lay = plan(s.w, s.h, len(s.variants()), s.focus)
	s.left.Resize(max(0, s.lay.left.w-2), max(0, s.lay.left.h-2-s.lay.facts))
	s.right.Resize(max(0, s.lay.right.w-2), s.lay.table)
}
