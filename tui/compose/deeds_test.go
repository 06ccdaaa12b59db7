package compose

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

func inBubble(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }

func (r *rig) content() session.Content { return r.d.table.Desk.Content() }

func (r *rig) order() string {
	var out []string
	for _, b := range r.content().Blocks {
		n := name(b)
		if b.Off {
			n = "(" + n + ")"
		}
		out = append(out, n)
	}
	return strings.Join(out, " ")
}

func TestBlocks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 120, 37)
		was := r.order()
		for _, step := range []struct{ keys, want string }{
			{"space", "(system) rules shots input (prefill)"},
			{"J", "rules (system) shots input (prefill)"},
			{"D", "rules (system) (system) shots input (prefill)"},
			{"x", "rules (system) shots input (prefill)"},
			{"K", "rules shots (system) input (prefill)"},
		} {
			r.Keys(step.keys)
			if got := r.order(); got != step.want {
				t.Fatalf("after %s: %s, want %s", step.keys, got, step.want)
			}
		}
		r.Keys("u", "u", "u", "u", "u")
		if got := r.order(); got != was {
			t.Errorf("after undo: %s", got)
		}
		if !strings.Contains(r.Said[len(r.Said)-1], "Took back: switching off system") {
			t.Errorf("said %q", r.Said)
		}
		r.Keys("u")
		if r.Said[len(r.Said)-1] != "there is nothing to undo" {
			t.Errorf("said %q", r.Said)
		}
		r.Keys("ctrl+r", "ctrl+r")
		if got := r.order(); got != "rules (system) shots input (prefill)" {
			t.Errorf("after redo: %s", got)
		}
		r.Keys("w", "r", "t")
		r.Type("voice")
		r.Keys("enter")
		b := r.content().Blocks[r.s.at]
		if b.Title != "voice" {
			t.Errorf("%+v", b)
		}
	})
}

func TestAddAndWrite(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		d.table.Lay(laid(session.Content{}, nil, nil))
		r := open(t, d, 80, 21)
		r.Keys("a", "down", "enter") // system is suggested; instructions follow
		if !r.s.Typing() {
			t.Fatal("not writing")
		}
		r.Type("Say hi to u and x.")
		r.Keys("esc", "a", "enter")
		r.Type("Be kind.")
		r.Keys("esc")
		b := r.content().Blocks
		if len(b) != 2 || b[0].Kind != session.KindSystem || b[0].Text != "Be kind." || b[1].Text != "Say hi to u and x." {
			t.Fatalf("%+v", b)
		}
		if got := d.table.Proof().Messages[0].Content; got != "Be kind." {
			t.Errorf("proof %q", got)
		}
		if !strings.Contains(r.Plain(), "Be kind.") {
			t.Error("the proof does not show what was typed")
		}
		r.Keys("u")
		if r.content().Blocks[0].Text != "" {
			t.Error("typing in one visit is not one step")
		}
	})
}

func TestShots(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 80, 21)
		shots := func() string {
			var out []string
			for _, x := range r.content().Blocks[2].Shots {
				out = append(out, x.Name.String())
			}
			return strings.Join(out, " ")
		}
		r.Keys("-", "-", "+")
		if got := shots(); got != "s01 s02 s03 s04" {
			t.Fatalf("%s", got)
		}
		r.Keys("o")
		if o := r.content().Blocks[2].Order; o != "seed:7" {
			t.Errorf("order %q", o)
		}
		r.Keys("O", "l")
		if b := r.content().Blocks[2]; b.Order != "" || b.Layout != session.LayoutTurns {
			t.Errorf("%+v", b)
		}
		r.Keys("v", "space", "down", "down", "down", "down", "down", "space", "enter")
		if got := shots(); got != "s02 s03 s04 s06" {
			t.Errorf("%s", got)
		}
		r.Keys("R")
		if r.Said[len(r.Said)-1] != "the shots and resources are as the bank has them" {
			t.Errorf("said %q", r.Said)
		}
		r.d.table.Shots[1].Output = "changed"
		r.d.table.Touch()
		r.Run(r.s.Enter())
		if !strings.Contains(func() string { r.Keys("down", "down"); return r.Plain() }(), "in the bank, 1 changed") {
			t.Error("a changed shot is not shown")
		}
		r.Keys("R")
		if got := r.content().Blocks[2].Shots[0].Output; got != "changed" {
			t.Errorf("%q", got)
		}
	})
}

func TestCases(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 160, 42)
		r.Keys("]", "down", "down", "down")
		if v := r.Plain(); !strings.Contains(v, "Proof of c02") || !strings.Contains(v, "Where do I find my invoices?") {
			t.Error("the second case is not shown")
		}
		r.Keys("[", "[")
		if r.d.table.CaseAt() != 1 {
			t.Errorf("at %d", r.d.table.CaseAt())
		}
	})
}

func TestFindings(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 80, 21)
		r.Keys("down", "down", "down", "enter")
		r.Type("{{tickt}} ")
		r.Keys("esc", "up", "up", ".")
		if r.s.at != 3 || !r.s.Typing() || r.s.ed.Selection() != "{{tickt}}" {
			t.Errorf("at block %d, selected %q", r.s.at, r.s.ed.Selection())
		}
		r.Keys("esc", "up", "f", "enter")
		if r.s.at != 3 {
			t.Errorf("at block %d", r.s.at)
		}
	})
}

func TestParams(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 80, 21)
		r.Keys("P")
		r.Type("3")
		r.Keys("enter")
		if r.Dialog == nil {
			t.Fatal("a temperature of 3 was taken")
		}
		r.Keys("0", "down")
		for range 1 {
			r.Key(tea.KeyPressMsg{Code: tea.KeyBackspace})
		}
		r.Keys("down")
		r.Type("64")
		r.Keys("down", "down")
		r.Type(`\n\n, END\,`)
		r.Keys("enter")
		p := r.content().Params
		if r.Dialog != nil || *p.Temperature != 0 || p.TopP != nil || p.MaxTokens != 64 || *p.Seed != 1 {
			t.Fatalf("%+v", p)
		}
		if got := fmt.Sprintf("%q", p.Stop); len(p.Stop) != 2 || p.Stop[0] != "\n\n" || p.Stop[1] != " END," {
			t.Errorf("stops %s", got)
		}
		if got := parseStops(stopText(p.Stop)); fmt.Sprint(got) != fmt.Sprint(p.Stop) {
			t.Errorf("%q", got)
		}
	})
}

func TestEditorAndBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		d.edit = func(x text.Raw) Edited { return Edited{Text: x + "more", Changed: true} }
		r := open(t, d, 80, 21)
		r.Keys("E")
		if got := r.content().Blocks[0].Text; !strings.HasSuffix(got.String(), "more") {
			t.Errorf("%q", got)
		}
		d.edit = func(text.Raw) Edited { return Edited{} }
		r.Keys("E")
		d.edit = func(text.Raw) Edited { return Edited{Err: errors.New("vi: exit status 1")} }
		r.Keys("E")
		if n := len(r.Said); n != 2 || r.Said[1] != "vi: exit status 1" {
			t.Errorf("said %q", r.Said)
		}
	})
}

func TestSave(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		r := open(t, d, 80, 21)
		r.Keys("ctrl+s")
		if r.Dialog != nil || r.Said[0] != "Nothing changed since @3" {
			t.Fatalf("said %q", r.Said)
		}
		r.Keys("space", "ctrl+s")
		r.Type("without a system")
		r.Keys("enter")
		if d.table.Dirty() || d.table.Variant.Revision.Number != 4 {
			t.Errorf("dirty %v, revision %d", d.table.Dirty(), d.table.Variant.Revision.Number)
		}
		if !strings.Contains(strings.Join(d.log, "\n"), "save 11 on 113: without a system\ndrop 11") {
			t.Errorf("log %q", d.log)
		}
		if _, ok := r.s.Pending(); ok || r.s.Flush() != nil {
			t.Error("something is left to store")
		}
		r.Keys("space", "S")
		r.Type("bare")
		r.Keys("enter")
		r.Type("one more")
		r.Keys("enter")
		if d.table.Variant.ID != 12 || d.table.Dirty() {
			t.Errorf("%+v", d.table.Variant.Variant)
		}
		r.Keys("u")
		if !d.table.Dirty() {
			t.Error("undo reaches back over a save")
		}
		d.err = errors.New("the disk is full")
		r.Keys("ctrl+s")
		r.Keys("enter")
		if got := r.Said[len(r.Said)-1]; got != "the disk is full" || !d.table.Dirty() {
			t.Errorf("said %q", got)
		}
	})
}

// live runs commands as the program does, beside each other.
type live struct {
	*rig
	msgs chan tea.Msg
}

func (l *live) start(cmd tea.Cmd) {
	if cmd != nil {
		go func() { l.msgs <- cmd() }()
	}
}

func (l *live) pump(d time.Duration) {
	over := time.After(d)
	for {
		select {
		case m := <-l.msgs:
			switch m := m.(type) {
			case tea.BatchMsg:
				for _, c := range m {
					l.start(c)
				}
			case kit.Home:
				l.start(l.s.Update(m))
			}
		case <-over:
			return
		}
	}
}

func TestJournal(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		l := &live{resting(t, d, d.deps()), make(chan tea.Msg)}
		l.Resize(80, 21)
		l.start(l.s.Enter())
		l.pump(2 * time.Second)
		if len(d.log) != 0 {
			t.Fatalf("log %q without a change", d.log)
		}
		l.s.enter()
		for i := range 40 { // four seconds of typing
			l.start(l.s.Update(tuitest.Key("a")))
			l.pump(100 * time.Millisecond)
			d.mu.Lock()
			kept := strings.Count(string(d.drafts[11].Content.JSON()), "a")
			d.mu.Unlock()
			now := strings.Count(string(d.table.Desk.Content().JSON()), "a")
			if i >= 10 && now-kept > 10 {
				t.Fatalf("a kill now would cost %d letters of 10 a second", now-kept)
			}
		}
		l.pump(time.Second)
		if _, ok := l.s.Pending(); ok {
			t.Error("a second after the last key something is unsaved")
		}
		if got := d.drafts[11]; got.BaseID != 113 || got.Content.Hash() != d.table.Desk.Content().Hash() {
			t.Error("the draft is not what is on the table")
		}
		l.s.leave()
		l.start(l.s.undo())
		l.pump(time.Second)
		if len(d.drafts) != 0 {
			t.Error("a draft stays that says what the revision says")
		}
		l.start(l.s.toggle())
		if p, ok := l.s.Pending(); !ok || !p.Content.Blocks[0].Off {
			t.Error("nothing is pending")
		}
		c, bank, cases := sample()
		next := laid(c, bank, cases)
		next.Variant.ID = 99
		d.table.Lay(next)
		l.start(l.s.Enter())
		l.pump(2 * time.Second)
		if got, ok := d.drafts[11]; !ok || !got.Content.Blocks[0].Off {
			t.Error("work on a variant that was left at once is lost")
		}
		if _, ok := d.drafts[99]; ok {
			t.Error("work went to the wrong variant")
		}
	})
}

func TestFailedDraftIsTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		l := &live{resting(t, d, d.deps()), make(chan tea.Msg)}
		l.Resize(80, 21)
		l.start(l.s.Enter())
		d.err = errors.New("the disk is full")
		l.start(l.s.toggle())
		l.pump(3 * time.Second)
		if v := l.Plain(); !strings.Contains(v, "The draft can't be kept: the disk is full") {
			t.Error("the trouble is not shown")
		}
		d.mu.Lock()
		d.err = nil
		d.mu.Unlock()
		l.pump(2 * time.Second)
		if _, ok := d.drafts[11]; !ok || l.s.keep.err != nil {
			t.Error("not tried again")
		}
	})
}

func TestBulkyTextIsComposedElsewhere(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		c, bank, cases := sample()
		c.Blocks[1].Text = long(200 << 10)
		d.table.Lay(laid(c, bank, cases))
		r := open(t, d, 80, 21)
		r.Keys("down", "enter")
		r.Type("Z")
		if v := r.Plain(); !strings.Contains(v, "ZLine 0") || r.s.stale() || !r.s.dirty {
			t.Errorf("stale %v, dirty %v", r.s.stale(), r.s.dirty)
		}
		r.Key(tea.KeyPressMsg{Code: tea.KeyBackspace})
		if r.s.dirty {
			t.Error("dirty although it is the revision again")
		}
	})
}

const evil = text.Raw("x\x1b]52;c;AAAA\a\x9b31m\r\n\u202eevil\u200b\xff\tq")

func hostile() *desk {
	d := newDesk()
	c, bank, cases := sample()
	for i := range c.Blocks {
		c.Blocks[i].Title, c.Blocks[i].Text = evil, evil+c.Blocks[i].Text
	}
	c.Blocks[2].Order = string(evil)
	for i := range bank {
		bank[i].Name, bank[i].Input, bank[i].Output = evil, evil, evil
	}
	c.Blocks[2].Shots = session.CloneShots(bank)
	for i := range cases {
		cases[i].Name, cases[i].Vars[0].Value = evil, evil
	}
	l := laid(c, bank, cases)
	l.Prompt.Name, l.Variant.Name, l.Variant.Revision.Intent = evil, evil, evil
	d.table.Lay(l)
	for i := range d.revs {
		d.revs[i].Intent, d.revs[i].Content = evil, c
	}
	return d
}

func TestEverySize(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		empty := func() *desk {
			d := newDesk()
			d.table.Clear()
			return d
		}
		for _, mk := range []func() *desk{newDesk, hostile, empty} {
			r := open(t, mk(), 80, 21)
			for _, keys := range [][]string{{}, {"down", "enter"}, {"esc", "down"}, {"p"}, {"/", "a"}, {"esc", "esc"}} {
				r.Keys(keys...)
				for _, w := range []int{20, 39, 40, 61, 62, 80, 95, 96, 149, 150, 240} {
					for _, h := range []int{5, 7, 8, 15, 16, 21, 45, 70} {
						r.Resize(w, h)
						r.Plain()
						if c := r.s.Cursor(); c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
							t.Fatalf("cursor at %d,%d of %dx%d", c.X, c.Y, w, h)
						}
					}
				}
			}
		}
	})
}

func TestHostileDialogs(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, key := range []string{"v", "f", "h", "t", "S", "P", "a"} {
			r := open(t, hostile(), 80, 21)
			r.Keys(key)
			if r.Dialog == nil {
				continue
			}
			for range 2 {
				view := r.Dialog.View(78, 20)
				tuitest.Clean(t, "the view", view)
				for _, l := range strings.Split(view, "\n") {
					if kit.Width(l) > 78 {
						t.Errorf("%s: a line of %d cells", key, kit.Width(l))
					}
				}
				if r.Keys("enter"); r.Dialog == nil {
					break
				}
			}
			for _, s := range r.Said {
				tuitest.Clean(t, "the view", s)
			}
		}
	})
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	d := newDesk()
	full := New(d.deps())
	full.Enter()
	for _, s := range []*Screen{New(Deps{Table: &session.Table{}, Styles: themes.Pick("", true).Styles()}), full} {
		seen, ids := map[string]string{}, map[string]bool{}
		for _, a := range s.Actions() {
			for _, k := range a.Key.Keys() {
				if seen[k] != "" {
					t.Errorf("%s and %s share %s", seen[k], a.ID, k)
				}
				seen[k] = a.ID
			}
			if a.Long == "" || a.Do == nil || ids[a.ID] {
				t.Errorf("%s says or does nothing, or stands twice", a.ID)
			}
			ids[a.ID] = true
			a.Off()
		}
		for _, k := range []string{"q", "?", "ctrl+k", "ctrl+t", "ctrl+c"} {
			if seen[k] != "" {
				t.Errorf("%s has taken the root's key %s", seen[k], k)
			}
		}
	}
}

func TestProofHasItsKeys(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 80, 21)
		r.Keys("p", "x", "space")
		if len(r.content().Blocks) != 5 || r.content().Blocks[0].Off || !strings.Contains(r.Said[0], "esc goes back") {
			t.Errorf("a key on the proof changed a block; said %q", r.Said)
		}
		r.Keys("enter")
		if r.Gone.Screen != "proof" {
			t.Errorf("gone to %q", r.Gone.Screen)
		}
		r.Keys("esc", "x")
		if len(r.content().Blocks) != 4 {
			t.Error("the keys are not back on the blocks")
		}
	})
}
