package suite

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// near is one case of a check: an output beside what each assertion saw in it.
type near struct {
	g       *group
	take    int // index in the group
	out     *kit.Pager
	says    *kit.Pager
	onSays  bool
	loading bool
	trouble error
	result  *session.Result
	w, h    int
}

type nearMsg struct {
	cell   int64
	result session.Result
	err    error
}

// openNear shows the case with the cursor.
func (s *Screen) openNear() tea.Cmd {
	g := s.res.current()
	if g == nil {
		return nil
	}
	st := s.deps.Styles
	n := &near{g: g, out: kit.NewPager(st), says: kit.NewPager(st)}
	for i, c := range g.cases { // the take that says why
		if c.Status == g.status {
			n.take = i
			break
		}
	}
	s.near, s.mode = n, modeNear
	n.resize(s.w, s.h)
	return s.readNear()
}

func (n *near) check() session.CaseCheck { return n.g.cases[n.take] }

// readNear reads the output of the take in hand.
func (s *Screen) readNear() tea.Cmd {
	n, d := s.near, s.deps
	cell := n.check().CellID
	n.result, n.trouble, n.loading = nil, nil, cell != 0 && d.Result != nil
	n.fill(s)
	if !n.loading {
		return nil
	}
	return s.ask(askNear, func(ctx context.Context) tea.Msg {
		r, err := d.Result(ctx, cell)
		return nearMsg{cell, r, err}
	})
}

func (s *Screen) onNear(m nearMsg) tea.Cmd {
	n := s.near
	if n == nil || n.check().CellID != m.cell {
		return nil
	}
	n.loading, n.trouble = false, m.err
	if m.err == nil {
		n.result = &m.result
	}
	n.fill(s)
	return nil
}

// goTake goes to another take of the case.
func (s *Screen) goTake(by int) tea.Cmd {
	n := s.near
	k := len(n.g.cases)
	n.take = ((n.take+by)%k + k) % k
	return s.readNear()
}

// fill writes the output and what the assertions say.
func (n *near) fill(s *Screen) {
	st := s.deps.Styles
	c := n.check()
	var says kit.Doc
	for i, a := range failingFirst(c.Assertions) {
		sign, style := s.sign(a)
		name := text.Raw(sign + s.named(a).String())
		if w := weight(a.Weight); w != "" {
			name += text.Raw("  weight " + w)
		}
		msg := a.Message
		if msg != "" {
			msg += "\n"
		}
		says = append(says,
			kit.Segment{ID: 2 * i, Text: name, Style: style, GutterStyle: style, Break: true},
			kit.Segment{ID: 2*i + 1, Text: msg + "\n", Style: st.Dim, GutterStyle: st.Rule, Break: true})
	}
	if len(c.Assertions) == 0 {
		says = kit.Doc{{Text: "No assertion was held against it.", Style: st.Faint, GutterStyle: st.Rule}}
	}
	n.says.SetDoc(says)
	n.out.SetDoc(n.answer(s))
}

// answer is the output as it came. What is no answer says so first.
func (n *near) answer(s *Screen) kit.Doc {
	st := s.deps.Styles
	c := n.check()
	var doc kit.Doc
	warn := func(v text.Raw) {
		doc = append(doc, kit.Segment{ID: len(doc), Text: "! " + v + "\n\n", Style: st.Warn, GutterStyle: st.Warn, Break: true})
	}
	switch c.Status {
	case session.CheckError:
		why := c.Why
		if why == "" {
			why = "there is no answer that could be checked"
		}
		warn("Error, never a pass: " + why)
	case session.CheckNotRun:
		why := c.Why
		if why == "" {
			why = "nobody was asked, or nothing is asserted"
		}
		warn("Not run, never a pass: " + why)
	}
	switch {
	case n.trouble != nil:
		warn(text.Raw("The output can't be read: " + text.Of(n.trouble.Error()).String()))
	case n.loading:
		return append(doc, kit.Segment{ID: len(doc), Text: "Reading the output…", Style: st.Faint, GutterStyle: st.Rule, Break: true})
	case n.result == nil:
		return append(doc, kit.Segment{ID: len(doc), Text: "Its output is not kept here.", Style: st.Faint, GutterStyle: st.Rule, Break: true})
	default:
		whole := n.result.Output.Whole()
		style := st.Text
		if c.Status == session.CheckError && whole != "" {
			warn("What came, which is no answer:")
			style = st.Dim
		}
		if whole == "" {
			return append(doc, kit.Segment{ID: len(doc), Text: "It is empty.", Style: st.Faint, GutterStyle: st.Rule, Break: true})
		}
		doc = append(doc, kit.Segment{ID: len(doc), Text: whole, Style: style, GutterStyle: st.Rule, Break: true})
	}
	return doc
}

func (n *near) restyle(s *Screen) {
	n.out.SetStyles(s.deps.Styles)
	n.says.SetStyles(s.deps.Styles)
	n.fill(s)
}

type nearAreas struct{ out, says rect }

// area is where the output and what is said of it stand: beside each other where
// there is room, else one above the other, else the one with focus.
func (n *near) area() nearAreas { return nearLayout(n.w, n.h, n.onSays) }

func nearLayout(w, h int, onSays bool) nearAreas {
	const head = 2
	body := max(0, h-head)
	switch {
	case w >= 76:
		lw := w * 11 / 20
		return nearAreas{out: rect{0, head + 1, lw - 1, max(0, body-1)}, says: rect{lw + 2, head + 1, w - lw - 2, max(0, body-1)}}
	case h >= 12:
		sh := body * 2 / 5
		return nearAreas{says: rect{0, head, w, sh}, out: rect{0, head + sh + 1, w, max(0, body-sh-1)}}
	case onSays:
		return nearAreas{says: rect{0, head, w, body}}
	}
	return nearAreas{out: rect{0, head, w, body}}
}

func (n *near) resize(w, h int) {
	n.w, n.h = w, h
	a := n.area()
	n.out.Resize(a.out.w, a.out.h)
	n.says.Resize(a.says.w, a.says.h)
	n.out.SetFocus(!n.onSays)
	n.says.SetFocus(n.onSays)
}

func (s *Screen) viewNear() string {
	n, st := s.near, s.deps.Styles
	c := n.check()
	sign, words := state(c.Status)
	style := stateStyle(st, c.Status)
	first := " " + s.show(st.Strong, text.Show(c.Case.Name).OneLine()) + "  " + s.show(st.Dim, contestant(c.Contestant))
	line := style.Render(sign + " " + words)
	if k := len(n.g.cases); k > 1 {
		line += st.Dim.Render(fmt.Sprintf("  take %d, %d of %d pass", c.Take, n.g.pass, k))
	}
	held := 0
	for _, a := range c.Assertions {
		if a.Pass {
			held++
		}
	}
	if len(c.Assertions) > 0 {
		line += st.Dim.Render(fmt.Sprintf("  %d of %d assertions hold", held, len(c.Assertions)))
	}
	var tail []string
	if c.Attempts > 1 {
		tail = append(tail, fmt.Sprintf("asked %d times", c.Attempts))
	}
	if c.Cached {
		tail = append(tail, "from cache")
	}
	if len(tail) > 0 {
		line += st.Faint.Render("  " + strings.Join(tail, ", "))
	}
	a := n.area()
	head := kit.Fit(first, s.w) + "\n" + kit.Fit(" "+line, s.w)
	label := func(name string, on bool, w int) string {
		x := st.Quiet
		if on {
			x = st.Title
		}
		return kit.Fit(" "+x.Render(name)+" "+s.rule(max(0, w-len(name)-3)), w)
	}
	switch {
	case s.w >= 76:
		left := kit.Stack(label("output", !n.onSays, a.out.w), n.out.View())
		right := kit.Stack(label("assertions", n.onSays, a.says.w), n.says.View())
		return kit.Fill(kit.Stack(head, kit.Columns(left, s.bar(a.out.h+1), right)), s.w, s.h)
	case s.h >= 12:
		return kit.Fill(kit.Stack(head, n.says.View(), label("output", !n.onSays, s.w), n.out.View()), s.w, s.h)
	case n.onSays:
		return kit.Fill(kit.Stack(head, n.says.View()), s.w, s.h)
	}
	return kit.Fill(kit.Stack(head, n.out.View()), s.w, s.h)
}

func (s *Screen) updateNear(msg tea.Msg) tea.Cmd {
	n := s.near
	if m, ok := msg.(tea.MouseMsg); ok {
		at := m.Mouse()
		a := n.area()
		switch {
		case a.out.holds(at.X, at.Y):
			n.out.Update(kit.Shift(m, a.out.x, a.out.y))
		case a.says.holds(at.X, at.Y):
			n.says.Update(kit.Shift(m, a.says.x, a.says.y))
		}
		return nil
	}
	if n.onSays && !n.out.Typing() {
		n.says.Update(msg)
		return nil
	}
	n.out.Update(msg)
	return nil
}
