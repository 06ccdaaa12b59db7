package kit

import (
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/themes"
)

// Notice is what stands in the middle of w by h cells where there is nothing to
// list: a title and paragraphs of at most so many cells. Where the rows do not
// suffice, the empty ones between give way.
func Notice(title string, lines []string, most, w, h int, st *themes.Styles) string {
	room := max(1, min(w-4, most))
	var b []string
	if title != "" {
		b = append(b, Render(text.Of(title), st.Title, st.Mark))
	}
	for _, l := range lines {
		if len(b) > 0 {
			b = append(b, "")
		}
		b = append(b, Para(text.Of(l), room, st.Dim, st.Mark))
	}
	body := strings.Join(b, "\n")
	if lipgloss.Height(body) > h {
		body = strings.ReplaceAll(body, "\n\n", "\n")
	}
	return Centre(Fill(body, min(w, lipgloss.Width(body)), min(h, lipgloss.Height(body))), w, h)
}
