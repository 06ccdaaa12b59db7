package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// shown writes steps so that they can be compared.
func shown(list []session.Step) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, "%q %s", x.What, x.Content.JSON())
		for _, bl := range x.Content.Blocks {
			for _, r := range bl.Resources {
				fmt.Fprintf(&b, " %q", string(r.Text))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// scribble is a desk at work: deed i is a function of the seed and i.
func scribble(d *session.Desk, seed, i uint64) {
	r := rand.New(rand.NewPCG(seed, i))
	switch n := r.IntN(10); {
	case n < 2:
		d.Undo()
	case n < 3:
		d.Redo()
	case n < 4:
		d.Edit("add a block", "", func(c *session.Content) {
			c.Blocks = append(c.Blocks, session.Block{UID: fmt.Sprint("b", i), Kind: session.KindSystem, Role: session.RoleSystem, Wrap: session.WrapNone})
		})
	case n < 5:
		d.Edit("drop a block", "", func(c *session.Content) {
			if len(c.Blocks) > 1 {
				c.Blocks = c.Blocks[1:]
			}
		})
	case n < 6:
		d.Edit("add a resource", "", func(c *session.Content) {
			b := &c.Blocks[len(c.Blocks)-1]
			b.Resources = append(b.Resources, session.Resource{Name: "r", Text: text.Raw(fmt.Sprint("text ", r.IntN(4)))})
			b.Resources[len(b.Resources)-1].Hash = session.Hash([]byte(b.Resources[len(b.Resources)-1].Text))
		})
	default:
		d.Edit("type", fmt.Sprint("k", i/3), func(c *session.Content) {
			b := &c.Blocks[r.IntN(len(c.Blocks))]
			at := r.IntN(len(b.Text) + 1)
			b.Text = b.Text[:at] + text.Raw(fmt.Sprintf("<%d\x00>", i)) + b.Text[at:]
		})
	}
}

// What is kept is what the desk would go back to, whatever was done between, in
// one process or in two.
func TestStepsAreTheDesks(t *testing.T) {
	first := create(t)
	v := variant(t, first, prompt(t, first, "triage"), "v", "one")
	second := open(t, first.Path(), Options{})
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		seed := rapid.Uint64().Draw(rt, "seed")
		d := session.NewDesk(content("begin"))
		stores := []*Store{first, second}
		for i := range uint64(rapid.IntRange(1, 60).Draw(rt, "deeds")) {
			scribble(d, seed, i)
			s := stores[rapid.IntRange(0, 5).Draw(rt, "who")/5]
			past, future := d.Steps()
			switch rapid.IntRange(0, 5).Draw(rt, "then") {
			case 0: // not every step is kept at once
				continue
			case 1: // it goes on after a restart
				p, f, err := s.Steps(ctx, v.ID)
				must(t, err)
				must(t, s.PutSteps(ctx, v.ID, past, future))
				_, _ = p, f
			default:
				must(t, s.PutSteps(ctx, v.ID, past, future))
			}
			past, future = bounded(past, future)
			p, f, err := stores[rapid.IntRange(0, 1).Draw(rt, "reader")].Steps(ctx, v.ID)
			must(t, err)
			if shown(p) != shown(past) || shown(f) != shown(future) {
				rt.Fatalf("deed %d: kept\n%s---\n%swant\n%s---\n%s", i, shown(p), shown(f), shown(past), shown(future))
			}
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				d = session.Resume(d.Content(), p, f)
			}
		}
	})
}

// A step that is added touches its neighbour's row and no other.
func TestAStepIsCheap(t *testing.T) {
	if testing.Short() {
		t.Skip("large, and alone with its store")
	}
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "one")
	r := rand.New(rand.NewPCG(1, 2))
	big := make([]byte, 500_000)
	for i := range big {
		big[i] = " etaoinshrdlu"[r.IntN(13)]
	}
	now := content(string(big))
	var past []session.Step
	step := func(at int) {
		t.Helper()
		past = append(past, session.Step{What: "type", Content: now})
		now = now.Clone()
		now.Blocks[0].Text = now.Blocks[0].Text[:at] + "x" + now.Blocks[0].Text[at:]
		must(t, s.PutSteps(ctx, v.ID, past, nil))
	}
	for range 250 {
		step(100_000)
	}
	var n, size, largest int
	must(t, s.read.QueryRowContext(ctx, `SELECT count(*), sum(length(content)), max(length(content)) FROM steps`).Scan(&n, &size, &largest))
	if n != stepsMost || size-largest > 200*64 || largest > 500_000 {
		t.Errorf("%d steps in %d bytes, the largest in %d", n, size, largest)
	}
	var before, after int
	must(t, s.write.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&before))
	step(500_000)
	must(t, s.write.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&after))
	if after-before > 4 {
		t.Errorf("a step changed %d rows", after-before)
	}
	must(t, s.write.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&before))
	must(t, s.PutSteps(ctx, v.ID, past, nil))
	must(t, s.write.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&after))
	if after != before {
		t.Errorf("nothing new changed %d rows", after-before)
	}
}

func TestStepsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("large, and alone with its store")
	}
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "one")
	r := rand.New(rand.NewPCG(1, 2))
	noise := func() text.Raw { // no neighbour has anything of it
		b := make([]byte, 6<<20)
		for i := range b {
			b[i] = byte(' ' + r.IntN(90))
		}
		return text.Raw(b)
	}
	var past []session.Step
	for i := range 6 {
		past = append(past, session.Step{What: fmt.Sprint(i), Content: content(string(noise()))})
	}
	must(t, s.PutSteps(ctx, v.ID, past[:4], past[4:]))
	p, f, err := s.Steps(ctx, v.ID)
	must(t, err)
	if len(p) < 2 || len(p) > 3 || shown(p) != shown(past[4-len(p):4]) || len(f) != 0 {
		t.Errorf("%d and %d steps are kept", len(p), len(f))
	}
	must(t, s.PutSteps(ctx, v.ID, past[:3], nil))
	if p, _, err = s.Steps(ctx, v.ID); err != nil || shown(p) != shown(past[3-len(p):3]) || len(p) == 0 {
		t.Errorf("%d steps, %v", len(p), err)
	}
	must(t, s.PutSteps(ctx, v.ID, nil, nil))
	if p, f, err = s.Steps(ctx, v.ID); err != nil || len(p)+len(f) != 0 {
		t.Errorf("%d steps, %v", len(p)+len(f), err)
	}
	if err := s.PutSteps(ctx, v.ID, []session.Step{{Content: content("\xff")}}, nil); err == nil {
		t.Error("a text that is none was kept")
	}
	if err := s.PutSteps(ctx, 99, nil, nil); err == nil {
		t.Error("steps of no variant were kept")
	}
}

func TestDamagedSteps(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "one")
	d := session.NewDesk(content("begin"))
	for i := range 5 {
		d.Edit(fmt.Sprint(i), "", func(c *session.Content) { c.Blocks[0].Text += "x" })
	}
	past, _ := d.Steps()
	must(t, s.PutSteps(ctx, v.ID, past, nil))
	for _, odd := range []string{`x''`, `x'07'`, `x'0044'`, `x'004400000000000000000101'`, `x'0044000000000000000080808080808080808001'`, `x'0044000000000000000001ffffffffffffffffff01'`} {
		_, err := s.write.ExecContext(ctx, `UPDATE steps SET content = `+odd+` WHERE place = 2`)
		must(t, err)
		p, _, err := s.Steps(ctx, v.ID)
		if err == nil || !strings.Contains(err.Error(), "damaged") || shown(p) != shown(past[3:]) {
			t.Errorf("%s: %d steps, %v", odd, len(p), err)
		}
	}
	must(t, s.PutSteps(ctx, v.ID, past[3:], nil)) // what can be read goes on
	if p, _, err := s.Steps(ctx, v.ID); err != nil || shown(p) != shown(past[3:]) {
		t.Errorf("%d steps, %v", len(p), err)
	}
}

// A step of half a megabyte, kept as it is made.
func BenchmarkPutSteps(b *testing.B) {
	s := create(b)
	v := variant(b, s, prompt(b, s, "triage"), "v", "one")
	d := session.NewDesk(content(strings.Repeat("All work and no play makes a long prompt. ", 12_000)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Edit("type", fmt.Sprint(i), func(c *session.Content) { c.Blocks[0].Text = c.Blocks[0].Text[:1000] + "x" + c.Blocks[0].Text[1000:] })
		past, future := d.Steps()
		must(b, s.PutSteps(b.Context(), v.ID, past, future))
	}
}
