package shots

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// bringing is a file of shots that was looked at and is not imported yet.
type bringing struct {
	s          *Screen
	path, maps string
	brought    Brought
	err        error
	sheet      kit.Sheet
}

func (s *Screen) whyImport() string {
	switch {
	case s.prompt == 0:
		return "no prompt lies on the table"
	case s.d.Look == nil || s.d.Import == nil:
		return "files can't be read from here"
	case s.busy != "":
		return s.busy
	}
	return ""
}

// bring asks for a file and looks into it.
func (s *Screen) bring() tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Import shots", Label: "The path of a file: CSV, JSON Lines or a JSON list with input and output.", Placeholder: "shots.csv",
		Check: func(v text.Raw) string {
			if v.Blank() {
				return "name a file"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd { return s.lookAt(strings.TrimSpace(string(v)), "") },
	})
}

// lookAt reads a file and changes nothing.
func (s *Screen) lookAt(path, maps string) tea.Cmd {
	look, id := s.d.Look, s.prompt
	s.busy = "reading the file …"
	return s.ask(0, func(ctx context.Context) tea.Msg {
		b, err := look(ctx, id, path, maps)
		return gotLook{path, maps, b, err}
	})
}

func (s *Screen) looked(m gotLook) tea.Cmd {
	s.busy = ""
	if m.err != nil && len(m.brought.Columns) == 0 { // no table at all
		s.file = nil
		return kit.Fail(m.err)
	}
	s.file = &bringing{s: s, path: m.path, maps: m.maps, brought: m.brought, err: m.err}
	return nil
}

// mapColumns asks which column is what.
func (b *bringing) mapColumns() tea.Cmd {
	s := b.s
	value := b.maps
	if value == "" && len(b.brought.Columns) >= 2 {
		value = fmt.Sprintf("input=%s,output=%s", b.brought.Columns[0].Name, b.brought.Columns[1].Name)
	}
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Which column is what", Label: "input, output, name and tags, each with the name of its column.", Value: text.Raw(value),
		Done: func(v text.Raw) tea.Cmd { return s.lookAt(b.path, strings.TrimSpace(string(v))) },
	})
}

func (b *bringing) whyTake() string {
	switch {
	case b.s.busy != "":
		return b.s.busy
	case b.err != nil:
		return "it can't be imported as it is read: m says which column is what"
	case b.brought.Count == 0:
		return "the file holds no shot"
	}
	return ""
}

// take imports the file, as one edit.
func (b *bringing) take() tea.Cmd {
	s, path, maps := b.s, b.path, b.maps
	return s.deed("importing …", func(ctx context.Context, id int64) (string, int64, error) {
		got, err := s.d.Import(ctx, id, path, maps)
		return kit.Plural(got.Count, "shot", "shots") + " imported; u takes them back", 0, err
	})
}

func (b *bringing) leave() tea.Cmd {
	b.s.file = nil
	return nil
}

// view shows what the file holds and what each of its columns would become.
func (b *bringing) view() string {
	s, st := b.s, b.s.d.Styles
	b.sheet.Begin(s.w, s.h, st)
	w := b.sheet.Room()
	if b.err != nil {
		b.sheet.Para(text.Of("! "+wrong(b.err)).OneLine(), st.Bad)
		b.sheet.Put(s.say(st.Dim, "m says which column is what."))
	} else {
		b.sheet.Para(text.Of(kit.Plural(b.brought.Count, "shot", "shots")+" would be added. Nothing is changed yet: enter imports them, m says which column is what."), st.Dim)
	}
	b.sheet.Put("")
	for _, c := range b.brought.Columns {
		b.sheet.Pair(text.Head(c.Name, 24).OneLine(), 26, s.say(st.Faint, "→ ")+s.paint(st.Dim, text.Head(c.Becomes, max(1, w-28)).OneLine()))
	}
	b.sheet.Warn(b.brought.Notes)
	b.sheet.Sample(len(b.brought.Sample), func(i int) string { return b.sample(b.brought.Sample[i], w) })
	return b.sheet.Pane("Import "+text.Head(b.brought.File, 48).OneLine().String(), s.busy)
}

// wrong is what is wrong with a file, without what only a command line can do.
func wrong(err error) string {
	said, _, _ := strings.Cut(err.Error(), ", or say which column it is with --map")
	return said
}

func (b *bringing) sample(x session.Shot, w int) string {
	s, st := b.s, b.s.d.Styles
	answer := text.Head(x.Output, max(6, w/3)).OneLine()
	room := max(1, w-answer.Width()-3)
	return s.paint(st.Text, text.Head(x.Input, room).OneLine()) + s.say(st.Faint, " → ") + s.paint(st.Strong, answer)
}
