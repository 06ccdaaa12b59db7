package revisions

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/report"
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
	case s.ref.Variant == "":
		return s.notice("No variant is chosen", "Revisions are the saved states of a variant. esc goes to Library: put the cursor on a variant there, and v opens its revisions.")
	case s.err != nil:
		return s.notice("The revisions can't be read", s.err.Error(), "R tries again, esc goes back.")
	case !s.loaded:
		return s.notice("", "Reading the revisions …")
	case len(s.rows) == 0:
		return s.notice("Nothing was saved yet of "+s.here.Variant.Name.String(), "ctrl+s in Compose saves a revision, with a line on why. esc goes back.")
	}
	var panes []string
	if s.lay.list.w > 0 {
		panes = append(panes, s.listPane())
	}
	if s.lay.page.w > 0 {
		panes = append(panes, s.pagePane())
	}
	if s.lay.page.x > 0 {
		return kit.Fill(kit.Columns(panes...), s.w, s.h)
	}
	return kit.Fill(kit.Stack(panes...), s.w, s.h)
}

// dress follows a change of theme.
func (s *Screen) dress() {
	if s.theme == s.d.Styles.Theme.Name {
		return
	}
	s.theme = s.d.Styles.Theme.Name
	s.table.SetStyles(s.d.Styles)
	s.page.pager.SetStyles(s.d.Styles)
	s.page.diff.SetStyles(s.d.Styles)
}

func (s *Screen) paint(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.d.Styles.Mark)
}

// notice is what stands where there is no tree.
func (s *Screen) notice(title string, lines ...string) string {
	return kit.Notice(title, lines, 62, s.w, s.h, s.d.Styles)
}

func (s *Screen) listPane() string {
	r := s.lay.list
	label := kit.Plural(len(s.here.Revisions), "revision", "revisions")
	if len(s.rows) > len(s.here.Revisions) {
		label += ", a draft"
	}
	if s.mark != nil {
		label = "compared with " + s.mark.name
	}
	if s.busy != "" {
		label = s.busy
	}
	title := "Revisions of " + text.Head(s.here.Variant.Name, 30).OneLine().String()
	return kit.PaneWith(title, label, s.table.View(), r.w, r.h, s.focus == onList, s.d.Styles)
}

// cell is what a row has in a column.
func (s *Screen) cell(i, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	if i >= len(s.rows) || col >= len(s.shown) {
		return text.Shown{}, st.Text
	}
	r := s.rows[i]
	switch s.shown[col] {
	case saysRail:
		return text.Of(r.Rail), st.Accent
	case saysNumber:
		switch {
		case r.draft:
			return text.Of("draft"), st.Warn
		case s.mark != nil && s.mark.id == r.Revision.ID:
			return text.Of(fmt.Sprintf("@%d◂", r.Revision.Number)), st.Accent
		case r.Revision.ID == s.here.Variant.Revision.ID:
			return text.Of(fmt.Sprintf("@%d", r.Revision.Number)), st.Strong
		}
		return text.Of(fmt.Sprintf("@%d", r.Revision.Number)), st.Text
	case saysIntent:
		return s.intent(r)
	case saysRight:
		return text.Of(s.right(r)), st.Text
	case saysVerdicts:
		return text.Of(s.verdicts(r)), st.Text
	case saysTokens:
		if n, ok := s.tokens[s.keyOf(r)]; ok {
			return text.Of(kit.Thousands(n)), st.Dim
		}
		return text.Of("…"), st.Faint
	case saysIntern:
		if n := s.here.Interns[r.Revision.ID]; n > 0 && !r.draft {
			return text.Of(fmt.Sprintf("%d of %d", n, session.InternQuestions)), st.Dim
		}
		return text.Shown{}, st.Dim
	}
	if r.draft {
		return text.Of("unsaved"), st.Warn
	}
	return text.Of(kit.When(r.Revision.CreatedMS, s.d.Now())), st.Faint
}

func (s *Screen) intent(r row) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	from := ""
	if r.Branch || r.draft && r.Parent > 0 {
		from = fmt.Sprintf("from @%d", r.Parent)
	}
	switch t := text.Show(r.Revision.Intent).OneLine(); {
	case r.draft:
		return text.Of(strings.TrimSpace("unsaved work " + from)), st.Warn
	case t.Empty() && from != "":
		return text.Of(from), st.Faint
	case t.Empty():
		return text.Of("without a word"), st.Faint
	case from != "":
		return text.Of(from + ": ").Append(t), st.Text
	default:
		return t, st.Text
	}
}

func (s *Screen) right(r row) string {
	if r.draft {
		return ""
	}
	return report.OutcomeShort(s.here.Outcomes[r.Revision.ID])
}

func (s *Screen) verdicts(r row) string {
	if r.draft {
		return ""
	}
	return report.OutcomeVerdicts(s.here.Outcomes[r.Revision.ID])
}

// nameOf is "@3" or "the draft".
func (s *Screen) nameOf(r row) string {
	if r.draft {
		return "the draft"
	}
	return fmt.Sprintf("@%d", r.Revision.Number)
}

// headline is a line above the page.
type headline struct {
	style lipgloss.Style
	says  text.Shown
}

// heads is what is said of the revision with the cursor above its page, as far as
// there is room: when, why, and what came of it.
func (s *Screen) heads() []headline {
	r, st := s.current(), s.d.Styles
	p := s.lay.page
	room := (p.h - 2) / 3
	if r == nil || p.w < 10 || room < 1 {
		return nil
	}
	w := p.w - 4
	var out []headline
	add := func(style lipgloss.Style, t text.Shown, most int) {
		lines := t.OneLine().Wrap(w)
		if len(lines) > most {
			lines = lines[:most]
			lines[most-1] = lines[most-1].Truncate(max(1, w-2)).Append(text.Of(" …")).Truncate(w)
		}
		for _, l := range lines {
			out = append(out, headline{style, l})
		}
	}
	if r.draft {
		said := "Unsaved work"
		if r.Parent > 0 {
			said += fmt.Sprintf(", going on from @%d", r.Parent)
		}
		add(st.Warn, text.Of(said+". enter opens it in Compose, where ctrl+s saves it."), 2)
	} else {
		if r.Revision.Intent != "" {
			add(st.Text, text.Show(r.Revision.Intent), 2)
		}
		said := kit.When(r.Revision.CreatedMS, s.d.Now())
		if r.Parent > 0 {
			said += fmt.Sprintf(", from @%d: %s", r.Parent, s.became(*r))
		}
		add(st.Dim, text.Of(said), 2)
		came := report.OutcomeSentence(s.here.Outcomes[r.Revision.ID])
		if short, _, ok := strings.Cut(came, ". "); ok && len(text.Of(came).Wrap(w)) > min(2, max(1, room-len(out))) {
			came = short + "."
		}
		add(st.Dim, text.Of(came), 2)
	}
	if len(out) > room {
		out = out[:room]
		if room > 0 {
			last := &out[room-1].says
			*last = last.Truncate(max(1, w-2)).Append(text.Of(" …")).Truncate(w)
		}
	}
	return append(out, headline{})
}

// became says what a revision changed of its parent.
func (s *Screen) became(r row) string {
	for _, x := range s.rows {
		if !x.draft && x.Revision.ID == r.Revision.ParentID {
			if s.page.change.of != r.Revision.ID {
				s.page.change = change{r.Revision.ID, session.DiffContents(x.content, r.content).Summary()}
			}
			return s.page.change.says
		}
	}
	return ""
}

func (s *Screen) pagePane() string {
	p, st := s.lay.page, s.d.Styles
	r := s.current()
	if r == nil {
		return kit.Pane("", "", p.w, p.h, false, st)
	}
	var out []string
	for _, h := range s.heads() {
		if h.says.Empty() {
			out = append(out, kit.Rule(p.w-2, st))
			continue
		}
		out = append(out, " "+s.paint(h.style, h.says))
	}
	rest := p.h - 2 - len(out)
	switch {
	case s.page.note != "":
		out = append(out, kit.Fill(" "+strings.ReplaceAll(kit.Para(text.Of(s.page.note), max(1, p.w-4), st.Dim, st.Mark), "\n", "\n "), p.w-2, max(0, rest)))
	case s.comparing():
		out = append(out, s.page.diff.View())
	default:
		out = append(out, s.page.pager.View())
	}
	title := s.nameOf(*r)
	if r.Revision.ID == s.here.Variant.Revision.ID && !r.draft {
		title += ", the newest"
	}
	return kit.PaneWith(title, s.page.label, strings.Join(out, "\n"), p.w, p.h, s.focus == onPage, st)
}
