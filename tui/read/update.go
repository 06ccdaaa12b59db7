package read

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// Update takes what no action wanted.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if h, ok := msg.(kit.Home); ok {
		if a, ok := h.Msg.(answered); ok && s.asked[a.q] == h.Gen {
			return s.onAnswer(a.msg)
		}
		return nil
	}
	switch {
	case s.entry != nil:
		return s.updateEntry(msg)
	case s.page == onCorrect:
		return s.updateEditor(msg)
	case s.page == onModes:
		return s.modes.update(msg)
	}
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		s.scroll(m)
	case tea.MouseMsg:
		return s.mouse(m)
	}
	return nil
}

func (s *Screen) onAnswer(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case gotList:
		return s.haveList(m)
	case gotMore:
		return s.haveMore(m)
	case gotFive:
		return s.haveFive(m)
	case gotProof:
		s.haveProof(m)
	case gotPrompts:
		if m.err == nil {
			s.prompts = m.list
		}
	case gotFacets:
		return s.haveFacets(m)
	case did:
		return s.onDid(m)
	case gotUndone:
		return s.onUndone(m)
	case gotModes:
		return s.modes.have(m)
	case gotCounts:
		s.modes.haveCounts(m)
	case changedModes:
		return s.modes.changed(m)
	}
	return nil
}

// pager is what scrolls.
func (s *Screen) pager() *kit.Pager {
	if s.contextShown() && (s.focus == onContext || s.w < wide) {
		return s.exact
	}
	return s.answer
}

// scroll moves the text that has focus. J and K go by a line, since the arrows go
// from output to output.
func (s *Screen) scroll(k tea.KeyPressMsg) {
	switch k.String() {
	case "pgup", "pgdown", "space", "home", "end":
	case "J", "shift+down":
		k = tea.KeyPressMsg{Code: tea.KeyDown}
	case "K", "shift+up":
		k = tea.KeyPressMsg{Code: tea.KeyUp}
	default:
		return
	}
	s.pager().Update(k)
}

func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	click, isClick := msg.(tea.MouseClickMsg)
	_, isWheel := msg.(tea.MouseWheelMsg)
	switch l := s.lay; {
	case s.current() == nil:
	case l.near.has(at.X, at.Y):
		if isClick {
			click.X, click.Y = click.X-l.near.x, click.Y-l.near.y-1
			if click.Y >= 0 && s.near.Update(click) {
				return s.goTo(s.near.Cursor())
			}
		} else if isWheel {
			by := 1
			if at.Button == tea.MouseWheelUp {
				by = -1
			}
			return s.step(by)
		}
	case l.context.has(at.X, at.Y):
		if isClick {
			s.focus = onContext
		} else if isWheel {
			s.exact.Update(msg)
		}
	case l.answer.has(at.X, at.Y):
		if isClick {
			s.focus = onAnswer
		} else if isWheel {
			s.answer.Update(msg)
		}
	}
	return nil
}
