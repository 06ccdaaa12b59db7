package read

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// pageSize is how many outputs are fetched at once.
const pageSize = 100

// stack is a list of outputs with the one in hand; more of it may be in the
// store.
type stack struct {
	items  []session.Reading
	at     int
	total  int
	loaded bool
	asking bool
	err    error
}

// current is the output in hand, nil: there is none.
func (k *stack) current() *session.Reading {
	if k.at < 0 || k.at >= len(k.items) {
		return nil
	}
	return &k.items[k.at]
}

// place is where an output stands, -1: it is not here.
func (k *stack) place(cell int64) int {
	return slices.IndexFunc(k.items, func(r session.Reading) bool { return r.Cell.ID == cell })
}

// five are the outputs to read on one day.
type five struct {
	stack
	day  string
	over bool // one went past the last
}

// fiveADay is how many outputs a day has.
const fiveADay = 5

// dayOf is the day that a moment belongs to where the reader is: its name, the
// seed that draws its outputs, and when it began.
func dayOf(t time.Time) (name string, seed uint64, began int64) {
	name = t.Format("2006-01-02")
	h := fnv.New64a()
	_, _ = h.Write([]byte("to read on " + name)) // never fails
	y, m, d := t.Date()
	return name, h.Sum64(), time.Date(y, m, d, 0, 0, 0, 0, t.Location()).UnixMilli()
}

// front is the stack that is read.
func (s *Screen) front() *stack {
	if s.five != nil {
		return &s.five.stack
	}
	return &s.all
}

// current is the output in hand, nil: there is none.
func (s *Screen) current() *session.Reading {
	if s.five != nil && s.five.over {
		return nil
	}
	return s.front().current()
}

type (
	gotList struct {
		q     session.ReadQuery
		keep  int64 // the output to stay at, 0: the newest
		items []session.Reading
		total int
		modes []session.FailureMode // of the query's prompt
		err   error
	}
	gotMore struct {
		items []session.Reading
		total int
		err   error
	}
	gotFive struct {
		day   string
		items []session.Reading
		err   error
	}
	gotPrompts struct {
		list []session.PromptInfo
		err  error
	}
)

// choose reads the outputs of another query from its beginning.
func (s *Screen) choose(q session.ReadQuery) tea.Cmd {
	s.all = stack{}
	return s.widen(q)
}

// widen reads the outputs of a query and stays at the output in hand, where that
// is among the newest of them.
func (s *Screen) widen(q session.ReadQuery) tea.Cmd {
	keep := int64(0)
	if r := s.all.current(); r != nil {
		keep = r.Cell.ID
	}
	q.Offset, q.Limit = 0, 0
	s.q = q
	s.all = stack{}
	s.facets = Facets{}
	return s.fetch(keep)
}

// again reads what is shown anew and stays at the output in hand.
func (s *Screen) again() tea.Cmd {
	keep := int64(0)
	if r := s.all.current(); r != nil {
		keep = r.Cell.ID
	}
	return s.fetch(keep)
}

func (s *Screen) fetch(keep int64) tea.Cmd {
	load, modes, q := s.deps.Readings, s.deps.Modes, s.q
	if load == nil {
		return nil
	}
	q.Limit = max(pageSize, len(s.all.items))
	s.drop(askMore)
	s.all.asking = true
	return s.ask(askList, func(ctx context.Context) tea.Msg {
		out := gotList{q: q, keep: keep}
		if out.items, out.total, out.err = load(ctx, q); out.err == nil && modes != nil && q.PromptID != 0 {
			out.modes, out.err = modes(ctx, q.PromptID)
		}
		return out
	})
}

func (s *Screen) haveList(m gotList) tea.Cmd {
	s.all.asking, s.all.loaded, s.all.err = false, true, m.err
	if m.err != nil {
		if len(s.all.items) > 0 {
			return kit.Fail(m.err)
		}
		return nil
	}
	s.all.items, s.all.total = m.items, m.total
	if m.q.PromptID != 0 && (s.modes.prompt == m.q.PromptID || s.page != onModes) {
		s.modes.list = m.modes
	}
	s.all.at = max(0, s.all.place(m.keep))
	return s.moved()
}

// more fetches the next outputs when the end of those here is near. Those that
// fit no longer because of what was said of them here were skipped by the store.
func (s *Screen) more() tea.Cmd {
	k := &s.all
	load := s.deps.Readings
	if s.five != nil || load == nil || k.asking || !k.loaded || s.q.Sample > 0 || len(k.items) >= k.total || k.at < len(k.items)-pageSize/4 {
		return nil
	}
	q := s.q
	for i := range k.items {
		if fits(q, &k.items[i]) {
			q.Offset++
		}
	}
	q.Limit = pageSize
	k.asking = true
	return s.ask(askMore, func(ctx context.Context) tea.Msg {
		items, total, err := load(ctx, q)
		return gotMore{items, total, err}
	})
}

func (s *Screen) haveMore(m gotMore) tea.Cmd {
	k := &s.all
	k.asking = false
	if m.err != nil {
		return kit.Fail(m.err)
	}
	n := len(k.items)
	here := make(map[int64]bool, n)
	for i := range k.items {
		here[k.items[i].Cell.ID] = true
	}
	for _, r := range m.items { // outputs that ended meanwhile moved the others down
		if !here[r.Cell.ID] {
			k.items = append(k.items, r)
		}
	}
	k.total = max(len(k.items), m.total+gone(s.q, k.items))
	if len(k.items) == n {
		k.total = n // there is nothing more that we do not have
	}
	return nil
}

// fits reports whether an output still fits what a query says of judgments.
func fits(q session.ReadQuery, r *session.Reading) bool {
	if q.Unjudged && judged(r) {
		return false
	}
	if q.Noted && !slices.ContainsFunc(r.Notes, func(n session.Note) bool { return n.ModeID == 0 }) {
		return false
	}
	return q.ModeID == 0 || slices.ContainsFunc(r.Notes, func(n session.Note) bool { return n.ModeID == q.ModeID })
}

func gone(q session.ReadQuery, items []session.Reading) int {
	n := 0
	for i := range items {
		if !fits(q, &items[i]) {
			n++
		}
	}
	return n
}

// judged reports whether anybody said anything of an output.
func judged(r *session.Reading) bool {
	return len(r.Verdicts) > 0 || len(r.Notes) > 0 || r.Correction != nil
}

// draw asks for the outputs of the day.
func (s *Screen) draw() tea.Cmd {
	load := s.deps.Readings
	day, seed, began := dayOf(s.now())
	if s.five != nil {
		return s.leaveFive()
	}
	s.five = &five{day: day}
	s.five.asking = true
	s.page, s.entry = onOutput, nil
	q := session.ReadQuery{PromptID: s.q.PromptID, Sample: fiveADay, Seed: seed, AsOfMS: began, Limit: fiveADay}
	return s.ask(askFive, func(ctx context.Context) tea.Msg {
		items, _, err := load(ctx, q)
		return gotFive{day, items, err}
	})
}

func (s *Screen) haveFive(m gotFive) tea.Cmd {
	f := s.five
	if f == nil || f.day != m.day {
		return nil
	}
	f.asking, f.loaded, f.err = false, true, m.err
	f.items, f.total = m.items, len(m.items)
	f.at = s.firstUnread()
	f.over = f.at == len(f.items) && f.at > 0
	f.at = max(0, min(f.at, len(f.items)-1))
	return s.moved()
}

// firstUnread is the place of the first output of the day that this reader said
// nothing of today.
func (s *Screen) firstUnread() int {
	for i := range s.five.items {
		if !s.readToday(&s.five.items[i]) {
			return i
		}
	}
	return len(s.five.items)
}

// readToday reports whether the reader said something of an output today.
func (s *Screen) readToday(r *session.Reading) bool {
	_, _, began := dayOf(s.now())
	me := s.deps.As
	return slices.ContainsFunc(r.Verdicts, func(v session.Verdict) bool { return v.Judge == me && v.AtMS >= began }) ||
		slices.ContainsFunc(r.Notes, func(n session.Note) bool { return n.By == me && n.CreatedMS >= began }) ||
		r.Correction != nil && r.Correction.Judge == me && r.Correction.CreatedMS >= began
}

func (s *Screen) leaveFive() tea.Cmd {
	s.five = nil
	return s.again()
}

// step goes to another output.
func (s *Screen) step(by int) tea.Cmd {
	k := s.front()
	if f := s.five; f != nil {
		switch {
		case f.over && by < 0:
			f.over = false
			return s.moved()
		case !f.over && f.at+by >= len(f.items) && len(f.items) > 0:
			f.over = true
			return nil
		}
	}
	return s.goTo(k.at + by)
}

func (s *Screen) goTo(i int) tea.Cmd {
	k := s.front()
	k.at = max(0, min(i, len(k.items)-1))
	return s.moved()
}

// moved follows the output in hand.
func (s *Screen) moved() tea.Cmd { return tea.Batch(s.more(), s.loadProof()) }

func (s *Screen) loadPrompts() tea.Cmd {
	load := s.deps.Prompts
	if load == nil {
		return nil
	}
	return s.ask(askPrompts, func(ctx context.Context) tea.Msg {
		list, err := load(ctx)
		return gotPrompts{list, err}
	})
}
