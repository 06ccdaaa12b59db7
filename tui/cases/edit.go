package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// cellEditor is where the value of one cell is written.
type cellEditor struct {
	of    session.Case
	col   column
	ed    *kit.Editor
	began text.Raw
	at    rect
	err   string
	sure  bool // esc was pressed once on what was changed
}

// edit changes the cell with the cursor: a name, split or tags in a line of their
// own, a text where it stands.
func (s *Screen) edit() tea.Cmd {
	switch s.column().kind {
	case colName:
		return s.rename()
	case colSplit:
		return s.flip()
	case colTags:
		return s.askTags([]session.Case{*s.current()}, true)
	}
	s.openCell(*s.current(), s.column())
	return nil
}

func (s *Screen) openCell(c session.Case, col column) {
	e := &cellEditor{of: c, col: col, ed: kit.NewEditor(s.d.Styles), began: cellText(c, col)}
	e.ed.SetValue(e.began)
	e.ed.SetPlaceholder("nothing yet")
	s.cell = e
	s.setMode(onCell)
}

func cellText(c session.Case, col column) text.Raw {
	if col.kind == colWanted {
		if c.Wanted == nil {
			return ""
		}
		return *c.Wanted
	}
	v, _ := c.Lookup(string(col.name))
	return v
}

// label names the cell that is written.
func (e *cellEditor) label() string {
	what := "wanted"
	if e.col.kind == colVar {
		what = text.Show(e.col.name).OneLine().Truncate(30).String()
	}
	return e.of.Name.String() + " · " + what
}

func (s *Screen) whyEdit() string {
	switch c := s.current(); {
	case c == nil:
		return "there is no case here"
	case c.Borrowed != "" && (s.column().kind == colName || s.column().kind == colVar):
		return s.lent(c)
	}
	return s.busy
}

// lent says why a borrowed case keeps its name and values.
func (s *Screen) lent(c *session.Case) string {
	return "the case is borrowed from " + c.Borrowed.String() + ", and changed there; tags, split and what is wanted are yours"
}

func (s *Screen) whyRename() string {
	if c := s.current(); c != nil && c.Borrowed != "" {
		return s.lent(c)
	}
	return s.whyEdit()
}

func (s *Screen) updateCell(msg tea.Msg) tea.Cmd {
	e := s.cell
	if m, ok := msg.(tea.KeyPressMsg); ok {
		switch m.String() {
		case "esc":
			if e.ed.Value() != e.began && !e.sure {
				e.sure = true
				return nil
			}
			s.cell = nil
			s.setMode(onGrid)
			return nil
		case "enter":
			return s.keepCell(0)
		case "tab":
			return s.keepCell(1)
		case "shift+tab":
			return s.keepCell(-1)
		}
		e.sure, e.err = false, ""
	}
	_, cmd := e.ed.Update(msg)
	return cmd
}

// newline puts a line end where enter would keep.
func newline(ed *kit.Editor) tea.Cmd {
	_, cmd := ed.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	return cmd
}

// keepCell writes the cell and goes on to the next one, where that is asked.
func (s *Screen) keepCell(on int) tea.Cmd {
	if v := s.cell.ed.Value(); v == s.cell.began {
		s.leaveCell(on)
		return nil
	}
	return s.writeCell(on)
}

// keepEmpty keeps a text without a byte, which is not the same as none.
func (s *Screen) keepEmpty() tea.Cmd {
	s.cell.ed.SetValue("")
	return s.writeCell(0)
}

// leaveCell goes back to the grid, or on to the next cell that holds a text.
func (s *Screen) leaveCell(on int) {
	s.cell = nil
	s.setMode(onGrid)
	if on == 0 {
		return
	}
	s.table.SetCol(s.table.Col() + on)
	if k := s.column().kind; s.whyEdit() == "" && (k == colVar || k == colWanted) {
		s.openCell(*s.current(), s.column())
	}
}

func (s *Screen) writeCell(on int) tea.Cmd {
	e := s.cell
	if s.busy != "" {
		return kit.Say(s.busy)
	}
	v := e.ed.Value()
	c := withCell(e.of, e.col, v)
	update := s.d.Update
	s.busy = "the case is being written"
	said := "Kept " + e.label()
	if v == "" {
		said += ": empty"
	}
	return s.ask(0, func(ctx context.Context) tea.Msg {
		return gotDone{said: said, want: c.Name, err: update(ctx, []session.Case{c}), then: func() {
			for i := range s.rows.cases { // until it is read anew
				if s.rows.cases[i].Name == c.Name {
					s.rows.cases[i] = c
				}
			}
			s.leaveCell(on)
		}}
	})
}

// withCell is a case with another value in one cell.
func withCell(c session.Case, col column, v text.Raw) session.Case {
	if col.kind == colWanted {
		c.Wanted = &v
		return c
	}
	c.Vars = slices.Clone(c.Vars)
	if i := slices.IndexFunc(c.Vars, func(x session.Var) bool { return x.Name == col.name }); i >= 0 {
		c.Vars[i].Value = v
	} else {
		c.Vars = append(c.Vars, session.Var{Name: col.name, Value: v})
	}
	return c
}

// clearCell takes the value away: nothing is wanted then, or the case lacks the
// variable.
func (s *Screen) clearCell() tea.Cmd {
	cases, col := s.own(), s.column()
	for i := range cases {
		if col.kind == colWanted {
			cases[i].Wanted = nil
			continue
		}
		cases[i].Vars = slices.DeleteFunc(slices.Clone(cases[i].Vars), func(v session.Var) bool { return v.Name == col.name })
	}
	what := "nothing is wanted"
	if col.kind == colVar {
		what = "no " + text.Show(col.name).OneLine().String()
	}
	return s.updateAll(cases, fmt.Sprintf("%s of %s", what, kit.Plural(len(cases), "case", "cases")))
}

func (s *Screen) whyClear() string {
	if why := s.whyPicked(); why != "" {
		return why
	}
	if k := s.column().kind; k != colVar && k != colWanted {
		return "it takes the value of a variable or a wanted answer away: go to one"
	}
	return ""
}

// updateAll writes cases as one edit.
func (s *Screen) updateAll(cases []session.Case, said string) tea.Cmd {
	update := s.d.Update
	return s.deed("cases are being written", said+" (u takes it back)", "", func(ctx context.Context) error { return update(ctx, cases) })
}

// external opens the text that is written, or the cell with the cursor, in
// $EDITOR.
func (s *Screen) external() tea.Cmd {
	switch {
	case s.mode == onForm:
		return s.d.Editor(s.form.ed().Value(), "form")
	case s.cell == nil:
		s.openCell(*s.current(), s.column())
	}
	return s.d.Editor(s.cell.ed.Value(), "cell")
}

func (s *Screen) whyExternal() string {
	if s.d.Editor == nil {
		return "no editor is known: set $EDITOR"
	}
	if s.mode == onForm || s.cell != nil {
		return ""
	}
	if k := s.column().kind; k != colVar && k != colWanted {
		return "go to a variable or a wanted answer"
	}
	return s.whyEdit()
}

func (s *Screen) edited(m Edited) tea.Cmd {
	var ed *kit.Editor
	switch {
	case m.Tag == "cell" && s.cell != nil:
		ed = s.cell.ed
	case m.Tag == "form" && s.form != nil:
		ed = s.form.ed()
	default:
		return nil
	}
	if m.Err != nil {
		return kit.Fail(m.Err)
	}
	if m.Changed {
		ed.SetValue(m.Text)
	}
	return nil
}

// rename gives the case with the cursor another name.
func (s *Screen) rename() tea.Cmd {
	c, rename := *s.current(), s.d.Rename
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Rename " + c.Name.String(), Label: "Letters, digits and - _ . without spaces. Runs keep the name they began with.", Value: c.Name,
		Check: func(r text.Raw) string { return s.nameTrouble(r, c.Name) },
		Done: func(r text.Raw) tea.Cmd {
			if r == c.Name {
				return nil
			}
			return s.deed("the case is being renamed", "Renamed to "+r.String(), r, func(ctx context.Context) error { return rename(ctx, c.ID, string(r)) })
		},
	})
}

// nameTrouble says why a case can't have a name, "" it can.
func (s *Screen) nameTrouble(r, was text.Raw) string {
	if err := session.CheckName("case", string(r)); err != nil {
		var e *session.NameError
		if errors.As(err, &e) {
			return "the name " + e.Why
		}
		return err.Error()
	}
	if r != was && slices.ContainsFunc(s.rows.cases, func(c session.Case) bool { return c.Name == r }) {
		return "there is a case of that name already"
	}
	return ""
}

// readTags reads what was typed: names with commas between, those to take away
// with a - before them.
func readTags(t text.Raw) (add, drop []text.Raw) {
	for _, x := range session.SplitList(strings.ReplaceAll(string(t), ";", ",")) {
		if name, ok := strings.CutPrefix(x, "-"); ok && name != "" {
			drop = append(drop, text.Raw(name))
			continue
		}
		add = append(add, text.Raw(x))
	}
	return add, drop
}
