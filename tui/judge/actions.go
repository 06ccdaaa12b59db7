package judge

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// Actions lists the keys that work just now.
func (s *Screen) Actions() []kit.Action {
	if s.field != nil { // letters are text; the line says which keys end it
		return nil
	}
	switch s.mode {
	case modeDuel:
		if s.pair.single {
			return append(s.passActions(), s.duelActions(false)...)
		}
		return append(s.pairActions(), s.duelActions(true)...)
	case modeEnd:
		return s.endActions()
	case modeReveal:
		if s.pair != nil {
			return s.nearActions()
		}
		return s.revealActions()
	}
	return s.offerActions()
}

// AllActions lists the keys of all modes, for the table of keys.
func (s *Screen) AllActions() []kit.Action {
	out := append(s.offerActions(), s.pairActions()...)
	out = append(out, s.passActions()...)
	out = append(out, s.duelActions(true)...)
	out = append(out, s.endActions()...)
	return append(append(out, s.revealActions()...), s.nearActions()...)
}

func act(id, label, long string, show bool, why func() string, do func() tea.Cmd, keys ...string) kit.Action {
	return kit.Action{ID: "judge." + id, Key: kit.Bind(label, keys...), Long: long, Why: why, Do: do, Show: show}
}

// long is a label where there is room for all of them in the footer, else the
// short one.
func (s *Screen) long(long, short string) string {
	if s.w > 0 && s.w < 96 {
		return short
	}
	return long
}

func (s *Screen) ruling(c session.Choice) func() tea.Cmd {
	return func() tea.Cmd { return s.rule(c) }
}

// pairActions decide a duel. They are never off: one that comes too early is
// passed over without a word.
func (s *Screen) pairActions() []kit.Action {
	return []kit.Action{
		act("left", s.long("left better", "left"), "The left answer is better.", true, nil, s.ruling(session.ChoiceLeft), "1"),
		act("right", s.long("right better", "right"), "The right answer is better.", true, nil, s.ruling(session.ChoiceRight), "2"),
		act("same", "same", "Both are equally good.", true, nil, s.ruling(session.ChoiceTie), "="),
		act("bad", "both bad", "Neither would do.", true, nil, s.ruling(session.ChoiceBothBad), "0"),
	}
}

func (s *Screen) passActions() []kit.Action {
	return []kit.Action{
		act("pass", "pass", "The answer is good enough.", true, nil, s.ruling(session.ChoicePass), "p"),
		act("fail", "fail", "The answer is not good enough; a word of reason may follow, enter leaves it out.", true, nil, s.fail, "f"),
	}
}

// duelActions are the keys that a duel has besides those which decide it.
func (s *Screen) duelActions(two bool) []kit.Action {
	undo := func() string {
		if !s.step.CanUndo {
			return "there is no verdict of yours to take back"
		}
		return ""
	}
	fits := func() string {
		if s.pair == nil || s.pair.zoom == zoomInput || s.pair.more() > 0 {
			return ""
		}
		return "the whole input is in view"
	}
	busy := func() string {
		if s.working != idle {
			return "a verdict is being kept"
		}
		return ""
	}
	below := s.pair != nil && s.pair.zoom == zoomNone && s.pair.bottom() > 0
	out := []kit.Action{
		act("skip", "skip", "Say nothing of this one; it may come again in another sitting.", true, nil, s.ruling(session.ChoiceSkip), "s"),
		act("undo", "undo", "Take the newest verdict back and see its duel again: as often as you like, also those of yesterday.", true, undo, s.undo, "u", "backspace"),
		act("note", "note", "Write a line that is kept with the verdict to come.", true, nil, s.askNote, "n"),
		act("guideline", "guideline", "Show the guideline, or hide it.", false, nil, s.toggleGuide, "g"),
		act("input", "whole input", "Show the whole input in place of the answers, or go back.", false, fits, s.toggleInput, "i"),
		act("scroll", "scroll", "Scroll on, both answers together; ↑ ↓ pgup home end do so too.", below, nil, func() tea.Cmd { s.pair.update(keyPage); return nil }, "space", "pgdown"),
	}
	if at := func(id string) int { return slices.IndexFunc(out, func(a kit.Action) bool { return a.ID == id }) }; below { // before what can wait
		scroll := out[at("judge.scroll")]
		out = slices.Delete(out, at("judge.scroll"), at("judge.scroll")+1)
		out = slices.Insert(out, at("judge.note"), scroll)
	}
	if two {
		out = append(out, act("differ", "what differs", "Point out what differs between the two, or stop.", false, nil, s.toggleDiffer, "d"))
	}
	return append(out,
		act("markdown", "markdown", "Lay the answers out as Markdown, all of them alike, or show them as they came.", false, nil, s.toggleMarkdown, "v"),
		act("write", "write guideline", "Write the guideline; verdicts remember which one was in force.", false, nil, s.editGuideline, "G"),
		act("leave", "stop here", "Stop here. Every verdict is kept, and the sitting can be gone on with.", false, busy, s.leave, "esc"),
	)
}

// leave goes back to the offer, or first to the answers where something stands
// in their place.
func (s *Screen) leave() tea.Cmd {
	if s.pair.zoom != zoomNone {
		s.pair.zoom = zoomNone
		s.place()
		return nil
	}
	return s.toOffer()
}

func (s *Screen) offerActions() []kit.Action {
	prompt := func() string {
		if s.prompt == 0 {
			return "nothing is on the table: choose a prompt in Library"
		}
		return ""
	}
	open := func() string {
		if why := prompt(); why != "" || s.offer.Open > 0 {
			return why
		}
		return "no sitting is open"
	}
	runs := func() string {
		if why := prompt(); why != "" || len(s.offer.Runs) > 0 {
			return why
		}
		return "no run can be judged"
	}
	label := "begin"
	switch {
	case s.w == 0: // for the table of keys
	case s.prompt == 0:
		label = "Library"
	case s.trouble != "":
		label = "try again"
	case s.offered && s.offer.Why != "" && s.offer.Open == 0:
		label = "Bench"
	case s.offer.Open > 0 && !s.what.Anew:
		label = "go on"
	}
	return []kit.Action{
		act("begin", label, "Begin to judge, or go on with the sitting that is open.", true, nil, s.begin, "enter"),
		act("anew", "a new one", "Leave the open sitting as it is and begin a new one.", false, open, s.anew, "a"),
		act("judge", "judge", "Say who judges.", true, prompt, func() tea.Cmd { return s.askJudge(nil) }, "j"),
		act("mode", "pairs or pass/fail", "Judge pairs of answers, or one answer at a time.", true, prompt, s.turnMode, "m"),
		act("runs", "runs", "Choose whose answers are judged: one run, or several.", true, runs, s.chooseRuns, "r"),
		act("guideline.write", "guideline", "Write the guideline: what makes an answer better here.", true, prompt, s.editGuideline, "G"),
		act("who", "report", "Say who is who and how the verdicts stand.", true, prompt, s.askWho, "w"),
		act("bench", "Bench", "Go to Bench, where answers come from.", false, nil, func() tea.Cmd { return goTo("bench", nil) }, "b"),
	}
}

func goTo(screen string, arg any) tea.Cmd {
	return func() tea.Msg { return kit.Goto{Screen: screen, Arg: arg} }
}

// begin leads on: to the first duel, or to where there is something to do first.
func (s *Screen) begin() tea.Cmd {
	switch {
	case s.working != idle:
		return nil
	case s.prompt == 0:
		return goTo("library", nil)
	case s.trouble != "":
		s.trouble = ""
		return s.load()
	case !s.offered:
		return nil
	case s.offer.Why != "" && s.offer.Open == 0:
		return goTo("bench", nil)
	case s.judge == "":
		return s.askJudge(s.begin)
	}
	what, do := s.asking(), s.deps.Begin
	if s.offer.Open > 0 && !what.Anew && s.offer.OpenMode != "" {
		what.Mode = s.offer.OpenMode
	}
	return s.steps(beginning, func(ctx context.Context) (Step, error) { return do(ctx, what) })
}

func (s *Screen) anew() tea.Cmd {
	if s.working != idle {
		return nil
	}
	s.what.Anew = true
	return s.begin()
}

func (s *Screen) turnMode() tea.Cmd {
	if s.what.Mode == session.JudgePairs {
		s.what.Mode = session.JudgePassFail
	} else {
		s.what.Mode = session.JudgePairs
	}
	return s.load()
}

func (s *Screen) endActions() []kit.Action {
	more := func() string {
		if s.step.CanMore == 0 {
			return "there is nothing more to judge here"
		}
		return ""
	}
	undo := func() string {
		if !s.step.CanUndo {
			return "there is no verdict of yours to take back"
		}
		return ""
	}
	return []kit.Action{
		act("more", "go on", "Go on with the sitting.", true, more, s.more, "enter"),
		act("end.who", "who is who", "Say who is who and how the verdicts stand; from then on your verdicts on these do not count.", true, nil, s.askWho, "w"),
		act("end.undo", "undo", "Take the newest verdict back and see its duel again.", true, undo, s.undo, "u", "backspace"),
		act("end.leave", "back", "Go back to what there is to judge.", true, nil, s.toOffer, "esc"),
	}
}

func (s *Screen) more() tea.Cmd {
	if s.working != idle {
		return nil
	}
	do, id := s.deps.More, s.step.Sitting
	s.kept = false
	return s.steps(goingOn, func(ctx context.Context) (Step, error) { return do(ctx, id) })
}

func (s *Screen) revealActions() []kit.Action {
	row := func() string {
		if s.reveal == nil || s.reveal.page != pageVerdicts || s.reveal.row() < 0 {
			return "no verdict is chosen: they stand on the page verdicts"
		}
		return ""
	}
	turn := func(by int) func() tea.Cmd { return func() tea.Cmd { return s.reveal.turn(by) } }
	return []kit.Action{
		act("page", "next page", "Go to the next page: standing, verdicts, tags, judges.", true, nil, turn(1), "tab", "right", "l"),
		act("page.back", "previous page", "Go to the page before.", false, nil, turn(-1), "shift+tab", "left", "h"),
		act("open", "answers", "Show the two answers of a verdict with their names.", true, row, s.openNear, "enter"),
		act("assert", "make assertions", "Propose assertions from the verdict: what the winner has and the loser lacks.", true, s.noAssertions, s.assertions, "a"),
		act("shot", "make a shot", "Put the answer that won, or its correction, into the bank of worked examples, with its input as it was sent.", false, s.noShot, s.keepShot, "S"),
		act("report.leave", "back", "Go back to what there is to judge.", true, nil, s.toOffer, "esc"),
	}
}

func (s *Screen) nearActions() []kit.Action {
	two := func() string {
		if s.pair == nil || s.pair.single {
			return "there is one answer only"
		}
		return ""
	}
	fits := func() string {
		if s.pair == nil || s.pair.zoom == zoomInput || s.pair.more() > 0 {
			return ""
		}
		return "the whole input is in view"
	}
	return []kit.Action{
		act("near.assert", "make assertions", "Propose assertions from this verdict.", true, s.noAssertions, s.assertions, "a"),
		act("near.shot", "make a shot", "Put the answer that won, or its correction, into the bank of worked examples, with its input as it was sent.", false, s.noShot, s.keepShot, "S"),
		act("near.next", "next", "Go to the next verdict.", true, nil, func() tea.Cmd { return s.nearBy(1) }, "]"),
		act("near.previous", "previous", "Go to the verdict before.", false, nil, func() tea.Cmd { return s.nearBy(-1) }, "["),
		act("near.differ", "what differs", "Point out what differs between the two, or stop.", true, two, s.toggleDiffer, "d"),
		act("near.markdown", "markdown", "Lay the answers out as Markdown, or show them as they came.", true, nil, s.toggleMarkdown, "v"),
		act("near.input", "whole input", "Show the whole input in place of the answers, or go back.", false, fits, s.toggleInput, "i"),
		act("near.scroll", "scroll", "Scroll on, both answers together.", false, nil, func() tea.Cmd { s.pair.update(keyPage); return nil }, "space", "pgdown"),
		act("near.leave", "back", "Go back to the verdicts.", true, nil, s.leaveNear, "esc", "enter"),
	}
}

// Help explains what is shown.
func (s *Screen) Help() string {
	switch s.mode {
	case modeDuel:
		if s.pair != nil && s.pair.single {
			return "Read the input and the answer, and say whether it is good enough: p passes it, f fails it. After f a word of reason may follow; enter leaves it out.\n\n" +
				"Nothing tells whose answer it is. The keys light up as soon as they count, a moment after the answer came. " +
				"A verdict is on disk before it is ticked, and u takes it back."
		}
		return "Read the input and both answers, and press 1 if the left one is better, 2 if the right one is. = says that they are equally good, 0 that neither would do, s that you can't say.\n\n" +
			"Nothing tells whose answers they are, and the sides are drawn by lot. The keys light up as soon as they count, a moment after the duel came. " +
			"A verdict is on disk before it is ticked, and u takes it back. Now and then a duel comes a second time, to see how steady the judgment is.\n\n" +
			"space and ↑ ↓ scroll both answers together, i shows the whole of a long input, d points out what differs, g shows the guideline."
	case modeEnd:
		return "A part of the sitting is over. What is said here names nobody. Go on, or see who is who: from then on your verdicts on these versions are kept, and no longer counted."
	case modeReveal:
		return "How the verdicts stand, with names. The sentence comes first; the line ├──●──┤ is the share of the decided duels with its 95% interval, and ┊ the middle, where both are equal.\n\n" +
			"Settled means that a lead like this turns up between equal versions at most 1 time in 20, however often one looks. Ties are counted and set aside. " +
			"On the page verdicts enter shows the two answers, and a makes assertions of the verdict."
	}
	return "Here people decide between answers without knowing whose they are. A sitting is 20 duels; after that it says how things stand without a name, and goes on if you wish.\n\n" +
		"Enter begins. A sitting that was left is gone on with, also after days. Who is who is a key of its own: once you were told, your verdicts on those versions are kept, and not counted."
}
