package library

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{78, 21}, {118, 37}, {158, 42}, {40, 7}, {60, 20}}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"prompts": func(w, h int) *rig { return open(t, newShop().deps(), w, h) },
		"variants": func(w, h int) *rig {
			r := open(t, newShop().deps(), w, h)
			r.Keys("tab", "down", "enter")
			return r
		},
		"find": func(w, h int) *rig {
			r := open(t, newShop().deps(), w, h)
			r.Keys("/")
			r.Type("fv")
			return r
		},
		"no-variant": func(w, h int) *rig {
			r := open(t, newShop().deps(), w, h)
			r.Keys("down", "down", "tab")
			return r
		},
		"nothing": func(w, h int) *rig {
			s := newShop()
			s.prompts = nil
			return open(t, s.deps(), w, h)
		},
		"failed": func(w, h int) *rig {
			s := newShop()
			s.err = errors.New("the workspace is locked by another program")
			return open(t, s.deps(), w, h)
		},
	}
	tuitest.Goldens(t, sizes, states)
}

func hostileShop() *shop {
	s := newShop()
	evil := text.Raw("x\x1b]52;c;AAAA\a\x9b31m\r\n\u202eevil\u200b\xff")
	long := text.Raw(strings.Repeat("very-long-name-", 12))
	s.prompts[0].Name, s.prompts[1].Name = evil, long
	s.prompts[0].Guideline = evil + "\n" + long
	for i := range s.variants[1] {
		v := &s.variants[1][i]
		v.Name, v.Revision.Intent, v.Prompt = evil+text.Raw(fmt.Sprint(i)), evil+long, evil
		v.Revision.Content.Blocks[1].Title = evil
		v.Revision.Content.Blocks[0].Text = evil + long
	}
	s.variants[2][0].Name = long
	s.runs[1][0].Prompt = evil
	return s
}

func TestEverySize(t *testing.T) {
	for _, mk := range []func() *shop{newShop, hostileShop, func() *shop { return &shop{} }} {
		r := open(t, mk().deps(), 80, 21)
		for _, keys := range [][]string{{}, {"tab"}, {"enter"}, {"/", "e"}, {"esc", "left", "down"}} {
			r.Keys(keys...)
			for _, w := range []int{20, 39, 40, 69, 70, 80, 119, 160, 240} {
				for _, h := range []int{5, 7, 11, 15, 16, 21, 45, 70} {
					r.Resize(w, h)
					r.Plain()
				}
			}
		}
	}
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	s := New(Deps{Table: &session.Table{}, Styles: themes.Pick("", true).Styles()})
	seen := map[string]string{}
	for _, a := range s.Actions() {
		for _, k := range a.Key.Keys() {
			if seen[k] != "" {
				t.Errorf("%s and %s share %s", seen[k], a.ID, k)
			}
			seen[k] = a.ID
		}
		if a.Long == "" || a.Do == nil {
			t.Errorf("%s says or does nothing", a.ID)
		}
		a.Off()
	}
}

func TestOpen(t *testing.T) {
	shop := newShop()
	d := shop.deps()
	r := open(t, d, 80, 21)
	r.Keys("enter", "down", "down", "enter")
	if r.Gone.Screen != "compose" || d.Table.Variant.Name != "twelve-shot" {
		t.Fatalf("gone to %q with %q on the table", r.Gone.Screen, d.Table.Variant.Name)
	}
	if got := shop.log[len(shop.log)-1]; got != "load triage/twelve-shot" {
		t.Errorf("asked to %s", got)
	}
	d.Table.Desk.Edit("a change", "", func(c *session.Content) { c.Blocks[0].Off = true })
	n := len(shop.log)
	r.Keys("enter")
	if len(shop.log) != n || !d.Table.Dirty() {
		t.Error("what lies on the table with changes was read anew")
	}
}

func TestFindOpens(t *testing.T) {
	d := newShop().deps()
	r := open(t, d, 80, 21)
	r.Keys("/")
	r.Type("trizero")
	if !r.s.Typing() {
		t.Error("not typing")
	}
	for _, a := range r.s.Actions() {
		if a.Show != (a.ID == "library.open") {
			t.Errorf("%s: while letters are typed the footer tells enter and nothing else", a.ID)
		}
	}
	r.Keys("enter")
	if r.Gone.Screen != "compose" || d.Table.Variant.Name != "zero-shot" {
		t.Fatalf("gone to %q with %q on the table", r.Gone.Screen, d.Table.Variant.Name)
	}
	if r.s.Typing() || r.s.finding {
		t.Error("still searching")
	}
}

func TestNewRenameDeleteUndo(t *testing.T) {
	shop := newShop()
	d := shop.deps()
	r := open(t, d, 80, 21)
	r.Keys("n")
	r.Type("bad name")
	r.Keys("enter")
	if r.Dialog == nil {
		t.Fatal("a bad name was taken")
	}
	r.Keys("esc", "n")
	r.Type("summary")
	r.Keys("enter")
	if p := r.s.prompt(); p == nil || p.Name != "summary" {
		t.Fatalf("the cursor is on %+v", p)
	}
	if d.Table.Prompt.Name != "summary" || d.Table.Variant.Name != "first" || r.Gone.Screen != "compose" {
		t.Fatalf("%s/%s is on the table, gone to %q", d.Table.Prompt.Name, d.Table.Variant.Name, r.Gone.Screen)
	}
	r.Keys("tab", "n")
	r.Type("second")
	r.Keys("enter")
	if v := r.s.variant(); v == nil || v.Name != "second" {
		t.Fatalf("the cursor is on %+v", v)
	}
	r.Keys("tab", "r")
	r.Type("digest")
	r.Keys("enter")
	if d.Table.Prompt.Name != "digest" || !strings.Contains(r.Plain(), "digest/first") {
		t.Errorf("the table holds %q", d.Table.Prompt.Name)
	}
	r.Keys("x")
	if r.Dialog == nil || len(r.s.prompts) != 4 {
		t.Fatal("deleted without a question")
	}
	r.Keys("y")
	if len(r.s.prompts) != 3 || d.Table.Open() {
		t.Fatalf("%d prompts, table open %v", len(r.s.prompts), d.Table.Open())
	}
	r.Keys("u")
	if len(r.s.prompts) != 4 || !strings.Contains(strings.Join(r.Said, "\n"), "Took back: delete prompt digest") {
		t.Errorf("%d prompts; said %q", len(r.s.prompts), r.Said)
	}
}

func TestOldAnswersAreDropped(t *testing.T) {
	shop := newShop()
	r := open(t, shop.deps(), 80, 21)
	old := r.s.reload()
	shop.prompts = shop.prompts[:1]
	stale := old()
	r.Run(r.s.reload())
	shop.prompts = nil
	r.Run(r.s.Update(stale))
	if len(r.s.prompts) != 1 {
		t.Errorf("%d prompts", len(r.s.prompts))
	}
}

func TestFailuresAreSaid(t *testing.T) {
	d := newShop().deps()
	d.RenamePrompt = func(context.Context, int64, string) error { return errors.New("the disk is full") }
	r := open(t, d, 80, 21)
	r.Keys("r")
	r.Type("other")
	r.Keys("enter")
	if len(r.Said) != 1 || r.Said[0] != "the disk is full" {
		t.Errorf("said %q", r.Said)
	}
}

func TestUndoReachesTheTable(t *testing.T) {
	shop := newShop()
	d := shop.deps()
	r := open(t, d, 80, 21)
	r.Keys("enter", "enter")
	shop.gone = shop.prompts[1:2]
	shop.variants[1][0].Name = "six-shot"
	r.Keys("u")
	if d.Table.Variant.Name != "six-shot" {
		t.Errorf("the table says %q", d.Table.Variant.Name)
	}
	d.Table.Desk.Edit("a change", "", func(c *session.Content) { c.Blocks[0].Off = true })
	shop.gone = shop.prompts[1:2]
	shop.variants[1][0].Name = "seven-shot"
	r.Keys("u")
	if d.Table.Variant.Name != "seven-shot" || !d.Table.Dirty() {
		t.Errorf("the table says %q", d.Table.Variant.Name)
	}
}

func TestMouse(t *testing.T) {
	d := newShop().deps()
	r := open(t, d, 80, 21)
	r.Run(r.s.Update(tea.MouseClickMsg{X: 5, Y: 2, Button: tea.MouseLeft}))
	if p := r.s.prompt(); p.Name != "reply" {
		t.Errorf("on %q", p.Name)
	}
	r.Run(r.s.Update(tea.MouseClickMsg{X: 5, Y: 1, Button: tea.MouseLeft}))
	r.Run(r.s.Update(tea.MouseClickMsg{X: 40, Y: 4, Button: tea.MouseLeft}))
	if v := r.s.variant(); v == nil || v.Name != "twelve-shot" || r.s.focus != onVariants {
		t.Errorf("on %+v", v)
	}
}
