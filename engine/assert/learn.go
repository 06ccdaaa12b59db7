package assert

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// fewest is from how many good answers on something is taken for a rule of all,
// that one answer can't show: a value that never changes, a set of values.
const fewest = 4

// learned are assertions made of what good answers have in common.
func (s *scene) learned() []candidate {
	var out []candidate
	good := s.good()
	if len(good) == 0 {
		return nil
	}
	add := func(family, why string, worth float64, l learner) {
		if a, ok := l(good); ok {
			out = append(out, candidate{a: a, why: why, family: family, worth: worth, learn: l})
		}
	}
	prose := s.prose()
	for _, k := range []struct {
		kind  session.AssertKind
		count func(*answer) int
		text  bool
		unit  string
	}{
		{session.AssertWords, (*answer).words, true, "words"},
		{session.AssertSentences, (*answer).sentences, true, "sentences"},
		{session.AssertLines, (*answer).lines, false, "lines"},
		{session.AssertItems, func(o *answer) int { n, _ := o.items(); return n }, false, "items"},
	} {
		if k.text && !prose {
			continue
		}
		for _, sides := range []string{"high", "low", "both"} {
			why := "good answers have no more " + k.unit
			switch sides {
			case "low":
				why = "good answers have no fewer " + k.unit
			case "both":
				why = "good answers have as many " + k.unit
			}
			worth := map[string]float64{"high": 0.9, "low": 0.8, "both": 0.7}[sides]
			learn := rangeOf(k.kind, k.count, sides)
			if a, ok := learn(good); ok && a.Min != nil && a.Max != nil && *a.Min == *a.Max && len(good) >= fewest {
				worth, why = 1, "good answers have just as many "+k.unit
			}
			add("count", why, worth, learn)
		}
	}
	add("schema", "the shape of good answers", 1.4, schemaOf)
	for _, f := range fields(good[0]) {
		add("path", "the field "+string(f.path)+" is the same in all good answers", 1.1, fieldOf(f))
	}
	add("labels", "good answers are one of few", 1.3, labels)
	return out
}

// rangeOf learns how many of something good answers have, with a tenth of slack.
func rangeOf(k session.AssertKind, count func(*answer) int, sides string) learner {
	return func(good []*answer) (session.Assertion, bool) {
		if len(good) == 0 {
			return session.Assertion{}, false
		}
		low, high := math.MaxInt, 0
		for _, o := range good {
			n := count(o)
			low, high = min(low, n), max(high, n)
		}
		slack := 0.1
		if len(good) < fewest {
			slack = 0.25 // few answers say little of the others
		}
		from, to := math.Floor(float64(low)*(1-slack)), math.Ceil(float64(high)*(1+slack))
		if high <= 5 { // of few things each counts
			from, to = float64(low), float64(high)
		}
		a := assertion(k, false, "length")
		if sides != "high" {
			a.Min = &from
		}
		if sides != "low" {
			a.Max = &to
		}
		return a, sides == "high" || from > 0
	}
}

// object is an answer that is one JSON object, nil otherwise.
func object(o *answer) map[string]any {
	if !strings.HasPrefix(strings.TrimLeft(o.s, " \t\r\n"), "{") {
		return nil
	}
	d := o.json()
	if d.err != nil || d.limit != nil {
		return nil
	}
	m, _ := d.value.(map[string]any)
	return m
}

// field is a value of a JSON answer.
type field struct {
	path  text.Raw
	value any
}

var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fields are the plain values of a JSON answer that a path can name, in the order
// of their names.
func fields(o *answer) []field {
	m := object(o)
	var out []field
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !plainKey.MatchString(k) || len(out) == 12 {
			continue
		}
		switch v := m[k].(type) {
		case string:
			if len(v) <= valueSize {
				out = append(out, field{text.Raw("." + k), v})
			}
		case bool, json.Number, nil:
			out = append(out, field{text.Raw("." + k), v})
		}
	}
	return out
}

// fieldOf learns that a field is always the same.
func fieldOf(f field) learner {
	return func(good []*answer) (session.Assertion, bool) {
		if len(good) < fewest-1 {
			return session.Assertion{}, false
		}
		key := strings.TrimPrefix(string(f.path), ".")
		var first any
		for i, o := range good {
			v, ok := object(o)[key]
			if i == 0 {
				first = v
			}
			if !ok || !sameJSON(v, first) {
				return session.Assertion{}, false
			}
		}
		a := assertion(session.AssertJSONPath, false, "format")
		a.Path, a.Value = f.path, text.Raw(compact(first))
		return a, true
	}
}

// schemaOf learns the schema of answers that are JSON objects: the keys that all
// have, their types, and the values of a text that has only few.
func schemaOf(good []*answer) (session.Assertion, bool) {
	values, n := map[string][]any{}, 0
	for _, o := range good {
		m := object(o)
		if m == nil {
			continue
		}
		n++
		for k, v := range m {
			values[k] = append(values[k], v)
		}
	}
	if n == 0 || n < len(good) {
		return session.Assertion{}, false
	}
	required := []string{}
	props := map[string]any{}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if len(values[k]) == n {
			required = append(required, k)
		}
		if p := propOf(values[k]); p != nil {
			props[k] = p
		}
	}
	if len(required) == 0 || len(required) > 40 {
		return session.Assertion{}, false
	}
	b, err := json.Marshal(struct {
		Type       string         `json:"type"`
		Required   []string       `json:"required"`
		Properties map[string]any `json:"properties,omitempty"`
	}{"object", required, props})
	a := assertion(session.AssertIsJSON, false, "format")
	a.Value = text.Raw(b)
	return a, err == nil && !strings.Contains(string(b), "{{")
}

// propOf is the schema of one key's values.
func propOf(values []any) map[string]any {
	var types []string
	distinct := map[string]int{}
	short := true
	for _, v := range values {
		t := typeOf(v)
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
		if s, ok := v.(string); ok && len(s) <= valueSize && !strings.Contains(s, "{{") {
			distinct[s]++
		} else {
			short = false
		}
	}
	if slices.Contains(types, "number") {
		types = slices.DeleteFunc(types, func(t string) bool { return t == "integer" })
	}
	slices.Sort(types)
	switch {
	case short && len(values) >= fewest && len(distinct)*2 <= len(values):
		return map[string]any{"enum": slices.Sorted(maps.Keys(distinct))}
	case len(types) == 1:
		return map[string]any{"type": types[0]}
	case len(types) == 2 && slices.Contains(types, "null"):
		return map[string]any{"type": types}
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "number"
		}
		return "integer"
	case []any:
		return "array"
	}
	return "object"
}

// labels learns that answers are one of few short texts.
func labels(good []*answer) (session.Assertion, bool) {
	if len(good) < fewest {
		return session.Assertion{}, false
	}
	distinct := map[string]bool{}
	for _, o := range good {
		if len(o.s) == 0 || len(o.s) > 40 || strings.ContainsAny(o.s, "\n") || len(strings.Fields(o.s)) > 3 {
			return session.Assertion{}, false
		}
		distinct[regexp.QuoteMeta(o.s)] = true
	}
	if len(distinct)*2 > len(good)+1 || len(distinct) > 8 {
		return session.Assertion{}, false
	}
	a := assertion(session.AssertRegex, false, "answer")
	a.Value = text.Raw("^(" + strings.Join(slices.Sorted(maps.Keys(distinct)), "|") + ")$")
	return a, true
}
