package engine

import (
	"context"
	"sync"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

// cacheWriters is how many answers from the cache are recorded at once. They
// wait for the disk, not for a model, and take no place of their backend.
const cacheWriters = 32

func (r *Runner) cacheKey(b backend.Backend, ref, model string, w session.Wire, take int, p session.Pin) session.CacheKey {
	return session.CacheKey{Request: w.Hash, Model: ref, Take: take, Digest: digest(b, model, p), Origin: r.set.Origin(ref)}
}

// givers record answers from the cache, cacheWriters of them at once.
type givers struct {
	all    sync.WaitGroup
	places chan struct{}
}

func newGivers() *givers { return &givers{places: make(chan struct{}, cacheWriters)} }

func (g *givers) keep(ctx context.Context, k *call, out session.Output) {
	g.places <- struct{}{}
	g.all.Go(func() {
		defer func() { <-g.places }()
		k.j.keepCell(ctx, k, out)
	})
}

// feed answers what the cache holds, at once, and hands the other cells to
// their backends in order. When it returns, no lane gets any more.
func (j *Job) feed(ctx context.Context) {
	g := newGivers()
	defer g.all.Wait()
	defer func() {
		for _, l := range j.lanes {
			l.dealer.close()
		}
	}()
	for i := range j.cells {
		c := &j.cells[i]
		if c.kept {
			continue
		}
		if !j.how.NoCache {
			if j.giving(ctx) != nil {
				return
			}
			if k, out, ok := j.look(ctx, c); ok {
				c.lane.dealer.drop(i)
				j.mu.Lock()
				c.model.left--
				j.mu.Unlock()
				g.keep(ctx, k, out)
				continue
			}
		}
		if j.asking() {
			c.lane.dealer.ready(i)
		}
	}
}

// giving waits while the job is paused; an error means that no answer from the cache is
// given any more. A budget that is spent does not end that: they cost nothing.
func (j *Job) giving(ctx context.Context) error {
	return j.unpaused(ctx, func() bool { return j.stop && !j.spent })
}

// giveTwins answers the cells that a spent budget left, where another cell of this run
// has asked the same.
func (j *Job) giveTwins(ctx context.Context) {
	if j.how.NoCache || j.asking() {
		return
	}
	g := newGivers()
	defer g.all.Wait()
	for i := range j.cells {
		c := &j.cells[i]
		j.mu.Lock()
		left := !c.kept && c.status == session.StatusWaiting
		j.mu.Unlock()
		if !left || j.twins[c.cell.Wire] < 2 {
			continue
		}
		if j.giving(ctx) != nil {
			return
		}
		if k, out, ok := j.look(ctx, c); ok {
			g.keep(ctx, k, out)
		}
	}
}

// asking tells whether models are still asked.
func (j *Job) asking() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.stop
}

// look answers a cell from the cache. What can't be looked up is asked.
func (j *Job) look(ctx context.Context, c *live) (k *call, out session.Output, ok bool) {
	broke := safely(func() {
		k = newCall(j, c)
		if k.prepare() == nil {
			out, ok = k.cached(ctx)
		}
	})
	return k, out, ok && broke == nil
}

// prepare makes the request and the key of its answer.
func (k *call) prepare() *session.CallError {
	wrong := func(err error) *session.CallError {
		return &session.CallError{Kind: "config", Message: text.Raw(err.Error())}
	}
	_, model, err := session.ParseModelRef(k.ref)
	if err != nil {
		return wrong(err)
	}
	b := k.c.lane.backend
	k.model = model
	k.wire, err = b.Wire(k.request(k.c.cell.Take))
	if err != nil {
		return wrong(err)
	}
	k.repeats = k.j.alone() && k.repeatable(b)
	k.j.mu.Lock()
	pin := k.c.model.pin
	k.j.mu.Unlock()
	k.key = k.j.r.cacheKey(b, k.ref, model, k.wire, k.c.cell.Take, pin)
	return nil
}

// request is what the cell asks of its model.
func (k *call) request(take int) backend.Request {
	return requestOf(k.j.run.How, k.model, *k.c.proof, take)
}

// requestOf is a request as a run asks it. A timing run measures one request over
// and over, and its server reads the prompt each time.
func requestOf(how session.RunHow, model string, p session.Proof, take int) backend.Request {
	if how.Timing {
		take = 1
	}
	return backend.Request{Model: model, Proof: p, Take: max(take, 1), Repeatable: how.Repeatable || how.Timing}
}

// repeatable reports whether the request is one that its server repeats: it has a
// way to ask for that, and nothing is left to chance.
func (k *call) repeatable(b backend.Backend) bool {
	p := k.c.proof.Params
	if p.Seed == nil && (p.Temperature == nil || *p.Temperature != 0) {
		return false
	}
	if b.Traits().Repeats {
		return true
	}
	r := k.request(k.c.cell.Take)
	r.Repeatable = false
	plain, err := b.Wire(r)
	return err == nil && plain.Hash != k.wire.Hash
}

// cached answers from the cache.
func (k *call) cached(ctx context.Context) (session.Output, bool) {
	if k.j.how.NoCache {
		return session.Output{}, false
	}
	out, ok, err := k.j.r.rec.CachedOutput(ctx, k.key)
	if err != nil || !ok || !out.Status.Finished() {
		return session.Output{}, false // what can't be looked up is asked
	}
	out.CellID, out.Cached, out.Attempts = k.c.cell.ID, true, k.c.earlier
	out.Prefill, out.EndedMS, out.Error = k.c.proof.PrefillText(), k.j.r.nowMS(), nil
	return out, true
}
