package kit

import (
	"strings"

	"galley/session/text"
	"galley/themes"
)

// Footer shows as many of the actions as fit in one line of w cells, those that
// are off left out, and ends with the key of the help.
func Footer(actions []Action, w int, st *themes.Styles) string {
	key, label, faint := newInk(st.Key), newInk(st.KeyLabel), newInk(st.Faint)
	end := "? help"
	room := w - 2 - len(end)
	if room < 0 {
		return Fit(" "+end, w)
	}
	var b strings.Builder
	used := 0
	for _, a := range actions {
		h := a.Key.Help()
		if !a.Show || h.Key == "" || a.Off() != "" {
			continue
		}
		n := text.Of(h.Key).Width() + 1 + text.Of(h.Desc).Width() + 2
		if used+n > room {
			continue
		}
		used += n
		b.WriteString(key.text(h.Key) + " " + label.text(h.Desc) + "  ")
	}
	return " " + b.String() + spaces(room-used) + key.text("?") + faint.text(" help") + " "
}

// ToastLine draws a toast in one line of w cells.
func ToastLine(t Toast, w int, st *themes.Styles) string {
	style, sign := st.Toast, " · "
	if t.Bad {
		style, sign = st.ToastBad, " ! "
	}
	on := newInk(style)
	s := text.Of(t.Text).Truncate(max(0, w-4))
	return Fit(on.text(sign)+on.shown(s, newInk(st.Mark))+on.text(spaces(w-3-s.Width())), w)
}
