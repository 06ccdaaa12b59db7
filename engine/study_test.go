package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"galley/engine"
	"galley/engine/backend"
	"galley/session"
	"galley/session/study"
	"galley/session/text"
)

const nearestModel = "embedded/nearest"

// fruits is a prompt of n shots with an answer each, and cases that fit all of them,
// each as well as it is short: the built-in baseline draws among the three that fit
// best, and no two fit alike.
func fruits(n, cases int, seed int64) (session.Content, []session.Case) {
	shots := session.NewBlock("s", session.KindShots)
	query := ""
	for i := range n {
		word := fmt.Sprintf("fruit%d", i)
		query += word + " "
		shots.Shots = append(shots.Shots, session.Shot{
			UID: word, Name: text.Raw(word), Input: text.Raw(word + strings.Repeat(" filler", i)), Output: text.Raw(fmt.Sprintf("answer%d", i)),
		})
	}
	input := session.NewBlock("i", session.KindInput)
	input.Text = "{{fruit}}"
	var out []session.Case
	for i := range cases {
		wanted := shots.Shots[i%min(3, n)].Output
		out = append(out, session.Case{
			ID: int64(i + 1), Name: text.Raw(fmt.Sprintf("c%d", i+1)), Wanted: &wanted,
			Vars: []session.Var{{Name: "fruit", Value: text.Raw(fmt.Sprintf("%scase%d", query, i))}},
		})
	}
	return session.Content{Blocks: []session.Block{shots, input}, Params: session.Params{Seed: &seed}}, out
}

// direct answers a plan by the built-in baseline, without a run.
func direct(t testing.TB, weight float64, p engine.Plan) []session.Result {
	t.Helper()
	set, err := backend.NewSet(nil, nil, backend.Embedded{Weight: &weight})
	if err != nil {
		t.Fatal(err)
	}
	b, model, err := set.Lookup(nearestModel)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]session.Result, len(p.Cells))
	for i, c := range p.Cells {
		w, err := b.Wire(backend.Request{Model: model, Proof: p.Proofs[c.Proof], Take: c.Cell.Take})
		if err != nil {
			t.Fatal(err)
		}
		c.Cell.Wire = w.Hash
		out[i] = session.Result{Cell: c.Cell, Output: session.Output{Status: session.StatusDone}}
		for chunk, err := range b.Stream(t.Context(), "", w) {
			if err != nil {
				t.Fatal(err)
			}
			out[i].Output.Text += chunk.Text
		}
	}
	return out
}

// ordering is a study of order on the built-in baseline.
type ordering struct {
	shots, orders, repeats, cases, takes int
	weight                               float64 // of place
}

func (o ordering) plan(t testing.TB, seed uint64) (study.Spec, session.Content, engine.Plan) {
	t.Helper()
	content, cases := fruits(o.shots, o.cases, int64(seed)*100_000)
	spec := study.Spec{
		Kind: study.KindOrder, Variant: "fruits/shots@1", Model: nearestModel,
		Orders: study.Orders(o.orders, seed), Repeats: o.repeats, Seed: seed, Takes: o.takes,
	}
	arms, err := spec.Arms(study.Input{Content: content}, 1)
	if err != nil {
		t.Fatal(err)
	}
	m := engine.Matrix{Entries: []engine.Entry{{Contestant: session.Contestant{Model: nearestModel}}}, Cases: cases}
	p, err := m.Study(arms, 7)
	if err != nil {
		t.Fatal(err)
	}
	return spec, content, p
}

func (o ordering) report(t testing.TB, seed uint64) study.OrderReport {
	t.Helper()
	spec, content, p := o.plan(t, seed)
	return study.Order(spec, content, direct(t, o.weight, p), nil)
}

// alarms counts the studies that say that order matters, and how often each of the
// three ways to ask says so.
func (o ordering) alarms(t *testing.T, studies int) (all int, each [3]int) {
	t.Helper()
	for seed := range uint64(studies) {
		r := o.report(t, seed+1)
		if r.Tests != 3 || r.Cases != o.cases || len(r.Left) != 0 {
			t.Fatalf("study %d: %d tests over %d cases, %v left out", seed, r.Tests, r.Cases, r.Left)
		}
		if r.Matters {
			all++
		}
		for i, p := range []float64{r.RateP, r.ExcessP, r.PlaceP} {
			if p <= r.Alpha {
				each[i]++
			}
		}
	}
	return all, each
}

// Where no weight is on a place, a study says that order matters at most 1 time in
// 20, by chance: over many studies its false alarms lie in the band that their
// nominal rate allows 99 times in 100.
func TestOrderStudyFalseAlarms(t *testing.T) {
	const studies = 400
	if testing.Short() { // a few, for the race detector: more than 5 of 20 come about 3 times in 10,000
		if got, _ := (ordering{shots: 4, orders: 4, repeats: 4, cases: 24, takes: 1}).alarms(t, 20); got > 5 {
			t.Errorf("%d of 20 studies see what is not there", got)
		}
		return
	}
	got, each := ordering{shots: 4, orders: 4, repeats: 4, cases: 24, takes: 1}.alarms(t, studies)
	t.Logf("%d of %d studies: pass rates %d, excess %d, places %d", got, studies, each[0], each[1], each[2])
	if got < 9 || got > 32 { // 20, standard deviation 4.4
		t.Errorf("%d of %d studies see what is not there, want about %.0f", got, studies, study.FalseAlarm*studies)
	}
	for i, n := range each {
		if n > 14 { // 7, standard deviation 2.6
			t.Errorf("way %d: %d of %d see what is not there, want about %.0f", i, n, studies, study.FalseAlarm/3*studies)
		}
	}
}

// What is there is found: a great weight nearly always on few cases, the baseline's
// own, which moves an answer in a hundred, on many draws.
func TestOrderStudyFindsTheEffect(t *testing.T) {
	if testing.Short() {
		if got, _ := (ordering{shots: 6, orders: 6, repeats: 6, cases: 24, takes: 1, weight: 2}).alarms(t, 3); got < 3 {
			t.Errorf("a weight of 2 is found in %d of 3 studies", got)
		}
		return
	}
	if got, _ := (ordering{shots: 6, orders: 6, repeats: 6, cases: 24, takes: 1, weight: 0.5}).alarms(t, 30); got < 22 {
		t.Errorf("a weight of 0.5 is found in %d of 30 studies", got)
	}
	if got, _ := (ordering{shots: 6, orders: 6, repeats: 6, cases: 24, takes: 1, weight: 2}).alarms(t, 12); got < 12 {
		t.Errorf("a weight of 2 is found in %d of 12 studies", got)
	}
	for seed := range uint64(2) {
		r := ordering{shots: 4, orders: 4, repeats: 2, cases: 30, takes: 240, weight: backend.PlaceWeight}.report(t, seed+1)
		if !r.Matters || r.PlaceP > r.Alpha || r.Place <= 0 || !strings.Contains(r.Sentence, "lean to the shots that stand late") {
			t.Errorf("the baseline's own weight: place %.4f, p %.4f: %s", r.Place, r.PlaceP, r.Sentence)
		}
	}
}

// No two cells of an order study are one draw, even where an order is the variant's
// own: of two shots there are two orders, and three shots have six.
func TestOrderStudyDrawsApart(t *testing.T) {
	for _, o := range []ordering{
		{shots: 2, orders: 2, repeats: 2, cases: 3, takes: 1}, {shots: 2, orders: 5, repeats: 3, cases: 2, takes: 2}, {shots: 3, orders: 6, repeats: 6, cases: 2, takes: 1},
	} {
		_, _, p := o.plan(t, 3)
		if want := o.cases * o.takes * (o.orders + o.repeats); len(p.Cells) != want {
			t.Fatalf("%+v: %d cells, want %d", o, len(p.Cells), want)
		}
		seen := map[string]bool{}
		controls := 0
		for i, c := range p.Cells {
			if c.Cell.Index != i {
				t.Fatalf("cell %d says it is %d", i, c.Cell.Index)
			}
			if c.Cell.Contestant.Arm == study.ArmControl {
				controls++
			}
			key := fmt.Sprint(p.Proofs[c.Proof].Hash, c.Cell.Take)
			if seen[key] {
				t.Fatalf("%+v: a draw is asked for twice", o)
			}
			seen[key] = true
		}
		if controls != o.cases*o.takes*o.repeats || p.StudyID != 7 {
			t.Errorf("%+v: %d cells of the control in study %d", o, controls, p.StudyID)
		}
	}
}

func TestStudyRefuses(t *testing.T) {
	content, cases := fruits(3, 1, 1)
	one := []engine.Entry{{Contestant: session.Contestant{Model: nearestModel}}}
	arm := []study.Arm{{Content: content}}
	for name, tt := range map[string]struct {
		m    engine.Matrix
		arms []study.Arm
	}{
		"no contestant": {engine.Matrix{Cases: cases}, arm},
		"no case":       {engine.Matrix{Entries: one}, arm},
		"no arm":        {engine.Matrix{Entries: one, Cases: cases}, nil},
		"too many":      {engine.Matrix{Entries: one, Cases: cases}, []study.Arm{{Content: content, Takes: 2_000_000}}},
		"a bad order":   {engine.Matrix{Entries: one, Cases: cases}, []study.Arm{{Content: content, Order: "asis"}}},
	} {
		if p, err := tt.m.Study(tt.arms, 1); err == nil {
			t.Errorf("%s: a plan of %d cells", name, len(p.Cells))
		}
	}
}
