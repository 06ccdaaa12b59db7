package engine_test

import (
	"context"
	"testing"
	"testing/synctest"

	"galley/engine/backend"
	"galley/session"
)

// A cell whose server ended is asked once more where that is started again, also
// when text had come; a second end is its own.
func TestCellOfEndedServerIsAskedOnceMore(t *testing.T) {
	for _, c := range []struct {
		ends, requests int
		restarts       bool
		want           session.Status
	}{{1, 2, true, session.StatusDone}, {9, 2, true, session.StatusError}, {1, 1, false, session.StatusError}} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			a := &able{fake: fake{traits: backend.Traits{Concurrency: 1, Local: true, Free: true, Restarts: c.restarts}}}
			a.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
				if asked++; asked > c.ends {
					says(0, "whole")(ctx, n, w, yield)
					return
				}
				if yield(backend.Chunk{Text: "half"}, nil) {
					yield(backend.Chunk{}, &session.CallError{Kind: "server", Message: "it ended while it was in use", Retryable: true})
				}
			}
			r, rec := ableRunner(t, a, nil)
			j := start(t, r, matrix(1, "lab/m"))
			run, err := j.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if at := j.Progress().Backends[0]; c.restarts != (at.Falls == 1) || c.restarts != (at.Fell == "it ended while it was in use") {
				t.Errorf("%+v: told %+v", c, at)
			}
			got := rec.Results(run.ID)[0].Output
			if got.Status != c.want || asked != c.requests || c.want == session.StatusDone && got.Text != "whole" {
				t.Errorf("%+v: %s %q after %d requests", c, got.Status, got.Text, asked)
			}
			sound(t, rec)
		})
	}
}

// A cell that was waited for too long because its server hung is asked again, as one
// whose server ended; one whose server lives is not.
func TestCellOfHungServerIsAskedOnceMore(t *testing.T) {
	for _, c := range []struct {
		fault    session.CallError
		requests int
		want     session.Status
	}{
		{session.CallError{Kind: "server", Message: "m hung", Retryable: true}, 2, session.StatusDone},
		{session.CallError{Kind: "network", Message: "cancelled"}, 1, session.StatusError},
	} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			a := &able{fake: fake{traits: backend.Traits{Concurrency: 1, Local: true, Free: true, Restarts: true}}}
			a.play = func(ctx context.Context, n int, w session.Wire, yield func(backend.Chunk, error) bool) {
				if asked++; asked > 1 {
					says(0, "whole")(ctx, n, w, yield)
					return
				}
				if yield(backend.Chunk{Text: "half"}, nil) {
					<-ctx.Done()
					fault := c.fault
					yield(backend.Chunk{}, &fault)
				}
			}
			r, rec := ableRunner(t, a, nil)
			run, err := start(t, r, matrix(1, "lab/m")).Wait()
			if err != nil {
				t.Fatal(err)
			}
			got := rec.Results(run.ID)[0].Output
			if got.Status != c.want || asked != c.requests || c.want == session.StatusError && got.Error.Kind != "timeout" {
				t.Errorf("%s: %s %q, %v after %d requests", c.fault.Message, got.Status, got.Text, got.Error, asked)
			}
			sound(t, rec)
		})
	}
}
