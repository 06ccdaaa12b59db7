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

// Who takes part in what. What a study asks, in its runs, is asked of contestants
// that are no variants: it is never put before a judge, nor drawn into a sample
// for reading, nor counted for a failure mode, nor taken for the newest output of
// a contestant, nor an outcome of its revision, nor the last run of its prompt. It
// does fill the cache, tell how fast a model is and count as a look at the holdout.

// ofNoStudy are the cells c of runs r that no study asked.
const ofNoStudy = ` AND r.study_id IS NULL AND c.arm = ''`

const studyQuery = `SELECT s.id, s.uid, s.prompt_id, s.kind, s.spec, s.created_ms,
		coalesce((SELECT json_group_array(id) FROM (SELECT id FROM runs r WHERE r.study_id = s.id AND r.deleted_ms IS NULL ORDER BY id)), '[]')
	FROM studies s JOIN prompts p ON p.id = s.prompt_id WHERE s.deleted_ms IS NULL AND p.deleted_ms IS NULL`

func scanStudy(r scanner) (session.Study, error) {
	var s session.Study
	var spec, runs string
	err := r.Scan(&s.ID, &s.UID, &s.PromptID, &s.Kind, &spec, &s.CreatedMS, &runs)
	if err != nil {
		return s, err
	}
	s.Spec = json.RawMessage(spec)
	if s.Runs, err = parseIDs(runs); err == nil && !json.Valid(s.Spec) {
		err = errors.New("its plan is not readable")
	}
	if err != nil {
		err = badRow("study", s.ID, err)
	}
	return s, err
}

// studyKinds are the kinds that a study may have.
var studyKinds = []string{"order", "drop", "sweep", "vary", "why"}

// CreateStudy writes a study down, before its first run. Like a run, it is no edit
// that undo sees.
func (s *Store) CreateStudy(ctx context.Context, st session.Study) (session.Study, error) {
	switch {
	case !slices.Contains(studyKinds, st.Kind):
		return session.Study{}, fmt.Errorf("there is no study of kind %q", text.Raw(st.Kind))
	case !json.Valid(st.Spec) || !text.Raw(st.Spec).Valid():
		return session.Study{}, errors.New("the plan of a study must be JSON")
	}
	err := s.change(ctx, func(t *tx) error {
		if _, err := promptName(ctx, t, st.PromptID); err != nil {
			return err
		}
		st.UID, st.CreatedMS, st.Runs = newUID(), s.now(), nil
		var err error
		st.ID, err = insert(ctx, t, "studies", row{
			"uid": st.UID, "prompt_id": st.PromptID, "kind": st.Kind, "spec": string(st.Spec), "created_ms": st.CreatedMS,
		})
		return err
	})
	if err != nil {
		return session.Study{}, err
	}
	return st, nil
}

// Studies returns the studies of a prompt (0: of all), the newest first.
func (s *Store) Studies(ctx context.Context, promptID int64) ([]session.Study, error) {
	stmt, args := ofPrompt(studyQuery, "s.prompt_id", promptID)
	out, err := listOf(ctx, s, "study", scanStudy, stmt+` ORDER BY s.id DESC`, args...)
	return out, s.wrap(err)
}

// Study returns a study by its id.
func (s *Store) Study(ctx context.Context, id int64) (session.Study, error) {
	st, err := scanStudy(s.read.QueryRowContext(ctx, studyQuery+` AND s.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "study", Name: fmt.Sprint("number ", id)}
	}
	return st, s.wrap(err)
}

// StudyResults returns the cells of all runs of a study with what is known of
// them, run by run, the oldest first.
func (s *Store) StudyResults(ctx context.Context, id int64) ([]session.Result, error) {
	st, err := s.Study(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []session.Result
	for _, run := range st.Runs {
		res, err := s.Results(ctx, run)
		if err != nil {
			return nil, err
		}
		out = append(out, res...)
	}
	return out, nil
}

// DeleteStudy hides a study with its runs until it is undone. One of its runs that
// goes on is [*LeaseHeld].
func (s *Store) DeleteStudy(ctx context.Context, id int64) error {
	return s.edit(ctx, "delete", "study", func(e *edit) (string, string, error) {
		st, err := scanStudy(e.QueryRowContext(ctx, studyQuery+` AND s.id = ?`, id))
		if errors.Is(err, sql.ErrNoRows) {
			err = &NotFound{Noun: "study", Name: fmt.Sprint("number ", id)}
		}
		if err != nil {
			return "", "", err
		}
		prompt, err := promptName(ctx, e.tx, st.PromptID)
		if err != nil {
			return "", "", err
		}
		for _, run := range st.Runs {
			if err := s.hideRun(ctx, e, run); err != nil {
				return "", "", err
			}
		}
		return prompt, fmt.Sprintf("%s, with %d of its runs", st.Kind, len(st.Runs)), e.set(ctx, "studies", id, row{"deleted_ms": e.now})
	})
}
