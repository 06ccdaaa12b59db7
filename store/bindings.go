package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// Cycle says that a prompt would take its input from itself.
type Cycle struct{ Path []string } // names of prompts, the first and the last the same

func (e *Cycle) Error() string {
	shown := make([]string, len(e.Path))
	for i, n := range e.Path {
		shown[i] = text.Raw(n).String()
	}
	return "a prompt can't be fed by its own outputs: " + strings.Join(shown, " → ") + "; bind to a prompt that does not depend on this one"
}

// Unbound says that a binding gives nothing. What is asked for without it comes
// with the error.
type Unbound struct {
	Prompt string
	Var    text.Raw
	From   text.Raw // the prompt upstream
	Why    string
}

func (e *Unbound) Error() string {
	return fmt.Sprintf("{{%s}} of %s is bound to outputs of %s, but %s; bind it anew or take the binding away", e.Var, text.Raw(e.Prompt), e.From, e.Why)
}

// errBorrowed is what a borrowed case answers to a change.
var errBorrowed = errors.New("the case is borrowed from another prompt, and is changed there; a case of the same name made here takes its place and keeps its own tags, split and wanted answer")

const bindingQuery = `SELECT b.id, b.uid, b.prompt_id, b.var, b.from_id, p.name, b.run_id, coalesce(b.revision_id, 0), b.prompt_name, b.variant_name,
	b.revision, b.model, b.take, b.created_ms FROM bindings b JOIN prompts p ON p.id = b.from_id WHERE b.deleted_ms IS NULL`

func scanBinding(r scanner) (session.Binding, error) {
	var b session.Binding
	c := &b.Contestant
	err := r.Scan(&b.ID, &b.UID, &b.PromptID, &b.Var, &b.FromID, &b.From, &b.RunID, &c.RevisionID, &c.Variant.Prompt, &c.Variant.Variant,
		&c.Variant.Revision, &c.Model, &b.Take, &b.CreatedMS)
	return b, err
}

// Bindings returns the bindings of a prompt's variables in the order in which they
// were made.
func (s *Store) Bindings(ctx context.Context, promptID int64) ([]session.Binding, error) {
	out, err := bindingsOf(ctx, s.read, promptID)
	return out, s.wrap(err)
}

func bindingsOf(ctx context.Context, q query, promptID int64) ([]session.Binding, error) {
	return collect(ctx, q, scanBinding, bindingQuery+` AND b.prompt_id = ? ORDER BY b.id`, promptID)
}

// PutBinding binds a variable, in place of what it was bound to. The run must have
// ended and be no study's, the contestant have a whole answer in it. What would
// feed a prompt with its own outputs is [*Cycle].
func (s *Store) PutBinding(ctx context.Context, b session.Binding) (session.Binding, error) {
	var id int64
	err := s.edit(ctx, "bind", "variable", func(e *edit) (string, string, error) {
		prompt, err := promptName(ctx, e.tx, b.PromptID)
		if err != nil {
			return "", "", err
		}
		from, err := promptName(ctx, e.tx, b.FromID)
		if err != nil {
			return "", "", err
		}
		switch {
		case b.Var == "":
			return "", "", errors.New("a binding needs a variable")
		case !b.Var.Valid():
			return "", "", &Invalid{Noun: "binding of", Name: prompt, Where: "the variable"}
		case b.Take < 0:
			return "", "", errors.New("takes are counted from 1; 0 stands for all")
		}
		if err := s.canBind(ctx, e.tx, b); err != nil {
			return "", "", err
		}
		if err := acyclic(ctx, e.tx, b.PromptID, b.FromID); err != nil {
			return "", "", err
		}
		want := bindingRow(b.PromptID, b)
		err = e.QueryRowContext(ctx, `SELECT id FROM bindings WHERE prompt_id = ? AND var = ? AND deleted_ms IS NULL`, b.PromptID, b.Var).Scan(&id)
		if err == nil {
			if same, err := e.stands(ctx, "bindings", id, want); err != nil || same {
				return "", "", err
			}
			err = e.set(ctx, "bindings", id, row{"deleted_ms": e.now})
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return "", "", err
		}
		id, _, err = e.insert(ctx, "bindings", want)
		return prompt, fmt.Sprintf("{{%s}} to %s, %s of %s", b.Var, text.Raw(from), b.Contestant, session.Run{ID: b.RunID}.Name()), err
	})
	if err != nil {
		return session.Binding{}, err
	}
	b, err = scanBinding(s.read.QueryRowContext(ctx, bindingQuery+` AND b.id = ?`, id))
	return b, s.wrap(err)
}

// stands reports whether a row holds these values.
func (e *edit) stands(ctx context.Context, table string, id int64, r row) (bool, error) {
	names := make([]string, 0, len(r))
	for n := range r {
		names = append(names, n)
	}
	have, err := fetch(ctx, e.tx, table, id, names)
	for n, v := range r {
		if err == nil && have[n] != v {
			return false, nil
		}
	}
	return err == nil, err
}

// canBind makes sure that there is something to bind to.
func (s *Store) canBind(ctx context.Context, q query, b session.Binding) error {
	run, err := s.run(ctx, q, b.RunID)
	switch {
	case err != nil:
		return err
	case run.PromptID != b.FromID:
		return fmt.Errorf("%s is not a run of that prompt", run.Name())
	case run.State == session.RunRunning:
		return fmt.Errorf("%s goes on; a variable is bound to what stands still, so wait for its end or stop it", run.Name())
	case run.StudyID != 0 || b.Contestant.Arm != "":
		return fmt.Errorf("%s is of a study, whose answers are of changed variants; bind to a run of a variant", run.Name())
	}
	answers, err := answersOf(ctx, q, b)
	if err == nil && len(answers) == 0 {
		err = fmt.Errorf("%s has no whole answer of %s%s to bind to", run.Name(), b.Contestant, takeOf(b.Take))
	}
	return err
}

func takeOf(take int) string {
	if take == 0 {
		return ""
	}
	return fmt.Sprintf(", take %d,", take)
}

// acyclic makes sure that from does not depend on prompt.
func acyclic(ctx context.Context, q query, prompt, from int64) error {
	type edge struct{ down, up int64 }
	edges, err := collect(ctx, q, func(r scanner) (e edge, err error) { err = r.Scan(&e.down, &e.up); return e, err },
		`SELECT prompt_id, from_id FROM bindings WHERE deleted_ms IS NULL ORDER BY id`)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	var walk func(at int64) []int64 // from at up to prompt, nil: there is no way
	walk = func(at int64) []int64 {
		if at == prompt {
			return []int64{at}
		}
		if seen[at] {
			return nil
		}
		seen[at] = true
		for _, e := range edges {
			if e.down == at {
				if way := walk(e.up); way != nil {
					return append(way, at)
				}
			}
		}
		return nil
	}
	way := walk(from)
	if way == nil {
		return nil
	}
	// Texts flow from the prompt to what hangs on it, and would come back.
	c := &Cycle{}
	for _, id := range append(way, prompt) {
		var name string
		if err := q.QueryRowContext(ctx, `SELECT name FROM prompts WHERE id = ?`, id).Scan(&name); err != nil {
			return err
		}
		c.Path = append(c.Path, name)
	}
	return c
}

// DeleteBinding frees a variable until that is undone.
func (s *Store) DeleteBinding(ctx context.Context, id int64) error {
	return s.edit(ctx, "unbind", "variable", func(e *edit) (string, string, error) {
		b, err := scanBinding(e.QueryRowContext(ctx, bindingQuery+` AND b.id = ?`, id))
		if errors.Is(err, sql.ErrNoRows) {
			err = &NotFound{Noun: "binding", Name: fmt.Sprint("number ", id)}
		}
		if err != nil {
			return "", "", err
		}
		prompt, err := promptName(ctx, e.tx, b.PromptID)
		if err != nil {
			return "", "", err
		}
		return prompt, fmt.Sprintf("{{%s}} from %s", b.Var, b.From), e.set(ctx, "bindings", id, row{"deleted_ms": e.now})
	})
}

// Upstream is an output that a binding brings, with the case that it is of as it
// was when the run began.
type Upstream struct {
	Case session.Case // without an id
	Take int
	Text text.Raw
}

// Upstreams returns the outputs that a binding brings, in the order of its run.
// Where its run or prompt is gone, or has nothing for it, that is [*Unbound].
func (s *Store) Upstreams(ctx context.Context, b session.Binding) ([]Upstream, error) {
	out, err := s.upstreams(ctx, s.read, b)
	return out, s.wrap(err)
}

func (s *Store) upstreams(ctx context.Context, q query, b session.Binding) ([]Upstream, error) {
	why := &Unbound{Var: b.Var, From: b.From}
	if err := q.QueryRowContext(ctx, `SELECT name FROM prompts WHERE id = ?`, b.PromptID).Scan(&why.Prompt); err != nil {
		return nil, err
	}
	var gone *NotFound
	if _, err := promptName(ctx, q, b.FromID); errors.As(err, &gone) {
		why.Why = "that prompt was deleted"
		return nil, why
	} else if err != nil {
		return nil, err
	}
	if _, err := s.run(ctx, q, b.RunID); errors.As(err, &gone) {
		why.Why = session.Run{ID: b.RunID}.Name() + " was deleted"
		return nil, why
	} else if err != nil {
		return nil, err
	}
	out, err := answersOf(ctx, q, b)
	if err == nil && len(out) == 0 {
		why.Why = fmt.Sprintf("%s has no whole answer of %s%s", session.Run{ID: b.RunID}.Name(), b.Contestant, takeOf(b.Take))
		return nil, why
	}
	return out, err
}

// answersOf reads the whole answers that a binding names, of each case and take the
// first: a run may have asked in several orders.
func answersOf(ctx context.Context, q query, b session.Binding) ([]Upstream, error) {
	c := b.Contestant
	same, args := `c.revision_id = ?`, []any{c.RevisionID}
	if c.RevisionID == 0 {
		same, args = `c.revision_id IS NULL AND c.prompt_name = ? AND c.variant_name = ? AND c.revision = ?`, []any{c.Variant.Prompt, c.Variant.Variant, c.Variant.Revision}
	}
	seen, vars := map[string]bool{}, varsSeen{}
	all, err := collect(ctx, q, func(r scanner) (u Upstream, err error) {
		var tags, hash, body string
		var prefill, whole text.Raw
		var split string
		if err := r.Scan(&u.Case.Name, &u.Case.UID, &u.Case.Origin, &u.Take, &tags, &split, &hash, &body, &prefill, &whole); err != nil {
			return u, err
		}
		u.Text = prefill + whole
		u.Case.PromptID, u.Case.Borrowed, u.Case.Split = b.PromptID, b.From, session.Split(split)
		if u.Case.Tags, err = parseTags(tags); err == nil {
			u.Case.Vars, err = vars.read(hash, body)
		}
		u.Case.Vars = slices.Clone(u.Case.Vars)
		return u, err
	}, `SELECT c.case_name, coalesce(k.uid, ''), coalesce(iif(k.deleted_ms IS NULL, k.id, 0), 0), c.take, c.case_tags, coalesce(k.split, ''), coalesce(c.vars_hash, ''), coalesce(w.body, ''), o.prefill, o.text
		FROM cells c JOIN outputs o ON o.cell_id = c.id LEFT JOIN vars w ON w.hash = c.vars_hash LEFT JOIN cases k ON k.id = c.case_id
		WHERE c.run_id = ? AND c.status = 'done' AND c.arm = '' AND c.model = ? AND (? = 0 OR c.take = ?) AND `+same+` ORDER BY c.idx`,
		append([]any{b.RunID, c.Model, b.Take, b.Take}, args...)...)
	return slices.DeleteFunc(all, func(u Upstream) bool {
		key := fmt.Sprint(u.Take, " ", string(u.Case.Name))
		was := seen[key]
		seen[key] = true
		return was
	}), err
}
