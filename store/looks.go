package store

import (
	"context"

	"galley/session"
)

// heldOut counts the cases of the holdout among those that the cells ask about.
// Borrowed ones, which have no row of this prompt, its caller knows.
func heldOut(ctx context.Context, q query, cells []session.Cell) (n int, err error) {
	seen := map[int64]bool{}
	var ids []int64
	for _, c := range cells {
		if c.CaseID != 0 && !seen[c.CaseID] {
			seen[c.CaseID] = true
			ids = append(ids, c.CaseID)
		}
	}
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM cases WHERE split = 'holdout' AND id IN (SELECT value FROM json_each(?))`, formatIDs(ids)).Scan(&n)
	return n, err
}

// Looks tells how often the holdout of a prompt was looked at: by runs, those of
// studies among them, also by such as were deleted since. What was seen was seen.
func (s *Store) Looks(ctx context.Context, promptID int64) (session.Looks, error) {
	var l session.Looks
	err := s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(max(started_ms), 0) FROM runs WHERE prompt_id = ? AND holdout > 0`, promptID).
		Scan(&l.Times, &l.LastMS)
	if err != nil {
		return l, s.wrap(err)
	}
	cases, err := s.Cases(ctx, promptID)
	for _, c := range cases {
		if c.Split == session.SplitHoldout {
			l.Cases++
		}
	}
	return l, err
}
