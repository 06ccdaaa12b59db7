package main

import (
	"fmt"
	"slices"
	"strings"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// timings are the times of one contestant's answers, in milliseconds, and their
// output tokens a second. What the cache answered is not in it.
type timings struct {
	of                 session.Contestant
	first, total, rate []float64
}

// timingsOf are the times by contestant, in the order of the results.
func timingsOf(results []session.Result) []timings {
	var out []timings
	place := map[session.Contestant]int{}
	for _, r := range results {
		o := r.Output
		if o.Cached || !o.Status.Finished() || o.Timing.TotalMS <= 0 {
			continue
		}
		i, ok := place[r.Cell.Contestant]
		if !ok {
			i, place[r.Cell.Contestant] = len(out), len(out)
			out = append(out, timings{of: r.Cell.Contestant})
		}
		t := &out[i]
		t.total = append(t.total, float64(o.Timing.TotalMS))
		if o.Timing.TTFTMS > 0 {
			t.first = append(t.first, float64(o.Timing.TTFTMS))
		}
		if o.Timing.TokensPerS > 0 {
			t.rate = append(t.rate, o.Timing.TokensPerS)
		}
	}
	return out
}

// rangeJSON is a median and the range in which all values lie.
type rangeJSON struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

type timingJSON struct {
	Variant    string     `json:"variant"`
	Model      string     `json:"model"`
	Answers    int        `json:"answers"`
	TTFTMS     *rangeJSON `json:"ttft_ms"`
	TotalMS    *rangeJSON `json:"total_ms"`
	TokensPerS *rangeJSON `json:"tokens_per_s"`
}

func rangeOf(xs []float64) *rangeJSON {
	if len(xs) == 0 {
		return nil
	}
	return &rangeJSON{stats.Round3(stats.Median(slices.Clone(xs))), stats.Round3(slices.Min(xs)), stats.Round3(slices.Max(xs))}
}

func (t timings) json() timingJSON {
	return timingJSON{variantName(t.of.Variant), t.of.Model, len(t.total), rangeOf(t.first), rangeOf(t.total), rangeOf(t.rate)}
}

// printTimings prints how fast each contestant was.
func printTimings(g *globals, all []timings) {
	words := func(xs []float64, format, unit string) string {
		r := rangeOf(xs)
		if r == nil {
			return "unknown"
		}
		out := fmt.Sprintf(format, r.Median) + unit
		if r.Least != r.Most {
			out += fmt.Sprintf(" ("+format+" to "+format+")", r.Least, r.Most)
		}
		return out
	}
	t := newTable("VARIANT", "MODEL", "TIMED", "FIRST TOKEN", "WHOLE ANSWER", "TOKENS A SECOND").numbers(2)
	for _, x := range all {
		t.row(text.Raw(variantName(x.of.Variant)), text.Raw(x.of.Model), len(x.total), words(x.first, "%.0f", " ms"), words(x.total, "%.0f", " ms"),
			words(x.rate, "%.1f", ""))
	}
	t.print(g)
	g.say("Medians, with the range: one request at a time, after a warm-up, nothing from a cache.")
}

type mixedJSON struct {
	Model    string     `json:"model"`
	Reported []text.Raw `json:"reported"`
	Digests  []string   `json:"digests"`
}

func toMixedJSON(all []session.Mixing) []mixedJSON {
	out := []mixedJSON{}
	for _, m := range all {
		out = append(out, mixedJSON{m.Model, orEmpty(m.Reported), orEmpty(m.Digests)})
	}
	return out
}

// caveats are what is to be known of a run before its answers are compared.
func caveats(run session.Run, results []session.Result) []string {
	out := otherwise(results)
	for _, m := range run.Mixed {
		why := "was changed while the run went on"
		if len(m.Reported) > 1 {
			var names []string
			for _, n := range m.Reported {
				names = append(names, text.Show(n).OneLine().Truncate(60).String())
			}
			why = "answered as " + strings.Join(names, " and as ")
		}
		out = append(out, fmt.Sprintf("%s is mixed: %s %s, so not all of its answers are one model's", run.Name(), text.Raw(m.Model), why))
	}
	holds := 0
	for _, r := range results {
		if r.Holds() {
			holds++
		}
	}
	if holds > 0 {
		out = append(out, plural(holds, "wrong answer has", "wrong answers have")+" what was wanted among other words: right means equal to it; a suite judges sentences, see galley help suites")
	}
	if run.Unsure > 0 {
		out = append(out, plural(run.Unsure, "request was", "requests were")+" on the way when the process died, and may have been billed")
	}
	return out
}

// otherwise says what of a run's answers is not as it was asked for: an input that
// was cut on its way, and a model that answers by quite another name, as a
// llama-server does that is asked for a model that it has not.
func otherwise(results []session.Result) []string {
	var out []string
	cut, told := 0, map[string]bool{}
	for _, r := range results {
		if r.Output.Cut {
			cut++
		}
		asked, by := r.Cell.Contestant.Model, text.Show(r.Output.Model).OneLine().Truncate(60).String()
		_, name, _ := strings.Cut(asked, "/")
		a, b := strings.ToLower(name), strings.ToLower(by)
		if by == "" || strings.Contains(a, b) || strings.Contains(b, a) || told[asked+"\x00"+by] || strings.HasPrefix(asked, "human/") {
			continue
		}
		told[asked+"\x00"+by] = true
		out = append(out, fmt.Sprintf("%s was answered by what its server calls %s; galley models lists what it has", text.Raw(asked), by))
	}
	if cut > 0 {
		out = append(out, "a part of "+plural(cut, "input", "inputs")+" was not there when the model read it; galley show OUTPUT says what is missing")
	}
	return out
}
