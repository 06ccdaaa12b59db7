package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"galley/session"
	"galley/session/text"
)

// Update is what is new in one cell since the last Drain.
type Update struct {
	Index  int // of the cell in the run
	Status session.Status
	Text   text.Raw // to be added to what came before
	Reason text.Raw // likewise, of the reasoning text
	// Anew says that the cell is being asked again: what came before is void,
	// and Text begins afresh.
	Anew bool
	// Note says what a cell waits for, in our words; "" nothing.
	Note string
	// Final is set once, when the cell has ended and its result is recorded.
	Final *session.Output
}

// Job is a run in flight. Its methods are safe for many goroutines. It keeps
// the text of its cells until it is drained, and waits for nobody to do so.
type Job struct {
	r      *Runner
	run    session.Run
	how    Again
	limits Limits

	cells []live // the slice itself is fixed once the job has started
	lanes []*lane
	twins map[string]int // cells by request: those with one may answer each other
	free  bool           // every backend of the run is
	spare sync.WaitGroup // what is done beside the cells
	began time.Time

	cancel context.CancelCauseFunc
	bell   chan struct{}
	hush   sync.Mutex // the bell is rung and closed under it
	silent bool       // it is closed
	ended  chan struct{}

	// recording is held for writing while running texts are checkpointed, so
	// that no checkpoint overtakes a result.
	recording sync.RWMutex

	mu      sync.Mutex
	dirty   []int
	tally   tally
	pace    map[string]*pace     // by backend
	models  map[string]*standing // by BACKEND/MODEL
	flying  map[*live]bool       // cells that are running
	witness witness
	budget  budget
	reckons map[string]*reckoning // by model
	unpause chan struct{}         // not nil: paused
	paused  time.Duration         // in all, before the pause under way
	since   time.Time             // of the pause under way
	stopped string
	stop    bool          // no new cells
	spent   bool          // only because a budget is: the cache still answers
	halted  chan struct{} // closed then
	trouble trouble
	final   session.Run
	err     error
}

// live is a cell in flight.
type live struct {
	cell    session.Cell
	proof   *session.Proof
	lane    *lane
	model   *standing
	kept    bool // it had ended before this job
	again   bool // it was begun before this job
	earlier int  // requests before this job

	// Below, the job's mutex.
	status       session.Status
	text, reason strings.Builder // of the request under way; what it gave out is never copied
	toldT, toldR int             // bytes drained
	saved        int             // bytes checkpointed
	savedAt      time.Time
	sealed       bool // its result is being recorded: no more checkpoints
	anew, dirty  bool
	note         string
	wait         wait
	out          *session.Output // ended, not drained yet
}

// size is how many bytes came so far; the mutex is held, as for clear.
func (c *live) size() int { return c.text.Len() + c.reason.Len() }

// clear lets go of what came.
func (c *live) clear() {
	c.text.Reset()
	c.reason.Reset()
	c.toldT, c.toldR = 0, 0
}

var (
	errCancelled = errors.New("cancelled")
	errLost      = session.ErrLease
)

func newJob(r *Runner, run session.Run, how Again) *Job {
	return &Job{
		r: r, run: run, how: how, limits: how.Limits,
		bell: make(chan struct{}, 1), ended: make(chan struct{}),
		budget: budget{settled: make(chan struct{})}, pace: map[string]*pace{}, reckons: map[string]*reckoning{},
		models: map[string]*standing{}, flying: map[*live]bool{}, twins: map[string]int{},
		halted: make(chan struct{}),
	}
}

// start lays the cells into lanes and sets the workers going. pins are what the
// servers said of the models.
func (j *Job) start(parent context.Context, pins map[string]session.Pin) error {
	if err := j.lay(pins); err != nil {
		return err
	}
	j.free = j.isFree()
	ctx, cancel := context.WithCancelCause(parent)
	j.cancel, j.began = cancel, time.Now()
	j.r.mu.Lock()
	if j.r.shut {
		cancel(errCancelled)
	}
	j.r.jobs[j] = true
	j.r.mu.Unlock()
	go j.work(ctx)
	return nil
}

// work runs the job to its end.
func (j *Job) work(ctx context.Context) {
	var cells, keepers sync.WaitGroup
	beat, rest := context.WithCancel(context.WithoutCancel(ctx))
	spawn := func(wg *sync.WaitGroup, f func()) {
		wg.Go(func() {
			if broke := safely(f); broke != nil {
				j.halt(broke.Error())
				j.cancel(errCancelled)
			}
		})
	}
	spawn(&keepers, func() { j.heartbeat(beat) })
	spawn(&keepers, func() { j.checkpoints(beat) })
	spawn(&keepers, func() { j.notes(beat) })
	spawn(&cells, func() { j.feed(ctx) })
	if j.run.How.Timing {
		spawn(&cells, func() {
			for _, l := range j.lanes {
				j.serve(ctx, l)
			}
		})
	} else {
		for _, l := range j.lanes {
			for range l.hired() {
				spawn(&cells, func() { j.serve(ctx, l) })
			}
		}
	}
	cells.Wait()
	spawn(&cells, func() { j.giveTwins(ctx) })
	cells.Wait()
	rest()
	keepers.Wait()
	j.spare.Wait()
	if broke := safely(func() { j.finish(ctx) }); broke != nil {
		j.final, j.err = j.run, broke
	}
	j.cancel(errCancelled)
	j.r.mu.Lock()
	delete(j.r.jobs, j)
	j.r.mu.Unlock()
	close(j.ended)
	j.hush.Lock()
	j.silent = true
	close(j.bell)
	j.hush.Unlock()
}

// aside does what no cell waits for.
func (j *Job) aside(f func()) {
	j.spare.Go(func() { _ = safely(f) })
}

// serve works cells of one lane until there are none.
func (j *Job) serve(ctx context.Context, l *lane) {
	for j.ready(ctx) == nil {
		t, ok := l.dealer.next(ctx)
		if !ok {
			return
		}
		j.runCell(ctx, &j.cells[t.cell], t)
	}
}

// ready waits while the job is paused; an error means that no cell may start.
func (j *Job) ready(ctx context.Context) error {
	return j.unpaused(ctx, func() bool { return j.stop })
}

// unpaused waits while the job is paused, unless it is over, which is asked with the
// mutex held.
func (j *Job) unpaused(ctx context.Context, over func() bool) error {
	for {
		j.mu.Lock()
		stop, wait := over(), j.unpause
		j.mu.Unlock()
		if stop {
			return errCancelled
		}
		if wait == nil {
			return context.Cause(ctx)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// halt starts no more cells; those in flight go on.
func (j *Job) halt(why string) { j.end(why, false) }

// spend sends no more requests: a budget is spent. What the cache holds is still given.
func (j *Job) spend(why string) { j.end(why, true) }

func (j *Job) end(why string, spent bool) {
	j.mu.Lock()
	if !j.stop {
		j.stop, j.stopped, j.spent = true, why, spent
		close(j.halted)
	}
	j.spent = j.spent && spent
	j.mu.Unlock()
	j.ring()
}

func (j *Job) finish(ctx context.Context) {
	j.mu.Lock()
	lost := errors.Is(context.Cause(ctx), errLost)
	state := session.RunDone
	if j.tally.ended < len(j.cells) {
		state = session.RunStopped
	}
	for i := range j.cells {
		if j.cells[i].status == session.StatusStopped && !j.cells[i].kept {
			state = session.RunStopped
		}
	}
	unsaved := j.trouble.unsaved
	j.mu.Unlock()

	run := j.run
	run.State = state
	var err error
	if !lost {
		write, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTry)
		defer cancel()
		var ended session.Run
		if ended, err = j.r.rec.EndRun(write, j.run.ID, j.r.o.Owner, state); err == nil {
			run = ended
		}
	} else {
		err = errLost
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if unsaved > 0 {
		err = errors.Join(&UnsavedError{unsaved, j.trouble.why}, err)
	}
	j.final, j.err = run, err
}

// ring says that something changed. After the end it says nothing: somebody may
// pause or cancel a job that has just ended.
func (j *Job) ring() {
	j.hush.Lock()
	defer j.hush.Unlock()
	if j.silent {
		return
	}
	select {
	case j.bell <- struct{}{}:
	default:
	}
}

// touch notes that a cell changed; the mutex is held.
func (j *Job) touch(c *live) {
	if !c.dirty {
		c.dirty = true
		j.dirty = append(j.dirty, c.cell.Index)
	}
}

// RunID is the run's key in the store.
func (j *Job) RunID() int64 { return j.run.ID }

// Run is the run as it began.
func (j *Job) Run() session.Run { return j.run }

// Cells are the run's cells in order, finished ones of a resumed run included.
func (j *Job) Cells() []session.Cell {
	out := make([]session.Cell, len(j.cells))
	for i := range j.cells {
		out[i] = j.cells[i].cell
	}
	return out
}

// Bell rings after something changed: it holds one signal and never blocks the
// run. It is closed when the job has ended; drain once more then.
func (j *Job) Bell() <-chan struct{} { return j.bell }

// Drain returns everything new, merged per cell, in the order of the cells.
func (j *Job) Drain() []Update {
	j.mu.Lock()
	defer j.mu.Unlock()
	slices.Sort(j.dirty)
	out := make([]Update, 0, len(j.dirty))
	for _, i := range j.dirty {
		c := &j.cells[i]
		u := Update{
			Index: i, Status: c.status, Anew: c.anew, Note: c.note, Final: c.out,
			Text: text.Raw(c.text.String()[c.toldT:]), Reason: text.Raw(c.reason.String()[c.toldR:]),
		}
		c.toldT, c.toldR = c.text.Len(), c.reason.Len()
		c.dirty, c.anew, c.out = false, false, nil
		if u.Final != nil {
			c.clear()
		}
		out = append(out, u)
	}
	j.dirty = j.dirty[:0]
	return out
}

// Pause starts no more cells; those in flight go on.
func (j *Job) Pause() {
	j.mu.Lock()
	if j.unpause == nil {
		j.unpause, j.since = make(chan struct{}), time.Now()
	}
	j.mu.Unlock()
	j.ring()
}

// Resume goes on after Pause.
func (j *Job) Resume() {
	j.mu.Lock()
	if j.unpause != nil {
		close(j.unpause)
		j.unpause = nil
		j.paused += time.Since(j.since)
	}
	j.mu.Unlock()
	j.ring()
}

// Cancel ends the run: connections are closed, cells in flight keep their text
// as stopped, cells not begun stay waiting. It does not wait.
func (j *Job) Cancel() { j.cancel(errCancelled) }

// Wait returns the run when it has ended. An error says what of it could not be
// recorded, [*UnsavedError] foremost.
func (j *Job) Wait() (session.Run, error) {
	<-j.ended
	return j.final, j.err
}
