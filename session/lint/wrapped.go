package lint

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"galley/session"
)

// inJSON reports whether a span holds words of the prompt's author that a JSON
// wrapper escaped.
func (in *Input) inJSON(s session.Span) bool {
	return s.Part == session.PartText && s.From < 0 && s.Shot < 0 && in.Content.Blocks[s.Block].Wrap == session.WrapJSON
}

// readJSON writes the words of a span of a JSON wrapper to our own, and to what is
// read in place of the message's content, each at its place. The quotation marks
// around them end lines, since nothing of ours stands beyond them.
func (in *Input) readJSON(s session.Span) {
	content := in.Proof.Messages[s.Message].Content
	if in.plain[s.Message] == nil {
		in.plain[s.Message] = []byte(content)
	}
	own, plain := in.own[s.Message], in.plain[s.Message]
	unescape(plain[s.Start:s.End])
	copy(own[s.Start:], plain[s.Start:s.End])
	for _, i := range []int{s.Start - 1, s.End} {
		if i >= 0 && i < len(own) && content[i] == '"' && own[i] == mask {
			own[i] = '\n'
		}
	}
}

// unescape turns the inside of a JSON string into what it says, byte by byte at its
// place: a character that was two bytes or six has spaces beside it. Line ends in a
// row stay in a row.
func unescape(b []byte) {
	for i := 0; i+1 < len(b); {
		if b[i] != '\\' {
			i++
			continue
		}
		switch c := b[i+1]; c {
		case 'n', 'r':
			j, lines := i, 0
			for j+1 < len(b) && b[j] == '\\' && (b[j+1] == 'n' || b[j+1] == 'r') {
				if b[j+1] == 'n' {
					lines++
				}
				j += 2
			}
			for k := i; k < j; k++ {
				b[k] = ' '
			}
			for k := j - lines; k < j; k++ {
				b[k] = '\n'
			}
			i = j
		case '"':
			b[i], b[i+1] = '"', ' '
			if r, _ := utf8.DecodeRune(b[i+2:]); unicode.IsLetter(r) || unicode.IsDigit(r) {
				b[i], b[i+1] = ' ', '"'
			}
			i += 2
		case 't':
			b[i], b[i+1] = ' ', '\t'
			i += 2
		case 'u':
			n := min(6, len(b)-i)
			copy(b[i:], bytes.Repeat([]byte(" "), n))
			i += n
		default: // a backslash is two of them
			i += 2
		}
	}
}
