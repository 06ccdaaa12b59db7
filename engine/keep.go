package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"galley/session"
	"galley/session/text"
)

const (
	beatEvery       = 3 * time.Second
	checkpointEvery = time.Second
	checkpointMost  = 256              // cells at once, those that were not kept for longest
	writeTime       = 30 * time.Second // of one write
	lastTry         = 5 * time.Second  // of what could not be recorded, once the run is cancelled

	// A text that is longer than longText bytes is not written anew for every word: it
	// is kept when it has grown by a part of itself, or after a time.
	longText  = 4 << 20
	longGrown = 4
	longEvery = 10 * time.Second
)

// UnsavedError says how many results could not be recorded. They are lost when
// the job is let go.
type UnsavedError struct {
	Results int
	Why     string
}

// Error is one sentence.
func (e *UnsavedError) Error() string {
	return fmt.Sprintf("%d results could not be saved: %s", e.Results, e.Why)
}

// trouble is what stands in the way of recording. The job's mutex guards it.
type trouble struct {
	why     string
	unsaved int
}

// keep writes until it is written. What a model answered stays in memory
// meanwhile, and its worker starts no other cell. It gives up when the run is
// cancelled or the trouble lasts, and at once when the lease is lost. result
// tells whether what is written is an answer.
func (j *Job) keep(ctx context.Context, result bool, write func(context.Context) error) error {
	began, wait, counted := time.Now(), time.Second, false
	for {
		if errors.Is(context.Cause(ctx), errLost) {
			return errLost
		}
		one, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
		err := write(one)
		cancel()
		if err == nil {
			j.eased(counted)
			return nil
		}
		if errors.Is(err, session.ErrLease) {
			j.lose()
			return errLost
		}
		j.mu.Lock()
		j.trouble.why = text.Raw(err.Error()).String()
		if result && !counted {
			counted = true
			j.trouble.unsaved++
		}
		j.mu.Unlock()
		j.ring()
		over := time.Since(began) > j.r.o.SaveFor || errors.Is(err, session.ErrDamaged)
		if ctx.Err() != nil && !over {
			over = time.Since(began) > lastTry
		}
		if over {
			j.halt("results can't be saved: " + text.Raw(err.Error()).String())
			return err
		}
		if ctx.Err() != nil {
			time.Sleep(min(wait, lastTry/5))
		} else if sleep(ctx, wait) != nil {
			began = time.Now() // the last tries begin
		}
		wait = min(2*wait, 10*time.Second)
	}
}

func (j *Job) eased(counted bool) {
	j.mu.Lock()
	if counted {
		j.trouble.unsaved--
	}
	was := j.trouble.why
	if j.trouble.unsaved == 0 {
		j.trouble.why = ""
	}
	j.mu.Unlock()
	if was != "" {
		j.ring()
	}
}

// heartbeat keeps the lease. A lease that is lost ends the job at once: what it
// has in hand belongs to another process now, which asks for it anew. Any other
// error is trouble with the disk, and tried again.
func (j *Job) heartbeat(ctx context.Context) {
	for sleep(ctx, beatEvery) == nil {
		one, cancel := context.WithTimeout(ctx, writeTime)
		err := j.r.rec.Renew(one, j.run.ID, j.r.o.Owner)
		cancel()
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, session.ErrLease):
			j.lose()
			return
		default:
			j.mu.Lock()
			j.trouble.why = text.Raw(err.Error()).String()
			j.mu.Unlock()
			j.ring()
		}
	}
}

func (j *Job) lose() {
	j.halt(errLost.Error())
	j.cancel(errLost)
}

// checkpoints keeps the texts of running cells, once a second where there is
// news.
func (j *Job) checkpoints(ctx context.Context) {
	for sleep(ctx, checkpointEvery) == nil {
		j.checkpoint(ctx)
	}
}

func (j *Job) checkpoint(ctx context.Context) {
	j.recording.Lock()
	defer j.recording.Unlock()
	var parts []session.Output
	var sizes []int
	j.mu.Lock()
	kept := j.unkept()
	for _, c := range kept {
		parts = append(parts, session.Output{
			CellID: c.cell.ID, Status: session.StatusRunning,
			Text: text.Raw(c.text.String()), Reason: text.Raw(c.reason.String()), Prefill: c.proof.PrefillText(),
		})
		sizes = append(sizes, c.size())
	}
	j.mu.Unlock()
	if len(parts) == 0 || errors.Is(context.Cause(ctx), errLost) {
		return
	}
	one, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	if j.r.rec.Checkpoint(one, parts) != nil {
		return // said when a result can't be recorded; a checkpoint is not one
	}
	j.mu.Lock()
	for k, c := range kept {
		c.saved, c.savedAt = sizes[k], time.Now()
	}
	j.mu.Unlock()
}

// unkept are running cells with text that no checkpoint has. Of a thousand streams
// each is kept every few seconds, so that writing does not hold up reading. The
// mutex is held.
func (j *Job) unkept() []*live {
	var out []*live
	for c := range j.flying {
		if n := c.size(); c.sealed || n == c.saved ||
			n > longText && n-c.saved < n/longGrown && time.Since(c.savedAt) < longEvery {
			continue
		}
		out = append(out, c)
	}
	if len(out) > checkpointMost {
		slices.SortFunc(out, func(a, b *live) int { return a.savedAt.Compare(b.savedAt) })
		out = out[:checkpointMost]
	}
	return out
}
