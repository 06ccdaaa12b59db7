package bench

import (
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// varsOf are the words of a case as they were when the run began. A run that did
// not keep them has those of the case as it is now, and says so.
func (s *Screen) varsOf(row int) (vars []session.Var, now bool) {
	if s.board == nil || row < 0 || row >= len(s.board.cases) {
		return nil, false
	}
	k := s.board.cases[row]
	if len(k.vars) > 0 {
		return k.vars, false
	}
	for _, c := range s.deps.Table.Cases {
		if k.is(c.Key()) {
			return c.Vars, true
		}
	}
	return nil, false
}

// inputStrip is the beginning of the words that the case in hand had.
func (s *Screen) inputStrip(w, h int) string {
	st := s.deps.Styles
	vars, now := s.varsOf(s.row)
	if len(vars) == 0 || h < 1 {
		return ""
	}
	lines := []string{}
	if now {
		if h--; h < 1 {
			return ""
		}
		lines = append(lines, kit.Fit(st.Faint.Render(" the case as it is now: this run did not keep its words"), w))
	}
	from := len(lines)
	wide := 0
	for _, v := range vars {
		wide = max(wide, text.Show(v.Name).Truncate(14).Width())
	}
	for _, v := range vars {
		name := text.Show(v.Name).Truncate(14)
		room := max(8, w-wide-8)
		for i, l := range text.Show(head(v.Value, room*h*4)).Wrap(room) {
			lead := strings.Repeat(" ", wide)
			if i == 0 {
				lead = kit.Fit(kit.Render(name, st.Variable, st.Mark), wide)
			}
			lines = append(lines, " "+lead+st.Rule.Render(" ▎ ")+kit.Render(l, st.Dim, st.Mark))
		}
	}
	if len(lines) > from+h {
		lines = lines[:from+h]
		lines[from+h-1] += st.Faint.Render(" …")
	}
	return kit.Fill(strings.Join(lines, "\n"), w, len(lines))
}
