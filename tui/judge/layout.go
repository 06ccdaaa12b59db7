package judge

// rect is a rectangle of cells.
type rect struct{ x, y, w, h int }

// areas is where the parts of a duel stand. The answers' rectangles have their
// title in the first row.
type areas struct {
	head, guide, input, fold, left, right, note rect
	main                                        int // cells that are not the guideline's
	beside                                      bool
	stacked                                     bool
}

// shape is what the layout depends on besides the size.
type shape struct {
	single     bool
	guide      bool // wanted
	guideRows  int
	inputRows  int
	answerRows int // with their titles; 0: unknown
	zoom       zoom
	note       bool
}

const (
	abreast     = 70  // cells from which two answers stand side by side
	guideBeside = 112 // cells from which the guideline stands beside them
	guideAbove  = 34  // rows from which it stands above them
)

// guideWidth is the width of a guideline beside the answers.
func guideWidth(w int) int { return max(34, min(48, w*3/10)) }

// roomForGuide reports whether the guideline can stand with the answers.
func roomForGuide(w, h int) bool { return w >= guideBeside && h >= 10 || h >= guideAbove }

// layout is pure: a size and a shape in, rectangles out.
func layout(w, h int, o shape) areas {
	a := areas{main: w}
	head := 1
	if h >= 12 {
		head = 2
	}
	a.head = rect{0, 0, w, min(head, h)}
	y, end := a.head.h, h
	if o.note && h >= 3 {
		end--
		a.note = rect{0, end, w, 1}
	}
	if o.zoom == zoomGuide {
		a.guide = rect{0, y, w, end - y}
		return a
	}
	if o.guide && roomForGuide(w, h) {
		if w >= guideBeside {
			gw := guideWidth(w)
			a.main = w - gw - 3
			a.guide, a.beside = rect{a.main + 3, y, gw, end - y}, true
		} else {
			rows := min(o.guideRows+1, (end-y)/3)
			a.guide = rect{0, y, w, rows}
			y += rows
		}
	}
	if o.zoom == zoomInput {
		a.input = rect{0, y, a.main, end - y}
		return a
	}
	a.stacked = !o.single && a.main < abreast
	a.body(y, end, h-y, o)
	return a
}

// body divides the rows between the input and the answers. A note takes its row
// from the answers, so that nothing above them moves.
func (a *areas) body(y, end, room int, o shape) {
	most := room * 2 / 5
	if a.stacked {
		most = room / 3
	}
	fold := 0
	if room >= 14 {
		fold = 1
	}
	if o.answerRows > 0 { // what they leave is the input's
		most = max(most, room-fold-o.answerRows)
	}
	in := 0
	if room >= 5 {
		in = max(1, min(o.inputRows, most))
	}
	a.input = rect{0, y, a.main, in}
	y += in
	a.fold = rect{0, y, a.main, fold}
	y += fold
	rest := max(0, end-y)
	switch {
	case o.single:
		a.left = rect{0, y, a.main, rest}
	case a.stacked:
		a.left = rect{0, y, a.main, (rest + 1) / 2}
		a.right = rect{0, y + a.left.h, a.main, rest - a.left.h}
	default:
		lw := (a.main - 1) / 2
		a.left = rect{0, y, lw, rest}
		a.right = rect{lw + 1, y, a.main - lw - 1, rest}
	}
}
