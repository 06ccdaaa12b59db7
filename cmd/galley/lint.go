package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

func lintCommand(g *globals) *cobra.Command {
	var kase, file, order string
	c := &cobra.Command{
		Use:   "lint [VARIANT]",
		Short: "Say what is wrong with an exact final context; exit 1 when something surely is",
		Args:  wants(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case (file == "") == (len(args) == 0):
				return usage("lint wants a variant, or --file FILE: a text, or a JSON list of messages")
			case file != "":
				return headless(g, func(context.Context, []string) error { return lintFile(g, file) })(cmd, args)
			}
			return withDesk(g, func(ctx context.Context, d *desk, args []string) error {
				v, k, p, err := d.compose(ctx, args[0], kase, order)
				if err != nil {
					return err
				}
				return g.findings(lint.Check(v.Revision.Content, k, p, lint.Options{}))
			})(cmd, args)
		},
	}
	c.Flags().StringVar(&kase, "case", "", "the `CASE`; default the prompt's first")
	c.Flags().StringVar(&order, "order", "", "the `ORDER` of shots; default the variant's own")
	c.Flags().StringVar(&file, "file", "", "a text or a JSON list of messages in `FILE`, - for stdin")
	jsonFlag(c, g, "print a JSON list")
	return c
}

func lintFile(g *globals, file string) error {
	data, err := g.readFile(file)
	if err != nil {
		return err
	}
	c, p, err := lint.FromFile(data)
	if err != nil {
		return usage("%s: %w", text.Raw(sourceName(file)), err)
	}
	return g.findings(lint.Check(c, session.Case{}, p, lint.Options{Bare: true}))
}

// compose is the exact final context of a variant and a case: "" is the first of
// the prompt, or none where it has none.
func (d *desk) compose(ctx context.Context, variant, kase, order string) (session.VariantInfo, session.Case, session.Proof, error) {
	var k session.Case
	v, err := d.variant(ctx, variant, "")
	if err != nil {
		return v, k, session.Proof{}, err
	}
	if kase != "" {
		k, err = d.store.Case(ctx, v.PromptID, kase)
	} else {
		var cases []session.Case
		if cases, err = d.store.Cases(ctx, v.PromptID); err == nil && len(cases) > 0 {
			k = cases[0]
		}
	}
	if err != nil {
		return v, k, session.Proof{}, err
	}
	o, err := session.ParseOrder(order)
	if err != nil {
		return v, k, session.Proof{}, err
	}
	return v, k, session.Compose(v.Revision.Content, k, o), nil
}

// findings prints what lint found; something of severity error is exit code 1.
func (g *globals) findings(fs []lint.Finding) error {
	if g.json {
		if err := g.printJSON(fs); err != nil {
			return err
		}
	} else {
		g.printFindings(fs)
	}
	if lint.Worst(fs) == lint.Error {
		return &exitError{exitFailed, nil}
	}
	return nil
}

func (g *globals) printFindings(fs []lint.Finding) {
	style := map[lint.Severity]string{lint.Error: styleBad, lint.Warning: styleWarn, lint.Note: styleDim}
	for _, f := range fs {
		where := ""
		if len(f.Spans) > 0 {
			where = fmt.Sprintf("message %d, line %d: ", f.Spans[0].Message+1, f.Spans[0].Line)
		}
		g.say("%s %s%s (%s)", g.paint(style[f.Severity], string(f.Severity)+":"), where, text.Of(f.Message).OneLine(), f.Rule)
	}
	if len(fs) == 0 {
		g.talk("nothing found")
	}
}
