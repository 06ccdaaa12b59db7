package stats

import "math"

// Agreement is what a table of two raters' labels says: rows are the first's,
// columns the second's.
type Agreement struct {
	N, Same int
	// Kappa is Cohen's (p_o − p_e)/(1 − p_e) with p_e = Σ r_k·c_k: Cohen, "A
	// coefficient of agreement for nominal scales", Educational and Psychological
	// Measurement 20 (1960), 37–46.
	Kappa float64
	// AC1 is Gwet's: the same with p_e = Σ π_k(1−π_k)/(q−1), π_k the mean of r_k and
	// c_k over q labels. Gwet, "Computing inter-rater reliability and its variance in
	// the presence of high agreement", British Journal of Mathematical and
	// Statistical Psychology 61 (2008), 29–48. It does not fall apart where nearly
	// everything gets one label.
	AC1 float64
	Why string // why one of them is NaN
}

// Agree computes the agreement of a square table of counts. What is undefined is
// NaN, and Why says the reason.
func Agree(table [][]int) Agreement {
	q := len(table)
	a := Agreement{Kappa: math.NaN(), AC1: math.NaN()}
	rows, cols := make([]float64, q), make([]float64, q)
	for i, r := range table {
		for j, n := range r {
			a.N += n
			rows[i] += float64(n)
			cols[j] += float64(n)
			if i == j {
				a.Same += n
			}
		}
	}
	if a.N == 0 || q < 2 {
		a.Why = "cannot be computed: no labels of both"
		return a
	}
	n := float64(a.N)
	observed, kappaBy, acBy, used := float64(a.Same)/n, 0.0, 0.0, 0
	for k := range q {
		r, c := rows[k]/n, cols[k]/n
		pi := (r + c) / 2
		kappaBy += r * c
		acBy += pi * (1 - pi) / float64(q-1)
		if pi > 0 {
			used++
		}
	}
	if used == 1 {
		a.Why = "cannot be computed: all labels equal"
		return a
	}
	a.Kappa = (observed - kappaBy) / (1 - kappaBy)
	a.AC1 = (observed - acBy) / (1 - acBy)
	return a
}
