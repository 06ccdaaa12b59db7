// Package exchange reads files that people bring and writes those they take
// away: cases, shots and outputs as CSV, JSON Lines or a JSON array. It keeps
// every byte of a text or says why it can't, with the file and the physical
// line; it opens no file and knows no store.
package exchange

import (
	"io"

	"galley/session"
	"galley/session/text"
)

// MaxCell is the most bytes one value may have.
const MaxCell = 16 << 20

// Options say how to read.
type Options struct {
	File   string            // name for messages
	Format string            // csv, jsonl or json; "" looks at the content
	Map    map[string]string // column → what it is: a variable's name, or name, wanted, tags, split, input, output, variant, case, text, model
}

// Note is something that was read but not kept, or kept in another way.
type Note struct {
	Line int // physical, from 1; 0: the whole file
	What string
}

// Output is an output from outside.
type Output struct {
	Variant text.Raw // name or prompt/variant@revision
	Case    text.Raw // name
	Model   text.Raw // "" none was given
	Text    text.Raw
	Line    int // where it began
}

// ReadCases reads all cases or none.
func ReadCases(r io.Reader, o Options) ([]session.Case, []Note, error) { return nil, nil, nil }

// ReadShots reads all shots or none.
func ReadShots(r io.Reader, o Options) ([]session.Shot, []Note, error) { return nil, nil, nil }

// ReadOutputs reads all outputs or none.
func ReadOutputs(r io.Reader, o Options) ([]Output, []Note, error) { return nil, nil, nil }

// WriteCases writes cases in the format; exact leaves out the ' that CSV puts
// before what a spreadsheet would take for a formula.
func WriteCases(w io.Writer, format string, cases []session.Case, exact bool) error { return nil }

// WriteShots writes shots likewise.
func WriteShots(w io.Writer, format string, shots []session.Shot, exact bool) error { return nil }

// ParseMap reads input=question,wanted=label: what it is to be = the column.
func ParseMap(s string) (map[string]string, error) { return nil, nil }
