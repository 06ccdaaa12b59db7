package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
	"galley/tui/cases"
)

// casesDeps are the functions of the page of the cases.
func (d *desk) casesDeps() cases.Deps {
	st := d.store
	return cases.Deps{
		Load: d.casesHere, Create: st.CreateCases, Rename: st.RenameCase, Delete: st.DeleteCases, Undo: d.undoOne,
		Update: d.writeCases,
		Preview: func(ctx context.Context, promptID int64, path string, m cases.Mapping) (cases.Preview, error) {
			p, _, err := d.previewCases(ctx, promptID, path, m)
			return p, err
		},
		Import:  d.bringCases,
		Prompts: st.Prompts, Offers: d.offersOf,
		Bind: func(ctx context.Context, b session.Binding) error {
			_, err := st.PutBinding(ctx, b)
			return err
		},
		Unbind: st.DeleteBinding, Compare: d.compareBound,
		Editor: func(t text.Raw, tag string) tea.Cmd {
			return d.edited(t, func(after text.Raw, changed bool, err error) tea.Msg {
				return cases.Edited{Tag: tag, Text: after, Changed: changed, Err: err}
			})
		},
	}
}

// casesHere reads all that the page shows of a prompt. A binding that brings
// nothing is told beside the cases that there are.
func (d *desk) casesHere(ctx context.Context, promptID int64) (cases.Here, error) {
	var h cases.Here
	prompts, err := d.store.Prompts(ctx)
	if err != nil {
		return h, err
	}
	i := slices.IndexFunc(prompts, func(p session.PromptInfo) bool { return p.ID == promptID })
	if i < 0 {
		return h, errors.New("the prompt was deleted meanwhile")
	}
	h.Prompt = prompts[i]
	var unbound *store.Unbound
	if h.Cases, err = d.store.Cases(ctx, promptID); err != nil && !errors.As(err, &unbound) {
		return h, err
	}
	variants, err := d.store.Variants(ctx, promptID)
	if err != nil {
		return h, err
	}
	for _, v := range variants {
		for _, n := range v.Revision.Content.Names() {
			if !slices.Contains(h.Asked, n) {
				h.Asked = append(h.Asked, n)
			}
		}
	}
	if h.Looks, err = d.looks(ctx, promptID); err != nil {
		return h, err
	}
	h.Bindings, err = d.bounds(ctx, promptID)
	return h, err
}

// looks is how often the holdout of a prompt was looked at, also where one of its
// bindings brings nothing.
func (d *desk) looks(ctx context.Context, promptID int64) (session.Looks, error) {
	l, err := d.store.Looks(ctx, promptID)
	var unbound *store.Unbound
	if errors.As(err, &unbound) {
		err = nil
	}
	return l, err
}

// bounds are the bindings of a prompt with what became of their runs.
func (d *desk) bounds(ctx context.Context, promptID int64) ([]cases.Bound, error) {
	list, err := d.store.Bindings(ctx, promptID)
	if err != nil {
		return nil, err
	}
	var out []cases.Bound
	for _, b := range list {
		x := cases.Bound{Binding: b}
		ups, err := d.store.Upstreams(ctx, b)
		var unbound *store.Unbound
		switch {
		case errors.As(err, &unbound):
			x.Gone = unbound.Why
		case err != nil:
			return nil, err
		}
		names := map[text.Raw]bool{}
		for _, u := range ups {
			names[u.Case.Name] = true
		}
		x.Answered = len(names)
		offers, err := d.store.Offers(ctx, b.FromID)
		if err != nil {
			return nil, err
		}
		for _, o := range offers { // the newest first
			if o.RunID > b.RunID && o.Contestant.Variant.Variant == b.Contestant.Variant.Variant && o.Contestant.Model == b.Contestant.Model {
				x.Newer = o.RunID
				break
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// offersOf are the contestants that a variable may be bound to, with their runs.
func (d *desk) offersOf(ctx context.Context, promptID int64) ([]cases.Offer, error) {
	offers, err := d.store.Offers(ctx, promptID)
	if err != nil {
		return nil, err
	}
	runs, err := d.store.Runs(ctx, promptID)
	if err != nil {
		return nil, err
	}
	var out []cases.Offer
	for _, o := range offers {
		if i := slices.IndexFunc(runs, func(r session.Run) bool { return r.ID == o.RunID }); i >= 0 {
			out = append(out, cases.Offer{Offer: o, Run: runs[i]})
		}
	}
	return out, nil
}

// compareBound counts what another binding of a variable would change.
func (d *desk) compareBound(ctx context.Context, from, to session.Binding) (session.BoundChange, error) {
	before, err := d.boundTexts(ctx, from)
	if err != nil {
		return session.BoundChange{}, err
	}
	after, err := d.boundTexts(ctx, to)
	return session.CompareBound(before, after), err
}

// boundTexts are the outputs that a binding brings, by the names that their cases
// then have; none where its run is gone.
func (d *desk) boundTexts(ctx context.Context, b session.Binding) (map[text.Raw]text.Raw, error) {
	ups, err := d.store.Upstreams(ctx, b)
	var unbound *store.Unbound
	if err != nil && !errors.As(err, &unbound) {
		return nil, err
	}
	out := map[text.Raw]text.Raw{}
	for _, u := range ups {
		name := u.Case.Name
		if b.Take == 0 {
			name = session.TakeCase(name, u.Take)
		}
		out[name] = u.Text
	}
	return out, nil
}

// writeCases writes cases of a prompt as one edit. A borrowed one, which has no row,
// is made one of the prompt's own that takes its place, with its tags, split and
// wanted answer and no value: those go on coming from upstream.
func (d *desk) writeCases(ctx context.Context, all []session.Case) error {
	var own, made []session.Case
	for _, c := range all {
		if c.Borrowed == "" {
			own = append(own, c)
			continue
		}
		// A take of a case is no case that can be written.
		c.ID, c.UID, c.Name, c.Borrowed, c.Vars = 0, "", session.TakeBase(c.Name), "", nil
		switch kept, err := d.ownCase(ctx, c.PromptID, c.Name); {
		case err != nil:
			return err
		case kept != nil:
			kept.Tags, kept.Split, kept.Wanted = c.Tags, c.Split, c.Wanted
			own = append(own, *kept)
		case !slices.ContainsFunc(made, func(m session.Case) bool { return m.Name == c.Name }):
			made = append(made, c)
		}
	}
	if len(own) > 0 {
		if err := d.store.UpdateCases(ctx, own); err != nil {
			return err
		}
	}
	if len(made) == 0 {
		return nil
	}
	_, err := d.store.CreateCases(ctx, made[0].PromptID, made)
	return err
}

// ownCase is a case of the prompt's own by its name, nil where there is none.
func (d *desk) ownCase(ctx context.Context, promptID int64, name text.Raw) (*session.Case, error) {
	all, err := d.store.Cases(ctx, promptID)
	var unbound *store.Unbound
	if err != nil && !errors.As(err, &unbound) {
		return nil, err
	}
	for i := range all {
		if all[i].Name == name && all[i].Borrowed == "" {
			return &all[i], nil
		}
	}
	return nil, nil
}

// previewCases reads a file as it would be brought in. Where that can't be, it says
// why, with the columns that there are.
func (d *desk) previewCases(ctx context.Context, promptID int64, path string, m cases.Mapping) (cases.Preview, []session.Case, error) {
	p := cases.Preview{File: filepath.Base(path)}
	data, err := readGiven(path)
	if err != nil {
		return p, nil, err
	}
	o := exchange.Options{File: filepath.Base(path), Map: m.Map, Leave: m.Leave}
	file := look(data, o, "cases")
	if len(file.Columns) == 0 {
		_, _, err := exchange.ReadCases(strings.NewReader(string(data)), o)
		if err == nil {
			err = errors.New("it has no columns")
		}
		return p, nil, err
	}
	p.Format, p.Rows = file.Format, len(file.Lines)
	p.Columns = file.mapped(o)
	rows, notes, _, err := d.readCases(ctx, session.PromptInfo{Prompt: session.Prompt{ID: promptID}}, data, o)
	if err != nil {
		p.Trouble = err.Error()
		return p, nil, nil //nolint:nilerr // the form says it, and goes on
	}
	p.Rows = len(rows)
	p.Sample = rows[:min(len(rows), 3)]
	for _, n := range notes {
		what, _, _ := strings.Cut(n.What, "; --map") // here a key says which is
		if n.Line > 0 {
			what = "line " + itoa(n.Line) + ": " + what
		}
		p.Notes = append(p.Notes, what)
	}
	return p, rows, nil
}

// readGiven reads a file that was typed; ~ stands for the user's folder.
func readGiven(path string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	g := &globals{}
	r, closer, err := g.openFile(path)
	if err != nil {
		return nil, err
	}
	defer closer()
	return readAll(r, exchange.Options{File: path})
}

// bringCases imports a file as it is mapped: all of it or nothing.
func (d *desk) bringCases(ctx context.Context, promptID int64, path string, m cases.Mapping) (int, error) {
	p, rows, err := d.previewCases(ctx, promptID, path, m)
	if err != nil {
		return 0, err
	}
	if p.Trouble != "" {
		return 0, errors.New(p.Trouble)
	}
	made, err := d.store.CreateCases(ctx, promptID, rows)
	return len(made), err
}
