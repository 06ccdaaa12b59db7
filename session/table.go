package session

import (
	"reflect"
	"slices"

	"galley/session/text"
)

// Table is what the stations share: the prompt, variant and case in hand, with
// the content as it is being edited. It belongs to one goroutine.
type Table struct {
	Prompt  PromptInfo
	Variant VariantInfo // Revision is the one the draft began from
	Cases   []Case
	Shots   []Shot // the prompt's bank
	// Resources is the prompt's bank of them.
	Resources []Resource
	Desk      *Desk // nil: nothing is open
	// From is the revision that the content goes on from where that is another than
	// Variant.Revision; 0: it is that one.
	From int64
	// Found is the draft that lies on the desk when the process that wrote it did not
	// leave it as it should; nil otherwise. Whoever asks the user about it takes it
	// away.
	Found *Draft
	// Elsewhere tells that the variant is being edited in another window, so that it
	// lies here as it was saved.
	Elsewhere bool

	model string
	order Order
	at    int

	version uint64
	proof   Proof
	proofOf proofKey
	dirty   bool
	dirtyOf proofKey
}

type proofKey struct {
	desk    *Desk
	version uint64
	at      int
	epoch   uint64
	order   Order
}

// Laid is what comes from the store to lie on the table.
type Laid struct {
	Prompt  PromptInfo
	Variant VariantInfo // with the revision that was asked for
	Cases   []Case
	Shots   []Shot
	// Resources of the prompt's bank.
	Resources []Resource
	Draft     *Draft // unsaved work on that variant, nil: none
	Elsewhere bool   // another process has unsaved work on it in hand
	Past      []Step // what undo goes back to, the nearest last
	Future    []Step // and redo
}

// Lay puts a variant on the table: its draft where there is one, else its
// revision. The case in hand stays when the prompt does.
func (t *Table) Lay(l Laid) {
	if t.Prompt.ID != l.Prompt.ID {
		t.at = 0
		t.order = Order{}
	}
	t.Prompt, t.Variant, t.Cases, t.Shots, t.Resources = l.Prompt, l.Variant, l.Cases, l.Shots, l.Resources
	t.at = max(0, min(t.at, len(l.Cases)-1))
	c := l.Variant.Revision.Content
	if l.Draft != nil {
		c = l.Draft.Content
	}
	t.swept()
	t.Desk, t.Found, t.From, t.Elsewhere = Resume(c, l.Past, l.Future), nil, 0, l.Elsewhere
	if l.Draft != nil && l.Draft.BaseID != l.Variant.Revision.ID {
		t.From = l.Draft.BaseID
	}
	if l.Draft != nil && !l.Draft.Left && l.Draft.Content.Hash() != l.Variant.Revision.Hash {
		t.Found = l.Draft
	}
}

// Refresh takes in the cases, shots, resources and facts of the prompt as they are stored by
// now; the content that is being edited is left alone, and the case in hand stays
// where it is still there. It reports whether cases, shots or resources are others.
func (t *Table) Refresh(l Laid) bool {
	if t.Desk == nil || l.Prompt.ID != t.Prompt.ID {
		return false
	}
	t.Prompt = l.Prompt
	if reflect.DeepEqual(t.Cases, l.Cases) && reflect.DeepEqual(t.Shots, l.Shots) && reflect.DeepEqual(t.Resources, l.Resources) {
		return false
	}
	was := t.Case()
	t.Cases, t.Shots, t.Resources = l.Cases, l.Shots, l.Resources
	if i := slices.IndexFunc(l.Cases, func(c Case) bool { return c.ID == was.ID && (c.ID != 0 || c.Name == was.Name) }); i >= 0 {
		t.at = i
	}
	t.at = max(0, min(t.at, len(l.Cases)-1))
	t.Touch()
	return true
}

// swept counts the changes of the desk that is taken away as the table's own, so
// that no version comes twice.
func (t *Table) swept() {
	if t.Desk != nil {
		t.version += t.Desk.Version()
	}
	t.version++
}

// Clear takes everything off the table.
func (t *Table) Clear() {
	t.swept()
	*t = Table{model: t.model, version: t.version}
}

// Open reports whether a variant lies on the table.
func (t *Table) Open() bool { return t.Desk != nil }

// Touch says that cases or shots were changed in place.
func (t *Table) Touch() { t.version++ }

// Epoch grows with every change of what lies on the table but the content's own:
// what was read of a store before one is out of date.
func (t *Table) Epoch() uint64 { return t.version }

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
	if t.Desk == nil {
		return false
	}
	key := proofKey{desk: t.Desk, version: t.Desk.Version(), epoch: t.version}
	if t.dirtyOf != key {
		t.dirty = t.Desk.Content().Hash() != t.Variant.Revision.Hash
		t.dirtyOf = key
	}
	return t.dirty
}

// Saved says that the content now is the revision of v.
func (t *Table) Saved(v VariantInfo) { t.Variant, t.From = v, 0; t.version++ }

// Base is the revision that a save goes on from: its parent in the tree.
func (t *Table) Base() int64 {
	if t.From != 0 {
		return t.From
	}
	return t.Variant.Revision.ID
}

// LeftDraft is the unsaved work as a screen journals it that changed it in one go.
func (t *Table) LeftDraft(nowMS int64) Draft {
	return Draft{VariantID: t.Variant.ID, BaseID: t.Base(), Content: t.Desk.Content().Clone(), UpdatedMS: nowMS, Left: true}
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

// FreshShots returns how many of the content's shots the bank has in other
// words by now. A shot that was deleted from the bank is not counted: the copy
// is all that is left of it.
func FreshShots(c Content, bank []Shot) int {
	by := make(map[string]Shot, len(bank))
	for _, s := range bank {
		by[s.UID] = s
	}
	n := 0
	for _, b := range c.Blocks {
		for _, s := range b.Shots {
			if w, ok := by[s.UID]; ok && !s.Says(w) {
				n++
			}
		}
	}
	return n
}

// Says reports whether two shots say the same: input, output and calls.
func (s Shot) Says(o Shot) bool {
	return s.Input == o.Input && s.Output == o.Output && slices.Equal(s.Calls, o.Calls)
}

// FreshResources is FreshShots for resources: how many of the content's the bank
// has with another text by now.
func FreshResources(c Content, bank []Resource) int {
	by := make(map[string]text.Raw, len(bank))
	for _, r := range bank {
		by[r.UID] = r.Text
	}
	n := 0
	for _, b := range c.Blocks {
		for _, r := range b.Resources {
			if t, ok := by[r.UID]; ok && t != r.Text {
				n++
			}
		}
	}
	return n
}
