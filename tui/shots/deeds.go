package shots

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// bank is where the screen writes to.
func (s *Screen) bank() kit.Bank[session.Shot] {
	return kit.Bank[session.Shot]{
		Load: s.d.Shots, Create: s.d.Create, Update: s.d.Update, Rename: s.d.Rename,
		ID: func(x session.Shot) int64 { return x.ID }, Name: named,
	}
}

// deed writes something and reads the bank anew.
func (s *Screen) deed(busy string, deed kit.Deed) tea.Cmd {
	s.busy = busy
	id, bank := s.prompt, s.bank()
	return s.ask(0, func(ctx context.Context) tea.Msg { return bank.Do(ctx, id, deed) })
}

func (s *Screen) done(m gotDone) tea.Cmd {
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
	t.Shots = m.Bank
	t.Prompt.Shots = len(m.Bank)
	t.Touch()
	return tea.Batch(s.adopt(), kit.Say(m.Said))
}

func named(x session.Shot) string { return text.Head(x.Name, 24).OneLine().String() }

func (s *Screen) whyOpen() string {
	switch {
	case s.prompt == 0:
		return "no prompt lies on the table"
	case s.busy != "":
		return s.busy
	}
	return ""
}

func (s *Screen) whyShot() string {
	switch {
	case s.prompt == 0:
		return "no prompt lies on the table"
	case s.busy != "":
		return s.busy
	case len(s.of) == 0:
		return "the bank has no shot yet: n writes one, i imports a file"
	case s.shot() == nil:
		return "no shot is chosen"
	}
	return ""
}

func (s *Screen) add() tea.Cmd { return s.openForm(session.Shot{}, inInput) }

func (s *Screen) edit() tea.Cmd { return s.openForm(*s.shot(), inInput) }

func (s *Screen) editTags() tea.Cmd { return s.openForm(*s.shot(), inTags) }

func (s *Screen) leaveForm() tea.Cmd {
	if s.form.Leaves() {
		s.form = nil
		s.arrange()
	}
	return nil
}

// keep writes what the form says.
func (s *Screen) keep() tea.Cmd {
	f := s.form
	x, at, err := f.shot()
	if err != nil {
		f.Refuse(at, err.Error())
		return nil
	}
	if x.ID != 0 && !f.Changed() {
		s.form = nil
		return kit.Say("nothing was changed")
	}
	name := ""
	if x.Name != f.began.Name {
		name = string(x.Name)
	}
	return s.deed("writing …", s.bank().Keep(x, name, !sameWords(x, f.began) || !slices.Equal(x.Tags, f.began.Tags)))
}

// change writes one shot otherwise.
func (s *Screen) change(said string, f func(x *session.Shot)) tea.Cmd {
	x := session.CloneShots([]session.Shot{*s.shot()})[0]
	f(&x)
	update := s.d.Update
	return s.deed("writing …", func(ctx context.Context, _ int64) (string, int64, error) {
		return said, x.ID, update(ctx, []session.Shot{x})
	})
}

func (s *Screen) toggle() tea.Cmd {
	x := s.shot()
	said := named(*x) + " is off: what is taken anew leaves it out; copies in variants stay as they are"
	if x.Off {
		said = named(*x) + " is on"
	}
	return s.change(said, func(x *session.Shot) { x.Off = !x.Off })
}

// pin goes from none to first to last.
func (s *Screen) pin() tea.Cmd {
	x := s.shot()
	pins := []session.ShotPin{session.PinNone, session.PinFirst, session.PinLast}
	to := pins[(slices.Index(pins, x.Pin)+1)%len(pins)]
	said := map[session.ShotPin]string{
		session.PinFirst: named(*x) + " is pinned first, whatever the order",
		session.PinLast:  named(*x) + " is pinned last, whatever the order",
		session.PinNone:  named(*x) + " is pinned no more",
	}[to]
	if len(s.holders[x.UID]) > 0 {
		said += "; + brings the copy on the table up to date"
	}
	return s.change(said, func(x *session.Shot) { x.Pin = to })
}

func (s *Screen) remove() tea.Cmd {
	x, del := *s.shot(), s.d.Delete
	next := int64(0)
	if i := s.list.Row() + 1; i < len(s.rows) {
		next = s.of[s.rows[i]].ID
	}
	return s.deed("deleting …", func(ctx context.Context, _ int64) (string, int64, error) {
		return named(x) + " is deleted, variants keep their copies; u brings it back", next, del(ctx, x.ID)
	})
}

func (s *Screen) undo() tea.Cmd {
	back := s.d.Undo
	at := int64(0)
	if x := s.shot(); x != nil {
		at = x.ID
	}
	return s.deed("taking back …", func(ctx context.Context, _ int64) (string, int64, error) {
		e, err := session.Undone(back(ctx))
		return e.TookBack(), at, err
	})
}

// block is the shots block of the variant on the table that a shot goes into: the
// one that holds it, else the first; -1 none.
func (s *Screen) block(uid string) (at, shot int) {
	first := -1
	for i, b := range s.d.Table.Desk.Content().Blocks {
		if b.Kind != session.KindShots {
			continue
		}
		if j := slices.IndexFunc(b.Shots, func(x session.Shot) bool { return x.UID == uid }); j >= 0 {
			return i, j
		}
		if first < 0 {
			first = i
		}
	}
	return first, -1
}

func (s *Screen) whyPut() string {
	if why := s.whyShot(); why != "" {
		return why
	}
	x := s.shot()
	at, j := s.block(x.UID)
	switch {
	case at < 0:
		return text.Head(s.d.Table.Variant.Name, 24).OneLine().String() + " has no shots block: Compose (alt+2) adds one with a"
	case j >= 0 && samePlace(s.d.Table.Desk.Content().Blocks[at].Shots[j], *x):
		return named(*x) + " stands in it as the bank has it; Compose takes it out with v"
	case j < 0 && x.Off:
		return named(*x) + " is off: space switches it on"
	}
	return ""
}

// samePlace reports whether a copy is in all that matters what the bank has.
func samePlace(a, b session.Shot) bool {
	return sameWords(a, b) && a.Pin == b.Pin && a.Name == b.Name && slices.Equal(a.Tags, b.Tags)
}

// put copies the shot into the variant on the table, or brings its copy up to date.
func (s *Screen) put() tea.Cmd {
	t := s.d.Table
	x := session.CloneShots([]session.Shot{*s.shot()})[0]
	at, j := s.block(x.UID)
	name := text.Head(t.Variant.Name, 24).OneLine().String()
	said := named(x) + " is in " + name
	if j >= 0 {
		said = "the copy in " + name + " is as the bank has it"
	}
	bank := make([]string, len(s.of))
	for i, y := range s.of {
		bank[i] = y.UID
	}
	t.Desk.Edit("taking shot "+named(x), "", func(c *session.Content) {
		b := &c.Blocks[at]
		if j >= 0 {
			x.Off = b.Shots[j].Off
			b.Shots[j] = x
			return
		}
		b.Shots = append(b.Shots, x)
		session.AsBank(b.Shots, func(x session.Shot) string { return x.UID }, bank)
	})
	t.Touch()
	cmds := []tea.Cmd{s.learn(), kit.Say(said + ", unsaved: Compose saves it with ctrl+s")}
	if s.d.Keep != nil {
		d := t.LeftDraft(s.d.NowMS())
		cmds = append(cmds, s.ask(0, func(ctx context.Context) tea.Msg {
			if err := s.d.Keep(ctx, d); err != nil {
				return gotDone{Err: err}
			}
			return nil
		}))
	}
	return tea.Batch(cmds...)
}

// external opens the field in focus in the user's editor.
func (s *Screen) external() tea.Cmd {
	e := s.form.Editor()
	if e == nil {
		return kit.Say("input, output and calls open in $EDITOR")
	}
	return s.d.Editor(e.Value(), editorTag)
}

const editorTag = "shots"

// edited takes what came back from the user's editor.
func (s *Screen) edited(m Edited) tea.Cmd {
	switch {
	case m.Tag != editorTag || s.form == nil || s.form.Editor() == nil:
		return nil
	case m.Err != nil:
		return kit.Fail(m.Err)
	case m.Changed:
		s.form.Replace(m.Text)
	}
	return nil
}
