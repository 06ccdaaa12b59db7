package lint

import (
	"strings"

	"galley/session"
)

func prefill(in *Input) (out []Finding) {
	say := func(s Severity, message string, spans []Place) {
		out = append(out, Finding{Severity: s, Message: message, Spans: spans})
	}
	n := len(in.Proof.Messages)
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindPrefill || b.Off || in.Bare {
			continue
		}
		at := in.blockPlaces(i)
		last := in.Proof.Prefill && len(at) > 0 && at[0].Message == n-1
		switch {
		case b.Text == "":
			say(Note, "The prefill is empty and sends nothing: write the first words of the answer, or switch it off.", nil)
		case !last:
			say(Warning, "The prefill does not stand last, so it is sent as an answer that was already given: move it to the end.", at)
		case b.Wrap != session.WrapNone && b.Wrap != "":
			say(Warning, "The prefill's wrapper stands in the answer's first words: set its wrapper to none.", at)
		}
	}
	if !in.Proof.Prefill {
		return out
	}
	s := in.content(n - 1)
	if end := len(strings.TrimRight(s, " \t\r\n")); end < len(s) {
		say(Warning, "The prefill ends in white space, which some servers refuse and which makes most models stumble: take it away.",
			[]Place{in.place(n-1, end, len(s))})
	}
	return out
}
