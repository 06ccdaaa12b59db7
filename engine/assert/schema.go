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
	// values inside of it, before it is given up. Each may leave an error of some
	// 150 bytes behind.
	schemaWork = 300_000
	// schemaChain is how many schemas may be held against one value inside of each
	// other.
	schemaChain = 200
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
	deep int  // of the answer: each error keeps the way to its place
	rest bool // it knows what is left over: then each schema counts all members
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
	if dynamic, within := moves(d.value, true); dynamic && within {
		return nil, errors.New("the schema has $dynamicRef or $recursiveRef and an $id inside of it; where that leads is not known before: write $ref")
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.UseLoader(refused{})
	c.AssertFormat()
	s := &schema{}
	c.UseRegexpEngine(s.pattern)
	if err := c.AddResource(schemaName, d.value); err != nil {
		return nil, schemaError(err)
	}
	compiled, err := c.Compile(schemaName)
	if err != nil {
		return nil, schemaError(err)
	}
	if err := endless(compiled); err != nil {
		return nil, err
	}
	s.s, s.rest = compiled, strings.Contains(src, "unevaluated")
	s.count(compiled, map[*jsonschema.Schema]bool{})
	return s, nil
}

// schemaError says what is wrong with a schema.
func schemaError(err error) error {
	var whole *jsonschema.SchemaValidationError
	if errors.As(err, &whole) {
		err = whole.Err
	}
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

// moves says whether a schema has references that lead elsewhere from elsewhere,
// and whether there are schemas of another name within it.
func moves(v any, top bool) (dynamic, within bool) {
	each := func(e any) {
		d, w := moves(e, false)
		dynamic, within = dynamic || d, within || w
	}
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			_, isText := e.(string)
			dynamic = dynamic || isText && (key == "$dynamicRef" || key == "$recursiveRef")
			within = within || isText && !top && (key == "$id" || key == "id")
			each(e)
		}
	case []any:
		for _, e := range v {
			each(e)
		}
	}
	return dynamic, within
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

func (s *schema) fits(v any) (bool, text.Raw, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work, s.deep = 0, depth(v)
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

// depth is how deep a value is nested.
func depth(v any) int {
	most := 0
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			most = max(most, 1+depth(e))
		}
	case []any:
		for _, e := range v {
			most = max(most, 1+depth(e))
		}
	}
	return most
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
