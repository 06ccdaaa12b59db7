package themes

import (
	"charm.land/lipgloss/v2"
)

// Styles is what each role of the interface looks like. Roles are named for
// what they say, never for a colour, and none says it by colour alone: whoever
// draws Good or Bad writes a word or a sign beside it.
type Styles struct {
	Theme Theme

	Text   lipgloss.Style // running text, and text from outside
	Dim    lipgloss.Style // labels and secondary text
	Faint  lipgloss.Style // hints, line numbers
	Strong lipgloss.Style // emphasis within text
	Accent lipgloss.Style // what the eye is to find first
	Title  lipgloss.Style // title of the pane that has focus
	Quiet  lipgloss.Style // title of a pane that has not

	Border      lipgloss.Style
	BorderFocus lipgloss.Style
	Rule        lipgloss.Style // thin lines within a pane

	Selected    lipgloss.Style // the row with the cursor, in the pane with focus
	SelectedDim lipgloss.Style // the same without focus
	Selection   lipgloss.Style // selected text
	Mark        lipgloss.Style // marks of text.Shown; no other style looks like it

	Good lipgloss.Style
	Bad  lipgloss.Style
	Warn lipgloss.Style
	Info lipgloss.Style

	Key      lipgloss.Style // a key in the footer and in help
	KeyLabel lipgloss.Style // what it does
	KeyOff   lipgloss.Style // a key or label that is off just now

	Bar      lipgloss.Style // the filled part of a bar
	BarEmpty lipgloss.Style // the rest
	Badge    lipgloss.Style // a small label on a shade
	BadgeHot lipgloss.Style // the same, to be noticed

	Match    lipgloss.Style // search matches, letters that a filter matched
	MatchNow lipgloss.Style // the match one stands on
	Variable lipgloss.Style // {{known}}
	Unknown  lipgloss.Style // {{unknown}}

	Add     lipgloss.Style // inserted text
	Del     lipgloss.Style // deleted text
	AddSign lipgloss.Style // the + beside it
	DelSign lipgloss.Style // the - beside it

	Toast    lipgloss.Style
	ToastBad lipgloss.Style

	SynKey, SynString, SynNumber, SynWord, SynPunct lipgloss.Style // JSON and other code

	blocks  []lipgloss.Style
	gutters []lipgloss.Style
}

// Styles makes the styles of the theme.
func (t Theme) Styles() *Styles {
	ink := func(hex string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(hex)) }
	on := func(hex, paper string) lipgloss.Style { return ink(hex).Background(lipgloss.Color(paper)) }
	s := &Styles{
		Theme: t,
		Text:  ink(t.Ink), Dim: ink(t.Dim), Faint: ink(t.Faint), Strong: ink(t.Ink).Bold(true),
		Accent: ink(t.Accent), Title: ink(t.Accent).Bold(true), Quiet: ink(t.Dim),
		Border: ink(t.Line), BorderFocus: ink(t.Accent), Rule: ink(t.Line),
		Selected: on(t.Ink, t.Select).Bold(true), SelectedDim: on(t.Ink, t.SelectDim), Selection: on(t.Ink, t.Select),
		Mark: on(t.MarkInk, t.MarkPaper),
		Good: ink(t.Good), Bad: ink(t.Bad), Warn: ink(t.Warn), Info: ink(t.Info),
		Key: ink(t.Accent).Bold(true), KeyLabel: ink(t.Dim), KeyOff: ink(t.Faint).Italic(true),
		Bar: ink(t.Accent), BarEmpty: ink(t.Line),
		Badge: on(t.Dim, t.Shade), BadgeHot: on(t.Paper, t.Accent).Bold(true),
		Match: on(t.Ink, t.Find).Bold(true), MatchNow: on(t.Paper, t.FindNow).Bold(true),
		Variable: ink(t.Info).Bold(true), Unknown: ink(t.Bad).Bold(true).Underline(true),
		Add: on(t.Ink, t.AddPaper).Underline(true), Del: on(t.Ink, t.DelPaper).Strikethrough(true),
		AddSign: ink(t.Good).Bold(true), DelSign: ink(t.Bad).Bold(true),
		Toast: on(t.Ink, t.Shade), ToastBad: on(t.Bad, t.Shade).Bold(true),
		SynKey: ink(t.Info), SynString: ink(t.Good), SynNumber: ink(t.Warn), SynWord: ink(t.Accent), SynPunct: ink(t.Dim),
	}
	for _, hex := range t.Blocks {
		s.blocks = append(s.blocks, ink(hex))
		s.gutters = append(s.gutters, ink(hex).Bold(true))
	}
	return s
}

// Block is the ink of the i-th block of a prompt. Colours repeat after the
// last, so a block is always named as well.
func (s *Styles) Block(i int) lipgloss.Style { return s.blocks[wrap(i, len(s.blocks))] }

// Gutter is the style of the bar beside the i-th block of a prompt.
func (s *Styles) Gutter(i int) lipgloss.Style { return s.gutters[wrap(i, len(s.gutters))] }

// Blocks is the number of colours that Block tells apart.
func (s *Styles) Blocks() int { return len(s.blocks) }

func wrap(i, n int) int { return ((i % n) + n) % n }
