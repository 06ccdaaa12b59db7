// Package shots is the station of the prompt's worked examples: the bank that its
// variants copy from. It shows each shot whole, which variants hold it, what is
// nearly the same, and how the mix of answers and lengths stands beside that of the
// cases. It knows nothing of the store but the functions it is given.
package shots

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// Deps is what the screen wants of the others. Those with a context do I/O and are
// called in commands only; any of them may be nil.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	// Shots reads the bank of a prompt; Variants its variants at their newest
	// revision, for what holds a shot.
	Shots    func(ctx context.Context, promptID int64) ([]session.Shot, error)
	Variants func(ctx context.Context, promptID int64) ([]session.VariantInfo, error)
	// Create adds shots to the bank, Update changes them, as one edit each; those
	// without a name are given one.
	Create func(ctx context.Context, promptID int64, shots []session.Shot) ([]session.Shot, error)
	Update func(ctx context.Context, shots []session.Shot) error
	Rename func(ctx context.Context, shotID int64, name string) error
	Delete func(ctx context.Context, shotID int64) error
	// Undo takes back the last edit of the workspace.
	Undo func(ctx context.Context) (session.Edit, error)
	// Look reads a file of shots and changes nothing; Import brings it in. maps says
	// which column is what, as in "input=question"; "" by the columns' own names.
	Look   func(ctx context.Context, promptID int64, path, maps string) (Brought, error)
	Import func(ctx context.Context, promptID int64, path, maps string) (Brought, error)
	// Keep journals unsaved work on the variant on the table.
	Keep func(ctx context.Context, d session.Draft) error
	// Editor opens $EDITOR on a text and brings the answer as an [Edited].
	Editor func(t text.Raw, tag string) tea.Cmd
	// NowMS is the clock.
	NowMS func() int64
}

// Brought is what a file of shots holds, or held.
type Brought struct {
	File    text.Raw
	Count   int
	Columns []Column
	Notes   []text.Raw     // lines that were read otherwise than one might think
	Sample  []session.Shot // the first ones
}

// Column says what a column of a file becomes.
type Column struct{ Name, Becomes text.Raw }

// Edited is what came back from $EDITOR. Changed is false when the text was left
// as it was or the editor failed, which Err says.
type Edited struct {
	Tag     string
	Text    text.Raw
	Changed bool
	Err     error
}
