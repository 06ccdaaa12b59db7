package session

import (
	"slices"
	"strings"

	"galley/session/text"
)

// NearPair is two shots of a list that say nearly the same.
type NearPair struct {
	A, B  int     // places in the list, A before B
	Equal bool    // but for case, space and punctuation
	Share float64 // of content words that both have, of those that either has
}

// The bounds of nearness: a share of content words, of texts that have enough of
// them to tell.
const (
	nearShare = 0.8
	nearWords = 3
)

// NearShots finds the shots whose inputs are nearly the same: equal but for case,
// space and punctuation, or with four in five of their content words in common.
// Shots without an input are compared by their outputs, and only with each other.
// Shots that are off count too: what is a twin does not depend on a switch.
func NearShots(shots []Shot) []NearPair {
	ids := map[string]int{}
	stop := map[string]bool{}
	for _, w := range strings.Fields(stopWords) {
		stop[w] = true
	}
	type words struct {
		bare    bool // no input
		plain   string
		content []int // sorted, each once
	}
	all := make([]words, len(shots))
	for i, s := range shots {
		t := s.Input
		if t.Blank() {
			t, all[i].bare = s.Output, true
		}
		ws := text.Words(string(t))
		all[i].plain = strings.Join(ws, " ")
		if len(ws) == 0 { // signs only
			all[i].plain = strings.Join(strings.Fields(string(t)), " ")
		}
		for _, w := range ws {
			if stop[w] {
				continue
			}
			id, ok := ids[w]
			if !ok {
				id = len(ids)
				ids[w] = id
			}
			all[i].content = append(all[i].content, id)
		}
		slices.Sort(all[i].content)
		all[i].content = slices.Compact(all[i].content)
	}
	var out []NearPair
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			a, b := &all[i], &all[j]
			switch {
			case a.bare != b.bare || a.plain == "" || b.plain == "":
			case a.plain == b.plain:
				out = append(out, NearPair{i, j, true, 1})
			case min(len(a.content), len(b.content)) < nearWords:
			default:
				if s := jaccard(a.content, b.content); s >= nearShare {
					out = append(out, NearPair{i, j, false, s})
				}
			}
		}
	}
	return out
}

// jaccard is the share of numbers that two sorted lists have in common; 0 where it
// can't reach nearShare.
func jaccard(a, b []int) float64 {
	if float64(min(len(a), len(b))) < nearShare*float64(max(len(a), len(b))) {
		return 0
	}
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			both++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// Twins says, for each of n shots, the place of the one that it is nearest to, -1
// where it has no twin.
func Twins(n int, pairs []NearPair) []int {
	out := make([]int, n)
	best := make([]float64, n)
	for i := range out {
		out[i] = -1
	}
	for _, p := range pairs {
		if out[p.A] < 0 || p.Share > best[p.A] {
			out[p.A], best[p.A] = p.B, p.Share
		}
		if out[p.B] < 0 || p.Share > best[p.B] {
			out[p.B], best[p.B] = p.A, p.Share
		}
	}
	return out
}
