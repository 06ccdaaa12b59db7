package lint

import (
	"fmt"
	"strings"

	"galley/session"
)

// beside looks at what is sent beside the messages. It has no place in them.
func beside(in *Input) (out []Finding) {
	say := func(s Severity, format string, args ...any) {
		out = append(out, Finding{Severity: s, Message: fmt.Sprintf(format, args...)})
	}
	held := map[session.Kind]int{}
	for _, b := range in.Content.Blocks {
		if b.Off || !b.Kind.Beside() {
			continue
		}
		name := shown(string(b.Name()))
		if strings.TrimSpace(string(b.Text)) == "" {
			say(Note, "Block %s is empty and sends nothing: write its %s, or switch it off.", name, b.Kind)
			continue
		}
		held[b.Kind]++
		if why := session.BesideFault(b.Kind, b.Text); why != "" {
			say(Error, "Block %s can't be sent (%s): correct it, or switch it off.", name, why)
			continue
		}
		why := ""
		switch b.Kind {
		case session.KindTools:
			why = toolsFault(b.Text)
		case session.KindSchema:
			why = schemaFault(b.Text)
		}
		if why != "" {
			say(Error, "Block %s is JSON, but not what servers take (%s): correct it, or switch it off.", name, why)
		}
	}
	for _, k := range []session.Kind{session.KindSchema, session.KindGrammar} {
		if held[k] > 1 {
			say(Warning, "Of %d %s blocks only the last is sent: switch the others off.", held[k], k)
		}
	}
	if held[session.KindSchema] > 0 && held[session.KindGrammar] > 0 {
		say(Warning, "A schema and a grammar both hold the answer, which servers refuse: switch one off.")
	}
	return out
}
