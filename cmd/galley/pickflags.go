package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

// itemFlags say which shots or resources a block holds, which of them stand in the
// context of a case, and how one of them is written.
type itemFlags struct {
	g                                                             *globals
	resources, from, pick, by, query, column, sort, item, between string
	itemFile, betweenFile                                         string
	n, limit                                                      int
	seed                                                          uint64
	cut, ownBetween                                               bool
	some                                                          bool // what stood for the whole bank holds some of it from now on
}

func (b *itemFlags) flags(g *globals, c *cobra.Command) {
	b.g = g
	f := c.Flags()
	f.StringVar(&b.resources, "resources", "", "of a resources block: names of resources or of their files, in order, or all")
	f.StringVar(&b.pick, "pick", "", "which shots or resources stand for a case: all, first, representative, nearest, random or, of resources, column")
	f.StringVar(&b.from, "from", "", "what they are chosen from: block (those that it holds) or bank (copies of all that are on, taken anew; never the case's own shot)")
	f.IntVar(&b.n, "n", 0, "how many of them, 0 all; pinned shots count")
	f.StringVar(&b.by, "by", "", "of --pick representative: by the shares of tag or label (a shot's answer)")
	f.Uint64Var(&b.seed, "pick-seed", 0, "of --pick random, and of the draw within a tag or label")
	f.StringVar(&b.query, "query", "", "of --pick nearest: the `VARIABLE` to compare with, \"\" all values of the case")
	f.StringVar(&b.column, "column", "", "of --pick column: the `VARIABLE` that holds the case's ranked list")
	f.StringVar(&b.sort, "sort", "", "of resources: rank (the best first), last (the best last) or bank")
	f.IntVar(&b.limit, "limit", 0, "of resources: the most `BYTES` that they have together, 0 any")
	f.BoolVar(&b.cut, "cut", false, "of --limit: cut what does not fit, and do not leave it out whole")
	f.StringVar(&b.item, "item", "", "how one is written inline: a `TEMPLATE` with {{input}} {{output}} {{calls}} {{n}} of a shot, {{text}} {{name}} {{source}} {{n}} of a resource; \"\" the wrapper's own")
	f.StringVar(&b.between, "between", "", "the `TEXT` between two of them")
	f.BoolVar(&b.ownBetween, "between-own", false, "between two of them what the wrapper writes")
	f.StringVar(&b.itemFile, "item-file", "", "--item from `FILE`, for one of several lines")
	f.StringVar(&b.betweenFile, "between-file", "", "--between from `FILE`; --exact keeps the line end at its end")
	c.MarkFlagsMutuallyExclusive("between", "between-own", "between-file")
	c.MarkFlagsMutuallyExclusive("item", "item-file")
}

// apply writes the flags that were given into a block.
func (b *itemFlags) apply(ctx context.Context, cmd *cobra.Command, d *desk, v session.VariantInfo, to *session.Block) error {
	has := cmd.Flags().Changed
	names := to.Kind.ItemNames()
	for _, name := range []string{"item", "item-file", "between", "between-own", "between-file"} {
		if has(name) && names == nil {
			return usage("block %s holds no shots and no resources; --%s is of these", to.Name(), name)
		}
	}
	for file, into := range map[string]*string{"item-file": &b.item, "between-file": &b.between} {
		if has(file) {
			exact, _ := cmd.Flags().GetBool("exact")
			t, _, err := b.g.given(cmd.Flag(file).Value.String(), exact, true)
			if err != nil {
				return err
			}
			*into = string(t)
		}
	}
	if has("resources") {
		if to.Kind != session.KindResources {
			return usage("block %s holds no resources; make one with galley new block %s resources", to.Name(), text.Raw(v.Ref().String()))
		}
		bank, err := d.store.Resources(ctx, v.PromptID)
		if err != nil {
			return err
		}
		if to.Resources, err = session.PickResources(bank, b.resources); err != nil {
			return err
		}
	}
	if (has("resources") || has("shots")) && to.OfBank() && !has("from") {
		b.from, b.some = "block", true
	}
	if err := b.ofBank(ctx, d, v, has, to); err != nil {
		return err
	}
	if has("item") || has("item-file") {
		if to.Item = text.Raw(b.item); to.Item != "" {
			if bad := unknownNames(to.Item, names); bad != "" {
				return usage("the template asks for {{%s}}; of %s there are {{%s}}", text.Raw(bad), to.Kind, strings.Join(names, "}} {{"))
			}
		}
	}
	if has("between") || has("between-file") {
		t := text.Raw(b.between)
		to.Between = &t
	}
	if has("between-own") {
		to.Between = nil
	}
	if err := b.choose(has, to); err != nil {
		return usage("block %s: %w", to.Name(), err)
	}
	return nil
}

// ofBank fills a block that is to stand for the whole bank.
func (b *itemFlags) ofBank(ctx context.Context, d *desk, v session.VariantInfo, has func(string) bool, to *session.Block) error {
	if !has("from") || b.from != "bank" {
		return nil
	}
	switch {
	case to.Kind != session.KindShots && to.Kind != session.KindResources:
		return usage("block %s has nothing to choose from; only shots and resources do", to.Name())
	case has("resources") || has("shots"):
		return usage("--from bank takes all of the bank; leave out --shots and --resources, or write --from block")
	}
	shots, err := d.store.Shots(ctx, v.PromptID)
	if err != nil {
		return err
	}
	resources, err := d.store.Resources(ctx, v.PromptID)
	if err == nil {
		to.TakeBank(shots, resources)
	}
	return err
}

// unknownNames is the first placeholder of a template that is none of these.
func unknownNames(t text.Raw, names []string) string {
	for _, h := range session.Placeholders(string(t)) {
		known := h.Literal
		for _, n := range names {
			known = known || h.Name == n
		}
		if !known {
			return h.Name
		}
	}
	return ""
}

// choose changes how the block chooses by the flags that were given.
func (b *itemFlags) choose(has func(string) bool, to *session.Block) error {
	p := session.Pick{How: session.PickAll}
	if to.Pick != nil {
		p = *to.Pick
	}
	given := false
	for name, set := range map[string]func(){
		"pick": func() { p.How = session.PickHow(b.pick) }, "n": func() { p.N = b.n }, "by": func() { p.By = b.by }, "pick-seed": func() { p.Seed = b.seed },
		"query": func() { p.Query = b.query }, "column": func() { p.Column = b.column }, "sort": func() { p.Sort = b.sort }, "limit": func() { p.Limit = b.limit },
		"cut": func() { p.Cut = b.cut }, "from": func() { p.Bank = b.from == "bank" },
	} {
		if has(name) || name == "from" && b.some {
			set()
			given = true
		}
	}
	if !given {
		return nil
	}
	if has("from") && b.from != "bank" && b.from != "block" {
		return usage("--from %q: write block or bank", text.Raw(b.from))
	}
	if p.How == session.PickColumn && !has("from") {
		p.Bank = false // the case brings them
	}
	if has("n") && !has("pick") && p.How == session.PickAll {
		p.How = session.PickFirst
	}
	if p.How == session.PickAll {
		p.N, p.By, p.Seed, p.Query, p.Column, p.Sort = 0, "", 0, "", "", ""
	}
	to.Pick = &p
	if err := p.Check(to.Kind); err != nil {
		return err
	}
	if p == (session.Pick{How: session.PickAll}) {
		to.Pick = nil
	}
	return nil
}

// scaffolds are the names of what a block can begin as.
func scaffolds() string {
	var names []string
	for _, s := range session.Scaffolds() {
		names = append(names, s.Name+" ("+s.Help+")")
	}
	return strings.Join(names, ", ")
}

// scaffold is the block that begins as the scaffold of that name, of a kind that is
// words.
func scaffold(name string, k session.Kind) (session.Block, error) {
	switch k {
	case session.KindSystem, session.KindInstructions, session.KindInput:
	default:
		return session.Block{}, usage("a scaffold is words, and a %s block is none; begin one of kind instructions", k)
	}
	for _, s := range session.Scaffolds() {
		if s.Name == name {
			return s.Block, nil
		}
	}
	return session.Block{}, usage("there is no scaffold %q; write one of: %s", text.Raw(name), scaffolds())
}

func copyVariant(g *globals) *cobra.Command {
	var twin, intent string
	c := &cobra.Command{
		Use:   "variant VARIANT NEW",
		Short: "Copy a variant, or make its twin in another wrapper; it begins at revision 1",
		Args:  wants(2, 2),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		v, name, err := d.variantAnd(ctx, args[0], args[1])
		if err != nil {
			return err
		}
		if !c.Flags().Changed("twin") {
			made, err := d.store.CopyVariant(ctx, v.ID, name)
			if err == nil {
				g.say("%s", text.Raw(made.Ref().String()))
			}
			return err
		}
		var to session.Block
		if err := to.SetWrap(twin); err != nil {
			return err
		}
		if intent == "" {
			intent = "twin of " + v.Ref().String() + " in " + twin
		}
		made, err := d.store.CreateVariant(ctx, v.PromptID, name, v.Revision.Content.Twin(to.Wrap), text.Raw(intent))
		if err == nil {
			g.say("%s", text.Raw(made.Ref().String()))
		}
		return err
	})
	c.Flags().StringVar(&twin, "twin", "", "the same words with every block in another `WRAPPER`: none, xml, markdown or json")
	c.Flags().StringVar(&intent, "intent", "", "of a twin: one line on why, kept with the revision")
	return c
}
