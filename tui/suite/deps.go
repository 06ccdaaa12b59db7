// Package suite is the station of assertions: propose them from a verdict, a
// correction or a failure mode, see them pass and fail on everything that was
// judged, keep them, check a run, a revision or a model against them, and send
// them out. It knows nothing of the engine or the store but the functions it is
// given.
package suite

import (
	"context"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/themes"
)

// Proposal is an assertion with how it stands on everything that was judged.
type Proposal struct {
	Assertion session.Assertion
	Why       string // one line: "the winner has it, the loser does not"
	// How it stands: first the winners and losers that it came from, then the rest.
	Rows           []Row
	Good, GoodPass int    // judged good elsewhere, and how many of them pass
	Bad, BadFail   int    // judged bad elsewhere, and how many of them fail
	Sentence       string // "fails 5 of 6 bad, passes 9 of 9 good" or "separates only this pair: perhaps luck"
	Lucky          bool   // it separates nothing but what it came from
}

// Row is one judged output under a proposal.
type Row struct {
	CellID     int64
	Case       text.Raw
	Contestant session.Contestant
	Good       bool
	Origin     bool // the proposal came from it
	Pass       bool
	Text       text.Raw
	Message    text.Raw
}

// Source names a place that proposals can be made from.
type Source struct {
	Focus session.ProposeFrom
	Label text.Raw // "r3 c12: warm over curt", "too long (5 notes)"
	Kind  string   // verdict, correction, failure mode
	AtMS  int64
}

// Plan is a check before it starts.
type Plan struct {
	PromptID int64
	SuiteID  int64
	Variants []session.VariantRef // with revisions
	Models   []string
	Takes    int
	NoCache  bool
	RunID    int64 // not 0: grade the outputs of that run, ask nobody
}

// Estimate is what a check will cost, said before it starts.
type Estimate struct {
	Cells, Calls, Cached, InputTokens, MaxOutput int
	Recorded                                     int    // cells that are read from recorded outputs
	Source                                       string // of InputTokens
	CostUSD                                      *float64
	Free                                         bool
}

// Live is a check in flight.
type Live interface {
	Bell() <-chan struct{}
	// Progress is how far it is; graded are the cases that ended so far.
	Progress() (cells, done, failed int, ended bool, trouble string)
	Graded() []session.CaseCheck
	Cancel()
	// Wait returns the check when it has ended and is stored.
	Wait() (session.Check, error)
}

// Target is what an export is written as.
type Target struct {
	Name  string // folder, promptfoo, cases, trl, openai, battles
	Help  string // one line
	Path  string // where it would be written
	Suite bool   // it is of a suite; else of the prompt
}

// Exported is what an export did.
type Exported struct {
	Path  string
	Files int
	Bytes int64
	Notes []string // what the target can't say, one each
}

// Deps is what the screen wants of the others. The functions that take a context
// do I/O or much work and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	Suites  func(ctx context.Context, promptID int64) ([]session.Suite, error)
	Create  func(ctx context.Context, promptID int64, name string) (session.Suite, error)
	Rename  func(ctx context.Context, suiteID int64, name string) error
	Delete  func(ctx context.Context, suiteID int64) error
	Keep    func(ctx context.Context, suiteID int64, a []session.Assertion) ([]session.Assertion, error)
	Change  func(ctx context.Context, a session.Assertion) error
	Drop    func(ctx context.Context, assertionID int64) error
	Undo    func(ctx context.Context) (session.Edit, error)
	Checks  func(ctx context.Context, suiteID int64) ([]session.Check, error) // the newest first, without cases
	Check   func(ctx context.Context, checkID int64) (session.Check, error)
	Stale   func(ctx context.Context, suiteID int64) (string, error) // "not checked since zero-shot@3", "" it is fresh
	Sources func(ctx context.Context, promptID int64) ([]Source, error)
	Propose func(ctx context.Context, f session.ProposeFrom) ([]Proposal, error)
	// Try holds an assertion that is being written against all judged outputs; an
	// error says what is wrong with it.
	Try func(ctx context.Context, promptID int64, a session.Assertion) (Proposal, error)

	Variants func(ctx context.Context, promptID int64) ([]session.VariantInfo, error)
	Models   func(ctx context.Context) ([]session.ModelInfo, error)
	// Recorded lists the models of the prompt's imported outputs: they can be
	// checked, and not asked.
	Recorded func(ctx context.Context, promptID int64) ([]string, error)
	// Last lists the models of the prompt's newest run, which are asked where nobody
	// says which.
	Last     func(ctx context.Context, promptID int64) ([]string, error)
	Runs     func(ctx context.Context, promptID int64) ([]session.Run, error)
	Estimate func(ctx context.Context, p Plan) (Estimate, error)
	Start    func(ctx context.Context, p Plan) (Live, error)
	Against  func(now, before session.Check) report.Change
	Result   func(ctx context.Context, cellID int64) (session.Result, error)

	Targets func(ctx context.Context, suiteID int64) ([]Target, error)
	// Export writes; replace says that what stands at path may be replaced. Without
	// it, an error that is fs.ErrExist says that something stands there: nothing was
	// written, and the person is asked.
	Export func(ctx context.Context, suiteID int64, target, path string, replace bool) (Exported, error)
}
