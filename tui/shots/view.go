package shots

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
	switch {
	case s.prompt == 0:
		return s.notice("No prompt lies on the table", "Shots belong to a prompt: its bank of worked examples, which its variants copy from.", "Library (alt+1) lays a variant on the table.")
	case s.form != nil:
		return s.form.view(s)
	case s.file != nil:
		return s.file.view()
	case len(s.of) == 0:
		return s.notice("No shot in the bank yet",
			"A shot is a worked example: an input with the output that is right for it. Variants copy shots from this bank; five cover the labels of a simple job, a few dozen are the most that help.",
			"n writes one, i imports a file (CSV, JSON Lines or JSON). S in Read, Judge and Bench makes one of an output or a correction.")
	}
	var side []string
	if s.lay.shot.w > 0 {
		side = append(side, s.shotPane())
	}
	if s.lay.mix.w > 0 {
		side = append(side, s.mixPane())
	}
	if s.w >= wide {
		return kit.Fill(kit.Columns(s.listPane(), kit.Stack(side...)), s.w, s.h)
	}
	if s.lay.list.w > 0 {
		side = append([]string{s.listPane()}, side...)
	}
	return kit.Fill(kit.Stack(side...), s.w, s.h)
}

// Cursor is where a text is being typed.
func (s *Screen) Cursor() *tea.Cursor {
	switch {
	case s.form != nil:
		return s.form.Cursor()
	case s.lay.list.w == 0:
		return nil
	}
	return s.find.Cursor(s.lay.list.x, s.lay.list.y)
}

// dress follows a change of theme.
func (s *Screen) dress() {
	if s.theme == s.d.Styles.Theme.Name {
		return
	}
	s.theme = s.d.Styles.Theme.Name
	s.list.SetStyles(s.d.Styles)
	s.find.SetStyles(s.d.Styles)
	s.page.SetStyles(s.d.Styles)
	s.showShot()
	if s.form != nil {
		s.form.SetStyles(s.d.Styles)
	}
}

func (s *Screen) paint(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.d.Styles.Mark)
}

func (s *Screen) say(st lipgloss.Style, ours string) string { return s.paint(st, text.Of(ours)) }

// notice is what stands where there is no list.
func (s *Screen) notice(title string, lines ...string) string {
	return kit.Notice(title, lines, 64, s.w, s.h, s.d.Styles)
}

func (s *Screen) listPane() string {
	r, st := s.lay.list, s.d.Styles
	on, near := 0, 0
	for i, x := range s.of {
		if !x.Off {
			on++
		}
		if s.twin[i] >= 0 {
			near++
		}
	}
	label := kit.Plural(len(s.of), "shot", "shots")
	if on < len(s.of) {
		label += fmt.Sprintf(", %d on", on)
	}
	if near > 0 {
		label += fmt.Sprintf(", %d nearly the same", near)
	}
	if s.busy != "" {
		label = s.busy
	}
	body := s.list.View()
	if len(s.rows) == 0 {
		body = " " + s.say(st.Faint, "none of them: esc shows all again")
	}
	body = s.find.Above(body, r.w-2, len(s.rows), len(s.of))
	return kit.PaneWith("Bank of "+text.Head(s.d.Table.Prompt.Name, 24).OneLine().String(), label, body, r.w, r.h, s.focus == onList, st)
}

func (s *Screen) shotPane() string {
	r := s.lay.shot
	title, label := s.shotTitle()
	body := kit.Indent(s.page.View(), 1)
	return kit.PaneWith(title, label, body, r.w, r.h, s.focus == onShot, s.d.Styles)
}

func (s *Screen) mixPane() string {
	r := s.lay.mix
	lines := s.mixLines(max(1, r.w-4))
	rows := max(0, r.h-2)
	top := max(0, min(s.top, len(lines)-rows))
	label := "shots beside cases"
	if more := len(lines) - top - rows; more > 0 {
		label = kit.Plural(more, "line", "lines") + " more"
	}
	lines = lines[min(top, len(lines)):]
	lines = lines[:min(rows, len(lines))]
	return kit.PaneWith("Mix", label, kit.Indent(strings.Join(lines, "\n"), 1), r.w, r.h, s.focus == onMix, s.d.Styles)
}
