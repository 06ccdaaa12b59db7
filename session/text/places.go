package text

import (
	"slices"
	"strings"

	"github.com/clipperhouse/uax29/v2/words"
)

// WordPlaces returns where any of some words, as [Words] returns them, stand in t:
// the first byte and the one behind the last, in order.
func WordPlaces(t Raw, these []Raw) [][2]int {
	set := map[string]bool{}
	for _, w := range these {
		set[strings.ToLower(string(w))] = true
	}
	var out [][2]int
	it := words.FromString(string(t))
	for it.Next() {
		if slices.ContainsFunc(appendWords(nil, it.Value()), func(w string) bool { return set[w] }) {
			out = append(out, [2]int{it.Start(), it.End()})
		}
	}
	return out
}
