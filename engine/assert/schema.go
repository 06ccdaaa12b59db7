package assert

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"galley/session"
	"galley/session/text"
)

// Bounds of schemas.
const (
	schemaSize  = 256 << 10
	schemaDepth = 200
	// schemaWork is how many times a schema is held against a value, with the
	// values inside of it, before it is given up.
	schemaWork = 2_000_000
)

// isJSON parses the whole answer and holds it against a schema if there is one.
func isJSON(a session.Assertion) (holds, error) {
	if strings.TrimSpace(string(a.Value)) == "" {
		return func(o *answer) (bool, text.Raw, error) {
			d := o.json()
			switch {
			case d.no():
				return false, d.notJSON(), nil
			case isLimit(d.err):
				return false, "", d.err
			}
			return true, text.Raw("is JSON of " + plural(len(o.s), "byte")), nil
		}, nil
	}
	s, err := newSchema(string(a.Value))
	if err != nil {
		return nil, err
	}
	return func(o *answer) (bool, text.Raw, error) {
		d := o.json()
		switch {
		case d.no():
			return false, d.notJSON(), nil
		case d.limit != nil:
			return false, "", d.limit
		}
		return s.fits(d.value)
	}, nil
}

// schema is a compiled JSON Schema that counts its steps.
type schema struct {
	mu   sync.Mutex
	s    *jsonschema.Schema
	work int
}

// name of the schema's resource: it is in no file and in no network.
const schemaName = "mem:///schema.json"

// refused loads nothing: a schema refers to itself alone.
type refused struct{}

var errRemote = errors.New("the schema refers to something outside of itself; only $ref: #… is followed")

func (refused) Load(string) (any, error) { return nil, errRemote }

// drafts that a schema may name; without a name it is draft 7, as with promptfoo.
var drafts = []string{"draft-04", "draft-06", "draft-07", "draft/2019-09", "draft/2020-12"}

func newSchema(src string) (*schema, error) {
	if len(src) > schemaSize {
		return nil, fmt.Errorf("the schema has %d bytes; at most %d are allowed", len(src), schemaSize)
	}
	if tooDeep(src, schemaDepth) != nil {
		return nil, fmt.Errorf("the schema is nested more than %d deep", schemaDepth)
	}
	d := parseJSON(src)
	if d.err != nil {
		return nil, errors.New("the schema is " + string(d.notJSON()))
	}
	if d.limit != nil {
		return nil, d.limit
	}
	switch d.value.(type) {
	case map[string]any, bool:
	default:
		return nil, errors.New("a schema is a JSON object, true or false")
	}
	if err := onlyItself(d.value); err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.UseLoader(refused{})
	c.AssertFormat()
	c.UseRegexpEngine(schemaPattern)
	if err := c.AddResource(schemaName, d.value); err != nil {
		return nil, schemaError(err)
	}
	compiled, err := c.Compile(schemaName)
	if err != nil {
		return nil, schemaError(err)
	}
	s := &schema{s: compiled}
	s.count(compiled, map[*jsonschema.Schema]bool{})
	return s, nil
}

// schemaError says what is wrong with a schema.
func schemaError(err error) error {
	var v *jsonschema.ValidationError
	if errors.As(err, &v) {
		at, why := leaf(v)
		return fmt.Errorf("the schema is wrong %s: %s", at, why)
	}
	if errors.Is(err, errRemote) {
		return errRemote
	}
	return fmt.Errorf("the schema can't be used: %s", strings.ReplaceAll(err.Error(), schemaName, ""))
}

// onlyItself refuses references to anything but the schema, wherever they stand.
func onlyItself(v any) error {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			s, isText := e.(string)
			switch key {
			case "$ref", "$dynamicRef", "$recursiveRef":
				if isText && !strings.HasPrefix(s, "#") {
					return errRemote
				}
			case "$schema":
				if isText && !knownDraft(s) {
					return errors.New("the schema names a $schema that is not one of JSON Schema's drafts")
				}
			case "const", "enum", "default", "examples":
				continue // values, not schemas
			}
			if err := onlyItself(e); err != nil {
				return err
			}
		}
	case []any:
		for _, e := range v {
			if err := onlyItself(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func knownDraft(s string) bool {
	for _, d := range drafts {
		for _, scheme := range []string{"http://", "https://"} {
			if strings.TrimSuffix(s, "#") == scheme+"json-schema.org/"+d+"/schema" {
				return true
			}
		}
	}
	return false
}

// schemaPattern compiles patterns inside of schemas, within the bounds of all
// patterns. Validators of JavaScript read them as Unicode, so Go's words do.
func schemaPattern(s string) (jsonschema.Regexp, error) {
	if len(s) > patternSize {
		return nil, fmt.Errorf("a pattern has %d bytes; at most %d are allowed", len(s), patternSize)
	}
	p, err := compilePattern(s)
	if err != nil {
		return nil, err
	}
	return bounded{p}, nil
}

type bounded struct{ p *pattern }

func (b bounded) String() string { return b.p.re.String() }

func (b bounded) MatchString(s string) bool {
	from, _, err := b.p.find(s)
	if err != nil {
		panic(unsaid(err.Error()))
	}
	return from >= 0
}

// count lets every schema below s count its steps. A format is the first thing
// that is looked at in a value after its type, before anything inside of it: there
// the counting stands.
func (s *schema) count(at *jsonschema.Schema, seen map[*jsonschema.Schema]bool) {
	if at == nil || seen[at] {
		return
	}
	seen[at] = true
	next := func(list ...*jsonschema.Schema) {
		for _, n := range list {
			s.count(n, seen)
		}
	}
	either := func(v any) {
		switch v := v.(type) {
		case *jsonschema.Schema:
			next(v)
		case []*jsonschema.Schema:
			next(v...)
		}
	}
	next(at.Ref, at.RecursiveRef, at.Not, at.If, at.Then, at.Else, at.PropertyNames, at.UnevaluatedProperties, at.Contains, at.Items2020, at.UnevaluatedItems, at.ContentSchema)
	next(at.AllOf...)
	next(at.AnyOf...)
	next(at.OneOf...)
	next(at.PrefixItems...)
	if at.DynamicRef != nil {
		next(at.DynamicRef.Ref)
	}
	for _, p := range at.Properties {
		next(p)
	}
	for _, p := range at.PatternProperties {
		next(p)
	}
	for _, p := range at.DependentSchemas {
		next(p)
	}
	for _, p := range at.Dependencies {
		either(p)
	}
	either(at.AdditionalProperties)
	either(at.Items)
	either(at.AdditionalItems)
	name, check := "counted", func(any) error { return nil }
	if f := at.Format; f != nil {
		name, check = f.Name+" ", f.Validate // not "regex", which is looked at elsewhere
	}
	at.Format = &jsonschema.Format{Name: name, Validate: func(v any) error {
		s.step(v)
		return check(v)
	}}
}

func (s *schema) step(v any) {
	s.work++
	switch v := v.(type) {
	case map[string]any:
		s.work += len(v)
	case []any:
		s.work += len(v)
	}
	if s.work > schemaWork {
		panic(unsaid("the schema takes too many steps on this answer"))
	}
}

func (s *schema) fits(v any) (bool, text.Raw, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work = 0
	err := s.s.Validate(v)
	if err == nil {
		return true, "is JSON that fits the schema", nil
	}
	var wrong *jsonschema.ValidationError
	if !errors.As(err, &wrong) {
		return false, "", errors.New("the schema can't be held against this answer")
	}
	at, why := leaf(wrong)
	return false, text.Raw("does not fit the schema " + at + ": " + why), nil
}

// leaf is the first reason that has no other below it.
func leaf(e *jsonschema.ValidationError) (at, why string) {
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	path := "at the top"
	if len(e.InstanceLocation) > 0 {
		path = "at " + string(quote("/"+strings.Join(e.InstanceLocation, "/")))
	}
	lone := *e
	lone.Causes = nil
	out := lone.BasicOutput()
	if out.Error == nil && len(out.Errors) > 0 {
		out = &out.Errors[0]
	}
	if out.Error == nil {
		return path, "it does not fit"
	}
	why = strings.ReplaceAll(out.Error.String(), schemaName, "")
	if r := []rune(why); len(r) > 4*quoteSize {
		why = string(r[:4*quoteSize]) + "…"
	}
	return path, why
}

// plainNumber is a whole number where it is one, and else a double.
func plainNumber(n json.Number) any {
	if i, err := n.Int64(); err == nil && int64(int(i)) == i {
		return int(i)
	}
	f, _ := n.Float64()
	return f
}
