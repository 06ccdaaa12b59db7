package suite

import (
	"context"
	"slices"
	"sort"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/kit"
)

// results is a check that is shown: one that runs, or one that has ended.
type results struct {
	suite   session.Suite
	check   session.Check // with its cases
	groups  []*group
	before  *session.Check
	change  *report.Change
	loading bool
	trouble error
	tag     text.Raw // only cases with it, "" all
	tagged  bool     // a tag is chosen

	lines []resLine
	at    int // the line with the cursor, -1: none can have it
	top   int
	w, h  int // of the list

	pinned bool // the sentence stands below the list, whatever it is scrolled to
}

// group is a case of a contestant, with all its takes.
type group struct {
	cases      []session.CaseCheck // by take
	pass, eval int
	status     session.CheckStatus
}

func (g *group) first() session.CaseCheck { return g.cases[0] }

type groupKey struct {
	c session.CaseKey
	k session.Contestant
}

// groupsOf gathers the takes of each case of each contestant, in the order in
// which they came.
func groupsOf(cases []session.CaseCheck) []*group {
	at := map[groupKey]*group{}
	var out []*group
	for _, c := range cases {
		k := groupKey{c.Case, c.Contestant}
		g := at[k]
		if g == nil {
			g = &group{}
			at[k] = g
			out = append(out, g)
		}
		g.cases = append(g.cases, c)
	}
	for _, g := range out {
		sort.SliceStable(g.cases, func(i, j int) bool { return g.cases[i].Take < g.cases[j].Take })
		g.sum()
	}
	return out
}

// sum says how the takes came out together: one that fails makes the case fail,
// and an error is never a pass.
func (g *group) sum() {
	seen := map[session.CheckStatus]bool{}
	for _, c := range g.cases {
		seen[c.Status] = true
		switch c.Status {
		case session.CheckPass:
			g.pass++
			g.eval++
		case session.CheckFail:
			g.eval++
		}
	}
	switch {
	case seen[session.CheckFail]:
		g.status = session.CheckFail
	case seen[session.CheckError]:
		g.status = session.CheckError
	case seen[session.CheckPass] && !seen[session.CheckNotRun]:
		g.status = session.CheckPass
	default:
		g.status = session.CheckNotRun
	}
}

func (g *group) has(tag text.Raw) bool { return slices.Contains(g.first().CaseTags, tag) }

// resLine is a line of the list of results: a heading, words, or a group.
type resLine struct {
	head  string
	style int // of a heading or of words: the index in lineStyles
	words string
	note  string
	g     *group
}

const (
	plainLine = iota
	goodLine
	badLine
	warnLine
	dimLine
)

// openLast shows the check that runs, or the last one of the suite in hand.
func (s *Screen) openLast() tea.Cmd {
	if f := s.flight; f != nil {
		if s.res == nil || s.res.check.ID != 0 || s.res.suite.ID != f.suite.ID {
			s.res = &results{suite: f.suite, before: f.before, at: -1}
		}
		s.mode = modeResults
		s.lay()
		return nil
	}
	return s.openCheck(s.facts[s.suiteID()].last.ID, true)
}

type resultsMsg struct {
	check  session.Check
	groups []*group
	before *session.Check
	change *report.Change
	err    error
}

// openCheck shows a check that has ended, held against the one before it where
// there is one.
func (s *Screen) openCheck(id int64, against bool) tea.Cmd {
	x := s.suiteNow()
	if s.res != nil && s.mode == modeResults {
		x = s.res.suite
	}
	s.res = &results{suite: x, loading: true, at: -1}
	s.mode = modeResults
	s.lay()
	d := s.deps
	return s.ask(askResults, func(ctx context.Context) tea.Msg {
		c, err := d.Check(ctx, id)
		m := resultsMsg{check: c, groups: groupsOf(c.Cases), err: err}
		if err != nil || !against || d.Checks == nil || d.Against == nil {
			return m
		}
		all, err := d.Checks(ctx, x.ID)
		if err != nil {
			m.err = err
			return m
		}
		for i, k := range all {
			if k.ID != id || i+1 == len(all) {
				continue
			}
			before, err := d.Check(ctx, all[i+1].ID)
			if err != nil {
				m.err = err
				return m
			}
			change := d.Against(c, before)
			m.before, m.change = &before, &change
		}
		return m
	})
}

func (s *Screen) onResults(m resultsMsg) tea.Cmd {
	r := s.res
	if r == nil {
		return nil
	}
	r.loading, r.trouble = false, m.err
	if m.err != nil {
		return kit.Fail(m.err)
	}
	r.check, r.groups, r.before, r.change = m.check, m.groups, m.before, m.change
	s.lay()
	return nil
}

// lay lays the lines of the results out anew; the cursor stays on its group.
func (s *Screen) lay() {
	r := s.res
	if r == nil {
		return
	}
	var was *group
	if g := r.current(); g != nil {
		was = g
	}
	r.pinned = s.pins()
	r.lines = r.compose()
	r.at = -1
	for i, l := range r.lines {
		if l.g == nil {
			continue
		}
		if r.at < 0 {
			r.at = i
		}
		if was != nil && l.g.first().Case == was.first().Case && l.g.first().Contestant == was.first().Contestant {
			r.at = i
			break
		}
	}
	r.resize(s)
}

// current is the group with the cursor.
func (r *results) current() *group {
	if r.at < 0 || r.at >= len(r.lines) {
		return nil
	}
	return r.lines[r.at].g
}

// compose lists what there is to see: newly failing, newly passing, the sentence,
// and then all by how they came out.
func (r *results) compose() []resLine {
	var out []resLine
	shown := map[*group]bool{}
	section := func(title string, style int, gs []*group, note string) {
		if len(gs) == 0 {
			return
		}
		if len(out) > 0 {
			out = append(out, resLine{})
		}
		out = append(out, resLine{head: title + " · " + kit.Thousands(len(gs)), style: style, note: note})
		for _, g := range gs {
			shown[g] = true
			out = append(out, resLine{g: g})
		}
	}
	if r.change != nil {
		section("Newly failing", badLine, r.match(r.change.NewlyFail), "passed before")
		section("Newly passing", goodLine, r.match(r.change.NewlyPass), "failed before")
		if r.change.Sentence != "" && !r.tagged && !r.pinned {
			if len(out) > 0 {
				out = append(out, resLine{})
			}
			out = append(out, resLine{words: r.change.Sentence})
		}
	}
	by := map[session.CheckStatus][]*group{}
	for _, g := range r.groups {
		if !shown[g] && (!r.tagged || g.has(r.tag)) {
			by[g.status] = append(by[g.status], g)
		}
	}
	title := "Failing"
	if r.change != nil && len(r.change.NewlyFail) > 0 {
		title = "Also failing"
	}
	section(title, badLine, by[session.CheckFail], "")
	section("Error: no answer that could be checked", warnLine, by[session.CheckError], "never a pass")
	section("Not run", dimLine, by[session.CheckNotRun], "never a pass")
	section("Passing", goodLine, by[session.CheckPass], "")
	return out
}

// match finds the groups of cases that changed.
func (r *results) match(cs []session.CaseCheck) []*group {
	at := map[groupKey]*group{}
	for _, g := range r.groups {
		at[groupKey{g.first().Case, g.first().Contestant}] = g
	}
	var out []*group
	for _, c := range cs {
		g := at[groupKey{c.Case, c.Contestant}]
		if g == nil {
			g = &group{cases: []session.CaseCheck{c}}
			g.sum()
		}
		if (!r.tagged || g.has(r.tag)) && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// move goes to the next group.
func (r *results) move(by int) {
	for i := r.at + by; i >= 0 && i < len(r.lines); i += by {
		if r.lines[i].g != nil {
			r.at = i
			break
		}
	}
	r.reveal()
}

// jump goes to the group nearest to line i.
func (r *results) jump(i int) {
	i = max(0, min(i, len(r.lines)-1))
	for d := 0; d < len(r.lines); d++ {
		for _, k := range [2]int{i + d, i - d} {
			if k >= 0 && k < len(r.lines) && r.lines[k].g != nil {
				r.at = k
				r.reveal()
				return
			}
		}
	}
}

// reveal scrolls so that the cursor is in sight, and with the first group the
// heading above it.
func (r *results) reveal() {
	at := r.at
	r.top = min(r.top, max(0, at-1))
	if at <= 2 {
		r.top = 0
	}
	last := at // with the last group, all that follows it
	if !slices.ContainsFunc(r.lines[min(at+1, len(r.lines)):], func(l resLine) bool { return l.g != nil }) {
		last = min(len(r.lines)-1, at+r.h/2)
	}
	r.top = max(r.top, last-r.h+1)
	r.top = max(0, min(r.top, len(r.lines)-r.h))
}

// goGroup takes the next case, in the results and from near.
func (s *Screen) goGroup(by int) tea.Cmd {
	before := s.res.at
	s.res.move(by)
	if s.res.at == before {
		return nil
	}
	return s.openNear()
}
