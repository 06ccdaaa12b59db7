package main

import (
	"context"

	"github.com/spf13/cobra"

	"galley/session/text"
)

func renameCommand(g *globals) *cobra.Command {
	return nouns("rename", "Rename a prompt, variant, case, shot, resource, suite or failure mode",
		deedCommand(g, "prompt NAME NEW", "Rename a prompt; its runs keep the name they began with",
			func(ctx context.Context, d *desk, _ string, a []string) (text.Raw, error) {
				p, err := d.store.Prompt(ctx, a[0])
				if err != nil {
					return "", err
				}
				return text.Raw(a[1]), d.store.RenamePrompt(ctx, p.ID, a[1])
			}),
		deedCommand(g, "variant VARIANT NEW", "Rename a variant",
			func(ctx context.Context, d *desk, _ string, a []string) (text.Raw, error) {
				v, name, err := d.variantAnd(ctx, a[0], a[1])
				if err != nil {
					return "", err
				}
				return v.Prompt + "/" + text.Raw(name), d.store.RenameVariant(ctx, v.ID, name)
			}),
		deedCommand(g, "case NAME NEW", "Rename a case",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				p, c, err := d.caseOf(ctx, prompt, a[0])
				if err == nil {
					err = lentBy(p, c, "renamed")
				}
				if err != nil {
					return "", err
				}
				return text.Raw(a[1]), d.store.RenameCase(ctx, c.ID, a[1])
			}),
		deedCommand(g, "shot NAME NEW", "Rename a shot of the bank",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				s, err := d.shotOf(ctx, prompt, a[0])
				if err != nil {
					return "", err
				}
				return text.Raw(a[1]), d.store.RenameShot(ctx, s.ID, a[1])
			}),
		renameResource(g),
		deedCommand(g, "suite SUITE NEW", "Rename a suite",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				s, err := d.suite(ctx, prompt, a[0])
				if err != nil {
					return "", err
				}
				return text.Raw(a[1]), d.store.RenameSuite(ctx, s.ID, a[1])
			}),
		deedCommand(g, "mode NAME NEW", "Rename a failure mode",
			func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
				m, err := d.modeOf(ctx, prompt, a[0])
				if err != nil {
					return "", err
				}
				return text.Raw(a[1]), d.store.RenameMode(ctx, m.ID, a[1])
			}))
}
