package proof

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// section is a part of the panel: a heading and its lines.
type section struct {
	head  string
	lines []string
	keep  int // the line that must stay in sight, -1: none
}

// tokensSection is the tokens of each block with its share.
func (s *Screen) tokensSection(w int) section {
	st := s.deps.Styles
	sec := section{head: "tokens", keep: -1}
	line := func(v string, style lipgloss.Style) {
		sec.lines = append(sec.lines, kit.Render(text.Of(v), style, st.Mark))
	}
	switch {
	case !s.ready:
		line("counting…", st.Faint)
		return sec
	case !s.an.counted:
		line("can't be counted here", st.Faint)
		return sec
	}
	t := s.counts()
	sec.head = "tokens · " + tokenTotal(t)
	blocks := s.deps.Table.Desk.Content().Blocks
	by := t.ByBlock(s.deps.Table.Proof(), len(blocks))
	widest := 5
	for i, b := range blocks {
		if !b.Off && by[i] > 0 {
			widest = max(widest, text.Show(b.Name()).Width())
		}
	}
	if t.Template > 0 {
		widest = max(widest, len("chat template"))
	}
	name := min(widest, max(6, w/3))
	if t.Template > 0 {
		name = max(name, min(len("chat template"), w/2))
	}
	row := func(label text.Shown, n int, style lipgloss.Style) {
		frac := 0.0
		if t.Total > 0 {
			frac = float64(n) / float64(t.Total)
		}
		bar := max(4, w-name-15)
		sec.lines = append(sec.lines, kit.Fit(kit.Render(label.Truncate(name), style, st.Mark), name)+" "+
			style.Render(kit.Bar(frac, bar))+" "+
			kit.FitRight(st.Text.Render(kit.Thousands(n)), 7)+" "+kit.FitRight(st.Dim.Render(percent(frac)), 4))
	}
	for i, b := range blocks {
		if !b.Off && (by[i] > 0 || b.Kind == session.KindInput) {
			row(text.Show(b.Name()), by[i], st.Block(i))
		}
	}
	if t.Template > 0 {
		row(text.Of("chat template"), t.Template, st.Dim)
	}
	if over := s.room().Words(); over != "" {
		for i, l := range text.Of(over).Wrap(max(4, w-2)) {
			lead := "  "
			if i == 0 {
				lead = "! "
			}
			sec.lines = append(sec.lines, kit.Fit(st.Bad.Render(lead)+kit.Render(l, st.Bad, st.Mark), w))
		}
	}
	if words, equal := s.comparedCount(); words != "" {
		style := st.Dim
		if !equal {
			style = st.Warn
		}
		for _, l := range text.Of(words).Wrap(w) {
			sec.lines = append(sec.lines, kit.Fit(kit.Render(l, style, st.Mark), w))
		}
	}
	if p := s.deps.Table.Proof(); p.Beside.Tools != "" || p.Beside.Schema != "" {
		line("tools and schema are not in our count", st.Faint)
	}
	if l := s.heatLegend(w); l != "" {
		sec.lines = append(sec.lines, l)
	}
	return sec
}

func percent(f float64) string {
	p := f * 100
	if p > 0 && p < 1 {
		return "<1%"
	}
	return strconv.Itoa(int(math.Round(p))) + "%"
}

// tokenTotal says how many tokens there are, of how many, and how that is known.
func tokenTotal(t session.TokenCount) string {
	out := kit.Thousands(t.Total)
	if t.Limit > 0 {
		out += " of " + kit.Thousands(t.Limit)
	}
	switch t.Source {
	case "estimate":
		return out + ", an estimate"
	case "":
		return out
	}
	return out + ", " + t.Source
}

// compactSection is sampling and context in a few lines, for a low panel.
func (s *Screen) compactSection(w int) section {
	st, p := s.deps.Styles, s.deps.Table.Proof()
	sec := section{head: "sampling and context", keep: -1}
	add := func(style lipgloss.Style, v string) {
		for _, l := range text.Of(v).OneLine().Wrap(w) {
			sec.lines = append(sec.lines, kit.Fit(kit.Render(l, style, st.Mark), w))
		}
	}
	add(st.Text, s.samplingWords())
	add(st.Dim, kit.Plural(len(p.Messages), "message", "messages")+" · "+kit.Plural(p.Bytes(), "byte", "bytes")+" · shots "+orderWords(p.Order))
	if s.ready && s.an.invisible > 0 {
		add(st.Warn, "! "+kit.Plural(s.an.invisible, "invisible character", "invisible characters"))
	}
	sec.lines = append(sec.lines, kit.Render(text.Of(p.Hash).Truncate(w), st.Faint, st.Mark))
	return sec
}

// contextSection names the context and counts what can't be seen in it.
func (s *Screen) contextSection(w int) section {
	st, p := s.deps.Styles, s.deps.Table.Proof()
	sec := section{head: "context", keep: -1}
	add := func(v string, style lipgloss.Style) {
		sec.lines = append(sec.lines, kit.Fit(kit.Render(text.Of(v).Truncate(w), style, st.Mark), w))
	}
	add(kit.Plural(len(p.Messages), "message", "messages")+" · "+kit.Plural(p.Bytes(), "byte", "bytes"), st.Text)
	add("shots "+orderWords(p.Order), st.Text)
	for _, b := range p.Beside.Parts() {
		add("with "+string(b.Kind)+" · "+kit.Plural(len(b.Text), "byte", "bytes"), st.Text)
	}
	for _, n := range p.Notes {
		for _, l := range text.Show(n.What).OneLine().Wrap(max(4, w-2)) {
			sec.lines = append(sec.lines, kit.Fit(st.Warn.Render("▪ ")+kit.Render(l, st.Warn, st.Mark), w))
		}
	}
	if s.ready {
		if s.an.invisible == 0 {
			add("no invisible characters", st.Dim)
		} else {
			add("! "+kit.Plural(s.an.invisible, "invisible character", "invisible characters"), st.Warn)
		}
	}
	for _, l := range text.Of(p.Hash).Wrap(w) {
		add(l.String(), st.Faint)
	}
	return sec
}

func orderWords(o session.Order) string {
	if o.AsIs() {
		return "as they stand"
	}
	return "in order " + o.String()
}

// stack draws sections one below the other in w by h cells. What does not fit is
// counted, never lost without a word.
func (s *Screen) stack(secs []section, w, h int) string {
	var lines []string
	keep := -1
	secs = slices.DeleteFunc(secs, func(sec section) bool { return sec.head == "" })
	for i, sec := range secs {
		if i > 0 && h > 10 {
			lines = append(lines, "")
		}
		lines = append(lines, kit.Fit(kit.Render(text.Of(sec.head).Truncate(w), s.deps.Styles.Dim.Bold(true), s.deps.Styles.Mark), w))
		if sec.keep >= 0 {
			keep = len(lines) + sec.keep
		}
		lines = append(lines, sec.lines...)
	}
	return s.window(lines, keep, w, h)
}

// window shows h of the lines, the one to keep among them.
func (s *Screen) window(lines []string, keep, w, h int) string {
	if h <= 0 {
		return ""
	}
	s.hidden = max(0, len(lines)-h)
	if len(lines) > h {
		top := 0
		if keep >= 0 {
			top = max(0, min(keep-h/2, len(lines)-h))
		}
		if s.info == panelOnly {
			top = max(0, min(s.scrolled, len(lines)-h))
		}
		rest := len(lines) - top - h
		lines = lines[top : top+h]
		if rest > 0 {
			lines[h-1] = s.deps.Styles.Faint.Render(fmt.Sprintf("… %d more, i shows them", rest+1))
			if s.info == panelOnly {
				lines[h-1] = s.deps.Styles.Faint.Render(fmt.Sprintf("… %d more ↓", rest+1))
			}
		}
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}
