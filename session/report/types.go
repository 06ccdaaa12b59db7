package report

import (
	"galley/session"
	"galley/session/text"
)

// State is how sure a pair is.
type State string

// The states.
const (
	Settled    State = "settled"     // E is 12 or more
	Leaning    State = "leaning"     // the interval leaves out 50%, E is below 12
	NotSettled State = "not settled" // neither
	TooClose   State = "too close"   // neither after session.PairCap decided duels
)

// Prior is what stands behind a ranking.
type Prior string

// The priors.
const (
	Ghost   Prior = "ghost" // half a win and half a loss against an average contestant
	NoPrior Prior = "none"  // plain maximum likelihood
)

// Options are what a report is asked for.
type Options struct {
	Prior    Prior               // "" is Ghost
	Baseline *session.Contestant // of the win chances; nil: the first in the order of names
	ByCase   bool
	ByTag    bool
}

// Report is what verdicts say. NaN stands for what is undefined; the sentence
// beside it says why.
type Report struct {
	Prompt    text.Raw
	Sentence  string // the one to read first
	Pairs     []Pair // the most judged first
	Ranking   []Rank // the strongest first; empty where Sentence of RankNote says why
	RankNote  string
	Judges    []Judge
	Agreement []Agreement
	Labels    []Label // pass and fail, per contestant
	Verdicts  int     // that count
	Known     int     // left out: given after the names were known
	Repeats   int     // left out of the counts: they measure the judge
	Skipped   int
}

// Pair is how two contestants stand. Rates are B's share of the decided.
type Pair struct {
	A, B                session.Contestant
	WinsA, WinsB        int
	Ties, BothBad       int
	Identical           int // equal answers, counted apart
	Shared              int // duels that several judges decided: each counts once, by the majority
	Decided             int
	RateB, Lo, Hi       float64
	E                   float64 // evidence against "both are equal"
	P                   float64 // of the exact sign test, two-sided
	State               State
	More, MoreIfItSlips int    // duels until settled, if the rate holds and if it slips; 0: can't be said
	Sentence            string // with names
	Blind               string // the same without names
	Cases, Tags         []Line
}

// Line is a pair on one case or one tag.
type Line struct {
	Name                        text.Raw
	WinsA, WinsB, Ties, BothBad int
}

// Rank is a contestant among all.
type Rank struct {
	Contestant  session.Contestant
	LogStrength float64 // sums to zero over the ranking
	WinChance   float64 // against the baseline; NaN for the baseline itself
	Lo, Hi      float64
	Judgments   int
	Baseline    bool
}

// Judge is how one judge judged.
type Judge struct {
	Judge           text.Raw
	Judgments       int
	Left, Decided   int // first-slot choices of the decided
	LeftLo, LeftHi  float64
	Longer, Unequal int      // longer answer preferred, of the decided whose lengths differ by more than 30 characters
	Again, Same     int      // repeats, and how many of them came out the same
	MedianMS        float64  // of the time on screen; NaN: unknown
	First10, Last10 float64  // medians of the first and last ten
	Sentences       []string // side bias, self-agreement, speed: what there is to say
}

// Agreement is how two judges agree on the duels that both judged.
type Agreement struct {
	Judges     [2]text.Raw
	N, Same    int
	Lo, Hi     float64
	Kappa, AC1 float64
	Labels     []string // of the table's rows and columns
	Table      [][]int
	Sentence   string
}

// Label is how often a contestant's answers passed.
type Label struct {
	Contestant session.Contestant
	Pass, Fail int
	Cases      int // distinct ones among them
	Sentence   string
}

// Change is a check held against an earlier one, case by case. Takes of a case
// are averaged: it passes when more than half of them do.
type Change struct {
	NewlyFail, NewlyPass []session.CaseCheck
	Unchanged            int
	StillFail            int     // of the unchanged: they failed before, too
	New                  int     // cases that the baseline does not have
	Gone                 int     // cases that only the baseline has
	P                    float64 // McNemar mid-p; NaN where nothing changed
	Lo, Hi               float64 // of the change of the pass rate
	Sentence             string
}
