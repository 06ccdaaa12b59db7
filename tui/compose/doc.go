package compose

import (
	"slices"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// spanID and headID are the ids that a proof's parts have in the pager.
func spanID(i int) int { return i + 1 }
func headID(m int) int { return -m - 1 }

// besideID is that of what stands beside the messages.
func besideID(k session.Kind) int {
	return -1<<40 - slices.Index([]session.Kind{session.KindTools, session.KindSchema, session.KindGrammar}, k)
}

// named is the width from which the gutter has room for names of blocks.
const named = 64

// sign is a kind in one cell.
func sign(k session.Kind) string {
	switch k {
	case session.KindSystem:
		return "§"
	case session.KindInstructions:
		return "¶"
	case session.KindShots:
		return "≡"
	case session.KindTurns:
		return "≈"
	case session.KindInput:
		return "»"
	case session.KindPrefill:
		return "›"
	case session.KindTools:
		return "ƒ"
	case session.KindSchema:
		return "◇"
	case session.KindGrammar:
		return "∷"
	case session.KindResources:
		return "▤"
	}
	return "·"
}

// proofDoc makes what the pager shows of a proof: the role of each message on a
// line of its own, then its bytes, each stretch in the colour of where it came
// from.
func proofDoc(p session.Proof, blocks []session.Block, w int, st *themes.Styles) kit.Doc {
	doc := make(kit.Doc, 0, len(p.Spans)+len(p.Messages))
	spans := p.Spans
	for m, msg := range p.Messages {
		if m > 0 {
			doc = append(doc, gap(p, m, st))
		}
		doc = append(doc, heading(p, m, st))
		last := -1
		for len(spans) > 0 && spans[0].Message == m {
			sp := spans[0]
			seg := kit.Segment{ID: spanID(len(p.Spans) - len(spans)), Text: msg.Content[sp.Start:sp.End], Style: partStyle(sp.Part, st)}
			if sp.Block >= 0 && sp.Block < len(blocks) {
				b := blocks[sp.Block]
				seg.GutterStyle = st.Gutter(sp.Block)
				if sp.Block != last && sp.Part != session.PartSep {
					last = sp.Block
					seg.Gutter = sign(b.Kind)
					if w >= named {
						seg.Gutter += " " + name(b)
					}
				}
			}
			doc = append(doc, seg)
			spans = spans[1:]
		}
	}
	return append(doc, besideDoc(p, blocks, st)...)
}

// besideDoc is what goes to the server beside the messages, each under a heading
// of its own.
func besideDoc(p session.Proof, blocks []session.Block, st *themes.Styles) kit.Doc {
	var doc kit.Doc
	before := text.Raw("x")
	if n := len(p.Messages); n > 0 {
		before = p.Messages[n-1].Content
	}
	for _, b := range p.Beside.Parts() {
		if len(doc) > 0 || len(p.Messages) > 0 {
			doc = append(doc, kit.Segment{Text: rawOf(cond(endsLine(before), "\n", "\n\n")), GutterStyle: st.Rule})
		}
		doc = append(doc, kit.Segment{ID: besideID(b.Kind), Text: rawOf(string(b.Kind) + ", beside the messages\n"), Style: st.Title, GutterStyle: st.Rule, Break: true})
		segs := slices.Clone(kit.BesideSegments(b.Kind == session.KindGrammar, b.Text, st))
		if i := slices.IndexFunc(blocks, func(x session.Block) bool { return x.Kind == b.Kind && !x.Off }); i >= 0 {
			for j := range segs {
				segs[j].GutterStyle = st.Gutter(i)
			}
			segs[0].Gutter = sign(b.Kind)
		}
		doc = append(doc, segs...)
		before = b.Text
	}
	return doc
}

func heading(p session.Proof, m int, st *themes.Styles) kit.Segment {
	said := string(p.Messages[m].Role)
	if p.Prefill && m == len(p.Messages)-1 {
		said += ", whose answer begins"
	}
	return kit.Segment{ID: headID(m), Text: rawOf(said + "\n"), Style: st.Title, GutterStyle: st.Rule, Break: true}
}

// gap is the empty row before a message, and the line feed that the last one
// does not have.
func gap(p session.Proof, m int, st *themes.Styles) kit.Segment {
	s := kit.Segment{Text: "\n", GutterStyle: st.Rule}
	if !endsLine(p.Messages[m-1].Content) {
		s.Text = "\n\n"
	}
	return s
}

func endsLine(r text.Raw) bool { return len(r) > 0 && r[len(r)-1] == '\n' }

func partStyle(part session.Part, st *themes.Styles) lipgloss.Style {
	switch part {
	case session.PartVar:
		return st.Variable.Bold(false)
	case session.PartUnknown:
		return st.Unknown
	case session.PartWrap, session.PartSep:
		return st.Faint
	case session.PartOutput, session.PartCalls:
		return st.Strong
	}
	return st.Text
}
