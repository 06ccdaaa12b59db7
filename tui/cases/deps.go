// Package cases is a page of the Library: the cases of a prompt as a grid, to add,
// edit, tag, split, import and multiply, and the bindings by which a variable is
// another prompt's output. It knows nothing of the store or of files but the
// functions it is given.
package cases

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
)

// Here is what is stored of a prompt's cases by now.
type Here struct {
	Prompt   session.PromptInfo
	Cases    []session.Case
	Asked    []string // variables that the prompt's variants ask for, each once
	Looks    session.Looks
	Bindings []Bound
}

// Bound is a binding with what became of its run.
type Bound struct {
	session.Binding
	Gone     string // why it brings nothing any more, "" it does
	Answered int    // cases that have a whole answer there
	Newer    int64  // a newer run that has the same contestant's variant, 0: none
}

// Offer is a contestant of a run that a variable may be bound to.
type Offer struct {
	session.Offer
	Run session.Run
}

// Column is a column of a file that is to be imported.
type Column struct {
	Name text.Raw
	// Becomes is name, wanted, tags, split, or what Var says: a variable's name. ""
	// leaves the column out.
	Becomes string
	Var     bool
}

// Preview is what a file would become.
type Preview struct {
	File    string
	Format  string
	Rows    int
	Columns []Column
	Sample  []session.Case // the first rows, as they would be
	Notes   []string
	// Trouble is why it can't be imported as it is mapped, "" it can.
	Trouble string
}

// Mapping says what columns become; a column that is not in it is what its own
// name says.
type Mapping struct {
	Map   map[string]string // what → column
	Leave []string          // columns that are left out
}

// Edited is what came back from $EDITOR. Changed is false when the file was left
// as it was or the editor failed, which Err says.
type Edited struct {
	Tag     string
	Text    text.Raw
	Changed bool
	Err     error
}

// Deps is what the page wants of the others. The functions that take a context do
// I/O and are called in commands only.
type Deps struct {
	Table  *session.Table
	Styles *themes.Styles

	// Load reads all that is shown of a prompt.
	Load   func(ctx context.Context, promptID int64) (Here, error)
	Create func(ctx context.Context, promptID int64, cases []session.Case) ([]session.Case, error)
	Update func(ctx context.Context, cases []session.Case) error
	Rename func(ctx context.Context, caseID int64, name string) error
	Delete func(ctx context.Context, caseIDs []int64) error
	Undo   func(ctx context.Context) (session.Edit, error)
	// Preview reads a file and says what it would become; Import brings it in and
	// says how many cases that were.
	Preview func(ctx context.Context, promptID int64, path string, m Mapping) (Preview, error)
	Import  func(ctx context.Context, promptID int64, path string, m Mapping) (int, error)

	// Prompts lists the prompts that a variable may be bound to.
	Prompts func(ctx context.Context) ([]session.PromptInfo, error)
	// Offers lists the contestants of a prompt's runs, of the newest run first.
	Offers func(ctx context.Context, promptID int64) ([]Offer, error)
	// Bind makes a binding, in place of the variable's own where it has one.
	Bind    func(ctx context.Context, b session.Binding) error
	Unbind  func(ctx context.Context, id int64) error
	Compare func(ctx context.Context, from, to session.Binding) (session.BoundChange, error)

	// Editor opens $EDITOR on a text and brings the answer as an [Edited]; nil:
	// there is none.
	Editor func(t text.Raw, tag string) tea.Cmd
	// Now is the clock, nil for the machine's.
	Now func() time.Time
}
