package store

import (
	"context"

	"galley/session"
)

// RunContestants lists, by run, the contestants of the prompt that have a whole
// answer in it, in the order in which they stand there. Deleted runs are left out,
// and those of studies.
func (s *Store) RunContestants(ctx context.Context, promptID int64) (map[int64][]session.Contestant, error) {
	type row struct {
		run int64
		c   session.Contestant
	}
	rows, err := collect(ctx, s.read, func(r scanner) (row, error) {
		var w row
		err := r.Scan(&w.run, &w.c.RevisionID, &w.c.Variant.Prompt, &w.c.Variant.Variant, &w.c.Variant.Revision, &w.c.Model)
		return w, err
	}, `SELECT c.run_id, coalesce(c.revision_id, 0), c.prompt_name, c.variant_name, c.revision, c.model
		FROM cells c JOIN runs r ON r.id = c.run_id
		WHERE r.prompt_id = ? AND r.deleted_ms IS NULL AND c.status = 'done'`+ofNoStudy+`
		GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY c.run_id, min(c.idx)`, promptID)
	if err != nil {
		return nil, s.wrap(err)
	}
	out := map[int64][]session.Contestant{}
	for _, w := range rows {
		out[w.run] = append(out[w.run], w.c)
	}
	return out, nil
}
