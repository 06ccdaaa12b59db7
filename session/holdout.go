package session

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"galley/session/text"
)

// DrawHoldout says which cases a seed puts into the holdout: a share of all of
// them, and as nearly as can be the same share of those with each first tag. What
// a case is drawn by is the seed and its name alone, so that the same cases give
// the same holdout in every copy of a workspace. Borrowed cases are left out:
// their split is the other prompt's.
func DrawHoldout(cases []Case, share float64, seed uint64) []bool {
	out := make([]bool, len(cases))
	var order []text.Raw
	strata := map[text.Raw][]int{}
	n := 0
	for i, c := range cases {
		if c.Borrowed != "" {
			continue
		}
		n++
		var tag text.Raw
		if len(c.Tags) > 0 {
			tag = c.Tags[0]
		}
		if strata[tag] == nil {
			order = append(order, tag)
		}
		strata[tag] = append(strata[tag], i)
	}
	share = max(0, min(share, 1))
	slices.Sort(order)
	take, left := quotas(order, strata, share, n)
	// What is left over goes where most was cut off; equals are taken in the order
	// of their tags.
	slices.SortStableFunc(left, func(a, b remainder) int {
		switch {
		case a.rest > b.rest:
			return -1
		case a.rest < b.rest:
			return 1
		}
		return 0
	})
	for missing := int(math.Round(share * float64(n))); len(left) > 0; left = left[1:] {
		sum := 0
		for _, k := range take {
			sum += k
		}
		if sum >= missing {
			break
		}
		take[left[0].tag]++
	}
	for _, tag := range order {
		in := strata[tag]
		slices.SortFunc(in, func(a, b int) int {
			x, y := draw(seed, cases[a].Name), draw(seed, cases[b].Name)
			return slices.Compare(x[:], y[:])
		})
		for _, i := range in[:min(take[tag], len(in))] {
			out[i] = true
		}
	}
	return out
}

type remainder struct {
	tag  text.Raw
	rest float64
}

// quotas is the whole part of each stratum's share, and what was cut off.
func quotas(order []text.Raw, strata map[text.Raw][]int, share float64, n int) (map[text.Raw]int, []remainder) {
	take := map[text.Raw]int{}
	var left []remainder
	const dust = 1e-9 // 0.3 of 10 is 3, whatever its last bit says
	for _, tag := range order {
		exact := share * float64(len(strata[tag]))
		take[tag] = int(math.Floor(exact + dust))
		if rest := exact - float64(take[tag]); rest > dust {
			left = append(left, remainder{tag, rest})
		}
	}
	return take, left
}

func draw(seed uint64, name text.Raw) [32]byte {
	b := binary.BigEndian.AppendUint64([]byte("galley holdout 1\n"), seed)
	return sha256.Sum256(append(b, name...))
}

// Say says how often the holdout was looked at; when is how long ago the last
// time was, for people. "" where there is no holdout.
func (l Looks) Say(when string) string {
	if l.Cases == 0 {
		return ""
	}
	head := fmt.Sprintf("holdout %d %s", l.Cases, either(l.Cases, "case", "cases"))
	switch {
	case l.Times == 0:
		return head + ", not looked at yet"
	case when == "":
		return fmt.Sprintf("%s, looked at in %d %s: each look makes it less of one", head, l.Times, either(l.Times, "run", "runs"))
	}
	return fmt.Sprintf("%s, looked at in %d %s, last %s: each look makes it less of one", head, l.Times, either(l.Times, "run", "runs"), strings.TrimSpace(when))
}

func either(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
