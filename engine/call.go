package engine

import (
	"context"
	"errors"
	"time"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

// call is one cell being worked.
type call struct {
	j     *Job
	c     *live
	ref   string
	model string
	key   session.CacheKey
	wire  session.Wire

	tries   int   // requests of this job
	attempt int64 // under way, 0: none
	began   time.Time
}

func newCall(j *Job, c *live) *call {
	return &call{j: j, c: c, ref: c.cell.Contestant.Model, began: time.Now()}
}

// runCell works a cell to its end, or puts it back as waiting.
func (j *Job) runCell(ctx context.Context, c *live) {
	k := newCall(j, c)
	var out session.Output
	broke := safely(func() { out = k.work(ctx) })
	if broke != nil {
		out = k.failed(broke)
	}
	if out.Status == session.StatusWaiting {
		j.mu.Lock()
		j.show(c, session.StatusWaiting, "")
		j.mu.Unlock()
		j.ring()
		return
	}
	j.keepCell(ctx, k, out)
}

// keepCell records how a cell ended.
func (j *Job) keepCell(ctx context.Context, k *call, out session.Output) {
	if broke := safely(func() { k.record(ctx, out) }); broke != nil {
		j.halt(broke.Error())
	}
}

// show sets a cell's state; the mutex is held.
func (j *Job) show(c *live, s session.Status, note string) {
	if s == session.StatusRunning != (c.status == session.StatusRunning) {
		if s == session.StatusRunning {
			j.tally.running++
		} else {
			j.tally.running--
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

// shortestSpan is the time after the first token that is enough to tell a speed.
// An answer that came in one piece has none.
const shortestSpan = 20 * time.Millisecond

// waiting is the output of a cell that goes back into its place.
var waiting = session.Output{Status: session.StatusWaiting}

// work asks until there is an answer, or a reason why there is none.
func (k *call) work(ctx context.Context) session.Output {
	if e := k.prepare(); e != nil {
		return k.failed(e)
	}
	if out, ok := k.cached(ctx); ok {
		return out
	}
	for {
		out, begun := k.try(ctx)
		if !begun || out.Status != session.StatusError {
			return out
		}
		e := out.Error
		wait, again := k.c.lane.again(e, k.tries, out.Text != "" || out.Reason != "")
		if again {
			k.c.lane.learnTry(e)
		} else {
			k.c.lane.learn(e)
		}
		if !again || ctx.Err() != nil {
			return out
		}
		attempt := k.attempt
		if err := k.j.keep(ctx, false, func(ctx context.Context) error {
			return k.j.r.rec.FailAttempt(ctx, attempt, *e)
		}); err != nil {
			return out
		}
		k.attempt = 0
		k.note("tries again: " + e.Error())
		if sleep(ctx, wait) != nil {
			out.Status, out.Error = session.StatusStopped, nil
			return out
		}
	}
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
	release, err := lane.enter(ctx)
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
	most, ok := k.reserve(ctx)
	if !ok {
		return idle, false
	}
	var cost *float64
	defer func() {
		k.j.mu.Lock()
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
	if lane.wait(ctx) != nil { // a 429 may have come while the attempt was written
		return k.base(session.StatusStopped), true
	}
	out = k.ask(ctx)
	cost = out.CostUSD
	if out.Status != session.StatusError && out.Status != session.StatusStopped {
		lane.learn(nil)
	}
	return out, true
}

// reserve holds the request to the run's budgets; false: it may not be sent.
func (k *call) reserve(ctx context.Context) (most float64, ok bool) {
	l := k.j.limits
	if l.MaxCostUSD > 0 {
		price, _ := k.j.r.set.Price(k.ref)
		most = price.AtMost(k.j.r.o.Tokens.CountProof(*k.c.proof, k.ref).Total, k.c.proof.Params.MaxTokens)
	}
	for {
		k.j.mu.Lock()
		why, wait := k.j.budget.reserve(l, most)
		k.j.mu.Unlock()
		if why != "" {
			k.j.halt(why)
			return most, false
		}
		if wait == nil {
			return most, true
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return most, false
		}
	}
}

// begin writes the attempt down, before anything is sent.
func (k *call) begin(ctx context.Context) error {
	a := session.Attempt{CellID: k.c.cell.ID, Number: k.c.earlier + k.tries + 1, Wire: k.wire, AtMS: k.j.r.nowMS()}
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
	k.tries++
	k.j.mu.Lock()
	c := k.c
	if k.tries > 1 || c.again {
		c.text, c.reason, c.toldT, c.toldR, c.saved, c.anew = nil, nil, 0, 0, 0, true
	}
	k.j.show(c, session.StatusRunning, "")
	k.j.mu.Unlock()
	k.j.ring()
	return nil
}

// ask streams one answer.
func (k *call) ask(parent context.Context) session.Output {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	limits := k.j.limits.withDefaults(k.c.lane.traits.Local)
	w := newWatch(limits, cancel)
	defer w.close()
	var (
		start = time.Now()
		sent  = start
		first time.Time // first text
		heard bool
		last  backend.Chunk
		usage *session.Usage
		fault *session.CallError
	)
	for ch, err := range k.c.lane.backend.Stream(ctx, k.model, k.wire) {
		if err != nil {
			if !errors.As(err, &fault) {
				fault = &session.CallError{Kind: "server", Message: text.Raw(err.Error())}
			}
			break
		}
		if !ch.Sent.IsZero() {
			if ch.Sent.After(start) {
				sent = ch.Sent
			}
			continue // headers are no byte of the answer yet
		}
		some := ch.Text != "" || ch.Reason != ""
		w.heard(!heard, some)
		heard = true
		if some && first.IsZero() {
			first = time.Now()
		}
		if ch.Usage != nil {
			usage = ch.Usage
		}
		if !k.append(ch, limits.MaxOutput) {
			fault = &session.CallError{Kind: "limit", Message: text.Raw("the answer is longer than the limit on it")}
			break
		}
		if ch.Done {
			last = ch
			break
		}
	}
	out := k.base(last.Status)
	k.measure(&out, sent, first)
	var limit *session.CallError
	switch {
	case last.Done:
	case errors.As(context.Cause(ctx), &limit):
		out.Status, out.Error = session.StatusError, limit
	case parent.Err() != nil:
		out.Status = session.StatusStopped
	case fault == nil:
		fault = &session.CallError{Kind: "protocol", Message: "the backend ended without an answer"}
		fallthrough
	default:
		out.Status, out.Error = session.StatusError, fault
	}
	out.Finish, out.Model = last.Finish, last.Model
	k.price(&out, usage, first)
	return out
}

// append takes a chunk's text in; false: it is more than the most allowed.
func (k *call) append(ch backend.Chunk, most int) bool {
	if ch.Text == "" && ch.Reason == "" {
		return true
	}
	k.j.mu.Lock()
	c := k.c
	ok := len(c.text)+len(c.reason)+len(ch.Text)+len(ch.Reason) <= most
	if ok {
		c.text = append(c.text, ch.Text...)
		c.reason = append(c.reason, ch.Reason...)
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
		Text: text.Raw(k.c.text), Reason: text.Raw(k.c.reason), Prefill: k.c.proof.PrefillText(),
		Attempts: k.c.earlier + k.tries, Digest: k.key.Digest, EndedMS: k.j.r.nowMS(),
	}
}

func (k *call) failed(e *session.CallError) session.Output {
	out := k.base(session.StatusError)
	out.Error = e
	return out
}

func (k *call) measure(out *session.Output, sent, first time.Time) {
	out.Timing.QueueMS = max(sent.Sub(k.j.began).Milliseconds(), 0)
	out.Timing.TotalMS = max(time.Since(sent).Milliseconds(), 0)
	if !first.IsZero() {
		out.Timing.TTFTMS = max(first.Sub(sent).Milliseconds(), 1)
		out.Timing.TotalMS = max(out.Timing.TotalMS, out.Timing.TTFTMS)
	}
}

// price fills in what the answer used and cost, as far as it is known.
func (k *call) price(out *session.Output, usage *session.Usage, first time.Time) {
	if usage == nil && k.c.lane.traits.CountHere && out.Status.Finished() {
		n, source := k.j.r.o.Tokens.Count(k.ref, string(out.Reason+out.Text))
		usage = &session.Usage{Input: k.j.r.o.Tokens.CountProof(*k.c.proof, k.ref).Total, Output: n, Source: source}
	}
	if usage != nil {
		out.Usage = *usage
		if span := time.Since(first); !first.IsZero() && usage.Output > 1 && span >= shortestSpan {
			out.Timing.TokensPerS = float64(usage.Output-1) / span.Seconds()
		}
	}
	price, ok := k.j.r.set.Price(k.ref)
	if free := k.c.lane.traits.Free; free || ok && usage != nil {
		usd := 0.0
		if !free {
			usd = price.Cost(*usage)
		}
		out.CostUSD = &usd
	}
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
		c.text, c.reason = []byte(out.Text), []byte(out.Reason)
	}
	c.out = &out
	j.tally.add(c.cell, out, true)
	c.lane.pace.left--
	c.lane.pace.add(out, time.Since(k.began))
}
