package engine

import (
	"context"
	"errors"
	"fmt"

	"galley/session"
	"galley/session/study"
)

// Study lays out one round of a study: its arms side by side, case by case, of the
// matrix's one contestant. A cell's order is its arm's. Where an arm wants draws of
// its own, the next takes are asked that no other arm of the plan asks of the same
// context, so that no answer is counted twice; all others share what was answered
// to the same context.
func (m Matrix) Study(arms []study.Arm, studyID int64) (Plan, error) {
	switch {
	case len(m.Entries) != 1:
		return Plan{}, errors.New("a study takes one variant on one model")
	case len(m.Cases) == 0:
		return Plan{}, errors.New("nothing to study: the prompt has no case that fits")
	case len(arms) == 0:
		return Plan{}, errors.New("nothing to study: there is no arm")
	}
	cells := 0.0
	for _, a := range arms {
		cells += float64(max(a.Takes, 1))
	}
	if cells *= float64(len(m.Cases)); cells > maxCells {
		return Plan{}, fmt.Errorf("%.0f cells are more than a study may have (%d)", cells, maxCells)
	}
	p := Plan{
		PromptID: m.PromptID, Prompt: m.Prompt, Note: m.Note, StudyID: studyID, Study: true,
		NoCache: m.NoCache, How: m.How, OnLimit: m.OnLimit, Limits: m.Limits, Concurrency: m.Concurrency,
	}
	l := studyLayer{m: m, p: &p, byKey: map[string]int{}, asked: map[string]int{}}
	for _, kase := range m.Cases {
		if kase.Split == session.SplitHoldout {
			p.Holdout++
		}
		for _, a := range arms {
			if err := l.add(a, kase); err != nil {
				return Plan{}, err
			}
		}
	}
	return p, nil
}

// studyLayer puts the cells of a study into a plan.
type studyLayer struct {
	m     Matrix
	p     *Plan
	byKey map[string]int // proofs
	asked map[string]int // takes of a context, by what it says and how it is sampled
}

func (l *studyLayer) add(a study.Arm, kase session.Case) error {
	content := a.Content
	if l.m.Seed != nil {
		content = content.Clone()
		content.Params.Seed = l.m.Seed
	}
	if a.Case != nil {
		kase = a.Case(kase)
	}
	proof := session.Compose(content, kase, session.Order{})
	order := proof.Order
	if a.Order != "" {
		own, err := session.ParseOrder(a.Order)
		if err != nil {
			return err
		}
		order = own
	}
	key := proof.Key()
	at, ok := l.byKey[key]
	if !ok {
		at = len(l.p.Proofs)
		l.p.Proofs = append(l.p.Proofs, proof)
		l.byKey[key] = at
	}
	who := l.m.Entries[0].Contestant
	who.Arm = a.Name
	if a.RevisionID != 0 {
		who.RevisionID, who.Variant = a.RevisionID, a.Variant
	}
	sampled := proof.Hash + "\n" + session.Hash(session.Content{Params: content.Params}.JSON())
	from := max(a.From, 1)
	if a.Fresh {
		from = max(from, l.asked[sampled]+1)
	}
	for take := from; take < from+max(a.Takes, 1); take++ {
		l.p.Cells = append(l.p.Cells, Planned{
			Proof: at,
			Cell: session.Cell{
				Index: len(l.p.Cells), Contestant: who, CaseID: kase.ID, CaseName: kase.Name, CaseTags: kase.Tags, CaseVars: kase.Vars,
				Wanted: kase.Wanted, Take: take, Order: order,
			},
		})
		l.asked[sampled] = max(l.asked[sampled], take)
	}
	return nil
}

// CheckPlan says what would keep a plan from being started, without starting it.
func (r *Runner) CheckPlan(ctx context.Context, p Plan) error { return r.checkPlan(ctx, p) }
