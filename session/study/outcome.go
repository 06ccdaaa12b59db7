package study

import (
	"cmp"
	"math"
	"slices"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// table is what came back, by arm and case.
type table struct {
	by    By
	pass  Pass
	cases []session.CaseKey
	at    map[string]map[session.CaseKey][]session.Result // by arm, in the order of the takes
}

// tableOf sorts results. arm names the arm of a cell.
func tableOf(results []session.Result, pass Pass, by By, arm func(session.Cell) string) table {
	t := table{by: by, pass: pass, at: map[string]map[session.CaseKey][]session.Result{}}
	seen := map[session.CaseKey]bool{}
	for _, r := range results {
		k := r.Cell.Case()
		if !seen[k] {
			seen[k] = true
			t.cases = append(t.cases, k)
		}
		name := arm(r.Cell)
		if t.at[name] == nil {
			t.at[name] = map[session.CaseKey][]session.Result{}
		}
		t.at[name][k] = append(t.at[name][k], r)
	}
	slices.SortStableFunc(t.cases, func(a, b session.CaseKey) int { return cmp.Compare(a.ID, b.ID) }) // they were asked as the seed drew them
	for _, cases := range t.at {
		for _, rs := range cases {
			slices.SortStableFunc(rs, func(a, b session.Result) int { return cmp.Compare(a.Cell.Take, b.Cell.Take) })
		}
	}
	return t
}

// told is how answers can be told apart: by a suite, by what the cases want, or,
// where nothing is wanted, by whether they are the same.
func told(results []session.Result, pass Pass, suite bool) (Pass, By) {
	if suite && pass != nil {
		return pass, BySuite
	}
	if pass == nil {
		pass = ByWanted
	}
	for _, r := range results {
		if _, ok := pass(r); ok {
			return pass, ByPass
		}
	}
	return pass, ByAnswer
}

// ok reports whether an answer can be counted.
func (t table) ok(r session.Result) bool {
	if t.by == ByAnswer {
		return r.Output.Status == session.StatusDone
	}
	_, ok := t.pass(r)
	return ok
}

func (t table) passed(r session.Result) bool {
	p, ok := t.pass(r)
	return p && ok
}

func answer(r session.Result) string { return session.AnswerKey(r.Output.Whole()) }

// rate is the pass rate of an arm.
func (t table) rate(arm string) Rate {
	var r Rate
	for _, k := range t.cases {
		counted := false
		for _, res := range t.at[arm][k] {
			if p, ok := t.pass(res); ok {
				r.Graded++
				counted = true
				if p {
					r.Pass++
				}
			}
		}
		if counted {
			r.Cases++
		}
	}
	r.Rate = float64(r.Pass) / float64(r.Graded)
	r.Lo, r.Hi = stats.WilsonOver(r.Pass, r.Graded, r.Cases)
	return r
}

// said are the answers of a case in an arm that can be counted, by take.
func (t table) said(arm string, k session.CaseKey) []string {
	var out []string
	for _, r := range t.at[arm][k] {
		if t.ok(r) {
			out = append(out, answer(r))
		}
	}
	return out
}

// share is how many of a case's answers in an arm pass, of how many.
func (t table) share(arm string, k session.CaseKey) (pass, n int) {
	for _, r := range t.at[arm][k] {
		if p, ok := t.pass(r); ok {
			n++
			if p {
				pass++
			}
		}
	}
	return pass, n
}

// change is what a second arm does to the cases of a first: takes of a case are
// averaged first, as it is cases that are sampled.
type change struct {
	less, more   int // cases that pass less often, and more often
	mean, lo, hi float64
}

// steps are what the changes of cases are counted in where some have more answers
// than others: exact up to six takes.
const steps = 60

// change compares the cases that both arms answered, with the p-value of "the arms
// pass equally often": McNemar's mid-p of one take, and of several the same by the
// changes of the cases' rates.
func (t table) change(first, second string) (c change, p float64) {
	var by []float64
	var whole, sixtieths []int
	takes := 0
	for _, k := range t.cases {
		x, n := t.share(first, k)
		y, m := t.share(second, k)
		if n == 0 || m == 0 {
			continue
		}
		d := y*n - x*m // of n·m
		switch {
		case d < 0:
			c.less++
		case d > 0:
			c.more++
		}
		by = append(by, float64(d)/float64(n*m))
		whole = append(whole, y-x)
		sixtieths = append(sixtieths, int(math.Round(float64(d)*steps/float64(n*m))))
		if takes == 0 {
			takes = n
		}
		if n != m || n != takes {
			takes = -1
		}
	}
	if takes < 0 {
		whole = sixtieths
	}
	_, p = stats.FlipSigns(whole)
	c.mean, c.lo, c.hi = stats.MeanInterval(by)
	c.lo, c.hi = max(-1, c.lo), min(1, c.hi)
	if len(by) == 0 {
		return c, p
	}
	if takes == 1 || c.less+c.more == 0 {
		c.lo, c.hi = stats.BonettPrice(c.less, c.more, len(by), stats.Z95)
	}
	return c, p
}

// counts are the answers with how often each came, the most frequent first, each
// as it was first written.
func counts(results []session.Result, by func(session.Result) string) []Count {
	var out []Count
	at := map[string]int{}
	for _, r := range results {
		key := answer(r)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, Count{Answer: r.Output.Whole()})
		}
		out[i].N++
		if by != nil {
			out[i].Orders = append(out[i].Orders, by(r))
		}
	}
	slices.SortStableFunc(out, func(a, b Count) int { return cmp.Compare(b.N, a.N) })
	return out
}

// numbers gives equal answers of a list equal numbers.
func numbers(results []session.Result) []int {
	at := map[string]int{}
	out := make([]int, len(results))
	for i, r := range results {
		key := answer(r)
		n, ok := at[key]
		if !ok {
			n = len(at)
			at[key] = n
		}
		out[i] = n
	}
	return out
}

// caseOf is the case as it was asked.
func caseOf(c session.Cell) session.Case {
	return session.Case{ID: c.CaseID, Name: c.CaseName, Vars: c.CaseVars, Wanted: c.Wanted, Tags: c.CaseTags}
}

// arranged says which items of the blocks in question stand in a context, in their
// order: by block and place in it.
func arranged(p session.Proof, blocks []int) [][2]int {
	var out [][2]int
	for _, sp := range p.Spans {
		if sp.Shot < 0 || !slices.Contains(blocks, sp.Block) {
			continue
		}
		at := [2]int{sp.Block, sp.Shot}
		if !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

func itemName(c session.Content, at [2]int) text.Raw {
	b := c.Blocks[at[0]]
	switch {
	case b.Kind == session.KindShots && at[1] < len(b.Shots):
		return named(b.Shots[at[1]].Name, "shot", at[1])
	case b.Kind == session.KindResources && at[1] < len(b.Resources):
		return named(b.Resources[at[1]].Name, "resource", at[1])
	}
	return named("", "piece", at[1])
}
