package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"galley/session/stats"
)

// Tables of χ² and of Student's t, as in Abramowitz and Stegun, tables 26.8 and
// 26.10.
func TestQuantilesAgainstTables(t *testing.T) {
	for _, tt := range []struct{ p, df, want float64 }{
		{0.975, 4, 11.1433}, {0.025, 4, 0.484419}, {0.95, 1, 3.84146}, {0.95, 10, 18.3070}, {0.99, 30, 50.8922}, {0.025, 9, 2.70039},
		{0.975, 9, 19.0228}, {0.5, 2, 1.38629}, {0.999, 100, 149.449}, {0.005, 1, 0.0000392704},
	} {
		got := stats.ChiSquareQuantile(tt.p, tt.df)
		if math.Abs(got/tt.want-1) > 2e-5 {
			t.Errorf("χ² of %v with %v: %v, want %v", tt.p, tt.df, got, tt.want)
		}
		if back := 1 - stats.ChiSquareUpper(got, tt.df); !near(back, tt.p, 1e-9) {
			t.Errorf("χ² of %v with %v comes back as %v", tt.p, tt.df, back)
		}
	}
	for _, tt := range []struct{ p, df, want float64 }{
		{0.975, 1, 12.706}, {0.975, 2, 4.303}, {0.975, 4, 2.776}, {0.975, 9, 2.262}, {0.975, 30, 2.042}, {0.975, 1e6, 1.95997}, {0.95, 10, 1.812}, {0.995, 5, 4.032}, {0.5, 3, 0},
	} {
		if got := stats.StudentQuantile(tt.p, tt.df); !near(got, tt.want, 0.0006) {
			t.Errorf("t of %v with %v: %v, want %v", tt.p, tt.df, got, tt.want)
		}
	}
	for _, x := range []float64{stats.ChiSquareQuantile(0, 3), stats.ChiSquareQuantile(0.5, 0), stats.StudentQuantile(0.4, 3), stats.ChiSquareUpper(1, 0)} {
		if !math.IsNaN(x) {
			t.Errorf("what is undefined is %v", x)
		}
	}
}

// Of methods.md, 1.12: within what factors K orders tell the standard deviation.
func TestSDInterval(t *testing.T) {
	for k, want := range map[int][2]float64{5: {0.60, 2.87}, 8: {0.66, 2.04}, 10: {0.69, 1.83}, 16: {0.74, 1.55}, 24: {0.78, 1.40}} {
		lo, hi := stats.SDInterval(1, k)
		if !near(lo, want[0], 0.005) || !near(hi, want[1], 0.005) {
			t.Errorf("K = %d: ×%.3f to ×%.3f, want %v", k, lo, hi, want)
		}
	}
}

// Student, "The probable error of a mean", Biometrika 6 (1908): the additional
// hours of sleep of ten patients, R's sleep: mean 1.58, sd 1.230, 0.70 to 2.46.
func TestMeanInterval(t *testing.T) {
	sleep := []float64{1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4}
	mean, lo, hi := stats.MeanInterval(sleep)
	if !near(mean, 1.58, 1e-9) || !near(stats.SD(sleep), 1.229995, 1e-6) || !near(lo, 0.7001142, 1e-6) || !near(hi, 2.4598858, 1e-6) {
		t.Errorf("%v (%v to %v), sd %v", mean, lo, hi, stats.SD(sleep))
	}
	if _, lo, _ := stats.MeanInterval(sleep[:1]); !math.IsNaN(lo) {
		t.Error("one value has an interval")
	}
}

func bits(rows ...string) (out [][]bool) {
	for _, r := range rows {
		row := make([]bool, len(r))
		for i := range r {
			row[i] = r[i] == '1'
		}
		out = append(out, row)
	}
	return out
}

// Conover, Practical Nonparametric Statistics (3rd edition, 1999), section 4.6,
// and NIST's Dataplot manual: three sportsmen predict twelve games, T = 2.8,
// p = 0.2466. And the data that statsmodels checks its cochrans_q with: 13.2857,
// p = 0.00405.
func TestCochranQAgainstPublishedValues(t *testing.T) {
	conover := bits("111", "111", "010", "110", "000", "111", "111", "110", "001", "010", "111", "111")
	if q, p := stats.CochranQ(conover); !near(q, 2.8, 1e-9) || !near(p, 0.246597, 1e-6) {
		t.Errorf("Conover: %v, p %v", q, p)
	}
	drugs := bits("0001", "0001", "0001", "1111", "1001", "0101", "1001", "0001", "0100", "0000", "1001", "0011")
	if q, p := stats.CochranQ(drugs); !near(q, 13.2857142857, 1e-9) || !near(p, 0.00405, 1e-5) {
		t.Errorf("statsmodels: %v, p %v", q, p)
	}
	if q, p := stats.CochranQ(bits("11", "00")); !math.IsNaN(q) || !math.IsNaN(p) {
		t.Errorf("no case differs: %v, %v", q, p)
	}
	// For two treatments it is McNemar's statistic, (b−c)²/(b+c).
	rapid.Check(t, func(t *rapid.T) {
		b, c, same := rapid.IntRange(0, 20).Draw(t, "b"), rapid.IntRange(1, 20).Draw(t, "c"), rapid.IntRange(0, 9).Draw(t, "same")
		var rows [][]bool
		for range b {
			rows = append(rows, []bool{true, false})
		}
		for range c {
			rows = append(rows, []bool{false, true})
		}
		for i := range same {
			rows = append(rows, []bool{i%2 == 0, i%2 == 0})
		}
		q, _ := stats.CochranQ(rows)
		if want := float64((b-c)*(b-c)) / float64(b+c); !near(q, want, 1e-9) {
			t.Fatalf("%v, want %v", q, want)
		}
	})
	// By permutation, where all can be counted: of Conover's, four games have one and
	// three have two of three, so Q's exact p is that of all 3^7 arrangements.
	if p := stats.PermuteRates(conover, 7); math.Abs(p-exactRates(conover)) > 0.035 {
		t.Errorf("by permutation %v, exactly %v", p, exactRates(conover))
	}
	if p := stats.PermuteRates(drugs, 7); math.Abs(p-exactRates(drugs)) > 0.005 {
		t.Errorf("by permutation %v, exactly %v", p, exactRates(drugs))
	}
}

// exactRates is the p-value of Cochran's Q over all arrangements: the distribution
// of the columns' sums is built up row by row.
func exactRates(rows [][]bool) float64 {
	k := len(rows[0])
	type sums [4]int
	at := map[sums]float64{{}: 1}
	var seen sums
	for _, row := range rows {
		var ways []sums
		passes := 0
		for j, pass := range row {
			if pass {
				passes++
				seen[j]++
			}
		}
		for mask := range 1 << k {
			var s sums
			n := 0
			for j := range k {
				if mask>>j&1 == 1 {
					s[j]++
					n++
				}
			}
			if n == passes {
				ways = append(ways, s)
			}
		}
		next := map[sums]float64{}
		for s, p := range at {
			for _, w := range ways {
				t := s
				for j := range k {
					t[j] += w[j]
				}
				next[t] += p / float64(len(ways))
			}
		}
		at = next
	}
	square := func(s sums) (n int) {
		for _, x := range s {
			n += x * x
		}
		return n
	}
	p := 0.0
	for s, q := range at {
		if square(s) >= square(seen) {
			p += q
		}
	}
	return p
}

func TestDisagreement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 20).Draw(t, "k")
		s := rapid.IntRange(0, k).Draw(t, "s")
		labels := make([]int, k)
		for i := range s {
			labels[i] = 1
		}
		want := 2 * float64(s) * float64(k-s) / float64(k*(k-1))
		if got := stats.Disagreement(labels); !near(got, want, 1e-12) {
			t.Fatalf("%d of %d: %v, want %v", s, k, got, want)
		}
	})
	if got := stats.Disagreement([]int{1, 2, 3, 4}); got != 1 {
		t.Errorf("all different: %v", got)
	}
	if !math.IsNaN(stats.Disagreement([]int{1})) {
		t.Error("one answer disagrees")
	}
}

// Under "nothing matters" each test is wrong as often as it says: here at 5%, over
// 600 made-up studies, within five standard deviations.
func TestPermutationsKeepTheirWord(t *testing.T) {
	const studies, cases, k, r = 600, 20, 6, 6
	rng := rand.New(rand.NewPCG(1, 2))
	wrong := map[string]int{}
	for study := range studies {
		var rows [][]bool
		var treated, control [][]int
		var squares [][][]float64
		for range cases {
			p := rng.Float64()
			draw := func() int {
				if rng.Float64() < p {
					return 1
				}
				return 0
			}
			row, labels, again := make([]bool, k), make([]int, k), make([]int, r)
			for i := range k {
				labels[i] = draw()
				row[i] = labels[i] == 1
			}
			for i := range r {
				again[i] = draw()
			}
			w := make([][]float64, k)
			for o := range w {
				w[o] = make([]float64, k)
				place := [2]float64{rng.Float64(), rng.Float64()}
				for j := range k {
					w[o][j] = place[labels[j]]
				}
			}
			rows, treated, control, squares = append(rows, row), append(treated, labels), append(control, again), append(squares, w)
		}
		count := func(name string, p float64) {
			if p <= 0.05 {
				wrong[name]++
			}
		}
		count("rates", stats.PermuteRates(rows, uint64(study)))
		count("excess", stats.PermuteExcess(treated, control, uint64(study)))
		_, p := stats.PermutePlace(squares, uint64(study))
		count("place", p)
	}
	for _, name := range []string{"rates", "excess", "place"} {
		if n := wrong[name]; n < 8 || n > 57 { // 30, standard deviation 5.3
			t.Errorf("%s: wrong in %d of %d, want about 30", name, n, studies)
		}
	}
}

func TestPermutationsSeeWhatIsThere(t *testing.T) {
	var rows [][]bool
	var treated, control [][]int
	for i := range 12 {
		rows = append(rows, []bool{true, true, false, false})
		treated = append(treated, []int{0, 1, 2, 3})
		control = append(control, []int{i, i, i, i})
	}
	if p := stats.PermuteRates(rows, 1); p > 0.001 {
		t.Errorf("two of four always fail: p %v", p)
	}
	if p := stats.PermuteExcess(treated, control, 1); p > 0.001 {
		t.Errorf("each order has an answer of its own: p %v", p)
	}
	if p := stats.PermuteExcess(control, treated, 1); p < 0.9 {
		t.Errorf("only the repeats differ: p %v", p)
	}
	if p := stats.PermuteRates(bits("11", "00"), 1); !math.IsNaN(p) {
		t.Errorf("nothing differs: p %v", p)
	}
	if p := stats.PermuteExcess([][]int{{1, 1}}, [][]int{{1, 1}}, 1); !math.IsNaN(p) {
		t.Errorf("nothing differs: p %v", p)
	}
	squares := make([][][]float64, 12)
	for i := range squares {
		squares[i] = [][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	}
	if mean, p := stats.PermutePlace(squares, 1); p > 0.001 || !near(mean, 2.0/3, 1e-9) {
		t.Errorf("answers go with places: %v, p %v", mean, p)
	}
	if mean, p := stats.PermutePlace([][][]float64{{{1, 1}, {0, 0}}}, 1); !math.IsNaN(mean) || !math.IsNaN(p) {
		t.Errorf("no answer weighs more than another: %v, p %v", mean, p)
	}
}

// Holm 1979, as R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") has it.
func TestHolm(t *testing.T) {
	got := stats.Holm([]float64{0.01, 0.04, math.NaN(), 0.03, 0.005})
	want := []float64{0.03, 0.06, math.NaN(), 0.06, 0.02}
	for i := range want {
		if math.IsNaN(want[i]) != math.IsNaN(got[i]) || !math.IsNaN(want[i]) && !near(got[i], want[i], 1e-12) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// With one take a case FlipSigns is McNemar's test; with more, small cases are
// counted by hand: changes of 2, 1 and −1 halves have eight sums, 2 seen, and 4 comes
// twice, 2 four times, 0 twice.
func TestFlipSigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c, takes := rapid.IntRange(0, 15).Draw(t, "b"), rapid.IntRange(1, 15).Draw(t, "c"), rapid.IntRange(1, 60).Draw(t, "takes")
		changes := make([]int, rapid.IntRange(0, 5).Draw(t, "same"))
		for range b {
			changes = append(changes, -takes)
		}
		for range c {
			changes = append(changes, takes)
		}
		exact, mid := stats.FlipSigns(changes)
		wantExact, wantMid := stats.McNemar(b, c)
		if !near(exact, wantExact, 1e-12) || !near(mid, wantMid, 1e-12) {
			t.Fatalf("%v and %v, McNemar has %v and %v", exact, mid, wantExact, wantMid)
		}
	})
	if exact, mid := stats.FlipSigns([]int{2, 1, -1}); !near(exact, 0.75, 1e-12) || !near(mid, 0.5, 1e-12) {
		t.Errorf("by hand: %v and %v, want 0.75 and 0.5", exact, mid)
	}
	if exact, mid := stats.FlipSigns([]int{0, 0}); !math.IsNaN(exact) || !math.IsNaN(mid) {
		t.Errorf("nothing changed: %v and %v", exact, mid)
	}
}
