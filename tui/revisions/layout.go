package revisions

import "galley/tui/kit"

// rect is a rectangle in the page's own cells; one without width is not drawn.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout says where the tree and what stands beside it are.
type layout struct{ list, page rect }

const (
	wide = 120 // cells from which they stand side by side
	tall = 14  // rows from which they stand one below the other
)

// plan divides w by h cells; rows is how many lines the tree has.
func plan(w, h, rows int, at focus) layout {
	switch {
	case w >= wide && h >= 8:
		n := w * 62 / 100
		return layout{rect{0, 0, n, h}, rect{n, 0, w - n, h}}
	case h >= tall:
		n := max(5, min(rows+3, h*50/100))
		if at == onPage {
			n = max(4, min(n, h*25/100))
		}
		return layout{rect{0, 0, w, n}, rect{0, n, w, h - n}}
	case at == onList:
		return layout{list: rect{0, 0, w, h}}
	}
	return layout{page: rect{0, 0, w, h}}
}

// arrange hands the sizes down.
func (s *Screen) arrange() {
	s.lay = plan(s.w, s.h, len(s.rows), s.focus)
	l, p := s.lay.list, s.lay.page
	s.table.SetColumns(s.columns())
	s.table.SetFocus(s.focus == onList)
	s.table.Resize(max(0, l.w-3), max(0, l.h-2))
	s.page.head = len(s.heads())
	rest := max(1, p.h-2-s.page.head)
	s.page.pager.SetFocus(s.focus == onPage)
	s.page.pager.Resize(max(1, p.w-2), rest)
	s.page.diff.SetSplit(p.w >= 130)
	s.page.diff.Resize(max(1, p.w-2), rest)
}

// what a column says.
type says int

const (
	saysRail says = iota
	saysNumber
	saysIntent
	saysRight
	saysVerdicts
	saysTokens
	saysIntern
	saysSaved
)

// columns of the tree. What nothing is known of has none.
func (s *Screen) columns() []kit.Column {
	rail, right, verdicts := 1, 0, 0
	for _, r := range s.rows {
		rail = max(rail, kit.Width(r.Rail))
		right = max(right, kit.Width(s.right(r)))
		verdicts = max(verdicts, kit.Width(s.verdicts(r)))
	}
	var cols []kit.Column
	s.shown = s.shown[:0]
	add := func(yes bool, what says, c kit.Column) {
		if yes {
			cols, s.shown = append(cols, c), append(s.shown, what)
		}
	}
	add(true, saysRail, kit.Column{Min: rail, Max: rail})
	add(true, saysNumber, kit.Column{Min: 5, Max: 5})
	add(true, saysIntent, kit.Column{Title: "Intent", Min: 20, Flex: 1})
	add(right > 0, saysRight, kit.Column{Title: "Right", Min: max(5, right), Max: max(5, right), Hide: 1})
	add(verdicts > 0, saysVerdicts, kit.Column{Title: "Verdicts", Min: max(8, verdicts), Max: max(8, verdicts), Hide: 4})
	add(true, saysTokens, kit.Column{Title: "Tokens", Min: 6, Max: 7, Right: true, Hide: 2})
	add(len(s.here.Interns) > 0, saysIntern, kit.Column{Title: "Intern", Min: 6, Max: 6, Hide: 5})
	add(true, saysSaved, kit.Column{Title: "Saved", Min: 10, Max: 11, Hide: 3})
	return cols
}
