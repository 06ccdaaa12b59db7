package study

import (
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/stats"
	"galley/session/study"
	"galley/session/text"
	"galley/tui/kit"
)

// result is a study that is looked at in full.
type result struct {
	s     *Screen
	r     Result
	pages []page
	at    int
	table *kit.Table // the rows of the page, where it has any
	view_ pageView
	top   int // first line in sight of what scrolls as a whole
	most  int
}

// page is a page of a report.
type page struct {
	name string
	make func(r *result) pageView
}

// pageView is what a page shows: lines, or rows with what is told of the one with
// the cursor.
type pageView struct {
	head  []string // above the rows, and scrolled with nothing
	lines []string // what scrolls, where there are no rows
	cols  []kit.Column
	rows  int
	cell  func(row, col int) (text.Shown, lipgloss.Style)
	about func(row, w int) []string // of the row with the cursor
}

func newResult(s *Screen, r Result) *result {
	v := &result{s: s}
	v.table = kit.NewTable(s.d.Styles, nil, func(row, col int) (text.Shown, lipgloss.Style) {
		if v.view_.cell == nil || row >= v.view_.rows {
			return text.Shown{}, s.d.Styles.Text
		}
		return v.view_.cell(row, col)
	})
	v.take(r)
	return v
}

// take shows a report, a newer one in the place of an older.
func (v *result) take(r Result) {
	v.r = r
	switch {
	case r.Order != nil && r.Order.Cases == 0:
		v.pages = []page{{"nothing to compare yet", (*result).uncompared}}
	case r.Order != nil:
		v.pages = []page{{"orders", (*result).orderPlot}, {"flipping cases", (*result).flips}, {"places", (*result).places}, {"numbers", (*result).orderNumbers}}
	case r.Drop != nil:
		v.pages = []page{{"parts", (*result).parts}, {"numbers", (*result).dropNumbers}}
	case r.Sweep != nil:
		v.pages = []page{{"how many", (*result).sweep}}
	case r.Vary != nil:
		v.pages = []page{{"tricks", (*result).tricks}, {"numbers", (*result).varyNumbers}}
	default:
		v.pages = []page{{"nothing yet", func(*result) pageView { return pageView{} }}}
	}
	v.at = min(v.at, len(v.pages)-1)
	v.arrange()
}

// uncompared stands in the place of an order study's pages as long as no case can be
// compared: numbers of nothing would read as a finding.
func (v *result) uncompared() pageView {
	s, st := v.s, v.s.d.Styles
	w, _ := v.inner()
	said := "No case can be compared: each takes an answer under every order and every repeat."
	if s.flightOf(v.r.Entry.ID) != nil {
		said = "No case can be compared yet: each takes an answer under every order and every repeat. The first few cases are asked first, and what is found on them stands here as soon as there is something."
		return pageView{lines: strings.Split(kit.Para(text.Of(said), w, st.Text, st.Mark), "\n")}
	}
	return pageView{lines: append(strings.Split(kit.Para(text.Of(said), w, st.Text, st.Mark), "\n"), v.notes(w)...)}
}

func (v *result) turn(by int) {
	v.at = (v.at + by + len(v.pages)) % len(v.pages)
	v.top = 0
	v.table.SetRow(0)
	v.arrange()
}

func (v *result) dress() {
	v.table.SetStyles(v.s.d.Styles)
	v.arrange()
}

// inner is the room inside the border.
func (v *result) inner() (w, h int) { return max(1, v.s.w-4), max(0, v.s.h-2) }

// arrange makes the page for the size it has.
func (v *result) arrange() {
	v.view_ = v.pages[v.at].make(v)
	w, _ := v.inner()
	v.table.SetColumns(v.view_.cols)
	v.table.SetRows(v.view_.rows)
	_, rows, _ := v.parted()
	v.table.Resize(w, rows)
}

// parted divides the height: the lines above the rows, the rows, what is told of
// the one with the cursor.
func (v *result) parted() (head []string, rows, about int) {
	w, h := v.inner()
	head = v.headLines(w, h)
	left := h - len(head)
	if v.view_.rows == 0 {
		return head, max(0, left), 0
	}
	rows = max(2, min(v.view_.rows+1, left))
	if v.view_.about != nil && left >= 8 {
		about = min(max(4, left/3), left-4)
		if w >= 0 {
			rows = max(2, min(v.view_.rows+1, left-about-1))
			about = left - rows - 1
		}
	}
	return head, rows, about
}

// headLines are the sentence, and how far a study that runs has come.
func (v *result) headLines(w, h int) []string {
	st := v.s.d.Styles
	var out []string
	if f := v.s.flightOf(v.r.Entry.ID); f != nil {
		out = append(out, v.s.progressLines(f.progress, w)...)
	} else if said := v.lacks(); said != "" {
		out = append(out, v.s.say(st.Warn, text.Of(said).Truncate(w).String()))
	}
	if said := v.r.sentence(); said != "" {
		out = append(out, strings.Split(kit.Para(text.Of(said), w, st.Strong, st.Mark), "\n")...)
	}
	if most := max(1, h/2); len(out) > most { // the rest of it stands beside the list
		out = out[:most]
	}
	if h >= 12 {
		out = append(out, "")
	}
	return append(out, v.view_.head...)
}

// lacks is what of a study there is to ask again, in a line, "" nothing.
func (v *result) lacks() string {
	if said := cutShort(v.r.Entry); said != "" || v.r.Cut == 0 {
		return said
	}
	out := kit.Plural(v.r.Cut, "answer was", "answers were") + " cut: m asks again with more room"
	if o := v.r.Order; o != nil && len(o.Left) > 0 {
		out = kit.Plural(len(o.Left), "case is", "cases are") + " left out, " + out
	}
	return out + "."
}

func (v *result) update(msg tea.Msg) tea.Cmd {
	if v.view_.rows > 0 {
		if m, ok := msg.(tea.MouseMsg); ok {
			head, _, _ := v.parted()
			msg = kit.Shift(m, 2, 1+len(head))
		}
		v.table.Update(msg)
		return nil
	}
	by := 0
	_, h := v.inner()
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		by = map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -h, "pgdown": h, "space": h, "home": -1 << 20, "end": 1 << 20}[m.String()]
	case tea.MouseWheelMsg:
		by = map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[m.Button]
	}
	v.top = max(0, min(v.top+by, v.most))
	return nil
}

func (v *result) view() string {
	s, st := v.s, v.s.d.Styles
	w, _ := v.inner()
	v.view_ = v.pages[v.at].make(v)
	head, rows, about := v.parted()
	out := append([]string{}, head...)
	label := v.tabs()
	switch {
	case v.view_.rows > 0:
		out = append(out, strings.Split(v.table.View(), "\n")...)
		if about > 0 {
			out = append(out, kit.Rule(w, st))
			lines := v.view_.about(max(0, v.table.Row()), w)
			out = append(out, lines[:min(len(lines), about)]...)
		}
	default:
		lines := v.view_.lines
		v.most = max(0, len(lines)-rows)
		top := min(v.top, v.most)
		lines = lines[top:]
		out = append(out, lines[:min(len(lines), rows)]...)
	}
	title := "Study " + v.r.Entry.Name() + ", " + asks(v.r.Entry.Spec)
	if v.r.interim() {
		title += ", interim"
	}
	return kit.Fill(kit.PaneWith(title, label, kit.Indent(strings.Join(out, "\n"), 1), s.w, s.h, true, st), s.w, s.h)
}

// tabs names the page and how many there are.
func (v *result) tabs() string {
	if len(v.pages) < 2 {
		return ""
	}
	if v.s.w < 90 {
		return fmt.Sprintf("%s, %d of %d", v.pages[v.at].name, v.at+1, len(v.pages))
	}
	names := make([]string, len(v.pages))
	for i, p := range v.pages {
		names[i] = p.name
		if i == v.at {
			names[i] = "‹" + p.name + "›"
		}
	}
	return strings.Join(names, "  ")
}

// notes are the further sentences of the report, as lines.
func (v *result) notes(w int) []string {
	st := v.s.d.Styles
	var out []string
	for _, n := range v.r.notes() {
		out = append(out, strings.Split(kit.Para(text.Of("▪ "+n), w, st.Dim, st.Mark), "\n")...)
	}
	return out
}

// percent is a rate in whole percents, of at least five; "" else.
func percent(rate float64, n int) string {
	if math.IsNaN(rate) || n < 5 {
		return ""
	}
	return fmt.Sprintf("%d%%", stats.Whole(rate))
}

// counted is "41 of 60 (68%)".
func counted(pass, n int) string {
	if n == 0 {
		return "none"
	}
	out := fmt.Sprintf("%d of %d", pass, n)
	if n >= 5 {
		out += fmt.Sprintf(" (%d%%)", stats.Percent(pass, n))
	}
	return out
}

// number is x with so many places, "–" where it is not known.
func number(x float64, places int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	return fmt.Sprintf("%.*f", places, x)
}

// chance is a p value to three places.
func chance(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return number(p, 3)
}

// facts are rows of a name and a value.
func (v *result) facts(w int, pairs ...string) []string {
	st := v.s.d.Styles
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		name := pairs[i]
		for _, l := range strings.Split(kit.Para(text.Of(pairs[i+1]), max(4, w-26), st.Text, st.Mark), "\n") {
			out = append(out, v.s.say(st.Dim, kit.Fit(name, 26))+l)
			name = ""
		}
	}
	return out
}

// answersBeside draws counts of answers as bars: what came, how often.
func (v *result) answersBeside(title string, all []study.Count, of, w, most int) []string {
	st := v.s.d.Styles
	out := []string{v.s.say(st.Faint, title)}
	name := max(6, min(w-20, 40))
	bar := max(0, min(24, w-name-8))
	for i, c := range all {
		if i == most && len(all) > most {
			out = append(out, v.s.say(st.Faint, fmt.Sprintf("and %d others", len(all)-most)))
			break
		}
		answer := text.Head(c.Answer, name).OneLine()
		if c.Answer == "" {
			answer = text.Of("(nothing)")
		}
		share := 0.0
		if of > 0 {
			share = float64(c.N) / float64(of)
		}
		out = append(out, v.s.paint(st.Text, answer.Truncate(name))+strings.Repeat(" ", max(0, name-answer.Width()))+" "+v.s.say(st.Bar, kit.Bar(share, bar))+v.s.say(st.Text, fmt.Sprintf(" %4d", c.N)))
	}
	return out
}
