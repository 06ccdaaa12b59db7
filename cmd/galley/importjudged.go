package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
)

// importVerdicts keeps battle records: the answers as a run from outside, where
// the records hold them, and what was decided as verdicts.
func importVerdicts(ctx context.Context, d *desk, p session.PromptInfo, i importing, r io.Reader) (imported, error) {
	battles, notes, err := exchange.ReadBattles(r, i.options)
	out := i.result(p, "verdicts", notes)
	if err != nil {
		return out, usage("%w", err)
	}
	verdicts := exchange.Verdicts(battles)
	for k := range verdicts {
		verdicts[k].ID, verdicts[k].UID, verdicts[k].PromptID = 0, "", p.ID
	}
	out.Count = len(verdicts)
	run, results, err := d.battleRun(ctx, p, battles, verdicts)
	if err != nil || i.dry {
		return out, err
	}
	run.Note, run.Author = text.Raw("battles from "+i.options.File), text.Raw(i.author)
	place := func(row int, err error) error {
		if row >= 0 && row < len(battles) {
			return usage("%s:%d: %w; nothing was changed", text.Raw(i.options.File), battles[row].Line, err)
		}
		return usage("%s: %w; nothing was changed", text.Raw(i.options.File), err)
	}
	if len(results) > 0 {
		if run, err = d.store.ImportRun(ctx, run, nil, results); err != nil {
			return out, place(-1, err)
		}
		kept, err := d.store.Results(ctx, run.ID)
		if err != nil {
			return out, err
		}
		for k := range verdicts {
			for _, side := range []*session.Side{&verdicts[k].Left, &verdicts[k].Right} {
				if side.CellID > 0 {
					side.CellID = kept[side.CellID-1].Cell.ID
				}
			}
		}
		out.Run = run.Name()
	}
	if _, err := d.store.AddVerdicts(ctx, verdicts); err != nil {
		if out.Run != "" {
			err = errors.Join(err, d.store.DeleteRun(ctx, run.ID))
		}
		return out, place(store.RowOf(err), err)
	}
	return out, nil
}

// battleRun makes a run of the answers that battles hold, each once, and points
// the sides of the verdicts at them: a cell's place in the run, from 1.
func (d *desk) battleRun(ctx context.Context, p session.PromptInfo, battles []exchange.Battle, verdicts []session.Verdict) (session.Run, []session.Result, error) {
	run := session.Run{PromptID: p.ID, Prompt: p.Name, Imported: true}
	cases, err := d.store.Cases(ctx, p.ID)
	if err != nil {
		return run, nil, err
	}
	byName := map[text.Raw]session.Case{}
	for _, c := range cases {
		byName[c.Name] = c
	}
	b := battling{d: d, p: p, known: map[text.Raw]session.Contestant{}, at: map[answerKey]int{}, takes: map[answerKey]int{}}
	for k := range battles {
		c, ok := byName[battles[k].ID]
		if !ok {
			c = session.Case{Name: battles[k].ID, Tags: battles[k].Tags}
		}
		v := &verdicts[k]
		v.Case, v.CaseTags = session.CaseKey{ID: c.ID, Name: c.Name}, c.Tags
		if v.Left, err = b.side(ctx, c, battles[k].ModelA, battles[k].A, v.Left); err != nil {
			return run, nil, err
		}
		if v.Right, err = b.side(ctx, c, battles[k].ModelB, battles[k].B, v.Right); err != nil {
			return run, nil, err
		}
		if v.Left.CellID > 0 {
			v.Take = b.results[v.Left.CellID-1].Cell.Take
		}
	}
	return run, b.results, nil
}

// battling turns conversations into cells.
type battling struct {
	d       *desk
	p       session.PromptInfo
	known   map[text.Raw]session.Contestant
	at      map[answerKey]int
	takes   map[answerKey]int
	results []session.Result
}

// answerKey is an answer of a contestant on a case; without the text, how many
// different ones there are.
type answerKey struct {
	model, kase, text text.Raw
}

func (b *battling) side(ctx context.Context, c session.Case, model text.Raw, talk []session.Message, s session.Side) (session.Side, error) {
	who, ok := b.known[model]
	if !ok {
		var err error
		if who, err = b.d.contestant(ctx, b.p, model); err != nil {
			return s, err
		}
		b.known[model] = who
	}
	s.Contestant = who
	n := len(talk)
	if n == 0 || talk[n-1].Role != session.RoleAssistant {
		return s, nil // its answer is not in the record
	}
	key := answerKey{model, c.Name, talk[n-1].Content}
	if at, ok := b.at[key]; ok {
		s.CellID = int64(at)
		return s, nil
	}
	count := answerKey{model: model, kase: c.Name}
	b.takes[count]++
	cell := session.Cell{
		Index: len(b.results), Contestant: who, CaseID: c.ID, CaseName: c.Name, CaseTags: c.Tags, CaseVars: c.Vars, Wanted: c.Wanted, Take: b.takes[count],
	}
	if c.ID == 0 {
		for _, m := range talk[:n-1] {
			if m.Role == session.RoleUser {
				cell.CaseVars = []session.Var{{Name: "input", Value: m.Content}} // the last question
			}
		}
	}
	status := session.StatusDone
	if key.text == "" {
		status = session.StatusEmpty
	}
	b.results = append(b.results, session.Result{Cell: cell, Output: session.Output{Status: status, Text: key.text, Model: text.Raw(who.Model)}})
	b.at[key] = len(b.results)
	s.CellID = int64(len(b.results))
	return s, nil
}

// contestant is who a battle names: one of the prompt's own by PROMPT/VARIANT@N
// BACKEND/MODEL, or else a model from outside.
func (d *desk) contestant(ctx context.Context, p session.PromptInfo, name text.Raw) (session.Contestant, error) {
	outside := session.Contestant{Model: string(name)}
	variant, model, ok := strings.Cut(string(name), " ")
	if !ok {
		return outside, nil
	}
	ref, err := session.ParseVariantRef(variant, "")
	if ours := err == nil && ref.Prompt == string(p.Name) && ref.Revision > 0; !ours {
		return outside, nil //nolint:nilerr // a name that is none of ours is one from outside
	}
	c := session.Contestant{Variant: ref, Model: model}
	v, err := d.store.Variant(ctx, ref)
	var missing *store.NotFound
	switch {
	case err == nil:
		c.RevisionID = v.Revision.ID
	case !errors.As(err, &missing):
		return c, err
	}
	return c, nil
}

// readSuite reads a suite's folder, or a promptfoo config.
func readSuite(file string) (exchange.Bundle, []exchange.Note, error) {
	fi, err := os.Stat(file)
	if err != nil {
		return exchange.Bundle{}, nil, usage("%s: %s", text.Raw(file), reason(err))
	}
	if fi.IsDir() {
		b, err := exchange.ReadSuite(os.DirFS(file))
		if err != nil {
			err = usage("%s: %w", text.Raw(file), err)
		}
		return b, nil, err
	}
	b, notes, err := exchange.ReadPromptfoo(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		err = usage("%w", err)
	}
	return b, notes, err
}

// importSuite makes a suite with the cases and variants that it needs and that are
// not there yet: all of it, or nothing.
func importSuite(ctx context.Context, d *desk, i importing) (imported, error) {
	b, notes, err := readSuite(i.file)
	if err != nil {
		return imported{}, err
	}
	name := string(b.Suite.Prompt)
	if i.prompt != "" {
		name = i.prompt
	}
	out := i.result(session.PromptInfo{Prompt: session.Prompt{Name: text.Raw(name)}}, "assertions", notes)
	out.Count = len(b.Suite.Assertions)
	out.Names = append(out.Names, b.Suite.Name)
	m := making{d: d, b: b, prompt: name, named: i.prompt != "", out: &out}
	if err := m.look(ctx); err != nil {
		return out, err
	}
	m.say("%s, %s and %s of it are not there yet", plural(len(m.b.Recorded), "recorded answer", "recorded answers"), plural(len(m.cases), "case", "cases"), plural(len(m.variants), "variant", "variants"))
	if i.dry {
		return out, nil
	}
	if err := m.make(ctx); err != nil {
		// What was made is taken back, so that nothing is left of half an import.
		if m.edits > 0 {
			if _, uerr := d.store.Undo(context.WithoutCancel(ctx), m.edits); uerr != nil {
				return out, &exitError{exitIncomplete, errors.Join(err, uerr)}
			}
		}
		return out, usage("%s: %w; nothing was changed", text.Raw(i.file), err)
	}
	return out, nil
}

// making is a suite on its way into the workspace.
type making struct {
	d      *desk
	b      exchange.Bundle
	prompt string
	named  bool // by a flag: it must be there
	out    *imported

	p        session.PromptInfo // ID 0: it is to be made
	cases    []session.Case     // to be made
	variants []exchange.BundleVariant
	edits    int
}

func (m *making) say(format string, args ...any) {
	m.out.Notes = append(m.out.Notes, noteLine{0, fmt.Sprintf(format, args...)})
}

// look finds what is there already, and what can't be brought in.
func (m *making) look(ctx context.Context) error {
	m.cases, m.variants = m.b.Cases, m.b.Variants
	p, err := m.d.store.Prompt(ctx, m.prompt)
	var missing *store.NotFound
	if errors.As(err, &missing) && !m.named {
		return nil // all of it is new
	}
	if err != nil {
		return err
	}
	m.p = p
	suites, err := m.d.store.Suites(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, s := range suites {
		if s.Name == m.b.Suite.Name {
			return usage("the prompt %s has a suite %s already; rename one of the two; nothing was changed", p.Name, s.Name)
		}
	}
	there, err := m.d.store.Cases(ctx, p.ID)
	if err != nil {
		return err
	}
	byName := map[text.Raw]session.Case{}
	for _, c := range there {
		byName[c.Name] = c
	}
	m.cases = nil
	for _, c := range m.b.Cases {
		old, ok := byName[c.Name]
		switch {
		case !ok:
			m.cases = append(m.cases, c)
		case !sameVars(old.Vars, c.Vars):
			return usage("the prompt %s has another case %s; rename one of the two; nothing was changed", p.Name, c.Name)
		}
	}
	variants, err := m.d.store.Variants(ctx, p.ID)
	if err != nil {
		return err
	}
	m.variants = nil
	for _, v := range m.b.Variants {
		known := false
		for _, old := range variants {
			if string(old.Name) != v.Ref.Variant {
				continue
			}
			known = true
			if old.Revision.Content.Hash() != v.Content.Hash() {
				m.say("the variant %s is there in other words and was left as it is", text.Raw(v.Ref.Variant))
			}
		}
		if !known {
			m.variants = append(m.variants, v)
		}
	}
	return nil
}

func sameVars(a, b []session.Var) bool {
	if len(a) != len(b) {
		return false
	}
	values := map[text.Raw]text.Raw{}
	for _, v := range a {
		values[v.Name] = v.Value
	}
	for _, v := range b {
		if old, ok := values[v.Name]; !ok || old != v.Value {
			return false
		}
	}
	return true
}

// make makes what is not there, and counts the edits that it took.
func (m *making) make(ctx context.Context) error {
	st := m.d.store
	if m.p.ID == 0 {
		p, err := st.CreatePrompt(ctx, m.prompt, m.b.Guideline, "")
		if err != nil {
			return err
		}
		m.p.Prompt = p
		m.edits++
	}
	if len(m.cases) > 0 {
		if _, err := st.CreateCases(ctx, m.p.ID, m.cases); err != nil {
			return err
		}
		m.edits++
	}
	for _, v := range m.variants {
		c := v.Content.Clone()
		for i := range c.Blocks {
			if c.Blocks[i].UID == "" {
				c.Blocks[i].UID = newUID()
			}
		}
		if _, err := st.CreateVariant(ctx, m.p.ID, v.Ref.Variant, c, text.Raw("imported with the suite "+string(m.b.Suite.Name))); err != nil {
			return err
		}
		m.edits++
	}
	s, err := st.CreateSuite(ctx, m.p.ID, string(m.b.Suite.Name), m.b.Suite.Note)
	if err != nil {
		return err
	}
	m.edits++
	return m.fill(ctx, s)
}

// fill gives a suite its cases, its threshold and its assertions.
func (m *making) fill(ctx context.Context, s session.Suite) error {
	st := m.d.store
	all, err := st.Cases(ctx, m.p.ID)
	if err != nil {
		return err
	}
	ids := map[text.Raw]int64{}
	for _, c := range all {
		ids[c.Name] = c.ID
	}
	s.Threshold = m.b.Suite.Threshold
	if len(all) > len(m.b.Cases) {
		for _, c := range m.b.Cases {
			s.CaseIDs = append(s.CaseIDs, ids[c.Name])
		}
	}
	if s.Threshold != nil || len(s.CaseIDs) > 0 {
		if err := st.SetSuite(ctx, s); err != nil {
			return err
		}
		m.edits++
	}
	var list []session.Assertion
	for _, a := range m.b.Suite.Assertions {
		a.ID, a.UID, a.SuiteID, a.CaseID = 0, "", s.ID, 0
		if a.CaseName != "" {
			a.CaseID = ids[a.CaseName]
		}
		list = append(list, a)
	}
	if len(list) > 0 {
		if _, err := st.AddAssertions(ctx, s.ID, list); err != nil {
			return err
		}
		m.edits++
	}
	return m.recorded(ctx, ids)
}

// recorded keeps the answers that came with the suite as a run from outside.
func (m *making) recorded(ctx context.Context, ids map[text.Raw]int64) error {
	if len(m.b.Recorded) == 0 {
		return nil
	}
	variants, err := m.d.store.Variants(ctx, m.p.ID)
	if err != nil {
		return err
	}
	revisions := map[string]session.Revision{}
	for _, v := range variants {
		revisions[string(v.Name)] = v.Revision
	}
	run := session.Run{PromptID: m.p.ID, Prompt: m.p.Name, Imported: true, Note: "came with the suite " + m.b.Suite.Name}
	results := make([]session.Result, len(m.b.Recorded))
	for i, r := range m.b.Recorded {
		c := session.Cell{Index: i, Contestant: r.Cell.Contestant, CaseID: ids[r.Cell.CaseName], CaseName: r.Cell.CaseName, CaseTags: r.Cell.CaseTags,
			CaseVars: r.Cell.CaseVars, Wanted: r.Cell.Wanted, Take: max(r.Cell.Take, 1)}
		c.Contestant.RevisionID = 0
		if rev, ok := revisions[c.Contestant.Variant.Variant]; ok && rev.Number == c.Contestant.Variant.Revision {
			c.Contestant.RevisionID, c.Contestant.Variant.Prompt = rev.ID, string(m.p.Name)
		}
		results[i] = session.Result{Cell: c, Output: r.Output}
	}
	if run, err = m.d.store.ImportRun(ctx, run, nil, results); err != nil {
		return err
	}
	m.edits++
	m.out.Run = run.Name()
	return nil
}
