package study

import (
	"fmt"
	"math"
	"slices"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// Drop reads a drop-one study.
func Drop(s Spec, content session.Content, results []session.Result, pass Pass) DropReport {
	pass, by := told(results, pass, s.Suite != "")
	missing, notes := Missing(results), lacking(s, content, results)
	results, sofar := complete(results)
	t := tableOf(results, pass, by, func(c session.Cell) string { return c.Contestant.Arm })
	rep := DropReport{Progress: sofar, By: by, Takes: max(s.Takes, 1), Missing: missing, Notes: notes, All: t.rate("")}
	for _, k := range t.cases {
		if len(t.said("", k)) > 0 {
			rep.Cases++
		}
	}
	row := func(arm string) DropRow {
		d := DropRow{Arm: arm, Rate: t.rate(arm)}
		t.compare(&d, arm)
		return d
	}
	rep.Again = row(ArmAgain)
	rep.Again.Holm = rep.Again.P
	twins := nearest(content)
	var ps []float64
	for _, p := range s.parts(content) {
		d := row(p.arm)
		d.Of, d.Name = p.of, p.name
		d.Input = t.mean(p.arm, inputTokens)
		all := t.mean("", inputTokens)
		d.Tokens, d.CostUSD = all-d.Input, t.mean("", cost)-t.mean(p.arm, cost)
		d.Share = d.Tokens / all
		d.Same = twins[[2]int{p.block, p.item}]
		rep.Rows = append(rep.Rows, d)
		ps = append(ps, d.P)
	}
	for i, p := range stats.Holm(ps) {
		rep.Rows[i].Holm = p
		rep.Rows[i].Sentence = rep.Rows[i].say(by, rep.Again, rep.Takes)
	}
	rep.say()
	rep.Sentence = rep.soFar(len(t.cases), rep.Sentence)
	return rep
}

// compare holds an arm against the whole prompt, case by case.
func (t table) compare(d *DropRow, arm string) {
	for _, k := range t.cases {
		a, b := t.said("", k), t.said(arm, k)
		n := min(len(a), len(b))
		if n == 0 {
			continue
		}
		d.Cases++
		if !slices.Equal(a[:n], b[:n]) {
			d.Changed++
		}
	}
	d.P = math.NaN()
	if t.by != ByAnswer {
		var c change
		c, d.P = t.change("", arm)
		d.Worse, d.Better = c.less, c.more
		d.Change, d.ChangeLo, d.ChangeHi = c.mean, c.lo, c.hi
	}
	d.Tokens, d.CostUSD, d.Input, d.Share = math.NaN(), math.NaN(), math.NaN(), math.NaN()
}

func inputTokens(r session.Result) (float64, bool) {
	return float64(r.Output.Usage.Input), r.Output.Usage.Source != "" && r.Output.Usage.Input > 0
}

func cost(r session.Result) (float64, bool) {
	if r.Output.CostUSD == nil {
		return 0, false
	}
	return *r.Output.CostUSD, true
}

// mean is that of a number over the answers of an arm, NaN where any has none.
func (t table) mean(arm string, of func(session.Result) (float64, bool)) float64 {
	sum, n := 0.0, 0.0
	for _, k := range t.cases {
		for _, r := range t.at[arm][k] {
			if !r.Output.Status.Finished() {
				continue
			}
			x, ok := of(r)
			if !ok {
				return math.NaN()
			}
			sum, n = sum+x, n+1
		}
	}
	return sum / n
}

// nearest names, for each shot and resource that is on, the other one that it nearly
// repeats.
func nearest(c session.Content) map[[2]int]text.Raw {
	out := map[[2]int]text.Raw{}
	var all []session.Shot
	var at [][2]int
	for i, b := range c.Blocks {
		if b.Off {
			continue
		}
		for k, s := range b.Shots {
			if !s.Off {
				all, at = append(all, s), append(at, [2]int{i, k})
			}
		}
		for k, r := range b.Resources {
			if !r.Off {
				all, at = append(all, session.Shot{Input: r.Text}), append(at, [2]int{i, k})
			}
		}
	}
	for i, twin := range session.Twins(len(all), session.NearShots(all)) {
		if twin >= 0 {
			out[at[i]] = itemName(c, at[twin])
		}
	}
	return out
}

// say is what one row comes to.
func (d DropRow) say(by By, again DropRow, takes int) string {
	name := text.Raw(d.Arm).String()
	saved := ""
	if d.Tokens >= 0.5 {
		saved = fmt.Sprintf(" It spares %s a call (%.0f%%).", plural(int(math.Round(d.Tokens)), "token", "tokens"), 100*d.Share)
	}
	twin := ""
	if d.Same != "" {
		twin = fmt.Sprintf(" It is redundant with %s, which it nearly repeats: drop one and measure the other again.", d.Same)
	}
	switch {
	case d.Cases == 0:
		return upperFirst(name) + " nothing can be compared: no case has an answer both with and without it. Go on with the run."
	case by == ByAnswer:
		return fmt.Sprintf("%s %s answered otherwise, and asked again unchanged %d.%s%s%s", upperFirst(name), ofCases(d.Changed, d.Cases), again.Changed, saved, twin, read(d.Changed))
	case d.Worse+d.Better == 0 && d.Changed == 0:
		if twin == "" && saved != "" {
			twin = " Leave it out if the holdout agrees."
		} else if twin == "" {
			twin = " There is nothing to do."
		}
		return fmt.Sprintf("%s nothing changes in %s.%s%s", upperFirst(name), plural(d.Cases, "case", "cases"), saved, twin)
	}
	counts := fmt.Sprintf("%s %d of %s newly fail and %d newly pass", upperFirst(name), d.Worse, plural(d.Cases, "case", "cases"), d.Better)
	if takes > 1 {
		counts = fmt.Sprintf("%s %d of %s pass less often and %d more often", upperFirst(name), d.Worse, plural(d.Cases, "case", "cases"), d.Better)
	}
	switch {
	case d.Holm <= 0.05 && d.Worse > d.Better:
		return counts + "; that is more than luck." + saved + " Keep it."
	case d.Holm <= 0.05:
		return counts + "; that is more than luck." + saved + " Try without it on the holdout."
	}
	return counts + fmt.Sprintf(", which may be luck (asked again unchanged: %d and %d).", again.Worse, again.Better) + saved + twin + read(d.Worse+d.Better)
}

func read(n int) string {
	if n == 0 {
		return " There is nothing to do."
	}
	return fmt.Sprintf(" Read the %d, or ask more cases.", n)
}

// say sums a drop-one study up.
func (r *DropReport) say() {
	if r.Cases > 0 && r.Cases < fewest {
		r.Notes = append(r.Notes, fmt.Sprintf("%s too few to say much; ask at least 20.", areCases(r.Cases)))
	}
	if len(r.Rows) > 1 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d parts were tried, and each is held to a stricter bar for it (Holm).", len(r.Rows)))
	}
	switch {
	case r.Cases == 0:
		r.Sentence = "The whole prompt has no answer that can be compared. Go on with the run, or ask cases that want an answer."
		return
	case r.By == ByAnswer:
		r.Sentence = fmt.Sprintf("Nothing is wanted of these cases, so answers are compared with each other: asked again unchanged, %s answered otherwise. Give the cases wanted answers, or name a suite.",
			ofCases(r.Again.Changed, r.Again.Cases))
		return
	}
	var worth, harm, idle int
	for _, d := range r.Rows {
		switch {
		case d.Holm <= 0.05 && d.Worse > d.Better:
			worth++
		case d.Holm <= 0.05:
			harm++
		case d.Worse+d.Better+d.Changed == 0 && d.Cases > 0:
			idle++
		}
	}
	again := "%d newly fail and %d newly pass"
	if r.Takes > 1 {
		again = "%d cases pass less often and %d more often"
	}
	s := fmt.Sprintf("With everything on %s. Asked again unchanged, "+again+".", stats.RateOver(r.All.Pass, r.All.Graded, r.All.Cases, r.By.Word()), r.Again.Worse, r.Again.Better)
	s += fmt.Sprintf(" Of %s, %d made it worse by more than luck when left out, %d better, %d changed no answer.", plural(len(r.Rows), "part", "parts"), worth, harm, idle)
	switch {
	case harm > 0:
		s += " Try the prompt without what did harm, on the holdout."
	case idle > 0:
		s += " Try the prompt without what changed nothing, one at a time, and look at the holdout last."
	case worth == len(r.Rows):
		s += " There is nothing to take away."
	default:
		s += " Ask more cases before you take anything away."
	}
	r.Sentence = s
}
