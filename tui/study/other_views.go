package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session/stats"
	"galley/session/study"
	"galley/session/text"
	"galley/tui/kit"
)

// byEffect are the rows of a drop-one study, what costs most to leave out first.
func byEffect(r *study.DropReport) []study.DropRow {
	out := slices.Clone(r.Rows)
	key := func(x study.DropRow) float64 {
		if math.IsNaN(x.Change) {
			return math.Inf(1)
		}
		return x.Change
	}
	slices.SortStableFunc(out, func(a, b study.DropRow) int {
		switch x, y := key(a), key(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return b.Changed - a.Changed
	})
	return out
}

// changeScale reaches as far to either side as the widest change does.
func changeScale(r *study.DropReport) kit.Scale {
	most := 0.05
	for _, row := range append(slices.Clone(r.Rows), r.Again) {
		for _, x := range []float64{row.Change, row.ChangeLo, row.ChangeHi} {
			if !math.IsNaN(x) {
				most = max(most, math.Abs(x))
			}
		}
	}
	return kit.Scale{Lo: -most, Hi: most}
}

// parts is what each part of the prompt is worth.
func (v *result) parts() pageView {
	r, s, st := v.r.Drop, v.s, v.s.d.Styles
	w, _ := v.inner()
	rows := append(byEffect(r), r.Again)
	scale := changeScale(r)
	plot := max(12, min(40, w-58))
	head := []string{kit.Fit(s.say(st.Dim, "with all of it: ")+s.say(st.Text, counted(r.All.Pass, r.All.Graded)), w)}
	return pageView{
		head: head, rows: len(rows),
		cols: []kit.Column{
			{Title: "without", Min: 14, Max: 30, Flex: 2}, {Title: "pass", Min: 14, Hide: 2}, {Title: "change, points", Min: plot, Flex: 1, Max: plot, Hide: 1},
			{Title: "", Min: 5, Right: true}, {Title: "tokens", Min: 7, Right: true, Hide: 3}, {Title: "spares", Min: 9, Right: true, Hide: 5}, {Title: "repeats", Min: 10, Max: 20, Flex: 1, Hide: 4},
		},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			x := rows[row]
			plain := st.Text
			again := row == len(rows)-1
			if again {
				plain = st.Dim
			}
			switch col {
			case 0:
				if again {
					return text.Of("(all of it again)"), st.Dim
				}
				return text.Head(x.Name, 60).OneLine(), st.Strong
			case 1:
				return text.Of(counted(x.Rate.Pass, x.Rate.Graded)), plain
			case 2:
				return text.Of(kit.PlainSpan(scale, x.Change, x.ChangeLo, x.ChangeHi, 0, plot)), plain
			case 3:
				if math.IsNaN(x.Change) {
					return text.Of("–"), st.Faint
				}
				return text.Of(study.Signed(x.Change)), plain
			case 4:
				return spared(x.Tokens, again), st.Dim
			case 5:
				if again || math.IsNaN(x.CostUSD) || x.CostUSD == 0 {
					return text.Of("–"), st.Faint
				}
				c := x.CostUSD
				return text.Of(kit.Money(&c)), st.Dim
			}
			if x.Same != "" {
				return text.Of("≈ ").Append(text.Head(x.Same, 30).OneLine()), st.Warn
			}
			return text.Shown{}, st.Text
		},
		about: func(row, w int) []string {
			x := rows[row]
			said := x.Sentence
			if row == len(rows)-1 {
				said = fmt.Sprintf("The whole prompt asked once more: %s answered otherwise. That much is chance.", kit.Plural(x.Changed, "case was", "cases were"))
			}
			out := strings.Split(kit.Para(text.Of(said), w, st.Text, st.Mark), "\n")
			return append(append(out, ""), v.notes(w)...)
		},
	}
}

// spared says how many tokens a call has less.
func spared(n float64, again bool) text.Shown {
	if again || math.IsNaN(n) {
		return text.Of("–")
	}
	switch x := int(math.Round(n)); {
	case x > 0:
		return text.Of("−" + kit.Thousands(x))
	case x < 0: // others are chosen where the part is away
		return text.Of("+" + kit.Thousands(-x))
	}
	return text.Of("0")
}

// dropNumbers is what the sentences rest on.
func (v *result) dropNumbers() pageView {
	r, st := v.r.Drop, v.s.d.Styles
	rows := byEffect(r)
	return pageView{
		rows: len(rows),
		cols: []kit.Column{{Title: "without", Min: 14, Max: 30, Flex: 2}, {Title: "worse", Min: 6, Right: true}, {Title: "better", Min: 6, Right: true},
			{Title: "otherwise", Min: 9, Right: true, Hide: 2}, {Title: "mid-p", Min: 7, Right: true, Hide: 1}, {Title: "Holm", Min: 7, Right: true, Hide: 3}},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			x := rows[row]
			switch col {
			case 0:
				return text.Head(x.Name, 60).OneLine(), st.Strong
			case 1:
				return text.Of(fmt.Sprint(x.Worse)), st.Text
			case 2:
				return text.Of(fmt.Sprint(x.Better)), st.Text
			case 3:
				return text.Of(fmt.Sprint(x.Changed)), st.Dim
			case 4:
				return text.Of(chance(x.P)), st.Dim
			}
			return text.Of(chance(x.Holm)), st.Dim
		},
		about: func(_, w int) []string {
			said := "worse: passed with it and fails without; better: the other way round; otherwise: answered otherwise at all. mid-p is McNemar's, and Holm's corrects it for asking of every part."
			if r.Takes > 1 {
				said = "worse: passes less often without it; better: more often; otherwise: some take answered otherwise. mid-p is by the rates of the cases, and Holm's corrects it for asking of every part."
			}
			return append(strings.Split(kit.Para(text.Of(said), w, st.Faint, st.Mark), "\n"), v.notes(w)...)
		},
	}
}

// sweep is the pass rate against the number of shots, with what they cost.
func (v *result) sweep() pageView {
	r, s, st := v.r.Sweep, v.s, v.s.d.Styles
	w, h := v.inner()
	var points []kit.Point
	values := []float64{}
	for _, x := range r.Rows {
		p := kit.Point{Label: fmt.Sprint(x.N), Value: x.Rate.Rate, Lo: x.Rate.Lo, Hi: x.Rate.Hi, BelowText: number(x.Tokens, 0)}
		if x.Rate.Graded == 0 {
			p.Value, p.Lo, p.Hi = math.NaN(), math.NaN(), math.NaN()
		}
		points = append(points, p)
		values = append(values, p.Value, p.Lo, p.Hi)
	}
	scale := kit.ScaleOf(0.2, values...)
	span := max(8, min(40, w-56))
	view := pageView{rows: len(r.Rows),
		cols: []kit.Column{{Title: "n", Min: 4, Right: true}, {Title: "pass", Min: 16}, {Title: "95% interval", Min: span + 8, Hide: 2}, {Title: "tokens in", Min: 9, Right: true, Hide: 1}, {Title: "a call", Min: 9, Right: true, Hide: 3}},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			x := r.Rows[row]
			switch col {
			case 0:
				return text.Of(fmt.Sprint(x.N)), st.Strong
			case 1:
				return text.Of(counted(x.Rate.Pass, x.Rate.Graded)), st.Text
			case 2:
				if x.Rate.Graded < 5 {
					return text.Of("–"), st.Faint
				}
				return text.Of(kit.PlainSpan(kit.Scale{Lo: 0, Hi: 1}, x.Rate.Rate, x.Rate.Lo, x.Rate.Hi, math.NaN(), span) + fmt.Sprintf(" %d–%d%%", stats.Whole(x.Rate.Lo), stats.Whole(x.Rate.Hi))), st.Dim
			case 3:
				return text.Of(number(x.Tokens, 0)), st.Dim
			}
			if math.IsNaN(x.CostUSD) {
				return text.Of("–"), st.Faint
			}
			c := x.CostUSD
			return text.Of(kit.Money(&c)), st.Dim
		},
		about: func(_, w int) []string {
			if slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(strings.ToLower(n), strings.ToLower(r.How)) }) {
				return v.notes(w)
			}
			return append(strings.Split(kit.Para(text.Of(r.How), w, st.Faint, st.Mark), "\n"), v.notes(w)...)
		},
	}
	if plot := min(16, h-len(r.Rows)-11); plot >= 7 && w >= 6+3*len(points) {
		view.head = append(strings.Split(kit.Curve(points, scale, w, plot, st), "\n"), s.say(st.Faint, "      how many stand, and below it the tokens of a call"), "")
	}
	return view
}

// tricks compares ways to more varied answers.
func (v *result) tricks() pageView {
	r, st := v.r.Vary, v.s.d.Styles
	w, _ := v.inner()
	most := 1
	for _, a := range r.Arms {
		most = max(most, a.Distinct)
	}
	differ := "different answers"
	if w < 60 {
		differ = "different"
	}
	bar := max(4, min(16, (w-67)/2))
	return pageView{
		rows: len(r.Arms),
		cols: []kit.Column{{Title: "how", Min: 16, Max: 28, Flex: 2}, {Title: differ, Min: max(len(differ), bar+12)}, {Title: "the most frequent", Min: bar + 17, Hide: 2}, {Title: "per case", Min: 8, Right: true, Hide: 1},
			{Title: "of the list", Min: 11, Right: true, Hide: 4}, {Title: "outside", Min: 7, Right: true, Hide: 3}},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			a := r.Arms[row]
			switch col {
			case 0:
				if a.Name == "" {
					return text.Of("as it is"), st.Strong
				}
				return text.Head(text.Raw(a.Name), 60).OneLine(), st.Strong
			case 1:
				return text.Of(kit.Bar(float64(a.Distinct)/float64(most), bar) + fmt.Sprintf(" %d of %d", a.Distinct, a.Draws)), st.Text
			case 2:
				return text.Of(kit.Bar(zero(a.TopShare), bar) + " " + counted(a.TopN, a.Draws)), st.Dim
			case 3:
				return text.Of(number(a.PerCase, 1)), st.Dim
			}
			if !r.Listed {
				return text.Of("–"), st.Faint
			}
			if col == 4 {
				return text.Of(fmt.Sprintf("%d of %d", a.Covered, r.List)), st.Dim
			}
			return text.Of(fmt.Sprint(a.Outside)), st.Dim
		},
		about: func(row, w int) []string {
			a := r.Arms[row]
			var out []string
			if a.Sentence != "" {
				out = append(strings.Split(kit.Para(text.Of(a.Sentence), w, st.Text, st.Mark), "\n"), "")
			}
			out = append(out, v.answersBeside("answers", a.Answers, a.Draws, w, 12)...)
			return append(out, v.notes(w)...)
		},
	}
}

// varyNumbers is what the sentences rest on.
func (v *result) varyNumbers() pageView {
	r, st := v.r.Vary, v.s.d.Styles
	return pageView{
		rows: len(r.Arms),
		cols: []kit.Column{{Title: "how", Min: 16, Max: 28, Flex: 2}, {Title: "distinct-1", Min: 10, Right: true}, {Title: "distinct-2", Min: 10, Right: true, Hide: 2}, {Title: "Jaccard", Min: 7, Right: true, Hide: 4}, {Title: "more", Min: 5, Right: true}, {Title: "fewer", Min: 5, Right: true}, {Title: "even", Min: 5, Right: true, Hide: 3}, {Title: "p", Min: 6, Right: true, Hide: 1}},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			a := r.Arms[row]
			if row == 0 && col >= 4 {
				return text.Of("–"), st.Faint // the others are held against it
			}
			switch col {
			case 0:
				if a.Name == "" {
					return text.Of("as it is"), st.Strong
				}
				return text.Head(text.Raw(a.Name), 60).OneLine(), st.Strong
			case 1:
				return text.Of(number(a.Distinct1, 2)), st.Text
			case 2:
				return text.Of(number(a.Distinct2, 2)), st.Text
			case 3:
				return text.Of(number(a.Jaccard, 2)), st.Text
			case 4:
				return text.Of(fmt.Sprint(a.More)), st.Dim
			case 5:
				return text.Of(fmt.Sprint(a.Fewer)), st.Dim
			case 6:
				return text.Of(fmt.Sprint(a.Even)), st.Dim
			}
			return text.Of(chance(a.P)), st.Dim
		},
		about: func(_, w int) []string {
			said := "distinct-1 and distinct-2: different words, and pairs of them, beside how many there are. Jaccard: the share of words that two answers to a case have in common. more, fewer, even: cases with more, fewer or as many different answers than the variant as it is; p is the sign test's."
			return append(strings.Split(kit.Para(text.Of(said), w, st.Faint, st.Mark), "\n"), v.notes(w)...)
		},
	}
}
