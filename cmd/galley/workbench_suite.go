package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"galley/engine"
	"galley/engine/assert"
	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/suite"
)

// suiteDeps are the functions of the Suite station.
func (d *desk) suiteDeps() suite.Deps {
	st := d.store
	return suite.Deps{
		Suites: st.Suites, Rename: st.RenameSuite, Delete: st.DeleteSuite, Keep: st.AddAssertions, Change: st.UpdateAssertion, Drop: st.DeleteAssertion,
		Create: func(ctx context.Context, promptID int64, name string) (session.Suite, error) {
			return st.CreateSuite(ctx, promptID, name, "")
		},
		Undo: d.undoOne, Checks: st.Checks, Check: st.Check,
		Stale: func(ctx context.Context, id int64) (string, error) {
			s, err := st.SuiteByID(ctx, id)
			if err != nil {
				return "", err
			}
			return d.stale(ctx, s)
		},
		Sources: d.sources, Propose: d.proposed, Try: d.tried,
		Variants: st.Variants, Models: d.models, Recorded: d.recordedModels, Last: d.lastModels, Runs: st.OwnRuns, Result: st.Result,
		Estimate: d.estimateCheck, Start: d.startCheck,
		Against: func(now, before session.Check) report.Change { return report.Against(now.Cases, before.Cases) },
		Targets: d.targets, Export: d.exportTo,
	}
}

// undoOne takes the last edit of the workspace back and says which it was.
func (d *desk) undoOne(ctx context.Context) (session.Edit, error) {
	edits, err := d.store.Undo(ctx, 1)
	if err != nil || len(edits) == 0 {
		return session.Edit{}, err
	}
	return edits[0], nil
}

// sources lists what assertions can be proposed from: verdicts that somebody won,
// corrections, and failure modes that notes stand under.
func (d *desk) sources(ctx context.Context, promptID int64) ([]suite.Source, error) {
	var out []suite.Source
	modes, err := d.store.Modes(ctx, promptID)
	if err != nil {
		return nil, err
	}
	for _, m := range modes {
		if m.Notes > 0 {
			out = append(out, suite.Source{
				Focus: session.ProposeFrom{PromptID: promptID, ModeID: m.ID}, Kind: "failure mode", AtMS: m.CreatedMS,
				Label: m.Name + text.Raw(" ("+plural(m.Notes, "note", "notes")+")"),
			})
		}
	}
	corrections, err := d.store.Corrections(ctx, promptID)
	if err != nil {
		return nil, err
	}
	for _, c := range corrections {
		r, err := d.store.Result(ctx, c.CellID)
		if err != nil {
			return nil, err
		}
		out = append(out, suite.Source{
			Focus: session.ProposeFrom{PromptID: promptID, CellID: c.CellID}, Kind: "correction", AtMS: c.CreatedMS,
			Label: r.Cell.CaseName + ": " + begins(c.Text) + " instead of " + begins(r.Output.Whole()),
		})
	}
	won, err := d.wonDuels(ctx, promptID)
	out = append(out, won...)
	// What somebody has just said comes first: it is what one comes here with.
	slices.SortStableFunc(out, func(a, b suite.Source) int { return cmp.Compare(b.AtMS, a.AtMS) })
	return out, err
}

// maxSources is how many won duels are offered: the newest.
const maxSources = 500

// wonDuels lists the duels that somebody won, by the first words of their answers:
// who gave them is for the reveal to tell.
func (d *desk) wonDuels(ctx context.Context, promptID int64) ([]suite.Source, error) {
	verdicts, err := d.store.Verdicts(ctx, session.VerdictQuery{PromptID: promptID})
	if err != nil {
		return nil, err
	}
	var ids []int64
	var of []session.Verdict
	for _, v := range slices.Backward(verdicts) {
		won, lost, ok := v.Winner()
		if !ok || won.CellID == 0 || lost.CellID == 0 || len(of) == maxSources {
			continue
		}
		of, ids = append(of, v), append(ids, won.CellID, lost.CellID)
	}
	results, err := d.store.ResultsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	said := map[int64]text.Raw{}
	for _, r := range results {
		said[r.Cell.ID] = r.Output.Whole()
	}
	var out []suite.Source
	for _, v := range of {
		won, lost, _ := v.Winner()
		better, ok1 := said[won.CellID]
		worse, ok2 := said[lost.CellID]
		if !ok1 || !ok2 {
			continue // its run was deleted
		}
		l := v.Case.Name + ": " + begins(better) + " over " + begins(worse)
		if v.Reason != "" {
			l += " – " + v.Reason
		}
		out = append(out, suite.Source{Focus: session.ProposeFrom{PromptID: promptID, VerdictID: v.ID}, Kind: "verdict", AtMS: v.AtMS, Label: l})
	}
	return out, nil
}

// begins is how an answer begins, in quotation marks.
func begins(t text.Raw) text.Raw {
	const most = 24
	words := text.Raw("")
	for _, w := range strings.Fields(string(t)) {
		if len(words)+len(w) >= most {
			return "“" + words + "…”"
		}
		if words != "" {
			words += " "
		}
		words += text.Raw(w)
	}
	return "“" + words + "”"
}

func (d *desk) proposed(ctx context.Context, from session.ProposeFrom) ([]suite.Proposal, error) {
	all, err := d.proposals(ctx, from)
	if err != nil {
		return nil, err
	}
	out := make([]suite.Proposal, len(all))
	for i, p := range all {
		out[i] = proposalOf(p)
	}
	return out, nil
}

func (d *desk) tried(ctx context.Context, promptID int64, a session.Assertion) (suite.Proposal, error) {
	judged, err := d.judgedOutputs(ctx, promptID)
	if err != nil {
		return suite.Proposal{}, err
	}
	p, err := assert.Try(a, nil, judged)
	return proposalOf(p), err
}

func proposalOf(p assert.Proposal) suite.Proposal {
	out := suite.Proposal{
		Assertion: p.Assertion, Why: p.Why, Good: p.Good, GoodPass: p.GoodPass, Bad: p.Bad, BadFail: p.BadFail, Sentence: p.Sentence, Lucky: p.Lucky,
	}
	for _, r := range p.Rows {
		out.Rows = append(out.Rows, suite.Row{
			CellID: r.Result.Cell.ID, Case: r.Result.Cell.CaseName, Contestant: r.Result.Cell.Contestant, Good: r.Good, Origin: r.Origin, Pass: r.Pass,
			Text: r.Result.Output.Whole(), Message: r.Message,
		})
	}
	return out
}

// checkTarget resolves a plan of the screen as the command line resolves its flags.
func (d *desk) checkTarget(ctx context.Context, p suite.Plan) (target, checking, error) {
	s, err := d.store.SuiteByID(ctx, p.SuiteID)
	if err != nil {
		return target{}, checking{}, err
	}
	o := checking{what: string(s.Prompt) + "/" + string(s.Name), variants: "all", takes: max(1, p.Takes), noCache: p.NoCache}
	if p.RunID != 0 {
		o.run = session.Run{ID: p.RunID}.Name()
	} else {
		var refs []string
		for _, v := range p.Variants {
			refs = append(refs, v.String())
		}
		o.variants, o.models = strings.Join(refs, ","), strings.Join(p.Models, ",")
		o.variantsSet, o.modelled = true, true
	}
	t, err := d.target(ctx, o, "")
	if err != nil {
		return t, o, err
	}
	return t, o, t.compile()
}

func (d *desk) estimateCheck(ctx context.Context, p suite.Plan) (suite.Estimate, error) {
	t, o, err := d.checkTarget(ctx, p)
	if err != nil {
		return suite.Estimate{}, err
	}
	out := suite.Estimate{Cells: len(t.recorded) + len(t.unasked), Recorded: len(t.recorded), Free: true}
	if len(t.entries) == 0 || len(t.asked) == 0 {
		return out, nil
	}
	plan, err := d.checkPlan(t, o)
	if err != nil {
		return out, err
	}
	e, err := d.runner.Estimate(ctx, plan)
	out.Cells += len(plan.Cells)
	out.Calls, out.Cached, out.InputTokens, out.MaxOutput, out.CostUSD, out.Free, out.Source = e.Calls, e.Cached, e.InputTokens, e.MaxOutput, e.CostUSD, e.Free, e.Source
	return out, err
}

// liveCheck is a check as the screen watches it: what was recorded is graded at
// once, what is asked as it comes back.
type liveCheck struct {
	d     *desk
	t     target
	job   *engine.CheckJob // nil: nobody is asked
	ready []session.CaseCheck
	bell  chan struct{} // of a check without a job
	once  sync.Once
	check session.Check
	err   error
}

func (d *desk) startCheck(ctx context.Context, p suite.Plan) (suite.Live, error) {
	t, o, err := d.checkTarget(ctx, p)
	if err != nil {
		return nil, err
	}
	l := &liveCheck{d: d, t: t, ready: slices.Clone(t.unasked)}
	graded, err := assert.GradeContext(ctx, t.suite, t.recorded)
	if err != nil {
		return nil, err
	}
	l.ready = append(l.ready, graded...)
	if len(t.entries) == 0 || len(t.asked) == 0 {
		l.bell = make(chan struct{})
		close(l.bell)
		return l, nil
	}
	plan, err := d.checkPlan(t, o)
	if err != nil {
		return nil, err
	}
	// The check outlives the command that starts it.
	if l.job, err = d.runner.Check(context.WithoutCancel(ctx), plan, t.suite); err != nil {
		return nil, err
	}
	d.track(l.job.Job)
	return l, nil
}

func (l *liveCheck) Bell() <-chan struct{} {
	if l.job == nil {
		return l.bell
	}
	return l.job.Bell()
}

func (l *liveCheck) Progress() (cells, done, failed int, ended bool, trouble string) {
	n := len(l.ready)
	if l.job == nil {
		return n, n, 0, true, ""
	}
	l.job.Drain()
	p := l.job.Progress()
	if trouble = p.Trouble; trouble == "" {
		trouble = p.Stopped
	}
	return n + p.Cells, n + p.Done, p.Failed, p.State != session.RunRunning, trouble
}

func (l *liveCheck) Graded() []session.CaseCheck {
	if l.job == nil {
		return l.ready
	}
	return append(slices.Clone(l.ready), l.job.Graded()...)
}

func (l *liveCheck) Cancel() {
	if l.job != nil {
		l.job.Cancel()
	}
}

// Wait returns the check when it has ended and is stored.
func (l *liveCheck) Wait() (session.Check, error) {
	l.once.Do(func() {
		runID := l.t.runID
		if l.job != nil {
			var run session.Run
			if run, l.err = l.job.Wait(); l.err != nil {
				return
			}
			if runID = run.ID; len(l.t.recorded) > 0 {
				runID = 0
			}
		}
		cases := l.Graded()
		l.t.sort(cases)
		c := session.Check{SuiteID: l.t.suite.ID, Suite: l.t.suite.Name, RunID: runID, AtMS: time.Now().UnixMilli(), Cases: cases}
		c.Sum()
		l.check, l.err = l.d.store.AddCheck(context.Background(), c)
	})
	return l.check, l.err
}

// targets lists what a suite and its prompt can be written as.
func (d *desk) targets(ctx context.Context, suiteID int64) ([]suite.Target, error) {
	s, err := d.store.SuiteByID(ctx, suiteID)
	if err != nil {
		return nil, err
	}
	var out []suite.Target
	for _, e := range exporters() {
		t := suite.Target{Name: e.name, Help: e.short, Suite: e.suite, Path: string(s.Prompt) + "-" + e.file}
		switch {
		case e.name == "suite":
			t.Path = filepath.Join("evals", string(s.Prompt)+"-"+string(s.Name))
		case e.folder:
			t.Path = string(s.Prompt) + "-" + e.name
		}
		if e.name == "suite" {
			t.Name = "folder"
		}
		out = append(out, t)
	}
	return out, nil
}

// shortest is a path as people here write it: from the folder they are in where it
// lies below that, for what goes into CI stands in a repository.
func shortest(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	here, err := os.Getwd()
	if err != nil {
		return abs
	}
	if rel, err := filepath.Rel(here, abs); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return abs
}

// exportTo writes an export where the person said.
func (d *desk) exportTo(ctx context.Context, suiteID int64, name, path string, replace bool) (suite.Exported, error) {
	s, err := d.store.SuiteByID(ctx, suiteID)
	if err != nil {
		return suite.Exported{}, err
	}
	if name == "folder" {
		name = "suite"
	}
	i := slices.IndexFunc(exporters(), func(e exporter) bool { return e.name == name })
	if i < 0 {
		return suite.Exported{}, fmt.Errorf("there is no format %s", text.Raw(name))
	}
	e := exporters()[i]
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return suite.Exported{}, fmt.Errorf("%s: %w", text.Raw(path), fs.ErrExist)
	}
	made, err := e.make(ctx, d, exporting{prompt: string(s.Prompt), suite: string(s.Name), variants: "all", takes: 1})
	if err != nil {
		return suite.Exported{}, err
	}
	if len(made.Files) == 0 {
		return suite.Exported{}, fmt.Errorf("there is nothing to export as %s", name)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return suite.Exported{}, fmt.Errorf("%s: %s", text.Raw(filepath.Dir(path)), reason(err))
	}
	if e.folder {
		err = putFolder(path, made.Files, replace)
	} else {
		err = putFile(path, made.Files[0].Data, replace, notesFile(path, made.Notes, replace)...)
	}
	if err != nil {
		return suite.Exported{}, err
	}
	out := suite.Exported{Path: path, Files: len(made.Files), Bytes: made.Bytes()}
	out.Path = shortest(path)
	for _, n := range made.Notes {
		out.Notes = append(out.Notes, n.What)
	}
	return out, nil
}
