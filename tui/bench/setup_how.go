package bench

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// OnLimit is what a run does when a server asks to wait.
type OnLimit string

// What a run does after a 429.
const (
	LimitWait OnLimit = ""     // wait as long as the server asks
	LimitSkip OnLimit = "skip" // that cell fails, and the next is asked after the wait
	LimitStop OnLimit = "stop" // nobody is asked any more
)

// how is the part of a choice that says how it is asked.
type how struct {
	run      session.RunHow
	limit    OnLimit
	usd      float64 // 0: no budget
	requests int     // 0: no budget
}

var (
	limits    = []OnLimit{LimitWait, LimitSkip, LimitStop}
	dollars   = []float64{0, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100}
	reqCounts = []int{0, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000}
)

// howItems are the lines of the panel on how a run asks.
func howItems() []item {
	return []item{
		{kind: itemTakes, label: text.Of("takes")},
		{kind: itemOrders, label: text.Of("orders of shots")},
		{kind: itemCache, label: text.Of("answers")},
		{kind: itemTiming, label: text.Of("kind of run")},
		{kind: itemRepeat, label: text.Of("repeatable")},
		{kind: itemLimit, label: text.Of("told to wait")},
		{kind: itemDollars, label: text.Of("dollars, most")},
		{kind: itemRequests, label: text.Of("requests, most")},
	}
}

// value is how the line of a choice reads.
func (h how) value(k itemKind) string {
	switch k {
	case itemTiming:
		if h.run.Timing {
			return "timing: it measures"
		}
		return "fast"
	case itemRepeat:
		if h.run.Repeatable || h.run.Timing {
			return "yes, one at a time"
		}
		return "no"
	case itemLimit:
		return map[OnLimit]string{LimitWait: "waits", LimitSkip: "skips that cell", LimitStop: "stops the run"}[h.limit]
	case itemDollars:
		if h.usd == 0 {
			return "no budget"
		}
		return kit.Money(&h.usd)
	case itemRequests:
		if h.requests == 0 {
			return "no budget"
		}
		return kit.Thousands(h.requests)
	}
	return ""
}

// meaning says in a sentence what the line under the cursor comes to.
func (p *setup) meaning() string {
	if p.at < 0 || p.at >= len(p.items) {
		return ""
	}
	switch p.items[p.at].kind {
	case itemTakes:
		return "How often each cell is asked; take n has the seed n−1 higher."
	case itemOrders:
		return "Each case is asked under so many orders of the shots, side by side."
	case itemCache:
		if p.how.run.Timing {
			return "A timing run takes nothing from what is kept."
		}
		return "An answer that is kept to the very same request costs nothing and takes no time."
	case itemTiming:
		if p.how.run.Timing {
			return "One request at a time, after a warm-up, nothing from a cache: medians of time to the first word and of tokens a second. The takes are the repeats."
		}
		return "As many at once as the servers bear. Its times hold the queue, and are no measure of a model."
	case itemRepeat:
		return "One at a time and without the server's prompt cache, so that a seed gives the same answer where the server can do that at all. It is slower."
	case itemLimit:
		switch p.how.limit {
		case LimitSkip:
			return "When a server says to slow down, that cell fails and the next is asked after the wait."
		case LimitStop:
			return "When a server says to slow down, nobody is asked any more."
		}
		return "When a server says to slow down, all requests to it wait as long as it says."
	case itemDollars:
		return "The run stops before the request that could pass this. space writes another number."
	case itemRequests:
		return "The run stops before the request that would pass this. space writes another number."
	}
	return ""
}

// stepHow changes a line on how a run asks.
func (h *how) step(k itemKind, by int) {
	switch k {
	case itemTiming:
		h.run.Timing = !h.run.Timing
	case itemRepeat:
		h.run.Repeatable = !h.run.Repeatable
	case itemLimit:
		h.limit = limits[(slices.Index(limits, h.limit)+by+len(limits))%len(limits)]
	case itemDollars:
		h.usd = along(dollars, h.usd, by)
	case itemRequests:
		h.requests = along(reqCounts, h.requests, by)
	}
}

// along is the next or the former of the steps; from between two of them it is the
// nearer on that side.
func along[T int | float64](steps []T, v T, by int) T {
	i, there := slices.BinarySearch(steps, v)
	if by > 0 && there {
		i++
	} else if by < 0 {
		i--
	}
	return steps[(i+len(steps))%len(steps)]
}

// askBudget asks for a number that is none of the steps.
func (s *Screen) askBudget(k itemKind) tea.Cmd {
	p := s.setup
	label, value := "US dollars at most; empty for no budget", ""
	if k == itemRequests {
		label = "Requests at most; empty for no budget"
		if p.how.requests > 0 {
			value = strconv.Itoa(p.how.requests)
		}
	} else if p.how.usd > 0 {
		value = strconv.FormatFloat(p.how.usd, 'f', -1, 64)
	}
	read := func(v text.Raw) (how, string) {
		out, t := p.how, strings.TrimPrefix(strings.TrimSpace(v.String()), "$")
		switch {
		case k == itemRequests && t == "":
			out.requests = 0
		case k == itemRequests:
			n, err := strconv.Atoi(t)
			if err != nil || n < 1 {
				return out, "is no whole number from 1 on"
			}
			out.requests = n
		case t == "":
			out.usd = 0
		default:
			f, err := strconv.ParseFloat(t, 64)
			if err != nil || !(f > 0 && f < 1e9) {
				return out, "is no number of dollars"
			}
			out.usd = f
		}
		return out, ""
	}
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Budget", Label: label, Value: text.Raw(value),
		Check: func(v text.Raw) string { _, why := read(v); return why },
		Done: func(v text.Raw) tea.Cmd {
			if out, why := read(v); why == "" {
				p.how = out
			}
			return s.estimate()
		},
	})
}

// budgets says what ends the run early, "" nothing.
func (h how) budgets() string {
	var parts []string
	if h.usd > 0 {
		parts = append(parts, "before "+kit.Money(&h.usd)+" is passed")
	}
	if h.requests > 0 {
		parts = append(parts, "after "+kit.Plural(h.requests, "request", "requests"))
	}
	if len(parts) == 0 {
		return ""
	}
	return "It stops " + strings.Join(parts, " or ") + "."
}

// about is how long something takes, no finer than it is known.
func about(ms int64) string {
	switch s := (ms + 999) / 1000; {
	case s < 60:
		return fmt.Sprintf("about %d s", s)
	case s < 3600:
		return fmt.Sprintf("about %d min", (s+59)/60)
	default:
		return fmt.Sprintf("about %d h %02d min", s/3600, s/60%60)
	}
}

// forecast is the rows of the cost on time, on what the cache spares and on where
// prices are from.
func (e Estimate) forecast() [][2]string {
	var out [][2]string
	switch {
	case e.Calls == 0:
	case e.LeftMS > 0:
		words := about(e.LeftMS) + " at the speed last seen"
		if e.Slowest != "" {
			words += ", for " + text.Raw(e.Slowest).String()
		}
		out = append(out, [2]string{"time", words})
	default:
		out = append(out, [2]string{"time", "not known yet"})
	}
	if e.Cached > 0 {
		var saved []string
		if e.SavedUSD != nil && *e.SavedUSD > 0 {
			saved = append(saved, kit.Money(e.SavedUSD))
		}
		if e.SavedMS > 0 {
			saved = append(saved, about(e.SavedMS))
		}
		if len(saved) > 0 {
			out = append(out, [2]string{"it saves", strings.Join(saved, " and ")})
		}
	}
	if e.PricedAt != "" && !e.Free {
		out = append(out, [2]string{"prices", "built in, of " + e.PricedAt})
	}
	return out
}
