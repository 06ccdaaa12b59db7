package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"galley/session"
	"galley/session/text"
)

const (
	checkColumns = `c.id, c.uid, c.suite_id, c.suite_name, coalesce(c.run_id, 0), c.created_ms, c.passed, c.failed, c.errors, c.not_run, c.contestants`
	checkFrom    = ` FROM checks c JOIN suites x ON x.id = c.suite_id JOIN prompts p ON p.id = x.prompt_id WHERE x.deleted_ms IS NULL AND p.deleted_ms IS NULL`
)

// keptContestant and keptCase are how a check is kept. Names here outlive those
// of the types that they come from.
type keptContestant struct {
	RevisionID int64  `json:"revision_id,omitempty"`
	Prompt     string `json:"prompt,omitempty"`
	Variant    string `json:"variant,omitempty"`
	Revision   int    `json:"revision,omitempty"`
	Model      string `json:"model,omitempty"`
	Arm        string `json:"arm,omitempty"`
}

type keptCase struct {
	ID         int64                  `json:"id,omitempty"`
	Name       text.Raw               `json:"case"`
	Tags       []text.Raw             `json:"tags,omitempty"`
	Contestant keptContestant         `json:"contestant"`
	Take       int                    `json:"take"`
	CellID     int64                  `json:"cell,omitempty"`
	Status     session.CheckStatus    `json:"status"`
	Score      float64                `json:"score"`
	Why        text.Raw               `json:"why,omitempty"`
	Fault      string                 `json:"fault,omitempty"`
	Attempts   int                    `json:"attempts,omitempty"`
	Cached     bool                   `json:"cached,omitempty"`
	Assertions []session.AssertResult `json:"assertions,omitempty"`
}

func keepContestant(c session.Contestant) keptContestant {
	return keptContestant{c.RevisionID, c.Variant.Prompt, c.Variant.Variant, c.Variant.Revision, c.Model, c.Arm}
}

func (k keptContestant) contestant() session.Contestant {
	return session.Contestant{
		RevisionID: k.RevisionID, Variant: session.VariantRef{Prompt: k.Prompt, Variant: k.Variant, Revision: k.Revision}, Model: k.Model, Arm: k.Arm,
	}
}

// AddCheck keeps a check with its results, counted anew. It is no edit that undo
// sees.
func (s *Store) AddCheck(ctx context.Context, c session.Check) (session.Check, error) {
	c.Sum()
	told := make([]keptContestant, len(c.Contestants))
	for i, x := range c.Contestants {
		told[i] = keepContestant(x)
	}
	cases := make([]keptCase, len(c.Cases))
	for i, k := range c.Cases {
		cases[i] = keptCase{
			k.Case.ID, k.Case.Name, k.CaseTags, keepContestant(k.Contestant), k.Take, k.CellID, k.Status, k.Score, k.Why, k.Fault,
			k.Attempts, k.Cached, k.Assertions,
		}
		if err := finite("score", &k.Score); err != nil {
			return session.Check{}, atRow(i, err)
		}
		for _, a := range k.Assertions {
			if err := finite("weight", &a.Weight); err != nil {
				return session.Check{}, atRow(i, err)
			}
		}
	}
	err := s.change(ctx, func(t *tx) error {
		name, err := nameOf(ctx, t, "suite", c.SuiteID)
		if err != nil {
			return err
		}
		c.UID, c.Suite = newUID(), text.Raw(name)
		if c.AtMS == 0 {
			c.AtMS = s.now()
		}
		c.ID, err = insert(ctx, t, "checks", row{
			"uid": c.UID, "suite_id": c.SuiteID, "suite_name": name, "run_id": nullID(c.RunID), "created_ms": c.AtMS,
			"passed": c.Passed, "failed": c.Failed, "errors": c.Errors, "not_run": c.NotRun,
			"contestants": marshal(told), "results": marshal(cases),
		})
		return err
	})
	if err != nil {
		return session.Check{}, err
	}
	return c, nil
}

func scanCheck(r scanner, more ...any) (session.Check, error) {
	var c session.Check
	var told string
	if err := r.Scan(append([]any{&c.ID, &c.UID, &c.SuiteID, &c.Suite, &c.RunID, &c.AtMS, &c.Passed, &c.Failed, &c.Errors, &c.NotRun, &told}, more...)...); err != nil {
		return c, err
	}
	var list []keptContestant
	if err := json.Unmarshal([]byte(told), &list); err != nil {
		return c, badRow("check", c.ID, err)
	}
	for _, k := range list {
		c.Contestants = append(c.Contestants, k.contestant())
	}
	return c, nil
}

// Checks returns the checks of a suite (0: of all), the newest first, without
// their cases.
func (s *Store) Checks(ctx context.Context, suiteID int64) ([]session.Check, error) {
	stmt, args := ofPrompt(`SELECT `+checkColumns+checkFrom, "c.suite_id", suiteID)
	out, err := listOf(ctx, s, "check", func(r scanner) (session.Check, error) { return scanCheck(r) }, stmt+` ORDER BY c.id DESC`, args...)
	return out, s.wrap(err)
}

// Check returns a check with its cases.
func (s *Store) Check(ctx context.Context, id int64) (session.Check, error) {
	var results string
	c, err := scanCheck(s.read.QueryRowContext(ctx, `SELECT `+checkColumns+`, c.results`+checkFrom+` AND c.id = ?`, id), &results)
	if errors.Is(err, sql.ErrNoRows) {
		return c, &NotFound{Noun: "check", Name: fmt.Sprint("number ", id)}
	}
	if err != nil {
		return c, s.wrap(err)
	}
	var cases []keptCase
	if err := json.Unmarshal([]byte(results), &cases); err != nil {
		return c, fmt.Errorf("check %d is damaged: %w", c.ID, err)
	}
	for _, k := range cases {
		c.Cases = append(c.Cases, session.CaseCheck{
			Case: session.CaseKey{ID: k.ID, Name: k.Name}, CaseTags: k.Tags, Contestant: k.Contestant.contestant(), Take: k.Take, CellID: k.CellID,
			Status: k.Status, Score: k.Score, Why: k.Why, Fault: k.Fault, Attempts: k.Attempts, Cached: k.Cached, Assertions: k.Assertions,
		})
	}
	return c, nil
}
