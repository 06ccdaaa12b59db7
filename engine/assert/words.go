package assert

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

func itoa(n int) string { return strconv.Itoa(n) }

// plural is a number with what it counts.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + one + "s"
}

// finder looks for texts, in capitals or not where the kind says so.
type finder struct {
	fold  bool
	texts []string // as they are looked for
	said  []string // as they were written
}

func newFinder(a session.Assertion, values ...text.Raw) finder {
	f := finder{fold: strings.HasPrefix(string(a.Kind), "i")}
	for _, v := range values {
		f.said = append(f.said, string(v))
		if f.fold {
			f.texts = append(f.texts, jsLower(string(v)))
		} else {
			f.texts = append(f.texts, string(v))
		}
	}
	return f
}

func (f finder) in(o *answer) string {
	if f.fold {
		return o.lower()
	}
	return o.s
}

// find looks for one of the texts, and says where it stands.
func (f finder) find(i int, o *answer) (said text.Raw, ok bool) {
	for _, part := range o.parts() {
		s := f.in(part)
		if at := strings.Index(s, f.texts[i]); at >= 0 {
			return "contains " + quote(f.said[i]) + " " + o.at(part, s, at), true
		}
	}
	return "", false
}

func (f finder) lacks(i int, o *answer) text.Raw {
	return "no " + quote(f.said[i]) + " in " + o.size()
}

func contains(a session.Assertion) (holds, error) {
	f := newFinder(a, a.Value)
	return func(o *answer) (bool, text.Raw, error) {
		if said, ok := f.find(0, o); ok {
			return true, said, nil
		}
		return false, f.lacks(0, o), nil
	}, nil
}

func containsAny(a session.Assertion) (holds, error) {
	f := newFinder(a, a.Values...)
	return func(o *answer) (bool, text.Raw, error) {
		for i := range f.texts {
			if said, ok := f.find(i, o); ok {
				return true, said, nil
			}
		}
		if len(f.texts) == 1 {
			return false, f.lacks(0, o), nil
		}
		return false, text.Raw("none of "+plural(len(f.texts), "text")+" in ") + o.size(), nil
	}, nil
}

func containsAll(a session.Assertion) (holds, error) {
	f := newFinder(a, a.Values...)
	return func(o *answer) (bool, text.Raw, error) {
		var missing []text.Raw
		for i := range f.texts {
			if _, ok := f.find(i, o); !ok {
				missing = append(missing, quote(f.said[i]))
			}
		}
		switch {
		case len(missing) == 0:
			return true, text.Raw("contains all of " + plural(len(f.texts), "text")), nil
		case len(missing) > 3:
			return false, "lacks " + join(missing[:3]) + text.Raw(" and "+itoa(len(missing)-3)+" more"), nil
		}
		return false, "lacks " + join(missing), nil
	}, nil
}

func join(parts []text.Raw) text.Raw {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(p))
	}
	return text.Raw(b.String())
}

func startsWith(a session.Assertion) (holds, error) {
	return func(o *answer) (bool, text.Raw, error) {
		if o.s == "" {
			return false, "there is no text", nil
		}
		return strings.HasPrefix(o.s, string(a.Value)), "begins with " + quote(o.s), nil
	}, nil
}

func endsWith(a session.Assertion) (holds, error) {
	return func(o *answer) (bool, text.Raw, error) {
		if o.s == "" {
			return false, "there is no text", nil
		}
		return strings.HasSuffix(o.s, string(a.Value)), "ends with " + quoteEnd(o.s), nil
	}, nil
}

// equals compares byte by byte, and as JSON where an object or a list is wanted.
// Other JSON is text: 1.0 is not 1, as with promptfoo.
func equals(a session.Assertion) (holds, error) {
	want := string(a.Value)
	var doc *document
	if t := strings.TrimLeft(want, " \t\r\n"); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
		if d := parseJSON(want); d.err == nil {
			if d.limit != nil {
				return nil, d.limit
			}
			doc = d
		}
	}
	return func(o *answer) (bool, text.Raw, error) {
		if o.s == want {
			return true, "is what is wanted, to the letter", nil
		}
		if doc != nil {
			got := o.json()
			if got.no() {
				return false, got.notJSON(), nil
			}
			if got.limit != nil {
				return false, "", got.limit
			}
			if sameJSON(got.value, doc.value) {
				return true, "is the same JSON", nil
			}
			return false, "is other JSON: " + quote(o.s), nil
		}
		at := 0
		for at < min(len(o.s), len(want)) && o.s[at] == want[at] {
			at++
		}
		for at > 0 && at < len(o.s) && !utf8.RuneStart(o.s[at]) {
			at--
		}
		return false, "differs from " + where(o.s, at) + " on: " + quote(o.s[at:]), nil
	}, nil
}

// sameJSON compares values as JavaScript would: numbers are doubles.
func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if w, ok := b[k]; !ok || !sameJSON(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameJSON)
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, _ := a.Float64()
		y, _ := b.Float64()
		return x == y
	}
	return a == b
}

// finalSigma tells whether the capital sigma at i ends a word: a letter stands
// before it and none after, whatever marks and apostrophes are between.
func finalSigma(s string, i int) bool {
	cased := func(r rune) bool {
		return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt) || unicode.Is(unicode.Other_Lowercase, r) || unicode.Is(unicode.Other_Uppercase, r)
	}
	ignored := func(r rune) bool {
		return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:·’․﹒＇．͵", r)
	}
	before := false
	for j := i; j > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:j])
		if j -= n; !ignored(r) {
			before = cased(r)
			break
		}
	}
	if !before {
		return false
	}
	for _, r := range s[i+len("Σ"):] {
		if !ignored(r) {
			return !cased(r)
		}
	}
	return true
}

func lowerRune(r rune) rune { return unicode.ToLower(r) }
