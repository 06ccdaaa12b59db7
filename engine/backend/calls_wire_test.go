package backend

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
)

// calling is a context with a shot that calls two tools.
func calling() session.Content {
	return session.Content{Blocks: []session.Block{
		{Kind: session.KindShots, Role: session.RoleUser, Wrap: session.WrapNone, Layout: session.LayoutTurns, Shots: []session.Shot{{
			Name: "s1", Input: "Where is 7?", Output: "On its way.",
			Calls: []session.ShotCall{{Name: "look", Arguments: `{"id": 7}`, Result: `{"state": "shipped"}`}, {Name: "eta", Arguments: " {} ", Result: `2 "days"`}},
		}}},
		{Kind: session.KindInput, Role: session.RoleUser, Wrap: session.WrapNone, Text: "Where is 9?"},
	}}
}

// messagesIn cuts the messages out of a wire.
func messagesIn(t *testing.T, w session.Wire, key string) string {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(w.Body, &all); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return string(all[key])
}

const chatCalls = `[{"role":"user","content":"Where is 7?"},` +
	`{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"id\": 7}"}},{"id":"call_2","type":"function","function":{"name":"eta","arguments":" {} "}}]},` +
	`{"role":"tool","content":"{\"state\": \"shipped\"}","tool_call_id":"call_1"},{"role":"tool","content":"2 \"days\"","tool_call_id":"call_2"},` +
	`{"role":"assistant","content":"On its way."},{"role":"user","content":"Where is 9?"}]`

func openKind(t *testing.T, kind string) Backend {
	t.Helper()
	for _, k := range All() {
		if k.Name != kind {
			continue
		}
		c := Config{Name: kind, Kind: kind}
		switch kind {
		case "anthropic", "gemini":
			c.KeyEnv = "K"
		case "openai", "vllm":
			c.BaseURL = "http://127.0.0.1:9/v1"
		case "human":
		default:
			c.BaseURL = "http://127.0.0.1:9"
		}
		b, err := k.Open(c, func(string) string { return "k" })
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		return b
	}
	t.Fatalf("no kind %s", kind)
	return nil
}

func TestCallsOnTheWire(t *testing.T) {
	for kind, k := range map[string]struct{ model, key, want string }{
		"openai":   {"m", "messages", chatCalls},
		"llamacpp": {"m", "messages", chatCalls},
		"vllm":     {"m", "messages", chatCalls},
		"human":    {"ana", "messages", chatCalls},
		"ollama": {"m", "messages", `[{"role":"user","content":"Where is 7?"},` +
			`{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"name":"look","arguments":{"id": 7}}},{"id":"call_2","function":{"name":"eta","arguments":{}}}]},` +
			`{"role":"tool","content":"{\"state\": \"shipped\"}","tool_name":"look","tool_call_id":"call_1"},{"role":"tool","content":"2 \"days\"","tool_name":"eta","tool_call_id":"call_2"},` +
			`{"role":"assistant","content":"On its way."},{"role":"user","content":"Where is 9?"}]`},
		"anthropic": {"claude-sonnet-4-5", "messages", `[{"role":"user","content":"Where is 7?"},` +
			`{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"look","input":{"id": 7}},{"type":"tool_use","id":"call_2","name":"eta","input":{}}]},` +
			`{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"{\"state\": \"shipped\"}"},{"type":"tool_result","tool_use_id":"call_2","content":"2 \"days\""}]},` +
			`{"role":"assistant","content":"On its way."},{"role":"user","content":"Where is 9?"}]`},
		"gemini": {"gemini-2.5-flash", "contents", `[{"role":"user","parts":[{"text":"Where is 7?"}]},` +
			`{"role":"model","parts":[{"functionCall":{"name":"look","args":{"id": 7}}},{"functionCall":{"name":"eta","args":{}}}]},` +
			`{"role":"user","parts":[{"functionResponse":{"name":"look","response":{"state": "shipped"}}},{"functionResponse":{"name":"eta","response":{"output":"2 \"days\""}}}]},` +
			`{"role":"model","parts":[{"text":"On its way."}]},{"role":"user","parts":[{"text":"Where is 9?"}]}]`},
	} {
		b := openKind(t, kind)
		c := calling()
		p := session.Compose(c, session.Case{}, session.Order{})
		w, err := b.Wire(Request{Model: k.model, Proof: p, Take: 1})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if got := messagesIn(t, w, k.key); got != k.want {
			t.Errorf("%s: got\n%s\nwant\n%s", kind, got, k.want)
		}

		c.Blocks[0].Shots[0].Calls[0].Name = "bad\xff"
		if _, err := b.Wire(Request{Model: k.model, Proof: session.Compose(c, session.Case{}, session.Order{}), Take: 1}); err == nil || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%s: a name that is not UTF-8 gave %v", kind, err)
		}

		c = calling()
		c.Blocks[0].Shots[0].Output, c.Blocks[0].Shots[0].Calls[0].Result, c.Blocks[0].Shots[0].Calls[1].Result = "", "", ""
		_, err = b.Wire(Request{Model: k.model, Proof: session.Compose(c, session.Case{}, session.Order{}), Take: 1})
		if refuses := kind == "anthropic" || kind == "gemini"; refuses != (err != nil && strings.Contains(err.Error(), "message 2 calls look and no result follows")) || !refuses && err != nil {
			t.Errorf("%s: calls without results gave %v", kind, err)
		}

		c = calling()
		c.Blocks[0].Shots[0].Calls[0].Arguments = `[7]`
		_, err = b.Wire(Request{Model: k.model, Proof: session.Compose(c, session.Case{}, session.Order{}), Take: 1})
		if refuses := kind == "anthropic" || kind == "gemini" || kind == "ollama"; refuses != (err != nil && strings.Contains(err.Error(), "no JSON object")) {
			t.Errorf("%s: arguments that are a list gave %v", kind, err)
		}
	}
}

func TestOpenAIRefusesCallsWithoutResults(t *testing.T) {
	c := calling()
	s := &c.Blocks[0].Shots[0]
	s.Output, s.Calls[0].Result, s.Calls[1].Result = "", "", ""
	p := session.Compose(c, session.Case{}, session.Order{})
	if _, err := hostedAt(t).Wire(Request{Model: "gpt-4o", Proof: p, Take: 1}); err == nil || !strings.Contains(err.Error(), "no result follows, which OpenAI refuses") {
		t.Errorf("got %v", err)
	}
}

// The baseline finds shots and resources in every wrapper and layout, and in one of
// one's own.
func TestTheBaselineReadsEveryLayout(t *testing.T) {
	hear := func(model string, c session.Content, k session.Case) string {
		t.Helper()
		b, err := embedded(Embedded{}).Open(Config{Name: builtIn, Kind: builtIn}, nil)
		if err != nil {
			t.Fatal(err)
		}
		w, err := b.Wire(Request{Model: model, Proof: session.Compose(c, k, session.Order{}), Take: 1})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		out := ""
		for c, err := range b.Stream(ctx, model, w) {
			if err != nil {
				t.Fatal(err)
			}
			out += string(c.Text)
		}
		return out
	}
	k := session.Case{Vars: []session.Var{{Name: "q", Value: "zebra quagga"}}}
	input := session.Block{Kind: session.KindInput, Role: session.RoleUser, Text: "Q: {{q}}"}
	for _, wrap := range session.Wraps() {
		for _, role := range []session.Role{session.RoleUser, session.RoleSystem} {
			for _, item := range []text.Raw{"", "<<{{text}}>>"} {
				if item != "" && wrap == session.WrapJSON {
					item = `{"t": "{{text}}"}`
				}
				docs := session.Block{Kind: session.KindResources, Role: role, Wrap: wrap, Item: item, Text: "Answer from these.", Resources: []session.Resource{
					{Name: "a.md#1", Text: "The lion roars.\nThe \"zebra\" and the quagga run."}, {Name: "b", Text: "Nothing here."},
				}}
				if got := hear("extract", session.Content{Blocks: []session.Block{docs, input}}, k); got != `The "zebra" and the quagga run.` {
					t.Errorf("resources %s, %s, item %q: extract says %q", wrap, role, item, got)
				}
			}
			for _, layout := range []session.Layout{session.LayoutInline, session.LayoutTurns} {
				for _, item := range []text.Raw{"", "{{input}} -> {{output}}"} {
					shots := session.Block{Kind: session.KindShots, Role: role, Wrap: wrap, Layout: layout, Item: item, Shots: []session.Shot{
						{Input: "a zebra", Output: "horse"}, {Output: "only"},
						{Input: "a zebra and a quagga", Calls: []session.ShotCall{{Name: "f", Arguments: "{}", Result: "r"}}, Output: "horse"},
						{Input: "lion", Output: "cat"},
					}}
					if got := hear("nearest", session.Content{Blocks: []session.Block{shots, input}}, k); got != "horse" {
						t.Errorf("shots %s, %s, %s, item %q: nearest says %q", wrap, role, layout, item, got)
					}
				}
			}
		}
	}
}

// What the baseline was asked before resources and templates of items is asked the
// same way now.
func TestTheBaselineIsAskedAsBefore(t *testing.T) {
	for _, wrap := range session.Wraps() {
		for _, layout := range []session.Layout{session.LayoutInline, session.LayoutTurns} {
			c := session.Content{Blocks: []session.Block{
				{Kind: session.KindInstructions, Role: session.RoleUser, Text: "Input: by hand\nOutput: other"},
				{Kind: session.KindShots, Role: session.RoleUser, Wrap: wrap, Layout: layout, Shots: []session.Shot{{Input: "a \"b\"\nc", Output: "d"}, {Input: "e", Output: "f"}}},
				{Kind: session.KindInput, Role: session.RoleUser, Text: "{{q}}"},
			}}
			b, err := embedded(Embedded{}).Open(Config{Name: builtIn, Kind: builtIn}, nil)
			if err != nil {
				t.Fatal(err)
			}
			p := session.Compose(c, session.Case{Vars: []session.Var{{Name: "q", Value: "x"}}}, session.Order{})
			w, err := b.Wire(Request{Model: "nearest", Proof: p, Take: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"shots", "resources"} {
				if got := messagesIn(t, w, key); got != "" {
					t.Errorf("%s, %s: the wire has %s: %s", wrap, layout, key, got)
				}
			}
		}
	}
}

func TestAPersonReadsCalls(t *testing.T) {
	h := person(t)
	h.Attend(true)
	p := session.Compose(calling(), session.Case{}, session.Order{})
	got := put(t.Context(), t, h, "ana", p)
	a := until(t, h, 1)[0]
	if want := text.Raw("calls look with {\"id\": 7}\ncalls eta with  {} \n"); len(a.Messages) != 6 || a.Messages[1].Content != want || a.Messages[2].CallID != "call_1" || len(a.Messages[1].Calls) != 2 {
		t.Errorf("the person reads %+v", a.Messages)
	}
	if err := h.Answer(a.ID, "here"); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.err != nil || r.text != "here" {
		t.Errorf("%+v", r)
	}
}

func TestLlamaRefusesCallsThatItsTemplateLeavesOut(t *testing.T) {
	l := openKind(t, "llamacpp").(*llama)
	p := session.Compose(calling(), session.Case{}, session.Order{})
	for said, want := range map[string]string{
		`{"chat_template_caps": {"supports_tool_calls": false}}`: "message 2 calls look, and the chat template of m leaves calls of tools out",
		`{"chat_template_caps": {"supports_tool_calls": true}}`:  "",
		`{}`: "",
	} {
		var props llamaProps
		if err := json.Unmarshal([]byte(said), &props); err != nil {
			t.Fatal(err)
		}
		l.learn("m", props)
		_, err := l.Wire(Request{Model: "m", Proof: p, Take: 1})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %v", said, err)
		}
		if _, err := l.Wire(Request{Model: "m", Proof: session.Compose(session.Content{Blocks: calling().Blocks[1:]}, session.Case{}, session.Order{}), Take: 1}); err != nil {
			t.Errorf("%s: a context without calls gave %v", said, err)
		}
	}
}
