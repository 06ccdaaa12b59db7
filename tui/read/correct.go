package read

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// editor is where a correction is written.
type editor struct {
	cell  int64
	ed    *kit.Editor
	began text.Raw
	at    rect   // of the text
	err   string // why it can't be kept
	sure  bool   // esc was pressed once on what was changed
}

func (s *Screen) correct() tea.Cmd {
	r := s.current()
	e := &editor{cell: r.Cell.ID, ed: kit.NewEditor(s.styles()), began: r.Output.Whole()}
	if r.Correction != nil {
		e.began = r.Correction.Text
	}
	e.ed.SetValue(e.began)
	s.editor, s.page, s.entry = e, onCorrect, nil
	return nil
}

func (s *Screen) updateEditor(msg tea.Msg) tea.Cmd {
	e := s.editor
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		if m.String() == "esc" && !e.ed.Wants(m) {
			return s.leaveEditor()
		}
		if m.String() == "ctrl+s" {
			return s.keep()
		}
		e.sure, e.err = false, ""
	case tea.MouseClickMsg:
		if !e.at.has(m.X, m.Y) {
			return nil
		}
		m.X, m.Y = m.X-e.at.x, m.Y-e.at.y
		msg = m
	}
	_, cmd := e.ed.Update(msg)
	return cmd
}

func (s *Screen) leaveEditor() tea.Cmd {
	if e := s.editor; e.ed.Value() != e.began && !e.sure {
		e.sure = true
		return nil
	}
	s.page, s.editor = onOutput, nil
	return nil
}

// whyKeep says why a correction can't be kept as it stands.
func (s *Screen) whyKeep() string {
	e := s.editor
	i := s.front().place(e.cell)
	switch v := e.ed.Value(); {
	case s.busy != "":
		return s.busy
	case len(v) < 1000 && trim(v) == "":
		return "it is empty: an answer needs words"
	case i >= 0 && v == s.front().items[i].Output.Whole():
		return "that is what it said: change it, or leave with esc"
	}
	return ""
}

func (s *Screen) keep() tea.Cmd {
	e, me, keep := s.editor, s.deps.As, s.deps.Correct
	if e.err = s.whyKeep(); e.err != "" {
		return nil
	}
	if keep == nil {
		return kit.Say("corrections can't be kept here")
	}
	cell, v := e.cell, e.ed.Value()
	c := session.Correction{CellID: cell, Text: v, Judge: me, CreatedMS: s.deps.NowMS()}
	said := "kept as a preferred pair"
	if i := s.front().place(cell); i >= 0 && s.front().items[i].Cell.CaseName != "" {
		said = fmt.Sprintf("kept: what %s wants, and a pair that prefers it; a proposes assertions", text.Show(s.front().items[i].Cell.CaseName).Truncate(24))
	}
	return s.deed("the correction is still being written", did{cell: cell, said: said, apply: func(r *session.Reading) {
		r.Correction = &c
		s.page, s.editor = onOutput, nil
	}}, func(ctx context.Context) error { return keep(ctx, cell, me, v) })
}

// correctView is the answer with the editor of what it should have said below it,
// or the editor alone.
func (s *Screen) correctView(r *session.Reading, l rect, h int) string {
	st, e := s.styles(), s.editor
	head := s.head(r, l.w, h)
	rows := h - len(head)
	var out []string
	out = append(out, head...)
	if rows >= 14 {
		asked := s.askedLines(r, l.w-1, rows/4)
		out = append(out, s.ruled("asked", "", l.w, false))
		out = append(out, s.clipped(asked, rows/4)...)
		out = append(out, s.ruled("it said", "", l.w, false))
		out = append(out, s.clipped(s.block(r.Output.Whole(), l.w-1, st.Dim, st.Info), rows/4)...)
	}
	note := "ctrl+s keeps · esc leaves"
	if l.w >= 70 {
		note = "ctrl+s keeps it as the wanted answer · esc leaves"
	}
	out = append(out, s.ruled("it should have said", note, l.w, true))
	foot := 1
	if h < low {
		foot = 0
	}
	e.at = rect{l.x + 2, l.y + len(out), max(1, l.w-3), max(1, h-len(out)-foot)}
	e.ed.Resize(e.at.w, e.at.h)
	for _, x := range strings.Split(e.ed.View(), "\n") {
		out = append(out, "  "+x)
	}
	if foot > 0 {
		out = append(out, s.correctFoot(r, l.w))
	}
	return kit.Fill(strings.Join(out, "\n"), l.w, h)
}

// correctFoot says what follows from keeping, or what is in its way.
func (s *Screen) correctFoot(r *session.Reading, w int) string {
	st, e := s.styles(), s.editor
	switch {
	case s.busy != "":
		return s.paint(text.Of("  writing …").Truncate(w), st.Dim)
	case e.err != "":
		return s.paint(text.Of("  ! "+e.err).Truncate(w), st.Bad)
	case e.sure:
		return s.paint(text.Of("  ! what you wrote is not kept: esc again leaves it, ctrl+s keeps it").Truncate(w), st.Warn)
	}
	what := "  kept as a preferred pair; the output stays as it is"
	if name := text.Show(r.Cell.CaseName).OneLine().Truncate(20); !name.Empty() {
		what = "  kept as what " + name.String() + " wants, and as a preferred pair; the output stays as it is"
	}
	return s.paint(text.Of(what).Truncate(w), st.Faint)
}
