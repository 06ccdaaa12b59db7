package engine

import (
	"context"
	"sync"
	"time"

	"galley/engine/backend"
	"galley/session"
)

const (
	pinTime  = 5 * time.Second  // that a server may take to say what it has
	pinFresh = 10 * time.Second // that is taken for true
	pinAgain = 30 * time.Second // in a run
)

// pinned is what a server said last of a model.
type pinned struct {
	pin  session.Pin
	at   time.Time
	done chan struct{} // closed when it is known
}

// pin asks what stands behind a model's name; what was heard a moment ago still
// holds. Nothing known is no error: the run goes on without.
func (r *Runner) pin(ctx context.Context, ref string, fresh time.Duration) session.Pin {
	b, model, err := r.set.Resolve(ref)
	if err != nil {
		return session.Pin{}
	}
	asks, ok := b.(backend.Pinner)
	if !ok {
		return session.Pin{}
	}
	r.mu.Lock()
	p, ok := r.pins[ref]
	if ok {
		select {
		case <-p.done:
			ok = time.Since(p.at) < fresh
		default:
		}
	}
	if !ok {
		p = &pinned{done: make(chan struct{})}
		r.pins[ref] = p
	}
	r.mu.Unlock()
	if ok {
		select {
		case <-p.done:
			return p.pin
		case <-ctx.Done():
			return session.Pin{}
		}
	}
	defer close(p.done)
	ctx, cancel := context.WithTimeout(ctx, pinTime)
	defer cancel()
	_ = safely(func() {
		if pin, err := asks.Pin(ctx, model); err == nil {
			p.pin = pin
		}
	})
	p.at = time.Now()
	return p.pin
}

// pinnedAt is when a model's pin was asked for last.
func (r *Runner) pinnedAt(ref string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.pins[ref]; ok {
		select {
		case <-p.done:
			return p.at
		default:
		}
	}
	return time.Now()
}

// pinAll asks for all models of a plan at once.
func (r *Runner) pinAll(ctx context.Context, refs []string) map[string]session.Pin {
	out := make(map[string]session.Pin, len(refs))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, ref := range refs {
		wg.Go(func() {
			p := r.pin(ctx, ref, pinFresh)
			mu.Lock()
			out[ref] = p
			mu.Unlock()
		})
	}
	wg.Wait()
	return out
}

// digest names a model's content as far as it is known.
func digest(b backend.Backend, model string, p session.Pin) string {
	if d := b.Traits().Digest; p.Digest == "" && d != nil {
		return d(model)
	}
	return p.Digest
}

// standing is what a job knows of a model. The job's mutex guards it.
type standing struct {
	pin    session.Pin
	at     time.Time // of the pin
	model  string    // as its answers report it
	server string
	left   int  // cells that have not been answered
	asking bool // for the pin, just now
	warm   bool // a timing run has warmed it up
}

// unpin takes back what is known of a model whose server broke: another one may
// stand there afterwards.
func (k *call) unpin(e *session.CallError) {
	if e.Kind != "network" && e.Kind != "server" {
		return
	}
	k.j.mu.Lock()
	k.c.model.at = time.Time{}
	k.j.mu.Unlock()
}

// repin asks again what stands behind a model's name: when its answers report
// something else, every now and then, and with the last answer, so that a model
// that was changed in the middle of a run is seen in what is kept of it.
func (k *call) repin(ctx context.Context, out *session.Output) {
	j, s := k.j, k.c.model
	j.mu.Lock()
	changed := out.Model != "" && s.model != "" && string(out.Model) != s.model || out.Server != "" && s.server != "" && out.Server != s.server
	if out.Model != "" {
		s.model = string(out.Model)
	}
	if out.Server != "" {
		s.server = out.Server
	}
	ask := !s.asking && out.Status.Finished() && (changed || time.Since(s.at) > pinAgain || s.left <= 1 && time.Since(s.at) > time.Second)
	s.asking = s.asking || ask
	j.mu.Unlock()
	if ask {
		p := j.r.pin(ctx, k.ref, 0)
		j.mu.Lock()
		s.asking, s.at = false, time.Now()
		if p.Digest != "" {
			s.pin = p
		}
		j.mu.Unlock()
	}
	j.mu.Lock()
	out.Digest = digest(k.c.lane.backend, k.model, s.pin)
	if out.Server == "" {
		out.Server = s.pin.Server // its answers don't say
	}
	j.mu.Unlock()
}
