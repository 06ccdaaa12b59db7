package kit

import (
	"image/color"
	"strings"
	"sync"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"

	"galley/session/text"
)

// Render draws shown text in a style, its marks in another. Line feeds are drawn
// as they are; nothing is padded.
func Render(s text.Shown, st, mark lipgloss.Style) string { return newInk(st).shown(s, newInk(mark)) }

// ink is a style taken apart: what switches it on and what switches it off.
// Putting text between the two is many times faster than rendering it.
type ink struct{ on, off string }

// inkKey is what tells two inks apart.
type inkKey struct {
	fg, bg, line                                color.Color
	under                                       lipgloss.Underline
	bold, italic, strike, reverse, faint, blink bool
}

// inks keeps what newInk found out: rendering a probe takes microseconds, and a
// table asks for hundreds in a frame.
var inks sync.Map

func newInk(st lipgloss.Style) ink {
	k := inkKey{
		fg: st.GetForeground(), bg: st.GetBackground(), line: st.GetUnderlineColor(), under: st.GetUnderlineStyle(), bold: st.GetBold(),
		italic: st.GetItalic(), strike: st.GetStrikethrough(), reverse: st.GetReverse(), faint: st.GetFaint(), blink: st.GetBlink(),
	}
	if v, ok := inks.Load(k); ok {
		return v.(ink)
	}
	i := probe(k)
	inks.Store(k, i)
	return i
}

func probe(k inkKey) ink {
	const x = "x"
	st := lipgloss.NewStyle().Foreground(k.fg).Background(k.bg).UnderlineColor(k.line).UnderlineStyle(k.under).Bold(k.bold).Italic(k.italic).
		Strikethrough(k.strike).Reverse(k.reverse).Faint(k.faint).Blink(k.blink)
	s := st.Render(x)
	i := strings.Index(s, x)
	if i <= 0 {
		return ink{}
	}
	return ink{s[:i], s[i+len(x):]}
}

func (k ink) text(s string) string {
	if s == "" {
		return ""
	}
	return k.on + s + k.off
}

func (k ink) write(b *strings.Builder, s string) {
	if s != "" {
		b.WriteString(k.on)
		b.WriteString(s)
		b.WriteString(k.off)
	}
}

func (k ink) shown(s text.Shown, mark ink) string {
	if s.Marked() == 0 && !strings.Contains(s.String(), "\n") {
		return k.text(s.String())
	}
	var b strings.Builder
	k.writeShown(&b, s, mark)
	return b.String()
}

func (k ink) writeShown(b *strings.Builder, s text.Shown, mark ink) {
	for _, r := range s.Runs() {
		i := k
		if r.Mark {
			i = mark
		}
		for n, line := range strings.Split(r.Text, "\n") {
			if n > 0 {
				b.WriteByte('\n')
			}
			i.write(b, line)
		}
	}
}

// Width is the width of a styled line in cells.
func Width(s string) int { return ansi.StringWidth(s) }

// Fit makes a styled line exactly w cells wide: cut with an ellipsis, or filled
// with spaces.
func Fit(s string, w int) string {
	if w <= 0 {
		return ""
	}
	n := ansi.StringWidth(s)
	if n > w {
		s, n = cut(s, w, "…")
	}
	return s + spaces(w-n)
}

// FitRight is Fit with the text at the right end.
func FitRight(s string, w int) string {
	if n := ansi.StringWidth(s); n < w {
		return spaces(w-n) + s
	}
	return Fit(s, w)
}

// clip is Fit without the ellipsis, for text whose continuation is on the next
// row.
func clip(s string, w, known int) string {
	if known > w {
		s, known = cut(s, w, "")
	}
	return s + spaces(w-known)
}

// cut shortens a styled line to at most w cells, tail included, and returns its
// width. Every sequence stays, so that what was switched on is switched off.
// (ansi.Truncate counts a keycap as one cell.)
func cut(s string, w int, tail string) (string, int) {
	var b strings.Builder
	room := w - Width(tail)
	col, full := 0, false
	for i := 0; i < len(s); {
		if s[i] == 0x1b {
			n := sequence(s[i:])
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		g := graphemes.FromString(s[i:]).First()
		i += len(g)
		if full {
			continue
		}
		if n := displaywidth.String(g); col+n <= room {
			b.WriteString(g)
			col += n
		} else {
			b.WriteString(tail)
			col += w - room
			full = true
		}
	}
	return b.String(), col
}

// Fill makes a view exactly h lines of exactly w cells.
func Fill(view string, w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	lines := strings.Split(view, "\n")
	out := make([]string, h)
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], w)
		} else {
			out[i] = spaces(w)
		}
	}
	return strings.Join(out, "\n")
}

// Columns lays views of the same height side by side. Each must have lines of
// one width.
func Columns(views ...string) string {
	var rows [][]string
	h := 0
	for _, v := range views {
		if v == "" {
			continue
		}
		lines := strings.Split(v, "\n")
		h = max(h, len(lines))
		rows = append(rows, lines)
	}
	var b strings.Builder
	for y := range h {
		if y > 0 {
			b.WriteByte('\n')
		}
		for _, lines := range rows {
			if y < len(lines) {
				b.WriteString(lines[y])
			} else if len(lines) > 0 {
				b.WriteString(spaces(Width(lines[0])))
			}
		}
	}
	return b.String()
}

// Stack lays views one below the other. Empty views take no row.
func Stack(views ...string) string {
	var kept []string
	for _, v := range views {
		if v != "" {
			kept = append(kept, v)
		}
	}
	return strings.Join(kept, "\n")
}

// Centre puts a view in the middle of w by h cells.
func Centre(view string, w, h int) string {
	vw, vh := lipgloss.Size(view)
	left, top := max(0, (w-vw)/2), max(0, (h-vh)/2)
	pad := spaces(left)
	lines := strings.Split(view, "\n")
	for i := range lines {
		lines[i] = pad + lines[i]
	}
	return Fill(strings.Repeat("\n", top)+strings.Join(lines, "\n"), w, h)
}

// Para wraps shown text to w cells and draws it in a style.
func Para(s text.Shown, w int, st, mark lipgloss.Style) string {
	on, m := newInk(st), newInk(mark)
	var out []string
	for _, line := range s.Wrap(w) {
		out = append(out, on.shown(line, m))
	}
	return strings.Join(out, "\n")
}

// Split divides n cells between parts by weight; what does not divide evenly
// goes to the first. It is the arithmetic of layouts.
func Split(n int, weights ...int) []int {
	total := 0
	for _, w := range weights {
		total += w
	}
	out := make([]int, len(weights))
	if total == 0 || n <= 0 {
		return out
	}
	left := n
	for i, w := range weights {
		out[i] = n * w / total
		left -= out[i]
	}
	for i := 0; left > 0; i = (i + 1) % len(out) {
		if weights[i] > 0 {
			out[i]++
			left--
		}
	}
	return out
}

const blank = "                                                                                                                                "

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blank) {
		return blank[:n]
	}
	return strings.Repeat(" ", n)
}
