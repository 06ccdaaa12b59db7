package tui

import (
	"context"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/bench"
	"galley/tui/cases"
	"galley/tui/compose"
	"galley/tui/judge"
	"galley/tui/kit"
	"galley/tui/library"
	"galley/tui/models"
	"galley/tui/proof"
	"galley/tui/read"
	"galley/tui/resources"
	"galley/tui/revisions"
	"galley/tui/shots"
	"galley/tui/study"
	"galley/tui/suite"
)

// Deps is what the workbench wants of the rest of the program. The deps of each
// station come with their functions set; Table and Styles are set here.
type Deps struct {
	Library library.Deps
	Compose compose.Deps
	Proof   proof.Deps
	Bench   bench.Deps
	Shots   shots.Deps
	Study   study.Deps
	Judge   judge.Deps
	Suite   suite.Deps
	Read    read.Deps
	Models  models.Deps
	Cases   cases.Deps // a page of Library

	Resources resources.Deps // a page of Compose
	// Revisions is a page of Library, too.
	Revisions revisions.Deps

	// Theme is the user's choice, "" follows the terminal's background.
	Theme string
	// Start names the variant to lay on the table first; the zero value lays
	// none.
	Start session.VariantRef
	// Station is the title of the station in front at the beginning, "" the first;
	// Arg is handed to its Open method.
	Station string
	Arg     any
	// Model is the model in hand at the beginning, BACKEND/MODEL.
	Model string
	// Look reads what is stored of a variant and its prompt by now; nil: nothing
	// but this process changes it.
	Look func(ctx context.Context, ref session.VariantRef) (session.Laid, error)
	// Live tells how many runs are going; Stop cancels them and waits until
	// their cells are on disk.
	Live func() int
	Stop func(ctx context.Context)
	// Left is told what lies on the table when the workbench is left, to begin
	// there the next time; the zero value: nothing. It may do I/O.
	Left func(ref session.VariantRef)
	// Clip announces that a text is about to go to the terminal's clipboard, in
	// answer to a key.
	Clip func(t text.Raw)
	// Pause stops the process for the shell, the terminal given back, and
	// returns when it goes on. nil: there is no such thing here.
	Pause func() error
	// Log keeps an error for later; it must not print.
	Log func(s string)
}

// newScreens lists the stations in their order. A station is added here.
func newScreens(d Deps, table *session.Table, styles *themes.Styles) []kit.Screen {
	d.Library.Table, d.Library.Styles = table, styles
	d.Compose.Table, d.Compose.Styles = table, styles
	d.Proof.Table, d.Proof.Styles = table, styles
	d.Bench.Table, d.Bench.Styles = table, styles
	d.Shots.Table, d.Shots.Styles = table, styles
	d.Study.Table, d.Study.Styles = table, styles
	d.Judge.Table, d.Judge.Styles = table, styles
	d.Suite.Table, d.Suite.Styles = table, styles
	d.Read.Table, d.Read.Styles = table, styles
	d.Models.Styles = styles
	d.Cases.Table, d.Cases.Styles = table, styles
	d.Resources.Table, d.Resources.Styles = table, styles
	d.Revisions.Table, d.Revisions.Styles = table, styles
	return []kit.Screen{
		library.New(d.Library),
		compose.New(d.Compose),
		proof.New(d.Proof),
		bench.New(d.Bench),
		shots.New(d.Shots),
		judge.New(d.Judge),
		suite.New(d.Suite),
		read.New(d.Read),
		models.New(d.Models),
		study.New(d.Study),
		cases.New(d.Cases),
		resources.New(d.Resources),
		revisions.New(d.Revisions),
	}
}
