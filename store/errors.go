package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"galley/session"
	"galley/session/text"
)

// The errors of this package are one clear sentence each, with nothing in them
// that a terminal would obey.

// ErrClosed is what a closed workspace answers.
var ErrClosed = errors.New("the workspace is closed")

// ErrReadOnly is what a workspace that was opened for reading answers to a change.
var ErrReadOnly = errors.New("the workspace is open for reading only; nothing was changed")

// NotFound says that nothing has the name.
type NotFound struct {
	Noun, Name string
	Near       []string // names that look like it
	Deleted    bool     // it was there; an undo brings it back
}

func (e *NotFound) Error() string {
	if e.Deleted {
		return fmt.Sprintf("the %s %q was deleted meanwhile; an undo brings it back", e.Noun, text.Raw(e.Name))
	}
	s := fmt.Sprintf("there is no %s %q", e.Noun, text.Raw(e.Name))
	if len(e.Near) > 0 {
		shown := make([]string, len(e.Near))
		for i, n := range e.Near {
			shown[i] = text.Raw(n).String()
		}
		s += "; did you mean " + strings.Join(shown, " or ") + "?"
	}
	return s
}

// Ambiguous says that several have the name.
type Ambiguous struct {
	Noun, Name string
	In         []string // where they are
}

func (e *Ambiguous) Error() string {
	in := make([]string, len(e.In))
	for i, n := range e.In {
		in[i] = text.Raw(n).String()
	}
	return fmt.Sprintf("there is a %s %q in each of %s; say which prompt", e.Noun, text.Raw(e.Name), strings.Join(in, ", "))
}

// Exists says that the name is taken.
type Exists struct{ Noun, Name string }

func (e *Exists) Error() string {
	return fmt.Sprintf("%s %q exists already", e.Noun, text.Raw(e.Name))
}

// Invalid says that a text cannot be kept because it is not UTF-8.
type Invalid struct{ Noun, Name, Where string }

func (e *Invalid) Error() string {
	return fmt.Sprintf("%s %q: %s is not UTF-8 and could not be sent to a model; nothing was changed",
		e.Noun, text.Raw(e.Name), text.Raw(e.Where))
}

// RowError says which of the rows given the store does not take: that of a list
// of cases, shots or results. It reads as what is wrong, which it wraps.
type RowError struct {
	Row int // from 0
	Err error
}

func (e *RowError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong with the row.
func (e *RowError) Unwrap() error { return e.Err }

// RowOf is the row that an error is about, from 0; -1: none.
func RowOf(err error) int {
	var e *RowError
	if errors.As(err, &e) {
		return e.Row
	}
	return -1
}

// atRow names the row, unless the trouble is the database's.
func atRow(row int, err error) error {
	var db *sqlite.Error
	if err == nil || errors.As(err, &db) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &RowError{row, err}
}

// Foreign says that the file is no workspace. Nothing was written to it.
type Foreign struct{ Path, What string }

func (e *Foreign) Error() string {
	return fmt.Sprintf("%s is not a Galley workspace: %s", text.Raw(e.Path), text.Raw(e.What))
}

// Newer says that a newer Galley made the file. Nothing was written to it.
type Newer struct {
	Path       string
	Have, Want int // version of the file, newest version that we know
}

func (e *Newer) Error() string {
	return fmt.Sprintf("%s was made by a newer Galley (workspace version %d, this one knows up to %d); update Galley to open it",
		text.Raw(e.Path), e.Have, e.Want)
}

// Damaged says that the file cannot be relied on.
type Damaged struct{ Path, What string }

func (e *Damaged) Error() string {
	return fmt.Sprintf("%s is damaged or was tampered with: %s", text.Raw(e.Path), text.Raw(e.What))
}

// Is makes it session.ErrDamaged, for those who may not know the store.
func (e *Damaged) Is(target error) bool { return target == session.ErrDamaged }

// Locked says that another process kept the file busy for too long.
type Locked struct{ Path string }

func (e *Locked) Error() string {
	return fmt.Sprintf("%s is busy: another program has been writing to it for ten seconds", text.Raw(e.Path))
}

// LeaseHeld says that another process works the run.
type LeaseHeld struct{ Run, Owner string }

func (e *LeaseHeld) Error() string {
	return fmt.Sprintf("run %s is being worked by another galley (%s); wait for it or stop it there", e.Run, text.Raw(e.Owner))
}

// LeaseLost says that the run is no longer ours to work.
type LeaseLost struct{ Run string }

func (e *LeaseLost) Error() string {
	return "run " + e.Run + " was taken over or ended by another galley"
}

// Is makes it session.ErrLease, which is how those know it who may not know the
// store.
func (e *LeaseLost) Is(target error) bool { return target == session.ErrLease }

// Finished says that a cell has its answer, which is never written over.
type Finished struct {
	Run   string
	Index int // of the cell, from 0
}

func (e *Finished) Error() string {
	return fmt.Sprintf("cell %d of run %s has its answer already; it was not replaced", e.Index, e.Run)
}

// Changed says that a row is not what the log of edits says it is, so that an
// undo would undo something else.
type Changed struct{ Noun, Name string }

func (e *Changed) Error() string {
	return fmt.Sprintf("%s %q was changed since by other means; it cannot be undone", e.Noun, text.Raw(e.Name))
}

// wrap turns what SQLite says into one of the errors above, where one fits.
func (s *Store) wrap(err error) error { return wrapAt(s.path, err) }

func wrapAt(path string, err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		// What a column may hold is checked when a row is written: a value that
		// does not fit was not written by us. database/sql has no type for it.
		if err != nil && strings.HasPrefix(err.Error(), "sql: Scan error on column") {
			_, column, _ := strings.Cut(err.Error(), "name ")
			column, _, _ = strings.Cut(column, ": ")
			return &Damaged{Path: path, What: "a row holds in " + column + " what does not belong there"}
		}
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &Locked{Path: path}
	case sqlite3.SQLITE_CORRUPT:
		return &Damaged{Path: path, What: e.Error()}
	case sqlite3.SQLITE_NOTADB:
		return &Foreign{Path: path, What: "it is no SQLite file"}
	case sqlite3.SQLITE_READONLY:
		return ErrReadOnly
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%s: the disk is full: %w", text.Raw(path), err)
	}
	return fmt.Errorf("%s: %w", text.Raw(path), err)
}

func isReadOnly(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_READONLY || code == sqlite3.SQLITE_CANTOPEN
}

// near returns up to three of names that look like name, the nearest first.
func near(name string, names []string) []string {
	type hit struct {
		name string
		d    int
	}
	limit := max(1, len(name)/3)
	low := strings.ToLower(name)
	var hits []hit
	for _, n := range names {
		c := strings.ToLower(n)
		d := distance(low, c, limit+1)
		if len(low) > 1 && (strings.HasPrefix(c, low) || strings.HasPrefix(low, c) && len(c) > 1) {
			d = min(d, limit)
		}
		if d <= limit {
			hits = append(hits, hit{n, d})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.d - b.d })
	var out []string
	for _, h := range hits[:min(3, len(hits))] {
		out = append(out, h.name)
	}
	return out
}

// distance is the number of bytes to insert, remove or replace to make b of a
// (Levenshtein), or at least limit where it is that much.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
