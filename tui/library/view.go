package library

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
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
	case s.err != nil:
		return s.notice("The workspace can't be read", s.err.Error(), "R tries again.")
	case !s.loaded:
		return s.notice("", "Opening the workspace …")
	case len(s.prompts) == 0:
		return s.notice("No prompt yet",
			"A prompt is a named job, such as triage or reply. It holds variants, which are the wordings you try; cases, which they are tried on; and shots, the worked examples they may show.",
			"n makes the first one.", "To look around first, leave with q and start galley demo: it brings a workspace to learn from.")
	}
	var parts []string
	if s.lay.left.w > 0 {
		parts = append(parts, s.leftPane())
	}
	if s.lay.right.w > 0 {
		parts = append(parts, s.rightPane())
	}
	if s.w >= wide {
		return kit.Fill(kit.Columns(parts...), s.w, s.h)
	}
	return kit.Fill(kit.Stack(parts...), s.w, s.h)
}

// Cursor is where the search is being typed.
func (s *Screen) Cursor() *tea.Cursor {
	c := s.left.QueryCursor()
	if c == nil || s.lay.left.w == 0 {
		return nil
	}
	c.X, c.Y = c.X+s.lay.left.x+1, c.Y+s.lay.left.y+1
	return c
}

// dress follows a change of theme.
func (s *Screen) dress() {
	if s.theme != s.d.Styles.Theme.Name {
		s.theme = s.d.Styles.Theme.Name
		s.left.SetStyles(s.d.Styles)
		s.right.SetStyles(s.d.Styles)
	}
}

// notice is what stands where there are no lists.
func (s *Screen) notice(title string, lines ...string) string {
	return kit.Notice(title, lines, 62, s.w, s.h, s.d.Styles)
}

func (s *Screen) paint(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.d.Styles.Mark)
}

func (s *Screen) say(st lipgloss.Style, ours string) string { return s.paint(st, text.Of(ours)) }

// row is how an entry stands in the left list.
func (s *Screen) row(e entry) kit.Row {
	if e.variant != nil {
		label := text.Show(e.prompt.Name).Append(text.Of("/")).Append(text.Show(e.variant.Name))
		return kit.Row{Label: label.OneLine(), Note: text.Of(fmt.Sprintf("@%d ", e.variant.Revision.Number))}
	}
	note := s.waitsNote(*e.prompt)
	if note == "" {
		note = count(e.prompt.Variants, "variant")
	}
	r := kit.Row{Label: text.Show(e.prompt.Name).OneLine(), Note: text.Of(note + " ")}
	if s.finding {
		r.Style = &s.d.Styles.Strong
	}
	return r
}

func (s *Screen) leftPane() string {
	r := s.lay.left
	title, focus := "Prompts", s.focus == onPrompts
	if s.finding {
		title, focus = "Filter", true
	}
	label := fmt.Sprint(len(s.prompts))
	switch {
	case s.finding:
		label = "esc ends"
	case s.lay.right.w == 0:
		label = "tab: variants"
	}
	body := s.left.View()
	if s.lay.facts > 0 {
		body = kit.Stack(body, s.facts(r.w-2))
	}
	return kit.PaneWith(title, label, body, r.w, r.h, focus, s.d.Styles)
}

// facts says what belongs to the prompt with the cursor, and what lies on the
// table.
func (s *Screen) facts(w int) string {
	st := s.d.Styles
	rule := s.say(st.Rule, strings.Repeat("─", max(0, w)))
	line := func(x string) string { return kit.Fit(" "+x, w) }
	out := []string{rule, line(""), line(""), rule}
	if p := s.prompt(); p != nil {
		out[1] = line(s.say(st.Dim, count(p.Cases, "case")+" · "+count(p.Shots, "shot")))
		out[2] = line(s.say(st.Dim, s.ran(*p)))
	}
	if s.d.Table.Open() {
		name := text.Show(s.d.Table.Prompt.Name).Append(text.Of("/")).Append(text.Show(s.d.Table.Variant.Name)).OneLine()
		tail := ""
		if s.d.Table.Dirty() {
			tail = " unsaved"
		}
		room := max(1, w-4-len(tail))
		out = append(out, line(s.say(st.Accent, "◆ ")+s.paint(st.Text, name.Truncate(room))+s.say(st.Warn, tail)))
	} else {
		out = append(out, line(s.say(st.Faint, "◇ the table is empty")))
	}
	return strings.Join(out, "\n")
}

func (s *Screen) ran(p session.PromptInfo) string {
	if p.Runs == 0 || p.LastRunMS == 0 {
		return "never ran"
	}
	return count(p.Runs, "run") + ", last " + kit.When(p.LastRunMS, s.d.Now())
}

func columns() []kit.Column {
	return []kit.Column{
		{Title: "Variant", Min: 14, Flex: 2, Max: 30},
		{Title: "Rev", Min: 4, Right: true},
		{Title: "Why it was saved", Min: 22, Flex: 3, Hide: 2},
		{Title: "State", Min: 8, Hide: 1},
	}
}

func (s *Screen) cell(row, col int) (text.Shown, lipgloss.Style) {
	st, v := s.d.Styles, s.variants()
	if row >= len(v) {
		return text.Shown{}, st.Text
	}
	x := v[row]
	switch col {
	case 0:
		return text.Show(x.Name).OneLine(), st.Text
	case 1:
		return text.Of(fmt.Sprintf("@%d", x.Revision.Number)), st.Dim
	case 2:
		return text.Head(x.Revision.Intent, 200).OneLine(), st.Dim
	}
	return s.state(x)
}

// state says in one or two words how a variant stands.
func (s *Screen) state(x session.VariantInfo) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	here := s.d.Table.Open() && s.d.Table.Variant.ID == x.ID
	switch {
	case here && s.d.Table.Dirty():
		return text.Of("◆ draft"), st.Warn
	case here:
		return text.Of("◆ open"), st.Accent
	case x.Drafted:
		return text.Of("draft"), st.Warn
	}
	return text.Shown{}, st.Text
}

func (s *Screen) rightPane() string {
	r, st := s.lay.right, s.d.Styles
	p := s.prompt()
	if p == nil {
		return kit.Pane("Variants", s.inside(r, s.say(st.Faint, "nothing matches")), r.w, r.h, s.focus == onVariants, st)
	}
	focus := s.focus == onVariants && !s.finding
	label := count(p.Variants, "variant")
	if s.lay.left.w == 0 {
		label = "tab: prompts"
	}
	if s.opening != "" {
		label = "opening …"
	}
	pane := func(body string) string {
		return kit.PaneWith(p.Name.String(), label, body, r.w, r.h, focus, st)
	}
	sh := s.shelves[p.ID]
	switch {
	case sh == nil || !sh.loaded:
		return pane(s.inside(r, s.say(st.Faint, "reading …")))
	case sh.err != nil:
		return pane(s.inside(r, kit.Para(text.Of(sh.err.Error()+"\n\nR tries again."), max(1, r.w-6), st.Bad, st.Mark)))
	case len(sh.variants) == 0:
		return pane(s.inside(r, kit.Para(text.Of("No variant yet.\n\nA variant is one wording of the prompt: blocks, put together in an order. n makes the first."),
			max(1, r.w-6), st.Dim, st.Mark)))
	}
	body := s.right.View()
	if left := r.h - 2 - s.lay.table; left > 1 && s.variant() != nil {
		rule := s.say(st.Rule, strings.Repeat("─", max(0, r.w-2)))
		body = kit.Stack(body, rule, s.detail(*p, *s.variant(), sh.runs, r.w-4, left-1))
	}
	return pane(body)
}

// inside sets a text a little way into a pane.
func (s *Screen) inside(r rect, body string) string {
	pad := "  "
	top := ""
	if r.h > 6 {
		top = "\n"
	}
	return top + pad + strings.ReplaceAll(body, "\n", "\n"+pad)
}
