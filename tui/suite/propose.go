package suite

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// sources is the list of what proposals can be made from.
type sources struct {
	all     []Source
	wide    int // what the widest takes, with its time
	list    *kit.List[int]
	loading bool
	trouble error
}

// proposing is what was proposed, and what of it is marked.
type proposing struct {
	from    Source
	all     []Proposal
	marked  map[int]bool
	kept    map[int]bool // in a suite already: the store has them
	table   *kit.Table
	rows    *rows
	onRows  bool
	loading bool
	busy    bool // they are being kept
	trouble error
	into    int64  // the suite that was kept into last
	said    string // what stands above the proposals until the next key
}

type (
	sourcesMsg struct {
		all []Source
		err error
	}
	proposedMsg struct {
		all []Proposal
		err error
	}
	keptMsg struct {
		suite int64
		name  text.Raw
		which []int
		err   error
	}
)

// openSources asks what there is to propose from.
func (s *Screen) openSources() tea.Cmd {
	d, id := s.deps, s.prompt
	if d.Sources == nil || id == 0 {
		return nil
	}
	s.mode, s.sources.loading, s.sources.trouble = modeSources, true, nil
	s.placeSources()
	return s.ask(askSources, func(ctx context.Context) tea.Msg {
		all, err := d.Sources(ctx, id)
		return sourcesMsg{all, err}
	})
}

func (s *Screen) onSources(m sourcesMsg) tea.Cmd {
	s.sources.loading, s.sources.trouble, s.sources.all = false, m.err, m.all
	items := make([]int, len(m.all))
	s.sources.wide = 0
	for i, x := range m.all {
		items[i] = i
		s.sources.wide = max(s.sources.wide, text.Show(x.Label).OneLine().Width()+kit.Width(x.Kind+" · "+when(x.AtMS))+5)
	}
	s.sources.list.SetItems(items)
	if m.err != nil {
		return kit.Fail(m.err)
	}
	return nil
}

func (s *Screen) sourceRow(i int) kit.Row {
	x := s.sources.all[i]
	st := s.deps.Styles
	sign := map[string]string{"verdict": "⚖", "correction": "✎", "failure mode": "⚑"}[x.Kind]
	if sign == "" {
		sign = "·"
	}
	r := kit.Row{Lead: st.Accent.Render(sign), Label: text.Show(x.Label).OneLine(), Note: text.Of(x.Kind + " ")}
	if x.AtMS > 0 && (s.w >= 100 || s.sources.wide <= s.w) { // they stand by time: their words go first
		r.Note = text.Of(x.Kind + " · " + when(x.AtMS) + " ")
	}
	return r
}

func (s *Screen) placeSources() { s.sources.list.Resize(s.w, max(0, s.h-2)) }

func (s *Screen) viewSources() string {
	st := s.deps.Styles
	switch {
	case s.sources.trouble != nil:
		return s.note(s.w, s.h, "What there is to propose from can't be read", s.sources.trouble.Error())
	case s.sources.loading && len(s.sources.all) == 0:
		return s.note(s.w, s.h, "Looking for verdicts, corrections and failure modes…")
	case len(s.sources.all) == 0:
		return s.note(s.w, s.h, "Nothing to propose from yet",
			"Assertions are proposed from a verdict that one answer won, from a corrected answer, or from a failure mode with notes.",
			"J goes to Judge: one key says which of two answers is better. a writes an assertion by hand.")
	}
	head := " " + st.Strong.Render("Propose from") + st.Dim.Render("  "+longest(s.w-16, "what the good answer has and the bad one lacks, and the other way round", "what the good one has and the bad one lacks, or the reverse", "what parts good from bad"))
	return kit.Fill(kit.Stack(kit.Fit(head, s.w), s.rule(s.w), s.sources.list.View()), s.w, s.h)
}

func (s *Screen) updateSources(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(tea.MouseMsg); ok {
		msg = kit.Shift(m, 0, 2)
	}
	s.sources.list.Update(msg)
	return nil
}

func (s *Screen) chooseSource() tea.Cmd {
	i, ok := s.sources.list.Selected()
	if !ok || i >= len(s.sources.all) {
		return nil
	}
	return s.propose(s.sources.all[i])
}

// propose asks for what can be asserted from a source.
func (s *Screen) propose(from Source) tea.Cmd {
	p := &s.proposed
	p.from, p.all, p.marked, p.kept = from, nil, map[int]bool{}, map[int]bool{}
	p.loading, p.busy, p.trouble, p.onRows, p.into, p.said = true, false, nil, false, 0, ""
	p.table.SetRows(0)
	p.table.SetRow(0)
	s.mode = modePropose
	s.placePropose()
	if s.deps.Propose == nil {
		return nil
	}
	ask, of := s.deps.Propose, from.Focus
	return s.ask(askPropose, func(ctx context.Context) tea.Msg {
		all, err := ask(ctx, of)
		return proposedMsg{all, err}
	})
}

func (s *Screen) onProposed(m proposedMsg) tea.Cmd {
	p := &s.proposed
	p.loading, p.trouble, p.all = false, m.err, m.all
	p.table.SetRows(len(m.all))
	s.placePropose()
	s.markKept()
	s.showRows()
	if m.err != nil {
		return kit.Fail(m.err)
	}
	return nil
}

// markKept marks the proposals that a suite has already.
func (s *Screen) markKept() {
	p := &s.proposed
	have := map[string]bool{}
	for _, x := range s.suites {
		for _, a := range x.Assertions {
			have[keyOf(a)] = true
		}
	}
	for i, x := range p.all {
		if p.kept[i] = have[keyOf(x.Assertion)]; p.kept[i] {
			delete(p.marked, i)
		}
	}
}

// keyOf tells assertions apart by what they assert, and of which case.
func keyOf(a session.Assertion) string {
	return fmt.Sprintf("%d %q %s", a.CaseID, a.CaseName, a.Spec())
}

// showRows shows how the proposal with the cursor stands.
func (s *Screen) showRows() {
	p := &s.proposed
	if x, ok := p.current(); ok {
		p.rows.set(x.Rows, p.from.Focus)
		return
	}
	p.rows.set(nil, p.from.Focus)
}

func (p *proposing) current() (Proposal, bool) {
	i := p.table.Row()
	if i < 0 || i >= len(p.all) {
		return Proposal{}, false
	}
	return p.all[i], true
}

// fits reports whether the proposal parts what it came from: the good pass, the
// bad fail.
func (p Proposal) fits() bool {
	some := false
	for _, r := range p.Rows {
		if r.Origin {
			some = true
			if !r.right() {
				return false
			}
		}
	}
	return some
}

// noMark says why the proposal with the cursor can't be marked, or "".
func (s *Screen) noMark() string {
	p := &s.proposed
	i := p.table.Row()
	switch {
	case p.loading:
		return "still looking"
	case i < 0 || i >= len(p.all):
		return "nothing was proposed"
	case p.kept[i]:
		return "it is in a suite already"
	}
	return ""
}

func (s *Screen) mark() tea.Cmd {
	p := &s.proposed
	i := p.table.Row()
	if p.marked[i] {
		delete(p.marked, i)
	} else {
		p.marked[i] = true
	}
	p.said = ""
	p.table.SetRow(i + 1)
	s.showRows()
	return nil
}

// noKeepMarked says why nothing can be kept, or "".
func (s *Screen) noKeepMarked() string {
	p := &s.proposed
	switch {
	case p.loading:
		return "still looking"
	case p.busy:
		return "they are being kept"
	case len(p.marked) == 0 && len(p.all) == 0:
		return "nothing was proposed"
	case len(p.marked) == 0:
		return "space marks what is to be kept"
	}
	return ""
}

// keepMarked keeps what is marked: in the only suite, in one that is chosen, or in
// a new one, whose name is asked for.
func (s *Screen) keepMarked() tea.Cmd {
	switch {
	case s.proposed.into != 0:
		return s.keepInto(s.proposed.into)
	case len(s.suites) == 0:
		return s.keepIntoNew()
	case len(s.suites) == 1:
		return s.keepInto(s.suites[0].ID)
	}
	m := &kit.Menu{Styles: s.deps.Styles, Heading: "Keep in which suite?"}
	at := s.suiteID()
	for i, x := range s.suites {
		if x.ID == at {
			m.Start = i
		}
		m.Choices = append(m.Choices, kit.Choice{Label: text.Show(x.Name).OneLine(), Note: text.Of(kit.Plural(len(x.Assertions), "assertion", "assertions"))})
	}
	m.Choices = append(m.Choices, kit.Choice{Label: text.Of("a new suite…")})
	m.Done = func(i int) tea.Cmd {
		if i == len(m.Choices)-1 {
			return s.keepIntoNew()
		}
		return s.keepInto(s.suites[i].ID)
	}
	return kit.Open(m)
}

func (s *Screen) keepIntoNew() tea.Cmd {
	return s.nameSuite(newHeading, s.freeName(), func(name string) tea.Cmd {
		return s.keepIn(0, name)
	})
}

func (s *Screen) keepInto(id int64) tea.Cmd { return s.keepIn(id, "") }

// keepIn stores what is marked. Nothing is ticked before the store has it.
func (s *Screen) keepIn(id int64, name string) tea.Cmd {
	p, d, prompt := &s.proposed, s.deps, s.prompt
	var as []session.Assertion
	var which []int
	for i, x := range p.all {
		if p.marked[i] {
			as, which = append(as, x.Assertion), append(which, i)
		}
	}
	if len(as) == 0 {
		return nil
	}
	p.busy = true
	label := text.Raw(name)
	if id != 0 {
		label = s.suiteOf(id).Name
	}
	return s.ask(askKeep, func(ctx context.Context) tea.Msg {
		if id == 0 {
			x, err := d.Create(ctx, prompt, name)
			if err != nil {
				return keptMsg{err: err}
			}
			id = x.ID
		}
		_, err := d.Keep(ctx, id, as)
		return keptMsg{id, label, which, err}
	})
}

func (s *Screen) onKept(m keptMsg) tea.Cmd {
	p := &s.proposed
	p.busy = false
	if m.suite != 0 {
		p.into, s.wanted = m.suite, m.suite
	}
	if m.err != nil {
		return tea.Batch(kit.Fail(m.err), s.load())
	}
	for _, i := range m.which {
		p.kept[i] = true
		delete(p.marked, i)
	}
	all := len(s.suiteOf(m.suite).Assertions) + len(m.which)
	said := keptSaid(len(m.which), all)
	p.said = said
	if all >= session.MinAssertions && s.mode == modePropose {
		s.mode = modeSuites
		s.setSide(true)
		s.toRow = len(s.suiteOf(m.suite).Assertions) // the first that is new
		said = kit.Plural(len(m.which), "assertion", "assertions") + " kept in " + text.Show(m.name).OneLine().String() + ", " + kit.Thousands(all) + " in all. c checks them."
	}
	return tea.Batch(kit.Say(said), s.load())
}

func (s *Screen) updatePropose(msg tea.Msg) tea.Cmd {
	p := &s.proposed
	a := proposeLayout(s.w, s.h, p.shape())
	if m, ok := msg.(tea.MouseMsg); ok {
		at := m.Mouse()
		_, click := msg.(tea.MouseClickMsg)
		switch {
		case a.list.holds(at.X, at.Y):
			if click {
				s.rowsFocus(false)
			}
			s.movePropose(kit.Shift(m, a.list.x, a.list.y))
		case a.rows.holds(at.X, at.Y):
			if click {
				s.rowsFocus(true)
			}
			p.rows.update(kit.Shift(m, a.rows.x, a.rows.y))
		}
		return nil
	}
	if p.onRows {
		p.rows.update(msg)
		return nil
	}
	s.movePropose(msg)
	return nil
}

func (s *Screen) movePropose(msg tea.Msg) {
	p := &s.proposed
	before := p.table.Row()
	p.table.Update(msg)
	if p.table.Row() != before {
		p.said = ""
		s.showRows()
	}
}

func (s *Screen) rowsFocus(on bool) {
	s.proposed.onRows = on && len(s.proposed.all) > 0
	s.placePropose()
}
