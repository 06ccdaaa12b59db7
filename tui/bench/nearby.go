package bench

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// nearby is what stands below short answers, so that the room is of use: the
// other takes of the case in hand, and the cases around it. It is the same in all
// columns that are seen, row for row.
type nearby struct {
	h     int // rows in all, the rules included; 0: none is drawn
	takes int // rows for takes, 0: none
	cases int // rows for cases, 0: none
	first int // the case in the first of them
	name  int // cells of the longest name
	y     int // row of the station in which the takes or cases begin, for the mouse
}

// fewest is the least number of rows for cases that is worth a rule above.
const fewest = 4

// plan divides what room the texts leave in a column of room rows. tall is the
// tallest text seen in this run: the list keeps its place from case to case.
func (s *Screen) plan(room, tall int) nearby {
	b := s.board
	rest := room - max(2, tall) - 1
	var n nearby
	if b.takes > 1 && rest >= min(b.takes, fewest)+1 {
		n.takes = min(b.takes, rest-1, max(fewest, rest/2))
		rest -= n.takes + 1
	}
	if len(b.cases) > 1 && rest >= fewest+1 {
		n.cases = min(len(b.cases), rest-1)
		n.first = max(0, min(s.row-n.cases/2, len(b.cases)-n.cases))
		for i := range n.cases {
			n.name = max(n.name, text.Show(b.cases[n.first+i].name).Truncate(14).Width())
		}
	}
	if n.takes > 0 {
		n.h += n.takes + 1
		n.name = max(n.name, len(fmt.Sprintf("take %d", b.takes)))
	}
	if n.cases > 0 {
		n.h += n.cases + 1
	}
	return n
}

// firstTake is the take in the first of the rows for takes.
func (s *Screen) firstTake(n nearby) int {
	return max(1, min(s.take-n.takes/2, s.board.takes-n.takes+1))
}

// around draws the list of one column, w cells wide inside its border.
func (s *Screen) around(n nearby, col, w int) []string {
	st, b := s.deps.Styles, s.board
	var out []string
	if n.takes > 0 {
		out = append(out, ruled("takes of this case", w, st))
		for i := range n.takes {
			take := s.firstTake(n) + i
			out = append(out, s.other(b.at(s.row, col, take), text.Of(fmt.Sprintf("take %d", take)), n.name, take == s.take, w))
		}
	}
	if n.cases > 0 {
		out = append(out, ruled("cases", w, st))
		for i := range n.cases {
			row := n.first + i
			out = append(out, s.other(b.at(row, col, s.take), text.Show(b.cases[row].name).Truncate(14), n.name, row == s.row, w))
		}
	}
	return out
}

// ruled is a rule of w cells that says what follows.
func ruled(label string, w int, st *themes.Styles) string {
	rest := max(0, w-text.Of(label).Width()-3)
	return st.Rule.Render("─") + " " + st.Faint.Render(label) + " " + kit.Rule(rest, st)
}

// other is one row of the list: who, how it stands, what it says.
func (s *Screen) other(x *slot, who text.Shown, name int, here bool, w int) string {
	st := s.deps.Styles
	edge, look := "  ", st.Faint
	if here {
		edge, look = st.Accent.Render("▌")+" ", st.Strong
	}
	sign, words, style := s.brief(x)
	lead := edge + kit.Fit(kit.Render(who, look, st.Mark), name) + "  " + sign + " "
	return lead + kit.Render(words.Truncate(max(0, w-kit.Width(lead)-1)), style, st.Mark)
}

// brief is a cell in a sign and a line. What is right stands out; what is no
// answer says why.
func (s *Screen) brief(x *slot) (sign string, words text.Shown, style lipgloss.Style) {
	st := s.deps.Styles
	if x == nil {
		return st.Faint.Render("–"), text.Of("not part of this run"), st.Faint
	}
	mark, name := s.stateOf(x)
	look := stateStyle(st, x.status)
	switch {
	case x.out == nil && len(x.buf) > 0:
		return look.Render(mark), text.Show(tail(x.buf, 160)).OneLine(), st.Dim
	case x.status == session.StatusError:
		return look.Render(mark), reason(x).OneLine(), st.Dim
	case x.status.Ended() && !x.answered():
		return look.Render(mark), text.Of(name), st.Dim
	case x.out == nil:
		return look.Render(mark), text.Of(name), st.Faint
	}
	style = st.Text
	if g, _ := grade(x.grade); g != "" {
		mark, look = g, gradeStyle(st, x.grade)
		if g != "✓" {
			style = st.Dim
		}
	}
	return look.Render(mark), text.Head(x.text(), 160), style
}

// onColumns takes keys and the mouse. Where the texts are short and the cases
// stand below them, ↑ and ↓ go from case to case; else they scroll.
func (s *Screen) onColumns(msg tea.Msg) tea.Cmd {
	c := &s.columns
	page := max(1, s.h-s.headRows()-6)
	if s.board == nil {
		return nil
	}
	if m, ok := msg.(tea.MouseClickMsg); ok {
		return s.clickColumns(m)
	}
	if c.most > 0 || c.near.cases == 0 {
		c.update(msg, page)
		return nil
	}
	to, last := s.row, len(s.board.cases)-1
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		to += map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -c.near.cases, "pgdown": c.near.cases, "home": -1 << 30, "end": 1 << 30}[m.String()]
	case tea.MouseWheelMsg:
		to += map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[m.Button]
	}
	if to = max(0, min(to, last)); to != s.row {
		return s.goRow(to)
	}
	return nil
}

// clickColumns takes the column that was clicked in hand, and the take or case
// whose row it was.
func (s *Screen) clickColumns(m tea.MouseClickMsg) tea.Cmd {
	c := &s.columns
	x := 0
	for i, w := range c.widths {
		if m.X >= x && m.X < x+w && m.Y >= c.head {
			s.col = c.first + i
		}
		x += w
	}
	y := m.Y - c.near.y
	if c.near.h == 0 || y < 0 {
		return nil
	}
	if c.near.takes > 0 {
		if y >= 1 && y <= c.near.takes {
			s.take, s.steered = s.firstTake(c.near)+y-1, true
			return nil
		}
		y -= c.near.takes + 1
	}
	if c.near.cases > 0 && y >= 1 && y <= c.near.cases {
		return s.goRow(c.near.first + y - 1)
	}
	return nil
}

// clickTab shows the view whose name was clicked in the first line.
func (s *Screen) clickTab(m tea.MouseClickMsg) (tea.Cmd, bool) {
	if m.Y != 0 {
		return nil, false
	}
	if s.w < 60 {
		return s.show((s.view + 1) % viewCount), m.X < 16
	}
	x := 0
	for v := range viewCount {
		w := len(v.name()) + 2
		if m.X >= x && m.X < x+w {
			return s.show(v), true
		}
		x += w
	}
	return nil, true
}
