package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"galley/session"
	"galley/session/text"
)

// The limits of a call where nothing else is said.
const (
	defaultOutput    = 16 << 20 // bytes
	defaultFirstByte = 300 * time.Second
	localFirstByte   = 600 * time.Second // a model may have to be loaded
	defaultFirstText = 900 * time.Second
	defaultIdle      = 60 * time.Second
	defaultTotal     = 30 * time.Minute
)

func (l Limits) withDefaults(local bool) Limits {
	pick := func(d *time.Duration, or time.Duration) {
		if *d <= 0 {
			*d = or
		}
	}
	if local {
		pick(&l.FirstByte, localFirstByte)
	}
	pick(&l.FirstByte, defaultFirstByte)
	pick(&l.FirstText, defaultFirstText)
	pick(&l.Idle, defaultIdle)
	pick(&l.Total, defaultTotal)
	if l.MaxOutput <= 0 {
		l.MaxOutput = defaultOutput
	}
	return l
}

// watch ends a call that is silent or long. Its cause is a [*session.CallError].
type watch struct {
	limits Limits
	end    context.CancelCauseFunc

	silence, text, total *time.Timer

	mu     sync.Mutex
	closed bool
}

// newWatch watches a call; one whose answer a person writes is not watched.
func newWatch(l Limits, patient bool, end context.CancelCauseFunc) *watch {
	if patient {
		return nil
	}
	w := &watch{limits: l, end: end}
	w.silence = w.after(l.FirstByte, "no answer within %s")
	w.text = w.after(l.FirstText, "signs of life, but no text within %s")
	w.total = w.after(l.Total, "not finished within %s")
	return w
}

func (w *watch) after(d time.Duration, format string) *time.Timer {
	return time.AfterFunc(d, func() { w.fire("timeout", fmt.Sprintf(format, d)) })
}

func (w *watch) fire(kind, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.end(&session.CallError{Kind: kind, Message: text.Raw(why)})
	}
}

// heard notes a chunk. first tells that it is the first, text that it has some.
func (w *watch) heard(first, some bool) {
	if w == nil {
		return
	}
	if some {
		w.text.Stop()
	}
	if first {
		w.silence.Stop()
		w.silence = w.after(w.limits.Idle, "silent for %s in the middle of the answer")
		return
	}
	w.silence.Reset(w.limits.Idle)
}

func (w *watch) close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.silence.Stop()
	w.text.Stop()
	w.total.Stop()
}
