package assert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"galley/session/text"
)

// Bounds of JSON that is looked into.
const (
	jsonSize   = 1 << 20
	jsonValues = 800_000 // where an object counts as ten, which is what it takes
	jsonDepth  = 1000
	deepest    = 10_000 // that encoding/json reads at all
	jsonDigits = 1000   // of one number
	maxPower   = 400    // of ten: beyond what a double holds, and no further
)

// document is a text read as JSON: numbers stay as they are written.
type document struct {
	s     string
	value any
	err   error // it is no JSON
	limit error // it is more than is looked into: nothing can be said
}

func (o *answer) json() *document {
	if o.doc == nil {
		o.doc = parseJSON(o.s)
	}
	return o.doc
}

// parseJSON reads one JSON value and nothing else, within the bounds.
func parseJSON(s string) *document {
	d := &document{s: s}
	if d.limit = tooDeep(s, jsonDepth); d.limit == nil && len(s) > jsonSize {
		d.limit = unsaid(fmt.Sprintf("JSON is looked into up to 1 MiB, and this has %d bytes", len(s)))
	}
	if d.limit == nil && strings.Count(s, ",")+2*strings.Count(s, "[")+10*strings.Count(s, "{") > jsonValues && tooMany(s) {
		d.limit = unsaid("it holds more values than are looked into")
	}
	if d.limit != nil {
		if d.err = d.whole(); d.err != nil && !isLimit(d.err) {
			d.limit = nil
		}
		return d
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	if d.err = dec.Decode(&d.value); d.err == nil {
		if _, err := dec.Token(); err != io.EOF {
			d.err = trailing(dec.InputOffset())
		}
	}
	if d.err == nil {
		d.limit = checkNumbers(d.value)
	}
	return d
}

// no reports whether the text is certainly not JSON.
func (d *document) no() bool { return d.err != nil && !isLimit(d.err) }

type trailing int64

func (t trailing) Error() string { return "more text after the JSON" }

// whole says whether the text is JSON, of any size, without keeping it.
func (d *document) whole() error {
	if err := tooDeep(d.s, deepest); err != nil {
		return err
	}
	if json.Valid([]byte(d.s)) {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(d.s))
	for {
		if _, err := dec.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
}

func isLimit(err error) bool {
	var u unsaid
	return errors.As(err, &u)
}

// tooDeep counts brackets outside of strings.
func tooDeep(s string, most int) error {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = endOfString(s, i)
		case '[', '{':
			if depth++; depth > most {
				return unsaid(fmt.Sprintf("it is nested more than %d deep", most))
			}
		case ']', '}':
			depth--
		}
	}
	return nil
}

// tooMany counts values outside of strings.
func tooMany(s string) bool {
	n := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = endOfString(s, i)
		case ',':
			n++
		case '[':
			n += 2
		case '{':
			n += 10
		}
	}
	return n > jsonValues
}

// endOfString is where the string that begins at i ends.
func endOfString(s string, i int) int {
	for i++; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i
}

// checkNumbers refuses numbers that are costly to compare.
func checkNumbers(v any) error {
	switch v := v.(type) {
	case json.Number:
		s := string(v)
		power := 0
		if i := strings.IndexAny(s, "eE"); i >= 0 {
			n, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+"))
			if err != nil {
				n = maxPower + 1
			}
			power = max(n, -n)
		}
		_, err := v.Float64()
		if len(s) > jsonDigits || power > maxPower || err != nil {
			return unsaid("it holds a number that is too large: " + string(quote(s)))
		}
	case []any:
		for _, e := range v {
			if err := checkNumbers(e); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, e := range v {
			if err := checkNumbers(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// notJSON says why a text is no JSON, and where.
func (d *document) notJSON() text.Raw {
	if strings.TrimSpace(d.s) == "" {
		return "not JSON: there is no text"
	}
	if t := strings.TrimSpace(d.s); strings.HasPrefix(t, "```") {
		return "not JSON: it stands in a Markdown fence"
	}
	at := int64(len(d.s))
	var syn *json.SyntaxError
	var more trailing
	switch {
	case errors.As(d.err, &syn):
		at = max(syn.Offset-1, 0)
	case errors.As(d.err, &more):
		at = int64(more)
	}
	at = min(at, int64(len(d.s)))
	if errors.As(d.err, &more) {
		for at > 0 && at < int64(len(d.s)) && strings.IndexByte(" \t\r\n", d.s[at]) >= 0 {
			at++
		}
	}
	if at == int64(len(d.s)) {
		return "not JSON: it ends too early"
	}
	return "not JSON: unexpected " + quote(d.s[at:]) + " at " + where(d.s, int(at))
}

// compact writes a value as JSON in one line.
func compact(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "?"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
