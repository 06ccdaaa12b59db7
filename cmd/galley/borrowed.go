package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
)

// casesThere are the cases of a prompt with those that it borrows. A binding that
// brings nothing is no reason not to list and write the others; it is said. What
// asks a model stops at one instead.
func (d *desk) casesThere(ctx context.Context, g *globals, promptID int64) ([]session.Case, error) {
	all, err := d.store.Cases(ctx, promptID)
	var unbound *store.Unbound
	if errors.As(err, &unbound) {
		if g != nil {
			g.talk("%s", unbound.Error())
		}
		err = nil
	}
	return all, err
}

// caseOf is a case of a prompt to be changed, with its prompt.
func (d *desk) caseOf(ctx context.Context, prompt, name string) (session.PromptInfo, session.Case, error) {
	p, err := d.prompt(ctx, prompt)
	if err != nil {
		return p, session.Case{}, err
	}
	c, err := d.store.Case(ctx, p.ID, name)
	var unbound *store.Unbound
	if errors.As(err, &unbound) && c.Name != "" {
		err = nil
	}
	return p, c, err
}

// lentBy refuses what can't be done with a borrowed case.
func lentBy(p session.PromptInfo, c session.Case, deed string) error {
	if c.Borrowed == "" {
		return nil
	}
	return usage("%s is borrowed from %s and can't be %s: it comes and goes with the binding, which galley bind %s --list shows; galley copy case %s NAME makes one of your own; nothing was changed",
		c.Name, c.Borrowed, deed, p.Name, c.Name)
}

// copyCase copies a case. A borrowed one becomes a case of the prompt's own, with
// the values that it has now, by which no binding goes on to feed it.
func (d *desk) copyCase(ctx context.Context, p session.PromptInfo, c session.Case, name string) (session.Case, error) {
	if c.Borrowed == "" {
		return d.store.CopyCase(ctx, c.ID, name)
	}
	c.ID, c.UID, c.Borrowed, c.Name = 0, "", "", text.Raw(name)
	made, err := d.store.CreateCases(ctx, p.ID, []session.Case{c})
	if err != nil {
		return c, err
	}
	return made[0], nil
}

// ownCases are the cases that a list names, each a row of the prompt's own: those
// that are borrowed become that, with their tags and split, and go on getting their
// values. A take after the first is a case of its own nowhere and is left out.
func (d *desk) ownCases(ctx context.Context, g *globals, promptID int64, list string) ([]session.Case, error) {
	all, err := d.casesThere(ctx, g, promptID)
	if err != nil {
		return nil, err
	}
	picked, err := session.PickCases(all, list)
	if err != nil {
		return nil, err
	}
	var lent []session.Case
	var names []string
	for _, c := range picked {
		if c.Borrowed != "" && session.TakeBase(c.Name) == c.Name {
			lent, names = append(lent, c), append(names, c.Name.String())
		}
	}
	if len(lent) > 0 {
		if err := d.writeCases(ctx, lent); err != nil {
			return nil, err
		}
		g.talk("borrowed, and now made here so that they can be named: %s; each goes on getting its values", strings.Join(names, ", "))
		if all, err = d.casesThere(ctx, nil, promptID); err != nil {
			return nil, err
		}
	}
	var out []session.Case
	takes := 0
	for _, c := range picked {
		i := slices.IndexFunc(all, func(k session.Case) bool { return k.Name == c.Name && k.ID != 0 })
		if i < 0 {
			takes++
			continue
		}
		out = append(out, all[i])
	}
	switch {
	case len(out) == 0:
		return nil, usage("%s stands for later takes of borrowed cases alone, which can't be named here; name the cases, or all", text.Raw(list))
	case takes > 0:
		g.talk("left out: %s of borrowed cases; all would hold them too", plural(takes, "later take", "later takes"))
	}
	return out, nil
}

// talkBindings says which variables a deleted run or prompt leaves without text.
func (d *desk) talkBindings(ctx context.Context, g *globals, of func(session.Binding) bool) error {
	prompts, err := d.store.Prompts(ctx)
	if err != nil {
		return err
	}
	for _, p := range prompts {
		list, err := d.store.Bindings(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, b := range list {
			if of(b) {
				g.talk("{{%s}} of %s was bound to it and gets nothing now; galley bind %s %s --from PROMPT binds it anew, galley undo brings it back", b.Var, p.Name, p.Name, b.Var)
			}
		}
	}
	return nil
}

// namesForFiles gives the later takes of borrowed cases names that files may hold, c1.2 for
// c1#2, and returns what became what.
func namesForFiles(cases []session.Case) map[text.Raw]text.Raw {
	taken, became := map[text.Raw]bool{}, map[text.Raw]text.Raw{}
	for _, c := range cases {
		taken[c.Name] = true
	}
	for i := range cases {
		plain := strings.ReplaceAll(string(cases[i].Name), "#", ".")
		if plain == string(cases[i].Name) {
			continue
		}
		name := text.Raw(plain)
		for n := 2; taken[name]; n++ {
			name = text.Raw(fmt.Sprintf("%s-%d", plain, n))
		}
		taken[name], became[cases[i].Name] = true, name
		cases[i].Name = name
	}
	return became
}

// renameTakes has all of a bundle call the later takes of borrowed cases the same.
func renameTakes(b *exchange.Bundle) {
	became := namesForFiles(b.Cases)
	if len(became) == 0 {
		return
	}
	b.Suite.Assertions = slices.Clone(b.Suite.Assertions)
	for i, a := range b.Suite.Assertions {
		if name, ok := became[a.CaseName]; ok {
			b.Suite.Assertions[i].CaseName = name
		}
	}
	for i, r := range b.Recorded {
		if name, ok := became[r.Cell.CaseName]; ok {
			b.Recorded[i].Cell.CaseName = name
		}
	}
}
