package session

// PickHow says how a block chooses among its shots or resources for a case.
type PickHow string

// The ways to choose. All are functions of the content, the case and the seed.
const (
	PickAll     PickHow = "all"            // every one that is on
	PickFirst   PickHow = "first"          // the first N in the order of the bank
	PickSpread  PickHow = "representative" // N, by the shares of tags or labels, largest remainder (Hamilton)
	PickNearest PickHow = "nearest"        // the N that fit the case best, by BM25
	PickRandom  PickHow = "random"         // N drawn by Seed
	PickColumn  PickHow = "column"         // resources: the first N of the ranked list in the case's variable Column
)

// Pick is how a block chooses. Pinned shots are chosen before any other and count
// for N.
type Pick struct {
	How  PickHow `json:"how"`
	N    int     `json:"n,omitempty"`    // how many stand; 0: all
	By   string  `json:"by,omitempty"`   // of PickSpread: "tag" (a shot's first) or "label" (its output)
	Seed uint64  `json:"seed,omitempty"` // of PickRandom, and of the draw within a stratum of PickSpread; 0 takes the first ones
	// Query is the variable that PickNearest compares with; "": all of the case's
	// values.
	Query  string `json:"query,omitempty"`
	Column string `json:"column,omitempty"` // of PickColumn: the variable with the ranked list
	// Sort is how resources stand: "rank" the best first (also ""), "last" the best
	// last, "bank" in the order of the bank. Shots chosen by nearness stand the
	// best last, before the block's order is applied.
	Sort string `json:"sort,omitempty"`
	// Limit is the most bytes that the chosen resources may have together, 0: no
	// limit. What does not fit is left out whole, or, with Cut, cut at a border of a
	// sentence or word.
	Limit int  `json:"limit,omitempty"`
	Cut   bool `json:"cut,omitempty"`
}
