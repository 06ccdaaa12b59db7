package session

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"galley/session/text"
)

func TestKindsAreWhole(t *testing.T) {
	seen := map[AssertKind]bool{}
	for _, k := range AssertKinds() {
		if seen[k.Kind] || k.Kind == "" || strings.HasPrefix(string(k.Kind), "not-") {
			t.Errorf("%q stands twice, or is no name", k.Kind)
		}
		seen[k.Kind] = true
		if k.Help == "" || strings.Contains(k.Help, "\n") || len(k.Help) > 110 {
			t.Errorf("%s: the help is one short line: %q", k.Kind, k.Help)
		}
		if i, ok := k.Kind.Info(); !ok || i.Help != k.Help {
			t.Errorf("%s is not found by its name", k.Kind)
		}
		if !k.About(StatusDone) || !k.About(StatusToolCalls) || k.About(StatusError) || k.About(StatusStopped) || k.About(StatusInterrupted) {
			t.Errorf("%s: %v", k.Kind, k.Statuses)
		}
		if (k.Unit != "") != (k.Takes == TakesRange || k.Takes == TakesCeiling) {
			t.Errorf("%s has the unit %q", k.Kind, k.Unit)
		}
		for _, e := range []Example{k.Good, k.Bad} {
			if err := e.Assertion.Check(); err != nil || e.Assertion.Kind != k.Kind {
				t.Errorf("%s: the example: %v", k.Kind, err)
			}
		}
		if reflect.DeepEqual(k.Good.Result, k.Bad.Result) {
			t.Errorf("%s: one output can't both pass and fail", k.Kind)
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d kinds", len(seen))
	}
}

// hostile is text of all sorts: words, and what a line can't carry as it is.
func hostile() *rapid.Generator[text.Raw] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{`"`, `\`, "\n", "\r\n", "\x00", "\xff", "{{order}}", ": ", "::", ":", ",", ", ", "[", "]", `["a"]`, "not-", "..", " ", "\t", "\u2028", "\u202e", "\u00a0", "\ufeff", "é", "😀", "'", "#", "is-json", "a b"}),
		rapid.String(),
	)
	return rapid.Custom(func(t *rapid.T) text.Raw {
		return text.Raw(strings.Join(rapid.SliceOfN(piece, 1, 5).Draw(t, "pieces"), ""))
	})
}

// anyAssertion is an assertion of the kind that has the right shape.
func anyAssertion(t *rapid.T, k KindInfo) Assertion {
	some := hostile().Filter(func(r text.Raw) bool { return r != "" })
	a := Assertion{Kind: k.Kind, Not: rapid.Bool().Draw(t, "not"), Weight: 1}
	switch k.Takes {
	case TakesText, TakesPattern:
		a.Value = some.Draw(t, "value")
	case TakesSchema:
		a.Value = hostile().Draw(t, "schema")
	case TakesPath:
		a.Path, a.Value = some.Draw(t, "path"), some.Draw(t, "value")
	case TakesList:
		a.Values = rapid.SliceOfN(some, 1, 4).Draw(t, "values")
	case TakesRange:
		low := float64(rapid.IntRange(0, 1_000_000_000).Draw(t, "low"))
		high := low + float64(rapid.IntRange(0, 5).Draw(t, "more"))
		which := rapid.IntRange(0, 2).Draw(t, "which")
		if which != 1 {
			a.Min = &low
		}
		if which != 2 {
			a.Max = &high
		}
	case TakesCeiling:
		a.Max = num(rapid.Float64Range(0, 1e12).Draw(t, "max"))
	}
	return a
}

// What is written is read back, to the byte, for every kind.
func TestSpecRoundTrip(t *testing.T) {
	all := AssertKinds()
	rapid.Check(t, func(t *rapid.T) {
		a := anyAssertion(t, rapid.SampledFrom(all).Draw(t, "kind"))
		if err := a.Check(); err != nil {
			t.Fatalf("%+v: %v", a, err)
		}
		spec := a.Spec()
		if strings.ContainsAny(spec, "\n\r") {
			t.Fatalf("%q is more than one line", spec)
		}
		back, err := ParseAssertion(spec)
		if err != nil || !reflect.DeepEqual(a, back) {
			t.Fatalf("%q: %v\n%+v\n%+v", spec, err, a, back)
		}
		for _, r := range a.String() {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q can't be shown", a.String())
			}
		}
	})
}

func FuzzParseAssertion(f *testing.F) {
	for _, k := range AssertKinds() {
		f.Add(k.Good.Assertion.Spec())
	}
	f.Add(`json-path ":": 1`)
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAssertion(s)
		if err != nil {
			return
		}
		back, err := ParseAssertion(a.Spec())
		if err != nil || !reflect.DeepEqual(a, back) {
			t.Errorf("%q: %v\n%+v\n%+v", s, err, a, back)
		}
	})
}

func TestParseAssertion(t *testing.T) {
	for _, k := range []struct {
		in     string
		want   Assertion
		people string
	}{
		{"icontains: refund", Assertion{Kind: AssertIContains, Value: "refund"}, `icontains "refund"`},
		{`not-icontains: as an AI`, Assertion{Kind: AssertIContains, Not: true, Value: "as an AI"}, `not icontains "as an AI"`},
		{`not icontains: "as an AI"`, Assertion{Kind: AssertIContains, Not: true, Value: "as an AI"}, `not icontains "as an AI"`},
		{`not-regex: ^\s`, Assertion{Kind: AssertRegex, Not: true, Value: `^\s`}, `not regex /^\s/`},
		{`regex: "\d+"`, Assertion{Kind: AssertRegex, Value: `"\d+"`}, `regex /"\d+"/`},
		{"word-count: 15..90", Assertion{Kind: AssertWords, Min: num(15), Max: num(90)}, "word-count 15 to 90"},
		{"line-count: ..3", Assertion{Kind: AssertLines, Max: num(3)}, "line-count at most 3"},
		{"item-count: 2 ..", Assertion{Kind: AssertItems, Min: num(2)}, "item-count at least 2"},
		{"sentence-count:4", Assertion{Kind: AssertSentences, Min: num(4), Max: num(4)}, "sentence-count 4"},
		{"is-json", Assertion{Kind: AssertIsJSON}, "is-json"},
		{`is-json: {"type":"object"}`, Assertion{Kind: AssertIsJSON, Value: `{"type":"object"}`}, `is-json that fits {"type":"object"}`},
		{`json-path .category: "billing"`, Assertion{Kind: AssertJSONPath, Path: ".category", Value: `"billing"`}, `json-path .category is "billing"`},
		{`json-path .a[1:2]: [3]`, Assertion{Kind: AssertJSONPath, Path: ".a[1:2]", Value: `[3]`}, `json-path .a[1:2] is [3]`},
		{`json-path ".a: {b: .c}": 1`, Assertion{Kind: AssertJSONPath, Path: ".a: {b: .c}", Value: `1`}, `json-path .a: {b: .c} is 1`},
		{"contains-any: refund, money back", Assertion{Kind: AssertContainsAny, Values: []text.Raw{"refund", "money back"}}, `contains-any "refund", "money back"`},
		{`contains-all: ["a, b", "c"]`, Assertion{Kind: AssertContainsAll, Values: []text.Raw{"a, b", "c"}}, `contains-all "a, b", "c"`},
		{`contains-all: "a, b", c`, Assertion{Kind: AssertContainsAll, Values: []text.Raw{"a, b", "c"}}, `contains-all "a, b", "c"`},
		{"latency: 2000", Assertion{Kind: AssertLatency, Max: num(2000)}, "latency at most 2000 ms"},
		{"cost: 0.002", Assertion{Kind: AssertCost, Max: num(0.002)}, "cost at most 0.002 USD"},
		{"not-is-refusal", Assertion{Kind: AssertRefusal, Not: true}, "not is-refusal"},
		{"finish-reason: stop", Assertion{Kind: AssertFinish, Value: "stop"}, `finish-reason "stop"`},
		{`contains: "two\nlines \xff"`, Assertion{Kind: AssertContains, Value: "two\nlines \xff"}, "contains \"two lines ⟨xFF⟩\""},
	} {
		k.want.Weight = 1
		a, err := ParseAssertion(k.in)
		if err != nil || !reflect.DeepEqual(a, k.want) {
			t.Errorf("%s: %v\n%+v\n%+v", k.in, err, a, k.want)
		}
		if got := a.String(); got != k.people {
			t.Errorf("%s: people read %s", k.in, got)
		}
	}
	for in, why := range map[string]string{
		"":                        "no kind",
		"refund":                  "no kind",
		"contains":                "needs a text",
		"contains: ":              "needs a text",
		"contains refund":         "colon",
		"word-count: many":        "no number",
		"word-count: 9..3":        "more than",
		"word-count: 1.5":         "whole",
		"word-count: -1":          "from 0",
		"word-count: nan":         "from 0",
		"word-count":              "range",
		"latency: 3..4":           "no lower",
		"latency: inf":            "from 0",
		"latency:":                "ceiling",
		"is-refusal: yes":         "takes nothing",
		"json-path .a":            "path and its value",
		"json-path: 1":            "path and its value",
		"contains-any: a,,b":      "empty text",
		"contains-any:":           "list",
		"is-json:: {}":            "in quotes",
		"not-not-contains: a":     "no kind",
		"javascript: process.env": "no kind",
	} {
		if a, err := ParseAssertion(in); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, %+v", in, err, a)
		}
	}
}

func TestCheckShape(t *testing.T) {
	one := num(1)
	for _, a := range []Assertion{
		{Kind: "new"}, {Kind: AssertIsJSON, Min: one}, {Kind: AssertRefusal, Value: "x"}, {Kind: AssertContains, Value: "a", Values: []text.Raw{"b"}},
		{Kind: AssertContains, Value: "a", Path: ".b"}, {Kind: AssertContains, Value: "a", Weight: -1}, {Kind: AssertLatency, Min: one, Max: one},
		{Kind: AssertContainsAny, Values: []text.Raw{"a"}, Value: "b"}, {Kind: AssertJSONPath, Value: "1"}, {Kind: AssertWords, Max: one, Value: "a"},
	} {
		if a.Check() == nil {
			t.Errorf("%+v has the right shape?", a)
		}
	}
}
