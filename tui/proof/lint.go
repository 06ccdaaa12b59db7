package proof

import (
	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

// finding is one thing that lint says, and where it is to be seen.
type finding struct {
	text     text.Shown
	severity lint.Severity
	span     int // in the proof's Spans, -1: it has no place
	from, to int // bytes within the span
}

// check asks lint, and finds the span of each finding's first place.
func check(p session.Proof, c session.Content, k session.Case) []finding {
	var out []finding
	for _, f := range lint.Check(c, k, p, lint.Options{}) {
		x := finding{text: text.Of(f.Message).OneLine(), severity: f.Severity, span: -1}
		if len(f.Spans) > 0 {
			x.span, x.from, x.to = locate(p, f.Spans[0])
		}
		out = append(out, x)
	}
	return out
}

// locate returns the span that a place begins in, and the bytes of the place
// within it.
func locate(p session.Proof, at lint.Place) (span, from, to int) {
	for i, s := range p.Spans {
		if s.Message == at.Message && at.Start >= s.Start && at.Start < s.End {
			return i, at.Start - s.Start, min(at.End, s.End) - s.Start
		}
	}
	return -1, 0, 0
}
