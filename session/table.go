package session

import (
	"galley/session/text"
)

// Table is what the stations share: the prompt, variant and case in hand, with
// the content as it is being edited. It belongs to one goroutine.
type Table struct {
	Prompt  PromptInfo
	Variant VariantInfo // Revision is the one the draft began from
	Cases   []Case
	Shots   []Shot // the prompt's bank
	Desk    *Desk  // nil: nothing is open

	model string
	order Order
	at    int

	version uint64
	proof   Proof
	proofOf proofKey
}

type proofKey struct {
	desk    *Desk
	version uint64
	at      int
	epoch   uint64
	order   Order
}

// Lay puts a variant on the table, with the content to edit (its newest
// revision, or a draft of it). The case in hand stays when the prompt does.
func (t *Table) Lay(p PromptInfo, v VariantInfo, cases []Case, shots []Shot, c Content) {
	if t.Prompt.ID != p.ID {
		t.at = 0
		t.order = Order{}
	}
	t.Prompt, t.Variant, t.Cases, t.Shots = p, v, cases, shots
	t.at = max(0, min(t.at, len(cases)-1))
	t.Desk = NewDesk(c)
	t.version++
}

// Clear takes everything off the table.
func (t *Table) Clear() {
	*t = Table{model: t.model, version: t.version + 1}
}

// Open reports whether a variant lies on the table.
func (t *Table) Open() bool { return t.Desk != nil }

// Touch says that cases or shots were changed in place.
func (t *Table) Touch() { t.version++ }

// Version grows with every change of what a proof depends on.
func (t *Table) Version() uint64 {
	v := t.version
	if t.Desk != nil {
		v += t.Desk.Version()
	}
	return v
}

// Dirty reports whether the content differs from the revision it began from.
func (t *Table) Dirty() bool {
	return t.Desk != nil && t.Desk.Content().Hash() != t.Variant.Revision.Hash
}

// Case is the case in hand; the zero case where the prompt has none.
func (t *Table) Case() Case {
	if t.at < 0 || t.at >= len(t.Cases) {
		return Case{}
	}
	return t.Cases[t.at]
}

// CaseAt returns the place of the case in hand among Cases, from 0.
func (t *Table) CaseAt() int { return t.at }

// GoCase takes the case at i in hand; beyond the ends it goes round.
func (t *Table) GoCase(i int) {
	n := len(t.Cases)
	if n == 0 {
		return
	}
	t.at = ((i % n) + n) % n
	t.version++
}

// Order is the order of shots in force for the proof; the zero value leaves it
// to the variant.
func (t *Table) Order() Order { return t.order }

// SetOrder sets the order in force.
func (t *Table) SetOrder(o Order) { t.order = o; t.version++ }

// Model is the model in hand, BACKEND/MODEL, or "".
func (t *Table) Model() string { return t.model }

// SetModel takes a model in hand.
func (t *Table) SetModel(m string) { t.model = m; t.version++ }

// Proof is the exact final context of what lies on the table. It is composed
// anew only when something changed.
func (t *Table) Proof() Proof {
	if t.Desk == nil {
		return Proof{}
	}
	key := proofKey{t.Desk, t.Desk.Version(), t.at, t.version, t.order}
	if t.proofOf != key {
		t.proof = Compose(t.Desk.Content(), t.Case(), t.order)
		t.proofOf = key
	}
	return t.proof
}

// Ref names what lies on the table: with the revision's number when the content
// is that revision's, without one when it was changed since.
func (t *Table) Ref() VariantRef {
	r := VariantRef{Prompt: string(t.Prompt.Name), Variant: string(t.Variant.Name)}
	if !t.Dirty() {
		r.Revision = t.Variant.Revision.Number
	}
	return r
}

// FreshShots returns how many of the content's shots the bank no longer has in
// these words.
func FreshShots(c Content, bank []Shot) int {
	type words struct{ in, out text.Raw }
	by := make(map[string]words, len(bank))
	for _, s := range bank {
		by[s.UID] = words{s.Input, s.Output}
	}
	n := 0
	for _, b := range c.Blocks {
		for _, s := range b.Shots {
			if w, ok := by[s.UID]; ok && w != (words{s.Input, s.Output}) {
				n++
			}
		}
	}
	return n
}
