package kit

import (
	"fmt"
	"strconv"
	"strings"

	"galley/session/text"
	"galley/themes"
)

// Thousands writes a number with a comma every three digits.
func Thousands[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural writes a number with its noun.
func Plural[T int | int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Money writes a cost in dollars: nil is unknown, which is never zero.
func Money(usd *float64) string {
	switch {
	case usd == nil:
		return "unknown"
	case *usd == 0:
		return "free"
	case *usd < 0.0001:
		return "under $0.0001"
	case *usd < 0.01:
		return fmt.Sprintf("$%.4f", *usd)
	case *usd < 1:
		return fmt.Sprintf("$%.3f", *usd)
	}
	return fmt.Sprintf("$%.2f", *usd)
}

// AtMost writes a known cost that is a bound, by tokens as counted by source: where that
// is an estimate, so is the bound.
func AtMost(usd *float64, source string) string {
	about := ""
	if source == "estimate" {
		about = "≈ "
	}
	return about + Money(usd) + " at most"
}

// Join puts sep between what is not empty.
func Join(sep string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// Rule is a line of w cells.
func Rule(w int, st *themes.Styles) string { return st.Rule.Render(strings.Repeat("─", max(0, w))) }

// Upright is a rule of h rows between two views, a cell away from each.
func Upright(h int, st *themes.Styles) string {
	return strings.TrimSuffix(strings.Repeat(" "+st.Rule.Render("│")+" \n", max(0, h)), "\n")
}

// Apart is what stands between a text and a heading after it: the line feed that
// the text may lack, and an empty row.
func Apart(above text.Raw) string {
	if n := len(above); n > 0 && above[n-1] != '\n' {
		return "\n\n"
	}
	return "\n"
}

// Indent moves every line of a view n cells to the right.
func Indent(view string, n int) string { return indent(view, n) }
