package bench

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// Actions lists the keys that work just now: those of the panel for a new run,
// of the close-up, or of the run that is shown.
func (s *Screen) Actions() []kit.Action {
	switch {
	case s.blank != nil:
		return s.blankActions()
	case s.setup != nil:
		return s.setupActions()
	case s.close != nil:
		return s.closeActions()
	}
	return s.runActions()
}

// AllActions lists the keys of all modes, for the table of keys.
func (s *Screen) AllActions() []kit.Action {
	out := s.runActions()
	if s.view != viewDiff {
		out = append(out, s.diffActions()...)
	}
	return append(append(append(out, s.setupActions()...), s.closeActions()...), s.blankActions()...)
}

func act(id, label, long string, show bool, why func() string, do func() tea.Cmd, keys ...string) kit.Action {
	return kit.Action{ID: "bench." + id, Key: kit.Bind(label, keys...), Long: long, Why: why, Do: do, Show: show}
}

func (s *Screen) setupActions() []kit.Action {
	on := func() string {
		if s.setup == nil {
			return "no run is being set up"
		}
		return ""
	}
	return []kit.Action{
		act("start", "start", "Start the run that is set up.", true, s.cantStart, s.start, "enter", "g"),
		act("choose", "choose", "Choose what the cursor is on, or take it back.", true, on, s.toggle, "space", "x"),
		act("more", "change", "Change a number.", true, on, func() tea.Cmd { return s.step(1) }, "right", "l", "+"),
		act("less", "less", "Change a number the other way.", false, on, func() tea.Cmd { return s.step(-1) }, "left", "h", "-"),
		act("all", "all or none", "Choose all variants or models, or none.", true, on, s.chooseAll, "a"),
		act("leave", "back", "Leave without a run.", true, on, s.back, "esc"),
	}
}

func (s *Screen) closeActions() []kit.Action {
	on := func() string {
		if s.close == nil {
			return "no cell is open"
		}
		return ""
	}
	turn := func(v nearView) func() tea.Cmd { return func() tea.Cmd { return s.close.turn(v) } }
	search := func() string {
		if s.close == nil || s.close.show == nearReading {
			return "the reading view is not exact: find words in text, proof or wire"
		}
		return ""
	}
	return []kit.Action{
		act("near.next", "next view", "Go to the next view of the cell: text, reading, proof, evaluated, wire, received.", true, on, func() tea.Cmd {
			return s.close.turn((s.close.show + 1) % nearCount)
		}, "tab"),
		act("near.text", "text", "Show the cell's text as it came.", false, on, turn(nearText), "t"),
		act("near.reading", "reading", "Show the cell's text as rendered Markdown, which is not exact.", false, on, turn(nearReading), "m"),
		act("near.proof", "proof", "Show the exact context that the cell answers.", true, on, turn(nearProof), "p"),
		act("near.evaluated", "evaluated", "Show the context as the engine evaluated it, with what of it is not as it was composed.", true, on, turn(nearEvaluated), "v"),
		act("near.received", "received", "Show what the server sent, as it came, keys taken out.", false, on, turn(nearReceived), "r"),
		act("near.wire", "wire", "Show the request that was sent.", true, on, turn(nearWire), "w"),
		act("near.right", "next column", "Go to the same case in the next column.", true, on, func() tea.Cmd { return s.nearGo(0, 1) }, "right", "l"),
		act("near.left", "previous column", "Go to the same case in the column before.", false, on, func() tea.Cmd { return s.nearGo(0, -1) }, "left", "h"),
		act("near.down", "next case", "Go to the next case in the same column.", true, on, func() tea.Cmd { return s.nearGo(1, 0) }, "]"),
		act("near.up", "previous case", "Go to the case before in the same column.", false, on, func() tea.Cmd { return s.nearGo(-1, 0) }, "["),
		act("near.note", "note", "Keep words about this output.", true, s.noNote, s.askNote, "e"),
		act("near.want", "wanted", "Keep this answer as the one that its case wants, to the byte; undo takes it back.", true, s.noWant, s.want, "W"),
		act("near.shot", "make a shot", "Put this answer, or its correction, into the bank of worked examples, with its input as it was sent.", false, s.noShot, s.keepShot, "S"),
		act("near.copy", "copy", "Copy the exact text of what is shown to the terminal's clipboard.", true, on, s.copy, "y"),
		act("near.search", "find", "Find words in the text.", false, search, func() tea.Cmd { s.close.page.StartSearch(); return nil }, "/"),
		act("near.leave", "back", "Go back to the run.", true, on, func() tea.Cmd { s.close = nil; s.place(); return nil }, "esc", "enter"),
	}
}

func (s *Screen) runActions() []kit.Action {
	show := func(v view) func() tea.Cmd { return func() tea.Cmd { return s.show(v) } }
	in := func(vs ...view) bool {
		for _, v := range vs {
			if s.view == v {
				return true
			}
		}
		return false
	}
	grid := func() string {
		if s.view != viewGrid || s.board == nil {
			return "this is a key of the grid"
		}
		return ""
	}
	live := s.shown() != nil
	newKeys := []string{"n", "+"}
	if s.view == viewDiff { // there n is the next change
		newKeys = newKeys[1:]
	}
	out := []kit.Action{
		act("new", "new run", "Choose variants, models and cases for a new run.", !live, s.noPrompt, s.openSetup, newKeys...),
		act("open", "open", "Open the cell, or the run, that the cursor is on.", true, s.noOpen, s.open, "enter"),
		act("pause", pauseLabel(s), "Pause the run, or go on with it.", live, s.noLive, s.pause, "space"),
		act("cancel", "cancel", "Stop the run. What has finished is kept.", live, s.noLive, s.stop, "x"),
		act("resume", "ask again", "Go on with a run: ask what failed, and what was never asked.", !live && s.noResume() == "", s.noResume, func() tea.Cmd { return s.resume() }, "R"),
		act("person", "answer", "Answer the question that waits for a person.", s.noAsks() == "", s.noAsks, s.openBlank, "A"),
		act("judge", "judge", "Judge the answers of this run in pairs, without knowing whose they are.", !live && s.noJudging() == "", s.noJudging, s.judge, "J"),
		act("next", "next view", "Go to the next view.", true, nil, func() tea.Cmd { return s.show((s.view + 1) % viewCount) }, "tab"),
		act("previous", "previous view", "Go to the view before.", false, nil, func() tea.Cmd { return s.show((s.view + viewCount - 1) % viewCount) }, "shift+tab"),
		act("columns", "columns", "Show the case in hand, one column beside the other.", false, nil, show(viewColumns), "c"),
		act("grid", "grid", "Show all cells in a table.", false, nil, show(viewGrid), "g"),
		act("diff", "diff", "Compare two columns word by word.", false, nil, show(viewDiff), "d"),
		act("answers", "answers", "Fold repeats into distinct answers, and mark those that change with the order.", false, nil, show(viewAnswers), "a"),
		act("tags", "by tag", "Show how often each column is right, by tag.", false, nil, show(viewTags), "t"),
		act("timing", "timing", "Show how fast each column was: medians, and the range around them.", false, nil, show(viewTimings), "T"),
		act("runs", "runs", "List the runs of this prompt.", false, nil, show(viewRuns), "r"),
		act("case.next", "next case", "Take the next case in hand.", in(viewColumns, viewDiff), s.noBoard, func() tea.Cmd { return s.goRow(s.row + 1) }, "]"),
		act("case.previous", "previous case", "Take the case before in hand.", false, s.noBoard, func() tea.Cmd { return s.goRow(s.row - 1) }, "["),
		act("case.pick", "pick case", "Choose the case in hand from a list.", false, s.noBoard, s.pickCase, "C"),
		act("take.next", "next take", "Go to the next take.", in(viewColumns, viewDiff) && s.board != nil && s.board.takes > 1, s.noTakes, func() tea.Cmd { return s.goTake(1) }, "."),
		act("take.previous", "previous take", "Go to the take before.", false, s.noTakes, func() tea.Cmd { return s.goTake(-1) }, ","),
		act("versus", "other side", "Change the column that is compared with the one in focus.", s.view == viewDiff, s.noVersus, s.versus, "v"),
		act("input", "case's words", "Show or hide the case's own words above the columns.", false, nil, func() tea.Cmd { s.input = !s.input; return nil }, "i"),
		act("filter", "filter", "Show the cells that hold some words.", s.view == viewGrid, grid, s.filter, "/"),
		act("sort", "sort", "Sort by another column.", s.view == viewGrid, grid, func() tea.Cmd { return s.sortBy(1) }, "s"),
		act("reverse", "reverse", "Sort the other way round.", s.view == viewGrid && s.grid.sort != 0, grid, s.reverse, "S"),
	}
	if s.view == viewDiff {
		out = append(out, s.diffActions()...)
	}
	if in(viewColumns, viewDiff) { // in tables these keys are the table's
		out = append(out,
			act("right", "next column", "Go to the next column.", true, s.noBoard, func() tea.Cmd { return s.goCol(1) }, "right", "l"),
			act("left", "previous column", "Go to the column before.", false, s.noBoard, func() tea.Cmd { return s.goCol(-1) }, "left", "h"))
	}
	return s.lead(out)
}

// lead puts what the run waits for first: a person's answer, or to be gone on with.
func (s *Screen) lead(all []kit.Action) []kit.Action {
	for _, id := range []string{"bench.person", "bench.resume"} {
		i := slices.IndexFunc(all, func(a kit.Action) bool { return a.ID == id && a.Show })
		if i > 0 {
			return slices.Concat(all[i:i+1], all[:i], all[i+1:])
		}
	}
	return all
}

func pauseLabel(s *Screen) string {
	if f := s.shown(); f != nil && f.progress.Paused {
		return "go on"
	}
	return "pause"
}

func (s *Screen) noPrompt() string {
	if !s.deps.Table.Open() {
		return "nothing is on the table: choose a variant in Library"
	}
	return ""
}

func (s *Screen) noBoard() string {
	if s.board == nil {
		return "no run is shown"
	}
	return ""
}

func (s *Screen) noJudging() string {
	switch {
	case s.board == nil:
		return "no run is shown"
	case len(s.board.cols) < 2:
		return "one contestant has nobody to be judged against"
	}
	return ""
}

// judge leads to the Judge station with the run that is shown.
func (s *Screen) judge() tea.Cmd {
	run := s.board.runID
	return func() tea.Msg { return kit.Goto{Screen: "judge", Arg: run} }
}

func (s *Screen) noTakes() string {
	if s.board == nil || s.board.takes < 2 {
		return "this run has one take of each"
	}
	return ""
}

func (s *Screen) noVersus() string {
	switch {
	case s.view != viewDiff:
		return "this is a key of the diff"
	case s.board == nil || len(s.board.cols) < 2:
		return "a comparison needs two columns"
	}
	return ""
}

func (s *Screen) noOpen() string {
	if s.view == viewRuns {
		if len(s.runs) == 0 {
			return "there is no run yet"
		}
		return ""
	}
	return s.noBoard()
}

func (s *Screen) noLive() string {
	if s.shown() == nil {
		return "the run that is shown is not going on here"
	}
	return ""
}

// noResume says why nothing can be asked again, or "".
func (s *Screen) noResume() string {
	if s.view == viewRuns {
		if i := s.list.Row(); i >= 0 && i < len(s.runs) {
			r := s.runs[i]
			switch {
			case r.Imported:
				return "these outputs were imported: there is nobody to ask"
			case s.flightOf(r.ID) != nil:
				return "this run is going on"
			case r.State == session.RunDone && r.Failed == 0:
				return "every cell of this run has its answer"
			}
			return ""
		}
		return "there is no run yet"
	}
	switch {
	case s.board == nil:
		return "no run is shown"
	case s.shown() != nil:
		return "this run is going on"
	case s.run.Imported:
		return "these outputs were imported: there is nobody to ask"
	case s.elsewhere():
		return "another process works this run; it is followed here"
	}
	if s.board.all().open() == 0 {
		return "every cell of this run has its answer"
	}
	return ""
}

func (s *Screen) noNote() string {
	if s.close == nil || s.close.slot.out == nil {
		return "there is no output to write about yet"
	}
	return ""
}

func (s *Screen) open() tea.Cmd {
	switch s.view {
	case viewRuns:
		if i := s.list.Row(); i >= 0 && i < len(s.runs) {
			s.view = viewColumns
			s.place()
			return s.showRun(s.runs[i].ID)
		}
		return nil
	case viewGrid:
		x := s.grid.slot(s.grid.table.Row())
		if x != nil {
			s.row, s.col, s.take, s.steered = x.row, x.col, max(1, x.cell.Take), true
		}
		return s.openCell(x)
	case viewTags:
		if i := s.tags.table.Row(); i >= 0 && i < len(s.tags.rows) {
			s.col = s.tags.rows[i].col
		}
		return s.show(viewColumns)
	}
	return s.openCell(s.current())
}

func (s *Screen) pause() tea.Cmd {
	f := s.shown()
	f.progress.Paused = !f.progress.Paused
	live, on := f.live, f.progress.Paused
	return func() tea.Msg {
		if on {
			live.Pause()
		} else {
			live.Resume()
		}
		return nil
	}
}

func (s *Screen) stop() tea.Cmd {
	f := s.shown()
	return kit.Open(&kit.Confirm{
		Styles: s.deps.Styles, Question: "Stop this run?", YesLabel: "stop",
		Detail: text.Of("What has finished is kept. Cells that are streaming keep their text so far, which is no answer. R asks them again."),
		Yes: func() tea.Cmd {
			return func() tea.Msg {
				f.live.Cancel()
				f.live.Resume() // what a pause holds back is to see that it is over
				return nil
			}
		},
	})
}

// resume goes on with the run in hand. A run that was interrupted or stopped asks
// what it never asked; one that ended asks what failed.
func (s *Screen) resume() tea.Cmd {
	if s.deps.Reopen == nil {
		return kit.Say("runs can't be gone on with here")
	}
	id := int64(0)
	if s.view == viewRuns {
		if i := s.list.Row(); i >= 0 && i < len(s.runs) {
			id = s.runs[i].ID
		}
	} else if s.board != nil {
		id = s.board.runID
	}
	return s.askAgain(id)
}

func (s *Screen) goTake(by int) tea.Cmd {
	n := s.board.takes
	s.take = (s.take-1+by+n)%n + 1
	s.steered, s.columns.top = true, 0
	return s.compare()
}

func (s *Screen) goCol(by int) tea.Cmd {
	n := len(s.board.cols)
	s.col = max(0, min(s.col+by, n-1))
	return s.compare()
}

// versus changes the left side of the diff, past the right one.
func (s *Screen) versus() tea.Cmd {
	n := len(s.board.cols)
	s.against = (s.against + 1) % n
	if s.against == s.col {
		s.against = (s.against + 1) % n
	}
	return s.compare()
}

// nearGo goes from cell to cell in the close-up.
func (s *Screen) nearGo(rows, cols int) tea.Cmd {
	b := s.board
	s.row = (s.row + rows + len(b.cases)) % len(b.cases)
	s.col = max(0, min(s.col+cols, len(b.cols)-1))
	x := b.at(s.row, s.col, s.take)
	if x == nil {
		return kit.Say("that case did not run in this column")
	}
	show := s.close.show
	cmd := s.goRow(s.row)
	return tea.Batch(cmd, s.openCell(x), s.close.turn(show))
}

func (s *Screen) filter() tea.Cmd {
	s.grid.typing = true
	s.grid.filter.SetFocus(true)
	s.grid.resize(s.grid.w, s.grid.h)
	return nil
}

func (s *Screen) sortBy(by int) tea.Cmd {
	s.grid.sort = (s.grid.sort + by) % len(sortings)
	s.grid.down = false
	s.grid.resize(s.grid.w, s.grid.h)
	s.grid.refresh(true)
	return nil
}

func (s *Screen) reverse() tea.Cmd {
	s.grid.down = !s.grid.down
	s.grid.refresh(true)
	return nil
}

func (s *Screen) pickCase() tea.Cmd {
	m := &kit.Menu{Styles: s.deps.Styles, Heading: "Case", Start: s.row, Done: s.goRow}
	for i, c := range s.board.cases {
		label := text.Show(c.name).OneLine()
		if vars, _ := s.varsOf(i); len(vars) > 0 {
			label = label.Append(text.Of("  ")).Append(text.Head(vars[0].Value, 48))
		}
		m.Choices = append(m.Choices, kit.Choice{Label: label, Note: tagList(c.tags)})
	}
	return kit.Open(m)
}

// askNote asks for words about the cell that is open.
func (s *Screen) askNote() tea.Cmd {
	keep, id := s.deps.Note, s.close.slot.cell.ID
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Note", Label: "What is to be remembered of this output?",
		Check: func(v text.Raw) string {
			if strings.TrimSpace(v.String()) == "" {
				return "a note needs words"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd {
			if keep == nil {
				return kit.Say("notes can't be kept here")
			}
			return s.ask(askNote, func(ctx context.Context) tea.Msg { return noteMsg{keep(ctx, id, v)} })
		},
	})
}

func (s *Screen) copy() tea.Cmd {
	data, what := s.close.exact()
	if len(data) == 0 {
		return kit.Say("there is nothing to copy yet")
	}
	return tea.Batch(kit.ToClipboard(text.Raw(data)), kit.Say(what+" sent to the terminal's clipboard, "+kit.Plural(len(data), "byte", "bytes")))
}
