package store

import (
	"context"

	"galley/session"
)

// Offers lists what a variable could be bound to: the contestants of a prompt's
// runs that have a whole answer, those of the newest run first. What a study
// changed of a variant is no offer.
func (s *Store) Offers(ctx context.Context, promptID int64) ([]session.Offer, error) {
	out, err := collect(ctx, s.read, func(r scanner) (session.Offer, error) {
		var o session.Offer
		c := &o.Contestant
		err := r.Scan(&o.RunID, &c.RevisionID, &c.Variant.Prompt, &c.Variant.Variant, &c.Variant.Revision, &c.Model, &o.Cases, &o.Answered, &o.Takes)
		return o, err
	}, `SELECT c.run_id, coalesce(c.revision_id, 0), c.prompt_name, c.variant_name, c.revision, c.model,
		count(DISTINCT c.case_name), count(DISTINCT CASE WHEN c.status = 'done' THEN c.case_name END), max(c.take)
		FROM cells c JOIN runs r ON r.id = c.run_id
		WHERE r.prompt_id = ? AND r.deleted_ms IS NULL`+ofNoStudy+`
		GROUP BY c.run_id, c.revision_id, c.prompt_name, c.variant_name, c.revision, c.model
		HAVING count(CASE WHEN c.status = 'done' THEN 1 END) > 0
		ORDER BY c.run_id DESC, min(c.idx)`, promptID)
	return out, s.wrap(err)
}
