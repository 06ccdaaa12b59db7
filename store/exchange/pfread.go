package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"galley/session"
	"galley/session/text"
)

// ReadPromptfoo reads a suite of promptfoo: a config in YAML or JSON, or tests
// alone as CSV or JSON Lines. Files that it names are read where they are plain
// files in its folder; nothing in them is run, and no provider, key or
// address is taken over. What Galley can't say is left out, each with its line in
// a note. The bundle's suite and prompt have the names that the config gives, or
// none.
func ReadPromptfoo(dir fs.FS, file string) (Bundle, []Note, error) {
	dir, err := fs.Sub(dir, path.Dir(file)) // what lies beside it may be named, and nothing above
	if err != nil {
		return Bundle{}, nil, err
	}
	file = path.Base(file)
	r := &pfReader{doc: doc{file}, dir: dir}
	r.b.Takes = 1
	data, err := readPlain(dir, file, maxYAML)
	if err != nil {
		return Bundle{}, nil, err
	}
	switch strings.ToLower(path.Ext(file)) {
	case ".csv", ".jsonl":
		err = r.testFile(file, data)
	default:
		var root *yaml.Node
		if root, err = r.load(file, data); err == nil {
			err = r.config(root)
		}
	}
	if err == nil && len(r.b.Cases) == 0 {
		err = r.bad(1, "", "it has no tests")
	}
	if err != nil {
		return Bundle{}, nil, err
	}
	slices.SortStableFunc(r.notes, func(x, y Note) int { return x.Line - y.Line })
	return r.b, r.notes, nil
}

// pfReader is a suite of promptfoo that is being read.
type pfReader struct {
	doc
	dir      fs.FS
	b        Bundle
	notes    []Note
	defaults []session.Var
}

// note puts down what was left out, with its line; in another file than the
// first it says which.
func (r *pfReader) note(d doc, line int, what string, args ...any) {
	what = fmt.Sprintf(what, args...)
	if d.file != r.file {
		what = fmt.Sprintf("%s:%d: %s", text.Raw(d.file), line, what)
		line = 1
	}
	r.notes = append(r.notes, Note{line, what})
}

// load reads YAML or JSON as one tree.
func (r *pfReader) load(file string, data []byte) (*yaml.Node, error) {
	d := doc{file}
	if strings.ToLower(path.Ext(file)) != ".json" {
		return d.parse(data)
	}
	return d.json(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), 1)
}

// json reads JSON, strictly, as the tree that YAML would give.
func (d doc) json(data []byte, line int) (*yaml.Node, error) {
	p := &parser{in: &input{o: Options{File: d.file}}, b: data, line: line}
	p.space()
	at := p.at
	v, err := p.value(1)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.b) {
		return nil, p.bad(p.at, "", "text follows the document")
	}
	return node(v, p.lineAt(at)), nil
}

// node is a JSON value as a node of YAML, at its line.
func node(v value, line int) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: v.text, Line: line}
	switch {
	case v.null:
		n.Tag, n.Value = "!!null", "null"
	case v.kind == 's':
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
	case v.kind == 'l':
		n = &yaml.Node{Kind: yaml.SequenceNode, Line: line}
		at := 0
		for _, e := range v.list {
			if e.kind == 'o' || e.kind == 'l' { // their text is a part of the list's
				next := at + max(strings.Index(v.text[at:], e.text), 0)
				line += strings.Count(v.text[at:next], "\n")
				at = next
			}
			n.Content = append(n.Content, node(e, line))
		}
	case v.kind == 'o':
		n = &yaml.Node{Kind: yaml.MappingNode, Line: line}
		for _, f := range v.keys {
			k := &yaml.Node{Kind: yaml.ScalarNode, Value: f.name, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Line: f.line}
			n.Content = append(n.Content, k, node(f.value, f.line))
		}
	}
	return n
}

// nodeJSON is a tree as JSON.
func nodeJSON(n *yaml.Node) string {
	var b []byte
	switch n.Kind {
	case yaml.MappingNode:
		b = append(b, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendString(b, n.Content[i].Value), ": "...)
			b = append(b, nodeJSON(n.Content[i+1])...)
		}
		return string(append(b, '}'))
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, c := range n.Content {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(b, nodeJSON(c)...)
		}
		return string(append(b, ']'))
	}
	bare := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch {
	case bare && (n.Value == "" || n.Value == "~" || n.Value == "null"):
		return "null"
	case bare && (n.Value == "true" || n.Value == "false" || number(n.Value)):
		return n.Value
	}
	return quoted(n.Value)
}

func each(n *yaml.Node, f func(key *yaml.Node, value *yaml.Node) error) error {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if err := f(n.Content[i], n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (r *pfReader) config(root *yaml.Node) error {
	if root.Kind == yaml.SequenceNode { // a file of tests alone
		return r.tests(r.doc, root)
	}
	if root.Kind != yaml.MappingNode {
		return r.bad(root.Line, "", "it is no config of promptfoo")
	}
	var tests []*yaml.Node
	err := each(root, func(k, v *yaml.Node) error {
		switch k.Value {
		case "description":
			r.describe(v.Value)
		case "prompts":
			return r.prompts(v)
		case "providers", "targets":
			r.providers(v)
		case "defaultTest":
			return r.defaultTest(v)
		case "tests":
			tests = append(tests, v)
		case "evaluateOptions":
			return each(v, func(k, v *yaml.Node) error {
				switch k.Value {
				case "repeat":
					n, err := r.whole(v, "repeat", 1, 1000)
					r.b.Takes = max(n, 1)
					return err
				case "cache", "maxConcurrency", "delay", "timeoutMs", "showProgressBar":
				default:
					r.note(r.doc, k.Line, "evaluateOptions.%s was left out", text.Raw(k.Value))
				}
				return nil
			})
		default:
			r.note(r.doc, k.Line, "%s was left out", text.Raw(k.Value))
		}
		return nil
	})
	for _, n := range tests { // after the defaults, wherever they stand
		if err == nil {
			err = r.tests(r.doc, n)
		}
	}
	return err
}

// describe takes the names out of a description of ours. Any other names the suite
// where it can be a name, and else is a note beside it.
func (r *pfReader) describe(s string) {
	prompt, suite, ok := strings.Cut(s, ", ")
	if ok && session.CheckName("prompt", prompt) == nil && session.CheckName("suite", suite) == nil {
		r.b.Suite.Prompt, r.b.Suite.Name = text.Raw(prompt), text.Raw(suite)
		return
	}
	if session.CheckName("suite", s) == nil {
		r.b.Suite.Name = text.Raw(s)
		return
	}
	r.b.Suite.Note = text.Raw(s)
}

var pfGroup = regexp.MustCompile(` \(\d+\)$`)

// providers takes the names of models that an export of ours put there; all else
// of a provider is the business of its own config.
func (r *pfReader) providers(n *yaml.Node) {
	items := n.Content
	if n.Kind != yaml.SequenceNode {
		items = []*yaml.Node{n}
	}
	for _, p := range items {
		label := ""
		_ = each(p, func(k, v *yaml.Node) error {
			if k.Value == "label" {
				label = pfGroup.ReplaceAllString(v.Value, "")
			}
			return nil
		})
		if _, _, err := session.ParseModelRef(label); err != nil || strings.Contains(label, "://") {
			r.note(r.doc, p.Line, "a provider was left out: choose models by your own config")
			continue
		}
		if !slices.Contains(r.b.Models, label) {
			r.b.Models = append(r.b.Models, label)
		}
	}
}

// inside reads a file that the config names by file://.
func (r *pfReader) inside(d doc, n *yaml.Node, ref string, exts ...string) (string, []byte, bool) {
	name := path.Join(path.Dir(d.file), strings.TrimPrefix(ref, "file://"))
	if !slices.Contains(exts, strings.ToLower(path.Ext(name))) {
		r.note(d, n.Line, "%s was left out: only %s are read", text.Raw(ref), strings.Join(exts, ", "))
		return "", nil, false
	}
	data, err := readPlain(r.dir, name, maxYAML)
	var p *Problem
	if errors.As(err, &p) {
		r.note(d, n.Line, "%s was left out: %s", text.Raw(ref), p.What)
	}
	return name, data, err == nil
}

func (r *pfReader) prompts(n *yaml.Node) error {
	items := n.Content
	if n.Kind != yaml.SequenceNode {
		items = []*yaml.Node{n}
	}
	for _, p := range items {
		label, body := "", p
		_ = each(p, func(k, v *yaml.Node) error {
			switch k.Value {
			case "label":
				label = v.Value
			case "id", "raw":
				if body == p || k.Value == "raw" {
					body = v
				}
			default:
				r.note(r.doc, k.Line, "%s of a prompt was left out", text.Raw(k.Value))
			}
			return nil
		})
		if body.Kind != yaml.ScalarNode {
			r.note(r.doc, p.Line, "a prompt was left out: it is neither a text nor a file")
			continue
		}
		r.prompt(p, body, label)
	}
	return nil
}

func (r *pfReader) prompt(at, body *yaml.Node, label string) {
	s := body.Value
	switch {
	case strings.HasPrefix(s, "file://"):
		name, data, ok := r.inside(r.doc, at, s, ".json", ".txt", ".md", ".j2")
		if !ok {
			return
		}
		if label == "" {
			label = strings.TrimSuffix(path.Base(name), path.Ext(name))
		}
		if s = string(data); path.Ext(name) == ".txt" {
			for i, part := range regexp.MustCompile(`\r?\n---\r?\n`).Split(s, -1) {
				l := label
				if i > 0 {
					l = fmt.Sprintf("%s-%d", label, i+1)
				}
				r.variant(at, l, strings.TrimSpace(part))
			}
			return
		}
	case pfScheme.MatchString(s) && regexp.MustCompile(`^(exec|python|package|huggingface|langfuse|portkey|helicone|https?|az):`).MatchString(s):
		r.note(r.doc, at.Line, "the prompt %s was left out: it is a program or lies elsewhere", text.Raw(clip(s)))
		return
	}
	r.variant(at, label, s)
}

// variant makes a variant of a prompt: chat messages as JSON, or one text.
func (r *pfReader) variant(at *yaml.Node, label, s string) {
	messages := []session.Message{{Role: session.RoleUser, Content: text.Raw(s)}}
	if first([]byte(s)) == '[' {
		if n, err := r.json([]byte(s), 1); err == nil {
			var bad bool
			if messages, bad = chatOf(n); bad {
				r.note(r.doc, at.Line, "the prompt %q was left out: it holds more than texts", text.Raw(label))
				return
			}
		}
	}
	if regexp.MustCompile(`^\{\{ galley_messages_\d+ \| load \}\}$`).MatchString(s) {
		r.note(r.doc, at.Line, "the prompt %q was left out: its messages are frozen in the tests", text.Raw(label))
		return
	}
	for i, m := range messages {
		t, odd := fromTemplate(string(m.Content))
		if odd {
			r.note(r.doc, at.Line, "the prompt %q holds logic of a template, which is kept as text", text.Raw(label))
		}
		messages[i].Content = t
	}
	ref := session.VariantRef{Prompt: string(r.b.Suite.Prompt)}
	name, rev, _ := strings.Cut(label, "@")
	if ref.Variant = name; session.CheckName("variant", name) != nil || slices.ContainsFunc(r.b.Variants, func(v BundleVariant) bool { return v.Ref.Variant == name }) {
		ref.Variant = fmt.Sprintf("prompt-%d", len(r.b.Variants)+1)
		if label != "" {
			r.note(r.doc, at.Line, "the prompt %q is called %s", text.Raw(clip(label)), ref.Variant)
		}
	}
	if n, err := session.ParseVariantRef("p/"+ref.Variant+"@"+rev, ""); err == nil && rev != "" {
		ref.Revision = n.Revision
	}
	c := fromMessages(messages)
	if !session.SameMessages(session.Compose(c, session.Case{}, session.Order{}).Messages, unescaped(messages)) {
		r.note(r.doc, at.Line, "the prompt %q was left out: its messages can't be written as blocks", text.Raw(label))
		return
	}
	r.b.Variants = append(r.b.Variants, BundleVariant{ref, c})
}

// testFile reads tests from a file of their own.
func (r *pfReader) testFile(name string, data []byte) error {
	d := doc{name}
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return r.csvTests(d, data)
	case ".jsonl":
		i := -1
		for line := range bytes.SplitSeq(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\n")) {
			i++
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			n, err := d.json(line, i+1)
			if err != nil {
				return err
			}
			if err := r.test(d, n); err != nil {
				return err
			}
		}
		return nil
	}
	n, err := r.load(name, data)
	if err != nil {
		return err
	}
	return r.tests(d, n)
}

// csvTests reads a table of tests: columns are variables, those that begin with
// two lines under them say more.
func (r *pfReader) csvTests(d doc, data []byte) error {
	in := &input{Reader: bufio.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))), o: Options{File: d.file}}
	src := openCSV(in)
	for {
		rec, err := src.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.csvTest(d, rec); err != nil {
			return err
		}
	}
}
