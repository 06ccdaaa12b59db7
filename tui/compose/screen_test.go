package compose

import (
	"fmt"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{80, 21}, {120, 37}, {160, 42}, {40, 7}, {60, 24}}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"blocks": func(w, h int) *rig { return open(t, newDesk(), w, h) },
		"editing": func(w, h int) *rig {
			r := open(t, newDesk(), w, h)
			r.Keys("down", "enter")
			return r
		},
		"shots": func(w, h int) *rig {
			r := open(t, newDesk(), w, h)
			r.Keys("down", "down")
			return r
		},
		"resources": func(w, h int) *rig {
			r := open(t, stocked(), w, h)
			r.Keys("down", "down")
			return r
		},
		"every-shot": func(w, h int) *rig {
			r := open(t, stocked(), w, h)
			r.Keys("down", "down", "down")
			return r
		},
		"find": func(w, h int) *rig {
			r := open(t, newDesk(), w, h)
			r.Keys("down", "ctrl+f")
			r.Type("the")
			r.Key(tea.KeyPressMsg{Code: tea.KeyTab})
			return r
		},
		"proof": func(w, h int) *rig {
			r := open(t, newDesk(), w, h)
			r.Keys("p")
			return r
		},
		"finding": func(w, h int) *rig {
			r := open(t, newDesk(), w, h)
			r.Keys("down", "down", "down", "enter")
			r.Type("{{tickt}}")
			r.Keys("esc")
			return r
		},
		"empty-table": func(w, h int) *rig {
			d := newDesk()
			d.table.Clear()
			return open(t, d, w, h)
		},
		"no-block": func(w, h int) *rig {
			d := newDesk()
			d.table.Lay(laid(session.Content{}, nil, nil))
			return open(t, d, w, h)
		},
		"no-case-no-bank": func(w, h int) *rig {
			d := newDesk()
			c, _, _ := sample()
			c.Blocks[2].Shots = nil
			d.table.Lay(laid(c, nil, nil))
			r := open(t, d, w, h)
			r.Keys("down", "down")
			return r
		},
	}
	for name, state := range states {
		for _, z := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, z[0], z[1]), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := state(z[0], z[1])
					r.For(t)
					r.Golden(fmt.Sprintf("%s-%dx%d", name, z[0], z[1]))
				})
			})
		}
	}
}

// TestGoldenDialogs holds the dialogs at two sizes.
func TestGoldenDialogs(t *testing.T) {
	for name, keys := range map[string][]string{
		"choice-shots":     {"down", "down", "down", "c", "right", "right"},
		"choice-resources": {"down", "down", "c"},
		"item":             {"down", "down", "down", "i"},
		"scaffolds":        {"s"},
		"add":              {"a"},
	} {
		for _, z := range [][2]int{{80, 24}, {160, 45}} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, z[0], z[1]), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := open(t, stocked(), z[0], z[1]-3)
					r.For(t)
					r.Keys(keys...)
					if r.Dialog == nil {
						t.Fatal("no dialog")
					}
					view := r.Dialog.View(z[0], z[1])
					sized(t, view, z[0], z[1])
					tuitest.Golden(t, fmt.Sprintf("dialog-%s-%dx%d", name, z[0], z[1]), tuitest.Cut(clean(view)))
				})
			})
		}
	}
}

var _ text.Raw
