package revisions

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// Actions lists the keys.
func (s *Screen) Actions() []kit.Action {
	list, diff := s.focus == onList, s.comparing() && s.page.note == ""
	return []kit.Action{
		{ID: "revisions.restore", Key: kit.Bind("go on from it", "enter"), Do: s.restore, Why: s.whyRow, Show: true,
			Long: "Make the content of the revision the draft and open it in Compose; u there takes it back, and the next save goes on from it in the tree."},
		{ID: "revisions.diff", Key: kit.Bind("what changed", "d"), Do: func() tea.Cmd { return s.toggle(asDiff) }, Why: s.whyRow, Show: true,
			Long: "Show what the revision changed of its parent, or of the marked one, block by block and word by word; again: its text."},
		{ID: "revisions.contexts", Key: kit.Bind("final contexts", "f"), Do: func() tea.Cmd { return s.toggle(asContexts) }, Why: s.whyRow, Show: true,
			Long: "Compare the two final contexts of the case in hand, variables, shots and resources included; again: its text."},
		{ID: "revisions.proof", Key: kit.Bind("proof", "p"), Do: func() tea.Cmd { return s.toggle(asProof) }, Why: s.whyRow, Show: true,
			Long: "Show the exact context that the revision gives the case in hand; again: its blocks."},
		{ID: "revisions.mark", Key: kit.Bind("mark", "space"), Do: s.toggleMark, Why: s.whyRow, Show: list,
			Long: "Compare the others with this revision, until it is pressed there again."},
		{ID: "revisions.other", Key: kit.Bind("other variant", "V"), Do: s.pickOther, Why: s.whyOther, Show: list,
			Long: "Compare with a revision of another variant of the prompt."},
		{ID: "revisions.saveas", Key: kit.Bind("save as variant", "S"), Do: s.saveAs, Why: s.whySaveAs, Show: true,
			Long: "Keep the content of the revision as a new variant of the prompt; u takes it back."},
		{ID: "revisions.next", Key: kit.Bind("next change", "n"), Do: func() tea.Cmd { s.page.diff.NextChange(); return nil }, Why: s.whyChange, Show: diff,
			Long: "Go to the next change of the comparison."},
		{ID: "revisions.previous", Key: kit.Bind("change before", "N"), Do: func() tea.Cmd { s.page.diff.PrevChange(); return nil }, Why: s.whyChange,
			Long: "Go to the change before."},
		{ID: "revisions.pane", Key: kit.Bind("tree or text", "tab", "shift+tab"), Do: s.swap, Why: s.whyRow, Show: true,
			Long: "Move between the tree and what stands beside it; there / finds words."},
		{ID: "revisions.undo", Key: kit.Bind("undo", "u"), Do: s.undo, Why: s.whyUndo,
			Long: "Take back the last edit of the workspace, whichever it was."},
		{ID: "revisions.reload", Key: kit.Bind("read again", "R"), Do: s.reload,
			Long: "Read the revisions and what came of them anew."},
		{ID: "revisions.back", Key: kit.Bind("back", "esc"), Do: s.leave, Show: true,
			Long: "Go back to the tree, and from there to where this page was opened from."},
	}
}

// Help explains the page.
func (s *Screen) Help() string {
	return "The saved revisions of a variant, the newest above. Each goes on from a parent: a line of its own to the right went on from an older one, and joins it below. " +
		"Revisions never change, so that every output can be shown with the very words that it answered.\n\n" +
		"Beside each stands what came of it: answers against what their cases want in all its runs, with the 95% interval over cases; duels won and lost against any other; the tokens of the case in hand; how many questions of the intern test are answered. " +
		"Runs of different revisions may have asked about different cases: to compare two, run both in Bench.\n\n" +
		"enter goes on from the revision in Compose. d shows what it changed of its parent, f the same of the final contexts; space marks another to compare with, V one of another variant."
}

func (s *Screen) whyRow() string {
	switch {
	case !s.loaded:
		return "the revisions are not read yet"
	case s.current() == nil:
		return "there is no revision"
	}
	return ""
}

func (s *Screen) whyOther() string {
	if why := s.whyRow(); why != "" {
		return why
	}
	if len(s.here.Others) == 0 {
		return "the prompt has no other variant: S makes one of this revision"
	}
	return ""
}

func (s *Screen) whySaveAs() string {
	if s.d.SaveAs == nil {
		return "nothing can be saved here"
	}
	return s.whyRow()
}

func (s *Screen) whyChange() string {
	if !s.comparing() || s.page.note != "" {
		return "nothing is compared: d shows what changed"
	}
	return ""
}

func (s *Screen) whyUndo() string {
	if s.d.Undo == nil {
		return "nothing can be taken back here"
	}
	return ""
}

// toggle shows the page in a mode, or as text again.
func (s *Screen) toggle(m mode) tea.Cmd {
	if s.mode == m {
		m = asText
	}
	s.mode = m
	return s.show()
}

func (s *Screen) toggleMark() tea.Cmd {
	r := s.current()
	if s.mark != nil && s.mark.id == r.Revision.ID {
		s.mark = nil
		return s.show()
	}
	if r.draft {
		return kit.Say("a draft changes while it is written: mark a revision, and put the cursor on the draft")
	}
	s.mark = &mark{r.Revision.ID, s.nameOf(*r), r.content}
	return tea.Batch(s.show(), kit.Say("compared with "+s.mark.name+": d on another shows what differs, space here takes the mark away"))
}

// pickOther asks for the variant that is to be compared with.
func (s *Screen) pickOther() tea.Cmd {
	others := s.here.Others
	m := &kit.Menu{Styles: s.d.Styles, Heading: "Compare with the variant"}
	for _, v := range others {
		m.Choices = append(m.Choices, kit.Choice{
			Label: text.Show(v.Name).OneLine(), Note: text.Of(fmt.Sprintf("@%d", v.Revision.Number)), Long: text.Show(v.Revision.Intent).OneLine(),
		})
	}
	list := s.d.Revisions
	m.Done = func(i int) tea.Cmd {
		v := others[i]
		return s.ask(s.loads, func(ctx context.Context) tea.Msg {
			rs, err := list(ctx, v.ID)
			return gotOthers{v, rs, err}
		})
	}
	return kit.Open(m)
}

// markOf marks a revision of another variant; where it has several one is asked for.
func (s *Screen) markOf(m gotOthers) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	if len(m.list) == 0 {
		return kit.Say("it has no revision")
	}
	take := func(i int) tea.Cmd {
		r := m.list[i]
		s.mark = &mark{r.ID, fmt.Sprintf("%s@%d", text.Head(m.of.Name, 24).OneLine(), r.Number), r.Content}
		if s.mode != asContexts {
			s.mode = asDiff
		}
		return s.show()
	}
	if len(m.list) == 1 {
		return take(0)
	}
	menu := &kit.Menu{Styles: s.d.Styles, Heading: "Compare with the revision of " + text.Head(m.of.Name, 30).OneLine().String(), Done: take}
	for _, r := range m.list {
		menu.Choices = append(menu.Choices, kit.Choice{
			Label: text.Of(fmt.Sprintf("@%-3d ", r.Number)).Append(text.Head(r.Intent, 48)), Note: text.Of(kit.When(r.CreatedMS, s.d.Now())),
		})
	}
	return kit.Open(menu)
}

// restore opens the content of the revision in Compose, as the draft.
func (s *Screen) restore() tea.Cmd {
	r := s.current()
	to := kit.Goto{Screen: "compose"}
	ref := nameOnly(s.here.Variant)
	newest := r.Revision.ID == s.here.Variant.Revision.ID && (len(s.rows) == 0 || !s.rows[0].draft)
	switch {
	case (r.draft || newest) && s.onTable():
	case r.draft || newest:
		to.Arg = ref
	default:
		to.Arg = session.Restore{Of: ref, Revision: r.Revision}
	}
	return func() tea.Msg { return to }
}

func (s *Screen) saveAs() tea.Cmd {
	r := *s.current()
	of := s.here.Variant.Name
	from := s.nameOf(r)
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Save " + from + " as a new variant of " + s.here.Prompt.Name.String(),
		Label: "A name for this wording. Letters, digits and - _ . without spaces.", Value: of + "-2",
		Check: func(v text.Raw) string {
			if err := session.CheckName("variant", string(v)); err != nil {
				return err.Error()
			}
			if v == of {
				return "that is the variant that it is a revision of"
			}
			for _, o := range s.here.Others {
				if o.Name == v {
					return "there is a variant of that name"
				}
			}
			return ""
		},
		Done: func(name text.Raw) tea.Cmd {
			s.busy = "saving …"
			save, prompt, intent := s.d.SaveAs, s.here.Prompt.ID, "from "+of+text.Raw(from)
			if r.draft {
				intent = "from the draft of " + of
			}
			return s.ask(0, func(ctx context.Context) tea.Msg {
				v, err := save(ctx, prompt, string(name), r.content.Clone(), intent)
				return gotDone{fmt.Sprintf("Saved as the new variant %s", text.Raw(v.Ref().String())), err}
			})
		},
	})
}

func (s *Screen) undo() tea.Cmd {
	undo := s.d.Undo
	return s.ask(0, func(ctx context.Context) tea.Msg {
		e, err := session.Undone(undo(ctx))
		return gotDone{e.TookBack(), err}
	})
}

func (s *Screen) swap() tea.Cmd {
	if s.focus == onList {
		s.setFocus(onPage)
	} else {
		s.setFocus(onList)
	}
	return nil
}

// leave goes back to the tree, and from there to where one came from.
func (s *Screen) leave() tea.Cmd {
	if s.focus == onPage {
		if !s.comparing() && s.page.pager.Update(tea.KeyPressMsg{Code: tea.KeyEscape}) {
			return nil // the search is over
		}
		s.setFocus(onList)
		return nil
	}
	to := kit.Goto{Screen: s.back}
	if s.back == "library" {
		to.Arg = s.ref
	}
	s.back = "library"
	return func() tea.Msg { return to }
}
