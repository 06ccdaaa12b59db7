package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// A note stands under a failure mode only as long as the mode is there.
const (
	noteMode  = `coalesce((SELECT m.id FROM failure_modes m WHERE m.id = n.mode_id AND m.deleted_ms IS NULL), 0)`
	noteFrom  = ` FROM notes n JOIN cells c ON c.id = n.cell_id JOIN runs r ON r.id = c.run_id WHERE n.deleted_ms IS NULL AND r.deleted_ms IS NULL`
	noteQuery = `SELECT n.id, n.uid, n.cell_id, c.run_id, c.prompt_name, c.variant_name, c.revision, c.model, c.case_name, n.text, n.by_name, ` +
		noteMode + `, n.created_ms` + noteFrom
)

func scanNote(r scanner) (session.Note, error) {
	var n session.Note
	err := r.Scan(&n.ID, &n.UID, &n.CellID, &n.RunID, &n.Variant.Prompt, &n.Variant.Variant, &n.Variant.Revision, &n.Model, &n.CaseName, &n.Text,
		&n.By, &n.ModeID, &n.CreatedMS)
	return n, err
}

// AddNote writes a note beside an output.
func (s *Store) AddNote(ctx context.Context, cellID int64, note text.Raw) (session.Note, error) {
	return s.AddNoteBy(ctx, cellID, "", note)
}

// AddNoteBy is AddNote with who wrote it.
func (s *Store) AddNoteBy(ctx context.Context, cellID int64, by, note text.Raw) (session.Note, error) {
	var id int64
	err := s.edit(ctx, "create", "note", func(e *edit) (string, string, error) {
		c, err := cellOf(ctx, e.tx, cellID)
		if err != nil {
			return "", "", err
		}
		id, _, err = e.insert(ctx, "notes", row{"cell_id": cellID, "text": string(note), "by_name": string(by)})
		return c.name, "", err
	})
	if err != nil {
		return session.Note{}, err
	}
	n, err := scanNote(s.read.QueryRowContext(ctx, noteQuery+` AND n.id = ?`, id))
	return n, s.wrap(err)
}

// place is where an output stands.
type place struct {
	name     string // "r3 c12"
	promptID int64  // 0: of none
	caseID   int64  // 0: none that is there
	caseName string
	rowless  bool // the case never had a row: it was borrowed, or came from outside
}

func cellOf(ctx context.Context, q query, cellID int64) (p place, err error) {
	var run int64
	err = q.QueryRowContext(ctx, `SELECT c.run_id, c.case_name, c.case_id IS NULL, coalesce(r.prompt_id, 0),
			coalesce((SELECT id FROM cases k WHERE k.id = c.case_id AND k.deleted_ms IS NULL), 0)
		FROM cells c JOIN runs r ON r.id = c.run_id WHERE c.id = ? AND r.deleted_ms IS NULL`, cellID).Scan(&run, &p.caseName, &p.rowless, &p.promptID, &p.caseID)
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "output", Name: fmt.Sprint("number ", cellID)}
	}
	p.name = session.Run{ID: run}.Name() + " " + p.caseName
	return p, err
}

// Notes returns the notes on outputs of a prompt's runs (0: of all), the newest first.
func (s *Store) Notes(ctx context.Context, promptID int64) ([]session.Note, error) {
	stmt, args := ofPrompt(noteQuery, "r.prompt_id", promptID)
	out, err := collect(ctx, s.read, scanNote, stmt+` ORDER BY n.id DESC`, args...)
	return out, s.wrap(err)
}

// ofPrompt keeps a query to one prompt; 0 is all.
func ofPrompt(stmt, column string, promptID int64) (string, []any) {
	if promptID == 0 {
		return stmt, nil
	}
	return stmt + ` AND ` + column + ` = ?`, []any{promptID}
}

// FreshNotes counts the notes of a prompt's runs (0: of all) that stand under no
// failure mode.
func (s *Store) FreshNotes(ctx context.Context, promptID int64) (n int, err error) {
	stmt, args := ofPrompt(`SELECT count(*)`+noteFrom+` AND `+noteMode+` = 0`, "r.prompt_id", promptID)
	err = s.read.QueryRowContext(ctx, stmt, args...).Scan(&n)
	return n, s.wrap(err)
}

// NotesOf returns the notes on one output, the oldest first.
func (s *Store) NotesOf(ctx context.Context, cellID int64) ([]session.Note, error) {
	out, err := collect(ctx, s.read, scanNote, noteQuery+` AND n.cell_id = ? ORDER BY n.id`, cellID)
	return out, s.wrap(err)
}

// noteName names a note that is there to the log, with the prompt of its run.
func noteName(ctx context.Context, q query, noteID int64) (name string, promptID int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT 'r' || c.run_id || ' ' || c.case_name, coalesce(r.prompt_id, 0)
		FROM notes n JOIN cells c ON c.id = n.cell_id JOIN runs r ON r.id = c.run_id WHERE n.id = ? AND n.deleted_ms IS NULL`, noteID).Scan(&name, &promptID)
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "note", Name: fmt.Sprint("number ", noteID)}
	}
	return name, promptID, err
}

// DeleteNote hides a note until it is undone.
func (s *Store) DeleteNote(ctx context.Context, noteID int64) error {
	return s.edit(ctx, "delete", "note", func(e *edit) (string, string, error) {
		name, _, err := noteName(ctx, e.tx, noteID)
		if err != nil {
			return "", "", err
		}
		return name, "", e.set(ctx, "notes", noteID, row{"deleted_ms": e.now})
	})
}

// SetNoteMode puts a note under a failure mode of its prompt; 0: under none.
func (s *Store) SetNoteMode(ctx context.Context, noteID, modeID int64) error {
	return s.edit(ctx, "set", "note", func(e *edit) (string, string, error) {
		name, prompt, err := noteName(ctx, e.tx, noteID)
		if err != nil {
			return "", "", err
		}
		mode := "under no failure mode"
		if modeID != 0 {
			if mode, err = nameOf(ctx, e.tx, "failure mode", modeID); err != nil {
				return "", "", err
			}
			var of int64
			if err := e.QueryRowContext(ctx, `SELECT prompt_id FROM failure_modes WHERE id = ?`, modeID).Scan(&of); err != nil {
				return "", "", err
			}
			if of != prompt {
				return "", "", fmt.Errorf("failure mode %q is of another prompt than the note", text.Raw(mode))
			}
			mode = "under " + mode
		}
		return name, mode, e.set(ctx, "notes", noteID, row{"mode_id": nullID(modeID)})
	})
}

// checkLine reports whether name can name what is named in words: one line of 1
// to 80 characters.
func checkLine(noun, name string) error {
	why := ""
	switch {
	case strings.TrimSpace(name) == "":
		why = "is empty"
	case !utf8.ValidString(name):
		why = "is not UTF-8"
	case strings.TrimSpace(name) != name:
		why = "begins or ends with a space"
	case utf8.RuneCountInString(name) > 80:
		why = "is longer than 80 characters"
	case strings.ContainsAny(name, "\n\r\t") || text.Invisible(text.Raw(name)) > 0:
		why = "holds an invisible character"
	default:
		return nil
	}
	return &session.NameError{Noun: noun, Name: text.Raw(name).String(), Why: why}
}

const modeQuery = `SELECT m.id, m.uid, m.prompt_id, m.name, m.created_ms, (SELECT count(*) FROM notes n JOIN cells c ON c.id = n.cell_id
		JOIN runs r ON r.id = c.run_id WHERE n.mode_id = m.id AND n.deleted_ms IS NULL AND r.deleted_ms IS NULL)
	FROM failure_modes m JOIN prompts p ON p.id = m.prompt_id WHERE m.deleted_ms IS NULL AND p.deleted_ms IS NULL`

func scanMode(r scanner) (session.FailureMode, error) {
	var m session.FailureMode
	err := r.Scan(&m.ID, &m.UID, &m.PromptID, &m.Name, &m.CreatedMS, &m.Notes)
	return m, err
}

// CreateMode adds a failure mode to a prompt. Its name is a line of words.
func (s *Store) CreateMode(ctx context.Context, promptID int64, name string) (session.FailureMode, error) {
	var id int64
	err := s.edit(ctx, "create", "failure mode", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, promptID)
		if err == nil {
			err = free(ctx, e.tx, "failure mode", promptID, name)
		}
		if err != nil {
			return "", "", err
		}
		id, _, err = e.insert(ctx, "failure_modes", row{"prompt_id": promptID, "name": name})
		return name, "in " + prompt, err
	})
	if err != nil {
		return session.FailureMode{}, err
	}
	m, err := scanMode(s.read.QueryRowContext(ctx, modeQuery+` AND m.id = ?`, id))
	return m, s.wrap(err)
}

// Modes returns the failure modes of a prompt (0: of all) in the order in which
// they were made.
func (s *Store) Modes(ctx context.Context, promptID int64) ([]session.FailureMode, error) {
	stmt, args := ofPrompt(modeQuery, "m.prompt_id", promptID)
	out, err := collect(ctx, s.read, scanMode, stmt+` ORDER BY m.id`, args...)
	return out, s.wrap(err)
}

// RenameMode gives the failure mode another name.
func (s *Store) RenameMode(ctx context.Context, id int64, name string) error {
	return s.rename(ctx, "failure mode", id, name)
}

// DeleteMode hides the failure mode until it is undone. Its notes stay, under
// none.
func (s *Store) DeleteMode(ctx context.Context, id int64) error {
	return s.remove(ctx, "failure mode", id)
}

const correctionQuery = `SELECT k.id, k.uid, k.cell_id, k.text, k.judge, k.created_ms
	FROM corrections k JOIN cells c ON c.id = k.cell_id JOIN runs r ON r.id = c.run_id WHERE k.deleted_ms IS NULL AND r.deleted_ms IS NULL`

func scanCorrection(r scanner) (session.Correction, error) {
	var c session.Correction
	err := r.Scan(&c.ID, &c.UID, &c.CellID, &c.Text, &c.Judge, &c.CreatedMS)
	return c, err
}

// Correct keeps what an output should have been, in place of what the same person
// said before, and makes it the wanted answer of the case where that is still
// there: one edit.
func (s *Store) Correct(ctx context.Context, cellID int64, by, t text.Raw) (session.Correction, error) {
	var id int64
	err := s.edit(ctx, "correct", "output", func(e *edit) (string, string, error) {
		c, err := cellOf(ctx, e.tx, cellID)
		if err == nil {
			err = errors.Join(valid("correction of", c.name, "the text", t), valid("correction of", c.name, "who wrote it", by))
		}
		if err != nil {
			return "", "", err
		}
		if id, err = e.correct(ctx, cellID, by, t); err == nil {
			err = s.want(ctx, e, c, t)
		}
		return c.name, "", err
	})
	if err != nil {
		return session.Correction{}, err
	}
	c, err := scanCorrection(s.read.QueryRowContext(ctx, correctionQuery+` AND k.id = ?`, id))
	return c, s.wrap(err)
}

// want makes a text the wanted answer of the case that an output is of, where that
// is still there. One that is borrowed gets a row of the prompt's own for it, as it
// does when its tags are set.
func (s *Store) want(ctx context.Context, e *edit, at place, t text.Raw) error {
	if at.caseID != 0 {
		return e.set(ctx, "cases", at.caseID, row{"wanted": string(t)})
	}
	if at.promptID == 0 || !at.rowless {
		return nil
	}
	all, err := s.casesOf(ctx, e.tx, at.promptID)
	var unbound *Unbound
	if err != nil && !errors.As(err, &unbound) {
		return err
	}
	base := session.TakeBase(text.Raw(at.caseName)) // a take of a case has no row
	for _, c := range all {
		if c.Name != base {
			continue
		}
		if c.ID != 0 {
			return e.set(ctx, "cases", c.ID, row{"wanted": string(t)})
		}
		return e.createCase(ctx, at.promptID, &session.Case{Name: c.Name, Wanted: &t, Tags: c.Tags, Split: c.Split})
	}
	return nil
}

func (e *edit) correct(ctx context.Context, cellID int64, by, t text.Raw) (int64, error) {
	var old int64
	var said string
	err := e.QueryRowContext(ctx, `SELECT id, text FROM corrections WHERE cell_id = ? AND judge = ? AND deleted_ms IS NULL`, cellID, by).Scan(&old, &said)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil || said == string(t):
		return old, err
	default:
		if err := e.set(ctx, "corrections", old, row{"deleted_ms": e.now}); err != nil {
			return 0, err
		}
	}
	id, _, err := e.insert(ctx, "corrections", row{"cell_id": cellID, "judge": string(by), "text": string(t)})
	return id, err
}

// Corrections returns those of outputs of a prompt's runs (0: of all), the newest
// first.
func (s *Store) Corrections(ctx context.Context, promptID int64) ([]session.Correction, error) {
	stmt, args := ofPrompt(correctionQuery, "r.prompt_id", promptID)
	out, err := collect(ctx, s.read, scanCorrection, stmt+` ORDER BY k.id DESC`, args...)
	return out, s.wrap(err)
}
