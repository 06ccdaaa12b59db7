// Package exchange reads files that people bring and writes those they take
// away: cases, shots and outputs as rows, suites as folders for git and for
// promptfoo, verdicts as pairs and battle records, checks for CI. It keeps every
// byte of a text or says why it can't, with the file and the physical line; a
// file is read as a whole or not at all; what a target can't say is listed. It
// opens no file but in the folder it is given, and knows no store and no engine.
package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"galley/session/text"
)

// MaxCell is the most bytes that one value may have.
const MaxCell = 16 << 20

// Format is a way to write rows into a file.
type Format struct {
	Name string // as --format takes it
	Help string // one line
	// Detect reports whether a file that begins with head (its first 4 KiB,
	// without a byte order mark) and has that name is in the format.
	Detect func(head []byte, name string) bool
	Noun   string // what it holds: rows, cases, verdicts, suite, check
	Ext    string // of its file, with the dot; "" it is a folder
	In     bool   // it is read
	Out    bool   // it is written

	open  func(*input) source
	write func(io.Writer, sheet, bool) error
}

// Formats lists the formats that files may have; the first that detects a file
// of rows reads it.
func Formats() []Format {
	out := append(evalFormats(), rowFormats()...)
	for _, f := range append(suiteFormats(), PairFormats()...) {
		f.Detect = func([]byte, string) bool { return false }
		out = append(out, f)
	}
	return out
}

// rowFormats are those of cases, shots and outputs.
func rowFormats() []Format {
	return []Format{
		{
			Name: "json", Help: "one JSON array of objects", Noun: "rows", Ext: ".json", In: true, Out: true,
			Detect: func(head []byte, name string) bool {
				return first(head) == '[' || first(head) == '{' && strings.HasSuffix(strings.ToLower(name), ".json")
			},
			open: openJSON, write: writeJSON,
		},
		{
			Name: "jsonl", Help: "a JSON object a line", Noun: "rows", Ext: ".jsonl", In: true, Out: true,
			Detect: func(head []byte, _ string) bool { return first(head) == '{' },
			open:   openJSONL, write: writeJSONL,
		},
		{
			Name: "yaml", Help: "a YAML list of mappings", Noun: "rows", Ext: ".yaml", In: true, Out: true,
			Detect: func(head []byte, name string) bool {
				ext := strings.ToLower(name)
				return strings.HasSuffix(ext, ".yaml") || strings.HasSuffix(ext, ".yml") || yamlList.Match(head)
			},
			open: openYAML, write: writeYAML,
		},
		{
			Name: "csv", Help: "comma-separated values under a line of column names", Noun: "rows", Ext: ".csv", In: true, Out: true,
			Detect: func(head []byte, name string) bool {
				ext := strings.ToLower(name)
				return len(head) > 0 && !strings.HasSuffix(ext, ".json") && !strings.HasSuffix(ext, ".jsonl")
			},
			open: openCSV, write: writeCSV,
		},
	}
}

// suiteFormats are those that are more than rows. Each has a reader or a writer
// of its own, or both.
func suiteFormats() []Format {
	return []Format{
		{Name: "suite", Help: "a folder for git: a suite with its cases, prompts and recorded answers", Noun: "suite", In: true, Out: true},
		{Name: "promptfoo", Help: "a folder with promptfooconfig.yaml, prompts and tests", Noun: "suite", In: true, Out: true},
		{Name: "battles", Help: "battle records as LMArena and FastChat write them", Noun: "verdicts", Ext: ".jsonl", In: true, Out: true},
		{Name: "baseline", Help: "what a check saw, to hold later ones against", Noun: "check", Ext: ".json", In: true, Out: true},
		{Name: "junit", Help: "a check as JUnit XML", Noun: "check", Ext: ".xml", Out: true},
		{Name: "github", Help: "a check as annotations of GitHub Actions", Noun: "check", Ext: ".txt", Out: true},
	}
}

// yamlList is how a list of mappings begins.
var yamlList = regexp.MustCompile(`^(?:[ \t]*(?:#[^\n]*)?\r?\n|---[ \t]*\r?\n)*- +(?:\{|[A-Za-z_"'][^\n,]*:(?:[ \t]|\r?\n|$))`)

func first(head []byte) byte {
	if t := bytes.TrimLeft(head, " \t\r\n"); len(t) > 0 {
		return t[0]
	}
	return 0
}

// ByName returns the format of rows that a file of that name is written in: what its
// extension says, else JSON Lines.
func ByName(file string) Format {
	ext := strings.ToLower(filepath.Ext(file))
	if ext == ".yml" {
		ext = ".yaml"
	}
	all := rowFormats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Ext == ext })
	if i < 0 {
		i = slices.IndexFunc(all, func(f Format) bool { return f.Name == "jsonl" })
	}
	return all[i]
}

// Find returns the format of rows that has that name.
func Find(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.open == nil {
			continue
		}
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("format %q: write one of %s", text.Raw(name), strings.Join(names, ", "))
}

// Problem says what is wrong with a file, where, and what to do about it.
type Problem struct {
	File string
	Line int // physical, from 1
	What string
	Do   string // "" where there is nothing to say
}

// Error is FILE:LINE: what; what to do.
func (p *Problem) Error() string {
	s := fmt.Sprintf("%s:%d: %s", text.Raw(p.File), p.Line, text.Raw(p.What))
	if p.Do != "" {
		s += "; " + text.Raw(p.Do).String()
	}
	return s
}

// Note is something of a file that was not kept, or not as it stood.
type Note struct {
	Line int // physical, from 1
	What string
}

// Options say how to read.
type Options struct {
	File   string            // its name, for messages and to tell the format
	Format string            // "" looks at the content
	Map    map[string]string // what it is to be → the column it is in, as ParseMap reads it
	Leave  []string          // columns that are not read at all
}

// ParseMap reads input=question,wanted=label: what it is to be, then the column.
func ParseMap(s string) (map[string]string, error) {
	m := map[string]string{}
	if s == "" {
		return m, nil
	}
	from := map[string]bool{}
	for pair := range strings.SplitSeq(s, ",") {
		to, column, ok := strings.Cut(pair, "=")
		to, column = strings.TrimSpace(to), strings.TrimSpace(column)
		if !ok || to == "" || column == "" {
			return nil, fmt.Errorf("--map %q: write what=column,…, as in input=question,wanted=label", text.Raw(s))
		}
		if _, twice := m[to]; twice || from[column] {
			return nil, fmt.Errorf("--map %q: %q stands there twice", text.Raw(s), text.Raw(pair))
		}
		m[to], from[column] = column, true
	}
	return m, nil
}

// value is what stands in a cell or under a key.
type value struct {
	text string
	null bool    // nothing stands there: an empty cell without quotes, null
	list []value // of a JSON array
	keys []field // of a JSON object
	kind byte    // 's' text, 'n' number or boolean, 'l' list, 'o' object
}

type field struct {
	name string
	value
	line  int
	from  string // the format's own name for it, "" the same
	inner bool   // it stands in an object of variables
	asked bool   // --map says what it is to be
}

// record is a row or an object, at its first line.
type record struct {
	line   int
	fields []field
	nested bool // its variables stand in an object of their own
}

// source gives records until io.EOF.
type source interface {
	next() (record, error)
}

// input is a file that is being read.
type input struct {
	*bufio.Reader
	o     Options
	notes []Note
}

func (in *input) problem(line int, do, what string, args ...any) error {
	return &Problem{File: in.o.File, Line: line, What: fmt.Sprintf(what, args...), Do: do}
}

func (in *input) note(line int, what string, args ...any) {
	in.notes = append(in.notes, Note{line, fmt.Sprintf(what, args...)})
}

// What files that come under a wrong name begin with.
var others = []struct{ magic, what string }{
	{"\x89PNG", "a PNG picture"},
	{"\xff\xd8\xff", "a JPEG picture"},
	{"GIF8", "a GIF picture"},
	{"\x1f\x8b", "compressed (gzip)"},
	{"BZh", "compressed (bzip2)"},
	{"\xfd7zXZ", "compressed (xz)"},
	{"\x28\xb5\x2f\xfd", "compressed (zstd)"},
	{"PK\x03\x04", "a zip archive or a spreadsheet file"},
	{"%PDF-", "a PDF document"},
	{"SQLite format 3", "an SQLite database"},
	{"PAR1", "a Parquet file"},
	{"\x7fELF", "a program"},
	{"\xd0\xcf\x11\xe0", "an old Office document"},
}

// start looks at the beginning of a file and finds its format.
func start(r io.Reader, o Options) (*input, Format, error) {
	in := &input{Reader: bufio.NewReaderSize(r, 64<<10), o: o}
	if in.o.File == "" {
		in.o.File = "input"
	}
	head, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return in, Format{}, err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return in, Format{}, err
		}
		head = head[3:]
		in.note(1, "a byte order mark was left out")
	}
	if err := in.sniff(head); err != nil {
		return in, Format{}, err
	}
	if o.Format != "" {
		f, err := Find(o.Format)
		return in, f, err
	}
	for _, f := range Formats() {
		if f.open != nil && f.Detect(head, o.File) {
			return in, f, nil
		}
	}
	return in, Format{}, in.problem(1, bringRows+", or say which with --format", "its format is not clear")
}

// bringRows says which files of rows there are.
const bringRows = "bring CSV, JSON Lines, a JSON array or a YAML list"

func (in *input) sniff(head []byte) error {
	if len(bytes.TrimSpace(head)) == 0 {
		if len(head) == 4096 {
			return in.problem(1, "", "it begins with 4096 bytes of white space")
		}
		return in.problem(1, "", "it is empty")
	}
	for _, m := range others {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return in.problem(1, bringRows, "it is %s", m.what)
		}
	}
	utf16 := bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff})
	if len(head) >= 4 && (head[0] == 0) != (head[1] == 0) && (head[0] == 0) == (head[2] == 0) && (head[1] == 0) == (head[3] == 0) {
		utf16 = true
	}
	if utf16 {
		return in.problem(1, "save it as UTF-8", "it is UTF-16")
	}
	low := bytes.ToLower(bytes.TrimLeft(head, " \t\r\n"))
	for _, tag := range []string{"<!doctype", "<html", "<?xml", "<head", "<body"} {
		if bytes.HasPrefix(low, []byte(tag)) {
			return in.problem(1, "a sign-in page is often saved in place of a file; "+bringRows, "it is a web page or XML")
		}
	}
	return nil
}
