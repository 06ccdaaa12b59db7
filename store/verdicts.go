package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"galley/session"
	"galley/session/text"
)

const (
	alivePrompt  = `(SELECT id FROM prompts WHERE deleted_ms IS NULL)`
	sittingQuery = `SELECT id, uid, prompt_id, judge, mode, run_ids, seed, duels, created_ms, ended_ms FROM sittings WHERE prompt_id IN ` + alivePrompt
)

func scanSitting(r scanner) (session.Sitting, error) {
	var s session.Sitting
	var runs string
	var seed int64
	if err := r.Scan(&s.ID, &s.UID, &s.PromptID, &s.Judge, &s.Mode, &runs, &seed, &s.Of, &s.CreatedMS, &s.EndedMS); err != nil {
		return s, err
	}
	s.Seed = uint64(seed)
	var err error
	if s.RunIDs, err = parseIDs(runs); err != nil {
		err = badRow("sitting", s.ID, err)
	}
	return s, err
}

func parseIDs(kept string) ([]int64, error) {
	var ids []int64
	if err := json.Unmarshal([]byte(kept), &ids); err != nil || len(ids) == 0 {
		return nil, err
	}
	return ids, nil
}

func formatIDs(ids []int64) string {
	if len(ids) == 0 {
		return "[]"
	}
	return marshal(ids)
}

// checkJudge makes sure that a judge and a mode can be kept.
func checkJudge(judge text.Raw, mode session.JudgeMode) error {
	switch {
	case judge == "":
		return errors.New("a judgment needs a judge")
	case !judge.Valid():
		return &Invalid{Noun: "judge", Name: string(judge), Where: "the name"}
	case mode != session.JudgePairs && mode != session.JudgePassFail:
		return fmt.Errorf("there is no judging by %q", text.Raw(mode))
	}
	return nil
}

// BeginSitting writes a sitting down. It is no edit that undo sees, like all of
// sittings and reveals: what is undone is what somebody decided.
func (s *Store) BeginSitting(ctx context.Context, sit session.Sitting) (session.Sitting, error) {
	err := s.change(ctx, func(t *tx) error {
		if _, err := promptName(ctx, t, sit.PromptID); err != nil {
			return err
		}
		if err := checkJudge(sit.Judge, sit.Mode); err != nil {
			return err
		}
		sit.UID, sit.CreatedMS, sit.EndedMS = newUID(), s.now(), 0
		var err error
		sit.ID, err = insert(ctx, t, "sittings", row{
			"uid": sit.UID, "prompt_id": sit.PromptID, "judge": string(sit.Judge), "mode": string(sit.Mode), "run_ids": formatIDs(sit.RunIDs),
			"seed": int64(sit.Seed), "duels": sit.Of, "created_ms": sit.CreatedMS,
		})
		return err
	})
	if err != nil {
		return session.Sitting{}, err
	}
	return sit, nil
}

// ExtendSitting gives a sitting another length; one that has ended goes on.
func (s *Store) ExtendSitting(ctx context.Context, id int64, of int) error {
	return s.setSitting(ctx, id, `UPDATE sittings SET duels = ?, ended_ms = 0 WHERE id = ?`, of)
}

// EndSitting marks a sitting as over.
func (s *Store) EndSitting(ctx context.Context, id int64) error {
	return s.setSitting(ctx, id, `UPDATE sittings SET ended_ms = ? WHERE id = ?`, max(s.now(), 1))
}

func (s *Store) setSitting(ctx context.Context, id int64, stmt string, v any) error {
	return s.change(ctx, func(t *tx) error {
		res, err := t.ExecContext(ctx, stmt, v, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, &NotFound{Noun: "sitting", Name: fmt.Sprint("number ", id)})
		}
		return nil
	})
}

// Sittings returns the sittings on a prompt (0: on all), the newest first.
func (s *Store) Sittings(ctx context.Context, promptID int64) ([]session.Sitting, error) {
	stmt, args := ofPrompt(sittingQuery, "prompt_id", promptID)
	out, err := listOf(ctx, s, "sitting", scanSitting, stmt+` ORDER BY id DESC`, args...)
	return out, s.wrap(err)
}

// AddVerdicts keeps all or none, in one transaction and as one edit; they are on
// disk when it returns. A verdict without a time was given now. One that cannot
// be kept is a [*RowError].
func (s *Store) AddVerdicts(ctx context.Context, verdicts []session.Verdict) ([]session.Verdict, error) {
	out := slices.Clone(verdicts)
	err := s.edit(ctx, "judge", "verdict", func(e *edit) (string, string, error) { return e.judge(ctx, out) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Label keeps a verdict on one output in place of the same judge's earlier ones
// on it that were given outside of a sitting, as one edit.
func (s *Store) Label(ctx context.Context, v session.Verdict) (session.Verdict, error) {
	one := []session.Verdict{v}
	err := s.edit(ctx, "judge", "verdict", func(e *edit) (string, string, error) {
		if v.Mode != session.JudgePassFail || v.Left.CellID == 0 || v.SittingID != 0 {
			return "", "", errors.New("a label is pass or fail for one output, outside of a sitting")
		}
		old, err := collect(ctx, e.tx, func(r scanner) (id int64, err error) { err = r.Scan(&id); return id, err },
			`SELECT id FROM verdicts WHERE left_cell = ? AND judge = ? AND prompt_id = ? AND mode = 'passfail' AND sitting_id IS NULL
				AND deleted_ms IS NULL`, v.Left.CellID, v.Judge, v.PromptID)
		if err != nil {
			return "", "", err
		}
		for _, id := range old {
			if err := e.set(ctx, "verdicts", id, row{"deleted_ms": e.now}); err != nil {
				return "", "", err
			}
		}
		return e.judge(ctx, one)
	})
	if err != nil {
		return session.Verdict{}, err
	}
	return one[0], nil
}

const addVerdict = `INSERT INTO verdicts (uid, sitting_id, prompt_id, judge, mode,
	left_cell, left_revision_id, left_prompt, left_variant, left_revision, left_model, left_length,
	right_cell, right_revision_id, right_prompt, right_variant, right_revision, right_model, right_length,
	case_id, case_name, case_tags, take, choice, reason, screen_ms, repeat_of, known, guideline_id, seed, created_ms)
	VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

// judge writes verdicts and gives them their ids. The log names the prompt and the
// case and never a contestant: who judges may read it.
func (e *edit) judge(ctx context.Context, verdicts []session.Verdict) (name, detail string, err error) {
	prompts := map[int64]string{}
	for i := range verdicts {
		v := &verdicts[i]
		if _, known := prompts[v.PromptID]; !known {
			if prompts[v.PromptID], err = promptName(ctx, e.tx, v.PromptID); err != nil {
				return "", "", atRow(i, err)
			}
		}
		if err := checkVerdict(*v); err != nil {
			return "", "", atRow(i, err)
		}
		v.UID, v.Undone = newUID(), false
		if v.AtMS == 0 {
			v.AtMS = e.now
		}
		l, r := v.Left.Contestant, v.Right.Contestant
		res, err := e.ExecContext(ctx, addVerdict, v.UID, nullID(v.SittingID), v.PromptID, string(v.Judge), string(v.Mode),
			nullID(v.Left.CellID), nullID(l.RevisionID), l.Variant.Prompt, l.Variant.Variant, l.Variant.Revision, l.Model, v.Left.Length,
			nullID(v.Right.CellID), nullID(r.RevisionID), r.Variant.Prompt, r.Variant.Variant, r.Variant.Revision, r.Model, v.Right.Length,
			nullID(v.Case.ID), string(v.Case.Name), formatTags(v.CaseTags), v.Take, string(v.Choice), string(v.Reason), v.ScreenMS,
			nullID(v.RepeatOf), plain(v.Known), nullID(v.GuidelineID), int64(v.Seed), v.AtMS)
		if err == nil {
			v.ID, err = res.LastInsertId()
		}
		if err == nil && v.Reason != "" {
			err = reindex(ctx, e.tx, "verdicts", v.ID)
		}
		if err != nil {
			return "", "", err
		}
		e.deltas = append(e.deltas, delta{"verdicts", v.ID, row{"deleted_ms": e.now}, row{"deleted_ms": nil}})
	}
	if len(verdicts) == 0 {
		return "", "", nil
	}
	return prompts[verdicts[0].PromptID], batchDetail(len(verdicts), "verdicts", func() text.Raw { return verdicts[0].Case.Name }), nil
}

func checkVerdict(v session.Verdict) error {
	if err := checkJudge(v.Judge, v.Mode); err != nil {
		return err
	}
	switch {
	case !v.Choice.Fits(v.Mode):
		return fmt.Errorf("%q is no verdict by %s", text.Raw(v.Choice), text.Raw(v.Mode))
	case v.Mode == session.JudgePassFail && v.Right != session.Side{}:
		return errors.New("pass and fail are about one answer")
	case v.Take < 1:
		return fmt.Errorf("takes are counted from 1; the verdict says %d", v.Take)
	case v.ScreenMS < 0:
		return errors.New("the time on screen is negative")
	}
	return nil
}

// UndoVerdict takes back the judge's newest verdict in force on the prompt, in
// that mode, of those whose answers are here, and returns it as it was; false:
// there is none. Those from outside are taken back as they came, by an undo.
func (s *Store) UndoVerdict(ctx context.Context, promptID int64, judge text.Raw, mode session.JudgeMode) (v session.Verdict, ok bool, err error) {
	err = s.edit(ctx, "unjudge", "verdict", func(e *edit) (string, string, error) {
		v, ok = session.Verdict{}, false
		prompt, err := promptName(ctx, e.tx, promptID)
		if err != nil {
			return "", "", err
		}
		v, err = newVerdictScan().scan(e.QueryRowContext(ctx, verdictQuery+` AND prompt_id = ? AND judge = ? AND mode = ? AND left_cell IS NOT NULL
			AND deleted_ms IS NULL ORDER BY id DESC LIMIT 1`, promptID, judge, mode))
		if errors.Is(err, sql.ErrNoRows) {
			return "", "", nil
		}
		if err != nil {
			return "", "", err
		}
		ok, v.Undone = true, true
		return prompt, string(v.Case.Name), e.set(ctx, "verdicts", v.ID, row{"deleted_ms": e.now})
	})
	if err != nil {
		return session.Verdict{}, false, err
	}
	return v, ok, nil
}

const verdictColumns = `SELECT id, uid, sitting_id, prompt_id, judge, mode,
	left_cell, left_revision_id, left_prompt, left_variant, left_revision, left_model, left_length,
	right_cell, right_revision_id, right_prompt, right_variant, right_revision, right_model, right_length,
	case_id, case_name, case_tags, take, choice, reason, screen_ms, repeat_of, known, guideline_id, seed, created_ms, deleted_ms`

const (
	// The plus keeps this from choosing the index: what else a query says is narrower.
	verdictFrom  = ` FROM verdicts WHERE +prompt_id IN ` + alivePrompt
	verdictQuery = verdictColumns + verdictFrom
)

// verdictScan reads verdicts, many of them fast: values are taken as the driver
// gives them, and names and tags that were read before are not kept again.
type verdictScan struct {
	vals  [33]any
	into  []any
	at    int
	bad   bool
	names map[string]string
	tags  map[string][]text.Raw
}

func newVerdictScan() *verdictScan {
	v := &verdictScan{names: map[string]string{}, tags: map[string][]text.Raw{"[]": nil}}
	for i := range v.vals {
		v.into = append(v.into, &v.vals[i])
	}
	return v
}

// num is the next value, a number; NULL is 0.
func (s *verdictScan) num() int64 {
	v := s.vals[s.at]
	s.at++
	n, ok := v.(int64)
	s.bad = s.bad || !ok && v != nil
	return n
}

// str is the next value, a text.
func (s *verdictScan) str() string {
	v := s.vals[s.at]
	s.at++
	t, ok := v.(string)
	s.bad = s.bad || !ok
	return t
}

// name is the next value, a text that many rows share.
func (s *verdictScan) name() string {
	t := s.str()
	if have, ok := s.names[t]; ok {
		return have
	}
	s.names[t] = t
	return t
}

func (s *verdictScan) side() session.Side {
	d := session.Side{CellID: s.num()}
	d.Contestant.RevisionID = s.num()
	d.Contestant.Variant.Prompt, d.Contestant.Variant.Variant = s.name(), s.name()
	d.Contestant.Variant.Revision = int(s.num())
	d.Contestant.Model = s.name()
	d.Length = int(s.num())
	return d
}

func (s *verdictScan) scan(r scanner) (session.Verdict, error) {
	var v session.Verdict
	if err := r.Scan(s.into...); err != nil {
		return v, err
	}
	s.at, s.bad = 0, false
	v.ID, v.UID, v.SittingID, v.PromptID = s.num(), s.str(), s.num(), s.num()
	v.Judge, v.Mode = text.Raw(s.name()), session.JudgeMode(s.name())
	v.Left, v.Right = s.side(), s.side()
	v.Case = session.CaseKey{ID: s.num(), Name: text.Raw(s.name())}
	kept := s.name()
	v.Take, v.Choice, v.Reason = int(s.num()), session.Choice(s.name()), text.Raw(s.str())
	v.ScreenMS, v.RepeatOf, v.Known, v.GuidelineID = s.num(), s.num(), s.num() != 0, s.num()
	v.Seed, v.AtMS, v.Undone = uint64(s.num()), s.num(), s.vals[s.at] != nil
	tags, seen := s.tags[kept]
	if !seen {
		var err error
		if tags, err = parseTags(kept); err != nil {
			s.bad = true
		}
		s.tags[kept] = tags
	}
	if v.CaseTags = tags; s.bad {
		return v, badRow("verdict", v.ID, errors.New("it holds what does not belong there"))
	}
	return v, nil
}

// Verdicts returns what the query chooses, the oldest first. Those of deleted
// prompts are left out; those of deleted runs say what they said.
func (s *Store) Verdicts(ctx context.Context, q session.VerdictQuery) ([]session.Verdict, error) {
	stmt, args := ofPrompt(verdictFrom, "prompt_id", q.PromptID)
	add := func(cond string, v ...any) { stmt, args = stmt+" AND "+cond, append(args, v...) }
	if q.Judge != "" {
		add(`judge = ?`, q.Judge)
	}
	if q.Mode != "" {
		add(`mode = ?`, q.Mode)
	}
	if len(q.RunIDs) > 0 {
		cells := `(SELECT id FROM cells WHERE run_id IN (SELECT value FROM json_each(?)))`
		add(`(left_cell IN `+cells+` OR right_cell IN `+cells+`)`, formatIDs(q.RunIDs), formatIDs(q.RunIDs))
	}
	if len(q.CellIDs) > 0 {
		add(`(left_cell IN (SELECT value FROM json_each(?)) OR right_cell IN (SELECT value FROM json_each(?)))`, formatIDs(q.CellIDs), formatIDs(q.CellIDs))
	}
	if !q.Undone {
		stmt += ` AND deleted_ms IS NULL`
	}
	if q.Limit > 0 {
		out, err := listOf(ctx, s, "verdict", newVerdictScan().scan, verdictColumns+stmt+` ORDER BY id DESC LIMIT ?`, append(args, q.Limit)...)
		slices.Reverse(out)
		return out, s.wrap(err)
	}
	// Counted first: a verdict is half a kilobyte, and a slice that grows by itself
	// copies each several times.
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*)`+stmt, args...).Scan(&n); err != nil || n == 0 {
		return nil, s.wrap(err)
	}
	out, err := listInto(ctx, s, make([]session.Verdict, 0, n), "verdict", newVerdictScan().scan, verdictColumns+stmt+` ORDER BY id`, args...)
	return out, s.wrap(err)
}

// Reveal keeps that a judge was told who these contestants of a prompt are.
func (s *Store) Reveal(ctx context.Context, promptID int64, judge text.Raw, told []session.Contestant) error {
	return s.change(ctx, func(t *tx) error {
		if _, err := promptName(ctx, t, promptID); err != nil {
			return err
		}
		if err := checkJudge(judge, session.JudgePairs); err != nil {
			return err
		}
		for _, c := range told {
			_, err := t.ExecContext(ctx, `INSERT INTO reveals (uid, prompt_id, judge, revision_id, prompt_name, variant_name, revision, model, created_ms)
				VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
				newUID(), promptID, string(judge), nullID(c.RevisionID), c.Variant.Prompt, c.Variant.Variant, c.Variant.Revision, c.Model, s.now())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Revealed returns the contestants of a prompt whose names the judge was told, in
// that order.
func (s *Store) Revealed(ctx context.Context, promptID int64, judge text.Raw) ([]session.Contestant, error) {
	out, err := collect(ctx, s.read, scanContestant, `SELECT coalesce(revision_id, 0), prompt_name, variant_name, revision, model
		FROM reveals WHERE prompt_id = ? AND judge = ? ORDER BY id`, promptID, judge)
	return out, s.wrap(err)
}

func scanContestant(r scanner) (c session.Contestant, err error) {
	err = r.Scan(&c.RevisionID, &c.Variant.Prompt, &c.Variant.Variant, &c.Variant.Revision, &c.Model)
	return c, err
}
