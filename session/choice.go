package session

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"galley/session/text"
)

// ProofNote is something about a proof that its messages don't show: a choice
// that could not be made as it is written.
type ProofNote struct {
	Block int      // index into Content.Blocks
	What  text.Raw // a sentence for people
}

// leftOut is how many of those that came next are listed as left out.
const leftOut = 5

// Choose says which shots or resources of a block stand in the context of a case,
// as indices into Shots or Resources (of [PickColumn] into the case's own list),
// in the order in which they stand before an order is applied: shots pinned first,
// the others, shots pinned last. why lists what was chosen by [Block.Pick], the
// best first, then those that were left out next; it is empty where the block
// does not choose. Nothing but the block and the case plays a part.
func Choose(b Block, c Case) (items []int, why []Retrieved) {
	ch := choiceOf(b, c)
	for _, it := range ch.items {
		items = append(items, it.at)
	}
	return items, ch.why
}

// Chosen are the texts that stand for a resources block in the context of a case,
// in the order of [Choose], as they stand there: cut where they are cut.
func Chosen(b Block, c Case) []Resource {
	var out []Resource
	for _, it := range choiceOf(b, c).items {
		out = append(out, it.res)
	}
	return out
}

// item is a shot or resource that stands in a context.
type item struct {
	at   int // index into Shots, Resources or the column's list
	shot Shot
	res  Resource
	pin  ShotPin
}

func (it item) name() text.Raw {
	if it.res.Name != "" {
		return it.res.Name
	}
	return it.shot.Name
}

// match is what of it is compared with a case.
func (it item) match(kind Kind) string {
	switch {
	case kind == KindResources:
		return string(it.res.Text)
	case it.shot.Input == "":
		return string(it.shot.Output)
	}
	return string(it.shot.Input)
}

// stratum is what it counts for: its first tag, or its answer.
func (it item) stratum(kind Kind, by string) string {
	if by == "label" && kind == KindShots {
		return it.shot.Label()
	}
	tags := it.shot.Tags
	if kind == KindResources {
		tags = it.res.Tags
	}
	if len(tags) == 0 {
		return ""
	}
	return string(tags[0])
}

// Label is the shot's answer as one of a few: its output without white space
// around it, case-folded, or the names of the tools it calls where it says nothing.
func (s Shot) Label() string {
	if s.Output != "" || len(s.Calls) == 0 {
		return fold(string(s.Output))
	}
	names := make([]string, len(s.Calls))
	for i, c := range s.Calls {
		names[i] = string(c.Name)
	}
	return fold(strings.Join(names, ", "))
}

// choice is what stands in the context, and why.
type choice struct {
	items []item
	why   []Retrieved
	notes []string
}

func (ch *choice) note(format string, args ...any) {
	ch.notes = append(ch.notes, fmt.Sprintf(format, args...))
}

func choiceOf(b Block, c Case) choice {
	var ch choice
	pick := Pick{How: PickAll}
	if b.Pick != nil {
		pick = *b.Pick
	}
	pool := poolOf(b)
	if pick.How == PickColumn && b.Kind == KindResources {
		pool = ch.column(pick.Column, c)
	}
	if pick.Bank && pick.How != PickAll {
		pool = ch.others(pool, c)
	}
	var first, last, free []item
	for _, it := range pool {
		switch it.pin {
		case PinFirst:
			first = append(first, it)
		case PinLast:
			last = append(last, it)
		default:
			free = append(free, it)
		}
	}
	n := pick.N - len(first) - len(last)
	if pick.N <= 0 {
		n = len(free)
	}
	n = min(max(n, 0), len(free))
	r := ch.rank(b.Kind, pick, c, pool, free, n)
	if b.Kind == KindResources && pick.Limit > 0 {
		r.fit(pick.Limit, pick.Cut)
	}
	if b.Pick != nil {
		for _, it := range slices.Concat(first, last) {
			ch.why = append(ch.why, Retrieved{Item: it.at, Name: it.name()})
		}
		ch.why = append(r.why(), ch.why...)
		slices.SortStableFunc(ch.why, func(a, b Retrieved) int { // those that were left out come last
			return cmp.Compare(asInt(a.Left), asInt(b.Left))
		})
	}
	ch.items = slices.Concat(first, r.stand(b.Kind, pick), last)
	return ch
}

// others are those of a bank that are not the case itself, with its answer. One that
// is pinned was put there by hand, and stays.
func (ch *choice) others(pool []item, c Case) []item {
	kept, values := pool[:0], c.telling()
	for _, it := range pool {
		if it.pin == PinNone && it.shot.holds(values) {
			ch.note("Shot %s is this very case, so it is not chosen for it.", it.name())
			continue
		}
		kept = append(kept, it)
	}
	return kept
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func poolOf(b Block) (pool []item) {
	if b.Kind == KindResources {
		for i, r := range b.Resources {
			if !r.Off {
				pool = append(pool, item{at: i, res: r})
			}
		}
		return pool
	}
	for i, s := range b.Shots {
		if !s.Off {
			pool = append(pool, item{at: i, shot: s, pin: s.Pin})
		}
	}
	return pool
}

// ranking is what may be chosen, the best first, and how many of it are.
type ranking struct {
	items  []item
	scores []float64 // empty: not ranked by BM25
	words  [][]text.Raw
	ranked bool // the order of items says which is better
	n      int
	out    []bool // of the first n: it does not fit
	cut    []bool // of the first n: not all of it stands
}

// rank puts free into the order in which pick chooses, n of which stand.
func (ch *choice) rank(kind Kind, pick Pick, c Case, pool, free []item, n int) *ranking {
	r := &ranking{items: free, n: n}
	switch pick.How {
	case PickAll, "":
		r.n = len(free)
	case PickColumn:
		if r.ranked = kind == KindResources; !r.ranked {
			ch.note("Only resources can be a list of the case; all shots stand.")
			r.n = len(free)
		}
	case PickRandom:
		r.items = nil
		for _, i := range Seeded(pick.Seed).Apply(len(free)) {
			r.items = append(r.items, free[i])
		}
	case PickSpread:
		r.items = spread(kind, pick, pool, free, n)
	case PickNearest:
		ch.nearest(r, kind, pick, c, pool)
	case PickFirst:
	default:
		ch.note("There is no way to choose called %q; all stand.", text.Raw(pick.How))
		r.n = len(free)
	}
	r.out, r.cut = make([]bool, r.n), make([]bool, r.n)
	return r
}

// nearest sorts by BM25 against the case's values. Of two that fit alike the one
// that stands first in the bank is the better.
func (ch *choice) nearest(r *ranking, kind Kind, pick Pick, c Case, pool []item) {
	query, why := queryOf(pick.Query, c)
	if why != "" {
		ch.note("%s, so the first %s stand.", why, plural(r.n, what(kind)))
		return
	}
	texts := make([]string, len(pool))
	place := map[int]int{}
	for i, it := range pool {
		texts[i], place[it.at] = it.match(kind), i
	}
	ret := retrieverOf(texts)
	all := ret.Scores(query)
	score := func(it item) float64 { return all[place[it.at]] }
	r.items, r.ranked = slices.Clone(r.items), true
	slices.SortStableFunc(r.items, func(a, b item) int { return cmp.Compare(score(b), score(a)) })
	for _, it := range r.items {
		r.scores = append(r.scores, score(it))
		r.words = append(r.words, nil)
	}
	for i := range min(len(r.items), r.n+leftOut) {
		r.words[i] = ret.Why(query, place[r.items[i].at])
	}
	if len(r.scores) > 0 && r.scores[0] == 0 {
		ch.note("No word of the case stands in any of the %s, so the first %s stand.", plural(len(r.items), what(kind)), plural(r.n, what(kind)))
	}
}

func what(k Kind) string {
	if k == KindResources {
		return "resource"
	}
	return "shot"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// queryOf is what is compared with the pieces; why says why there is nothing.
func queryOf(name string, c Case) (query, why string) {
	if name != "" {
		v, ok := c.Lookup(name)
		switch {
		case !ok:
			return "", "The case has no value " + text.Raw(name).String()
		case v.Blank():
			return "", "The case's value " + text.Raw(name).String() + " is empty"
		}
		return string(v), ""
	}
	var all []string
	for _, v := range c.Vars {
		if !v.Value.Blank() {
			all = append(all, string(v.Value))
		}
	}
	if len(all) == 0 {
		return "", "The case has no values to compare with"
	}
	return strings.Join(all, "\n"), ""
}

// fit leaves out what would make the chosen texts longer than limit bytes, or cuts
// the first that does not fit and leaves out the rest.
func (r *ranking) fit(limit int, cut bool) {
	left := limit
	r.items = slices.Clone(r.items)
	for i := range r.n {
		t := r.items[i].res.Text
		if len(t) > left && cut && left > 0 {
			if part := cutTo(t, left); part != "" {
				r.items[i].res.Text, r.cut[i] = part, true
				left = 0
				continue
			}
		}
		if len(t) > left {
			r.out[i] = true
			if cut {
				left = 0
			}
			continue
		}
		left -= len(t)
	}
}

// why lists what stands and what was left out next.
func (r *ranking) why() (out []Retrieved) {
	for i, it := range r.items {
		if i >= r.n+leftOut || i >= r.n && !r.ranked {
			break
		}
		w := Retrieved{Item: it.at, Name: it.name()}
		if r.ranked {
			w.Rank = i + 1
		}
		if i < len(r.scores) {
			w.Score, w.Words = r.scores[i], r.words[i]
		}
		if i >= r.n {
			w.Left = true
		} else {
			w.Left, w.Cut = r.out[i], r.cut[i]
		}
		out = append(out, w)
	}
	return out
}

// stand puts what was chosen into the order in which it stands.
func (r *ranking) stand(kind Kind, pick Pick) (out []item) {
	for i, it := range r.items[:r.n] {
		if !r.out[i] {
			out = append(out, it)
		}
	}
	sort := pick.Sort
	if kind == KindShots && pick.How == PickNearest {
		sort = "last"
	}
	switch {
	case !r.ranked, sort == "bank":
		slices.SortFunc(out, func(a, b item) int { return cmp.Compare(a.at, b.at) })
	case sort == "last":
		slices.Reverse(out)
	}
	return out
}

// spread takes n of free so that the shares of the strata are those of the pool,
// by largest remainders (Hamilton's method; ties go to the larger stratum, then to
// the lesser name). What is pinned counts for its stratum: one that has more pinned
// than its quota keeps them, and the others share what is left.
func spread(kind Kind, pick Pick, pool, free []item, n int) []item {
	weight, pinned := map[string]int{}, map[string]int{}
	for _, it := range pool {
		s := it.stratum(kind, pick.By)
		if weight[s]++; it.pin != PinNone {
			pinned[s]++
		}
	}
	quota := hamilton(weight, pinned, n+len(pool)-len(free))
	byStratum := map[string][]item{}
	for _, it := range free {
		s := it.stratum(kind, pick.By)
		byStratum[s] = append(byStratum[s], it)
	}
	taken := map[int]bool{}
	var out []item
	for _, s := range sortedKeys(byStratum) {
		list := byStratum[s]
		order := make([]int, len(list))
		for i := range order {
			order[i] = i
		}
		if pick.Seed != 0 {
			shuffle(order, pick.Seed)
		}
		for _, i := range order[:min(max(quota[s]-pinned[s], 0), len(list))] {
			out = append(out, list[i])
			taken[list[i].at] = true
		}
	}
	for _, it := range free {
		if !taken[it.at] {
			out = append(out, it)
		}
	}
	return out
}

// Quotas shares n among strata by their weights: floors of the exact shares, then
// one more to the largest remainders; ties go to the larger weight, then to the
// lesser name.
func Quotas(weight map[string]int, n int) map[string]int {
	total := 0
	for _, w := range weight {
		total += w
	}
	out := map[string]int{}
	if total == 0 {
		return out
	}
	names := sortedKeys(weight)
	left := n
	for _, s := range names {
		out[s] = weight[s] * n / total
		left -= out[s]
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(weight[b]*n%total, weight[a]*n%total), cmp.Compare(weight[b], weight[a]))
	})
	for _, s := range names[:left] {
		out[s]++
	}
	return out
}

// hamilton is Quotas with a least number for each stratum.
func hamilton(weight, least map[string]int, n int) map[string]int {
	rest := map[string]int{}
	for s, w := range weight {
		rest[s] = w
	}
	out := map[string]int{}
	for {
		q := Quotas(rest, max(n, 0))
		fixed := false
		for _, s := range sortedKeys(rest) {
			if least[s] > q[s] {
				out[s], fixed = least[s], true
				n -= least[s]
				delete(rest, s)
			}
		}
		if !fixed {
			for s, k := range q {
				out[s] = k
			}
			return out
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// cutTo cuts a text to at most limit bytes, behind a sentence if one ends in the
// second half, else behind a word; "" where not one word fits.
func cutTo(t text.Raw, limit int) text.Raw {
	s := string(t)
	best := 0
	for at := range text.SentenceEnds(s) {
		if at > limit {
			break
		}
		best = at
	}
	if end := len(strings.TrimRight(s[:best], " \t\r\n")); 2*end >= limit {
		return t[:end]
	}
	word := strings.LastIndexFunc(s[:limit+1], unicode.IsSpace) // s is longer than limit
	if word < best {
		word = best
	}
	return text.Raw(strings.TrimRight(s[:max(word, 0)], " \t\r\n"))
}
