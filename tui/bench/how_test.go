package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

func TestSetupSaysHow(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	saved := 0.02
	w.est = Estimate{
		Cells: 240, Calls: 200, Cached: 40, InputTokens: 9000, MaxOutput: 100, Source: "estimate", LeftMS: 130_000, Slowest: "lo\x1bcal",
		SavedUSD: &saved, SavedMS: 61_000, PricedAt: "2025-11-03", CostUSD: &saved,
		Warnings: []string{"the case stands before the shots: 300 tokens can't be kept", "two", "three", "four"},
	}
	s := start(t, tab, w)
	s.Resize(160, 43)
	press(s, "n")
	for _, step := range []struct {
		at    itemKind
		key   string
		want  string // in the choice
		means string // on the screen
	}{
		{itemTiming, "right", "timing", "after a warm-up"},
		{itemRepeat, "right", "timing repeatable", "a seed gives the same answer"},
		{itemTiming, "left", "repeatable", "no measure of a model"},
		{itemLimit, "right", "repeatable skip", "the next is asked after the wait"},
		{itemLimit, "right", "repeatable stop", "nobody is asked any more"},
		{itemLimit, "right", "repeatable", "wait as long as it says"},
		{itemDollars, "right", "repeatable $0.1", "could pass this"},
		{itemRequests, "left", "repeatable $0.1 10000 requests", "would pass this"},
	} {
		onto(t, s, step.at)
		press(s, step.key)
		c := w.choice
		var got []string
		if c.How.Timing {
			got = append(got, "timing")
		}
		if c.How.Repeatable {
			got = append(got, "repeatable")
		}
		if c.OnLimit != LimitWait {
			got = append(got, string(c.OnLimit))
		}
		if c.MaxCostUSD > 0 {
			got = append(got, fmt.Sprintf("$%g", c.MaxCostUSD))
		}
		if c.MaxRequests > 0 {
			got = append(got, fmt.Sprint(c.MaxRequests, " requests"))
		}
		if g := strings.Join(got, " "); g != step.want {
			t.Fatalf("after %s: %q, want %q", step.key, g, step.want)
		}
		if v := flat(s.View()); !strings.Contains(v, step.means) {
			t.Errorf("%q is not said:\n%s", step.means, ansi.Strip(s.View()))
		}
	}
	for _, want := range []string{"about 3 min at the speed last seen, for lo␛cal", "it saves", "about 2 min", "built in, of 2025-11-03", "300 tokens can't be kept", "2 warnings more"} {
		if !strings.Contains(flat(s.View()), want) {
			t.Errorf("%q is not said:\n%s", want, ansi.Strip(s.View()))
		}
	}
	golden(t, "setup-how", s)
}

// flat is the right column of the panel in one line, wrapped or not.
func flat(view string) string {
	var out []string
	for _, l := range strings.Split(ansi.Strip(view), "\n") {
		if _, r, ok := strings.Cut(l, "│"); ok {
			out = append(out, strings.Fields(r)...)
		}
	}
	return strings.Join(out, " ")
}

func TestBudgetIsTyped(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	s := start(t, tab, w)
	press(s, "n")
	for _, tt := range []struct {
		at   itemKind
		text text.Raw
		bad  bool
		usd  float64
		reqs int
	}{
		{itemDollars, "0.37", false, 0.37, 0},
		{itemDollars, "lots", true, 0.37, 0},
		{itemDollars, "-1", true, 0.37, 0},
		{itemDollars, "NaN", true, 0.37, 0},
		{itemRequests, "33", false, 0.37, 33},
		{itemRequests, "3.5", true, 0.37, 33},
		{itemDollars, "", false, 0, 33},
	} {
		onto(t, s, tt.at)
		var p *kit.Prompt
		for _, m := range press(s, "space") {
			if push, ok := m.(kit.Push); ok {
				p, _ = push.Dialog.(*kit.Prompt)
			}
		}
		if p == nil {
			t.Fatal("nothing asks for the number")
		}
		if why := p.Check(tt.text); (why != "") != tt.bad {
			t.Errorf("%q: %q", tt.text, why)
			continue
		}
		if !tt.bad {
			drain(s, p.Done(tt.text))
		}
		if w.choice.MaxCostUSD != tt.usd || w.choice.MaxRequests != tt.reqs {
			t.Errorf("%q: %+v", tt.text, w.choice)
		}
	}
	onto(t, s, itemRequests)
	press(s, "right")
	if w.choice.MaxRequests != 50 {
		t.Errorf("the step after 33 is %d", w.choice.MaxRequests)
	}
}

func TestPersonIsAskedByNameOnly(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	s := start(t, tab, w)
	s.models = append(s.models, session.ModelInfo{Ref: "human/ana"})
	press(s, "n")
	onto(t, s, itemModel)
	press(s, "a")
	if got := strings.Join(w.choice.Models, " "); got != "embedded/nearest embedded/extract" {
		t.Errorf("all models are %s", got)
	}
}

// tab goes from part to part of the panel, whatever the lines of a part are.
func TestSetupGoesFromPartToPart(t *testing.T) {
	tab := table(t)
	s := start(t, tab, newWorld(tab))
	press(s, "n")
	s.setup.at = len(s.setup.items) - 1 // a budget
	var heads []string
	for _, by := range []int{-1, -1, -1, -1, 1, 1, 1, 1} {
		s.setup.section(by)
		heads = append(heads, s.setup.items[s.setup.at-1].label.String())
	}
	if got := strings.Join(heads, " "); got != "cases models variants variants models cases how how" {
		t.Errorf("went to %s", got)
	}
}
