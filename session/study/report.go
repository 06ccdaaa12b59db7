package study

import (
	"galley/session"
	"galley/session/text"
)

// Rate is a share of answers over cases, with its 95% interval. Where Graded is
// 0 the others are NaN.
type Rate struct {
	Pass, Graded, Cases int
	Rate, Lo, Hi        float64
}

// OrderReport is what an order study found. Numbers that are undefined are NaN.
type OrderReport struct {
	By      By
	Of      Of
	N       int // shots or resources that stand in a context, the most of any case
	Cases   int // that every order and every repeat answered
	Answers int // of each order: cases × takes
	Left    int // cases that are left out, for want of an answer
	Missing int // cells without an answer

	Orders  []OrderRow // the design, in its order
	Control []OrderRow // the variant's own order, repeated

	Mean, MeanLo, MeanHi       float64 // of the orders' rates, t interval over K
	SD, SDLo, SDHi             float64 // of the orders' rates, χ² interval
	ControlSD                  float64
	ControlSDLo, ControlSDHi   float64
	Spread, ControlSpread      float64 // greatest − least; compare only where K and repeats are equal
	Disagree, ControlDisagree  float64 // mean over cases of the share of pairs that differ
	Excess, ExcessLo, ExcessHi float64 // Disagree − ControlDisagree, jackknife over cases
	Q, QP                      float64 // Cochran's Q, its p by χ² with K−1 degrees
	RateP, ExcessP, PlaceP     float64 // by permutation within cases
	Place                      float64 // how much further back the answer's shot stands than it would by chance, in shares of the places
	Tests                      int     // how many of the three tests could be made
	Alpha                      float64 // of each: all together are wrong 1 time in 20 at most
	Matters                    bool

	Flips     []Flip     // cases not answered alike under all orders, the most divided first
	Positions []Position // per shot or resource
	Sentence  string
	Notes     []string // what else there is to know, a sentence each
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
	Arms     []VaryArm // the variant as it is first
	Cases    int
	Takes    int
	Listed   bool // there is a closed list
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
	Outside   int // of a closed list; 0 without one
	Answers   []Count
	// More, Fewer and Even count cases against the variant as it is: with more
	// different answers, with fewer, with as many. P is the sign test's, Holm the same
	// with the correction for the number of tricks.
	More, Fewer, Even int
	P, Holm           float64
	Sentence          string
}

// Missing counts the results that are no whole answer.
func Missing(results []session.Result) int {
	n := 0
	for _, r := range results {
		if r.Output.Status != session.StatusDone {
			n++
		}
	}
	return n
}

// lacking says what became of the answers that are not whole, a sentence each with
// what there is to do.
func lacking(results []session.Result) []string {
	cut, absent, other := 0, 0, 0
	for _, r := range results {
		switch r.Output.Status {
		case session.StatusDone:
		case session.StatusTruncated:
			cut++
		case session.StatusWaiting, session.StatusRunning, session.StatusError, session.StatusStopped, session.StatusInterrupted:
			absent++
		default:
			other++
		}
	}
	var out []string
	if cut > 0 {
		out = append(out, plural(cut, "answer was", "answers were")+" cut at the most tokens that an answer may have; give the variant a larger max_tokens, and study that revision.")
	}
	if absent > 0 {
		out = append(out, plural(absent, "answer is", "answers are")+" missing; go on with the study to compare all.")
	}
	if other > 0 {
		out = append(out, plural(other, "answer is", "answers are")+" no whole text: withheld, refused, empty or a call of tools. Read them in the study's run.")
	}
	return out
}
