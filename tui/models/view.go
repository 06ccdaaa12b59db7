package models

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// View draws the screen.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	s.dress()
	var panes []string
	if s.lay.list.w > 0 {
		panes = append(panes, s.listPane())
	}
	if s.lay.detail.w > 0 {
		panes = append(panes, s.detailPane())
	}
	body := kit.Stack(panes...)
	if s.w >= wide {
		body = kit.Columns(panes...)
	}
	if s.lay.strip.h > 0 {
		body = kit.Stack(body, s.strip())
	}
	return kit.Fill(body, s.w, s.h)
}

// Cursor is where the filter is being typed.
func (s *Screen) Cursor() *tea.Cursor {
	if !s.finding {
		return nil
	}
	return kit.CursorAt(s.find.Cursor(), s.lay.list.x+4, s.lay.list.y+1)
}

// dress follows a change of theme.
func (s *Screen) dress() {
	if s.theme != s.d.Styles.Theme.Name {
		s.theme = s.d.Styles.Theme.Name
		s.list.SetStyles(s.d.Styles)
		s.find.SetStyles(s.d.Styles)
	}
}

func (s *Screen) paint(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.d.Styles.Mark)
}

func (s *Screen) say(st lipgloss.Style, ours string) string { return s.paint(st, text.Of(ours)) }

func (s *Screen) listPane() string {
	r, st := s.lay.list, s.d.Styles
	n, loaded := s.counts()
	label := kit.Plural(n, "model", "models")
	if loaded > 0 {
		label += fmt.Sprintf(", %d in memory", loaded)
	}
	if s.looking {
		label = "looking for engines …"
	}
	body := s.list.View()
	switch {
	case len(s.shelves) == 0:
		body = " " + s.say(st.Faint, "there are no backends")
	case s.filtered():
		shown := 0
		for i := range s.rows {
			if s.rows[i].model != nil {
				shown++
			}
		}
		count := s.say(st.Faint, fmt.Sprintf(" %d of %d ", shown, n))
		head := " " + s.say(st.Key, "/ ") + s.find.View()
		body = kit.Stack(kit.Fit(head, max(0, r.w-2-kit.Width(count)))+count, body)
	}
	return kit.PaneWith("Models", label, body, r.w, r.h, !s.inDetail, st)
}

func (s *Screen) detailPane() string {
	r := s.lay.detail
	lines := s.details(max(1, r.w-4))
	rows := max(0, r.h-2)
	label := ""
	top := max(0, min(s.top, len(lines)-rows))
	if more := len(lines) - top - rows; more > 0 {
		label = fmt.Sprintf("%d lines more", more)
		if more == 1 {
			label = "a line more"
		}
	}
	lines = lines[min(top, len(lines)):]
	lines = lines[:min(rows, len(lines))]
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return kit.PaneWith("Details", label, strings.Join(lines, "\n"), r.w, r.h, s.inDetail, s.d.Styles)
}
