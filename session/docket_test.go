package session_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func contestant(rev int64, name, model string) session.Contestant {
	return session.Contestant{RevisionID: rev, Variant: session.VariantRef{Prompt: "triage", Variant: name, Revision: int(rev)}, Model: model}
}

// answers are whole answers of every contestant to every case and take, no two
// alike.
func answers(run int64, who []session.Contestant, cases, takes int) []session.Result {
	var out []session.Result
	for _, c := range who {
		for k := 1; k <= cases; k++ {
			for t := 1; t <= takes; t++ {
				id := run*1_000_000 + int64(len(out)) + 1
				name := text.Raw(fmt.Sprintf("c%d", k))
				out = append(out, session.Result{
					Cell: session.Cell{
						ID: id, RunID: run, Contestant: c, CaseID: int64(k), CaseName: name, Take: t,
						CaseTags: []text.Raw{"tag"}, CaseVars: []session.Var{{Name: "q", Value: name}},
					},
					Output: session.Output{CellID: id, Status: session.StatusDone, Text: text.Raw(fmt.Sprintf("answer %d", id))},
				})
			}
		}
	}
	return out
}

// desk is a judge at work: what the store and the screen would do.
type desk struct {
	d       *session.Docket
	s       session.Sitting
	results []session.Result
	kept    []session.Verdict // in force
	last    int64
}

func sit(s session.Sitting, results []session.Result, kept []session.Verdict) *desk {
	k := &desk{s: s, results: results, kept: slices.Clone(kept)}
	for _, v := range kept {
		k.last = max(k.last, v.ID)
	}
	k.d = session.NewDocket(s, "be kind", results, kept, nil)
	return k
}

func (k *desk) rule(b session.Bout, c session.Choice) session.Verdict {
	v := b.Verdict(k.s, c, "", 1000)
	k.last++
	v.ID = k.last
	k.kept = append(k.kept, v)
	k.d.Ruled(v)
	return v
}

func (k *desk) undo() (session.Bout, bool) {
	v := k.kept[len(k.kept)-1]
	k.kept = k.kept[:len(k.kept)-1]
	return k.d.Undid(v)
}

func pairsSitting(id int64, of int, seed uint64) session.Sitting {
	return session.Sitting{ID: id, PromptID: 1, Judge: "ana", Mode: session.JudgePairs, Seed: seed, Of: of}
}

func pairName(v session.Verdict) string {
	a, b := v.Left.Contestant.String(), v.Right.Contestant.String()
	return min(a, b) + " | " + max(a, b)
}

// Whatever a judge decides, skips and takes back, over several sittings: no duel
// comes twice unless it is a repeat; repeats are swapped, and ten judgments or
// more after the first; sides are even within each block of four; an undo brings
// back the very duel; and a docket made from what is stored draws the same next.
func TestDocketProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "m"), contestant(3, "c", "m"), contestant(4, "d", "n")}
		results := answers(1, who[:rapid.IntRange(2, 4).Draw(t, "contestants")], rapid.IntRange(1, 15).Draw(t, "cases"), rapid.IntRange(1, 2).Draw(t, "takes"))
		seed := rapid.Uint64().Draw(t, "seed")
		k := sit(pairsSitting(1, 20, seed), results, nil)
		for range rapid.IntRange(5, 90).Draw(t, "keys") {
			b, ok := k.d.Next()
			if again, ok2 := k.d.Next(); ok != ok2 || !reflect.DeepEqual(b, again) {
				t.Fatal("the next duel is another when asked again")
			}
			if fresh, ok2 := session.NewDocket(k.s, "be kind", k.results, k.kept, nil).Next(); ok != ok2 || !reflect.DeepEqual(b, fresh) {
				t.Fatalf("after a restart %+v comes, not %+v", fresh, b)
			}
			if !ok {
				k = sit(pairsSitting(k.s.ID+1, 20, seed), results, k.kept)
				if _, more := k.d.Next(); !more {
					break
				}
				continue
			}
			if b.Duel.Number != k.d.Done()+1 || b.Duel.Left != b.Left.Output.Whole() || b.Duel.Right != b.Right.Output.Whole() {
				t.Fatalf("the duel is not that of its answers: %+v", b)
			}
			waiting := k.d.Waiting()
			k.rule(b, rapid.SampledFrom([]session.Choice{"left", "right", "left", "right", "tie", "both_bad", "skip"}).Draw(t, "choice"))
			if rapid.IntRange(0, 4).Draw(t, "undo") > 0 {
				continue
			}
			back, ok := k.undo()
			if !ok || !reflect.DeepEqual(back, b) {
				t.Fatalf("undo shows %+v, not %+v", back, b)
			}
			if next, _ := k.d.Next(); !reflect.DeepEqual(next, b) || k.d.Waiting() != waiting {
				t.Fatal("undo leaves a trace")
			}
			for n := rapid.IntRange(0, 12).Draw(t, "more"); n > 0 && len(k.kept) > 0 && k.kept[len(k.kept)-1].SittingID == k.s.ID; n-- {
				k.undo()
				next, _ := k.d.Next()
				if fresh, _ := session.NewDocket(k.s, "be kind", k.results, k.kept, nil).Next(); !reflect.DeepEqual(next, fresh) {
					t.Fatalf("undone further, %+v comes, not %+v", next, fresh)
				}
			}
		}
		laws(t, k.kept)
	})
}

func laws(t *rapid.T, kept []session.Verdict) {
	type on struct {
		pair string
		kase int64
		take int
	}
	seen := map[on]bool{}
	again := map[int64]bool{}
	place := map[int64]int{}
	byID := map[int64]session.Verdict{}
	lefts := map[string][]bool{}
	skipped := map[string]bool{}
	n := 0
	for _, v := range kept {
		byID[v.ID] = v
		k := on{pairName(v), v.Case.ID, v.Take}
		if v.Choice == session.ChoiceSkip {
			if at := fmt.Sprint(v.SittingID, v.RepeatOf, k); skipped[at] {
				t.Fatalf("%v came again in the sitting where it was skipped", k)
			} else {
				skipped[at] = true
			}
			continue
		}
		place[v.ID] = n
		n++
		if v.RepeatOf != 0 {
			first := byID[v.RepeatOf]
			if first.Left.CellID != v.Right.CellID || first.Right.CellID != v.Left.CellID {
				t.Fatalf("a repeat is not swapped: %+v of %+v", v, first)
			}
			if place[v.ID]-place[first.ID] < 10 || again[first.ID] || first.RepeatOf != 0 || first.Choice == session.ChoiceSkip {
				t.Fatalf("%d repeats %d", v.ID, first.ID)
			}
			again[first.ID] = true
			continue
		}
		if seen[k] {
			t.Fatalf("%v was shown twice", k)
		}
		seen[k] = true
		lefts[k.pair] = append(lefts[k.pair], v.Left.Contestant.String() < v.Right.Contestant.String())
		if v.Left.Contestant.Model != v.Right.Contestant.Model {
			t.Fatalf("models met: %s", k.pair)
		}
	}
	for pair, l := range lefts {
		if len(l) > session.PairCap {
			t.Fatalf("%s was judged %d times", pair, len(l))
		}
		for i := range l {
			left := 0
			for _, x := range l[:i+1] {
				left += map[bool]int{true: 1}[x]
			}
			right := i + 1 - left
			if left-right > 2 || right-left > 2 || (i+1)%4 == 0 && left != right {
				t.Fatalf("%s after %d: %d on the left", pair, i+1, left)
			}
		}
	}
}

// A case comes to a pair a second time, by another take, only when every case
// had its turn; and pairs take turns.
func TestDocketSpreads(t *testing.T) {
	who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "m"), contestant(3, "c", "m")}
	k := sit(pairsSitting(1, 0, 7), answers(1, who, 12, 2), nil)
	cases := map[string]map[int64]int{}
	count := map[string]int{}
	var order []int64
	for i := 0; ; i++ {
		b, ok := k.d.Next()
		if !ok {
			break
		}
		v := k.rule(b, session.ChoiceTie)
		if v.RepeatOf != 0 {
			continue
		}
		name := pairName(v)
		if cases[name] == nil {
			cases[name] = map[int64]int{}
		}
		cases[name][v.Case.ID]++
		count[name]++
		lo, hi := 1<<30, 0
		for _, n := range count {
			lo, hi = min(lo, n), max(hi, n)
		}
		if len(count) == 3 && hi-lo > 1 {
			t.Fatalf("after %d duels the pairs have %v", i+1, count)
		}
		if cases[name][v.Case.ID] == 2 && len(cases[name]) < 12 {
			t.Fatalf("%s has case %d twice and %d cases", name, v.Case.ID, len(cases[name]))
		}
		if name == "triage/a@1 m | triage/b@2 m" && v.Take == 1 {
			order = append(order, v.Case.ID)
		}
	}
	if count["triage/a@1 m | triage/b@2 m"] != 24 || len(count) != 3 || k.d.Waiting() != 0 {
		t.Fatalf("judged %v, %d wait", count, k.d.Waiting())
	}
	if slices.IsSorted(order) {
		t.Errorf("the cases come in their own order: %v", order)
	}
}

// A case not yet used comes before another take of a used one, also where its
// first take has no answer.
func TestDocketPrefersUnusedCases(t *testing.T) {
	who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "m")}
	results := answers(1, who, 2, 2)
	for i := range results {
		if c := results[i].Cell; c.CaseID == 2 && c.Take == 1 {
			results[i].Output.Status = session.StatusError
		}
	}
	for seed := range uint64(20) {
		k := sit(pairsSitting(1, 0, seed), results, nil)
		var got []int64
		for b, ok := k.d.Next(); ok; b, ok = k.d.Next() {
			got = append(got, k.rule(b, session.ChoiceTie).Case.ID)
		}
		if !slices.Equal(got, []int64{1, 2, 1}) {
			t.Fatalf("seed %d: cases %v", seed, got)
		}
	}
}

// A repeat that is taken back can come again.
func TestDocketUndoesRepeats(t *testing.T) {
	who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "m"), contestant(3, "c", "m")}
	k := sit(pairsSitting(1, 0, 5), answers(1, who, 40, 1), nil)
	for {
		b, ok := k.d.Next()
		if !ok {
			t.Fatal("no repeat came")
		}
		k.rule(b, session.ChoiceTie)
		if b.RepeatOf == 0 {
			continue
		}
		k.undo() // the repeat
		k.undo() // and the one before
		again, _ := k.d.Next()
		k.rule(again, session.ChoiceTie)
		if c, _ := k.d.Next(); c.RepeatOf != b.RepeatOf {
			t.Fatalf("%d was to be repeated, then %d", b.RepeatOf, c.RepeatOf)
		}
		return
	}
}

// One in each ten is a repeat once there is something to repeat.
func TestDocketRepeats(t *testing.T) {
	who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "m"), contestant(3, "c", "m"), contestant(4, "d", "m")}
	for seed := range uint64(40) {
		k := sit(pairsSitting(1, 60, seed), answers(1, who, 40, 1), nil)
		repeats := make([]int, 6)
		for i := range 60 {
			b, ok := k.d.Next()
			if !ok {
				t.Fatalf("seed %d ends after %d", seed, i)
			}
			if k.rule(b, session.ChoiceTie).RepeatOf != 0 {
				repeats[i/10]++
			}
		}
		if !slices.Equal(repeats, []int{0, 1, 1, 1, 1, 1}) {
			t.Fatalf("seed %d: repeats per ten %v", seed, repeats)
		}
		if _, ok := k.d.Next(); ok {
			t.Fatal("a sitting of 60 goes on")
		}
	}
}

func TestDocketStops(t *testing.T) {
	who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "m")}
	decided := func(choose func(session.Bout, int) session.Choice) (n int, k *desk) {
		k = sit(pairsSitting(1, 0, 3), answers(1, who, 200, 1), nil)
		for n = 0; ; {
			b, ok := k.d.Next()
			if !ok {
				return n, k
			}
			if k.rule(b, choose(b, n)).RepeatOf == 0 {
				n++
			}
		}
	}
	bWins := func(b session.Bout) session.Choice {
		if b.Left.Cell.Contestant == who[1] {
			return session.ChoiceLeft
		}
		return session.ChoiceRight
	}
	// methods.md 1.3, wins needed: 0 losses → 8 wins, 3 → 15.
	if n, k := decided(func(b session.Bout, _ int) session.Choice { return bWins(b) }); n != 8 || k.d.Waiting() != 0 {
		t.Errorf("settled after %d wins, want 8", n)
	}
	lost := 0
	if n, _ := decided(func(b session.Bout, i int) session.Choice {
		if b.RepeatOf == 0 && lost < 3 {
			lost++
			return bWins(b).Swapped()
		}
		return bWins(b)
	}); n != 18 {
		t.Errorf("settled after %d with 3 losses, want 18", n)
	}
	if n, _ := decided(func(session.Bout, int) session.Choice { return session.ChoiceTie }); n != session.PairCap {
		t.Errorf("ties end after %d", n)
	}
	k := sit(pairsSitting(1, 0, 3), answers(1, who, 200, 1), nil)
	if k.d.Waiting() != session.PairCap {
		t.Errorf("%d wait of 200", k.d.Waiting())
	}
	// What was judged with the names known does not settle, and does not come again.
	var known []session.Verdict
	seen := map[int64]bool{}
	for i := range 20 {
		b, _ := k.d.Next()
		v := b.Verdict(k.s, bWins(b), "", 0)
		v.ID, v.Known = int64(i+1), true
		known = append(known, v)
		if seen[v.Case.ID] || v.RepeatOf != 0 {
			t.Fatal("a duel judged with the names known came again")
		}
		seen[v.Case.ID] = true
		k.d.Ruled(v)
	}
	if _, ok := k.d.Next(); !ok || len(known) != 20 {
		t.Error("verdicts with the names known settled a pair")
	}
}

func TestDocketPool(t *testing.T) {
	a, b, other := contestant(1, "a", "m"), contestant(2, "b", "m"), contestant(2, "b", "n")
	old, neu := answers(1, []session.Contestant{a, b}, 3, 1), answers(2, []session.Contestant{a}, 1, 1)
	results := append(slices.Clone(old), neu...)
	results = append(results, answers(3, []session.Contestant{other}, 3, 1)...)
	results[1].Output.Status = session.StatusTruncated // a on c2
	results[2].Output.Text = results[5].Output.Text    // c3: the same words
	results[2].Output.Prefill = ""
	d := session.NewDocket(pairsSitting(1, 20, 1), "", results, nil, nil)
	if d.Waiting() != 1 {
		t.Fatalf("%d duels wait, want c1 alone", d.Waiting())
	}
	got, _ := d.Next()
	cells := []int64{got.Left.Cell.ID, got.Right.Cell.ID}
	slices.Sort(cells)
	if !slices.Equal(cells, []int64{old[3].Cell.ID, neu[0].Cell.ID}) {
		t.Errorf("cells %v meet, want b's and the newer of a's", cells)
	}
	same := d.Identical()
	if len(same) != 1 || same[0].Judge != session.JudgeIdentical || same[0].Choice != session.ChoiceTie || same[0].Case.ID != 3 || same[0].SittingID != 1 {
		t.Fatalf("identical: %+v", same)
	}
	if d = session.NewDocket(pairsSitting(1, 20, 1), "", results, same, nil); len(d.Identical()) != 0 {
		t.Error("an equal pair is stored twice")
	}
	if d = session.NewDocket(pairsSitting(1, 20, 1), "", results, nil, nil, session.DocketOptions{AnyModel: true}); d.Waiting() != 6 {
		t.Errorf("%d wait with any model, want a:b 1, a:b' 2, b:b' 3", d.Waiting())
	}
	if d = session.NewDocket(pairsSitting(1, 20, 1), "", results, nil, nil, session.DocketOptions{Imported: []int64{3}}); d.Waiting() != 6 {
		t.Errorf("%d wait with an import, want 6", d.Waiting())
	}
	// What a judge typed, the judge does not judge.
	authors := map[int64]text.Raw{3: " Ana"}
	if d = session.NewDocket(pairsSitting(1, 20, 1), "", results, nil, authors); d.Waiting() != 1 || d.Own() != 5 {
		t.Errorf("%d wait and %d are her own, want 1 and 5", d.Waiting(), d.Own())
	}
	// Other values of a case are another input.
	results[3].Cell.CaseVars = []session.Var{{Name: "q", Value: "changed"}}
	if d = session.NewDocket(pairsSitting(1, 20, 1), "", results, nil, nil); d.Waiting() != 0 {
		t.Error("answers to different inputs meet")
	}
}

func TestDocketOrders(t *testing.T) {
	a, b := contestant(1, "a", "m"), contestant(2, "b", "m")
	one := answers(1, []session.Contestant{a, b}, 4, 1)
	for i := range one {
		one[i].Cell.Order = session.Seeded(5)
	}
	two := append(answers(2, []session.Contestant{a, b}, 4, 1), one...)
	d := session.NewDocket(pairsSitting(1, 0, 1), "", two, nil, nil)
	if d.Waiting() != 4 {
		t.Fatalf("%d wait, want one for each case", d.Waiting())
	}
	for {
		x, ok := d.Next()
		if !ok {
			break
		}
		if x.Left.Cell.Order != x.Right.Cell.Order {
			t.Fatal("two orders meet")
		}
		v := x.Verdict(pairsSitting(1, 0, 1), session.ChoiceTie, "", 0)
		v.ID = x.Left.Cell.ID
		d.Ruled(v)
	}
	// Each was run with one order, another one.
	mixed := append(answers(2, []session.Contestant{a}, 4, 1), one[4:]...)
	if d = session.NewDocket(pairsSitting(1, 0, 1), "", mixed, nil, nil); d.Waiting() != 4 {
		t.Errorf("%d wait, want 4", d.Waiting())
	}
}

func TestTypedBy(t *testing.T) {
	for _, tt := range []struct {
		judge, author text.Raw
		model         string
		want          bool
	}{
		{"ana", "", "human/ana", true}, {"ana", "", "human/Ana", true}, {"ana", "ana", "sample/by-hand", true}, {"ana", "", "human/bo", false},
		{"ana", "", "lab/ana", false}, {"", "", "human/", false}, {"ana", "bo", "m", false}, {"", "", "m", false},
	} {
		if got := session.TypedBy(tt.judge, tt.author, contestant(1, "a", tt.model)); got != tt.want {
			t.Errorf("%q, by %q, %s: %v", tt.judge, tt.author, tt.model, got)
		}
	}
}

func TestDocketPassFail(t *testing.T) {
	who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "n")}
	results := answers(1, who, 20, 1)
	newer := answers(2, who[:1], 2, 1)
	newer[0].Output.Text = results[0].Output.Text // c1 came from the cache
	results = append(results, newer...)
	s := pairsSitting(1, 0, 9)
	s.Mode = session.JudgePassFail
	read := session.Verdict{ID: 1, Judge: "ana", Mode: s.Mode, Left: session.Side{CellID: results[0].Cell.ID, Contestant: who[0]}, Case: session.CaseKey{ID: 1}, Take: 1, Choice: session.ChoicePass}
	theirs := read
	theirs.ID, theirs.Judge, theirs.Left.CellID = 2, "bo", results[5].Cell.ID
	k := sit(s, results, []session.Verdict{read, theirs})
	if k.d.Waiting() != 39 {
		t.Fatalf("%d wait of 40 outputs, one of which she labelled", k.d.Waiting())
	}
	seen, repeats := map[int64]int{}, 0
	var order []int64
	for {
		b, ok := k.d.Next()
		if !ok {
			break
		}
		if b.Duel.Right != "" || b.Right.Cell.ID != 0 || b.Duel.Mode != session.JudgePassFail {
			t.Fatalf("two answers in %+v", b)
		}
		v := k.rule(b, session.ChoiceFail)
		if v.RepeatOf != 0 {
			repeats++
			continue
		}
		seen[v.Left.CellID]++
		order = append(order, v.Left.CellID)
	}
	if len(seen) != 39 || seen[results[1].Cell.ID] != 0 || seen[newer[1].Cell.ID] != 1 || seen[newer[0].Cell.ID] != 0 || repeats < 3 {
		t.Errorf("%d outputs and %d repeats: %v", len(seen), repeats, seen)
	}
	if slices.IsSorted(order) {
		t.Error("outputs come in the order of their run")
	}
	if len(k.d.Identical()) != 0 {
		t.Error("single outputs are called identical")
	}
}

// An undo reaches into an earlier sitting, and shows its duel with its sides.
func TestDocketUndoAcrossSittings(t *testing.T) {
	who := []session.Contestant{contestant(1, "a", "m"), contestant(2, "b", "m")}
	results := answers(1, who, 30, 1)
	k := sit(pairsSitting(1, 5, 4), results, nil)
	var bouts []session.Bout
	for b, ok := k.d.Next(); ok; b, ok = k.d.Next() {
		bouts = append(bouts, b)
		k.rule(b, session.ChoiceTie)
	}
	k = sit(pairsSitting(2, 5, 4), results, k.kept)
	for i := len(bouts) - 1; i >= 0; i-- {
		b, ok := k.undo()
		if !ok || b.Left.Cell.ID != bouts[i].Left.Cell.ID || b.Right.Cell.ID != bouts[i].Right.Cell.ID {
			t.Fatalf("undo %d shows %+v", i, b)
		}
	}
	for range bouts {
		b, _ := k.d.Next()
		k.rule(b, session.ChoiceTie)
	}
	if k.d.Done() != 5 {
		t.Errorf("%d of this sitting", k.d.Done())
	}
	if _, ok := k.d.Undid(session.Verdict{ID: 99, Judge: "ana", Mode: session.JudgePairs, Left: session.Side{CellID: 404}}); ok {
		t.Error("a duel is shown whose answers are not at hand")
	}
}

func BenchmarkDocket(b *testing.B) {
	var who []session.Contestant
	for i := range 10 {
		who = append(who, contestant(int64(i+1), fmt.Sprintf("v%d", i), "m"))
	}
	results := answers(1, who, 1000, 1)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			session.NewDocket(pairsSitting(1, 0, 1), "", results, nil, nil)
		}
	})
	b.Run("next", func(b *testing.B) {
		k := sit(pairsSitting(1, 0, 1), results, nil)
		for range 1000 {
			x, _ := k.d.Next()
			k.rule(x, session.ChoiceTie)
		}
		for b.Loop() {
			k.d.Next()
		}
	})
}
