package suite

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/kit"
)

// mode is what the station shows.
type mode int

const (
	modeSuites   mode = iota // the suites of the prompt, and the one in hand
	modeWrite                // an assertion is being written
	modeSources              // what proposals can be made from
	modePropose              // proposals, and how they stand
	modeSetup                // a check before it starts
	modeResults              // a check that runs or has ended
	modeNear                 // one case of it
	modeExported             // what an export wrote, and what it could not say
)

// Screen is the station.
type Screen struct {
	deps Deps
	w, h int
	mode mode

	prompt int64 // whose suites these are
	tabled int64 // the table's prompt when the station was entered last

	suites  []session.Suite
	facts   map[int64]facts
	loaded  bool
	trouble error
	wanted  int64 // the suite that the cursor goes to when they come
	list    *kit.List[int]
	table   *kit.Table // the assertions of the suite in hand
	onRight bool       // the assertions have focus
	toRow   int        // the assertion that the cursor goes to when they come, 0: it stays

	write    *writing
	sources  sources
	proposed proposing
	setup    *setup
	kept     *setup // the set-up of before, whose choices stand when it opens again
	flight   *flight
	res      *results
	near     *near
	exported *exported

	variants []session.VariantInfo
	models   []session.ModelInfo
	recorded []string
	runs     []session.Run
	checks   []session.Check // of the suite that is being set up

	gen    uint64
	asked  map[question]uint64
	cancel map[question]context.CancelFunc
	theme  string
}

// question is what can be asked of others; the newest of each kind counts.
type question int

const (
	askSuites question = iota
	askFacts
	askDeed
	askSources
	askPropose
	askTry
	askKeep
	askSetup
	askEstimate
	askStart
	askResults
	askChange
	askNear
	askTargets
	askExport
)

// deeds are questions that change or start something: they are not cancelled when
// another of their kind is asked.
func (q question) deed() bool {
	return q == askDeed || q == askKeep || q == askStart || q == askExport
}

// New makes the station.
func New(d Deps) *Screen {
	s := &Screen{deps: d, asked: map[question]uint64{}, cancel: map[question]context.CancelFunc{}, facts: map[int64]facts{}, theme: d.Styles.Theme.Name}
	s.list = kit.NewList(d.Styles, s.suiteRow)
	s.table = kit.NewTable(d.Styles, assertionColumns, s.assertionCell)
	s.sources.list = kit.NewList(d.Styles, s.sourceRow)
	s.sources.list.SetEmpty("Nothing to propose from yet.")
	s.proposed.table = kit.NewTable(d.Styles, proposalColumns(), s.proposalCell)
	s.proposed.rows = newRows(d.Styles)
	return s
}

// Title is the station's name.
func (s *Screen) Title() string { return "Suite" }

// Resize gives the station its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = max(0, w), max(0, h)
	if t := s.deps.Styles.Theme.Name; t != s.theme {
		s.theme = t
		s.restyle()
	}
	s.place()
}

func (s *Screen) restyle() {
	st := s.deps.Styles
	s.list.SetStyles(st)
	s.table.SetStyles(st)
	s.sources.list.SetStyles(st)
	s.proposed.table.SetStyles(st)
	s.proposed.rows.restyle(st)
	if s.write != nil {
		s.write.in.SetStyles(st)
		s.write.rows.restyle(st)
	}
	if s.near != nil {
		s.near.restyle(s)
	}
	if s.exported != nil {
		s.exported.restyle(s)
	}
}

// place gives the parts of what is shown their sizes.
func (s *Screen) place() {
	s.placeHome()
	s.placeSources()
	s.placePropose()
	if s.write != nil {
		s.placeWrite()
	}
	if s.res != nil {
		s.res.resize(s)
	}
	if s.near != nil {
		s.near.resize(s.w, s.h)
	}
	if s.exported != nil {
		s.exported.resize(s)
	}
}

// Enter reads the suites of the prompt on the table.
func (s *Screen) Enter() tea.Cmd {
	if id := s.deps.Table.Prompt.ID; id != s.tabled {
		s.tabled = id
		s.turnTo(id)
	}
	return tea.Batch(s.load(), s.again(), s.recount())
}

// again asks anew for what somebody may have judged since it was shown.
func (s *Screen) again() tea.Cmd {
	p := &s.proposed
	switch {
	case s.mode == modeSources:
		return s.openSources()
	case s.mode == modePropose && len(p.marked) == 0 && p.into == 0 && !p.loading && !p.busy:
		return s.propose(p.from)
	}
	return nil
}

// turnTo shows the suites of another prompt.
func (s *Screen) turnTo(prompt int64) {
	if prompt == s.prompt {
		return
	}
	s.prompt, s.suites, s.facts, s.loaded, s.trouble = prompt, nil, map[int64]facts{}, false, nil
	s.mode, s.onRight, s.wanted = modeSuites, false, 0
	s.write, s.setup, s.kept, s.res, s.near, s.exported = nil, nil, nil, nil, nil, nil
	s.variants, s.recorded, s.runs, s.checks = nil, nil, nil, nil
	s.list.SetItems(nil)
	s.list.SetFilter("")
	s.table.SetRows(0)
}

// Open takes what assertions are to be proposed from, the number of a suite, or
// "check", "propose" and "export" for those of the suite in hand.
func (s *Screen) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case session.ProposeFrom:
		if a.PromptID == 0 {
			a.PromptID = s.prompt
		}
		if a.PromptID != s.prompt {
			s.turnTo(a.PromptID)
			return tea.Batch(s.load(), s.propose(Source{Focus: a}))
		}
		return s.propose(Source{Focus: a})
	case int64:
		s.mode, s.wanted = modeSuites, a
		s.settle()
		return s.follow()
	case string:
		switch a {
		case "check":
			return s.openSetup()
		case "propose":
			return s.openSources()
		case "export":
			return s.openExport()
		}
	}
	return nil
}

// Typing reports whether a text field has focus.
func (s *Screen) Typing() bool {
	switch s.mode {
	case modeWrite:
		return true
	case modeSuites:
		return s.list.Typing()
	case modeSources:
		return s.sources.list.Typing()
	case modeNear:
		return s.near.out.Typing()
	}
	return false
}

// Wants says which chords the field takes before anybody else does.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool {
	if s.mode != modeWrite {
		return false
	}
	switch msg.String() {
	case "ctrl+a", "ctrl+e", "ctrl+u", "ctrl+w", "ctrl+left", "ctrl+right", "alt+left", "alt+right", "alt+backspace", "ctrl+backspace":
		return true
	}
	return false
}

// Cursor is where the terminal's cursor stands.
func (s *Screen) Cursor() *tea.Cursor {
	switch s.mode {
	case modeWrite:
		return s.write.cursor()
	case modeSuites:
		return moved(s.list.QueryCursor(), s.home().left)
	case modeSources:
		return moved(s.sources.list.QueryCursor(), rect{x: 0, y: 2})
	case modeNear:
		return moved(s.near.out.SearchCursor(), s.near.area().out)
	}
	return nil
}

func moved(c *tea.Cursor, r rect) *tea.Cursor {
	if c == nil {
		return nil
	}
	m := *c
	m.X, m.Y = m.X+r.x, m.Y+r.y
	return &m
}

// ask sends a question out; an answer to an older one of its kind is dropped.
// What reads is cancelled when it is asked anew.
func (s *Screen) ask(q question, f func(ctx context.Context) tea.Msg) tea.Cmd {
	s.gen++
	gen := s.gen
	s.asked[q] = gen
	ctx := context.Background()
	if !q.deed() {
		if c := s.cancel[q]; c != nil {
			c()
		}
		ctx, s.cancel[q] = context.WithCancel(ctx)
	}
	asker := s
	return func() tea.Msg { return kit.Home{Asker: asker, Gen: gen, Msg: answer{q, f(ctx)}} }
}

// forget drops the answer to a question that nobody waits for any more.
func (s *Screen) forget(q question) {
	delete(s.asked, q)
	if c := s.cancel[q]; c != nil {
		c()
		delete(s.cancel, q)
	}
}

// answer is what comes home.
type answer struct {
	q   question
	msg tea.Msg
}

// suite is the suite in hand.
func (s *Screen) suite() (session.Suite, bool) {
	i, ok := s.list.Selected()
	if !ok || i >= len(s.suites) {
		return session.Suite{}, false
	}
	return s.suites[i], true
}

// suiteID is the number of the suite in hand, 0: there is none.
func (s *Screen) suiteID() int64 {
	x, _ := s.suite()
	return x.ID
}

// assertion is the one with the cursor.
func (s *Screen) assertion() (session.Assertion, bool) {
	x, ok := s.suite()
	i := s.table.Row()
	if !ok || i < 0 || i >= len(x.Assertions) {
		return session.Assertion{}, false
	}
	return x.Assertions[i], true
}

type (
	suitesMsg struct {
		suites []session.Suite
		facts  map[int64]facts
		err    error
	}
	factsMsg struct {
		suite int64
		facts facts
	}
	deedMsg struct {
		said string
		want int64          // the suite to go to, 0: stay
		then func() tea.Cmd // what was to follow when it was done
		err  error
	}
	changeMsg struct {
		before *session.Check
		change *report.Change
		err    error
	}
)

// many is the number of suites above which their facts are read one by one, as
// the cursor comes to them.
const many = 100

// load reads the suites, and how they stand.
func (s *Screen) load() tea.Cmd {
	d, id := s.deps, s.prompt
	if d.Suites == nil || id == 0 {
		return nil
	}
	return s.ask(askSuites, func(ctx context.Context) tea.Msg {
		all, err := d.Suites(ctx, id)
		m := suitesMsg{suites: all, facts: map[int64]facts{}, err: err}
		for i, x := range all {
			if i == many {
				break
			}
			m.facts[x.ID] = readFacts(ctx, d, x.ID)
		}
		return m
	})
}

// follow reads what is shown of the suite in hand and is not known yet.
func (s *Screen) follow() tea.Cmd {
	x, ok := s.suite()
	if !ok {
		s.table.SetRows(0)
		return nil
	}
	s.table.SetRows(len(x.Assertions))
	s.placeHome()
	f, known := s.facts[x.ID]
	if known && (f.last.ID == 0 || f.of == f.last.ID || f.err != nil) {
		return nil
	}
	d, id := s.deps, x.ID
	return s.ask(askFacts, func(ctx context.Context) tea.Msg {
		if !known {
			f = readFacts(ctx, d, id)
		}
		if f.err == nil && f.last.ID != 0 && d.Check != nil {
			c, err := d.Check(ctx, f.last.ID)
			f.err, f.of, f.tally = err, f.last.ID, tallies(c)
		}
		return factsMsg{id, f}
	})
}

// takeSuites takes the suites in, and keeps the cursor where it was.
func (s *Screen) takeSuites(m suitesMsg) tea.Cmd {
	s.loaded, s.trouble = true, m.err
	if m.err != nil {
		return kit.Fail(m.err)
	}
	if s.wanted == 0 {
		s.wanted = s.suiteID()
	}
	for id, f := range m.facts { // what is known of a check stays true
		if old := s.facts[id]; old.of != 0 && old.of == f.last.ID {
			f.tally, f.of = old.tally, old.of
			m.facts[id] = f
		}
	}
	s.suites, s.facts = m.suites, m.facts
	s.settle()
	return s.follow()
}

// settle gives the list what there is.
func (s *Screen) settle() {
	items := make([]int, len(s.suites))
	for i := range items {
		items[i] = i
	}
	s.list.SetItems(items)
	for i, x := range s.suites {
		if s.wanted != 0 && x.ID == s.wanted {
			s.list.SetCursor(i)
		}
	}
	if s.loaded {
		s.wanted = 0
	}
	if len(s.suites) == 0 {
		s.onRight = false
	}
	x, _ := s.suite()
	s.table.SetRows(len(x.Assertions))
	s.placeHome()
	if s.toRow > 0 && s.loaded {
		s.table.SetRow(s.toRow)
		s.toRow = 0
	}
}

// promptName is the prompt's name, for people.
func (s *Screen) promptName() text.Raw {
	if s.deps.Table.Prompt.ID == s.prompt {
		return s.deps.Table.Prompt.Name
	}
	for _, x := range s.suites {
		if x.Prompt != "" {
			return x.Prompt
		}
	}
	return "the prompt"
}
