package session_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func TestEqualContentsHaveNoDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := genContent(false).Draw(t, "content")
		d := session.DiffContents(c, c.Clone())
		if !d.Same() || len(d.Sections()) != 0 || d.Summary() != "nothing changed" {
			t.Fatalf("%s: %+v", d.Summary(), d)
		}
		other := c.Clone() // what names a block apart from its words is no change
		for i := range other.Blocks {
			other.Blocks[i].UID = fmt.Sprint("other", i)
		}
		if d := session.DiffContents(c, other); !d.Same() {
			t.Fatalf("under other uids: %s", d.Summary())
		}
	})
}

// edited is a content with blocks taken away, put in, changed and put elsewhere.
func edited(t *rapid.T, c session.Content) session.Content {
	out := c.Clone()
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		n := len(out.Blocks)
		at := rapid.IntRange(0, n).Draw(t, "at")
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0 || n == 0:
			out.Blocks = slices.Insert(out.Blocks, at, genBlock(true).Draw(t, "block"))
		case kind == 1:
			out.Blocks = slices.Delete(out.Blocks, min(at, n-1), min(at, n-1)+1)
		case kind == 2:
			out.Blocks[min(at, n-1)].Text = genText(true).Draw(t, "text")
		default:
			b := out.Blocks[min(at, n-1)]
			out.Blocks = slices.Delete(out.Blocks, min(at, n-1), min(at, n-1)+1)
			out.Blocks = slices.Insert(out.Blocks, rapid.IntRange(0, n-1).Draw(t, "to"), b)
		}
	}
	return out
}

func TestDiffHasEachBlockOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := genContent(true).Draw(t, "a")
		b := edited(t, a)
		d := session.DiffContents(a, b)
		var inA, inB []int
		for _, x := range d.Blocks {
			if x.A < 0 && x.B < 0 {
				t.Fatal("a block of neither")
			}
			if x.A >= 0 {
				inA = append(inA, x.A)
				if !reflect.DeepEqual(x.Was, a.Blocks[x.A]) {
					t.Fatalf("block %d was another", x.A)
				}
			}
			if x.B >= 0 {
				inB = append(inB, x.B)
				if !reflect.DeepEqual(x.Is, b.Blocks[x.B]) {
					t.Fatalf("block %d is another", x.B)
				}
			}
		}
		for j := range b.Blocks {
			if j >= len(inB) || inB[j] != j {
				t.Fatalf("of the second: %v", inB)
			}
		}
		slices.Sort(inA)
		for i := range a.Blocks {
			if i >= len(inA) || inA[i] != i {
				t.Fatalf("of the first: %v", inA)
			}
		}
		if len(inA) != len(a.Blocks) || len(inB) != len(b.Blocks) {
			t.Fatalf("%d and %d blocks, told are %d and %d", len(a.Blocks), len(b.Blocks), len(inA), len(inB))
		}
		last := -1
		for _, x := range d.Blocks { // those that did not move keep their order
			if x.A >= 0 && x.B >= 0 && !x.Moved {
				if x.A < last {
					t.Fatal("a block moved and is not said to")
				}
				last = x.A
			}
		}
	})
}

// A diff is enough to make the second content of the first.
func TestDiffCanBeApplied(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := genContent(true).Draw(t, "a")
		b := edited(t, a)
		d := session.DiffContents(a, b)
		var texts []text.Raw
		for _, x := range d.Blocks {
			switch {
			case x.Removed():
			case x.Added():
				texts = append(texts, x.Is.Text)
			default:
				now := x.Was.Text
				for _, f := range x.Fields {
					if f.Name != "text" {
						continue
					}
					var was text.Raw
					now = ""
					for _, o := range f.Words() {
						if o.Kind != text.Ins {
							was += o.Text
						}
						if o.Kind != text.Del {
							now += o.Text
						}
					}
					if was != x.Was.Text {
						t.Fatalf("words give %q for %q", was, x.Was.Text)
					}
				}
				texts = append(texts, now)
			}
		}
		for i, x := range b.Blocks {
			if texts[i] != x.Text {
				t.Fatalf("block %d: %q, want %q", i, texts[i], x.Text)
			}
		}
		same := a.Clone()
		for i := range min(len(same.Blocks), len(b.Blocks)) {
			same.Blocks[i].UID = b.Blocks[i].UID
		}
		if d.Same() != (same.Hash() == b.Hash()) && d.Same() {
			t.Fatalf("said to be the same: %s and %s", a.JSON(), b.JSON())
		}
	})
}

// No field of what a content is made of may change unseen.
func TestDiffSeesEveryField(t *testing.T) {
	between, f, n, seed := text.Raw("x"), 0.5, 3, int64(4)
	full := func() session.Content {
		return session.Content{
			Blocks: []session.Block{{
				UID: "b", Kind: session.KindShots, Role: session.RoleUser, Title: "t", Text: "x", Wrap: session.WrapXML, Layout: session.LayoutTurns, Order: "seed:1",
				Shots: []session.Shot{{UID: "s", Name: "n", Input: "i", Output: "o", Tags: []text.Raw{"g"}, Pin: session.PinFirst,
					Calls: []session.ShotCall{{Name: "f", Arguments: "{}", Result: "r"}}}},
				Resources: []session.Resource{{UID: "r", Name: "n", Source: "f", Place: 1, Tags: []text.Raw{"g"}, Text: "words"}},
				Pick:      &session.Pick{How: session.PickNearest, N: 2, By: "tag", Seed: 1, Query: "q", Column: "c", Sort: "last", Limit: 5},
				Item:      "i", Between: &between,
			}},
			Params: session.Params{Temperature: &f, TopP: &f, TopK: &n, MinP: &f, RepeatPenalty: &f, Presence: &f, Frequency: &f, MaxTokens: 5, Seed: &seed,
				Stop: []text.Raw{"s"}, Context: 5, Think: "on"},
		}
	}
	unseen := []string{"UID", "ID", "PromptID", "Hash"} // they name it, and do not say anything
	of := map[string]func(*session.Content) any{
		"block":    func(c *session.Content) any { return &c.Blocks[0] },
		"pick":     func(c *session.Content) any { return c.Blocks[0].Pick },
		"shot":     func(c *session.Content) any { return &c.Blocks[0].Shots[0] },
		"call":     func(c *session.Content) any { return &c.Blocks[0].Shots[0].Calls[0] },
		"resource": func(c *session.Content) any { return &c.Blocks[0].Resources[0] },
		"params":   func(c *session.Content) any { return &c.Params },
	}
	for noun, get := range of {
		was := full()
		for i := range reflect.ValueOf(get(&was)).Elem().NumField() {
			now := full()
			v := reflect.ValueOf(get(&now)).Elem()
			name := v.Type().Field(i).Name
			if slices.Contains(unseen, name) {
				continue
			}
			switch x := v.Field(i); x.Kind() {
			case reflect.Bool:
				x.SetBool(!x.Bool())
			case reflect.String:
				x.SetString(x.String() + "2")
			case reflect.Int:
				x.SetInt(x.Int() + 1)
			case reflect.Uint64:
				x.SetUint(x.Uint() + 1)
			default: // pointers and lists
				x.SetZero()
			}
			d := session.DiffContents(was, now)
			if d.Same() || len(d.Sections()) == 0 || d.Summary() == "nothing changed" {
				t.Errorf("%s: a change of %s is not seen", noun, name)
			}
		}
	}
}

func TestDiffInWords(t *testing.T) {
	block := func(uid string, k session.Kind, title, words text.Raw) session.Block {
		return session.Block{UID: uid, Kind: k, Role: k.DefaultRole(), Title: title, Text: words, Wrap: session.WrapNone}
	}
	a := session.Content{Blocks: []session.Block{
		block("1", session.KindSystem, "", "You are careful."), block("2", session.KindInstructions, "Rules", "Say a label.\nNothing more."),
		block("3", session.KindShots, "", ""), block("4", session.KindInput, "", "{{x}}"),
	}}
	a.Blocks[2].Shots = []session.Shot{{UID: "a", Name: "s1", Input: "1", Output: "one"}, {UID: "b", Name: "s2", Input: "2", Output: "two"}, {UID: "c", Name: "s3", Input: "3", Output: "three"}}
	b := a.Clone()
	half := 0.5
	b.Params.Temperature = &half
	b.Blocks[0].Off = true
	b.Blocks[1].Text, b.Blocks[1].Wrap = "Say one label.\nNothing more.", session.WrapXML
	s := b.Blocks[2].Shots
	b.Blocks[2].Shots = []session.Shot{s[2], s[0], {UID: "d", Name: "s4", Output: "four"}}
	b.Blocks[2].Shots[1].Output = "uno"
	b.Blocks = append(b.Blocks[:3], block("5", session.KindPrefill, "", "Label:"), b.Blocks[3])
	d := session.DiffContents(a, b)
	if got, want := d.Summary(), "system switched off, Rules changed, shots changed, prefill added, temperature changed"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	var heads []string
	for _, x := range d.Sections() {
		heads = append(heads, x.Head)
	}
	want := []string{
		"parameters: temperature unset → 0.5", "system: on → off", "Rules (instructions): wrapper none → xml", "shots, shot s2: removed",
		"shots, shot s1: moved from 1 to 2, other words", "shots, shot s4: added", "prefill: added",
	}
	if !slices.Equal(heads, want) {
		t.Errorf("sections\n%s\nwant\n%s", strings.Join(heads, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range d.Blocks[1].Fields {
		if f.Name == "text" && fmt.Sprint(f.Words()) != "[{0 Say } {1 a} {2 one} {0  label.\nNothing more.}]" {
			t.Errorf("words %v", f.Words())
		}
	}
	back := session.DiffContents(b, a)
	if !strings.Contains(back.Summary(), "prefill removed") || len(back.Blocks) != 5 || back.Blocks[3].A != 3 || back.Blocks[3].B != -1 {
		t.Errorf("the other way: %s %+v", back.Summary(), back.Blocks)
	}
	c := a.Clone()
	c.Blocks[0], c.Blocks[3] = c.Blocks[3], c.Blocks[0]
	if got := session.DiffContents(a, c).Summary(); !strings.Contains(got, "moved") || strings.Contains(got, "added") || strings.Contains(got, "removed") {
		t.Errorf("moved: %s", got)
	}
}

func TestLineages(t *testing.T) {
	rev := func(n int, parent int64) session.Revision {
		return session.Revision{ID: int64(100 + n), Number: n, ParentID: parent}
	}
	draw := func(list ...session.Revision) string {
		var b strings.Builder
		for _, x := range session.Lineages(list) {
			fmt.Fprintf(&b, "%s @%d %v\n", x.Rail, x.Revision.Number, x.Branch)
		}
		return b.String()
	}
	if got := draw(); got != "" {
		t.Errorf("none: %q", got)
	}
	if got, want := draw(rev(3, 102), rev(2, 101), rev(1, 0)), "● @3 false\n● @2 false\n● @1 false\n"; got != want {
		t.Errorf("straight:\n%s", got)
	}
	got := draw(rev(7, 104), rev(6, 102), rev(5, 103), rev(4, 102), rev(3, 102), rev(2, 101), rev(1, 0))
	want := "● @7 true\n│ ● @6 true\n│ │ ● @5 true\n● │ │ @4 true\n│ │ ● @3 false\n●─┴─╯ @2 false\n● @1 false\n"
	if got != want {
		t.Errorf("tree:\n%swant\n%s", got, want)
	}
	got = draw(rev(5, 101), rev(4, 102), rev(3, 101), rev(2, 101), rev(1, 0))
	if want := "● @5 true\n│ ● @4 true\n│ │ ● @3 true\n│ ● │ @2 false\n●─┴─╯ @1 false\n"; got != want {
		t.Errorf("beside each other:\n%s", got)
	}
	var many []session.Revision
	for n := 500; n > 1; n-- {
		many = append(many, rev(n, 101))
	}
	many = append(many, rev(1, 0))
	for _, x := range session.Lineages(many) {
		if w := text.Of(x.Rail).Width(); w > 2*session.Lanes {
			t.Fatalf("@%d: %d cells", x.Revision.Number, w)
		}
	}
}
