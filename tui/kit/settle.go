package kit

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Settle redraws the emoji whose width depends on who counts. Views are laid out
// by grapheme clusters; a terminal that has not confirmed mode 2027 is drawn to
// by code points, where a family is as wide as its members, and the frame to the
// right of it moves. Until the terminal has confirmed, the root model passes the
// whole view through here: such an emoji becomes its first picture and as many
// spaces as it takes to be as wide as before.
func Settle(view string) string {
	if !strings.ContainsAny(view, "\u200d\ufe0f\u20e3🏻🏼🏽🏾🏿\U000e007f") {
		return view
	}
	var b strings.Builder
	b.Grow(len(view))
	for i := 0; i < len(view); {
		n := i
		for n < len(view) && view[n] < 0x80 && view[n] != 0x1b && (n+1 == len(view) || view[n+1] < 0x80) {
			n++
		}
		if n > i {
			b.WriteString(view[i:n])
			i = n
			continue
		}
		if view[i] == 0x1b {
			n = sequence(view[i:])
			b.WriteString(view[i : i+n])
			i += n
			continue
		}
		c := graphemes.FromString(view[i:]).First()
		b.WriteString(settled(c))
		i += len(c)
	}
	return b.String()
}

// settled is one cluster as all count it alike, if it is an emoji.
func settled(c string) string {
	x, n := utf8.DecodeRuneInString(c)
	if n == len(c) {
		return c
	}
	keycap := strings.HasSuffix(c, "\u20e3")
	w := displaywidth.String(c)
	if ansi.StringWidthWc(c) == w || x < 0x2000 && !keycap && !strings.Contains(c, "\ufe0f") {
		return c
	}
	base := c[:n]
	if bw := ansi.StringWidthWc(base); bw <= w && bw == displaywidth.String(base) {
		return base + spaces(w-bw)
	}
	return c
}
