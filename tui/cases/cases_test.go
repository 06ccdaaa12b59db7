package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{80, 22}, {118, 37}, {160, 43}, {40, 8}, {60, 16}}

func fileOf(m Mapping) (Preview, error) {
	p := Preview{File: "cases.csv", Format: "csv", Rows: 42, Columns: []Column{
		{Name: "id", Becomes: "name"}, {Name: "question", Becomes: "question", Var: true}, {Name: "label", Becomes: "label", Var: true}, {Name: "notes", Becomes: "notes", Var: true},
	}}
	for i := range p.Columns {
		c := &p.Columns[i]
		for to, column := range m.Map {
			if column == string(c.Name) {
				c.Becomes, c.Var = to, !slices.Contains([]string{"name", "wanted", "tags", "split"}, to)
			}
		}
		if slices.Contains(m.Leave, string(c.Name)) {
			c.Becomes, c.Var = "", false
		}
	}
	values := [][]string{{"q1", "I was charged twice.", "billing", "from\nMonday"}, {"q2", "It crashes.", "bug", ""}, {"q3", "Hello?", "other", "–"}}
	for _, row := range values {
		var x session.Case
		x.Split = session.SplitDev
		for i, c := range p.Columns {
			v := text.Raw(row[i])
			switch {
			case c.Var:
				x.Vars = append(x.Vars, session.Var{Name: text.Raw(c.Becomes), Value: v})
			case c.Becomes == "name":
				x.Name = v
			case c.Becomes == "wanted":
				x.Wanted = &v
			}
		}
		p.Sample = append(p.Sample, x)
	}
	if m.Map["wanted"] == "" {
		p.Notes = []string{"no column is the wanted answer, so that nothing can be graded; --map wanted=COLUMN says which is"}
	}
	return p, nil
}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"grid": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("down", "space", "right", "right", "right")
			r.Keys("up")
			return r
		},
		"wanted": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("down", "down", "down", "down", "right", "right", "right", "right", "right")
			return r
		},
		"edit": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("down", "right", "right", "right", "enter")
			return r
		},
		"form": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("n")
			r.Type("Where is my book?")
			return r
		},
		"find": func(w, h int) *rig {
			r := openPage(t, newShelf(), w, h)
			r.Keys("/")
			r.Type("charged")
			return r
		},
		"chain": func(w, h int) *rig {
			r := openPage(t, chained(), w, h)
			r.Keys("end", "right", "right", "right")
			return r
		},
		"gone": func(w, h int) *rig {
			sh := chained()
			sh.here.Bindings[0].Gone, sh.here.Cases = "r7 was deleted", sh.here.Cases[:7]
			return openPage(t, sh, w, h)
		},
		"mapping": func(w, h int) *rig {
			sh := newShelf()
			sh.preview = fileOf
			r := openPage(t, sh, w, h)
			r.Keys("i")
			r.Type("cases.csv")
			r.Keys("enter", "down")
			return r
		},
		"empty": func(w, h int) *rig {
			sh := newShelf()
			sh.here.Cases, sh.here.Looks = nil, session.Looks{}
			return openPage(t, sh, w, h)
		},
		"no-prompt": func(w, h int) *rig {
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
	sh := chained()
	evil := text.Raw("x\x1b]52;c;AAAA\a\x9b31m\r\n\u202eevil\u200b\xff")
	long := text.Raw(strings.Repeat("very-long-name-", 40))
	sh.here.Prompt.Name = evil
	sh.here.Asked = []string{string(evil), "ticket"}
	sh.here.Bindings[0].From, sh.here.Bindings[0].Contestant.Model = evil, string(long)
	for i := range sh.here.Cases {
		c := &sh.here.Cases[i]
		c.Tags = []text.Raw{evil, long}
		c.Vars = append(c.Vars, session.Var{Name: evil, Value: evil + long}, session.Var{Name: long, Value: long})
		w := evil + "\n" + long
		c.Wanted = &w
		if c.Borrowed != "" {
			c.Borrowed = evil
		}
	}
	sh.preview = fileOf
	return sh
}

func TestEverySize(t *testing.T) {
	for _, mk := range []func() *shelf{newShelf, hostile, func() *shelf { return &shelf{} }} {
		for _, keys := range [][]string{{}, {"right", "right", "right"}, {"down", "right", "right", "right", "enter"}, {"n", "tab", "tab"}, {"/", "e"}, {"end"}, {"i", "x", "enter", "down"}} {
			r := openPage(t, mk(), 80, 21)
			r.Keys(keys...)
			r.Dialog = nil
			for _, w := range []int{20, 39, 40, 69, 80, 119, 160, 240} {
				for _, h := range []int{5, 7, 11, 14, 16, 21, 45, 70} {
					r.Resize(w, h)
					r.Front()
					r.s.Cursor()
				}
			}
		}
	}
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	s := New(Deps{Table: &session.Table{}, Styles: themes.Pick("", true).Styles()})
	for _, acts := range [][]kit.Action{s.gridActions(), s.cellActions(), s.formActions(), s.mappingActions()} {
		seen := map[string]string{}
		for _, a := range acts {
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
}

func TestEditACell(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("right", "right", "right", "enter")
	if !r.s.Typing() || r.s.cell.ed.Value() != r.kase("c01").Vars[0].Value {
		t.Fatal("the cell is not being written")
	}
	r.Keys("ctrl+a", "a", "alt+enter", "b", "enter")
	if v, _ := r.kase("c01").Lookup("ticket"); v != "a\nb" {
		t.Errorf("kept %q", v)
	}
	if r.s.Typing() {
		t.Error("still writing")
	}
	r.Keys("u")
	if v, _ := r.kase("c01").Lookup("ticket"); !strings.HasPrefix(string(v), "I was charged") {
		t.Errorf("undone to %q", v)
	}
	// What is not kept is asked about once.
	r.Keys("enter", "z", "esc")
	if !r.s.Typing() {
		t.Error("left without a word")
	}
	r.Keys("esc")
	if r.s.Typing() || len(r.sh.before) != 0 {
		t.Error("not left, or written")
	}
	// tab keeps and goes on: a value that is not there is made.
	r.Keys("down", "down", "down", "enter", "x", "tab", "d", "e", "enter")
	c := r.kase("c04")
	if a, _ := c.Lookup("ticket"); a != "x" {
		t.Errorf("ticket is %q", a)
	}
	if b, ok := c.Lookup("lang"); !ok || b != "de" {
		t.Errorf("lang is %q", b)
	}
}

func TestWantedNilAndEmpty(t *testing.T) {
	r := openPage(t, newShelf(), 120, 30)
	r.Keys("right", "right", "right", "right", "right") // wanted
	r.Keys("down", "down", "down", "enter", "ctrl+d")   // c04: an empty answer
	if w := r.kase("c04").Wanted; w == nil || *w != "" {
		t.Errorf("an empty answer that was kept is %v", w)
	}
	if !strings.Contains(r.Front(), "an empty answer") {
		t.Error("an empty answer is not told")
	}
	r.Keys("c")
	if w := r.kase("c04").Wanted; w != nil {
		t.Errorf("cleared, it is %q", *w)
	}
	r.Keys("u")
	if w := r.kase("c04").Wanted; w == nil {
		t.Error("undo does not bring the empty answer back")
	}
	r.Keys("left", "c")
	if _, ok := r.kase("c04").Lookup("lang"); ok {
		t.Error("the variable is still there")
	}
}

func TestMarkTagSplitDelete(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("space", "space", "t")
	r.Type("new, -easy")
	r.Keys("enter")
	for _, n := range []text.Raw{"c01", "c02"} {
		if c := r.kase(n); !slices.Equal(c.Tags, []text.Raw{"new"}) {
			t.Errorf("%s has %v", n, c.Tags)
		}
	}
	if len(r.sh.before) != 1 {
		t.Errorf("%d edits", len(r.sh.before))
	}
	r.Keys("s", "enter")
	if r.kase("c01").Split != session.SplitHoldout || r.kase("c02").Split != session.SplitHoldout || r.kase("c04").Split != session.SplitDev {
		t.Error("the marked ones are not in the holdout")
	}
	r.Keys("x")
	if r.Dialog == nil || len(r.sh.here.Cases) != 7 {
		t.Fatal("deleted without a question")
	}
	r.Keys("y")
	if len(r.sh.here.Cases) != 5 || len(r.s.rows.marked) != 0 {
		t.Errorf("%d cases, %d marks", len(r.sh.here.Cases), len(r.s.rows.marked))
	}
	r.Keys("u")
	if len(r.sh.here.Cases) != 7 {
		t.Error("undo brings nothing back")
	}
	// The split under the cursor changes over at once, name and tags are asked for.
	r.Keys("home", "right", "enter")
	if r.kase("c01").Split != session.SplitDev {
		t.Error("the split did not change over")
	}
	r.Keys("right", "enter")
	r.Type("a, b")
	r.Keys("enter", "r")
	r.Type("first")
	r.Keys("enter")
	if c := r.kase("first"); !slices.Equal(c.Tags, []text.Raw{"a", "b"}) || c.ID != 1 || r.s.current().Name != "first" {
		t.Errorf("%+v", c)
	}
	r.Keys("r")
	r.Type("c02")
	r.Keys("enter")
	if r.Dialog == nil {
		t.Error("a name was given twice")
	}
}

func TestDraw(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("s", "down", "down", "enter")
	r.Type("50% 7")
	r.Keys("enter")
	n := 0
	for i, in := range session.DrawHoldout(r.sh.here.Cases, 0.5, 7) {
		if in != (r.sh.here.Cases[i].Split == session.SplitHoldout) {
			t.Errorf("%s is in %s", r.sh.here.Cases[i].Name, r.sh.here.Cases[i].Split)
		}
		if in {
			n++
		}
	}
	r.Heard(fmt.Sprintf("%d cases drawn into the holdout by seed 7", n))
	for in, ok := range map[string]bool{"30% 1": true, "0.3": true, "": false, "x": false, "30% x": false, "130%": false, "NaN": false, "1 2 3": false} {
		if _, _, why := readDraw(text.Raw(in)); (why == "") != ok {
			t.Errorf("%q: %q", in, why)
		}
	}
}

func TestSearchAndFilter(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("/")
	r.Type("PAR")
	if len(r.s.rows.shown) != 1 || r.s.current().Name != "c03" {
		t.Fatalf("%d shown", len(r.s.rows.shown))
	}
	r.Keys("backspace", "backspace", "backspace")
	if len(r.s.rows.shown) != 7 {
		t.Errorf("%d shown after the letters went", len(r.s.rows.shown))
	}
	r.Type("easy")
	r.Keys("enter")
	if r.s.Typing() || len(r.s.rows.shown) != 4 {
		t.Errorf("%d are easy", len(r.s.rows.shown))
	}
	r.Keys("A", "F", "down", "enter") // dev
	if len(r.s.rows.shown) != 4 || len(r.s.rows.marked) != 4 {
		t.Errorf("%d shown, %d marked", len(r.s.rows.shown), len(r.s.rows.marked))
	}
	r.Keys("F", "down", "enter") // holdout, and easy
	if len(r.s.rows.shown) != 0 || !strings.Contains(r.Front(), "no case fits") {
		t.Errorf("%d shown", len(r.s.rows.shown))
	}
	// What is made new is seen, whatever was searched for.
	r.Keys("n")
	r.Type("hello")
	r.Keys("ctrl+s")
	if c := r.s.current(); c == nil || c.Name != "c101" {
		t.Errorf("the cursor is on %v", c)
	}
}

func TestNewCase(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("n", "ctrl+s")
	if r.s.form == nil || r.s.form.err == "" || len(r.sh.here.Cases) != 7 {
		t.Fatal("a case without a value was made")
	}
	r.Type("a")
	r.Keys("alt+enter")
	r.Type("b")
	r.Keys("tab")
	r.Type("fr")
	r.Keys("tab", "ctrl+d", "tab")
	r.Type("x, y")
	r.Keys("tab")
	r.Type("sometimes")
	r.Keys("ctrl+s")
	if r.s.form == nil || r.s.form.err != "split is dev or holdout" {
		t.Fatal("a split that is none was taken")
	}
	r.Keys("ctrl+a")
	r.Type("holdout")
	r.Keys("ctrl+s")
	c := r.sh.here.Cases[7]
	want := session.Case{ID: 101, Name: "c101", Vars: []session.Var{{Name: "ticket", Value: "a\nb"}, {Name: "lang", Value: "fr"}}, Wanted: raw(""), Tags: []text.Raw{"x", "y"}, Split: session.SplitHoldout}
	if fmt.Sprintf("%+v", c.Vars) != fmt.Sprintf("%+v", want.Vars) || c.Name != want.Name || c.Wanted == nil || *c.Wanted != "" || !slices.Equal(c.Tags, want.Tags) || c.Split != want.Split {
		t.Errorf("made %+v", c)
	}
	r.Keys("n", "z", "esc")
	if r.s.form == nil {
		t.Error("left without a word")
	}
	r.Keys("esc")
	if r.s.form != nil || r.s.Typing() {
		t.Error("not left")
	}
}

func TestCrossProduct(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("*")
	r.Type("lang = de, en * tone = formal, warm")
	r.Keys("enter")
	if r.Dialog == nil || !strings.Contains(r.Dialog.Title(), "Make 4 cases?") || len(r.sh.here.Cases) != 7 {
		t.Fatal("the number is not said before")
	}
	r.Keys("y")
	if len(r.sh.here.Cases) != 11 || r.sh.here.Cases[8].Name != "de-warm" || len(r.sh.before) != 1 {
		t.Errorf("%d cases", len(r.sh.here.Cases))
	}
	r.Keys("*")
	r.Type("a = x × a = y")
	r.Keys("enter")
	if _, ok := r.Dialog.(*kit.Prompt); !ok {
		t.Error("a variable that stands twice was taken")
	}
}

func TestMapping(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 100, 30)
	r.Keys("i")
	r.Type("none.csv")
	r.Keys("enter")
	r.Heard("there is no file none.csv")
	if r.s.brings != nil || r.s.mode != onGrid {
		t.Fatal("a file that is not there is being mapped")
	}
	sh.preview = fileOf
	r.Keys("i")
	r.Type("cases.csv")
	r.Keys("enter")
	// question becomes the variable ticket, label the wanted answer, notes stay away.
	r.Keys("down", "enter", "home", "down", "down", "down", "down", "enter")
	r.Keys("down", "enter")
	r.Dialog.View(76, 20)
	r.Keys("home", "down", "enter")
	r.Keys("down", "space")
	if strings.Contains(r.Front(), "nothing can be graded") {
		t.Error("the note stands though a column is wanted now")
	}
	r.Keys("ctrl+s")
	if got := sh.log[len(sh.log)-1]; got != "import cases.csv map[name:id ticket:question wanted:label] [notes]" {
		t.Errorf("asked for %s", got)
	}
	r.Heard("Imported 3 cases")
	sh.preview = func(Mapping) (Preview, error) {
		p, err := fileOf(Mapping{})
		p.Trouble = "cases.csv:7: it has 2 cells and the header 4"
		return p, err
	}
	r.Keys("i")
	r.Type("x")
	r.Keys("enter", "ctrl+s")
	r.Heard("cases.csv:7")
	if len(sh.log) != 1 {
		t.Error("imported all the same")
	}
	r.Keys("esc")
	if r.s.mode != onGrid {
		t.Error("not left")
	}
}

func TestBind(t *testing.T) {
	sh := chained()
	sh.here.Bindings, sh.here.Cases = nil, sh.here.Cases[:7]
	r := openPage(t, sh, 100, 30)
	r.Keys("b", "enter")
	if r.Dialog == nil || !strings.Contains(r.Dialog.Title(), "ticket is an output of") {
		t.Fatal("not asked whose output it is")
	}
	r.Keys("enter")
	if !strings.Contains(r.Front(), "58 of 60 cases, 2 takes") {
		t.Errorf("how much is answered is not said:\n%s", r.Front())
	}
	r.Keys("enter")
	r.Keys("down", "down", "enter")
	if !strings.Contains(r.Front(), "58 cases of extract come here") {
		t.Errorf("what it brings is not said:\n%s", r.Front())
	}
	r.Keys("y")
	if len(sh.bound) != 1 || sh.bound[0].Take != 0 || sh.bound[0].RunID != 9 || sh.bound[0].Var != "ticket" || sh.bound[0].FromID != 2 {
		t.Errorf("bound %+v", sh.bound)
	}
	sh.err = errors.New("a prompt can't be fed by its own outputs: a → b → a")
	r.s.here.Bindings = nil
	r.Keys("b", "enter", "enter", "down", "enter", "y")
	r.Heard("a → b → a")
}

func TestRebindCountsWhatChanges(t *testing.T) {
	sh := chained()
	r := openPage(t, sh, 100, 30)
	r.Keys("b", "enter", "enter", "up", "enter", "enter")
	if !strings.Contains(r.Front(), "12 of 60 texts differ, 1 case has no answer there and go") {
		t.Errorf("what changes is not said:\n%s", r.Front())
	}
	r.Keys("y")
	if len(sh.bound) != 1 || sh.bound[0].Take != 1 || sh.bound[0].RunID != 9 {
		t.Errorf("bound %+v", sh.bound)
	}
	r.Keys("b", "enter", "down", "enter")
	if !slices.Contains(sh.log, "unbind 9") {
		t.Errorf("did %q", sh.log)
	}
}

func TestBorrowedCasesKeepTheirValues(t *testing.T) {
	r := openPage(t, chained(), 100, 30)
	r.Keys("end", "right", "right", "right", "enter")
	r.Heard("borrowed from extract")
	if r.s.Typing() {
		t.Error("a borrowed value is being written")
	}
	r.Keys("x")
	if r.Dialog != nil {
		t.Error("a borrowed case can be deleted")
	}
	r.Keys("right", "right", "enter", "o", "k", "enter")
	if w := r.kase("x03").Wanted; w == nil || *w != "ok" {
		t.Errorf("what is wanted of it is %v", w)
	}
}

func TestEditorAndCopy(t *testing.T) {
	sh := newShelf()
	sh.edit = "written\r\nelsewhere"
	r := openPage(t, sh, 80, 22)
	r.Keys("right", "right", "right", "E")
	if r.s.cell == nil || r.s.cell.ed.Value() != "written\r\nelsewhere" {
		t.Fatal("what was written elsewhere is not here")
	}
	r.Keys("enter")
	if v, _ := r.kase("c01").Lookup("ticket"); v != "written\r\nelsewhere" {
		t.Errorf("kept %q", v)
	}
	r.Keys("y")
	if r.Clip != "written\r\nelsewhere" {
		t.Errorf("copied %q", r.Clip)
	}
}

func TestBackAndProof(t *testing.T) {
	r := openPage(t, newShelf(), 80, 22)
	r.Keys("p")
	r.Heard("not on the table")
	r.Keys("esc")
	if r.Gone.Screen != "library" || r.Gone.Arg != any(session.VariantRef{Prompt: "triage"}) {
		t.Errorf("gone to %q with %v", r.Gone.Screen, r.Gone.Arg)
	}
	r.Run(r.s.Open("compose"))
	r.Keys("esc")
	if r.Gone.Screen != "compose" {
		t.Errorf("gone to %q", r.Gone.Screen)
	}
}

func TestFailureKeepsWhatWasWritten(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	r.Keys("right", "right", "right", "enter", "z")
	sh.err = errors.New("the disk is full")
	r.Keys("enter")
	r.Heard("the disk is full")
	if r.s.cell == nil || !strings.HasSuffix(string(r.s.cell.ed.Value()), "z") && !strings.HasPrefix(string(r.s.cell.ed.Value()), "z") {
		t.Error("what was written is gone")
	}
}

func TestOldAnswersAreDropped(t *testing.T) {
	sh := newShelf()
	r := openPage(t, sh, 80, 22)
	old := r.s.reload()
	sh.here.Cases = sh.here.Cases[:2]
	stale := old()
	sh.here.Cases = sh.here.Cases[:1]
	r.Run(r.s.reload())
	r.Run(r.s.Update(stale))
	if len(r.s.rows.cases) != 1 {
		t.Errorf("%d cases", len(r.s.rows.cases))
	}
}

// many is a prompt with n cases of five variables, one of them huge.
func many(n int) *shelf {
	sh := newShelf()
	sh.here.Asked = []string{"a", "b", "c", "d", "e"}
	sh.here.Cases = nil
	huge := text.Raw(strings.Repeat("a line of a long document\n", 40_000))
	for i := range n {
		c := session.Case{ID: int64(i + 1), Name: text.Raw(fmt.Sprint("case-", i)), Tags: []text.Raw{"t"}, Split: session.SplitDev, Wanted: raw("yes")}
		for _, v := range sh.here.Asked {
			c.Vars = append(c.Vars, session.Var{Name: text.Raw(v), Value: text.Raw(fmt.Sprintf("value %d of %s, and some words more so that it does not fit", i, v))})
		}
		sh.here.Cases = append(sh.here.Cases, c)
	}
	sh.here.Cases[n/2].Vars[0].Value = huge
	return sh
}

func BenchmarkKeyToFrame(b *testing.B) {
	r := openPage(&testing.T{}, many(10_000), 160, 43)
	r.s.table.SetRow(4_990)
	for i := range b.N {
		k := "down"
		if i%20 > 9 {
			k = "up"
		}
		r.Keys(k)
		r.s.View()
	}
}

func BenchmarkSearchKeyToFrame(b *testing.B) {
	r := openPage(&testing.T{}, many(10_000), 160, 43)
	r.Keys("/")
	for i := range b.N {
		if i%2 == 0 {
			r.Type("7")
		} else {
			r.Keys("backspace")
		}
		r.s.View()
	}
}
