package compose

import (
	"strings"
	"testing"

	"galley/session"
)

// What lint knows of the prompt beyond its words: other cases, a schema, and what is
// silenced, also by another station meanwhile.
func TestLintKnowsThePrompt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		c, bank, cases := sample()
		cases[1].Vars[0].Value = bank[0].Input
		d.table.Lay(laid(c, bank, cases))
		r := open(t, d, 160, 42)
		const leak = "Shot s01 is case c02, with its answer"
		if v := r.Plain(); !strings.Contains(v, leak) {
			t.Fatalf("the shot that is another case is not found:\n%s", v)
		}
		p := d.table.Proof()
		for _, f := range r.s.facts.finds {
			d.quiet = append(d.quiet, f.Silence(p, "it is meant", "ana"))
		}
		for i := range d.quiet {
			d.quiet[i].ID = int64(i + 1)
		}
		r.Run(r.s.Enter())
		if v := r.Plain(); strings.Contains(v, leak) || !strings.Contains(v, "nothing found but what was silenced (1)") {
			t.Errorf("what is silenced speaks:\n%s", v)
		}
		d.quiet = nil
		r.Run(r.s.Enter())
		if v := r.Plain(); !strings.Contains(v, leak) {
			t.Errorf("what is silenced no more does not speak:\n%s", v)
		}
	})
}

func TestLintKnowsTheSchema(t *testing.T) {
	d := newDesk()
	c, bank, cases := sample()
	for i := range c.Blocks[2].Shots {
		c.Blocks[2].Shots[i].Output = `"billing"`
	}
	c.Blocks = append(c.Blocks, session.Block{UID: "b6", Kind: session.KindSchema, Text: `{"type":"object"}`})
	d.table.Lay(laid(c, bank, cases))
	d.unfit = "is no object"
	r := open(t, d, 160, 42)
	finds := r.s.facts.finds
	if len(finds) == 0 || finds[0].Rule != "example_breaks_rule" || !strings.Contains(finds[0].Message, d.unfit) {
		t.Errorf("%+v", finds)
	}
}
