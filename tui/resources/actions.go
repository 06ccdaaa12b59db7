package resources

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"galley/session"
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
	list, some := !s.onPiece, len(s.of) > 0
	enter := "edit"
	if r := s.row(); r != nil && s.piece() == nil {
		enter = "fold"
	}
	order := "rank"
	if s.order {
		order = "bank"
	}
	acts := []kit.Action{
		{ID: "resources.import", Key: kit.Bind("import", "i"), Do: s.bring, Why: s.whyOpen, Show: list && !s.order,
			Long: "Import a file or a folder, after a look at the pieces that it would become. Importing it again puts its new pieces in place of the old ones."},
		{ID: "resources.rank", Key: kit.Bind(order, "r"), Do: s.toggleOrder, Why: s.whyRank, Show: list && (some || s.order),
			Long: "Sort the texts by how well they fit the case in hand, with the score and the words that matched; and back to the bank."},
		{ID: "resources.put", Key: kit.Bind("into the variant", "+", "="), Do: s.put, Why: s.whyPut, Show: list && some,
			Long: "Copy the text, or all pieces of the file, into the resources block of the variant on the table, or bring the copies there up to date. It makes the block where there is none."},
		{ID: "resources.edit", Key: kit.Bind(enter, "enter", "e"), Do: s.edit, Why: s.whyBanked, Show: list && some && !s.order,
			Long: "Write the text with the cursor anew; on a file: show or hide its pieces."},
		{ID: "resources.toggle", Key: kit.Bind("on/off", "space"), Do: s.toggle, Why: s.whyBanked, Show: list && some && !s.order,
			Long: "Switch the text, or all pieces of the file, off, so that nothing takes it anew, or on again."},
		{ID: "resources.next", Key: kit.Bind("next case", "]"), Do: func() tea.Cmd { return s.step(1) }, Why: s.whyCase, Show: s.order,
			Long: "Take the next case in hand."},
		{ID: "resources.prev", Key: kit.Bind("previous case", "["), Do: func() tea.Cmd { return s.step(-1) }, Why: s.whyCase,
			Long: "Take the case before in hand."},
		{ID: "resources.add", Key: kit.Bind("new", "n", "a"), Do: s.add, Why: s.whyOpen, Show: !some && !s.order,
			Long: "Write a new text into the bank."},
		{ID: "resources.split", Key: kit.Bind("cut anew", "s"), Do: s.splitAnew, Why: s.whySplit,
			Long: "Cut the file that the text came from into other pieces, after a look at them."},
		{ID: "resources.filter", Key: kit.Bind("filter", "/"), Do: s.filter, Why: s.whyFilter, Show: list && some && !s.order,
			Long: "Show only the texts that hold what is typed; is:off, is:in (the variant), is:older and is:marked are understood, and esc shows all again. In the text itself / finds words."},
		{ID: "resources.tags", Key: kit.Bind("tags", "t"), Do: s.tag, Why: s.whyBanked,
			Long: "Write the tags of the text, or of all pieces of the file."},
		{ID: "resources.delete", Key: kit.Bind("delete", "x", "delete"), Do: s.remove, Why: s.whyBanked,
			Long: "Delete the text, or the file with all its pieces, from the bank. Variants keep their copies, and u brings it back."},
		{ID: "resources.editor", Key: kit.Bind("$EDITOR", "E"), Do: s.external, Why: s.whyPiece,
			Long: "Open the text in your editor; what you leave there stands in the form, and ctrl+s keeps it."},
		{ID: "resources.fold", Key: kit.Bind("fold", "left", "right"), Do: s.fold, Why: s.whyFold,
			Long: "Hide the pieces of the file, or show them."},
		{ID: "resources.foldall", Key: kit.Bind("fold all", "z"), Do: s.foldAll, Why: s.whyBanked,
			Long: "Hide the pieces of all files, or show them."},
		{ID: "resources.study", Key: kit.Bind("studies", "S"), Do: func() tea.Cmd { return func() tea.Msg { return kit.Goto{Screen: "study"} } }, Why: s.whyOpen,
			Long: "Go to Study: does the order of the resources matter, and what is each of them worth?"},
		{ID: "resources.pane", Key: kit.Bind("list or text", "tab", "shift+tab"), Do: s.turn, Why: s.whyFilter, Show: !list,
			Long: "Go from the list to the text, and back."},
		{ID: "resources.undo", Key: kit.Bind("undo", "u"), Do: s.undo, Why: s.whyOpen, Show: list && some,
			Long: "Take back the last edit of the workspace, whichever it was."},
		{ID: "resources.back", Key: kit.Bind("back", "esc"), Do: s.back, Show: true,
			Long: "Go back to the list, show all of it, leave the ranking; then back to Compose."},
	}
	for i := range acts { // while letters are typed they are no keys
		acts[i].Show = acts[i].Show && !s.find.Typing()
	}
	return append(acts, s.markActions()...)
}

// markActions say of how much use a text is for the case in hand.
func (s *Screen) markActions() []kit.Action {
	var acts []kit.Action
	for g := range 4 {
		label := fmt.Sprintf("mark %d", g)
		if g == 0 {
			label = "marks 0 to 3"
		}
		acts = append(acts, kit.Action{
			ID: fmt.Sprintf("resources.mark%d", g), Key: kit.Bind(label, fmt.Sprint(g)), Do: func() tea.Cmd { return s.mark(g) }, Why: s.whyMark, Show: g == 0 && s.order && !s.find.Typing(),
			Long: fmt.Sprintf("Mark the text for the case in hand: %s. The cursor goes on to the next.", session.GradeHelp(g)),
		})
	}
	return append(acts, kit.Action{
		ID: "resources.unmark", Key: kit.Bind("no mark", "-", "backspace"), Do: func() tea.Cmd { return s.mark(-1) }, Why: s.whyMark,
		Long: "Take the mark of the text for the case in hand away.",
	})
}

func (s *Screen) formActions() []kit.Action {
	return []kit.Action{
		{ID: "resources.keep", Key: kit.Bind("keep", "ctrl+s"), Do: s.keep, Why: s.whyOpen, Show: true,
			Long: "Keep the text as it is written."},
		{ID: "resources.field", Key: kit.Bind("next field", "tab"), Do: func() tea.Cmd { return s.form.Move(1) }, Show: true,
			Long: "Go on to the next field: text, name, tags."},
		{ID: "resources.fieldback", Key: kit.Bind("previous field", "shift+tab"), Do: func() tea.Cmd { return s.form.Move(-1) },
			Long: "Go to the field before."},
		{ID: "resources.external", Key: kit.Bind("$EDITOR", "ctrl+g"), Do: s.external, Show: true,
			Long: "Open the text in your editor, and take what you leave there."},
		{ID: "resources.leave", Key: kit.Bind("leave", "esc"), Do: s.leaveForm, Show: true,
			Long: "Leave without keeping; what was written is asked about once."},
	}
}

func (s *Screen) fileActions() []kit.Action {
	b := s.file
	return []kit.Action{
		{ID: "resources.take", Key: kit.Bind("keep", "enter"), Do: b.take, Why: b.whyTake, Show: true,
			Long: "Keep the pieces, all or none, as one edit that u takes back."},
		{ID: "resources.how", Key: kit.Bind("cut otherwise", "s"), Do: b.turn, Why: s.whyOpen, Show: true,
			Long: "Go on to the next way to cut: by the kind of file, whole, at headings, at paragraphs, by words."},
		{ID: "resources.longer", Key: kit.Bind("longer", "+", "="), Do: func() tea.Cmd { return b.resize(25) }, Why: b.whySize, Show: true,
			Long: "Let a piece have 25 words more."},
		{ID: "resources.shorter", Key: kit.Bind("shorter", "-"), Do: func() tea.Cmd { return b.resize(-25) }, Why: b.whySize, Show: true,
			Long: "Let a piece have 25 words less."},
		{ID: "resources.overlap", Key: kit.Bind("overlap", "o"), Do: b.overlap, Why: b.whyOverlap, Show: b.what.How == session.SplitWords,
			Long: "Let a piece repeat the last words of the one before: none, a tenth, a fifth of a piece."},
		{ID: "resources.drop", Key: kit.Bind("leave", "esc"), Do: b.leave, Show: true,
			Long: "Leave the files as they are."},
	}
}

// Help explains what has focus.
func (s *Screen) Help() string {
	switch {
	case s.form != nil:
		return "A resource is a text to answer from. What is kept here changes the bank; a variant holds a copy, and + in the list brings it up to date."
	case s.file != nil:
		return "How the files would be cut. A piece is what is ranked and sent, so it should make sense alone: a section, a paragraph or two, a table whole. " +
			"It ends behind a line, a paragraph or a sentence, and never within code or a table if that can be helped.\n\nNothing is changed before enter. A piece whose text stays as it was keeps its switch, its tags and its marks."
	}
	return "The texts that the prompt answers from: files as folders of their pieces, and texts that were written here. ● is on, ○ is off; ◆ is in the variant on the table, ◇ as an older copy. " +
		"r ranks them for the case in hand by BM25 over the prompt's own texts: rare words that both share count most, and the words that matched stand out in the text.\n\n" +
		"0 to 3 say of how much use a text is for the case: none, some, it holds the answer, it is the answer. From these marks come, for each case, the rank of the first text of use, and over all marked cases " +
		"in how many that is rank 1, how many of those of use stand among the first, MRR (the mean of 1/rank) and NDCG (are the best first?).\n\n" +
		"Your own retrieval: put its ranked list into a variable of each case, as a JSON list of texts (or of objects with text and name), or as texts with blank lines between. " +
		"In Compose c on the resources block chooses \"a list of the case's\" and that variable. Then r shows the case's own list here, and the marks measure your retrieval."
}

func (s *Screen) whyRank() string {
	if why := s.whyCase(); why != "" {
		return why
	}
	if len(s.of) == 0 && !s.ranked.own {
		return "there is no resource yet: i imports files, n writes one"
	}
	return ""
}

func (s *Screen) whyFilter() string {
	if s.prompt == 0 || len(s.of) == 0 && !s.order {
		return "there is no resource yet"
	}
	return ""
}

func (s *Screen) filter() tea.Cmd {
	if s.onPiece {
		s.page.StartSearch()
		return nil
	}
	s.find.Start()
	s.arrange()
	return nil
}

func (s *Screen) turn() tea.Cmd {
	s.onPiece = !s.onPiece
	s.arrange()
	return nil
}

// back goes one step back: to the list, to all of it, to the bank, to Compose.
func (s *Screen) back() tea.Cmd {
	switch {
	case s.onPiece:
		return s.turn()
	case s.find.Narrows():
		s.find.End(true)
		s.fill()
		return nil
	case s.order:
		return s.toggleOrder()
	}
	return func() tea.Msg { return kit.Goto{Screen: "compose"} }
}
