package bench

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// diffView compares two columns on the case in hand.
type diffView struct {
	s    *Screen
	diff *kit.Diff
	of   diffOf // what is shown
	want diffOf // what was asked for
	w, h int
}

// diffOf is what a comparison is of.
type diffOf struct {
	a, b       *slot
	verA, verB uint64
	theme      string
}

type diffMsg struct {
	of   diffOf
	diff *kit.Diff
}

func newDiff(s *Screen) *diffView {
	return &diffView{s: s, diff: kit.NewDiff(s.deps.Styles)}
}

func (v *diffView) resize(w, h int) {
	v.w, v.h = w, h
	v.diff.Resize(w, max(0, h-1))
}

// pair is the two cells.
func (v *diffView) pair() (a, b *slot) {
	s := v.s
	l, r := v.sides()
	return s.board.at(s.row, l, s.take), s.board.at(s.row, r, s.take)
}

// sides are the two columns in their own order.
func (v *diffView) sides() (l, r int) { return min(v.s.against, v.s.col), max(v.s.against, v.s.col) }

// ask compares away from the keyboard.
func (v *diffView) ask() tea.Cmd {
	a, b := v.pair()
	if a == nil || b == nil || !a.answered() || !b.answered() {
		return nil
	}
	s := v.s
	of := diffOf{a, b, a.ver, b.ver, s.deps.Styles.Theme.Name}
	if of == v.of || of == v.want {
		return nil
	}
	v.want = of
	x, y := a.text(), b.text()
	l, r := v.sides()
	left, right := s.colName(l), s.colName(r)
	st := s.deps.Styles
	return s.ask(askDiff, func(context.Context) tea.Msg {
		d := kit.NewDiff(st)
		d.SetSplit(true)
		d.SetContext(-1)
		d.SetNames(left, right)
		d.Set(x, y)
		return diffMsg{of, d}
	})
}

// change scrolls to the next change, or to the one before.
func (v *diffView) change(by int) tea.Cmd {
	if by > 0 {
		v.diff.NextChange()
	} else {
		v.diff.PrevChange()
	}
	return nil
}

// diffActions are the keys that the diff alone has.
func (s *Screen) diffActions() []kit.Action {
	why := func() string {
		if s.view != viewDiff {
			return "this is a key of the diff"
		}
		return s.noVersus()
	}
	return []kit.Action{
		act("change.next", "next change", "Scroll to the next change.", true, why, func() tea.Cmd { return s.diff.change(1) }, "n"),
		act("change.previous", "previous change", "Scroll to the change before.", false, why, func() tea.Cmd { return s.diff.change(-1) }, "N"),
	}
}

func (v *diffView) take(m diffMsg) {
	v.of, v.want, v.diff = m.of, diffOf{}, m.diff
	v.resize(v.w, v.h)
}

func (v *diffView) view(w, h int) string {
	s := v.s
	first, n := columnsAt(w, len(s.board.cols), s.col)
	head := s.caseLine(w, first, max(n, len(s.board.cols)))
	a, b := v.pair()
	l, r := v.sides()
	switch {
	case len(s.board.cols) < 2:
		return kit.Fill(kit.Stack(head, s.note(w, h-1, "There is one column only", "A comparison needs two: run another variant, model or order.")), w, h)
	case s.col == s.against:
		return kit.Fill(kit.Stack(head, s.note(w, h-1, "Both sides are "+s.colName(s.col), "← → change one side, v the other.")), w, h)
	}
	for i, x := range []*slot{a, b} {
		name := s.colName([]int{l, r}[i])
		switch {
		case x == nil:
			return kit.Fill(kit.Stack(head, s.note(w, h-1, name+" did not run on this case", "")), w, h)
		case !x.status.Ended():
			_, words := x.status.Sign()
			return kit.Fill(kit.Stack(head, s.note(w, h-1, name+" is "+words, "Answers are compared when both are whole.")), w, h)
		case !x.answered():
			_, words := x.status.Sign()
			return kit.Fill(kit.Stack(head, s.note(w, h-1, name+" has no answer: "+words, reason(x).OneLine().String())), w, h)
		}
	}
	if v.of.a != a || v.of.b != b {
		return kit.Fill(kit.Stack(head, s.note(w, h-1, "Comparing…", "")), w, h)
	}
	return kit.Fill(kit.Stack(head, v.diff.View()), w, h)
}
