package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"galley/engine/assert"
	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/store/exchange"
)

// baseline is what the check is held against: nil where nothing is. It is read
// before anybody is asked.
func (d *desk) baseline(ctx context.Context, o checking, t target) ([]session.CaseCheck, error) {
	if o.baseline == "" {
		return nil, nil
	}
	cases, err := d.readBaseline(ctx, o, t)
	if err == nil && len(cases) == 0 {
		err = usage("--baseline %s holds no case", text.Raw(o.baseline))
	}
	return cases, err
}

func (d *desk) readBaseline(ctx context.Context, o checking, t target) ([]session.CaseCheck, error) {
	if f, err := os.Open(o.baseline); err == nil {
		defer f.Close()
		c, err := exchange.ReadBaseline(f, o.baseline)
		if err != nil {
			return nil, usage("%w", err)
		}
		return c.Cases, o.sameSuite(c, t.suite)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, usage("%s: %s", text.Raw(o.baseline), reason(err))
	}
	if t.folder() {
		return nil, usage("there is no file %s; --save-baseline writes one", text.Raw(o.baseline))
	}
	if o.baseline == "last" {
		checks, err := d.store.Checks(ctx, t.suite.ID)
		if err != nil {
			return nil, err
		}
		if len(checks) == 0 {
			return nil, usage("the suite %s was never checked: there is no last check to hold this one against", t.suite.Name)
		}
		c, err := d.store.Check(ctx, checks[0].ID)
		return c.Cases, err
	}
	id, err := session.ParseRunRef(o.baseline)
	if err != nil {
		return nil, usage("--baseline %q: there is no such file, and it is neither a run nor last", text.Raw(o.baseline))
	}
	run, err := d.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if run.PromptID != t.promptID {
		return nil, usage("%s is of the prompt %s, not of %s", run.Name(), run.Prompt, t.suite.Prompt)
	}
	results, err := d.store.Results(ctx, id)
	if err != nil {
		return nil, err
	}
	results = slices.DeleteFunc(results, func(r session.Result) bool { return !t.has(r) })
	cases, err := assert.GradeContext(ctx, t.suite, results)
	if err != nil {
		return nil, usage("%w", err)
	}
	return cases, nil
}

// sameSuite refuses a baseline of another suite: its cases would be no measure of
// these, and what fails here could stand there under the same name.
func (o checking) sameSuite(base session.Check, s session.Suite) error {
	other := func(what string, was, is text.Raw) error {
		return usage("--baseline %s is of the %s %s, not of %s; name this suite's own, or write it anew with --save-baseline", text.Raw(o.baseline), what, was, is)
	}
	if base.Suite != s.Name {
		return other("suite", base.Suite, s.Name)
	}
	for _, k := range base.Cases {
		if p := text.Raw(k.Contestant.Variant.Prompt); p != "" && p != s.Prompt {
			return other("prompt", p, s.Prompt)
		}
	}
	return nil
}

// unknownTo are the cases that fail now and that the baseline does not have, by
// the rule that [report.Against] goes by: the variant's name and the model, or,
// where each side is of one contestant, the case alone.
func unknownTo(now, before []session.CaseCheck) []session.CaseCheck {
	type meeting struct {
		kase                   text.Raw
		prompt, variant, model string
	}
	lines, old := report.Takes(now), report.Takes(before)
	alone := contestants(lines) == 1 && contestants(old) == 1
	at := func(l report.CaseLine) meeting {
		c := l.Contestant
		if alone {
			return meeting{kase: l.Case.Name}
		}
		return meeting{l.Case.Name, c.Variant.Prompt, c.Variant.Variant, c.Model}
	}
	known := map[meeting]bool{}
	for _, l := range old {
		known[at(l)] = true
	}
	var out []session.CaseCheck
	for _, l := range lines {
		if !l.Passed() && l.Worst.Status == session.CheckFail && !known[at(l)] {
			out = append(out, l.Worst)
		}
	}
	return out
}

// contestants counts those that something of was run.
func contestants(lines []report.CaseLine) int {
	seen := map[session.Contestant]bool{}
	for _, l := range lines {
		if l.Of > 0 {
			l.Contestant.RevisionID = 0
			seen[l.Contestant] = true
		}
	}
	return len(seen)
}

// saveBaseline writes a check for git.
func saveBaseline(file string, c session.Check) error {
	return replaceFile(file, func(w io.Writer) error { return exchange.WriteBaseline(w, c) })
}
