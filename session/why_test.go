package session

import (
	"testing"

	"galley/session/text"
)

// The answer goes back as the model's turn, whole, with the question behind it; what
// would hold the explanation in a form stays away.
func TestWhy(t *testing.T) {
	p := chat("system:be kind", "user:label it", "assistant:Label:")
	p.Prefill = true
	p.Beside = Beside{Tools: "[]", Schema: "{}", Grammar: "root ::= x"}
	p.Params = Params{MaxTokens: 3, Stop: []text.Raw{"\n"}}
	for i, m := range p.Messages {
		p.Spans = append(p.Spans, Span{Message: i, End: len(m.Content), Shot: -1})
	}
	before := p.Name()
	w := Why(p, "Label: bug", "why?")
	if len(w.Messages) != 4 || !w.Messages[2].Equal(Message{Role: RoleAssistant, Content: "Label: bug"}) ||
		!w.Messages[3].Equal(Message{Role: RoleUser, Content: "why?"}) || w.Prefill {
		t.Errorf("%+v", w.Messages)
	}
	if w.Beside != (Beside{Tools: "[]"}) || w.Params.Stop != nil || w.Params.MaxTokens != whyTokens {
		t.Errorf("%+v %+v", w.Beside, w.Params)
	}
	if p.Name() != before || len(p.Messages) != 3 || w.Hash != w.Name() || w.Hash == before {
		t.Error("the proof that was asked about is another now")
	}
	for i, m := range w.Messages {
		n := 0
		for _, s := range w.SpansOf(i) {
			n += s.End - s.Start
		}
		if n != len(m.Content) {
			t.Errorf("message %d: %d of %d bytes have a span", i, n, len(m.Content))
		}
	}
	p.Params.MaxTokens = 0
	if Why(p, "a", "b").Params.MaxTokens != 0 {
		t.Error("a limit was set where there was none")
	}
}
