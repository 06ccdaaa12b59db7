package exchange

import (
	"fmt"
	"regexp"
	"strings"

	"galley/session"
	"galley/session/text"
)

// Spell says how promptfoo spells a kind of assertion, or why it can't.
func Spell(k session.AssertKind) (how, why string) {
	switch k {
	case session.AssertContains, session.AssertIContains, session.AssertContainsAny, session.AssertContainsAll, session.AssertIContainsAny,
		session.AssertIContainsAll, session.AssertStartsWith, session.AssertEquals, session.AssertRegex, session.AssertWords, session.AssertIsJSON,
		session.AssertFinish, session.AssertRefusal, session.AssertLatency, session.AssertCost:
		return string(k), ""
	case session.AssertEndsWith:
		return "regex", ""
	case session.AssertLines:
		return "javascript", ""
	case session.AssertSentences:
		return "", "promptfoo knows no sentences"
	case session.AssertItems:
		return "", "promptfoo knows no items of a list"
	case session.AssertJSONPath:
		return "", "promptfoo does not read jq's paths"
	}
	return "", "promptfoo has no such kind"
}

// spellNot says why promptfoo can't be told a negation: it does not turn round what
// it measures, and of JSON it turns round half.
func spellNot(a session.Assertion) (why string) {
	if !a.Not {
		return ""
	}
	switch a.Kind {
	case session.AssertFinish, session.AssertLatency, session.AssertCost:
		return fmt.Sprintf("promptfoo takes not-%s for %s", a.Kind, a.Kind)
	case session.AssertIsJSON:
		if a.Value != "" {
			return "promptfoo's not-is-json wants no JSON, whatever the schema"
		}
	case session.AssertEquals:
		if v, ok := oneJSON(string(a.Value)); ok && (v.kind == 'o' || v.kind == 'l') {
			return "promptfoo's not-equals to JSON fails what is no JSON"
		}
	}
	return ""
}

// varies reports whether a text of an assertion is another for another case.
func (f *pf) varies(a session.Assertion) bool {
	for _, n := range a.Names() {
		if _, ok := f.names[text.Raw(n)]; ok {
			return true
		}
	}
	return false
}

// spelled is an assertion as promptfoo reads it, in one line of YAML, or why it
// can't be told.
func spelled(a session.Assertion, c *session.Case) (line, why string) {
	if c == nil {
		c = &session.Case{} // a backslash before {{name}} means the same for all
	}
	a = a.Expand(c.Vars)
	how, why := Spell(a.Kind)
	if why == "" {
		why = spellNot(a)
	}
	if why != "" {
		return "", why
	}
	kind := how
	if a.Not && a.Kind != session.AssertLines {
		kind = "not-" + how
	}
	parts := []string{"type: " + kind}
	value := string(a.Value)
	put := func(s string) { parts = append(parts, "value: "+quoted(pfText(s))) }
	switch a.Kind {
	case session.AssertRefusal:
	case session.AssertContainsAny, session.AssertContainsAll, session.AssertIContainsAny, session.AssertIContainsAll:
		items := make([]string, len(a.Values))
		for i, v := range a.Values {
			items[i] = pfText(string(v))
		}
		parts = append(parts, "value: "+quotedList(items))
	case session.AssertEndsWith:
		put(regexp.QuoteMeta(value) + "$")
	case session.AssertWords:
		parts = append(parts, "value: { "+bounds(a, "min: %s", "max: %s", ", ")+" }")
	case session.AssertLines:
		code := bounds(a, "n >= %s", "n <= %s", " && ")
		if a.Not {
			code = "!(" + code + ")"
		}
		// Only numbers stand in it.
		parts = append(parts, "value: "+quoted(`((s) => ((n) => `+code+`)(s.split("\n").length - (s === "" || s.endsWith("\n") ? 1 : 0)))(String(output))`))
	case session.AssertLatency, session.AssertCost:
		if a.Max == nil {
			return "", "promptfoo needs a ceiling"
		}
		parts = append(parts, "threshold: "+decimal(*a.Max))
	case session.AssertIsJSON:
		if value != "" {
			schema, why := pfSchema(value)
			if why != "" {
				return "", why
			}
			put(schema)
		}
	case session.AssertEquals:
		v, ok := oneJSON(value)
		switch {
		case ok && (v.kind == 'o' || v.kind == 'l') && !pfInert(v):
			return "", "promptfoo would take a text inside the JSON for a template or a file, or lose a key"
		case ok && (v.kind == 'o' || v.kind == 'l'):
			parts = append(parts, "value: "+string(appendValue(nil, v)))
		default:
			put(value)
		}
	default:
		put(value)
	}
	if a.Weight != 1 {
		parts = append(parts, "weight: "+decimal(a.Weight))
	}
	if a.Metric != "" {
		parts = append(parts, "metric: "+quoted(pfText(string(a.Metric))))
	}
	return "{ " + strings.Join(parts, ", ") + " }", ""
}

func bounds(a session.Assertion, low, high, between string) string {
	var out []string
	if a.Min != nil {
		out = append(out, fmt.Sprintf(low, decimal(*a.Min)))
	}
	if a.Max != nil {
		out = append(out, fmt.Sprintf(high, decimal(*a.Max)))
	}
	return strings.Join(out, between)
}

// oneJSON reads a text that is one JSON value.
func oneJSON(s string) (value, bool) {
	p := &parser{in: &input{o: Options{File: "value"}}, b: []byte(s), line: 1}
	v, err := p.value(1)
	p.space()
	return v, err == nil && p.at == len(p.b)
}

// pfInert reports whether promptfoo leaves every text in a JSON value as it is. It
// loses the key that is JavaScript's own.
func pfInert(v value) bool {
	for _, f := range v.keys {
		if f.name == "$ref" || f.name == "__proto__" || pfTags(f.name) || !pfInert(f.value) {
			return false
		}
	}
	for _, e := range v.list {
		if !pfInert(e) {
			return false
		}
	}
	return v.kind != 's' || !pfTags(v.text) && !pfScheme.MatchString(v.text)
}

// pfSchema is a JSON Schema as promptfoo reads it: without the name of a later
// draft, which its validator refuses. A text and no object, so that its loader
// follows no $ref.
func pfSchema(s string) (schema, why string) {
	v, ok := oneJSON(s)
	if !ok || v.kind != 'o' {
		return "", "its JSON Schema is no object"
	}
	keys := v.keys[:0:0]
	for _, f := range v.keys {
		if f.name != "$schema" || strings.Contains(f.text, "draft-07") {
			keys = append(keys, f)
		}
	}
	return string(appendObject(nil, keys)), ""
}

// tests writes what every case is held against and then the cases.
func (f *pf) tests(p *page) {
	var all, each []session.Assertion
	for _, a := range f.b.Suite.Assertions {
		switch {
		case a.CaseName != "":
		case f.varies(a):
			each = append(each, a)
		default:
			all = append(all, a)
		}
	}
	p.put("defaultTest:")
	p.put("  options: { disableVarExpansion: true }")
	if f.b.Suite.Threshold != nil {
		p.put("  threshold: %s", decimal(*f.b.Suite.Threshold))
	}
	f.asserts(p, "  ", "", all, nil)
	p.put("tests:")
	for i, c := range f.b.Cases {
		own := append([]session.Assertion{}, each...)
		for _, a := range f.b.Suite.Assertions {
			if a.CaseName == c.Name {
				own = append(own, a)
			}
		}
		f.test(p, i, c, own)
	}
}

// asserts writes a list of assertions and notes those that can't be told.
func (f *pf) asserts(p *page, indent string, of text.Raw, list []session.Assertion, c *session.Case) {
	began := false
	for _, a := range list {
		line, why := spelled(a, c)
		if why != "" {
			where := "for every case"
			if of != "" {
				where = "for case " + of.String()
			}
			f.out.note(fmt.Sprintf("%s (%s): %s", a.String(), where, why))
			continue
		}
		if !began {
			p.put("%sassert:", indent)
			began = true
		}
		p.put("%s  - %s", indent, line)
		if a.Kind == session.AssertIsJSON && strings.Contains(string(a.Value), "$schema") && !strings.Contains(string(a.Value), "draft-07") {
			f.out.note(fmt.Sprintf("%s: promptfoo reads the schema as one of draft-07", a.String()))
		}
	}
}

func (f *pf) test(p *page, i int, c session.Case, own []session.Assertion) {
	p.put("  - description: %s", quoted(c.Name))
	p.put("    vars:")
	var coded, absent []string
	named := map[string]bool{}
	put := func(name text.Raw) {
		v, isJSON := f.value(c, name)
		if isJSON {
			coded = append(coded, f.names[name])
		}
		named[f.names[name]] = true
		p.put("      %s: %s", f.names[name], quoted(v))
	}
	for _, v := range c.Vars {
		put(v.Name)
	}
	for _, other := range f.b.Cases {
		for _, v := range other.Vars {
			if !named[f.names[v.Name]] {
				put(v.Name)
				absent = append(absent, f.names[v.Name])
			}
		}
	}
	for _, x := range f.files {
		if x.frozen == "" {
			continue
		}
		b, err := lineJSON(chat(x.proofs[i].Messages))
		if err != nil {
			panic("exchange: messages are not JSON: " + err.Error()) // strings only
		}
		named[x.frozen] = true
		p.put("      %s: %s", x.frozen, quoted(pfJSON(string(b))))
	}
	if len(named) == 0 {
		p.put("      galley_case: %s", quoted(c.Name))
	}
	meta := []string{"galley_case: " + quoted(c.Name)}
	if len(coded) > 0 {
		meta = append(meta, "galley_json: "+quotedList(coded))
	}
	if len(absent) > 0 {
		meta = append(meta, "galley_absent: "+quotedList(absent))
	}
	if c.Wanted != nil {
		meta = append(meta, "galley_wanted: "+quoted(pfJSON(string(*c.Wanted))))
	}
	if len(c.Tags) > 0 {
		tags := make([]string, len(c.Tags))
		for i, t := range c.Tags {
			tags[i] = pfJSON(string(t))
		}
		meta = append(meta, "galley_tags: "+quotedList(tags))
	}
	if c.Split == session.SplitHoldout {
		meta = append(meta, "galley_split: holdout")
	}
	p.put("    metadata: { %s }", strings.Join(meta, ", "))
	f.asserts(p, "    ", c.Name, own, &c)
}
