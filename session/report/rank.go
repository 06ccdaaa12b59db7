package report

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"galley/session"
	"galley/session/stats"
)

// ranking orders those who had a decided duel by Bradley–Terry over decided
// duels, or says why there is no order.
func (t *tally) ranking(pairs []Pair, o Options) ([]Rank, string) {
	judged := make([]int, len(t.names))
	decided := make([]bool, len(t.names))
	for _, p := range pairs {
		a, b := t.at[keyOf(p.A)], t.at[keyOf(p.B)]
		n := p.Decided + p.Ties + p.BothBad
		judged[a] += n
		judged[b] += n
		if p.Decided > 0 {
			decided[a], decided[b] = true, true
		}
	}
	var who []int
	place := map[int]int{}
	for i, yes := range decided {
		if yes {
			place[i] = len(who)
			who = append(who, i)
		}
	}
	if len(who) == 0 {
		return nil, "No ranking: no duel is decided yet. Judge some."
	}
	wins := make([][]float64, len(who))
	for i := range wins {
		wins[i] = make([]float64, len(who))
	}
	for _, p := range pairs {
		if p.Decided > 0 {
			a, b := place[t.at[keyOf(p.A)]], place[t.at[keyOf(p.B)]]
			wins[a][b] += float64(p.WinsA)
			wins[b][a] += float64(p.WinsB)
		}
	}
	ghost := stats.Ghost
	if o.Prior == NoPrior {
		ghost = 0
	}
	fit, err := stats.BradleyTerry(wins, ghost)
	if err != nil {
		return nil, t.noRanking(err, who)
	}
	base, note := 0, ""
	if o.Baseline != nil {
		i, ok := t.at[keyOf(*o.Baseline)]
		if b, in := place[i]; ok && in {
			base = b
		} else {
			note = fmt.Sprintf("%s has no decided duel, so chances are against %s. Judge duels of it to have them against it.", name(*o.Baseline), name(t.names[who[0]]))
		}
	}
	out := make([]Rank, len(who))
	for i, w := range who {
		out[i] = Rank{Contestant: t.names[w], LogStrength: fit.Log[i], Judgments: judged[w], Baseline: i == base}
		out[i].WinChance, out[i].Lo, out[i].Hi = fit.WinChance(i, base)
	}
	slices.SortStableFunc(out, func(a, b Rank) int { return cmp.Compare(b.LogStrength, a.LogStrength) })
	return out, note
}

func (t *tally) noRanking(err error, who []int) string {
	var u *stats.Unconnected
	if !errors.As(err, &u) {
		return "No ranking: " + err.Error() + "."
	}
	var names []string
	for _, i := range u.Apart {
		names = append(names, name(t.names[who[i]]))
	}
	if u.Never {
		return "No ranking: " + strings.Join(names, ", ") + " never met the others in a decided duel, not even through a third. Judge a pair that joins them."
	}
	return "No ranking without a prior: " + strings.Join(names, ", ") + " never lost to the others, and that has no finite strength. Judge more, or use the ghost prior."
}

// labels counts pass and fail per contestant.
func (t *tally) labels() []Label {
	type tallied struct {
		Label
		cases map[session.CaseKey]bool
	}
	found := map[int]*tallied{}
	for i := range t.counted {
		j := &t.counted[i]
		if j.replaced || j.on.pair[1] >= 0 {
			continue
		}
		l := found[j.on.pair[0]]
		if l == nil {
			l = &tallied{Label: Label{Contestant: t.names[j.on.pair[0]]}, cases: map[session.CaseKey]bool{}}
			found[j.on.pair[0]] = l
		}
		l.cases[j.on.kase] = true
		if j.v.Choice == session.ChoicePass {
			l.Pass++
		} else {
			l.Fail++
		}
	}
	var out []Label
	for i := range t.names {
		if l := found[i]; l != nil {
			l.Cases = len(l.cases)
			l.Sentence = fmt.Sprintf("%s: %s. %s", name(l.Contestant), stats.RateOver(l.Pass, l.Pass+l.Fail, l.Cases, "pass"), readFailed(l.Fail))
			out = append(out, l.Label)
		}
	}
	return out
}

func readFailed(n int) string {
	switch n {
	case 0:
		return "None failed: nothing to read."
	case 1:
		return "Read the one that failed."
	}
	return fmt.Sprintf("Read the %d that failed.", n)
}

// median is NaN where there is nothing to take it of.
func median(ms []int64) float64 {
	if len(ms) == 0 {
		return math.NaN()
	}
	return stats.Median(ms)
}
