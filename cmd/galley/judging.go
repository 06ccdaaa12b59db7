package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/judge"
)

// clerk keeps what a judge must not see while a sitting goes on: it knows whose
// answers stand on which side, and hands the screen a duel without names.
type clerk struct {
	desk *desk
	mu   sync.Mutex
	open map[int64]*sat // by sitting
}

// sat is a sitting with its docket and the bout in front.
type sat struct {
	mu      sync.Mutex
	sitting session.Sitting
	docket  *session.Docket
	bout    session.Bout
	on      bool // bout is one
	token   uint64
	known   map[session.Contestant]bool // names that the judge has been told
}

func newClerk(d *desk) *clerk { return &clerk{desk: d, open: map[int64]*sat{}} }

// docket makes the docket of a sitting over a pool.
func (c *clerk) docket(ctx context.Context, s session.Sitting, p pool) (*session.Docket, error) {
	past, err := c.desk.store.Verdicts(ctx, session.VerdictQuery{PromptID: s.PromptID, Mode: s.Mode})
	if err != nil {
		return nil, err
	}
	guideline, err := c.guideline(ctx, s.PromptID)
	if err != nil {
		return nil, err
	}
	var imported []int64
	for _, r := range p.runs {
		if r.Imported {
			imported = append(imported, r.ID)
		}
	}
	return session.NewDocket(s, guideline, p.results, past, p.authors, session.DocketOptions{Imported: imported}), nil
}

func (c *clerk) guideline(ctx context.Context, promptID int64) (text.Raw, error) {
	prompts, err := c.desk.store.Prompts(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range prompts {
		if p.ID == promptID {
			return p.Guideline, nil
		}
	}
	return "", errors.New("the prompt was deleted meanwhile")
}

// sittingFor is the open sitting that an ask goes on with, or a new one that is
// not stored yet. Every sitting of a judge on a prompt has the seed of the first,
// so that sides stay balanced over all of them.
func (c *clerk) sittingFor(ctx context.Context, a judge.Ask, chosen []int64) (s session.Sitting, open bool, err error) {
	all, err := c.desk.store.Sittings(ctx, a.PromptID)
	if err != nil {
		return s, false, err
	}
	s = session.Sitting{PromptID: a.PromptID, Judge: a.Judge, Mode: a.Mode, RunIDs: chosen, Seed: c.desk.seed(), Of: session.SittingFirst}
	for i, old := range all {
		if old.Judge != a.Judge || old.Mode != a.Mode {
			continue
		}
		s.Seed = old.Seed // the newest first: the last one read is the first that was held
		if i == 0 && old.EndedMS == 0 && !a.Anew && (len(a.RunIDs) == 0 || slices.Equal(old.RunIDs, a.RunIDs)) {
			return old, true, nil
		}
	}
	return s, false, nil
}

// offer says what there is to judge.
func (c *clerk) offer(ctx context.Context, a judge.Ask) (judge.Offer, error) {
	var o judge.Offer
	s, open, err := c.sittingFor(ctx, a, a.RunIDs)
	if err != nil {
		return o, err
	}
	runIDs := a.RunIDs
	if open {
		runIDs = s.RunIDs
	}
	p, err := c.readPool(ctx, a.PromptID, runIDs, a.Mode)
	if err != nil {
		return o, err
	}
	s.RunIDs = p.chosen
	docket, err := c.docket(ctx, s, p)
	if err != nil {
		return o, err
	}
	o = judge.Offer{Runs: p.runs, Chosen: p.chosen, Contestants: len(p.who), Duels: docket.Waiting(), Own: docket.Own()}
	o.Identical = len(docket.Identical())
	cases := map[session.CaseKey]bool{}
	for _, r := range p.results {
		cases[r.Cell.Case()] = true
	}
	o.Cases = len(cases)
	if open {
		o.Open, o.OpenOf, o.OpenMode = docket.Done(), s.Of, s.Mode
	}
	known, err := c.known(ctx, a.PromptID, a.Judge)
	if err != nil {
		return o, err
	}
	o.Revealed = a.Mode == session.JudgePairs && slices.ContainsFunc(p.who, func(w session.Contestant) bool { return known[w] })
	o.Why = whyNothing(o, a.Mode)
	return o, nil
}

// whyNothing says why there is nothing to judge, "" where there is something.
func whyNothing(o judge.Offer, m session.JudgeMode) string {
	switch {
	case o.Duels > 0:
		return ""
	case len(o.Runs) == 0:
		return "No run has an answer yet. Run two variants side by side in Bench, then judge them here."
	case len(o.Chosen) == 0:
		return "No run has two contestants. Run two variants side by side in Bench, then judge them here."
	case o.Contestants < enough(m):
		return "What is chosen has one contestant. Choose a second run beside it, or run two variants side by side in Bench."
	case o.Own > 0:
		return "What is left holds answers that you typed yourself; somebody else has to judge them."
	case m == session.JudgePassFail:
		return "Every answer of this run has your label."
	case o.Identical > 0:
		return "What is left are pairs of equal answers, which nobody has to be asked about."
	}
	return "Every pair of this run is judged, or settled."
}

func (c *clerk) known(ctx context.Context, promptID int64, who text.Raw) (map[session.Contestant]bool, error) {
	seen, err := c.desk.store.Revealed(ctx, promptID, who)
	if err != nil {
		return nil, err
	}
	out := map[session.Contestant]bool{}
	for _, s := range seen {
		out[s] = true
	}
	return out, nil
}

// begin goes on with the open sitting or begins one, and records the duels of
// equal answers, which nobody is asked about.
func (c *clerk) begin(ctx context.Context, a judge.Ask) (judge.Step, error) {
	if err := session.CheckJudge(a.Judge); err != nil {
		return judge.Step{}, err
	}
	s, open, err := c.sittingFor(ctx, a, a.RunIDs)
	if err != nil {
		return judge.Step{}, err
	}
	p, err := c.readPool(ctx, a.PromptID, s.RunIDs, a.Mode)
	if err != nil {
		return judge.Step{}, err
	}
	if !open {
		s.RunIDs = p.chosen
		if s, err = c.desk.store.BeginSitting(ctx, s); err != nil {
			return judge.Step{}, err
		}
	}
	t, err := c.sit(ctx, s, p)
	if err != nil {
		return judge.Step{}, err
	}
	return c.step(ctx, t)
}

// sit opens a sitting for ruling on.
func (c *clerk) sit(ctx context.Context, s session.Sitting, p pool) (*sat, error) {
	docket, err := c.docket(ctx, s, p)
	if err != nil {
		return nil, err
	}
	if equal := docket.Identical(); len(equal) > 0 {
		if equal, err = c.desk.store.AddVerdicts(ctx, equal); err != nil {
			return nil, err
		}
		for _, v := range equal {
			docket.Ruled(v)
		}
	}
	known, err := c.known(ctx, s.PromptID, s.Judge)
	if err != nil {
		return nil, err
	}
	t := &sat{sitting: s, docket: docket, known: known}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[s.ID] = t
	return t, nil
}

func (c *clerk) at(sitting int64) (*sat, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.open[sitting]; t != nil {
		return t, nil
	}
	return nil, errors.New("that sitting is not open; begin again")
}

// step draws the next duel, or ends the sitting.
func (c *clerk) step(ctx context.Context, t *sat) (judge.Step, error) {
	t.on = false
	if t.docket.Done() < t.sitting.Of {
		t.bout, t.on = t.docket.Next()
	}
	return c.show(ctx, t)
}

// show is the step as the screen gets it.
func (c *clerk) show(ctx context.Context, t *sat) (judge.Step, error) {
	t.token++
	st := judge.Step{Sitting: t.sitting.ID, Token: t.token, Done: t.docket.Done(), Of: t.sitting.Of}
	ask := session.VerdictQuery{PromptID: t.sitting.PromptID, Judge: t.sitting.Judge, Mode: t.sitting.Mode, Limit: 1}
	mine, err := c.desk.store.Verdicts(ctx, ask)
	if err != nil {
		return st, err
	}
	st.CanUndo = len(mine) > 0
	if t.on {
		duel := t.bout.Duel
		duel.Of = t.sitting.Of
		st.Duel = &duel
		return st, nil
	}
	if err := c.desk.store.EndSitting(ctx, t.sitting.ID); err != nil {
		return st, err
	}
	ask.Limit = 0
	if mine, err = c.desk.store.Verdicts(ctx, ask); err == nil {
		c.sum(&st, t, mine)
	}
	return st, err
}

// sum says, without names, how it stands when a sitting has ended.
func (c *clerk) sum(st *judge.Step, t *sat, mine []session.Verdict) {
	r := report.Of("", mine, report.Options{})
	st.Sentence = report.Blind(r)
	for _, j := range r.Judges {
		if j.Judge == t.sitting.Judge {
			st.Extras = append(st.Extras, j.Sentences...)
		}
	}
	left := t.docket.Waiting()
	switch {
	case left == 0:
		st.Extras = append(st.Extras, "Nothing is left to judge here.")
	case !t.docket.More():
		st.Extras = append(st.Extras, "What is left you skipped; a new sitting shows it again.")
	default:
		st.CanMore = min(left, sittingPart)
	}
}

// sittingPart is how many duels a sitting that is gone on with has more of.
const sittingPart = session.SittingMore - session.SittingFirst

// rule keeps a verdict and draws the next duel.
func (c *clerk) rule(ctx context.Context, r judge.Ruling) (judge.Step, error) {
	t, err := c.at(r.Sitting)
	if err != nil {
		return judge.Step{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.on || r.Token != t.token {
		return judge.Step{}, errors.New("that duel is not in front any more; nothing was kept")
	}
	if !r.Choice.Fits(t.sitting.Mode) {
		return judge.Step{}, fmt.Errorf("%s is no verdict here", r.Choice)
	}
	v := t.bout.Verdict(t.sitting, r.Choice, r.Reason, r.ScreenMS)
	v.Known = t.knows(v)
	kept, err := c.desk.store.AddVerdicts(ctx, []session.Verdict{v})
	if err != nil {
		return judge.Step{}, err
	}
	t.docket.Ruled(kept[0])
	return c.step(ctx, t)
}

// knows reports whether the judge has been told the names of both who stand in
// the duel. A label of one answer is no duel: it counts either way.
func (t *sat) knows(v session.Verdict) bool {
	return v.Mode == session.JudgePairs && t.known[v.Left.Contestant] && t.known[v.Right.Contestant]
}

func (t *sat) told(who []session.Contestant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range who {
		t.known[w] = true
	}
}

// undo takes the judge's newest verdict back and shows its duel again.
func (c *clerk) undo(ctx context.Context, sitting int64) (judge.Step, error) {
	t, err := c.at(sitting)
	if err != nil {
		return judge.Step{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok, err := c.desk.store.UndoVerdict(ctx, t.sitting.PromptID, t.sitting.Judge, t.sitting.Mode)
	if err != nil {
		return judge.Step{}, err
	}
	if !ok {
		return judge.Step{}, errors.New("there is no verdict of yours to take back")
	}
	if t.bout, t.on = t.docket.Undid(v); !t.on {
		t.bout, t.on = t.docket.Next() // its answers are of other runs than those judged now
	}
	return c.show(ctx, t)
}

// more goes on with a sitting that has ended.
func (c *clerk) more(ctx context.Context, sitting int64) (judge.Step, error) {
	t, err := c.at(sitting)
	if err != nil {
		return judge.Step{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.sitting.Of + sittingPart
	if err := c.desk.store.ExtendSitting(ctx, t.sitting.ID, of); err != nil {
		return judge.Step{}, err
	}
	t.sitting.Of = of
	t.docket.Extend(of)
	return c.step(ctx, t)
}

// reveal tells who is who, and keeps that the judge knows.
func (c *clerk) reveal(ctx context.Context, promptID int64, who text.Raw) (report.Report, error) {
	verdicts, err := c.desk.store.Verdicts(ctx, session.VerdictQuery{PromptID: promptID})
	if err != nil {
		return report.Report{}, err
	}
	var told []session.Contestant
	seen := map[session.Contestant]bool{}
	for _, v := range verdicts {
		for _, side := range []session.Side{v.Left, v.Right} {
			if side.Contestant != (session.Contestant{}) && !seen[side.Contestant] {
				seen[side.Contestant] = true
				told = append(told, side.Contestant)
			}
		}
	}
	if err := c.desk.store.Reveal(ctx, promptID, who, told); err != nil {
		return report.Report{}, err
	}
	c.mu.Lock()
	for _, t := range c.open {
		if t.sitting.PromptID == promptID && t.sitting.Judge == who {
			t.told(told)
		}
	}
	c.mu.Unlock()
	name, err := c.promptName(ctx, promptID)
	if err != nil {
		return report.Report{}, err
	}
	return report.Of(name, verdicts, report.Options{ByCase: true, ByTag: true}), nil
}

func (c *clerk) promptName(ctx context.Context, promptID int64) (text.Raw, error) {
	prompts, err := c.desk.store.Prompts(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range prompts {
		if p.ID == promptID {
			return p.Name, nil
		}
	}
	return "", errors.New("the prompt was deleted meanwhile")
}

// waiting counts the duels of a prompt that a judge has not decided.
func (c *clerk) waiting(ctx context.Context, promptID int64, who text.Raw) (int, error) {
	o, err := c.offer(ctx, judge.Ask{PromptID: promptID, Mode: session.JudgePairs, Judge: who})
	return o.Duels, err
}

// judgeDeps are the functions of the Judge station.
func (d *desk) judgeDeps(c *clerk, as text.Raw) judge.Deps {
	return judge.Deps{
		As: as, Offer: c.offer, Begin: c.begin, Rule: c.rule, Undo: c.undo, More: c.more, Reveal: c.reveal,
		Guideline: d.store.SetGuideline, Result: d.store.Result, KeepShot: d.keepShot,
		Seen: func(ctx context.Context, promptID int64, who text.Raw) (bool, error) {
			known, err := c.known(ctx, promptID, who)
			return len(known) > 0, err
		},
		Verdicts: func(ctx context.Context, promptID int64) ([]session.Verdict, error) {
			v, err := d.store.Verdicts(ctx, session.VerdictQuery{PromptID: promptID})
			slices.Reverse(v)
			return v, err
		},
	}
}
