package text

import (
	"sort"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Shown is text that may be drawn. The zero value is empty. It holds no control
// character but the line feed, no invisible or direction-changing character,
// and remembers which bytes are marks that Show put there.
type Shown struct {
	s     string
	marks []mark // ascending, not overlapping, byte ranges of s
}

type mark struct{ start, end int }

// Run is a stretch of a Shown that is all text or all mark.
type Run struct {
	Text string
	Mark bool // put there by Show; drawn in a style that text cannot have
}

// Of makes a Shown of a string that we wrote ourselves: a label, a number, a
// sentence. It goes through the same function, so a mistake costs looks and not
// safety.
func Of(s string) Shown { return Show(Raw(s)) }

// String returns the text, marks included, without any style.
func (s Shown) String() string { return s.s }

// Len returns the number of bytes of String.
func (s Shown) Len() int { return len(s.s) }

// Empty reports whether there is nothing to draw.
func (s Shown) Empty() bool { return s.s == "" }

// Marked returns the number of marks.
func (s Shown) Marked() int { return len(s.marks) }

// Width returns the width of the widest line in cells.
func (s Shown) Width() int {
	if !strings.Contains(s.s, "\n") {
		return displaywidth.String(s.s)
	}
	w := 0
	for line := range strings.SplitSeq(s.s, "\n") {
		w = max(w, displaywidth.String(line))
	}
	return w
}

// Runs returns the text in order, cut where marks begin and end.
func (s Shown) Runs() []Run {
	if s.s == "" {
		return nil
	}
	runs := make([]Run, 0, 2*len(s.marks)+1)
	at := 0
	for _, m := range s.marks {
		if m.start > at {
			runs = append(runs, Run{Text: s.s[at:m.start]})
		}
		runs = append(runs, Run{Text: s.s[m.start:m.end], Mark: true})
		at = m.end
	}
	if at < len(s.s) {
		runs = append(runs, Run{Text: s.s[at:]})
	}
	return runs
}

// Slice returns the bytes from start to end of String with their marks. A mark
// that is cut stays a mark.
func (s Shown) Slice(start, end int) Shown {
	out := Shown{s: s.s[start:end]}
	for i := sort.Search(len(s.marks), func(i int) bool { return s.marks[i].end > start }); i < len(s.marks); i++ {
		m := s.marks[i]
		if m.start >= end {
			break
		}
		out.marks = append(out.marks, mark{max(m.start, start) - start, min(m.end, end) - start})
	}
	return out
}

// Append returns s followed by t.
func (s Shown) Append(t Shown) Shown {
	out := Shown{s: s.s + t.s}
	out.marks = append(out.marks, s.marks...)
	for _, m := range t.marks {
		out.marks = append(out.marks, mark{m.start + len(s.s), m.end + len(s.s)})
	}
	return out
}

// Lines splits at line feeds. An empty Shown has one empty line.
func (s Shown) Lines() []Shown {
	var out []Shown
	at, mi := 0, 0
	for {
		end := strings.IndexByte(s.s[at:], '\n')
		last := end < 0
		if last {
			end = len(s.s)
		} else {
			end += at
		}
		line := Shown{s: s.s[at:end]}
		for mi < len(s.marks) && s.marks[mi].start < end {
			m := s.marks[mi]
			line.marks = append(line.marks, mark{m.start - at, min(m.end, end) - at})
			mi++
		}
		out = append(out, line)
		if last {
			return out
		}
		at = end + 1
	}
}

// OneLine returns the text with every line feed drawn as a picture, for places
// that have one row.
func (s Shown) OneLine() Shown {
	if !strings.Contains(s.s, "\n") {
		return s
	}
	var b builder
	for i, line := range s.Lines() {
		if i > 0 {
			b.mark(newline)
		}
		at := b.buf.Len()
		b.buf.WriteString(line.s)
		for _, m := range line.marks {
			b.marks = append(b.marks, mark{m.start + at, m.end + at})
		}
	}
	return Shown{s: b.buf.String(), marks: b.marks}
}

// newline is how a line feed is drawn where there is one row.
const newline = "⏎"

// Truncate draws the text in one line of at most width cells and ends it in "…"
// when something was cut.
func (s Shown) Truncate(width int) Shown {
	if width <= 0 {
		return Shown{}
	}
	fits, w := 0, 0 // what fits when an ellipsis follows, and the width of all seen
	g := graphemes.FromString(s.s)
	for g.Next() {
		v := g.Value()
		if v == "\n" {
			w++
		} else {
			w += displaywidth.String(v)
		}
		if w > width {
			return s.Slice(0, fits).OneLine().Append(Shown{s: "…"})
		}
		if w < width {
			fits = g.End()
		}
	}
	return s.OneLine()
}

// Wrap breaks the text into lines of at most width cells, at spaces where there
// are any and inside a word where there are none. Nothing is dropped but spaces
// at a break that the line they end has no room for. A width below 1 counts as
// 1; a character of two cells stands alone even so.
func (s Shown) Wrap(width int) []Shown {
	width = max(1, width)
	var out []Shown
	for _, line := range s.Lines() {
		out = append(out, line.wrapLine(width)...)
	}
	return out
}

func (s Shown) wrapLine(width int) []Shown {
	if len(s.s) <= width && isASCII(s.s) {
		return []Shown{s}
	}
	var out []Shown
	start, w := 0, 0   // of the line being filled, and its width so far
	fit := 0           // the end of what is in it
	brk, brkW := -1, 0 // after its last space, and its width up to there
	g := graphemes.FromString(s.s)
	for g.Next() {
		v, a, b := g.Value(), g.Start(), g.End()
		gw := displaywidth.String(v)
		if v == " " {
			if fit == a && w+gw <= width {
				w, fit = w+gw, b
			}
			brk, brkW = b, w
			continue
		}
		for fit < a || w+gw > width && a > start {
			cut := a
			if brk > start {
				cut = brk
				w -= brkW
			} else {
				w = 0
			}
			out = append(out, s.Slice(start, min(cut, fit)))
			start, fit, brk = cut, a, -1
		}
		w, fit = w+gw, b
	}
	return append(out, s.Slice(start, fit))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
