package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

func listed(hashes ...string) (out []session.Ranked) {
	for i, h := range hashes {
		r := session.Ranked{Rank: i + 1}
		if strings.HasPrefix(h, "-") {
			r.Rank = 0
		}
		r.Hash = strings.TrimPrefix(h, "-")
		out = append(out, r)
	}
	return out
}

// The example of Wikipedia's "Discounted cumulative gain": grades 3, 2, 3, 0, 1, 2 in
// that order, and one of 3 and one of 2 that were not found; NDCG of the first 6 is
// 0.785.
func TestRetrievalOf(t *testing.T) {
	marks := map[string]int{"a": 3, "b": 2, "c": 3, "d": 0, "e": 1, "f": 2, "g": 3, "h": 2, "gone": 3}
	bank := []session.Resource{{Hash: "g"}, {Hash: "h"}}
	r := RetrievalOf("c1", listed("a", "b", "c", "d", "e", "f"), bank, marks, 6)
	if math.Abs(r.NDCG-0.785) > 0.0005 || r.First != 1 || r.RR != 1 || r.Found != 5 || r.Relevant != 7 || math.Abs(r.Recall-5.0/7) > 1e-9 {
		t.Errorf("got %+v", r)
	}
	r = RetrievalOf("c2", listed("d", "x", "a", "a", "-b"), nil, map[string]int{"a": 1, "b": 2, "d": 0}, 3)
	if r.First != 3 || math.Abs(r.RR-1.0/3) > 1e-9 || r.Found != 1 || r.Relevant != 2 {
		t.Errorf("a text that stands twice, or one that was not found, counts: %+v", r)
	}
	if r := RetrievalOf("c3", listed("-a"), nil, map[string]int{"a": 3}, 3); r.First != 0 || r.RR != 0 || r.NDCG != 0 || r.Recall != 0 {
		t.Errorf("got %+v", r)
	}
	if r := RetrievalOf("c4", listed("a"), nil, map[string]int{"a": 0}, 3); r.Relevant != 0 || !math.IsNaN(r.RR) || !math.IsNaN(r.NDCG) {
		t.Errorf("got %+v", r)
	}
}

func TestRetrievalMeans(t *testing.T) {
	var all []Retrieval
	add := func(list []session.Ranked) {
		all = append(all, RetrievalOf(text.Raw(fmt.Sprint(len(all))), list, nil, map[string]int{"a": 2}, 2))
	}
	add(listed("a", "b"))
	add(listed("b", "a"))
	all = append(all, RetrievalOf("unmarked", listed("a"), nil, nil, 2))
	m := RetrievalMeans(all, 2)
	if m.N != 2 || m.Cases != 3 || m.MRR.Value != 0.75 || !math.IsNaN(m.MRR.Lo) || m.Found != 2 || m.Relevant != 2 || !strings.Contains(m.Sentence, "so few say little") {
		t.Errorf("got %+v", m)
	}
	add(listed("b", "c", "a"))
	add(listed("b", "-a"))
	add(listed("a"))
	m = RetrievalMeans(all, 2)
	want := (1 + 0.5 + 1.0/3 + 0 + 1) / 5
	// t quantile of 4 degrees of freedom 2.776, sd 0.434
	if math.Abs(m.MRR.Value-want) > 1e-9 || math.Abs(m.MRR.Lo-0.0276) > 0.001 || m.MRR.Hi != 1 || m.First != 2 || m.None != 0 && m.None != 1 {
		t.Errorf("got %+v", m)
	}
	for _, w := range []string{"in 2 of 5 marked cases", "in 1 nothing of use is found", "MRR 0.57 (95% interval 0.03 to 1.00)", "The first 2 hold 3 of 5 texts", "Read the 1 case"} {
		if !strings.Contains(m.Sentence, w) {
			t.Errorf("%q lacks %q", m.Sentence, w)
		}
	}
	if none := RetrievalMeans(nil, 5); !strings.Contains(none.Sentence, "mark resources 0 to 3") || none.MRR.String() != "–" {
		t.Errorf("got %+v", none)
	}
}
