package bench

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// Update takes what no action wanted.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if h, ok := msg.(kit.Home); ok {
		return s.home(h)
	}
	if _, ok := msg.(kit.TableChanged); ok {
		s.align()
		return s.refill()
	}
	switch {
	case s.blank != nil:
		if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == "esc" && !s.blank.ed.Wants(k) {
			return s.leaveBlank()
		}
		return s.blank.update(msg)
	case s.setup != nil:
		return s.setup.update(s, msg)
	case s.close != nil:
		return s.close.update(msg)
	}
	if m, ok := msg.(tea.MouseClickMsg); ok {
		if cmd, tab := s.clickTab(m); tab {
			return cmd
		}
	}
	switch s.view {
	case viewColumns:
		return s.onColumns(msg)
	case viewGrid:
		return s.grid.update(msg)
	case viewDiff:
		s.diff.diff.Update(msg)
	case viewAnswers:
		return s.answers.update(msg)
	case viewTags:
		s.tags.table.Update(s.inView(msg))
	case viewTimings:
		s.timings.table.Update(s.inView(msg))
	case viewRuns:
		s.list.Update(s.inView(msg))
	}
	return nil
}

// home takes an answer, unless a newer question of its kind was asked.
func (s *Screen) home(h kit.Home) tea.Cmd {
	switch m := h.Msg.(type) {
	case pumped:
		for _, f := range s.flights {
			if f.gen == h.Gen {
				return s.onPump(f, m)
			}
		}
	case answer:
		if s.asked[m.q] == h.Gen {
			delete(s.asked, m.q)
			return tea.Batch(s.onAnswer(m.msg), s.fire())
		}
	}
	return nil
}

func (s *Screen) onAnswer(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case modelsMsg:
		s.models, s.off, s.silent = m.models.List, m.models.Off, m.models.Trouble
		return s.fail(m.err, s.refill())
	case variantsMsg:
		s.variants = m.variants
		return s.fail(m.err, s.refill())
	case runsMsg:
		return s.onRuns(m)
	case resultsMsg:
		s.opening = 0
		if m.err != nil {
			s.trouble = m.err
			return kit.Fail(m.err)
		}
		s.lay(m.board)
		return tea.Batch(s.watch(), s.compare())
	case watchMsg:
		return s.onWatch(m)
	case estimateMsg:
		if s.setup != nil {
			s.setup.takeEstimate(m)
		}
	case startedMsg:
		return s.onStarted(m)
	case looksMsg:
		s.looks = m
	case wantMsg:
		return s.onWant(m)
	case noteMsg:
		if m.err != nil {
			return kit.Fail(m.err)
		}
		return tea.Batch(kit.Say("note kept"), s.loadNotes())
	case notesMsg:
		if m.err == nil {
			s.takeNotes(m.notes)
		}
		return s.fail(m.err, nil)
	case devicesMsg:
		s.devices, s.readAt = m.devices, m.at
		s.place()
	case diffMsg:
		s.diff.take(m)
	default:
		if s.close != nil {
			return s.close.take(msg)
		}
	}
	return nil
}

func (s *Screen) fail(err error, cmd tea.Cmd) tea.Cmd {
	if err != nil {
		return tea.Batch(kit.Fail(err), cmd)
	}
	return cmd
}

func (s *Screen) onRuns(m runsMsg) tea.Cmd {
	s.loaded = true
	if m.err != nil {
		s.trouble = m.err
		return kit.Fail(m.err)
	}
	s.trouble = nil
	s.takeRuns(m.runs)
	show := m.show
	if s.prompt == 0 && show == 0 { // nothing is on the table: they are there to choose from
		if s.board == nil && len(s.runs) > 0 {
			s.view = viewRuns
			s.place()
		}
		return s.watch()
	}
	if show == 0 && s.board == nil && s.opening == 0 && len(s.runs) > 0 {
		show = s.runs[0].ID
	}
	if show != 0 {
		return s.showRun(show)
	}
	return s.watch()
}

// takeRuns takes in the list of runs, and how the one that is shown stands.
func (s *Screen) takeRuns(runs []session.Run) {
	s.runs = runs
	s.list.SetRows(len(runs))
	for i, r := range runs {
		if s.board != nil && r.ID == s.board.runID {
			s.run = r
			if s.view != viewRuns {
				s.list.SetRow(i)
			}
		}
	}
}

// onStarted shows a run that has begun, and sends its pump out.
func (s *Screen) onStarted(m startedMsg) tea.Cmd {
	if m.err != nil {
		if s.setup != nil {
			s.setup.starting = false
		}
		s.wanted = false
		return kit.Fail(m.err)
	}
	s.gen++
	f := &flight{live: m.live, board: m.board, gen: s.gen}
	s.flights = append(without(s.flights, s.flightOf(m.board.runID)), f)
	s.setup, s.close = nil, nil
	s.view = viewColumns
	s.lay(m.board)
	s.run.State = session.RunRunning
	s.place()
	return tea.Batch(s.pump(f), s.loadRuns(0), s.readDevices())
}

// reopen goes on with a run.
func (s *Screen) reopen(id int64, failed bool) tea.Cmd {
	again, load := s.deps.Reopen, s.deps.Results
	return s.ask(askStart, func(ctx context.Context) tea.Msg {
		live, err := again(ctx, id, failed)
		if err != nil {
			return startedMsg{err: err}
		}
		b := newBoard(live.RunID(), live.Cells())
		if load != nil {
			if rs, err := load(ctx, id); err == nil && len(rs) == len(b.cells) {
				b = fromResults(id, rs)
			}
		}
		return startedMsg{live: live, board: b}
	})
}

// compare works the diff out anew, where it is what is seen.
func (s *Screen) compare() tea.Cmd {
	if s.view != viewDiff || s.board == nil {
		return nil
	}
	return s.diff.ask()
}

// show changes the view.
func (s *Screen) show(v view) tea.Cmd {
	s.view = v
	s.place()
	s.settle()
	if v == viewAnswers {
		s.answers.follow()
	}
	if v == viewGrid {
		s.grid.refresh(true)
	}
	return s.compare()
}

// inView is a message with mouse places relative to the view below the head.
func (s *Screen) inView(msg tea.Msg) tea.Msg {
	if m, ok := msg.(tea.MouseMsg); ok {
		return shift(m, s.headRows())
	}
	return msg
}
