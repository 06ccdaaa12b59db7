// Package judge is the station where a person decides between answers without
// knowing whose they are, one key each, and where what they decided is told. While
// it judges it holds a [session.Duel] and nothing that names a contestant; names
// come by [Deps.Reveal], when a person asks for them.
package judge

import (
	"context"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/themes"
)

// Ask is what is to be judged.
type Ask struct {
	PromptID int64
	RunIDs   []int64 // none: the newest run with at least two contestants
	Mode     session.JudgeMode
	Judge    text.Raw
	Anew     bool // a sitting that is open is not gone on with
}

// Offer is what there is to judge, before it begins. It names runs, not
// contestants.
type Offer struct {
	Runs        []session.Run // that can be judged, the newest first
	Chosen      []int64       // those that Ask means
	Cases       int           // distinct ones among the answers; 0: unknown
	Contestants int
	Duels       int // not judged yet by this judge
	Open        int // verdicts of the sitting that can be gone on with; 0: none is open
	OpenOf      int
	OpenMode    session.JudgeMode
	Identical   int    // equal answers: nobody is asked
	Own         int    // duels left out because this judge typed one of the answers
	Why         string // nothing can be judged, and why; "" something can
	Revealed    bool   // this judge has seen the names of contestants among these
}

// Step is where a sitting stands after a key.
type Step struct {
	Sitting int64
	Token   uint64        // of the duel; a ruling must bring it back
	Duel    *session.Duel // nil: the sitting is over
	Done    int           // duels of this sitting that are decided
	Of      int
	CanUndo bool
	// When Duel is nil:
	Sentence string   // how it stands, without names
	Extras   []string // further lines: take a break, fewer than there could be, why it ended
	CanMore  int      // duels that the next part of the sitting would have; 0: none
}

// Ruling is what a judge decided on the duel in front.
type Ruling struct {
	Sitting  int64
	Token    uint64
	Choice   session.Choice
	Reason   text.Raw
	ScreenMS int64
}

// Deps is what the screen wants of the others. The functions that take a context
// do I/O and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles
	As     text.Raw // who judges; the screen can change it

	Offer func(ctx context.Context, a Ask) (Offer, error)
	// Begin goes on with the open sitting of the judge on the prompt, or begins one.
	Begin func(ctx context.Context, a Ask) (Step, error)
	// Rule keeps a verdict. When it returns the verdict is on disk and the next duel
	// is drawn.
	Rule func(ctx context.Context, r Ruling) (Step, error)
	// Undo takes the judge's newest verdict back, also one of an earlier sitting of
	// the same prompt, and shows its duel again.
	Undo func(ctx context.Context, sitting int64) (Step, error)
	// More goes on with a sitting that has ended.
	More func(ctx context.Context, sitting int64) (Step, error)
	// Guideline stores a new guideline for the prompt.
	Guideline func(ctx context.Context, promptID int64, t text.Raw) error
	// Reveal tells who is who, and keeps that this judge knows from now on.
	Reveal func(ctx context.Context, promptID int64, judge text.Raw) (report.Report, error)
	// Seen reports, without telling anything, whether Reveal was called before.
	Seen func(ctx context.Context, promptID int64, judge text.Raw) (bool, error)
	// Verdicts lists those of the prompt for the reveal, the newest first.
	Verdicts func(ctx context.Context, promptID int64) ([]session.Verdict, error)
	// Result is an output with its cell, for the reveal's detail.
	Result func(ctx context.Context, cellID int64) (session.Result, error)
	// KeepShot makes a shot of an answer or its correction, and says so; nil: that
	// can't be done here.
	KeepShot func(ctx context.Context, cellID int64) (string, error)
	NowMS    func() int64 // the clock, nil: the machine's
}
