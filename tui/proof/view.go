package proof

import (
	"strings"

	"galley/session/text"
	"galley/tui/kit"
)

// rect is a rectangle of cells.
type rect struct{ x, y, w, h int }

// areas is where the parts of the screen stand.
type areas struct {
	head, text, panel rect
	side              bool // the panel stands beside the text
}

// layout is pure: a size and a choice in, rectangles out. They cover the screen
// but for the lines between them.
func layout(w, h int, mode panelMode) areas {
	head := min(h, 2)
	if h < 10 {
		head = min(h, 1)
	}
	a := areas{head: rect{0, 0, w, head}}
	body := rect{0, head, w, h - head}
	switch {
	case mode == panelOnly:
		a.panel = rect{1, head, w - 2, body.h}
	case mode == panelOff || !both(w, h):
		a.text = body
	case w >= sideAt:
		pw := max(38, min(52, w/3))
		a.side = true
		a.text = rect{0, head, w - pw - 4, body.h}
		a.panel = rect{w - pw - 1, head, pw, body.h}
	default:
		ph := max(5, min(9, body.h*2/5))
		a.text = rect{0, head, w, body.h - ph - 1}
		a.panel = rect{1, h - ph, w - 2, ph}
	}
	return a
}

const sideAt = 110 // cells from which the panel stands beside the text

// both reports whether there is room for text and panel.
func both(w, h int) bool { return w >= 60 && h >= 16 || w >= sideAt && h >= 10 }

func (s *Screen) roomForBoth() bool { return both(s.w, s.h) }

// area is where the parts stand: on the blank page there is nothing but the text.
func (s *Screen) area() areas {
	if s.view == viewBlank {
		return areas{text: s.blankArea()}
	}
	return layout(s.w, s.h, s.info)
}

func (s *Screen) panelShown() bool { return s.area().panel.h > 0 }
func (s *Screen) textShown() bool  { return s.area().text.h > 0 }

// place gives the parts their sizes.
func (s *Screen) place() {
	t := s.area().text
	s.page.SetBare(s.view == viewBlank)
	s.page.Resize(t.w, max(0, t.h-s.labelRows()-s.footRows()))
	s.reading.resize(t.w, max(0, t.h-s.labelRows()))
}

// labelRows is the number of rows of the line above a view that says what it
// is.
func (s *Screen) labelRows() int {
	h := s.area().text.h
	switch {
	case s.view == viewMessages || s.view == viewBlank || h < 4:
		return 0
	case s.view == viewRendered:
		return s.labels(h)
	}
	return 1
}

// footRows is the row below the messages that says that they do not fit.
func (s *Screen) footRows() int {
	if s.view == viewMessages && s.area().text.h >= 6 && s.room().TooMany() > 0 {
		return 1
	}
	return 0
}

type viewCache struct {
	panel string
}

// View draws the station.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	if !s.deps.Table.Open() {
		return s.nothing()
	}
	switch {
	case s.leaf != nil:
		return s.leaf.view()
	case s.view == viewBlank:
		return s.blankView()
	}
	a := s.area()
	head := s.head(a.head.w, a.head.h)
	body := ""
	switch {
	case a.text.h <= 0:
		body = kit.Indent(s.panel(a), 1)
	case a.panel.h <= 0:
		body = s.body(a.text)
	case a.side:
		rule := kit.Upright(a.text.h, s.deps.Styles)
		body = kit.Columns(s.body(a.text), rule, s.panel(a), strings.TrimSuffix(strings.Repeat(" \n", a.text.h), "\n"))
	default:
		rule := kit.Rule(s.w, s.deps.Styles)
		body = kit.Stack(s.body(a.text), rule, kit.Indent(s.panel(a), 1))
	}
	return kit.Fill(kit.Stack(head, body), s.w, s.h)
}

// nothing says what to do where there is nothing to read.
func (s *Screen) nothing() string {
	st := s.deps.Styles
	return kit.Centre(strings.Join([]string{
		st.Strong.Render("Nothing is on the table"), "",
		st.Dim.Render("Choose a variant in Library (alt+1)"),
		st.Dim.Render("and press enter: its exact final"),
		st.Dim.Render("context comes here to be read."),
	}, "\n"), s.w, s.h)
}

// head is the line of views, and what the proof is of.
func (s *Screen) head(w, h int) string {
	st, t := s.deps.Styles, s.deps.Table
	var tabs []string
	for v := range viewCount {
		if v == s.view {
			tabs = append(tabs, st.BadgeHot.Render(" "+v.name()+" "))
		} else {
			tabs = append(tabs, st.Dim.Render(" "+v.name()+" "))
		}
	}
	left := strings.Join(tabs, "")
	if kit.Width(left) > w {
		left = st.BadgeHot.Render(" "+s.view.name()+" ") + st.Faint.Render(" tab")
	}
	room := w - kit.Width(left) - 2
	var parts []string
	if n := len(t.Cases); n > 0 {
		parts = append(parts, t.Case().Name.String()+", "+kit.Thousands(t.CaseAt()+1)+" of "+kit.Thousands(n))
	} else {
		parts = append(parts, "no cases")
	}
	if !t.Proof().Order.AsIs() {
		parts = append(parts, t.Proof().Order.String())
	}
	if m := t.Model(); m != "" {
		parts = append(parts, m)
	}
	if s.ready && s.an.counted && !s.panelShown() {
		parts = append(parts, tokenTotal(s.counts())+" tokens")
	}
	for len(parts) > 1 && text.Of(strings.Join(parts, " · ")).Width() > room {
		last := parts[len(parts)-1]
		parts = parts[:len(parts)-1]
		if left := room - text.Of(strings.Join(parts, " · ")).Width() - 3; last == t.Model() && left >= 12 {
			parts = append(parts, tail(last, left))
			break
		}
	}
	right := text.Of(strings.Join(parts, " · ")).Truncate(max(0, room))
	line := left + kit.FitRight(kit.Render(right, st.Faint, st.Mark), max(0, w-kit.Width(left)-1))
	if h < 2 {
		return kit.Fill(line, w, h)
	}
	return kit.Fill(line+"\n"+kit.Rule(w, st), w, h)
}

// tail is the end of a name that is too long for w cells, which tells models apart
// better than the beginning.
func tail(name string, w int) string {
	runes := []rune(name)
	for len(runes) > 0 && text.Of(string(runes)).Width() > w-1 {
		runes = runes[1:]
	}
	return "…" + string(runes)
}

// body is the text of the view.
func (s *Screen) body(r rect) string {
	st := s.deps.Styles
	label := ""
	rows := s.labelRows()
	switch s.view {
	case viewMessages:
		if len(s.deps.Table.Proof().Messages) == 0 {
			return s.note(r, "The context is empty.", "Every block is off or without a word; Compose (alt+2) changes that.")
		}
		view := s.page.View()
		if s.footRows() > 0 {
			where := " · " + st.Key.Render("E") + st.KeyLabel.Render(" shows where")
			words := text.Of("it does not fit: " + s.room().Words()).Truncate(max(0, r.w-4-kit.Width(where)))
			view += "\n" + kit.Fit(" "+st.Bad.Render("!")+" "+kit.Render(words, st.Bad, st.Mark)+where, r.w)
		}
		return kit.Fill(view, r.w, r.h)
	case viewRendered:
		return s.renderedBody(r)
	case viewReading:
		label = st.Warn.Render(" reading view, not exact")
		return kit.Fill(kit.Stack(s.label(label, r.w, rows), s.reading.view(r.w, r.h-rows, st)), r.w, r.h)
	}
	switch {
	case !s.ready:
		return s.note(r, "The request is being made…", "")
	case s.an.wireErr != nil:
		return s.note(r, "There is no request.", s.an.wireErr.Error())
	}
	w := s.an.wire
	label = " " + st.Strong.Render(text.Of(w.Method).String()) + " " + kit.Render(text.Of(w.Path), st.Text, st.Mark) +
		st.Faint.Render(" · "+kit.Plural(len(w.Body), "byte", "bytes")+" · "+text.Of(w.Hash).Truncate(max(15, r.w-45)).String())
	return kit.Fill(kit.Stack(s.label(label, r.w, rows), s.page.View()), r.w, r.h)
}

func (s *Screen) label(line string, w, rows int) string {
	if rows == 0 {
		return ""
	}
	return kit.Fit(line, w)
}

// note says something where there is no text.
func (s *Screen) note(r rect, head, detail string) string {
	st := s.deps.Styles
	out := st.Strong.Render(head)
	if detail != "" {
		out += "\n\n" + kit.Para(text.Of(detail), max(1, min(60, r.w-4)), st.Dim, st.Mark)
	}
	return kit.Centre(out, r.w, r.h)
}

// panel draws the numbers: stacked where it is tall, side by side where it is
// wide.
func (s *Screen) panel(a areas) string {
	if s.cache.panel != "" {
		return s.cache.panel
	}
	r := a.panel
	out := ""
	switch {
	case !a.side && r.w >= 72 && r.h >= 14:
		lw := r.w/2 - 2
		rw := r.w - lw - 3
		gap := strings.TrimSuffix(strings.Repeat("   \n", r.h), "\n")
		out = kit.Columns(s.stack([]section{s.tokensSection(lw), s.findingsSection(lw), s.piecesSection(lw)}, lw, r.h), gap,
			s.stack([]section{s.samplingSection(rw), s.contextSection(rw)}, rw, r.h))
	case a.side || r.w < 60:
		out = s.stack([]section{s.tokensSection(r.w), s.findingsSection(r.w), s.piecesSection(r.w), s.samplingSection(r.w), s.contextSection(r.w)}, r.w, r.h)
	default:
		lw := r.w/2 - 2
		rw := r.w - lw - 3
		gap := strings.TrimSuffix(strings.Repeat("   \n", r.h), "\n")
		right := []section{s.findingsSection(rw), s.compactSection(rw)}
		out = kit.Columns(s.stack([]section{s.tokensSection(lw)}, lw, r.h), gap, s.stack(right, rw, r.h))
	}
	s.cache.panel = out
	return out
}
