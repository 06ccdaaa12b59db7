package assert

import (
	"cmp"
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// number gives a number of a document the type that jq reckons with, where whole
// ones are exact; all else it leaves.
func number(v any) any {
	if n, ok := v.(json.Number); ok {
		return numberOf(string(n))
	}
	return v
}

func numberOf(s string) any {
	n := json.Number(s)
	if i, ok := plainNumber(n).(int); ok {
		return i
	}
	if !strings.ContainsAny(s, ".eE") {
		if i, ok := new(big.Int).SetString(s, 10); ok {
			return i
		}
	}
	return plainNumber(n)
}

func truth(v any) bool { return v != nil && v != false }

// kindOf is jq's name of a value's type.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "number"
}

// aKind says what a value is.
func aKind(v any) string {
	switch k := kindOf(v); k {
	case "null":
		return k
	case "array", "object":
		return "an " + k
	default:
		return "a " + k
	}
}

func cannot(name string, v any) error { return noValue(name + " of " + aKind(v)) }

// keys are sorted, as everywhere in jq.
func (w *walk) keys(m map[string]any) []string {
	w.spend(4 * len(m))
	keys := make([]string, 0, len(m))
	for k := range m {
		w.spend(len(k) / 16)
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// compare orders values: null, false, true, numbers, texts, lists, objects.
func (w *walk) compare(a, b any) int {
	w.spend(1)
	a, b = number(a), number(b)
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			w.spend(min(len(x), len(y)) / 16)
			return strings.Compare(x, y)
		}
	case []any:
		if y, ok := b.([]any); ok {
			for i := range min(len(x), len(y)) {
				if c := w.compare(x[i], y[i]); c != 0 {
					return c
				}
			}
			return cmp.Compare(len(x), len(y))
		}
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			keys, others := w.keys(x), w.keys(y)
			if c := slices.Compare(keys, others); c != 0 {
				return c
			}
			for _, k := range keys {
				if c := w.compare(x[k], y[k]); c != 0 {
					return c
				}
			}
			return 0
		}
	}
	if k := kindOf(a); k != kindOf(b) || k == "null" || k == "boolean" || k == "number" {
		return gojq.Compare(a, b)
	}
	return 0
}

// binary reckons or compares.
func (w *walk) binary(op gojq.Operator, a, b any) (any, error) {
	w.spend(1)
	switch op {
	case gojq.OpAdd, gojq.OpSub:
		return w.sum(op, a, b)
	case gojq.OpEq:
		return w.compare(a, b) == 0, nil
	case gojq.OpNe:
		return w.compare(a, b) != 0, nil
	case gojq.OpGt:
		return w.compare(a, b) > 0, nil
	case gojq.OpLt:
		return w.compare(a, b) < 0, nil
	case gojq.OpGe:
		return w.compare(a, b) >= 0, nil
	case gojq.OpLe:
		return w.compare(a, b) <= 0, nil
	}
	return nil, errPathOnly
}

func (w *walk) sum(op gojq.Operator, a, b any) (any, error) {
	kind := kindOf(a)
	add := op == gojq.OpAdd
	switch {
	case add && a == nil:
		return b, nil
	case add && b == nil:
		return a, nil
	case kind == kindOf(b) && kind == "number":
		return w.reckon(add, a, b), nil
	case kind == kindOf(b) && kind == "array" && !add:
		return nil, unsaid("a path takes no list from another; select what is wanted, as [.[] | select(. != 1)]")
	case kind == kindOf(b) && kind == "object" && add:
		return nil, unsaid("a path adds no objects; look up what is wanted in each")
	case kind == kindOf(b) && kind == "string" && add:
		w.spend((len(a.(string)) + len(b.(string))) / 4)
		return a.(string) + b.(string), nil
	case kind == kindOf(b) && kind == "array":
		x, y := a.([]any), b.([]any)
		w.spend(4 * (len(x) + len(y)))
		return slices.Concat([]any{}, x, y), nil
	}
	return nil, noValue("+ or - of " + aKind(a) + " and " + aKind(b))
}

func (w *walk) reckon(add bool, a, b any) any {
	x, xBig := whole(a)
	y, yBig := whole(b)
	if !xBig || !yBig {
		f, _ := gojq.ToFloat64(a)
		g, _ := gojq.ToFloat64(b)
		if add {
			return f + g
		}
		return f - g
	}
	w.spend((x.BitLen() + y.BitLen()) / 64)
	sum := new(big.Int)
	if add {
		sum.Add(x, y)
	} else {
		sum.Sub(x, y)
	}
	if i := sum.Int64(); sum.IsInt64() && int64(int(i)) == i {
		return int(i)
	}
	return sum
}

// whole is an exact number.
func whole(v any) (*big.Int, bool) {
	switch v := v.(type) {
	case int:
		return big.NewInt(int64(v)), true
	case *big.Int:
		return v, true
	}
	return nil, false
}

var numeral = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)

func (w *walk) toNumber(v any) (any, error) {
	s, ok := v.(string)
	switch {
	case kindOf(v) == "number":
		return v, nil
	case !ok:
		return nil, cannot("tonumber", v)
	}
	w.spend(min(len(s), jsonDigits))
	if len(s) > jsonDigits || !numeral.MatchString(s) {
		return nil, noValue("tonumber of a text that is no number")
	}
	return numberOf(strings.TrimPrefix(s, "+")), nil
}

// at looks up a key or a place.
func (w *walk) at(v, key any) (any, error) {
	if k := kindOf(key); k == "array" || k == "object" {
		return nil, unsaid("a path looks up a name or a number, not " + aKind(key))
	}
	name, named := key.(string)
	i, placed := gojq.ToInt(key)
	switch v := v.(type) {
	case nil:
		if named || placed {
			return nil, nil
		}
	case map[string]any:
		if named {
			return number(v[name]), nil
		}
	case []any:
		if placed {
			if i < 0 {
				i += len(v)
			}
			if i < 0 || i >= len(v) {
				return nil, nil
			}
			return number(v[i]), nil
		}
	case string:
		if placed {
			w.spend(len(v) / 4)
			r := []rune(v)
			if i < 0 {
				i += len(r)
			}
			if i < 0 || i >= len(r) {
				return nil, nil
			}
			return string(r[i]), nil
		}
	}
	if named {
		return nil, noValue("no name is looked up in " + aKind(v))
	}
	return nil, noValue("no place is looked up in " + aKind(v))
}

// slice is the part of a list or a text from a place to another.
func (w *walk) slice(v, from, to any) (any, error) {
	var n int
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		n = len(v)
	case string:
		w.spend(len(v) / 4)
		n = utf8.RuneCountInString(v)
	default:
		return nil, noValue("a part of " + aKind(v))
	}
	start, ok := bound(from, 0, n, math.Floor)
	end, also := bound(to, n, n, math.Ceil)
	if !ok || !also {
		return nil, noValue("a part from or to what is no number")
	}
	end = max(start, end)
	if list, ok := v.([]any); ok {
		return list[start:end:end], nil
	}
	return string([]rune(v.(string))[start:end]), nil
}

// bound is an end of a slice, from the end of the list where it is negative.
func bound(v any, none, n int, round func(float64) float64) (int, bool) {
	if v == nil {
		return none, true
	}
	if f, ok := v.(float64); ok {
		v = round(f)
	}
	i, ok := gojq.ToInt(v)
	if i < 0 {
		i += n
	}
	return min(max(i, 0), n), ok
}

// printer writes a value as jq does.
type printer struct {
	b    strings.Builder
	w    *walk // who pays; nil: only the beginning is wanted
	done bool
}

// shown is the beginning of a value, as much as a message quotes.
func shown(v any) string {
	p := &printer{}
	p.value(v)
	return p.b.String()
}

func (p *printer) write(s string) {
	if p.w != nil {
		p.w.spend(1 + len(s)/4)
	} else if p.done = p.done || p.b.Len() > 8*quoteSize; p.done {
		return
	}
	p.b.WriteString(s)
}

func (p *printer) value(v any) {
	switch v := number(v).(type) {
	case []any:
		p.write("[")
		for i, x := range v {
			if i > 0 {
				p.write(",")
			}
			if p.done {
				return
			}
			p.value(x)
		}
		p.write("]")
	case map[string]any:
		p.object(v)
	case string:
		if p.w == nil && len(v) > 8*quoteSize {
			v = strings.ToValidUTF8(v[:8*quoteSize], "")
		}
		p.scalar(v)
	default:
		p.scalar(v)
	}
}

func (p *printer) object(m map[string]any) {
	w := p.w
	if w == nil {
		w = &walk{left: math.MaxInt}
	}
	p.write("{")
	for i, k := range w.keys(m) {
		if p.done {
			return
		}
		if i > 0 {
			p.write(",")
		}
		p.scalar(k)
		p.write(":")
		p.value(m[k])
	}
	p.write("}")
}

func (p *printer) scalar(v any) {
	if s, ok := v.(string); ok && p.w != nil {
		p.w.spend(len(s) / 4)
	}
	b, err := gojq.Marshal(v)
	if err != nil {
		b = []byte("?")
	}
	p.write(string(b))
}
