package shots

// rect is a rectangle in the screen's own cells; one without width is not drawn.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout says where the panes stand.
type layout struct{ list, shot, mix rect }

const (
	wide = 112 // cells from which panes stand side by side
	tall = 16  // rows from which they stand one below the other
)

// plan divides w by h cells. rows and lines are what the list and the mix would
// like; at is what has focus, side what stands in the second pane where there are
// two.
func plan(w, h, rows, lines int, at, side focus) layout {
	var l layout
	second := func(r rect) {
		if side == onMix {
			l.mix = r
		} else {
			l.shot = r
		}
	}
	switch {
	case w >= wide && h >= tall:
		n := w * 56 / 100
		m := max(5, min(lines+2, h*45/100))
		l.list, l.shot, l.mix = rect{0, 0, n, h}, rect{n, 0, w - n, h - m}, rect{n, h - m, w - n, m}
	case w >= wide:
		n := w * 56 / 100
		l.list = rect{0, 0, n, h}
		second(rect{n, 0, w - n, h})
	case h >= tall:
		n := max(6, min(rows+3, h*55/100))
		if at != onList {
			n = max(5, min(n, h*30/100))
		}
		l.list = rect{0, 0, w, n}
		second(rect{0, n, w, h - n})
	case at == onList:
		l.list = rect{0, 0, w, h}
	default:
		second(rect{0, 0, w, h})
	}
	return l
}

// arrange hands the sizes down.
func (s *Screen) arrange() {
	head := 0
	if s.find.Narrows() {
		head = 1
	}
	inner := s.lay.mix.w - 4
	if inner <= 0 {
		inner = 40
	}
	s.lay = plan(s.w, s.h, len(s.rows)+head, len(s.mixLines(inner)), s.focus, s.side)
	l := s.lay.list
	s.find.Resize(l.w)
	s.list.SetFocus(s.focus == onList)
	s.list.SetColumns(s.columns())
	s.list.Resize(max(0, l.w-2), max(0, l.h-2-head))
	s.page.SetFocus(s.focus == onShot)
	s.page.Resize(max(1, s.lay.shot.w-3), max(1, s.lay.shot.h-2))
	s.top = max(0, min(s.top, s.lastMix()))
	if s.form != nil {
		s.form.Resize(s.w, s.h)
	}
}
