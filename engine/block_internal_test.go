package engine

import (
	"slices"
	"testing"
)

func TestBlockEnds(t *testing.T) {
	for _, k := range []struct {
		cases, most int
		want        []int
	}{
		{0, 3, []int{0}}, {3, 4, []int{3}}, {14, 2, []int{14}}, {15, 2, []int{5, 15}}, {48, 1, []int{48}}, {48, 3, []int{6, 18, 48}}, {48, 1 << 40, []int{6, 18, 48}}, {500, 3, []int{71, 213, 500}},
	} {
		got := blockEnds(k.cases, k.most)
		if !slices.Equal(got, k.want) {
			t.Errorf("%d cases in %d blocks: %v, want %v", k.cases, k.most, got, k.want)
		}
	}
}
