package backendtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"galley/session"
)

// Recorder keeps runs in memory, and holds the engine to what a store demands
// of it. Its zero value is ready.
type Recorder struct {
	// Fail, if set, is asked before each call by the method's name; an error is
	// returned in place of the call.
	Fail func(method string) error

	mu       sync.Mutex
	runs     []session.Run
	owner    map[int64]string
	cells    []session.Result // by id, from 1
	runOf    map[int64]int64
	proofs   map[string]session.Proof
	attempts []session.Attempt
	ended    map[int64]bool // attempts
	failed   []session.CallError
	checks   int
	broken   []string
}

func (r *Recorder) begin(method string) (func(), error) {
	r.mu.Lock()
	f := r.Fail
	r.mu.Unlock()
	if f != nil {
		if err := f(method); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	if r.owner == nil {
		r.owner, r.runOf = map[int64]string{}, map[int64]int64{}
		r.proofs, r.ended = map[string]session.Proof{}, map[int64]bool{}
	}
	return r.mu.Unlock, nil
}

// SetFail sets Fail while a run is under way.
func (r *Recorder) SetFail(f func(method string) error) {
	r.mu.Lock()
	r.Fail = f
	r.mu.Unlock()
}

func (r *Recorder) wrong(format string, args ...any) {
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

// Broken lists what the engine did that no store would bear.
func (r *Recorder) Broken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.broken)
}

// Attempts returns every attempt that was written down.
func (r *Recorder) Attempts() []session.Attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.attempts)
}

// Failed returns why attempts failed that were followed by another.
func (r *Recorder) Failed() []session.CallError {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.failed)
}

// Checkpoints returns how many texts were checkpointed.
func (r *Recorder) Checkpoints() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.checks
}

// Results returns the cells of a run in order.
func (r *Recorder) Results(runID int64) []session.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.results(runID)
}

func (r *Recorder) results(runID int64) []session.Result {
	var out []session.Result
	for _, c := range r.cells {
		if c.Cell.RunID == runID {
			out = append(out, c)
		}
	}
	return out
}

// Seize gives the lease of a run to somebody else.
func (r *Recorder) Seize(runID int64) {
	r.mu.Lock()
	r.owner[runID] = "somebody else"
	r.mu.Unlock()
}

// StartRun keeps the run.
func (r *Recorder) StartRun(_ context.Context, run session.Run, proofs []session.Proof, cells []session.Cell, owner string) (session.Run, []session.Cell, error) {
	end, err := r.begin("StartRun")
	if err != nil {
		return session.Run{}, nil, err
	}
	defer end()
	run.ID = int64(len(r.runs) + 1)
	r.runs = append(r.runs, run)
	r.owner[run.ID] = owner
	for _, p := range proofs {
		r.proofs[p.Key()] = p
	}
	out := slices.Clone(cells)
	for i := range out {
		c := &out[i]
		c.ID, c.RunID = int64(len(r.cells)+1), run.ID
		if p, ok := r.proofs[c.ProofKey]; !ok || p.Hash != c.Proof {
			r.wrong("cell %d names proof %s, which the run does not have", i, c.Proof)
		}
		r.runOf[c.ID] = run.ID
		r.cells = append(r.cells, session.Result{Cell: *c, Output: session.Output{CellID: c.ID, Status: session.StatusWaiting}})
	}
	return run, out, nil
}

// ReopenRun takes the lease.
func (r *Recorder) ReopenRun(_ context.Context, runID int64, owner string) (session.Run, []session.Result, map[string]session.Proof, error) {
	end, err := r.begin("ReopenRun")
	if err != nil {
		return session.Run{}, nil, nil, err
	}
	defer end()
	if runID < 1 || runID > int64(len(r.runs)) {
		return session.Run{}, nil, nil, fmt.Errorf("no run r%d", runID)
	}
	if o := r.owner[runID]; o != "" && o != owner {
		return session.Run{}, nil, nil, errors.New("another process works this run")
	}
	r.owner[runID] = owner
	for i := range r.cells {
		if r.cells[i].Cell.RunID == runID && r.cells[i].Output.Status == session.StatusRunning {
			r.cells[i].Output.Status = session.StatusInterrupted
		}
	}
	return r.runs[runID-1], r.results(runID), maps.Clone(r.proofs), nil
}

// Renew keeps the lease.
func (r *Recorder) Renew(_ context.Context, runID int64, owner string) error {
	end, err := r.begin("Renew")
	if err != nil {
		return err
	}
	defer end()
	if r.owner[runID] != owner {
		return session.ErrLease
	}
	return nil
}

// BeginAttempt writes an attempt down.
func (r *Recorder) BeginAttempt(_ context.Context, a session.Attempt) (int64, error) {
	end, err := r.begin("BeginAttempt")
	if err != nil {
		return 0, err
	}
	defer end()
	c := &r.cells[a.CellID-1]
	if c.Output.Status.Finished() {
		r.wrong("cell %d was finished and is asked again", a.CellID)
	}
	if a.Number != c.Output.Attempts+1 {
		r.wrong("cell %d: attempt %d after %d", a.CellID, a.Number, c.Output.Attempts)
	}
	c.Output.Status, c.Output.Attempts = session.StatusRunning, a.Number
	c.Cell.Wire = a.Wire.Hash
	a.ID = int64(len(r.attempts) + 1)
	r.attempts = append(r.attempts, a)
	return a.ID, nil
}

// Checkpoint keeps texts so far.
func (r *Recorder) Checkpoint(_ context.Context, parts []session.Output) error {
	end, err := r.begin("Checkpoint")
	if err != nil {
		return err
	}
	defer end()
	for _, p := range parts {
		c := &r.cells[p.CellID-1]
		if c.Output.Status != session.StatusRunning {
			r.wrong("cell %d is %s and checkpointed", p.CellID, c.Output.Status)
			continue
		}
		c.Output.Text, c.Output.Reason = p.Text, p.Reason
		r.checks++
	}
	return nil
}

// FinishCell keeps a result.
func (r *Recorder) FinishCell(_ context.Context, out session.Output, attemptID int64) error {
	end, err := r.begin("FinishCell")
	if err != nil {
		return err
	}
	defer end()
	c := &r.cells[out.CellID-1]
	if c.Output.Status.Finished() {
		r.wrong("cell %d ended twice", out.CellID)
	}
	if !out.Status.Ended() {
		r.wrong("cell %d ended as %s", out.CellID, out.Status)
	}
	if attemptID != 0 {
		if r.ended[attemptID] {
			r.wrong("attempt %d ended twice", attemptID)
		}
		r.ended[attemptID] = true
	}
	c.Output = out
	return nil
}

// FailAttempt ends an attempt.
func (r *Recorder) FailAttempt(_ context.Context, attemptID int64, why session.CallError) error {
	end, err := r.begin("FailAttempt")
	if err != nil {
		return err
	}
	defer end()
	if attemptID == 0 || r.ended[attemptID] {
		r.wrong("attempt %d ended twice", attemptID)
	}
	r.ended[attemptID] = true
	r.failed = append(r.failed, why)
	return nil
}

// EndRun gives the lease back.
func (r *Recorder) EndRun(_ context.Context, runID int64, owner string, state session.RunState) (session.Run, error) {
	end, err := r.begin("EndRun")
	if err != nil {
		return session.Run{}, err
	}
	defer end()
	if r.owner[runID] != owner {
		return session.Run{}, session.ErrLease
	}
	r.owner[runID] = ""
	run := &r.runs[runID-1]
	run.State, run.Done, run.Failed, run.Cached = state, 0, 0, 0
	run.Requests = 0
	for _, c := range r.results(runID) {
		run.Requests += c.Output.Attempts
		switch {
		case c.Output.Status.Finished():
			run.Done++
		case c.Output.Status.Failed():
			run.Failed++
		}
		if c.Output.Cached {
			run.Cached++
		}
	}
	for id := range r.attempts {
		if a := r.attempts[id]; r.runOf[a.CellID] == runID && !r.ended[a.ID] {
			r.wrong("attempt %d never ended", a.ID)
		}
	}
	return *run, nil
}

// Speeds knows none.
func (r *Recorder) Speeds(context.Context, []string) (map[string]session.Speed, error) {
	return nil, nil
}

// CachedOutput finds the first whole answer under the key.
func (r *Recorder) CachedOutput(_ context.Context, key session.CacheKey) (session.Output, bool, error) {
	end, err := r.begin("CachedOutput")
	if err != nil {
		return session.Output{}, false, err
	}
	defer end()
	for _, c := range r.cells {
		if c.Cell.Wire == key.Request && c.Cell.Contestant.Model == key.Model && c.Cell.Take == key.Take &&
			c.Output.Digest == key.Digest && (key.Digest != "" || c.Output.Origin == key.Origin) && c.Output.Status == session.StatusDone {
			return c.Output, true, nil
		}
	}
	return session.Output{}, false, nil
}
