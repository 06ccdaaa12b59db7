package resources

// rect is a rectangle in the page's own cells; one without width is not drawn.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout says where the panes stand.
type layout struct{ head, list, piece rect }

const (
	wide = 112 // cells from which list and piece stand side by side
	tall = 16  // rows from which they stand one below the other
)

// plan divides w by h cells. rows and lines are what the list and the head would
// like; onPiece says that the piece has focus.
func plan(w, h, rows, lines int, onPiece bool) layout {
	var l layout
	if h >= tall || onPiece && h >= 10 {
		lines = min(lines, h/4)
		l.head = rect{0, 0, w, lines}
	} else {
		lines = 0
	}
	y, h := lines, h-lines
	switch {
	case w >= wide:
		n := w * 52 / 100
		l.list, l.piece = rect{0, y, n, h}, rect{n, y, w - n, h}
	case h >= tall-4:
		n := max(6, min(rows+3, h*55/100))
		if onPiece {
			n = max(5, min(n, h*30/100))
		}
		l.list, l.piece = rect{0, y, w, n}, rect{0, y + n, w, h - n}
	case onPiece:
		l.piece = rect{0, y, w, h}
	default:
		l.list = rect{0, y, w, h}
	}
	return l
}

// arrange hands the sizes down.
func (s *Screen) arrange() {
	lines := 0
	if s.w > 2 {
		lines = len(s.headLines(s.w - 2))
	}
	find := 0
	if s.find.Narrows() {
		find = 1
	}
	s.lay = plan(s.w, s.h, len(s.rows)+find, lines, s.onPiece)
	l, p := s.lay.list, s.lay.piece
	s.find.Resize(l.w)
	s.list.SetFocus(!s.onPiece)
	s.list.SetColumns(s.columns())
	s.list.Resize(max(0, l.w-2), max(0, l.h-2-find))
	s.page.SetFocus(s.onPiece)
	s.page.Resize(max(1, p.w-3), max(1, p.h-2))
	if s.form != nil {
		s.form.Resize(s.w, s.h)
	}
}
