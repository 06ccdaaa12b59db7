package backend

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// The key is found by hand as the pattern finds it, whatever stands around it and
// however it is escaped.
func TestFormsAreThePatterns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	escape := func(c byte) string {
		switch r.IntN(9) {
		case 0:
			return fmt.Sprintf(`\u%04x`, c)
		case 1:
			return fmt.Sprintf(`\\\U%04X`, c)
		case 2:
			return fmt.Sprintf("%%%02X", c)
		case 3:
			return fmt.Sprintf("%%2525%02x", c)
		case 4:
			return fmt.Sprintf("&#00%d;", c)
		case 5:
			return fmt.Sprintf("&#X0%x;", c)
		case 6:
			return `\` + string(rune(c))
		}
		return string(rune(c))
	}
	noise := []string{`\`, `\\`, "%", "%25", "&#", "&amp;", "u00", `\u00`, "u", "0", "75", "x", "-", "_", "+", "/", `"`, "é", "\n", "25", ";"}
	keys := []string{"sk-Ab/77+xQ=zz91abcdEFGH0123456789", "uu0075u", `a"<'>b`, "abc", "U00xx-uu", "25u25", `a\b%c&d`}
	for _, key := range keys {
		c := &client{key: func() string { return key }}
		want := keyPattern(key)
		draws := 4000
		if testing.Short() {
			draws = 400
		}
		for range draws {
			var b strings.Builder
			for range r.IntN(8) {
				switch r.IntN(4) {
				case 0:
					part := key[:r.IntN(len(key)+1)]
					for i := range len(part) {
						b.WriteString(escape(part[i]))
					}
				case 1:
					for i := range len(key) {
						b.WriteString(escape(key[i]))
					}
				case 2:
					b.WriteString(base64.URLEncoding.EncodeToString([]byte(strings.Repeat("y", r.IntN(4)) + key)))
				default:
					b.WriteString(noise[r.IntN(len(noise))])
				}
				b.WriteString(noise[r.IntN(len(noise))])
			}
			s := b.String()
			if got, want := c.redact(s), want.ReplaceAllLiteralString(s, "[key]"); got != want {
				t.Fatalf("key %q in %q:\n%q\nwant\n%q", key, s, got, want)
			}
		}
	}
}
