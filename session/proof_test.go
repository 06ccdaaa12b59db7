package session_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func genMessages() *rapid.Generator[[]session.Message] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) session.Message {
		// Few letters, so that equal contexts and shifted borders are common.
		return session.Message{
			Role:    rapid.SampledFrom([]session.Role{"user", "assistant", "system", "", "prefill"}).Draw(t, "role"),
			Content: text.Raw(rapid.StringMatching("[a\x00]{0,3}").Draw(t, "content")),
		}
	}), 0, 3)
}

func TestHashNamesTheContent(t *testing.T) {
	seen := map[string][]session.Message{}
	prefills := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		m, prefill := genMessages().Draw(t, "messages"), rapid.Bool().Draw(t, "prefill")
		h := session.HashMessages(m, prefill)
		if h != session.HashMessages(slices.Clone(m), prefill) {
			t.Fatal("the same content has two names")
		}
		if other, ok := seen[h]; ok && (!session.SameMessages(other, m) || prefills[h] != prefill) {
			t.Fatalf("%q (prefill %v) and %q (prefill %v) have one name", m, prefill, other, prefills[h])
		}
		seen[h], prefills[h] = m, prefill
	})
}

func TestHashSeesShifts(t *testing.T) {
	msg := func(s ...string) (out []session.Message) {
		for i := 0; i < len(s); i += 2 {
			out = append(out, session.Message{Role: session.Role(s[i]), Content: text.Raw(s[i+1])})
		}
		return out
	}
	contexts := [][]session.Message{
		nil, msg("user", ""), msg("user", "ab"), msg("user", "a", "user", "b"), msg("user", "a", "user", "b", "user", ""),
		msg("user", "", "user", "ab"), msg("system", "ab"), msg("usera", "b"), msg("", "userab"), msg("user", "ab\n"), msg("user", "ab\x00"),
		msg("user", "a\xff"), msg("user", "a\ufffd"), msg("user", "é"), msg("user", "e\u0301"), msg("prefill", ""),
	}
	names := map[string]int{}
	for i, c := range contexts {
		for p, prefill := range []bool{false, true} {
			h := session.HashMessages(c, prefill)
			if at, ok := names[h]; ok {
				t.Errorf("context %d (prefill %v) has the name of %d", i, prefill, at)
			}
			names[h] = 2*i + p
		}
	}
	// The name is part of the file format: it must not change by accident.
	if got, want := session.HashMessages(msg("system", "be kind", "user", "hi"), false), "sha256:7c46c6c0fae357de4b77559525447721eb9943ba3d8ecf0d4ea4fc07a153d824"; got != want {
		t.Errorf("the name of a context changed: %s, was %s", got, want)
	}
}

func TestHashIgnoresWhatIsNotContext(t *testing.T) {
	c := session.Content{Params: session.DefaultParams(), Blocks: []session.Block{
		{UID: "a", Kind: session.KindInstructions, Role: session.RoleUser, Title: "Rules", Text: "Sort."},
		{UID: "b", Kind: session.KindInput, Role: session.RoleUser, Text: "{{x}}"},
	}}
	k := session.Case{Name: "c1", Vars: []session.Var{{Name: "x", Value: "1"}}}
	want := session.Compose(c, k, session.Order{}).Hash

	d := c.Clone()
	*d.Params.Temperature, d.Params.MaxTokens, d.Params.Stop = 0, 1, []text.Raw{"x"}
	d.Blocks[0].UID, d.Blocks[0].Title = "z", "Other"
	other := session.Case{Name: "c2", Vars: []session.Var{{Name: "y", Value: "2"}, {Name: "x", Value: "1"}}}
	if got := session.Compose(d, other, session.Seeded(3)).Hash; got != want {
		t.Error("parameters, titles, names or an order without shots changed the name of the context")
	}
	for what, change := range map[string]func(*session.Content){
		"role":            func(c *session.Content) { c.Blocks[0].Role = session.RoleSystem },
		"text":            func(c *session.Content) { c.Blocks[0].Text += " " },
		"wrapper":         func(c *session.Content) { c.Blocks[0].Wrap = session.WrapXML },
		"off":             func(c *session.Content) { c.Blocks[0].Off = true },
		"prefill":         func(c *session.Content) { c.Blocks[1].Kind = session.KindPrefill },
		"order of blocks": func(c *session.Content) { slices.Reverse(c.Blocks) },
	} {
		e := c.Clone()
		change(&e)
		if session.Compose(e, k, session.Order{}).Hash == want {
			t.Errorf("%s does not change the name of the context", what)
		}
	}
}

func TestWireHash(t *testing.T) {
	a := session.NewWire("POST", "/v1/chat", []byte("{}"))
	for _, b := range []session.Wire{
		session.NewWire("PUT", "/v1/chat", []byte("{}")), session.NewWire("POST", "/v1/cha", []byte("t{}")),
		session.NewWire("POST", "/v1/chat", []byte("{} ")), session.NewWire("POST", "/v1/chat", nil),
	} {
		if a.Hash == b.Hash {
			t.Errorf("%+v has the name of another wire", b)
		}
	}
	if a.Hash != session.NewWire("POST", "/v1/chat", []byte("{}")).Hash {
		t.Error("one wire has two names")
	}
}

func TestTokensByBlock(t *testing.T) {
	p := session.Proof{Spans: []session.Span{{Block: 0}, {Block: 2}, {Block: 2}, {Block: 9}}}
	got := session.TokenCount{Spans: []int{1, 2, 3, 4}}.ByBlock(p, 3)
	if !slices.Equal(got, []int{1, 0, 5}) {
		t.Errorf("got %v", got)
	}
	if got := (session.TokenCount{Spans: []int{1}}).ByBlock(p, 3); !slices.Equal(got, []int{1, 0, 0}) {
		t.Errorf("a short count gave %v", got)
	}
}

func TestContentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := genContent(true).Draw(t, "content")
		c.Params.Stop = []text.Raw{genText(true).Draw(t, "stop")}
		if c.Invalid() != "" {
			t.Fatalf("UTF-8 called invalid: %s", c.Invalid())
		}
		d, err := session.ParseContent(c.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if string(d.JSON()) != string(c.JSON()) || d.Hash() != c.Hash() {
			t.Fatal("the content changed in JSON")
		}
		for i, b := range d.Blocks { // texts of resources are kept apart, by their hash
			for j := range b.Resources {
				b.Resources[j].Text = c.Blocks[i].Resources[j].Text
			}
		}
		k := genCase(true).Draw(t, "case")
		if session.Compose(c, k, session.Order{}).Hash != session.Compose(d, k, session.Order{}).Hash {
			t.Fatal("the context changed in JSON")
		}
	})
}

func TestInvalid(t *testing.T) {
	bad := text.Raw("a\xff")
	for what, c := range map[string]session.Content{
		"text":        {Blocks: []session.Block{{Text: bad}}},
		"title":       {Blocks: []session.Block{{Title: bad}}},
		"shot input":  {Blocks: []session.Block{{Shots: []session.Shot{{Input: bad}}}}},
		"shot output": {Blocks: []session.Block{{Shots: []session.Shot{{Output: bad}}}}},
		"shot name":   {Blocks: []session.Block{{Shots: []session.Shot{{Name: bad}}}}},
		"shot tag":    {Blocks: []session.Block{{Shots: []session.Shot{{Tags: []text.Raw{"ok", bad}}}}}},
		"stop":        {Params: session.Params{Stop: []text.Raw{bad}}},
	} {
		if c.Invalid() == "" {
			t.Errorf("%s: bytes that are not UTF-8 were not found; JSON would change them", what)
		}
	}
}
