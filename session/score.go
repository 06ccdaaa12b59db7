package session

import (
	"slices"

	"galley/session/text"
)

// Score is how the cells of one contestant stand, of one order or one tag where
// these are told apart.
type Score struct {
	Contestant Contestant
	Order      Order    // where orders are told apart
	Tag        text.Raw // where tags are; "" for cells without any
	Cells      int
	Done       int // ended with something from the model
	Failed     int
	Right      int // of Graded
	Graded     int // whole answers to cases that want one
	Cases      int // distinct ones among Graded: fewer, where there are several takes or orders
}

// Scores sums up results per contestant, in the order in which they first stand.
// A cell with several tags counts for each of them.
func Scores(results []Result, byOrder, byTag bool) []Score {
	type key struct {
		c   Contestant
		o   Order
		tag text.Raw
	}
	type once struct {
		score int
		kase  CaseKey
	}
	var out []Score
	at, seen := map[key]int{}, map[once]bool{}
	for _, r := range results {
		k := key{c: r.Cell.Contestant}
		if byOrder {
			k.o = r.Cell.Order
		}
		tags := []text.Raw{""}
		if byTag && len(r.Cell.CaseTags) > 0 {
			tags = r.Cell.CaseTags
		}
		for _, k.tag = range tags {
			i, ok := at[k]
			if !ok {
				i = len(out)
				at[k] = i
				out = append(out, Score{Contestant: k.c, Order: k.o, Tag: k.tag})
			}
			out[i].add(r)
			if o := (once{i, r.Cell.Case()}); r.Grade() != GradeNone && !seen[o] {
				seen[o] = true
				out[i].Cases++
			}
		}
	}
	return out
}

func (s *Score) add(r Result) {
	s.Cells++
	switch {
	case r.Output.Status.Finished():
		s.Done++
	case r.Output.Status.Failed():
		s.Failed++
	}
	switch r.Grade() {
	case GradeRight:
		s.Right++
		s.Graded++
	case GradeWrong:
		s.Graded++
	}
}

// SameAnswer reports whether two answers are the same, as [Case.Match] compares:
// trimmed and case-folded.
func SameAnswer(a, b text.Raw) bool { return fold(string(a)) == fold(string(b)) }

// AnswerKey is one text for all answers that are the same by [SameAnswer].
func AnswerKey(t text.Raw) string { return fold(string(t)) }

// SeveralOrders reports whether a contestant was asked under more than one order.
func SeveralOrders(results []Result) bool {
	first := map[Contestant]Order{}
	for _, r := range results {
		o, ok := first[r.Cell.Contestant]
		if !ok {
			first[r.Cell.Contestant] = r.Cell.Order
		} else if o != r.Cell.Order {
			return true
		}
	}
	return false
}

// OrderAnswer is what came back under one order.
type OrderAnswer struct {
	Order  Order
	Answer text.Raw
	Grade  Grade
}

// OrderChange is a contestant, case and take whose answers differ between orders
// of the shots.
type OrderChange struct {
	Contestant Contestant
	CaseName   text.Raw
	Take       int
	Answers    []OrderAnswer
}

// OrderChanges compares whole answers of the same contestant, case and take
// under different orders. Compared is how many had at least two.
func OrderChanges(results []Result) (changes []OrderChange, compared int) {
	type key struct {
		c      Contestant
		caseID int64
		name   text.Raw
		take   int
	}
	var keys []key
	by := map[key][]OrderAnswer{}
	for _, r := range results {
		if r.Output.Status != StatusDone {
			continue
		}
		k := key{r.Cell.Contestant, r.Cell.CaseID, r.Cell.CaseName, r.Cell.Take}
		if by[k] == nil {
			keys = append(keys, k)
		}
		if !slices.ContainsFunc(by[k], func(a OrderAnswer) bool { return a.Order == r.Cell.Order }) {
			by[k] = append(by[k], OrderAnswer{r.Cell.Order, r.Output.Whole(), r.Grade()})
		}
	}
	for _, k := range keys {
		answers := by[k]
		if len(answers) < 2 {
			continue
		}
		compared++
		differs := func(a OrderAnswer) bool { return !SameAnswer(a.Answer, answers[0].Answer) }
		if slices.ContainsFunc(answers[1:], differs) {
			changes = append(changes, OrderChange{k.c, k.name, k.take, answers})
		}
	}
	return changes, compared
}
