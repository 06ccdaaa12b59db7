package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// bringing is a file on its way in: what each of its columns becomes, and how its
// first rows would stand.
type bringing struct {
	path  string
	m     Mapping
	p     Preview
	gen   uint64
	asked bool // a preview is being read

	table *kit.Table
	head  int // rows above the table
	rows  int // of the table, its header included
}

type gotPreview struct {
	p    Preview
	path string
	m    Mapping
	err  error
}

// bring asks for a file.
func (s *Screen) bring() tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Import cases", Label: "A file: CSV with a line of column names, JSON Lines, or a JSON array. What each column becomes is asked next.",
		Placeholder: "cases.csv",
		Check: func(r text.Raw) string {
			if strings.TrimSpace(string(r)) == "" {
				return "name a file"
			}
			return ""
		},
		Done: func(r text.Raw) tea.Cmd {
			b := &bringing{path: strings.TrimSpace(string(r)), m: Mapping{Map: map[string]string{}}}
			b.table = kit.NewTable(s.d.Styles, []kit.Column{
				{Title: "column", Min: 10, Max: 24, Flex: 1}, {Title: "becomes", Min: 14, Max: 28, Flex: 1}, {Title: "in the first rows", Min: 10, Flex: 3, Hide: 1},
			}, func(row, col int) (text.Shown, lipgloss.Style) { return s.mapCell(b, row, col) })
			s.brings = b
			return s.preview(b.m)
		},
	})
}

// preview reads the file as it would be with a mapping.
func (s *Screen) preview(m Mapping) tea.Cmd {
	b := s.brings
	b.gen++
	b.asked = true
	id, path, read := s.prompt, b.path, s.d.Preview
	return s.ask(b.gen, func(ctx context.Context) tea.Msg {
		p, err := read(ctx, id, path, m)
		return gotPreview{p, path, m, err}
	})
}

func (s *Screen) previewed(m gotPreview) tea.Cmd {
	b := s.brings
	b.asked = false
	if m.err != nil {
		if s.mode != onMapping {
			s.brings = nil
		}
		return kit.Fail(m.err)
	}
	b.p, b.m = m.p, m.m
	b.table.SetRows(len(b.p.Columns))
	if s.mode != onMapping {
		s.setMode(onMapping)
	}
	b.resize(s.w, s.h)
	return nil
}

// resize gives the table of columns what the rows below it leave.
func (b *bringing) resize(w, h int) {
	b.head = 1
	b.rows = max(2, min(len(b.p.Columns)+1, h-2-b.head-8))
	if h < 14 {
		b.rows = max(2, h-2-b.head)
	}
	b.table.Resize(max(0, w-2), b.rows)
}

// mapCell is a cell of the table of columns.
func (s *Screen) mapCell(b *bringing, row, col int) (text.Shown, lipgloss.Style) {
	st, c := s.d.Styles, b.p.Columns[row]
	switch col {
	case 0:
		return text.Head(c.Name, 60), st.Strong
	case 1:
		return becomes(c), becomesStyle(c, st.Text, st.Accent, st.Faint)
	}
	var out text.Shown
	for i, x := range b.p.Sample {
		if i > 0 {
			out = out.Append(text.Of(" │ "))
		}
		out = out.Append(text.Head(sampled(x, c), 40))
	}
	return out, st.Dim
}

func becomes(c Column) text.Shown {
	switch {
	case c.Becomes == "":
		return text.Of("left out")
	case c.Var:
		return text.Of("variable ").Append(text.Head(text.Raw(c.Becomes), 40))
	}
	return text.Of(c.Becomes)
}

func becomesStyle(c Column, plain, role, out lipgloss.Style) lipgloss.Style {
	switch {
	case c.Becomes == "":
		return out
	case c.Var:
		return plain
	}
	return role
}

// sampled is what a column brings to a case.
func sampled(x session.Case, c Column) text.Raw {
	switch {
	case c.Var:
		v, _ := x.Lookup(c.Becomes)
		return v
	case c.Becomes == "name":
		return x.Name
	case c.Becomes == "wanted" && x.Wanted != nil:
		return *x.Wanted
	case c.Becomes == "split":
		return text.Raw(x.Split)
	case c.Becomes == "tags":
		return text.Raw(tagsShown(x.Tags).String())
	}
	return ""
}

// remap asks what the column with the cursor is to become.
func (s *Screen) remap() tea.Cmd {
	b := s.brings
	c := b.p.Columns[b.table.Row()]
	type choice struct {
		to    string
		isVar bool
	}
	all := []choice{{"name", false}, {"wanted", false}, {"tags", false}, {"split", false}}
	for _, v := range s.variables() {
		all = append(all, choice{string(v), true})
	}
	if !slices.ContainsFunc(all, func(x choice) bool { return x.to == string(c.Name) }) {
		all = append(all, choice{string(c.Name), true})
	}
	m := &kit.Menu{Styles: s.d.Styles, Heading: text.Show(c.Name).OneLine().Truncate(30).String() + " becomes"}
	for i, x := range all {
		label := text.Of(x.to)
		if x.isVar {
			label = text.Of("variable ").Append(text.Head(text.Raw(x.to), 40))
		}
		note := ""
		for _, o := range b.p.Columns {
			if o.Name != c.Name && o.Becomes == x.to && o.Var == x.isVar {
				note = "in place of " + text.Head(o.Name, 20).String()
			}
		}
		if c.Becomes == x.to && c.Var == x.isVar {
			m.Start = i
		}
		m.Choices = append(m.Choices, kit.Choice{Label: label, Note: text.Of(note)})
	}
	m.Choices = append(m.Choices, kit.Choice{Label: text.Of("another variable …")}, kit.Choice{Label: text.Of("left out")})
	m.Done = func(i int) tea.Cmd {
		switch {
		case i == len(all):
			return s.askVariable(c)
		case i > len(all):
			return s.preview(b.m.with(b.p.Columns, c, ""))
		}
		return s.preview(b.m.with(b.p.Columns, c, all[i].to))
	}
	return kit.Open(m)
}

// askVariable asks for the name of a variable that a column becomes.
func (s *Screen) askVariable(c Column) tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "A variable", Label: "Its name, as {{name}} has it.", Value: c.Name,
		Check: variableTrouble,
		Done:  func(r text.Raw) tea.Cmd { return s.preview(s.brings.m.with(s.brings.p.Columns, c, string(r))) },
	})
}

// variableTrouble says why a variable can't have a name, "" it can.
func variableTrouble(r text.Raw) string {
	if h := session.Placeholders("{{" + string(r) + "}}"); len(h) != 1 || h[0].Literal || h[0].Name != string(r) {
		return "letters, digits and _ . -, beginning with a letter"
	}
	if slices.Contains([]string{"name", "wanted", "tags", "split"}, string(r)) {
		return "that is what the case itself has: choose another name"
	}
	return ""
}

// with is the mapping with one column becoming something else; what became that so
// far is left out.
func (m Mapping) with(columns []Column, c Column, to string) Mapping {
	out := Mapping{Map: map[string]string{}}
	for _, x := range columns {
		switch {
		case x.Name == c.Name:
			x.Becomes = to
		case x.Becomes == to:
			x.Becomes = ""
		}
		if x.Becomes == "" {
			out.Leave = append(out.Leave, string(x.Name))
		} else {
			out.Map[x.Becomes] = string(x.Name)
		}
	}
	return out
}

// leaveOut leaves the column with the cursor out, or takes it in by its own name.
func (s *Screen) leaveOut() tea.Cmd {
	b := s.brings
	c := b.p.Columns[b.table.Row()]
	to := ""
	if c.Becomes == "" {
		to = string(c.Name)
	}
	return s.preview(b.m.with(b.p.Columns, c, to))
}

func (s *Screen) whyBring() string {
	switch b := s.brings; {
	case b == nil:
		return "no file is being brought in"
	case s.busy != "":
		return s.busy
	case b.asked:
		return "the file is being read"
	case b.p.Trouble != "":
		return b.p.Trouble
	}
	return ""
}

func (s *Screen) whyMap() string {
	if s.brings == nil || len(s.brings.p.Columns) == 0 {
		return "there is no column"
	}
	return s.busy
}

// brought imports the file.
func (s *Screen) brought() tea.Cmd {
	b, id, bring := s.brings, s.prompt, s.d.Import
	s.busy = "the cases are being imported"
	var first text.Raw
	if len(b.p.Sample) > 0 {
		first = b.p.Sample[0].Name
	}
	return s.ask(0, func(ctx context.Context) tea.Msg {
		n, err := bring(ctx, id, b.path, b.m)
		return gotDone{said: "Imported " + kit.Plural(n, "case", "cases") + " (u takes them back)", want: first, err: err, then: func() {
			s.brings = nil
			s.setMode(onGrid)
		}}
	})
}

func (s *Screen) leaveMapping() tea.Cmd {
	s.brings = nil
	s.setMode(onGrid)
	return nil
}

// mappingView draws what the file would become.
func (s *Screen) mappingView() string {
	b, st := s.brings, s.d.Styles
	w, h := max(0, s.w-2), max(0, s.h-2)
	said := fmt.Sprintf(" %s, %s", b.p.Format, kit.Plural(b.p.Rows, "row", "rows"))
	head := s.say(st.Dim, said) + s.say(st.Faint, " · enter says what a column becomes")
	switch {
	case b.p.Trouble != "":
		head = s.say(st.Bad, " ! "+b.p.Trouble)
	case b.asked:
		head = s.say(st.Faint, " reading …")
	}
	out := []string{kit.Fit(head, w)}
	out = append(out, strings.Split(b.table.View(), "\n")...)
	put := func(lines ...string) {
		for _, l := range lines {
			if len(out) < h {
				out = append(out, l)
			}
		}
	}
	if h >= 12 {
		put("", s.say(st.Faint, " "+kit.Plural(len(b.p.Sample), "row", "rows")+" of it, as cases"))
		for _, x := range b.p.Sample {
			put(" " + s.sample(x, w-2))
		}
		for _, n := range b.p.Notes {
			for _, l := range text.Of(n).Wrap(max(1, w-4)) {
				put(" " + s.say(st.Warn, "· ") + s.paint(st.Dim, l))
			}
		}
	}
	return kit.PaneWith("Import into "+s.here.Prompt.Name.String(), text.Head(text.Raw(b.p.File), 40).String(), strings.Join(out, "\n"), s.w, s.h, true, st)
}

// sample is a case in one line.
func (s *Screen) sample(x session.Case, w int) string {
	st := s.d.Styles
	name := text.Head(x.Name, 16)
	if x.Name == "" {
		name = text.Of("(numbered)")
	}
	line := s.paint(st.Strong, name) + s.say(st.Dim, "  "+string(x.Split)+"  ") + s.paint(st.Dim, tagsShown(x.Tags))
	for _, v := range x.Vars {
		line += "  " + s.paint(st.Faint, text.Head(v.Name, 16)) + " " + s.paint(st.Text, text.Head(v.Value, 40))
	}
	wanted, style := wantedShown(x.Wanted, st.Faint, st.Text)
	line += s.say(st.Faint, "  → ") + s.paint(style, wanted)
	return kit.Fit(line, max(1, w))
}
