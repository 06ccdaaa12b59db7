package suite

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/kit"
)

// frame is how long the pump gathers before it comes home.
const frame = 100 * time.Millisecond

// flight is a check that runs.
type flight struct {
	live    Live
	suite   session.Suite
	before  *session.Check
	gen     uint64
	cells   int
	done    int
	failed  int
	trouble string
	ending  bool // it was asked to stop
}

type pumped struct {
	cells, done, failed int
	trouble             string
	groups              []*group
	cases               []session.CaseCheck
	ended               bool
	check               session.Check
	change              *report.Change
	err                 error
}

// pump waits for the bell, gathers for one frame and comes home with how the check
// stands; when it has ended, with the check as it is stored.
func (s *Screen) pump(f *flight) tea.Cmd {
	asker, live, gen, d, before := s, f.live, f.gen, s.deps, f.before
	return func() tea.Msg {
		idle := time.NewTimer(time.Second)
		defer idle.Stop()
		select {
		case <-live.Bell():
			time.Sleep(frame)
		case <-idle.C:
		}
		var m pumped
		m.cells, m.done, m.failed, m.ended, m.trouble = live.Progress()
		if m.ended {
			m.check, m.err = live.Wait()
			m.cases = m.check.Cases
			if m.err == nil && before != nil && d.Against != nil {
				c := d.Against(m.check, *before)
				m.change = &c
			}
		} else {
			m.cases = live.Graded()
		}
		m.groups = groupsOf(m.cases)
		return kit.Home{Asker: asker, Gen: gen, Msg: m}
	}
}

func (s *Screen) onStarted(m startedMsg) tea.Cmd {
	if s.setup != nil {
		s.setup.starting = false
	}
	if m.err != nil {
		return kit.Fail(m.err)
	}
	suite := s.suiteNow()
	s.gen++
	f := &flight{live: m.live, suite: suite, before: m.before, gen: s.gen}
	f.cells, f.done, f.failed, _, f.trouble = m.live.Progress()
	s.flight = f
	s.res = &results{suite: suite, before: m.before, at: -1}
	s.setup = nil
	s.mode = modeResults
	s.lay()
	return s.pump(f)
}

// suiteNow is the suite that is being set up, or the one in hand.
func (s *Screen) suiteNow() session.Suite {
	if s.setup != nil {
		return s.setup.suite
	}
	x, _ := s.suite()
	return x
}

func (s *Screen) onPump(f *flight, m pumped) tea.Cmd {
	f.cells, f.done, f.failed, f.trouble = m.cells, m.done, m.failed, m.trouble
	r := s.res
	shown := r != nil && r.check.ID == 0 && r.suite.ID == f.suite.ID
	if !m.ended {
		if shown {
			r.check.Cases, r.groups = m.cases, m.groups
			r.check.Sum()
			s.lay()
		}
		return s.pump(f)
	}
	s.flight = nil
	if m.err != nil {
		if shown {
			r.trouble = m.err
		}
		return tea.Batch(kit.Fail(m.err), s.load())
	}
	if shown {
		r.check, r.groups, r.change = m.check, m.groups, m.change
		r.at = -1
		s.lay()
	}
	s.wanted = f.suite.ID
	return tea.Batch(kit.Say(ended(m.check)), s.load())
}

// ended says in one line how a check came out.
func ended(c session.Check) string {
	v := passing(c)
	if u := unevaluated(c.Errors, c.NotRun); u != "" {
		v += ", " + u
	}
	return "checked: " + v
}

// stop ends the check that runs.
func (s *Screen) stop() tea.Cmd {
	f := s.flight
	return kit.Open(&kit.Confirm{
		Styles: s.deps.Styles, Question: "Stop this check?", YesLabel: "stop",
		Detail: text.Of("What was graded is kept; what was not asked counts as not run, never as a pass."),
		Yes: func() tea.Cmd {
			f.ending = true
			return func() tea.Msg { f.live.Cancel(); return nil }
		},
	})
}
