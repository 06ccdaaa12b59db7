package session

import (
	"errors"
	"fmt"
)

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
	// Bank says that it is chosen from the prompt's whole bank, of which the block
	// holds copies ([Block.TakeBank]), and not from some that were put into it. What
	// is chosen so is never the case's own shot.
	Bank bool `json:"bank,omitempty"`
}

// PickHows lists the ways to choose in a block of the kind.
func PickHows(k Kind) []PickHow {
	out := []PickHow{PickAll, PickFirst, PickSpread, PickNearest, PickRandom}
	if k == KindResources {
		out = append(out, PickColumn)
	}
	return out
}

// Help is one line on which are chosen.
func (h PickHow) Help() string {
	switch h {
	case PickAll, "":
		return "all that are on"
	case PickFirst:
		return "the first ones of the bank"
	case PickSpread:
		return "by the shares of tags or answers in the bank"
	case PickNearest:
		return "those whose words fit the case best (BM25)"
	case PickRandom:
		return "drawn by a seed"
	case PickColumn:
		return "the ranked list that the case brings in a variable"
	}
	return "unknown"
}

// Check reports what of a pick a block of the kind can't do.
func (p *Pick) Check(k Kind) error {
	if p == nil {
		return nil
	}
	if k != KindShots && k != KindResources {
		return fmt.Errorf("a block of kind %s has nothing to choose from; only shots and resources do", k)
	}
	if _, err := choose("pick", string(p.How), PickHows(k)); err != nil {
		return err
	}
	if p.N < 0 || p.Limit < 0 {
		return errors.New("a number of items or bytes is at least 0, which means all")
	}
	by := []string{"", "tag", "label"}
	if k == KindResources {
		by = by[:2]
	}
	if _, err := choose("by", p.By, by); err != nil {
		return err
	}
	if _, err := choose("sort", p.Sort, []string{"", "rank", "last", "bank"}); err != nil {
		return err
	}
	if p.Bank && p.How == PickColumn {
		return errors.New("a list that the case brings is not chosen from the bank")
	}
	if p.How == PickColumn && p.Column == "" {
		return errors.New("pick column: name the variable that holds the case's ranked list")
	}
	return nil
}
