package tuitest

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// Solo is a root model with one screen, which fills it, for a real program.
type Solo struct {
	Screen  kit.Screen
	Dialogs []kit.Dialog // over the screen, the topmost last
	Toast   string       // the newest one, or why a key was off
	w, h    int
}

// Init brings the screen to the front.
func (m *Solo) Init() tea.Cmd {
	if e, ok := m.Screen.(kit.Entering); ok {
		return e.Enter()
	}
	return nil
}

// Update gives sizes and results to the screen, keys to what has focus, and takes
// dialogs and toasts itself.
func (m *Solo) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
		m.Screen.Resize(msg.Width, msg.Height)
		return m, nil
	case kit.Push:
		m.Dialogs = append(m.Dialogs, msg.Dialog)
		return m, nil
	case kit.Toast:
		m.Toast = msg.Text
		return m, nil
	case tea.KeyPressMsg:
		if n := len(m.Dialogs); n > 0 {
			done, cmd := m.Dialogs[n-1].Update(msg)
			if done {
				m.Dialogs = m.Dialogs[:n-1]
			}
			return m, cmd
		}
		cmd, off := Press(m.Screen, msg)
		if off != "" {
			m.Toast = off
		}
		return m, cmd
	}
	return m, m.Screen.Update(msg)
}

// View draws the topmost dialog, or else the screen with its cursor.
func (m *Solo) View() tea.View {
	if n := len(m.Dialogs); n > 0 {
		return tea.NewView(m.Dialogs[n-1].View(m.w, m.h))
	}
	v := tea.NewView(m.Screen.View())
	if c, ok := m.Screen.(kit.Cursored); ok {
		v.Cursor = c.Cursor()
	}
	return v
}
