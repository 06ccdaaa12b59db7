package proof

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// piecesSection is what each shot and resource takes, and where they were chosen for
// the case: which came and why, and which were left out next.
func (s *Screen) piecesSection(w int) section {
	st, p, c := s.deps.Styles, s.deps.Table.Proof(), s.deps.Table.Desk.Content()
	sec := section{head: "shots and resources", keep: -1}
	if !s.ready {
		return section{keep: -1}
	}
	type key struct{ block, item int }
	took := map[key]int{}
	var stand []key
	counts := s.counts()
	for i, sp := range p.Spans {
		if sp.Shot < 0 || i >= len(counts.Spans) {
			continue
		}
		k := key{sp.Block, sp.Shot}
		if _, ok := took[k]; !ok {
			stand = append(stand, k)
		}
		took[k] += counts.Spans[i]
	}
	chosen := map[key]session.Retrieved{}
	var left []session.Retrieved
	for _, r := range p.Retrieved {
		if r.Left {
			left = append(left, r)
			continue
		}
		chosen[key{r.Block, r.Item}] = r
	}
	if len(stand)+len(left) == 0 {
		return section{keep: -1}
	}
	name := 6
	for _, k := range stand {
		name = max(name, text.Of(s.nameOf(c, k.block, k.item, chosen[key(k)].Name)).Width())
	}
	for _, r := range left {
		name = max(name, text.Of(s.nameOf(c, r.Block, r.Item, r.Name)).Width())
	}
	name = min(name, max(6, w/3))
	row := func(label string, n int, why string, style lipgloss.Style) {
		num := "out"
		if n >= 0 {
			num = kit.Thousands(n)
		}
		line := kit.Fit(kit.Render(text.Of(label).Truncate(name), style, st.Mark), name) + " " + kit.FitRight(st.Text.Render(num), 6)
		if why != "" {
			line += "  " + kit.Render(text.Of(why).OneLine().Truncate(max(0, w-name-9)), st.Dim, st.Mark)
		}
		sec.lines = append(sec.lines, kit.Fit(line, w))
	}
	block := -1
	for _, k := range stand {
		if k.block != block && k.block >= 0 && k.block < len(c.Blocks) {
			block = k.block
			if how := pickWords(c.Blocks[block]); how != "" {
				sec.lines = append(sec.lines, kit.Fit(kit.Render(text.Of(how).Truncate(w), st.Faint, st.Mark), w))
			}
		}
		r, ok := chosen[k]
		why := ""
		if ok {
			why = whyChosen(r)
		}
		row(s.nameOf(c, k.block, k.item, r.Name), took[k], why, st.Gutter(k.block))
	}
	for _, r := range left {
		row(s.nameOf(c, r.Block, r.Item, r.Name), -1, whyChosen(r), st.Faint)
	}
	return sec
}

// nameOf is the name of a shot or resource of a block; one of a case's own list
// bears the name that it came with.
func (s *Screen) nameOf(c session.Content, block, item int, own text.Raw) string {
	if own != "" {
		return text.Show(own).OneLine().Truncate(18).String()
	}
	if block < 0 || block >= len(c.Blocks) {
		return fmt.Sprintf("piece %d", item+1)
	}
	return pieceName(c.Blocks[block], item)
}

// pickWords says in a line how a block chooses, "" where all of its shots or
// resources stand.
func pickWords(b session.Block) string {
	if b.Pick == nil || b.Pick.How == session.PickAll || b.Pick.How == "" {
		return ""
	}
	many := "all"
	if b.Pick.N > 0 {
		many = fmt.Sprint(b.Pick.N)
	}
	how := map[session.PickHow]string{
		session.PickFirst: "the first", session.PickSpread: "representative", session.PickNearest: "nearest to the case",
		session.PickRandom: "drawn by seed " + fmt.Sprint(b.Pick.Seed), session.PickColumn: "of the case's list " + text.Of(b.Pick.Column).String(),
	}[b.Pick.How]
	return text.Show(b.Name()).OneLine().Truncate(20).String() + ": " + many + ", " + how
}

// whyChosen says why a piece came or did not: its rank, its score, the words that it
// shares with the case.
func whyChosen(r session.Retrieved) string {
	var parts []string
	if r.Rank > 0 {
		parts = append(parts, fmt.Sprintf("#%d", r.Rank))
	}
	if r.Score > 0 {
		parts = append(parts, fmt.Sprintf("%.1f", r.Score))
	}
	if r.Cut {
		parts = append(parts, "cut")
	}
	var words []string
	for i, word := range r.Words {
		if i == 6 {
			words = append(words, "…")
			break
		}
		words = append(words, text.Show(word).OneLine().String())
	}
	if len(words) > 0 {
		parts = append(parts, strings.Join(words, ", "))
	}
	return strings.Join(parts, " ")
}

// heatLegend says what the column beside the text means.
func (s *Screen) heatLegend(w int) string {
	most := 0
	if s.view == viewMessages {
		most = s.page.Hottest()
	}
	if most == 0 {
		return ""
	}
	words := fmt.Sprintf("▁ to █ by the line; █ is %s", kit.Plural(most, "token", "tokens"))
	if s.an.tokens.Source == "estimate" && s.counts().Source != "estimate" { // the server counts blocks, and no lines
		words = fmt.Sprintf("▁ to █ by the line, estimated; █ is %s", kit.Thousands(most))
	}
	return kit.Fit(kit.Render(text.Of(words).Truncate(w), s.deps.Styles.Faint, s.deps.Styles.Mark), w)
}

// comparedCount is the server's count of an answer to this proof beside ours, ""
// where no answer is kept or its server did not count.
func (s *Screen) comparedCount() (words string, equal bool) {
	r := s.newest
	if !s.newestNow() || !r.was || r.result.Output.Usage.Source != "server" || r.result.Output.Usage.Input <= 0 || !s.an.counted {
		return "", true
	}
	theirs, ours := r.result.Output.Usage.Input, s.an.tokens.Total
	out := fmt.Sprintf("%s counted %s for it, we %s", outputName(r.result), kit.Thousands(theirs), kit.Thousands(ours))
	if theirs == ours {
		return out + ": the same", true
	}
	return out, false
}

// outputName is an output as lists name it: r7#3.
func outputName(r session.Result) string {
	return fmt.Sprintf("%s#%d", session.Run{ID: r.Cell.RunID}.Name(), r.Cell.Index+1)
}
