package suite

import (
	"errors"
	"strings"
	"testing"

	"galley/tui/kit"
	"galley/tui/tuitest"
)

// early is the panel of a new check whose cost is not known yet: what it asked comes
// home when the stage releases it.
func early(t *testing.T, w *world) (*tuitest.Stage, *Screen) {
	t.Helper()
	s := New(w.deps(table()))
	st := &tuitest.Stage{T: t, Screen: s, Pump: framed}
	st.Open(80, 22)
	st.Keys("c")
	st.Hold = true
	st.Keys("end", "right") // more takes, which cost something else
	if s.mode != modeSetup || s.known() {
		t.Fatal("the cost is known")
	}
	return st, s
}

// Enter that comes before the cost is known is kept: the panel says so at every size,
// and the check starts when it is.
func TestStartIsKept(t *testing.T) {
	w := newWorld()
	st, s := early(t, w)
	st.Keys("enter")
	for _, size := range [][2]int{{160, 43}, {118, 34}, {80, 22}} {
		st.Resize(size[0], size[1])
		if v := st.Plain(); !strings.Contains(v, "It starts as soon as its cost") {
			t.Errorf("it does not say so:\n%s", v)
		}
	}
	st.Keys("enter")
	if s.flight != nil || len(st.Said) > 0 {
		t.Fatalf("it started, or said %q", st.Said)
	}
	st.Release()
	if s.mode != modeResults {
		t.Fatalf("it did not start:\n%s", st.Plain())
	}
}

// Any other key takes it back, and so does leaving the station.
func TestStartIsTakenBack(t *testing.T) {
	for _, k := range []string{"up", "left", "esc", "z", "leave"} {
		t.Run(k, func(t *testing.T) {
			st, s := early(t, newWorld())
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
			if s.flight != nil || s.setup == nil || s.setup.starting {
				t.Error("it started")
			}
		})
	}
}

// What may cost money is asked about, when its cost is known and not before; the
// question does not take a key that was meant for something else.
func TestStartThatCostsIsAskedAbout(t *testing.T) {
	w := newWorld()
	w.est.Free = false
	st, s := early(t, w)
	st.Keys("enter")
	if st.Dialog != nil {
		t.Fatal("it asks before it knows")
	}
	st.Release()
	c, ok := st.Dialog.(*kit.Confirm)
	if !ok || !c.Uninvited || s.flight != nil {
		t.Fatalf("the question is %+v", st.Dialog)
	}
	st.Keys("enter")
	if s.flight != nil || s.setup == nil || s.setup.starting {
		t.Error("a key that was on its way answered the question")
	}
}

// What can't be started says why when that is known.
func TestStartThatCant(t *testing.T) {
	w := newWorld()
	st, s := early(t, w)
	w.fail["estimate"] = errors.New("the sky fell")
	st.Keys("enter")
	st.Release()
	st.Heard("it can't be estimated: the sky fell")
	if s.flight != nil || s.setup == nil || s.setup.armed {
		t.Error("it started, or still wants to")
	}
}

// Where the prompt was changed meanwhile its cost is counted anew, and what was to start
// does not: it was said of another.
func TestChangedWhileSetUp(t *testing.T) {
	for _, how := range []string{"told", "entered"} {
		w := newWorld()
		st, s := early(t, w)
		st.Release()
		s.deps.Table.Touch()
		st.Hold = true
		st.Keys("enter")
		if how == "told" {
			st.Run(s.Update(kit.TableChanged{}))
		} else {
			st.Enter()
		}
		st.Release()
		if s.mode != modeSetup || s.setup.armed || !s.known() {
			t.Errorf("%s: known %t, armed %t:\n%s", how, s.known(), s.setup.armed, st.Plain())
		}
		st.Keys("enter")
		if s.mode != modeResults {
			t.Errorf("%s: it can't be started any more:\n%s", how, st.Plain())
		}
	}
}
