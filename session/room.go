package session

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"galley/session/text"
)

// SpanPlace is a byte of a span's text.
type SpanPlace struct{ Span, Off int }

// Room says whether a context fits into a model's, before anything is sent: its
// tokens, and those that the parameters promise to the answer.
type Room struct {
	Limit int // of the model's context, 0: unknown, and all fits
	Keep  int // tokens promised to the answer
	Total int
	Rough bool // Total is not the server's own count
	// Soft is the place from which on the answer has not the room that it was promised,
	// where Short says that there is one; Hard the place behind which nothing fits,
	// where Over does.
	Soft, Hard  SpanPlace
	Short, Over bool
}

// RoomOf says what of a proof does not fit. lines, where they are known, are the
// tokens of each line of each span, and make the places exact to the line.
func RoomOf(p Proof, t TokenCount, lines [][]int) Room {
	r := Room{Limit: t.Limit, Keep: p.Params.MaxTokens, Total: t.Total, Rough: t.Source != "server"}
	if r.TooMany() == 0 {
		return r
	}
	r.Soft, r.Short = reach(p, t, lines, t.Limit-r.Keep)
	r.Hard, r.Over = reach(p, t, lines, t.Limit)
	return r
}

// SentContext is the context in tokens that a request has its model loaded with, as
// Ollama's num_ctx; 0: it says nothing of that.
func SentContext(body []byte) int {
	var r struct {
		Options struct {
			Tokens int `json:"num_ctx"`
		} `json:"options"`
	}
	if json.Unmarshal(body, &r) != nil {
		return 0
	}
	return max(0, r.Options.Tokens)
}

// TooMany is how many tokens there are too many, those of the answer counted.
func (r Room) TooMany() int {
	if r.Limit <= 0 {
		return 0
	}
	return max(0, r.Total+r.Keep-r.Limit)
}

// Words says in a clause what does not fit, "" where all does.
func (r Room) Words() string {
	about := ""
	if r.Rough {
		about = "about "
	}
	switch {
	case r.TooMany() == 0:
		return ""
	case r.Over:
		out := about + thousands(r.Total-r.Limit) + " tokens over the " + thousands(r.Limit)
		if r.Keep > 0 {
			out += ", and no room for the answer's " + thousands(r.Keep)
		}
		return out
	case r.Keep >= r.Limit:
		return "max tokens of " + thousands(r.Keep) + " leave no room in a context of " + thousands(r.Limit)
	}
	return "the answer's " + thousands(r.Keep) + " tokens want " + about + thousands(r.TooMany()) + " more than the " + thousands(r.Limit) + " that there are"
}

// thousands writes a number with a comma every three digits.
func thousands(n int) string {
	s := itoa(int64(n))
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// reach is the place behind which the first room tokens end, the template's own
// among them; false: all of them stand before it.
func reach(p Proof, t TokenCount, lines [][]int, room int) (SpanPlace, bool) {
	if t.Total <= room {
		return SpanPlace{}, false
	}
	left := max(0, room-t.Template)
	for i, sp := range p.Spans {
		if i >= len(t.Spans) {
			break
		}
		if t.Spans[i] <= left {
			left -= t.Spans[i]
			continue
		}
		content := p.Messages[sp.Message].Content[sp.Start:sp.End]
		if i >= len(lines) || len(lines[i]) == 0 {
			return SpanPlace{i, firstPart(content, left, t.Spans[i])}, true
		}
		at := 0
		for _, n := range lines[i] {
			end := at + lineEnd(content[at:])
			if n > left {
				return SpanPlace{i, at + firstPart(content[at:end], left, n)}, true
			}
			left -= n
			at = end
		}
		return SpanPlace{i, len(content)}, true
	}
	return SpanPlace{}, false
}

// lineEnd is the length of the first line with its line feed.
func lineEnd(t text.Raw) int {
	if n := strings.IndexByte(string(t), '\n'); n >= 0 {
		return n + 1
	}
	return len(t)
}

// firstPart is about where the first part of whole tokens of a text ends: before a word.
func firstPart(t text.Raw, part, whole int) int {
	at := len(t) * part / max(1, whole)
	for at > 0 && at < len(t) && !utf8.RuneStart(t[at]) {
		at--
	}
	if i := strings.LastIndexAny(string(t[:at]), " \n"); at < len(t) && at-i < 40 {
		at = i + 1
	}
	return at
}

// LineSpans is the proof with its spans cut where lines end, and of each of them the
// span that it was cut from.
func LineSpans(p Proof) (Proof, []int) {
	fine := p
	fine.Spans = make([]Span, 0, len(p.Spans))
	var of []int
	for i, sp := range p.Spans {
		content := p.Messages[sp.Message].Content
		for at := sp.Start; ; {
			part := sp
			part.Start, part.End = at, at+lineEnd(content[at:sp.End])
			fine.Spans, of = append(fine.Spans, part), append(of, i)
			if at = part.End; at >= sp.End {
				break
			}
		}
	}
	return fine, of
}

// FoldLines turns a count of what [LineSpans] gave back into one of the proof, with
// the tokens of each line of each span.
func FoldLines(p Proof, fine TokenCount, of []int) (TokenCount, [][]int) {
	out := fine
	out.Spans = make([]int, len(p.Spans))
	lines := make([][]int, len(p.Spans))
	for i, n := range fine.Spans {
		if i < len(of) {
			out.Spans[of[i]] += n
			lines[of[i]] = append(lines[of[i]], n)
		}
	}
	return out, lines
}
