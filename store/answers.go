package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"galley/session"
	"galley/session/text"
)

// What readers say of a prompt's own texts: answers to the intern test, findings
// of lint that they answered, and marks of which resource serves which case.

const internQuery = `SELECT i.id, i.uid, i.revision_id, i.question, i.text, i.by_name, i.updated_ms FROM interns i WHERE i.deleted_ms IS NULL`

func scanIntern(r scanner) (session.InternAnswer, error) {
	var a session.InternAnswer
	err := r.Scan(&a.ID, &a.UID, &a.RevisionID, &a.Question, &a.Text, &a.By, &a.UpdatedMS)
	return a, err
}

// Interns returns the answers to the intern test of a revision, by question.
func (s *Store) Interns(ctx context.Context, revisionID int64) ([]session.InternAnswer, error) {
	out, err := collect(ctx, s.read, scanIntern, internQuery+` AND i.revision_id = ? ORDER BY i.question`, revisionID)
	return out, s.wrap(err)
}

// InternsOf returns the answers about all revisions of a variant, those of the
// newest revision first, by question.
func (s *Store) InternsOf(ctx context.Context, variantID int64) ([]session.InternAnswer, error) {
	out, err := collect(ctx, s.read, scanIntern, internQuery+` AND i.revision_id IN (SELECT id FROM revisions WHERE variant_id = ?)
		ORDER BY (SELECT number FROM revisions r WHERE r.id = i.revision_id) DESC, i.question`, variantID)
	return out, s.wrap(err)
}

// PutIntern writes an answer in place of the one that was given; "" takes it away.
func (s *Store) PutIntern(ctx context.Context, a session.InternAnswer) error {
	return s.edit(ctx, "answer", "intern test", func(e *edit) (string, string, error) {
		if a.Question < 1 || a.Question > session.InternQuestions {
			return "", "", fmt.Errorf("the intern test has questions 1 to %d, not %d", session.InternQuestions, a.Question)
		}
		var name string
		err := e.QueryRowContext(ctx, `SELECT p.name || '/' || v.name || '@' || r.number FROM revisions r JOIN variants v ON v.id = r.variant_id
			JOIN prompts p ON p.id = v.prompt_id WHERE r.id = ?`, a.RevisionID).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			err = &NotFound{Noun: "revision", Name: fmt.Sprint("number ", a.RevisionID)}
		}
		if err == nil {
			err = errors.Join(valid("answer about", name, "the text", a.Text), valid("answer about", name, "who wrote it", a.By))
		}
		if err != nil {
			return "", "", err
		}
		var id int64
		err = e.QueryRowContext(ctx, `SELECT id FROM interns WHERE revision_id = ? AND question = ? AND deleted_ms IS NULL`, a.RevisionID, a.Question).Scan(&id)
		detail := fmt.Sprint("question ", a.Question)
		switch {
		case errors.Is(err, sql.ErrNoRows) && a.Text == "":
			return "", "", nil
		case errors.Is(err, sql.ErrNoRows):
			_, err = e.insertUpdated(ctx, "interns", row{
				"revision_id": a.RevisionID, "question": a.Question, "text": string(a.Text), "by_name": string(a.By),
			})
			return name, detail, err
		case err != nil:
			return "", "", err
		case a.Text == "":
			return name, detail, e.set(ctx, "interns", id, row{"deleted_ms": e.now})
		}
		return name, detail, e.set(ctx, "interns", id, row{"text": string(a.Text), "by_name": string(a.By)})
	})
}

// insertUpdated is insert for a table whose rows say when they were last written
// and not when they were made.
func (e *edit) insertUpdated(ctx context.Context, table string, r row) (int64, error) {
	r["uid"], r["updated_ms"] = newUID(), e.now
	id, err := insert(ctx, e.tx, table, r)
	if err == nil {
		e.deltas = append(e.deltas, delta{table, id, row{"deleted_ms": e.now}, row{"deleted_ms": nil}})
	}
	return id, err
}

const silenceQuery = `SELECT q.id, q.uid, q.prompt_id, q.rule, q.quote, q.reason, q.by_name, q.created_ms
	FROM silences q JOIN prompts p ON p.id = q.prompt_id WHERE q.deleted_ms IS NULL AND p.deleted_ms IS NULL`

func scanSilence(r scanner) (session.Silence, error) {
	var x session.Silence
	err := r.Scan(&x.ID, &x.UID, &x.PromptID, &x.Rule, &x.Quote, &x.Reason, &x.By, &x.CreatedMS)
	return x, err
}

// Silences returns the findings of lint on a prompt (0: on all) that were answered,
// in the order in which they were.
func (s *Store) Silences(ctx context.Context, promptID int64) ([]session.Silence, error) {
	stmt, args := ofPrompt(silenceQuery, "q.prompt_id", promptID)
	out, err := collect(ctx, s.read, scanSilence, stmt+` ORDER BY q.id`, args...)
	return out, s.wrap(err)
}

// PutSilence answers a finding: the same rule about the same words, which it
// answers anew where they were answered before.
func (s *Store) PutSilence(ctx context.Context, x session.Silence) (session.Silence, error) {
	var id int64
	err := s.edit(ctx, "silence", "finding", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, x.PromptID)
		if err == nil {
			err = errors.Join(valid("finding of", prompt, "the rule", text.Raw(x.Rule)), valid("finding of", prompt, "the quote", x.Quote),
				valid("finding of", prompt, "the reason", x.Reason), valid("finding of", prompt, "who answered it", x.By))
		}
		switch {
		case err != nil:
			return "", "", err
		case x.Rule == "":
			return "", "", errors.New("a finding needs the rule that found it")
		case x.Reason == "":
			return "", "", errors.New("a finding is silenced with a reason; write why it does not hold here")
		}
		err = e.QueryRowContext(ctx, `SELECT id FROM silences WHERE prompt_id = ? AND rule = ? AND quote = ? AND deleted_ms IS NULL`,
			x.PromptID, x.Rule, x.Quote).Scan(&id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			id, _, err = e.insert(ctx, "silences", row{
				"prompt_id": x.PromptID, "rule": x.Rule, "quote": string(x.Quote), "reason": string(x.Reason), "by_name": string(x.By),
			})
		case err == nil:
			err = e.set(ctx, "silences", id, row{"reason": string(x.Reason), "by_name": string(x.By)})
		}
		return prompt, x.Rule, err
	})
	if err != nil {
		return session.Silence{}, err
	}
	x, err = scanSilence(s.read.QueryRowContext(ctx, silenceQuery+` AND q.id = ?`, id))
	return x, s.wrap(err)
}

// DeleteSilence lets a finding speak again.
func (s *Store) DeleteSilence(ctx context.Context, id int64) error {
	return s.edit(ctx, "unsilence", "finding", func(e *edit) (string, string, error) {
		x, err := scanSilence(e.QueryRowContext(ctx, silenceQuery+` AND q.id = ?`, id))
		if errors.Is(err, sql.ErrNoRows) {
			err = &NotFound{Noun: "silenced finding", Name: fmt.Sprint("number ", id)}
		}
		if err != nil {
			return "", "", err
		}
		prompt, err := promptName(ctx, e.tx, x.PromptID)
		if err != nil {
			return "", "", err
		}
		return prompt, x.Rule, e.set(ctx, "silences", id, row{"deleted_ms": e.now})
	})
}

const relevanceQuery = `SELECT m.id, m.uid, m.prompt_id, m.case_id, m.piece_hash, m.grade, m.by_name, m.created_ms
	FROM relevances m JOIN prompts p ON p.id = m.prompt_id JOIN cases k ON k.id = m.case_id
	WHERE m.deleted_ms IS NULL AND p.deleted_ms IS NULL AND k.deleted_ms IS NULL`

func scanRelevance(r scanner) (session.Relevance, error) {
	var m session.Relevance
	err := r.Scan(&m.ID, &m.UID, &m.PromptID, &m.CaseID, &m.Hash, &m.Grade, &m.By, &m.CreatedMS)
	return m, err
}

// Relevances returns the marks on resources of a prompt (0: of all) in the order in
// which they were given. Those on deleted cases are left out.
func (s *Store) Relevances(ctx context.Context, promptID int64) ([]session.Relevance, error) {
	stmt, args := ofPrompt(relevanceQuery, "m.prompt_id", promptID)
	out, err := collect(ctx, s.read, scanRelevance, stmt+` ORDER BY m.id`, args...)
	return out, s.wrap(err)
}

// errNoOrigin is what a mark on a borrowed case answers that goes back to no row.
var errNoOrigin = errors.New("the case is borrowed, and a mark is kept with the case that it comes from, which was deleted or had no row when it ran; a case of the same name made here takes its place and can be marked")

// PutRelevance marks a resource for a case in place of the same person's mark; a
// grade of -1 takes that away. The case may be one that the prompt borrows: then the
// mark is the prompt's own, on the row that the case goes back to.
func (s *Store) PutRelevance(ctx context.Context, m session.Relevance) error {
	return s.edit(ctx, "mark", "resource", func(e *edit) (string, string, error) {
		if m.CaseID == 0 {
			return "", "", errNoOrigin
		}
		name, err := nameOf(ctx, e.tx, "case", m.CaseID)
		if err == nil {
			err = errors.Join(valid("mark for", name, "who gave it", m.By), valid("mark for", name, "the hash", text.Raw(m.Hash)))
		}
		if err == nil && (m.Grade < -1 || m.Grade > 3) {
			err = fmt.Errorf("a resource is marked 0 to 3, not %d", m.Grade)
		}
		if err == nil && m.Hash == "" {
			err = errors.New("a mark needs the hash of the resource's text")
		}
		if err != nil {
			return "", "", err
		}
		prompt, err := markPrompt(ctx, e.tx, m, name)
		if err != nil {
			return "", "", err
		}
		var id, of int64
		detail := fmt.Sprint("grade ", m.Grade)
		err = e.QueryRowContext(ctx, `SELECT id, prompt_id FROM relevances WHERE case_id = ? AND piece_hash = ? AND by_name = ? AND deleted_ms IS NULL`,
			m.CaseID, m.Hash, m.By).Scan(&id, &of)
		switch {
		case err == nil && of != prompt:
			other, err := promptName(ctx, e.tx, of)
			return "", "", errors.Join(err, fmt.Errorf("%s marked the same text for case %q in the prompt %s already, and there is one mark of a text and case; mark as somebody else", m.By, text.Raw(name), text.Raw(other)))
		case errors.Is(err, sql.ErrNoRows) && m.Grade < 0:
			return "", "", nil
		case errors.Is(err, sql.ErrNoRows):
			_, _, err = e.insert(ctx, "relevances", row{
				"prompt_id": prompt, "case_id": m.CaseID, "piece_hash": m.Hash, "grade": m.Grade, "by_name": string(m.By),
			})
			return name, detail, err
		case err != nil:
			return "", "", err
		case m.Grade < 0:
			return name, "no grade", e.set(ctx, "relevances", id, row{"deleted_ms": e.now})
		}
		return name, detail, e.set(ctx, "relevances", id, row{"grade": m.Grade})
	})
}

// markPrompt is the prompt that a mark is of: that of the case, or one that borrows
// from it.
func markPrompt(ctx context.Context, q query, m session.Relevance, name string) (int64, error) {
	var of int64
	if err := q.QueryRowContext(ctx, `SELECT prompt_id FROM cases WHERE id = ?`, m.CaseID).Scan(&of); err != nil || m.PromptID == 0 || m.PromptID == of {
		return of, err
	}
	seen := map[int64]bool{}
	for next := []int64{m.PromptID}; len(next) > 0; {
		at := next[0]
		if next = next[1:]; at == of {
			return m.PromptID, nil
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		list, err := bindingsOf(ctx, q, at)
		if err != nil {
			return 0, err
		}
		for _, b := range list {
			next = append(next, b.FromID)
		}
	}
	return 0, fmt.Errorf("case %q is of another prompt than the resource", text.Raw(name))
}
