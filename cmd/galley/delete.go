package main

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

func deleteCommand(g *globals) *cobra.Command {
	return nouns("delete", "Delete a prompt or something of it: a variant, block, case, shot, resource, run, note, suite or failure mode",
		deedCommand(g, "prompt NAME", "Delete a prompt with its variants, cases and shots; its runs stay",
			func(ctx context.Context, d *desk, _ string, a []string) (text.Raw, error) {
				p, err := d.store.Prompt(ctx, a[0])
				if err != nil {
					return "", err
				}
				if err := d.store.DeletePrompt(ctx, p.ID); err != nil {
					return "", err
				}
				g.talk("%s, %s and %s went with it; galley undo brings them back", plural(p.Variants, "variant", "variants"),
					plural(p.Cases, "case", "cases"), plural(p.Shots, "shot", "shots"))
				if p.Runs > 0 {
					stay := "its runs stay"
					if p.Runs == 1 {
						stay = "its run stays"
					}
					g.talk("%s; galley list runs, without --prompt, lists them", stay)
				}
				return p.Name, d.talkBindings(ctx, g, func(b session.Binding) bool { return b.FromID == p.ID })
			}),
		deedCommand(g, "variant VARIANT", "Delete a variant with its revisions; outputs keep what they were asked with",
			func(ctx context.Context, d *desk, _ string, a []string) (text.Raw, error) {
				v, err := d.variant(ctx, a[0], "")
				if err != nil {
					return "", err
				}
				return v.Prompt + "/" + v.Name, d.store.DeleteVariant(ctx, v.ID)
			}),
		deleteBlock(g),
		deedCommand(g, "case NAME", "Delete a case",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				p, c, err := d.caseOf(ctx, prompt, a[0])
				if err == nil {
					err = lentBy(p, c, "deleted")
				}
				if err != nil {
					return "", err
				}
				return c.Name, d.store.DeleteCase(ctx, c.ID)
			}),
		deedCommand(g, "shot NAME", "Delete a shot of the bank; variants keep their copies",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				s, err := d.shotOf(ctx, prompt, a[0])
				if err != nil {
					return "", err
				}
				return s.Name, d.store.DeleteShot(ctx, s.ID)
			}),
		deedCommand(g, "run RUN", "Delete a run with its outputs",
			func(ctx context.Context, d *desk, _ string, a []string) (text.Raw, error) {
				id, err := session.ParseRunRef(a[0])
				if err != nil {
					return "", err
				}
				r, err := d.store.Run(ctx, id)
				if err != nil {
					return "", err
				}
				if err := d.store.DeleteRun(ctx, id); err != nil {
					return "", err
				}
				return text.Raw(r.Name()), d.talkBindings(ctx, g, func(b session.Binding) bool { return b.RunID == id })
			}),
		deedCommand(g, "note NUMBER", "Delete a note beside an output",
			func(ctx context.Context, d *desk, _ string, a []string) (text.Raw, error) {
				id, err := strconv.ParseInt(a[0], 10, 64)
				if err != nil {
					return "", usage("note %q: write its number, as galley list notes shows it", text.Raw(a[0]))
				}
				return text.Raw(a[0]), d.store.DeleteNote(ctx, id)
			}),
		deleteResource(g), deleteSuite(g), deleteMode(g))
}

func deleteBlock(g *globals) *cobra.Command {
	var keep saveFlags
	c := &cobra.Command{
		Use:   "block VARIANT#BLOCK",
		Short: "Take a block out of a variant, as a new revision",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			v, i, err := d.block(ctx, args[0])
			if err != nil {
				return err
			}
			c := v.Revision.Content.Clone()
			name := c.Blocks[i].Name().String()
			c.Blocks = slices.Delete(c.Blocks, i, i+1)
			return keep.save(ctx, g, d, v, c, "delete "+name)
		}),
	}
	keep.flags(c)
	return c
}
