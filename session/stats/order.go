package stats

import (
	"math"
	"math/rand/v2"
)

// CochranQ tests whether K treatments of the same cases pass equally often; rows
// are cases, columns treatments:
//
//	Q = (K−1)(K·ΣC_j² − N²)/(K·N − ΣR_i²)
//
// with the sums C of columns, R of rows and N of all: Cochran, "The comparison of
// percentages in matched samples", Biometrika 37 (1950), 256–266. p is by χ² with
// K−1 degrees of freedom, an approximation for many cases; [PermuteRates] needs
// none. Where no case comes out differently both are NaN.
func CochranQ(rows [][]bool) (q, p float64) {
	if len(rows) == 0 || len(rows[0]) < 2 {
		return math.NaN(), math.NaN()
	}
	k := float64(len(rows[0]))
	columns := make([]float64, len(rows[0]))
	var n, squares float64
	for _, row := range rows {
		sum := 0.0
		for j, pass := range row {
			if pass {
				columns[j]++
				sum++
			}
		}
		n += sum
		squares += sum * sum
	}
	below := k*n - squares
	if below == 0 {
		return math.NaN(), math.NaN()
	}
	above := 0.0
	for _, c := range columns {
		above += c * c
	}
	q = (k - 1) * (k*above - n*n) / below
	return q, ChiSquareUpper(q, k-1)
}

// Disagreement is the share of pairs of answers that differ, of one case that was
// answered labels: for s passes of K it is 2s(K−s)/(K(K−1)), for any answers
// 1 − Σc(c−1)/(K(K−1)) with the counts c. It can be compared across numbers of
// answers, which the share of cases that flip can't. Below two answers it is NaN.
func Disagreement(labels []int) float64 {
	k := len(labels)
	if k < 2 {
		return math.NaN()
	}
	same := 0
	for i, a := range labels {
		for _, b := range labels[:i] {
			if a == b {
				same++
			}
		}
	}
	return 1 - 2*float64(same)/float64(k*(k-1))
}

// Permutations is how many reorderings a p-value by permutation is counted over.
const Permutations = 1999

// permute counts how often a statistic is at least as great as seen when draw
// has shuffled what could as well have come in another order: (1 + those)/(1 +
// all), which is never wrong more often than it says (Phipson and Smyth,
// "Permutation p-values should never be zero", Statistical Applications in
// Genetics and Molecular Biology 9 (2010), 39). Sums of the same numbers in
// another order count as equal.
func permute(seed uint64, seen float64, draw func(r *rand.Rand) float64) float64 {
	r := rand.New(rand.NewPCG(seed, 0x6f72646572)) // "order"
	seen -= 1e-9 * max(1, math.Abs(seen))
	above := 1
	for range Permutations {
		if draw(r) >= seen {
			above++
		}
	}
	return float64(above) / float64(Permutations+1)
}

// PermuteRates is the p-value of Cochran's Q by permutation: under "no treatment
// matters" the outcomes of a case could as well stand in any other order. NaN
// where no case comes out differently.
func PermuteRates(rows [][]bool, seed uint64) float64 {
	var moving [][]bool
	fixed := []float64(nil)
	for _, row := range rows {
		if fixed == nil {
			fixed = make([]float64, len(row))
		}
		passes := 0
		for _, pass := range row {
			if pass {
				passes++
			}
		}
		if passes > 0 && passes < len(row) {
			moving = append(moving, append([]bool(nil), row...))
		}
	}
	if len(moving) == 0 {
		return math.NaN()
	}
	// What all treatments pass shifts every column alike, and ΣC² only by what is the
	// same for every permutation.
	columns := fixed
	squares := func() float64 {
		clear(columns)
		for _, row := range moving {
			for j, pass := range row {
				if pass {
					columns[j]++
				}
			}
		}
		sum := 0.0
		for _, c := range columns {
			sum += c * c
		}
		return sum
	}
	return permute(seed, squares(), func(r *rand.Rand) float64 {
		for _, row := range moving {
			r.Shuffle(len(row), func(i, j int) { row[i], row[j] = row[j], row[i] })
		}
		return squares()
	})
}

// PermuteExcess is the p-value of "the treatments disagree more among each other
// than the repeats of one do", by the difference of the mean [Disagreement]: under
// "no treatment matters" all answers of a case could as well have been given for
// each other. Labels are answers; both have the same cases. NaN where no case was
// answered differently.
func PermuteExcess(treated, control [][]int, seed uint64) float64 {
	var moving [][]int
	var at []int // where the control begins
	for i := range treated {
		row := append(append([]int(nil), treated[i]...), control[i]...)
		if len(treated[i]) > 1 && len(control[i]) > 1 && Disagreement(row) > 0 {
			moving, at = append(moving, row), append(at, len(treated[i]))
		}
	}
	if len(moving) == 0 {
		return math.NaN()
	}
	excess := func() float64 {
		sum := 0.0
		for i, row := range moving {
			sum += Disagreement(row[:at[i]]) - Disagreement(row[at[i]:])
		}
		return sum
	}
	return permute(seed, excess(), func(r *rand.Rand) float64 {
		for _, row := range moving {
			r.Shuffle(len(row), func(i, j int) { row[i], row[j] = row[j], row[i] })
		}
		return excess()
	})
}

// PermutePlace tests whether answers go with where something stood: of each case a
// square, w[o][j] the weight under treatment o of the answer that was given under
// j. The mean weight of the answers under their own treatments is held against that
// under each other's; mean is the difference per answer, p two-sided. Both are NaN
// where no weight differs.
func PermutePlace(cases [][][]float64, seed uint64) (mean, p float64) {
	type square struct {
		w    [][]float64
		perm []int
	}
	var moving []square
	answers, expected, seen := 0, 0.0, 0.0
	for _, w := range cases {
		k := len(w)
		sum, own := 0.0, 0.0
		differ := false
		for o := range w {
			own += w[o][o]
			for j := range w[o] {
				sum += w[o][j]
				differ = differ || w[o][j] != w[o][0]
			}
		}
		answers += k
		if !differ {
			continue // all answers weigh the same under each treatment
		}
		s := square{w, make([]int, k)}
		for i := range s.perm {
			s.perm[i] = i
		}
		moving = append(moving, s)
		expected += sum / float64(k)
		seen += own
	}
	if len(moving) == 0 {
		return math.NaN(), math.NaN()
	}
	mean = (seen - expected) / float64(answers)
	p = permute(seed, math.Abs(seen-expected), func(r *rand.Rand) float64 {
		sum := 0.0
		for _, s := range moving {
			r.Shuffle(len(s.perm), func(i, j int) { s.perm[i], s.perm[j] = s.perm[j], s.perm[i] })
			for o, j := range s.perm {
				sum += s.w[o][j]
			}
		}
		return math.Abs(sum - expected)
	})
	return mean, p
}
