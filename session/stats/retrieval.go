package stats

import (
	"math"
	"slices"
)

// ReciprocalRank is 1/rank of the first that is relevant in a ranked list, 0 where
// none is. Its mean over queries is the MRR.
func ReciprocalRank(relevant []bool) float64 {
	for i, r := range relevant {
		if r {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// RecallAt is the share of all relevant documents that stands among the first k of
// the ranked list; total counts them all, those that were not found included. It is
// NaN where nothing is relevant.
func RecallAt(relevant []bool, k, total int) float64 {
	if total <= 0 {
		return math.NaN()
	}
	found := 0
	for _, r := range relevant[:min(max(k, 0), len(relevant))] {
		if r {
			found++
		}
	}
	return float64(found) / float64(total)
}

// Gain is what a document of a grade is worth: its grade (linear, as trec_eval has
// it), or 2^grade − 1.
type Gain func(grade float64) float64

// LinearGain is the grade itself.
func LinearGain(grade float64) float64 { return grade }

// ExponentialGain is 2^grade − 1 (Burges and others 2005): a document of the highest
// grade outweighs several of the next.
func ExponentialGain(grade float64) float64 { return math.Exp2(grade) - 1 }

// DCGAt is the discounted cumulative gain of the first k of a ranked list: the sum of
// gain(grade)/log₂(rank + 1) (Järvelin and Kekäläinen 2002).
func DCGAt(grades []float64, k int, gain Gain) float64 {
	sum := 0.0
	for i, g := range grades[:min(max(k, 0), len(grades))] {
		sum += gain(g) / math.Log2(float64(i+2))
	}
	return sum
}

// NDCGAt is the DCG of the first k of a ranked list by that of the best list there
// could be: judged are the grades of all judged documents, also of those that were
// not found. Divided by the best order of what was found alone, a list that misses
// the best document would look flawless. It is NaN where nothing is relevant.
func NDCGAt(grades, judged []float64, k int, gain Gain) float64 {
	ideal := slices.Clone(judged)
	slices.SortFunc(ideal, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	best := DCGAt(ideal, k, gain)
	if best <= 0 {
		return math.NaN()
	}
	return DCGAt(grades, k, gain) / best
}
