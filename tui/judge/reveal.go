package judge

import (
	"context"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/kit"
)

// page is a page of the reveal.
type page int

const (
	pageStanding page = iota
	pageVerdicts
	pageTags
	pageJudges
	pageCount
)

func (p page) name() string { return [...]string{"standing", "verdicts", "tags", "judges"}[p] }

// reveal is everything that names a contestant. It exists only while it is seen.
type reveal struct {
	s        *Screen
	rep      report.Report
	verdicts []session.Verdict // in force, skips left out
	page     page
	top      int // rows of a page that are above it
	most     int // rows that do not fit, as drawn last
	table    *kit.Table
	short    map[session.Contestant]string
}

type (
	revealMsg struct {
		rep      report.Report
		verdicts []session.Verdict
		err      error
	}
	nearMsg struct {
		v           session.Verdict
		left, right *session.Result
		err         error
	}
)

// askWho tells who is who; before it does so for the first time, it asks.
func (s *Screen) askWho() tea.Cmd {
	if s.working != idle || s.prompt == 0 {
		return nil
	}
	if s.seen {
		return s.loadReveal()
	}
	return kit.Open(&kit.Confirm{
		Styles: s.deps.Styles, Question: "Who is who?", YesLabel: "tell me",
		Detail: text.Of("From then on your verdicts on these do not count: they are kept, and left out. Verdicts given so far stay as they are."),
		Yes:    s.loadReveal,
	})
}

func (s *Screen) loadReveal() tea.Cmd {
	tell, list, id, who := s.deps.Reveal, s.deps.Verdicts, s.prompt, s.judge
	if tell == nil {
		return nil
	}
	return s.ask(askReveal, func(ctx context.Context) tea.Msg {
		m := revealMsg{}
		if m.rep, m.err = tell(ctx, id, who); m.err == nil && list != nil {
			m.verdicts, m.err = list(ctx, id)
		}
		return m
	})
}

func (s *Screen) onReveal(m revealMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.seen = true
	if s.mode == modeDuel { // something else came in front meanwhile
		return nil
	}
	r := &reveal{s: s, rep: m.rep}
	for _, v := range m.verdicts {
		if !v.Undone && v.Choice != session.ChoiceSkip {
			r.verdicts = append(r.verdicts, v)
		}
	}
	r.short = shortNames(m.rep, r.verdicts)
	r.table = kit.NewTable(s.deps.Styles, nil, r.cell)
	r.table.SetColumns([]kit.Column{
		{Title: "case", Min: 8, Max: 20, Flex: 1},
		{Title: "verdict", Min: 14, Max: 30, Flex: 2},
		{Title: "on", Min: 12, Max: 34, Flex: 2, Hide: 1},
		{Title: "why", Min: 10, Flex: 5, Hide: 3},
		{Title: "judge", Min: 12, Max: 14, Hide: 2},
	})
	r.table.SetEmpty("no verdict yet")
	r.table.SetRows(len(r.verdicts))
	s.reveal, s.pair, s.mode, s.field, s.kept = r, nil, modeReveal, nil, false
	s.place()
	return nil
}

// shortNames leaves out of each name what all of them share.
func shortNames(rep report.Report, vs []session.Verdict) map[session.Contestant]string {
	var all []session.Contestant
	add := func(c session.Contestant) {
		if c != (session.Contestant{}) && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	for _, p := range rep.Pairs {
		add(p.A)
		add(p.B)
	}
	for _, l := range rep.Labels {
		add(l.Contestant)
	}
	for _, v := range vs {
		add(v.Left.Contestant)
		add(v.Right.Contestant)
	}
	prompts, models := map[string]bool{}, map[string]bool{}
	variants := map[session.VariantRef]bool{}
	for _, c := range all {
		prompts[c.Variant.Prompt], models[c.Model], variants[c.Variant] = true, true, true
	}
	out := map[session.Contestant]string{}
	for _, c := range all {
		name, v := c.String(), c.Variant
		if len(prompts) == 1 && v.Variant != "" {
			v.Prompt = ""
			name = v.String()[1:]
			if len(models) > 1 {
				name += " " + c.Model
			}
		}
		if len(variants) == 1 {
			name = c.Model
		}
		out[c] = text.Of(name).OneLine().String()
	}
	return out
}

func (r *reveal) name(c session.Contestant) string {
	if n, ok := r.short[c]; ok {
		return n
	}
	return text.Of(c.String()).OneLine().String()
}

// named writes a sentence with the names that stand everywhere else here: those
// that leave out what all of them share.
func (r *reveal) named(s string) string {
	all := slices.SortedFunc(maps.Keys(r.short), func(a, b session.Contestant) int { return len(b.String()) - len(a.String()) })
	for _, c := range all { // the longest first: one may be the beginning of another
		if whole := c.String(); whole != "" {
			s = strings.ReplaceAll(s, whole, r.short[c])
		}
	}
	return s
}

func (r *reveal) resize(w, h int) { r.table.Resize(w, max(0, h-r.headRows())) }

func (r *reveal) headRows() int {
	if r.s.h < 10 {
		return 1
	}
	return 2
}

func (r *reveal) row() int { return r.table.Row() }

func (r *reveal) turn(by int) tea.Cmd {
	r.page, r.top = (r.page+page(by)+pageCount)%pageCount, 0
	return nil
}

// update scrolls, or goes through the verdicts.
func (r *reveal) update(msg tea.Msg) tea.Cmd {
	if r.s.pair != nil {
		r.s.pair.update(msg)
		return nil
	}
	if m, ok := msg.(tea.MouseClickMsg); ok && m.Y == 0 {
		x := 0
		for p := range pageCount {
			w := len(p.name()) + 2
			if m.X >= x && m.X < x+w {
				r.page, r.top = p, 0
			}
			x += w
		}
		return nil
	}
	if r.page == pageVerdicts {
		switch m := msg.(type) {
		case tea.MouseClickMsg:
			m.Y -= r.headRows()
			r.table.Update(m)
		case tea.MouseWheelMsg:
			m.Y -= r.headRows()
			r.table.Update(m)
		default:
			r.table.Update(msg)
		}
		return nil
	}
	by, height := 0, max(1, r.s.h-r.headRows()-1)
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		by = map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -height, "pgdown": height, "space": height, "home": -1 << 20, "end": 1 << 20}[m.String()]
	case tea.MouseWheelMsg:
		by = map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[m.Button]
	}
	r.top = max(0, min(r.top+by, r.most))
	return nil
}

// cell is a cell of the table of verdicts.
func (r *reveal) cell(row, col int) (text.Shown, lipgloss.Style) {
	st, v := r.s.deps.Styles, r.verdicts[row]
	switch col {
	case 0:
		return text.Show(v.Case.Name), st.Strong
	case 1:
		words, look := text.Of(r.decided(v)), st.Text
		if v.Known || v.Judge == session.JudgeIdentical || v.RepeatOf != 0 {
			look = st.Faint
		}
		return words, look
	case 2:
		return text.Of(r.on(v)), st.Dim
	case 3:
		if v.Reason == "" {
			short, _ := aside(v)
			return text.Of(short), st.Faint
		}
		return text.Show(v.Reason), st.Dim
	}
	return text.Show(v.Judge), st.Faint
}

// aside says why a verdict is left out of the counts, in a word or two and in a
// few more.
func aside(v session.Verdict) (short, long string) {
	switch {
	case v.Known:
		return "names known", "names were known: not counted"
	case v.RepeatOf != 0:
		return "second look", "a second look: measures the judge"
	case v.Judge == session.JudgeIdentical:
		return "not asked", "equal answers: nobody was asked"
	}
	return "", ""
}

// decided is a verdict in words.
func (r *reveal) decided(v session.Verdict) string {
	if won, _, ok := v.Winner(); ok {
		return "● " + r.name(won.Contestant)
	}
	switch v.Choice {
	case session.ChoiceTie:
		if v.Judge == session.JudgeIdentical {
			return "≡ identical"
		}
		return "= the same"
	case session.ChoiceBothBad:
		return "0 both bad"
	case session.ChoicePass:
		return "✓ pass"
	case session.ChoiceFail:
		return "✗ fail"
	}
	return string(v.Choice)
}

// on says what a verdict is on.
func (r *reveal) on(v session.Verdict) string {
	if _, lost, ok := v.Winner(); ok {
		return "over " + r.name(lost.Contestant)
	}
	if v.Mode == session.JudgePassFail {
		return r.name(v.Left.Contestant)
	}
	return r.name(v.Left.Contestant) + ", " + r.name(v.Right.Contestant)
}

// chosen is the verdict that a key is about.
func (s *Screen) chosen() (session.Verdict, bool) {
	if s.reveal == nil || s.pair == nil && s.reveal.page != pageVerdicts || s.reveal.row() < 0 {
		return session.Verdict{}, false
	}
	return s.reveal.verdicts[s.reveal.row()], true
}

func (s *Screen) noAssertions() string {
	v, ok := s.chosen()
	if !ok {
		return "no verdict is chosen: they stand on the page verdicts"
	}
	if _, _, won := v.Winner(); !won && v.Mode == session.JudgePairs {
		return "nobody won here: assertions are made of a winner and a loser"
	}
	if v.Left.CellID == 0 {
		return "its answers are not kept here"
	}
	return ""
}

// assertions takes the verdict to Suite.
func (s *Screen) assertions() tea.Cmd {
	v, ok := s.chosen()
	if !ok {
		return nil
	}
	f := session.ProposeFrom{PromptID: s.prompt, VerdictID: v.ID}
	if v.Mode == session.JudgePassFail {
		f = session.ProposeFrom{PromptID: s.prompt, CellID: v.Left.CellID}
	}
	return goTo("suite", f)
}

// openNear shows the answers of the verdict with the cursor.
func (s *Screen) openNear() tea.Cmd {
	v, ok := s.chosen()
	load := s.deps.Result
	if !ok || load == nil {
		return nil
	}
	if v.Left.CellID == 0 {
		return kit.Say("its answers came from outside without their text")
	}
	return s.ask(askNear, func(ctx context.Context) tea.Msg {
		m := nearMsg{v: v}
		get := func(id int64) *session.Result {
			if m.err != nil || id == 0 {
				return nil
			}
			x, err := load(ctx, id)
			m.err = err
			return &x
		}
		m.left, m.right = get(v.Left.CellID), get(v.Right.CellID)
		return m
	})
}

func (s *Screen) onNear(m nearMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	if s.mode != modeReveal || m.left == nil {
		return nil
	}
	var right text.Raw
	if m.right != nil {
		right = m.right.Output.Whole()
	}
	p := newPair(s.deps.Styles, m.left.Cell.CaseVars, m.left.Output.Whole(), right, m.v.Mode == session.JudgePassFail)
	p.left.title = text.Of(s.reveal.name(m.v.Left.Contestant))
	p.right.title = text.Of(s.reveal.name(m.v.Right.Contestant))
	s.pair = p
	s.place()
	return s.layOut()
}

// nearBy goes to another verdict.
func (s *Screen) nearBy(by int) tea.Cmd {
	n := len(s.reveal.verdicts)
	s.reveal.table.SetRow((s.reveal.row() + by + n) % n)
	return s.openNear()
}

func (s *Screen) leaveNear() tea.Cmd {
	if s.pair.zoom != zoomNone {
		s.pair.zoom = zoomNone
		s.place()
		return nil
	}
	s.pair = nil
	return nil
}
