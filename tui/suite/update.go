package suite

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// Update takes what no action wanted.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case kit.Home:
		return s.comeHome(m)
	case kit.TableChanged:
		return tea.Batch(s.load(), s.recount())
	}
	switch s.mode {
	case modeWrite:
		return s.updateWrite(msg)
	case modeSources:
		return s.updateSources(msg)
	case modePropose:
		return s.updatePropose(msg)
	case modeSetup:
		return s.updateSetup(msg)
	case modeResults:
		return s.updateResults(msg)
	case modeNear:
		return s.updateNear(msg)
	case modeExported:
		return s.updateExported(msg)
	}
	return s.updateHome(msg)
}

// comeHome takes an answer, unless a newer question of its kind was asked.
func (s *Screen) comeHome(h kit.Home) tea.Cmd {
	switch m := h.Msg.(type) {
	case pumped:
		if f := s.flight; f != nil && f.gen == h.Gen {
			return s.onPump(f, m)
		}
	case answer:
		if s.asked[m.q] == h.Gen {
			return s.onAnswer(m.msg)
		}
	}
	return nil
}

func (s *Screen) onAnswer(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case suitesMsg:
		cmd := s.takeSuites(m)
		if s.mode == modePropose {
			s.markKept()
		}
		return cmd
	case factsMsg:
		s.facts[m.suite] = m.facts
		if m.facts.err != nil {
			return kit.Fail(m.facts.err)
		}
	case deedMsg:
		return s.onDeed(m)
	case sourcesMsg:
		return s.onSources(m)
	case proposedMsg:
		return s.onProposed(m)
	case keptMsg:
		return s.onKept(m)
	case triedMsg:
		s.onTried(m)
	case writtenMsg:
		return s.onWritten(m)
	default:
		return s.onMore(msg)
	}
	return nil
}

// onMore takes the answers about checks and exports.
func (s *Screen) onMore(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case setupMsg:
		return s.onSetup(m)
	case estimateMsg:
		if s.setup != nil {
			s.setup.takeEstimate(m)
			return s.fire()
		}
	case startedMsg:
		return s.onStarted(m)
	case resultsMsg:
		return s.onResults(m)
	case changeMsg:
		if m.err != nil {
			return kit.Fail(m.err)
		}
		if s.res != nil {
			s.res.before, s.res.change = m.before, m.change
			s.lay()
		}
	case checksMsg:
		return s.onChecks(m)
	case nearMsg:
		return s.onNear(m)
	case targetsMsg:
		return s.onTargets(m)
	case exportedMsg:
		return s.onExported(m)
	}
	return nil
}

// View draws the station.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	switch s.mode {
	case modeWrite:
		return s.viewWrite()
	case modeSources:
		return s.viewSources()
	case modePropose:
		return s.viewPropose()
	case modeSetup:
		return s.viewSetup()
	case modeResults:
		return s.viewResults()
	case modeNear:
		return s.viewNear()
	case modeExported:
		return s.viewExported()
	}
	return s.viewHome()
}

// back leaves what is shown for what it came from.
func (s *Screen) back() tea.Cmd {
	switch s.mode {
	case modePropose:
		if s.proposed.onRows {
			s.rowsFocus(false)
			return nil
		}
		s.forget(askPropose)
		s.mode = modeSuites
		if len(s.sources.all) > 0 {
			s.mode = modeSources
		}
	case modeNear:
		s.forget(askNear)
		s.near, s.mode = nil, modeResults
	case modeSetup:
		if s.setup.armed { // takes back that the check is to start
			s.setup.armed = false
			return nil
		}
		s.setup, s.mode = nil, modeSuites
	case modeResults:
		s.forget(askResults)
		s.mode = modeSuites
	case modeSources:
		if s.sources.list.Filter() != "" {
			s.sources.list.SetFilter("")
			return nil
		}
		s.mode, s.sources.all = modeSuites, nil
	case modeSuites:
		switch {
		case s.onRight:
			s.setSide(false)
		case s.list.Filter() != "":
			s.list.SetFilter("")
		}
	default:
		s.mode = modeSuites
	}
	return nil
}
