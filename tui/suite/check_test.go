package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

// TestSetupBeginsWithTheLastModels: as the command line, a check asks the models of the
// prompt's newest run where nobody said which, and goes on with what was chosen then.
func TestSetupBeginsWithTheLastModels(t *testing.T) {
	for _, c := range []struct{ last, want []string }{
		{[]string{"openai/gpt-5-mini"}, []string{"openai/gpt-5-mini"}},
		{[]string{"gone/model"}, []string{"ollama/llama3.2:3b"}},
		{[]string{"sample/by-hand"}, []string{"ollama/llama3.2:3b"}}, // recorded: a new wording has no answers of it
		{nil, []string{"ollama/llama3.2:3b"}},
	} {
		w := newWorld()
		w.last = c.last
		s := start(t, w)
		press(s, "c")
		if got := s.plan().Models; !slices.Equal(got, c.want) {
			t.Errorf("after a run of %v: %v, want %v", c.last, got, c.want)
		}
	}
}

// TestSetup chooses revisions, models, recorded ones, a run and a baseline.
func TestSetup(t *testing.T) {
	w := newWorld()
	w.live = &fake{bell: make(chan struct{}, 1), cells: 24}
	s := start(t, w)
	press(s, "c")
	sees(t, s, "warm ‹@3›", "sample/by-hand", "recorded", "requests    20", "free", "18 of 22 pass")
	p := w.plans[len(w.plans)-1]
	if fmt.Sprint(p.Variants, p.Models, p.Takes) != "[reply/warm@3] [ollama/llama3.2:3b] 1" {
		t.Fatalf("%+v", p)
	}
	press(s, "left") // warm is with the cursor
	if p = s.plan(); p.Variants[0].Revision != 2 {
		t.Fatalf("%+v", p)
	}
	sees(t, s, "‹@2›")
	press(s, "left", "left", "left")
	if p = s.plan(); p.Variants[0].Revision != 1 {
		t.Fatalf("%+v", p)
	}
	press(s, "space")
	if v := said(press(s, "enter")); !strings.Contains(v, "first choose a variant") {
		t.Fatal(v)
	}
	press(s, "pgdown", "space", "down", "down", "space") // the recorded one alone, with no variant
	if p = s.plan(); fmt.Sprint(p.Models) != "[sample/by-hand]" || s.noStart() != "" {
		t.Fatalf("%+v %s", p, s.noStart())
	}
	s.Resize(120, 34)
	sees(t, s, "recorded, can't be asked anew")
	s.Resize(80, 22)
	press(s, "end", "right", "right")
	if p = s.plan(); p.RunID != 3 || len(p.Variants)+len(p.Models) != 0 {
		t.Fatalf("%+v", p)
	}
	sees(t, s, "r3 (24 outputs, imported)")
	press(s, "pgup", "home", "pgdown", "pgdown", "right", "right", "right")
	if c, r := s.baseline(); c != 0 || r != 3 {
		t.Fatal(c, r)
	}
	press(s, "right")
	if c, r := s.baseline(); c != 0 || r != 0 {
		t.Fatal(c, r)
	}
	w.est = Estimate{Cells: 3, Calls: 3}
	press(s, "end", "right")
	msgs := press(s, "enter")
	d, ok := dialog(t, msgs).(*kit.Confirm)
	if !ok || !d.Danger || !strings.Contains(d.Detail.String(), "unknown") {
		t.Fatal("a check of unknown cost starts without a question")
	}
	s.deps.Table.Touch() // as where another process brought cases in
	if v := said(drain(s, d.Yes())); !strings.Contains(v, "nothing was sent") || s.setup == nil || s.setup.starting {
		t.Fatalf("a question holds for more than it named: %s", v)
	}
	w.fail["start"] = errors.New("no key for openai")
	if v := said(drain(s, s.begin())); !strings.Contains(v, "no key for openai") || s.mode != modeSetup || s.setup.starting {
		t.Fatal(v)
	}
	w.fail["estimate"] = errors.New("the tokenizer is gone")
	press(s, "left")
	sees(t, s, "! It can't be estimated", "is gone")
	w.suites[1].Assertions = nil
	s = start(t, w)
	press(s, "down", "c")
	sees(t, s, "asserts nothing")
}

// TestRunAsBaseline grades a run first, and holds the check against it.
func TestRunAsBaseline(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	press(s, "c")
	for range 2 {
		press(s, "pgdown")
	}
	press(s, "right", "right")
	if _, r := s.baseline(); r != 7 {
		t.Fatal(r)
	}
	press(s, "end", "right") // and checks the outputs of r7 itself: nobody is asked
	w.plans = nil
	press(s, "enter")
	if len(w.plans) != 2 || w.plans[0].RunID != 7 || w.plans[1].RunID != 7 {
		t.Fatalf("%+v", w.plans)
	}
	if s.res == nil || s.res.before == nil || s.res.before.ID != 8 {
		t.Fatalf("%+v", s.res)
	}
}

// TestResults shows what changed first, then all by state, and the sentence below
// whatever is scrolled to.
func TestResults(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	press(s, "r")
	v := ansi.Strip(s.View())
	last := -1
	for _, x := range []string{"18 of 22 pass (82%", "2 errors, never a pass", "Newly failing · 4", "c04", "Newly passing · 4", "Error: no answer that could be checked · 2", "4 cases changed"} {
		i := strings.Index(v, x)
		if i < last || i < 0 {
			t.Fatalf("%q is not after what goes before:\n%s", x, v)
		}
		last = i
	}
	press(s, "enter")
	sees(t, s, "We have received your message", "✗ not icontains", "not found in 42 words", "5 of 6 assertions hold")
	v = ansi.Strip(s.View())
	if strings.Index(v, "✗ not icontains") > strings.Index(v, "✓ icontains") {
		t.Fatal("what fails does not stand first")
	}
	press(s, "]")
	sees(t, s, "c14")
	press(s, "[", "esc")
	if g := s.res.current(); g.first().Case.Name != "c04" {
		t.Fatalf("%+v", g.first())
	}
	m := dialog(t, press(s, "t")).(*kit.Menu)
	if len(m.Choices) != 4 || m.Choices[1].Note.String() == "" {
		t.Fatalf("%+v", m.Choices)
	}
	drain(s, m.Done(1)) // angry
	sees(t, s, "tagged angry")
	for _, l := range s.res.lines {
		if l.g != nil && !l.g.has("angry") {
			t.Fatalf("%+v", l.g.first())
		}
	}
	drain(s, dialog(t, press(s, "t")).(*kit.Menu).Done(0))
	m = dialog(t, press(s, "b")).(*kit.Menu)
	drain(s, m.Done(0)) // nothing
	seesNot(t, s, "Newly failing")
	sees(t, s, "Failing · 4")
	drain(s, dialog(t, press(s, "b")).(*kit.Menu).Done(1))
	sees(t, s, "Newly failing · 4")
	drain(s, dialog(t, press(s, "h")).(*kit.Menu).Done(1))
	sees(t, s, "warm@2")
}

// TestNoPass demands that an error or no output is never drawn as a pass, and that
// where nothing was evaluated this is said.
func TestNoPass(t *testing.T) {
	w := newWorld()
	var cases []session.CaseCheck
	for i := range 4 {
		cases = append(cases, session.CaseCheck{Case: session.CaseKey{ID: int64(i + 1), Name: text.Raw(fmt.Sprint("c", i))}, Contestant: contestantOf("warm", 3), Take: 1, CellID: int64(i), Status: session.CheckError, Why: "timeout"})
	}
	cases[3].Status, cases[3].Why = session.CheckNotRun, ""
	w.checks = []session.Check{checkOf(9, time.Now().UnixMilli(), cases)}
	s := start(t, w)
	sees(t, s, "nothing was evaluated, 3 errors, 1 not run")
	seesNot(t, s, "0 of 0", "✓")
	press(s, "r")
	sees(t, s, "Nothing was evaluated", "3 errors, 1 not run", "Error: no answer", "Not run", "timeout")
	seesNot(t, s, "0 of 0", "✓")
	press(s, "down", "enter")
	sees(t, s, "Error, never a pass: timeout", "What came, which is no answer")
	w.checks[0] = checkOf(9, time.Now().UnixMilli(), nil)
	s = start(t, w)
	press(s, "r")
	sees(t, s, "Nothing was evaluated", "It is no pass")
}

// TestTakes folds takes: one that fails makes the case fail, and it says how many
// pass.
func TestTakes(t *testing.T) {
	k := session.CaseKey{ID: 1, Name: "c01"}
	of := func(st ...session.CheckStatus) *group {
		var cs []session.CaseCheck
		for i, x := range st {
			cs = append(cs, session.CaseCheck{Case: k, Take: len(st) - i, Status: x})
		}
		gs := groupsOf(cs)
		if len(gs) != 1 || gs[0].cases[0].Take != 1 {
			t.Fatalf("%+v", gs)
		}
		return gs[0]
	}
	const p, f, e, n = session.CheckPass, session.CheckFail, session.CheckError, session.CheckNotRun
	for _, x := range []struct {
		g    *group
		pass int
		want session.CheckStatus
	}{
		{of(p, p, p), 3, p}, {of(p, f, p), 2, f}, {of(p, e, p), 2, e}, {of(e, f), 0, f}, {of(n, n), 0, n}, {of(p, n), 1, n}, {of(e, n), 0, e},
	} {
		if x.g.pass != x.pass || x.g.status != x.want {
			t.Errorf("%+v: %d %s, want %d %s", x.g.cases, x.g.pass, x.g.status, x.pass, x.want)
		}
	}
	w := newWorld()
	cs := caseChecks(24, 3, 0, assertions(6), contestantOf("warm", 3))
	cs[0].Status = session.CheckFail
	w.checks[0] = checkOf(9, 1764000000000, cs)
	s := start(t, w)
	press(s, "r")
	sees(t, s, "over 22 cases", "2 of 3", "0 of 3")
	s.goGroupTo(t, "c01")
	press(s, "enter")
	sees(t, s, "take 1, 2 of 3 pass")
	press(s, ".")
	sees(t, s, "take 2")
}

func (s *Screen) goGroupTo(t *testing.T, name text.Raw) {
	t.Helper()
	for i, l := range s.res.lines {
		if l.g != nil && l.g.first().Case.Name == name {
			s.res.at = i
			return
		}
	}
	t.Fatalf("no %s", name)
}

// TestExport writes, asks before it replaces, and lists what a target can't say.
func TestExport(t *testing.T) {
	w := newWorld()
	w.there["evals/my reply"] = true
	s := start(t, w)
	m := dialog(t, press(s, "x")).(*kit.Menu)
	if len(m.Choices) != 3 || m.Choices[0].Long.Empty() {
		t.Fatalf("%+v", m.Choices)
	}
	p := dialog(t, drain(s, m.Done(0))).(*kit.Prompt)
	if p.Value != "evals/reply" || p.Check(" ") == "" {
		t.Fatalf("%q", p.Value)
	}
	c := dialog(t, drain(s, p.Done("evals/my reply"))).(*kit.Confirm)
	if !c.Danger || len(w.log) != 0 {
		t.Fatal("it is replaced without a question", w.log)
	}
	v := said(drain(s, c.Yes()))
	if !strings.Contains(v, "2 things it can't say") || w.log[0] != "export folder evals/my reply true" {
		t.Fatal(v, w.log)
	}
	sees(t, s, "14 files, 23,481 bytes", "galley check 'evals/my reply'", "△ latency is measured", "2 things that folder can't say")
	var clip text.Raw
	for _, m := range press(s, "y") {
		if x, ok := m.(kit.Clip); ok {
			clip = x.Text
		}
	}
	if clip != "galley check 'evals/my reply'" {
		t.Fatalf("%q", clip)
	}
	press(s, "esc")
	if s.mode != modeSuites {
		t.Fatal("esc does not go back")
	}
	w.fail["export"] = errors.New("no room")
	drain(s, s.export(w.suites[0], w.targets[1], "p", false))
	if s.mode != modeSuites {
		t.Fatal("an export that failed is shown as one that did not")
	}
}

// TestHuge draws ten thousand rows of everything within a frame.
func TestHuge(t *testing.T) {
	w := newWorld()
	as := assertions(3)
	w.checks = []session.Check{checkOf(9, 1, caseChecks(10_000, 1, 0, as, contestantOf("warm", 3))), checkOf(8, 1, caseChecks(10_000, 1, 2, as, contestantOf("warm", 3)))}
	w.suites[0].Assertions = assertions(10_000)
	for i := range 10_000 {
		w.suites = append(w.suites, session.Suite{ID: int64(i + 1000), PromptID: 1, Name: text.Raw(fmt.Sprint("s", i))})
		w.sources = append(w.sources, Source{Focus: session.ProposeFrom{VerdictID: int64(i)}, Label: "a source", Kind: "verdict"})
	}
	for len(w.props[0].Rows) < 10_000 {
		w.props[0].Rows = append(w.props[0].Rows, w.props[0].Rows[2:]...)
	}
	for name, s := range places(t, w) {
		s.Resize(160, 43)
		s.View()
		began := time.Now()
		for range 20 {
			drain(s, s.Update(tuitest.Key("down")))
			s.View()
		}
		if d := time.Since(began) / 20; d > 50*time.Millisecond {
			t.Errorf("%s: a key and a frame take %v", name, d)
		}
		exact(t, name, s, 80, 22)
	}
}

// TestFlow goes the whole way in the real program: a verdict, three kept, a check
// that runs, grows and ends red, and the export.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.suites, w.checks = nil, nil
		w.live = &fake{bell: make(chan struct{}, 1), cells: 24}
		s := New(w.deps(table()))
		r := &tuitest.Solo{Screen: s}
		p := tuitest.Start(t, r, 80, 22)
		has := func(words ...string) {
			t.Helper()
			for _, x := range words {
				if !strings.Contains(p.Screen(), x) {
					t.Fatalf("%q is not seen:\n%s", x, p.Screen())
				}
			}
		}
		has("No suite yet")
		p.Keys("p", "enter", "space", "space", "space", "enter")
		has("New suite")
		p.Keys("enter")
		has("icontains", "word-count", "Never checked")
		if r.Toast != "3 assertions kept in reply, 3 in all. c checks them." {
			t.Fatal(r.Toast)
		}
		p.Keys("c")
		has("enter starts it")
		p.Keys("enter")
		has("Asking…")
		as := w.suites[0].Assertions
		all := caseChecks(24, 1, 0, as, contestantOf("warm", 3))
		w.live.graded = all[:7]
		w.live.bell <- struct{}{}
		p.Settle()
		has("7 of 24", "1 fails", "c04")
		p.Keys("s")
		has("Stop this check?")
		p.Keys("n")
		p.Keys("esc")
		has("checking, 7 of 24: r shows it")
		p.Keys("c")
		if !strings.Contains(r.Toast, "a check is going on") {
			t.Fatal(r.Toast)
		}
		p.Keys("r")
		c := checkOf(12, time.Now().UnixMilli(), all)
		w.checks = []session.Check{c}
		w.live.check = &c
		w.live.bell <- struct{}{}
		p.Settle()
		has("18 of 22 pass (82%, 95% interval 62–93%)", "Failing · 4")
		p.Keys("enter")
		has("assertions hold")
		p.Keys("esc", "x")
		has("Export as")
		p.Keys("enter", "enter")
		has("galley check evals/reply")
		if err := p.Quit(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCancel stops a check; what was graded is shown.
func TestCancel(t *testing.T) {
	w := newWorld()
	w.live = &fake{bell: make(chan struct{}, 1), cells: 24}
	s := start(t, w)
	press(s, "c")
	s.onStarted(startedMsg{live: w.live})
	f := s.flight
	m := dialog(t, press(s, "s")).(*kit.Confirm)
	drain(s, m.Yes())
	if len(w.live.log) != 1 {
		t.Fatal("it is not stopped")
	}
	sees(t, s, "stopping")
	c := checkOf(20, 1, caseChecks(5, 1, 0, assertions(3), contestantOf("warm", 3)))
	w.live.check = &c
	stale := kit.Home{Asker: s, Gen: f.gen - 1, Msg: pumped{ended: true}}
	if s.Update(stale); s.flight == nil {
		t.Fatal("a frame of another pump was taken")
	}
	w.live.bell <- struct{}{}
	drain(s, s.pump(f))
	sees(t, s, "4 of 5 pass")
	if s.flight != nil {
		t.Fatal("it still runs")
	}
	w.live.check, w.live.err = nil, errors.New("the check can't be kept: the disk is full")
	s.mode = modeSuites
	press(s, "c")
	s.onStarted(startedMsg{live: w.live})
	w.live.bell <- struct{}{}
	if v := said(drain(s, s.pump(s.flight))); !strings.Contains(v, "the disk is full") {
		t.Fatal(v)
	}
	sees(t, s, "The check has no results", "the disk is full")
}

func TestMouse(t *testing.T) {
	s := start(t, newWorld())
	drain(s, s.Update(tea.MouseClickMsg{X: 5, Y: 2, Button: tea.MouseLeft}))
	if x, _ := s.suite(); x.Name != "form" {
		t.Fatalf("a click takes %q", x.Name)
	}
	drain(s, s.Update(tea.MouseClickMsg{X: 40, Y: 6, Button: tea.MouseLeft}))
	if !s.onRight || s.table.Row() != 1 {
		t.Fatal("a click does not take the assertion", s.table.Row())
	}
	press(s, "esc", "up", "r")
	drain(s, s.Update(tea.MouseClickMsg{X: 10, Y: 5, Button: tea.MouseLeft}))
	if g := s.res.current(); g.first().Case.Name != "c14" {
		t.Fatalf("%+v", g.first())
	}
	s.Update(tea.MouseWheelMsg{X: 10, Y: 9, Button: tea.MouseWheelDown})
	if s.res.top != 3 {
		t.Fatal(s.res.top)
	}
	press(s, "esc", "c")
	y := -1
	for i, l := range strings.Split(ansi.Strip(s.View()), "\n") {
		if strings.Contains(l, "openai/gpt-5-mini") {
			y = i
		}
	}
	drain(s, s.Update(tea.MouseClickMsg{X: 5, Y: y, Button: tea.MouseLeft}))
	if !s.setup.models["openai/gpt-5-mini"] {
		t.Fatal("a click does not choose")
	}
}
