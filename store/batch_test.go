package store

import (
	"path/filepath"
	"testing"
	"time"

	"galley/session"
)

// What nobody waits for is written with the next record that must not wait, or when
// the file is closed, and until then not at all.
func TestPatience(t *testing.T) {
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, patience: time.Hour})
	v := variant(t, s, prompt(t, s, "triage"), "v", "Sort {{x}}")
	_, cells := start(t, s, v, 40, "me")
	begin := func(i int, ahead bool) int64 {
		id, err := s.BeginAttempt(ctx, session.Attempt{CellID: cells[i].ID, Number: 1, Wire: wire(i), Ahead: ahead})
		must(t, err)
		return id
	}
	patient := func(do func() error) <-chan error {
		done := make(chan error, 1)
		go func() { done <- do() }()
		select {
		case err := <-done:
			t.Fatal("written at once", err)
		case <-time.After(20 * time.Millisecond):
		}
		return done
	}
	finish := func(i int, id int64) <-chan error {
		return patient(func() error {
			return s.FinishCell(ctx, session.Output{CellID: cells[i].ID, Status: session.StatusDone, Text: "billing"}, id)
		})
	}
	written := func(done <-chan error) {
		for i := 10; ; i++ {
			select {
			case err := <-done:
				must(t, err)
				return
			case <-time.After(time.Second): // this machine handed it over late
				begin(i, false)
			}
		}
	}
	first := begin(0, false)
	answer := finish(0, first)
	ahead := patient(func() error {
		_, err := s.BeginAttempt(ctx, session.Attempt{CellID: cells[1].ID, Number: 1, Wire: wire(1), Ahead: true})
		return err
	})
	if r, err := s.Result(ctx, cells[0].ID); err != nil || r.Output.Status != session.StatusRunning {
		t.Errorf("it is there already: %+v, %v", r, err)
	}
	second := begin(2, false) // takes them along
	written(answer)
	written(ahead)
	must(t, s.FinishCell(ctx, session.Output{CellID: cells[3].ID, Status: session.StatusDone, Text: "kept before", Cached: true}, 0))

	last := finish(2, second)
	must(t, s.Close())
	must(t, <-last)
	s = open(t, s.Path(), Options{ReadOnly: true})
	for _, i := range []int{0, 2, 3} {
		if r, err := s.Result(ctx, cells[i].ID); err != nil || r.Output.Status != session.StatusDone {
			t.Errorf("cell %d is lost: %+v, %v", i, r, err)
		}
	}
}
