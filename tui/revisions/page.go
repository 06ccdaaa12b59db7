package revisions

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// page is what stands beside the tree: a text, or two compared.
type page struct {
	gen   uint64 // of the newest question for it
	mode  mode
	of    int64 // the revision that it is of, 0: the draft
	label string
	note  string // instead of a comparison
	head  int    // rows above it
	pager *kit.Pager
	diff  *kit.Diff

	change change
}

// change is what a revision changed of its parent, in words.
type change struct {
	of   int64
	says string
}

// gotPage is a page that was made outside of Update.
type gotPage struct {
	mode  mode
	of    int64
	label string
	note  string
	pager *kit.Pager
	diff  *kit.Diff
}

// against is what the row with the cursor is compared with, or why there is nothing.
func (s *Screen) against(r row) (m mark, why string) {
	if s.mark != nil {
		return *s.mark, ""
	}
	for _, x := range s.rows {
		if !x.draft && x.Revision.ID == r.Revision.ParentID {
			return mark{x.Revision.ID, fmt.Sprintf("@%d", x.Revision.Number), x.content}, ""
		}
	}
	return m, "It goes on from nothing: it is a first wording. space marks another revision to compare with, V one of another variant."
}

// show makes the page of the row with the cursor, outside of Update.
func (s *Screen) show() tea.Cmd {
	r := s.current()
	if r == nil {
		return nil
	}
	s.gen++
	s.page.gen = s.gen
	k, _ := s.kase()
	from, why := s.against(*r)
	at, st, m, w, h := *r, *s.d.Styles, s.mode, s.lay.page.w, s.lay.page.h
	name := s.nameOf(at)
	return s.ask(s.gen, func(context.Context) tea.Msg {
		out := gotPage{mode: m, of: at.Revision.ID}
		switch m {
		case asProof:
			out.label = "the context of " + caseName(k)
			out.pager = filled(proofDoc(session.Compose(at.content, k, session.Order{}), at.content.Blocks, &st), &st, w, h, "It sends nothing.")
		case asDiff, asContexts:
			if out.note = why; why != "" {
				break
			}
			out.diff = kit.NewDiff(&st)
			if m == asDiff {
				out.label, out.note = compareContents(out.diff, from, at.content)
			} else {
				out.label, out.note = compareContexts(out.diff, from, at.content, k)
			}
			out.diff.SetNames(from.name, name)
		default:
			out.label = "the blocks"
			out.pager = filled(blocksDoc(at.content, &st), &st, w, h, "It has no block.")
		}
		return out
	})
}

func caseName(k session.Case) string {
	if k.Name == "" {
		return "no case"
	}
	return text.Head(k.Name, 24).OneLine().String()
}

// compareContents lays two contents beside each other, and says so; the note stands
// where there is nothing to lay.
func compareContents(d *kit.Diff, from mark, c session.Content) (label, note string) {
	diff := session.DiffContents(from.content, c)
	label = "against " + from.name
	if diff.Same() {
		return label, "It says the same as " + from.name + "."
	}
	var parts []kit.DiffPart
	for _, x := range diff.Sections() {
		parts = append(parts, kit.DiffPart{Head: x.Head, A: x.A, B: x.B})
	}
	d.SetParts(parts)
	if adds, dels := d.Stat(); adds+dels == 0 { // settings and places, and no words
		for _, p := range parts {
			note += p.Head + "\n"
		}
		return label, note + "No word differs."
	}
	return label, ""
}

func compareContexts(d *kit.Diff, from mark, c session.Content, k session.Case) (label, note string) {
	a, b := session.Compose(from.content, k, session.Order{}), session.Compose(c, k, session.Order{})
	label = "final contexts of " + caseName(k) + ", against " + from.name
	if a.Hash == b.Hash {
		return label, "Both give " + caseName(k) + " the same final context, to the byte. d compares their blocks."
	}
	var parts []kit.DiffPart
	for _, p := range session.CompareContexts(a, b) {
		head := p.Head
		switch {
		case !p.InB:
			head += ", gone"
		case !p.InA:
			head += ", new"
		case p.Same():
			head += ", the same"
		}
		parts = append(parts, kit.DiffPart{Head: head, A: p.TextA, B: p.TextB})
	}
	d.SetParts(parts)
	if adds, dels := d.Stat(); adds+dels == 0 {
		return label, "They differ in how they are sent, and in no line of text. d compares their blocks."
	}
	return label, ""
}

// filled is a pager that was wrapped outside of Update.
func filled(doc kit.Doc, st *themes.Styles, w, h int, empty string) *kit.Pager {
	p := kit.NewPager(st)
	p.SetEmpty(empty)
	p.Resize(max(1, w-2), max(1, h-2))
	p.SetDoc(doc)
	return p
}

// turn shows a page. The place in it stays where it is of the same revision.
func (s *Screen) turn(m gotPage) {
	same := s.page.of == m.of && s.page.mode == m.mode
	s.page.mode, s.page.of, s.page.label, s.page.note = m.mode, m.of, m.label, m.note
	if m.pager != nil {
		if at := s.page.pager.Segment(); same {
			m.pager.GotoSegment(at)
		}
		s.page.pager = m.pager
	}
	if m.diff != nil {
		s.page.diff = m.diff
	}
	s.arrange()
}

// blocksDoc is the blocks as they are written, each in its colour.
func blocksDoc(c session.Content, st *themes.Styles) kit.Doc {
	var doc kit.Doc
	if p := paramsLine(c.Params); p != "" {
		doc = append(doc, kit.Segment{ID: 1, Text: text.Raw(p + "\n"), Style: st.Dim, GutterStyle: st.Rule, Break: true})
	}
	for i, b := range c.Blocks {
		style, gutter := st.Text, st.Gutter(i)
		if b.Off {
			style, gutter = st.Faint, st.Faint
		}
		if len(doc) > 0 {
			doc = append(doc, kit.Segment{Text: "\n", GutterStyle: st.Rule})
		}
		doc = append(doc, kit.Segment{ID: 2 + 2*i, Text: b.Name() + text.Raw(about(b)) + "\n", Style: st.Block(i), GutterStyle: gutter, Break: true})
		words := b.Text
		for n, x := range b.Shots {
			words = appended(words, text.Raw(fmt.Sprintf("%d. %s", n+1, offMark(x.Off)))+x.Name+"\n"+x.Input+arrow(x))
		}
		for n, x := range b.Resources {
			words = appended(words, text.Raw(fmt.Sprintf("%d. %s", n+1, offMark(x.Off)))+x.Name)
		}
		if words == "" {
			continue
		}
		doc = append(doc, kit.Segment{ID: 3 + 2*i, Text: words + "\n", Style: style, GutterStyle: gutter, Break: true})
	}
	return doc
}

func arrow(x session.Shot) text.Raw {
	out := text.Raw("\n→ ") + x.Output
	for _, c := range x.Calls {
		out += "\n→ " + c.Name + "(" + c.Arguments + ")"
	}
	return out
}

func offMark(off bool) string {
	if off {
		return "off "
	}
	return ""
}

func appended(a, b text.Raw) text.Raw {
	if n := len(a); n > 0 && a[n-1] != '\n' {
		a += "\n"
	}
	return a + b
}

// about is what a block is besides its words: "  instructions, in xml, off".
func about(b session.Block) string {
	var parts []string
	if b.Title != "" {
		parts = append(parts, string(b.Kind))
	}
	if !b.Kind.Beside() && b.Role != "" && b.Role != b.Kind.DefaultRole() {
		parts = append(parts, "by "+string(b.Role))
	}
	if b.Wrap != session.WrapNone && b.Wrap != "" {
		parts = append(parts, "in "+string(b.Wrap))
	}
	if b.Layout == session.LayoutTurns {
		parts = append(parts, "as turns")
	}
	if b.Order != "" && b.Order != "as-is" {
		parts = append(parts, b.Order)
	}
	if b.Off {
		parts = append(parts, "off")
	}
	if len(parts) == 0 {
		return ""
	}
	return "  " + strings.Join(parts, ", ")
}

// paramsLine is "temperature 0.7, top_p 1, max_tokens 1024, seed 1".
func paramsLine(p session.Params) string {
	var parts []string
	for _, f := range session.DiffContents(session.Content{}, session.Content{Params: p}).Params {
		if f.To != nil {
			parts = append(parts, f.Name+" "+text.Head(*f.To, 40).String())
		}
	}
	return strings.Join(parts, ", ")
}

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

// proofDoc is the exact context, each stretch in the colour of its block.
func proofDoc(p session.Proof, blocks []session.Block, st *themes.Styles) kit.Doc {
	var doc kit.Doc
	id, before := 1, text.Raw("")
	heading := func(said string) {
		if len(doc) > 0 {
			doc = append(doc, kit.Segment{Text: text.Raw(kit.Apart(before)), GutterStyle: st.Rule})
		}
		doc = append(doc, kit.Segment{ID: id, Text: text.Raw(said + "\n"), Style: st.Title, GutterStyle: st.Rule, Break: true})
		id++
	}
	spans := p.Spans
	for m, msg := range p.Messages {
		said := string(msg.Role)
		if p.Prefill && m == len(p.Messages)-1 {
			said += ", whose answer begins"
		}
		heading(said)
		for len(spans) > 0 && spans[0].Message == m {
			sp := spans[0]
			spans = spans[1:]
			seg := kit.Segment{ID: id, Text: msg.Content[sp.Start:sp.End], Style: partStyle(sp.Part, st)}
			if sp.Block >= 0 && sp.Block < len(blocks) {
				seg.GutterStyle = st.Gutter(sp.Block)
			}
			doc = append(doc, seg)
			id++
		}
		before = msg.Content
		for _, c := range msg.Calls {
			call := text.Raw(kit.Apart(before)) + "→ " + c.Name + "(" + c.Arguments + ")\n"
			doc = append(doc, kit.Segment{ID: id, Text: call, Style: st.Dim, GutterStyle: st.Rule})
			before = call
			id++
		}
	}
	for _, b := range p.Beside.Parts() {
		heading(string(b.Kind) + ", beside the messages")
		doc = append(doc, kit.Segment{ID: id, Text: b.Text, Style: st.Text, GutterStyle: st.Rule})
		id, before = id+1, b.Text
	}
	return doc
}
