package session

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session/text"
)

// CrossVar is a variable with the values that it takes in turn.
type CrossVar struct {
	Name   text.Raw
	Values []text.Raw
}

// MaxCross is how many cases a cross product may make at once.
const MaxCross = 10_000

// ParseCrossVar reads NAME=VALUE,VALUE. White space around names and values is
// left out, and a backslash before a comma keeps it in the value.
func ParseCrossVar(s string) (CrossVar, error) {
	name, list, ok := strings.Cut(s, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" {
		return CrossVar{}, fmt.Errorf("cross %q: write NAME=VALUE,VALUE, as in lang=de,en", text.Raw(strings.TrimSpace(s)))
	}
	if h := Placeholders("{{" + name + "}}"); len(h) != 1 || h[0].Literal {
		return CrossVar{}, fmt.Errorf("cross %q: a variable's name is letters, digits and _ . -, as {{…}} takes it", text.Raw(name))
	}
	v := CrossVar{Name: text.Raw(name)}
	for _, part := range splitValues(list) {
		if part == "" {
			continue
		}
		for _, was := range v.Values {
			if string(was) == part {
				return CrossVar{}, fmt.Errorf("cross %s: the value %q stands there twice", text.Raw(name), text.Raw(part))
			}
		}
		v.Values = append(v.Values, text.Raw(part))
	}
	if len(v.Values) == 0 {
		return CrossVar{}, fmt.Errorf("cross %s: it has no value; write %s=VALUE,VALUE", text.Raw(name), text.Raw(name))
	}
	return v, nil
}

// splitValues cuts at commas without a backslash before them.
func splitValues(s string) []string {
	var out []string
	var b strings.Builder
	put := func() {
		out = append(out, strings.TrimSpace(b.String()))
		b.Reset()
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == ',':
			b.WriteByte(',')
			i++
		case s[i] == ',':
			put()
		default:
			b.WriteByte(s[i])
		}
	}
	put()
	return out
}

// ParseCross reads a whole product, as in "lang = de, en × tone = formal, warm".
// Between variables stands ×, or an * with white space around it.
func ParseCross(s string) ([]CrossVar, error) {
	s = strings.ReplaceAll(s, " * ", "×")
	var out []CrossVar
	for part := range strings.SplitSeq(s, "×") {
		v, err := ParseCrossVar(part)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, CheckCross(out)
}

// CheckCross says what is wrong with a product: a variable that stands there
// twice, or more cases than MaxCross.
func CheckCross(vars []CrossVar) error {
	seen := map[text.Raw]bool{}
	for _, v := range vars {
		if seen[v.Name] {
			return fmt.Errorf("cross: the variable %s stands there twice", v.Name)
		}
		seen[v.Name] = true
	}
	n := 1
	for _, v := range vars {
		if n *= len(v.Values); n > MaxCross {
			return fmt.Errorf("cross: that is more than %d cases; leave values out, or make them in parts", MaxCross)
		}
	}
	return nil
}

// CrossCount is how many cases a product makes.
func CrossCount(vars []CrossVar) int {
	n := 1
	for _, v := range vars {
		n *= len(v.Values)
	}
	if len(vars) == 0 {
		return 0
	}
	return n
}

// CrossCases makes a case of each combination, the last variable changing
// fastest. A name is its values, as far as a name can hold them, and a number
// where that name is taken; tags are those given and one for each value that is
// short, "lang:de". A product that [CheckCross] refuses makes none.
func CrossCases(vars []CrossVar, tags []text.Raw, split Split, taken func(name text.Raw) bool) []Case {
	if len(vars) == 0 || CheckCross(vars) != nil {
		return nil
	}
	used, next := map[text.Raw]bool{}, map[string]int{}
	name := func(base string) text.Raw {
		for {
			n := next[base]
			next[base]++
			x := text.Raw(base)
			if n > 0 {
				x = text.Raw(fmt.Sprintf("%s-%d", base, n+1))
			}
			if !used[x] && CheckName("case", string(x)) == nil && (taken == nil || !taken(x)) {
				used[x] = true
				return x
			}
		}
	}
	out := make([]Case, 0, CrossCount(vars))
	at := make([]int, len(vars))
	for range CrossCount(vars) {
		c := Case{Split: split, Tags: append([]text.Raw(nil), tags...)}
		var parts []string
		for i, v := range vars {
			value := v.Values[at[i]]
			c.Vars = append(c.Vars, Var{Name: v.Name, Value: value})
			parts = append(parts, nameOfValue(value, at[i]))
			if t := v.Name + ":" + value; len(t) <= 40 && !strings.ContainsAny(string(t), ",;\n\r\t") {
				c.Tags = append(c.Tags, t)
			}
		}
		c.Name = name(strings.TrimRight(clip(strings.Join(parts, "-"), 70), "-"))
		out = append(out, c)
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < len(vars[i].Values) {
				break
			}
			at[i] = 0
		}
	}
	return out
}

// nameOfValue is a value as a part of a name: letters and digits in lower case,
// a dash between, 16 characters at most; where nothing is left, its number.
func nameOfValue(v text.Raw, i int) string {
	const most = 16
	var b strings.Builder
	n, gap := 0, false
	for _, r := range string(v) {
		if n >= most {
			break
		}
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) || text.Invisible(text.Raw(string(r))) > 0 {
			gap = true
			continue
		}
		if gap && n > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
		n, gap = n+1, false
	}
	if n == 0 {
		return fmt.Sprint(i + 1)
	}
	return b.String()
}

// clip is the first n characters of s.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
