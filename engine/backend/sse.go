package backend

import (
	"bytes"
	"errors"
	"io"
)

// eventLimit is the size in bytes of the longest event, and of an answer that is
// one JSON document.
const eventLimit = 32 << 20

// blankLimit is how many bytes of white space, or empty lines, may stand before
// something that says anything. Servers send some to keep a connection open.
const blankLimit = 1 << 20

var errBlank = errors.New("nothing but white space came, 1 MiB of it")

var errTooLong = errors.New("an event longer than 32 MiB")

// event is one server-sent event.
type event struct {
	name string
	data []byte // until the next call
	ping bool   // a comment, or lines that carry no data
	bare bool   // a line that is no field but JSON or HTML
	cut  bool   // the stream ended before the event did
}

// events reads server-sent events (WHATWG HTML, 9.2): lines end with LF, CR or
// CRLF, wherever the bytes are cut; a byte order mark and comments are no text;
// data lines are joined by a line feed. A bufio.Scanner would end at 64 KB.
type events struct {
	r     io.Reader
	buf   []byte
	at, n int // unread bytes of buf
	err   error

	line   []byte
	first  bool // no line was read yet
	skipLF bool // the line before ended with CR

	name string
	data []byte
	some bool // a data field was seen
}

func newEvents(r io.Reader) *events {
	return &events{r: r, buf: make([]byte, 4<<10), first: true}
}

// next returns the next event; io.EOF after a clean end.
func (e *events) next() (event, error) {
	e.name, e.data, e.some = "", e.data[:0], false
	for blank := 0; ; blank++ {
		if blank > blankLimit {
			return event{}, errBlank
		}
		line, whole, err := e.readLine()
		if err != nil && len(line) == 0 {
			if e.some && errors.Is(err, io.EOF) {
				e.some = false
				return event{name: e.name, data: e.data, cut: true}, nil
			}
			return event{}, err
		}
		if len(line) == 0 {
			if e.some {
				return event{name: e.name, data: e.data}, nil
			}
			continue
		}
		if line[0] == '{' || line[0] == '<' {
			return event{data: line, bare: true, cut: !whole}, nil
		}
		if !e.field(line) {
			return event{ping: true}, nil
		}
		if len(e.data) > eventLimit {
			return event{}, errTooLong
		}
		if !whole {
			// The last line has no end: what it says is whole only if it reads as
			// JSON, which its reader finds out.
			if e.some {
				e.some = false
				return event{name: e.name, data: e.data, cut: true}, nil
			}
		}
	}
}

// field takes a line in; false: it was a comment.
func (e *events) field(line []byte) bool {
	if line[0] == ':' {
		return false
	}
	k, v, _ := bytes.Cut(line, []byte{':'})
	v = bytes.TrimPrefix(v, []byte{' '})
	switch string(k) {
	case "data":
		if e.some {
			e.data = append(e.data, '\n')
		}
		e.data = append(e.data, v...)
		e.some = true
	case "event":
		e.name = string(v)
	}
	return true
}

// readLine returns a line without its end, until the next call. whole is false
// for a last line that has none.
func (e *events) readLine() (line []byte, whole bool, err error) {
	e.line = e.line[:0]
	for {
		if e.at == e.n {
			if e.err != nil {
				line, whole = e.trim(e.line), false
				e.line = e.line[:0]
				return line, whole, e.err
			}
			e.at = 0
			e.n, e.err = e.r.Read(e.buf)
			continue
		}
		b := e.buf[e.at:e.n]
		if e.skipLF {
			e.skipLF = false
			if b[0] == '\n' {
				e.at++
				continue
			}
		}
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			i = len(b)
		}
		if cr := bytes.IndexByte(b[:i], '\r'); cr >= 0 {
			i = cr
		}
		if len(e.line)+i > eventLimit {
			return nil, false, errTooLong
		}
		e.line = append(e.line, b[:i]...)
		e.at += i
		if i < len(b) {
			e.skipLF = b[i] == '\r'
			e.at++
			return e.trim(e.line), true, nil
		}
	}
}

// trim takes the byte order mark off the first line.
func (e *events) trim(line []byte) []byte {
	if e.first {
		e.first = false
		return bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	return line
}
