package shots

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{80, 22}, {118, 34}, {160, 43}, {40, 8}}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"bank": func(w, h int) *rig { return open(t, triage(), w, h) },
		"labels": func(w, h int) *rig {
			r := open(t, labelled(), w, h)
			r.Keys("down", "m")
			return r
		},
		"calls": func(w, h int) *rig {
			r := open(t, triage(), w, h)
			r.Keys("end", "up", "tab")
			return r
		},
		"find": func(w, h int) *rig {
			r := open(t, triage(), w, h)
			r.Keys("/")
			r.Type("is:near lamp")
			return r
		},
		"none-found": func(w, h int) *rig {
			r := open(t, triage(), w, h)
			r.Keys("/")
			r.Type("zebra")
			return r
		},
		"writing": func(w, h int) *rig {
			r := open(t, triage(), w, h)
			r.Keys("a")
			r.Type("Where is it?")
			r.Keys("tab", "ctrl+s")
			return r
		},
		"changing": func(w, h int) *rig {
			r := open(t, triage(), w, h)
			r.Keys("end", "up", "e", "shift+tab")
			return r
		},
		"file": func(w, h int) *rig {
			b := triage()
			b.file = csv
			r := open(t, b, w, h)
			r.Keys("i")
			r.Type("shots.csv")
			r.Keys("enter")
			return r
		},
		"file-wrong": func(w, h int) *rig {
			b := triage()
			b.file, b.lookErr = csv, errors.New("shots.csv: no column is the input; --map input=COLUMN says which is")
			r := open(t, b, w, h)
			r.Keys("i")
			r.Type("shots.csv")
			r.Keys("enter")
			return r
		},
		"empty": func(w, h int) *rig {
			b := triage()
			b.shots = nil
			return open(t, b, w, h)
		},
		"nothing": func(w, h int) *rig {
			b := triage()
			d := b.deps()
			d.Table = &session.Table{}
			return staged(t, b, d, w, h)
		},
	}
	tuitest.Goldens(t, sizes, states)
}

// hostile is a bank whose texts are what a terminal would obey, and long.
func hostile() *bank {
	b := triage()
	evil := text.Raw("x\x1b]52;c;AAAA\a\u009b31m\r\n\u202eevil\u200b")
	long := text.Raw(strings.Repeat("very-long-name-", 12))
	for i := range b.shots {
		x := &b.shots[i]
		x.Name, x.Input, x.Output, x.Tags = evil+text.Raw(fmt.Sprint(i)), evil+long, evil+long, []text.Raw{evil, long}
		x.Calls = []session.ShotCall{{Name: evil, Arguments: evil, Result: evil + long}}
	}
	for i := range b.cases {
		b.cases[i].Wanted = say(string(evil))
	}
	b.variants[0].Name = evil + long
	b.variants[0].Revision.Content.Blocks[1].Shots = session.CloneShots(b.shots)
	b.file = Brought{File: evil + long, Count: 1, Columns: []Column{{evil, long}}, Notes: []text.Raw{evil + long}, Sample: b.shots}
	return b
}

func TestEverySize(t *testing.T) {
	for _, mk := range []func() *bank{triage, labelled, hostile} {
		r := open(t, mk(), 80, 22)
		for _, keys := range [][]string{{}, {"tab"}, {"tab"}, {"m", "/", "e"}, {"esc", "a"}, {"shift+tab"}, {"esc", "esc", "e", "tab", "tab"}, {"esc", "i", "f", "enter"}} {
			r.Keys(keys...)
			r.Dialog = nil
			for _, w := range []int{20, 39, 40, 69, 80, 111, 112, 160, 240} {
				for _, h := range []int{5, 7, 11, 15, 16, 22, 45, 70} {
					r.Resize(w, h)
					r.Plain()
				}
			}
		}
	}
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	b := triage()
	b.file = csv
	r := open(t, b, 80, 22)
	check := func(front string) {
		seen := map[string]string{}
		for _, a := range r.s.Actions() {
			for _, k := range a.Key.Keys() {
				if seen[k] != "" {
					t.Errorf("%s: %s and %s share %s", front, seen[k], a.ID, k)
				}
				seen[k] = a.ID
			}
			if a.Long == "" || a.Do == nil {
				t.Errorf("%s says or does nothing", a.ID)
			}
		}
	}
	check("bank")
	r.Keys("a")
	check("form")
	r.Keys("esc", "i", "f", "enter")
	check("file")
	ids := map[string]bool{}
	for _, a := range New(Deps{Table: &session.Table{}, Styles: themes.Pick("", true).Styles()}).AllActions() {
		if ids[a.ID] {
			t.Errorf("%s stands twice", a.ID)
		}
		ids[a.ID] = true
	}
}

func (b *bank) named(name text.Raw) *session.Shot {
	for i := range b.shots {
		if b.shots[i].Name == name {
			return &b.shots[i]
		}
	}
	return nil
}

func TestWriteAShot(t *testing.T) {
	r := open(t, triage(), 120, 40)
	r.Keys("a")
	r.Type("Where is my refund?")
	r.Keys("ctrl+s")
	if r.s.form == nil || r.s.form.At() != inOutput || r.s.form.Err == "" {
		t.Fatal("a shot without an output was not asked for one")
	}
	r.Type("refund")
	r.Keys("tab", "tab")
	r.Type("easy; new")
	r.Keys("ctrl+s")
	x := r.b.shots[len(r.b.shots)-1]
	if x.Input != "Where is my refund?" || x.Output != "refund" || !slices.Equal(x.Tags, []text.Raw{"easy", "new"}) {
		t.Fatalf("kept %+v", x)
	}
	if r.s.form != nil || r.s.shot() == nil || r.s.shot().ID != x.ID {
		t.Error("the cursor is not on the new shot")
	}
	r.Keys("u")
	if r.b.named(x.Name) != nil || len(r.s.of) != 8 {
		t.Errorf("undone, and there are %d shots", len(r.s.of))
	}
}

// What was not touched stays to the byte.
func TestChangeKeepsTheRest(t *testing.T) {
	b := triage()
	b.shots[6].Input = "line\r\nwith\ttab \n"
	b.shots[6].Calls[0].Arguments = `{ "order" : 7 }`
	r := open(t, b, 80, 22)
	r.Keys("end", "up", "e", "tab")
	r.Keys("ctrl+end")
	r.Type("!")
	r.Keys("ctrl+s")
	x := r.b.named("s07")
	if x.Input != "line\r\nwith\ttab \n" || x.Output != "It left us on Monday.!" || x.Calls[0].Arguments != `{ "order" : 7 }` {
		t.Errorf("kept %+v", x)
	}
}

func TestLeavingAsksOnce(t *testing.T) {
	r := open(t, triage(), 80, 22)
	r.Keys("e")
	r.Type("x")
	r.Keys("esc")
	if r.s.form == nil || !strings.Contains(r.Plain(), "not kept") {
		t.Fatal("what was written is gone without a word")
	}
	r.Keys("esc")
	if r.s.form != nil || len(r.b.past) != 0 {
		t.Error("not left, or something was written")
	}
}

func TestWhatIsWrongIsSaidInTheForm(t *testing.T) {
	b := triage()
	r := open(t, b, 80, 22)
	b.err = errors.New("the disk is full")
	r.Keys("e")
	r.Type("x")
	r.Keys("ctrl+s")
	if r.s.form == nil || !strings.Contains(r.Plain(), "the disk is full") {
		t.Fatal("the failure is not said, or what was written is gone")
	}
	r.Keys("ctrl+s")
	if r.s.form != nil || !strings.HasPrefix(string(b.named("s01").Input), "xI was") {
		t.Error("a second try did not keep it")
	}
}

func TestCallsAreRead(t *testing.T) {
	for _, c := range []struct {
		in   text.Raw
		want string
		err  string
	}{
		{"  ", "[]", ""},
		{`[{"name":"f"}]`, `[{f {} }]`, ""},
		{`[{"name":"f","arguments":{"a": [1, 2]},"result":"ok"}]`, `[{f {"a":[1,2]} ok}]`, ""},
		{`[{"name":"f","arguments":"{\"a\": 1}"}]`, `[{f {"a":1} }]`, ""},
		{`[{"name":"f","arguments":[1]}]`, "", "no JSON object"},
		{`[{"arguments":{}}]`, "", "has no name"},
		{`{"name":"f"}`, "", "the calls"},
		{`[] x`, "", "behind the list"},
		{`[{"nome":"f"}]`, "", "nome"},
	} {
		got, err := parseCalls(c.in, nil)
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: %v", c.in, err)
		case c.err == "" && (err != nil || fmt.Sprint(got) != c.want):
			t.Errorf("%s: %v, %v", c.in, got, err)
		}
	}
}

func TestSwitchPinDelete(t *testing.T) {
	r := open(t, triage(), 80, 22)
	r.Keys("space", "p")
	if x := r.b.named("s01"); !x.Off || x.Pin != session.PinFirst {
		t.Errorf("got %+v", x)
	}
	r.Keys("p", "p", "space")
	if x := r.b.named("s01"); x.Off || x.Pin != session.PinNone {
		t.Errorf("got %+v", x)
	}
	r.Keys("x")
	if r.b.named("s01") != nil || r.s.shot().Name != "s02" {
		t.Errorf("not deleted, or the cursor is on %s", r.s.shot().Name)
	}
	r.Keys("u")
	if r.b.named("s01") == nil || r.s.shot().Name != "s02" {
		t.Error("undo did not bring it back, or the cursor moved")
	}
}

// A shot that the variant does not hold is put into it in the order of the bank; an
// older copy is brought up to date; a copy that is as the bank has it is left alone.
func TestPutIntoTheVariant(t *testing.T) {
	r := open(t, triage(), 120, 40)
	r.Keys("+")
	if !strings.Contains(r.Last(), "stands in it as the bank has it") {
		t.Errorf("said %q", r.Last())
	}
	if !strings.Contains(r.Plain(), "held by") {
		t.Errorf("nothing says who holds it:\n%s", r.Plain())
	}
	r.Keys("down")
	if !strings.Contains(r.Plain(), "an older copy") {
		t.Errorf("the older copy is not told:\n%s", r.Plain())
	}
	r.Keys("+", "down", "+")
	names := func() (out []string) {
		for _, x := range r.s.d.Table.Desk.Content().Blocks[1].Shots {
			out = append(out, string(x.Name)+"="+string(x.Output))
		}
		return out
	}
	if got := names(); !slices.Equal(got, []string{"s01=billing", "s02=shipping", "s03=shipping"}) {
		t.Errorf("the block holds %v", got)
	}
	if len(r.b.drafts) != 2 || len(r.b.drafts[1].Content.Blocks[1].Shots) != 3 {
		t.Errorf("%d drafts were kept", len(r.b.drafts))
	}
	if what := r.s.d.Table.Desk.Undo(); what != "taking shot s03" || len(names()) != 2 {
		t.Errorf("undo took back %q", what)
	}
	r.Keys("down", "down", "+")
	if !strings.Contains(r.Last(), "is off") {
		t.Errorf("said %q", r.Last())
	}
}

func TestImportLooksFirst(t *testing.T) {
	b := triage()
	b.file, b.lookErr = csv, errors.New("shots.csv: no column is the input")
	r := open(t, b, 80, 22)
	r.Keys("i")
	r.Type("shots.csv")
	r.Keys("enter")
	r.Keys("enter")
	if len(b.past) != 0 || !strings.Contains(r.Last(), "m says which column is what") {
		t.Fatalf("it was imported, or said %q", r.Last())
	}
	r.Keys("m", "enter")
	if b.maps != "input=question,output=output" {
		t.Errorf("mapped by %q", b.maps)
	}
	r.Keys("enter")
	if len(b.past) != 1 || len(r.s.of) != 10 || r.s.file != nil || !strings.Contains(r.Last(), "2 shots imported") {
		t.Errorf("%d edits, %d shots, said %q", len(b.past), len(r.s.of), r.Last())
	}
}

func TestEditorFillsTheField(t *testing.T) {
	r := open(t, triage(), 80, 22)
	r.Keys("e", "tab", "ctrl+g")
	if got := r.s.form.Value(inOutput); got != "billing (from the editor)" {
		t.Errorf("the output is %q", got)
	}
	r.Keys("tab", "ctrl+g")
	if !strings.Contains(r.Last(), "open in $EDITOR") {
		t.Errorf("said %q", r.Last())
	}
}

// Another prompt on the table is another bank; nothing of the last one stays.
func TestAnotherPrompt(t *testing.T) {
	r := open(t, triage(), 120, 40)
	r.Keys("/")
	r.Type("lamp")
	r.Keys("enter", "down")
	tab := r.s.d.Table
	other := variant(21, "plain", nil)
	tab.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 2, Name: "reply"}}, Variant: other, Shots: []session.Shot{{ID: 900, UID: "r", Name: "r01", Input: "Dear all", Output: "Hello"}}})
	r.Run(r.s.Enter())
	if s := r.Plain(); strings.Contains(s, "lamp") || !strings.Contains(s, "r01") || !strings.Contains(s, "Bank of reply") {
		t.Errorf("got:\n%s", s)
	}
}
