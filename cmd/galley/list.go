package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

// listing is one noun that galley list knows.
type listing struct {
	noun, short string
	list        func(ctx context.Context, g *globals, d *desk, o listOptions) error
}

type listOptions struct {
	prompt, run, variant, cases, judge string
	revisions                          bool
	near                               bool // shots that nearly repeat another
}

// listings lists the nouns of galley list.
func listings() []listing {
	return []listing{
		{"prompts", "the prompts of the workspace", listPrompts},
		{"variants", "the variants at their newest revision", listVariants},
		{"blocks", "the blocks of variants", listBlocks},
		{"cases", "the cases", listCases},
		{"shots", "the bank of shots", listShots},
		{"resources", "the texts to answer from", listResources},
		{"runs", "the runs, newest first", listRuns},
		{"studies", "the studies, newest first", listStudies},
		{"outputs", "the cells of a run with what came back", listOutputs},
		{"verdicts", "the verdicts of judges, oldest first, those taken back included", listVerdicts},
		{"notes", "the notes beside outputs, newest first", listNotes},
		{"modes", "the failure modes that notes were put under", listModes},
		{"suites", "the suites with their assertions and their last check", listSuites},
	}
}

func listCommand(g *globals) *cobra.Command {
	var subs []*cobra.Command
	for _, l := range listings() {
		var o listOptions
		c := &cobra.Command{
			Use:   l.noun,
			Short: "List " + l.short,
			Args:  wants(0, 0),
			RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
				if len(args) == 1 {
					o.variant = args[0]
				}
				return l.list(ctx, g, d, o)
			}),
		}
		if l.noun != "prompts" {
			c.Flags().StringVarP(&o.prompt, "prompt", "p", "", "of this `PROMPT` only")
		}
		switch l.noun {
		case "variants":
			c.Flags().BoolVar(&o.revisions, "revisions", false, "all revisions, newest first")
		case "blocks":
			c.Use, c.Args = "blocks [VARIANT]", func(c *cobra.Command, args []string) error {
				if len(args) == 1 && c.Flags().Changed("variant") {
					return usage("name the variant once: %s, or --variant", text.Raw(args[0]))
				}
				return wants(0, 1)(c, args)
			}
			c.Flags().StringVar(&o.variant, "variant", "", "of this `VARIANT` only")
		case "shots":
			c.Flags().BoolVar(&o.near, "near", false, "those only that say nearly the same as another")
		case "cases":
			c.Flags().StringVar(&o.cases, "cases", "", "these `CASES` only: names, dev, holdout, tag:NAME")
		case "verdicts":
			c.Flags().StringVar(&o.run, "run", "", "on outputs of this `RUN` only")
			c.Flags().StringVar(&o.judge, "judge", "", "of this `JUDGE` only")
		case "outputs":
			c.Flags().StringVar(&o.run, "run", "", "of this `RUN`; default the newest")
			c.Flags().BoolVar(&g.raw, "raw", false, "write nothing but the answers, to the byte, each ended by a line feed")
		}
		jsonFlag(c, g, "print a JSON list")
		subs = append(subs, c)
	}
	return nouns("list", "List prompts, variants, blocks, cases, shots, resources, runs, studies, outputs, verdicts, notes …", subs...)
}

type promptJSON struct {
	Name      text.Raw `json:"name"`
	Variants  int      `json:"variants"`
	Cases     int      `json:"cases"`
	Shots     int      `json:"shots"`
	LastRun   *string  `json:"last_run"`
	Runs      int      `json:"runs"`
	Outputs   int      `json:"outputs"`
	Guideline text.Raw `json:"guideline"`
	Note      text.Raw `json:"note"`
}

func listPrompts(ctx context.Context, g *globals, d *desk, _ listOptions) error {
	all, err := d.store.Prompts(ctx)
	if err != nil {
		return err
	}
	out := []promptJSON{}
	t := newTable("PROMPT", "VARIANTS", "CASES", "SHOTS", "LAST RUN", "NOTE").numbers(1, 2, 3)
	for _, p := range all {
		j := promptJSON{p.Name, p.Variants, p.Cases, p.Shots, nil, p.Runs, p.Outputs, p.Guideline, p.Note}
		last := "never"
		if p.LastRun != "" {
			j.LastRun = &p.LastRun
			last = p.LastRun
		}
		out = append(out, j)
		t.row(p.Name, p.Variants, p.Cases, p.Shots, last, p.Note)
	}
	return g.list(out, t)
}

// list prints rows as JSON or as a table. An empty table is said on stderr.
func (g *globals) list(rows any, t *table) error {
	if g.json {
		return g.printJSON(rows)
	}
	if len(t.rows) == 0 {
		g.talk("there are none")
		return nil
	}
	t.print(g)
	return nil
}

type variantJSON struct {
	Name     string      `json:"name"`
	Revision int         `json:"revision"`
	Parent   *int        `json:"parent"`
	Intent   text.Raw    `json:"intent"`
	Blocks   []blockJSON `json:"blocks"`
	Params   any         `json:"params"`
	Hash     string      `json:"hash"`
	Drafted  bool        `json:"drafted"`
	SavedMS  int64       `json:"saved_ms"`
}

type blockJSON struct {
	Variant string         `json:"variant,omitempty"`
	Number  int            `json:"number"`
	Kind    session.Kind   `json:"kind"`
	Role    session.Role   `json:"role"`
	Title   text.Raw       `json:"title"`
	Text    text.Raw       `json:"text"`
	Wrap    session.Wrap   `json:"wrap"`
	On      bool           `json:"on"`
	Layout  session.Layout `json:"layout,omitempty"`
	Order   string         `json:"order,omitempty"`
	Shots   []text.Raw     `json:"shots,omitempty"`
	Pieces  []text.Raw     `json:"resources,omitempty"`
	Pick    *session.Pick  `json:"pick,omitempty"` // which of them stand for a case; none: all
}

func blocksJSON(c session.Content) []blockJSON {
	out := []blockJSON{}
	for i, b := range c.Blocks {
		j := blockJSON{Number: i + 1, Kind: b.Kind, Role: b.Role, Title: b.Title, Text: b.Text, Wrap: b.Wrap, On: !b.Off, Layout: b.Layout, Order: b.Order, Pick: b.Pick}
		for _, s := range b.Shots {
			j.Shots = append(j.Shots, s.Name)
		}
		for _, r := range b.Resources {
			j.Pieces = append(j.Pieces, r.Name)
		}
		out = append(out, j)
	}
	return out
}

func listVariants(ctx context.Context, g *globals, d *desk, o listOptions) error {
	all, err := d.allVariants(ctx, o.prompt)
	if err != nil {
		return err
	}
	out := []variantJSON{}
	t := newTable("VARIANT", "BLOCKS", "SAVED", "INTENT").numbers(1)
	for _, v := range all {
		revisions := []session.Revision{v.Revision}
		if o.revisions {
			if revisions, err = d.store.Revisions(ctx, v.ID); err != nil {
				return err
			}
		}
		numbers := map[int64]int{}
		for _, r := range revisions {
			numbers[r.ID] = r.Number
		}
		for i, r := range revisions {
			parent := numbers[r.ParentID]
			if !o.revisions {
				parent = v.Parent
			}
			j := variantJSON{
				Name: string(v.Prompt) + "/" + string(v.Name), Revision: r.Number, Intent: r.Intent, Blocks: blocksJSON(r.Content),
				Params: r.Content.Params, Hash: r.Hash, Drafted: i == 0 && v.Drafted, SavedMS: r.CreatedMS,
			}
			if parent > 0 {
				j.Parent = &parent
			}
			out = append(out, j)
			v.Revision = r
			intent := r.Intent
			if j.Drafted {
				intent += " (unsaved work lies beside it)"
			}
			t.row(text.Raw(v.Ref().String()), len(r.Content.Blocks), when(r.CreatedMS), intent)
		}
	}
	return g.list(out, t)
}

// allVariants are the variants of the prompt, or of all prompts.
func (d *desk) allVariants(ctx context.Context, prompt string) ([]session.VariantInfo, error) {
	prompts, err := d.prompts(ctx, prompt)
	if err != nil {
		return nil, err
	}
	var out []session.VariantInfo
	for _, p := range prompts {
		vs, err := d.store.Variants(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, vs...)
	}
	return out, nil
}

func listBlocks(ctx context.Context, g *globals, d *desk, o listOptions) error {
	var all []session.VariantInfo
	var err error
	if o.variant != "" {
		v, verr := d.variant(ctx, o.variant, o.prompt)
		all, err = []session.VariantInfo{v}, verr
	} else {
		all, err = d.allVariants(ctx, o.prompt)
	}
	if err != nil {
		return err
	}
	out := []blockJSON{}
	t := newTable("BLOCK", "KIND", "ROLE", "WRAP", "ON", "TITLE", "TEXT")
	for _, v := range all {
		for _, b := range blocksJSON(v.Revision.Content) {
			b.Variant = v.Ref().String()
			out = append(out, b)
			words := b.Text
			switch b.Kind {
			case session.KindShots:
				words = text.Raw(plural(len(b.Shots), "shot", "shots")) + " " + words
			case session.KindResources:
				words = text.Raw(plural(len(b.Pieces), "resource", "resources")) + " " + words
			}
			t.row(text.Raw(b.Variant+"#"+itoa(b.Number)), b.Kind, b.Role, b.Wrap, yes(b.On), b.Title, words)
		}
	}
	return g.list(out, t)
}

// when is a time for people, in their own zone.
func when(ms int64) string {
	if ms == 0 {
		return "never"
	}
	return time.UnixMilli(ms).Format("2006-01-02 15:04")
}
