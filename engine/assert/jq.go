package assert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"

	"galley/session"
	"galley/session/text"
)

// Bounds of paths.
const (
	pathSize = 2000
	pathTime = 100 * time.Millisecond
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
	code, err := compilePath(string(a.Path))
	if err != nil {
		return nil, err
	}
	wanted := forJQ(want.value)
	path := text.Raw(a.Path)
	return func(o *answer) (bool, text.Raw, error) {
		d := o.json()
		switch {
		case d.no():
			return false, d.notJSON(), nil
		case d.limit != nil:
			return false, "", d.limit
		}
		got, n, none, err := runPath(code, forJQ(d.value))
		switch {
		case err != nil:
			return false, "", err
		case none != "":
			return false, path + " gives no value: " + clip(none), nil
		case n != 1:
			return false, path + text.Raw(fmt.Sprintf(" gives %d values, wanted one", n)), nil
		}
		return gojq.Compare(got, wanted) == 0, path + " is " + clip(fromJQ(got)), nil
	}, nil
}

func compilePath(path string) (*gojq.Code, error) {
	if len(path) > pathSize {
		return nil, fmt.Errorf("the path has %d bytes; at most %d are allowed", len(path), pathSize)
	}
	q, err := gojq.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("jq does not read the path: %w", err)
	}
	if err := pathOnly(q); err != nil {
		return nil, err
	}
	code, err := gojq.Compile(q)
	if err != nil {
		return nil, fmt.Errorf("jq does not read the path: %w", err)
	}
	return code, nil
}

// pathWords are the functions of jq that a path may use: those that look at a
// value and make nothing larger of it.
var pathWords = []string{
	"length", "keys", "first", "last", "type", "tostring", "tonumber", "ascii_downcase", "ascii_upcase", "sort", "sort_by", "unique", "unique_by",
	"add", "min", "max", "any", "all", "not", "map", "select", "has", "contains", "inside", "startswith", "endswith", "empty", "values", "nulls",
	"strings", "numbers", "arrays", "objects", "booleans", "floor", "round", "ceil", "reverse", "to_entries", "trim", "ltrimstr", "rtrimstr", "index",
}

var errPathOnly = errors.New("a path looks values up and compares them; of jq it has no more than that")

// pathOnly refuses programs: what loops, binds, changes or builds without bound.
func pathOnly(q *gojq.Query) error {
	if q == nil {
		return nil
	}
	if q.Meta != nil || len(q.Imports) > 0 || len(q.FuncDefs) > 0 || len(q.Patterns) > 0 {
		return errPathOnly
	}
	switch q.Op {
	case 0, gojq.OpPipe, gojq.OpComma, gojq.OpAdd, gojq.OpSub, gojq.OpEq, gojq.OpNe, gojq.OpGt, gojq.OpLt, gojq.OpGe, gojq.OpLe, gojq.OpAnd, gojq.OpOr, gojq.OpAlt:
	default:
		return errPathOnly
	}
	for _, side := range []*gojq.Query{q.Left, q.Right} {
		if err := pathOnly(side); err != nil {
			return err
		}
	}
	return termOnly(q.Term)
}

func termOnly(t *gojq.Term) error {
	if t == nil {
		return nil
	}
	var inner []*gojq.Query
	switch t.Type {
	case gojq.TermTypeIdentity, gojq.TermTypeRecurse, gojq.TermTypeNull, gojq.TermTypeTrue, gojq.TermTypeFalse, gojq.TermTypeNumber:
	case gojq.TermTypeIndex:
		inner = append(inner, indexed(t.Index)...)
	case gojq.TermTypeString:
		inner = append(inner, t.Str.Queries...)
	case gojq.TermTypeQuery:
		inner = append(inner, t.Query)
	case gojq.TermTypeArray:
		inner = append(inner, t.Array.Query)
	case gojq.TermTypeUnary:
		if err := termOnly(t.Unary.Term); err != nil {
			return err
		}
	case gojq.TermTypeFunc:
		if !slices.Contains(pathWords, t.Func.Name) {
			return fmt.Errorf("%w: not %s", errPathOnly, text.Raw(t.Func.Name))
		}
		inner = append(inner, t.Func.Args...)
	default:
		return errPathOnly
	}
	for _, s := range t.SuffixList {
		inner = append(inner, indexed(s.Index)...)
	}
	for _, q := range inner {
		if err := pathOnly(q); err != nil {
			return err
		}
	}
	return nil
}

func indexed(i *gojq.Index) []*gojq.Query {
	if i == nil {
		return nil
	}
	out := []*gojq.Query{i.Start, i.End}
	if i.Str != nil {
		out = append(out, i.Str.Queries...)
	}
	return out
}

// runPath runs a path until its time is over; n is how many values it gave, and
// none why it gave none.
func runPath(code *gojq.Code, v any) (got any, n int, none string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), pathTime)
	defer cancel()
	it := code.RunWithContext(ctx, v)
	for {
		one, ok := it.Next()
		if !ok {
			return got, n, "", nil
		}
		if broke, bad := one.(error); bad {
			if ctx.Err() != nil {
				return nil, 0, "", unsaid("the path takes more than 100 ms on this answer")
			}
			return nil, 0, broke.Error(), nil
		}
		if n == 0 {
			got = one
		}
		n++
	}
}

// forJQ gives numbers the types of jq: whole ones are exact.
func forJQ(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, ok := plainNumber(v).(int); ok {
			return n
		}
		if !strings.ContainsAny(string(v), ".eE") {
			if n, ok := new(big.Int).SetString(string(v), 10); ok {
				return n
			}
		}
		return plainNumber(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = forJQ(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = forJQ(e)
		}
		return out
	}
	return v
}

func fromJQ(v any) string {
	b, err := gojq.Marshal(v)
	if err != nil {
		return compact(v)
	}
	return string(b)
}
