package engine

import (
	"context"
	"errors"
	"time"

	"galley/engine/backend"
	"galley/engine/tokens"
	"galley/session"
)

// Options set a runner up. The zero value is fit for use.
type Options struct {
	// Owner names this process in leases; "" makes a name.
	Owner string
	// Now is the wall clock, for what is written down; durations are measured
	// by the monotonic clock. nil: time.Now.
	Now func() time.Time
	// Tokens counts where a backend does not; nil: a counter of its own.
	Tokens *tokens.Counter
	// SaveFor is how long a run goes on trying to record a result before it
	// stops; 0: 10 min.
	SaveFor time.Duration
}

// Runner starts runs. It is safe for many goroutines.
type Runner struct{}

// New returns a runner over the backends of set that records with rec.
func New(set *backend.Set, rec Recorder, o Options) *Runner { return &Runner{} }

// Wire is the request that a proof becomes on a model, to the byte. It needs no
// key and asks nobody.
func (r *Runner) Wire(ref string, p session.Proof, take int) (session.Wire, error) {
	return session.Wire{}, errors.New("not yet")
}

// Estimate says what a plan will cost, with what the cache holds now.
func (r *Runner) Estimate(ctx context.Context, p Plan) (Estimate, error) {
	return Estimate{}, errors.New("not yet")
}

// Start begins a run. An error means that nothing was written and nothing sent:
// a model that the config does not open is a [*backend.AccessError].
func (r *Runner) Start(ctx context.Context, p Plan) (*Job, error) {
	return nil, errors.New("not yet")
}

// Resume goes on with a run: cells that waited, were stopped or interrupted are
// asked, and with retryFailed those that ended in an error as well. No finished
// cell is asked again. Cancelling ctx cancels the run.
func (r *Runner) Resume(ctx context.Context, runID int64, retryFailed bool) (*Job, error) {
	return r.ResumeWith(ctx, runID, Again{RetryFailed: retryFailed})
}

// Again says how to go on with a run.
type Again struct {
	RetryFailed bool
	NoCache     bool
	Limits      Limits
	Concurrency int
}

// ResumeWith is Resume with limits.
func (r *Runner) ResumeWith(ctx context.Context, runID int64, a Again) (*Job, error) {
	return nil, errors.New("not yet")
}

// Close cancels every job of the runner and waits for them.
func (r *Runner) Close() {}
