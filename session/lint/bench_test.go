package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"galley/session"
	"galley/session/lint"
)

// long makes a prompt of about size bytes, half of it instructions.
func long(size int, line func(int) string) bench {
	var own, value strings.Builder
	for i := 0; own.Len() < size/2; i++ {
		own.WriteString(line(i))
	}
	for i := 0; value.Len() < size/2; i++ {
		fmt.Fprintf(&value, "<p>Line %d of a long <b>ticket</b> that somebody wrote.</p>\n", i)
	}
	return bench{[]session.Block{fiveShots(), block("instructions", own.String()), wrapped(input(), session.WrapXML, "mail")}, ticket(value.String())}
}

var longs = map[string]func(int) string{
	"varied": func(i int) string {
		words := strings.Fields("order parcel colour refund invoice letter summary label tone greeting answer page print bind ship track price gift voucher account")
		return fmt.Sprintf("- When a %s mentions %s and %s, write the %s in plain <b>words</b>.\n", words[i%20], words[i/3%20], words[i/7%20], words[i/11%20])
	},
	"repeated": func(int) string { return "Answer every ticket with the right label alone.\n" },
	"nearly": func(i int) string {
		return fmt.Sprintf("Answer every ticket number %d with the right label alone.\n", i)
	},
	"tags":     func(i int) string { return fmt.Sprintf("<a>\n</b%d>\n```\n", i) },
	"braces":   func(int) string { return "{{{{{ticket {ticket\n" },
	"one line": func(int) string { return "a < b </ { ` " },
}

func BenchmarkCheck100KB(b *testing.B) {
	for name, line := range longs {
		c, k, p := long(100_000, line).proof()
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(p.Bytes()))
			for b.Loop() {
				lint.Check(c, k, p, lint.Options{})
			}
		})
	}
}
