package main

import (
	"context"
	"slices"

	"galley/session"
	"galley/session/text"
	"galley/tui/proof"
)

// proofDeps are the functions of the Proof station.
func (d *desk) proofDeps(who text.Raw) proof.Deps {
	st := d.store
	return proof.Deps{
		Tokens: d.count, Wire: d.runner.Wire, Render: d.render, Evaluated: d.pastEvaluated, Models: d.models, Save: saveNew,
		Fits: fitsSchema(),
		Newest: func(ctx context.Context, promptID int64, model string, p session.Proof) (session.Result, bool, error) {
			return st.Newest(ctx, promptID, model, p.Hash)
		},
		Silences: st.Silences, Unsilence: st.DeleteSilence, Variants: st.Variants, Revisions: st.Revisions,
		PutSilence: func(ctx context.Context, s session.Silence) (session.Silence, error) {
			s.By = who
			return st.PutSilence(ctx, s)
		},
		Interns: d.internNotes,
		PutIntern: func(ctx context.Context, a session.InternAnswer) error {
			a.By = who
			return st.PutIntern(ctx, a)
		},
		Split: func(ctx context.Context, promptID int64, variant, name string) (session.VariantRef, error) {
			_, err := st.CopyPrompt(ctx, promptID, name)
			return session.VariantRef{Prompt: name, Variant: variant}, err
		},
		Failures: d.failuresOf, Me: "human/" + string(who),
		WhyCost: d.whyCost, Why: d.askWhy, Whys: d.whysOf,
	}
}

// internNotes are the answers to the intern test of all revisions of a variant, with
// the numbers of those.
func (d *desk) internNotes(ctx context.Context, variantID int64) ([]proof.InternNote, error) {
	answers, err := d.store.InternsOf(ctx, variantID)
	if err != nil || len(answers) == 0 {
		return nil, err
	}
	revisions, err := d.store.Revisions(ctx, variantID)
	if err != nil {
		return nil, err
	}
	number := map[int64]int{}
	for _, r := range revisions {
		number[r.ID] = r.Number
	}
	out := make([]proof.InternNote, len(answers))
	for i, a := range answers {
		out[i] = proof.InternNote{InternAnswer: a, Revision: number[a.RevisionID]}
	}
	return out, nil
}

// failuresOf are the answers of a variant that are wrong, that a person labelled so,
// or that are no whole answer, the newest runs first.
func (d *desk) failuresOf(ctx context.Context, promptID int64, variant string) ([]int64, error) {
	runs, err := d.store.Runs(ctx, promptID)
	if err != nil {
		return nil, err
	}
	labels, err := d.store.Verdicts(ctx, session.VerdictQuery{PromptID: promptID, Mode: session.JudgePassFail})
	if err != nil {
		return nil, err
	}
	label := map[int64]session.Choice{}
	for _, v := range labels {
		label[v.Left.CellID] = v.Choice
	}
	runs = slices.DeleteFunc(runs, func(r session.Run) bool { return r.StudyID != 0 })
	if len(runs) > pastRuns {
		runs = runs[:pastRuns]
	}
	var out []int64
	for _, run := range runs {
		results, err := d.store.Results(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			if r.Cell.Contestant.Variant.Variant == variant && failing(r, label[r.Cell.ID]) {
				out = append(out, r.Cell.ID)
			}
		}
	}
	return out, nil
}

// failing reports whether an answer is one to learn from: what a person said of it
// counts before what its case wants.
func failing(r session.Result, label session.Choice) bool {
	switch {
	case label != "":
		return label == session.ChoiceFail
	case r.Output.Status == session.StatusDone:
		return r.Grade() == session.GradeWrong
	}
	return r.Output.Status.Finished() && r.Output.Status != session.StatusToolCalls
}
