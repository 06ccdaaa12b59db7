//go:build llama

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

// A llama-server speaks chat completions and Anthropic's messages besides its own
// words: both of these adapters are asked for the same by a real server.
func TestLiveLlamaSpeaksOthers(t *testing.T) {
	here := one(t, "chatml", "--jinja")
	no := func(string) string { return "" }
	c := Config{Name: "here", BaseURL: here.base.String() + "/v1"}
	o, err := newOpenAI(c, no)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAnthropic(c, no)
	if err != nil {
		t.Fatal(err)
	}
	user := []session.Message{{Role: session.RoleSystem, Content: "You write."}, {Role: session.RoleUser, Content: "Write about bread."}}
	ask := func(b Backend, p session.Proof) heard {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		w, err := b.Wire(Request{Model: "tiny-chatml", Proof: p, Take: 1})
		if err != nil {
			t.Fatal(err)
		}
		return listen(ctx, b, w)
	}
	for name, b := range map[string]Backend{"openai": o, "anthropic": a} {
		p := session.Proof{Messages: user, Params: session.Params{Temperature: ptr(0.0), MaxTokens: 24}}
		h := ask(b, p)
		if h.err != nil || h.text == "" || h.last.Status != session.StatusDone && h.last.Status != session.StatusTruncated {
			t.Errorf("%s: %+v %v", name, h, h.err)
		}
		if u := h.last.Usage; u == nil || u.Input < 10 || u.Output < 1 || u.Output > 24 {
			t.Errorf("%s: usage %+v", name, u)
		}
		if again := ask(b, p); again.text != h.text {
			t.Errorf("%s: greedy twice: %q, %q", name, h.text, again.text)
		}
		if h.last.Model == "" {
			t.Errorf("%s says no model", name)
		}
		short := ask(b, session.Proof{Messages: user, Params: session.Params{Temperature: ptr(0.0), MaxTokens: 1}})
		if short.err != nil || short.last.Status != session.StatusTruncated {
			t.Errorf("%s at the limit: %+v %v", name, short.last, short.err)
		}
		long := text.Raw(strings.Repeat("bread and water ", 3000))
		if h := ask(b, session.Proof{Messages: []session.Message{{Role: session.RoleUser, Content: long}}}); h.err == nil || h.err.Kind != "context" || h.err.Retryable {
			t.Errorf("%s beyond the context: %+v", name, h.err)
		}
		models, err := b.Models(context.Background())
		if err != nil || len(models) != 1 || models[0].Ref != "tiny-chatml" {
			t.Errorf("%s: models %+v %v", name, models, err)
		}
	}
	schema := session.Beside{Schema: `{"type":"object","properties":{"a":{"type":"string","enum":["x","y"]}},"required":["a"],"additionalProperties":false}`}
	h := ask(o, session.Proof{Messages: user, Beside: schema, Params: session.Params{Temperature: ptr(0.0), MaxTokens: 64}})
	var v struct{ A string }
	if h.err != nil || json.Unmarshal([]byte(h.text), &v) != nil || v.A != "x" && v.A != "y" {
		t.Errorf("held to a schema: %+v %v", h, h.err)
	}
	if !strings.HasPrefix(h.last.Server, "b") {
		t.Errorf("server %q", h.last.Server)
	}
	tools := session.Beside{Tools: `[{"name":"look","description":"Look.","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]`}
	for name, b := range map[string]Backend{"openai": o, "anthropic": a} {
		if h := ask(b, session.Proof{Messages: user, Beside: tools, Params: session.Params{Temperature: ptr(0.0), MaxTokens: 24}}); h.err != nil || !h.last.Done {
			t.Errorf("%s with tools: %+v %v", name, h, h.err)
		}
	}
}
