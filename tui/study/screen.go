package study

import (
	"context"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
	"galley/tui/kit"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Screen is the page of studies.
type Screen struct {
	d     Deps
	w, h  int
	theme string

	prompt   int64
	entries  []Entry
	loaded   bool
	trouble  string // why the list can't be read
	gen      uint64
	listGen  uint64
	readGen  uint64
	want     int64 // the study that the cursor is to go to
	peek     *Result
	peekErr  string
	peekOf   int64 // the study that peek is of, or is asked for
	list     *kit.Table
	flights  []*flight
	models   []session.ModelInfo
	suites   []text.Raw
	variants []session.VariantInfo
	looks    session.Looks

	setup  *setup
	result *result
	busy   string
}

// New makes the page.
func New(d Deps) *Screen {
	s := &Screen{d: d}
	s.list = kit.NewTable(d.Styles, nil, s.cell)
	s.list.SetEmpty("")
	return s
}

// Title names the page.
func (s *Screen) Title() string { return "Study" }

// Under is the station that the page belongs to.
func (s *Screen) Under() string { return "Shots" }

// Resize gives the page its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// Enter reads what studies there are.
func (s *Screen) Enter() tea.Cmd { return s.adopt() }

// adopt takes over the prompt on the table.
func (s *Screen) adopt() tea.Cmd {
	t := s.d.Table
	id := int64(0)
	if t.Open() {
		id = t.Prompt.ID
	}
	if id != s.prompt {
		s.prompt, s.entries, s.loaded, s.trouble, s.peek, s.peekOf, s.setup, s.result, s.busy = id, nil, false, "", nil, 0, nil, nil, ""
		s.suites, s.variants, s.looks = nil, nil, session.Looks{}
		s.list.SetRow(0)
	}
	if id == 0 {
		return nil
	}
	if p := s.setup; p != nil && p.epoch != t.Epoch() { // other cases cost something else
		return tea.Batch(s.load(), s.facts(), p.estimate())
	}
	return tea.Batch(s.load(), s.facts())
}

// Results of the screen's questions.
type (
	gotList struct {
		entries []Entry
		err     error
	}
	gotFacts struct {
		models   []session.ModelInfo
		suites   []text.Raw
		variants []session.VariantInfo
		looks    session.Looks
	}
	gotRead struct {
		id     int64
		result Result
		err    error
		open   bool
	}
	gotEstimate struct {
		est Estimate
		err error
	}
	gotLive struct {
		live Live
		err  error
	}
	gotDone struct {
		said string
		err  error
	}
)

const patience = time.Minute

// ask runs a question outside of Update and brings its answer home.
func (s *Screen) ask(gen uint64, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, patience, question)
}

func (s *Screen) next() uint64 { s.gen++; return s.gen }

// load reads the list.
func (s *Screen) load() tea.Cmd {
	if s.d.Studies == nil || s.prompt == 0 {
		return nil
	}
	s.listGen = s.next()
	id, list := s.prompt, s.d.Studies
	return s.ask(s.listGen, func(ctx context.Context) tea.Msg {
		all, err := list(ctx, id)
		return gotList{all, err}
	})
}

// facts reads what a study can be set up with. What can't be read is not offered.
func (s *Screen) facts() tea.Cmd {
	d, id := s.d, s.prompt
	return s.ask(uint64(id), func(ctx context.Context) tea.Msg {
		var m gotFacts
		if d.Suites != nil {
			m.suites, _ = d.Suites(ctx, id)
		}
		if d.Variants != nil {
			m.variants, _ = d.Variants(ctx, id)
		}
		if d.Looks != nil {
			m.looks, _ = d.Looks(ctx, id)
		}
		if d.Models != nil {
			m.models, _ = d.Models(ctx)
		}
		return m
	})
}

// Update takes keys, the mouse and results.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Home:
		return s.home(msg)
	case kit.TableChanged:
		return s.adopt()
	}
	switch {
	case s.setup != nil:
		return s.setup.update(msg)
	case s.result != nil:
		return s.result.update(msg)
	}
	if m, ok := msg.(tea.MouseMsg); ok {
		msg = kit.Shift(m, 1, 1)
	}
	if s.list.Update(msg) {
		return s.look()
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case gotList:
		if m.Gen == s.listGen {
			return s.listed(msg)
		}
	case gotFacts:
		if m.Gen == uint64(s.prompt) {
			s.models, s.suites, s.variants, s.looks = msg.models, msg.suites, msg.variants, msg.looks
		}
	case gotRead:
		if m.Gen == s.readGen {
			return s.wasRead(msg)
		}
	case gotEstimate:
		if s.setup != nil && m.Gen == s.setup.gen {
			s.setup.est, s.setup.estErr, s.setup.known = msg.est, msg.err, true
			return s.fire()
		}
	case gotLive:
		return s.began(msg)
	case gotDone:
		s.busy = ""
		if msg.err != nil {
			return kit.Fail(msg.err)
		}
		s.result = nil
		return tea.Batch(kit.Say(msg.said), s.load())
	case pumped:
		for _, f := range s.flights {
			if f.gen == m.Gen {
				return s.onPump(f, msg)
			}
		}
	}
	return nil
}

func (s *Screen) listed(m gotList) tea.Cmd {
	if m.err != nil {
		s.trouble = m.err.Error()
		return nil
	}
	at := s.want
	if e := s.entry(); e != nil && at == 0 {
		at = e.ID
	}
	s.entries, s.loaded, s.trouble, s.want = m.entries, true, "", 0
	s.list.SetRows(len(s.entries))
	if i := slices.IndexFunc(s.entries, func(e Entry) bool { return e.ID == at }); i >= 0 {
		s.list.SetRow(i)
	}
	s.peekOf = 0
	s.arrange()
	return s.look()
}

// entry is the study with the cursor, or nil.
func (s *Screen) entry() *Entry {
	i := s.list.Row()
	if i < 0 || i >= len(s.entries) {
		return nil
	}
	return &s.entries[i]
}

// look reads the study with the cursor, for what stands beside the list.
func (s *Screen) look() tea.Cmd {
	e := s.entry()
	if e == nil || e.ID == s.peekOf || s.d.Read == nil {
		return nil
	}
	s.peekOf, s.peek, s.peekErr = e.ID, nil, ""
	return s.read(e.ID, false)
}

func (s *Screen) read(id int64, open bool) tea.Cmd {
	s.readGen = s.next()
	read := s.d.Read
	return s.ask(s.readGen, func(ctx context.Context) tea.Msg {
		r, err := read(ctx, id)
		return gotRead{id, r, err, open}
	})
}

func (s *Screen) wasRead(m gotRead) tea.Cmd {
	if m.err != nil {
		s.peekErr = m.err.Error()
		if m.open {
			s.busy = ""
			return kit.Fail(m.err)
		}
		return nil
	}
	s.peek, s.peekErr, s.peekOf = &m.result, "", m.id
	for i := range s.entries {
		if s.entries[i].ID == m.id {
			s.entries[i] = m.result.Entry
		}
	}
	if s.result != nil && s.result.r.Entry.ID == m.id {
		s.result.take(m.result)
	} else if m.open {
		s.busy = ""
		s.result = newResult(s, m.result)
		s.arrange()
	}
	return nil
}

// firstModel is the model on the table; where that is a person, the first of the others.
func (s *Screen) firstModel() string {
	now := s.d.Table.Model()
	if !study.Person(now) {
		return now
	}
	if refs := s.modelRefs(""); len(refs) > 0 {
		return refs[0]
	}
	return ""
}

// modelRefs are the models that can be studied: no people.
func (s *Screen) modelRefs(now string) []string {
	var out []string
	for _, m := range s.models {
		if !study.Person(m.Ref) {
			out = append(out, m.Ref)
		}
	}
	if now != "" && !slices.Contains(out, now) {
		out = append([]string{now}, out...)
	}
	return out
}
