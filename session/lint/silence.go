package lint

import (
	"strings"

	"galley/session"
	"galley/session/text"
)

// quoteMost is the most bytes of a context that a silence keeps as they are. A
// longer quote is its first bytes and the hash of all of it.
const quoteMost = 2000

// Quote is what a silence of the finding remembers: what its places hold, joined by
// line ends. A finding without a place is known by what it says. The finding must be
// of the proof.
func (f Finding) Quote(p session.Proof) text.Raw {
	if len(f.Spans) == 0 {
		return text.Raw(f.Message)
	}
	var b strings.Builder
	for i, s := range f.Spans {
		if i > 0 {
			b.WriteByte('\n')
		}
		if s.Message >= 0 && s.Message < len(p.Messages) {
			content := p.Messages[s.Message].Content
			if s.Start >= 0 && s.Start <= s.End && s.End <= len(content) {
				b.WriteString(string(content[s.Start:s.End]))
			}
		}
	}
	whole := b.String()
	if len(whole) <= quoteMost {
		return text.Raw(whole)
	}
	return text.Raw(strings.ToValidUTF8(whole[:quoteMost/4], "") + "\n" + session.Hash([]byte(whole)))
}

// Silence is what keeps the finding quiet from now on, as long as the words that it
// is about stand.
func (f Finding) Silence(p session.Proof, reason, by text.Raw) session.Silence {
	return session.Silence{Rule: f.Rule, Quote: f.Quote(p), Reason: reason, By: by}
}

// silence marks the findings that a silence is about.
func silence(p session.Proof, fs []Finding, silences []session.Silence) {
	if len(silences) == 0 {
		return
	}
	type key struct {
		rule  string
		quote text.Raw
	}
	by := make(map[key]session.Silence, len(silences))
	for _, s := range silences {
		by[key{s.Rule, s.Quote}] = s
	}
	for i, f := range fs {
		s, ok := by[key{f.Rule, f.Quote(p)}]
		if !ok {
			continue
		}
		fs[i].SilenceID = s.ID
		if fs[i].Silenced = s.Reason; s.Reason.Blank() {
			fs[i].Silenced = "no reason given"
		}
	}
}
