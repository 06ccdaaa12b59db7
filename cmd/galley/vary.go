package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

func varyCommand(g *globals) *cobra.Command {
	var o studyFlags
	var tricks, list string
	c := &cobra.Command{
		Use:   "vary VARIANT",
		Short: "Ask how varied the answers are, and what makes them more so",
		Long: `Ask how varied the answers are: each case several times, and the same draws again
with each trick.

  temperature=1.0     another temperature
  shots               the shots in another order each take
  items=VARIABLE      the lines of a variable, or what stands between its commas,
                      in another order each take
  rephrase=VARIANT    every second take asks in the words of another variant
  recent=K            each case is told its own last K answers, to give none again:
                      where {{recent}} stands, else at the end of the instructions;
                      one round after the other

--list holds the answers against a closed list, a line each: what is outside it
was invented. Exit code 0 when every answer came; 3 when one is missing.`,
		Args: func(c *cobra.Command, args []string) error { return o.args(c, args) },
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		if err := o.parse(c); err != nil {
			return err
		}
		if !c.Flags().Changed("takes") {
			o.takes = 5
		}
		if o.suite != "" {
			return usage("what varies is not what passes; leave --suite out")
		}
		if o.kept() {
			return d.keptStudies(ctx, g, o, study.KindVary)
		}
		s, err := d.newStudy(ctx, g, args[0], o)
		if err != nil {
			return err
		}
		spec := s.spec
		spec.Kind = study.KindVary
		if spec.Tricks, err = d.tricks(ctx, s, tricks); err != nil {
			return err
		}
		if spec.List, err = g.closedList(list); err != nil {
			return err
		}
		return d.studies(ctx, g, s, []study.Spec{spec}, o)
	})
	o.flags(c, g)
	c.Flags().Lookup("takes").DefValue = "5"
	c.Flags().StringVar(&tricks, "tricks", "", "`TRICKS` to compare: temperature=1.0,shots,items=VARIABLE,rephrase=VARIANT,recent=K")
	c.Flags().StringVar(&list, "list", "", "a closed list of answers in `FILE`, a line each; - for stdin")
	c.MarkFlagsMutuallyExclusive("show", "tricks")
	c.MarkFlagsMutuallyExclusive("resume", "tricks")
	c.Flags().Lookup("suite").Hidden = true
	return c
}

// tricks reads a list of tricks, the other variants among them found.
func (d *desk) tricks(ctx context.Context, s studied, list string) ([]study.Trick, error) {
	out, err := study.ParseTricks(list)
	if err != nil {
		return nil, usage("%w", err)
	}
	for i, t := range out {
		if t.Name != "rephrase" {
			continue
		}
		v, err := d.variant(ctx, t.Arg, string(s.variant.Prompt))
		if err != nil {
			return nil, err
		}
		if v.PromptID != s.variant.PromptID {
			return nil, usage("trick %s: %s is of another prompt", text.Raw(t.String()), text.Raw(t.Arg))
		}
		if v.Revision.ID == s.spec.RevisionID {
			return nil, usage("trick %s: that is the variant itself; name another wording", text.Raw(t.String()))
		}
		out[i].Arg, out[i].RevisionID = v.Ref().String(), v.Revision.ID
	}
	return out, nil
}

// closedList reads a list of answers, a line each.
func (g *globals) closedList(file string) ([]text.Raw, error) {
	if file == "" {
		return nil, nil
	}
	t, _, err := g.given(file, false, true)
	if err != nil {
		return nil, err
	}
	var out []text.Raw
	for line := range strings.Lines(string(t)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, text.Raw(line))
		}
	}
	if len(out) == 0 {
		return nil, usage("%s has no answer in it; write one a line", text.Raw(sourceName(file)))
	}
	return out, nil
}

// listStudies lists the studies that were kept, the newest first.
func listStudies(ctx context.Context, g *globals, d *desk, o listOptions) error {
	var promptID int64
	if o.prompt != "" {
		p, err := d.store.Prompt(ctx, o.prompt)
		if err != nil {
			return err
		}
		promptID = p.ID
	}
	all, err := d.store.Studies(ctx, promptID)
	if err != nil {
		return err
	}
	out := []studyJSON{}
	t := newTable("STUDY", "KIND", "VARIANT", "MODEL", "CASES", "RUNS", "WHEN")
	for _, st := range all {
		spec, err := study.ParseSpec(st.Spec)
		if err != nil { // asked by another command, or by a newer program
			spec = study.Spec{}
		}
		j := studyJSON{
			ID: studyName(st), Kind: st.Kind, Variant: text.Raw(spec.Variant), Model: text.Raw(spec.Model), Cases: text.Raw(spec.Cases),
			Runs: []string{}, CreatedMS: st.CreatedMS, Spec: st.Spec,
		}
		var runs []text.Raw
		for _, id := range st.Runs {
			j.Runs = append(j.Runs, session.Run{ID: id}.Name())
			runs = append(runs, text.Raw(session.Run{ID: id}.Name()))
		}
		out = append(out, j)
		t.row(j.ID, st.Kind, j.Variant, j.Model, j.Cases, join(runs), when(st.CreatedMS))
	}
	return g.list(out, t)
}
