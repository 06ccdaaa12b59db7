package tui

import (
	"strings"
	"testing"
)

// draw paints the rectangles with their letters; a cell that is painted twice
// becomes an X.
func draw(f frame, w, h int) string {
	cells := make([][]byte, h)
	for y := range cells {
		cells[y] = []byte(strings.Repeat(".", w))
	}
	for letter, r := range map[byte]rect{'b': f.bar, 's': f.screen, 'f': f.footer} {
		for y := r.y; y < r.y+r.h; y++ {
			for x := r.x; x < r.x+r.w; x++ {
				if cells[y][x] != '.' {
					letter = 'X'
				}
				cells[y][x] = letter
			}
		}
	}
	rows := make([]string, h)
	for y, row := range cells {
		rows[y] = string(row)
	}
	return strings.Join(rows, "\n")
}

func TestLayoutDrawn(t *testing.T) {
	want := strings.Join([]string{
		strings.Repeat("b", 40),
		strings.TrimSuffix(strings.Repeat(strings.Repeat("s", 40)+"\n", 8), "\n"),
		strings.Repeat("f", 40),
	}, "\n")
	if got := draw(layout(40, 10), 40, 10); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The rectangles cover every terminal once, and none lies outside.
func TestLayoutCovers(t *testing.T) {
	for w := minWidth; w <= 240; w += 7 {
		for h := minHeight; h <= 70; h += 3 {
			if got := draw(layout(w, h), w, h); strings.ContainsAny(got, ".X") {
				t.Fatalf("%d×%d:\n%s", w, h, got)
			}
		}
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {39, 10}, {40, 9}, {500, 3}} {
		if f := layout(size[0], size[1]); !f.tooSmall {
			t.Errorf("%v is large enough?", size)
		}
	}
}
