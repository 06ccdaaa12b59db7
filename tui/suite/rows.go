package suite

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// rows shows how an assertion stands on what was judged: what it came from first,
// then everything else. It names cases and how they were judged, and never whose
// an answer is: who reads here may judge again.
type rows struct {
	st    *themes.Styles
	of    session.ProposeFrom // what the proposal came from
	all   []Row
	moot  bool // it can be held against none of them
	table *kit.Table
	w, h  int
}

func newRows(st *themes.Styles) *rows {
	r := &rows{st: st}
	r.table = kit.NewTable(st, []kit.Column{
		{Title: "", Min: 7},
		{Title: "judged", Min: 9},
		{Title: "case", Min: 8, Max: 14, Flex: 1, Hide: 1},
		{Title: "what it saw", Min: 12, Flex: 6},
	}, r.cell)
	r.table.SetEmpty("No output was judged good or bad yet. The answers of a verdict are: 1 or 2 in Judge, p or f in Read.")
	return r
}

func (r *rows) restyle(st *themes.Styles) {
	r.st = st
	r.table.SetStyles(st)
}

// set shows the rows of another proposal.
func (r *rows) set(all []Row, of session.ProposeFrom) {
	r.all, r.of = all, of
	r.table.SetRows(len(all))
	r.table.SetRow(0)
}

func (r *rows) resize(w, h int) {
	r.w, r.h = max(0, w), max(0, h)
	r.table.Resize(r.w, max(0, r.h-r.below()))
}

// below is the number of rows under the table: the answer with the cursor.
func (r *rows) below() int {
	switch {
	case r.h >= 24:
		return 9
	case r.h >= 14:
		return 5
	case r.h >= 8:
		return 3
	}
	return 0
}

// role is how an output was judged, in one word.
func role(x Row, of session.ProposeFrom) string {
	switch {
	case !x.Origin && x.Good:
		return "good"
	case !x.Origin:
		return "bad"
	case of.VerdictID != 0 && x.Good:
		return "winner"
	case of.VerdictID != 0:
		return "loser"
	case of.CellID != 0 && x.Good:
		return "wanted"
	case of.CellID != 0:
		return "as it was"
	case x.Good:
		return "good"
	case of.ModeID != 0:
		return "noted"
	}
	return "bad"
}

// right reports whether the assertion does with the output what the judgment did.
func (x Row) right() bool { return x.Good == x.Pass }

func (r *rows) cell(row, col int) (text.Shown, lipgloss.Style) {
	st := r.st
	if row >= len(r.all) {
		return text.Shown{}, st.Text
	}
	x := r.all[row]
	switch col {
	case 0:
		if r.moot {
			return text.Of("– open"), st.Faint
		}
		if x.Pass {
			return text.Of("✓ pass"), st.Good
		}
		return text.Of("✗ fail"), st.Bad
	case 1:
		v := role(x, r.of)
		if !x.right() && !r.moot {
			return text.Of("≠ " + v), st.Warn
		}
		style := st.Dim
		if x.Origin {
			style = st.Strong
		}
		return text.Of("  " + v), style
	case 2:
		return text.Show(x.Case).OneLine(), st.Dim
	}
	if x.Message == "" {
		return text.Head(x.Text, 200).OneLine(), st.Dim
	}
	return text.Show(x.Message).OneLine(), st.Text
}

// view draws the rows, and below them the answer with the cursor.
func (r *rows) view() string {
	if r.w <= 0 || r.h <= 0 {
		return ""
	}
	parts := []string{r.table.View()}
	if n := r.below(); n > 0 {
		parts = append(parts, kit.Rule(r.w, r.st), r.answer(n-1))
	}
	return kit.Fill(kit.Stack(parts...), r.w, r.h)
}

// answer is the beginning of the output with the cursor.
func (r *rows) answer(h int) string {
	i := r.table.Row()
	if i < 0 || i >= len(r.all) {
		return kit.Fill("", r.w, h)
	}
	x := r.all[i]
	room := max(1, r.w-2)
	if x.Text == "" {
		return kit.Fill(" "+r.st.Faint.Render("an empty answer"), r.w, h)
	}
	whole := x.Text // no more of it than can be seen
	if most := room * (h + 1) * 8; len(whole) > most {
		whole = whole[:most]
	}
	lines := text.Show(whole).Wrap(room)
	var out []string
	if h < 6 { // no room for empty lines
		lines = slices.DeleteFunc(lines, func(l text.Shown) bool { return l.Empty() || l.String() == "\n" })
	}
	for i, l := range lines {
		if i == h {
			out[h-1] = cut(out[h-1], r.w-1, r.st)
			break
		}
		out = append(out, " "+kit.Render(l, r.st.Dim, r.st.Mark))
	}
	return kit.Fill(strings.Join(out, "\n"), r.w, h)
}

// cut ends a line with the sign that more follows.
func cut(s string, w int, st *themes.Styles) string {
	if kit.Width(s) < w {
		return s + st.Faint.Render("…")
	}
	return kit.Fit(s+"…", w)
}

func (r *rows) update(msg tea.Msg) { r.table.Update(msg) }

// summary says in one line how a proposal stands, and whether that may be luck.
func summary(p Proposal, st *themes.Styles) (string, lipgloss.Style) {
	switch {
	case p.Sentence == "":
		return "", st.Dim
	case p.Lucky:
		return p.Sentence, st.Warn
	case p.BadFail == p.Bad && p.GoodPass == p.Good:
		return p.Sentence, st.Good
	}
	return p.Sentence, st.Text
}
