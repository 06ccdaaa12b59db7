package engine

import (
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
	// Final is set once, when the cell has ended.
	Final *session.Output
}

// Wait says that a backend gets no request before a time.
type Wait struct {
	Backend string
	Until   time.Time
	Why     string
}

// Progress is how a run stands.
type Progress struct {
	State   session.RunState
	Paused  bool
	Cells   int
	Waiting int
	Running int
	Done    int // ended with an answer, cached ones included
	Failed  int
	Cached  int
	Right   int // against what the cases wanted
	Wrong   int

	Requests     int
	InputTokens  int // as far as they are known
	OutputTokens int
	CostUSD      *float64 // of the requests of this job; nil: unknown
	Elapsed      time.Duration
	Left         time.Duration // from the speed so far; 0: unknown
	TokensPerS   float64       // output, over the last seconds

	Waits   []Wait
	Unsaved int    // results in memory that could not be recorded yet
	Trouble string // why, in plain words; "" none
	Stopped string // why the run stopped before its end: a budget, a lost lease
}

// Job is a run in flight. Its methods are safe for many goroutines.
type Job struct{}

// RunID is the run's key in the store.
func (j *Job) RunID() int64 { return 0 }

// Run is the run as it began.
func (j *Job) Run() session.Run { return session.Run{} }

// Cells are the run's cells in order, finished ones of a resumed run included.
func (j *Job) Cells() []session.Cell { return nil }

// Bell rings after something changed: it holds one signal and never blocks the
// run. It is closed when the job has ended; drain once more then.
func (j *Job) Bell() <-chan struct{} { return nil }

// Drain returns everything new, merged per cell, in the order of the cells.
func (j *Job) Drain() []Update { return nil }

// Progress is how the run stands now.
func (j *Job) Progress() Progress { return Progress{} }

// Pause starts no more cells; those in flight go on.
func (j *Job) Pause() {}

// Resume goes on after Pause.
func (j *Job) Resume() {}

// Cancel ends the run: connections are closed, cells in flight keep their text
// as stopped, cells not begun stay waiting. It does not wait.
func (j *Job) Cancel() {}

// Wait returns the run when it has ended. An error says what of it could not be
// recorded.
func (j *Job) Wait() (session.Run, error) { return session.Run{}, nil }
