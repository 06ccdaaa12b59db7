package session

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"galley/session/text"
)

// BM25's constants, as Robertson and Zaragoza (2009) and Lucene have them.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// stopWords are function words of English: they stand everywhere and tell two
// texts apart by nothing.
const stopWords = `a all an and any are as at be been but by do for from had has have he her him his i i'd i've if in is it
it's me my no not of on one or our out so than that the their them then there they this to too up was we were will with
would you your`

// Retriever ranks pieces of text against a query by BM25. It depends on nothing
// but the pieces: no other row of a workspace moves a score.
type Retriever struct {
	stop    map[string]bool
	freq    []map[string]int // of each piece
	length  []int            // words of each piece
	mean    float64
	holding map[string]int // number of pieces that hold the word
}

// NewRetriever reads the pieces.
func NewRetriever(pieces []string) *Retriever {
	r := &Retriever{
		stop:    map[string]bool{},
		freq:    make([]map[string]int, len(pieces)),
		length:  make([]int, len(pieces)),
		holding: map[string]int{},
	}
	for _, w := range strings.Fields(stopWords) {
		r.stop[w] = true
	}
	total := 0
	for i, p := range pieces {
		r.freq[i] = map[string]int{}
		for _, w := range r.words(p) {
			if r.freq[i][w]++; r.freq[i][w] == 1 {
				r.holding[w]++
			}
			r.length[i]++
		}
		total += r.length[i]
	}
	if len(pieces) > 0 {
		r.mean = float64(total) / float64(len(pieces))
	}
	return r
}

func (r *Retriever) words(s string) []string {
	all := text.Words(s)
	kept := all[:0]
	for _, w := range all {
		if !r.stop[w] {
			kept = append(kept, w)
		}
	}
	return kept
}

// Scores returns each piece's score for the query, in the order of the pieces:
// the sum over the query's words of idf · tf / (tf + k1·(1 − b + b·length/mean)),
// with Lucene's idf = ln(1 + (N − n + ½)/(n + ½)), which is never negative.
// A word that stands in the query twice counts twice.
func (r *Retriever) Scores(query string) []float64 {
	out := make([]float64, len(r.freq))
	for _, w := range r.words(query) {
		if r.holding[w] == 0 {
			continue
		}
		for i := range r.freq {
			out[i] += r.part(w, i)
		}
	}
	return out
}

// part is what one word of a query adds to the score of piece i.
func (r *Retriever) part(w string, i int) float64 {
	tf, n := float64(r.freq[i][w]), float64(r.holding[w])
	if tf == 0 {
		return 0
	}
	idf := math.Log1p((float64(len(r.freq)) - n + 0.5) / (n + 0.5))
	return idf * tf / (tf + bm25K1*(1-bm25B+bm25B*float64(r.length[i])/r.mean))
}

// Why returns the words of the query that piece i holds, those that count most for
// its score first; of two that count alike the one that the query names first.
func (r *Retriever) Why(query string, i int) []text.Raw {
	var words []string
	count := map[string]float64{}
	for _, w := range r.words(query) {
		if part := r.part(w, i); part > 0 {
			if count[w] == 0 {
				words = append(words, w)
			}
			count[w] += part
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	out := make([]text.Raw, len(words))
	for i, w := range words {
		out[i] = text.Raw(w)
	}
	return out
}
