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

// A screen is told once when another comes to the front, and not when it is chosen
// again or a dialog lies over it.
func TestLeaving(t *testing.T) {
	a, _, _ := withProbes()
	w := &watcher{probe: probe{name: "Watch"}}
	a.screens = append(a.screens, w)
	a.resize(80, 24)
	press(a, "alt+3", "alt+3", "?", "esc", "alt+1", "alt+2", "alt+3")
	if want := []string{"enter", "enter", "leave", "enter"}; !slices.Equal(w.told, want) {
		t.Errorf("told %v, not %v", w.told, want)
	}
	var _ kit.Leaving = w
}
