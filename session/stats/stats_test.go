package stats_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"galley/session/stats"
)

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

func TestWilsonAgainstPublishedValues(t *testing.T) {
	for _, tt := range []struct {
		w, n   int
		lo, hi float64
		source string
	}{
		{81, 263, 0.2553, 0.3662, "Newcombe 1998, table I, method 3"},
		{15, 148, 0.0624, 0.1605, "Newcombe 1998, table I, method 3"},
		{0, 20, 0, 0.1611, "Newcombe 1998, table I, method 3"},
		{1, 29, 0.0061, 0.1718, "Newcombe 1998, table I, method 3"},
		{20, 20, 1 - 0.1611, 1, "the mirror image of 0 of 20"},
		{28, 29, 1 - 0.1718, 1 - 0.0061, "the mirror image of 1 of 29"},
	} {
		lo, hi := stats.Wilson(tt.w, tt.n, stats.Z95)
		if !near(lo, tt.lo, 0.00005) || !near(hi, tt.hi, 0.00005) {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f (%s)", tt.w, tt.n, lo, hi, tt.lo, tt.hi, tt.source)
		}
	}
}

// The bounds are the roots of (p − x)² = z²·x(1−x)/n: Wilson's definition, from
// which the formula is derived.
func TestWilsonSolvesItsEquation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 100_000).Draw(t, "n")
		w := rapid.IntRange(0, n).Draw(t, "w")
		z := rapid.Float64Range(0.1, 5).Draw(t, "z")
		lo, hi := stats.Wilson(w, n, z)
		p := float64(w) / float64(n)
		if !(0 <= lo && lo <= p && p <= hi && hi <= 1 && lo < hi) {
			t.Fatalf("%d of %d: %v to %v does not hold %v", w, n, lo, hi, p)
		}
		for _, x := range []float64{lo, hi} {
			if x == 0 || x == 1 {
				continue
			}
			if d := (p-x)*(p-x) - z*z*x*(1-x)/float64(n); math.Abs(d) > 1e-9 {
				t.Fatalf("%d of %d: the bound %v misses by %v", w, n, x, d)
			}
		}
		mlo, mhi := stats.Wilson(n-w, n, z)
		if !near(lo, 1-mhi, 1e-12) || !near(hi, 1-mlo, 1e-12) {
			t.Fatalf("%d of %d is not the mirror image of %d", w, n, n-w)
		}
	})
}

func TestWilsonBoundsAreExact(t *testing.T) {
	for n := 1; n <= 2000; n++ {
		if lo, _ := stats.Wilson(0, n, stats.Z95); lo != 0 {
			t.Fatalf("0 of %d begins at %v", n, lo)
		}
		if _, hi := stats.Wilson(n, n, stats.Z95); hi != 1 {
			t.Fatalf("%d of %d ends at %v", n, n, hi)
		}
	}
}

func TestWilsonUndefined(t *testing.T) {
	for _, tt := range []struct {
		w, n int
		z    float64
	}{{0, 0, 2}, {1, 0, 2}, {-1, 5, 2}, {6, 5, 2}, {0, -1, 2}, {1, 5, 0}, {1, 5, -1}, {1, 5, math.NaN()}} {
		lo, hi := stats.Wilson(tt.w, tt.n, tt.z)
		if !math.IsNaN(lo) || !math.IsNaN(hi) {
			t.Errorf("%d of %d with z %v: %v to %v, want NaN", tt.w, tt.n, tt.z, lo, hi)
		}
	}
}

func TestRate(t *testing.T) {
	for _, tt := range []struct {
		w, n int
		want string
	}{
		{14, 20, "14 of 20 right (70%, 95% interval 48–86%)"},
		{21, 30, "21 of 30 right (70%, 95% interval 52–83%)"},
		{35, 50, "35 of 50 right (70%, 95% interval 56–81%)"},
		{70, 100, "70 of 100 right (70%, 95% interval 60–78%)"},
		{40, 50, "40 of 50 right (80%, 95% interval 67–89%)"},
		{3, 4, "3 of 4 right"},
		{0, 4, "0 of 4 right"},
		{0, 5, "0 of 5 right (0%, 95% interval 0–43%)"},
		{20, 20, "20 of 20 right (100%, 95% interval 84–100%)"},
		{999, 1000, "999 of 1000 right (99%, 95% interval 99–100%)"},
		{1, 1000, "1 of 1000 right (1%, 95% interval 0–1%)"},
		{0, 0, "none to count yet"},
	} {
		if got := stats.Rate(tt.w, tt.n, "right"); got != tt.want {
			t.Errorf("%d of %d: %q, want %q", tt.w, tt.n, got, tt.want)
		}
	}
}

// By hand: p = 49/120, n = 60, z² = 3.841459: centre (p + z²/120)/(1 + z²/60) =
// 0.413849, half z·√(p(1−p)/60 + z²/14400)/(1 + z²/60) = 0.120697. A percent is
// rounded from three decimals, as in Rate: 0.535 is 54.
func TestRateOverCases(t *testing.T) {
	for _, tt := range []struct {
		right, graded, cases int
		lo, hi               float64
		want                 string
	}{
		{49, 120, 60, 0.293152, 0.534546, "49 of 120 right over 60 cases (41%, 95% interval 29–54%)"},
		{7, 12, 6, 0.241078, 0.860533, "7 of 12 right over 6 cases (58%, 95% interval 24–86%)"},
		{39, 40, 20, 0.799547, 0.997384, "39 of 40 right over 20 cases (98%, 95% interval 80–100%)"},
		{0, 60, 20, 0, 0.161125, "0 of 60 right over 20 cases (0%, 95% interval 0–16%)"},
		{60, 60, 20, 1 - 0.161125, 1, "60 of 60 right over 20 cases (100%, 95% interval 84–100%)"},
		{8, 12, 4, 0.243, 0.926, "8 of 12 right over 4 cases"},
		{2, 3, 1, 0.1387, 0.9706, "2 of 3 right over 1 case"},
	} {
		lo, hi := stats.WilsonOver(tt.right, tt.graded, tt.cases)
		if tt.cases >= 5 && (!near(lo, tt.lo, 0.000005) || !near(hi, tt.hi, 0.000005)) {
			t.Errorf("%d of %d over %d: %.6f to %.6f, want %.6f to %.6f", tt.right, tt.graded, tt.cases, lo, hi, tt.lo, tt.hi)
		}
		if got := stats.RateOver(tt.right, tt.graded, tt.cases, "right"); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 500).Draw(t, "n")
		w := rapid.IntRange(0, n).Draw(t, "w")
		lo, hi := stats.Wilson(w, n, stats.Z95)
		olo, ohi := stats.WilsonOver(w, n, n)
		if lo != olo || hi != ohi || stats.Rate(w, n, "right") != stats.RateOver(w, n, n, "right") {
			t.Fatalf("%d of %d once each is not Wilson's: %v to %v, %v to %v", w, n, lo, hi, olo, ohi)
		}
		k := rapid.IntRange(2, 9).Draw(t, "takes")
		if olo, ohi = stats.WilsonOver(w*k, n*k, n); !near(lo, olo, 1e-12) || !near(hi, ohi, 1e-12) {
			t.Fatalf("the same answers %d times over made %v to %v of %v to %v", k, olo, ohi, lo, hi)
		}
	})
	for _, tt := range [][3]int{{0, 0, 0}, {1, 2, 0}, {-1, 9, 3}, {10, 9, 3}} {
		if lo, hi := stats.WilsonOver(tt[0], tt[1], tt[2]); !math.IsNaN(lo) || !math.IsNaN(hi) {
			t.Errorf("%v: %v to %v, want NaN", tt, lo, hi)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, tt := range [][3]int{{0, 0, 0}, {0, 9, 0}, {9, 9, 100}, {1, 300, 1}, {299, 300, 99}, {1, 8, 13}, {1, 3, 33}, {2, 3, 67}} {
		if got := stats.Percent(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%d of %d is %d%%, want %d%%", tt[0], tt[1], got, tt[2])
		}
	}
}

func TestQuantile(t *testing.T) {
	// R: quantile(c(15, 20, 35, 40, 50), p, type = 7).
	xs := []int64{50, 15, 40, 20, 35}
	for _, tt := range []struct{ q, want float64 }{{0, 15}, {0.05, 16}, {0.25, 20}, {0.3, 23}, {0.4, 29}, {0.5, 35}, {0.9, 46}, {1, 50}, {-1, 15}, {2, 50}} {
		if got := stats.Quantile(xs, tt.q); !near(got, tt.want, 1e-9) {
			t.Errorf("quantile %v is %v, want %v", tt.q, got, tt.want)
		}
	}
	if !slices.Equal(xs, []int64{50, 15, 40, 20, 35}) {
		t.Errorf("the values were put in another order: %v", xs)
	}
	if got := stats.Median([]int{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median %v, want 2.5", got)
	}
	if got := stats.Median([]float64{7}); got != 7 {
		t.Errorf("median %v, want 7", got)
	}
	if got := stats.Median[int](nil); !math.IsNaN(got) {
		t.Errorf("the median of nothing is %v, want NaN", got)
	}
}
