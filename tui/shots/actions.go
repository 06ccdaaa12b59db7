package shots

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// Actions lists the keys of what is in front.
func (s *Screen) Actions() []kit.Action {
	switch {
	case s.form != nil:
		return s.formActions()
	case s.file != nil:
		return s.fileActions()
	}
	return s.bankActions()
}

// AllActions lists the keys of all that can be in front.
func (s *Screen) AllActions() []kit.Action {
	file := &Screen{d: s.d, file: &bringing{s: s}}
	return append(append(s.bankActions(), (&Screen{d: s.d, form: &form{}}).formActions()...), file.fileActions()...)
}

func (s *Screen) bankActions() []kit.Action {
	list := s.focus == onList
	acts := []kit.Action{
		{ID: "shots.edit", Key: kit.Bind("edit", "enter", "e"), Do: s.edit, Why: s.whyShot, Show: true,
			Long: "Write the shot with the cursor anew: its input, output, name, tags and calls of tools."},
		{ID: "shots.add", Key: kit.Bind("new", "n", "a"), Do: s.add, Why: s.whyOpen, Show: true,
			Long: "Write a new shot into the bank."},
		{ID: "shots.toggle", Key: kit.Bind("on/off", "space"), Do: s.toggle, Why: s.whyShot, Show: list,
			Long: "Switch the shot off, so that nothing takes it anew, or on again. Copies in variants stay as they are."},
		{ID: "shots.put", Key: kit.Bind("into the variant", "+", "="), Do: s.put, Why: s.whyPut, Show: list,
			Long: "Copy the shot into the shots block of the variant on the table, or bring its copy there up to date."},
		{ID: "shots.pin", Key: kit.Bind("pin", "p"), Do: s.pin, Why: s.whyShot, Show: list,
			Long: "Pin the shot first, then last, then not at all: a pinned one stands at its end whatever the order."},
		{ID: "shots.study", Key: kit.Bind("studies", "s"), Do: s.study, Why: s.whyOpen, Show: true,
			Long: "Go to Study: does the order of the shots matter, which of them, and how many?"},
		{ID: "shots.filter", Key: kit.Bind("filter", "/"), Do: s.filter, Why: s.whyFilter, Show: list,
			Long: "Show only the shots that hold what is typed; is:near, is:off, is:pinned and is:older are understood, and esc shows all again."},
		{ID: "shots.import", Key: kit.Bind("import", "i"), Do: s.bring, Why: s.whyImport, Show: true,
			Long: "Import shots from a file, after a look at what its columns would become."},
		{ID: "shots.pane", Key: kit.Bind("next pane", "tab"), Do: func() tea.Cmd { return s.turn(1) }, Why: s.whyFilter, Show: !list,
			Long: "Go from the list to the whole shot, on to the mix beside the cases, and back to the list."},
		{ID: "shots.paneback", Key: kit.Bind("previous pane", "shift+tab"), Do: func() tea.Cmd { return s.turn(-1) }, Why: s.whyFilter,
			Long: "Go to the pane before."},
		{ID: "shots.tags", Key: kit.Bind("tags", "t"), Do: s.editTags, Why: s.whyShot,
			Long: "Write the tags of the shot with the cursor."},
		{ID: "shots.mix", Key: kit.Bind("mix", "m"), Do: s.toMix, Why: s.whyFilter,
			Long: "Show how labels and lengths of the shots stand beside those of the cases."},
		{ID: "shots.delete", Key: kit.Bind("delete", "x", "delete"), Do: s.remove, Why: s.whyShot,
			Long: "Delete the shot with the cursor from the bank. Variants keep their copies, and u brings it back."},
		{ID: "shots.undo", Key: kit.Bind("undo", "u"), Do: s.undo, Why: s.whyOpen, Show: true,
			Long: "Take back the last edit of the workspace, whichever it was."},
		{ID: "shots.back", Key: kit.Bind("back to the list", "esc"), Do: s.back, Why: s.whyBack, Show: !list,
			Long: "Go back to the list, and show all of it."},
	}
	for i := range acts { // while letters are typed they are no keys: enter and esc are
		switch {
		case !s.find.Typing():
		case acts[i].ID == "shots.edit":
			acts[i].Key = kit.Bind("to the list", "enter")
		case acts[i].ID == "shots.back":
			acts[i].Key, acts[i].Show = kit.Bind("show all", "esc"), true
		default:
			acts[i].Show = false
		}
	}
	return acts
}

func (s *Screen) formActions() []kit.Action {
	return []kit.Action{
		{ID: "shots.keep", Key: kit.Bind("keep", "ctrl+s"), Do: s.keep, Why: s.whyOpen, Show: true,
			Long: "Keep the shot as it is written."},
		{ID: "shots.next", Key: kit.Bind("next field", "tab"), Do: func() tea.Cmd { return s.form.Move(1) }, Show: true,
			Long: "Go on to the next field: input, output, name, tags, calls of tools."},
		{ID: "shots.before", Key: kit.Bind("previous field", "shift+tab"), Do: func() tea.Cmd { return s.form.Move(-1) },
			Long: "Go to the field before."},
		{ID: "shots.editor", Key: kit.Bind("$EDITOR", "ctrl+g"), Do: s.external, Why: s.whyEditor, Show: true,
			Long: "Open the field in your editor, and take what you leave there."},
		{ID: "shots.leave", Key: kit.Bind("leave", "esc"), Do: s.leaveForm, Show: true,
			Long: "Leave without keeping; what was written is asked about once."},
	}
}

func (s *Screen) fileActions() []kit.Action {
	b := s.file
	return []kit.Action{
		{ID: "shots.take", Key: kit.Bind("import", "enter"), Do: b.take, Why: b.whyTake, Show: true,
			Long: "Import the shots of the file, all or none, as one edit that u takes back."},
		{ID: "shots.map", Key: kit.Bind("which column is what", "m"), Do: b.mapColumns, Show: true,
			Long: "Say which column is the input, the output, the name and the tags."},
		{ID: "shots.drop", Key: kit.Bind("leave", "esc"), Do: b.leave, Show: true,
			Long: "Leave the file as it is."},
	}
}

// Help explains what has focus.
func (s *Screen) Help() string {
	switch {
	case s.form != nil:
		return "A shot is an input with the output that is right for it; an output alone shows a form to follow, and calls of tools show how they are asked for. " +
			"Tags group shots, so that a block can take some of each.\n\nWhat is kept here changes the bank. A variant holds a copy: + in the list, or R in Compose, brings it up to date."
	case s.file != nil:
		return "What the file holds and what each column would become. Nothing is changed before enter, and u takes all of it back."
	}
	return "The bank of worked examples of the prompt on the table. ● is on, ○ is off; ⇤ and ⇥ pin one to the beginning or the end, whatever the order. " +
		"The bar is the length of the input in words. ≈ names another shot that says nearly the same: equal but for case and signs, or four in five of its content words.\n\n" +
		"Beside the list stands the whole shot with the variants that hold a copy of it, ◆ the one on the table; and the mix: how often each label and each length stands among the shots and among the cases. " +
		"A label without a shot is one that the model never saw an example of.\n\n" +
		"S in Read, in Bench's close-up and among the verdicts in Judge makes a shot of an output, or of its correction."
}

func (s *Screen) whyEditor() string {
	if s.d.Editor == nil {
		return "there is no editor here"
	}
	return ""
}

func (s *Screen) whyFilter() string {
	if s.prompt == 0 || len(s.of) == 0 {
		return "the bank has no shot yet"
	}
	return ""
}

func (s *Screen) filter() tea.Cmd {
	s.focus = onList
	s.find.Start()
	s.arrange()
	return nil
}

// turn moves the focus: list, shot, mix.
func (s *Screen) turn(by focus) tea.Cmd {
	s.focus = (s.focus + by + 3) % 3
	if s.focus != onList {
		s.side = s.focus
	}
	s.arrange()
	return nil
}

func (s *Screen) toMix() tea.Cmd {
	if s.focus == onMix {
		s.focus, s.side = onList, onShot
	} else {
		s.focus, s.side = onMix, onMix
	}
	s.arrange()
	return nil
}

func (s *Screen) whyBack() string {
	if s.focus != onList || s.find.Narrows() || s.side == onMix {
		return ""
	}
	return "this is the list"
}

func (s *Screen) back() tea.Cmd {
	if s.focus != onList || s.side == onMix {
		s.focus, s.side = onList, onShot
		s.arrange()
		return nil
	}
	s.find.End(true)
	s.fill()
	return nil
}

func (s *Screen) study() tea.Cmd {
	return func() tea.Msg { return kit.Goto{Screen: "study"} }
}

// mouse moves the cursor, the focus or a view.
func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	head := 1
	if s.find.Narrows() {
		head++
	}
	to := s.focus
	switch {
	case s.lay.list.has(at.X, at.Y):
		to = onList
		if s.list.Update(kit.Shift(msg, s.lay.list.x+1, s.lay.list.y+head)) {
			s.moved()
		}
	case s.lay.shot.has(at.X, at.Y):
		to = onShot
		s.page.Update(kit.Shift(msg, s.lay.shot.x+2, s.lay.shot.y+1))
	case s.lay.mix.has(at.X, at.Y):
		to = onMix
		switch at.Button {
		case tea.MouseWheelUp:
			s.top -= 3
		case tea.MouseWheelDown:
			s.top += 3
		}
	}
	if click && to != s.focus {
		s.focus = to
		if to != onList {
			s.side = to
		}
	}
	s.arrange()
	return nil
}
