package exchange

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// Lossy says that a format cannot hold something so that it would come back the
// same. Nothing was written.
type Lossy struct{ Format, What string }

func (e *Lossy) Error() string {
	return fmt.Sprintf("%s cannot keep this: %s; write jsonl", e.Format, text.Raw(e.What))
}

// sheet is what is to be written, as rows under columns and as objects.
type sheet struct {
	columns []string
	rows    [][]value
	objects [][]field
}

func str(s string) value { return value{text: s, kind: 's'} }

func tagList(tags []text.Raw) value {
	v := value{kind: 'l'}
	for _, t := range tags {
		v.list = append(v.list, str(string(t)))
	}
	return v
}

// tagCell joins tags with ;.
func tagCell(tags []text.Raw) (value, error) {
	parts := make([]string, len(tags))
	for i, t := range tags {
		parts[i] = string(t)
		if parts[i] == "" || strings.Contains(parts[i], ";") || strings.TrimSpace(parts[i]) != parts[i] {
			return value{}, &Lossy{Format: "csv", What: fmt.Sprintf("the tag %q", parts[i])}
		}
	}
	s := strings.Join(parts, ";")
	return value{text: s, null: s == ""}, nil
}

// toWrite returns the format of rows that has that name, if rows are written in
// it.
func toWrite(name string) (Format, error) {
	f, err := Find(name)
	if err == nil && f.write == nil {
		err = fmt.Errorf("format %q is read and not written", f.Name)
	}
	return f, err
}

// WriteCases writes cases in the format of that name. CSV puts a ' before what a
// spreadsheet would take for a formula, and says so in the header, unless exact;
// ReadCases takes it off again. [*Lossy] means that the format can't.
func WriteCases(w io.Writer, format string, cases []session.Case, exact bool) error {
	f, err := toWrite(format)
	if err != nil {
		return err
	}
	var s sheet
	if format == "csv" {
		if s, err = caseRows(cases); err != nil {
			return err
		}
	}
	for _, c := range cases {
		o := []field{{name: "name", value: str(string(c.Name))}, {name: "vars", value: value{kind: 'o'}}}
		for _, v := range c.Vars {
			o[1].keys = append(o[1].keys, field{name: string(v.Name), value: str(string(v.Value))})
		}
		if c.Wanted != nil {
			o = append(o, field{name: "wanted", value: str(string(*c.Wanted))})
		}
		if len(c.Tags) > 0 {
			o = append(o, field{name: "tags", value: tagList(c.Tags)})
		}
		s.objects = append(s.objects, append(o, field{name: "split", value: str(string(c.Split))}))
	}
	return f.write(w, s, exact)
}

func caseRows(cases []session.Case) (sheet, error) {
	s := sheet{columns: []string{"name"}}
	var vars []text.Raw
	for i, c := range cases {
		var names []text.Raw
		for _, v := range c.Vars {
			names = append(names, v.Name)
			_, reserved := (&table{roles: caseRoles, input: &input{}}).role(record{}, &field{name: string(v.Name)})
			if reserved || string(v.Name) == guardColumn || v.Name == "" {
				return s, &Lossy{Format: "csv", What: fmt.Sprintf("case %s has a variable named %q", c.Name, v.Name)}
			}
		}
		if i == 0 {
			vars = names
		}
		if !slices.Equal(vars, names) {
			return s, &Lossy{Format: "csv", What: fmt.Sprintf("case %s has other variables than case %s, or in another order", c.Name, cases[0].Name)}
		}
	}
	for _, v := range vars {
		s.columns = append(s.columns, string(v))
	}
	s.columns = append(s.columns, "wanted", "tags", "split")
	for _, c := range cases {
		row := []value{str(string(c.Name))}
		for _, v := range c.Vars {
			row = append(row, str(string(v.Value)))
		}
		wanted := value{null: true}
		if c.Wanted != nil {
			wanted = str(string(*c.Wanted))
		}
		tags, err := tagCell(c.Tags)
		if err != nil {
			return s, err
		}
		s.rows = append(s.rows, append(row, wanted, tags, str(string(c.Split))))
	}
	return s, nil
}

// WriteShots writes shots likewise.
func WriteShots(w io.Writer, format string, shots []session.Shot, exact bool) error {
	f, err := toWrite(format)
	if err != nil {
		return err
	}
	s := sheet{columns: []string{"name", "input", "output", "tags"}}
	calls := slices.ContainsFunc(shots, func(x session.Shot) bool { return len(x.Calls) > 0 })
	pins := slices.ContainsFunc(shots, func(x session.Shot) bool { return x.Pin != "" })
	if calls {
		s.columns = append(s.columns, "calls")
	}
	if pins {
		s.columns = append(s.columns, "pin")
	}
	for _, x := range shots {
		o := []field{{name: "name", value: str(string(x.Name))}, {name: "input", value: str(string(x.Input))}, {name: "output", value: str(string(x.Output))}}
		if len(x.Tags) > 0 {
			o = append(o, field{name: "tags", value: tagList(x.Tags)})
		}
		list := callsText(x.Calls)
		if len(x.Calls) > 0 {
			o = append(o, field{name: "calls", value: callList(x.Calls)})
		}
		if x.Pin != "" {
			o = append(o, field{name: "pin", value: str(string(x.Pin))})
		}
		s.objects = append(s.objects, o)
		if format != "csv" {
			continue
		}
		tags, err := tagCell(x.Tags)
		if err != nil {
			return err
		}
		row := []value{str(string(x.Name)), str(string(x.Input)), str(string(x.Output)), tags}
		if calls {
			row = append(row, str(list))
		}
		if pins {
			row = append(row, str(string(x.Pin)))
		}
		s.rows = append(s.rows, row)
	}
	return f.write(w, s, exact)
}

// callList is a shot's calls as a list of objects, arguments and results as texts, so
// that they come back to the byte.
func callList(calls []session.ShotCall) value {
	v := value{kind: 'l'}
	for _, c := range calls {
		o := value{kind: 'o', keys: []field{{name: "name", value: str(string(c.Name))}, {name: "arguments", value: str(string(c.Arguments))}}}
		if c.Result != "" {
			o.keys = append(o.keys, field{name: "result", value: str(string(c.Result))})
		}
		v.list = append(v.list, o)
	}
	return v
}

// callsText is the same list for a cell.
func callsText(calls []session.ShotCall) string {
	if len(calls) == 0 {
		return ""
	}
	b, err := lineJSON(calls)
	if err != nil {
		panic("exchange: calls are not JSON: " + err.Error()) // strings only
	}
	return string(b)
}
