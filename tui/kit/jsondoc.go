package kit

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"galley/session/text"
	"galley/themes"
)

// JSONSegments cuts a JSON body into coloured segments. Joined they are the body,
// byte for byte, or there are none: colours of a body beyond MaxSyntax would
// cost more time than they give.
func JSONSegments(body []byte, st *themes.Styles) []Segment {
	if len(body) > MaxSyntax {
		return nil
	}
	lexer := lexers.Get("json")
	if lexer == nil {
		return nil
	}
	it, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, string(body))
	if err != nil {
		return nil
	}
	var out []Segment
	kind := ""
	n := 0
	for _, t := range it.Tokens() {
		k, style := jsonStyle(t.Type, st)
		if strings.TrimSpace(t.Value) == "" {
			k, style = kind, st.Text
		}
		n += len(t.Value)
		if len(out) > 0 && k == kind {
			out[len(out)-1].Text += text.Raw(t.Value)
			continue
		}
		kind = k
		out = append(out, Segment{Text: text.Raw(t.Value), Style: style, GutterStyle: st.Rule})
	}
	if n != len(body) {
		return nil
	}
	at := 0
	for _, s := range out {
		if string(body[at:at+len(s.Text)]) != string(s.Text) {
			return nil
		}
		at += len(s.Text)
	}
	return out
}

// jsonStyle is the style of a JSON token, and a name for the style.
func jsonStyle(t chroma.TokenType, st *themes.Styles) (string, lipgloss.Style) {
	switch {
	case t == chroma.NameTag || t.InSubCategory(chroma.Name) || t.InCategory(chroma.Name):
		return "key", st.SynKey
	case t.InCategory(chroma.LiteralString) || t.InSubCategory(chroma.LiteralString):
		return "string", st.SynString
	case t.InSubCategory(chroma.LiteralNumber):
		return "number", st.SynNumber
	case t.InCategory(chroma.Keyword):
		return "word", st.SynWord
	}
	return "punct", st.SynPunct
}

// BesideSegments draws what stands beside the messages of a request: JSON in
// colours, plain text as it is.
func BesideSegments(plain bool, t text.Raw, st *themes.Styles) []Segment {
	if !plain {
		if doc := JSONSegments([]byte(t), st); len(doc) > 0 {
			return doc
		}
	}
	return []Segment{{Text: t, Style: st.Text, GutterStyle: st.Rule}}
}
