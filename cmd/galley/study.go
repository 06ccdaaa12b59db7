package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"galley/engine"
	"galley/engine/assert"
	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

// studyFlags are the flags that all studies share.
type studyFlags struct {
	prompt, model, cases, suite string
	takes                       int
	seed                        uint64
	maxCost                     float64
	maxRequests, concurrency    int
	timeout                     time.Duration
	noCache, dry                bool
	show, resume                string
	maxTokens                   int

	costed, seeded bool // the flag was given
	shuffled       bool // it is galley shuffle
}

func (o *studyFlags) flags(c *cobra.Command, g *globals) {
	promptFlag(c, &o.prompt)
	f := c.Flags()
	f.StringVar(&o.model, "model", defaultModel, "the `MODEL` as BACKEND/MODEL")
	f.StringVar(&o.cases, "cases", "", "`CASES`: names, dev, holdout, tag:NAME, all; default dev, which leaves the holdout to confirm on")
	f.IntVar(&o.takes, "takes", 1, "how often each case is asked in each arm")
	f.Uint64Var(&o.seed, "seed", 0, "what is drawn is drawn by it; default 1")
	f.StringVar(&o.suite, "suite", "", "the `SUITE` that says what passes; default what the cases want")
	f.Float64Var(&o.maxCost, "max-cost", 0, "stop before the request that would pass this many `USD`; default the config's budget_usd")
	f.IntVar(&o.maxRequests, "max-requests", 0, "stop before the request that would pass this number")
	f.IntVar(&o.concurrency, "concurrency", 0, "cells at once; 0: what the backend's config says")
	f.DurationVar(&o.timeout, "timeout", 0, "the longest that one call may take, as in 90s; default 30m")
	f.BoolVar(&o.noCache, "no-cache", false, "ask anew what was answered before")
	f.BoolVar(&o.dry, "dry-run", false, "say what it would take, ask nobody")
	f.StringVar(&o.show, "show", "", "show a `STUDY` that was kept, ask nobody; galley list studies")
	f.StringVar(&o.resume, "resume", "", "go on with a `STUDY`: ask what has no answer")
	f.IntVar(&o.maxTokens, "max-tokens", 0, "with --resume: ask the answers that were cut again, with up to so many tokens each")
	jsonFlag(c, g, "print a JSON object")
	for _, flag := range []string{"show", "resume"} {
		for _, fresh := range []string{"prompt", "model", "cases", "takes", "seed", "suite", "dry-run"} {
			c.MarkFlagsMutuallyExclusive(flag, fresh)
		}
	}
	c.MarkFlagsMutuallyExclusive("show", "resume")
}

// kept reports whether a study that exists is meant, and not a new one.
func (o *studyFlags) kept() bool { return o.show != "" || o.resume != "" }

// args checks what stands beside the flags: a variant, or none where a kept study is
// meant.
func (o *studyFlags) args(c *cobra.Command, args []string) error {
	if o.kept() {
		if len(args) > 0 {
			return usage("a study that is kept has its variant; leave %s out", text.Raw(args[0]))
		}
		return nil
	}
	return wants(1, 1)(c, args)
}

func (o *studyFlags) parse(c *cobra.Command) error {
	o.costed, o.seeded = c.Flags().Changed("max-cost"), c.Flags().Changed("seed")
	if !o.seeded {
		o.seed = 1
	}
	switch {
	case !c.Flags().Changed("max-tokens"):
	case o.resume == "":
		return usage("--max-tokens goes with --resume STUDY; a new study asks as the variant says: galley set variant NAME max_tokens=N")
	case o.maxTokens < 1:
		return usage("--max-tokens %d: write a number from 1 on", o.maxTokens)
	}
	ask := runOptions{takes: o.takes, maxCost: o.maxCost, concurrency: o.concurrency, maxRequests: o.maxRequests, timeout: o.timeout}
	return ask.check()
}

func (o *studyFlags) limits(c config) engine.Limits {
	ask := runOptions{maxCost: o.maxCost, costed: o.costed, maxRequests: o.maxRequests, timeout: o.timeout}
	return ask.limits(c)
}

// studied is a study with what it takes to ask it and to read it.
type studied struct {
	kept    session.Study
	spec    study.Spec
	variant session.VariantInfo // at the revision that is studied
	cases   []session.Case
	pass    study.Pass // nil: by what the cases want
}

// newStudy resolves the names of a study: its variant, as it was saved, its model,
// cases and suite.
func (d *desk) newStudy(ctx context.Context, g *globals, variant string, o studyFlags) (studied, error) {
	var s studied
	v, err := d.variant(ctx, variant, o.prompt)
	if err != nil {
		return s, err
	}
	s.variant = v
	if v.Drafted && v.Revision.Number == v.Head {
		g.talk("unsaved work lies beside %s; the study is of the revision as it was saved", v.Ref())
	}
	all, err := d.store.Cases(ctx, v.PromptID)
	if err != nil {
		return s, err
	}
	if o.cases == "" {
		o.cases = string(session.SplitDev)
		if _, err := session.PickCases(all, o.cases); err != nil {
			o.cases = "all"
		}
	}
	if s.cases, err = session.PickCases(all, o.cases); err != nil {
		return s, fmt.Errorf("%w in the prompt %s", err, v.Prompt)
	}
	if len(s.cases) == 0 {
		return s, usage("the prompt %s has no cases; make one with galley new case, or galley import cases FILE", v.Prompt)
	}
	models, err := d.askable(ctx, o.model, o.dry)
	if err != nil {
		return s, err
	}
	if len(models) == 1 {
		if err := aPerson(models[0]); err != nil {
			return s, err
		}
	}
	if len(models) != 1 {
		return s, usage("a study asks one model; name it with --model BACKEND/MODEL")
	}
	s.spec = study.Spec{Variant: v.Ref().String(), RevisionID: v.Revision.ID, Model: models[0], Cases: o.cases, Takes: o.takes, Seed: o.seed}
	if o.suite != "" {
		suite, err := d.suite(ctx, string(v.Prompt), o.suite)
		if err != nil {
			return s, err
		}
		s.spec.Suite = suite.Name
		if s.pass, err = d.passOf(ctx, suite); err != nil {
			return s, err
		}
	}
	return s, nil
}

// passOf is what a suite says passes. What it says nothing of is neither.
func (d *desk) passOf(ctx context.Context, suite session.Suite) (study.Pass, error) {
	if len(suite.Assertions) == 0 {
		return nil, usage("the suite %s has no assertion; galley assert add", suite.Name)
	}
	grader, err := assert.NewGrader(suite)
	if err != nil {
		return nil, usage("%w", err)
	}
	seen := map[int64]session.CheckStatus{}
	return func(r session.Result) (pass, ok bool) {
		if !grader.Has(r.Cell.CaseID) {
			return false, false
		}
		status, done := seen[r.Cell.ID]
		if !done {
			status = grader.OneContext(ctx, r).Status
			seen[r.Cell.ID] = status
		}
		return status == session.CheckPass, status == session.CheckPass || status == session.CheckFail
	}, nil
}

// keptStudy is a study that was kept, by its number.
func (d *desk) keptStudy(ctx context.Context, name string, kinds ...study.Kind) (studied, error) {
	var s studied
	id, err := strconv.ParseInt(strings.TrimPrefix(name, "s"), 10, 64)
	if err != nil {
		return s, usage("study %q: write its name, as galley list studies shows it: s3", text.Raw(name))
	}
	if s.kept, err = d.store.Study(ctx, id); err != nil {
		return s, err
	}
	fits := false
	for _, k := range kinds {
		fits = fits || string(k) == s.kept.Kind
	}
	if !fits {
		return s, usage("s%d is a study of %s; %s", id, text.Raw(s.kept.Kind), showsWith(s.kept.Kind, id))
	}
	if s.spec, err = study.ParseSpec(s.kept.Spec); err != nil {
		return s, err
	}
	return s, d.fill(ctx, &s)
}

// fill finds what a kept study is about.
func (d *desk) fill(ctx context.Context, s *studied) error {
	rev, err := d.store.Revision(ctx, s.spec.RevisionID)
	if err != nil {
		return err
	}
	s.variant.Revision, s.variant.PromptID = rev, s.kept.PromptID
	ref, err := session.ParseVariantRef(s.spec.Variant, "")
	if err != nil {
		return err
	}
	s.variant.Prompt, s.variant.Name = text.Raw(ref.Prompt), text.Raw(ref.Variant)
	if s.spec.Suite != "" {
		suite, err := d.suite(ctx, ref.Prompt, string(s.spec.Suite))
		if err != nil {
			return err
		}
		if s.pass, err = d.passOf(ctx, suite); err != nil {
			return err
		}
	}
	return nil
}

// showsWith says which command shows a study of a kind.
func showsWith(kind string, id int64) string {
	switch study.Kind(kind) {
	case study.KindVary:
		return fmt.Sprintf("galley vary --show s%d shows it", id)
	case study.KindDrop:
		return fmt.Sprintf("galley ablate --show s%d shows it", id)
	case study.KindOrder, study.KindSweep:
		return fmt.Sprintf("galley shuffle --show s%d shows it", id)
	}
	return "galley proof shows what it asked"
}

// input is what the arms of a study are laid out from.
func (d *desk) input(ctx context.Context, s studied, earlier []session.Result) study.Input {
	return study.Input{
		Content: s.variant.Revision.Content, Earlier: earlier,
		Other: func(t study.Trick) (session.Content, session.VariantRef, error) {
			rev, err := d.store.Revision(ctx, t.RevisionID)
			if err != nil {
				return session.Content{}, session.VariantRef{}, err
			}
			ref, err := session.ParseVariantRef(t.Arg, string(s.variant.Prompt))
			ref.Revision = rev.Number
			return rev.Content, ref, err
		},
	}
}

// studyPlan is a round of a study, ready to be asked.
func (d *desk) studyPlan(ctx context.Context, s studied, o studyFlags, round int, earlier []session.Result) (engine.Plan, error) {
	arms, err := s.spec.Arms(d.input(ctx, s, earlier), round)
	if err != nil {
		return engine.Plan{}, usage("%w", err)
	}
	ref, err := session.ParseVariantRef(s.spec.Variant, "")
	if err != nil {
		return engine.Plan{}, err
	}
	who := session.Contestant{RevisionID: s.spec.RevisionID, Variant: ref, Model: s.spec.Model}
	m := engine.Matrix{
		PromptID: s.variant.PromptID, Prompt: string(s.variant.Prompt), Note: "study of " + string(s.spec.Kind),
		Entries: []engine.Entry{{Contestant: who, Content: s.variant.Revision.Content}}, Cases: s.spec.Deal(s.cases),
		NoCache: o.noCache, Limits: o.limits(d.config), Concurrency: o.concurrency,
	}
	return m.Study(arms, s.kept.ID)
}

// estimate says what a study takes before it starts. Of later rounds, whose context
// hangs on the answers, only the number of calls is known.
func (d *desk) estimate(ctx context.Context, g *globals, s studied, o studyFlags) error {
	plan, err := d.studyPlan(ctx, s, o, 1, nil)
	if err != nil {
		return err
	}
	e, err := d.runner.Estimate(ctx, plan)
	if err != nil {
		return err
	}
	if o.dry {
		if !g.json {
			g.say("%s", g.paint(styleHead, "study of "+string(s.spec.Kind)))
		}
		if err := g.sayEstimate(e, plan); err != nil {
			return err
		}
	} else {
		g.talk("study of %s, %s on %s", s.spec.Kind, s.spec.Variant, text.Raw(s.spec.Model))
		if b, _, err := d.set.Lookup(s.spec.Model); err == nil && b.Traits().About != "" {
			g.talk("%s: %s", text.Raw(s.spec.Model), b.Traits().About)
		}
		g.talkEstimate(e, plan)
	}
	if n := s.spec.Rounds(); n > 1 {
		recents := 0
		for _, t := range s.spec.Tricks {
			if t.Name == "recent" {
				recents++
			}
		}
		g.talk("then %s of %s, one after the other: what they say hangs on what was answered, so they are not in this estimate",
			plural(n-1, "round", "rounds"), plural(recents*len(s.cases), "call", "calls"))
	}
	return nil
}

// ask runs the rounds of a study that are not asked yet. It is kept before its first
// request, and not at all where that can't be sent.
func (d *desk) ask(ctx context.Context, g *globals, s *studied, o studyFlags) error {
	for round := len(s.kept.Runs) + 1; round <= s.spec.Rounds(); round++ {
		var earlier []session.Result
		if round > 1 {
			var err error
			if earlier, err = d.store.StudyResults(ctx, s.kept.ID); err != nil {
				return err
			}
		}
		plan, err := d.studyPlan(ctx, *s, o, round, earlier)
		if err != nil {
			return err
		}
		if err := d.runner.CheckPlan(ctx, plan); err != nil {
			return err
		}
		if s.kept.ID == 0 {
			kept, err := d.store.CreateStudy(ctx, session.Study{PromptID: s.variant.PromptID, Kind: string(s.spec.Kind), Spec: s.spec.JSON()})
			if err != nil {
				return err
			}
			s.kept, plan.StudyID = kept, kept.ID
		}
		j, err := d.runner.Start(ctx, plan)
		if err != nil {
			return err
		}
		if err := d.attendStudy(ctx, g, j); err != nil {
			return err
		}
		if over(ctx) {
			return nil // what came is read; the rest is what --resume is for
		}
	}
	return nil
}

// goOnStudy asks what of a study has no answer: the cells of its runs, then the
// rounds that are missing.
func (d *desk) goOnStudy(ctx context.Context, g *globals, s *studied, o studyFlags) error {
	ref, err := session.ParseVariantRef(s.spec.Variant, "")
	if err != nil {
		return err
	}
	all, err := d.store.Cases(ctx, s.kept.PromptID)
	if err != nil {
		return err
	}
	if s.cases, err = session.PickCases(all, s.spec.Cases); err != nil && len(s.kept.Runs) < s.spec.Rounds() {
		return fmt.Errorf("%w in the prompt %s", err, text.Raw(ref.Prompt))
	}
	for _, id := range s.kept.Runs {
		j, err := d.takeOver(ctx, g, id, engine.Again{RetryFailed: true, NoCache: o.noCache, Limits: o.limits(d.config), Concurrency: o.concurrency})
		if err != nil {
			return err
		}
		if err := d.attendStudy(ctx, g, j); err != nil {
			return err
		}
		if over(ctx) {
			return nil
		}
	}
	if err := d.ask(ctx, g, s, o); err != nil || over(ctx) || o.maxTokens == 0 {
		return err
	}
	return d.askCut(ctx, g, s, o)
}

// over reports whether a signal has ended what was asked.
func over(ctx context.Context) bool { return ctx.Err() != nil }

// attendStudy follows a run of a study to its end, with progress on stderr.
func (d *desk) attendStudy(ctx context.Context, g *globals, j *engine.Job) error {
	d.track(j)
	stop := context.AfterFunc(ctx, j.Cancel)
	defer stop()
	show := newProgress(g)
	for range j.Bell() {
		j.Drain()
		show.update(j.Progress())
	}
	j.Drain()
	show.end()
	run, err := j.Wait()
	if err != nil {
		return &exitError{exitIncomplete, fmt.Errorf("%s: %w", run.Name(), err)}
	}
	if why := j.Progress().Stopped; why != "" {
		g.talk("%s stopped: %s", run.Name(), text.Raw(why))
	}
	return nil
}

// outcomeOf is the exit code of a study: 0 only where every cell is answered.
func (s studied) outcomeOf(results []session.Result) error {
	missing := study.Missing(results)
	switch {
	case len(results) == 0:
		return &exitError{exitIncomplete, fmt.Errorf("s%d has no answer; %s", s.kept.ID, s.resumes())}
	case missing > 0:
		t := tallyOf(results)
		next := s.resumes()
		switch cut := study.Cut(results); {
		case t.unfinished()+t[session.StatusError] > 0:
		case cut > 0 && s.spec.Rounds() == 1:
			next = fmt.Sprintf("galley %s --resume s%d --max-tokens %d asks with more room what was cut", s.command(), s.kept.ID, study.Room(s.variant.Revision.Content, results))
		default:
			next = "asking again would not change that"
			if n := len(s.kept.Runs); n > 0 {
				next += fmt.Sprintf("; galley list outputs --run r%d shows them", s.kept.Runs[n-1])
			}
		}
		return &exitError{exitIncomplete, fmt.Errorf("s%d: %d of %s not answered: %s; %s", s.kept.ID, missing, plural(len(results), "cell", "cells"), t.missing(), next)}
	case len(s.kept.Runs) > 0 && len(s.kept.Runs) < s.spec.Rounds():
		return &exitError{exitIncomplete, fmt.Errorf("s%d has %d of %d rounds; %s", s.kept.ID, len(s.kept.Runs), s.spec.Rounds(), s.resumes())}
	}
	return nil
}

func (s studied) resumes() string {
	return fmt.Sprintf("galley %s --resume s%d goes on", s.command(), s.kept.ID)
}

// command is the one that goes on with a study.
func (s studied) command() string {
	switch s.spec.Kind {
	case study.KindVary:
		return "vary"
	case study.KindDrop:
		return "ablate"
	}
	return "shuffle"
}

// answers are the results of a study, its newest runs included.
func (d *desk) answers(ctx context.Context, s *studied) ([]session.Result, error) {
	ctx = context.WithoutCancel(ctx)
	kept, err := d.store.Study(ctx, s.kept.ID)
	if err != nil {
		return nil, err
	}
	s.kept = kept
	all, err := d.store.StudyResults(ctx, s.kept.ID)
	return study.Standing(all), err
}

// exact is x as it is, null where it is undefined: for money, which three places
// would round away.
func exact(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
