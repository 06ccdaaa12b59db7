package backend

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// forms finds a key in the forms in which servers and libraries repeat it.
type forms struct {
	key string
	re  *regexp.Regexp
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
		f = &forms{key, keyPattern(key)}
		c.forms.Store(f)
	}
	return f.re.ReplaceAllLiteralString(s, "[key]")
}

func keyPattern(key string) *regexp.Regexp {
	all := []string{escapable(key)}
	if len(key) >= 6 {
		for before := range 3 {
			// The characters at both ends hold bits of what stands beside the key.
			e := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + key))
			all = append(all, escapable(e[(8*before+5)/6:8*(before+len(key))/6]))
		}
	}
	return regexp.MustCompile(strings.Join(all, "|"))
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
