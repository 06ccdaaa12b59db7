package bench

import (
	"slices"
	"time"

	"galley/session"
	"galley/session/text"
)

// board is a run as the screen keeps it: its cells by case, column and take,
// with what came back so far. It is filled from stored results or by the pump.
type board struct {
	runID int64
	cells []slot
	cols  []column
	cases []caseRow
	takes int
	free  bool          // it is known that nothing of it costs anything
	index map[place]int // cell of case × column × take

	// ver grows with every change of a cell.
	ver   uint64
	folds foldCache
}

// slot is a cell with what came of it.
type slot struct {
	cell   session.Cell
	col    int
	row    int
	status session.Status
	buf    []byte          // the text while it streams
	out    *session.Output // nil until the cell ended
	grade  session.Grade
	holds  bool // it is wrong, and has what was wanted among other words
	ver    uint64
	round  int       // grows when the text begins afresh
	note   string    // what it waits for
	asked  time.Time // when the pump saw it running
	first  time.Time // when the pump saw its first text
	seen   time.Time // when the pump saw it last
}

// column is a contestant under one order.
type column struct {
	who    session.Contestant
	order  session.Order
	totals totals
}

// totals count the cells of a column.
type totals struct {
	cells, waiting, running int
	done, odd               int // whole answers, and ends that are none
	failed, halted          int // errors, and cells cut short by a stop or a death
	cached                  int
	graded, right           int         // of the whole answers with a wanted one
	holding                 int         // that are wrong and have it among other words
	repeats                 map[int]int // graded cells of each case that has one
	cost                    float64     // spent by this run
	priced, unpriced        int         // ended cells with and without a known cost
}

// caseRow is one case of a run, as it was when the run began.
type caseRow struct {
	id     int64
	name   text.Raw
	tags   []text.Raw
	wanted *text.Raw
	vars   []session.Var // none for a run that did not keep them
}

// is reports whether that is the case: by its id, and by its name where it was
// borrowed or came from outside, and so has none.
func (k caseRow) is(c session.CaseKey) bool {
	if k.id != 0 || c.ID != 0 {
		return k.id == c.ID
	}
	return k.name != "" && k.name == c.Name
}

// newBoard lays cells out. Outputs come after, by set.
func newBoard(runID int64, cells []session.Cell) *board {
	b := &board{runID: runID, cells: make([]slot, len(cells)), takes: 1, ver: 1}
	type colKey struct {
		who   session.Contestant
		order session.Order
	}
	cols, rows := map[colKey]int{}, map[session.CaseKey]int{}
	for i, c := range cells {
		k := colKey{c.Contestant, c.Order}
		col, ok := cols[k]
		if !ok {
			col = len(b.cols)
			cols[k] = col
			b.cols = append(b.cols, column{who: c.Contestant, order: c.Order})
		}
		row, ok := rows[c.Case()]
		if !ok {
			row = len(b.cases)
			rows[c.Case()] = row
			b.cases = append(b.cases, caseRow{c.CaseID, c.CaseName, c.CaseTags, c.Wanted, c.CaseVars})
		}
		c.Take = min(max(1, c.Take), mostTakes)
		b.takes = max(b.takes, c.Take)
		b.cells[i] = slot{cell: c, col: col, row: row, status: session.StatusWaiting, ver: 1}
		b.cols[col].totals.cells++
		b.cols[col].totals.waiting++
	}
	b.index = make(map[place]int, len(b.cells))
	for i, s := range b.cells {
		b.index[place{s.row, s.col, s.cell.Take}] = i
	}
	return b
}

// mostTakes bounds what a workspace from elsewhere may claim.
const mostTakes = 10_000

// place is where a cell stands on the board; takes count from 1.
type place struct{ row, col, take int }

// fromResults is a board of a run that was stored.
func fromResults(runID int64, rs []session.Result) *board {
	rs = slices.Clone(rs)
	slices.SortStableFunc(rs, func(a, b session.Result) int { return a.Cell.Index - b.Cell.Index })
	cells := make([]session.Cell, len(rs))
	for i, r := range rs {
		cells[i] = r.Cell
	}
	b := newBoard(runID, cells)
	for i, r := range rs {
		switch st := r.Output.Status; {
		case st == "" || st == session.StatusWaiting:
		case st.Ended():
			b.set(i, st, &r.Output)
		default:
			b.stream(i, &r.Output)
		}
	}
	return b
}

// at returns the cell of a case, column and take, or nil.
func (b *board) at(row, col, take int) *slot {
	if b == nil || row < 0 || row >= len(b.cases) || col < 0 || col >= len(b.cols) || take < 1 || take > b.takes {
		return nil
	}
	if i, ok := b.index[place{row, col, take}]; ok {
		return &b.cells[i]
	}
	return nil
}

// place returns where the cell with that index in the run stands, or -1.
func (b *board) place(index int) int {
	if index >= 0 && index < len(b.cells) && b.cells[index].cell.Index == index {
		return index
	}
	return slices.IndexFunc(b.cells, func(s slot) bool { return s.cell.Index == index })
}

// rowOf returns the row of a case, or -1.
func (b *board) rowOf(k session.CaseKey) int {
	return slices.IndexFunc(b.cases, func(c caseRow) bool { return c.is(k) })
}

// set gives a cell a status and, when it ended, its output.
func (b *board) set(i int, st session.Status, out *session.Output) {
	if i < 0 || i >= len(b.cells) {
		return
	}
	s := &b.cells[i]
	t := &b.cols[s.col].totals
	t.count(s, -1)
	s.status = st
	if out != nil {
		s.out = out
		s.buf = nil
		r := session.Result{Cell: s.cell, Output: *out}
		s.grade, s.holds = r.Grade(), r.Holds()
	} else if !st.Ended() {
		s.out, s.grade, s.holds = nil, session.GradeNone, false
	}
	t.count(s, 1)
	b.touch(s)
}

func (b *board) touch(s *slot) {
	b.ver++
	s.ver = b.ver
}

// apply takes in what the pump brought. now is when it was drained.
func (b *board) apply(ups []Update, now time.Time) {
	for _, u := range ups {
		i := b.place(u.Index)
		if i < 0 {
			continue
		}
		s := &b.cells[i]
		st := u.Status
		if st == "" {
			st = s.status
		}
		if u.Output != nil {
			st = u.Output.Status
		}
		if st != s.status || u.Output != nil {
			if st == session.StatusRunning && s.status != st {
				s.again(now)
			}
			b.set(i, st, u.Output)
		}
		s.seen = now
		if s.note != u.Note {
			s.note = u.Note
			b.touch(s)
		}
		if u.Anew {
			s.again(now)
			b.touch(s)
		}
		if u.Text != "" && u.Output == nil {
			if s.first.IsZero() {
				s.first = now
			}
			s.buf = append(s.buf, u.Text...)
			b.touch(s)
		}
	}
}

// again makes the cell ready for text that begins afresh.
func (s *slot) again(now time.Time) {
	s.asked, s.first, s.buf = now, time.Time{}, nil
	s.round++
}

// count adds the cell to the totals, or takes it out of them.
func (t *totals) count(s *slot, n int) {
	switch {
	case s.status == session.StatusWaiting:
		t.waiting += n
		return
	case s.status == session.StatusRunning:
		t.running += n
		return
	case s.status == session.StatusError:
		t.failed += n
	case s.status.Failed():
		t.halted += n
	case s.status == session.StatusDone:
		t.done += n
	default:
		t.odd += n
	}
	t.compare(s, n)
	if s.out == nil {
		return
	}
	switch {
	case s.out.Cached: // paid for by an earlier run
		t.cached += n
		t.priced += n
		return
	case s.out.CostUSD != nil:
		t.cost += float64(n) * *s.out.CostUSD
		t.priced += n
	case s.out.Status != session.StatusError || s.out.Attempts > 0:
		t.unpriced += n
	}
}

// compare counts a cell that is right or wrong. Repeats of a case are not cases
// of their own.
func (t *totals) compare(s *slot, n int) {
	if s.grade == session.GradeNone {
		return
	}
	if s.grade == session.GradeRight {
		t.right += n
	}
	if s.holds {
		t.holding += n
	}
	t.graded += n
	if t.repeats == nil {
		t.repeats = map[int]int{}
	}
	if t.repeats[s.row] += n; t.repeats[s.row] == 0 {
		delete(t.repeats, s.row)
	}
}

// all sums the columns.
func (b *board) all() totals {
	var t totals
	for _, c := range b.cols {
		o := c.totals
		t.cells += o.cells
		t.waiting += o.waiting
		t.running += o.running
		t.done += o.done
		t.odd += o.odd
		t.failed += o.failed
		t.halted += o.halted
		t.cached += o.cached
		t.graded += o.graded
		t.right += o.right
		t.holding += o.holding
		t.cost += o.cost
		t.priced += o.priced
		t.unpriced += o.unpriced
	}
	return t
}

// ended is the number of cells that ended, however they did.
func (t totals) ended() int { return t.done + t.odd + t.failed + t.halted }

// open is the number of cells that can be asked, or asked again.
func (t totals) open() int { return t.failed + t.halted + t.waiting + t.running }

// text is the answer so far. A failed cell has none: what came before it failed
// is its partial text, see [slot.partial].
func (s *slot) text() text.Raw {
	if s.out != nil {
		return s.out.Whole()
	}
	return text.Raw(s.buf)
}

// answered reports whether the text is a whole answer.
func (s *slot) answered() bool { return s.status == session.StatusDone }

// orders reports whether the run has columns that differ in the order alone.
func (b *board) orders() bool {
	for i, c := range b.cols {
		for _, d := range b.cols[:i] {
			if c.who == d.who && c.order != d.order {
				return true
			}
		}
	}
	return false
}

// models reports how many models and variants the columns have.
func (b *board) models() (models, variants int) {
	m, v := map[string]bool{}, map[session.VariantRef]bool{}
	for _, c := range b.cols {
		m[c.who.Model] = true
		v[c.who.Variant] = true
	}
	return len(m), len(v)
}

// tags lists the tags of the cases in the order in which they come.
func (b *board) tags() []text.Raw {
	var out []text.Raw
	seen := map[text.Raw]bool{}
	for _, c := range b.cases {
		for _, t := range c.tags {
			if !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}
