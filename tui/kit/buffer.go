package kit

import (
	"strings"

	"galley/session/text"
)

// Pos is a place in an editor: a line, and a byte in it.
type Pos struct{ Line, Byte int }

// Before reports whether p stands before q.
func (p Pos) Before(q Pos) bool { return p.Line < q.Line || p.Line == q.Line && p.Byte < q.Byte }

// buffer is a text as lines. Joined with line feeds the lines are the text, byte
// for byte; a carriage return before a line feed is part of its line.
type buffer struct {
	lines []bufLine
	width int // at which rows are wrapped
}

type bufLine struct {
	s    string
	rows []int32 // where its rows start; nil: not wrapped yet
}

func newBuffer(s string, width int) *buffer {
	parts := strings.Split(s, "\n")
	b := &buffer{lines: make([]bufLine, len(parts)), width: width}
	for i, p := range parts {
		b.lines[i].s = p
	}
	return b
}

func (b *buffer) String() string {
	n := len(b.lines) - 1
	for i := range b.lines {
		n += len(b.lines[i].s)
	}
	var out strings.Builder
	out.Grow(n)
	for i := range b.lines {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(b.lines[i].s)
	}
	return out.String()
}

// setWidth forgets all wrapping when the width is another.
func (b *buffer) setWidth(w int) {
	if w == b.width {
		return
	}
	b.width = w
	for i := range b.lines {
		b.lines[i].rows = nil
	}
}

// rows returns where the rows of a line start.
func (b *buffer) rows(i int) []int32 {
	l := &b.lines[i]
	if l.rows == nil {
		l.rows = rowStarts(l.s, b.width)
	}
	return l.rows
}

// end is the last place of a line: before its carriage return, where that is
// part of the line's end.
func (b *buffer) end(i int) int {
	s := b.lines[i].s
	if i < len(b.lines)-1 && strings.HasSuffix(s, "\r") {
		return len(s) - 1
	}
	return len(s)
}

func (b *buffer) last() Pos {
	i := len(b.lines) - 1
	return Pos{i, len(b.lines[i].s)}
}

// clamp brings a place into the text and onto the start of a character.
func (b *buffer) clamp(p Pos) Pos {
	if p.Line < 0 {
		return Pos{}
	}
	if p.Line >= len(b.lines) {
		return b.last()
	}
	p.Byte = max(0, min(p.Byte, b.end(p.Line)))
	return Pos{p.Line, b.snap(p.Line, p.Byte)}
}

// snap returns the start of the character that byte at is part of.
func (b *buffer) snap(line, at int) int {
	s := b.lines[line].s
	if at <= 0 || at >= len(s) || s[at] < 0x80 && s[at-1] < 0x80 {
		return at
	}
	i := b.rowStart(line, at)
	for i < at {
		n, _ := text.Step(s[i:], 0)
		if i+n > at {
			return i
		}
		i += n
	}
	return at
}

// rowStart is the start of the row of a place: a character boundary near it, so
// that nothing needs to read a long line from its beginning.
func (b *buffer) rowStart(line, at int) int {
	rows := b.rows(line)
	return int(rows[rowOf(rows, at)])
}

func (b *buffer) next(p Pos) Pos {
	if p.Byte >= b.end(p.Line) {
		if p.Line == len(b.lines)-1 {
			return p
		}
		return Pos{p.Line + 1, 0}
	}
	n, _ := text.Step(b.lines[p.Line].s[p.Byte:], 0)
	return Pos{p.Line, p.Byte + n}
}

func (b *buffer) prev(p Pos) Pos {
	if p.Byte == 0 {
		if p.Line == 0 {
			return p
		}
		return Pos{p.Line - 1, b.end(p.Line - 1)}
	}
	s := b.lines[p.Line].s
	i := b.rowStart(p.Line, p.Byte-1)
	for {
		n, _ := text.Step(s[i:], 0)
		if i+n >= p.Byte {
			return Pos{p.Line, i}
		}
		i += n
	}
}

// slice returns the text between two places.
func (b *buffer) slice(from, to Pos) string {
	if from.Line == to.Line {
		return b.lines[from.Line].s[from.Byte:to.Byte]
	}
	var out strings.Builder
	out.WriteString(b.lines[from.Line].s[from.Byte:])
	for i := from.Line + 1; i < to.Line; i++ {
		out.WriteByte('\n')
		out.WriteString(b.lines[i].s)
	}
	out.WriteByte('\n')
	out.WriteString(b.lines[to.Line].s[:to.Byte])
	return out.String()
}

// replace puts ins in the place of what is between two places and returns where
// it ends.
func (b *buffer) replace(from, to Pos, ins string) Pos {
	head, tail := b.lines[from.Line].s[:from.Byte], b.lines[to.Line].s[to.Byte:]
	if from.Line == to.Line && !strings.Contains(ins, "\n") {
		l := &b.lines[from.Line]
		s := head + ins + tail
		end := from.Byte + len(ins)
		if l.rows != nil && len(s) > 2048 {
			l.rows = rewrap(s, b.width, l.rows, from.Byte, to.Byte, end)
		} else {
			l.rows = nil
		}
		l.s = s
		return Pos{from.Line, end}
	}
	parts := strings.Split(ins, "\n")
	n := len(parts) - 1
	end := Pos{from.Line + n, len(parts[n])}
	if n == 0 {
		end.Byte += from.Byte
	}
	parts[0] = head + parts[0]
	parts[n] += tail
	if cut := to.Line - from.Line; n > cut {
		b.lines = append(b.lines, make([]bufLine, n-cut)...)
		copy(b.lines[to.Line+1+n-cut:], b.lines[to.Line+1:len(b.lines)-(n-cut)])
	} else if n < cut {
		copy(b.lines[from.Line+n+1:], b.lines[to.Line+1:])
		tail := b.lines[len(b.lines)-(cut-n):]
		clear(tail)
		b.lines = b.lines[:len(b.lines)-(cut-n)]
	}
	for i, p := range parts {
		b.lines[from.Line+i] = bufLine{s: p}
	}
	return end
}

// after returns where s ends when it is put at p.
func after(p Pos, s string) Pos {
	n := strings.Count(s, "\n")
	if n == 0 {
		return Pos{p.Line, p.Byte + len(s)}
	}
	return Pos{p.Line + n, len(s) - strings.LastIndexByte(s, '\n') - 1}
}

// pos turns a byte of the whole text into a place, offset a place into a byte.
func (b *buffer) pos(offset int) Pos {
	for i := range b.lines {
		n := len(b.lines[i].s)
		if offset <= n {
			return Pos{i, max(0, offset)}
		}
		offset -= n + 1
	}
	return b.last()
}

func (b *buffer) offset(p Pos) int {
	n := p.Byte
	for i := range p.Line {
		n += len(b.lines[i].s) + 1
	}
	return n
}
