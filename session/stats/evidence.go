package stats

import (
	"math"
	"sync"
)

// SettledAt is the evidence at which a pair is settled. Looked at after every
// judgment, it calls a winner between equals at most 5 times in 100 up to 175
// judgments.
const SettledAt = 12

// Mixture is the evidence that w wins and l losses are against "both are equal",
// valid however often it is looked at:
//
//	E = 2ⁿ·B(2+w, 2+l) / B(2,2),  n = w + l
//
// the likelihood ratio of a Beta(2,2) mixture of win rates against one half:
// Robbins, "Statistical methods related to the law of the iterated logarithm",
// Annals of Mathematical Statistics 41 (1970), 1397–1409; Johari et al., "Peeking
// at A/B tests", KDD 2017. Counts need not be whole. It is 1 where nothing was
// judged and NaN for negative counts.
func Mixture(w, l float64) float64 { return math.Exp(logMixture(w, l)) }

func logMixture(w, l float64) float64 {
	if !(w >= 0 && l >= 0) {
		return math.NaN()
	}
	return (w+l)*math.Ln2 + logGamma(2+w) + logGamma(2+l) - logGamma(4+w+l) + math.Log(6)
}

func logGamma(x float64) float64 { y, _ := math.Lgamma(x); return y }

// MoreBound is where [More] gives up.
const MoreBound = 1000

// More is how many judgments more would settle w to l if a share rate of them
// went to the first: the smallest m with
//
//	E(w + rate·m, l + (1−rate)·m) ≥ 12
//
// It is 0 where the pair is settled, and where not even [MoreBound] would do. The
// logarithm of a beta function is convex, so E below 12 stays below it until it
// crosses once, which is found by halving.
func More(w, l int, rate float64) int {
	at := func(m int) bool {
		x := float64(m)
		return logMixture(float64(w)+rate*x, float64(l)+(1-rate)*x) >= math.Log(SettledAt)
	}
	if w < 0 || l < 0 || !(rate >= 0 && rate <= 1) || at(0) || !at(MoreBound) {
		return 0
	}
	lo, hi := 0, MoreBound
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; at(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// SignTest is the two-sided exact sign test of w wins against l losses, ties set
// aside:
//
//	p = min(1, 2·Σ_{i ≤ min(w,l)} C(n,i)/2ⁿ),  n = w + l
//
// Dixon and Mood, "The statistical sign test", JASA 41 (1946), 557–566. Without a
// decision it is NaN.
func SignTest(w, l int) float64 {
	n := w + l
	if w < 0 || l < 0 || n == 0 {
		return math.NaN()
	}
	sum := 0.0
	for i := range min(w, l) + 1 {
		sum += binomial(n, i)
	}
	return min(1, 2*sum)
}

// binomial is C(n,k)/2ⁿ.
func binomial(n, k int) float64 {
	f := func(x int) float64 { return logGamma(float64(x) + 1) }
	return math.Exp(f(n) - f(k) - f(n-k) - float64(n)*math.Ln2)
}

// FalseLead is the chance that between equals Wilson's 95% interval leaves out
// 50% at least once, looked at after every judgment from the fifth to the n-th:
// by exact enumeration of all paths. It grows slowly; beyond 1000 it is that of
// 1000.
func FalseLead(n int) float64 {
	return falseLeads()[min(max(n, 0), mostLooks)]
}

const mostLooks = 1000

var falseLeads = sync.OnceValue(func() []float64 {
	out := make([]float64, mostLooks+1)
	alive := []float64{1} // chance of each number of wins, of paths that never led
	for k := 1; k <= mostLooks; k++ {
		next := make([]float64, k+1)
		for w, p := range alive {
			next[w] += p / 2
			next[w+1] += p / 2
		}
		out[k] = out[k-1]
		for w, p := range next {
			// The interval leaves out ½ where (p̂−½)² > z²/4k.
			if d := float64(w)/float64(k) - 0.5; k >= minPercent && d*d > Z95*Z95/(4*float64(k)) {
				out[k] += p
				next[w] = 0
			}
		}
		alive = next
	}
	return out
})
