// Package resources is the page of the texts that a prompt answers from, under
// Compose: files and folders cut into pieces, kept in the workspace, ranked for the
// case in hand, and marked by hand with how much use they are. It knows nothing of
// the store and of files but the functions it is given.
package resources

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// Deps is what the page wants of the others. Those with a context do I/O or much
// work and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	// Resources reads the bank of a prompt, Relevances the marks on it.
	Resources  func(ctx context.Context, promptID int64) ([]session.Resource, error)
	Relevances func(ctx context.Context, promptID int64) ([]session.Relevance, error)
	Create     func(ctx context.Context, promptID int64, list []session.Resource) ([]session.Resource, error)
	Update     func(ctx context.Context, list []session.Resource) error
	Rename     func(ctx context.Context, id int64, name string) error
	Delete     func(ctx context.Context, ids []int64) error
	// Mark says of how much use a text is for a case, by its hash; grade -1 takes the
	// mark away.
	Mark func(ctx context.Context, m session.Relevance) error
	// Undo takes back the last edit of the workspace.
	Undo func(ctx context.Context) (session.Edit, error)
	// Bring cuts what it is told to and puts the pieces in place of those that the
	// source had, as one edit; dry changes nothing.
	Bring func(ctx context.Context, promptID int64, b Bring, dry bool) (Brought, error)
	// Tokens estimates how many tokens a text has.
	Tokens func(t text.Raw) int
	// Keep journals unsaved work on the variant on the table.
	Keep func(ctx context.Context, d session.Draft) error
	// Editor opens $EDITOR on a text and brings the answer as an [Edited].
	Editor func(t text.Raw, tag string) tea.Cmd
	UID    func() string
	NowMS  func() int64 // the clock
	Who    text.Raw     // who marks
}

// Bring is what is to be cut into pieces, and how.
type Bring struct {
	Path   string           // a file or folder; "" the pieces of Source, put together
	Source text.Raw         // of the bank
	How    session.SplitHow // "" by the kind of file
	Words  int              // 0 as many as is usual
	Again  int              // words that a piece repeats of the one before
}

// Brought is what came, or would come, of it.
type Brought struct {
	Sources []Source
	Left    []text.Raw // files that were left out, each with the reason
	Sample  []session.Resource
}

// Source is a file with what became of its pieces.
type Source struct {
	Name                    text.Raw
	How                     session.SplitHow
	Pieces, New, Same, Gone int
	Bytes, Tokens           int
}

// Edited is what came back from $EDITOR. Changed is false when the text was left
// as it was or the editor failed, which Err says.
type Edited struct {
	Tag     string
	Text    text.Raw
	Changed bool
	Err     error
}
