package stats

import (
	"errors"
	"fmt"
	"math"
)

// Ghost is the usual weight of the ghost opponent of [BradleyTerry].
const Ghost = 0.5

// Unconnected says why there are no strengths: nobody in Apart was beaten by
// anyone outside it, or, where Never is set, ever met anyone outside it.
type Unconnected struct {
	Apart []int // not all of them
	Never bool
}

func (u *Unconnected) Error() string {
	if u.Never {
		return fmt.Sprintf("%v never met the others, not even through a third", u.Apart)
	}
	return fmt.Sprintf("%v never lost to the others", u.Apart)
}

// Strengths are the log-strengths of a Bradley–Terry fit. They sum to zero.
type Strengths struct {
	Log []float64
	cov [][]float64
}

// BradleyTerry fits P(i beats j) = σ(λ_i − λ_j) to wins[i][j], how often i beat j,
// by maximum likelihood: Bradley and Terry, "Rank analysis of incomplete block
// designs", Biometrika 39 (1952), 324–345; by Newton's method until λ moves less
// than 1e-9.
//
// With ghost above 0 everybody also won and lost that often against an imaginary
// average opponent, as in R's PlackettLuce (npseudo): strengths stay finite for
// the undefeated. Without it they are finite only where, of any two groups, each
// has beaten the other (Ford, "Solution of a ranking problem from binary
// comparisons", American Mathematical Monthly 64 (1957), 28–33), which is checked
// first. With it, whoever never met the others, even through a third, can still
// not be compared with them: that is an error too.
func BradleyTerry(wins [][]float64, ghost float64) (Strengths, error) {
	n := len(wins)
	if n < 2 {
		return Strengths{}, errors.New("a ranking takes two")
	}
	if !(ghost >= 0) {
		return Strengths{}, fmt.Errorf("a ghost of %v", ghost)
	}
	if err := connected(wins, ghost > 0); err != nil {
		return Strengths{}, err
	}
	l := make([]float64, n)
	for range 200 {
		grad, info := derivatives(wins, l, ghost)
		root, ok := cholesky(info)
		if !ok {
			return Strengths{}, errors.New("the strengths can't be computed from these counts")
		}
		step := root.solve(grad)
		// A long step is cut: far out the curve is flat and Newton would leap.
		long := 0.0
		for _, s := range step {
			long = max(long, math.Abs(s))
		}
		for i := range l {
			l[i] += step[i] * min(1, 3/max(long, 1e-300))
		}
		if long < 1e-9 {
			return finish(root, l), nil
		}
	}
	return Strengths{}, errors.New("the strengths did not settle")
}

func finish(root lower, l []float64) Strengths {
	s := Strengths{Log: l, cov: make([][]float64, len(l))}
	mean := 0.0
	for i, x := range l {
		mean += x / float64(len(l))
		unit := make([]float64, len(l))
		unit[i] = 1
		s.cov[i] = root.solve(unit)
	}
	for i := range l {
		l[i] -= mean
	}
	return s
}

// derivatives are the gradient of the log-likelihood and the information:
//
//	I_ii = Σ_j n_ij·p_ij(1−p_ij) + 2g·q_i(1−q_i),  I_ij = −n_ij·p_ij(1−p_ij)
//
// with q_i = σ(λ_i) the chance against the ghost. Without a ghost only differences
// matter, and a one is added everywhere: it fixes the sum and leaves the variance
// of every difference as it is.
func derivatives(wins [][]float64, l []float64, ghost float64) (grad []float64, info [][]float64) {
	n := len(l)
	grad, info = make([]float64, n), make([][]float64, n)
	for i := range n {
		info[i] = make([]float64, n)
		if ghost == 0 {
			for j := range n {
				info[i][j] = 1
			}
		}
	}
	for i := range n {
		q := sigmoid(l[i])
		grad[i] += ghost - 2*ghost*q
		info[i][i] += 2 * ghost * q * (1 - q)
		for j := i + 1; j < n; j++ {
			m := wins[i][j] + wins[j][i]
			if m == 0 {
				continue
			}
			p := sigmoid(l[i] - l[j])
			grad[i] += wins[i][j] - m*p
			grad[j] += wins[j][i] - m*(1-p)
			v := m * p * (1 - p)
			info[i][i] += v
			info[j][j] += v
			info[i][j] -= v
			info[j][i] -= v
		}
	}
	if ghost == 0 {
		sum := 0.0
		for _, x := range l {
			sum += x
		}
		for i := range grad {
			grad[i] -= sum
		}
	}
	return grad, info
}

// WinChance is the chance that i beats j, σ(λ_i − λ_j), with its 95% Wald
// interval: λ_i − λ_j ± z·√(C_ii + C_jj − 2C_ij), C the inverse of the
// information, the ends transformed. Of one with itself it is NaN.
func (s Strengths) WinChance(i, j int) (p, lo, hi float64) {
	if i == j {
		return math.NaN(), math.NaN(), math.NaN()
	}
	d, se := s.Difference(i, j)
	return sigmoid(d), sigmoid(d - Z95*se), sigmoid(d + Z95*se)
}

// Difference is λ_i − λ_j and its standard error.
func (s Strengths) Difference(i, j int) (d, se float64) {
	return s.Log[i] - s.Log[j], math.Sqrt(max(0, s.cov[i][i]+s.cov[j][j]-2*s.cov[i][j]))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// connected looks for a group that the others never beat, or, where any meeting
// joins, that never met the others.
func connected(wins [][]float64, met bool) error {
	n := len(wins)
	reach := func(edge func(i, j int) bool) []bool {
		seen := make([]bool, n)
		seen[0] = true
		for todo := []int{0}; len(todo) > 0; {
			i := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for j := range n {
				if !seen[j] && edge(i, j) {
					seen[j] = true
					todo = append(todo, j)
				}
			}
		}
		return seen
	}
	group := func(seen []bool, is bool) (out []int) {
		for i, s := range seen {
			if s == is {
				out = append(out, i)
			}
		}
		return out
	}
	if seen := reach(func(i, j int) bool { return wins[i][j]+wins[j][i] > 0 }); len(group(seen, false)) > 0 {
		return &Unconnected{Apart: group(seen, true), Never: true}
	}
	if met {
		return nil
	}
	// Whoever the first did not beat, even through others, never lost to those it did.
	if apart := group(reach(func(i, j int) bool { return wins[i][j] > 0 }), false); len(apart) > 0 {
		return &Unconnected{Apart: apart}
	}
	if seen := reach(func(i, j int) bool { return wins[j][i] > 0 }); len(group(seen, false)) > 0 {
		return &Unconnected{Apart: group(seen, true)}
	}
	return nil
}

// lower is the lower triangle L of a = L·Lᵀ, Cholesky's decomposition.
type lower [][]float64

// cholesky takes apart a symmetric positive definite a; false where it is none.
func cholesky(a [][]float64) (lower, bool) {
	l := make(lower, len(a))
	for i := range a {
		l[i] = make([]float64, i+1)
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			switch {
			case i != j:
				l[i][j] = sum / l[j][j]
			case sum > 0:
				l[i][i] = math.Sqrt(sum)
			default:
				return nil, false
			}
		}
	}
	return l, true
}

// solve solves a·x = b.
func (l lower) solve(b []float64) []float64 {
	x := append([]float64(nil), b...)
	for i := range x {
		for k := range i {
			x[i] -= l[i][k] * x[k]
		}
		x[i] /= l[i][i]
	}
	for i := len(x) - 1; i >= 0; i-- {
		for k := i + 1; k < len(x); k++ {
			x[i] -= l[k][i] * x[k]
		}
		x[i] /= l[i][i]
	}
	return x
}
