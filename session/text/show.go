package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// TabWidth is the distance of tab stops in cells.
const TabWidth = 4

// maxCombining is the number of combining marks shown on one base character;
// what is beyond is counted in a mark.
const maxCombining = 8

// Show makes text fit to be drawn. Nothing is dropped: control characters become
// their pictures, bytes that are not UTF-8, C1 controls, direction controls and
// invisible characters become ⟨…⟩ marks, tabs become spaces, a carriage return
// before a line feed is marked. Joiners and selectors stay where they are part
// of an emoji or of a script that needs them.
func Show(r Raw) Shown { return ShowAt(r, 0) }

// ShowAt is Show for text whose first character stands in cell col, which
// decides where its first tab ends.
func ShowAt(r Raw, col int) Shown {
	s := string(r)
	if plain(s) {
		return Shown{s: s}
	}
	b := builder{col: col}
	b.buf.Grow(len(s) + len(s)/8)
	for len(s) > 0 {
		n, w := run(s)
		if n > 0 {
			b.text(s[:n], w)
		} else {
			n = first(s)
			b.unit(s[:n])
		}
		s = s[n:]
	}
	return Shown{s: b.buf.String(), marks: b.marks}
}

// Head shows the beginning of r in one line of at most width cells, ended by
// "…" when there is more. It reads no more of r than it shows.
func Head(r Raw, width int) Shown {
	s, n, w := string(r), 0, 0
	for n < len(s) && w <= width {
		size, cells := Step(s[n:], w)
		n += size
		w += max(cells, 1)
	}
	return Show(r[:n]).Append(more(n < len(s))).Truncate(width)
}

func more(yes bool) Shown {
	if yes {
		return Shown{s: "…"}
	}
	return Shown{}
}

// Step returns the bytes that the first character of s takes, as a reader counts
// characters, and the cells in which ShowAt draws it when it stands in cell col.
// A text cut only where Step ends is shown piece by piece as it is shown in
// whole. A line feed takes no cell.
func Step(s string, col int) (size, width int) {
	if s == "" {
		return 0, 0
	}
	switch c := s[0]; {
	case c >= 0x20 && c < 0x7f && (len(s) == 1 || s[1] < 0x80):
		return 1, 1
	case c >= 0xc3 && c < 0xf0:
		if x, n := utf8.DecodeRuneInString(s); simple(x) > 0 && (len(s) == n || s[n] < 0x80 || simple(peek(s[n:])) > 0) {
			return n, simple(x)
		}
	case c == '\n':
		return 1, 0
	case c == '\t':
		return 1, TabWidth - col%TabWidth
	case c < 0x20, c == 0x7f:
		return 1, 1
	}
	n := first(s)
	if n <= 4 {
		if x, _ := utf8.DecodeRuneInString(s); x != utf8.RuneError && utf8.RuneLen(x) == n && !odd(x) {
			return n, displaywidth.Rune(x)
		}
	}
	var b builder
	b.unit(s[:n])
	return n, b.col
}

// odd reports whether a character that stands alone is shown as a mark: also one
// that leans on what stands before it, for that would be a mark of ours or the
// frame.
func odd(x rune) bool { return invisible(x) || leaning(x) }

func leaning(x rune) bool {
	if unicode.Is(unicode.Mc, x) { // some of these stand alone
		return len(graphemes.FromString("a"+string(x)).First()) > 1
	}
	return tone(x) || unicode.In(x, unicode.Mn, unicode.Me)
}

// tone reports whether x gives a pictograph a skin.
func tone(x rune) bool { return x >= 0x1f3fb && x <= 0x1f3ff }

// first returns the length of the first unit of s: a control character, a byte
// that is not UTF-8, or a grapheme cluster.
func first(s string) int {
	if c := s[0]; c < 0x20 || c == 0x7f {
		return 1
	}
	if x, n := utf8.DecodeRuneInString(s); x == utf8.RuneError && n <= 1 {
		return 1
	}
	g := graphemes.FromString(s).First()
	if len(g) > 1 && !utf8.ValidString(g) {
		for i, x := range g {
			if x == utf8.RuneError {
				if _, n := utf8.DecodeRuneInString(g[i:]); n <= 1 {
					return i
				}
			}
		}
	}
	return len(g)
}

type builder struct {
	buf   strings.Builder
	marks []mark
	col   int
}

func (b *builder) text(s string, width int) {
	b.buf.WriteString(s)
	b.col += width
}

func (b *builder) mark(s string) {
	start := b.buf.Len()
	b.buf.WriteString(s)
	b.marks = append(b.marks, mark{start, b.buf.Len()})
	b.col += displaywidth.String(s)
}

// unit writes what first cut off.
func (b *builder) unit(u string) {
	switch c := u[0]; {
	case c == '\n':
		b.buf.WriteByte('\n')
		b.col = 0
		return
	case c == '\t':
		k := TabWidth - b.col%TabWidth
		b.text("    "[:k], k)
		return
	case c < 0x20:
		b.mark(string(rune(0x2400 + int(c))))
		return
	case c == 0x7f:
		b.mark("␡")
		return
	case c >= 0x80 && len(u) == 1:
		b.mark(fmt.Sprintf("⟨x%02X⟩", c))
		return
	}
	b.cluster(u)
}

// cluster writes one grapheme cluster of valid UTF-8 without C0 controls.
func (b *builder) cluster(c string) {
	x, _ := utf8.DecodeRuneInString(c)
	if emoji(c) || !hasInvisible(c) && combining(c) <= maxCombining && !odd(x) && !strings.ContainsFunc(c, tone) {
		b.text(c, displaywidth.String(c))
		return
	}
	var keep strings.Builder
	flush := func() {
		if keep.Len() > 0 {
			b.text(keep.String(), displaywidth.String(keep.String()))
			keep.Reset()
		}
	}
	n, over, last := 0, 0, rune(-1)
	script := joinsScript(c)
	for _, x := range c {
		switch {
		case joiner(x) && script && keep.Len() > 0 && !joiner(last):
			keep.WriteRune(x)
		case invisible(x):
			flush()
			b.mark(name(x))
		case unicode.In(x, unicode.Mn, unicode.Me):
			if n++; n > maxCombining {
				over++
			} else if keep.Len() == 0 { // nothing of the text's own to stand on
				b.mark(name(x))
			} else {
				keep.WriteRune(x)
			}
		case tone(x) || leaning(x) && keep.Len() == 0:
			flush()
			b.mark(name(x))
		default:
			keep.WriteRune(x)
		}
		last = x
	}
	flush()
	if over > 0 {
		b.mark(fmt.Sprintf("⟨+%d⟩", over))
	}
}

// Invisible returns how many characters of r have no look of their own or change
// the direction of others: what a reader cannot see without Show. Joiners and
// selectors that belong to an emoji or a script do not count.
func Invisible(r Raw) int {
	if plain(string(r)) {
		return 0
	}
	n := 0
	for s := string(r); len(s) > 0; {
		k := first(s)
		u := s[:k]
		s = s[k:]
		switch c := u[0]; {
		case c == '\n', c == '\t', c == '\r':
		case c < 0x20, c == 0x7f:
			n++
		case c < 0x7f && k == 1, c >= 0x80 && k == 1, emoji(u):
		default:
			script := joinsScript(u)
			for _, x := range u {
				if invisible(x) && !(script && joiner(x)) {
					n++
				}
			}
		}
	}
	return n
}

func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// run returns the bytes and cells of the longest beginning of s in which every
// character is simple and nothing that follows can lean on the last one.
func run(s string) (n, cells int) {
	last, lastW := 0, 0
	for n < len(s) {
		size, w := 1, 1
		if c := s[n]; c < 0x20 || c == 0x7f {
			return n, cells
		} else if c >= 0x80 {
			var x rune
			x, size = utf8.DecodeRuneInString(s[n:])
			if w = simple(x); w == 0 {
				return last, cells - lastW
			}
		}
		last, lastW = n, w
		n += size
		cells += w
	}
	return n, cells
}

// simple returns the cells of a character that most text is made of and that
// never joins with another of its kind, or 0 for all others.
func simple(x rune) int {
	switch {
	case x < 0x20:
		return 0
	case x < 0x7f, x > 0xa0 && x < 0x300 && x != 0xad, x >= 0x391 && x <= 0x3ff && x != 0x3a2, x >= 0x400 && x <= 0x481, x >= 0x48a && x <= 0x52f:
		return 1
	case x >= 0x3041 && x <= 0x3096, x >= 0x30a1 && x <= 0x30fa, x >= 0x4e00 && x <= 0x9fff, x >= 0x3001 && x <= 0x3003, x >= 0x3008 && x <= 0x3011:
		return 2
	}
	return 0
}

func peek(s string) rune {
	x, _ := utf8.DecodeRuneInString(s)
	return x
}

func hasInvisible(c string) bool {
	for _, x := range c {
		if invisible(x) {
			return true
		}
	}
	return false
}

func combining(c string) int {
	n := 0
	for _, x := range c {
		if unicode.In(x, unicode.Mn, unicode.Me) {
			n++
		}
	}
	return n
}

// emoji reports whether the cluster is a pictograph whose joiners, selectors,
// skin tones and tags all have their place in it: a selector follows a base, a
// joiner stands between two, and tags follow the black flag only.
func emoji(c string) bool {
	x, n := utf8.DecodeRuneInString(c)
	if n == len(c) || len(c) > 64 {
		return false
	}
	if x == 0x1f3f4 && strings.ContainsFunc(c, tag) {
		return flag(c[n:])
	}
	base, selected := false, false
	var last rune
	for _, y := range c {
		last = y
		switch {
		case y == 0x200d:
			if !base {
				return false
			}
			base, selected = false, false
			continue
		case y == 0xfe0f || y == 0xfe0e:
			if !base || selected {
				return false
			}
			selected = true
		case y == 0x20e3:
			if !keycap(x) {
				return false
			}
		case tone(y):
			if !base {
				return false
			}
			base, selected = true, false
		case pictograph(y) && !(keycap(y) && base):
			base, selected = true, false
		default:
			return false
		}
	}
	return last != 0x200d
}

// flag reports whether s is the rest of a flag of a region: a few tags and the
// one that ends them.
func flag(s string) bool {
	n := 0
	for i, x := range s {
		if !tag(x) {
			return false
		}
		if x == 0xe007f {
			return n >= 3 && n <= 6 && i+4 == len(s)
		}
		n++
	}
	return false
}

func tag(x rune) bool { return x >= 0xe0020 && x <= 0xe007f }

func keycap(x rune) bool { return x == '#' || x == '*' || x >= '0' && x <= '9' }

func pictograph(x rune) bool {
	return keycap(x) || unicode.Is(unicode.So, x) || x == 0x203c || x == 0x2049 || x >= 0x2190 && x <= 0x2bff || x == 0x3030 || x == 0x303d ||
		x >= 0x1f000 && x <= 0x1faff
}

func joiner(x rune) bool { return x == 0x200c || x == 0x200d }

// joinsScript reports whether the cluster is of a script in which the joiners
// change how letters are drawn.
func joinsScript(c string) bool {
	x, _ := utf8.DecodeRuneInString(c)
	return unicode.In(x, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam,
		unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Mongolian)
}

// invisible reports whether x has no look of its own, or changes how other
// characters are laid out, or is unassigned or private.
func invisible(x rune) bool {
	switch {
	case x < 0x80:
		return false
	case x < 0xa0, x == 0xad, x == 0x34f, x == 0x61c, x == 0x115f, x == 0x1160, x == 0x17b4, x == 0x17b5,
		x >= 0x180b && x <= 0x180f, x >= 0x200b && x <= 0x200f, x >= 0x2028 && x <= 0x202e,
		x >= 0x2060 && x <= 0x206f, x == 0x2800, x == 0x3164, x >= 0xfe00 && x <= 0xfe0f, x == 0xfeff, x == 0xffa0,
		x >= 0xfff0 && x <= 0xfffb, x >= 0x1bca0 && x <= 0x1bca3, x >= 0x1d173 && x <= 0x1d17a, x >= 0xe0000 && x <= 0xe0fff:
		return true
	}
	if unicode.IsGraphic(x) {
		return unicode.IsSpace(x) && x != 0xa0 && x != 0x3000 && x != 0x202f && !(x >= 0x2000 && x <= 0x200a) && x != 0x205f && x != 0x1680
	}
	return !unicode.In(x, unicode.Mn, unicode.Me, unicode.Mc)
}

var names = map[rune]string{
	0xa0: "NBSP", 0xad: "SHY", 0x200b: "ZWSP", 0x200c: "ZWNJ", 0x200d: "ZWJ", 0x200e: "LRM", 0x200f: "RLM", 0x61c: "ALM",
	0x2028: "LS", 0x2029: "PS", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF", 0x202d: "LRO", 0x202e: "RLO",
	0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xfeff: "BOM", 0x34f: "CGJ",
}

// name is the mark of an invisible character.
func name(x rune) string {
	if n, ok := names[x]; ok {
		return "⟨" + n + "⟩"
	}
	if x < 0x100 {
		return fmt.Sprintf("⟨%02X⟩", x)
	}
	return fmt.Sprintf("⟨U+%04X⟩", x)
}
