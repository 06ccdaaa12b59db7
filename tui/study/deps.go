// Package study is the page of studies, under Shots: does the order of the shots
// matter, what is each part of the prompt worth, how many shots does it take, how
// varied are the answers. It says what a study costs before it begins, and draws
// what [galley/session/study] made of the answers; it asks nobody itself.
package study

import (
	"context"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
	"galley/themes"
)

// Deps is what the screen wants of the others. Those with a context do I/O or much
// work and are called in commands only; any of them may be nil.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	// Studies lists those of a prompt, the newest first; Read tells one with its
	// report.
	Studies func(ctx context.Context, promptID int64) ([]Entry, error)
	Read    func(ctx context.Context, id int64) (Result, error)
	// Estimate lays a study out and says what it would cost; it asks nobody.
	Estimate func(ctx context.Context, c Choice) (Estimate, error)
	Start    func(ctx context.Context, c Choice) (Live, error)
	// GoOn asks what a study still lacks.
	GoOn func(ctx context.Context, id int64) (Live, error)
	// AskCut asks again what was cut, with up to so many tokens each.
	AskCut func(ctx context.Context, id int64, tokens int) (Live, error)
	// Delete hides a study with its runs, until Undo takes that back.
	Delete func(ctx context.Context, id int64) error
	Undo   func(ctx context.Context) (session.Edit, error)

	Models func(ctx context.Context) ([]session.ModelInfo, error)
	// Suites names what of the prompt can say what passes.
	Suites   func(ctx context.Context, promptID int64) ([]text.Raw, error)
	Variants func(ctx context.Context, promptID int64) ([]session.VariantInfo, error)
	Looks    func(ctx context.Context, promptID int64) (session.Looks, error)
	// Seed draws a seed.
	Seed func() uint64
	// NowMS is the clock.
	NowMS func() int64
}

// Choice is a study that is to be laid out.
type Choice struct {
	PromptID int64
	Spec     study.Spec // Orders are laid out from K
	K        int        // of an order study
	// Cases is how many the estimate named that stood there when it was started; 0:
	// none did. It is not started where there are more by now.
	Cases int
}

// Estimate is what a study would come to.
type Estimate struct {
	Cases, Cells  int
	Rounds        int // runs one after the other; the cost is that of all
	Calls, Cached int
	InputTokens   int
	Source        string // of InputTokens
	MaxOutput     int    // 0: no limit is known
	CostUSD       *float64
	Free          bool
	LeftMS        int64 // 0: not known
	Holdout       int   // cases of the holdout among them
	Warnings      []string
}

// Entry is a study in the list.
type Entry struct {
	ID      int64
	Spec    study.Spec
	AtMS    int64
	Runs    []int64
	State   session.RunState // of the newest run; "" it has none
	Cells   int
	Done    int
	Failed  int
	CostUSD *float64
}

// Name is "3", as the command line names a study.
func (e Entry) Name() string { return itoa(e.ID) }

// Result is a study with its report: the one of its kind.
type Result struct {
	Entry Entry
	Order *study.OrderReport
	Drop  *study.DropReport
	Sweep *study.SweepReport
	Vary  *study.VaryReport
	Cut   int // answers that were cut at the most tokens that they may have, and can be asked again
	Room  int // tokens to give them then
}

// Live is a study in flight. It goes on when nobody looks.
type Live interface {
	ID() int64
	// Bell rings when there is something new; it never blocks the study.
	Bell() <-chan struct{}
	Progress() Progress
	Stop()
}

// Progress is how far a study has come.
type Progress struct {
	Cells, Done, Failed, Cached, Running int
	Round, Rounds                        int
	ElapsedMS, LeftMS                    int64 // LeftMS 0: not known
	CostUSD                              *float64
	Free                                 bool
	Ended                                bool
	State                                session.RunState // when it ended
	Trouble                              string           // why it stands still or ended early, "" nothing
}
