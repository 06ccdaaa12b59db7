package assert_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
)

func suite(t testing.TB, specs ...string) session.Suite {
	t.Helper()
	var s session.Suite
	for _, spec := range specs {
		s.Assertions = append(s.Assertions, must(t, spec))
	}
	return s
}

func grade(t testing.TB, s session.Suite, r session.Result) session.CaseCheck {
	t.Helper()
	c, err := assert.GradeOne(s, r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// states are all that an output can be.
var states = []session.Status{
	session.StatusWaiting, session.StatusRunning, session.StatusDone, session.StatusTruncated, session.StatusFiltered, session.StatusRefused,
	session.StatusEmpty, session.StatusToolCalls, session.StatusError, session.StatusStopped, session.StatusInterrupted, "", "new",
}

// finishes are what servers say, with each state.
func finishes(s session.Status) []string {
	switch s {
	case session.StatusTruncated:
		return []string{"length", "max_tokens", "MAX_TOKENS", ""}
	case session.StatusFiltered:
		return []string{"content_filter", "SAFETY", ""}
	case session.StatusRefused:
		return []string{"stop", "refusal", ""}
	case session.StatusEmpty:
		return []string{"stop", "end_turn", ""}
	}
	return []string{""}
}

// Whatever is not a plain success does not pass where all that is asserted is
// negated: alone, all kinds at once, with a threshold, with weights.
func TestNothingPassesByDefault(t *testing.T) {
	none := 0.0
	tried := 0
	var all session.Suite
	for _, k := range session.AssertKinds() {
		a := k.Good.Assertion
		a.Not = true
		all.Assertions = append(all.Assertions, a)
		light := a
		light.Weight = 0
		for _, s := range []session.Suite{{Assertions: []session.Assertion{a}}, {Assertions: []session.Assertion{a}, Threshold: &none}, {Assertions: []session.Assertion{light}}, {Assertions: []session.Assertion{a, light}, Threshold: &none}, all} {
			for _, state := range states {
				if state == session.StatusDone || state == session.StatusToolCalls {
					continue
				}
				for _, finish := range finishes(state) {
					for _, said := range []text.Raw{"", "half an ans", "{}"} {
						r := session.Result{Output: session.Output{Status: state, Finish: finish, Text: said, Attempts: 1}}
						if state == session.StatusError {
							r.Output.Error = &session.CallError{Kind: "server", Message: "oh"}
						}
						c := grade(t, s, r)
						tried++
						if c.Status == session.CheckPass {
							t.Errorf("%s, finish %q, %q passes %s", state, finish, said, a)
						}
						if c.Status == session.CheckError && c.Why == "" || c.Status == session.CheckNotRun && c.Why == "" {
							t.Errorf("%s: %s does not say why: %+v", state, a, c)
						}
					}
				}
			}
		}
	}
	if tried < 5000 {
		t.Errorf("only %d were tried", tried)
	}
	t.Logf("%d answers that are no plain success, 0 passes", tried)
}

func TestGradeStates(t *testing.T) {
	out := func(s session.Status, finish string, said text.Raw) session.Result {
		return session.Result{Output: session.Output{Status: s, Finish: finish, Text: said, Attempts: 1}}
	}
	cut := out(session.StatusTruncated, "length", "We refund")
	for _, k := range []struct {
		name  string
		specs []string
		r     session.Result
		want  session.CheckStatus
		why   string
	}{
		{"a whole answer", []string{"contains: a", "not-contains: b"}, out("done", "stop", "a"), "pass", ""},
		{"one fails", []string{"contains: a", "not-contains: b"}, out("done", "stop", "ab"), "fail", ""},
		{"tool calls", []string{"not-contains: b"}, out("tool_calls", "tool_calls", ""), "pass", ""},
		{"cut, as wanted", []string{"finish-reason: length"}, cut, "pass", ""},
		{"cut, not as wanted", []string{"finish-reason: stop"}, cut, "fail", ""},
		{"cut, and words wanted", []string{"contains: refund", "finish-reason: length"}, cut, "error", "cut at the token limit"},
		{"cut, fails before words", []string{"contains: refund", "finish-reason: stop"}, cut, "fail", ""},
		{"cut, only not withheld", []string{"not-finish-reason: content_filter"}, cut, "error", "nothing says"},
		{"cut, refusal", []string{"not-is-refusal"}, cut, "error", "cut at the token limit"},
		{"refused, as wanted", []string{"is-refusal"}, out("refused", "stop", "No."), "pass", ""},
		{"refused", []string{"not-is-refusal", "contains: No"}, out("refused", "stop", "No."), "fail", ""},
		{"withheld, as wanted", []string{"is-refusal", "finish-reason: content_filter"}, out("filtered", "content_filter", ""), "pass", ""},
		{"empty, as wanted", []string{"is-refusal"}, out("empty", "stop", ""), "pass", ""},
		{"error", []string{"is-refusal"}, session.Result{Output: session.Output{Status: "error", Error: &session.CallError{Kind: "timeout", Message: "too slow"}}}, "error", "too slow"},
		{"stopped", []string{"contains: a"}, out("stopped", "", "a"), "error", "stopped"},
		{"interrupted", []string{"contains: a"}, out("interrupted", "", "a"), "error", "interrupted"},
		{"waiting", []string{"contains: a"}, out("waiting", "", ""), "not_run", "not asked"},
		{"nothing asserted", nil, out("done", "stop", "a"), "not_run", "nothing is asserted"},
		{"nothing asserted, error", nil, out("error", "", ""), "not_run", "nothing is asserted"},
		{"unknown cost", []string{"contains: a", "cost: 1"}, out("done", "stop", "a"), "error", "cost: can't be said"},
		{"unknown cost, fails anyway", []string{"contains: b", "cost: 1"}, out("done", "stop", "a"), "fail", ""},
	} {
		c := grade(t, suite(t, k.specs...), k.r)
		if c.Status != k.want || !strings.Contains(string(c.Why), k.why) || (k.why == "") != (c.Why == "") {
			t.Errorf("%s: %+v", k.name, c)
		}
		if e := k.r.Output.Error; e != nil && c.Fault != e.Kind || e == nil && c.Fault != "" {
			t.Errorf("%s: for machines it is %q", k.name, c.Fault)
		}
	}
}

// Weights and thresholds as with promptfoo: the score is the weighted share; with
// a threshold it decides alone, and a weight of 0 never fails.
func TestGradeScore(t *testing.T) {
	f := func(n float64) *float64 { return &n }
	for _, k := range []struct {
		weights   [3]float64 // of: contains a (holds), contains b (does not), contains c (does not)
		threshold *float64
		score     float64
		want      session.CheckStatus
	}{
		{[3]float64{1, 1, 1}, nil, 1. / 3, "fail"},
		{[3]float64{1, 0, 0}, nil, 1, "pass"},
		{[3]float64{2, 1, 1}, f(0.5), 0.5, "pass"},
		{[3]float64{2, 1, 2}, f(0.5), 0.4, "fail"},
		{[3]float64{0, 1, 1}, f(0), 0, "pass"},
		{[3]float64{0, 0, 0}, nil, 0, "pass"},
		{[3]float64{0, 0, 0}, f(0.1), 0, "fail"},
		{[3]float64{1, 0, 0}, f(1), 1, "pass"},
	} {
		s := suite(t, "contains: a", "contains: b", "contains: c")
		s.Threshold = k.threshold
		for i := range s.Assertions {
			s.Assertions[i].Weight = k.weights[i]
		}
		c := grade(t, s, said("a"))
		if c.Status != k.want || c.Score != k.score || len(c.Assertions) != 3 {
			t.Errorf("%+v: %+v", k, c)
		}
		for i, a := range c.Assertions {
			if a.Pass != (i == 0 || k.weights[i] == 0) || a.Weight != k.weights[i] {
				t.Errorf("%+v: %+v", k, a)
			}
		}
	}
	// What can't be said decides only where it could.
	s := suite(t, "contains: a", "cost: 1", "contains: b")
	for threshold, want := range map[float64]session.CheckStatus{0.3: "error", 0.6: "error", 0.7: "fail"} {
		s.Threshold = &threshold
		if c := grade(t, s, said("a")); c.Status != want {
			t.Errorf("%g: %+v", threshold, c)
		}
	}
}

func TestGradeCases(t *testing.T) {
	s := suite(t, "contains: {{q}}", "contains: b")
	s.Assertions[1].CaseName = "c2"
	s.Assertions[0].UID, s.Assertions[0].Metric = "u1", "grounded"
	var results []session.Result
	for i, name := range []text.Raw{"c1", "c2", "c3"} {
		r := said("ab")
		r.Cell = session.Cell{ID: int64(10 + i), CaseID: int64(i + 1), CaseName: name, Take: 2, CaseTags: []text.Raw{"t"}, CaseVars: []session.Var{{Name: "q", Value: []text.Raw{"a", "b", "z"}[i]}}}
		r.Output.Attempts, r.Output.Cached = 3, i == 0
		results = append(results, r)
	}
	got, err := assert.Grade(s, results)
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	if got[0].Status != "pass" || len(got[0].Assertions) != 1 || got[1].Status != "pass" || len(got[1].Assertions) != 2 || got[2].Status != "fail" {
		t.Errorf("%+v", got)
	}
	a := got[0].Assertions[0]
	if c := got[0]; c.CellID != 10 || c.Case.Name != "c1" || c.Take != 2 || c.Attempts != 3 || !c.Cached || got[1].Cached || len(c.CaseTags) != 1 || a.UID != "u1" || a.Metric != "grounded" {
		t.Errorf("%+v", c)
	}
	s.CaseIDs = []int64{2, 3}
	if got, _ := assert.Grade(s, results); len(got) != 2 || got[0].Case.ID != 2 {
		t.Errorf("%+v", got)
	}
	s.Assertions[1].Kind, s.Assertions[1].Value = session.AssertRegex, "(?=a)"
	var bad *assert.BadAssertion
	if _, err := assert.Grade(s, nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), "looks ahead") {
		t.Error(err)
	}
}

// notDone are outputs that are called done and are no good answers.
func notDone() map[string]session.Output {
	done := func(said text.Raw, finish string) session.Output {
		return session.Output{Status: session.StatusDone, Text: said, Finish: finish, Attempts: 1}
	}
	out := map[string]session.Output{}
	for _, said := range []text.Raw{"", " ", "\n\t\r\n", "\u00a0\u3000", "\u200b", "\ufeff", " \u200b\u2060\u200d \n", "\u00ad", "\u034f", "\u115f\u3164\uffa0", "\u2800", "\U000e0041", "\ufe0f", "\x00\x1b", "\u202e\u2066\u2028"} {
		for _, finish := range []string{"stop", "end_turn", "", "new"} {
			out["nothing to read: "+fmt.Sprintf("%+q %q", said, finish)] = done(said, finish)
		}
		prefilled := done(said, "stop")
		prefilled.Prefill = "Dear Ana,"
		out["nothing after a prefill: "+fmt.Sprintf("%+q", said)] = prefilled
	}
	for _, finish := range []string{
		"length", "LENGTH", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length", "model_context_window_exceeded", "content_filter", "safety", "SAFETY", "recitation", "prohibited_content", "blocklist", "refusal",
		"error", "abort", "cancelled",
	} {
		for _, said := range []text.Raw{"", "half an ans", "{}"} {
			out["done by "+finish+": "+string(said)] = done(said, finish)
			calls := done(said, finish)
			calls.Status = session.StatusToolCalls
			out["tool calls by "+finish+": "+string(said)] = calls
		}
	}
	for _, state := range []session.Status{session.StatusDone, session.StatusToolCalls, session.StatusTruncated, session.StatusFiltered, session.StatusRefused, session.StatusEmpty} {
		broken := done("a whole answer", "stop")
		broken.Status, broken.Error = state, &session.CallError{Kind: "network", Message: "gone"}
		out["an error called "+string(state)] = broken
	}
	return out
}

// What is called done and is no good answer passes no more than what is called by
// its name.
func TestNothingPassesAsDone(t *testing.T) {
	none := 0.0
	var all session.Suite
	for _, k := range session.AssertKinds() {
		a := k.Good.Assertion
		a.Not = true
		light := a
		light.Weight = 0
		all.Assertions = append(all.Assertions, a)
		for _, s := range []session.Suite{{Assertions: []session.Assertion{a}}, {Assertions: []session.Assertion{a}, Threshold: &none}, {Assertions: []session.Assertion{light}}, {Assertions: []session.Assertion{a, light}, Threshold: &none}, all} {
			for name, o := range notDone() {
				c := grade(t, s, session.Result{Output: o})
				recorded, err := assert.Grade(s, []session.Result{{Output: o}})
				if err != nil || fmt.Sprintf("%+v", recorded[0]) != fmt.Sprintf("%+v", c) {
					t.Errorf("%s: recorded %+v %v, else %+v", name, recorded, err, c)
				}
				if c.Status == session.CheckPass || c.Status == session.CheckError && c.Why == "" {
					t.Errorf("%s: %s: %+v", name, a, c)
				}
			}
		}
	}
	for name, o := range notDone() {
		s := suite(t, "finish-reason: "+cmp.Or(o.Finish, "stop"))
		if c := grade(t, s, session.Result{Output: o}); (o.Error != nil || o.Finish == "error") && (c.Status != session.CheckError || len(c.Assertions) > 0) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	// As wanted, they pass; and what can be read is an answer.
	for _, k := range []struct {
		spec, finish string
		said         text.Raw
		want         session.CheckStatus
	}{
		{"finish-reason: length", "MAX_TOKENS", "half", "pass"},
		{"finish-reason: content_filter", "safety", "", "pass"},
		{"is-refusal", "refusal", "", "pass"},
		{"is-refusal", "stop", "\u200b", "pass"},
		{"not-is-refusal", "stop", "\u200b", "fail"},
		{"not-contains: b", "stop", "\u200ba", "pass"},
		{"not-contains: b", "stop", ".", "pass"},
		{"not-contains: b", "stop", "👍🏽", "pass"},
		{"not-contains: b", "tool_calls", "", "pass"},
		{"not-contains: b", "stop", "\u0301", "pass"},
	} {
		c := grade(t, suite(t, k.spec), session.Result{Output: session.Output{Status: session.StatusDone, Finish: k.finish, Text: k.said, Attempts: 1}})
		if c.Status != k.want {
			t.Errorf("%+v: %+v", k, c)
		}
	}
}

// What a model calls is held against the same assertions as what it writes.
func TestGradeToolCalls(t *testing.T) {
	calls := []session.ToolCall{{ID: "c1", Name: "delete_user", Arguments: `{"user": "<ana>"}`}}
	for _, k := range []struct {
		spec string
		said text.Raw
		want session.CheckStatus
	}{
		{"contains: delete_user", "", "pass"},
		{"not-contains: delete_user", "", "fail"},
		{"not-contains: delete_user", " \n", "fail"},
		{`json-path .[0].function.name: "delete_user"`, "", "pass"},
		{`is-json: {"type": "array", "maxItems": 1}`, "", "pass"},
		{"contains: <ana>", "", "pass"},
		{"finish-reason: tool_calls", "", "pass"},
		{"contains: Done", "Done.", "pass"},
		{"contains: delete_user", "Done.", "pass"},
		{"not-contains: delete_user", "Done.", "fail"},
		{"not-icontains-any: DROP TABLE, DELETE_USER", "Done.", "fail"},
		{"contains-all: Done, delete_user", "Done.", "pass"},
		{"contains-all: Done, drop_table", "Done.", "fail"},
		{"contains: Done.[", "Done.", "fail"},
		{"regex: delete_\\w+", "Done.", "pass"},
		{"not-regex: delete_\\w+", "Done.", "fail"},
		{"regex: ^Done\\.$", "Done.", "pass"},
		{`json-path .[0].function.name: "delete_user"`, "Done.", "pass"},
		{`json-path .[0].function.name: "other"`, "Done.", "fail"},
		{`not-json-path .[0].function.name: "delete_user"`, "Done.", "fail"},
		{`json-path .label: "bug"`, `{"label": "bug"}`, "pass"},
		{`json-path .[0].function.name: "delete_user"`, `{"label": "bug"}`, "pass"},
		{`json-path .label: "billing"`, `{"label": "bug"}`, "fail"},
		{"equals: Done.", "Done.", "pass"},
		{"starts-with: Done", "Done.", "pass"},
		{"ends-with: .", "Done.", "pass"},
		{"word-count: 1", "Done.", "pass"},
		{"is-json", "Done.", "fail"},
	} {
		o := session.Output{Status: session.StatusToolCalls, Finish: "tool_calls", Text: k.said, ToolCalls: calls, Attempts: 1}
		if c := grade(t, suite(t, k.spec), session.Result{Output: o}); c.Status != k.want {
			t.Errorf("%q of %q: %+v", k.spec, k.said, c)
		}
	}
}

// Whoever gives up need not wait for what is left.
func TestGradeContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := suite(t, "not-contains: b")
	if got, err := assert.GradeContext(ctx, s, []session.Result{said("a")}); err != nil || got[0].Status != session.CheckPass {
		t.Errorf("%+v %v", got, err)
	}
	cancel()
	if got, err := assert.GradeContext(ctx, s, []session.Result{said("a"), said("a")}); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("%+v %v", got, err)
	}
	g, err := assert.NewGrader(s)
	if err != nil {
		t.Fatal(err)
	}
	if c := g.OneContext(ctx, said("a")); c.Status != session.CheckError || !strings.Contains(string(c.Why), "stopped") {
		t.Errorf("%+v", c)
	}
}
