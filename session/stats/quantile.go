package stats

import (
	"math"
	"slices"
)

// Number is what can be ordered and averaged.
type Number interface {
	~int | ~int32 | ~int64 | ~float32 | ~float64
}

// Quantile returns the value below which a share q of xs lies, between two
// values by linear interpolation: definition 7 of Hyndman and Fan, "Sample
// quantiles in statistical packages", The American Statistician 50 (1996),
// 361–365, the default of R and NumPy. q is held to 0 … 1. Without values it is
// NaN. xs stays as it is.
func Quantile[T Number](xs []T, q float64) float64 {
	if len(xs) == 0 || math.IsNaN(q) {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(xs))
	at := min(1, max(0, q)) * float64(len(s)-1)
	i := int(at)
	lo := float64(s[i])
	if i+1 == len(s) {
		return lo
	}
	return lo + (at-float64(i))*(float64(s[i+1])-lo)
}

// Median is the value in the middle of xs, the mean of the middle two where
// their number is even, NaN where there are none.
func Median[T Number](xs []T) float64 { return Quantile(xs, 0.5) }
