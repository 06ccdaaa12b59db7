package kit

import (
	"sort"

	"galley/session/text"
)

// nextRow returns where the row after the one that starts at byte start begins,
// when a line without line feeds is wrapped at w cells: after a space or a wide
// character where there is one, inside a word where there is none. One space may
// hang over the edge.
func nextRow(s string, start, w int) int {
	col, brk, i := 0, -1, start
	for i < len(s) {
		c := s[i]
		if c > ' ' && c < 0x7f && (i+1 == len(s) || s[i+1] < 0x80) { // most text
			if col >= w && i > start {
				return rowBreak(brk, start, i)
			}
			col++
			i++
			continue
		}
		size, cells := text.Step(s[i:], col)
		if c == ' ' && size == 1 || c == '\t' {
			if col > w || col >= w && c == '\t' {
				return rowBreak(-1, start, i)
			}
			col += cells
			i += size
			brk = i
			continue
		}
		if col+cells > w && i > start {
			return rowBreak(brk, start, i)
		}
		if cells == 2 {
			brk = i + size
		}
		col += cells
		i += size
	}
	return len(s)
}

func rowBreak(brk, start, i int) int {
	if brk > start {
		return brk
	}
	return i
}

// rowStarts wraps a line: the byte at which each of its rows begins. There is
// always one.
func rowStarts(s string, w int) []int32 {
	if len(s) <= w && isPlain(s) {
		return []int32{0}
	}
	rows := make([]int32, 1, 1+len(s)/max(1, w*3/4))
	for at := 0; ; {
		at = nextRow(s, at, w)
		if at >= len(s) {
			return rows
		}
		rows = append(rows, int32(at))
	}
}

// rewrap is rowStarts after an edit: the bytes of the old line from a to oldEnd
// became those of s from a to newEnd. Rows that the edit can't have touched are
// taken over.
func rewrap(s string, w int, old []int32, a, oldEnd, newEnd int) []int32 {
	r := sort.Search(len(old), func(i int) bool { return int(old[i]) > a }) - 1
	r = max(0, r-2)
	rows := make([]int32, r+1, len(old)+4)
	copy(rows, old[:r+1])
	delta := newEnd - oldEnd
	for at := int(rows[r]); ; {
		at = nextRow(s, at, w)
		if at >= len(s) {
			return rows
		}
		if at > newEnd {
			i := sort.Search(len(old), func(i int) bool { return int(old[i]) >= at-delta })
			if i < len(old) && int(old[i]) == at-delta {
				for _, o := range old[i:] {
					rows = append(rows, o+int32(delta))
				}
				return rows
			}
		}
		rows = append(rows, int32(at))
	}
}

// rowOf returns the row that byte at stands in.
func rowOf(rows []int32, at int) int {
	return max(0, sort.Search(len(rows), func(i int) bool { return int(rows[i]) > at })-1)
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
