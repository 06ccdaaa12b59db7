package study

import (
	"errors"
	"strings"
	"testing"

	"galley/tui/kit"
)

// early is the panel of a new study whose cost is not known yet: what it asked comes
// home when the stage releases it.
func early(t *testing.T, l *lab) *rig {
	t.Helper()
	r := open(t, l, 80, 22)
	r.Hold = true
	r.Keys("n")
	return r
}

// Enter that comes before the cost is known is kept: the panel says so at every size,
// and the study starts when it is.
func TestStartIsKept(t *testing.T) {
	l := newLab()
	r := early(t, l)
	r.Keys("enter")
	for _, size := range [][2]int{{160, 43}, {118, 34}, {80, 22}} {
		r.Resize(size[0], size[1])
		if v := r.Plain(); !strings.Contains(v, "It starts as soon as its cost") {
			t.Errorf("it does not say so:\n%s", v)
		}
	}
	r.Keys("enter")
	if len(l.started) != 0 || len(r.Said) > 0 {
		t.Fatalf("it started, or said %q", r.Said)
	}
	r.Release()
	if r.s.setup != nil || len(l.started) != 1 {
		t.Fatalf("it did not start:\n%s", r.Plain())
	}
}

// Any other key takes it back, and so does leaving the page.
func TestStartIsTakenBack(t *testing.T) {
	for _, k := range []string{"down", "space", "right", "esc", "z", "leave"} {
		t.Run(k, func(t *testing.T) {
			l := newLab()
			r := early(t, l)
			r.Keys("enter")
			if k == "leave" {
				r.Run(r.s.Leave())
			} else {
				r.Keys(k)
			}
			if r.s.setup == nil {
				t.Fatal("the panel was left")
			}
			if v := r.Plain(); strings.Contains(v, "as soon as") {
				t.Errorf("it still says that it starts:\n%s", v)
			}
			r.Release()
			if len(l.started) != 0 || r.s.setup == nil {
				t.Error("it started")
			}
		})
	}
}

// What may cost money is asked about, when its cost is known and not before; the
// question does not take a key that was meant for something else.
func TestStartThatCostsIsAskedAbout(t *testing.T) {
	five := 5.0
	for name, usd := range map[string]*float64{"priced": &five, "unknown": nil} {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			l.est.Free, l.est.CostUSD = false, usd
			r := early(t, l)
			r.Keys("enter")
			if r.Dialog != nil {
				t.Fatal("it asks before it knows")
			}
			r.Release()
			c, ok := r.Dialog.(*kit.Confirm)
			if !ok || !c.Uninvited || len(l.started) != 0 {
				t.Fatalf("the question is %+v; started %v", r.Dialog, l.started)
			}
			r.Keys("enter")
			if len(l.started) != 0 {
				t.Error("a key that was on its way answered the question")
			}
		})
	}
}

// What can't be started says why when that is known.
func TestStartThatCant(t *testing.T) {
	l := newLab()
	l.estErr = errors.New("the sky fell")
	r := early(t, l)
	r.Keys("enter")
	r.Release()
	r.Heard("the sky fell")
	if len(l.started) != 0 || r.s.setup == nil || r.s.setup.armed {
		t.Error("it started, or still wants to")
	}
}
