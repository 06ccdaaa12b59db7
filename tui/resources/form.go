package resources

import (
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// form is where a resource is written.
type form struct {
	*kit.Form
	began session.Resource // ID 0: a new one
}

// The fields.
const (
	inText = iota
	inName
	inTags
)

const roomyForm = 11 // rows from which all fields stand at once

func (s *Screen) openForm(r session.Resource) tea.Cmd {
	s.form = &form{began: r, Form: kit.NewForm(s.d.Styles, boxes,
		kit.Field{Name: "Text", Tall: true, Value: r.Text, Hint: "the text to answer from"},
		kit.Field{Name: "Name", Value: r.Name, Hint: "the next free one"},
		kit.Field{Name: "Tags", Value: session.JoinTags(r.Tags), Hint: "none; with commas between"},
	)}
	s.form.Resize(s.w, s.h)
	return nil
}

// boxes divides the form. Where there is room, all fields stand at once; else the
// one in focus does.
func boxes(f *kit.Form, w, h int) []kit.Box {
	if h < roomyForm {
		return []kit.Box{{Field: f.At(), W: w, H: h}}
	}
	top := h - 3
	return []kit.Box{
		{Field: inText, W: w, H: top},
		{Field: inName, Y: top, W: w / 2, H: 3}, {Field: inTags, X: w / 2, Y: top, W: w - w/2, H: 3},
	}
}

// resource is what the form says, or what is wrong with it and where.
func (f *form) resource() (session.Resource, int, error) {
	r := f.began
	r.Text, r.Name, r.Tags = f.Value(inText), text.Raw(strings.TrimSpace(string(f.Value(inName)))), session.ReadTags(f.Value(inTags))
	if f.Value(inTags) == session.JoinTags(f.began.Tags) {
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
	return r, f.At(), nil
}

// keep writes what the form says.
func (s *Screen) keep() tea.Cmd {
	f := s.form
	r, at, err := f.resource()
	if err != nil {
		f.Refuse(at, err.Error())
		return nil
	}
	if r.ID != 0 && !f.Changed() {
		s.form = nil
		return kit.Say("nothing was changed")
	}
	name := ""
	if r.Name != f.began.Name {
		name = string(r.Name)
	}
	return s.deed("writing …", s.bank().Keep(r, name, r.Text != f.began.Text || !slices.Equal(r.Tags, f.began.Tags)))
}

func (s *Screen) leaveForm() tea.Cmd {
	if s.form.Leaves() {
		s.form = nil
		s.arrange()
	}
	return nil
}

func (f *form) view(s *Screen) string {
	title, said := "New resource", "ctrl+s keeps it in the bank; tab goes on to the next field, esc leaves"
	if f.began.ID != 0 {
		title, said = named(f.began), "ctrl+s keeps it; variants that hold a copy keep theirs until + brings it up to date"
	}
	name, tags := f.Pane(inName, f.Name(inName), ""), f.Pane(inTags, f.Name(inTags), "")
	if f.Alone() {
		return f.View(s.busy, said, f.Pane(inText, title, ""), name, tags)
	}
	return f.View(s.busy, said, f.Pane(inText, title, ""), kit.Columns(name, tags))
}
