package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/tui/judge"
)

// judging are the flags of galley judge.
type judging struct {
	prompt, run, as, mode string
	next, undo, anew      bool
	decide, reason        string
	choice                string
}

func judgeCommand(g *globals) *cobra.Command {
	var o judging
	c := &cobra.Command{
		Use:   "judge",
		Short: "Judge answers blind, at the workbench or a duel at a time",
		Long: `Judge answers blind. At a terminal it opens the workbench at the Judge station.

For scripts a duel at a time: --next shows the one in front, with its token;
--decide TOKEN keeps a verdict on it and shows the next. A verdict is left,
right, tie, both_bad or skip, with --mode passfail pass, fail or skip. Nothing
that is shown tells who answered.

  galley judge --next --json
  galley judge --decide 5f0c… left --reason "answers all of it"
  galley judge --undo

Exit code 3 where there is nothing to judge.`,
		Args: wants(0, 1),
	}
	scripted := withDesk(g, func(ctx context.Context, d *desk, _ []string) error { return d.judgeOne(ctx, g, o) })
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if (o.decide != "") != (len(args) == 1) {
			return usage("use: galley judge --decide TOKEN VERDICT; see galley judge --help")
		}
		if len(args) == 1 {
			o.choice = args[0]
		}
		if m := session.JudgeMode(o.mode); m != session.JudgePairs && m != session.JudgePassFail {
			return usage("--mode %q: write pairs or passfail", text.Raw(o.mode))
		}
		if o.next || o.undo || o.decide != "" {
			return scripted(cmd, args)
		}
		if why := fitTerminal(); why != nil {
			return usage("%w; without one, galley judge --next shows a duel, and --decide keeps a verdict on it", why)
		}
		return judgeAtBench(cmd.Context(), g, o)
	}
	promptFlag(c, &o.prompt)
	asFlag(c, &o.as)
	f := c.Flags()
	f.StringVar(&o.run, "run", "", "answers of these `RUNS`, as in r1,r2; default the newest with two contestants")
	f.StringVar(&o.mode, "mode", string(session.JudgePairs), "pairs, or passfail: one answer at a time")
	f.BoolVar(&o.next, "next", false, "show the duel in front")
	f.StringVar(&o.decide, "decide", "", "keep a verdict on the duel of this `TOKEN`")
	f.StringVar(&o.reason, "reason", "", "why, in your `WORDS`")
	f.BoolVar(&o.undo, "undo", false, "take your newest verdict back, and show its duel again")
	f.BoolVar(&o.anew, "new", false, "begin a sitting, whether one is open or not")
	jsonFlag(c, g, "print a JSON object")
	c.MarkFlagsMutuallyExclusive("next", "decide", "undo")
	return c
}

// ask is what is to be judged, all names resolved.
func (o judging) ask(ctx context.Context, d *desk) (judge.Ask, error) {
	a := judge.Ask{Mode: session.JudgeMode(o.mode), Anew: o.anew}
	var err error
	if a.Judge, err = whoJudges(o.as); err != nil {
		return a, err
	}
	runs := session.SplitList(o.run)
	prompt := o.prompt
	if prompt == "" && len(runs) > 0 { // the runs say which
		id, err := session.ParseRunRef(runs[0])
		if err != nil {
			return a, err
		}
		run, err := d.store.Run(ctx, id)
		if err != nil {
			return a, err
		}
		prompt = string(run.Prompt)
	}
	p, err := d.prompt(ctx, prompt)
	if err != nil {
		return a, err
	}
	for _, name := range runs {
		run, err := d.runOf(ctx, p, name)
		if err != nil {
			return a, err
		}
		if run.StudyID != 0 {
			return a, usage("%s is of a study, whose answers are of changed variants and never judged; run a variant and judge that run", run.Name())
		}
		if !slices.Contains(a.RunIDs, run.ID) {
			a.RunIDs = append(a.RunIDs, run.ID)
		}
	}
	slices.Sort(a.RunIDs)
	slices.Reverse(a.RunIDs) // the newest first, as the screen has them: it is the same sitting
	a.PromptID = p.ID
	return a, nil
}

// judgeAtBench opens the workbench at the Judge station. What the flags name is
// found first, so that a slip is told on the command line.
func judgeAtBench(ctx context.Context, g *globals, o judging) error {
	at := opening{station: "Judge", prompt: o.prompt, judge: text.Raw(o.as)}
	err := onDesk(g, func(ctx context.Context, d *desk, _ []string) error {
		if o.prompt == "" && o.run == "" {
			_, err := whoJudges(o.as)
			at.arg = judge.Ask{Mode: session.JudgeMode(o.mode)}
			return err
		}
		a, err := o.ask(ctx, d)
		if err != nil {
			return err
		}
		prompts, err := d.store.Prompts(ctx)
		for _, p := range prompts {
			if p.ID == a.PromptID {
				at.prompt = string(p.Name)
			}
		}
		at.arg = a
		return err
	})(ctx, nil)
	if err != nil {
		return err
	}
	return workbench(ctx, g, g.workspacePath(), at)
}

// duelJSON is the duel in front, or how the sitting ended. It has no field that
// could tell who answered.
type duelJSON struct {
	Token     string            `json:"token"` // "" the sitting is over
	Mode      session.JudgeMode `json:"mode"`
	Number    int               `json:"number"`
	Of        int               `json:"of"`
	Done      int               `json:"done"`
	Guideline text.Raw          `json:"guideline"`
	Input     vars              `json:"input"`
	Left      text.Raw          `json:"left"`
	Right     *text.Raw         `json:"right"` // null: one answer, to pass or fail
	Over      bool              `json:"over"`
	Sentence  string            `json:"sentence"` // when it is over: how it stands, without names
	Extras    []string          `json:"extras"`
	More      int               `json:"can_more"` // duels that the next part would have
}

// tokenOf names a duel by what the judge is shown, so that a verdict can't be kept
// on another one.
func tokenOf(st judge.Step) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%d %d %d %d\n", st.Sitting, st.Done, len(st.Duel.Left), len(st.Duel.Right))
	h.Write([]byte(st.Duel.Left + st.Duel.Right))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// judgeOne is galley judge for scripts: a duel, a verdict on it, or one taken back.
func (d *desk) judgeOne(ctx context.Context, g *globals, o judging) error {
	a, err := o.ask(ctx, d)
	if err != nil {
		return err
	}
	c := newClerk(d)
	offer, err := c.offer(ctx, a)
	if err != nil {
		return err
	}
	if offer.Why != "" && offer.Open == 0 && !o.undo {
		return &exitError{exitIncomplete, fmt.Errorf("nothing to judge: %s", shownLine(offer.Why))}
	}
	st, err := c.begin(ctx, a)
	if err != nil {
		return usage("%w", err)
	}
	switch {
	case o.undo:
		st, err = c.undo(ctx, st.Sitting)
	case o.decide != "":
		choice := session.Choice(o.choice)
		if !choice.Fits(a.Mode) {
			return usage("verdict %q: write one of left, right, tie, both_bad and skip, or with --mode passfail pass, fail or skip", text.Raw(o.choice))
		}
		if st.Duel == nil || tokenOf(st) != o.decide {
			return usage("the duel of that token is not in front any more; nothing was kept; galley judge --next shows the one that is")
		}
		st, err = c.rule(ctx, judge.Ruling{Sitting: st.Sitting, Token: st.Token, Choice: choice, Reason: text.Raw(o.reason)})
	}
	if err != nil {
		return usage("%w", err)
	}
	return g.printDuel(a, st)
}

func (g *globals) printDuel(a judge.Ask, st judge.Step) error {
	j := duelJSON{Mode: a.Mode, Of: st.Of, Done: st.Done, Input: vars{}, Over: st.Duel == nil, Sentence: st.Sentence, Extras: orEmpty(st.Extras), More: st.CanMore}
	if d := st.Duel; d != nil {
		j.Token, j.Number, j.Guideline, j.Input, j.Left = tokenOf(st), d.Number, d.Guideline, vars(d.Input), d.Left
		if a.Mode == session.JudgePairs {
			j.Right = &d.Right
		}
	}
	if g.json {
		return g.printJSON(j)
	}
	if j.Over {
		g.say("%s", shownLine(strings.Join(append([]string{st.Sentence}, st.Extras...), " ")))
		return nil
	}
	g.say("%s", g.paint(styleHead, fmt.Sprintf("%d of %d · %s", j.Number, j.Of, j.Token)))
	for _, v := range st.Duel.Input {
		g.say("%s", g.paint(styleDim, text.Show(v.Name).OneLine().String()))
		g.text(v.Value)
	}
	if j.Right == nil {
		g.say("\n%s", g.paint(styleHead, "ANSWER"))
		g.text(st.Duel.Left)
		g.talk("galley judge --mode passfail --decide %s pass, fail or skip keeps a verdict", j.Token)
		return nil
	}
	g.say("\n%s", g.paint(styleHead, "LEFT"))
	g.text(st.Duel.Left)
	g.say("\n%s", g.paint(styleHead, "RIGHT"))
	g.text(st.Duel.Right)
	g.talk("galley judge --decide %s left, right, tie, both_bad or skip keeps a verdict", j.Token)
	return nil
}
