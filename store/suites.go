package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"galley/session"
	"galley/session/text"
)

const suiteQuery = `SELECT x.id, x.uid, x.prompt_id, p.name, x.name, x.note, x.case_ids, x.threshold, x.created_ms, x.updated_ms
	FROM suites x JOIN prompts p ON p.id = x.prompt_id WHERE x.deleted_ms IS NULL AND p.deleted_ms IS NULL`

func scanSuite(r scanner) (session.Suite, error) {
	var s session.Suite
	var cases string
	var threshold sql.NullFloat64
	if err := r.Scan(&s.ID, &s.UID, &s.PromptID, &s.Prompt, &s.Name, &s.Note, &cases, &threshold, &s.CreatedMS, &s.UpdatedMS); err != nil {
		return s, err
	}
	if threshold.Valid {
		s.Threshold = &threshold.Float64
	}
	var err error
	if s.CaseIDs, err = parseIDs(cases); err != nil {
		err = badRow("suite", s.ID, err, text.Raw(s.Name))
	}
	return s, err
}

// The name of a case is the one that it has now, as long as it is known.
const assertionQuery = `SELECT a.id, a.uid, a.suite_id, coalesce(a.case_id, 0), coalesce((SELECT name FROM cases k WHERE k.id = a.case_id), a.case_name),
	a.kind, a.spec, a.created_ms FROM assertions a WHERE a.deleted_ms IS NULL`

// spec is what an assertion takes, as it is kept.
type spec struct {
	Not    bool       `json:"not,omitempty"`
	Weight float64    `json:"weight"`
	Value  text.Raw   `json:"value,omitempty"`
	Values []text.Raw `json:"values,omitempty"`
	Path   text.Raw   `json:"path,omitempty"`
	Min    *float64   `json:"min,omitempty"`
	Max    *float64   `json:"max,omitempty"`
	Metric text.Raw   `json:"metric,omitempty"`
	Origin text.Raw   `json:"origin,omitempty"`
}

func scanAssertion(r scanner) (session.Assertion, error) {
	var a session.Assertion
	var body string
	if err := r.Scan(&a.ID, &a.UID, &a.SuiteID, &a.CaseID, &a.CaseName, &a.Kind, &body, &a.CreatedMS); err != nil {
		return a, err
	}
	var p spec
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return a, badRow("assertion", a.ID, err)
	}
	a.Not, a.Weight, a.Value, a.Values, a.Path, a.Min, a.Max, a.Metric, a.Origin = p.Not, p.Weight, p.Value, p.Values, p.Path, p.Min, p.Max, p.Metric, p.Origin
	return a, nil
}

// assertionRow checks what of an assertion can be edited: that it can be kept,
// not that it means something.
func assertionRow(a session.Assertion) (row, error) {
	bad := func(where string) error { return &Invalid{Noun: "assertion", Name: string(a.Kind), Where: where} }
	for _, f := range []struct {
		where string
		t     text.Raw
	}{
		{"the kind", text.Raw(a.Kind)}, {"the name of the case", a.CaseName}, {"the value", a.Value}, {"the path", a.Path},
		{"the metric", a.Metric}, {"the origin", a.Origin},
	} {
		if !f.t.Valid() {
			return nil, bad(f.where)
		}
	}
	for _, v := range a.Values {
		if !v.Valid() {
			return nil, bad("a value")
		}
	}
	if a.Kind == "" {
		return nil, errors.New("an assertion needs a kind")
	}
	if err := finite("weight", &a.Weight); err != nil {
		return nil, err
	}
	if err := errors.Join(finite("lower bound", a.Min), finite("upper bound", a.Max)); err != nil {
		return nil, err
	}
	return row{
		"case_id": nullID(a.CaseID), "case_name": string(a.CaseName), "kind": string(a.Kind),
		"spec": marshal(spec{a.Not, a.Weight, a.Value, a.Values, a.Path, a.Min, a.Max, a.Metric, a.Origin}),
	}, nil
}

func finite(what string, f *float64) error {
	if f != nil && (math.IsNaN(*f) || math.IsInf(*f, 0)) {
		return fmt.Errorf("the %s is no number", what)
	}
	return nil
}

// Suites returns the suites of a prompt (0: of all) with their assertions, in the
// order in which they were made.
func (s *Store) Suites(ctx context.Context, promptID int64) ([]session.Suite, error) {
	stmt, args := ofPrompt(suiteQuery, "x.prompt_id", promptID)
	out, err := listOf(ctx, s, "suite", scanSuite, stmt+` ORDER BY x.id`, args...)
	if err != nil {
		return nil, s.wrap(err)
	}
	bad, err := s.fill(ctx, out)
	return slices.DeleteFunc(out, func(x session.Suite) bool {
		if bad[x.ID] != nil { // without one of its assertions it would say less than it should
			s.leaveOut(&BadRow{fmt.Sprintf("suite %q is damaged: %s", x.Name, bad[x.ID].What)})
		}
		return bad[x.ID] != nil
	}), err
}

// fillWhole is fill of suites of which none may lack an assertion.
func (s *Store) fillWhole(ctx context.Context, suites []session.Suite) error {
	bad, err := s.fill(ctx, suites)
	for _, b := range bad {
		return b
	}
	return err
}

// fill reads the assertions of suites, in the order in which they came. bad are those
// of which one can't be read, by suite.
func (s *Store) fill(ctx context.Context, suites []session.Suite) (bad map[int64]*BadRow, err error) {
	bad = map[int64]*BadRow{}
	ids, at := make([]int64, len(suites)), map[int64]int{}
	for i, x := range suites {
		ids[i], at[x.ID] = x.ID, i
	}
	list, err := collect(ctx, s.read, func(r scanner) (session.Assertion, error) {
		a, err := scanAssertion(r)
		if b := asBadRow("assertion", err); b != nil && a.SuiteID != 0 {
			bad[a.SuiteID], err = b, nil
		}
		return a, err
	}, assertionQuery+` AND a.suite_id IN (SELECT value FROM json_each(?)) ORDER BY a.id`, formatIDs(ids))
	for _, a := range list {
		suites[at[a.SuiteID]].Assertions = append(suites[at[a.SuiteID]].Assertions, a)
	}
	return bad, s.wrap(err)
}

// Suite returns a suite by its name, or [*NotFound] with names near it. Without a
// prompt it is the only one of that name; several are [*Ambiguous].
func (s *Store) Suite(ctx context.Context, prompt, name string) (session.Suite, error) {
	stmt, args := suiteQuery+` AND x.name = ?`, []any{name}
	if prompt != "" {
		p, err := s.Prompt(ctx, prompt)
		if err != nil {
			return session.Suite{}, err
		}
		stmt, args = stmt+` AND x.prompt_id = ?`, append(args, p.ID)
	}
	found, err := collect(ctx, s.read, scanSuite, stmt+` ORDER BY p.name`, args...)
	switch {
	case err != nil:
		return session.Suite{}, s.wrap(err)
	case len(found) > 1:
		e := &Ambiguous{Noun: "suite", Name: name}
		for _, f := range found {
			e.In = append(e.In, string(f.Prompt))
		}
		return session.Suite{}, e
	case len(found) == 0:
		return session.Suite{}, s.missing(ctx, "suite", name, `SELECT x.name FROM suites x JOIN prompts p ON p.id = x.prompt_id
			WHERE x.deleted_ms IS NULL AND p.deleted_ms IS NULL AND (? = '' OR p.name = ?)`, prompt, prompt)
	}
	return found[0], s.fillWhole(ctx, found)
}

// SuiteByID returns a suite with its assertions.
func (s *Store) SuiteByID(ctx context.Context, id int64) (session.Suite, error) {
	x, err := scanSuite(s.read.QueryRowContext(ctx, suiteQuery+` AND x.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return x, &NotFound{Noun: "suite", Name: fmt.Sprint("number ", id)}
	}
	if err != nil {
		return x, s.wrap(err)
	}
	one := []session.Suite{x}
	err = s.fillWhole(ctx, one)
	return one[0], err
}

// CreateSuite adds a suite with nothing in it.
func (s *Store) CreateSuite(ctx context.Context, promptID int64, name string, note text.Raw) (session.Suite, error) {
	var id int64
	err := s.edit(ctx, "create", "suite", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, promptID)
		if err == nil {
			err = errors.Join(free(ctx, e.tx, "suite", promptID, name), valid("suite", name, "its note", note))
		}
		if err != nil {
			return "", "", err
		}
		id, _, err = e.insert(ctx, "suites", row{"prompt_id": promptID, "name": name, "note": string(note)})
		return name, "in " + prompt, err
	})
	if err != nil {
		return session.Suite{}, err
	}
	return s.SuiteByID(ctx, id)
}

// RenameSuite gives the suite another name. Checks keep the one that they began with.
func (s *Store) RenameSuite(ctx context.Context, id int64, name string) error {
	return s.rename(ctx, "suite", id, name)
}

// DeleteSuite hides the suite with its checks until it is undone.
func (s *Store) DeleteSuite(ctx context.Context, id int64) error { return s.remove(ctx, "suite", id) }

// SetSuite writes note, threshold and cases of the suite with that ID.
func (s *Store) SetSuite(ctx context.Context, x session.Suite) error {
	return s.edit(ctx, "edit", "suite", func(e *edit) (string, string, error) {
		name, err := nameOf(ctx, e.tx, "suite", x.ID)
		if err == nil {
			err = errors.Join(valid("suite", name, "its note", x.Note), finite("threshold", x.Threshold))
		}
		if err != nil {
			return "", "", err
		}
		cases := formatIDs(x.CaseIDs)
		var others int
		err = e.QueryRowContext(ctx, `SELECT count(*) FROM json_each(?) WHERE value NOT IN
			(SELECT k.id FROM cases k JOIN suites x ON x.prompt_id = k.prompt_id WHERE x.id = ?)`, cases, x.ID).Scan(&others)
		if err == nil && others > 0 {
			err = fmt.Errorf("suite %q: %d of its cases are not cases of its prompt", text.Raw(name), others)
		}
		if err != nil {
			return "", "", err
		}
		return name, "", e.set(ctx, "suites", x.ID, row{"note": string(x.Note), "threshold": plain(x.Threshold), "case_ids": cases})
	})
}

// AddAssertions adds all or none, as one edit, and returns them as they were
// kept. One that cannot be kept is a [*RowError].
func (s *Store) AddAssertions(ctx context.Context, suiteID int64, list []session.Assertion) ([]session.Assertion, error) {
	ids := map[int64]bool{}
	err := s.edit(ctx, "create", "assertion", func(e *edit) (string, string, error) {
		clear(ids)
		suite, err := nameOf(ctx, e.tx, "suite", suiteID)
		if err != nil {
			return "", "", err
		}
		for i, a := range list {
			r, err := assertionRow(a)
			if err == nil {
				err = e.caseOfSuite(ctx, suiteID, a.CaseID)
			}
			if err != nil {
				return "", "", atRow(i, err)
			}
			r["suite_id"] = suiteID
			id, _, err := e.insert(ctx, "assertions", r)
			if err != nil {
				return "", "", err
			}
			ids[id] = true
		}
		if len(list) == 0 {
			return "", "", nil
		}
		return suite, batchDetail(len(list), "assertions", func() text.Raw { return text.Raw(list[0].Kind) }), e.touch(ctx, suiteID)
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	all, err := collect(ctx, s.read, scanAssertion, assertionQuery+` AND a.suite_id = ? ORDER BY a.id`, suiteID)
	var out []session.Assertion
	for _, a := range all {
		if ids[a.ID] {
			out = append(out, a)
		}
	}
	return out, s.wrap(err)
}

// touch notes that a suite is not what it was, so that its checks are seen to be
// of before.
func (e *edit) touch(ctx context.Context, suiteID int64) error {
	return e.set(ctx, "suites", suiteID, row{"updated_ms": e.now})
}

// caseOfSuite makes sure that a case (0: none) is one of the suite's prompt.
func (e *edit) caseOfSuite(ctx context.Context, suiteID, caseID int64) error {
	if caseID == 0 {
		return nil
	}
	var n int
	err := e.QueryRowContext(ctx, `SELECT count(*) FROM cases k JOIN suites x ON x.prompt_id = k.prompt_id WHERE k.id = ? AND x.id = ?`, caseID, suiteID).Scan(&n)
	if err == nil && n == 0 {
		err = &NotFound{Noun: "case", Name: fmt.Sprint("number ", caseID)}
	}
	return err
}

// suiteOf returns the suite of an assertion that is there, and its name.
func suiteOf(ctx context.Context, q query, assertionID int64) (id int64, name string, err error) {
	err = q.QueryRowContext(ctx, `SELECT x.id, x.name FROM assertions a JOIN suites x ON x.id = a.suite_id
		WHERE a.id = ? AND a.deleted_ms IS NULL AND x.deleted_ms IS NULL`, assertionID).Scan(&id, &name)
	if errors.Is(err, sql.ErrNoRows) {
		err = &NotFound{Noun: "assertion", Name: fmt.Sprint("number ", assertionID)}
	}
	return id, name, err
}

// UpdateAssertion writes what the assertion with that ID asserts, and of which case.
func (s *Store) UpdateAssertion(ctx context.Context, a session.Assertion) error {
	return s.edit(ctx, "edit", "assertion", func(e *edit) (string, string, error) {
		suite, name, err := suiteOf(ctx, e.tx, a.ID)
		if err != nil {
			return "", "", err
		}
		r, err := assertionRow(a)
		if err == nil {
			err = e.caseOfSuite(ctx, suite, a.CaseID)
		}
		if err == nil {
			err = e.set(ctx, "assertions", a.ID, r)
		}
		if err != nil || len(e.deltas) == 0 {
			return "", "", err
		}
		return name, string(a.Kind), e.touch(ctx, suite)
	})
}

// DeleteAssertion hides the assertion until it is undone.
func (s *Store) DeleteAssertion(ctx context.Context, id int64) error {
	return s.edit(ctx, "delete", "assertion", func(e *edit) (string, string, error) {
		suite, name, err := suiteOf(ctx, e.tx, id)
		if err != nil {
			return "", "", err
		}
		var kind string
		if err := e.QueryRowContext(ctx, `SELECT kind FROM assertions WHERE id = ?`, id).Scan(&kind); err != nil {
			return "", "", err
		}
		if err := e.set(ctx, "assertions", id, row{"deleted_ms": e.now}); err != nil {
			return "", "", err
		}
		return name, kind, e.touch(ctx, suite)
	})
}
