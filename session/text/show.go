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
		if n := plainRun(s); n > 0 {
			// The last character of the run may carry combining marks.
			if n < len(s) && s[n] >= 0x80 && n > 1 {
				n--
			}
			if n > 1 || n == len(s) || s[n] < 0x80 {
				b.text(s[:n], n)
				s = s[n:]
				continue
			}
		}
		switch c := s[0]; {
		case c == '\n':
			b.buf.WriteByte('\n')
			b.col = 0
			s = s[1:]
			continue
		case c == '\t':
			k := TabWidth - b.col%TabWidth
			b.text(strings.Repeat(" ", k), k)
			s = s[1:]
			continue
		case c < 0x20:
			b.mark(string(rune(0x2400 + int(c))))
			s = s[1:]
			continue
		case c == 0x7f:
			b.mark("␡")
			s = s[1:]
			continue
		}
		if x, n := utf8.DecodeRuneInString(s); x == utf8.RuneError && n <= 1 {
			b.mark(fmt.Sprintf("⟨x%02X⟩", s[0]))
			s = s[1:]
			continue
		}
		g := graphemes.FromString(s[:validPrefix(s)])
		g.Next()
		b.cluster(g.Value())
		s = s[len(g.Value()):]
	}
	return Shown{s: b.buf.String(), marks: b.marks}
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

// cluster writes one grapheme cluster of valid UTF-8 without C0 controls.
func (b *builder) cluster(c string) {
	if emoji(c) || !hasInvisible(c) && combining(c) <= maxCombining {
		b.text(c, displaywidth.String(c))
		return
	}
	n := 0
	var keep strings.Builder
	flush := func() {
		if keep.Len() > 0 {
			b.text(keep.String(), displaywidth.String(keep.String()))
			keep.Reset()
		}
	}
	over := 0
	for i, x := range c {
		switch {
		case joiner(x) && i > 0 && joinsScript(c):
			keep.WriteRune(x)
		case invisible(x):
			flush()
			b.mark(name(x))
		case unicode.In(x, unicode.Mn, unicode.Me):
			if n++; n > maxCombining {
				over++
				continue
			}
			keep.WriteRune(x)
		default:
			keep.WriteRune(x)
		}
	}
	flush()
	if over > 0 {
		b.mark(fmt.Sprintf("⟨+%d⟩", over))
	}
}

// Invisible returns how many characters of r have no look of their own or change
// the direction of others: what a reader cannot see without Show.
func Invisible(r Raw) int {
	if isASCII(string(r)) {
		n := 0
		for i := range len(r) {
			if c := r[i]; c < 0x20 && c != '\n' && c != '\t' && c != '\r' || c == 0x7f {
				n++
			}
		}
		return n
	}
	n := 0
	g := graphemes.FromString(string(r))
	for g.Next() {
		c := g.Value()
		if emoji(c) {
			continue
		}
		for _, x := range c {
			if invisible(x) || x < 0x20 && x != '\n' && x != '\t' && x != '\r' || x == 0x7f {
				n++
			}
		}
	}
	return n
}

func plain(s string) bool { return plainRun(s) == len(s) }

func plainRun(s string) int {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return i
		}
	}
	return len(s)
}

// validPrefix returns the length of the longest prefix of s, of at most a few
// hundred bytes, that is valid UTF-8 without C0 controls.
func validPrefix(s string) int {
	n := 0
	for n < len(s) {
		x, w := utf8.DecodeRuneInString(s[n:])
		if x == utf8.RuneError && w <= 1 || x < 0x20 || x == 0x7f {
			break
		}
		n += w
		if n > 16384 {
			break
		}
	}
	return n
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

// emoji reports whether the cluster is a short pictograph whose joiners,
// selectors and tags belong to it.
func emoji(c string) bool {
	x, n := utf8.DecodeRuneInString(c)
	if n == len(c) || len(c) > 64 {
		return false
	}
	if !pictograph(x) {
		return false
	}
	for _, y := range c[n:] {
		if !pictograph(y) && y != 0x200d && y != 0xfe0f && y != 0xfe0e && y != 0x20e3 &&
			(y < 0x1f3fb || y > 0x1f3ff) && (y < 0xe0020 || y > 0xe007f) {
			return false
		}
	}
	last, _ := utf8.DecodeLastRuneInString(c)
	tags := strings.ContainsFunc(c, func(r rune) bool { return r >= 0xe0020 && r <= 0xe007f })
	if tags { // only the black flag takes tags, closed by a cancel tag
		return x == 0x1f3f4 && last == 0xe007f
	}
	return last != 0x200d
}

func pictograph(x rune) bool {
	return unicode.Is(unicode.So, x) || unicode.Is(unicode.Sk, x) && x > 0x7f || x == '#' || x == '*' ||
		x >= '0' && x <= '9' || x == 0x203c || x == 0x2049 || x >= 0x2190 && x <= 0x2bff || x == 0x3030 || x == 0x303d ||
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
