package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

type cacheOptions struct {
	model, older    string
	prune, received bool
}

func cacheCommand(g *globals) *cobra.Command {
	var o cacheOptions
	c := &cobra.Command{
		Use:   "cache",
		Short: "Say what is answered again without asking, and take answers out of it",
		Long: `Say, for each model, how many requests have an answer that is reused, what asking
anew would take, and what is kept beside the answers.

The cache is the answers that are kept: the same request to the same model for the
same take gets the same answer, at once and for nothing. A model of which no digest
is known is the same only at the same address. --prune makes answers no longer
reused; they stay where they are, and galley undo takes it back. --received drops the
bytes that servers sent, which galley show --as received shows; the answers stay, and
no undo brings the bytes back. Without either, nothing is changed.`,
		Args: wants(0, 0),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, _ []string) error {
		pick, err := o.pick(time.Now())
		if err != nil {
			return err
		}
		switch {
		case o.prune:
			return d.prune(ctx, g, pick)
		case o.received:
			return d.dropReceived(ctx, g, pick)
		case o.older != "":
			return usage("--older goes with --prune or --received")
		}
		return d.listCache(ctx, g, o.model)
	})
	f := c.Flags()
	f.BoolVar(&o.prune, "prune", false, "reuse these answers no more")
	f.BoolVar(&o.received, "received", false, "drop what servers sent for these answers")
	f.StringVar(&o.model, "model", "", "of this `MODEL` only, as BACKEND/MODEL")
	f.StringVar(&o.older, "older", "", "those that came before this `TIME`, as in 30d or 12h")
	jsonFlag(c, g, "print JSON")
	c.MarkFlagsMutuallyExclusive("prune", "received")
	return c
}

// pick is which answers are meant, as of now.
func (o cacheOptions) pick(now time.Time) (session.CachePick, error) {
	p := session.CachePick{Model: o.model}
	if o.model != "" {
		if _, _, err := session.ParseModelRef(o.model); err != nil {
			return p, err
		}
	}
	if o.older == "" {
		return p, nil
	}
	age, err := time.ParseDuration(o.older)
	if days, ok := strings.CutSuffix(o.older, "d"); ok {
		var n float64
		n, err = strconv.ParseFloat(days, 64)
		age = time.Duration(n * 24 * float64(time.Hour))
		if !(n > 0 && n < 36500) {
			age = 0
		}
	}
	if err != nil || age <= 0 {
		return p, usage("--older %q: write a time, as in 30d or 12h", text.Raw(o.older))
	}
	p.BeforeMS = now.Add(-age).UnixMilli()
	if p.BeforeMS <= 0 {
		return p, usage("--older %q is before any answer", text.Raw(o.older))
	}
	return p, nil
}

type cacheJSON struct {
	Model        string   `json:"model"`
	Answers      int      `json:"answers"` // requests with an answer to reuse
	InputTokens  int      `json:"input_tokens"`
	OutputTokens int      `json:"output_tokens"`
	CostUSD      *float64 `json:"cost_usd"` // of asking anew
	Reused       int      `json:"reused"`   // up to now
	OldestMS     *int64   `json:"oldest_ms"`
	NewestMS     *int64   `json:"newest_ms"`
	Received     int64    `json:"received_bytes"`
	Evaluated    int64    `json:"evaluated_bytes"`
}

// listCache prints what can be reused, by model.
func (d *desk) listCache(ctx context.Context, g *globals, model string) error {
	lines, err := d.store.CacheLines(ctx)
	if err != nil {
		return err
	}
	out := []cacheJSON{}
	t := newTable("MODEL", "ANSWERS", "TOKENS IN", "TOKENS OUT", "COST", "REUSED", "RECEIVED", "EVALUATED", "SINCE").numbers(1, 2, 3, 4, 5, 6, 7)
	for _, l := range lines {
		if model != "" && l.Model != model {
			continue
		}
		out = append(out, cacheJSON{
			l.Model, l.Answers, l.InputTokens, l.OutputTokens, l.CostUSD, l.Reused, some(l.OldestMS), some(l.NewestMS), l.Received, l.Evaluated,
		})
		cost := "unknown"
		if l.CostUSD != nil {
			cost = fmt.Sprintf("$%.4f", *l.CostUSD)
		}
		if l.Answers == 0 {
			cost = ""
		}
		t.row(text.Raw(l.Model), l.Answers, l.InputTokens, l.OutputTokens, cost, l.Reused, bytesOf(l.Received), bytesOf(l.Evaluated), when(l.OldestMS))
	}
	return g.list(out, t)
}

type prunedJSON struct {
	Answers int `json:"answers"` // requests that have no answer to reuse any more
}

func (d *desk) prune(ctx context.Context, g *globals, pick session.CachePick) error {
	n, err := d.store.Forget(ctx, pick)
	if err != nil {
		return err
	}
	if g.json {
		return g.printJSON(prunedJSON{n})
	}
	if n == 0 {
		g.say("no answer is concerned; nothing was changed")
		return nil
	}
	g.say("%s reused no more; the answers stay, and galley undo takes this back", plural(n, "answer is", "answers are"))
	return nil
}

type droppedJSON struct {
	Answers int   `json:"answers"`
	Bytes   int64 `json:"bytes"` // of the file
}

func (d *desk) dropReceived(ctx context.Context, g *globals, pick session.CachePick) error {
	gone, err := d.store.DropReceived(ctx, pick)
	if err != nil {
		return err
	}
	if g.json {
		return g.printJSON(droppedJSON{gone.Rows, gone.Disk})
	}
	if gone.Rows == 0 {
		g.say("nothing is kept of what was received for these answers")
		return nil
	}
	g.say("dropped what was received for %s: %s of the file are free for what comes next; galley backup writes a copy without them",
		plural(gone.Rows, "answer", "answers"), bytesOf(gone.Disk))
	return nil
}
