package tuitest

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Frame demands a view of exactly w by h cells that holds nothing but text, line
// feeds and colours, and returns it without the colours. what names it where it
// is not so.
func Frame(t testing.TB, what, view string, w, h int) string {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != max(h, 1) {
		t.Fatalf("%s: %d lines at %d×%d", what, len(lines), w, h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Fatalf("%s: line %d is %d cells wide at %d×%d: %q", what, i, n, w, h, ansi.Strip(l))
		}
	}
	Clean(t, what, view)
	return ansi.Strip(view)
}

// Clean demands that a view holds nothing but text, line feeds and colours: no
// other sequence, no control character of one byte or two, and nothing that turns
// the direction of a line.
func Clean(t testing.TB, what, view string) {
	t.Helper()
	for i := 0; i < len(view); i++ {
		switch c := view[i]; {
		case c == 0x1b:
			end := strings.IndexByte(view[i:], 'm')
			if end < 0 || !strings.HasPrefix(view[i:], "\x1b[") || strings.Trim(view[i+2:i+end], "0123456789;:") != "" {
				t.Fatalf("%s: a sequence that is no colour: %q", what, view[i:min(len(view), i+12)])
			}
			i += end
		case c < 0x20 && c != '\n' || c == 0x7f:
			t.Fatalf("%s: control character %#x in %q", what, c, view[max(0, i-20):min(len(view), i+20)])
		}
	}
	for _, r := range ansi.Strip(view) {
		if r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			t.Fatalf("%s: %U", what, r)
		}
	}
}

// Cut is a plain view without the spaces at the ends of its lines, each with a
// line feed.
func Cut(plain string) string {
	var b strings.Builder
	for _, l := range strings.Split(plain, "\n") {
		b.WriteString(strings.TrimRight(l, " ") + "\n")
	}
	return b.String()
}

// Golden compares a text with the file testdata/NAME.golden of the package under
// test, or writes that file when the tests run with -update.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	GoldenFile(t, filepath.Join("testdata", name+".golden"), got)
}

// GoldenFile is Golden with a path.
func GoldenFile(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if string(want) != got {
		t.Errorf("%s differs; -update writes it anew\n--- want\n%s--- got\n%s", path, want, got)
	}
}
