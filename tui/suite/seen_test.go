package suite

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// TestLuck wants what a proposal is worth read in full at 80 columns, and something
// to do where all of them may be luck.
func TestLuck(t *testing.T) {
	w := newWorld()
	for i := range w.props {
		p := &w.props[i]
		p.Lucky, p.Bad, p.BadFail, p.Good, p.GoodPass = true, 14, 3, 12, 11
		p.Sentence = "separates little but what it came from: perhaps luck; fails 3 of 14 bad, passes 11 of 12 good elsewhere"
	}
	s := start(t, w)
	s.Resize(80, 22)
	label := text.Raw("r18: “Your wife can be in the…” over “The goat thanks you for…”")
	drain(s, s.propose(Source{Focus: session.ProposeFrom{PromptID: 1, VerdictID: 41}, Label: label}))
	sees(t, s, "△ All may be luck", "J judges more", "✗3/14 ✓11/12 luck?", "11 of 12 good elsewhere", string(label), "4 proposals")
	if m := press(s, "J"); len(m) != 1 || m[0].(kit.Goto).Screen != "judge" {
		t.Fatal(m)
	}
	for _, size := range [][2]int{{160, 43}, {120, 34}, {60, 14}, {40, 8}} {
		s.Resize(size[0], size[1])
		exact(t, "luck", s, size[0], size[1])
	}
	w.props[0].Lucky = false
	s.Resize(80, 22)
	drain(s, s.propose(w.sources[0]))
	seesNot(t, s, "△ All may be luck")
	sees(t, s, "✗3/14 bad ✓11/12 good")
}

// TestAgain wants what is open asked anew when somebody comes back from judging,
// and what was marked left alone.
func TestAgain(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	drain(s, s.propose(w.sources[0]))
	w.props = w.props[:2]
	drain(s, s.Enter())
	if len(s.proposed.all) != 2 {
		t.Fatalf("%d proposals", len(s.proposed.all))
	}
	press(s, "down", "space")
	w.props = w.props[:1]
	drain(s, s.Enter())
	if len(s.proposed.all) != 2 || len(s.proposed.marked) != 1 {
		t.Fatal("what was marked is lost")
	}
	press(s, "esc", "esc")
	press(s, "p")
	w.sources = w.sources[:1]
	drain(s, s.Enter())
	if len(s.sources.all) != 1 {
		t.Fatalf("%+v", s.sources.all)
	}
}

// TestSentenceInSight wants the sentence on the screen with the first of more cases
// that newly fail than there are rows.
func TestSentenceInSight(t *testing.T) {
	w := newWorld()
	as := assertions(6)
	good := caseChecks(40, 1, 0, as, contestantOf("warm", 2))
	for i := range good {
		good[i].Status = session.CheckPass
	}
	bad := caseChecks(40, 1, 0, as, contestantOf("warm", 3))
	for i := range bad {
		bad[i].Status = session.CheckFail
	}
	now := time.Now().UnixMilli()
	w.checks = []session.Check{checkOf(9, now, bad), checkOf(8, now, good)}
	s := start(t, w)
	press(s, "r")
	for _, size := range [][2]int{{80, 22}, {120, 34}, {60, 14}} {
		s.Resize(size[0], size[1])
		exact(t, "sentence", s, size[0], size[1])
		sees(t, s, "Newly failing · 40", "c01", "cases changed")
		press(s, "end")
		sees(t, s, "c40", "cases changed")
		press(s, "home")
	}
	s.Resize(60, 10) // no room for both: it follows the last case
	exact(t, "sentence", s, 60, 10)
	seesNot(t, s, "cases changed")
	press(s, "end")
	sees(t, s, "c40", "cases changed")
	s.Resize(80, 22)
	if n := strings.Count(ansi.Strip(s.View()), "cases changed"); n != 1 {
		t.Fatalf("the sentence stands %d times:\n%s", n, ansi.Strip(s.View()))
	}
}

// TestPathIsKept asks again for a path that could not be written, with what was
// typed and why.
func TestPathIsKept(t *testing.T) {
	w := newWorld()
	s := start(t, w)
	p := dialog(t, drain(s, dialog(t, press(s, "x")).(*kit.Menu).Done(0))).(*kit.Prompt)
	w.fail["export"] = errors.New("/proc/nope: no such file or directory")
	p = dialog(t, drain(s, p.Done("/proc/nope/x"))).(*kit.Prompt)
	if p.Value != "/proc/nope/x" || !strings.Contains(p.Label, "Nothing was written: /proc/nope: no such file or directory") {
		t.Fatalf("%+v", p)
	}
}

// TestTurning takes the first letters of not- for what they are.
func TestTurning(t *testing.T) {
	s := start(t, newWorld())
	press(s, "a")
	typing(s, "no")
	sees(t, s, "not- turns a kind round", "icontains")
	seesNot(t, s, "no such kind")
	press(s, "tab")
	if v := s.write.in.Value(); v != "not-" {
		t.Fatalf("%q", v)
	}
	typing(s, "reg")
	press(s, "tab")
	if v := s.write.in.Value(); v != "not-regex: " {
		t.Fatalf("%q", v)
	}
	if v := find(t, s, "suite.write.complete").Why(); v == "" {
		t.Fatal("tab does nothing and does not say why")
	}
}

// TestOneCase wants it seen at every width that an assertion is about one case.
func TestOneCase(t *testing.T) {
	s := start(t, newWorld())
	for w := besides; w <= 160; w++ {
		s.Resize(w, 24)
		head, list, _ := strings.Cut(ansi.Strip(s.View()), "last check")
		if strings.Contains(head, "case") {
			t.Fatal(head)
		}
		if strings.Contains(strings.SplitN(list, "\n", 2)[0], "case") == strings.Contains(list, "c07: ") {
			t.Fatalf("%d columns:\n%s", w, ansi.Strip(s.View()))
		}
	}
}

// TestNothingCut wants what gave no answer read in full, however many there are.
func TestNothingCut(t *testing.T) {
	w := newWorld()
	cs := caseChecks(40, 9, 0, assertions(6), contestantOf("warm", 3))
	for i := range cs {
		if i > 150 {
			cs[i].Status, cs[i].Why = session.CheckNotRun, "stopped"
		}
	}
	w.checks = w.checks[:1]
	w.checks[0] = checkOf(9, time.Now().UnixMilli(), cs)
	s := start(t, w)
	press(s, "r")
	for _, width := range []int{60, 80, 120, 160} {
		s.Resize(width, 22)
		exact(t, "cut", s, width, 22)
		sees(t, s, "209 not run, never a pass")
	}
}

// TestEmptySuite wants the keys that an empty suite is told to be filled with to
// work where that is said.
func TestEmptySuite(t *testing.T) {
	w := newWorld()
	w.suites = []session.Suite{{ID: 7, PromptID: 1, Name: "bare"}}
	s := start(t, w)
	sees(t, s, "There is nothing to check yet", "This suite asserts nothing yet")
	press(s, "c")
	sees(t, s, "proposes assertions, a writes")
	press(s, "a")
	if s.mode != modeWrite {
		t.Fatal("a writes nothing")
	}
	press(s, "esc", "c", "p")
	if s.mode != modeSources {
		t.Fatal("p proposes nothing")
	}
}
