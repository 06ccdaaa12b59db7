package kit

import (
	"strings"

	"galley/session/text"
	"galley/themes"
)

// roomy is the width from which the footer names the palette too.
const roomy = 110

// Footer shows as many of the actions as fit in one line of w cells, those that
// are off left out, and ends with the keys of the palette and the help. Where the
// line is long enough, those that are not of the first importance follow the
// others, except the way back of a pair.
func Footer(actions []Action, w int, st *themes.Styles) string {
	key, label, faint := newInk(st.Key), newInk(st.KeyLabel), newInk(st.Faint)
	end := key.text("?") + faint.text(" help")
	if w >= roomy {
		end = key.text("ctrl+k") + faint.text(" all actions  ") + end
	}
	room := w - 2 - Width(end)
	if room < 0 {
		return Fit(" "+end, w)
	}
	var b strings.Builder
	used := 0
	put := func(a Action) {
		h := a.Key.Help()
		if h.Key == "" || a.Off() != "" {
			return
		}
		n := text.Of(h.Key).Width() + 1 + text.Of(h.Desc).Width() + 2
		if used+n > room {
			return
		}
		used += n
		b.WriteString(key.text(h.Key) + " " + label.text(h.Desc) + "  ")
	}
	for _, a := range actions {
		if a.Show {
			put(a)
		}
	}
	for _, a := range actions {
		if !a.Show && !strings.HasPrefix(a.Key.Help().Desc, "previous ") {
			put(a)
		}
	}
	return " " + b.String() + spaces(room-used) + end + " "
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
