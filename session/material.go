package session

import (
	"encoding/json"

	"galley/session/text"
)

// Binding makes a variable of a prompt an output of another prompt for the same
// case. It is frozen: a run that has ended, one contestant of it, one of its takes
// or all of them. What is worked on downstream then stands against fixed text.
type Binding struct {
	ID         int64
	UID        string
	PromptID   int64 // downstream
	Var        text.Raw
	FromID     int64    // the prompt upstream
	From       text.Raw // its name
	RunID      int64
	Contestant Contestant
	Take       int // 0: all, each a case of its own
	CreatedMS  int64
}

// Outcome is what came of a revision, as lists show it beside its intent.
type Outcome struct {
	RevisionID   int64
	Runs         int
	Right, Wrong int // answers against what their cases want, in all runs that are no study's
	Cases        int // that those answers are of
	Duels            // of people, who judged here
	Pass, Fail   int // labels
	// Outside are verdicts that came in a file: whether their judges were people or
	// models it does not say.
	Outside Duels
}

// Duels count verdicts on pairs, from one side.
type Duels struct {
	Wins, Losses int
	Ties         int // and both bad
}

// Looks says how often the holdout of a prompt was looked at.
type Looks struct {
	Cases  int   // in the holdout
	Times  int   // runs that asked about any of them
	LastMS int64 // 0: never
}

// InternQuestions is how many questions the intern test has, after Eugene Yan and others, "What We've
// Learned From A Year of Building with LLMs": would a student of the field succeed
// with this context alone?
const InternQuestions = 4

// InternAnswer is what a person answered to one question of the intern test about
// a revision.
type InternAnswer struct {
	ID         int64
	UID        string
	RevisionID int64
	Question   int // 1 to InternQuestions
	Text       text.Raw
	By         text.Raw
	UpdatedMS  int64
}

// Silence is a finding of lint that a person has answered: it is told apart from
// the others with its reason, as long as the words that it was about stand.
type Silence struct {
	ID        int64
	UID       string
	PromptID  int64
	Rule      string
	Quote     text.Raw // what the finding's places held, joined by line ends
	Reason    text.Raw
	By        text.Raw
	CreatedMS int64
}

// Study is a question put to a model in several arms, with the runs that asked.
type Study struct {
	ID        int64
	UID       string
	PromptID  int64
	Kind      string // order, drop, sweep, vary, why
	Spec      json.RawMessage
	Runs      []int64 // the oldest first
	CreatedMS int64
}

// Step is one change of a variant's draft, as undo needs it after a restart.
type Step struct {
	What    string  // for people: "switch off Rules"
	Key     string  // changes of one key that follow each other are one step
	Content Content // before the change
}
