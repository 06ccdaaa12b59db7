package kit

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/themes"
)

func TestScaleOf(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	for _, c := range []struct {
		room   float64
		values []float64
		want   Scale
	}{
		{0.1, []float64{0.5, 0.5}, Scale{0.45, 0.55}},
		{0.1, []float64{0.4, 0.6, math.NaN()}, Scale{0.38, 0.62}},
		{0.2, []float64{0, 1}, Scale{0, 1}},
		{0.2, []float64{math.NaN()}, Scale{0, 1}},
		{0, []float64{0.3}, Scale{0, 1}},
	} {
		if got := ScaleOf(c.room, c.values...); !near(got.Lo, c.want.Lo) || !near(got.Hi, c.want.Hi) {
			t.Errorf("%v: %v, want %v", c.values, got, c.want)
		}
	}
}

func TestDotIsToldByItsShape(t *testing.T) {
	st := themes.Pick("", true).Styles()
	for _, c := range []struct {
		value float64
		want  string
	}{
		{0, "◆··▒▒▒▒▒···"}, {0.5, "···▒▒●▒▒···"}, {1, "···▒▒▒▒▒··◆"}, {math.NaN(), "···▒▒▒▒▒···"},
	} {
		if got := ansi.Strip(Dot(Scale{0, 1}, c.value, 0.3, 0.7, 11, st)); got != c.want {
			t.Errorf("%v: %s, want %s", c.value, got, c.want)
		}
	}
	if got := ansi.Strip(Dot(Scale{0, 1}, 1, math.NaN(), math.NaN(), 5, st)); got != "····●" {
		t.Errorf("without a band: %s", got)
	}
	if got := ansi.Strip(Span(Scale{-1, 1}, 0.5, -0.5, 1, 0, 9, st)); got != "··├─┼─●─┤" {
		t.Errorf("a span: %s", got)
	}
	if got := ansi.Strip(Span(Scale{-1, 1}, math.NaN(), math.NaN(), math.NaN(), 0, 9, st)); got != "····┊····" {
		t.Errorf("nothing known: %s", got)
	}
}

func TestCurve(t *testing.T) {
	st := themes.Pick("", true).Styles()
	points := []Point{{"0", 0, 0, 0.25, "90"}, {"5", 0.5, 0.25, 0.75, "412"}, {"12", math.NaN(), math.NaN(), math.NaN(), "956"}}
	want := strings.Join([]string{
		"100% ┤                  ", "     ┤         ┬        ", " 50% ┤         ●        ", "     ┤   ┬     ┴        ", "  0% ┤   ●              ",
		"     └──────────────────", "         0     5    12  ", "        90    412   956 ",
	}, "\n")
	if got := ansi.Strip(Curve(points, Scale{0, 1}, 24, 8, st)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	for w := range 60 { // whatever the size, it is exactly that
		for h := range 20 {
			v := Curve(points, Scale{0, 1}, w, h, st)
			if w == 0 || h == 0 {
				continue
			}
			for _, l := range strings.Split(v, "\n") {
				if ansi.StringWidth(l) != w {
					t.Fatalf("%dx%d: a line of %d cells", w, h, ansi.StringWidth(l))
				}
			}
			if n := strings.Count(v, "\n") + 1; n != h {
				t.Fatalf("%dx%d: %d lines", w, h, n)
			}
		}
	}
}
