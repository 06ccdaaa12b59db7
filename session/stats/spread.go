package stats

import (
	"math"
	"slices"
)

// ChiSquareUpper is the chance that a χ² with df degrees of freedom is x or more:
// the regularized upper incomplete gamma function Q(df/2, x/2), by its series
// below df/2 + 1 and by Lentz's continued fraction above it.
func ChiSquareUpper(x, df float64) float64 {
	switch {
	case !(df > 0) || math.IsNaN(x):
		return math.NaN()
	case x <= 0:
		return 1
	}
	a, z := df/2, x/2
	front := math.Exp(a*math.Log(z) - z - logGamma(a))
	if z < a+1 {
		term, sum := 1/a, 1/a
		for k := 1.0; k < 10_000 && term > sum*1e-16; k++ {
			term *= z / (a + k)
			sum += term
		}
		return max(0, 1-front*sum)
	}
	const tiny = 1e-300
	b := z + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for k := 1.0; k < 10_000; k++ {
		an := -k * (k - a)
		b += 2
		if d = an*d + b; math.Abs(d) < tiny {
			d = tiny
		}
		if c = b + an/c; math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		step := c * d
		h *= step
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	return front * h
}

// ChiSquareQuantile is the value that a χ² with df degrees of freedom stays below
// with the chance p.
func ChiSquareQuantile(p, df float64) float64 {
	if !(p > 0 && p < 1) || !(df > 0) {
		return math.NaN()
	}
	return root(func(x float64) float64 { return 1 - ChiSquareUpper(x, df) }, p, df)
}

// StudentQuantile is the value that Student's t with df degrees of freedom stays
// below with the chance p, for p of a half or more.
func StudentQuantile(p, df float64) float64 {
	if !(p >= 0.5 && p < 1) || !(df > 0) {
		return math.NaN()
	}
	if p == 0.5 {
		return 0
	}
	return root(func(t float64) float64 { return 1 - incompleteBeta(df/2, 0.5, df/(df+t*t))/2 }, p, 2)
}

// root finds x ≥ 0 with f(x) = p, f growing: the bound is doubled from start, then
// the gap halved.
func root(f func(float64) float64, p, start float64) float64 {
	lo, hi := 0.0, max(start, 1e-3)
	for f(hi) < p && hi < 1e12 {
		lo, hi = hi, 2*hi
	}
	for range 200 {
		mid := (lo + hi) / 2
		if f(mid) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// incompleteBeta is the regularized incomplete beta function I_x(a, b), by
// Lentz's continued fraction.
func incompleteBeta(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - incompleteBeta(b, a, 1-x)
	}
	front := math.Exp(logGamma(a+b)-logGamma(a)-logGamma(b)+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	h := d
	for m := 1.0; m < 10_000; m++ {
		for _, num := range [2]float64{
			m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)),
			-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)),
		} {
			if d = 1 + num*d; math.Abs(d) < tiny {
				d = tiny
			}
			if c = 1 + num/c; math.Abs(c) < tiny {
				c = tiny
			}
			d = 1 / d
			h *= c * d
		}
		if math.Abs(c*d-1) < 1e-15 {
			break
		}
	}
	return front * h
}

// MeanInterval is the mean of xs with its 95% interval, mean ± t·s/√n with n−1
// degrees of freedom. Below two values the interval is NaN.
func MeanInterval(xs []float64) (mean, lo, hi float64) {
	n := float64(len(xs))
	if n == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	for _, x := range xs {
		mean += x / n
	}
	if n < 2 {
		return mean, math.NaN(), math.NaN()
	}
	half := StudentQuantile(0.975, n-1) * SD(xs) / math.Sqrt(n)
	return mean, mean - half, mean + half
}

// SD is the standard deviation of a sample, with n−1 below the sum; NaN below two
// values.
func SD(xs []float64) float64 {
	n := float64(len(xs))
	if n < 2 {
		return math.NaN()
	}
	mean, sum := 0.0, 0.0
	for _, x := range xs {
		mean += x / n
	}
	for _, x := range xs {
		sum += (x - mean) * (x - mean)
	}
	return math.Sqrt(sum / (n - 1))
}

// SDInterval is the 95% interval of a standard deviation that was seen over n
// values, as if they were normal:
//
//	s·√((n−1)/χ²_{.975})  to  s·√((n−1)/χ²_{.025})
func SDInterval(sd float64, n int) (lo, hi float64) {
	if n < 2 {
		return math.NaN(), math.NaN()
	}
	df := float64(n - 1)
	return sd * math.Sqrt(df/ChiSquareQuantile(0.975, df)), sd * math.Sqrt(df/ChiSquareQuantile(0.025, df))
}

// Range is the greatest of xs less the least, NaN without any.
func Range(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	return slices.Max(xs) - slices.Min(xs)
}

// Holm corrects the p-values of several comparisons so that the chance of any
// false one stays what each promised: Holm, "A simple sequentially rejective
// multiple test procedure", Scandinavian Journal of Statistics 6 (1979), 65–70.
// One that is NaN was no comparison, and stays so.
func Holm(ps []float64) []float64 {
	out := make([]float64, len(ps))
	var at []int
	for i, p := range ps {
		out[i] = p
		if !math.IsNaN(p) {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch {
		case ps[a] < ps[b]:
			return -1
		case ps[a] > ps[b]:
			return 1
		}
		return 0
	})
	worst := 0.0
	for k, i := range at {
		worst = max(worst, min(1, float64(len(at)-k)*ps[i]))
		out[i] = worst
	}
	return out
}
