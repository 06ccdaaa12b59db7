package bench

import (
	"strings"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// headRows is the number of rows above a view.
func (s *Screen) headRows() int {
	if s.h < 12 {
		return 1
	}
	return 2 + len(s.strips())
}

// View draws the station.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	switch {
	case s.blank != nil:
		return s.blank.view(s)
	case !s.deps.Table.Open() && s.board == nil && len(s.runs) == 0:
		return s.note(s.w, s.h, "Nothing is on the table", "Choose a variant in Library (alt+1) and press enter; then run it here beside others.")
	case s.setup != nil:
		return s.setup.view(s)
	case s.close != nil:
		return s.close.view()
	}
	head := s.head(s.w)
	h := s.h - s.headRows()
	return kit.Fill(kit.Stack(head, s.body(s.w, h)), s.w, s.h)
}

// body draws the view, or says why there is nothing to see.
func (s *Screen) body(w, h int) string {
	if s.view == viewRuns && len(s.runs) > 0 {
		return s.list.View()
	}
	if s.board == nil || len(s.board.cols) == 0 || len(s.board.cases) == 0 {
		return s.nothing(w, h)
	}
	switch s.view {
	case viewGrid:
		return s.grid.view(w, h)
	case viewDiff:
		return s.diff.view(w, h)
	case viewAnswers:
		return s.answers.view(w, h)
	case viewTags:
		return s.tags.view(w, h)
	case viewTimings:
		return s.timings.view(w, h)
	case viewRuns:
		return s.nothing(w, h)
	}
	return s.drawColumns(w, h)
}

// nothing is what stands where there is no run.
func (s *Screen) nothing(w, h int) string {
	switch {
	case s.trouble != nil:
		return s.note(w, h, "The runs can't be read", s.trouble.Error())
	case s.opening != 0:
		return s.note(w, h, "Reading the run…", "")
	case !s.loaded:
		return s.note(w, h, "Looking for runs…", "")
	case s.prompt == 0 && len(s.runs) > 0:
		return s.note(w, h, "No run is chosen", "r lists the runs of all prompts, also of those that were deleted.")
	case s.board != nil:
		return s.note(w, h, "This run has no cells", "n sets up a new one.")
	}
	return s.note(w, h, "No run yet", "n chooses variants, models and cases, and says what they will cost before anything is asked.")
}

// note says something where there is nothing else to see.
func (s *Screen) note(w, h int, headline, detail string) string {
	st := s.deps.Styles
	out := kit.Para(text.Of(headline), max(1, min(60, w-2)), st.Strong, st.Mark)
	if detail != "" {
		out += "\n\n" + kit.Para(text.Of(detail), max(1, min(56, w-4)), st.Dim, st.Mark)
	}
	return kit.Centre(out, w, h)
}

// head is the line of views, and below it how the run stands.
func (s *Screen) head(w int) string {
	st := s.deps.Styles
	tabs := ""
	if w >= 60 {
		for v := range viewCount {
			if v == s.view {
				tabs += st.BadgeHot.Render(" " + v.name() + " ")
			} else {
				tabs += st.Dim.Render(" " + v.name() + " ")
			}
		}
	} else {
		tabs = st.BadgeHot.Render(" "+s.view.name()+" ") + st.Faint.Render(" tab ›")
	}
	right := ""
	if s.board != nil {
		sign, words := runState(s.state())
		if f := s.shown(); f != nil && f.progress.Paused {
			sign, words = "‖", "paused"
		}
		right = sessionRun(s.board.runID) + " " + sign + " " + words
		if s.run.Imported {
			right += " · imported"
		}
		if n := len(s.flights); n > 0 && s.shown() == nil {
			right += " · another is running"
		}
	}
	line := tabs + kit.FitRight(st.Dim.Render(text.Of(right).Truncate(max(0, w-kit.Width(tabs)-2)).String())+" ", max(0, w-kit.Width(tabs)))
	if s.headRows() < 2 {
		return kit.Fit(line, w)
	}
	lines := []string{kit.Fit(line, w), s.progress(w)}
	for _, strip := range s.strips() {
		lines = append(lines, strip(w))
	}
	return strings.Join(lines, "\n")
}

func sessionRun(id int64) string { return session.Run{ID: id}.Name() }

// state is the state of the run that is shown.
func (s *Screen) state() session.RunState {
	if f := s.shown(); f != nil {
		return session.RunRunning
	}
	return s.run.State
}

// stateOf is how the state of a cell is said: one that waits in a run that is
// over was not asked.
func (s *Screen) stateOf(x *slot) (sign, words string) {
	sign, words = stateNow(x)
	if x.status == session.StatusWaiting && s.shown() == nil && !s.elsewhere() {
		words = "not asked"
	}
	return sign, words
}

// progress is the line that says how far the run is, or what it came to.
func (s *Screen) progress(w int) string {
	st := s.deps.Styles
	if s.board == nil {
		return kit.Rule(w, st)
	}
	t := s.board.all()
	f := s.shown()
	if s.elsewhere() {
		return s.meter(t, kit.Join(" · ", kit.Thousands(t.ended())+" of "+kit.Thousands(t.cells), "another process works this run"), w)
	}
	if f == nil {
		parts := []string{kit.Plural(t.cells, "cell", "cells"), kit.Thousands(t.done) + " done"}
		if t.failed > 0 {
			parts = append(parts, kit.Thousands(t.failed)+" failed")
		}
		if t.halted > 0 {
			parts = append(parts, kit.Thousands(t.halted)+" cut short")
		}
		if t.waiting+t.running > 0 {
			parts = append(parts, kit.Thousands(t.waiting+t.running)+" not asked")
		}
		if t.odd > 0 {
			parts = append(parts, kit.Thousands(t.odd)+" no answer")
		}
		if len(s.run.Mixed) > 0 {
			parts = append(parts, "mixed: T tells")
		}
		if n := s.run.Unsure; n > 0 {
			parts = append(parts, kit.Thousands(n)+" may have been billed")
		}
		if !s.run.Imported {
			parts = append(parts, cost(t, s.board.free))
		}
		switch {
		case s.run.Imported || t.open() == 0:
		case t.open() == t.failed:
			parts = append(parts, "R asks the failed again")
		default:
			parts = append(parts, "R asks the rest")
		}
		if t.cached > 0 {
			parts = append(parts, kit.Thousands(t.cached)+" cached")
		}
		if s.run.StartedMS > 0 {
			parts = append(parts, when(s.run.StartedMS))
		}
		return kit.Fit(" "+kit.Render(text.Of(fitting(parts, w-2)), st.Dim, st.Mark), w)
	}
	p := f.progress
	ended := t.ended()
	if p.Trouble != "" {
		count := kit.Thousands(ended) + " of " + kit.Thousands(t.cells)
		room := max(0, w-len(count)-5)
		return kit.Fit(" "+kit.Fit(kit.Render(text.Of("! "+p.Trouble).Truncate(room), st.Bad, st.Mark), room)+"  "+st.Dim.Render(count), w)
	}
	parts := []string{kit.Thousands(ended) + " of " + kit.Thousands(t.cells)}
	if t.failed > 0 {
		parts = append(parts, kit.Thousands(t.failed)+" failed")
	}
	switch {
	case p.Paused:
		parts = append(parts, "paused, space goes on")
	case p.LeftMS > 0:
		parts = append(parts, left(max(p.LeftMS, p.waitMS())))
	default:
		parts = append(parts, millis(p.ElapsedMS)+" so far")
	}
	parts = append(parts, cost(t, s.board.free))
	return s.meter(t, kit.Join(" · ", parts...), w)
}

// waitMS is the longest wait that a server asked for.
func (p Progress) waitMS() int64 {
	var most time.Duration
	for _, b := range p.Backends {
		if !b.Dead {
			most = max(most, time.Until(b.Until))
		}
	}
	return most.Milliseconds()
}

// meter is a bar of how far a run is, and words beside it.
func (s *Screen) meter(t totals, words string, w int) string {
	st := s.deps.Styles
	label := text.Of(words).Truncate(max(0, w-8))
	frac := 0.0
	if t.cells > 0 {
		frac = float64(t.ended()) / float64(t.cells)
	}
	room := min(max(0, w-8), (label.Width()+11)/12*12) // the bar does not move with each digit
	bar := max(0, w-room-4)
	return kit.Fit(" "+kit.BarStyled(frac, bar, st)+"  "+kit.Render(label, st.Dim, st.Mark), w)
}

// cost says what the run cost: "free" only where all of it was, and what is known
// where not all is.
func cost(t totals, free bool) string {
	switch {
	case free:
		return "free"
	case t.priced+t.unpriced == 0:
		return ""
	case t.unpriced > 0 && t.cost > 0:
		return money(&t.cost) + ", some unknown"
	case t.unpriced > 0:
		return money(nil)
	}
	return money(&t.cost)
}
