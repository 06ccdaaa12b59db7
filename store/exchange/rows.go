package exchange

import (
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Column is a column of a file of rows, or a key of its objects.
type Column struct {
	Name  string // as Options.Map takes it
	From  string // what the file calls it, where the format has a name of its own; else ""
	Inner bool   // it stands in an object of variables, and so is one
}

// Is reports whether the column is called so, by either name.
func (c Column) Is(name string) bool { return name != "" && (c.Name == name || c.From == name) }

// Survey is what a file of rows looks like, for what is said about it.
type Survey struct {
	Format  string
	Columns []Column // each once, in the order in which they first stand
	Lines   []int    // where each row begins
}

// Look surveys a file as far as it can be read. Cases have variables, which may
// stand in an object of their own; other rows have none.
func Look(r io.Reader, o Options, cases bool) Survey {
	in, f, err := start(r, o)
	s := Survey{Format: f.Name}
	if err != nil {
		return s
	}
	rows := f.open(in)
	seen := map[Column]bool{}
	for {
		rec, err := rows.next()
		if err != nil {
			return s
		}
		s.Lines = append(s.Lines, rec.line)
		if cases {
			rec = rec.flat()
		}
		for _, f := range rec.fields {
			if c := (Column{f.name, f.from, f.inner}); !seen[c] {
				seen[c] = true
				s.Columns = append(s.Columns, c)
			}
		}
	}
}

// flat puts the variables that stand in an object of their own among the other
// fields.
func (r record) flat() record {
	i := slices.IndexFunc(r.fields, func(f field) bool { return f.name == "vars" && f.kind == 'o' })
	if i < 0 {
		return r
	}
	out := record{line: r.line, nested: true, fields: slices.Clone(r.fields[:i])}
	for _, k := range r.fields[i].keys {
		k.inner = true
		out.fields = append(out.fields, k)
	}
	out.fields = append(out.fields, r.fields[i+1:]...)
	return out
}

// is reports whether the field is called so, by its own name or the format's.
func (f field) is(name string) bool { return Column{Name: f.name, From: f.from}.Is(name) }

// yamlRows are the mappings of a list in YAML, which is read whole.
type yamlRows struct {
	in   *input
	rows []*yaml.Node
	read bool
}

func openYAML(in *input) source { return &yamlRows{in: in} }

func (y *yamlRows) next() (record, error) {
	if !y.read {
		y.read = true
		data, err := io.ReadAll(io.LimitReader(y.in, maxYAML+1))
		if err != nil {
			return record{}, err
		}
		d := doc{y.in.o.File}
		root, err := d.parse(data)
		if err != nil {
			return record{}, err
		}
		if root.Kind != yaml.SequenceNode {
			return record{}, d.bad(root.Line, "write each row as - name: …; a promptfoo config goes through galley import suite", "it is no list")
		}
		y.rows = root.Content
	}
	if len(y.rows) == 0 {
		return record{}, io.EOF
	}
	n := y.rows[0]
	y.rows = y.rows[1:]
	if n.Kind != yaml.MappingNode {
		return record{}, y.in.problem(n.Line, "write keys and values, as in - name: …", "a row is no mapping")
	}
	return record{line: n.Line, fields: fieldsOf(n)}, nil
}

func fieldsOf(n *yaml.Node) []field {
	var out []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		out = append(out, field{name: k.Value, value: valueOf(v), line: k.Line})
	}
	return out
}

// valueOf is a node as a value of JSON: a scalar without quotes keeps its spelling.
func valueOf(n *yaml.Node) value {
	switch n.Kind {
	case yaml.MappingNode:
		return value{kind: 'o', text: nodeJSON(n), keys: fieldsOf(n)}
	case yaml.SequenceNode:
		v := value{kind: 'l', text: nodeJSON(n)}
		for _, c := range n.Content {
			v.list = append(v.list, valueOf(c))
		}
		return v
	}
	bare := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch {
	case bare && (n.Value == "" || n.Value == "~" || n.Value == "null"):
		return value{null: true}
	case bare && (n.Value == "true" || n.Value == "false" || number(n.Value)):
		return value{text: n.Value, kind: 'n'}
	}
	return value{text: n.Value, kind: 's'}
}

// writeYAML writes a list with a row a line, each as JSON writes it.
func writeYAML(w io.Writer, s sheet, _ bool) error {
	for _, o := range s.objects {
		for _, k := range o {
			if len(k.name) > 1000 {
				return &Lossy{Format: "yaml", What: "a variable has a name of more than 1000 bytes"}
			}
		}
		if _, err := w.Write(append(append([]byte("- "), appendObject(nil, o)...), '\n')); err != nil {
			return err
		}
	}
	return nil
}
