package engine

import (
	"errors"

	"galley/session"
)

// Entry is a contestant with the content of its revision.
type Entry struct {
	Contestant session.Contestant
	Content    session.Content
}

// Matrix is what a person chooses: contestants × cases × takes × orders.
type Matrix struct {
	PromptID int64
	Prompt   string
	Note     string
	Entries  []Entry
	Cases    []session.Case
	Takes    int             // 0 is 1
	Orders   []session.Order // none: as the variants say
	Seed     *int64          // in place of each variant's own
	NoCache  bool
	Limits   Limits
	// Concurrency is how many cells run at once per backend; 0 takes the
	// backend's own number.
	Concurrency int
}

// Plan composes the proofs, each once, and lays out the cells case by case, so
// that contestants advance side by side.
func (m Matrix) Plan() (Plan, error) { return Plan{}, errors.New("not yet") }
