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
)

var sizes = [][2]int{{80, 22}, {160, 43}, {40, 8}}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"tree": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.keys("down", "down")
			return r
		},
		"diff": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.keys("down", "d")
			if h < 10 {
				r.keys("tab")
			}
			return r
		},
		"contexts": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.keys("down", "down", "down", "down", "space", "up", "up", "f", "tab")
			return r
		},
		"proof": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.keys("p", "tab")
			return r
		},
		"draft": func(w, h int) *rig {
			sh := newShelf()
			c := wordings()[3]
			c.Blocks[0].Text = "You sort the mail."
			sh.lie(&c)
			r := openPage(t, sh, w, h)
			r.keys("up", "d")
			return r
		},
		"first": func(w, h int) *rig {
			sh := newShelf()
			sh.here.Revisions, sh.here.Outcomes, sh.here.Interns, sh.here.Others = sh.here.Revisions[4:], nil, nil, nil
			sh.here.Variant.Revision = sh.here.Revisions[0]
			r := openPage(t, sh, w, h)
			r.keys("d")
			return r
		},
		"none": func(w, h int) *rig {
			sh := newShelf()
			sh.here.Revisions = nil
			return openPage(t, sh, w, h)
		},
		"nothing": func(w, h int) *rig {
			r := &rig{t: t, s: New(newShelf().deps())}
			r.s.Resize(w, h)
			r.run(r.s.Enter())
			return r
		},
		"failed": func(w, h int) *rig {
			sh := newShelf()
			sh.err = errors.New("the workspace is locked by another program")
			return openPage(t, sh, w, h)
		},
	}
	for name, state := range states {
		for _, z := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, z[0], z[1]), func(t *testing.T) {
				r := state(z[0], z[1])
				r.t = t
				r.golden(fmt.Sprintf("%s-%dx%d", name, z[0], z[1]))
			})
		}
	}
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
			r.keys(keys...)
			for _, w := range []int{20, 39, 60, 80, 119, 120, 160, 240} {
				for _, h := range []int{5, 8, 13, 14, 24, 70} {
					r.s.Resize(w, h)
					r.plain()
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
	r.keys("end")
	if c := r.s.current(); c == nil || c.Revision.Number != 1 {
		t.Fatalf("at %+v", c)
	}
	if v := r.plain(); !strings.Contains(v, "change 1") || !strings.Contains(v, "500 revisions") {
		t.Errorf("%s", v)
	}
}

func TestGoOnFrom(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.keys("enter") // the newest, which does not lie on the table
	if ref, ok := r.arg.(session.VariantRef); r.gone != "compose" || !ok || ref.Variant != "plain" || ref.Revision != 0 {
		t.Errorf("to %q with %v", r.gone, r.arg)
	}
	r.keys("down", "enter")
	if a, ok := r.arg.(session.Restore); !ok || a.Revision.Number != 4 || a.Of.String() != "triage/plain" {
		t.Errorf("%+v", r.arg)
	}
	sh.lie(nil)
	r = openPage(t, sh, 80, 22)
	if r.keys("enter"); r.gone != "compose" || r.arg != nil {
		t.Errorf("what lies on the table is laid there again: %v", r.arg)
	}
	c := wordings()[1]
	sh.lie(&c)
	r = openPage(t, sh, 80, 22)
	r.keys("enter") // the newest below a draft
	if a, ok := r.arg.(session.Restore); !ok || a.Revision.Number != 5 {
		t.Errorf("below a draft: %+v", r.arg)
	}
	r.arg = nil
	r.keys("up", "enter")
	if r.gone != "compose" || r.arg != nil {
		t.Errorf("the draft: %v", r.arg)
	}
}

func TestCompare(t *testing.T) {
	r := openPage(t, newShelf(), 160, 43)
	r.keys("down", "d")
	if v := r.plain(); !strings.Contains(v, "wrapper none → xml") || !strings.Contains(v, "temperature unset → 0.2") || !strings.Contains(v, "against @1") {
		t.Errorf("against its parent:\n%s", v)
	}
	r.keys("down", "space", "up", "up") // @3 marked, @5 in hand
	if v := r.plain(); !strings.Contains(v, "compared with @3") || !strings.Contains(v, "shot s02: on → off") {
		t.Errorf("against the marked one:\n%s", v)
	}
	r.keys("V", "enter", "enter")
	if v := r.plain(); !strings.Contains(v, "against short@2") || !strings.Contains(v, "Examples (shots): added") {
		t.Errorf("against another variant:\n%s", v)
	}
	r.keys("f")
	if v := r.plain(); !strings.Contains(v, "final contexts of c01, against short@2") || !strings.Contains(v, "I paid twice.") {
		t.Errorf("final contexts:\n%s", v)
	}
	r.keys("space", "space", "d") // the mark is taken away
	if v := r.plain(); !strings.Contains(v, "against @3") || r.s.mark != nil {
		t.Errorf("without a mark:\n%s", v)
	}
	r.keys("end")
	if v := r.plain(); !strings.Contains(v, "It goes on from nothing") {
		t.Errorf("the first:\n%s", v)
	}
	if r.keys("n"); !slices.Contains(r.said, "nothing is compared: d shows what changed") {
		t.Errorf("said %q", r.said)
	}
}

func TestSaveAsVariant(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.keys("down", "S", "s", "h", "o", "r", "t", "enter")
	if r.dialog == nil {
		t.Fatal("a name that is taken is let through")
	}
	r.keys("e", "r", "enter")
	if !slices.Contains(sh.log, "save shorter, from plain@4, 3 blocks") || !slices.Contains(r.said, "Saved as the new variant triage/shorter@1") {
		t.Errorf("%q, said %q", sh.log, r.said)
	}
	if r.keys("u"); r.said[len(r.said)-1] != "Took back: create variant x" {
		t.Errorf("said %q", r.said)
	}
}

func TestBack(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.keys("tab", "esc")
	if r.gone != "" || r.s.focus != onList {
		t.Fatal("esc in the text leaves the page")
	}
	r.keys("esc")
	if ref, ok := r.arg.(session.VariantRef); r.gone != "library" || !ok || ref.Variant != "plain" {
		t.Errorf("to %q with %v", r.gone, r.arg)
	}
	sh.lie(nil)
	r = &rig{t: t, s: New(sh.deps()), sh: sh}
	r.s.Resize(80, 22)
	r.run(r.s.Enter())
	r.run(r.s.Open("compose"))
	if r.keys("esc"); r.gone != "compose" {
		t.Errorf("to %q", r.gone)
	}
}

// An answer to an older question is dropped, and the cursor stays on its revision
// when others come.
func TestNewest(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.keys("down", "down")
	late := r.s.reload()
	sh.here.Revisions = append([]session.Revision{revision(6, 105, "newer", wordings()[1])}, sh.here.Revisions...)
	r.run(r.s.reload())
	if c := r.s.current(); c.Revision.Number != 3 || len(r.s.rows) != 6 {
		t.Fatalf("at @%d of %d", c.Revision.Number, len(r.s.rows))
	}
	sh.here.Revisions = sh.here.Revisions[:2]
	r.run(late)
	if len(r.s.rows) != 6 {
		t.Error("an older answer replaced a newer")
	}
}

func TestSearchInText(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.keys("tab", "/", "l", "a", "b")
	if !r.s.Typing() {
		t.Fatal("nothing is typed")
	}
	r.keys("enter", "esc")
	if r.s.Typing() || r.gone != "" {
		t.Errorf("typing %v, went to %q", r.s.Typing(), r.gone)
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
