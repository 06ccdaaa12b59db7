package judge

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

// telling are types and names of fields that tell who answered, what it cost, or
// how long it took.
func telling(t reflect.Type, path string, seen map[reflect.Type]bool) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if seen[t] {
		return nil
	}
	seen[t] = true
	var out []string
	for _, bad := range []any{session.Contestant{}, session.VariantRef{}, session.Cell{}, session.Result{}, session.Output{}, session.Usage{}, session.Timing{}, session.Verdict{}, session.Side{}, report.Report{}} {
		if t == reflect.TypeOf(bad) {
			return []string{path + " is a " + t.String()}
		}
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for f := range t.Fields() {
		name := strings.ToLower(f.Name)
		for _, word := range []string{"contestant", "variant", "model", "revision", "cost", "usd", "time", "latency", "token", "cell", "won", "lost", "tally"} {
			if strings.Contains(name, word) && !(t == reflect.TypeOf(Step{}) && f.Name == "Token") { // of the duel, not of a model
				out = append(out, path+"."+f.Name)
			}
		}
		out = append(out, telling(f.Type, path+"."+f.Name, seen)...)
	}
	return out
}

func TestBlindByType(t *testing.T) {
	for _, v := range []any{session.Duel{}, Step{}} {
		if bad := telling(reflect.TypeOf(v), reflect.TypeOf(v).String(), map[reflect.Type]bool{}); len(bad) > 0 {
			t.Errorf("these tell: %s", bad)
		}
	}
	type leaky struct {
		Deep []struct{ By *session.Contestant }
	}
	if len(telling(reflect.TypeOf(leaky{}), "leaky", map[reflect.Type]bool{})) == 0 {
		t.Error("the test itself is blind")
	}
}

// TestTwins demands that two workspaces which differ in nothing but names look
// the same, byte for byte, until the names are asked for.
func TestTwins(t *testing.T) {
	views := func(names [2]string, lay string) (out []string, told string) {
		w := newWorld(t)
		w.names = names
		w.tab.Variant.Name = text.Raw(lay)
		s := offered(t, w, 100, 34)
		out = append(out, s.View())
		press(s, "enter")
		for i := 0; s.mode == modeDuel; i++ {
			out = append(out, s.View())
			w.wait(700)
			out = append(out, s.View())
			press(s, []string{"d", "v", "i", "g"}[i%4])
			out = append(out, s.View())
			press(s, []string{"1", "2", "=", "0", "s"}[i%5])
			if i == 8 {
				press(s, "u")
			}
			if !s.Blind() {
				t.Fatal("not blind while it judges")
			}
		}
		out = append(out, s.View(), s.Help())
		w.seen, s.seen = true, true
		press(s, "w")
		return out, s.View()
	}
	a, toldA := views([2]string{"plain", "warm"}, "warm")
	b, toldB := views([2]string{"zeta-9", "a-much-longer-name"}, "zeta-9")
	if len(a) != len(b) || len(a) < 60 {
		t.Fatalf("%d and %d views", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("view %d differs:\n%s\n%s", i, a[i], b[i])
		}
	}
	if toldA == toldB || !strings.Contains(toldB, "zeta-9") {
		t.Error("the names were asked for and not told")
	}
}

// TestNothingTold demands that what was revealed is gone when a duel is in front.
func TestNothingTold(t *testing.T) {
	w := newWorld(t)
	s := judging(t, w, 80, 22)
	whole(w, s)
	w.seen, s.seen = true, true
	press(s, "w")
	if s.mode != modeReveal || s.reveal == nil || s.Blind() {
		t.Fatal("nothing was revealed")
	}
	press(s, "tab", "enter", "esc", "esc")
	w.open, w.at = 3, 3
	press(s, "enter")
	if s.mode != modeDuel || s.reveal != nil || !s.Blind() {
		t.Fatalf("mode %d, reveal %v", s.mode, s.reveal)
	}
	for _, n := range []string{"plain", "warm", "by-hand"} {
		if strings.Contains(strings.ReplaceAll(s.View(), w.duel(3).Left.String(), ""), n+"@") {
			t.Errorf("%s is still seen", n)
		}
	}
	late := revealMsg{rep: w.report()}
	s.onReveal(late)
	if s.reveal != nil {
		t.Error("a reveal that came late stays with a duel in front")
	}
}

func TestTooEarly(t *testing.T) {
	for _, k := range []string{"1", "2", "=", "0", "s"} {
		w := newWorld(t)
		s := offered(t, w, 80, 22)
		press(s, "enter")
		dark := s.View()
		for _, ms := range []int64{0, 200, 199} {
			w.wait(ms)
			if out := press(s, k); len(out) > 0 || len(w.events) > 0 {
				t.Fatalf("%s after too short a time: %v, %v", k, out, w.events)
			}
		}
		if s.View() != dark {
			t.Error("the keys lit up too early")
		}
		w.wait(1)
		if s.View() == dark {
			t.Error("the keys do not light up")
		}
		press(s, k)
		if len(w.rulings) != 1 || w.rulings[0].ScreenMS != guardMS {
			t.Fatalf("%s: %v", k, w.rulings)
		}
		press(s, k) // meant for the one before
		if len(w.rulings) != 1 {
			t.Fatal("a second press decided the next duel")
		}
	}
	w := newWorld(t)
	s := judging(t, w, 80, 22)
	drain(s, s.Enter()) // from another station
	if press(s, "1"); len(w.rulings) != 0 {
		t.Error("a key pressed on the way in decided")
	}
}

func TestChoices(t *testing.T) {
	w := newWorld(t)
	s := judging(t, w, 80, 22)
	want := []session.Choice{session.ChoiceLeft, session.ChoiceRight, session.ChoiceTie, session.ChoiceBothBad, session.ChoiceSkip}
	for i, k := range []string{"1", "2", "=", "0", "s"} {
		w.wait(1000)
		press(s, k)
		if len(w.rulings) != i+1 || w.rulings[i].Choice != want[i] || w.rulings[i].Token != uint64(i+1) {
			t.Fatalf("%s: %+v", k, w.rulings)
		}
	}
	for _, k := range []string{"left", "right", "3", "p", "f", "enter"} {
		w.wait(1000)
		if press(s, k); len(w.rulings) != 5 {
			t.Fatalf("%s decided", k)
		}
	}
}

// TestOrder demands that a verdict is ticked only when it was stored, that keys
// are nobody's until then, and that what fails leaves the duel in front.
func TestOrder(t *testing.T) {
	w := newWorld(t)
	s := judging(t, w, 80, 22)
	first, _ := tuitest.Press(s, tuitest.Key("1"))
	if second, _ := tuitest.Press(s, tuitest.Key("2")); second != nil || strings.Contains(s.View(), "kept") || s.working != keeping {
		t.Fatal("a key while the verdict is being kept, or a tick before it was")
	}
	before := s.step.Duel.Number
	drain(s, first)
	if !slices.Equal(w.events, []string{"asked left", "stored left"}) || !strings.Contains(s.View(), "✓ kept") || s.step.Duel.Number != before+1 {
		t.Fatalf("%v, %s", w.events, s.View())
	}
	s.onAnswer(askKept, tick{})
	if strings.Contains(s.View(), "kept") {
		t.Error("the tick stays")
	}
	w.wait(1000)
	w.refuse = errors.New("the disk is full")
	out := press(s, "n", "h", "m", "enter", "2")
	if s.mode != modeDuel || s.step.Duel.Number != before+1 || strings.Contains(s.View(), "✓") || !strings.Contains(s.View(), "Not kept: the disk is full") {
		t.Fatalf("%s", s.View())
	}
	if len(out) != 1 || !out[0].(kit.Toast).Bad {
		t.Errorf("said %v", out)
	}
	w.refuse = nil
	press(s, "2")
	if r := w.rulings[1]; r.Choice != session.ChoiceRight || r.Reason != "hm" || r.Token != 2 {
		t.Fatalf("%+v", r)
	}
}

func TestUndo(t *testing.T) {
	w := newWorld(t)
	s := judging(t, w, 80, 22)
	if out := press(s, "u"); len(out) != 1 || !strings.Contains(out[0].(kit.Toast).Text, "no verdict") {
		t.Errorf("nothing to undo: %v", out)
	}
	for range 3 {
		press(s, "1")
		w.wait(1000)
	}
	press(s, "u", "u", "u")
	if s.step.Duel.Number != 1 || len(w.stored) != 0 || strings.Contains(s.View(), "kept") {
		t.Fatalf("number %d, %d stored", s.step.Duel.Number, len(w.stored))
	}
	w.wait(1000)
	whole(w, s)
	if s.mode != modeEnd {
		t.Fatal("no end")
	}
	press(s, "u")
	if s.mode != modeDuel || s.step.Duel.Number != 20 {
		t.Fatal("the last one can't be taken back after the end")
	}
}

func TestNote(t *testing.T) {
	w := newWorld(t)
	s := judging(t, w, 80, 22)
	press(s, "n")
	if !s.Typing() || s.Cursor() == nil || s.Cursor().Y != 21 {
		t.Fatal("no field")
	}
	row := strings.Join(tuitest.Rows(s.View(), 80, 22), "\n")
	if len(s.Actions()) != 0 || !strings.Contains(row, "enter keeps · esc leaves") {
		t.Error("letters are text, and keys are told that do nothing")
	}
	press(s, "1", "2", " ", "x", "enter")
	if len(w.rulings) != 0 || s.Typing() {
		t.Fatal("what was typed decided")
	}
	s.Update(tea.PasteMsg{Content: "2"})
	press(s, "n", "!", "esc")
	press(s, "1")
	if r := w.rulings[0]; r.Reason != "12 x" || r.Choice != session.ChoiceLeft {
		t.Fatalf("%+v", r)
	}
	w.wait(1000)
	press(s, "2")
	if w.rulings[1].Reason != "" {
		t.Error("a note went on to the next duel")
	}
}

func TestPassFail(t *testing.T) {
	w := newWorld(t)
	s := offered(t, w, 80, 22)
	press(s, "m")
	if a := w.asks[len(w.asks)-1]; a.Mode != session.JudgePassFail {
		t.Fatalf("%+v", a)
	}
	press(s, "enter")
	if press(s, "p", "f"); len(w.rulings) != 0 || s.Typing() {
		t.Fatal("too early")
	}
	w.wait(1000)
	press(s, "p")
	w.wait(1000)
	press(s, "f")
	if !s.Typing() || len(w.rulings) != 1 {
		t.Fatal("no word was asked for")
	}
	press(s, "esc")
	if len(w.rulings) != 1 {
		t.Fatal("esc failed it")
	}
	press(s, "f", "l", "o", "n", "g", "enter")
	w.wait(1000)
	press(s, "f", "enter")
	var got []string
	for _, r := range w.rulings {
		got = append(got, fmt.Sprintf("%s %s", r.Choice, r.Reason))
	}
	if !slices.Equal(got, []string{"pass ", "fail long", "fail "}) {
		t.Errorf("%q", got)
	}
	for _, k := range []string{"1", "2", "=", "0"} {
		w.wait(1000)
		if press(s, k); len(w.rulings) != 3 {
			t.Fatalf("%s decided an answer that stands alone", k)
		}
	}
}

// TestUnseenInput demands that an input which is not whole in view says so also
// where there is no row for it.
func TestUnseenInput(t *testing.T) {
	w := newWorld(t)
	for _, size := range [][2]int{{60, 14}, {40, 8}, {80, 22}} {
		s := judging(t, w, size[0], size[1])
		v := strings.Join(tuitest.Rows(s.View(), size[0], size[1]), "\n")
		if s.pair.more() > 0 && !strings.Contains(v, "i ") {
			t.Errorf("%v: %d lines are missing without a word\n%s", size, s.pair.more(), v)
		}
		if size[1] < 14 && (s.pair.more() == 0 || s.pair.a.fold.h > 0) {
			t.Errorf("%v: nothing is tested", size)
		}
	}
}

func TestBothScroll(t *testing.T) {
	w := newWorld(t)
	place := func(s *Screen, id string) int {
		return slices.IndexFunc(s.Actions(), func(a kit.Action) bool { return a.ID == id })
	}
	shown := func(s *Screen) bool { return s.Actions()[place(s, "judge.scroll")].Show }
	if shown(judging(t, w, 160, 43)) {
		t.Error("a key that scrolls is told where nothing scrolls")
	}
	w.longer = text.Raw(strings.Repeat("\nand a line more", 60))
	s := judging(t, w, 80, 22)
	p := s.pair
	if v := strings.Join(tuitest.Rows(s.View(), 80, 22), "\n"); !shown(s) || place(s, "judge.scroll") > place(s, "judge.note") || !strings.Contains(v, "space ") || !strings.Contains(v, " more lines") {
		t.Error("it is not told how to see the rest")
	}
	for _, k := range []string{"space", "down", "pgdown", "pgup", "up", "end", "home", "end"} {
		press(s, k)
		for _, x := range p.sides() {
			if want := max(0, min(p.top, x.page.Rows()-x.h)); x.at != want {
				t.Fatalf("%s: one side stands at %d, not at %d", k, x.at, want)
			}
		}
	}
	if p.top == 0 || !p.left.page.AtEnd() || !p.right.page.AtEnd() {
		t.Error("the end was not reached")
	}
	s.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp, X: 3, Y: 15})
	if p.top != p.bottom()-3 || len(w.events) != 0 {
		t.Error("the wheel does not scroll both")
	}
	s.Update(tea.MouseClickMsg{X: 2, Y: 11, Button: tea.MouseLeft})
	if len(w.events) != 0 {
		t.Error("a click decided")
	}
}

// TestAlike demands that both sides are looked at in the same way: as they came,
// as Markdown, or with what differs marked.
func TestAlike(t *testing.T) {
	w := newWorld(t)
	w.longer = "\n\n- **one**\n- two"
	s := judging(t, w, 100, 30)
	if v := s.View(); strings.Count(v, "**one**") != 2 {
		t.Fatal("not as they came")
	}
	press(s, "v")
	if v := s.View(); strings.Contains(v, "**one**") || !s.pair.reading() {
		t.Fatal("not both as Markdown")
	}
	s.pair.right.laid = false
	if v := s.View(); strings.Count(v, "**one**") != 2 {
		t.Error("one side is laid out before the other")
	}
	s.pair.right.laid = true
	w.wait(1000)
	press(s, "1")
	if !s.pair.reading() {
		t.Error("the next duel forgot how they are looked at")
	}
	plain := s.View()
	press(s, "d")
	if v := s.View(); !strings.Contains(v, "differs") || s.pair.reading() {
		t.Error("what differs is not marked")
	}
	press(s, "d")
	if s.View() != plain {
		t.Error("d does not lead back")
	}
}

func TestGuideline(t *testing.T) {
	w := newWorld(t)
	for _, z := range [][3]int{{80, 22, 0}, {80, 43, 1}, {160, 43, 1}} {
		s := judging(t, w, z[0], z[1])
		if got := strings.Contains(s.View(), "GUIDELINE"); got != (z[2] == 1) {
			t.Errorf("%v: shown at first: %v", z, got)
		}
		press(s, "g")
		if got := strings.Contains(s.View(), "GUIDELINE"); got == (z[2] == 1) {
			t.Errorf("%v: g does nothing", z)
		}
		press(s, "g")
	}
	s := judging(t, w, 80, 22)
	d := press(s, "G")[0].(kit.Push).Dialog
	d.Update(tuitest.Key("X"))
	if done, _ := d.Update(tuitest.Key("esc")); done {
		t.Fatal("what was written is lost without a word")
	}
	done, cmd := d.Update(tuitest.Key("ctrl+s"))
	out := drain(s, cmd)
	if !done || !strings.HasPrefix(w.written.String(), "XChoose the reply") || s.guideline != w.written || len(out) != 1 {
		t.Errorf("%v, %q, %v", done, w.written, out)
	}
}

func TestOffer(t *testing.T) {
	w := newWorld(t)
	s := offered(t, w, 80, 22)
	v := strings.Join(tuitest.Rows(s.View(), 80, 22), "\n")
	for _, want := range []string{"24 cases, 3 versions, 72 duels to judge. A sitting is 20.", "enter  begin", "anna", "the left one is better", "neither would do", "r7, 2 h ago", "w  report"} {
		if !strings.Contains(v, want) {
			t.Errorf("no %q in\n%s", want, v)
		}
	}
	if strings.Contains(v, "warm") || strings.Contains(v, "plain") {
		t.Error("the offer names a contestant, or the note of a run")
	}
	for _, k := range []string{"1", "2", "=", "0"} { // all that somebody was told
		if out := press(s, k); len(out) != 1 || !strings.Contains(out[0].(kit.Toast).Text, "press enter first") || s.mode != modeOffer {
			t.Errorf("%s: %v", k, out)
		}
	}
	w.open = 7
	drain(s, s.Enter())
	if !strings.Contains(s.View(), "go on with the sitting (7 of 20)") {
		t.Error("an open sitting is not offered")
	}
	press(s, "a")
	if a := w.asks[len(w.asks)-1]; !a.Anew || a.PromptID != 1 || a.Judge != "anna" {
		t.Errorf("%+v", a)
	}
	w = newWorld(t)
	w.judge = ""
	s = offered(t, w, 80, 22)
	d := press(s, "enter")[0].(kit.Push).Dialog
	d.Update(tuitest.Key("B"))
	_, cmd := d.Update(tuitest.Key("enter"))
	if drain(s, cmd); s.mode != modeDuel || w.asks[len(w.asks)-1].Judge != "B" {
		t.Error("the name that was asked for does not judge")
	}
}

func TestNothingToJudge(t *testing.T) {
	w := newWorld(t)
	w.why = "No run has two versions yet."
	s := offered(t, w, 80, 22)
	if v := s.View(); !strings.Contains(v, w.why) || !strings.Contains(v, "Bench") {
		t.Errorf("%s", v)
	}
	if out := press(s, "enter"); len(out) != 1 || out[0].(kit.Goto).Screen != "bench" {
		t.Errorf("%v", out)
	}
	w.refuse = errors.New("it is locked")
	drain(s, s.Enter())
	if v := s.View(); !strings.Contains(v, "it is locked") {
		t.Errorf("%s", v)
	}
	w.refuse, w.why = nil, ""
	if press(s, "enter"); !strings.Contains(s.View(), "A sitting is 20") {
		t.Error("trying again does not")
	}
	w.tab.Clear()
	drain(s, s.Enter())
	if out := press(s, "enter"); len(out) != 1 || out[0].(kit.Goto).Screen != "library" {
		t.Errorf("%v", out)
	}
}

func TestEnd(t *testing.T) {
	w := newWorld(t)
	s := judging(t, w, 80, 22)
	whole(w, s)
	v := strings.Join(tuitest.Rows(s.View(), 80, 22), "\n")
	if !strings.Contains(v, "One leads 14–6") || !strings.Contains(v, "20 more") || strings.Contains(v, "warm") {
		t.Fatalf("%s", v)
	}
	c := press(s, "w")[0].(kit.Push).Dialog
	if w.told != 0 {
		t.Fatal("told before it was asked")
	}
	if _, cmd := c.Update(tuitest.Key("n")); cmd != nil || w.told != 0 {
		t.Fatal("told though the answer was no")
	}
	if out := press(s, "1"); !strings.Contains(out[0].(kit.Toast).Text, "enter goes on") || s.mode != modeEnd {
		t.Errorf("%v", out)
	}
	press(s, "enter")
	if s.mode != modeDuel || s.step.Duel.Number != 21 {
		t.Fatal("it does not go on")
	}
	w.wait(1000)
	whole(w, s)
	_, cmd := press(s, "w")[0].(kit.Push).Dialog.Update(tuitest.Key("y"))
	if drain(s, cmd); w.told != 1 || s.mode != modeReveal {
		t.Fatal("not told")
	}
	press(s, "esc")
	if press(s, "w"); w.told != 2 || s.mode != modeReveal {
		t.Error("asked a second time")
	}
}

func TestReveal(t *testing.T) {
	w := newWorld(t)
	s := judging(t, w, 100, 40)
	whole(w, s)
	s.seen = true
	press(s, "w")
	has := func(words ...string) {
		t.Helper()
		v := strings.Join(tuitest.Rows(s.View(), 100, 40), "\n")
		for _, x := range words {
			if !strings.Contains(v, x) {
				t.Errorf("no %q in\n%s", x, v)
			}
		}
	}
	has("warm wins 14 of 20 decided", "plain@1 against warm@1", "6–14", "70% for warm@1, 48% to 86%", "steps@1", "2 known", "settled")
	a := w.contestant(0)
	if said := s.reveal.named("About 3 more against " + a.String() + "."); said != "About 3 more against plain@1." {
		t.Errorf("a sentence has another name than its heading: %s", said)
	}
	if v := s.View(); strings.Contains(v, "33%") {
		t.Error("a percent of three")
	}
	if out := press(s, "a"); !strings.Contains(out[0].(kit.Toast).Text, "no verdict is chosen") {
		t.Errorf("%v", out)
	}
	press(s, "tab")
	has("r20", "● plain@1", "over warm@1")
	press(s, "down", "enter")
	has("r19", "warm@1", "plain@1", "anna: ")
	press(s, "]")
	has("r18")
	out := press(s, "a")
	g := out[0].(kit.Goto)
	if f, ok := g.Arg.(session.ProposeFrom); g.Screen != "suite" || !ok || f.PromptID != 1 || f.VerdictID != 18 {
		t.Errorf("%+v", g)
	}
	press(s, "esc", "tab")
	has("billing", "3 – 4")
	press(s, "tab")
	has("anna", "(you)", "kappa cannot be computed", "AC1 0.66")
	s.Update(tea.MouseClickMsg{X: 2, Y: 0, Button: tea.MouseLeft})
	has("warm wins")
}

// TestEverySize demands that every state fills every size, and keeps answers and
// keys in reach down to the smallest that the workbench draws.
func TestEverySize(t *testing.T) {
	w := newWorld(t)
	states := map[string]func(*Screen){
		"offer": func(*Screen) {}, "duel": func(s *Screen) { press(s, "enter"); w.wait(1000) }, "note": func(s *Screen) { press(s, "enter", "n", "a") },
		"markdown": func(s *Screen) { press(s, "enter", "v") }, "differs": func(s *Screen) { press(s, "enter", "d") },
		"guideline": func(s *Screen) { press(s, "enter", "g") }, "input": func(s *Screen) { press(s, "enter", "i") },
		"pass or fail": func(s *Screen) { press(s, "m", "enter") },
		"end":          func(s *Screen) { w.at = w.of; press(s, "enter") }, "standing": func(s *Screen) { s.seen = true; press(s, "w") },
		"verdicts": func(s *Screen) { s.seen = true; press(s, "w", "tab") }, "near": func(s *Screen) { s.seen = true; press(s, "w", "tab", "enter") },
		"tags": func(s *Screen) { s.seen = true; press(s, "w", "tab", "tab") }, "judges": func(s *Screen) { s.seen = true; press(s, "w", "shift+tab") },
		"nothing": func(s *Screen) { w.why = "Everything is judged."; drain(s, s.load()) }, "error": func(s *Screen) { w.refuse = errors.New("locked"); drain(s, s.load()) },
	}
	{
		s := judging(t, w, 80, 22)
		whole(w, s)
	}
	for name, to := range states {
		w.at, w.of, w.why, w.refuse, w.passfail = 0, 20, "", nil, false
		s := offered(t, w, 80, 22)
		to(s)
		for _, z := range [][2]int{{20, 5}, {30, 7}, {40, 8}, {57, 13}, {69, 14}, {70, 15}, {80, 22}, {111, 33}, {112, 34}, {160, 43}, {240, 70}} {
			s.Resize(z[0], z[1])
			rows := strings.Split(s.View(), "\n")
			if len(rows) != z[1] {
				t.Errorf("%s at %v: %d rows", name, z, len(rows))
			}
			for i, r := range rows {
				if n := kit.Width(r); n != z[0] {
					t.Errorf("%s at %v: row %d is %d wide", name, z, i, n)
					break
				}
			}
			v := strings.Join(tuitest.Rows(s.View(), z[0], z[1]), "\n")
			if name == "duel" && z[0] >= 40 && (!strings.Contains(v, " 1  LEFT") || !strings.Contains(v, " 2  RIGHT") || !strings.Contains(v, "1 of 20")) {
				t.Errorf("at %v a duel is\n%s", z, v)
			}
		}
		s.Resize(0, 0)
		_ = s.View()
	}
}

func TestKeys(t *testing.T) {
	w := newWorld(t)
	s := offered(t, w, 80, 22)
	reserved := map[string]bool{"q": true, "?": true, "ctrl+c": true, "ctrl+k": true, "ctrl+t": true, "ctrl+n": true, "ctrl+l": true}
	check := func(mode string) {
		t.Helper()
		seen := map[string]string{}
		for _, a := range s.Actions() {
			if a.Long == "" {
				t.Errorf("%s: %s has no sentence", mode, a.ID)
			}
			for _, k := range a.Key.Keys() {
				if seen[k] != "" || reserved[k] {
					t.Errorf("%s: %s of %s is taken by %s or the workbench", mode, k, a.ID, seen[k])
				}
				seen[k] = a.ID
			}
		}
		if s.Help() == "" {
			t.Errorf("%s has no help", mode)
		}
	}
	check("offer")
	press(s, "enter")
	check("duel")
	for _, k := range []string{"left", "right", "same", "both bad", "skip", "undo", "note"} {
		s.step.CanUndo = true
		if foot := kit.Footer(s.Actions(), 80, s.deps.Styles); !strings.Contains(foot, k) {
			t.Errorf("the footer of 80 cells lacks %s: %s", k, foot)
		}
	}
	w.wait(1000)
	whole(w, s)
	check("end")
	s.seen = true
	press(s, "w", "tab")
	check("reveal")
	press(s, "enter")
	check("near")
	ids := map[string]bool{}
	for _, a := range New(Deps{Table: &session.Table{}, Styles: themes.Pick("", true).Styles()}).AllActions() {
		if ids[a.ID] {
			t.Errorf("%s stands twice", a.ID)
		}
		ids[a.ID] = true
	}
}

// TestHuge bounds the time that answers of 500 KB take, of many lines or of one.
func TestHuge(t *testing.T) {
	for _, part := range []string{"some words that go on and on\n", "wordwordword"} {
		w := newWorld(t)
		w.longer = text.Raw(strings.Repeat(part, 500<<10/len(part)))
		s := judging(t, w, 120, 40)
		_ = s.View()
		began := time.Now()
		for range 50 {
			press(s, "space")
			_ = s.View()
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("50 pages take %s", d)
		}
		press(s, "end")
		if _ = s.View(); !s.pair.left.page.AtEnd() {
			t.Error("the end is not reached")
		}
	}
}

// TestHostile demands that nothing in an answer, a variable or a name reaches the
// terminal as anything but text.
func TestHostile(t *testing.T) {
	const evil = "\x1b]52;c;aGk=\x07\x1bP1;2q\x1b\\\x9b31m\x00\u202e\r"
	w := newWorld(t)
	w.longer = evil
	w.judge = evil
	w.tab.Prompt.Guideline = evil
	w.cases[0].Vars[0] = session.Var{Name: evil, Value: evil}
	w.cases[0].Name = evil
	w.sentence = evil
	s := judging(t, w, 120, 40)
	look := func(when string) {
		t.Helper()
		for _, bad := range []string{"\x1b]", "\x1bP", "\u009b", "\x00", "\u202e", "\r", "\x07"} {
			if strings.Contains(s.View(), bad) {
				t.Errorf("%s: %q gets through", when, bad)
			}
		}
		if !utf8.ValidString(s.View()) {
			t.Errorf("%s: a byte that is no UTF-8 gets through", when)
		}
	}
	look("duel")
	press(s, "v")
	look("markdown")
	press(s, "d")
	look("differs")
	whole(w, s)
	look("end")
	s.seen = true
	press(s, "w", "tab")
	look("verdicts")
	press(s, "end", "enter")
	look("near")
}

// TestRunning judges with the real program in virtual time: a key that is held
// down decides once, and a tick is seen for a moment only after the store let go.
func TestRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		d := w.deps()
		d.NowMS = func() int64 { return time.Now().UnixMilli() }
		s := New(d)
		p := tuitest.Start(t, &tuitest.Solo{Screen: s}, 80, 22)
		p.Keys("enter")
		w.hold = make(chan struct{})
		for range 5 {
			p.Send(tuitest.Key("1"))
		}
		time.Sleep(600 * time.Millisecond)
		synctest.Wait()
		if v := p.Screen(); strings.Contains(v, "kept") || !strings.Contains(v, "Keeping…") || !strings.Contains(v, "1 of 20") {
			t.Errorf("before it is stored:\n%s", v)
		}
		w.hold <- struct{}{}
		synctest.Wait()
		for range 3 {
			p.Send(tuitest.Key("1"))
		}
		if v := p.Screen(); !strings.Contains(v, "✓ kept") || !strings.Contains(v, "2 of 20") {
			t.Errorf("after it is stored:\n%s", v)
		}
		w.hold = nil
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if v := p.Screen(); strings.Contains(v, "kept") || !strings.Contains(v, "2 of 20") || len(w.stored) != 1 {
			t.Errorf("%d stored:\n%s", len(w.stored), v)
		}
		for s.mode == modeDuel {
			p.Keys("2")
		}
		if len(w.stored) != 20 || !strings.Contains(p.Screen(), "One leads") {
			t.Errorf("%d stored:\n%s", len(w.stored), p.Screen())
		}
		if err := p.Quit(); err != nil {
			t.Error(err)
		}
	})
}
