package cases

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// Actions lists the keys of what has focus.
func (s *Screen) Actions() []kit.Action {
	switch s.mode {
	case onSearch:
		give := func(code rune) func() tea.Cmd {
			return func() tea.Cmd { return s.updateSearch(tea.KeyPressMsg{Code: code}) }
		}
		return []kit.Action{
			act("edit", "to the grid", "Keep what was found, and go to the grid.", true, nil, give(tea.KeyEnter), "enter"),
			act("back", "show all", "Leave the filter; all cases are shown again.", true, nil, give(tea.KeyEscape), "esc"),
		}
	case onCell:
		return s.cellActions()
	case onForm:
		return s.formActions()
	case onMapping:
		return s.mappingActions()
	}
	return s.gridActions()
}

// AllActions lists the keys of all modes, for the table of keys.
func (s *Screen) AllActions() []kit.Action {
	return append(append(append(s.gridActions(), s.cellActions()...), s.formActions()...), s.mappingActions()...)
}

func act(id, label, long string, show bool, why func() string, do func() tea.Cmd, keys ...string) kit.Action {
	return kit.Action{ID: "cases." + id, Key: kit.Bind(label, keys...), Long: long, Why: why, Do: do, Show: show}
}

func (s *Screen) gridActions() []kit.Action {
	return []kit.Action{
		act("edit", "edit", "Change the cell with the cursor: a text is written below, a name or tags in a line of their own, and the split changes over.", true, s.whyEdit, s.edit, "enter", "e"),
		act("new", "new", "Write a new case: a field for each variable that the prompt's variants ask for.", true, s.whyHere, s.add, "n", "a"),
		act("find", "filter", "Show only cases that hold some letters, in a name, a value, a tag or the wanted answer.", true, s.whySearch, s.search, "/"),
		act("filter", "filter", "Show only cases of a split or tag, those that are marked, or those where nothing is wanted.", false, s.whyHere, s.choose, "F"),
		act("mark", "mark", "Mark the case, or take its mark away: tag, split, clear and delete then mean all that are marked.", true, s.whyCase, s.mark, "space"),
		act("split", "split", "Put the marked cases, or this one, into dev or the holdout, or draw a holdout by seed.", true, s.whyCaseHere, s.split, "s"),
		act("tag", "tag", "Add tags to the marked cases, or to this one, or take some away.", true, s.whyCaseHere, s.tag, "t"),
		act("import", "import", "Bring cases from a CSV or JSON file; what each column becomes is asked before.", true, s.whyHere, s.bring, "i"),
		act("cross", "cross product", "Make a case of each combination of values of some variables.", false, s.whyHere, s.cross, "*", "m"),
		act("bind", "bind", "Make a variable another prompt's output for the same case: a run that has ended, which stays as it is.", true, s.whyHere, s.bind, "b"),
		act("back", "back", "Go back to the station that the page was opened from.", true, nil, s.goBack, "esc"),
		act("clear", "clear", "Take the value away from the marked cases or this one: then nothing is wanted, which an empty answer is not.", false, s.whyClear, s.clearCell, "c"),
		act("rename", "rename", "Give the case another name; its runs keep the one they began with.", false, s.whyRename, s.rename, "r"),
		act("delete", "delete", "Delete the marked cases, or this one. Outputs keep the context they answered, and u brings the cases back.", false, s.whyPicked, s.remove, "x", "delete"),
		act("undo", "undo", "Take back the last edit of the workspace, whichever it was.", true, s.whyHere, s.undo, "u"),
		act("all", "mark all", "Mark all that are shown, or take the marks away.", false, s.whyCase, s.markAll, "A"),
		act("editor", "$EDITOR", "Open the cell in your editor.", false, s.whyExternal, s.external, "E", "ctrl+g"),
		act("proof", "proof", "Take the case in hand and read the exact context that it makes.", false, s.whyTake, s.take, "p"),
		act("copy", "copy", "Copy the whole cell, to the byte, to the terminal's clipboard.", false, s.whyCase, s.copyCell, "y"),
		act("reload", "read anew", "Read the cases anew.", false, nil, s.reload, "R"),
	}
}

// whySearch lets a search begin also where it finds nothing so far.
func (s *Screen) whySearch() string {
	if len(s.rows.cases) == 0 {
		return "there is no case yet"
	}
	return ""
}

func (s *Screen) cellActions() []kit.Action {
	why := func() string {
		if s.cell == nil {
			return "no cell is being written"
		}
		return s.busy
	}
	return []kit.Action{
		act("keep", "keep", "Keep what was written in the cell.", true, why, func() tea.Cmd { return s.keepCell(0) }, "ctrl+s"),
		act("newline", "new line", "Put a line end into the text; enter keeps it.", true, why, func() tea.Cmd { return newline(s.cell.ed) }, "alt+enter"),
		act("cell-empty", "keep empty", "Keep a text without a byte: an empty answer that is wanted, which is not the same as none.", true, why, s.keepEmpty, "ctrl+d"),
		act("cell-editor", "$EDITOR", "Write the cell in your editor.", true, s.whyExternal, s.external, "ctrl+g"),
	}
}

func (s *Screen) formActions() []kit.Action {
	why := func() string {
		if s.form == nil {
			return "no case is being written"
		}
		return s.busy
	}
	return []kit.Action{
		act("make", "make it", "Make the case that was written.", true, why, s.keepForm, "ctrl+s"),
		act("form-newline", "new line", "Put a line end into the field; enter goes to the next.", true, why, func() tea.Cmd { return newline(s.form.ed()) }, "alt+enter"),
		act("empty", "want an empty answer", "Want an empty answer, or nothing again, where the wanted answer holds no words.", true, why, s.emptyWanted, "ctrl+d"),
		act("form-editor", "$EDITOR", "Write the field in your editor.", true, s.whyExternal, s.external, "ctrl+g"),
	}
}

func (s *Screen) mappingActions() []kit.Action {
	return []kit.Action{
		act("becomes", "becomes", "Say what the column with the cursor is to become.", true, s.whyMap, s.remap, "enter"),
		act("leave-out", "leave out", "Leave the column out, or take it in under its own name.", true, s.whyMap, s.leaveOut, "space", "x"),
		act("bring", "import", "Bring the cases in as they are shown: all of them or none.", true, s.whyBring, s.brought, "ctrl+s", "i"),
		act("leave-file", "leave", "Go back to the grid; nothing was brought in.", true, nil, s.leaveMapping, "esc"),
	}
}

// Help explains what has focus.
func (s *Screen) Help() string {
	switch s.mode {
	case onCell:
		return "The value of one cell, to the byte. enter keeps it, alt+enter puts a line end into it, tab keeps it and goes on to the next cell; esc leaves it as it was."
	case onForm:
		return "A new case. Fields that stay empty are not there: an empty wanted answer means that nothing is wanted, unless ctrl+d says that an empty answer is right."
	case onMapping:
		return "The columns of a file, and what each becomes: the case's name, the wanted answer, tags, split, or a variable. Below stand its first rows as they would be. Nothing is written before ctrl+s, and then all rows or none are."
	}
	return "The cases of a prompt: what its variants are tried on. A row holds a value for each variable, and what answer is wanted; – says that there is none, which is not the same as an empty one. " +
		"↑ ↓ ← → move from cell to cell, and below the grid the cell stands whole.\n\n" +
		"Cases in dev are for working, those in the holdout for a look at the end: a prompt that was tuned on what it is measured by looks better than it is. How often the holdout was looked at stands above.\n\n" +
		"b makes a chain: a variable becomes the output of another prompt for the same case, frozen at a run. The cases come with it, are dim, and are changed where they are from."
}
