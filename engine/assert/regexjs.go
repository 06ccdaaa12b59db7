package assert

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// What the two dialects mean by the same letters, where they differ: sets of
// JavaScript in Go's words, as they stand inside of brackets.
const (
	jsSpaces    = `\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	jsNonSpaces = `\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`
	jsDot       = `[^\n\r\x{2028}\x{2029}]`
)

// jsReader reads a pattern as JavaScript does without flags and writes it in Go's
// words. What only one of the two knows is refused with its reason.
type jsReader struct {
	s   string
	at  int
	out strings.Builder
}

func fromJS(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("the pattern is not UTF-8")
	}
	r := &jsReader{s: toUnits(s)}
	for r.at < len(r.s) {
		if err := r.one(); err != nil {
			return "", err
		}
	}
	return r.out.String(), nil
}

func (r *jsReader) rest() string { return r.s[r.at:] }

func (r *jsReader) copy(n int) {
	r.out.WriteString(r.s[r.at : r.at+n])
	r.at += n
}

// one reads one piece of the pattern.
func (r *jsReader) one() error {
	switch c := r.s[r.at]; c {
	case '.':
		r.out.WriteString(jsDot)
		r.at++
		return nil
	case '^', '$':
		r.copy(1)
		return r.noQuantifier()
	case '(':
		return r.group()
	case '[':
		return r.class()
	case '\\':
		return r.escape()
	}
	_, n := utf8.DecodeRuneInString(r.rest())
	r.copy(n)
	return nil
}

// noQuantifier refuses a repetition of what has no width, which JavaScript does
// not know.
func (r *jsReader) noQuantifier() error {
	if rest := r.rest(); rest != "" && (strings.ContainsRune("*+?", rune(rest[0])) || repeats(rest)) {
		return fmt.Errorf("the pattern repeats a place, which JavaScript does not know")
	}
	return nil
}

// repeats tells whether s begins with {n}, {n,} or {n,m}.
func repeats(s string) bool {
	end := strings.IndexByte(s, '}')
	if !strings.HasPrefix(s, "{") || end < 2 {
		return false
	}
	low, high, _ := strings.Cut(s[1:end], ",")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	return low != "" && digits(low) && digits(high)
}

func (r *jsReader) group() error {
	rest := r.rest()
	switch {
	case !strings.HasPrefix(rest, "(?"):
		r.copy(1)
	case strings.HasPrefix(rest, "(?:"):
		r.copy(3)
	case strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"):
		return fmt.Errorf("the pattern looks ahead, which RE2 does not know")
	case strings.HasPrefix(rest, "(?<="), strings.HasPrefix(rest, "(?<!"):
		return fmt.Errorf("the pattern looks behind, which RE2 does not know")
	case strings.HasPrefix(rest, "(?<"):
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return fmt.Errorf("the pattern has a group whose name does not end")
		}
		r.copy(end + 1)
	case strings.HasPrefix(rest, "(?P"):
		return fmt.Errorf("the pattern names a group with (?P<…>, which JavaScript does not know; write (?<…>")
	default:
		return fmt.Errorf("the pattern sets flags, which JavaScript does not know; write [Aa] for letters of both cases")
	}
	return nil
}

// escape reads what a backslash begins, outside of brackets.
func (r *jsReader) escape() error {
	if len(r.rest()) < 2 {
		return fmt.Errorf("the pattern ends with a backslash")
	}
	switch c := r.s[r.at+1]; c {
	case 's':
		r.out.WriteString("[" + jsSpaces + "]")
		r.at += 2
		return nil
	case 'S':
		r.out.WriteString("[^" + jsSpaces + "]")
		r.at += 2
		return nil
	case 'b', 'B':
		r.copy(2)
		return r.noQuantifier()
	}
	return r.plainEscape()
}

// plainEscape reads the escapes that mean the same everywhere.
func (r *jsReader) plainEscape() error {
	rest := r.rest()
	switch c := rest[1]; {
	case strings.IndexByte("dDwWtnrfv", c) >= 0:
		r.copy(2)
	case c == 'x':
		if len(rest) < 4 || !hex(rest[2]) || !hex(rest[3]) {
			return fmt.Errorf(`the pattern has \x without two hexadecimal digits`)
		}
		r.copy(4)
	case c == 'u':
		if len(rest) < 6 || !hex(rest[2]) || !hex(rest[3]) || !hex(rest[4]) || !hex(rest[5]) {
			return fmt.Errorf(`the pattern has \u without four hexadecimal digits`)
		}
		return r.unit(rest[2:6])
	case c >= '1' && c <= '9':
		return fmt.Errorf(`the pattern refers back with \%c, which RE2 does not know`, c)
	case c == '0':
		return fmt.Errorf(`\0 means one thing to RE2 and another to JavaScript; write \x00`)
	case c == 'p' || c == 'P':
		return fmt.Errorf(`\%c{…} is a set of characters to RE2 and text to JavaScript`, c)
	case c >= utf8.RuneSelf || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
		ch, _ := utf8.DecodeRuneInString(rest[1:])
		return fmt.Errorf(`RE2 and JavaScript do not agree on \%c`, ch)
	default:
		r.copy(2)
	}
	return nil
}

// unit writes \uXXXX, which Go does not know, as the character that it is.
func (r *jsReader) unit(digits string) error {
	var u rune
	if _, err := fmt.Sscanf(digits, "%x", &u); err != nil {
		return err
	}
	if u >= 0xd800 && u < 0xe000 {
		u += halves
	}
	fmt.Fprintf(&r.out, `\x{%x}`, u)
	r.at += 6
	return nil
}

func hex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// class reads a set in brackets.
func (r *jsReader) class() error {
	r.copy(1)
	if strings.HasPrefix(r.rest(), "^") {
		r.copy(1)
	}
	if strings.HasPrefix(r.rest(), "]") {
		return fmt.Errorf("[] means one thing to RE2 and another to JavaScript")
	}
	for r.at < len(r.s) {
		rest := r.rest()
		switch rest[0] {
		case ']':
			r.copy(1)
			return nil
		case '[':
			if strings.HasPrefix(rest, "[:") {
				return fmt.Errorf("[: is a named set to RE2 and text to JavaScript")
			}
			r.out.WriteString(`\[`)
			r.at++
		case '\\':
			if err := r.classEscape(rest); err != nil {
				return err
			}
		default:
			_, n := utf8.DecodeRuneInString(rest)
			r.copy(n)
		}
	}
	return fmt.Errorf("the pattern has a [ without its ]")
}

func (r *jsReader) classEscape(rest string) error {
	if len(rest) < 2 {
		return fmt.Errorf("the pattern ends with a backslash")
	}
	set := ""
	switch rest[1] {
	case 's':
		set = jsSpaces
	case 'S':
		set = jsNonSpaces
	case 'b', 'B':
		return fmt.Errorf(`RE2 and JavaScript do not agree on \%c in brackets`, rest[1])
	case '-':
		r.out.WriteString(`\-`)
		r.at += 2
		return nil
	default:
		return r.plainEscape()
	}
	// A set can't be an end of a range; the two dialects read such a thing apart.
	before, after := r.s[:r.at], rest[2:]
	if strings.HasSuffix(before, "-") && !strings.HasSuffix(before, "[-") || len(after) > 1 && after[0] == '-' && after[1] != ']' {
		return fmt.Errorf(`the pattern has a range that ends in \%c`, rest[1])
	}
	r.out.WriteString(set)
	r.at += 2
	return nil
}
