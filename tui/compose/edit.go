package compose

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// change makes one step to undo.
func (s *Screen) change(what string, f func(c *session.Content)) tea.Cmd {
	s.d.Table.Desk.Edit(what, "", f)
	return s.sync()
}

// choose puts the cursor on a block.
func (s *Screen) choose(i int) tea.Cmd {
	s.at = max(0, min(i, len(s.blocks())-1))
	s.load()
	s.arrange()
	s.follow()
	return nil
}

// arrow chooses a block, or scrolls the proof.
func (s *Screen) arrow(code rune) tea.Cmd {
	if s.focus == onProof {
		s.pager.Update(tea.KeyPressMsg{Code: code})
		return nil
	}
	if code == tea.KeyUp {
		return s.choose(s.at - 1)
	}
	return s.choose(s.at + 1)
}

// enter begins to write; in the proof it opens the Proof station.
func (s *Screen) enter() tea.Cmd {
	if s.focus == onProof {
		return func() tea.Msg { return kit.Goto{Screen: "proof"} }
	}
	s.begin()
	return nil
}

// begin gives the keys to the editor.
func (s *Screen) begin() {
	if s.focus != onEditor {
		s.visit++
		s.setFocus(onEditor)
		s.follow()
	}
}

// look begins to write with the field open by which to find and to replace.
func (s *Screen) look() tea.Cmd {
	s.begin()
	s.ed.OpenFind()
	return nil
}

// stop takes the keys back.
func (s *Screen) stop() {
	s.ed.CloseFind()
	if s.focus != onBlocks {
		s.large = false
		s.setFocus(onBlocks)
	}
}

func (s *Screen) leave() tea.Cmd {
	s.stop()
	s.follow()
	return nil
}

func (s *Screen) toProof() tea.Cmd {
	if s.focus == onProof {
		return s.leave()
	}
	s.large = true
	s.setFocus(onProof)
	return nil
}

func (s *Screen) swap() tea.Cmd {
	if s.focus == onBlocks {
		s.setFocus(onProof)
		return nil
	}
	return s.leave()
}

func (s *Screen) step(by int) tea.Cmd {
	t := s.d.Table
	t.GoCase(t.CaseAt() + by)
	return s.sync()
}

// add offers the kinds of blocks.
func (s *Screen) add() tea.Cmd {
	kinds := session.Kinds()
	choices := make([]kit.Choice, len(kinds))
	for i, k := range kinds {
		choices[i] = kit.Choice{Label: text.Of(sign(k) + " " + string(k)), Long: text.Of(k.Help())}
	}
	return kit.Open(&kit.Menu{Styles: s.d.Styles, Heading: "Add a block", Choices: choices, Start: s.likely(), Done: func(i int) tea.Cmd { return s.insert(kinds[i]) }})
}

// likely is the kind that one adds next: the first that is not there.
func (s *Screen) likely() int {
	for i, k := range session.Kinds() {
		if k != session.KindTurns && !k.Beside() && !slices.ContainsFunc(s.blocks(), func(b session.Block) bool { return b.Kind == k }) {
			return i
		}
	}
	return 0
}

// insert adds an empty block below the one with the cursor, or above for a
// system block, and begins to write in it.
func (s *Screen) insert(k session.Kind) tea.Cmd {
	b := session.Block{UID: s.d.UID(), Kind: k, Role: k.DefaultRole(), Wrap: session.WrapNone}
	if k == session.KindShots {
		b.Layout = session.LayoutInline
	}
	at := min(s.at+1, len(s.blocks()))
	switch k {
	case session.KindSystem:
		at = 0
	case session.KindPrefill, session.KindTools, session.KindSchema, session.KindGrammar:
		at = len(s.blocks())
	}
	s.at = at
	cmd := s.change("adding "+string(k), func(c *session.Content) { c.Blocks = slices.Insert(c.Blocks, at, b) })
	if !holds(k) {
		s.begin()
	}
	return cmd
}

func (s *Screen) remove() tea.Cmd {
	said, at := name(*s.block()), s.at
	cmd := s.change("deleting "+said, func(c *session.Content) { c.Blocks = slices.Delete(c.Blocks, at, at+1) })
	return tea.Batch(cmd, kit.Say("Deleted "+said+"; u brings it back"))
}

func (s *Screen) duplicate() tea.Cmd {
	at, uid := s.at, s.d.UID()
	s.at++
	return s.change("duplicating "+name(s.blocks()[at]), func(c *session.Content) {
		b := c.Blocks[at]
		b.UID = uid // what else it shares is copied by the desk
		c.Blocks = slices.Insert(c.Blocks, at+1, b)
	})
}

func (s *Screen) move(by int) tea.Cmd {
	at, to := s.at, s.at+by
	if to < 0 || to >= len(s.blocks()) {
		return nil
	}
	s.at = to
	return s.change("moving "+name(s.blocks()[at]), func(c *session.Content) { c.Blocks[at], c.Blocks[to] = c.Blocks[to], c.Blocks[at] })
}

// toggle switches a block off or on; the proof turns a page.
func (s *Screen) toggle() tea.Cmd {
	if s.focus == onProof {
		s.pager.Update(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
		return nil
	}
	b, at := s.block(), s.at
	what := "switching off " + name(*b)
	if b.Off {
		what = "switching on " + name(*b)
	}
	return s.change(what, func(c *session.Content) { c.Blocks[at].Off = !c.Blocks[at].Off })
}

func (s *Screen) wrap() tea.Cmd {
	at := s.at
	next := after(session.Wraps(), s.block().Wrap)
	return s.change("wrapper of "+name(*s.block()), func(c *session.Content) { c.Blocks[at].Wrap = next })
}

func (s *Screen) role() tea.Cmd {
	at := s.at
	next := after([]session.Role{session.RoleSystem, session.RoleUser, session.RoleAssistant}, s.block().Role)
	return s.change("role of "+name(*s.block()), func(c *session.Content) { c.Blocks[at].Role = next })
}

// after is what follows v in a list that goes round.
func after[T comparable](list []T, v T) T { return list[(slices.Index(list, v)+1)%len(list)] }

func (s *Screen) title() tea.Cmd {
	b, at := *s.block(), s.at
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Title of this block", Label: "Its name in the list, its tag in XML, its heading in Markdown. Empty: " + string(b.Kind) + ".", Value: b.Title,
		Check: func(r text.Raw) string {
			if !r.Valid() {
				return "is not UTF-8"
			}
			return ""
		},
		Done: func(r text.Raw) tea.Cmd {
			if r == b.Title {
				return nil
			}
			return s.change("title of "+name(b), func(c *session.Content) { c.Blocks[at].Title = r })
		},
	})
}

func (s *Screen) undo() tea.Cmd {
	return s.travel(func() string { return s.rebased(s.d.Table.Desk.Undo(), false) }, "Took back: ", "there is nothing to undo")
}

func (s *Screen) redo() tea.Cmd {
	return s.travel(func() string { return s.rebased(s.d.Table.Desk.Redo(), true) }, "Made again: ", "there is nothing to redo")
}

// travel goes to the next step that changes something: what was typed and taken back
// letter by letter is no step any more. The block that changed gets the cursor.
func (s *Screen) travel(move func() string, done, nothing string) tea.Cmd {
	was := s.d.Table.Desk.Content()
	hash := was.Hash()
	what := move()
	for what != "" && s.d.Table.Desk.Content().Hash() == hash {
		what = move()
	}
	if what == "" {
		return tea.Batch(s.sync(), kit.Say(nothing))
	}
	at, from, to := changed(was.Blocks, s.blocks())
	if at >= 0 {
		s.at = min(at, len(s.blocks())-1)
	}
	s.visit++
	cmd := s.sync()
	if to >= from && s.block() != nil && s.edUID == s.block().UID {
		s.ed.GotoByte(to, 0)
	}
	return tea.Batch(cmd, kit.Say(done+what))
}

// changed is the first block that differs, -1 where none does, and the bytes of its
// text now that are not as before.
func changed(was, now []session.Block) (at, from, to int) {
	for i := range max(len(was), len(now)) {
		switch {
		case i >= len(was) || i >= len(now):
			return i, 0, -1
		case was[i].UID != now[i].UID:
			return i, 0, -1
		case was[i].Text != now[i].Text:
			a, b := bytesOf(was[i].Text), bytesOf(now[i].Text)
			for from < min(len(a), len(b)) && a[from] == b[from] {
				from++
			}
			end := 0
			for end < min(len(a), len(b))-from && a[len(a)-1-end] == b[len(b)-1-end] {
				end++
			}
			return i, from, len(b) - end
		case (session.Content{Blocks: was[i : i+1]}).Hash() != (session.Content{Blocks: now[i : i+1]}).Hash():
			return i, 0, -1
		}
	}
	return -1, 0, -1
}

// external opens the block in $EDITOR.
func (s *Screen) external() tea.Cmd {
	b := s.block()
	return s.d.Editor(b.Text, b.UID)
}

// edited takes what came back from $EDITOR to the block it was opened on.
func (s *Screen) edited(msg Edited) tea.Cmd {
	switch {
	case msg.Err != nil:
		return kit.Fail(msg.Err)
	case s.d.Table.Desk == nil:
		return nil
	case !msg.Changed:
		return kit.Say("The editor left the text as it was")
	}
	at := slices.IndexFunc(s.blocks(), func(b session.Block) bool { return b.UID == msg.Tag })
	if at < 0 {
		return kit.Fail(fmt.Errorf("the block that was opened in the editor is gone; its text was not taken"))
	}
	s.at = at
	return s.change("editing "+name(s.blocks()[at])+" in $EDITOR", func(c *session.Content) { c.Blocks[at].Text = msg.Text })
}
