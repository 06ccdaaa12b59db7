package text

import (
	"strings"
	"unicode/utf8"
)

// Raw is text from outside, exact to the byte. It is never drawn: its String
// method gives the shown form, so that a Raw that slips into a format verb
// cannot reach a terminal as it is. Code that needs the bytes (the wire, the
// store, an export) converts with string(r); views must not, and a test holds
// them to it.
type Raw string

// String returns the text as it may be shown, marks included.
func (r Raw) String() string { return Show(r).String() }

// Valid reports whether the text is valid UTF-8. Text that is not cannot stand
// in a JSON request and is refused before anything is sent.
func (r Raw) Valid() bool { return utf8.ValidString(string(r)) }

// Empty reports whether the text has no byte.
func (r Raw) Empty() bool { return len(r) == 0 }

// Blank reports whether there is nothing but white space.
func (r Raw) Blank() bool { return strings.TrimSpace(string(r)) == "" }
