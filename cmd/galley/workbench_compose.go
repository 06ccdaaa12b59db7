package main

import (
	"context"

	"galley/session"
	"galley/session/text"
	"galley/tui/compose"
)

// composeDeps is what Compose wants of the other rooms.
func (d *desk) composeDeps() compose.Deps {
	st := d.store
	return compose.Deps{
		Load: d.lay, Tokens: d.count, PutDraft: st.PutDraft, DropDraft: st.DropDraft, PutSteps: st.PutSteps,
		Variants: st.Variants, SaveAll: st.CreateVariants, Silences: st.Silences, Fits: fitsSchema(),
		Save: func(ctx context.Context, variantID, baseID int64, c session.Content, intent string) (session.VariantInfo, error) {
			if _, _, err := st.Save(ctx, variantID, baseID, c, text.Raw(intent)); err != nil {
				return session.VariantInfo{}, err
			}
			return d.variantByID(ctx, variantID)
		},
		SaveAs: func(ctx context.Context, promptID int64, name string, c session.Content, intent string) (session.VariantInfo, error) {
			return st.CreateVariant(ctx, promptID, name, c, text.Raw(intent))
		},
		Editor: d.editor, UID: newUID, Seed: d.seed,
	}
}
