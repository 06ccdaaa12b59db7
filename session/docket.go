package session

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"galley/session/text"
)

// Bout is a duel together with what its judge must not see.
type Bout struct {
	Duel        Duel
	Left, Right Result // Right is zero in pass and fail
	RepeatOf    int64  // the verdict whose duel this shows again; 0: none
	Seed        uint64 // that gave the sides
}

// Verdict is the bout with what its judge decided. Whether the judge knew the
// names, which guideline was in force and when it was, the bout does not know.
func (b Bout) Verdict(s Sitting, c Choice, reason text.Raw, screenMS int64) Verdict {
	v := Verdict{
		SittingID: s.ID, PromptID: s.PromptID, Judge: s.Judge, Mode: s.Mode,
		Left: sideOf(b.Left), Case: b.Left.Cell.Case(), CaseTags: b.Left.Cell.CaseTags, Take: b.Left.Cell.Take,
		Choice: c, Reason: reason, ScreenMS: screenMS, RepeatOf: b.RepeatOf, Seed: b.Seed,
	}
	if s.Mode == JudgePairs {
		v.Right = sideOf(b.Right)
	}
	return v
}

func sideOf(r Result) Side {
	return Side{CellID: r.Cell.ID, Contestant: r.Cell.Contestant, Length: utf8.RuneCountInString(string(r.Output.Whole()))}
}

// TypedBy reports whether the judge wrote the contestant's answers: as the author
// of their run, or as the model human/NAME.
func TypedBy(judge, author text.Raw, c Contestant) bool {
	same := func(name string) bool { return name != "" && fold(name) == fold(string(judge)) }
	name, human := strings.CutPrefix(c.Model, humanModel)
	return same(string(author)) || human && same(name)
}

// humanModel begins the names of models that are people.
const humanModel = "human/"

// DocketOptions widen what may meet. Pairs hold the model fixed; answers that a
// person typed or that came from outside may meet any.
type DocketOptions struct {
	AnyModel bool
	Imported []int64 // runs whose answers came from outside; those with an author did
}

// settledAt is the evidence at which a pair is settled, and settledWins what that
// takes at least; repeatEvery, how many duels have one repeat among them;
// repeatAfter, how many judgments lie between the two showings of a repeat.
const (
	settledAt   = 12
	settledWins = 8
	repeatEvery = 10
	repeatAfter = 10
)

// Docket says which duel comes next. It is a function of the sitting's seed, the
// answers and the verdicts in force: what it draws can be drawn again, and a
// verdict that is taken back leaves no trace.
//
// The next duel is of the pair that this judge has judged least, on a case not
// yet used for it. Sides come in blocks of four showings of a pair, two each way.
// One duel in ten shows an earlier one again with the sides changed.
type Docket struct {
	s         Sitting
	guideline text.Raw
	pool      []Result // the answers that take part
	cells     map[int64]Result
	pairs     []*pairing
	byPair    map[[2]int]*pairing
	known     map[contestantKey]int // place of a contestant among all
	names     []Contestant          // by that place
	solo      map[int64]duelKey     // pass and fail: what a cell stands for
	same      []duelItem            // duels of equal answers
	sameDone  map[sameKey]bool
	own       int

	mine     []Verdict     // of this judge in this mode, in force, the oldest first
	repeated map[int64]int // verdicts that were shown again
	judged   int           // of mine, without skips
	done     int           // of them in this sitting
	forced   *Bout         // the duel that was taken back
}

// contestantKey is what makes a contestant one: its revision, or its name where
// it has none here.
type contestantKey struct {
	revision int64
	variant  VariantRef
	model    string
}

func keyOf(c Contestant) contestantKey {
	if c.RevisionID != 0 {
		return contestantKey{revision: c.RevisionID, model: c.Model}
	}
	return contestantKey{variant: c.Variant, model: c.Model}
}

// bare is what makes a case one: its id, or its name where it has none.
func (k CaseKey) bare() CaseKey {
	if k.ID != 0 {
		return CaseKey{ID: k.ID}
	}
	return k
}

// duelKey is what a pair is judged on once.
type duelKey struct {
	kase CaseKey
	take int
	cell int64 // pass and fail: every output is asked about
}

type sameKey struct {
	pair [2]int
	on   duelKey
}

type duelItem struct {
	pair [2]int
	on   duelKey
	a, b int // places in the pool; b is -1 in pass and fail
	rank uint64
	used int // verdicts on it, skips of this sitting included
}

// pairing is what one judge did with one pair of contestants. In pass and fail
// there is one, of nobody.
type pairing struct {
	pair   [2]int
	hash   uint64
	items  []duelItem
	at     map[duelKey]int
	onCase map[CaseKey]int
	free   int // items that are not used
	judged int // without repeats and skips
	wins   [2]int
}

// NewDocket makes the docket of a sitting. past is every verdict of the prompt in
// the sitting's mode, of all judges, the oldest first; authors are those of runs
// that were typed or brought in, by run.
func NewDocket(s Sitting, guideline text.Raw, results []Result, past []Verdict, authors map[int64]text.Raw, o ...DocketOptions) *Docket {
	d := &Docket{
		s: s, guideline: guideline, cells: map[int64]Result{}, byPair: map[[2]int]*pairing{}, known: map[contestantKey]int{},
		solo: map[int64]duelKey{}, sameDone: map[sameKey]bool{}, repeated: map[int64]int{},
	}
	var opt DocketOptions
	if len(o) > 0 {
		opt = o[0]
	}
	older := d.fill(results)
	if s.Mode == JudgePassFail {
		d.single(older, authors)
	} else {
		d.pairUp(authors, opt)
	}
	for _, v := range past {
		if !v.Undone {
			d.take(v)
		}
	}
	return d
}

// Next is the duel to show now: the same until it was ruled on or one was taken
// back. There is none when the sitting has its number, or when nothing is left.
func (d *Docket) Next() (Bout, bool) {
	if d.forced != nil {
		return *d.forced, true
	}
	if d.s.Of > 0 && d.done >= d.s.Of {
		return Bout{}, false
	}
	p := d.pick()
	if p == nil {
		return Bout{}, false
	}
	if b, ok := d.repeat(); ok {
		return b, true
	}
	it := p.next()
	if it.b < 0 {
		return d.bout(d.pool[it.a], Result{}, 0, d.s.Seed), true
	}
	left, right := d.pool[it.a], d.pool[it.b]
	if !aLeft(d.s.Seed, p.hash, p.judged) {
		left, right = right, left
	}
	return d.bout(left, right, 0, d.s.Seed), true
}

// Extend gives the sitting another number of duels.
func (d *Docket) Extend(of int) { d.s.Of = of }

// More reports whether there is a duel to show once the sitting is made longer.
func (d *Docket) More() bool { return d.forced != nil || d.pick() != nil }

// aLeft says on which side the first of a pair stands the k-th time, from 0.
func aLeft(seed, pair uint64, k int) bool {
	blocks := [6]uint{0b0011, 0b0101, 0b0110, 0b1001, 0b1010, 0b1100}
	return blocks[mix(seed, pair, uint64(k/4))%6]>>(k%4)&1 == 1
}

func (d *Docket) bout(left, right Result, repeatOf int64, seed uint64) Bout {
	b := Bout{Left: left, Right: right, RepeatOf: repeatOf, Seed: seed}
	b.Duel = Duel{
		Mode: d.s.Mode, Number: d.done + 1, Of: d.s.Of, Guideline: d.guideline,
		Input: left.Cell.CaseVars, Left: left.Output.Whole(), Right: right.Output.Whole(),
	}
	return b
}

// pick is the pairing that comes next: the least judged of those that are open,
// one by the seed where several are.
func (d *Docket) pick() *pairing {
	var best *pairing
	var draw uint64
	for _, p := range d.pairs {
		if p.left() == 0 || best != nil && p.judged > best.judged {
			continue
		}
		x := mix(d.s.Seed, uint64(d.judged), p.hash)
		if best == nil || p.judged < best.judged || x < draw {
			best, draw = p, x
		}
	}
	return best
}

// left is how many duels the pairing can still have.
func (p *pairing) left() int {
	switch {
	case p.pair[0] < 0:
		return p.free
	case max(p.wins[0], p.wins[1]) >= settledWins && evidence(p.wins[0], p.wins[1]) >= settledAt:
		return 0
	}
	return min(p.free, max(0, PairCap-p.judged))
}

// next is the first unused duel on the case that was used least.
func (p *pairing) next() *duelItem {
	var best *duelItem
	for i := range p.items {
		it := &p.items[i]
		if it.used > 0 {
			continue
		}
		if p.pair[0] < 0 || p.onCase[it.on.kase] == 0 {
			return it
		}
		if best == nil || p.onCase[it.on.kase] < p.onCase[best.on.kase] {
			best = it
		}
	}
	return best
}

// evidence is 2ⁿ·B(2+w, 2+l)/B(2,2), as session/stats has it and explains it.
func evidence(w, l int) float64 {
	lg := func(x int) float64 { y, _ := math.Lgamma(float64(x)); return y }
	return math.Exp(float64(w+l)*math.Ln2 + lg(2+w) + lg(2+l) - lg(4+w+l) + math.Log(6))
}

// repeat is an earlier duel shown again, if this is the place of one and there is
// one that can be.
func (d *Docket) repeat() (Bout, bool) {
	ten := uint64(d.done / repeatEvery)
	if d.done%repeatEvery != int(mix(d.s.Seed, uint64(d.s.ID), ten)%repeatEvery) {
		return Bout{}, false
	}
	var best Bout
	var draw uint64
	found, n := false, 0 // n: judgments before v
	for _, v := range d.mine {
		if v.Choice == ChoiceSkip {
			continue
		}
		if d.judged-n < repeatAfter {
			break
		}
		n++
		if v.RepeatOf != 0 || v.Known || v.ID == 0 || d.repeated[v.ID] > 0 {
			continue
		}
		x := mix(d.s.Seed, uint64(v.ID))
		if found && x >= draw {
			continue
		}
		if b, ok := d.again(v, v.ID, true); ok {
			best, draw, found = b, x, true
		}
	}
	return best, found
}

// again is the bout of a verdict, the sides changed where that is asked for, if
// its answers are at hand.
func (d *Docket) again(v Verdict, repeatOf int64, swap bool) (Bout, bool) {
	left, ok := d.cells[v.Left.CellID]
	if !ok {
		return Bout{}, false
	}
	if d.s.Mode == JudgePassFail {
		return d.bout(left, Result{}, repeatOf, v.Seed), true
	}
	right, ok := d.cells[v.Right.CellID]
	if swap {
		left, right = right, left
	}
	return d.bout(left, right, repeatOf, v.Seed), ok
}

// Ruled takes in a verdict as it was stored.
func (d *Docket) Ruled(v Verdict) {
	d.forced = nil
	d.take(v)
}

// Undid takes a verdict out that was taken back, and returns its duel with the
// same sides; false where its answers are not at hand. It may be one of an
// earlier sitting.
func (d *Docket) Undid(v Verdict) (Bout, bool) {
	for i := len(d.mine) - 1; i >= 0; i-- {
		if m := d.mine[i]; m.ID == v.ID && m.UID == v.UID {
			d.mine = slices.Delete(d.mine, i, i+1)
			d.tally(m, -1)
			break
		}
	}
	d.forced = nil
	b, ok := d.again(v, v.RepeatOf, false)
	if ok {
		d.forced = &b
	}
	return b, ok
}

// take counts a verdict, if it is one that this docket goes by.
func (d *Docket) take(v Verdict) {
	if v.Judge == JudgeIdentical && v.Mode == JudgePairs {
		if pair, _, ok := d.pairOf(v); ok {
			d.sameDone[sameKey{pair, duelKey{kase: v.Case.bare(), take: v.Take}}] = true
		}
	}
	if v.Judge == d.s.Judge && v.Mode == d.s.Mode {
		d.mine = append(d.mine, v)
		d.tally(v, 1)
	}
}

// tally counts a verdict of this judge, or takes it out again.
func (d *Docket) tally(v Verdict, by int) {
	here := v.SittingID != 0 && v.SittingID == d.s.ID
	skip := v.Choice == ChoiceSkip
	if !skip {
		d.judged += by
		if here {
			d.done += by
		}
	}
	if skip && !here {
		return // it may come again
	}
	if v.RepeatOf != 0 {
		d.repeated[v.RepeatOf] += by
		return
	}
	pair, swapped, ok := d.pairOf(v)
	p := d.byPair[pair]
	if !ok || p == nil {
		return
	}
	on := duelKey{kase: v.Case.bare(), take: v.Take}
	if d.s.Mode == JudgePassFail {
		on = d.solo[v.Left.CellID]
	}
	if i, ok := p.at[on]; ok {
		was := p.items[i].used
		p.items[i].used += by
		p.free += b2i(was > 0) - b2i(was+by > 0)
	}
	if skip {
		return
	}
	p.onCase[on.kase] += by
	p.judged += by
	if c := v.Choice; !v.Known && (c == ChoiceLeft || c == ChoiceRight) {
		p.wins[b2i((c == ChoiceRight) != swapped)] += by
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pairOf is the pair that a verdict is about, and whether its sides stood the
// other way round.
func (d *Docket) pairOf(v Verdict) (pair [2]int, swapped, ok bool) {
	if v.Mode == JudgePassFail {
		return [2]int{-1, -1}, false, true
	}
	a, ok1 := d.known[keyOf(v.Left.Contestant)]
	b, ok2 := d.known[keyOf(v.Right.Contestant)]
	return [2]int{min(a, b), max(a, b)}, a > b, ok1 && ok2
}

// Identical are the ties between equal answers that are not stored yet.
func (d *Docket) Identical() []Verdict {
	s := d.s
	s.Judge = JudgeIdentical
	var out []Verdict
	for _, it := range d.same {
		if !d.sameDone[sameKey{it.pair, it.on}] {
			b := Bout{Left: d.pool[it.a], Right: d.pool[it.b], Seed: s.Seed}
			out = append(out, b.Verdict(s, ChoiceTie, "", 0))
		}
	}
	return out
}

// Waiting is how many duels this judge has not decided, without those of pairs
// that are settled or have their number.
func (d *Docket) Waiting() int {
	n := 0
	for _, p := range d.pairs {
		n += p.left()
	}
	return n
}

// Done is how many duels this sitting has decided.
func (d *Docket) Done() int { return d.done }

// Own is how many duels are left out because this judge typed an answer of them.
func (d *Docket) Own() int { return d.own }
