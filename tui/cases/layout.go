package cases

// rect is a rectangle of cells within the page.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool {
	return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h
}

// layout is where the grid stands, and below it the whole of the cell with the
// cursor.
type layout struct {
	grid, cell rect
	heads      int // rows above the grid's own, within its border
}

const (
	leastCell = 4  // rows of the lower pane, borders included
	leastGrid = 6  // rows that the grid keeps
	lowest    = 14 // from which there is a lower pane that nobody asked for
)

// place lays the page out. heads is what is to be said above the grid; editing
// gives the lower pane half of the page.
func place(w, h, heads int, editing bool) layout {
	var l layout
	low := 0
	switch {
	case editing:
		low = max(min(leastCell, h), h/2)
		if h < leastCell+leastGrid-1 {
			low = h
		}
	case h >= lowest:
		low = max(leastCell, min(h/4, 12))
	}
	l.grid = rect{0, 0, w, h - low}
	l.cell = rect{0, h - low, w, low}
	l.heads = heads
	for l.heads > 0 && l.grid.h-2-l.heads < 3 {
		l.heads--
	}
	return l
}

// arrange gives every part its size.
func (s *Screen) arrange() {
	s.lay = place(s.w, s.h, len(s.heads()), s.mode == onCell)
	s.table.Resize(max(0, s.lay.grid.w-2), max(0, s.lay.grid.h-2-s.lay.heads))
	if s.brings != nil {
		s.brings.resize(s.w, s.h)
	}
}

// setMode changes what the keys go to.
func (s *Screen) setMode(m mode) {
	s.mode = m
	s.find.SetFocus(m == onSearch)
	s.table.SetFocus(m == onGrid || m == onSearch)
	s.arrange()
}
