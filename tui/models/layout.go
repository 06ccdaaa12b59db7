package models

// rect is a rectangle in the screen's own cells; one without width is not drawn.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout says where the panes stand.
type layout struct{ list, detail, strip rect }

const (
	wide  = 118 // cells from which the panes stand side by side
	tall  = 14  // rows from which they stand one below the other
	least = 10  // rows from which there is a strip
)

// plan divides w by h cells. rows is the number of lines that the list would like,
// readings that of the strip; inDetail is the pane that stays where there is room
// for one.
func plan(w, h, rows, readings int, inDetail bool) layout {
	var l layout
	if h >= least && readings > 0 {
		n := min(readings, max(1, h/5))
		if h >= tall {
			n++ // the rule above
		}
		l.strip = rect{0, h - n, w, n}
		h -= n
	}
	switch {
	case w >= wide:
		n := max(72, w*58/100)
		l.list, l.detail = rect{0, 0, n, h}, rect{n, 0, w - n, h}
	case h >= tall:
		n := max(6, min(rows+3, h*55/100))
		if inDetail {
			n = max(6, min(n, h*35/100))
		}
		l.list, l.detail = rect{0, 0, w, n}, rect{0, n, w, h - n}
	case inDetail:
		l.detail = rect{0, 0, w, h}
	default:
		l.list = rect{0, 0, w, h}
	}
	return l
}

// arrange hands the sizes down.
func (s *Screen) arrange() {
	head := 0
	if s.filtered() {
		head = 1
	}
	s.lay = plan(s.w, s.h, len(s.rows)+head, s.readings(), s.inDetail)
	l := s.lay.list
	s.find.Resize(max(1, l.w-20))
	s.list.SetFocus(!s.inDetail)
	s.list.SetColumns(s.columns())
	s.list.Resize(max(0, l.w-2), max(0, l.h-2-head))
	s.top = max(0, min(s.top, s.last()))
}
