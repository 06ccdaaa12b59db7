package engine

import (
	"fmt"
	"strings"
	"time"

	"galley/session"
)

// Wait says that a backend gets no request before a time.
type Wait struct {
	Backend string
	Until   time.Time
	Why     string
}

// Progress is how a run stands.
type Progress struct {
	State   session.RunState
	Paused  bool
	Cells   int
	Waiting int
	Running int
	Done    int // ended with an answer, cached ones included
	Failed  int
	Cached  int
	Right   int // against what the cases wanted
	Wrong   int

	Requests     int // of this job
	InputTokens  int // as far as they are known
	OutputTokens int
	CostUSD      *float64 // of the answers that were asked for; nil: none was, or the price of one is unknown
	Free         bool     // every backend of the run costs nothing; a CostUSD of nil alone never says so
	Elapsed      time.Duration
	// Left is the time of the backend that needs longest: its cells that have not
	// ended, times the median time of those that it answered (what the cache
	// answered says nothing of its speed), divided by how many it works at once.
	// 0: unknown, since a backend with cells to go has not answered yet.
	Left       time.Duration
	TokensPerS float64 // output, over the last ten seconds

	Backends []AtWork // in the order of their first cells
	Waits    []Wait
	Unsaved  int    // results in memory that could not be recorded yet
	Trouble  string // why, in plain words; "" none
	Stopped  string // why the run stopped before its end: a budget, a lost lease
}

// AtWork is how one backend of a run stands.
type AtWork struct {
	Backend string
	AtOnce  int    // requests that it gets at once now; it changes with what it bears
	Most    int    // that it can come to
	Going   int    // requests under way
	Left    int    // cells that have not ended
	Trying  bool   // others failed: it is asked by one cell at a time
	Gone    string // why it is not asked any more, "" it is
	Falls   int    // how often its server ended and was started again
	Fell    string // why, the last time
}

// recently is the time over which TokensPerS is taken.
const recently = 10 * time.Second

// tally sums what ended.
type tally struct {
	ended, done, failed, cached int
	right, wrong                int
	running                     int
	input, output               int
	cost                        *float64
	unpriced                    bool // the cost of an answer is unknown
	rate                        []burst
}

type burst struct {
	at time.Time
	n  int
}

// add takes an ended cell in. fresh: it was asked by this job.
func (t *tally) add(c session.Cell, o session.Output, fresh bool) {
	t.ended++
	switch {
	case o.Status.Finished():
		t.done++
	default:
		t.failed++
	}
	switch (session.Result{Cell: c, Output: o}).Grade() {
	case session.GradeRight:
		t.right++
	case session.GradeWrong:
		t.wrong++
	}
	if o.Cached {
		t.cached++
		return
	}
	t.input += o.Usage.Input
	t.output += o.Usage.Output
	switch {
	case o.CostUSD == nil && (o.Status != session.StatusError || o.Attempts > 0):
		t.unpriced = true
	case o.CostUSD != nil:
		sum := *o.CostUSD
		if t.cost != nil {
			sum += *t.cost
		}
		t.cost = &sum
	}
	if fresh {
		now := time.Now()
		t.rate = append(t.rate, burst{now, o.Usage.Output})
		for len(t.rate) > 0 && now.Sub(t.rate[0].at) > recently {
			t.rate = t.rate[1:]
		}
	}
}

// Progress is how the run stands now.
func (j *Job) Progress() Progress {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := &j.tally
	p := Progress{
		State: session.RunRunning, Paused: j.unpause != nil, Cells: len(j.cells),
		Waiting: len(j.cells) - t.ended - t.running, Running: t.running,
		Done: t.done, Failed: t.failed, Cached: t.cached, Right: t.right, Wrong: t.wrong,
		Requests: j.budget.requests, InputTokens: t.input, OutputTokens: t.output,
		Free: j.free, Unsaved: j.trouble.unsaved, Trouble: j.trouble.why, Stopped: j.stopped,
	}
	if t.cost != nil && !t.unpriced {
		sum := *t.cost
		p.CostUSD = &sum
	}
	select {
	case <-j.ended:
		p.State = j.final.State
	default:
	}
	p.Elapsed = time.Since(j.began)
	active := p.Elapsed - j.paused
	if p.Paused {
		active -= time.Since(j.since)
	}
	if p.State == session.RunRunning {
		p.Left = j.left()
	}
	n, now := 0, time.Now()
	for _, b := range t.rate {
		if now.Sub(b.at) <= recently {
			n += b.n
		}
	}
	p.TokensPerS = float64(n) / max(min(recently, active), time.Second/10).Seconds()
	for _, l := range j.lanes {
		limit, going := l.dealer.now()
		at := AtWork{Backend: l.name, AtOnce: limit, Most: l.dealer.most, Going: going, Left: l.pace.left, Trying: l.broken()}
		at.Falls, at.Fell = l.fallen()
		if why := l.gone(); why != nil {
			at.Gone, at.Trying = why.Error(), false
		}
		p.Backends = append(p.Backends, at)
		if d, why := l.gate.left(); d > 0 && p.State == session.RunRunning {
			p.Waits = append(p.Waits, Wait{l.name, now.Add(d), why})
		}
	}
	return p
}

// pace is how fast a backend answers. The job's mutex guards it.
type pace struct {
	left int // cells that have not ended
	took []time.Duration
	at   int // of the oldest, once there are paceOver
}

// paceOver is how many answers, the newest, the pace is taken from.
const paceOver = 512

// add takes in how long a cell took, if the backend answered it.
func (p *pace) add(o session.Output, took time.Duration) {
	switch {
	case o.Cached || !o.Status.Finished():
	case len(p.took) < paceOver:
		p.took = append(p.took, took)
	default:
		p.took[p.at] = took
		p.at = (p.at + 1) % paceOver
	}
}

// mean is how long an answer took, in nanoseconds. It is not the median: where a server
// reads a beginning once and keeps it, few answers take long and most of the time.
func (p *pace) mean() float64 {
	sum := 0.0
	for _, d := range p.took {
		sum += float64(d)
	}
	return sum / float64(max(1, len(p.took)))
}

// paceOf is the pace of a backend, by its name or by a model of it.
func (j *Job) paceOf(ref string) *pace {
	name, _, _ := strings.Cut(ref, "/")
	p, ok := j.pace[name]
	if !ok {
		p = &pace{}
		j.pace[name] = p
	}
	return p
}

// left is the time until the run's end, 0 where it is unknown. A backend that is
// not asked any more needs none.
func (j *Job) left() time.Duration {
	longest := time.Duration(0)
	for _, l := range j.lanes {
		p := l.pace
		if p.left <= 0 || l.gone() != nil {
			continue
		}
		if len(p.took) == 0 {
			return 0
		}
		limit, _ := l.dealer.now()
		need := p.mean() * float64(p.left) / float64(min(limit, p.left))
		longest = max(longest, time.Duration(need))
	}
	return longest
}

// isFree tells whether every backend of the run costs nothing, as far as the
// config knows them.
func (j *Job) isFree() bool {
	known := map[string]bool{}
	for i := range j.cells {
		ref := j.cells[i].cell.Contestant.Model
		if known[ref] {
			continue
		}
		known[ref] = true
		if b, model, err := j.r.set.Lookup(ref); err != nil || !b.Traits().FreeFor(model) {
			return false
		}
	}
	return true
}

// dollars writes an amount to what counts of it.
func dollars(usd float64) string {
	switch {
	case usd == 0:
		return "$0"
	case usd < 0.000001:
		return "under $0.000001"
	case usd < 0.00995:
		return fmt.Sprintf("$%.6f", usd)
	case usd < 0.9995:
		return fmt.Sprintf("$%.3f", usd)
	}
	return fmt.Sprintf("$%.2f", usd)
}

// budget holds a run to its limits. The job's mutex guards it.
type budget struct {
	requests int
	spent    float64 // USD, with requests whose price is unknown at their highest
	reserved float64 // at most, of the requests in flight
	settled  chan struct{}
}

// reserve asks for one request that costs at most usd. why is not "" when it
// would pass a limit; wait is not nil when that depends on requests in flight.
func (b *budget) reserve(l Limits, usd float64) (why string, wait <-chan struct{}) {
	switch {
	case l.MaxRequests > 0 && b.requests >= l.MaxRequests:
		return fmt.Sprintf("the limit on requests, %d, is reached", l.MaxRequests), nil
	case l.MaxCostUSD > 0 && b.spent+usd > l.MaxCostUSD:
		return fmt.Sprintf("the next request may cost %s, and %s of the budget of %s are spent", dollars(usd), dollars(b.spent), dollars(l.MaxCostUSD)), nil
	case l.MaxCostUSD > 0 && b.spent+b.reserved+usd > l.MaxCostUSD:
		return "", b.settled
	}
	b.requests++
	b.reserved += usd
	return "", nil
}

// settle ends a request: cost is nil when it is unknown.
func (b *budget) settle(usd float64, cost *float64) {
	b.reserved = max(b.reserved-usd, 0)
	if cost != nil {
		usd = *cost
	}
	b.spent += usd
	close(b.settled)
	b.settled = make(chan struct{})
}
