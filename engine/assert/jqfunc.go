package assert

import (
	"math"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// pathArgs are the functions of jq that a path may use, with how many arguments:
// those that look at a value and make nothing much larger of it.
var pathArgs = map[string][]int{
	"length": {0}, "keys": {0}, "first": {0, 1}, "last": {0, 1}, "type": {0}, "tostring": {0}, "tonumber": {0}, "ascii_downcase": {0}, "ascii_upcase": {0},
	"sort": {0}, "unique": {0}, "add": {0}, "min": {0}, "max": {0}, "any": {0, 1, 2}, "all": {0, 1, 2}, "not": {0}, "map": {1}, "select": {1}, "has": {1},
	"contains": {1}, "startswith": {1}, "endswith": {1}, "ltrimstr": {1}, "rtrimstr": {1}, "empty": {0}, "values": {0}, "nulls": {0}, "strings": {0},
	"numbers": {0}, "arrays": {0}, "objects": {0}, "booleans": {0}, "floor": {0}, "round": {0}, "ceil": {0}, "reverse": {0}, "to_entries": {0}, "trim": {0},
}

// call walks a function.
func (w *walk) call(f *gojq.Func, v any, out emit) error {
	switch f.Name {
	case "empty":
		return nil
	case "select":
		return w.query(f.Args[0], v, func(x any) error {
			if truth(x) {
				return out(v)
			}
			return nil
		})
	case "map":
		list := []any{}
		if err := w.iter(v, func(x any) error { return w.query(f.Args[0], x, w.into(&list)) }); err != nil {
			return err
		}
		return out(list)
	case "any", "all":
		return w.anyAll(f, v, out)
	case "values", "nulls", "strings", "numbers", "arrays", "objects", "booleans":
		if kind := kindOf(v); f.Name == "values" && kind != "null" || f.Name == kind+"s" {
			return out(v)
		}
		return nil
	}
	if len(f.Args) == 0 {
		got, err := w.plain(f.Name, v)
		if err != nil {
			return err
		}
		return out(got)
	}
	switch f.Name {
	case "first":
		return w.until(func(o emit) error { return w.query(f.Args[0], v, o) }, func(x any) (bool, error) { return false, out(x) })
	case "last":
		var last any
		some := false
		if err := w.query(f.Args[0], v, func(x any) error { last, some = x, true; return nil }); err != nil || !some {
			return err
		}
		return out(last)
	}
	return w.query(f.Args[0], v, func(x any) error {
		got, err := w.with(f.Name, v, x)
		if err != nil {
			return err
		}
		return out(got)
	})
}

// anyAll is whether any or all of some values are true, or what is asked of them.
func (w *walk) anyAll(f *gojq.Func, v any, out emit) error {
	some := f.Name == "any"
	give := func(o emit) error { return w.iter(v, o) }
	if len(f.Args) == 2 {
		give = func(o emit) error { return w.query(f.Args[0], v, o) }
	}
	asked := give
	if n := len(f.Args); n > 0 {
		asked = func(o emit) error { return give(func(x any) error { return w.query(f.Args[n-1], x, o) }) }
	}
	got := !some
	err := w.until(asked, func(x any) (bool, error) {
		if truth(x) == some {
			got = some
		}
		return got != some, nil
	})
	if err != nil {
		return err
	}
	return out(got)
}

// plain is a function of a value alone.
func (w *walk) plain(name string, v any) (any, error) {
	switch name {
	case "first":
		return w.at(v, 0)
	case "last":
		return w.at(v, -1)
	case "type":
		return kindOf(v), nil
	case "not":
		return !truth(v), nil
	case "length":
		return w.length(v)
	case "tostring":
		if s, ok := v.(string); ok {
			return s, nil
		}
		p := &printer{w: w}
		p.value(v)
		return p.b.String(), nil
	case "tonumber":
		return w.toNumber(v)
	case "add":
		return w.add(v)
	case "keys", "to_entries":
		return w.entries(name, v)
	case "sort", "unique", "reverse", "min", "max":
		return w.ordered(name, v)
	case "floor", "round", "ceil":
		if f, ok := gojq.ToFloat64(v); ok {
			return map[string]func(float64) float64{"floor": math.Floor, "round": math.Round, "ceil": math.Ceil}[name](f), nil
		}
	case "ascii_downcase", "ascii_upcase", "trim":
		if s, ok := v.(string); ok {
			w.spend(len(s) / 4)
			switch name {
			case "trim":
				return strings.TrimSpace(s), nil
			case "ascii_upcase":
				return asciiCase(s, 'a', 'z', 'A'), nil
			}
			return asciiCase(s, 'A', 'Z', 'a'), nil
		}
	}
	return nil, cannot(name, v)
}

func asciiCase(s string, from, to, into rune) string {
	return strings.Map(func(r rune) rune {
		if from <= r && r <= to {
			return r - from + into
		}
		return r
	}, s)
}

// with is a function of a value and of another.
func (w *walk) with(name string, v, x any) (any, error) {
	if name == "has" {
		switch v := v.(type) {
		case map[string]any:
			if k, ok := x.(string); ok {
				_, has := v[k]
				return has, nil
			}
		case []any:
			if i, ok := gojq.ToInt(x); ok {
				return 0 <= i && i < len(v), nil
			}
		case nil:
			return false, nil
		}
		return nil, cannot(name, v)
	}
	if name == "contains" {
		in, can := w.contains(v, x)
		if !can {
			return nil, cannot(name, v)
		}
		return in, nil
	}
	s, isText := v.(string)
	t, alsoText := x.(string)
	if !isText || !alsoText {
		return nil, cannot(name, v)
	}
	w.spend(len(t) / 16)
	switch name {
	case "startswith":
		return strings.HasPrefix(s, t), nil
	case "endswith":
		return strings.HasSuffix(s, t), nil
	case "ltrimstr":
		return strings.TrimPrefix(s, t), nil
	}
	return strings.TrimSuffix(s, t), nil
}

// contains is whether all that x holds is in v, texts as parts of texts; can is
// false where they can't be compared so.
func (w *walk) contains(v, x any) (in, can bool) {
	w.spend(1)
	v, x = number(v), number(x)
	switch x := x.(type) {
	case string:
		if v, ok := v.(string); ok {
			w.spend((len(v) + len(x)) / 4)
			return strings.Contains(v, x), true
		}
	case []any:
		if v, ok := v.([]any); ok {
			for _, e := range x {
				if !slices.ContainsFunc(v, func(o any) bool { in, _ := w.contains(o, e); return in }) {
					return false, true
				}
			}
			return true, true
		}
	case map[string]any:
		if v, ok := v.(map[string]any); ok {
			for k, e := range x {
				w.spend(1)
				o, has := v[k]
				if !has {
					return false, true
				}
				if in, _ := w.contains(o, e); !in {
					return false, true
				}
			}
			return true, true
		}
	default:
		if kindOf(v) == kindOf(x) {
			same := w.compare(v, x) == 0
			return same, same || kindOf(v) == "number"
		}
	}
	return false, false
}

func (w *walk) length(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case string:
		w.spend(len(v) / 16)
		return len([]rune(v)), nil
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	}
	if kindOf(v) != "number" {
		return nil, cannot("length", v)
	}
	if gojq.Compare(v, 0) < 0 {
		return w.binary(gojq.OpSub, 0, v)
	}
	return v, nil
}

// entries are the keys of a value, with what stands there or without.
func (w *walk) entries(name string, v any) (any, error) {
	list := []any{}
	into := w.into(&list)
	one := func(key, value any) {
		if name == "keys" {
			_ = into(key)
			return
		}
		w.spend(32)
		_ = into(map[string]any{"key": key, "value": value})
	}
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			one(i, x)
		}
	case map[string]any:
		for _, k := range w.keys(v) {
			one(k, v[k])
		}
	default:
		return nil, cannot(name, v)
	}
	return list, nil
}

func (w *walk) ordered(name string, v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, cannot(name, v)
	}
	switch {
	case name == "min" || name == "max":
		if len(list) == 0 {
			return nil, nil
		}
		got := list[0]
		for _, x := range list[1:] {
			if w.compare(got, x) > 0 == (name == "min") {
				got = x
			}
		}
		return number(got), nil
	}
	w.spend(4 * len(list))
	list = slices.Clone(list)
	if name == "reverse" {
		slices.Reverse(list)
		return list, nil
	}
	slices.SortStableFunc(list, w.compare)
	if name == "unique" {
		list = slices.CompactFunc(list, func(a, b any) bool { return w.compare(a, b) == 0 })
	}
	return list, nil
}

// add is the sum of the elements.
func (w *walk) add(v any) (any, error) {
	var list []any
	if err := w.iter(v, w.into(&list)); err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(list))
	var all any
	for _, x := range list {
		if s, ok := x.(string); ok && len(texts) > 0 || ok && all == nil {
			w.spend(len(s) / 4)
			texts = append(texts, s)
			continue
		}
		if x == nil {
			continue
		}
		if len(texts) > 0 {
			return nil, cannot("add", v)
		}
		var err error
		if all, err = w.binary(gojq.OpAdd, all, x); err != nil {
			return nil, err
		}
	}
	if len(texts) > 0 {
		return strings.Join(texts, ""), nil
	}
	return all, nil
}
