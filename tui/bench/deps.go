// Package bench is the station where variants run side by side: choose, see what
// it will cost, watch, compare. It knows nothing of the engine or the store but
// the functions it is given.
package bench

import (
	"context"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// Choice is what is to run.
type Choice struct {
	PromptID int64
	Variants []session.VariantRef // with revisions
	Models   []string
	Cases    []session.CaseKey // a borrowed case has no id
	Takes    int
	Orders   []session.Order
	NoCache  bool
	How      session.RunHow
	OnLimit  OnLimit
	// MaxCostUSD and MaxRequests are budgets; 0: none.
	MaxCostUSD  float64
	MaxRequests int
}

// Estimate is what a choice will cost, said before it starts.
type Estimate struct {
	Cells       int
	Calls       int // requests that will be sent
	Cached      int
	InputTokens int
	MaxOutput   int      // tokens at most, 0: no limit known
	Source      string   // of InputTokens
	CostUSD     *float64 // at most; nil: unknown
	Free        bool
	LeftMS      int64    // how long it takes at the speed last seen, 0: unknown
	Slowest     string   // the backend that takes LeftMS
	SavedUSD    *float64 // what the cache spares; nil: unknown
	SavedMS     int64    // 0: unknown
	PricedAt    string   // the day of the oldest built-in price in CostUSD, "" none
	Warnings    []string // sentences about the choice
}

// Progress is how far a run is.
type Progress struct {
	Cells, Waiting, Running, Done, Failed, Cached int
	Requests                                      int
	InputTokens, OutputTokens                     int
	CostUSD                                       *float64
	Free                                          bool  // nothing that is asked costs anything
	ElapsedMS, LeftMS                             int64 // LeftMS 0: can't be said yet
	Paused, Ended                                 bool
	State                                         session.RunState
	Trouble                                       string // a standing problem ("can't save: disk full"), "" none
	Backends                                      []Backend
}

// Backend is how a backend of a run stands. The zero values say nothing.
type Backend struct {
	Name   string
	AtOnce int       // requests at once just now
	Going  int       // of them under way
	Most   int       // that it may become
	Until  time.Time // no request before then
	Why    string    // it waits, or is not asked any more
	Dead   bool      // it is not asked any more
}

// Update is what is new of one cell since the last frame.
type Update struct {
	Index  int // of the cell in the run
	Status session.Status
	Text   text.Raw        // that came since the last update
	Anew   bool            // the cell is asked again: what came before is void
	Note   string          // what the cell waits for, in our words; "" nothing
	Output *session.Output // when the cell ended
}

// Live is a run in flight.
type Live interface {
	RunID() int64
	Cells() []session.Cell
	// Bell rings when there is something new; it never blocks the run.
	Bell() <-chan struct{}
	// Drain returns everything new, merged per cell.
	Drain() []Update
	Progress() Progress
	Pause()
	Resume()
	Cancel()
}

// Models is what can be asked, and what can't.
type Models struct {
	List    []session.ModelInfo
	Off     map[string]string // backends that can't be asked, and why: a key is missing
	Trouble map[string]string // backends that did not say what they offer, and why
}

// Deps is what the screen wants of the others. The functions that take a context
// do I/O or much work and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	Models   func(ctx context.Context) (Models, error)
	Variants func(ctx context.Context, promptID int64) ([]session.VariantInfo, error)
	Runs     func(ctx context.Context, promptID int64) ([]session.Run, error)
	Results  func(ctx context.Context, runID int64) ([]session.Result, error)
	Proof    func(ctx context.Context, hash string) (session.Proof, error)
	Revision func(ctx context.Context, id int64) (session.Revision, error)
	Wire     func(ctx context.Context, hash string) (session.Wire, error)
	Estimate func(ctx context.Context, c Choice) (Estimate, error)
	Start    func(ctx context.Context, c Choice) (Live, error)
	// Reopen goes on with a run: what was never asked, or with failed also what
	// failed.
	Reopen func(ctx context.Context, runID int64, failed bool) (Live, error)
	// Free reports whether asking a model costs nothing, from memory; nil: nobody
	// knows.
	Free func(model string) bool
	// Budget is the config's, in dollars; 0: none.
	Budget float64
	// Received is what a server sent for a cell, as it came; nil: it is not kept.
	Received func(ctx context.Context, cellID int64) ([]byte, error)
	// Evaluated is the context that a cell's engine evaluated; false: not known.
	Evaluated func(ctx context.Context, cellID int64) (session.Evaluated, bool, error)
	// Devices reads what the machine's GPU, or the machine, is doing; it is called
	// only while a run is looked at. nil: nobody can say.
	Devices func(ctx context.Context) ([]session.Device, error)
	// Looks says how often the holdout of a prompt was looked at; nil: nobody knows.
	Looks func(ctx context.Context, promptID int64) (session.Looks, error)
	// Want keeps a cell's answer as what its case wants, and says so; nil: that can't
	// be done here.
	Want func(ctx context.Context, cellID int64) (string, error)
	// KeepShot makes a shot of a cell's answer or its correction, and says so; nil:
	// that can't be done here.
	KeepShot func(ctx context.Context, cellID int64) (string, error)
	// Asks is the queue of questions that wait for a person; nil: nobody can be
	// asked here.
	Asks Asks
	// Notes lists what was kept about outputs of a prompt (0: of all), the newest
	// first.
	Notes func(ctx context.Context, promptID int64) ([]session.Note, error)
	// Note keeps words about an output.
	Note func(ctx context.Context, cellID int64, t text.Raw) error
}

// Ask is a question that waits for a person: the exact context.
type Ask struct {
	ID       int64
	Who      string
	Messages []session.Message
	Prefill  bool // the last message is the beginning of the answer
	Beside   session.Beside
	Since    time.Time
}

// Asks is a queue of questions for persons, in memory. It is looked at whenever a
// run brings news.
type Asks interface {
	List() []Ask
	Answer(id int64, t text.Raw) error
	Skip(id int64, why text.Raw) error
}
