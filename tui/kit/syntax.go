package kit

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"galley/session/text"
	"galley/themes"
)

// MaxSyntax is the size in bytes up to which code is coloured.
const MaxSyntax = 64 << 10

// Syntax colours code and returns its lines, styled. lang is a name that chroma
// knows, as "json". Longer code than MaxSyntax, or of a language that nobody
// knows, comes back in plain text. It takes about a millisecond for a kilobyte:
// call it once for a text, from a command where the text is long.
func Syntax(r text.Raw, lang string, st *themes.Styles) []string {
	shown := text.Show(r)
	var lex chroma.Lexer
	if len(r) <= MaxSyntax {
		lex = lexers.Get(lang)
	}
	if lex != nil {
		if it, err := chroma.Coalesce(lex).Tokenise(&chroma.TokeniseOptions{State: "root"}, shown.String()); err == nil {
			if lines, ok := paint(it, shown, st); ok {
				return lines
			}
		}
	}
	on, mark := newInk(st.Text), newInk(st.Mark)
	var out []string
	for _, l := range shown.Lines() {
		out = append(out, on.shown(l, mark))
	}
	return out
}

// paint puts the marks back into what the lexer cut to pieces. It fails when the
// pieces are not the text.
func paint(it chroma.Iterator, shown text.Shown, st *themes.Styles) ([]string, bool) {
	inks := map[chroma.TokenType]ink{}
	mark := newInk(st.Mark)
	whole := shown.String()
	var b strings.Builder
	at := 0
	for t := it(); t != chroma.EOF; t = it() {
		end := at + len(t.Value)
		if end > len(whole) || whole[at:end] != t.Value {
			if strings.TrimRight(t.Value, "\n") == whole[at:] { // a line feed that the lexer wanted
				end = len(whole)
			} else {
				return nil, false
			}
		}
		on, ok := inks[t.Type]
		if !ok {
			on = newInk(tokenStyle(t.Type, st))
			inks[t.Type] = on
		}
		on.writeShown(&b, shown.Slice(at, end), mark)
		at = end
	}
	return strings.Split(b.String(), "\n"), at == len(whole)
}

func tokenStyle(t chroma.TokenType, st *themes.Styles) lipgloss.Style {
	switch {
	case t == chroma.NameTag, t == chroma.NameAttribute, t == chroma.NameBuiltin:
		return st.SynKey
	case t.InSubCategory(chroma.LiteralString):
		return st.SynString
	case t.InSubCategory(chroma.LiteralNumber):
		return st.SynNumber
	case t.InCategory(chroma.Keyword):
		return st.SynWord
	case t.InCategory(chroma.Comment):
		return st.Faint
	case t == chroma.Punctuation, t.InCategory(chroma.Operator):
		return st.SynPunct
	}
	return st.Text
}

// JSONLine colours one line of JSON without looking at any other: for text too
// long to colour in whole, of which only the rows in sight are.
func JSONLine(s text.Shown, st *themes.Styles) string {
	var b strings.Builder
	src, mark := s.String(), newInk(st.Mark)
	str, key, num, word, punct := newInk(st.SynString), newInk(st.SynKey), newInk(st.SynNumber), newInk(st.SynWord), newInk(st.SynPunct)
	for i := 0; i < len(src); {
		end, on := jsonToken(src, i)
		k := punct
		switch on {
		case 's':
			if k = str; strings.HasPrefix(strings.TrimLeft(src[end:], " "), ":") {
				k = key
			}
		case 'n':
			k = num
		case 'w':
			k = word
		}
		k.writeShown(&b, s.Slice(i, end), mark)
		i = end
	}
	return b.String()
}

func jsonToken(s string, i int) (end int, kind byte) {
	isWord := func(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 }
	isNum := func(c byte) bool { return c >= '0' && c <= '9' || strings.IndexByte("+-.eE", c) >= 0 }
	j := i + 1
	switch c := s[i]; {
	case c == '"':
		for j < len(s) && s[j] != '"' {
			if s[j] == '\\' {
				j++
			}
			j++
		}
		return min(len(s), j+1), 's'
	case c >= '0' && c <= '9' || c == '-':
		for j < len(s) && isNum(s[j]) {
			j++
		}
		return j, 'n'
	case isWord(c):
		for j < len(s) && isWord(s[j]) {
			j++
		}
		return j, 'w'
	}
	for j < len(s) && s[j] != '"' && !isWord(s[j]) && s[j] != '-' && (s[j] < '0' || s[j] > '9') {
		j++
	}
	return j, 'p'
}
