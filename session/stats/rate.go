package stats

import (
	"fmt"
	"math"
)

// Z95 is the normal quantile of a two-sided 95% interval.
const Z95 = 1.959964

// Wilson returns the score interval of Wilson (1927) for a rate of which w of n
// trials were counted; z is the normal quantile, [Z95] for 95%:
//
//	centre = (p + z²/2n) / (1 + z²/n)
//	half   = z·√(p(1−p)/n + z²/4n²) / (1 + z²/n),  p = w/n
//
// It is method 3 of Newcombe, "Two-sided confidence intervals for the single
// proportion", Statistics in Medicine 17 (1998), 857–872. The bounds are exactly
// 0 at w = 0 and exactly 1 at w = n, which the arithmetic alone would miss.
// Where there is no rate (n = 0, w outside 0 to n, z not positive) both are NaN.
func Wilson(w, n int, z float64) (lo, hi float64) {
	if n <= 0 || w < 0 || w > n || !(z > 0) {
		return math.NaN(), math.NaN()
	}
	lo, hi = wilson(float64(w)/float64(n), float64(n), z)
	if w == 0 {
		lo = 0
	}
	if w == n {
		hi = 1
	}
	return lo, hi
}

// wilson is the interval of a rate p over m trials.
func wilson(p, m, z float64) (lo, hi float64) {
	den := 1 + z*z/m
	centre := (p + z*z/(2*m)) / den
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m)) / den
	return max(0, centre-half), min(1, centre+half)
}

// WilsonOver is the 95% interval of a rate over cases that were asked several
// times, by takes or orders. Repeats of a case are not independent: the answers
// are averaged per case first, and the cases are the trials. So the rate is
// right/graded, and its interval is Wilson's with n = cases and w = n·right/graded,
// which need not be whole. Where every case was graded once it is
// Wilson(right, graded, Z95); where cases have unequal numbers of repeats, those
// with more weigh more in the rate. cases are the distinct ones among the
// graded. Where there is no rate both are NaN.
func WilsonOver(right, graded, cases int) (lo, hi float64) {
	switch {
	case cases >= graded:
		return Wilson(right, graded, Z95)
	case cases <= 0 || right < 0 || right > graded:
		return math.NaN(), math.NaN()
	}
	lo, hi = wilson(float64(right)/float64(graded), float64(cases), Z95)
	if right == 0 {
		lo = 0
	}
	if right == graded {
		hi = 1
	}
	return lo, hi
}

// minPercent is the number of trials below which a percent would pretend to know
// more than the counts.
const minPercent = 5

// Rate says how often something came about, counts first:
//
//	14 of 20 right (70%, 95% interval 48–86%)
//
// Below five trials it gives the counts alone, and without any it says so. A
// rate that is neither 0 nor 1 is never rounded to it.
func Rate(w, n int, what string) string {
	switch {
	case n <= 0:
		return "none to count yet"
	case n < minPercent:
		return fmt.Sprintf("%d of %d %s", w, n, what)
	}
	lo, hi := Wilson(w, n, Z95)
	return fmt.Sprintf("%d of %d %s (%d%%, 95%% interval %d–%d%%)", w, n, what, Percent(w, n), Whole(lo), Whole(hi))
}

// RateOver is [Rate] over cases that were asked several times, with the interval
// of [WilsonOver]:
//
//	49 of 120 right over 60 cases (41%, 95% interval 29–54%)
//
// Below five cases it gives the counts alone. Where every case was graded once
// it is Rate.
func RateOver(right, graded, cases int, what string) string {
	if graded <= 0 || cases >= graded || cases <= 0 {
		return Rate(right, graded, what)
	}
	noun := "cases"
	if cases == 1 {
		noun = "case"
	}
	counts := fmt.Sprintf("%d of %d %s over %d %s", right, graded, what, cases, noun)
	if cases < minPercent {
		return counts
	}
	lo, hi := WilsonOver(right, graded, cases)
	return fmt.Sprintf("%s (%d%%, 95%% interval %d–%d%%)", counts, Percent(right, graded), Whole(lo), Whole(hi))
}

// Percent is w of n as a whole percent that is 0 or 100 only when it is exact.
// Without trials it is 0.
func Percent(w, n int) int {
	switch {
	case n <= 0 || w <= 0:
		return 0
	case w >= n:
		return 100
	}
	return min(99, max(1, int(math.Round(math.Round(1000*float64(w)/float64(n))/10))))
}

// Round3 rounds to the three decimals in which shares stand in --json.
func Round3(x float64) float64 { return math.Round(1000*x) / 1000 }

// Whole is a bound of an interval as a whole percent, rounded from its three
// decimals, a half to the even side, so that a sentence (48–86%) and the document
// beside it (0.481, 0.855) agree.
func Whole(x float64) int { return int(math.RoundToEven(math.Round(1000*x) / 10)) }
