package exchange

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvSource reads RFC 4180 and keeps what a cell in quotes holds to the byte,
// line ends included. What is not clear is refused: a reader that guesses
// changes texts.
type csvSource struct {
	in      *input
	line    int
	header  []string
	guarded bool // the header says that a ' was put before formulas
	buf     []byte
}

func openCSV(in *input) source { return &csvSource{in: in, line: 1} }

func (c *csvSource) next() (record, error) {
	if c.header == nil {
		if err := c.readHeader(); err != nil {
			return record{}, err
		}
	}
	for {
		at := c.line
		row, err := c.row()
		if err != nil {
			return record{}, err
		}
		if len(row) == 1 && row[0].null { // a blank line
			continue
		}
		if len(row) != len(c.header) {
			return record{}, c.in.problem(at, "a comma or a line end inside a cell needs quotes around it",
				"it has %d cells and the header %d", len(row), len(c.header))
		}
		r := record{line: at}
		for i, f := range row {
			f.name = c.header[i]
			if f.name == guardColumn {
				continue
			}
			if c.guarded && isGuarded(f.text) {
				f.text = f.text[1:]
			}
			r.fields = append(r.fields, f)
		}
		return r, nil
	}
}

func (c *csvSource) readHeader() error {
	at := c.line
	row, err := c.row()
	for err == nil && len(row) == 1 && row[0].null {
		at = c.line
		row, err = c.row()
	}
	if errors.Is(err, io.EOF) {
		return c.in.problem(1, "", "it is empty")
	}
	if err != nil {
		return err
	}
	if len(row) == 1 && strings.ContainsAny(row[0].text, ";\t|") {
		return c.in.problem(at, "save it with commas", "its columns are not separated by commas")
	}
	for i, f := range row {
		name := strings.TrimSpace(f.text)
		switch {
		case name == "":
			return c.in.problem(at, "give it one or remove the column", "column %d has no name", i+1)
		case slices.Contains(c.header, name):
			return c.in.problem(at, "rename one of them", "two columns are named %q", name)
		}
		c.guarded = c.guarded || name == guardColumn
		c.header = append(c.header, name)
	}
	return nil
}

// row reads one row; io.EOF means that there is none.
func (c *csvSource) row() ([]field, error) {
	if _, err := c.in.Peek(1); err != nil {
		return nil, err
	}
	var row []field
	for {
		f, last, err := c.cell()
		if err != nil {
			return nil, err
		}
		row = append(row, f)
		if len(row) > 10_000 {
			return nil, c.in.problem(c.line, "", "it has more than 10000 columns")
		}
		if last {
			return row, nil
		}
	}
}

// cell reads one cell and what ends it; last says that the row ends with it.
func (c *csvSource) cell() (f field, last bool, err error) {
	f.line, f.kind = c.line, 's'
	c.buf = c.buf[:0]
	b, err := c.in.ReadByte()
	if b == '"' && err == nil {
		if err := c.quoted(f.line); err != nil {
			return f, false, err
		}
		if f.text, err = c.take(f.line); err != nil {
			return f, false, err
		}
		b, err = c.in.ReadByte()
		if err == nil && b != ',' && b != '\n' && b != '\r' {
			return f, false, c.in.problem(c.line, `write "" for a quote inside a cell`, "there is text after a cell's closing quote")
		}
		last, err = c.ends(b, err)
		return f, last, err
	}
	for err == nil && b != ',' && b != '\n' && b != '\r' {
		if b == '"' {
			return f, false, c.in.problem(c.line, `put the cell in quotes and write "" for each quote inside`, "a quote stands in the middle of a cell")
		}
		if err := c.add(b, f.line); err != nil {
			return f, false, err
		}
		b, err = c.in.ReadByte()
	}
	var bad error
	f.text, bad = c.take(f.line)
	if bad != nil {
		return f, false, bad
	}
	f.null = f.text == ""
	last, err = c.ends(b, err)
	return f, last, err
}

// quoted reads up to the closing quote.
func (c *csvSource) quoted(began int) error {
	for {
		b, err := c.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return c.in.problem(began, "", "a quote is opened and never closed")
		}
		if err != nil {
			return err
		}
		if b == '"' {
			next, _ := c.in.Peek(1) // nothing after it, or a fault that the next read meets: the cell is over
			if len(next) == 0 || next[0] != '"' {
				return nil
			}
			if _, err := c.in.Discard(1); err != nil {
				return err
			}
		}
		if err := c.add(b, began); err != nil {
			return err
		}
		if b == '\n' {
			c.line++
		}
	}
}

func (c *csvSource) add(b byte, began int) error {
	if b == 0 {
		return c.in.problem(c.line, "save it as UTF-8 text, or bring JSON Lines", "it holds a NUL byte")
	}
	if len(c.buf) == MaxCell {
		return c.in.problem(began, "", "a cell is larger than 16 MiB")
	}
	c.buf = append(c.buf, b)
	return nil
}

// take returns the cell that was read.
func (c *csvSource) take(began int) (string, error) {
	if !utf8.Valid(c.buf) {
		line := began
		for i := 0; i < len(c.buf); {
			r, size := utf8.DecodeRune(c.buf[i:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			i += size
		}
		return "", c.in.problem(line, "save it as UTF-8", "it holds bytes that are not UTF-8")
	}
	return string(c.buf), nil
}

// ends says whether what follows a cell ends its row.
func (c *csvSource) ends(b byte, err error) (bool, error) {
	switch {
	case errors.Is(err, io.EOF):
		return true, nil
	case err != nil:
		return false, err
	case b == ',':
		return false, nil
	case b == '\r':
		next, err := c.in.ReadByte()
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if err != nil || next != '\n' {
			return false, c.in.problem(c.line, "save it with line feeds (LF or CRLF)", "a carriage return stands alone")
		}
	}
	c.line++
	return true, nil
}

// guardColumn is the name of the column that says what a ' before a cell means.
// It has no cells of its own.
const guardColumn = "(a ' before = + - @ marks text)"

// isFormula reports whether a spreadsheet could take the cell for a formula.
func isFormula(s string) bool {
	t := strings.TrimLeft(s, " \"'")
	return t != "" && strings.IndexByte("=+-@\t\r\n", t[0]) >= 0
}

func isGuarded(s string) bool { return strings.HasPrefix(s, "'") && isFormula(s[1:]) }

// writeCSV writes a sheet. Unless exact, a ' stands before each cell that a
// spreadsheet could run, and the header says so.
func writeCSV(w io.Writer, s sheet, exact bool) error {
	guard := false
	for _, r := range s.rows {
		for _, v := range r {
			if strings.ContainsRune(v.text, 0) {
				return &Lossy{Format: "csv", What: "a text holds a NUL byte"}
			}
			guard = guard || !exact && isFormula(v.text)
		}
	}
	for _, name := range s.columns {
		if !exact && isFormula(name) {
			return &Lossy{Format: "csv", What: "a column's name could be taken for a formula"}
		}
		if name != strings.TrimSpace(name) || strings.ContainsRune(name, 0) {
			return &Lossy{Format: "csv", What: "a variable's name begins or ends with white space or holds a NUL byte"}
		}
	}
	var b strings.Builder
	put := func(i int, v value, quote bool) {
		if i > 0 {
			b.WriteByte(',')
		}
		if quote || strings.ContainsAny(v.text, ",\"\r\n") || !v.null && v.text == "" || strings.TrimSpace(v.text) != v.text {
			b.WriteString(`"` + strings.ReplaceAll(v.text, `"`, `""`) + `"`)
		} else {
			b.WriteString(v.text)
		}
	}
	for i, name := range s.columns {
		put(i, value{text: name}, false)
	}
	if guard {
		put(1, value{text: guardColumn}, true)
	}
	b.WriteByte('\n')
	for _, r := range s.rows {
		for i, v := range r {
			if !exact && isFormula(v.text) {
				v.text = "'" + v.text
			}
			// A row of one empty cell would be a blank line.
			put(i, v, v.null && len(r) == 1 && !guard)
		}
		if guard {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		if b.Len() > 1<<20 {
			if _, err := io.WriteString(w, b.String()); err != nil {
				return err
			}
			b.Reset()
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
