package read

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// Actions lists the keys of what has focus.
func (s *Screen) Actions() []kit.Action {
	switch {
	case s.entry != nil:
		return nil
	case s.page == onCorrect:
		return s.correctActions()
	case s.page == onModes:
		return s.modes.actions()
	}
	return s.readActions()
}

// AllActions lists the keys of all modes, for the table of keys.
func (s *Screen) AllActions() []kit.Action {
	return append(append(s.readActions(), s.modes.actions()...), s.correctActions()...)
}

func act(id, label, long string, show bool, why func() string, do func() tea.Cmd, keys ...string) kit.Action {
	return kit.Action{ID: "read." + id, Key: kit.Bind(label, keys...), Long: long, Why: why, Do: do, Show: show}
}

func (s *Screen) readActions() []kit.Action {
	above := s.w >= 50 && s.h >= chipsAlways // those that choose outputs stand there
	return []kit.Action{
		act("pass", "pass", "Say that this output is good enough, and go on to the next. It replaces your earlier label here.", true, s.whyLabel, s.pass, "p"),
		act("fail", "fail", "Say that it is not, with a word of reason if you like, and go on to the next.", true, s.whyLabel, s.fail, "f"),
		act("note", "note", "Keep a line about this output, in your own words.", true, s.nothing, s.note, "n"),
		act("correct", "correct", "Write what it should have said: kept as the answer that the case wants, and as a pair that prefers it.", true, s.whyCorrect, s.correct, "c"),
		act("want", "wanted", "Keep the answer as it is as the one that its case wants, to the byte.", false, s.whyWant, s.want, "W"),
		act("shot", "make a shot", "Put this output, or its correction, into the bank of worked examples, with its input as it was sent.", false, s.whyShot, s.keepShot, "S"),
		act("context", "context", "Show the exact context that this output answers, or put it away.", true, s.noneHere, s.toggleContext, "e"),
		act("next", "next", "Go to the next output, an older one.", true, s.whyDown, func() tea.Cmd { return s.step(1) }, "down", "j", "right", "l"),
		act("previous", "previous output", "Go to the output before, a newer one.", false, s.whyUp, func() tea.Cmd { return s.step(-1) }, "up", "k", "left", "h"),
		act("search", "filter words", "Show only the outputs whose answers hold some words.", !above, s.whyAsk, s.search, "/"),
		act("filter", "filter", "Choose by prompt, variant, model, status, tag or failure mode which outputs are read.", !above, s.whyAsk, s.filter, "F"),
		act("five", "five today", "Draw five to read today, those that nobody judged first: the same five all day. Again: back to all.", !above, s.whyAsk, s.draw, "d"),
		act("modes", "failure modes", "Put notes under failure modes, and see where each turns up.", true, s.whyModes, s.toModes, "m"),
		act("undo", "undo", "Take back the last edit of the workspace, and go to its output.", true, s.whyUndo, s.undo, "u"),
		act("propose", "assertions", "Go to Suite with assertions proposed from what you said of this output.", true, s.whyPropose, s.propose, "a"),
		act("unjudged", "not judged", "Read only what nobody judged, or everything again.", false, s.whyAsk, s.unjudged, "U"),
		act("focus", "what scrolls", "Change between the answer and its context: which of the two the keys scroll.", false, s.noneHere, s.swap, "tab", "shift+tab"),
		act("bench", "Bench", "Go to Bench, to the run that this output is of.", false, nil, s.bench, "b"),
		act("copy", "copy", "Copy the whole answer, to the byte, to the terminal's clipboard.", false, s.noneHere, s.copy, "y"),
		act("back", "all outputs", "Go back from the five of today, take the filters away, then show all prompts.", false, s.whyBack, s.back, "esc"),
		act("reload", "read again", "Read the workspace anew.", false, s.whyAsk, s.again, "R"),
	}
}

func (s *Screen) correctActions() []kit.Action {
	why := func() string {
		if s.editor == nil {
			return "no correction is being written"
		}
		return s.whyKeep()
	}
	return []kit.Action{
		act("keep", "keep", "Keep what was written: as the answer that the case wants from now on, and as a pair that prefers it.", true, why,
			func() tea.Cmd { return s.keep() }, "ctrl+s"),
	}
}

func (s *Screen) noneHere() string {
	if s.current() == nil {
		return "no output is in hand"
	}
	return ""
}

func (s *Screen) whyDown() string {
	k := s.front()
	switch {
	case s.five != nil && s.five.over, len(k.items) == 0:
		return "no output is in hand"
	case s.five == nil && k.at >= len(k.items)-1 && len(k.items) >= k.total:
		return "this is the oldest output that fits"
	case s.five == nil && k.at >= len(k.items)-1:
		return "the next ones are being read"
	}
	return ""
}

func (s *Screen) whyUp() string {
	k := s.front()
	switch {
	case len(k.items) == 0:
		return "no output is in hand"
	case k.at == 0 && (s.five == nil || !s.five.over):
		return "this is the newest output that fits"
	}
	return ""
}

// whyAsk says why nothing can be asked of the store.
func (s *Screen) whyAsk() string {
	if s.deps.Readings == nil {
		return "outputs can't be read here"
	}
	return s.busy
}

func (s *Screen) whyUndo() string {
	if s.deps.Undo == nil {
		return "nothing can be taken back here"
	}
	return s.busy
}
