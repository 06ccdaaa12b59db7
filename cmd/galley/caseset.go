package main

import (
	"context"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

func setCase(g *globals) *cobra.Command {
	var prompt, wanted, split, tags string
	var given, without []string
	var nothing bool
	c := &cobra.Command{
		Use:   "case NAME",
		Short: "Set values of a case, the answer that is wanted, its split and tags",
		Args:  wants(1, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		_, k, err := d.caseOf(ctx, prompt, args[0])
		if err != nil {
			return err
		}
		values, err := session.ParseVars(given)
		if err != nil {
			return err
		}
		if len(values)+len(without) > 0 && k.Borrowed != "" {
			return usage("%s is borrowed from %s, where its values are changed; nothing was changed here", k.Name, k.Borrowed)
		}
		for _, v := range values {
			if i := slices.IndexFunc(k.Vars, func(o session.Var) bool { return o.Name == v.Name }); i >= 0 {
				k.Vars[i] = v
			} else {
				k.Vars = append(k.Vars, v)
			}
		}
		for _, name := range without {
			i := slices.IndexFunc(k.Vars, func(o session.Var) bool { return string(o.Name) == name })
			if i < 0 {
				return usage("%s has no variable %q; nothing was changed", k.Name, text.Raw(name))
			}
			k.Vars = slices.Delete(k.Vars, i, i+1)
		}
		if split != "" {
			if k.Split, err = session.ParseSplit(split); err != nil {
				return err
			}
		}
		if c.Flags().Changed("tags") {
			k.Tags = tagList(tags)
		}
		switch {
		case nothing:
			k.Wanted = nil
		case c.Flags().Changed("wanted"):
			w := text.Raw(wanted)
			k.Wanted = &w
		}
		if err := d.writeCases(ctx, []session.Case{k}); err != nil {
			return err
		}
		g.say("%s", k.Name)
		return nil
	})
	promptFlag(c, &prompt)
	c.Flags().StringArrayVar(&given, "var", nil, "a value, `NAME=VALUE`; may stand several times")
	c.Flags().StringArrayVar(&without, "without", nil, "take the variable `NAME` away; may stand several times")
	c.Flags().StringVar(&wanted, "wanted", "", "the `ANSWER` that is right; \"\" is an empty one")
	c.Flags().BoolVar(&nothing, "nothing-wanted", false, "no answer is right or wrong")
	c.Flags().StringVar(&split, "split", "", "dev or holdout")
	c.Flags().StringVar(&tags, "tags", "", "these `TAGS` in place of its own, comma-separated")
	c.MarkFlagsMutuallyExclusive("wanted", "nothing-wanted")
	c.MarkFlagsOneRequired("var", "without", "wanted", "nothing-wanted", "split", "tags")
	return c
}

func setSplit(g *globals) *cobra.Command {
	var prompt string
	var holdout float64
	var seed uint64
	c := &cobra.Command{
		Use:   "split CASES dev|holdout | split --holdout SHARE [--seed S]",
		Short: "Put cases (names, tag:NAME, all) into a split, or draw a holdout by seed",
		Long: `Put cases (names, tag:NAME, all) into a split.

With --holdout 0.3 --seed 7, three cases in ten are drawn into the holdout and all
others put into dev: the same share of those with each first tag, as nearly as can
be, and the same cases whenever seed and names are the same.`,
		Args: wants(0, 2),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		p, err := d.prompt(ctx, prompt)
		if err != nil {
			return err
		}
		if !c.Flags().Changed("holdout") {
			if len(args) != 2 {
				return usage("name the cases and a split, as in: galley set split all dev; or draw: galley set split --holdout 0.3")
			}
			split, err := session.ParseSplit(args[1])
			if err != nil {
				return err
			}
			return d.changeCases(ctx, g, p, args[0], func(c *session.Case) { c.Split = split })
		}
		if len(args) != 0 {
			return usage("--holdout draws from all cases; leave %s out", text.Raw(args[0]))
		}
		if math.IsNaN(holdout) || holdout < 0 || holdout > 1 {
			return usage("--holdout is a share from 0 to 1, as in 0.3")
		}
		return d.drawHoldout(ctx, g, p, holdout, seed)
	})
	promptFlag(c, &prompt)
	c.Flags().Float64Var(&holdout, "holdout", 0, "draw this `SHARE` of the cases into the holdout, 0 to 1")
	c.Flags().Uint64Var(&seed, "seed", 1, "the `SEED` of the draw")
	return c
}

// drawHoldout puts a share of the cases into the holdout, and the others into dev,
// as one edit.
func (d *desk) drawHoldout(ctx context.Context, g *globals, p session.PromptInfo, share float64, seed uint64) error {
	cases, err := d.casesThere(ctx, g, p.ID)
	if err != nil {
		return err
	}
	changed, in := splitBy(cases, share, seed)
	lent := 0
	for _, c := range cases {
		if c.Borrowed != "" {
			lent++
		}
	}
	own := len(cases) - lent
	switch {
	case len(cases) == 0:
		return usage("%s has no case to draw from; galley import cases FILE brings some", p.Name)
	case own == 0:
		return usage("all %s of %s are borrowed and stand in the split that they have upstream; draw it there, or name cases: galley set split c1,c2 holdout", plural(lent, "case", "cases"), p.Name)
	}
	if len(changed) > 0 {
		if err := d.store.UpdateCases(ctx, changed); err != nil {
			return err
		}
	}
	for _, c := range in {
		g.say("%s", c.Name)
	}
	g.talk("%d of %s in %s are the holdout", len(in), plural(own, "case", "cases"), p.Name)
	if lent > 0 {
		g.talk("%s, in the split of the case that each is of", plural(lent, "borrowed case is not drawn", "borrowed cases are not drawn"))
	}
	return nil
}

// splitBy is the cases that a draw moves, as they are then, and those that it has
// in the holdout.
func splitBy(cases []session.Case, share float64, seed uint64) (changed, in []session.Case) {
	for i, yes := range session.DrawHoldout(cases, share, seed) {
		c := cases[i]
		if c.Borrowed != "" {
			continue
		}
		to := session.SplitDev
		if yes {
			to = session.SplitHoldout
		}
		moved := c.Split != to
		c.Split = to
		if yes {
			in = append(in, c)
		}
		if moved {
			changed = append(changed, c)
		}
	}
	return changed, in
}

func setWanted(g *globals) *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "wanted --from OUTPUT",
		Short: "Keep an answer as the one that its case wants",
		Long: `Keep an answer as the one that its case wants, to the byte. OUTPUT is RUN#NUMBER, as
galley list outputs shows it. A wanted answer that is written by hand is set with
galley set case NAME --wanted TEXT; galley undo takes either back.`,
		Args: wants(0, 0),
		RunE: withDesk(g, func(ctx context.Context, d *desk, _ []string) error {
			r, err := d.output(ctx, from)
			if err != nil {
				return err
			}
			said, err := d.keepWanted(ctx, r)
			if err != nil {
				return err
			}
			g.say("%s", r.Cell.CaseName)
			g.talk("%s", said)
			return nil
		}),
	}
	c.Flags().StringVar(&from, "from", "", "the `OUTPUT` to keep, as in r7#3")
	_ = c.MarkFlagRequired("from")
	return c
}

// keepWanted makes a whole answer what its case wants, and says so.
func (d *desk) keepWanted(ctx context.Context, r session.Result) (string, error) {
	if r.Output.Status != session.StatusDone {
		return "", usage("%s is no whole answer: it is %s; nothing was changed", outputName(r), r.Output.Status)
	}
	run, err := d.store.Run(ctx, r.Cell.RunID)
	if err != nil {
		return "", err
	}
	cases, err := d.store.Cases(ctx, run.PromptID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(cases, func(c session.Case) bool { return c.ID != 0 && c.ID == r.Cell.CaseID })
	if i < 0 { // it was borrowed, or came from outside
		i = slices.IndexFunc(cases, func(c session.Case) bool { return c.Name == r.Cell.CaseName })
	}
	if i < 0 {
		return "", usage("the case %q of %s is not there any more; nothing was changed", r.Cell.CaseName, outputName(r))
	}
	c := cases[i]
	whole := r.Output.Whole()
	if c.Wanted != nil && *c.Wanted == whole {
		return string(c.Name) + " wants just that already", nil
	}
	c.Wanted = &whole
	if err := d.writeCases(ctx, []session.Case{c}); err != nil {
		return "", err
	}
	return "what " + c.Name.String() + " wants is the answer of " + outputName(r), nil
}

// wantCell is keepWanted for a cell.
func (d *desk) wantCell(ctx context.Context, cellID int64) (string, error) {
	r, err := d.store.Result(ctx, cellID)
	if err != nil {
		return "", err
	}
	return d.keepWanted(ctx, r)
}
