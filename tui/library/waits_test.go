package library

import (
	"context"
	"errors"
	"strings"
	"testing"

	"galley/session"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

// withWaits is a shop where something waits at triage, nothing at reply, and
// nobody can count at empty.
func withWaits(asked *[]int64) Deps {
	d := newShop().deps()
	d.Waits = func(_ context.Context, id int64) (session.Waits, error) {
		if asked != nil {
			*asked = append(*asked, id)
		}
		switch id {
		case 1:
			return session.Waits{Duels: 72, Notes: 3, Stale: []string{"tone since five-shot@3"}}, nil
		case 3:
			return session.Waits{}, errors.New("the workspace is busy")
		}
		return session.Waits{}, nil
	}
	return d
}

func TestWaitsAreShown(t *testing.T) {
	var asked []int64
	r := open(t, withWaits(&asked), 78, 21)
	v := r.Plain()
	for _, want := range []string{"76 wait", "▸ Judge    72 duels to judge", "▸ Read     3 notes without a failure mode", "▸ Suite    tone not checked since five-shot@3"} {
		if !strings.Contains(v, want) {
			t.Errorf("%q is not in\n%s", want, v)
		}
	}
	if len(asked) != 3 || asked[0] != 1 {
		t.Errorf("asked for %v: the one with the cursor first, each once", asked)
	}
	if len(r.Said) != 0 {
		t.Errorf("said %v", r.Said)
	}
	r.Keys("down")
	if v = r.Plain(); strings.Contains(v, "▸") || strings.Contains(v, "to judge") {
		t.Errorf("nothing waits at reply, and yet:\n%s", v)
	}
	r.Keys("w")
	if len(r.Said) != 1 || r.Said[0] != "nothing waits here" {
		t.Errorf("said %v", r.Said)
	}
}

// The lists are there before anything was counted.
func TestWaitsHoldNothingUp(t *testing.T) {
	d := withWaits(nil)
	s := New(d)
	r := &tuitest.Stage{T: t, Screen: s}
	r.Resize(78, 21)
	msg, ok := s.Enter()().(kit.Home)
	if !ok {
		t.Fatal("the list is not asked for first")
	}
	s.Update(msg) // what follows is not run
	if v := r.Plain(); !strings.Contains(v, "triage") || strings.Contains(v, "wait") {
		t.Errorf("before anything was counted:\n%s", v)
	}
	if why := s.whyWaits(); why != "it is still being counted" {
		t.Errorf("off: %q", why)
	}
}

// w goes to the station, with the prompt on the table.
func TestWaitsLead(t *testing.T) {
	d := withWaits(nil)
	r := open(t, d, 78, 21)
	r.Keys("w", "down", "enter")
	if r.Gone.Screen != "read" || d.Table.Prompt.Name != "triage" {
		t.Errorf("gone to %q with %q on the table", r.Gone.Screen, d.Table.Prompt.Name)
	}
	if q, _ := r.Gone.Arg.(session.ReadQuery); q.PromptID != 1 || !q.Noted {
		t.Errorf("with %+v", r.Gone.Arg)
	}
	r.Gone.Screen = ""
	r.Keys("w", "enter")
	if r.Gone.Screen != "judge" {
		t.Errorf("gone to %q", r.Gone.Screen)
	}
}

func TestWaitsFillEverySize(t *testing.T) {
	d := withWaits(nil)
	d.Waits = func(context.Context, int64) (session.Waits, error) {
		return session.Waits{Duels: 123456, Notes: 1, Stale: []string{strings.Repeat("x\x1b[31m", 60) + " since y@2", "b", "c", "d", "e"}}, nil
	}
	r := open(t, d, 80, 21)
	for _, w := range []int{20, 40, 70, 80, 120, 240} {
		for _, h := range []int{5, 7, 11, 15, 16, 21, 45, 70} {
			r.Resize(w, h)
			r.Plain()
		}
	}
}
