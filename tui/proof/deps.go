// Package proof is the station where the exact final context is read: messages
// coloured by block, the request as it will be sent, a blank page with nothing but
// the text, and what a reader asks of it: the intern test, a comparison with another
// context, and why a model answered as it did. It changes nothing of the prompt.
package proof

import (
	"context"

	"galley/session"
	"galley/session/text"
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

	// Newest is the newest answer of the model to this very proof, false: none.
	// nil: none is kept.
	Newest func(ctx context.Context, promptID int64, model string, p session.Proof) (session.Result, bool, error)
	// Fits says in a clause why a text does not fit a JSON Schema, "" where it does;
	// for lint. May be nil.
	Fits func(schema, answer text.Raw) string
	// Silences are the findings of the prompt that were answered with a reason.
	Silences   func(ctx context.Context, promptID int64) ([]session.Silence, error)
	PutSilence func(ctx context.Context, s session.Silence) (session.Silence, error)
	Unsilence  func(ctx context.Context, id int64) error

	// Variants and Revisions are what a context can be compared with.
	Variants  func(ctx context.Context, promptID int64) ([]session.VariantInfo, error)
	Revisions func(ctx context.Context, variantID int64) ([]session.Revision, error)

	// Interns are the answers to the intern test of all revisions of a variant, the
	// newest revision first; PutIntern keeps one, and "" takes it away.
	Interns   func(ctx context.Context, variantID int64) ([]InternNote, error)
	PutIntern func(ctx context.Context, a session.InternAnswer) error
	// Split copies a prompt under a new name, and names the copy of the variant.
	Split func(ctx context.Context, promptID int64, variant, name string) (session.VariantRef, error)
	// Failures are the cells of a variant's answers that are wrong, that a person
	// labelled so, or that are no whole answer.
	Failures func(ctx context.Context, promptID int64, variant string) ([]int64, error)

	// Me is the model that the person at the desk is: human/NAME; "" nobody answers.
	Me string

	// WhyCost says before it is asked what a question costs; Why asks it, and returns
	// when it is answered; Whys are the questions that were asked about a context, the
	// newest first.
	WhyCost func(ctx context.Context, a WhyAsk) (string, error)
	Why     func(ctx context.Context, a WhyAsk) (WhyTold, error)
	Whys    func(ctx context.Context, promptID int64, hash string) ([]WhyTold, error)
}

// InternNote is an answer to the intern test with the number of its revision.
type InternNote struct {
	session.InternAnswer
	Revision int
}

// WhyAsk is a question to a model about an answer that it gave.
type WhyAsk struct {
	Of       session.Result // the answer
	Question text.Raw
}

// WhyTold is what a model said of an answer of its own.
type WhyTold struct {
	Output   string // the answer's name: r7#3
	Model    string
	Question text.Raw
	Text     text.Raw
	Status   session.Status
	Trouble  text.Raw // why there is none, "" there is one
	AtMS     int64
}
