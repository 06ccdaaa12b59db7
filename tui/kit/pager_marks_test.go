package kit

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session/text"
	"galley/themes"
)

// The column of weights stands beside every row of a line, and the heaviest line is
// a full cell.
func TestPagerHeat(t *testing.T) {
	st := themes.Pick("", true).Styles()
	p := NewPager(st)
	p.Resize(48, 8)
	p.SetDoc(Doc{
		{ID: 1, Text: "light\n" + text.Raw(strings.Repeat("heavy ", 12)) + "\n", Style: st.Text, GutterStyle: st.Rule, Gutter: "a", Heat: []int{1, 80}},
		{ID: 2, Text: "half\nnone", Style: st.Text, GutterStyle: st.Rule, Gutter: "b", Heat: []int{40, 0}},
	})
	if p.Hottest() != 80 {
		t.Fatalf("the heaviest line weighs %d", p.Hottest())
	}
	var got []string
	for _, l := range strings.Split(ansi.Strip(p.View()), "\n") {
		if i := strings.Index(l, "▎"); i >= 0 {
			got = append(got, strings.TrimSpace(l[2:i]))
		}
	}
	if want := "▁ █ █ ▄ "; strings.Join(got, " ") != want {
		t.Errorf("the column is %q, want %q:\n%s", strings.Join(got, " "), want, ansi.Strip(p.View()))
	}
	p.Resize(39, 8)
	if strings.Contains(ansi.Strip(p.View()), "█") {
		t.Error("where there is no room the column stands all the same")
	}
	if g, n := HeatCell(0, 80); g != " " || n != 0 {
		t.Errorf("nothing weighs %q %d", g, n)
	}
}

func TestPagerBareAndPointedOut(t *testing.T) {
	st := themes.Pick("", true).Styles()
	p := NewPager(st)
	p.Resize(20, 3)
	p.SetBare(true)
	p.SetDoc(Doc{
		{ID: 1, Text: "one two\n", Style: st.Text, Gutter: "name"},
		{ID: 2, Text: "three four", Style: st.Text},
	})
	if got := strings.Split(ansi.Strip(p.View()), "\n")[0]; strings.TrimRight(got, " ") != "one two" {
		t.Errorf("something stands beside the text: %q", got)
	}
	if !p.PointOut(1, Spot{1, 4, 7}, Spot{2, 0, 5}) {
		t.Fatal("the place is not there")
	}
	if len(p.hitsIn(0, 8)) != 1 || len(p.hitsIn(8, 18)) != 1 {
		t.Errorf("not both places are pointed out: %v %v", p.hitsIn(0, 8), p.hitsIn(8, 18))
	}
	if p.PointOut(0, Spot{9, 0, 1}) {
		t.Error("a place that is not there was pointed out")
	}
}
