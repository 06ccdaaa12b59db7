package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"galley/engine"
	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
)

// target is what a check holds against what: a suite, its cases, who is asked, and
// whose answers are there already.
type target struct {
	suite    session.Suite
	promptID int64
	cases    []session.Case
	asked    []session.Case      // of cases, those that something is asserted of
	entries  []engine.Entry      // who is asked
	recorded []session.Result    // from outside, or of a run: nobody is asked
	unasked  []session.CaseCheck // nobody can be asked, and nothing was recorded
	takes    int
	orders   []session.Order
	places   exchange.Places
	where    string   // the folder, "" a workspace
	runID    int64    // whose answers are graded, where it is one run
	said     []string // to be told before anybody is asked, once nothing is wrong
}

func (t target) folder() bool { return t.where != "" }

// openCheck opens the workspace, or, for a folder, a store of its own that is gone
// afterwards.
func (g *globals) openCheck(ctx context.Context, o checking) (*desk, string, error) {
	folder, err := g.isFolder(ctx, o)
	if err != nil {
		return nil, "", err
	}
	if !folder {
		d, err := g.open(ctx)
		return d, "", err
	}
	for flag, set := range map[string]bool{"--run": o.run != "", "--prompt": o.prompt != ""} {
		if set {
			return nil, "", usage("%s is of a workspace; %s is a folder", flag, text.Raw(o.what))
		}
	}
	c, err := readConfig(g.config)
	if err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp("", "galley-check-") // 0700
	if err != nil {
		return nil, "", &exitError{exitIncomplete, err}
	}
	st, err := store.Open(ctx, filepath.Join(dir, "check.db"), store.Options{Create: true})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, "", &exitError{exitIncomplete, err}
	}
	d, err := wire(c, st, 0)
	if err != nil {
		_ = os.RemoveAll(dir)
	}
	return d, o.what, err
}

// closeCheck closes what openCheck opened.
func (d *desk) closeCheck(folder string) error {
	path := d.store.Path()
	err := d.close()
	if folder != "" {
		_ = os.RemoveAll(filepath.Dir(path)) // it lies in the folder for temporary files
		return nil
	}
	return err
}

// isFolder reports whether what is checked is a folder. A folder beside a suite of
// the same name is asked back, and so is what is neither.
func (g *globals) isFolder(ctx context.Context, o checking) (bool, error) {
	fi, err := os.Stat(o.what)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid):
		if strings.HasPrefix(o.what, ".") || strings.HasSuffix(o.what, "/") || filepath.IsAbs(o.what) || strings.Count(o.what, "/") > 1 {
			return false, usage("there is no folder %s", text.Raw(o.what))
		}
		if _, err := os.Stat(g.workspacePath()); err != nil {
			return false, usage("there is no folder %s, and no workspace at %s that could have a suite of that name", text.Raw(o.what), text.Raw(g.workspacePath()))
		}
		return false, nil
	case err != nil:
		return false, usage("%s: %s", text.Raw(o.what), reason(err))
	case !fi.IsDir():
		return false, usage("%s is a file; name the folder that galley export suite wrote, or a suite", text.Raw(o.what))
	}
	if o.what == "." || strings.ContainsAny(o.what, `/\`) {
		return true, nil
	}
	if _, err := os.Stat(g.workspacePath()); err != nil {
		return true, nil // there is no workspace that could have a suite
	}
	d, err := g.open(ctx)
	if err != nil {
		return true, nil
	}
	defer func() { _ = d.close() }()
	if _, err := d.suite(ctx, o.prompt, o.what); err == nil {
		return false, usage("%s is a suite and a folder; write ./%s for the folder, or PROMPT/%s for the suite", text.Raw(o.what), text.Raw(o.what), text.Raw(o.what))
	}
	return true, nil
}

// target resolves all that a check names.
func (d *desk) target(ctx context.Context, o checking, folder string) (target, error) {
	if folder != "" {
		return d.folderTarget(ctx, o, folder)
	}
	s, err := d.suite(ctx, o.prompt, o.what)
	if err != nil {
		return target{}, err
	}
	p, err := d.store.Prompt(ctx, string(s.Prompt))
	if err != nil {
		return target{}, err
	}
	t := target{suite: s, promptID: s.PromptID, takes: o.takes}
	if t.cases, err = d.suiteCases(ctx, s); err != nil {
		return t, err
	}
	if o.run != "" {
		return t, d.runTarget(ctx, o, p, &t)
	}
	refs, err := d.variants(ctx, p, o.variants)
	if err != nil {
		return t, err
	}
	models := session.SplitList(o.models)
	if !o.modelled {
		if models, err = d.usualModels(ctx, p.ID); err != nil {
			return t, err
		}
	}
	if len(models) == 0 {
		return t, usage("--models names no model; galley models lists them")
	}
	open := func(model string) error { _, _, err := d.set.Resolve(model); return err }
	var outside []session.Contestant
	t.entries, outside, err = d.part(ctx, p.ID, refs, models, open)
	if err != nil {
		return t, err
	}
	if t.recorded, err = d.store.LatestResults(ctx, p.ID, outside); err != nil {
		return t, err
	}
	t.fit(o, outside)
	t.leave()
	return t, nil
}

// usualModels are those of the prompt's newest run; without one, the model that
// needs no network.
func (d *desk) usualModels(ctx context.Context, promptID int64) ([]string, error) {
	last, err := d.lastModels(ctx, promptID)
	if len(last) == 0 {
		last = []string{defaultModel}
	}
	return last, err
}

// lastModels are those of the prompt's newest run, none without one.
func (d *desk) lastModels(ctx context.Context, promptID int64) ([]string, error) {
	runs, err := d.store.OwnRuns(ctx, promptID)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return d.modelsOf(ctx, runs[0].ID)
}

// modelsOf are the models of a run, each once.
func (d *desk) modelsOf(ctx context.Context, runID int64) ([]string, error) {
	results, err := d.store.Results(ctx, runID)
	var out []string
	for _, r := range results {
		if !slices.Contains(out, r.Cell.Contestant.Model) {
			out = append(out, r.Cell.Contestant.Model)
		}
	}
	return out, err
}

// part tells the contestants of variants and models that are asked from those that
// came from outside: of a model that can't be opened, and of which there are answers. Another system's, which answers no variant of ours, is known
// by its model alone.
func (d *desk) part(ctx context.Context, promptID int64, refs []session.VariantRef, models []string, open func(model string) error) (asked []engine.Entry, outside []session.Contestant, err error) {
	from, err := d.recorded(ctx, promptID)
	if err != nil {
		return nil, nil, err
	}
	m, err := d.matrix(ctx, promptID, refs, models, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range m.Entries {
		c := e.Contestant
		err := open(c.Model)
		known := from[c.Model]
		switch {
		case err == nil:
			asked = append(asked, e)
			continue
		case len(known) == 0:
			return nil, nil, err
		case !slices.ContainsFunc(known, func(k session.Contestant) bool { return k.Variant.Variant != "" }):
			c = session.Contestant{Model: c.Model}
		}
		if !slices.Contains(outside, c) {
			outside = append(outside, c)
		}
	}
	return asked, outside, nil
}

// recorded are the contestants of the prompt whose answers came from outside, by
// their model.
func (d *desk) recorded(ctx context.Context, promptID int64) (map[string][]session.Contestant, error) {
	runs, err := d.store.Runs(ctx, promptID)
	if err != nil {
		return nil, err
	}
	by, err := d.store.RunContestants(ctx, promptID)
	if err != nil {
		return nil, err
	}
	out := map[string][]session.Contestant{}
	for _, r := range runs {
		if !r.Imported {
			continue
		}
		for _, c := range by[r.ID] {
			if !slices.Contains(out[c.Model], c) {
				out[c.Model] = append(out[c.Model], c)
			}
		}
	}
	return out, nil
}

// recordedModels are the models of the prompt whose answers came from outside.
func (d *desk) recordedModels(ctx context.Context, promptID int64) ([]string, error) {
	by, err := d.recorded(ctx, promptID)
	return slices.Sorted(maps.Keys(by)), err
}

// runTarget grades the answers of a run.
func (d *desk) runTarget(ctx context.Context, o checking, p session.PromptInfo, t *target) error {
	run, err := d.runOf(ctx, p, o.run)
	if err != nil {
		return err
	}
	results, err := d.store.Results(ctx, run.ID)
	if err != nil {
		return err
	}
	t.runID = run.ID
	var refs []session.VariantRef
	if o.variantsSet {
		if refs, err = d.variants(ctx, p, o.variants); err != nil {
			return err
		}
	}
	for _, r := range results {
		if t.has(r) && (!o.variantsSet || slices.Contains(refs, r.Cell.Contestant.Variant)) {
			t.recorded = append(t.recorded, r)
		}
	}
	return nil
}

// has reports whether a result is of a case of the target.
func (t target) has(r session.Result) bool {
	return slices.ContainsFunc(t.cases, func(c session.Case) bool {
		if c.ID != 0 && r.Cell.CaseID != 0 {
			return c.ID == r.Cell.CaseID
		}
		return c.Name == r.Cell.CaseName
	})
}

// fit keeps of the recorded answers those of the target's cases, says that nobody
// is asked for them, and puts down each take that was never recorded: what is missing
// never passes.
func (t *target) fit(o checking, outside []session.Contestant) {
	type place struct {
		c    session.Contestant
		k    text.Raw
		take int
	}
	seen := map[place]bool{}
	var kept []session.Result
	for _, r := range t.recorded {
		if t.has(r) && (!o.taken || r.Cell.Take <= o.takes) {
			kept = append(kept, r)
			seen[place{r.Cell.Contestant, r.Cell.CaseName, r.Cell.Take}] = true
		}
	}
	t.recorded = kept
	for _, c := range outside {
		n := 0
		for _, k := range t.cases {
			whole := true
			for take := 1; take <= t.takes; take++ {
				if seen[place{c, k.Name, take}] {
					continue
				}
				whole = false
				t.unasked = append(t.unasked, session.CaseCheck{
					Case: session.CaseKey{ID: k.ID, Name: k.Name}, CaseTags: k.Tags, Contestant: c, Take: take, Status: session.CheckNotRun,
					Why: "it can't be asked anything new, and has no recorded answer",
				})
			}
			if whole {
				n++
			}
		}
		t.said = append(t.said, fmt.Sprintf("%s can't be asked anything new: %s of %s from recorded answers", contestantName(c), itoa(n), plural(len(t.cases), "case", "cases")))
	}
}

// leave asks nobody about cases of which nothing is asserted.
func (t *target) leave() {
	asserted := func(c session.Case) bool {
		return slices.ContainsFunc(t.suite.Assertions, func(a session.Assertion) bool { return a.ForCase(session.CaseKey{ID: c.ID, Name: c.Name}) })
	}
	var kept []session.Case
	for _, c := range t.cases {
		if asserted(c) {
			kept = append(kept, c)
			continue
		}
		for _, e := range t.entries {
			t.unasked = append(t.unasked, session.CaseCheck{
				Case: session.CaseKey{ID: c.ID, Name: c.Name}, CaseTags: c.Tags, Contestant: e.Contestant, Take: 1, Status: session.CheckNotRun,
				Why: "nothing is asserted of this case",
			})
		}
	}
	t.asked = kept
}

// compile refuses a suite that could not be held against anything, before anybody
// is asked.
func (t target) compile() error {
	if len(t.suite.Assertions) == 0 {
		return usage("the suite %s has no assertion; add some with galley assert suggest or galley assert add", t.suite.Name)
	}
	for _, a := range t.suite.Assertions {
		if _, err := assert.Compile(a); err != nil {
			at := ""
			if p, ok := t.places.Assertion(a.UID); ok {
				at = fmt.Sprintf("%s:%d: ", text.Raw(p.File), p.Line)
			}
			return usage("%s%s: %w", at, text.Show(text.Raw(a.Spec())).OneLine(), err)
		}
	}
	switch {
	case len(t.cases) == 0:
		return usage("the suite %s has no case to be held against", t.suite.Name)
	case len(t.entries)+len(t.recorded)+len(t.unasked) == 0:
		return usage("there is no answer to hold the suite %s against", t.suite.Name)
	}
	return nil
}

// folderTarget is what a suite's folder says, with the flags that choose from it.
// Models are names there: where they live, only the user's config knows.
func (d *desk) folderTarget(ctx context.Context, o checking, folder string) (target, error) {
	t := target{where: folder, takes: o.takes}
	if err := holdsSuite(folder); err != nil {
		return t, err
	}
	b, err := exchange.ReadSuite(os.DirFS(folder))
	if err != nil {
		return t, usage("%s: %w", text.Raw(folder), err)
	}
	t.suite, t.cases, t.places = b.Suite, b.Cases, b.Places.In(ciPath(folder))
	if !o.taken {
		t.takes = max(b.Takes, 1)
	}
	if b.Order.String() != (session.Order{}).String() {
		t.orders = []session.Order{b.Order}
	}
	models := b.Models
	if o.modelled {
		models = session.SplitList(o.models)
	}
	variants, err := pickVariants(b, o)
	if err != nil {
		return t, err
	}
	outside := map[string]bool{}
	var told []session.Contestant
	for _, r := range b.Recorded {
		c := r.Cell.Contestant
		outside[c.Model] = true
		if o.modelled && !slices.Contains(models, c.Model) || !named(variants, c) {
			continue
		}
		if !slices.Contains(told, c) {
			told = append(told, c)
		}
		t.recorded = append(t.recorded, r)
	}
	for _, v := range variants {
		for _, m := range models {
			if outside[m] {
				continue
			}
			if _, _, err := d.set.Resolve(m); err != nil {
				return t, err
			}
			t.entries = append(t.entries, engine.Entry{Contestant: session.Contestant{Variant: v.Ref, Model: m}, Content: v.Content})
		}
	}
	t.fit(o, told)
	t.leave()
	p, err := d.store.CreatePrompt(ctx, string(b.Suite.Prompt), b.Guideline, "")
	if err != nil {
		return t, usage("%s: %w", text.Raw(folder), err)
	}
	t.promptID, t.suite.PromptID = p.ID, p.ID
	return t, nil
}

// pickVariants are the variants of a folder that the flags name.
func pickVariants(b exchange.Bundle, o checking) ([]exchange.BundleVariant, error) {
	if !o.variantsSet || o.variants == "all" {
		return b.Variants, nil
	}
	var out []exchange.BundleVariant
	for _, item := range session.SplitList(o.variants) {
		ref, err := session.ParseVariantRef(item, string(b.Suite.Prompt))
		if err != nil {
			return nil, err
		}
		n := len(out)
		for _, v := range b.Variants {
			if v.Ref.Prompt == ref.Prompt && v.Ref.Variant == ref.Variant && (ref.Revision == 0 || ref.Revision == v.Ref.Revision) {
				out = append(out, v)
			}
		}
		if len(out) == n {
			return nil, usage("there is no variant %s in the folder", text.Raw(item))
		}
	}
	return out, nil
}

// named reports whether a contestant is of one of the variants; one that came from
// outside may have none.
func named(variants []exchange.BundleVariant, c session.Contestant) bool {
	return c.Variant.Variant == "" || slices.ContainsFunc(variants, func(v exchange.BundleVariant) bool { return v.Ref == c.Variant })
}

// ciPath is a folder as a CI system knows it: from the current folder, with
// slashes.
func ciPath(folder string) string {
	if filepath.IsAbs(folder) {
		if here, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(here, folder); err == nil && !strings.HasPrefix(rel, "..") {
				folder = rel
			}
		}
	}
	return strings.TrimPrefix(filepath.ToSlash(filepath.Clean(folder)), "./")
}

// sort puts results in the order of the cases, and in one case of contestants and
// takes.
func (t target) sort(cases []session.CaseCheck) {
	place := map[text.Raw]int{}
	for i, c := range t.cases {
		place[c.Name] = i + 1
	}
	slices.SortStableFunc(cases, func(a, b session.CaseCheck) int {
		return cmp.Or(cmp.Compare(place[a.Case.Name], place[b.Case.Name]), strings.Compare(a.Contestant.String(), b.Contestant.String()), a.Take-b.Take)
	})
}
