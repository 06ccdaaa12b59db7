package compose

import (
	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// Actions lists the keys.
func (s *Screen) Actions() []kit.Action {
	list, typing, proof := s.focus == onBlocks, s.focus == onEditor, s.focus == onProof
	shots := list && s.onItems()
	enter := "edit"
	if proof {
		enter = "full screen"
	}
	acts := []kit.Action{
		{ID: "compose.leave", Key: kit.Bind("back to the blocks", "esc"), Do: s.leave, Why: s.whyLeave, Show: !list,
			Long: "Leave the text or the proof; keys work on blocks again."},
		{ID: "compose.edit", Key: kit.Bind(enter, "enter", "e"), Do: s.enter, Why: s.whyEnter, Show: !typing,
			Long: "Write in the block with the cursor; in the proof: read it on a screen of its own."},
		{ID: "compose.add", Key: kit.Bind("add", "a"), Do: s.add, Why: s.whyList, Show: list,
			Long: "Add a block below the one with the cursor."},
		{ID: "compose.toggle", Key: kit.Bind("on/off", "space"), Do: s.toggle, Why: s.whyEnter, Show: list && !shots,
			Long: "Switch the block off, so that nothing of it is sent, or on again."},
	}
	acts = append(acts, s.shotActions(shots)...)
	acts = append(acts, []kit.Action{
		{ID: "compose.save", Key: kit.Bind("save", "ctrl+s"), Do: s.save, Why: s.whyTable, Show: list || typing,
			Long: "Keep the content as a new revision, with a line on why."},
		{ID: "compose.prev", Key: kit.Bind("previous case", "[", "ctrl+pgup"), Do: func() tea.Cmd { return s.step(-1) }, Why: s.whyCases,
			Long: "Take the case before in hand."},
		{ID: "compose.next", Key: kit.Bind("next case", "]", "ctrl+pgdown"), Do: func() tea.Cmd { return s.step(1) }, Why: s.whyCases, Show: list || proof,
			Long: "Take the next case in hand: the proof shows it."},
		{ID: "compose.cases", Key: kit.Bind("cases", "C"), Do: s.toCases, Why: s.whyTable,
			Long: "Open the cases of the prompt as a grid; esc there comes back."},
		{ID: "compose.resources", Key: kit.Bind("resources", "b"), Do: s.toResources, Why: s.whyTable,
			Long: "Open the bank of resources: import files, rank them for the case in hand, put them into the variant; esc there comes back."},
		{ID: "compose.proof", Key: kit.Bind("proof", "p"), Do: s.toProof, Why: s.whyTable, Show: list && !shots,
			Long: "Give the proof more room and the arrow keys, and back. enter there opens it on a screen of its own."},
		{ID: "compose.finding", Key: kit.Bind("first finding", "."), Do: s.firstFinding, Why: s.whyFindings,
			Long: "Go to the place of the first finding."},
		{ID: "compose.findings", Key: kit.Bind("findings", "f"), Do: s.findings, Why: s.whyFindings, Show: list && !shots,
			Long: "List what the checks found in this proof, and go to its place."},
		{ID: "compose.search", Key: kit.Bind("find, replace", "ctrl+f"), Do: s.look, Why: s.whyBlock, Show: typing,
			Long: "Find words in the block's text; tab there replaces them, one or all."},
		{ID: "compose.undo", Key: kit.Bind("undo", "u"), Do: s.undo, Why: s.whyTable, Show: list,
			Long: "Take the last change of the content back, also from before the program was left. In a text ctrl+z goes letter by letter, and further back from there."},
		{ID: "compose.redo", Key: kit.Bind("redo", "ctrl+r"), Do: s.redo, Why: s.whyTable,
			Long: "Make the change again that was taken back last."},
		{ID: "compose.wrap", Key: kit.Bind("wrapper", "w"), Do: s.wrap, Why: s.whyWrap, Show: list,
			Long: "Change what stands around the block, or around each shot: nothing, XML, Markdown, JSON."},
		{ID: "compose.role", Key: kit.Bind("role", "r"), Do: s.role, Why: s.whyRole, Show: list,
			Long: "Change who speaks the block: system, user, assistant."},
		{ID: "compose.title", Key: kit.Bind("title", "t"), Do: s.title, Why: s.whyBlock,
			Long: "Name the block; the name is its tag or its heading, too."},
		{ID: "compose.delete", Key: kit.Bind("delete", "x", "delete"), Do: s.remove, Why: s.whyBlock,
			Long: "Delete the block; u brings it back."},
		{ID: "compose.copy", Key: kit.Bind("duplicate", "D"), Do: s.duplicate, Why: s.whyBlock,
			Long: "Copy the block below itself."},
		{ID: "compose.raise", Key: kit.Bind("move up", "K", "shift+up"), Do: func() tea.Cmd { return s.move(-1) }, Why: s.whyBlock,
			Long: "Move the block up in the context."},
		{ID: "compose.lower", Key: kit.Bind("move down", "J", "shift+down"), Do: func() tea.Cmd { return s.move(1) }, Why: s.whyBlock,
			Long: "Move the block down in the context."},
		{ID: "compose.params", Key: kit.Bind("parameters", "P"), Do: s.params, Why: s.whyTable,
			Long: "Set temperature, top_p, the most tokens, the seed and more. What is left open goes to a local engine as its neutral value; Proof says what is sent."},
		{ID: "compose.history", Key: kit.Bind("revisions", "h"), Do: s.history, Why: s.whyTable,
			Long: "Open the tree of saved revisions: what came of each, what changed, and to go on from one; esc there comes back."},
		{ID: "compose.scaffold", Key: kit.Bind("scaffold", "s"), Do: s.scaffold, Why: s.whyList, Show: list && !shots,
			Long: "Add a block of words to begin from below: a sketchpad, only these resources, when they are not enough, invent nothing."},
		{ID: "compose.twins", Key: kit.Bind("twins", "T"), Do: s.twins, Why: s.whyTwins,
			Long: "Make the variant's twins in XML, Markdown and JSON as variants of their own, to be run side by side in Bench."},
		{ID: "compose.saveas", Key: kit.Bind("save as variant", "S"), Do: s.saveAs, Why: s.whyTable,
			Long: "Keep the content as a new variant; the one on the table stays as it was saved."},
		{ID: "compose.editor", Key: kit.Bind("$EDITOR", "E", "ctrl+g"), Do: s.external, Why: s.whyEditor,
			Long: "Open the block's text in $EDITOR and take what it saves."},
		{ID: "compose.up", Key: kit.Bind("up", "up", "k"), Do: func() tea.Cmd { return s.arrow(tea.KeyUp) },
			Long: "Choose the block above; in the proof: scroll."},
		{ID: "compose.down", Key: kit.Bind("down", "down", "j"), Do: func() tea.Cmd { return s.arrow(tea.KeyDown) },
			Long: "Choose the block below; in the proof: scroll."},
		{ID: "compose.pane", Key: kit.Bind("blocks or proof", "tab", "shift+tab"), Do: s.swap, Why: s.whyTable,
			Long: "Move between the blocks and the proof."},
	}...)
	return acts
}

// shotActions are those on which shots and resources stand in the context.
func (s *Screen) shotActions(show bool) []kit.Action {
	return []kit.Action{
		{ID: "compose.shots", Key: kit.Bind("which", "v"), Do: s.pickShots, Why: s.whyBank, Show: show,
			Long: "Check which shots or resources of the bank the block holds."},
		{ID: "compose.choice", Key: kit.Bind("choice", "c"), Do: s.chooseItems, Why: s.whyShots, Show: show,
			Long: "Say how many shots or resources stand in the context of a case, and which: all, the first, representative, nearest, drawn, a list of the case's; of those in the block or of all the bank; and which shots are pinned."},
		{ID: "compose.item", Key: kit.Bind("item", "i"), Do: s.writeItems, Why: s.whyShots, Show: show,
			Long: "Say how one shot or resource is written inline: a template, and what stands between two."},
		{ID: "compose.more", Key: kit.Bind("more", "+", "="), Do: s.more, Why: s.whyMore, Show: show,
			Long: "Take the next shot or resource of the bank into the block."},
		{ID: "compose.fewer", Key: kit.Bind("fewer", "-"), Do: s.fewer, Why: s.whyFewer, Show: show,
			Long: "Drop the last shot or resource of the block; the bank keeps it."},
		{ID: "compose.shuffle", Key: kit.Bind("shuffle", "o"), Do: s.shuffle, Why: s.whyFewer, Show: show,
			Long: "Put the shots or resources into an order drawn from a seed, which is recorded with the block."},
		{ID: "compose.asis", Key: kit.Bind("bank order", "O"), Do: s.asIs, Why: s.whyFewer,
			Long: "Put the shots or resources back into the order of the bank."},
		{ID: "compose.layout", Key: kit.Bind("layout", "l"), Do: s.layout, Why: s.whyLayout, Show: show,
			Long: "Show the shots inline in a message, or each as a turn of the conversation."},
		{ID: "compose.refresh", Key: kit.Bind("refresh", "R"), Do: s.refreshShots, Why: s.whyRefresh, Show: show,
			Long: "Copy the words of changed shots and resources from the bank anew; a block that stands for all of it takes in what is new there."},
	}
}

// Help explains what has focus.
func (s *Screen) Help() string {
	switch s.focus {
	case onEditor:
		return "You are writing in the block. The text keeps every byte you do not touch. {{name}} is replaced by the case's value, \\{{name}} is the text itself; a name without a value is marked and sent as it stands. " +
			"The proof beside it changes as you type. Work is kept as a draft within a second; ctrl+s makes it a revision. esc goes back."
	case onProof:
		return "The exact context of the case in hand, each stretch in the colour of its block; faint is what wrappers and blank lines add. ↑ ↓ scroll, / finds words, enter opens it on a screen of its own, esc goes back to the blocks."
	}
	return "The blocks of the variant, in the order in which they are sent. Beside each stand its tokens and its share of the whole. ↑ ↓ choose; what the keys change shows at once in the proof of the case in hand. " +
		"Nothing is lost: every change can be undone, and work is kept as a draft until ctrl+s makes it a revision.\n\n" +
		"enter writes in a block, a adds one, space switches it off and on, K and J move it. The last line says what the checks found.\n\n" +
		"  § system   ¶ instructions   ▤ resources   ≡ shots   ≈ turns\n" +
		"  » input   › prefill\n" +
		"  ƒ tools   ◇ schema   ∷ grammar: beside the messages\n" +
		"  ! not what was meant   ▪ worth a change   · worth knowing"
}

func (s *Screen) whyTable() string {
	if !s.d.Table.Open() {
		return "nothing is on the table: choose a variant in Library"
	}
	return ""
}

func (s *Screen) whyLeave() string {
	if s.focus == onBlocks {
		return "the keys are on the blocks already"
	}
	return ""
}

// whyList says why nothing can be done to blocks.
func (s *Screen) whyList() string {
	if s.d.Table.Open() && s.focus == onProof {
		return "the keys are on the proof: esc goes back to the blocks"
	}
	return s.whyTable()
}

func (s *Screen) whyBlock() string {
	if why := s.whyList(); why != "" {
		return why
	}
	if s.block() == nil {
		return "there is no block yet: a adds one"
	}
	return ""
}

// whyEnter is whyBlock for keys that the proof has a use for, too.
func (s *Screen) whyEnter() string {
	if s.d.Table.Open() && s.focus == onProof {
		return ""
	}
	return s.whyBlock()
}

func (s *Screen) whyCases() string {
	switch n := len(s.d.Table.Cases); {
	case !s.d.Table.Open():
		return s.whyTable()
	case n == 0:
		return "the prompt has no case yet: C opens its cases, and n there writes one"
	case n == 1:
		return "the prompt has one case"
	}
	return ""
}

func (s *Screen) whyFindings() string {
	switch {
	case !s.d.Table.Open():
		return s.whyTable()
	case len(s.facts.finds) == 0:
		return "there is no finding"
	}
	return ""
}

func (s *Screen) whyWrap() string {
	if why := s.whyBlock(); why != "" {
		return why
	}
	return wrapNote(*s.block())
}

// wrapNote says why a block has no wrapper, "" when it can have one.
func wrapNote(b session.Block) string {
	switch {
	case b.Kind.Beside():
		return "what stands beside the messages has no wrapper"
	case b.Kind == session.KindTurns:
		return "a conversation has no wrapper"
	case b.Kind == session.KindPrefill:
		return "a prefill has no wrapper"
	case b.Kind == session.KindShots && b.Layout == session.LayoutTurns:
		return "shots as chat turns have no wrapper: l sets them inline"
	}
	return ""
}

func (s *Screen) whyRole() string {
	if why := s.whyBlock(); why != "" {
		return why
	}
	switch s.block().Kind {
	case session.KindTools, session.KindSchema, session.KindGrammar:
		return "what stands beside the messages is nobody's"
	case session.KindTurns:
		return "the lines of a conversation say who speaks"
	case session.KindPrefill:
		return "a prefill is always the assistant's"
	}
	return ""
}

func (s *Screen) whyEditor() string {
	if s.d.Editor == nil {
		return "there is no $EDITOR here"
	}
	return s.whyBlock()
}
