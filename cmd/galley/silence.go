package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"galley/engine/assert"
	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

// lintOptions are what is known of a prompt beyond one context: its cases, shots,
// silences, and how an answer is held against a schema.
func (d *desk) lintOptions(ctx context.Context, promptID int64) (lint.Options, error) {
	o := lint.Options{Fits: fitsSchema()}
	var err error
	if o.Cases, err = d.store.Cases(ctx, promptID); err != nil {
		return o, err
	}
	if o.Bank, err = d.store.Shots(ctx, promptID); err != nil {
		return o, err
	}
	o.Silences, err = d.store.Silences(ctx, promptID)
	return o, err
}

// fitsSchema makes the function by which lint holds an answer against a schema; each
// schema is compiled once. What is wrong with a schema itself is said elsewhere.
func fitsSchema() func(schema, answer text.Raw) string {
	var mu sync.Mutex
	known := map[text.Raw]*assert.Evaluator{}
	return func(schema, answer text.Raw) string {
		mu.Lock()
		defer mu.Unlock()
		e, ok := known[schema]
		if !ok {
			if !strings.Contains(string(schema), "{{") {
				if made, err := assert.Compile(session.Assertion{Kind: session.AssertIsJSON, Value: schema}); err == nil {
					e = &made
				}
			}
			known[schema] = e
		}
		if e == nil {
			return ""
		}
		r := e.Eval(session.Result{Output: session.Output{Status: session.StatusDone, Text: answer}})
		if r.Pass || r.Error {
			return ""
		}
		return string(r.Message)
	}
}

// silenceOne silences finding n of a list as it is printed, from 1.
func (d *desk) silenceOne(ctx context.Context, g *globals, v session.VariantInfo, p session.Proof, fs []lint.Finding, n int, reason text.Raw) error {
	speaking := 0
	for speaking < len(fs) && fs[speaking].Silenced == "" {
		speaking++
	}
	if n < 1 || n > speaking {
		return usage("finding %d is not there: %s has %d that are not silenced, counted from 1 as galley lint prints them", n, text.Raw(v.Ref().String()), speaking)
	}
	x := fs[n-1].Silence(p, reason, judgeName())
	x.PromptID = v.PromptID
	kept, err := d.store.PutSilence(ctx, x)
	if err != nil {
		return err
	}
	g.talk("silenced %s as %d; galley lint %s --unsilence %d lets it speak again", fs[n-1].Rule, kept.ID, text.Raw(v.Ref().String()), kept.ID)
	return nil
}

// unsilence lets a finding of the prompt speak again.
func (d *desk) unsilence(ctx context.Context, g *globals, v session.VariantInfo, id int64) error {
	all, err := d.store.Silences(ctx, v.PromptID)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID == id {
			if err := d.store.DeleteSilence(ctx, id); err != nil {
				return err
			}
			g.talk("%s speaks again: %s", s.Rule, text.Head(s.Quote, 60).OneLine())
			return nil
		}
	}
	return usage("no silence of %s has the number %d; galley lint %s --silences lists them", v.Prompt, id, text.Raw(v.Ref().String()))
}

// silenceJSON is a silence as --silences --json prints it.
type silenceJSON struct {
	ID     int64    `json:"id"`
	Rule   string   `json:"rule"`
	Quote  text.Raw `json:"quote"`
	Reason text.Raw `json:"reason"`
	By     text.Raw `json:"by"`
	AtMS   int64    `json:"at_ms"`
	Stale  *bool    `json:"stale"` // null where too much would have to be read to know
}

// mostChecked bounds how many contexts are read to find out whether a silence is
// still about something.
const mostChecked = 2000

// listSilences prints the silences of a prompt. One that is about nothing any more,
// in no variant with no case, is stale.
func (d *desk) listSilences(ctx context.Context, g *globals, v session.VariantInfo) error {
	o, err := d.lintOptions(ctx, v.PromptID)
	if err != nil {
		return err
	}
	live, all, err := d.liveSilences(ctx, v.PromptID, o)
	if err != nil {
		return err
	}
	rows := make([]silenceJSON, 0, len(o.Silences))
	for _, s := range o.Silences {
		r := silenceJSON{ID: s.ID, Rule: s.Rule, Quote: s.Quote, Reason: s.Reason, By: s.By, AtMS: s.CreatedMS}
		if stale := !live[s.ID]; all || !stale {
			r.Stale = &stale
		}
		rows = append(rows, r)
	}
	if g.json {
		return g.printJSON(rows)
	}
	for _, r := range rows {
		state := ""
		if r.Stale != nil && *r.Stale {
			state = g.paint(styleWarn, " stale: the words that it was about are gone; take it away with --unsilence "+fmt.Sprint(r.ID))
		}
		g.say("%d %s: %s (“%s”, by %s)%s", r.ID, r.Rule, r.Reason.String(), text.Head(r.Quote, 40).OneLine(), r.By, state)
	}
	if len(rows) == 0 {
		g.talk("nothing is silenced")
	}
	return nil
}

// liveSilences are the silences that some variant with some case still needs; all
// reports whether every context was read that had to be.
func (d *desk) liveSilences(ctx context.Context, promptID int64, o lint.Options) (live map[int64]bool, all bool, err error) {
	live = map[int64]bool{}
	variants, err := d.store.Variants(ctx, promptID)
	if err != nil {
		return nil, false, err
	}
	cases := o.Cases
	if len(cases) == 0 {
		cases = []session.Case{{}}
	}
	read := 0
	for _, k := range cases { // the first case of every variant before the second of any
		for _, v := range variants {
			if len(live) == len(o.Silences) {
				return live, true, nil
			}
			if read++; read > mostChecked {
				return live, false, nil
			}
			if err := ctx.Err(); err != nil {
				return nil, false, err
			}
			c := v.Revision.Content
			p := session.Compose(c, k, session.Order{})
			o.Tokens = d.count(ctx, p, "")
			for _, f := range lint.Check(c, k, p, o) {
				if f.SilenceID != 0 {
					live[f.SilenceID] = true
				}
			}
		}
	}
	return live, true, nil
}
