// Package library is the first station: the prompts of the workspace and their
// variants, to open, make, rename, duplicate, delete and find. It knows nothing
// of the store but the functions it is given.
package library

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/themes"
)

// Deps is what the screen wants of the others. The functions do I/O and are
// called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	Prompts  func(ctx context.Context) ([]session.PromptInfo, error)
	Variants func(ctx context.Context, promptID int64) ([]session.VariantInfo, error)
	Runs     func(ctx context.Context, promptID int64) ([]session.Run, error)
	Load     func(ctx context.Context, ref session.VariantRef) (session.Laid, error)

	// CreatePrompt makes a prompt and names its first variant.
	CreatePrompt  func(ctx context.Context, name string) (session.VariantRef, error)
	RenamePrompt  func(ctx context.Context, id int64, name string) error
	CopyPrompt    func(ctx context.Context, id int64, name string) error
	DeletePrompt  func(ctx context.Context, id int64) error
	CreateVariant func(ctx context.Context, promptID int64, name string) error
	RenameVariant func(ctx context.Context, id int64, name string) error
	CopyVariant   func(ctx context.Context, id int64, name string) error
	DeleteVariant func(ctx context.Context, id int64) error
	// Undo takes the last edit of the workspace back and says which it was.
	Undo func(ctx context.Context) (session.Edit, error)
	// Waits says what of a prompt waits for a person; nil: nothing is said of it.
	Waits func(ctx context.Context, promptID int64) (session.Waits, error)
	// Flush stores what is unsaved on the table; it runs before another variant
	// is laid there. Nil: there is nothing to store.
	Flush func() tea.Cmd
	// Now is the clock, nil for the machine's.
	Now func() time.Time
}
