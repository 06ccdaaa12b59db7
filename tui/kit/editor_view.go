package kit

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// visualOf is the row on which a place is drawn.
func (e *Editor) visualOf(p Pos) visual { return visual{p.Line, rowOf(e.buf.rows(p.Line), p.Byte)} }

// down returns the row n below v, up the one n above, as far as there are any.
func (e *Editor) down(v visual, n int) visual {
	for n > 0 {
		left := len(e.buf.rows(v.line)) - 1 - v.row
		if n <= left {
			return visual{v.line, v.row + n}
		}
		if v.line == len(e.buf.lines)-1 {
			return visual{v.line, v.row + left}
		}
		n -= left + 1
		v = visual{v.line + 1, 0}
	}
	return v
}

func (e *Editor) up(v visual, n int) visual {
	for n > 0 {
		if n <= v.row {
			return visual{v.line, v.row - n}
		}
		if v.line == 0 {
			return visual{}
		}
		n -= v.row + 1
		v.line--
		v.row = len(e.buf.rows(v.line)) - 1
	}
	return v
}

func (v visual) before(o visual) bool { return v.line < o.line || v.line == o.line && v.row < o.row }

// bounds are the bytes of a row.
func (e *Editor) bounds(v visual) (from, to int) {
	rows := e.buf.rows(v.line)
	if v.row == len(rows)-1 {
		return int(rows[v.row]), len(e.buf.lines[v.line].s)
	}
	return int(rows[v.row]), int(rows[v.row+1])
}

// column is the cell in which a place of a row is drawn.
func (e *Editor) column(v visual, at int) int {
	from, _ := e.bounds(v)
	s, col := e.buf.lines[v.line].s, 0
	for i := from; i < at; {
		n, w := text.Step(s[i:], col)
		col += w
		i += n
	}
	return col
}

// inRow is the place in a row that is drawn in a column, or the nearest.
func (e *Editor) inRow(v visual, want int) Pos {
	from, to := e.bounds(v)
	var last int
	if to == len(e.buf.lines[v.line].s) {
		last = e.buf.end(v.line)
	} else {
		last = e.buf.prev(Pos{v.line, to}).Byte
	}
	s, col, i := e.buf.lines[v.line].s, 0, from
	for i < last {
		n, w := text.Step(s[i:], col)
		if col+w > want {
			if want-col > w/2 && i+n <= last {
				i += n
			}
			break
		}
		col += w
		i += n
	}
	return Pos{v.line, i}
}

// at is the place under a cell of the editor.
func (e *Editor) at(x, y int) Pos {
	return e.inRow(e.down(e.top, max(0, min(y, e.h-1))), max(0, x-e.gutter()))
}

// reveal scrolls as little as it takes to see the caret.
func (e *Editor) reveal() {
	e.drawn = false
	if e.h <= 0 {
		return
	}
	v := e.visualOf(e.caret)
	e.top = e.sane(e.top)
	if v.before(e.top) {
		e.top = v
	} else if low := e.up(v, e.h-1); e.top.before(low) {
		e.top = low
	}
}

// sane brings a row back into the text after it changed.
func (e *Editor) sane(v visual) visual {
	if v.line >= len(e.buf.lines) {
		v = visual{len(e.buf.lines) - 1, 0}
	}
	return visual{v.line, min(v.row, len(e.buf.rows(v.line))-1)}
}

func (e *Editor) visible() bool {
	v := e.visualOf(e.caret)
	return !v.before(e.top) && !e.down(e.top, e.h-1).before(v)
}

// scroll moves the view and leaves the caret where it is.
func (e *Editor) scroll(by int) {
	e.drawn = false
	if by < 0 {
		e.top = e.up(e.top, -by)
		return
	}
	end := visual{len(e.buf.lines) - 1, 0}
	end.row = len(e.buf.rows(end.line)) - 1
	low := e.up(end, e.h-1)
	if e.top = e.down(e.top, by); low.before(e.top) {
		e.top = low
	}
}

// gutter is the width of the line numbers, the space after them included.
func (e *Editor) gutter() int {
	if !e.numbers || e.w < 20 {
		return 0
	}
	return max(3, len(strconv.Itoa(len(e.buf.lines)))) + 1
}

func (e *Editor) textWidth() int { return max(1, e.w-e.gutter()) }

// Cursor is where the terminal's cursor stands, relative to the editor; nil when
// it has no focus or is out of sight.
func (e *Editor) Cursor() *tea.Cursor {
	if e.focus && e.bar != nil {
		return e.bar.cursor(e)
	}
	if !e.focus || e.w <= 0 || e.h <= 0 || !e.visible() {
		return nil
	}
	v, y := e.visualOf(e.caret), 0
	for t := e.top; t != v; t = e.down(t, 1) {
		y++
	}
	x := min(e.column(v, e.caret.Byte), e.textWidth()-1)
	c := tea.NewCursor(e.gutter()+x, y)
	c.Shape = tea.CursorBar
	return c
}

// Progress says how far the view is down the text, from 0 to 1.
func (e *Editor) Progress() float64 {
	if n := len(e.buf.lines) - 1; n > 0 {
		return float64(e.caret.Line) / float64(n)
	}
	return 1
}

// View draws the editor.
func (e *Editor) View() string {
	if e.w <= 0 || e.tall <= 0 {
		return ""
	}
	if e.drawn {
		return e.view
	}
	e.view, e.drawn = "", true
	if e.h > 0 {
		e.view = e.draw()
	}
	if e.bar != nil {
		e.view = Stack(e.view, e.bar.draw(e))
	}
	return e.view
}

func (e *Editor) draw() string {
	if e.hint != "" && len(e.buf.lines) == 1 && e.buf.lines[0].s == "" {
		return Fill(spaces(e.gutter())+Para(text.Of(e.hint), e.textWidth(), e.st.Faint, e.st.Mark), e.w, e.h)
	}
	var b strings.Builder
	gutter := e.gutter()
	v, more := e.sane(e.top), true
	for y := range e.h {
		if y > 0 {
			b.WriteByte('\n')
		}
		if !more {
			b.WriteString(spaces(e.w))
			continue
		}
		if gutter > 0 {
			e.number(&b, v, gutter)
		}
		e.row(&b, v)
		next := e.down(v, 1)
		more = next != v
		v = next
	}
	return b.String()
}

func (e *Editor) number(b *strings.Builder, v visual, gutter int) {
	if v.row > 0 {
		b.WriteString(spaces(gutter))
		return
	}
	n := strconv.Itoa(v.line + 1)
	style := e.ink.faint
	if v.line == e.caret.Line && e.focus {
		style = e.ink.accent
	}
	b.WriteString(spaces(gutter - 1 - len(n)))
	style.write(b, n)
	b.WriteByte(' ')
}

// editorInk is the styles of an editor, taken apart once.
type editorInk struct {
	text, mark, faint, accent ink
	kinds                     [kindCount]ink
}

// The kinds of stretches in a row; a later one goes over an earlier one.
const (
	kindText = iota
	kindKey
	kindString
	kindNumber
	kindWord
	kindKnown
	kindUnknown
	kindMatch
	kindMatchNow
	kindSelected
	kindCount
)

func newEditorInk(st *themes.Styles) editorInk {
	i := editorInk{text: newInk(st.Text), mark: newInk(st.Mark), faint: newInk(st.Faint), accent: newInk(st.Accent)}
	i.kinds = [kindCount]ink{
		newInk(st.Text), newInk(st.SynKey), newInk(st.SynString), newInk(st.SynNumber), newInk(st.SynWord), newInk(st.Variable), newInk(st.Unknown), newInk(st.Match), newInk(st.MatchNow), newInk(st.Selection),
	}
	return i
}

// stretch is some bytes of a line that are drawn alike.
type stretch struct{ from, to, kind int }

// row draws one row, exactly as wide as the text.
func (e *Editor) row(b *strings.Builder, v visual) {
	from, to := e.bounds(v)
	s, w := e.buf.lines[v.line].s, e.textWidth()
	spans := e.stretches(v.line, from, to)
	if len(spans) == 0 && isPlain(s[from:to]) && to-from <= w {
		e.ink.text.write(b, s[from:to])
		b.WriteString(spaces(w - (to - from)))
		return
	}
	var out strings.Builder
	col := 0
	for i := from; i < to; {
		kind, start, startCol := kindAt(spans, i), i, col
		for i < to && kindAt(spans, i) == kind {
			n, cells := text.Step(s[i:], col)
			i += n
			col += cells
		}
		i = min(i, to)
		e.ink.kinds[kind].writeShown(&out, text.ShowAt(text.Raw(s[start:i]), startCol), e.ink.mark)
	}
	if e.breakSelected(v, to) && col < w {
		e.ink.kinds[kindSelected].write(&out, " ")
		col++
	}
	b.WriteString(clip(out.String(), w, col))
}

func kindAt(spans []stretch, at int) int {
	k := kindText
	for _, s := range spans {
		if at >= s.from && at < s.to && s.kind > k {
			k = s.kind
		}
	}
	return k
}

// breakSelected reports whether the line feed after a row is selected.
func (e *Editor) breakSelected(v visual, to int) bool {
	if !e.sel || to != len(e.buf.lines[v.line].s) || v.line == len(e.buf.lines)-1 {
		return false
	}
	a, b := e.span()
	p := Pos{v.line, e.buf.end(v.line)}
	return !p.Before(a) && p.Before(b)
}

// rowFrom draws the only row of a field of one line, from some cell on, and
// returns how many cells it drew: w, or one more where the last character is
// wide, or less.
func (e *Editor) rowFrom(b *strings.Builder, off, w int) int {
	s, col, from := e.buf.lines[0].s, 0, 0
	for from < len(s) && col < off {
		n, cells := text.Step(s[from:], col)
		from += n
		col += cells
	}
	start := col
	b.WriteString(spaces(start - off)) // half a wide character is out of sight
	end := from
	for end < len(s) && col < off+w {
		n, cells := text.Step(s[end:], col)
		end += n
		col += cells
	}
	spans := e.stretches(0, from, end)
	at := start
	for i := from; i < end; {
		kind, first, firstCol := kindAt(spans, i), i, at
		for i < end && kindAt(spans, i) == kind {
			n, cells := text.Step(s[i:], at)
			i += n
			at += cells
		}
		e.ink.kinds[kind].writeShown(b, text.ShowAt(text.Raw(s[first:i]), firstCol), e.ink.mark)
	}
	return col - off
}
