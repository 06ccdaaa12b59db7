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

func cacheKey(b backend.Backend, ref, model string, w session.Wire, take int) session.CacheKey {
	k := session.CacheKey{Request: w.Hash, Model: ref, Take: take}
	if d := b.Traits().Digest; d != nil {
		k.Digest = d(model)
	}
	return k
}

// feed answers what the cache holds, at once, and hands the other cells to
// their backends in order. When it returns, no lane gets any more.
func (j *Job) feed(ctx context.Context) {
	var writers sync.WaitGroup
	defer writers.Wait()
	defer func() {
		for _, l := range j.lanes {
			close(l.queue)
		}
	}()
	places := make(chan struct{}, cacheWriters)
	for i := range j.cells {
		c := &j.cells[i]
		if c.kept {
			continue
		}
		if !j.how.NoCache {
			if j.ready(ctx) != nil {
				return
			}
			if k, out, ok := j.look(ctx, c); ok {
				places <- struct{}{}
				writers.Go(func() {
					defer func() { <-places }()
					j.keepCell(ctx, k, out)
				})
				continue
			}
		}
		c.lane.queue <- i // it has room for all
	}
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
	k.wire, err = b.Wire(backend.Request{Model: model, Proof: *k.c.proof, Take: k.c.cell.Take})
	if err != nil {
		return wrong(err)
	}
	k.key = cacheKey(b, k.ref, model, k.wire, k.c.cell.Take)
	return nil
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
