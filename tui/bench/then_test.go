package bench

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
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

// TestUnknownIsNotFree says free only of what is free.
func TestUnknownIsNotFree(t *testing.T) {
	usd := func(v float64) *float64 { return &v }
	board := func(costs ...*float64) totals {
		var t totals
		for _, c := range costs {
			t.count(&slot{status: session.StatusDone, out: &session.Output{Status: session.StatusDone, CostUSD: c, Attempts: 1}}, 1)
		}
		return t
	}
	for _, c := range []struct {
		t    totals
		free bool
		want string
	}{
		{board(), false, ""},
		{board(nil), true, "free"},
		{board(usd(0), usd(0)), false, "free"},
		{board(usd(0), nil), false, "cost unknown"},
		{board(usd(0.0012), usd(0)), false, "$0.0012"},
		{board(usd(0.0012), nil), false, "$0.0012, some unknown"},
	} {
		if got := cost(c.t, c.free); got != c.want {
			t.Errorf("%+v: %q, want %q", c.t, got, c.want)
		}
	}
	tab := table(t)
	w := newWorld(tab)
	w.results[0].Output.CostUSD = nil
	w.est.Calls = 0
	s := start(t, tab, w)
	sees(t, s, "cost unknown")
	s.Resize(120, 38)
	press(s, "enter")
	sees(t, s, "cost         unknown")
	press(s, "esc")
	press(s, "n")
	sees(t, s, "tokens out  0")
}

// TestRepeatsAreNotCases keeps the interval of one take when each case is asked
// several times over.
func TestRepeatsAreNotCases(t *testing.T) {
	tab := table(t)
	b := func(takes int) *board {
		rs := resultsOf(cellsOf(tab, 1, takes))
		for i := range rs {
			rs[i].Output = session.Output{Status: session.StatusDone, Text: "billing"}
		}
		return fromResults(7, rs)
	}
	one, five := b(1).cols[0].totals, b(5).cols[0].totals
	if five.graded != 5*one.graded || len(five.repeats) != len(one.repeats) {
		t.Fatalf("%+v beside %+v", five, one)
	}
	if got, want := scale(five, 61), scale(one, 61); got != want {
		t.Errorf("five takes: %s, one: %s", got, want)
	}
	interval := func(s string) string { return s[strings.Index(s, "("):] }
	if got, want := rate(five, 90), rate(one, 90); interval(got) != interval(want) || !strings.Contains(got, "over 60 cases") {
		t.Errorf("five takes: %s, one: %s", got, want)
	}
	if got := rate(five, 30); len([]rune(got)) > 30 || !strings.Contains(got, "%)") {
		t.Errorf("in 30 cells: %s", got)
	}
}

// An answer that has what was wanted among other words is wrong, and it is said that
// it has it: at its cell, and in the column's sum where there is room.
func TestWrongButHoldsIt(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.results = resultsOf(cellsOf(tab, 1, 1))
	for i := range w.results {
		w.results[i].Output = session.Output{Status: session.StatusDone, Text: "I would say " + *w.results[i].Cell.Wanted + "."}
	}
	s := start(t, tab, w)
	sees(t, s, "✗ wrong  holds it", "0 of 60 right", "60 hold it")
	all := fromResults(7, w.results).cols[0].totals
	if got := rate(all, 30); strings.Contains(got, "hold") || len([]rune(got)) > 30 {
		t.Errorf("in 30 cells: %s", got)
	}
	w.results[0].Output.Text = *w.results[0].Cell.Wanted
	w.results[1].Output.Text = "something else"
	if all = fromResults(7, w.results).cols[0].totals; all.right != 1 || all.holding != 58 {
		t.Errorf("%d right, %d hold it", all.right, all.holding)
	}
}

// TestSpendingIsAskedFor wants more than an enter where it may cost money.
func TestSpendingIsAskedFor(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.dear, w.est.Free, w.live = true, false, newFake(cellsOf(tab, 4, 1))
	s := start(t, tab, w)
	for _, k := range []string{"R", "n"} {
		press(s, k)
		if k == "n" {
			continue
		}
		d := press(s, k)[0].(kit.Push).Dialog.(*kit.Confirm)
		if !d.Danger || !strings.Contains(d.Question, "up to ") {
			t.Errorf("%+v", d)
		}
	}
	d := press(s, "enter")[0].(kit.Push).Dialog.(*kit.Confirm)
	if !d.Danger {
		t.Error("enter alone sends")
	}
}

// TestMissingKeys marks what can't be asked, and keeps the choices.
func TestMissingKeys(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.off = map[string]string{"embedded": "its key is missing", "cloud": "the key of cloud is missing"}
	s := start(t, tab, w)
	press(s, "n")
	s.Resize(120, 38)
	sees(t, s, "its key is missing", "the key of cloud is missing")
	if c := s.setup.choice(s); len(c.Models) != 0 {
		t.Errorf("%q would be asked", c.Models)
	}
	s.setup.takes = 4
	press(s, "esc")
	press(s, "n")
	if s.setup.takes != 4 {
		t.Error("the choices are gone")
	}
}

// TestNotesAreSeen shows kept words in the close-up, and marks the cell.
func TestNotesAreSeen(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	s := start(t, tab, w)
	s.Resize(120, 38)
	press(s, "enter")
	for _, words := range []text.Raw{"the first", "too terse"} {
		d := press(s, "e")[0].(kit.Push).Dialog.(*kit.Prompt)
		drain(s, d.Done(words))
	}
	sees(t, s, "2, newest: too terse")
	press(s, "esc")
	press(s, "g")
	sees(t, s, "✎")
}

// TestRunsOfNoPrompt lists all runs where nothing is on the table.
func TestRunsOfNoPrompt(t *testing.T) {
	w := newWorld(table(t))
	for i := range w.runs {
		w.runs[i].Prompt = "deleted-one"
	}
	s := start(t, &session.Table{}, w)
	s.Resize(120, 38)
	sees(t, s, "r7", "r3", "deleted-one")
	press(s, "enter")
	sees(t, s, "c01")
}

// TestGridTellsColumnsApart at 80 columns, whatever they share.
func TestGridTellsColumnsApart(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.results = resultsOf(cellsOf(tab, 1, 1, session.Seeded(1), session.Seeded(2)))
	for i := range w.results {
		w.results[i].Cell.Contestant.Variant.Variant = "a-variant-with-a-very-long-name-indeed"
	}
	s := start(t, tab, w)
	press(s, "g")
	sees(t, s, "seed:1", "seed:2")
	for i := range w.results {
		c := &w.results[i].Cell
		c.Contestant.Model = []string{"cloud/some-vendor-some-model-large-2025", "cloud/some-vendor-some-model-large-2026"}[i%2]
		c.Order = session.Order{}
	}
	s = start(t, tab, w)
	press(s, "g")
	sees(t, s, "2025", "2026")
}

// TestWhatTheRunWaitsForLeads puts the key that goes on with a run first in the
// footer, and none there of a run that is whole.
func TestWhatTheRunWaitsForLeads(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	for i := range w.results {
		w.results[i].Output.Status = session.StatusDone
	}
	if got := start(t, tab, w).Actions()[0].ID; got != "bench.new" {
		t.Errorf("of a whole run %s leads", got)
	}
	w.results[3].Output.Status = session.StatusStopped
	if got := start(t, tab, w).Actions()[0].ID; got != "bench.resume" {
		t.Errorf("of a stopped run %s leads", got)
	}
}
