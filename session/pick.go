package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"galley/session/text"
)

// SplitList cuts a comma-separated list; empty items are dropped, and one that
// stands twice is kept once.
func SplitList(s string) []string {
	var out []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" && !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// PickCases returns the cases that a comma-separated list names, each once, in
// the order of cases: names or uids, dev, holdout, tag:NAME or all; "" is all.
// An item that picks nothing is an error.
func PickCases(cases []Case, list string) ([]Case, error) {
	items := SplitList(list)
	if len(items) == 0 || slices.Contains(items, "all") {
		return slices.Clone(cases), nil
	}
	picked := make([]bool, len(cases))
	for _, item := range items {
		is, what := caseFilter(cases, item)
		n := 0
		for i, c := range cases {
			if is(c) {
				picked[i] = true
				n++
			}
		}
		if n == 0 {
			return nil, fmt.Errorf("there is no %s", what)
		}
	}
	var out []Case
	for i, c := range cases {
		if picked[i] {
			out = append(out, c)
		}
	}
	return out, nil
}

// caseFilter is what one item of a list of cases picks, and how to name it. A
// case that bears the name of a split is picked by it.
func caseFilter(cases []Case, item string) (is func(Case) bool, what string) {
	named := func(c Case) bool { return string(c.Name) == item || c.UID == item }
	if slices.ContainsFunc(cases, named) {
		return named, ""
	}
	if tag, ok := strings.CutPrefix(item, "tag:"); ok {
		return func(c Case) bool { return slices.Contains(c.Tags, text.Raw(tag)) },
			fmt.Sprintf("case with the tag %q", text.Raw(tag))
	}
	if s := Split(item); s == SplitDev || s == SplitHoldout {
		return func(c Case) bool { return c.Split == s }, "case in the split " + item
	}
	return named, fmt.Sprintf("case %q", text.Raw(item))
}

// ParseOrders reads a comma-separated list of orders; "" is none, which leaves
// the shots as each variant says.
func ParseOrders(list string) ([]Order, error) {
	var out []Order
	for _, item := range SplitList(list) {
		o, err := ParseOrder(item)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out, nil
}

// ParseRunRef reads r7 or 7.
func ParseRunRef(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(s, "r"), 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("run %q: write r and its number, as in r7", text.Raw(s))
	}
	return n, nil
}

// ParseBlockRef reads VARIANT#BLOCK; block is a number from 1, a title or a
// kind, and stays "" where there is no #.
func ParseBlockRef(s, def string) (ref VariantRef, block string, err error) {
	v, block, _ := strings.Cut(s, "#")
	ref, err = ParseVariantRef(v, def)
	return ref, block, err
}

// FindBlock returns the index of the block that a number (from 1), a title or a
// kind names. A title is compared without regard to case; a title or kind that
// two blocks share names neither.
func (c Content) FindBlock(name string) (int, error) {
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > len(c.Blocks) {
			return 0, fmt.Errorf("there is no block %d; the variant has %d", n, len(c.Blocks))
		}
		return n - 1, nil
	}
	for _, same := range []func(b Block) bool{
		func(b Block) bool { return b.Title != "" && fold(string(b.Title)) == fold(name) },
		func(b Block) bool { return string(b.Kind) == name },
	} {
		found := -1
		for i, b := range c.Blocks {
			if !same(b) {
				continue
			}
			if found >= 0 {
				return 0, fmt.Errorf("blocks %d and %d are both %q; name one by its number", found+1, i+1, text.Raw(name))
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return 0, fmt.Errorf("there is no block %q; name one by its number, title or kind", text.Raw(name))
}
