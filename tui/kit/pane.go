package kit

import (
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/themes"
)

// Pane draws a border of w by h cells with a title around a body. The body is
// fitted to w-2 by h-2 cells.
func Pane(title, body string, w, h int, focused bool, st *themes.Styles) string {
	return PaneWith(title, "", body, w, h, focused, st)
}

// PaneWith is Pane with a label at the right of the upper border, which gives
// way when there is no room.
func PaneWith(title, label, body string, w, h int, focused bool, st *themes.Styles) string {
	if w < 2 || h < 2 {
		return Fill(body, w, h)
	}
	line, head := newInk(st.Border), newInk(st.Quiet)
	if focused {
		line, head = newInk(st.BorderFocus), newInk(st.Title)
	}
	var b strings.Builder
	b.WriteString(rim(title, label, w, line, head, newInk(st.Faint), newInk(st.Mark)))
	rows := strings.Split(body, "\n")
	for y := range h - 2 {
		b.WriteByte('\n')
		b.WriteString(line.text("│"))
		if y < len(rows) {
			b.WriteString(Fit(rows[y], w-2))
		} else {
			b.WriteString(spaces(w - 2))
		}
		b.WriteString(line.text("│"))
	}
	b.WriteByte('\n')
	b.WriteString(line.text("╰" + strings.Repeat("─", w-2) + "╯"))
	return b.String()
}

// rim is the upper border: ╭─ title ───── label ─╮.
func rim(title, label string, w int, line, head, dim, mark ink) string {
	room := w - 4 // corners and one dash at either end
	t, l := text.Of(title).OneLine(), text.Of(label).OneLine()
	if room < 3 || t.Empty() && l.Empty() {
		return line.text("╭" + strings.Repeat("─", w-2) + "╮")
	}
	if !l.Empty() && t.Width()+l.Width()+5 > room {
		l = text.Shown{}
	}
	var b strings.Builder
	used := 0
	b.WriteString(line.text("╭─"))
	if !t.Empty() {
		t = t.Truncate(room - 2)
		b.WriteString(" " + head.shown(t, mark) + " ")
		used = t.Width() + 2
	}
	right := 0
	if !l.Empty() {
		right = l.Width() + 2
	}
	b.WriteString(line.text(strings.Repeat("─", max(0, room-used-right))))
	if right > 0 {
		b.WriteString(" " + dim.shown(l, mark) + " ")
	}
	b.WriteString(line.text("─╮"))
	return b.String()
}

// box draws a dialog: a pane just large enough for its body, with space around
// it, at most w by h cells.
func box(title, body string, w, h int, st *themes.Styles) string {
	bw, bh := lipgloss.Size(body)
	bw = max(bw, text.Of(title).Width()+4)
	ow, oh := min(bw+6, w), min(bh+4, h)
	pad := 2
	if ow < bw+6 {
		pad = max(0, (ow-2-bw)/2)
	}
	lines := strings.Split(body, "\n")
	for i := range lines {
		lines[i] = spaces(pad) + Fit(lines[i], max(0, ow-2-2*pad))
	}
	top := ""
	if oh >= bh+4 {
		top = "\n"
	}
	return Pane(title, top+strings.Join(lines, "\n"), ow, oh, true, st)
}
