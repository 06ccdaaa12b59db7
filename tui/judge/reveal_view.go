package judge

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/kit"
)

// prose is the widest that sentences run.
const prose = 92

func (r *reveal) view(w, h int) string {
	if r.s.pair != nil {
		return r.near(w, h)
	}
	head := r.head(w)
	rows := max(0, h-r.headRows())
	if r.page == pageVerdicts {
		return kit.Stack(head, r.table.View())
	}
	var lines []string
	switch r.page {
	case pageStanding:
		lines = r.standing(w)
	case pageTags:
		lines = r.tags(w)
	default:
		lines = r.judges(w)
	}
	r.most = max(0, len(lines)-rows)
	top := max(0, min(r.top, r.most))
	lines = lines[top:min(len(lines), top+rows)]
	return kit.Stack(head, kit.Fill(join(lines), w, rows))
}

// head is the line of pages, and how many verdicts count.
func (r *reveal) head(w int) string {
	st := r.s.deps.Styles
	left := ""
	for p := range pageCount {
		look := st.Dim
		if p == r.page {
			look = st.BadgeHot
		}
		left += look.Render(" " + p.name() + " ")
	}
	parts := []string{kit.Plural(r.rep.Verdicts, "verdict counts", "verdicts count")}
	if n := r.rep.Known; n > 0 {
		parts = append(parts, kit.Thousands(n)+" known")
	}
	if n := r.rep.Repeats; n > 0 {
		parts = append(parts, kit.Plural(n, "second look", "second looks"))
	}
	if n := r.rep.Skipped; n > 0 {
		parts = append(parts, kit.Thousands(n)+" skipped")
	}
	room := w - kit.Width(left) - 2
	for len(parts) > 1 && len(strings.Join(parts, " · ")) > room {
		parts = parts[:len(parts)-1]
	}
	right := strings.Join(parts, " · ")
	if kit.Width(right) > room {
		right = ""
	}
	line := left + kit.FitRight(st.Faint.Render(right)+" ", max(0, w-kit.Width(left)))
	if r.headRows() < 2 {
		return kit.Fit(line, w)
	}
	return kit.Fit(line, w) + "\n" + kit.Rule(w, st)
}

func (r *reveal) para(s string, w int, look lipgloss.Style) []string {
	if s == "" {
		return nil
	}
	return split(kit.Indent(kit.Para(text.Of(s), max(8, min(prose, w-3)), look, r.s.deps.Styles.Mark), 1))
}

// standing is the sentence, then how each pair stands, then the ranking.
func (r *reveal) standing(w int) []string {
	st := r.s.deps.Styles
	var out []string
	if r.s.h >= 12 {
		out = append(out, "")
	}
	out = append(out, r.para(r.named(r.rep.Sentence), w, st.Strong)...)
	for _, p := range r.rep.Pairs {
		out = append(out, "")
		out = append(out, r.pairLines(p, w, p.Sentence != r.rep.Sentence)...)
	}
	if len(r.rep.Ranking) > 2 || r.rep.RankNote != "" {
		out = append(out, "", ruledLine("", st.Title.Render("Ranking"), "", min(w, prose), st))
		out = append(out, r.ranking(w)...)
	}
	if len(r.rep.Labels) > 0 {
		out = append(out, "", ruledLine("", st.Title.Render("Pass or fail"), "", min(w, prose), st))
		out = append(out, r.labels(w)...)
	}
	return out
}

// fewest is how many must be decided before a share is said in percent.
const fewest = 5

func percent(v float64) string { return fmt.Sprintf("%.0f%%", v*100) }

// pairLines is how two stand: their wins, the interval, what follows.
func (r *reveal) pairLines(p report.Pair, w int, say bool) []string {
	st := r.s.deps.Styles
	width := min(w, prose)
	state := string(p.State)
	look := st.Dim
	switch p.State {
	case report.Settled:
		state, look = "✓ "+state, st.Good
	case report.Leaning:
		look = st.Warn
	}
	out := []string{ruledLine("", st.Title.Render(text.Of(r.name(p.A)+" against "+r.name(p.B)).Truncate(max(8, width-18)).String()), look.Render(state), width, st)}
	counts := st.Strong.Render(text.Of(fmt.Sprintf("%d–%d", p.WinsA, p.WinsB)).String())
	var rest []string
	if p.Ties > 0 {
		rest = append(rest, kit.Thousands(p.Ties)+" the same")
	}
	if p.BothBad > 0 {
		rest = append(rest, kit.Thousands(p.BothBad)+" both bad")
	}
	if p.Identical > 0 {
		rest = append(rest, kit.Thousands(p.Identical)+" identical")
	}
	line := " " + counts + "  " + st.Dim.Render(strings.Join(rest, " · "))
	if p.Decided > 0 {
		room, beside := width-1, width == prose && kit.Width(line) < width/2-12
		if beside {
			room = width - (width/2 - 12)
		}
		share, name := "", 0
		for _, q := range r.rep.Pairs { // bars are of one length
			name = max(name, min(24, room-34, text.Of(r.name(q.B)).Width()))
		}
		if p.Decided >= fewest && !math.IsNaN(p.RateB) { // the dot is nearer to whoever the share is of
			whose := ""
			if name > 0 {
				whose = " for " + text.Of(r.name(p.B)).Truncate(name).String()
			}
			share = fmt.Sprintf("  %s%s, %s to %s", percent(p.RateB), whose, percent(p.Lo), percent(p.Hi))
		}
		bar := kit.Interval(p.RateB, p.Lo, p.Hi, max(8, min(40, width/2-4, room-25-name)), st)
		chart := bar + st.Text.Render(share)
		if beside {
			out = append(out, kit.Fit(line, width/2-12)+chart)
		} else {
			out = append(out, line, " "+chart)
		}
	} else {
		out = append(out, line)
	}
	if say {
		out = append(out, r.para(r.named(p.Sentence), w, st.Dim)...)
	}
	return out
}

// ranking is the chance of each to be preferred over the baseline.
func (r *reveal) ranking(w int) []string {
	st := r.s.deps.Styles
	out := r.para(r.rep.RankNote, w, st.Dim)
	name := 8
	base := ""
	for _, k := range r.rep.Ranking {
		name = max(name, text.Of(r.name(k.Contestant)).Width())
		if k.Baseline {
			base = r.name(k.Contestant)
		}
	}
	name = min(name, max(8, w/3))
	if len(r.rep.Ranking) > 0 {
		out = append(out, r.para("Chance to be preferred over "+base+", with its 95% interval", w, st.Dim)...)
	}
	for i, k := range r.rep.Ranking {
		lead := fmt.Sprintf(" %d  ", i+1) + kit.Fit(st.Text.Render(r.name(k.Contestant)), name) + "  "
		if k.Baseline {
			out = append(out, kit.Fit(lead+st.Faint.Render("what the others are held against"), w))
			continue
		}
		tail := "   –"
		if !math.IsNaN(k.WinChance) {
			tail = fmt.Sprintf("  %s  %s to %s", percent(k.WinChance), percent(k.Lo), percent(k.Hi))
		}
		bar := kit.Interval(k.WinChance, k.Lo, k.Hi, max(6, min(40, min(w, prose)-kit.Width(lead)-len(tail)-2)), st)
		out = append(out, kit.Fit(lead+bar+st.Text.Render(tail), w))
	}
	return out
}

// labels is how often the answers of each passed.
func (r *reveal) labels(w int) []string {
	st := r.s.deps.Styles
	name := 8
	for _, l := range r.rep.Labels {
		name = max(name, text.Of(r.name(l.Contestant)).Width())
	}
	name = min(name, max(8, w/3))
	var out []string
	for _, l := range r.rep.Labels {
		n := l.Pass + l.Fail
		bar := ""
		if n > 0 {
			bar = kit.BarStyled(float64(l.Pass)/float64(n), max(6, min(30, w/4)), st)
		}
		out = append(out, kit.Fit(" "+kit.Fit(st.Text.Render(r.name(l.Contestant)), name)+"  "+bar+"  "+st.Strong.Render(fmt.Sprintf("%d of %d", l.Pass, n))+
			st.Dim.Render(" pass, on "+kit.Plural(l.Cases, "case", "cases")), w))
		out = append(out, r.para(l.Sentence, w, st.Dim)...)
	}
	return out
}

// tags is how each pair stands on each tag.
func (r *reveal) tags(w int) []string {
	st := r.s.deps.Styles
	var out []string
	for _, p := range r.rep.Pairs {
		if len(p.Tags) == 0 {
			continue
		}
		out = append(out, "", ruledLine("", st.Title.Render(text.Of(r.name(p.A)+" against "+r.name(p.B)).Truncate(max(8, min(w, prose)-4)).String()), "", min(w, prose), st))
		name := 6
		for _, l := range p.Tags {
			name = max(name, text.Show(l.Name).OneLine().Width())
		}
		name = min(name, max(6, w/4))
		for _, l := range p.Tags {
			out = append(out, kit.Fit(r.tagLine(l, name, w), w))
		}
	}
	if out == nil {
		return append([]string{""}, r.para("No case that was judged has a tag.", w, st.Dim)...)
	}
	return append(out, "", " "+st.Faint.Render("Few duels stand behind a tag: read them, do not count on them."))
}

func (r *reveal) tagLine(l report.Line, name, w int) string {
	st := r.s.deps.Styles
	bw := max(3, min(24, (w-name-26)/2))
	n := max(1, l.WinsA+l.WinsB)
	left := strings.TrimRight(kit.Bar(float64(l.WinsA)/float64(n), bw), " ")
	right := kit.BarStyled(float64(l.WinsB)/float64(n), bw, st)
	pad := bw - kit.Width(left)
	tail := ""
	if l.Ties > 0 {
		tail += fmt.Sprintf("  %d the same", l.Ties)
	}
	if l.BothBad > 0 {
		tail += fmt.Sprintf("  %d both bad", l.BothBad)
	}
	return " " + kit.Fit(kit.Render(text.Show(l.Name).Truncate(name), st.Text, st.Mark), name) + "  " +
		st.BarEmpty.Render(strings.Repeat("─", max(0, pad))) + st.Dim.Render(strings.Repeat("█", kit.Width(left))) +
		kit.FitRight(st.Strong.Render(fmt.Sprint(l.WinsA)), 4) + st.Faint.Render(" – ") + kit.Fit(st.Strong.Render(fmt.Sprint(l.WinsB)), 4) + right + st.Dim.Render(tail)
}

// judges is how they judged, and how they agree.
func (r *reveal) judges(w int) []string {
	st := r.s.deps.Styles
	var out []string
	for _, j := range r.rep.Judges {
		who := text.Show(j.Judge).Truncate(max(8, w/3))
		mine := ""
		if j.Judge == r.s.judge {
			mine = " (you)"
		}
		out = append(out, "", ruledLine("", kit.Render(who, st.Title, st.Mark)+st.Dim.Render(mine), st.Dim.Render(kit.Plural(j.Judgments, "verdict", "verdicts")), min(w, prose), st))
		for _, s := range j.Sentences {
			out = append(out, r.para(s, w, st.Text)...)
		}
		if facts := judgeFacts(j); facts != "" {
			out = append(out, r.para(facts, w, st.Dim)...)
		}
	}
	for _, a := range r.rep.Agreement {
		names := kit.Render(text.Show(a.Judges[0]).Append(text.Of(" and ")).Append(text.Show(a.Judges[1])).Truncate(max(8, w/2)), st.Title, st.Mark)
		out = append(out, "", ruledLine("", names, "", min(w, prose), st))
		out = append(out, r.para(a.Sentence, w, st.Text)...)
		if a.N > 0 && !strings.Contains(strings.ToLower(a.Sentence), "kappa") {
			out = append(out, r.para(fmt.Sprintf("Same on %d of %d · kappa %s · AC1 %s", a.Same, a.N, index(a.Kappa), index(a.AC1)), w, st.Dim)...)
		}
	}
	if out == nil {
		return append([]string{""}, r.para("Nobody judged yet.", w, st.Dim)...)
	}
	return out
}

// judgeFacts are the counts behind a judge's sentences.
func judgeFacts(j report.Judge) string {
	var parts []string
	if j.Decided > 0 {
		parts = append(parts, fmt.Sprintf("left %d of %d", j.Left, j.Decided))
	}
	if j.Unequal > 0 {
		parts = append(parts, fmt.Sprintf("the longer one %d of %d", j.Longer, j.Unequal))
	}
	if j.Again > 0 {
		parts = append(parts, fmt.Sprintf("the same at a second look %d of %d", j.Same, j.Again))
	}
	if !math.IsNaN(j.MedianMS) && j.MedianMS > 0 {
		parts = append(parts, fmt.Sprintf("half of them within %.0f s", math.Ceil(j.MedianMS/1000)))
	}
	return strings.Join(parts, " · ")
}

func index(v float64) string {
	if math.IsNaN(v) {
		return "cannot be computed"
	}
	return fmt.Sprintf("%.2f", v)
}

// near shows the answers of a verdict with their names.
func (r *reveal) near(w, h int) string {
	st, p := r.s.deps.Styles, r.s.pair
	v := r.verdicts[r.row()]
	line := " " + kit.Render(text.Show(v.Case.Name).Truncate(20), st.Strong, st.Mark) + st.Faint.Render(" · ") +
		kit.Render(text.Show(v.Judge).Truncate(16), st.Dim, st.Mark) + st.Dim.Render(": ") + st.Text.Render(r.decided(v)+" "+overOnly(r, v))
	if v.Reason != "" {
		line += st.Faint.Render(" · ") + kit.Render(text.Show(v.Reason).Truncate(max(8, w/2)), st.Dim, st.Mark)
	} else if _, a := aside(v); a != "" {
		line += st.Faint.Render(" · " + a)
	}
	head := kit.Fit(line, w)
	if p.a.head.h > 1 {
		head += "\n" + kit.Rule(w, st)
	}
	keys := [2]string{}
	switch v.Choice {
	case session.ChoiceLeft, session.ChoicePass:
		keys[0] = "✓"
	case session.ChoiceRight:
		keys[1] = "✓"
	}
	return kit.Stack(head, kit.Fill(p.view(keys, true), w, max(0, h-p.a.head.h)))
}

func overOnly(r *reveal, v session.Verdict) string {
	if _, _, ok := v.Winner(); ok {
		return r.on(v)
	}
	return ""
}
