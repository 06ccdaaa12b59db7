package assert

import (
	"errors"
	"fmt"
	"slices"

	"github.com/itchyny/gojq"

	"galley/session"
	"galley/session/text"
)

// Bounds of paths.
const (
	pathSize  = 2000
	pathParts = 200 // operators, functions and values of a path
)

// jsonPath holds the value at a path against JSON. The path must give one value.
func jsonPath(a session.Assertion) (holds, error) {
	want := parseJSON(string(a.Value))
	switch {
	case want.err != nil:
		return nil, fmt.Errorf("the value is %s; a text stands in quotes, as \"billing\"", want.notJSON())
	case want.limit != nil:
		return nil, want.limit
	}
	q, err := readPath(string(a.Path))
	if err != nil {
		return nil, err
	}
	path := text.Raw(a.Path)
	in := func(o *answer) (bool, text.Raw, error) {
		d := o.json()
		switch {
		case d.no():
			return false, d.notJSON(), nil
		case d.limit != nil:
			return false, "", d.limit
		}
		w := &walk{left: pathWork}
		got, n, err := w.values(q, d.value)
		var none noValue
		switch {
		case errors.As(err, &none):
			return false, path + " gives no value: " + clip(none.Error()), nil
		case err != nil:
			return false, "", err
		case n != 1:
			return false, path + text.Raw(fmt.Sprintf(" gives %d values, wanted one", n)), nil
		}
		return w.compare(got, want.value) == 0, path + " is " + clip(shown(got)), nil
	}
	return func(o *answer) (bool, text.Raw, error) {
		ok, said, err := in(o)
		if o.calls == nil || ok || err != nil {
			return ok, said, err
		}
		ok, of, err := in(o.calls)
		if ok || err != nil || o.json().no() {
			return ok, "in its calls of tools, " + of, err
		}
		return false, said, nil
	}, nil
}

// readPath reads a path in jq's words. It is walked here and not by jq, whose
// functions can't be stopped while they work.
func readPath(path string) (*gojq.Query, error) {
	if len(path) > pathSize {
		return nil, fmt.Errorf("the path has %d bytes; at most %d are allowed", len(path), pathSize)
	}
	q, err := gojq.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("jq does not read the path: %w", err)
	}
	p := &pathReader{}
	if err := p.query(q); err != nil {
		return nil, err
	}
	return q, nil
}

var errPathOnly = errors.New("a path looks values up and compares them; of jq it has no more than that")

// instead is what does the work of functions that a path does not have.
var instead = map[string]string{
	"index": "contains, startswith and endswith", "rindex": "contains, startswith and endswith", "indices": "contains, startswith and endswith",
	"inside": "contains", "test": "the kind regex", "match": "the kind regex", "sort_by": "[.[] | .key] | sort", "unique_by": "[.[] | .key] | unique",
	"group_by": "[.[] | select(.key == \"a\")]", "min_by": "[.[] | .key] | min", "max_by": "[.[] | .key] | max", "in": "has", "recurse": "..",
	"split": "contains, startswith and endswith", "join": "== with a list", "tojson": "tostring",
}

// pathReader refuses programs: what loops, binds, changes or builds without bound.
type pathReader struct{ parts int }

func (p *pathReader) query(q *gojq.Query) error {
	if q == nil {
		return nil
	}
	if p.parts++; p.parts > pathParts {
		return fmt.Errorf("the path has more than %d parts; split it into several assertions", pathParts)
	}
	if q.Meta != nil || len(q.Imports) > 0 || len(q.FuncDefs) > 0 || len(q.Patterns) > 0 {
		return errPathOnly
	}
	switch q.Op {
	case 0, gojq.OpPipe, gojq.OpComma, gojq.OpAdd, gojq.OpSub, gojq.OpEq, gojq.OpNe, gojq.OpGt, gojq.OpLt, gojq.OpGe, gojq.OpLe, gojq.OpAnd, gojq.OpOr, gojq.OpAlt:
	default:
		return errPathOnly
	}
	if q.Term == nil && (q.Left == nil || q.Right == nil) {
		return errors.New("the path is empty; . is the whole answer")
	}
	return p.all(q.Term, q.Left, q.Right)
}

func (p *pathReader) all(t *gojq.Term, inner ...*gojq.Query) error {
	for _, q := range inner {
		if err := p.query(q); err != nil {
			return err
		}
	}
	if t == nil {
		return nil
	}
	return p.term(t)
}

func (p *pathReader) term(t *gojq.Term) error {
	var inner []*gojq.Query
	var under *gojq.Term
	switch t.Type {
	case gojq.TermTypeIdentity, gojq.TermTypeRecurse, gojq.TermTypeNull, gojq.TermTypeTrue, gojq.TermTypeFalse, gojq.TermTypeNumber:
	case gojq.TermTypeIndex:
		if err := p.index(t.Index); err != nil {
			return err
		}
	case gojq.TermTypeString:
		if t.Str.Queries != nil {
			return fmt.Errorf("%w: write == \"…\" and no text with \\(…) in it", errPathOnly)
		}
	case gojq.TermTypeQuery:
		inner = append(inner, t.Query)
	case gojq.TermTypeArray:
		inner = append(inner, t.Array.Query)
	case gojq.TermTypeUnary:
		under = t.Unary.Term
	case gojq.TermTypeFunc:
		if err := hasFunc(t.Func); err != nil {
			return err
		}
		inner = append(inner, t.Func.Args...)
	default:
		return errPathOnly
	}
	for _, s := range t.SuffixList {
		if p.parts++; s.Index != nil {
			if err := p.index(s.Index); err != nil {
				return err
			}
		}
	}
	return p.all(under, inner...)
}

func hasFunc(f *gojq.Func) error {
	if slices.Contains(pathArgs[f.Name], len(f.Args)) {
		return nil
	}
	if to, ok := instead[f.Name]; ok {
		return fmt.Errorf("%w: not %s; write %s", errPathOnly, f.Name, to)
	}
	return fmt.Errorf("%w: not %s", errPathOnly, text.Raw(fmt.Sprintf("%s/%d", f.Name, len(f.Args))))
}

func (p *pathReader) index(i *gojq.Index) error {
	if i.Str != nil && i.Str.Queries != nil {
		return fmt.Errorf("%w: write .[\"…\"] and no text with \\(…) in it", errPathOnly)
	}
	return p.all(nil, i.Start, i.End)
}
