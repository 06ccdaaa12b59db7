package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxDepth = 100
	maxLine  = 4 * MaxCell
	maxFile  = 1 << 30
)

// parser reads JSON and keeps what it says: the order of keys, the digits of
// numbers, and every code unit of a string, or it refuses.
type parser struct {
	in   *input
	b    []byte
	at   int
	line int // of b[0]
}

// lineAt is the physical line of the byte at the place.
func (p *parser) lineAt(at int) int {
	return p.line + bytes.Count(p.b[:min(at, len(p.b))], []byte("\n"))
}

func (p *parser) bad(at int, do, what string, args ...any) error {
	return p.in.problem(p.lineAt(at), do, what, args...)
}

func (p *parser) space() {
	for p.at < len(p.b) && (p.b[p.at] == ' ' || p.b[p.at] == '\t' || p.b[p.at] == '\n' || p.b[p.at] == '\r') {
		p.at++
	}
}

// peek is the next byte that is no white space, or 0 at the end.
func (p *parser) peek() byte {
	p.space()
	if p.at < len(p.b) {
		return p.b[p.at]
	}
	return 0
}

func (p *parser) value(depth int) (value, error) {
	if depth > maxDepth {
		return value{}, p.bad(p.at, "", "it is nested deeper than %d", maxDepth)
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		s, err := p.str()
		return value{text: s, kind: 's'}, err
	case c == 0 && p.at >= len(p.b):
		return value{}, p.bad(p.at, "", "it ends in the middle of a value")
	}
	return p.word()
}

// word reads a number, true, false or null. A number keeps its digits.
func (p *parser) word() (value, error) {
	from := p.at
	for p.at < len(p.b) && strings.IndexByte(" \t\r\n,]}:\"[{", p.b[p.at]) < 0 {
		p.at++
	}
	switch w := string(p.b[from:p.at]); {
	case w == "null":
		return value{null: true}, nil
	case w == "true", w == "false", number(w):
		return value{text: w, kind: 'n'}, nil
	case strings.TrimLeft(w, "+-") == "NaN", strings.HasPrefix(strings.TrimLeft(w, "+-"), "Inf"):
		return value{}, p.bad(from, `write null or a text in quotes`, "%s is no JSON", w)
	case w == "":
		return value{}, p.bad(from, "", "a value is missing before %q", string(p.b[from]))
	default:
		return value{}, p.bad(from, "put texts in double quotes", "%q is no JSON", clip(w))
	}
}

// number follows the grammar of RFC 8259.
func number(w string) bool {
	w = strings.TrimPrefix(w, "-")
	digits := func() bool {
		n := len(w)
		w = strings.TrimLeft(w, "0123456789")
		return len(w) < n
	}
	if strings.HasPrefix(w, "0") {
		w = w[1:]
	} else if !digits() {
		return false
	}
	if strings.HasPrefix(w, ".") {
		if w = w[1:]; !digits() {
			return false
		}
	}
	if w != "" && (w[0] == 'e' || w[0] == 'E') {
		w = w[1:]
		if w != "" && (w[0] == '+' || w[0] == '-') {
			w = w[1:]
		}
		if !digits() {
			return false
		}
	}
	return w == ""
}

func clip(s string) string {
	if len(s) > 30 {
		return s[:30] + "…"
	}
	return s
}

func (p *parser) array(depth int) (value, error) {
	v := value{kind: 'l'}
	from := p.at
	p.at++
	if p.peek() == ']' {
		p.at++
		v.text = string(p.b[from:p.at])
		return v, nil
	}
	for {
		e, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.list = append(v.list, e)
		switch c := p.peek(); c {
		case ',':
			p.at++
		case ']':
			p.at++
			v.text = string(p.b[from:p.at])
			return v, nil
		default:
			return v, p.unexpected("a list")
		}
	}
}

func (p *parser) unexpected(in string) error {
	if p.at >= len(p.b) {
		return p.bad(p.at, "", "it ends in the middle of %s", in)
	}
	r, _ := utf8.DecodeRune(p.b[p.at:])
	return p.bad(p.at, "", "%q was not expected in %s", r, in)
}

func (p *parser) object(depth int) (value, error) {
	v := value{kind: 'o'}
	from := p.at
	seen := map[string]bool{}
	p.at++
	if p.peek() == '}' {
		p.at++
		v.text = string(p.b[from:p.at])
		return v, nil
	}
	for {
		if p.peek() != '"' {
			return v, p.unexpected("an object, where a key in double quotes was due")
		}
		at := p.at
		key, err := p.str()
		if err != nil {
			return v, err
		}
		if seen[key] {
			return v, p.bad(at, "remove one of them", "the key %q stands there twice", clip(key))
		}
		seen[key] = true
		if p.peek() != ':' {
			return v, p.unexpected("an object, where a colon was due")
		}
		p.at++
		e, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.keys = append(v.keys, field{name: key, value: e, line: p.lineAt(at)})
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			v.text = string(p.b[from:p.at])
			return v, nil
		default:
			return v, p.unexpected("an object")
		}
	}
}

// str reads a string to the code unit.
func (p *parser) str() (string, error) {
	from := p.at
	p.at++
	var out []byte
	for p.at < len(p.b) {
		if len(out) > MaxCell {
			return "", p.bad(from, "", "a text is larger than 16 MiB")
		}
		switch c := p.b[p.at]; {
		case c == '"':
			p.at++
			return string(out), nil
		case c == '\\':
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
		case c < 0x20:
			return "", p.bad(p.at, `write \n, \t or \u00XX`, "a text holds a control character as it is")
		case c < utf8.RuneSelf:
			out = append(out, c)
			p.at++
		default:
			r, size := utf8.DecodeRune(p.b[p.at:])
			if r == utf8.RuneError && size == 1 {
				return "", p.bad(p.at, "save it as UTF-8", "it holds bytes that are not UTF-8")
			}
			out = append(out, p.b[p.at:p.at+size]...)
			p.at += size
		}
	}
	return "", p.bad(from, "", "a text is opened and never closed")
}

func (p *parser) escape(out []byte) ([]byte, error) {
	at := p.at
	if at+1 >= len(p.b) {
		return nil, p.bad(at, "", "it ends in the middle of a text")
	}
	p.at += 2
	if i := strings.IndexByte(`"\/bfnrt`, p.b[at+1]); i >= 0 {
		return append(out, "\"\\/\b\f\n\r\t"[i]), nil
	}
	if p.b[at+1] != 'u' {
		return nil, p.bad(at, `write \\ for a backslash`, "%q is no escape of JSON", string(p.b[at:at+2]))
	}
	r, ok := p.unit(at)
	if !ok {
		return nil, p.bad(at, "", `\u needs four hexadecimal digits`)
	}
	p.at = at + 6
	if utf16.IsSurrogate(r) {
		low, ok := p.unit(p.at)
		both := utf16.DecodeRune(r, low)
		if !ok || both == utf8.RuneError {
			return nil, p.bad(at, "write the whole character", `\u%04x is half a character`, r)
		}
		p.at += 6
		r = both
	}
	return utf8.AppendRune(out, r), nil
}

// unit reads \uXXXX.
func (p *parser) unit(at int) (rune, bool) {
	if at+6 > len(p.b) || p.b[at] != '\\' || p.b[at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.b[at+2:at+6]), 16, 32)
	return rune(n), err == nil && !bytes.ContainsAny(p.b[at+2:at+6], "+-_")
}

func (p *parser) record(v value, at int) (record, error) {
	if v.kind != 'o' {
		return record{}, p.bad(at, `write {"name": …, "vars": {…}}`, "an object was due")
	}
	return record{line: p.lineAt(at), fields: v.keys}, nil
}

// jsonl reads an object a line.
type jsonl struct {
	in   *input
	line int
}

func openJSONL(in *input) source { return &jsonl{in: in} }

func (j *jsonl) next() (record, error) {
	for {
		j.line++
		b, err := j.in.readLine(j.line)
		if err != nil {
			return record{}, err
		}
		p := &parser{in: j.in, b: b, line: j.line}
		if p.peek() == 0 && p.at == len(b) { // a blank line
			continue
		}
		at := p.at
		v, err := p.value(1)
		if err != nil {
			return record{}, err
		}
		if p.space(); p.at < len(p.b) {
			return record{}, p.bad(p.at, "write one object a line", "text follows the object")
		}
		return p.record(v, at)
	}
}

// readLine reads one line without its end; io.EOF means that there is none.
func (in *input) readLine(line int) ([]byte, error) {
	var b []byte
	for {
		part, err := in.ReadSlice('\n')
		b = append(b, part...)
		if len(b) > maxLine {
			return nil, in.problem(line, "", "a line is larger than 64 MiB")
		}
		switch {
		case err == nil:
			return b[:len(b)-1], nil
		case errors.Is(err, io.EOF) && len(b) > 0:
			return b, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// document reads a JSON array of objects, or one object.
type document struct {
	in   *input
	p    *parser
	list bool
	done bool
}

func openJSON(in *input) source { return &document{in: in} }

func (d *document) next() (record, error) {
	if d.done {
		return record{}, io.EOF
	}
	if d.p == nil {
		b, err := io.ReadAll(io.LimitReader(d.in, maxFile+1))
		if err != nil {
			return record{}, err
		}
		if len(b) > maxFile {
			return record{}, d.in.problem(1, "bring JSON Lines", "it is larger than 1 GiB")
		}
		d.p = &parser{in: d.in, b: b, line: 1}
		if d.list = d.p.peek() == '['; d.list {
			d.p.at++
			if d.p.peek() == ']' {
				d.p.at++
				return record{}, d.end()
			}
		}
	}
	p := d.p
	// The lines before a record are counted once, not for each.
	p.space()
	p.line += bytes.Count(p.b[:p.at], []byte("\n"))
	p.b, p.at = p.b[p.at:], 0
	v, err := p.value(1)
	if err != nil {
		return record{}, err
	}
	r, err := p.record(v, 0)
	if err != nil {
		return r, err
	}
	if !d.list {
		return r, notEOF(d.end())
	}
	switch p.peek() {
	case ',':
		p.at++
		return r, nil
	case ']':
		p.at++
		return r, notEOF(d.end())
	}
	return r, p.unexpected("a list")
}

func (d *document) end() error {
	d.done = true
	if d.p.space(); d.p.at < len(d.p.b) {
		return d.p.bad(d.p.at, "a file holds one JSON document; JSON Lines may hold many", "text follows the document")
	}
	return io.EOF
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// appendString writes a JSON string that every reader takes for the same: C0,
// DEL, C1, U+2028, U+2029, U+FEFF and what is no character as escapes, all else as
// it is.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch i := slices.Index([]rune("\"\\\b\f\n\r\t"), r); {
		case i >= 0:
			b = append(b, '\\', `"\bfnrt`[i])
		case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

func appendValue(b []byte, v value) []byte {
	switch {
	case v.null:
		return append(b, "null"...)
	case v.kind == 'n':
		return append(b, v.text...)
	case v.kind == 'l':
		b = append(b, '[')
		for i, e := range v.list {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendValue(b, e)
		}
		return append(b, ']')
	case v.kind == 'o':
		return appendObject(b, v.keys)
	}
	return appendString(b, v.text)
}

func appendObject(b []byte, keys []field) []byte {
	b = append(b, '{')
	for i, f := range keys {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(appendString(b, f.name), ": "...)
		b = appendValue(b, f.value)
	}
	return append(b, '}')
}

func writeJSONL(w io.Writer, s sheet, _ bool) error {
	for _, o := range s.objects {
		if _, err := w.Write(append(appendObject(nil, o), '\n')); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, s sheet, _ bool) error {
	b := []byte("[")
	for i, o := range s.objects {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendObject(append(b, '\n', ' '), o)
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	_, err := w.Write(append(b, "\n]\n"...))
	return err
}
