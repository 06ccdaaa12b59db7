package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/charmbracelet/x/term"

	"galley/session"
	"galley/session/lint"
	"galley/session/report"
	"galley/session/stats"
	"galley/session/text"
	"galley/store"
	"galley/tui/suite"
)

// demoFile is where the sample goes when nobody says.
const demoFile = "galley-demo.db"

// demo makes the sample workspace at path, unless there is one, and opens the
// workbench on it. Without a terminal it walks the job instead and says what it
// did.
func demo(ctx context.Context, g *globals, path string, noOpen bool) error {
	if path == "" {
		path = demoFile
	}
	made, err := makeSample(ctx, g, path)
	if err != nil {
		return err
	}
	shown := text.Raw(path)
	if abs, err := filepath.Abs(path); err == nil {
		shown = text.Raw(abs)
	}
	switch {
	case made:
		g.talk("made the sample workspace")
	default:
		g.talk("the workspace is there already; it is left as it is")
	}
	g.say("%s", shown)
	if noOpen {
		return nil
	}
	if fitTerminal() == nil {
		return workbench(ctx, g, path, opening{})
	}
	if made {
		return walk(ctx, g, path)
	}
	g.talk("open it with a terminal: galley %s", shown)
	return nil
}

// fitTerminal says why the workbench can't be opened here; nil where keyboard and
// screen are a terminal that can draw it.
func fitTerminal() error {
	if !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()) {
		return errors.New("the workbench wants a terminal for its keyboard and its screen")
	}
	if kind := os.Getenv("TERM"); runtime.GOOS != "windows" && (kind == "" || kind == "dumb") {
		if kind == "" {
			return errors.New("the workbench wants a terminal that it can draw on, and TERM is not set")
		}
		return errors.New("the workbench wants a terminal that it can draw on, and TERM is dumb")
	}
	return nil
}

// makeSample makes the sample at path. A workspace that exists is left alone.
func makeSample(ctx context.Context, g *globals, path string) (made bool, err error) {
	if _, err := os.Lstat(path); err == nil {
		st, err := store.Open(ctx, path, store.Options{ReadOnly: true})
		if err != nil {
			return false, &exitError{exitUsage, err}
		}
		return false, st.Close()
	}
	c, err := readConfig(g.config)
	if err != nil {
		return false, err
	}
	// Made beside its place and moved there whole, so that a half-made sample is
	// never taken for a workspace.
	tmp := path + ".new"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(tmp + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, usage("%s: %s", text.Raw(tmp), reason(err))
		}
	}
	if err := fillNew(ctx, c, tmp); err != nil {
		return false, err
	}
	if err := os.Rename(tmp, path); err != nil {
		return false, usage("%s: %s", text.Raw(path), reason(err))
	}
	return true, nil
}

func fillNew(ctx context.Context, c config, path string) error {
	st, err := store.Open(ctx, path, store.Options{Create: true})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	d, err := wire(c, st, 0)
	if err != nil {
		return err
	}
	err = fillSample(ctx, st)
	if err == nil {
		err = runSample(ctx, d)
	}
	return errors.Join(err, d.close())
}

// walk does the main job without a screen: reads a proof, runs three variants,
// shows what came of it.
func walk(ctx context.Context, g *globals, path string) error {
	wg := *g
	wg.workspace = path
	d, err := wg.open(ctx)
	if err != nil {
		return err
	}
	err = d.walk(ctx, g)
	return errors.Join(err, d.close())
}

func (d *desk) walk(ctx context.Context, g *globals) error {
	say := g.say
	l, err := d.load(ctx, session.VariantRef{Prompt: "triage", Variant: "five-shot", Revision: 1})
	if err != nil {
		return err
	}
	c := l.Cases[0]
	p := session.Compose(l.Variant.Revision.Content, c, session.Order{})
	n := d.tokens.CountProof(p, "embedded/nearest")
	say("assembled  %s from %d blocks, case %s", text.Raw(l.Variant.Ref().String()), len(l.Variant.Revision.Content.Blocks), c.Name)
	wire, err := d.runner.Wire("embedded/nearest", p, 1)
	if err != nil {
		return err
	}
	o, err := d.lintOptions(ctx, l.Variant.PromptID)
	if err != nil {
		return err
	}
	o.Tokens = d.count(ctx, p, "")
	findings := lint.Check(l.Variant.Revision.Content, c, p, o)
	say("read back  %d messages, %d bytes, %d tokens (%s), %s, %s", len(p.Messages), p.Bytes(), n.Total, n.Source, plural(len(findings), "finding", "findings"), short(p.Hash))
	for _, f := range findings {
		say("           %s: %s", f.Severity, text.Of(f.Message).OneLine())
	}
	say("the wire   %s %s, %d bytes, %s", wire.Method, wire.Path, len(wire.Body), short(wire.Hash))
	refs := []session.VariantRef{
		{Prompt: "triage", Variant: "zero-shot"}, {Prompt: "triage", Variant: "five-shot"}, {Prompt: "triage", Variant: "twelve-shot"},
	}
	m, err := d.matrix(ctx, l.Prompt.ID, refs, []string{"embedded/nearest"}, nil)
	if err != nil {
		return err
	}
	m.Takes = 2
	plan, err := m.Plan()
	if err != nil {
		return err
	}
	e, err := d.runner.Estimate(ctx, plan)
	if err != nil {
		return err
	}
	say("the plan   %d cells: %d calls, %d from the cache, free", len(plan.Cells), e.Calls, e.Cached)
	j, err := d.runner.Start(ctx, plan)
	if err != nil {
		return err
	}
	run, err := waitQuietly(j)
	if err != nil {
		return err
	}
	say("ran        %s: %d done, %d failed, %d cached", run.Name(), run.Done, run.Failed, run.Cached)
	if err := d.sayRates(ctx, run, say); err != nil {
		return err
	}
	if err := d.walkRanked(ctx, g); err != nil {
		return err
	}
	if err := d.walkJudged(ctx, say); err != nil {
		return err
	}
	say("open it with a terminal: galley %s", text.Raw(d.store.Path()))
	return nil
}

// walkRanked says how well the pieces of the help pages fit the questions, by the
// marks on them.
func (d *desk) walkRanked(ctx context.Context, g *globals) error {
	r, err := d.ranking(ctx, g, "help/top-3", rankOptions{cases: "all"})
	if err == nil {
		g.say("ranked     %s, %s: %s", text.Raw(r.of), plural(len(r.cases), "question", "questions"), text.Of(r.means.Sentence))
	}
	return err
}

// walkJudged goes on with the half of the job that people decide: what verdicts
// say, what can be asserted from one, how a wording and a worse one are checked.
func (d *desk) walkJudged(ctx context.Context, say func(string, ...any)) error {
	s, err := d.store.Suite(ctx, "reply", "honest")
	if err != nil {
		return err
	}
	verdicts, err := d.store.Verdicts(ctx, session.VerdictQuery{PromptID: s.PromptID})
	if err != nil || len(verdicts) == 0 {
		return err
	}
	say("judged     reply, %s: %s", plural(len(verdicts), "verdict", "verdicts"), report.Of(s.Prompt, verdicts, report.Options{}).Sentence)
	all, err := d.proposals(ctx, session.ProposeFrom{PromptID: s.PromptID, VerdictID: verdicts[0].ID})
	if err != nil {
		return err
	}
	if len(all) > 0 {
		say("proposed   %s from one verdict; the first: %s, %s", plural(len(all), "assertion", "assertions"), text.Raw(all[0].Assertion.String()), all[0].Sentence)
	}
	for _, model := range []string{"embedded/nearest", byHand} {
		warm := session.VariantRef{Prompt: "reply", Variant: "warm", Revision: 1}
		l, err := d.startCheck(ctx, suite.Plan{PromptID: s.PromptID, SuiteID: s.ID, Variants: []session.VariantRef{warm}, Models: []string{model}, Takes: 1})
		if err != nil {
			return err
		}
		c, err := l.Wait()
		if err != nil {
			return err
		}
		say("checked    %s on %s: %s", s.Name, model, stats.Rate(c.Passed, c.Passed+c.Failed, "passed"))
	}
	out, err := exportSuite(ctx, d, exporting{prompt: "reply", suite: "honest", variants: "all", takes: 1})
	if err != nil {
		return err
	}
	say("to export  %s: galley export suite --suite reply/honest, then galley check FOLDER in CI", plural(len(out.Files), "file", "files"))
	return nil
}

// sayRates says for each variant how many of its answers are right.
func (d *desk) sayRates(ctx context.Context, run session.Run, say func(string, ...any)) error {
	results, err := d.store.Results(ctx, run.ID)
	if err != nil {
		return err
	}
	for _, x := range session.Scores(results, false, false) {
		say("           %-20s %s", text.Raw(x.Contestant.Variant.String()), rightOf(x))
	}
	if nearest, _, err := d.set.Lookup("embedded/nearest"); err == nil {
		say("embedded/nearest: %s", nearest.Traits().About)
	}
	return nil
}

// short is the beginning of a hash, enough to tell two apart by eye.
func short(hash string) string {
	h := strings.TrimPrefix(hash, "sha256:")
	if len(h) > 12 {
		h = h[:12]
	}
	return h
}
