package themes

import (
	"image/color"
	"math"
	"testing"

	"charm.land/lipgloss/v2"
)

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// textRoles are the styles that draw words. Borders, rules and the empty part of
// a bar carry no text.
func textRoles(s *Styles) map[string]lipgloss.Style {
	m := map[string]lipgloss.Style{
		"Text": s.Text, "Dim": s.Dim, "Faint": s.Faint, "Strong": s.Strong, "Accent": s.Accent, "Title": s.Title, "Quiet": s.Quiet,
		"Selected": s.Selected, "SelectedDim": s.SelectedDim, "Selection": s.Selection, "Mark": s.Mark,
		"Good": s.Good, "Bad": s.Bad, "Warn": s.Warn, "Info": s.Info, "Key": s.Key, "KeyLabel": s.KeyLabel, "KeyOff": s.KeyOff,
		"Bar": s.Bar, "Badge": s.Badge, "BadgeHot": s.BadgeHot, "Match": s.Match, "MatchNow": s.MatchNow, "Variable": s.Variable,
		"Unknown": s.Unknown, "Add": s.Add, "Del": s.Del, "AddSign": s.AddSign, "DelSign": s.DelSign, "Toast": s.Toast,
		"ToastBad": s.ToastBad, "SynKey": s.SynKey, "SynString": s.SynString, "SynNumber": s.SynNumber, "SynWord": s.SynWord,
		"SynPunct": s.SynPunct, "BorderFocus": s.BorderFocus,
	}
	for i := range s.Blocks() {
		m["Block "+string(rune('0'+i))] = s.Block(i)
		m["Gutter "+string(rune('0'+i))] = s.Gutter(i)
	}
	return m
}

func TestContrast(t *testing.T) {
	for _, th := range All() {
		paper := lipgloss.Color(th.Paper)
		for name, st := range textRoles(th.Styles()) {
			bg := st.GetBackground()
			if _, none := bg.(lipgloss.NoColor); none {
				bg = paper
			}
			if c := contrast(st.GetForeground(), bg); c < 4.5 {
				t.Errorf("%s: %s has contrast %.2f", th.Name, name, c)
			}
		}
		// A coloured cell may stand in the selected row.
		for name, hex := range map[string]string{"Ink": th.Ink, "Dim": th.Dim, "Accent": th.Accent, "Good": th.Good, "Bad": th.Bad, "Warn": th.Warn, "Info": th.Info} {
			for where, bg := range map[string]string{"Select": th.Select, "SelectDim": th.SelectDim} {
				if c := contrast(lipgloss.Color(hex), lipgloss.Color(bg)); c < 4.5 {
					t.Errorf("%s: %s on %s has contrast %.2f", th.Name, name, where, c)
				}
			}
		}
	}
}

func TestBlocksDiffer(t *testing.T) {
	for _, th := range All() {
		if n := th.Styles().Blocks(); n < 8 {
			t.Errorf("%s: %d block colours", th.Name, n)
		}
		for i, a := range th.Blocks {
			for _, b := range th.Blocks[i+1:] {
				if d := distance(lipgloss.Color(a), lipgloss.Color(b)); d < 32 {
					t.Errorf("%s: %s and %s are %.0f apart", th.Name, a, b, d)
				}
			}
		}
	}
}

func distance(a, b color.Color) float64 {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	d := func(x, y uint32) float64 { return (float64(x) - float64(y)) / 257 }
	return math.Sqrt(d(r1, r2)*d(r1, r2) + d(g1, g2)*d(g1, g2) + d(b1, b2)*d(b1, b2))
}

func TestPick(t *testing.T) {
	seen := map[string]bool{}
	for _, th := range All() {
		if seen[th.Name] {
			t.Errorf("two themes are named %s", th.Name)
		}
		seen[th.Name] = true
		if got := Pick(th.Name, !th.Dark); got.Name != th.Name {
			t.Errorf("Pick(%s) = %s", th.Name, got.Name)
		}
		if th.Syntax().Name != th.Name {
			t.Errorf("syntax style of %s is named %s", th.Name, th.Syntax().Name)
		}
		if th.Markdown().CodeBlock.Theme != th.Name || th.Markdown().CodeBlock.Chroma != nil {
			t.Errorf("%s: code blocks of Markdown do not use the theme", th.Name)
		}
	}
	if Pick("", true).Dark != true || Pick("", false).Dark != false || Pick("no such", false).Dark {
		t.Error("Pick without a name does not follow the background")
	}
	s := All()[0].Styles()
	if s.Block(-1).GetForeground() != s.Block(s.Blocks()-1).GetForeground() {
		t.Error("Block of a negative number")
	}
}
