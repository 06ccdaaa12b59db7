package main

import (
	"bytes"
	"strings"
	"testing"

	"galley/engine"
)

// That a server ended and is started again is said once each time, beside what its
// backend waits for, and by the server's own words without what they would do to a
// terminal.
func TestFallsAreTold(t *testing.T) {
	var e bytes.Buffer
	p := newProgress(&globals{err: &e})
	for _, n := range []int{0, 1, 1, 2, 2} {
		p.update(engine.Progress{Backends: []engine.AtWork{{Backend: "own", Falls: n, Fell: "mid ended\x1b[2J"}, {Backend: "other"}}})
	}
	if got := e.String(); strings.Count(got, "own: mid ended") != 2 || strings.Count(got, "\n") != 2 || strings.Contains(got, "\x1b") {
		t.Errorf("said %q", got)
	}
}
