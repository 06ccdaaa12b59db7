package lint

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session"
)

// statement is one sentence of the author's own words that says what to do: no
// quoted document, no fence, no worked or bad example.
type statement struct {
	place Place
	words []word
	scope string // the part of the answer that it is about, by headings, tags and leads; "" all of it
	cond  bool   // it holds in some cases only
	neg   bool   // the line above it turns it into a ban: "Never:"
	asks  bool   // it is a question

	foreign bool // it is of another language, and its words were put into English
}

// word is one word of a statement, in lower case.
type word struct {
	s       string
	at, end int    // in its message
	gap     string // what stands between the word before and this one
	quoted  bool   // inside quotation marks or `code`
	upper   bool   // begins with a capital
}

// unit is a run of lines that are read as one: a bullet, a line, a paragraph that
// was broken by hand.
type unit struct {
	start, end int
	indent     int // of a bullet; -1: it is none
	heading    int // its level; 0: it is none
	gap        bool
}

// statements reads the author's own words of all messages once.
func (in *Input) statements() []statement {
	if in.said == nil {
		in.said = []statement{}
		for m := range in.Proof.Messages {
			if in.Bare && in.Proof.Messages[m].Role == session.RoleAssistant {
				continue
			}
			in.said = append(in.said, readMessage(in, m)...)
		}
	}
	return in.said
}

func readMessage(in *Input, m int) []statement {
	b := in.instructing(m)
	r := reader{in: in, m: m, b: b}
	for _, u := range units(b) {
		r.read(u)
	}
	return r.out
}

// instructing is our own words of a message with all that instructs nobody masked.
func (in *Input) instructing(m int) []byte {
	if in.inst == nil {
		in.inst = make([][]byte, len(in.own))
	}
	if in.inst[m] != nil {
		return in.inst[m]
	}
	b := bytes.Clone(in.own[m])
	for _, f := range in.fence[m] {
		blank(b[f.start:f.end])
	}
	for _, s := range in.Proof.SpansOf(m) {
		if k := in.Content.Blocks[s.Block].Kind; k == session.KindTurns || k == session.KindPrefill {
			blank(b[s.Start:s.End])
		}
	}
	pairs, _ := match(findTags(in.code[m]))
	for _, e := range pairs {
		if holdsText(e.open.name) {
			blank(b[e.open.start:e.close.end])
		}
	}
	maskExamples(b)
	in.inst[m] = b
	return b
}

// holdsText reports whether an element of the name holds a text to work on and not
// a part of the instructions.
func holdsText(name string) bool {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == '-' || r == '.' || r == ':' })
	text := false
	for _, p := range parts {
		if ruleTags[p] || ruleTags[singular(p)] {
			return false
		}
		text = text || textTags[p] || textTags[singular(p)]
	}
	return text
}

var (
	textTags = set(`example document doc email mail text context article transcript ticket message conversation chat input output sample quote
		source resource data passage excerpt code diff contract review log history letter report email bad good wrong page note memo fact
		snippet file content question query case counterexample template draft original translation story clause comment thread post`)
	ruleTags = set(`instruction rule task format style role guideline constraint persona policy step tone requirement instructions system structure`)
)

// maskExamples masks what is marked as an example, good or bad: from the mark to
// the end of its paragraph, or below a heading to the next. Quoted lines go too.
func maskExamples(b []byte) {
	below, level, gone := false, 0, false
	for at := 0; at < len(b); {
		end := at + lineLen(b[at:])
		line := b[at:end]
		trimmed := bytes.TrimSpace(line)
		h := headingLevel(trimmed)
		switch {
		case h > 0:
			if below && h <= level {
				below = false
			}
			if !below && exampleHeading(trimmed) {
				below, level = true, h
			}
			gone = false
		case len(trimmed) == 0:
			gone = false
		case bytes.HasPrefix(trimmed, []byte(">")):
			blank(line)
		case exampleLead(trimmed):
			gone = true
		case gone && bullet(line) >= 0 && !exampleLead(trimmed) && !bytes.HasPrefix(line, []byte(" ")) && !bytes.HasPrefix(line, []byte("\t")):
			gone = false
		}
		if below && h == 0 || gone {
			blank(line)
		}
		at = end + 1
	}
}

func headingLevel(line []byte) int {
	n := 0
	for n < len(line) && line[n] == '#' {
		n++
	}
	if n == 0 || n > 6 || n == len(line) || line[n] != ' ' {
		return 0
	}
	return n
}

func exampleHeading(line []byte) bool {
	for _, w := range plainWords(line, 12) {
		if titles[w] || titles[singular(w)] {
			return true
		}
	}
	return false
}

// titles are the words of a heading above examples.
var titles = set("example sample counterexample demonstration shot beispiel exemple ejemplo esempio") //nolint:misspell // French

// marks are the words that lead an example.
var marks = set(`example bad wrong incorrect good right correct counterexample counter sample before after input output user assistant
	customer agent question answer q a eg beispiel ejemplo esempio falsch richtig`)

// exampleLead reports whether a line begins with a mark such as "Bad:", "Example of
// a wrong answer:", "For example," or ❌.
func exampleLead(line []byte) bool {
	t := bytes.TrimLeft(line, " \t>#*-+•0123456789.)_")
	for _, sign := range []string{"❌", "✅", "✗", "✓", "✘", "✔", "🚫", "👎", "👍"} {
		if bytes.HasPrefix(t, []byte(sign)) {
			return true
		}
	}
	n := bytes.IndexAny(t[:min(len(t), 60)], ":(")
	if n < 0 || bytes.ContainsAny(t[:n], ".,;\"") && !bytes.HasPrefix(bytes.ToLower(t), []byte("e.g")) {
		low := bytes.ToLower(t[:min(len(t), 20)])
		return bytes.HasPrefix(low, []byte("for example")) || bytes.HasPrefix(low, []byte("for instance")) || bytes.HasPrefix(low, []byte("e.g."))
	}
	words := plainWords(t[:n], 8)
	if len(words) == 0 || len(words) > 6 {
		return false
	}
	first := words[0]
	if (first == "answer" || first == "output" || first == "input" || first == "user" || first == "right" || first == "after" || first == "before" ||
		first == "question" || first == "assistant" || first == "customer" || first == "agent" || first == "good" || first == "correct") && len(words) > 2 {
		return false
	}
	if t[n] == '(' {
		return len(words) == 1 && (first == "bad" || first == "wrong" || first == "example" || first == "incorrect")
	}
	for _, w := range words {
		if w == "example" || w == "examples" || w == "bad" || w == "wrong" || w == "incorrect" {
			return true
		}
	}
	return marks[first] && !(len(words) == 2 && (words[1] == "format" || words[1] == "style" || words[1] == "length" || words[1] == "language" || words[1] == "rules"))
}

// plainWords are at most n words of b in lower case.
func plainWords(b []byte, n int) (out []string) {
	for _, f := range strings.FieldsFunc(strings.ToLower(string(b)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '\'' }) {
		if len(out) == n {
			break
		}
		out = append(out, f)
	}
	return out
}

// bullet is where the words of a bullet or numbered line begin, -1 if it is none.
func bullet(line []byte) int {
	t := bytes.TrimLeft(line, " \t")
	at := len(line) - len(t)
	for _, sign := range []string{"- ", "* ", "+ ", "• ", "– ", "· "} {
		if bytes.HasPrefix(t, []byte(sign)) {
			return at + len(sign)
		}
	}
	i := 0
	if len(t) > 2 && t[0] == '(' {
		i = 1
	}
	j := i
	for j < len(t) && j < i+3 && t[j] >= '0' && t[j] <= '9' {
		j++
	}
	if j == i && j < len(t) && (t[j] >= 'a' && t[j] <= 'z' || t[j] >= 'A' && t[j] <= 'Z') {
		j++
	}
	if j > i && j+1 < len(t) && (t[j] == ')' || t[j] == '.') && t[j+1] == ' ' {
		return at + j + 2
	}
	return -1
}

// units cuts a message into what is read as one.
func units(b []byte) (out []unit) {
	open, gap := false, true
	for at := 0; at < len(b); {
		end := at + lineLen(b[at:])
		line := b[at:end]
		text := bytes.TrimSpace(line)
		switch {
		case len(bytes.Trim(text, "\x01 \t\r")) == 0:
			open, gap = false, true
		case headingLevel(text) > 0:
			out = append(out, unit{start: at + bytes.IndexByte(line, '#'), end: end, indent: -1, heading: headingLevel(text), gap: gap})
			open, gap = false, false
		case bullet(line) >= 0:
			from := bullet(line)
			out = append(out, unit{start: at + from, end: end, indent: len(line) - len(bytes.TrimLeft(line, " \t")), gap: gap})
			open, gap = true, false
		case open && joins(b, out[len(out)-1], line):
			out[len(out)-1].end = end
		default:
			from := len(line) - len(bytes.TrimLeft(line, " \t"))
			out = append(out, unit{start: at + from, end: end, indent: -1, gap: gap})
			open, gap = true, false
		}
		at = end + 1
	}
	return out
}

// joins reports whether a line goes on with the sentence of the unit before it.
func joins(b []byte, u unit, line []byte) bool {
	before := bytes.TrimRight(b[u.start:u.end], " \t\r")
	if len(before) == 0 || u.end-u.start > 4000 {
		return false
	}
	last := before[len(before)-1]
	if u.indent >= 0 && len(line) > 0 && line[0] != ' ' && line[0] != '\t' && last != ',' {
		return false
	}
	long := len(before)-1-bytes.LastIndexByte(before, '\n') >= 45
	r, _ := utf8.DecodeRune(bytes.TrimLeft(line, " \t"))
	return last != '.' && last != ':' && last != '!' && last != '?' && last != ';' && (last == ',' || long && (unicode.IsLower(r) || unicode.IsDigit(r) || r == '"' || r == '(' || long && unicode.IsUpper(r)))
}
