package compose

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
)

func (r *rig) tabs(n int) {
	for range n {
		r.Key(tea.KeyPressMsg{Code: tea.KeyTab})
	}
}

func TestChoiceOfShots(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, stocked(), 100, 30)
		r.Keys("down", "down", "down", "c")
		r.Keys("right", "right", "right") // nearest
		r.tabs(1)
		r.Type("3")
		view := clean(r.Dialog.View(100, 30))
		if !strings.Contains(view, "3 of 8 stand for c01") || !strings.Contains(view, "3 shots: examples show a form from about 5 on") {
			t.Fatalf("the form does not say what it comes to:\n%s", view)
		}
		r.tabs(3)
		r.Type("s08")
		r.tabs(1)
		r.Type("s02, s99")
		if view = clean(r.Dialog.View(100, 30)); !strings.Contains(view, "! the block holds no shot s99") {
			t.Errorf("nothing says that there is no such shot:\n%s", view)
		}
		r.Keys("enter")
		if r.Dialog == nil {
			t.Fatal("a wrong form was taken")
		}
		r.Type("s02") // what was wrong is selected
		r.Keys("enter")
		b := r.content().Blocks[3]
		if b.Pick == nil || *b.Pick != (session.Pick{How: session.PickNearest, N: 3}) {
			t.Fatalf("the choice is %+v", b.Pick)
		}
		if b.Shots[7].Pin != session.PinFirst || b.Shots[1].Pin != session.PinLast {
			t.Errorf("pins %q, %q", b.Shots[7].Pin, b.Shots[1].Pin)
		}
		up, ok := r.s.standing(3)
		if !ok || len(up) != 3 || up[0].item != 7 || up[2].item != 1 {
			t.Errorf("standing %+v", up)
		}
		if view = r.Plain(); !strings.Contains(view, "1⤒s08") || !strings.Contains(view, "3⤓s02") || !strings.Contains(view, "5 more in the block, not for this case") {
			t.Errorf("the block shows\n%s", view)
		}
		r.Keys("u")
		if b = r.content().Blocks[3]; b.Pick != nil || b.Shots[7].Pin != "" {
			t.Error("one undo does not take the choice back")
		}
	})
}

// A block that took nothing of the bank says what comes first.
func TestChoiceOfNothing(t *testing.T) {
	for kind, want := range map[session.Kind]string{session.KindShots: "no shot yet", session.KindResources: "no resource yet"} {
		if said, _ := tell(session.Block{Kind: kind, Pick: &session.Pick{How: session.PickNearest, N: 3}}, session.Case{Name: "c1"}, nil); !strings.Contains(said, want) || !strings.Contains(said, "v takes some of it") {
			t.Errorf("said %q", said)
		}
	}
}

func TestChoiceTellsWhatHasNone(t *testing.T) {
	d := stocked()
	b := d.table.Desk.Content().Blocks[3]
	b.Pick = &session.Pick{How: session.PickSpread, N: 5, By: "label"}
	said, warned := tell(b, d.table.Case(), d.table.Cases)
	all := strings.Join(warned, "\n")
	if !strings.HasPrefix(said, "5 of 8 stand for c01: ") {
		t.Errorf("said %q", said)
	}
	if !strings.Contains(all, "No shot of ") || !strings.Contains(all, " stands: take more, or pin one.") || strings.Contains(all, "billing") {
		t.Errorf("warned of %q", all)
	}
	b.Pick.N = 8
	if _, warned = tell(b, d.table.Case(), d.table.Cases); len(warned) != 0 {
		t.Errorf("with all there is to be wary of %q", warned)
	}
}

// What cases want and no shot gives is told from the cases, whichever way shots are
// chosen.
func TestChoiceTellsWhatCasesWant(t *testing.T) {
	d := stocked()
	b := d.table.Desk.Content().Blocks[3]
	cases := slices.Clone(d.table.Cases)
	for _, w := range []text.Raw{"print", "print", "legal"} {
		cases = append(cases, session.Case{Name: "x", Wanted: &w})
	}
	for how, want := range map[session.PickHow]string{
		session.PickFirst:   "No shot here answers print (wanted by 2 of 5 cases), legal (1): ",
		session.PickNearest: "No shot here answers legal (wanted by 1 of 5 cases): ", // another shot for each case
	} {
		b.Pick = &session.Pick{How: how, N: 2}
		_, warned := tell(b, d.table.Case(), cases)
		if all := strings.Join(warned, "\n"); !strings.Contains(all, want) {
			t.Errorf("%s: warned of %q, want %q", how, all, want)
		}
	}
	b.Pick = &session.Pick{How: session.PickSpread, N: 2, By: "label"}
	if _, warned := tell(b, d.table.Case(), cases); strings.Count(strings.Join(warned, "\n"), "print") != 1 {
		t.Errorf("print is told not once: %q", warned)
	}
}

func TestChoiceOfResources(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, stocked(), 170, 40)
		r.Keys("down", "down")
		if view := r.Plain(); !strings.Contains(view, "handbook.md#2") || !strings.Contains(view, "shares redeem") {
			t.Errorf("the block does not say what stands and why:\n%s", view)
		}
		r.Keys("+")
		if got := len(r.content().Blocks[2].Resources); got != 4 {
			t.Fatalf("%d resources", got)
		}
		r.Keys("v", "space", "enter")
		if res := r.content().Blocks[2].Resources; len(res) != 3 || res[0].Name != "handbook.md#2" || res[0].Text == "" {
			t.Fatalf("%+v", res)
		}
		r.Keys("c")
		r.tabs(5)
		r.Type("20")
		r.tabs(1)
		r.Keys("right", "enter")
		p := r.content().Blocks[2].Pick
		if p == nil || *p != (session.Pick{How: session.PickNearest, N: 2, Limit: 20, Cut: true}) {
			t.Fatalf("%+v", p)
		}
		r.Keys("c", "right", "right", "enter")
		if r.Dialog == nil || !strings.Contains(clean(r.Dialog.View(100, 30)), "name the variable") {
			t.Fatal("a list of the case's without its variable was taken")
		}
		r.Type("ticket")
		r.Keys("enter")
		if p = r.content().Blocks[2].Pick; p.How != session.PickColumn || p.Column != "ticket" {
			t.Errorf("%+v", p)
		}
		if view := r.Plain(); !strings.Contains(view, "a list of the case's own") || !strings.Contains(view, "of {{ticket}}") {
			t.Errorf("the block shows\n%s", view)
		}
		r.d.table.Resources[1].Text = "changed"
		r.d.table.Resources[1].Hash = session.Hash([]byte("changed"))
		r.d.table.Touch()
		r.Run(r.s.Enter())
		r.Keys("R")
		if got := r.content().Blocks[2].Resources[0].Text; got != "changed" {
			t.Errorf("refreshed to %q, said %q", got, r.Said)
		}
	})
}

// A block may choose from all of the bank: it takes copies of all, says so, and takes
// in what is new there when it is told to.
func TestChoiceOfTheBank(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, stocked(), 170, 40)
		r.Keys("down", "down")
		if view := r.Plain(); !strings.Contains(view, "2 nearest of these 3 (bank 4)") {
			t.Errorf("of what is chosen is not said:\n%s", view)
		}
		r.Keys("c")
		r.tabs(2)
		r.Keys("right")
		if view := clean(r.Dialog.View(100, 30)); !strings.Contains(view, "all 4 of the bank") || !strings.Contains(view, "2 of 4 in the bank stand for c01") {
			t.Errorf("the form shows\n%s", view)
		}
		r.Keys("enter")
		b := r.content().Blocks[2]
		if len(b.Resources) != 4 || !b.OfBank() || b.Pick.How != session.PickNearest || b.Pick.N != 2 {
			t.Fatalf("%d resources, %+v", len(b.Resources), b.Pick)
		}
		if view := r.Plain(); !strings.Contains(view, "2 nearest of 4 in the bank") || !strings.Contains(view, "2 more in the bank, not for this case") {
			t.Errorf("the block shows\n%s", view)
		}
		tab := r.d.table
		tab.Resources = append(tab.Resources, session.Resource{UID: "new", Name: "new.md", Text: "A voucher is for one order.", Hash: session.Hash([]byte("A voucher is for one order."))})
		tab.Resources[0].Off = true
		tab.Touch()
		r.Run(r.s.Enter())
		if view := r.Plain(); !strings.Contains(view, "2 nearest of 4 in the bank, 1 new, 1 gone") {
			t.Errorf("what is new is not said:\n%s", view)
		}
		r.Keys("+")
		if len(r.content().Blocks[2].Resources) != 4 || !strings.Contains(strings.Join(r.Said, "\n"), "R takes in what is new") {
			t.Errorf("+ said %q", r.Said)
		}
		r.Keys("R")
		b = r.content().Blocks[2]
		if len(b.Resources) != 4 || b.Resources[3].Name != "new.md" || !b.OfBank() {
			t.Fatalf("R took %+v", b.Resources)
		}
		r.Keys("-")
		if b = r.content().Blocks[2]; b.OfBank() || len(b.Resources) != 3 || b.Pick.N != 2 {
			t.Errorf("one fewer is no longer all: %+v", b.Pick)
		}
		r.Keys("u", "u", "u")
		if b = r.content().Blocks[2]; b.OfBank() || len(b.Resources) != 3 {
			t.Errorf("undo leaves %d, %+v", len(b.Resources), b.Pick)
		}
	})
}

func TestItemTemplate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, stocked(), 100, 40)
		r.Keys("down", "down", "down", "w", "i") // the wrapper becomes Markdown
		r.Type("Q")
		r.Key(tea.KeyPressMsg{Code: tea.KeyEnter})
		r.Type("{{output}}!")
		r.tabs(1)
		r.Type(`\n--\n`)
		view := clean(r.Dialog.View(100, 40))
		if !strings.Contains(view, "billing!") || !strings.Contains(view, "shipping!") || !strings.Contains(view, "--") {
			t.Fatalf("no sample of what was written:\n%s", view)
		}
		r.Keys("enter")
		b := r.content().Blocks[3]
		if b.Item != "Q\n{{output}}!" || b.Between == nil || *b.Between != "\n--\n" {
			t.Fatalf("%q, %v", b.Item, b.Between)
		}
		r.Keys("i")
		r.tabs(1)
		r.Type(`\0`)
		r.Key(tea.KeyPressMsg{Code: 's', Mod: tea.ModCtrl})
		if b = r.content().Blocks[3]; b.Between == nil || *b.Between != "" {
			t.Errorf("nothing between is %v", b.Between)
		}
		for _, x := range []text.Raw{"", "\n", `\n`, "a\t\\b", `\0`, "\r\n"} {
			if got := unescape.Replace(escape(x)); got != string(x) {
				t.Errorf("%q is written %q and read %q", x, escape(x), got)
			}
		}
	})
}

func TestScaffolds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := open(t, newDesk(), 100, 30)
		n := len(r.content().Blocks)
		r.Keys("down", "s", "2")
		b := r.content().Blocks
		if len(b) != n+1 || b[2].Title != session.Scaffolds()[1].Block.Title || b[2].Text == "" || b[2].UID == "" || r.s.at != 2 {
			t.Fatalf("%d blocks, the third is %+v", len(b), b[2])
		}
		r.Keys("s", "4", "u", "u")
		if len(r.content().Blocks) != n {
			t.Error("undo does not take them back")
		}
	})
}

func TestTwins(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		d.made = []session.VariantInfo{{Variant: session.Variant{ID: 77, Name: "five-shot-markdown"}}} // the name is taken
		r := open(t, d, 100, 30)
		r.Keys("T")
		var names []string
		for _, v := range d.made[1:] {
			names = append(names, string(v.Name))
		}
		if !slices.Equal(names, []string{"five-shot-xml", "five-shot-markdown-2", "five-shot-json"}) {
			t.Fatalf("made %q, said %q", names, r.Said)
		}
		for _, v := range d.made[1:] {
			for _, b := range v.Revision.Content.Blocks {
				if b.Kind == session.KindInput && !strings.HasSuffix(string(v.Name), string(b.Wrap)) && b.Wrap != session.WrapMarkdown {
					t.Errorf("%s wraps the input in %s", v.Name, b.Wrap)
				}
			}
		}
		view := clean(r.Dialog.View(100, 30))
		if !strings.Contains(view, "Made five-shot-xml, five-shot-markdown-2, five-shot-json") {
			t.Errorf("said\n%s", view)
		}
		r.Keys("enter")
		ids, _ := r.Gone.Arg.([]int64)
		if r.Gone.Screen != "bench" || !slices.Equal(ids, []int64{11, 13, 14, 15}) {
			t.Errorf("gone to %s with %v", r.Gone.Screen, r.Gone.Arg)
		}
		if n := strings.Count(strings.Join(d.log, "\n"), "variants at once"); n != 1 {
			t.Errorf("%d edits for one key", n)
		}
		r.Keys("T")
		if len(d.made) != 4 || !strings.Contains(clean(r.Dialog.View(100, 30)), "were there already") {
			t.Error("twins that are there are made again")
		}
	})
}

// One twin that is missing is made alone; where it can't be kept nothing is, and
// that is said.
func TestTwinsThatAreMissing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d := newDesk()
		for i, w := range []session.Wrap{session.WrapXML, session.WrapJSON} {
			c := d.table.Desk.Content().Twin(w)
			d.made = append(d.made, session.VariantInfo{Variant: session.Variant{ID: int64(80 + i), Name: text.Raw("own-" + string(w))}, Revision: session.Revision{Hash: c.Hash()}})
		}
		r := open(t, d, 100, 30)
		r.Keys("T")
		if len(d.made) != 3 || d.made[2].Name != "five-shot-markdown" || !strings.Contains(clean(r.Dialog.View(100, 30)), "Made five-shot-markdown; in Library u takes it back.") {
			t.Fatalf("made %d\n%s", len(d.made), clean(r.Dialog.View(100, 30)))
		}
		d = newDesk()
		r = open(t, d, 100, 30)
		d.err = errors.New("disk full")
		r.Keys("T")
		if r.Dialog != nil || len(d.made) != 0 || !strings.Contains(strings.Join(r.Said, "\n"), "disk full") {
			t.Errorf("made %d, said %q", len(d.made), r.Said)
		}
	})
}

// Every field of every form can be gone through with hostile words at any size.
func TestFormsEverySize(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, mk := range []func() *desk{stocked, hostile} {
			for _, key := range []string{"c", "i", "s"} {
				r := open(t, mk(), 80, 21)
				i := slices.IndexFunc(r.s.blocks(), func(b session.Block) bool { return holds(b.Kind) })
				r.s.choose(i)
				r.Keys(key)
				if r.Dialog == nil {
					t.Fatalf("%s opens nothing: %q", key, r.Said)
				}
				for k := range 8 {
					if _, ok := r.Dialog.(*sheet); ok {
						r.tabs(1)
						r.Keys("right", "x")
						r.Run(func() tea.Cmd {
							_, cmd := r.Dialog.Update(tea.PasteMsg{Content: "\x1b]0;x\x07日本\u202e\xff"})
							return cmd
						}())
					}
					for w := 20; w < 180; w += 20 {
						for h := 5 + k%3; h < 50; h += 9 {
							sized(t, r.Dialog.View(w, h), w, h)
							if d, ok := r.Dialog.(*sheet); ok {
								if c := d.Cursor(); c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
									t.Fatalf("the cursor is at %d,%d of %dx%d", c.X, c.Y, w, h)
								}
							}
						}
					}
				}
			}
		}
	})
}
