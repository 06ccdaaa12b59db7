package session

import (
	"slices"
	"strings"

	"galley/session/text"
)

// JoinTags writes tags as a person types them, with commas between.
func JoinTags(tags []text.Raw) text.Raw {
	parts := make([]string, len(tags))
	for i, t := range tags {
		parts[i] = string(t)
	}
	return text.Raw(strings.Join(parts, ", "))
}

// ReadTags reads tags with commas or semicolons between; no tag can hold either.
func ReadTags(t text.Raw) []text.Raw {
	var out []text.Raw
	for _, x := range SplitList(strings.ReplaceAll(string(t), ";", ",")) {
		out = append(out, text.Raw(x))
	}
	return out
}

// AsBank sorts copies as a bank stands that is listed by its uids; those that it no
// longer has come last.
func AsBank[T any](copies []T, uid func(T) string, bank []string) {
	place := map[string]int{}
	for i, x := range bank {
		place[x] = i + 1
	}
	slices.SortStableFunc(copies, func(a, b T) int {
		x, y := place[uid(a)], place[uid(b)]
		if x == 0 || y == 0 {
			return y - x
		}
		return x - y
	})
}
