package judge

import (
	"strings"

	"galley/session/text"
	"galley/tui/kit"
)

// guideShown reports whether the guideline is wanted: at first where there is
// room for it beside or above the answers, then as was asked.
func (s *Screen) guideShown() bool {
	if s.looks.guide != nil {
		return *s.looks.guide
	}
	return !s.guideline.Empty()
}

// placePair gives the parts of the duel their sizes.
func (s *Screen) placePair() {
	p := s.pair
	o := shape{single: p.single, guide: s.guideShown() && s.mode == modeDuel, zoom: p.zoom, note: s.noteRow() != ""}
	p.guide.SetDoc(kit.Doc{{Text: s.guideline, Style: s.deps.Styles.Text, GutterStyle: s.deps.Styles.Rule}})
	p.guide.SetEmpty("No guideline yet. G writes one: in a few lines, what makes an answer better here.")
	gw := s.w
	if o.guide && s.w >= guideBeside && o.zoom != zoomGuide {
		gw = guideWidth(s.w)
	}
	p.guide.Resize(gw, max(1, s.h))
	o.guideRows = max(1, p.guide.Rows())
	p.input.Resize(layout(s.w, s.h, o).main, max(1, s.h))
	if s.looks.tallAt != s.w {
		s.looks.tall, s.looks.answers, s.looks.tallAt = 0, 0, s.w
	}
	s.looks.tall = max(s.looks.tall, p.input.Rows())
	o.inputRows = s.looks.tall
	was, old := p.top, p.bottom()
	s.looks.answers = max(s.looks.answers, p.needed(layout(s.w, s.h, o)))
	o.answerRows = s.looks.answers
	p.a = layout(s.w, s.h, o)
	p.guide.Resize(p.a.guide.w, max(0, p.a.guide.h-1))
	p.input.Resize(p.a.input.w, p.a.input.h)
	p.left.resize(rect{w: p.a.left.w, h: p.a.left.h - 1})
	p.right.resize(rect{w: p.a.right.w, h: p.a.right.h - 1})
	p.fit()
	if n := p.bottom(); old > 0 && n != old { // stay about where one was
		was = was * n / old
	}
	p.top = was
	p.scroll(0)
}

// needed is how many rows the answers take with their titles.
func (p *pair) needed(a areas) int {
	p.left.page.Resize(a.left.w, max(1, a.left.h))
	n := p.left.page.Rows() + 1
	if p.single {
		return n
	}
	p.right.page.Resize(a.right.w, max(1, a.right.h))
	m := p.right.page.Rows() + 1
	if a.stacked {
		return n + m
	}
	return max(n, m)
}

// more is the number of rows of the input that are not seen.
func (p *pair) more() int { return max(0, p.input.Rows()-p.a.input.h) }

// view draws input and answers, and the guideline with them. hot says that keys
// which decide count.
func (p *pair) view(keys [2]string, hot bool) string {
	st, a := p.st, p.a
	if p.zoom == zoomGuide {
		return kit.Stack(p.guideTitle(a.guide.w, "g back"), p.guide.View())
	}
	var main string
	if p.zoom == zoomInput {
		main = p.input.View()
	} else {
		l := p.side(p.left, a.left, keys[0], hot)
		answers := l
		switch {
		case p.single:
		case a.stacked:
			answers = kit.Stack(l, p.side(p.right, a.right, keys[1], hot))
		default:
			gap := strings.TrimSuffix(strings.Repeat(" \n", a.left.h), "\n")
			answers = kit.Columns(l, gap, p.side(p.right, a.right, keys[1], hot))
		}
		main = kit.Stack(p.input.View(), p.fold(), answers)
	}
	switch {
	case a.beside:
		rule := kit.Upright(a.guide.h, st)
		return kit.Columns(kit.Fill(main, a.main, a.guide.h), rule, kit.Stack(p.guideTitle(a.guide.w, ""), p.guide.View()))
	case a.guide.h > 0:
		return kit.Stack(p.guideTitle(a.guide.w, ""), p.guide.View(), main)
	}
	return main
}

func (p *pair) guideTitle(w int, note string) string {
	if p.a.guide.h < 1 {
		return ""
	}
	return ruledLine("", p.st.Dim.Bold(true).Render("GUIDELINE"), p.st.Faint.Render(note), w, p.st)
}

// fold is the line between input and answers; it says what of the input is not
// seen.
func (p *pair) fold() string {
	if p.a.fold.h == 0 {
		return ""
	}
	left, right := "", ""
	switch {
	case p.differ && p.ops == nil:
		left = p.st.Faint.Render(" comparing…")
	case p.differ:
		left = " " + kit.Render(text.Of("what differs"), p.st.Match.Underline(true), p.st.Mark) + p.st.Faint.Render(" is marked on both sides · ") + p.st.Key.Render("d") + p.st.Faint.Render(" back")
	}
	if n := p.more(); n > 0 {
		right = p.st.Key.Render("i") + p.st.Faint.Render(" shows "+kit.Plural(n, "more line", "more lines")+" ")
	}
	return kit.Fit(left, max(0, p.a.fold.w-kit.Width(right))) + right
}

// side draws one answer: a title with the key that chooses it, and its words.
func (p *pair) side(s *side, r rect, key string, hot bool) string {
	if r.h <= 0 || r.w <= 0 {
		return ""
	}
	st := p.st
	badge := ""
	if key != "" {
		b := st.Badge
		if hot {
			b = st.BadgeHot
		}
		badge = b.Render(" " + key + " ")
	}
	note := ""
	if n := p.rows(s) - s.h - min(p.top, max(0, p.rows(s)-s.h)); n > 0 && r.w >= 24 {
		note = st.Key.Render("space") + st.Faint.Render(" shows "+kit.Plural(n, "more line", "more lines"))
	}
	title := kit.Render(s.title.Truncate(max(4, r.w-20)), st.Dim.Bold(true), st.Mark)
	lines := []string{ruledLine(badge, title, note, r.w, st)}
	if r.h > 1 {
		lines = append(lines, p.words(s, r.w, r.h-1))
	}
	return strings.Join(lines, "\n")
}

// words is the part of an answer that is seen.
func (p *pair) words(s *side, w, h int) string {
	if !p.reading() {
		return kit.Fill(s.page.View(), w, h)
	}
	bar := p.st.Rule.Render("▎") + " "
	top := max(0, min(p.top, len(s.lines)-h))
	out := make([]string, 0, h)
	for i := top; i < len(s.lines) && len(out) < h; i++ {
		out = append(out, bar+s.lines[i])
	}
	return kit.Fill(strings.Join(out, "\n"), w, h)
}
