package main

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

// whoJudges is the name that judgments are kept under: the one given, else that
// of the user of this machine.
func whoJudges(given string) (text.Raw, error) {
	switch given {
	case "":
		return judgeName(), nil
	case session.JudgeIdentical:
		return "", usage("%q is the judge of equal answers; choose another name with --as", text.Raw(given))
	}
	return text.Raw(given), nil
}

// asFlag adds --as.
func asFlag(c *cobra.Command, to *string) {
	c.Flags().StringVar(to, "as", "", "the `NAME` of who judges; default $USER")
}

// output is the answer that a name says: r7#3, the third of run 7, or the id of a
// cell as --json has it.
func (d *desk) output(ctx context.Context, name string) (session.Result, error) {
	run, place, ok := strings.Cut(name, "#")
	if !ok {
		return d.outputByUID(ctx, name)
	}
	id, err := session.ParseRunRef(run)
	if err != nil {
		return session.Result{}, err
	}
	n, err := strconv.Atoi(place)
	if err != nil || n < 1 {
		return session.Result{}, usage("output %q: write RUN#NUMBER, as galley list outputs shows it", text.Raw(name))
	}
	if _, err := d.store.Run(ctx, id); err != nil {
		return session.Result{}, err
	}
	found, err := d.store.ResultsPage(ctx, id, n-1, 1)
	if err != nil {
		return session.Result{}, err
	}
	if len(found) == 0 {
		return session.Result{}, usage("there is no output %s; galley list outputs --run %s lists those of the run", text.Raw(name), text.Raw(run))
	}
	return found[0], nil
}

// outputByUID looks through the runs, the newest first.
func (d *desk) outputByUID(ctx context.Context, uid string) (session.Result, error) {
	runs, err := d.store.Runs(ctx, 0)
	if err != nil {
		return session.Result{}, err
	}
	for _, r := range runs {
		results, err := d.store.Results(ctx, r.ID)
		if err != nil {
			return session.Result{}, err
		}
		for _, x := range results {
			if x.Cell.UID == uid {
				return x, nil
			}
		}
	}
	return session.Result{}, usage("there is no output %q; write RUN#NUMBER, as galley list outputs shows it", text.Raw(uid))
}

// answered is an output that there is something to say of.
func (d *desk) answered(ctx context.Context, name string) (session.Result, error) {
	r, err := d.output(ctx, name)
	if err == nil && !r.Output.Status.Finished() {
		err = usage("%s has no answer: it is %s", outputName(r), r.Output.Status)
	}
	return r, err
}

// outputName is "r7#3".
func outputName(r session.Result) string {
	return session.Run{ID: r.Cell.RunID}.Name() + "#" + itoa(r.Cell.Index+1)
}

func labelCommand(g *globals) *cobra.Command {
	var as, reason string
	c := &cobra.Command{
		Use:   "label OUTPUT pass|fail",
		Short: "Say whether an answer is good enough; a second label of yours replaces the first",
		Args:  wants(2, 2),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			choice := session.Choice(args[1])
			if choice != session.ChoicePass && choice != session.ChoiceFail {
				return usage("label %q: write pass or fail", text.Raw(args[1]))
			}
			judge, err := whoJudges(as)
			if err != nil {
				return err
			}
			r, err := d.answered(ctx, args[0])
			if err != nil {
				return err
			}
			if err := d.label(ctx, r.Cell.ID, choice, judge, text.Raw(reason)); err != nil {
				return err
			}
			g.say("%s", outputName(r))
			return nil
		}),
	}
	c.Flags().StringVar(&reason, "reason", "", "why, in your `WORDS`")
	asFlag(c, &as)
	return c
}

func noteCommand(g *globals) *cobra.Command {
	var as, mode string
	var s source
	c := &cobra.Command{
		Use:   "note OUTPUT [TEXT]",
		Short: "Put a note beside an answer, and under a failure mode",
		Args:  wants(1, 2),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		judge, err := whoJudges(as)
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
		if !ok || strings.TrimSpace(string(words)) == "" {
			return usage("the note wants a text: as an argument, with --file FILE or on stdin")
		}
		r, err := d.output(ctx, args[0])
		if err != nil {
			return err
		}
		var m session.FailureMode
		if mode != "" {
			run, err := d.store.Run(ctx, r.Cell.RunID)
			if err != nil {
				return err
			}
			if m, err = d.mode(ctx, run.PromptID, mode); err != nil {
				return err
			}
		}
		n, err := d.store.AddNoteBy(ctx, r.Cell.ID, judge, words)
		if err != nil {
			return err
		}
		if m.ID != 0 {
			if err := d.store.SetNoteMode(ctx, n.ID, m.ID); err != nil {
				return err
			}
		}
		g.say("%d", n.ID)
		return nil
	})
	s.flags(c, "the text")
	c.Flags().StringVar(&mode, "mode", "", "put it under this failure `MODE`")
	asFlag(c, &as)
	return c
}

func correctCommand(g *globals) *cobra.Command {
	var as string
	var s source
	c := &cobra.Command{
		Use:   "correct OUTPUT",
		Short: "Say what an answer should have been: the case wants it from now on, and it is preferred",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			judge, err := whoJudges(as)
			if err != nil {
				return err
			}
			words, ok, err := g.given(s.file, s.exact, true)
			if err != nil {
				return err
			}
			if !ok {
				return usage("the correction wants a text: with --file FILE or on stdin")
			}
			r, err := d.answered(ctx, args[0])
			if err != nil {
				return err
			}
			if words == r.Output.Whole() {
				return usage("that is what %s says already; nothing was changed", outputName(r))
			}
			if _, err := d.store.Correct(ctx, r.Cell.ID, judge, words); err != nil {
				return err
			}
			g.say("%s", outputName(r))
			return nil
		}),
	}
	s.flags(c, "what it should have been")
	asFlag(c, &as)
	return c
}

// mode is a failure mode of a prompt by its name, or by its number.
func (d *desk) mode(ctx context.Context, promptID int64, name string) (session.FailureMode, error) {
	modes, err := d.store.Modes(ctx, promptID)
	if err != nil {
		return session.FailureMode{}, err
	}
	known := make([]string, len(modes))
	for i, m := range modes {
		if string(m.Name) == name {
			return m, nil
		}
		known[i] = m.Name.String()
	}
	hint := "galley new mode makes one"
	if len(known) > 0 {
		hint = "there are " + strings.Join(known, ", ")
	}
	return session.FailureMode{}, usage("there is no failure mode %q; %s", text.Raw(name), hint)
}

// label keeps a pass or a fail on one output in place of the judge's earlier one.
func (d *desk) label(ctx context.Context, cellID int64, choice session.Choice, judge, reason text.Raw) error {
	r, err := d.store.Result(ctx, cellID)
	if err != nil {
		return err
	}
	run, err := d.store.Run(ctx, r.Cell.RunID)
	if err != nil {
		return err
	}
	if session.TypedBy(judge, run.Author, r.Cell.Contestant) {
		return usage("%s typed the answer of %s; nobody judges their own", judge, outputName(r))
	}
	_, err = d.store.Label(ctx, session.Verdict{
		PromptID: run.PromptID, Judge: judge, Mode: session.JudgePassFail, Case: r.Cell.Case(), CaseTags: r.Cell.CaseTags, Take: r.Cell.Take,
		Left:   session.Side{CellID: cellID, Contestant: r.Cell.Contestant, Length: utf8.RuneCountInString(string(r.Output.Whole()))},
		Choice: choice, Reason: reason,
	})
	return err
}
