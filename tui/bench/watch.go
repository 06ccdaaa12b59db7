package bench

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// lookAgain is how often a run that another process works is read anew.
const lookAgain = time.Second

// watchMsg is how a run of another process stands now.
type watchMsg struct {
	run     int64
	runs    []session.Run
	results []session.Result
	err     error
}

// elsewhere reports whether the run that is shown is being worked by another
// process.
func (s *Screen) elsewhere() bool {
	return s.board != nil && s.run.ID == s.board.runID && s.run.State == session.RunRunning && s.shown() == nil
}

// watch reads the run that is shown again in a while, as long as another process
// works it.
func (s *Screen) watch() tea.Cmd {
	results, runs := s.deps.Results, s.deps.Runs
	if !s.elsewhere() || results == nil || runs == nil {
		return nil
	}
	id, prompt := s.board.runID, s.prompt
	return s.ask(askWatch, func(ctx context.Context) tea.Msg {
		wait := time.NewTimer(lookAgain)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return watchMsg{run: id, err: ctx.Err()}
		}
		m := watchMsg{run: id}
		if m.runs, m.err = runs(ctx, prompt); m.err == nil {
			m.results, m.err = results(ctx, id)
		}
		return m
	})
}

// onWatch takes in how the run stands, and looks again while it goes on.
func (s *Screen) onWatch(m watchMsg) tea.Cmd {
	if !s.elsewhere() || s.board.runID != m.run {
		return nil
	}
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.takeRuns(m.runs)
	ups := s.board.merge(m.results)
	s.follow(ups, time.Now())
	s.settle()
	return tea.Batch(s.watch(), s.compare())
}

// merge takes in stored results and returns what is new of them.
func (b *board) merge(rs []session.Result) []Update {
	var ups []Update
	for i := range rs {
		n, o := b.place(rs[i].Cell.Index), &rs[i].Output
		if n < 0 || o.Status == "" {
			continue
		}
		x := &b.cells[n]
		switch {
		case o.Status.Ended():
			if x.status == o.Status && x.out != nil && x.out.EndedMS == o.EndedMS {
				continue
			}
			b.set(n, o.Status, o)
		case x.status == o.Status && string(x.buf) == string(o.Whole()):
			continue
		default:
			b.stream(n, o)
		}
		ups = append(ups, Update{Index: rs[i].Cell.Index, Status: o.Status})
	}
	return ups
}

// stream sets a cell that has not ended to what was kept of it so far.
func (b *board) stream(n int, o *session.Output) {
	b.apply([]Update{{Index: b.cells[n].cell.Index, Status: o.Status, Text: o.Whole(), Anew: true}}, time.Time{})
}
