package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
)

// CheckJob is a suite's run in flight: its cells are graded as they end. It has
// the Job's methods; Bell, Drain and Wait are its own, and what is read through
// the Job itself is not graded.
type CheckJob struct {
	*Job
	grader *assert.Grader

	bell chan struct{}
	done chan struct{}
	// grading ends some time after the run was given up.
	grading context.Context
	giveUp  context.CancelFunc

	mu      sync.Mutex
	graded  []session.CaseCheck
	results []session.Result
	have    []bool // by cell
	pending map[int]Update
}

// gradeEvery is the time between two looks at a run: the length of a frame.
const gradeEvery = 33 * time.Millisecond

// gradeAfter is how long is graded what came before the run was given up.
const gradeAfter = time.Second

// Check begins a run whose answers are held against a suite. What can't be
// asked, and a suite that can't be evaluated, is an error before anything is
// sent. Answers come from the cache unless the plan says otherwise; a case's check
// says so, with the attempts that its answer took.
func (r *Runner) Check(ctx context.Context, p Plan, s session.Suite) (*CheckJob, error) {
	g, err := assert.NewGrader(s)
	if err != nil {
		return nil, err
	}
	if len(s.Assertions) == 0 {
		return nil, errors.New("nothing to check: the suite has no assertion")
	}
	j, err := r.Start(ctx, p)
	if err != nil {
		return nil, err
	}
	c := &CheckJob{
		Job: j, grader: g, bell: make(chan struct{}, 1), done: make(chan struct{}),
		have: make([]bool, len(j.cells)), pending: map[int]Update{},
	}
	c.grading, c.giveUp = context.WithCancel(context.WithoutCancel(ctx))
	unmind := context.AfterFunc(ctx, c.hurry)
	go func() {
		defer c.giveUp()
		defer unmind()
		c.follow()
	}()
	return c, nil
}

// Cancel gives the run up; what came so far is graded if that is soon done.
func (c *CheckJob) Cancel() {
	c.Job.Cancel()
	c.hurry()
}

func (c *CheckJob) hurry() { time.AfterFunc(gradeAfter, c.giveUp) }

// follow grades until the run has ended.
func (c *CheckJob) follow() {
	defer close(c.done)
	defer close(c.bell)
	for range c.Job.Bell() {
		c.pull()
		select {
		case c.bell <- struct{}{}:
		default:
		}
		time.Sleep(gradeEvery)
	}
	c.pull()
	c.rest()
}

// pull takes what is new from the run.
func (c *CheckJob) pull() {
	updates := c.Job.Drain()
	checks, results := make([]session.CaseCheck, 0, len(updates)), make([]session.Result, 0, len(updates))
	for _, u := range updates {
		if u.Final == nil {
			continue
		}
		res := session.Result{Cell: c.cells[u.Index].cell, Output: *u.Final}
		results = append(results, res)
		if c.grader.Has(res.Cell.CaseID) {
			checks = append(checks, c.grade(res))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.graded, c.results = append(c.graded, checks...), append(c.results, results...)
	for _, u := range updates {
		c.have[u.Index] = c.have[u.Index] || u.Final != nil
		old, ok := c.pending[u.Index]
		if ok && !u.Anew {
			u.Text, u.Reason, u.Anew = old.Text+u.Text, old.Reason+u.Reason, old.Anew
		}
		c.pending[u.Index] = u
	}
}

// grade holds the suite against one output. Whatever breaks is an error of that
// case.
func (c *CheckJob) grade(r session.Result) (k session.CaseCheck) {
	if broke := safely(func() { k = c.grader.OneContext(c.grading, r) }); broke != nil {
		k = session.CaseCheck{
			Case: r.Cell.Case(), CaseTags: r.Cell.CaseTags, Contestant: r.Cell.Contestant, Take: r.Cell.Take, CellID: r.Cell.ID,
			Status: session.CheckError, Why: text.Raw(broke.Error()), Attempts: r.Output.Attempts, Cached: r.Output.Cached,
		}
	}
	return k
}

// rest adds the cells that were never asked, once the run has ended, and puts all
// in the run's order.
func (c *CheckJob) rest() {
	why := c.Progress().Stopped
	c.mu.Lock()
	defer c.mu.Unlock()
	graded := slices.Clone(c.graded)
	place := make(map[int64]int, len(c.cells))
	for i := range c.cells {
		cell := c.cells[i].cell
		place[cell.ID] = i
		if c.have[i] || !c.grader.Has(cell.CaseID) {
			continue
		}
		k := c.grade(session.Result{Cell: cell, Output: session.Output{CellID: cell.ID, Status: session.StatusWaiting}})
		if why != "" {
			k.Why += "; " + text.Raw(why)
		}
		graded = append(graded, k)
	}
	slices.SortStableFunc(graded, func(a, b session.CaseCheck) int { return place[a.CellID] - place[b.CellID] })
	c.graded = graded
}

// Graded is how the cells that ended so far came out, in the order in which they
// ended; once the run has ended it is all cells, in the run's order. It costs
// nothing to ask every frame. The slice is not to be written to.
func (c *CheckJob) Graded() []session.CaseCheck {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.graded)
}

// Results are the outputs that ended so far. The slice is not to be written to.
func (c *CheckJob) Results() []session.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.results)
}

// Bell rings after something changed, and is closed when all is graded.
func (c *CheckJob) Bell() <-chan struct{} { return c.bell }

// Drain returns what is new since the last time, as [Job.Drain] does.
func (c *CheckJob) Drain() []Update {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Update, 0, len(c.pending))
	for _, u := range c.pending {
		out = append(out, u)
	}
	clear(c.pending)
	slices.SortFunc(out, func(a, b Update) int { return a.Index - b.Index })
	return out
}

// Wait returns the run when it has ended and all is graded.
func (c *CheckJob) Wait() (session.Run, error) {
	<-c.done
	return c.Job.Wait()
}
