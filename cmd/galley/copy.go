package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

// deed is one noun of copy, rename or delete: what it does and the name that it
// prints.
type deed func(ctx context.Context, d *desk, prompt string, args []string) (printed text.Raw, err error)

// deedCommand is a subcommand of copy, rename or delete.
func deedCommand(g *globals, use, short string, do deed) *cobra.Command {
	var prompt string
	n := len(strings.Fields(use)) - 1
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  wants(n, n),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			name, err := do(ctx, d, prompt, args)
			if err == nil {
				g.say("%s", name)
			}
			return err
		}),
	}
	switch c.Name() {
	case "case", "shot", "suite", "mode":
		promptFlag(c, &prompt)
	}
	return c
}

func copyCommand(g *globals) *cobra.Command {
	return nouns("copy", "Copy a prompt, variant, block, case or shot",
		deedCommand(g, "prompt NAME NEW", "Copy variants, cases, shots and guideline under a new name",
			func(ctx context.Context, d *desk, _ string, a []string) (text.Raw, error) {
				p, err := d.store.Prompt(ctx, a[0])
				if err != nil {
					return "", err
				}
				made, err := d.store.CopyPrompt(ctx, p.ID, a[1])
				return made.Name, err
			}),
		copyVariant(g),
		copyBlock(g),
		deedCommand(g, "case NAME NEW", "Copy a case",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				p, c, err := d.caseOf(ctx, prompt, a[0])
				if err != nil {
					return "", err
				}
				made, err := d.copyCase(ctx, p, c, a[1])
				return made.Name, err
			}),
		deedCommand(g, "shot NAME NEW", "Copy a shot of the bank",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				s, err := d.shotOf(ctx, prompt, a[0])
				if err != nil {
					return "", err
				}
				made, err := d.store.CopyShot(ctx, s.ID, a[1])
				return made.Name, err
			}))
}

func copyBlock(g *globals) *cobra.Command {
	var keep saveFlags
	c := &cobra.Command{
		Use:   "block VARIANT#BLOCK",
		Short: "Copy a block; the copy follows it",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			v, i, err := d.block(ctx, args[0])
			if err != nil {
				return err
			}
			c := v.Revision.Content.Clone()
			b := session.Content{Blocks: c.Blocks[i : i+1]}.Clone().Blocks[0]
			b.UID = newUID()
			c.Blocks = slices.Insert(c.Blocks, i+1, b)
			return keep.save(ctx, g, d, v, c, "copy "+b.Name().String())
		}),
	}
	keep.flags(c)
	return c
}

// variantAnd is a variant and a new name for it, which may repeat the prompt.
func (d *desk) variantAnd(ctx context.Context, name, as string) (session.VariantInfo, string, error) {
	v, err := d.variant(ctx, name, "")
	if err != nil {
		return v, "", err
	}
	if p, rest, ok := strings.Cut(as, "/"); ok {
		if p != string(v.Prompt) {
			return v, "", usage("%s is another prompt; a variant stays with its own", text.Raw(p))
		}
		as = rest
	}
	return v, as, nil
}

func (d *desk) shotOf(ctx context.Context, prompt, name string) (session.Shot, error) {
	p, err := d.prompt(ctx, prompt)
	if err != nil {
		return session.Shot{}, err
	}
	return d.store.Shot(ctx, p.ID, name)
}
