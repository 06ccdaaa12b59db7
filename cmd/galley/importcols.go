package main

import (
	"bytes"
	"cmp"
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

// brought is what a file of rows looks like, for what is said about it.
type brought struct {
	exchange.Survey
}

// column says what a column became.
type columnJSON struct {
	Column  text.Raw `json:"column"`
	Becomes text.Raw `json:"becomes"`
}

// look reads the lines and columns of a file.
func look(data []byte, o exchange.Options, noun string) brought {
	return brought{exchange.Look(bytes.NewReader(data), o, noun == "cases")}
}

// line is where row i begins, 1 where that can't be said.
func (b brought) line(i int) int {
	if i < 0 || i >= len(b.Lines) {
		return 1
	}
	return b.Lines[i]
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

// has reports whether a column is called so, by its own name or the format's.
func (b brought) has(name string) bool {
	return slices.ContainsFunc(b.Columns, func(c exchange.Column) bool { return c.Is(name) })
}

// of is what the map makes of a column, "" nothing.
func of(o exchange.Options, c exchange.Column) string {
	for role, column := range o.Map {
		if c.Is(column) {
			return role
		}
	}
	return ""
}

// became says what each column became; variables are those that the rows have.
func (b brought) became(noun string, o exchange.Options, variables []string) []columnJSON {
	out := []columnJSON{}
	known := roles(noun)
	for _, c := range b.Columns {
		given := of(o, c)
		to := cmp.Or(given, c.Name)
		what := "nothing, it was left out"
		switch {
		case slices.ContainsFunc(o.Leave, c.Is):
		case c.Inner && known[given] == "" || noun == "cases" && known[to] == "" && slices.Contains(variables, to):
			what = "variable " + to
		case known[to] != "" && (given == "" || to == known[to]) && !(noun == "cases" && given == "" && b.rival(c, o)):
			what = known[to]
		case noun == "cases" && slices.Contains(variables, to):
			what = "variable " + to
		}
		out = append(out, columnJSON{text.Raw(cmp.Or(c.From, c.Name)), text.Raw(what)})
	}
	return out
}

// rival reports whether another column has the role that the name of this one says:
// by the map, or by the plain name.
func (b brought) rival(c exchange.Column, o exchange.Options) bool {
	role := roles("cases")[c.Name]
	return role != "" && (o.Map[role] != "" || c.Name != role && !slices.Contains(o.Leave, role) && slices.ContainsFunc(b.Columns, func(x exchange.Column) bool { return x.Name == role && !x.Inner }))
}

// mapped says what each column of a file of cases becomes.
func (b brought) mapped(o exchange.Options) []cases.Column {
	known := roles("cases")
	out := make([]cases.Column, 0, len(b.Columns))
	for _, c := range b.Columns {
		x := cases.Column{Name: text.Raw(cmp.Or(c.From, c.Name)), Becomes: c.Name, Var: true}
		given, role := of(o, c), known[c.Name]
		switch {
		case slices.ContainsFunc(o.Leave, c.Is):
			x.Becomes, x.Var = "", false
		case given != "":
			x.Becomes, x.Var = given, known[given] != given
		case role != "" && !c.Inner && !b.rival(c, o):
			x.Becomes, x.Var = role, false
		}
		out = append(out, x)
	}
	return out
}

// leaving checks that the columns which are to be left out are there.
func (b brought) leaving(o exchange.Options) error {
	for _, c := range o.Leave {
		if !b.has(c) {
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
		if b.Format != "csv" {
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

// formatHelp says which formats an import reads; samples of other tools become cases.
func formatHelp(noun string) string {
	switch noun {
	case "cases":
		return "csv, jsonl, json, yaml, openai-evals or inspect; default by the content"
	case "verdicts":
		return "battles, or the file's own: csv, jsonl, json or yaml; default by the content"
	case "suite":
		return "suite or promptfoo; default by the content"
	case "prompt":
		return "text, or json for a list of messages; default by the content"
	}
	return "csv, jsonl, json or yaml; default by the content"
}

// columnsHelp says which columns an import knows.
func columnsHelp(noun string) string {
	const common = `

CSV has a line of column names; JSON Lines and a JSON array have objects, a YAML
list has mappings. Another name is said with --map, what=column, and --leave-out
brings none of a column. --dry-run says what each column would become and changes nothing.`
	switch noun {
	case "cases":
		return `Known columns, all of them optional:

  name, id          the case's name; without one it gets the next number
  wanted, expected  the answer that is right
  tags              several with ; or , between; in JSON a list
  split             dev or holdout

Every other column is a variable of that name; in JSON and YAML, "vars" may hold
them. Samples of OpenAI evals and of Inspect are known by their keys: ideal and
target are wanted; of the messages in input the last of the user is the variable
input, the system's is system, and what is between them conversation.` + common
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

// maxRows is the most bytes of a file of rows.
const maxRows = 1 << 30

// readAll reads a file of rows, which is held whole anyway. What has no end, as
// some devices, is refused.
func readAll(r io.Reader, o exchange.Options) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxRows+1))
	if err != nil {
		return nil, usage("%s: %s", text.Raw(o.File), reason(err))
	}
	if len(data) > maxRows {
		return nil, usage("%s is larger than 1 GiB; bring it in parts; nothing was changed", text.Raw(o.File))
	}
	return data, nil
}
