package main

import (
	"math"

	"galley/session"
	"galley/session/report"
	"galley/session/stats"
	"galley/session/text"
)

// reportJSON is a report as scripts read it; what is undefined is null, and the
// sentence beside it says why.
type reportJSON struct {
	Prompt      text.Raw        `json:"prompt"`
	Sentence    text.Raw        `json:"sentence"`
	Pairs       []pairJSON      `json:"pairs"`
	Ranking     []rankJSON      `json:"ranking"`
	RankingNote text.Raw        `json:"ranking_note"`
	Judges      []judgeJSON     `json:"judges"`
	Agreement   []agreementJSON `json:"agreement"`
	Labels      []labelJSON     `json:"labels"`
	Verdicts    int             `json:"verdicts"`
	Known       int             `json:"known"` // left out: given after the names were known
	Repeats     int             `json:"repeats"`
	Skipped     int             `json:"skipped"`
}

type pairJSON struct {
	A         text.Raw     `json:"a"`
	B         text.Raw     `json:"b"`
	WinsA     int          `json:"wins_a"`
	WinsB     int          `json:"wins_b"`
	Ties      int          `json:"ties"`
	BothBad   int          `json:"both_bad"`
	Identical int          `json:"identical"`
	Decided   int          `json:"decided"`
	RateB     *float64     `json:"rate_b"`
	Interval  *[2]float64  `json:"interval"`
	EValue    *float64     `json:"e_value"`
	P         *float64     `json:"p"` // of the exact sign test
	State     report.State `json:"state"`
	More      *[2]*int     `json:"more"` // if the rate holds, if it slips
	Sentence  text.Raw     `json:"sentence"`
	Cases     []lineJSON   `json:"cases,omitempty"`
	Tags      []lineJSON   `json:"tags,omitempty"`
}

type lineJSON struct {
	Name    text.Raw `json:"name"`
	WinsA   int      `json:"wins_a"`
	WinsB   int      `json:"wins_b"`
	Ties    int      `json:"ties"`
	BothBad int      `json:"both_bad"`
}

type rankJSON struct {
	Name        text.Raw    `json:"name"`
	LogStrength *float64    `json:"log_strength"`
	WinChance   *float64    `json:"win_chance"` // against the baseline, which has none
	Interval    *[2]float64 `json:"interval"`
	Judgments   int         `json:"judgments"`
	Baseline    bool        `json:"baseline"`
}

type judgeJSON struct {
	Judge         text.Raw    `json:"judge"`
	Judgments     int         `json:"judgments"`
	Left          int         `json:"left"`
	Decided       int         `json:"decided"`
	LeftInterval  *[2]float64 `json:"left_interval"`
	SelfAgreement *float64    `json:"self_agreement"` // null below 10 repeats
	Repeats       int         `json:"repeats"`
	Longer        *float64    `json:"longer"` // share in which the longer answer was preferred
	Unequal       int         `json:"unequal"`
	MedianMS      *float64    `json:"median_ms"`
	FirstMS       *float64    `json:"first_ten_ms"`
	LastMS        *float64    `json:"last_ten_ms"`
	Sentences     []text.Raw  `json:"sentences"`
}

type agreementJSON struct {
	Judges   [2]text.Raw `json:"judges"`
	N        int         `json:"n"`
	Percent  *float64    `json:"percent"`
	Interval *[2]float64 `json:"interval"`
	Kappa    *float64    `json:"kappa"`
	AC1      *float64    `json:"ac1"`
	Labels   []string    `json:"labels"`
	Table    [][]int     `json:"table"`
	Sentence text.Raw    `json:"sentence"`
}

type labelJSON struct {
	Name     text.Raw `json:"name"`
	Pass     int      `json:"pass"`
	Fail     int      `json:"fail"`
	Cases    int      `json:"cases"`
	Sentence text.Raw `json:"sentence"`
}

// fewestRepeats is how many duels a judge must have decided again before a share is
// told of them, as the sentences have it.
const fewestRepeats = 10

// selfAgreement is the share of repeats that a judge decided alike, null where they
// are too few to tell.
func selfAgreement(same, again int) *float64 {
	if again < fewestRepeats {
		return nil
	}
	return share(same, again)
}

// number is x to three places, null where it is undefined or has no end.
func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	r := stats.Round3(x)
	return &r
}

// between is an interval, null where an end is undefined.
func between(lo, hi float64) *[2]float64 {
	a, b := number(lo), number(hi)
	if a == nil || b == nil {
		return nil
	}
	return &[2]float64{*a, *b}
}

// share is n of a whole, null where there is no whole.
func share(n, of int) *float64 {
	if of == 0 {
		return nil
	}
	return number(float64(n) / float64(of))
}

func contestantName(c session.Contestant) text.Raw { return text.Raw(c.String()) }

func raws(s []string) []text.Raw {
	out := make([]text.Raw, len(s))
	for i, x := range s {
		out[i] = text.Raw(x)
	}
	return out
}

func toReportJSON(r report.Report) reportJSON {
	j := reportJSON{
		Prompt: r.Prompt, Sentence: text.Raw(r.Sentence), Pairs: []pairJSON{}, Ranking: []rankJSON{}, RankingNote: text.Raw(r.RankNote),
		Judges: []judgeJSON{}, Agreement: []agreementJSON{}, Labels: []labelJSON{},
		Verdicts: r.Verdicts, Known: r.Known, Repeats: r.Repeats, Skipped: r.Skipped,
	}
	for _, p := range r.Pairs {
		j.Pairs = append(j.Pairs, toPairJSON(p))
	}
	for _, k := range r.Ranking {
		j.Ranking = append(j.Ranking, rankJSON{
			contestantName(k.Contestant), number(k.LogStrength), number(k.WinChance), between(k.Lo, k.Hi), k.Judgments, k.Baseline,
		})
	}
	for _, w := range r.Judges {
		j.Judges = append(j.Judges, judgeJSON{
			Judge: w.Judge, Judgments: w.Judgments, Left: w.Left, Decided: w.Decided, LeftInterval: between(w.LeftLo, w.LeftHi),
			SelfAgreement: selfAgreement(w.Same, w.Again), Repeats: w.Again, Longer: share(w.Longer, w.Unequal), Unequal: w.Unequal,
			MedianMS: number(w.MedianMS), FirstMS: number(w.First10), LastMS: number(w.Last10), Sentences: raws(w.Sentences),
		})
	}
	for _, a := range r.Agreement {
		j.Agreement = append(j.Agreement, agreementJSON{
			a.Judges, a.N, share(a.Same, a.N), between(a.Lo, a.Hi), number(a.Kappa), number(a.AC1), orEmpty(a.Labels), orEmpty(a.Table), text.Raw(a.Sentence),
		})
	}
	for _, l := range r.Labels {
		j.Labels = append(j.Labels, labelJSON{contestantName(l.Contestant), l.Pass, l.Fail, l.Cases, text.Raw(l.Sentence)})
	}
	return j
}

func toPairJSON(p report.Pair) pairJSON {
	j := pairJSON{
		A: contestantName(p.A), B: contestantName(p.B), WinsA: p.WinsA, WinsB: p.WinsB, Ties: p.Ties, BothBad: p.BothBad,
		Identical: p.Identical, Decided: p.Decided, RateB: number(p.RateB), Interval: between(p.Lo, p.Hi), EValue: number(p.E),
		P: number(p.P), State: p.State, Sentence: text.Raw(p.Sentence), Cases: linesJSON(p.Cases), Tags: linesJSON(p.Tags),
	}
	if more, slips := some(p.More), some(p.MoreIfItSlips); more != nil || slips != nil {
		j.More = &[2]*int{more, slips}
	}
	return j
}

func linesJSON(lines []report.Line) []lineJSON {
	var out []lineJSON
	for _, l := range lines {
		out = append(out, lineJSON{l.Name, l.WinsA, l.WinsB, l.Ties, l.BothBad})
	}
	return out
}
