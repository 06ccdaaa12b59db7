package study

import (
	"fmt"

	"galley/session"
	"galley/session/stats"
)

// Sweep reads a sweep over numbers of shots.
func Sweep(s Spec, content session.Content, results []session.Result, pass Pass) SweepReport {
	pass, by := told(results, pass, s.Suite != "")
	missing, notes := Missing(results), lacking(s, content, results)
	results, sofar := complete(results)
	t := tableOf(results, pass, by, func(c session.Cell) string { return c.Contestant.Arm })
	rep := SweepReport{Progress: sofar, By: by, How: chosenBy(content, s.of()), Cases: len(t.cases), Missing: missing, Notes: notes}
	for _, n := range s.Sizes {
		arm := sizeArm(n)
		rep.Rows = append(rep.Rows, SweepRow{N: n, Rate: t.rate(arm), Tokens: t.mean(arm, inputTokens), CostUSD: t.mean(arm, cost)})
	}
	rep.say(t)
	rep.Sentence = rep.soFar(rep.Cases, rep.Sentence)
	return rep
}

// say compares the most with the fewest, and each size with the one before: the
// same cases, so by those that flip.
func (r *SweepReport) say(t table) {
	r.Notes = append(r.Notes, upperFirst(r.How)+".")
	if r.By == ByAnswer {
		r.Sentence = "Nothing is wanted of these cases, so no size can be said to be better. Give the cases wanted answers, or name a suite."
		return
	}
	best := -1 // of those that pass as often, the fewest shots
	for i, row := range r.Rows {
		switch {
		case row.Rate.Graded == 0:
		case best < 0, row.Rate.Rate > r.Rows[best].Rate.Rate, row.Rate.Rate == r.Rows[best].Rate.Rate && row.N < r.Rows[best].N:
			best = i
		}
	}
	if best < 0 {
		r.Sentence = "No answer can be compared. Go on with the run, or ask cases that want an answer."
		return
	}
	top := r.Rows[best]
	verb := "are right"
	if r.By == BySuite {
		verb = "pass"
	}
	s := fmt.Sprintf("The most %s with %s: %s.", verb, plural(top.N, "shot", "shots"), stats.RateOver(top.Rate.Pass, top.Rate.Graded, top.Rate.Cases, r.By.Word()))
	// The fewest shots that the best size does not beat by more than luck: each size is
	// held against the best, so each to a stricter bar.
	ps := make([]float64, len(r.Rows))
	for i, row := range r.Rows {
		_, ps[i] = t.change(sizeArm(row.N), sizeArm(top.N))
	}
	holm := stats.Holm(ps)
	least, smaller := best, 0
	for i, row := range r.Rows {
		if row.N >= top.N || row.Rate.Graded == 0 {
			continue
		}
		smaller++
		if row.N < r.Rows[least].N && !(holm[i] <= 0.05) {
			least = i
		}
	}
	switch {
	case smaller == 0 && len(r.Rows) == 1:
		r.Sentence = s + " Ask other numbers to compare it with."
		return
	case smaller == 0:
		r.Sentence = s + " No greater number passes more often here, and no smaller one was asked. Confirm it on the holdout."
		return
	case least == best:
		r.Sentence = s + " Every smaller number is behind by more than luck. Confirm it on the holdout."
		return
	}
	few := r.Rows[least]
	s += fmt.Sprintf(" With %d it is %d of %d, a difference that may be luck.", few.N, few.Rate.Pass, few.Rate.Graded)
	if spared := top.Tokens - few.Tokens; spared >= 1 {
		s += fmt.Sprintf(" %d would spare %s a call.", few.N, plural(int(spared+0.5), "token", "tokens"))
	}
	r.Sentence = s + " Ask more cases before you choose between them."
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
