package compose

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/tuitest"
)

// after makes what lies on the table after a restart: what the store kept.
func (d *desk) after() *desk {
	c, bank, cases := sample()
	l := laid(c, bank, cases)
	if x, ok := d.drafts[11]; ok {
		l.Draft = &x
	}
	l.Past, l.Future = d.past[11], d.future[11]
	next := newDesk()
	next.table.Lay(l)
	next.drafts, next.past, next.future = d.drafts, d.past, d.future
	return next
}

func pumped(t *testing.T, d *desk) *live {
	l := &live{resting(t, d, d.deps()), make(chan tea.Msg)}
	l.Resize(80, 21)
	l.start(l.s.Enter())
	l.pump(time.Second)
	return l
}

func TestUndoOverARestart(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := pumped(t, newDesk())
		first := l.d.table.Desk.Content().Hash()
		l.start(l.s.toggle()) // system off
		l.s.choose(1)
		l.s.enter()
		for _, k := range "Hello" {
			l.start(l.s.Update(tuitest.Key(string(k))))
		}
		l.s.leave()
		l.start(l.s.wrap())
		last := l.d.table.Desk.Content().Hash()
		l.start(l.s.undo())
		l.pump(2 * time.Second) // killed here
		again := open(t, l.d.after(), 80, 21)
		again.Dialog = nil // asks about the work that was found
		again.Keys("ctrl+r")
		if got := again.d.table.Desk.Content().Hash(); got != last {
			t.Error("redo does not go where it went before the restart")
		}
		again.Keys("u", "u", "u")
		said := strings.Join(again.Said, " · ")
		if got := again.d.table.Desk.Content().Hash(); got != first || !strings.Contains(said, "Took back: typing in rules") || !strings.Contains(said, "Took back: switching off system") {
			t.Errorf("undo over the restart says %q", said)
		}
		if again.s.at != 0 {
			t.Errorf("the cursor is on block %d, not on the one that changed", again.s.at)
		}
	})
}

// ctrl+z in a text goes letter by letter, and where the text was opened further back,
// over other blocks.
func TestUndoInATextGoesOn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 120, 37)
		start := r.content().Hash()
		r.Keys("space", "down", "enter", "x", "y") // system off; two letters in the rules
		r.Keys("ctrl+z")
		if !strings.HasPrefix(string(r.content().Blocks[1].Text), "Read") {
			t.Fatalf("%q", r.content().Blocks[1].Text)
		}
		r.Keys("ctrl+z")
		if r.content().Hash() != start || r.s.at != 0 {
			t.Errorf("the block is off: %v, the cursor on %d, said %q", r.content().Blocks[0].Off, r.s.at, r.Said)
		}
		r.Keys("ctrl+y")
		if !r.content().Blocks[0].Off {
			t.Errorf("redo: %q", r.Said)
		}
	})
}

func TestFoundWork(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := pumped(t, newDesk())
		l.s.choose(1)
		l.s.enter()
		for _, k := range "Lost?" {
			l.start(l.s.Update(tuitest.Key(string(k))))
		}
		l.pump(2 * time.Second)
		if l.d.drafts[11].Left {
			t.Fatal("a draft in work counts as left")
		}
		l.pump(2 * time.Second)
		again := l.d.after()
		r := open(t, again, 100, 30)
		if r.Dialog == nil {
			t.Fatal("nothing is asked about the work that was found")
		}
		r.Dialog.View(100, 30)
		r.Keys("k", "b", "enter") // typed for what it covers
		if r.Dialog == nil || !strings.Contains(string(r.content().Blocks[1].Text), "Lost?") {
			t.Fatal("a key that was typed by accident answered")
		}
		time.Sleep(time.Second)
		view := r.Dialog.View(100, 30)
		for _, want := range []string{"Unsaved work was found", "Lost?", "keep it", "back to @3"} {
			if !strings.Contains(clean(view), want) {
				t.Errorf("the dialog does not show %q:\n%s", want, clean(view))
			}
		}
		r.Keys("s")
		if !strings.Contains(clean(r.Dialog.View(160, 40)), "one column") {
			t.Error("s does not show both")
		}
		for w := 20; w < 170; w += 15 {
			for h := 5; h < 40; h += 3 {
				sized(t, r.Dialog.View(w, h), w, h)
			}
		}
		r.Keys("b")
		if r.content().Hash() != again.table.Variant.Revision.Hash {
			t.Fatal("b does not go back to the saved")
		}
		r.Keys("u")
		if !strings.Contains(string(r.content().Blocks[1].Text), "Lost?") {
			t.Error("u does not bring the found work back")
		}
		r.Run(r.s.Flush())
		if x, ok := again.drafts[11]; !ok || !x.Left {
			t.Errorf("leaving leaves %v, %v", x.Left, ok)
		}
		if next := open(t, again.after(), 100, 30); next.Dialog != nil {
			t.Error("work that was left as it should is asked about")
		}
	})
}

// What lies unchanged on the table after the question is left as it should, too.
func TestFoundWorkIsAskedAboutOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		c, bank, cases := sample()
		draft := c.Clone()
		draft.Blocks[0].Text += text.Raw(" More.")
		l := laid(c, bank, cases)
		l.Draft = &session.Draft{VariantID: 11, BaseID: 113, Content: draft}
		d.drafts[11] = *l.Draft
		d.table.Lay(l)
		r := open(t, d, 80, 21)
		r.Dialog.View(80, 21)
		time.Sleep(time.Second)
		r.Keys("k")
		r.Run(r.s.Flush())
		if !d.drafts[11].Left {
			t.Error("it would be asked again")
		}
	})
}

// Saving at once after a change keeps its step; a new variant has the steps that led
// to it.
func TestStepsOfASave(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 100, 30)
		r.Keys("space", "ctrl+s")
		r.Type("why")
		r.Keys("enter")
		if len(r.d.past[11]) != 1 || r.d.past[11][0].What != "switching off system" {
			t.Errorf("kept %v", r.d.past[11])
		}
		r.Keys("J", "S")
		r.Type("other")
		r.Keys("enter")
		r.Type("why")
		r.Keys("enter")
		if len(r.d.past[12]) != 2 || r.d.past[12][1].What != "moving system" {
			t.Errorf("the new variant has %v", r.d.past[12])
		}
	})
}

func clean(view string) string { return ansi.Strip(view) }

// sized holds a dialog to the room that it was given.
func sized(t *testing.T, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) > h {
		t.Fatalf("%d lines in %dx%d:\n%s", len(lines), w, h, clean(view))
	}
	for _, l := range lines {
		if ansi.StringWidth(l) > w {
			t.Fatalf("a line of %d cells in %dx%d: %q", ansi.StringWidth(l), w, h, clean(l))
		}
	}
	tuitest.Clean(t, "the view", view)
}

// What another window has in hand is not offered: it lies here as saved, and what is
// written here is told to be kept only as a variant of its own.
func TestWorkOfAnotherWindow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		l := laid(sample())
		l.Elsewhere = true
		d.table.Lay(l)
		r := open(t, d, 80, 21)
		if r.Dialog != nil {
			t.Fatal("it is asked about")
		}
		r.Heard("is being edited in another window; here it lies as saved, @3")
		if v := r.Plain(); !strings.Contains(v, "It is being edited in another window; S keeps what you write") {
			t.Errorf("the screen does not say so:\n%s", v)
		}
	})
}
