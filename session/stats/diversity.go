package stats

import "math"

// Variety is how much a list of answers varies. All of it depends on the number and
// on the length of the answers: compare equal draws.
type Variety struct {
	N          int
	Distinct   int     // answers that differ
	Duplicates float64 // share of the answers that repeat an earlier one; NaN for none
	Top        int     // how often the most frequent answer came
	TopShare   float64 // the same as a share; NaN for none
	Distinct1  float64 // distinct words by words, of all answers together; NaN without words
	Distinct2  float64 // the same of pairs of neighbours within an answer
	Jaccard    float64 // mean over all pairs of answers: shared words by all words of both; NaN under two
}

// VarietyOf measures answers that are given as their words, in order. Two answers
// are the same where their key is: the text, or what a caller takes for one. keys
// and words are of one length.
func VarietyOf(keys []string, words [][]string) Variety {
	v := Variety{N: len(keys), Duplicates: math.NaN(), TopShare: math.NaN()}
	count := map[string]int{}
	for _, k := range keys {
		count[k]++
		v.Top = max(v.Top, count[k])
	}
	if v.Distinct = len(count); v.N > 0 {
		v.Duplicates = float64(v.N-v.Distinct) / float64(v.N)
		v.TopShare = float64(v.Top) / float64(v.N)
	}
	v.Distinct1, v.Distinct2 = DistinctN(words, 1), DistinctN(words, 2)
	v.Jaccard = MeanJaccard(words)
	return v
}

// DistinctN is the number of distinct runs of n words by the number of all of them,
// over all texts together; no run crosses from one text into the next (Li, Galley,
// Brockett, Gao and Dolan, "A diversity-promoting objective function for neural
// conversation models", NAACL 2016). It is NaN where there is no run.
func DistinctN(texts [][]string, n int) float64 {
	if n < 1 {
		return math.NaN()
	}
	seen := map[string]bool{}
	all := 0
	var key []byte
	for _, t := range texts {
		for i := 0; i+n <= len(t); i++ {
			key = key[:0]
			for _, w := range t[i : i+n] {
				key = append(append(key, w...), 0)
			}
			seen[string(key)] = true
			all++
		}
	}
	if all == 0 {
		return math.NaN()
	}
	return float64(len(seen)) / float64(all)
}

// Jaccard is the number of words that both texts have by the number that either
// has. Two texts without words are equal: 1.
func Jaccard(a, b []string) float64 { return jaccard(wordSet(a), wordSet(b)) }

func jaccard(x, y map[string]bool) float64 {
	if len(x) > len(y) {
		x, y = y, x
	}
	shared := 0
	for w := range x {
		if y[w] {
			shared++
		}
	}
	if len(y) == 0 {
		return 1
	}
	return float64(shared) / float64(len(x)+len(y)-shared)
}

func wordSet(words []string) map[string]bool {
	s := make(map[string]bool, len(words))
	for _, w := range words {
		s[w] = true
	}
	return s
}

// MeanJaccard is the mean of [Jaccard] over all pairs of texts, NaN under two.
func MeanJaccard(texts [][]string) float64 {
	n := len(texts)
	if n < 2 {
		return math.NaN()
	}
	sets := make([]map[string]bool, n)
	for i, t := range texts {
		sets[i] = wordSet(t)
	}
	sum := 0.0
	for i := range sets {
		for j := range i {
			sum += jaccard(sets[i], sets[j])
		}
	}
	return sum / float64(n*(n-1)/2)
}

// Covered says how answers stand to a closed list: coverage is the share of the list
// that came at least once, outside the share of the answers that are not in it,
// which were invented. Each is NaN where it is a share of nothing.
func Covered(answers, list []string) (coverage, outside float64) {
	in := wordSet(list)
	came := map[string]bool{}
	out := 0
	for _, a := range answers {
		if in[a] {
			came[a] = true
		} else {
			out++
		}
	}
	coverage, outside = math.NaN(), math.NaN()
	if len(in) > 0 {
		coverage = float64(len(came)) / float64(len(in))
	}
	if len(answers) > 0 {
		outside = float64(out) / float64(len(answers))
	}
	return coverage, outside
}

// Variation is the total variation between two lists of counts over the same kinds:
// half the sum of the differences of their shares, 0 where the shares are equal, 1
// where no kind is in both. It is NaN where either counts nothing.
func Variation(a, b []int) float64 {
	var sa, sb int
	for i := range a {
		sa += a[i]
		sb += b[i]
	}
	if sa == 0 || sb == 0 {
		return math.NaN()
	}
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i])/float64(sa) - float64(b[i])/float64(sb))
	}
	return sum / 2
}
