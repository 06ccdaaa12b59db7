package resources

import (
	"context"
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// form is where a resource is written.
type form struct {
	st    *themes.Styles
	began session.Resource // ID 0: a new one
	at    int              // inText, inName, inTags
	text  *kit.Editor
	named *kit.Input
	tags  *kit.Input
	areas [3]rect
	w, h  int
	err   string
	sure  bool // esc was pressed once on what was changed
}

const (
	inText = iota
	inName
	inTags
)

func (s *Screen) openForm(r session.Resource) tea.Cmd {
	st := s.d.Styles
	f := &form{st: st, began: r, text: kit.NewEditor(st), named: kit.NewInput(st), tags: kit.NewInput(st)}
	f.text.SetValue(r.Text)
	f.text.SetPlaceholder("the text to answer from")
	f.named.SetValue(r.Name)
	f.named.SetPlaceholder("the next free one")
	f.tags.SetValue(joinTags(r.Tags))
	f.tags.SetPlaceholder("none; with commas between")
	f.focus(inText)
	s.form = f
	f.resize(s.w, s.h)
	return nil
}

func (f *form) focus(at int) {
	f.at = (at + 3) % 3
	f.text.SetFocus(f.at == inText)
	f.named.SetFocus(f.at == inName)
	f.tags.SetFocus(f.at == inTags)
	f.resize(f.w, f.h)
}

func (f *form) changed() bool {
	return f.text.Value() != f.began.Text || f.named.Value() != f.began.Name || f.tags.Value() != joinTags(f.began.Tags)
}

func (f *form) wants(msg tea.KeyPressMsg) bool {
	switch msg.String() {
	case "ctrl+s", "ctrl+g", "tab", "shift+tab":
		return false
	}
	return f.at == inText && f.text.Wants(msg)
}

// resource is what the form says, or what is wrong with it and where.
func (f *form) resource() (session.Resource, int, error) {
	r := f.began
	r.Text, r.Name, r.Tags = f.text.Value(), text.Raw(strings.TrimSpace(string(f.named.Value()))), readTags(f.tags.Value())
	if f.tags.Value() == joinTags(f.began.Tags) {
		r.Tags = f.began.Tags
	}
	switch {
	case r.Text.Blank():
		return r, inText, errors.New("a resource wants a text")
	case r.Name == "" && r.ID != 0:
		return r, inName, errors.New("a resource needs a name")
	}
	if r.Name != "" && r.Name != f.began.Name {
		if err := session.CheckName("resource", string(r.Name)); err != nil {
			return r, inName, err
		}
	}
	return r, f.at, nil
}

func readTags(t text.Raw) []text.Raw {
	var out []text.Raw
	for _, x := range session.SplitList(strings.ReplaceAll(string(t), ";", ",")) {
		out = append(out, text.Raw(x))
	}
	return out
}

// keep writes what the form says.
func (s *Screen) keep() tea.Cmd {
	f := s.form
	r, at, err := f.resource()
	if err != nil {
		f.err = err.Error()
		if at != f.at {
			f.focus(at)
		}
		return nil
	}
	if r.ID != 0 && !f.changed() {
		s.form = nil
		return kit.Say("nothing was changed")
	}
	create, update, rename, was := s.d.Create, s.d.Update, s.d.Rename, f.began
	return s.deed("writing …", func(ctx context.Context, id int64) (string, int64, error) {
		if r.ID == 0 {
			made, err := create(ctx, id, []session.Resource{r})
			if err != nil {
				return "", 0, err
			}
			return named(made[0]) + " is in the bank; + puts it into the variant on the table", made[0].ID, nil
		}
		if r.Name != was.Name {
			if err := rename(ctx, r.ID, string(r.Name)); err != nil {
				return "", 0, err
			}
		}
		if r.Text != was.Text || !slices.Equal(r.Tags, was.Tags) {
			if err := update(ctx, []session.Resource{r}); err != nil {
				return "", 0, err
			}
		}
		return named(r) + " is kept; u takes it back", r.ID, nil
	})
}

func (s *Screen) leaveForm() tea.Cmd {
	if f := s.form; f.changed() && !f.sure {
		f.sure = true
		return nil
	}
	s.form = nil
	s.arrange()
	return nil
}

func (f *form) update(s *Screen, msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		switch k := m.String(); {
		case k == "tab":
			f.focus(f.at + 1)
			return nil
		case k == "shift+tab":
			f.focus(f.at - 1)
			return nil
		case k == "enter" && f.at != inText:
			f.focus(f.at + 1)
			return nil
		case k == "esc" && (f.at != inText || !f.text.Wants(m)):
			return s.leaveForm()
		}
		f.err, f.sure = "", false
	case tea.MouseClickMsg:
		for i, r := range f.areas {
			if r.has(m.X, m.Y) {
				if f.at != i {
					f.focus(i)
				}
				m.X, m.Y = m.X-f.areas[i].x, m.Y-f.areas[i].y
				return f.give(m)
			}
		}
		return nil
	case tea.MouseMsg:
		return f.give(kit.Shift(m, f.areas[f.at].x, f.areas[f.at].y))
	}
	return f.give(msg)
}

// give hands a message to the field in focus.
func (f *form) give(msg tea.Msg) (cmd tea.Cmd) {
	switch f.at {
	case inText:
		_, cmd = f.text.Update(msg)
	case inName:
		_, cmd = f.named.Update(msg)
	default:
		_, cmd = f.tags.Update(msg)
	}
	return cmd
}

func (f *form) dress(st *themes.Styles) {
	f.st = st
	f.text.SetStyles(st)
	f.named.SetStyles(st)
	f.tags.SetStyles(st)
}

func (f *form) cursor() *tea.Cursor {
	r := f.areas[f.at]
	if r.w <= 0 {
		return nil
	}
	c := []func() *tea.Cursor{f.text.Cursor, f.named.Cursor, f.tags.Cursor}[f.at]()
	return moved(c, r.x, r.y)
}

const roomyForm = 12 // rows from which all fields stand at once

// resize divides the form. Where there is room, all fields stand at once; else the
// one in focus does.
func (f *form) resize(w, h int) {
	f.w, f.h = w, h
	f.areas = [3]rect{}
	in := func(at int, r rect) {
		f.areas[at] = rect{r.x + 2, r.y + 1, max(1, r.w-4), max(1, r.h-2)}
	}
	if h < roomyForm {
		in(f.at, rect{0, 0, w, max(0, h-1)})
	} else {
		in(inText, rect{0, 0, w, h - 4})
		in(inName, rect{0, h - 4, w / 2, 3})
		in(inTags, rect{w / 2, h - 4, w - w/2, 3})
	}
	if r := f.areas[inText]; r.w > 0 {
		f.text.Resize(r.w, r.h)
	}
	if r := f.areas[inName]; r.w > 0 {
		f.named.Resize(r.w)
	}
	if r := f.areas[inTags]; r.w > 0 {
		f.tags.Resize(r.w)
	}
}

func (f *form) view(s *Screen) string {
	title := "New resource"
	if f.began.ID != 0 {
		title = named(f.began)
	}
	pane := func(at int, title string, body func() string) string {
		r := f.areas[at]
		if r.w <= 0 {
			return ""
		}
		return kit.PaneWith(title, "", kit.Indent(body(), 1), r.w+4, r.h+2, f.at == at, f.st)
	}
	var rows []string
	if f.h < roomyForm {
		rows = append(rows, []string{pane(inText, title, f.text.View), pane(inName, "Name", f.named.View), pane(inTags, "Tags", f.tags.View)}[f.at])
	} else {
		rows = append(rows, pane(inText, title, f.text.View), kit.Columns(pane(inName, "Name", f.named.View), pane(inTags, "Tags", f.tags.View)))
	}
	return kit.Fill(kit.Stack(append(rows, f.foot(s))...), f.w, f.h)
}

// foot says what is in the way, or what follows from keeping.
func (f *form) foot(s *Screen) string {
	said, st := "ctrl+s keeps it in the bank; tab goes on to the next field, esc leaves", f.st.Faint
	switch {
	case s.busy != "":
		said, st = s.busy, f.st.Dim
	case f.err != "":
		said, st = "! "+f.err, f.st.Bad
	case f.sure:
		said, st = "! what you wrote is not kept: esc again leaves it, ctrl+s keeps it", f.st.Warn
	case f.began.ID != 0:
		said = "ctrl+s keeps it; variants that hold a copy keep theirs until + brings it up to date"
	}
	return " " + kit.Render(text.Of(said).OneLine().Truncate(max(1, f.w-2)), st, f.st.Mark)
}
