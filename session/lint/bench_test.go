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
	"German": func(i int) string {
		return fmt.Sprintf("- Antworte bei Frage %d in höchstens %d Sätzen und nur auf Deutsch.\n", i, 3+i%9)
	},
	"repeated": func(int) string { return "Answer every ticket with the right label alone.\n" },
	"nearly": func(i int) string {
		return fmt.Sprintf("Answer every ticket number %d with the right label alone.\n", i)
	},
	"tags":     func(i int) string { return fmt.Sprintf("<a>\n</b%d>\n```\n", i) },
	"braces":   func(int) string { return "{{{{{ticket {ticket\n" },
	"one line": func(int) string { return "a < b </ { ` " },
}

// prose is n words that read as a text, another for each seed.
func prose(seed, n int) string {
	words := strings.Fields(`the order parcel colour refund invoice letter summary label tone greeting answer page print bind ship track price gift
		voucher account was sent and came back with a note that nobody could read before noon in spring while rain fell`)
	var b strings.Builder
	for i := range n {
		b.WriteString(words[(seed*7919+i*i*31+i*seed*13+i)%len(words)])
		if i%14 == 13 {
			b.WriteString(". ")
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// hundredResources is 100 KB of resources, hundredShots 100 shots of 1 KB.
func hundredResources() bench {
	b := block("resources", "Answer from the passages below.")
	for i := range 100 {
		b.Resources = append(b.Resources, session.Resource{Name: raw(fmt.Sprintf("r%d", i)), Text: raw(prose(i, 180))})
	}
	return bench{[]session.Block{fiveShots(), b, input()}, ticket(prose(7000, 100))}
}

func hundredShots() bench {
	b := pairs()
	for i := range 100 {
		b.Shots = append(b.Shots, session.Shot{Name: raw(fmt.Sprintf("s%d", i)), Input: raw(prose(i, 170)), Output: raw("label" + fmt.Sprint(i%5))})
	}
	return bench{[]session.Block{block("instructions", "Answer with one of: label0, label1, label2, label3, label4."), b, input()}, ticket(prose(7000, 100))}
}

func BenchmarkCheck100KB(b *testing.B) {
	all := map[string]bench{"resources": hundredResources(), "shots": hundredShots()}
	for name, line := range longs {
		all[name] = long(100_000, line)
	}
	var cases []session.Case
	for i := range 300 {
		cases = append(cases, session.Case{ID: int64(i + 1), Name: raw(fmt.Sprintf("k%d", i)), Vars: ticket(prose(9000+i, 60))})
	}
	for name, x := range all {
		c, k, p := x.proof()
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(p.Bytes()))
			for b.Loop() {
				lint.Check(c, k, p, lint.Options{Cases: cases})
			}
		})
	}
}

// FuzzCheck: no text makes lint fail or leave the message, as a file and as the words
// of every kind of block.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		"Answer in at most 5 words.\nAnswer in at least 10 words.", "Never:\n- use \"lists\n\nUse lists.", "one of: a, b\n\n- c: d\n", "# A\n### B\n1. x\n3. y",
		"<example>\nUse JSON only.\n</example>\n❌ no", "„Zitat“ «x» `y` 'z' …", "Return JSON.\x00\xff\u202e", "If: then,,,,,; and and never", "- \n* \n+ ",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		shots := pairs(a+" → "+b, b+" → "+a)
		shots.Shots[1].Calls = []session.ShotCall{{Name: raw(b), Arguments: raw(a)}}
		shots.Item = raw(a)
		res := block("resources", b)
		res.Resources = []session.Resource{{Name: raw(a), Text: raw(b)}, {Text: raw(a)}}
		res.Pick = &session.Pick{How: session.PickColumn, Column: "list"}
		x := bench{[]session.Block{block("system", a), block("instructions", b), shots, res, block("tools", a), block("schema", b), block("turns", a), input(), block("prefill", b)}, ticket(a)}
		c, k, p := x.proof()
		w := raw(b)
		k.Wanted = &w
		summary(t, p, lint.Check(c, k, p, lint.Options{Cases: []session.Case{k, {Name: "o", Vars: ticket(b), Wanted: &w}}, Bank: shots.Shots}))
		c2, p2 := lint.FromText(raw(a + b))
		summary(t, p2, lint.Check(c2, session.Case{}, p2, lint.Options{Bare: true}))
	})
}

// greats are pieces that a great text is made of.
func greats() map[string]string {
	return map[string]string{
		"one word": "a", "words": "a ", "bullets": "- a\n", "dots": ".", "dots and a letter": "....a", "quotes": "\"", "single quotes": "' ", "backticks": "`",
		"counts": "5 words ", "count rules": "Write at most 5 words.\n", "headings": "# a\n", "paragraphs": "a\n\n", "tags": "<a>", "leads": "If a:\n- b\n",
		"only": "Use only the documents. ", "labels": "Answer with one of: a, b.\n", "ands": "and never use lists ", "colons": "a: ", "braces": "{{", "fences": "```\n",
		"numbered lines": countedLines(), "opening tags": "<a>",
		"long words": "Always use " + strings.Repeat("x", 300) + ". Never use it.\n", "same passage": prose(1, 40) + "\n\n",
	}
}

// countedLines are lines that share their rare words and are all different.
func countedLines() string {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "Use emojis %d times in every reply.\nLists w%d must not be used at the end.\n", i, i)
	}
	return b.String()
}

// TestGreatTextsEnd: a great deal of anything is read in a time that grows with its
// size. What is quadratic would take minutes, and the test's own limit ends it.
func TestGreatTextsEnd(t *testing.T) {
	for name, piece := range greats() {
		s := strings.Repeat(piece, 150_000/len(piece))
		c, p := lint.FromText(raw(s))
		summary(t, p, lint.Check(c, session.Case{}, p, lint.Options{Bare: true}))
		x := bench{[]session.Block{block("instructions", s), fiveShots(), input()}, ticket("hi")}
		c, k, p := x.proof()
		if fs := lint.Check(c, k, p, lint.Options{}); len(fs) > 5000 {
			t.Errorf("%s: %d findings", name, len(fs))
		}
	}
}
