package bench

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// columnsView is the case in hand, one column a contestant and order.
type columnsView struct {
	top   int // rows of text that are above the columns
	most  int // rows of the longest text that do not fit, as drawn last
	flows map[int]*flow

	near   nearby // what stands below the texts, as drawn last
	tall   int    // rows of the tallest text seen at this width
	tallAt int    // the width
	first  int    // the first column that is seen, and how wide each is
	widths []int
	head   int // row of the station in which the columns begin
}

func (c *columnsView) clamp() { c.top = max(0, c.top) }

func (c *columnsView) update(msg tea.Msg, page int) {
	by := 0
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		by = map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -page, "pgdown": page, "home": -1 << 30, "end": 1 << 30}[m.String()]
	case tea.MouseWheelMsg:
		by = map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[m.Button]
	}
	c.top = max(0, min(c.top+by, c.most))
}

// colWidth is the least width of a column; below it columns scroll sideways.
const colWidth = 36

// columnsAt returns which columns are seen: the one in focus among them.
func columnsAt(w, n, focus int) (first, count int) {
	count = max(1, min(n, w/colWidth))
	first = max(0, min(focus-count/2, n-count))
	return first, count
}

// drawColumns draws the columns in w by h cells.
func (s *Screen) drawColumns(w, h int) string {
	b := s.board
	first, n := columnsAt(w, len(b.cols), s.col)
	head := s.caseLine(w, first, n)
	strip := ""
	if s.input && h >= 14 {
		strip = s.inputStrip(w, min(6, h/6))
	}
	rows := h - 1 - lipgloss.Height(strip)
	if strip == "" {
		rows = h - 1
	}
	widths := kit.Split(w, ones(n)...)
	s.columns.first, s.columns.widths, s.columns.head = first, widths, s.headRows()+h-rows
	s.columns.near = s.below(first, widths, rows)
	views := make([]string, n)
	most := 0
	for i := range n {
		v, lines := s.column(first+i, widths[i], rows)
		views[i] = v
		most = max(most, lines)
	}
	s.columns.most = most
	return kit.Fill(kit.Stack(head, strip, kit.Columns(views...)), w, h)
}

// below plans what stands below the texts of the columns that are seen, in
// columns of rows rows.
func (s *Screen) below(first int, widths []int, rows int) nearby {
	c := &s.columns
	if c.tallAt != widths[0] {
		c.tall, c.tallAt = 0, widths[0]
	}
	for i, w := range widths {
		x := s.board.at(s.row, first+i, s.take)
		c.tall = max(c.tall, len(c.lines(first+i, x, max(1, w-4), s.deps.Styles)))
	}
	ih := max(0, rows-2)
	room := ih - headOf(ih)
	n := s.plan(room, c.tall)
	n.y = c.head + 1 + ih - n.h
	return n
}

// headOf is the number of rows above the text in a column of ih rows.
func headOf(ih int) int {
	n := 1
	if ih >= 9 {
		n += 3
	}
	if ih >= 6 {
		n += 2
	}
	return n
}

func ones(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// caseLine says which case and take is in hand, and which columns are seen.
func (s *Screen) caseLine(w, first, n int) string {
	st, b := s.deps.Styles, s.board
	c := b.cases[s.row]
	right := ""
	if len(b.cols) > n {
		right = fmt.Sprintf("%s column %d of %d %s", arrow("‹", first > 0), s.col+1, len(b.cols), arrow("›", first+n < len(b.cols)))
	}
	line := " " + kit.Render(text.Show(c.name).Truncate(24), st.Strong, st.Mark)
	add := func(v text.Shown, style lipgloss.Style) {
		line += st.Faint.Render(" · ") + kit.Render(v, style, st.Mark)
	}
	add(text.Of(kit.Thousands(s.row+1)+" of "+kit.Thousands(len(b.cases))), st.Dim)
	if b.takes > 1 {
		add(text.Of(fmt.Sprintf("take %d of %d", s.take, b.takes)), st.Dim)
	}
	if s.changes(s.row) {
		add(text.Of("↻ changes with the order"), st.Warn)
	}
	if c.wanted != nil {
		add(text.Of("wants ").Append(text.Show(*c.wanted)).Truncate(max(12, w/3)), st.Text)
	}
	if len(c.tags) > 0 {
		add(tagList(c.tags).Truncate(max(8, w/4)), st.Faint)
	}
	room := w - kit.Width(right) - 2
	return kit.Fit(line, max(0, room)) + " " + st.Faint.Render(right) + " "
}

func arrow(a string, on bool) string {
	if on {
		return a
	}
	return " "
}

func tagList(tags []text.Raw) text.Shown {
	var out text.Shown
	for i, t := range tags {
		if i > 0 {
			out = out.Append(text.Of(" "))
		}
		out = out.Append(text.Show(t).OneLine())
	}
	return out
}

// head is at most n bytes of r, cut where a character ends.
func head(r text.Raw, n int) text.Raw {
	if len(r) <= n {
		return r
	}
	for n > 0 && r[n]&0xc0 == 0x80 {
		n--
	}
	return r[:n]
}

// colName is what a column is called: its variant, and what else tells it from
// the others.
func (s *Screen) colName(i int) string {
	b := s.board
	c := b.cols[i]
	models, variants := b.models()
	v := c.who.Variant
	name := v.Variant
	if v.Revision > 0 {
		name += fmt.Sprintf("@%d", v.Revision)
	}
	if models > 1 || variants == 1 && len(b.cols) == 1 {
		name += " " + b.modelName(c.who.Model)
	}
	if b.orders() {
		name += " " + orderName(c.order)
	}
	return text.Of(name).String()
}

// modelName is the model without its backend, or with it where two have one of that
// name.
func (b *board) modelName(ref string) string {
	name := modelName(ref)
	for i := range b.cols {
		if other := b.cols[i].who.Model; other != ref && modelName(other) == name {
			return ref
		}
	}
	return name
}

func orderName(o session.Order) string {
	if o.AsIs() {
		return "as-is"
	}
	return o.String()
}

// column draws one column and returns how many rows of its text do not fit.
func (s *Screen) column(i, w, h int) (view string, rest int) {
	st := s.deps.Styles
	x := s.board.at(s.row, i, s.take)
	iw, ih := max(1, w-4), max(0, h-2)
	var top []string
	put := func(line string) { top = append(top, " "+kit.Fit(line, iw)) }
	if ih >= 9 {
		t := s.board.cols[i].totals
		put(st.Dim.Render(text.Of(tally(t, iw)).Truncate(iw).String()))
		put(st.Text.Render(text.Of(rate(t, iw)).Truncate(iw).String()))
		top = append(top, kit.Rule(w-2, st))
	}
	put(s.stateLine(x))
	if ih >= 6 {
		put(st.Dim.Render(text.Of(timing(x)).Truncate(iw).String()))
		top = append(top, "")
	}
	lines := s.columns.lines(i, x, iw, st)
	near := s.columns.near
	room := max(0, ih-len(top)-near.h)
	rest = max(0, len(lines)-room)
	from := min(s.columns.top, rest)
	for n := from; n < len(lines) && n < from+room; n++ {
		top = append(top, " "+lines[n])
	}
	if near.h > 0 {
		for len(top) < ih-near.h {
			top = append(top, "")
		}
		top = append(top, s.around(near, i, w-2)...)
	}
	label := ""
	if rest > 0 && room > 0 {
		label = fmt.Sprintf("%d more ↓", rest-from)
		if from == rest {
			label = "end"
		}
	}
	return kit.PaneWith(s.colName(i), label, strings.Join(top, "\n"), w, h, i == s.col, st), rest
}

// tally says how far a column is.
func tally(t totals, w int) string {
	parts := []string{kit.Thousands(t.done) + " of " + kit.Thousands(t.cells) + " done"}
	if t.failed > 0 {
		parts = append(parts, kit.Thousands(t.failed)+" failed")
	}
	if t.halted > 0 {
		parts = append(parts, kit.Thousands(t.halted)+" cut short")
	}
	if t.odd > 0 {
		parts = append(parts, kit.Thousands(t.odd)+" no answer")
	}
	if t.running > 0 {
		parts = append(parts, kit.Thousands(t.running)+" at work")
	}
	if t.cached > 0 {
		parts = append(parts, kit.Thousands(t.cached)+" cached")
	}
	return fitting(parts, w)
}

// fitting joins as many of the parts as there is room for, the first in any case.
func fitting(parts []string, w int) string {
	for len(parts) > 1 && text.Of(kit.Join(" · ", parts...)).Width() > w {
		parts = parts[:len(parts)-1]
	}
	return kit.Join(" · ", parts...)
}

// rate says how often a column was right, as long as there is room for.
func rate(t totals, w int) string {
	if t.graded == 0 {
		if t.done == 0 {
			return "nothing to compare yet"
		}
		return "no wanted answers to compare with"
	}
	out := stats.RateOver(t.right, t.graded, len(t.repeats), "right")
	over := " over " + kit.Plural(len(t.repeats), "case", "cases")
	for _, spare := range []string{"95% interval ", " right", over} {
		if text.Of(out).Width() > w && (spare != " right" || strings.Contains(out, over)) {
			out = strings.Replace(out, spare, "", 1)
		}
	}
	if more := fmt.Sprintf(" · %d hold it", t.holding); t.holding > 0 && text.Of(out+more).Width() <= w {
		out += more
	}
	return out
}

// stateLine is a cell's state, right or wrong, and whether it was kept from
// before.
func (s *Screen) stateLine(x *slot) string {
	st := s.deps.Styles
	if x == nil {
		return st.Faint.Render("– not part of this run")
	}
	sign, w := s.stateOf(x)
	out := stateStyle(st, x.status).Render(sign + " " + w)
	if sign, w = grade(x.grade); sign != "" {
		out += "  " + gradeStyle(st, x.grade).Bold(true).Render(sign+" "+w)
	}
	if x.holds {
		out += "  " + st.Faint.Render("holds it")
	}
	if x.out != nil && x.out.Cut {
		out += "  " + st.Bad.Render("! input cut")
	}
	if x.out != nil && x.out.Cached {
		out += "  " + st.Faint.Render("cached")
	}
	return out
}

// timing says how fast a cell was and what it cost; while it streams, about.
func timing(x *slot) string {
	switch {
	case x == nil:
		return ""
	case x.out != nil:
		o := x.out
		first := ""
		if o.Timing.TTFTMS > 0 {
			first = "first " + millis(o.Timing.TTFTMS)
		} else if o.Timing.TotalMS > 0 {
			first = millis(o.Timing.TotalMS)
		}
		fast := ""
		if o.Timing.TokensPerS > 0 {
			fast = speed(o.Timing.TokensPerS)
		}
		price := money(o.CostUSD)
		if o.Attempts == 0 && !o.Cached { // it was never asked for here
			price = ""
		}
		return kit.Join(" · ", first, fast, price)
	case x.note != "":
		return x.note
	case x.status == session.StatusRunning && x.first.IsZero():
		return "no word yet"
	case x.status == session.StatusRunning:
		first := ""
		if !x.asked.IsZero() && x.first.After(x.asked) {
			first = "first about " + millis(x.first.Sub(x.asked).Milliseconds())
		}
		fast := ""
		if d := x.seen.Sub(x.first).Seconds(); d > 0.2 {
			fast = fmt.Sprintf("about %.0f tok/s", float64(len(x.buf))/4/d)
		}
		return kit.Join(" · ", first, fast)
	}
	return ""
}

// flow is the wrapped text of one cell. While it streams, only what follows its
// last line feed is wrapped again.
type flow struct {
	slot  *slot
	ver   uint64
	w     int
	round int      // of the slot
	done  int      // bytes of the stream whose lines are final
	fixed []string // their lines
	lines []string
}

// lines returns the lines of a column's text, wrapped once for each change.
func (c *columnsView) lines(col int, x *slot, w int, st *themes.Styles) []string {
	if x == nil {
		return nil
	}
	if c.flows == nil {
		c.flows = map[int]*flow{}
	}
	f := c.flows[col]
	if f == nil || f.slot != x || f.w != w {
		f = &flow{slot: x, w: w}
		c.flows[col] = f
	} else if f.ver == x.ver {
		return f.lines
	}
	f.ver = x.ver
	if x.out == nil {
		f.stream(x, st)
	} else {
		f.done, f.fixed = 0, nil
		f.lines = ended(x, w, st)
	}
	return f.lines
}

func (f *flow) stream(x *slot, st *themes.Styles) {
	if f.round != x.round {
		f.round, f.done, f.fixed = x.round, 0, nil
	}
	fresh := x.buf[f.done:]
	if i := strings.LastIndexByte(string(fresh), '\n'); i >= 0 {
		f.fixed = append(f.fixed, wrapped(text.Raw(fresh[:i]), f.w, st.Text, st)...)
		f.done += i + 1
		fresh = fresh[i+1:]
	}
	f.lines = f.fixed[:len(f.fixed):len(f.fixed)]
	if x.status == session.StatusRunning {
		tail := wrapped(whole(fresh), f.w, st.Text, st)
		f.lines = append(f.lines, tail...)
	}
}

// whole is b without a character at its end that has not come whole yet.
func whole(b []byte) text.Raw {
	for n := 1; n <= 3 && n <= len(b); n++ {
		c := b[len(b)-n]
		if c < 0x80 {
			break
		}
		if c >= 0xc0 {
			if need := 2 + b2i(c >= 0xe0) + b2i(c >= 0xf0); n < need {
				return text.Raw(b[:len(b)-n])
			}
			break
		}
	}
	return text.Raw(b)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// maxColumn is how much of a text a column shows; the close-up shows all.
const maxColumn = 64 << 10

// ended is the text of a cell that ended. What is no whole answer says so before
// anything else.
func ended(x *slot, w int, st *themes.Styles) []string {
	var out []string
	style := st.Text
	if x.out != nil && x.out.Cut {
		out = append(wrappedShown(cutWords(x), w, st.Bad, st), "")
	}
	if !x.answered() {
		style = st.Faint
		out = append(out, wrappedShown(reason(x), w, stateStyle(st, x.status), st)...)
		if x.text() == "" {
			return out
		}
		out = append(out, "", kit.Fit(st.Faint.Render("── before that came, no answer ──"), w))
	}
	r := x.text()
	out = append(out, wrapped(head(r, maxColumn), w, style, st)...)
	if len(r) > maxColumn {
		out = append(out, "", kit.Fit(st.Faint.Render("… "+kit.Thousands((len(r)-maxColumn)>>10)+" KB more: enter shows all"), w))
	}
	return out
}

// cutWords say what of a cell's input was not evaluated as it was composed.
func cutWords(x *slot) text.Shown {
	return text.Of("The input was cut: ").Append(text.Show(x.out.Differs)).OneLine()
}

func wrapped(r text.Raw, w int, style lipgloss.Style, st *themes.Styles) []string {
	return wrappedShown(text.Show(r), w, style, st)
}

func wrappedShown(v text.Shown, w int, style lipgloss.Style, st *themes.Styles) []string {
	return strings.Split(kit.Para(v, w, style, st.Mark), "\n")
}
