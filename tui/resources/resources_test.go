package resources

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

var sizes = [][2]int{{80, 22}, {118, 34}, {160, 43}, {40, 8}}

func column() session.Block {
	return session.Block{UID: "b9", Kind: session.KindResources, Role: session.RoleUser, Pick: &session.Pick{How: session.PickColumn, Column: "found", N: 1}}
}

func TestGolden(t *testing.T) {
	states := map[string]func(w, h int) *rig{
		"bank": func(w, h int) *rig { return open(t, handbook(), w, h) },
		"piece": func(w, h int) *rig {
			r := open(t, handbook(), w, h)
			r.Keys("down", "down", "down", "down", "tab")
			return r
		},
		"ranked": func(w, h int) *rig {
			r := open(t, handbook(), w, h)
			r.Keys("r", "down")
			return r
		},
		"column": func(w, h int) *rig {
			r := open(t, handbook(), w, h, column())
			r.Keys("r")
			return r
		},
		"unranked": func(w, h int) *rig {
			r := open(t, handbook(), w, h)
			r.Keys("[", "r")
			return r
		},
		"find": func(w, h int) *rig {
			r := open(t, handbook(), w, h)
			r.Keys("/")
			r.Type("parcel")
			return r
		},
		"none-found": func(w, h int) *rig {
			r := open(t, handbook(), w, h)
			r.Keys("/")
			r.Type("zebra")
			return r
		},
		"held": func(w, h int) *rig {
			r := open(t, handbook(), w, h)
			r.Keys("down", "+", "z")
			return r
		},
		"writing": func(w, h int) *rig {
			r := open(t, handbook(), w, h)
			r.Keys("a", "ctrl+s")
			return r
		},
		"file": func(w, h int) *rig {
			b := handbook()
			b.file = brought
			r := open(t, b, w, h)
			r.Keys("i")
			r.Type("docs")
			r.Keys("enter")
			return r
		},
		"file-wrong": func(w, h int) *rig {
			b := handbook()
			b.file = brought
			r := open(t, b, w, h)
			r.Keys("s")
			b.err = errors.New("an overlap of 200 words leaves nothing new in a piece of 200")
			r.Keys("s")
			return r
		},
		"empty": func(w, h int) *rig {
			b := handbook()
			b.of, b.marks = nil, nil
			return open(t, b, w, h)
		},
		"nothing": func(w, h int) *rig {
			b := handbook()
			d := b.deps()
			d.Table = &session.Table{}
			return staged(t, b, d, w, h)
		},
	}
	tuitest.Goldens(t, sizes, states)
}

// hostile is a bank whose texts are what a terminal would obey, and long.
func hostile() *bank {
	b := handbook()
	evil := text.Raw("x\x1b]52;c;AAAA\a\u009b31m\r\n\u202eevil\u200b")
	long := text.Raw(strings.Repeat("very-long-name-", 12))
	for i := range b.of {
		x := &b.of[i]
		x.Name, x.Text, x.Tags = evil+text.Raw(fmt.Sprint(i)), evil+long+"parcel"+evil, []text.Raw{evil, long}
		x.Hash = session.Hash([]byte(x.Text))
		if x.Source != "" {
			x.Source = evil + long + x.Source[:8]
		}
	}
	for i := range b.cases {
		b.cases[i].Name = evil + long
		b.cases[i].Vars[0].Value = evil + "parcel"
	}
	b.file = Brought{Sources: []Source{{Name: evil + long, Pieces: 3}}, Left: []text.Raw{evil + long}, Sample: b.of}
	return b
}

func TestEverySize(t *testing.T) {
	for _, mk := range []func() *bank{handbook, hostile} {
		for _, blocks := range [][]session.Block{nil, {column()}} {
			r := open(t, mk(), 80, 22, blocks...)
			for _, keys := range [][]string{{}, {"tab"}, {"esc", "down", "+"}, {"r"}, {"down", "2", "tab"}, {"esc", "/", "e"}, {"esc", "esc", "a"}, {"tab"}, {"esc", "esc", "i", "f", "enter"}, {"s"}} {
				r.Keys(keys...)
				r.Dialog = nil
				for _, w := range []int{20, 39, 40, 69, 80, 111, 112, 160, 240} {
					for _, h := range []int{5, 7, 9, 11, 12, 15, 16, 22, 45, 70} {
						r.Resize(w, h)
						r.Plain()
					}
				}
			}
		}
	}
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	b := handbook()
	b.file = brought
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
	r.Keys("r")
	check("ranked")
	r.Keys("esc", "a")
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

// One key marks and goes on; the header and the list follow what was kept.
func TestMark(t *testing.T) {
	r := open(t, handbook(), 120, 40)
	if !strings.Contains(r.Plain(), "for c01: first of use at rank 2 · at rank 1 in 1 of 2 marked cases, 2 of 2 among the first 5, MRR 0.75") {
		t.Fatalf("the header does not say it:\n%s", r.Plain())
	}
	r.Keys("r", "3")
	if r.s.list.Row() != 1 || len(r.b.marks) != 3 || r.b.marks[2].Grade != 3 || r.b.marks[2].Hash != r.b.of[3].Hash {
		t.Fatalf("row %d, marks %+v", r.s.list.Row(), r.b.marks)
	}
	if s := r.Plain(); !strings.Contains(s, "first of use at rank 1 ") || r.s.ranked.marks[r.b.of[3].Hash] != 3 || !strings.Contains(s, "2.44  3 ") {
		t.Errorf("the mark is not shown:\n%s", s)
	}
	r.Keys("-")
	if len(r.b.marks) != 2 || r.s.list.Row() != 2 {
		t.Errorf("not taken away: %+v", r.b.marks)
	}
	r.b.err = errors.New("the disk is full")
	r.Keys("up", "up", "1")
	if r.Last() != "the disk is full" || !strings.Contains(r.Plain(), "2.44  3 ") {
		t.Errorf("said %q:\n%s", r.Last(), r.Plain())
	}
	r.Keys("]")
	if !strings.Contains(r.Plain(), "Ranked for c02") || r.s.piece().Name != "handbook.md#2" {
		t.Errorf("the next case is not ranked:\n%s", r.Plain())
	}
	r.Keys("r", "home", "1")
	if !strings.Contains(r.Last(), "go to a piece") {
		t.Errorf("a file was marked, or said %q", r.Last())
	}
}

// Where the variant takes the case's own list, that is what is ranked, marked and
// left alone by the keys that change the bank.
func TestColumn(t *testing.T) {
	r := open(t, handbook(), 120, 40, column())
	r.Keys("r")
	if s := r.Plain(); !strings.Contains(s, "The list of c01") || !strings.Contains(s, "own") {
		t.Fatalf("got:\n%s", s)
	}
	r.Keys("space", "x", "+")
	if len(r.b.past) != 0 || !strings.Contains(r.Last(), "case's own text") {
		t.Errorf("the bank was changed, or said %q", r.Last())
	}
	r.Keys("down", "2")
	if m := r.b.marks[len(r.b.marks)-1]; m.Hash != session.Hash([]byte("Nothing of use.")) || m.Grade != 2 {
		t.Errorf("marked %+v", m)
	}
	if !strings.Contains(r.Plain(), "first of use at rank 2") {
		t.Errorf("got:\n%s", r.Plain())
	}
}

// A file is put as a whole, a block is made for it before the input, and what is off
// stays away; copies are in the order of the bank.
func TestPutIntoTheVariant(t *testing.T) {
	r := open(t, handbook(), 120, 40)
	r.Keys("end", "+", "home", "+")
	c := r.b.table.Desk.Content()
	if len(c.Blocks) != 4 || c.Blocks[2].Kind != session.KindResources || c.Blocks[2].UID != "new" {
		t.Fatalf("blocks %+v", c.Blocks)
	}
	var names []string
	for _, x := range c.Blocks[2].Resources {
		names = append(names, string(x.Name))
	}
	if want := []string{"handbook.md#1", "handbook.md#2", "handbook.md#4", "text1"}; !slices.Equal(names, want) {
		t.Errorf("the block holds %v", names)
	}
	if len(r.b.drafts) != 2 || len(r.b.drafts[1].Content.Blocks[2].Resources) != 4 {
		t.Errorf("%d drafts were kept", len(r.b.drafts))
	}
	r.Keys("down", "+")
	if !strings.Contains(r.Last(), "as the bank has it") {
		t.Errorf("said %q", r.Last())
	}
	r.Keys("enter", "ctrl+end")
	r.Type("!")
	r.Keys("ctrl+s")
	if s := r.Plain(); !strings.Contains(s, "◇") || !strings.Contains(s, "an older copy") {
		t.Fatalf("the older copy is not told:\n%s", s)
	}
	r.Keys("+")
	if got := r.b.table.Desk.Content().Blocks[2].Resources[0].Text; !strings.HasSuffix(string(got), "!") {
		t.Errorf("the copy is %q", got)
	}
	r.Keys("down", "down", "+")
	if !strings.Contains(r.Last(), "is off") {
		t.Errorf("said %q", r.Last())
	}
	if what := r.b.table.Desk.Undo(); what != "taking handbook.md#1" {
		t.Errorf("undo took back %q", what)
	}
}

func TestBankIsChanged(t *testing.T) {
	b := handbook()
	r := open(t, b, 80, 22)
	r.Keys("space")
	if !b.of[0].Off || !b.of[3].Off || b.of[4].Off || !strings.Contains(r.Last(), "4 texts are off") {
		t.Errorf("%+v, said %q", b.of, r.Last())
	}
	r.Keys("space", "down", "space")
	if !b.of[0].Off || b.of[1].Off {
		t.Errorf("got %+v", b.of)
	}
	r.Keys("t")
	r.Type("a; b")
	r.Keys("enter")
	if !slices.Equal(b.of[0].Tags, []text.Raw{"a", "b"}) {
		t.Errorf("tags %v", b.of[0].Tags)
	}
	r.Keys("x")
	if len(b.of) != 5 || r.s.piece().Name != "handbook.md#2" {
		t.Errorf("not deleted, or the cursor is on %v", r.s.piece())
	}
	r.Keys("u", "u", "u", "u", "u", "u")
	if len(b.of) != 6 || b.of[0].Off || r.Last() != "there is nothing to undo" {
		t.Errorf("%d texts, said %q", len(b.of), r.Last())
	}
	r.Keys("a")
	r.Type("Written here.")
	r.Keys("tab")
	r.Type("mine")
	r.Keys("ctrl+s")
	if x := b.of[len(b.of)-1]; x.Text != "Written here." || x.Name != "mine" || r.s.piece().Name != "mine" {
		t.Errorf("kept %+v", x)
	}
	r.Keys("E")
	r.Keys("ctrl+s")
	if x := b.of[len(b.of)-1]; x.Text != "Written here. (from the editor)" {
		t.Errorf("kept %+v", x)
	}
}

func TestLeavingAsksOnce(t *testing.T) {
	r := open(t, handbook(), 80, 22)
	r.Keys("down", "enter")
	r.Type("x")
	r.Keys("esc")
	if r.s.form == nil || !strings.Contains(r.Plain(), "not kept") {
		t.Fatal("what was written is gone without a word")
	}
	r.b.err = errors.New("the disk is full")
	r.Keys("ctrl+s")
	if r.s.form == nil || !strings.Contains(r.Plain(), "the disk is full") {
		t.Fatal("a failure is not said in the form")
	}
	r.Keys("esc", "esc")
	if r.s.form != nil || len(r.b.past) != 0 {
		t.Error("not left, or something was written")
	}
}

func TestImportLooksFirst(t *testing.T) {
	b := handbook()
	b.file = brought
	r := open(t, b, 80, 22)
	r.Keys("i")
	r.Type("docs")
	r.Keys("enter", "s", "s", "s", "s", "o", "+", "-", "-")
	if len(b.past) != 0 {
		t.Fatal("a look changed something")
	}
	want := []Bring{
		{Path: "docs"}, {Path: "docs", How: "whole"}, {Path: "docs", How: "headings"}, {Path: "docs", How: "paragraphs"}, {Path: "docs", How: "words"},
		{Path: "docs", How: "words", Again: 20}, {Path: "docs", How: "words", Words: 225, Again: 20}, {Path: "docs", How: "words", Words: 200, Again: 20}, {Path: "docs", How: "words", Words: 175, Again: 20},
	}
	if !slices.Equal(b.asked, want) {
		t.Errorf("asked for %+v", b.asked)
	}
	r.Keys("enter")
	if len(b.past) != 1 || b.asked[len(b.asked)-1] != want[len(want)-1] || r.s.file != nil || !strings.Contains(r.Last(), "5 texts of 2 files") {
		t.Errorf("%d edits, said %q", len(b.past), r.Last())
	}
	r.Keys("home", "down", "s")
	if got := b.asked[len(b.asked)-1]; got.Source != "docs/handbook.md" || got.Path != "" {
		t.Errorf("asked for %+v", got)
	}
	r.Keys("esc", "end", "s")
	if !strings.Contains(r.Last(), "came from no file") {
		t.Errorf("said %q", r.Last())
	}
}

func TestFold(t *testing.T) {
	r := open(t, handbook(), 80, 22)
	r.Keys("down", "down", "left")
	if s := r.Plain(); strings.Contains(s, "● handbook.md#1") || !strings.Contains(s, "▸ docs/handbook.md") || r.s.list.Row() != 0 {
		t.Errorf("got:\n%s", s)
	}
	r.Keys("/")
	r.Type("nine")
	if s := r.Plain(); !strings.Contains(s, "● handbook.md#1") || strings.Contains(s, "warranty") || !strings.Contains(s, "1 of 6") {
		t.Errorf("what is folded is not found:\n%s", s)
	}
	r.Keys("esc", "z", "z")
	if len(r.s.rows) != 3 {
		t.Errorf("%d rows", len(r.s.rows))
	}
	r.Keys("esc")
	if r.Gone.Screen != "compose" {
		t.Errorf("went to %q", r.Gone.Screen)
	}
}

// Another prompt on the table is another bank, and an answer about the last one is
// dropped.
func TestAnotherPrompt(t *testing.T) {
	r := open(t, handbook(), 120, 40)
	r.Keys("r")
	late := r.s.rank()
	tab := r.b.table
	v := tab.Variant
	v.ID, v.PromptID = 21, 2
	tab.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 2, Name: "reply"}}, Variant: v, Resources: []session.Resource{{ID: 900, UID: "r", Name: "r01", Text: "Dear all", Hash: "h"}}})
	r.Run(r.s.Enter())
	r.Run(late)
	if s := r.Plain(); strings.Contains(s, "handbook") || strings.Contains(s, "c01") || !strings.Contains(s, "r01") || !strings.Contains(s, "Resources of reply") {
		t.Errorf("got:\n%s", s)
	}
}

// large is a bank of n pieces in 50 files.
func large(n int) *bank {
	b := handbook()
	b.of, b.marks = nil, nil
	for i := range n {
		t := text.Raw(fmt.Sprintf("# Section %d\nThe parcel %d of the %d lamps and chairs comes with the invoice of %d on a day in the week after the order was written down.\n", i, i*7, i%13, i*3))
		b.of = append(b.of, session.Resource{ID: int64(i + 1), UID: fmt.Sprint(i), PromptID: 1, Name: text.Raw(fmt.Sprintf("f%02d.md#%d", i*50/n, i)), Source: text.Raw(fmt.Sprintf("docs/f%02d.md", i*50/n)), Place: i + 1, Text: t, Hash: session.Hash([]byte(t))})
	}
	b.mark(1, 3, 2)
	return b
}

// BenchmarkKey is a key and its frame with 5,000 pieces, ranked and in the bank.
func BenchmarkKey(b *testing.B) {
	for _, order := range []string{"bank", "ranked"} {
		b.Run(order, func(b *testing.B) {
			r := open(b, large(5000), 160, 45)
			if order == "ranked" {
				r.Keys("r")
			}
			b.ResetTimer()
			for i := range b.N {
				r.Keys([]string{"down", "pgdown", "up", "end"}[i%4])
				_ = r.s.View()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(16*time.Millisecond), "of-16ms")
		})
	}
}

// BenchmarkFind is a letter of what is looked for, and its frame.
func BenchmarkFind(b *testing.B) {
	r := open(b, large(5000), 160, 45)
	r.Keys("/")
	b.ResetTimer()
	for i := range b.N {
		r.Keys([]string{"p", "a", "r", "backspace", "backspace", "backspace"}[i%6])
		_ = r.s.View()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(16*time.Millisecond), "of-16ms")
}
