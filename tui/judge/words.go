package judge

import (
	"strings"

	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

func split(s string) []string    { return strings.Split(s, "\n") }
func join(lines []string) string { return strings.Join(lines, "\n") }
func trim(r text.Raw) text.Raw   { return text.Raw(strings.TrimSpace(string(r))) }

// ruledLine is a line of w cells: what stands first, a title, a rule, and a note
// at the end.
func ruledLine(lead, title, note string, w int, st *themes.Styles) string {
	out := lead
	if title != "" {
		out += " " + title + " "
	}
	if note != "" {
		note = " " + note + " "
	}
	rest := w - kit.Width(out) - kit.Width(note)
	if rest < 0 {
		return kit.Fit(out, w)
	}
	return out + kit.Rule(rest, st) + note
}

// heading is a ruled line whose title begins where the lines below it do.
func heading(title, note string, w int, st *themes.Styles) string {
	return ruledLine(title+" ", "", note, w, st)
}
