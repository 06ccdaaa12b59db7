// Package engine runs a matrix of cells against models and keeps what comes
// back. It knows backends and tokens; it never meets the store, of which it
// wants only what [Recorder] says, and it knows nothing of screens: they read a
// [Job] at their own pace.
package engine

import (
	"context"
	"time"

	"galley/session"
)

// Plan is a matrix to run. Cells name their proof by its place in Proofs, so
// that takes and models share one.
type Plan struct {
	PromptID int64
	Prompt   string
	Note     string
	Proofs   []session.Proof // distinct by key
	Cells    []Planned
	NoCache  bool
	How      session.RunHow
	OnLimit  OnLimit
	Limits   Limits
	// StudyID is the study that the run belongs to, 0: none. Holdout is how many
	// cases of the holdout it asks about.
	StudyID int64
	Holdout int
	Study   bool // it is a round of one, which may have no number yet
	// Concurrency is how many cells run at once per backend; 0 takes the
	// backend's own number.
	Concurrency int
}

// OnLimit says what a run does when a server asks to wait.
type OnLimit string

// What a run does after a 429.
const (
	LimitWait OnLimit = ""     // all requests to the backend wait as long as it asked
	LimitSkip OnLimit = "skip" // the cell fails and the next is asked, after the wait
	LimitStop OnLimit = "stop" // no more cells are asked of anyone
)

// Planned is a cell with the proof that it answers.
type Planned struct {
	Cell  session.Cell // without ID, RunID, Index, Proof, ProofKey and Wire: Start fills these in
	Proof int          // index into Plan.Proofs
}

// Limits bound a run. Zero values take the defaults.
type Limits struct {
	MaxCostUSD  float64       // stop before the request that would pass it
	MaxRequests int           // likewise
	MaxOutput   int           // bytes of one answer; default 16 MiB
	FirstByte   time.Duration // of the answer's body; default 300 s, of a local server 600 s
	FirstText   time.Duration // default 900 s; signs of life are not text
	Idle        time.Duration // silence after the first byte; default 60 s
	Total       time.Duration // of one call; default 30 min
}

// Estimate is what a plan will cost, said before it starts.
type Estimate struct {
	Calls       int      // requests that will be sent
	Cached      int      // cells answered from the cache
	InputTokens int      // of the calls
	MaxOutput   int      // tokens at most, 0: no limit known
	Source      string   // of InputTokens: server, tokenizer or estimate
	CostUSD     *float64 // at most; nil: a price or a limit is unknown
	Free        bool     // every backend of the plan costs nothing
	// Left is how long it will take at the speed last seen, SavedUSD and Saved what
	// the cache spares. 0 and nil: unknown.
	Left     time.Duration
	Slowest  string // the backend that takes Left
	SavedUSD *float64
	Saved    time.Duration
	// PricedAt is the day of the oldest built-in price that CostUSD rests on, ""
	// none.
	PricedAt string
	// Warnings are sentences about the plan: a text that changes from case to case
	// before one that does not, a model that would be loaded twice.
	Warnings []string
}

// Recorder is what a run needs of a store. Its methods are called from many
// goroutines. A result that was recorded survives a power cut.
type Recorder interface {
	// StartRun writes the run, each distinct proof and a row per cell in one
	// transaction, takes the lease for owner, and returns both with their ids.
	StartRun(ctx context.Context, run session.Run, proofs []session.Proof, cells []session.Cell, owner string) (session.Run, []session.Cell, error)
	// ReopenRun takes the lease of an ended or orphaned run and returns its
	// cells with what is known of them, and its proofs by key (Cell.ProofKey) or,
	// where a cell has no key, by hash. A run whose
	// lease another process still holds is an error. Cells that were running
	// are interrupted.
	ReopenRun(ctx context.Context, runID int64, owner string) (session.Run, []session.Result, map[string]session.Proof, error)
	// Renew keeps the lease. session.ErrLease (by errors.Is, here and wherever a
	// cell is written) means that it is lost and the run must stop; any other
	// error is taken for trouble with the disk and tried again, but for
	// session.ErrDamaged, which ends the run at once.
	Renew(ctx context.Context, runID int64, owner string) error
	// BeginAttempt writes the attempt and the request's bytes and marks the
	// cell running, before anything is sent.
	BeginAttempt(ctx context.Context, a session.Attempt) (id int64, err error)
	// Checkpoint keeps the text so far of running cells.
	Checkpoint(ctx context.Context, parts []session.Output) error
	// FinishCell writes what came back and ends the attempt (0: none was
	// made), in one transaction. When it returns nil the result is on disk.
	FinishCell(ctx context.Context, out session.Output, attemptID int64) error
	// FailAttempt ends an attempt after which the cell will be tried again.
	FailAttempt(ctx context.Context, attemptID int64, why session.CallError) error
	// EndRun writes the run's state and sums and gives the lease back.
	EndRun(ctx context.Context, runID int64, owner string, state session.RunState) (session.Run, error)
	// Speeds tells how fast models answered before, from their newest answers; a
	// model without any is not in it.
	Speeds(ctx context.Context, models []string) (map[string]session.Speed, error)
	// CachedOutput returns the first whole answer kept under the key, or false.
	CachedOutput(ctx context.Context, key session.CacheKey) (session.Output, bool, error)
}
