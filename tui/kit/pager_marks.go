package kit

import (
	"sort"

	"charm.land/lipgloss/v2"
)

// Spot is bytes From to To of the first segment with an ID.
type Spot struct{ ID, From, To int }

// SetBare takes the gutter away, or gives it back: nothing stands beside the text.
func (p *Pager) SetBare(on bool) {
	if p.bare != on {
		p.bare = on
		p.rewrap()
	}
}

// PointOut points places out, and brings the one at into sight. It reports whether
// that one is there.
func (p *Pager) PointOut(at int, spots ...Spot) bool {
	if at < 0 || at >= len(spots) || !p.GotoSpan(spots[at].ID, spots[at].From, spots[at].To) {
		return false
	}
	p.hots = p.hots[:0]
	for i, s := range spots {
		if i == at {
			continue
		}
		for k, seg := range p.doc {
			if seg.ID == s.ID {
				from, to := max(0, min(s.From, len(seg.Text))), max(0, min(s.To, len(seg.Text)))
				p.hots = append(p.hots, span{p.starts[k] + from, p.starts[k] + to})
				break
			}
		}
	}
	sort.Slice(p.hots, func(i, j int) bool { return p.hots[i].from < p.hots[j].from })
	return true
}

// heat is what the lines of a text weigh.
type heat struct {
	at    []int // bytes at which a weight stands, ascending
	sum   []int // of all weights before
	most  int   // of a line
	lines bool  // most is known
}

// weigh takes in the weights of the segments.
func (p *Pager) weigh() {
	p.heat = heat{sum: []int{0}}
	for i, s := range p.doc {
		at := p.starts[i]
		for k, w := range s.Heat {
			if w > 0 {
				p.heat.at = append(p.heat.at, at)
				p.heat.sum = append(p.heat.sum, p.heat.sum[len(p.heat.sum)-1]+w)
			}
			if k+1 < len(s.Heat) {
				at += lineLen(p.all[at : p.starts[i]+len(s.Text)])
			}
		}
	}
}

// lineLen is the length of the first line, with its line feed.
func lineLen(s string) int {
	for i := range len(s) {
		if s[i] == '\n' {
			return i + 1
		}
	}
	return len(s)
}

// between is the weight of the bytes from from on, before to.
func (h heat) between(from, to int) int {
	if len(h.at) == 0 {
		return 0
	}
	return h.sum[sort.SearchInts(h.at, to)] - h.sum[sort.SearchInts(h.at, from)]
}

// lineOf is where the line of a row begins and where the next one does.
func (p *Pager) lineOf(row int) (from, to int) {
	first := row
	for first > 0 && p.rows[first].line == 0 {
		first--
	}
	to = len(p.all)
	for i := row + 1; i < len(p.rows); i++ {
		if p.rows[i].line != 0 {
			to = int(p.rows[i].from)
			break
		}
	}
	return int(p.rows[first].from), to
}

// Hottest is what the heaviest line weighs, 0 where nothing was weighed.
func (p *Pager) Hottest() int {
	if len(p.heat.at) == 0 {
		return 0
	}
	if !p.heat.lines {
		p.heat.lines = true
		for i := 0; i < len(p.rows); {
			from, to := p.lineOf(i)
			p.heat.most = max(p.heat.most, p.heat.between(from, to))
			for i++; i < len(p.rows) && p.rows[i].line == 0; i++ { // the rest of the line
			}
		}
	}
	return p.heat.most
}

// heated reports whether a column of weights is drawn.
func (p *Pager) heated() bool { return len(p.heat.at) > 0 && p.w >= 40 && !p.bare }

// HeatCell is one cell for a weight among those of which most is the heaviest: the
// heavier, the higher and the darker.
func HeatCell(weight, most int) (glyph string, level int) {
	if weight <= 0 || most <= 0 {
		return " ", 0
	}
	level = max(1, min(8, (weight*8+most-1)/most))
	return string([]rune("▁▂▃▄▅▆▇█")[level-1]), level
}

// heatInk is the ink of a level.
func (p *Pager) heatInk(level int) ink {
	var st lipgloss.Style
	switch {
	case level <= 2:
		st = p.st.Rule
	case level <= 4:
		st = p.st.Faint
	case level <= 6:
		st = p.st.Dim
	default:
		st = p.st.Accent
	}
	return newInk(st)
}
