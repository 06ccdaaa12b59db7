package assert

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// errEndless is a schema that is held against the same value for ever.
var errEndless = errors.New("the schema refers to itself without end: a $ref leads back to where it stands")

// sameValue are the schemas that a schema holds against the value that it is held
// against itself.
func sameValue(at *jsonschema.Schema) []*jsonschema.Schema {
	if at.Ref != nil && at.DraftVersion < 2019 {
		return []*jsonschema.Schema{at.Ref} // all that stands beside is not looked at
	}
	list := []*jsonschema.Schema{at.Ref, at.RecursiveRef, at.Not, at.If, at.Then, at.Else}
	if at.DynamicRef != nil {
		list = append(list, at.DynamicRef.Ref)
	}
	for _, more := range [][]*jsonschema.Schema{at.AllOf, at.AnyOf, at.OneOf} {
		list = append(list, more...)
	}
	for _, p := range at.DependentSchemas {
		list = append(list, p)
	}
	for _, p := range at.Dependencies {
		list = append(list, either(p)...)
	}
	return present(list)
}

// inside are the schemas that a schema holds against what is in its value.
func inside(at *jsonschema.Schema) []*jsonschema.Schema {
	list := []*jsonschema.Schema{at.PropertyNames, at.UnevaluatedProperties, at.Contains, at.Items2020, at.UnevaluatedItems, at.ContentSchema}
	list = append(list, at.PrefixItems...)
	for _, p := range at.Properties {
		list = append(list, p)
	}
	for _, p := range at.PatternProperties {
		list = append(list, p)
	}
	for _, e := range []any{at.AdditionalProperties, at.Items, at.AdditionalItems} {
		list = append(list, either(e)...)
	}
	return present(list)
}

func either(v any) []*jsonschema.Schema {
	switch v := v.(type) {
	case *jsonschema.Schema:
		return []*jsonschema.Schema{v}
	case []*jsonschema.Schema:
		return v
	}
	return nil
}

func present(list []*jsonschema.Schema) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, s := range list {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

// endless refuses schemas that no value ends: what is held against one value leads
// back to itself, or too far.
func endless(root *jsonschema.Schema) error {
	const open = -1
	height := map[*jsonschema.Schema]int{}
	var visit func(at *jsonschema.Schema, depth int) error
	visit = func(at *jsonschema.Schema, depth int) error {
		switch h, seen := height[at]; {
		case seen && h == open:
			return errEndless
		case seen:
			return nil
		case depth > schemaChain:
			return errTooLong
		}
		height[at] = open
		most := 0
		for _, next := range sameValue(at) {
			if err := visit(next, depth+1); err != nil {
				return err
			}
			most = max(most, height[next])
		}
		if height[at] = most + 1; most+1 > schemaChain {
			return errTooLong
		}
		return nil
	}
	all, known := []*jsonschema.Schema{root}, map[*jsonschema.Schema]bool{root: true}
	for i := 0; i < len(all); i++ {
		if err := visit(all[i], 0); err != nil {
			return err
		}
		for _, next := range append(sameValue(all[i]), inside(all[i])...) {
			if !known[next] {
				known[next], all = true, append(all, next)
			}
		}
	}
	return nil
}

var errTooLong = fmt.Errorf("the schema holds more than %d schemas against one value inside of each other", schemaChain)

// pattern compiles patterns inside of schemas, within the bounds of all patterns.
// Validators of JavaScript read them as Unicode, so Go's words do.
func (s *schema) pattern(src string) (jsonschema.Regexp, error) {
	if len(src) > patternSize {
		return nil, fmt.Errorf("a pattern has %d bytes; at most %d are allowed", len(src), patternSize)
	}
	p, err := compilePattern(src)
	if err != nil {
		return nil, err
	}
	return bounded{p, s}, nil
}

type bounded struct {
	p *pattern
	s *schema
}

func (b bounded) String() string { return b.p.re.String() }

func (b bounded) MatchString(s string) bool {
	b.s.spend(1 + b.p.steps*len(s)/200)
	from, _, err := b.p.find(s)
	if err != nil {
		panic(unsaid(err.Error()))
	}
	return from >= 0
}

// isPattern is the format "regex" of a text in an answer: nothing is made of it.
func isPattern(v any) error {
	if src, ok := v.(string); ok {
		if len(src) > patternSize {
			panic(unsaid("a pattern in the answer is too long"))
		}
		if _, err := syntax.Parse(src, syntax.Perl); err != nil {
			return errors.New("it is no pattern")
		}
	}
	return nil
}

// toll is what holding a schema against a value costs: itself and what it holds
// against the same value, and for each element what it holds against that. What
// ends at once, as a type that is another, is not counted where it is.
type toll struct {
	self, each int
	unique     bool
}

func tollOf(at *jsonschema.Schema, rest bool) toll {
	t := toll{self: 1 + len(at.Required)/2, each: 1 + len(at.PatternProperties), unique: at.UniqueItems}
	same := sameValue(at)
	for _, n := range same {
		t.self += weight(n)
	}
	for _, n := range inside(at) {
		t.each = max(t.each, weight(n))
	}
	if rest {
		t.each += len(same)
	}
	return t
}

// weight is what is looked at first in a schema.
func weight(at *jsonschema.Schema) int {
	n := 0
	if at.Enum != nil {
		for _, v := range at.Enum.Values {
			n += size(v, schemaWork)
		}
	}
	if at.Const != nil {
		n += size(*at.Const, schemaWork)
	}
	return 1 + n/8
}

// size is how much there is to look at in a value, up to most.
func size(v any, most int) int {
	n := 1
	switch v := v.(type) {
	case string:
		n += len(v) / 64
	case json.Number:
		n += 7 + len(v)/16 // fractions are compared, each made of its digits
	case []any:
		for _, e := range v {
			if n += size(e, most-n); n > most {
				break
			}
		}
	case map[string]any:
		for k, e := range v {
			if n += len(k)/64 + size(e, most-n); n > most {
				break
			}
		}
	}
	return n
}

// count lets every schema below s count its steps. A format is the first thing
// that is looked at in a value after its type, before anything inside of it: there
// the counting stands.
func (s *schema) count(at *jsonschema.Schema, seen map[*jsonschema.Schema]bool) {
	if seen[at] {
		return
	}
	seen[at] = true
	for _, n := range append(sameValue(at), inside(at)...) {
		s.count(n, seen)
	}
	t := tollOf(at, s.rest)
	name, check := "counted", func(any) error { return nil }
	if f := at.Format; f != nil {
		name, check = f.Name+" ", f.Validate // not "regex", which is looked at elsewhere
		if f.Name == "regex" {
			check = isPattern
		}
	}
	at.Format = &jsonschema.Format{Name: name, Validate: func(v any) error {
		s.step(v, t)
		return check(v)
	}}
}

func (s *schema) step(v any, t toll) {
	n := t.self
	switch v := v.(type) {
	case map[string]any:
		n += len(v) * t.each
	case []any:
		n += len(v) * t.each
		if t.unique {
			n += 2 * size(v, schemaWork)
		}
	default:
		n += size(v, 0)
	}
	s.spend(n * (1 + s.deep/16))
}

func (s *schema) spend(n int) {
	if s.work += n; s.work > schemaWork {
		panic(unsaid("the schema takes too many steps on this answer"))
	}
}
