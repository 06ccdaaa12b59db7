package session

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
	// Borrowed is the prompt whose case this is, "" this prompt's own: a binding
	// brought it, with an output of that prompt as a variable. It is edited there.
	Borrowed text.Raw
	// Origin is the row that the case goes back to where it is lent: of the prompt it
	// is borrowed from, or its own of which this is another take; 0 none. What is said
	// of the case here is kept with that row where the case has no id.
	Origin int64
}

// Row is the case's own row, or else the one that it goes back to; 0 where there is
// none.
func (c Case) Row() int64 {
	if c.ID != 0 {
		return c.ID
	}
	return c.Origin
}

// TakeCase is the name of a case that is borrowed once for each take of it: take 2
// of c01 is c01#2. A name that tells a take already gets each, so that no two takes
// of two cases are called the same: take 1 of c01#2 is c01#2#1.
func TakeCase(name text.Raw, take int) text.Raw {
	if take == 1 && !strings.Contains(string(name), "#") {
		return name
	}
	return text.Raw(string(name) + "#" + strconv.Itoa(take))
}

// TakeBase is the case that a name of [TakeCase] is of, over however many prompts.
// A case of a prompt's own has no such name.
func TakeBase(name text.Raw) text.Raw {
	base, _, _ := strings.Cut(string(name), "#")
	return text.Raw(base)
}

// Key tells the case from the others of its prompt.
func (c Case) Key() CaseKey { return CaseKey{ID: c.ID, Name: c.Name} }

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
// and case-folded, character by character, the same in every language. So K and
// the Kelvin sign are one, as are the three sigmas and ß and ẞ; but ß is not ss,
// the Turkish dotless ı and dotted İ are letters of their own, and an accent
// written as a character of its own makes another text.
func (c Case) Match(output text.Raw) Grade {
	if c.Wanted == nil {
		return GradeNone
	}
	if fold(string(output)) == fold(string(*c.Wanted)) {
		return GradeRight
	}
	return GradeWrong
}

// heldIn is how many bytes an output has at most that is searched for the wanted
// answer: what is longer is no answer with some words around it.
const heldIn = 1 << 20

// Holds reports whether an output that is not the wanted answer has it in it, among
// other words.
func (c Case) Holds(output text.Raw) bool {
	if len(output) > heldIn || c.Match(output) != GradeWrong {
		return false
	}
	s, part := fold(string(output)), fold(string(*c.Wanted))
	if part == "" {
		return false
	}
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	first, _ := utf8.DecodeRuneInString(part)
	last, _ := utf8.DecodeLastRuneInString(part)
	for at := 0; ; {
		i := strings.Index(s[at:], part)
		if i < 0 {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+len(part):])
		if !(inWord(first) && inWord(before)) && !(inWord(last) && inWord(after)) {
			return true
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		at = i + n
	}
}

func fold(s string) string {
	s = strings.TrimSpace(s)
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		if r == utf8.RuneError { // a byte that is not UTF-8 stands for itself
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
			continue
		}
		// The smallest rune of the folding orbit stands for all of it.
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		b.WriteRune(least)
	}
	return b.String()
}

// Grade is how an output stands against the wanted answer.
type Grade int

// The grades.
const (
	GradeNone Grade = iota // nothing is wanted, or the output is no answer
	GradeRight
	GradeWrong
)
