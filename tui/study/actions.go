package study

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// Actions lists the keys of what is in front.
func (s *Screen) Actions() []kit.Action {
	switch {
	case s.setup != nil:
		return s.setupActions()
	case s.result != nil:
		return s.resultActions()
	}
	return s.listActions()
}

// AllActions lists the keys of all that can be in front.
func (s *Screen) AllActions() []kit.Action {
	return append(append(s.listActions(), s.setupActions()...), s.resultActions()...)
}

func (s *Screen) listActions() []kit.Action {
	return []kit.Action{
		{ID: "study.open", Key: kit.Bind("open", "enter"), Do: s.open, Why: s.whyEntry, Show: true,
			Long: "Show all that the study with the cursor found."},
		{ID: "study.new", Key: kit.Bind("new study", "n"), Do: s.create, Why: s.whyNew, Show: true,
			Long: "Set up a study of the variant on the table: of order, of what each part is worth, of how many shots, of variety."},
		{ID: "study.goon", Key: kit.Bind("go on", "g"), Do: s.goOn, Why: s.whyGoOn, Show: true,
			Long: "Ask what the study still lacks."},
		{ID: "study.stop", Key: kit.Bind("stop", "S"), Do: s.stop, Why: s.whyStop, Show: true,
			Long: "Stop the study. What was answered is kept."},
		{ID: "study.bench", Key: kit.Bind("its run", "b"), Do: s.bench, Why: s.whyRun, Show: true,
			Long: "Go to Bench with the run of the study, to read its answers one by one."},
		{ID: "study.delete", Key: kit.Bind("delete", "x", "delete"), Do: s.remove, Why: s.whyDelete,
			Long: "Delete the study with its answers; u brings it back."},
		{ID: "study.undo", Key: kit.Bind("undo", "u"), Do: s.undo, Why: s.whyUndo,
			Long: "Take back the last edit of the workspace, whichever it was."},
		{ID: "study.reload", Key: kit.Bind("read anew", "r"), Do: s.again,
			Long: "Read the studies again."},
		{ID: "study.back", Key: kit.Bind("Shots", "esc"), Do: s.leave, Show: true,
			Long: "Go back to Shots. A study that runs goes on."},
	}
}

func (s *Screen) setupActions() []kit.Action {
	step := func(by int) func() tea.Cmd { return func() tea.Cmd { return s.setup.step(by) } }
	return []kit.Action{
		{ID: "study.start", Key: kit.Bind("start", "enter"), Do: s.start, Why: s.whyStart, Show: true,
			Long: "Start the study; what it costs stands there first."},
		{ID: "study.more", Key: kit.Bind("change", "right", "l"), Do: step(1), Show: true,
			Long: "Change the line with the cursor to its next value."},
		{ID: "study.less", Key: kit.Bind("change back", "left", "h"), Do: step(-1),
			Long: "Change the line with the cursor to the value before."},
		{ID: "study.write", Key: kit.Bind("write", "space", "e"), Do: func() tea.Cmd { s.setup.armed = false; return s.setup.write() }, Show: true,
			Long: "Write or choose the value of the line with the cursor."},
		{ID: "study.drop", Key: kit.Bind("back", "esc"), Do: s.drop, Show: true,
			Long: "Leave without asking anything."},
	}
}

func (s *Screen) resultActions() []kit.Action {
	turn := func(by int) func() tea.Cmd {
		return func() tea.Cmd { s.result.turn(by); return nil }
	}
	return []kit.Action{
		{ID: "study.result.goon", Key: kit.Bind("go on", "g"), Do: s.goOn, Why: s.whyGoOn, Show: true,
			Long: "Ask what the study still lacks."},
		{ID: "study.room", Key: kit.Bind("ask the cut again", "m"), Do: s.askCut, Why: s.whyCut, Show: s.result != nil && s.result.r.Cut > 0,
			Long: "Ask those answers again that were cut, with more room: what that takes is said first."},
		{ID: "study.confirm", Key: kit.Bind("confirm on the holdout", "c"), Do: s.confirm, Why: s.whyConfirm, Show: true,
			Long: "Ask the same of the cases that were held out: what is found on one set of cases is only worth what another says of it."},
		{ID: "study.page", Key: kit.Bind("next page", "tab", "right", "l"), Do: turn(1), Why: s.whyPage, Show: true,
			Long: "Go to the next page of the report: the plot, the cases that flip, places, and the numbers behind the sentence."},
		{ID: "study.pageback", Key: kit.Bind("previous page", "shift+tab", "left", "h"), Do: turn(-1), Why: s.whyPage,
			Long: "Go to the page before."},
		{ID: "study.result.stop", Key: kit.Bind("stop", "S"), Do: s.stop, Why: s.whyStop, Show: true,
			Long: "Stop the study. What was answered is kept."},
		{ID: "study.result.bench", Key: kit.Bind("its run", "b"), Do: s.bench, Why: s.whyRun, Show: true,
			Long: "Go to Bench with the run of the study, to read its answers one by one."},
		{ID: "study.anew", Key: kit.Bind("set up another", "n"), Do: s.create, Why: s.whyNew,
			Long: "Set up a new study of the variant on the table."},
		{ID: "study.result.reload", Key: kit.Bind("read anew", "r"), Do: func() tea.Cmd { return s.read(s.result.r.Entry.ID, false) },
			Long: "Read the report again, also while the study runs."},
		{ID: "study.list", Key: kit.Bind("all studies", "esc"), Do: func() tea.Cmd { s.result = nil; return s.look() }, Show: true,
			Long: "Go back to the list of studies."},
	}
}

// Help explains what is shown.
func (s *Screen) Help() string {
	switch {
	case s.setup != nil:
		return "What is asked, of which cases and which model. ↑ and ↓ choose a line, ← and → change it, space writes a value of your own. " +
			"What it costs stands beside it, and enter starts it once that is known.\n\n" + s.setup.meaning()
	case s.result != nil:
		return "What the study found: the sentence first, then what it rests on. While it runs it is read on the cases that are complete, and anew now and then: an interim result. ▒ is the range of one order asked again and again, which is chance alone; ● lies within it, ◆ outside. " +
			"├──●──┤ is a rate or a change with its 95% interval.\n\n" +
			"A study is a search, and the best of many is partly luck: confirm what you mean to use on the holdout, c."
	}
	return "A study asks the same cases again and again with one thing changed, and holds beside it something that changes nothing: only what goes beyond chance is said to matter.\n\n" +
		"Order: does it matter in which order the shots stand? Worth: what does each block, shot or resource add, and which repeats another? Number: from how many shots on do more buy nothing? " +
		"Variety: how many different answers come, and which trick brings more?\n\nThe answers of a study are runs too, which b shows in Bench; they are judged by nobody."
}

func (s *Screen) inHand() *Entry {
	if s.result != nil {
		return &s.result.r.Entry
	}
	return s.entry()
}

func (s *Screen) whyEntry() string {
	switch {
	case s.busy != "":
		return s.busy
	case s.inHand() == nil:
		return "there is no study yet: n sets one up"
	}
	return ""
}

func (s *Screen) whyNew() string {
	switch {
	case s.prompt == 0:
		return "no prompt lies on the table"
	case s.d.Start == nil:
		return "nothing can be asked from here"
	}
	return ""
}

func (s *Screen) create() tea.Cmd {
	s.setup = s.newSetup()
	return s.setup.estimate()
}

// drop leaves the panel, or takes back that the study is to start.
func (s *Screen) drop() tea.Cmd {
	if s.setup.armed {
		s.setup.armed = false
		return nil
	}
	s.setup = nil
	return nil
}

func (s *Screen) whyStart() string {
	p := s.setup
	switch {
	case p.starting:
		return "it is starting"
	case p.lacks() != "":
		return p.lacks()
	case p.estErr != nil:
		return p.estErr.Error()
	}
	return "" // it starts when its cost is known
}

func (s *Screen) open() tea.Cmd {
	if s.peek != nil && s.peek.Entry.ID == s.entry().ID && s.flightOf(s.entry().ID) == nil {
		s.result = newResult(s, *s.peek)
		s.arrange()
		return nil
	}
	s.busy = "reading …"
	return s.read(s.entry().ID, true)
}

func (s *Screen) whyGoOn() string {
	if why := s.whyEntry(); why != "" {
		return why
	}
	e := s.inHand()
	switch {
	case s.d.GoOn == nil:
		return "nothing can be asked from here"
	case s.flightOf(e.ID) != nil:
		return "it runs"
	case e.State == session.RunDone && e.Failed == 0:
		return "nothing is missing"
	}
	return ""
}

func (s *Screen) whyCut() string {
	if why := s.whyEntry(); why != "" {
		return why
	}
	switch {
	case s.d.AskCut == nil:
		return "nothing can be asked from here"
	case s.result == nil:
		return "no study is open"
	case s.flightOf(s.result.r.Entry.ID) != nil:
		return "it runs"
	case s.result.r.Cut == 0:
		return "no answer was cut that can be asked again"
	}
	return ""
}

func (s *Screen) whyStop() string {
	if why := s.whyEntry(); why != "" {
		return why
	}
	if s.flightOf(s.inHand().ID) == nil {
		return "it does not run here"
	}
	return ""
}

func (s *Screen) whyRun() string {
	if why := s.whyEntry(); why != "" {
		return why
	}
	if len(s.inHand().Runs) == 0 {
		return "it has no run yet"
	}
	return ""
}

func (s *Screen) bench() tea.Cmd {
	runs := s.inHand().Runs
	to := kit.Goto{Screen: "bench", Arg: runs[len(runs)-1]}
	return func() tea.Msg { return to }
}

func (s *Screen) whyDelete() string {
	if why := s.whyEntry(); why != "" {
		return why
	}
	if s.flightOf(s.inHand().ID) != nil {
		return "it runs: S stops it first"
	}
	return ""
}

func (s *Screen) remove() tea.Cmd {
	e, del := *s.inHand(), s.d.Delete
	s.busy = "deleting …"
	return s.ask(0, func(ctx context.Context) tea.Msg {
		return gotDone{"study " + e.Name() + " is deleted with its answers; u brings it back", del(ctx, e.ID)}
	})
}

func (s *Screen) whyUndo() string {
	if s.d.Undo == nil {
		return "nothing can be taken back here"
	}
	return ""
}

func (s *Screen) undo() tea.Cmd {
	back := s.d.Undo
	return s.ask(0, func(ctx context.Context) tea.Msg {
		e, err := session.Undone(back(ctx))
		return gotDone{e.TookBack(), err}
	})
}

func (s *Screen) again() tea.Cmd {
	s.trouble = ""
	return tea.Batch(s.load(), s.facts())
}

func (s *Screen) leave() tea.Cmd {
	return func() tea.Msg { return kit.Goto{Screen: "shots"} }
}

func (s *Screen) whyPage() string {
	if s.result == nil || len(s.result.pages) < 2 {
		return "there is one page"
	}
	return ""
}

func (s *Screen) whyConfirm() string {
	if why := s.whyNew(); why != "" {
		return why
	}
	if s.result == nil {
		return "no study is open"
	}
	if _, holdout := s.splits(); holdout == 0 {
		return "no case is held out: Cases, under Library, puts some into the holdout"
	}
	if s.flightOf(s.result.r.Entry.ID) != nil {
		return "it still runs: what it found stands here when it has ended"
	}
	if s.result.r.interim() {
		return "not all of it was asked: g goes on with it"
	}
	if s.result.r.Entry.Spec.Cases == "holdout" {
		return "this was asked of the holdout"
	}
	if s.d.Table.Variant.Revision.ID != s.result.r.Entry.Spec.RevisionID {
		return "lay that revision of the variant on the table first: it is another one now"
	}
	return ""
}

// confirm sets up the same study on the holdout.
func (s *Screen) confirm() tea.Cmd {
	sp := s.result.r.Entry.Spec
	p := s.newSetup()
	p.kind, p.model, p.suite, p.cases, p.seed = sp.Kind, sp.Model, sp.Suite, "holdout", sp.Seed
	if len(sp.Of) > 0 {
		p.of = sp.Of[0]
		clear(p.parts)
		for _, o := range sp.Of {
			p.parts[o] = true
		}
	}
	p.fit()
	if len(sp.Orders) > 0 {
		p.orders, p.k, p.repeats = sp.Orders, len(sp.Orders), sp.Repeats
	}
	if len(sp.Sizes) > 0 {
		p.sizes = sp.Sizes
	}
	p.takes = max(1, sp.Takes)
	p.takeTricks(sp.Tricks)
	for i, l := range p.lines() {
		if l == lineCases {
			p.at = i
		}
	}
	s.setup = p
	return p.estimate()
}
