package session

import (
	"strings"
	"unicode"

	"galley/session/text"
)

// Split says what a case is for.
type Split string

// The splits.
const (
	SplitDev     Split = "dev"     // to work on
	SplitHoldout Split = "holdout" // to look at rarely
)

// Var is a variable's value.
type Var struct {
	Name  text.Raw
	Value text.Raw
}

// Case is one row: values for the variables, and what is wanted.
type Case struct {
	ID        int64
	UID       string
	PromptID  int64
	Name      text.Raw // "c12"
	Vars      []Var    // in the order in which they came
	Wanted    *text.Raw
	Tags      []text.Raw
	Split     Split
	CreatedMS int64
}

// Lookup returns the value of a variable.
func (c Case) Lookup(name string) (text.Raw, bool) {
	for _, v := range c.Vars {
		if string(v.Name) == name {
			return v.Value, true
		}
	}
	return "", false
}

// Match compares an output with the wanted answer: both trimmed of white space
// and case-folded.
func (c Case) Match(output text.Raw) Grade {
	if c.Wanted == nil {
		return GradeNone
	}
	if fold(string(output)) == fold(string(*c.Wanted)) {
		return GradeRight
	}
	return GradeWrong
}

func fold(s string) string {
	return strings.Map(func(r rune) rune {
		// The smallest rune of the folding orbit stands for all of it.
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, strings.TrimSpace(s))
}

// Grade is how an output stands against the wanted answer.
type Grade int

// The grades.
const (
	GradeNone Grade = iota // nothing is wanted, or the output is no answer
	GradeRight
	GradeWrong
)
