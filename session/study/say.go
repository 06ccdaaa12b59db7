package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"galley/session/stats"
)

// fewest is the number below which no percent is said.
const fewest = 5

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// points is a difference of rates in points: "4", "1.5".
func points(x float64) string {
	x = math.Round(1000*x) / 10
	if math.Abs(x) >= 2 || x == 0 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

// signed is a change in points: "+4", "−1.5".
func signed(x float64) string {
	s := points(math.Abs(x))
	switch {
	case s == "0" || s == "0.0":
		return "0"
	case x < 0:
		return "−" + s
	}
	return "+" + s
}

// Points says a difference of rates in points: "4", "1.5".
func Points(x float64) string { return points(x) }

// Signed is Points with its sign.
func Signed(x float64) string { return signed(x) }

// between says from where to where rows reach: "29 to 36 of 48 passed (60% to
// 75%)".
func between(rows []OrderRow, verb string) string {
	lo, hi, n := rows[0].Pass, rows[0].Pass, rows[0].Cases
	for _, r := range rows {
		lo, hi = min(lo, r.Pass), max(hi, r.Pass)
	}
	counts := fmt.Sprintf("%d to %d of %d %s", lo, hi, n, verb)
	if lo == hi {
		counts = fmt.Sprintf("%d of %d %s each time", lo, n, verb)
	}
	if n < fewest {
		return counts
	}
	if lo == hi {
		return fmt.Sprintf("%s (%d%%)", counts, stats.Percent(lo, n))
	}
	return fmt.Sprintf("%s (%d%% to %d%%", counts, stats.Percent(lo, n), stats.Percent(hi, n))
}

// withSD closes what between opened.
func withSD(s string, sd float64) string {
	if !strings.Contains(s, "% to ") {
		return s
	}
	return fmt.Sprintf("%s, sd %s)", s, points(sd))
}

// say is the sentence of an order study.
func (o *orderStudy) say() {
	o.rep.Notes = o.notes()
	o.rep.Sentence = o.rep.soFar(o.rep.Cases, o.sentence())
}

func (o *orderStudy) sentence() string {
	r := &o.rep
	k, repeats := len(r.Orders), len(r.Control)
	switch {
	case r.Cases == 0 && r.allCut():
		return "Each case that is complete has an answer that was cut, so there is nothing to compare. Study the variant with a larger max_tokens, or ask what was cut again with more room: m on the page of the study, or --resume with --max-tokens."
	case r.Cases == 0:
		return "No case has an answer that can be compared under every order and every repeat, so there is nothing to compare. Read what came instead, or go on with the study."
	case !math.IsNaN(r.Moved.P):
		return o.moved()
	case r.Tests == 0 && r.Cases < fewest:
		return fmt.Sprintf("%s answered alike under all %d orders and all %d repeats. That is too little to say anything of; ask more cases.", theCases(r.Cases), k, repeats)
	case r.Tests == 0:
		return fmt.Sprintf("%s answered alike under all %d orders and all %d repeats. Of cases like these, order could still move up to %d%%. There is nothing to do.",
			theCases(r.Cases), k, repeats, upTo(r.Cases))
	}
	verb := "passed"
	if r.By == ByPass {
		verb = "were right"
	}
	var s string
	switch {
	case r.By == ByAnswer && r.Cases < fewest:
		s = fmt.Sprintf("Over %d orders %s not answered alike.", k, ofCases(len(r.Flips), r.Cases))
	case r.By == ByAnswer:
		s = fmt.Sprintf("Over %d orders %s not answered alike: two answers to a case differed %s in 100 times. Repeating one order they differed %s in 100 times.",
			k, ofCases(len(r.Flips), r.Cases), points(r.Disagree), points(r.ControlDisagree))
	default:
		s = fmt.Sprintf("Over %d orders%s %s; repeating one order, %s.", k, o.taken(), withSD(between(r.Orders, verb), r.SD), withSD(between(r.Control, verb), r.ControlSD))
	}
	return s + " " + o.verdict()
}

// moved is the sentence where answers differ, and yet none of a case passes while
// another fails: whether they differ more between orders than chance has it, which
// says nothing of what is better.
func (o *orderStudy) moved() string {
	r := &o.rep
	m := r.Moved
	s := fmt.Sprintf("Over %d orders %s not answered alike; repeating one order %d times, %s not.", len(r.Orders), ofCases(m.Cases, r.Cases), len(r.Control), ofCases(m.ControlCases, r.Cases))
	if r.Cases >= fewest {
		s += fmt.Sprintf(" Two answers to a case differed %s in 100 times between orders and %s in 100 between repeats (%s, 95%% interval %s to %s).",
			points(m.Disagree), points(m.ControlDisagree), signed(m.Excess), signed(m.ExcessLo), signed(m.ExcessHi))
	}
	switch {
	case r.Matters:
		s += " The order moves the answers."
	default:
		s += " That the order moves the answers beyond chance is not seen here."
	}
	return s + " " + o.nothingOfBetter()
}

// nothingOfBetter says that answers which differ do not pass more or less often, and
// what to do.
func (o *orderStudy) nothingOfBetter() string {
	r := &o.rep
	passed := 0
	for _, row := range slices.Concat(r.Orders, r.Control) {
		passed += row.Pass
	}
	verb := "passed"
	if r.By == ByPass {
		verb = "was right"
	}
	switch {
	case passed == 0 && r.Matters:
		return fmt.Sprintf("That says nothing of which order is better, as no answer %s under any: mend the prompt or the model first, and read the cases that flip.", verb)
	case passed == 0:
		return fmt.Sprintf("No answer %s under any order: mend the prompt or the model first.", verb)
	case r.Matters:
		return "That says nothing of which order is better, as each case came out the same under all: read those that flip where the wording matters."
	}
	return "Each case came out the same under all: leave the order as it is."
}

// taken says how often each order was asked, where that is more than once.
func (o *orderStudy) taken() string {
	if o.rep.Answers <= o.rep.Cases {
		return ""
	}
	return fmt.Sprintf(" and %s with up to %d takes each,", plural(o.rep.Cases, "case", "cases"), o.spec.Takes)
}

// upTo is what share of cases, in whole percent, could still be of a kind of which n
// showed none: with more of them one would have been seen 19 times in 20.
func upTo(n int) int { return int(math.Ceil(100 * (1 - math.Pow(0.05, 1/float64(n))))) }

func theCases(n int) string {
	if n == 1 {
		return "The one case was"
	}
	return fmt.Sprintf("All %d cases were", n)
}

func ofCases(n, of int) string {
	if n == 1 {
		return fmt.Sprintf("1 of %d cases was", of)
	}
	return fmt.Sprintf("%d of %d cases were", n, of)
}

// verdict says whether order matters, and what to do.
func (o *orderStudy) verdict() string {
	r := &o.rep
	if !r.Matters {
		s := "No effect of the order beyond chance is seen here"
		if r.By != ByAnswer && !math.IsNaN(r.SDHi) && r.SDHi > 0 && len(r.Orders) >= fewest {
			s += fmt.Sprintf("; a true sd of up to %s points is not ruled out", points(r.SDHi))
		}
		return s + ". Leave the order as it is, or ask more cases."
	}
	var why []string
	if r.RateP <= r.Alpha {
		why = append(why, "some orders pass more often than chance would have it")
	}
	if r.ExcessP <= r.Alpha {
		why = append(why, "answers differ more between orders than between repeats of one")
	}
	if r.PlaceP <= r.Alpha {
		where := "late"
		if r.Place < 0 {
			where = "early"
		}
		why = append(why, "answers lean to the shots that stand "+where)
	}
	return fmt.Sprintf("Order matters here: %s. %s Before an order is changed, confirm it on cases that this study has not seen, with --cases holdout.", strings.Join(why, ", and "), o.missed())
}

// missed says what so many orders tell of the worst ones.
func (o *orderStudy) missed() string {
	k := o.apart()
	if all := factorial(o.rep.N); all > 0 && all <= k {
		return "All orders were asked."
	}
	return fmt.Sprintf("%d orders miss the worst tenth of all about %.0f times in 100.", k, 100*math.Pow(0.9, float64(k)))
}

// apart is how many of the orders put the shots apart from each other: rows beyond a
// design repeat it, and few shots have few orders.
func (o *orderStudy) apart() int {
	most := 0
	for i, c := range o.cases {
		if i > 0 && c.key == o.cases[i-1].key {
			continue
		}
		seen := map[string]bool{}
		for _, stand := range c.stand {
			seen[fmt.Sprint(stand)] = true
		}
		most = max(most, len(seen))
	}
	return most
}

// factorial of a small n; 0 where it is beyond what a study asks.
func factorial(n int) int {
	f := 1
	for i := 2; i <= n; i++ {
		if f *= i; f > MostOrders {
			return 0
		}
	}
	return f
}

// notes are what else there is to know of an order study.
func (o *orderStudy) notes() []string {
	r := &o.rep
	var out []string
	out = append(append(out, r.left()...), o.lacking...)
	if r.Cases > 0 && r.Cases < fewest {
		out = append(out, fmt.Sprintf("%s too few to say much; ask at least 20.", areCases(r.Cases)))
	}
	if r.By == ByAnswer {
		out = append(out, "Nothing is wanted of these cases, so answers are compared with each other; a suite or wanted answers would say which are right.")
	}
	if len(r.Orders) != len(r.Control) && r.Cases > 0 {
		out = append(out, fmt.Sprintf("The range of %d orders and that of %d repeats don't compare, as more draws reach further; the sd does.", len(r.Orders), len(r.Control)))
	}
	if n := o.apart(); r.Cases > 0 && n < len(r.Orders) {
		out = append(out, fmt.Sprintf("Of the %d orders only %d differ; the others ask those again.", len(r.Orders), n))
	}
	if r.Cases > 0 && r.By != ByAnswer && r.Disagree > 0 && r.ControlDisagree == 0 {
		out = append(out, fmt.Sprintf("No case came out differently among the %d repeats, so chance moves little here: read the cases that flip.", len(r.Control)))
	}
	return out
}

func areCases(n int) string {
	if n == 1 {
		return "1 case is"
	}
	return fmt.Sprintf("%d cases are", n)
}
