package session

import (
	"math/rand/v2"
	"slices"
)

// shuffle is Fisher and Yates' shuffle, drawn from PCG (O'Neill 2014) seeded by
// seed, so that a seed means the same order on every machine and in every
// version.
func shuffle(p []int, seed uint64) { shuffleBy(p, rand.NewPCG(seed, stream)) }

const stream = 0x67616c6c6579 // "galley"

func shuffleBy(p []int, r *rand.PCG) {
	for i := len(p) - 1; i > 0; i-- {
		n := uint64(i + 1)
		limit := ^uint64(0) - ^uint64(0)%n // draws at or above it would favour low numbers
		x := r.Uint64()
		for x >= limit {
			x = r.Uint64()
		}
		j := int(x % n)
		p[i], p[j] = p[j], p[i]
	}
}

// designTwelve is how many rows the designs have that are no single Williams square.
const designTwelve = 12

// StudyRows is how many rows of a design a study of order asks for: as many as
// balance it up to 14, and 12 for more than 12 shots; 0 where there is no order to
// study.
func StudyRows(n int) int {
	switch {
	case n < 2:
		return 0
	case n == 6, n > 12:
		return designTwelve
	}
	return min(WilliamsRows(n), 14)
}

// designRow is row r (from 0) of the design of so many rows for n shots.
func designRow(n, r, rows int, seed uint64) []int {
	label := make([]int, n)
	for i := range label {
		label[i] = i
	}
	switch {
	case rows == designTwelve && n > 12:
		return thirdsRow(n, r, seed)
	case rows == designTwelve && n == 6 && r >= 6:
		shuffleBy(label, rand.NewPCG(seed, stream+1))
		r -= 6
	default:
		shuffle(label, seed)
	}
	row := WilliamsRow(n, r)
	for i, v := range row {
		row[i] = label[v]
	}
	return row
}

// third is the third of n places, 0 to 2, that a place stands in.
func third(place, n int) int { return 3 * place / n }

// thirdsRow is row r (0 to 11) of a design that puts each shot equally often into
// each third of the places: exactly 4 times each where n is a multiple of 3, and
// elsewhere as near to that as whole numbers go. Three rows turn a shuffled ring by a
// third each; there are four such rings, and within the thirds each row is shuffled, so
// that neighbours change.
func thirdsRow(n, r int, seed uint64) []int {
	row := make([]int, n)
	turn := (r%3*n + 2) / 3
	for v, shot := range ring(n, r/3, seed) {
		row[(v+turn)%n] = shot
	}
	g := rand.NewPCG(seed, stream+16+uint64(r))
	for from := 0; from < n; {
		to := from + 1
		for to < n && third(to, n) == third(from, n) {
			to++
		}
		shuffleBy(row[from:to], g)
		from = to
	}
	return row
}

// ring is ring k of the design. Where n is no multiple of 3 the thirds are of
// different sizes, and one or two places of the ring meet one of them twice and
// another not at all: no shot stands at such a place in two rings.
func ring(n, k int, seed uint64) []int {
	odd := oddPlaces(n)
	used := make([]bool, n)
	var shots []int
	for j := range k + 1 {
		shots = make([]int, n)
		for i := range shots {
			shots[i] = i
		}
		shuffleBy(shots, rand.NewPCG(seed, stream+2+uint64(j)))
		for _, v := range odd {
			for w := 0; used[shots[v]]; w++ {
				if !used[shots[w]] && !slices.Contains(odd, w) {
					shots[v], shots[w] = shots[w], shots[v]
				}
			}
			used[shots[v]] = true
		}
	}
	return shots
}

// oddPlaces are the places of a ring that do not meet each third once.
func oddPlaces(n int) (out []int) {
	for v := range n {
		var met [3]int
		for r := range 3 {
			met[third((v+(r*n+2)/3)%n, n)]++
		}
		if met != [3]int{1, 1, 1} {
			out = append(out, v)
		}
	}
	return out
}

// WilliamsRows is the number of rows of a Williams design for n shots: n when n
// is even, 2n when it is odd.
func WilliamsRows(n int) int {
	if n%2 == 1 {
		return 2 * n
	}
	return n
}

// WilliamsRow returns row r (from 0) of a Williams design for n shots (Williams
// 1949): every shot stands once in each place over n rows, and over all rows
// every ordered pair of neighbours occurs equally often. Rows beyond the design
// start over.
func WilliamsRow(n, r int) []int {
	if n == 0 {
		return nil
	}
	base := make([]int, n)
	lo, hi := 1, n-1
	for i := 1; i < n; i++ {
		if i%2 == 1 {
			base[i] = lo
			lo++
		} else {
			base[i] = hi
			hi--
		}
	}
	rows := WilliamsRows(n)
	r = (r%rows + rows) % rows
	mirror := r >= n
	row := make([]int, n)
	for i := range row {
		row[i] = (base[i] + r) % n
	}
	if mirror {
		slices.Reverse(row)
	}
	return row
}
