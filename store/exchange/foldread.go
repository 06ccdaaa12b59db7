package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"galley/session"
	"galley/session/text"
)

// ReadSuite reads the folder of a suite. It takes nothing but what a suite is
// made of: no file outside the folder, no link, no key that it does not know.
// Errors are of type [*Problem]; they and the places name files below the folder.
func ReadSuite(dir fs.FS) (Bundle, error) {
	data, err := readPlain(dir, suiteFile, maxYAML)
	if err != nil {
		return Bundle{}, err
	}
	r := &folder{doc: doc{suiteFile}, dir: dir, files: map[string]bool{}}
	root, err := r.parse(data)
	if err != nil {
		return Bundle{}, err
	}
	r.b.Places = Places{Cases: map[text.Raw]Place{}, Assertions: map[string]Place{}}
	if err := r.read(root); err != nil {
		return Bundle{}, err
	}
	return r.b, nil
}

// folder is a suite's folder that is being read.
type folder struct {
	doc
	dir   fs.FS
	b     Bundle
	files map[string]bool
}

// readPlain reads a plain file below a folder: no link on the way to it, and not
// more of it than most bytes.
func readPlain(dir fs.FS, name string, most int64) ([]byte, error) {
	bad := func(what string) error { return &Problem{File: name, Line: 1, What: what} }
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`) {
		return nil, bad("it is no path inside the folder")
	}
	for p := name; p != "."; p = path.Dir(p) {
		info, err := fs.Lstat(dir, p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, bad("there is no such file")
		case err != nil:
			return nil, bad("it can't be read: " + err.Error())
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, bad("it is a link, or lies behind one")
		case p == name && !info.Mode().IsRegular():
			return nil, bad("it is no plain file")
		}
	}
	f, err := dir.Open(name)
	if err != nil {
		return nil, bad("it can't be read: " + err.Error())
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, bad("it can't be read: " + err.Error())
	case int64(len(data)) > most:
		return nil, bad(fmt.Sprintf("it is larger than %d MiB", most>>20))
	}
	return data, nil
}

// read fills the bundle, each part from its key.
func (r *folder) read(root *yaml.Node) error {
	keys, err := r.fields(root, "a suite", "format", "prompt", "suite", "note", "guideline", "takes", "order", "threshold", "models", "variants", "recorded", "assertions", "cases")
	if err != nil {
		return err
	}
	if f, err := r.text(keys["format"], "format"); err != nil {
		return err
	} else if string(f) != suiteFormat {
		return r.bad(root.Line, "a newer Galley may have written it", "its format is %q; this one reads %q", f, suiteFormat)
	}
	b := &r.b
	b.Places.Suite = Place{suiteFile, root.Line, end(root)}
	var errs [8]error
	b.Suite.Prompt, errs[0] = r.text(keys["prompt"], "prompt")
	b.Suite.Name, errs[1] = r.text(keys["suite"], "suite")
	b.Suite.Note, errs[2] = r.text(keys["note"], "note")
	b.Guideline, errs[3] = r.text(keys["guideline"], "guideline")
	b.Suite.Threshold, errs[4] = r.share(keys["threshold"], "threshold")
	b.Takes, errs[5] = r.whole(keys["takes"], "takes", 1, maxTakes)
	b.Order, errs[6] = r.order(keys["order"])
	errs[7] = r.names(root, keys)
	if err := firstOf(errs[:]); err != nil {
		return err
	}
	b.Takes = max(b.Takes, 1)
	for _, f := range []func(map[string]*yaml.Node) error{r.models, r.variants, r.cases, r.recorded} {
		if err := f(keys); err != nil {
			return err
		}
	}
	return nil
}

// names checks the names that stand in references.
func (r *folder) names(root *yaml.Node, keys map[string]*yaml.Node) error {
	for _, k := range []string{"prompt", "suite"} {
		n := keys[k]
		if n == nil {
			return r.bad(root.Line, "", "there is no %s", k)
		}
		if err := r.checkName(n, k); err != nil {
			return err
		}
	}
	return nil
}

func (r *folder) checkName(n *yaml.Node, noun string) error {
	var bad *session.NameError
	if err := session.CheckName(noun, n.Value); errors.As(err, &bad) {
		return r.bad(n.Line, "", "%s name %q %s", noun, clip(n.Value), bad.Why)
	}
	return nil
}

func (r *folder) order(n *yaml.Node) (session.Order, error) {
	t, err := r.text(n, "order")
	if err != nil {
		return session.Order{}, err
	}
	o, err := session.ParseOrder(string(t))
	if err != nil {
		return o, r.bad(n.Line, "", "%s", err)
	}
	return o, nil
}

func (r *folder) model(n *yaml.Node, at int) (string, error) {
	t, err := r.text(n, "a model")
	if err != nil {
		return "", err
	}
	backend, _, err := session.ParseModelRef(string(t))
	switch {
	case err != nil && strings.Contains(string(t), "/"):
		return "", r.bad(at, "", "%s", err)
	case err != nil || strings.Contains(string(t), "://") || session.CheckName("backend", backend) != nil:
		return "", r.bad(at, "a suite names models; where they live stands in your own config", "%q is no BACKEND/MODEL", clip(string(t)))
	}
	return string(t), nil
}

func (r *folder) models(keys map[string]*yaml.Node) error {
	items, err := r.list(keys["models"], "models")
	for _, n := range items {
		m, err := r.model(n, n.Line)
		if err != nil {
			return err
		}
		if slices.Contains(r.b.Models, m) {
			return r.bad(n.Line, "remove one of them", "%q stands there twice", m)
		}
		r.b.Models = append(r.b.Models, m)
	}
	return err
}

// file takes the path of a file that the suite names; each file once.
func (r *folder) file(n *yaml.Node, at int, folder, ext string) (string, error) {
	t, err := r.text(n, "file")
	if err != nil {
		return "", err
	}
	p := string(t)
	switch {
	case !fs.ValidPath(p) || strings.ContainsAny(p, `\:`) || !strings.HasPrefix(p, folder+"/") || !strings.HasSuffix(p, ext):
		return "", r.bad(at, fmt.Sprintf("name a file in %s that ends in %s", folder, ext), "file is %q", clip(p))
	case r.files[strings.ToLower(p)]:
		return "", r.bad(at, "", "%q is named twice", clip(p))
	}
	r.files[strings.ToLower(p)] = true
	return p, nil
}

func (r *folder) variants(keys map[string]*yaml.Node) error {
	items, err := r.list(keys["variants"], "variants")
	if err != nil {
		return err
	}
	for _, n := range items {
		v, file, err := r.variantRef(n, "a variant", "name", "prompts", ".json")
		if err != nil {
			return err
		}
		if v.Variant == "" {
			return r.bad(n.Line, "", "a variant has no name")
		}
		if slices.ContainsFunc(r.b.Variants, func(x BundleVariant) bool { return x.Ref == v }) {
			return r.bad(n.Line, "remove one of them", "%s stands there twice", v)
		}
		data, err := readPlain(r.dir, file, maxLine)
		if err != nil {
			return err
		}
		c, err := readContent(file, data)
		if err != nil {
			return err
		}
		r.b.Variants = append(r.b.Variants, BundleVariant{v, c})
	}
	return nil
}

func (r *folder) variantRef(n *yaml.Node, what, nameKey, folder, ext string, more ...string) (session.VariantRef, string, error) {
	ref := session.VariantRef{Prompt: string(r.b.Suite.Prompt)}
	f, err := r.fields(n, what, append([]string{nameKey, "revision", "file"}, more...)...)
	if err != nil {
		return ref, "", err
	}
	name, err := r.text(f[nameKey], nameKey)
	if err != nil {
		return ref, "", err
	}
	if n := f[nameKey]; name != "" {
		if err := r.checkName(n, "variant"); err != nil {
			return ref, "", err
		}
	}
	ref.Variant = string(name)
	if ref.Revision, err = r.whole(f["revision"], "revision", 0, 1<<30); err != nil {
		return ref, "", err
	}
	file, err := r.file(f["file"], n.Line, folder, ext)
	return ref, file, err
}

var plainKey = regexp.MustCompile(`^[a-z0-9_]+$`)

// exactJSON fills a struct from JSON that was read strictly: no key that the
// struct does not have, and none that is only written like one.
func exactJSON(p *parser, v value, at int, into any) error {
	var odd func(v value) (field, bool)
	odd = func(v value) (field, bool) {
		for _, f := range v.keys {
			if !plainKey.MatchString(f.name) {
				return f, true
			}
			if f, bad := odd(f.value); bad {
				return f, true
			}
		}
		for _, e := range v.list {
			if f, bad := odd(e); bad {
				return f, true
			}
		}
		return field{}, false
	}
	if f, bad := odd(v); bad {
		return p.in.problem(f.line, "", "the key %q is not known", clip(f.name))
	}
	dec := json.NewDecoder(strings.NewReader(v.text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		line := p.lineAt(at)
		if off := dec.InputOffset(); off > 0 {
			line = p.lineAt(at + int(off))
		}
		return p.in.problem(line, "", "%s", decodeWords(err))
	}
	return nil
}

// decodeWords says what a decoder of JSON did not take, in the words of the file
// and not in those of the program.
func decodeWords(err error) string {
	var odd *json.UnmarshalTypeError
	if !errors.As(err, &odd) {
		return strings.TrimPrefix(err.Error(), "json: ")
	}
	want := "something else"
	switch t := odd.Type; {
	case t == nil:
	case t.Kind() == reflect.String:
		want = "a text"
	case t.Kind() == reflect.Bool:
		want = "true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		want = "a whole number"
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		want = "a number"
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		want = "a list"
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		want = "an object"
	}
	got, value, _ := strings.Cut(odd.Value, " ")
	switch got {
	case "string":
		got = "a text"
	case "array":
		got = "a list"
	case "object":
		got = "an object"
	case "bool":
		got = "true or false"
	case "number":
		if got = "a number"; value != "" {
			got = clip(value)
		}
	}
	where := odd.Field
	if where == "" {
		where = "the value"
	}
	return fmt.Sprintf("%s is %s; %s was due", clip(where), got, want)
}

// readContent reads the content of a variant.
func readContent(file string, data []byte) (session.Content, error) {
	in := &input{o: Options{File: file}}
	p := &parser{in: in, b: data, line: 1}
	var c session.Content
	p.space()
	at := p.at
	v, err := p.value(1)
	if err != nil {
		return c, err
	}
	if v.kind != 'o' {
		return c, p.bad(at, "", "an object was due")
	}
	if p.space(); p.at < len(p.b) {
		return c, p.bad(p.at, "", "text follows the object")
	}
	if c, err = wholeOf(p, v, at); err != nil {
		return c, err
	}
	if c.Params.MaxTokens < 0 {
		return c, p.bad(at, "", "max_tokens is %d; it counts from 1, and 0 is the server's limit", c.Params.MaxTokens)
	}
	for i, b := range c.Blocks {
		_, err := session.ParseOrder(b.Order)
		if err == nil {
			err = b.Check()
		}
		switch {
		case !slices.Contains(session.Kinds(), b.Kind):
			return c, p.bad(at, "", "block %d is of kind %q", i+1, b.Kind)
		case !slices.Contains([]session.Role{session.RoleSystem, session.RoleUser, session.RoleAssistant}, b.Role):
			return c, p.bad(at, "", "block %d has the role %q", i+1, b.Role)
		case !slices.Contains(session.Wraps(), b.Wrap):
			return c, p.bad(at, "", "block %d has the wrapper %q", i+1, b.Wrap)
		case !slices.Contains([]session.Layout{"", session.LayoutInline, session.LayoutTurns}, b.Layout):
			return c, p.bad(at, "", "block %d has the layout %q", i+1, b.Layout)
		case err != nil:
			return c, p.bad(at, "", "block %d: %s", i+1, err)
		}
	}
	return c, nil
}

func (r *folder) cases(keys map[string]*yaml.Node) error {
	var err error
	if r.b.Suite.Assertions, err = r.assertions(keys["assertions"], ""); err != nil {
		return err
	}
	items, err := r.list(keys["cases"], "cases")
	if err != nil {
		return err
	}
	for _, n := range items {
		f, err := r.fields(n, "a case", "name", "vars", "wanted", "tags", "split", "assertions")
		if err != nil {
			return err
		}
		c, err := r.oneCase(n, f)
		if err != nil {
			return err
		}
		if at, twice := r.b.Places.Cases[c.Name]; twice {
			return r.bad(n.Line, "rename one of them", "case %q stands already in line %d", c.Name, at.Line)
		}
		r.b.Places.Cases[c.Name] = Place{suiteFile, n.Line, end(n)}
		r.b.Cases = append(r.b.Cases, c)
		own, err := r.assertions(f["assertions"], c.Name)
		if err != nil {
			return err
		}
		r.b.Suite.Assertions = append(r.b.Suite.Assertions, own...)
	}
	return nil
}

func (r *folder) oneCase(n *yaml.Node, f map[string]*yaml.Node) (c session.Case, err error) {
	if f["name"] == nil {
		return c, r.bad(n.Line, "", "a case has no name")
	}
	if err := r.checkName(f["name"], "case"); err != nil {
		return c, err
	}
	var errs [3]error
	c.Name, errs[0] = r.text(f["name"], "name")
	c.Tags, errs[1] = r.texts(f["tags"], "tags")
	if f["wanted"] != nil {
		w, err := r.text(f["wanted"], "wanted")
		c.Wanted, errs[2] = &w, err
	}
	if err := firstOf(errs[:]); err != nil {
		return c, err
	}
	c.Split = session.SplitDev
	if s := f["split"]; s != nil {
		if c.Split = session.Split(s.Value); c.Split != session.SplitDev && c.Split != session.SplitHoldout {
			return c, r.bad(s.Line, "write dev or holdout", "split is %q", clip(s.Value))
		}
	}
	vars := f["vars"]
	if vars == nil {
		return c, nil
	}
	if vars.Kind != yaml.MappingNode {
		return c, r.bad(vars.Line, "", "vars: names and values were due")
	}
	for i := 0; i+1 < len(vars.Content); i += 2 {
		v, err := r.text(vars.Content[i+1], "the value of "+clip(vars.Content[i].Value))
		if err != nil {
			return c, err
		}
		c.Vars = append(c.Vars, session.Var{Name: text.Raw(vars.Content[i].Value), Value: v})
	}
	return c, nil
}

func (r *folder) assertions(list *yaml.Node, of text.Raw) ([]session.Assertion, error) {
	items, err := r.list(list, "assertions")
	if err != nil {
		return nil, err
	}
	var out []session.Assertion
	for _, n := range items {
		f, err := r.fields(n, "an assertion", "kind", "not", "path", "value", "values", "min", "max", "weight", "metric", "origin", "id")
		if err != nil {
			return nil, err
		}
		a := session.Assertion{CaseName: of, Weight: 1}
		var kind, uid text.Raw
		var weight *float64
		var errs [11]error
		kind, errs[0] = r.text(f["kind"], "kind")
		a.Not, errs[1] = r.truth(f["not"], "not")
		a.Path, errs[2] = r.text(f["path"], "path")
		a.Value, errs[3] = r.text(f["value"], "value")
		a.Values, errs[4] = r.texts(f["values"], "values")
		a.Min, errs[5] = r.number(f["min"], "min")
		a.Max, errs[6] = r.number(f["max"], "max")
		weight, errs[7] = r.number(f["weight"], "weight")
		a.Metric, errs[8] = r.text(f["metric"], "metric")
		a.Origin, errs[9] = r.text(f["origin"], "origin")
		uid, errs[10] = r.text(f["id"], "id")
		if err := firstOf(errs[:]); err != nil {
			return nil, err
		}
		a.Kind, a.UID = session.AssertKind(kind), string(uid)
		if weight != nil {
			a.Weight = *weight
		}
		switch at, twice := r.b.Places.Assertions[a.UID]; {
		case a.Kind == "":
			return nil, r.bad(n.Line, "", "an assertion has no kind")
		case a.Weight < 0:
			return nil, r.bad(n.Line, "", "a weight is below 0")
		case twice && a.UID != "":
			return nil, r.bad(n.Line, "remove one of the two ids", "the id %q stands already in line %d", clip(a.UID), at.Line)
		case a.UID == "": // a place needs a name; it holds as long as the line does
			a.UID = fmt.Sprintf("%s%d", lineUID, n.Line)
		}
		if err := a.Check(); err != nil {
			return nil, r.bad(n.Line, "", "%s", err)
		}
		r.b.Places.Assertions[a.UID] = Place{suiteFile, n.Line, end(n)}
		out = append(out, a)
	}
	return out, nil
}
