package main

import (
	"cmp"
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
)

// pieceName is the name of a block's shot or resource. One of a case's own list bears
// the name that it came with.
func (v proofView) pieceName(block, item int) text.Raw {
	for _, r := range v.proof.Retrieved {
		if r.Block == block && r.Item == item && r.Name != "" {
			return r.Name
		}
	}
	b := v.variant.Revision.Content.Blocks[block]
	switch {
	case b.Kind == session.KindResources && item < len(b.Resources):
		return b.Resources[item].Name
	case b.Kind == session.KindShots && item < len(b.Shots):
		return b.Shots[item].Name
	}
	return ""
}

func (v proofView) tokensJSON() tokensJSON {
	r := v.room()
	j := tokensJSON{Total: v.tokens.Total, Template: v.tokens.Template, Source: v.tokens.Source, Limit: some(v.tokens.Limit), Reserved: some(r.Keep), TooMany: r.TooMany()}
	if r.Over {
		s := v.proof.Spans[r.Hard.Span]
		j.Beyond = &beyondJSON{s.Message, s.Start + r.Hard.Off}
	}
	return j
}

func (v proofView) counted() *countedJSON {
	if v.newest == nil || v.newest.Output.Usage.Source != "server" || v.newest.Output.Usage.Input <= 0 {
		return nil
	}
	return &countedJSON{outputName(*v.newest), v.newest.Output.Usage.Input}
}

func (v proofView) retrievedJSON() []retrievedJSON {
	out := []retrievedJSON{}
	for _, r := range v.proof.Retrieved {
		b := v.variant.Revision.Content.Blocks[r.Block]
		j := retrievedJSON{Number: r.Block + 1, Block: b.Kind, Title: b.Title, Name: cmp.Or(r.Name, v.pieceName(r.Block, r.Item)), Rank: some(r.Rank), Words: r.Words, Cut: r.Cut, Left: r.Left}
		if r.Score > 0 {
			j.Score = &r.Score
		}
		if j.Words == nil {
			j.Words = []text.Raw{}
		}
		out = append(out, j)
	}
	return out
}

// whyHere says why a piece came or did not: its rank, its score, the words that it
// shares with the case.
func whyHere(r session.Retrieved) string {
	var parts []string
	if r.Rank > 0 {
		parts = append(parts, "#"+itoa(r.Rank))
	}
	if r.Score > 0 {
		parts = append(parts, fmt.Sprintf("%.1f", r.Score))
	}
	if r.Cut {
		parts = append(parts, "cut")
	}
	var words []string
	for _, w := range r.Words {
		words = append(words, w.String())
	}
	return strings.Join(append(parts, strings.Join(words, ", ")), " ")
}

// printTokens prints where the tokens go: by block, by shot and resource, with what
// was left out, and whether all of it fits.
func (v proofView) printTokens(g *globals) {
	blocks := v.variant.Revision.Content.Blocks
	t := newTable("TOKENS", "SHARE", "BLOCK", "TITLE").numbers(0, 1)
	share := func(n int) string {
		if v.tokens.Total == 0 {
			return "–"
		}
		return fmt.Sprintf("%.0f%%", 100*float64(n)/float64(v.tokens.Total))
	}
	type key struct{ block, item int }
	took, order := map[key]int{}, []key{}
	for i, s := range v.proof.Spans {
		if s.Shot < 0 || i >= len(v.tokens.Spans) {
			continue
		}
		k := key{s.Block, s.Shot}
		if _, ok := took[k]; !ok {
			order = append(order, k)
		}
		took[k] += v.tokens.Spans[i]
	}
	why := map[key]session.Retrieved{}
	for _, r := range v.proof.Retrieved {
		why[key{r.Block, r.Item}] = r
	}
	for i, n := range v.tokens.ByBlock(v.proof, len(blocks)) {
		if blocks[i].Off {
			continue
		}
		t.row(n, share(n), blocks[i].Kind, blocks[i].Title)
		for _, k := range order {
			if k.block == i {
				t.row(took[k], share(took[k]), "· "+v.pieceName(i, k.item).String(), text.Raw(whyHere(why[k])))
			}
		}
		for _, r := range v.proof.Retrieved {
			if r.Block == i && r.Left {
				t.row("–", "out", "· "+cmp.Or(r.Name, v.pieceName(i, r.Item)).String(), text.Raw(whyHere(r)))
			}
		}
	}
	if v.tokens.Template > 0 {
		t.row(v.tokens.Template, share(v.tokens.Template), "template", "")
	}
	t.print(g)
	limit := ""
	if v.tokens.Limit > 0 {
		limit = fmt.Sprintf(" of %d", v.tokens.Limit)
	}
	g.say("%d%s tokens in all, by %s, for %s", v.tokens.Total, limit, sourceWords(v.tokens.Source), text.Raw(v.model))
	if c := v.counted(); c != nil {
		g.say("%s was counted by its server: %s", c.Output, plural(c.Tokens, "token", "tokens"))
	}
	if words := v.room().Words(); words != "" {
		g.say("%s", g.paint(styleBad, "it does not fit: "+words))
	}
}

// sourceWords says how a count of tokens is known.
func sourceWords(source string) string {
	switch source {
	case "server":
		return "the server"
	case "tokenizer":
		return "the model's tokenizer"
	}
	return "an estimate"
}
