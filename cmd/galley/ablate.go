package main

import (
	"context"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

func ablateCommand(g *globals) *cobra.Command {
	var o studyFlags
	var of string
	c := &cobra.Command{
		Use:   "ablate VARIANT",
		Short: "Ask what each block, shot and resource is worth: each is left out in turn",
		Long: `Ask what each part of a prompt is worth: each block, shot and resource that is on
is left out in turn, and the whole prompt is asked again unchanged, which shows
what chance alone does. The input stays in.

It says what flips, in which direction and whether that may be luck (each of many
comparisons is held to a stricter bar), what it spares in tokens and money, and
which part nearly repeats another.

Exit code 0 when every answer came; 3 when one is missing. See galley help studies.`,
		Args: func(c *cobra.Command, args []string) error { return o.args(c, args) },
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		if err := o.parse(c); err != nil {
			return err
		}
		if o.kept() {
			return d.keptStudies(ctx, g, o, study.KindDrop)
		}
		parts, err := parseOf(of)
		if err != nil {
			return err
		}
		s, err := d.newStudy(ctx, g, args[0], o)
		if err != nil {
			return err
		}
		spec := s.spec
		spec.Kind, spec.Of = study.KindDrop, parts
		return d.studies(ctx, g, s, []study.Spec{spec}, o)
	})
	o.flags(c, g)
	c.Flags().StringVar(&of, "of", "blocks,shots,resources", "leave out `WHAT`: blocks, shots, resources")
	return c
}

func parseOf(list string) ([]study.Of, error) {
	var out []study.Of
	for _, item := range session.SplitList(list) {
		switch of := study.Of(item); of {
		case study.OfBlocks, study.OfShots, study.OfResources:
			out = append(out, of)
		default:
			return nil, usage("--of %q: write blocks, shots, resources", text.Raw(item))
		}
	}
	if len(out) == 0 {
		return nil, usage("--of names nothing; write blocks, shots, resources")
	}
	return out, nil
}
