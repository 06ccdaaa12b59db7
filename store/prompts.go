package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
)

const promptColumns = `p.id, p.uid, p.name, coalesce(g.text, ''), p.note, p.created_ms, p.updated_ms`

func scanPrompt(p *session.Prompt) []any {
	return []any{&p.ID, &p.UID, &p.Name, &p.Guideline, &p.Note, &p.CreatedMS, &p.UpdatedMS}
}

const promptInfo = `SELECT ` + promptColumns + `,
	(SELECT count(*) FROM variants v WHERE v.prompt_id = p.id AND v.deleted_ms IS NULL),
	(SELECT count(*) FROM cases c WHERE c.prompt_id = p.id AND c.deleted_ms IS NULL),
	(SELECT count(*) FROM shots s WHERE s.prompt_id = p.id AND s.deleted_ms IS NULL),
	(SELECT count(*) FROM runs r WHERE r.prompt_id = p.id AND r.deleted_ms IS NULL AND r.study_id IS NULL),
	(SELECT coalesce(sum(done), 0) FROM runs r WHERE r.prompt_id = p.id AND r.deleted_ms IS NULL AND r.study_id IS NULL),
	(SELECT coalesce(max(id), 0) FROM runs r WHERE r.prompt_id = p.id AND r.deleted_ms IS NULL AND r.study_id IS NULL),
	coalesce((SELECT started_ms FROM runs r WHERE r.prompt_id = p.id AND r.deleted_ms IS NULL AND r.study_id IS NULL ORDER BY id DESC LIMIT 1), 0)
	FROM prompts p LEFT JOIN guidelines g ON g.id = p.guideline_id WHERE p.deleted_ms IS NULL`

func scanPromptInfo(r scanner) (session.PromptInfo, error) {
	var p session.PromptInfo
	var last int64
	err := r.Scan(append(scanPrompt(&p.Prompt), &p.Variants, &p.Cases, &p.Shots, &p.Runs, &p.Outputs, &last, &p.LastRunMS)...)
	if last > 0 {
		p.LastRun = session.Run{ID: last}.Name()
	}
	return p, err
}

// Prompts returns all prompts by name. Outputs counts the answers of runs that
// have ended. Runs of studies are told with the studies.
func (s *Store) Prompts(ctx context.Context) ([]session.PromptInfo, error) {
	out, err := listOf(ctx, s, "prompt", scanPromptInfo, promptInfo+` ORDER BY p.name`)
	if err == nil {
		err = s.countBorrowed(ctx, out)
	}
	return out, s.wrap(err)
}

// Prompt returns the prompt of that name, or [*NotFound] with names near it.
func (s *Store) Prompt(ctx context.Context, name string) (session.PromptInfo, error) {
	p, err := scanPromptInfo(s.read.QueryRowContext(ctx, promptInfo+` AND p.name = ?`, name))
	if errors.Is(err, sql.ErrNoRows) {
		return p, s.missing(ctx, "prompt", name, `SELECT name FROM prompts WHERE deleted_ms IS NULL`)
	}
	one := []session.PromptInfo{p}
	if err == nil {
		err = s.countBorrowed(ctx, one)
	}
	return one[0], s.wrap(err)
}

// missing is a NotFound with the names near the one asked for.
func (s *Store) missing(ctx context.Context, noun, name, stmt string, args ...any) error {
	names, err := collect(ctx, s.read, func(r scanner) (n string, err error) { err = r.Scan(&n); return n, err }, stmt+` LIMIT 10000`, args...)
	if err != nil {
		return s.wrap(err)
	}
	return &NotFound{Noun: noun, Name: name, Near: near(name, names)}
}

// promptName returns the name of a prompt that is there.
func promptName(ctx context.Context, q query, id int64) (string, error) {
	return nameOf(ctx, q, "prompt", id)
}

// tableOf is the table of a noun.
func tableOf(noun string) string { return strings.ReplaceAll(noun, " ", "_") + "s" }

// nameOf returns the name of a row that is not hidden.
func nameOf(ctx context.Context, q query, noun string, id int64) (name string, err error) {
	var gone bool
	err = q.QueryRowContext(ctx, `SELECT name, deleted_ms IS NOT NULL FROM `+tableOf(noun)+` WHERE id = ?`, id).Scan(&name, &gone)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", &NotFound{Noun: noun, Name: fmt.Sprint("number ", id)}
	case err == nil && gone:
		return "", &NotFound{Noun: noun, Name: name, Deleted: true}
	}
	return name, err
}

// free makes sure that the name can be used and is not taken within a prompt
// (0: among prompts).
func free(ctx context.Context, q query, noun string, promptID int64, name string) error {
	check := session.CheckName
	if noun == "failure mode" || noun == "resource" {
		check = checkLine
	}
	if err := check(noun, name); err != nil {
		return err
	}
	stmt, args := `SELECT count(*) FROM `+tableOf(noun)+` WHERE deleted_ms IS NULL AND name = ?`, []any{name}
	if noun != "prompt" {
		stmt, args = stmt+` AND prompt_id = ?`, append(args, promptID)
	}
	var n int
	if err := q.QueryRowContext(ctx, stmt, args...).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return &Exists{Noun: noun, Name: name}
	}
	return nil
}

func valid(noun, name string, where string, t text.Raw) error {
	if !t.Valid() {
		return &Invalid{Noun: noun, Name: name, Where: where}
	}
	return nil
}

// CreatePrompt adds a prompt with nothing in it.
func (s *Store) CreatePrompt(ctx context.Context, name string, guideline, note text.Raw) (session.Prompt, error) {
	var id int64
	err := s.edit(ctx, "create", "prompt", func(e *edit) (_, _ string, err error) {
		id, err = e.createPrompt(ctx, name, guideline, note)
		return name, "", err
	})
	if err != nil {
		return session.Prompt{}, err
	}
	return s.promptByID(ctx, id)
}

func (s *Store) promptByID(ctx context.Context, id int64) (p session.Prompt, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT `+promptColumns+` FROM prompts p LEFT JOIN guidelines g ON g.id = p.guideline_id
		WHERE p.id = ?`, id).Scan(scanPrompt(&p)...)
	return p, s.wrap(err)
}

func (e *edit) createPrompt(ctx context.Context, name string, guideline, note text.Raw) (int64, error) {
	if err := errors.Join(free(ctx, e.tx, "prompt", 0, name), valid("prompt", name, "its guideline", guideline),
		valid("prompt", name, "its note", note)); err != nil {
		return 0, err
	}
	id, _, err := e.insert(ctx, "prompts", row{"name": name, "note": string(note)})
	if err != nil || guideline == "" {
		return id, err
	}
	return id, e.setGuideline(ctx, id, guideline)
}

func (e *edit) setGuideline(ctx context.Context, promptID int64, guideline text.Raw) error {
	g, _, err := e.insert(ctx, "guidelines", row{"prompt_id": promptID, "text": string(guideline)})
	if err != nil {
		return err
	}
	return e.set(ctx, "prompts", promptID, row{"guideline_id": g})
}

// RenamePrompt gives the prompt another name. Runs keep the one they began with.
func (s *Store) RenamePrompt(ctx context.Context, promptID int64, name string) error {
	return s.rename(ctx, "prompt", promptID, name)
}

// rename gives a row of a noun another name.
func (s *Store) rename(ctx context.Context, noun string, id int64, name string) error {
	return s.edit(ctx, "rename", noun, func(e *edit) (string, string, error) {
		old, err := nameOf(ctx, e.tx, noun, id)
		if err != nil || old == name {
			return "", "", err
		}
		var prompt int64
		if noun != "prompt" {
			if err := e.QueryRowContext(ctx, `SELECT prompt_id FROM `+tableOf(noun)+` WHERE id = ?`, id).Scan(&prompt); err != nil {
				return "", "", err
			}
		}
		if err := free(ctx, e.tx, noun, prompt, name); err != nil {
			return "", "", err
		}
		return old, "to " + name, e.set(ctx, tableOf(noun), id, row{"name": name})
	})
}

// remove hides a row of a noun.
func (s *Store) remove(ctx context.Context, noun string, id int64) error {
	return s.edit(ctx, "delete", noun, func(e *edit) (string, string, error) {
		name, err := nameOf(ctx, e.tx, noun, id)
		if err != nil {
			return "", "", err
		}
		return name, "", e.set(ctx, tableOf(noun), id, row{"deleted_ms": e.now})
	})
}

// DeletePrompt hides the prompt and all that is its own, until it is undone.
// Its runs stay.
func (s *Store) DeletePrompt(ctx context.Context, promptID int64) error {
	return s.remove(ctx, "prompt", promptID)
}

// SetPromptNote writes the prompt's note.
func (s *Store) SetPromptNote(ctx context.Context, promptID int64, note text.Raw) error {
	return s.edit(ctx, "set", "prompt", func(e *edit) (string, string, error) {
		name, err := promptName(ctx, e.tx, promptID)
		if err == nil {
			err = valid("prompt", name, "its note", note)
		}
		if err != nil {
			return "", "", err
		}
		return name, "note", e.set(ctx, "prompts", promptID, row{"note": string(note)})
	})
}

// SetGuideline writes the prompt's guideline. Former ones are kept.
func (s *Store) SetGuideline(ctx context.Context, promptID int64, guideline text.Raw) error {
	return s.edit(ctx, "set", "guideline", func(e *edit) (string, string, error) {
		name, err := promptName(ctx, e.tx, promptID)
		if err == nil {
			err = valid("prompt", name, "its guideline", guideline)
		}
		if err != nil {
			return "", "", err
		}
		var same bool
		err = e.QueryRowContext(ctx, `SELECT coalesce((SELECT text FROM guidelines g WHERE g.id = p.guideline_id), '') = ?
			FROM prompts p WHERE p.id = ?`, string(guideline), promptID).Scan(&same)
		if err != nil || same {
			return "", "", err
		}
		return name, "", e.setGuideline(ctx, promptID, guideline)
	})
}

// CopyPrompt makes a prompt with copies of another's variants (their newest
// revisions), cases, shots, resources, guideline, suites, failure modes, bindings,
// marks on resources and silenced findings. Runs and what was said of their outputs
// stay where they are.
func (s *Store) CopyPrompt(ctx context.Context, promptID int64, name string) (session.Prompt, error) {
	var id int64
	err := s.edit(ctx, "copy", "prompt", func(e *edit) (string, string, error) {
		from, err := promptName(ctx, e.tx, promptID)
		if err != nil {
			return "", "", err
		}
		var p session.Prompt
		err = e.QueryRowContext(ctx, `SELECT `+promptColumns+` FROM prompts p LEFT JOIN guidelines g ON g.id = p.guideline_id
			WHERE p.id = ?`, promptID).Scan(scanPrompt(&p)...)
		if err != nil {
			return "", "", err
		}
		if id, err = e.createPrompt(ctx, name, p.Guideline, p.Note); err != nil {
			return "", "", err
		}
		return from, "to " + name, e.copyParts(ctx, promptID, id)
	})
	if err != nil {
		return session.Prompt{}, err
	}
	return s.promptByID(ctx, id)
}
