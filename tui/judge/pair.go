package judge

import (
	"context"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// zoom is what has the whole of the room for a while.
type zoom int

const (
	zoomNone  zoom = iota
	zoomInput      // an input that does not fit above the answers
	zoomGuide      // the guideline, where there is no room beside the answers
)

// pair is an input with two answers to it, or one. Both are drawn alike and
// scroll as one; it knows nothing of who wrote them but the titles it is given.
type pair struct {
	st          *themes.Styles
	single      bool
	vars        []session.Var
	input       *kit.Pager
	guide       *kit.Pager
	left, right *side
	zoom        zoom
	markdown    bool // asked for
	differ      bool // what differs is pointed out
	ops         []text.DiffOp
	top         int // rows of the answers that are above them
	a           areas
}

// side is one answer.
type side struct {
	title text.Shown
	raw   text.Raw
	page  *kit.Pager
	at    int // the row of page that is on top
	h     int
	made  []string // laid out as Markdown, for madeW cells
	madeW int
	lines []string // the same, broken once more where there is less room
	laid  bool
}

func newPair(st *themes.Styles, vars []session.Var, left, right text.Raw, single bool) *pair {
	p := &pair{st: st, single: single, vars: vars, input: kit.NewPager(st), guide: kit.NewPager(st)}
	p.left = &side{title: text.Of("LEFT"), raw: left, page: kit.NewPager(st)}
	p.right = &side{title: text.Of("RIGHT"), raw: right, page: kit.NewPager(st)}
	if single {
		p.left.title = text.Of("ANSWER")
	}
	p.input.SetEmpty("no input")
	p.fill()
	return p
}

func (p *pair) sides() []*side {
	if p.single {
		return []*side{p.left}
	}
	return []*side{p.left, p.right}
}

// restyle draws all in another theme.
func (p *pair) restyle(st *themes.Styles) {
	p.st = st
	for _, pg := range []*kit.Pager{p.input, p.guide, p.left.page, p.right.page} {
		pg.SetStyles(st)
	}
	p.fill()
	for _, s := range p.sides() {
		s.laid = false
	}
}

// fill puts the texts into their pagers.
func (p *pair) fill() {
	var d kit.Doc
	for i, v := range p.vars {
		d = append(d, kit.Segment{ID: i, Text: v.Value, Style: p.st.Text, Gutter: v.Name.String(), GutterStyle: p.st.Dim, Break: true})
	}
	p.input.SetDoc(d)
	p.texts()
}

// texts puts the answers into their pagers, with what differs pointed out where
// that was asked for: in the same way on both sides, for neither is the original.
func (p *pair) texts() {
	plain := func(r text.Raw) kit.Doc { return kit.Doc{{Text: r, Style: p.st.Text, GutterStyle: p.st.Rule}} }
	l, r := plain(p.left.raw), plain(p.right.raw)
	if p.differ && p.ops != nil {
		l, r = nil, nil
		hot := p.st.Match.Underline(true)
		for _, o := range p.ops {
			seg := kit.Segment{Text: o.Text, Style: p.st.Text, GutterStyle: p.st.Rule}
			if o.Kind != text.Same {
				seg.Style = hot
			}
			if o.Kind != text.Ins {
				l = append(l, seg)
			}
			if o.Kind != text.Del {
				r = append(r, seg)
			}
		}
	}
	p.left.page.SetEmpty("an answer without a word")
	p.right.page.SetEmpty("an answer without a word")
	p.left.set(l)
	p.right.set(r)
	p.scroll(0)
}

func (s *side) set(d kit.Doc) {
	s.page.SetDoc(d)
	s.at = 0
}

// reading reports whether both sides are seen as Markdown: never one alone.
func (p *pair) reading() bool {
	return p.markdown && !p.differ && p.left.laid && (p.single || p.right.laid)
}

func (p *pair) rows(s *side) int {
	if p.reading() {
		return len(s.lines)
	}
	return s.page.Rows()
}

// bottom is the furthest that the answers scroll: until the longer one ends.
func (p *pair) bottom() int {
	n := 0
	for _, s := range p.sides() {
		n = max(n, p.rows(s)-s.h)
	}
	return n
}

// scroll moves both.
func (p *pair) scroll(by int) {
	p.top = max(0, min(p.top+by, p.bottom()))
	for _, s := range p.sides() {
		s.goTo(max(0, min(p.top, s.page.Rows()-s.h)))
	}
}

var (
	keyHome = tea.KeyPressMsg{Code: tea.KeyHome}
	keyDown = tea.KeyPressMsg{Code: tea.KeyDown}
	keyUp   = tea.KeyPressMsg{Code: tea.KeyUp}
	keyPage = tea.KeyPressMsg{Code: tea.KeyPgDown}
)

// goTo brings a row of the page to the top.
func (s *side) goTo(row int) {
	if s.at-row > 64 {
		s.page.Update(keyHome)
		s.at = 0
	}
	for step := s.h - 1; step > 1 && row-s.at >= step; s.at += step {
		s.page.Update(keyPage)
	}
	for ; s.at < row; s.at++ {
		s.page.Update(keyDown)
	}
	for ; s.at > row; s.at-- {
		s.page.Update(keyUp)
	}
}

// resize gives a side its rectangle below its title.
func (s *side) resize(r rect) {
	s.page.Resize(r.w, r.h)
	s.h = max(1, r.h)
	s.page.Update(keyHome)
	s.at = 0
}

// update scrolls what has the room.
func (p *pair) update(msg tea.Msg) {
	switch p.zoom {
	case zoomInput:
		p.input.Update(scrolling(msg))
		return
	case zoomGuide:
		p.guide.Update(scrolling(msg))
		return
	}
	page := max(1, p.left.h-1)
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		p.scroll(map[string]int{
			"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -page, "pgdown": page, "space": page, "home": -1 << 30, "end": 1 << 30,
		}[m.String()])
	case tea.MouseWheelMsg:
		if p.a.beside && m.X >= p.a.guide.x { // it may be longer than it is high
			p.guide.Update(msg)
			return
		}
		p.scroll(map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[m.Button])
	}
}

// scrolling is a message that scrolls, and nothing else that a pager knows.
func scrolling(msg tea.Msg) tea.Msg {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "up", "down", "k", "j", "pgup", "pgdown", "space", "home", "end":
			return msg
		}
		return nil
	}
	return msg
}

type (
	markdownMsg struct {
		of          *pair
		w           int
		theme       string
		left, right []string
	}
	diffMsg struct {
		of  *pair
		ops []text.DiffOp
	}
)

// layOut lays both answers out as Markdown, where that is how they are looked at.
func (s *Screen) layOut() tea.Cmd {
	p := s.pair
	if p == nil {
		return nil
	}
	p.markdown = s.looks.markdown
	if !p.markdown || p.left.laid {
		p.scroll(0)
		return nil
	}
	st := *s.deps.Styles
	w := max(8, p.a.left.w-2)
	l, r, single := p.left.raw, p.right.raw, p.single
	return s.ask(askMarkdown, func(context.Context) tea.Msg {
		md := kit.NewMarkdown(&st)
		m := markdownMsg{of: p, w: w, theme: st.Theme.Name, left: split(md.Render(l, w))}
		if !single {
			m.right = split(md.Render(r, w))
		}
		return m
	})
}

func (p *pair) takeMarkdown(m markdownMsg) {
	if m.of != p || m.theme != p.st.Theme.Name {
		return
	}
	for i, s := range p.sides() {
		s.made, s.madeW, s.laid = [][]string{m.left, m.right}[i], m.w, true
	}
	p.fit()
	p.scroll(0)
}

// fit breaks lines that were laid out for more room than there is.
func (p *pair) fit() {
	for _, s := range p.sides() {
		s.lines = s.made
		if room := max(1, p.a.left.w-2); s.laid && s.madeW > room {
			s.lines = split(lipgloss.Wrap(join(s.made), room, ""))
		}
	}
}

// toggleMarkdown looks at both answers as Markdown, or as they came.
func (s *Screen) toggleMarkdown() tea.Cmd {
	s.looks.markdown = !s.looks.markdown
	s.pair.differ = false
	s.pair.texts()
	return s.layOut()
}

// toggleDiffer points out what differs, or stops.
func (s *Screen) toggleDiffer() tea.Cmd {
	p := s.pair
	p.differ = !p.differ
	p.texts()
	if !p.differ || p.ops != nil {
		return nil
	}
	l, r := p.left.raw, p.right.raw
	return s.ask(askDiff, func(context.Context) tea.Msg { return diffMsg{p, text.DiffWords(l, r)} })
}

func (p *pair) takeDiff(m diffMsg) {
	if m.of != p {
		return
	}
	p.ops = m.ops
	p.texts()
}
