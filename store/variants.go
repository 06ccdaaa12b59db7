package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"galley/session"
	"galley/session/text"
)

const revisionColumns = `r.id, r.uid, r.variant_id, r.number, coalesce(r.parent_id, 0), r.intent, r.created_ms, r.content_hash, c.body`

// revisionRow collects a revision's columns.
type revisionRow struct {
	session.Revision
	body string
}

func (r *revisionRow) into() []any {
	return []any{&r.ID, &r.UID, &r.VariantID, &r.Number, &r.ParentID, &r.Intent, &r.CreatedMS, &r.Hash, &r.body}
}

func (r *revisionRow) done() (session.Revision, error) {
	c, err := session.ParseContent([]byte(r.body))
	if err == nil && session.Hash([]byte(r.body)) != r.Hash {
		err = errors.New("its content is not what its hash names")
	}
	if err != nil {
		return r.Revision, badRow("revision", r.ID, err)
	}
	r.Content = c
	return r.Revision, nil
}

func scanRevision(s scanner) (session.Revision, error) {
	var r revisionRow
	if err := s.Scan(r.into()...); err != nil {
		return r.Revision, err
	}
	return r.done()
}

const (
	variantColumns = `v.id, v.uid, v.prompt_id, v.name, h.number, v.created_ms, v.updated_ms, p.name,
	coalesce((SELECT number FROM revisions b WHERE b.id = r.parent_id), 0),
	EXISTS (SELECT 1 FROM drafts d WHERE d.variant_id = v.id AND d.content <> c.body), ` + revisionColumns
	variantFrom = ` FROM variants v JOIN prompts p ON p.id = v.prompt_id AND p.deleted_ms IS NULL JOIN revisions h ON h.id = v.head_id`
	variantInfo = `SELECT ` + variantColumns + variantFrom + ` JOIN revisions r ON r.id = v.head_id
	JOIN contents c ON c.hash = r.content_hash WHERE v.deleted_ms IS NULL`
	variantAt = `SELECT ` + variantColumns + variantFrom + ` JOIN revisions r ON r.variant_id = v.id
	JOIN contents c ON c.hash = r.content_hash WHERE v.deleted_ms IS NULL`
)

func scanVariantInfo(s scanner) (session.VariantInfo, error) {
	var v session.VariantInfo
	var r revisionRow
	err := s.Scan(append([]any{&v.ID, &v.UID, &v.PromptID, &v.Name, &v.Head, &v.CreatedMS, &v.UpdatedMS, &v.Prompt, &v.Parent, &v.Drafted},
		r.into()...)...)
	if err != nil {
		return v, err
	}
	if v.Revision, err = r.done(); err != nil {
		if bad := asBadRow("variant", err); bad != nil {
			err = &BadRow{fmt.Sprintf("variant %q: %s", text.Head(v.Prompt+"/"+v.Name, 80).String(), bad.What)}
		}
	}
	return v, err
}

// oneVariant reads a variant with the texts of its resources.
func oneVariant(ctx context.Context, q query, stmt string, args ...any) (session.VariantInfo, error) {
	v, err := scanVariantInfo(q.QueryRowContext(ctx, stmt, args...))
	if err == nil {
		err = hydrate(ctx, q, &v.Revision.Content)
	}
	return v, err
}

// Variants returns the variants of a prompt in the order in which they were
// made, each with its newest revision.
func (s *Store) Variants(ctx context.Context, promptID int64) ([]session.VariantInfo, error) {
	out, err := listOf(ctx, s, "variant", scanVariantInfo, variantInfo+` AND v.prompt_id = ? ORDER BY v.id`, promptID)
	out, err = listed(ctx, s, out, err, contentOfVariant)
	return out, s.wrap(err)
}

// Variant returns the variant with the revision asked for, the newest where the
// reference gives none, or [*NotFound] with names near it.
func (s *Store) Variant(ctx context.Context, ref session.VariantRef) (session.VariantInfo, error) {
	stmt, args := variantInfo+` AND p.name = ? AND v.name = ?`, []any{ref.Prompt, ref.Variant}
	if ref.Revision > 0 {
		stmt, args = variantAt+` AND p.name = ? AND v.name = ? AND r.number = ?`, append(args, ref.Revision)
	}
	v, err := oneVariant(ctx, s.read, stmt, args...)
	if !errors.Is(err, sql.ErrNoRows) {
		return v, s.wrap(err)
	}
	p, err := s.Prompt(ctx, ref.Prompt)
	if err != nil {
		return v, err
	}
	if ref.Revision > 0 {
		head, err := s.Variant(ctx, session.VariantRef{Prompt: ref.Prompt, Variant: ref.Variant})
		if err != nil {
			return v, err
		}
		return v, &NotFound{Noun: "revision", Name: ref.String(), Near: []string{head.Ref().String()}}
	}
	var e *NotFound
	err = s.missing(ctx, "variant", ref.Variant, `SELECT name FROM variants WHERE deleted_ms IS NULL AND prompt_id = ?`, p.ID)
	if errors.As(err, &e) {
		e.Name = ref.String()
		for i := range e.Near {
			e.Near[i] = ref.Prompt + "/" + e.Near[i]
		}
	}
	return v, err
}

// Revisions returns all revisions of a variant, the newest first, those that an
// undo took back included: outputs may stand beside them.
func (s *Store) Revisions(ctx context.Context, variantID int64) ([]session.Revision, error) {
	out, err := listOf(ctx, s, "revision", scanRevision, `SELECT `+revisionColumns+` FROM revisions r
		JOIN contents c ON c.hash = r.content_hash WHERE r.variant_id = ? ORDER BY r.number DESC`, variantID)
	out, err = listed(ctx, s, out, err, contentOfRevision)
	return out, s.wrap(err)
}

// Revision returns a revision by its id, also one of a deleted variant.
func (s *Store) Revision(ctx context.Context, id int64) (session.Revision, error) {
	r, err := scanRevision(s.read.QueryRowContext(ctx, `SELECT `+revisionColumns+` FROM revisions r
		JOIN contents c ON c.hash = r.content_hash WHERE r.id = ?`, id))
	if err == nil {
		err = hydrate(ctx, s.read, &r.Content)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "revision", Name: fmt.Sprint("number ", id)}
	}
	return r, s.wrap(err)
}

// CreateVariant adds a variant with its first revision.
func (s *Store) CreateVariant(ctx context.Context, promptID int64, name string, c session.Content, intent text.Raw) (session.VariantInfo, error) {
	out, err := s.CreateVariants(ctx, promptID, []session.NewVariant{{Name: name, Intent: intent, Content: c}})
	if err != nil {
		return session.VariantInfo{}, err
	}
	return out[0], nil
}

// CreateVariants adds variants with their first revisions, all or none, in one
// transaction and as one edit.
func (s *Store) CreateVariants(ctx context.Context, promptID int64, list []session.NewVariant) ([]session.VariantInfo, error) {
	ids := make([]int64, len(list))
	err := s.edit(ctx, "create", "variant", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, promptID)
		if err != nil {
			return "", "", err
		}
		for i, v := range list {
			if ids[i], err = e.createVariant(ctx, promptID, v.Name, v.Content, v.Intent); err != nil {
				return "", "", err
			}
		}
		if len(list) == 1 {
			return prompt + "/" + list[0].Name, list[0].Intent.String(), nil
		}
		return prompt, fmt.Sprintf("%d variants", len(list)), nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]session.VariantInfo, len(ids))
	for i, id := range ids {
		if out[i], err = s.variantByID(ctx, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) variantByID(ctx context.Context, id int64) (session.VariantInfo, error) {
	v, err := oneVariant(ctx, s.read, variantInfo+` AND v.id = ?`, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "variant", Name: fmt.Sprint("number ", id)}
	}
	return v, s.wrap(err)
}

func (e *edit) createVariant(ctx context.Context, promptID int64, name string, c session.Content, intent text.Raw) (int64, error) {
	if err := free(ctx, e.tx, "variant", promptID, name); err != nil {
		return 0, err
	}
	id, _, err := e.insert(ctx, "variants", row{"prompt_id": promptID, "name": name})
	if err != nil {
		return 0, err
	}
	rev, err := e.addRevision(ctx, id, name, 0, c, intent)
	if err != nil {
		return 0, err
	}
	return id, e.set(ctx, "variants", id, row{"head_id": rev})
}

// addRevision appends a revision, which nothing will change.
func (e *edit) addRevision(ctx context.Context, variantID int64, name string, parent int64, c session.Content, intent text.Raw) (int64, error) {
	if where := c.Invalid(); where != "" {
		return 0, &Invalid{Noun: "variant", Name: name, Where: where}
	}
	if err := valid("variant", name, "the intent", intent); err != nil {
		return 0, err
	}
	c, texts := sealed(c)
	if err := keepPieces(ctx, e.tx, texts); err != nil {
		return 0, err
	}
	body := c.JSON()
	hash := session.Hash(body)
	if _, err := e.ExecContext(ctx, `INSERT INTO contents (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING`, hash, string(body)); err != nil {
		return 0, err
	}
	var number int64
	if err := e.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) + 1 FROM revisions WHERE variant_id = ?`, variantID).Scan(&number); err != nil {
		return 0, err
	}
	r := row{"variant_id": variantID, "number": number, "intent": string(intent), "content_hash": hash}
	if parent != 0 {
		r["parent_id"] = parent
	}
	id, _, err := e.insert(ctx, "revisions", r)
	return id, err
}

// Save keeps the content as a new revision with baseID as its parent, and drops
// the draft. Where it equals the newest revision none is made: saved is false
// and that revision is returned.
func (s *Store) Save(ctx context.Context, variantID, baseID int64, c session.Content, intent text.Raw) (rev session.Revision, saved bool, err error) {
	var id int64
	err = s.edit(ctx, "save", "variant", func(e *edit) (string, string, error) {
		name, err := nameOf(ctx, e.tx, "variant", variantID)
		if err != nil {
			return "", "", err
		}
		var prompt, hash string
		err = e.QueryRowContext(ctx, `SELECT p.name, r.id, r.content_hash FROM variants v JOIN prompts p ON p.id = v.prompt_id
			JOIN revisions r ON r.id = v.head_id WHERE v.id = ?`, variantID).Scan(&prompt, &id, &hash)
		if err != nil {
			return "", "", err
		}
		var mine bool
		if err := e.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM revisions WHERE id = ? AND variant_id = ?)`, baseID, variantID).Scan(&mine); err != nil {
			return "", "", err
		}
		if !mine {
			return "", "", &NotFound{Noun: "revision", Name: fmt.Sprintf("number %d of %s/%s", baseID, prompt, name)}
		}
		if where := c.Invalid(); where != "" {
			return "", "", &Invalid{Noun: "variant", Name: name, Where: where}
		}
		c, _ := sealed(c)
		if err := s.dropDraft(ctx, e.tx, variantID); err != nil || c.Hash() == hash {
			return "", "", err
		}
		if id, err = e.addRevision(ctx, variantID, name, baseID, c, intent); err != nil {
			return "", "", err
		}
		saved = true
		return prompt + "/" + name, intent.String(), e.set(ctx, "variants", variantID, row{"head_id": id})
	})
	if err != nil {
		return session.Revision{}, false, err
	}
	rev, err = s.Revision(ctx, id)
	return rev, saved, err
}

// RenameVariant gives the variant another name. Runs keep the one they began with.
func (s *Store) RenameVariant(ctx context.Context, variantID int64, name string) error {
	return s.rename(ctx, "variant", variantID, name)
}

// CopyVariant makes a variant of the same prompt whose first revision is the
// other's newest.
func (s *Store) CopyVariant(ctx context.Context, variantID int64, name string) (session.VariantInfo, error) {
	var id int64
	err := s.edit(ctx, "copy", "variant", func(e *edit) (string, string, error) {
		v, err := oneVariant(ctx, e.tx, variantInfo+` AND v.id = ?`, variantID)
		if errors.Is(err, sql.ErrNoRows) {
			err = &NotFound{Noun: "variant", Name: fmt.Sprint("number ", variantID)}
		}
		if err != nil {
			return "", "", err
		}
		id, err = e.createVariant(ctx, v.PromptID, name, v.Revision.Content, text.Raw("copied from "+string(v.Name)+"@"+strconv.Itoa(v.Revision.Number)))
		return v.Ref().String(), "to " + name, err
	})
	if err != nil {
		return session.VariantInfo{}, err
	}
	return s.variantByID(ctx, id)
}

// DeleteVariant hides the variant until it is undone. Its revisions stay where
// runs need them.
func (s *Store) DeleteVariant(ctx context.Context, variantID int64) error {
	return s.remove(ctx, "variant", variantID)
}
