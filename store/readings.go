package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"galley/session"
)

// What can be read: every answer and every error, and what is there of an answer
// that was broken off.
const readable = ` FROM cells c JOIN runs r ON r.id = c.run_id WHERE r.deleted_ms IS NULL
	AND (c.status NOT IN ('waiting', 'running', 'stopped', 'interrupted')
		OR c.status IN ('stopped', 'interrupted') AND EXISTS (SELECT 1 FROM outputs o WHERE o.cell_id = c.id AND o.text <> ''))`

// judged is true of an output of which a person said something, in time for the
// query, that still stands.
func judged(q session.ReadQuery) string {
	asOf := q.AsOfMS
	if asOf == 0 {
		asOf = math.MaxInt64
	}
	said := func(what, row string) string {
		return fmt.Sprintf(`EXISTS (SELECT 1 FROM %s x WHERE x.%s = c.id AND x.deleted_ms IS NULL AND x.created_ms < %d`, what, row, asOf)
	}
	const decided = ` AND x.choice <> 'skip' AND x.judge <> '` + session.JudgeIdentical + `'`
	return `(` + said("verdicts", "left_cell") + decided + `) OR ` + said("verdicts", "right_cell") + decided + `)
		OR ` + said("notes", "cell_id") + `) OR ` + said("corrections", "cell_id") + `))`
}

// where is the condition of a query with its arguments.
func where(q session.ReadQuery) (string, []any) {
	stmt, args := readable, []any{}
	add := func(cond string, v ...any) { stmt, args = stmt+" AND "+cond, append(args, v...) }
	if q.PromptID != 0 {
		add(`r.prompt_id = ?`, q.PromptID)
	}
	if q.RunID == 0 && len(q.CellIDs) == 0 {
		stmt += ofNoStudy
	}
	if q.RunID != 0 {
		add(`c.run_id = ?`, q.RunID)
	}
	if len(q.CellIDs) > 0 {
		add(`c.id IN (SELECT value FROM json_each(?))`, formatIDs(q.CellIDs))
	}
	if q.Model != "" {
		add(`c.model = ?`, q.Model)
	}
	if q.Variant != "" { // by the name that it had, or that it has
		add(`(c.variant_name = ? OR c.revision_id IN (SELECT x.id FROM revisions x JOIN variants v ON v.id = x.variant_id
			WHERE v.name = ? AND v.deleted_ms IS NULL))`, q.Variant, q.Variant)
	}
	if q.Status != "" {
		add(`c.status = ?`, string(q.Status))
	}
	if q.Tag != "" {
		add(`EXISTS (SELECT 1 FROM json_each(c.case_tags) WHERE value = ?)`, string(q.Tag))
	}
	if q.ModeID != 0 {
		add(`EXISTS (SELECT 1 FROM notes n WHERE n.cell_id = c.id AND n.deleted_ms IS NULL AND `+noteMode+` = ?)`, q.ModeID)
	}
	if q.Noted {
		add(`EXISTS (SELECT 1 FROM notes n WHERE n.cell_id = c.id AND n.deleted_ms IS NULL AND ` + noteMode + ` = 0)`)
	}
	if q.Unjudged {
		add(`NOT ` + judged(q))
	}
	if match := quote(q.Text); match != "" {
		add(`c.id IN (SELECT rowid >> 3 FROM fts WHERE fts MATCH ? AND rowid & 7 = ? UNION ALL
			SELECT n.cell_id FROM fts JOIN notes n ON n.id = fts.rowid >> 3 WHERE fts MATCH ? AND fts.rowid & 7 = ? AND n.deleted_ms IS NULL)`,
			match, ftsOutput, match, ftsNote)
	}
	return stmt, args
}

// Readings returns outputs with what people said of them, the newest first, and
// how many there are in all; of a sample, how many it has. Those of deleted runs
// are left out, and those of studies where neither their run nor they are named.
func (s *Store) Readings(ctx context.Context, q session.ReadQuery) ([]session.Reading, int, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Offset = max(q.Offset, 0)
	var ids []int64
	var total int
	var err error
	if q.Sample > 0 {
		ids, err = s.sample(ctx, q)
		total = len(ids)
		ids = ids[min(q.Offset, total):min(q.Offset+q.Limit, total)]
	} else {
		cond, args := where(q)
		if err = s.read.QueryRowContext(ctx, `SELECT count(*)`+cond, args...).Scan(&total); err == nil {
			ids, err = collect(ctx, s.read, scanID, `SELECT c.id`+cond+` ORDER BY c.id DESC LIMIT ? OFFSET ?`, append(args, q.Limit, q.Offset)...)
		}
	}
	if err != nil {
		return nil, 0, s.wrap(err)
	}
	out, err := s.readings(ctx, ids)
	return out, total, s.wrap(err)
}

func scanID(r scanner) (id int64, err error) {
	err = r.Scan(&id)
	return id, err
}

// sample draws outputs, unjudged ones first. Each has a number of its own by the
// seed, so that what comes or goes leaves the order of the others as it is.
func (s *Store) sample(ctx context.Context, q session.ReadQuery) ([]int64, error) {
	type drawn struct {
		id     int64
		judged bool
		number uint64
	}
	cond, args := where(q)
	all, err := collect(ctx, s.read, func(r scanner) (d drawn, err error) {
		err = r.Scan(&d.id, &d.judged)
		d.number = rand.NewPCG(q.Seed, uint64(d.id)).Uint64()
		return d, err
	}, `SELECT c.id, `+judged(q)+cond, args...)
	slices.SortFunc(all, func(a, b drawn) int {
		if a.judged != b.judged {
			if b.judged {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.id, b.id))
	})
	var ids []int64
	for _, d := range all[:min(q.Sample, len(all))] {
		ids = append(ids, d.id)
	}
	return ids, err
}

// readings reads outputs by their ids, in that order.
func (s *Store) readings(ctx context.Context, ids []int64) ([]session.Reading, error) {
	list, kept := make([]session.Reading, 0, len(ids)), formatIDs(ids)
	const these = ` IN (SELECT value FROM json_each(?))`
	res, err := s.byIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	runs := map[int64]session.Run{}
	for _, r := range res {
		if _, seen := runs[r.Cell.RunID]; !seen {
			if runs[r.Cell.RunID], err = s.run(ctx, s.read, r.Cell.RunID); err != nil {
				return nil, err
			}
		}
		u := runs[r.Cell.RunID]
		list = append(list, session.Reading{Result: r, PromptID: u.PromptID, Run: u.Name(), Recorded: u.Imported})
	}
	at := map[int64]*session.Reading{}
	for i := range list {
		at[list[i].Cell.ID] = &list[i]
	}
	notes, err := collect(ctx, s.read, scanNote, noteQuery+` AND n.cell_id`+these+` ORDER BY n.id`, kept)
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		if r := at[n.CellID]; r != nil {
			r.Notes = append(r.Notes, n)
		}
	}
	verdicts, err := collect(ctx, s.read, newVerdictScan().scan, verdictQuery+` AND deleted_ms IS NULL AND (left_cell`+these+` OR right_cell`+these+`) ORDER BY id DESC`, kept, kept)
	if err != nil {
		return nil, err
	}
	for _, v := range verdicts {
		for _, id := range []int64{v.Left.CellID, v.Right.CellID} {
			if r := at[id]; r != nil {
				r.Verdicts = append(r.Verdicts, v)
			}
		}
	}
	corrections, err := collect(ctx, s.read, scanCorrection, correctionQuery+` AND k.cell_id`+these+` ORDER BY k.id`, kept)
	for i, k := range corrections {
		if r := at[k.CellID]; r != nil {
			r.Correction = &corrections[i]
		}
	}
	return list, err
}

// byIDs reads cells in the order asked; those of deleted runs are left out.
func (s *Store) byIDs(ctx context.Context, ids []int64) ([]session.Result, error) {
	found, err := collect(ctx, s.read, s.cells(varsSeen{}.scanResult), resultQuery+` JOIN runs r ON r.id = c.run_id
		WHERE r.deleted_ms IS NULL AND c.id IN (SELECT value FROM json_each(?))`, formatIDs(ids))
	if err != nil {
		return nil, err
	}
	at := map[int64]session.Result{}
	for _, r := range found {
		at[r.Cell.ID] = r
	}
	out := make([]session.Result, 0, len(ids))
	for _, id := range ids {
		if r, ok := at[id]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// ResultsOf returns cells with what is known of them in the order asked. Those of
// deleted runs, and those that are not there, are left out.
func (s *Store) ResultsOf(ctx context.Context, cellIDs []int64) ([]session.Result, error) {
	out, err := s.byIDs(ctx, cellIDs)
	return out, s.wrap(err)
}

// LatestResults returns, for each contestant of a prompt, the newest output of
// each case and take in the order of the contestants, cases and takes: an answer
// or an error; what was broken off is none, nor is what a study asked. A contestant
// without a revision is known by its names.
func (s *Store) LatestResults(ctx context.Context, promptID int64, contestants []session.Contestant) ([]session.Result, error) {
	var ids []int64
	for _, c := range contestants {
		same, args := `c.revision_id = ?`, []any{c.RevisionID}
		if c.RevisionID == 0 {
			same, args = `c.prompt_name = ? AND c.variant_name = ? AND c.revision = ?`, []any{c.Variant.Prompt, c.Variant.Variant, c.Variant.Revision}
		}
		got, err := collect(ctx, s.read, scanID, `SELECT max(c.id) FROM cells c JOIN runs r ON r.id = c.run_id
			WHERE r.prompt_id = ? AND r.deleted_ms IS NULL AND c.model = ? AND c.status NOT IN ('waiting', 'running', 'stopped', 'interrupted') AND `+same+ofNoStudy+`
			GROUP BY coalesce(c.case_id, 0), CASE WHEN c.case_id IS NULL THEN c.case_name END, c.take
			ORDER BY coalesce(c.case_id, 0), min(c.id)`, append([]any{promptID, c.Model}, args...)...)
		if err != nil {
			return nil, s.wrap(err)
		}
		ids = append(ids, got...)
	}
	return s.ResultsOf(ctx, ids)
}
