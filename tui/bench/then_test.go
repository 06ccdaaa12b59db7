package bench

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
)

func sees(t *testing.T, s *Screen, words ...string) {
	t.Helper()
	v := ansi.Strip(s.View())
	for _, w := range words {
		if !strings.Contains(v, w) {
			t.Errorf("%q is not seen:\n%s", w, v)
		}
	}
}

// TestWordsAsTheyWere shows a case's words of the run, whatever became of the
// case since.
func TestWordsAsTheyWere(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	for i := range w.results {
		w.results[i].Cell.CaseVars = []session.Var{{Name: "ticket", Value: "the words of then"}}
	}
	s := start(t, tab, w)
	sees(t, s, "the words of then")
	tab.Cases = nil
	tab.Touch()
	sees(t, s, "the words of then")

	tab = table(t)
	w = newWorld(tab)
	for i := range w.results {
		w.results[i].Cell.CaseVars = nil
	}
	sees(t, start(t, tab, w), "as it is now")
}

// TestBlocksAsTheyWere names the blocks of an old proof as its revision does.
func TestBlocksAsTheyWere(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.then = "the-rules"
	s := start(t, tab, w)
	press(s, "enter")
	press(s, "p")
	sees(t, s, "the-rules")
}
