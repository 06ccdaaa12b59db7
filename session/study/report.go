package study

import "galley/session/text"

// Rate is a share of answers over cases, with its 95% interval. Where Graded is
// 0 the others are NaN.
type Rate struct {
	Pass, Graded, Cases int
	Rate, Lo, Hi        float64
}

// OrderReport is what an order study found. Numbers that are undefined are NaN.
type OrderReport struct {
	By By
	Of Of
	N  int // shots or resources that stand in a context, the most of any case
	Progress
	Cases   int        // that every order and every repeat answered
	Answers int        // of each order: cases × takes
	Left    []LeftCase // cases that are left out, for want of an answer that can be compared
	Missing int        // cells without an answer

	Orders  []OrderRow // the design, in its order
	Control []OrderRow // the variant's own order, repeated

	Mean, MeanLo, MeanHi       float64 // of the orders' rates, t interval over K
	SD, SDLo, SDHi             float64 // of the orders' rates, χ² interval
	ControlSD                  float64
	ControlSDLo, ControlSDHi   float64
	Spread, ControlSpread      float64 // greatest − least; compare only where K and repeats are equal
	Disagree, ControlDisagree  float64 // mean over cases of the share of pairs that differ
	Excess, ExcessLo, ExcessHi float64 // Disagree − ControlDisagree, jackknife over cases
	Moved                      Moved   // the same of the answers as they are, passing or not
	Q, QP                      float64 // Cochran's Q, its p by χ² with K−1 degrees
	RateP, ExcessP, PlaceP     float64 // by permutation within cases
	Place                      float64 // how much further back the answer's shot stands than it would by chance, in shares of the places
	Tests                      int     // how many of the tests could be made
	Alpha                      float64 // of each: all together are wrong 1 time in 20 at most
	Matters                    bool

	Flips     []Flip     // cases not answered alike under all orders, the most divided first
	Positions []Position // per shot or resource
	Sentence  string
	Notes     []string // what else there is to know, a sentence each
}

// Moved is how often answers differ between orders and between repeats of one,
// whether they pass or not. Its numbers are as those of the report.
type Moved struct {
	Cases, ControlCases        int // that the orders, and the repeats, do not answer alike
	Disagree, ControlDisagree  float64
	Excess, ExcessLo, ExcessHi float64
	P                          float64 // NaN where it was not tested: it is where nothing passes under one order and fails under another
}

// OrderRow is one order, or one repeat of the control.
type OrderRow struct {
	Order  string
	Repeat int // of the control, from 1
	Pass   int // by answer: those that are what most orders and repeats answer
	Cases  int // answers that are counted: cases × takes
	Rate   float64
	Shots  []text.Raw // names in the order in which they stand; nil where that differs from case to case
}

// Flip is a case that the orders do not answer alike.
type Flip struct {
	Case    text.Raw
	Wanted  *text.Raw
	Answers []Count // under the orders, the most frequent first
	Control []Count // under the repeats
	Pass    int     // of the orders
	Asked   int
}

// Count is an answer and how often it came.
type Count struct {
	Answer text.Raw
	N      int
	Orders []string // under which
}

// Position is the effect of a shot's place: the pass rate with it first, or last,
// less the mean. It is NaN where it never stood there.
type Position struct {
	Name        text.Raw
	First, Last float64
	// Beyond says that one of them is larger than the control's sd: no other is to be
	// shown.
	Beyond bool
}

// DropReport is what each part of a prompt is worth.
type DropReport struct {
	Progress
	By       By
	Cases    int
	Takes    int
	All      Rate
	Again    DropRow // the whole prompt asked again: what chance alone does
	Rows     []DropRow
	Missing  int
	Sentence string
	Notes    []string
}

// DropRow is the prompt without one part.
type DropRow struct {
	Arm          string
	Of           Of
	Name         text.Raw
	Rate         Rate
	Cases        int // compared with the whole prompt
	Worse        int // passed with it, fail without; of several takes: pass less often
	Better       int // failed with it, pass without; of several takes: pass more often
	Changed      int // some take answered otherwise, passing or not
	Change       float64
	ChangeLo     float64
	ChangeHi     float64
	P, Holm      float64  // McNemar's mid-p, or the like by the rates of cases, and with Holm's correction; NaN where nothing flipped
	Tokens       float64  // spared per call; NaN unknown
	CostUSD      float64  // spared per call; NaN unknown
	Same         text.Raw // the part that it nearly repeats, "" none
	Sentence     string
	Input, Share float64 // tokens of a call without it, and the share that is spared
}

// SweepReport is what more shots buy.
type SweepReport struct {
	Progress
	By       By
	How      string // which n stand: "the first n of the bank"
	Rows     []SweepRow
	Cases    int
	Missing  int
	Sentence string
	Notes    []string
}

// SweepRow is one number of shots.
type SweepRow struct {
	N       int
	Rate    Rate
	Tokens  float64 // of the input of a call, the mean; NaN unknown
	CostUSD float64 // of a call, the mean; NaN unknown
}

// VaryReport is how varied answers are.
type VaryReport struct {
	Progress
	Arms     []VaryArm // the variant as it is first
	Cases    int
	Takes    int
	Listed   bool // there is a closed list
	List     int  // answers that it has
	Missing  int
	Sentence string
	Notes    []string
}

// VaryArm is one trick on the same cases and as many draws.
type VaryArm struct {
	Name      string
	Draws     int     // distinct ones: an answer that was read from the cache twice is one
	Distinct  int     // different answers among them, of all cases
	PerCase   float64 // different answers per case, the mean
	Top       text.Raw
	TopN      int
	TopShare  float64
	Distinct1 float64
	Distinct2 float64
	// Jaccard is how many words two answers to a case share, of all that either has:
	// the mean over pairs, and then over cases. NaN where no case has two answers.
	Jaccard float64
	Outside int // answers that are not in a closed list; 0 without one
	Covered int // answers of the list that came
	Answers []Count
	// More, Fewer and Even count cases against the variant as it is: with more
	// different answers, with fewer, with as many. P is the sign test's, Holm the same
	// with the correction for the number of tricks.
	More, Fewer, Even int
	P, Holm           float64
	Sentence          string
}
