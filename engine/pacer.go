package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"galley/engine/backend"
)

// Bounds of finding out how many requests a server bears.
const (
	slower    = 1.5                    // times as long until text came: the server queues
	slowerBy  = 100 * time.Millisecond // and that much longer
	gaugeTime = time.Second
)

// pacer finds how many requests a backend bears at once: one more after as many
// good answers as there are places, if they came no later; half after a refusal,
// once for all that were under way then.
type pacer struct {
	mu      sync.Mutex
	limit   int
	ceiling int
	fixed   bool
	good    []time.Duration // until text came, of the answers since the last change
	best    time.Duration   // the median of such, the shortest so far
	cut     time.Time       // of the last halving
}

func newPacer(limit, ceiling int) *pacer {
	return &pacer{limit: max(limit, 1), ceiling: max(limit, ceiling, 1)}
}

// won notes an answer; true: one request more may be tried. full tells whether
// all places were taken.
func (p *pacer) won(ttft time.Duration, full bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fixed || p.limit >= p.ceiling || ttft <= 0 || !full {
		return false
	}
	if p.good = append(p.good, ttft); len(p.good) < p.limit {
		return false
	}
	slices.Sort(p.good)
	m := p.good[len(p.good)/2]
	p.good = p.good[:0]
	if p.best == 0 || m < p.best {
		p.best = m
	}
	return float64(m) <= slower*float64(p.best) || m < p.best+slowerBy
}

// grow adds one.
func (p *pacer) grow() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = min(p.limit+1, p.ceiling)
	return p.limit
}

// lost notes that a request sent at a time was one too many.
func (p *pacer) lost(sent time.Time) (limit int, changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fixed || p.limit == 1 || sent.Before(p.cut) {
		return p.limit, false
	}
	p.limit, p.cut, p.good = (p.limit+1)/2, time.Now(), p.good[:0]
	return p.limit, true
}

// answered tells the lane how a request ended: what it learns of the server
// decides how many there are at once.
func (j *Job) answered(ctx context.Context, l *lane, model string, ttft time.Duration, full bool) {
	if !l.pacer.won(ttft, full) {
		return
	}
	g, ok := l.backend.(backend.Gauge)
	if !ok {
		l.dealer.setLimit(l.pacer.grow())
		return
	}
	j.aside(func() {
		ctx, cancel := context.WithTimeout(ctx, gaugeTime)
		defer cancel()
		load, err := g.Gauge(ctx, model)
		if err == nil && load.Waiting != nil && *load.Waiting > 0 {
			return // more would wait in its queue, and say nothing
		}
		l.dealer.setLimit(l.pacer.grow())
	})
}
