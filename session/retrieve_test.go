package session

import (
	"math"
	"os"
	"strings"
	"testing"
)

// Worked by hand: N = 3 pieces of 3, 2 and 1 words, mean 2. "cat" stands in two
// (idf = ln(1 + 1.5/2.5)), "fish" in one (idf = ln(1 + 2.5/1.5)).
func TestScores(t *testing.T) {
	r := NewRetriever([]string{"cat cat dog", "cat bird", "fish"})
	weight := func(tf, length float64) float64 { return tf / (tf + 1.2*(1-0.75+0.75*length/2)) }
	cat, fish := math.Log(1.6), math.Log(1+2.5/1.5)
	for _, c := range []struct {
		query string
		want  [3]float64
	}{
		{"cat", [3]float64{cat * weight(2, 3), cat * weight(1, 2), 0}},
		{"Fish!", [3]float64{0, 0, fish * weight(1, 1)}},
		{"the cat and the fish", [3]float64{cat * weight(2, 3), cat * weight(1, 2), fish * weight(1, 1)}},
		{"cat cat", [3]float64{2 * cat * weight(2, 3), 2 * cat * weight(1, 2), 0}},
		{"", [3]float64{}},
		{"of the and", [3]float64{}},
	} {
		for i, got := range r.Scores(c.query) {
			if math.Abs(got-c.want[i]) > 1e-12 {
				t.Errorf("%q: piece %d: %.6f, want %.6f", c.query, i, got, c.want[i])
			}
		}
	}
	// 0.4700 = ln 1.6; with tf 2 and length 3 the weight is 2/3.65.
	if got := r.Scores("cat")[0]; math.Abs(got-0.257536) > 1e-6 {
		t.Errorf("cat in the first piece: %.6f", got)
	}
}

func TestScoresOfNothing(t *testing.T) {
	if got := NewRetriever(nil).Scores("cat"); len(got) != 0 {
		t.Errorf("scores of no pieces: %v", got)
	}
	for i, got := range NewRetriever([]string{"", "the"}).Scores("the cat") {
		if got != 0 || math.IsNaN(got) {
			t.Errorf("piece %d: %v", i, got)
		}
	}
}

// A word that every piece holds still counts for something: Okapi's idf would
// be negative here.
func TestScoresNeverNegative(t *testing.T) {
	for _, s := range NewRetriever([]string{"cat", "cat", "cat dog"}).Scores("cat") {
		if s <= 0 {
			t.Errorf("score %v", s)
		}
	}
}

// The stop list is the one that the sample's README gives its numbers for.
func TestStopWords(t *testing.T) {
	if n := len(strings.Fields(stopWords)); n != 61 {
		t.Errorf("%d words", n)
	}
	readme, err := os.ReadFile("../cmd/galley/sample/README.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, w := range strings.Fields(string(readme)) {
		have[w] = true
	}
	for _, w := range strings.Fields(stopWords) {
		if !have[w] {
			t.Errorf("%q is not in the README", w)
		}
	}
}
