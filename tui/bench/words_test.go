package bench

import (
	"testing"
	"time"

	"galley/session"
)

func TestWhatARunningCellDoes(t *testing.T) {
	x := &slot{status: session.StatusRunning, note: "tries again: the server asked to slow down"}
	if _, w := stateNow(x); w != "to try again" {
		t.Errorf("a cell that waits to be asked again is %q", w)
	}
	x.note = ""
	if _, w := stateNow(x); w != "asked" {
		t.Errorf("a cell without a word is %q", w)
	}
	x.buf = []byte("a")
	if _, w := stateNow(x); w != "streaming" {
		t.Errorf("a cell with words is %q", w)
	}
	p := Progress{LeftMS: 4000, Backends: []Backend{{Until: time.Now().Add(time.Minute)}, {Until: time.Now().Add(time.Hour), Dead: true}}}
	if w := p.waitMS(); w < 50_000 || w > 60_000 {
		t.Errorf("the longest wait is %d ms", w)
	}
}
