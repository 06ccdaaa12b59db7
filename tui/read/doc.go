package read

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// proof is an exact context, or why it can't be read.
type proof struct {
	p       session.Proof
	content session.Content // of the revision that was sent; no blocks where none is known
	err     error
	loaded  bool
}

type gotProof struct {
	key string
	proof
}

// keptProofs is how many contexts are kept.
const keptProofs = 16

// proofKey names the context of an output, "" where it has none.
func proofKey(c session.Cell) string {
	if c.ProofKey != "" {
		return c.ProofKey
	}
	return c.Proof
}

// loadProof asks for the context of the output in hand, where it is not here yet: a
// wider screen shows it without a key.
func (s *Screen) loadProof() tea.Cmd {
	r, load, revision := s.current(), s.deps.Proof, s.deps.Revision
	if r == nil || load == nil {
		return nil
	}
	key, id := proofKey(r.Cell), r.Cell.Contestant.RevisionID
	if p := s.proofs[key]; key == "" || p != nil && p.loaded && p.err == nil {
		return nil
	}
	return s.ask(askProof, func(ctx context.Context) tea.Msg {
		out := gotProof{key: key}
		out.loaded = true
		if id != 0 && revision != nil {
			if r, err := revision(ctx, id); err == nil {
				out.content = r.Content
			}
		}
		out.p, out.err = load(ctx, key)
		return out
	})
}

func (s *Screen) haveProof(m gotProof) {
	if len(s.proofs) >= keptProofs {
		clear(s.proofs)
	}
	s.proofs[m.key] = &m.proof
}

// answerDoc is the text of an output. What is no answer says so in the gutter
// and before any text.
func (s *Screen) answerDoc(r *session.Reading) kit.Doc {
	st := s.styles()
	var d kit.Doc
	add := func(name string, t text.Raw, style, gutter lipgloss.Style) {
		if t != "" {
			d = append(d, s.found(kit.Segment{Text: t, Gutter: name, Style: style, GutterStyle: gutter, Break: true})...)
		}
	}
	o := r.Output
	switch look := stateStyle(st, o.Status); {
	case o.Status == session.StatusDone && o.Prefill != "":
		add("prefill", o.Prefill, st.Dim, st.Faint)
		d[len(d)-1].Break = false
		seg := kit.Segment{Text: o.Text, Gutter: "answer", Style: st.Text, GutterStyle: st.Info}
		d = append(d, s.found(seg)...)
	case o.Status == session.StatusDone:
		add("", o.Text, st.Text, st.Info)
	default:
		_, words := o.Status.Sign()
		tail := text.Raw("\n")
		if o.Whole() != "" {
			tail = "\n\n"
		}
		add(words, reason(o)+tail, look, look)
		add("no answer", o.Whole(), st.Dim, st.Rule)
	}
	if o.Reason != "" {
		add("reasoning", "\n"+o.Reason, st.Faint, st.Faint)
	}
	return d
}

// found divides a segment where the words of the search stand.
func (s *Screen) found(seg kit.Segment) kit.Doc {
	at := hits(seg.Text, s.q.Text)
	if len(at) == 0 {
		return kit.Doc{seg}
	}
	var d kit.Doc
	pos := 0
	put := func(to int, style lipgloss.Style) {
		if to > pos {
			part := seg
			part.Text, part.Style = seg.Text[pos:to], style
			part.Break = seg.Break && pos == 0
			d = append(d, part)
			pos = to
		}
	}
	for _, h := range at {
		put(h[0], seg.Style)
		put(h[1], s.styles().Match)
	}
	put(len(seg.Text), seg.Style)
	return d
}

// Bounds of looking for words of a search: it happens at every step.
const (
	maxHits    = 200
	maxLooking = 256 << 10
)

// hits are the places where words of a query stand in a text, upper and lower
// case of ASCII taken for one.
func hits(r text.Raw, query string) [][2]int {
	words := text.Words(query)
	if len(words) == 0 {
		return nil
	}
	var out [][2]int
	for i := 0; i < min(len(r), maxLooking) && len(out) < maxHits; i++ {
		for _, w := range words {
			if stands(r, i, w) {
				out = append(out, [2]int{i, i + len(w)})
				i += len(w) - 1
				break
			}
		}
	}
	return out
}

// stands reports whether word w stands at byte i.
func stands(r text.Raw, i int, w string) bool {
	if i+len(w) > len(r) {
		return false
	}
	for j := range len(w) {
		lo, up := w[j], w[j]
		if lo >= 'A' && lo <= 'Z' {
			lo += 'a' - 'A'
		} else if lo >= 'a' && lo <= 'z' {
			up -= 'a' - 'A'
		}
		if r[i+j] != lo && r[i+j] != up {
			return false
		}
	}
	return true
}

// narrowAt is the width below which names in the gutter are cut short.
const narrowAt = 60

// contextDoc is an exact context, coloured by block and named in the gutter.
func (s *Screen) contextDoc(pr *proof, narrow bool) kit.Doc {
	st, p, c := s.styles(), pr.p, pr.content
	var d kit.Doc
	at := 0
	for i, m := range p.Messages {
		before := ""
		if i > 0 {
			before = kit.Apart(p.Messages[i-1].Content)
		}
		note := ""
		if p.Prefill && i == len(p.Messages)-1 {
			note = " · the answer begins with this"
		}
		head := fmt.Sprintf("%s━━ %s · message %d of %d%s\n", before, m.Role, i+1, len(p.Messages), note)
		if narrow {
			head = fmt.Sprintf("%s━━ %s · %d of %d\n", before, m.Role, i+1, len(p.Messages))
		}
		d = append(d, kit.Segment{ID: -1 - i, Text: text.Raw(head), Style: st.Title, GutterStyle: st.Rule, Break: true})
		last, known := -1, false
		for ; at < len(p.Spans) && p.Spans[at].Message == i; at++ {
			sp := p.Spans[at]
			seg := s.segment(sp, m.Content[sp.Start:sp.End], c)
			seg.ID, known = at, true
			if sp.Part == session.PartWrap && sp.Block == last {
				seg.Gutter = ""
			}
			if sp.Part != session.PartSep {
				last = sp.Block
			}
			if narrow {
				seg.Gutter = text.Of(seg.Gutter).Truncate(6).String()
			}
			d = append(d, seg)
		}
		if !known { // a context from outside, whose blocks nobody knows
			d = append(d, kit.Segment{Text: m.Content, Style: st.Text, GutterStyle: st.Rule})
		}
	}
	return d
}

// segment is a span of a context as it is drawn.
func (s *Screen) segment(sp session.Span, t text.Raw, c session.Content) kit.Segment {
	st := s.styles()
	name := fmt.Sprintf("block %d", sp.Block+1)
	var shots []session.Shot
	if sp.Block >= 0 && sp.Block < len(c.Blocks) {
		name = text.Show(c.Blocks[sp.Block].Name()).Truncate(12).String()
		shots = c.Blocks[sp.Block].Shots
	}
	shot := fmt.Sprintf("shot %d", sp.Shot+1)
	if sp.Shot >= 0 && sp.Shot < len(shots) && shots[sp.Shot].Name != "" {
		shot = text.Show(shots[sp.Shot].Name).Truncate(8).String()
	}
	seg := kit.Segment{Text: t, Style: st.Block(sp.Block), GutterStyle: st.Gutter(sp.Block), Gutter: name}
	switch sp.Part {
	case session.PartVar:
		seg.Style, seg.Gutter = st.Text, "{"+text.Of(sp.Var).Truncate(10).String()+"}"
	case session.PartUnknown:
		seg.Style, seg.Gutter = st.Unknown, "no value"
	case session.PartWrap:
		seg.Style = st.Dim
	case session.PartSep:
		seg.Gutter = ""
	case session.PartInput:
		seg.Gutter = shot
	case session.PartOutput:
		seg.Style, seg.Gutter = st.Block(sp.Block).Bold(true), shot+" out"
	}
	return seg
}

// contextShown reports whether the exact context is to be seen.
func (s *Screen) contextShown() bool {
	return s.beside == showOn || s.beside == showAuto && s.w >= widest
}

func (s *Screen) toggleContext() tea.Cmd {
	s.focus = onAnswer
	if s.contextShown() {
		s.beside = showOff
		return nil
	}
	s.beside = showOn
	if s.w < wide {
		s.focus = onContext
	}
	return s.loadProof()
}

// swap changes what scrolls, and shows the context where it is not shown.
func (s *Screen) swap() tea.Cmd {
	if !s.contextShown() || s.w < wide {
		return s.toggleContext()
	}
	s.focus = onContext - s.focus
	return nil
}
