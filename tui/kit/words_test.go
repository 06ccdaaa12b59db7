package kit

import (
	"fmt"
	"math"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
)

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 999999: "999,999", 1000000: "1,000,000",
		-1: "-1", -999: "-999", -1000: "-1,000", -123456: "-123,456",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 tries", 1: "1 try", 2: "2 tries", 1204: "1,204 tries", -1: "-1 tries"} {
		if got := Plural(n, "try", "tries"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestMoney(t *testing.T) {
	if got := Money(nil); got != "unknown" {
		t.Errorf("Money(nil) = %q: what is unknown is not a number", got)
	}
	for usd, want := range map[float64]string{
		0: "free", 0.00001: "under $0.0001", 0.0001: "$0.0001", 0.00123: "$0.0012", 0.01: "$0.010", 0.1234: "$0.123", 1: "$1.00", 12.345: "$12.35", 1234.5: "$1234.50",
	} {
		if got := Money(&usd); got != want {
			t.Errorf("Money(%v) = %q, want %q", usd, got, want)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, tt := range []struct {
		parts []string
		want  string
	}{
		{nil, ""}, {[]string{"", ""}, ""}, {[]string{"a"}, "a"}, {[]string{"", "a", "", "b", ""}, "a · b"}, {[]string{" ", "b"}, "  · b"},
	} {
		if got := Join(" · ", tt.parts...); got != tt.want {
			t.Errorf("Join(%q) = %q, want %q", tt.parts, got, tt.want)
		}
	}
}

// A rule is as long as it is asked to be, and nothing where there is no room.
func TestRules(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 7} {
		if got := Width(Rule(n, testStyles)); got != max(0, n) {
			t.Errorf("Rule(%d) is %d cells wide", n, got)
		}
		up := Upright(n, testStyles)
		if n <= 0 {
			if up != "" {
				t.Errorf("Upright(%d) = %q", n, up)
			}
			continue
		}
		lines := strings.Split(up, "\n")
		if len(lines) != n {
			t.Errorf("Upright(%d) has %d rows", n, len(lines))
		}
		for _, l := range lines {
			if Width(l) != 3 {
				t.Errorf("Upright(%d) has the row %q", n, l)
			}
		}
	}
}

func TestApart(t *testing.T) {
	for above, want := range map[text.Raw]string{"": "\n", "a": "\n\n", "a\n": "\n", "a\n\n": "\n", "a\nb": "\n\n"} {
		if got := Apart(above); got != want {
			t.Errorf("Apart(%q) = %q, want %q", above, got, want)
		}
	}
}

func TestIndent(t *testing.T) {
	for view, want := range map[string]string{"": "  ", "a": "  a", "a\nb": "  a\n  b", "a\n\nb": "  a\n  \n  b"} {
		if got := Indent(view, 2); got != want {
			t.Errorf("Indent(%q) = %q, want %q", view, got, want)
		}
	}
	if got := Indent("a\nb", 0); got != "a\nb" {
		t.Errorf("Indent by nothing makes %q", got)
	}
}

func TestOpen(t *testing.T) {
	d := &Confirm{Question: "Go?"}
	if got, ok := Open(d)().(Push); !ok || got.Dialog != Dialog(d) {
		t.Errorf("Open asks for %#v", got)
	}
}

func TestShift(t *testing.T) {
	at := tea.Mouse{X: 10, Y: 5, Button: tea.MouseLeft}
	for _, m := range []tea.MouseMsg{tea.MouseClickMsg(at), tea.MouseWheelMsg(at), tea.MouseReleaseMsg(at), tea.MouseMotionMsg(at)} {
		got, ok := Shift(m, 4, 2).(tea.MouseMsg)
		if want := (tea.Mouse{X: 6, Y: 3, Button: tea.MouseLeft}); !ok || got.Mouse() != want {
			t.Errorf("Shift(%T) is at %+v, want %+v", m, got, want)
		} else if a, b := fmt.Sprintf("%T", got), fmt.Sprintf("%T", m); a != b {
			t.Errorf("Shift makes a %s of a %s", a, b)
		}
	}
}
