package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"galley/engine"
	"galley/session"
	"galley/session/text"
	"galley/store"
)

// runOptions are the flags of galley run.
type runOptions struct {
	prompt, variants, models, cases string
	takes                           int
	order, by, note                 string
	seed                            int64
	concurrency                     int
	maxCost                         float64
	maxRequests, maxOutput          int
	timeout, firstByte, idle        time.Duration
	noCache, dry                    bool
	timing, repeatable              bool
	onLimit                         string
	resume, retry                   string

	seeded, costed, counted bool // the flag was given: --seed, --max-cost, --takes
}

func runCommand(g *globals) *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run",
		Short: "Ask models: variants × models × cases × takes × orders",
		Long: `Ask models: variants × models × cases × takes × orders.

Exit code 0 when every cell has a whole answer or calls tools; 3 when one is
truncated, filtered, refused, empty, failed or not asked; 130 or 143 when a
signal stopped it. A wrong answer does not make a run fail. What came back is
kept: --resume goes on with what is unfinished, --retry-failed asks what failed
as well.

A run is fast: many requests at once, and what has a whole answer is not asked again
(galley cache); an answer that was cut short is.
--timing measures instead: one request at a time after a warm-up, nothing from a
cache, each asked ` + itoa(timingTakes) + ` times or --takes times; the medians are of the same request.
--repeatable asks so that a seed gives the same answer again, where the server can.`,
		Args: wants(0, 0),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, _ []string) error {
		o.seeded, o.costed, o.counted = c.Flags().Changed("seed"), c.Flags().Changed("max-cost"), c.Flags().Changed("takes")
		defer d.attend(ctx, g)()
		return d.run(ctx, g, o)
	})
	promptFlag(c, &o.prompt)
	f := c.Flags()
	f.StringVar(&o.variants, "variants", "all", "`VARIANTS` as NAME or NAME@REVISION")
	f.StringVar(&o.models, "models", defaultModel, "`MODELS` as BACKEND/MODEL, or all that can be listed")
	f.StringVar(&o.cases, "cases", "all", "`CASES`: names, dev, holdout, tag:NAME")
	f.IntVar(&o.takes, "takes", 1, "how often each is asked; with --timing 3 where nothing is said")
	f.StringVar(&o.order, "order", "", "`ORDERS` of shots side by side, as in as-is,seed:42,williams:3/10@42")
	f.Int64Var(&o.seed, "seed", 0, "the sampling seed, in place of each variant's own")
	f.IntVar(&o.concurrency, "concurrency", 0, "cells at once per backend; 0: what the backend's config says")
	f.Float64Var(&o.maxCost, "max-cost", 0, "stop before the request that would pass this many `USD`; default the config's budget_usd")
	f.IntVar(&o.maxRequests, "max-requests", 0, "stop before the request that would pass this number")
	f.IntVar(&o.maxOutput, "max-output", 0, "the most `BYTES` of one answer; default 16 MiB")
	f.DurationVar(&o.timeout, "timeout", 0, "the longest that one call may take, as in 90s; default 30m")
	f.DurationVar(&o.firstByte, "first-byte", 0, "the longest wait for the first byte of an answer; default 5m, of a local server 10m")
	f.DurationVar(&o.idle, "idle", 0, "the longest silence after the first byte; default 60s")
	f.StringVar(&o.onLimit, "on-limit", "wait", "`POLICY` when a server says that it is too much: wait as long as it asks, skip the cell, or stop the run")
	f.BoolVar(&o.timing, "timing", false, "measure: one request at a time, after a warm-up, nothing from a cache")
	f.BoolVar(&o.repeatable, "repeatable", false, "one at a time and without the server's own cache, so that a seed repeats")
	f.BoolVar(&o.noCache, "no-cache", false, "ask anew what was answered before")
	f.BoolVar(&o.dry, "dry-run", false, "say what it would take, ask nobody")
	f.StringVar(&o.resume, "resume", "", "go on with a `RUN`: ask what was never finished")
	f.StringVar(&o.retry, "retry-failed", "", "go on with a `RUN`: ask what ended in an error as well")
	f.StringVar(&o.by, "by", "", "sum up by `TAG` as well: write tag")
	f.StringVar(&o.note, "note", "", "a line kept with the run")
	jsonFlag(c, g, "print JSON Lines: a cell as it ends, then the run")
	c.MarkFlagsMutuallyExclusive("resume", "retry-failed")
	for _, fresh := range []string{"prompt", "variants", "models", "cases", "takes", "order", "seed", "dry-run", "note", "timing", "repeatable"} {
		c.MarkFlagsMutuallyExclusive("resume", fresh)
		c.MarkFlagsMutuallyExclusive("retry-failed", fresh)
	}
	return c
}

// check reports flags that make no sense.
func (o runOptions) check() error {
	switch {
	case o.by != "" && o.by != "tag":
		return usage("--by %q: write tag", text.Raw(o.by))
	case o.takes < 1:
		return usage("--takes counts from 1")
	case math.IsNaN(o.maxCost) || math.IsInf(o.maxCost, 0):
		return usage("--max-cost is a number of US dollars")
	case o.concurrency < 0 || o.maxCost < 0 || o.maxRequests < 0 || o.maxOutput < 0 || o.timeout < 0 || o.firstByte < 0 || o.idle < 0:
		return usage("--concurrency, --max-cost, --max-requests, --max-output, --timeout, --first-byte and --idle can't be below 0")
	case o.timing && o.concurrency > 1:
		return usage("a timing run asks one at a time; leave --concurrency out")
	}
	_, err := o.limitPolicy()
	return err
}

// limitPolicy is what --on-limit says.
func (o runOptions) limitPolicy() (engine.OnLimit, error) {
	switch o.onLimit {
	case "", "wait":
		return engine.LimitWait, nil
	case "skip":
		return engine.LimitSkip, nil
	case "stop":
		return engine.LimitStop, nil
	}
	return "", usage("--on-limit %q: write wait, skip or stop", text.Raw(o.onLimit))
}

// timingTakes is how often a timing run asks each where nothing is said.
const timingTakes = 3

// howOften is the number of takes.
func (o runOptions) howOften() int {
	if o.timing && !o.counted {
		return timingTakes
	}
	return o.takes
}

func (o runOptions) limits(c config) engine.Limits {
	l := engine.Limits{MaxCostUSD: c.BudgetUSD, MaxRequests: o.maxRequests, MaxOutput: o.maxOutput, Total: o.timeout, FirstByte: o.firstByte, Idle: o.idle}
	if o.costed {
		l.MaxCostUSD = o.maxCost
	}
	return l
}

func (d *desk) run(ctx context.Context, g *globals, o runOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.resume != "" || o.retry != "" {
		return d.goOn(ctx, g, o)
	}
	p, err := d.promptOf(ctx, o.prompt, session.SplitList(o.variants)...)
	if err != nil {
		return err
	}
	plan, err := d.plan(ctx, p, o)
	if err != nil {
		return err
	}
	e, err := d.runner.Estimate(ctx, plan)
	if err != nil {
		return err
	}
	if o.dry {
		return g.sayEstimate(e, plan)
	}
	if !g.json {
		g.talkEstimate(e, plan)
	}
	if plan.Holdout > 0 { // said before it is one look more
		if err := d.talkLooks(ctx, g, p.ID); err != nil {
			return err
		}
	}
	j, err := d.runner.Start(ctx, plan)
	if err != nil {
		return err
	}
	return d.follow(ctx, g, j, o)
}

// plan is what is to be asked, all names resolved.
func (d *desk) plan(ctx context.Context, p session.PromptInfo, o runOptions) (engine.Plan, error) {
	var plan engine.Plan
	refs, err := d.variants(ctx, p, o.variants)
	if err != nil {
		return plan, err
	}
	orders, err := session.ParseOrders(o.order)
	if err != nil {
		return plan, err
	}
	all, err := d.store.Cases(ctx, p.ID)
	if err != nil {
		return plan, err
	}
	cases, err := session.PickCases(all, o.cases)
	if err != nil {
		return plan, fmt.Errorf("%w in the prompt %s; galley list cases --prompt %s says what there is", err, p.Name, p.Name)
	}
	if len(cases) == 0 {
		return plan, usage("the prompt %s has no cases; make one with galley new case, or galley import cases FILE", p.Name)
	}
	models, err := d.askable(ctx, o.models, o.dry)
	if err != nil {
		return plan, d.ofRecorded(ctx, p, o.models, err)
	}
	if len(models) == 0 {
		return plan, usage("--models names no model; galley models lists them")
	}
	m, err := d.matrix(ctx, p.ID, refs, models, nil)
	if err != nil {
		return plan, err
	}
	m.Cases, m.Takes, m.Orders, m.Note = cases, o.howOften(), orders, o.note
	m.NoCache, m.Limits, m.Concurrency = o.noCache, o.limits(d.config), o.concurrency
	m.How = session.RunHow{Timing: o.timing, Repeatable: o.repeatable}
	if m.OnLimit, err = o.limitPolicy(); err != nil {
		return plan, err
	}
	if o.seeded {
		m.Seed = &o.seed
	}
	return m.Plan()
}

// goOn resumes a run.
func (d *desk) goOn(ctx context.Context, g *globals, o runOptions) error {
	name := o.resume
	if o.retry != "" {
		name = o.retry
	}
	id, err := session.ParseRunRef(name)
	if err != nil {
		return err
	}
	run, err := d.store.Run(ctx, id)
	if err != nil {
		return err
	}
	if run.Imported {
		return usage("%s was imported; its outputs came from elsewhere and can't be asked for again", run.Name())
	}
	policy, err := o.limitPolicy()
	if err != nil {
		return err
	}
	j, err := d.takeOver(ctx, g, id, engine.Again{
		RetryFailed: o.retry != "", NoCache: o.noCache, Limits: o.limits(d.config), Concurrency: o.concurrency, OnLimit: policy,
	})
	if err != nil {
		return err
	}
	return d.follow(ctx, g, j, o)
}

// takeOver goes on with a run. One that another process seems to work is tried
// until a lease that nobody renews must be over: its process may have died.
func (d *desk) takeOver(ctx context.Context, g *globals, id int64, a engine.Again) (*engine.Job, error) {
	over := time.Now().Add(time.Duration(store.LeaseLength)*time.Millisecond + time.Second)
	for said := false; ; said = true {
		j, err := d.runner.ResumeWith(ctx, id, a)
		var held *store.LeaseHeld
		if !errors.As(err, &held) || time.Now().After(over) {
			return j, err
		}
		if !said {
			g.talk("%s was being worked by %s; waiting some seconds to see whether it still is", held.Run, text.Raw(held.Owner))
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// follow reads a run to its end: cells as they end, then the sums. What was
// evaluated decides the exit code.
func (d *desk) follow(ctx context.Context, g *globals, j *engine.Job, o runOptions) error {
	d.track(j)
	began := time.Now()
	if !g.json {
		words := "begins"
		if o.resume != "" || o.retry != "" {
			words = "goes on; it has " + plural(len(j.Cells()), "cell", "cells")
		}
		g.talk("%s %s", j.Run().Name(), words)
	}
	show := newProgress(g)
	stop := context.AfterFunc(ctx, j.Cancel)
	defer stop()
	var printErr error
	for range j.Bell() {
		printErr = errors.Join(printErr, d.drain(ctx, g, j))
		show.update(j.Progress())
	}
	printErr = errors.Join(printErr, d.drain(ctx, g, j))
	last := j.Progress()
	show.end()
	run, err := j.Wait()
	if err != nil {
		return &exitError{exitIncomplete, fmt.Errorf("%s: %w", run.Name(), err)}
	}
	// The job's context may be over; what it left is still to be read.
	results, err := d.store.Results(context.WithoutCancel(ctx), run.ID)
	if err != nil {
		return &exitError{exitIncomplete, err}
	}
	if err := errors.Join(printErr, g.sumUp(run, results, last, o, time.Since(began))); err != nil {
		return err
	}
	for _, why := range append(failures(results), caveats(run, results)...) {
		g.talk("%s", why)
	}
	return verdict(run, results, last)
}

// drain prints the cells that have ended since it was called last.
func (d *desk) drain(ctx context.Context, g *globals, j *engine.Job) error {
	news := j.Drain()
	if !g.json {
		return nil
	}
	cells := j.Cells()
	for _, u := range news {
		if u.Final == nil {
			continue
		}
		r := session.Result{Cell: cells[u.Index], Output: *u.Final}
		if r.Output.Evaluated == nil && r.Output.Evidence != session.EvidenceNone { // what is kept of a copy from the cache
			if e, ok, err := d.store.Evaluated(context.WithoutCancel(ctx), r.Cell.ID); err == nil && ok {
				r.Output.Evaluated = &e
			}
		}
		if err := g.printLine(toCellJSON(r)); err != nil {
			return err
		}
	}
	return nil
}
