package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func nearestOf(t testing.TB, e Embedded) Backend {
	t.Helper()
	b, err := embedded(e).Open(Config{Name: "embedded", Kind: "embedded"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ask(t testing.TB, b Backend, model string, p session.Proof, take int) string {
	t.Helper()
	w, err := b.Wire(Request{Model: model, Proof: p, Take: take})
	if err != nil {
		t.Fatal(err)
	}
	h := listen(context.Background(), b, w)
	if h.err != nil || h.last.Status != session.StatusDone {
		t.Fatalf("%+v", h)
	}
	return h.text
}

func shotsOf(pairs ...string) []session.Shot {
	var out []session.Shot
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, session.Shot{Name: text.Raw(fmt.Sprint("s", i/2)), Input: text.Raw(pairs[i]), Output: text.Raw(pairs[i+1])})
	}
	return out
}

// variantOf is system, instructions, shots in a layout, input.
func variantOf(shots []session.Shot, layout session.Layout, wrap session.Wrap, role session.Role, instructions string) session.Content {
	return session.Content{Blocks: []session.Block{
		{Kind: session.KindSystem, Role: session.RoleSystem, Text: "You sort mail."},
		{Kind: session.KindInstructions, Role: role, Text: text.Raw(instructions)},
		{Kind: session.KindShots, Role: role, Layout: layout, Wrap: wrap, Shots: shots},
		{Kind: session.KindInput, Role: session.RoleUser, Text: "Ticket:\n{{ticket}}"},
	}}
}

func ticket(s string) session.Case {
	return session.Case{Vars: []session.Var{{Name: "ticket", Value: text.Raw(s)}}}
}

// Every layout that composing writes is read back: the same shots, the same
// input, and nothing of the instructions in either.
func TestReadContext(t *testing.T) {
	line := rapid.StringMatching(`[a-z<>"&{}:'*# é]{1,20}`)
	out := rapid.StringMatching(`[a-z]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		var pairs []string
		for range rapid.IntRange(1, 4).Draw(t, "n") {
			in := line.Draw(t, "in")
			if rapid.Bool().Draw(t, "two lines") {
				in += "\n\n" + line.Draw(t, "in 2")
			}
			pairs = append(pairs, in, out.Draw(t, "out"))
		}
		shots := shotsOf(pairs...)
		layout := rapid.SampledFrom([]session.Layout{session.LayoutInline, session.LayoutTurns}).Draw(t, "layout")
		wrap := rapid.SampledFrom(session.Wraps()).Draw(t, "wrap")
		role := rapid.SampledFrom([]session.Role{session.RoleSystem, session.RoleUser}).Draw(t, "role")
		p := session.Compose(variantOf(shots, layout, wrap, role, "Choose a label."), ticket("my parcel"), session.Order{})
		c := readContext(p.Messages)
		if len(c.shots) != len(shots) {
			t.Fatalf("%s %s: %d shots of %d: %+v\n%s", layout, wrap, len(c.shots), len(shots), c.shots, p.Messages)
		}
		for i, s := range c.shots {
			if s.input != string(shots[i].Input) || s.output != string(shots[i].Output) {
				t.Fatalf("%s %s: shot %d is %q", layout, wrap, i, s)
			}
		}
		if strings.TrimSpace(c.input) != "Ticket:\nmy parcel" {
			t.Fatalf("%s %s %s: input %q", layout, wrap, role, c.input)
		}
	})
}

func TestReadOddContexts(t *testing.T) {
	user := func(s string) []session.Message {
		return []session.Message{{Role: session.RoleUser, Content: text.Raw(s)}}
	}
	for _, k := range []struct {
		msgs  []session.Message
		shots int
		input string
	}{
		{nil, 0, ""},
		{user("hello"), 0, "hello"},
		{user("Input: a\nOutput: x\n\nInput: my case\nOutput:"), 1, "Input: my case\nOutput:"},
		{user("Input: a\nOutput: x\n\nInput: my case\nOutput: "), 1, "Input: my case\nOutput: "},
		{user("the case\n\nInput: a\nOutput: x"), 1, "the case"},
		{user("<examples>\n<example>\n<input>\nhalf"), 0, "<examples>\n<example>\n<input>\nhalf"},
		{user("[\n  {\"input\": \"a\", \"output\": \"b\"},\n  {\"input\": \"c\"}\n]\n\ncase"), 1, "case"},
		{user("Input: never an output"), 0, "Input: never an output"},
		{[]session.Message{{Role: "assistant", Content: "x"}}, 0, ""},
		{[]session.Message{{Role: "user", Content: "q"}, {Role: "assistant", Content: "a"}}, 0, "q"},
		{[]session.Message{{Role: "user", Content: "in"}, {Role: "user", Content: "q1"}, {Role: "assistant", Content: "a1"}, {Role: "user", Content: "q"}}, 1, "q"},
	} {
		c := readContext(k.msgs)
		if len(c.shots) != k.shots || strings.TrimSpace(c.input) != strings.TrimSpace(k.input) {
			t.Errorf("%v: %d shots, input %q", k.msgs, len(c.shots), c.input)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // never a panic
		bits := rapid.SampledFrom([]string{"Input: ", "\nOutput: ", "\n\n", "### Example 1\n\n**Input**\n\n", "\n\n**Output**\n\n", "<examples>\n<example>\n<input>\n", "\n</input>\n<output>\n", "\n</output>\n</example>", "\n</examples>", "[\n  {\"input\": \"", "\", \"output\": \"", "\"}", "\n]", "a", "\n"})
		readContext(user(strings.Join(rapid.SliceOfN(bits, 0, 25).Draw(t, "bits"), "")))
	})
}

func TestNearest(t *testing.T) {
	b := nearestOf(t, Embedded{})
	shots := shotsOf("my card was charged twice", "billing", "the parcel is lost", "shipping", "the cover is scratched", "print", "password reset fails", "account")
	c := variantOf(shots, session.LayoutTurns, session.WrapNone, session.RoleUser, "Choose.")
	p := session.Compose(c, ticket("my parcel never came, is it lost"), session.Order{})
	if got := ask(t, b, "nearest", p, 1); got != "shipping" {
		t.Errorf("%q", got)
	}
	for take := 1; take <= 5; take++ {
		if x, y := ask(t, b, "nearest", p, take), ask(t, b, "nearest", p, take); x != y {
			t.Errorf("take %d: %q and %q", take, x, y)
		}
	}
	// Wording around the shots moves nothing, down to the draw.
	two := shotsOf("card charged", "billing", "card lost", "account", "card bent", "print")
	moved := 0
	for take := 1; take <= 40; take++ {
		kase := ticket("what about my card")
		x := ask(t, b, "nearest", session.Compose(variantOf(two, session.LayoutTurns, session.WrapNone, session.RoleUser, "Choose."), kase, session.Order{}), take)
		y := ask(t, b, "nearest", session.Compose(variantOf(two, session.LayoutTurns, session.WrapNone, session.RoleUser, "Please, PLEASE choose well; think of cards."), kase, session.Order{}), take)
		if x != y {
			t.Errorf("take %d: wording moved %q to %q", take, x, y)
		}
		if x != "billing" {
			moved++
		}
	}
	if moved < 10 || moved > 38 {
		t.Errorf("%d of 40 draws are not the first", moved)
	}
	none := session.Compose(variantOf(nil, session.LayoutTurns, session.WrapNone, session.RoleUser, "Choose."), ticket("x"), session.Order{})
	if got := ask(t, b, "nearest", none, 1); got != Unknown {
		t.Errorf("without shots: %q", got)
	}
	strange := session.Compose(c, ticket("zzz"), session.Order{})
	if got := ask(t, b, "nearest", strange, 1); got != Unknown {
		t.Errorf("nothing in common: %q", got)
	}
	if _, err := b.Wire(Request{Model: "farthest", Proof: p, Take: 1}); err == nil {
		t.Error("embedded/farthest answers")
	}
}

// The weight for place: of equal shots the last is drawn more often, by what
// the formula says, and with the weight 0 by nothing.
func TestPlace(t *testing.T) {
	same := shotsOf("the card", "a", "the card", "b", "the card", "c")
	p := session.Compose(variantOf(same, session.LayoutTurns, session.WrapNone, session.RoleUser, "x"), ticket("card"), session.Order{})
	for _, w := range []float64{0, 0.1, 3} {
		b := nearestOf(t, Embedded{Weight: &w})
		n := map[string]int{}
		const draws = 6000
		for take := 1; take <= draws; take++ {
			n[ask(t, b, "nearest", p, take)]++
		}
		sum := 3 + w*2
		for i, label := range []string{"a", "b", "c"} {
			want := draws * (1 + w*float64(i+1)/3) / sum
			if d := float64(n[label]) - want; d*d > 16*want { // four standard deviations
				t.Errorf("weight %v: %s drawn %d times, expected %.0f", w, label, n[label], want)
			}
		}
	}
}

// Without weight on places the order does nothing, even where more shots fit alike
// than are drawn from: the answers that can come are the same in every order.
func TestWithoutWeightOrderDoesNothing(t *testing.T) {
	weight := 0.0
	b := nearestOf(t, Embedded{Weight: &weight})
	shots := shotsOf("my card was charged", "billing", "card lost", "account", "card bent", "print", "card late", "shipping", "card torn", "bug")
	c := variantOf(shots, session.LayoutTurns, session.WrapNone, session.RoleUser, "Choose.")
	var first []string
	for row := range 10 {
		came := map[string]bool{}
		p := session.Compose(c, ticket("what about my card"), session.Williams(row+1, 10, 3))
		for take := 1; take <= 80; take++ {
			came[ask(t, b, "nearest", p, take)] = true
		}
		got := slices.Sorted(maps.Keys(came))
		if first == nil {
			first = got
		}
		if len(got) != 3 || !slices.Equal(got, first) {
			t.Errorf("%s draws from %q, another order from %q", p.Order, got, first)
		}
	}
}

func TestPrefillIsContinued(t *testing.T) {
	b := nearestOf(t, Embedded{})
	c := variantOf(shotsOf("a card", `{"label": "billing"}`), session.LayoutTurns, session.WrapNone, session.RoleUser, "x")
	c.Blocks = append(c.Blocks, session.Block{Kind: session.KindPrefill, Role: session.RoleAssistant, Text: `{"label":`})
	if got := ask(t, b, "nearest", session.Compose(c, ticket("card"), session.Order{}), 1); got != ` "billing"}` {
		t.Errorf("%q", got)
	}
}

// Words around the case's values move nothing, in the input block or in any
// other, whatever words they are; where no proof says which bytes are values,
// the whole message is read.
func TestWordingMovesNothing(t *testing.T) {
	b := nearestOf(t, Embedded{})
	shots := shotsOf("card charged", "billing", "card lost", "account", "card bent", "print")
	plain := variantOf(shots, session.LayoutTurns, session.WrapNone, session.RoleSystem, "Choose.")
	kase := ticket("what about my card, and the facts: it was charged")
	rapid.Check(t, func(t2 *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"card", "charged", "lost", "bent", "<ticket>", "\n", "- item", "Input", "Ä"}), 0, 6)
		worded := plain.Clone()
		around := strings.Join(words.Draw(t2, "before"), " ") + "{{ticket}}" + strings.Join(words.Draw(t2, "after"), " ")
		worded.Blocks[3].Text = text.Raw(around)
		worded.Blocks[1].Text = text.Raw(strings.Join(words.Draw(t2, "instructions"), " ") + ".")
		take := rapid.IntRange(1, 50).Draw(t2, "take")
		x := ask(t, b, "nearest", session.Compose(plain, kase, session.Order{}), take)
		y := ask(t, b, "nearest", session.Compose(worded, kase, session.Order{}), take)
		if x != y {
			t2.Fatalf("take %d: %q around moved %q to %q", take, around, x, y)
		}
	})
	p := session.Compose(plain, kase, session.Order{})
	w, err := b.Wire(Request{Model: "nearest", Proof: p, Take: 1})
	if err != nil || !strings.Contains(string(w.Body), `"values":[[8,57]]`) {
		t.Errorf("%s, %v", w.Body, err)
	}
	p.Spans = nil
	if w, err = b.Wire(Request{Model: "nearest", Proof: p, Take: 1}); err != nil || strings.Contains(string(w.Body), "values") {
		t.Errorf("%s, %v", w.Body, err)
	}
	var a asked
	if err := json.Unmarshal([]byte(`{"model":"nearest","messages":[{"role":"user","content":"card"}],"values":[[0,99]]}`), &a); err != nil || a.answer() != Unknown {
		t.Error(a.answer(), err)
	}
}

func TestExtractEndsSentencesOnce(t *testing.T) {
	b := nearestOf(t, Embedded{})
	c := session.Content{Blocks: []session.Block{{
		Kind: session.KindInput, Role: session.RoleUser,
		Text: "{{ticket}}\n\n- The card has two sides:\n- a card front;\n- a card \"back.\"",
	}}}
	if got := ask(t, b, "extract", session.Compose(c, ticket("card"), session.Order{}), 1); got != "The card has two sides: a card front; a card \"back.\"" {
		t.Errorf("%q", got)
	}
}

func TestExtract(t *testing.T) {
	b := nearestOf(t, Embedded{})
	c := session.Content{Blocks: []session.Block{
		{Kind: session.KindSystem, Role: session.RoleSystem, Text: "Answer from the facts. Cards are nice."},
		{Kind: session.KindInput, Role: session.RoleUser, Text: "Message:\n{{ticket}}\n\nFacts:\n- The card was charged once\n- Gift wrap is blue.\n- A second charge lapses within 7 days!"},
	}}
	if got := ask(t, b, "extract", session.Compose(c, ticket("Why was my card charged twice? I want the second charge back."), session.Order{}), 1); got != "The card was charged once. A second charge lapses within 7 days!" {
		t.Errorf("%q", got)
	}
	c.Blocks[1].Text = "{{ticket}}"
	if got := ask(t, b, "extract", session.Compose(c, ticket("cards?"), session.Order{}), 1); got != "Cards are nice." {
		t.Errorf("%q", got)
	}
	if got := ask(t, b, "extract", session.Compose(c, ticket("zzz"), session.Order{}), 1); got != Unknown {
		t.Errorf("%q", got)
	}
}

// The built-in baseline streams, and a cancelled one stops.
func TestEmbeddedStreams(t *testing.T) {
	b := nearestOf(t, Embedded{Delay: time.Millisecond})
	c := variantOf(shotsOf("card", "one two three"), session.LayoutTurns, session.WrapNone, session.RoleUser, "x")
	p := session.Compose(c, ticket("card"), session.Order{})
	w, _ := b.Wire(Request{Model: "nearest", Proof: p, Take: 1})
	n := 0
	for ch, err := range b.Stream(context.Background(), "nearest", w) {
		if err != nil {
			t.Fatal(err)
		}
		if ch.Text != "" {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d pieces", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if h := listen(ctx, b, w); h.err == nil {
		t.Errorf("%+v", h)
	}
	if _, err := b.Wire(Request{Model: "nearest", Take: 1, Proof: session.Proof{Messages: []session.Message{{Role: "user", Content: "\xff"}}}}); err == nil {
		t.Error("bytes that are no UTF-8 are carried")
	}
	if tr := b.Traits(); !tr.Free || !tr.CountHere || !strings.Contains(tr.About, "not a language model") || tr.Digest("nearest") == "" {
		t.Errorf("%+v", tr)
	}
}

// The sample behaves as its README says: more shots, more right answers.
func TestSampleAccuracy(t *testing.T) {
	const dir = "../../cmd/galley/sample/triage/"
	lines := func(name string) (out []json.RawMessage) {
		b, err := os.ReadFile(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(b)) {
			out = append(out, json.RawMessage(l))
		}
		return out
	}
	var shots []session.Shot
	for _, l := range lines("shots.jsonl") {
		var s struct{ Input, Output string }
		if err := json.Unmarshal(l, &s); err != nil {
			t.Fatal(err)
		}
		shots = append(shots, session.Shot{Input: text.Raw(s.Input), Output: text.Raw(s.Output)})
	}
	b := nearestOf(t, Embedded{})
	for _, k := range []struct {
		shots       int
		least, most float64
	}{{0, 0, 0}, {5, 0.36, 0.46}, {12, 0.55, 0.65}, {24, 0.57, 0.68}} {
		for _, layout := range []session.Layout{session.LayoutTurns, session.LayoutInline} {
			c := variantOf(shots[:k.shots], layout, session.WrapXML, session.RoleSystem, "Choose.")
			right, all := 0, 0
			for _, l := range lines("cases.jsonl") {
				var v struct {
					Vars   map[string]string
					Wanted string
				}
				if err := json.Unmarshal(l, &v); err != nil {
					t.Fatal(err)
				}
				p := session.Compose(c, ticket(v.Vars["ticket"]), session.Order{})
				for take := 1; take <= 10; take++ {
					all++
					if ask(t, b, "nearest", p, take) == v.Wanted {
						right++
					}
				}
			}
			got := float64(right) / float64(all)
			t.Logf("%d shots, %s: %.1f %%", k.shots, layout, 100*got)
			if got < k.least || got > k.most {
				t.Errorf("%d shots, %s: %.3f right", k.shots, layout, got)
			}
		}
	}
}

func TestAll(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range All() {
		if k.Name == "" || seen[k.Name] || k.Help == "" || strings.Contains(k.Help, "\n") || k.Open == nil {
			t.Errorf("%+v", k)
		}
		seen[k.Name] = true
	}
}

func TestSet(t *testing.T) {
	env := map[string]string{"LAB_KEY": "sk-1"}
	s, err := NewSet([]Config{
		{Name: "lab", Kind: "openai", BaseURL: "https://lab.test/v1", KeyEnv: "LAB_KEY", Prices: map[string]Price{"a/b": {Input: 1, Output: 2}}, Context: map[string]int{"a/b": 99}, Models: []string{"a/b"}},
		{Name: "openai", Kind: "openai", KeyEnv: "OPENAI_API_KEY"},
	}, func(k string) string { return env[k] }, Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.Names()); got != "[lab openai embedded human]" {
		t.Error(got)
	}
	if _, m, err := s.Resolve("lab/a/b"); err != nil || m != "a/b" {
		t.Error(m, err)
	}
	if p, ok := s.Price("lab/a/b"); !ok || p.Output != 2 || s.Context("lab/a/b") != 99 {
		t.Error(p, ok)
	}
	if p, ok := s.Price("embedded/nearest"); !ok || p != (Price{}) {
		t.Error(p, ok)
	}
	if _, ok := s.Price("lab/c"); ok {
		t.Error("a price of a model without one")
	}
	for ref, want := range map[string]string{
		"openai/gpt-5": "OPENAI_API_KEY", "nobody/x": "[backends.nobody]",
	} {
		var a *AccessError
		if _, _, err := s.Resolve(ref); !errors.As(err, &a) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if _, _, err := s.Lookup("openai/gpt-5"); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Resolve("ev\x1bil/x"); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("a name that holds an escape: %v", err)
	}
	if _, _, err := s.Resolve("nonsense"); err == nil {
		t.Error("nonsense resolves")
	}
	for _, bad := range [][]Config{
		{{Name: "x", Kind: "telepathy"}}, {{Name: "x", Kind: "openai"}}, {{Name: "a/b", Kind: "openai", BaseURL: "http://localhost"}}, {{Kind: "openai"}},
		{{Name: "x", Kind: "openai", BaseURL: "http://localhost"}, {Name: "x", Kind: "openai", BaseURL: "http://localhost"}},
		{{Name: "embedded", Kind: "openai", BaseURL: "http://localhost"}}, {{Name: "e", Kind: "embedded", BaseURL: "http://localhost"}},
		{{Name: "human", Kind: "openai", BaseURL: "http://localhost"}}, {{Name: "h", Kind: "human"}}, {{Name: "human", Kind: "human", KeyEnv: "K"}},
		{{Name: "x", Kind: "openai", BaseURL: "http://far.test", KeyEnv: "K"}}, {{Name: "x", Kind: "openai", BaseURL: "http://localhost", Concurrency: -1}},
	} {
		var c *ConfigError
		if _, err := NewSet(bad, nil, Embedded{}); !errors.As(err, &c) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	empty, err := NewSet(nil, nil, Embedded{})
	if err != nil {
		t.Fatal(err)
	}
	l := empty.Models(context.Background())
	if len(l) != 2 || len(l[0].Models) != 2 || l[0].Models[0].Ref != "embedded/nearest" || len(l[1].Models) != 1 || l[1].Models[0].Ref != "human/me" {
		t.Errorf("%+v", l)
	}
}
