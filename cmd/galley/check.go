package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"galley/engine"
	"galley/engine/assert"
	"galley/session"
	"galley/session/report"
	"galley/session/text"
)

// checking are the flags of galley check.
type checking struct {
	what                            string // a suite, or a folder
	prompt, variants, models, run   string
	takes, concurrency, maxRequests int
	timeout                         time.Duration
	baseline, save, failOn, by      string
	maxCost                         float64
	noCache, github                 bool
	junit                           string

	token                                string  // of GitHub Actions, to take commands up again
	below                                float64 // of --fail-on below:0.95
	costed, taken, modelled, variantsSet bool
}

func checkCommand(g *globals) *cobra.Command {
	var o checking
	c := &cobra.Command{
		Use:   "check SUITE|FOLDER",
		Short: "Hold variants on models against a suite, or against a suite's folder without a workspace",
		Long: `Hold variants on models against a suite of the workspace, or against the folder
that galley export suite wrote, which needs no workspace.

Without --models, those of the prompt's newest run are asked. A contestant that
came from outside is graded from its recorded answers.

Exit code 0 when all was evaluated and passed; 1 when something failed, as
--fail-on says; 3 when something has no answer to check, or nothing was
evaluated; 2 and 4 before anybody is asked. An error or no answer never passes.
See galley help ci.`,
		Args: wants(1, 1),
	}
	c.RunE = headless(g, func(ctx context.Context, args []string) error {
		o.what = args[0]
		changed := c.Flags().Changed
		o.costed, o.taken, o.modelled, o.variantsSet = changed("max-cost"), changed("takes"), changed("models"), changed("variants")
		if err := o.parse(); err != nil {
			return err
		}
		o.token = uuid.NewString()
		g.stopCommands(o)
		defer g.goOn(o)
		return g.check(ctx, o)
	})
	promptFlag(c, &o.prompt)
	f := c.Flags()
	f.StringVar(&o.variants, "variants", "all", "`VARIANTS` as NAME or NAME@REVISION")
	f.StringVar(&o.models, "models", "", "`MODELS` as BACKEND/MODEL")
	f.StringVar(&o.run, "run", "", "grade the answers of this `RUN`, ask nobody")
	f.IntVar(&o.takes, "takes", 1, "how often each is asked; one take that fails fails its case, and the table says 2 of 3")
	f.StringVar(&o.baseline, "baseline", "", "hold the result against a `FILE` that --save-baseline wrote, a run, or last: the check before")
	f.StringVar(&o.save, "save-baseline", "", "keep the result in a `FILE` for git")
	f.StringVar(&o.failOn, "fail-on", "", "any failure, new ones, or a rate below:0.95; default new with a baseline, else any")
	f.StringVar(&o.by, "by", "", "sum up by tag as well: `tag`")
	f.StringVar(&o.junit, "junit", "", "write JUnit XML to `FILE`, whole or not at all")
	f.BoolVar(&o.github, "github", false, "write annotations for GitHub Actions, and the step's summary")
	f.Float64Var(&o.maxCost, "max-cost", 0, "stop before the request that would pass this many `USD`; 0: nothing that costs; default the config's budget_usd")
	f.IntVar(&o.maxRequests, "max-requests", 0, "stop before the request that would pass this number")
	f.IntVar(&o.concurrency, "concurrency", 0, "cells at once per backend; 0: what the backend's config says")
	f.DurationVar(&o.timeout, "timeout", 0, "the longest that one call may take, as in 90s; default 30m")
	f.BoolVar(&o.noCache, "no-cache", false, "ask anew what was answered before")
	jsonFlag(c, g, "print a JSON object")
	for _, flag := range []string{"models", "takes", "no-cache"} {
		c.MarkFlagsMutuallyExclusive("run", flag)
	}
	return c
}

// parse reports flags that make no sense.
func (o *checking) parse() error {
	ask := runOptions{by: o.by, takes: o.takes, maxCost: o.maxCost, concurrency: o.concurrency, maxRequests: o.maxRequests, timeout: o.timeout}
	if err := ask.check(); err != nil {
		return err
	}
	switch rate, ok := strings.CutPrefix(o.failOn, "below:"); {
	case o.failOn == "":
		o.failOn = "any"
		if o.baseline != "" {
			o.failOn = "new"
		}
	case ok:
		x, err := strconv.ParseFloat(rate, 64)
		if err != nil || !(x > 0 && x <= 1) || math.IsInf(x, 0) {
			return usage("--fail-on %q: write a share above 0 and up to 1, as in below:0.95", text.Raw(o.failOn))
		}
		o.failOn, o.below = "below", x
	case o.failOn == "new" && o.baseline == "":
		return usage("--fail-on new wants a --baseline to hold the result against")
	case o.failOn != "any" && o.failOn != "new":
		return usage("--fail-on %q: write any, new or below:0.95", text.Raw(o.failOn))
	}
	for _, file := range []string{o.junit, o.save} {
		if err := writable(file); err != nil {
			return err
		}
	}
	return nil
}

// writable reports what would keep a file from being written, before it is due.
func writable(file string) error {
	if file == "" {
		return nil
	}
	if fi, err := os.Lstat(file); err == nil && fi.IsDir() {
		return usage("%s is a folder", text.Raw(file))
	}
	fi, err := os.Stat(filepath.Dir(file))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage("%s: there is no such folder", text.Raw(file))
	case err != nil:
		return usage("%s: %s", text.Raw(file), reason(err))
	case !fi.IsDir():
		return usage("%s: that is no folder", text.Raw(filepath.Dir(file)))
	}
	return nil
}

// checked is a check with what it was held against.
type checked struct {
	suite   session.Suite
	check   session.Check
	target  target
	took    map[[3]string]int64         // ms, by checkKey
	outside map[session.Contestant]bool // whose answers were there already
	change  *report.Change
	fresh   []session.CaseCheck // failing, and unknown to the baseline
	run     string              // whose answers they are, "" none
	broken  string              // why it stopped before its end
}

// check runs a check and tells of it. Everything that can be wrong with what it is
// asked to do is found before anybody is asked.
func (g *globals) check(ctx context.Context, o checking) error {
	d, folder, err := g.openCheck(ctx, o)
	if err != nil {
		return err
	}
	err = d.check(ctx, g, o, folder)
	if cerr := d.closeCheck(folder); err == nil && cerr != nil {
		err = &exitError{exitIncomplete, fmt.Errorf("closing the workspace: %w", cerr)}
	}
	return err
}

func (d *desk) check(ctx context.Context, g *globals, o checking, folder string) error {
	t, err := d.target(ctx, o, folder)
	if err != nil {
		return err
	}
	if err := t.compile(); err != nil {
		return err
	}
	before, err := d.baseline(ctx, o, t)
	if err != nil {
		return err
	}
	if x := t.suite.Threshold; x != nil && *x == 0 {
		t.said = append(t.said, "the threshold is 0: every answer passes, whatever the assertions say")
	}
	for _, s := range t.said {
		g.talk("%s", s)
	}
	c := checked{suite: t.suite, target: t, took: map[[3]string]int64{}, outside: map[session.Contestant]bool{}}
	cases, err := d.grade(ctx, g, o, t, &c)
	if err != nil {
		return err
	}
	t.sort(cases)
	c.check = session.Check{SuiteID: t.suite.ID, Suite: t.suite.Name, RunID: t.runID, AtMS: time.Now().UnixMilli(), Cases: cases}
	c.check.Sum()
	if before != nil {
		change := report.Against(cases, before)
		c.change, c.fresh = &change, unknownTo(cases, before)
	}
	// What stopped the check is no reason to lose what it saw.
	after := context.WithoutCancel(ctx)
	if ctx.Err() == nil && folder == "" {
		if c.check, err = d.store.AddCheck(after, c.check); err != nil {
			return &exitError{exitIncomplete, err}
		}
	}
	if err := g.tell(o, c); err != nil {
		return err
	}
	if o.save != "" && ctx.Err() == nil {
		if err := saveBaseline(o.save, c.check); err != nil {
			return &exitError{exitIncomplete, err}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return o.outcome(c)
}

// grade asks who can be asked and grades what came back, and what was recorded.
func (d *desk) grade(ctx context.Context, g *globals, o checking, t target, c *checked) ([]session.CaseCheck, error) {
	cases := slices.Clone(t.unasked)
	if len(t.recorded) > 0 {
		graded, err := assert.GradeContext(ctx, t.suite, t.recorded)
		if err != nil {
			return nil, usage("%w", err)
		}
		c.time(t.recorded)
		for _, r := range t.recorded {
			c.outside[r.Cell.Contestant] = true
		}
		cases = append(cases, graded...)
	}
	if t.runID != 0 {
		c.run = session.Run{ID: t.runID}.Name()
	}
	if len(t.entries) == 0 || len(t.asked) == 0 {
		return cases, nil
	}
	plan, err := d.checkPlan(t, o)
	if err != nil {
		return nil, err
	}
	job, err := d.runner.Check(ctx, plan, t.suite)
	if err != nil {
		return nil, err
	}
	d.track(job.Job)
	stop := context.AfterFunc(ctx, job.Cancel)
	defer stop()
	show := newProgress(g)
	for range job.Bell() {
		job.Drain()
		show.update(job.Progress())
	}
	show.end()
	run, err := job.Wait()
	if err != nil {
		return nil, &exitError{exitIncomplete, fmt.Errorf("%s: %w", run.Name(), err)}
	}
	if p := job.Progress(); p.Stopped != "" {
		c.broken = p.Stopped
	}
	results := job.Results()
	c.time(results)
	if !t.folder() {
		c.run, c.target.runID = run.Name(), run.ID
	}
	for _, why := range failures(results) {
		g.talk("%s", why)
	}
	return append(cases, job.Graded()...), nil
}

func (d *desk) checkPlan(t target, o checking) (engine.Plan, error) {
	ask := runOptions{maxCost: o.maxCost, costed: o.costed, maxRequests: o.maxRequests, timeout: o.timeout}
	limits := ask.limits(d.config)
	if o.costed && o.maxCost == 0 {
		limits.MaxCostUSD = math.SmallestNonzeroFloat64 // the engine's 0 is no limit
	}
	m := engine.Matrix{
		PromptID: t.promptID, Prompt: string(t.suite.Prompt), Note: "check of " + t.suite.Name.String(), Entries: t.entries, Cases: t.asked,
		Takes: t.takes, Orders: t.orders, NoCache: o.noCache, Limits: limits, Concurrency: o.concurrency,
	}
	return m.Plan()
}

// outcome is the exit code of a check: a failure that counts wins over what is
// incomplete, and nothing evaluated is never 0.
func (o checking) outcome(c checked) error {
	k := c.check
	evaluated := k.Passed + k.Failed
	bad := k.Failed > 0
	switch o.failOn {
	case "new":
		bad = len(c.fresh) > 0 || slices.ContainsFunc(c.change.NewlyFail, func(k session.CaseCheck) bool { return k.Status == session.CheckFail })
	case "below":
		bad = evaluated > 0 && float64(k.Passed) < o.below*float64(evaluated)-1e-9
	}
	switch {
	case bad:
		return &exitError{code: exitFailed}
	case evaluated == 0:
		return &exitError{exitIncomplete, errors.New("nothing was evaluated" + c.why())}
	case k.Errors+k.NotRun > 0:
		return &exitError{exitIncomplete, fmt.Errorf("%d of %s without an answer to check%s", k.Errors+k.NotRun, counted(len(k.Cases), k.Cases), c.why())}
	}
	return nil
}

func (c checked) why() string {
	if c.broken == "" {
		return ""
	}
	return "; " + shownLine(c.broken)
}
