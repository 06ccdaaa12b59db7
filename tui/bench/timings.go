package bench

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
	"galley/tui/kit"
)

// timingsView is how fast each column was: medians, with the range in which all
// of its answers lie.
type timingsView struct {
	s     *Screen
	table *kit.Table
	rows  []timingRow
	of    *board
	ver   uint64
}

// timingRow is one column's times. What the cache answered says nothing of speed
// and is not in it.
type timingRow struct {
	col                int
	first, total, rate []float64
	read, kept         int // prompt tokens that the engine computed, and that its cache had
	told               bool
}

func newTimings(s *Screen) *timingsView {
	v := &timingsView{s: s}
	v.table = kit.NewTable(s.deps.Styles, []kit.Column{
		{Title: "column", Min: 14, Max: 40, Flex: 2},
		{Title: "answers", Min: 7, Right: true, Hide: 3},
		{Title: "first word", Min: 21, Max: 30, Flex: 1},
		{Title: "whole answer", Min: 21, Max: 30, Flex: 1},
		{Title: "tokens a second", Min: 15, Max: 26, Flex: 1, Hide: 1},
		{Title: "prompt from cache", Min: 17, Max: 24, Hide: 2},
	}, v.cell)
	v.table.SetEmpty("No cell was answered yet.")
	return v
}

// refresh measures again after a change.
func (v *timingsView) refresh() {
	b := v.s.board
	if b == nil || v.s.view != viewTimings || b == v.of && b.ver == v.ver {
		return
	}
	v.of, v.ver = b, b.ver
	v.rows = make([]timingRow, len(b.cols))
	for i := range v.rows {
		v.rows[i].col = i
	}
	for i := range b.cells {
		x := &b.cells[i]
		if x.out == nil || x.out.Cached || !x.status.Finished() {
			continue
		}
		v.rows[x.col].add(x.out)
	}
	v.table.SetRows(len(v.rows))
}

func (r *timingRow) add(o *session.Output) {
	if o.Timing.TTFTMS > 0 {
		r.first = append(r.first, float64(o.Timing.TTFTMS))
	}
	if o.Timing.TotalMS > 0 {
		r.total = append(r.total, float64(o.Timing.TotalMS))
	}
	if o.Timing.TokensPerS > 0 {
		r.rate = append(r.rate, o.Timing.TokensPerS)
	}
	if e := o.Engine; e.PromptTokens != nil && e.CachedTokens != nil {
		r.read += *e.PromptTokens
		r.kept += *e.CachedTokens
		r.told = true
	}
}

// spread is a median and the range around it.
func spread(all []float64, write func(float64) string) string {
	if len(all) == 0 {
		return "–"
	}
	out := write(stats.Median(slices.Clone(all)))
	lo, hi := write(slices.Min(all)), write(slices.Max(all))
	if lo == hi {
		return out
	}
	return out + " (" + lo + " to " + hi + ")"
}

// spreadMS is spread for milliseconds: the unit of the median is that of the
// range, and is said once.
func spreadMS(all []float64) string {
	if len(all) == 0 {
		return "–"
	}
	mid, lo, hi := stats.Median(slices.Clone(all)), slices.Min(all), slices.Max(all)
	write, unit := func(ms float64) string { return kit.Thousands(int(ms + 0.5)) }, " ms"
	switch {
	case mid >= 60_000:
		return spread(all, func(ms float64) string { return millis(int64(ms + 0.5)) })
	case mid >= 10_000:
		write, unit = func(ms float64) string { return fmt.Sprintf("%.1f", ms/1000) }, " s"
	case mid >= 999.5:
		write, unit = func(ms float64) string { return fmt.Sprintf("%.2f", ms/1000) }, " s"
	}
	if write(lo) == write(hi) {
		return write(mid) + unit
	}
	return write(mid) + unit + " (" + write(lo) + " to " + write(hi) + ")"
}

func (v *timingsView) cell(row, col int) (text.Shown, lipgloss.Style) {
	st := v.s.deps.Styles
	if row >= len(v.rows) {
		return text.Shown{}, st.Text
	}
	r := v.rows[row]
	per := func(f float64) string { return strings.TrimSuffix(speed(f), " tok/s") }
	switch col {
	case 0:
		if v.s.w < 120 {
			return text.Of(middle(v.s.apart()[r.col], 14)), st.Strong
		}
		return text.Of(middle(v.s.colName(r.col), 40)), st.Strong
	case 1:
		return text.Of(kit.Thousands(len(r.total))), st.Dim
	case 2:
		return text.Of(spreadMS(r.first)), st.Text
	case 3:
		return text.Of(spreadMS(r.total)), st.Text
	case 4:
		return text.Of(spread(r.rate, per)), st.Text
	}
	if !r.told || r.read+r.kept == 0 {
		return text.Of("not reported"), st.Faint
	}
	return text.Of(fmt.Sprintf("%d%% of %s", 100*r.kept/(r.read+r.kept), kit.Thousands(r.read+r.kept))), st.Dim
}

func (v *timingsView) view(w, h int) string {
	st := v.s.deps.Styles
	foot := "Medians, with the range. A fast run asks many at once: its times hold the queue, and compare nothing. A timing run measures (n)."
	if v.s.run.How.Timing {
		foot = "Medians, with the range: one request at a time, after a warm-up, nothing from a cache."
	}
	words := append(v.s.runWords(), foot)
	var lines []string
	for i, x := range words {
		style := st.Warn
		if i == len(words)-1 {
			style = st.Faint
		}
		lines = append(lines, strings.Split(kit.Para(text.Of(x), max(8, w-2), style, st.Mark), "\n")...)
	}
	if len(lines) > h-4 {
		return kit.Fill(v.table.View(), w, h)
	}
	v.table.Resize(w, h-len(lines)-1)
	return kit.Fill(kit.Stack(v.table.View(), kit.Rule(w, st), kit.Indent(strings.Join(lines, "\n"), 1)), w, h)
}

// enumerate joins names as a sentence does that says as what one answered.
func enumerate(names []string) string {
	n := len(names) - 1
	if n < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:n], ", ") + " and as " + names[n]
}

// runWords are what is to be known of the run before its answers are compared.
func (s *Screen) runWords() []string {
	var out []string
	for _, m := range s.run.Mixed {
		who := text.Raw(m.Model).String()
		switch {
		case len(m.Reported) > 1:
			var names []string
			for _, n := range m.Reported {
				names = append(names, text.Head(n, 40).String())
			}
			out = append(out, "Mixed: "+who+" answered as "+enumerate(names)+", so not all of its answers are one model's.")
		default:
			out = append(out, "Mixed: "+who+" was changed while the run went on, so not all of its answers are one model's.")
		}
	}
	if n := s.run.Unsure; n > 0 {
		out = append(out, kit.Plural(n, "request was", "requests were")+" on the way when the process died, and may have been billed.")
	}
	return out
}
