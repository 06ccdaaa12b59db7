package proof

import (
	"fmt"
	"math"
	"strings"

	"galley/session/text"
	"galley/tui/kit"
)

// measure is the width of a line that is read with ease.
const measure = 76

// blankDoc is nothing but the text: message after message, an empty line between
// them, without a name or a colour.
func (s *Screen) blankDoc() kit.Doc {
	p, st := s.deps.Table.Proof(), s.deps.Styles
	var d kit.Doc
	add := func(t text.Raw) {
		if t == "" {
			return
		}
		if n := len(d); n > 0 {
			t = text.Raw(kit.Apart(d[n-1].Text)) + t
		}
		d = append(d, kit.Segment{ID: len(d), Text: t, Style: st.Text})
	}
	for _, m := range p.Messages {
		add(m.Content)
		add(callLines(m))
	}
	for _, b := range p.Beside.Parts() {
		add(b.Text)
	}
	return d
}

// blankArea is where the text stands on the blank page: a column that is easy to
// read, in the middle.
func (s *Screen) blankArea() rect {
	w := min(measure, max(1, s.w-4))
	if s.w < 24 {
		w = s.w
	}
	top, below := 1, 2
	if s.h < 12 {
		top, below = 0, 1
	}
	if s.h < 4 {
		below = 0
	}
	return rect{(s.w - w) / 2, top, w, max(0, s.h-top-below)}
}

// blankView draws the blank page.
func (s *Screen) blankView() string {
	st, a := s.deps.Styles, s.blankArea()
	if len(s.deps.Table.Proof().Messages) == 0 {
		return s.note(rect{0, 0, s.w, s.h}, "The page is blank.", "Every block is off or without a word; Compose (alt+2) changes that.")
	}
	lines := strings.Split(s.page.View(), "\n")
	left := strings.Repeat(" ", a.x)
	for i := range lines {
		lines[i] = left + lines[i]
	}
	out := strings.Repeat("\n", a.y) + strings.Join(lines, "\n")
	if rest := s.h - a.y - a.h; rest > 0 {
		pages := max(1, (s.page.Rows()+a.h-1)/max(1, a.h))
		at := 1 + int(math.Round(s.page.Progress()*float64(pages-1)))
		if pages == 1 {
			at = 1
		}
		foot := fmt.Sprintf("page %d of %d", at, pages)
		out += strings.Repeat("\n", rest) + left + kit.FitRight(st.Faint.Render(foot), a.w)
	}
	return kit.Fill(out, s.w, s.h)
}
