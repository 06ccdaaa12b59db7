package session

import "galley/session/text"

// Offer is a contestant of a run, and how much of it a variable could be bound to.
type Offer struct {
	RunID      int64
	Contestant Contestant
	Answered   int // cases with a whole answer
	Cases      int // that it was asked
	Takes      int
}

// BoundChange counts what another binding of a variable changes.
type BoundChange struct {
	Both    int // texts that are there before and after
	Differ  int // of them
	Missing int // there before, not after
	New     int // there after, not before
}

// CompareBound counts what changes where a variable is bound to other texts, each
// by the name of its case.
func CompareBound(before, after map[text.Raw]text.Raw) BoundChange {
	var c BoundChange
	for at, was := range before {
		is, ok := after[at]
		switch {
		case !ok:
			c.Missing++
			continue
		case is != was:
			c.Differ++
		}
		c.Both++
	}
	c.New = len(after) - c.Both
	return c
}
