package assert

import (
	"slices"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// known shapes of text, in the words of RE2 and JavaScript.
var shapeList = []struct{ name, pattern string }{
	{"a greeting line", `^(Dear|Hi|Hello|Good (morning|afternoon|evening))\b[^\n]*`},
	{"an order or invoice number", `#\d{3,}|\b[A-Z]{2,5}-\d{2,}\b`},
	{"a date", `\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}(st|nd|rd|th)? (January|February|March|April|May|June|July|August|September|October|November|December)\b|\b(January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}\b`},
	{"an amount of money", `[$€£]\s?\d|\d\s?(€|EUR|USD|GBP)`},
	{"a percentage", `\d\s?%`},
	{"a link", `https?://\S+`},
	{"an address for mail", `[\w.+-]+@[\w-]+\.\w{2,}`},
	{"a placeholder in brackets", `\[[A-Z][A-Za-z' ]{2,30}\]`},
	{"a Markdown heading", `(^|\n)#{1,6} \S`},
	{"bold type", `\*\*[^*\n]+\*\*`},
	{"a list", `(^|\n)[ \t]*([-*•]|\d{1,3}[.)]) \S`},
	{"a code fence", "(^|\\n)```"},
	{"an exclamation mark", `!`},
	{"a question at its end", `\?\s*$`},
	{"a closing line", `(^|\n)((Kind|Best|Warm) regards|Sincerely|Yours|Best wishes|Thanks)\b`},
	{"space around it", `^\s|\s$`},
}

// shapes are what whole answers look like.
func (s *scene) shapes() []candidate {
	var out []candidate
	for i, sh := range shapeList {
		for _, not := range []bool{false, true} {
			a := assertion(session.AssertRegex, not, "form")
			a.Value = text.Raw(sh.pattern)
			out = append(out, candidate{a: a, why: s.reason(sh.name, not), family: "shape", worth: 0.9 - float64(i)/100})
		}
	}
	return out
}

// facts are what else can be said of one answer: that it declines, that it is
// JSON, how it ended, and what it takes from the input of its case.
func (s *scene) facts() []candidate {
	var out []candidate
	for _, not := range []bool{true, false} {
		a := assertion(session.AssertRefusal, not, "refusal")
		out = append(out, candidate{a: a, why: s.declines(not), family: "refusal", worth: 2})
	}
	out = append(out, candidate{a: assertion(session.AssertIsJSON, false, "format"), why: s.reason("nothing but JSON", false), family: "json", worth: 1.5})
	out = append(out, candidate{a: assertion(session.AssertIsJSON, true, "format"), why: s.reason("nothing but JSON", true), family: "json", worth: 0.5})
	for _, o := range s.winners[:min(len(s.winners), phraseSources)] {
		if f := o.r.Output.Finish; f != "" {
			a := assertion(session.AssertFinish, false, "ending")
			if a.Value = text.Raw(jsLower(f)); finishWords[jsLower(f)] != "" {
				a.Value = text.Raw(finishWords[jsLower(f)])
			}
			out = append(out, candidate{a: a, why: s.reason("an end by "+string(quote(string(a.Value))), false), family: "finish", worth: 1})
		}
		out = append(out, s.values(o)...)
		out = append(out, s.ofCase(o)...)
	}
	return out
}

func (s *scene) declines(not bool) string {
	who := []string{"the winner", "the loser"}
	if s.many {
		who = []string{"good answers", "bad ones"}
	}
	if not {
		return who[1] + " declined to answer"
	}
	return who[0] + " declined to answer"
}

// values are the values of the case that the answer repeats.
func (s *scene) values(o *answer) []candidate {
	var out []candidate
	for _, v := range o.r.Cell.CaseVars {
		val := string(v.Value)
		if utf8.RuneCountInString(val) < 2 || len(val) > valueSize || stopWords[jsLower(val)] || !strings.Contains(o.lower(), jsLower(val)) {
			continue
		}
		name := "{{" + string(v.Name) + "}}"
		if h := session.Placeholders(name); len(h) != 1 || h[0].Literal {
			continue
		}
		a := assertion(session.AssertIContains, false, "grounded")
		a.Value = text.Raw(name)
		out = append(out, candidate{a: a, why: s.reason("the value of "+string(v.Name), false), family: "has", words: jsLower(val), worth: 2.5})
	}
	return out
}

// ofCase are assertions of one case alone: a number of its input that the answer
// names, a short answer to the letter, a field of JSON.
func (s *scene) ofCase(o *answer) []candidate {
	kase := o.r.Cell.Case()
	if s.many && len(s.winners) > 1 || kase == (session.CaseKey{}) {
		return nil
	}
	bound := func(a session.Assertion) session.Assertion {
		a.CaseID, a.CaseName = kase.ID, kase.Name
		return a
	}
	var out []candidate
	if fields := strings.Fields(o.s); len(fields) > 0 && len(fields) <= 4 && len(o.s) <= valueSize {
		a := bound(assertion(session.AssertEquals, false, "answer"))
		a.Value = text.Raw(o.s)
		out = append(out, candidate{a: a, why: "the whole answer, for this case", family: "case", worth: 1.2})
	}
	var seen []string
	for _, t := range tokens(o.s[:min(len(o.s), phraseText)]) {
		if len(t.low) < 3 || !strings.ContainsAny(t.low, "0123456789") || !fromInput(t.low, o) || slices.Contains(seen, t.low) || wholeValue(t.low, o) {
			continue
		}
		seen = append(seen, t.low)
		a := bound(assertion(session.AssertIContains, false, "grounded"))
		a.Value = text.Raw(o.s[t.from:t.to])
		out = append(out, candidate{a: a, why: s.reason(string(quote(o.s[t.from:t.to]))+" out of the input of this case", false), family: "case", words: t.low, worth: 1.5})
	}
	for _, f := range fields(o) {
		a := bound(assertion(session.AssertJSONPath, false, "answer"))
		a.Path, a.Value = f.path, text.Raw(compact(f.value))
		out = append(out, candidate{a: a, why: "the field " + string(f.path) + " differs, for this case", family: "case", worth: 1.3})
	}
	return out
}

// wholeValue reports whether a word is all that a value of the case says: that has
// a name already.
func wholeValue(w string, o *answer) bool {
	return slices.ContainsFunc(o.r.Cell.CaseVars, func(v session.Var) bool { return jsLower(string(v.Value)) == w })
}
