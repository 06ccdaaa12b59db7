package session

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"galley/session/text"
)

// SplitHow says where a text is cut into pieces.
type SplitHow string

// The ways to cut.
const (
	SplitWhole      SplitHow = "whole"      // one piece
	SplitHeadings   SplitHow = "headings"   // before each Markdown heading
	SplitParagraphs SplitHow = "paragraphs" // behind blank lines
	SplitWords      SplitHow = "words"      // in pieces of about so many words
)

// SplitHows lists the ways.
func SplitHows() []SplitHow {
	return []SplitHow{SplitWhole, SplitHeadings, SplitParagraphs, SplitWords}
}

// Help is one line on where the text is cut.
func (h SplitHow) Help() string {
	switch h {
	case SplitWhole:
		return "one piece, the whole text"
	case SplitHeadings:
		return "a piece for each Markdown heading"
	case SplitParagraphs:
		return "a piece for each paragraph"
	case SplitWords:
		return "pieces of about so many words, with an overlap if one is wanted"
	}
	return "unknown"
}

// ParseSplitHow reads a way to cut.
func ParseSplitHow(s string) (SplitHow, error) { return choose("split", s, SplitHows()) }

// DefaultWords is how many words a piece of [SplitWords] has at most where nothing
// is said: about a screenful.
const DefaultWords = 200

// SplitOptions say how a text is cut into pieces.
type SplitOptions struct {
	How SplitHow // "": whole
	// Words is the most words that a piece may have. Of headings and paragraphs a
	// piece that is longer is cut again; 0 leaves it whole, and means
	// [DefaultWords] for SplitWords.
	Words int
	// Overlap is how many words of a piece the next one repeats, whole sentences or
	// lines that fit into it. Of SplitWords only.
	Overlap int
}

// Piece is a part of a text.
type Piece struct {
	Name       text.Raw // its heading, or its number
	Text       text.Raw
	Place      int // from 1; 0: it is the whole text
	Start, End int // bytes of the text
}

// SplitText cuts a text into pieces that hold every byte of it once and in order,
// but for an overlap. A piece ends behind a line, a paragraph or a sentence: never
// within a fence of code or a table unless that alone is longer than a piece may be,
// then behind one of its lines, and never within a sentence unless that alone is
// longer, then behind a word. Blank pieces join the one before.
func SplitText(t text.Raw, o SplitOptions) []Piece {
	s := string(t)
	if s == "" {
		return nil
	}
	var cuts []cut
	switch o.How {
	case SplitHeadings:
		cuts = sections(s, func(u unit) bool { return u.heading != "" })
	case SplitParagraphs:
		cuts = sections(s, func(u unit) bool { return u.begins })
	case SplitWords:
		cuts = []cut{{start: 0, end: len(s)}}
		if o.Words <= 0 {
			o.Words = DefaultWords
		}
	default:
		return []Piece{{Name: "1", Text: t, Start: 0, End: len(s)}}
	}
	if o.Words > 0 {
		var again []cut
		for _, c := range cuts {
			again = append(again, pack(s, c, o)...)
		}
		cuts = again
	}
	cuts = joinBlank(s, cuts)
	out := make([]Piece, len(cuts))
	for i, c := range cuts {
		name := c.name
		if name == "" {
			name = fmt.Sprint(i + 1)
		}
		out[i] = Piece{Name: text.Raw(name), Text: t[c.start:c.end], Place: i + 1, Start: c.start, End: c.end}
	}
	if len(out) == 1 && o.How != SplitHeadings {
		out[0].Place = 0
	}
	return out
}

// cut is a piece to be.
type cut struct {
	start, end int
	name       string
	repeat     int // bytes at its start that the piece before has too
}

// unit is what is not cut if it can be helped: a line of prose, or a fence or table.
type unit struct {
	start, end int
	heading    string // its words, where it is a Markdown heading
	begins     bool   // a paragraph begins with it
	whole      bool   // a fence or a table
}

// units cuts a text into its lines, those of a fence or of a table together.
func units(s string) []unit {
	var out []unit
	fence := ""
	blank := true
	for at := 0; at < len(s); {
		end := len(s)
		if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := strings.TrimRight(s[at:end], "\r\n")
		trimmed := strings.TrimSpace(line)
		u := unit{start: at, end: end}
		table := strings.HasPrefix(trimmed, "|")
		mark := fenceMark(line)
		switch {
		case fence != "":
			u.whole = true
			if mark != "" && strings.HasPrefix(mark, fence) && strings.Trim(trimmed, fence[:1]) == "" {
				fence = ""
			}
			out[len(out)-1].end = end
			at, blank = end, false
			continue
		case mark != "":
			fence, u.whole = mark, true
		case table:
			u.whole = true
			if n := len(out); n > 0 && out[n-1].whole && strings.HasPrefix(strings.TrimSpace(s[out[n-1].start:out[n-1].end]), "|") && !blank {
				out[n-1].end = end
				at = end
				continue
			}
		default:
			u.heading = heading(line)
		}
		u.begins = trimmed != "" && (blank || u.heading != "")
		blank = trimmed == ""
		out = append(out, u)
		at = end
	}
	return out
}

// fenceMark is the run of backticks or tildes that a line begins a fence with.
func fenceMark(line string) string {
	t := strings.TrimLeft(line, " ")
	if len(line)-len(t) > 3 || t == "" || t[0] != '`' && t[0] != '~' {
		return ""
	}
	n := len(t) - len(strings.TrimLeft(t, t[:1]))
	if n < 3 || t[0] == '`' && strings.Contains(t[n:], "`") {
		return ""
	}
	return t[:n]
}

// heading is what a line says that is a Markdown heading.
func heading(line string) string {
	t := strings.TrimLeft(line, " ")
	n := len(t) - len(strings.TrimLeft(t, "#"))
	if len(line)-len(t) > 3 || n < 1 || n > 6 || n < len(t) && t[n] != ' ' && t[n] != '\t' {
		return ""
	}
	return strings.TrimSpace(strings.TrimRight(strings.TrimSpace(t[n:]), "#"))
}

// sections cuts before the units that begin one. What stands before the first is a
// section of its own.
func sections(s string, begins func(unit) bool) (out []cut) {
	out = []cut{{}}
	for _, u := range units(s) {
		last := &out[len(out)-1]
		switch {
		case !begins(u):
		case u.start == 0:
			last.name = u.heading
		default:
			last.end = u.start
			out = append(out, cut{start: u.start, name: u.heading})
		}
	}
	out[len(out)-1].end = len(s)
	return out
}

// joinBlank joins pieces that hold nothing to the one before, or at the beginning to
// the one behind.
func joinBlank(s string, cuts []cut) []cut {
	var out []cut
	for _, c := range cuts {
		n := len(out)
		switch {
		case n > 0 && strings.TrimSpace(s[c.start+c.repeat:c.end]) == "":
			out[n-1].end = c.end
		case n == 1 && strings.TrimSpace(s[out[0].start:out[0].end]) == "":
			c.start = out[0].start
			out[0] = c
		default:
			out = append(out, c)
		}
	}
	return out
}

// pack cuts a section into pieces of at most o.Words words.
func pack(s string, c cut, o SplitOptions) (out []cut) {
	atoms := atomsOf(s, c, o.Words)
	at := 0
	for at < len(atoms) {
		end, words := at, 0
		for end < len(atoms) && (end == at || words+atoms[end].words <= o.Words) {
			words += atoms[end].words
			end++
		}
		end = settle(s, atoms, at, end)
		from := at
		if o.How == SplitWords && at > 0 {
			from = back(atoms, at, min(o.Overlap, o.Words-1))
		}
		out = append(out, cut{start: atoms[from].start, end: atoms[end-1].end, name: c.name, repeat: atoms[at].start - atoms[from].start})
		at = end
	}
	if c.name != "" && len(out) > 1 {
		for i := range out {
			out[i].name = fmt.Sprintf("%s (%d of %d)", c.name, i+1, len(out))
		}
	}
	return out
}

// settle moves the end of a piece back to the end of a paragraph, where one ends in
// its second half.
func settle(s string, atoms []atom, at, end int) int {
	if end == len(atoms) {
		return end
	}
	for i := end; i > at+(end-at)/2; i-- {
		if blankBefore(s, atoms[i].start) {
			return i
		}
	}
	return end
}

// blankBefore reports whether the line before at is blank.
func blankBefore(s string, at int) bool {
	before := strings.TrimRight(s[:at], " \t\r")
	if !strings.HasSuffix(before, "\n") {
		return false
	}
	return strings.HasSuffix(strings.TrimRight(before[:len(before)-1], " \t\r"), "\n")
}

// back is the first of the atoms before at that together have at most so many
// words; at itself where none has.
func back(atoms []atom, at, words int) int {
	from := at
	for i := at - 1; i >= 0 && atoms[i].words <= words; i-- {
		if words -= atoms[i].words; atoms[i].words > 0 {
			from = i
		}
	}
	return from
}

// atom is what pieces are put together from.
type atom struct{ start, end, words int }

// atomsOf cuts a section into units, those too long for a piece into lines,
// sentences and words. Lines of prose that follow each other are read as one, so
// that a sentence may go on behind a line's end.
func atomsOf(s string, c cut, most int) (out []atom) {
	add := func(start, end int) {
		if start < end {
			out = append(out, atom{start, end, len(text.Words(s[start:end]))})
		}
	}
	us := units(s[c.start:c.end])
	for i := 0; i < len(us); i++ {
		start, end := c.start+us[i].start, c.start+us[i].end
		if us[i].whole {
			if len(text.Words(s[start:end])) <= most {
				add(start, end)
				continue
			}
			for line := range strings.Lines(s[start:end]) {
				add(start, start+len(line))
				start += len(line)
			}
			continue
		}
		for us[i].heading == "" && i+1 < len(us) && goesOn(us[i+1], s[c.start+us[i+1].start:c.start+us[i+1].end]) {
			i++
			end = c.start + us[i].end
		}
		prose := strings.NewReplacer("\n", " ", "\r", " ").Replace(s[start:end]) // of the same length
		last := start
		for at := range text.SentenceEnds(prose) {
			if len(text.Words(s[last:start+at])) <= most {
				add(last, start+at)
			} else {
				wordwise(s, last, start+at, most, add)
			}
			last = start + at
		}
		add(last, end)
	}
	return out
}

// goesOn reports whether a line may go on with the sentence of the line before.
func goesOn(u unit, line string) bool {
	t := strings.TrimSpace(line)
	if u.whole || u.heading != "" || u.begins || t == "" {
		return false
	}
	return !bulleted.MatchString(t)
}

var bulleted = regexp.MustCompile(`^(?:[-*+•>]|[0-9]{1,3}[.)]) `)

// wordwise cuts a sentence behind words.
func wordwise(s string, start, end, most int, add func(start, end int)) {
	from, n := start, 0
	before := false
	for i, r := range s[start:end] {
		space := unicode.IsSpace(r)
		if before && !space && i > 0 {
			if n++; n >= most {
				add(from, start+i)
				from, n = start+i, 0
			}
		}
		before = space
	}
	add(from, end)
}
