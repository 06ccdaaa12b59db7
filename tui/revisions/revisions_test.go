package revisions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{80, 22}, {160, 43}, {40, 8}}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"tree": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("down", "down")
			return r
		},
		"diff": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("down", "d")
			if h < 10 {
				r.Keys("tab")
			}
			return r
		},
		"contexts": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("down", "down", "down", "down", "space", "up", "up", "f", "tab")
			return r
		},
		"proof": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("p", "tab")
			return r
		},
		"draft": func(w, h int) *rig {
			sh := newShelf()
			c := wordings()[3]
			c.Blocks[0].Text = "You sort the mail."
			sh.lie(&c)
			r := openPage(t, sh, w, h)
			r.Keys("up", "d")
			return r
		},
		"first": func(w, h int) *rig {
			sh := newShelf()
			sh.here.Revisions, sh.here.Outcomes, sh.here.Interns, sh.here.Others = sh.here.Revisions[4:], nil, nil, nil
			sh.here.Variant.Revision = sh.here.Revisions[0]
			r := openPage(t, sh, w, h)
			r.Keys("d")
			return r
		},
		"none": func(w, h int) *rig {
			sh := newShelf()
			sh.here.Revisions = nil
			return openPage(t, sh, w, h)
		},
		"nothing": func(w, h int) *rig {
			return staged(t, newShelf(), w, h)
		},
		"failed": func(w, h int) *rig {
			sh := newShelf()
			sh.err = errors.New("the workspace is locked by another program")
			return openPage(t, sh, w, h)
		},
	}
	tuitest.Goldens(t, sizes, states)
}

func hostile() *shelf {
	sh := newShelf()
	evil := text.Raw("x\x1b]52;c;AAAA\a\x9b31m\r\n\u202eevil\u200b\xff") + text.Raw(strings.Repeat("long-", 200))
	sh.here.Prompt.Name, sh.here.Variant.Name = evil, evil
	for i := range sh.here.Revisions {
		r := &sh.here.Revisions[i]
		r.Intent = evil
		for j := range r.Content.Blocks {
			r.Content.Blocks[j].Title, r.Content.Blocks[j].Text = evil+text.Raw(fmt.Sprint(i)), evil+text.Raw(fmt.Sprint(i))
		}
	}
	sh.here.Case.Name, sh.here.Case.Vars[0].Value = evil, evil
	return sh
}

// many is a variant of five hundred revisions that branch often.
func many() *shelf {
	sh := newShelf()
	w := wordings()
	sh.here.Revisions = nil
	for n := 500; n > 0; n-- {
		r := revision(n, int64(100+max(1, n-1-n%7)), text.Raw(fmt.Sprint("change ", n)), w[n%len(w)])
		if n == 1 {
			r.ParentID = 0
		}
		r.CreatedMS = ago(0)
		sh.here.Revisions = append(sh.here.Revisions, r)
	}
	sh.here.Variant.Revision = sh.here.Revisions[0]
	return sh
}

func TestEverySize(t *testing.T) {
	for _, mk := range []func() *shelf{newShelf, hostile, many, func() *shelf { return &shelf{} }} {
		for _, keys := range [][]string{{}, {"tab"}, {"d"}, {"f", "tab"}, {"p"}, {"end", "d"}, {"down", "space", "down", "d"}} {
			r := openPage(t, mk(), 80, 21)
			r.Keys(keys...)
			for _, w := range []int{20, 39, 60, 80, 119, 120, 160, 240} {
				for _, h := range []int{5, 8, 13, 14, 24, 70} {
					r.Resize(w, h)
					r.Plain()
				}
			}
		}
	}
}

func TestFiveHundred(t *testing.T) {
	r := openPage(t, many(), 80, 22)
	if r.sh.asked > 20 {
		t.Errorf("%d contexts are counted to draw 8 rows", r.sh.asked)
	}
	r.Keys("end")
	if c := r.s.current(); c == nil || c.Revision.Number != 1 {
		t.Fatalf("at %+v", c)
	}
	if v := r.Plain(); !strings.Contains(v, "change 1") || !strings.Contains(v, "500 revisions") {
		t.Errorf("%s", v)
	}
}

func TestGoOnFrom(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.Keys("enter") // the newest, which does not lie on the table
	if ref, ok := r.Gone.Arg.(session.VariantRef); r.Gone.Screen != "compose" || !ok || ref.Variant != "plain" || ref.Revision != 0 {
		t.Errorf("to %q with %v", r.Gone.Screen, r.Gone.Arg)
	}
	r.Keys("down", "enter")
	if a, ok := r.Gone.Arg.(session.Restore); !ok || a.Revision.Number != 4 || a.Of.String() != "triage/plain" {
		t.Errorf("%+v", r.Gone.Arg)
	}
	sh.lie(nil)
	r = openPage(t, sh, 80, 22)
	if r.Keys("enter"); r.Gone.Screen != "compose" || r.Gone.Arg != nil {
		t.Errorf("what lies on the table is laid there again: %v", r.Gone.Arg)
	}
	c := wordings()[1]
	sh.lie(&c)
	r = openPage(t, sh, 80, 22)
	r.Keys("enter") // the newest below a draft
	if a, ok := r.Gone.Arg.(session.Restore); !ok || a.Revision.Number != 5 {
		t.Errorf("below a draft: %+v", r.Gone.Arg)
	}
	r.Gone.Arg = nil
	r.Keys("up", "enter")
	if r.Gone.Screen != "compose" || r.Gone.Arg != nil {
		t.Errorf("the draft: %v", r.Gone.Arg)
	}
}

func TestCompare(t *testing.T) {
	r := openPage(t, newShelf(), 160, 43)
	r.Keys("down", "d")
	if v := r.Plain(); !strings.Contains(v, "wrapper none → xml") || !strings.Contains(v, "temperature unset → 0.2") || !strings.Contains(v, "against @1") {
		t.Errorf("against its parent:\n%s", v)
	}
	r.Keys("down", "space", "up", "up") // @3 marked, @5 in hand
	if v := r.Plain(); !strings.Contains(v, "compared with @3") || !strings.Contains(v, "shot s02: on → off") {
		t.Errorf("against the marked one:\n%s", v)
	}
	r.Keys("V", "enter", "enter")
	if v := r.Plain(); !strings.Contains(v, "against short@2") || !strings.Contains(v, "Examples (shots): added") {
		t.Errorf("against another variant:\n%s", v)
	}
	r.Keys("f")
	if v := r.Plain(); !strings.Contains(v, "final contexts of c01, against short@2") || !strings.Contains(v, "I paid twice.") {
		t.Errorf("final contexts:\n%s", v)
	}
	r.Keys("space", "space", "d") // the mark is taken away
	if v := r.Plain(); !strings.Contains(v, "against @3") || r.s.mark != nil {
		t.Errorf("without a mark:\n%s", v)
	}
	r.Keys("end")
	if v := r.Plain(); !strings.Contains(v, "It goes on from nothing") {
		t.Errorf("the first:\n%s", v)
	}
	if r.Keys("n"); !slices.Contains(r.Said, "nothing is compared: d shows what changed") {
		t.Errorf("said %q", r.Said)
	}
}

func TestSaveAsVariant(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.Keys("down", "S", "s", "h", "o", "r", "t", "enter")
	if r.Dialog == nil {
		t.Fatal("a name that is taken is let through")
	}
	r.Keys("e", "r", "enter")
	if !slices.Contains(sh.log, "save shorter, from plain@4, 3 blocks") || !slices.Contains(r.Said, "Saved as the new variant triage/shorter@1") {
		t.Errorf("%q, said %q", sh.log, r.Said)
	}
	if r.Keys("u"); r.Said[len(r.Said)-1] != "Took back: create variant x" {
		t.Errorf("said %q", r.Said)
	}
}

func TestBack(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.Keys("tab", "esc")
	if r.Gone.Screen != "" || r.s.focus != onList {
		t.Fatal("esc in the text leaves the page")
	}
	r.Keys("esc")
	if ref, ok := r.Gone.Arg.(session.VariantRef); r.Gone.Screen != "library" || !ok || ref.Variant != "plain" {
		t.Errorf("to %q with %v", r.Gone.Screen, r.Gone.Arg)
	}
	sh.lie(nil)
	r = staged(t, sh, 80, 22)
	r.Run(r.s.Open("compose"))
	if r.Keys("esc"); r.Gone.Screen != "compose" {
		t.Errorf("to %q", r.Gone.Screen)
	}
}

// An answer to an older question is dropped, and the cursor stays on its revision
// when others come.
func TestNewest(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.Keys("down", "down")
	late := r.s.reload()
	sh.here.Revisions = append([]session.Revision{revision(6, 105, "newer", wordings()[1])}, sh.here.Revisions...)
	r.Run(r.s.reload())
	if c := r.s.current(); c.Revision.Number != 3 || len(r.s.rows) != 6 {
		t.Fatalf("at @%d of %d", c.Revision.Number, len(r.s.rows))
	}
	sh.here.Revisions = sh.here.Revisions[:2]
	r.Run(late)
	if len(r.s.rows) != 6 {
		t.Error("an older answer replaced a newer")
	}
}

func TestSearchInText(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("tab", "/", "l", "a", "b")
	if !r.s.Typing() {
		t.Fatal("nothing is typed")
	}
	r.Keys("enter", "esc")
	if r.s.Typing() || r.Gone.Screen != "" {
		t.Errorf("typing %v, went to %q", r.s.Typing(), r.Gone.Screen)
	}
}

func TestNoTwoKeys(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	seen := map[string]string{}
	for _, a := range r.s.Actions() {
		for _, k := range a.Key.Keys() {
			if seen[k] != "" {
				t.Errorf("%s is %s and %s", k, seen[k], a.ID)
			}
			seen[k] = a.ID
		}
	}
	var p kit.Page = r.s
	if p.Under() != "Library" {
		t.Error(p.Under())
	}
}
