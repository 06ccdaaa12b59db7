package session_test

import (
	"slices"
	"testing"

	"galley/session"
	"galley/session/text"
)

func TestRenderedCount(t *testing.T) {
	c := session.Content{Blocks: []session.Block{
		{Kind: session.KindSystem, Role: session.RoleSystem, Text: "Be kind."},
		{Kind: session.KindInput, Role: session.RoleUser, Text: "Say {{x}} "},
	}}
	p := session.Compose(c, session.Case{Vars: []session.Var{{Name: "x", Value: "Be"}}}, session.Order{})
	tok := func(special bool, ts ...text.Raw) (out []session.Token) {
		for _, x := range ts {
			out = append(out, session.Token{Text: x, Special: special})
		}
		return out
	}
	// The template trims, and a token goes over the border of two spans.
	toks := slices.Concat(tok(true, "<s>"), tok(false, "sys\n", "Be", " kind."), tok(true, "</s>"), tok(false, "Sa", "y B", "e"), tok(true, "</s>"))
	r := session.Rendered{Tokens: toks, Total: 9, Source: "server"}
	for _, x := range toks {
		r.Text += x.Text
	}
	n, ok := r.Count(p, 100)
	if !ok || n.Total != 9 || n.Template != 4 || n.Source != "server" || n.Limit != 100 {
		t.Fatalf("%v %+v", ok, n)
	}
	sum := 0
	for i, s := range p.Spans {
		sum += n.Spans[i]
		if want := map[session.Part]int{session.PartVar: 1}[s.Part]; s.Part == session.PartVar && n.Spans[i] != want {
			t.Errorf("the value has %d tokens, want %d", n.Spans[i], want)
		}
	}
	if sum != 5 {
		t.Errorf("%d tokens of the blocks, want 5: %v", sum, n.Spans)
	}
	r.Text += "x"
	if _, ok := r.Count(p, 0); ok || r.Joined() {
		t.Error("tokens that are not the text were counted")
	}
	if _, ok := (session.Rendered{}).Count(p, 0); ok {
		t.Error("nothing was counted")
	}
}

func TestEvaluatedCompared(t *testing.T) {
	for _, tt := range []struct {
		e    session.Evaluated
		want string
		good bool
	}{
		{session.Evaluated{Text: "a", Tokens: 23, Counted: 23}, "proved: 23 = 23 tokens", true},
		{session.Evaluated{Text: "a", Tokens: 23, Counted: 24}, "not proved: the text has 24 tokens, 23 were evaluated", false},
		{session.Evaluated{Text: "a", Tokens: 23}, "23 tokens were evaluated; the engine can't count the text", false},
		{session.Evaluated{Text: "a"}, "the engine did not count it", false},
		{session.Evaluated{Tokens: 3}, "the engine does not say what it evaluated", false},
	} {
		if got, good := tt.e.Compared(); got != tt.want || good != tt.good {
			t.Errorf("%q %v, want %q", got, good, tt.want)
		}
	}
}

// A template that leaves calls of tools out is found out, as is one that writes them
// in its own way.
func TestTraceSeesCallsLeftOut(t *testing.T) {
	p := session.Compose(session.Content{Blocks: []session.Block{
		{Kind: session.KindShots, Role: session.RoleUser, Layout: session.LayoutTurns, Shots: []session.Shot{
			{Input: "Where is 7?", Calls: []session.ShotCall{{Name: "look", Arguments: `{"id": 7}`, Result: "shipped"}}, Output: "Done."},
		}},
		{Kind: session.KindInput, Role: session.RoleUser, Text: "look here"},
	}}, session.Case{}, session.Order{})
	for rendered, want := range map[text.Raw]string{
		"<u>Where is 7?<a>look(id=7)<t>shipped<a>Done.<u>look here<a>": "",
		"<u>Where is 7?<a><t>shipped<a>Done.<u>look here<a>":           "not there as composed: the call of look in message 2 (assistant)",
		"<u>Where is 7?<a>look<a>Done.<u>look here<a>":                 "not there as composed: message 3 (tool)",
	} {
		tr := session.TraceContext(p, rendered)
		if string(tr.Differs) != want || tr.Cut != (want != "") {
			t.Errorf("%s: cut %v, %q, want %q", string(rendered), tr.Cut, string(tr.Differs), want)
		}
	}
}
