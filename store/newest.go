package store

import (
	"context"
	"database/sql"
	"errors"

	"galley/session"
)

// Newest returns the newest answer that a model gave to a context, by its hash, in
// the runs of a prompt that are no study's; false: none is kept.
func (s *Store) Newest(ctx context.Context, promptID int64, model, hash string) (session.Result, bool, error) {
	var id int64
	err := s.read.QueryRowContext(ctx, `SELECT c.id FROM cells c JOIN runs r ON r.id = c.run_id
		WHERE r.prompt_id = ? AND r.study_id IS NULL AND r.deleted_ms IS NULL AND c.model = ? AND c.proof_hash = ? AND c.proof_hash <> ''
		AND c.status IN ('done', 'truncated', 'filtered', 'refused', 'empty', 'tool_calls')
		ORDER BY c.id DESC LIMIT 1`, promptID, model, hash).Scan(&id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return session.Result{}, false, nil
	case err != nil:
		return session.Result{}, false, s.wrap(err)
	}
	r, err := s.Result(ctx, id)
	return r, err == nil, err
}
