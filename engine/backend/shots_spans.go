package backend

import (
	"encoding/json"

	"galley/session"
	"galley/session/text"
)

// putWorked puts what the spans of a proof say of shots and resources. Shots stand
// in the wire only where the messages alone would be read otherwise: in a layout of
// one's own, with an output alone, or with calls of tools.
func putWorked(o *object, p session.Proof) {
	shots, resources := worked(p)
	msgs := p.Messages
	if p.Prefill && len(msgs) > 0 {
		msgs = msgs[:len(msgs)-1]
	}
	if len(shots) > 0 && !reads(msgs, shots) {
		o.list("shots", len(shots), func(i int, o *object) {
			o.str("input", shots[i].input)
			o.str("output", shots[i].output)
		})
	}
	if len(resources) > 0 {
		o.strings("resources", resources)
	}
}

// reads reports whether the shots are found in the messages, in order; besides them
// a context may hold others, which somebody wrote into a block.
func reads(msgs []session.Message, shots []workedExample) bool {
	for _, m := range msgs {
		if len(m.Calls) > 0 {
			return false // what is read as an answer may be an empty one
		}
	}
	at := 0
	for _, s := range readContext(msgs).shots {
		if at < len(shots) && s == shots[at] {
			at++
		}
	}
	return at == len(shots)
}

// worked reads shots with both an input and an output, and resources, from the
// spans, in the order in which they stand.
func worked(p session.Proof) (shots []workedExample, resources []text.Raw) {
	type place struct{ block, shot int }
	var at place
	var cur workedExample
	in, out := false, false
	flush := func() {
		if in && out {
			shots = append(shots, cur)
		}
		cur, in, out = workedExample{}, false, false
	}
	for _, s := range p.Spans {
		if here := (place{s.Block, s.Shot}); here != at {
			flush()
			at = here
		}
		switch s.Part {
		case session.PartInput:
			cur.input += spelled(p, s)
			in = true
		case session.PartOutput:
			cur.output += spelled(p, s)
			out = true
		case session.PartItem:
			resources = append(resources, text.Raw(spelled(p, s)))
		}
	}
	flush()
	return shots, resources
}

// spelled is the text of a span: what stands between the quotes of JSON is read as
// that.
func spelled(p session.Proof, s session.Span) string {
	m := string(p.Messages[s.Message].Content)
	t := m[s.Start:s.End]
	if s.Start > 0 && s.End < len(m) && m[s.Start-1] == '"' && m[s.End] == '"' {
		var v string
		if json.Unmarshal([]byte(m[s.Start-1:s.End+1]), &v) == nil {
			return v
		}
	}
	return t
}
