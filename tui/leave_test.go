package tui

import (
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// watcher is a screen that reads something while it is in front.
type watcher struct {
	probe
	told []string
}

func (w *watcher) Enter() tea.Cmd { w.told = append(w.told, "enter"); return nil }
func (w *watcher) Leave() tea.Cmd { w.told = append(w.told, "leave"); return nil }

// Disarm is told where a key is the workbench's own.
func (w *watcher) Disarm() { w.told = append(w.told, "disarm") }

// What is to start by itself on a screen is taken back by keys that the screen never
// sees.
func TestDisarming(t *testing.T) {
	a, _, _ := withProbes()
	w := &watcher{probe: probe{name: "Watch"}}
	a.screens = append(a.screens, w)
	a.resize(80, 24)
	press(a, "alt+3")
	w.told = nil
	press(a, "x", "?", "esc")
	if want := []string{"disarm"}; !slices.Equal(w.told, want) {
		t.Errorf("told %v, not %v", w.told, want)
	}
	var _ kit.Disarming = w
}

// A screen is told once when another comes to the front, and not when it is chosen
// again or a dialog lies over it.
func TestLeaving(t *testing.T) {
	a, _, _ := withProbes()
	w := &watcher{probe: probe{name: "Watch"}}
	a.screens = append(a.screens, w)
	a.resize(80, 24)
	press(a, "alt+3", "alt+3", "?", "esc", "alt+1", "alt+2", "alt+3")
	if want := []string{"enter", "enter", "leave", "enter"}; !slices.Equal(slices.DeleteFunc(w.told, func(s string) bool { return s == "disarm" }), want) {
		t.Errorf("told %v, not %v", w.told, want)
	}
	var _ kit.Leaving = w
}
