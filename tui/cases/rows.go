package cases

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// rows are the cases with those of them that are shown.
type rows struct {
	cases  []session.Case
	hay    []string // all that a search looks at, in lower case
	shown  []int    // indexes of cases
	marked map[text.Raw]bool
	query  string
	filter filter
	sifted string // the query that shown is of
	fresh  bool   // shown is of cases and filter as they are
}

// filter chooses cases by what they are.
type filter struct {
	kind filterKind
	tag  text.Raw
}

type filterKind int

const (
	allCases filterKind = iota
	devCases
	holdoutCases
	markedCases
	unwantedCases
	ownCases
	borrowedCases
	taggedCases
)

// says names a filter for the header.
func (f filter) says() string {
	if f.kind == taggedCases {
		return "tagged " + text.Show(f.tag).OneLine().Truncate(20).String()
	}
	return [...]string{"", "dev", "holdout", "marked", "nothing wanted", "this prompt's own", "borrowed", ""}[f.kind]
}

// haystacks is what a search looks at, for each case.
func haystacks(cases []session.Case) []string {
	out := make([]string, len(cases))
	for i, c := range cases {
		var b strings.Builder
		put := func(r text.Raw) {
			b.WriteString(strings.ToLower(string(r)))
			b.WriteByte('\n')
		}
		put(c.Name)
		for _, t := range c.Tags {
			put(t)
		}
		for _, v := range c.Vars {
			put(v.Value)
		}
		if c.Wanted != nil {
			put(*c.Wanted)
		}
		put(c.Borrowed)
		out[i] = b.String()
	}
	return out
}

// take replaces the cases; marks of those that are gone are forgotten.
func (r *rows) take(cases []session.Case, hay []string) {
	r.cases, r.hay = cases, hay
	there := make(map[text.Raw]bool, len(cases))
	for _, c := range cases {
		there[c.Name] = true
	}
	for name := range r.marked {
		if !there[name] {
			delete(r.marked, name)
		}
	}
	r.fresh = false
	r.sift()
}

// search narrows what is shown.
func (r *rows) search(query string) {
	r.query = strings.ToLower(query)
	r.sift()
}

// sift finds what fits. A query that goes on looks only through what fitted it so
// far.
func (r *rows) sift() {
	if r.fresh && strings.HasPrefix(r.query, r.sifted) {
		r.shown = slices.DeleteFunc(r.shown, func(i int) bool { return !strings.Contains(r.hay[i], r.query) })
		r.sifted = r.query
		return
	}
	r.shown = make([]int, 0, len(r.cases))
	for i := range r.cases {
		if r.fits(&r.cases[i]) && (r.query == "" || strings.Contains(r.hay[i], r.query)) {
			r.shown = append(r.shown, i)
		}
	}
	r.sifted, r.fresh = r.query, true
}

func (r *rows) fits(c *session.Case) bool {
	switch r.filter.kind {
	case devCases:
		return c.Split == session.SplitDev
	case holdoutCases:
		return c.Split == session.SplitHoldout
	case markedCases:
		return r.marked[c.Name]
	case unwantedCases:
		return c.Wanted == nil
	case ownCases:
		return c.Borrowed == ""
	case borrowedCases:
		return c.Borrowed != ""
	case taggedCases:
		return slices.Contains(c.Tags, r.filter.tag)
	}
	return true
}

// place is where a case is shown, or -1.
func (r *rows) place(name text.Raw) int {
	return slices.IndexFunc(r.shown, func(i int) bool { return r.cases[i].Name == name })
}

// tags are those of all cases, each once, the most frequent first.
func (r *rows) tags() []text.Raw {
	count := map[text.Raw]int{}
	var out []text.Raw
	for _, c := range r.cases {
		for _, t := range c.Tags {
			if count[t] == 0 {
				out = append(out, t)
			}
			count[t]++
		}
	}
	slices.SortStableFunc(out, func(a, b text.Raw) int { return count[b] - count[a] })
	return out
}

// columnKind is what a column of the grid shows.
type columnKind int

const (
	colName columnKind = iota
	colSplit
	colTags
	colVar
	colWanted
)

type column struct {
	kind  columnKind
	name  text.Raw // of the variable
	bound *Bound
}

// variables are those that a case may have: what the variants ask for, what the
// cases have, and what is bound.
func (s *Screen) variables() []text.Raw {
	var out []text.Raw
	seen := map[text.Raw]bool{}
	put := func(n text.Raw) {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	for i := range s.here.Bindings {
		put(s.here.Bindings[i].Var)
	}
	for _, n := range s.here.Asked {
		put(text.Raw(n))
	}
	for i := range s.rows.cases {
		for _, v := range s.rows.cases[i].Vars {
			put(v.Name)
		}
	}
	return out
}

// setColumns lays out the grid for the variables that there are.
func (s *Screen) setColumns() {
	at := s.column()
	s.cols = []column{{kind: colName}, {kind: colSplit}, {kind: colTags}}
	name := min(26, s.wide(8, func(c *session.Case) text.Shown { return nameShown(c, "  ") }))
	of := []kit.Column{
		{Title: "case", Min: name, Max: name}, {Title: "split", Min: 7, Max: 7},
		fitted("tags", s.wide(4, func(c *session.Case) text.Shown { return tagsShown(c.Tags) }), 10, 1),
	}
	for _, v := range s.variables() {
		c := column{kind: colVar, name: v}
		title := text.Show(v).OneLine().String()
		for i := range s.here.Bindings {
			if b := &s.here.Bindings[i]; b.Var == v {
				c.bound = b
				title += " ← " + b.From.String() + " " + session.Run{ID: b.RunID}.Name()
			}
		}
		s.cols = append(s.cols, c)
		of = append(of, fitted(title, s.wide(text.Of(title).Width(), func(x *session.Case) text.Shown {
			if r, ok := x.Lookup(string(v)); ok && r != "" {
				return text.Head(r, measured)
			}
			return text.Of("empty")
		}), max(18, min(30, text.Of(title).Width())), 4))
	}
	s.cols = append(s.cols, column{kind: colWanted})
	of = append(of, fitted("wanted", s.wide(6, func(c *session.Case) text.Shown {
		v, _ := wantedShown(c.Wanted, lipgloss.Style{}, lipgloss.Style{})
		return v.Truncate(measured)
	}), 16, 2))
	s.table.SetColumns(of)
	for i, c := range s.cols {
		if c.kind == at.kind && c.name == at.name {
			s.table.SetCol(i)
		}
	}
}

// measured is how wide a value is looked at to lay out its column.
const measured = 120

// wide is how wide the first cases are in a column, and its title at least.
func (s *Screen) wide(least int, cell func(c *session.Case) text.Shown) int {
	const looked = 300
	for i := range s.rows.cases[:min(len(s.rows.cases), looked)] {
		least = max(least, cell(&s.rows.cases[i]).Width())
	}
	return least
}

// fitted is a column no wider than what stands in it, which gives way down to a
// least width.
func fitted(title string, wide, least, flex int) kit.Column {
	return kit.Column{Title: title, Min: min(wide, least), Max: wide, Flex: flex}
}

// nameShown is a case's name, and whose it is where it is borrowed.
func nameShown(c *session.Case, mark string) text.Shown {
	name := text.Of(mark).Append(text.Head(c.Name, widest))
	if c.Borrowed != "" {
		name = name.Append(text.Of(" ↰ ")).Append(text.Head(c.Borrowed, 20))
	}
	return name
}

// column is the one with the cursor.
func (s *Screen) column() column {
	if i := s.table.Col(); i >= 0 && i < len(s.cols) {
		return s.cols[i]
	}
	return column{}
}

// widest is as much of a value as a cell of the grid can show.
const widest = 240

// at is a cell of the grid, in one row.
func (s *Screen) at(row, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	c := &s.rows.cases[s.rows.shown[row]]
	dim := lipgloss.Style{}
	if c.Borrowed != "" {
		dim = st.Dim
	}
	switch k := s.cols[col]; k.kind {
	case colName:
		mark := "  "
		if s.rows.marked[c.Name] {
			mark = "● "
		}
		if c.Borrowed != "" {
			return nameShown(c, mark), dim
		}
		return nameShown(c, mark), st.Strong
	case colSplit:
		if c.Split == session.SplitHoldout {
			return text.Of("holdout"), st.Warn
		}
		return text.Of(string(c.Split)), st.Dim
	case colTags:
		return tagsShown(c.Tags), st.Dim
	case colVar:
		v, ok := c.Lookup(string(k.name))
		switch {
		case !ok:
			return text.Of("–"), st.Faint
		case v == "":
			return text.Of("empty"), st.Faint.Italic(true)
		case k.bound != nil && c.Borrowed != "":
			return text.Head(v, widest), st.Info
		}
		return text.Head(v, widest), dim
	}
	return wantedShown(c.Wanted, st.Faint, dim)
}

// wantedShown tells nothing wanted from an empty answer that is wanted.
func wantedShown(w *text.Raw, faint, plain lipgloss.Style) (text.Shown, lipgloss.Style) {
	switch {
	case w == nil:
		return text.Of("–"), faint
	case *w == "":
		return text.Of("an empty answer"), faint.Italic(true)
	}
	return text.Head(*w, widest), plain
}

func tagsShown(tags []text.Raw) text.Shown {
	var out text.Shown
	for i, t := range tags {
		if i > 0 {
			out = out.Append(text.Of(", "))
		}
		out = out.Append(text.Head(t, 40))
		if i == 8 {
			break
		}
	}
	return out
}
