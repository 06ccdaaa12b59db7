package session

import "galley/session/text"

// AnswerAsk asks for a run in which a person answers one case of a variant: Bench
// starts it, and opens the page on which it is answered.
type AnswerAsk struct {
	Variant VariantRef // with its revision
	Case    CaseKey
	Model   string // human/NAME
	Order   Order
}

// WhyQuestion is what a model is asked about an answer of its own where nothing else
// is written.
const WhyQuestion text.Raw = "Why did you answer as you did? Quote the words of the context that you went by, say what you were unsure of, and what was missing."

// WhyArm is the arm of a contestant that is asked about its own answer.
const WhyArm = "why"

// whyTokens is how long an explanation may be at least.
const whyTokens = 512

// Why is the context in which a model is asked about an answer that it gave to p: the
// answer stands as its turn, and the question behind it. A schema or grammar stays
// away, since the explanation would be held to it, and so do sequences that would
// stop it.
func Why(p Proof, answer, question text.Raw) Proof {
	msgs := append([]Message(nil), p.Messages...)
	spans := append([]Span(nil), p.Spans...)
	if p.Prefill && len(msgs) > 0 {
		last := len(msgs) - 1
		msgs = msgs[:last]
		for len(spans) > 0 && spans[len(spans)-1].Message == last {
			spans = spans[:len(spans)-1]
		}
	}
	for _, m := range []Message{{Role: RoleAssistant, Content: answer}, {Role: RoleUser, Content: question}} {
		spans = append(spans, Span{Message: len(msgs), End: len(m.Content), Block: -1, Part: PartText, Shot: -1, From: -1})
		msgs = append(msgs, m)
	}
	out := Proof{Messages: msgs, Spans: spans, Beside: Beside{Tools: p.Beside.Tools}, Params: p.Params.Clone(), Order: p.Order}
	out.Params.Stop = nil
	if out.Params.MaxTokens > 0 {
		out.Params.MaxTokens = max(out.Params.MaxTokens, whyTokens)
	}
	out.Hash = out.Name()
	return out
}
