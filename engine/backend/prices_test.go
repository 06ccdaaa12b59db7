package backend

import (
	"math"
	"strings"
	"testing"
	"time"

	"galley/session"
)

// Every row of the lists can be a price: the day it was true stands with it, and
// nothing that is unknown is 0.
func TestPriceLists(t *testing.T) {
	for who, table := range map[string][]priceRow{"openai": openAIPrices, "anthropic": anthropicPrices, "gemini": geminiPrices} {
		seen := map[string]bool{}
		for _, l := range table {
			bad := func(why string) { t.Errorf("%s: %s: %s", who, l.model, why) }
			if _, err := time.Parse(time.DateOnly, l.day); err != nil {
				bad("its day: " + err.Error())
			}
			for _, d := range []string{l.from, l.until} {
				if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
					bad(err.Error())
				}
			}
			if l.input <= 0 || l.output < l.input || l.input > 100 || l.output > 500 {
				bad("its price")
			}
			if l.cached < 0 || l.cached >= l.input || l.written != 0 && l.written <= l.input {
				bad("what is cached is cheaper, and what is put there dearer")
			}
			if (l.upTo > 0) != (l.overIn > l.input) || (l.upTo > 0) != (l.overOut > l.output) || l.overC > 0 && l.overC <= l.cached {
				bad("a longer prompt is dearer")
			}
			if l.context != 0 && (l.context < 8192 || l.context < l.upTo) {
				bad("its context")
			}
			if l.model != strings.ToLower(l.model) || dated.MatchString(l.model) || seen[l.model+l.from] {
				bad("its name")
			}
			seen[l.model+l.from] = true
		}
		if len(table) < 5 {
			t.Errorf("%s has %d rows", who, len(table))
		}
	}
}

func TestSetPrices(t *testing.T) {
	s, err := NewSet([]Config{
		{Name: "openai", Kind: "openai", KeyEnv: "K", Prices: map[string]Price{"gpt-4.1": {Input: 9, Output: 9}}, Context: map[string]int{"gpt-4.1": 7}},
		{Name: "anthropic", Kind: "anthropic", KeyEnv: "K"}, {Name: "gemini", Kind: "gemini", KeyEnv: "K"},
		{Name: "proxy", Kind: "openai", BaseURL: "https://proxy.example.test/v1", KeyEnv: "K"},
		{Name: "mine", Kind: "anthropic", BaseURL: "https://api.anthropic.com/v1", KeyEnv: "K"},
		{Name: "port", Kind: "anthropic", BaseURL: "https://api.anthropic.com:8443/v1", KeyEnv: "K"},
	}, nil, Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		ref     string
		in, out float64
		day     string
		context int
	}{
		{"openai/gpt-4.1", 9, 9, "", 7}, {"openai/gpt-4.1-mini-2025-04-14", 0.4, 1.6, "2025-12-11", 1_047_576},
		{"anthropic/claude-sonnet-4-5-20250929", 3, 15, "2026-10-10", 200_000}, {"mine/claude-haiku-4-5", 1, 5, "2026-10-10", 200_000},
		{"gemini/gemini-2.5-pro", 1.25, 10, "2026-10-07", geminiMost}, {"gemini/models/gemini-2.5-flash-001", 0.3, 2.5, "2026-10-07", geminiMost},
	} {
		p, ok := s.Price(k.ref)
		if !ok || p.Input != k.in || p.Output != k.out || p.AsOf != k.day || s.Context(k.ref) != k.context {
			t.Errorf("%s: %+v %v %d", k.ref, p, ok, s.Context(k.ref))
		}
	}
	for _, ref := range []string{"openai/gpt-4.1-unheard-of", "openai/gpt-9", "proxy/gpt-4.1", "port/claude-haiku-4-5", "anthropic/gpt-4.1", "none/x", "x", "anthropic/claude-haiku-4-5-20251001-x"} {
		if p, ok := s.Price(ref); ok || p != (Price{}) || s.Context(ref) != 0 {
			t.Errorf("%s has the price %+v", ref, p)
		}
	}
}

// A price that was announced until a day is not one after it.
func TestPriceOfADay(t *testing.T) {
	o := origin{"https", geminiHost, "443"}
	for day, want := range map[string]float64{"2026-11-22": 0.75, "2026-12-31": 0.75, "2027-01-01": 1.5} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if l, ok := listedAt(o, "gemini-3.8-flash", now); !ok || l.input != want {
			t.Errorf("%s: %+v %v", day, l, ok)
		}
	}
}

func TestCost(t *testing.T) {
	p := Price{Input: 2, Output: 10, Cached: ptr(0.5), Written: ptr(2.5), UpTo: 1000, Over: &Price{Input: 4, Output: 15}}
	for _, k := range []struct {
		u    session.Usage
		want float64
	}{
		{session.Usage{Input: 1000, Output: 10}, 2100},
		{session.Usage{Input: 1000, Output: 10, Cached: ptr(400)}, 1200 + 200 + 100},
		{session.Usage{Input: 1000, Output: 10, Cached: ptr(400), Written: ptr(600)}, 200 + 1500 + 100},
		{session.Usage{Input: 1001, Output: 10, Cached: ptr(400), Written: ptr(600)}, 4004 + 150},
		{session.Usage{}, 0},
	} {
		if got := p.Cost(k.u) * 1e6; math.Abs(got-k.want) > 1e-6 {
			t.Errorf("%+v: %v, want %v", k.u, got, k.want)
		}
		if p.AtMost(k.u.Input, k.u.Output) < p.Cost(k.u) {
			t.Errorf("%+v can cost more than at most", k.u)
		}
	}
}

// A backend that is asked for and not there is one line away.
func TestUnknownBackends(t *testing.T) {
	s, err := NewSet(nil, nil, Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"openai": `key_env = "OPENAI_API_KEY"`, "anthropic": `kind = "anthropic" and key_env = "ANTHROPIC_API_KEY"`, "gemini": `kind = "gemini" and key_env = "GEMINI_API_KEY"`,
		"ollama": `kind = "ollama"`, "vllm": `kind = "vllm" and its base_url`, "other": `kind = "openai" and its base_url`,
	} {
		if _, _, err := s.Lookup(name + "/m"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
