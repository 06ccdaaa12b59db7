package kit

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestSettle(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 日本": "plain é 日本", "👩\u200d👩\u200d👧\u200d👦|": "👩|", "⚠\ufe0f|": "⚠ |", "1\ufe0f\u20e3|": "1 |", "👍🏽|": "👍|", "क्\u200dष|": "क्\u200dष|",
		"\x1b[1m❤\ufe0f\u200d🔥\x1b[m|": "\x1b[1m❤ \x1b[m|", "می\u200cخ": "می\u200cخ",
	} {
		got := Settle(in)
		if got != want {
			t.Errorf("Settle(%q) = %q, want %q", in, got, want)
		}
		if Width(got) != Width(in) {
			t.Errorf("Settle(%q) is %d wide, was %d", in, Width(got), Width(in))
		}
	}
	// A pane full of emoji keeps its border by either count.
	body := "👩\u200d👩\u200d👧\u200d👦 ⚠\ufe0f 1\ufe0f\u20e3 👍🏽 🇩🇪\n❤\ufe0f\u200d🔥 ✂\ufe0e x"
	for _, l := range strings.Split(Settle(Pane("t", body, 30, 5, true, testStyles)), "\n") {
		if a, b := Width(l), ansi.StringWidthWc(l); a != 30 || b != 30 {
			t.Errorf("%q is %d and %d wide", l, a, b)
		}
	}
}

func BenchmarkSettle(b *testing.B) {
	e := newTestEditor("⚠\ufe0f\n", 200, 60)
	e.Paste(prose(12000, 30))
	v := e.View()
	b.SetBytes(int64(len(v)))
	for range b.N {
		Settle(v)
	}
}
