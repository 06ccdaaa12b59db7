package backend

import (
	"regexp"
	"strings"
	"time"

	"galley/session"
)

// Cost is what an answer cost by what its server counted, in US dollars.
func (p Price) Cost(u session.Usage) float64 {
	p = p.of(u.Input)
	cached, written := 0, 0
	if u.Cached != nil && p.Cached != nil {
		cached = *u.Cached
	}
	if u.Written != nil && p.Written != nil {
		written = *u.Written
	}
	usd := float64(u.Input-cached-written)*p.Input + float64(u.Output)*p.Output
	if cached > 0 {
		usd += float64(cached) * *p.Cached
	}
	if written > 0 {
		usd += float64(written) * *p.Written
	}
	return usd / 1e6
}

// AtMost is what a request of so many tokens can cost: nothing of it in the
// server's cache, and all of it put there.
func (p Price) AtMost(in, out int) float64 {
	p = p.of(in)
	input := p.Input
	if p.Written != nil {
		input = max(input, *p.Written)
	}
	return (float64(in)*input + float64(out)*p.Output) / 1e6
}

// of is the price of a request with a prompt of so many tokens.
func (p Price) of(in int) Price {
	if p.Over != nil && in > p.UpTo {
		return *p.Over
	}
	return p
}

// priceRow is a row of the table: what a hosted model costs in US dollars per
// million tokens, as its maker's list said on a day.
type priceRow struct {
	model                  string
	input, output          float64
	cached, written        float64 // 0: as input, where the list says nothing else
	upTo                   int     // tokens of a prompt that the price holds for; 0: any
	overIn, overOut, overC float64 // of a longer one
	context                int     // tokens; 0: not known
	day                    string  // on which it was true
	from, until            string  // days that the price is announced for; "" without end
}

const (
	gptLong    = 272_000   // tokens of a prompt, from which on OpenAI's price is another
	gptContext = 1_050_000 // tokens
	geminiLong = 200_000
	geminiMost = 1_048_576
)

// The lists. A model that is not in them, and any server that is not its maker's
// own, has no price here: the config gives it one. Prices are for standard
// processing, without discounts for batches or surcharges for speed or place.
var (
	openAIPrices = []priceRow{
		{model: "gpt-6.2-astra", input: 8, output: 40, cached: 0.4, written: 10, upTo: gptLong, overIn: 16, overOut: 60, overC: 0.8, context: gptContext, day: "2026-11-18"},
		{model: "gpt-6.2-sol", input: 2, output: 10, cached: 0.1, written: 2.5, upTo: gptLong, overIn: 4, overOut: 15, overC: 0.2, context: gptContext, day: "2026-11-18"},
		{model: "gpt-6.1-sol", input: 2, output: 10, cached: 0.1, written: 2.5, upTo: gptLong, overIn: 4, overOut: 15, overC: 0.2, context: gptContext, day: "2026-10-01"},
		{model: "gpt-6.1-terra", input: 1, output: 5, cached: 0.05, written: 1.25, upTo: gptLong, overIn: 2, overOut: 7.5, overC: 0.1, day: "2026-10-27"},
		{model: "gpt-6-astra", input: 10, output: 50, cached: 1, written: 12.5, upTo: gptLong, overIn: 20, overOut: 75, overC: 2, context: gptContext, day: "2026-10-12"},
		{model: "gpt-6-sol", input: 2, output: 10, cached: 0.2, written: 2.5, upTo: gptLong, overIn: 4, overOut: 15, overC: 0.4, context: gptContext, day: "2026-10-13"},
		{model: "gpt-6-luna", input: 0.1, output: 0.5, cached: 0.01, written: 0.125, upTo: gptLong, overIn: 0.2, overOut: 0.75, overC: 0.02, context: gptContext, day: "2026-09-22"},
		{model: "gpt-5.6-sol", input: 4, output: 20, cached: 0.4, written: 5, upTo: gptLong, overIn: 8, overOut: 30, overC: 0.8, day: "2026-09-22"},
		{model: "gpt-5.6-terra", input: 2, output: 12, cached: 0.2, written: 2.5, upTo: gptLong, overIn: 4, overOut: 18, overC: 0.4, day: "2026-09-07"},
		{model: "gpt-5.6-luna", input: 0.2, output: 1.2, cached: 0.02, written: 0.25, upTo: gptLong, overIn: 0.4, overOut: 1.8, overC: 0.04, day: "2026-09-07"},
		{model: "gpt-5.5", input: 5, output: 30, cached: 0.5, upTo: gptLong, overIn: 10, overOut: 45, overC: 1, day: "2026-05-04"},
		{model: "gpt-5.4", input: 2.5, output: 15, cached: 0.25, upTo: gptLong, overIn: 5, overOut: 22.5, overC: 0.5, day: "2026-05-04"},
		{model: "gpt-5.4-mini", input: 0.75, output: 4.5, cached: 0.075, context: 400_000, day: "2026-05-04"},
		{model: "gpt-5.4-nano", input: 0.2, output: 1.25, cached: 0.02, context: 400_000, day: "2026-05-04"},
		{model: "gpt-5.2", input: 1.75, output: 14, cached: 0.175, context: 400_000, day: "2025-12-11"},
		{model: "gpt-5.1", input: 1.25, output: 10, cached: 0.125, context: 400_000, day: "2025-12-11"},
		{model: "gpt-5", input: 1.25, output: 10, cached: 0.125, context: 400_000, day: "2025-12-11"},
		{model: "gpt-5-mini", input: 0.25, output: 2, cached: 0.025, context: 400_000, day: "2025-12-11"},
		{model: "gpt-5-nano", input: 0.05, output: 0.4, cached: 0.005, context: 400_000, day: "2025-12-11"},
		{model: "gpt-4.1", input: 2, output: 8, cached: 0.5, context: 1_047_576, day: "2025-12-11"},
		{model: "gpt-4.1-mini", input: 0.4, output: 1.6, cached: 0.1, context: 1_047_576, day: "2025-12-11"},
		{model: "gpt-4.1-nano", input: 0.1, output: 0.4, cached: 0.025, context: 1_047_576, day: "2025-12-11"},
		{model: "gpt-4o", input: 2.5, output: 10, cached: 1.25, context: 128_000, day: "2025-12-11"},
		{model: "gpt-4o-mini", input: 0.15, output: 0.6, cached: 0.075, context: 128_000, day: "2025-12-11"},
		{model: "o3", input: 2, output: 8, cached: 0.5, context: 200_000, day: "2025-12-11"},
		{model: "o4-mini", input: 1.1, output: 4.4, cached: 0.275, context: 200_000, day: "2025-12-11"},
	}
	anthropicPrices = []priceRow{
		{model: "claude-fable-5-1", input: 10, output: 50, cached: 0.25, written: 12.5, context: 1_000_000, day: "2026-10-24"},
		{model: "claude-fable-5", input: 10, output: 50, cached: 1, written: 12.5, context: 1_000_000, day: "2026-10-24"},
		{model: "claude-opus-5-5", input: 4, output: 20, cached: 0.2, written: 5, context: 1_000_000, day: "2026-10-24"},
		{model: "claude-opus-5", input: 5, output: 25, cached: 0.5, written: 6.25, context: 1_000_000, day: "2026-10-24"},
		{model: "claude-opus-4-8", input: 5, output: 25, cached: 0.5, written: 6.25, day: "2026-10-24"},
		{model: "claude-opus-4-7", input: 5, output: 25, cached: 0.5, written: 6.25, day: "2026-10-24"},
		{model: "claude-opus-4-6", input: 5, output: 25, cached: 0.5, written: 6.25, day: "2026-10-24"},
		{model: "claude-opus-4-5", input: 5, output: 25, cached: 0.5, written: 6.25, context: 200_000, day: "2026-10-24"},
		{model: "claude-opus-4-1", input: 15, output: 75, cached: 1.5, written: 18.75, context: 200_000, day: "2026-10-10"},
		{model: "claude-sonnet-5-5", input: 2, output: 10, cached: 0.1, written: 2.5, context: 1_000_000, day: "2026-10-24"},
		{model: "claude-sonnet-5", input: 2, output: 10, cached: 0.2, written: 2.5, context: 1_000_000, day: "2026-10-24"},
		{model: "claude-sonnet-4-6", input: 3, output: 15, cached: 0.3, written: 3.75, day: "2026-10-24"},
		{model: "claude-sonnet-4-5", input: 3, output: 15, cached: 0.3, written: 3.75, context: 200_000, day: "2026-10-10"},
		{model: "claude-haiku-5-5", input: 0.1, output: 0.5, cached: 0.01, written: 0.125, upTo: 100_000, overIn: 0.5, overOut: 2.5, overC: 0.05, context: 1_000_000, day: "2026-10-24"},
		{model: "claude-haiku-4-5", input: 1, output: 5, cached: 0.1, written: 1.25, context: 200_000, day: "2026-10-10"},
	}
	geminiPrices = []priceRow{
		{model: "gemini-3.8-flash", input: 0.75, output: 3.75, cached: 0.075, context: geminiMost, day: "2026-10-07", until: "2026-12-31"},
		{model: "gemini-3.8-flash", input: 1.5, output: 7.5, context: geminiMost, day: "2026-10-07", from: "2027-01-01"},
		{model: "gemini-3.6-flash", input: 1.5, output: 7.5, cached: 0.15, context: geminiMost, day: "2026-07-21"},
		{model: "gemini-3.5-flash", input: 1.5, output: 9, cached: 0.15, context: geminiMost, day: "2026-10-07"},
		{model: "gemini-3.5-flash-lite", input: 0.3, output: 2.5, cached: 0.03, context: geminiMost, day: "2026-10-07"},
		{model: "gemini-3.1-pro-preview", input: 2, output: 12, cached: 0.2, upTo: geminiLong, overIn: 4, overOut: 18, overC: 0.4, context: geminiMost, day: "2026-10-07"},
		{model: "gemini-2.5-pro", input: 1.25, output: 10, cached: 0.125, upTo: geminiLong, overIn: 2.5, overOut: 15, overC: 0.25, context: geminiMost, day: "2026-10-07"},
		{model: "gemini-2.5-flash", input: 0.3, output: 2.5, cached: 0.03, context: geminiMost, day: "2026-10-07"},
		{model: "gemini-2.5-flash-lite", input: 0.1, output: 0.4, cached: 0.01, context: geminiMost, day: "2026-10-07"},
	}
)

// price is the row as a price.
func (l priceRow) price() Price {
	p := Price{Input: l.input, Output: l.output, Cached: known(l.cached), Written: known(l.written), AsOf: l.day, UpTo: l.upTo}
	if l.upTo > 0 {
		p.Over = &Price{Input: l.overIn, Output: l.overOut, Cached: known(l.overC), AsOf: l.day}
		if l.written > 0 {
			p.Over.Written = known(l.written / l.input * l.overIn)
		}
	}
	return p
}

func known(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}

// dated is how makers write the day of a model behind its name, or that it is the
// newest of it.
var dated = regexp.MustCompile(`-(?:20[0-9]{2}-[0-9]{2}-[0-9]{2}|20[0-9]{6}|00[0-9]|latest)$`)

// listedAt finds a model in the list of the service that stands at an origin, as
// of a day.
func listedAt(o origin, model string, now time.Time) (priceRow, bool) {
	var table []priceRow
	switch o {
	case origin{"https", openAIHost, "443"}:
		table = openAIPrices
	case origin{"https", anthropicHost, "443"}:
		table = anthropicPrices
	case origin{"https", geminiHost, "443"}:
		table = geminiPrices
	default:
		return priceRow{}, false
	}
	model = strings.TrimPrefix(model, "models/")
	today := now.UTC().Format(time.DateOnly)
	for _, name := range []string{model, dated.ReplaceAllString(model, "")} {
		for _, l := range table {
			if l.model == name && l.from <= today && (l.until == "" || today <= l.until) {
				return l, true
			}
		}
	}
	return priceRow{}, false
}

// placed is a backend that knows where its server is.
type placed interface{ place() origin }

// place is where the server is.
func (c *client) place() origin { return originOf(c.base) }
