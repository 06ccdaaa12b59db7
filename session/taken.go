package session

import (
	"strings"

	"galley/session/text"
)

// ShotInput is the input of a shot that is made of a case: the text of the input
// blocks as they were sent, without their wrappers. Where the bank writes its
// inputs as the bare value, as an input block "Ticket: {{ticket}}" does not, it is
// the value, so that the new shot reads like the others. "" where the context has
// no input.
func ShotInput(c Content, p Proof, k Case, bank []Shot) text.Raw {
	var whole strings.Builder
	var values []text.Raw
	for i, b := range c.Blocks {
		if b.Kind != KindInput || b.Off {
			continue
		}
		if whole.Len() > 0 {
			whole.WriteString("\n\n")
		}
		for _, s := range p.Spans {
			if s.Block != i || s.Part == PartWrap || s.Part == PartSep {
				continue
			}
			t := p.Messages[s.Message].Content[s.Start:s.End]
			whole.WriteString(string(t))
			if s.Part == PartVar {
				if v, ok := k.Lookup(s.Var); ok { // as it is, whatever a JSON wrapper made of it
					t = v
				}
				values = append(values, t)
			}
		}
	}
	sent := whole.String()
	if len(values) != 1 {
		return text.Raw(sent)
	}
	before, _, found := strings.Cut(sent, string(values[0]))
	if lead := strings.TrimSpace(before); found && lead != "" {
		like, inputs := 0, 0
		for _, s := range bank {
			if s.Input.Blank() {
				continue
			}
			inputs++
			if strings.HasPrefix(strings.TrimSpace(string(s.Input)), lead) {
				like++
			}
		}
		if inputs > 0 && 2*like < inputs {
			return values[0]
		}
	}
	return text.Raw(sent)
}

// ShotAnswer is what a shot shows as right: its calls and its output, to compare
// two shots by.
func ShotAnswer(s Shot) string {
	var b strings.Builder
	for _, c := range s.Calls {
		b.WriteString(string(c.Name) + "\x00" + string(c.Arguments) + "\x00")
	}
	return b.String() + fold(string(s.Output))
}
