package suite

import (
	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// Actions lists the keys that work just now.
func (s *Screen) Actions() []kit.Action { return s.actionsOf(s.mode) }

// AllActions lists the keys of all modes, each once, for the table of keys.
func (s *Screen) AllActions() []kit.Action {
	var out []kit.Action
	seen := map[string]bool{}
	for m := modeSuites; m <= modeExported; m++ {
		for _, a := range s.actionsOf(m) {
			if !seen[a.ID] {
				seen[a.ID] = true
				out = append(out, a)
			}
		}
	}
	return out
}

func (s *Screen) actionsOf(m mode) []kit.Action {
	switch m {
	case modeWrite:
		return s.writeActions()
	case modeSources:
		return s.sourceActions()
	case modePropose:
		return s.proposeActions()
	case modeSetup:
		return s.setupActions()
	case modeResults:
		return s.resultActions()
	case modeNear:
		return s.nearActions()
	case modeExported:
		return s.exportedActions()
	}
	return s.homeActions()
}

func act(id, label, long string, show bool, why func() string, do func() tea.Cmd, keys ...string) kit.Action {
	return kit.Action{ID: "suite." + id, Key: kit.Bind(label, keys...), Long: long, Why: why, Do: do, Show: show}
}

// in makes a reason that also says when another view is shown.
func (s *Screen) in(m mode, why string, more func() string) func() string {
	return func() string {
		if s.mode != m {
			return why
		}
		if more == nil {
			return ""
		}
		return more()
	}
}

// stations are the keys that lead on, from wherever one is.
func (s *Screen) stations(propose, check, export bool) []kit.Action {
	return []kit.Action{
		act("propose", "propose", "Propose assertions from a verdict, a correction or a failure mode.", propose, s.noPrompt, s.openSources, "p"),
		act("check", "check", "Check wordings and models against the suite.", check, s.noCheck, s.openSetup, "c"),
		act("export", "export", "Write the suite for git and CI, or for another tool.", export, s.noSuite, s.openExport, "x"),
	}
}

func (s *Screen) homeActions() []kit.Action {
	out := []kit.Action{
		act("open", "open", "Go to the assertions, or edit the one with the cursor.", true, s.noSuite, s.openInHand, "enter"),
	}
	out = append(out, s.stations(true, true, true)...)
	return append(out,
		act("results", "results", "Show the last check, or the one that runs.", s.noResults() == "", s.noResults, s.openLast, "r"),
		s.addAction(true),
		act("edit", "edit", "Edit the assertion with the cursor.", false, s.noAssertion, s.editInHand, "e"),
		act("negate", "turn round", "Turn the assertion round: what it demanded it forbids.", s.onRight, s.noAssertion, s.negate, "!"),
		act("weight", "weight", "Say how much the assertion counts; 0 records it and never fails.", s.onRight, s.noAssertion, s.weigh, "w"),
		act("aim", "case", "Let the assertion hold for every case, or for one.", s.onRight, s.noAssertion, s.aim, "m"),
		act("drop", "drop", "Take the assertion out of the suite.", s.onRight, s.noAssertion, s.drop, "d"),
		act("new", "new suite", "Make an empty suite.", !s.onRight, s.noPrompt, s.newSuite, "n"),
		act("rename", "rename", "Rename the suite.", false, s.noSuite, s.rename, "R"),
		act("delete", "delete suite", "Delete the suite with its assertions.", false, s.noSuite, s.remove, "D"),
		act("undo", "undo", "Take the newest change back.", false, s.noUndo, s.undo, "u"),
		act("swap", "other side", "Go to the assertions, or back to the suites.", false, s.noSuite, func() tea.Cmd { s.setSide(!s.onRight); return nil }, "tab"),
		act("filter", "filter", "Show the suites whose names hold some letters.", false, s.noSuite, func() tea.Cmd { s.setSide(false); s.list.StartFilter(); return nil }, "/"),
		act("back", "back", "Go back, without a change.", false, nil, s.back, "esc"),
	)
}

func (s *Screen) writeActions() []kit.Action {
	on := s.in(modeWrite, "no assertion is being written", nil)
	return []kit.Action{
		act("write.keep", "keep", "Keep the assertion as it is written.", true, s.noKeep, s.keepWritten, "enter"),
		act("write.complete", "write the kind out", "Write the kind that fits out.", s.noComplete() == "", s.in(modeWrite, "no assertion is being written", s.noComplete), s.complete, "tab"),
		act("write.leave", "back", "Leave the field, without a change.", true, on, func() tea.Cmd { s.leaveWrite(); return nil }, "esc"),
	}
}

func (s *Screen) sourceActions() []kit.Action {
	none := s.in(modeSources, "p shows what there is to propose from", func() string {
		if len(s.sources.all) == 0 {
			return "there is nothing to propose from yet"
		}
		return ""
	})
	out := []kit.Action{
		act("source.choose", "propose from it", "Propose assertions from what the cursor is on.", true, none, s.chooseSource, "enter"),
		act("source.filter", "filter", "Show the sources that hold some letters.", true, none, func() tea.Cmd { s.sources.list.StartFilter(); return nil }, "/"),
		s.addAction(true),
		s.judgeAction(len(s.sources.all) == 0),
	}
	return append(append(out, s.stations(false, false, false)[1:]...), act("back", "back", "Go back, without a change.", true, nil, s.back, "esc"))
}

func (s *Screen) proposeActions() []kit.Action {
	some := s.in(modePropose, "nothing was proposed yet", func() string {
		if len(s.proposed.all) == 0 {
			return "nothing was proposed"
		}
		return ""
	})
	out := []kit.Action{
		act("propose.mark", "mark", "Mark the proposal, or take the mark back.", true, s.in(modePropose, "nothing was proposed yet", s.noMark), s.mark, "space"),
		act("propose.keep", "keep marked", "Keep all marked proposals in a suite.", true, s.in(modePropose, "nothing was proposed yet", s.noKeepMarked), s.keepMarked, "enter"),
		act("propose.rows", "outputs", "Go to the judged outputs, or back to the proposals.", true, some, func() tea.Cmd { s.rowsFocus(!s.proposed.onRows); return nil }, "tab"),
		s.addAction(true),
	}
	out = append(append(out, s.stations(false, true, true)...), act("back", "back", "Go back, without a change.", true, nil, s.back, "esc"))
	return append(out, s.judgeAction(false))
}

func (s *Screen) addAction(show bool) kit.Action {
	return act("add", "write one", "Write an assertion by hand, and see how it stands as you type.", show, s.noPrompt, s.addByHand, "a")
}

// judgeAction leads to the station that proposals come from.
func (s *Screen) judgeAction(show bool) kit.Action {
	return act("judge", "judge", "Go to Judge, to say which of two answers is better.", show, nil, func() tea.Cmd {
		return func() tea.Msg { return kit.Goto{Screen: "judge"} }
	}, "J")
}

func (s *Screen) setupActions() []kit.Action {
	on := s.in(modeSetup, "no check is being set up", nil)
	return []kit.Action{
		act("setup.start", "start", "Start the check that is set up.", true, s.noStart, s.start, "enter"),
		act("setup.choose", "choose", "Choose what the cursor is on, or take it back.", true, on, s.toggle, "space"),
		act("setup.more", "change", "Change a number, a revision or what the check is held against.", true, on, func() tea.Cmd { return s.step(1) }, "right", "l", "+"),
		act("setup.less", "less", "Change it the other way.", false, on, func() tea.Cmd { return s.step(-1) }, "left", "h", "-"),
		act("setup.leave", "back", "Leave without a check.", true, on, s.back, "esc"),
		s.stations(false, false, false)[0], // an empty suite says that these two fill it
		s.addAction(false),
	}
}

func (s *Screen) resultActions() []kit.Action {
	ended := s.in(modeResults, "no check is shown", func() string {
		switch {
		case s.live():
			return "the check still runs"
		case s.res == nil || s.res.check.ID == 0:
			return "no check is shown"
		}
		return ""
	})
	group := s.in(modeResults, "no check is shown", func() string {
		if s.res == nil || s.res.current() == nil {
			return "no case is shown"
		}
		return ""
	})
	running := s.in(modeResults, "no check is shown", func() string {
		switch {
		case !s.live():
			return "no check runs here"
		case s.flight.ending:
			return "it is stopping"
		}
		return ""
	})
	live := s.mode == modeResults && s.live()
	out := []kit.Action{
		act("results.open", "open case", "Show the output beside what each assertion saw in it.", true, group, s.openNear, "enter"),
		act("results.stop", "stop", "Stop the check. What was graded is kept.", live, running, s.stop, "s"),
		act("results.tag", "by tag", "Show only the cases with a tag, and how many of each pass.", true, group, s.pickTag, "t"),
		act("results.baseline", "baseline", "Hold the check against another one.", !live, ended, s.pickBaseline, "b"),
		act("results.earlier", "earlier", "Show another check of this suite.", !live, ended, s.pickCheck, "h"),
	}
	return append(append(out, s.stations(false, true, true)...), act("back", "back", "Go back, without a change.", true, nil, s.back, "esc"))
}

func (s *Screen) nearActions() []kit.Action {
	on := s.in(modeNear, "no case is open", nil)
	takes := s.in(modeNear, "no case is open", func() string {
		if len(s.near.g.cases) < 2 {
			return "this case has one take"
		}
		return ""
	})
	many := s.mode == modeNear && s.near != nil && len(s.near.g.cases) > 1
	return []kit.Action{
		act("near.down", "next case", "Go to the next case.", true, on, func() tea.Cmd { return s.goGroup(1) }, "]"),
		act("near.up", "previous case", "Go to the case before.", false, on, func() tea.Cmd { return s.goGroup(-1) }, "["),
		act("near.take", "next take", "Go to the next take of the case.", many, takes, func() tea.Cmd { return s.goTake(1) }, "."),
		act("near.untake", "previous take", "Go to the take before.", false, takes, func() tea.Cmd { return s.goTake(-1) }, ","),
		act("near.swap", "other side", "Scroll the assertions, or the output.", true, on, func() tea.Cmd {
			s.near.onSays = !s.near.onSays
			s.near.resize(s.w, s.h)
			return nil
		}, "tab"),
		act("near.search", "find", "Find words in the output.", false, on, func() tea.Cmd {
			s.near.onSays = false
			s.near.resize(s.w, s.h)
			s.near.out.StartSearch()
			return nil
		}, "/"),
		act("near.propose", "propose", "Propose assertions from this output, where somebody judged it.", true, s.in(modeNear, "no case is open", func() string {
			if s.near.check().CellID == 0 {
				return "its output is not kept here"
			}
			return ""
		}), func() tea.Cmd {
			return s.propose(Source{Focus: session.ProposeFrom{PromptID: s.prompt, CellID: s.near.check().CellID}, Label: s.near.check().Case.Name})
		}, "p"),
		act("near.leave", "back", "Go back to the results.", true, on, s.back, "esc", "enter"),
	}
}

func (s *Screen) exportedActions() []kit.Action {
	copyable := s.in(modeExported, "nothing was exported yet", func() string {
		if s.exported.command() == "" {
			return "no command of ours checks what was written"
		}
		return ""
	})
	out := []kit.Action{
		act("exported.copy", "copy the line", "Copy the line for CI to the terminal's clipboard.", true, copyable, s.copyCommand, "y"),
	}
	return append(append(out, s.stations(false, true, true)[1:]...), act("exported.leave", "back", "Go back to the suites.", true, s.in(modeExported, "nothing was exported yet", nil), s.back, "esc", "enter"))
}

// openInHand goes from the suites to the assertions, and from one of them to the
// field it is edited in.
func (s *Screen) openInHand() tea.Cmd {
	if !s.onRight {
		s.setSide(true)
		return nil
	}
	if s.noAssertion() != "" {
		return s.addByHand()
	}
	return s.editInHand()
}

func (s *Screen) noPrompt() string {
	if s.prompt == 0 {
		return "nothing is on the table: choose a prompt in Library"
	}
	return ""
}

func (s *Screen) noSuite() string {
	if why := s.noPrompt(); why != "" {
		return why
	}
	if !s.loaded {
		return "the suites are still being read"
	}
	if _, ok := s.suite(); !ok {
		return "there is no suite yet: p makes one from a verdict"
	}
	return ""
}

func (s *Screen) noCheck() string {
	if why := s.noSuite(); why != "" {
		return why
	}
	if s.flight != nil {
		return "a check is going on: r shows it"
	}
	return ""
}

func (s *Screen) noAssertion() string {
	if why := s.noSuite(); why != "" {
		return why
	}
	if _, ok := s.assertion(); !ok {
		return "this suite asserts nothing yet"
	}
	return ""
}

func (s *Screen) noResults() string {
	if s.flight != nil {
		return ""
	}
	if why := s.noSuite(); why != "" {
		return why
	}
	if s.facts[s.suiteID()].last.ID == 0 {
		return "this suite was never checked: c checks it"
	}
	return ""
}

func (s *Screen) noUndo() string {
	if s.deps.Undo == nil {
		return "changes can't be taken back here"
	}
	return s.noPrompt()
}

// Help explains what is shown.
func (s *Screen) Help() string {
	switch s.mode {
	case modeWrite:
		return "An assertion is a kind, a colon, and what it is held against: icontains: refund, word-count: 15..90, not-regex: ^\\s, json-path .category: \"billing\", is-json. " +
			"not- in front turns it round. {{order}} stands for the case's own value.\n\n" +
			"As you type it is held against every output that was judged, so that you see it pass and fail before you keep it. ↑ and ↓ go through them."
	case modeSources:
		return "What assertions can be proposed from: a verdict that one answer won, a corrected answer, a failure mode with its notes. No model is asked."
	case modePropose:
		return "What the good answer has and the bad one lacks, and the other way round. Each proposal is held against all judged outputs of the prompt: those it came from first.\n\n" +
			"  here ✓     fails the bad and passes the good that it came from\n" +
			"  ✗5/6 bad   fails 5 of the 6 others that were judged bad\n" +
			"  ✓9/9 good  passes all 9 others that were judged good\n" +
			"  luck?      does not part the others better than chance would\n" +
			"  ≠          does with an output what its judge did not\n\n" +
			"space marks, enter keeps all that are marked. Three make a test worth trusting. Outputs stand here without the names of who wrote them, so that you can go on judging."
	case modeSetup:
		return "Choose what is held against the suite: revisions of variants on models. → and ← change the revision of the variant with the cursor. " +
			"A model that is marked recorded came from outside: its outputs are checked as they are, and it can't be asked anew. Or check the outputs of a run: nobody is asked.\n\n" +
			"What it is held against is the baseline: an earlier check, or a run, which is graded first."
	case modeResults, modeNear:
		return "How each case came out. Cases that passed in the baseline and fail now stand first, then those that pass now, then what that says as a whole: McNemar's mid-p over the cases that changed.\n\n" +
			"  ✓ passes   ✗ fails   ! error   ○ not run\n\n" +
			"An error or no output is never a pass, and is left out of the rate. 2 of 3 says that two of three takes pass. The interval is Wilson's, for 95%, with the cases as trials."
	case modeExported:
		return "What was written, and what the target can't say. A folder is text for git: galley check runs it with no workspace."
	}
	return "A suite is what every answer of this prompt must hold, written down. Left are the suites, right the assertions of the one in hand, each with how it stood in the last check.\n\n" +
		"p proposes assertions from a verdict, a writes one by hand, c checks a wording or a model against the suite, r shows the last check, x writes the suite for git and CI.\n\n" +
		"  ✓ all pass   ✗ some fail   △ not checked since a variant was saved\n\n" +
		"An assertion of weight 0 is recorded and never makes a case fail."
}
