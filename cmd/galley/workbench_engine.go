package main

import (
	"context"
	"errors"
	"fmt"

	"galley/engine"
	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
	"galley/tui/bench"
)

// estimateOf is an estimate as the bench shows it.
func estimateOf(e engine.Estimate, cells int) bench.Estimate {
	return bench.Estimate{
		Cells: cells, Calls: e.Calls, Cached: e.Cached, InputTokens: e.InputTokens, MaxOutput: e.MaxOutput,
		Source: e.Source, CostUSD: e.CostUSD, Free: e.Free,
		LeftMS: e.Left.Milliseconds(), Slowest: e.Slowest, SavedUSD: e.SavedUSD, SavedMS: e.Saved.Milliseconds(),
		PricedAt: e.PricedAt, Warnings: e.Warnings,
	}
}

// backendsOf is how the backends of a run stand, as the bench shows it.
func backendsOf(p engine.Progress) []bench.Backend {
	var out []bench.Backend
	for _, w := range p.Backends {
		b := bench.Backend{Name: w.Backend, AtOnce: w.AtOnce, Going: w.Going, Most: w.Most, Dead: w.Gone != "", Why: w.Gone}
		if w.Falls > 0 && !b.Dead {
			b.Why = "its server ended and was started again"
			if w.Falls > 1 {
				b.Why += fmt.Sprintf(", %d times", w.Falls)
			}
			b.Why += ": " + w.Fell
		}
		if w.Trying && !b.Dead {
			b.Why = "others failed: one cell tries it"
		}
		for _, x := range p.Waits {
			if x.Backend == w.Backend && !b.Dead {
				b.Until, b.Why = x.Until, x.Why
			}
		}
		out = append(out, b)
	}
	return out
}

// askedHere is the queue of questions for persons, as the bench reads it.
type askedHere struct{ *backend.Human }

// List lists the questions that wait.
func (a askedHere) List() []bench.Ask {
	var out []bench.Ask
	for _, q := range a.Asks() {
		out = append(out, bench.Ask(q))
	}
	return out
}

// notRendered is why no chat template can be shown.
const notRendered = "this backend does not say how it renders messages with its chat template"

// render asks the server of a model how it would evaluate a proof. It sends the
// context there, and asks for no answer.
func (d *desk) render(ctx context.Context, ref string, p session.Proof) (session.Rendered, error) {
	b, model, err := d.set.Resolve(ref)
	if err != nil {
		return session.Rendered{}, err
	}
	r, ok := b.(backend.Renderer)
	if !ok {
		return session.Rendered{Source: "unavailable", Note: notRendered}, nil
	}
	out, err := r.Render(ctx, backend.Request{Model: model, Proof: p, Take: 1})
	if err != nil {
		return session.Rendered{}, err
	}
	if out.Source == "" {
		out.Source = "unavailable"
	}
	if out.Text == "" && out.Note == "" {
		out.Note = notRendered
	}
	d.set.Learn(ctx, ref) // the server may have been started anew, with another context
	out.Limit = d.set.Context(ref)
	return out, nil
}

// pastRuns is how many runs, the newest, are looked through for an answer to a
// proof.
const pastRuns = 30

// pastEvaluated is what was evaluated for the newest answer of a model to this
// very proof, where that is kept.
func (d *desk) pastEvaluated(ctx context.Context, promptID int64, ref string, p session.Proof) (session.Evaluated, bool, error) {
	runs, err := d.store.Runs(ctx, promptID)
	if err != nil {
		return session.Evaluated{}, false, err
	}
	if len(runs) > pastRuns {
		runs = runs[:pastRuns]
	}
	for _, r := range runs {
		results, err := d.store.Results(ctx, r.ID)
		if err != nil {
			return session.Evaluated{}, false, err
		}
		for _, x := range results {
			if x.Cell.Proof != p.Hash || x.Cell.Contestant.Model != ref || !x.Output.Status.Finished() {
				continue
			}
			e, ok, err := d.store.Evaluated(ctx, x.Cell.ID)
			if err != nil || ok {
				return e, ok, err
			}
		}
	}
	return session.Evaluated{}, false, nil
}

// renderedOf is render for the command line: what can't be asked is an exit code.
func (d *desk) renderedOf(ctx context.Context, ref string, p session.Proof) (session.Rendered, error) {
	r, err := d.render(ctx, ref, p)
	var refused *backend.AccessError
	switch {
	case errors.As(err, &refused):
		return r, err
	case err != nil:
		return r, &exitError{exitIncomplete, fmt.Errorf("not rendered by %s: %w", text.Raw(ref), err)}
	}
	return r, nil
}
