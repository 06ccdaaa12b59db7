package session

import "galley/session/text"

// Variant is one wording of a prompt.
type Variant struct {
	ID        int64
	UID       string
	PromptID  int64
	Name      text.Raw
	Head      int // number of the newest revision
	CreatedMS int64
	UpdatedMS int64
}

// Revision is a saved state of a variant. It never changes.
type Revision struct {
	ID        int64
	UID       string
	VariantID int64
	Number    int   // 1, 2, … within the variant
	ParentID  int64 // 0: none
	Intent    text.Raw
	CreatedMS int64
	Hash      string // of Content
	Content   Content
}

// Draft is the unsaved state of a variant, journaled while it is typed.
type Draft struct {
	VariantID int64
	BaseID    int64 // the revision it began from
	Content   Content
	UpdatedMS int64
	Left      bool // its process left it as it should; without, it may hold what nobody meant to keep
	Live      bool // another process has it in hand
}

// NewVariant is a variant that is to be made, with its first revision.
type NewVariant struct {
	Name    string
	Intent  text.Raw
	Content Content
}

// VariantInfo is a variant with its newest revision and what lists show of it.
type VariantInfo struct {
	Variant
	Prompt   text.Raw
	Revision Revision // the newest
	Parent   int      // number of its parent, 0: none
	Drafted  bool     // a draft differs from it
}

// Ref is the variant's name with the number of its newest revision.
func (v VariantInfo) Ref() VariantRef {
	return VariantRef{Prompt: string(v.Prompt), Variant: string(v.Name), Revision: v.Revision.Number}
}

// Contestant is what runs, is judged and is ranked: a revision on a model.
type Contestant struct {
	RevisionID int64
	Variant    VariantRef // with its revision
	Model      string     // BACKEND/MODEL
	// Arm says what a study changed of the revision: "without Rules", "n=3", ""
	// nothing. An arm is a contestant of its own, and is never judged.
	Arm string
}

// String is "triage/five-shot@3 embedded/nearest"; of one from outside that has no
// variant it is the model alone.
func (c Contestant) String() string {
	if c.Variant.Variant == "" {
		return c.Model
	}
	if c.Arm != "" {
		return c.Variant.String() + " (" + c.Arm + ") " + c.Model
	}
	return c.Variant.String() + " " + c.Model
}
