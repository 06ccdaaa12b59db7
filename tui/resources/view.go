package resources

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// View draws the page.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	s.dress()
	switch {
	case s.prompt == 0:
		return s.notice("No prompt lies on the table", "Resources belong to a prompt: the texts that its answers are to come from.", "Library (alt+1) lays a variant on the table.")
	case s.form != nil:
		return s.form.view(s)
	case s.file != nil:
		return s.file.view()
	case len(s.of) == 0 && !s.order:
		return s.notice("No resource yet",
			"A resource is a text to answer from: a file, or one piece of it. i imports files or whole folders, n writes one.",
			"A resources block then holds them all, or those whose words fit the case best, and the proof says which came and why.",
			"Your own retrieval? Put its ranked list into a variable of the cases (JSON, or texts with blank lines between), and choose \"a list of the case's\" with c in Compose.")
	}
	var parts []string
	if s.lay.head.h > 0 {
		lines := s.headLines(s.w - 2)
		parts = append(parts, kit.Fill(kit.Indent(strings.Join(lines[:min(len(lines), s.lay.head.h)], "\n"), 1), s.w, s.lay.head.h))
	}
	switch {
	case s.lay.list.w > 0 && s.lay.piece.w > 0 && s.lay.list.y == s.lay.piece.y:
		parts = append(parts, kit.Columns(s.listPane(), s.piecePane()))
	default:
		if s.lay.list.w > 0 {
			parts = append(parts, s.listPane())
		}
		if s.lay.piece.w > 0 {
			parts = append(parts, s.piecePane())
		}
	}
	return kit.Fill(kit.Stack(parts...), s.w, s.h)
}

// Cursor is where a text is being typed.
func (s *Screen) Cursor() *tea.Cursor {
	switch {
	case s.form != nil:
		return s.form.Cursor()
	case s.page.Typing() && s.lay.piece.w > 0:
		return kit.CursorAt(s.page.SearchCursor(), s.lay.piece.x+2, s.lay.piece.y+1)
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
	s.showPiece()
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
	return kit.Notice(title, lines, 68, s.w, s.h, s.d.Styles)
}

// listLabel counts what there is.
func (s *Screen) listLabel() string {
	if s.busy != "" {
		return s.busy
	}
	label := kit.Plural(s.all.pieces, "text", "texts")
	if s.all.on < s.all.pieces {
		label += fmt.Sprintf(", %d on", s.all.on)
	}
	if s.all.tokens > 0 {
		label += ", about " + kit.Thousands(s.all.tokens) + " tokens"
	}
	return label
}

func (s *Screen) listPane() string {
	r, st := s.lay.list, s.d.Styles
	title := "Resources of " + text.Head(s.d.Table.Prompt.Name, 24).OneLine().String()
	if s.order {
		title = "Ranked for " + text.Head(s.ranked.name, 24).OneLine().String()
		if s.ranked.own {
			title = "The list of " + text.Head(s.ranked.name, 24).OneLine().String()
		}
	}
	body := s.list.View()
	if len(s.rows) == 0 {
		why := "none of them: esc shows all again"
		if !s.find.Narrows() {
			why = "the case brings none; r goes back to the bank"
		}
		body = " " + s.say(st.Faint, why)
	}
	found := 0
	for _, x := range s.rows {
		if x.item >= 0 || x.rank >= 0 {
			found++
		}
	}
	body = s.find.Above(body, r.w-2, found, s.all.pieces)
	return kit.PaneWith(title, s.listLabel(), body, r.w, r.h, !s.onPiece, st)
}

func (s *Screen) piecePane() string {
	r := s.lay.piece
	title, label := s.pieceTitle()
	return kit.PaneWith(title, label, kit.Indent(s.page.View(), 1), r.w, r.h, s.onPiece, s.d.Styles)
}
