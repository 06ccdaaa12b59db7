package session

// Joined reports whether the tokens are known and are the text, byte for byte.
func (r Rendered) Joined() bool {
	at := 0
	for _, t := range r.Tokens {
		if len(t.Text) > len(r.Text)-at || r.Text[at:at+len(t.Text)] != t.Text {
			return false
		}
		at += len(t.Text)
	}
	return len(r.Tokens) > 0 && at == len(r.Text)
}

// Count counts the tokens of a rendered proof by its spans: each token where its
// first byte came from, the template's apart. false: the server did not say where
// tokens begin.
func (r Rendered) Count(p Proof, limit int) (TokenCount, bool) {
	if !r.Joined() {
		return TokenCount{}, false
	}
	out := TokenCount{Total: max(r.Total, len(r.Tokens)), Source: r.Source, Limit: limit, Spans: make([]int, len(p.Spans))}
	segs := TraceContext(p, r.Text).Segments
	var first []int // span in which each message begins
	for m := range p.Messages {
		first = append(first, len(p.Spans))
		for i, s := range p.Spans {
			if s.Message == m {
				first[m] = i
				break
			}
		}
	}
	at, seg, counted := 0, 0, 0
	for _, t := range r.Tokens {
		for seg < len(segs)-1 && at >= segs[seg].End {
			seg++
		}
		if s := segs[seg]; s.Message >= 0 && !t.Special {
			off := at - s.Start + s.From
			for i := first[s.Message]; i < len(p.Spans) && p.Spans[i].Message == s.Message; i++ {
				if off >= p.Spans[i].Start && off < p.Spans[i].End {
					out.Spans[i]++
					counted++
					break
				}
			}
		}
		at += len(t.Text)
	}
	out.Template = out.Total - counted
	return out, true
}

// Compared says in a clause how what an engine evaluated stands to its own count
// of it, and whether that is as it should be: "proved: 23 = 23 tokens".
func (e Evaluated) Compared() (words string, good bool) {
	switch {
	case e.Text == "" && e.IDs == nil:
		return "the engine does not say what it evaluated", false
	case e.Proved():
		return "proved: " + itoa(int64(e.Counted)) + " = " + itoa(int64(e.Tokens)) + " tokens", true
	case e.Tokens > 0 && e.Counted > 0:
		return "not proved: the text has " + itoa(int64(e.Counted)) + " tokens, " + itoa(int64(e.Tokens)) + " were evaluated", false
	case e.Tokens > 0:
		return itoa(int64(e.Tokens)) + " tokens were evaluated; the engine can't count the text", false
	}
	return "the engine did not count it", false
}

// Words says what the evidence is, for people.
func (e Evidence) Words() string {
	switch e {
	case EvidenceIDs:
		return "token ids that the answering request reported"
	case EvidenceText:
		return "text that the answering request reported"
	case EvidenceRendered:
		return "the same request, rendered by the engine once more"
	case EvidenceGuessed:
		return "a guess, by a template that you gave"
	}
	return "the engine does not say"
}
