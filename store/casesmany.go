package store

import (
	"context"
	"fmt"
)

// DeleteCases hides cases as one edit, which one undo takes back. Runs keep what
// they need of them.
func (s *Store) DeleteCases(ctx context.Context, caseIDs []int64) error {
	if len(caseIDs) == 1 {
		return s.DeleteCase(ctx, caseIDs[0])
	}
	return s.edit(ctx, "delete", "case", func(e *edit) (string, string, error) {
		var prompt string
		for i, id := range caseIDs {
			if _, err := nameOf(ctx, e.tx, "case", id); err != nil {
				return "", "", atRow(i, err)
			}
			if err := e.set(ctx, "cases", id, row{"deleted_ms": e.now}); err != nil {
				return "", "", err
			}
		}
		if len(caseIDs) == 0 {
			return "", "", nil
		}
		err := e.QueryRowContext(ctx, `SELECT p.name FROM cases c JOIN prompts p ON p.id = c.prompt_id WHERE c.id = ?`, caseIDs[0]).Scan(&prompt)
		return prompt, fmt.Sprintf("%d cases", len(caseIDs)), err
	})
}
