package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session"
)

// tags are the tags of our own words in a message, outside of code.
func tags(in *Input, m int) []Finding {
	b := in.code[m]
	pairs, left := match(findTags(b))
	return append(openTags(in, m, pairs, left), crossed(in, m, pairs)...)
}

// openTags finds tags without a partner. A tag that is only mentioned ("put it in
// <answer> tags", or a list of the parts that an answer has) is none. What is
// meant as a tag stands alone on its line with something right below it, or
// begins its block, or touches what it holds, or is closed elsewhere in the
// message.
func openTags(in *Input, m int, pairs []element, left []tag) (out []Finding) {
	b := in.code[m]
	closed := map[string]bool{}
	for _, e := range pairs {
		closed[e.open.name] = true
	}
	listed := map[int]bool{} // by the line's first byte: opening tags without a partner, which are a place to fill
	for _, t := range left {
		if from, ok := lonely(b, t); !t.close && (ok || !opensText(in, m, t)) {
			listed[from] = true
		}
	}
	for _, t := range left {
		from, alone := lonely(b, t)
		f := Finding{Severity: Warning, Spans: []Place{in.place(m, t.start, t.end)}}
		if t.close {
			if alone || closesText(in, m, t) {
				f.Message = fmt.Sprintf("</%s> closes a tag that was never opened: open it, or take it away.", shown(t.name))
				out = append(out, f)
			}
			continue
		}
		next := t.end + lineRest(b, t.end) + 1
		below := next < len(b) && len(bytes.TrimSpace(b[next:next+lineRest(b, next)])) > 0
		meant := false
		switch {
		case !alone:
			meant = opensText(in, m, t)
		case listed[next] || listed[fullBefore(b, from)]:
			meant = closed[t.name]
		default:
			meant = below || closed[t.name] || next < len(b) && in.begins(m, t.start) && len(bytes.TrimSpace(b[next:])) > 0
		}
		if len(out) >= maxPlaces {
			return out
		}
		if meant && !spokenOf(b, t, pairs) {
			f.Message = fmt.Sprintf("<%s> is never closed: write </%s> where it ends.", shown(t.name), shown(t.name))
			out = append(out, f)
		}
	}
	return out
}

// spokenOf reports whether the end of a tag without a partner went to one of its name
// that is only spoken of, in a sentence between the two.
func spokenOf(b []byte, t tag, pairs []element) bool {
	return slices.ContainsFunc(pairs, func(e element) bool {
		return e.open.name == t.name && t.end <= e.open.start && !edge(b, e.open) && edge(b, e.close)
	})
}

// opensText reports whether an opening tag touches what it holds: a variable, or,
// at the beginning of a line, words that begin with a capital or a digit. List<A>
// and <name>s touch nothing.
func opensText(in *Input, m int, t tag) bool {
	b := in.code[m]
	if r, _ := utf8.DecodeLastRune(b[:t.start]); unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' {
		return false
	}
	if in.variableAt(m, func(s session.Span) bool { return s.Start == t.end }) {
		return true
	}
	from := lineStart(b, t.start)
	line := b[t.end : t.end+lineRest(b, t.end)]
	r, _ := utf8.DecodeRune(line)
	return len(bytes.TrimSpace(b[from:t.start])) == 0 && (unicode.IsUpper(r) || unicode.IsDigit(r)) &&
		bytes.IndexByte(line, '<') < 0 && len(bytes.Fields(line)) > 1
}

// closesText reports whether a closing tag touches what it ends: a variable, or,
// at the end of a line, the words before it.
func closesText(in *Input, m int, t tag) bool {
	b := in.code[m]
	if in.variableAt(m, func(s session.Span) bool { return s.End == t.start }) {
		return true
	}
	from := lineStart(b, t.start)
	r, _ := utf8.DecodeLastRune(b[from:t.start])
	touches := unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".!?", r)
	return touches && len(bytes.TrimSpace(b[t.end:t.end+lineRest(b, t.end)])) == 0 && bytes.IndexByte(b[from:t.start], '<') < 0
}

// variableAt reports whether a variable stands where fits says.
func (in *Input) variableAt(m int, fits func(session.Span) bool) bool {
	return slices.ContainsFunc(in.Proof.SpansOf(m), func(s session.Span) bool {
		return (s.Part == session.PartVar || s.Part == session.PartUnknown) && fits(s)
	})
}

// begins reports whether nothing of its block stands before a byte of a message.
func (in *Input) begins(m, at int) bool {
	spans := in.Proof.SpansOf(m)
	k := slices.IndexFunc(spans, func(s session.Span) bool { return s.Start <= at && at < s.End })
	if k < 0 || len(bytes.TrimSpace(in.code[m][spans[k].Start:at])) > 0 {
		return false
	}
	for k--; k >= 0 && spans[k].Block == spans[k+1].Block; k-- {
		if spans[k].Part != session.PartWrap && spans[k].Part != session.PartSep {
			return false
		}
	}
	return true
}

// crossed finds elements of which one is opened inside the other and closed after
// it. Tags in the middle of a sentence are mentions.
func crossed(in *Input, m int, pairs []element) (out []Finding) {
	b := in.code[m]
	type end struct {
		at   tag
		pair int
	}
	ends := make([]end, 0, 2*len(pairs))
	for i, e := range pairs {
		ends = append(ends, end{e.open, i}, end{e.close, i})
	}
	slices.SortFunc(ends, func(x, y end) int { return x.at.start - y.at.start })
	var open []int
	for _, e := range ends {
		if !e.at.close {
			open = append(open, e.pair)
			continue
		}
		top := open[len(open)-1]
		if top != e.pair {
			outer, inner := pairs[e.pair], pairs[top]
			if len(out) < maxPlaces && edge(b, outer.open) && edge(b, outer.close) && edge(b, inner.open) && edge(b, inner.close) {
				out = append(out, Finding{
					Severity: Warning, Spans: []Place{in.place(m, outer.close.start, outer.close.end)},
					Message: fmt.Sprintf("</%[1]s> stands before </%[2]s>, though <%[2]s> was opened inside: close <%[2]s> first.", shown(outer.open.name), shown(inner.open.name)),
				})
			}
			k := len(open) - 1
			for open[k] != e.pair {
				k--
			}
			open = slices.Delete(open, k, k+1)
			continue
		}
		open = open[:len(open)-1]
	}
	return out
}

// edge reports whether nothing but tags and space stands before or after the tag
// on its line.
func edge(b []byte, t tag) bool {
	from := lineStart(b, t.start)
	return onlyTags(b[from:t.start]) || onlyTags(b[t.end:t.end+lineRest(b, t.end)])
}

func onlyTags(b []byte) bool {
	for {
		b = bytes.TrimLeft(b, " \t\r")
		if len(b) == 0 {
			return true
		}
		t, ok := tag{}, false
		if b[0] == '<' {
			t, ok = readTag(b, 0)
		}
		if !ok {
			return false
		}
		b = b[t.end:]
	}
}

// lonely reports whether the tag stands alone on its line, and where that begins.
func lonely(b []byte, t tag) (from int, ok bool) {
	from = lineStart(b, t.start)
	return from, len(bytes.TrimSpace(b[from:t.start])) == 0 && len(bytes.TrimSpace(b[t.end:t.end+lineRest(b, t.end)])) == 0
}

// lineBefore is where the line before the one at from begins, -1 if there is
// none.
func lineBefore(b []byte, from int) int {
	if from == 0 {
		return -1
	}
	return bytes.LastIndexByte(b[:from-1], '\n') + 1
}

// fullBefore is where the last line before the one at from begins that is not blank.
func fullBefore(b []byte, from int) int {
	for range 4 {
		if from = lineBefore(b, from); from < 0 || len(bytes.TrimSpace(b[from:from+lineRest(b, from)])) > 0 {
			break
		}
	}
	return from
}

// emptyTurns finds turns of a turns block that hold nothing though another
// follows: they are not sent.
func emptyTurns(in *Input) (out []Finding) {
	for i, b := range in.Content.Blocks {
		if b.Off || b.Kind != session.KindTurns {
			continue
		}
		for _, t := range session.EmptyTurns(b.Text) {
			at := in.places(func(s session.Span) bool { return s.Block == i && s.From >= t.End })
			out = append(out, Finding{
				Severity: Warning, Spans: at[:min(1, len(at))],
				Message: fmt.Sprintf("Block %s has an empty %s turn before another, which is not sent: write it, or take its line away.", shown(string(b.Name())), t.Role),
			})
		}
	}
	return out
}

// farthest is how far from a tag its line is looked at: beyond that it is no line
// that somebody wrote.
const farthest = 512

// lineStart is where the line of a byte begins.
func lineStart(b []byte, at int) int {
	from := max(0, at-farthest)
	return from + bytes.LastIndexByte(b[from:at], '\n') + 1
}

// lineRest is the length of the rest of a line.
func lineRest(b []byte, at int) int { return lineLen(b[at:min(len(b), at+farthest)]) }
