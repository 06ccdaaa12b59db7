package main

import (
	"fmt"
	"strings"
	"time"

	"galley/engine"
	"galley/engine/tokens"
	"galley/session/text"
)

type estimateJSON struct {
	Type        string     `json:"type"`
	Cells       int        `json:"cells"`
	Calls       int        `json:"calls"`
	Cached      int        `json:"cached"`
	InputTokens int        `json:"input_tokens"`
	MaxOutput   *int       `json:"max_output_tokens"`
	Source      string     `json:"source"`
	CostUSD     *float64   `json:"cost_usd"`
	PricedAt    *string    `json:"priced_at"` // the day of the oldest built-in price of it
	Free        bool       `json:"free"`
	LeftMS      *int64     `json:"left_ms"` // at the speed last seen
	Slowest     *string    `json:"slowest"` // the backend that takes so long
	SavedUSD    *float64   `json:"saved_usd"`
	SavedMS     *int64     `json:"saved_ms"`
	Warnings    []text.Raw `json:"warnings"`
}

// someMS is a time in milliseconds, nil where it is unknown.
func someMS(d time.Duration) *int64 { return some(d.Milliseconds()) }

// sayEstimate prints what a plan would take.
func (g *globals) sayEstimate(e engine.Estimate, plan engine.Plan) error {
	if g.json {
		return g.printLine(estimateJSON{
			"estimate", len(plan.Cells), e.Calls, e.Cached, e.InputTokens, some(e.MaxOutput), e.Source, e.CostUSD, some(e.PricedAt), e.Free,
			someMS(e.Left), some(e.Slowest), e.SavedUSD, someMS(e.Saved), raws(e.Warnings),
		})
	}
	g.say("%s: %s, %d from the cache", plural(len(plan.Cells), "cell", "cells"), plural(e.Calls, "call", "calls"), e.Cached)
	out := "an unknown number of tokens out"
	if e.MaxOutput > 0 {
		out = fmt.Sprintf("at most %d out", e.MaxOutput)
	}
	g.say("%d tokens in (by %s), %s", e.InputTokens, sourceWords(e.Source), out)
	g.say("%s", costWords(e))
	if e.Calls > 0 {
		g.say("%s", timeWords(e))
	}
	if saved := savedWords(e); saved != "" {
		g.say("%s", saved)
	}
	for _, w := range e.Warnings {
		g.say("%s %s", g.paint(styleWarn, "warning:"), text.Raw(w))
	}
	return nil
}

// talkEstimate says in a line what a run will take, before it begins, and what is
// to be known of it.
func (g *globals) talkEstimate(e engine.Estimate, plan engine.Plan) {
	parts := []string{plural(e.Calls, "call", "calls"), itoa(e.Cached) + " from the cache"}
	if e.Calls > 0 {
		parts = append(parts, costWords(e))
		if e.Left > 0 {
			parts = append(parts, timeWords(e))
		}
	}
	g.talk("%s: %s", plural(len(plan.Cells), "cell", "cells"), strings.Join(parts, ", "))
	for _, w := range e.Warnings {
		g.talk("warning: %s", text.Raw(w))
	}
}

func costWords(e engine.Estimate) string {
	switch {
	case e.Free:
		return "free"
	case e.CostUSD == nil:
		return "the cost is unknown: there is no price for a model of it"
	}
	words := fmt.Sprintf("at most $%.4f", *e.CostUSD)
	if e.Source == tokens.SourceEstimate {
		words = fmt.Sprintf("at most about $%.4f, since the tokens in are estimated", *e.CostUSD)
	}
	if e.PricedAt != "" {
		words += ", by prices as of " + e.PricedAt
	}
	return words
}

func timeWords(e engine.Estimate) string {
	if e.Left <= 0 {
		return "how long it takes is unknown: a model of it was not timed yet"
	}
	words := "about " + roughly(e.Left) + " at the speed last seen"
	if e.Slowest != "" {
		words += ", for " + text.Raw(e.Slowest).String()
	}
	return words
}

// savedWords says what the cache spares, "" nothing that is known.
func savedWords(e engine.Estimate) string {
	var parts []string
	if e.SavedUSD != nil && *e.SavedUSD > 0 {
		parts = append(parts, fmt.Sprintf("$%.4f", *e.SavedUSD))
	}
	if e.Saved >= time.Second {
		parts = append(parts, "about "+roughly(e.Saved))
	}
	if e.Cached == 0 || len(parts) == 0 {
		return ""
	}
	return "the cache spares " + strings.Join(parts, " and ")
}

// roughly is a time as one says it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Second:
		return "a second"
	case d < 2*time.Minute:
		return plural(int(d.Round(time.Second).Seconds()), "second", "seconds")
	case d < 2*time.Hour:
		return plural(int(d.Round(time.Minute).Minutes()), "minute", "minutes")
	}
	return plural(int(d.Round(time.Hour).Hours()), "hour", "hours")
}
