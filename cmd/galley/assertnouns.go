package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

func newSuite(g *globals) *cobra.Command {
	var prompt, note string
	c := &cobra.Command{
		Use:   "suite NAME",
		Short: "Make a suite with no assertion in it; galley assert add and suggest fill it",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, name, err := d.promptAnd(ctx, prompt, args[0])
			if err != nil {
				return err
			}
			s, err := d.store.CreateSuite(ctx, p.ID, name, text.Raw(note))
			if err == nil {
				g.say("%s", s.Name)
			}
			return err
		}),
	}
	promptFlag(c, &prompt)
	c.Flags().StringVar(&note, "note", "", "one line on what it holds to")
	return c
}

// promptAnd is the prompt and the name that PROMPT/NAME or NAME says.
func (d *desk) promptAnd(ctx context.Context, flag, s string) (session.PromptInfo, string, error) {
	p, err := d.promptOf(ctx, flag, s)
	if err == nil && len(s) > len(p.Name) && s[:len(p.Name)+1] == string(p.Name)+"/" {
		s = s[len(p.Name)+1:]
	}
	return p, s, err
}

func newMode(g *globals) *cobra.Command {
	var prompt string
	c := &cobra.Command{
		Use:   "mode NAME",
		Short: "Name a way to fail, to put notes under",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, err := d.prompt(ctx, prompt)
			if err != nil {
				return err
			}
			m, err := d.store.CreateMode(ctx, p.ID, args[0])
			if err == nil {
				g.say("%s", m.Name)
			}
			return err
		}),
	}
	promptFlag(c, &prompt)
	return c
}

func (d *desk) modeOf(ctx context.Context, prompt, name string) (session.FailureMode, error) {
	p, err := d.prompt(ctx, prompt)
	if err != nil {
		return session.FailureMode{}, err
	}
	return d.mode(ctx, p.ID, name)
}

func setMode(g *globals) *cobra.Command {
	var none bool
	c := &cobra.Command{
		Use:   "mode NOTE [NAME]",
		Short: "Put a note, by its number, under a failure mode, or with --none under none",
		Args:  wants(1, 2),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return usage("note %q: write its number, as galley list notes shows it", text.Raw(args[0]))
		}
		if none == (len(args) == 2) {
			return usage("name a failure mode, or write --none")
		}
		prompts, err := d.store.Prompts(ctx)
		if err != nil {
			return err
		}
		for _, p := range prompts {
			notes, err := d.store.Notes(ctx, p.ID)
			if err != nil {
				return err
			}
			for _, n := range notes {
				if n.ID != id {
					continue
				}
				var m session.FailureMode
				if !none {
					if m, err = d.mode(ctx, p.ID, args[1]); err != nil {
						return err
					}
				}
				if err := d.store.SetNoteMode(ctx, id, m.ID); err != nil {
					return err
				}
				g.say("%d", id)
				return nil
			}
		}
		return usage("there is no note %s; galley list notes lists them", text.Raw(args[0]))
	})
	c.Flags().BoolVar(&none, "none", false, "under none")
	return c
}

func setSuite(g *globals) *cobra.Command {
	var prompt, note, cases string
	var threshold float64
	var strict bool
	c := &cobra.Command{
		Use:   "suite SUITE",
		Short: "Set the cases that a suite is held against, its threshold, its note",
		Args:  wants(1, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		s, err := d.suite(ctx, prompt, args[0])
		if err != nil {
			return err
		}
		if c.Flags().Changed("note") {
			s.Note = text.Raw(note)
		}
		switch {
		case strict:
			s.Threshold = nil
		case c.Flags().Changed("threshold"):
			if !(threshold >= 0 && threshold <= 1) {
				return usage("--threshold is a share, from 0 to 1")
			}
			s.Threshold = &threshold
		}
		if c.Flags().Changed("cases") {
			if s.CaseIDs, err = d.caseIDs(ctx, g, s.PromptID, cases); err != nil {
				return err
			}
		}
		if err := d.store.SetSuite(ctx, s); err != nil {
			return err
		}
		g.say("%s", s.Name)
		return nil
	})
	promptFlag(c, &prompt)
	f := c.Flags()
	f.StringVar(&cases, "cases", "", "`CASES`: names, dev, holdout, tag:NAME, or all, also those to come")
	f.Float64Var(&threshold, "threshold", 0, "the weighted `SHARE` of assertions that a case needs")
	f.BoolVar(&strict, "every", false, "every assertion must hold: no threshold")
	f.StringVar(&note, "note", "", "the `LINE` that says what it holds to")
	c.MarkFlagsMutuallyExclusive("threshold", "every")
	c.MarkFlagsOneRequired("cases", "threshold", "every", "note")
	return c
}

// caseIDs are the cases that a list names; none stand for all, also those to come.
func (d *desk) caseIDs(ctx context.Context, g *globals, promptID int64, list string) ([]int64, error) {
	if list == "all" || list == "" {
		return nil, nil
	}
	picked, err := d.ownCases(ctx, g, promptID, list)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, c := range picked {
		ids = append(ids, c.ID)
	}
	return ids, nil
}

func deleteSuite(g *globals) *cobra.Command {
	return deedCommand(g, "suite SUITE", "Delete a suite with its assertions",
		func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
			s, err := d.suite(ctx, prompt, a[0])
			if err != nil {
				return "", err
			}
			return s.Name, d.store.DeleteSuite(ctx, s.ID)
		})
}

func deleteMode(g *globals) *cobra.Command {
	return deedCommand(g, "mode NAME", "Delete a failure mode; its notes stay, under none",
		func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
			m, err := d.modeOf(ctx, prompt, a[0])
			if err != nil {
				return "", err
			}
			return m.Name, d.store.DeleteMode(ctx, m.ID)
		})
}
