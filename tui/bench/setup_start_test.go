package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

// early is the panel for a new run whose cost is not known yet: what it asked the
// others comes home when the stage releases it.
func early(t *testing.T, change func(*world, *Deps)) (*tuitest.Stage, *Screen, *world) {
	t.Helper()
	tab := table(t)
	w := newWorld(tab)
	w.live = newFake(cellsOf(tab, 1, 1))
	d := w.deps(tab)
	if change != nil {
		change(w, &d)
	}
	s := New(d)
	st := tuitest.NewStage(t, s, 80, 22)
	st.Pump = framed
	st.Hold = true
	st.Keys("n")
	return st, s, w
}

// Enter that comes before the cost is known is kept: the screen says so, and the
// run starts when it is.
func TestStartIsKept(t *testing.T) {
	st, s, _ := early(t, nil)
	st.Keys("enter")
	if v := st.Plain(); !strings.Contains(v, "It starts as soon as its cost") {
		t.Errorf("it does not say so:\n%s", v)
	}
	st.Keys("enter")
	if s.shown() != nil || len(st.Said) > 0 {
		t.Fatalf("it started, or said %q", st.Said)
	}
	st.Release()
	if s.setup != nil || s.shown() == nil {
		t.Fatalf("it did not start:\n%s", st.Plain())
	}
	st.Resize(160, 43)
	st.Plain()
}

// Any other key takes it back, and so does leaving the station.
func TestStartIsTakenBack(t *testing.T) {
	for _, k := range []string{"down", "space", "right", "a", "esc", "z", "leave"} {
		t.Run(k, func(t *testing.T) {
			st, s, _ := early(t, nil)
			st.Keys("enter")
			if k == "leave" {
				st.Run(s.Leave())
			} else {
				st.Keys(k)
			}
			if s.setup == nil {
				t.Fatal("the panel was left")
			}
			if v := st.Plain(); strings.Contains(v, "as soon as") {
				t.Errorf("it still says that it starts:\n%s", v)
			}
			st.Release()
			if s.shown() != nil || s.setup == nil {
				t.Error("it started")
			}
		})
	}
}

// What may cost money is asked about, when its cost is known and not before; the
// question does not take a key that was meant for something else.
func TestStartThatCostsIsAskedAbout(t *testing.T) {
	five := 5.0
	for name, est := range map[string]Estimate{"priced": {Calls: 235, CostUSD: &five}, "unknown": {Calls: 235}} {
		t.Run(name, func(t *testing.T) {
			st, s, _ := early(t, func(w *world, _ *Deps) { w.est = est })
			st.Keys("enter")
			if st.Dialog != nil {
				t.Fatal("it asks before it knows")
			}
			st.Release()
			c, ok := st.Dialog.(*kit.Confirm)
			if !ok || !c.Uninvited || s.shown() != nil {
				t.Fatalf("the question is %+v; the run is %v", st.Dialog, s.shown())
			}
			st.Keys("enter")
			if s.shown() != nil {
				t.Error("a key that was on its way answered the question")
			}
		})
	}
}

// What can't be started says why when that is known.
func TestStartThatCant(t *testing.T) {
	st, s, _ := early(t, func(_ *world, d *Deps) {
		d.Estimate = func(context.Context, Choice) (Estimate, error) { return Estimate{}, errors.New("the sky fell") }
	})
	st.Keys("enter")
	st.Release()
	st.Heard("it can't be estimated: the sky fell")
	if s.shown() != nil || s.setup == nil || s.setup.armed {
		t.Error("it started, or still wants to")
	}
	st.Keys("a")
	st.Keys("enter")
	if got := st.Last(); got != "first choose a variant" {
		t.Errorf("said %q", got)
	}
}

// A question about money holds for what it named: where cases came in while it stood
// there, saying yes sends nothing.
func TestStartThatCostsHoldsForWhatWasNamed(t *testing.T) {
	five := 5.0
	var tab *session.Table
	st, s, _ := early(t, func(w *world, d *Deps) { w.est, tab = Estimate{Calls: 235, CostUSD: &five}, d.Table })
	st.Release()
	st.Keys("enter")
	c, ok := st.Dialog.(*kit.Confirm)
	if !ok {
		t.Fatalf("the question is %+v", st.Dialog)
	}
	tab.Cases = append(slices.Clone(tab.Cases), session.Case{ID: 99, Name: "late"})
	tab.Touch()
	st.Run(s.Update(kit.TableChanged{}))
	st.Run(c.Yes())
	if s.shown() != nil {
		t.Fatal("it sent what the question did not name")
	}
	st.Heard("nothing was sent: the prompt was changed meanwhile; read what it will cost now")
}

// Models that were all taken back stay so, whatever changes elsewhere: none is chosen
// that nobody chose, which might be one that costs money.
func TestNoModelIsChosenForOneWhoChoseNone(t *testing.T) {
	st, s, _ := early(t, nil)
	st.Release()
	for s.setup.items[s.setup.at].kind != itemModel {
		st.Keys("down")
	}
	st.Keys("a")
	if len(s.setup.choice(s).Models) > 0 {
		st.Keys("a")
	}
	s.deps.Table.Touch()
	st.Run(s.Update(kit.TableChanged{}))
	st.Release()
	if got := s.setup.choice(s).Models; len(got) > 0 {
		t.Fatalf("%q were chosen by nobody", got)
	}
}

// A run that is to start when its cost is known does not start on another model than
// the one that stood there.
func TestStartIsOfTheModelThatStoodThere(t *testing.T) {
	st, s, _ := early(t, func(_ *world, d *Deps) { d.Table.SetModel("gone/model") })
	st.Keys("enter")
	st.Release()
	if s.shown() != nil || s.setup == nil || s.setup.armed {
		t.Fatal("it started on a model that nobody saw")
	}
}
