package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"github.com/clipperhouse/uax29/v2/words"
)

// Words returns the words of s in lower case, in order: runs of letters, digits
// and the marks and apostrophes inside them, by the word boundaries of Unicode.
// An ideograph is a word of its own.
func Words(s string) []string {
	var out []string
	it := words.FromString(s)
	for it.Next() {
		out = appendWords(out, it.Value())
	}
	return out
}

// appendWords splits a token of the Unicode rules where it holds more than
// letters, digits, marks and apostrophes.
func appendWords(out []string, token string) []string {
	for _, f := range strings.FieldsFunc(token, func(r rune) bool { return !wordRune(r) }) {
		f = strings.Trim(strings.ReplaceAll(f, "’", "'"), "'")
		if strings.ContainsFunc(f, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			out = append(out, strings.ToLower(f))
		}
	}
	return out
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '\'' || r == '’')
}

// Sentences returns the sentences of s without the space around them, by the
// sentence boundaries of Unicode, which know no abbreviations.
func Sentences(s string) []string {
	var out []string
	it := sentences.FromString(s)
	for it.Next() {
		if v := strings.TrimSpace(it.Value()); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// SentenceEnds yields the bytes of s at which its sentences end, the space behind
// them included, in order; the last is the end of s.
func SentenceEnds(s string) iter.Seq[int] {
	return func(yield func(int) bool) {
		it := sentences.FromString(s)
		for it.Next() {
			if !yield(it.End()) {
				return
			}
		}
	}
}

// Counts is the size of a text in the units people use.
type Counts struct {
	Bytes      int
	Characters int // as a reader counts them: grapheme clusters
	Words      int
	Sentences  int
	Lines      int // line feeds, and one for a last line without
}

// Count measures s.
func Count(s string) Counts {
	c := Counts{Bytes: len(s), Words: len(Words(s)), Sentences: len(Sentences(s)), Lines: strings.Count(s, "\n")}
	if s != "" && !strings.HasSuffix(s, "\n") {
		c.Lines++
	}
	g := graphemes.FromString(s)
	for g.Next() {
		c.Characters++
	}
	return c
}
