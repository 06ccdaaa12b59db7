package main

import (
	"context"
	"errors"

	"galley/session"
	"galley/store"
	"galley/tui/revisions"
)

// revisionsDeps are the functions of the page of the revisions.
func (d *desk) revisionsDeps() revisions.Deps {
	return revisions.Deps{
		Load: d.revisionsHere, Revisions: d.store.Revisions, Tokens: d.count, SaveAs: d.store.CreateVariant, Undo: d.undoOne,
	}
}

// revisionsHere reads what is shown of a variant's revisions.
func (d *desk) revisionsHere(ctx context.Context, ref session.VariantRef) (revisions.Here, error) {
	var h revisions.Here
	var err error
	if h.Prompt, err = d.store.Prompt(ctx, ref.Prompt); err != nil {
		return h, err
	}
	if h.Variant, err = d.store.Variant(ctx, ref); err != nil {
		return h, err
	}
	if h.Revisions, err = d.store.Revisions(ctx, h.Variant.ID); err != nil {
		return h, err
	}
	if h.Draft, err = d.store.Draft(ctx, h.Variant.ID); err != nil {
		return h, err
	}
	if h.Outcomes, h.Interns, err = d.cameOf(ctx, h.Variant.ID); err != nil {
		return h, err
	}
	all, err := d.store.Variants(ctx, h.Prompt.ID)
	if err != nil {
		return h, err
	}
	for _, v := range all {
		if v.ID != h.Variant.ID {
			h.Others = append(h.Others, v)
		}
	}
	cases, err := d.store.Cases(ctx, h.Prompt.ID)
	var unbound *store.Unbound // a binding that brings nothing hides no revision
	if err != nil && !errors.As(err, &unbound) {
		return h, err
	}
	if len(cases) > 0 {
		h.Case = cases[0]
	}
	return h, nil
}
