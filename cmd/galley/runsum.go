package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"galley/engine"
	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// progress is a line on stderr that is written over, where that is a terminal.
type progress struct {
	g    *globals
	on   bool
	last time.Time
	wide int
	told map[string]time.Time // until when a backend waits, as it was said
	fell map[string]int       // how often a backend's server ended, likewise
}

func newProgress(g *globals) *progress {
	return &progress{g: g, on: terminal(g.err), told: map[string]time.Time{}, fell: map[string]int{}}
}

// falls says each time that the server of a backend ended and is started again.
func (p *progress) falls(s engine.Progress) {
	for _, b := range s.Backends {
		if b.Falls > p.fell[b.Backend] {
			p.fell[b.Backend] = b.Falls
			p.end()
			p.g.talk("%s: %s; it is started again, and what it was at is asked once more", b.Backend, text.Of(b.Fell).OneLine().Truncate(300))
		}
	}
}

// waits says once that a backend waits for longer than a moment, where there is
// no line that does.
func (p *progress) waits(s engine.Progress) {
	for _, w := range s.Waits {
		if time.Until(w.Until) > 5*time.Second && w.Until.Sub(p.told[w.Backend]) > time.Second {
			p.told[w.Backend] = w.Until
			p.g.talk("%s", waitWords(w))
		}
	}
}

func waitWords(w engine.Wait) string {
	left := max(time.Until(w.Until).Round(time.Second), time.Second)
	return text.Of(fmt.Sprintf("%s waits %s: %s", w.Backend, left, w.Why)).OneLine().Truncate(100).String()
}

// update writes the line anew, at most ten times a second.
func (p *progress) update(s engine.Progress) {
	p.falls(s)
	if !p.on {
		p.waits(s)
		return
	}
	if p.g.busyTyping() || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last = time.Now()
	line := fmt.Sprintf("%d of %d, %d failed, %d cached, %d asked", s.Done+s.Failed, s.Cells, s.Failed, s.Cached, s.Requests)
	if s.CostUSD != nil && *s.CostUSD > 0 {
		line += fmt.Sprintf(", $%.4f", *s.CostUSD)
	}
	if s.Left > 0 {
		line += ", " + s.Left.Round(time.Second).String() + " left"
	}
	if len(s.Waits) > 0 {
		line += "; " + waitWords(s.Waits[0])
	}
	p.write(line)
}

// write replaces the line without an escape code.
func (p *progress) write(line string) {
	pad := strings.Repeat(" ", max(0, p.wide-len(line)))
	_, _ = fmt.Fprintf(p.g.err, "\r%s%s", line, pad)
	p.wide = len(line)
}

// end wipes the line.
func (p *progress) end() {
	if p.on && p.wide > 0 {
		p.write("")
		_, _ = fmt.Fprint(p.g.err, "\r")
	}
}

type runJSON struct {
	Type     string           `json:"type"`
	Run      string           `json:"run"`
	Status   session.RunState `json:"status"`
	Cells    int              `json:"cells"`
	Done     int              `json:"done"`   // answered
	Failed   int              `json:"failed"` // without anything from the model
	Statuses tally            `json:"statuses"`
	Cached   int              `json:"cached"`
	Requests int              `json:"requests"`
	CostUSD  *float64         `json:"cost_usd"`
	WallMS   int64            `json:"wall_ms"`
	Scores   []scoreJSON      `json:"scores"`
	Orders   *ordersJSON      `json:"orders"`
	Stopped  *string          `json:"stopped"` // why the run ended before its end

	Timing     bool         `json:"timing"` // it measured: one request at a time
	Repeatable bool         `json:"repeatable"`
	Timings    []timingJSON `json:"timings"` // of a timing run
	Mixed      []mixedJSON  `json:"mixed"`   // models that were not one model all the time
	Unsure     int          `json:"unsure"`  // requests that may have been billed without an answer
}

type scoreJSON struct {
	Variant  string     `json:"variant"`
	Model    string     `json:"model"`
	Order    *string    `json:"order"`
	Tag      *text.Raw  `json:"tag"`
	Cells    int        `json:"cells"`
	Right    int        `json:"right"`
	Graded   int        `json:"graded"`
	Cases    int        `json:"cases"` // among graded
	Rate     *float64   `json:"rate"`
	Interval *[]float64 `json:"interval"`
	Sentence string     `json:"sentence"`
}

type ordersJSON struct {
	Compared int          `json:"compared"`
	Changed  int          `json:"changed"`
	Changes  []changeJSON `json:"changes"`
}

type changeJSON struct {
	Variant string            `json:"variant"`
	Model   string            `json:"model"`
	Case    text.Raw          `json:"case"`
	Take    int               `json:"take"`
	Answers []orderAnswerJSON `json:"answers"`
}

type orderAnswerJSON struct {
	Order string   `json:"order"`
	Text  text.Raw `json:"text"`
	Right *bool    `json:"right"`
}

// sums are what a run's results add up to.
type sums struct {
	tally        tally
	ended        map[contestantOrder]tally
	scores, tags []session.Score
	orders       bool // several
	changes      []session.OrderChange
	compared     int
	timings      []timings
}

// contestantOrder is what a line of the sums is of; the order is the zero one
// where orders are not told apart.
type contestantOrder struct {
	c session.Contestant
	o session.Order
}

func sumResults(run session.Run, results []session.Result, byTag bool) sums {
	s := sums{tally: tallyOf(results), ended: map[contestantOrder]tally{}, orders: session.SeveralOrders(results)}
	for _, r := range results {
		k := contestantOrder{c: r.Cell.Contestant}
		if s.orders {
			k.o = r.Cell.Order
		}
		if s.ended[k] == nil {
			s.ended[k] = tally{}
		}
		s.ended[k][r.Output.Status]++
	}
	s.scores = session.Scores(results, s.orders, false)
	if run.How.Timing {
		s.timings = timingsOf(results)
	}
	if byTag {
		s.tags = session.Scores(results, false, true)
	}
	if s.orders {
		s.changes, s.compared = session.OrderChanges(results)
	}
	return s
}

// sumUp prints what came of a run.
func (g *globals) sumUp(run session.Run, results []session.Result, last engine.Progress, o runOptions, wall time.Duration) error {
	s := sumResults(run, results, o.by == "tag")
	if g.json {
		return g.printLine(s.json(run, last, wall))
	}
	if len(s.scores) > 0 {
		s.print(g)
	}
	cost := ""
	if last.CostUSD != nil && *last.CostUSD > 0 {
		cost = fmt.Sprintf(", $%.4f", *last.CostUSD)
	}
	missing := s.tally.missing()
	if missing != "" {
		missing = ", " + missing
	}
	g.talk("%s %s: %d answered%s, %d from the cache, %s%s, %s; galley list outputs --run %s shows them", run.Name(), ended(run.State),
		s.tally.answered(), missing, run.Cached, plural(last.Requests, "request", "requests"), cost, wall.Round(10*time.Millisecond), run.Name())
	return nil
}

func scoreOf(s session.Score, orders, tags bool) scoreJSON {
	j := scoreJSON{
		Variant: s.Contestant.Variant.String(), Model: s.Contestant.Model, Cells: s.Cells, Right: s.Right, Graded: s.Graded,
		Cases: s.Cases, Sentence: stats.RateOver(s.Right, s.Graded, s.Cases, "right"),
	}
	if orders {
		name := s.Order.String()
		j.Order = &name
	}
	if tags {
		j.Tag = &s.Tag
	}
	if s.Graded > 0 {
		rate := stats.Round3(float64(s.Right) / float64(s.Graded))
		lo, hi := stats.WilsonOver(s.Right, s.Graded, s.Cases)
		j.Rate, j.Interval = &rate, &[]float64{stats.Round3(lo), stats.Round3(hi)}
	}
	return j
}

func (s sums) json(run session.Run, last engine.Progress, wall time.Duration) runJSON {
	j := runJSON{
		Type: "run", Run: run.Name(), Status: run.State, Cells: run.Cells, Done: s.tally.answered(), Failed: run.Failed, Cached: run.Cached,
		Statuses: s.tally, Requests: run.Requests, CostUSD: run.CostUSD, WallMS: wall.Milliseconds(), Scores: []scoreJSON{}, Stopped: some(last.Stopped),
		Timing: run.How.Timing, Repeatable: run.How.Repeatable, Timings: []timingJSON{}, Mixed: toMixedJSON(run.Mixed), Unsure: run.Unsure,
	}
	for _, x := range s.timings {
		j.Timings = append(j.Timings, x.json())
	}
	for _, x := range s.scores {
		j.Scores = append(j.Scores, scoreOf(x, s.orders, false))
	}
	for _, x := range s.tags {
		j.Scores = append(j.Scores, scoreOf(x, false, true))
	}
	if !s.orders {
		return j
	}
	j.Orders = &ordersJSON{Compared: s.compared, Changed: len(s.changes), Changes: []changeJSON{}}
	for _, c := range s.changes {
		x := changeJSON{c.Contestant.Variant.String(), c.Contestant.Model, c.CaseName, c.Take, nil}
		for _, a := range c.Answers {
			x.Answers = append(x.Answers, orderAnswerJSON{a.Order.String(), a.Answer, right(a.Grade)})
		}
		j.Orders.Changes = append(j.Orders.Changes, x)
	}
	return j
}

func (s sums) print(g *globals) {
	head := []string{"VARIANT", "MODEL"}
	if s.orders {
		head = append(head, "ORDER")
	}
	first := len(head)
	head = append(head, "DONE", "FAILED")
	kinds := unanswered()
	// What ended otherwise has a column of its own where there is any.
	kinds = slices.DeleteFunc(kinds, func(k ending) bool { return k.status == session.StatusError || s.tally[k.status] == 0 })
	for _, k := range kinds {
		head = append(head, strings.ToUpper(k.word))
	}
	numbers := make([]int, len(head)-first)
	for i := range numbers {
		numbers[i] = first + i
	}
	t := newTable(append(head, "RIGHT")...).numbers(numbers...)
	for _, x := range s.scores {
		row := []any{text.Raw(x.Contestant.Variant.String()), text.Raw(x.Contestant.Model)}
		if s.orders {
			row = append(row, x.Order)
		}
		n := s.ended[contestantOrder{x.Contestant, x.Order}]
		row = append(row, n.answered(), n[session.StatusError])
		for _, k := range kinds {
			row = append(row, n[k.status])
		}
		t.row(append(row, rightOf(x))...)
	}
	t.print(g)
	if len(s.tags) > 0 {
		g.say("")
		t := newTable("VARIANT", "MODEL", "TAG", "RIGHT")
		for _, x := range s.tags {
			tag := x.Tag
			if tag == "" {
				tag = "(no tag)"
			}
			t.row(text.Raw(x.Contestant.Variant.String()), text.Raw(x.Contestant.Model), tag, rightOf(x))
		}
		t.print(g)
	}
	if len(s.timings) > 0 {
		g.say("")
		printTimings(g, s.timings)
	}
	if s.orders {
		s.printChanges(g)
	}
}

// rightOf is a score as a sentence.
func rightOf(s session.Score) string {
	if s.Graded == 0 {
		return "nothing to grade"
	}
	return stats.RateOver(s.Right, s.Graded, s.Cases, "right")
}

// printChanges lists the cases whose answers differ between orders.
func (s sums) printChanges(g *globals) {
	g.say("\nThe answer changes with the order of the shots in %d of %d.", len(s.changes), s.compared)
	if len(s.changes) == 0 {
		return
	}
	t := newTable("CASE", "VARIANT", "MODEL", "TAKE", "ORDER", "ANSWER").numbers(3)
	for _, c := range s.changes {
		for i, a := range c.Answers {
			mark := map[session.Grade]text.Raw{session.GradeRight: " ✓", session.GradeWrong: " ✗"}[a.Grade]
			answer := text.Head(a.Answer, 60).Append(text.Show(mark))
			if i > 0 {
				t.row("", "", "", "", a.Order, answer)
				continue
			}
			t.row(c.CaseName, text.Raw(c.Contestant.Variant.String()), text.Raw(c.Contestant.Model), c.Take, a.Order, answer)
		}
	}
	t.print(g)
}
