package exchange

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// Output is an output that came from outside.
type Output struct {
	Variant text.Raw // a name, or prompt/variant@revision
	Case    text.Raw // a name
	Model   text.Raw // "": none was given
	Text    text.Raw
	Line    int // where it begins
}

// What a column is to be, by what it may be called. The first name is the role.
var (
	caseRoles   = [][]string{{"name", "id"}, {"wanted", "expected"}, {"tags"}, {"split"}}
	shotRoles   = [][]string{{"name", "id"}, {"input"}, {"output"}, {"tags"}, {"calls"}, {"pin"}}
	outputRoles = [][]string{{"variant"}, {"case"}, {"text", "output"}, {"model"}}
)

// table reads records and knows what their columns are to be.
type table struct {
	*input
	source
	roles [][]string
	open  bool            // columns without a role are variables
	used  map[string]bool // columns of the map that were seen
	left  map[string]bool // columns that a note was made of
	names map[string]int  // name → line
}

func begin(r io.Reader, o Options, roles [][]string, open bool) (*table, error) {
	in, f, err := start(r, o)
	if err != nil {
		return nil, err
	}
	t := &table{input: in, source: f.open(in), roles: roles, open: open, used: map[string]bool{}, left: map[string]bool{}, names: map[string]int{}}
	if !open {
		for to := range o.Map {
			if !slices.ContainsFunc(roles, func(r []string) bool { return r[0] == to }) {
				var known []string
				for _, r := range roles {
					known = append(known, r[0])
				}
				return nil, in.problem(1, "", "--map: %q is nothing that can be read here; write WHAT=COLUMN, where WHAT is one of %s", to, strings.Join(known, ", "))
			}
		}
	}
	return t, nil
}

// role says what a field of a record is to be, and whether that is a role of
// ours; else it is a variable's name.
func (t *table) role(r record, f *field) (string, bool) {
	has := func(n string) bool {
		return slices.ContainsFunc(r.fields, func(f field) bool { return f.name == n && !f.inner })
	}
	known := func(to string) bool { return slices.ContainsFunc(t.roles, func(r []string) bool { return r[0] == to }) }
	for to, column := range t.o.Map {
		if f.is(column) {
			t.used[column], f.asked = true, true
			return to, known(to)
		}
	}
	if f.inner {
		return f.name, false
	}
	for _, names := range t.roles {
		i := slices.Index(names, f.name)
		if i < 0 || t.o.Map[names[0]] != "" || slices.ContainsFunc(names[:i], has) {
			continue
		}
		return names[0], true
	}
	return f.name, false
}

// each reads all records; f gets what each field is to be.
func (t *table) each(f func(r record, roles map[string]field, rest []field) error) error {
	n := 0
	for {
		r, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		n++
		if t.open {
			r = r.flat()
		}
		r.fields = slices.DeleteFunc(r.fields, func(f field) bool { return slices.ContainsFunc(t.o.Leave, f.is) })
		roles, rest := map[string]field{}, []field(nil)
		for _, fl := range r.fields {
			to, known := t.role(r, &fl)
			if !known {
				fl.name = to
				rest = append(rest, fl)
				continue
			}
			if _, twice := roles[to]; twice {
				return t.problem(fl.line, "", "two columns are to be %q", to)
			}
			roles[to] = fl
		}
		if err := f(r, roles, rest); err != nil {
			return err
		}
	}
	if n == 0 {
		return t.problem(1, "", "it has no rows")
	}
	for _, to := range slices.Sorted(maps.Keys(t.o.Map)) {
		if column := t.o.Map[to]; !t.used[column] {
			return t.problem(1, "look at its first line", "--map: there is no column %q", column)
		}
	}
	return nil
}

// leave notes, once for each, the columns that are not kept.
func (t *table) leave(rest []field) {
	for _, f := range rest {
		if !t.left[f.name] {
			t.left[f.name] = true
			t.note(f.line, "%s was left out", text.Raw(f.name))
		}
	}
}

// text is a field's text; a list or an object is its JSON.
func (t *table) text(f field) (text.Raw, error) {
	if len(f.text) > MaxCell {
		return "", t.problem(f.line, "", "a value is larger than 16 MiB")
	}
	return text.Raw(f.text), nil
}

func (t *table) name(r record, noun string, f field) (text.Raw, error) {
	if f.text == "" {
		return "", nil
	}
	var bad *session.NameError
	if err := session.CheckName(noun, f.text); errors.As(err, &bad) {
		return "", t.problem(r.line, "change it, or leave the names out", "%s name %q %s", noun, f.text, bad.Why)
	}
	if line := t.names[f.text]; line != 0 {
		return "", t.problem(r.line, "rename one of them", "%s %q stands already in line %d", noun, f.text, line)
	}
	t.names[f.text] = r.line
	return text.Raw(f.text), nil
}

// tags reads a list, or a text with ; between.
func (t *table) tags(f field) ([]text.Raw, error) {
	var out []text.Raw
	switch {
	case f.kind == 'l':
		for _, e := range f.list {
			if e.kind != 's' {
				return nil, t.problem(f.line, `write "tags": ["a", "b"]`, "a tag is no text")
			}
			out = append(out, text.Raw(e.text))
		}
	case f.kind == 'o':
		return nil, t.problem(f.line, `write "tags": ["a", "b"]`, "tags are no list")
	default:
		for tag := range strings.SplitSeq(f.text, ";") {
			if tag = strings.TrimSpace(tag); tag != "" {
				out = append(out, text.Raw(tag))
			}
		}
	}
	return out, nil
}

// ReadCases reads all cases or none. Columns and keys are name (or id), wanted
// (or expected), tags, split; all others are variables, unless a JSON object has
// "vars".
func ReadCases(r io.Reader, o Options) ([]session.Case, []Note, error) {
	t, err := begin(r, o, caseRoles, true)
	if err != nil {
		return nil, nil, err
	}
	var out []session.Case
	err = t.each(func(r record, roles map[string]field, rest []field) error {
		c, err := t.oneCase(r, roles, rest)
		out = append(out, c)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return out, t.notes, nil
}

func (t *table) oneCase(r record, roles map[string]field, rest []field) (c session.Case, err error) {
	if c.Name, err = t.name(r, "case", roles["name"]); err != nil {
		return c, err
	}
	if f, ok := roles["wanted"]; ok && !f.null {
		w, err := t.text(f)
		if err != nil {
			return c, err
		}
		c.Wanted = &w
	}
	if c.Tags, err = t.tags(roles["tags"]); err != nil {
		return c, err
	}
	switch s := roles["split"].text; session.Split(s) {
	case "", session.SplitDev:
		c.Split = session.SplitDev
	case session.SplitHoldout:
		c.Split = session.SplitHoldout
	default:
		return c, t.problem(r.line, "write dev or holdout", "split is %q", s)
	}
	vars := rest
	if r.nested {
		var over []field
		vars = nil
		for _, f := range rest {
			if f.inner || f.asked {
				vars = append(vars, f)
			} else {
				over = append(over, f)
			}
		}
		t.leave(over)
	}
	for _, f := range vars {
		v, err := t.text(f)
		if err != nil {
			return c, err
		}
		if h := session.Placeholders("{{" + f.name + "}}"); (len(h) != 1 || h[0].Literal) && !t.left[f.name] {
			t.left[f.name] = true
			t.note(f.line, "%s cannot be named in {{…}}; --map gives it another name", text.Raw(f.name))
		}
		if slices.ContainsFunc(c.Vars, func(x session.Var) bool { return string(x.Name) == f.name }) {
			return c, t.problem(f.line, "", "the variable %q stands there twice", f.name)
		}
		c.Vars = append(c.Vars, session.Var{Name: text.Raw(f.name), Value: v})
	}
	return c, nil
}

// ReadShots reads all shots or none, from input, output, and if they are there
// name (or id), tags, calls and pin. An input may be empty: the shot shows an output
// alone. An output may be missing where there are calls.
func ReadShots(r io.Reader, o Options) ([]session.Shot, []Note, error) {
	t, err := begin(r, o, shotRoles, false)
	if err != nil {
		return nil, nil, err
	}
	var out []session.Shot
	err = t.each(func(r record, roles map[string]field, rest []field) error {
		wanted := []string{"input", "output"}
		if _, calls := roles["calls"]; calls {
			wanted = wanted[:1]
		}
		if err := t.need(r, roles, wanted...); err != nil {
			return err
		}
		t.leave(rest)
		var s session.Shot
		var errs [6]error
		s.Name, errs[0] = t.name(r, "shot", roles["name"])
		s.Input, errs[1] = t.text(roles["input"])
		s.Output, errs[2] = t.text(roles["output"])
		s.Tags, errs[3] = t.tags(roles["tags"])
		s.Calls, errs[4] = t.calls(roles["calls"])
		s.Pin, errs[5] = t.pin(roles["pin"])
		out = append(out, s)
		return firstOf(errs[:])
	})
	if err != nil {
		return nil, nil, err
	}
	return out, t.notes, nil
}

// calls reads a list of calls, or a text that holds one.
func (t *table) calls(f field) ([]session.ShotCall, error) {
	written := []byte(f.text)
	if f.kind == 'l' || f.kind == 'o' {
		written = appendValue(nil, f.value)
	}
	out, err := session.ParseCalls(text.Raw(written))
	if err != nil {
		return nil, t.problem(f.line, "", "%s", err)
	}
	return out, nil
}

func (t *table) pin(f field) (session.ShotPin, error) {
	if f.text == "" {
		return session.PinNone, nil
	}
	p, err := session.ParsePin(f.text)
	if err != nil {
		return p, t.problem(f.line, "", "%s", err)
	}
	return p, nil
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// need makes sure that a record has what it can't be without.
func (t *table) need(r record, roles map[string]field, names ...string) error {
	for _, n := range names {
		if _, ok := roles[n]; ok {
			continue
		}
		if column := t.o.Map[n]; column != "" {
			return t.problem(1, "look at its first line", "--map: there is no column %q", column)
		}
		return t.problem(r.line, fmt.Sprintf("add it, or say which column it is with --map %s=COLUMN", n), "there is no %s", n)
	}
	return nil
}

// ReadOutputs reads all outputs or none, from case, text (or output), and if they
// are there variant and model. Answers of another system have no variant.
func ReadOutputs(r io.Reader, o Options) ([]Output, []Note, error) {
	t, err := begin(r, o, outputRoles, false)
	if err != nil {
		return nil, nil, err
	}
	var out []Output
	err = t.each(func(r record, roles map[string]field, rest []field) error {
		wanted := []string{"case", "text"}
		if t.o.Map["variant"] != "" {
			wanted = append(wanted, "variant")
		}
		if err := t.need(r, roles, wanted...); err != nil {
			return err
		}
		t.leave(rest)
		for _, n := range []string{"variant", "case"} {
			if f, ok := roles[n]; ok && f.text == "" {
				return t.problem(r.line, "", "%s is empty", n)
			}
		}
		body, err := t.text(roles["text"])
		out = append(out, Output{
			Variant: text.Raw(roles["variant"].text), Case: text.Raw(roles["case"].text),
			Model: text.Raw(roles["model"].text), Text: body, Line: r.line,
		})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return out, t.notes, nil
}
