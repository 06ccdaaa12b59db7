package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"galley/engine/backend"
	"galley/engine/tokens"
	"galley/session"
)

// Estimate says what a plan will cost, with what the cache holds now and at the
// speed last seen.
func (r *Runner) Estimate(ctx context.Context, p Plan) (Estimate, error) {
	e := estimator{r: r, p: p, est: Estimate{Free: true}, bounded: true, priced: true, input: map[pair]session.TokenCount{}, spared: map[string]time.Duration{}, long: map[string]*excess{}}
	for _, c := range p.Cells {
		if _, _, err := r.set.Lookup(c.Cell.Contestant.Model); err != nil {
			return e.est, err
		}
	}
	e.pins = r.pinAll(ctx, p.models())
	for _, c := range p.Cells {
		if err := e.add(ctx, c); err != nil {
			return e.est, err
		}
		if err := ctx.Err(); err != nil {
			return e.est, err
		}
	}
	est := e.est
	if !e.bounded {
		est.MaxOutput = 0
	}
	if e.priced {
		est.CostUSD = &e.cost
	}
	if est.Cached > 0 && !e.unsaved {
		est.SavedUSD = &e.saved
	}
	e.est = est
	e.times(ctx)
	e.est.Warnings = slices.Concat(e.stops(), e.tooLong(), r.warnings(p), e.unblocked())
	return e.est, nil
}

// pair is a proof on a model.
type pair struct {
	proof int
	model string
}

type estimator struct {
	r       *Runner
	p       Plan
	est     Estimate
	pins    map[string]session.Pin
	input   map[pair]session.TokenCount
	calls   []string // the model of each
	cost    float64
	saved   float64
	unsaved bool // the cost of a cached answer is unknown
	bounded bool
	priced  bool
	spared  map[string]time.Duration // by backend
	long    map[string]*excess       // by model
}

func (e *estimator) add(ctx context.Context, c Planned) error {
	ref := c.Cell.Contestant.Model
	b, model, err := e.r.set.Lookup(ref)
	if err != nil {
		return err
	}
	proof := e.p.Proofs[c.Proof]
	e.est.Free = e.est.Free && b.Traits().FreeFor(model)
	if !e.p.NoCache && !e.p.How.Timing {
		w, err := b.Wire(requestOf(e.p.How, model, proof, c.Cell.Take))
		if err != nil {
			return &CellError{c.Cell, err}
		}
		out, ok, err := e.r.rec.CachedOutput(ctx, e.r.cacheKey(b, ref, model, w, c.Cell.Take, e.pins[ref]))
		if err == nil && ok {
			e.spare(ref, out)
			return nil
		}
	}
	k := pair{c.Proof, ref}
	n, ok := e.input[k]
	if !ok {
		n = e.r.o.Tokens.CountProof(proof, ref)
		e.input[k] = n
	}
	e.fits(ref, proof, n)
	est := &e.est
	if e.p.How.Timing && !slices.Contains(e.calls, ref) {
		e.count(ref, n, proof.Params.MaxTokens) // the warm-up
	}
	e.count(ref, n, proof.Params.MaxTokens)
	if est.Source == "" || n.Source == tokens.SourceEstimate {
		est.Source = n.Source
	}
	return nil
}

// count takes one request in.
func (e *estimator) count(ref string, n session.TokenCount, most int) {
	e.est.Calls++
	e.calls = append(e.calls, ref)
	e.est.InputTokens += n.Total
	e.est.MaxOutput += most
	e.bounded = e.bounded && most > 0
	price, ok := e.r.set.Price(ref)
	e.priced = e.priced && ok && (most > 0 || price.Output == 0)
	e.cost += price.AtMost(n.Total, most)
	if price.AsOf != "" && (e.est.PricedAt == "" || price.AsOf < e.est.PricedAt) {
		e.est.PricedAt = price.AsOf
	}
}

// spare takes an answer in that the cache holds.
func (e *estimator) spare(ref string, out session.Output) {
	e.est.Cached++
	if out.CostUSD == nil {
		e.unsaved = true
	} else {
		e.saved += *out.CostUSD
	}
	name, _, _ := strings.Cut(ref, "/")
	e.spared[name] += time.Duration(out.Timing.TotalMS) * time.Millisecond
}

// times says how long it will take, and how long the cache spares: what the
// slowest backend needs, of what it answers at once.
func (e *estimator) times(ctx context.Context) {
	var models []string
	count := map[string]int{}
	for _, ref := range e.calls {
		if count[ref]++; count[ref] == 1 {
			models = append(models, ref)
		}
	}
	for name, d := range e.spared {
		e.est.Saved = max(e.est.Saved, d/time.Duration(e.workers(name, int(^uint(0)>>1))))
	}
	if len(models) == 0 {
		return
	}
	speeds, err := e.r.rec.Speeds(ctx, models)
	if err != nil {
		return
	}
	need, calls := map[string]time.Duration{}, map[string]int{}
	var all time.Duration
	for _, ref := range models {
		s, ok := speeds[ref]
		if !ok || s.Answers == 0 {
			return
		}
		d := time.Duration(s.TotalMS * float64(count[ref]) * float64(time.Millisecond))
		name, _, _ := strings.Cut(ref, "/")
		need[name] += d
		calls[name] += count[ref]
		all += d
	}
	for _, ref := range models { // in order, so that of two that take as long the first is named
		name, _, _ := strings.Cut(ref, "/")
		if d := need[name] / time.Duration(e.workers(name, calls[name])); d > e.est.Left {
			e.est.Left, e.est.Slowest = d, name
		}
	}
	if e.p.How.Timing {
		e.est.Left = all // one after the other
	}
}

// workers is how many requests a backend gets at once to begin with.
func (e *estimator) workers(name string, calls int) int {
	slots := 0
	var t backend.Traits
	for ref, p := range e.pins {
		if n, _, _ := strings.Cut(ref, "/"); n == name {
			if b, _, err := e.r.set.Lookup(ref); err == nil {
				t = b.Traits()
			}
			if p.Slots > 0 && (slots == 0 || p.Slots < slots) {
				slots = p.Slots
			}
		}
	}
	limit, _ := atOnce(t, e.p.Concurrency, e.r.set.Workers(name), slots, e.p.How.Timing || e.p.How.Repeatable)
	return max(min(limit, calls), 1)
}
