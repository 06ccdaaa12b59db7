package resources

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// bank is where the page writes to.
func (s *Screen) bank() kit.Bank[session.Resource] {
	return kit.Bank[session.Resource]{
		Load: s.d.Resources, Create: s.d.Create, Update: s.d.Update, Rename: s.d.Rename,
		ID: func(r session.Resource) int64 { return r.ID }, Name: named,
	}
}

// deed writes something and reads the bank anew.
func (s *Screen) deed(busy string, deed kit.Deed) tea.Cmd {
	s.busy = busy
	id, bank := s.prompt, s.bank()
	return s.ask(0, func(ctx context.Context) tea.Msg { return gotDone{Done: bank.Do(ctx, id, deed)} })
}

func (s *Screen) done(m gotDone) tea.Cmd {
	if m.quiet { // a mark: what is being written goes on
		switch {
		case m.Err != nil:
			return kit.Fail(m.Err)
		case m.Said != "":
			return tea.Batch(s.rank(), kit.Say(m.Said))
		}
		return s.rank()
	}
	s.busy = ""
	if m.Err != nil {
		if s.form != nil {
			s.form.Err = m.Err.Error()
			return nil
		}
		return kit.Fail(m.Err)
	}
	s.form, s.file = nil, nil
	t := s.d.Table
	if !t.Open() || t.Prompt.ID != s.prompt {
		return kit.Say(m.Said)
	}
	s.want = m.Want
	t.Resources = m.Bank
	t.Touch()
	return tea.Batch(s.adopt(), kit.Say(m.Said))
}

func named(r session.Resource) string { return text.Head(r.Name, 32).OneLine().String() }

// what names resources that a deed is about.
func what(list []session.Resource) string {
	if len(list) == 1 {
		return named(list[0])
	}
	return kit.Plural(len(list), "text", "texts")
}

func isAre(list []session.Resource) string {
	if len(list) == 1 {
		return " is "
	}
	return " are "
}

func (s *Screen) whyOpen() string {
	switch {
	case s.prompt == 0:
		return "no prompt lies on the table"
	case s.busy != "":
		return s.busy
	}
	return ""
}

func (s *Screen) whyBanked() string {
	if why := s.whyOpen(); why != "" {
		return why
	}
	r := s.row()
	switch {
	case len(s.of) == 0:
		return "there is no resource yet: i imports files, n writes one"
	case r == nil:
		return "nothing is chosen"
	case r.rank >= 0 && r.item < 0:
		return "it is the case's own text: edit it in the case"
	}
	return ""
}

func (s *Screen) whyPiece() string {
	if why := s.whyBanked(); why != "" {
		return why
	}
	if s.piece() == nil {
		return "this is a file: go to one of its pieces"
	}
	return ""
}

func (s *Screen) add() tea.Cmd { return s.openForm(session.Resource{}) }

// edit writes the piece in hand anew; on a source it shows or hides the pieces.
func (s *Screen) edit() tea.Cmd {
	if s.piece() == nil {
		return s.fold()
	}
	return s.openForm(session.CloneResources([]session.Resource{*s.piece()})[0])
}

// fold hides the pieces of the source in hand, or shows them.
func (s *Screen) fold() tea.Cmd {
	name := s.row().source
	s.folded[name] = !s.folded[name]
	if p := s.row(); p.item >= 0 { // the cursor goes to the source
		i := slices.IndexFunc(s.rows, func(r row) bool { return r.item < 0 && r.source == name })
		s.list.SetRow(max(0, i))
	}
	s.fill()
	return nil
}

func (s *Screen) whyFold() string {
	if why := s.whyBanked(); why != "" {
		return why
	}
	switch {
	case s.order:
		return "the ranking has no files: r goes back to the bank"
	case s.row().source == "":
		return "it came from no file"
	}
	return ""
}

// foldAll hides the pieces of all sources, or shows them.
func (s *Screen) foldAll() tea.Cmd {
	hide := !slices.ContainsFunc(s.of, func(r session.Resource) bool { return s.folded[r.Source] })
	if i := s.row(); i.source != "" && i.item >= 0 && hide {
		at := slices.IndexFunc(s.rows, func(r row) bool { return r.item < 0 && r.source == i.source })
		s.list.SetRow(max(0, at))
	}
	clear(s.folded)
	for _, r := range s.of {
		if hide && r.Source != "" {
			s.folded[r.Source] = true
		}
	}
	s.fill()
	return nil
}

// toggle switches what is picked off, or on where all of it is off.
func (s *Screen) toggle() tea.Cmd {
	list := s.picked()
	off := slices.ContainsFunc(list, func(r session.Resource) bool { return !r.Off })
	for i := range list {
		list[i].Off = off
	}
	said := what(list) + isAre(list) + "on"
	if off {
		said = what(list) + isAre(list) + "off: nothing takes them anew; copies in variants stay as they are"
		if len(list) == 1 {
			said = strings.Replace(said, "them", "it", 1)
		}
	}
	return s.change(list, said)
}

// change writes resources otherwise.
func (s *Screen) change(list []session.Resource, said string) tea.Cmd {
	update, want := s.d.Update, s.cursorID()
	return s.deed("writing …", func(ctx context.Context, _ int64) (string, int64, error) {
		return said, want, update(ctx, list)
	})
}

// cursorID is the resource with the cursor, 0 on a source.
func (s *Screen) cursorID() int64 {
	if r := s.row(); r != nil && r.item >= 0 && r.item < len(s.of) {
		return s.of[r.item].ID
	}
	return 0
}

func (s *Screen) tag() tea.Cmd {
	list := s.picked()
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Tags of " + what(list), Label: "With commas between; they take the place of those that there are.", Value: session.JoinTags(list[0].Tags),
		Done: func(v text.Raw) tea.Cmd {
			for i := range list {
				list[i].Tags = session.ReadTags(v)
			}
			return s.change(list, what(list)+isAre(list)+"tagged; u takes it back")
		},
	})
}

func (s *Screen) remove() tea.Cmd {
	list, del := s.picked(), s.d.Delete
	ids := make([]int64, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	next := int64(0)
	for i := s.list.Row() + 1; i < len(s.rows); i++ {
		if x := s.rows[i].item; x >= 0 && !slices.Contains(ids, s.of[x].ID) {
			next = s.of[x].ID
			break
		}
	}
	return s.deed("deleting …", func(ctx context.Context, _ int64) (string, int64, error) {
		return what(list) + isAre(list) + "deleted, variants keep their copies; u brings them back", next, del(ctx, ids)
	})
}

func (s *Screen) undo() tea.Cmd {
	back, at := s.d.Undo, s.cursorID()
	return s.deed("taking back …", func(ctx context.Context, _ int64) (string, int64, error) {
		e, err := session.Undone(back(ctx))
		return e.TookBack(), at, err
	})
}

func (s *Screen) whyPut() string {
	if why := s.whyBanked(); why != "" {
		return why
	}
	list := s.picked()
	switch {
	case !slices.ContainsFunc(list, func(r session.Resource) bool { return !s.held[r.UID] }):
		return what(list) + isAre(list) + "in the variant on the table as the bank has it; v in Compose takes it out"
	case !slices.ContainsFunc(list, func(r session.Resource) bool { _, in := s.held[r.UID]; return in || !r.Off }):
		return what(list) + isAre(list) + "off: space switches it on"
	}
	return ""
}

// put copies what is picked into the resources block of the variant on the table, or
// brings its copies up to date. Where there is no such block it makes one.
func (s *Screen) put() tea.Cmd {
	t := s.d.Table
	list := slices.DeleteFunc(s.picked(), func(r session.Resource) bool { _, in := s.held[r.UID]; return r.Off && !in })
	name := text.Head(t.Variant.Name, 24).OneLine().String()
	bank := make([]string, len(s.of))
	for i, r := range s.of {
		bank[i] = r.UID
	}
	t.Desk.Edit("taking "+what(list), "", func(c *session.Content) {
		for _, r := range list {
			at, k := find(*c, r.UID)
			if at < 0 {
				at = s.block(c)
			}
			b := &c.Blocks[at]
			if k >= 0 {
				r.Off = b.Resources[k].Off
				b.Resources[k] = r
				continue
			}
			b.Resources = append(b.Resources, r)
			session.AsBank(b.Resources, func(r session.Resource) string { return r.UID }, bank)
		}
	})
	t.Touch()
	s.sum()
	s.arrange()
	s.showPiece()
	cmds := []tea.Cmd{s.rank(), kit.Say(what(list) + isAre(list) + "in " + name + ", unsaved: Compose saves it with ctrl+s, and c there chooses for each case")}
	if s.d.Keep != nil {
		d := t.LeftDraft(s.d.NowMS())
		cmds = append(cmds, s.ask(0, func(ctx context.Context) tea.Msg {
			if err := s.d.Keep(ctx, d); err != nil {
				return gotDone{Done: kit.Done[session.Resource]{Err: err}, quiet: true}
			}
			return nil
		}))
	}
	return tea.Batch(cmds...)
}

// find is where a content holds a resource: its block and place there, or -1.
func find(c session.Content, uid string) (block, at int) {
	for i, b := range c.Blocks {
		if k := slices.IndexFunc(b.Resources, func(r session.Resource) bool { return r.UID == uid }); k >= 0 {
			return i, k
		}
	}
	return -1, -1
}

// block is the first resources block of a content. Where there is none it makes one,
// behind what the model is told and before the shots and the input.
func (s *Screen) block(c *session.Content) int {
	if i := slices.IndexFunc(c.Blocks, func(b session.Block) bool { return b.Kind == session.KindResources }); i >= 0 {
		return i
	}
	at := 0
	for i, b := range c.Blocks {
		if b.Kind == session.KindSystem || b.Kind == session.KindInstructions {
			at = i + 1
		}
	}
	b := session.Block{UID: s.d.UID(), Kind: session.KindResources, Role: session.KindResources.DefaultRole(), Wrap: session.WrapXML}
	c.Blocks = slices.Insert(c.Blocks, at, b)
	return at
}

// external opens the text in hand in the user's editor.
func (s *Screen) external() tea.Cmd {
	if s.form != nil {
		e := s.form.Editor()
		if e == nil {
			return kit.Say("the text opens in $EDITOR; tab goes to it")
		}
		return s.d.Editor(e.Value(), "resources")
	}
	return tea.Batch(s.edit(), s.d.Editor(s.piece().Text, "resources"))
}

// edited takes what came back from the user's editor.
func (s *Screen) edited(m Edited) tea.Cmd {
	switch {
	case m.Tag != "resources" || s.form == nil:
		return nil
	case m.Err != nil:
		return kit.Fail(m.Err)
	case m.Changed:
		s.form.Replace(m.Text)
	}
	return nil
}
