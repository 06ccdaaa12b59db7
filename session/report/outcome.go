package report

import (
	"fmt"
	"strings"

	"galley/session"
	"galley/session/stats"
)

// OutcomeRate is the share of a revision's answers that were right, with its 95%
// interval over cases; ok is false where nothing was graded.
func OutcomeRate(o session.Outcome) (rate, lo, hi float64, ok bool) {
	n := o.Right + o.Wrong
	if n == 0 {
		return 0, 0, 1, false
	}
	lo, hi = stats.WilsonOver(o.Right, n, o.Cases)
	return float64(o.Right) / float64(n), lo, hi, true
}

// OutcomeShort is the same for a column: "41 of 60, 68%, 56–79%". Below five cases it
// gives the counts alone, and "" where nothing was graded.
func OutcomeShort(o session.Outcome) string {
	n := o.Right + o.Wrong
	if n == 0 {
		return ""
	}
	counts := fmt.Sprintf("%d of %d", o.Right, n)
	if min(n, o.Cases) < 5 {
		return counts
	}
	_, lo, hi, _ := OutcomeRate(o)
	return fmt.Sprintf("%s, %d%%, %d–%d%%", counts, stats.Percent(o.Right, n), stats.Whole(lo), stats.Whole(hi))
}

// OutcomeVerdicts is "9 won, 4 lost, 2 ties", with labels behind it where there are
// any, and what came in a file last; "" where nobody judged.
func OutcomeVerdicts(o session.Outcome) string {
	var parts []string
	if s := duels(o.Duels); s != "" {
		parts = append(parts, s)
	}
	if o.Pass+o.Fail > 0 {
		parts = append(parts, fmt.Sprintf("%d pass, %d fail", o.Pass, o.Fail))
	}
	if s := duels(o.Outside); s != "" {
		parts = append(parts, "from files "+s)
	}
	return strings.Join(parts, "; ")
}

// duels is "9 won, 4 lost, 2 ties", "" where there were none.
func duels(d session.Duels) string {
	if d == (session.Duels{}) {
		return ""
	}
	ties := "ties"
	if d.Ties == 1 {
		ties = "tie"
	}
	return fmt.Sprintf("%d won, %d lost, %d %s", d.Wins, d.Losses, d.Ties, ties)
}

// OutcomeSentence says what came of a revision in full, and what to do.
func OutcomeSentence(o session.Outcome) string {
	switch {
	case o.Runs == 0 && o.Right+o.Wrong == 0 && OutcomeVerdicts(o) == "":
		return "Nothing came of it yet: Bench runs it."
	case o.Right+o.Wrong == 0 && OutcomeVerdicts(o) == "":
		return fmt.Sprintf("%s, and no answer was graded or judged: Judge compares them, and cases with wanted answers grade them.", times(o.Runs))
	}
	var parts []string
	if n := o.Right + o.Wrong; n > 0 {
		parts = append(parts, stats.RateOver(o.Right, n, o.Cases, "right"))
	}
	if v := OutcomeVerdicts(o); v != "" {
		if o.Outside != (session.Duels{}) {
			v += ", whose judges may be models"
		}
		parts = append(parts, v)
	}
	if o.Right+o.Wrong > 0 {
		return strings.Join(parts, "; ") + ". Whether that differs from another revision, a run of both in Bench tells."
	}
	return strings.Join(parts, "; ") + ". Judge goes on."
}

func times(n int) string {
	if n == 1 {
		return "One run"
	}
	return fmt.Sprintf("%d runs", n)
}
