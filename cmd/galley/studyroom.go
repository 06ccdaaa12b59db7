package main

import (
	"context"
	"fmt"

	"galley/engine"
	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

// roomPlan asks those answers of a study again that were cut, with more room: what
// was sent then, to the byte, but for the most tokens that an answer may have.
func (d *desk) roomPlan(ctx context.Context, s studied, o studyFlags, most int) (engine.Plan, error) {
	p := engine.Plan{
		PromptID: s.variant.PromptID, Prompt: string(s.variant.Prompt), Note: fmt.Sprintf("study of %s, with up to %d tokens", s.spec.Kind, most), StudyID: s.kept.ID,
		NoCache: o.noCache, Limits: o.limits(d.config), Concurrency: o.concurrency,
	}
	switch had := s.variant.Revision.Content.Params.MaxTokens; {
	case s.spec.Rounds() > 1:
		return p, usage("s%d asks in rounds that hang on each other; set a larger max_tokens in the variant, save it, and study that", s.kept.ID)
	case had > 0 && most <= had:
		return p, usage("--max-tokens %d: the answers were cut at %d; write a larger number", most, had)
	}
	results, err := d.answers(ctx, &s)
	if err != nil {
		return p, err
	}
	split, err := d.splits(ctx, s.kept.PromptID)
	if err != nil {
		return p, err
	}
	at := map[string]int{}
	held := map[session.CaseKey]bool{}
	for _, r := range results {
		if r.Output.Status != session.StatusTruncated {
			continue
		}
		i, ok := at[r.Cell.ProofKey]
		if !ok {
			proof, err := d.store.Proof(ctx, r.Cell.ProofKey)
			if err != nil {
				return p, err
			}
			proof.Params.MaxTokens = most
			i = len(p.Proofs)
			at[r.Cell.ProofKey] = i
			p.Proofs = append(p.Proofs, proof)
		}
		c := r.Cell
		if k := c.Case(); split[c.CaseID] == session.SplitHoldout && !held[k] {
			held[k] = true
			p.Holdout++
		}
		p.Cells = append(p.Cells, engine.Planned{Proof: i, Cell: session.Cell{
			Index: len(p.Cells), Contestant: c.Contestant, CaseID: c.CaseID, CaseName: c.CaseName, CaseTags: c.CaseTags, CaseVars: c.CaseVars,
			Wanted: c.Wanted, Take: c.Take, Order: c.Order,
		}})
	}
	return p, nil
}

// splits are those of a prompt's cases.
func (d *desk) splits(ctx context.Context, promptID int64) (map[int64]session.Split, error) {
	all, err := d.store.Cases(ctx, promptID)
	out := map[int64]session.Split{}
	for _, c := range all {
		out[c.ID] = c.Split
	}
	return out, err
}

// askCut asks again what was cut, once it is said what that takes.
func (d *desk) askCut(ctx context.Context, g *globals, s *studied, o studyFlags) error {
	plan, err := d.roomPlan(ctx, *s, o, o.maxTokens)
	if err != nil {
		return err
	}
	if len(plan.Cells) == 0 {
		g.talk("no answer of s%d was cut", s.kept.ID)
		return nil
	}
	e, err := d.runner.Estimate(ctx, plan)
	if err != nil {
		return err
	}
	g.talk("%s with up to %d tokens each", plural(len(plan.Cells), "answer that was cut is asked again", "answers that were cut are asked again"), o.maxTokens)
	g.talkEstimate(e, plan)
	j, err := d.runner.Start(ctx, plan)
	if err != nil {
		return err
	}
	return d.attendStudy(ctx, g, j)
}

// aPerson refuses a person as the one that a study asks.
func aPerson(model string) error {
	if study.Person(model) {
		return usage("a study asks the same again and again, which no person answers; name a model in the place of %s", text.Raw(model))
	}
	return nil
}
