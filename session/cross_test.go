package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func TestCross(t *testing.T) {
	vars, err := session.ParseCross("lang = de, en × tone = formal, warm")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range session.CrossCases(vars, []text.Raw{"grid"}, session.SplitHoldout, func(n text.Raw) bool { return n == "en-warm" }) {
		got = append(got, fmt.Sprint(c.Name, " ", c.Vars[0].Value, " ", c.Vars[1].Value, " ", c.Tags, " ", c.Split))
	}
	want := []string{
		"de-formal de formal [grid lang:de tone:formal] holdout", "de-warm de warm [grid lang:de tone:warm] holdout",
		"en-formal en formal [grid lang:en tone:formal] holdout", "en-warm-2 en warm [grid lang:en tone:warm] holdout",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	v, err := session.ParseCrossVar(`say=a\, b,c`)
	if err != nil || !slices.Equal(v.Values, []text.Raw{"a, b", "c"}) {
		t.Errorf("%q %v", v.Values, err)
	}
}

func TestCrossRefuses(t *testing.T) {
	for in, word := range map[string]string{
		"":                  "write NAME=VALUE",
		"lang":              "write NAME=VALUE",
		"=a":                "write NAME=VALUE",
		"a b=c":             "variable's name",
		"lang=":             "no value",
		"lang=de,de":        "twice",
		"lang=de × lang=en": "twice",
		"a=" + values(101) + "×b=" + values(100): "more than 10000",
	} {
		if v, err := session.ParseCross(in); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%.40q: %d cases, %v", in, session.CrossCount(v), err)
		}
	}
	if v, err := session.ParseCross("a=" + values(100) + " * b=" + values(100)); err != nil || session.CrossCount(v) != session.MaxCross {
		t.Errorf("%d cases, %v", session.CrossCount(v), err)
	}
}

func values(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint("v", i))
	}
	return strings.Join(out, ",")
}

// Whatever the values are, there is a case for each combination, each of another
// name that a case may have, and with the values to the byte.
func TestCrossProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var vars []session.CrossVar
		for i := range rapid.IntRange(1, 4).Draw(t, "variables") {
			values := rapid.SliceOfNDistinct(rapid.String(), 1, 4, rapid.ID).Draw(t, "values")
			v := session.CrossVar{Name: text.Raw(fmt.Sprint("v", i))}
			for _, x := range values {
				v.Values = append(v.Values, text.Raw(x))
			}
			vars = append(vars, v)
		}
		cases := session.CrossCases(vars, nil, session.SplitDev, nil)
		if len(cases) != session.CrossCount(vars) {
			t.Fatalf("%d cases of %d", len(cases), session.CrossCount(vars))
		}
		names, rows := map[text.Raw]bool{}, map[string]bool{}
		for _, c := range cases {
			if err := session.CheckName("case", string(c.Name)); err != nil || names[c.Name] {
				t.Fatalf("name %q: %v", string(c.Name), err)
			}
			names[c.Name] = true
			key := fmt.Sprintf("%q", c.Vars)
			if rows[key] {
				t.Fatalf("%s stands there twice", key)
			}
			rows[key] = true
			for i, x := range c.Vars {
				if !slices.Contains(vars[i].Values, x.Value) {
					t.Fatalf("%q is none of the values", x.Value)
				}
			}
		}
	})
}

func tagged(n int, tags ...text.Raw) []session.Case {
	var out []session.Case
	for i := range n {
		out = append(out, session.Case{Name: text.Raw(fmt.Sprint("c", i)), Tags: []text.Raw{tags[i%len(tags)]}})
	}
	return out
}

func TestDrawHoldout(t *testing.T) {
	cases := tagged(60, "billing", "bug", "other")
	count := func(in []bool, tag text.Raw) (n int) {
		for i, yes := range in {
			if yes && (tag == "" || cases[i].Tags[0] == tag) {
				n++
			}
		}
		return n
	}
	a, b := session.DrawHoldout(cases, 0.3, 7), session.DrawHoldout(cases, 0.3, 7)
	if !slices.Equal(a, b) || count(a, "") != 18 || count(a, "billing") != 6 || count(a, "bug") != 6 || count(a, "other") != 6 {
		t.Errorf("%d: %d %d %d", count(a, ""), count(a, "billing"), count(a, "bug"), count(a, "other"))
	}
	if slices.Equal(a, session.DrawHoldout(cases, 0.3, 8)) {
		t.Error("another seed draws the same cases")
	}
	// What is drawn does not hang on the order in which the cases stand.
	turned := slices.Clone(cases)
	slices.Reverse(turned)
	c := session.DrawHoldout(turned, 0.3, 7)
	slices.Reverse(c)
	if !slices.Equal(a, c) {
		t.Error("the order of the cases changes what is drawn")
	}
	for share, want := range map[float64]int{0: 0, 1: 60, 0.01: 1, 0.5: 30, -3: 0, 9: 60} {
		if n := count(session.DrawHoldout(cases, share, 1), ""); n != want {
			t.Errorf("%g of 60 are %d, want %d", share, n, want)
		}
	}
	cases[0].Borrowed = "upstream"
	if session.DrawHoldout(cases, 1, 1)[0] {
		t.Error("a borrowed case was drawn")
	}
}

func TestDrawHoldoutProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 80).Draw(t, "cases")
		var cases []session.Case
		all := map[text.Raw]int{}
		for i := range n {
			tag := text.Raw(rapid.SampledFrom([]string{"", "a", "b", "c", "d"}).Draw(t, "tag"))
			c := session.Case{Name: text.Raw(fmt.Sprint("c", i))}
			if tag != "" {
				c.Tags = []text.Raw{tag, "second"}
			}
			all[tag]++
			cases = append(cases, c)
		}
		percent := rapid.IntRange(0, 100).Draw(t, "percent")
		share := float64(percent) / 100
		drawn, of := 0, map[text.Raw]int{}
		for i, yes := range session.DrawHoldout(cases, share, rapid.Uint64().Draw(t, "seed")) {
			if !yes {
				continue
			}
			drawn++
			tag := text.Raw("")
			if len(cases[i].Tags) > 0 {
				tag = cases[i].Tags[0]
			}
			of[tag]++
		}
		if d := 100*drawn - percent*n; d > 50 || d < -50 {
			t.Fatalf("%d of %d at %d%%", drawn, n, percent)
		}
		for tag, k := range all { // each tag has its share, to within one case
			if d := 100*of[tag] - percent*k; d >= 100 || d <= -100 {
				t.Fatalf("%d of %d %q at %d%%", of[tag], k, tag, percent)
			}
		}
	})
}

func TestLooksSay(t *testing.T) {
	for want, got := range map[string]string{
		"":                                  session.Looks{Times: 3}.Say("2 d ago"),
		"holdout 1 case, not looked at yet": session.Looks{Cases: 1}.Say(""),
		"holdout 20 cases, looked at in 3 runs, last 2 d ago: each look makes it less of one": session.Looks{Cases: 20, Times: 3}.Say("2 d ago"),
	} {
		if got != want {
			t.Errorf("said %q", got)
		}
	}
}
