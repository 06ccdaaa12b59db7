package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

func sees(t *testing.T, s *Screen, words ...string) {
	t.Helper()
	v := ansi.Strip(s.View())
	for _, w := range words {
		if !strings.Contains(v, w) {
			t.Errorf("%q is not seen:\n%s", w, v)
		}
	}
}

func seesNot(t *testing.T, s *Screen, words ...string) {
	t.Helper()
	v := ansi.Strip(s.View())
	for _, w := range words {
		if strings.Contains(v, w) {
			t.Errorf("%q is seen:\n%s", w, v)
		}
	}
}

// places brings a screen to every view there is.
func places(t testing.TB, w *world) map[string]*Screen {
	t.Helper()
	out := map[string]*Screen{}
	at := func(name string, keys ...string) *Screen {
		s := start(t, w)
		press(s, keys...)
		out[name] = s
		return s
	}
	at("suites")
	at("assertions", "tab")
	at("sources", "p")
	at("proposals", "p", "enter")
	at("rows", "p", "enter", "tab")
	at("field", "a")
	typing(at("half a kind", "a"), "not-word")
	typing(at("tried", "a"), "word-count: 20..90")
	typing(at("no kind", "a"), "zzz: ")
	at("set-up", "c")
	at("results", "r")
	at("case", "r", "enter")
	at("case's assertions", "r", "enter", "tab")
	s := at("exported")
	if len(w.suites) > 0 {
		drain(s, s.export(w.suites[0], w.targets[0], "evals/reply", true))
	}
	looking := New(w.deps(table()))
	looking.Enter()
	out["looking"] = looking
	asking := start(t, w)
	asking.openSources()
	out["asking"] = asking
	proposing := start(t, w)
	proposing.propose(Source{})
	out["proposing"] = proposing
	out["nothing"] = New(w.deps(&session.Table{}))
	return out
}

func exact(t *testing.T, name string, s *Screen, w, h int) {
	t.Helper()
	s.Resize(w, h)
	v := s.View()
	gw, gh := lipgloss.Size(v)
	if gw != w || gh != h {
		t.Errorf("%s: %d×%d is drawn as %d×%d", name, w, h, gw, gh)
		return
	}
	for i, l := range strings.Split(v, "\n") {
		if n := kit.Width(l); n != w {
			t.Errorf("%s at %d×%d: line %d has %d cells: %q", name, w, h, i, n, ansi.Strip(l))
			return
		}
	}
}

var allSizes = [][2]int{{20, 5}, {24, 6}, {30, 8}, {40, 8}, {40, 10}, {60, 15}, {71, 20}, {72, 21}, {80, 22}, {100, 12}, {112, 30}, {120, 34}, {160, 43}, {240, 70}}

// TestSizes demands that every view fills every rectangle, and no other.
func TestSizes(t *testing.T) {
	for name, s := range places(t, newWorld()) {
		for _, z := range allSizes {
			exact(t, name, s, z[0], z[1])
		}
	}
}

// TestHostile demands the same where names and messages are hostile, and that no
// escape gets through.
func TestHostile(t *testing.T) {
	const bad = "\x1b[31m\x1b]0;x\a\u202eevil\u200b👩‍👩‍👧‍👦\r\n\x00\t日本語\xff"
	w := newWorld()
	for i := range w.suites {
		w.suites[i].Name, w.suites[i].Note = bad, bad
		as := append([]session.Assertion{}, w.suites[i].Assertions...)
		for j := range as {
			as[j].Value, as[j].Origin, as[j].CaseName = as[j].Value+bad, bad, bad
		}
		w.suites[i].Assertions = as
	}
	for i := range w.sources {
		w.sources[i].Label = bad
	}
	for i := range w.props {
		w.props[i].Assertion.Value += bad
		for j := range w.props[i].Rows {
			r := &w.props[i].Rows[j]
			r.Case, r.Text, r.Message = bad, bad+r.Text+bad, bad
		}
	}
	for i := range w.checks {
		for j := range w.checks[i].Cases {
			c := &w.checks[i].Cases[j]
			c.Case.Name, c.CaseTags, c.Why = bad+c.Case.Name, []text.Raw{bad}, bad
			for k := range c.Assertions {
				c.Assertions[k].Message = bad
			}
		}
	}
	w.notes = []string{bad, bad}
	w.targets[0].Path = bad
	for name, s := range places(t, w) {
		for _, z := range [][2]int{{20, 5}, {40, 10}, {80, 22}, {160, 43}} {
			exact(t, name, s, z[0], z[1])
		}
		v := ansi.Strip(s.View())
		if i := strings.IndexFunc(v, func(r rune) bool { return r < 0x20 && r != '\n' || r == '\u202e' || r == 0x200b || r == 0xfffd }); i >= 0 {
			t.Errorf("%s draws %q", name, v[i:min(len(v), i+12)])
		}
		if strings.Contains(s.View(), "\x1b]0;") || strings.Contains(s.View(), "\x1b[31m") {
			t.Errorf("%s lets an escape through", name)
		}
	}
}

// TestKeys demands that no two actions of a view share a key or an id, that none
// takes one of the workbench, and that each has its sentence.
func TestKeys(t *testing.T) {
	reserved := []string{"q", "?", "ctrl+c", "ctrl+k", "ctrl+t", "ctrl+o", "ctrl+l", "ctrl+z", "ctrl+n"}
	s := start(t, newWorld())
	check := func(name string, as []kit.Action, keys bool) {
		seen, ids := map[string]string{}, map[string]bool{}
		for _, a := range as {
			if ids[a.ID] || a.Long == "" || !strings.HasPrefix(a.ID, "suite.") {
				t.Errorf("%s: %s stands twice, or has no sentence", name, a.ID)
			}
			ids[a.ID] = true
			for _, k := range a.Key.Keys() {
				if keys && (seen[k] != "" || slices.Contains(reserved, k) || len(k) == 1 && k[0] >= '0' && k[0] <= '9') {
					t.Errorf("%s: %s of %s is taken by %s or the workbench", name, k, a.ID, seen[k])
				}
				seen[k] = a.ID
			}
			_ = a.Off() // of a view that is not shown, too
		}
	}
	for m := modeSuites; m <= modeExported; m++ {
		check(fmt.Sprint("mode ", m), s.actionsOf(m), true)
	}
	check("all", s.AllActions(), false)
	for name, p := range places(t, newWorld()) {
		if p.Help() == "" {
			t.Errorf("%s has no help", name)
		}
		check(name, p.Actions(), true)
	}
}

// TestHome reads the suites: how they stand, and since when they are stale.
func TestHome(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	sees(t, s, "tone", "18 of 22 pass, 2 errors", "△ not checked since warm@3", `icontains "sorry"`, "✗ fails 1 of 22", "✓ passes 22", "c07", "verdict on c12")
	press(s, "down")
	sees(t, s, "Never checked", "2 kept: three make a test worth trusting. One more?", "– not checked")
	s.Resize(50, 20)
	sees(t, s, "tab: assertions", "2 assertions")
	press(s, "tab")
	sees(t, s, "icontains")
	press(s, "/")
	if !s.Typing() {
		t.Fatal("the filter does not take text")
	}
	typing(s, "to")
	press(s, "enter")
	if x, _ := s.suite(); x.Name != "tone" {
		t.Fatalf("the filter leaves %q", x.Name)
	}
}

func TestEmptyAndFailed(t *testing.T) {
	w := newWorld()
	w.suites = nil
	s := start(t, w)
	sees(t, s, "No suite yet", "p makes one from a verdict")
	for _, k := range []string{"c", "x", "r"} {
		if v := said(press(s, k)); !strings.Contains(v, "p makes one") {
			t.Errorf("%s says %q", k, v)
		}
	}
	w.fail["suites"] = errors.New("the workspace is locked")
	s = start(t, w)
	sees(t, s, "The suites can't be read", "the workspace is locked")
	w = newWorld()
	w.fail["sources"], w.fail["propose"], w.fail["variants"] = errors.New("e1"), errors.New("e2"), errors.New("e3")
	s = start(t, w)
	press(s, "p")
	sees(t, s, "e1")
	drain(s, s.Open(session.ProposeFrom{PromptID: 1, ModeID: 4}))
	sees(t, s, "Nothing can be proposed", "e2")
	s = start(t, w)
	press(s, "c")
	sees(t, s, "can't be read", "e3")
	s = New(newWorld().deps(&session.Table{}))
	s.Resize(80, 22)
	drain(s, s.Enter())
	sees(t, s, "Nothing is on the table")
}

// TestDeeds makes each change, and sees it when the store has it.
func TestDeeds(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	press(s, "tab")
	if v := said(press(s, "!")); !strings.Contains(v, `not icontains "sorry"`) || !w.suites[0].Assertions[0].Not {
		t.Fatalf("%q %+v", v, w.suites[0].Assertions[0])
	}
	sees(t, s, `not icontains "sorry"`)
	p := dialog(t, press(s, "w")).(*kit.Prompt)
	if why := p.Check("-1"); why == "" || p.Check("half") == "" || p.Check("0.5") != "" {
		t.Fatal(why)
	}
	drain(s, p.Done("0"))
	sees(t, s, "recorded, never fails")
	m := dialog(t, press(s, "m")).(*kit.Menu)
	drain(s, m.Done(3))
	if a := w.suites[0].Assertions[0]; a.CaseID != 3 || a.CaseName != "c03" || a.Weight != 0 {
		t.Fatalf("%+v", a)
	}
	drain(s, dialog(t, press(s, "m")).(*kit.Menu).Done(0))
	if a := w.suites[0].Assertions[0]; a.CaseID != 0 || a.CaseName != "" {
		t.Fatalf("%+v", a)
	}
	if v := said(press(s, "d")); !strings.Contains(v, "u takes it back") || w.log[len(w.log)-1] != "drop 1" {
		t.Fatal(v, w.log)
	}
	if v := said(press(s, "u")); w.undone != 1 || !strings.Contains(v, "Took back") {
		t.Fatal(v)
	}
	p = dialog(t, press(s, "R")).(*kit.Prompt)
	if p.Check("form") == "" || p.Check("a b") == "" || p.Check("tone") != "" {
		t.Fatal("a name that is taken or none is let through")
	}
	drain(s, p.Done("voice"))
	sees(t, s, "voice")
	p = dialog(t, press(s, "n")).(*kit.Prompt)
	if p.Value != "reply" || p.Check("voice") == "" {
		t.Fatalf("%q", p.Value)
	}
	drain(s, p.Done("reply"))
	if x, _ := s.suite(); x.Name != "reply" {
		t.Fatalf("the new suite is not in hand, but %q", x.Name)
	}
	sees(t, s, "asserts nothing yet")
	c := dialog(t, press(s, "D")).(*kit.Confirm)
	drain(s, c.Yes())
	if len(w.suites) != 2 {
		t.Fatal(w.suites)
	}
	w.fail["change"] = errors.New("the disk is full")
	press(s, "home", "tab")
	before := w.suites[0].Assertions[1].Not
	if v := said(press(s, "down", "!")); !strings.Contains(v, "the disk is full") || strings.Contains(v, "now:") || w.suites[0].Assertions[1].Not != before {
		t.Fatal(v)
	}
}

// TestWrite writes an assertion: help while the kind is typed, how it stands while
// the rest is, and kept by enter.
func TestWrite(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	press(s, "a")
	if !s.Typing() || s.Cursor() == nil {
		t.Fatal("the field has no focus")
	}
	sees(t, s, "letter for letter")
	typing(s, "not-word")
	sees(t, s, "tab writes word-count out")
	press(s, "tab")
	if v := s.write.in.Value(); v != "not-word-count: " {
		t.Fatalf("%q", v)
	}
	sees(t, s, "needs a range", "✓ passes")
	if v := said(press(s, "enter")); !strings.Contains(v, "needs a range") || slices.Contains(w.log, "keep") {
		t.Fatal(v, w.log)
	}
	typing(s, "2..9")
	sees(t, s, "fails 5 of 6 bad, passes 9 of 9 good", "✗ fail", "≠ bad")
	w.tried = nil
	if v := said(press(s, "enter")); !strings.Contains(v, "1 assertion kept, 7 in all") {
		t.Fatal(v)
	}
	a := w.suites[0].Assertions[6]
	if a.Kind != session.AssertWords || !a.Not || *a.Min != 2 || s.Typing() {
		t.Fatalf("%+v", a)
	}
	press(s, "end", "enter")
	if v := s.write.in.Value(); v != "not-word-count: 2..9" {
		t.Fatalf("%q", v)
	}
	typing(s, "0")
	press(s, "enter")
	if b := w.suites[0].Assertions[6]; *b.Max != 90 || b.ID != a.ID || b.UID != a.UID {
		t.Fatalf("%+v", b)
	}
	press(s, "a")
	typing(s, "regex: (")
	w.fail["try"] = errors.New("missing closing )")
	typing(s, "x")
	sees(t, s, "missing closing )")
	if said(press(s, "enter")) == "" || len(w.suites[0].Assertions) != 7 {
		t.Fatal("what can't be held against anything is kept")
	}
	press(s, "esc")
	if s.Typing() {
		t.Fatal("esc does not leave the field")
	}
}

// TestTryIsDebounced drops what an older word stands for.
func TestTryIsDebounced(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	s.openWrite(1, nil)
	type sent = func() any
	var cmds []sent
	for _, k := range "icontains: refund" {
		if cmd := s.Update(tuitest.Key(string(k))); cmd != nil {
			cmds = append(cmds, func() any { return cmd() })
		}
	}
	began := time.Now()
	for _, c := range cmds {
		switch m := c().(type) {
		case kit.Home:
			s.Update(m)
		}
	}
	if len(w.tried) != 1 || w.tried[0] != "icontains: refund" || time.Since(began) < pause {
		t.Fatal(w.tried)
	}
	sees(t, s, "passes 9 of 9 good")
}

// TestPropose marks and keeps: nothing is ticked before the store has it, and too
// few is said aloud.
func TestPropose(t *testing.T) {
	w := newWorld()
	w.suites = nil
	s := start(t, w)
	drain(s, s.Open(session.ProposeFrom{PromptID: 1, VerdictID: 41}))
	s.Resize(80, 22)
	sees(t, s, "winner", "loser", "✗5/6 bad ✓9/9 good", "nothing else judged", "≠ bad")
	seesNot(t, s, "warm", "llama") // whose they are is not told
	if v := said(press(s, "enter")); !strings.Contains(v, "space marks") {
		t.Fatal(v)
	}
	press(s, "space", "space")
	sees(t, s, "2 of 4 marked, enter keeps", "[x]")
	p := dialog(t, press(s, "enter")).(*kit.Prompt)
	if p.Value != "reply" {
		t.Fatalf("%q", p.Value)
	}
	w.fail["keep"] = errors.New("the disk is full")
	if v := said(drain(s, p.Done("reply"))); !strings.Contains(v, "the disk is full") {
		t.Fatal(v)
	}
	seesNot(t, s, "kept ")
	sees(t, s, "2 of 4 marked")
	w.fail = map[string]error{}
	w.late = make(chan struct{})
	done := make(chan struct{})
	cmd := find(t, s, "suite.propose.keep").Do() // into the suite that was made
	msg := make(chan tea.Msg, 1)
	go func() { msg <- cmd(); close(done) }()
	sees(t, s, "keeping…")
	seesNot(t, s, "kept ")
	close(w.late)
	<-done
	v := said(drain(s, func() tea.Msg { return <-msg }))
	if !strings.Contains(v, "2 kept: three make a test worth trusting. One more?") {
		t.Fatal(v)
	}
	sees(t, s, "kept ", "2 kept: three make a test worth trusting.")
	if len(w.suites) != 1 || len(w.suites[0].Assertions) != 2 || s.mode != modePropose {
		t.Fatalf("%+v", w.suites)
	}
	press(s, "home")
	if v := said(press(s, "space")); !strings.Contains(v, "already") {
		t.Fatal(v)
	}
	press(s, "down", "down", "space")
	v = said(press(s, "enter"))
	if !strings.Contains(v, "1 assertion kept in reply, 3 in all. c checks them.") || s.mode != modeSuites {
		t.Fatal(v)
	}
	sees(t, s, "word-count 20 to 90")
	if w.suites[0].Assertions[2].Origin != w.props[2].Assertion.Origin {
		t.Fatal("where it came from is lost")
	}
}

func find(t *testing.T, s *Screen, id string) kit.Action {
	t.Helper()
	for _, a := range s.Actions() {
		if a.ID == id {
			return a
		}
	}
	t.Fatalf("no action %s", id)
	return kit.Action{}
}

func TestSources(t *testing.T) {
	s := start(t, newWorld())
	press(s, "p")
	sees(t, s, "verdict · 10 min ago", "corrected by ana", "failure mode")
	press(s, "/")
	if !s.Typing() {
		t.Fatal("the filter does not take text")
	}
	typing(s, "itself")
	press(s, "enter", "enter")
	if s.proposed.from.Focus.ModeID != 5 {
		t.Fatalf("%+v", s.proposed.from)
	}
	sees(t, s, "noted")
	press(s, "esc")
	if s.mode != modeSources {
		t.Fatal("esc does not go back to the sources")
	}
	press(s, "esc", "esc")
	if s.mode != modeSuites {
		t.Fatal("esc does not go back to the suites")
	}
	w := newWorld()
	w.sources = nil
	s = start(t, w)
	press(s, "p")
	sees(t, s, "Nothing to propose from yet", "J goes to Judge")
	if m := press(s, "J"); len(m) != 1 || m[0].(kit.Goto).Screen != "judge" {
		t.Fatal(m)
	}
}

// TestStale drops an answer to a question that was asked before another.
func TestStale(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	first := s.propose(w.sources[0])
	second := s.propose(w.sources[1])
	old := first().(kit.Home)
	if s.Update(old); !s.proposed.loading {
		t.Fatal("an old answer was taken")
	}
	s.Update(second().(kit.Home))
	if s.proposed.loading || len(s.proposed.all) != 4 {
		t.Fatal("the new one was not")
	}
}

func TestThemes(t *testing.T) {
	for _, s := range places(t, newWorld()) {
		s.Resize(80, 22)
		before := s.View()
		*s.deps.Styles = *themes.Pick("", false).Styles()
		s.Resize(80, 22)
		if after := s.View(); after == before || ansi.Strip(after) != ansi.Strip(before) {
			t.Fatal("a change of theme changes words, or nothing")
		}
	}
}
