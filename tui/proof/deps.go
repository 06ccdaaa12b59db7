// Package proof is the station where the exact final context is read: messages
// coloured by block, the request as it will be sent, and a reading view. It
// changes nothing of the prompt.
package proof

import (
	"context"

	"galley/session"
	"galley/themes"
)

// Deps is what the screen wants of the others. The functions that take a context
// do I/O or much work and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	// Tokens counts for the model (BACKEND/MODEL, "" for an estimate).
	Tokens func(ctx context.Context, p session.Proof, model string) session.TokenCount
	// Wire is the request that the proof becomes on the model.
	Wire func(model string, p session.Proof, take int) (session.Wire, error)
	// Render asks the model's server how it would evaluate the proof: it sends the
	// context there, and asks for no answer. A backend that can't say gives a
	// Rendered without text whose Note says why. nil: nobody can be asked.
	Render func(ctx context.Context, model string, p session.Proof) (session.Rendered, error)
	// Evaluated is what was evaluated for the prompt's newest answer of the model to
	// this very proof; false: none is kept. nil: nothing is.
	Evaluated func(ctx context.Context, promptID int64, model string, p session.Proof) (session.Evaluated, bool, error)
	// Models lists what can be asked.
	Models func(ctx context.Context) ([]session.ModelInfo, error)
	// Save writes a file that did not exist, 0600, and returns its path.
	Save func(ctx context.Context, name string, data []byte) (path string, err error)
}
