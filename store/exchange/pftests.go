package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"galley/session"
	"galley/session/text"
)

// tests reads a list of tests, or the files that hold them.
func (r *pfReader) tests(d doc, n *yaml.Node) error {
	items := n.Content
	if n.Kind != yaml.SequenceNode {
		items = []*yaml.Node{n}
	}
	for _, t := range items {
		if t.Kind == yaml.ScalarNode {
			name, data, ok := r.inside(d, t, t.Value, ".csv", ".jsonl", ".json", ".yaml", ".yml")
			if !ok {
				continue
			}
			if name == d.file {
				return d.bad(t.Line, "", "it names itself")
			}
			if d.file != r.file {
				r.note(d, t.Line, "%s was left out: a file of tests that names another one", text.Raw(t.Value))
				continue
			}
			if err := r.testFile(name, data); err != nil {
				return err
			}
			continue
		}
		if err := r.test(d, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *pfReader) defaultTest(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		r.note(r.doc, n.Line, "defaultTest was left out: it lies in a file of its own")
		return nil
	}
	return each(n, func(k, v *yaml.Node) (err error) {
		switch k.Value {
		case "threshold":
			r.b.Suite.Threshold, err = r.number(v, "threshold")
		case "assert":
			r.asserts(r.doc, v, "")
		case "vars":
			r.defaults = r.vars(r.doc, v, nil)
		case "options":
			r.options(r.doc, v)
		default:
			r.note(r.doc, k.Line, "defaultTest.%s was left out", text.Raw(k.Value))
		}
		return err
	})
}

func (r *pfReader) options(d doc, n *yaml.Node) {
	_ = each(n, func(k, _ *yaml.Node) error {
		if k.Value != "disableVarExpansion" {
			r.note(d, k.Line, "options.%s was left out", text.Raw(k.Value))
		}
		return nil
	})
}

// test reads a test as a case with its assertions.
func (r *pfReader) test(d doc, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return d.bad(n.Line, "", "a test is no object")
	}
	c := session.Case{Split: session.SplitDev}
	var vars, asserts *yaml.Node
	var coded, absent []string
	description := ""
	err := each(n, func(k, v *yaml.Node) error {
		switch k.Value {
		case "description":
			description = v.Value
		case "vars":
			vars = v
		case "assert":
			asserts = v
		case "metadata":
			coded, absent = r.metadata(d, &c, v)
		case "options":
			r.options(d, v)
		case "threshold":
			t, err := d.number(v, "threshold")
			if err == nil && (r.b.Suite.Threshold == nil || *t != *r.b.Suite.Threshold) {
				r.note(d, k.Line, "the threshold of one test was left out: a suite has one for all")
			}
			return err
		default:
			r.note(d, k.Line, "%s of a test was left out", text.Raw(k.Value))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if vars != nil {
		if vars.Kind != yaml.MappingNode {
			r.note(d, n.Line, "a test was left out: its variables lie in a file of their own")
			return nil
		}
		for i := 1; i < len(vars.Content); i += 2 {
			if vars.Content[i].Kind == yaml.SequenceNode {
				r.note(d, n.Line, "a test was left out: the variable %q is a list, which makes a test of each", text.Raw(vars.Content[i-1].Value))
				return nil
			}
		}
		c.Vars = slices.DeleteFunc(r.vars(d, vars, coded), func(v session.Var) bool { return slices.Contains(absent, string(v.Name)) })
	}
	r.keep(&c, description)
	if asserts != nil {
		r.asserts(d, asserts, c.Name)
	}
	return nil
}

// keep gives a case its name and the variables that all cases have.
func (r *pfReader) keep(c *session.Case, description string) {
	for _, v := range r.defaults {
		if _, ok := c.Lookup(string(v.Name)); !ok {
			c.Vars = append(c.Vars, v)
		}
	}
	taken := func(n text.Raw) bool {
		return n == "" || session.CheckName("case", string(n)) != nil || slices.ContainsFunc(r.b.Cases, func(x session.Case) bool { return x.Name == n })
	}
	if taken(c.Name) {
		c.Name = text.Raw(description)
	}
	for i := len(r.b.Cases) + 1; taken(c.Name); i++ {
		c.Name = text.Raw(fmt.Sprintf("c%03d", i))
	}
	r.b.Cases = append(r.b.Cases, *c)
}

// metadata reads what an export of ours put there.
func (r *pfReader) metadata(d doc, c *session.Case, n *yaml.Node) (coded, absent []string) {
	whole := func(s string) text.Raw {
		if v, ok := oneJSON(s); ok && v.kind == 's' {
			return text.Raw(v.text)
		}
		return text.Raw(s)
	}
	_ = each(n, func(k, v *yaml.Node) error {
		switch k.Value {
		case "galley_case":
			c.Name = text.Raw(v.Value)
		case "galley_json":
			for _, e := range v.Content {
				coded = append(coded, e.Value)
			}
		case "galley_absent": // variables that the case does not have
			for _, e := range v.Content {
				absent = append(absent, e.Value)
			}
		case "galley_wanted":
			w := whole(v.Value)
			c.Wanted = &w
		case "galley_tags":
			for _, e := range v.Content {
				c.Tags = append(c.Tags, whole(e.Value))
			}
		case "galley_split":
			if v.Value == string(session.SplitHoldout) {
				c.Split = session.SplitHoldout
			}
		default:
			r.note(d, k.Line, "metadata.%s was left out", text.Raw(k.Value))
		}
		return nil
	})
	return coded, absent
}

// vars reads variables. A file is read where it lies inside the folder; what is
// JSON is kept as JSON.
func (r *pfReader) vars(d doc, n *yaml.Node, coded []string) []session.Var {
	var out []session.Var
	_ = each(n, func(k, v *yaml.Node) error {
		s := v.Value
		decoded, ok := oneJSON(s)
		switch {
		case strings.HasPrefix(k.Value, "galley_messages_"), k.Value == "galley_case":
			return nil
		case v.Kind != yaml.ScalarNode:
			s = nodeJSON(v)
		case slices.Contains(coded, k.Value) && ok && decoded.kind == 's':
			s = decoded.text
		case strings.HasPrefix(s, "file://"):
			_, data, ok := r.inside(d, v, s, ".txt", ".md", ".json", ".csv", ".html", ".xml")
			if !ok {
				return nil
			}
			s = strings.TrimSpace(string(data))
		case strings.HasPrefix(s, "package:"):
			r.note(d, v.Line, "the variable %q was left out: its value is a program", text.Raw(k.Value))
			return nil
		case pfLogic.MatchString(s):
			r.note(d, v.Line, "the variable %q holds a template, which is kept as text", text.Raw(k.Value))
		}
		out = append(out, session.Var{Name: text.Raw(k.Value), Value: text.Raw(s)})
		return nil
	})
	return out
}

// asserts reads assertions; each that Galley has no kind for is a note.
func (r *pfReader) asserts(d doc, n *yaml.Node, of text.Raw) {
	items := n.Content
	if n.Kind != yaml.SequenceNode {
		r.note(d, n.Line, "assert was left out: it is no list")
		return
	}
	for _, e := range items {
		a, why := r.assertion(d, e)
		if why != "" {
			r.note(d, e.Line, "an assertion was left out: %s", why)
			continue
		}
		a.CaseName = of
		r.b.Suite.Assertions = append(r.b.Suite.Assertions, a)
	}
}

func (r *pfReader) assertion(d doc, n *yaml.Node) (a session.Assertion, why string) {
	if n.Kind != yaml.MappingNode {
		return a, "it is no object"
	}
	a.Weight = 1
	var value, threshold *yaml.Node
	kind := ""
	_ = each(n, func(k, v *yaml.Node) error {
		switch k.Value {
		case "type":
			kind = v.Value
		case "value":
			value = v
		case "threshold":
			threshold = v
		case "weight":
			if w, err := d.number(v, "weight"); err == nil && *w >= 0 {
				a.Weight = *w
			} else {
				why = "its weight is no number"
			}
		case "metric":
			a.Metric, _ = fromTemplate(v.Value)
		default:
			why = fmt.Sprintf("Galley has no %q of an assertion", text.Raw(k.Value))
		}
		return nil
	})
	if why != "" {
		return a, why
	}
	base, not := strings.CutPrefix(kind, "not-")
	a.Not, a.Kind = not, session.AssertKind(base)
	info, ok := a.Kind.Info()
	if how, _ := Spell(a.Kind); !ok || how != base {
		return a, fmt.Sprintf("Galley has no kind %q", text.Raw(clip(kind)))
	}
	if why := r.argument(d, &a, info, value, threshold); why != "" {
		return a, fmt.Sprintf("%s: %s", text.Raw(kind), why)
	}
	if why := spellNot(a); why != "" {
		return a, why
	}
	if err := a.Check(); err != nil {
		return a, err.Error()
	}
	return a, ""
}

// argument reads what an assertion is held against.
func (r *pfReader) argument(d doc, a *session.Assertion, info session.KindInfo, value, threshold *yaml.Node) (why string) {
	if threshold != nil && info.Takes != session.TakesCeiling {
		return "Galley knows no threshold of it"
	}
	word := func(n *yaml.Node) (text.Raw, string) {
		if n == nil || n.Kind != yaml.ScalarNode {
			return "", "its value is no text"
		}
		if strings.HasPrefix(n.Value, "file://") || strings.HasPrefix(n.Value, "package:") {
			return "", fmt.Sprintf("its value is %s, which may be a program", text.Raw(clip(n.Value)))
		}
		t, odd := fromTemplate(n.Value)
		if odd {
			return t, "its value is a template with logic"
		}
		return t, ""
	}
	switch info.Takes {
	case session.TakesNothing:
		return ""
	case session.TakesCeiling:
		v, err := d.number(threshold, "threshold")
		if err != nil || v == nil {
			return "its threshold is no number"
		}
		a.Max = v
	case session.TakesRange:
		return rangeOf(d, a, value)
	case session.TakesList:
		return listOf(a, value, word)
	case session.TakesSchema:
		return r.schema(d, a, value, word)
	default:
		if value != nil && value.Kind != yaml.ScalarNode && a.Kind == session.AssertEquals {
			a.Value = text.Raw(nodeJSON(value))
			return ""
		}
		a.Value, why = word(value)
	}
	return why
}

func rangeOf(d doc, a *session.Assertion, n *yaml.Node) (why string) {
	if n == nil {
		return "it has no value"
	}
	if n.Kind == yaml.ScalarNode {
		v, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return "its value is no number"
		}
		a.Min, a.Max = &v, &v
		return ""
	}
	_ = each(n, func(k, v *yaml.Node) error {
		num, err := d.number(v, k.Value)
		switch {
		case err != nil:
			why = "a bound is no number"
		case k.Value == "min":
			a.Min = num
		case k.Value == "max":
			a.Max = num
		default:
			why = fmt.Sprintf("Galley knows no %q of it", text.Raw(k.Value))
		}
		return nil
	})
	return why
}

func listOf(a *session.Assertion, n *yaml.Node, word func(*yaml.Node) (text.Raw, string)) string {
	if n == nil {
		return "it has no value"
	}
	if n.Kind == yaml.ScalarNode { // as in a CSV: quotes around what holds a comma
		for _, m := range regexp.MustCompile(`\s*("(?:[^"]|"")*"|[^,]*)\s*(,|$)`).FindAllStringSubmatch(n.Value, -1) {
			s := strings.TrimSpace(m[1])
			if len(s) > 1 && s[0] == '"' {
				s = strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
			}
			if s != "" {
				a.Values = append(a.Values, text.Raw(s))
			}
		}
		return ""
	}
	for _, e := range n.Content {
		t, why := word(e)
		if why != "" {
			return why
		}
		a.Values = append(a.Values, t)
	}
	return ""
}

func (r *pfReader) schema(d doc, a *session.Assertion, n *yaml.Node, word func(*yaml.Node) (text.Raw, string)) string {
	switch {
	case n == nil:
		return ""
	case n.Kind != yaml.ScalarNode:
		a.Value = text.Raw(nodeJSON(n))
		return ""
	case strings.HasPrefix(n.Value, "file://"):
		_, data, ok := r.inside(d, n, n.Value, ".json")
		if !ok {
			return "its schema was not read"
		}
		a.Value = text.Raw(data)
		return ""
	}
	t, why := word(n)
	if why != "" {
		return why
	}
	if _, ok := oneJSON(string(t)); !ok {
		tree, err := d.parse([]byte(t))
		if err != nil {
			return "its schema is no JSON"
		}
		t = text.Raw(nodeJSON(tree))
	}
	a.Value = t
	return ""
}

var (
	csvExpected = regexp.MustCompile(`^__expected\d*$`)
	csvType     = regexp.MustCompile(`^\s*((?:not-)?[a-z][a-z-]*)(?:\(([0-9.]+)\)(?::|\s*$)|:)(?s)\s*(.*)$`)
	csvBare     = regexp.MustCompile(`^\s*((?:not-)?(?:is-json|is-refusal|contains-json|is-xml|is-html|is-sql))\s*$`)
)

// csvTest reads a row.
func (r *pfReader) csvTest(d doc, rec record) error {
	c := session.Case{Split: session.SplitDev}
	description := ""
	var expected []field
	for _, f := range rec.fields {
		switch {
		case csvExpected.MatchString(f.name):
			if strings.TrimSpace(f.text) != "" {
				expected = append(expected, f)
			}
		case f.name == "__description":
			description = f.text
		case f.name == "__metadata:galley_case":
			c.Name = text.Raw(f.text)
		case strings.HasPrefix(f.name, "__"):
			if f.text != "" {
				r.note(d, rec.line, "%s was left out", text.Raw(f.name))
			}
		default:
			c.Vars = append(c.Vars, session.Var{Name: text.Raw(f.name), Value: text.Raw(f.text)})
		}
	}
	r.keep(&c, description)
	for _, f := range expected {
		n := csvAssertion(f)
		a, why := r.assertion(d, n)
		if why != "" {
			r.note(d, rec.line, "an assertion was left out: %s", why)
			continue
		}
		a.CaseName = c.Name
		r.b.Suite.Assertions = append(r.b.Suite.Assertions, a)
	}
	return nil
}

// csvAssertion is a cell as the assertion that it stands for: type(threshold):value,
// or a text that the answer must equal.
func csvAssertion(f field) *yaml.Node {
	scalar := func(s string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: s, Style: yaml.DoubleQuotedStyle, Line: f.line}
	}
	n := &yaml.Node{Kind: yaml.MappingNode, Line: f.line}
	put := func(k string, v *yaml.Node) { n.Content = append(n.Content, scalar(k), v) }
	if m := csvBare.FindStringSubmatch(f.text); m != nil {
		put("type", scalar(m[1]))
		return n
	}
	m := csvType.FindStringSubmatch(f.text)
	known := false
	if m != nil {
		base := strings.TrimPrefix(m[1], "not-")
		_, ok := session.AssertKind(base).Info()
		known = ok || m[2] != "" || slices.Contains([]string{
			"javascript", "fn", "eval", "python", "ruby", "grade", "llm-rubric", "similar", "factuality", "webhook", "contains-json", "contains-xml", "contains-html",
			"contains-sql", "levenshtein", "rouge-n", "bleu", "meteor", "gleu", "g-eval", "answer-relevance", "context-recall", "moderation", "classifier",
		}, base)
	}
	if !known {
		put("type", scalar("equals"))
		put("value", scalar(f.text))
		return n
	}
	put("type", scalar(m[1]))
	if m[2] != "" {
		t := scalar(m[2])
		t.Style = 0
		put("threshold", t)
	}
	if m[3] != "" {
		put("value", scalar(m[3]))
	}
	return n
}
