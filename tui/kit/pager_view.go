package kit

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
)

// search is the search of a pager.
type search struct {
	in     *Input
	typing bool
	re     *regexp.Regexp
	hits   []span
	cur    int
	stale  bool // hits are of another text
}

// height is the number of rows that the search takes.
func (s *search) height() int {
	if s.typing || s.re != nil {
		return 1
	}
	return 0
}

// Typing reports whether the search is being typed: all keys are the pager's.
func (p *Pager) Typing() bool { return p.search.typing }

// Search highlights a term and goes to the first match from here on. It returns
// the number of matches.
func (p *Pager) Search(term string) int {
	s := &p.search
	if string(s.in.Value()) != term {
		s.in.SetValue(text.Raw(term))
	}
	s.re, s.hits, s.stale, p.drawn = finder(term), nil, true, false
	p.refind()
	if len(s.hits) > 0 {
		at := 0
		if p.top < len(p.rows) {
			at = int(p.rows[p.top].from)
		}
		s.cur = sort.Search(len(s.hits), func(i int) bool { return s.hits[i].from >= at }) % len(s.hits)
		p.showHit()
	}
	p.top = max(0, min(p.top, p.bottom()))
	return len(s.hits)
}

// maxHits bounds the matches that are kept.
const maxHits = 100_000

func (p *Pager) refind() {
	s := &p.search
	if !s.stale {
		return
	}
	s.stale, s.hits = false, nil
	if s.re == nil {
		return
	}
	for _, m := range s.re.FindAllStringIndex(p.all, maxHits) {
		s.hits = append(s.hits, span{m[0], m[1]})
	}
	s.cur = max(0, min(s.cur, len(s.hits)-1))
}

// findTail searches what was appended after byte old, and a little before it.
func (p *Pager) findTail(old int) {
	s := &p.search
	if s.stale || s.re == nil || len(s.hits) >= maxHits {
		return
	}
	from := max(0, old-4*near)
	for from > 0 && !utf8.RuneStart(p.all[from]) {
		from--
	}
	n := sort.Search(len(s.hits), func(i int) bool { return s.hits[i].to > from })
	if n < len(s.hits) {
		from = s.hits[n].from
	}
	s.hits = s.hits[:n]
	for _, m := range s.re.FindAllStringIndex(p.all[from:], maxHits-n) {
		s.hits = append(s.hits, span{from + m[0], from + m[1]})
	}
}

// NextMatch goes to the next match, PrevMatch to the one before, around the end.
func (p *Pager) NextMatch() { p.stepHit(1) }

// PrevMatch goes to the match before.
func (p *Pager) PrevMatch() { p.stepHit(-1) }

func (p *Pager) stepHit(by int) {
	p.refind()
	if n := len(p.search.hits); n > 0 {
		p.search.cur = (p.search.cur + by + n) % n
		p.showHit()
	}
}

func (p *Pager) showHit() {
	row := p.rowAt(p.search.hits[p.search.cur].from)
	if row < p.top || row >= p.top+p.page() {
		p.top = max(0, min(row-p.page()/3, p.bottom()))
	}
	p.follow, p.drawn = false, false
}

// Update scrolls and searches, and reports whether the message was of use.
func (p *Pager) Update(msg tea.Msg) (used bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if p.search.typing {
			p.typeSearch(msg)
			return true
		}
		return p.key(msg.String())
	case tea.PasteMsg:
		if p.search.typing {
			p.search.in.Update(msg)
			p.drawn = false
			return true
		}
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			p.scrollTo(p.top - 3)
		case tea.MouseWheelDown:
			p.scrollTo(p.top + 3)
		default:
			return false
		}
		return true
	}
	return false
}

func (p *Pager) key(k string) bool {
	switch k {
	case "up", "k":
		p.scrollTo(p.top - 1)
	case "down", "j":
		p.scrollTo(p.top + 1)
	case "pgup":
		p.scrollTo(p.top - p.page() + 1)
	case "pgdown", "space":
		p.scrollTo(p.top + p.page() - 1)
	case "home", "g":
		p.scrollTo(0)
	case "end", "G":
		p.scrollTo(p.bottom())
	case "/":
		p.StartSearch()
	case "n":
		if p.search.re == nil {
			return false
		}
		p.NextMatch()
	case "N":
		if p.search.re == nil {
			return false
		}
		p.PrevMatch()
	case "esc":
		if p.search.re == nil {
			return false
		}
		p.Search("")
	default:
		return false
	}
	return true
}

// StartSearch opens the search for typing, as the key / does.
func (p *Pager) StartSearch() {
	p.search.typing, p.drawn = true, false
	p.search.in.SelectAll()
}

func (p *Pager) typeSearch(msg tea.KeyPressMsg) {
	p.drawn = false
	switch msg.String() {
	case "enter":
		p.search.typing = false
		p.Search(string(p.search.in.Value()))
	case "esc":
		p.search.typing = false
		p.Search("")
	default:
		p.search.in.Update(msg)
	}
}

func (p *Pager) scrollTo(row int) {
	p.top = max(0, min(row, p.bottom()))
	p.follow = p.follow && p.top == p.bottom()
	p.drawn = false
}

// gutter is the width of everything before the text: name, number, bar, space.
func (p *Pager) gutter() int {
	if p.bare {
		return 0
	}
	g := 2
	if p.heated() {
		g++
	}
	if p.label > 0 && p.w >= 40 {
		g += p.label + 1
	}
	if p.numbers && p.w >= 30 {
		g += p.digits() + 1
	}
	return g
}

func (p *Pager) digits() int { return max(3, len(strconv.Itoa(strings.Count(p.all, "\n")+1))) }

func (p *Pager) textWidth() int { return max(1, p.w-p.gutter()) }

// SearchCursor is where the terminal's cursor stands while the search is typed.
func (p *Pager) SearchCursor() *tea.Cursor {
	if !p.search.typing {
		return nil
	}
	c := p.search.in.Cursor()
	if c != nil {
		c.X += 2
		c.Y = p.h - 1
	}
	return c
}

// View draws the pager.
func (p *Pager) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	if !p.drawn {
		p.view, p.drawn = p.draw(), true
	}
	return p.view
}

func (p *Pager) draw() string {
	if p.all == "" {
		return Fill("\n"+indent(Para(text.Of(p.empty), max(1, p.w-4), p.st.Faint, p.st.Mark), 2), p.w, p.h)
	}
	p.refind()
	var b strings.Builder
	body := p.h - p.search.height()
	digits := 0
	if p.numbers && p.w >= 30 && !p.bare {
		digits = p.digits()
	}
	names := p.label > 0 && p.w >= 40 && !p.bare
	for y := range body {
		if y > 0 {
			b.WriteByte('\n')
		}
		if p.top+y >= len(p.rows) {
			b.WriteString(spaces(p.w))
			continue
		}
		p.row(&b, p.top+y, y, digits, names)
	}
	if p.search.height() > 0 {
		if body > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.searchLine())
	}
	if p.w <= p.gutter() {
		return Fill(b.String(), p.w, p.h)
	}
	return b.String()
}

func (p *Pager) row(b *strings.Builder, i, y, digits int, names bool) {
	r := p.rows[i]
	n := p.segOf(i)
	gut := p.inks[n].gutter
	if names {
		name := text.Shown{}
		if y == 0 || !p.named(i) {
			name = text.Of(p.doc[n].Gutter).Truncate(p.label)
		}
		gut.write(b, name.String())
		b.WriteString(spaces(p.label - name.Width() + 1))
	}
	if digits > 0 {
		num := ""
		if r.line > 0 {
			num = strconv.Itoa(int(r.line))
		}
		b.WriteString(spaces(digits - len(num)))
		p.text.faint.write(b, num)
		b.WriteByte(' ')
	}
	if gut.on == "" {
		gut = p.text.faint
	}
	if p.heated() {
		from, to := p.lineOf(i)
		glyph, level := HeatCell(p.heat.between(from, to), p.Hottest())
		p.heatInk(level).write(b, glyph)
	}
	if !p.bare {
		gut.write(b, "▎")
		b.WriteByte(' ')
	}
	p.words(b, int(r.from), int(r.to), n)
}

// segOf is the segment that a row begins in. An empty line belongs to who wrote
// its line feed.
func (p *Pager) segOf(i int) int {
	r := p.rows[i]
	if r.from == r.to && r.line != 0 {
		return p.seg(min(int(r.from), max(0, len(p.all)-1)))
	}
	return p.seg(int(r.from))
}

// named reports whether the name of a row's segment stands above it already.
func (p *Pager) named(i int) bool {
	if i == 0 {
		return false
	}
	n, up := p.segOf(i), p.segOf(i-1)
	return p.doc[n].Gutter == p.doc[up].Gutter && p.inks[n].gutter == p.inks[up].gutter
}

// words draws the text of a row, from byte to byte, beginning in segment n.
func (p *Pager) words(b *strings.Builder, from, to, n int) {
	w := p.textWidth()
	hits := p.hitsIn(from, to)
	next := len(p.all)
	if n+1 < len(p.starts) {
		next = p.starts[n+1]
	}
	if s := p.all[from:to]; len(hits) == 0 && to <= next && to-from <= w && isPlain(s) {
		p.inks[n].text.write(b, s)
		b.WriteString(spaces(w - len(s)))
		return
	}
	var out strings.Builder
	col := 0
	for i := from; i < to; {
		seg, kind := p.seg(i), kindAt(hits, i)
		start, startCol := i, col
		for i < to && kindAt(hits, i) == kind && p.seg(i) == seg {
			size, cells := text.Step(p.all[i:to], col)
			i += size
			col += cells
		}
		style := p.inks[seg].text
		if kind != kindText {
			style = p.text.kinds[kind]
		}
		style.writeShown(&out, text.ShowAt(text.Raw(p.all[start:i]), startCol), p.text.mark)
	}
	b.WriteString(clip(out.String(), w, col))
}

// hitsIn returns the matches and the span pointed out in a row.
func (p *Pager) hitsIn(from, to int) []stretch {
	var out []stretch
	if p.hot.from < p.hot.to && p.hot.from < to && p.hot.to > from {
		out = append(out, stretch{p.hot.from, p.hot.to, kindSelected})
	}
	for _, h := range p.hots {
		if h.from < h.to && h.from < to && h.to > from {
			out = append(out, stretch{h.from, h.to, kindSelected})
		}
	}
	hits := p.search.hits
	for i := sort.Search(len(hits), func(i int) bool { return hits[i].to > from }); i < len(hits) && hits[i].from < to; i++ {
		kind := kindMatch
		if i == p.search.cur {
			kind = kindMatchNow
		}
		out = append(out, stretch{hits[i].from, hits[i].to, kind})
	}
	return out
}

func (p *Pager) searchLine() string {
	key, faint := newInk(p.st.Key), newInk(p.st.Faint)
	if p.search.typing {
		return Fit(key.text("/")+" "+p.search.in.View(), p.w)
	}
	count := "no match"
	if n := len(p.search.hits); n > 0 {
		count = fmt.Sprintf("%d of %d", p.search.cur+1, n)
	}
	left := key.text("/") + " " + Render(text.Show(p.search.in.Value()).Truncate(max(1, p.w/2)), p.st.Text, p.st.Mark)
	return Fit(left+"  "+faint.text(count+" · n next · N previous · esc clear"), p.w)
}
