package cases

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// form is where a new case is written, a field below the other.
type form struct {
	fields []field
	at     int
	top    int // the first field in sight
	err    string
	sure   bool
	caret  *tea.Cursor
}

type field struct {
	kind columnKind
	name text.Raw // of the variable
	ed   *kit.Editor
	set  bool // wanted: written, and so an answer also where it is empty
}

func (f *form) ed() *kit.Editor { return f.fields[f.at].ed }

// add opens the form of a new case.
func (s *Screen) add() tea.Cmd {
	f := &form{}
	put := func(k columnKind, name text.Raw, hint string) {
		ed := kit.NewEditor(s.d.Styles)
		ed.SetPlaceholder(hint)
		ed.SetFocus(false)
		f.fields = append(f.fields, field{kind: k, name: name, ed: ed})
	}
	vars := s.variables()
	if len(vars) == 0 {
		vars = []text.Raw{"input"}
	}
	put(colName, "", "the next free one")
	for _, v := range vars {
		hint := "nothing"
		for _, b := range s.here.Bindings {
			if b.Var == v {
				hint = "bound: borrowed cases have it from " + b.From.String()
			}
		}
		put(colVar, v, hint)
	}
	put(colWanted, "", "nothing is wanted; ctrl+d wants an empty answer")
	put(colTags, "", "none")
	put(colSplit, "", "dev")
	s.form = f
	f.focus(1)
	s.setMode(onForm)
	return nil
}

func (f *form) focus(i int) {
	f.fields[f.at].ed.SetFocus(false)
	f.at = (i + len(f.fields)) % len(f.fields)
	f.fields[f.at].ed.SetFocus(true)
}

func (f *form) written() bool {
	for i := range f.fields {
		if f.fields[i].ed.Value() != "" || f.fields[i].set {
			return true
		}
	}
	return false
}

func (s *Screen) updateForm(msg tea.Msg) tea.Cmd {
	f := s.form
	if m, ok := msg.(tea.KeyPressMsg); ok {
		switch m.String() {
		case "esc":
			if f.written() && !f.sure {
				f.sure = true
				return nil
			}
			s.form = nil
			s.setMode(onGrid)
			return nil
		case "tab", "enter":
			f.focus(f.at + 1)
			return nil
		case "shift+tab":
			f.focus(f.at - 1)
			return nil
		}
		f.sure, f.err = false, ""
	}
	_, cmd := f.ed().Update(msg)
	return cmd
}

// emptyWanted wants an empty answer, or nothing again.
func (s *Screen) emptyWanted() tea.Cmd {
	f := s.form
	for i := range f.fields {
		if x := &f.fields[i]; x.kind == colWanted {
			x.set = !x.set
			hint := "nothing is wanted; ctrl+d wants an empty answer"
			if x.set {
				hint = "an empty answer; ctrl+d wants nothing"
			}
			x.ed.SetPlaceholder(hint)
		}
	}
	return nil
}

// made is the case that the form holds.
func (s *Screen) made() (session.Case, string) {
	var c session.Case
	for _, x := range s.form.fields {
		v := x.ed.Value()
		switch x.kind {
		case colName:
			if c.Name = text.Raw(strings.TrimSpace(string(v))); c.Name != "" {
				if why := s.nameTrouble(c.Name, ""); why != "" {
					return c, why
				}
			}
		case colVar:
			if v != "" {
				c.Vars = append(c.Vars, session.Var{Name: x.name, Value: v})
			}
		case colWanted:
			if v != "" || x.set {
				c.Wanted = &v
			}
		case colTags:
			c.Tags, _ = readTags(v)
		case colSplit:
			switch t := session.Split(strings.TrimSpace(string(v))); t {
			case "", session.SplitDev:
				c.Split = session.SplitDev
			case session.SplitHoldout:
				c.Split = t
			default:
				return c, "split is dev or holdout"
			}
		}
	}
	if len(c.Vars) == 0 {
		return c, "a case wants a value: write one"
	}
	return c, ""
}

// keepForm makes the case.
func (s *Screen) keepForm() tea.Cmd {
	f := s.form
	c, why := s.made()
	if f.err = why; why != "" {
		return nil
	}
	id, create := s.prompt, s.d.Create
	s.busy = "the case is being written"
	return s.ask(0, func(ctx context.Context) tea.Msg {
		made, err := create(ctx, id, []session.Case{c})
		if err != nil {
			return gotDone{err: err}
		}
		return gotDone{said: "Made " + made[0].Name.String(), want: made[0].Name, then: func() {
			s.form = nil
			s.setMode(onGrid)
		}}
	})
}

// formView draws the form.
func (s *Screen) formView() string {
	f, st := s.form, s.d.Styles
	w, h := max(0, s.w-2), max(0, s.h-2)
	label := 10
	for _, x := range f.fields {
		label = max(label, min(20, text.Head(x.name, 20).Width()))
	}
	label = min(label, max(4, w/3))
	room := h - 1 // the foot
	if f.top > f.at {
		f.top = f.at
	}
	rows := func(i int) int {
		if i != f.at {
			return 1
		}
		return max(1, min(room, min(8, max(3, f.fields[i].ed.Lines()))))
	}
	used := 0
	for i := f.at; i >= f.top; i-- {
		if used += rows(i); used > room && i < f.at {
			f.top = i + 1
			break
		}
	}
	var out []string
	f.caret = nil
	for i := f.top; i < len(f.fields) && len(out) < room; i++ {
		x, n := f.fields[i], min(rows(i), room-len(out))
		x.ed.Resize(max(1, w-label-4), n)
		lead := "  "
		style := st.Dim
		if i == f.at {
			lead, style = "▌ ", st.Title
			if c := x.ed.Cursor(); c != nil {
				at := *c
				at.X, at.Y = at.X+1+label+3, at.Y+1+len(out)
				f.caret = &at
			}
		}
		for y, line := range strings.Split(x.ed.View(), "\n") {
			head := kit.Fit("", label+3)
			if y == 0 {
				head = s.say(st.Accent, lead) + kit.Fit(s.paint(style, fieldName(x, label)), label) + " "
			}
			out = append(out, head+line)
		}
	}
	for len(out) < room {
		out = append(out, "")
	}
	foot := s.say(st.Faint, "  enter next · alt+enter new line · ctrl+s makes the case · esc leaves")
	switch {
	case f.err != "":
		foot = s.say(st.Bad, "  ! "+f.err)
	case f.sure:
		foot = s.say(st.Warn, "  ! what you wrote is not kept: esc again leaves it, ctrl+s keeps it")
	case s.busy != "":
		foot = s.say(st.Faint, "  writing …")
	}
	out = append(out, kit.Fit(foot, w))
	return kit.PaneWith("New case of "+s.here.Prompt.Name.String(), "", strings.Join(out, "\n"), s.w, s.h, true, st)
}

func fieldName(x field, w int) text.Shown {
	switch x.kind {
	case colName:
		return text.Of("name")
	case colWanted:
		return text.Of("wanted")
	case colTags:
		return text.Of("tags")
	case colSplit:
		return text.Of("split")
	}
	return text.Head(x.name, w)
}
