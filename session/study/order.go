package study

import (
	"cmp"
	"math"
	"slices"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// orderStudy is an order study while it is read.
type orderStudy struct {
	spec    Spec
	content session.Content
	table   table
	cases   []orderCase
	rep     OrderReport
	lacking []string // what became of answers that are not whole
}

// orderCase is one take of a case that all orders and all repeats answered.
type orderCase struct {
	key     session.CaseKey
	cell    session.Cell
	orders  []session.Result // in the order of the design
	control []session.Result
	stand   [][][2]int // under each order, what stands where
}

// Order reads an order study. content is the variant's; pass says what passes,
// nil by what the cases want.
func Order(s Spec, content session.Content, results []session.Result, pass Pass) OrderReport {
	pass, by := told(results, pass, s.Suite != "")
	o := orderStudy{spec: s, content: content, rep: OrderReport{By: by, Of: s.of(), N: s.of().Count(content), Missing: Missing(results)}, lacking: lacking(s, content, results)}
	_, o.rep.Progress = complete(results)
	o.table = tableOf(results, pass, by, func(c session.Cell) string {
		if c.Contestant.Arm != "" {
			return c.Contestant.Arm
		}
		return c.Order.String()
	})
	o.complete()
	o.rows()
	o.spread()
	o.test()
	o.flips()
	o.positions()
	o.say()
	return o.rep
}

// complete keeps the cases that can be compared, and where everything stood in
// them.
func (o *orderStudy) complete() {
	blocks := targets(o.content, o.spec.of())
	contents := make([]session.Content, len(o.spec.Orders))
	for i, order := range o.spec.Orders {
		contents[i] = ordered(o.content, o.spec.of(), order)
	}
	for _, k := range o.table.cases {
		if left := o.lacks(k); left.Waiting > 0 { // also where some of its takes are whole
			o.rep.Left = append(o.rep.Left, left)
			continue
		}
		var control []session.Result
		for _, r := range o.table.at[ArmControl][k] {
			if o.table.ok(r) {
				control = append(control, r)
			}
		}
		some := false
		for take := range max(o.spec.Takes, 1) {
			c := orderCase{key: k}
			for _, order := range o.spec.Orders {
				if rs := o.table.at[order][k]; take < len(rs) && o.table.ok(rs[take]) {
					c.orders = append(c.orders, rs[take])
				}
			}
			c.control = control[:min(o.spec.Repeats, len(control))]
			if len(c.orders) < len(o.spec.Orders) || len(c.control) < o.spec.Repeats {
				continue
			}
			control = control[o.spec.Repeats:]
			c.cell = c.orders[0].Cell
			if !some { // takes of a case stand alike
				for i := range contents {
					c.stand = append(c.stand, arranged(session.Compose(contents[i], caseOf(c.cell), session.Order{}), blocks))
				}
			} else {
				c.stand = o.cases[len(o.cases)-1].stand
			}
			some = true
			o.cases = append(o.cases, c)
		}
		if some {
			o.rep.Cases++
		} else {
			o.rep.Left = append(o.rep.Left, o.lacks(k))
		}
	}
	o.rep.Answers = len(o.cases)
}

// lacks says what keeps a case out.
func (o *orderStudy) lacks(k session.CaseKey) LeftCase {
	out := LeftCase{Case: k.Name}
	for _, cases := range o.table.at {
		for _, r := range cases[k] {
			switch s := r.Output.Status; {
			case o.table.ok(r):
			case notYet(s):
				out.Waiting++
			case s == session.StatusError:
				out.Failed++
			case s == session.StatusTruncated:
				out.Cut++
			default:
				out.Other++
			}
		}
	}
	return out
}

// usual is the answer that most of a case's orders and repeats give.
func (c orderCase) usual() string {
	all := counts(slices.Concat(c.orders, c.control), nil)
	return session.AnswerKey(all[0].Answer)
}

// passes says which answers of a list pass; where nothing is wanted, which are the
// usual one.
func (o *orderStudy) passes(c orderCase, rs []session.Result) []bool {
	out := make([]bool, len(rs))
	usual := ""
	if o.rep.By == ByAnswer {
		usual = c.usual()
	}
	for i, r := range rs {
		if o.rep.By == ByAnswer {
			out[i] = answer(r) == usual
		} else {
			out[i] = o.table.passed(r)
		}
	}
	return out
}

// labels are what is compared between answers: whether they pass, or what they are.
func (o *orderStudy) labels(c orderCase) (orders, control []int) {
	if o.rep.By == ByAnswer {
		return answersOf(c)
	}
	number := func(rs []session.Result) []int {
		out := make([]int, len(rs))
		for i, p := range o.passes(c, rs) {
			if p {
				out[i] = 1
			}
		}
		return out
	}
	return number(c.orders), number(c.control)
}

// answersOf numbers the answers of a case as they are, equal ones alike.
func answersOf(c orderCase) (orders, control []int) {
	all := numbers(slices.Concat(c.orders, c.control))
	return all[:len(c.orders)], all[len(c.orders):]
}

// rows sums up each order and each repeat.
func (o *orderStudy) rows() {
	for i, order := range o.spec.Orders {
		o.rep.Orders = append(o.rep.Orders, OrderRow{Order: order, Shots: o.names(i)})
	}
	for i := range o.spec.Repeats {
		o.rep.Control = append(o.rep.Control, OrderRow{Order: o.own(), Repeat: i + 1})
	}
	for _, c := range o.cases {
		count(o.rep.Orders, o.passes(c, c.orders))
		count(o.rep.Control, o.passes(c, c.control[:o.spec.Repeats]))
	}
}

func count(rows []OrderRow, pass []bool) {
	for i, p := range pass {
		rows[i].Cases++
		if p {
			rows[i].Pass++
		}
		rows[i].Rate = float64(rows[i].Pass) / float64(rows[i].Cases)
	}
}

// own is the order that the variant itself has.
func (o *orderStudy) own() string {
	for _, i := range targets(o.content, o.spec.of()) {
		if own, err := session.ParseOrder(o.content.Blocks[i].Order); err == nil {
			return own.String()
		}
	}
	return session.Order{}.String()
}

// names are those of what stands under an order, nil where that differs from case
// to case.
func (o *orderStudy) names(order int) []text.Raw {
	var out []text.Raw
	for i, c := range o.cases {
		if i > 0 {
			if !slices.Equal(c.stand[order], o.cases[0].stand[order]) {
				return nil
			}
			continue
		}
		for _, at := range c.stand[order] {
			out = append(out, itemName(o.content, at))
		}
	}
	return out
}

func rates(rows []OrderRow) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = r.Rate
	}
	return out
}

// spread is how far the rates lie apart, and how often answers differ.
func (o *orderStudy) spread() {
	r := &o.rep
	nan := math.NaN()
	r.Mean, r.MeanLo, r.MeanHi, r.SD, r.SDLo, r.SDHi = nan, nan, nan, nan, nan, nan
	r.ControlSD, r.ControlSDLo, r.ControlSDHi, r.Spread, r.ControlSpread = nan, nan, nan, nan, nan
	r.Disagree, r.ControlDisagree, r.Excess, r.ExcessLo, r.ExcessHi = nan, nan, nan, nan, nan
	r.Moved = Moved{Disagree: nan, ControlDisagree: nan, Excess: nan, ExcessLo: nan, ExcessHi: nan, P: nan}
	if r.Cases == 0 {
		return
	}
	orders, control := rates(r.Orders), rates(r.Control)
	r.Mean, r.MeanLo, r.MeanHi = stats.MeanInterval(orders)
	r.MeanLo, r.MeanHi = max(0, r.MeanLo), min(1, r.MeanHi)
	r.SD, r.ControlSD = stats.SD(orders), stats.SD(control)
	r.SDLo, r.SDHi = stats.SDInterval(r.SD, len(orders))
	r.ControlSDLo, r.ControlSDHi = stats.SDInterval(r.ControlSD, len(control))
	r.Spread, r.ControlSpread = stats.Range(orders), stats.Range(control)
	r.Disagree, r.ControlDisagree, r.Excess, r.ExcessLo, r.ExcessHi = o.apartness(o.labels)
	m := &r.Moved
	m.Disagree, m.ControlDisagree, m.Excess, m.ExcessLo, m.ExcessHi = o.apartness(answersOf)
	m.Cases, m.ControlCases = o.unlike()
}

// apartness is how often labels of a case differ between orders and between repeats,
// and the excess of the one over the other with its interval. Takes of a case are
// averaged first: cases are what is sampled.
func (o *orderStudy) apartness(labels func(orderCase) (orders, control []int)) (between, within, more, lo, hi float64) {
	var treated, repeated, excess []float64
	for i := 0; i < len(o.cases); {
		n, x, y := 0.0, 0.0, 0.0
		for first := o.cases[i].key; i < len(o.cases) && o.cases[i].key == first; i++ {
			a, b := labels(o.cases[i])
			x, y, n = x+stats.Disagreement(a), y+stats.Disagreement(b), n+1
		}
		treated, repeated, excess = append(treated, x/n), append(repeated, y/n), append(excess, (x-y)/n)
	}
	between, _, _ = stats.MeanInterval(treated)
	within, _, _ = stats.MeanInterval(repeated)
	more, lo, hi = stats.MeanInterval(excess)
	return between, within, more, lo, hi
}

// unlike counts the cases that the orders, and that the repeats, do not answer alike
// in words.
func (o *orderStudy) unlike() (orders, control int) {
	for i := 0; i < len(o.cases); {
		var a, b []session.Result
		for first := o.cases[i].key; i < len(o.cases) && o.cases[i].key == first; i++ {
			a, b = append(a, o.cases[i].orders...), append(b, o.cases[i].control...)
		}
		if stats.Disagreement(numbers(a)) > 0 {
			orders++
		}
		if stats.Disagreement(numbers(b)) > 0 {
			control++
		}
	}
	return orders, control
}

// FalseAlarm is how often a study says that order matters where it does not, at
// most.
const FalseAlarm = 0.05

// test asks in up to three ways whether order matters: whether some orders pass
// more often, whether orders differ more than repeats do, and whether answers go
// with the place of the shot that gives them. Where no case passes under one order
// and fails under another, it is the answers as they are that are held against those
// of the repeats. What can be asked is settled by things that no order changes, and
// each way gets its part of [FalseAlarm].
func (o *orderStudy) test() {
	var rows [][]bool
	var treated, control [][]int
	var squares [][][]float64
	for _, c := range o.cases {
		rows = append(rows, o.passes(c, c.orders))
		a, b := o.labels(c)
		treated, control = append(treated, a), append(control, b)
		squares = append(squares, o.places(c))
	}
	r := &o.rep
	r.Q, r.QP, r.RateP = math.NaN(), math.NaN(), math.NaN()
	if o.rep.By != ByAnswer { // there the usual answer depends on the answers themselves
		r.Q, r.QP = stats.CochranQ(rows)
		r.RateP = stats.PermuteRates(rows, o.spec.Seed)
	}
	r.ExcessP = stats.PermuteExcess(treated, control, o.spec.Seed+1)
	r.Place, r.PlaceP = stats.PermutePlace(squares, o.spec.Seed+2)
	if r.Moved.P = math.NaN(); math.IsNaN(r.ExcessP) && r.By != ByAnswer {
		treated, control = nil, nil
		for _, c := range o.cases {
			a, b := answersOf(c)
			treated, control = append(treated, a), append(control, b)
		}
		r.Moved.P = stats.PermuteExcess(treated, control, o.spec.Seed+1)
	}
	for _, p := range []float64{r.RateP, r.ExcessP, r.PlaceP, r.Moved.P} {
		if !math.IsNaN(p) {
			r.Tests++
		}
	}
	r.Alpha = FalseAlarm / float64(max(r.Tests, 1))
	r.Matters = r.RateP <= r.Alpha || r.ExcessP <= r.Alpha || r.PlaceP <= r.Alpha || r.Moved.P <= r.Alpha
}

// places says how far back, from 0 to 1, the shots stand under each order that
// give the answer which came under each: half way where none does.
func (o *orderStudy) places(c orderCase) [][]float64 {
	w := make([][]float64, len(c.orders))
	keys := make([]string, len(c.orders))
	for j, r := range c.orders {
		keys[j] = answer(r)
	}
	for i := range w {
		sum, n := map[string]float64{}, map[string]float64{}
		for place, at := range c.stand[i] {
			b := o.content.Blocks[at[0]]
			if b.Kind != session.KindShots || at[1] >= len(b.Shots) || len(c.stand[i]) < 2 {
				continue
			}
			key := session.AnswerKey(b.Shots[at[1]].Output)
			sum[key] += float64(place) / float64(len(c.stand[i])-1)
			n[key]++
		}
		w[i] = make([]float64, len(keys))
		for j, key := range keys {
			w[i][j] = 0.5
			if n[key] > 0 {
				w[i][j] = sum[key] / n[key]
			}
		}
	}
	return w
}

// flips lists the cases that are not answered alike under all orders.
func (o *orderStudy) flips() {
	type divided struct {
		Flip
		by float64
	}
	var all []divided
	for i := 0; i < len(o.cases); {
		first := o.cases[i]
		f := Flip{Case: first.key.Name, Wanted: first.cell.Wanted}
		var orders, control []session.Result
		for ; i < len(o.cases) && o.cases[i].key == first.key; i++ {
			orders, control = append(orders, o.cases[i].orders...), append(control, o.cases[i].control...)
			for _, p := range o.passes(o.cases[i], o.cases[i].orders) {
				if p {
					f.Pass++
				}
			}
		}
		f.Answers, f.Control = counts(orders, func(r session.Result) string { return r.Cell.Order.String() }), counts(control, nil)
		if f.Asked = len(orders); len(f.Answers) > 1 {
			all = append(all, divided{f, stats.Disagreement(numbers(orders))})
		}
	}
	slices.SortStableFunc(all, func(a, b divided) int { return cmp.Compare(b.by, a.by) })
	for _, d := range all {
		o.rep.Flips = append(o.rep.Flips, d.Flip)
	}
}

// positions is the effect of each shot's standing first and last.
func (o *orderStudy) positions() {
	if o.rep.By == ByAnswer {
		return
	}
	type sums struct{ first, last, nFirst, nLast float64 }
	by := map[[2]int]*sums{}
	var items [][2]int
	all, n := 0.0, 0.0
	for _, c := range o.cases {
		for i, pass := range o.passes(c, c.orders) {
			stand := c.stand[i]
			if len(stand) < 2 {
				continue
			}
			x := 0.0
			if pass {
				x = 1
			}
			all, n = all+x, n+1
			for _, at := range stand {
				if by[at] == nil {
					by[at] = &sums{}
					items = append(items, at)
				}
			}
			f, l := by[stand[0]], by[stand[len(stand)-1]]
			f.first, f.nFirst = f.first+x, f.nFirst+1
			l.last, l.nLast = l.last+x, l.nLast+1
		}
	}
	slices.SortFunc(items, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, at := range items {
		s := by[at]
		p := Position{Name: itemName(o.content, at), First: s.first/s.nFirst - all/n, Last: s.last/s.nLast - all/n}
		p.Beyond = math.Abs(p.First) > o.rep.ControlSD || math.Abs(p.Last) > o.rep.ControlSD
		o.rep.Positions = append(o.rep.Positions, p)
	}
}
