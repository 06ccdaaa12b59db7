package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

const now = 1_790_000_000_000

func say(s string) *text.Raw { r := text.Raw(s); return &r }

// lab is a workspace in memory with studies.
type lab struct {
	entries []Entry
	results map[int64]Result
	cases   []session.Case
	est     Estimate
	estErr  error
	err     error
	started []Choice
	gone    []int64
	live    *fakeLive
	content session.Content
	looks   session.Looks
}

// fakeLive is a study in flight that moves when told to.
type fakeLive struct {
	id      int64
	p       Progress
	bell    chan struct{}
	stopped bool
}

func (f *fakeLive) ID() int64             { return f.id }
func (f *fakeLive) Bell() <-chan struct{} { return f.bell }
func (f *fakeLive) Progress() Progress    { return f.p }
func (f *fakeLive) Stop()                 { f.stopped = true }

func content(shots int) session.Content {
	b := session.Block{UID: "b2", Kind: session.KindShots, Role: session.RoleUser}
	for i := range shots {
		b.Shots = append(b.Shots, session.Shot{UID: fmt.Sprint("u", i), Name: text.Raw(fmt.Sprintf("s%02d", i+1)), Input: "x", Output: "bug"})
	}
	return session.Content{Blocks: []session.Block{
		{UID: "b1", Kind: session.KindInstructions, Role: session.RoleUser, Title: "Rules", Text: "Sort it by {{genres}}."}, b,
		{UID: "b3", Kind: session.KindInput, Role: session.RoleUser, Text: "{{ticket}}"},
	}}
}

func count(answer string, n int) study.Count { return study.Count{Answer: text.Raw(answer), N: n} }

func orderReport() *study.OrderReport {
	r := &study.OrderReport{
		By: study.ByPass, Of: study.OfShots, N: 5, Cases: 48, Mean: 0.67, MeanLo: 0.64, MeanHi: 0.70, SD: 0.041, SDLo: 0.028, SDHi: 0.075,
		ControlSD: 0.015, ControlSDLo: 0.01, ControlSDHi: 0.027, Spread: 0.146, ControlSpread: 0.04, Disagree: 0.21, ControlDisagree: 0.05, Excess: 0.16, ExcessLo: 0.1, ExcessHi: 0.22,
		Q: 21.4, QP: 0.011, RateP: 0.004, ExcessP: 0.0005, PlaceP: math.NaN(), Tests: 2, Alpha: 0.025, Matters: true,
		Moved:    study.Moved{Cases: 12, ControlCases: 4, Disagree: 0.24, ControlDisagree: 0.06, Excess: 0.18, ExcessLo: 0.12, ExcessHi: 0.24, P: math.NaN()},
		Sentence: "Over 10 orders 29 to 36 of 48 were right (60% to 75%, sd 4); repeating one order, 31 to 33 of 48 were right (65% to 69%, sd 1.5). Order matters here: some orders pass more often than chance would have it. 10 orders miss the worst tenth of all about 35 times in 100. Before an order is changed, confirm it on cases that this study has not seen, with --cases holdout.",
		Notes:    []string{"2 cases are left out: an answer that can be compared is missing under an order or a repeat."},
	}
	for i, n := range []int{33, 31, 36, 30, 29, 34, 32, 32, 35, 31} {
		r.Orders = append(r.Orders, study.OrderRow{Order: fmt.Sprintf("williams:%d/10@42", i+1), Pass: n, Cases: 48, Rate: float64(n) / 48, Shots: []text.Raw{"s01", "s05", "s02", "s04", "s03"}})
	}
	for i, n := range []int{32, 31, 33, 32} {
		r.Control = append(r.Control, study.OrderRow{Order: "as-is", Repeat: i + 1, Pass: n, Cases: 48, Rate: float64(n) / 48})
	}
	r.Flips = []study.Flip{
		{Case: "c07", Wanted: say("billing"), Answers: []study.Count{count("billing", 5), count("bug", 3), count("howto", 2)}, Control: []study.Count{count("billing", 4)}, Pass: 5, Asked: 10},
		{Case: "c31", Answers: []study.Count{count("shipping", 9), count("", 1)}, Control: []study.Count{count("shipping", 3), count("print", 1)}, Asked: 10},
	}
	r.Positions = []study.Position{{Name: "s03", First: 0.01, Last: 0.062, Beyond: true}, {Name: "s04", First: math.NaN(), Last: 0.004}}
	return r
}

func rate(pass, n int) study.Rate {
	r := float64(pass) / float64(n)
	return study.Rate{Pass: pass, Graded: n, Cases: n, Rate: r, Lo: max(0, r-0.12), Hi: min(1, r+0.12)}
}

func dropReport() *study.DropReport {
	nan := math.NaN()
	row := func(of study.Of, name string, pass int, change float64, tokens float64) study.DropRow {
		return study.DropRow{Arm: "without " + name, Of: of, Name: text.Raw(name), Rate: rate(pass, 48), Cases: 48, Worse: 6, Better: 2, Changed: 9, Change: change, ChangeLo: change - 0.07, ChangeHi: change + 0.07,
			P: 0.18, Holm: 0.9, Tokens: tokens, CostUSD: 0.0001, Sentence: "Without " + name + " 6 cases newly fail and 2 newly pass. It could be chance. Read the 6."}
	}
	r := &study.DropReport{By: study.ByPass, Cases: 48, Takes: 1, All: rate(33, 48), Sentence: "Of 4 parts, Rules is worth most. One shot repeats another: leave it out."}
	r.Rows = []study.DropRow{row(study.OfShots, "s02", 33, 0, 61), row(study.OfBlocks, "Rules", 21, -0.25, 44), row(study.OfShots, "s01", 31, -0.042, 58)}
	r.Rows[0].Same = "s06"
	odd := row(study.OfShots, "s09", 0, nan, nan)
	odd.Rate, odd.CostUSD, odd.P, odd.Holm, odd.ChangeLo, odd.ChangeHi = study.Rate{Rate: nan, Lo: nan, Hi: nan}, nan, nan, nan, nan, nan
	r.Rows = append(r.Rows, odd)
	r.Again = study.DropRow{Arm: study.ArmAgain, Rate: rate(32, 48), Cases: 48, Worse: 2, Better: 1, Changed: 3, Change: -0.02, ChangeLo: -0.06, ChangeHi: 0.02, P: 0.6, Holm: nan, Tokens: nan, CostUSD: nan}
	return r
}

func sweepReport() *study.SweepReport {
	r := &study.SweepReport{By: study.ByPass, Cases: 48, How: "The first ones of the bank stand, pinned ones before any other.", Sentence: "From 12 shots on more of them buy little: 29 of 48 with 12, 30 with 24. Take 12, and spare 590 tokens a call."}
	for _, x := range []struct{ n, pass, tokens int }{{0, 0, 120}, {1, 9, 160}, {5, 20, 320}, {12, 29, 640}, {24, 30, 1230}} {
		r.Rows = append(r.Rows, study.SweepRow{N: x.n, Rate: rate(x.pass, 48), Tokens: float64(x.tokens), CostUSD: math.NaN()})
	}
	return r
}

func varyReport() *study.VaryReport {
	arm := func(name string, distinct, top int) study.VaryArm {
		return study.VaryArm{Name: name, Draws: 40, Distinct: distinct, PerCase: float64(distinct) / 8, Top: "Dune", TopN: top, TopShare: float64(top) / 40, Distinct1: 0.4, Distinct2: 0.7, Outside: 2, Covered: 7, Jaccard: 0.31,
			Answers: []study.Count{count("Dune", top), count("Solaris", 4), count("", 1)}, More: 5, Fewer: 1, Even: 2, P: 0.22, Sentence: "Different answers in 5 cases more, in 1 fewer. It could be chance."}
	}
	return &study.VaryReport{Arms: []study.VaryArm{arm("", 9, 21), arm("temperature=1", 14, 15), arm("shots shuffled", 12, 18)}, Cases: 8, Takes: 5, Listed: true, List: 20, Sentence: "Temperature 1 gave 14 different answers where the variant gave 9, on 40 draws each."}
}

func newLab() *lab {
	l := &lab{results: map[int64]Result{}, content: content(5)}
	for i := range 12 {
		split := session.SplitDev
		if i >= 9 {
			split = session.SplitHoldout
		}
		l.cases = append(l.cases, session.Case{ID: int64(i + 1), Name: text.Raw(fmt.Sprintf("c%02d", i+1)), Split: split})
	}
	usd := 0.42
	spec := func(k study.Kind) study.Spec {
		return study.Spec{Kind: k, Variant: "triage/five-shot@3", RevisionID: 110, Model: "embedded/nearest", Cases: "dev", Takes: 1}
	}
	add := func(id int64, sp study.Spec, r Result, state session.RunState, done int) {
		e := Entry{ID: id, Spec: sp, AtMS: now - id*3_600_000, Runs: []int64{id + 20}, State: state, Cells: 100, Done: done, CostUSD: &usd}
		r.Entry = e
		l.entries, l.results[id] = append(l.entries, e), r
	}
	o := spec(study.KindOrder)
	o.Of, o.Repeats, o.Seed = []study.Of{study.OfShots}, 10, 42
	o.Orders = study.Orders(10, 42)
	add(4, o, Result{Order: orderReport()}, session.RunDone, 100)
	d := spec(study.KindDrop)
	d.Of = []study.Of{study.OfBlocks, study.OfShots}
	add(3, d, Result{Drop: dropReport()}, session.RunDone, 100)
	w := spec(study.KindSweep)
	w.Of, w.Sizes = []study.Of{study.OfShots}, []int{0, 1, 5, 12, 24}
	add(2, w, Result{Sweep: sweepReport()}, session.RunInterrupted, 61)
	v := spec(study.KindVary)
	v.Tricks, v.Takes = []study.Trick{{Name: "temperature", Arg: "1"}, {Name: "shots"}}, 5
	add(1, v, Result{Vary: varyReport()}, session.RunDone, 100)
	l.est = Estimate{Cases: 9, Cells: 180, Rounds: 1, Calls: 171, Cached: 9, InputTokens: 74_220, MaxOutput: 2736, Free: true, LeftMS: 95_000}
	return l
}

func (l *lab) deps() Deps {
	t := &session.Table{}
	v := session.VariantInfo{Variant: session.Variant{ID: 11, PromptID: 1, Name: "five-shot", Head: 3}, Prompt: "triage",
		Revision: session.Revision{ID: 110, VariantID: 11, Number: 3, Content: l.content, Hash: l.content.Hash()}}
	t.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "triage"}}, Variant: v, Cases: l.cases})
	t.SetModel("embedded/nearest")
	fail := func() error { err := l.err; l.err = nil; return err }
	return Deps{
		Table: t, Styles: themes.Pick("", true).Styles(), Seed: func() uint64 { return 42 }, NowMS: func() int64 { return now },
		Studies: func(context.Context, int64) ([]Entry, error) { return slices.Clone(l.entries), fail() },
		Read: func(_ context.Context, id int64) (Result, error) {
			r, ok := l.results[id]
			if !ok {
				return r, errors.New("there is no such study")
			}
			return r, fail()
		},
		Estimate: func(context.Context, Choice) (Estimate, error) { return l.est, l.estErr },
		Start: func(_ context.Context, c Choice) (Live, error) {
			if err := fail(); err != nil {
				return nil, err
			}
			l.started = append(l.started, c)
			l.live = &fakeLive{id: 9, bell: make(chan struct{}, 1), p: Progress{Cells: 180, Done: 40, Failed: 2, Cached: 9, Running: 4, Rounds: 1, Round: 1, LeftMS: 61_000, Free: true, State: session.RunRunning}}
			l.live.bell <- struct{}{}
			e := Entry{ID: 9, Spec: c.Spec, AtMS: now, Runs: []int64{30}, State: session.RunRunning, Cells: 180}
			l.entries = append([]Entry{e}, l.entries...)
			so := orderReport()
			so.Progress, so.Cases = study.Progress{Asked: 48, Waiting: 30}, 18
			so.Sentence = "On 18 of 48 cases so far: over 10 orders 9 to 13 of 18 were right. That is an interim result: let the study come to its end."
			l.results[9] = Result{Entry: e, Order: so}
			return l.live, nil
		},
		GoOn: func(_ context.Context, id int64) (Live, error) {
			l.live = &fakeLive{id: id, bell: make(chan struct{}, 1), p: Progress{Cells: 100, Done: 61, Rounds: 1, Round: 1}}
			l.live.bell <- struct{}{}
			return l.live, nil
		},
		Delete: func(_ context.Context, id int64) error {
			l.gone = append(l.gone, id)
			l.entries = slices.DeleteFunc(l.entries, func(e Entry) bool { return e.ID == id })
			return nil
		},
		Undo: func(context.Context) (session.Edit, error) {
			return session.Edit{Verb: "delete", Noun: "study"}, nil
		},
		Models: func(context.Context) ([]session.ModelInfo, error) {
			return []session.ModelInfo{{Ref: "embedded/nearest"}, {Ref: "ollama/llama3.2:3b"}}, nil
		},
		Suites: func(context.Context, int64) ([]text.Raw, error) { return []text.Raw{"honest"}, nil },
		Variants: func(context.Context, int64) ([]session.VariantInfo, error) {
			return []session.VariantInfo{v, {Variant: session.Variant{ID: 12, Name: "zero-shot"}}}, nil
		},
		Looks: func(context.Context, int64) (session.Looks, error) { return l.looks, nil },
	}
}

// rig is the screen on a stage. The next frame of a study in flight is held, until
// Release.
type rig struct {
	*tuitest.Stage
	l *lab
	s *Screen
}

func open(t testing.TB, l *lab, w, h int) *rig { return staged(t, l, l.deps(), w, h) }

func staged(t testing.TB, l *lab, d Deps, w, h int) *rig {
	t.Helper()
	s := New(d)
	r := &rig{Stage: &tuitest.Stage{T: t, Screen: s}, l: l, s: s}
	r.Pump = func(m kit.Home) bool {
		p, ok := m.Msg.(pumped)
		return ok && !p.progress.Ended
	}
	r.Open(w, h)
	return r
}

// to puts the cursor of the setup on a line.
func (r *rig) to(l line) {
	r.T.Helper()
	i := slices.Index(r.s.setup.lines(), l)
	if i < 0 {
		r.T.Fatalf("there is no line %q", l.label())
	}
	r.s.setup.at = i
}
