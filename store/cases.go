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

const caseQuery = `SELECT id, uid, prompt_id, name, vars, wanted, tags, split, created_ms FROM cases WHERE deleted_ms IS NULL`

func scanCase(r scanner) (session.Case, error) {
	var c session.Case
	var vars, tags string
	var wanted sql.NullString
	if err := r.Scan(&c.ID, &c.UID, &c.PromptID, &c.Name, &vars, &wanted, &tags, &c.Split, &c.CreatedMS); err != nil {
		return c, err
	}
	c.Wanted = optional(wanted)
	var err error
	if c.Vars, err = parseVars(vars); err == nil {
		c.Tags, err = parseTags(tags)
	}
	if err != nil {
		err = badRow("case", c.ID, err, c.Name)
	}
	return c, err
}

func optional(s sql.NullString) *text.Raw {
	if !s.Valid {
		return nil
	}
	t := text.Raw(s.String)
	return &t
}

func parseVars(s string) ([]session.Var, error) {
	var pairs [][2]text.Raw
	if err := json.Unmarshal([]byte(s), &pairs); err != nil {
		return nil, err
	}
	var out []session.Var
	for _, p := range pairs {
		out = append(out, session.Var{Name: p[0], Value: p[1]})
	}
	return out, nil
}

func formatVars(vars []session.Var) string {
	pairs := make([][2]text.Raw, len(vars))
	for i, v := range vars {
		pairs[i] = [2]text.Raw{v.Name, v.Value}
	}
	return marshal(pairs)
}

func parseTags(s string) ([]text.Raw, error) {
	var tags []text.Raw
	if err := json.Unmarshal([]byte(s), &tags); err != nil || len(tags) == 0 {
		return nil, err
	}
	return tags, nil
}

func formatTags(tags []text.Raw) string {
	if len(tags) == 0 {
		return "[]"
	}
	return marshal(tags)
}

// Cases returns the cases of a prompt in the order in which they came, and after
// them those that it borrows because a variable is bound to outputs of another
// prompt. Where a binding gives nothing, the error is [*Unbound], and the cases are
// those that there are without it.
func (s *Store) Cases(ctx context.Context, promptID int64) ([]session.Case, error) {
	out, err := s.casesOf(ctx, s.read, promptID)
	return out, s.wrap(err)
}

// Case returns a case by its name, or [*NotFound] with names near it.
func (s *Store) Case(ctx context.Context, promptID int64, name string) (session.Case, error) {
	list, err := s.Bindings(ctx, promptID)
	if err != nil {
		return session.Case{}, err
	}
	if len(list) > 0 {
		all, err := s.Cases(ctx, promptID)
		if i := slices.IndexFunc(all, func(c session.Case) bool { return string(c.Name) == name }); err != nil || i >= 0 {
			if i < 0 {
				return session.Case{}, err
			}
			return all[i], err
		}
	}
	c, err := scanCase(s.read.QueryRowContext(ctx, caseQuery+` AND prompt_id = ? AND name = ?`, promptID, name))
	if errors.Is(err, sql.ErrNoRows) {
		return c, s.missing(ctx, "case", name, `SELECT name FROM cases WHERE deleted_ms IS NULL AND prompt_id = ?`, promptID)
	}
	return c, s.wrap(err)
}

// CreateCases adds all or none, in one transaction and as one edit, and returns
// them as they were kept. The nameless are named c1, c2 and so on. A case that
// cannot be kept is a [*RowError].
func (s *Store) CreateCases(ctx context.Context, promptID int64, cases []session.Case) ([]session.Case, error) {
	out := make([]session.Case, len(cases))
	verb := "create"
	if len(cases) > 1 {
		verb = "import"
	}
	err := s.edit(ctx, verb, "case", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, promptID)
		if err != nil {
			return "", "", err
		}
		name, err := e.namer(ctx, "case", "c", promptID)
		if err != nil {
			return "", "", err
		}
		for i := range cases {
			out[i] = cases[i]
			out[i].Name = name(cases[i].Name)
			if err := e.createCase(ctx, promptID, &out[i]); err != nil {
				return "", "", atRow(i, err)
			}
		}
		return prompt, batchDetail(len(out), "cases", func() text.Raw { return out[0].Name }), nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func batchDetail(n int, noun string, first func() text.Raw) string {
	if n == 1 {
		return string(first())
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// namer gives the nameless the next free name: a letter and a number.
func (e *edit) namer(ctx context.Context, noun, letter string, promptID int64) (func(text.Raw) text.Raw, error) {
	names, err := collect(ctx, e.tx, func(r scanner) (n string, err error) { err = r.Scan(&n); return n, err },
		`SELECT name FROM `+noun+`s WHERE deleted_ms IS NULL AND prompt_id = ?`, promptID)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, n := range names {
		taken[n] = true
	}
	next := len(names)
	return func(name text.Raw) text.Raw {
		for name == "" {
			next++
			if n := fmt.Sprint(letter, next); !taken[n] {
				name = text.Raw(n)
			}
		}
		taken[string(name)] = true
		return name
	}, nil
}

func (e *edit) createCase(ctx context.Context, promptID int64, c *session.Case) error {
	if err := free(ctx, e.tx, "case", promptID, string(c.Name)); err != nil {
		return err
	}
	r, err := caseRow(c)
	if err != nil {
		return err
	}
	r["prompt_id"], r["name"] = promptID, string(c.Name)
	c.PromptID, c.CreatedMS = promptID, e.now
	c.ID, c.UID, err = e.insert(ctx, "cases", r)
	return err
}

// caseRow checks what of a case can be edited. An empty split becomes dev.
func caseRow(c *session.Case) (row, error) {
	bad := func(where string) error { return &Invalid{Noun: "case", Name: string(c.Name), Where: where} }
	for _, v := range c.Vars {
		if !v.Name.Valid() || !v.Value.Valid() {
			return nil, bad("variable " + string(v.Name))
		}
	}
	for _, t := range c.Tags {
		if !t.Valid() {
			return nil, bad("a tag")
		}
	}
	if c.Split == "" {
		c.Split = session.SplitDev
	}
	if c.Split != session.SplitDev && c.Split != session.SplitHoldout {
		return nil, fmt.Errorf("case %q: split %q is neither dev nor holdout", c.Name, text.Raw(c.Split))
	}
	r := row{"vars": formatVars(c.Vars), "tags": formatTags(c.Tags), "split": string(c.Split), "wanted": nil}
	if c.Wanted != nil {
		if !c.Wanted.Valid() {
			return nil, bad("the wanted answer")
		}
		r["wanted"] = string(*c.Wanted)
	}
	return r, nil
}

// UpdateCase writes the variables, wanted answer, tags and split of the case
// with that ID.
func (s *Store) UpdateCase(ctx context.Context, c session.Case) error {
	return s.UpdateCases(ctx, []session.Case{c})
}

// UpdateCases is UpdateCase for all or none, in one transaction and as one edit,
// which one undo takes back. A case that cannot be kept is a [*RowError].
func (s *Store) UpdateCases(ctx context.Context, cases []session.Case) error {
	lenders := lender{s: s, of: map[int64]*lent{}}
	return s.updateRowsIn(ctx, "case", len(cases), func(e *edit, i int) (int64, row, error) {
		lenders.q = e.tx
		c, err := lenders.kept(ctx, cases[i])
		if err != nil {
			return 0, nil, err
		}
		r, err := caseRow(&c) // an empty split is filled in
		return c.ID, r, err
	})
}

// updateRows changes n rows of one noun as one edit. The log names the one that
// changed, or the prompt of the first and how many did.
func (s *Store) updateRows(ctx context.Context, noun string, n int, at func(i int) (int64, row, error)) error {
	return s.updateRowsIn(ctx, noun, n, func(_ *edit, i int) (int64, row, error) { return at(i) })
}

func (s *Store) updateRowsIn(ctx context.Context, noun string, n int, at func(e *edit, i int) (int64, row, error)) error {
	return s.edit(ctx, "edit", noun, func(e *edit) (string, string, error) {
		changed, only := map[int64]bool{}, ""
		for i := range n {
			id, r, err := at(e, i)
			if err != nil {
				return "", "", atRow(i, err)
			}
			name, err := nameOf(ctx, e.tx, noun, id)
			if err != nil {
				return "", "", atRow(i, err)
			}
			before := len(e.deltas)
			if err := e.set(ctx, noun+"s", id, r); err != nil {
				return "", "", err
			}
			if len(e.deltas) > before {
				changed[id], only = true, name
			}
		}
		if len(changed) < 2 {
			return only, "", nil
		}
		var prompt string
		err := e.QueryRowContext(ctx, `SELECT p.name FROM `+noun+`s x JOIN prompts p ON p.id = x.prompt_id WHERE x.id = ?`, e.deltas[0].ID).Scan(&prompt)
		return prompt, fmt.Sprintf("%d %ss", len(changed), noun), err
	})
}

// RenameCase gives the case another name. Runs keep the one they began with.
func (s *Store) RenameCase(ctx context.Context, caseID int64, name string) error {
	if caseID == 0 {
		return errBorrowed
	}
	return s.rename(ctx, "case", caseID, name)
}

// CopyCase makes a case of the same prompt; a name of "" takes the next free one.
func (s *Store) CopyCase(ctx context.Context, caseID int64, name string) (c session.Case, err error) {
	if caseID == 0 {
		return c, errBorrowed
	}
	err = s.edit(ctx, "copy", "case", func(e *edit) (string, string, error) {
		if c, err = scanCase(e.QueryRowContext(ctx, caseQuery+` AND id = ?`, caseID)); errors.Is(err, sql.ErrNoRows) {
			err = &NotFound{Noun: "case", Name: fmt.Sprint("number ", caseID)}
		}
		if err != nil {
			return "", "", err
		}
		next, err := e.namer(ctx, "case", "c", c.PromptID)
		if err != nil {
			return "", "", err
		}
		old := string(c.Name)
		c.Name = next(text.Raw(name))
		return old, "to " + string(c.Name), e.createCase(ctx, c.PromptID, &c)
	})
	return c, err
}

// DeleteCase hides the case until it is undone. Runs keep what they need of it.
func (s *Store) DeleteCase(ctx context.Context, caseID int64) error {
	if caseID == 0 {
		return errBorrowed
	}
	return s.remove(ctx, "case", caseID)
}
