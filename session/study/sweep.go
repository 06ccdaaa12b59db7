package study

import (
	"fmt"

	"galley/session"
	"galley/session/stats"
)

// Sweep reads a sweep over numbers of shots.
func Sweep(s Spec, content session.Content, results []session.Result, pass Pass) SweepReport {
	pass, by := told(results, pass, s.Suite != "")
	t := tableOf(results, pass, by, func(c session.Cell) string { return c.Contestant.Arm })
	rep := SweepReport{By: by, How: chosenBy(content, s.of()), Cases: len(t.cases), Missing: Missing(results)}
	for _, n := range s.Sizes {
		arm := sizeArm(n)
		rep.Rows = append(rep.Rows, SweepRow{N: n, Rate: t.rate(arm), Tokens: t.mean(arm, inputTokens), CostUSD: t.mean(arm, cost)})
	}
	rep.say(t)
	return rep
}

// say compares the most with the fewest, and each size with the one before: the
// same cases, so by those that flip.
func (r *SweepReport) say(t table) {
	if r.Missing > 0 {
		r.Notes = append(r.Notes, plural(r.Missing, "answer is", "answers are")+" missing; go on with the run to compare all.")
	}
	r.Notes = append(r.Notes, upperFirst(r.How)+".")
	if r.By == ByAnswer {
		r.Sentence = "Nothing is wanted of these cases, so no size can be said to be better. Give the cases wanted answers, or name a suite."
		return
	}
	best := 0
	for i, row := range r.Rows {
		if row.Rate.Graded > 0 && (r.Rows[best].Rate.Graded == 0 || row.Rate.Rate > r.Rows[best].Rate.Rate) {
			best = i
		}
	}
	top := r.Rows[best]
	if top.Rate.Graded == 0 {
		r.Sentence = "No answer can be compared. Go on with the run, or ask cases that want an answer."
		return
	}
	s := fmt.Sprintf("The most are right with %s: %s.", plural(top.N, "shot", "shots"), stats.RateOver(top.Rate.Pass, top.Rate.Graded, top.Rate.Cases, r.By.Word()))
	// The fewest shots that the best size does not beat by more than luck: each size is
	// held against the best, so each to a stricter bar.
	ps := make([]float64, len(r.Rows))
	for i, row := range r.Rows {
		_, ps[i] = stats.McNemar(t.flipped(sizeArm(row.N), sizeArm(top.N)))
	}
	holm := stats.Holm(ps)
	least := best
	for i, row := range r.Rows {
		if row.N < r.Rows[least].N && row.Rate.Graded > 0 && !(holm[i] <= 0.05) {
			least = i
		}
	}
	if least == best {
		r.Sentence = s + " Every smaller number is behind by more than luck. Confirm it on the holdout."
		return
	}
	few := r.Rows[least]
	s += fmt.Sprintf(" With %d it is %d of %d, a difference that may be luck.", few.N, few.Rate.Pass, few.Rate.Graded)
	if spared := top.Tokens - few.Tokens; spared >= 1 {
		s += fmt.Sprintf(" %d would spare %.0f tokens a call.", few.N, spared)
	}
	r.Sentence = s + " Ask more cases before you choose between them."
}

// flipped counts the cases that pass in the first arm only, and in the second only.
func (t table) flipped(a, b string) (first, second int) {
	for _, k := range t.cases {
		x, ok1 := t.share(a, k)
		y, ok2 := t.share(b, k)
		switch {
		case !ok1 || !ok2:
		case x > 0.5 && y <= 0.5:
			first++
		case x <= 0.5 && y > 0.5:
			second++
		}
	}
	return first, second
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
