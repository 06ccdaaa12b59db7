package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
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

// manyBeginnings are the cells of so many cases under ten beginnings: 100 bytes that
// all have, 100 of each one's own, 50 of the case.
func manyBeginnings(cases int) (*Job, []dealt) {
	j := &Job{cells: make([]live, 10*cases)}
	j.run.StudyID = 7
	var cells []dealt
	for i := range j.cells {
		k, b := i/10, i%10
		j.cells[i].cell = session.Cell{CaseID: int64(k + 1), CaseName: text.Raw(fmt.Sprint("c", k+1))}
		words := strings.Repeat("w", 100) + strings.Repeat(string(rune('a'+b)), 100) + strings.Repeat("k", 50)
		d := dealt{cell: i, proof: int32(i), model: "m", words: &session.Proof{Messages: []session.Message{{Content: text.Raw(words)}}}}
		d.prefix.size, d.prefix.name[0] = 200, byte(b)
		cells = append(cells, d)
	}
	return j, cells
}

// By hand: of 20 cases a server has to read 100 + 10·100 + 200·50 = 11,100 bytes; a
// fifth of that is 2,220. With two hands a boundary costs 8 beginnings of 100 bytes
// once more, with twelve none.
func TestBoundariesByHand(t *testing.T) {
	_, cells := manyBeginnings(20)
	for limit, want := range map[int]int{2: 2, 9: 22, 12: len(cells)} {
		if got := boundaries(cells, limit); got != want {
			t.Errorf("%d hands: %d boundaries, want %d", limit, got, want)
		}
	}
}

// Two boundaries are three blocks, of which 36 cases make 5, 10 and 21.
func TestCasesAreInTheirBlocks(t *testing.T) {
	j, cells := manyBeginnings(36)
	j.block(cells, 5)
	for _, c := range cells {
		want := 0
		if k := c.cell / 10; k >= 15 {
			want = 2
		} else if k >= 5 {
			want = 1
		}
		if c.block != want {
			t.Fatalf("cell %d, of case %d, is in block %d, not in %d", c.cell, c.cell/10, c.block, want)
		}
	}
	j.run.StudyID = 0
	_, plain := manyBeginnings(36)
	if j.block(plain, 5); slices.ContainsFunc(plain, func(c dealt) bool { return c.block != 0 }) {
		t.Error("a run that is no study is dealt in blocks")
	}
}
