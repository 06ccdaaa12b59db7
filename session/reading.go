package session

import "galley/session/text"

// FailureMode is a way to fail that a person named, and put notes under.
type FailureMode struct {
	ID        int64
	UID       string
	PromptID  int64
	Name      text.Raw
	Notes     int // how many stand under it
	CreatedMS int64
}

// Correction is what a person says an output should have been. It is kept as the
// wanted answer of the case and as a preferred pair: Text over the output.
type Correction struct {
	ID        int64
	UID       string
	CellID    int64
	Text      text.Raw
	Judge     text.Raw
	CreatedMS int64
}

// Reading is an output as it is read: with what people said of it.
type Reading struct {
	Result
	PromptID   int64
	Run        string // "r7"
	Recorded   bool   // it came from outside: its contestant can't be asked anew
	Notes      []Note
	Verdicts   []Verdict // those in force that are about it, the newest first
	Correction *Correction
}

// Standing sums up the verdicts and the correction.
func (r Reading) Standing() Standing {
	s := Standings(r.Verdicts)[r.Cell.ID]
	s.Corrected = r.Correction != nil
	return s
}

// ReadQuery chooses outputs to read, the newest first. Zero values choose all.
type ReadQuery struct {
	PromptID int64
	RunID    int64
	Model    string
	Variant  string // of the prompt, any revision
	Status   Status
	Tag      text.Raw
	ModeID   int64 // with a note under that failure mode
	Unjudged bool  // without a verdict, a note or a correction
	Noted    bool  // with a note that stands under no failure mode
	Text     string
	CellIDs  []int64 // these and no others
	// Sample, where it is not 0, takes that many, drawn by Seed from all that fit,
	// unjudged ones first. What was said of an output from AsOfMS on does not make it
	// judged here, so that the draw of a day stays what it is while one reads; 0: all
	// that was said does.
	Sample        int
	Seed          uint64
	AsOfMS        int64
	Offset, Limit int // Limit 0: 100
}

// Waits is what of a prompt waits for a person.
type Waits struct {
	Duels int      // that nobody judged
	Notes int      // that stand under no failure mode
	Stale []string // suites that were not checked since a variant was saved, as people read it: "tone since zero-shot@3"
}

// Any reports whether anything waits.
func (w Waits) Any() bool { return w.Duels > 0 || w.Notes > 0 || len(w.Stale) > 0 }

// Spread is how many outputs of one contestant and one set of tags there are, and
// how many of them have a note under a failure mode.
type Spread struct {
	Variant        VariantRef
	Model          string
	Tags           []text.Raw
	Outputs, Noted int
}
