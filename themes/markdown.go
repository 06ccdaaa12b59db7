package themes

import "charm.land/glamour/v2/ansi"

// Markdown is the glamour configuration of the theme. The code blocks name a
// chroma style that Syntax registered: with a style of its own glamour keeps
// the first it ever saw, for the life of the process.
func (t Theme) Markdown() ansi.StyleConfig {
	t.Syntax()
	p := func(s string) *string { return &s }
	yes := func(v bool) *bool { return &v }
	n := func(u uint) *uint { return &u }
	head := func(prefix string, bold bool) ansi.StyleBlock {
		return ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Prefix: prefix, Color: p(t.Accent), Bold: yes(bold)}}
	}
	return ansi.StyleConfig{
		Document:   ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Color: p(t.Ink)}, Margin: n(0)},
		BlockQuote: ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Color: p(t.Dim)}, Indent: n(1), IndentToken: p("▏ ")},
		List:       ansi.StyleList{LevelIndent: 2},
		Heading: ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{
			BlockSuffix: "\n", Color: p(t.Accent), Bold: yes(true),
		}},
		H1: head("# ", true), H2: head("## ", true), H3: head("### ", true),
		H4: head("#### ", false), H5: head("##### ", false), H6: head("###### ", false),
		Strikethrough:  ansi.StylePrimitive{CrossedOut: yes(true)},
		Emph:           ansi.StylePrimitive{Italic: yes(true)},
		Strong:         ansi.StylePrimitive{Bold: yes(true)},
		HorizontalRule: ansi.StylePrimitive{Color: p(t.Line), Format: "\n────────\n"},
		Item:           ansi.StylePrimitive{BlockPrefix: "• "},
		Enumeration:    ansi.StylePrimitive{BlockPrefix: ". "},
		Task:           ansi.StyleTask{Ticked: "[x] ", Unticked: "[ ] "},
		Link:           ansi.StylePrimitive{Color: p(t.Info), Underline: yes(true)},
		LinkText:       ansi.StylePrimitive{Color: p(t.Info), Bold: yes(true)},
		Image:          ansi.StylePrimitive{Color: p(t.Info), Underline: yes(true)},
		ImageText:      ansi.StylePrimitive{Color: p(t.Dim), Format: "Image: {{.text}} →"},
		Code:           ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Color: p(t.Warn)}},
		CodeBlock: ansi.StyleCodeBlock{
			StyleBlock: ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Color: p(t.Ink)}, Margin: n(2)},
			Theme:      t.Name,
		},
		DefinitionDescription: ansi.StylePrimitive{BlockPrefix: "\n→ "},
	}
}
