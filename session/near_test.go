package session_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func shotOf(in, out string, tags ...text.Raw) session.Shot {
	return session.Shot{Input: text.Raw(in), Output: text.Raw(out), Tags: tags}
}

func TestNearShots(t *testing.T) {
	const ticket = "My parcel with the blue lamp never arrived in Hamburg"
	for _, c := range []struct {
		name string
		a, b session.Shot
		near bool
	}{
		{"the same", shotOf(ticket, "x"), shotOf(ticket, "y"), true},
		{"case, space and signs", shotOf(ticket, "x"), shotOf("my parcel, with the BLUE lamp:\nnever arrived in Hamburg!", "y"), true},
		{"other function words", shotOf(ticket, "x"), shotOf("parcel from the blue lamp never arrived at Hamburg", "x"), true},
		{"one word of seven", shotOf("parcel blue lamp never arrived hamburg monday", "x"), shotOf("parcel blue lamp never arrived hamburg tuesday", "x"), false},
		{"one word of ten", shotOf("a1 b2 c3 d4 e5 f6 g7 h8 i9 monday", "x"), shotOf("a1 b2 c3 d4 e5 f6 g7 h8 i9 tuesday", "x"), true},
		{"too few words to tell", shotOf("refund please", "x"), shotOf("please, the refund", "x"), false},
		{"other words", shotOf(ticket, "x"), shotOf("The app crashes when I open the album", "x"), false},
		{"outputs alone", shotOf("", "A red fox."), shotOf(" ", "a red fox"), true},
		{"an output is no input", shotOf("", ticket), shotOf(ticket, ""), false},
		{"nothing at all", shotOf("", ""), shotOf("", ""), false},
		{"signs only", shotOf("→ ?", "x"), shotOf("→  ?", "x"), true},
	} {
		got := session.NearShots([]session.Shot{c.a, c.b})
		if (len(got) == 1) != c.near {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTwinsNameTheNearest(t *testing.T) {
	shots := []session.Shot{
		shotOf("a1 b2 c3 d4 e5 f6 g7 h8 i9 monday", ""), shotOf("other words altogether here", ""),
		shotOf("a1 b2 c3 d4 e5 f6 g7 h8 i9 tuesday", ""), shotOf("A1 b2 c3 d4 e5 f6 g7 h8 i9 Tuesday", ""),
	}
	if got := session.Twins(len(shots), session.NearShots(shots)); !slices.Equal(got, []int{2, -1, 3, 2}) {
		t.Errorf("got %v", got)
	}
}

// The pairs do not depend on the order of the list, and each stands once.
func TestNearShotsAreSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"red", "blue", "lamp", "parcel", "late", "the", "never", "arrived"})
		n := rapid.IntRange(0, 8).Draw(t, "n")
		var shots []session.Shot
		for range n {
			shots = append(shots, shotOf(strings.Join(rapid.SliceOfN(words, 0, 8).Draw(t, "words"), " "), "x"))
		}
		back := slices.Clone(shots)
		slices.Reverse(back)
		mirrored := map[[2]int]float64{}
		for _, p := range session.NearShots(back) {
			mirrored[[2]int{n - 1 - p.B, n - 1 - p.A}] = p.Share
		}
		pairs := session.NearShots(shots)
		if len(pairs) != len(mirrored) {
			t.Fatalf("%v against %v", pairs, mirrored)
		}
		for _, p := range pairs {
			if s, ok := mirrored[[2]int{p.A, p.B}]; !ok || s != p.Share || p.A >= p.B || s < 0.8 {
				t.Fatalf("%v against %v", p, mirrored)
			}
		}
	})
}

func caseOf(in string, wanted string, tags ...text.Raw) session.Case {
	c := session.Case{Vars: []session.Var{{Name: "ticket", Value: text.Raw(in)}}, Tags: tags}
	if wanted != "" {
		w := text.Raw(wanted)
		c.Wanted = &w
	}
	return c
}

func TestMakeup(t *testing.T) {
	var shots []session.Shot
	var cases []session.Case
	for i := range 4 {
		shots = append(shots, shotOf("one two three", []string{"Billing", "bug "}[i%2]))
	}
	off := shotOf("x", "refund")
	off.Off = true
	shots = append(shots, off)
	for range 7 {
		cases = append(cases, caseOf("one two three four", "refund"))
	}
	for range 7 {
		cases = append(cases, caseOf("one two three four", "bug"))
	}
	m := session.MakeupOf(shots, cases)
	if m.By != "label" || m.Shots != 4 || m.InCases != 14 || len(m.Groups) != 3 {
		t.Fatalf("got %+v", m)
	}
	// ½(|0−½| + |½−½| + |½−0|)
	if math.Abs(m.Apart-0.5) > 1e-12 {
		t.Errorf("apart %v", m.Apart)
	}
	if got := m.Say(); len(got) != 1 || got[0] != "No shot has the label refund, 7 cases do: add one." {
		t.Errorf("said %q", got)
	}
	if m.ShotMedian != 3 || m.CaseMedian != 4 || len(m.Lengths) != 1 || m.Lengths[0] != (session.Share{Name: "0–9", Shots: 4, Cases: 14}) {
		t.Errorf("lengths %+v", m)
	}
}

func TestMakeupOfTexts(t *testing.T) {
	var shots []session.Shot
	var cases []session.Case
	for i := range 8 {
		shots = append(shots, shotOf(strings.Repeat("word ", 40), fmt.Sprint("An answer of its own, number ", i), "late"))
		cases = append(cases, caseOf("short", fmt.Sprint("Another answer, number ", i), []text.Raw{"late", "lost"}[i%2]))
	}
	m := session.MakeupOf(shots, cases)
	if m.By != "tag" || m.Apart != 0.5 {
		t.Fatalf("got %+v", m)
	}
	want := []string{
		"No shot has the tag lost, 4 cases do: add one.",
		"Shots are longer than the cases (median 40 against 1 words): take some of the cases' own length.",
	}
	if got := m.Say(); !slices.Equal(got, want) {
		t.Errorf("said %q", got)
	}
	if none := session.MakeupOf(nil, nil); none.By != "" || !math.IsNaN(none.Apart) || len(none.Say()) != 0 {
		t.Errorf("of nothing: %+v", none)
	}
	same := session.MakeupOf(shots[:1], cases[:1])
	if len(same.Say()) != 0 {
		t.Errorf("one shot and one case of the same mix: %q", same.Say())
	}
}

// A shot made of a case reads like the shots that there are.
func TestShotInput(t *testing.T) {
	c := session.Content{Blocks: []session.Block{
		{Kind: session.KindInstructions, Text: "Sort it."},
		{Kind: session.KindInput, Text: "Ticket: {{ticket}}", Wrap: session.WrapXML},
	}}
	k := caseOf("my \"lamp\"", "bug")
	for _, x := range []struct {
		bank []session.Shot
		want text.Raw
	}{
		{nil, "Ticket: my \"lamp\""},
		{[]session.Shot{shotOf("Ticket: a", "b")}, "Ticket: my \"lamp\""},
		{[]session.Shot{shotOf("a", "b"), shotOf("c", "b"), shotOf("", "alone")}, "my \"lamp\""},
	} {
		if got := session.ShotInput(c, session.Compose(c, k, session.Order{}), k, x.bank); got != x.want {
			t.Errorf("with %d in the bank: %q", len(x.bank), got)
		}
	}
	c.Blocks[1].Off = true
	if got := session.ShotInput(c, session.Compose(c, k, session.Order{}), k, nil); got != "" {
		t.Errorf("without an input block: %q", got)
	}
}
