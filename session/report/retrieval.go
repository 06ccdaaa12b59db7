package report

import (
	"fmt"
	"math"
	"strings"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// Retrieval is how well a ranked list does for one case, by the marks of people.
// Where nothing of use is marked RR, NDCG and Recall are NaN.
type Retrieval struct {
	Case     text.Raw
	K        int
	First    int // the rank of the first that is of use; 0: none was found
	RR       float64
	NDCG     float64 // of the first K
	Recall   float64 // of the first K
	Found    int     // of use among the first K
	Relevant int     // of use in all
}

// RetrievalOf holds a ranked list against the marks on texts, by their hash. bank
// are the texts that there are: a mark on one that is gone counts for nothing, one
// on a text that was not found counts against the list. A text that stands twice
// counts once.
func RetrievalOf(c text.Raw, list []session.Ranked, bank []session.Resource, marks map[string]int, k int) Retrieval {
	r := Retrieval{Case: c, K: k, RR: math.NaN(), NDCG: math.NaN(), Recall: math.NaN()}
	there := map[string]bool{}
	for _, x := range bank {
		there[x.Hash] = true
	}
	for _, x := range list {
		there[x.Hash] = true
	}
	var judged, grades []float64
	var relevant []bool
	for hash, g := range marks {
		if there[hash] {
			judged = append(judged, float64(g))
			r.Relevant += asInt(g > 0)
		}
	}
	if r.Relevant == 0 {
		return r
	}
	seen := map[string]bool{}
	for _, x := range list {
		if x.Rank == 0 {
			break
		}
		g := 0
		if !seen[x.Hash] {
			g = marks[x.Hash]
		}
		seen[x.Hash] = true
		grades, relevant = append(grades, float64(g)), append(relevant, g > 0)
		if g > 0 && r.First == 0 {
			r.First = x.Rank
		}
		if g > 0 && x.Rank <= k {
			r.Found++
		}
	}
	r.RR = stats.ReciprocalRank(relevant)
	r.NDCG = stats.NDCGAt(grades, judged, k, stats.LinearGain)
	r.Recall = stats.RecallAt(relevant, k, r.Relevant)
	return r
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Mean is a mean over cases with its 95% interval, within 0 and 1; NaN where too few
// cases say anything.
type Mean struct{ Value, Lo, Hi float64 }

// Retrievals are the means over the cases for which something of use is marked.
type Retrievals struct {
	K                 int
	N                 int // cases with a mark
	Cases             int // cases in all
	MRR, NDCG, Recall Mean
	First             int // cases whose first of all is of use
	None              int // cases for which nothing of use was found
	Found, Relevant   int // texts of use, over all cases
	Sentence          string
}

// fewMarked is below how many cases a mean has no interval: three values that agree
// by chance would have a narrow one.
const fewMarked = 5

// RetrievalMeans reads cases together.
func RetrievalMeans(all []Retrieval, k int) Retrievals {
	out := Retrievals{K: k, Cases: len(all)}
	var rr, ndcg, recall []float64
	for _, r := range all {
		if r.Relevant == 0 {
			continue
		}
		out.N++
		out.Found += r.Found
		out.Relevant += r.Relevant
		out.First += asInt(r.First == 1)
		out.None += asInt(r.First == 0)
		rr, ndcg, recall = append(rr, r.RR), append(ndcg, r.NDCG), append(recall, r.Recall)
	}
	out.MRR, out.NDCG, out.Recall = meanOf(rr), meanOf(ndcg), meanOf(recall)
	out.Sentence = out.say()
	return out
}

func meanOf(xs []float64) Mean {
	m, lo, hi := stats.MeanInterval(xs)
	if len(xs) < fewMarked || hi-lo == 0 { // values that are all alike say nothing of others
		return Mean{m, math.NaN(), math.NaN()}
	}
	return Mean{m, max(0, lo), min(1, hi)}
}

// String is "0.71 (95% interval 0.50 to 0.92)", or a dash.
func (m Mean) String() string {
	switch {
	case math.IsNaN(m.Value):
		return "–"
	case math.IsNaN(m.Lo):
		return fmt.Sprintf("%.2f", m.Value)
	}
	return fmt.Sprintf("%.2f (95%% interval %.2f to %.2f)", m.Value, m.Lo, m.Hi)
}

func (r Retrievals) say() string {
	if r.N == 0 {
		return "Nothing of use is marked for these cases yet: mark resources 0 to 3 for a few cases, and what ranks them can be measured."
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The first text is of use in %d of %s", r.First, counted(r.N, "marked case"))
	if r.None > 0 {
		fmt.Fprintf(&b, ", and in %d nothing of use is found", r.None)
	}
	fmt.Fprintf(&b, " (MRR %s). The first %d hold %d of %s of use (NDCG@%d %s). ", r.MRR, r.K, r.Found, counted(r.Relevant, "text"), r.K, r.NDCG)
	switch {
	case r.N < fewMarked:
		b.WriteString("Mark a few more cases: so few say little.")
	case r.None > 0:
		fmt.Fprintf(&b, "Read the %s where nothing is found: the words differ, or the pieces are cut badly.", counted(r.None, "case"))
	case r.Found < r.Relevant:
		b.WriteString("More pieces, or shorter ones, would bring what is missing.")
	default:
		b.WriteString("There is nothing to do.")
	}
	return b.String()
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
