package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/term"
	"github.com/clipperhouse/displaywidth"

	"galley/session/text"
)

// The styles of the command line; they are written only where colour is on.
const (
	styleHead  = "1"
	styleDim   = "2"
	styleUnder = "4"
	styleMark  = "7" // what stands for something that can't be shown
	styleBad   = "31"
	styleGood  = "32"
	styleWarn  = "33"
)

// colour reports whether escape codes may be written to stdout.
func (g *globals) colour() bool {
	switch g.color {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && terminal(g.out)
}

// terminal reports whether w writes to a terminal.
func terminal(w io.Writer) bool {
	if s, ok := w.(*sink); ok {
		w = s.w
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// width is how many cells a line of stdout has, 0 where that is no terminal.
func (g *globals) width() int {
	s, ok := g.out.(*sink)
	if !ok {
		return 0
	}
	f, ok := s.w.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) {
		return 0
	}
	w, _, err := term.GetSize(f.Fd())
	if err != nil {
		return 0
	}
	return w
}

// paint is s in a style, or s.
func (g *globals) paint(style, s string) string {
	if style == "" || s == "" || !g.colour() {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// shown is text as it may be printed, its marks set apart where there is colour.
func (g *globals) shown(s text.Shown) string {
	if s.Marked() == 0 || !g.colour() {
		return s.String()
	}
	var b strings.Builder
	for _, r := range s.Runs() {
		if r.Mark {
			b.WriteString(g.paint(styleMark, r.Text))
		} else {
			b.WriteString(r.Text)
		}
	}
	return b.String()
}

// text prints text from outside: exact with --raw, else as it may be shown, with
// a line feed at its end.
func (g *globals) text(t text.Raw) {
	if g.raw {
		_, _ = io.WriteString(g.out, string(t))
		return
	}
	s := g.shown(text.Show(t))
	if !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	_, _ = io.WriteString(g.out, s)
}

// say prints a line of results. An error is kept by the sink below it, and ends
// the program with it.
func (g *globals) say(format string, args ...any) { _, _ = fmt.Fprintf(g.out, format+"\n", args...) }

// talk prints a line that is not a result: one line, whatever the texts in it hold.
// A CI system takes what begins a line for a command of its own, and GitHub's older
// commands wherever they stand in one.
func (g *globals) talk(format string, args ...any) {
	s := text.Of(fmt.Sprintf(format, args...)).OneLine().String()
	if os.Getenv("GITHUB_ACTIONS") != "" {
		s = strings.ReplaceAll(s, "##[", "## [")
	}
	if strings.HasPrefix(strings.TrimSpace(s), "::") {
		s = "galley: " + s
	}
	_, _ = io.WriteString(g.err, s+"\n")
}

// printJSON prints one JSON document.
func (g *globals) printJSON(v any) error {
	b, err := encodeJSON(v, "  ")
	if err == nil {
		_, err = g.out.Write(b)
	}
	return err
}

// printLine prints one line of JSON Lines.
func (g *globals) printLine(v any) error {
	b, err := encodeJSON(v, "")
	if err == nil {
		_, err = g.out.Write(b)
	}
	return err
}

// encodeJSON writes v with a line feed at its end. Characters that a terminal
// would obey or hide are escaped, which leaves the text exact.
func encodeJSON(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return escapeUnseen(b.Bytes()), nil
}

// escapeUnseen escapes DEL, C1 controls, direction controls and the byte order
// mark. In JSON they can stand only inside strings.
func escapeUnseen(b []byte) []byte {
	unseen := func(r rune) bool {
		return r >= 0x7f && r <= 0x9f || r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e ||
			r >= 0x2066 && r <= 0x2069 || r == 0xfeff
	}
	if bytes.IndexFunc(b, unseen) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if unseen(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return out
}

// table prints rows whose columns stand under each other.
type table struct {
	head  []string
	right map[int]bool // columns of numbers
	rows  [][]text.Shown
}

// cellWidth is the most cells that a column takes where stdout is no terminal.
const cellWidth = 100

func newTable(head ...string) *table { return &table{head: head, right: map[int]bool{}} }

// numbers says that columns stand at the right.
func (t *table) numbers(cols ...int) *table {
	for _, c := range cols {
		t.right[c] = true
	}
	return t
}

// row adds a row. Text from outside is shown in one line.
func (t *table) row(cells ...any) {
	r := make([]text.Shown, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case text.Raw:
			r[i] = text.Head(c, cellWidth)
		case text.Shown:
			r[i] = c.OneLine()
		default:
			r[i] = text.Of(fmt.Sprint(c)).OneLine()
		}
	}
	t.rows = append(t.rows, r)
}

// print writes the table; on a terminal the last column ends where the line
// does.
func (t *table) print(g *globals) {
	widths := make([]int, len(t.head))
	for i, h := range t.head {
		widths[i] = displaywidth.String(h)
	}
	for _, r := range t.rows {
		for i, c := range r {
			widths[i] = max(widths[i], c.Width())
		}
	}
	last := len(t.head) - 1
	if w := g.width(); w > 0 {
		before := 0
		for _, n := range widths[:last] {
			before += n + 2
		}
		widths[last] = max(8, min(widths[last], w-before))
	}
	head := make([]text.Shown, len(t.head))
	for i, h := range t.head {
		head[i] = text.Of(h)
	}
	g.say("%s", g.paint(styleHead, t.line(g, head, widths)))
	for _, r := range t.rows {
		g.say("%s", t.line(g, r, widths))
	}
}

func (t *table) line(g *globals, cells []text.Shown, widths []int) string {
	var b strings.Builder
	for i, c := range cells {
		if i == len(cells)-1 && !t.right[i] {
			b.WriteString(g.shown(c.Truncate(widths[i])))
			break
		}
		pad := strings.Repeat(" ", max(0, widths[i]-c.Width()))
		if t.right[i] {
			b.WriteString(pad + g.shown(c))
		} else {
			b.WriteString(g.shown(c) + pad)
		}
		if i < len(cells)-1 {
			b.WriteString("  ")
		}
	}
	return strings.TrimRight(b.String(), " ")
}
