package session

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"galley/session/text"
)

// fill takes the whole answers of no study's arm, of each contestant, case, take and order the
// newest run's. It returns, by place in the pool, the older ones that read the
// same.
func (d *Docket) fill(results []Result) map[int][]int64 {
	type slot struct {
		c     contestantKey
		kase  CaseKey
		take  int
		order Order
	}
	var whole []Result
	for _, r := range results {
		if r.Output.Status == StatusDone && r.Cell.Contestant.Arm == "" {
			whole = append(whole, r)
			d.cells[r.Cell.ID] = r
		}
	}
	slices.SortStableFunc(whole, func(a, b Result) int {
		return cmp.Or(-cmp.Compare(a.Cell.RunID, b.Cell.RunID), -cmp.Compare(a.Cell.ID, b.Cell.ID))
	})
	at, older := map[slot]int{}, map[int][]int64{}
	for _, r := range whole {
		k := slot{keyOf(r.Cell.Contestant), r.Cell.Case().bare(), r.Cell.Take, r.Cell.Order}
		i, ok := at[k]
		switch {
		case !ok:
			at[k] = len(d.pool)
			d.pool = append(d.pool, r)
		case d.pool[i].Output.Whole() == r.Output.Whole():
			older[i] = append(older[i], r.Cell.ID)
		}
	}
	for _, r := range d.pool {
		if _, ok := d.known[keyOf(r.Cell.Contestant)]; !ok {
			d.known[keyOf(r.Cell.Contestant)] = len(d.names)
			d.names = append(d.names, r.Cell.Contestant)
		}
	}
	// By variant and revision, and by where the models first stand, not by their names.
	first := map[string]int64{}
	for _, r := range d.pool {
		if id, ok := first[r.Cell.Contestant.Model]; !ok || r.Cell.ID < id {
			first[r.Cell.Contestant.Model] = r.Cell.ID
		}
	}
	slices.SortFunc(d.names, func(a, b Contestant) int {
		return cmp.Or(cmp.Compare(a.Variant.String(), b.Variant.String()), cmp.Compare(a.RevisionID, b.RevisionID), cmp.Compare(first[a.Model], first[b.Model]))
	})
	for i, c := range d.names {
		d.known[keyOf(c)] = i
	}
	return older
}

// single lists outputs for pass and fail, in seeded order. An older output of the
// same words counts for the newer one.
func (d *Docket) single(older map[int][]int64, authors map[int64]text.Raw) {
	p := d.pairing([2]int{-1, -1})
	for i, r := range d.pool {
		if TypedBy(d.s.Judge, authors[r.Cell.RunID], r.Cell.Contestant) {
			d.own++
			continue
		}
		on := duelKey{kase: r.Cell.Case().bare(), take: r.Cell.Take, cell: r.Cell.ID}
		d.solo[r.Cell.ID] = on
		for _, id := range older[i] {
			d.solo[id] = on
		}
		rank := mix(d.s.Seed, sum(d.blindName(d.known[keyOf(r.Cell.Contestant)]), r.Cell.Order.String()), on.number())
		p.items = append(p.items, duelItem{pair: p.pair, on: on, a: i, b: -1, rank: rank})
	}
	p.sort(func(a, b duelItem) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.a, b.a)) })
}

// pairUp lists what can be judged in pairs: answers of two contestants to the
// same values of the same case, take i with take i.
func (d *Docket) pairUp(authors map[int64]text.Raw, o DocketOptions) {
	outside := map[int]bool{}
	groups := map[duelKey][]int{}
	var order []duelKey
	for i, r := range d.pool {
		c := d.known[keyOf(r.Cell.Contestant)]
		if authors[r.Cell.RunID] != "" || slices.Contains(o.Imported, r.Cell.RunID) || strings.HasPrefix(r.Cell.Contestant.Model, humanModel) {
			outside[c] = true
		}
		k := duelKey{kase: r.Cell.Case().bare(), take: r.Cell.Take}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	meet := func(a, b int) bool {
		return o.AnyModel || d.names[a].Model == d.names[b].Model || outside[a] || outside[b]
	}
	for _, on := range order {
		answers := map[int][]int{} // by contestant
		var who []int
		for _, i := range groups[on] {
			c := d.known[keyOf(d.pool[i].Cell.Contestant)]
			if answers[c] == nil {
				who = append(who, c)
			}
			answers[c] = append(answers[c], i)
		}
		slices.Sort(who)
		for x, a := range who {
			for _, b := range who[x+1:] {
				if meet(a, b) {
					d.add([2]int{a, b}, on, answers[a], answers[b], authors)
				}
			}
		}
	}
	for _, p := range d.pairs {
		p.sort(func(a, b duelItem) int {
			return cmp.Or(cmp.Compare(a.on.take, b.on.take), cmp.Compare(a.rank, b.rank), cmp.Compare(a.on.kase.ID, b.on.kase.ID),
				cmp.Compare(a.on.kase.Name, b.on.kase.Name))
		})
	}
	d.pairs = slices.DeleteFunc(d.pairs, func(p *pairing) bool { return len(p.items) == 0 })
}

// add makes one duel of the answers that two contestants gave to a case and take,
// if there is one: of the orders that both were run with, one by the seed; where
// each was run with one order, those.
func (d *Docket) add(pair [2]int, on duelKey, as, bs []int, authors map[int64]text.Raw) {
	var fit [][2]int
	for _, a := range as {
		for _, b := range bs {
			x, y := d.pool[a].Cell, d.pool[b].Cell
			if (x.Order == y.Order || len(as) == 1 && len(bs) == 1) && slices.Equal(x.CaseVars, y.CaseVars) {
				fit = append(fit, [2]int{a, b})
			}
		}
	}
	if len(fit) == 0 {
		return
	}
	slices.SortFunc(fit, func(x, y [2]int) int {
		return cmp.Compare(d.pool[x[0]].Cell.Order.String(), d.pool[y[0]].Cell.Order.String())
	})
	p := d.pairing(pair)
	f := fit[mix(d.s.Seed, p.hash, on.number())%uint64(len(fit))]
	// Every pair has its own order of the cases: the same answers come in a row as
	// seldom as can be.
	it := duelItem{pair: pair, on: on, a: f[0], b: f[1], rank: mix(d.s.Seed, p.hash, on.kase.number())}
	typed := func(i int) bool {
		c := d.pool[i].Cell
		return TypedBy(d.s.Judge, authors[c.RunID], c.Contestant)
	}
	switch {
	case d.pool[it.a].Output.Whole() == d.pool[it.b].Output.Whole():
		d.same = append(d.same, it)
	case typed(it.a) || typed(it.b):
		d.own++
	default:
		p.items = append(p.items, it)
	}
}

// blindName tells contestants apart without the name of their model: which side
// stands left may not hang on it.
func (d *Docket) blindName(i int) string {
	var models []string
	for _, c := range d.names[:i+1] {
		if !slices.Contains(models, c.Model) {
			models = append(models, c.Model)
		}
	}
	c := d.names[i]
	return c.Variant.String() + " " + itoa(int64(slices.Index(models, c.Model)))
}

// pairing returns that of a pair, and makes it where there is none.
func (d *Docket) pairing(pair [2]int) *pairing {
	p := d.byPair[pair]
	if p == nil {
		p = &pairing{pair: pair, at: map[duelKey]int{}, onCase: map[CaseKey]int{}}
		if pair[0] >= 0 {
			p.hash = sum(d.blindName(pair[0]), d.blindName(pair[1]))
		}
		d.byPair[pair] = p
		d.pairs = append(d.pairs, p)
	}
	return p
}

func (p *pairing) sort(by func(a, b duelItem) int) {
	slices.SortFunc(p.items, by)
	for i, it := range p.items {
		p.at[it.on] = i
	}
	p.free = len(p.items)
}

// sum is a hash of texts; mix draws a number from a seed and some of them.
func sum(s ...string) uint64 {
	h := fnv.New64a()
	for _, x := range s {
		_, _ = h.Write([]byte(x))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

func mix(seed uint64, parts ...uint64) uint64 {
	for _, p := range parts {
		seed = rand.NewPCG(seed, p).Uint64()
	}
	return seed
}

func (k CaseKey) number() uint64 { return mix(uint64(k.ID), sum(string(k.Name))) }
func (k duelKey) number() uint64 { return mix(k.kase.number(), uint64(k.take)) }
