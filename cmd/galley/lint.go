package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

// lintFlags are what galley lint is asked for.
type lintFlags struct {
	kase, file, order, reason string
	silence                   int
	unsilence                 int64
	silences, all             bool
}

func lintCommand(g *globals) *cobra.Command {
	var f lintFlags
	c := &cobra.Command{
		Use:   "lint [VARIANT]",
		Short: "Say what is wrong with an exact final context; exit 1 when something surely is",
		Long: "Say what is wrong with an exact final context: rules that pull apart, examples that break them, repeats, leaks and more.\n" +
			"It asks no model and changes nothing. Findings are numbered; what does not hold here is silenced with a reason, which is kept\n" +
			"for as long as the words stand. galley help lint tells the rules. Exit 1 when something of severity error is found.",
		Args: wants(0, 1),
	}
	c.RunE = func(cmd *cobra.Command, args []string) error {
		silencing := c.Flags().Changed("silence")
		switch {
		case (f.file == "") == (len(args) == 0):
			return usage("lint wants a variant, or --file FILE: a text, or a JSON list of messages")
		case f.file != "" && (silencing || f.silences || f.unsilence != 0):
			return usage("silences are kept with a prompt: name a variant, not a file")
		case silencing && text.Raw(f.reason).Blank():
			return usage("a finding is silenced with a reason: add --reason \"why it does not hold here\"")
		case !silencing && f.reason != "":
			return usage("--reason goes with --silence N, the number of the finding")
		case f.file != "":
			return headless(g, func(context.Context, []string) error { return lintFile(g, f.file) })(cmd, args)
		}
		return withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			return d.lint(ctx, g, args[0], f, silencing)
		})(cmd, args)
	}
	c.Flags().StringVar(&f.kase, "case", "", "the `CASE`; default the prompt's first")
	c.Flags().StringVar(&f.order, "order", "", "the `ORDER` of shots; default the variant's own")
	c.Flags().StringVar(&f.file, "file", "", "a text or a JSON list of messages in `FILE`, - for stdin")
	c.Flags().BoolVar(&f.all, "all", false, "print silenced findings too, with their reasons")
	c.Flags().IntVar(&f.silence, "silence", 0, "silence finding `N`, as it is numbered, for the whole prompt")
	c.Flags().StringVar(&f.reason, "reason", "", "`WHY` it does not hold here, with --silence")
	c.Flags().Int64Var(&f.unsilence, "unsilence", 0, "let what silence `ID` is about speak again")
	c.Flags().BoolVar(&f.silences, "silences", false, "list what is silenced in the prompt, and which of it is stale")
	c.MarkFlagsMutuallyExclusive("silence", "unsilence", "silences")
	jsonFlag(c, g, "print a JSON list")
	return c
}

// lint checks a variant, or works on the silences of its prompt.
func (d *desk) lint(ctx context.Context, g *globals, variant string, f lintFlags, silencing bool) error {
	v, k, p, err := d.compose(ctx, variant, f.kase, f.order)
	if err != nil {
		return err
	}
	switch {
	case f.silences:
		return d.listSilences(ctx, g, v)
	case f.unsilence != 0:
		return d.unsilence(ctx, g, v, f.unsilence)
	}
	o, err := d.lintOptions(ctx, v.PromptID)
	if err != nil {
		return err
	}
	o.Tokens = d.count(ctx, p, "")
	fs := lint.Check(v.Revision.Content, k, p, o)
	if silencing {
		return d.silenceOne(ctx, g, v, p, fs, f.silence, text.Raw(f.reason))
	}
	return g.findings(fs, f.all)
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
	return g.findings(lint.Check(c, session.Case{}, p, lint.Options{Bare: true}), false)
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

// findings prints what lint found; something of severity error that is not silenced
// is exit code 1. JSON always holds what is silenced.
func (g *globals) findings(fs []lint.Finding, all bool) error {
	if g.json {
		if err := g.printJSON(fs); err != nil {
			return err
		}
	} else {
		g.printFindings(fs, all)
	}
	if lint.Worst(fs) == lint.Error {
		return &exitError{exitFailed, nil}
	}
	return nil
}

func (g *globals) printFindings(fs []lint.Finding, all bool) {
	style := map[lint.Severity]string{lint.Error: styleBad, lint.Warning: styleWarn, lint.Note: styleDim}
	speaking, silenced := 0, 0
	for _, f := range fs {
		where := ""
		if len(f.Spans) > 0 {
			where = fmt.Sprintf("message %d, line %d: ", f.Spans[0].Message+1, f.Spans[0].Line)
		}
		what := text.Of(f.Message).OneLine()
		if f.Silenced != "" {
			if silenced++; all {
				g.say("%s %s%s (%s) %s", g.paint(styleDim, fmt.Sprintf("silenced %d:", f.SilenceID)), where, what, f.Rule,
					g.paint(styleDim, "because: "+text.Show(f.Silenced).OneLine().String()))
			}
			continue
		}
		speaking++
		g.say("%d. %s %s%s (%s)", speaking, g.paint(style[f.Severity], string(f.Severity)+":"), where, what, f.Rule)
	}
	hint := ""
	if silenced > 0 && !all {
		hint = fmt.Sprintf("; %d silenced, galley lint --all shows what and why", silenced)
	}
	switch {
	case speaking == 0:
		g.talk("nothing found%s", hint)
	case hint != "":
		g.talk("%d found%s", speaking, hint)
	}
}
