package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"galley/session"
	"galley/session/text"
)

// A prompt with bound variables borrows the cases of the prompts upstream. A
// borrowed case has no row: its id is 0, its name is the upstream's and its uid is
// made of the binding's and that name. Where all takes are bound, take 2 of c01 is
// the case c01#2 ([session.TakeCase]), a name that no case of a prompt's own can have. So outputs, which
// are told apart by a case's id and, without one, by its name, are never pooled
// over takes or with those of a case of the prompt's own.

// slot is a case and take that upstream answered.
type slot struct {
	name text.Raw
	take int // 1 where the binding has one take
}

// full is the name of the case that the slot is. Where no binding brings more than
// one take, names stay as they are upstream.
func (k slot) full(takes bool) text.Raw {
	if !takes {
		return k.name
	}
	return session.TakeCase(k.name, k.take)
}

// bound is a binding with what it brings.
type bound struct {
	session.Binding
	by map[slot]Upstream
}

// value is what the binding brings for a slot: of a binding to one take, that take
// for all.
func (b bound) value(k slot) (Upstream, bool) {
	if b.Take != 0 {
		k.take = 1
	}
	u, ok := b.by[k]
	return u, ok
}

// ownCases reads the rows of a prompt's own.
func ownCases(ctx context.Context, q query, promptID int64) ([]session.Case, error) {
	return collect(ctx, q, scanCase, caseQuery+` AND prompt_id = ? ORDER BY id`, promptID)
}

// ownCases is the same for what people read.
func (s *Store) ownCases(ctx context.Context, q query, promptID int64) ([]session.Case, error) {
	if q != query(s.read) {
		return ownCases(ctx, q, promptID)
	}
	return listOf(ctx, s, "case", scanCase, caseQuery+` AND prompt_id = ? ORDER BY id`, promptID)
}

// casesOf returns a prompt's own cases, and those that it borrows after them. The
// first binding that brings nothing is the error beside them.
func (s *Store) casesOf(ctx context.Context, q query, promptID int64, through ...int64) ([]session.Case, error) {
	own, err := s.ownCases(ctx, q, promptID)
	if err != nil {
		return nil, err
	}
	list, err := bindingsOf(ctx, q, promptID)
	if err != nil || len(list) == 0 {
		return own, err
	}
	var all []bound
	var order []slot
	var unbound error
	for _, b := range list {
		ups, err := s.upstreams(ctx, q, b)
		var why *Unbound
		if errors.As(err, &why) {
			unbound = cmp.Or(unbound, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := s.splits(ctx, q, b.FromID, ups, append(through, promptID)); err != nil {
			return nil, err
		}
		x := bound{b, map[slot]Upstream{}}
		for _, u := range ups {
			k := slot{u.Case.Name, u.Take}
			if b.Take != 0 {
				k.take = 1
			}
			x.by[k] = u
			if !slices.Contains(order, k) {
				order = append(order, k)
			}
		}
		all = append(all, x)
	}
	return lend(own, all, order), unbound
}

// splits fills in the splits of upstream cases that have no row there, since they
// were borrowed themselves, and the rows that they go back to.
func (s *Store) splits(ctx context.Context, q query, from int64, ups []Upstream, through []int64) error {
	var of map[text.Raw]session.Split
	rows := map[text.Raw]int64{}
	for i := range ups {
		c := &ups[i].Case
		if c.Split != "" {
			continue
		}
		if of == nil {
			of = map[text.Raw]session.Split{}
			if !slices.Contains(through, from) {
				cases, err := s.casesOf(ctx, q, from, through...)
				var why *Unbound
				if err != nil && !errors.As(err, &why) {
					return err
				}
				for _, k := range cases {
					of[k.Name], rows[k.Name] = k.Split, k.Row()
				}
			}
			if err := rootSplits(ctx, q, from, of); err != nil {
				return err
			}
		}
		c.Split = cmp.Or(of[c.Name], of[session.TakeBase(c.Name)], session.SplitDev)
		c.Origin = cmp.Or(rows[c.Name], rows[session.TakeBase(c.Name)])
	}
	return nil
}

// rootSplits adds the splits of the cases of all prompts that feed one, by name and
// the nearest first, also where a binding between them brings nothing any more: a
// case of a holdout does not become one to work on because a run was deleted.
func rootSplits(ctx context.Context, q query, from int64, of map[text.Raw]session.Split) error {
	seen := map[int64]bool{}
	for next := []int64{from}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		rows, err := collect(ctx, q, func(r scanner) (c session.Case, err error) { err = r.Scan(&c.Name, &c.Split); return c, err },
			`SELECT name, split FROM cases WHERE prompt_id = ? ORDER BY deleted_ms IS NOT NULL, id`, at)
		if err != nil {
			return err
		}
		for _, c := range rows {
			if of[c.Name] == "" {
				of[c.Name] = c.Split
			}
		}
		list, err := bindingsOf(ctx, q, at)
		if err != nil {
			return err
		}
		for _, b := range list {
			next = append(next, b.FromID)
		}
	}
	return nil
}

// lend puts the variables into the prompt's own cases and adds the borrowed ones.
// Of the takes after the first, an own case has copies.
func lend(own []session.Case, all []bound, order []slot) []session.Case {
	at := map[text.Raw]int{}
	for i, c := range own {
		at[c.Name] = i
	}
	takes := slices.ContainsFunc(all, func(b bound) bool { return b.Take == 0 })
	slices.SortStableFunc(order, func(a, b slot) int {
		x, mine := at[session.TakeBase(a.name)]
		y, too := at[session.TakeBase(b.name)]
		if mine && too {
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.name, b.name), cmp.Compare(a.take, b.take))
		}
		return 0
	})
	base := slices.Clone(own) // before anything is lent to them
	copies := map[int][]session.Case{}
	var out, lent []session.Case
	for _, k := range order {
		i, mine := at[session.TakeBase(k.name)]
		c := session.Case{}
		switch {
		case mine && k.take == 1 && k.name == own[i].Name:
			own[i] = filled(own[i], all, k)
			own[i].Origin = originOf(all, k)
			continue
		case !complete(all, k):
			continue
		case mine:
			c = base[i]
			c.Origin, c.ID = c.ID, 0
		}
		first := all[slices.IndexFunc(all, func(b bound) bool { _, ok := b.by[k]; return ok })]
		u, _ := first.value(k)
		if !mine {
			c = u.Case
		}
		c.PromptID, c.Name, c.Borrowed = first.PromptID, k.full(takes), first.From
		c.UID = first.UID + "/" + string(c.Name)
		c = filled(c, all, k)
		if mine {
			copies[i] = append(copies[i], c)
		} else {
			lent = append(lent, c)
		}
	}
	for i, c := range own {
		out = append(append(out, c), copies[i]...)
	}
	return append(out, lent...)
}

// originOf is the row upstream of a slot, 0 none.
func originOf(all []bound, k slot) int64 {
	for _, b := range all {
		if u, ok := b.value(k); ok && u.Case.Origin != 0 {
			return u.Case.Origin
		}
	}
	return 0
}

// complete reports whether every binding has something for the slot.
func complete(all []bound, k slot) bool {
	return !slices.ContainsFunc(all, func(b bound) bool { _, ok := b.value(k); return !ok })
}

// filled gives a case the bound variables of a slot, over values of its own, and
// the upstream's variables that it does not have.
func filled(c session.Case, all []bound, k slot) session.Case {
	c.Vars = slices.Clone(c.Vars)
	for _, b := range all {
		u, ok := b.value(k)
		if !ok {
			continue
		}
		for _, v := range u.Case.Vars {
			if _, has := c.Lookup(string(v.Name)); !has {
				c.Vars = append(c.Vars, v)
			}
		}
	}
	for _, b := range all {
		u, ok := b.value(k)
		if !ok {
			continue
		}
		i := slices.IndexFunc(c.Vars, func(v session.Var) bool { return v.Name == b.Var })
		if i < 0 {
			i = len(c.Vars)
			c.Vars = append(c.Vars, session.Var{Name: b.Var})
		}
		c.Vars[i].Value = u.Text
	}
	return c
}

// lender knows what was lent to the cases of prompts, each read once.
type lender struct {
	s  *Store
	q  query
	of map[int64]*lent
}

type lent struct {
	bindings []session.Binding
	own, all map[int64]session.Case
}

func (l *lender) prompt(ctx context.Context, promptID int64) (*lent, error) {
	if x := l.of[promptID]; x != nil {
		return x, nil
	}
	x := &lent{own: map[int64]session.Case{}, all: map[int64]session.Case{}}
	var err error
	if x.bindings, err = bindingsOf(ctx, l.q, promptID); err != nil {
		return nil, err
	}
	if len(x.bindings) > 0 {
		own, err := ownCases(ctx, l.q, promptID)
		if err != nil {
			return nil, err
		}
		all, err := l.s.casesOf(ctx, l.q, promptID)
		var why *Unbound
		if err != nil && !errors.As(err, &why) {
			return nil, err
		}
		for _, c := range own {
			x.own[c.ID] = c
		}
		for _, c := range all {
			x.all[c.ID] = c
		}
	}
	l.of[promptID] = x
	return x, nil
}

// kept takes out of a case what was lent to it, so that a change of its tags
// writes down no text of another prompt. A bound variable that was itself changed
// is refused.
func (l *lender) kept(ctx context.Context, c session.Case) (session.Case, error) {
	if c.ID == 0 {
		return c, errBorrowed
	}
	var promptID int64
	err := l.q.QueryRowContext(ctx, `SELECT prompt_id FROM cases WHERE id = ?`, c.ID).Scan(&promptID)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil // who writes it says that there is none
	}
	if err != nil {
		return c, err
	}
	x, err := l.prompt(ctx, promptID)
	if err != nil || len(x.bindings) == 0 {
		return c, err
	}
	var vars []session.Var
	for _, v := range c.Vars {
		was, has := x.own[c.ID].Lookup(string(v.Name))
		now, seen := x.all[c.ID].Lookup(string(v.Name))
		b := slices.IndexFunc(x.bindings, func(b session.Binding) bool { return b.Var == v.Name })
		switch foreign := seen && (!has || was != now); {
		case foreign && v.Value == now && has:
			v.Value = was
		case foreign && v.Value == now:
			continue
		case foreign && b >= 0 && (!has || v.Value != was):
			return c, fmt.Errorf("{{%s}} of case %q is bound to outputs of %s and can't be written here; take the binding away first", v.Name, c.Name, x.bindings[b].From)
		}
		vars = append(vars, v)
	}
	c.Vars = vars
	return c, nil
}

// countBorrowed counts the cases of prompts with those that they borrow.
func (s *Store) countBorrowed(ctx context.Context, prompts []session.PromptInfo) error {
	ids, err := collect(ctx, s.read, scanID, `SELECT DISTINCT prompt_id FROM bindings WHERE deleted_ms IS NULL`)
	if err != nil || len(ids) == 0 {
		return err
	}
	for i := range prompts {
		if !slices.Contains(ids, prompts[i].ID) {
			continue
		}
		all, err := s.casesOf(ctx, s.read, prompts[i].ID)
		var why *Unbound
		if err != nil && !errors.As(err, &why) {
			return err
		}
		prompts[i].Cases = len(all)
	}
	return nil
}
