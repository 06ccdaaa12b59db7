package resources

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// row is a line of the list: a source with all its pieces, a resource of the bank, or
// a place in the ranking.
type row struct {
	source text.Raw // of a source
	item   int      // index into the bank, -1: of a source, or a text of the case's own list
	rank   int      // index into the ranking, -1 none
}

// fill makes the rows anew; the cursor stays where it was.
func (s *Screen) fill() {
	was, wasSource := s.want, text.Raw("")
	if r := s.row(); was == 0 && r != nil {
		if r.item >= 0 && r.item < len(s.of) {
			was = s.of[r.item].ID
		} else if r.rank < 0 {
			wasSource = r.source
		}
	}
	s.want = 0
	words := s.find.Words()
	s.rows = s.rows[:0]
	if s.order {
		for i := range s.ranked.list {
			x := &s.ranked.list[i]
			r := row{item: -1, rank: i}
			if !s.ranked.own {
				r.item = x.Item
			}
			if len(words) == 0 || s.matches(&x.Resource, words) {
				s.rows = append(s.rows, r)
			}
		}
	} else {
		s.tree(words)
	}
	s.list.SetRows(len(s.rows))
	for i, r := range s.rows {
		if was != 0 && r.item >= 0 && r.item < len(s.of) && s.of[r.item].ID == was || was == 0 && wasSource != "" && r.source == wasSource && r.item < 0 {
			s.list.SetRow(i)
			break
		}
	}
	s.moved()
}

// tree lists the sources with their pieces, and between them what has no source.
func (s *Screen) tree(words []string) {
	head := -1 // the row of the source that the pieces are of
	for i := range s.of {
		r := &s.of[i]
		if r.Source != "" && (i == 0 || s.of[i-1].Source != r.Source) {
			if head >= 0 && head == len(s.rows)-1 && len(words) > 0 {
				s.rows = s.rows[:head] // none of its pieces is looked for
			}
			head = len(s.rows)
			s.rows = append(s.rows, row{source: r.Source, item: -1, rank: -1})
		}
		if r.Source == "" && head >= 0 {
			if head == len(s.rows)-1 && len(words) > 0 {
				s.rows = s.rows[:head]
			}
			head = -1
		}
		if r.Source != "" && s.folded[r.Source] && len(words) == 0 || len(words) > 0 && !s.matches(r, words) {
			continue
		}
		s.rows = append(s.rows, row{source: r.Source, item: i, rank: -1})
	}
	if head >= 0 && head == len(s.rows)-1 && len(words) > 0 {
		s.rows = s.rows[:head]
	}
}

// row is the line with the cursor, or nil.
func (s *Screen) row() *row {
	if i := s.list.Row(); i >= 0 && i < len(s.rows) {
		return &s.rows[i]
	}
	return nil
}

// piece is the text with the cursor, or nil on a source.
func (s *Screen) piece() *session.Resource {
	r := s.row()
	switch {
	case r == nil:
		return nil
	case r.rank >= 0 && r.rank < len(s.ranked.list):
		return &s.ranked.list[r.rank].Resource
	case r.item >= 0 && r.item < len(s.of):
		return &s.of[r.item]
	}
	return nil
}

// picked are the resources of the bank that the keys mean: the one with the cursor,
// or all pieces of the source.
func (s *Screen) picked() []session.Resource {
	r := s.row()
	if r == nil {
		return nil
	}
	if r.item >= 0 && r.item < len(s.of) {
		return session.CloneResources(s.of[r.item : r.item+1])
	}
	var out []session.Resource
	for _, x := range s.of {
		if r.rank < 0 && x.Source == r.source {
			out = append(out, x)
		}
	}
	return session.CloneResources(out)
}

// moved follows the cursor of the list.
func (s *Screen) moved() {
	s.arrange()
	s.showPiece()
}

// The columns.
const (
	colName = iota
	colRank
	colScore
	colMark
	colWords
	colIn
	colBytes
	colTokens
	colTags
	colText
)

func (s *Screen) columns() []kit.Column {
	s.cols = s.cols[:0]
	var out []kit.Column
	add := func(id int, c kit.Column) { s.cols, out = append(s.cols, id), append(out, c) }
	if s.order {
		add(colRank, kit.Column{Title: "Rank", Min: 4, Right: true})
		add(colName, kit.Column{Title: "Resource", Min: 16, Flex: 2, Max: 40})
		if !s.ranked.own {
			add(colScore, kit.Column{Title: "Score", Min: 6, Right: true, Hide: 2})
		}
		add(colMark, kit.Column{Title: "Mark", Min: 10})
		if s.ranked.own {
			add(colText, kit.Column{Title: "Text", Min: 12, Flex: 3, Hide: 3})
		} else {
			add(colWords, kit.Column{Title: "Words that matched", Min: 12, Flex: 3, Hide: 3})
		}
		return out
	}
	add(colName, kit.Column{Title: "Resource", Min: 18, Flex: 3, Max: 48})
	if len(s.held) > 0 {
		add(colIn, kit.Column{Title: "In", Min: 2, Hide: 2})
	}
	if len(s.ranked.marks) > 0 {
		add(colMark, kit.Column{Title: "Mark", Min: 7, Hide: 1})
	}
	add(colBytes, kit.Column{Title: "Bytes", Min: 9, Right: true, Hide: 5})
	add(colTokens, kit.Column{Title: "Tokens", Min: 7, Right: true, Hide: 3})
	if s.tagged {
		add(colTags, kit.Column{Title: "Tags", Min: 8, Hide: 4})
	}
	add(colText, kit.Column{Title: "Text", Min: 14, Flex: 4, Hide: 6})
	return out
}

func (s *Screen) cell(at, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	if at >= len(s.rows) || col >= len(s.cols) {
		return text.Shown{}, st.Text
	}
	r := s.rows[at]
	switch {
	case r.rank >= 0:
		if r.rank >= len(s.ranked.list) {
			return text.Shown{}, st.Text
		}
		return s.rankCell(&s.ranked.list[r.rank], s.cols[col])
	case r.item < 0:
		return s.sourceCell(r.source, s.cols[col])
	case r.item < len(s.of):
		return s.bankCell(&s.of[r.item], s.cols[col])
	}
	return text.Shown{}, st.Text
}

func (s *Screen) sourceCell(name text.Raw, col int) (text.Shown, lipgloss.Style) {
	st, x := s.d.Styles, s.sums[name]
	switch col {
	case colName:
		sign := "▾ "
		if s.folded[name] {
			sign = "▸ "
		}
		return text.Of(sign).Append(text.Head(name, 60).OneLine()), st.Strong
	case colBytes:
		return text.Of(kit.Thousands(x.bytes)), st.Dim
	case colTokens:
		return s.tokenWord(x.tokens), st.Dim
	case colText:
		said := kit.Plural(x.pieces, "piece", "pieces")
		if x.on < x.pieces {
			said += fmt.Sprintf(", %d on", x.on)
		}
		return text.Of(said), st.Dim
	}
	return text.Shown{}, st.Text
}

// tokenWord is a number of tokens, or dots while they are counted.
func (s *Screen) tokenWord(n int) text.Shown {
	if n == 0 {
		return text.Of("…")
	}
	return text.Of(kit.Thousands(n))
}

func (s *Screen) bankCell(r *session.Resource, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	plain := st.Text
	if r.Off {
		plain = st.Faint
	}
	switch col {
	case colName:
		sign := "● "
		if r.Off {
			sign = "○ "
		}
		if r.Source != "" {
			sign = "  " + sign
		}
		return text.Of(sign).Append(text.Head(r.Name, 60).OneLine()), plain
	case colIn:
		same, in := s.held[r.UID]
		switch {
		case !in:
			return text.Shown{}, st.Text
		case !same:
			return text.Of("◇"), st.Warn
		}
		return text.Of("◆"), st.Accent
	case colMark:
		return s.markCell(r.Hash)
	case colBytes:
		return text.Of(kit.Thousands(len(r.Text))), st.Dim
	case colTokens:
		return s.tokenWord(s.tokens[r.Hash]), st.Dim
	case colTags:
		return text.Head(session.JoinTags(r.Tags), 40).OneLine(), st.Dim
	}
	return text.Head(r.Text, 200).OneLine(), plain
}

func (s *Screen) rankCell(x *session.Ranked, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	plain := st.Text
	if x.Rank == 0 {
		plain = st.Faint
	}
	switch col {
	case colRank:
		if x.Rank == 0 {
			return text.Of("–"), st.Faint
		}
		return text.Of(fmt.Sprint(x.Rank)), st.Strong
	case colName:
		if x.Name == "" {
			return text.Of(fmt.Sprintf("text %d of the list", x.Item+1)), plain
		}
		return text.Head(x.Name, 60).OneLine(), plain
	case colScore:
		if x.Rank == 0 {
			return text.Shown{}, st.Text
		}
		return text.Of(fmt.Sprintf("%.2f", x.Score)), st.Dim
	case colMark:
		return s.markCell(x.Hash)
	case colWords:
		if x.Rank == 0 {
			return text.Of("no word matched"), st.Faint
		}
		return text.Head(session.JoinTags(x.Words), 120).OneLine(), st.Dim
	}
	return text.Head(x.Text, 200).OneLine(), plain
}

// grades say in few words what a mark says, beside a rank and where room is scarcer.
var grades = [4]struct{ ranked, banked string }{{"0 no use", "0 none"}, {"1 some use", "1 some"}, {"2 holds it", "2 holds"}, {"3 is it", "3 is it"}}

func (s *Screen) markCell(hash string) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	g, ok := s.ranked.marks[hash]
	if !ok {
		return text.Shown{}, st.Text
	}
	said, look := grades[g].banked, st.Good
	if s.order {
		said = grades[g].ranked
	}
	if g == 0 {
		look = st.Dim
	}
	return text.Of(said), look
}
