// Package compose is the station where a prompt is put together: its blocks, the
// focused block in an editor, and the proof of one case living beside it. It
// knows nothing of the store or of models but the functions it is given.
package compose

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// Deps is what the screen wants of the others. The functions that take a context
// do I/O or much work and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	// Load brings a variant with its draft, to lay on the table.
	Load func(ctx context.Context, ref session.VariantRef) (session.Laid, error)
	// Tokens counts for the model (BACKEND/MODEL, "" for an estimate). It may
	// take tens of milliseconds on a large text.
	Tokens func(ctx context.Context, p session.Proof, model string) session.TokenCount
	// Silences are the findings of the prompt that were answered with a reason; they
	// are left out. Fits says in a clause why a text does not fit a JSON Schema, "" where
	// it does. Both are for lint and may be nil.
	Silences func(ctx context.Context, promptID int64) ([]session.Silence, error)
	Fits     func(schema, answer text.Raw) string
	// PutDraft journals unsaved work, which is Left when whoever wrote it goes as they
	// should; DropDraft forgets it.
	PutDraft  func(ctx context.Context, d session.Draft) error
	DropDraft func(ctx context.Context, variantID int64) error
	// PutSteps keeps what undo and redo would go back to, the nearest last; nil: it
	// is not kept.
	PutSteps func(ctx context.Context, variantID int64, past, future []session.Step) error
	// Save makes a new revision and returns the variant with it; content that
	// is already its newest revision makes none.
	Save func(ctx context.Context, variantID, baseID int64, c session.Content, intent string) (session.VariantInfo, error)
	// SaveAs makes a new variant.
	SaveAs func(ctx context.Context, promptID int64, name string, c session.Content, intent string) (session.VariantInfo, error)
	// Variants lists the prompt's variants; nil: no twins can be made. SaveAll makes
	// several new ones, all or none, as one edit.
	Variants func(ctx context.Context, promptID int64) ([]session.VariantInfo, error)
	SaveAll  func(ctx context.Context, promptID int64, list []session.NewVariant) ([]session.VariantInfo, error)
	// Editor opens $EDITOR on a text and brings the answer as an [Edited].
	Editor func(t text.Raw, tag string) tea.Cmd
	// UID makes a new uid, Seed a seed for an order; both are random.
	UID  func() string
	Seed func() uint64
	// Now is the clock, nil for the machine's.
	Now func() time.Time
}

// Edited is what came back from $EDITOR. Changed is false when the file was left
// as it was or the editor failed, which Err says.
type Edited struct {
	Tag     string
	Text    text.Raw
	Changed bool
	Err     error
}
