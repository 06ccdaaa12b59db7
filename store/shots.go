package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"galley/session"
	"galley/session/text"
)

const shotQuery = `SELECT id, uid, prompt_id, name, input, output, tags, is_off, calls, pin FROM shots WHERE deleted_ms IS NULL`

func scanShot(r scanner) (session.Shot, error) {
	var s session.Shot
	var tags, calls string
	err := r.Scan(&s.ID, &s.UID, &s.PromptID, &s.Name, &s.Input, &s.Output, &tags, &s.Off, &calls, &s.Pin)
	if err != nil {
		return s, err
	}
	if s.Tags, err = parseTags(tags); err == nil {
		s.Calls, err = parseCalls(calls)
	}
	if err != nil {
		err = badRow("shot", s.ID, err, s.Name)
	}
	return s, err
}

// Shots returns the shots of a prompt in the order in which they came.
func (s *Store) Shots(ctx context.Context, promptID int64) ([]session.Shot, error) {
	out, err := listOf(ctx, s, "shot", scanShot, shotQuery+` AND prompt_id = ? ORDER BY id`, promptID)
	return out, s.wrap(err)
}

// Shot returns a shot by its name, or [*NotFound] with names near it.
func (s *Store) Shot(ctx context.Context, promptID int64, name string) (session.Shot, error) {
	shot, err := scanShot(s.read.QueryRowContext(ctx, shotQuery+` AND prompt_id = ? AND name = ?`, promptID, name))
	if errors.Is(err, sql.ErrNoRows) {
		return shot, s.missing(ctx, "shot", name, `SELECT name FROM shots WHERE deleted_ms IS NULL AND prompt_id = ?`, promptID)
	}
	return shot, s.wrap(err)
}

// CreateShots adds all or none, in one transaction and as one edit, and returns
// them as they were kept. The nameless are named s1, s2 and so on. A shot that
// cannot be kept is a [*RowError].
func (s *Store) CreateShots(ctx context.Context, promptID int64, shots []session.Shot) ([]session.Shot, error) {
	out := session.CloneShots(shots)
	verb := "create"
	if len(shots) > 1 {
		verb = "import"
	}
	err := s.edit(ctx, verb, "shot", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, promptID)
		if err != nil {
			return "", "", err
		}
		name, err := e.namer(ctx, "shot", "s", promptID)
		if err != nil {
			return "", "", err
		}
		for i := range out {
			out[i].Name = name(out[i].Name)
			if err := e.createShot(ctx, promptID, &out[i]); err != nil {
				return "", "", atRow(i, err)
			}
		}
		return prompt, batchDetail(len(out), "shots", func() text.Raw { return out[0].Name }), nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (e *edit) createShot(ctx context.Context, promptID int64, s *session.Shot) error {
	if err := free(ctx, e.tx, "shot", promptID, string(s.Name)); err != nil {
		return err
	}
	r, err := shotRow(s)
	if err != nil {
		return err
	}
	r["prompt_id"], r["name"] = promptID, string(s.Name)
	s.PromptID = promptID
	s.ID, s.UID, err = e.insert(ctx, "shots", r)
	return err
}

func shotRow(s *session.Shot) (row, error) {
	bad := func(where string) error { return &Invalid{Noun: "shot", Name: string(s.Name), Where: where} }
	for _, t := range s.Tags {
		if !t.Valid() {
			return nil, bad("a tag")
		}
	}
	switch {
	case !s.Input.Valid():
		return nil, bad("the input")
	case !s.Output.Valid():
		return nil, bad("the output")
	case s.Pin != session.PinNone && s.Pin != session.PinFirst && s.Pin != session.PinLast:
		return nil, fmt.Errorf("shot %q: a shot is pinned first or last, not %q", s.Name, text.Raw(s.Pin))
	}
	for _, c := range s.Calls {
		if !c.Name.Valid() || !c.Arguments.Valid() || !c.Result.Valid() {
			return nil, bad("a call of a tool")
		}
	}
	return row{
		"input": string(s.Input), "output": string(s.Output), "tags": formatTags(s.Tags), "is_off": plain(s.Off),
		"calls": formatCalls(s.Calls), "pin": string(s.Pin),
	}, nil
}

// UpdateShot writes input, output, calls, tags, pin and the switch of the shot with
// that ID.
// Revisions keep the copies that they have.
func (s *Store) UpdateShot(ctx context.Context, shot session.Shot) error {
	return s.UpdateShots(ctx, []session.Shot{shot})
}

// UpdateShots is UpdateShot for all or none, in one transaction and as one edit,
// which one undo takes back. A shot that cannot be kept is a [*RowError].
func (s *Store) UpdateShots(ctx context.Context, shots []session.Shot) error {
	return s.updateRows(ctx, "shot", len(shots), func(i int) (int64, row, error) {
		r, err := shotRow(&shots[i])
		return shots[i].ID, r, err
	})
}

// RenameShot gives the shot another name.
func (s *Store) RenameShot(ctx context.Context, shotID int64, name string) error {
	return s.rename(ctx, "shot", shotID, name)
}

// CopyShot makes a shot of the same prompt; a name of "" takes the next free one.
func (s *Store) CopyShot(ctx context.Context, shotID int64, name string) (shot session.Shot, err error) {
	err = s.edit(ctx, "copy", "shot", func(e *edit) (string, string, error) {
		if shot, err = scanShot(e.QueryRowContext(ctx, shotQuery+` AND id = ?`, shotID)); errors.Is(err, sql.ErrNoRows) {
			err = &NotFound{Noun: "shot", Name: fmt.Sprint("number ", shotID)}
		}
		if err != nil {
			return "", "", err
		}
		next, err := e.namer(ctx, "shot", "s", shot.PromptID)
		if err != nil {
			return "", "", err
		}
		old := string(shot.Name)
		shot.Name = next(text.Raw(name))
		return old, "to " + string(shot.Name), e.createShot(ctx, shot.PromptID, &shot)
	})
	return shot, err
}

// DeleteShot hides the shot until it is undone.
func (s *Store) DeleteShot(ctx context.Context, shotID int64) error {
	return s.remove(ctx, "shot", shotID)
}
