package main

import (
	"context"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

// crossed is what galley new cases did, as JSON.
type crossed struct {
	Prompt text.Raw   `json:"prompt"`
	Count  int        `json:"count"`
	Cases  []caseJSON `json:"cases"`
	DryRun bool       `json:"dry_run"`
}

func newCases(g *globals) *cobra.Command {
	var prompt, tags, split string
	var lists []string
	var dry bool
	c := &cobra.Command{
		Use:   "cases",
		Short: "Make a case of each combination of values, as one edit",
		Long: `Make a case of each combination of values, as one edit.

  galley new cases --cross lang=de,en --cross tone=formal,warm --dry-run

makes four: de-formal, de-warm, en-formal, en-warm, each with the tags lang:… and
tone:…, by which runs and reports can tell them apart. A comma inside a value is
written \, and more than 10000 cases are refused.`,
		Args: wants(0, 0),
		RunE: withDesk(g, func(ctx context.Context, d *desk, _ []string) error {
			p, err := d.prompt(ctx, prompt)
			if err != nil {
				return err
			}
			to, err := session.ParseSplit(split)
			if err != nil {
				return err
			}
			made, err := d.crossCases(ctx, p.ID, lists, tagList(tags), to)
			if err != nil {
				return err
			}
			if !dry {
				if made, err = d.store.CreateCases(ctx, p.ID, made); err != nil {
					return err
				}
			}
			return g.printCrossed(p, made, dry)
		}),
	}
	promptFlag(c, &prompt)
	c.Flags().StringArrayVar(&lists, "cross", nil, "a variable and its values, `NAME=VALUE,VALUE`; stands once for each variable")
	c.Flags().StringVar(&tags, "tags", "", "more `TAGS`, comma-separated")
	c.Flags().StringVar(&split, "split", "dev", "dev or holdout")
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be made, change nothing")
	_ = c.MarkFlagRequired("cross")
	jsonFlag(c, g, "print a JSON object")
	return c
}

// crossCases are the cases of a product, with names that are free.
func (d *desk) crossCases(ctx context.Context, promptID int64, lists []string, tags []text.Raw, split session.Split) ([]session.Case, error) {
	var vars []session.CrossVar
	for _, l := range lists {
		v, err := session.ParseCrossVar(l)
		if err != nil {
			return nil, usage("%w; nothing was changed", err)
		}
		vars = append(vars, v)
	}
	if err := session.CheckCross(vars); err != nil {
		return nil, usage("%w; nothing was changed", err)
	}
	cases, err := d.casesThere(ctx, nil, promptID)
	if err != nil {
		return nil, err
	}
	taken := map[text.Raw]bool{}
	for _, c := range cases {
		taken[c.Name] = true
	}
	return session.CrossCases(vars, tags, split, func(n text.Raw) bool { return taken[n] }), nil
}

func (g *globals) printCrossed(p session.PromptInfo, made []session.Case, dry bool) error {
	if g.json {
		out := crossed{Prompt: p.Name, Count: len(made), Cases: []caseJSON{}, DryRun: dry}
		for _, c := range made {
			out.Cases = append(out.Cases, toCaseJSON(c, ""))
		}
		return g.printJSON(out)
	}
	for _, c := range made {
		g.say("%s", c.Name)
	}
	verb := "made"
	if dry {
		verb = "would make"
	}
	g.talk("%s %s in %s", verb, plural(len(made), "case", "cases"), p.Name)
	return nil
}
