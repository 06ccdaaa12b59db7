package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

// templates are texts that promptfoo would render, load or run.
var templates = []string{
	"{{ env.OPENAI_API_KEY }}", "{{ env['HOME'] | upper }}", "{% raw %}", "{% endraw %}", "{% for x in y %}", "{# c #}", "{{", "}}", "{%", "a {{ b",
	"file:///etc/passwd", "file://x.js:f", "exec:ls", "python:x.py", "package:a:b", "https://x", "az://x", "{{ticket}}", "{{ lang }}$&", "$1",
	"a' | load }}{{ env.HOME", "{{ '\"x\"' | load }}", "\\u007b", "\\\\", "x\n", " x", "{", "}", "{\"a\": {\"b\": 1}}", "#}", "- ", "---",
}

func templateText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(templates), hostileText(), rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom(templates).Draw(t, "a") + rapid.SampledFrom(append(templates, hostile...)).Draw(t, "b")
	}))
}

func TestPromptfooGolden(t *testing.T) {
	b := sampleBundle()
	b.Suite.Assertions = append(b.Suite.Assertions, session.Assertion{Kind: session.AssertSentences, Weight: 1, Max: f64(3)},
		session.Assertion{Kind: session.AssertEndsWith, Weight: 1, Value: "Ana."}, session.Assertion{Kind: session.AssertLines, Not: true, Weight: 1, Min: f64(2)},
		session.Assertion{Kind: session.AssertIsJSON, Weight: 0, Value: `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}`},
		session.Assertion{Kind: session.AssertEquals, Weight: 1, Value: `{"a": "file://x"}`}, session.Assertion{Kind: session.AssertEquals, Weight: 1, Value: `{"a": [1, "x"]}`})
	frozen := b.Variants[0]
	frozen.Content = frozen.Content.Clone()
	frozen.Ref.Variant = "as-json"
	frozen.Content.Blocks[2].Wrap = session.WrapJSON
	b.Variants = append(b.Variants, frozen)
	out, err := WritePromptfoo(b)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "promptfoo", out.Files)
	for _, want := range []string{"promptfoo knows no sentences", "frozen in each test", "template or a file", "draft-07", "recorded answers stay behind"} {
		found := false
		for _, n := range out.Notes {
			found = found || strings.Contains(n.What, want)
		}
		if !found || !strings.Contains(string(out.Files[0].Data), want) {
			t.Errorf("nothing says %q: %v", want, out.Notes)
		}
	}
	for _, f := range out.Files {
		for _, word := range []string{"apiKey:", "apiBaseUrl:", "http://", "https://x"} {
			if strings.Contains(string(f.Data), word) {
				t.Errorf("%s holds %q", f.Path, word)
			}
		}
	}
}

var ourExpression = regexp.MustCompile(`^\{\{ '"(?:[^'"{}%#.\[\]|\\]|\\\\u[0-9a-f]{4})*"' \| load \}\}$`)

// A text either means itself to promptfoo or is an expression that holds nothing
// which promptfoo looks for.
func TestPromptfooTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := templateText().Draw(t, "text")
		out := pfText(s)
		if out == s {
			if pfTags(s) || strings.Contains(s, "#}") || strings.Contains(s, "env.") && strings.Contains(s, "{{") || pfScheme.MatchString(s) || strings.TrimSpace(s) != s {
				t.Fatalf("%q was left as it is", s)
			}
			return
		}
		if !ourExpression.MatchString(out) {
			t.Fatalf("%q became %q", s, out)
		}
		back, odd := fromTemplate(out)
		if odd || string(back) != escaped(s) {
			t.Fatalf("%q became %q, which is read as %q", s, out, back)
		}
		coded := pfJSON(s)
		var got string
		if err := json.Unmarshal([]byte(coded), &got); err != nil || got != s || pfTags(coded) || strings.ContainsAny(coded, "{}%#") {
			t.Fatalf("%q as a variable is %q, read as %q, %v", s, coded, got, err)
		}
	})
}

// What goes out comes back: cases to the byte, assertions in what they mean,
// messages as they were.
func TestPromptfooRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := func(label string) text.Raw { return text.Raw(templateText().Draw(t, label)) }
		b := sampleBundle()
		b.Recorded = nil
		b.Cases[0].Vars[0].Value, b.Cases[0].Vars[1].Value = h("ticket"), h("lang")
		b.Cases[1].Vars[0].Value = h("ticket")
		b.Cases[0].Wanted, b.Cases[0].Tags = raw(string(h("wanted"))), []text.Raw{h("tag")}
		b.Suite.Assertions = []session.Assertion{
			{Kind: session.AssertContains, Weight: 1, Value: "x" + text.Raw(escaped(string(h("value")))), Metric: "m"},
			{Kind: session.AssertIContainsAll, Not: true, Weight: 2, Values: []text.Raw{"a" + text.Raw(escaped(string(h("one")))), "b"}},
			{Kind: session.AssertWords, Weight: 0, Max: f64(12)}, {Kind: session.AssertLatency, Weight: 1, Max: f64(900)},
			{CaseName: "c1", Kind: session.AssertStartsWith, Weight: 1, Value: "{" + text.Raw(escaped(string(h("start"))))},
		}
		for i := range b.Variants {
			b.Variants[i].Content.Blocks[0].Text = "{" + text.Raw(escaped(string(h("system"))))
		}
		out, err := WritePromptfoo(b)
		if err != nil {
			t.Fatal(err)
		}
		got, notes, err := ReadPromptfoo(asFS(out.Files), "promptfooconfig.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, out.Files[0].Data)
		}
		if diff := cmp.Diff(b.Cases, got.Cases); diff != "" {
			t.Fatalf("cases (-want +got):\n%s\n%s\n%v", diff, out.Files[0].Data, notes)
		}
		if diff := cmp.Diff(b.Models, got.Models); diff != "" || got.Takes != b.Takes || *got.Suite.Threshold != *b.Suite.Threshold || got.Suite.Name != b.Suite.Name {
			t.Fatalf("suite %+v, models %s", got.Suite, diff)
		}
		for i, a := range b.Suite.Assertions {
			for _, c := range b.Cases {
				// Two templates of a text may differ and mean the same.
				if diff := cmp.Diff(a.Expand(c.Vars), got.Suite.Assertions[i].Expand(c.Vars)); diff != "" {
					t.Fatalf("assertion %d (-want +got):\n%s\n%s", i, diff, out.Files[0].Data)
				}
			}
		}
		for i, v := range b.Variants {
			for _, c := range b.Cases {
				want, have := session.Compose(v.Content, c, session.Order{}), session.Compose(got.Variants[i].Content, c, session.Order{})
				if diff := cmp.Diff(want.Messages, have.Messages); diff != "" {
					t.Fatalf("%s (-want +got):\n%s\n%s", v.Ref, diff, out.Files[i+1].Data)
				}
			}
		}
	})
}

// Every kind has a spelling or a reason, and each spelling is YAML.
func TestSpellEveryKind(t *testing.T) {
	for _, k := range session.AssertKinds() {
		how, why := Spell(k.Kind)
		if (how == "") == (why == "") {
			t.Errorf("%s: spelled %q, reason %q", k.Kind, how, why)
		}
		for _, not := range []bool{false, true} {
			a := k.Good.Assertion
			a.Not = not
			line, why2 := spelled(a, nil)
			if a.Not && spellNot(a) != "" {
				why = spellNot(a)
			}
			if why != "" {
				if why2 != why || line != "" {
					t.Errorf("%s: %q, %q", k.Kind, line, why2)
				}
				continue
			}
			var got map[string]any
			if err := yaml.Unmarshal([]byte(line), &got); err != nil || got["type"] == nil {
				t.Errorf("%s: %s, %v", k.Kind, line, err)
			}
			if k.Kind != session.AssertLines && strings.HasPrefix(got["type"].(string), "not-") != not {
				t.Errorf("%s, not %v: %s", k.Kind, not, line)
			}
		}
	}
	if how, why := Spell("llm-rubric"); how != "" || why == "" {
		t.Error("an unknown kind is spelled")
	}
}

// Negations that promptfoo would take for something else are left out both ways.
func TestSpellNot(t *testing.T) {
	for spec, told := range map[string]bool{
		"not-finish-reason: stop": false, "not-latency: 5": false, "not-cost: 1": false, `not-is-json: {"type": "object"}`: false, `not-equals: {"a": 1}`: false, "not-equals: [1]": false,
		"finish-reason: stop": true, "latency: 5": true, `equals: {"a": 1}`: true, "not-is-json": true, "not-equals: 1": true, "not-contains: x": true, "not-line-count: 1": true,
		`equals: {"a": {"__proto__": 1}}`: false, `equals: {"proto": 1}`: true,
	} {
		a, err := session.ParseAssertion(spec)
		if err != nil {
			t.Fatal(err)
		}
		if line, why := spelled(a, nil); (line != "") != told || (why == "") != told {
			t.Errorf("%s: told as %q, or %q", spec, line, why)
		}
	}
	b, notes, err := ReadPromptfoo(fstest.MapFS{"p.yaml": &fstest.MapFile{Data: []byte("prompts: [x]\ntests:\n- assert:\n  - {type: not-latency, threshold: 5}\n  - {type: not-is-json}\n")}}, "p.yaml")
	if err != nil || len(b.Suite.Assertions) != 1 || len(notes) != 1 || notes[0].Line != 4 {
		t.Errorf("%v, %v, %v", b.Suite.Assertions, notes, err)
	}
}

const foreignConfig = `description: A suite of others
prompts:
  - "Sort this ticket: {{ ticket }}"
  - file://chat.json
  - file://../secret.txt
  - exec:./run.sh
  - { id: file://two.txt, label: two }
providers:
  - id: openai:chat:gpt-5
    config: { apiKey: sk-secret, apiBaseUrl: "http://evil" }
env: { OPENAI_API_KEY: sk-secret }
defaultTest:
  threshold: 0.5
  vars: { lang: en }
  assert:
    - { type: latency, threshold: 2000 }
    - { type: llm-rubric, value: is polite }
tests:
  - description: c1
    vars: { ticket: "Charged twice", n: 012 }
    assert:
      - { type: not-icontains-any, value: ["as an AI", "I cannot"], weight: 2, metric: tone }
      - { type: contains-all, value: 'a,"b,c"' }
      - type: javascript
        value: output.length < 3
      - { type: word-count, value: { min: 1, max: 9 } }
      - { type: is-json, value: { type: object, required: [category] } }
      - { type: is-json, value: file://schema.json }
      - { type: is-json, value: file:///etc/passwd.json }
      - { type: contains, value: "{{ ticket | upper }}" }
      - { type: similar, value: x, threshold: 0.8 }
      - { type: word-count, value: 7 }
      - { type: equals, value: { a: [1, x] } }
  - vars: { ticket: [a, b] }
  - vars: { ticket: file://../x.txt, long: file://long.txt }
    provider: openai:x
  - file://more.csv
  - file://more.jsonl
  - file://gen.js
`

func foreign() fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range map[string]string{
		"evals/promptfooconfig.yaml": foreignConfig, "evals/chat.json": `[{"role": "system", "content": "Sort."}, {"role": "user", "content": "{{ticket}}"}]`,
		"evals/two.txt": "One {{ticket}}\n---\nTwo {% if x %}y{% endif %}", "evals/schema.json": `{"type": "array"}`, "evals/long.txt": " A long ticket.\n", "secret.txt": "secret", "x.txt": "secret",
		"evals/more.csv":   "ticket,__expected,__expected2,__description\n\"Where, now?\",billing,latency(500),c9\nB,not-contains: x,\"javascript:output\",\n",
		"evals/more.jsonl": "{\"vars\": {\"ticket\": \"J\"}, \"assert\": [{\"type\": \"equals\", \"value\": \"bug\"}]}\n",
	} {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestReadPromptfoo(t *testing.T) {
	b, notes, err := ReadPromptfoo(foreign(), "evals/promptfooconfig.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range b.Cases {
		s := string(c.Name)
		for _, v := range c.Vars {
			s += " " + string(v.Name) + "=" + string(v.Value)
		}
		got = append(got, s)
	}
	want := []string{"c1 ticket=Charged twice n=012 lang=en", "c002 long=A long ticket. lang=en", "c9 ticket=Where, now? lang=en", "c004 ticket=B lang=en", "c005 ticket=J lang=en"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
	got = nil
	for _, a := range b.Suite.Assertions {
		got = append(got, string(a.CaseName)+" "+a.Spec())
	}
	want = []string{
		" latency: 2000", "c1 not-icontains-any: as an AI, I cannot", "c1 contains-all: a, \"b,c\"", "c1 word-count: 1..9",
		"c1 is-json: {\"type\": \"object\", \"required\": [\"category\"]}", "c1 is-json: {\"type\": \"array\"}", "c1 word-count: 7", "c1 equals: {\"a\": [1, \"x\"]}",
		"c9 equals: billing", "c9 latency: 500", "c004 not-contains: x", "c005 equals: bug",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("assertions (-want +got):\n%s", diff)
	}
	got = nil
	for _, v := range b.Variants {
		got = append(got, v.Ref.Variant)
	}
	if diff := cmp.Diff([]string{"prompt-1", "chat", "two", "two-2"}, got); diff != "" {
		t.Errorf("variants: %s", diff)
	}
	if b.Suite.Threshold == nil || *b.Suite.Threshold != 0.5 || len(b.Models) > 0 {
		t.Errorf("threshold %v, models %v", b.Suite.Threshold, b.Models)
	}
	lines := strings.Split(foreignConfig, "\n")
	for _, want := range []struct{ at, what string }{
		{"file://../secret.txt", "secret.txt was left out"}, {"exec:./run.sh", "program"}, {"- id: openai:chat:gpt-5", "provider was left out"}, {"env: ", "env was left out"},
		{"llm-rubric", `"llm-rubric"`}, {"type: javascript", `"javascript"`}, {"passwd", "schema was not read"}, {"upper", "template with logic"}, {"similar", `"similar"`},
		{"[a, b]", "is a list"}, {"../x.txt", "x.txt was left out"}, {"provider: openai:x", "provider of a test"}, {"gen.js", "gen.js was left out"}, {"two.txt", "logic of a template"},
	} {
		found := false
		for _, n := range notes {
			found = found || strings.Contains(n.What, want.what) && strings.Contains(lines[n.Line-1], want.at)
		}
		if !found {
			t.Errorf("no note at %q says %q", want.at, want.what)
		}
	}
	for _, n := range notes {
		if strings.Contains(n.What, "sk-secret") || strings.Contains(n.What, "evil") {
			t.Errorf("a note says too much: %s", n.What)
		}
	}
	all, err := json.Marshal(b)
	if err != nil || bytes.Contains(all, []byte("secret")) {
		t.Errorf("the suite holds what lies outside, %v: %s", err, all)
	}
}

func TestBrokenPromptfoo(t *testing.T) {
	for name, c := range map[string]struct {
		file, data string
		line       int
		want       string
	}{
		"no tests":       {"p.yaml", "prompts: [x]\n", 1, "no tests"},
		"a list inside":  {"p.yaml", "tests:\n  - [x]\n", 2, "no object"},
		"bad YAML":       {"p.yaml", "tests:\n  - {a: [}\n", 2, "YAML"},
		"a key twice":    {"p.yaml", "tests: []\ntests: []\n", 2, "twice"},
		"an alias":       {"p.yaml", "tests:\n  - &a {vars: {x: 1}}\n  - *a\n", 2, "alias"},
		"JSON, a key":    {"p.json", "{\"tests\": [\n{\"vars\": {\"a\": 1, \"a\": 2}}]}", 2, "twice"},
		"JSON, cut":      {"p.json", "{\"tests\": [", 1, "middle"},
		"JSONL, a line":  {"p.jsonl", "{\"vars\": {}}\n{\n", 2, ""},
		"CSV, ragged":    {"p.csv", "a,b\n1\n", 2, "1 cells"},
		"JSON, no test":  {"p.json", "{\"tests\": [\n{\"vars\": {\"a\": 1}},\n5]}", 3, "left out"},
		"a word":         {"p.yaml", "hello\n", 1, "no config"},
		"a bad number":   {"p.yaml", "defaultTest: {threshold: high}\ntests: []\n", 1, "threshold"},
		"binary rubbish": {"p.yaml", "\x00\x01\x02", 1, "YAML"},
	} {
		b, notes, err := ReadPromptfoo(fstest.MapFS{c.file: &fstest.MapFile{Data: []byte(c.data)}}, c.file)
		var p *Problem
		if name == "JSON, no test" { // a text in a list of tests names a file
			if err != nil || len(b.Cases) != 1 || len(notes) != 1 {
				t.Errorf("%s: %v, %v", name, err, notes)
			}
			continue
		}
		if !errors.As(err, &p) || p.Line != c.line || !strings.Contains(p.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadPromptfoo(f *testing.F) {
	f.Add(foreignConfig)
	f.Add(`{"tests": [{"vars": {"a": "b"}}]}`)
	f.Fuzz(func(t *testing.T, data string) {
		for _, name := range []string{"p.yaml", "p.json", "p.jsonl", "p.csv"} {
			b, _, err := ReadPromptfoo(fstest.MapFS{name: &fstest.MapFile{Data: []byte(data)}}, name)
			if err == nil && len(b.Cases) == 0 {
				t.Error("neither cases nor an error")
			}
		}
	})
}
