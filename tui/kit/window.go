package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
)

// window is a cursor among n rows of which some can be seen.
type window struct{ cur, top int }

// move puts the cursor on row i and brings it into sight.
func (w *window) move(i, n, rows int) {
	w.cur = max(0, min(i, n-1))
	w.size(n, rows)
}

// size keeps the cursor in sight after rows or their number changed, and leaves
// no room at the end unused.
func (w *window) size(n, rows int) {
	w.cur = max(0, min(w.cur, n-1))
	rows = max(1, rows)
	w.top = min(w.top, w.cur)
	w.top = max(w.top, w.cur-rows+1)
	w.top = max(0, min(w.top, n-rows))
}

// key moves by a key and reports whether it is one that moves.
func (w *window) key(k string, n, rows int) bool {
	page := max(1, rows-1)
	switch k {
	case "up", "k":
		w.move(w.cur-1, n, rows)
	case "down", "j":
		w.move(w.cur+1, n, rows)
	case "pgup":
		w.page(-page, n, rows)
	case "pgdown":
		w.page(page, n, rows)
	case "home", "g":
		w.move(0, n, rows)
	case "end", "G":
		w.move(n-1, n, rows)
	default:
		return false
	}
	return true
}

func (w *window) page(by, n, rows int) {
	w.top += by
	w.cur += by
	w.move(w.cur, n, rows)
}

// wheel scrolls by three rows and takes the cursor along only where it must.
func (w *window) wheel(b tea.MouseButton, n, rows int) bool {
	by := 3
	switch b {
	case tea.MouseWheelUp:
		by = -3
	case tea.MouseWheelDown:
	default:
		return false
	}
	w.top = max(0, min(w.top+by, n-rows))
	w.cur = max(w.top, min(w.cur, w.top+rows-1))
	w.size(n, rows)
	return true
}

// over is a style on the paper of a selected row.
func over(st, bg lipgloss.Style) lipgloss.Style {
	return st.Background(bg.GetBackground()).Bold(st.GetBold() || bg.GetBold())
}

// repaint puts a line that is styled already on the paper of a selected row.
func repaint(s string, paper ink) string {
	if s == "" || paper.on == "" {
		return s
	}
	const reset = "\x1b[m"
	return paper.on + strings.ReplaceAll(s, reset, reset+paper.on) + paper.off
}

// highlight draws shown text with the characters at the given bytes in another
// style. Marks stay marks.
func highlight(s text.Shown, at []int, base, match, mark ink) string {
	if len(at) == 0 {
		return base.shown(s, mark)
	}
	var b strings.Builder
	n, pos := 0, 0
	for _, r := range s.Runs() {
		end := pos + len(r.Text)
		if r.Mark {
			mark.write(&b, r.Text)
			pos = end
			continue
		}
		for pos < end {
			for n < len(at) && at[n] < pos {
				n++
			}
			stop, style := end, base
			if n < len(at) && at[n] == pos {
				size, _ := text.Step(s.String()[pos:end], 0)
				stop, style = pos+size, match
			} else if n < len(at) && at[n] < end {
				stop = at[n]
			}
			style.write(&b, s.String()[pos:stop])
			pos = stop
		}
	}
	return b.String()
}
