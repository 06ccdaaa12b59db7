package kit

import (
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Reaches reports whether a key press reaches the actions while the screen has
// focus. While it has a text field only chords and function keys do, and of the
// chords only those that the field does not want for itself; everything else is
// text.
func Reaches(s Screen, msg tea.KeyPressMsg) bool {
	t, ok := s.(Typing)
	if !ok || !t.Typing() {
		return true
	}
	if w, ok := s.(Wanting); ok && w.Wants(msg) {
		return false
	}
	return chord(msg)
}

// chord reports whether the key can't be text: it has ctrl, alt or super, or is
// a function key.
func chord(k tea.KeyPressMsg) bool {
	if k.Mod&(tea.ModCtrl|tea.ModAlt|tea.ModSuper|tea.ModMeta|tea.ModHyper) != 0 {
		return k.Text == "" || !unicode.IsPrint([]rune(k.Text)[0]) || k.Mod&tea.ModCtrl != 0 || k.Mod&tea.ModAlt != 0
	}
	return k.Code >= tea.KeyF1 && k.Code <= tea.KeyF63
}

// Find is the action that a key does.
func Find(actions []Action, msg tea.KeyPressMsg) (Action, bool) {
	for _, act := range actions {
		if key.Matches(msg, act.Key) {
			return act, true
		}
	}
	return Action{}, false
}
