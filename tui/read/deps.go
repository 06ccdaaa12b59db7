// Package read is the station where people look at the data: every output with
// its exact context, one at a time, to pass, fail, note or correct; and where
// notes are put under failure modes. It knows nothing of the store but the
// functions it is given.
package read

import (
	"context"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// ModeCount is how often a failure mode stands for one variant, model, revision
// or tag.
type ModeCount struct {
	What  string // variant, model, revision, tag
	Name  text.Raw
	Notes int
	Of    int // outputs there
}

// Facets is what outputs can be filtered by.
type Facets struct {
	Models, Variants []string
	Tags             []text.Raw
}

// Deps is what the screen wants of the others. The functions do I/O and are
// called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles
	As     text.Raw // who reads

	// Readings lists outputs and says how many there are in all.
	Readings func(ctx context.Context, q session.ReadQuery) ([]session.Reading, int, error)
	Proof    func(ctx context.Context, keyOrHash string) (session.Proof, error)
	Prompts  func(ctx context.Context) ([]session.PromptInfo, error)
	// Revision is what an output's variant was then, for the names of its blocks; nil:
	// blocks are numbered.
	Revision func(ctx context.Context, id int64) (session.Revision, error)
	// Facets lists what the outputs of a prompt (0: of all) can be filtered by; nil:
	// what has been read so far is offered.
	Facets func(ctx context.Context, promptID int64) (Facets, error)
	// Label keeps a pass or a fail with an optional reason; it replaces the reader's
	// earlier one on that output.
	Label func(ctx context.Context, cellID int64, c session.Choice, by, reason text.Raw) error
	Note  func(ctx context.Context, cellID int64, by, t text.Raw) error
	// Correct keeps what the output should have been, as the case's wanted answer
	// and as a preferred pair.
	Correct func(ctx context.Context, cellID int64, by, t text.Raw) error
	// Want keeps an answer as it is as what its case wants, and says so; nil: that
	// can't be done here.
	Want func(ctx context.Context, cellID int64) (string, error)
	// KeepShot makes a shot of an output or its correction, and says so; nil: that
	// can't be done here.
	KeepShot   func(ctx context.Context, cellID int64) (string, error)
	Undo       func(ctx context.Context) (session.Edit, error)
	Modes      func(ctx context.Context, promptID int64) ([]session.FailureMode, error)
	NewMode    func(ctx context.Context, promptID int64, name string) (session.FailureMode, error)
	RenameMode func(ctx context.Context, id int64, name string) error
	DeleteMode func(ctx context.Context, id int64) error
	SetMode    func(ctx context.Context, noteID, modeID int64) error // 0: under none
	Notes      func(ctx context.Context, promptID int64) ([]session.Note, error)
	Counts     func(ctx context.Context, modeID int64) ([]ModeCount, error)
	NowMS      func() int64 // the clock, nil: the machine's
}
