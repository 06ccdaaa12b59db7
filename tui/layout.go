package tui

// The smallest terminal the workbench draws itself on.
const (
	minWidth  = 40
	minHeight = 10
)

// rect is a rectangle of cells.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// frame is where things stand: the station bar on top, the screen below it, the
// footer at the bottom.
type frame struct {
	bar, screen, footer rect
	tooSmall            bool
}

// layout is pure: a size in, rectangles out. They cover the terminal once.
func layout(w, h int) frame {
	if w < minWidth || h < minHeight {
		return frame{tooSmall: true, screen: rect{0, 0, max(0, w), max(0, h)}}
	}
	return frame{
		bar:    rect{0, 0, w, 1},
		screen: rect{0, 1, w, h - 2},
		footer: rect{0, h - 1, w, 1},
	}
}
