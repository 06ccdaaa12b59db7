package compose

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// blocksPane is the list of blocks with what is known of the whole below it.
func (s *Screen) blocksPane(r rect) string {
	if r.w <= 0 || r.h <= 0 {
		return ""
	}
	st, all := s.d.Styles, s.blocks()
	label := "saved"
	if s.dirty {
		label = "unsaved"
	}
	w := r.w - 2
	if len(all) == 0 {
		body := "\n" + kit.Indent(kit.Para(text.Of("no block yet: a adds one"), max(1, w-4), st.Faint, st.Mark), 2)
		return kit.PaneWith("Blocks", label, body, r.w, r.h, s.focus == onBlocks, st)
	}
	var lines []string
	rows := s.listRows()
	for i := s.top; i < len(all) && i-s.top < rows; i++ {
		lines = append(lines, s.blockLine(all[i], i, w))
	}
	if foot := s.footRows(); foot > 0 {
		for len(lines) < rows {
			lines = append(lines, "")
		}
		lines = append(lines, s.foot(w, foot)...)
	}
	return kit.PaneWith("Blocks", label, strings.Join(lines, "\n"), r.w, r.h, s.focus == onBlocks, st)
}

// blockLine is one block: its sign and name in its colour, its share of the
// whole as a bar, its tokens.
func (s *Screen) blockLine(b session.Block, i, w int) string {
	st := s.d.Styles
	look := st.Block(i)
	if b.Off {
		look = st.Faint
	}
	paper := lipgloss.NewStyle()
	edge, mark := "  ", st.Accent
	if i == s.at {
		bg := st.SelectedDim.GetBackground()
		edge, mark = "▌ ", st.Faint
		if s.focus == onBlocks {
			bg, mark = st.Selected.GetBackground(), st.Accent
			look = look.Bold(true)
		}
		paper = paper.Background(bg)
	}
	on := func(x lipgloss.Style) lipgloss.Style {
		if i != s.at {
			return x
		}
		return x.Background(paper.GetBackground())
	}
	bar, tokens := s.shareWidths(w)
	var tail string
	n, known := s.facts.tokens[b.UID]
	switch {
	case b.Off:
		tail = s.paint(on(st.Faint), pad("off", bar+1+tokens, true))
	case b.Kind.Beside():
		tail = s.paint(on(st.Faint), pad("beside", bar+1+tokens, true))
	case !known:
		tail = s.paint(on(st.Faint), pad("…", bar+1+tokens, true))
	default:
		count := st.Dim
		if s.stale() {
			count = st.Faint
		}
		share := kit.Bar(float64(n)/float64(max(1, s.facts.count.Total)), bar)
		tail = s.say(on(look.Bold(false)), share) + s.paint(on(count), pad(kit.Thousands(n), 1+tokens, true))
	}
	room := max(1, w-5-bar-1-tokens)
	return s.say(on(mark), edge) + s.say(on(look), sign(b.Kind)+" ") +
		s.paint(on(look), padShown(text.Head(b.Name(), room-1), room)) + tail + s.say(paper, " ")
}

// shareWidths are the cells of a bar and of a count.
func (s *Screen) shareWidths(w int) (bar, tokens int) {
	tokens = max(3, len(kit.Thousands(s.facts.count.Total)))
	switch {
	case w >= 40:
		return 10, tokens
	case w >= 26:
		return 4, tokens
	}
	return 3, tokens
}

func pad(ours string, w int, right bool) text.Shown {
	t := text.Of(ours).Truncate(w)
	gap := text.Of(strings.Repeat(" ", w-t.Width()))
	if right {
		return gap.Append(t)
	}
	return t.Append(gap)
}

func padShown(t text.Shown, w int) text.Shown {
	return t.Append(text.Of(strings.Repeat(" ", max(0, w-t.Width()))))
}

// foot is a thin line, then the total and where the count is from, then the
// parameters if there is room.
func (s *Screen) foot(w, rows int) []string {
	st := s.d.Styles
	out := []string{s.say(st.Rule, strings.Repeat("─", max(0, w)))}
	c := s.facts.count
	look := st.Text
	if s.stale() {
		look = st.Faint
	}
	total := s.total()
	out = append(out, " "+s.say(look, total))
	if rows < 5 {
		return out
	}
	limit := ""
	if c.Limit > 0 {
		limit = fmt.Sprintf("%d %% of the model's %s", 100*c.Total/c.Limit, kit.Thousands(c.Limit))
	}
	lines := pack(paramsItems(s.d.Table.Desk.Content().Params), max(1, w-2))
	if limit != "" {
		out = append(out, " "+s.say(st.Dim, limit))
	}
	if room := rows - len(out); room > 0 && len(lines) > room {
		lines = lines[:room]
		last := strings.TrimSuffix(lines[room-1], ",")
		lines[room-1] = text.Of(last).Truncate(max(0, w-4)).String() + " …"
	}
	for _, l := range lines {
		if len(out) < rows {
			out = append(out, " "+s.say(st.Dim, l))
		}
	}
	for len(out) < rows {
		out = append(out, "")
	}
	return out
}

// pack sets items into lines of at most w cells, with commas.
func pack(items []string, w int) []string {
	var lines []string
	for i, it := range items {
		if i < len(items)-1 {
			it += ","
		}
		n := len(lines) - 1
		if n >= 0 && text.Of(lines[n]).Width()+1+text.Of(it).Width() <= w {
			lines[n] += " " + it
			continue
		}
		lines = append(lines, it)
	}
	return lines
}

// paramsItems are the parameters that are set.
func paramsItems(p session.Params) []string {
	var out []string
	if p.Temperature != nil {
		out = append(out, fmt.Sprintf("temperature %g", *p.Temperature))
	}
	if p.TopP != nil {
		out = append(out, fmt.Sprintf("top_p %g", *p.TopP))
	}
	if p.TopK != nil {
		out = append(out, fmt.Sprintf("top_k %d", *p.TopK))
	}
	if p.MinP != nil {
		out = append(out, fmt.Sprintf("min_p %g", *p.MinP))
	}
	if p.RepeatPenalty != nil {
		out = append(out, fmt.Sprintf("repeat %g", *p.RepeatPenalty))
	}
	if p.Presence != nil {
		out = append(out, fmt.Sprintf("presence %g", *p.Presence))
	}
	if p.Frequency != nil {
		out = append(out, fmt.Sprintf("frequency %g", *p.Frequency))
	}
	if p.MaxTokens > 0 {
		out = append(out, "at most "+kit.Thousands(p.MaxTokens))
	}
	if p.Seed != nil {
		out = append(out, fmt.Sprintf("seed %d", *p.Seed))
	}
	if len(p.Stop) > 0 {
		out = append(out, fmt.Sprintf("%d stops", len(p.Stop)))
	}
	if p.Context > 0 {
		out = append(out, "context "+kit.Thousands(p.Context))
	}
	if p.Think != "" {
		out = append(out, "think "+p.Think)
	}
	if len(out) == 0 {
		return []string{"no parameter is set"}
	}
	return out
}
