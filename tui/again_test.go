package tui

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
)

// What another process imported is seen on coming to a station and on a key, and
// not at every key.
func TestReadsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, _ := withProbes()
		stored, reads := session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1}}}, 0
		var trouble error
		var logged []string
		a.deps.Look = func(context.Context, session.VariantRef) (session.Laid, error) {
			reads++
			return stored, trouble
		}
		a.deps.Log = func(s string) { logged = append(logged, s) }
		var run func(tea.Cmd)
		run = func(cmd tea.Cmd) {
			if cmd == nil {
				return
			}
			msg := cmd()
			if b, ok := msg.(tea.BatchMsg); ok {
				for _, c := range b {
					run(c)
				}
				return
			}
			_, next := a.Update(msg)
			run(next)
		}
		run(a.station(1))
		if reads != 0 {
			t.Error("read for an empty table")
		}
		a.table.Lay(stored)
		stored.Cases = []session.Case{{ID: 1}}
		run(a.station(0))
		if reads != 1 || len(a.table.Cases) != 1 {
			t.Errorf("%d reads, %d cases", reads, len(a.table.Cases))
		}
		stored.Cases = []session.Case{{ID: 1}, {ID: 2}}
		run(a.key(tea.KeyPressMsg{Code: ']', Text: "]"}))
		if reads != 1 {
			t.Error("read at every key")
		}
		time.Sleep(fresh)
		run(a.key(tea.KeyPressMsg{Code: ']', Text: "]"}))
		if reads != 2 || len(a.table.Cases) != 2 {
			t.Errorf("%d reads, %d cases", reads, len(a.table.Cases))
		}
		time.Sleep(fresh)
		trouble = errors.New("it is locked")
		run(a.station(1))
		if len(logged) != 1 || a.toast.text != "" {
			t.Errorf("logged %q, said %q", logged, a.toast.text)
		}
	})
}

// What was said of a station does not stay when it is left.
func TestToastsStayBehind(t *testing.T) {
	a, _, _ := withProbes()
	a.say("a key of the other", false)
	a.station(1)
	if a.toast.text != "" {
		t.Errorf("still says %q", a.toast.text)
	}
}
