package suite

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// resHead is the number of rows above the list of results.
func (s *Screen) resHead() int {
	if s.h < 9 {
		return 1
	}
	return 3
}

// resSide is the width of the case that stands beside the list, 0: there is no
// room for it.
func (s *Screen) resSide() int {
	if s.w < 116 || s.h < 14 {
		return 0
	}
	return max(44, s.w*2/5)
}

// pins reports whether the sentence stands below the list: where there is room it
// is in sight with the first of the cases that newly fail.
func (s *Screen) pins() bool { return s.h >= 14 }

// pinned is the sentence below the list, under a rule.
func (s *Screen) pinned() []string {
	r := s.res
	if r.change == nil || r.change.Sentence == "" || r.tagged || !s.pins() {
		return nil
	}
	st := s.deps.Styles
	out := []string{s.rule(s.w)}
	for _, l := range text.Of(r.change.Sentence).Wrap(max(8, s.w-4)) {
		out = append(out, kit.Fit(" "+st.Accent.Render("▎")+" "+say(st.Text, strings.TrimRight(l.String(), " ")), s.w))
	}
	return out
}

func (r *results) resize(s *Screen) {
	if r.pinned != s.pins() { // a line more or less in the list
		s.lay()
		return
	}
	r.w, r.h = s.w, max(0, s.h-s.resHead()-len(s.pinned()))
	if side := s.resSide(); side > 0 {
		r.w -= side + 3
	}
	r.wrap()
	r.reveal()
}

// wrap breaks lines of words at the width of the list, keeping the cursor on its
// group.
func (r *results) wrap() {
	cur := r.current()
	var out []resLine
	for i := 0; i < len(r.lines); i++ {
		l := r.lines[i]
		if l.words == "" {
			out = append(out, l)
			continue
		}
		all := l.words
		for i+1 < len(r.lines) && r.lines[i+1].words != "" { // broken at another width
			i++
			all += " " + r.lines[i].words
		}
		for _, x := range text.Of(all).Wrap(max(8, r.w-3)) {
			out = append(out, resLine{words: strings.TrimRight(x.String(), " "), style: l.style})
		}
	}
	r.lines = out
	for i, l := range out {
		if cur != nil && l.g == cur {
			r.at = i
		}
	}
}

func (s *Screen) viewResults() string {
	r := s.res
	pinned := s.pinned()
	h := max(0, s.h-s.resHead()-len(pinned))
	head := s.resultsHead(s.w)
	body := ""
	switch {
	case r.trouble != nil:
		body = s.note(s.w, h, "The check has no results", r.trouble.Error())
	case r.loading:
		body = s.note(s.w, h, "Reading the check…")
	case len(r.groups) == 0 && s.live():
		body = s.note(s.w, h, "Asking…", "Cases stand here as they are graded. s stops it; what was graded is kept.")
	case len(r.groups) == 0:
		body = s.note(s.w, h, "Nothing was evaluated", "This check has no case: nothing was asked, or nothing is asserted. It is no pass.")
	case len(r.lines) == 0:
		body = s.note(s.w, h, "No case here has that tag", "t chooses another.")
	default:
		body = s.resultList(r.w, h)
		if side := s.resSide(); side > 0 {
			body = kit.Columns(body, s.bar(h), s.beside(side, h))
		}
	}
	return kit.Fill(kit.Stack(append([]string{head, body}, pinned...)...), s.w, s.h)
}

// live reports whether the check that is shown runs.
func (s *Screen) live() bool {
	return s.flight != nil && s.res != nil && s.res.check.ID == 0 && s.res.suite.ID == s.flight.suite.ID && s.res.trouble == nil
}

// resultsHead says what was checked and how it came out.
func (s *Screen) resultsHead(w int) string {
	r, st := s.res, s.deps.Styles
	name := st.Strong.Render("Check of ") + s.show(st.Accent.Bold(true), text.Show(r.suite.Name).OneLine())
	who := ""
	switch cs := r.check.Contestants; {
	case len(cs) == 1:
		who = brief(cs[0]).String()
	case len(cs) > 1:
		who = kit.Plural(len(cs), "contestant", "contestants")
	}
	if r.check.AtMS > 0 {
		who = joined(who, when(r.check.AtMS))
	}
	if r.before != nil {
		against := when(r.before.AtMS)
		if len(r.before.Contestants) == 1 {
			against = brief(r.before.Contestants[0]).String() + ", " + against
		}
		who = joined(who, "against "+against)
	}
	if r.tagged {
		who = "tagged " + text.Show(r.tag).OneLine().String()
	}
	first := kit.Fit(" "+name+st.Dim.Render("  "+text.Of(who).OneLine().String()), w)
	second := s.resultsLine(w)
	if s.resHead() == 1 {
		return second
	}
	rule := s.rule(w)
	if u := s.pushed(w); u != "" {
		rule = kit.Fit(s.rule(max(0, w-kit.Width(u)-3))+" "+say(st.Warn, u)+" "+s.rule(1), w)
	}
	return first + "\n" + second + "\n" + rule
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " · " + b
}

// resultsLine is the progress of a check that runs, or how it came out.
func (s *Screen) resultsLine(w int) string {
	r, st := s.res, s.deps.Styles
	if s.live() {
		f := s.flight
		words := kit.Thousands(f.done) + " of " + kit.Thousands(f.cells)
		switch {
		case f.trouble != "":
			return kit.Fit(" "+say(st.Bad, "! "+f.trouble)+"  "+st.Dim.Render(words), w)
		case f.ending:
			words += ", stopping"
		case f.failed > 0:
			words += ", " + kit.Thousands(f.failed) + " without an answer"
		}
		if n := r.check.Failed; n > 0 {
			words += ", " + kit.Plural(n, "fails", "fail")
		}
		frac := 0.0
		if f.cells > 0 {
			frac = float64(f.done) / float64(f.cells)
		}
		return kit.Fit(" "+kit.BarStyled(frac, max(0, w-kit.Width(words)-5), st)+"  "+st.Dim.Render(words), w)
	}
	if r.loading || r.trouble != nil {
		return kit.Fit("", w)
	}
	c := r.counted()
	v, style, sign := rate(c.Cases), st.Good, "✓ "
	switch {
	case v == "":
		v, style, sign = "Nothing was evaluated", st.Warn, "○ "
	case c.Failed > 0:
		style, sign = st.Bad, "✗ "
	}
	out := " " + style.Render(sign) + st.Strong.Render(v)
	if u := unevaluated(c.Errors, c.NotRun); u != "" && s.pushed(w) == "" {
		tail := " · " + u + ", never a pass"
		if kit.Width(out+tail) > w {
			tail = " · " + u
		}
		out += st.Warn.Render(tail)
	}
	return kit.Fit(out, w)
}

// counted sums the cases that are shown: all, or those with the tag.
func (r *results) counted() session.Check {
	c := session.Check{Cases: r.check.Cases}
	if r.tagged {
		c.Cases = nil
		for _, g := range r.groups {
			if g.has(r.tag) {
				c.Cases = append(c.Cases, g.cases...)
			}
		}
	}
	c.Sum()
	return c
}

// pushed is what gave no answer where the line of the rate has no room for it: it
// stands in the rule below.
func (s *Screen) pushed(w int) string {
	r := s.res
	if s.live() || r.loading || r.trouble != nil || s.resHead() < 3 {
		return ""
	}
	c := r.counted()
	u := unevaluated(c.Errors, c.NotRun)
	if u == "" || kit.Width(rate(c.Cases)+" · "+u)+3 <= w {
		return ""
	}
	return u + ", never a pass"
}

// resultList draws the lines that can be seen.
func (s *Screen) resultList(w, h int) string {
	r := s.res
	multi := len(r.check.Contestants) > 1
	takes := false
	for i := r.top; i < min(len(r.lines), r.top+h); i++ {
		takes = takes || r.lines[i].g != nil && len(r.lines[i].g.cases) > 1
	}
	var lines []string
	for i := r.top; i < min(len(r.lines), r.top+h); i++ {
		lines = append(lines, s.resultLine(r.lines[i], i == r.at, multi, takes, w))
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}

func (s *Screen) lineStyle(n int) lipgloss.Style {
	st := s.deps.Styles
	switch n {
	case goodLine:
		return st.Good
	case badLine:
		return st.Bad
	case warnLine:
		return st.Warn
	case dimLine:
		return st.Dim
	}
	return st.Text
}

func (s *Screen) resultLine(l resLine, cur, multi, takes bool, w int) string {
	st := s.deps.Styles
	switch {
	case l.words != "":
		return kit.Fit(" "+st.Accent.Render("▎")+" "+say(st.Text, l.words), w)
	case l.head != "":
		out := " " + s.lineStyle(l.style).Bold(true).Render(l.head)
		if l.note != "" {
			out += st.Faint.Render("  " + l.note)
		}
		return kit.Fit(out, w)
	case l.g == nil:
		return kit.Fit("", w)
	}
	g := l.g
	on := func(x lipgloss.Style) lipgloss.Style {
		if cur {
			return x.Background(st.Selected.GetBackground())
		}
		return x
	}
	pad := func(n int) string {
		if n <= 0 {
			return ""
		}
		return on(lipgloss.NewStyle()).Render(strings.Repeat(" ", n))
	}
	var b strings.Builder
	used := 0
	put := func(x lipgloss.Style, t text.Shown, width int) {
		t = t.Truncate(max(0, min(width, w-used)))
		b.WriteString(kit.Render(t, on(x), st.Mark))
		n := max(0, min(width, w-used)) - t.Width()
		b.WriteString(pad(n))
		used += t.Width() + n
	}
	edge := "   "
	if cur {
		edge = " ▌ "
	}
	put(st.Accent, text.Of(edge), 3)
	sign, _ := state(g.status)
	put(stateStyle(st, g.status), text.Of(sign), 2)
	cw := max(8, min(16, w/5))
	name := st.Text
	if cur {
		name = st.Strong
	}
	put(name, text.Show(g.first().Case.Name).OneLine(), cw)
	put(st.Text, text.Of(""), 1)
	if multi {
		put(st.Dim, brief(g.first().Contestant), max(10, min(28, w/4)))
		put(st.Text, text.Of(""), 1)
	}
	if takes {
		n := ""
		if len(g.cases) > 1 {
			n = fmt.Sprintf("%d of %d", g.pass, len(g.cases))
		}
		put(stateStyle(st, g.status), text.Of(n), 9)
	}
	put(st.Dim, s.why(g), w-used)
	return b.String()
}

// why is the first reason for which a group is not a pass; of one that passes, what
// it is tagged.
func (s *Screen) why(g *group) text.Shown {
	for _, c := range g.cases {
		switch c.Status {
		case session.CheckError, session.CheckNotRun:
			if g.status == c.Status && c.Why != "" {
				return text.Show(c.Why).OneLine()
			}
		case session.CheckFail:
			for _, a := range c.Assertions {
				if !a.Pass && a.Weight != 0 {
					return s.named(a).Append(text.Of(": ")).Append(text.Show(a.Message)).OneLine()
				}
			}
		}
	}
	var out text.Shown
	for i, t := range g.first().CaseTags {
		if i > 0 {
			out = out.Append(text.Of(" "))
		}
		out = out.Append(text.Show(t))
	}
	return out.OneLine()
}

// named is an assertion of a check, in the words of the suite where it still has
// it.
func (s *Screen) named(r session.AssertResult) text.Shown {
	if r.UID != "" {
		for _, a := range s.suiteOf(s.res.suite.ID).Assertions {
			if a.UID == r.UID {
				return line(a)
			}
		}
		for _, a := range s.res.suite.Assertions {
			if a.UID == r.UID {
				return line(a)
			}
		}
	}
	name := string(r.Kind)
	if r.Not {
		name = "not " + name
	}
	return text.Of(name)
}

// beside shows the case with the cursor: each assertion with what it saw.
func (s *Screen) beside(w, h int) string {
	st := s.deps.Styles
	g := s.res.current()
	if g == nil {
		return kit.Fill("", w, h)
	}
	c := g.cases[0]
	for _, k := range g.cases { // the one that says why
		if k.Status == g.status {
			c = k
			break
		}
	}
	_, words := state(c.Status)
	lines := []string{s.show(st.Strong, text.Show(c.Case.Name).OneLine()) + "  " + s.show(st.Dim, contestant(c.Contestant))}
	v := words
	if len(g.cases) > 1 {
		v = fmt.Sprintf("take %d %s; %d of %d takes pass", c.Take, words, g.pass, len(g.cases))
	}
	lines = append(lines, say(stateStyle(st, c.Status), v), "")
	if c.Why != "" {
		lines = append(lines, strings.Split(kit.Para(text.Show(c.Why).OneLine(), max(8, w-1), st.Warn, st.Mark), "\n")...)
		lines = append(lines, "")
	}
	for _, a := range failingFirst(c.Assertions) {
		lines = append(lines, s.assertionSays(a, w)...)
		if len(lines) > h {
			break
		}
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}

// sign is how an assertion of a check came out.
func (s *Screen) sign(a session.AssertResult) (string, lipgloss.Style) {
	st := s.deps.Styles
	switch {
	case a.Pass:
		return "✓ ", st.Good
	case a.Error:
		return "! ", st.Warn
	case a.Weight == 0: // recorded, and nothing fails by it
		return "· ", st.Faint
	}
	return "✗ ", st.Bad
}

// failingFirst puts the assertions that do not hold before those that do.
func failingFirst(as []session.AssertResult) []session.AssertResult {
	var out, hold []session.AssertResult
	for _, a := range as {
		if a.Pass {
			hold = append(hold, a)
		} else {
			out = append(out, a)
		}
	}
	return append(out, hold...)
}

// assertionSays is an assertion with what it saw, wrapped.
func (s *Screen) assertionSays(a session.AssertResult, w int) []string {
	st := s.deps.Styles
	sign, style := s.sign(a)
	lines := []string{style.Render(sign) + s.show(st.Text, s.named(a).Truncate(max(1, w-2)))}
	if a.Message != "" {
		for i, l := range text.Show(a.Message).OneLine().Wrap(max(8, w-4)) {
			if i == 3 {
				break
			}
			lines = append(lines, "    "+s.show(st.Dim, l))
		}
	}
	return lines
}

// updateResults takes what no action wanted.
func (s *Screen) updateResults(msg tea.Msg) tea.Cmd {
	r := s.res
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		page := max(1, r.h-1)
		switch m.String() {
		case "up", "k":
			r.move(-1)
		case "down", "j":
			r.move(1)
		case "pgup":
			r.jump(r.at - page)
		case "pgdown":
			r.jump(r.at + page)
		case "home", "g":
			r.jump(0)
		case "end", "G":
			r.jump(len(r.lines) - 1)
		}
	case tea.MouseWheelMsg:
		by := 3
		if m.Button == tea.MouseWheelUp {
			by = -3
		}
		r.top = max(0, min(r.top+by, len(r.lines)-r.h))
	case tea.MouseClickMsg:
		i := r.top + m.Y - s.resHead()
		if m.Y < s.resHead() || m.X >= r.w || i >= len(r.lines) || r.lines[i].g == nil {
			return nil
		}
		if i == r.at {
			return s.openNear()
		}
		r.at = i
	}
	return nil
}
