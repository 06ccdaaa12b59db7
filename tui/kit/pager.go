package kit

import (
	"sort"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/themes"
)

// Segment is a part of a Doc that is drawn in one style.
type Segment struct {
	ID          int      // what GotoSegment looks for
	Text        text.Raw // drawn through text.Show
	Style       lipgloss.Style
	Gutter      string // a short name of ours, in the gutter of its first row
	GutterStyle lipgloss.Style
	Break       bool // begins in a row of its own, whatever stands before
	// Heat is what each line of Text weighs, for a column that shows where the weight
	// is; nil: nothing.
	Heat []int
}

// Doc is what a Pager shows: the texts of all segments, one after the other.
type Doc []Segment

// Pager reads a Doc: wrapped once for each width, with a gutter that text can't
// draw in, search, and jumps. Where a segment does not begin after a line feed
// it goes on in the row of the one before. The zero value is not ready; see
// NewPager.
type Pager struct {
	st      *themes.Styles
	doc     Doc
	starts  []int // of each segment in all
	all     string
	rows    []pageRow
	w, h    int
	top     int
	focus   bool
	numbers bool
	label   int // width of the widest gutter name
	wrapped int // the width that rows were wrapped at
	empty   string

	search search
	inks   []segInk
	text   editorInk
	view   string
	drawn  bool
	follow bool
	hot    span   // what GotoOffset points out
	hots   []span // what PointOut points out besides
	bare   bool   // there is no gutter
	heat   heat
}

type (
	pageRow struct {
		from, to int32
		line     int32 // the number of the line that begins here, or 0
	}
	segInk struct{ text, gutter ink }
	span   struct{ from, to int }
)

// NewPager makes an empty pager that has focus.
func NewPager(st *themes.Styles) *Pager {
	p := &Pager{st: st, focus: true, empty: "nothing here yet"}
	p.text = newEditorInk(st)
	p.search.in = NewInput(st)
	p.search.in.SetPlaceholder("words to find")
	return p
}

// SetStyles changes the theme. The styles of segments are their maker's.
func (p *Pager) SetStyles(st *themes.Styles) {
	p.st, p.text, p.drawn = st, newEditorInk(st), false
	p.search.in.SetStyles(st)
}

// SetDoc replaces what is shown and goes to its beginning.
func (p *Pager) SetDoc(d Doc) {
	p.doc, p.top, p.hot, p.hots = d, 0, span{}, nil
	p.load()
}

// ReplaceDoc replaces what is shown and stays at the same row.
func (p *Pager) ReplaceDoc(d Doc) {
	p.doc = d
	p.load()
}

// SetText shows a single text without a gutter name.
func (p *Pager) SetText(r text.Raw) {
	p.SetDoc(Doc{{Text: r, Style: p.st.Text, GutterStyle: p.st.Rule}})
}

// Append adds text to the last segment, as a stream does: only its last line is
// wrapped again. A pager that stands at the end stays there.
func (p *Pager) Append(r text.Raw) {
	if len(p.doc) == 0 || r == "" {
		return
	}
	p.doc[len(p.doc)-1].Text += r
	p.all += string(r)
	keep := len(p.rows)
	for keep > 0 && p.rows[keep-1].line == 0 {
		keep--
	}
	p.wrapFrom(max(0, keep-1))
	p.findTail(len(p.all) - len(r))
	if p.follow {
		p.top = p.bottom()
	}
	p.drawn = false
}

// SetFollow keeps the end in sight while text is appended.
func (p *Pager) SetFollow(on bool) {
	p.follow, p.drawn = on, false
	if on {
		p.top = p.bottom()
	}
}

// SetNumbers shows or hides line numbers.
func (p *Pager) SetNumbers(on bool) {
	p.numbers = on
	p.rewrap()
}

// SetEmpty says what is written where there is no text.
func (p *Pager) SetEmpty(s string) { p.empty, p.drawn = s, false }

// SetFocus says whether the pager has focus.
func (p *Pager) SetFocus(on bool) { p.focus, p.drawn = on, false }

// Resize gives the pager its size.
func (p *Pager) Resize(w, h int) {
	p.w, p.h = max(0, w), max(0, h)
	p.search.in.Resize(max(1, p.w-16))
	p.rewrap()
}

// load joins the segments and wraps them.
func (p *Pager) load() {
	n := 0
	for _, s := range p.doc {
		n += len(s.Text)
	}
	var b strings.Builder
	b.Grow(n)
	p.starts, p.inks, p.label = p.starts[:0], p.inks[:0], 0
	for _, s := range p.doc {
		p.starts = append(p.starts, b.Len())
		p.inks = append(p.inks, segInk{newInk(s.Style), newInk(s.GutterStyle)})
		p.label = max(p.label, min(maxLabel, text.Of(s.Gutter).Width()))
		b.WriteString(string(s.Text))
	}
	p.all = b.String()
	p.weigh()
	p.search.stale = true
	p.wrapped = 0
	p.rewrap()
}

// maxLabel is the room that names have in the gutter.
const maxLabel = 12

// rewrap wraps all, if the width is another, and keeps the first row in sight.
func (p *Pager) rewrap() {
	p.drawn = false
	w := p.textWidth()
	if w == p.wrapped {
		p.top = max(0, min(p.top, p.bottom()))
		return
	}
	at := 0
	if p.top < len(p.rows) {
		at = int(p.rows[p.top].from)
	}
	p.wrapped = w
	p.wrapFrom(0)
	p.top = p.rowAt(at)
	if p.follow {
		p.top = p.bottom()
	}
	p.top = max(0, min(p.top, p.bottom()))
}

// wrapFrom wraps again from a row that begins a line.
func (p *Pager) wrapFrom(row int) {
	at, line := 0, int32(1)
	if row < len(p.rows) {
		at, line = int(p.rows[row].from), p.rows[row].line
	}
	p.rows = p.rows[:min(row, len(p.rows))]
	w := max(1, p.wrapped)
	for at < len(p.all) {
		end := len(p.all)
		if i := strings.IndexByte(p.all[at:], '\n'); i >= 0 {
			end = at + i
		}
		stop := p.breakBefore(at, end)
		n := line
		for i := at; ; {
			next := stop
			if i < stop {
				next = i + nextRow(p.all[i:stop], 0, w)
			}
			p.rows = append(p.rows, pageRow{int32(i), int32(next), n})
			n = 0
			if next >= stop {
				break
			}
			i = next
		}
		line++
		if stop == end && end < len(p.all) {
			stop++ // the line feed
		}
		at = stop
	}
}

// breakBefore returns the start of the first segment that begins a row of its
// own between two places, or the second place.
func (p *Pager) breakBefore(at, end int) int {
	i := sort.SearchInts(p.starts, at+1)
	for ; i < len(p.starts) && p.starts[i] < end; i++ {
		if p.doc[i].Break {
			return p.starts[i]
		}
	}
	return end
}

// seg is the segment that a byte belongs to.
func (p *Pager) seg(at int) int {
	i := sort.SearchInts(p.starts, at+1) - 1
	for i > 0 && i < len(p.doc) && p.doc[i].Text == "" {
		i--
	}
	return max(0, i)
}

// rowAt is the row that a byte is drawn in.
func (p *Pager) rowAt(at int) int {
	return max(0, sort.Search(len(p.rows), func(i int) bool { return int(p.rows[i].from) > at })-1)
}

// Segment returns the ID of the segment of the first row in sight.
func (p *Pager) Segment() int {
	if len(p.doc) == 0 || p.top >= len(p.rows) {
		return 0
	}
	return p.doc[p.seg(int(p.rows[p.top].from))].ID
}

// GotoSegment brings the first segment with an ID to the top.
func (p *Pager) GotoSegment(id int) bool { return p.GotoOffset(id, 0) }

// GotoOffset brings a byte of the first segment with an ID into sight.
func (p *Pager) GotoOffset(id, at int) bool { return p.GotoSpan(id, at, at) }

// GotoSpan brings bytes of the first segment with an ID into sight and points
// them out.
func (p *Pager) GotoSpan(id, from, to int) bool {
	for i, s := range p.doc {
		if s.ID != id {
			continue
		}
		from, to = max(0, min(from, len(s.Text))), max(0, min(to, len(s.Text)))
		p.hot, p.hots = span{p.starts[i] + from, p.starts[i] + to}, nil
		row := p.rowAt(p.hot.from)
		if from > 0 || to > from {
			row -= p.page() / 3
		}
		p.top = max(0, min(row, p.bottom()))
		p.follow, p.drawn = false, false
		return true
	}
	return false
}

// Progress says how far down the text the view is, from 0 to 1.
func (p *Pager) Progress() float64 {
	if b := p.bottom(); b > 0 {
		return float64(p.top) / float64(b)
	}
	return 1
}

// AtEnd reports whether the last row is in sight.
func (p *Pager) AtEnd() bool { return p.top >= p.bottom() }

// Rows is the number of rows of the whole text.
func (p *Pager) Rows() int { return len(p.rows) }

// page is the number of rows of text in sight.
func (p *Pager) page() int { return max(1, p.h-p.search.height()) }

func (p *Pager) bottom() int { return max(0, len(p.rows)-p.page()) }
