package read

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

type contextT = context.Context

func has(t *testing.T, view string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(view, w) {
			t.Fatalf("%q is not in the view:\n%s", w, view)
		}
	}
}

func hasNot(t *testing.T, view string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(view, w) {
			t.Fatalf("%q is in the view:\n%s", w, view)
		}
	}
}

// A label shows, and the next output comes, when it is on disk and not before;
// keys that come meanwhile label nothing.
func TestTickedWhenStored(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Late = true
	r.Keys("p", "p", "f")
	if len(d.log) != 1 || d.row(20).Verdicts[0].Choice != session.ChoicePass {
		t.Fatalf("stored %v", d.log)
	}
	has(t, r.Plain(), "1 of 20", "· not judged")
	if !strings.Contains(r.Last(), "still being written") {
		t.Errorf("said %q", r.Last())
	}
	r.Release()
	has(t, r.Plain(), "2 of 20", "· not judged")
	r.Keys("up")
	has(t, r.Plain(), "1 of 20", "✓ passed")
}

// What the disk did not take is not shown.
func TestNotTickedWhenNotStored(t *testing.T) {
	d := newDesk(20)
	d.writeNo = errors.New("the disk is full")
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("p")
	has(t, r.Plain(), "1 of 20", "· not judged")
	r.Keys("c")
	r.Type("x")
	r.Keys("ctrl+s")
	if !r.s.Typing() {
		t.Error("what was written is gone, and it was not kept")
	}
	if !slices.Contains(r.Said, "the disk is full") {
		t.Errorf("said %v", r.Said)
	}
}

func TestFailWithReason(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("f")
	if !r.s.Typing() {
		t.Fatal("no field for the reason")
	}
	has(t, r.Plain(), "why does it fail?")
	r.Keys("esc")
	if len(d.log) != 0 {
		t.Fatal("esc kept a label")
	}
	r.Keys("f")
	r.Type("tone, q?")
	r.Keys("enter", "f", "enter")
	if v := d.row(20).Verdicts; len(v) != 1 || v[0].Choice != session.ChoiceFail || v[0].Reason != "tone, q?" {
		t.Errorf("kept %+v", v)
	}
	if v := d.row(19).Verdicts; len(v) != 1 || v[0].Reason != "" {
		t.Errorf("without a reason kept %+v", v)
	}
	r.Keys("up", "up", "p", "up")
	if v := d.row(20).Verdicts; len(v) != 1 || v[0].Choice != session.ChoicePass {
		t.Errorf("a label did not replace the earlier one: %+v", v)
	}
	has(t, r.Plain(), "✓ passed  (you")
	hasNot(t, r.Plain(), "✗ failed")
}

// A reason belongs to the output that it was begun on, though the list was read
// again and holds it no longer.
func TestReasonStaysWithItsOutput(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Run(r.s.Open(session.ReadQuery{Unjudged: true}))
	r.Keys("f")
	d.row(20).Verdicts = []session.Verdict{{Judge: "ben", Mode: session.JudgePassFail, Choice: session.ChoicePass}}
	r.Run(r.s.Enter())
	r.Type("tone")
	r.Keys("enter")
	if len(d.row(20).Verdicts) != 2 || len(d.row(19).Verdicts) != 0 {
		t.Errorf("kept %v", d.log)
	}
}

// Five of yesterday are not those of today.
func TestFiveEndsWithItsDay(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("d")
	d.now = now.Add(24 * time.Hour)
	r.Run(r.s.Enter())
	hasNot(t, r.Plain(), "of 5 today", "to read today")
}

func TestNote(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("n", "enter")
	has(t, r.Plain(), "a note needs words")
	r.Type("promises a date")
	r.Keys("enter")
	if n := d.row(20).Notes; len(n) != 1 || n[0].Text != "promises a date" || n[0].By != "anna" {
		t.Errorf("kept %+v", n)
	}
	has(t, r.Plain(), "✎ promises a date  (you, just now)", "1 of 20")
}

// A correction begins with the answer, is kept byte for byte, and leads to Suite.
func TestCorrect(t *testing.T) {
	d := newDesk(20)
	d.row(20).Output.Prefill, d.row(20).Output.Text = "label:", "\tbil\r\nling\x00"
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("a")
	if r.Gone.Screen != "" || !strings.Contains(r.Last(), "correct it first") {
		t.Errorf("proposed from nothing: %v, %q", r.Gone, r.Last())
	}
	r.Keys("c", "ctrl+s")
	has(t, r.Plain(), "it should have said")
	if len(d.log) != 0 {
		t.Fatal("what it said was kept as its correction")
	}
	r.Type("X")
	r.Keys("esc")
	has(t, r.Plain(), "esc again leaves it")
	r.Keys("ctrl+s")
	if c := d.row(20).Correction; c == nil || c.Text != "Xlabel:\tbil\r\nling\x00" || c.Judge != "anna" {
		t.Fatalf("kept %+v", c)
	}
	has(t, r.Plain(), "→ should have said: Xlabel:")
	has(t, r.Last(), "what t001 wants", "pair")
	r.Keys("a")
	if want := (kit.Goto{Screen: "suite", Arg: session.ProposeFrom{PromptID: 1, CellID: 20}}); r.Gone != want {
		t.Errorf("went to %+v", r.Gone)
	}
	r.Keys("c", "x", "esc", "esc")
	if r.s.Typing() || d.row(20).Correction.Text != "Xlabel:\tbil\r\nling\x00" {
		t.Error("esc twice did not leave it as it was")
	}
}

func TestUndoGoesThere(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("u")
	if !strings.Contains(r.Last(), "nothing to undo") {
		t.Errorf("said %q", r.Last())
	}
	r.Keys("down", "p", "down", "down", "u")
	has(t, r.Plain(), "2 of 20", "· not judged")
	if len(d.row(19).Verdicts) != 0 || !strings.Contains(r.Last(), "Took back") {
		t.Errorf("said %q, left %+v", r.Last(), d.row(19).Verdicts)
	}
}

// What has no answer is said by its state, is no text, and can't be judged.
func TestNoAnswer(t *testing.T) {
	d := newDesk(20)
	d.row(20).Output.Status, d.row(20).Output.Text = session.StatusError, "half a"
	d.row(20).Output.Error = &session.CallError{Kind: "rate_limit", Status: 429, Message: "slow \x1b[31mdown"}
	d.row(19).Output.Status = session.StatusTruncated
	r := openAt(t, d.deps(), 80, 22)
	has(t, r.Plain(), "! failed", "The server asked to slow down (HTTP 429)", "no answer ▎ half a")
	r.Keys("p", "c")
	if len(d.log) != 0 || r.s.Typing() || !strings.Contains(r.Last(), "no answer to correct: failed") {
		t.Errorf("did %v, said %q", d.log, r.Last())
	}
	r.Keys("down")
	has(t, r.Plain(), "◒ cut off", "Cut at the token limit")
	r.Keys("n")
	r.Type("too long")
	r.Keys("enter")
	if len(d.row(19).Notes) != 1 {
		t.Error("no note can be kept on it")
	}
}

// Outputs come by the hundred, as they are needed; those that fit no longer
// because they were judged here shift the next ones.
func TestPaging(t *testing.T) {
	d := newDesk(350)
	r := openAt(t, d.deps(), 80, 22)
	r.Run(r.s.Open(session.ReadQuery{Unjudged: true}))
	has(t, r.Plain(), "1 of 350")
	if n := len(r.s.all.items); n != 100 {
		t.Fatalf("%d were fetched", n)
	}
	for range 90 {
		r.Keys("p")
	}
	seen := map[int64]bool{}
	for r.s.whyDown() == "" {
		seen[r.s.current().Cell.ID] = true
		r.Keys("down")
	}
	seen[r.s.current().Cell.ID] = true
	if len(seen)+90 != 350 || r.s.all.total != 350 {
		t.Errorf("%d of 260 others came by, %d in all", len(seen), r.s.all.total)
	}
	has(t, r.Plain(), "350 of 350")
	for _, q := range d.queries {
		if q.Limit != 100 {
			t.Errorf("asked for %d at once", q.Limit)
		}
	}
}

// An answer to an older question is dropped.
func TestOldAnswersAreDropped(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Late = true
	r.Run(r.s.Open(session.ReadQuery{Text: "parcel"}))
	r.Run(r.s.Open(session.ReadQuery{Text: "nothing like it"}))
	slices.Reverse(r.Held)
	r.Release()
	has(t, r.Plain(), "No output fits", "“nothing like it”")
}

func ids(rs []session.Reading) (out []int64) {
	for _, r := range rs {
		out = append(out, r.Cell.ID)
	}
	return out
}

// The five of a day are the same all day, also for who comes back after some of
// them; another day has others.
func TestFiveADay(t *testing.T) {
	d := newDesk(120)
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("d")
	first := ids(r.s.five.items)
	has(t, r.Plain(), "○○○○○ 1 of 5 today")
	r.Keys("p", "n")
	r.Type("hm")
	r.Keys("enter", "down")
	has(t, r.Plain(), "●●○○○ 3 of 5 today")
	d.now = now.Add(3 * time.Hour)
	r = openAt(t, d.deps(), 80, 22)
	r.Keys("d")
	if again := ids(r.s.five.items); !slices.Equal(first, again) {
		t.Errorf("drew %v, later %v", first, again)
	}
	has(t, r.Plain(), "●●○○○ 3 of 5 today")
	r.Keys("f", "enter", "u")
	has(t, r.Plain(), "●●○○○ 3 of 5 today")
	r.Keys("p", "p", "p")
	has(t, r.Plain(), "That was five for today.", "4 passed · 1 note.", "esc")
	r.Keys("p", "down")
	has(t, r.Plain(), "That was five for today.")
	r.Keys("up")
	has(t, r.Plain(), "●●●●● 5 of 5 today", "five to read today", "esc back to all")
	r.Keys("esc")
	hasNot(t, r.Plain(), "of 5 today", "to read today")
	d.now = now.Add(24 * time.Hour)
	r = openAt(t, d.deps(), 80, 22)
	r.Keys("d")
	for _, id := range ids(r.s.five.items) {
		if slices.Contains(first, id) {
			t.Errorf("%d comes again on the next day, though others were never read", id)
		}
	}
	d = newDesk(0)
	r = openAt(t, d.deps(), 80, 22)
	r.Keys("d")
	has(t, r.Plain(), "Nothing to read today")
}

func TestDaysHaveSeeds(t *testing.T) {
	name, seed, began := dayOf(time.Date(2026, 3, 29, 23, 59, 0, 0, time.UTC))
	_, same, _ := dayOf(time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC))
	_, other, _ := dayOf(time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC))
	if name != "2026-03-29" || seed != same || seed == other || began != time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC).UnixMilli() {
		t.Errorf("%s: %d, %d, %d, began %d", name, seed, same, other, began)
	}
}

// The station follows the prompt on the table; esc shows all prompts, and that
// stays.
func TestFollowsTheTable(t *testing.T) {
	d := newDesk(70)
	deps := d.deps()
	deps.Table.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 2, Name: "triage"}}})
	r := openAt(t, deps, 80, 22)
	has(t, r.Plain(), "prompt triage", "1 of 10", "esc all prompts")
	r.Keys("esc")
	r.Run(r.s.Enter())
	has(t, r.Plain(), "all outputs", "7 of 70", "triage/warm@1") // where one was
	if r.Keys("esc"); r.Last() != "all outputs are shown" {
		t.Errorf("said %q", r.Last())
	}
	deps.Table.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "reply"}}})
	r.Run(r.s.Enter())
	has(t, r.Plain(), "prompt reply", "1 of 60")
	r.Run(r.s.Open(session.ReadQuery{CellIDs: []int64{3}}))
	has(t, r.Plain(), "1 chosen output", "1 of 1")
	r.Run(r.s.Open(int64(2)))
	has(t, r.Plain(), "run r2")
}

func TestFilterAndSearch(t *testing.T) {
	d := newDesk(70)
	d.modes = []session.FailureMode{{ID: 5, PromptID: 1, Name: "curt"}}
	r := openAt(t, d.deps(), 120, 34)
	r.Keys("F")
	if r.Dialog == nil {
		t.Fatal("no dialog")
	}
	has(t, r.Dialog.View(100, 30), "prompt", "variant", "tag of the case", "only what nobody judged")
	r.Keys("enter", "down", "enter") // prompt: reply
	has(t, r.Plain(), "prompt reply", "1 of 60")
	r.Keys("F", "down", "enter", "down", "enter")
	has(t, r.Plain(), "variant plain", "1 of 20", "esc all of this prompt")
	r.Keys("U")
	has(t, r.Plain(), "not judged")
	r.Resize(80, 22)
	has(t, r.Plain(), "prompt reply", "variant plain", "not judged", "esc all of this prompt") // filters before keys
	r.Resize(120, 34)
	r.Keys("/")
	r.Type("WEDNESDAY")
	r.Keys("enter")
	has(t, r.Plain(), "“WEDNESDAY”", "Wednesday")
	if q := r.s.q; q.Text != "WEDNESDAY" || q.Variant != "plain" || !q.Unjudged || q.PromptID != 1 {
		t.Errorf("asked %+v", q)
	}
	doc := r.s.answerDoc(r.s.current())
	if !slices.ContainsFunc(doc, func(s kit.Segment) bool {
		return s.Text == "Wednesday" && reflect.DeepEqual(s.Style, r.s.styles().Match)
	}) {
		t.Error("what was searched for is not pointed out")
	}
	whole := text.Raw("")
	for _, s := range doc {
		whole += s.Text
	}
	if whole != r.s.current().Output.Whole() {
		t.Error("pointing out changed the text")
	}
	at := r.s.current().Cell.ID
	r.Keys("esc") // the filters first: one reads on where one was
	has(t, r.Plain(), "prompt reply", "of 60", "esc all prompts")
	hasNot(t, r.Plain(), "WEDNESDAY", "variant plain")
	if now := r.s.current().Cell.ID; now != at {
		t.Errorf("went from output %d to %d", at, now)
	}
	r.Keys("esc")
	has(t, r.Plain(), "all outputs", "of 70")
	hasNot(t, r.Plain(), "prompt reply")
}

func TestContext(t *testing.T) {
	d := newDesk(20)
	r := openAt(t, d.deps(), 80, 22)
	r.Keys("e")
	has(t, r.Plain(), "━━ system · message 1 of 2", "rules", "{ticket} ▎", "{{name}}")
	hasNot(t, r.Plain(), "─ answer")
	r.Keys("e")
	has(t, r.Plain(), "─ answer")
	r.Resize(120, 34)
	r.Keys("tab")
	has(t, r.Plain(), "─ answer", "─ exact context")
	r.Resize(160, 43)
	has(t, r.Plain(), "outputs", "─ answer", "─ exact context")
	d.row(19).Cell.ProofKey, d.row(19).Cell.Proof = "", ""
	d.row(18).Cell.ProofKey = "lost"
	r.Keys("R", "down")
	has(t, r.Plain(), "This output has no context")
	r.Keys("down")
	has(t, r.Plain(), "can't be read")
}

// Notes are put under modes by hand; modes are renamed and deleted, and their
// notes stay.
func TestModes(t *testing.T) {
	d := newDesk(40)
	r := openAt(t, d.deps(), 120, 34)
	for _, n := range []string{"too curt", "promises a date", "no greeting"} {
		r.Keys("n")
		r.Type(n)
		r.Keys("enter", "down")
	}
	r.Keys("m")
	has(t, r.Plain(), "under none yet", "promises a date")
	r.Keys("enter", "enter", "enter")
	r.Type("curt")
	r.Keys("enter") // the first note under a new mode
	has(t, r.Plain(), "▪ curt")
	r.Keys("enter", "enter") // the next under the same
	if n := d.row(40).Notes[0].ModeID + d.row(38).Notes[0].ModeID + d.row(39).Notes[0].ModeID; n != 2*d.modes[0].ID {
		t.Errorf("two of three notes should stand under %d", d.modes[0].ID)
	}
	r.Keys("left", "down")
	has(t, r.Plain(), "notes: curt", "variant", "revision", "tag", " of ", "not in")
	r.Keys("a")
	if want := (kit.Goto{Screen: "suite", Arg: session.ProposeFrom{PromptID: 1, ModeID: d.modes[0].ID}}); r.Gone != want {
		t.Errorf("went to %+v", r.Gone)
	}
	r.Keys("r")
	r.Type("too short")
	r.Keys("enter")
	has(t, r.Plain(), "▪ too short")
	r.Keys("n")
	r.Type("too short")
	r.Keys("enter")
	if r.Dialog == nil {
		t.Error("two modes of one name")
	}
	r.Keys("esc", "o")
	has(t, r.Plain(), "failure mode too short", "of 2")
	has(t, r.Plain(), "[too short]")
	r.Keys("m", "down", "x", "y")
	has(t, r.Plain(), "under none yet", "3 ")
	if len(d.modes) != 0 || len(d.notes(1)) != 3 {
		t.Errorf("%d modes and %d notes are left", len(d.modes), len(d.notes(1)))
	}
	r.Keys("enter", "o")
	has(t, r.Plain(), "1 chosen output")
	r.Keys("m", "esc")
	has(t, r.Plain(), "1 chosen output")
}

func TestStates(t *testing.T) {
	d := newDesk(0)
	r := openAt(t, d.deps(), 80, 22)
	has(t, r.Plain(), "Nothing has run yet", "b goes to Bench")
	r.Keys("b")
	if r.Gone.Screen != "bench" {
		t.Errorf("went to %v", r.Gone)
	}
	r.Keys("p", "n", "c", "down", "up", "a", "y", "e")
	if len(d.log) != 0 {
		t.Errorf("did %v with nothing in hand", d.log)
	}
	d.err = errors.New("the workspace is locked")
	r.Keys("R")
	has(t, r.Plain(), "The outputs can't be read", "locked")
	d = newDesk(9)
	s := New(d.deps())
	r = &rig{&tuitest.Stage{T: t, Screen: s, Late: true}, s}
	r.Open(80, 22)
	has(t, r.Plain(), "Reading …")
	r.Release()
	has(t, r.Plain(), "1 of 9")
	r.Keys("y")
	if r.Clip != d.rows[0].Output.Whole() {
		t.Error("the clipboard got another text")
	}
	r.Keys("b")
	if r.Gone.Arg != d.rows[0].Cell.RunID {
		t.Errorf("went to %v", r.Gone)
	}
	r = openAt(t, Deps{Table: &session.Table{}, Styles: d.deps().Styles}, 80, 22)
	r.Keys("p", "d", "m", "F", "/", "u", "R")
	r.Plain()
}

func hostile() *desk {
	d := newDesk(30)
	evil := text.Raw("x\x1b]52;c;AAAA\a\x9b31m\r\n\u202eevil\u200b\xff")
	long := text.Raw(strings.Repeat("very-long-word-", 40))
	for i := range d.rows {
		c := &d.rows[i].Cell
		c.CaseName, c.CaseTags = evil+long, []text.Raw{evil, long}
		c.Contestant.Model, c.Contestant.Variant.Variant, c.Contestant.Variant.Prompt = string(evil), string(long+evil), string(evil)
		c.CaseVars = []session.Var{{Name: evil, Value: long + evil}, {Name: long, Value: evil}}
		d.rows[i].Output.Text = evil + "\n" + long
		d.rows[i].Run = string(evil)
		d.rows[i].Notes = []session.Note{{ID: int64(i + 1), CellID: c.ID, Text: evil + long, By: evil, ModeID: int64(i % 2 * 5), CaseName: evil, Variant: c.Contestant.Variant, Model: string(evil)}}
		d.rows[i].Verdicts = []session.Verdict{{Mode: session.JudgePassFail, Judge: evil, Choice: session.ChoiceFail, Reason: evil + long, AtMS: 1}}
		d.rows[i].Correction = &session.Correction{Text: long + evil, Judge: long}
	}
	d.modes = []session.FailureMode{{ID: 5, PromptID: 1, Name: evil + long}}
	return d
}

// Every page fills every size exactly, whatever the texts are.
func TestEverySize(t *testing.T) {
	for name, mk := range map[string]func() *desk{"sample": func() *desk { return newDesk(30) }, "hostile": hostile, "empty": func() *desk { return newDesk(0) }} {
		t.Run(name, func(t *testing.T) {
			d := mk()
			r := openAt(t, d.deps(), 80, 21)
			if name == "hostile" {
				r.s.q.Text, r.s.q.Tag, r.s.q.ModeID, r.s.q.PromptID = "evil", "a\x1b", 5, 1
			}
			for _, keys := range [][]string{{}, {"e"}, {"e", "f"}, {"esc", "c"}, {"x", "esc"}, {"esc", "d"}, {"down", "down", "down", "down", "down"}, {"esc", "m"}, {"tab"}, {"left", "down"}, {"c"}} {
				if name == "empty" && slices.Contains(keys, "d") {
					r.Keys("esc")
				}
				r.Keys(keys...)
				r.Dialog = nil
				for _, w := range []int{20, 31, 40, 69, 70, 80, 109, 110, 120, 149, 150, 160, 240} {
					for _, h := range []int{5, 7, 8, 9, 10, 11, 13, 16, 21, 45, 70} {
						r.Resize(w, h)
						r.Plain()
						if c := r.s.Cursor(); c != nil && (c.X < 0 || c.Y < 0 || c.X >= w || c.Y >= h) {
							t.Fatalf("the cursor stands at %d,%d of %d×%d", c.X, c.Y, w, h)
						}
					}
				}
				r.Resize(80, 21)
			}
		})
	}
}

// A large answer is laid out in a time that nobody notices.
func TestHugeAnswer(t *testing.T) {
	d := newDesk(3)
	d.rows[0].Output.Text = text.Raw(strings.Repeat("word and word, ", 35_000))
	d.rows[1].Output.Text = text.Raw(strings.Repeat("x", 500_000))
	d.rows[2].Output.Text = text.Raw(strings.Repeat("\x1b[31m\u202e漢", 60_000))
	r := openAt(t, d.deps(), 120, 34)
	for i := range 3 {
		began := time.Now()
		r.Plain()
		r.Keys("end", "pgup")
		r.Plain()
		if took := time.Since(began); took > 2*time.Second { // some 20 ms on an idle machine
			t.Errorf("answer %d took %v", i, took)
		}
		if i < 2 {
			r.Keys("down")
		}
	}
}

func BenchmarkHugeAnswer(b *testing.B) {
	d := newDesk(2)
	d.rows[0].Output.Text = text.Raw(strings.Repeat("word and word, ", 35_000))
	r := openAt(b, d.deps(), 120, 34)
	for b.Loop() {
		r.Keys("down")
		r.s.View()
		r.Keys("up")
		r.s.View()
	}
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	d := newDesk(9)
	r := openAt(t, d.deps(), 80, 22)
	ids := map[string]bool{}
	for _, a := range r.s.AllActions() {
		if ids[a.ID] || a.Long == "" || a.Do == nil {
			t.Errorf("%s is there twice, or says or does nothing", a.ID)
		}
		ids[a.ID] = true
		a.Off()
	}
	for _, keys := range [][]string{{}, {"c"}, {"esc", "m"}} {
		r.Keys(keys...)
		seen := map[string]string{}
		for _, a := range r.s.Actions() {
			for _, k := range a.Key.Keys() {
				if seen[k] != "" {
					t.Errorf("%s and %s share %s", seen[k], a.ID, k)
				}
				seen[k] = a.ID
			}
		}
		if r.s.Help() == "" {
			t.Error("nothing is explained")
		}
	}
}

func TestMouse(t *testing.T) {
	d := newDesk(30)
	r := openAt(t, d.deps(), 160, 12)
	r.Plain()
	r.Run(r.s.Update(tea.MouseClickMsg{X: 5, Y: 4, Button: tea.MouseLeft}))
	has(t, r.Plain(), "4 of 30")
	r.Run(r.s.Update(tea.MouseWheelMsg{X: 5, Y: 4, Button: tea.MouseWheelUp}))
	has(t, r.Plain(), "3 of 30")
	r.Run(r.s.Update(tea.MouseClickMsg{X: 150, Y: 4, Button: tea.MouseLeft}))
	if r.s.focus != onContext {
		t.Error("a click did not give the context focus")
	}
	r.Run(r.s.Update(tea.MouseWheelMsg{X: 150, Y: 4, Button: tea.MouseWheelDown}))
	hasNot(t, r.Plain(), "━━ system · message 1 of 2")
}

// The whole way in the real program, while the disk takes its time.
func TestInTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(40)
		deps := d.deps()
		find := deps.Readings
		slow := func() { time.Sleep(40 * time.Millisecond) }
		deps.Readings = func(ctx contextT, q session.ReadQuery) ([]session.Reading, int, error) { slow(); return find(ctx, q) }
		label := deps.Label
		deps.Label = func(ctx contextT, cell int64, c session.Choice, by, reason text.Raw) error {
			slow()
			return label(ctx, cell, c, by, reason)
		}
		p := tuitest.Start(t, &tuitest.Solo{Screen: New(deps)}, 80, 22)
		p.Send(tea.WindowSizeMsg{Width: 80, Height: 22})
		p.Settle()
		has(t, p.Screen(), "1 of 40")
		for _, k := range []string{"d", "p", "f"} {
			p.Keys(k)
		}
		has(t, p.Screen(), "●○○○○ 2 of 5 today", "why does it fail?")
		if c := p.View().Cursor; c == nil || c.Y != 21 || c.X != 3 {
			t.Errorf("the cursor stands at %+v", c)
		}
		p.Type("tone")
		for _, k := range []string{"enter", "p", "p", "p"} {
			p.Keys(k)
		}
		has(t, p.Screen(), "That was five for today.", "4 passed · 1 failed.")
		if len(d.log) != 5 {
			t.Errorf("kept %v", d.log)
		}
		if err := p.Quit(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWords(t *testing.T) {
	for n, want := range map[int]string{0: "0 notes", 1: "1 note", 1204: "1,204 notes"} {
		if got := count(n, "note"); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := fmt.Sprint(hits("Ärger mit DATUM und datum", "Datum")); got != "[[11 16] [21 26]]" {
		t.Errorf("hits at %s", got)
	}
}

// TestSaidInPairs demands that an output which was judged in pairs alone isn't
// called one that nobody judged.
func TestSaidInPairs(t *testing.T) {
	d := newDesk(3)
	d.row(3).Verdicts = []session.Verdict{{Judge: "ben", Mode: session.JudgePairs, Choice: session.ChoiceLeft}}
	d.row(3).Recorded = true
	d.row(3).Cell.CaseTags = []text.Raw{"money", "and much more that is to be said of this case", "third"}
	r := openAt(t, d.deps(), 80, 22)
	has(t, r.Plain(), "recorded only", "  = judged ", "judged in 1 pair")
	hasNot(t, r.Plain(), "not judged")
	r.Resize(120, 34)
	has(t, r.Plain(), "= t001", "· t002")
}

// TestNoNotesNoKeys demands that the page of failure modes tells no key that
// does nothing while there is neither a note nor a mode.
func TestNoNotesNoKeys(t *testing.T) {
	r := openAt(t, newDesk(3).deps(), 120, 34)
	r.Keys("m")
	has(t, r.Plain(), "No note yet")
	for _, a := range r.s.Actions() {
		if id := a.ID; (id == "read.modes.enter" || id == "read.modes.swap" || id == "read.modes.right") && a.Off() == "" {
			t.Errorf("%s is on", id)
		}
	}
	r.Keys("enter")
	if r.Last() != "no note was taken of this prompt yet: n on an output takes one" {
		t.Errorf("said %q", r.Last())
	}
}
