package store

import (
	"context"

	"galley/session"
	"galley/session/text"
)

// Outcomes tells what came of each revision of a variant, the newest first, those
// without anything among them. Answers are those of runs that are there and are no
// study's, held against what their cases wanted then; verdicts are counted as a
// report counts them: without repeats, without those whose judge knew the names,
// and of two on the same thing by one judge the newer. Those of a file stand apart:
// a model may have been their judge.
func (s *Store) Outcomes(ctx context.Context, variantID int64) ([]session.Outcome, error) {
	var prompt int64
	ids, err := collect(ctx, s.read, scanID, `SELECT id FROM revisions WHERE variant_id = ? ORDER BY number DESC`, variantID)
	if err == nil && len(ids) > 0 {
		err = s.read.QueryRowContext(ctx, `SELECT prompt_id FROM variants WHERE id = ?`, variantID).Scan(&prompt)
	}
	if err != nil {
		return nil, s.wrap(err)
	}
	out := make([]session.Outcome, len(ids))
	at := map[int64]*session.Outcome{}
	for i, id := range ids {
		out[i].RevisionID = id
		at[id] = &out[i]
	}
	if err := s.answered(ctx, ids, at); err != nil {
		return nil, s.wrap(err)
	}
	verdicts, err := s.Verdicts(ctx, session.VerdictQuery{PromptID: prompt})
	if err != nil {
		return nil, err
	}
	countVerdicts(verdicts, at)
	return out, nil
}

// answered counts runs, and whole answers by what their cases wanted.
func (s *Store) answered(ctx context.Context, ids []int64, at map[int64]*session.Outcome) error {
	const these = ` FROM cells c JOIN runs r ON r.id = c.run_id LEFT JOIN outputs o ON o.cell_id = c.id
		WHERE c.revision_id IN (SELECT value FROM json_each(?)) AND r.deleted_ms IS NULL` + ofNoStudy
	_, err := collect(ctx, s.read, func(r scanner) (none struct{}, err error) {
		var id int64
		var n int
		if err = r.Scan(&id, &n); err == nil {
			at[id].Runs = n
		}
		return none, err
	}, `SELECT c.revision_id, count(DISTINCT c.run_id)`+these+` AND o.ended_ms > 0 GROUP BY 1`, formatIDs(ids))
	if err != nil {
		return err
	}
	type graded struct {
		revision int64
		kase     string
	}
	seen := map[graded]bool{}
	_, err = collect(ctx, s.read, func(r scanner) (none struct{}, err error) {
		var id int64
		var kase string
		var prefill, answer, wanted text.Raw
		if err = r.Scan(&id, &kase, &prefill, &answer, &wanted); err != nil {
			return none, err
		}
		if g := (graded{id, kase}); !seen[g] {
			seen[g] = true
			at[id].Cases++
		}
		switch (session.Case{Wanted: &wanted}).Match(prefill + answer) {
		case session.GradeRight:
			at[id].Right++
		case session.GradeWrong:
			at[id].Wrong++
		}
		return none, nil
	}, `SELECT c.revision_id, coalesce(CAST(c.case_id AS TEXT), '/' || c.case_name), o.prefill, o.text, c.wanted`+these+` AND c.status = 'done' AND c.wanted IS NOT NULL`, formatIDs(ids))
	return err
}

// countVerdicts adds verdicts in force, the oldest first, to the revisions that
// they are about. One between two models of one revision says nothing of it.
func countVerdicts(verdicts []session.Verdict, at map[int64]*session.Outcome) {
	type side struct {
		contestant session.Contestant
		cell       int64
	}
	type about struct {
		judge text.Raw
		kase  session.CaseKey
		take  int
		a, b  side
	}
	newest := map[about]int64{}
	key := func(v session.Verdict) about {
		if v.Mode == session.JudgePassFail {
			return about{judge: v.Judge, a: side{cell: v.Left.CellID}}
		}
		x := about{v.Judge, v.Case, v.Take, side{contestant: v.Left.Contestant}, side{contestant: v.Right.Contestant}}
		if x.a.contestant.String() > x.b.contestant.String() {
			x.a, x.b = x.b, x.a
		}
		if x.kase.ID != 0 {
			x.kase.Name = ""
		}
		return x
	}
	counts := func(v session.Verdict) bool {
		return !v.Undone && v.Judge != session.JudgeIdentical && v.Choice != session.ChoiceSkip && v.RepeatOf == 0 &&
			(!v.Known || v.Mode == session.JudgePassFail)
	}
	for _, v := range verdicts {
		if counts(v) {
			newest[key(v)] = v.ID
		}
	}
	for _, v := range verdicts {
		if !counts(v) || newest[key(v)] != v.ID {
			continue
		}
		l, r := at[v.Left.Contestant.RevisionID], at[v.Right.Contestant.RevisionID]
		if l != nil {
			l.Pass += one(v.Choice == session.ChoicePass)
			l.Fail += one(v.Choice == session.ChoiceFail)
		}
		if v.Mode == session.JudgePassFail || l == r {
			continue
		}
		for _, x := range []struct {
			o         *session.Outcome
			won, lost session.Choice
		}{{l, session.ChoiceLeft, session.ChoiceRight}, {r, session.ChoiceRight, session.ChoiceLeft}} {
			if x.o == nil {
				continue
			}
			d := &x.o.Duels
			if v.SittingID == 0 { // a duel is judged here in a sitting only
				d = &x.o.Outside
			}
			d.Wins += one(v.Choice == x.won)
			d.Losses += one(v.Choice == x.lost)
			d.Ties += one(v.Choice == session.ChoiceTie || v.Choice == session.ChoiceBothBad)
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
