package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
)

// foreignFiles are the names that promptfoo looks for in a folder.
var foreignFiles = []string{"promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json"}

// suiteFileOf is the promptfoo config in a folder, for a folder that holds no suite
// of ours; "" there is none.
func suiteFileOf(dir string) string {
	if _, err := os.Lstat(filepath.Join(dir, "suite.yaml")); err == nil {
		return ""
	}
	for _, name := range foreignFiles {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return filepath.Join(dir, name)
		}
	}
	return ""
}

// holdsSuite refuses a folder that holds no suite.
func holdsSuite(folder string) error {
	if _, err := os.Lstat(filepath.Join(folder, "suite.yaml")); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if config := suiteFileOf(folder); config != "" {
		return usage("%s holds a config of promptfoo and no suite of Galley; galley import suite brings it in", text.Raw(folder))
	}
	return usage("%s holds no suite.yaml, which galley export suite writes", text.Raw(folder))
}

// readSuite reads a suite's folder, or a promptfoo config.
func readSuite(file string) (exchange.Bundle, []exchange.Note, error) {
	fi, err := os.Stat(file)
	if err != nil {
		return exchange.Bundle{}, nil, usage("%s: %s", text.Raw(file), reason(err))
	}
	if fi.IsDir() {
		if config := suiteFileOf(file); config != "" {
			return readSuite(config)
		}
		if _, err := os.Lstat(filepath.Join(file, "suite.yaml")); errors.Is(err, fs.ErrNotExist) {
			return exchange.Bundle{}, nil, usage("%s holds no suite: neither suite.yaml, which galley export suite writes, nor %s; nothing was changed",
				text.Raw(file), strings.Join(foreignFiles, ", "))
		}
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
	if b.Suite.Name == "" && err == nil {
		b.Suite.Name = suiteNameFor(file)
	}
	return b, notes, err
}

// readSuiteAs reads a suite in the format that it is said to have, "" what it has.
func readSuiteAs(file, format string) (exchange.Bundle, []exchange.Note, error) {
	fi, err := os.Stat(file)
	folder := err == nil && fi.IsDir()
	switch {
	case err != nil || format == "":
	case format == "suite" && (!folder || suiteFileOf(file) != ""):
		return exchange.Bundle{}, nil, usage("%s is no folder that galley export suite wrote; leave --format out", text.Raw(file))
	case format == "promptfoo" && folder && suiteFileOf(file) == "":
		return exchange.Bundle{}, nil, usage("%s holds none of %s; leave --format out", text.Raw(file), strings.Join(foreignFiles, ", "))
	case format != "suite" && format != "promptfoo":
		return exchange.Bundle{}, nil, usage("format %q: write suite or promptfoo", text.Raw(format))
	}
	return readSuite(file)
}

// suiteNameFor is the name of a suite whose config gives none: that of the file, or,
// where the file is called as they all are, of the folder that it lies in.
func suiteNameFor(file string) text.Raw {
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if full, err := filepath.Abs(file); err == nil && stem == "promptfooconfig" {
		if name := fitName(filepath.Base(filepath.Dir(full))); name != "" {
			return text.Raw(name)
		}
	}
	if name := fitName(stem); name != "" {
		return text.Raw(name)
	}
	return "imported"
}

// fitName makes a name of a text: what no name may hold becomes a dash. It is ""
// where nothing is left.
func fitName(s string) string {
	var b strings.Builder
	for _, r := range s {
		part := string(r)
		switch {
		case b.Len() == 0 && session.CheckName("suite", part) != nil: // it can't begin a name
		case session.CheckName("suite", "a"+part) == nil:
			b.WriteString(part)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteString("-")
		}
	}
	name := []rune(b.String())
	out := strings.TrimRight(string(name[:min(len(name), 80)]), "-_.")
	if session.CheckName("suite", out) != nil {
		return ""
	}
	return out
}

// importSuite makes a suite with the cases and variants that it needs and that are
// not there yet: all of it, or nothing.
func importSuite(ctx context.Context, d *desk, i importing) (imported, error) {
	b, notes, err := readSuiteAs(i.file, i.format)
	if err != nil {
		return imported{}, err
	}
	if i.suite != "" {
		b.Suite.Name = text.Raw(i.suite)
	}
	if err := session.CheckName("suite", string(b.Suite.Name)); err != nil {
		return imported{}, usage("%s: %w; --suite gives it another; nothing was changed", text.Raw(i.file), err)
	}
	name := cmp.Or(i.prompt, string(b.Suite.Prompt), string(b.Suite.Name))
	out := i.result(session.PromptInfo{Prompt: session.Prompt{Name: text.Raw(name)}}, "assertions", notes)
	out.Count = len(b.Suite.Assertions)
	out.Names = append(out.Names, b.Suite.Name)
	m := making{d: d, b: b, prompt: name, named: i.prompt != "", out: &out}
	if err := m.look(ctx); err != nil {
		return out, err
	}
	m.tell(i.dry)
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
	m.say("galley undo %d takes all of it back", m.edits)
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
	kept     int // variants that are there in other words
	edits    int
}

func (m *making) say(format string, args ...any) {
	m.out.Notes = append(m.out.Notes, noteLine{0, fmt.Sprintf(format, args...)})
}

// tell says how the suite is called, what comes along with it, and what was there.
func (m *making) tell(dry bool) {
	came, suite := "came", "it is the suite"
	if dry {
		came, suite = "would come", "it would be the suite"
	}
	m.say("%s %s", suite, m.b.Suite.Name)
	m.say("%s, %s and %s %s along", plural(len(m.cases), "case", "cases"), plural(len(m.variants), "variant", "variants"),
		plural(len(m.b.Recorded), "recorded answer", "recorded answers"), came)
	if n := len(m.b.Cases) - len(m.cases); n > 0 {
		m.say("%s there already", plural(n, "case of it is", "cases of it are"))
	}
	if n := len(m.b.Variants) - len(m.variants) - m.kept; n > 0 {
		m.say("%s there already", plural(n, "variant of it is", "variants of it are"))
	}
}

// look finds what is there already, and what can't be brought in.
func (m *making) look(ctx context.Context) error {
	m.cases, m.variants = m.b.Cases, m.b.Variants
	p, err := m.d.store.Prompt(ctx, m.prompt)
	var missing *store.NotFound
	if errors.As(err, &missing) && !m.named {
		return nil // all of it is new
	}
	if missing != nil {
		return usage("%w; galley new prompt %s makes it, and without --prompt the suite makes its own", err, text.Raw(m.prompt))
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
	there, err := m.d.casesThere(ctx, nil, p.ID)
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
				m.kept++
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
	all, err := m.d.casesThere(ctx, nil, m.p.ID)
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
