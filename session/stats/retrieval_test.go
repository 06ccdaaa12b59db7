package stats_test

import (
	"math"
	"strings"
	"testing"

	"galley/session/stats"
)

func TestReciprocalRank(t *testing.T) {
	// Voorhees (TREC-8): three queries with the first right answer at 3, 2 and 1 have
	// an MRR of 11/18.
	lists := [][]bool{{false, false, true}, {false, true, false}, {true, false, false}}
	sum := 0.0
	for _, l := range lists {
		sum += stats.ReciprocalRank(l)
	}
	if got := sum / 3; !near(got, 11.0/18, 1e-12) {
		t.Errorf("MRR is %v, want 11/18", got)
	}
	if got := stats.ReciprocalRank([]bool{false, false}); got != 0 {
		t.Errorf("without a relevant one: %v", got)
	}
}

func TestRecallAt(t *testing.T) {
	list := []bool{true, false, true, false}
	for _, tt := range []struct {
		k, total int
		want     float64
	}{{0, 4, 0}, {1, 4, 0.25}, {3, 4, 0.5}, {9, 4, 0.5}, {-1, 2, 0}, {4, 2, 1}} {
		if got := stats.RecallAt(list, tt.k, tt.total); got != tt.want {
			t.Errorf("recall@%d of %d is %v, want %v", tt.k, tt.total, got, tt.want)
		}
	}
	if got := stats.RecallAt(list, 3, 0); !math.IsNaN(got) {
		t.Errorf("recall of nothing is %v", got)
	}
}

// The example of the article "Discounted cumulative gain" of Wikipedia: six
// documents of grades 3, 2, 3, 0, 1, 2 were found, two more of grades 3 and 2 were
// judged and not found.
func TestNDCGAgainstPublishedValues(t *testing.T) {
	found := []float64{3, 2, 3, 0, 1, 2}
	if got := stats.DCGAt(found, 6, stats.LinearGain); !near(got, 6.861, 5e-4) {
		t.Errorf("DCG is %v, want 6.861", got)
	}
	all := append([]float64{3, 2}, found...)
	if got := stats.NDCGAt(found, all, 6, stats.LinearGain); !near(got, 0.785, 5e-4) {
		t.Errorf("NDCG is %v, want 0.785", got)
	}
	if got := stats.NDCGAt(found, found, 6, stats.LinearGain); !near(got, 0.961, 5e-4) {
		t.Errorf("over what was found alone it is %v, want 0.961", got)
	}
	// By hand: gains 7, 3, 7, 0, 1, 3 give 7 + 1.8928 + 3.5 + 0 + 0.3869 + 1.0686.
	if got := stats.DCGAt(found, 6, stats.ExponentialGain); !near(got, 13.8483, 5e-5) {
		t.Errorf("exponential DCG is %v, want 13.8483", got)
	}
	if got := stats.NDCGAt(found, []float64{0, 0}, 6, stats.LinearGain); !math.IsNaN(got) {
		t.Errorf("NDCG without anything relevant is %v", got)
	}
	if got := stats.NDCGAt(nil, all, 6, stats.LinearGain); got != 0 {
		t.Errorf("an empty list has an NDCG of %v", got)
	}
	if found[0] != 3 || all[0] != 3 {
		t.Error("the lists were sorted in place")
	}
}

func TestDistinctN(t *testing.T) {
	texts := [][]string{strings.Fields("i do not know"), strings.Fields("i do not think so")}
	// 6 distinct of 9 words; 5 distinct of 7 pairs.
	for n, want := range map[int]float64{1: 6.0 / 9, 2: 5.0 / 7, 5: 1} {
		if got := stats.DistinctN(texts, n); !near(got, want, 1e-12) {
			t.Errorf("distinct-%d is %v, want %v", n, got, want)
		}
	}
	for _, n := range []int{0, 6} {
		if got := stats.DistinctN(texts, n); !math.IsNaN(got) {
			t.Errorf("distinct-%d is %v, want NaN", n, got)
		}
	}
	if got := stats.DistinctN([][]string{{"ab", "c"}, {"a", "bc"}}, 2); got != 1 {
		t.Errorf("two pairs with the same letters count as one: %v", got)
	}
}

func TestVarietyOf(t *testing.T) {
	keys := []string{"a b", "a b", "b c", "d"}
	words := [][]string{{"a", "b"}, {"a", "b"}, {"b", "c"}, {"d"}}
	v := stats.VarietyOf(keys, words)
	// Pairs: 1, 1/3, 1/3 and three of 0.
	want := stats.Variety{N: 4, Distinct: 3, Duplicates: 0.25, Top: 2, TopShare: 0.5, Distinct1: 4.0 / 7, Distinct2: 2.0 / 3, Jaccard: 5.0 / 18}
	if v.N != want.N || v.Distinct != want.Distinct || v.Top != want.Top || v.Duplicates != want.Duplicates || v.TopShare != want.TopShare ||
		!near(v.Distinct1, want.Distinct1, 1e-12) || !near(v.Distinct2, want.Distinct2, 1e-12) || !near(v.Jaccard, want.Jaccard, 1e-12) {
		t.Errorf("got %+v, want %+v", v, want)
	}
	none := stats.VarietyOf(nil, nil)
	if none.N != 0 || !math.IsNaN(none.Duplicates) || !math.IsNaN(none.TopShare) || !math.IsNaN(none.Distinct1) || !math.IsNaN(none.Jaccard) {
		t.Errorf("of nothing: %+v", none)
	}
	if got := stats.Jaccard(nil, nil); got != 1 {
		t.Errorf("two empty texts are %v alike", got)
	}
}

func TestCovered(t *testing.T) {
	coverage, outside := stats.Covered([]string{"a", "a", "x", "b"}, []string{"a", "b", "c", "d"})
	if coverage != 0.5 || outside != 0.25 {
		t.Errorf("coverage %v, outside %v", coverage, outside)
	}
	if coverage, outside = stats.Covered(nil, nil); !math.IsNaN(coverage) || !math.IsNaN(outside) {
		t.Errorf("of nothing: %v, %v", coverage, outside)
	}
}

func TestVariation(t *testing.T) {
	for _, tt := range []struct {
		a, b []int
		want float64
	}{
		{[]int{1, 1}, []int{5, 5}, 0},
		{[]int{1, 0}, []int{0, 9}, 1},
		{[]int{2, 1, 1}, []int{1, 1, 2}, 0.25},
	} {
		if got := stats.Variation(tt.a, tt.b); !near(got, tt.want, 1e-12) {
			t.Errorf("between %v and %v: %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
	if got := stats.Variation([]int{0}, []int{1}); !math.IsNaN(got) {
		t.Errorf("of nothing: %v", got)
	}
}
