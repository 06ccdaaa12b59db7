package backend

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// object writes one JSON object: the keys in the order in which they are put,
// no space, and no escape that JSON does not demand. The bytes that are shown,
// hashed and sent are these.
type object struct {
	b   []byte
	bad error
}

func newObject() *object { return &object{b: append(make([]byte, 0, 256), '{')} }

func (o *object) key(k string) {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = appendString(o.b, k)
	o.b = append(o.b, ':')
}

func (o *object) str(k, v string) {
	if !utf8.ValidString(v) {
		o.fail(fmt.Errorf("%s %q is not UTF-8, and JSON can't carry it", k, text.Raw(v)))
	}
	o.key(k)
	o.b = appendString(o.b, v)
}

func (o *object) int(k string, v int64) {
	o.key(k)
	o.b = strconv.AppendInt(o.b, v, 10)
}

func (o *object) num(k string, v *float64) {
	if v == nil {
		return
	}
	if math.IsNaN(*v) || math.IsInf(*v, 0) {
		o.fail(fmt.Errorf("%s is %v, and JSON can't carry it; set a number", k, *v))
		return
	}
	o.key(k)
	o.b = appendFloat(o.b, *v)
}

// content puts the text of a message.
func (o *object) content(k string, m session.Message) {
	if !m.Content.Valid() {
		o.fail(fmt.Errorf("a message (%s) is not UTF-8, and JSON can't carry it; correct the case or the block that it came from", m.Role))
	}
	o.key(k)
	o.b = appendString(o.b, string(m.Content))
}

// raw puts a value that is JSON already.
func (o *object) raw(k string, v []byte) {
	o.key(k)
	o.b = append(o.b, v...)
}

// object puts an object, which it lets f write.
func (o *object) object(k string, f func(*object)) {
	o.key(k)
	in := newObject()
	f(in)
	b, err := in.bytes()
	if err != nil {
		o.fail(err)
		return
	}
	o.b = append(o.b, b...)
}

// list puts a list of n objects, which it lets f write.
func (o *object) list(k string, n int, f func(i int, o *object)) {
	o.key(k)
	o.b = append(o.b, '[')
	for i := range n {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		in := newObject()
		f(i, in)
		b, err := in.bytes()
		if err != nil {
			o.fail(err)
		}
		o.b = append(o.b, b...)
	}
	o.b = append(o.b, ']')
}

func (o *object) flag(k string, v bool) {
	o.key(k)
	o.b = strconv.AppendBool(o.b, v)
}

func (o *object) messages(msgs []session.Message) {
	o.key("messages")
	o.b = append(o.b, '[')
	for i, m := range msgs {
		if !m.Content.Valid() {
			o.fail(fmt.Errorf("message %d (%s) is not UTF-8, and JSON can't carry it; correct the case or the block that it came from", i+1, m.Role))
		}
		if i > 0 {
			o.b = append(o.b, ',')
		}
		in := newObject()
		in.chatMessage(m)
		b, err := in.bytes()
		if err != nil {
			o.fail(err)
		}
		o.b = append(o.b, b...)
	}
	o.b = append(o.b, ']')
}

func (o *object) strings(k string, v []text.Raw) {
	o.key(k)
	o.b = append(o.b, '[')
	for i, s := range v {
		if !s.Valid() {
			o.fail(fmt.Errorf("%s %q is not UTF-8, and JSON can't carry it", k, s))
		}
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = appendString(o.b, string(s))
	}
	o.b = append(o.b, ']')
}

func (o *object) pairs(k string, v [][2]int) {
	o.key(k)
	o.b = append(o.b, '[')
	for i, p := range v {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = fmt.Appendf(o.b, "[%d,%d]", p[0], p[1])
	}
	o.b = append(o.b, ']')
}

func (o *object) fail(err error) {
	if o.bad == nil {
		o.bad = err
	}
}

func (o *object) bytes() ([]byte, error) {
	if o.bad != nil {
		return nil, o.bad
	}
	return append(o.b, '}'), nil
}

// appendFloat writes the shortest number that reads back the same.
func appendFloat(b []byte, v float64) []byte {
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// appendString writes a JSON string. Only what must be escaped is.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(slices.Grow(b, len(s)+2), '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
