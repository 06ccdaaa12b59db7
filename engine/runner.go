package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"galley/engine/backend"
	"galley/engine/tokens"
	"galley/session"
	"galley/session/text"
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
type Runner struct {
	set *backend.Set
	rec Recorder
	o   Options

	mu    sync.Mutex
	gates map[string]*gate
	pins  map[string]*pinned
	jobs  map[*Job]bool
	shut  bool
}

// New returns a runner over the backends of set that records with rec.
func New(set *backend.Set, rec Recorder, o Options) *Runner {
	if o.Owner == "" {
		host, _ := os.Hostname()
		o.Owner = fmt.Sprintf("%s:%d:%s", host, os.Getpid(), uuid.NewString()[:8])
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tokens == nil {
		o.Tokens = tokens.New(set.Context)
	}
	if o.SaveFor <= 0 {
		o.SaveFor = 10 * time.Minute
	}
	return &Runner{set: set, rec: rec, o: o, gates: map[string]*gate{}, pins: map[string]*pinned{}, jobs: map[*Job]bool{}}
}

// Wire is the request that a proof becomes on a model, to the byte. It needs no
// key and asks nobody.
func (r *Runner) Wire(ref string, p session.Proof, take int) (session.Wire, error) {
	return r.WireOf(session.RunHow{}, ref, p, take)
}

// WireOf is Wire as a run asks.
func (r *Runner) WireOf(how session.RunHow, ref string, p session.Proof, take int) (session.Wire, error) {
	b, model, err := r.set.Lookup(ref)
	if err != nil {
		return session.Wire{}, err
	}
	return b.Wire(requestOf(how, model, p, take))
}

func (r *Runner) gate(name string) *gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	g, ok := r.gates[name]
	if !ok {
		g = &gate{}
		r.gates[name] = g
	}
	return g
}

// CellError says which cell of a plan can't be asked, before anything was.
type CellError struct {
	Cell session.Cell
	Err  error
}

// Error names the cell and says why.
func (e *CellError) Error() string {
	return fmt.Sprintf("%s, case %s: %v", e.Cell.Contestant, e.Cell.CaseName, e.Err)
}

// Unwrap returns the reason.
func (e *CellError) Unwrap() error { return e.Err }

// checkPlan finds what would make the run fail before it costs anything.
func (r *Runner) checkPlan(ctx context.Context, p Plan) error {
	if len(p.Cells) == 0 {
		return errors.New("nothing to run: the plan has no cell")
	}
	type pair struct {
		proof int
		model string
	}
	seen := map[pair]bool{}
	models := map[string]bool{}
	for i, c := range p.Cells {
		if c.Proof < 0 || c.Proof >= len(p.Proofs) {
			return fmt.Errorf("cell %d names proof %d of %d", i, c.Proof, len(p.Proofs))
		}
		ref := c.Cell.Contestant.Model
		k := pair{c.Proof, ref}
		if seen[k] {
			continue
		}
		seen[k] = true
		if !models[ref] {
			if _, _, err := r.set.Resolve(ref); err != nil {
				return err
			}
			models[ref] = true
			if err := r.checkBudget(p, ref); err != nil {
				return err
			}
		}
		if _, err := r.WireOf(p.How, ref, p.Proofs[c.Proof], 1); err != nil {
			return &CellError{c.Cell, err}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// checkBudget refuses a budget in dollars that could not be kept.
func (r *Runner) checkBudget(p Plan, ref string) error {
	if p.Limits.MaxCostUSD <= 0 {
		return nil
	}
	price, ok := r.set.Price(ref)
	name, model, _ := strings.Cut(ref, "/")
	if !ok {
		return fmt.Errorf("a budget in dollars needs the price of %s; add [backends.%s.prices.%q] with input and output to your config", text.Raw(ref), text.Raw(name), text.Raw(model))
	}
	if price.Output == 0 {
		return nil
	}
	for _, c := range p.Cells {
		if c.Cell.Contestant.Model == ref && p.Proofs[c.Proof].Params.MaxTokens <= 0 {
			return fmt.Errorf("a budget in dollars needs an end to every answer; set max_tokens in %s", c.Cell.Contestant.Variant)
		}
	}
	return nil
}

// Start begins a run, which ends early when ctx is cancelled. An error means
// that nothing was sent: a model that the config does not open is a
// [*backend.AccessError], a text that can't be sent a [*CellError].
func (r *Runner) Start(ctx context.Context, p Plan) (*Job, error) {
	if err := r.checkPlan(ctx, p); err != nil {
		return nil, err
	}
	run := session.Run{
		PromptID: p.PromptID, Prompt: text.Raw(p.Prompt), Note: text.Raw(p.Note),
		State: session.RunRunning, StartedMS: r.nowMS(), Cells: len(p.Cells), NoCache: p.NoCache || p.How.Timing, How: p.How,
		StudyID: p.StudyID, Holdout: p.Holdout,
	}
	keys := make([]string, len(p.Proofs))
	for i := range keys {
		keys[i] = p.Proofs[i].Key()
	}
	pins := r.pinAll(ctx, p.models())
	cells := make([]session.Cell, len(p.Cells))
	for i, c := range p.Cells {
		cells[i] = c.Cell
		cells[i].Index = i
		cells[i].Proof = p.Proofs[c.Proof].Hash
		cells[i].ProofKey = keys[c.Proof]
		w, err := r.WireOf(p.How, c.Cell.Contestant.Model, p.Proofs[c.Proof], c.Cell.Take)
		if err != nil {
			return nil, &CellError{c.Cell, err}
		}
		cells[i].Wire = w.Hash
	}
	run, cells, err := r.rec.StartRun(ctx, run, p.Proofs, cells, r.o.Owner)
	if err != nil {
		return nil, err
	}
	run.How = p.How
	j := newJob(r, run, Again{NoCache: p.NoCache || p.How.Timing, Limits: p.Limits, Concurrency: p.Concurrency, OnLimit: p.OnLimit})
	for i, c := range cells {
		j.cells = append(j.cells, live{cell: c, proof: &p.Proofs[p.Cells[i].Proof], status: session.StatusWaiting})
	}
	return j, j.start(ctx, pins)
}

func (r *Runner) nowMS() int64 { return r.o.Now().UnixMilli() }

// Resume goes on with a run: cells that waited, were stopped or interrupted are
// asked, and with retryFailed those that ended in an error as well. No finished
// cell is asked again. Cancelling ctx cancels the run.
func (r *Runner) Resume(ctx context.Context, runID int64, retryFailed bool) (*Job, error) {
	return r.ResumeWith(ctx, runID, Again{RetryFailed: retryFailed})
}

// Again says how to go on with a run.
type Again struct {
	RetryFailed bool
	NoCache     bool // a run that was begun without the cache goes on without it anyway
	Limits      Limits
	Concurrency int
	OnLimit     OnLimit
}

// ResumeWith is Resume with limits.
func (r *Runner) ResumeWith(ctx context.Context, runID int64, a Again) (*Job, error) {
	run, results, proofs, err := r.rec.ReopenRun(ctx, runID, r.o.Owner)
	if err != nil {
		return nil, err
	}
	giveBack := func(err error) (*Job, error) {
		_, end := r.rec.EndRun(context.WithoutCancel(ctx), runID, r.o.Owner, stateOf(results))
		return nil, errors.Join(err, end)
	}
	if run.Imported {
		return giveBack(fmt.Errorf("%s was imported; there is nothing to ask anew", run.Name()))
	}
	a.NoCache = a.NoCache || run.NoCache || run.How.Timing
	j := newJob(r, run, a)
	for _, res := range results {
		c := live{cell: res.Cell, status: res.Output.Status, earlier: res.Output.Attempts}
		if p, ok := proofs[res.Cell.ProofKey]; ok && res.Cell.ProofKey != "" {
			c.proof = &p
		} else if p, ok := proofs[res.Cell.Proof]; ok {
			c.proof = &p
		}
		if c.status.Finished() || c.status == session.StatusError && !a.RetryFailed {
			c.kept = true
			j.tally.add(c.cell, res.Output, false)
			j.paceOf(c.cell.Contestant.Model).add(res.Output, time.Duration(res.Output.Timing.TotalMS)*time.Millisecond)
		} else {
			if _, _, err := r.set.Resolve(res.Cell.Contestant.Model); err != nil {
				return giveBack(err)
			}
			if c.proof == nil {
				return giveBack(fmt.Errorf("%s: the context of cell %d is not in the workspace", run.Name(), res.Cell.Index))
			}
			c.again = c.status != session.StatusWaiting
			c.status = session.StatusWaiting
		}
		j.cells = append(j.cells, c)
	}
	var refs []string
	for i := range j.cells {
		if ref := j.cells[i].cell.Contestant.Model; !j.cells[i].kept && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return j, j.start(ctx, r.pinAll(ctx, refs))
}

func stateOf(results []session.Result) session.RunState {
	for _, r := range results {
		if !r.Output.Status.Finished() && r.Output.Status != session.StatusError {
			return session.RunStopped
		}
	}
	return session.RunDone
}

// Close cancels every job of the runner and waits for them.
func (r *Runner) Close() {
	r.mu.Lock()
	r.shut = true
	var jobs []*Job
	for j := range r.jobs {
		jobs = append(jobs, j)
	}
	r.mu.Unlock()
	for _, j := range jobs {
		j.Cancel()
	}
	for _, j := range jobs {
		<-j.ended
	}
}
