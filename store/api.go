// Package store keeps a workspace: one SQLite file.
package store

import (
	"context"
	"errors"

	"galley/session"
	"galley/session/text"
)

var errSoon = errors.New("store: not built yet")

// Options say how to open a workspace.
type Options struct {
	Create   bool         // make the file; one that exists is an error
	ReadOnly bool         // never write
	Now      func() int64 // milliseconds since 1970, UTC; nil: the clock
}

// Info is what is known of an open workspace.
type Info struct {
	Path          string
	Version       int    // of the schema
	SQLite        string // version of the library
	ReadOnly      bool
	OthersCanRead bool   // the file's mode lets group or others read it
	Copy          string // of the file as it was before it was migrated; "" none
}

// Store is an open workspace. Its methods are safe for many goroutines.
type Store struct{}

// Open opens the workspace at path.
func Open(ctx context.Context, path string, o Options) (*Store, error) { return nil, errSoon }

func (s *Store) Close() error { return errSoon }
func (s *Store) Path() string { return "" }
func (s *Store) Info() Info   { return Info{} }

// Backup writes a whole copy of the workspace to path, which must not exist.
func (s *Store) Backup(ctx context.Context, path string) error { return errSoon }

// Check reads the whole file and reports damage.
func (s *Store) Check(ctx context.Context) error { return errSoon }

func (s *Store) CreatePrompt(ctx context.Context, name string, guideline, note text.Raw) (session.Prompt, error) {
	return session.Prompt{}, errSoon
}
func (s *Store) Prompts(ctx context.Context) ([]session.PromptInfo, error) { return nil, errSoon }
func (s *Store) Prompt(ctx context.Context, name string) (session.PromptInfo, error) {
	return session.PromptInfo{}, errSoon
}
func (s *Store) RenamePrompt(ctx context.Context, promptID int64, name string) error { return errSoon }

// CopyPrompt copies variants (their newest revisions), cases, shots and guideline.
func (s *Store) CopyPrompt(ctx context.Context, promptID int64, name string) (session.Prompt, error) {
	return session.Prompt{}, errSoon
}
func (s *Store) DeletePrompt(ctx context.Context, promptID int64) error { return errSoon }
func (s *Store) SetPromptNote(ctx context.Context, promptID int64, note text.Raw) error {
	return errSoon
}
func (s *Store) SetGuideline(ctx context.Context, promptID int64, guideline text.Raw) error {
	return errSoon
}

func (s *Store) CreateVariant(ctx context.Context, promptID int64, name string, c session.Content, intent text.Raw) (session.VariantInfo, error) {
	return session.VariantInfo{}, errSoon
}
func (s *Store) Variants(ctx context.Context, promptID int64) ([]session.VariantInfo, error) {
	return nil, errSoon
}

// Variant returns the variant with the revision asked for (0: the newest).
func (s *Store) Variant(ctx context.Context, ref session.VariantRef) (session.VariantInfo, error) {
	return session.VariantInfo{}, errSoon
}

// Revisions returns all revisions, newest first.
func (s *Store) Revisions(ctx context.Context, variantID int64) ([]session.Revision, error) {
	return nil, errSoon
}
func (s *Store) Revision(ctx context.Context, id int64) (session.Revision, error) {
	return session.Revision{}, errSoon
}

// Save keeps the content as a new revision and drops the draft. Where it equals
// the newest revision none is made, and saved is false.
func (s *Store) Save(ctx context.Context, variantID, baseID int64, c session.Content, intent text.Raw) (rev session.Revision, saved bool, err error) {
	return session.Revision{}, false, errSoon
}
func (s *Store) RenameVariant(ctx context.Context, variantID int64, name string) error {
	return errSoon
}
func (s *Store) CopyVariant(ctx context.Context, variantID int64, name string) (session.VariantInfo, error) {
	return session.VariantInfo{}, errSoon
}
func (s *Store) DeleteVariant(ctx context.Context, variantID int64) error { return errSoon }
func (s *Store) PutDraft(ctx context.Context, d session.Draft) error      { return errSoon }
func (s *Store) Draft(ctx context.Context, variantID int64) (*session.Draft, error) {
	return nil, errSoon
}
func (s *Store) Drafts(ctx context.Context) ([]session.Draft, error)  { return nil, errSoon }
func (s *Store) DropDraft(ctx context.Context, variantID int64) error { return errSoon }

// CreateCases adds all or none, as one edit; the nameless are named c1, c2, …
func (s *Store) CreateCases(ctx context.Context, promptID int64, cases []session.Case) ([]session.Case, error) {
	return nil, errSoon
}
func (s *Store) Cases(ctx context.Context, promptID int64) ([]session.Case, error) {
	return nil, errSoon
}
func (s *Store) Case(ctx context.Context, promptID int64, name string) (session.Case, error) {
	return session.Case{}, errSoon
}

// UpdateCase writes vars, wanted, tags and split.
func (s *Store) UpdateCase(ctx context.Context, c session.Case) error            { return errSoon }
func (s *Store) RenameCase(ctx context.Context, caseID int64, name string) error { return errSoon }
func (s *Store) CopyCase(ctx context.Context, caseID int64, name string) (session.Case, error) {
	return session.Case{}, errSoon
}
func (s *Store) DeleteCase(ctx context.Context, caseID int64) error { return errSoon }

// CreateShots adds all or none, as one edit; the nameless are named s1, s2, …
func (s *Store) CreateShots(ctx context.Context, promptID int64, shots []session.Shot) ([]session.Shot, error) {
	return nil, errSoon
}
func (s *Store) Shots(ctx context.Context, promptID int64) ([]session.Shot, error) {
	return nil, errSoon
}
func (s *Store) Shot(ctx context.Context, promptID int64, name string) (session.Shot, error) {
	return session.Shot{}, errSoon
}

// UpdateShot writes input, output, tags and off.
func (s *Store) UpdateShot(ctx context.Context, shot session.Shot) error         { return errSoon }
func (s *Store) RenameShot(ctx context.Context, shotID int64, name string) error { return errSoon }
func (s *Store) CopyShot(ctx context.Context, shotID int64, name string) (session.Shot, error) {
	return session.Shot{}, errSoon
}
func (s *Store) DeleteShot(ctx context.Context, shotID int64) error { return errSoon }

// Undo takes back the last n edits in force, newest first, and returns them.
func (s *Store) Undo(ctx context.Context, n int) ([]session.Edit, error) { return nil, errSoon }

// Redo makes the last n undone edits again and returns them.
func (s *Store) Redo(ctx context.Context, n int) ([]session.Edit, error) { return nil, errSoon }

// History returns the newest edits, newest first.
func (s *Store) History(ctx context.Context, limit int) ([]session.Edit, error) { return nil, errSoon }

// Search finds texts that hold all the words.
func (s *Store) Search(ctx context.Context, words string, limit int) ([]session.Hit, error) {
	return nil, errSoon
}

// Runs returns the runs of a prompt (0: of all), newest first.
func (s *Store) Runs(ctx context.Context, promptID int64) ([]session.Run, error) { return nil, errSoon }
func (s *Store) Run(ctx context.Context, id int64) (session.Run, error) {
	return session.Run{}, errSoon
}
func (s *Store) DeleteRun(ctx context.Context, id int64) error { return errSoon }

// Results returns the cells of a run in order with what is known of them.
func (s *Store) Results(ctx context.Context, runID int64) ([]session.Result, error) {
	return nil, errSoon
}

// ResultsPage returns at most limit cells from index offset on.
func (s *Store) ResultsPage(ctx context.Context, runID int64, offset, limit int) ([]session.Result, error) {
	return nil, errSoon
}
func (s *Store) Result(ctx context.Context, cellID int64) (session.Result, error) {
	return session.Result{}, errSoon
}

// Proof returns the proof that a cell's ProofKey (or a hash) names.
func (s *Store) Proof(ctx context.Context, keyOrHash string) (session.Proof, error) {
	return session.Proof{}, errSoon
}
func (s *Store) Request(ctx context.Context, hash string) (session.Wire, error) {
	return session.Wire{}, errSoon
}

// ImportRun keeps outputs from outside as a finished run, as one edit.
func (s *Store) ImportRun(ctx context.Context, run session.Run, proofs []session.Proof, results []session.Result) (session.Run, error) {
	return session.Run{}, errSoon
}
func (s *Store) AddNote(ctx context.Context, cellID int64, note text.Raw) (session.Note, error) {
	return session.Note{}, errSoon
}

// Notes returns the notes on outputs of a prompt's runs (0: of all), newest first.
func (s *Store) Notes(ctx context.Context, promptID int64) ([]session.Note, error) {
	return nil, errSoon
}
func (s *Store) NotesOf(ctx context.Context, cellID int64) ([]session.Note, error) {
	return nil, errSoon
}
func (s *Store) DeleteNote(ctx context.Context, noteID int64) error { return errSoon }

func (s *Store) StartRun(ctx context.Context, run session.Run, proofs []session.Proof, cells []session.Cell, owner string) (session.Run, []session.Cell, error) {
	return session.Run{}, nil, errSoon
}
func (s *Store) ReopenRun(ctx context.Context, runID int64, owner string) (session.Run, []session.Result, map[string]session.Proof, error) {
	return session.Run{}, nil, nil, errSoon
}
func (s *Store) Renew(ctx context.Context, runID int64, owner string) error { return errSoon }
func (s *Store) BeginAttempt(ctx context.Context, a session.Attempt) (id int64, err error) {
	return 0, errSoon
}
func (s *Store) Checkpoint(ctx context.Context, parts []session.Output) error { return errSoon }
func (s *Store) FinishCell(ctx context.Context, out session.Output, attemptID int64) error {
	return errSoon
}
func (s *Store) FailAttempt(ctx context.Context, attemptID int64, why session.CallError) error {
	return errSoon
}
func (s *Store) EndRun(ctx context.Context, runID int64, owner string, state session.RunState) (session.Run, error) {
	return session.Run{}, errSoon
}
func (s *Store) CachedOutput(ctx context.Context, key session.CacheKey) (session.Output, bool, error) {
	return session.Output{}, false, errSoon
}
