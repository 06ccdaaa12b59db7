package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"galley/session"
)

// draftFresh is how long a draft counts as being edited when its process can't be
// asked after, as one on another machine, in milliseconds.
const draftFresh int64 = 10 * 60_000

// DraftHeld says that unsaved work of another window lies where a draft was to be
// kept.
type DraftHeld struct {
	Live bool // that window is open
}

func (e *DraftHeld) Error() string {
	if e.Live {
		return "it is being edited in another window; S keeps this as a variant of its own"
	}
	return "other unsaved work lies there; S keeps this as a variant of its own"
}

// PutDraft keeps what is being typed. UpdatedMS is set here. It is no edit that
// undo sees. Work of another window that this one did not take is not written over:
// a [*DraftHeld].
func (s *Store) PutDraft(ctx context.Context, d session.Draft) error {
	if where := d.Content.Invalid(); where != "" {
		return &Invalid{Noun: "draft of variant", Name: fmt.Sprint("number ", d.VariantID), Where: where}
	}
	content, texts := sealed(d.Content)
	return s.change(ctx, func(t *tx) error {
		if _, err := nameOf(ctx, t, "variant", d.VariantID); err != nil {
			return err
		}
		if err := s.ownDraft(ctx, t, d.VariantID); err != nil {
			return err
		}
		if err := keepPieces(ctx, t, texts); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `INSERT INTO drafts (variant_id, uid, base_id, content, updated_ms, is_left, owner) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (variant_id) DO UPDATE SET base_id = excluded.base_id, content = excluded.content, updated_ms = excluded.updated_ms,
				is_left = excluded.is_left, owner = excluded.owner`,
			d.VariantID, newUID(), d.BaseID, string(content.JSON()), s.now(), plain(d.Left), s.owner)
		return err
	})
}

const draftQuery = `SELECT d.variant_id, d.base_id, d.content, d.updated_ms, d.is_left, d.owner FROM drafts d
	JOIN variants v ON v.id = d.variant_id WHERE v.deleted_ms IS NULL`

func (s *Store) scanDraft(r scanner) (session.Draft, error) {
	var d session.Draft
	var body, owner string
	err := r.Scan(&d.VariantID, &d.BaseID, &body, &d.UpdatedMS, &d.Left, &owner)
	if err == nil {
		d.Live = s.writes(owner, d.UpdatedMS, d.Left)
		if d.Content, err = session.ParseContent([]byte(body)); err != nil {
			err = badRow("the draft of variant", d.VariantID, err)
		}
	}
	return d, err
}

// writes reports whether another process has a draft in hand.
func (s *Store) writes(owner string, updatedMS int64, left bool) bool {
	switch {
	case left, owner == "", owner == s.owner, s.gone(owner):
		return false
	case s.lives(owner):
		return true
	}
	since := s.now() - updatedMS
	return since > -draftFresh && since < draftFresh
}

// ownDraft reports as an error that the draft of a variant is another window's: one
// that has it in hand, or one that left it and that this one did not go on from. A
// store without an owner writes over what it likes.
func (s *Store) ownDraft(ctx context.Context, q query, variantID int64) error {
	if s.owner == "" {
		return nil
	}
	var owner string
	var updated int64
	var left bool
	err := q.QueryRowContext(ctx, `SELECT owner, updated_ms, is_left FROM drafts WHERE variant_id = ?`, variantID).Scan(&owner, &updated, &left)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case owner == "", owner == s.owner:
		return nil
	case s.writes(owner, updated, left):
		return &DraftHeld{Live: true}
	}
	s.taken.Lock()
	defer s.taken.Unlock()
	if at, ok := s.taken.of[variantID]; ok && at == updated {
		return nil
	}
	return &DraftHeld{}
}

// TakeDraft says that this process goes on from a draft that it read, and may write
// over it.
func (s *Store) TakeDraft(d session.Draft) {
	s.taken.Lock()
	defer s.taken.Unlock()
	if s.taken.of == nil {
		s.taken.of = map[int64]int64{}
	}
	s.taken.of[d.VariantID] = d.UpdatedMS
}

// Draft returns the draft of a variant, or nil where there is none.
func (s *Store) Draft(ctx context.Context, variantID int64) (*session.Draft, error) {
	d, err := s.scanDraft(s.read.QueryRowContext(ctx, draftQuery+` AND d.variant_id = ?`, variantID))
	if err == nil {
		err = hydrate(ctx, s.read, &d.Content)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.wrap(err)
	}
	return &d, nil
}

// Drafts returns all drafts, the newest first.
func (s *Store) Drafts(ctx context.Context) ([]session.Draft, error) {
	out, err := listOf(ctx, s, "draft", s.scanDraft, draftQuery+` ORDER BY d.updated_ms DESC, d.variant_id`)
	out, err = listed(ctx, s, out, err, contentOfDraft)
	return out, s.wrap(err)
}

// DropDraft forgets the draft of a variant, if there is one. That of another window
// stays.
func (s *Store) DropDraft(ctx context.Context, variantID int64) error {
	return s.change(ctx, func(t *tx) error { return s.dropDraft(ctx, t, variantID) })
}

func (s *Store) dropDraft(ctx context.Context, t *tx, variantID int64) error {
	var held *DraftHeld
	switch err := s.ownDraft(ctx, t, variantID); {
	case errors.As(err, &held):
		return nil
	case err != nil:
		return err
	}
	_, err := t.ExecContext(ctx, `DELETE FROM drafts WHERE variant_id = ?`, variantID)
	return err
}
