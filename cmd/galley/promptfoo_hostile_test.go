//go:build promptfoo

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
	"galley/store"
)

// hostileTexts are texts that a template engine, a loader, a YAML reader or a
// regular expression could take for more than text.
func hostileTexts(secret string) []string {
	return []string{
		// templates
		"{{ env.GALLEY_CANARY }}", "{{env.GALLEY_CANARY}}", "{{ env['GALLEY_CANARY'] | upper }}", "{{ text }}", "{{text}}", "{{ env }}", "{{ 7 * 7 }}", "{{", "}}", "a {{ b", "{ { x } }", "{{{ x }}}",
		"{% raw %}{{ env.GALLEY_CANARY }}{% endraw %}", "{% raw %}", "{% endraw %}", "{% endraw %}{{ 7*7 }}{% raw %}", "{% for x in [1,2] %}x{% endfor %}", "{% include \"secret.txt\" %}", "{%", "{# gone #}", "#}", "{#", "%}", "-%} x {%- y", "-#}", "-}}", "{{-", "{{#x}}", "{ {",
		"{{ '\"x\"' | load }}", "a' | load }}{{ env.GALLEY_CANARY", "{{ range.constructor(\"return process.env.GALLEY_CANARY\")() }}", "${GALLEY_CANARY}", "$GALLEY_CANARY", "$& $1 $$ $` $'", "<%= x %>", "{{galley_messages_1}}",
		// loaders and programs
		"file://" + secret, "file://secret.txt", "file://x.js:f", "file://*.yaml", "exec:cat " + secret, "exec: ls", "python:x.py", "python: 1", "package:fs:readFileSync", "package:a:b", "https://example.com/x", "http://127.0.0.1:1/", "az://x/y", "sharepoint://x", "javascript:output", "vault://x", "file:" + secret, "$ref: " + secret,
		// white space and signs that are not seen
		" leading", "trailing ", "\tTab\tbetween\t", "line\nfeed", "line\r\nCRLF\r\n", "\n", "end\n", "\n\nbegin", "next\u0085line", "separator\u2028line\u2029paragraph", "\ufeffmark", "no\u00a0break", "zero\u200bwidth", "bell\u0007 and esc \u001b[31m", "del\u007f", "rtl \u202e abc",
		// characters
		"👩‍👩‍👧 emoji 🎉", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "İstanbul ΣΊΣΥΦΟΣ ẞ", "e\u0301 é", "ﬃ ǅ", "日本語のテキスト", "Ünïcödé",
		// quotes
		`He said "no".`, "it's", "`code`", `back\slash \n \u0041 \\`, `"`, `'`, `"quoted"`, `'quoted'`, `a, b, "c, d"`, `\`, `\\`, `\{{text}}`,
		// YAML's words
		"no", "null", "012", "0x1F", "1e3", "~", "<<", "yes", "true", "-0", "1.0", "0", "2001-01-01", "- item", "? key", ": value", "key: value", "#comment", "a #comment", "&anchor", "*alias", "!!binary x", "!tag", "|", ">", "%TAG", "@at", "---", "...", "---\nb: 1", "{a: b}", "[a, b]", "=",
		// JSON and lists
		`{"a": 1}`, `{"a": {"b": [1, "x", null]}}`, `{"a": "{{ env.GALLEY_CANARY }}"}`, `{"a": "file://` + secret + `"}`, `{"$ref": "#/x"}`, `["x", "y"]`, `[]`, `{}`, `"text"`, `[1, 2`, `{"role": "system", "content": "x"}`, `{"__proto__": {"a": 1}}`, `[{"a": 1.50, "b": 1e2}]`,
		// patterns
		`a.b*c+d?(e)[f]{2}^g$|h`, `(?=x)`, `\d+\s`, "[", "(", "*", "a{2}", "/x/g", "^$",
		// markup, formulas, long ones
		"<b>bold</b> &amp; <!-- x -->", "]]>", "<?xml version=\"1.0\"?>", "=1+1", "```json\n{\"a\": 1}\n```", strings.Repeat("long ", 4000) + "{{ end }}", strings.Repeat("x", 12_000), "undefined", "NaN", "[object Object]",
	}
}

// hostileAnswers are answers about which constant assertions say different things.
var hostileAnswers = []outcome{
	{text: "It is billing."},
	{text: `{"category": "bug", "n": 3}`},
	{text: `{"category": "other", "n": "3"}`},
	{text: "  {\"category\": \"bug\", \"n\": 1.5}\n"},
	{text: "[1, 2, 3]"}, {text: "12"}, {text: `"text"`}, {text: "null"}, {text: "True"}, {text: "{'a': 1}"}, {text: `{"a": 1,}`}, {text: "{\"a\": \"\ttab\"}"}, {text: "\ufeff{}"}, {text: `{"a": 1} {"b": 2}`}, {text: "01"}, {text: "-0"}, {text: "1E400"},
	{text: "- one\n- two\n- three"}, {text: "one\r\ntwo\rthree\u2028four"}, {text: "one\n\n\ntwo\n"}, {text: "Done.\nKind regards"}, {text: "Kind regards "},
	{text: "I'm sorry, but I can't help with that."}, {text: "I cannot assist with that request."}, {text: "I’m unable to provide that."},
	{text: "We refund you today.\u00a0Really\u2003now\ufeffand\u0085then"}, {text: "order #8841, then order #12"}, {text: "ORDER #8841"}, {text: "🎉"}, {text: "a🎉b"}, {text: "Σ ς σ İ i̇"}, {text: "e\u0301"},
	{text: "Sorry for the delay: your parcel left today.", apart: "an apology"},
	{text: "Unfortunately it rained. Your order is on its way."},
	{text: "Tick the box below and you can't help but win.", apart: "words of help"},
	{text: "No, I will not.", apart: "declined otherwise"},
}

// constant are assertions that are the same for every case.
func constant() []session.Assertion {
	a := func(k session.AssertKind, v text.Raw) session.Assertion { return session.Assertion{Kind: k, Value: v} }
	out := []session.Assertion{
		{Kind: session.AssertWords, Min: limit(2), Max: limit(5)}, {Kind: session.AssertWords, Min: limit(4)}, {Kind: session.AssertWords, Max: limit(3)}, {Kind: session.AssertWords, Min: limit(1), Max: limit(1)},
		{Kind: session.AssertLines, Min: limit(1), Max: limit(1)}, {Kind: session.AssertLines, Min: limit(2)}, {Kind: session.AssertLines, Max: limit(2)}, {Kind: session.AssertLines, Min: limit(0), Max: limit(0)},
		a(session.AssertIsJSON, ""), a(session.AssertIsJSON, `{"type": "object", "required": ["category"], "properties": {"category": {"enum": ["bug", "billing"]}, "n": {"type": "integer"}}}`),
		a(session.AssertIsJSON, `{"type": ["array", "null", "number"]}`), a(session.AssertIsJSON, `{"type": "string", "pattern": "^[a-z]+$"}`),
		a(session.AssertIsJSON, `{"type": "object", "properties": {"{{ env.GALLEY_CANARY }}": {"const": "file://x"}}, "additionalProperties": false}`),
		a(session.AssertFinish, "stop"), a(session.AssertFinish, "STOP"), a(session.AssertFinish, "length"),
		{Kind: session.AssertRefusal},
		{Kind: session.AssertLatency, Max: limit(slowEnough)}, {Kind: session.AssertLatency, Max: limit(tooFast)},
		{Kind: session.AssertCost, Max: limit(dearEnough)}, {Kind: session.AssertCost, Max: limit(tooCheap)},
		{Kind: session.AssertSentences, Max: limit(2)}, {Kind: session.AssertItems, Min: limit(2)}, {Kind: session.AssertJSONPath, Path: ".category", Value: `"bug"`},
		a(session.AssertContains, "8841"), a(session.AssertContains, " "), a(session.AssertIContains, "Σ"), a(session.AssertIContains, "i̇"), a(session.AssertIContains, "CAN'T"), a(session.AssertStartsWith, "I"), a(session.AssertStartsWith, "\ufeff"),
		a(session.AssertEndsWith, "Kind regards"), a(session.AssertEndsWith, "."), a(session.AssertEndsWith, "\n"), a(session.AssertEndsWith, "🎉"), a(session.AssertEquals, "12"), a(session.AssertEquals, "null"), a(session.AssertEquals, "-0"), a(session.AssertEquals, "True"),
		a(session.AssertEquals, `[1, 2.0, 3]`), a(session.AssertEquals, `{"n": 3, "category": "bug"}`), a(session.AssertEquals, `{}`),
		{Kind: session.AssertContainsAny, Values: []text.Raw{"refund", "a, b", `"`}}, {Kind: session.AssertContainsAll, Values: []text.Raw{"order", "#"}},
		{Kind: session.AssertIContainsAny, Values: []text.Raw{"ORDER", "ΣΊΣΥΦΟΣ"}}, {Kind: session.AssertIContainsAll, Values: []text.Raw{"KIND", "regards"}},
	}
	for _, p := range []string{
		`order #\d{4}`, `^.$`, `^..$`, `^\S+$`, `\s$`, `^\s`, `\bKind\b`, `[^\w\s.,]`, `^[^a-z]*$`, `(?:a|b).`, `\u00e9|\x41`, `^$`, `.*`, `one.two`, `one\stwo`, `x{2,3}y?`, `[\]\-\\]`, `\.$`, `^(?<n>\d+)$`, `{`, `}`, `[{}]`, `🎉`, `[🎉]`, `a.b`,
	} {
		out = append(out, a(session.AssertRegex, text.Raw(p)))
	}
	return out
}

// about are assertions of every kind that takes a text, held against it.
func about(v text.Raw, pattern string) []session.Assertion {
	out := []session.Assertion{
		{Kind: session.AssertContains, Value: v}, {Kind: session.AssertIContains, Value: text.Raw(strings.ToUpper(string(v)))}, {Kind: session.AssertStartsWith, Value: v}, {Kind: session.AssertEndsWith, Value: v},
		{Kind: session.AssertEquals, Value: v}, {Kind: session.AssertRegex, Value: text.Raw("^(?:before )?" + pattern)},
		{Kind: session.AssertContainsAny, Values: []text.Raw{"zz, z", v}}, {Kind: session.AssertContainsAll, Values: []text.Raw{v, "after"}},
		{Kind: session.AssertIContainsAny, Values: []text.Raw{"zzz", v}}, {Kind: session.AssertIContainsAll, Values: []text.Raw{v, "BEFORE"}},
	}
	return out
}

// bothWays adds the negation of each, and gives each its weight.
func bothWays(list []session.Assertion, weight func(i int) float64) []session.Assertion {
	var out []session.Assertion
	for i, a := range list {
		a.Weight = weight(i)
		b := a
		b.Not = true
		out = append(out, a, b)
	}
	return out
}

func one(int) float64 { return 1 }

// limit is a number as an assertion has it.
func limit(x float64) *float64 { return &x }

// hostilePrompt makes a prompt whose wordings, cases and assertions hold hostile
// texts, with a suite where every assertion must hold and one with a threshold;
// and a prompt whose answers end in every way. It returns what is answered.
func (r *rig) hostilePrompt() func(session.VariantInfo, int, session.Case) outcome {
	t := r.t
	st := r.open()
	defer func() { _ = st.Close() }()
	ctx := context.Background()
	texts := hostileTexts(filepath.Join(r.dir, "secret.txt"))
	p, err := st.CreatePrompt(ctx, "hostile", "", "texts that could be taken for more")
	if err != nil {
		t.Fatal(err)
	}
	var cases []session.Case
	for i, h := range texts {
		c := session.Case{Name: text.Raw(fmt.Sprintf("h%03d", i)), Split: session.SplitDev, Tags: []text.Raw{text.Raw(texts[(i+7)%len(texts)])}, Vars: []session.Var{{Name: "text", Value: text.Raw(h)}, {Name: "env", Value: text.Raw(texts[(i+1)%len(texts)])}}}
		if i%3 != 0 { // others keep the {{name}}
			c.Vars = append(c.Vars, session.Var{Name: "a-b.c", Value: text.Raw(fmt.Sprint(i))})
		}
		if w := text.Raw(h); i%2 == 0 {
			c.Wanted = &w
		}
		cases = append(cases, c)
	}
	if cases, err = st.CreateCases(ctx, p.ID, cases); err != nil {
		t.Fatal(err)
	}
	system := "Words that look like more: {{ env.GALLEY_CANARY }} {% raw %} {# x #} file://secret.txt \\{{text}} " + "\u2028\ufeff\t\"'\\ {{ 7*7 }} }} {{\n"
	content := func(wrap session.Wrap, input string, more ...session.Block) session.Content {
		in := sampleBlock(session.KindInput, session.RoleUser, "Text {{ 7*7 }}", text.Raw(input))
		in.Wrap = wrap
		stops := sampleParams(300)
		stops.Stop = []text.Raw{"\n\nEND", "}}"}
		return session.Content{Params: stops, Blocks: append([]session.Block{sampleBlock(session.KindSystem, session.RoleSystem, "", text.Raw(system))}, append(more, in)...)}
	}
	for _, v := range []struct {
		name    string
		content session.Content
	}{
		{"braces", content(session.WrapNone, "{{text}}", sampleBlock(session.KindInstructions, session.RoleSystem, "", "{{{text}}} %{{env}}% #{{env}}# {{ a-b.c }}-{{missing}}"))},
		{"marked", content(session.WrapXML, "{{text}}{{text}}{{env}}")},
		{"frozen", content(session.WrapJSON, "{{text}}")},
	} {
		if _, err := st.CreateVariant(ctx, p.ID, v.name, v.content, "hostile"); err != nil {
			t.Fatal(err)
		}
	}
	r.suites(ctx, st, p, cases)
	r.ended(ctx, st)
	return func(v session.VariantInfo, i int, c session.Case) outcome {
		h, _ := c.Lookup("text")
		switch v.Ref().Variant {
		case "braces":
			return outcome{text: string(h)}
		case "marked":
			return outcome{text: "before " + string(h) + " after"}
		}
		return hostileAnswers[i%len(hostileAnswers)]
	}
}

// suites makes the two suites of the hostile prompt.
func (r *rig) suites(ctx context.Context, st *store.Store, p session.Prompt, cases []session.Case) {
	t := r.t
	each := append(bothWays(constant(), one), bothWays(about("{{text}}", "{{text}}"), one)...)
	var shared []session.Assertion
	weight := func(i int) float64 { return []float64{1, 2, 0.5, 0, 0.125}[i%5] }
	for _, a := range append(constant()[:12], constant()[17:21]...) {
		if a.Kind != session.AssertSentences && a.Value == "" || a.Kind == session.AssertFinish {
			shared = append(shared, a)
		}
	}
	// Only what can be told, so that the sum of a case is the same sum.
	shared = slices.DeleteFunc(bothWays(append(shared, about("{{text}}", "{{text}}")...), weight), func(a session.Assertion) bool {
		return a.Not && slices.Contains([]session.AssertKind{session.AssertLatency, session.AssertCost, session.AssertFinish, session.AssertEquals}, a.Kind)
	})
	for i := range shared { // each about something of its own
		if v, _ := cases[i].Lookup("text"); !strings.Contains(string(v), "{{text}}") {
			shared[i].Metric = v
		}
	}
	for i, c := range cases {
		v, _ := c.Lookup("text")
		own := about(v, regexp.QuoteMeta(string(v)))
		if i%2 == 0 { // or with its own braces kept as text
			v = kept(v)
			own = about(v, regexp.QuoteMeta(string(v)))
		}
		for _, a := range bothWays(own, one) {
			a.CaseID, a.CaseName = c.ID, c.Name
			if _, err := assert.Compile(a); err != nil {
				continue // beyond the bounds of patterns
			}
			each = append(each, a)
		}
	}
	for name, list := range map[string][]session.Assertion{"each": each, "shared": shared} {
		s, err := st.CreateSuite(ctx, p.ID, name, "")
		if err != nil {
			t.Fatal(err)
		}
		if name == "shared" {
			s.Threshold = limit(0.6)
			if err := st.SetSuite(ctx, s); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := st.AddAssertions(ctx, s.ID, list); err != nil {
			t.Fatal(err)
		}
	}
}

// kept is a text whose {{names}} stay text.
func kept(v text.Raw) text.Raw {
	var b strings.Builder
	for _, h := range session.Placeholders(string(v)) {
		if !h.Literal || h.Skip > 0 {
			b.WriteByte('\\')
		}
		b.WriteString(string(v[h.Start:h.End]))
	}
	return text.Raw(b.String())
}

// ended makes a prompt of one variant whose answers end in every way.
func (r *rig) ended(ctx context.Context, st *store.Store) {
	t := r.t
	p, err := st.CreatePrompt(ctx, "ended", "", "answers that are none")
	if err != nil {
		t.Fatal(err)
	}
	var cases []session.Case
	for i := range endingAnswers {
		cases = append(cases, session.Case{Name: text.Raw(fmt.Sprintf("e%02d", i)), Split: session.SplitDev, Vars: []session.Var{{Name: "n", Value: text.Raw(fmt.Sprint(i))}}})
	}
	if _, err := st.CreateCases(ctx, p.ID, cases); err != nil {
		t.Fatal(err)
	}
	c := session.Content{Params: sampleParams(300), Blocks: []session.Block{sampleBlock(session.KindInput, session.RoleUser, "", "{{n}}")}}
	if _, err := st.CreateVariant(ctx, p.ID, "v", c, "ends"); err != nil {
		t.Fatal(err)
	}
	s, err := st.CreateSuite(ctx, p.ID, "states", "")
	if err != nil {
		t.Fatal(err)
	}
	list := bothWays([]session.Assertion{
		{Kind: session.AssertFinish, Value: "stop"}, {Kind: session.AssertFinish, Value: "Length"}, {Kind: session.AssertFinish, Value: "content_filter"}, {Kind: session.AssertFinish, Value: "tool_calls"},
		{Kind: session.AssertRefusal}, {Kind: session.AssertContains, Value: "word"}, {Kind: session.AssertContains, Value: "lookup"}, {Kind: session.AssertWords, Max: limit(9)},
	}, one)
	if _, err := st.AddAssertions(ctx, s.ID, list); err != nil {
		t.Fatal(err)
	}
}

var endingAnswers = []outcome{
	{text: "a word"}, {text: "a word that is cut", finish: "length"}, {text: "", finish: "length"}, {text: "a wo", finish: "content_filter", apart: "a content filter"}, {text: "", finish: "content_filter", apart: "a content filter"},
	{text: "I'm sorry, I can't assist with that.", refusal: true}, {text: ""}, {text: "   "}, {text: "\n\t"}, {text: "ended", finish: "end_turn"}, {text: "stopped", finish: "stop_sequence"}, {text: "cut", finish: "max_tokens"}, {tools: true, finish: "tool_calls"},
}

func endings(_ session.VariantInfo, i int, _ session.Case) outcome { return endingAnswers[i] }

// replies are the sample's answers.
func (r *rig) replies() func(session.VariantInfo, int, session.Case) outcome {
	st := r.open()
	defer func() { _ = st.Close() }()
	ctx := context.Background()
	p, err := st.Prompt(ctx, "reply")
	if err != nil {
		r.t.Fatal(err)
	}
	runs, err := st.Runs(ctx, p.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	results, err := st.Results(ctx, runs[len(runs)-1].ID)
	if err != nil {
		r.t.Fatal(err)
	}
	of := answers(results)
	return func(v session.VariantInfo, _ int, c session.Case) outcome {
		return outcome{text: string(of[[2]text.Raw{c.Name, text.Raw(v.Ref().Variant)}].Output.Text)}
	}
}

// extracts are answers to the sample's other suite: what is wanted, and the ways in
// which models miss it.
func extracts(_ session.VariantInfo, i int, c session.Case) outcome {
	w := string(*c.Wanted)
	return outcome{text: []string{
		w, "```json\n" + w + "\n```", strings.Replace(w, `"price":`, `"price":"about ",`+`"cost":`, 1), "Here it is: " + w, "SOLD", strings.Replace(w, "EUR", "USD", 1), w + "\n", strings.ReplaceAll(w, `"`, "'"),
	}[i%8]}
}
