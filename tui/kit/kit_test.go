package kit

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"galley/session/text"
	"galley/themes"
)

var update = flag.Bool("update", false, "write golden files")

var testStyles = themes.Pick("", true).Styles()

// screen draws a view to cells and returns its rows. It fails unless the view is
// exactly w by h cells.
func screen(t testing.TB, view string, w, h int) []string {
	t.Helper()
	lines := strings.Split(view, "\n")
	if view == "" {
		lines = nil
	}
	if len(lines) != h {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), h, view)
	}
	for i, l := range lines {
		if n := Width(l); n != w {
			t.Fatalf("line %d is %d cells wide, want %d: %q", i, n, w, l)
		}
	}
	// One column and row more than the view: what stands there has leaked.
	buf := uv.NewScreenBuffer(w+1, h+1)
	buf.Method = ansi.GraphemeWidth // as lipgloss and a terminal with mode 2027 count
	uv.NewStyledString(view).Draw(buf, buf.Bounds())
	rows := make([]string, h)
	for y := range h {
		var b strings.Builder
		for x := 0; x <= w; x++ {
			c := buf.CellAt(x, y)
			switch {
			case c == nil || c.Content == "" && c.Width != 0:
				b.WriteByte(' ')
			case x == w && strings.TrimSpace(c.Content) != "":
				t.Fatalf("row %d draws %q beyond its edge", y, c.Content)
			default:
				b.WriteString(c.Content)
			}
		}
		rows[y] = strings.TrimRight(b.String(), " ")
	}
	return rows
}

// golden compares the rows of a view with a file.
func golden(t *testing.T, name, view string, w, h int) {
	t.Helper()
	got := strings.Join(screen(t, view, w, h), "\n") + "\n"
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// sizes are where the components are drawn for golden files.
var sizes = [][2]int{{24, 6}, {60, 14}, {100, 24}}

// goldens draws a component at all sizes.
func goldens(t *testing.T, name string, draw func(w, h int) string) {
	t.Helper()
	for _, s := range sizes {
		golden(t, fmt.Sprintf("%s-%dx%d", name, s[0], s[1]), draw(s[0], s[1]), s[0], s[1])
	}
}

// every draws a component at all sizes from 0×0 to 40×12 and a few large ones.
func every(t *testing.T, draw func(w, h int) string) {
	t.Helper()
	for w := 0; w <= 40; w++ {
		for _, h := range []int{0, 1, 2, 3, 5, 12} {
			if w == 0 || h == 0 {
				draw(w, h)
				continue
			}
			screen(t, draw(w, h), w, h)
		}
	}
	for _, s := range [][2]int{{80, 24}, {240, 70}} {
		screen(t, draw(s[0], s[1]), s[0], s[1])
	}
}

// press is the key of that name.
func press(name string) tea.KeyPressMsg {
	k := tea.Key{}
	for {
		switch {
		case strings.HasPrefix(name, "ctrl+"):
			k.Mod |= tea.ModCtrl
			name = name[5:]
			continue
		case strings.HasPrefix(name, "alt+"):
			k.Mod |= tea.ModAlt
			name = name[4:]
			continue
		case strings.HasPrefix(name, "shift+"):
			k.Mod |= tea.ModShift
			name = name[6:]
			continue
		}
		break
	}
	codes := map[string]rune{
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab,
		"backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "space": tea.KeySpace,
	}
	if c, ok := codes[name]; ok {
		k.Code = c
		if name == "space" {
			k.Text = " "
		}
	} else {
		k.Code = []rune(name)[0]
		if k.Mod&^tea.ModShift == 0 {
			k.Text = name
		}
	}
	return tea.KeyPressMsg(k)
}

// nasty are texts that try to leave their place.
var nasty = []text.Raw{
	"", "plain", "\x1b[2J\x1b]0;x\x07", "a\rb\bc\x00", "日本語のテキストです、とても長い行", "👩\u200d👩\u200d👧\u200d👦 🇩🇪 1\ufe0f\u20e3", "\xff\xfe\u009b31m\u202e", "tab\there\tand\tthere",
	"a\u0301\u0301\u0301" + "b", text.Raw(strings.Repeat("long ", 60)), text.Raw(strings.Repeat("x", 300)), "one\ntwo\n\nfour\n", "\u0301lone", "\r\n\r\n",
	"a" + text.Raw(strings.Repeat("\u0301", 100)), "中\t中\t中", "\U000e0041\U000e0042", text.Raw(strings.Repeat(" ", 100)) + "x",
}

func TestFitAndFill(t *testing.T) {
	for _, n := range nasty {
		s := Render(text.Show(n).OneLine(), testStyles.Text, testStyles.Mark)
		for w := range 30 {
			if got := Width(Fit(s, w)); got != w {
				t.Errorf("Fit(%q, %d) is %d wide", n, w, got)
			}
			if got := Width(FitRight(s, w)); got != w {
				t.Errorf("FitRight(%q, %d) is %d wide", n, w, got)
			}
		}
		every(t, func(w, h int) string { return Fill(Render(text.Show(n), testStyles.Text, testStyles.Mark), w, h) })
		every(t, func(w, h int) string {
			return PaneWith(string(text.Show(n).String()), "7 of 9", Render(text.Show(n), testStyles.Text, testStyles.Mark), w, h, true, testStyles)
		})
	}
	every(t, func(w, h int) string { return Centre("abc\ndef", w, h) })
}

func TestColumnsAndStack(t *testing.T) {
	l, r := Fill("a\nb", 3, 2), Fill("c", 4, 3)
	screen(t, Columns(l, r), 7, 3)
	screen(t, Stack(Fill("a", 5, 1), "", Fill("b", 5, 2)), 5, 3)
	if got := Split(10, 1, 1, 1); got[0]+got[1]+got[2] != 10 || got[0] != 4 {
		t.Errorf("Split = %v", got)
	}
	if got := Split(7, 0, 3, 1); got[0] != 0 || got[1]+got[2] != 7 {
		t.Errorf("Split = %v", got)
	}
}

func TestPaneGolden(t *testing.T) {
	goldens(t, "pane", func(w, h int) string {
		return PaneWith("Variants", "3 of 12", "alpha\nbeta\nand a line that is too long for a narrow pane", w, h, true, testStyles)
	})
}
