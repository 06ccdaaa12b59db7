package study

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session/study"
	"galley/session/text"
	"galley/tui/kit"
)

// band is the range of the control.
func band(r *study.OrderReport) (lo, hi float64) {
	lo, hi = math.NaN(), math.NaN()
	for _, c := range r.Control {
		if math.IsNaN(c.Rate) {
			continue
		}
		if math.IsNaN(lo) || c.Rate < lo {
			lo = c.Rate
		}
		if math.IsNaN(hi) || c.Rate > hi {
			hi = c.Rate
		}
	}
	return lo, hi
}

// repeated is how many passed when one order was asked again and again: "24–32 of
// 48".
func repeated(rows []study.OrderRow) string {
	if len(rows) == 0 {
		return ""
	}
	least, most := rows[0].Pass, rows[0].Pass
	for _, r := range rows {
		least, most = min(least, r.Pass), max(most, r.Pass)
	}
	if least == most {
		return fmt.Sprintf("%d of %d", least, rows[0].Cases)
	}
	return fmt.Sprintf("%d–%d of %d", least, most, rows[0].Cases)
}

// orderPlot is the rate of each order as a dot over the range of the control.
func (v *result) orderPlot() pageView {
	r, s, st := v.r.Order, v.s, v.s.d.Styles
	w, _ := v.inner()
	lo, hi := band(r)
	all := []float64{lo, hi}
	for _, o := range r.Orders {
		all = append(all, o.Rate)
	}
	scale := kit.ScaleOf(0.1, all...)
	name := 14
	count := 14
	plot := max(8, w-name-count-4)
	what := "pass"
	if r.By == study.ByAnswer {
		what = "as most answer"
	}
	head := []string{
		kit.Fit(s.say(st.Faint, kit.Fit(what, name))+"  "+scale.Ticks(plot, st), w),
	}
	if !math.IsNaN(lo) {
		said := repeated(r.Control)
		if short, _, ok := strings.Cut(said, " of "); ok && kit.Width(said) > w-name-plot-4 {
			said = short
		}
		control := s.say(st.Dim, kit.Fit("same again", name)) + "  " + kit.Dot(scale, math.NaN(), lo, hi, plot, st)
		head = append(head, kit.Fit(control+"  "+s.say(st.Dim, said), w))
	}
	return pageView{
		head: head, rows: len(r.Orders),
		cols: []kit.Column{{Title: "order", Min: name - 2}, {Title: "", Min: plot, Flex: 1}, {Title: "", Min: count}},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			o := r.Orders[row]
			switch col {
			case 0:
				return text.Of(shortOrder(o.Order)), st.Text
			case 1:
				return text.Of(kit.PlainDot(scale, o.Rate, lo, hi, plot)), st.Text
			}
			return text.Of(counted(o.Pass, o.Cases)), st.Text
		},
		about: func(row, w int) []string {
			o := r.Orders[row]
			out := []string{s.say(st.Strong, o.Order)}
			if len(o.Shots) > 0 {
				names := make([]string, len(o.Shots))
				for i, n := range o.Shots {
					names[i] = text.Head(n, 24).OneLine().String()
				}
				out = append(out, strings.Split(kit.Para(text.Of(strings.Join(names, " → ")), w, st.Dim, st.Mark), "\n")...)
			} else {
				out = append(out, s.say(st.Dim, "which stand, and so in which order, differs from case to case"))
			}
			legend := "▒ is the range of one order asked again: chance alone. ● lies in it, ◆ outside."
			out = append(out, strings.Split(kit.Para(text.Of(legend), w, st.Faint, st.Mark), "\n")...)
			return append(out, v.notes(w)...)
		},
	}
}

// shortOrder leaves out of a row of a design what all of them share.
func shortOrder(o string) string {
	if rest, ok := strings.CutPrefix(o, "williams:"); ok {
		row, _, _ := strings.Cut(rest, "@")
		return "row " + row
	}
	return o
}

// flips are the cases that the orders do not answer alike, with their answers side
// by side.
func (v *result) flips() pageView {
	r, s, st := v.r.Order, v.s, v.s.d.Styles
	if len(r.Flips) == 0 {
		return pageView{lines: []string{s.say(st.Dim, "Every case was answered alike under all orders.")}}
	}
	return pageView{
		rows: len(r.Flips),
		cols: []kit.Column{{Title: "case", Min: 10, Max: 20, Flex: 1}, {Title: "wanted", Min: 10, Max: 20, Flex: 1, Hide: 2}, {Title: "orders passed", Min: 13, Hide: 1}, {Title: "answers under the orders", Min: 18, Flex: 4}},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			f := r.Flips[row]
			switch col {
			case 0:
				return text.Head(f.Case, 40).OneLine(), st.Strong
			case 1:
				if f.Wanted == nil {
					return text.Of("–"), st.Faint
				}
				return text.Head(*f.Wanted, 40).OneLine(), st.Dim
			case 2:
				if r.By == study.ByAnswer {
					return text.Of("–"), st.Faint
				}
				return text.Of(fmt.Sprintf("%d of %d", f.Pass, f.Asked)), st.Text
			}
			return text.Of(countsSaid(f.Answers, 4)), st.Text
		},
		about: func(row, w int) []string {
			f := r.Flips[row]
			half := w/2 - 1
			left := v.answersBeside("under the orders", f.Answers, total(f.Answers), max(20, half), 12)
			right := v.answersBeside("under one order, again and again", f.Control, total(f.Control), max(20, half), 12)
			if w < 60 {
				return append(append(left, ""), right...)
			}
			n := max(len(left), len(right))
			return strings.Split(kit.Columns(kit.Fill(strings.Join(left, "\n"), half, n), kit.Fill("", 2, n), kit.Fill(strings.Join(right, "\n"), half, n)), "\n")
		},
	}
}

func total(all []study.Count) int {
	n := 0
	for _, c := range all {
		n += c.N
	}
	return n
}

// countsSaid is "billing 5, bug 3".
func countsSaid(all []study.Count, most int) string {
	var parts []string
	for i, c := range all {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d others", len(all)-most))
			break
		}
		a := text.Head(c.Answer, 24).OneLine().String()
		if c.Answer == "" {
			a = "(nothing)"
		}
		parts = append(parts, fmt.Sprintf("%s %d", a, c.N))
	}
	return strings.Join(parts, ", ")
}

// places are the effects of standing first and last.
func (v *result) places() pageView {
	r, s, st := v.r.Order, v.s, v.s.d.Styles
	w, _ := v.inner()
	var head []string
	said := "How many points more, or fewer, pass with a shot first or last than on the mean. Only what goes beyond the sd of one order again is shown."
	if r.Of == study.OfResources {
		said = strings.Replace(said, "a shot", "a resource", 1)
	}
	head = append(head, strings.Split(kit.Para(text.Of(said), w, st.Dim, st.Mark), "\n")...)
	if !r.Matters {
		head = append(head, s.say(st.Faint, "No effect of the order is seen beyond chance, so these are likely chance too."))
	}
	var shown []study.Position
	for _, p := range r.Positions {
		if p.Beyond {
			shown = append(shown, p)
		}
	}
	if len(shown) == 0 {
		return pageView{head: head, lines: append([]string{"", s.say(st.Text, "No place of any of them goes beyond chance here: nothing to do.")}, v.notes(w)...)}
	}
	effect := func(x float64) (text.Shown, lipgloss.Style) {
		switch {
		case math.IsNaN(x):
			return text.Of("never there"), st.Faint
		case math.Abs(x) <= r.ControlSD:
			return text.Of("–"), st.Faint
		}
		return text.Of(study.Signed(x)), st.Text
	}
	return pageView{
		head: head, rows: len(shown),
		cols: []kit.Column{{Title: string(r.Of), Min: 12, Max: 30, Flex: 1}, {Title: "first", Min: 11, Right: true}, {Title: "last", Min: 11, Right: true}},
		cell: func(row, col int) (text.Shown, lipgloss.Style) {
			p := shown[row]
			switch col {
			case 0:
				return text.Head(p.Name, 60).OneLine(), st.Strong
			case 1:
				return effect(p.First)
			}
			return effect(p.Last)
		},
	}
}

// orderNumbers is what the sentence rests on.
func (v *result) orderNumbers() pageView {
	r := v.r.Order
	w, _ := v.inner()
	points := func(x, lo, hi float64) string {
		if math.IsNaN(x) {
			return "cannot be computed"
		}
		out := study.Points(x) + " points"
		if !math.IsNaN(lo) && !math.IsNaN(hi) {
			out += fmt.Sprintf(", 95%% interval %s to %s", study.Points(lo), study.Points(hi))
		}
		return out
	}
	share := func(x float64) string {
		if math.IsNaN(x) {
			return "cannot be computed"
		}
		return fmt.Sprintf("%s of 100 pairs of answers", study.Points(x))
	}
	p := func(x float64) string {
		switch {
		case math.IsNaN(x):
			return "not tested"
		case x < 0.001:
			return "under 0.001"
		}
		return number(x, 3)
	}
	mean := "cannot be computed"
	if !math.IsNaN(r.Mean) {
		mean = fmt.Sprintf("%s, 95%% interval %s to %s", percent(r.Mean, 5), percent(r.MeanLo, 5), percent(r.MeanHi, 5))
	}
	excess := "cannot be computed"
	if !math.IsNaN(r.Excess) {
		excess = fmt.Sprintf("%s of 100 pairs, 95%% interval %s to %s", study.Signed(r.Excess), study.Signed(r.ExcessLo), study.Signed(r.ExcessHi))
	}
	moved := ""
	if m := r.Moved; r.By != study.ByAnswer && !math.IsNaN(m.Excess) {
		moved = fmt.Sprintf("differ in %s between orders, %s between repeats; excess %s, 95%% interval %s to %s",
			share(m.Disagree), study.Points(m.ControlDisagree), study.Signed(m.Excess), study.Signed(m.ExcessLo), study.Signed(m.ExcessHi))
	}
	q := "cannot be computed: every case is answered alike"
	if !math.IsNaN(r.Q) {
		q = fmt.Sprintf("%s with %d degrees, p %s", number(r.Q, 1), len(r.Orders)-1, p(r.QP))
	}
	answersP := ""
	if !math.IsNaN(r.Moved.P) {
		answersP = p(r.Moved.P)
	}
	lines := v.facts(w,
		"orders, repeats", fmt.Sprintf("%d, %d; %d %s stand", len(r.Orders), len(r.Control), r.N, r.Of),
		"cases", compared(r),
		"mean of the orders", mean,
		"sd of the orders", points(r.SD, r.SDLo, r.SDHi),
		"sd of one order again", points(r.ControlSD, r.ControlSDLo, r.ControlSDHi),
		"spread", fmt.Sprintf("%s points over %d orders, %s over %d repeats", study.Points(zero(r.Spread)), len(r.Orders), study.Points(zero(r.ControlSpread)), len(r.Control)),
		"orders disagree in", share(r.Disagree),
		"repeats disagree in", share(r.ControlDisagree),
		"excess", excess,
		"Cochran's Q", q,
		"p, rates", p(r.RateP),
		"p, disagreement", p(r.ExcessP),
		"p, place", p(r.PlaceP),
		"bar for each", fmt.Sprintf("%s: %s, wrong together 1 time in 20 at most", number(r.Alpha, 3), kit.Plural(r.Tests, "test", "tests")),
		"answers as they are", moved,
		"p, answers as they are", answersP,
	)
	return pageView{lines: append(append(lines, ""), v.notes(w)...)}
}

// compared says how many cases there are, and what became of the others.
func compared(r *study.OrderReport) string {
	out := fmt.Sprintf("%d compared", r.Cases)
	if n := len(r.Left) - r.Waiting; n > 0 {
		out += fmt.Sprintf(", %d left out", n)
	}
	if r.Interim() {
		out += fmt.Sprintf(", %d not complete yet", r.Waiting)
	}
	return out
}

func zero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}
