package judge

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// toggleGuide shows the guideline or hides it: beside the answers where there is
// room, else in their place.
func (s *Screen) toggleGuide() tea.Cmd {
	p := s.pair
	switch {
	case p.zoom == zoomGuide:
		p.zoom = zoomNone
	case !roomForGuide(s.w, s.h):
		p.zoom = zoomGuide
	default:
		on := !s.guideShown()
		s.looks.guide = &on
	}
	s.place()
	return nil
}

// toggleInput shows the whole input in place of the answers, or goes back.
func (s *Screen) toggleInput() tea.Cmd {
	p := s.pair
	if p.zoom == zoomInput {
		p.zoom = zoomNone
	} else {
		p.zoom = zoomInput
	}
	s.place()
	return nil
}

// editGuideline opens the guideline to be written.
func (s *Screen) editGuideline() tea.Cmd {
	ed := kit.NewEditor(s.deps.Styles)
	ed.SetValue(s.guideline)
	ed.SetPlaceholder("Three to seven lines: what makes an answer better here?")
	return kit.Open(&guideline{st: s.deps.Styles, ed: ed, was: s.guideline, keep: s.keepGuideline})
}

func (s *Screen) keepGuideline(t text.Raw) tea.Cmd {
	do, id := s.deps.Guideline, s.prompt
	if do == nil {
		return nil
	}
	return s.ask(askGuideline, func(ctx context.Context) tea.Msg { return guidelineMsg{t, do(ctx, id, t)} })
}

func (s *Screen) onGuideline(m guidelineMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.guideline = m.text
	s.deps.Table.Prompt.Guideline = m.text
	s.place()
	return kit.Say("guideline kept; verdicts from here on are given under it")
}

// guideline is the dialog in which it is written.
type guideline struct {
	st   *themes.Styles
	ed   *kit.Editor
	was  text.Raw
	keep func(text.Raw) tea.Cmd
	sure bool // esc was pressed once over what is not kept
	at   *tea.Cursor
}

// Title is the heading.
func (d *guideline) Title() string { return "Guideline" }

// Update types, keeps and leaves.
func (d *guideline) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "ctrl+s":
			if d.ed.Value() == d.was {
				return true, nil
			}
			return true, d.keep(d.ed.Value())
		case "esc":
			if d.ed.Value() == d.was || d.sure {
				return true, nil
			}
			d.sure = true
			return false, nil
		}
	}
	changed, cmd := d.ed.Update(msg)
	d.sure = d.sure && !changed
	return false, cmd
}

// View draws the dialog, at most w by h cells.
func (d *guideline) View(w, h int) string {
	w, h = min(w, 84), min(h, 16)
	d.ed.Resize(max(1, w-4), max(1, h-3))
	foot := keyHint(d.st, "ctrl+s", "keep", "esc", "leave")
	if d.sure {
		foot = d.st.Warn.Render("not kept yet: ") + keyHint(d.st, "ctrl+s", "keep", "esc", "leave it as it was")
	}
	d.at = d.ed.Cursor()
	if d.at != nil {
		d.at.X += 2
		d.at.Y++
	}
	return kit.Pane("Guideline", kit.Indent(d.ed.View(), 1)+"\n "+foot, w, h, true, d.st)
}

// Cursor is where the terminal's cursor stands, relative to the View drawn last.
func (d *guideline) Cursor() *tea.Cursor { return d.at }

// keyHint is a line of keys and what they do.
func keyHint(st *themes.Styles, pairs ...string) string {
	out := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			out += "  "
		}
		out += st.Key.Render(pairs[i]) + " " + st.KeyLabel.Render(pairs[i+1])
	}
	return out
}
