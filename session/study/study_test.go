package study_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

// content is a prompt with rules, n shots and an input.
func content(n int) session.Content {
	rules := session.NewBlock("r", session.KindInstructions)
	rules.Title, rules.Text = "Rules", "Sort it."
	shots := session.NewBlock("s", session.KindShots)
	for i := range n {
		shots.Shots = append(shots.Shots, session.Shot{
			UID: fmt.Sprint(i), Name: text.Raw(fmt.Sprintf("s%02d", i+1)), Input: text.Raw(fmt.Sprintf("in %d", i)), Output: text.Raw(fmt.Sprintf("out%d", i)),
		})
	}
	input := session.NewBlock("i", session.KindInput)
	input.Text = "{{q}}"
	return session.Content{Blocks: []session.Block{rules, shots, input}}
}

// cell is an answer in an arm to case k.
func cell(arm string, order string, k, take int, answer, wanted string) session.Result {
	o, err := session.ParseOrder(order)
	if err != nil {
		panic(err)
	}
	r := session.Result{
		Cell: session.Cell{
			Contestant: session.Contestant{Arm: arm}, CaseID: int64(k + 1), CaseName: text.Raw(fmt.Sprintf("c%d", k+1)), Take: take, Order: o,
			Wire: fmt.Sprint(arm, order, k), CaseVars: []session.Var{{Name: "q", Value: "x"}},
		},
		Output: session.Output{Status: session.StatusDone, Text: text.Raw(answer)},
	}
	if wanted != "" {
		w := text.Raw(wanted)
		r.Cell.Wanted = &w
	}
	return r
}

func orderSpec(k, repeats int) study.Spec {
	return study.Spec{Kind: study.KindOrder, Variant: "p/v@1", Orders: study.Orders(k, 1), Repeats: repeats, Seed: 1}
}

// ordered makes an order study of what each order and each repeat answers to each
// case: "1" is right.
func ordered(orders, control []string) (study.Spec, []session.Result) {
	s := orderSpec(len(orders[0]), len(control[0]))
	var out []session.Result
	for k := range orders {
		for i := range orders[k] {
			out = append(out, cell("", s.Orders[i], k, 1, orders[k][i:i+1], "1"))
		}
		for i := range control[k] {
			out = append(out, cell(study.ArmControl, "", k, i+1, control[k][i:i+1], "1"))
		}
	}
	return s, out
}

func repeat(s string, n int) []string { return slices.Repeat([]string{s}, n) }

// By hand: four orders, two repeats, six cases. Two orders fail each case, so the
// rates are 1, 1, 0, 0: sd √⅓, disagreement 2·2·2/(4·3) = ⅔, Q = 3·(4·72 − 144)/(4·12 − 24) = 18.
func TestOrderByHand(t *testing.T) {
	s, res := ordered(repeat("1100", 6), repeat("11", 6))
	r := study.Order(s, content(5), res, nil)
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	near("mean", r.Mean, 0.5)
	near("sd", r.SD, math.Sqrt(1.0/3))
	near("control's sd", r.ControlSD, 0)
	near("spread", r.Spread, 1)
	near("disagreement", r.Disagree, 2.0/3)
	near("excess", r.Excess, 2.0/3)
	near("Q", r.Q, 18)
	if r.By != study.ByPass || r.Cases != 6 || len(r.Left) != 0 || r.N != 5 || r.Missing != 0 || !r.Matters || r.RateP > r.Alpha || r.ExcessP > r.Alpha {
		t.Errorf("%+v", r)
	}
	if len(r.Flips) != 6 || r.Flips[0].Pass != 2 || r.Flips[0].Answers[0].N != 2 || r.Flips[0].Control[0].N != 2 {
		t.Errorf("flips %+v", r.Flips)
	}
	if got := r.Orders[0]; got.Pass != 6 || got.Cases != 6 || got.Rate != 1 || len(got.Shots) != 5 {
		t.Errorf("the first order: %+v", got)
	}
	for _, want := range []string{"Over 4 orders 0 to 6 of 6 were right (0% to 100%, sd 58)", "6 of 6 were right each time (100%)", "Order matters here", "--cases holdout"} {
		if !strings.Contains(r.Sentence, want) {
			t.Errorf("%q does not say %q", r.Sentence, want)
		}
	}
	for _, never := range []string{"best", "significant", "prove", "winner"} {
		if strings.Contains(r.Sentence, never) {
			t.Errorf("%q says %q", r.Sentence, never)
		}
	}
	if note := strings.Join(r.Notes, " "); !strings.Contains(note, "No case came out differently among the 2 repeats") || !strings.Contains(note, "don't compare") {
		t.Errorf("notes %q", note)
	}
}

func TestOrderWords(t *testing.T) {
	for name, tt := range map[string]struct {
		orders, control []string
		want, never     string
	}{
		"nothing flips":  {repeat("1111", 6), repeat("1111", 6), "All 6 cases were answered alike under all 4 orders and all 4 repeats. Of cases like these, order could still move up to 40%. There is nothing to do.", "makes no difference"},
		"only noise":     {repeat("1010", 6), []string{"0101", "1010", "1001", "0110", "1100", "0011"}, "", ""},
		"few cases":      {repeat("1100", 2), repeat("1111", 2), "0 to 2 of 2 were right", "%"},
		"repeats differ": {repeat("1111", 6), repeat("1010", 6), "No effect of the order beyond chance", "matters here"},
	} {
		s, res := ordered(tt.orders, tt.control)
		r := study.Order(s, content(5), res, nil)
		if !strings.Contains(r.Sentence, tt.want) || tt.never != "" && strings.Contains(r.Sentence, tt.never) {
			t.Errorf("%s: %q", name, r.Sentence)
		}
		if !strings.HasSuffix(r.Sentence, ".") {
			t.Errorf("%s: %q has no end", name, r.Sentence)
		}
	}
}

// A case without an answer under some order is left out and counted; where nothing is
// wanted, answers are compared with each other.
func TestOrderLeavesOutAndCompares(t *testing.T) {
	s, res := ordered(repeat("1100", 8), repeat("1111", 8))
	res[0].Output.Status = session.StatusError
	if r := study.Order(s, content(5), res, nil); r.Cases != 7 || len(r.Left) != 1 || r.Left[0].Case != "c1" || r.Left[0].Failed != 1 || r.Missing != 1 || len(r.Notes) == 0 || r.Notes[0] != "1 case is left out whole, for an answer that failed: c1." {
		t.Errorf("one answer is missing: %d compared, %v left out, %q", r.Cases, r.Left, r.Notes)
	}
	s, res = ordered(repeat("1123", 8), repeat("1111", 8))
	for i := range res {
		res[i].Cell.Wanted = nil
	}
	r := study.Order(s, content(5), res, nil)
	if r.By != study.ByAnswer || !math.IsNaN(r.Q) || !math.IsNaN(r.RateP) || math.Abs(r.Disagree-5.0/6) > 1e-9 || !r.Matters || r.Tests < 1 || r.Tests > 2 {
		t.Errorf("nothing is wanted: %+v", r)
	}
	if r := study.Order(s, content(5), nil, nil); r.Cases != 0 || r.Matters || !strings.Contains(r.Sentence, "nothing to compare") {
		t.Errorf("no answer at all: %+v", r)
	}
}

// What an answer lacks decides what there is to do: one that was cut is not mended by
// going on.
func TestLackingSaysWhatToDo(t *testing.T) {
	s, res := ordered(repeat("1100", 8), repeat("1111", 8))
	res[0].Output.Status, res[1].Output.Status, res[2].Output.Status = session.StatusTruncated, session.StatusTruncated, session.StatusRefused
	all := strings.Join(study.Order(s, content(5), res, nil).Notes, " ")
	if !strings.Contains(all, "2 answers were cut at the most tokens") || !strings.Contains(all, "--max-tokens 4096") || !strings.Contains(all, "1 answer is no whole text") || strings.Contains(all, "go on with the study") {
		t.Errorf("%q", all)
	}
	res[3].Output.Status = session.StatusError
	if all = strings.Join(study.Sweep(s, content(5), res, nil).Notes, " "); !strings.Contains(all, "1 answer failed; go on with the study to ask for them again") || !strings.Contains(all, "2 answers were cut") {
		t.Errorf("%q", all)
	}
}

// Answers that differ and are all wrong are not called alike; orders beyond a design
// are not counted as others.
func TestOrderSaysNoMoreThanItSaw(t *testing.T) {
	s, res := ordered(repeat("2345", 8), repeat("22", 8))
	r := study.Order(s, content(5), res, nil)
	if want := "Over 4 orders 8 of 8 cases were not answered alike; repeating one order 2 times, 0 of 8 cases were not. " +
		"Two answers to a case differed 100 in 100 times between orders and 0 in 100 between repeats (+100, 95% interval +100 to +100). The order moves the answers. " +
		"That says nothing of which order is better, as no answer was right under any: mend the prompt or the model first, and read the cases that flip."; r.Sentence != want {
		t.Errorf("%q, want %q", r.Sentence, want)
	}
	s, res = ordered(repeat("110011001100", 8), repeat("11", 8)) // of 4 shots there are four rows, three times
	r = study.Order(s, content(4), res, nil)
	if !strings.Contains(strings.Join(r.Notes, " "), "Of the 12 orders only 4 differ") || !strings.Contains(r.Sentence, " 4 orders miss the worst tenth of all about 66 times in 100.") {
		t.Errorf("%q, %q", r.Sentence, r.Notes)
	}
	s, res = ordered(repeat("1100", 8), repeat("11", 8))
	if r = study.Order(s, content(4), res, nil); strings.Contains(strings.Join(r.Notes, " "), "orders only") {
		t.Errorf("four orders of four: %q", r.Notes)
	}
}

// Each arm of drop-one lacks one part and nothing else; the input stays.
func TestDropArms(t *testing.T) {
	c := content(3)
	s := study.Spec{Kind: study.KindDrop, Variant: "p/v@1", Takes: 2}
	arms, err := s.Arms(study.Input{Content: c}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	k := session.Case{Vars: []session.Var{{Name: "q", Value: "?"}}}
	whole := session.Compose(c, k, session.Order{})
	for i, a := range arms {
		names = append(names, a.Name)
		if a.Takes != 2 {
			t.Errorf("%s has %d takes", a.Name, a.Takes)
		}
		p := session.Compose(a.Content, k, session.Order{})
		if (p.Hash == whole.Hash) != (i < 2) {
			t.Errorf("%q has the whole prompt's context: %v", a.Name, p.Hash == whole.Hash)
		}
		if !strings.HasSuffix(string(p.Messages[len(p.Messages)-1].Content), "?") {
			t.Errorf("%q has no input", a.Name)
		}
	}
	if want := []string{"", study.ArmAgain, "without Rules", "without shots", "without s01", "without s02", "without s03"}; !slices.Equal(names, want) {
		t.Errorf("arms %q, want %q", names, want)
	}
	s.Of = []study.Of{study.OfResources}
	if _, err := s.Arms(study.Input{Content: c}, 1); err == nil {
		t.Error("a prompt without resources has some to leave out")
	}
}

func TestDropReads(t *testing.T) {
	c := content(3)
	c.Blocks[1].Shots[1].Input = "The parcel with my blue lamp is late."
	c.Blocks[1].Shots[2].Input = "the parcel with my blue lamp is late"
	s := study.Spec{Kind: study.KindDrop, Variant: "p/v@1", Of: []study.Of{study.OfBlocks, study.OfShots}}
	var res []session.Result
	for k := range 20 {
		right := "w"
		for _, arm := range []string{"", study.ArmAgain, "without Rules", "without s01", "without s02", "without s03"} {
			r := cell(arm, "", k, 1, right, "w")
			r.Output.Usage = session.Usage{Input: 100, Source: "server"}
			if arm == "without Rules" {
				r.Output.Usage.Input = 60
				if k < 12 {
					r.Output.Text = "x"
				}
			}
			if arm == "without s01" && k < 2 {
				r.Output.Text = "x"
			}
			res = append(res, r)
		}
	}
	r := study.Drop(s, c, res, nil)
	row := func(name string) study.DropRow {
		for _, d := range r.Rows {
			if string(d.Name) == name {
				return d
			}
		}
		t.Fatalf("no row %s", name)
		return study.DropRow{}
	}
	rules := row("Rules")
	if rules.Worse != 12 || rules.Better != 0 || rules.Changed != 12 || rules.Tokens != 40 || rules.Share != 0.4 || rules.Holm > 0.05 || rules.Rate.Pass != 8 {
		t.Errorf("Rules: %+v", rules)
	}
	if want := "Without Rules 12 of 20 cases newly fail and 0 newly pass; that is more than luck. It spares 40 tokens a call (40%). Keep it."; rules.Sentence != want {
		t.Errorf("%q, want %q", rules.Sentence, want)
	}
	if d := row("s01"); d.Worse != 2 || !(d.Holm > 0.05) || !strings.Contains(d.Sentence, "may be luck (asked again unchanged: 0 and 0)") {
		t.Errorf("s01: %+v", d)
	}
	if d := row("s03"); d.Same != "s02" || !math.IsNaN(d.P) || !strings.Contains(d.Sentence, "Without s03 nothing changes in 20 cases") || !strings.Contains(d.Sentence, "redundant with s02") {
		t.Errorf("s03: %+v", d)
	}
	if d := row("shots"); d.Cases != 0 || !strings.Contains(d.Sentence, "nothing can be compared") {
		t.Errorf("what has no answer: %+v", d)
	}
	if !strings.Contains(r.Sentence, "Of 5 parts, 1 made it worse by more than luck when left out, 0 better, 2 changed no answer.") {
		t.Errorf("%q", r.Sentence)
	}
}

// Several takes of a case are averaged first: what passes twice of two with a part
// and once without it passes less often, though a half of it still does, and the
// change is that of the rates.
func TestDropAveragesTakes(t *testing.T) {
	s := study.Spec{Kind: study.KindDrop, Variant: "p/v@1", Of: []study.Of{study.OfBlocks}, Takes: 3}
	var res []session.Result
	for k := range 20 {
		for take := 1; take <= 3; take++ {
			for _, arm := range []string{"", study.ArmAgain, "without Rules", "without shots"} {
				answer := "w"
				if arm == "without Rules" && take == 1 {
					answer = "x"
				}
				if arm == "without shots" && take == 2 && k == 0 {
					answer = "x"
				}
				res = append(res, cell(arm, "", k, take, answer, "w"))
			}
		}
	}
	r := study.Drop(s, content(3), res, nil)
	rules, shots := r.Rows[0], r.Rows[1]
	if rules.Worse != 20 || rules.Better != 0 || math.Abs(rules.Change+1.0/3) > 1e-9 || rules.Rate.Pass != 40 || rules.Holm > 0.001 || rules.ChangeHi > -0.3 {
		t.Errorf("Rules: %+v", rules)
	}
	if want := "Without Rules 20 of 20 cases pass less often and 0 more often; that is more than luck. Keep it."; rules.Sentence != want {
		t.Errorf("%q, want %q", rules.Sentence, want)
	}
	if shots.Worse != 1 || shots.Changed != 1 || math.Abs(shots.Change+1.0/60) > 1e-9 || strings.Contains(shots.Sentence, "nothing changes") {
		t.Errorf("shots: %+v", shots)
	}
}

// The n shots of a sweep are the first of the bank, pinned ones before any other, or
// as the block says.
func TestSweepArms(t *testing.T) {
	stand := func(a study.Arm) (out []string) {
		for _, b := range a.Content.Blocks {
			if b.Kind != session.KindShots || b.Off {
				continue
			}
			for _, s := range b.Shots {
				if !s.Off {
					out = append(out, string(s.Name))
				}
			}
		}
		return out
	}
	c := content(4)
	c.Blocks[1].Shots[2].Pin = session.PinLast
	c.Blocks[1].Shots[0].Off = true
	s := study.Spec{Kind: study.KindSweep, Variant: "p/v@1", Sizes: []int{0, 1, 2, 3}}
	arms, err := s.Arms(study.Input{Content: c}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{nil, {"s03"}, {"s02", "s03"}, {"s02", "s03", "s04"}} {
		if got := stand(arms[i]); !slices.Equal(got, want) || arms[i].Name != fmt.Sprintf("n=%d", i) {
			t.Errorf("%s: %v, want %v", arms[i].Name, got, want)
		}
	}
	c.Blocks[1].Pick = &session.Pick{How: session.PickNearest, N: 2}
	if arms, err = s.Arms(study.Input{Content: c}, 1); err != nil || arms[1].Content.Blocks[1].Pick.N != 1 || c.Blocks[1].Pick.N != 2 {
		t.Errorf("by the block's own rule: %v", err)
	}
	for _, bad := range [][]int{nil, {4}, {-1}, {1, 1}} {
		s.Sizes = bad
		if _, err := s.Arms(study.Input{Content: c}, 1); err == nil {
			t.Errorf("sizes %v are laid out", bad)
		}
	}
}

func TestSweepReads(t *testing.T) {
	s := study.Spec{Kind: study.KindSweep, Variant: "p/v@1", Sizes: []int{0, 1, 3}}
	var res []session.Result
	for k := range 20 {
		for n, passes := range map[int]int{0: 2, 1: 17, 3: 18} {
			answer := "x"
			if k < passes {
				answer = "w"
			}
			r := cell(fmt.Sprintf("n=%d", n), "", k, 1, answer, "w")
			r.Output.Usage = session.Usage{Input: 50 + 20*n, Source: "server"}
			res = append(res, r)
		}
	}
	r := study.Sweep(s, content(3), res, nil)
	if len(r.Rows) != 3 || r.Rows[2].Rate.Pass != 18 || r.Rows[2].Tokens != 110 || r.Rows[0].Rate.Pass != 2 {
		t.Errorf("%+v", r.Rows)
	}
	if want := "The most are right with 3 shots: 18 of 20 right (90%, 95% interval 70–97%). With 1 it is 17 of 20, a difference that may be luck. 1 would spare 40 tokens a call. Ask more cases before you choose between them."; r.Sentence != want {
		t.Errorf("%q, want %q", r.Sentence, want)
	}
}

// Of sizes that pass as often the fewest shots are named, and a size below which none
// was asked is not said to be ahead of any.
func TestSweepNamesTheFewest(t *testing.T) {
	for _, tt := range []struct {
		sizes  []int
		passes map[int]int
		want   string
	}{
		{[]int{3, 0}, map[int]int{0: 18, 3: 18}, "The most are right with 0 shots: 18 of 20 right (90%, 95% interval 70–97%). No greater number passes more often here, and no smaller one was asked. Confirm it on the holdout."},
		{[]int{3}, map[int]int{3: 18}, "Ask other numbers to compare it with."},
		{[]int{0, 3}, map[int]int{0: 2, 3: 18}, "Every smaller number is behind by more than luck. Confirm it on the holdout."},
	} {
		s := study.Spec{Kind: study.KindSweep, Variant: "p/v@1", Sizes: tt.sizes}
		var res []session.Result
		for k := range 20 {
			for n, passes := range tt.passes {
				answer := "x"
				if k < passes {
					answer = "w"
				}
				res = append(res, cell(fmt.Sprintf("n=%d", n), "", k, 1, answer, "w"))
			}
		}
		if r := study.Sweep(s, content(3), res, nil); !strings.HasSuffix(r.Sentence, tt.want) {
			t.Errorf("%v: %q, want %q", tt.passes, r.Sentence, tt.want)
		}
	}
}

func TestTricks(t *testing.T) {
	got, err := study.ParseTricks("temperature=1.0, shots,items=list,rephrase=other@2,recent=5")
	if err != nil || len(got) != 5 || got[3].String() != "rephrase=other@2" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"x", "temperature", "temperature=9", "temperature=none", "shots=1", "items", "rephrase=", "recent=0", "recent=x"} {
		if got, err := study.ParseTricks(bad); err == nil {
			t.Errorf("%q reads as %v", bad, got)
		}
	}
}

// Every trick has as many draws of each case as the variant as it is, and leaves the
// content that it was given as it was.
func TestVaryArms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		takes := rapid.IntRange(1, 6).Draw(t, "takes")
		c := content(3)
		if rapid.Bool().Draw(t, "placeholder") {
			c.Blocks[0].Text = "Sort it. Not: {{recent}}"
		}
		before := string(c.JSON())
		tricks, err := study.ParseTricks("temperature=1,shots,items=q,rephrase=other,recent=2")
		if err != nil {
			t.Fatal(err)
		}
		s := study.Spec{Kind: study.KindVary, Variant: "p/v@1", Takes: takes, Tricks: tricks}
		other := content(1)
		in := study.Input{Content: c, Other: func(study.Trick) (session.Content, session.VariantRef, error) {
			return other, session.VariantRef{Prompt: "p", Variant: "other", Revision: 1}, nil
		}}
		draws := map[string]int{}
		k := session.Case{ID: 1, Name: "c1", Vars: []session.Var{{Name: "q", Value: "a\nb\nc\n"}}}
		for round := 1; round <= s.Rounds(); round++ {
			arms, err := s.Arms(in, round)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range arms {
				kase := k
				if a.Case != nil {
					kase = a.Case(kase)
				}
				for _, m := range session.Compose(a.Content, kase, session.Order{}).Spans {
					if m.Part == session.PartUnknown {
						t.Fatalf("%q asks with a variable open", a.Name)
					}
				}
				draws[a.Name] += max(a.Takes, 1)
				if v, _ := kase.Lookup("q"); len(v) != 6 || !strings.HasSuffix(string(v), "\n") {
					t.Fatalf("%q has the items %q", a.Name, v)
				}
				if a.Name == "recent=2" {
					in.Earlier = append(in.Earlier, cell(a.Name, "", 0, round, fmt.Sprintf("answer %d", round), ""))
					if round == 4 {
						if v, _ := kase.Lookup("recent"); v != "- answer 2\n- answer 3" {
							t.Fatalf("round 4 lists %q", v)
						}
					}
				}
			}
		}
		if len(draws) != 6 {
			t.Fatalf("arms %v", draws)
		}
		for name, n := range draws {
			if n != takes {
				t.Fatalf("%q has %d draws, want %d", name, n, takes)
			}
		}
		if string(c.JSON()) != before {
			t.Fatal("the content that it was given changed")
		}
	})
}

// A trick that lost a draw is held against as many draws of the variant as it is, and
// of several tricks each is held to a stricter bar, in its own sentence too.
func TestVaryComparesEqualDraws(t *testing.T) {
	tricks := []study.Trick{{Name: "shots"}, {Name: "temperature", Arg: "1"}}
	s := study.Spec{Kind: study.KindVary, Variant: "p/v@1", Takes: 2, Tricks: tricks}
	var res []session.Result
	for k := range 6 {
		res = append(res, cell("", "", k, 1, "a", ""), cell("", "", k, 2, "b", ""))
		res = append(res, cell("shots shuffled", "", k, 1, "c", "")) // the second did not come
		res = append(res, cell("temperature=1", "", k, 1, "c", ""), cell("temperature=1", "", k, 2, "c", ""))
	}
	r := study.Vary(s, content(3), res)
	if a := r.Arms[1]; a.Even != 6 || a.More+a.Fewer != 0 {
		t.Errorf("one draw against two: %+v", a)
	}
	if a := r.Arms[2]; a.Fewer != 6 || math.Abs(a.P-1.0/32) > 1e-9 || a.Holm != a.P || !strings.HasSuffix(a.Sentence, "more than luck.") {
		t.Errorf("one comparison: %+v", a)
	}
	for k := range 6 {
		res = append(res, cell("shots shuffled", "", k, 2, "c", ""))
	}
	r = study.Vary(s, content(3), res)
	if a := r.Arms[2]; math.Abs(a.Holm-2.0/32) > 1e-9 || !strings.HasSuffix(a.Sentence, "which may be luck.") {
		t.Errorf("two comparisons: %+v", a)
	}
}

func TestVaryReads(t *testing.T) {
	s := study.Spec{Kind: study.KindVary, Variant: "p/v@1", Takes: 2, Tricks: []study.Trick{{Name: "shots"}}, List: []text.Raw{"Red", "blue"}}
	var res []session.Result
	for k := range 8 {
		res = append(res, cell("", "", k, 1, "red", ""), cell("", "", k, 2, "Red ", ""))
		res = append(res, cell("shots shuffled", "", k, 1, "blue", ""), cell("shots shuffled", "", k, 2, "two greens", ""))
	}
	// The same draw, read twice, is one.
	res = append(res, res[0])
	r := study.Vary(s, content(3), res)
	base, shuffled := r.Arms[0], r.Arms[1]
	if base.Draws != 16 || base.Distinct != 1 || base.PerCase != 1 || base.TopN != 16 || base.Outside != 0 || base.Distinct1 != 1.0/16 || !math.IsNaN(base.Distinct2) {
		t.Errorf("as it is: %+v", base)
	}
	if shuffled.Draws != 16 || shuffled.Distinct != 2 || shuffled.Outside != 8 || shuffled.More != 8 || shuffled.Fewer != 0 || math.Abs(shuffled.P-2.0/256) > 1e-9 {
		t.Errorf("shuffled: %+v", shuffled)
	}
	if !strings.Contains(r.Sentence, "More varied than that by more than luck: shots shuffled.") {
		t.Errorf("%q", r.Sentence)
	}
}

func TestSpecComesBack(t *testing.T) {
	s := study.Spec{
		Kind: study.KindVary, Variant: "p/v@1", RevisionID: 3, Model: "a/b", Cases: "dev", Takes: 2, Of: []study.Of{study.OfShots}, Orders: study.Orders(3, 9),
		Repeats: 3, Seed: 9, Sizes: []int{0, 1}, Tricks: []study.Trick{{Name: "rephrase", Arg: "p/w@2", RevisionID: 4}}, List: []text.Raw{"a\x1b"}, Suite: "s",
	}
	back, err := study.ParseSpec(s.JSON())
	if err != nil || string(back.JSON()) != string(s.JSON()) || back.Tricks[0] != s.Tricks[0] || back.List[0] != s.List[0] {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := study.ParseSpec([]byte("{")); err == nil {
		t.Error("half a spec is read")
	}
}
