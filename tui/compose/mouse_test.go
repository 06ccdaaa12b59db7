package compose

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session"
)

func TestMouse(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 80, 21)
		r.Run(r.s.Update(tea.MouseClickMsg{X: 4, Y: 2, Button: tea.MouseLeft}))
		if r.s.at != 1 {
			t.Errorf("block %d", r.s.at)
		}
		b := r.s.lay.block
		r.Run(r.s.Update(tea.MouseClickMsg{X: b.x + 2 + 5, Y: b.y + 1 + r.s.lay.head, Button: tea.MouseLeft}))
		if _, at := r.s.ed.Caret(); !r.s.Typing() || at < 4 || at > 6 {
			t.Errorf("typing %v at %d", r.s.Typing(), at)
		}
		p := r.s.lay.proof
		r.Run(r.s.Update(tea.MouseClickMsg{X: p.x + 3, Y: p.y + 3, Button: tea.MouseLeft}))
		if r.s.Typing() || r.s.focus != onProof {
			t.Error("the proof has not got the keys")
		}
	})
}

func TestOpenLaysAVariant(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		deps := d.deps()
		deps.Load = func(_ context.Context, ref session.VariantRef) (session.Laid, error) {
			c, bank, cases := sample()
			l := laid(c, bank, cases)
			l.Variant.ID, l.Variant.Name = 12, "other"
			return l, nil
		}
		r := staged(t, d, deps, 80, 21)
		r.Run(r.s.Open(session.VariantRef{Prompt: "triage", Variant: "other"}))
		r.Run(r.s.Open(2))
		if d.table.Variant.Name != "other" || r.s.at != 2 {
			t.Errorf("%q, block %d", d.table.Variant.Name, r.s.at)
		}
	})
}

func BenchmarkDirty500KB(b *testing.B) {
	s := typing(500 << 10)
	key := tea.KeyPressMsg{Code: 'a', Text: "a"}
	for range b.N {
		s.Update(key)
		s.d.Table.Dirty()
	}
}

func TestTextKeepsItsChords(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 80, 21)
		z, save := tea.KeyPressMsg{Code: 'z', Mod: tea.ModCtrl}, tea.KeyPressMsg{Code: 's', Mod: tea.ModCtrl}
		if r.s.Wants(z) {
			t.Error("ctrl+z is wanted where nobody types")
		}
		r.Keys("enter")
		if !r.s.Wants(z) || r.s.Wants(save) {
			t.Error("in a text ctrl+z is the text's and ctrl+s is not")
		}
	})
}
