package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

func setCommand(g *globals) *cobra.Command {
	return nouns("set", "Set what blocks, parameters, cases, shots, resources, guidelines, splits, suites and more are like",
		setBlock(g), setVariant(g), setCase(g), setShot(g), setResource(g), setRelevance(g), setGuideline(g), setNote(g), setTags(g), setSplit(g), setWanted(g), setSuite(g), setMode(g))
}

func setBlock(g *globals) *cobra.Command {
	var s source
	var b blockFlags
	var keep saveFlags
	c := &cobra.Command{
		Use:   "block VARIANT#BLOCK",
		Short: "Switch a block on or off, move it, and say how it stands, what it holds and which of that is chosen",
		Args:  wants(1, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		v, i, err := d.block(ctx, args[0])
		if err != nil {
			return err
		}
		content := v.Revision.Content.Clone()
		to := content.Blocks[i]
		words, ok, err := g.given(s.file, s.exact, false)
		if err != nil {
			return err
		}
		if ok {
			to.Text = words
		}
		if err := b.apply(ctx, c, d, v, &to); err != nil {
			return err
		}
		content.Blocks[i] = to
		if b.at > 0 {
			content.Blocks = slices.Delete(content.Blocks, i, i+1)
			content.Blocks = slices.Insert(content.Blocks, min(b.at-1, len(content.Blocks)), to)
		}
		return keep.save(ctx, g, d, v, content, "set "+to.Name().String())
	})
	s.flags(c, "its text")
	b.flags(g, c)
	c.Flags().BoolVar(&b.on, "on", false, "switch it on")
	c.Flags().BoolVar(&b.off, "off", false, "switch it off")
	c.MarkFlagsMutuallyExclusive("on", "off")
	keep.flags(c)
	return c
}

func setVariant(g *globals) *cobra.Command {
	var keep saveFlags
	c := &cobra.Command{
		Use:   "variant VARIANT NAME=VALUE...",
		Short: "Set sampling parameters, NAME=VALUE or NAME=none",
		Long:  "Set sampling parameters: " + strings.Join(session.ParamNames(), ", ") + ".\nNAME=none leaves one to the server.",
		Args:  wants(2, 100),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			v, err := d.variant(ctx, args[0], "")
			if err != nil {
				return err
			}
			c := v.Revision.Content.Clone()
			for _, a := range args[1:] {
				name, value, ok := strings.Cut(a, "=")
				if !ok {
					return usage("parameter %q: write NAME=VALUE, as in temperature=0", text.Raw(a))
				}
				if err := c.Params.Set(name, value); err != nil {
					return err
				}
			}
			return keep.save(ctx, g, d, v, c, "set "+strings.Join(args[1:], " "))
		}),
	}
	keep.flags(c)
	return c
}

func setShot(g *globals) *cobra.Command {
	var prompt, input, output, calls, pin string
	var on, off bool
	c := &cobra.Command{
		Use:   "shot NAME",
		Short: "Change a shot of the bank, or switch it on or off",
		Args:  wants(1, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		s, err := d.shotOf(ctx, prompt, args[0])
		if err != nil {
			return err
		}
		if c.Flags().Changed("input") {
			s.Input = text.Raw(input)
		}
		if c.Flags().Changed("output") {
			s.Output = text.Raw(output)
		}
		if err := shotTraits(c, &s, calls, pin); err != nil {
			return err
		}
		s.Off = s.Off && !on || off
		if err := d.store.UpdateShot(ctx, s); err != nil {
			return err
		}
		g.say("%s", s.Name)
		return nil
	})
	promptFlag(c, &prompt)
	c.Flags().StringVar(&input, "input", "", "the `TEXT` of its input")
	c.Flags().StringVar(&output, "output", "", "the `TEXT` of its answer")
	c.Flags().BoolVar(&on, "on", false, "switch it on")
	c.Flags().BoolVar(&off, "off", false, "switch it off")
	c.MarkFlagsMutuallyExclusive("on", "off")
	shotFlags(c, &calls, &pin)
	c.MarkFlagsOneRequired("input", "output", "on", "off", "calls", "pin")
	return c
}

func setGuideline(g *globals) *cobra.Command {
	var s source
	c := &cobra.Command{
		Use:   "guideline PROMPT [TEXT]",
		Short: "Set what judges of a prompt are told",
		Args:  wants(1, 2),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, err := d.store.Prompt(ctx, args[0])
			if err != nil {
				return err
			}
			words, ok, err := g.given(s.file, s.exact, len(args) == 1)
			if err != nil {
				return err
			}
			if len(args) == 2 {
				words, ok = text.Raw(args[1]), true
			}
			if !ok {
				return usage("the guideline wants a text: as an argument, with --file FILE or on stdin")
			}
			if err := d.store.SetGuideline(ctx, p.ID, words); err != nil {
				return err
			}
			g.say("%s", p.Name)
			return nil
		}),
	}
	s.flags(c, "the text")
	return c
}

func setNote(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "note PROMPT TEXT",
		Short: "Set the line that says what a prompt is for",
		Args:  wants(2, 2),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, err := d.store.Prompt(ctx, args[0])
			if err != nil {
				return err
			}
			if err := d.store.SetPromptNote(ctx, p.ID, text.Raw(args[1])); err != nil {
				return err
			}
			g.say("%s", p.Name)
			return nil
		}),
	}
}

func setTags(g *globals) *cobra.Command {
	var prompt string
	var shots bool
	c := &cobra.Command{
		Use:   "tags CASES TAGS",
		Short: "Give cases (names, dev, holdout, tag:NAME, all) these tags in place of theirs; \"\" takes them away",
		Args:  wants(2, 2),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, err := d.prompt(ctx, prompt)
			if err != nil {
				return err
			}
			if shots {
				return d.tagShots(ctx, g, p, args[0], tagList(args[1]))
			}
			return d.changeCases(ctx, g, p, args[0], func(c *session.Case) { c.Tags = tagList(args[1]) })
		}),
	}
	promptFlag(c, &prompt)
	c.Flags().BoolVar(&shots, "shots", false, "the names are of shots")
	return c
}

func (d *desk) tagShots(ctx context.Context, g *globals, p session.PromptInfo, list string, tags []text.Raw) error {
	bank, err := d.store.Shots(ctx, p.ID)
	if err != nil {
		return err
	}
	picked, err := session.PickShots(bank, list)
	if err != nil {
		return err
	}
	for i := range picked {
		picked[i].Tags = tags
	}
	if err := d.store.UpdateShots(ctx, picked); err != nil {
		return err
	}
	for _, s := range picked {
		g.say("%s", s.Name)
	}
	return nil
}

// changeCases changes the cases that a list names, as one edit.
func (d *desk) changeCases(ctx context.Context, g *globals, p session.PromptInfo, list string, change func(*session.Case)) error {
	cases, err := d.casesThere(ctx, g, p.ID)
	if err != nil {
		return err
	}
	picked, err := session.PickCases(cases, list)
	if err != nil {
		return err
	}
	for i := range picked {
		change(&picked[i])
	}
	if err := d.writeCases(ctx, picked); err != nil {
		return err
	}
	for _, c := range picked {
		g.say("%s", c.Name)
	}
	return nil
}
