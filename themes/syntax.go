package themes

import (
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/styles"
)

var registering sync.Mutex

// Syntax returns the chroma style of the theme, registered under the theme's
// name, so that libraries that look styles up by name find it.
func (t Theme) Syntax() *chroma.Style {
	registering.Lock()
	defer registering.Unlock()
	if s, ok := styles.Registry[t.Name]; ok {
		return s
	}
	s := chroma.MustNewStyle(t.Name, chroma.StyleEntries{
		chroma.Text:                t.Ink,
		chroma.Error:               t.Ink,
		chroma.Comment:             "italic " + t.Faint,
		chroma.CommentPreproc:      t.Faint,
		chroma.Keyword:             t.Accent,
		chroma.KeywordConstant:     t.Accent,
		chroma.KeywordType:         t.Info,
		chroma.Operator:            t.Dim,
		chroma.Punctuation:         t.Dim,
		chroma.Name:                t.Ink,
		chroma.NameBuiltin:         t.Info,
		chroma.NameTag:             t.Info,
		chroma.NameAttribute:       t.Info,
		chroma.NameClass:           "bold " + t.Ink,
		chroma.NameFunction:        "bold " + t.Ink,
		chroma.NameDecorator:       t.Warn,
		chroma.LiteralNumber:       t.Warn,
		chroma.LiteralString:       t.Good,
		chroma.LiteralStringEscape: t.Warn,
		chroma.LiteralDate:         t.Warn,
		chroma.GenericDeleted:      t.Bad,
		chroma.GenericInserted:     t.Good,
		chroma.GenericEmph:         "italic",
		chroma.GenericStrong:       "bold",
		chroma.GenericHeading:      "bold " + t.Accent,
		chroma.GenericSubheading:   t.Accent,
	})
	styles.Register(s)
	return s
}
