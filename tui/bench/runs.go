package bench

import (
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// newRunList is the table of earlier runs.
func newRunList(s *Screen) *kit.Table {
	cols := []kit.Column{
		{Title: "run", Min: 5},
		{Title: "state", Min: 13},
		{Title: "started", Min: 17},
		{Title: "cells", Min: 7, Right: true},
		{Title: "done", Min: 7, Right: true, Hide: 1},
		{Title: "failed", Min: 6, Right: true},
		{Title: "cached", Min: 7, Right: true, Hide: 3},
		{Title: "cost", Min: 9, Right: true, Hide: 2},
		{Title: "note", Min: 8, Flex: 1, Hide: 4},
	}
	t := kit.NewTable(s.deps.Styles, cols, s.runCell)
	t.SetEmpty("No run yet. n sets one up.")
	return t
}

func (s *Screen) runCell(row, col int) (text.Shown, lipgloss.Style) {
	st := s.deps.Styles
	if row >= len(s.runs) {
		return text.Shown{}, st.Text
	}
	r := s.runs[row]
	number := func(n int) (text.Shown, lipgloss.Style) {
		if n == 0 {
			return text.Of("–"), st.Faint
		}
		return text.Of(kit.Thousands(n)), st.Text
	}
	switch col {
	case 0:
		if s.board != nil && s.board.runID == r.ID {
			return text.Of(r.Name()), st.Accent
		}
		return text.Of(r.Name()), st.Text
	case 1:
		state := r.State
		if s.flightOf(r.ID) != nil {
			state = session.RunRunning
		}
		sign, w := runState(state)
		style := st.Dim
		if state != session.RunDone {
			style = st.Warn
		}
		return text.Of(sign + " " + w), style
	case 2:
		return text.Of(when(r.StartedMS)), st.Dim
	case 3:
		return number(r.Cells)
	case 4:
		return number(r.Done)
	case 5:
		v, style := number(r.Failed)
		if r.Failed > 0 {
			style = st.Bad
		}
		return v, style
	case 6:
		return number(r.Cached)
	case 7:
		if r.CostUSD == nil && (r.Imported || r.Requests == 0) {
			return text.Of("–"), st.Faint
		}
		return text.Of(kit.Money(r.CostUSD)), st.Dim
	}
	if s.prompt == 0 { // of whatever prompt
		return text.Show(r.Prompt).OneLine().Append(text.Of("  ")).Append(text.Show(r.Note).OneLine()), st.Dim
	}
	if r.Imported {
		return text.Of("imported ").Append(text.Show(r.Note).OneLine()), st.Dim
	}
	return text.Show(r.Note).OneLine(), st.Dim
}
