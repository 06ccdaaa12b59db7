package backend

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// forms finds a key in the forms in which servers and libraries repeat it. It is
// looked for in all that was received, megabytes of it: a form is tried only where
// one may begin.
type forms struct {
	key    string
	all    []string // the key, and its middle in base64
	begins [256]bool
	re     *regexp.Regexp // in place of all that, of a key that holds what escapes are written with
}

func formsOf(key string) *forms {
	f := &forms{key: key, all: []string{key}}
	if strings.ContainsAny(key, `\%&`) {
		f.re = keyPattern(key)
		return f
	}
	f.all = append(f.all, inBase64(key)...)
	for _, c := range []byte(`\%&`) {
		f.begins[c] = true
	}
	for _, s := range f.all {
		f.begins[s[0]], f.begins[other(s[0])] = true, true
	}
	return f
}

// replace puts mark for each form of the key.
func (f *forms) replace(s, mark string) string {
	if f.re != nil {
		return f.re.ReplaceAllLiteralString(s, mark)
	}
	var b strings.Builder
	kept := 0
	for i := 0; i < len(s); {
		end := -1
		if f.begins[s[i]] && (s[i] != '\\' || i == 0 || s[i-1] != '\\') { // a row of backslashes is tried once
			for _, form := range f.all {
				if end = escapedEnd(s, i, form); end >= 0 {
					break
				}
			}
		}
		if end < 0 {
			i++
			continue
		}
		b.WriteString(s[kept:i])
		b.WriteString(mark)
		i, kept = end, end
	}
	if kept == 0 {
		return s
	}
	return b.String() + s[kept:]
}

// escapedEnd is where form ends that begins in s at i, each of its bytes as it is
// or escaped; -1: it does not stand there.
func escapedEnd(s string, i int, form string) int {
	for n := range len(form) {
		c := form[n]
		at := i
		for at < len(s) && s[at] == '\\' {
			at++
		}
		if at == len(s) {
			return -1
		}
		escaped := at > i && hexIs(s[at:], "u00", c)
		if escaped && s[at] == c { // a letter of the key that is the sign of an escape too
			if end := escapedEnd(s, at+1, form[n+1:]); end >= 0 {
				return end
			}
		}
		switch {
		case escaped:
			i = at + 5
		case s[at] == c || s[at] == other(c):
			i = at + 1
		case at > i:
			return -1
		case s[at] == '%':
			at++
			for strings.HasPrefix(s[at:], "25") {
				at += 2
			}
			if !hexIs(s[at:], "", c) {
				return -1
			}
			i = at + 2
		case s[at] == '&':
			if i = entityEnd(s, at+1, c); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
	return i
}

// hexIs reports that s begins with before, in either case, and the two digits of c.
func hexIs(s, before string, c byte) bool {
	n := len(before)
	return len(s) >= n+2 && strings.EqualFold(s[:n+2], before+string(hexDigits[c>>4])+string(hexDigits[c&15]))
}

const hexDigits = "0123456789abcdef"

// entityEnd is where HTML's name or number of c ends, behind its &; -1: it is none.
func entityEnd(s string, i int, c byte) int {
	if name := entities[c]; name != "" && strings.HasPrefix(s[i:], name+";") {
		return i + len(name) + 1
	}
	if !strings.HasPrefix(s[i:], "#") {
		return -1
	}
	number := strconv.Itoa(int(c)) + ";"
	if i++; i < len(s) && s[i]|0x20 == 'x' {
		i++
		number = strconv.FormatInt(int64(c), 16) + ";"
	}
	for i < len(s) && s[i] == '0' {
		i++
	}
	if len(s)-i < len(number) || !strings.EqualFold(s[i:i+len(number)], number) {
		return -1
	}
	return i + len(number)
}

// other is the letter of base64's other alphabet, and in a key no harm.
func other(c byte) byte {
	switch c {
	case '+':
		return '-'
	case '/':
		return '_'
	}
	return c
}

// safe is what a server wrote without the key, and bounded. It comes before any
// other cut: the first half of a key would not be known for one.
func (c *client) safe(s string) string {
	long := len(s) > errorBody
	if long {
		s = s[:errorBody]
	}
	s = c.redact(s)
	if long {
		s = cut(s, max(0, len(s)-errorEdge))
	}
	return s
}

// redact replaces the key by value: plain, in base64 wherever it begins there,
// and with any of its characters escaped for JSON, a URL or HTML.
func (c *client) redact(s string) string {
	key := c.key()
	if len(key) < 3 {
		return s
	}
	f := c.forms.Load()
	if f == nil || f.key != key {
		f = formsOf(key)
		c.forms.Store(f)
	}
	return f.replace(s, "[key]")
}

func keyPattern(key string) *regexp.Regexp {
	all := []string{escapable(key)}
	for _, e := range inBase64(key) {
		all = append(all, escapable(e))
	}
	return regexp.MustCompile(strings.Join(all, "|"))
}

// inBase64 is what of a key is the same in base64 whatever stands beside it: the
// characters at both ends hold bits of that.
func inBase64(key string) (all []string) {
	for before := range 3 {
		if len(key) >= 6 {
			e := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + key))
			all = append(all, e[(8*before+5)/6:8*(before+len(key))/6])
		}
	}
	return all
}

// escapable is a pattern for s with each of its bytes as it is or escaped.
func escapable(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		plain := regexp.QuoteMeta(string(rune(c)))
		switch c { // the other alphabet of base64, and in a key no harm
		case '+':
			plain = `[+\-]`
		case '/':
			plain = `[/_]`
		}
		fmt.Fprintf(&b, `(?:\\*%s|(?i:\\+u00%02x|%%(?:25)*%02x|&#0*%d;|&#x0*%x;)`, plain, c, c, c, c)
		if n := entities[c]; n != "" {
			b.WriteString("|&" + n + ";")
		}
		b.WriteByte(')')
	}
	return b.String()
}

var entities = map[byte]string{'&': "amp", '<': "lt", '>': "gt", '"': "quot", '\'': "apos"}
