package stats_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"galley/session/stats"
)

// Of methods.md, 1.3, by exact arithmetic there: the fewest wins that settle a
// pair with so many losses. Here E is held against exact factorials.
func TestMixtureWinsNeeded(t *testing.T) {
	for losses, want := range map[int]int{0: 8, 1: 11, 2: 13, 3: 15, 4: 17, 5: 19, 6: 21, 8: 24, 10: 27, 15: 35, 20: 43} {
		w := losses
		for stats.Mixture(float64(w), float64(losses)) < stats.SettledAt {
			w++
		}
		if w != want {
			t.Errorf("%d losses take %d wins, want %d", losses, w, want)
		}
	}
	// 2ⁿ·6·(w+1)!·(l+1)!/(n+3)!
	fact := func(n int) float64 {
		f := 1.0
		for i := 2; i <= n; i++ {
			f *= float64(i)
		}
		return f
	}
	for w := range 40 {
		for l := range 40 {
			want := math.Pow(2, float64(w+l)) * 6 * fact(w+1) * fact(l+1) / fact(w+l+3)
			if got := stats.Mixture(float64(w), float64(l)); math.Abs(got/want-1) > 1e-9 {
				t.Fatalf("E(%d, %d) is %v, want %v", w, l, got, want)
			}
		}
	}
	if !math.IsNaN(stats.Mixture(-1, 2)) {
		t.Error("negative wins have evidence")
	}
}

// Of methods.md, 1.3: how often the rule calls a winner between equals when it is
// looked at after every judgment. Ville's bound for ever is 1 in 12.
func TestMixtureFalseAlarms(t *testing.T) {
	alive, lost := []float64{1}, 0.0
	want := map[int]float64{20: 0.018, 50: 0.035, 100: 0.044, 200: 0.051}
	for n := 1; n <= 200; n++ {
		next := make([]float64, n+1)
		for w, p := range alive {
			next[w] += p / 2
			next[w+1] += p / 2
		}
		for w := range next {
			if stats.Mixture(float64(w), float64(n-w)) >= stats.SettledAt {
				lost += next[w]
				next[w] = 0
			}
		}
		alive = next
		if x, ok := want[n]; ok && !near(lost, x, 0.0006) {
			t.Errorf("%.4f by %d, want %.3f", lost, n, x)
		}
	}
	for n, x := range map[int]float64{20: 0.175, 50: 0.27, 100: 0.33} {
		if got := stats.FalseLead(n); !near(got, x, 0.006) {
			t.Errorf("a false lead by %d: %.4f, want %.3f", n, got, x)
		}
	}
}

func TestMore(t *testing.T) {
	if m, slip := stats.More(14, 6, 14.0/20), stats.More(14, 6, 16.0/24); m != 30 || slip != 45 {
		t.Errorf("14–6 takes %d and %d more, want 30 and 45", m, slip)
	}
	if m := stats.More(7, 0, 1); m != 1 {
		t.Errorf("7–0 takes %d more, want 1", m)
	}
	for _, tt := range []struct {
		w, l int
		rate float64
	}{{8, 0, 1}, {10, 10, 0.5}, {0, 0, 0.5}, {501, 500, 501.0 / 1001}, {1, 1, math.NaN()}, {-1, 2, 0.5}} {
		if m := stats.More(tt.w, tt.l, tt.rate); m != 0 {
			t.Errorf("%+v: %d more", tt, m)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w, l := rapid.IntRange(0, 60).Draw(t, "w"), rapid.IntRange(0, 60).Draw(t, "l")
		rate := rapid.Float64Range(0, 1).Draw(t, "rate")
		want := 0
		for m := range stats.MoreBound + 1 {
			if stats.Mixture(float64(w)+rate*float64(m), float64(l)+(1-rate)*float64(m)) >= stats.SettledAt {
				want = m
				break
			}
		}
		if got := stats.More(w, l, rate); got != want {
			t.Fatalf("%d–%d at %v: %d, want %d", w, l, rate, got, want)
		}
	})
}

// Fagerland, Lydersen and Laake 2013, tables 1, 2 and 6: airway
// hyper-responsiveness (Bentur et al. 2009), complete response (Cavo et al. 2012);
// and of methods.md 1.6, the smallest results below 0.05.
func TestMcNemarAgainstPublishedValues(t *testing.T) {
	for _, tt := range []struct {
		b, c       int
		exact, mid float64
	}{{1, 7, 0.0703, 0.0391}, {6, 16, 0.0525, 0.0347}, {3, 9, 0.1460, 0.0923}, {4, 4, 1, 1 - 70.0/512}} {
		exact, mid := stats.McNemar(tt.b, tt.c)
		if !near(exact, tt.exact, 0.0001) || !near(mid, tt.mid, 0.0001) {
			t.Errorf("%d and %d: %.4f and %.4f, want %.4f and %.4f", tt.b, tt.c, exact, mid, tt.exact, tt.mid)
		}
		if e2, m2 := stats.McNemar(tt.c, tt.b); e2 != exact || !near(m2, mid, 1e-12) {
			t.Errorf("%d and %d the other way round differ", tt.b, tt.c)
		}
	}
	for l, w := range []int{5, 7, 9, 11} {
		_, mid := stats.McNemar(w, l)
		_, less := stats.McNemar(w-1, l)
		if mid >= 0.05 || less < 0.05 {
			t.Errorf("%d–%d has %.4f and %d–%d %.4f: 0.05 does not lie between", w, l, mid, w-1, l, less)
		}
	}
	if e, m := stats.McNemar(0, 0); !math.IsNaN(e) || !math.IsNaN(m) {
		t.Errorf("no change has p %v and %v", e, m)
	}
}

func TestSignTest(t *testing.T) {
	// Binomial tables, n = 10 and 20, p = ½: P(X ≤ 1) = .0107, P(X ≤ 2) = .0547; P(X ≤ 6) = .0577.
	for _, tt := range []struct {
		w, l int
		want float64
	}{{9, 1, 0.0215}, {2, 8, 0.1094}, {14, 6, 0.1153}, {5, 5, 1}, {6, 0, 0.03125}, {1, 0, 1}} {
		if got := stats.SignTest(tt.w, tt.l); !near(got, tt.want, 0.0001) {
			t.Errorf("%d–%d: %.4f, want %.4f", tt.w, tt.l, got, tt.want)
		}
	}
	if !math.IsNaN(stats.SignTest(0, 0)) {
		t.Error("no decision has a p")
	}
}

func TestIntervalsOfDifferencesAgainstPublishedValues(t *testing.T) {
	for _, tt := range []struct {
		w1, n1, w2, n2 int
		lo, hi         float64
	}{ // Newcombe 1998, table II, method 10
		{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090}, {6, 7, 2, 7, 0.0582, 0.8062}, {5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775}, {0, 10, 0, 10, -0.2775, 0.2775}, {10, 10, 0, 20, 0.6791, 1}, {10, 10, 0, 10, 0.6075, 1},
	} {
		lo, hi := stats.Newcombe(tt.w1, tt.n1, tt.w2, tt.n2, stats.Z95)
		if !near(lo, tt.lo, 0.00006) || !near(hi, tt.hi, 0.00006) {
			t.Errorf("%d/%d − %d/%d: %.4f to %.4f, want %.4f to %.4f", tt.w1, tt.n1, tt.w2, tt.n2, lo, hi, tt.lo, tt.hi)
		}
	}
	if lo, hi := stats.Newcombe(1, 2, 0, 0, stats.Z95); !math.IsNaN(lo) || !math.IsNaN(hi) {
		t.Errorf("without trials: %v to %v", lo, hi)
	}
	// Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables (2017),
	// chapter 8, complete response (Cavo et al. 2012: 59, 6, 16, 80): −0.1195 to −0.0032.
	lo, hi := stats.BonettPrice(16, 6, 161, stats.Z95)
	if !near(lo, -0.1195, 0.00006) || !near(hi, -0.0032, 0.00006) {
		t.Errorf("Bonett and Price: %.4f to %.4f, want −0.1195 to −0.0032", lo, hi)
	}
	if lo, hi := stats.BonettPrice(0, 0, 0, stats.Z95); !math.IsNaN(lo) || !math.IsNaN(hi) {
		t.Errorf("without cases: %v to %v", lo, hi)
	}
}

func TestAgreeAgainstPublishedValues(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		name       string
		table      [][]int
		kappa, ac1 float64
		by         float64
	}{
		{"Gwet's irrCAC, cont3x3abstractors", [][]int{{13, 0, 0}, {0, 20, 7}, {0, 4, 56}}, 0.7964094, 0.8493305, 5e-8},
		{"Feinstein and Cicchetti 1990, table 1", [][]int{{40, 9}, {6, 45}}, 0.70, nan, 0.005},
		{"Feinstein and Cicchetti 1990, table 2", [][]int{{80, 10}, {5, 5}}, 0.32, nan, 0.005},
		{"methods.md 1.9: the paradox", [][]int{{90, 5}, {5, 0}}, -0.05, 0.89, 0.005},
	} {
		got := stats.Agree(tt.table)
		if !near(got.Kappa, tt.kappa, tt.by) || !math.IsNaN(tt.ac1) && !near(got.AC1, tt.ac1, tt.by) || got.Why != "" {
			t.Errorf("%s: kappa %.7f and AC1 %.7f, want %v and %v", tt.name, got.Kappa, got.AC1, tt.kappa, tt.ac1)
		}
	}
	for _, table := range [][][]int{{{40, 0}, {0, 0}}, {{0, 0}, {0, 0}}, nil} {
		if got := stats.Agree(table); !math.IsNaN(got.Kappa) || !math.IsNaN(got.AC1) || got.Why == "" {
			t.Errorf("%v: %+v, want NaN and a reason", table, got)
		}
	}
}

// wins[i][j] of Agresti, Categorical Data Analysis (2nd edition, 2002), table
// 10.10: the American League East of 1987, at home and away.
var baseball = [][]float64{
	// Baltimore, Boston, Cleveland, Detroit, Milwaukee, New York, Toronto
	{0, 1, 7, 4, 2, 3, 1},
	{12, 0, 7, 2, 6, 7, 6},
	{6, 6, 0, 4, 4, 6, 5},
	{9, 11, 9, 0, 6, 5, 7},
	{11, 7, 9, 7, 0, 7, 9},
	{10, 6, 7, 8, 6, 0, 6},
	{12, 7, 8, 6, 4, 7, 0},
}

func TestBradleyTerryAgainstPublishedFits(t *testing.T) {
	// Agresti 2002, table 10.11: log-strengths above Baltimore's, standard errors of
	// about 0.3.
	fit, err := stats.BradleyTerry(baseball, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 1.11, 0.68, 1.44, 1.58, 1.25, 1.29} {
		d, se := fit.Difference(i, 0)
		if !near(d, want, 0.005) || i > 0 && !near(se, 0.3, 0.05) {
			t.Errorf("team %d: %.4f (%.2f), want %.2f (0.3)", i, d, se, want)
		}
	}
	// Turner and Firth, "Bradley–Terry models in R", Journal of Statistical Software
	// 48 (2012), section 2.1: who is cited wins. Biometrika is the reference.
	cited := [][]float64{{0, 730, 498, 221}, {33, 0, 68, 17}, {320, 813, 0, 142}, {284, 276, 325, 0}}
	if fit, err = stats.BradleyTerry(cited, 0); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][2]float64{{0, 0}, {-2.94907, 0.10255}, {-0.47957, 0.06059}, {0.26895, 0.07083}} {
		if d, se := fit.Difference(i, 0); !near(d, want[0], 0.000006) || !near(se, want[1], 0.000006) {
			t.Errorf("journal %d: %.5f (%.5f), want %.5f (%.5f)", i, d, se, want[0], want[1])
		}
	}
	p, lo, hi := fit.WinChance(3, 0)
	if want := 1 / (1 + math.Exp(-0.26895)); !near(p, want, 1e-5) || !(lo < p && p < hi) {
		t.Errorf("JRSS-B beats Biometrika at %.4f (%.4f to %.4f), want %.4f", p, lo, hi, want)
	}
	if p, _, _ = fit.WinChance(2, 2); !math.IsNaN(p) {
		t.Error("one beats itself")
	}
}

// Two alone have a solution in closed form: λ_1 − λ_2 = ln(w/l), with variance
// 1/w + 1/l. With a ghost it is that of three, the third of whom split one win and
// one loss with each: the definition in R's PlackettLuce.
func TestBradleyTerryLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, l := rapid.IntRange(1, 300).Draw(t, "w"), rapid.IntRange(1, 300).Draw(t, "l")
		fit, err := stats.BradleyTerry([][]float64{{0, float64(w)}, {float64(l), 0}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		d, se := fit.Difference(0, 1)
		if !near(d, math.Log(float64(w)/float64(l)), 1e-8) || !near(se*se, 1/float64(w)+1/float64(l), 1e-8) {
			t.Fatalf("%d–%d: %v (%v)", w, l, d, se)
		}
		n := rapid.IntRange(2, 6).Draw(t, "n")
		wins, more := make([][]float64, n), make([][]float64, n+1)
		for i := range n {
			wins[i] = make([]float64, n)
			for j := range n {
				if i != j {
					wins[i][j] = float64(rapid.IntRange(0, 9).Draw(t, "wins"))
				}
			}
			if i > 0 {
				wins[i-1][i]++ // all have met
			}
		}
		more[n] = make([]float64, n+1)
		for i := range n {
			more[i] = append(append([]float64(nil), wins[i]...), stats.Ghost)
			more[n][i] = stats.Ghost
		}
		ghost, err := stats.BradleyTerry(wins, stats.Ghost)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := stats.BradleyTerry(more, 0)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i := range n {
			sum += ghost.Log[i]
			d1, se1 := ghost.Difference(i, 0)
			d2, se2 := plain.Difference(i, 0)
			if !near(d1, d2, 1e-7) || !near(se1, se2, 1e-6) {
				t.Fatalf("%v: %v (%v) with a ghost, %v (%v) with one more", wins, d1, se1, d2, se2)
			}
		}
		if !near(sum, 0, 1e-9) {
			t.Fatalf("the strengths sum to %v", sum)
		}
	})
}

func TestBradleyTerryUnconnected(t *testing.T) {
	undefeated := [][]float64{{0, 3, 2}, {0, 0, 4}, {0, 1, 0}}
	var u *stats.Unconnected
	if _, err := stats.BradleyTerry(undefeated, 0); !errors.As(err, &u) || u.Never || len(u.Apart) != 1 || u.Apart[0] != 0 {
		t.Errorf("undefeated: %v", err)
	}
	winless := [][]float64{{0, 0, 0}, {2, 0, 4}, {3, 1, 0}}
	if _, err := stats.BradleyTerry(winless, 0); !errors.As(err, &u) || u.Never || len(u.Apart) != 2 {
		t.Errorf("winless: %v", err)
	}
	for _, wins := range [][][]float64{undefeated, winless} {
		if fit, err := stats.BradleyTerry(wins, stats.Ghost); err != nil || math.IsInf(fit.Log[0], 0) || math.IsNaN(fit.Log[0]) {
			t.Errorf("with a ghost: %v, %v", fit.Log, err)
		}
	}
	apart := [][]float64{{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}}
	for _, g := range []float64{0, stats.Ghost} {
		if _, err := stats.BradleyTerry(apart, g); !errors.As(err, &u) || !u.Never || len(u.Apart) != 2 {
			t.Errorf("two islands, ghost %v: %v", g, err)
		}
	}
	if _, err := stats.BradleyTerry([][]float64{{0}}, 0.5); err == nil {
		t.Error("one is ranked")
	}
}
