package study

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{80, 22}, {118, 34}, {160, 43}, {40, 8}}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"list": func(w, h int) *rig { return open(t, newLab(), w, h) },
		"empty": func(w, h int) *rig {
			l := newLab()
			l.entries = nil
			return open(t, l, w, h)
		},
		"failed": func(w, h int) *rig {
			l := newLab()
			l.err = errors.New("the workspace is locked by another program")
			return open(t, l, w, h)
		},
		"nothing": func(w, h int) *rig {
			l := newLab()
			d := l.deps()
			d.Table = &session.Table{}
			return staged(t, l, d, w, h)
		},
		"setup": func(w, h int) *rig {
			r := open(t, newLab(), w, h)
			r.Keys("n", "down", "down")
			return r
		},
		"setup-vary": func(w, h int) *rig {
			r := open(t, newLab(), w, h)
			r.Keys("n", "left")
			return r
		},
		"setup-wrong": func(w, h int) *rig {
			l := newLab()
			l.estErr = errors.New("triage/five-shot@3 has 1 shots that are on; an order takes two")
			r := open(t, l, w, h)
			r.Keys("n")
			return r
		},
		"running": func(w, h int) *rig {
			r := open(t, newLab(), w, h)
			r.Keys("n", "enter")
			return r
		},
		"interim": func(w, h int) *rig {
			r := open(t, newLab(), w, h)
			r.Keys("n", "enter", "enter")
			return r
		},
		"cut": func(w, h int) *rig {
			l := newLab()
			e := l.results[4]
			e.Cut, e.Room, e.Order.Left = 49, 64, make([]study.LeftCase, 20)
			l.results[4] = e
			r := open(t, l, w, h)
			r.Keys("enter")
			return r
		},
		"order":   func(w, h int) *rig { return report(t, w, h, 0, "down", "down") },
		"flips":   func(w, h int) *rig { return report(t, w, h, 0, "tab") },
		"places":  func(w, h int) *rig { return report(t, w, h, 0, "tab", "tab") },
		"numbers": func(w, h int) *rig { return report(t, w, h, 0, "shift+tab") },
		"drop":    func(w, h int) *rig { return report(t, w, h, 1) },
		"sweep":   func(w, h int) *rig { return report(t, w, h, 2) },
		"vary":    func(w, h int) *rig { return report(t, w, h, 3, "down") },
	}
	tuitest.Goldens(t, sizes, states)
}

// report opens the n-th study of the list.
func report(t *testing.T, w, h, n int, keys ...string) *rig {
	r := open(t, newLab(), w, h)
	for range n {
		r.Keys("down")
	}
	r.Keys("enter")
	r.Keys(keys...)
	return r
}

// hostile is a lab whose texts are what a terminal would obey, and long.
func hostile() *lab {
	l := newLab()
	evil := text.Raw("x\x1b]52;c;AAAA\a\u009b31m\r\n\u202eevil\u200b")
	long := evil + text.Raw(strings.Repeat("very-long-name-", 12))
	for i := range l.entries {
		e := &l.entries[i]
		e.Spec.Variant, e.Spec.Model, e.Spec.Cases, e.Spec.Suite = string(long), string(long), string(long), long
		r := l.results[e.ID]
		r.Entry = *e
		if r.Order != nil {
			for i := range r.Order.Flips {
				f := &r.Order.Flips[i]
				f.Case, f.Wanted = long, &long
				f.Answers[0].Answer, f.Control[0].Answer = long, long
			}
			for i := range r.Order.Orders {
				r.Order.Orders[i].Shots = []text.Raw{long, evil}
			}
			for i := range r.Order.Positions {
				r.Order.Positions[i].Name = long
			}
		}
		if r.Drop != nil {
			for i := range r.Drop.Rows {
				r.Drop.Rows[i].Name, r.Drop.Rows[i].Same = long, long
			}
		}
		if r.Vary != nil {
			for i := range r.Vary.Arms {
				a := &r.Vary.Arms[i]
				a.Name, a.Answers[0].Answer = string(long), long
			}
		}
		l.results[e.ID] = r
	}
	l.est.Warnings = []string{string(long)}
	return l
}

func TestEverySize(t *testing.T) {
	for _, mk := range []func() *lab{newLab, hostile, func() *lab { l := newLab(); l.entries = nil; return l }} {
		for _, keys := range [][]string{{}, {"n"}, {"n", "left", "down"}, {"n", "right"}, {"enter"}, {"enter", "tab"}, {"enter", "tab", "tab"}, {"enter", "shift+tab"},
			{"down", "enter"}, {"down", "enter", "tab"}, {"down", "down", "enter"}, {"end", "enter"}, {"end", "enter", "tab"}, {"n", "enter"}} {
			r := open(t, mk(), 80, 22)
			r.Keys(keys...)
			for _, w := range []int{20, 39, 40, 75, 80, 111, 112, 160, 240} {
				for _, h := range []int{5, 7, 11, 13, 14, 22, 45, 70} {
					r.Resize(w, h)
					r.Plain()
				}
			}
		}
	}
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	r := open(t, newLab(), 80, 22)
	check := func(front string) {
		seen := map[string]string{}
		for _, a := range r.s.Actions() {
			for _, k := range a.Key.Keys() {
				if seen[k] != "" {
					t.Errorf("%s: %s and %s share %s", front, seen[k], a.ID, k)
				}
				seen[k] = a.ID
			}
			if a.Long == "" || a.Do == nil {
				t.Errorf("%s says or does nothing", a.ID)
			}
			a.Off()
		}
		if r.s.Help() == "" {
			t.Errorf("%s is not explained", front)
		}
	}
	check("list")
	r.Keys("enter")
	check("result")
	r.Keys("n")
	check("setup")
	ids := map[string]bool{}
	for _, a := range New(Deps{Table: &session.Table{}, Styles: themes.Pick("", true).Styles()}).AllActions() {
		if ids[a.ID] {
			t.Errorf("%s stands twice", a.ID)
		}
		ids[a.ID] = true
	}
}

// Where cases come in while a study is being set up, its cost is counted anew, and
// what was to start at the cost of before does not.
func TestOtherCasesCostSomethingElse(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Hold = true
	r.Keys("n", "enter")
	l.est.Cases, l.est.InputTokens = 400, 9_999_999
	r.s.d.Table.Touch()
	r.Run(r.s.Update(kit.TableChanged{}))
	r.Release()
	if len(l.started) != 0 {
		t.Fatal("it was started at a cost that nobody saw")
	}
	if !strings.Contains(r.Plain(), "9,999,999") {
		t.Fatalf("the new cost is not told:\n%s", r.Plain())
	}
	r.Keys("enter")
	if len(l.started) != 1 || l.started[0].Cases != 400 {
		t.Fatalf("it does not say how many cases its cost was counted for: %+v", l.started)
	}
}

// What is set up is what is asked.
func TestSetUpAndStart(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Keys("n")
	if !strings.Contains(r.Plain(), "74,220") {
		t.Fatalf("the cost is not told:\n%s", r.Plain())
	}
	r.to(lineOrders)
	r.Keys("right", "right")
	r.to(lineModel)
	r.Keys("right")
	r.to(linePass)
	r.Keys("right")
	r.Keys("enter")
	if len(l.started) != 1 {
		t.Fatalf("not started: %q", r.Last())
	}
	c := l.started[0]
	want := study.Spec{Kind: study.KindOrder, Variant: "triage/five-shot@3", RevisionID: 110, Model: "ollama/llama3.2:3b", Cases: "dev", Takes: 1, Of: []study.Of{study.OfShots}, Repeats: 10, Seed: 42, Suite: "honest"}
	if string(c.Spec.JSON()) != string(want.JSON()) || c.K != 12 || c.PromptID != 1 {
		t.Errorf("asked %s, K %d", c.Spec.JSON(), c.K)
	}
	if r.s.setup != nil || r.s.entry().ID != 9 || !strings.Contains(r.Plain(), "42 of 180") {
		t.Errorf("the study that runs is not shown:\n%s", r.Plain())
	}
}

func TestEveryKindIsSetUp(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Keys("n", "right")
	r.to(lineShots)
	r.Keys("right", "enter")
	if sp := l.started[0].Spec; sp.Kind != study.KindDrop || !slices.Equal(sp.Of, []study.Of{study.OfBlocks}) {
		t.Errorf("asked %s", sp.JSON())
	}
	r.Keys("n", "right", "right")
	r.to(lineSizes)
	r.Keys("space", "ctrl+a")
	r.Type("0,2,9")
	r.Keys("enter")
	if r.Dialog == nil {
		t.Fatal("9 of 5 shots were taken")
	}
	r.Keys("backspace", "backspace", "enter")
	r.Keys("enter")
	if sp := l.started[1].Spec; sp.Kind != study.KindSweep || !slices.Equal(sp.Sizes, []int{0, 2}) {
		t.Errorf("asked %s", sp.JSON())
	}
	r.Keys("n", "left")
	r.to(lineItems)
	r.Keys("right")
	r.to(lineRephrase)
	r.Keys("right")
	r.to(lineRecent)
	r.Keys("right", "enter")
	want := []study.Trick{{Name: "temperature", Arg: "1"}, {Name: "items", Arg: "genres"}, {Name: "rephrase", Arg: "zero-shot"}, {Name: "recent", Arg: "3"}}
	if sp := l.started[2].Spec; sp.Kind != study.KindVary || sp.Takes != 5 || !slices.Equal(sp.Tricks, want) {
		t.Errorf("asked %s", sp.JSON())
	}
}

// A study goes on while something else is looked at, and is read when it has ended.
func TestItGoesOn(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Keys("n")
	r.Hold = true
	r.Keys("enter")
	r.Hold = false
	r.Release()
	r.Keys("down", "enter")
	if r.s.result == nil || r.s.result.r.Entry.ID != 4 {
		t.Fatal("another study can't be read meanwhile")
	}
	l.live.p.Done, l.live.p.Ended, l.live.p.State = 178, true, session.RunDone
	l.entries[0].State, l.entries[0].Done = session.RunDone, 178
	l.results[9] = Result{Entry: l.entries[0], Order: orderReport()}
	l.live.bell <- struct{}{}
	r.Release()
	if len(r.s.flights) != 0 {
		t.Fatal("it still flies")
	}
	r.Keys("esc", "up")
	if s := r.Plain(); !strings.Contains(s, "✓ done") || !strings.Contains(s, "Over 10 orders") {
		t.Errorf("what it found is not told:\n%s", s)
	}
}

// While no case can be compared, nothing is shown that reads as a finding, and what
// runs is confirmed by nobody.
func TestNothingIsFoundBeforeThereIsSomethingToCompare(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Keys("n", "enter")
	empty := l.results[9]
	empty.Entry, empty.Order = l.entries[0], &study.OrderReport{By: study.ByPass, Of: study.OfShots, N: 5, Notes: []string{"48 cases are left out."}}
	l.results[9] = empty
	r.Keys("enter")
	s := r.Plain()
	if !strings.Contains(s, "No case can be compared yet") || strings.Contains(s, "same again") {
		t.Errorf("got:\n%s", s)
	}
	r.Keys("c")
	if !strings.Contains(r.Last(), "it still runs") {
		t.Errorf("said %q", r.Last())
	}
}

// A study that runs is read anew now and then while it is looked at, and only then.
func TestARunningStudyIsReadNowAndThen(t *testing.T) {
	l := newLab()
	d := l.deps()
	clock, reads := int64(now), 0
	read := d.Read
	d.NowMS = func() int64 { return clock }
	d.Read = func(ctx context.Context, id int64) (Result, error) {
		if id == 9 {
			reads++
		}
		return read(ctx, id)
	}
	r := staged(t, l, d, 120, 40)
	r.Keys("n", "enter", "enter")
	if s := r.Plain(); !strings.Contains(s, "On 18 of 48 cases so far") || !strings.Contains(s, "interim") {
		t.Fatalf("got:\n%s", s)
	}
	tick := func(ms int64, done int) int {
		before := reads
		clock += ms
		l.live.p.Done = done
		for range 2 { // what a frame asks for is held until the next
			l.live.bell <- struct{}{}
			r.Release()
		}
		return reads - before
	}
	tick(60_000, 60)
	if n := tick(100, 100); n != 0 {
		t.Errorf("read %d times within the tenth of a second", n)
	}
	if n := tick(60_000, 101); n != 1 {
		t.Errorf("read %d times after a minute with much that is new", n)
	}
	if n := tick(60_000, 102); n != 0 {
		t.Errorf("read %d times for one answer", n)
	}
	r.Keys("c")
	if !strings.Contains(r.Last(), "it still runs") {
		t.Errorf("said %q", r.Last())
	}
	r.Keys("esc", "down") // another study is looked at
	if n := tick(60_000, 160); n != 0 {
		t.Errorf("read %d times while another is looked at", n)
	}
}

// What was cut is asked again, once it is said what that takes.
func TestWhatWasCutIsAskedAgain(t *testing.T) {
	l := newLab()
	d := l.deps()
	var asked []int
	d.AskCut = func(_ context.Context, id int64, tokens int) (Live, error) {
		asked = append(asked, int(id), tokens)
		return d.GoOn(context.Background(), id)
	}
	r := staged(t, l, d, 120, 40)
	r.Keys("enter", "m")
	if !strings.Contains(r.Last(), "no answer was cut") {
		t.Errorf("said %q", r.Last())
	}
	e := l.results[4]
	e.Cut, e.Room = 49, 64
	l.results[4] = e
	r = staged(t, l, d, 120, 40)
	r.Keys("enter", "m", "y")
	if !slices.Equal(asked, []int{4, 64}) || len(r.s.flights) != 1 {
		t.Errorf("asked %v", asked)
	}
}

// No person is offered, and one that lies on the table is refused.
func TestNoPersonIsStudied(t *testing.T) {
	l := newLab()
	d := l.deps()
	d.Table.SetModel("human/ana")
	d.Models = func(context.Context) ([]session.ModelInfo, error) {
		return []session.ModelInfo{{Ref: "human/ana"}, {Ref: "embedded/nearest"}}, nil
	}
	r := staged(t, l, d, 120, 40)
	r.Keys("n")
	if s := r.Plain(); r.s.setup.model != "embedded/nearest" || strings.Contains(s, "human/ana") {
		t.Errorf("set up with %s:\n%s", r.s.setup.model, s)
	}
	r.s.setup.model = "human/ana"
	r.Keys("enter")
	if !strings.Contains(r.Last(), "which no person answers") || len(l.started) != 0 {
		t.Errorf("said %q, started %v", r.Last(), l.started)
	}
}

func TestStopAndGoOn(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Keys("g")
	if r.Last() != "nothing is missing" {
		t.Errorf("said %q", r.Last())
	}
	r.Keys("S")
	if r.Last() != "it does not run here" {
		t.Errorf("said %q", r.Last())
	}
	r.Keys("down", "down", "g")
	if l.live == nil || l.live.id != 2 {
		t.Fatal("it does not go on")
	}
	r.Keys("S")
	if !l.live.stopped {
		t.Error("it was not stopped")
	}
}

func TestConfirmAsksTheHoldoutTheSame(t *testing.T) {
	l := newLab()
	l.looks = session.Looks{Cases: 3, Times: 2}
	r := open(t, l, 120, 40)
	r.Keys("enter", "c")
	if s := r.Plain(); !strings.Contains(s, "looked at twice") || !strings.Contains(s, "the same 10") {
		t.Fatalf("got:\n%s", s)
	}
	r.Keys("enter")
	if sp := l.started[0].Spec; sp.Cases != "holdout" || !slices.Equal(sp.Orders, study.Orders(10, 42)) || sp.Repeats != 10 {
		t.Errorf("asked %s", sp.JSON())
	}
	for i := range l.cases {
		l.cases[i].Split = session.SplitDev
	}
	r = open(t, l, 120, 40)
	r.Keys("down", "enter", "c")
	if !strings.Contains(r.Last(), "no case is held out") {
		t.Errorf("said %q", r.Last())
	}
}

func TestDeleteAndFailures(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Keys("down", "x")
	if !slices.Equal(l.gone, []int64{3}) || !strings.Contains(r.Last(), "u brings it back") {
		t.Errorf("deleted %v, said %q", l.gone, r.Last())
	}
	r.Keys("b")
	if r.Gone.Screen != "bench" || r.Gone.Arg != int64(22) {
		t.Errorf("gone to %+v", r.Gone)
	}
	r.Keys("esc")
	if r.Gone.Screen != "shots" {
		t.Errorf("gone to %+v", r.Gone)
	}
	r.Keys("n")
	l.err = errors.New("the key is missing")
	r.Keys("enter")
	if r.s.setup == nil || r.s.setup.starting || r.Last() != "the key is missing" {
		t.Errorf("a start that failed leaves %v, said %q", r.s.setup, r.Last())
	}
}

// What may cost money is asked about once more, and yes holds for what the question
// named.
func TestSpendingIsAskedFor(t *testing.T) {
	l := newLab()
	usd := 1.25
	l.est.Free, l.est.CostUSD = false, &usd
	r := open(t, l, 120, 40)
	r.Keys("n", "enter")
	d, ok := r.Dialog.(*kit.Confirm)
	if !ok || !d.Danger || d.Question != "Send 171 requests?" || !strings.Contains(d.Detail.String(), "$1.25 at most") || len(l.started) > 0 {
		t.Fatalf("%+v, started %d", r.Dialog, len(l.started))
	}
	r.s.setup.est.Calls = 400 // it was counted anew behind the question
	r.Keys("y")
	if len(l.started) > 0 || !strings.Contains(r.Last(), "nothing was sent") {
		t.Errorf("started %d, said %q", len(l.started), r.Last())
	}
	r.Keys("enter", "y")
	if len(l.started) != 1 {
		t.Errorf("started %d, said %q", len(l.started), r.Last())
	}
}

// Bad news from a question that was asked before another prompt came is dropped.
func TestLateAnswersAreDropped(t *testing.T) {
	l := newLab()
	r := open(t, l, 120, 40)
	r.Hold = true
	r.Run(r.s.Enter())
	r.s.d.Table.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 2, Name: "reply"}}, Variant: session.VariantInfo{Variant: session.Variant{ID: 21, Name: "plain"}}})
	r.Run(r.s.Enter())
	late := r.Held[:1]
	r.Hold, r.Held = false, r.Held[1:]
	l.entries = nil
	r.Release()
	r.Held = late
	r.Release()
	if len(r.s.entries) != 0 || !strings.Contains(r.Plain(), "No study of reply yet") {
		t.Errorf("got:\n%s", r.Plain())
	}
}

// Where a shot is away and a longer one is chosen in its place, a call takes more.
func TestSparedTokens(t *testing.T) {
	for n, want := range map[float64]string{61: "−61", 0.3: "0", -0.3: "0", -1.2: "+1"} {
		if got := spared(n, false).String(); got != want {
			t.Errorf("%v tokens are %q, not %q", n, got, want)
		}
	}
}
