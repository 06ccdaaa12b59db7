package session_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// A desk that is laid again with the steps that were kept goes the same way back
// and forth as the one that was left.
func TestDeskResumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := session.NewDesk(oneBlock("start"))
		for range rapid.IntRange(0, 12).Draw(t, "edits") {
			s := text.Raw(rapid.StringN(0, 3, -1).Draw(t, "text"))
			key := rapid.SampledFrom([]string{"", "a"}).Draw(t, "key")
			d.Edit("to "+string(s), key, func(c *session.Content) { c.Blocks[0].Text = s })
		}
		for range rapid.IntRange(0, 5).Draw(t, "undone") {
			d.Undo()
		}
		past, future := d.Steps()
		again := session.Resume(d.Content(), past, future)
		walk := func(move func(*session.Desk) string) {
			for {
				a, b := move(d), move(again)
				if a != b || textOf(d) != textOf(again) {
					t.Fatalf("the desk says %q and holds %q, the resumed one %q and %q", a, textOf(d), b, textOf(again))
				}
				if a == "" {
					return
				}
			}
		}
		walk((*session.Desk).Undo)
		walk((*session.Desk).Redo)
	})
}

func TestDeskResumedTypingIsAStepOfItsOwn(t *testing.T) {
	d := session.NewDesk(oneBlock(""))
	typed := func(d *session.Desk, s string) {
		d.Edit("typing", "k", func(c *session.Content) { c.Blocks[0].Text += text.Raw(s) })
	}
	typed(d, "a")
	was := d.Stepped()
	typed(d, "b")
	if d.Stepped() != was {
		t.Error("typing on in one block counts as another step")
	}
	past, _ := d.Steps()
	again := session.Resume(d.Content(), past, nil)
	typed(again, "c")
	if again.Undo(); textOf(again) != "ab" {
		t.Errorf("after the restart one undo goes back to %q", textOf(again))
	}
}

func TestDeskKeepsWhatIsWorthKeeping(t *testing.T) {
	d := session.NewDesk(oneBlock(""))
	for i := range 400 {
		d.Edit("edit", "", func(c *session.Content) { c.Blocks[0].Text = text.Raw(strings.Repeat("x", i)) })
	}
	past, _ := d.Steps()
	if len(past) != 300 || len(past[299].Content.Blocks[0].Text) != 398 {
		t.Errorf("%d steps are kept, the nearest of %d bytes", len(past), len(past[len(past)-1].Content.Blocks[0].Text))
	}
	big := strings.Repeat("y", 1<<20)
	for i := range 40 {
		d.Edit("edit", "", func(c *session.Content) { c.Blocks[0].Text = text.Raw(big[:len(big)-i]) })
	}
	if past, _ = d.Steps(); len(past) < 10 || len(past) > 20 {
		t.Errorf("%d steps of a megabyte each are kept", len(past))
	}
	d = session.NewDesk(oneBlock(text.Raw(big)))
	for i := range 40 {
		d.Edit("switch", "", func(c *session.Content) { c.Blocks[0].Off = i%2 == 0 })
	}
	if past, _ = d.Steps(); len(past) != 40 {
		t.Errorf("%d steps are kept of 40 that changed no text", len(past))
	}
}

func TestTableLaysTheStepsOfAVariant(t *testing.T) {
	c := oneBlock("saved")
	v := session.VariantInfo{Revision: session.Revision{Content: c, Hash: c.Hash()}}
	draft := oneBlock("draft")
	var table session.Table
	l := session.Laid{Variant: v, Draft: &session.Draft{Content: draft, Left: true}, Past: []session.Step{{What: "an edit", Content: oneBlock("before")}}}
	table.Lay(l)
	if table.Found != nil {
		t.Error("a draft that was left as it should is asked about")
	}
	if what := table.Desk.Undo(); what != "an edit" || textOf(table.Desk) != "before" {
		t.Errorf("undo says %q and leads to %q", what, textOf(table.Desk))
	}
	l.Draft.Left = false
	if table.Lay(l); table.Found == nil {
		t.Error("a draft of a process that ended otherwise is not asked about")
	}
	l.Draft.Content = c
	if table.Lay(l); table.Found != nil {
		t.Error("a draft that is the revision is asked about")
	}
	l.Draft = nil
	if table.Lay(l); table.Found != nil {
		t.Error("without a draft there is nothing to ask about")
	}
	if diff := cmp.Diff(c, table.Desk.Content()); diff != "" {
		t.Error(diff)
	}
}
