package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"galley/session/stats"
	"galley/session/study"
	"galley/session/text"
)

// flipsShown is how many flipping cases are told; --json has all.
const flipsShown = 12

// plotWide is how many cells a plot of rates has, from 0% to 100%.
const plotWide = 31

// plotOf draws a rate between 0% and 100%, with what lies between lo and hi marked
// below it: plain characters, which any terminal has.
func plotOf(rate, lo, hi float64) string {
	if math.IsNaN(rate) {
		return ""
	}
	cell := func(x float64) int { return int(math.Round(min(1, max(0, x)) * (plotWide - 1))) }
	row := []byte(strings.Repeat(".", plotWide))
	if !math.IsNaN(lo) && !math.IsNaN(hi) {
		for i := cell(lo); i <= cell(hi); i++ {
			row[i] = '='
		}
	}
	row[cell(rate)] = 'o'
	return string(row)
}

// plotHead is the head of a column of plots.
func plotHead() string { return "0%" + strings.Repeat(" ", plotWide-6) + "100%" }

// ofPassed is a rate of counts, a percent only where there are enough.
func ofPassed(pass, n int) string {
	if n < 5 {
		return fmt.Sprintf("%d of %d", pass, n)
	}
	return fmt.Sprintf("%d of %d (%d%%)", pass, n, stats.Percent(pass, n))
}

func printNotes(g *globals, sentence string, notes []string) {
	g.say("%s", text.Of(sentence))
	for _, n := range notes {
		g.say("%s", text.Of(n))
	}
}

// printOrder prints an order study: the sentence, each order beside the range of the
// control, the cases that flip, and what a place does.
func printOrder(g *globals, r study.OrderReport) {
	printNotes(g, r.Sentence, r.Notes)
	if r.Cases == 0 {
		return
	}
	head := strings.ToUpper(r.By.Word())
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, c := range r.Control {
		lo, hi = min(lo, c.Rate), max(hi, c.Rate)
	}
	g.say("")
	t := newTable("ORDER", head, plotHead(), "FIRST TO LAST")
	for _, o := range r.Orders {
		t.row(o.Order, ofPassed(o.Pass, o.Cases), plotOf(o.Rate, lo, hi), join(o.Shots))
	}
	for _, o := range r.Control {
		t.row(fmt.Sprintf("%s, repeat %d", o.Order, o.Repeat), ofPassed(o.Pass, o.Cases), plotOf(o.Rate, lo, hi), "")
	}
	t.print(g)
	g.say("o is the rate, = the range of the %d repeats", len(r.Control))
	if r.Cases >= 5 && (r.Disagree > 0 || r.ControlDisagree > 0) {
		g.say("Two answers to a case differ in what is compared %s in 100 times under two orders, %s under one order repeated.", study.Points(r.Disagree), study.Points(r.ControlDisagree))
	}
	if m := r.Moved; r.By != study.ByAnswer && r.Cases >= 5 && (m.Disagree > 0 || m.ControlDisagree > 0) {
		g.say("Two answers to a case differ in their words %s in 100 times under two orders, %s under one order repeated (%s, 95%% interval %s to %s).",
			study.Points(m.Disagree), study.Points(m.ControlDisagree), study.Signed(m.Excess), study.Signed(m.ExcessLo), study.Signed(m.ExcessHi))
	}
	printPlaces(g, r)
	if len(r.Flips) == 0 {
		return
	}
	g.say("\nNot answered alike under all orders: %s.", plural(len(r.Flips), "case", "cases"))
	flips := newTable("CASE", "WANTED", "UNDER THE ORDERS", "UNDER THE REPEATS")
	for i, f := range r.Flips {
		if i == flipsShown {
			break
		}
		wanted := text.Raw("")
		if f.Wanted != nil {
			wanted = *f.Wanted
		}
		flips.row(f.Case, text.Head(wanted, 24), answersLine(f.Answers), answersLine(f.Control))
	}
	flips.print(g)
	if n := len(r.Flips) - flipsShown; n > 0 {
		g.say("and %s, with --json", plural(n, "more", "more"))
	}
}

// printPlaces tells the effects of places that are larger than the control's sd.
func printPlaces(g *globals, r study.OrderReport) {
	t := newTable("SHOT", "FIRST", "LAST").numbers(1, 2)
	for _, p := range r.Positions {
		if p.Beyond {
			t.row(p.Name, pointsOf(p.First, r.ControlSD), pointsOf(p.Last, r.ControlSD))
		}
	}
	if len(t.rows) == 0 {
		return
	}
	g.say("\nWith a shot first or last, against the mean, in points; only what is beyond the sd of the repeats (%s). One square is few draws: a hint, no more.", study.Points(r.ControlSD))
	t.print(g)
}

// pointsOf is an effect of a place, nothing where it is not beyond what chance does.
func pointsOf(x, chance float64) string {
	switch {
	case math.IsNaN(x):
		return "never"
	case math.Abs(x) <= chance:
		return ""
	}
	return study.Signed(x)
}

// answersLine is answers with how often each came: "billing 5, bug 3".
func answersLine(cs []study.Count) text.Shown {
	line := text.Of("")
	for i, c := range cs {
		if i > 0 {
			line = line.Append(text.Of(", "))
		}
		line = line.Append(text.Head(c.Answer, 24)).Append(text.Of(" " + itoa(c.N)))
	}
	return line
}

func printDrop(g *globals, r study.DropReport) {
	printNotes(g, r.Sentence, r.Notes)
	g.say("")
	head := strings.ToUpper(r.By.Word())
	t := newTable("WITHOUT", head, "FAIL", "PASS", "CHANGED", "TOKENS", "USD", "REPEATS").numbers(2, 3, 4, 5, 6)
	t.row("nothing", ofPassed(r.All.Pass, r.All.Graded), "", "", "", "", "", "")
	t.row("nothing, again", ofPassed(r.Again.Rate.Pass, r.Again.Rate.Graded), r.Again.Worse, r.Again.Better, r.Again.Changed, "", "", "")
	for _, d := range r.Rows {
		t.row(d.Name, ofPassed(d.Rate.Pass, d.Rate.Graded), d.Worse, d.Better, d.Changed, countOf(d.Tokens), moneyOf(d.CostUSD), d.Same)
	}
	t.print(g)
	worse := "newly fail, newly pass"
	if r.Takes > 1 {
		worse = "cases that pass less often, more often"
	}
	g.say("%s, answered otherwise; tokens and USD that a call is spared\n", worse)
	for _, d := range r.Rows {
		g.say("%s", text.Of(d.Sentence))
	}
}

func countOf(x float64) string {
	if math.IsNaN(x) {
		return "unknown"
	}
	return strconv.Itoa(int(math.Round(x)))
}

func moneyOf(x float64) string {
	if math.IsNaN(x) {
		return "unknown"
	}
	return fmt.Sprintf("%.6f", x)
}

func printSweep(g *globals, r study.SweepReport) {
	printNotes(g, r.Sentence, r.Notes)
	g.say("")
	t := newTable("SHOTS", strings.ToUpper(r.By.Word()), plotHead(), "TOKENS", "USD").numbers(0, 3, 4)
	for _, x := range r.Rows {
		t.row(x.N, withInterval(x.Rate), plotOf(x.Rate.Rate, x.Rate.Lo, x.Rate.Hi), countOf(x.Tokens), moneyOf(x.CostUSD))
	}
	t.print(g)
	g.say("o is the rate, = its 95%% interval; tokens of the input and USD are of a call")
}

// withInterval is a rate in few words: "18 of 48 (38%, 25–52%)".
func withInterval(r study.Rate) string {
	if r.Cases < 5 {
		return ofPassed(r.Pass, r.Graded)
	}
	return fmt.Sprintf("%d of %d (%d%%, %d–%d%%)", r.Pass, r.Graded, stats.Percent(r.Pass, r.Graded), stats.Whole(r.Lo), stats.Whole(r.Hi))
}

// answersShown is how many answers of an arm are told; --json has all.
const answersShown = 8

func printVary(g *globals, r study.VaryReport) {
	printNotes(g, r.Sentence, r.Notes)
	g.say("")
	head := []string{"ARM", "DRAWS", "DISTINCT", "PER CASE", "TOP", "DISTINCT-1", "DISTINCT-2", "JACCARD"}
	if r.Listed {
		head = append(head, "OF THE LIST", "OUTSIDE")
	}
	t := newTable(append(head, "MOST FREQUENT")...).numbers(1, 2, 3, 4, 5, 6, 7)
	for _, a := range r.Arms {
		row := []any{text.Raw(a.Name), a.Draws, a.Distinct, decimals(a.PerCase), topOf(a), decimals(a.Distinct1), decimals(a.Distinct2), decimals(a.Jaccard)}
		if r.Listed {
			row = append(row, ofPassed(a.Covered, r.List), ofPassed(a.Outside, a.Draws))
		}
		t.row(append(row, answersLine(a.Answers[:min(answersShown, len(a.Answers))]))...)
	}
	t.print(g)
	g.say("distinct-1, distinct-2: different words, and pairs of them, of all; jaccard: the share of words that two answers to a case have in common\n")
	for _, a := range r.Arms[1:] {
		g.say("%s: %s", text.Of(a.Name).OneLine(), text.Of(a.Sentence))
	}
}

func topOf(a study.VaryArm) string { return ofPassed(a.TopN, a.Draws) }

func decimals(x float64) string {
	if math.IsNaN(x) {
		return "–" // answers of one word have no pairs of words
	}
	return fmt.Sprintf("%.2f", x)
}
