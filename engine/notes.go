package engine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"galley/engine/backend"
)

const (
	notesEvery = time.Second
	soonEnough = 2 * time.Second // nobody is told of a shorter wait
	silentFor  = 5 * time.Second // likewise, in the middle of an answer
)

// wait is what a cell waits for. The job's mutex guards it.
type wait struct {
	from        time.Time // the request went out; zero: none is under way
	heard       time.Time // the last sign of life
	text        bool      // some came
	read, total int       // of the prompt, in tokens
	says        string    // the server, or the run
	limits      Limits
	patient     bool
}

// take notes a sign of life.
func (w *wait) take(ch backend.Chunk) {
	w.heard = time.Now()
	if ch.Text != "" || ch.Reason != "" {
		w.text = true
	}
	if ch.Total > 0 {
		w.read, w.total = ch.Read, ch.Total
	}
	if ch.Note != "" {
		w.says = ch.Note
	}
}

// note says it in our words, "" where there is nothing to say.
func (w *wait) note(now time.Time) string {
	since := now.Sub(w.from)
	switch {
	case w.text && !w.patient && now.Sub(w.heard) >= silentFor:
		return "silent for " + counted(now.Sub(w.heard), w.limits.Idle)
	case w.text || w.patient:
		return ""
	case w.total > 0 && w.read < w.total:
		return fmt.Sprintf("reading the prompt, %s of %s tokens", thousands(w.read), thousands(w.total))
	case w.says != "":
		return w.says
	case since < soonEnough:
		return ""
	case w.heard.IsZero():
		return "waits for an answer, " + counted(since, w.limits.FirstByte)
	}
	return "waits for a first word, " + counted(since, w.limits.FirstText)
}

// counted is how long something lasts, of how long it may.
func counted(d, most time.Duration) string {
	return fmt.Sprintf("%d s of at most %d s", int(d.Seconds()), int(most.Seconds()))
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (k *call) waits(f func(*wait)) {
	k.j.mu.Lock()
	f(&k.c.wait)
	k.j.mu.Unlock()
}

// notes keeps what running cells wait for counting.
func (j *Job) notes(ctx context.Context) {
	for sleep(ctx, notesEvery) == nil {
		j.noteAll(time.Now())
	}
}

func (j *Job) noteAll(now time.Time) {
	j.mu.Lock()
	some := false
	for c := range j.flying {
		if c.wait.from.IsZero() {
			continue
		}
		if n := c.wait.note(now); n != c.note {
			c.note, some = n, true
			j.touch(c)
		}
	}
	j.mu.Unlock()
	if some {
		j.ring()
	}
}
