package proof

import (
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// room is what of the proof does not fit the model in hand.
func (s *Screen) room() session.Room {
	if !s.ready || !s.an.counted {
		return session.Room{}
	}
	t := s.counts()
	lines := s.an.lines
	if t.Total != s.an.tokens.Total || t.Source != s.an.tokens.Source {
		lines = nil
	}
	return session.RoomOf(s.deps.Table.Proof(), t, lines)
}

// pieceID tells apart the pieces of a span that was cut.
const pieceID = 1 << 24

// border is a line that says what begins behind it.
type border struct {
	at    session.SpanPlace
	words string
	hard  bool
}

// borders are the lines that say what does not fit, in the order of the text.
func borders(r session.Room) []border {
	var out []border
	if r.Short && (!r.Over || r.Soft != r.Hard && r.Keep < r.Limit) {
		words := "from here on the answer has less room than max tokens promise"
		if !r.Over {
			words += ": " + r.Words()
		}
		out = append(out, border{r.Soft, words, false})
	}
	if r.Over {
		out = append(out, border{r.Hard, "beyond here nothing fits: " + r.Words(), true})
	}
	return out
}

// pieces cuts a segment of span i at the borders in it. beyond is how far the text
// is beyond borders so far, and comes back as it is behind the segment.
func (s *Screen) pieces(i int, seg kit.Segment, borders []border, beyond int) ([]kit.Segment, int) {
	st := s.deps.Styles
	dress := func(g kit.Segment, k int) kit.Segment {
		if k > 0 {
			g.Style = st.Warn
			if borders[k-1].hard {
				g.Style = st.Bad.Strikethrough(true)
			}
		}
		return g
	}
	var out []kit.Segment
	from, n := 0, 0
	for k := beyond; k < len(borders) && borders[k].at.Span == i; k++ {
		off := min(borders[k].at.Off, len(seg.Text))
		if off > from {
			part := seg
			part.Text, part.ID, part.Heat = seg.Text[from:off], i+n*pieceID, heatOf(seg, from, off)
			out = append(out, dress(part, beyond))
			n++
		}
		head := kit.Segment{ID: -2*pieceID - k, Text: text.Raw("━━ " + borders[k].words + "\n"), Style: st.Warn.Bold(true), GutterStyle: st.Rule, Break: true}
		if borders[k].hard {
			head.Style = st.Bad.Bold(true)
		}
		out = append(out, head)
		from, beyond = off, k+1
	}
	rest := seg
	rest.Text, rest.ID = seg.Text[from:], i+n*pieceID
	if from > 0 {
		rest.Heat = heatOf(seg, from, len(seg.Text))
	}
	if rest.Text != "" || len(out) == 0 {
		out = append(out, dress(rest, beyond))
	}
	return out, beyond
}

// heatOf are the weights of the lines of a part of a segment; a line that is cut
// counts where it begins.
func heatOf(seg kit.Segment, from, to int) []int {
	if seg.Heat == nil {
		return nil
	}
	first := strings.Count(string(seg.Text[:from]), "\n")
	last := first + strings.Count(string(seg.Text[from:to]), "\n")
	out := make([]int, 0, last-first+1)
	for i := first; i <= last && i < len(seg.Heat); i++ {
		out = append(out, seg.Heat[i])
	}
	if from > 0 && seg.Text[from-1] != '\n' && len(out) > 0 {
		out[0] = 0
	}
	return out
}

// spot is where bytes of a span stand in the document.
func (s *Screen) spot(span, from, to int) kit.Spot {
	out := kit.Spot{ID: span, From: from, To: to}
	if s.view != viewMessages {
		return out
	}
	n, at := 0, 0
	for _, b := range borders(s.room()) {
		if b.at.Span != span || b.at.Off <= at {
			continue
		}
		if from < b.at.Off {
			break
		}
		n, at = n+1, b.at.Off
	}
	return kit.Spot{ID: span + n*pieceID, From: from - at, To: to - at}
}
