package session_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// bank is a block of shots written as "label input" lines.
func bank(pick *session.Pick, lines ...string) session.Block {
	b := session.Block{Kind: session.KindShots, Role: session.RoleUser, Pick: pick}
	for i, l := range lines {
		label, input, _ := strings.Cut(l, " ")
		s := session.Shot{Name: text.Raw(fmt.Sprint("s", i)), Input: text.Raw(input), Output: text.Raw(strings.Trim(label, "^$-"))}
		switch {
		case strings.HasPrefix(label, "^"):
			s.Pin = session.PinFirst
		case strings.HasPrefix(label, "$"):
			s.Pin = session.PinLast
		case strings.HasPrefix(label, "-"):
			s.Off = true
		}
		b.Shots = append(b.Shots, s)
	}
	return b
}

func files(pick *session.Pick, texts ...string) session.Block {
	b := session.Block{Kind: session.KindResources, Role: session.RoleUser, Pick: pick}
	for i, t := range texts {
		b.Resources = append(b.Resources, session.Resource{Name: text.Raw(fmt.Sprint("r", i)), Text: text.Raw(t)})
	}
	return b
}

func ask(v ...string) session.Case {
	var k session.Case
	for i, s := range v {
		k.Vars = append(k.Vars, session.Var{Name: text.Raw("xyz"[i : i+1]), Value: text.Raw(s)})
	}
	return k
}

func TestChoose(t *testing.T) {
	many := []string{"bug a crash", "bug the app crashes on start", "sales a price", "^bug pinned", "-bug off crash", "sales price of the big plan", "$other last", "other hello"}
	for _, tt := range []struct {
		name string
		b    session.Block
		k    session.Case
		want []int
	}{
		{"all, pinned at their ends", bank(nil, many...), ask(), []int{3, 0, 1, 2, 5, 7, 6}},
		{"first, pinned count", bank(&session.Pick{How: session.PickFirst, N: 4}, many...), ask(), []int{3, 0, 1, 6}},
		{"pinned stand whatever n is", bank(&session.Pick{How: session.PickFirst, N: 1}, many...), ask(), []int{3, 6}},
		{"0 is all", bank(&session.Pick{How: session.PickFirst}, many...), ask(), []int{3, 0, 1, 2, 5, 7, 6}},
		{"more than there are", bank(&session.Pick{How: session.PickNearest, N: 99}, many[:2]...), ask("crash"), []int{1, 0}},
		{"nearest, the best last", bank(&session.Pick{How: session.PickNearest, N: 4}, many...), ask("what is the price of the plan?"), []int{3, 2, 5, 6}},
		{"nearest by one variable", bank(&session.Pick{How: session.PickNearest, N: 3, Query: "y"}, many...), ask("price of the plan", "it does crash"), []int{3, 0, 6}},
		{"nearest without values takes the first", bank(&session.Pick{How: session.PickNearest, N: 4}, many...), ask(), []int{3, 0, 1, 6}},
		{"nearest with no word in common takes the first", bank(&session.Pick{How: session.PickNearest, N: 2}, many[:3]...), ask("zebra"), []int{1, 0}},
		{"equal scores in the order of the bank", bank(&session.Pick{How: session.PickNearest, N: 2}, "a crash", "b crash", "c crash"), ask("crash"), []int{1, 0}},
		{"by answer", bank(&session.Pick{How: session.PickSpread, By: "label", N: 3}, "bug 1", "bug 2", "bug 3", "bug 4", "sales 5", "sales 6"), ask(), []int{0, 1, 4}},
		{"an answer is compared folded", bank(&session.Pick{How: session.PickSpread, By: "label", N: 2}, "Bug 1", "bug 2", "sales 3", "SALES 4"), ask(), []int{0, 2}},
		{"what is pinned counts for its answer", bank(&session.Pick{How: session.PickSpread, By: "label", N: 2}, "bug 1", "$bug 2", "sales 3", "sales 4"), ask(), []int{2, 1}},
		{"more pinned than the quota", bank(&session.Pick{How: session.PickSpread, By: "label", N: 3}, "^bug 1", "$bug 2", "sales 3", "sales 4", "sales 5", "sales 6"), ask(), []int{0, 2, 1}},
		{"no tags are one stratum", bank(&session.Pick{How: session.PickSpread, N: 2}, "a 1", "b 2", "c 3"), ask(), []int{0, 1}},
		{"resources best first", files(&session.Pick{How: session.PickNearest, N: 2}, "cats sleep", "dogs bark", "dogs and dogs bark at cats"), ask("dogs"), []int{2, 1}},
		{"resources best last", files(&session.Pick{How: session.PickNearest, N: 2, Sort: "last"}, "cats sleep", "dogs bark", "dogs and dogs bark at cats"), ask("dogs"), []int{1, 2}},
		{"resources as in the bank", files(&session.Pick{How: session.PickNearest, N: 2, Sort: "bank"}, "dogs", "cats sleep", "dogs dogs"), ask("dogs"), []int{0, 2}},
		{"too long is left out whole, a shorter one stands", files(&session.Pick{How: session.PickAll, Limit: 7}, "abcd", "abcdefgh", "xyz"), ask(), []int{0, 2}},
		{"cut, and nothing behind", files(&session.Pick{How: session.PickAll, Limit: 10, Cut: true}, "abcd", "efgh ijkl", "x"), ask(), []int{0, 1}},
		{"a list of the case", files(&session.Pick{How: session.PickColumn, Column: "y", N: 2}, "not this"), ask("q", `["one", "two", "three"]`), []int{0, 1}},
	} {
		got, _ := session.Choose(tt.b, tt.k)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWhy(t *testing.T) {
	b := files(&session.Pick{How: session.PickNearest, N: 1}, "the price of dogs", "dogs", "cats", "dogs dogs and a price", "hats", "bats", "mats")
	_, why := session.Choose(b, ask("The price of dogs, dogs!"))
	var got []string
	for _, w := range why {
		got = append(got, fmt.Sprintf("%d:%s left=%v %v %v", w.Rank, string(w.Name), w.Left, w.Words, w.Score > 0))
	}
	want := []string{
		"1:r3 left=false [dogs price] true", "2:r0 left=true [dogs price] true", "3:r1 left=true [dogs] true",
		"4:r2 left=true [] false", "5:r4 left=true [] false", "6:r5 left=true [] false",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("want − got +:\n%s", d)
	}
	// The words' parts are the score.
	texts := []string{"the price of dogs", "dogs", "cats", "dogs dogs and a price", "hats", "bats", "mats"}
	if s := session.NewRetriever(texts).Scores("The price of dogs, dogs!"); math.Abs(s[3]-why[0].Score) > 1e-12 {
		t.Errorf("the score is %v, of the retriever %v", why[0].Score, s[3])
	}
	if _, why := session.Choose(bank(nil, "a b"), ask("b")); why != nil {
		t.Errorf("a block that does not choose gives reasons: %v", why)
	}
	_, why = session.Choose(bank(&session.Pick{How: session.PickNearest, N: 2}, "^a first", "b word", "c none"), ask("word"))
	if len(why) != 3 || why[0].Item != 1 || why[0].Rank != 1 || why[1].Item != 0 || why[1].Rank != 0 || !why[2].Left {
		t.Errorf("got %+v", why)
	}
	p := session.Compose(session.Content{Blocks: []session.Block{{Kind: session.KindSystem, Text: "x"}, b}}, ask("dogs"), session.Order{})
	if len(p.Retrieved) != 6 || p.Retrieved[0].Block != 1 {
		t.Errorf("the proof says %+v", p.Retrieved)
	}
}

func TestNotesSayWhatCouldNotBeChosen(t *testing.T) {
	for _, tt := range []struct {
		name string
		b    session.Block
		k    session.Case
		want string
	}{
		{"no values", bank(&session.Pick{How: session.PickNearest, N: 1}, "a b"), ask(), "The case has no values to compare with, so the first 1 shot stand."},
		{"no such variable", files(&session.Pick{How: session.PickNearest, N: 2, Query: "q"}, "b", "c"), ask("b"), "The case has no value q, so the first 2 resources stand."},
		{"no word", files(&session.Pick{How: session.PickNearest, N: 1}, "b"), ask("z"), "No word of the case stands in any of the 1 resource"},
		{"no column", files(&session.Pick{How: session.PickColumn, Column: "docs"}, "b"), ask("z"), "The case has no value docs"},
		{"an empty column", files(&session.Pick{How: session.PickColumn, Column: "x"}, "b"), ask(" \n"), "is empty, so none stand"},
		{"broken JSON", files(&session.Pick{How: session.PickColumn, Column: "x"}, "b"), ask(`["a", `), "JSON was begun and is not valid, so the pieces between blank lines were taken of the value x"},
		{"an entry without text", files(&session.Pick{How: session.PickColumn, Column: "x"}, "b"), ask(`["a", {"name": "n"}, 7]`), "Entry 2 has no text"},
		{"an unknown way", bank(&session.Pick{How: "best"}, "a b"), ask(), `There is no way to choose called "best"; all stand.`},
		{"nothing to say", bank(&session.Pick{How: session.PickNearest, N: 1}, "a b"), ask("b"), ""},
	} {
		p := session.Compose(session.Content{Blocks: []session.Block{tt.b}}, tt.k, session.Order{})
		if len(p.Notes) == 0 && tt.want == "" {
			continue
		}
		if len(p.Notes) == 0 || tt.want == "" || !strings.Contains(string(p.Notes[0].What), strings.Trim(tt.want, `"`)) && !strings.Contains(p.Notes[0].What.String(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, p.Notes, tt.want)
		}
	}
}

// The choice depends on nothing but what is chosen from: each may stand anywhere in
// the bank, and rows that are off move nothing.
func TestChoiceIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]session.Kind{session.KindShots, session.KindResources}).Draw(t, "kind")
		b := session.Block{Kind: kind, Role: session.RoleUser, Pick: genPick(kind).Draw(t, "pick")}
		b.Shots = rapid.SliceOfN(genShot(false), 0, 12).Draw(t, "shots")
		b.Resources = rapid.SliceOfN(genResource(false), 0, 12).Draw(t, "resources")
		k := genCase(false).Draw(t, "case")
		items, why := session.Choose(b, k)
		again, why2 := session.Choose(b, k)
		if !slices.Equal(items, again) || cmp.Diff(why, why2) != "" {
			t.Fatal("one block and case, two choices")
		}
		column := b.Pick != nil && b.Pick.How == session.PickColumn
		seen, stands := map[int]bool{}, map[int]bool{}
		for _, i := range items {
			if seen[i] {
				t.Fatalf("%d stands twice in %v", i, items)
			}
			seen[i], stands[i] = true, true
		}
		if column {
			return
		}
		off, pinned, on := 0, 0, 0
		bytes := 0
		for i := range max(len(b.Shots), len(b.Resources)) {
			switch {
			case kind == session.KindShots && i < len(b.Shots):
				if s := b.Shots[i]; s.Off && stands[i] || !s.Off && s.Pin != "" && !stands[i] {
					t.Fatalf("shot %d (off %v, pin %q) stands: %v", i, s.Off, s.Pin, stands[i])
				} else if !s.Off {
					if on++; s.Pin != "" {
						pinned++
					}
				}
			case kind == session.KindResources && i < len(b.Resources):
				if !b.Resources[i].Off {
					on++
				} else if stands[i] {
					t.Fatal("a resource that is off stands")
				}
			default:
				off++
			}
		}
		for _, r := range session.Chosen(b, k) {
			bytes += len(r.Text)
		}
		limited := kind == session.KindResources && b.Pick != nil && b.Pick.Limit > 0
		if limited && bytes > b.Pick.Limit {
			t.Fatalf("%d bytes stand, the limit is %d", bytes, b.Pick.Limit)
		}
		want := on
		if b.Pick != nil && b.Pick.N > 0 && b.Pick.How != session.PickAll {
			want = min(on, max(b.Pick.N, pinned))
		}
		if len(items) != want && !limited {
			t.Fatalf("%d stand, want %d of %d (%d pinned, %+v)", len(items), want, on, pinned, b.Pick)
		}
	})
}

func TestQuotas(t *testing.T) {
	for _, tt := range []struct {
		weight map[string]int
		n      int
		want   map[string]int
	}{
		{map[string]int{"a": 6, "b": 6, "c": 2}, 10, map[string]int{"a": 4, "b": 4, "c": 2}}, // the paradox of Alabama
		{map[string]int{"a": 6, "b": 6, "c": 2}, 11, map[string]int{"a": 5, "b": 5, "c": 1}},
		{map[string]int{"a": 1, "b": 1, "c": 1}, 2, map[string]int{"a": 1, "b": 1, "c": 0}}, // ties by name
		{map[string]int{"a": 1, "b": 3}, 2, map[string]int{"a": 0, "b": 2}},                 // equal remainders: the larger
		{map[string]int{"a": 47, "b": 16, "c": 15, "d": 12, "e": 6, "f": 3, "g": 1}, 10, map[string]int{"a": 5, "b": 2, "c": 1, "d": 1, "e": 1, "f": 0, "g": 0}},
		{map[string]int{}, 3, map[string]int{}},
	} {
		if d := cmp.Diff(tt.want, session.Quotas(tt.weight, tt.n)); d != "" {
			t.Errorf("%v for %d: want − got +:\n%s", tt.weight, tt.n, d)
		}
	}
}

func TestRandomPickIsFair(t *testing.T) {
	var at [5]int
	const rounds = 10_000
	for seed := range uint64(rounds) {
		got, _ := session.Choose(bank(&session.Pick{How: session.PickRandom, N: 2, Seed: seed}, "a 1", "b 2", "c 3", "d 4", "e 5"), ask())
		if len(got) != 2 || got[0] >= got[1] {
			t.Fatalf("seed %d chose %v", seed, got)
		}
		for _, i := range got {
			at[i]++
		}
	}
	for i, n := range at { // 4,000 expected, standard deviation 49
		if n < 3_755 || n > 4_245 {
			t.Errorf("shot %d was drawn %d times of %d, want about 4000", i, n, rounds)
		}
	}
}

func TestParseColumn(t *testing.T) {
	res := func(v ...string) (out []session.Resource) {
		for i := 0; i < len(v); i += 3 {
			out = append(out, session.Resource{Text: text.Raw(v[i]), Name: text.Raw(v[i+1]), Source: text.Raw(v[i+2])})
		}
		return out
	}
	for _, tt := range []struct {
		in    string
		want  []session.Resource
		notes int
	}{
		{`["one", " two "]`, res("one", "", "", " two ", "", ""), 0},
		{`[{"text": "a", "name": "n", "source": "s"}, {"content": "b", "title": "t", "url": "u"}, {"text": "c", "id": 7}]`, res("a", "n", "s", "b", "t", "u", "c", "7", ""), 0},
		{"  [\n\"x\"]\n", res("x", "", ""), 0},
		{`{"text": "one"}`, res("one", "", ""), 0},
		{"one\nline\n\ntwo\r\nmore\r\n\r\nthree", res("one\nline", "", "", "two\r\nmore", "", "", "three", "", ""), 0},
		{"[1] a footnote\n\nmore", res("[1] a footnote", "", "", "more", "", ""), 1},
		{`[null, "a", {}, {"text": null}]`, res("a", "", ""), 3},
		{`[]`, nil, 0},
		{`["a"] and more`, res(`["a"] and more`, "", ""), 1},
		{"\n\n", nil, 0},
	} {
		got, notes := session.ParseColumn(text.Raw(tt.in))
		if d := cmp.Diff(tt.want, got); d != "" || len(notes) != tt.notes {
			t.Errorf("%q: %d notes %q, want %d; want − got +:\n%s", tt.in, len(notes), notes, tt.notes, d)
		}
	}
}

func TestCutStandsAtABorder(t *testing.T) {
	long := "The first sentence is here. The second one is longer than that. And a third."
	for _, tt := range []struct {
		limit int
		want  string
	}{
		{len(long), long}, {70, "The first sentence is here. The second one is longer than that."}, {40, "The first sentence is here."},
		{20, "The first sentence"}, {2, ""}, {3, "The"}, {4, "The"},
	} {
		got := session.Chosen(files(&session.Pick{How: session.PickAll, Limit: tt.limit, Cut: true}, long), ask())
		switch {
		case tt.want == "" && len(got) == 0:
		case len(got) != 1 || string(got[0].Text) != tt.want:
			t.Errorf("limit %d: got %v, want %q", tt.limit, got, tt.want)
		}
	}
	if got := session.Chosen(files(&session.Pick{How: session.PickAll, Limit: 4, Cut: true}, "日本語"), ask()); len(got) != 0 {
		t.Errorf("a character was cut: %q", got[0].Text)
	}
}

func TestParseCalls(t *testing.T) {
	got, err := session.ParseCalls(`[{"name": "a", "arguments": {"x": [1,  2]}, "result": "ok"}, {"name": "b", "arguments": "{}", "result": {"n": 1}}, {"name": "c"}]`)
	want := []session.ShotCall{{Name: "a", Arguments: `{"x": [1,  2]}`, Result: "ok"}, {Name: "b", Arguments: "{}", Result: `{"n": 1}`}, {Name: "c", Arguments: "{}"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v; want − got +:\n%s", err, d)
	}
	for _, s := range []string{`{`, `{"name": "a"}`, `[{"arguments": {}}]`, `[{"name": ""}]`, `[{"name": "a", "arguments": [1]}]`, `[{"name": "a", "arguments": "x"}]`, `[{"name": "a", "args": {}}]`, `[] []`, `[{"name": "a", "arguments": null}]`} {
		if got, err := session.ParseCalls(text.Raw(s)); err == nil {
			t.Errorf("%s reads as %v; want an error", s, got)
		}
	}
	for _, s := range []text.Raw{"", " ", "[]"} {
		if got, err := session.ParseCalls(s); err != nil || got != nil {
			t.Errorf("%q reads as %v, %v", s, got, err)
		}
	}
}

func TestPickCheck(t *testing.T) {
	for _, tt := range []struct {
		kind session.Kind
		p    *session.Pick
		bad  string
	}{
		{session.KindInput, nil, ""},
		{session.KindShots, &session.Pick{How: session.PickNearest, N: 3}, ""},
		{session.KindResources, &session.Pick{How: session.PickColumn, Column: "docs"}, ""},
		{session.KindInput, &session.Pick{How: session.PickAll}, "nothing to choose from"},
		{session.KindShots, &session.Pick{How: session.PickColumn, Column: "docs"}, `pick "column"`},
		{session.KindResources, &session.Pick{How: session.PickColumn}, "name the variable"},
		{session.KindResources, &session.Pick{How: session.PickColumn, Column: "docs", Bank: true}, "is not chosen from the bank"},
		{session.KindResources, &session.Pick{How: session.PickAll, Bank: true}, ""},
		{session.KindShots, &session.Pick{How: session.PickAll, N: -1}, "at least 0"},
		{session.KindResources, &session.Pick{How: session.PickSpread, By: "label"}, `by "label"`},
		{session.KindShots, &session.Pick{How: session.PickSpread, By: "label"}, ""},
		{session.KindResources, &session.Pick{How: session.PickAll, Sort: "up"}, `sort "up"`},
	} {
		c := session.Content{Blocks: []session.Block{{Kind: tt.kind, Role: session.RoleUser, Wrap: session.WrapNone, Layout: session.LayoutInline, Pick: tt.p}}}
		err := c.Check()
		if (err == nil) != (tt.bad == "") || err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), "\u201c", `"`), tt.bad) {
			t.Errorf("%s %+v: %v, want %q", tt.kind, tt.p, err, tt.bad)
		}
	}
}

func TestTwins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := genContent(true).Draw(t, "content"), rapid.SampledFrom(session.Wraps()).Draw(t, "wrap")
		before := c.Clone()
		twin := c.Twin(w)
		if d := cmp.Diff(before, c); d != "" {
			t.Fatalf("the content changed:\n%s", d)
		}
		if d := cmp.Diff(twin, twin.Twin(w)); d != "" {
			t.Fatalf("the twin's twin differs:\n%s", d)
		}
		for i, b := range twin.Blocks {
			old := c.Blocks[i]
			stays := b.Kind.Beside() || b.Kind == session.KindPrefill || b.Kind == session.KindTurns
			if stays && cmp.Diff(old, b) != "" || !stays && b.Wrap != w || b.UID != old.UID || b.Title != old.Title || b.Text != old.Text {
				t.Fatalf("block %+v became %+v", old, b)
			}
		}
	})
}

func TestScaffoldsAreTextToEdit(t *testing.T) {
	names := map[string]bool{}
	for _, s := range session.Scaffolds() {
		if names[s.Name] || s.Help == "" || s.Block.Title == "" || s.Block.Text == "" {
			t.Errorf("scaffold %q is named twice or says nothing", s.Name)
		}
		names[s.Name] = true
		c := session.Content{Blocks: []session.Block{s.Block}}
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if n := c.Names(); len(n) > 0 {
			t.Errorf("%s asks for variables: %v", s.Name, n)
		}
	}
	if len(names) != 4 {
		t.Errorf("%d scaffolds", len(names))
	}
}

func TestCallsBecomeMessages(t *testing.T) {
	c := session.Content{Blocks: []session.Block{
		{Kind: session.KindShots, Role: session.RoleUser, Layout: session.LayoutTurns, Text: "Answers look so:", Shots: []session.Shot{
			{Name: "a", Input: "Where is order 7?", Calls: []session.ShotCall{{Name: "lookup", Arguments: `{"id": 7}`, Result: "shipped"}, {Name: "eta", Arguments: `{}`}}, Output: "It is on its way."},
			{Name: "b", Output: "Only an answer."},
			{Name: "c", Input: "And 8?", Calls: []session.ShotCall{{Name: "lookup", Arguments: `{"id": 8}`}}},
		}},
		{Kind: session.KindInput, Role: session.RoleUser, Text: "And 9?"},
	}}
	p := session.Compose(c, session.Case{}, session.Order{})
	want := []session.Message{
		{Role: session.RoleUser, Content: "Answers look so:\n\nOutput: Only an answer."},
		{Role: session.RoleUser, Content: "Where is order 7?"},
		{Role: session.RoleAssistant, Calls: []session.ToolCall{{ID: "call_1", Name: "lookup", Arguments: `{"id": 7}`}, {ID: "call_2", Name: "eta", Arguments: `{}`}}},
		{Role: session.RoleTool, Content: "shipped", CallID: "call_1"},
		{Role: session.RoleTool, CallID: "call_2"},
		{Role: session.RoleAssistant, Content: "It is on its way."},
		{Role: session.RoleUser, Content: "And 8?"},
		{Role: session.RoleAssistant, Calls: []session.ToolCall{{ID: "call_3", Name: "lookup", Arguments: `{"id": 8}`}}},
		{Role: session.RoleUser, Content: "And 9?"},
	}
	if d := cmp.Diff(want, p.Messages); d != "" {
		t.Errorf("want − got +:\n%s", d)
	}
	for m := range p.Messages {
		if len(p.SpansOf(m)) == 0 {
			t.Errorf("message %d is of no block", m+1)
		}
	}
	if got := p.ItemName(c, p.SpansOf(2)[0]); got != "a" {
		t.Errorf("the calls are of %q", got)
	}

	c.Blocks[0].Layout, c.Blocks[0].Wrap = session.LayoutInline, session.WrapJSON
	p = session.Compose(c, session.Case{}, session.Order{})
	_, list, _ := strings.Cut(string(p.Messages[0].Content), "\n\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var got []struct {
		Input, Output *string
		Calls         []struct {
			Name      string
			Arguments map[string]int
			Result    string
		}
	}
	if err := json.Unmarshal([]byte(list), &got); err != nil {
		t.Fatalf("%v in %s", err, list)
	}
	if len(got) != 3 || got[0].Calls[0].Arguments["id"] != 7 || got[0].Calls[0].Result != "shipped" || got[1].Input != nil || *got[1].Output != "Only an answer." || got[2].Output != nil {
		t.Errorf("inline: %s", list)
	}
}

func TestResourcesReadWell(t *testing.T) {
	b := session.Block{Kind: session.KindResources, Role: session.RoleUser, Text: "Answer {{x}} from these:", Resources: []session.Resource{
		{Name: `a "b" <c>`, Text: "One {{x}}.", Source: "https://example.org/a"}, {Name: "guide.md#2", Source: "/home/ana/guide.md", Text: "Two."}, {Text: "Three."},
	}}
	for wrap, want := range map[session.Wrap]string{
		session.WrapXML: "Answer 1 from these:\n\n<documents>\n<document name=\"a &quot;b&quot; &lt;c&gt;\" source=\"https://example.org/a\">\nOne {{x}}.\n</document>\n" +
			"<document name=\"guide.md#2\">\nTwo.\n</document>\n<document>\nThree.\n</document>\n</documents>",
		session.WrapMarkdown: "Answer 1 from these:\n\n### a \"b\" <c> (https://example.org/a)\n\nOne {{x}}.\n\n### guide.md#2\n\nTwo.\n\n### Document 3\n\nThree.",
		session.WrapJSON: "Answer 1 from these:\n\n[\n  {\"name\": \"a \\\"b\\\" <c>\", \"source\": \"https://example.org/a\", \"text\": \"One {{x}}.\"},\n" +
			"  {\"name\": \"guide.md#2\", \"text\": \"Two.\"},\n  {\"text\": \"Three.\"}\n]",
		session.WrapNone: "Answer 1 from these:\n\n[a \"b\" <c> (https://example.org/a)]\nOne {{x}}.\n\n[guide.md#2]\nTwo.\n\n[3]\nThree.",
	} {
		b.Wrap = wrap
		p := session.Compose(session.Content{Blocks: []session.Block{b}}, ask("1"), session.Order{})
		if d := cmp.Diff(want, string(p.Messages[0].Content)); d != "" {
			t.Errorf("%s: want − got +:\n%s", wrap, d)
		}
	}
}

// BenchmarkNearest composes with a megabyte of resources, 5 of which stand.
func BenchmarkNearest(b *testing.B) {
	var list []string
	for i := range 1000 {
		list = append(list, strings.Repeat(fmt.Sprintf("Word%d of a sentence about parcels, invoices and number %d. ", i%97, i), 18))
	}
	c := session.Content{Blocks: []session.Block{files(&session.Pick{How: session.PickNearest, N: 5}, list...)}}
	k := ask("Where is my parcel, and what of number 7?")
	for b.Loop() {
		session.Compose(c, k, session.Order{})
	}
}

// What was read once is ranked as what is read anew, also by many at once.
func TestReadingsThatAreKeptRankTheSame(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				list := []string{fmt.Sprint("parcel ", i%12), "a refund", fmt.Sprint("parcel parcel ", i%5)}
				_, why := session.Choose(files(&session.Pick{How: session.PickNearest, N: 3}, list...), ask("parcel refund"))
				want := session.NewRetriever(list).Scores("parcel refund")
				for _, w := range why {
					if w.Score != want[w.Item] {
						t.Errorf("%d: %q scores %v, read anew %v", g, list[w.Item], w.Score, want[w.Item])
					}
				}
			}
		})
	}
	wg.Wait()
}
