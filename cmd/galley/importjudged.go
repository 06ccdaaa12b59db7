package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
)

// importVerdicts keeps battle records: the answers as a run from outside, where
// the records hold them, and what was decided as verdicts.
func importVerdicts(ctx context.Context, d *desk, p session.PromptInfo, i importing, r io.Reader) (imported, error) {
	if i.options.Format == "battles" { // which is what they are, in whatever the file is written
		i.options.Format = ""
	}
	battles, notes, err := exchange.ReadBattles(r, i.options)
	out := i.result(p, "verdicts", notes)
	if err != nil {
		return out, usage("%w", err)
	}
	verdicts := exchange.Verdicts(battles)
	for k := range verdicts {
		verdicts[k].ID, verdicts[k].UID, verdicts[k].PromptID = 0, "", p.ID
	}
	out.Count = len(verdicts)
	run, results, err := d.battleRun(ctx, p, battles, verdicts)
	if err != nil || i.dry {
		return out, err
	}
	run.Note, run.Author = text.Raw("battles from "+i.options.File), text.Raw(i.author)
	place := func(row int, err error) error {
		if row >= 0 && row < len(battles) {
			return usage("%s:%d: %w; nothing was changed", text.Raw(i.options.File), battles[row].Line, err)
		}
		return usage("%s: %w; nothing was changed", text.Raw(i.options.File), err)
	}
	if len(results) > 0 {
		if run, err = d.store.ImportRun(ctx, run, nil, results); err != nil {
			return out, place(-1, err)
		}
		kept, err := d.store.Results(ctx, run.ID)
		if err != nil {
			return out, err
		}
		for k := range verdicts {
			for _, side := range []*session.Side{&verdicts[k].Left, &verdicts[k].Right} {
				if side.CellID > 0 {
					side.CellID = kept[side.CellID-1].Cell.ID
				}
			}
		}
		out.Run = run.Name()
	}
	if _, err := d.store.AddVerdicts(ctx, verdicts); err != nil {
		if out.Run != "" {
			err = errors.Join(err, d.store.DeleteRun(ctx, run.ID))
		}
		return out, place(store.RowOf(err), err)
	}
	return out, nil
}

// battleRun makes a run of the answers that battles hold, each once, and points
// the sides of the verdicts at them: a cell's place in the run, from 1.
func (d *desk) battleRun(ctx context.Context, p session.PromptInfo, battles []exchange.Battle, verdicts []session.Verdict) (session.Run, []session.Result, error) {
	run := session.Run{PromptID: p.ID, Prompt: p.Name, Imported: true}
	cases, err := d.casesThere(ctx, nil, p.ID)
	if err != nil {
		return run, nil, err
	}
	byName := map[text.Raw]session.Case{}
	for _, c := range cases {
		byName[c.Name] = c
	}
	b := battling{d: d, p: p, known: map[text.Raw]session.Contestant{}, at: map[answerKey]int{}, takes: map[answerKey]int{}}
	for k := range battles {
		c, ok := byName[battles[k].ID]
		if !ok {
			c = session.Case{Name: battles[k].ID, Tags: battles[k].Tags}
		}
		v := &verdicts[k]
		v.Case, v.CaseTags = session.CaseKey{ID: c.ID, Name: c.Name}, c.Tags
		if v.Left, err = b.side(ctx, c, battles[k].ModelA, battles[k].A, v.Left); err != nil {
			return run, nil, err
		}
		if v.Right, err = b.side(ctx, c, battles[k].ModelB, battles[k].B, v.Right); err != nil {
			return run, nil, err
		}
		if v.Left.CellID > 0 {
			v.Take = b.results[v.Left.CellID-1].Cell.Take
		}
	}
	return run, b.results, nil
}

// battling turns conversations into cells.
type battling struct {
	d       *desk
	p       session.PromptInfo
	known   map[text.Raw]session.Contestant
	at      map[answerKey]int
	takes   map[answerKey]int
	results []session.Result
}

// answerKey is an answer of a contestant on a case; without the text, how many
// different ones there are.
type answerKey struct {
	model, kase, text text.Raw
}

func (b *battling) side(ctx context.Context, c session.Case, model text.Raw, talk []session.Message, s session.Side) (session.Side, error) {
	who, ok := b.known[model]
	if !ok {
		var err error
		if who, err = b.d.contestant(ctx, b.p, model); err != nil {
			return s, err
		}
		b.known[model] = who
	}
	s.Contestant = who
	n := len(talk)
	if n == 0 || talk[n-1].Role != session.RoleAssistant {
		return s, nil // its answer is not in the record
	}
	key := answerKey{model, c.Name, talk[n-1].Content}
	if at, ok := b.at[key]; ok {
		s.CellID = int64(at)
		return s, nil
	}
	count := answerKey{model: model, kase: c.Name}
	b.takes[count]++
	cell := session.Cell{
		Index: len(b.results), Contestant: who, CaseID: c.ID, CaseName: c.Name, CaseTags: c.Tags, CaseVars: c.Vars, Wanted: c.Wanted, Take: b.takes[count],
	}
	if c.ID == 0 {
		for _, m := range talk[:n-1] {
			if m.Role == session.RoleUser {
				cell.CaseVars = []session.Var{{Name: "input", Value: m.Content}} // the last question
			}
		}
	}
	status := session.StatusDone
	if key.text == "" {
		status = session.StatusEmpty
	}
	b.results = append(b.results, session.Result{Cell: cell, Output: session.Output{Status: status, Text: key.text, Model: text.Raw(who.Model)}})
	b.at[key] = len(b.results)
	s.CellID = int64(len(b.results))
	return s, nil
}

// contestant is who a battle names: one of the prompt's own by PROMPT/VARIANT@N
// BACKEND/MODEL, or else a model from outside.
func (d *desk) contestant(ctx context.Context, p session.PromptInfo, name text.Raw) (session.Contestant, error) {
	outside := session.Contestant{Model: string(name)}
	variant, model, ok := strings.Cut(string(name), " ")
	if !ok {
		return outside, nil
	}
	ref, err := session.ParseVariantRef(variant, "")
	if ours := err == nil && ref.Prompt == string(p.Name) && ref.Revision > 0; !ours {
		return outside, nil //nolint:nilerr // a name that is none of ours is one from outside
	}
	c := session.Contestant{Variant: ref, Model: model}
	v, err := d.store.Variant(ctx, ref)
	var missing *store.NotFound
	switch {
	case err == nil:
		c.RevisionID = v.Revision.ID
	case !errors.As(err, &missing):
		return c, err
	}
	return c, nil
}
