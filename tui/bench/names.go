package bench

import (
	"strings"

	"galley/session/text"
)

// narrowName is the most cells of a column's name where the grid is narrow.
const narrowName = 24

// apart is the names of the columns without the words that all of them begin
// with: what is left tells them apart.
func (s *Screen) apart() []string {
	var words [][]string
	for i := range s.board.cols {
		words = append(words, strings.Fields(s.colName(i)))
	}
	for len(words) > 1 {
		same := true
		for _, w := range words {
			same = same && len(w) > 1 && w[0] == words[0][0]
		}
		if !same {
			break
		}
		for i := range words {
			words[i] = words[i][1:]
		}
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.Join(w, " ")
	}
	return out
}

// middle clips a name to w cells in its middle: names differ at their ends.
func middle(name string, w int) string {
	v := text.Of(name)
	if v.Width() <= w || w < 3 {
		return v.Truncate(w).String()
	}
	runes := []rune(v.String())
	tail := len(runes) - (w - w/2 - 1)
	return strings.TrimSuffix(v.Truncate(w/2+1).String(), "…") + "…" + string(runes[max(0, tail):])
}
