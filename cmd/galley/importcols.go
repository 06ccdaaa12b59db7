package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/store/exchange"
	"galley/tui/cases"
)

// brought is what a file of rows looks like, for what is said about it: exchange
// has read it and found it good.
type brought struct {
	format  string
	columns []string // each once, in the order in which they first stand
	lines   []int    // where each row begins
}

// column says what a column became.
type columnJSON struct {
	Column  text.Raw `json:"column"`
	Becomes text.Raw `json:"becomes"`
}

// look reads the lines and columns of a file.
func look(data []byte, o exchange.Options) brought {
	b := brought{format: o.Format}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for _, f := range exchange.Formats() {
		if b.format == "" && f.Detect(data[:min(len(data), 4096)], o.File) {
			b.format = f.Name
		}
	}
	switch b.format {
	case "csv":
		b.readCSV(data)
	default:
		b.readJSON(data)
	}
	return b
}

func (b *brought) readCSV(data []byte) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	for {
		row, err := r.Read()
		if err != nil {
			return
		}
		if b.columns == nil {
			b.columns = row
			continue
		}
		line, _ := r.FieldPos(0)
		b.lines = append(b.lines, line)
	}
}

func (b *brought) readJSON(data []byte) {
	d := json.NewDecoder(bytes.NewReader(data))
	at := func() int { // the line of the next value
		n := int(d.InputOffset())
		n += len(data[n:]) - len(bytes.TrimLeft(data[n:], " \t\r\n,["))
		return 1 + bytes.Count(data[:n], []byte("\n"))
	}
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 && t[0] == '[' {
		if _, err := d.Token(); err != nil {
			return
		}
	}
	seen := map[string]bool{}
	for d.More() {
		line := at()
		var row json.RawMessage
		if d.Decode(&row) != nil {
			return
		}
		b.lines = append(b.lines, line)
		keys := json.NewDecoder(bytes.NewReader(row))
		if _, err := keys.Token(); err != nil {
			return
		}
		for keys.More() {
			k, err := keys.Token()
			var value json.RawMessage
			if err != nil || keys.Decode(&value) != nil {
				return
			}
			if name, ok := k.(string); ok && !seen[name] {
				seen[name] = true
				b.columns = append(b.columns, name)
			}
		}
	}
}

// line is where row i begins, 1 where that can't be said.
func (b brought) line(i int) int {
	if i < 0 || i >= len(b.lines) {
		return 1
	}
	return b.lines[i]
}

// roles are the names of columns that are no variables, and what each becomes.
func roles(noun string) map[string]string {
	switch noun {
	case "cases":
		return map[string]string{"name": "name", "id": "name", "wanted": "wanted", "expected": "wanted", "tags": "tags", "split": "split"}
	case "shots":
		return map[string]string{"name": "name", "id": "name", "input": "input", "output": "output", "tags": "tags"}
	}
	return map[string]string{"variant": "variant", "case": "case", "text": "text", "output": "text", "model": "model"}
}

// became says what each column became; variables are those that the rows have.
func (b brought) became(noun string, o exchange.Options, variables []string) []columnJSON {
	out := []columnJSON{}
	known := roles(noun)
	for _, c := range b.columns {
		to := c
		for role, column := range o.Map {
			if column == c {
				to = role
			}
		}
		what := "nothing, it was left out"
		switch {
		case slices.Contains(o.Leave, c):
		case noun == "cases" && slices.Contains(variables, to):
			what = "variable " + to
		case noun == "cases" && to == "vars":
			what = "variables " + strings.Join(variables, ", ")
		case known[to] != "" && (to == c || to == known[to]):
			what = known[to]
		}
		out = append(out, columnJSON{text.Raw(c), text.Raw(what)})
	}
	return out
}

// mapped says what each column of a file of cases becomes.
func (b brought) mapped(o exchange.Options) []cases.Column {
	known := roles("cases")
	has := func(column, role string) bool { // another column is that, by its plain name
		return column != role && slices.Contains(b.columns, role) && !slices.Contains(o.Leave, role)
	}
	out := make([]cases.Column, 0, len(b.columns))
	for _, c := range b.columns {
		x := cases.Column{Name: text.Raw(c), Becomes: c, Var: true}
		given := ""
		for role, column := range o.Map {
			if column == c {
				given = role
			}
		}
		role := known[c]
		switch {
		case slices.Contains(o.Leave, c):
			x.Becomes, x.Var = "", false
		case given != "":
			x.Becomes, x.Var = given, known[given] != given
		case role != "" && o.Map[role] == "" && !has(c, role):
			x.Becomes, x.Var = role, false
		}
		out = append(out, x)
	}
	return out
}

// leaving checks that the columns which are to be left out are there.
func (b brought) leaving(o exchange.Options) error {
	for _, c := range o.Leave {
		if !slices.Contains(b.columns, c) {
			return usage("--leave-out: there is no column %q in %s; nothing was changed", text.Raw(c), text.Raw(o.File))
		}
	}
	return nil
}

// sayColumns says in one line what the columns became.
func (g *globals) sayColumns(columns []columnJSON) {
	if len(columns) == 0 {
		return
	}
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = text.Show(c.Column).OneLine().String() + " → " + text.Show(c.Becomes).OneLine().String()
	}
	g.talk("columns: %s", strings.Join(parts, ", "))
}

// place names the line of a row that the store does not take.
func (b brought) place(o exchange.Options, err error) error {
	if i := store.RowOf(err); i >= 0 {
		return usage("%s:%d: %w; nothing was changed", text.Raw(o.File), b.line(i), err)
	}
	return usage("%s: %w; nothing was changed", text.Raw(o.File), err)
}

// splitTags splits tags at commas as well where a file has but one text for all
// of them, and refuses what no tag may hold.
func (b brought) splitTags(o exchange.Options, row int, tags []text.Raw) ([]text.Raw, error) {
	var out []text.Raw
	for _, t := range tags {
		if !strings.ContainsAny(string(t), ",;") {
			out = append(out, t)
			continue
		}
		if b.format != "csv" {
			return nil, usage("%s:%d: the tag %q holds a comma or a semicolon, which no tag can; write a list, as in \"tags\": [\"a\", \"b\"]; nothing was changed", text.Raw(o.File), b.line(row), t)
		}
		out = append(out, tagList(string(t))...)
	}
	return out, nil
}

// missing warns of what cases will want and the file does not bring: variables
// that the prompt's variants use, an answer to grade by.
func missing(rows []session.Case, variables []string, variants []session.VariantInfo) []noteLine {
	var out []noteLine
	said := map[string]bool{}
	for _, v := range variants {
		for _, name := range v.Revision.Content.Names() {
			if said[name] || slices.Contains(variables, name) {
				continue
			}
			said[name] = true
			out = append(out, noteLine{0, fmt.Sprintf("no column is the variable %s, which %s uses; --map %s=COLUMN says which is", text.Raw(name), v.Ref(), text.Raw(name))})
		}
	}
	if !slices.ContainsFunc(rows, func(c session.Case) bool { return c.Wanted != nil }) {
		out = append(out, noteLine{0, "no column is the wanted answer, so that nothing can be graded; --map wanted=COLUMN says which is"})
	}
	return out
}

// variablesOf are the variables that cases have, each once.
func variablesOf(rows []session.Case) []string {
	var out []string
	seen := map[text.Raw]bool{}
	for _, c := range rows {
		for _, v := range c.Vars {
			if !seen[v.Name] {
				seen[v.Name] = true
				out = append(out, string(v.Name))
			}
		}
	}
	return out
}

// columnsHelp says which columns an import knows.
func columnsHelp(noun string) string {
	const common = `

CSV has a line of column names; JSON Lines and a JSON array have objects. Another
name is said with --map, what=column, and --leave-out brings none of a column.
--dry-run says what each column would become and changes nothing.`
	switch noun {
	case "cases":
		return `Known columns, all of them optional:

  name, id          the case's name; without one it gets the next number
  wanted, expected  the answer that is right
  tags              several with ; or , between; in JSON a list
  split             dev or holdout

Every other column is a variable of that name; in JSON, "vars" may hold them.` + common
	case "shots":
		return `Known columns; input and output are needed:

  input             what the shot asks
  output            what it answers
  name, id          the shot's name; without one it gets the next number
  tags              several with ; or , between; in JSON a list` + common
	case "outputs":
		return `Known columns; variant and model are not needed:

  variant           a name, or prompt/variant@revision; without one the answers
                    are those of another system, known by its model alone
  case              a name
  text, output      the answer
  model             BACKEND/MODEL that it is kept under` + common
	}
	return ""
}

// readAll reads a file of rows, which is held whole anyway.
func readAll(r io.Reader, o exchange.Options) ([]byte, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, usage("%s: %s", text.Raw(o.File), reason(err))
	}
	return data, nil
}
