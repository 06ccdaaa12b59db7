package engine

import (
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
	CostUSD      *float64 // of the run's requests as far as it is known; nil: unknown
	Elapsed      time.Duration
	Left         time.Duration // from the speed so far; 0: unknown
	TokensPerS   float64       // output, over the last ten seconds

	Waits   []Wait
	Unsaved int    // results in memory that could not be recorded yet
	Trouble string // why, in plain words; "" none
	Stopped string // why the run stopped before its end: a budget, a lost lease
}

// recently is the time over which TokensPerS is taken.
const recently = 10 * time.Second

// tally sums what ended.
type tally struct {
	ended, done, failed, cached int
	right, wrong                int
	running, fresh              int // fresh: asked and ended in this job
	input, output               int
	cost                        *float64
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
	if o.CostUSD != nil {
		sum := *o.CostUSD
		if t.cost != nil {
			sum += *t.cost
		}
		t.cost = &sum
	}
	if fresh {
		t.fresh++
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
		Unsaved: j.trouble.unsaved, Trouble: j.trouble.why, Stopped: j.stopped,
	}
	if t.cost != nil {
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
	left := p.Waiting + p.Running
	if p.State == session.RunRunning && t.fresh > 0 && left > 0 {
		p.Left = active / time.Duration(t.fresh) * time.Duration(left)
	}
	n, now := 0, time.Now()
	for _, b := range t.rate {
		if now.Sub(b.at) <= recently {
			n += b.n
		}
	}
	p.TokensPerS = float64(n) / max(min(recently, active), time.Second/10).Seconds()
	for _, l := range j.lanes {
		if d, why := l.gate.left(); d > 0 && p.State == session.RunRunning {
			p.Waits = append(p.Waits, Wait{l.name, now.Add(d), why})
		}
	}
	return p
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
		return "the limit on requests is reached", nil
	case l.MaxCostUSD > 0 && b.spent+usd > l.MaxCostUSD:
		return "the next request could pass the budget", nil
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
