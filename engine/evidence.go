package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"galley/engine/backend"
	"galley/session"
	"galley/session/text"
)

const (
	evidenceTime  = 20 * time.Second
	evidenceBytes = 16 << 20 // of contexts that a job remembers
)

// witness remembers what was found out of contexts that were evaluated. The job's
// mutex guards it.
type witness struct {
	known map[string]session.Evaluated
	order []string
	bytes int
}

func (w *witness) add(key string, e session.Evaluated) {
	if w.known == nil {
		w.known = map[string]session.Evaluated{}
	}
	if _, ok := w.known[key]; ok {
		return
	}
	w.known[key] = e
	w.order = append(w.order, key)
	w.bytes += sizeOf(key, e)
	for w.bytes > evidenceBytes && len(w.order) > 1 {
		old := w.order[0]
		w.bytes -= sizeOf(old, w.known[old])
		delete(w.known, old)
		w.order = w.order[1:]
	}
}

func sizeOf(key string, e session.Evaluated) int {
	return len(key) + len(e.Text) + 8*len(e.IDs) + len(e.Differs) + 200
}

// evidence completes what is known of the context that was evaluated, and lays it
// beside the proof. It is asked for once for each context; what can't be found
// out stays as the answer said.
func (k *call) evidence(ctx context.Context, out *session.Output, got *session.Evaluated) {
	var e session.Evaluated
	if got != nil {
		e = believed(*got, len(k.wire.Body))
	}
	if asks, ok := k.c.lane.backend.(backend.Evidencer); ok && out.Status.Finished() {
		e = k.testify(ctx, asks, e)
	}
	if e.Text != "" && e.Differs == "" && !e.Cut {
		t := session.TraceContext(*k.c.proof, e.Text)
		e.Differs, e.Cut = t.Differs, t.Cut
	}
	out.Evidence, out.Differs, out.Cut = e.Source, e.Differs, e.Cut
	if got != nil || e.Source != "" || e.Text != "" {
		out.Evaluated = &e
	}
}

// believed is what a server says that it evaluated, but for a text that no template
// makes of a request of so many bytes: that would be kept with every answer.
func believed(e session.Evaluated, request int) session.Evaluated {
	if len(e.Text) <= 1<<20+8*request && len(e.IDs) <= 1<<18+8*request {
		return e
	}
	return session.Evaluated{Tokens: e.Tokens, Differs: text.Raw(fmt.Sprintf(
		"the server reports a context of %d bytes and %d token ids for a request of %d bytes, which is not kept", len(e.Text), len(e.IDs), request))}
}

func (k *call) testify(ctx context.Context, asks backend.Evidencer, got session.Evaluated) session.Evaluated {
	key := k.contextKey()
	k.j.mu.Lock()
	e, ok := k.j.witness.known[key]
	k.j.mu.Unlock()
	if ok {
		if got.Tokens > 0 {
			e.Tokens = got.Tokens
		}
		return e
	}
	ctx, cancel := context.WithTimeout(ctx, evidenceTime)
	defer cancel()
	e = got
	broke := safely(func() {
		r := k.request(k.c.cell.Take)
		full, err := asks.Evidence(ctx, r, k.wire, got)
		if err != nil {
			return
		}
		e = full
		k.j.mu.Lock()
		k.j.witness.add(key, full)
		k.j.mu.Unlock()
	})
	if broke != nil {
		return got
	}
	return e
}

// contextKey names what a server makes a context of: a seed is no part of it.
func (k *call) contextKey() string {
	p := k.c.proof.Params.Clone()
	p.Seed = nil
	b, err := json.Marshal(p)
	if err != nil {
		panic("engine: parameters are not JSON: " + err.Error()) // numbers and strings only
	}
	return k.ref + "\x00" + k.c.proof.Hash + "\x00" + string(b)
}
