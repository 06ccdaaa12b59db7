package bench

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
)

// TestNearby demands that short answers leave the room below them to the cases
// around, which keys and clicks go through, and that long ones take it.
func TestNearby(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	s := start(t, tab, w)
	s.Resize(120, 38)
	s.View()
	if n := s.columns.near; n.cases < 15 || n.takes != 0 {
		t.Fatalf("the room is not used: %+v", n)
	}
	press(s, "down")
	press(s, "down")
	if s.row != 2 {
		t.Fatalf("↓ twice leads to case %d", s.row)
	}
	press(s, "up")
	s.View()
	n := s.columns.near
	s.Update(tea.MouseClickMsg{X: 70, Y: n.y + 1 + 4, Button: tea.MouseLeft})
	if s.row != n.first+4 || s.col != 1 {
		t.Errorf("a click on the fifth case of the second column leads to case %d, column %d", s.row, s.col)
	}
	lines := strings.Split(ansi.Strip(s.View()), "\n")
	for i, row := 0, s.columns.near.y+1; i < s.columns.near.cases; i++ {
		want := "c" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
		if !strings.Contains(lines[row+i], want) {
			t.Fatalf("row %d is not %s: %s", row+i, want, lines[row+i])
		}
	}

	for i := range w.results {
		w.results[i].Output.Text = text.Raw(strings.Repeat("a long answer, line by line\n", 80))
	}
	s = start(t, tab, w)
	s.Resize(120, 38)
	s.View()
	if s.columns.near.h != 0 {
		t.Error("a long answer gives room away")
	}
	row := s.row
	press(s, "down")
	if s.row != row || s.columns.top != 1 {
		t.Errorf("↓ leads to case %d, row %d", s.row, s.columns.top)
	}
}

func TestTabClick(t *testing.T) {
	tab := table(t)
	s := start(t, tab, newWorld(tab))
	for x, want := range map[int]view{1: viewColumns, 12: viewGrid, 18: viewDiff} {
		drain(s, s.Update(tea.MouseClickMsg{X: x, Y: 0, Button: tea.MouseLeft}))
		if s.view != want {
			t.Errorf("a click at %d shows %s", x, s.view.name())
		}
	}
}

// TestWatch demands that a run of another process is followed until it ends.
func TestWatch(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	all := w.results
	stage := 0
	w.runs[0].State = session.RunRunning
	d := w.deps(tab)
	d.Results = func(context.Context, int64) ([]session.Result, error) {
		out := make([]session.Result, len(all))
		for i, r := range all {
			switch {
			case stage >= 2 || i < 4+2*stage:
				out[i] = r
			case i < 8+2*stage:
				out[i] = session.Result{Cell: r.Cell, Output: session.Output{Status: session.StatusRunning, Text: "bil"}}
			default:
				out[i] = session.Result{Cell: r.Cell, Output: session.Output{Status: session.StatusWaiting}}
			}
		}
		if stage++; stage == 3 {
			w.runs[0].State = session.RunDone
		}
		return out, nil
	}
	s := New(d)
	s.Resize(120, 38)
	synctest.Test(t, func(*testing.T) {
		drain(s, s.Enter()) // which goes on to the results, and looks again until the run is over
	})
	if stage != 3 || s.state() != session.RunDone || s.elsewhere() {
		t.Fatalf("read %d times, the run is %s", stage, s.state())
	}
	if got := s.board.all(); got.waiting+got.running != 0 || got.ended() != len(all) {
		t.Fatalf("%+v", got)
	}
}
