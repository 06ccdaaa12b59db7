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
	if d, ok := in.jsonRule(); ok && !in.Bare && !beginsJSON(s) {
		at := []Place{in.whole(n - 1)}
		if d.place != (Place{}) {
			at = append(at, d.place)
		}
		say(Warning, "The answer begins with the prefill, which no JSON begins with, but "+d.rule+": begin it as JSON does, or leave the prefill out.", at)
	}
	if end := len(strings.TrimRight(s, " \t\r\n")); end < len(s) {
		say(Warning, "The prefill ends in white space, which some servers refuse and which makes most models stumble: take it away.",
			[]Place{in.place(n-1, end, len(s))})
	}
	return out
}

// jsonRule is the rule that every answer is JSON: in words, or as a schema.
func (in *Input) jsonRule() (demand, bool) {
	if d, ok := in.schemaDemand(); ok {
		return d, true
	}
	for _, r := range in.rulings() {
		if a, ok := formatsOf(r); ok && a.format == "JSON" && a.only && !r.neg {
			return in.jsonDemand()
		}
	}
	return demand{}, false
}

// beginsJSON reports whether JSON may go on from s: alone, in a fence, or after a tag.
func beginsJSON(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ">") || strings.Contains(s, "```") || strings.ContainsAny(s, "{[") {
		return true
	}
	return strings.ContainsRune("\"-0123456789", rune(s[0])) || strings.HasPrefix("true", s) || strings.HasPrefix("false", s) || strings.HasPrefix("null", s)
}
