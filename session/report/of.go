package report

import (
	"cmp"
	"fmt"
	"slices"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// Of reports what verdicts, the oldest first, say.
//
// Those that were undone say nothing; those between equal answers are counted
// apart; those given with the names known, skips and repeats are left out and
// counted. One judgment a judge, case, take and pair counts: the newest; and where
// several judges decided the same duel it counts once, by the majority, a draw
// between them as a tie: cases are what is sampled, not judges. Where it is not
// known who judged or on which case, each counts.
func Of(prompt text.Raw, verdicts []session.Verdict, o Options) Report {
	t := count(verdicts)
	r := Report{Prompt: prompt, Known: t.known, Repeats: t.repeats, Skipped: t.skipped}
	for i := range t.counted {
		if !t.counted[i].replaced {
			r.Verdicts++
		}
	}
	r.Pairs = t.pairs(o)
	r.Ranking, r.RankNote = t.ranking(r.Pairs, o)
	r.Judges = t.judges()
	r.Agreement = t.agreements(r.Judges)
	r.Labels = t.labels()
	r.Sentence = headline(r)
	return r
}

// contestantKey is what makes a contestant one: its revision, or its name where
// it has none here.
type contestantKey struct {
	revision int64
	variant  session.VariantRef
	model    string
}

func keyOf(c session.Contestant) contestantKey {
	if c.RevisionID != 0 {
		return contestantKey{revision: c.RevisionID, model: c.Model}
	}
	return contestantKey{variant: c.Variant, model: c.Model}
}

// bare is what makes a case one: its id, or its name where it has none.
func bare(k session.CaseKey) session.CaseKey {
	if k.ID != 0 {
		return session.CaseKey{ID: k.ID}
	}
	return k
}

// about is what a judgment is about: a pair or one contestant, on a case and
// take.
type about struct {
	pair [2]int // places of contestants in the order of names; the second is -1 for a label
	kase session.CaseKey
	take int
	cell int64 // of a label
}

// judgment is a verdict that counts.
type judgment struct {
	v        *session.Verdict
	judge    int
	on       about
	swapped  bool // the first of the pair stood on the right
	replaced bool // the same judge decided the same again later
}

// won is who won: 0 the first of the pair, 1 the second, 2 a tie, 3 both bad.
func (j judgment) won() int {
	switch j.v.Choice {
	case session.ChoiceTie:
		return 2
	case session.ChoiceBothBad:
		return 3
	}
	if (j.v.Choice == session.ChoiceLeft) != j.swapped {
		return 0
	}
	return 1
}

// tally is what was counted.
type tally struct {
	names                   []session.Contestant // in the order of their names
	at                      map[contestantKey]int
	who                     []text.Raw // judges
	counted                 []judgment
	identical               map[[2]int]map[about]bool
	again                   []again
	known, repeats, skipped int
}

// again is a duel that a judge saw twice.
type again struct {
	judge int
	same  bool
}

func count(verdicts []session.Verdict) *tally {
	t := &tally{at: map[contestantKey]int{}, identical: map[[2]int]map[about]bool{}}
	t.contestants(verdicts)
	type once struct {
		judge int
		on    about
	}
	place, seen := map[text.Raw]int{}, map[once]int{}
	first := map[int64]*session.Verdict{}
	for i := range verdicts {
		v := &verdicts[i]
		switch {
		case v.Undone:
			continue
		case v.Judge == session.JudgeIdentical:
			j := t.judgment(v)
			if t.identical[j.on.pair] == nil {
				t.identical[j.on.pair] = map[about]bool{}
			}
			t.identical[j.on.pair][j.on] = true
			continue
		case v.Known && v.Mode != session.JudgePassFail: // a label is no duel
			t.known++
			continue
		case v.Choice == session.ChoiceSkip:
			t.skipped++
			continue
		}
		n, ok := place[v.Judge]
		if !ok {
			n = len(t.who)
			place[v.Judge] = n
			t.who = append(t.who, v.Judge)
		}
		if v.RepeatOf != 0 {
			t.repeats++
			if f := first[v.RepeatOf]; f != nil && f.Judge == v.Judge {
				t.again = append(t.again, again{n, sameAnswer(f, v)})
			}
			continue
		}
		if v.ID != 0 {
			first[v.ID] = v
		}
		j := t.judgment(v)
		j.judge = n
		if j.on.cell != 0 || v.Judge != "" && v.Case != (session.CaseKey{}) {
			k := once{n, j.on}
			if old, ok := seen[k]; ok {
				t.counted[old].replaced = true
			}
			seen[k] = len(t.counted)
		}
		t.counted = append(t.counted, j)
	}
	return t
}

// contestants lists who takes part, in the order of their names, which is the
// order in which the two of a pair are named.
func (t *tally) contestants(verdicts []session.Verdict) {
	add := func(s session.Side) {
		k := keyOf(s.Contestant)
		if _, ok := t.at[k]; !ok {
			t.at[k] = 0
			t.names = append(t.names, s.Contestant)
		}
	}
	for i := range verdicts {
		if v := &verdicts[i]; !v.Undone {
			add(v.Left)
			if v.Mode != session.JudgePassFail {
				add(v.Right)
			}
		}
	}
	slices.SortFunc(t.names, func(a, b session.Contestant) int {
		return cmp.Or(cmp.Compare(a.String(), b.String()), cmp.Compare(a.RevisionID, b.RevisionID))
	})
	for i, c := range t.names {
		t.at[keyOf(c)] = i
	}
}

func (t *tally) judgment(v *session.Verdict) judgment {
	j := judgment{v: v, on: about{kase: bare(v.Case), take: v.Take}}
	l := t.at[keyOf(v.Left.Contestant)]
	if v.Mode == session.JudgePassFail {
		j.on.pair, j.on.cell = [2]int{l, -1}, v.Left.CellID
		return j
	}
	r := t.at[keyOf(v.Right.Contestant)]
	j.on.pair, j.swapped = [2]int{min(l, r), max(l, r)}, l > r
	return j
}

// sameAnswer reports whether a duel that was shown again came out the same,
// whatever side its answers stood on.
func sameAnswer(a, b *session.Verdict) bool {
	if a.Mode == session.JudgePassFail {
		return a.Choice == b.Choice
	}
	sides := func(v *session.Verdict) (l, r any) {
		if v.Left.CellID != 0 && v.Right.CellID != 0 {
			return v.Left.CellID, v.Right.CellID
		}
		return keyOf(v.Left.Contestant), keyOf(v.Right.Contestant)
	}
	l1, _ := sides(a)
	_, r2 := sides(b)
	if l1 == r2 {
		return a.Choice == b.Choice.Swapped()
	}
	return a.Choice == b.Choice
}

// tallied is one pair while it is counted.
type tallied struct {
	Pair
	judged      []int // by judge
	cases, tags map[session.CaseKey]*Line
}

func (t *tally) pairs(o Options) []Pair {
	found := map[[2]int]*tallied{}
	var order []*tallied
	get := func(pair [2]int) *tallied {
		p := found[pair]
		if p == nil {
			p = &tallied{Pair: Pair{A: t.names[pair[0]], B: t.names[pair[1]]}, judged: make([]int, len(t.who))}
			p.cases, p.tags = map[session.CaseKey]*Line{}, map[session.CaseKey]*Line{}
			found[pair] = p
			order = append(order, p)
		}
		return p
	}
	shared := t.shared()
	for i := range t.counted {
		j := &t.counted[i]
		if j.replaced || j.on.pair[1] < 0 {
			continue
		}
		p := get(j.on.pair)
		p.judged[j.judge]++
		won := j.won()
		if all := shared[j.on]; len(all) > 1 && j.known() {
			if all[0] != i {
				continue // counted with the first
			}
			won = t.majority(all)
			p.Shared++
		}
		*[...]*int{&p.WinsA, &p.WinsB, &p.Ties, &p.BothBad}[won]++
		if o.ByCase {
			line(p.cases, j.on.kase, j.v.Case.Name, won)
		}
		if o.ByTag {
			for _, tag := range j.v.CaseTags {
				line(p.tags, session.CaseKey{Name: tag}, tag, won)
			}
		}
	}
	for pair, on := range t.identical {
		if pair[1] >= 0 {
			get(pair).Identical = len(on)
		}
	}
	out := make([]Pair, 0, len(order))
	for _, p := range order {
		p.finish()
		out = append(out, p.Pair)
	}
	judged := func(p Pair) int { return p.Decided + p.Ties + p.BothBad }
	slices.SortFunc(out, func(x, y Pair) int {
		return cmp.Or(judged(y)-judged(x), cmp.Compare(x.A.String(), y.A.String()), cmp.Compare(x.B.String(), y.B.String()),
			cmp.Compare(x.A.RevisionID, y.A.RevisionID), cmp.Compare(x.B.RevisionID, y.B.RevisionID))
	})
	return out
}

// known reports whether it is known who judged, and on which case.
func (j judgment) known() bool { return j.v.Judge != "" && j.v.Case != (session.CaseKey{}) }

// shared lists, by duel, the judgments that count of it.
func (t *tally) shared() map[about][]int {
	out := map[about][]int{}
	if len(t.who) < 2 {
		return out
	}
	for i, j := range t.counted {
		if !j.replaced && j.on.pair[1] >= 0 && j.known() {
			out[j.on] = append(out[j.on], i)
		}
	}
	return out
}

// majority is who won a duel in the eyes of several judges, as judgment.won says
// it.
func (t *tally) majority(all []int) int {
	var n [4]int
	for _, i := range all {
		n[t.counted[i].won()]++
	}
	switch {
	case n[0] > n[1]:
		return 0
	case n[1] > n[0]:
		return 1
	case 2*n[3] > len(all):
		return 3
	}
	return 2
}

func line(lines map[session.CaseKey]*Line, k session.CaseKey, name text.Raw, won int) {
	l := lines[k]
	if l == nil {
		l = &Line{Name: name}
		lines[k] = l
	}
	switch won {
	case 0:
		l.WinsA++
	case 1:
		l.WinsB++
	case 2:
		l.Ties++
	default:
		l.BothBad++
	}
}

// finish works out what follows from the counts.
func (p *tallied) finish() {
	p.Decided = p.WinsA + p.WinsB
	p.Lo, p.Hi = stats.Wilson(p.WinsB, p.Decided, stats.Z95)
	p.RateB = float64(p.WinsB) / float64(p.Decided) // NaN where nothing was decided
	p.E = stats.Mixture(float64(p.WinsA), float64(p.WinsB))
	p.P = stats.SignTest(p.WinsA, p.WinsB)
	most := 0
	for _, n := range p.judged {
		most = max(most, n)
	}
	switch {
	case p.E >= stats.SettledAt:
		p.State = Settled
	case p.Decided >= fewest && (p.Lo > 0.5 || p.Hi < 0.5):
		p.State = Leaning
	case p.Decided >= session.PairCap || most >= session.PairCap:
		p.State = TooClose
	default:
		p.State = NotSettled
	}
	if w, n := max(p.WinsA, p.WinsB), p.Decided; n > 0 {
		p.More = stats.More(w, n-w, float64(w)/float64(n))
		p.MoreIfItSlips = stats.More(w, n-w, float64(w+2)/float64(n+4))
	}
	p.Cases, p.Tags = lines(p.cases), lines(p.tags)
	p.Sentence = p.say(name(p.A), name(p.B))
	p.Blind = p.sayBlind()
	if p.Shared > 0 {
		said := fmt.Sprintf(" %s that several judged %s once, by the majority.", plural(p.Shared, "duel", "duels"), counts(p.Shared))
		p.Sentence += said
		p.Blind += said
	}
}

func counts(n int) string {
	if n == 1 {
		return "counts"
	}
	return "count"
}

func lines(m map[session.CaseKey]*Line) []Line {
	keys := make([]session.CaseKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b session.CaseKey) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name)) })
	var out []Line
	for _, k := range keys {
		out = append(out, *m[k])
	}
	return out
}
