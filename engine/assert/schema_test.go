package assert

import (
	"fmt"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

func compileJSON(t testing.TB, schema string, not bool) (Evaluator, error) {
	t.Helper()
	return Compile(session.Assertion{Kind: session.AssertIsJSON, Weight: 1, Not: not, Value: text.Raw(schema)})
}

func doneWith(s string) session.Result {
	return session.Result{Output: session.Output{Status: session.StatusDone, Finish: "stop", Text: text.Raw(s), Attempts: 1}}
}

// Schemas that are meant to hang or to fill the memory end, and say nothing, on
// answers that are not longer than an answer is looked into.
func TestSchemaBounds(t *testing.T) {
	list := func(n int, one string) string { return "[" + strings.Repeat(one+",", n-1) + one + "]" }
	doubled := func(n int, ref, end string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"s%d":{"%s":[{"$ref":"#/$defs/s%d"},{"$ref":"#/$defs/s%d"}]},`, i, ref, i+1, i+1)
		}
		return fmt.Sprintf(`{"$ref":"#/$defs/s0","$defs":{%s"s%d":%s}}`, b.String(), n, end)
	}
	for _, k := range []struct{ name, schema, doc string }{
		{"doubled, fits", doubled(30, "allOf", `{"type":"object"}`), `{}`},
		{"doubled, does not fit", doubled(30, "allOf", `{"type":"string"}`), `{}`},
		{"doubled, none of any", doubled(30, "anyOf", `{"type":"string"}`), `{}`},
		{"doubled, one", doubled(30, "oneOf", `{"type":"string"}`), `{}`},
		{"doubled, not", `{"not":{"$ref":"#/$defs/s0"},` + doubled(30, "anyOf", `{"type":"string"}`)[len(`{"$ref":"#/$defs/s0",`):], `{}`},
		{"doubled, deep", `{"items":{"$ref":"#"},"anyOf":` + list(100, `{"type":"string"}`) + `}`, strings.Repeat("[", 900) + strings.Repeat("]", 900)},
		{"many types", `{"items":{"anyOf":` + list(10_000, `{"type":"string"}`) + `}}`, list(500_000, "1")},
		{"many enums", `{"items":{"anyOf":` + list(10, `{"enum":`+names(2000)+`}`) + `}}`, list(100_000, `"b"`)},
		{"many numbers", `{"items":{"enum":` + strings.NewReplacer(`"n`, "1", `"`, ".5").Replace(names(20_000)) + `}}`, list(100_000, `1`)},
		{"long numbers", `{"items":{"allOf":` + list(5000, `{"minimum":0}`) + `}}`, list(1000, strings.Repeat("1", 300))},
		{"long text", `{"allOf":` + list(10_000, `{"maxLength":2000000}`) + `}`, `"` + strings.Repeat("é", 400_000) + `"`},
		{"patterns", `{"items":{"pattern":"(a?){900}(b?){900}c"}}`, list(10_000, `"`+strings.Repeat("a", 90)+`"`)},
		{"patterns of names", `{"patternProperties":{"(a?){900}(b?){900}c":{}}}`, `{` + strings.NewReplacer(`[`, "", `]`, "", `",`, `":1,`, `n`, strings.Repeat("a", 50)).Replace(names(10_000)) + `:1}`},
		{"unique", `{"items":{"$ref":"#"},"uniqueItems":true}`, strings.Repeat("[", 500) + list(100_000, "1") + strings.Repeat("]", 500)},
		{"left over", `{"$schema":"https://json-schema.org/draft/2020-12/schema","unevaluatedItems":false,"allOf":` + list(9000, `{"minItems":1}`) + `}`, list(100_000, "1")},
		{"required", `{"items":{"anyOf":` + list(3, `{"required":`+names(9000)+`}`) + `}}`, list(60_000, "{}")},
	} {
		e, err := compileJSON(t, k.schema, false)
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		var got session.AssertResult
		ends(t, k.name, func() session.AssertResult { got = e.Eval(doneWith(k.doc)); return got })
		if !got.Error {
			t.Errorf("%s: %+v", k.name, got)
		}
	}
	// Patterns in an answer are read, and nothing is made of them.
	e, err := compileJSON(t, `{"items":{"format":"regex"}}`, false)
	if err != nil {
		t.Fatal(err)
	}
	ends(t, "formats of patterns", func() session.AssertResult {
		return e.Eval(doneWith(list(5000, `"`+strings.Repeat("(a{100}){9}", 15)+`"`)))
	})
	// What people write is evaluated, on long answers too.
	e, err = compileJSON(t, `{"type":"array","items":{"type":"object","required":["id","tags"],"additionalProperties":false,"properties":{"id":{"type":"integer"},"tags":{"type":"array","uniqueItems":true,"items":{"enum":["a","b","c"]}}}}}`, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Eval(doneWith(list(5000, `{"id":12,"tags":["a","b"]}`))); !got.Pass {
		t.Errorf("%+v", got)
	}
}

func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"n%d"`, i)
	}
	return "[" + b.String()[1:] + "]"
}

// A schema that can't be evaluated is refused: else its negation holds of
// everything.
func TestSchemaEndless(t *testing.T) {
	const draft = `"$schema":"https://json-schema.org/draft/2020-12/schema"`
	for _, schema := range []string{
		`{"$ref":"#"}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`,
		`{"$ref":"#/a","a":{"$ref":"#/b"},"b":{"$ref":"#/a"}}`,
		`{"allOf":[{"$ref":"#"}]}`,
		`{"anyOf":[{"type":"string"},{"$ref":"#"}]}`,
		`{"oneOf":[{"not":{"$ref":"#"}}]}`,
		`{"not":{"$ref":"#"}}`,
		`{"if":{"$ref":"#"},"then":{}}`,
		`{"if":true,"then":{"$ref":"#"}}`,
		`{"dependencies":{"a":{"$ref":"#"}}}`,
		`{"properties":{"a":{"properties":{"b":{"$ref":"#/properties/a/properties/b"}}}}}`,
		`{"items":{"allOf":[{"$ref":"#/items"}]}}`,
		`{` + draft + `,"dependentSchemas":{"a":{"$ref":"#"}}}`,
		`{` + draft + `,"$dynamicRef":"#"}`,
		`{` + draft + `,"$dynamicAnchor":"n","allOf":[{"$dynamicRef":"#n"}]}`,
		`{` + draft + `,"$dynamicAnchor":"n","properties":{"a":{"$id":"x","$dynamicAnchor":"n","$dynamicRef":"#n"}}}`,
		`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"anyOf":[{"$recursiveRef":"#"}]}`,
		`{"$ref":"#/$defs/s0","$defs":{` + chain(300) + `"s300":true}}`,
	} {
		for _, not := range []bool{false, true} {
			if _, err := compileJSON(t, schema, not); err == nil {
				t.Errorf("%.80s, negated %t, is evaluated", schema, not)
			}
		}
	}
	for _, schema := range []string{
		`{"properties":{"next":{"$ref":"#"}}}`,
		`{"items":{"anyOf":[{"type":"number"},{"$ref":"#"}]}}`,
		`{` + draft + `,"$dynamicAnchor":"n","properties":{"next":{"$dynamicRef":"#n"}}}`,
		`{"$ref":"#/$defs/s0","$defs":{` + chain(100) + `"s100":true}}`,
		`{"properties":{"a":{"$ref":"#/$defs/s"},"b":{"$ref":"#/$defs/s"}},"$defs":{"s":{"type":"string"}}}`,
	} {
		e, err := compileJSON(t, schema, true)
		if err != nil {
			t.Errorf("%.80s: %v", schema, err)
			continue
		}
		if got := e.Eval(doneWith(`{"next":{"next":{}}}`)); got.Pass || got.Error {
			t.Errorf("%.80s: %+v", schema, got)
		}
	}
}

func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"s%d":{"$ref":"#/$defs/s%d"},`, i, i+1)
	}
	return b.String()
}
