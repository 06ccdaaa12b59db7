package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

const (
	unequal     = 30 // characters by which lengths must differ to say which is longer
	block       = 10 // judgments at the beginning and at the end that are held against each other
	lookBack    = 20 // decided duels in which one side chosen too often asks for a break
	tooOften    = 16 // of them: 1.2 chances in 100 for a judge without a side
	fewRepeats  = 10 // repeats below which nothing is said of them
	agreeWith   = 20 // judges with the most judgments who are held against each other
	soundSelf   = 75 // percent of repeats below which the guideline is the problem
	doubleSpeed = 2
)

// judged is one judge while it is counted.
type judged struct {
	Judge
	ms       []int64
	decided  []bool         // left, the oldest first
	firstOn  map[[2]int]int // per pair: how often more its first stood on the left
	balanced bool
}

func (t *tally) judges() []Judge {
	js := make([]judged, len(t.who))
	for i, w := range t.who {
		js[i].Judge.Judge = w
		js[i].firstOn = map[[2]int]int{}
	}
	for i := range t.counted {
		if j := &t.counted[i]; !j.replaced {
			js[j.judge].add(j)
		}
	}
	for _, a := range t.again {
		js[a.judge].Again++
		if a.same {
			js[a.judge].Same++
		}
	}
	var out []Judge
	for i := range js {
		if j := &js[i]; j.Judgments+j.Again > 0 {
			out = append(out, j.finish(len(js) == 1))
		}
	}
	slices.SortFunc(out, func(a, b Judge) int { return cmp.Or(b.Judgments-a.Judgments, cmp.Compare(a.Judge, b.Judge)) })
	return out
}

func (j *judged) add(x *judgment) {
	v := x.v
	j.Judgments++
	if v.ScreenMS > 0 {
		j.ms = append(j.ms, v.ScreenMS)
	}
	if x.on.pair[1] < 0 {
		return
	}
	if x.swapped {
		j.firstOn[x.on.pair]--
	} else {
		j.firstOn[x.on.pair]++
	}
	won, lost, ok := v.Winner()
	if !ok {
		return
	}
	left := v.Choice == session.ChoiceLeft
	j.decided = append(j.decided, left)
	j.Decided++
	if left {
		j.Left++
	}
	if d := won.Length - lost.Length; d > unequal || d < -unequal {
		j.Unequal++
		if d > 0 {
			j.Longer++
		}
	}
}

func (j *judged) finish(alone bool) Judge {
	j.LeftLo, j.LeftHi = stats.Wilson(j.Left, j.Decided, stats.Z95)
	j.MedianMS, j.First10, j.Last10 = median(j.ms), math.NaN(), math.NaN()
	if len(j.ms) >= 2*block {
		j.First10, j.Last10 = median(j.ms[:block]), median(j.ms[len(j.ms)-block:])
	}
	j.balanced = true
	for _, n := range j.firstOn {
		// In blocks of four, neither side is ever more than two ahead.
		j.balanced = j.balanced && n <= 2 && n >= -2
	}
	who := "You"
	if !alone {
		who = j.Judge.Judge.String()
	}
	for _, s := range []string{j.sideBias(who), j.breakNow(who), j.longer(who), j.self(who), j.speed(who)} {
		if s != "" {
			j.Sentences = append(j.Sentences, s)
		}
	}
	return j.Judge
}

// side is the side chosen more often among n, and how often.
func side(left, n int) (string, int) {
	if 2*left >= n {
		return "left", left
	}
	return "right", n - left
}

func (j *judged) sideBias(who string) string {
	if j.Decided < fewest || j.LeftLo <= 0.5 && j.LeftHi >= 0.5 {
		return ""
	}
	where, n := side(j.Left, j.Decided)
	if j.balanced {
		return fmt.Sprintf("%s chose the %s %d of %d times. Sides were balanced, so the result stands, but slow down.", who, where, n, j.Decided)
	}
	return fmt.Sprintf("%s chose the %s %d of %d times, and sides were not balanced: the result may follow the side. Judge some again, swapped.", who, where, n, j.Decided)
}

func (j *judged) breakNow(who string) string {
	if len(j.decided) < lookBack {
		return ""
	}
	left := 0
	for _, l := range j.decided[len(j.decided)-lookBack:] {
		if l {
			left++
		}
	}
	if where, n := side(left, lookBack); n >= tooOften {
		return fmt.Sprintf("Of the last %d, %s chose the %s %d times. Take a break?", lookBack, lowerYou(who), where, n)
	}
	return ""
}

func lowerYou(who string) string {
	if who == "You" {
		return "you"
	}
	return who
}

func (j *judged) longer(who string) string {
	lo, hi := stats.Wilson(j.Longer, j.Unequal, stats.Z95)
	if j.Unequal < fewest || lo <= 0.5 && hi >= 0.5 {
		return ""
	}
	what, n := "longer", j.Longer
	if 2*n < j.Unequal {
		what, n = "shorter", j.Unequal-n
		lo, hi = 1-hi, 1-lo
	}
	return fmt.Sprintf("%s chose the %s answer %d of %d times (%d%%, %d–%d%%). Look at some: was it better, or only %s?",
		who, what, n, j.Unequal, stats.Percent(n, j.Unequal), stats.Whole(lo), stats.Whole(hi), what)
}

func (j *judged) self(who string) string {
	if j.Again < fewRepeats {
		return "" // of so few nothing can be said
	}
	lo, hi := stats.Wilson(j.Same, j.Again, stats.Z95)
	s := fmt.Sprintf("%s decided the same on %d of %d repeats (%d%%, %d–%d%%).", who, j.Same, j.Again, stats.Percent(j.Same, j.Again), stats.Whole(lo), stats.Whole(hi))
	if 100*j.Same < soundSelf*j.Again {
		return s + " The task or the guideline is the problem, not the number of judgments: sharpen the guideline."
	}
	return s + " Nothing to do."
}

func (j *judged) speed(who string) string {
	if !(j.Last10*doubleSpeed <= j.First10) { // also where either is unknown
		return ""
	}
	whose := "Your"
	if who != "You" {
		whose = who + "'s"
	}
	return fmt.Sprintf("%s last ten took %s each, the first ten %s. Take a break?", whose, seconds(j.Last10), seconds(j.First10))
}

func seconds(ms float64) string { return fmt.Sprintf("%.0f s", math.Max(1, math.Round(ms/1000))) }

// agreements holds every two judges who decided the same duels against each other,
// and likewise their labels. With many judges it is those with the most judgments.
func (t *tally) agreements(js []Judge) []Agreement {
	among := map[text.Raw]bool{}
	for i := range min(len(js), agreeWith) {
		among[js[i].Judge] = true
	}
	if len(among) < 2 {
		return nil
	}
	type two struct {
		a, b  int
		label bool
	}
	seen := map[about][]*judgment{}
	tables := map[two][][]int{}
	for i := range t.counted {
		j := &t.counted[i]
		if j.replaced || !among[j.v.Judge] || j.on.cell == 0 && j.v.Case == (session.CaseKey{}) {
			continue
		}
		label := j.on.pair[1] < 0
		for _, o := range seen[j.on] {
			x, y := o, j
			if t.who[x.judge] > t.who[y.judge] {
				x, y = y, x
			}
			k := two{x.judge, y.judge, label}
			if tables[k] == nil {
				tables[k] = square(len(labelsOf(label)))
			}
			tables[k][x.answer()][y.answer()]++
		}
		seen[j.on] = append(seen[j.on], j)
	}
	var out []Agreement
	for k, table := range tables {
		out = append(out, agreement(t.who[k.a], t.who[k.b], labelsOf(k.label), table))
	}
	slices.SortFunc(out, func(x, y Agreement) int {
		return cmp.Or(y.N-x.N, cmp.Compare(x.Judges[0], y.Judges[0]), cmp.Compare(x.Judges[1], y.Judges[1]), cmp.Compare(len(y.Labels), len(x.Labels)))
	})
	return out
}

// answer is the place of a judgment among labelsOf.
func (j *judgment) answer() int {
	if j.on.pair[1] >= 0 {
		return j.won()
	}
	if j.v.Choice == session.ChoicePass {
		return 0
	}
	return 1
}

func labelsOf(label bool) []string {
	if label {
		return []string{"pass", "fail"}
	}
	return []string{"A", "B", "tie", "both bad"}
}

func square(n int) [][]int {
	out := make([][]int, n)
	for i := range out {
		out[i] = make([]int, n)
	}
	return out
}

func agreement(a, b text.Raw, labels []string, table [][]int) Agreement {
	s := stats.Agree(table)
	g := Agreement{Judges: [2]text.Raw{a, b}, N: s.N, Same: s.Same, Kappa: s.Kappa, AC1: s.AC1, Labels: labels, Table: table}
	g.Lo, g.Hi = stats.Wilson(g.Same, g.N, stats.Z95)
	g.Sentence = fmt.Sprintf("%s and %s agree on %d of %d", a, b, g.Same, g.N)
	if g.N >= fewest {
		g.Sentence += fmt.Sprintf(" (%d%%, 95%% interval %d–%d%%)", stats.Percent(g.Same, g.N), stats.Whole(g.Lo), stats.Whole(g.Hi))
	}
	if s.Why != "" {
		g.Sentence += ". Kappa " + s.Why + "."
	} else {
		g.Sentence += fmt.Sprintf("; kappa %.2f, AC1 %.2f.", g.Kappa, g.AC1)
	}
	switch n := g.N - g.Same; n {
	case 0:
		g.Sentence += " Nothing to do."
	case 1:
		g.Sentence += " Read the one where they differ."
	default:
		g.Sentence += fmt.Sprintf(" Read the %d where they differ.", n)
	}
	return g
}
