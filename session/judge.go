package session

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session/text"
)

// JudgeMode is what a judge is asked.
type JudgeMode string

// The modes.
const (
	JudgePairs    JudgeMode = "pairs"    // which of two answers is better
	JudgePassFail JudgeMode = "passfail" // is this answer good enough
)

// Choice is what a judge decided.
type Choice string

// The choices: five for a pair, three for one answer.
const (
	ChoiceLeft    Choice = "left"
	ChoiceRight   Choice = "right"
	ChoiceTie     Choice = "tie"
	ChoiceBothBad Choice = "both_bad"
	ChoiceSkip    Choice = "skip" // no judgment: the duel may come again in another sitting
	ChoicePass    Choice = "pass"
	ChoiceFail    Choice = "fail"
)

// Fits reports whether the choice is one that the mode offers.
func (c Choice) Fits(m JudgeMode) bool {
	switch c {
	case ChoiceSkip:
		return true
	case ChoiceLeft, ChoiceRight, ChoiceTie, ChoiceBothBad:
		return m == JudgePairs
	case ChoicePass, ChoiceFail:
		return m == JudgePassFail
	}
	return false
}

// Swapped is the choice as seen with the sides changed.
func (c Choice) Swapped() Choice {
	switch c {
	case ChoiceLeft:
		return ChoiceRight
	case ChoiceRight:
		return ChoiceLeft
	}
	return c
}

// JudgeIdentical is the judge of duels whose answers are equal, byte for byte:
// ties that nobody is asked about, counted apart.
const JudgeIdentical = "identical"

// CheckJudge reports whether a judge can go by a name: one line of 1 to 80
// characters that can be seen, and not that of the judge of equal answers.
func CheckJudge(name text.Raw) error {
	bad := func(why string) error { return &NameError{Noun: "judge", Name: name.String(), Why: why} }
	s := strings.TrimSpace(string(name))
	switch {
	case s == "":
		return bad("is empty")
	case !utf8.ValidString(s):
		return bad("is not UTF-8")
	case s != string(name):
		return bad("begins or ends with a blank")
	case utf8.RuneCountInString(s) > 80:
		return &NameError{Noun: "judge", Name: s[:20] + "…", Why: "is longer than 80 characters"}
	case strings.EqualFold(s, JudgeIdentical):
		return bad("is that of the judge of equal answers")
	case strings.IndexFunc(s, unicode.IsControl) >= 0 || text.Invisible(text.Raw(s)) > 0:
		return bad("holds a character that can't be seen")
	}
	return nil
}

// Sizes of a sitting, in duels: it stops at the first, may go on to the second,
// and no pair of contestants is judged more than PairCap times by one judge.
const (
	SittingFirst = 20
	SittingMore  = 40
	PairCap      = 60
)

// Sitting is one go at judging.
type Sitting struct {
	ID        int64
	UID       string
	PromptID  int64
	Judge     text.Raw
	Mode      JudgeMode
	RunIDs    []int64 // whose answers are judged
	Seed      uint64  // orders the cases and the sides
	Of        int     // duels that it is to have
	CreatedMS int64
	EndedMS   int64 // 0: it can be gone on with
}

// Side is one of the answers of a verdict.
type Side struct {
	CellID     int64 // 0: from outside, without its text
	Contestant Contestant
	Length     int // characters of the whole answer
}

// Verdict is a decision of a judge. What is true of its answers is kept with it,
// so that a report reads nothing else.
type Verdict struct {
	ID          int64
	UID         string
	SittingID   int64 // 0: from outside
	PromptID    int64
	Judge       text.Raw
	Mode        JudgeMode
	Left, Right Side // pass and fail are about Left, and Right is empty
	Case        CaseKey
	CaseTags    []text.Raw
	Take        int
	Choice      Choice
	Reason      text.Raw // in the judge's words, "" none
	ScreenMS    int64    // how long it was looked at; 0: unknown
	RepeatOf    int64    // the verdict whose duel this showed again, sides swapped; 0: none
	// Known says that the judge had been told who the contestants are: the verdict
	// is kept, and left out of every count.
	Known       bool
	GuidelineID int64  // the guideline that was in force; 0: none
	Seed        uint64 // of the sitting
	AtMS        int64
	Undone      bool
}

// Winner is the side that won, and the one that lost; false where nobody did.
func (v Verdict) Winner() (won, lost Side, ok bool) {
	switch v.Choice {
	case ChoiceLeft:
		return v.Left, v.Right, true
	case ChoiceRight:
		return v.Right, v.Left, true
	}
	return Side{}, Side{}, false
}

// Duel is what a judge is shown: an input, and one answer or two. It has no
// field that could tell who answered, what it cost or how long it took, and it
// must never get one.
type Duel struct {
	Mode      JudgeMode
	Number    int // place in the sitting, from 1
	Of        int
	Guideline text.Raw // "" none
	Input     []Var    // the values of the case's variables
	Left      text.Raw
	Right     text.Raw // in pairs only
}

// Standing is what verdicts say of one output.
type Standing struct {
	Won, Lost, Tied, BothBad int // in pairs
	Pass, Fail               int
	Corrected                bool // a person wrote what it should have said
}

// Good reports whether every decision about the output spoke for it, and there
// was one.
func (s Standing) Good() bool {
	return s.Won+s.Pass > 0 && s.Lost+s.Fail+s.BothBad == 0 && !s.Corrected
}

// Bad reports whether every decision about the output spoke against it, and
// there was one.
func (s Standing) Bad() bool {
	return s.Won+s.Pass == 0 && (s.Lost+s.Fail+s.BothBad > 0 || s.Corrected)
}

// Standings sums up verdicts per cell. Those that were undone, skipped or given
// by the judge identical say nothing.
func Standings(verdicts []Verdict) map[int64]Standing {
	out := map[int64]Standing{}
	add := func(s Side, f func(*Standing)) {
		if s.CellID == 0 {
			return
		}
		st := out[s.CellID]
		f(&st)
		out[s.CellID] = st
	}
	for _, v := range verdicts {
		if v.Undone || v.Choice == ChoiceSkip || v.Judge == JudgeIdentical {
			continue
		}
		switch v.Choice {
		case ChoicePass:
			add(v.Left, func(s *Standing) { s.Pass++ })
		case ChoiceFail:
			add(v.Left, func(s *Standing) { s.Fail++ })
		case ChoiceTie:
			add(v.Left, func(s *Standing) { s.Tied++ })
			add(v.Right, func(s *Standing) { s.Tied++ })
		case ChoiceBothBad:
			add(v.Left, func(s *Standing) { s.BothBad++ })
			add(v.Right, func(s *Standing) { s.BothBad++ })
		}
		if won, lost, ok := v.Winner(); ok {
			add(won, func(s *Standing) { s.Won++ })
			add(lost, func(s *Standing) { s.Lost++ })
		}
	}
	return out
}

// VerdictQuery chooses verdicts. Zero values choose all.
type VerdictQuery struct {
	PromptID int64
	RunIDs   []int64 // a side is of one of these runs
	Judge    text.Raw
	Mode     JudgeMode
	CellIDs  []int64 // a side is one of these
	Undone   bool    // also those that were taken back
	Limit    int     // 0: all; else the newest
}
