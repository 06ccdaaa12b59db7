package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// WindowTitle is the only title the program ever gives its window: fixed words,
// since a terminal reads titles raw.
const WindowTitle = "Galley"

// View draws the frame. Everything that a terminal can be asked to do for us is
// a field set here, in one place.
func (a *App) View() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	v.WindowTitle = WindowTitle
	if a.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	switch {
	case a.w == 0:
		return v
	case a.frame.tooSmall:
		v.SetContent(a.tooSmall())
		return v
	}
	out := a.bar() + "\n" + a.screen().View() + "\n" + a.footer()
	if n := len(a.stack); n > 0 {
		out, v.Cursor = a.overlay(out, a.stack[n-1])
	} else if c, ok := a.screen().(kit.Cursored); ok {
		v.Cursor = moved(c.Cursor(), a.frame.screen.x, a.frame.screen.y)
	}
	out = a.longToast(out)
	if !a.graphemes {
		out = kit.Settle(out)
	}
	v.SetContent(out)
	return v
}

func (a *App) tooSmall() string {
	const s = "Galley needs 40×10 cells. Make the terminal larger."
	if text.Of(s).Width() <= a.w || a.h < 4 {
		rows := make([]string, max(1, a.h))
		rows[len(rows)/2] = a.styles.Text.Render(text.Of(s).Truncate(a.w).String())
		return strings.Join(rows, "\n")
	}
	return kit.Centre(kit.Para(text.Of(s), max(1, min(a.w-2, 28)), a.styles.Text, a.styles.Mark), a.w, a.h)
}

// overlay lays a dialog in the middle of what is behind it; the help takes the
// whole screen of its station.
func (a *App) overlay(behind string, d kit.Dialog) (string, *tea.Cursor) {
	var box string
	var x, y int
	if _, whole := d.(*kit.Help); whole {
		box = d.View(a.frame.screen.w, a.frame.screen.h)
		x, y = a.frame.screen.x, a.frame.screen.y
	} else {
		box = d.View(a.w-4, a.h-2)
		w, h := lipgloss.Size(box)
		x, y = max(0, (a.w-w)/2), max(0, (a.h-h)/3)
	}
	out := lipgloss.NewCompositor(
		lipgloss.NewLayer(behind).Z(0),
		lipgloss.NewLayer(box).X(x).Y(y).Z(1),
	).Render()
	if c, ok := d.(kit.Cursored); ok {
		return out, moved(c.Cursor(), x, y)
	}
	return out, nil
}

// moved is a cursor moved by x and y; nil stays nil.
func moved(c *tea.Cursor, x, y int) *tea.Cursor {
	if c == nil {
		return nil
	}
	m := *c
	m.X += x
	m.Y += y
	return &m
}

// bar is the station bar: where one is, and what lies on the table.
func (a *App) bar() string {
	ref := a.onTable(a.w - a.stationsWidth() - 2)
	key := barKey{w: a.w, at: a.at, theme: a.styles.Theme.Name, table: ref}
	if a.bars.key == key && a.bars.bar != "" {
		return a.bars.bar
	}
	var b strings.Builder
	b.WriteString(a.styles.Title.Render(a.brand()))
	for i := range a.stations() {
		label := a.stationLabel(i)
		if i == a.standing() {
			b.WriteString(a.styles.BadgeHot.Render(label))
		} else {
			b.WriteString(a.styles.Dim.Render(label))
		}
	}
	left := b.String()
	room := a.w - lipgloss.Width(left) - 2
	right := ""
	if room >= 8 && ref != "" {
		right = a.styles.Faint.Render(text.Of(ref).Truncate(room).String()) + " "
	}
	gap := max(0, a.w-lipgloss.Width(left)-lipgloss.Width(right))
	out := kit.Fit(left+strings.Repeat(" ", gap)+right, a.w)
	a.bars = barCache{key: key, bar: out}
	return out
}

type barKey struct {
	w, at        int
	theme, table string
}

type barCache struct {
	key barKey
	bar string
}

// brand is the program's name, where there is room for it beside the stations and
// what lies on the table.
func (a *App) brand() string {
	if a.roomy() {
		return " Galley "
	}
	return ""
}

// roomy reports whether stations, written out, leave room for what lies on the
// table.
func (a *App) roomy() bool {
	const onTable = 24 // of it, to begin with
	all := lipgloss.Width(" Galley ") + onTable
	for _, s := range a.stations() {
		all += len(s.Title()) + 4
	}
	return all <= a.w
}

// stationLabel is a station's number and title. Labels stand closer where room is
// scarce; where not all titles have any, only that of the station one is at is
// written.
func (a *App) stationLabel(i int) string {
	tight := 1
	for _, s := range a.stations() {
		tight += len(s.Title()) + 3
	}
	if a.standing() != a.at { // a page, whose title stands behind its station's
		tight += len(a.screen().Title()) + 3
	}
	number := " " + string(rune('1'+i)) + " "
	title := a.screens[i].Title()
	switch {
	case i == a.standing() && i != a.at:
		return number + title + " › " + a.screen().Title() + " "
	case i == a.at || a.roomy():
		return number + title + " "
	case tight > a.w:
		return number
	}
	return number + title
}

// stationsWidth is the width of the name and the stations in the bar.
func (a *App) stationsWidth() int {
	w := lipgloss.Width(a.brand())
	for i := range a.stations() {
		w += lipgloss.Width(a.stationLabel(i))
	}
	return w
}

// stationAt returns the station whose label stands in column x of the bar, or
// -1.
func (a *App) stationAt(x int) int {
	at := lipgloss.Width(a.brand())
	for i := range a.stations() {
		w := lipgloss.Width(a.stationLabel(i))
		if x >= at && x < at+w {
			return i
		}
		at += w
	}
	return -1
}

// onTable says what lies on the table, in the longest form that has room: what
// gives way is the prompt's name, then the number of the revision, then the case;
// where that is too long, a star stands for an edit.
func (a *App) onTable(room int) string {
	t := a.table
	if !t.Open() {
		return ""
	}
	if b, ok := a.screen().(kit.Blind); ok && b.Blind() {
		return t.Prompt.Name.String()
	}
	whole := t.Ref()
	short := session.VariantRef{Variant: whole.Variant, Revision: whole.Revision}
	tail := ""
	if t.Dirty() {
		tail = " (edited)"
	}
	if c := t.Case(); c.Name != "" {
		tail += " · " + c.Name.String()
	}
	least := text.Raw(whole.Variant).String()
	edited := least
	if t.Dirty() {
		least, edited = least+"*", edited+" (edited)"
	}
	forms := []string{text.Raw(whole.String()).String() + tail, text.Raw(strings.TrimPrefix(short.String(), "/")).String() + tail, text.Raw(whole.Variant).String() + tail, edited}
	for _, s := range forms {
		if text.Of(s).Width() <= room {
			return s
		}
	}
	return least
}

// longToast lays a message that is longer than the footer over the last rows of
// the screen, so that none is cut.
func (a *App) longToast(out string) string {
	const margin = 4
	s := text.Of(a.toast.text)
	if a.toast.text == "" || s.Width() <= a.w-margin {
		return out
	}
	style := a.styles.Toast
	if a.toast.bad {
		style = a.styles.ToastBad
	}
	lines := s.OneLine().Wrap(a.w - margin)
	lines = lines[:min(len(lines), a.frame.screen.h)]
	rows := make([]string, len(lines))
	for i, l := range lines {
		lead := "   "
		if i == 0 && a.toast.bad {
			lead = " ! "
		}
		pad := strings.Repeat(" ", max(0, a.w-len(lead)-l.Width()))
		rows[i] = style.Render(lead) + kit.Render(l, style, a.styles.Mark) + style.Render(pad)
	}
	return lipgloss.NewCompositor(
		lipgloss.NewLayer(out).Z(0),
		lipgloss.NewLayer(strings.Join(rows, "\n")).Y(a.h-len(rows)).Z(1),
	).Render()
}

// footer is the line of keys, or the toast.
func (a *App) footer() string {
	if a.toast.text != "" {
		return kit.ToastLine(kit.Toast{Text: a.toast.text, Bad: a.toast.bad}, a.w, a.styles)
	}
	if n := len(a.stack); n > 0 { // the keys are the dialog's, and stand in it
		return kit.Fit(" "+a.styles.Key.Render("esc")+a.styles.KeyLabel.Render(" close"), a.w)
	}
	acts := a.screen().Actions()
	if t, ok := a.screen().(kit.Typing); ok && t.Typing() { // letters are text: what the screen shows works all the same
		acts = slices.DeleteFunc(slices.Clone(acts), func(x kit.Action) bool { return !x.Show })
	}
	return kit.Footer(acts, a.w, a.styles)
}
