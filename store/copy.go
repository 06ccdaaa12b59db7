package store

import (
	"context"

	"galley/session"
	"galley/session/text"
)

// copyParts gives a new prompt what another is made of.
func (e *edit) copyParts(ctx context.Context, from, to int64) error {
	variants, err := collect(ctx, e.tx, scanVariantInfo, variantInfo+` AND v.prompt_id = ? ORDER BY v.id`, from)
	variants, err = hydrated(ctx, e.tx, variants, err, contentOfVariant)
	if err != nil {
		return err
	}
	for _, v := range variants {
		if _, err := e.createVariant(ctx, to, string(v.Name), v.Revision.Content, text.Raw("copied from "+v.Ref().String())); err != nil {
			return err
		}
	}
	shots, err := collect(ctx, e.tx, scanShot, shotQuery+` AND prompt_id = ? ORDER BY id`, from)
	if err != nil {
		return err
	}
	for i := range shots {
		if err := e.createShot(ctx, to, &shots[i]); err != nil {
			return err
		}
	}
	resources, err := collect(ctx, e.tx, scanResource, resourceQuery+` AND x.prompt_id = ? ORDER BY x.id`, from)
	if err != nil {
		return err
	}
	for i := range resources {
		if err := e.createResource(ctx, to, &resources[i]); err != nil {
			return err
		}
	}
	caseOf, err := e.copyCases(ctx, from, to)
	if err != nil {
		return err
	}
	if err := e.copySuites(ctx, from, to, caseOf); err != nil {
		return err
	}
	return e.copySaid(ctx, from, to, caseOf)
}

// copyCases returns the copies' ids by those of the cases.
func (e *edit) copyCases(ctx context.Context, from, to int64) (map[int64]int64, error) {
	cases, err := ownCases(ctx, e.tx, from)
	if err != nil {
		return nil, err
	}
	of := map[int64]int64{}
	for i := range cases {
		old := cases[i].ID
		if err := e.createCase(ctx, to, &cases[i]); err != nil {
			return nil, err
		}
		of[old] = cases[i].ID
	}
	return of, nil
}

func (e *edit) copySuites(ctx context.Context, from, to int64, caseOf map[int64]int64) error {
	suites, err := collect(ctx, e.tx, scanSuite, suiteQuery+` AND x.prompt_id = ? ORDER BY x.id`, from)
	if err != nil {
		return err
	}
	for _, x := range suites {
		var ids []int64
		for _, id := range x.CaseIDs {
			if caseOf[id] != 0 {
				ids = append(ids, caseOf[id])
			}
		}
		if len(x.CaseIDs) > 0 && len(ids) == 0 {
			continue // of deleted cases alone: a copy would be of every case
		}
		suite, _, err := e.insert(ctx, "suites", row{
			"prompt_id": to, "name": string(x.Name), "note": string(x.Note), "threshold": plain(x.Threshold), "case_ids": formatIDs(ids),
		})
		if err != nil {
			return err
		}
		list, err := collect(ctx, e.tx, scanAssertion, assertionQuery+` AND a.suite_id = ? ORDER BY a.id`, x.ID)
		if err != nil {
			return err
		}
		for _, a := range list {
			a.CaseID = caseOf[a.CaseID]
			r, err := assertionRow(a)
			if err != nil {
				return err
			}
			r["suite_id"] = suite
			if _, _, err := e.insert(ctx, "assertions", r); err != nil {
				return err
			}
		}
	}
	return nil
}

// copySaid copies what was said of the prompt itself, and not of its outputs.
func (e *edit) copySaid(ctx context.Context, from, to int64, caseOf map[int64]int64) error {
	modes, err := collect(ctx, e.tx, scanMode, modeQuery+` AND m.prompt_id = ? ORDER BY m.id`, from)
	if err != nil {
		return err
	}
	for _, m := range modes {
		if _, _, err := e.insert(ctx, "failure_modes", row{"prompt_id": to, "name": string(m.Name)}); err != nil {
			return err
		}
	}
	silences, err := collect(ctx, e.tx, scanSilence, silenceQuery+` AND q.prompt_id = ? ORDER BY q.id`, from)
	if err != nil {
		return err
	}
	for _, x := range silences {
		_, _, err := e.insert(ctx, "silences", row{"prompt_id": to, "rule": x.Rule, "quote": string(x.Quote), "reason": string(x.Reason), "by_name": string(x.By)})
		if err != nil {
			return err
		}
	}
	marks, err := collect(ctx, e.tx, scanRelevance, relevanceQuery+` AND m.prompt_id = ? ORDER BY m.id`, from)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if caseOf[m.CaseID] == 0 {
			continue
		}
		_, _, err := e.insert(ctx, "relevances", row{"prompt_id": to, "case_id": caseOf[m.CaseID], "piece_hash": m.Hash, "grade": m.Grade, "by_name": string(m.By)})
		if err != nil {
			return err
		}
	}
	bindings, err := bindingsOf(ctx, e.tx, from)
	if err != nil {
		return err
	}
	for _, b := range bindings {
		if _, _, err := e.insert(ctx, "bindings", bindingRow(to, b)); err != nil {
			return err
		}
	}
	return nil
}

func bindingRow(promptID int64, b session.Binding) row {
	c := b.Contestant
	return row{
		"prompt_id": promptID, "var": string(b.Var), "from_id": b.FromID, "run_id": b.RunID, "revision_id": nullID(c.RevisionID),
		"prompt_name": c.Variant.Prompt, "variant_name": c.Variant.Variant, "revision": int64(c.Variant.Revision), "model": c.Model, "take": int64(b.Take),
	}
}
