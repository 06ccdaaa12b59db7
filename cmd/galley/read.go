package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

// readFlags are what galley read is asked for.
type readFlags struct {
	prompt, run, variant, model, status, tag, mode, words string
	unjudged, noted                                       bool
	sample, limit, offset                                 int
	seed                                                  uint64
	seeded                                                bool
}

func readCommand(g *globals) *cobra.Command {
	var o readFlags
	c := &cobra.Command{
		Use:   "read",
		Short: "Read answers, the newest first, with what people said of them",
		Long: `Read answers, the newest first, with what people said of them.

--sample N draws N, unjudged ones first, the same all day unless --seed says
otherwise. galley proof shows the exact context; galley label, galley note and
galley correct say what you think of one.`,
		Args: wants(0, 0),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, _ []string) error {
		o.seeded = c.Flags().Changed("seed")
		return d.read(ctx, g, o)
	})
	f := c.Flags()
	f.StringVarP(&o.prompt, "prompt", "p", "", "of this `PROMPT` only")
	f.StringVar(&o.run, "run", "", "of this `RUN` only")
	f.StringVar(&o.variant, "variant", "", "of this `VARIANT` only, at any revision")
	f.StringVar(&o.model, "model", "", "of this `MODEL` only")
	f.StringVar(&o.status, "status", "", "with this `STATUS` only: done, truncated, error, …")
	f.StringVar(&o.tag, "tag", "", "of cases with this `TAG` only")
	f.StringVar(&o.mode, "mode", "", "with a note under this failure `MODE` only")
	f.StringVar(&o.words, "text", "", "that hold these `WORDS` only")
	f.BoolVar(&o.unjudged, "unjudged", false, "without a verdict, a note or a correction only")
	f.BoolVar(&o.noted, "noted", false, "with a note that stands under no failure mode only")
	f.IntVar(&o.sample, "sample", 0, "draw this many")
	f.Uint64Var(&o.seed, "seed", 0, "draws the sample; default the day")
	f.IntVar(&o.limit, "limit", 20, "how many at most; 0: all")
	f.IntVar(&o.offset, "offset", 0, "leave out this many of the newest")
	f.BoolVar(&g.raw, "raw", false, "write nothing but the answers, to the byte, each ended by a line feed")
	jsonFlag(c, g, "print a JSON list")
	c.MarkFlagsMutuallyExclusive("sample", "offset")
	return c
}

// query is what is looked for; names that nothing has are refused.
func (o readFlags) query(ctx context.Context, d *desk) (session.ReadQuery, error) {
	q := session.ReadQuery{
		Model: o.model, Variant: o.variant, Status: session.Status(o.status), Tag: text.Raw(o.tag), Unjudged: o.unjudged, Noted: o.noted,
		Text: o.words, Sample: o.sample, Offset: o.offset, Limit: o.limit,
	}
	if o.sample < 0 || o.limit < 0 || o.offset < 0 {
		return q, usage("--sample, --limit and --offset can't be below 0")
	}
	if o.limit == 0 {
		q.Limit = 1 << 30
	}
	if o.sample > 0 {
		q.Limit = max(q.Limit, o.sample)
		day := time.Now().Truncate(24 * time.Hour)
		q.Seed, q.AsOfMS = uint64(day.Unix()), day.UnixMilli()
		if o.seeded {
			q.Seed, q.AsOfMS = o.seed, 0
		}
	}
	if !knownStatus(q.Status) {
		return q, usage("--status %q: write one that a cell can end in, as in done, truncated or error", text.Raw(o.status))
	}
	if o.prompt != "" {
		p, err := d.store.Prompt(ctx, o.prompt)
		if err != nil {
			return q, err
		}
		q.PromptID = p.ID
	}
	if o.variant != "" {
		v, err := d.variant(ctx, o.variant, o.prompt)
		if err != nil {
			return q, err
		}
		q.PromptID, q.Variant = v.PromptID, string(v.Name)
	}
	if o.run != "" {
		id, err := session.ParseRunRef(o.run)
		if err != nil {
			return q, err
		}
		run, err := d.store.Run(ctx, id)
		if err != nil {
			return q, err
		}
		q.RunID = run.ID
	}
	if o.mode != "" {
		p, err := d.prompt(ctx, o.prompt)
		if err != nil {
			return q, err
		}
		m, err := d.mode(ctx, p.ID, o.mode)
		if err != nil {
			return q, err
		}
		q.PromptID, q.ModeID = p.ID, m.ID
	}
	return q, nil
}

// knownStatus reports whether a cell can end in the status; "" is any.
func knownStatus(s session.Status) bool {
	return s == "" || s.Finished() || s.Failed()
}

type readingJSON struct {
	cellJSON
	Recorded   bool           `json:"recorded"` // it came from outside
	Notes      []noteJSON     `json:"notes"`
	Verdicts   []verdictJSON  `json:"verdicts"`
	Correction *text.Raw      `json:"correction"`
	Standing   map[string]int `json:"standing"`
}

func (d *desk) read(ctx context.Context, g *globals, o readFlags) error {
	q, err := o.query(ctx, d)
	if err != nil {
		return err
	}
	readings, all, err := d.store.Readings(ctx, q)
	if err != nil {
		return err
	}
	if g.raw {
		for _, r := range readings {
			g.say("%s", string(r.Output.Whole()))
		}
		return nil
	}
	if g.json {
		out := []readingJSON{}
		for _, r := range readings {
			out = append(out, toReadingJSON(r))
		}
		return g.printJSON(out)
	}
	for _, r := range readings {
		g.writeReading(r)
	}
	switch {
	case all == 0:
		g.talk("there are none")
	case len(readings) < all:
		g.talk("%d of %s; --limit, --offset and --sample choose others", len(readings), plural(all, "answer", "answers"))
	}
	return nil
}

func toReadingJSON(r session.Reading) readingJSON {
	j := readingJSON{cellJSON: toCellJSON(r.Result), Recorded: r.Recorded, Notes: []noteJSON{}, Verdicts: []verdictJSON{}}
	for _, n := range r.Notes {
		j.Notes = append(j.Notes, noteJSON{ID: n.ID, Run: r.Run, Variant: variantName(n.Variant), Model: n.Model, Case: n.CaseName, Text: n.Text, AtMS: n.CreatedMS, By: n.By})
	}
	for _, v := range r.Verdicts {
		j.Verdicts = append(j.Verdicts, toVerdictJSON(v, text.Raw(r.Cell.Contestant.Variant.Prompt)))
	}
	if r.Correction != nil {
		j.Correction = &r.Correction.Text
	}
	s := r.Standing()
	j.Standing = map[string]int{"won": s.Won, "lost": s.Lost, "tied": s.Tied, "both_bad": s.BothBad, "pass": s.Pass, "fail": s.Fail}
	return j
}

// writeReading prints one answer for people: where it is from, what it says, what
// people said of it.
func (g *globals) writeReading(r session.Reading) {
	where := text.Raw(outputName(r.Result)) + " " + contestantName(r.Cell.Contestant) + " · " + r.Cell.CaseName
	if len(r.Cell.CaseTags) > 0 {
		where += " (" + join(r.Cell.CaseTags) + ")"
	}
	if r.Output.Status != session.StatusDone {
		where += " · " + text.Raw(r.Output.Status)
	}
	if r.Recorded {
		where += " · from outside"
	}
	g.say("%s", g.paint(styleHead, text.Show(where).OneLine().String()))
	if e := r.Output.Error; e != nil {
		g.say("%s", text.Show(e.Said()).OneLine())
	} else {
		g.text(r.Output.Whole())
	}
	for _, v := range r.Verdicts {
		said := text.Raw(v.Choice)
		if v.Mode == session.JudgePairs {
			said += " of two"
			if won, _, ok := v.Winner(); ok {
				said = "lost"
				if won.CellID == r.Cell.ID {
					said = "won"
				}
			}
		}
		if v.Reason != "" {
			said += ": " + v.Reason
		}
		g.say("  %s", text.Show(v.Judge+" · "+said).OneLine())
	}
	for _, n := range r.Notes {
		g.say("  %s", text.Show("note · "+n.Text).OneLine())
	}
	if c := r.Correction; c != nil {
		g.say("  %s", text.Show("should be · "+c.Text).OneLine())
	}
	g.say("")
}
