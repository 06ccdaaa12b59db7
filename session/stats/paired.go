package stats

import "math"

// McNemar tests whether a change helps, from cases judged before and after: b
// passed before and fail now, c failed before and pass now.
//
//	exact = the sign test of b against c
//	mid-p = exact − C(b+c, b)/2^(b+c), or 1 − half of that term where b = c
//
// Fagerland, Lydersen and Laake, "The McNemar test for binary matched-pairs data:
// mid-p and asymptotic are better than exact conditional", BMC Medical Research
// Methodology 13:91 (2013), who recommend mid-p. Where nothing changed both are
// NaN.
func McNemar(b, c int) (exact, midP float64) {
	if exact = SignTest(b, c); math.IsNaN(exact) {
		return exact, exact
	}
	term := binomial(b+c, b)
	if b == c {
		return exact, 1 - term/2
	}
	return exact, exact - term
}

// BonettPrice is an interval for the change of a rate over n cases of which b
// got worse and c better, from −1 to 1:
//
//	p_b = (b+1)/(n+2), p_c = (c+1)/(n+2), d = p_c − p_b
//	d ± z·√((p_b + p_c − d²)/(n+2))
//
// Bonett and Price, "Adjusted Wald confidence interval for a difference of
// binomial proportions based on paired data", Journal of Educational and
// Behavioral Statistics 37 (2012), 479–488. Without cases it is NaN.
func BonettPrice(b, c, n int, z float64) (lo, hi float64) {
	if n <= 0 || b < 0 || c < 0 || b+c > n || !(z > 0) {
		return math.NaN(), math.NaN()
	}
	m := float64(n + 2)
	pb, pc := float64(b+1)/m, float64(c+1)/m
	d := pc - pb
	half := z * math.Sqrt((pb+pc-d*d)/m)
	return max(-1, d-half), min(1, d+half)
}

// Newcombe is the hybrid score interval for the difference w1/n1 − w2/n2 of two
// unrelated rates, made of their Wilson intervals l1…u1 and l2…u2:
//
//	d − √((p1−l1)² + (u2−p2)²)  to  d + √((u1−p1)² + (p2−l2)²)
//
// Method 10 of Newcombe, "Interval estimation for the difference between
// independent proportions", Statistics in Medicine 17 (1998), 873–890. Where
// either rate is undefined it is NaN.
func Newcombe(w1, n1, w2, n2 int, z float64) (lo, hi float64) {
	l1, u1 := Wilson(w1, n1, z)
	l2, u2 := Wilson(w2, n2, z)
	p1, p2 := float64(w1)/float64(n1), float64(w2)/float64(n2)
	return p1 - p2 - math.Hypot(p1-l1, u2-p2), p1 - p2 + math.Hypot(u1-p1, p2-l2)
}

// FlipSigns is [McNemar] where each case was asked several times: changes holds what
// each case's rate changed by, in whole steps (right answers more of as many takes).
// Where nothing matters each change could as well have gone the other way, so the sum
// is held against the sums under all signs, counted exactly:
//
//	exact = P(|S| ≥ |s|), mid-p = exact − P(|S| = |s|)/2
//
// For changes of −1, 0 and 1 both are McNemar's. Where nothing changed both are NaN.
func FlipSigns(changes []int) (exact, midP float64) {
	unit := 0
	for _, c := range changes {
		unit = divisor(unit, max(c, -c))
	}
	if unit == 0 {
		return math.NaN(), math.NaN()
	}
	sum, most := 0, 0
	for _, c := range changes {
		sum += c / unit
		most += max(c, -c) / unit
	}
	chance := make([]float64, 2*most+1) // of a sum, from −most
	chance[most] = 1
	reach := 0
	for _, c := range changes {
		if c = max(c, -c) / unit; c == 0 {
			continue
		}
		next := make([]float64, len(chance))
		for s := most - reach; s <= most+reach; s++ {
			next[s-c] += chance[s] / 2
			next[s+c] += chance[s] / 2
		}
		chance, reach = next, reach+c
	}
	at := 0.0
	for s, p := range chance {
		switch d := max(s-most, most-s); {
		case d > max(sum, -sum):
			exact += p
		case d == max(sum, -sum):
			at += p
		}
	}
	return min(1, exact+at), min(1, exact+at/2)
}

// divisor is the greatest common one.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
