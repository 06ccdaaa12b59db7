package session

import "strings"

// Lineage is a revision in the tree of a variant's revisions, as it is drawn: the
// newest first, each line of descent in a lane of its own.
type Lineage struct {
	Revision Revision
	Parent   int  // number of its parent, 0: none
	Branch   bool // it goes on from another than the revision before it
	Lane     int
	// Rail is what stands before the revision: two cells a lane, ● where it stands,
	// │ where others pass by, ─┴╯ where they began from it.
	Rail string
}

// Lanes is how many lines of descent are drawn beside each other; of those beyond,
// the last lane says that there are more.
const Lanes = 6

// Lineages lays the revisions of a variant out as a tree. They come and go the
// newest first.
func Lineages(revisions []Revision) []Lineage {
	number := map[int64]int{}
	for _, r := range revisions {
		number[r.ID] = r.Number
	}
	var lanes []int64 // the revision that each lane leads down to, 0: none
	out := make([]Lineage, len(revisions))
	for i, r := range revisions {
		x := Lineage{Revision: r, Parent: number[r.ParentID], Lane: -1}
		x.Branch = x.Parent > 0 && x.Parent != r.Number-1
		last, ends := -1, map[int]bool{}
		for l, id := range lanes {
			if id != r.ID {
				continue
			}
			if x.Lane < 0 {
				x.Lane = l
			} else {
				ends[l], last = true, l
			}
		}
		if x.Lane < 0 {
			x.Lane = freeLane(&lanes)
		}
		x.Rail = rail(lanes, x.Lane, last, ends)
		for l := range ends {
			lanes[l] = 0
		}
		lanes[x.Lane] = 0
		if x.Parent > 0 {
			lanes[x.Lane] = r.ParentID
		}
		for len(lanes) > 0 && lanes[len(lanes)-1] == 0 {
			lanes = lanes[:len(lanes)-1]
		}
		out[i] = x
	}
	return out
}

func freeLane(lanes *[]int64) int {
	for l, id := range *lanes {
		if id == 0 {
			return l
		}
	}
	*lanes = append(*lanes, 0)
	return len(*lanes) - 1
}

// rail draws the row of a revision in lane at, where the lanes in ends, the last of
// them last, come down to it.
func rail(lanes []int64, at, last int, ends map[int]bool) string {
	var b strings.Builder
	for l := range max(len(lanes), at+1) {
		if l == Lanes-1 && max(len(lanes), at+1) > Lanes {
			b.WriteString("… ")
			break
		}
		within := l > at && l < last
		sign, fill := " ", " "
		if l >= at && l < last {
			fill = "─"
		}
		switch {
		case l == at:
			sign = "●"
		case ends[l] && l == last:
			sign = "╯"
		case ends[l]:
			sign = "┴"
		case l < len(lanes) && lanes[l] != 0 && within:
			sign = "┼"
		case l < len(lanes) && lanes[l] != 0:
			sign = "│"
		case within:
			sign = "─"
		}
		b.WriteString(sign + fill)
	}
	return strings.TrimRight(b.String(), " ")
}

// Restore asks for the content of a revision as the draft of its variant.
type Restore struct {
	Of       VariantRef // without a revision
	Revision Revision
}
