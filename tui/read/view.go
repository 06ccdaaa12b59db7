package read

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// View draws the station.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	s.restyle()
	if s.page == onModes {
		body := s.modes.view(s.w, s.h-s.entryRows())
		if s.entry != nil {
			body = kit.Stack(body, s.entryView(s.w))
		}
		return kit.Fill(body, s.w, s.h)
	}
	s.lay = plan(s.w, s.h, s.five == nil && s.filtered() || s.h >= chipsAlways, s.contextShown() && s.page == onOutput, s.entry != nil)
	var parts []string
	if s.lay.chips > 0 {
		parts = append(parts, s.chipLine(s.w))
	}
	parts = append(parts, s.body(s.w, max(0, s.h-s.lay.chips-s.lay.entry)))
	if s.entry != nil {
		parts = append(parts, s.entryView(s.w))
	}
	return kit.Fill(kit.Stack(parts...), s.w, s.h)
}

func (s *Screen) entryRows() int {
	if s.entry == nil {
		return 0
	}
	return min(rowsOfEntry, s.h)
}

// chipLine says which outputs are read, with the keys that choose others.
func (s *Screen) chipLine(w int) string {
	st := s.styles()
	line := " "
	chips := s.chips()
	switch {
	case s.five != nil:
		chips = []chip{{"", text.Of("five to read today")}}
	case len(chips) == 0:
		line = st.Dim.Render(" all outputs ")
	}
	out := s.wayOut()
	room := w - 2 - len(out[0]) - len(out[1]) // filters have room before keys, but for the way out
	if w < 50 {
		room = w - 1
	}
	for i, c := range chips {
		name := ""
		if c.name != "" {
			name = c.name + " "
		}
		chip := st.Badge.Render(" "+name) + s.paint(c.value.Truncate(24), st.Badge.Foreground(st.Text.GetForeground())) + st.Badge.Render(" ")
		if kit.Width(line)+kit.Width(chip)+4 > room {
			line += st.Faint.Render(fmt.Sprintf("+%d ", len(chips)-i))
			break
		}
		line += chip + " "
	}
	tail := s.chipKeys(w-kit.Width(line), out)
	return kit.Fit(line, w-kit.Width(tail)) + tail
}

// wayOut is the key that leads to more outputs, and where to; empty where all
// are shown.
func (s *Screen) wayOut() [2]string {
	switch {
	case s.five != nil:
		return [2]string{"esc", "back to all"}
	case s.wider().PromptID != 0:
		return [2]string{"esc", "all of this prompt"}
	case s.filtered():
		return [2]string{"esc", "all prompts"}
	}
	return [2]string{}
}

// chipKeys are the keys that choose outputs, as many as have room; the way out
// comes first, and stands last.
func (s *Screen) chipKeys(room int, out [2]string) string {
	if s.w < 50 || s.entry != nil || s.page == onCorrect {
		return ""
	}
	st := s.styles()
	keys := [][2]string{out, {"F", "filter"}, {"/", "filter words"}, {"d", "five today"}}
	if s.five != nil {
		keys = keys[:3]
	}
	tail := ""
	for _, k := range keys {
		if k[0] == "" {
			continue
		}
		key := st.Key.Render(k[0]) + st.Faint.Render(" "+k[1]) + " "
		if tail != "" {
			key += " "
		}
		if kit.Width(key)+kit.Width(tail) > room {
			break
		}
		tail = key + tail
	}
	return tail
}

// chipsAlways are the rows from which it is said which outputs are read even
// where nothing narrows them.
const chipsAlways = 14

// body is everything but filters and the field.
func (s *Screen) body(w, h int) string {
	if h <= 0 {
		return ""
	}
	if notice, ok := s.notice(w, h); ok {
		return notice
	}
	r := s.current()
	var cols []string
	rule := func() { cols = append(cols, s.rule(h)) }
	if l := s.lay.near; l.w > 0 {
		cols = append(cols, s.nearView(l.w, h))
		rule()
	}
	if l := s.lay.answer; l.w > 0 {
		if s.page == onCorrect {
			cols = append(cols, s.correctView(r, l, h))
		} else {
			cols = append(cols, s.outputView(r, l.w, h))
		}
	}
	if l := s.lay.context; l.w > 0 {
		if s.lay.answer.w > 0 {
			rule()
		}
		cols = append(cols, s.contextView(r, l.w, h))
	}
	return kit.Fill(kit.Columns(cols...), w, h)
}

func (s *Screen) rule(h int) string {
	return strings.TrimSuffix(strings.Repeat(s.styles().Rule.Render("│")+"\n", h), "\n")
}

// notice is what stands where there is no output.
func (s *Screen) notice(w, h int) (string, bool) {
	k := s.front()
	switch {
	case k.err != nil:
		return s.aside(w, h, "The outputs can't be read", k.err.Error(), "R tries again."), true
	case !k.loaded:
		return s.aside(w, h, "", "Reading …"), true
	case s.five != nil && len(k.items) == 0:
		return s.aside(w, h, "Nothing to read today", "There is no output here yet. esc goes back."), true
	case s.five != nil && s.five.over:
		return s.enough(w, h), true
	case len(k.items) > 0:
		return "", false
	case s.q.Unjudged && len(s.chips()) <= 2 && s.q.Text == "":
		return s.aside(w, h, "Everything here was looked at", "No output is left that nobody judged. U shows those that were.", "m puts what you noted under failure modes."), true
	case len(s.chips()) == 0 || len(s.chips()) == 1 && s.q.PromptID != 0:
		who := "Nothing has run yet"
		if s.q.PromptID != 0 {
			who = "No output of " + s.promptName(s.q.PromptID).Truncate(30).String() + " yet"
		}
		lines := []string{"Here every output is read with the exact context that it answers, one at a time: pass it, fail it, note what is wrong, or write what it should have said.",
			"b goes to Bench, where variants run."}
		if s.q.PromptID != 0 {
			lines = append(lines, "esc shows the outputs of all prompts.")
		}
		return s.aside(w, h, who, lines...), true
	}
	return s.aside(w, h, "No output fits", "Nothing matches all of the filters above together.", "esc takes them away, F changes them, / looks for other words."), true
}

// aside is a few lines in the middle of w by h cells.
func (s *Screen) aside(w, h int, title string, lines ...string) string {
	st := s.styles()
	room := max(1, min(w-4, 62))
	var b []string
	if title != "" {
		b = append(b, kit.Fit(s.paint(text.Of(title).Truncate(room), st.Title), room))
	}
	for i, l := range lines {
		if i > 0 || title != "" {
			b = append(b, "")
		}
		b = append(b, kit.Para(text.Of(l), room, st.Dim, st.Mark))
	}
	body := strings.Join(b, "\n")
	if lipgloss.Height(body) > h {
		body = strings.ReplaceAll(body, "\n\n", "\n")
	}
	return kit.Centre(kit.Fill(body, min(room, lipgloss.Width(body)), lipgloss.Height(body)), w, h)
}

// enough is the end of the outputs of a day.
func (s *Screen) enough(w, h int) string {
	pass, fail, notes, fixed := 0, 0, 0, 0
	for i := range s.five.items {
		r := &s.five.items[i]
		if v := s.mine(r); v != nil && v.Choice == session.ChoicePass {
			pass++
		} else if v != nil {
			fail++
		}
		notes += len(r.Notes)
		if r.Correction != nil {
			fixed++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		said string
	}{{pass, kit.Thousands(pass) + " passed"}, {fail, kit.Thousands(fail) + " failed"}, {notes, count(notes, "note")}, {fixed, kit.Thousands(fixed) + " corrected"}} {
		if p.n > 0 {
			parts = append(parts, p.said)
		}
	}
	said := "You said nothing of them: that is fine, reading was the point."
	if len(parts) > 0 {
		said = kit.Join(" · ", parts...) + "."
	}
	title := "That was five for today."
	if n := len(s.five.items); n < fiveADay {
		title = "That was all there is: " + kit.Thousands(n) + "."
	}
	lines := []string{said}
	if notes > 0 {
		lines = append(lines, "m puts the notes under failure modes.")
	}
	return s.aside(w, h, title, append(lines, "Tomorrow draws five others. esc goes back to all outputs, ↑ to the last of these.")...)
}

// nearRow is how an output stands among its neighbours.
func (s *Screen) nearRow(i int) kit.Row {
	items := s.front().items
	if i >= len(items) {
		return kit.Row{}
	}
	r := &items[i]
	st := s.styles()
	sign, look := s.sign(r)
	label := text.Show(r.Cell.CaseName).OneLine()
	if label.Empty() {
		label = text.Head(r.Output.Whole(), 40).OneLine()
	}
	label = label.Truncate(s.nearName)
	gap := strings.Repeat(" ", s.nearName-label.Width()+2)
	row := kit.Row{Lead: look.Render(sign), Label: label.Append(text.Of(gap + contestant(r.Cell.Contestant)))}
	if judged(r) {
		row.Style = &st.Dim
	}
	return row
}

// sign says in one character what was said of an output.
func (s *Screen) sign(r *session.Reading) (string, lipgloss.Style) {
	st := s.styles()
	sum := r.Standing()
	switch v := s.mine(r); {
	case r.Correction != nil:
		return "→", st.Info
	case v != nil && v.Choice == session.ChoicePass, v == nil && sum.Pass > 0 && sum.Fail == 0:
		return "✓", st.Good
	case v != nil && v.Choice == session.ChoiceFail, v == nil && sum.Fail > 0:
		return "✗", st.Bad
	case len(r.Notes) > 0:
		return "✎", st.Accent
	case r.Output.Status != session.StatusDone:
		return "!", st.Warn
	case judged(r):
		return "=", st.Dim
	}
	return "·", st.Faint
}

// nearView is the list of neighbours.
func (s *Screen) nearView(w, h int) string {
	k := s.front()
	if n := len(s.near.Items()); n != len(k.items) {
		items := make([]int, len(k.items))
		for i := range items {
			items[i] = i
		}
		s.near.SetItems(items)
	}
	s.nearName = 3 // names in a column, as wide as the longest about here
	for i := max(0, k.at-h); i < min(len(k.items), k.at+h); i++ {
		s.nearName = max(s.nearName, min(10, text.Head(k.items[i].Cell.CaseName, 11).OneLine().Width()))
	}
	head := " outputs"
	n := kit.Thousands(k.total) + " "
	if s.five != nil {
		head, n = " five today", ""
	}
	st := s.styles()
	top := kit.Fit(st.Quiet.Render(head), w-len(n)) + st.Faint.Render(n)
	s.near.Resize(w, max(0, h-1))
	s.near.SetCursor(k.at)
	return kit.Stack(top, s.near.View())
}
