package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"galley/engine"
	"galley/session"
	"galley/session/study"
	"galley/session/text"
	studies "galley/tui/study"
)

// studyPageDeps are the functions of the page of studies.
func (d *desk) studyPageDeps() studies.Deps {
	st := d.store
	return studies.Deps{
		Studies: d.studyEntries, Read: d.readStudy, Estimate: d.estimateStudy, Start: d.startStudy, GoOn: d.resumeStudy, AskCut: d.askCutStudy,
		Delete: st.DeleteStudy, Undo: d.undoOne, Models: d.models, Variants: st.Variants, Looks: st.Looks,
		Suites: func(ctx context.Context, promptID int64) ([]text.Raw, error) {
			all, err := st.Suites(ctx, promptID)
			var out []text.Raw
			for _, s := range all {
				if len(s.Assertions) > 0 {
					out = append(out, s.Name)
				}
			}
			return out, err
		},
		Seed: func() uint64 { return d.seed() }, NowMS: func() int64 { return time.Now().UnixMilli() },
	}
}

// studyEntries lists the studies of a prompt, the newest first.
func (d *desk) studyEntries(ctx context.Context, promptID int64) ([]studies.Entry, error) {
	all, err := d.store.Studies(ctx, promptID)
	if err != nil {
		return nil, err
	}
	var out []studies.Entry
	for _, s := range all {
		switch study.Kind(s.Kind) {
		case study.KindOrder, study.KindDrop, study.KindSweep, study.KindVary:
		default:
			continue // asked elsewhere, and read there
		}
		spec, err := study.ParseSpec(s.Spec)
		if err != nil {
			return nil, err
		}
		e, err := d.studyEntry(ctx, s, spec)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// studyEntry is a study with how far its runs have come.
func (d *desk) studyEntry(ctx context.Context, s session.Study, spec study.Spec) (studies.Entry, error) {
	e := studies.Entry{ID: s.ID, Spec: spec, AtMS: s.CreatedMS, Runs: s.Runs}
	known := true
	sum := 0.0
	for _, id := range s.Runs {
		r, err := d.store.Run(ctx, id)
		if err != nil {
			return e, err
		}
		e.State = r.State
		e.Cells, e.Done, e.Failed = e.Cells+r.Cells, e.Done+r.Done, e.Failed+r.Failed
		if r.CostUSD == nil {
			known = false
			continue
		}
		sum += *r.CostUSD
	}
	if known && len(s.Runs) > 0 {
		e.CostUSD = &sum
	}
	if e.State == session.RunDone && len(s.Runs) < spec.Rounds() {
		e.State = session.RunStopped // rounds are missing
	}
	return e, nil
}

// readStudy is a study with its report.
func (d *desk) readStudy(ctx context.Context, id int64) (studies.Result, error) {
	var out studies.Result
	s, err := d.studyByID(ctx, id)
	if err != nil {
		return out, err
	}
	if out.Entry, err = d.studyEntry(ctx, s.kept, s.spec); err != nil {
		return out, err
	}
	results, err := d.answers(ctx, &s)
	if err != nil || len(results) == 0 {
		return out, err
	}
	content := s.variant.Revision.Content
	if s.spec.Rounds() == 1 { // else what was asked then hangs on what was answered
		out.Cut, out.Room = study.Cut(results), study.Room(content, results)
	}
	switch s.spec.Kind {
	case study.KindOrder:
		r := study.Order(s.spec, content, results, s.pass)
		out.Order = &r
	case study.KindDrop:
		r := study.Drop(s.spec, content, results, s.pass)
		out.Drop = &r
	case study.KindSweep:
		r := study.Sweep(s.spec, content, results, s.pass)
		out.Sweep = &r
	case study.KindVary:
		r := study.Vary(s.spec, content, results)
		out.Vary = &r
	}
	return out, nil
}

func (d *desk) studyByID(ctx context.Context, id int64) (studied, error) {
	return d.keptStudy(ctx, fmt.Sprint(id), study.KindOrder, study.KindDrop, study.KindSweep, study.KindVary)
}

// choose resolves what is set up on the page.
func (d *desk) choose(ctx context.Context, c studies.Choice) (studied, error) {
	s := studied{spec: c.Spec}
	if err := aPerson(c.Spec.Model); err != nil {
		return s, err
	}
	rev, err := d.store.Revision(ctx, c.Spec.RevisionID)
	if err != nil {
		return s, err
	}
	ref, err := session.ParseVariantRef(c.Spec.Variant, "")
	if err != nil {
		return s, err
	}
	s.variant.Revision, s.variant.PromptID = rev, c.PromptID
	s.variant.Prompt, s.variant.Name, s.variant.ID = text.Raw(ref.Prompt), text.Raw(ref.Variant), rev.VariantID
	all, err := d.store.Cases(ctx, c.PromptID)
	if err != nil {
		return s, err
	}
	if s.cases, err = session.PickCases(all, s.spec.Cases); err != nil {
		return s, err
	}
	if s.spec.Kind == study.KindOrder && len(s.spec.Orders) == 0 {
		s.spec.Orders = study.Orders(c.K, s.spec.Seed)
	}
	for i, t := range s.spec.Tricks {
		if t.Name != "rephrase" {
			continue
		}
		v, err := d.variant(ctx, t.Arg, ref.Prompt)
		if err != nil {
			return s, err
		}
		s.spec.Tricks[i].Arg, s.spec.Tricks[i].RevisionID = v.Ref().String(), v.Revision.ID
	}
	if s.spec.Suite != "" {
		suite, err := d.suite(ctx, ref.Prompt, string(s.spec.Suite))
		if err != nil {
			return s, err
		}
		if s.pass, err = d.passOf(ctx, suite); err != nil {
			return s, err
		}
	}
	return s, nil
}

// estimateStudy says what a study would come to. Of later rounds, whose context
// hangs on the answers, the calls are counted, and the cost is taken to be the
// first round's.
func (d *desk) estimateStudy(ctx context.Context, c studies.Choice) (studies.Estimate, error) {
	var out studies.Estimate
	s, err := d.choose(ctx, c)
	if err != nil {
		return out, err
	}
	plan, err := d.studyPlan(ctx, s, studyFlags{}, 1, nil)
	if err != nil {
		return out, err
	}
	e, err := d.runner.Estimate(ctx, plan)
	if err != nil {
		return out, err
	}
	out = studies.Estimate{
		Cases: len(s.cases), Cells: len(plan.Cells), Rounds: s.spec.Rounds(), Calls: e.Calls, Cached: e.Cached, InputTokens: e.InputTokens, Source: e.Source,
		MaxOutput: e.MaxOutput, CostUSD: e.CostUSD, Free: e.Free, LeftMS: e.Left.Milliseconds(), Holdout: plan.Holdout, Warnings: e.Warnings,
	}
	if out.Rounds > 1 {
		recents := 0
		for _, t := range s.spec.Tricks {
			if t.Name == "recent" {
				recents++
			}
		}
		later := (out.Rounds - 1) * recents * len(s.cases)
		out.Cells += later
		out.Calls += later
		out.Warnings = append(out.Warnings, fmt.Sprintf("%s come round after round, each with what was answered before: tokens, cost and time are the first round's", plural(later, "request", "requests")))
	}
	return out, nil
}

// startStudy keeps a study and begins to ask.
func (d *desk) startStudy(ctx context.Context, c studies.Choice) (studies.Live, error) {
	s, err := d.choose(ctx, c)
	if err != nil {
		return nil, err
	}
	if n := len(s.cases); c.Cases > 0 && n > c.Cases {
		return nil, fmt.Errorf("there are %d cases by now, and not %d: nothing was asked; read what it will cost now, and start it again", n, c.Cases)
	}
	if _, err := d.askable(ctx, s.spec.Model, false); err != nil {
		return nil, err
	}
	if _, err := d.studyPlan(ctx, s, studyFlags{}, 1, nil); err != nil { // what can't be laid out is not kept
		return nil, err
	}
	if s.kept, err = d.store.CreateStudy(ctx, session.Study{PromptID: c.PromptID, Kind: string(s.spec.Kind), Spec: s.spec.JSON()}); err != nil {
		return nil, err
	}
	return d.fly(ctx, s, nil)
}

// resumeStudy asks what a study still lacks: the cells of its runs, then the rounds
// that are missing.
func (d *desk) resumeStudy(ctx context.Context, id int64) (studies.Live, error) {
	s, err := d.studyByID(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := d.store.Cases(ctx, s.kept.PromptID)
	if err != nil {
		return nil, err
	}
	if s.cases, err = session.PickCases(all, s.spec.Cases); err != nil && len(s.kept.Runs) < s.spec.Rounds() {
		return nil, err
	}
	return d.fly(ctx, s, s.kept.Runs)
}

// liveStudy is a study in flight: one run after the other.
type liveStudy struct {
	id     int64
	bell   chan struct{}
	cancel context.CancelFunc

	mu    sync.Mutex
	job   *engine.Job
	past  studies.Progress // of the runs before
	now   studies.Progress
	ended bool
}

// step begins a run of a study.
type step func(ctx context.Context) (*engine.Job, error)

// fly asks the runs that are to be gone on with, and then the rounds that are
// missing.
func (d *desk) fly(ctx context.Context, s studied, again []int64) (studies.Live, error) {
	var steps []step
	for _, id := range again {
		steps = append(steps, func(ctx context.Context) (*engine.Job, error) { return d.runner.Resume(ctx, id, true) })
	}
	for round := len(s.kept.Runs) + 1; round <= s.spec.Rounds(); round++ {
		steps = append(steps, func(ctx context.Context) (*engine.Job, error) {
			earlier, err := d.store.StudyResults(ctx, s.kept.ID)
			if err != nil {
				return nil, err
			}
			plan, err := d.studyPlan(ctx, s, studyFlags{}, round, earlier)
			if err != nil {
				return nil, err
			}
			return d.runner.Start(ctx, plan)
		})
	}
	return d.launch(ctx, s, steps)
}

// askCutStudy asks again what was cut, with up to so many tokens each.
func (d *desk) askCutStudy(ctx context.Context, id int64, tokens int) (studies.Live, error) {
	s, err := d.studyByID(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := d.roomPlan(ctx, s, studyFlags{}, tokens)
	if err != nil {
		return nil, err
	}
	if len(plan.Cells) == 0 {
		return nil, errors.New("no answer of the study was cut")
	}
	return d.launch(ctx, s, []step{func(ctx context.Context) (*engine.Job, error) { return d.runner.Start(ctx, plan) }})
}

// launch takes steps one after the other. The first has begun when it returns.
func (d *desk) launch(ctx context.Context, s studied, steps []step) (studies.Live, error) {
	if len(steps) == 0 {
		return nil, errors.New("nothing of the study is missing")
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the command that begins it
	l := &liveStudy{id: s.kept.ID, bell: make(chan struct{}, 1), cancel: cancel}
	l.past.Rounds = s.spec.Rounds()
	first, err := steps[0](ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	d.track(first)
	l.begin(first)
	go func() {
		defer cancel()
		l.finish(ctx, d, first, steps[1:])
	}()
	return l, nil
}

// finish follows the runs to their ends.
func (l *liveStudy) finish(ctx context.Context, d *desk, j *engine.Job, rest []step) {
	trouble := ""
	defer func() {
		l.mu.Lock()
		l.ended = true
		if trouble != "" {
			l.now.Trouble = trouble
		}
		l.mu.Unlock()
		l.ring()
	}()
	for {
		stop := context.AfterFunc(ctx, j.Cancel)
		for range j.Bell() {
			j.Drain()
			l.ring()
		}
		j.Drain()
		stop()
		run, err := j.Wait()
		l.keep()
		switch {
		case err != nil:
			trouble = err.Error()
			return
		case run.State != session.RunDone || ctx.Err() != nil || len(rest) == 0:
			return
		}
		if j, err = rest[0](ctx); err != nil {
			trouble = err.Error()
			return
		}
		rest = rest[1:]
		d.track(j)
		l.begin(j)
	}
}

func (l *liveStudy) ring() {
	select {
	case l.bell <- struct{}{}:
	default:
	}
}

// begin takes the next run in hand.
func (l *liveStudy) begin(j *engine.Job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.job = j
	l.past.Round++
}

// keep adds a run that has ended to those before.
func (l *liveStudy) keep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.add(l.job.Progress())
	rounds, round := l.past.Rounds, l.past.Round
	l.past, l.job = l.now, nil
	l.past.Rounds, l.past.Round = rounds, round
}

// add is what the runs before came to with one more.
func (l *liveStudy) add(p engine.Progress) studies.Progress {
	out := l.past
	out.Cells += p.Cells
	out.Done += p.Done
	out.Failed += p.Failed
	out.Cached += p.Cached
	out.Running = p.Running
	out.ElapsedMS += p.Elapsed.Milliseconds()
	out.LeftMS = p.Left.Milliseconds()
	out.Free, out.State = p.Free, p.State
	if p.CostUSD != nil {
		sum := *p.CostUSD
		if l.past.CostUSD != nil {
			sum += *l.past.CostUSD
		}
		out.CostUSD = &sum
	}
	if out.Trouble = p.Trouble; out.Trouble == "" {
		out.Trouble = p.Stopped
	}
	return out
}

// ID is the study's.
func (l *liveStudy) ID() int64 { return l.id }

// Bell rings when there is something new.
func (l *liveStudy) Bell() <-chan struct{} { return l.bell }

// Stop ends the study; what was answered is kept.
func (l *liveStudy) Stop() { l.cancel() }

// Progress is how far the study has come.
func (l *liveStudy) Progress() studies.Progress {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.now
	if l.job != nil {
		p = l.add(l.job.Progress())
	}
	p.Ended = l.ended
	return p
}
