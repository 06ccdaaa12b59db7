package suite

import (
	"slices"
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
	head       int // rows above all
	says       int // rows above the judged outputs that say what the proposal is
	side       bool
}

// proposing in numbers: what its layout depends on.
type proposeShape struct {
	n      int  // proposals
	words  int  // the width of the longest sentence
	advice bool // a line says what to do: all may be luck
	onRows bool
}

func (p *proposing) shape() proposeShape {
	out := proposeShape{n: len(p.all), onRows: p.onRows, advice: p.allLuck()}
	for _, x := range p.all {
		out.words = max(out.words, kit.Width(x.Sentence))
	}
	return out
}

// allLuck reports whether nothing says of any proposal that it is more than luck.
func (p *proposing) allLuck() bool {
	return len(p.all) > 0 && !slices.ContainsFunc(p.all, func(x Proposal) bool { return !x.Lucky })
}

// proposeLayout is pure. Beside each other where there is room, else one above the
// other, else the one that has focus. A list takes no more rows than it has, and a
// sentence that needs two lines gets them.
func proposeLayout(w, h int, of proposeShape) proposeAreas {
	a := proposeAreas{head: 2}
	if of.advice && h >= 9 {
		a.head++
	}
	body := max(0, h-a.head)
	says := func(w int) int {
		if of.words > w-2 {
			return 4
		}
		return 3
	}
	switch {
	case w >= 140:
		a.side = true
		lw := w * 46 / 100
		rw := w - lw - 3
		a.says = says(rw)
		a.list = rect{0, a.head, lw, body}
		a.rows = rect{lw + 3, a.head + a.says, rw, max(0, body-a.says)}
	case h >= 16:
		a.says = says(w)
		lh := max(4, min(of.n+1, body*2/5))
		a.list = rect{0, a.head, w, lh}
		a.rows = rect{0, a.head + lh + a.says, w, max(0, body-lh-a.says)}
	case of.onRows:
		a.rows = rect{0, a.head, w, body}
	default:
		if body >= 9 { // the outputs are behind tab, what they come to is not
			a.says = says(w)
		}
		a.list = rect{0, a.head, w, body - a.says}
	}
	return a
}

func (s *Screen) placePropose() {
	p := &s.proposed
	a := proposeLayout(s.w, s.h, p.shape())
	p.table.Resize(a.list.w, a.list.h)
	p.rows.resize(a.rows.w, a.rows.h)
	p.table.SetFocus(!p.onRows)
	p.rows.table.SetFocus(p.onRows)
}

// proposalColumns are those of the list of proposals.
func proposalColumns() []kit.Column {
	return []kit.Column{
		{Title: "", Min: 4},
		{Title: "here", Min: 4},
		{Title: "assertion", Min: 14, Flex: 3},
		{Title: "elsewhere", Min: 23},
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
	if x.Bad == 0 && x.Good == 0 {
		return text.Of("nothing else judged")
	}
	var parts []string
	put := func(sign string, n, of int, word string) {
		if of == 0 {
			return
		}
		v := sign + kit.Thousands(n) + "/" + kit.Thousands(of)
		if !x.Lucky {
			v += " " + word
		}
		parts = append(parts, v)
	}
	put("✗", x.BadFail, x.Bad, "bad")
	put("✓", x.GoodPass, x.Good, "good")
	if x.Lucky {
		parts = append(parts, "luck?")
	}
	return text.Of(strings.Join(parts, " "))
}

// viewPropose draws proposals, and how the one with the cursor stands.
func (s *Screen) viewPropose() string {
	p, st := &s.proposed, s.deps.Styles
	switch {
	case p.trouble != nil:
		return s.note(s.w, s.h, "Nothing can be proposed", p.trouble.Error(), "esc goes back.")
	case p.loading:
		return s.note(s.w, s.h, "Holding what could be asserted against everything that was judged…")
	case len(p.all) == 0:
		return s.note(s.w, s.h, "Nothing parts these answers",
			"No words, form or length that one has and the other lacks could be found. Choose another source with esc, or write an assertion by hand with a.")
	}
	a := proposeLayout(s.w, s.h, p.shape())
	parts := []string{s.proposeHead(s.w)}
	if a.head > 2 {
		parts = append(parts, kit.Fit(" "+say(st.Warn, longest(s.w-2,
			"△ All of these may be luck: keep what you know to be right, J judges more, a writes one by hand",
			"△ All may be luck: keep what you know is right, J judges more, a writes one",
			"△ All may be luck: J judges more, a writes one",
			"△ all may be luck: J judges more")), s.w))
	}
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

// proposeHead says where the proposals come from, and in the rule below how many
// are marked or kept; that too few were kept is said there for as long as it is
// true.
func (s *Screen) proposeHead(w int) string {
	st, p := s.deps.Styles, &s.proposed
	right, style := kit.Plural(len(p.all), "proposal", "proposals")+", space marks", st.Dim
	n := 0
	if p.into != 0 {
		n = len(s.suiteOf(p.into).Assertions)
	}
	switch {
	case p.busy:
		right, style = "keeping…", st.Accent
	case len(p.marked) > 0:
		right, style = kit.Thousands(len(p.marked))+" of "+kit.Thousands(len(p.all))+" marked, enter keeps", st.Accent
	case p.into != 0 && n > 0 && n < session.MinAssertions:
		right, style = few(n), st.Warn
	}
	right = text.Of(right).Truncate(max(0, w-5)).String()
	label := text.Show(p.from.Label).OneLine()
	if label.Empty() {
		label = text.Of(fromWords(p.from.Focus))
	}
	lead := "Proposed from "
	if label.Width()+len(lead)+1 > w {
		lead = "From "
	}
	return kit.Fit(" "+st.Strong.Render(lead)+s.show(st.Accent, label.Truncate(max(0, w-len(lead)-1))), w) + "\n" +
		kit.Fit(s.rule(max(0, w-kit.Width(right)-3))+" "+style.Render(right)+" "+s.rule(1), w)
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
	name := line(x.Assertion) // it stands in the list, too: why does not
	name = name.Truncate(max(20, w-2-kit.Width(why)))
	lines := []string{" " + s.show(st.Strong, name) + say(st.Dim, why)}
	words := text.Of(v).OneLine().Wrap(max(1, w-2))
	for i, l := range words {
		if i == h-2 {
			lines[i] = cut(lines[i], w, st)
			break
		}
		lines = append(lines, " "+s.show(style, l))
	}
	for len(lines) < h-1 {
		lines = append(lines, "")
	}
	if proposeLayout(s.w, s.h, s.proposed.shape()).side { // else a rule above
		lines = append(lines, s.rule(w))
	} else {
		lines = append([]string{s.rule(w)}, lines...)
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}
