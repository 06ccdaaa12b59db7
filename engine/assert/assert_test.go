package assert_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
)

func must(t testing.TB, spec string) session.Assertion {
	t.Helper()
	a, err := session.ParseAssertion(spec)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func said(s text.Raw) session.Result {
	return session.Result{Output: session.Output{Status: session.StatusDone, Finish: "stop", Text: s, Attempts: 1}}
}

func eval(t testing.TB, spec string, r session.Result) session.AssertResult {
	t.Helper()
	e, err := assert.Compile(must(t, spec))
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return e.Eval(r)
}

// Every kind passes its own passing example and fails its failing one, and
// negated the other way round; and says what it saw.
func TestExamples(t *testing.T) {
	for _, k := range session.AssertKinds() {
		for _, not := range []bool{false, true} {
			for i, ex := range []session.Example{k.Good, k.Bad} {
				a := ex.Assertion
				a.Not = not
				e, err := assert.Compile(a)
				if err != nil {
					t.Fatalf("%s: %v", a, err)
				}
				got := e.Eval(ex.Result)
				if got.Pass != ((i == 0) != not) || got.Error || got.Message == "" || got.Kind != k.Kind || got.Not != not || got.Weight != 1 {
					t.Errorf("%s on %q: %+v", a, ex.Result.Output.Text, got)
				}
				if strings.Contains(string(got.Message), "\n") {
					t.Errorf("%s: the message is more than one line: %q", a, got.Message)
				}
			}
		}
	}
}

func TestHolds(t *testing.T) {
	for _, k := range []struct {
		spec string
		text text.Raw
		pass bool
		says string
	}{
		{"contains: refund", "One.\nTwo lines.\nWe give a refund today", true, "contains “refund” at line 3, word 4"},
		{"contains: Refund", "refund", false, "no “Refund” in 1 word"},
		{"icontains: REFUND", "a refund", true, "line 1, word 2"},
		{"contains: fund", "a refund", true, "line 1, word 2"},
		{"icontains: İstanbul", "i̇stanbul", true, ""},
		{"icontains: istanbul", "İstanbul", false, ""}, // as in JavaScript: İ is i with a dot
		{"icontains: ΟΔΟΣ", "οδος", true, ""},
		{"icontains: οδοσ", "ΟΔΟΣ", false, ""}, // JavaScript's final sigma
		{"icontains: straße", "STRASSE", false, ""},
		{"icontains: É", "é", true, ""},
		{"contains-any: a, b", "xbx", true, "“b”"},
		{"contains-any: a, b", "x", false, "none of 2 texts"},
		{"icontains-all: A, b", "Bxa", true, "all of 2 texts"},
		{"contains-all: a, b, c", "a", false, "lacks “b”, “c”"},
		{"contains-all: a, b, c, d, e", "a", false, "and 1 more"},
		{"starts-with: Dear", " Dear", false, "begins with “ Dear”"},
		{"ends-with: Ana", "Ana\n", false, ""},
		{"ends-with: z", text.Raw(strings.Repeat("long ", 20)), false, "ends with “…"},
		{"equals: billing", "billing\n", false, "differs from line 1, word"},
		{"equals: 1", "1.0", false, ""},
		{`equals: {"a": [1, 2]}`, ` {"a":[1.0,2]}`, true, "the same JSON"},
		{`equals: {"a": 1}`, `{"a": 2}`, false, "other JSON"},
		{`equals: {"a": 1}`, `{"a": 1, "b": 2}`, false, "other JSON"},
		{`equals: {"a": 1}`, `a is 1`, false, "not JSON"},
		{`equals: {not json`, `{not json`, true, "to the letter"},
		{"word-count: 3", " one two\u00a0three ", true, "3 words, wanted 3"},
		{"word-count: 2", "one\ufefftwo", true, ""},
		{"word-count: 1", "one\u0085two", true, ""}, // no white space to JavaScript
		{"word-count: 0", " \n ", true, "0 words"},
		{"word-count: 15..30", "a b", false, "2 words, wanted 15 to 30"},
		{"line-count: 3", "a\n\nb\n", true, "3 lines"},
		{"sentence-count: 2", "It is so. It is.", true, ""},
		{"item-count: 2", `["a", ["b", "c"]]`, true, "2 items of a JSON list"},
		{"item-count: 3", "Points:\n1. a\n  2) b\n* c\n---\n-x\n4.5 d", true, "3 items of bulleted and numbered lists"},
		{"item-count: 0", `{"a": [1]}`, true, ""},
		{"is-json", ` {"a": 1e400} `, true, "is JSON"},
		{"is-json", `42`, true, ""},
		{"is-json", `Sure: {"a": 1}`, false, "unexpected “Sure"},
		{"is-json", "```json\n{}\n```", false, "Markdown fence"},
		{"is-json", `{"a": 1} {}`, false, "not JSON"},
		{"is-json", `{"a": 1`, false, "ends too early"},
		{"is-json", `{"a": 01}`, false, "not JSON"},
		{"is-json", `{'a': 1}`, false, "not JSON"},
		{"is-json", "", false, "there is no text"},
		{`is-json: {"required": ["category"], "properties": {"category": {"enum": ["bug"]}}}`, `{"category": "other"}`, false, "at “/category”"},
		{`is-json: {"required": ["category"]}`, `{}`, false, "category"},
		{`is-json: {"properties": {"d": {"format": "date"}}}`, `{"d": "soon"}`, false, "date"},
		{`is-json: {"$defs": {"a": {"type": "number"}}, "properties": {"n": {"$ref": "#/$defs/a"}}}`, `{"n": 2}`, true, ""},
		{`is-json: true`, `{}`, true, ""},
		{`json-path .a[1]: 2`, `{"a": [1, 2.0]}`, true, ".a[1] is 2"},
		{`json-path .a[]: 2`, `{"a": [1, 2]}`, false, "gives 2 values"},
		{`json-path .b: null`, `{"a": 1}`, true, ""},
		{`json-path .a | length: 2`, `{"a": [1, 2]}`, true, ""},
		{`json-path .a.b: 1`, `{"a": "x"}`, false, "gives no value"},
		{`json-path [.items[] | select(.n > 1) | .id]: ["b"]`, `{"items": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]}`, true, ""},
		{`json-path .id: 9007199254740993`, `{"id": 9007199254740992}`, false, ""},
		{"is-refusal", "I’m sorry, but I can’t assist with that request.", true, "declines"},
		{"is-refusal", "As an AI, I have no opinion.", true, ""},
		{"is-refusal", "I cannot help with that.", true, ""},
		{"is-refusal", "I am unable to provide that.", true, ""},
		{"is-refusal", "Sorry for the delay! Invoice 8841 is refunded.", false, "does not decline"},
		{"is-refusal", "I'm sorry to hear that. Your order is on its way.", false, ""},
		{"is-refusal", "You can send it as an airmail letter.", false, ""},
		{"is-refusal", " \n", true, "blank"},
	} {
		got := eval(t, k.spec, said(k.text))
		if got.Pass != k.pass || got.Error || !strings.Contains(string(got.Message), k.says) {
			t.Errorf("%s on %q: %+v", k.spec, k.text, got)
		}
		if neg := eval(t, "not-"+k.spec, said(k.text)); neg.Pass == got.Pass || neg.Message != got.Message {
			t.Errorf("not %s on %q: %+v", k.spec, k.text, neg)
		}
	}
}

// What both dialects know means what JavaScript means by it: RegExp.test of node
// 20.20.2 gives the same for each.
func TestRegexIsJavaScript(t *testing.T) {
	for _, k := range []struct {
		pattern, text string
		want          bool
	}{
		{`^\d{4}$`, "8841", true}, {`^\d{4}$`, "8841\n", false}, {`a.b`, "a\rb", false}, {`a.b`, "a\u2028b", false}, {`a.b`, "a\u0085b", true},
		{`^\s$`, "\u00a0", true}, {`^\s$`, "\ufeff", true}, {`^\s$`, "\v", true}, {`^\s$`, "\u0085", false}, {`^[\s,]+$`, "\u3000,", true}, {`^[^\s]$`, "\u00a0", false},
		{`^\S$`, "\u0085", true}, {`^[\S]$`, "\u2003", false}, {`^[a\S]$`, "b", true}, {`^.$`, "😀", false}, {`^..$`, "😀", true}, {`😀`, "a😀", true}, {`^[^a]{2}$`, "😀", true},
		{`\w`, "é", false}, {`\bé`, "é", false}, {`^[a-z]+$`, "K", false}, {`\u00e9`, "é", true}, {`\xe9`, "é", true}, {`\uD83D\uDE00`, "😀", true},
		{`(?<id>\d+)-x`, "12-x", true}, {`(?:a|b)+?c`, "abac", true}, {`a{,2}`, "a{,2}", true}, {`a{,2}`, "aa", false}, {`{{order}}`, "{{order}}", true},
		{`[.*+?^${}()|[\]\\]`, "]", true}, {`[[a]`, "[", true}, {`a\/b\-c`, "a/b-c", true}, {`^$`, "", true}, {`x*`, "y", true}, {`^[\w.+-]+@[\w-]+\.\w{2,}$`, "ana@example.org", true},
	} {
		a := session.Assertion{Kind: session.AssertRegex, Weight: 1, Value: text.Raw(k.pattern)}
		e, err := assert.Compile(a)
		if err != nil {
			t.Errorf("%s: %v", k.pattern, err)
			continue
		}
		if got := e.Eval(said(text.Raw(k.text))); got.Pass != k.want || got.Error {
			t.Errorf("%s on %q: %+v", k.pattern, k.text, got)
		}
	}
}

// What only one of the two knows, or reads apart, is refused before anything is
// asked, with a reason that says so.
func TestRegexRefused(t *testing.T) {
	for pattern, why := range map[string]string{
		`a(?=b)`: "looks ahead", `a(?!b)`: "looks ahead", `(?<=a)b`: "looks behind", `(?<!a)b`: "looks behind", `(a)\1`: "refers back", `(?<x>a)\k<x>`: "agree",
		`(?i)a`: "flags", `(?s:a)`: "flags", `(?P<x>a)`: "(?<", `\pL`: "set of characters", `\p{L}`: "set of characters", `\Aa`: "agree", `a\z`: "agree", `\Qa\E`: "agree",
		`[[:alpha:]]`: "named set", `[]a]`: "[]", `[^]`: "[]", `[\b]`: "brackets", `\x{e9}`: "hexadecimal", `\u{e9}`: "hexadecimal", `\0`: `\x00`, `\cA`: "agree", `\a`: "agree",
		`^*a`: "repeats a place", `\b+a`: "repeats a place", `$?`: "repeats a place", `^{2}`: "repeats a place", `a++`: "share", `a**`: "share", `(a`: "share", `a)`: "share", `[a`: "without its ]",
		`a\`: "backslash", `[a-\s]`: "range", `[\s-z]`: "range", `a{2,1}`: "share", `(?:a{1000}){1000}`: "share", `*a`: "share", `\_`: "agree", `\é`: "agree", "\xff": "UTF-8",
		strings.Repeat("a", 10_001): "bytes", strings.Repeat("a{1000}", 30): "steps",
	} {
		_, err := assert.Compile(session.Assertion{Kind: session.AssertRegex, Weight: 1, Value: text.Raw(pattern)})
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40q: %v", pattern, err)
		}
	}
}

// Patterns, schemas and paths that are meant to hang end in time, and say nothing
// rather than pass.
func TestBounds(t *testing.T) {
	big := text.Raw(strings.Repeat("a", 1<<20))
	nest := func(n int) text.Raw { return text.Raw(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	deep := func(n int) text.Raw { return text.Raw(strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)) }
	twice := `is-json: {"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}}`
	wide := `is-json: {"anyOf": [{"not": {"items": {"allOf": [{"type": "number"}, {"maximum": 5}]}}}, {"items": {"pattern": "^(a+)+$"}}]}`
	for _, k := range []struct {
		name, spec string
		text       text.Raw
		can        bool // it can be said
	}{
		{"pattern of many steps", `regex: (a?){900}(b?){900}c`, big, false},
		{"pattern on too much", `regex: a`, big + "a", false},
		{"10,001 deep", "is-json", nest(10_001), false},
		{"10,000 deep", "is-json", nest(10_000), true},
		{"a million brackets", "is-json", text.Raw(strings.Repeat("[", 1e6)), false},
		{"a million braces, with a schema", `is-json: {"type": "object"}`, text.Raw(strings.Repeat(`{"a":`, 1e6)), false},
		{"1,001 deep, with a schema", `is-json: {}`, nest(1001), false},
		{"deep and no JSON, with a schema", `is-json: {}`, nest(1001) + "x", true},
		{"1e400", `is-json: {"type": "number"}`, "1e400", false},
		{"1e999999999", `is-json: {"maximum": 5}`, "1e999999999", false},
		{"1e-999999999", `is-json: {"multipleOf": 2}`, "[1e-999999999]", false},
		{"1e400 in a path", "json-path .a: 1", `{"a": 1e400}`, false},
		{"1e400 as JSON", "is-json", "1e400", true},
		{"1e400 equals", "equals: [1]", "[1e400]", false},
		{"large, without a schema", "is-json", "[" + big + "]", true},
		{"large, with a schema", `is-json: {}`, text.Raw("[" + strings.Repeat("1,", 1<<20) + "1]"), false},
		{"schema that doubles", twice, deep(60), false},
		{"schema that doubles, little", twice, deep(10), true},
		{"schema of many small values", wide, text.Raw("[" + strings.Repeat(`"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",`, 20_000) + `""]`), true},
		{"path over all pairs", "json-path [..|..|..|..] | length: 1", nest(300), false},
	} {
		began := time.Now()
		got, not := eval(t, k.spec, said(k.text)), eval(t, "not-"+k.spec, said(k.text))
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("%s: %s", k.name, took)
		}
		if got.Error == k.can || not.Error == k.can || !k.can && (got.Pass || not.Pass) || len(got.Message) > 400 {
			t.Errorf("%s: %+v, negated %+v", k.name, got, not)
		}
	}
}

// A schema reads nothing but itself, and what it is refused with holds nothing of
// what it asked for.
func TestSchemaRefs(t *testing.T) {
	canary := filepath.Join(t.TempDir(), "canary.json")
	if err := os.WriteFile(canary, []byte(`{"const": "CANARY-7731"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(canary))
	for _, ref := range []string{"file://" + canary, canary, "canary.json", "./canary.json", "http://127.0.0.1:1/x", "https://example.org/s", "mem:///other.json", "//host/x", "http://json-schema.org/draft-07/schema#", "?q", ""} {
		for _, schema := range []string{
			`{"$ref": %q}`, `{"properties": {"a": {"$ref": %q}}}`, `{"$id": "file:///tmp/", "items": {"$ref": %q}}`, `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicRef": %q}`, `{"allOf": [{"not": {"$ref": %q}}]}`,
		} {
			a := session.Assertion{Kind: session.AssertIsJSON, Weight: 1, Value: text.Raw(fmt.Sprintf(schema, ref))}
			_, err := assert.Compile(a)
			if err == nil {
				t.Errorf("%s is followed", a.Value)
			} else if strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %v", a.Value, err)
			}
		}
	}
	for _, schema := range []string{`{"$schema": "file://` + canary + `"}`, `{"$schema": "http://example.org/meta"}`, `{"type": "nothing"}`, `{"required": "a"}`, `[1]`, `{"a": `, `"object"`, `{"$ref": "#/nowhere"}`, `{"pattern": "(?=a)"}`, `{"type": {"$data": "1/a"}}`} {
		_, err := assert.Compile(session.Assertion{Kind: session.AssertIsJSON, Weight: 1, Value: text.Raw(schema)})
		if err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", schema, err)
		}
	}
	// A schema that refers to itself without end says so, and does not hang.
	for _, schema := range []string{`{"$ref": "#"}`, `{"allOf": [{"$ref": "#"}]}`, `{"$ref": "#/a", "a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}`} {
		e, err := assert.Compile(session.Assertion{Kind: session.AssertIsJSON, Weight: 1, Value: text.Raw(schema)})
		if err != nil {
			continue
		}
		if got := e.Eval(said(`{"x": 1}`)); got.Pass {
			t.Errorf("%s: %+v", schema, got)
		}
	}
	// A property that is called $ref is a property.
	if got := eval(t, `is-json: {"properties": {"$ref": {"type": "string"}}, "enum": [{"$ref": "x"}]}`, said(`{"$ref": "x"}`)); !got.Pass {
		t.Errorf("%+v", got)
	}
}

func TestPathRefused(t *testing.T) {
	for _, path := range []string{"env", "$ENV", "input", ".[1e9] = 1", `"x" * 1e9`, "[range(1e9)]", "def f: f; f", "reduce .[] as $x (0; .)", "import \"a\" as a; .", "now", ".a |= 1", "repeat(.)", "limit(3; .)", "halt", "debug", ".a as $x | $x", "@base64", "if . then 1 else 2 end", ".a[", "", "ltrimstr(env)", ".[env.x]", "[.[] | input]"} {
		_, err := assert.Compile(session.Assertion{Kind: session.AssertJSONPath, Weight: 1, Path: text.Raw(path), Value: "1"})
		if err == nil {
			t.Errorf("%s is a path", path)
		}
	}
	for _, value := range []text.Raw{"billing", "{", "1e400", "1 2"} {
		if _, err := assert.Compile(session.Assertion{Kind: session.AssertJSONPath, Weight: 1, Path: ".a", Value: value}); err == nil {
			t.Errorf("%q is a value", value)
		}
	}
}

// Values of the case mean themselves, whatever they hold.
func TestVariables(t *testing.T) {
	vars := []session.Var{{Name: "order", Value: "8.41"}, {Name: "trick", Value: "{{order}}"}, {Name: "quote", Value: "a\"b\\\n"}, {Name: "n", Value: "42"}, {Name: "none", Value: ""}}
	for _, k := range []struct {
		a    session.Assertion
		text text.Raw
		pass bool
	}{
		{session.Assertion{Kind: session.AssertContains, Value: "#{{order}}!"}, "x #8.41! y", true},
		{session.Assertion{Kind: session.AssertContains, Value: "{{ trick }}"}, "{{order}}", true},
		{session.Assertion{Kind: session.AssertContains, Value: "{{trick}}"}, "8.41", false},
		{session.Assertion{Kind: session.AssertContains, Value: "{{unknown}}"}, "{{unknown}}", true},
		{session.Assertion{Kind: session.AssertContains, Value: `\{{order}}`}, "{{order}}", true},
		{session.Assertion{Kind: session.AssertRegex, Value: "^{{order}}$"}, "8.41", true},
		{session.Assertion{Kind: session.AssertRegex, Value: "^{{order}}$"}, "8x41", false},
		{session.Assertion{Kind: session.AssertContainsAll, Values: []text.Raw{"{{n}}", "{{order}}"}}, "42 8.41", true},
		{session.Assertion{Kind: session.AssertJSONPath, Path: ".a", Value: `"{{quote}}"`}, `{"a": "a\"b\\\n"}`, true},
		{session.Assertion{Kind: session.AssertJSONPath, Path: ".a", Value: `{{quote}}`}, `{"a": "a\"b\\\n"}`, true},
		{session.Assertion{Kind: session.AssertJSONPath, Path: ".a", Value: `{{n}}`}, `{"a": 42}`, true},
		{session.Assertion{Kind: session.AssertJSONPath, Path: ".a", Value: `"{{n}}"`}, `{"a": "42"}`, true},
		{session.Assertion{Kind: session.AssertIsJSON, Value: `{"properties": {"a": {"const": "no {{quote}}"}}}`}, `{"a": "no a\"b\\\n"}`, true},
	} {
		k.a.Weight = 1
		e, err := assert.Compile(k.a)
		if err != nil {
			t.Errorf("%s: %v", k.a, err)
			continue
		}
		r := said(k.text)
		r.Cell.CaseVars = vars
		if got := e.Eval(r); got.Pass != k.pass || got.Error {
			t.Errorf("%s on %q: %+v", k.a, k.text, got)
		}
	}
	// Nothing is in every answer: an empty value is no assertion.
	r := said("anything")
	r.Cell.CaseVars = vars
	for _, spec := range []string{"contains: {{none}}", "not-contains: {{none}}", "starts-with: {{none}}", "regex: {{none}}"} {
		if got := eval(t, spec, r); got.Pass || !got.Error {
			t.Errorf("%s: %+v", spec, got)
		}
	}
}

// Whatever an answer holds, an assertion and its negation never both pass, and
// nothing breaks.
func TestHostile(t *testing.T) {
	kinds := session.AssertKinds()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		piece := rapid.OneOf(rapid.SampledFrom([]string{"\x00", "\xff", "\x1b[2J", "{{x}}", "😀", "\u202e", "İ", "Σ", `{"a":`, "[", "]", "\"", "\\", "\r\n", "- ", "1. ", "\ufeff", "e̶", " "}), rapid.String())
		s := strings.Join(rapid.SliceOf(piece).Draw(t, "text"), "")
		a := k.Good.Assertion
		if rapid.Bool().Draw(t, "hostile value") && len(s) > 0 {
			switch k.Takes {
			case session.TakesText:
				a.Value = text.Raw(s[:1+len(s)/2])
			case session.TakesList:
				a.Values = []text.Raw{text.Raw(s), text.Raw(s[len(s)/2:]) + "x"}
			}
		}
		e, err := assert.Compile(a)
		if err != nil {
			t.Fatal(err)
		}
		a.Not = true
		n, err := assert.Compile(a)
		if err != nil {
			t.Fatal(err)
		}
		r := said(text.Raw(s))
		r.Cell.CaseVars = []session.Var{{Name: "x", Value: "{{x}}"}}
		if x, y := e.Eval(r), n.Eval(r); x.Pass == y.Pass && !x.Error || x.Error != y.Error {
			t.Fatalf("%s on %q: %+v %+v", a, s, x, y)
		}
		if k.Kind == session.AssertContains && strings.Contains(s, string(a.Value)) != e.Eval(r).Pass && !strings.Contains(string(a.Value), "{{") {
			t.Fatalf("%q in %q", a.Value, s)
		}
	})
}

func TestUnknownNumbers(t *testing.T) {
	r := said("x")
	r.Output.Attempts = 0
	for _, spec := range []string{"latency: 5", "not-latency: 5", "cost: 1", "not-cost: 1"} {
		if got := eval(t, spec, r); got.Pass || !got.Error || !strings.Contains(string(got.Message), "not known") {
			t.Errorf("%s: %+v", spec, got)
		}
	}
	r.Output.Finish = ""
	for _, spec := range []string{"finish-reason: stop", "not-finish-reason: stop"} {
		if got := eval(t, spec, r); got.Pass || !got.Error {
			t.Errorf("%s: %+v", spec, got)
		}
	}
	r.Output.Cached, r.Output.Timing.TotalMS = true, 80
	if got := eval(t, "latency: 100", r); !got.Pass || !strings.Contains(string(got.Message), "80 ms when it was first asked for") {
		t.Errorf("%+v", got)
	}
	r.Output.Finish = "END_TURN"
	if got := eval(t, "finish-reason: Stop", r); !got.Pass {
		t.Errorf("%+v", got)
	}
}
