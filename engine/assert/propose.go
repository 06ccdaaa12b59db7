package assert

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// Judged is an output that somebody judged good or bad.
type Judged struct {
	Result session.Result
	Good   bool
}

// Proposal is an assertion that tells judged outputs apart, with how it stands on
// all of them.
//
// Good, Bad, GoodPass and BadFail count outputs other than those that it came
// from, and other than such as say the same; where it came from many, as from a
// failure mode, all are counted. What was learned from good outputs, a range or a
// schema, is counted on good ones that it was not learned from.
type Proposal struct {
	session.Assertion
	Why            string // one line: "the winner has it, the loser does not"
	Rows           []Row  // what it came from first, winners before losers
	Good, GoodPass int
	Bad, BadFail   int
	// Coverage is the share of bad outputs that fail, FFR that of good ones that
	// fail, Alignment the harmonic mean of Coverage and 1 − FFR (EvalGen, Shankar and
	// others 2024). NaN where there is nothing to take it from.
	Coverage, FFR, Alignment float64
	Lucky                    bool   // nothing says that it separates more than what it came from
	Tried                    int    // how many candidates it was picked from
	Sentence                 string // "fails 5 of 6 bad, passes 9 of 9 good elsewhere"
}

// Row is a judged output under a proposal.
type Row struct {
	Result  session.Result
	Good    bool
	Origin  bool // the proposal came from it, or from another that says the same
	Pass    bool
	Message text.Raw
}

// most is how many proposals are made at once.
const most = 12

// candidate is an assertion that may be proposed.
type candidate struct {
	a      session.Assertion
	why    string
	family string // candidates of one family are alike: few of each are proposed
	words  string // of phrases, to tell near-duplicates
	worth  float64
	learn  learner // it was learned from good outputs
}

// learner makes an assertion of good outputs, false where they have nothing in
// common.
type learner func(good []*answer) (session.Assertion, bool)

// scene is what proposals are made from.
type scene struct {
	winners, losers []*answer
	rest            []judgedAnswer // judged outputs that are neither, and say something else
	same            []judgedAnswer // that say the same as one that is
	many            bool           // it is no pair: what it came from is counted
}

type judgedAnswer struct {
	o    *answer
	good bool
}

func newScene(winners, losers []session.Result, judged []Judged) *scene {
	s := &scene{many: len(winners)+len(losers) > 2}
	taken, said := map[int64]bool{}, map[string]bool{}
	add := func(to *[]*answer, from []session.Result) {
		for _, r := range from {
			o := newAnswer(r)
			*to = append(*to, o)
			said[o.s] = true
			if r.Cell.ID != 0 {
				taken[r.Cell.ID] = true
			}
		}
	}
	add(&s.winners, winners)
	add(&s.losers, losers)
	for _, j := range judged {
		if taken[j.Result.Cell.ID] && j.Result.Cell.ID != 0 {
			continue
		}
		k := judgedAnswer{newAnswer(j.Result), j.Good}
		if said[k.o.s] && !s.many {
			s.same = append(s.same, k)
		} else {
			s.rest = append(s.rest, k)
		}
	}
	return s
}

// good are all answers that are known to be good, winners first.
func (s *scene) good() []*answer {
	out := slices.Clone(s.winners)
	for _, j := range s.rest {
		if j.good {
			out = append(out, j.o)
		}
	}
	return out
}

// prose reports whether good answers are anything but JSON objects.
func (s *scene) prose() bool {
	return !slices.ContainsFunc(s.good(), func(o *answer) bool { return object(o) != nil })
}

// Propose makes assertions, without a model, that winners pass and losers fail,
// the best first: those that hold up on everything else that was judged. A
// correction is a winner that says what the loser should have said; a failure mode
// has many losers, and the good outputs as winners.
func Propose(winners, losers []session.Result, judged []Judged) []Proposal {
	s := newScene(winners, losers, judged)
	if len(s.winners)+len(s.losers) == 0 {
		return nil
	}
	var kept []scored
	all := s.candidates()
	for _, c := range all {
		if p, ok := s.try(c); ok {
			p.Tried = len(all)
			kept = append(kept, p)
		}
	}
	slices.SortStableFunc(kept, func(a, b scored) int {
		switch {
		case a.Lucky != b.Lucky:
			if b.Lucky {
				return -1
			}
			return 1
		case math.Abs(a.score-b.score) > 1e-9:
			return sign(b.score - a.score)
		}
		return sign(b.c.worth - a.c.worth)
	})
	return s.narrow(pick(kept))
}

// narrow lets what may be luck stand for the one case that it came from: kept for
// every case it would fail answers that have nothing to do with it.
func (s *scene) narrow(all []Proposal) []Proposal {
	origin := slices.Concat(s.winners, s.losers)
	one := origin[0].r.Cell.Case()
	if s.many || one == (session.CaseKey{}) || slices.ContainsFunc(origin, func(o *answer) bool { return o.r.Cell.Case() != one }) {
		return all
	}
	for i := range all {
		if p := &all[i]; p.Lucky && p.Assertion.CaseID == 0 && p.Assertion.CaseName == "" {
			p.Assertion.CaseID, p.Assertion.CaseName = one.ID, one.Name
			p.Sentence += "; it will stand for this case alone"
		}
	}
	return all
}

func sign(x float64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

// scored is a proposal with its rank.
type scored struct {
	Proposal
	c     candidate
	score float64
	key   string // how it stands on every output
}

// try holds a candidate against everything; false where it does not separate what
// it came from.
func (s *scene) try(c candidate) (scored, bool) {
	e, err := Compile(c.a)
	if err != nil {
		return scored{}, false
	}
	p := scored{Proposal: Proposal{Assertion: c.a, Why: c.why}, c: c}
	pass, fail := 0, 0
	for _, w := range s.winners {
		if p.row(e, w, true, true, s.many) {
			pass++
		}
	}
	for _, l := range s.losers {
		if !p.row(e, l, false, true, s.many) {
			fail++
		}
	}
	if share(pass, len(s.winners)) < 0.8 || share(fail, len(s.losers)) < 0.5 || len(s.losers) == 2 && fail < 2 {
		return scored{}, false
	}
	for _, j := range s.same {
		p.row(e, j.o, j.good, true, false)
	}
	for _, j := range s.rest {
		p.row(e, j.o, j.good, false, true)
	}
	if c.learn != nil {
		s.refold(&p)
	}
	p.sum(!s.many)
	if g, b := low(p.GoodPass, p.Good), low(p.BadFail, p.Bad); g+b > 0 {
		p.score = 2 * g * b / (g + b)
	}
	return p, true
}

// low is the least share that may be expected of what comes, luck taken off: the
// lower end of Wilson's interval of 80 %, 0 where there is nothing to go by.
func low(k, n int) float64 {
	if n == 0 {
		return 0
	}
	lo, _ := stats.Wilson(k, n, 1.2816)
	return lo
}

func share(k, n int) float64 {
	if n == 0 {
		return 1
	}
	return float64(k) / float64(n)
}

// row holds the assertion against one output. An assertion of one case says
// nothing of others, and what can't be said is not counted.
func (p *scored) row(e Evaluator, o *answer, good, origin, count bool) bool {
	if !p.ForCase(o.r.Cell.Case()) {
		return origin && good // a winner of another case is no reason against it
	}
	res := e.e.eval(o)
	p.Rows = append(p.Rows, Row{Result: o.r, Good: good, Origin: origin, Pass: res.Pass, Message: res.Message})
	if res.Pass {
		p.key += "+"
	} else {
		p.key += "-"
	}
	if res.Error {
		return !good // neither kept nor caught
	}
	if count {
		p.count(good, res.Pass)
	}
	return res.Pass
}

func (p *Proposal) count(good, pass bool) {
	switch {
	case good && pass:
		p.Good, p.GoodPass = p.Good+1, p.GoodPass+1
	case good:
		p.Good++
	case !pass:
		p.Bad, p.BadFail = p.Bad+1, p.BadFail+1
	default:
		p.Bad++
	}
}

// folds is how often what is learned is learned anew to be counted.
const folds = 10

// refold counts good outputs anew, each under what is learned without it.
func (s *scene) refold(p *scored) {
	good := s.good()
	own := len(s.winners)
	p.Good, p.GoodPass = 0, 0
	n := min(folds, len(good))
	for f := range n {
		var seen, unseen []*answer
		for i, o := range good {
			switch {
			case i%n != f:
				seen = append(seen, o)
			case s.many || i >= own:
				unseen = append(unseen, o)
			}
		}
		if len(unseen) == 0 {
			continue
		}
		a, ok := p.c.learn(seen)
		e, err := Compile(a)
		for _, o := range unseen {
			p.count(true, ok && err == nil && e.e.eval(o).Pass)
		}
	}
}

// sum says how the proposal stands. pair: it came from one winner and one loser
// at most, and is counted elsewhere.
func (p *Proposal) sum(pair bool) {
	p.Coverage, p.FFR, p.Alignment = math.NaN(), math.NaN(), math.NaN()
	if p.Bad > 0 {
		p.Coverage = float64(p.BadFail) / float64(p.Bad)
	}
	if p.Good > 0 {
		p.FFR = float64(p.Good-p.GoodPass) / float64(p.Good)
	}
	if p.Bad > 0 && p.Good > 0 {
		p.Alignment = 0
		if d := p.Coverage + 1 - p.FFR; d > 0 {
			p.Alignment = 2 * p.Coverage * (1 - p.FFR) / d
		}
	}
	// What fails any output with the same chance, whatever that is, catches and
	// passes shares that add up to 1. Only what is certainly better is no luck.
	p.Lucky = low(p.BadFail, p.Bad)+low(p.GoodPass, p.Good) <= 1
	place := ""
	if pair {
		place = " elsewhere"
	}
	stands := fmt.Sprintf("fails %d of %d bad, passes %d of %d good%s", p.BadFail, p.Bad, p.GoodPass, p.Good, place)
	switch {
	case p.Good+p.Bad == 0:
		p.Sentence = "nothing else was judged: what it separates may be luck"
	case p.Bad == 0:
		p.Sentence = fmt.Sprintf("passes %d of %d good%s; no other bad answer says what it catches: perhaps luck", p.GoodPass, p.Good, place)
	case p.Good == 0:
		p.Sentence = fmt.Sprintf("fails %d of %d bad%s; no other good answer says what it costs: perhaps luck", p.BadFail, p.Bad, place)
	case p.Lucky && pair && p.BadFail > 0 && p.Coverage > p.FFR:
		p.Sentence = "separates little but what it came from: perhaps luck; " + stands
	case p.Lucky && pair:
		p.Sentence = "separates only what it came from: perhaps luck; " + stands
	case p.Lucky:
		p.Sentence = "hardly tells good from bad: perhaps luck; " + stands
	case !pair:
		p.Sentence = stands + ", with those it came from"
	default:
		p.Sentence = stands
	}
}

// Where enough holds up elsewhere, few that may be luck are shown, so that people
// see what luck looks like.
const (
	lucky     = "lucky"
	mostLucky = 3
)

// limits is how many of a family are proposed.
var limits = map[string]int{"has": 3, "lacks": 3, "shape": 2, "count": 2, "edge": 2, "case": 2}

// pick takes the best of each family, and of those that are alike one.
func pick(ranked []scored) []Proposal {
	var out []Proposal
	var taken []scored
	n := map[string]int{}
	sure := 0
	for _, c := range ranked {
		if !c.Lucky {
			sure++
		}
	}
	for _, c := range ranked {
		if c.Lucky && n[lucky] >= mostLucky && sure >= session.MinAssertions {
			break
		}
		limit := limits[c.c.family]
		if limit == 0 {
			limit = 1
		}
		if n[c.c.family] >= limit || slices.ContainsFunc(taken, c.like) {
			continue
		}
		n[c.c.family]++
		if c.Lucky {
			n[lucky]++
		}
		taken = append(taken, c)
		out = append(out, c.Proposal)
		if len(out) == most {
			break
		}
	}
	return out
}

// like reports whether two proposals are about the same thing: they share words,
// or one is the other's pattern.
func (p *scored) like(o scored) bool {
	if p.Assertion.Spec() == o.Assertion.Spec() {
		return true // of one case, and of all
	}
	if k, _ := p.Kind.Info(); k.Takes == session.TakesRange && p.Kind == o.Kind {
		return true
	}
	if p.c.words == "" || o.c.words == "" || p.Not != o.Not {
		return false
	}
	for _, w := range strings.Fields(p.c.words) {
		if slices.Contains(strings.Fields(o.c.words), w) && p.key == o.key {
			return true
		}
	}
	return strings.Contains(p.c.words, o.c.words) || strings.Contains(o.c.words, p.c.words)
}

// Try holds an assertion that somebody writes against everything that was judged;
// origin are cells that it comes from. An error says what is wrong with it.
func Try(a session.Assertion, origin []int64, judged []Judged) (Proposal, error) {
	e, err := Compile(a)
	if err != nil {
		return Proposal{}, err
	}
	p := scored{Proposal: Proposal{Assertion: a, Why: "written by hand", Tried: 1}}
	pair := len(origin) > 0 && len(origin) <= 2
	for _, from := range []bool{true, false} {
		for _, good := range []bool{true, false} {
			for _, j := range judged {
				if j.Good == good && slices.Contains(origin, j.Result.Cell.ID) == from {
					p.row(e, newAnswer(j.Result), good, from, !from || !pair)
				}
			}
		}
	}
	p.sum(pair)
	if len(origin) == 0 {
		p.plain()
	}
	return p.Proposal, nil
}

// plain words the sentence of an assertion that comes from no output: luck has
// no part in it.
func (p *Proposal) plain() {
	p.Lucky = false
	switch {
	case p.Good+p.Bad == 0:
		p.Sentence = "nothing was judged that it could be tried on"
	case p.Bad == 0:
		p.Sentence = fmt.Sprintf("passes %d of %d good; no bad answer says what it catches", p.GoodPass, p.Good)
	case p.Good == 0:
		p.Sentence = fmt.Sprintf("fails %d of %d bad; no good answer says what it costs", p.BadFail, p.Bad)
	default:
		p.Sentence = fmt.Sprintf("fails %d of %d bad, passes %d of %d good", p.BadFail, p.Bad, p.GoodPass, p.Good)
	}
}
