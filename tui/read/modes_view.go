package read

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// modesLayout says where the parts of the page of failure modes stand, without
// the rules above them.
type modesLayout struct{ groups, notes, counts rect }

// planModes divides w by h cells below the title; counted says that there is a mode
// to count. On a narrow screen the modes
// stand above their notes, on a low one only what has focus is seen.
func planModes(w, h, groups int, onNotes, counted, table bool) modesLayout {
	var l modesLayout
	right := rect{0, 0, w, h}
	switch {
	case w >= 70:
		n := max(26, min(w*32/100, 44))
		l.groups = rect{0, 1, n, max(0, h-1)}
		right = rect{n + 1, 0, w - n - 1, h}
	case h >= 12:
		n := min(groups, h/3)
		l.groups = rect{0, 1, w, n}
		right = rect{0, n + 1, w, h - n - 1}
	case !onNotes:
		l.groups = rect{0, 1, w, max(0, h-1)}
		return l
	}
	under := func(r rect) rect { return rect{r.x, r.y + 1, r.w, max(0, r.h-1)} }
	switch {
	case !counted:
		l.notes = under(right)
	case table:
		l.counts = under(right)
	case right.w >= 90:
		n := right.w * 55 / 100
		l.notes = under(rect{right.x, right.y, n, right.h})
		l.counts = under(rect{right.x + n + 1, right.y, right.w - n - 1, right.h})
	case right.h >= 14:
		n := right.h * 45 / 100
		l.notes = under(rect{right.x, right.y, right.w, n})
		l.counts = under(rect{right.x, right.y + n, right.w, right.h - n})
	default:
		l.notes = under(right)
	}
	return l
}

func (m *modes) actions() []kit.Action {
	mode := func(id, label, long string, show bool, why func() string, do func() tea.Cmd, keys ...string) kit.Action {
		return act("modes."+id, label, long, show, why, do, keys...)
	}
	enter := "notes"
	some := func() string { // whether there is anything to move about in
		if m.loaded && len(m.notes) == 0 && len(m.list) == 0 {
			return "no note was taken of this prompt yet: n on an output takes one"
		}
		return m.s.busy
	}
	why := some
	if m.onNotes {
		enter, why = "put under", m.whyNote
	}
	return []kit.Action{
		mode("enter", enter, "Go from a failure mode to its notes; on a note, say which failure mode it belongs under.", true, why, m.enter, "enter"),
		mode("new", "new mode", "Name a new failure mode.", true, func() string { return m.s.busy }, func() tea.Cmd { return m.create(0) }, "n"),
		mode("rename", "rename", "Give the failure mode another name.", true, m.whyMode, m.rename, "r"),
		mode("delete", "delete", "Delete the failure mode. Its notes stay, and stand under none again.", true, m.whyMode, m.remove, "x", "delete"),
		mode("propose", "assertions", "Go to Suite with assertions that would have caught this failure mode.", true, m.whyMode, m.propose, "a"),
		mode("read", "read outputs", "Read the output of the note, or all outputs of the failure mode.", true, nil, m.read, "o"),
		mode("counts", "counts", "Show how often the mode turns up alone on the right, or beside the notes.", true, m.whyMode, m.toggleCounts, "c"),
		mode("undo", "undo", "Take back the last edit of the workspace.", true, m.s.whyUndo, m.s.undo, "u"),
		mode("swap", "modes or notes", "Move between the failure modes and the notes.", false, some, func() tea.Cmd { m.focus(!m.onNotes); return nil }, "tab", "shift+tab"),
		mode("right", "to notes", "Move to the notes.", false, some, func() tea.Cmd { m.focus(true); return nil }, "right", "l"),
		mode("left", "to modes", "Move to the failure modes.", false, some, func() tea.Cmd { m.focus(false); return nil }, "left", "h"),
		mode("back", "back to outputs", "Go back to the outputs.", false, nil, func() tea.Cmd { m.s.page = onOutput; return m.s.again() }, "esc", "m"),
		mode("reload", "read again", "Read the workspace anew.", false, nil, m.load, "R"),
	}
}

func (m *modes) toggleCounts() tea.Cmd {
	m.table = !m.table
	m.top = 0
	if m.table && m.s.w < 70 && m.s.h < 14 { // there is room for one of the two
		m.focus(true)
	}
	return nil
}

func (m *modes) groupRow(g group) kit.Row {
	st := m.s.styles()
	note := text.Of(kit.Thousands(g.notes) + " ")
	if g.mode.ID == 0 {
		row := kit.Row{Lead: st.Accent.Render("✎"), Label: text.Of("under none yet"), Note: note, Style: &st.Accent}
		if g.notes == 0 {
			row.Lead, row.Style = st.Good.Render("✓"), &st.Faint
			row.Label = text.Of("no note waits")
			row.Note = text.Shown{}
		}
		return row
	}
	return kit.Row{Lead: st.Bad.Render("▪"), Label: text.Show(g.mode.Name).OneLine(), Note: note}
}

func (m *modes) noteRow(n session.Note) kit.Row {
	who := text.Show(n.CaseName).OneLine().Truncate(16)
	if v := n.Variant; v.Variant != "" {
		who = who.Append(text.Of(" " + contestant(session.Contestant{Variant: v})))
	}
	return kit.Row{Label: text.Head(n.Text, 300).OneLine(), Note: who.Append(text.Of(" "))}
}

// view draws the page.
func (m *modes) view(w, h int) string {
	s, st := m.s, m.s.styles()
	title := kit.Fit(" "+s.paint(s.promptName(m.prompt).OneLine().Truncate(max(1, w-20)), st.Strong)+st.Dim.Render("  notes and failure modes"), w)
	body := max(0, h-1)
	switch {
	case m.err != nil:
		return kit.Fill(title+"\n"+s.aside(w, body, "Notes can't be read", m.err.Error(), "R tries again."), w, h)
	case !m.loaded:
		return kit.Fill(title+"\n"+s.aside(w, body, "", "Reading …"), w, h)
	case len(m.notes) == 0 && len(m.list) == 0:
		return kit.Fill(title+"\n"+s.aside(w, body, "No note yet",
			"Read some outputs and press n where something is wrong: a few words each. Here they are put under failure modes, and counted.",
			"esc goes back to the outputs."), w, h)
	}
	m.lay = planModes(w, body, len(m.groups.Items()), m.onNotes, m.mode().ID != 0, m.table)
	l := &m.lay
	var left, right string
	if l.groups.w > 0 {
		m.groups.Resize(l.groups.w, l.groups.h)
		left = s.ruled("failure modes", kit.Thousands(len(m.list)), l.groups.w, !m.onNotes) + "\n" + m.groups.View()
	}
	var parts []string
	if l.notes.w > 0 {
		parts = append(parts, m.notesView(l.notes))
	}
	if l.counts.w > 0 {
		parts = append(parts, m.countsView(l.counts.w, l.counts.h))
	}
	switch {
	case len(parts) == 2 && l.notes.y == l.counts.y:
		right = kit.Columns(parts[0], s.rule(l.notes.h+1), parts[1])
	default:
		right = kit.Stack(parts...)
	}
	out := kit.Stack(left, right)
	if l.groups.w > 0 && l.groups.w < w {
		out = kit.Columns(left, s.rule(body), right)
	}
	for _, r := range []*rect{&l.groups, &l.notes, &l.counts} {
		r.y++ // below the title
	}
	return kit.Fill(title+"\n"+out, w, h)
}

// notesView is the notes of the group, and the whole words of the one with the
// cursor.
func (m *modes) notesView(r rect) string {
	s, st := m.s, m.s.styles()
	name := "notes under none"
	if id := m.mode().ID; id != 0 {
		name = "notes: " + m.nameOf(id).Truncate(max(4, r.w-24)).String()
	}
	head := s.ruled(name, kit.Thousands(len(m.rows.Items())), r.w, m.onNotes)
	n, ok := m.rows.Selected()
	var whole []string
	if ok && r.h >= 8 {
		for _, l := range text.Show(begin(n.Text, 2000)).Wrap(max(8, r.w-4)) {
			whole = append(whole, " "+st.Accent.Render("▎ ")+s.paint(l, st.Text))
		}
		whole = s.clipped(whole, max(1, r.h/3))
		by := kit.Join(" · ", s.who(n.By).String(), s.when(n.CreatedMS), text.Of(n.Model).Truncate(24).String(), session.Run{ID: n.RunID}.Name())
		whole = append(whole, " "+st.Rule.Render("▎ ")+s.say(by, st.Faint))
	}
	rows := r.h - len(whole)
	if len(whole) > 0 {
		rows--
		whole = append([]string{st.Rule.Render(strings.Repeat("┄", r.w))}, whole...)
	}
	if len(m.rows.Items()) == 0 && m.mode().ID == 0 {
		m.rows.SetEmpty("Every note stands under a failure mode.")
	} else {
		m.rows.SetEmpty("No note stands here yet: enter on one of those under none.")
	}
	if n := len(m.rows.Items()); n > 0 { // the words stand below the list, not at the foot
		rows = min(rows, n+1)
	}
	m.rows.Resize(r.w, max(0, rows))
	return kit.Fill(kit.Stack(head, m.rows.View(), strings.Join(whole, "\n")), r.w, r.h+1)
}

// countsView is how often the mode turns up, for each variant, model, revision
// and tag.
func (m *modes) countsView(w, h int) string {
	s, st := m.s, m.s.styles()
	id := m.mode().ID
	head := s.ruled("where it turns up", "outputs with such a note, of all there", w, m.scrolls())
	counts, known := m.counts[id]
	var lines []string
	switch {
	case m.trouble[id] != nil:
		lines = []string{"", s.say("  It can't be counted: "+m.trouble[id].Error(), st.Bad)}
	case !known:
		lines = []string{"", s.say("  counting …", st.Faint)}
	case len(counts) == 0:
		lines = []string{"", s.say("  No output has a note of this mode yet.", st.Faint)}
	default:
		lines = m.countLines(counts, w)
	}
	m.hidden = max(0, len(lines)-h)
	m.top = max(0, min(m.top, m.hidden))
	m.hidden -= m.top
	shown := lines[m.top:min(len(lines), m.top+max(0, h))]
	if m.hidden > 0 && len(shown) > 0 {
		key := "c shows all"
		if m.table {
			key = "↓"
		}
		shown = append([]string(nil), shown...)
		shown[len(shown)-1] = s.say(fmt.Sprintf("  … %d more, %s", m.hidden+1, key), st.Faint)
	}
	return kit.Fill(kit.Stack(head, strings.Join(shown, "\n")), w, h+1)
}

// countLines are the counts with their bars in the order that they came in, under a
// heading each, and last the names of where the mode does not turn up.
func (m *modes) countLines(counts []ModeCount, w int) []string {
	st := m.s.styles()
	wide, tail := 8, 0
	for _, c := range counts {
		if c.Notes > 0 {
			wide = max(wide, text.Show(c.Name).OneLine().Width())
			tail = max(tail, len(ofWords(c)))
		}
	}
	wide = min(wide, max(8, w*45/100))
	bar := w - wide - tail - 6
	var out []string
	for len(counts) > 0 {
		n := 1
		for n < len(counts) && counts[n].What == counts[0].What {
			n++
		}
		part := counts[:n]
		out = append(out, " "+m.s.say(text.Of(part[0].What).Truncate(w).String(), st.Quiet))
		never := text.Shown{}
		for _, c := range part {
			name := text.Show(c.Name).OneLine()
			if c.Notes == 0 {
				if never.Empty() {
					never = text.Of("not in ").Append(name)
				} else {
					never = never.Append(text.Of(", ")).Append(name)
				}
				continue
			}
			line := "  " + kit.Fit(m.s.paint(name.Truncate(wide), st.Text), wide) + " "
			if bar >= 6 {
				line += kit.BarStyled(float64(c.Notes)/float64(max(1, c.Of)), min(bar, 40), st) + " "
			}
			out = append(out, line+kit.FitRight(st.Text.Render(ofWords(c)), tail))
		}
		if !never.Empty() {
			out = append(out, "  "+m.s.paint(never.Truncate(max(1, w-3)), st.Faint))
		}
		counts = counts[n:]
	}
	return out
}

// ofWords is "7 of 24".
func ofWords(c ModeCount) string { return kit.Thousands(c.Notes) + " of " + kit.Thousands(c.Of) }
