package suite

import (
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// proposeAreas is where proposals and judged outputs stand. What has no height is
// not shown.
type proposeAreas struct {
	list, rows rect
	says       int // rows above the judged outputs that say what the proposal is
	side       bool
}

// proposeLayout is pure. Beside each other where there is room, else one above the
// other, else the one that has focus.
func proposeLayout(w, h int, onRows bool) proposeAreas {
	const head = 2
	a := proposeAreas{}
	body := max(0, h-head)
	switch {
	case w >= 112:
		a.side, a.says = true, 3
		lw := max(50, w*45/100)
		a.list = rect{0, head, lw, body}
		a.rows = rect{lw + 3, head + a.says, w - lw - 3, max(0, body-a.says)}
	case h >= 16:
		a.says = 3
		lh := max(5, min(10, body*2/5))
		a.list = rect{0, head, w, lh}
		a.rows = rect{0, head + lh + a.says, w, max(0, body-lh-a.says)}
	case onRows:
		a.rows = rect{0, head, w, body}
	default:
		a.list = rect{0, head, w, body}
	}
	return a
}

func (s *Screen) placePropose() {
	p := &s.proposed
	a := proposeLayout(s.w, s.h, p.onRows)
	p.table.Resize(a.list.w, a.list.h)
	p.rows.resize(a.rows.w, a.rows.h)
	p.table.SetFocus(!p.onRows)
	p.rows.table.SetFocus(p.onRows)
}

// proposalColumns are those of the list of proposals.
func proposalColumns() []kit.Column {
	return []kit.Column{
		{Title: "", Min: 4},
		{Title: "pair", Min: 4},
		{Title: "assertion", Min: 14, Flex: 3},
		{Title: "elsewhere", Min: 19},
	}
}

func (s *Screen) proposalCell(row, col int) (text.Shown, lipgloss.Style) {
	st, p := s.deps.Styles, &s.proposed
	if row >= len(p.all) {
		return text.Shown{}, st.Text
	}
	x := p.all[row]
	base := st.Text
	if x.Lucky {
		base = st.Faint
	}
	switch col {
	case 0:
		switch {
		case p.kept[row]:
			return text.Of("kept"), st.Good
		case p.marked[row]:
			return text.Of("[x]"), st.Accent
		}
		return text.Of("[ ]"), st.Faint
	case 1:
		if x.fits() {
			if x.Lucky {
				return text.Of(" ✓"), base
			}
			return text.Of(" ✓"), st.Good
		}
		return text.Of(" –"), st.Warn
	case 2:
		return line(x.Assertion), base
	}
	return elsewhere(x), base
}

// elsewhere is how a proposal stands on what it did not come from.
func elsewhere(x Proposal) text.Shown {
	switch {
	case x.Lucky:
		return text.Of("perhaps luck")
	case x.Bad == 0 && x.Good == 0:
		return text.Of("nothing else judged")
	}
	var parts []string
	if x.Bad > 0 {
		parts = append(parts, "✗"+thousands(x.BadFail)+"/"+thousands(x.Bad)+" bad")
	}
	if x.Good > 0 {
		parts = append(parts, "✓"+thousands(x.GoodPass)+"/"+thousands(x.Good)+" good")
	}
	return text.Of(strings.Join(parts, " "))
}

// viewPropose draws proposals, and how the one with the cursor stands.
func (s *Screen) viewPropose() string {
	p := &s.proposed
	switch {
	case p.trouble != nil:
		return s.note(s.w, s.h, "Nothing can be proposed", p.trouble.Error(), "esc goes back.")
	case p.loading:
		return s.note(s.w, s.h, "Holding what could be asserted against everything that was judged…")
	case len(p.all) == 0:
		return s.note(s.w, s.h, "Nothing parts these answers",
			"No words, form or length that one has and the other lacks could be found. Choose another source with esc, or write an assertion by hand with a.")
	}
	a := proposeLayout(s.w, s.h, p.onRows)
	parts := []string{s.proposeHead(s.w), s.rule(s.w)}
	switch {
	case a.side:
		right := kit.Stack(s.proposalSays(a.rows.w, a.says), p.rows.view())
		parts = append(parts, kit.Columns(p.table.View(), s.bar(a.list.h), kit.Fill(right, a.rows.w, a.list.h)))
	case a.says > 0:
		parts = append(parts, p.table.View(), s.proposalSays(s.w, a.says), p.rows.view())
	case p.onRows:
		parts = append(parts, p.rows.view())
	default:
		parts = append(parts, p.table.View())
	}
	return kit.Fill(kit.Stack(parts...), s.w, s.h)
}

// proposeHead says where the proposals come from, and how many are marked or
// kept; that too few were kept is said here for as long as it is true.
func (s *Screen) proposeHead(w int) string {
	st, p := s.deps.Styles, &s.proposed
	right, style := thousands(len(p.marked))+" marked", st.Dim
	n := 0
	if p.into != 0 {
		n = len(s.suiteOf(p.into).Assertions)
	}
	switch {
	case p.busy:
		right, style = "keeping…", st.Accent
	case len(p.marked) > 0:
		right, style = thousands(len(p.marked))+" marked, enter keeps", st.Accent
	case p.into != 0 && n > 0 && n < session.MinAssertions:
		right, style = few(n), st.Warn
	case len(p.marked) == 0:
		right = "space marks, enter keeps"
	}
	right = text.Of(right).Truncate(max(0, w-2)).String()
	label := text.Show(p.from.Label).OneLine()
	if label.Empty() {
		label = text.Of(fromWords(p.from.Focus))
	}
	room := max(0, w-kit.Width(right)-4)
	left := st.Strong.Render("Proposed from ") + s.show(st.Accent, label)
	return kit.Fit(" "+kit.Fit(left, room)+"  "+style.Render(right), w)
}

// fromWords names a source that came without a label.
func fromWords(f session.ProposeFrom) string {
	switch {
	case f.VerdictID != 0:
		return "a verdict"
	case f.CellID != 0:
		return "an output"
	}
	return "a failure mode"
}

// proposalSays is the proposal with the cursor in words.
func (s *Screen) proposalSays(w, h int) string {
	st := s.deps.Styles
	x, ok := s.proposed.current()
	if !ok || h <= 0 {
		return kit.Fill("", w, h)
	}
	why := x.Why
	if why != "" {
		why = "  " + why
	}
	v, style := summary(x, st)
	lines := []string{" " + s.show(st.Strong, line(x.Assertion)) + say(st.Dim, why), " " + s.show(style, text.Of(v).OneLine()), s.rule(w)}
	if !proposeLayout(s.w, s.h, false).side { // a rule above instead
		lines = []string{s.rule(w), lines[0], lines[1]}
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}
