package bench

import (
	"math"
	"testing"

	"galley/session"
)

// A workspace from elsewhere may number takes as it likes; the board stands, and
// its cells are found.
func TestBoardOfAbsurdTakes(t *testing.T) {
	cells := []session.Cell{
		{Index: 0, CaseID: 1, CaseName: "c1", Take: math.MaxInt},
		{Index: 1, CaseID: 2, CaseName: "c2", Take: -5},
		{Index: 2, CaseID: 3, CaseName: "c3", Take: 1},
	}
	b := newBoard(1, cells)
	if b.takes != mostTakes {
		t.Errorf("%d takes; at most %d are believed", b.takes, mostTakes)
	}
	for row, take := range []int{mostTakes, 1, 1} {
		if s := b.at(row, 0, take); s == nil || s.cell.Index != row {
			t.Errorf("the cell of row %d, take %d is %v", row, take, s)
		}
	}
	if s := b.at(0, 0, 1); s != nil {
		t.Errorf("a cell stands where there is none: %v", s)
	}
}
