package engine

import (
	"context"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"galley/engine/backend"
	"galley/engine/tokens"
	"galley/session"
	"galley/session/text"
)

// call is one cell being worked.
type call struct {
	j     *Job
	c     *live
	turn  *turn // nil: it needs no model
	ref   string
	model string
	key   session.CacheKey
	wire  session.Wire
	// repeats tells that the request is one that its server can repeat.
	repeats bool

	tries   int   // requests of this job
	warmed  int   // of them, whose answers were thrown away
	attempt int64 // under way, 0: none
	since   time.Time
	took    time.Duration // from when it was its turn until the answer was there
	ttft    time.Duration // of a whole answer
	total   time.Duration
	full    bool               // all places were taken meanwhile
	got     *session.Evaluated // as the answer said
	tap     *backend.Tap
}

func newCall(j *Job, c *live) *call {
	return &call{j: j, c: c, ref: c.cell.Contestant.Model}
}

// runCell works a cell to its end, or puts it back as waiting. When its model has
// answered, its place is free for the next.
func (j *Job) runCell(ctx context.Context, c *live, t *turn) {
	k := newCall(j, c)
	k.turn = t
	var out session.Output
	broke := safely(func() { out = k.work(ctx) })
	if broke != nil {
		out = k.failed(broke)
	}
	if !k.since.IsZero() {
		k.took = time.Since(k.since)
	}
	d := c.lane.dealer
	d.rise(k.turn)
	d.answered(t, k.ttft, k.total)
	settle := sync.OnceFunc(func() { d.settled(t) })
	defer settle()
	if out.Status == session.StatusWaiting {
		j.mu.Lock()
		j.show(c, session.StatusWaiting, "")
		j.mu.Unlock()
		j.ring()
		return
	}
	if k.attempt != 0 {
		k.complete(ctx, &out)
	}
	settle()
	j.mu.Lock()
	c.model.left--
	j.mu.Unlock()
	j.keepCell(ctx, k, out)
}

// complete adds what is found out once an answer is there.
func (k *call) complete(ctx context.Context, out *session.Output) {
	if broke := safely(func() {
		k.j.answered(ctx, k.c.lane, k.model, k.ttft, k.full)
		k.repin(ctx, out)
		k.evidence(ctx, out, k.got)
	}); broke != nil && out.Error == nil {
		out.Differs = text.Raw("what was evaluated could not be found out: " + broke.Message)
	}
}

// keepCell records how a cell ended.
func (j *Job) keepCell(ctx context.Context, k *call, out session.Output) {
	if len(out.Text)+len(out.Reason) > longText {
		debug.FreeOSMemory() // to keep it takes as much again, twice
	}
	if broke := safely(func() { k.record(ctx, out) }); broke != nil {
		j.halt(broke.Error())
	}
}

// show sets a cell's state; the mutex is held.
func (j *Job) show(c *live, s session.Status, note string) {
	if s == session.StatusRunning != (c.status == session.StatusRunning) {
		if s == session.StatusRunning {
			j.tally.running++
			j.flying[c] = true
		} else {
			j.tally.running--
			delete(j.flying, c)
		}
	}
	c.status, c.note = s, note
	j.touch(c)
}

func (k *call) note(s string) {
	k.j.mu.Lock()
	k.j.show(k.c, k.c.status, s)
	k.j.mu.Unlock()
	k.j.ring()
}

// waiting is the output of a cell that goes back into its place.
var waiting = session.Output{Status: session.StatusWaiting}

// work asks until there is an answer, or a reason why there is none.
func (k *call) work(ctx context.Context) session.Output {
	if e := k.prepare(); e != nil {
		return k.failed(e)
	}
	if k.j.twins[k.c.cell.Wire] > 1 { // another cell may have been answered meanwhile
		if out, ok := k.cached(ctx); ok {
			return out
		}
	}
	if out, over := k.warmUp(ctx); over {
		return out
	}
	lane := k.c.lane
	for {
		out, begun := k.try(ctx)
		if !begun || out.Status != session.StatusError {
			return out
		}
		e := out.Error
		k.unpin(e)
		wait, again := lane.again(e, k.tries-k.warmed, out.Text != "" || out.Reason != "", k.j.how.OnLimit)
		if again {
			lane.learnTry(e)
		} else {
			lane.learn(e)
		}
		if e.Kind == "rate_limit" && k.j.how.OnLimit == LimitStop {
			k.j.halt("the server of " + lane.name + " asked to wait, and the run was to stop then")
		}
		if !again || ctx.Err() != nil {
			return out
		}
		if k.fail(ctx, *e) != nil {
			return out
		}
		k.note("tries again: " + tersely(e))
		if sleep(ctx, wait) != nil {
			out.Status, out.Error = session.StatusStopped, nil
			return out
		}
	}
}

// tersely is an error in the few words of a note: what the server answered is there
// to be read when it has failed for good.
func tersely(e *session.CallError) string {
	if e.Status == 0 || e.Kind == "server" {
		return e.Message.String()
	}
	words := session.FaultWords(e.Kind)
	return strings.ToLower(words[:1]) + words[1:]
}

// fail ends the attempt under way; another will follow.
func (k *call) fail(ctx context.Context, e session.CallError) error {
	attempt := k.attempt
	err := k.j.keep(ctx, false, func(ctx context.Context) error {
		return k.j.r.rec.FailAttempt(ctx, attempt, e)
	})
	if err == nil {
		k.attempt = 0
	}
	return err
}

// warmUp sends the first request of a model in a timing run once more before it
// counts: the model may have to be loaded, and nothing is as slow as a beginning.
// over tells that the cell ends with it.
func (k *call) warmUp(ctx context.Context) (out session.Output, over bool) {
	j, s := k.j, k.c.model
	if !j.run.How.Timing || s.warm {
		return out, false
	}
	s.warm = true // one worker: nobody else looks
	j.mu.Lock()
	k.c.wait.says = "warming up"
	j.mu.Unlock()
	out, begun := k.try(ctx)
	if !begun || out.Status == session.StatusStopped {
		return out, true
	}
	why := session.CallError{Kind: "warm_up", Message: "the first request of a timing run only warms the model up; its answer is not kept"}
	if out.Error != nil {
		why.Message += " (" + out.Error.Said() + ")"
	}
	k.warmed++
	k.ttft, k.total, k.got = 0, 0, nil
	return out, k.fail(ctx, why) != nil
}

// try sends one request. begun is false when none was sent: the output then
// says what becomes of the cell.
func (k *call) try(ctx context.Context) (out session.Output, begun bool) {
	idle := waiting
	if k.tries > 0 {
		idle = k.base(session.StatusStopped) // it was begun, and has to be ended
	}
	lane := k.c.lane
	if why := lane.gone(); why != nil {
		return k.failed(lane.notAsked(why)), false
	}
	release, err := lane.enter(ctx, k.turn)
	if err != nil {
		return idle, false
	}
	defer release()
	if why := lane.gone(); why != nil {
		return k.failed(lane.notAsked(why)), false
	}
	if k.j.ready(ctx) != nil {
		return idle, false
	}
	count, most, ok := k.reserve(ctx)
	if !ok {
		return idle, false
	}
	var cost *float64
	defer func() {
		k.j.mu.Lock()
		k.reckon(count, out)
		k.j.budget.settle(most, cost)
		k.j.mu.Unlock()
	}()
	if err := k.begin(ctx); err != nil {
		k.j.mu.Lock()
		k.j.budget.requests--
		k.j.mu.Unlock()
		cost = new(float64)
		return idle, false
	}
	defer lane.dealer.rise(k.turn)
	// A 429 may have come while the attempt was written.
	if lane.dealer.sit(ctx, k.turn) != nil || lane.wait(ctx, k.turn) != nil {
		cost = new(float64)
		return k.base(session.StatusStopped), true
	}
	if k.since.IsZero() {
		k.since = time.Now()
	}
	out = k.ask(ctx)
	cost = out.CostUSD
	if out.Status != session.StatusError && out.Status != session.StatusStopped {
		lane.learn(nil)
	}
	return out, true
}

// reserve holds the request to the run's budgets; false: it may not be sent.
func (k *call) reserve(ctx context.Context) (count session.TokenCount, most float64, ok bool) {
	l := k.j.limits
	var price backend.Price
	if l.MaxCostUSD > 0 {
		price, _ = k.j.r.set.Price(k.ref)
		count = k.j.r.o.Tokens.CountProof(*k.c.proof, k.ref)
	}
	for {
		k.j.mu.Lock()
		var why string
		var wait <-chan struct{} = k.j.budget.settled
		if n, known := k.inputAtMost(count); known {
			most = price.AtMost(n, k.c.proof.Params.MaxTokens)
			if why, wait = k.j.budget.reserve(l, most); why == "" && wait == nil && count.Source == tokens.SourceEstimate {
				if r := k.j.reckonOf(k.ref); r.factor == 0 {
					r.first = k
				}
			}
		}
		k.j.mu.Unlock()
		if why != "" {
			k.j.spend(why)
			return count, most, false
		}
		if wait == nil {
			return count, most, true
		}
		k.c.lane.dealer.yield(k.turn)
		select {
		case <-wait:
		case <-ctx.Done():
			return count, most, false
		}
	}
}

// begin writes the attempt down, before anything is sent.
func (k *call) begin(ctx context.Context) error {
	began := time.Now()
	a := session.Attempt{CellID: k.c.cell.ID, Number: k.c.earlier + k.tries + 1, Wire: k.wire, AtMS: k.j.r.nowMS(), Ahead: k.c.lane.dealer.ahead()}
	err := k.j.keep(ctx, false, func(ctx context.Context) error {
		id, err := k.j.r.rec.BeginAttempt(ctx, a)
		if err == nil {
			k.attempt = id
		}
		return err
	})
	if err != nil {
		return err
	}
	k.c.lane.dealer.written(time.Since(began))
	k.tries++
	k.j.mu.Lock()
	c := k.c
	c.wait = wait{says: c.wait.says}
	if k.tries > 1 || c.again {
		c.clear()
		c.saved, c.anew = 0, true
	}
	k.j.show(c, session.StatusRunning, "")
	k.j.mu.Unlock()
	k.j.ring()
	return nil
}

// append takes a chunk's text in; false: it is more than the most allowed.
func (k *call) append(ch backend.Chunk, most int) bool {
	k.j.mu.Lock()
	c := k.c
	c.wait.take(ch)
	if ch.Text == "" && ch.Reason == "" {
		k.j.mu.Unlock()
		return true
	}
	ok := c.size()+len(ch.Text)+len(ch.Reason) <= most
	if ok {
		c.text.Grow(len(ch.Text)) // twofold: what it leaves behind is the garbage of a long answer
		c.text.WriteString(string(ch.Text))
		c.reason.Grow(len(ch.Reason))
		c.reason.WriteString(string(ch.Reason))
		k.j.touch(c)
	}
	k.j.mu.Unlock()
	k.j.ring()
	return ok
}

// base is an output of the cell with what was received so far.
func (k *call) base(s session.Status) session.Output {
	k.j.mu.Lock()
	defer k.j.mu.Unlock()
	return session.Output{
		CellID: k.c.cell.ID, Status: s,
		Text: text.Raw(k.c.text.String()), Reason: text.Raw(k.c.reason.String()), Prefill: k.c.proof.PrefillText(),
		Attempts: k.c.earlier + k.tries, Digest: k.key.Digest, Origin: k.key.Origin, EndedMS: k.j.r.nowMS(),
	}
}

func (k *call) failed(e *session.CallError) session.Output {
	out := k.base(session.StatusError)
	out.Error = e
	return out
}

// record writes the result, and only then shows the cell as ended.
func (k *call) record(ctx context.Context, out session.Output) {
	j, attempt := k.j, k.attempt
	j.mu.Lock()
	k.c.sealed = true
	j.mu.Unlock()
	err := j.keep(ctx, true, func(ctx context.Context) error {
		j.recording.RLock()
		defer j.recording.RUnlock()
		return j.r.rec.FinishCell(ctx, out, attempt)
	})
	j.mu.Lock()
	defer func() {
		j.mu.Unlock()
		j.ring()
	}()
	c := k.c
	if err != nil {
		j.show(c, session.StatusStopped, "not saved: "+text.Raw(err.Error()).String())
		return
	}
	j.show(c, out.Status, "")
	if out.Cached {
		c.clear()
		c.text.WriteString(string(out.Text))
		c.reason.WriteString(string(out.Reason))
	}
	c.out = &out
	j.tally.add(c.cell, out, true)
	c.lane.pace.left--
	c.lane.pace.add(out, k.took)
}
