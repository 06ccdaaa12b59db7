package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"galley/session/text"
)

type hitJSON struct {
	Noun    string   `json:"noun"`
	ID      int64    `json:"id"`
	Name    text.Raw `json:"name"`
	Excerpt text.Raw `json:"excerpt"`
}

func searchCommand(g *globals) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "search TEXT",
		Short: "Find prompts, variants, cases, shots, outputs and notes that hold all the words",
		Args:  wants(1, 100),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			words := strings.TrimSpace(strings.Join(args, " "))
			if words == "" {
				return usage("search for what? write a word or several")
			}
			hits, err := d.store.Search(ctx, words, limit)
			if err != nil {
				return err
			}
			out := []hitJSON{}
			t := newTable("WHAT", "NAME", "TEXT")
			for _, h := range hits {
				out = append(out, hitJSON(h))
				t.row(h.Noun, h.Name, h.Excerpt)
			}
			return g.list(out, t)
		}),
	}
	c.Flags().IntVar(&limit, "limit", 50, "how many")
	jsonFlag(c, g, "print a JSON list")
	return c
}
