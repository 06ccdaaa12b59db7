package resources

import (
	"fmt"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// showPiece brings what is in hand into the pager; it stays at its row where it is
// the same.
func (s *Screen) showPiece() {
	r := s.row()
	if r == nil {
		s.pageOf = ""
		s.page.SetDoc(nil)
		return
	}
	p := s.piece()
	var doc kit.Doc
	var of string
	if p == nil {
		doc, of = s.sourceDoc(r.source), "source "+r.source.String()
	} else {
		doc, of = s.pieceDoc(p, r), p.UID+p.Hash+string(rune(s.d.Table.CaseAt()))
	}
	if of == s.pageOf {
		s.page.ReplaceDoc(doc)
		return
	}
	s.pageOf = of
	s.page.SetDoc(doc)
}

// fact adds a line that is ours.
func (s *Screen) fact(doc kit.Doc, gutter, said string, warn bool) kit.Doc {
	st := s.d.Styles
	style := st.Dim
	if warn {
		style = st.Warn
	}
	return append(doc, kit.Segment{ID: len(doc), Text: text.Raw(said + "\n"), Style: style, Gutter: gutter, GutterStyle: st.Faint, Break: true})
}

// sourceDoc is a source: what it comes to, and its pieces by their first lines.
func (s *Screen) sourceDoc(name text.Raw) kit.Doc {
	x, st := s.sums[name], s.d.Styles
	said := kit.Plural(x.pieces, "piece", "pieces")
	if x.on < x.pieces {
		said += fmt.Sprintf(", %d of them on", x.on)
	}
	doc := s.fact(nil, "holds", said+fmt.Sprintf(" · %s bytes, about %s", kit.Thousands(x.bytes), kit.Plural(x.tokens, "token", "tokens")), false)
	in, older := 0, 0
	for _, r := range s.of {
		if same, ok := s.held[r.UID]; ok && r.Source == name {
			in++
			if !same {
				older++
			}
		}
	}
	switch {
	case in == 0:
		doc = s.fact(doc, "in", "nothing of it is in the variant on the table; + puts all of it there", false)
	case older > 0:
		doc = s.fact(doc, "in", fmt.Sprintf("%d of %d are in the variant on the table, %d as an older copy; + brings them up to date", in, x.pieces, older), true)
	default:
		doc = s.fact(doc, "in", fmt.Sprintf("%d of %d are in the variant on the table", in, x.pieces), false)
	}
	doc = append(doc, kit.Segment{Text: "\n", GutterStyle: st.Rule, Break: true})
	const shown = 200
	n := 0
	for _, r := range s.of {
		if r.Source != name {
			continue
		}
		if n++; n > shown {
			doc = s.fact(doc, "", fmt.Sprintf("and %d more", x.pieces-shown), false)
			break
		}
		doc = append(doc, kit.Segment{ID: 1000 + n, Text: text.Raw(text.Head(r.Text, 56).OneLine().String() + "\n"), Style: st.Text, Gutter: fmt.Sprint(n), GutterStyle: st.Faint, Break: true})
	}
	return doc
}

// pieceDoc is a text with what is known of it; the words that it shares with the case
// stand out.
func (s *Screen) pieceDoc(p *session.Resource, r *row) kit.Doc {
	st := s.d.Styles
	var doc kit.Doc
	banked := r.item >= 0
	if banked {
		state := "on"
		if p.Off {
			state = "off: nothing takes it anew"
		}
		if p.Source != "" {
			state += fmt.Sprintf(" · piece %d of %s", max(1, p.Place), text.Head(p.Source, 60).OneLine())
		}
		doc = s.fact(doc, "is", state, false)
		same, in := s.held[p.UID]
		switch {
		case in && !same:
			doc = s.fact(doc, "in", "the variant on the table holds an older copy; + brings it up to date", true)
		case in:
			doc = s.fact(doc, "in", "the variant on the table holds it", false)
		}
	} else {
		doc = s.fact(doc, "is", "a text of the case's own list, not of the bank", false)
	}
	if len(p.Tags) > 0 {
		doc = s.fact(doc, "tags", session.JoinTags(p.Tags).String(), false)
	}
	size := kit.Thousands(len(p.Text)) + " bytes"
	if n := s.tokens[p.Hash]; n > 0 {
		size += ", about " + kit.Plural(n, "token", "tokens")
	}
	doc = s.fact(doc, "size", size, false)
	var words []text.Raw
	if i, ok := s.ranked.at[p.Hash]; ok && i < len(s.ranked.list) {
		x := s.ranked.list[i]
		words = x.Words
		said := "no word of the case stands in it"
		switch {
		case s.ranked.own:
			said = fmt.Sprintf("%d of %d in the case's own list", x.Rank, len(s.ranked.list))
		case x.Rank > 0:
			said = fmt.Sprintf("%d of %d for %s (score %.2f): %s", x.Rank, len(s.ranked.list), text.Head(s.ranked.name, 24).OneLine(), x.Score, session.JoinTags(words).String())
		case s.ranked.note != "":
			said = s.ranked.note
		}
		doc = s.fact(doc, "rank", said, false)
	}
	if g, ok := s.ranked.marks[p.Hash]; ok {
		doc = s.fact(doc, "mark", fmt.Sprintf("%d, %s", g, session.GradeHelp(g)), false)
	}
	doc = append(doc, kit.Segment{Text: "\n", GutterStyle: st.Rule, Break: true})
	at := 0
	first := "text"
	add := func(to int, hit bool) {
		if to <= at {
			return
		}
		g := kit.Segment{ID: 100 + len(doc), Text: p.Text[at:to], Style: st.Text, Gutter: first, GutterStyle: st.Gutter(0), Break: first != ""}
		if hit {
			g.Style = st.Match
		}
		first = ""
		doc = append(doc, g)
		at = to
	}
	for _, place := range text.WordPlaces(p.Text, words) {
		add(place[0], false)
		add(place[1], true)
	}
	add(len(p.Text), false)
	return doc
}

// pieceTitle is the head of the pane.
func (s *Screen) pieceTitle() (title, label string) {
	r := s.row()
	if r == nil {
		return "Text", ""
	}
	if !s.page.AtEnd() {
		label = "more below"
	}
	p := s.piece()
	switch {
	case p == nil:
		title = text.Head(r.source, 48).OneLine().String()
	case p.Name == "":
		title = "Text of the list"
	default:
		title = text.Head(p.Name, 48).OneLine().String()
	}
	return title, label
}
