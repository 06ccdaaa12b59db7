package study_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

// A study that runs, or was stopped, is read on the cases that are complete, with the
// numbers that those alone give, and says so.
func TestWhatIsNotCompleteIsNotRead(t *testing.T) {
	for name, unasked := range map[string]session.Status{
		"running": session.StatusRunning, "waiting": session.StatusWaiting, "stopped": session.StatusStopped, "interrupted": session.StatusInterrupted,
	} {
		rows := slices.Concat(repeat("1100", 6), repeat("1111", 6))
		s, res := ordered(rows, repeat("11", 12))
		for i := range res {
			if res[i].Cell.CaseID > 6 && res[i].Cell.Order.String() != s.Orders[0] { // one order is ahead
				res[i].Output = session.Output{Status: unasked}
			}
		}
		s, want := ordered(rows[:6], repeat("11", 6))
		got, whole := study.Order(s, content(5), res, nil), study.Order(s, content(5), want, nil)
		if !got.Interim() || got.Asked != 12 || got.Waiting != 6 || got.Cases != 6 || whole.Interim() || whole.Asked != 6 {
			t.Fatalf("%s: %+v of %d", name, got.Progress, got.Cases)
		}
		if got.Left[0].Waiting == 0 || len(got.Left) != 6 || strings.Contains(strings.Join(got.Notes, " "), "left out") {
			t.Errorf("%s: left out %+v, notes %q", name, got.Left, got.Notes)
		}
		for _, say := range []string{"On 6 of 12 cases so far: over 4 orders 0 to 6 of 6 were right", "That is an interim result", "let the study come to its end"} {
			if !strings.Contains(got.Sentence, say) {
				t.Errorf("%s: %q does not say %q", name, got.Sentence, say)
			}
		}
		got.Sentence, got.Notes, got.Left, got.Progress, got.Missing = whole.Sentence, whole.Notes, whole.Left, whole.Progress, whole.Missing
		if d := differs(got, whole); len(d) > 0 {
			t.Errorf("%s: %q", name, d)
		}
	}
}

// A case of which one take is whole and another was not asked yet is not read either,
// and what is complete but can't be compared is not called incomplete.
func TestACaseIsReadWithAllOfItsTakes(t *testing.T) {
	s := orderSpec(2, 2)
	s.Takes = 2
	var res []session.Result
	for k := range 8 {
		for take := 1; take <= 2; take++ {
			for _, order := range s.Orders {
				res = append(res, cell("", order, k, take, "1", "1"))
			}
			for i := range 2 {
				res = append(res, cell(study.ArmControl, "", k, 2*(take-1)+i+1, "1", "1"))
			}
		}
	}
	for i := range res {
		if res[i].Cell.CaseID > 5 && res[i].Cell.Take == 2 && res[i].Cell.Contestant.Arm == "" {
			res[i].Output = session.Output{Status: session.StatusWaiting}
		}
	}
	r := study.Order(s, content(5), res, nil)
	if r.Cases != 5 || r.Waiting != 3 || len(r.Left) != 3 || r.Answers != 10 || !strings.HasPrefix(r.Sentence, "On 5 of 8 cases so far: ") {
		t.Errorf("%d cases, %d answers, %+v, left %+v: %q", r.Cases, r.Answers, r.Progress, r.Left, r.Sentence)
	}
	for i := range res {
		if res[i].Cell.CaseID <= 5 && res[i].Cell.Contestant.Arm == "" {
			res[i].Output = session.Output{Status: session.StatusError}
		}
	}
	if r = study.Order(s, content(5), res, nil); r.Cases != 0 || strings.Contains(r.Sentence, "complete yet") || !strings.HasPrefix(r.Sentence, "No case has an answer that can be compared") {
		t.Errorf("%d cases: %q", r.Cases, r.Sentence)
	}
}

// Between two rounds of a trick that needs several, every answer that was asked for is
// there, and still there is more to come.
func TestRoundsToComeAreInterim(t *testing.T) {
	s := study.Spec{Kind: study.KindVary, Variant: "p/v@1", Takes: 2, Tricks: []study.Trick{{Name: "recent", Arg: "3"}}}
	recent := s.Tricks[0].String()
	var res []session.Result
	for k := range 2 {
		res = append(res, cell("", "", k, 1, "a", ""), cell("", "", k, 2, "b", ""), cell(recent, "", k, 1, "a", ""))
	}
	if r := study.Vary(s, content(3), res); r.Waiting != 2 || r.Cases != 2 || !strings.HasPrefix(r.Sentence, "With draws of 2 cases still to come: as it is: 2 distinct answers in 4 draws") {
		t.Errorf("%+v: %q", r.Progress, r.Sentence)
	}
	res = append(res, cell(recent, "", 0, 2, "c", "")) // of c2 there was none: the case was deleted
	if r := study.Vary(s, content(3), res); r.Interim() {
		t.Errorf("%q", r.Sentence)
	}
}

// differs names what two reports differ in; numbers may be NaN.
func differs(a, b study.OrderReport) []string {
	var out []string
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		f, g := x.Field(i).Interface(), y.Field(i).Interface()
		if !reflect.DeepEqual(f, g) && fmt.Sprint(f) != fmt.Sprint(g) {
			out = append(out, fmt.Sprintf("%s: %v, want %v", x.Type().Field(i).Name, f, g))
		}
	}
	return out
}

// The other studies leave out what is not complete as well, so that arms are held
// against each other on the same cases.
func TestOtherStudiesSayWhatIsInterim(t *testing.T) {
	waiting := func(r session.Result) session.Result {
		r.Output = session.Output{Status: session.StatusWaiting}
		return r
	}
	sizes := study.Spec{Kind: study.KindSweep, Variant: "p/v@1", Sizes: []int{0, 2}}
	var res []session.Result
	for k := range 8 {
		few, many := cell("n=0", "", k, 1, "no", "1"), cell("n=2", "", k, 1, "1", "1")
		if k >= 6 {
			few = waiting(few)
		}
		res = append(res, few, many)
	}
	r := study.Sweep(sizes, content(3), res, nil)
	if r.Rows[1].Rate.Graded != 6 || r.Cases != 6 || r.Asked != 8 || !strings.HasPrefix(r.Sentence, "On 6 of 8 cases so far: the most are right with 2 shots: 6 of 6") {
		t.Errorf("%+v", r)
	}
	for i := range res {
		res[i] = waiting(res[i])
	}
	if r = study.Sweep(sizes, content(3), res, nil); r.Sentence != "None of 8 cases is complete yet: there is nothing to compare. Go on with the study." {
		t.Errorf("%q", r.Sentence)
	}
	vary := study.Spec{Kind: study.KindVary, Variant: "p/v@1", Takes: 2}
	one := []session.Result{cell("", "", 0, 1, "a", ""), cell("", "", 0, 2, "b", ""), cell("", "", 1, 1, "c", ""), waiting(cell("", "", 1, 2, "", ""))}
	if r := study.Vary(vary, content(3), one); r.Arms[0].Draws != 2 || !strings.HasPrefix(r.Sentence, "On 1 of 2 cases so far: as it is: 2 distinct answers in 2 draws") {
		t.Errorf("%+v", r)
	}
	drop := study.Spec{Kind: study.KindDrop, Variant: "p/v@1", Of: []study.Of{study.OfBlocks}}
	var parts []session.Result
	for k := range 3 {
		for _, arm := range []string{"", study.ArmAgain, "without Rules", "without shots"} {
			c := cell(arm, "", k, 1, "1", "1")
			if k == 2 && arm == "without shots" {
				c = waiting(c)
			}
			parts = append(parts, c)
		}
	}
	if r := study.Drop(drop, content(3), parts, nil); r.Cases != 2 || r.All.Graded != 2 || !strings.HasPrefix(r.Sentence, "On 2 of 3 cases so far: with everything on 2 of 2") {
		t.Errorf("%+v", r)
	}
}

// Where every case that is complete was cut, going on helps nobody: more room does.
func TestAllCutLeadsToMoreRoom(t *testing.T) {
	s, res := ordered(repeat("1100", 12), repeat("11", 12))
	for i := range res {
		switch {
		case res[i].Cell.CaseID > 8:
			res[i].Output.Status = session.StatusWaiting
		case res[i].Cell.Order.String() == s.Orders[1]:
			res[i].Output.Status = session.StatusTruncated
		}
	}
	r := study.Order(s, content(5), res, nil)
	if r.Cases != 0 || !r.Interim() || !strings.Contains(r.Sentence, "an answer that was cut") || !strings.Contains(r.Sentence, "max_tokens") || strings.Contains(r.Sentence, "go on") {
		t.Errorf("%d compared: %s", r.Cases, r.Sentence)
	}
	for i := range res { // one that failed instead is no matter of room alone
		if res[i].Cell.CaseID == 1 && res[i].Output.Status == session.StatusTruncated {
			res[i].Output.Status = session.StatusError
		}
	}
	if r = study.Order(s, content(5), res, nil); strings.Contains(r.Sentence, "max_tokens") {
		t.Errorf("one failed: %s", r.Sentence)
	}
}

// Cases that are left out are counted and named, each with what keeps it out.
func TestLeftOutCasesAreNamed(t *testing.T) {
	s, res := ordered(repeat("1100", 12), repeat("11", 12))
	for i := range res {
		if res[i].Cell.CaseID <= 8 && res[i].Cell.Order.String() == s.Orders[1] {
			res[i].Output.Status = session.StatusTruncated
		}
	}
	c := content(5)
	c.Params.MaxTokens = 16
	slices.Reverse(res) // cases are told as the prompt has them, however they were asked
	r := study.Order(s, c, res, nil)
	if r.Cases != 4 || len(r.Left) != 8 || r.Left[7].Cut != 1 || r.Interim() {
		t.Fatalf("%d compared, %+v", r.Cases, r.Left)
	}
	for i, want := range []string{
		"8 cases are left out whole, for an answer that was cut: c1, c2, c3, c4, c5 and 3 others.",
		"8 answers were cut at 16 tokens, the variant's max_tokens. Ask them again with more room: --resume with --max-tokens 64, or m on the page of the study.",
	} {
		if r.Notes[i] != want {
			t.Errorf("note %q, want %q", r.Notes[i], want)
		}
	}
	// Asked again with more room, they count.
	for _, x := range slices.Clone(res) {
		if x.Output.Status == session.StatusTruncated {
			x.Output = session.Output{Status: session.StatusDone, Text: "1"}
			res = append(res, x)
		}
	}
	standing := study.Standing(res)
	if r = study.Order(s, c, standing, nil); r.Cases != 12 || len(r.Left) != 0 || r.Missing != 0 || len(standing) != 12*6 {
		t.Errorf("%d compared of %d results, %d missing", r.Cases, len(standing), r.Missing)
	}
}

// Where no case passes under one order and fails under another, the answers as they
// are are held against each other: order that moves them is said to, and that this
// says nothing of what is better.
func TestOrderThatMovesAnswersSaysSo(t *testing.T) {
	for name, tt := range map[string]struct {
		orders, control string
		matters         bool
		want, never     string
	}{
		"all wrong, and moved":   {"2345", "22", true, "The order moves the answers. That says nothing of which order is better, as no answer was right under any", "wording"},
		"all wrong, and by luck": {"2323", "2323", false, "That the order moves the answers beyond chance is not seen here. No answer was right under any order", "The order moves"},
	} {
		s, res := ordered(repeat(tt.orders, 8), repeat(tt.control, 8))
		r := study.Order(s, content(5), res, nil)
		if r.Matters != tt.matters || math.IsNaN(r.Moved.P) || r.Tests != 1 || !strings.Contains(r.Sentence, tt.want) || strings.Contains(r.Sentence, tt.never) {
			t.Errorf("%s: %q, %+v", name, r.Sentence, r.Moved)
		}
	}
	// By a suite that passes all of them.
	s, res := ordered(repeat("2345", 8), repeat("22", 8))
	s.Suite = "s"
	r := study.Order(s, content(5), res, func(session.Result) (bool, bool) { return true, true })
	if !r.Matters || !strings.Contains(r.Sentence, "each case came out the same under all: read those that flip where the wording matters") {
		t.Errorf("%q", r.Sentence)
	}
	// Few cases: no percent.
	s, res = ordered(repeat("2345", 3), repeat("22", 3))
	if r = study.Order(s, content(5), res, nil); strings.Contains(r.Sentence, "in 100") || !strings.Contains(r.Sentence, "3 of 3 cases were not answered alike; repeating one order 2 times, 0 of 3 cases were not.") {
		t.Errorf("%q", r.Sentence)
	}
	// Where passing and failing says something, it is that which is told.
	s, res = ordered(repeat("1100", 8), repeat("11", 8))
	if r = study.Order(s, content(5), res, nil); !math.IsNaN(r.Moved.P) || strings.Contains(r.Sentence, "moves the answers") || r.Moved.Cases != 8 || r.Moved.ControlCases != 0 {
		t.Errorf("%q, %+v", r.Sentence, r.Moved)
	}
}

// What two answers to a case share is the mean over its pairs; of a list it is told
// how much of it came.
func TestVarySharesAndCovers(t *testing.T) {
	s := study.Spec{Kind: study.KindVary, Variant: "p/v@1", Takes: 2, List: []text.Raw{"red fox", "blue fox", "Blue fox", "owl"}}
	res := []session.Result{
		cell("", "", 0, 1, "red fox", ""), cell("", "", 0, 2, "blue fox", ""), // ⅓
		cell("", "", 1, 1, "red fox", ""), cell("", "", 1, 2, "red fox", ""), // 1
		cell("", "", 2, 1, "newt", ""), // no pair
	}
	r := study.Vary(s, content(3), res)
	a := r.Arms[0]
	if math.Abs(a.Jaccard-2.0/3) > 1e-9 || a.Covered != 2 || r.List != 3 || a.Outside != 1 || !strings.Contains(a.Sentence, "2 of the 3 on the list, and 1 draw outside it") {
		t.Errorf("%+v", a)
	}
	if r = study.Vary(s, content(3), res[4:]); !math.IsNaN(r.Arms[0].Jaccard) {
		t.Errorf("one answer shares %v", r.Arms[0].Jaccard)
	}
}

// Cases are dealt in an order that the seed draws, each once.
func TestDealDrawsTheCases(t *testing.T) {
	var cases []session.Case
	for i := range 20 {
		cases = append(cases, session.Case{ID: int64(i)})
	}
	ids := func(seed uint64) []int64 {
		var out []int64
		for _, c := range (study.Spec{Seed: seed}).Deal(cases) {
			out = append(out, c.ID)
		}
		return out
	}
	a, b := ids(1), ids(2)
	if slices.Equal(a, b) || !slices.Equal(a, ids(1)) || slices.IsSorted(a) {
		t.Errorf("%v, %v", a, b)
	}
	if slices.Sort(a); !slices.Equal(slices.Compact(a), a) || len(a) != 20 || a[19] != 19 {
		t.Errorf("%v", a)
	}
}
