package engine

import (
	"context"
	"errors"
	"time"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

// shortestSpan is the time after the first token that is enough to tell a speed.
// An answer that came in one piece has none.
const shortestSpan = 20 * time.Millisecond

// reply is an answer as it comes.
type reply struct {
	start time.Time
	sent  time.Time
	first time.Time // first text
	heard bool
	known bool // the server has the request
	last  backend.Chunk
	usage *session.Usage
	fault *session.CallError
}

// ask streams one answer.
func (k *call) ask(parent context.Context) session.Output {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	lane := k.c.lane
	limits := k.j.limits.withDefaults(lane.traits.Local)
	w := newWatch(limits, lane.traits.Patient, cancel)
	defer w.close()
	k.tap = &backend.Tap{}
	limit, seated := lane.dealer.now()
	k.full = seated >= limit
	over := lane.gate.pass()
	now := time.Now()
	a := &reply{start: now, sent: now}
	k.waits(func(w *wait) { *w = wait{from: now, limits: limits, patient: lane.traits.Patient, says: w.says} })
	defer k.waits(func(w *wait) { *w = wait{} })
	k.read(backend.WithRun(backend.WithTap(ctx, k.tap), parent), a, w, limits)
	alone := over()

	out := k.base(a.last.Status)
	measure(&out, k.j.began, a)
	var late *session.CallError
	switch {
	case a.last.Done:
	case errors.As(context.Cause(ctx), &late):
		if lane.restarts(a.fault) { // it was silent because its server hung
			late = a.fault
		}
		out.Status, out.Error = session.StatusError, late
	case parent.Err() != nil:
		out.Status = session.StatusStopped
	case a.fault == nil:
		a.fault = &session.CallError{Kind: "protocol", Message: "the backend ended without an answer"}
		fallthrough
	default:
		out.Status, out.Error = session.StatusError, a.fault
	}
	k.fill(&out, a)
	out.Repeatable = alone && k.repeats && out.Status.Finished()
	if e := out.Error; e != nil && overloaded(e) {
		if n, changed := lane.pacer.lost(a.start); changed {
			lane.dealer.setLimit(n)
		}
	}
	return out
}

// read takes the answer in until it ends.
func (k *call) read(ctx context.Context, a *reply, w *watch, limits Limits) {
	for ch, err := range k.c.lane.backend.Stream(ctx, k.model, k.wire) {
		if err != nil {
			if !errors.As(err, &a.fault) {
				a.fault = &session.CallError{Kind: "server", Message: text.Raw(err.Error())}
			}
			return
		}
		if !a.known {
			a.known = true
			k.c.lane.dealer.heard(k.turn)
		}
		if !ch.Sent.IsZero() {
			if ch.Sent.After(a.start) {
				a.sent = ch.Sent
			}
			continue // headers are no byte of the answer yet
		}
		some := ch.Text != "" || ch.Reason != ""
		w.heard(!a.heard, some)
		a.heard = true
		if some && a.first.IsZero() {
			a.first = time.Now()
		}
		if ch.Usage != nil {
			a.usage = ch.Usage
		}
		if !k.append(ch, limits.MaxOutput) {
			a.fault = &session.CallError{Kind: "limit", Message: text.Raw("the answer is longer than the limit on it")}
			return
		}
		if ch.Done {
			a.last = ch
			return
		}
	}
}

// fill takes over what the answer said of itself.
func (k *call) fill(out *session.Output, a *reply) {
	last := a.last
	out.Finish, out.Model, out.Server, out.ToolCalls = last.Finish, last.Model, last.Server, last.Tools
	if last.Engine != nil {
		out.Engine = *last.Engine
	}
	out.Received = k.tap.Bytes()
	k.got, k.tap = last.Evaluated, nil
	k.price(out, a.usage, a.first)
	if out.Status.Finished() {
		k.total = max(time.Since(a.sent), 1)
		if !a.first.IsZero() {
			k.ttft = max(a.first.Sub(a.sent), 1)
		}
	}
}

func measure(out *session.Output, began time.Time, a *reply) {
	out.Timing.QueueMS = max(a.sent.Sub(began).Milliseconds(), 0)
	out.Timing.TotalMS = max(time.Since(a.sent).Milliseconds(), 0)
	if !a.first.IsZero() {
		out.Timing.TTFTMS = max(a.first.Sub(a.sent).Milliseconds(), 1)
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
	if free := k.c.lane.traits.FreeFor(k.model); free || ok && usage != nil {
		usd := 0.0
		if !free {
			usd = price.Cost(*usage)
		}
		out.CostUSD = &usd
	}
}
