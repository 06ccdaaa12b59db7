package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"galley/session"
)

// The cache is the outputs that are kept: a whole answer is given again to the
// same request to the same model for the same take. A prune takes answers out of
// it; the outputs stay.

// reusable are the cells c with outputs o whose answers can be given again. A
// copy of an answer goes with the answer, which is never younger.
const reusable = `c.request_hash <> '' AND c.status IN ('done', 'tool_calls') AND NOT EXISTS (SELECT 1 FROM prunes p WHERE p.deleted_ms IS NULL
	AND c.id <= p.last_cell AND (p.model = '' OR p.model = c.model) AND (p.before_ms = 0 OR o.cached = 1 OR o.ended_ms < p.before_ms))`

// CachedOutput returns the first whole answer kept under the key, or false. An answer
// of before origins were written down is taken for one of any.
func (s *Store) CachedOutput(ctx context.Context, key session.CacheKey) (session.Output, bool, error) {
	r, err := scanResult(s.read.QueryRowContext(ctx, resultQuery+` WHERE c.request_hash = ? AND c.model = ? AND c.take = ?
		AND o.digest = ? AND (o.digest <> '' OR o.origin IN ('', ?)) AND `+reusable+` ORDER BY c.id LIMIT 1`, key.Request, key.Model, key.Take, key.Digest, key.Origin))
	if errors.Is(err, sql.ErrNoRows) {
		return session.Output{}, false, nil
	}
	r.Output.Unsure = 0 // that was said where it was paid
	return r.Output, err == nil, s.wrap(err)
}

// firsts names the answer that would be given for each request.
const firsts = `SELECT min(c.id) AS id FROM cells c JOIN outputs o ON o.cell_id = c.id WHERE ` + reusable +
	` GROUP BY c.request_hash, c.model, c.take, o.digest, iif(o.digest = '', o.origin, '')`

// CacheLines says for each model what can be answered again without asking, and
// what is kept beside its answers, by the models' names.
func (s *Store) CacheLines(ctx context.Context) ([]session.CacheLine, error) {
	out, err := collect(ctx, s.read, func(r scanner) (l session.CacheLine, err error) {
		var cost sql.NullFloat64
		var unpriced int
		err = r.Scan(&l.Model, &l.Answers, &l.InputTokens, &l.OutputTokens, &cost, &unpriced, &l.Reused, &l.OldestMS, &l.NewestMS, &l.Received, &l.Evaluated)
		if cost.Valid && unpriced == 0 {
			l.CostUSD = &cost.Float64
		}
		return l, err
	}, `WITH first AS MATERIALIZED (`+firsts+`),
		sums AS MATERIALIZED (SELECT c.model, count(f.id) AS answers,
				coalesce(sum(o.input_tokens) FILTER (WHERE f.id IS NOT NULL), 0) AS tokens_in,
				coalesce(sum(o.output_tokens) FILTER (WHERE f.id IS NOT NULL), 0) AS tokens_out,
				sum(o.cost_usd) FILTER (WHERE f.id IS NOT NULL) AS cost,
				count(*) FILTER (WHERE f.id IS NOT NULL AND o.cost_usd IS NULL) AS unpriced,
				sum(o.cached) AS reused,
				coalesce(min(o.ended_ms) FILTER (WHERE f.id IS NOT NULL), 0) AS oldest,
				coalesce(max(o.ended_ms) FILTER (WHERE f.id IS NOT NULL), 0) AS newest,
				coalesce(sum(length(r.body)), 0) AS received
			FROM cells c JOIN outputs o ON o.cell_id = c.id LEFT JOIN first f ON f.id = c.id LEFT JOIN received r ON r.cell_id = c.id
			WHERE c.request_hash <> '' GROUP BY c.model),
		shown AS MATERIALIZED (SELECT DISTINCT c.model, o.evaluated_hash AS hash FROM cells c JOIN outputs o ON o.cell_id = c.id WHERE o.evaluated_hash IS NOT NULL)
		SELECT s.*, (SELECT coalesce(sum(length(e.text) + coalesce(length(e.ids), 0)), 0) FROM shown x JOIN evaluated e ON e.hash = x.hash WHERE x.model = s.model)
		FROM sums s ORDER BY s.model`)
	return out, s.wrap(err)
}

// Forget makes answers no longer reused, as one edit, and tells how many
// requests have none any more. The outputs stay where they are.
func (s *Store) Forget(ctx context.Context, which session.CachePick) (answers int, err error) {
	if which.BeforeMS < 0 {
		return 0, errors.New("a time before 1970 is none")
	}
	err = s.edit(ctx, "prune", "cache", func(e *edit) (string, string, error) {
		count := func() (n int, err error) {
			err = e.QueryRowContext(ctx, `SELECT count(*) FROM (`+firsts+`)`).Scan(&n)
			return n, err
		}
		before, err := count()
		if err != nil {
			return "", "", err
		}
		var last int64
		if err := e.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM cells`).Scan(&last); err != nil {
			return "", "", err
		}
		id, _, err := e.insert(ctx, "prunes", row{"model": which.Model, "before_ms": which.BeforeMS, "last_cell": last})
		if err != nil {
			return "", "", err
		}
		after, err := count()
		if err != nil {
			return "", "", err
		}
		if answers = before - after; answers == 0 {
			e.deltas = nil
			_, err := e.ExecContext(ctx, `DELETE FROM prunes WHERE id = ?`, id)
			return "", "", err
		}
		name := which.Model
		if name == "" {
			name = "all models"
		}
		return name, fmt.Sprintf("%d answers", answers), nil
	})
	if err != nil {
		answers = 0
	}
	return answers, err
}

// DropReceived removes what servers sent for cells that have ended, and tells how
// much that was. No undo brings it back; the outputs stay.
func (s *Store) DropReceived(ctx context.Context, which session.CachePick) (session.Kept, error) {
	var gone session.Kept
	err := s.change(ctx, func(t *tx) error {
		const meant = ` FROM received WHERE cell_id IN (SELECT c.id FROM cells c JOIN outputs o ON o.cell_id = c.id
			WHERE (?1 = '' OR c.model = ?1) AND (?2 = 0 OR o.ended_ms < ?2) AND o.ended_ms > 0)`
		err := t.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length(body)), 0), coalesce(sum(size), 0)`+meant, which.Model, which.BeforeMS).
			Scan(&gone.Rows, &gone.Disk, &gone.Whole)
		if err == nil && gone.Rows > 0 {
			_, err = t.ExecContext(ctx, `DELETE`+meant, which.Model, which.BeforeMS)
		}
		return err
	})
	if err != nil {
		return session.Kept{}, err
	}
	return gone, nil
}

// KeptReceived is how much of what servers sent is kept, and KeptEvaluated how
// many contexts that engines evaluated.
func (s *Store) KeptReceived(ctx context.Context) (k session.Kept, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length(body)), 0), coalesce(sum(size), 0) FROM received`).Scan(&k.Rows, &k.Disk, &k.Whole)
	return k, s.wrap(err)
}

// KeptEvaluated is how many contexts that engines evaluated are kept.
func (s *Store) KeptEvaluated(ctx context.Context) (k session.Kept, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length(text) + coalesce(length(ids), 0)), 0) FROM evaluated`).Scan(&k.Rows, &k.Disk)
	return k, s.wrap(err)
}
