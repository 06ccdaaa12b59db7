// Package revisions is a page of the Library: the saved revisions of a variant as a
// small tree, what came of each, and what differs between two of them. It knows
// nothing of the store but the functions it is given.
package revisions

import (
	"context"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// Here is what is stored of a variant's revisions by now.
type Here struct {
	Prompt    session.PromptInfo
	Variant   session.VariantInfo // with its newest revision
	Revisions []session.Revision  // the newest first
	Draft     *session.Draft      // unsaved work, nil: none
	Outcomes  map[int64]session.Outcome
	Interns   map[int64]int         // by revision: questions of the intern test that are answered
	Others    []session.VariantInfo // the prompt's other variants
	Case      session.Case          // the prompt's first; the zero case where it has none
}

// Deps is what the page wants of the others. The functions that take a context do
// I/O or much work and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	// Load reads all that is shown of a variant.
	Load func(ctx context.Context, ref session.VariantRef) (Here, error)
	// Revisions lists those of another variant, the newest first.
	Revisions func(ctx context.Context, variantID int64) ([]session.Revision, error)
	// Tokens counts for the model, BACKEND/MODEL, "" for an estimate.
	Tokens func(ctx context.Context, p session.Proof, model string) session.TokenCount
	// SaveAs makes a new variant.
	SaveAs func(ctx context.Context, promptID int64, name string, c session.Content, intent text.Raw) (session.VariantInfo, error)
	// Undo takes the last edit of the workspace back.
	Undo func(ctx context.Context) (session.Edit, error)
	// Now is the clock, nil for the machine's.
	Now func() time.Time
}
