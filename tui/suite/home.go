package suite

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// homeAreas is where the parts of the home view stand. A pane without width is
// not shown.
type homeAreas struct {
	left, right  rect // inside of their frames
	facts        int  // rows below the list
	head, detail int  // rows above and below the assertions
}

// besides is the width from which both panes are shown.
const besides = 72

// home is pure: a size and the focus in, rectangles out.
func (s *Screen) home() homeAreas {
	x, _ := s.suite()
	return homeLayout(s.w, s.h, len(x.Assertions), s.onRight)
}

func homeLayout(w, h, n int, onRight bool) homeAreas {
	a := homeAreas{}
	lw := max(25, min(44, w*3/10))
	switch {
	case w >= besides:
		a.left = rect{1, 1, lw - 2, h - 2}
		a.right = rect{lw + 1, 1, w - lw - 2, h - 2}
	case onRight:
		a.right = rect{1, 1, w - 2, h - 2}
	default:
		a.left = rect{1, 1, w - 2, h - 2}
	}
	if h >= 14 && a.right.w == 0 {
		a.facts = 4
	}
	switch {
	case h >= 20:
		a.head = 3
		// The assertions come before what is said of the one with the cursor.
		a.detail = max(5, min(20, h*2/5, h-2-a.head-1-n))
	case h >= 14:
		a.head, a.detail = 2, 4
	case h >= 8:
		a.head = 1
	}
	return a
}

func (s *Screen) placeHome() {
	a := s.home()
	s.list.Resize(max(0, a.left.w), max(0, a.left.h-a.facts))
	s.table.SetColumns(columnsAt(a.right.w))
	s.table.Resize(max(0, a.right.w), max(0, a.right.h-a.head-a.detail))
	s.focusHome()
}

func (s *Screen) focusHome() {
	s.list.SetFocus(!s.onRight)
	s.table.SetFocus(s.onRight)
}

func (s *Screen) suiteRow(i int) kit.Row {
	x := s.suites[i]
	st := s.deps.Styles
	r := kit.Row{Label: text.Show(x.Name).OneLine(), Lead: st.Faint.Render("·")}
	f, known := s.facts[x.ID]
	switch {
	case !known || f.err != nil:
		r.Note = text.Of(kit.Thousands(len(x.Assertions)) + " ")
		return r
	case f.last.ID == 0:
		r.Note = text.Of(kit.Thousands(len(x.Assertions)) + " · new ")
		return r
	}
	v := passing(f.last) + " "
	room := (s.home().left.w - 4) / 2 // the list gives a note no more
	r.Note = text.Of(longest(room, kit.Thousands(len(x.Assertions))+" · "+v, v, fmt.Sprintf("%d/%d ", f.last.Passed, f.last.Passed+f.last.Failed)))
	if f.last.Passed+f.last.Failed == 0 {
		r.Note = text.Of("no result ")
	}
	switch {
	case f.stale != "":
		r.Lead = st.Warn.Render("△")
	case f.last.Failed+f.last.Errors > 0:
		r.Lead = st.Bad.Render("✗")
	case f.last.Passed > 0:
		r.Lead = st.Good.Render("✓")
	}
	return r
}

// caseWide is the width from which the assertions have a column for the case; in a
// narrower table one that is about a case says so itself.
const caseWide = 63

// assertionColumns are those of a suite.
var assertionColumns = []kit.Column{
	{Title: "assertion", Min: 30, Flex: 5},
	{Title: "last check", Min: 17},
	{Title: "case", Min: 10, Max: 18, Flex: 1, Hide: 1},
	{Title: "weight", Min: 6, Right: true, Hide: 3},
	{Title: "for", Min: 28, Flex: 3, Hide: 2},
}

// columnsAt are those that a width has room for; how an assertion stood is never
// left out.
func columnsAt(w int) []kit.Column {
	if w >= caseWide {
		return assertionColumns
	}
	narrow := slices.Clone(assertionColumns[:2])
	narrow[0].Min = 14
	return narrow
}

func (s *Screen) assertionCell(row, col int) (text.Shown, lipgloss.Style) {
	st := s.deps.Styles
	x, ok := s.suite()
	if !ok || row >= len(x.Assertions) {
		return text.Shown{}, st.Text
	}
	a := x.Assertions[row]
	switch col {
	case 0:
		if s.home().right.w < caseWide && (a.CaseID != 0 || a.CaseName != "") {
			return whose(a).Append(text.Of(": ")).Append(line(a)), st.Text
		}
		return line(a), st.Text
	case 1:
		return s.stood(a)
	case 2:
		if a.CaseID == 0 && a.CaseName == "" {
			return whose(a), st.Faint
		}
		return whose(a), st.Text
	case 3:
		if a.Weight == 1 {
			return text.Of("1"), st.Faint
		}
		return text.Of(weight(a.Weight)), st.Text
	}
	return purpose(a), st.Dim
}

// purpose is what an assertion is for.
func purpose(a session.Assertion) text.Shown {
	if a.Metric != "" && a.Origin != "" {
		return text.Show(a.Metric + ": " + a.Origin).OneLine()
	}
	return text.Show(a.Metric + a.Origin).OneLine()
}

// stood is how an assertion stood in the last check.
func (s *Screen) stood(a session.Assertion) (text.Shown, lipgloss.Style) {
	st := s.deps.Styles
	f := s.facts[a.SuiteID]
	if a.SuiteID == 0 {
		f = s.facts[s.suiteID()]
	}
	t, ok := f.tally[a.UID]
	switch {
	case f.last.ID != 0 && f.of != f.last.ID && f.err == nil:
		return text.Of("…"), st.Faint
	case !ok || t.pass+t.fail == 0:
		return text.Of("– not checked"), st.Faint
	case t.fail > 0:
		return text.Of("✗ fails " + kit.Thousands(t.fail) + " of " + kit.Thousands(t.fail+t.pass)), st.Bad
	}
	return text.Of("✓ passes " + kit.Thousands(t.pass)), st.Good
}

// viewHome draws the suites and the one in hand.
func (s *Screen) viewHome() string {
	switch {
	case s.trouble != nil:
		return s.note(s.w, s.h, "The suites can't be read", s.trouble.Error())
	case s.prompt == 0:
		return s.note(s.w, s.h, "Nothing is on the table", "Choose a prompt in Library (alt+1) and press enter; its suites are here then.")
	case !s.loaded:
		return s.note(s.w, s.h, "Reading the suites…")
	case len(s.suites) == 0:
		return s.note(s.w, s.h, "No suite yet",
			"A suite is what every answer of this prompt must hold, written down: words it has or lacks, a form, a length. Once kept, it goes red when a new wording or a new model breaks what was good.",
			"p makes one from a verdict: what the winner has and the loser lacks. No model is asked.",
			"a writes an assertion by hand, n makes an empty suite.")
	}
	a := s.home()
	var parts []string
	st := s.deps.Styles
	if a.left.w > 0 {
		body := s.list.View()
		if a.facts > 0 {
			body = kit.Stack(body, s.suiteFacts(a.left.w))
		}
		label := kit.Thousands(len(s.suites))
		if a.right.w == 0 {
			label = "tab: assertions"
		}
		parts = append(parts, kit.PaneWith("Suites", label, body, a.left.w+2, s.h, !s.onRight, st))
	}
	if a.right.w > 0 {
		x, _ := s.suite()
		label := kit.Plural(len(x.Assertions), "assertion", "assertions")
		parts = append(parts, kit.PaneWith(text.Show(x.Name).OneLine().String(), label, s.suiteView(a), a.right.w+2, s.h, s.onRight, st))
	}
	return kit.Fill(kit.Columns(parts...), s.w, s.h)
}

// suiteFacts says of the suite in hand what its row has no room for.
func (s *Screen) suiteFacts(w int) string {
	st := s.deps.Styles
	x, ok := s.suite()
	out := []string{s.rule(w), "", "", ""}
	if ok {
		f := s.facts[x.ID]
		out[1] = " " + say(st.Dim, kit.Plural(len(x.Assertions), "assertion", "assertions"))
		switch {
		case f.err != nil:
			out[2] = " " + say(st.Bad, "! "+f.err.Error())
		case f.last.ID == 0:
			out[2] = " " + say(st.Dim, "never checked")
		default:
			out[2] = " " + say(st.Dim, passing(f.last)+", "+when(f.last.AtMS))
		}
		if f.stale != "" && f.last.ID != 0 {
			out[3] = " " + say(st.Warn, "△ "+f.stale)
		}
	}
	for i := range out {
		out[i] = kit.Fit(out[i], w)
	}
	return strings.Join(out, "\n")
}

// suiteView draws the suite in hand.
func (s *Screen) suiteView(a homeAreas) string {
	x, ok := s.suite()
	if !ok {
		return ""
	}
	w, h := a.right.w, a.right.h
	var parts []string
	if a.head > 0 {
		parts = append(parts, s.suiteHead(x, w, a.head))
	}
	room := max(0, h-a.head-a.detail)
	if len(x.Assertions) == 0 {
		parts = append(parts, s.note(w, h-a.head, "This suite asserts nothing yet",
			"p proposes assertions from a verdict, a correction or a failure mode, and shows each passing and failing before it is kept.",
			"a writes one by hand: icontains: refund"))
		return kit.Fill(kit.Stack(parts...), w, h)
	}
	if room > 0 {
		parts = append(parts, s.table.View())
	}
	if k, ok := s.assertion(); ok && a.detail > 0 {
		parts = append(parts, s.rule(w), s.assertionNear(k, w, a.detail-1))
	}
	return kit.Fill(kit.Stack(parts...), w, h)
}

// assertionNear says of the assertion with the cursor what its row has no room
// for, and which cases it fails.
func (s *Screen) assertionNear(k session.Assertion, w, h int) string {
	st := s.deps.Styles
	lines := strings.Split(kit.Para(line(k), max(1, w-2), st.Strong, st.Mark), "\n")
	if len(lines) > 3 {
		lines = append(lines[:2], cut(lines[2], max(1, w-2), st))
	}
	how := whose(k)
	switch {
	case k.Weight == 0:
		how = how.Append(text.Of(" · weight 0: recorded, never fails"))
	case k.Weight != 1:
		how = how.Append(text.Of(" · weight " + weight(k.Weight)))
	}
	why := purpose(k)
	if why.Empty() {
		why = text.Of("written by hand")
	}
	lines = append(lines, s.show(st.Dim, how.Append(text.Of(" · ")).Append(why)))
	t := s.facts[s.suiteID()].tally[k.UID]
	several := slices.ContainsFunc(t.fails, func(f failed) bool { return f.who.String() != t.fails[0].who.String() })
	for i, f := range t.fails {
		if i == 0 {
			lines = append(lines, "")
		}
		name := kit.Fit(st.Bad.Render("✗ ")+s.show(st.Text, text.Show(f.name).Truncate(12)), 16)
		who := ""
		if several {
			who = f.who.String() + ": "
		}
		lines = append(lines, name+say(st.Faint, who)+s.show(st.Dim, text.Show(f.message).OneLine()))
	}
	if n := t.fail - len(t.fails); n > 0 {
		lines = append(lines, st.Faint.Render("… and "+kit.Thousands(n)+" more: r shows them"))
	}
	if len(lines) > h && h > 0 {
		lines = append(lines[:h-1], st.Faint.Render("… r shows all of them"))
	}
	for i := range lines {
		lines[i] = kit.Fit(" "+lines[i], w)
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}

// suiteHead says how the suite stands.
func (s *Screen) suiteHead(x session.Suite, w, rows int) string {
	st := s.deps.Styles
	f := s.facts[x.ID]
	var lines []string
	put := func(style lipgloss.Style, v string) { lines = append(lines, kit.Fit(" "+say(style, v), w)) }
	switch {
	case f.err != nil:
		put(st.Bad, "! "+f.err.Error())
	case s.flight != nil && s.flight.suite.ID == x.ID:
		put(st.Accent, "… checking, "+kit.Thousands(s.flight.done)+" of "+kit.Thousands(s.flight.cells)+": r shows it")
	case f.last.ID == 0 && len(x.Assertions) == 0:
		put(st.Dim, "There is nothing to check yet.")
	case f.last.ID == 0:
		put(st.Dim, "Never checked: c checks a wording or a model.")
	default:
		sign, style := "✓ ", st.Good
		switch {
		case f.last.Passed+f.last.Failed == 0:
			sign, style = "○ ", st.Warn
		case f.last.Failed > 0:
			sign, style = "✗ ", st.Bad
		}
		v := passing(f.last)
		if u := unevaluated(f.last.Errors, f.last.NotRun); u != "" {
			v += ", " + u
		}
		put(style, sign+v+" · "+when(f.last.AtMS)+" · r shows it")
	}
	switch n := len(x.Assertions); {
	case f.stale != "" && f.last.ID != 0: // else it is said above
		put(st.Warn, "△ "+f.stale+": c checks it again")
	case n > 0 && n < session.MinAssertions:
		put(st.Warn, sentence(few(n)))
	case x.Threshold != nil:
		put(st.Dim, "A case needs a weighted share of "+weightOf(*x.Threshold)+" of its assertions.")
	case x.Note != "":
		lines = append(lines, kit.Fit(" "+s.show(st.Dim, text.Show(x.Note).OneLine()), w))
	default:
		put(st.Dim, "A case passes when every assertion about it holds.")
	}
	for len(lines) < rows {
		lines = append(lines, strings.Repeat(" ", max(0, w)))
	}
	return strings.Join(lines[:rows], "\n")
}

func weightOf(v float64) string {
	if v == 1 {
		return "1"
	}
	return weight(v)
}

// few says aloud that a suite is too small to be trusted.
func few(n int) string {
	if n == 0 {
		return "nothing kept yet: " + number(session.MinAssertions) + " make a test worth trusting"
	}
	return kit.Thousands(n) + " kept: " + number(session.MinAssertions) + " make a test worth trusting. One more?"
}

// updateHome takes what no action wanted.
func (s *Screen) updateHome(msg tea.Msg) tea.Cmd {
	a := s.home()
	if m, ok := msg.(tea.MouseMsg); ok {
		at := m.Mouse()
		_, click := msg.(tea.MouseClickMsg)
		switch {
		case a.left.w > 0 && a.left.holds(at.X, at.Y):
			if click {
				s.setSide(false)
			}
			return s.moveList(kit.Shift(m, a.left.x, a.left.y))
		case a.right.w > 0 && a.right.holds(at.X, at.Y):
			if click {
				s.setSide(true)
			}
			s.table.Update(kit.Shift(m, a.right.x, a.right.y+a.head))
		}
		return nil
	}
	if k, ok := msg.(tea.KeyPressMsg); ok && !s.list.Typing() {
		switch k.String() {
		case "left", "right":
			s.setSide(k.String() == "right")
			return nil
		}
	}
	if s.onRight && !s.list.Typing() {
		s.table.Update(msg)
		return nil
	}
	return s.moveList(msg)
}

// moveList moves in the list of suites, and reads what the suite it comes to has.
func (s *Screen) moveList(msg tea.Msg) tea.Cmd {
	before := s.suiteID()
	s.list.Update(msg)
	if s.suiteID() == before {
		return nil
	}
	s.table.SetRow(0)
	return s.follow()
}

// setSide gives one of the panes focus.
func (s *Screen) setSide(right bool) {
	s.onRight = right && len(s.suites) > 0
	s.placeHome()
}
