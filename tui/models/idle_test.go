package models

import (
	"strings"
	"testing"
	"time"
)

// A server of ours that nobody asks says when it is unloaded, and afterwards that it
// was; one that stays up says neither.
func TestIdle(t *testing.T) {
	l := full()
	l.status[0].Ends = now.Add(8*time.Minute - time.Second)
	for i := range l.backends {
		if l.backends[i].Ours {
			l.backends[i].Idle = 10 * time.Minute
		}
	}
	r := open(t, l.deps(), 160, 43)
	r.to("backend gpu")
	r.shows("when nobody has asked it for 10 min")
	r.to("model gpu/qwen3-8b-q4_k_m")
	r.shows("unloaded in 8 min unless it is asked")
	l.status[0].State, l.status[0].Ends, l.status[0].Rested = "unloaded", time.Time{}, true
	r.second()
	r.shows("nobody asked it for 10 min; the next request")
	l.status[0].State, l.status[0].Rested = "ready", false
	r.second()
	if v := r.Plain(); strings.Contains(v, "unless it is asked") || strings.Contains(v, "nobody asked") {
		t.Errorf("one that stays up:\n%s", v)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "1 s", 20 * time.Second: "20 s", time.Minute: "60 s", 61 * time.Second: "2 min", 10 * time.Minute: "10 min",
		2 * time.Hour: "120 min", 3 * time.Hour: "3 h",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
