package store

import (
	"context"
	"encoding/json"
	"fmt"

	"galley/session"
)

// ModeSpread counts the outputs of a failure mode's prompt by contestant and tags,
// and of each how many have a note under it. Deleted runs and those of
// studies are left out.
func (s *Store) ModeSpread(ctx context.Context, modeID int64) ([]session.Spread, error) {
	out, err := collect(ctx, s.read, func(r scanner) (session.Spread, error) {
		var w session.Spread
		var tags string
		err := r.Scan(&w.Variant.Prompt, &w.Variant.Variant, &w.Variant.Revision, &w.Model, &tags, &w.Outputs, &w.Noted)
		if err == nil {
			if jerr := json.Unmarshal([]byte(tags), &w.Tags); jerr != nil {
				err = fmt.Errorf("the tags of an output are not readable: %w", jerr)
			}
		}
		return w, err
	}, `SELECT c.prompt_name, c.variant_name, c.revision, c.model, c.case_tags, count(*),
			sum(EXISTS (SELECT 1 FROM notes n WHERE n.cell_id = c.id AND n.mode_id = m.id AND n.deleted_ms IS NULL))
		FROM failure_modes m JOIN runs r ON r.prompt_id = m.prompt_id AND r.deleted_ms IS NULL
			JOIN cells c ON c.run_id = r.id
			JOIN outputs o ON o.cell_id = c.id
		WHERE m.id = ? AND c.status NOT IN ('waiting', 'running')`+ofNoStudy+`
		GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 3, 4`, modeID)
	return out, s.wrap(err)
}
