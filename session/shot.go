package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"galley/session/text"
)

// Shot is one worked example: an input with its output, an output alone (Input is
// ""), or an input with the calls of tools that it takes. With calls, Output is
// what is said after the tools gave their results; "" nothing, and the turn ends
// with the calls.
type Shot struct {
	ID       int64      `json:"-"`
	UID      string     `json:"uid"`
	PromptID int64      `json:"-"`
	Name     text.Raw   `json:"name,omitempty"` // "s07"
	Input    text.Raw   `json:"input"`
	Output   text.Raw   `json:"output"`
	Tags     []text.Raw `json:"tags,omitempty"`
	Off      bool       `json:"off,omitempty"`
	Calls    []ShotCall `json:"calls,omitempty"`
	Pin      ShotPin    `json:"pin,omitempty"`
}

// ShotCall is a call of a tool in a shot, with what the tool gave back.
type ShotCall struct {
	Name      text.Raw `json:"name"`
	Arguments text.Raw `json:"arguments"`        // JSON, an object
	Result    text.Raw `json:"result,omitempty"` // "": none is shown
}

// ShotPin holds a shot at one end, whatever the order. A pinned shot that is on always
// stands in the context; those pinned to one end stand there in the order of the
// bank.
type ShotPin string

// The pins.
const (
	PinNone  ShotPin = ""
	PinFirst ShotPin = "first"
	PinLast  ShotPin = "last"
)

// CloneShots returns a copy that shares no memory with s.
func CloneShots(s []Shot) []Shot {
	out := slices.Clone(s)
	for i := range out {
		out[i].Tags = slices.Clone(out[i].Tags)
		out[i].Calls = slices.Clone(out[i].Calls)
	}
	return out
}

func (s Shot) valid() bool {
	for _, c := range s.Calls {
		if !c.Name.Valid() || !c.Arguments.Valid() || !c.Result.Valid() {
			return false
		}
	}
	return s.Name.Valid() && s.Input.Valid() && s.Output.Valid() && !slices.ContainsFunc(s.Tags, invalid)
}

// Order is how the shots stand. The zero value leaves them as they are.
type Order struct {
	kind orderKind
	seed uint64
	row  int // of a design, from 1
	rows int
}

type orderKind int

const (
	orderAsIs orderKind = iota
	orderSeed
	orderWilliams
)

// Seeded is the order that the seed gives.
func Seeded(seed uint64) Order { return Order{kind: orderSeed, seed: seed} }

// Williams is row (from 1) of the Williams design for n shots, its labels
// shuffled by the seed. [WilliamsRows] tells how many rows there are, [StudyRows] how
// many a study asks for. Twelve rows of 6 shots are two squares, the second with its
// labels shuffled anew; twelve rows of more than 12 are no square but a design of
// thirds: each shot stands as often in each third of the places.
func Williams(row, rows int, seed uint64) Order {
	return Order{kind: orderWilliams, row: row, rows: rows, seed: seed}
}

// ParseOrder reads as-is, seed:42 or williams:3/10@42; "" is as-is. An order has
// one spelling: signs and leading zeros are refused.
func ParseOrder(s string) (Order, error) {
	o, ok := parseOrder(s)
	if !ok || s != "" && o.String() != s {
		return Order{}, fmt.Errorf("order %q: write as-is, seed:42 or williams:3/10@42", text.Raw(s))
	}
	return o, nil
}

func parseOrder(s string) (Order, bool) {
	if s == "" || s == "as-is" {
		return Order{}, true
	}
	if v, ok := strings.CutPrefix(s, "seed:"); ok {
		n, err := strconv.ParseUint(v, 10, 64)
		return Seeded(n), err == nil
	}
	v, ok := strings.CutPrefix(s, "williams:")
	place, seed, ok1 := strings.Cut(v, "@")
	row, rows, ok2 := strings.Cut(place, "/")
	n, err1 := strconv.Atoi(row)
	k, err2 := strconv.Atoi(rows)
	at, err3 := strconv.ParseUint(seed, 10, 64)
	if !ok || !ok1 || !ok2 || err1 != nil || err2 != nil || err3 != nil || n < 1 || n > k || k > 1000 {
		return Order{}, false
	}
	return Williams(n, k, at), true
}

// String writes the order as ParseOrder reads it.
func (o Order) String() string {
	switch o.kind {
	case orderSeed:
		return "seed:" + strconv.FormatUint(o.seed, 10)
	case orderWilliams:
		return fmt.Sprintf("williams:%d/%d@%d", o.row, o.rows, o.seed)
	}
	return "as-is"
}

// AsIs reports whether the order leaves the shots as they are.
func (o Order) AsIs() bool { return o.kind == orderAsIs }

// Apply returns, for each of n places, which shot (from 0) stands there.
func (o Order) Apply(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	switch o.kind {
	case orderSeed:
		shuffle(p, o.seed)
	case orderWilliams:
		return designRow(n, o.row-1, o.rows, o.seed)
	}
	return p
}
